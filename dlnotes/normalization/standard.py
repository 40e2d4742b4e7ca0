"""One formula over different axes: the entries along them get mean 0 and variance 1; then scale and shift.

x (n, d) or (n, c, h, w)         the entries that share a mean and a variance
batch_norm                       of one feature or channel c, in all samples and places
layer_norm                       of one sample n
instance_norm                    of one channel in one sample
group_norm                       of a group of channels in one sample
rms_norm                         of one sample; the mean is left where it is

The variance is the biased one, divided by the number of entries, and eps is added to it under the root.
"""

import math

import numpy as np

from dlnotes import arguments


def standardize(x, params=(), *, axes, eps=1e-5, center=True, track=None):
    """x_hat = (x - mean) / sqrt(var + eps), mean and variance those of the entries along `axes`.

    DLNN (10.4)-(10.6); GBC (8.41)-(8.43); MEDL (5.38), (5.39); Strang VII.4; EE147 Normalization

    x_hat has the shape of x.  With `center=False` nothing is subtracted, and var is the mean of x^2.
    `track` (RunningMoments) hears of each mean and variance.

    The pullback takes what the mean and the variance contribute into account.  The six formulas of DLNN
    (10.12), or MEDL (5.43), (5.44), add up to the one line below.
    """
    arguments.parameters(params)
    arguments.finite(x=x)
    if not 0 <= eps < math.inf:
        raise ValueError(f"eps: got {eps}, want a finite number >= 0")
    x = arguments.floating(x)
    mean = x.mean(axis=axes, keepdims=True) if center else 0.0
    away = x - mean
    var = (away * away).mean(axis=axes, keepdims=True)
    std = np.sqrt(var + float(eps))
    if eps == 0 and not std.all():
        raise ValueError("x: got entries that are all the same, want some that differ, or eps > 0")
    x_hat = away / std
    if track is not None:
        track.update(mean.ravel(), var.ravel(), x.size // var.size)

    def back(dx_hat):
        along = (dx_hat * x_hat).mean(axis=axes, keepdims=True)
        shift = dx_hat.mean(axis=axes, keepdims=True) if center else 0.0
        return (dx_hat - shift - x_hat * along) / std, ()

    return x_hat, back


def batch_norm(x, params, *, track=None, eps=1e-5):
    """Each feature or channel standardized over the batch, times gamma, plus beta.      Ioffe & Szegedy 2015

    DLNN (10.4)-(10.7), backward (10.12); GBC (8.41)-(8.43); MEDL (5.38)-(5.40), backward (5.42)-(5.44)

    x (n, c, ...), so (n, d) or images (n, c, h, w);  gamma (c,), beta (c,);  y as x.  `track`,
    RunningMoments, remembers mean and variance for `frozen_norm`, which takes its place at test time.

    With one entry for each feature, one sample of (n, d), y is beta whatever x is; PyTorch refuses that.
    """
    gamma, beta = channels(x, params)
    others = (0, *range(2, x.ndim))  # all axes but the channels'
    x_hat, x_back = standardize(x, axes=others, eps=eps, track=track)
    return scale_and_shift(x_hat, x_back, gamma, beta, axes=others)


def batch_norm_by_parts(dy, s, gamma, eps=1e-5):
    """The way back through `batch_norm` as DLNN (10.12) prints it, formula by formula.

    dy = dR/dy (n, d), pre-activations s (n, d), gamma (d,).  Returns dR/ds (n, d), dR/dgamma (d,), dR/dbeta
    (d,), and the part (d,) of dR/dmean that comes through the variance, which is 0.  The pullback of
    `standardize` has it in one line.
    """
    n, away = len(s), s - s.mean(axis=0)
    std = np.sqrt((away**2).mean(axis=0) + eps)
    ds_hat = dy * gamma
    dvar = (ds_hat * away).sum(axis=0) * -0.5 * std**-3
    through_var = dvar * (-2 * away).mean(axis=0)
    dmean = -(ds_hat / std).sum(axis=0) + through_var
    ds = ds_hat / std + dvar * 2 * away / n + dmean / n
    return ds, (dy * away / std).sum(axis=0), dy.sum(axis=0), through_var


def layer_norm(x, params, *, eps=1e-5):
    """Each sample standardized over its own entries, times gamma, plus beta.      DLNN (10.13)-(10.15)

    x (n, ..., d);  gamma (d,), beta (d,);  y as x.  The entries along the axes of gamma share a mean and a
    variance: a whole row of (n, d); one row of (n, time, d); a whole image where gamma has shape (c, h, w).
    PyTorch does the same.  DLNN (10.15) has no eps, and divides by 0 where a sample is constant.
    """
    gamma, beta, own = _trailing(x, params, "gamma", "beta")
    x_hat, x_back = standardize(x, axes=own, eps=eps)
    return scale_and_shift(x_hat, x_back, gamma, beta, axes=tuple(range(own[0])))


def rms_norm(x, params, *, eps=1e-5):
    """Each sample divided by the root of its mean square, times gamma.      Zhang & Sennrich 2019

    x (n, ..., d);  gamma (d,);  y as x.  A `layer_norm` without mean and shift; axes as there.
    """
    gamma, own = _trailing(x, params, "gamma")
    x_hat, x_back = standardize(x, axes=own, eps=eps, center=False)
    return scale_and_shift(x_hat, x_back, gamma, axes=tuple(range(own[0])))


def instance_norm(x, params, *, eps=1e-5):
    """Each channel of each sample standardized over its places.      Ulyanov et al. 2016

    x (n, c, ...) with at least one axis of places;  gamma (c,), beta (c,);  y as x.
    """
    gamma, beta = channels(x, params)
    if x.ndim < 3:
        raise ValueError(f"x: got shape {x.shape}, want (n, c, ...) with at least one more axis")
    places = tuple(range(2, x.ndim))
    x_hat, x_back = standardize(x, axes=places, eps=eps)
    return scale_and_shift(x_hat, x_back, gamma, beta, axes=(0, *places))


def group_norm(x, params, *, groups, eps=1e-5):
    """Each group of neighboring channels of each sample standardized.      Wu & He 2018

    x (n, c, ...);  gamma (c,), beta (c,);  y as x.  One group: a whole sample; c groups: `instance_norm`.
    """
    gamma, beta = channels(x, params)
    arguments.counts(groups=groups)
    if x.shape[1] % groups:
        raise ValueError(f"x: got {x.shape[1]} channels, want a multiple of groups = {groups}")
    grouped_hat, grouped_back = standardize(x.reshape(len(x), groups, -1), axes=(2,), eps=eps)

    def x_back(dx_hat):
        dx, _ = grouped_back(dx_hat.reshape(grouped_hat.shape))
        return dx.reshape(x.shape), ()

    others = (0, *range(2, x.ndim))
    return scale_and_shift(grouped_hat.reshape(x.shape), x_back, gamma, beta, axes=others)


def scale_and_shift(x_hat, x_back, gamma, beta=None, *, axes):
    """y = gamma x_hat + beta behind a layer that gave x_hat and x_back.      DLNN (10.7); MEDL (5.40), (5.42)

    Along `axes` the same gamma and beta serve all entries: there the gradients are summed.
    """
    aligned = tuple(1 if axis in axes else size for axis, size in enumerate(x_hat.shape))
    scale = gamma.reshape(aligned)
    y = scale * x_hat

    def back(dy):
        dx, _ = x_back(dy * scale)
        dgamma = (dy * x_hat).sum(axis=axes)
        return dx, (dgamma,) if beta is None else (dgamma, dy.sum(axis=axes))

    return y if beta is None else y + beta.reshape(aligned), back


def neutral(*shape):
    """gamma = 1 and beta = 0, which change nothing: where training begins.      MEDL 5.6"""
    arguments.counts(**{f"shape[{axis}]": size for axis, size in enumerate(shape)})
    return np.ones(shape), np.zeros(shape)


def channels(x, params):
    """gamma (c,) and beta (c,) for x (n, c, ...), as floating point."""
    gamma, beta = arguments.parameters(params, "gamma", "beta")
    arguments.finite(x=x, gamma=gamma, beta=beta)
    if x.ndim < 2:
        raise ValueError(f"x: got shape {x.shape}, want (n, c, ...)")
    for name, param in (("gamma", gamma), ("beta", beta)):
        arguments.shape(name, param, (x.shape[1],))
    return arguments.floating(gamma), arguments.floating(beta)


def _trailing(x, params, *names):
    """The params, as floating point, and the last axes of x, which gamma has, counted from the first one."""
    params = arguments.parameters(params, *names)
    arguments.finite(x=x, **dict(zip(names, params, strict=True)))
    if x.ndim < 2:
        raise ValueError(f"x: got shape {x.shape}, want (n, ..., d)")
    first = x.ndim - min(max(params[0].ndim, 1), x.ndim - 1)
    for name, param in zip(names, params, strict=True):
        arguments.shape(name, param, x.shape[first:])
    return *map(arguments.floating, params), tuple(range(first, x.ndim))
