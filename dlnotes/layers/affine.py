"""Layers that mix the features of a sample, or only rearrange them."""

import math

import numpy as np

from dlnotes import arguments


def linear(x, params):
    """Pre-activation s = W x + b of each row of `x`.

    x (n, j);  W (i, j), b (i,);  s (n, i).      DLNN (3.2), (4.75), (4.84); GBC 6.1; EE147 Backpropagation

    In DLNN (4.84) a gradient is a row vector, so that dW is printed transposed.
    """
    W, b = arguments.parameters(params, "W", "b")
    if not _fit(x, W, b):
        arguments.shape("W", W, ("i", "j"))
        arguments.shape("x", x, ("n", W.shape[1]))
        arguments.shape("b", b, W.shape[:1])
        arguments.numbers(x=x, W=W, b=b)
        x, W, b = map(arguments.floating, (x, W, b))
    s = np.dot(x, W.T)  # np.dot is @ with less overhead, which shows in small networks
    if type(b) is np.ndarray:
        s += b
    else:  # a Dual, which no array can take in
        s = s + b
    if s.size == 0 or math.isnan(arguments.largest(s)):  # one look at s in place of three at x, W and b
        arguments.numbers(x=x, W=W, b=b)

    def back(delta):  # delta = dR/ds  (n, i)
        return np.dot(delta, W), (np.dot(delta.T, x), delta.sum(axis=0))

    return s, back


def flatten(x, params=()):
    """Each sample as one row: x (n, ...);  y (n, d)."""
    arguments.parameters(params)
    arguments.numbers(x=x)
    arguments.rows(x=x)
    x = arguments.floating(x)
    return x.reshape(len(x), -1), lambda dy: (dy.reshape(x.shape), ())


def _fit(x, W, b):
    """Are the arguments of `linear` floating-point arrays whose shapes fit?  At a glance, for speed."""
    if not type(x) is type(W) is type(b) is np.ndarray or not x.ndim == W.ndim == 2:
        return False
    rows, columns = W.shape
    return (
        x.shape[1] == columns and b.shape == (rows,) and x.dtype.kind == W.dtype.kind == b.dtype.kind == "f"
    )
