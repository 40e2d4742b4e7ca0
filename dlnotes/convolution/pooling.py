"""Pooling: one number for each window, in each channel.  `size` and `stride` are an integer or a pair."""

import math
from functools import reduce

import numpy as np

from dlnotes import arguments
from dlnotes.convolution.arithmetic import output_size, pool_options


def max_pool2d(x, params=(), *, size, stride=None, padding=0):
    """The largest entry of each window; x (n, c, h, w), y (n, c, p, q).      DLNN 6.7; GBC 9.3; EE147

    Windows are `stride` apart, by default side by side; what lies in the padding never wins.  Of several
    largest entries the first gets the gradient, as in PyTorch.
    """
    x = _images(x, params)
    kernel, step, around = pool_options(size, stride, padding)
    entries, gather = _windows(x, kernel, step, around, outside=-np.inf)
    y, sides = entries[0], zip(step, around, entries[0].shape[2:], strict=True)
    rows, columns = (np.maximum(p - s * np.arange(o), 0) for s, p, o in sides)
    first = rows[:, None] * kernel[1] + columns  # of each window's entries that are not padding
    winner = np.full(y.shape, first, np.min_scalar_type(len(entries)))
    for number, entry in enumerate(entries[1:], start=1):
        larger = entry > y
        y = np.where(larger, entry, y)
        winner[larger] = number

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        return gather(dy * (winner == number) for number in range(len(entries))), ()

    return y, back


def mean_pool2d(x, params=(), *, size, stride=None, padding=0):
    """The mean of each window; x (n, c, h, w), y (n, c, p, q).      DLNN 6.7, E.2; GBC 9.3; EE147 CNN Layers

    Zeros of the padding count as entries, as in PyTorch unless it is told otherwise (count_include_pad).
    """
    x = _images(x, params)
    down, across = zip(*pool_options(size, stride, padding), strict=True)
    # rows are added up first, whole lines of memory, then columns, of which few are left
    rows, gather_rows = _windows(x, *zip(down, (1, 1, 0), strict=True), outside=0)
    columns, gather_columns = _windows(reduce(np.add, rows), *zip((1, 1, 0), across, strict=True), outside=0)
    count = len(rows) * len(columns)
    y = reduce(np.add, columns) / count

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        return gather_rows([gather_columns([dy / count] * len(columns))] * len(rows)), ()

    return y, back


def lp_pool2d(x, params=(), *, size, stride=None, padding=0, p=2.0):
    """(sum of |x|^p over the window)^(1/p), p >= 1; x (n, c, h, w), y (n, c, p, q).      GBC 9.3

    PyTorch's has no absolute value, which differs for odd p and negative entries.  Where all of a window is 0
    the gradient is 0.  Infinite entries are refused.
    """
    if not 1 <= p < math.inf:
        raise ValueError(f"p: got {p}, want a finite number >= 1")
    x, p = _images(x, params), float(p)
    arguments.finite(x=x)
    entries, gather = _windows(x, *pool_options(size, stride, padding), outside=0)
    largest = np.maximum(np.max([np.abs(entry) for entry in entries], axis=0), np.finfo(x.dtype).tiny)
    y = largest * sum(np.abs(entry / largest) ** p for entry in entries) ** (1 / p)  # cannot overflow

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        at = np.maximum(y, np.finfo(y.dtype).tiny)
        return gather(dy * np.sign(entry) * np.abs(entry / at) ** (p - 1) for entry in entries), ()

    return y, back


def global_mean_pool2d(x, params=()):
    """The mean of each channel; x (n, c, h, w) of any h and w, y (n, c).      GBC 9.3; EE147"""
    x = _images(x, params)
    y = x.mean(axis=(2, 3))

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        each = dy / (x.shape[2] * x.shape[3])
        return np.broadcast_to(each[:, :, None, None], x.shape).copy(), ()

    return y, back


def global_max_pool2d(x, params=()):
    """The largest entry of each channel; x (n, c, h, w) of any h and w, y (n, c).      DLNN 6.7

    Of several largest entries the first gets the gradient.
    """
    x = _images(x, params)
    flat = x.reshape(*x.shape[:2], -1)
    winner = flat.argmax(axis=2, keepdims=True)
    y = np.take_along_axis(flat, winner, axis=2)[:, :, 0]

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        dx = np.zeros(flat.shape, dy.dtype)
        np.put_along_axis(dx, winner, dy[:, :, None], axis=2)
        return dx.reshape(x.shape), ()

    return y, back


def _images(x, params):
    """Images x (n, c, h, w) as floating point, or a `ValueError`; a pool has no parameters."""
    arguments.parameters(params)
    arguments.numbers(x=x)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    return arguments.floating(x)


def _windows(x, kernel, step, around, *, outside):
    """The entries of all windows, and the way back.

    entries, one array (n, c, p, q) for each place in the window;  gather(dentries) -> dx adds them up where
    they came from.  The padding is filled with `outside`.
    """
    sides = zip(x.shape[2:], kernel, step, around, strict=True)
    out = [output_size(i, k, stride=s, padding=p) for i, k, s, p in sides]
    inside = (..., *(slice(p, p + i) for p, i in zip(around, x.shape[2:], strict=True)))
    padded = x
    if any(around):
        shape = [i + 2 * p for i, p in zip(x.shape[2:], around, strict=True)]
        padded = np.full((*x.shape[:2], *shape), outside, x.dtype)
        padded[inside] = x
    places = [
        (..., *(slice(at, at + s * (o - 1) + 1, s) for at, s, o in zip(place, step, out, strict=True)))
        for place in np.ndindex(kernel)
    ]
    apart = all(s >= k for s, k in zip(step, kernel, strict=True))  # no entry is in two windows

    def gather(dentries):
        dpadded = np.zeros_like(padded)
        for place, dentry in zip(places, dentries, strict=True):
            if apart:
                dpadded[place] = dentry
            else:
                dpadded[place] += dentry
        return dpadded[inside]

    return [padded[place] for place in places], gather
