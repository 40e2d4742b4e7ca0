"""Exercises of ch09/01_batch_normalization."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _sizes(rng):
    """Samples and units, never the same number."""
    return int(rng.integers(5, 8)), int(rng.integers(3, 5))


def _batch(rng, eps=None):
    n, d = _sizes(rng)
    s = rng.normal(size=d) + rng.normal(size=(n, d)) * np.exp(rng.normal(size=d))
    eps = float(rng.uniform(0.05, 0.5)) if eps is None else eps
    return s, rng.normal(size=d), rng.normal(size=d), eps


def _tiny_eps(rng):
    return _batch(rng, eps=1e-5)


def _a_constant_unit(rng):
    """A unit that says the same of every sample: only eps stands below the line."""
    s, gamma, beta, eps = _batch(rng)
    s[:, 1] = 1.5
    return s, gamma, beta, eps


def _one_sample(rng):
    s, gamma, beta, eps = _batch(rng)
    return s[:1], gamma, beta, eps


def _far_from_zero(rng):
    """So far that the mean of squares minus the square of the mean has no digits left."""
    s, gamma, beta, eps = _batch(rng)
    return s + 2.0**30, gamma, beta, eps


@exercise(
    "ch09.batch_normalization.forward",
    title="Batch norm, forward",
    points=3,
    sources="DLNN (10.4)-(10.8); GBC (8.41)-(8.43); MEDL (5.38)-(5.40)",
    arguments=_batch,
    hidden=[_tiny_eps, _a_constant_unit, _one_sample, _far_from_zero],
    hints=[
        "Every unit has a mean and a variance of its own, over the samples of the batch. Which axis is that?",
        "The variance is the mean of the squared distances from the mean: divided by n, eps under the root.",
        "Subtract the mean, divide by the root, then gamma times that plus beta, unit by unit.",
    ],
    by_hand=True,
)
def standardized_batch(s, gamma, beta, eps):
    """The output (n, d) of batch norm in training, for pre-activations s (n, d): rows are samples.

    gamma, beta (d,);  eps, a number that is added to the variance.  Mind a unit whose values lie
    far from 0.  By hand, with NumPy alone.
    """
    away = s - s.mean(axis=0)
    var = (away**2).mean(axis=0)
    return gamma * away / np.sqrt(var + eps) + beta


def _with(moments, s, gamma, beta):
    """The reference with another mean and another divisor."""
    mean, divisor = moments
    return gamma * (s - mean) / divisor + beta


def _one_pass_variance(s):
    return (s**2).mean(axis=0) - s.mean(axis=0) ** 2


for message, answer in {
    "mean and variance are those of a sample: a unit is compared with itself": lambda s, gamma, beta, eps: (
        _with((s.mean(axis=1, keepdims=True), np.sqrt(s.var(axis=1, keepdims=True) + eps)), s, gamma, beta)
    ),
    "all units share one mean and one variance: each has its own": lambda s, gamma, beta, eps: _with(
        (s.mean(), np.sqrt(s.var() + eps)), s, gamma, beta
    ),
    "the variance is divided by n - 1, like an estimate for other data: here it is that of this batch": (
        lambda s, gamma, beta, eps: _with(
            (s.mean(axis=0), np.sqrt(s.var(axis=0, ddof=1) + eps)), s, gamma, beta
        )
    ),
    "eps stands outside of the root: it belongs to the variance": lambda s, gamma, beta, eps: _with(
        (s.mean(axis=0), s.std(axis=0) + eps), s, gamma, beta
    ),
    "the root is taken twice: eps belongs to the variance, and a standard deviation is a root already": (
        lambda s, gamma, beta, eps: _with((s.mean(axis=0), np.sqrt(s.std(axis=0) + eps)), s, gamma, beta)
    ),
    "it divides by the variance: what has the unit of s is its root": lambda s, gamma, beta, eps: _with(
        (s.mean(axis=0), s.var(axis=0) + eps), s, gamma, beta
    ),
    "eps is left out: a unit that never changes divides by 0": lambda s, gamma, beta, eps: _with(
        (s.mean(axis=0), s.std(axis=0)), s, gamma, beta
    ),
    "gamma and beta have changed places: gamma multiplies": lambda s, gamma, beta, eps: standardized_batch(
        s, beta, gamma, eps
    ),
    "gamma is left out: the standardized s is stretched before beta is added": lambda s, gamma, beta, eps: (
        standardized_batch(s, np.ones_like(gamma), beta, eps)
    ),
    "gamma multiplies beta as well: beta is where the mean of the output is to be": (
        lambda s, gamma, beta, eps: standardized_batch(s, gamma, gamma * beta, eps)
    ),
    "the variance comes from the mean of squares minus the squared mean: far from 0 no digit is left": (
        lambda s, gamma, beta, eps: _with(
            (s.mean(axis=0), np.sqrt(_one_pass_variance(s) + eps)), s, gamma, beta
        )
    ),
    "the mean of squares minus the squared mean, kept from falling below 0, has no digits far from 0": (
        lambda s, gamma, beta, eps: _with(
            (s.mean(axis=0), np.sqrt(np.maximum(_one_pass_variance(s), 0) + eps)), s, gamma, beta
        )
    ),
}.items():
    mistake(standardized_batch, message)(answer)


def _on_the_way_back(rng, eps=None):
    s, gamma, _, eps = _batch(rng, eps)
    std = np.sqrt(s.var(axis=0) + eps)
    return rng.normal(size=s.shape), (s - s.mean(axis=0)) / std, std, gamma


def _eps_as_large_as_the_variance(rng):
    """The outputs have a variance far below 1."""
    return _on_the_way_back(rng, eps=2.0)


def _hardly_any_eps(rng):
    return _on_the_way_back(rng, eps=1e-8)


def _alone_in_the_batch(rng):
    dy, s_hat, std, gamma = _on_the_way_back(rng)
    return dy[:1], 0 * s_hat[:1], std, gamma


@exercise(
    "ch09.batch_normalization.backward",
    title="Batch norm, backward",
    points=4,
    sources="DLNN (10.12); MEDL (5.42)-(5.44)",
    arguments=_on_the_way_back,
    hidden=[_eps_as_large_as_the_variance, _hardly_any_eps, _alone_in_the_batch],
    hints=[
        "gamma and beta first: y = gamma s_hat + beta, and one gamma serves all samples. Then g = gamma dy.",
        "A change of s moves mean and std as well: ds is g, less what these two take back, over std.",
        "What the mean takes back is the mean of g; the std takes s_hat times the mean of g s_hat.",
    ],
    by_hand=True,
)
def batch_norm_pullback(dy, s_hat, std, gamma):
    """(ds, dgamma, dbeta) of y = gamma s_hat + beta, where s_hat = (s - mean) / std over the batch.

    dy = dR/dy (n, d);  s_hat (n, d);  std = sqrt(var + eps), gamma (d,).  Mean and std depend on s,
    too.  Returns arrays (n, d), (d,), (d,).  By hand, with NumPy alone.
    """
    g = gamma * dy
    ds = (g - g.mean(axis=0) - s_hat * (g * s_hat).mean(axis=0)) / std
    return ds, (dy * s_hat).sum(axis=0), dy.sum(axis=0)


def _ds(change):
    """The reference with ds = change(g, s_hat, std), where g = gamma dy."""

    def answer(dy, s_hat, std, gamma):
        return change(gamma * dy, s_hat, std), (dy * s_hat).sum(axis=0), dy.sum(axis=0)

    return answer


def _parameters(change):
    """The reference with dgamma, dbeta = change(dgamma, dbeta, gamma, n)."""

    def answer(dy, s_hat, std, gamma):
        ds, *parts = batch_norm_pullback(dy, s_hat, std, gamma)
        return ds, *change(*parts, gamma, len(dy))

    return answer


def _average(array):
    return array.mean(axis=0)


for message, answer in {
    "ds treats mean and std as constants: that is the layer at test time": _ds(lambda g, s, std: g / std),
    "ds leaves out what the std hands back: a sample far away stretches it": _ds(
        lambda g, s, std: (g - _average(g)) / std
    ),
    "ds leaves out what the mean hands back: pushing all samples moves no output": _ds(
        lambda g, s, std: (g - s * _average(g * s)) / std
    ),
    "ds is not divided by the std: the wider a unit varied, the less a change of s changes s_hat": _ds(
        lambda g, s, std: g - _average(g) - s * _average(g * s)
    ),
    "ds is divided by the variance: s_hat is s over one std, and s_hat itself has no unit": _ds(
        lambda g, s, std: (g - _average(g) - s * _average(g * s)) / std**2
    ),
    "in ds the std takes the same from every sample: one that lies far out moves it more": _ds(
        lambda g, s, std: (g - _average(g) - _average(g * s)) / std
    ),
    "ds adds what mean and std hand back: they take it away": _ds(
        lambda g, s, std: (g + _average(g) + s * _average(g * s)) / std
    ),
    "ds subtracts sums over the batch where means belong": _ds(
        lambda g, s, std: (g - g.sum(axis=0) - s * (g * s).sum(axis=0)) / std
    ),
    "ds is what a line of least squares leaves: that line divides by the mean square of s_hat, which is "
    "below 1 where eps counts": _ds(
        lambda g, s, std: (g - _average(g) - s * _average(g * s) / _average(s**2)) / std
    ),
    "ds is n times as large: means over the batch, or sums with one n": _ds(
        lambda g, s, std: len(g) * (g - _average(g) - s * _average(g * s)) / std
    ),
    "ds is divided by n - 1 in place of n: what mean and std hand back are means over the batch": _ds(
        lambda g, s, std: len(g) * (g - _average(g) - s * _average(g * s)) / std / (len(g) - 1)
    ),
    "gamma is missing in ds: what comes back goes through it first": lambda dy, s_hat, std, gamma: (
        batch_norm_pullback(dy, s_hat, std * gamma, gamma)
    ),
    "dgamma has gamma in it: y is gamma times s_hat, so its derivative by gamma has none": _parameters(
        lambda dgamma, dbeta, gamma, n: (gamma * dgamma, dbeta)
    ),
    "dgamma and dbeta have gamma in them: dy is what comes back to y, before gamma": _parameters(
        lambda dgamma, dbeta, gamma, n: (gamma * dgamma, gamma * dbeta)
    ),
    "dgamma and dbeta are means over the batch: the mean over samples is in dy already": _parameters(
        lambda dgamma, dbeta, gamma, n: (dgamma / n, dbeta / n)
    ),
    "dgamma and dbeta have changed places": _parameters(lambda dgamma, dbeta, gamma, n: (dbeta, dgamma)),
}.items():
    mistake(batch_norm_pullback, message)(answer)


def _stream(rng, batches=None, n=None):
    batches = int(rng.integers(3, 6)) if batches is None else batches
    n = int(rng.integers(6, 9)) if n is None else n
    d = int(rng.integers(2, 5))
    return 0.5 + rng.normal(size=(batches, n, d)) * np.exp(rng.normal(size=d)), float(rng.uniform(0.6, 0.95))


def _one_batch(rng):
    return _stream(rng, batches=1)


def _pairs_of_samples(rng):
    """Where n / (n - 1) is 2."""
    return _stream(rng, n=2)


def _short_memory(rng):
    return _stream(rng)[0], 0.25


@exercise(
    "ch09.batch_normalization.running",
    title="Running moments",
    points=3,
    sources="DLNN 10.1; GBC 8.7.1; MEDL 5.6",
    arguments=_stream,
    hidden=[_one_batch, _pairs_of_samples, _short_memory],
    hints=[
        "Two numbers for each unit, begun at 0 and 1. Each batch changes both: part old, part new.",
        "new = keep * old + (1 - keep) * that of the batch. Which variance does PyTorch put in there?",
        "The one divided by n - 1: NumPy's var has a ddof for that.",
    ],
    by_hand=True,
)
def running_moments(batches, keep):
    """(mean (d,), var (d,)) after `batches` (t, n, d), one after the other, as PyTorch keeps them.

    They begin with mean 0 and variance 1; a batch leaves the share `keep` of what was, and its own
    moments make up the rest.  The variance kept is the unbiased one.  By hand, with NumPy alone.
    """
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for s in batches:
        mean = keep * mean + (1 - keep) * s.mean(axis=0)
        var = keep * var + (1 - keep) * s.var(axis=0, ddof=1)
    return mean, var


def _kept(batches, keep, start=(0.0, 1.0), moments=lambda s: (s.mean(axis=0), s.var(axis=0, ddof=1))):
    """The reference with one of its parts replaced."""
    kept = [first * np.ones(batches.shape[2]) for first in start]
    for s in batches:
        kept = [keep * old + (1 - keep) * new for old, new in zip(kept, moments(s), strict=True)]
    return tuple(kept)


def _of_moments(moments):
    return lambda batches, keep: _kept(batches, keep, moments=moments)


def _from_the_first(batches, keep):
    first = batches[0]
    return _kept(batches[1:], keep, start=(first.mean(axis=0), first.var(axis=0, ddof=1)))


def _around_the_new_mean(batches, keep):
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for s in batches:
        mean = keep * mean + (1 - keep) * s.mean(axis=0)
        var = keep * var + (1 - keep) * ((s - mean) ** 2).sum(axis=0) / (len(s) - 1)
    return mean, var


def _squared_at_the_end(batches, keep):
    mean, std = _kept(batches, keep, moments=lambda s: (s.mean(axis=0), s.std(axis=0, ddof=1)))
    return mean, std**2


def _corrected(batches, keep):
    (mean, var), share = _kept(batches, keep), keep ** len(batches)
    return mean / (1 - share), (var - share) / (1 - share)


for message, answer in {
    "the variance is divided by n: what is kept is an estimate for the data, unbiased": _of_moments(
        lambda s: (s.mean(axis=0), s.var(axis=0))
    ),
    "it keeps standard deviations: the variance is what is averaged": _of_moments(
        lambda s: (s.mean(axis=0), s.std(axis=0, ddof=1))
    ),
    "it keeps standard deviations and squares them at the end: the variance is averaged": _squared_at_the_end,
    "all units share one mean: each has its own": _of_moments(lambda s: (s.mean(), s.var(axis=0, ddof=1))),
    "all units share one mean and one variance: each has its own": _of_moments(
        lambda s: (s.mean(), s.var(ddof=1))
    ),
    "the variance is taken around the running mean: a batch's own is around its own mean": (
        _around_the_new_mean
    ),
    "keep and 1 - keep have changed places: keep is the share of what was": (
        lambda batches, keep: _kept(batches, 1 - keep)
    ),
    "both begin at 0: the variance begins at 1": lambda batches, keep: _kept(batches, keep, start=(0.0, 0.0)),
    "it begins with the moments of the first batch: they begin at 0 and 1": _from_the_first,
    "all batches count alike: a moving average forgets": (
        lambda batches, keep: (batches.mean(axis=(0, 1)), batches.var(axis=1, ddof=1).mean(axis=0))
    ),
    "what was not yet there at the start is divided out: the start counts as a batch": _corrected,
}.items():
    mistake(running_moments, message)(answer)


def _trained_layer(rng, i=None, eps=None):
    j = int(rng.integers(3, 6))
    i = j + 1 if i is None else i
    W, b, gamma, beta, mean = rng.normal(size=(i, j)), *rng.normal(size=(4, i))
    return W, b, gamma, beta, mean, rng.uniform(0.3, 3, size=i), eps or float(rng.uniform(0.05, 0.5))


def _square(rng):
    """Rows and columns are equally many: a wrong axis fits."""
    W, *others = _trained_layer(rng, i=4)
    return rng.normal(size=(4, 4)), *others


def _small_eps(rng):
    return _trained_layer(rng, eps=1e-5)


def _one_unit(rng):
    return _trained_layer(rng, i=1)


@exercise(
    "ch09.batch_normalization.fold",
    title="Fold it away",
    points=3,
    sources="MEDL 5.6",
    arguments=_trained_layer,
    hidden=[_square, _small_eps, _one_unit],
    hints=[
        "At test time y = gamma (W x + b - mean) / std + beta. Multiply out, and collect what stands at x.",
        "Unit i multiplies all its weights by gamma_i / std_i: that is row i of W.",
        "What does not stand at x is the new bias: the same factor times b - mean, plus beta.",
    ],
    by_hand=True,
)
def folded_layer(W, b, gamma, beta, mean, var, eps):
    """(W, b) of the one linear layer that does what a linear layer and a frozen batch norm do.

    W (i, j), b (i,), of the linear layer;  gamma, beta, mean, var (i,), eps, of the norm behind it.
    By hand, with NumPy alone.
    """
    factor = gamma / np.sqrt(var + eps)
    return factor[:, None] * W, factor * (b - mean) + beta


def _bias(change):
    """The reference with the bias = change(factor, b, mean, beta)."""

    def answer(W, b, gamma, beta, mean, var, eps):
        factor = gamma / np.sqrt(var + eps)
        return factor[:, None] * W, change(factor, b, mean, beta)

    return answer


def _factor(change):
    """The reference with another factor = change(gamma, var, eps)."""

    def answer(W, b, gamma, beta, mean, var, eps):
        factor = change(gamma, var, eps)
        return factor[:, None] * W, factor * (b - mean) + beta

    return answer


for message, answer in {
    "the bias of the layer is left out: the norm subtracts the mean from W x + b": _bias(
        lambda factor, b, mean, beta: beta - factor * mean
    ),
    "the mean is left out: the norm takes it away": _bias(lambda factor, b, mean, beta: factor * b + beta),
    "the mean is added: the norm takes it away": _bias(
        lambda factor, b, mean, beta: factor * (b + mean) + beta
    ),
    "in the bias neither b nor the mean is scaled: both stand before the factor": _bias(
        lambda factor, b, mean, beta: b - mean + beta
    ),
    "the mean is not scaled: it is taken away before the factor multiplies": _bias(
        lambda factor, b, mean, beta: factor * b - mean + beta
    ),
    "b is not scaled: the factor multiplies all of W x + b": _bias(
        lambda factor, b, mean, beta: b - factor * mean + beta
    ),
    "beta is scaled as well: it is added behind the factor": _bias(
        lambda factor, b, mean, beta: factor * (b - mean + beta)
    ),
    "beta is left out": _bias(lambda factor, b, mean, beta: factor * (b - mean)),
    "gamma is left out: the norm multiplies with it": _factor(lambda gamma, var, eps: 1 / np.sqrt(var + eps)),
    "it divides by the variance: the norm divided by its root": _factor(
        lambda gamma, var, eps: gamma / (var + eps)
    ),
    "eps stands outside of the root: it was under the root in training": _factor(
        lambda gamma, var, eps: gamma / (np.sqrt(var) + eps)
    ),
    "eps is left out: it was under the root in training, too": _factor(
        lambda gamma, var, eps: gamma / np.sqrt(var)
    ),
}.items():
    mistake(folded_layer, message)(answer)
