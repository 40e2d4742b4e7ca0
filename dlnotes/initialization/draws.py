"""Draws and fans, what `scaled` is made of.

A draw is a function of (rng, shape) with entries of mean 0 and variance 1.  A fan is a function of (fan_in,
fan_out): what the variance is divided by.  Any function of yours will do.
"""

import math

import numpy as np

TRUNCATED_STD = 0.8796256610342398
"""The standard deviation of a standard normal cut at -2 and 2.  Its variance is the square, 0.7737."""


def gaussian(rng, shape):
    """Entries ~ N(0, 1)."""
    return rng.standard_normal(shape)


def symmetric_uniform(rng, shape):
    """Entries ~ U(-sqrt 3, sqrt 3): variance (2 sqrt 3)^2 / 12 = 1."""
    return rng.uniform(-math.sqrt(3), math.sqrt(3), shape)


def truncated(rng, shape):
    """Entries of a normal that is cut at twice its standard deviation and stretched to variance 1."""
    z = rng.standard_normal(shape)
    while (far := np.abs(z) > 2).any():  # draw again what lies outside: a twentieth each time
        z[far] = rng.standard_normal(far.sum())
    return z / TRUNCATED_STD


def fan_in(fan_in, fan_out):
    """What keeps variances on the way forward: a unit sums fan_in terms.      DLNN 9.2.1"""
    return fan_in


def fan_out(fan_in, fan_out):
    """What keeps variances on the way back: its delta is a sum of fan_out terms.      DLNN 9.2.2"""
    return fan_out


def fan_average(fan_in, fan_out):
    """The compromise of Glorot and Bengio.      DLNN (9.7)"""
    return (fan_in + fan_out) / 2


def fans(shape):
    """(fan_in, fan_out) of weights of shape (i, j), or of kernels (o, c, u, v): channels times kernel size.

    Exact for fan_in where the kernel lies inside the image, for fan_out at stride 1.      Strang VII.1
    """
    size = math.prod(shape[2:])
    return shape[1] * size, shape[0] * size
