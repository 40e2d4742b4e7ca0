"""The live figures of one pixel: every control is moved, and the products add up to what PyTorch has."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from reader import verdict
from scipy import signal

from dlnotes.live import one_pixel, sweep
from dlnotes.live.controls import stops
from dlnotes.live.one_pixel import CONVOLUTION, FORWARD, TO_W, TO_X

X = np.array([[1, 0, 2, 0, 1], [0, 3, 1, 0, 2], [2, 1, 0, 1, 0], [0, 2, 1, 3, 0], [1, 0, 0, 1, 2]])
W = np.array([[1, 2, 0], [0, 1, -1], [-1, 0, 2]])
DELTA = np.array([[1, 0, -1, 2, 1], [0, 2, 1, -1, 0], [-2, 1, 0, 1, 1], [1, -1, 2, 0, 0], [0, 1, -1, 0, 2]])


def layer(x, params, *, stride, padding):
    """conv2d and its pullback, by PyTorch."""
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, *params)]
    s = F.conv2d(*tensors, stride=stride, padding=padding)

    def back(delta):
        dx, *grads = torch.autograd.grad(s, tensors, torch.tensor(delta), retain_graph=True)
        return dx.numpy(), tuple(grad.numpy() for grad in grads)

    return s.detach().numpy(), back


@pytest.fixture
def forward():
    return one_pixel.forward(layer, X, W, 1)


@pytest.fixture
def both():
    return one_pixel.both(layer, X, W, 1, DELTA)


def total(arrays):
    bias = arrays["b"] if arrays["way"] == FORWARD else 0
    return bias + sum(one * other for _, one, other in arrays["terms"])


def test_every_control_of_the_forward_figure_moves_it(forward):
    sweep(forward)


def test_every_control_of_the_other_figure_moves_it(both):
    sweep(both)


# ---------------------------------------------------------------- forward


def test_the_products_of_each_output_add_up_to_it(forward):
    for how, padding, row, column in itertools.product(
        stops(forward.controls["how"]), [0, 1], *[range(5)] * 2
    ):
        arrays = forward.compute("numbers", how, padding, row, column, "")
        flat = np.pad(X, padding)
        map_ = signal.convolve2d if how == CONVOLUTION else signal.correlate2d
        np.testing.assert_allclose(arrays["s"], map_(flat, W, "valid") + 1)
        assert len(arrays["terms"]) == 9
        assert total(arrays) == arrays["s"][arrays["pick"]]


def test_the_sum_is_written_out_under_the_picture(forward):
    assert forward.picture.readout.startswith("s[1, 1] = 9 = 1·3 + 2·1 + 0·0 + 0·1 + 1·0 + (-1)·1")
    words = [text.get_text() for text in forward.figure.figure.axes[0].texts]
    assert "s[1, 1] = 9 =" in words and "+ (-1)·2" in words and "+ 1  (the bias b)" in words


def test_a_place_that_the_output_has_not_is_said_to_be_beyond_the_last(forward, both):
    forward.set(row=4, column=2)
    assert forward.picture.readout.startswith("row 4 is beyond the last, 2 · s[2, 2] = ")
    forward.set(padding=1)
    assert "beyond" not in forward.picture.readout
    both.set(way=TO_W, row=3, column=4)
    beyond = "row 3 is beyond the last, 2 · column 4 is beyond the last, 2 · dR/dw[2, 2] = "
    assert both.picture.readout.startswith(beyond)


def test_a_single_one_gives_the_kernel_turned_as_predicted(forward):
    assert forward.predict.options[forward.predict.answer] == "the kernel, turned by half a turn"
    for kernel in (W, W[:, ::-1]):
        assert not np.array_equal(kernel, W[::-1, ::-1])
    forward.set(picture="a single 1", padding=1)
    np.testing.assert_array_equal(forward.arrays["s"][1:4, 1:4], W[::-1, ::-1])
    forward.set(how=CONVOLUTION)
    np.testing.assert_array_equal(forward.arrays["s"][1:4, 1:4], W)
    assert np.abs(forward.arrays["s"]).sum() == np.abs(W).sum()


def test_the_goal_is_a_kernel_with_one_weight(forward):
    assert "Not yet" in verdict(forward)
    assert "of 25 outputs are not" in verdict(forward, padding=1)
    assert "Not yet" in verdict(forward, kernel="0 0 0, 1 0 0, 0 0 0")
    assert "Right" in verdict(forward, kernel="0 0 0, 0 0 1, 0 0 0")
    assert "all 25 outputs are" in verdict(forward)
    assert "Not yet" in verdict(forward, how=CONVOLUTION)


@pytest.mark.parametrize("line", ["1 2 3", "1 0 0, 0 0 0, 0 2", "a b c, 0 0 0, 0 0 0"])
def test_a_kernel_that_is_none_is_refused(forward, line):
    forward.set(kernel=line)
    assert isinstance(forward.error, ValueError)
    assert "want 3 rows of 3 whole numbers" in forward.picture.error
    assert "this setting has no picture (your kernel: got" in verdict(forward)
    assert "Not yet" in verdict(forward, kernel="") and not forward.error


def press(explorer, x, y):
    ax, figure = explorer.figure.figure.axes[0], explorer.figure.figure
    across, up = figure.transFigure.inverted().transform(ax.transData.transform((x, y)))
    explorer.press(across, 1 - up)


def test_a_click_picks_an_output(forward):
    press(forward, 17.5, 4.5)
    assert (forward.values["row"], forward.values["column"]) == (2, 2)
    forward.set(padding=1)
    press(forward, 14.5, 3.5)
    assert (forward.values["row"], forward.values["column"]) == (2, 0)
    press(forward, 3, 0.5)  # the nearest output
    assert (forward.values["row"], forward.values["column"]) == (0, 0)


# ---------------------------------------------------------------- both ways


def test_the_products_of_each_gradient_add_up_to_that_of_autograd(both):
    for way, stride, padding, row, column in itertools.product(
        [FORWARD, TO_X, TO_W], [1, 2], [0, 1], *[range(5)] * 2
    ):
        arrays = both.compute(way, "numbers", stride, padding, row, column)
        shown = {FORWARD: arrays["s"], TO_X: arrays["dx"], TO_W: arrays["dW"]}[way]
        assert total(arrays) == pytest.approx(shown[arrays["pick"]], abs=1e-12)


def test_backward_a_single_delta_spreads_the_kernel_as_it_is(both):
    assert both.predict.options[both.predict.answer] == "the kernel"
    both.set(way=TO_X, deltas="a single 1")
    np.testing.assert_allclose(both.arrays["dx"][1:4, 1:4], W)
    assert np.abs(both.arrays["dx"]).sum() == np.abs(W).sum()


def test_the_goal_is_a_pixel_that_two_windows_hold(both):
    assert "Not yet" in verdict(both)
    right = [
        place
        for place in np.ndindex(5, 5)
        if both.goal.reached(
            {"way": TO_X, "stride": 1, "padding": 0}, both.compute(TO_X, "numbers", 1, 0, *place)
        )[0]
    ]
    assert right == [(0, 1), (0, 3), (1, 0), (1, 4), (3, 0), (3, 4), (4, 1), (4, 3)]
    assert "Right" in verdict(both, way=TO_X, row=0, column=3)
    assert "9 products" in verdict(both, way=TO_W)
    assert ": 1 product (" in verdict(both, way=TO_X, row=0, column=0)


def test_a_click_picks_in_the_field_of_the_sum(both):
    both.set(way=TO_W)
    press(both, 10.5, 3.5)
    assert (both.values["row"], both.values["column"]) == (1, 1)
    press(both, 11.5, 2.5)
    assert (both.values["row"], both.values["column"]) == (0, 2)
    both.set(way=TO_X)
    press(both, 1.5, 1.5)
    assert (both.values["row"], both.values["column"]) == (0, 0)


def test_a_pixel_that_no_window_reaches_has_the_gradient_zero(both):
    both.set(way=TO_X, stride=2, padding=0, row=0, column=0)
    np.testing.assert_allclose(both.arrays["dx"][0, 0], W[0, 0] * DELTA[0, 0])
    arrays = both.compute(TO_X, "a single 1", 2, 0, 0, 0)
    assert total(arrays) == arrays["dx"][0, 0] == 0
