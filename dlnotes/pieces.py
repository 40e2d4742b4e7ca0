"""Linear pieces of ReLU networks: how many there are, where they lie, and what the network is on each.

A ReLU network is continuous and piecewise linear.  `params` are as `initialization.mlp` makes them for
`chain(*layers.mlp(depth, relu))`: a pair W, b for each linear layer and () for the ReLUs behind it.  A unit
is on where its pre-activation is > 0; its fold is where that is 0.
"""

from fractions import Fraction
from itertools import pairwise
from math import comb
from typing import NamedTuple

import numpy as np

from dlnotes import arguments


def flat_pieces(N, m):
    """r(N, m): into how many pieces N hyperplanes in general position cut R^m.

    The sum of the binomials (N over i), i = 0 ... m.      Strang VII.1 (4); GBC 6.4.1
    """
    _whole(N=N, m=m)
    return sum(comb(N, i) for i in range(m + 1))


def flat_pieces_recursion(N, m):
    """r(N, m) from r(N, m) = r(N - 1, m) + r(N - 1, m - 1), r(0, m) = r(N, 0) = 1.      Strang VII.1 (5)"""
    _whole(N=N, m=m)
    r = [1] * (m + 1)  # r(0, 0 ... m)
    for _ in range(N):
        r = [1, *(old + below for below, old in pairwise(r))]
    return r[m]


def regions(W, b):
    """The pieces into which the hyperplanes W v + b = 0 cut R^m, counted exactly.

    W (N, m), b (N,);  signs (r, N), -1 or 1, of W v + b on each piece, and a point (r, m) inside each.
    The planes may be parallel, meet in one point, or coincide.  The arithmetic is that of fractions: exact
    for the numbers as they are stored.      Strang VII.1, Figure VII.3
    """
    arguments.finite(W=W, b=b)
    arguments.shape("W", W, ("N", "m"))
    arguments.shape("b", b, W.shape[:1])
    if flat := [row for row in range(len(W)) if not W[row].any()]:
        raise ValueError(f"W: got only zeros in row {flat[0]}, want a hyperplane")
    planes = [
        [Fraction(number) for number in (*normal, offset)]
        for normal, offset in zip(W.tolist(), b.tolist(), strict=True)
    ]
    cells = _cells(planes, W.shape[1])
    return np.array(list(cells)), np.array([[float(number) for number in p] for p in cells.values()])


def masks(x, params):
    """Which hidden units are on for each row of x (n, j): (n, units) of truth values, first layer first."""
    on = []
    for own, following in pairwise((*params, None)):
        if own:
            x = x @ own[0].T + own[1]
            if following == ():
                on.append(x > 0)
                x = np.maximum(x, 0)
    return np.concatenate(on, axis=1)


def local_map(x, params):
    """W_x (k, j), b_x (k,) such that the network is W_x x' + b_x for all x' with the masks of x (j,).

    MEDL 5.3; Strang VII.2
    """
    W_x, b_x = np.eye(len(x)), np.zeros(len(x))
    for own, following in pairwise((*params, None)):
        if own:
            W, b = own
            W_x, b_x = W @ W_x, W @ b_x + b
            if following == ():
                on = W_x @ x + b_x > 0
                W_x, b_x = on[:, None] * W_x, on * b_x
    return W_x, b_x


class Piece(NamedTuple):
    """A convex piece of a square: its corners (c, 2), the masks (units,), and the map W v + b on it."""

    corners: np.ndarray
    mask: np.ndarray
    W: np.ndarray
    b: np.ndarray


def polygons(params, low=-1.0, high=1.0):
    """The pieces of the square [low, high]^2, one for each pattern of masks of a network of two inputs.

    The folds of one layer after the other cut the polygons that are there already: a list of `Piece`.
    """
    square = np.array([[low, low], [high, low], [high, high], [low, high]], dtype=float)
    found = [Piece(square, np.zeros(0, bool), np.eye(2), np.zeros(2))]
    for own in params:
        if own:
            found = [one._replace(W=own[0] @ one.W, b=own[0] @ one.b + own[1]) for one in found]
            continue
        for unit in range(len(found[0].b)):
            found = [part for one in found for part in _folded(one, unit)]
        units = len(found[0].b)
        found = [
            one._replace(W=one.mask[-units:, None] * one.W, b=one.mask[-units:] * one.b) for one in found
        ]
    return found


