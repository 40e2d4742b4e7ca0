"""Mean field theory: how the spread of pre-activations and deltas moves through wide random layers.

In a wide layer each pre-activation is a sum of many independent terms, so nearly normal.  Its second moment
is all that the next layer needs to know.  `activation` is a layer, as `layers.relu`;  q is the variance of
the pre-activations s, whose mean is 0;  gain = J sigma_w^2, fan-in times the variance of the weights, as
in `initialization.scaled`;  `gain(activation)` is the gain that keeps q = 1;  bias, the variance of biases.

quadrature, expectation              Gaussian integrals, to 1e-10
propagation, gain                    F_f and g_f of DLNN 9.3
forward, chi, backward               variances through the layers, there and back
edge_of_chaos                        where gradients neither vanish nor explode
predicted, measured, signals         both ways through a network: by theory, and in one that is drawn
moment_map                           means and variances together, as for SELU
"""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np

from dlnotes import arguments

REACH = 9  # standard deviations: what lies farther out weighs less than 1e-18
NODES = 20  # of Gauss-Legendre between two edges


def quadrature(mean=0.0, variance=1.0):
    """Nodes s and weights w, both (nodes,), such that w @ f(s) is E[f(S)] for S ~ N(mean, variance).

    Gauss-Legendre, on pieces no longer than a standard deviation and with edges at 0 and at 2^k, -2^k.  So it
    does not mind kinks there, nor that tanh at a large variance looks like a step.  Gauss-Hermite is exact
    for polynomials, but misses the mean of a ReLU by 2 % with 20 nodes.  An f with many waves in a standard
    deviation (`cosine` at a variance above 100) is too much for the nodes here.
    """
    if not 0 <= variance < math.inf:
        raise ValueError(f"variance: got {variance}, want a finite number >= 0")
    if variance == 0:
        return np.array([float(mean)]), np.ones(1)
    z, w = _standard(math.sqrt(variance), float(mean))
    return mean + math.sqrt(variance) * z, w.copy()


def expectation(f, mean=0.0, variance=1.0):
    """E[f(S)] of a function of arrays, S ~ N(mean, variance).      DLNN 9.3.1"""
    s, w = quadrature(mean, variance)
    return float(w @ f(s))


def gain(activation):
    """The gain factor g_f = 1 / E[f(Z)^2], Z ~ N(0, 1): weight variances g_f / J keep q = 1.      DLNN (9.13)

    It multiplies the variance: 2 for ReLU, 1 for SELU.  For tanh it is 2.5362, where DLNN takes 1 because
    tanh is nearly linear around 0.  PyTorch's `calculate_gain` multiplies the standard deviation: sqrt(2) for
    ReLU, 5/3 for tanh, and for SELU 3/4.
    """
    return 1 / propagation(activation, 1.0)


def propagation(activation, q, *, gain=1.0, bias=0.0):
    """F_f(q) = gain E[f(sqrt(q) Z)^2] + bias, the variance one layer on.      DLNN (9.11)

    q is a number or an array.
    """
    return gain * _each(q, lambda s: activation(s)[0] ** 2) + bias


def chi(activation, q, *, gain=1.0):
    """gain E[f'(sqrt(q) Z)^2], by which a layer multiplies the second moment of the deltas on the way back.

    Here gain = I sigma_w^2, with the fan-out I, DLNN (9.6); at equal widths it is that of the way forward.
    Gradients vanish with depth where chi is below 1 and explode above.      Poole et al. 2016
    """
    return gain * _each(q, lambda s: activation(s)[1](np.ones_like(s))[0] ** 2)


def forward(activation, moment, *, depth, gain=1.0, bias=0.0):
    """Variances q (depth,) of the pre-activations of each linear layer, from E[X^2] of the input.

    q_1 = gain E[X^2] + bias, then q_l = F_f(q_{l-1}); gain and bias are numbers or have one entry a layer.

    DLNN (9.8)-(9.10), which prints the same sigma_s on both sides; MEDL 5.5
    """
    arguments.counts(depth=depth)
    gains, biases = _per_layer("gain", gain, depth), _per_layer("bias", bias, depth)
    q = [gains[0] * moment + biases[0]]
    for factor, shift in zip(gains[1:], biases[1:], strict=True):
        q.append(propagation(activation, q[-1], gain=factor, bias=shift))
    return np.array(q)


