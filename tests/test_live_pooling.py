"""The live figures of pooling: every control is moved, and what they claim is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes.live import pooling, sweep


def pool(row, kind, width, stride):
    windows = np.lib.stride_tricks.sliding_window_view(row, width)[::stride]
    return getattr(windows, kind)(axis=1)


DETECTORS = np.random.default_rng(2).random(40)


@pytest.fixture
def shifts():
    return pooling.shifts(pool, DETECTORS)


def counts(shifts, **values):
    arrays = shifts.compute(**{"kind": "max", "width": 3, "stride": 1, "shift": 1} | values)
    return [int(pooling.changed(*arrays[name]).sum()) for name in ("detectors", "pooled")]


def test_every_control_moves_the_shifts(shifts):
    sweep(shifts)


def test_half_of_the_maxima_change_as_predicted(shifts):
    assert shifts.predict.options[shifts.predict.answer] == "about half"
    assert counts(shifts) == [16, 8]


def test_on_average_over_many_rows_about_half_change():
    rng = np.random.default_rng(0)
    shares = [counts(pooling.shifts(pool, rng.random(40)))[1] / 16 for _ in range(8)]
    assert 0.4 < np.mean(shares) < 0.6


def test_means_all_change_but_less_than_the_detectors(shifts):
    arrays = shifts.compute("mean", 7, 1, 1)
    assert pooling.changed(*arrays["pooled"]).all()
    sizes = [np.abs(after - before).mean() for before, after in (arrays["detectors"], arrays["pooled"])]
    assert sizes[1] < 0.3 * sizes[0]


def test_nothing_changes_without_a_shift_and_a_window_of_one_is_the_detector(shifts):
    assert counts(shifts, shift=0) == [0, 0]
    arrays = shifts.compute("max", 1, 1, 2)
    np.testing.assert_array_equal(*[arrays[name][1] for name in ("detectors", "pooled")])


def test_the_shift_is_to_the_right_and_the_stride_drops_values(shifts):
    before, after = shifts.compute("max", 3, 1, 2)["detectors"]
    np.testing.assert_array_equal(after[2:], before[:-2])
    assert len(shifts.compute("max", 3, 4, 2)["pooled"][0]) == 4


def test_the_goal_is_the_narrowest_window_that_keeps_half(shifts):
    assert "Not yet" in verdict(shifts)
    assert "Not yet" in verdict(shifts, shift=3, width=7)
    assert "a narrower one does it" in verdict(shifts, width=11)
    assert "Right" in verdict(shifts, width=9)
    assert "stride 1" in verdict(shifts, stride=2)


def test_too_few_detectors_are_refused():
    with pytest.raises(ValueError, match="detectors: got 30, want at least 34"):
        pooling.shifts(pool, DETECTORS[:30])


# ---------------------------------------------------------------- digits

NAMES = ["flat", "shifted", "global"]
LABELS = np.arange(20) % 2


def moved(down, right):
    """Two glyphs, a wide and a high bar, in the middle of their frames."""
    pictures = np.zeros((20, 16, 16))
    pictures[LABELS == 0, 7:9, 5:11] = 1
    pictures[LABELS == 1, 5:11, 7:9] = 1
    return np.roll(pictures, (down, right), axis=(1, 2))


def read(network, pictures):
    if network == "global":
        return (pictures.sum(axis=1).max(axis=1) > 3).astype(int)  # a high column, wherever
    place = 8 if network == "flat" else slice(4, 12)
    return (pictures[:, :, place].reshape(20, -1).sum(axis=1) > 4).astype(int)


@pytest.fixture
def digits():
    return pooling.shifted_digits(moved, read, NAMES, LABELS)


def test_every_control_moves_the_digits(digits):
    sweep(digits)


def test_what_it_draws_is_what_the_network_says(digits):
    arrays = digits.compute("flat", 3, 0)
    np.testing.assert_array_equal(arrays["pictures"], moved(0, 3)[:12])
    np.testing.assert_array_equal(arrays["answers"], read("flat", moved(0, 3))[:12])
    np.testing.assert_array_equal(arrays["wrong"], arrays["answers"] != LABELS[:12])
    want = [np.mean(read(name, moved(0, 3)) == LABELS) for name in NAMES]
    np.testing.assert_array_equal(arrays["shares"], want)
    want = [np.mean(read(name, moved(0, 0)) == LABELS) for name in NAMES]
    np.testing.assert_array_equal(arrays["middle"], want)
    assert arrays["chosen"] == 0


def test_only_what_looks_everywhere_reads_on(digits):
    digits.set(right=4)
    assert digits.picture.readout == "flat: 10 of 20 digits are read right"
    digits.set(network="global", down=3)
    assert digits.picture.readout == "global: 20 of 20 digits are read right"


def test_nothing_in_the_first_picture_answers_the_question(digits):
    assert digits.predict.options[digits.predict.answer] == "fewer than half"
    assert digits.picture.readout == "flat: 20 of 20 digits are read right"
    np.testing.assert_array_equal(*[digits.compute("flat", 0, 0)[name] for name in ("shares", "middle")])


def test_the_goal_asks_for_the_last_network_and_a_shift(digits):
    assert "Not yet" in verdict(digits)
    assert "in the middle" in verdict(digits, network="global")
    assert "left or right alone" in verdict(digits, network="global", right=2, down=1)
    assert "Right" in verdict(digits, right=2, down=0)
    assert "take global" in verdict(digits, network="flat")
