"""Dropout: noise in training, which a test leaves out: its place in the chain is `layers.identity`."""

from dlnotes import arguments
from dlnotes.layers import SELU_ALPHA, SELU_LAMBDA


def dropout(x, params=(), *, rng, rate):
    """Each entry is 0 with probability `rate`, and 1 / (1 - rate) times itself otherwise.

    DLNN (8.17), (8.18), state scaling; GBC 7.12; MEDL (5.47), (5.48); EE147

    x of any shape;  y as x.  E[y] = x, so that a test has nothing to scale.  The p of DLNN and MEDL is
    1 - rate, that of PyTorch is `rate`.  Each call draws anew from `rng`.
    """
    x, kept = _kept(x, params, rng, rate)
    factor = kept.astype(x.dtype) / (1 - float(rate))
    return x * factor, lambda dy: (dy * factor, ())


def alpha_dropout(x, params=(), *, rng, rate):
    """The dropout of `selu` networks: a dropped entry is -lambda alpha = -1.7581; mean 0 and variance 1 stay.

    DLNN 10.4; Klambauer et al. 2017

    x of any shape;  y = a (x or -lambda alpha) + b with a = (q + (lambda alpha)^2 q (1 - q))^(-1/2) and
    b = a (1 - q) lambda alpha.  The q of DLNN is 1 - rate, the p of PyTorch is `rate`.
    """
    x, kept = _kept(x, params, rng, rate)
    kept = kept.astype(x.dtype)
    low, q = -SELU_LAMBDA * SELU_ALPHA, 1 - float(rate)
    a = (q + low**2 * q * (1 - q)) ** -0.5
    b = -a * (1 - q) * low
    return a * (x * kept + low * (1 - kept)) + b, lambda dy: (a * dy * kept, ())


def _kept(x, params, rng, rate):
    """x as floating point, and which of its entries are kept."""
    arguments.parameters(params)
    arguments.finite(x=x)
    if not 0 <= rate < 1:
        raise ValueError(f"rate: got {rate}, want a probability of dropping, 0 <= rate < 1")
    return arguments.floating(x), rng.random(x.shape) >= rate
