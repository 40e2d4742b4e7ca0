"""Convolution as deep learning has it: cross-correlation with learned kernels, along one axis or two.

Three maps do all the work: the correlation, its adjoint, and the gradient of its kernels.  Each is a matrix
product with *columns*, the kernel-sized pieces of the input (im2col; its adjoint is col2im).  `conv2d` is
the first map with the other two as its pullback; in `conv_transpose2d` the first two change places.
"""

import math
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from dlnotes import arguments
from dlnotes.convolution.arithmetic import divides, output_size, pair, transposed_size

CACHE = 1 << 18  # entries of the columns that are made at a time: they should fit into a processor's cache


def conv2d(x, params, *, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlation of `x`, with `padding` zeros around it, with each kernel of W; plus b.

    s[n, o, p, q] = b[o] + sum of W[o, c, u, v] x[n, c, p stride + u dilation, q stride + v dilation]

    x (n, c, h, w);  W (o, c / groups, u, v), b (o,);  s (n, o, p, q).  Each option is an integer or a pair.
    With groups, the first o / groups kernels see the first c / groups channels, and so on.
    Nothing is flipped: a mathematical convolution, DLNN (6.2), has W[..., ::-1, ::-1].

    DLNN (6.3), (6.6); GBC (9.6)-(9.8); Strang VII.2 (8); EE147 CNN Layers
    """
    x, W, b = _arrays(x, params)
    arguments.counts(groups=groups)
    n, c, *size = x.shape
    o, seen, *kernel = W.shape
    if c != groups * seen:
        raise ValueError(
            f"x: got {c} channels, want groups * W.shape[1] = {groups} * {seen} = {groups * seen}"
        )
    divides("kernels", o, groups)
    arguments.shape("b", b, (o,))
    options = _options(stride, padding, dilation)
    out = [
        output_size(i, k, stride=s, padding=p, dilation=d)
        for i, k, s, p, d in zip(size, kernel, *options, strict=True)
    ]
    plan = _plan(tuple(size), tuple(kernel), *options, tuple(out), groups)
    phases = _phases(x, plan)
    s = _correlate(phases, W, plan)
    s += b[:, None, None]

    def back(delta):
        arguments.shape("delta", delta, s.shape)
        lines = _lines(delta, plan)
        return _adjoint(lines, W, plan), (_kernels(phases, lines, W, plan), delta.sum(axis=(0, 2, 3)))

    return s, back


def conv_transpose2d(x, params, *, stride=1, padding=0, dilation=1, groups=1, output_padding=0):
    """The transpose of `conv2d` with the same options, as a layer; plus b.  It makes images larger.

    x (n, c, h, w);  W (c, o / groups, u, v), b (o,);  y (n, o, p, q).  Several sizes (p, q) shrink to the
    same (h, w) under `conv2d`: output_padding, less than the stride, picks one.      DLNN E.5; GBC 9.5
    """
    x, W, b = _arrays(x, params)
    arguments.counts(groups=groups)
    n, c, *size = x.shape
    if len(W) != c:
        raise ValueError(f"x: got {c} channels, want W.shape[0] = {len(W)}")
    divides("channels", c, groups)
    arguments.shape("b", b, (groups * W.shape[1],))
    options = _options(stride, padding, dilation)
    extra = pair("output_padding", output_padding, least=0)
    out = [
        transposed_size(i, k, stride=s, padding=p, dilation=d, output_padding=a)
        for i, k, s, p, d, a in zip(size, W.shape[2:], *options, extra, strict=True)
    ]
    plan = _plan(tuple(out), W.shape[2:], *options, tuple(size), groups)
    lines = _lines(x, plan)
    y = _adjoint(lines, W, plan)
    y += b[:, None, None]

    def back(dy):
        arguments.shape("dy", dy, y.shape)
        phases = _phases(dy, plan)
        return _correlate(phases, W, plan), (_kernels(phases, lines, W, plan), dy.sum(axis=(0, 2, 3)))

    return y, back


def conv1d(x, params, *, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d` along one axis: x (n, c, w);  W (o, c / groups, v), b (o,);  s (n, o, q).      GBC (9.3)"""
    W, b = arguments.parameters(params, "W", "b")
    arguments.shape("x", x, ("n", "c", "w"))
    arguments.shape("W", W, ("o", "c / groups", "v"))
    options = _row_options(stride, padding, dilation)
    s, back_2d = conv2d(x[:, :, None], (W[:, :, None], b), groups=groups, **options)

    def back(delta):
        arguments.shape("delta", delta, (len(x), len(W), s.shape[3]))
        dx, (dW, db) = back_2d(delta[:, :, None])
        return dx[:, :, 0], (dW[:, :, 0], db)

    return s[:, :, 0], back


def conv_transpose1d(x, params, *, stride=1, padding=0, dilation=1, groups=1, output_padding=0):
    """`conv_transpose2d` along one axis: x (n, c, w);  W (c, o / groups, v), b (o,);  y (n, o, q)."""
    W, b = arguments.parameters(params, "W", "b")
    arguments.shape("x", x, ("n", "c", "w"))
    arguments.shape("W", W, ("c", "o / groups", "v"))
    options = _row_options(stride, padding, dilation)
    arguments.counts(0, output_padding=output_padding)
    options["output_padding"] = 0, output_padding
    y, back_2d = conv_transpose2d(x[:, :, None], (W[:, :, None], b), groups=groups, **options)

    def back(dy):
        arguments.shape("dy", dy, (len(y), *y.shape[1::2]))
        dx, (dW, db) = back_2d(dy[:, :, None])
        return dx[:, :, 0], (dW[:, :, 0], db)

    return y[:, :, 0], back


def depthwise_separable(x, params, *, stride=1, padding=0, dilation=1):
    """One kernel for each channel, then a 1x1 convolution that mixes the channels.      MobileNet, 2017

    x (n, c, h, w);  params ((W (c, 1, u, v), b (c,)), (W (o, c, 1, 1), b (o,)));  s (n, o, p, q).
    """
    depthwise, pointwise = arguments.parameters(params, "depthwise (W, b)", "pointwise (W, b)")
    arguments.shape("x", x, ("n", "c", "h", "w"))
    c = x.shape[1]
    for name, own, wanted in [
        ("depthwise", depthwise, (c, 1, "u", "v")),
        ("pointwise", pointwise, ("o", c, 1, 1)),
    ]:
        W, b = arguments.parameters(own, f"{name} W", f"{name} b")
        arguments.shape(f"{name} W", W, wanted)
        arguments.shape(f"{name} b", b, (len(W),))
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    middle, depthwise_back = conv2d(x, depthwise, groups=c, **options)
    s, pointwise_back = conv2d(middle, pointwise)

    def back(delta):
        dmiddle, dpointwise = pointwise_back(delta)
        dx, ddepthwise = depthwise_back(dmiddle)
        return dx, (ddepthwise, dpointwise)

    return s, back


class _Plan(NamedTuple):
    """How kernels walk over images.

    The padded image is dealt into phases: of rows, and of columns, that are one stride apart.  In a phase the
    kernel walks with stride 1.  So all that one entry of it meets is a single piece of the phase, in one line
    of memory, and copying lines is what a computer does fastest.
    """

    size: tuple  # h, w of the image
    kernel: tuple
    stride: tuple
    padding: tuple
    out: tuple  # p, q of the output
    groups: int
    phase: tuple  # rows and columns of a phase
    length: int  # of a piece: the rows of the output, as wide as a phase
    down: tuple  # for each row of phases that the kernel meets, a `_Meeting`
    across: tuple  # for each column of phases


class _Meeting(NamedTuple):
    """Which entries of a kernel, along one axis, meet a phase, and where in it their pieces start."""

    phase: int
    entries: slice
    count: int
    start: int  # of the first piece
    step: int  # from one to the next


@lru_cache(maxsize=1000)  # every step of a training asks the same
def _plan(size, kernel, stride, padding, dilation, out, groups):
    sides = zip(size, padding, stride, strict=True)
    phase = tuple(-(-(one + 2 * around) // step) for one, around, step in sides)
    down = _meetings(kernel[0], stride[0], dilation[0], phase[1])
    across = _meetings(kernel[1], stride[1], dilation[1], 1)
    return _Plan(size, kernel, stride, padding, out, groups, phase, out[0] * phase[1], down, across)


def _meetings(kernel, stride, dilation, width):
    """Entry u of the kernel meets phase u dilation mod stride; neighbors there are `apart` in the kernel."""
    apart, meetings = stride // math.gcd(stride, dilation), []
    for first in range(min(apart, kernel)):
        start, phase = divmod(first * dilation, stride)
        entries = slice(first, kernel, apart)
        step = apart * dilation // stride * width
        meetings.append(_Meeting(phase, entries, len(range(kernel)[entries]), start * width, step))
    return tuple(meetings)


def _correlate(phases, W, plan):
    """The phases of x (n, c, h, w), W (o, c / groups, u, v) -> s (n, o, p, q)."""
    n, o = len(phases), len(W)
    kernels = W.reshape(plan.groups, o // plan.groups, -1)
    s = np.empty((n, o, *plan.out), np.result_type(phases, W))
    for some, columns in _columns(phases, plan):
        outputs = kernels @ columns
        s[some] = outputs.reshape(-1, o, plan.out[0], plan.phase[1])[..., : plan.out[1]]
    return s


def _kernels(phases, lines, W, plan):
    """The phases of x (n, c, h, w), the lines of delta (n, o, p, q) -> dW (o, c / groups, u, v)."""
    around = plan.phase[0] * plan.phase[1] - plan.length
    lines = lines[..., around : around + plan.length]
    lines = lines.reshape(len(lines), plan.groups, -1, plan.length).swapaxes(2, 3)
    # columns times lines, the transpose of dW, is faster than lines times columns
    dW = sum((columns @ lines[some]).sum(axis=0) for some, columns in _columns(phases, plan))
    return dW.swapaxes(1, 2).reshape(W.shape)


def _adjoint(lines, W, plan):
    """The lines of delta (n, o, p, q), W (o, c / groups, u, v) -> dx (n, c, h, w).

    Adding columns up where they came from (col2im) costs more than making them.  So columns are made of
    delta, with an entry for each row of the kernel, and only what each column of the kernel sends back is
    left to add up.  The price: rows beyond the edge of delta, all zeros, are multiplied, too.
    """
    (n, o, _), g = lines.shape, plan.groups
    (rows, width), (down, across) = plan.phase, plan.stride
    W = W.reshape(g, o // g, -1, *plan.kernel)
    c, size = g * W.shape[2], rows * width
    phases = np.zeros((n, down, across, c, size), np.result_type(lines, W))
    for row in plan.down:
        kernels = W[:, :, :, row.entries].transpose(0, 2, 4, 1, 3).reshape(g, c // g * plan.kernel[1], -1)
        for some, columns in _row_columns(lines, row, plan):
            sent = (kernels @ columns).reshape(len(columns), c, -1, size)
            for column in plan.across:
                for number, v in enumerate(range(plan.kernel[1])[column.entries]):
                    start = column.start + number * column.step
                    phases[some, row.phase, column.phase, :, start:] += sent[:, :, v, : size - start]
    padded = phases.reshape(n, down, across, c, rows, width).transpose(0, 3, 4, 1, 5, 2)
    return padded.reshape(n, c, rows * down, width * across)[_inside(plan)]


def _columns(phases, plan):
    """What each entry of the kernels meets: (n, groups, entries of a kernel, places), some n at a time."""
    n, _, _, c, _ = phases.shape
    parts = []
    for row, column in product(plan.down, plan.across):
        first = phases[:, row.phase, column.phase, :, row.start + column.start :]
        pieces = _view(first, (n, c, row.count, column.count, plan.length), (row.step, column.step, 1))
        parts.append(((slice(None), slice(None), row.entries, column.entries), pieces))
    for some, columns in _copies(parts, (c, *plan.kernel, plan.length), phases):
        yield some, columns.reshape(len(columns), plan.groups, -1, plan.length)


def _row_columns(lines, row, plan):
    """What each row of the kernels sends back: (n, groups, o / groups and rows, places), some n at a time."""
    n, o, _ = lines.shape
    size = plan.phase[0] * plan.phase[1]
    first = lines[:, :, size - plan.length - row.start :]
    pieces = _view(first, (n, o, row.count, size), (-row.step, 1))
    for some, columns in _copies([((), pieces)], (o, row.count, size), lines):
        yield some, columns.reshape(len(columns), plan.groups, -1, size)


def _copies(parts, shape, like):
    """Copies of views, `parts` (where, view), of as many samples at a time as `CACHE` allows.

    Each lies where the last one lay: to get fresh memory takes as long as to fill it.
    """
    n = len(like)
    step = min(n, max(1, CACHE // math.prod(shape)))
    copies = np.empty((step, *shape), like.dtype)
    for first in range(0, n, step):
        some = slice(first, min(first + step, n))
        many = copies[: some.stop - first]
        for where, view in parts:
            many[where] = view[some]
        yield some, many


def _view(array, shape, steps):
    """The array seen as `shape`: its first two axes as they are, and steps of so many entries."""
    strides = (*array.strides[:2], *(array.itemsize * step for step in steps))
    return as_strided(array, shape, strides, writeable=False)


def _phases(x, plan):
    """The padded images, dealt into phases: (n, rows of phases, columns of phases, c, entries of a phase).

    Each phase has a row of zeros more than it needs, because a piece of it may end a little behind it.
    """
    (n, c), (rows, width), (down, across) = x.shape[:2], plan.phase, plan.stride
    padded = np.zeros((n, c, (rows + 1) * down, width * across), x.dtype)
    padded[_inside(plan)] = x
    phases = padded.reshape(n, c, rows + 1, down, width, across).transpose(0, 3, 5, 1, 2, 4)
    return np.ascontiguousarray(phases.reshape(n, down, across, c, -1))


def _lines(delta, plan):
    """delta, its rows as wide as a phase, with rows of zeros before and behind: (n, o, entries)."""
    (rows, width), (p, q) = plan.phase, plan.out
    lines = np.zeros((*delta.shape[:2], 2 * rows - p, width), delta.dtype)
    lines[:, :, rows - p : rows, :q] = delta
    return lines.reshape(*delta.shape[:2], -1)


def _inside(plan):
    """Where in the padded images the images lie."""
    (top, left), (h, w) = plan.padding, plan.size
    return ..., slice(top, top + h), slice(left, left + w)


def _options(stride, padding, dilation):
    """The options as pairs."""
    return pair("stride", stride), pair("padding", padding, least=0), pair("dilation", dilation)


def _row_options(stride, padding, dilation):
    """The options of a row, as those of an image that is one row high."""
    arguments.counts(stride=stride, dilation=dilation)
    arguments.counts(0, padding=padding)
    return {"stride": (1, stride), "padding": (0, padding), "dilation": (1, dilation)}


def _arrays(x, params):
    """x, W and b as floating point, or a `ValueError`."""
    W, b = arguments.parameters(params, "W", "b")
    arguments.numbers(x=x, W=W, b=b)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    arguments.shape("W", W, ("o", "c", "u", "v"))
    return tuple(map(arguments.floating, (x, W, b)))
