"""Initialization: `W, b = init(rng, fan_in, fan_out)`, the parameters of one linear layer in float64.

W (fan_out, fan_in), b (fan_out,).  Biases start at 0, DLNN 9.1.3.  Weights are independent and normally
distributed; the uniform forms that the books also give have the same variances.
"""

import math
from itertools import pairwise

import numpy as np

from dlnotes import arguments


def zeros(rng, fan_in, fan_out):
    """W = 0, for a single layer: in deeper networks the units of a layer stay equal.      DLNN 9.1.1"""
    arguments.counts(fan_in=fan_in, fan_out=fan_out)
    return np.zeros((fan_out, fan_in)), np.zeros(fan_out)


def normal(rng, fan_in, fan_out, *, std=0.01):
    """W ~ N(0, std^2).      DLNN (9.2); MEDL 5.5"""
    arguments.counts(fan_in=fan_in, fan_out=fan_out)
    return std * rng.standard_normal((fan_out, fan_in)), np.zeros(fan_out)


def lecun(rng, fan_in, fan_out):
    """W ~ N(0, 1 / fan_in), which keeps the variance in linear units.      DLNN (9.4), (9.5)

    MEDL calls this rule Xavier's; libraries mean `glorot` by that name.
    """
    arguments.counts(fan_in=fan_in)
    return normal(rng, fan_in, fan_out, std=math.sqrt(1 / fan_in))


def glorot(rng, fan_in, fan_out):
    """W ~ N(0, 2 / (fan_in + fan_out)), between what the forward and the backward pass ask for.

    Glorot & Bengio 2010; DLNN (9.7); GBC (8.23); EE147 Weight Initialization.  GBC prints 6 / sqrt(m + n) as
    the limit of the uniform form, which is sqrt(6 / (m + n)).
    """
    arguments.counts(fan_in=fan_in, fan_out=fan_out)
    return normal(rng, fan_in, fan_out, std=math.sqrt(2 / (fan_in + fan_out)))


def he(rng, fan_in, fan_out):
    """W ~ N(0, 2 / fan_in), which keeps the second moment through ReLU units.

    He et al. 2015, (10); DLNN (9.12); Strang VII.1.  EE147 divides by the mean of
    both fans instead of fan_in.
    """
    arguments.counts(fan_in=fan_in)
    return normal(rng, fan_in, fan_out, std=math.sqrt(2 / fan_in))


def mlp(rng, *sizes, init=glorot):
    """Parameters of the layers `layers.mlp(len(sizes) - 1, activation)`: of `init` for each linear one.

    sizes: of the input, of each hidden layer, of the output.      DLNN 4.7; MEDL 5.1
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes: got {len(sizes)}, want at least 2, of the input and of the output")
    linear = [init(rng, fan_in, fan_out) for fan_in, fan_out in pairwise(sizes)]
    return (linear[0], *(part for params in linear[1:] for part in ((), params)))