def relu_interpolant(u, v):
    """Parameters of linear, ReLU, linear that make a network through the points (u_i, v_i).

    u (r,) increasing, v (r,);  r - 1 hidden units, with kinks at u_1 ... u_{r-1}.  Left of u_1 the network
    is constant; right of u_r its last slope goes on.      MEDL 5.2; its text has a kink at u_r, too
    """
    arguments.finite(u=u, v=v)
    arguments.shape("u", u, ("r",))
    arguments.shape("v", v, u.shape)
    if len(u) < 2 or (np.diff(u) <= 0).any():
        raise ValueError(f"u: got {u}, want at least two numbers that increase")
    slopes = np.diff(v) / np.diff(u)
    hidden = np.ones((len(slopes), 1)), -u[:-1]
    return hidden, (), (np.diff(slopes, prepend=0)[None], v[:1].astype(slopes.dtype))


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


def add(f, g):
    """f + g: it bends at most where f or g does."""
    return _joined([*f.kinks, *g.kinks], lambda x: _slope(f, x) + _slope(g, x), lambda x: f(x) + g(x))


def scale(f, factor):
    """factor * f."""
    return _joined(f.kinks, lambda x: factor * _slope(f, x), lambda x: factor * f(x))


def maximum(f, g):
    """max(f, g): new kinks where they cross.  `maximum(f, line(0, 0))` is the ReLU of f."""
    difference = add(f, scale(g, -1))
    return _joined(
        [*f.kinks, *g.kinks, *_solutions(difference, 0)],
        lambda x: np.where(f(x) >= g(x), _slope(f, x), _slope(g, x)),
        lambda x: np.maximum(f(x), g(x)),
    )


def compose(f, g):
    """f(g(x)): new kinks where g reaches a kink of f, once for each piece of g that does."""
    reached = [x for kink in f.kinks for x in _solutions(g, kink)]
    return _joined([*g.kinks, *reached], lambda x: _slope(f, g(x)) * _slope(g, x), lambda x: f(g(x)))


def functions(params):
    """The outputs of a ReLU network of one input, as a tuple of `CPL`: its pieces are counted exactly."""
    units = (line(1, 0),)
    for own in params:
        if own:
            units = tuple(
                _combination(units, weights, bias) for weights, bias in zip(own[0], own[1], strict=True)
            )
        else:
            units = tuple(maximum(unit, line(0, 0)) for unit in units)
    return units


def _combination(units, weights, bias):
    """bias + the sum of weight * unit."""
    pairs = list(zip(units, weights, strict=True))
    return _joined(
        np.concatenate([unit.kinks for unit in units]),
        lambda x: sum(weight * _slope(unit, x) for unit, weight in pairs),
        lambda x: sum(weight * unit(x) for unit, weight in pairs) + bias,
    )


def _slope(f, x):
    """The slope of f at x, no kink."""
    return f.slopes[np.searchsorted(f.kinks, x)]


def _solutions(f, level):
    """Where f crosses a level, one x for each piece that does; no kinks, no flat pieces."""
    ends = np.concatenate([[-np.inf], f.kinks, [np.inf]])
    anchors = f.kinks[np.maximum(np.arange(len(f.slopes)) - 1, 0)] if len(f.kinks) else np.zeros(1)
    sloped = f.slopes != 0
    x = anchors[sloped] + (level - f(anchors[sloped])) / f.slopes[sloped]
    return x[(ends[:-1][sloped] < x) & (x < ends[1:][sloped])]


