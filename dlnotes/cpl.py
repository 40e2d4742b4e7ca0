"""Continuous piecewise-linear functions of one variable: they can be added, nested, and counted."""

from typing import NamedTuple

import numpy as np


class CPL(NamedTuple):
    """A continuous piecewise-linear function of one variable.      Strang VII.1, Problem 8

    kinks (k,) increasing, slopes (k + 1,) between them, and the intercept of the leftmost line.  Where two
    neighboring slopes are equal there is no kink: len(f.slopes) is the number of pieces.
    """

    kinks: np.ndarray
    slopes: np.ndarray
    intercept: float

    def __call__(self, x):
        x = np.asarray(x, dtype=float)
        bends = np.maximum(x[..., None] - self.kinks, 0) * np.diff(self.slopes)
        return self.intercept + self.slopes[0] * x + bends.sum(axis=-1)


def line(slope, intercept):
    """The function slope x + intercept, without a kink."""
    return CPL(np.zeros(0), np.array([float(slope)]), float(intercept))


def combination(functions, weights, bias=0.0):
    """bias + the sum of weight * f: a unit of the next layer."""
    pairs = list(zip(weights, functions, strict=True))
    return _joined(
        np.concatenate([f.kinks for f in functions]),
        lambda x: sum(weight * _slope(f, x) for weight, f in pairs),
        lambda x: sum(weight * f(x) for weight, f in pairs) + bias,
        sum(abs(weight) * _steepest(f) for weight, f in pairs),
    )


def add(f, g):
    """f + g: it bends at most where f or g does."""
    return combination((f, g), (1.0, 1.0))


def scale(f, factor):
    """factor * f."""
    return combination((f,), (factor,))


def maximum(f, g):
    """max(f, g): new kinks where they cross.  `maximum(f, line(0, 0))` is the ReLU of f."""
    difference = add(f, scale(g, -1))
    return _joined(
        [*f.kinks, *g.kinks, *_solutions(difference, 0)],
        lambda x: np.where(f(x) >= g(x), _slope(f, x), _slope(g, x)),
        lambda x: np.maximum(f(x), g(x)),
        max(_steepest(f), _steepest(g)),
    )


def compose(f, g):
    """f(g(x)): new kinks where g reaches a kink of f, once for each piece of g that does."""
    reached = [x for kink in f.kinks for x in _solutions(g, kink)]
    return _joined(
        [*g.kinks, *reached],
        lambda x: _slope(f, g(x)) * _slope(g, x),
        lambda x: f(g(x)),
        _steepest(f) * _steepest(g),
    )


def _slope(f, x):
    """The slope of f at x, no kink."""
    return f.slopes[np.searchsorted(f.kinks, x)]


def _steepest(f):
    return np.abs(f.slopes).max()


def _solutions(f, level):
    """Where f crosses a level, one x for each piece that does; no kinks, no flat pieces."""
    ends = np.concatenate([[-np.inf], f.kinks, [np.inf]])
    anchors = f.kinks[np.maximum(np.arange(len(f.slopes)) - 1, 0)] if len(f.kinks) else np.zeros(1)
    sloped = f.slopes != 0
    x = anchors[sloped] + (level - f(anchors[sloped])) / f.slopes[sloped]
    return x[(ends[:-1][sloped] < x) & (x < ends[1:][sloped])]


def _joined(candidates, slope, value, steepest):
    """The `CPL` with this slope and value that bends at some of the candidates.

    What is smaller than 1e-12 of the largest kink, or of `steepest`, the slope of what it is made of, is
    rounding: neither a piece nor a bend.
    """
    kinks = np.unique(np.asarray(candidates, dtype=float))
    largest = np.abs(kinks).max(initial=0)
    kinks = kinks[np.diff(kinks, prepend=-np.inf) > 1e-12 * largest]
    reach = largest or 1.0
    edges = [kinks[:1] - reach, kinks, kinks[-1:] + reach] if len(kinks) else [[-1.0, 1.0]]
    edges = np.concatenate(edges)
    inside = (edges[:-1] + edges[1:]) / 2  # a point of each piece
    slopes = slope(inside)
    bends = np.abs(np.diff(slopes)) > 1e-12 * steepest
    intercept = value(inside[0]) - slopes[0] * inside[0]
    return CPL(kinks[bends], slopes[np.concatenate([[True], bends])], float(intercept))
