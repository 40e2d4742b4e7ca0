"""Convolution as deep learning has it: cross-correlation with learned kernels, along one axis or two.

Three maps do all the work: the correlation, its adjoint, and the gradient of its kernels.  Each is a matrix
product with *columns*, the kernel-sized pieces of the input (im2col; its adjoint is col2im).  `conv2d` is
the first map with the other two as its pullback; in `conv_transpose2d` the first two change places.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dlnotes import arguments
from dlnotes.convolution.arithmetic import output_size, pair, transposed_size

CACHE = 1 << 19  # entries of the columns that are made at a time: they should fit into a processor's cache


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
    if o % groups:
        raise ValueError(f"W: got {o} kernels for {groups} groups, want a multiple: {o} = {_rest(o, groups)}")
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
        return _adjoint(delta, W, plan), (_kernels(phases, delta, W, plan), delta.sum(axis=(0, 2, 3)))

    return s, back


def conv_transpose2d(x, params, *, stride=1, padding=0, dilation=1, groups=1, output_padding=0):
    """The transpose of `conv2d` with the same options, as a layer; plus b.  It makes images larger.

    x (n, c, h, w);  W (c, o / groups, u, v), b (o,);  y (n, o, p, q).  Several sizes (p, q) shrink to the
    same (h, w) under `conv2d`: output_padding, less than the stride, picks one.      DLNN E.5; GBC 9.5
    """
    x, W, b = _arrays(x, params)
    arguments.counts(groups=groups)
    n, c, *size = x.shape
    if len(W) != c or c % groups:
        raise ValueError(f"x: got {c} channels, want W.shape[0] = {len(W)}, a multiple of groups = {groups}")
    arguments.shape("b", b, (groups * W.shape[1],))
    options = _options(stride, padding, dilation)
    extra = pair("output_padding", output_padding, least=0)
    out = [
        transposed_size(i, k, stride=s, padding=p, dilation=d, output_padding=a)
        for i, k, s, p, d, a in zip(size, W.shape[2:], *options, extra, strict=True)
    ]
    plan = _plan(tuple(out), W.shape[2:], *options, tuple(size), groups)
    y = _adjoint(x, W, plan)
    y += b[:, None, None]

    def back(dy):
        phases = _phases(dy, plan)
        return _correlate(phases, W, plan), (_kernels(phases, x, W, plan), dy.sum(axis=(0, 2, 3)))

    return y, back


def conv1d(x, params, *, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d` along one axis: x (n, c, w);  W (o, c / groups, v), b (o,);  s (n, o, q).      GBC (9.3)"""
    W, b = arguments.parameters(params, "W", "b")
    arguments.shape("x", x, ("n", "c", "w"))
    arguments.shape("W", W, ("o", "c / groups", "v"))
    row = {"stride": (1, stride), "padding": (0, padding), "dilation": (1, dilation), "groups": groups}
    s, back_2d = conv2d(x[:, :, None], (W[:, :, None], b), **row)

    def back(delta):
        dx, (dW, db) = back_2d(delta[:, :, None])
        return dx[:, :, 0], (dW[:, :, 0], db)

    return s[:, :, 0], back


