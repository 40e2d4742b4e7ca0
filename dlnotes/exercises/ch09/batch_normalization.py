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

    gamma, beta (d,);  eps, a number that is added to the variance.  By hand, with NumPy alone.
    """
    away = s - s.mean(axis=0)
    var = (away**2).mean(axis=0)
    return gamma * away / np.sqrt(var + eps) + beta


@mistake(standardized_batch, "mean and variance are those of a sample: a unit is compared with itself")
def _over_units(s, gamma, beta, eps):
    away = s - s.mean(axis=1, keepdims=True)
    return gamma * away / np.sqrt((away**2).mean(axis=1, keepdims=True) + eps) + beta


@mistake(standardized_batch, "all units share one mean and one variance: each has its own")
def _over_everything(s, gamma, beta, eps):
    return gamma * (s - s.mean()) / np.sqrt(s.var() + eps) + beta


@mistake(
    standardized_batch,
    "the units share one variance, the squared distance of whole vectors: it is one for each unit",
)
def _vector_variance(s, gamma, beta, eps):
    away = s - s.mean(axis=0)
    return gamma * away / np.sqrt((away**2).sum(axis=1).mean() + eps) + beta


@mistake(
    standardized_batch, "the variance is divided by n - 1: the batch is standardized by the one divided by n"
)
def _unbiased(s, gamma, beta, eps):
    n = len(s)
    var = s.var(axis=0) * n / max(n - 1, 1)
    return gamma * (s - s.mean(axis=0)) / np.sqrt(var + eps) + beta


@mistake(standardized_batch, "eps stands outside of the root: it belongs to the variance")
def _eps_outside(s, gamma, beta, eps):
    return gamma * (s - s.mean(axis=0)) / (s.std(axis=0) + eps) + beta


@mistake(standardized_batch, "it divides by the variance: what has the unit of s is its root")
def _no_root(s, gamma, beta, eps):
    return gamma * (s - s.mean(axis=0)) / (s.var(axis=0) + eps) + beta


@mistake(standardized_batch, "eps is left out: a unit that never changes divides by 0")
def _no_eps(s, gamma, beta, eps):
    std = s.std(axis=0)
    return gamma * (s - s.mean(axis=0)) / np.where(std > 0, std, 1) + beta


@mistake(standardized_batch, "gamma and beta have changed places: gamma multiplies")
def _exchanged(s, gamma, beta, eps):
    return standardized_batch(s, beta, gamma, eps)


@mistake(
    standardized_batch,
    "the variance comes from the mean of squares minus the squared mean: far from 0 no digit of that is left",
)
def _one_pass(s, gamma, beta, eps):
    mean = s.mean(axis=0)
    var = np.maximum((s**2).mean(axis=0) - mean**2, 0)
    return gamma * (s - mean) / np.sqrt(var + eps) + beta


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


def _parts(dy, s_hat):
    return (dy * s_hat).sum(axis=0), dy.sum(axis=0)


@mistake(batch_norm_pullback, "ds treats mean and std as constants: that is the layer at test time")
def _constants(dy, s_hat, std, gamma):
    return gamma * dy / std, *_parts(dy, s_hat)


@mistake(batch_norm_pullback, "ds leaves out what the std hands back: a sample far away stretches it")
def _std_constant(dy, s_hat, std, gamma):
    g = gamma * dy
    return (g - g.mean(axis=0)) / std, *_parts(dy, s_hat)


@mistake(batch_norm_pullback, "ds leaves out what the mean hands back: pushing all samples moves no output")
def _mean_constant(dy, s_hat, std, gamma):
    g = gamma * dy
    return (g - s_hat * (g * s_hat).mean(axis=0)) / std, *_parts(dy, s_hat)


@mistake(batch_norm_pullback, "gamma is missing in ds: what comes back goes through it first")
def _no_gamma(dy, s_hat, std, gamma):
    return batch_norm_pullback(dy, s_hat, std, np.ones_like(gamma))[0], *_parts(dy, s_hat)


@mistake(batch_norm_pullback, "ds subtracts sums over the batch where means belong")
def _sums(dy, s_hat, std, gamma):
    g = gamma * dy
    return (g - g.sum(axis=0) - s_hat * (g * s_hat).sum(axis=0)) / std, *_parts(dy, s_hat)


@mistake(
    batch_norm_pullback,
    "ds is the residual of a straight line, which is right for eps = 0 alone: the mean square of s_hat is "
    "below 1 where eps counts",
)
def _residual(dy, s_hat, std, gamma):
    g = gamma * dy
    square = np.maximum((s_hat**2).mean(axis=0), 1e-30)
    return (g - g.mean(axis=0) - s_hat * (g * s_hat).mean(axis=0) / square) / std, *_parts(dy, s_hat)


@mistake(
    batch_norm_pullback,
    "dgamma and dbeta are means over the batch: the mean over samples is in dy already",
)
def _means_of_parameters(dy, s_hat, std, gamma):
    return batch_norm_pullback(dy, s_hat, std, gamma)[0], *(part / len(dy) for part in _parts(dy, s_hat))


@mistake(batch_norm_pullback, "dgamma and dbeta have changed places")
def _parameters_exchanged(dy, s_hat, std, gamma):
    return batch_norm_pullback(dy, s_hat, std, gamma)[0], *_parts(dy, s_hat)[::-1]


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


@mistake(running_moments, "the variance is divided by n: what is kept is an estimate for the data, unbiased")
def _biased(batches, keep):
    return _kept(batches, keep, moments=lambda s: (s.mean(axis=0), s.var(axis=0)))


@mistake(running_moments, "keep and 1 - keep have changed places: keep is the share of what was")
def _shares_exchanged(batches, keep):
    return _kept(batches, 1 - keep)


@mistake(running_moments, "both begin at 0: the variance begins at 1")
def _from_zero(batches, keep):
    return _kept(batches, keep, start=(0.0, 0.0))


@mistake(running_moments, "it begins with the moments of the first batch: they begin at 0 and 1")
def _from_the_first(batches, keep):
    first = batches[0]
    return _kept(batches[1:], keep, start=(first.mean(axis=0), first.var(axis=0, ddof=1)))


@mistake(running_moments, "all batches count alike: a moving average forgets")
def _plain_average(batches, keep):
    return batches.mean(axis=(0, 1)), batches.var(axis=1, ddof=1).mean(axis=0)


@mistake(
    running_moments, "it keeps standard deviations and squares them at the end: the variance is averaged"
)
def _of_deviations(batches, keep):
    mean, std = _kept(batches, keep, moments=lambda s: (s.mean(axis=0), s.std(axis=0, ddof=1)))
    return mean, std**2


@mistake(running_moments, "what was not yet there at the start is divided out: the start counts as a batch")
def _corrected(batches, keep):
    mean, var = _kept(batches, keep)
    share = keep ** len(batches)
    return mean / (1 - share), (var - share) / (1 - share)


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


def _folded(factor, W, b, mean, beta):
    return factor[:, None] * W, factor * (b - mean) + beta


@mistake(folded_layer, "the bias of the layer is left out: the norm subtracts the mean from W x + b")
def _bias_left_out(W, b, gamma, beta, mean, var, eps):
    return folded_layer(W, 0 * b, gamma, beta, mean, var, eps)


@mistake(folded_layer, "the bias is taken over as it is: b - mean is scaled like the weights")
def _bias_not_scaled(W, b, gamma, beta, mean, var, eps):
    return folded_layer(W, b, gamma, beta, mean, var, eps)[0], b - mean + beta


@mistake(folded_layer, "the mean is added: the norm takes it away")
def _mean_added(W, b, gamma, beta, mean, var, eps):
    return folded_layer(W, b, gamma, beta, -mean, var, eps)


@mistake(folded_layer, "beta is scaled as well: it is added behind the factor")
def _beta_scaled(W, b, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    return factor[:, None] * W, factor * (b - mean + beta)


@mistake(folded_layer, "it divides by the variance: the norm divided by its root")
def _variance(W, b, gamma, beta, mean, var, eps):
    return _folded(gamma / (var + eps), W, b, mean, beta)


@mistake(folded_layer, "eps is left out: it was under the root in training, too")
def _eps_left_out(W, b, gamma, beta, mean, var, eps):
    return folded_layer(W, b, gamma, beta, mean, var, 0)
