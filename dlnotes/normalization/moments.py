"""Batch norm after training: moments that were remembered take the place of those of the batch."""

import math
from dataclasses import dataclass

import numpy as np

from dlnotes import arguments
from dlnotes.normalization.standard import channels, scale_and_shift


@dataclass(eq=False)
class RunningMoments:
    """Moving averages of the mean and the variance that a `batch_norm` meets: its memory between batches.

    mean, var (c,), numbers before the first batch.  Each batch changes them to keep * old + (1 - keep) * new:
    PyTorch's momentum is 1 - keep.  Its running variance is that of the unbiased estimates, m / (m - 1) times
    the biased one of a batch with m entries for each feature, though the batch itself is standardized by the
    biased one; `unbiased=False` averages the biased ones, as DLNN 10.1, GBC 8.7.1 and MEDL 5.6 read.

    This is the one thing in the package that changes while others compute: `dataclasses.replace(moments)`
    keeps what it is now.
    """

    mean: np.ndarray | float = 0.0
    var: np.ndarray | float = 1.0
    keep: float = 0.9
    unbiased: bool = True

    def __post_init__(self):
        if not 0 <= self.keep <= 1:
            raise ValueError(f"keep: got {self.keep}, want a number from 0 to 1")

    def update(self, mean, var, count):
        """Take in the mean and the biased variance of a batch with `count` entries for each feature."""
        if self.unbiased:
            if count < 2:
                raise ValueError("track: got 1 entry for each feature, want 2 or more, or unbiased=False")
            var = var * (count / (count - 1))
        keep = float(self.keep)
        self.mean = keep * self.mean + (1 - keep) * mean
        self.var = keep * self.var + (1 - keep) * var


def frozen_norm(x, params, *, moments, eps=1e-5):
    """`batch_norm` at test time: `moments`, RunningMoments say, are constants.      MEDL (5.41); DLNN 10.1

    x (n, c, ...);  gamma (c,), beta (c,);  y as x.  Each sample is on its own, and the layer is affine.
    """
    gamma, beta = channels(x, params)
    x = arguments.floating(x)
    mean, std = _mean_and_std(moments, x.shape[1], eps, x.dtype)
    others = (0, *range(2, x.ndim))
    aligned = (-1, *(1,) * (x.ndim - 2))
    mean, std = mean.reshape(aligned), std.reshape(aligned)
    return scale_and_shift((x - mean) / std, lambda dx_hat: (dx_hat / std, ()), gamma, beta, axes=others)


def fold(params, norm, moments, *, eps=1e-5):
    """W, b of one layer that does what `frozen_norm` does behind `linear` or `conv2d`.      MEDL 5.6

    params (W (i, ...), b (i,)) of the layer, norm (gamma (i,), beta (i,)) of the norm behind it:
    W <- gamma / sqrt(var + eps) W, row by row, and b <- gamma / sqrt(var + eps) (b - mean) + beta.
    """
    W, b = arguments.parameters(params, "W", "b")
    arguments.finite(W=W, b=b)
    arguments.shape("b", b, W.shape[:1])
    gamma, beta = channels(b[None], norm)
    W, b = arguments.floating(W), arguments.floating(b)
    mean, std = _mean_and_std(moments, len(b), eps, b.dtype)
    factor = gamma / std
    return factor.reshape(-1, *(1,) * (W.ndim - 1)) * W, factor * (b - mean) + beta


def _mean_and_std(moments, count, eps, dtype):
    """What stored moments say of each of `count` channels."""
    if not 0 <= eps < math.inf:
        raise ValueError(f"eps: got {eps}, want a finite number >= 0")
    both = []
    for name, moment in (("moments.mean", moments.mean), ("moments.var", moments.var)):
        moment = np.asarray(moment, dtype)
        if moment.ndim:
            arguments.shape(name, moment, (count,))
        both.append(np.broadcast_to(moment, (count,)))
    mean, var = both
    if not (var + eps > 0).all():
        raise ValueError(f"moments.var: got {var.min():.3g} with eps {eps:.3g}, want var + eps > 0")
    return mean, np.sqrt(var + float(eps))
