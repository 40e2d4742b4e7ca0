"""Losses: `risk, delta = loss(output, target)`.

`risk` is the empirical risk, a float; `delta` = dR/doutput, of the output's shape and dtype, starts the
backward pass.  Rows are samples.  Losses average over samples unless `reduction="sum"`: DLNN sums in 4.1-4.4,
as in (4.6), (4.21), (4.40) and (4.54), and averages from (4.63) on.  All but the squared error take
pre-activations s: their sigmoid or softmax is inside, where it cannot round to 0 or 1, and the risk is exact
at |s| = 1e4.

A loss with one output per sample takes s (n,) or (n, 1) and targets (n,) or (n, 1).  Wrong shapes, targets
out of range, empty arrays, NaN and infinities raise a `ValueError` that names the argument.

The last three are the negative log of a density whose parameters are the outputs, raw: each row of the output
holds the parameters one after the other, and a target has d entries, (n, d), or one, (n,).
"""

import math

import numpy as np

from dlnotes import arguments
from dlnotes.layers import sigmoid

LOG_2PI = math.log(2 * math.pi)


def squared_error(output, target, *, reduction="mean", half=True):
    """1/2 ||output - target||^2 of each sample.      DLNN (4.5), (4.6); GBC (5.4), (6.1); EE147; MEDL (5.27)

    output (n,), (n, k) or (n, ...);  target alike.  `half=False` leaves out the 1/2, as GBC and DLNN 5.1
    do.  PyTorch's `mse_loss` has no 1/2 and averages over entries, not over samples.
    """
    output, target = _alike(output=output, target=target)
    error = output - target
    scale = 1 if half else 2
    return _reduce(scale * 0.5 * (error**2).sum(), scale * error, reduction)


def binary_cross_entropy(s, target, *, reduction="mean"):
    """-log of the probability that sigmoid(s) gives to the target, 0 or 1.

    s (n,) or (n, 1).      DLNN (4.38)-(4.41); GBC (6.24)-(6.26); Strang VII.4 (1)

    The risk is softplus(s) - y s, which for y = 0 or 1 is softplus((1 - 2y) s).  EE147 prints delta =
    sigmoid(s) - 1: that is the case y = 1 of sigmoid(s) - y.
    """
    s, y = _two_classes((0, 1), s=s, target=target)
    a, _ = sigmoid(s)
    return _reduce(np.logaddexp(0, (1 - 2 * y) * s).sum(), a - y, reduction)


def cross_entropy(s, target, *, reduction="mean"):
    """-log softmax(s) of the target class.

    s (n, k), k >= 2;  target (n,) integers, or (n, k) rows of probabilities such as `one_hot` makes.
    DLNN (4.53)-(4.55), (4.69); GBC (6.30); EE147 Softmax Classifier; MEDL (5.20)
    """
    s = _scores(s)
    y = _probabilities(target, s)
    shifted = s - np.maximum.reduce(s, 1, keepdims=True)  # as in `log_softmax`, but faster than s.max
    e = np.exp(shifted)
    total = np.add.reduce(e, 1, keepdims=True)
    risk = np.add.reduce(np.log(total), None) - np.vdot(y, shifted)
    return _reduce(risk, e / total - y, reduction)


def perceptron_loss(s, y, *, reduction="mean"):
    """max(0, -y s) for targets y in {-1, 1}.      DLNN (4.20)-(4.22)

    s (n,) or (n, 1).  The "prediction" of (4.20) must be s = w^T x, not its sign.  At s = 0, where any
    slope between 0 and -y will do, delta is -y: so descent leaves w = 0, as the printed rule never does.
    """
    s, y = _two_classes((-1, 1), s=s, y=y)
    margin = y * s
    return _reduce(np.maximum(-margin, 0).sum(), np.where(margin <= 0, -y, 0), reduction)


def hinge(s, y, *, reduction="mean"):
    """max(0, 1 - y s) for targets y in {-1, 1}.      EE147 Support Vector Machine; Strang VII.5 (1)

    s (n,) or (n, 1).  At y s = 1 the subgradient is 0.  The loss is 0 from y s >= 1 on, not, as Strang's text
    has it, on all of the correct side.
    """
    s, y = _two_classes((-1, 1), s=s, y=y)
    margin = y * s
    return _reduce(np.maximum(1 - margin, 0).sum(), np.where(margin < 1, -y, 0), reduction)


def multiclass_hinge(s, labels, *, reduction="mean"):
    """Sum over the wrong classes k of max(0, 1 + s_k - s_label).      EE147 Support Vector Machine

    s (n, k), k >= 2;  labels (n,) integers.  PyTorch's `multi_margin_loss` divides by k as well.
    """
    s = _scores(s)
    arguments.numbers(labels=labels)
    y = _indicators("labels", labels, *s.shape, s.dtype)
    target_score = (y * s).sum(axis=1, keepdims=True)
    excess = (1 - y) * np.maximum(1 + (s - target_score), 0)
    wrong = (excess > 0).astype(s.dtype)
    return _reduce(excess.sum(), wrong - y * wrong.sum(axis=1, keepdims=True), reduction)


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
    return _reduce(-log_p.sum(), -np.hstack([d_mu, d_raw]), reduction)


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
    return _reduce(risk, np.hstack([d_mu[:, :, 0], d_B.reshape(n, d * d)]), reduction)


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
    return _reduce(-log_sum.sum(), np.hstack([np.exp(log_g) - r, *weighted]), reduction)


