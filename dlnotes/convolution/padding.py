"""Padding: what a convolution sees beyond the edge of an image."""

import numpy as np

from dlnotes import arguments
from dlnotes.convolution.arithmetic import pair

MODES = {"zero": "constant", "periodic": "wrap", "reflection": "reflect", "symmetric": "symmetric"}  # NumPy's


def pad(x, params=(), *, width, mode="zero"):
    """x with `width` more entries on each side: x (n, c, h, w), y (n, c, h + 2 width, w + 2 width).

    mode "zero", "periodic" (the image again), "reflection" (a mirror on the last pixel, which is not
    repeated) or "symmetric" (a mirror behind the last pixel, which is).  PyTorch calls the first three
    constant, circular and reflect, and lacks the fourth.  Each is linear: y = P x Q^T, where the rows of P
    and Q are rows of the identity, some repeated, or of zeros.

    DLNN E.1; GBC 9.5; Strang VII.2
    """
    arguments.parameters(params)
    arguments.numbers(x=x)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    if mode not in MODES:
        raise ValueError(f"mode: got {mode!r}, want one of {', '.join(MODES)}")
    x, around = arguments.floating(x), pair("width", width, least=0)
    for size, one in zip(x.shape[2:], around, strict=True):
        shown = {"reflection": size - 1, "symmetric": size}.get(mode, one)
        if one > shown:
            raise ValueError(f"width: got {one}, want at most {shown}: a mirror shows no more than the image")
    y = np.pad(x, ((0, 0), (0, 0), *((one, one) for one in around)), MODES[mode])

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        for axis, one in enumerate(around, start=2):
            dy = _sent_back(dy, axis, one, mode)
        return dy, ()

    return y, back


def _sent_back(dy, axis, width, mode):
    """The adjoint of padding along one axis: what each entry was copied to is added to it."""
    dy = np.moveaxis(dy, axis, 0)
    size = len(dy) - 2 * width
    dx = dy[width : width + size].copy("K")
    if mode != "zero":
        copied = np.pad(np.arange(size), width, MODES[mode])
        for at in (*range(width), *range(width + size, len(dy))):
            dx[copied[at]] += dy[at]
    return np.moveaxis(dx, 0, axis)
