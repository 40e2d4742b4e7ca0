"""What the core refuses, and in which words."""

import numpy as np
import pytest

from dlnotes import arguments

A = np.array([[1.0, -2.0], [3.0, 0.5]])


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: arguments.numbers(x=[1.0]), "x: got list, want a NumPy array of numbers"),
        (lambda: arguments.numbers(x=A, W=None), "W: got NoneType, want a NumPy array of numbers"),
        (
            lambda: arguments.numbers(x=np.array(["a"])),
            "x: got an array of dtype <U1, want a NumPy array of numbers",
        ),
        (lambda: arguments.numbers(x=A[:0]), "x: got shape (0, 2), want at least one entry"),
        (lambda: arguments.numbers(x=A * [1, np.nan]), "x: got NaN in 2 of 4 entries, want numbers"),
        (lambda: arguments.finite(x=A * [1, np.nan]), "x: got NaN in 2 of 4 entries, want numbers"),
        (lambda: arguments.finite(x=A * [1, np.inf]), "x: got inf in 2 of 4 entries, want finite numbers"),
        (
            lambda: arguments.finite(x=A[:1] * [-np.inf, 1]),
            "x: got inf in 1 of 2 entries, want finite numbers",
        ),
        (lambda: arguments.finite(x=A[:0]), "x: got shape (0, 2), want at least one entry"),
        (lambda: arguments.parameters((A,), "W", "b"), "params: got 1 entries, want (W, b)"),
        (lambda: arguments.parameters(A, "W", "b"), "params: got an array of dtype float64, want (W, b)"),
        (lambda: arguments.parameters((A,)), "params: got 1 entries, want ()"),
        (lambda: arguments.shape("x", A, ("n", 3)), "x: got shape (2, 2), want (n, 3)"),
        (lambda: arguments.shape("x", A, ("n",)), "x: got shape (2, 2), want (n,)"),
        (lambda: arguments.shape("x", 1.0, ("n",)), "x: got float, want a NumPy array of numbers"),
        (lambda: arguments.same_rows(x=A, y=A[:1]), "y: got 1 rows, want 2, as many as x has"),
        (lambda: arguments.class_labels("y", np.array([0, 3]), 3), "y: got labels 0 ... 3, want 0 ... 2"),
        (lambda: arguments.class_labels("y", np.array([-1, 1]), 3), "y: got labels -1 ... 1, want 0 ... 2"),
        (lambda: arguments.class_labels("y", A[0], 3), "y: got dtype float64, want integer class labels"),
        (lambda: arguments.class_labels("y", np.array([[1]]), 3), "y: got shape (1, 1), want (n,)"),
        (lambda: arguments.one_of("y", np.array([1, 0, -1]), (-1, 1)), "y: got 0, want one of (-1, 1)"),
        (lambda: arguments.counts(batch=0), "batch: got 0, want a whole number >= 1"),
        (lambda: arguments.counts(batch=1.5), "batch: got 1.5, want a whole number >= 1"),
        (lambda: arguments.counts(batch=True), "batch: got True, want a whole number >= 1"),
        (lambda: arguments.positive(lr=0), "lr: got 0, want a finite number > 0"),
        (lambda: arguments.positive(lr=np.nan), "lr: got nan, want a finite number > 0"),
        (lambda: arguments.positive(lr=np.inf), "lr: got inf, want a finite number > 0"),
        (
            lambda: arguments.same_rows(x=np.array(1.0), y=A),
            "x: got a single number, want one row for each sample",
        ),
        (lambda: arguments.class_labels("y", np.array([0, 1]), 2, 3), "y: got shape (2,), want (3,)"),
    ],
)
def test_a_refusal_says_what_came_and_what_is_wanted(check, message):
    with pytest.raises(ValueError) as refusal:
        check()
    assert str(refusal.value) == message


def test_what_fits_passes():
    arguments.numbers(x=A, labels=np.array([0, 1]), mask=A > 0, beyond=np.array([np.inf, -np.inf]))
    arguments.finite(x=A, labels=np.array([0, 1]), large=np.array([1.7e308, -1.7e308]))
    arguments.shape("x", A, ("n", 2))
    arguments.shape("b", A[0], (2,))
    arguments.same_rows(x=A, y=A[0])
    arguments.class_labels("y", np.array([0, 2]), 3)
    arguments.one_of("y", np.array([1.0, -1.0]), (-1, 1))
    arguments.counts(batch=np.int64(3), epochs=1)
    arguments.positive(lr=1e-300)


def test_the_parameters_come_back_in_order():
    W, b = arguments.parameters([A, A[0]], "W", "b")
    assert W is A
    np.testing.assert_array_equal(b, A[0])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_one_nan_anywhere_is_seen_and_large_numbers_do_not_warn(dtype):
    largest = np.finfo(dtype).max
    for index in np.ndindex(3, 4):
        array = np.full((3, 4), largest, dtype)
        arguments.numbers(x=array)
        array[index] = np.nan
        with pytest.raises(ValueError, match="got NaN in 1 of 12 entries"):
            arguments.numbers(x=array)
        with pytest.raises(ValueError, match="got NaN in 1 of 12 entries"):
            arguments.numbers(x=array.T)