def depthwise_separable(x, params, *, stride=1, padding=0, dilation=1):
    """One kernel for each channel, then a 1x1 convolution that mixes the channels.      MobileNet, 2017

    x (n, c, h, w);  params ((W (c, 1, u, v), b (c,)), (W (o, c, 1, 1), b (o,)));  s (n, o, p, q).
    """
    depthwise, pointwise = arguments.parameters(params, "depthwise", "pointwise")
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    middle, depthwise_back = conv2d(x, depthwise, groups=x.shape[1], **options)
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
    pieces: tuple  # for each entry of the kernel (u, v, rows and columns of the phase it meets, where in it)

    def chunks(self, n, c):
        """Slices of the samples, as many at a time as `CACHE` allows."""
        step = max(1, CACHE // (c * math.prod(self.kernel) * self.length))
        return [slice(first, min(first + step, n)) for first in range(0, n, step)]


@lru_cache(maxsize=1000)  # every step of a training asks the same
def _plan(size, kernel, stride, padding, dilation, out, groups):
    sides = zip(size, padding, stride, strict=True)
    phase = tuple(-(-(one + 2 * around) // step) for one, around, step in sides)
    length, pieces = out[0] * phase[1], []
    for u, v in np.ndindex(kernel):
        row, down = divmod(u * dilation[0], stride[0])
        column, across = divmod(v * dilation[1], stride[1])
        start = row * phase[1] + column
        pieces.append((u, v, down, across, slice(start, start + length)))
    return _Plan(size, kernel, stride, padding, out, groups, phase, length, tuple(pieces))


def _correlate(phases, W, plan):
    """The phases of x (n, c, h, w), W (o, c / groups, u, v) -> s (n, o, p, q)."""
    n, c, o = len(phases), phases.shape[3], len(W)
    kernels = _matrix(W, plan)
    s = np.empty((n, o, *plan.out), np.result_type(phases, W))
    for some in plan.chunks(n, c):
        product = kernels @ _columns(phases[some], plan)
        product = product.reshape(o, -1, plan.out[0], plan.phase[1])[..., : plan.out[1]]
        s[some] = product.transpose(1, 0, 2, 3)
    return s


def _adjoint(delta, W, plan):
    """delta (n, o, p, q), W (o, c / groups, u, v) -> dx (n, c, h, w)."""
    n, c = len(delta), plan.groups * W.shape[1]
    (rows, width), (down, across) = plan.phase, plan.stride
    phases = np.zeros((n, down, across, c, (rows + 1) * width), np.result_type(delta, W))
    kernels = _matrix(W, plan).transpose(0, 2, 1)
    for some in plan.chunks(n, c):
        columns = (kernels @ _lines(delta[some], plan)).reshape(c, *plan.kernel, -1, plan.length)
        for u, v, row, column, piece in plan.pieces:
            phases[some, row, column, :, piece] += columns[:, u, v].transpose(1, 0, 2)
    padded = phases.reshape(n, down, across, c, rows + 1, width).transpose(0, 3, 4, 1, 5, 2)
    padded = padded.reshape(n, c, (rows + 1) * down, width * across)
    return padded[_inside(plan)]


def _kernels(phases, delta, W, plan):
    """The phases of x (n, c, h, w), delta (n, o, p, q) -> dW (o, c / groups, u, v)."""
    transposed = 0  # (groups, entries of a kernel, o / groups): faster this way
    for some in plan.chunks(len(phases), phases.shape[3]):
        transposed = transposed + _columns(phases[some], plan) @ _lines(delta[some], plan).transpose(0, 2, 1)
    return transposed.transpose(0, 2, 1).reshape(W.shape)


def _phases(x, plan):
    """The padded images, dealt into phases: (n, rows of phases, columns of phases, c, entries of a phase).

    Each phase has a row of zeros more than it needs, because a piece of it may end a little behind it.
    """
    (n, c), (rows, width), (down, across) = x.shape[:2], plan.phase, plan.stride
    padded = np.zeros((n, c, (rows + 1) * down, width * across), x.dtype)
    padded[_inside(plan)] = x
    phases = padded.reshape(n, c, rows + 1, down, width, across).transpose(0, 3, 5, 1, 2, 4)
    return phases.reshape(n, down, across, c, -1)


def _columns(phases, plan):
    """What each entry of the kernels meets: (groups, entries of a kernel, samples and places)."""
    m, _, _, c, _ = phases.shape
    columns = np.empty((c, *plan.kernel, m, plan.length), phases.dtype)
    for u, v, row, column, piece in plan.pieces:
        columns[:, u, v] = phases[:, row, column, :, piece].transpose(1, 0, 2)
    return columns.reshape(plan.groups, -1, m * plan.length)


def _lines(delta, plan):
    """delta in the order of the columns: (groups, o / groups, samples and places), 0 where no output is."""
    m, o = delta.shape[:2]
    lines = np.zeros((o, m, plan.out[0], plan.phase[1]), delta.dtype)
    lines[..., : plan.out[1]] = delta.transpose(1, 0, 2, 3)
    return lines.reshape(plan.groups, o // plan.groups, -1)


def _matrix(W, plan):
    """The kernels as rows: (groups, o / groups, entries of a kernel)."""
    return W.reshape(plan.groups, len(W) // plan.groups, -1)


def _inside(plan):
    """Where in the padded images the images lie."""
    (top, left), (h, w) = plan.padding, plan.size
    return ..., slice(top, top + h), slice(left, left + w)


def _options(stride, padding, dilation):
    """The options as pairs."""
    return pair("stride", stride), pair("padding", padding, least=0), pair("dilation", dilation)


def _arrays(x, params):
    """x, W and b as floating point, or a `ValueError`."""
    W, b = arguments.parameters(params, "W", "b")
    arguments.numbers(x=x, W=W, b=b)
    arguments.shape("x", x, ("n", "c", "h", "w"))
    arguments.shape("W", W, ("o", "c", "u", "v"))
    return tuple(map(arguments.floating, (x, W, b)))


def _rest(whole, part):
    return f"{whole // part} * {part} + {whole % part}"
