"""The live figures of convolution arithmetic: every control is moved, and what they compute is true."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from reader import verdict

from dlnotes.convolution import receptive_field
from dlnotes.live import convolution_arithmetic as arithmetic
from dlnotes.live import sweep


def row(numbers):
    return torch.tensor(numbers, dtype=torch.float64)[None, None]


def convolve(x, w, stride, padding, dilation):
    return F.conv1d(row(x), row(w), stride=stride, padding=padding, dilation=dilation)[0, 0].numpy()


def transposed(y, w, stride, padding, dilation, output_padding):
    return F.conv_transpose1d(
        row(y), row(w), stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
    )[0, 0].numpy()


FIGURES = {
    "sizes": lambda: arithmetic.sizes(convolve),
    "transpose": lambda: arithmetic.transpose(convolve, transposed),
    "field": lambda: arithmetic.field(receptive_field),
}


@pytest.fixture
def sizes():
    return FIGURES["sizes"]()


@pytest.fixture
def transpose():
    return FIGURES["transpose"]()


@pytest.fixture
def field():
    return FIGURES["field"]()


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


SETTINGS = list(itertools.product([1, 4, 7, 10], [1, 3, 4], [1, 2, 4], [0, 1, 4], [1, 3]))


# ---------------------------------------------------------------- positions


def test_each_output_is_the_sum_over_the_taps_of_its_position(sizes):
    for setting in SETTINGS:
        arrays = sizes.compute(*setting, position=0)
        i, k, _, p, d = setting
        padded = np.pad(arrays["x"], p)
        if d * (k - 1) + 1 > i + 2 * p:
            assert len(arrays["y"]) == len(arrays["taps"]) == 0
            continue
        np.testing.assert_allclose(padded[arrays["taps"] + p] @ arrays["w"], arrays["y"])


def test_the_predicted_answer_is_true_and_stays_unsaid_at_the_start(sizes):
    assert sizes.predict.options[sizes.predict.answer] == "stays the same"
    assert "3 outputs" in sizes.picture.readout
    sizes.set(input=8)
    assert "rounded down 2, plus 1: 3 outputs" in sizes.picture.readout


def test_only_a_dilation_lets_an_even_kernel_keep_the_size(sizes):
    assert "Not yet" in verdict(sizes)
    for i, p, d in itertools.product(range(1, 11), range(5), range(1, 4)):
        arrays = sizes.compute(i, 4, 1, p, d, position=0)
        assert (len(arrays["y"]) == i) == (d == 2 and p == 3)
    assert "7 entries become 6" in verdict(sizes, kernel=4, stride=1, padding=1)
    assert "Right" in verdict(sizes, padding=3, dilation=2)
    assert "the stride is 2" in verdict(sizes, stride=2)


def test_a_kernel_that_is_too_large_is_said_to_be(sizes):
    sizes.set(input=5, kernel=4, dilation=3)
    assert "covers 10 entries, the padded input has 5: there is no output" in sizes.picture.readout


def test_every_small_setting_has_a_picture_and_a_sentence(sizes, transpose):
    for i, k, s, p in itertools.product([1, 2, 3], [1, 2, 3], [1, 2], [0, 1]):
        assert sizes.draw(sizes.compute(i, k, s, p, 1, position=0))
        assert transpose.draw(transpose.compute(i, k, s, p, 1, output_padding=0, entry=0))


def test_a_position_beyond_the_last_is_said_to_be(sizes):
    sizes.set(position=9)
    assert "position 9 is beyond the last · y₂ =" in sizes.picture.readout
    sizes.set(input=3)
    assert "plus 1: 1 output ·" in sizes.picture.readout


def test_no_setting_needs_more_numbers_than_the_figure_has(sizes, transpose, monkeypatch):
    counts = []
    put = arithmetic._Drawing.put

    def counted(self, cells, words, lines, dots):
        assert len(self.words) <= len(words)
        counts.append(len(self.words))
        put(self, cells, words, lines, dots)

    monkeypatch.setattr(arithmetic._Drawing, "put", counted)
    for setting in itertools.product([10], [1, 4], [1, 2, 4], [0, 4], [1, 3]):
        sizes.draw(sizes.compute(*setting, position=0))
        for a in range(4):
            transpose.draw(transpose.compute(*setting, output_padding=a, entry=0))
    assert max(counts) > 40


def test_play_walks_over_all_positions_and_stops_at_the_last(sizes):
    sizes.set(input=10, stride=1)
    sizes.player.playing = True
    for _ in range(30):
        if sizes.player.playing:
            sizes.drive("tick")
    assert not sizes.player.playing
    assert sizes.values["position"] == 8  # one further than the last of 8 outputs, 0 ... 7


# ---------------------------------------------------------------- the transpose


def test_the_turned_kernel_over_the_stretched_outputs_gives_the_transpose(transpose):
    for setting in SETTINGS:
        for a in range(setting[2]):
            arrays = transpose.compute(*setting, output_padding=a, entry=0)
            back, half = arrays["back"], arrays["reach"] / 2
            values = {
                (taps[0] + taps[-1]) / 2: y for taps, y in zip(arrays["taps"], arrays["y"], strict=True)
            }
            turned = list(enumerate(arrays["w"][::-1]))
            want = [
                sum(w * values.get(at - half + arrays["dilation"] * m, 0) for m, w in turned)
                for at in range(len(back))
            ]
            np.testing.assert_allclose(back, want)


def test_the_weights_in_a_column_of_positions_are_those_that_the_result_uses(transpose):
    arrays = transpose.compute(7, 3, 2, 0, 1, output_padding=0, entry=2)
    assert arrays["back"][2] == 3 * arrays["y"][0] + 1 * arrays["y"][1]
    assert "entry 2 of the result is 3·7 + 1·4 = 25" in transpose.picture.readout


def test_the_transpose_of_seven_and_of_eight_entries_has_seven_as_predicted(transpose):
    assert transpose.predict.options[transpose.predict.answer] == "7 entries"
    for i in (7, 8):
        assert len(transpose.compute(i, 3, 2, 0, 1, output_padding=0, entry=0)["back"]) == 7
    transpose.set(input=8)
    assert "?" in [text.get_text() for text in transpose.figure.figure.axes[0].texts]
    assert "?: an entry of the input" in transpose.picture.readout
    transpose.set(output_padding=1)
    assert "?" not in transpose.picture.readout and "orange dotted" in transpose.picture.readout


def test_the_goal_of_the_transpose_wants_the_largest_output_padding(transpose):
    assert "the stride is 2" in verdict(transpose)
    assert "7 entries become 2, and these 7" in verdict(transpose, stride=4)
    assert "Not yet" in verdict(transpose, input=10, output_padding=2)
    assert "Right" in verdict(transpose, input=10, output_padding=3)


def test_an_output_padding_as_large_as_the_stride_is_refused(transpose):
    transpose.set(output_padding=2)
    assert "refused: with stride 2 it is at most 1" in transpose.picture.readout
    assert len(transpose.arrays["back"]) == 0


def test_an_entry_that_was_in_no_window_is_zero(transpose):
    transpose.set(input=8, output_padding=1, entry=7)
    assert "entry 7 of the result is 0: it was in no window" in transpose.picture.readout


def test_padding_may_leave_nothing_of_the_result(transpose):
    transpose.set(input=1, kernel=1, stride=4, padding=1, output_padding=0)
    assert transpose.picture.readout == "padding 1 leaves nothing of the result"


# ---------------------------------------------------------------- the field


def test_the_tree_reaches_what_gradients_reach(field):
    for layers, kernel, growth in itertools.product([1, 3], [2, 3, 5], arithmetic.GROWTH):
        arrays = field.compute(layers, kernel, growth)
        x = torch.zeros(1, 1, 301, dtype=torch.float64, requires_grad=True)
        y = x
        for layer in range(layers):
            stride, dilation = arithmetic.GROWTH[growth](layer)
            y = F.conv1d(y, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        first, second = (torch.autograd.grad(y[0, 0, q], x, retain_graph=True)[0][0, 0] for q in (0, 1))
        support = first.nonzero().ravel()
        assert len(support) == arrays["seen"]
        assert int(support.max() - support.min()) + 1 == arrays["field"]
        assert int(second.nonzero().min() - support.min()) == arrays["jump"]
        np.testing.assert_allclose(arrays["rows"][-1] - arrays["rows"][-1][0], support - support.min())


def test_the_bars_of_all_settings_end_inside_the_axes(field):
    low, high = field.figure.figure.axes[0].get_xlim()
    ends = [
        (arrays["field"] / 2, arrays["jump"])
        for setting in itertools.product(range(1, 5), range(2, 6), arithmetic.GROWTH)
        for arrays in [field.compute(*setting)]
    ]
    assert low < -max(half for half, _ in ends) and max(half + jump for half, jump in ends) == 46.5 < high


def test_strides_and_dilations_that_double_see_as_much(field):
    assert field.predict.options[field.predict.answer] == "both see as much"
    with_strides, with_dilations = (
        field.compute(4, 3, growth) for growth in ("stride 2 in each", "dilation 1, 2, 4, 8")
    )
    assert with_strides["field"] == with_dilations["field"] == 31
    assert (with_strides["jump"], with_dilations["jump"]) == (16, 1)


def test_one_stack_reaches_the_goal(field):
    assert "Not yet" in verdict(field)
    right = [
        setting
        for setting in itertools.product(range(1, 5), (2, 3), arithmetic.GROWTH)
        if field.goal.reached({"kernel": setting[1]}, field.compute(*setting))[0]
    ]
    assert right == [(4, 3, "dilation 1, 2, 4, 8")]
    assert "17 entries, 8 left out" in verdict(field, layers=4, kernel=3, growth="dilation 2 in each")
