"""Specifications made real: run with random weights, or built in PyTorch.

run                  what each layer of a specification puts out
in_torch             the same network as a module of PyTorch, without numbers
counted_and_built    its shapes and parameters, as `table` counts them and as PyTorch has them
"""

import math
from functools import reduce

import numpy as np

from dlnotes import arguments, initialization
from dlnotes.architectures import Branches, Conv, Dense, GlobalPool, Norm, Pool, named, table
from dlnotes.convolution import conv2d, global_mean_pool2d, max_pool2d
from dlnotes.layers import flatten, linear, relu
from dlnotes.normalization import batch_norm, local_response_norm, neutral


def run(spec, x, rng):
    """What each layer puts out for x (n, c, h, w) or (n, units): {name: y}, named as the rows of `table`.

    Weights are random, He's, and behind each Conv and Dense comes a ReLU.  Pools take the largest entry.
    """
    arguments.numbers(x=x)
    rows = table(spec, x.shape[1:])[1:]  # refuses what does not fit
    outputs = {}
    for row, (_, layer) in zip(rows, named(spec), strict=True):
        outputs[row.name] = x = _output(layer, x, rng)
    return outputs


def in_torch(spec, shape):
    """A specification as PyTorch's `Sequential`, for inputs of `shape`: (c, h, w) or (units,).

    One part for each layer, without nonlinearities, as in the specification.  It lives on the device "meta",
    where tensors have shapes and no numbers: `net(torch.empty(1, *shape, device="meta"))`.
    """
    from torch import nn

    rows = table(spec, shape)
    layers = [layer for _, layer in named(spec)]
    return nn.Sequential(*(_module(layer, row.shape) for layer, row in zip(layers, rows[:-1], strict=True)))


def counted_and_built(spec, shape):
    """The output and the parameters of each layer, {name: (shape, parameters)}: in `table`, and in PyTorch.

    `counted, built = counted_and_built(spec, shape)`; that counted == built verifies both.
    """
    import torch

    x, rows, built = torch.empty(1, *shape, device="meta"), table(spec, shape)[1:], {}
    for row, part in zip(rows, in_torch(spec, shape).eval(), strict=True):
        x = part(x)
        built[row.name] = tuple(x.shape[1:]), sum(tensor.numel() for tensor in part.parameters())
    return {row.name: (row.shape, row.parameters) for row in rows}, built


def _output(layer, x, rng):
    """What one layer makes of x."""
    match layer:
        case Conv(filters, kernel, stride, padding, groups, dilation):
            kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
            params = initialization.he(rng, x.shape[1] // groups, filters, kernel=kernel)
            options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
            return relu(conv2d(x, params, **options)[0])[0]
        case Dense(units):
            x, _ = flatten(x)
            return relu(linear(x, initialization.he(rng, x.shape[1], units))[0])[0]
        case Pool(size, stride, padding):
            return max_pool2d(x, size=size, stride=stride, padding=padding)[0]
        case GlobalPool():
            return global_mean_pool2d(x)[0]
        case Norm(0):
            return local_response_norm(x)[0]
        case Norm(2):
            return batch_norm(x, neutral(x.shape[1]))[0]
        case Branches(paths, join):
            ends = [[x, *run(path, x, rng).values()][-1] for path in paths]
            return np.concatenate(ends, axis=1) if join == "concat" else _joined(ends, join)
    raise _unknown(layer)


def _module(layer, shape):
    """One layer as a module of PyTorch, for inputs of `shape`."""
    import torch
    from torch import nn

    class Paths(nn.Module):
        def __init__(self, paths, join):
            super().__init__()
            self.paths, self.join = nn.ModuleList(paths), join

        def forward(self, x):
            ends = [path(x) for path in self.paths]
            return torch.cat(ends, dim=1) if self.join == "concat" else _joined(ends, self.join)

    match layer:
        case Conv(filters, kernel, stride, padding, groups, dilation, bias):
            options = {"dilation": dilation, "groups": groups, "bias": bias, "device": "meta"}
            return nn.Conv2d(shape[0], filters, kernel, stride, padding, **options)
        case Dense(units, bias):
            return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), units, bias, device="meta"))
        case Pool(size, stride, padding):
            return nn.MaxPool2d(size, stride, padding)
        case GlobalPool():
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case Norm(0):
            norm = nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2.0)  # divides alpha by its 5
            alone = nn.Unflatten(1, (shape[0], 1)), norm, nn.Flatten()  # it wants places, units have none
            return norm if len(shape) == 3 else nn.Sequential(*alone)
        case Norm(2):
            norm = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            return norm(shape[0], device="meta")
        case Branches(paths, join):
            return Paths([in_torch(path, shape) for path in paths], join)
    raise _unknown(layer)


def _unknown(layer):
    """The `ValueError` for a layer that cannot be made real."""
    return ValueError(f"layer: got {layer}, want Norm(2), a batch norm, or Norm(0), a local response norm")


def _joined(ends, join):
    """The sum of arrays or tensors, or their product, where one number for each channel serves all places."""
    if join == "add":
        return sum(ends)
    places = max(end.ndim for end in ends)
    whole = [end.reshape(*end.shape, *[1] * (places - end.ndim)) for end in ends]
    return reduce(lambda left, right: left * right, whole)
