"""Initialization: `W, b = init(rng, fan_in, fan_out)`, the parameters of one linear layer in float64.

W (fan_out, fan_in), b (fan_out,).  Biases start at 0, DLNN 9.1.3.

draws      gaussian, symmetric_uniform, truncated: mean 0, variance 1;  fan_in, fan_out, fan_average; fans
schemes    constant, zeros;  normal, uniform, truncated_normal: how far weights spread is said;
           lecun, glorot, he, uniform_fan_in: it follows from the fans, and all of them are `scaled`;
           orthogonal, sparse: weights that are not independent
networks   mlp, lsuv;  random_walk_gain

Replacing a piece is passing another function: `partial(he, draw=symmetric_uniform)` is He's uniform form.
With `kernel=(u, v)` a scheme makes kernels W (fan_out, fan_in, u, v) of `conv2d`: the two sizes then count
channels, and fans are channels times kernel size.
"""

from dlnotes.initialization.draws import (
    TRUNCATED_STD,
    fan_average,
    fan_in,
    fan_out,
    fans,
    gaussian,
    symmetric_uniform,
    truncated,
)
from dlnotes.initialization.networks import lsuv, mlp, random_walk_gain
from dlnotes.initialization.schemes import (
    constant,
    glorot,
    he,
    lecun,
    normal,
    orthogonal,
    scaled,
    sparse,
    truncated_normal,
    uniform,
    uniform_fan_in,
    zeros,
)

__all__ = [
    "TRUNCATED_STD",
    "constant",
    "fan_average",
    "fan_in",
    "fan_out",
    "fans",
    "gaussian",
    "glorot",
    "he",
    "lecun",
    "lsuv",
    "mlp",
    "normal",
    "orthogonal",
    "random_walk_gain",
    "scaled",
    "sparse",
    "symmetric_uniform",
    "truncated",
    "truncated_normal",
    "uniform",
    "uniform_fan_in",
    "zeros",
]
