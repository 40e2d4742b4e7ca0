"""Padding: what a convolution sees beyond the edge of an image."""

import numpy as np

from dlnotes import arguments
from dlnotes.convolution.arithmetic import pair

MODES = {"zero": "constant", "periodic": "wrap", "reflection": "reflect"}  # and what NumPy calls them


def pad(x, params=(), *, width, mode="zero"):
    """x with `width` more entries on each side: x (n, c, h, w), y (n, c, h + 2 width, w + 2 width).

    mode "zero", "periodic" (the image again) or "reflection" (mirrored, the edge not repeated); PyTorch says
    constant, circular, reflect.  Each is linear: y = P x P^T with rows of the identity, repeated, for P.

    DLNN E.1; GBC 9.5; Strang VII.2
    """
    arguments.parameters(params)
    arguments.numbers(x=x)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    if mode not in MODES:
        raise ValueError(f"mode: got {mode!r}, want one of {', '.join(MODES)}")
    x = arguments.floating(x)
    sides = zip(x.shape[2:], pair("width", width, least=0), strict=True)
    down, across = (_copies(size, one, mode).astype(x.dtype) for size, one in sides)

    def back(dy):
        return down.T @ dy @ across, ()

    return down @ x @ across.T, back


def _copies(size, width, mode):
    """Which entry of an axis each entry of the padded one copies: (size + 2 width, size) of 0 and 1."""
    if mode == "reflection" and width >= size:
        raise ValueError(f"width: got {width}, want less than {size}: a mirror shows no more than the image")
    return np.pad(np.eye(size), ((width, width), (0, 0)), MODES[mode])
