"""What `diagnose` says of an answer: the right thing, in words that fit, and never an error of its own."""

import itertools

import numpy as np
import pytest

from dlnotes.exercises.codec import Unknown
from dlnotes.exercises.diagnose import diagnose

WANT = np.array([[1.0, 2.0], [3.0, 5.0]])


@pytest.mark.parametrize(
    ("got", "want", "reason"),
    [
        (None, WANT, "is None: is a `return` missing?"),
        ("no numbers", WANT, "is a str, but an array of numbers is wanted"),
        ("3.0", 3.0, "is a str, but a number is wanted"),
        ({}, WANT, "is a dict, but an array"),
        (10**400, 3.0, "is an integer that is too large, but a number"),
        (Unknown("Tensor"), WANT, "is a Tensor, but an array"),
        (np.array([[1, 2], [3, 5]], dtype=object), WANT, "is an ndarray, but an array of numbers"),
        ([[1, 2], [3]], WANT, "is a list of 2, but an array"),
        (np.zeros(3), WANT, "has shape (3,), want (2, 2)"),
        (np.zeros((3, 2)), np.zeros((2, 3)), "transposed?"),
        (np.zeros((4, 2)), np.zeros(2), "not summed over the samples?"),
        (-WANT, WANT, "has the wrong sign"),
        (WANT.T, WANT, "is transposed"),
        (WANT / 5, WANT, "5 times too small"),
        (WANT * 2, WANT, "2 times too large"),
        (WANT + 1, WANT, "off by the same 1 everywhere"),
        (np.array([[1, 2], [3, 6.0]]), WANT, "wrong in 1 of 4 entries, most at [1, 1]"),
        (np.array([[1, 9], [3, 6.0]]), WANT, "2 of 4 entries"),
        (WANT * np.nan, WANT, "entries that are NaN"),
        ((WANT, WANT), WANT, "a tuple of 2, but one array"),
        ((WANT, WANT), 3.0, "a tuple of 2, but one number is wanted"),
        (WANT, (WANT, WANT), "is an ndarray, but 2 values are wanted"),
        (np.int64(3), (3, 4), "is an int64, but 2 values are wanted"),
        (np.ones((7, 7)), np.ones(7), "has shape (7, 7), want (7,)"),
        ((WANT,), (WANT, WANT), "is a tuple of 1, but 2 values are wanted"),
        ([WANT], (WANT, WANT), "is a list of 1, but 2 values are wanted"),
        (Unknown("Tensor"), (WANT, WANT), "is a Tensor, but 2 values are wanted"),
        ((WANT, -WANT), (WANT, WANT), "value 2 of 2 has the wrong sign"),
        ((WANT, 3.0), (3.0, WANT), "the two values are swapped"),
        ((4.0, 3.0), (3.0, 4.0), "the two values are swapped"),
        ((WANT, 4.0), (3.0, WANT), "value 1 of 2 has shape (2, 2), but one number is wanted"),
        (3.1, 3.0, "has the wrong value"),
        (-3.0, 3.0, "wrong sign"),
        (1.5, 3.0, "2 times too small"),
        (0.0, 3.0, "is zero"),
        (np.array([3.0]), 3.0, "has shape (1,), but one number is wanted"),
        (np.zeros(5, bool), np.array([True, False, True, True, False]), "wrong in 3 of 5 entries"),
        (np.full(5, 0.5), np.ones(5, bool), "wrong in 5 of 5 entries"),
        (WANT * 1j, WANT, "is complex, but real numbers are wanted"),
        (3.0 + 0j, 3.0, "is complex"),
        (1e308, 3.0, "has the wrong value"),
    ],
)
def test_diagnose_says_what_is_wrong(got, want, reason):
    with np.errstate(all="ignore"):
        assert reason in diagnose(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (WANT + 1e-12, WANT),
        (WANT.tolist(), WANT),
        (WANT.astype(int), WANT),
        ((1, WANT), (1.0, WANT)),
        ([True, False], np.array([True, False])),
        ([1, 0], np.array([True, False])),
        (3, np.int64(3)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
    ],
)
def test_diagnose_is_silent_where_nothing_is_wrong(got, want):
    assert diagnose(got, want) is None


def test_a_tensor_is_an_array_unless_it_wants_its_gradient_and_never_stops_the_page():
    torch = pytest.importorskip("torch")
    assert diagnose(torch.tensor(WANT), WANT) is None
    assert "is a Tensor" in diagnose(torch.tensor(WANT, requires_grad=True), WANT)


EXTREMES = [1e308, -1e308, 1e200, 1e-200, 0.0, -0.0, 3.0, np.nan, np.inf]


@pytest.mark.parametrize("got", EXTREMES)
def test_no_number_is_too_large_or_too_small_for_a_diagnosis(got):
    for want, size in itertools.product((1e308, 3.0, -0.0), (None, 1, 3)):
        answer, wanted = (got, want) if size is None else (np.full(size, got), np.full(size, want))
        with np.errstate(all="ignore"):
            assert (diagnose(answer, wanted) is None) == (got == want or abs(got - want) < 1e-10)
