"""Schemes: `W, b = init(rng, fan_in, fan_out)`, W (fan_out, fan_in) and b (fan_out,), b = 0."""

import math

import numpy as np

from dlnotes import arguments
from dlnotes.initialization import draws
from dlnotes.initialization.draws import TRUNCATED_STD, fans, gaussian, symmetric_uniform, truncated


def constant(rng, fan_in, fan_out, *, value=0.0, kernel=()):
    """W = value everywhere, for a single layer: in deeper networks the units of a layer stay equal.

    DLNN 9.1.1; MEDL 5.5; Strang VII.1
    """
    return np.full(_shape(fan_in, fan_out, kernel), float(value)), np.zeros(fan_out)


def zeros(rng, fan_in, fan_out, *, kernel=()):
    """W = 0, the `constant` that blocks gradients, too.      DLNN 9.1.1; Strang VII.1"""
    return constant(rng, fan_in, fan_out, kernel=kernel)


def normal(rng, fan_in, fan_out, *, std=0.01, kernel=()):
    """W ~ N(0, std^2).      DLNN (9.2); MEDL 5.5"""
    arguments.positive(std=std)
    return std * gaussian(rng, _shape(fan_in, fan_out, kernel)), np.zeros(fan_out)


def uniform(rng, fan_in, fan_out, *, limit=0.01, kernel=()):
    """W ~ U(-limit, limit), of variance limit^2 / 3.      DLNN (9.1)"""
    arguments.positive(limit=limit)
    draw = symmetric_uniform(rng, _shape(fan_in, fan_out, kernel))
    return limit / math.sqrt(3) * draw, np.zeros(fan_out)


def truncated_normal(rng, fan_in, fan_out, *, std=0.01, kernel=()):
    """W ~ N(0, std^2), drawn again where |W| > 2 std: of variance 0.7737 std^2.      DLNN (9.3)

    DLNN prints 0.8796 std^2; 0.8796 is the ratio of the standard deviations.
    """
    arguments.positive(std=std)
    return std * TRUNCATED_STD * truncated(rng, _shape(fan_in, fan_out, kernel)), np.zeros(fan_out)


def scaled(rng, fan_in, fan_out, *, gain=1.0, fan=draws.fan_in, draw=gaussian, kernel=()):
    """Independent weights of mean 0 and variance gain / fan(fan_in, fan_out).      DLNN (9.13)

    gain is what `meanfield.gain(activation)` computes.  It multiplies the variance; PyTorch's
    `calculate_gain` multiplies the standard deviation.
    """
    arguments.positive(gain=gain)
    shape = _shape(fan_in, fan_out, kernel)
    return math.sqrt(gain / fan(*fans(shape))) * draw(rng, shape), np.zeros(fan_out)


def lecun(rng, fan_in, fan_out, *, gain=1.0, draw=gaussian, kernel=()):
    """Variance 1 / fan_in (times the gain), which keeps the variance in linear units.      DLNN (9.4), (9.5)

    With draw=symmetric_uniform the limit is sqrt(3 / fan_in).  MEDL calls this rule Xavier's; libraries mean
    `glorot` by that name.
    """
    return scaled(rng, fan_in, fan_out, gain=gain, draw=draw, kernel=kernel)


def glorot(rng, fan_in, fan_out, *, gain=1.0, draw=gaussian, kernel=()):
    """Variance 2 / (fan_in + fan_out) (times the gain), between what the two ways through a network ask for.

    Glorot & Bengio 2010; DLNN (9.7); GBC (8.23); EE147 Weight Initialization.  With draw=symmetric_uniform
    the limit is sqrt(6 / (fan_in + fan_out)); GBC prints 6 / sqrt(m + n).
    """
    return scaled(rng, fan_in, fan_out, gain=gain, fan=draws.fan_average, draw=draw, kernel=kernel)


def he(rng, fan_in, fan_out, *, gain=2.0, fan=draws.fan_in, draw=gaussian, kernel=()):
    """Variance 2 / fan_in, which keeps the second moment through ReLU units.

    He et al. 2015, (10); DLNN (9.12); Strang VII.1.  With fan=draws.fan_out it keeps that of the deltas, (14)
    there and PyTorch's fan_out.  With draw=symmetric_uniform the limit is sqrt(6 / fan_in).  EE147 divides by
    the mean of both fans: fan=draws.fan_average.  The gain is the whole factor: 2 / (1 + slope^2) for leaky
    units, (15) there.
    """
    return scaled(rng, fan_in, fan_out, gain=gain, fan=fan, draw=draw, kernel=kernel)


def uniform_fan_in(rng, fan_in, fan_out, *, kernel=()):
    """W ~ U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), of variance 1 / (3 fan_in).      GBC 8.4

    What PyTorch's `nn.Linear` and `nn.Conv2d` begin with; their biases, too, which here are 0.
    """
    return scaled(rng, fan_in, fan_out, gain=1 / 3, draw=symmetric_uniform, kernel=kernel)


def orthogonal(rng, fan_in, fan_out, *, gain=1.0, kernel=()):
    """sqrt(gain) times a random matrix with orthonormal rows, or columns if these are fewer.

    Saxe et al. 2014; GBC 8.4; Strang VII.1.  Kernels are orthonormal as (o, c u v) matrices.  Q of a QR
    factorization is uniformly distributed when R has a positive diagonal, hence the signs: Mezzadri 2007.
    """
    arguments.positive(gain=gain)
    shape = _shape(fan_in, fan_out, kernel)
    rows, columns = fan_out, math.prod(shape[1:])
    Q, R = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    Q *= np.where(np.diag(R) < 0, -1.0, 1.0)
    return math.sqrt(gain) * (Q if rows >= columns else Q.T).reshape(shape), np.zeros(fan_out)


def sparse(rng, fan_in, fan_out, *, connections=15, gain=1.0, draw=gaussian):
    """Exactly `connections` non-zero incoming weights for each unit, of variance gain / connections.

    Martens 2010; GBC 8.4.  The input of a unit spreads as with a dense `scaled`, and single weights do not
    shrink as fan_in grows.  PyTorch's `sparse_` counts in the columns, each unit's outgoing weights.
    """
    arguments.positive(gain=gain)
    arguments.counts(connections=connections)
    W = np.zeros(_shape(fan_in, fan_out, ()))
    if connections > fan_in:
        raise ValueError(f"connections: got {connections}, want at most fan_in = {fan_in}")
    chosen = rng.random(W.shape).argsort(axis=1)[:, :connections]
    np.put_along_axis(W, chosen, math.sqrt(gain / connections) * draw(rng, chosen.shape), axis=1)
    return W, np.zeros(fan_out)


def _shape(fan_in, fan_out, kernel):
    """The shape of the weights."""
    arguments.counts(fan_in=fan_in, fan_out=fan_out)
    for size in kernel:
        arguments.counts(kernel=size)
    return fan_out, fan_in, *kernel
