"""What the learners that work step by step answer, and what all of them accept."""

from typing import NamedTuple

import numpy as np

from dlnotes import arguments


class Fit(NamedTuple):
    """The answer of a learner that works step by step."""

    w: np.ndarray  # the weights it ended with
    converged: bool  # whether they are what was asked for
    message: str  # one line that says so, with the numbers
    history: list  # one dict per step


def with_bias(x):
    """`x` with the constant 1 as its first column: w[0] is then the bias (a_0 = 1, DLNN (4.59)).

    x (n, d);  returned (n, d + 1)
    """
    arguments.numbers(x=x)
    arguments.shape("x", x, ("n", "d"))
    return np.column_stack([np.ones(len(x), x.dtype), x])


def samples(x, y, values=None):
    """x (n, d) and one target a row, y (n,), as floats of one kind; `values`: the only targets there are."""
    arguments.finite(x=x, y=y)
    arguments.shape("x", x, ("n", "d"))
    arguments.shape("y", y, ("n",))
    arguments.same_rows(x=x, y=y)
    if values is not None:
        arguments.one_of("y", y, values)
    x = arguments.floating(x)
    return x, y.astype(x.dtype)


def counted(number, noun):
    """ "1 step", "2 steps": how the messages count."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