def backward(activation, q, *, gain=1.0):
    """Second moments (depth,) of the deltas dR/ds of each linear layer, as parts of the last one's.

    q (depth,) as from `forward`;  gain = I sigma_w^2 of the layer above, a number or (depth - 1,) numbers.

    DLNN 9.2.2, (9.6).  It takes the weights of the way back as independent of those of the way forward.
    """
    q = np.asarray(q, float)
    arguments.shape("q", q, ("depth",))
    factors = chi(activation, q[:-1], gain=_per_layer("gain", gain, len(q) - 1))
    return np.append(factors[::-1].cumprod()[::-1], 1.0)


def edge_of_chaos(activation, q):
    """(gain, bias): q is a fixed point of `propagation`, and chi = 1 there.      Poole et al. 2016

    A number q gives one point, an array the curve.  In that paper's letters gain = sigma_w^2 and
    bias = sigma_b^2.  Where the bias is negative there is no such network.
    """
    for variance in np.ravel(q):
        arguments.positive(q=variance)
    critical = 1 / chi(activation, q)
    return critical, q - propagation(activation, q, gain=critical)


def moment_map(activation, mean, variance, *, omega=0.0, tau=1.0):
    """(mean, variance) of f(S), S ~ N(mean * omega, variance * tau): one layer on.      DLNN 10.4

    omega is the sum of the weights of a unit, tau the sum of their squares.
    """
    s, w = quadrature(mean * omega, variance * tau)
    a, _ = activation(s)
    center = w @ a
    return float(center), float(w @ (a - center) ** 2)


def predicted(activation, widths, variances, *, moment=1.0, bias=0.0):
    """Second moments (2, depth): of the pre-activations s in each layer, and of dR/ds as parts of the last.

    widths (depth + 1,), of the input and of each layer;  variances of the weights, a number or (depth,)
    numbers;  moment = E[X^2] of the input;  `forward` and `backward` with their factors.      DLNN 9.2, 9.3
    """
    below, above = np.array(widths[:-1]), np.array(widths[1:])
    q = forward(activation, moment, depth=len(below), gain=below * variances, bias=bias)
    return np.array([q, backward(activation, q, gain=(above * variances)[1:])])


def measured(rng, activation, widths, init, *, bias=0.0, n=200):
    """What `predicted` is about, in one random network: mean squares (2, depth) of s and of dR/ds.

    init, a scheme of `initialization`, with biases of variance `bias` added; n normal inputs of mean square
    1, and as many normal dR/ds in the last layer.
    """
    arguments.counts(n=n)
    params = []
    for fan_in, fan_out in pairwise(widths):
        W, b = init(rng, fan_in, fan_out)
        params.append((W, b + math.sqrt(bias) * rng.normal(size=fan_out)))
    x, delta = (rng.normal(size=(n, widths[end])) for end in (0, -1))
    return np.array([[np.mean(z**2) for z in each] for each in signals(activation, params, x, delta)])


def signals(activation, params, x, delta, *, back=None):
    """(s, deltas), lists of arrays (n, units): pre-activations and dR/ds in each linear layer, first to last.

    params [(W, b), ...] with `activation` between any two layers;  x (n, fan_in);  delta = dR/ds (n, fan_out)
    in the last layer;  back, other parameters to send deltas through, as the theory of the way back imagines.
    """
    s, pulls = [], []
    for W, b in params:
        s.append(x @ W.T + b)
        x, pull = activation(s[-1])
        pulls.append(pull)
    deltas = [delta]
    for (W, _), pull in zip((back or params)[:0:-1], pulls[-2::-1], strict=True):
        deltas.append(pull(deltas[-1] @ W)[0])
    return s, deltas[::-1]


def _per_layer(name, value, count):
    """A number for each layer, from one for all or from so many."""
    value = np.asarray(value, float)
    if value.ndim:
        arguments.shape(name, value, (count,))
    return np.broadcast_to(value, count)


def _each(q, f):
    """E[f(sqrt(q) Z)] for each entry of q, a number for a number."""
    moments = np.array([expectation(f, variance=variance) for variance in np.ravel(q).tolist()])
    return moments.item() if np.ndim(q) == 0 else moments.reshape(np.shape(q))


@lru_cache(maxsize=256)
def _standard(std, mean):
    """Nodes and weights for Z ~ N(0, 1), with edges where mean + std Z is 0 or 2^k or -2^k."""
    powers = 2.0 ** np.arange(-2, 2 + max(0, math.ceil(math.log2(abs(mean) + REACH * std))))
    edges = (np.concatenate([-powers, [0], powers]) - mean) / std
    edges = np.union1d(edges[np.abs(edges) < REACH], np.arange(-REACH, REACH + 1))
    center, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    x, w = _legendre(NODES)
    z = (center[:, None] + half[:, None] * x).ravel()
    w = (half[:, None] * w).ravel() * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return z, w


_legendre = lru_cache(np.polynomial.legendre.leggauss)
