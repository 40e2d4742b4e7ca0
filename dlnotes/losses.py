"""Losses: `risk, delta = loss(output, target)`.

`risk` is the empirical risk, a float, and `delta` = dR/doutput, of the shape and dtype of the output, starts the
backward pass.  Rows are samples.  Losses average over samples unless `reduction="sum"`: DLNN sums in 4.1-4.4, (4.6),
(4.21), (4.40), (4.54), and averages from (4.63) on.  All but the squared error take pre-activations s, so that sigmoid
and softmax never round to 0 or 1, and stay exact at |s| = 1e4.

A loss with one output per sample takes s (n,) or (n, 1) and targets (n,) or (n, 1); delta has the shape of s.
Wrong shapes, targets out of range, empty arrays, NaN and infinities raise a `ValueError` that names the argument.
"""

import numpy as np

from dlnotes import arguments
from dlnotes.layers import sigmoid


def squared_error(output, target, *, reduction="mean", half=True):
    """1/2 ||output - target||^2 for each sample.      DLNN (4.5), (4.6); GBC (6.1) and EE147 without the half

    output (n,), (n, k) or (n, ...), target alike.  `half=False` leaves the factor 1/2 out, as DLNN does in 5.1.
    PyTorch's `mse_loss` has no half, and its mean is over all entries, not over samples.
    """
    output, target = _alike("output", output, target)
    error = output - target
    factor = 0.5 if half else 1.0
    return _reduce(factor * (error**2).reshape(len(error), -1).sum(axis=1), 2 * factor * error, reduction)


def binary_cross_entropy(s, target, *, reduction="mean"):
    """-log of the probability that sigmoid(s) gives to the target, 0 or 1.

    s (n,) or (n, 1).      DLNN (4.38)-(4.41); GBC (6.24)-(6.26); Strang VII.4 (1)

    The risk is softplus((1 - 2y) s), which equals softplus(s) - y s.  EE147 prints delta = sigmoid(s) - 1, the case
    y = 1 of sigmoid(s) - y.
    """
    s, y = _two_classes(s, target, (0, 1))
    a, _ = sigmoid(s)
    return _reduce(np.logaddexp(0, (1 - 2 * y) * s), a - y, reduction)


def cross_entropy(s, target, *, reduction="mean"):
    """-log softmax(s) at the target class.

    s (n, k), k >= 2;  target (n,) integers, or (n, k) rows of probabilities such as `one_hot`.
    DLNN (4.53)-(4.55), (4.69); GBC (6.30); EE147 Softmax Classifier; MEDL (5.20)
    """
    log_p = log_softmax(s)
    arguments.numbers(target=target)
    delta = np.exp(log_p)
    if target.ndim == 2:
        y = _probabilities(target, s.shape).astype(delta.dtype, copy=False)
        return _reduce(-(y * log_p).sum(axis=1), delta - y, reduction)
    rows = _rows(target, s)
    delta[rows, target] -= 1  # delta = p - e_target
    return _reduce(-log_p[rows, target], delta, reduction)


def perceptron_loss(s, y, *, reduction="mean"):
    """max(0, -y s) of targets y in {-1, 1}.      DLNN (4.20)-(4.22)

    s (n,) or (n, 1) is w^T x, where (4.20) could be read as its sign.  At s = 0 the loss is 0 and any slope between 0
    and -y a subgradient; -y it is here, so that descent can leave w = 0, where the printed rule stands still.
    """
    s, y = _two_classes(s, y, (-1, 1))
    margin = y * s
    return _reduce(np.maximum(0, -margin), -y * (margin <= 0), reduction)


def hinge(s, y, *, reduction="mean"):
    """max(0, 1 - y s) of targets y in {-1, 1}.      EE147 Support Vector Machine; Strang VII.5 (1)

    s (n,) or (n, 1).  At y s = 1 the subgradient 0 is taken.  The loss is zero from y s >= 1 on, not, as Strang says,
    on the correct side.
    """
    s, y = _two_classes(s, y, (-1, 1))
    margin = y * s
    return _reduce(np.maximum(0, 1 - margin), -y * (margin < 1), reduction)


