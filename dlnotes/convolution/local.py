"""Kernels that are not, or not everywhere, the same: locally connected and tiled convolution."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes import arguments
from dlnotes.convolution.arithmetic import output_size


def locally_connected2d(x, params):
    """A convolution whose kernel is another one at every place: nothing is shared.      GBC (9.9)

    x (n, c, h, w);  W (o, p, q, c, u, v), b (o, p, q);  s (n, o, p, q), p = h - u + 1, q = w - v + 1.
    """
    W, b = arguments.parameters(params, "W", "b")
    arguments.numbers(x=x, W=W, b=b)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    arguments.shape("W", W, ("o", "p", "q", "c", "u", "v"))
    o, p, q, c, u, v = W.shape
    arguments.shape("x", x, ("n", c, p + u - 1, q + v - 1))
    arguments.shape("b", b, (o, p, q))
    x, W, b = map(arguments.floating, (x, W, b))
    windows = sliding_window_view(x, (u, v), axis=(2, 3))  # (n, c, p, q, u, v)

    def back(delta):
        arguments.shape("delta", delta, (len(x), o, p, q))
        dx = np.zeros(x.shape, np.result_type(delta, W))
        for row, column in np.ndindex(u, v):
            piece = np.einsum("nopq,opqc->ncpq", delta, W[..., row, column])
            dx[:, :, row : row + p, column : column + q] += piece
        return dx, (np.einsum("nopq,ncpquv->opqcuv", delta, windows), delta.sum(axis=0))

    return np.einsum("ncpquv,opqcuv->nopq", windows, W) + b, back


def tiled_conv2d(x, params):
    """A convolution with t x r kernels that take turns, like tiles on a floor.      GBC (9.10), with r = t

    x (n, c, h, w);  W (o, t, r, c, u, v), b (o, t, r);  s (n, o, p, q), p = h - u + 1, q = w - v + 1.
    Place (p, q) has kernel (p mod t, q mod r): t = r = 1 is `conv2d`, and where there are as many tiles as
    outputs it is `locally_connected2d`.
    """
    W, b = arguments.parameters(params, "W", "b")
    arguments.numbers(x=x, W=W, b=b)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    arguments.shape("W", W, ("o", "t", "r", x.shape[1], "u", "v"))
    arguments.shape("b", b, W.shape[:3])
    rows, columns = (
        np.arange(output_size(size, kernel)) % tiles
        for size, kernel, tiles in zip(x.shape[2:], W.shape[4:], W.shape[1:3], strict=True)
    )
    tile = (slice(None), rows[:, None], columns)
    s, local_back = locally_connected2d(x, (W[tile], b[tile]))

    def back(delta):
        dx, (dlocal_W, dlocal_b) = local_back(delta)
        dW, db = np.zeros(W.shape, dlocal_W.dtype), np.zeros(b.shape, dlocal_b.dtype)
        np.add.at(dW, tile, dlocal_W)
        np.add.at(db, tile, dlocal_b)
        return dx, (dW, db)

    return s, back
