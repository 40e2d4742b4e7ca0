"""Arrangements of hyperplanes: into how many pieces they cut a space, and which."""

from fractions import Fraction
from itertools import pairwise
from math import comb

import numpy as np

from dlnotes import arguments


def flat_pieces(N, m):
    """r(N, m): into how many pieces N hyperplanes in general position cut R^m.

    The sum of the binomials (N over i), i = 0 ... m.      Strang VII.1 (4); GBC 6.4.1
    """
    arguments.counts(0, N=N, m=m)
    return sum(comb(N, i) for i in range(m + 1))


def flat_pieces_recursion(N, m):
    """r(N, m) from r(N, m) = r(N - 1, m) + r(N - 1, m - 1), r(0, m) = r(N, 0) = 1.      Strang VII.1 (5)"""
    arguments.counts(0, N=N, m=m)
    r = [1] * (m + 1)  # r(0, 0 ... m)
    for _ in range(N):
        r = [1, *(old + below for below, old in pairwise(r))]
    return r[m]


def regions(W, b):
    """The pieces into which the hyperplanes W v + b = 0 cut R^m, counted exactly.

    W (N, m), b (N,);  signs (r, N), -1 or 1, of W v + b on each piece, and a point (r, m) inside each.
    The planes may be parallel, meet in one point, or coincide.  The arithmetic is that of fractions: exact
    for the numbers as they are stored.  Only the points are rounded in the end, and may leave a tiny piece.

    Strang VII.1, Figure VII.3
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
