"""Losses of outputs that are the parameters of a density: `risk, delta = loss(output, target)`.

The risk is the negative log of the density at the target.  The outputs are raw: each row holds the parameters
one after the other, and a target has d entries, (n, d), or one, (n,).  All else is as in `losses`.

GBC 6.2.2.4
"""

import math

import numpy as np

from dlnotes import arguments
from dlnotes.layers import sigmoid
from dlnotes.losses import reduced

LOG_2PI = math.log(2 * math.pi)


def heteroscedastic_gaussian(output, target, *, reduction="mean"):
    """-log N(target; mu, diag(beta)^-1), with a precision beta = softplus(raw) for each entry of a target.

    output (n, 2d): the means mu, then the raw precisions;  target (n, d) or (n,).      GBC 6.2.2.4 (6.34)

    Exact also where beta rounds to 0: log softplus(raw) is then raw.  PyTorch's `GaussianNLLLoss` takes the
    variance, averages over entries, and leaves out the constant d/2 log(2 pi) unless `full=True`.
    """
    output, y = _density(output, target)
    _width(output, 2 * y.shape[1], "a mean and a raw precision for each entry of a target")
    mu, raw = np.split(output, 2, axis=1)
    log_p, d_mu, d_raw = _log_normal(y, mu, raw)
    return reduced(-log_p.sum(), -np.hstack([d_mu, d_raw]), reduction)


def full_covariance_gaussian(output, target, *, reduction="mean"):
    """-log N(target; mu, Sigma) with Sigma = B B^T for any invertible square matrix B.      GBC 6.2.2.4

    output (n, d + d^2): the mean mu, then B row by row;  target (n, d) or (n,).

    With z = B^-1 (target - mu) it is ||z||^2 / 2 + log |det B| + d/2 log(2 pi).  It costs O(d^3) a sample.
    """
    output, y = _density(output, target)
    n, d = y.shape
    _width(output, d + d * d, "a mean of d entries and a d x d matrix B")
    mu, B = output[:, :d], output[:, d:].reshape(n, d, d)
    sign, log_det = np.linalg.slogdet(B)
    if not sign.all():
        raise ValueError(f"output: got a singular B in {(sign == 0).sum()} of {n} rows, want invertible ones")
    z = np.linalg.solve(B, (y - mu)[:, :, None])
    inverse_t = np.linalg.inv(B).swapaxes(1, 2)
    d_mu, d_B = -inverse_t @ z, inverse_t - inverse_t @ z @ z.swapaxes(1, 2)
    risk = 0.5 * np.vdot(z, z) + log_det.sum() + y.size * LOG_2PI / 2
    return reduced(risk, np.hstack([d_mu[:, :, 0], d_B.reshape(n, d * d)]), reduction)


def mixture_density(output, target, *, reduction="mean"):
    """-log sum_i g_i N(target; mu_i, diag(beta_i)^-1), the loss of a mixture density network.

    output (n, k + 2kd) for k components: k scores whose softmax are the gates g, then k means of d entries,
    then k d raw precisions, beta = softplus(raw);  target (n, d) or (n,).      GBC 6.2.2.4 (6.35)

    Every gradient of a component is weighted by its responsibility.  One component is a
    `heteroscedastic_gaussian`, with a score that nothing depends on.
    """
    output, y = _density(output, target)
    log_g, mu, raw = _mixture(output, y.shape[1])
    log_p, d_mu, d_raw = _log_normal(y[:, None], mu, raw)
    joint = log_g + log_p.sum(axis=2)  # log of gate times density, (n, k)
    log_sum = _logsumexp(joint)
    r = np.exp(joint - log_sum)
    weighted = [(-r[:, :, None] * part).reshape(len(y), -1) for part in (d_mu, d_raw)]
    return reduced(-log_sum.sum(), np.hstack([np.exp(log_g) - r, *weighted]), reduction)


def responsibilities(output, target):
    """The probability (n, k) of each component of a mixture density, given the target: rows sum to 1.

    output, target as in `mixture_density`.      GBC 6.2.2.4
    """
    output, y = _density(output, target)
    log_g, mu, raw = _mixture(output, y.shape[1])
    joint = log_g + _log_normal(y[:, None], mu, raw)[0].sum(axis=2)
    return np.exp(joint - _logsumexp(joint))


def mixture_parameters(output, *, d=1):
    """What an output of `mixture_density` says: gates (n, k), means (n, k, d) and precisions (n, k, d).

    d is the number of entries of a target.
    """
    arguments.counts(d=d)
    arguments.finite(output=output)
    arguments.shape("output", output, ("n", "k"))
    log_g, mu, raw = _mixture(arguments.floating(output), d)
    return np.exp(log_g), mu, np.logaddexp(raw, 0)


def _density(output, target):
    """Output (n, m) and target (n, d) of a density as floating point, in the dtype of the output."""
    arguments.finite(output=output, target=target)
    arguments.shape("output", output, ("n", "m"))
    arguments.shape("target", target, (len(output),) if target.ndim == 1 else (len(output), "d"))
    output = arguments.floating(output)
    return output, target.astype(output.dtype, copy=False).reshape(len(output), -1)


def _width(output, wanted, words):
    """Refuse outputs that do not have as many columns as the parameters of a density."""
    if output.shape[1] != wanted:
        raise ValueError(f"output: got shape {output.shape}, want ({len(output)}, {wanted}): {words}")


def _mixture(output, d):
    """Log gates (n, k), means (n, k, d) and raw precisions (n, k, d) of an output (n, k + 2 k d)."""
    n, width = output.shape
    k, rest = divmod(width, 1 + 2 * d)
    if rest or not k:
        each = f"a score, {d} of a mean and {d} raw precisions for each component"
        raise ValueError(f"output: got shape {output.shape}, want a multiple of {1 + 2 * d} columns: {each}")
    score, mu, raw = np.split(output, [k, k + k * d], axis=1)
    return score - _logsumexp(score), mu.reshape(n, k, d), raw.reshape(n, k, d)


def _log_normal(y, mu, raw):
    """log N(y; mu, 1 / beta) of each entry with beta = softplus(raw), and its derivatives by mu and raw."""
    beta, slope = np.logaddexp(raw, 0), sigmoid(raw)[0]
    tail = raw < -18  # where softplus(raw) is exp(raw) (1 - exp(raw) / 2) to all digits, and then 0
    e, inner = np.exp(np.minimum(raw, 0)), np.where(tail, 1, beta)
    log_beta = np.where(tail, raw - e / 2, np.log(inner))
    log_slope = np.where(tail, 1 - e / 2, slope / inner)
    error = y - mu
    log_p = 0.5 * (log_beta - beta * error**2 - LOG_2PI)
    return log_p, beta * error, 0.5 * (log_slope - slope * error**2)


def _logsumexp(s):
    """log sum_k exp(s_k) of each row, (n, 1), without overflow: GBC 4.1."""
    largest = s.max(axis=1, keepdims=True)
    return largest + np.log(np.exp(s - largest).sum(axis=1, keepdims=True))