def _joined(candidates, slope, value):
    """The `CPL` with this slope and value that bends at some of the candidates."""
    kinks = np.unique(np.asarray(candidates, dtype=float))
    kinks = kinks[np.diff(kinks, prepend=-np.inf) > 1e-12 * (1 + np.abs(kinks))]
    edges = np.concatenate([kinks[:1] - 2, kinks, kinks[-1:] + 2]) if len(kinks) else np.array([-1.0, 1.0])
    inside = (edges[:-1] + edges[1:]) / 2  # a point of each piece
    slopes = slope(inside)
    bends = np.abs(np.diff(slopes)) > 1e-12 * (1 + np.abs(slopes[1:]))
    intercept = value(inside[0]) - slopes[0] * inside[0]
    return CPL(kinks[bends], slopes[np.concatenate([[True], bends])], float(intercept))


def _cells(planes, m):
    """{signs: a point inside} of the open pieces of R^m between planes, lists of m + 1 fractions.

    One plane after the other is added, as in Strang's proof of (5): the others cut it into pieces, and each
    of these pieces cuts a piece of R^m in two.
    """
    cells = {(): (Fraction(0),) * m}
    for number, plane in enumerate(planes):
        crossings = _crossings(planes[:number], plane)
        grown = {}
        for signs, point in cells.items():
            if signs in crossings:
                for side in (-1, 1):
                    grown[*signs, side] = _beside(crossings[signs], side, plane, planes[:number])
            else:
                grown[*signs, _sign(_height(plane, point))] = point
        cells = grown
    return cells


def _crossings(planes, plane):
    """{signs: a point} of the pieces into which `planes` cut `plane`; none where one of them coincides."""
    *normal, offset = plane
    pivot = next((axis for axis, number in enumerate(normal) if number), None)
    if pivot is None:  # it is parallel to the plane that is looked at
        return {}
    ratios = [number / normal[pivot] for number in plane]  # v_pivot = -(the others * ratios)
    inside = [
        [
            number - other[pivot] * ratio
            for axis, (number, ratio) in enumerate(zip(other, ratios, strict=True))
            if axis != pivot
        ]
        for other in planes
    ]
    found = {}
    for signs, point in _cells(inside, len(normal) - 1).items():
        at = -ratios[-1] - sum(
            r * p for r, p in zip(ratios[:pivot] + ratios[pivot + 1 : -1], point, strict=True)
        )
        found[signs] = (*point[:pivot], at, *point[pivot:])
    return found


def _beside(point, side, plane, planes):
    """A point on one side of `plane`, so close to the given one on it that no other plane lies between."""
    step = Fraction(1)
    for other in planes:
        change = abs(sum(a * b for a, b in zip(other[:-1], plane[:-1], strict=True)))
        if change:
            step = min(step, abs(_height(other, point)) / change / 2)
    return tuple(p + side * step * n for p, n in zip(point, plane[:-1], strict=True))


def _height(plane, point):
    return sum((a * p for a, p in zip(plane[:-1], point, strict=True)), plane[-1])


def _sign(number):
    return (number > 0) - (number < 0)


def _folded(piece, unit):
    """The one or two parts into which the fold of a unit cuts a piece."""
    s = piece.corners @ piece.W[unit] + piece.b[unit]
    s[np.abs(s) <= 1e-9 * (np.abs(piece.W[unit]).sum() + np.abs(piece.b[unit]))] = 0
    parts = []
    for side in (-1, 1):
        if (side * s > 0).any():
            corners = _half(piece.corners, side * s)
            parts.append(piece._replace(corners=corners, mask=np.append(piece.mask, side > 0)))
    return parts or [piece._replace(mask=np.append(piece.mask, False))]  # s is 0 on all of it


def _half(corners, s):
    """The part of a convex polygon where s, given at its corners, is at least 0."""
    kept = []
    for here, there, s_here, s_there in zip(corners, np.roll(corners, -1, 0), s, np.roll(s, -1), strict=True):
        if s_here >= 0:
            kept.append(here)
        if s_here * s_there < 0:
            kept.append(here + s_here / (s_here - s_there) * (there - here))
    return np.array(kept)


def _whole(**values):
    """Refuse anything but whole numbers from 0 on."""
    for name, value in values.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
            raise ValueError(f"{name}: got {value}, want a whole number >= 0")
