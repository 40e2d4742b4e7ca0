"""Linear pieces of ReLU networks: where they lie, and what the network is on each.

A ReLU network is continuous and piecewise linear.  `params` are as `initialization.mlp` makes them for
`chain(*layers.mlp(depth, relu))`: a pair W, b for each linear layer and () for the ReLUs behind it.  A unit
is on where its pre-activation is > 0; its fold is where that is 0.

How many pieces one layer can have at most is a matter of `arrangements`; networks of one input are `cpl`.
"""

from typing import NamedTuple

import numpy as np

from dlnotes import arguments
from dlnotes.cpl import combination, line, maximum


def masks(x, params):
    """Which hidden units are on for each row of x (n, j): (n, units) of truth values, first layer first."""
    arguments.finite(x=x)
    arguments.shape("x", x, ("n", _inputs(params)))
    on = [np.zeros((len(x), 0), bool)]
    for own in params:
        if len(own):
            x = x @ own[0].T + own[1]
        else:
            on.append(x > 0)
            x = np.maximum(x, 0)
    return np.concatenate(on, axis=1)


def local_map(x, params):
    """W_x (k, j), b_x (k,) such that the network is W_x x' + b_x for all x' with the masks of x (j,).

    MEDL 5.3; Strang VII.2
    """
    arguments.finite(x=x)
    arguments.shape("x", x, (_inputs(params),))
    W_x, b_x = np.eye(len(x)), np.zeros(len(x))
    for own in params:
        if len(own):
            W, b = own
            W_x, b_x = W @ W_x, W @ b_x + b
        else:
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
    _inputs(params, wanted=2)
    square = np.array([[low, low], [high, low], [high, high], [low, high]], dtype=float)
    found = [Piece(square, np.zeros(0, bool), np.eye(2), np.zeros(2))]
    for own in params:
        if len(own):
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
    u, v = map(arguments.floating, (u, v))  # unsigned integers cannot fall
    if len(u) < 2 or (np.diff(u) <= 0).any():
        raise ValueError(f"u: got {u}, want at least two numbers that increase")
    slopes = np.diff(v) / np.diff(u)
    hidden = np.ones((len(slopes), 1), slopes.dtype), -u[:-1].astype(slopes.dtype)
    return hidden, (), (np.diff(slopes, prepend=slopes.dtype.type(0))[None], v[:1].astype(slopes.dtype))


def functions(params):
    """The outputs of a ReLU network of one input, as a tuple of `CPL`: its pieces, up to rounding."""
    _inputs(params, wanted=1)
    units = (line(1, 0),)
    for own in params:
        if len(own):
            units = tuple(combination(units, weights, bias) for weights, bias in zip(*own, strict=True))
        else:
            units = tuple(maximum(unit, line(0, 0)) for unit in units)
    return units


def _inputs(params, wanted=None):
    """The number of inputs of a network; refuse another one than is wanted."""
    first = next((own for own in params if len(own)), None)
    if first is None:
        raise ValueError("params: got no weights, want those of a network")
    inputs = first[0].shape[1]
    if wanted not in (None, inputs):
        raise ValueError(f"params: got a network of {inputs} inputs, want {wanted}")
    return inputs


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
