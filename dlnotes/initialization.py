"""Initialization: `W, b = init(rng, fan_in, fan_out)`, the parameters of one linear layer.

W (fan_out, fan_in), b (fan_out,), float64.  Biases start at 0, DLNN 9.1.3.  Weights are independent and normal; the
uniform forms of the books have the same variances.
"""

import numpy as np

from dlnotes import arguments


def zeros(rng, fan_in, fan_out):
    """W = 0: fit for single-layer networks alone, in deeper ones the units stay alike.      DLNN 9.1.1"""
    return normal(rng, fan_in, fan_out, std=0.0)


def normal(rng, fan_in, fan_out, *, std=0.01):
    """W ~ N(0, std^2).      DLNN (9.2); MEDL 5.5"""
    arguments.counts(fan_in=fan_in, fan_out=fan_out)
    return std * rng.standard_normal((fan_out, fan_in)), np.zeros(fan_out)


def lecun(rng, fan_in, fan_out):
    """W ~ N(0, 1 / fan_in): keeps the variance of linear units; MEDL calls it Xavier.      DLNN (9.4)"""
    return normal(rng, fan_in, fan_out, std=np.sqrt(1 / fan_in))


def glorot(rng, fan_in, fan_out):
    """W ~ N(0, 2 / (fan_in + fan_out)): a compromise between forward and backward pass.      DLNN (9.7); GBC (8.23)

    Glorot & Bengio 2010.  GBC prints the limit of the uniform form as 6 / sqrt(m + n); it is sqrt(6 / (m + n)).
    """
    return normal(rng, fan_in, fan_out, std=np.sqrt(2 / (fan_in + fan_out)))


def he(rng, fan_in, fan_out):
    """W ~ N(0, 2 / fan_in): keeps the second moment through ReLU units.      DLNN (9.12); Strang VII.1

    He et al. 2015, (10).  EE147 prints 2 over the average of the fans, the same only where these are equal.
    """
    return normal(rng, fan_in, fan_out, std=np.sqrt(2 / fan_in))
