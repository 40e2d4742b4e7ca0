"""Losses: `risk, delta = loss(output, target)`.

`risk` is the empirical risk, a float; `delta` = dR/doutput, of the output's shape and dtype, starts the
backward pass.  Rows are samples.  Losses average over samples unless `reduction="sum"`: DLNN sums in 4.1-4.4,
as in (4.6), (4.21), (4.40) and (4.54), and averages from (4.63) on.  All but the squared error take
pre-activations s: their sigmoid or softmax is inside, where it cannot round to 0 or 1, and the risk is exact
at |s| = 1e4.

A loss with one output per sample takes s (n,) or (n, 1) and targets (n,) or (n, 1).  Wrong shapes, targets
out of range, empty arrays, NaN and infinities raise a `ValueError` that names the argument.

Losses whose outputs are the parameters of a density are in `densities`.
"""

import numpy as np

from dlnotes import arguments
from dlnotes.layers import sigmoid


def squared_error(output, target, *, reduction="mean", half=True):
    """1/2 ||output - target||^2 of each sample.      DLNN (4.5), (4.6); GBC (5.4), (6.1); EE147; MEDL (5.27)

    output (n,), (n, k) or (n, ...);  target alike.  `half=False` leaves out the 1/2, as GBC and DLNN 5.1
    do.  PyTorch's `mse_loss` has no 1/2 and averages over entries, not over samples.
    """
    output, target = _alike(output=output, target=target)
    error = output - target
    scale = 1 if half else 2
    return reduced(scale * 0.5 * (error**2).sum(), scale * error, reduction)


def binary_cross_entropy(s, target, *, reduction="mean"):
    """-log of the probability that sigmoid(s) gives to the target, 0 or 1.

    s (n,) or (n, 1).      DLNN (4.38)-(4.41); GBC (6.24)-(6.26); Strang VII.4 (1)

    The risk is softplus(s) - y s, which for y = 0 or 1 is softplus((1 - 2y) s).  EE147 prints delta =
    sigmoid(s) - 1: that is the case y = 1 of sigmoid(s) - y.
    """
    s, y = _two_classes((0, 1), s=s, target=target)
    a, _ = sigmoid(s)
    return reduced(np.logaddexp(0, (1 - 2 * y) * s).sum(), a - y, reduction)


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
    return reduced(risk, e / total - y, reduction)


def perceptron_loss(s, y, *, reduction="mean"):
    """max(0, -y s) for targets y in {-1, 1}.      DLNN (4.20)-(4.22)

    s (n,) or (n, 1).  The "prediction" of (4.20) must be s = w^T x, not its sign.  At s = 0, where any
    slope between 0 and -y will do, delta is -y: so descent leaves w = 0, as the printed rule never does.
    """
    s, y = _two_classes((-1, 1), s=s, y=y)
    margin = y * s
    return reduced(np.maximum(-margin, 0).sum(), np.where(margin <= 0, -y, 0), reduction)


def hinge(s, y, *, reduction="mean"):
    """max(0, 1 - y s) for targets y in {-1, 1}.      EE147 Support Vector Machine; Strang VII.5 (1)

    s (n,) or (n, 1).  At y s = 1 the subgradient is 0.  The loss is 0 from y s >= 1 on, not, as Strang's text
    has it, on all of the correct side.
    """
    s, y = _two_classes((-1, 1), s=s, y=y)
    margin = y * s
    return reduced(np.maximum(1 - margin, 0).sum(), np.where(margin < 1, -y, 0), reduction)


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
    return reduced(excess.sum(), wrong - y * wrong.sum(axis=1, keepdims=True), reduction)


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


def reduced(total, delta, reduction):
    """The total risk of the samples and its gradient, or their mean."""
    if reduction == "mean":
        return arguments.number(total) / len(delta), delta / len(delta)
    if reduction == "sum":
        return arguments.number(total), delta
    raise ValueError(f'reduction: got {reduction!r}, want "mean" or "sum"')


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