def responsibilities(output, target):
    """The probability (n, k) of each component of a mixture density, given the target: rows sum to 1.

    output, target as in `mixture_density`.      GBC 6.2.2.4
    """
    output, y = _density(output, target)
    log_g, mu, raw = _mixture(output, y.shape[1])
    joint = log_g + _log_normal(y[:, None], mu, raw)[0].sum(axis=2)
    return np.exp(joint - _logsumexp(joint))


def mixture_parameters(output, d=1):
    """What an output of `mixture_density` says: gates (n, k), means (n, k, d) and precisions (n, k, d)."""
    arguments.finite(output=output)
    arguments.shape("output", output, ("n", "k"))
    log_g, mu, raw = _mixture(arguments.floating(output), d)
    return np.exp(log_g), mu, np.logaddexp(raw, 0)


def log_softmax(s):
    """log softmax(s) of each row: s (n, k), k >= 2;  log_p (n, k).      GBC (6.30)

    Exact also where softmax rounds to 0 or 1: the largest entry is subtracted before exp can overflow.
    """
    s = _scores(s)
    shifted = s - s.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def one_hot(labels, classes):
    """Rows e_label: labels (n,) integers in 0 ... classes - 1;  y (n, classes).      DLNN 4.4.1"""
    arguments.numbers(labels=labels)
    arguments.counts(classes=classes)
    return _indicators("labels", labels, "n", classes, float)


def accuracy(output, target):
    """The share of samples whose predicted class is the target's.

    output (n, k), k >= 2: predicted is the class with the largest output;  target (n,) integers or (n, k) as
    in `cross_entropy`.  output (n,) or (n, 1): predicted is output > 0;  target > 0 is, in {0, 1} or {-1, 1}.
    Infinite outputs are refused, as by the losses.
    """
    arguments.finite(output=output)
    if output.ndim > 2:
        raise ValueError(f"output: got shape {output.shape}, want (n,) or (n, k)")
    if output.ndim == 2 and output.shape[1] > 1:
        target = _probabilities(target, output)
        return float((output.argmax(axis=1) == target.argmax(axis=1)).mean())
    output, target = _alike(output=output, target=target)
    return float(((output > 0) == (target > 0)).mean())


def _reduce(total, delta, reduction):
    """The total risk of the samples and its gradient, or their mean."""
    if reduction == "mean":
        return arguments.number(total) / len(delta), delta / len(delta)
    if reduction == "sum":
        return arguments.number(total), delta
    raise ValueError(f'reduction: got {reduction!r}, want "mean" or "sum"')


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


def _alike(**arrays):
    """Output and target as floating point in the output's shape; only (n,) and (n, 1) count as one."""
    arguments.finite(**arrays)
    (name, output), (target_name, target) = arrays.items()
    arguments.rows(**{name: output})
    column = {(len(output),), (len(output), 1)}
    if target.shape != output.shape and not {target.shape, output.shape} <= column:
        raise ValueError(f"{target_name}: got shape {target.shape}, want {output.shape}, the shape of {name}")
    output = arguments.floating(output)
    return output, target.astype(output.dtype, copy=False).reshape(output.shape)


def _two_classes(values, **arrays):
    """`_alike` for one output per sample, and targets among two values."""
    s, y = _alike(**arrays)
    name, target_name = arrays
    if s.size != len(s) or s.ndim > 2:
        raise ValueError(f"{name}: got shape {s.shape}, want (n,) or (n, 1)")
    arguments.one_of(target_name, y, values)
    return s, y


def _scores(s):
    """The outputs of two or more classes as floating point."""
    arguments.finite(s=s)
    if s.ndim != 2 or s.shape[1] < 2:
        raise ValueError(f"s: got shape {s.shape}, want (n, k) with k >= 2")
    return arguments.floating(s)


def _probabilities(target, s):
    """The target of outputs s (n, k) as rows of probabilities, in the dtype of s."""
    if getattr(target, "ndim", 1) < 2:
        return _indicators("target", target, *s.shape, s.dtype)
    arguments.numbers(target=target)
    arguments.shape("target", target, s.shape)
    if target.min() < 0 or np.abs(target.sum(axis=1) - 1).max() > 1e-4:
        raise ValueError("target: got rows that are no probabilities, want entries >= 0 that sum to 1")
    return target.astype(s.dtype, copy=False)


def _indicators(name, labels, count, classes, dtype):
    """`count` labels as one-hot rows."""
    arguments.class_labels(name, labels, classes, count)
    y = np.zeros((len(labels), classes), dtype)
    y[np.arange(len(labels)), labels] = 1
    return y
