"""What every iterative learner answers, and what every learner accepts."""

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


def samples(x, y):
    """`x` (n, d) and one target a row, `y` (n,), as floats of one kind: float32 stays float32."""
    arguments.numbers(x=x, y=y)
    arguments.shape("x", x, ("n", "d"))
    arguments.shape("y", y, ("n",))
    arguments.same_rows(x=x, y=y)
    x = floats(x)
    return x, y.astype(x.dtype)


def counted(number, noun):
    """ "1 step", "2 steps": how the messages count."""
    return f"{number} {noun}" + "s" * (number != 1)


def floats(x):
    """`x` itself if its entries are floating-point numbers, else as float64."""
    return x if x.dtype.kind == "f" else x.astype(float)
