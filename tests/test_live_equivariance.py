"""The live figure of equivariance: every control is moved, and what it computes is true."""

import numpy as np
import pytest
from reader import verdict
from scipy import ndimage

from dlnotes.live import equivariance, sweep
from dlnotes.live.equivariance import DARK, LIGHT, SHIFT, TURN

LETTER = np.zeros((28, 28))
LETTER[6:22, 9:12] = LETTER[6:9, 9:20] = LETTER[13:16, 9:17] = 1
SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
MODES = {"zero": "constant", "periodic": "wrap", "reflection": "mirror"}


def respond(x, padding):
    return ndimage.correlate(x, SOBEL, mode=MODES[padding])


@pytest.fixture
def orders():
    return equivariance.orders(respond, LETTER)


def difference(arrays):
    return np.abs(arrays["moved first"] - arrays["moved last"]) > equivariance.SAME


def test_every_control_moves_it(orders):
    sweep(orders)


def test_cyclic_shifts_and_periodic_padding_agree_everywhere(orders):
    for picture in (DARK, LIGHT):
        for down, right in [(0, 0), (3, -5), (-8, 12)]:
            arrays = orders.compute(picture, "periodic", SHIFT, down, right)
            assert not difference(arrays).any()


def test_with_zeros_around_only_edges_and_the_seam_differ_as_predicted(orders):
    assert orders.predict.options[orders.predict.answer] == "in columns at the left and right edge"
    arrays = orders.compute(DARK, "zero", SHIFT, 0, 2)
    assert list(np.flatnonzero(difference(arrays).any(axis=0))) == [0, 1, 2, 27]
    assert difference(arrays)[:, [0, 1, 2, 27]].all()


def test_a_quarter_turn_is_not_followed_even_with_periodic_padding(orders):
    assert difference(orders.compute(LIGHT, "periodic", TURN, 0, 0)).sum() > 50


def test_with_the_turn_the_shifts_still_move_the_image(orders):
    moved = [orders.compute(LIGHT, "periodic", TURN, *shift)["moved"] for shift in [(0, 0), (0, 2), (3, 0)]]
    np.testing.assert_array_equal(np.rot90(np.roll(LETTER, 2, axis=1)), moved[1])
    assert (moved[0] != moved[1]).any() and (moved[0] != moved[2]).any()


def test_the_goal_is_the_last_shift_before_the_letter_meets_the_edge(orders):
    assert "Not yet" in verdict(orders)
    right = [
        shift
        for shift in range(13)
        if orders.goal.reached(
            {"picture": LIGHT, "padding": "zero", "movement": SHIFT, "down": 0, "right": shift},
            orders.compute(LIGHT, "zero", SHIFT, 0, shift),
        )[0]
    ]
    assert right == [7]
    assert "one more place is left" in verdict(orders, picture=LIGHT, right=6)
    assert "Right" in verdict(orders, right=7)
    assert "pixels differ" in verdict(orders, right=8)


def test_the_picture_says_how_many_pixels_differ(orders):
    assert orders.picture.readout == "the two orders agree at all 784 pixels"
    orders.set(right=2)
    assert orders.picture.readout == "the two orders differ at 112 of 784 pixels"