def multiclass_hinge(s, labels, *, reduction="mean"):
    """Sum over the wrong classes k of max(0, 1 + s_k - s_label).      EE147 Support Vector Machine

    s (n, k), k >= 2;  labels (n,) integers.  PyTorch's `multi_margin_loss` divides by the number of classes as well.
    """
    arguments.finite(s=s)
    _classes(s)
    rows = _rows(labels, s)
    excess = 1 + s - s[rows, labels][:, None]
    excess[rows, labels] = 0  # the target class is not compared with itself
    delta = (excess > 0).astype(excess.dtype)
    delta[rows, labels] = -delta.sum(axis=1)
    return _reduce(np.maximum(excess, 0).sum(axis=1), delta, reduction)


def log_softmax(s):
    """log softmax(s) of each row: s (n, k), k >= 2.      GBC (6.30); MEDL 5.3

    Subtracting the largest entry first keeps it finite and exact where softmax rounds to 0.
    """
    arguments.finite(s=s)
    _classes(s)
    shifted = s - s.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def one_hot(labels, classes):
    """Rows e_label: labels (n,) integers in 0 ... classes - 1;  y (n, classes).      DLNN 4.4.1"""
    arguments.numbers(labels=labels)
    arguments.class_labels("labels", labels, classes)
    return np.eye(classes)[labels]


def accuracy(output, target):
    """The share of samples that are classified as in `target`.

    output (n, k), k >= 2: the class with the largest output, against target (n,) integers or (n, k) one-hot rows;
    output (n,) or (n, 1): output > 0 against target > 0, which fits targets {0, 1} and {-1, 1}.
    """
    arguments.numbers(output=output, target=target)
    if output.ndim == 2 and output.shape[1] > 1:
        if target.ndim == 2:
            target = _probabilities(target, output.shape).argmax(axis=1)
        _rows(target, output)
        return float((output.argmax(axis=1) == target).mean())
    output, target = _alike("output", output, target)
    return float(((output > 0) == (target > 0)).mean())


def _reduce(risks, delta, reduction):
    """Mean or sum of the samples' risks, and delta to match."""
    if reduction == "mean":
        return float(risks.sum() / len(risks)), delta / len(risks)
    if reduction == "sum":
        return float(risks.sum()), delta
    raise ValueError(f'reduction: got {reduction!r}, want "mean" or "sum"')


def _alike(name, output, target):
    """Output and target in one shape and one floating dtype, both the output's; (n,) and (n, 1) are alike."""
    arguments.finite(**{name: output, "target": target})
    column = {output.shape[:1], (*output.shape[:1], 1)}
    if target.shape != output.shape and not {target.shape, output.shape} <= column:
        raise ValueError(f"target: got shape {target.shape}, want {output.shape}, the shape of {name}")
    dtype = np.result_type(output, 1.0)  # integers become float64
    return output.astype(dtype, copy=False), target.reshape(output.shape).astype(dtype, copy=False)


def _two_classes(s, target, values):
    """`_alike` for one output per sample and targets in `values`."""
    s, target = _alike("s", s, target)
    if s.shape not in {(len(s),), (len(s), 1)}:
        raise ValueError(f"s: got shape {s.shape}, want (n,) or (n, 1)")
    arguments.one_of("target", target, values)
    return s, target


def _classes(s):
    """Refuse anything but two or more columns: one column is a constant under softmax."""
    if s.ndim != 2 or s.shape[1] < 2:
        raise ValueError(f"s: got shape {s.shape}, want (n, k) with k >= 2")


def _rows(labels, s):
    """The row indices 0 ... n - 1 that go with `labels`, after checking these."""
    arguments.numbers(labels=labels)
    arguments.class_labels("labels", labels, s.shape[1])
    arguments.same_rows(s=s, labels=labels)
    return np.arange(len(s))


def _probabilities(target, shape):
    """Refuse anything but rows of probabilities in the shape of the output."""
    arguments.shape("target", target, shape)
    if target.min() < 0 or np.abs(target.sum(axis=1) - 1).max() > 1e-4:
        raise ValueError(
            "target: got rows that are no probabilities, want entries >= 0 that sum to 1 in each row"
        )
    return target
