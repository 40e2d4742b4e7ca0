"""Architectures as data: what a network has, needs and sees, counted before a single number is drawn.

A specification is a dict of named layers, in order, or a sequence of them, which are then numbered:

    LENET = {"C1": Conv(6, 5, padding=2), "S2": Pool(2), ..., "F6": Dense(84), "output": Dense(10)}
    for row in table(LENET, (1, 28, 28)): print(row.name, row.shape, row.parameters)

Conv, Pool, GlobalPool, Dense, Norm        the layers; nonlinearities have no parameters and are left out
Branches, residual, gated                  paths side by side: concatenated, added, multiplied
table, total, named                        rows of counts, and their sums; the layers and their names
words, build                               "[CONVx2-POOL]x2 FCx3" taken apart, and made a specification
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dlnotes import arguments
from dlnotes.convolution.arithmetic import divides, output_size, pair, pool_options

_TOKEN = r"\[|\]|X\d+|(?:(?!X\d)[A-Z])+"  # of a pattern: a bracket, a repetition, a word


class Conv(NamedTuple):
    """`filters` kernels of (channels / groups) x kernel x kernel; options as in `conv2d`."""

    filters: int
    kernel: int | tuple = 3
    stride: int | tuple = 1
    padding: int | tuple = 0
    groups: int = 1
    dilation: int | tuple = 1
    bias: bool = True


class Pool(NamedTuple):
    """Max or mean pooling, which count alike; `stride` is `size` where it is None."""

    size: int | tuple = 2
    stride: int | tuple | None = None
    padding: int | tuple = 0


class GlobalPool(NamedTuple):
    """One number for each channel, whatever the size of the image."""


class Dense(NamedTuple):
    """`units` that see everything: an image is flattened first."""

    units: int
    bias: bool = True


class Norm(NamedTuple):
    """A normalization with `parameters` for each channel: 2 in batch norm, 0 in local response norm."""

    parameters: int = 2


class Branches(NamedTuple):
    """Paths side by side from one input, each a specification; the empty one, (), passes the input on.

    join: "concat" puts their channels behind each other, "add" adds, "multiply" multiplies (a path may put
    out one number for each channel).
    """

    paths: tuple
    join: str = "concat"


_LAYERS = Conv | Pool | GlobalPool | Dense | Norm | Branches


class Row(NamedTuple):
    """What one layer makes of its input, for one sample.

    shape, its output, (c, h, w) or (units,);  multiply_adds, those of Conv and Dense alone;  activations,
    the numbers put out, inside Branches too;  field and jump, `receptive_field` along the height.
    """

    name: str
    shape: tuple
    parameters: int
    multiply_adds: int
    activations: int
    field: int
    jump: int


def residual(body, shortcut=()):
    """x -> shortcut(x) + body(x); the shortcut is the identity unless it is given.      EE147 ResNet"""
    return Branches((body, shortcut), "add")


def gated(body):
    """x -> x * body(x), channel by channel: squeeze and excitation, say."""
    return Branches(((), body), "multiply")


def table(spec, shape, *, deep=False):
    """The rows of a network for inputs of `shape`, (c, h, w) or (units,); the first row is the input.

    Branches are one row, in which what lies inside is added up, or, `deep`, a row for each layer inside.
    """
    arguments.counts(**{f"shape[{axis}]": size for axis, size in enumerate(shape)})
    if len(shape) not in (1, 3):
        raise ValueError(f"shape: got {tuple(shape)}, want (channels, height, width) or (units,)")
    start = Row("input", tuple(shape), 0, 0, math.prod(shape), 1, 1)
    return [start, *_rows(spec, start, shape, deep)]


def named(spec):
    """Pairs of name and layer; in a bare sequence, "conv 1", "pool 1", "conv 2", ..."""
    if isinstance(spec, Mapping):
        return list(spec.items())
    if isinstance(spec, _LAYERS) or not isinstance(spec, Sequence):
        raise ValueError(f"spec: got {spec}, want a list of layers or a dict of them")
    kinds = [type(layer).__name__.lower() for layer in spec]
    numbers = [kinds[: at + 1].count(kind) for at, kind in enumerate(kinds)]
    return [(f"{kind} {number}", layer) for kind, number, layer in zip(kinds, numbers, spec, strict=True)]


def total(rows, what="parameters"):
    """The sum of a column: `total(rows, "multiply_adds")`."""
    return sum(getattr(row, what) for row in rows)


def words(pattern):
    """The words of a pattern, repetitions written out; ReLU, which has no shape of its own, is left out.

    `words("[CONV-ReLU x2, POOL]x2 FC")` -> ["CONV", "CONV", "POOL", "CONV", "CONV", "POOL", "FC"].
    EE147 CNN Examples
    """
    text = re.sub(r"relu", " ", pattern, flags=re.IGNORECASE).upper().replace("×", "X")
    if odd := re.sub(_TOKEN + r"|[\s,-]", "", text):
        raise ValueError(f"pattern: got {odd!r} in {pattern!r}, want words, [ ], x2, commas and dashes")
    open_ones = [[]]
    for token in re.findall(_TOKEN, text):
        if token == "[":
            open_ones.append([])
        elif token == "]":
            if len(open_ones) == 1:
                raise ValueError(f"pattern: got ] without [ in {pattern!r}")
            group = open_ones.pop()
            open_ones[-1].append(group)
        elif token[1:].isdigit():
            if not open_ones[-1]:
                raise ValueError(f"pattern: got {token.lower()} with nothing before it in {pattern!r}")
            if int(token[1:]) == 0:
                raise ValueError(f"pattern: got {token.lower()} in {pattern!r}, want x1 or more")
            open_ones[-1].append(open_ones[-1].pop() * int(token[1:]))
        else:
            open_ones[-1].append([token])
    if len(open_ones) > 1:
        raise ValueError(f"pattern: got [ without ] in {pattern!r}")
    return _flat(open_ones[0])


def build(pattern, *, filters, units, conv=None):
    """The specification of a pattern of CONV, POOL and FC: `filters` for each CONV, `units` for each FC.

    conv, a `Conv` whose other options all of them take (3x3, padding 1).  A pool is 2x2.
    """
    kinds = words(pattern)
    filters, units, conv = list(filters), list(units), Conv(0, 3, padding=1) if conv is None else conv
    if odd := set(kinds) - {"CONV", "POOL", "FC"}:
        raise ValueError(f"pattern: got {', '.join(sorted(odd))}, want CONV, POOL and FC")
    for kind, name, given in [("CONV", "filters", filters), ("FC", "units", units)]:
        if len(given) != kinds.count(kind):
            raise ValueError(f"{name}: got {len(given)}, want {kinds.count(kind)}, one for each {kind}")
    spec = {}
    for at, kind in enumerate(kinds):
        number = kinds[: at + 1].count(kind)
        if kind == "CONV":
            layer = conv._replace(filters=filters[number - 1])
        elif kind == "FC":
            layer = Dense(units[number - 1])
        else:
            layer = Pool(2)
        spec[f"{kind} {number}"] = layer
    return spec


def _rows(spec, before, image, deep, path=""):
    """The rows of `spec` behind the row `before`; `image` is the shape of the input of all."""
    rows = []
    for name, layer in named(spec):
        name = path + name
        try:
            if isinstance(layer, Branches):
                inner, row = _branches(name, layer, before, image, deep)
            else:
                inner, row = [], _row(name, layer, before, image)
        except ValueError as error:
            if not str(error).startswith("layer "):
                error.args = (f"layer {name!r} on {before.shape}: {error}",)
            raise
        rows += inner
        rows.append(row)
        before = row
    return rows


def _row(name, layer, before, image):
    """What one layer does to the output of the row `before`."""
    shape, field, jump = before.shape, before.field, before.jump
    match layer:
        case Dense(units, bias):
            arguments.counts(units=units)
            weights, seen = math.prod(shape) * units, image[1] if len(image) == 3 else 1
            return Row(name, (units,), weights + _bias(bias) * units, weights, units, seen, 1)
        case Norm(parameters):
            arguments.counts(0, parameters=parameters)
            if parameters > 2:
                raise ValueError(f"parameters: got {parameters}, want 0, 1 or 2 for each channel")
            return Row(name, shape, parameters * shape[0], 0, math.prod(shape), field, jump)
        case Conv() | Pool() | GlobalPool() if len(shape) != 3:
            raise ValueError("want an image (channels, height, width) before it")
        case GlobalPool():
            return Row(name, shape[:1], 0, 0, shape[0], field + (shape[1] - 1) * jump, 1)
        case Pool():
            return _window_row(name, before, shape[0], *pool_options(*layer))
        case Conv(filters, kernel, stride, padding, groups, dilation, bias):
            arguments.counts(filters=filters, groups=groups)
            divides("channels", shape[0], groups)
            divides("filters", filters, groups)
            kernel, stride = pair("kernel", kernel), pair("stride", stride)
            padding, dilation = pair("padding", padding, least=0), pair("dilation", dilation)
            row = _window_row(name, before, filters, kernel, stride, padding, dilation)
            each = shape[0] // groups * math.prod(kernel)  # weights, and multiply-adds of one output
            parameters = filters * (each + _bias(bias))
            return row._replace(parameters=parameters, multiply_adds=row.activations * each)
    raise ValueError(f"got {layer!r}, want Conv, Pool, GlobalPool, Dense, Norm or Branches")


def _window_row(name, before, channels, kernel, stride, padding, dilation=(1, 1)):
    """The row of windows that slide over an image, without parameters; all options are pairs."""
    sides = zip(before.shape[1:], kernel, stride, padding, dilation, strict=True)
    out = [output_size(i, k, stride=s, padding=p, dilation=d) for i, k, s, p, d in sides]
    field = before.field + dilation[0] * (kernel[0] - 1) * before.jump
    made = channels * math.prod(out)
    return Row(name, (channels, *out), 0, 0, made, field, before.jump * stride[0])


def _bias(bias):
    """True or False, or a `ValueError`."""
    if not isinstance(bias, bool):
        raise ValueError(f"bias: got {bias}, want True or False")
    return bias


def _branches(name, layer, before, image, deep):
    """The rows inside, if `deep`, and the row of the whole: (rows, row)."""
    start = before._replace(parameters=0, multiply_adds=0, activations=0)
    inside = [_rows(each, before, image, True, f"{name}/{at}/") for at, each in enumerate(layer.paths, 1)]
    ends = [rows[-1] if rows else start for rows in inside]
    shapes, inner = [end.shape for end in ends], [row for rows in inside for row in rows]
    listed = " and ".join(map(str, shapes))
    if not ends:
        raise ValueError("paths: got none, want at least one")
    if layer.join == "concat":
        if len({shape[1:] for shape in shapes}) > 1:
            raise ValueError(f"concat: got {listed}, want the same height and width")
        shape, made = (sum(shape[0] for shape in shapes), *shapes[0][1:]), 0  # no copy
    elif layer.join in ("add", "multiply"):
        shape = max(shapes, key=lambda shape: (math.prod(shape), len(shape)))
        gates = [(shape[0],), (shape[0], 1, 1)] if layer.join == "multiply" else []
        if any(each not in [shape, *gates] for each in shapes):
            raise ValueError(f"{layer.join}: got {listed}, want equal shapes")
        made = math.prod(shape)
    else:
        raise ValueError(f'join: got {layer.join!r}, want "concat", "add" or "multiply"')
    field, jump = max(end.field for end in ends), max(end.jump for end in ends)
    if deep:
        return inner, Row(name, shape, 0, 0, made, field, jump)
    sums = (total(inner, what) for what in ("parameters", "multiply_adds", "activations"))
    parameters, multiply_adds, activations = sums
    return [], Row(name, shape, parameters, multiply_adds, activations + made, field, jump)


def _flat(nest):
    """A nest of lists of words as one list."""
    return [word for each in nest for word in (_flat(each) if isinstance(each, list) else [each])]
