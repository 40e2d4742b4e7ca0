"""Softmax regression: a = softmax(W x) are the probabilities of the classes (DLNN 4.4)."""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.descent import descend, unbounded
from dlnotes.losses import cross_entropy


def softmax_regression(x, labels, *, lr, max_steps=1000, tolerance=1e-6):
    """Gradient descent on the summed cross-entropy: W <- W - lr (A - Y)^T X, from W = 0.

    x (n, d), labels (n,) integers 0 ... k - 1;  W (k, d), one row a class.      DLNN (4.54), (4.55)

    Answers and stops as `descend`, and says where the classes are separable: there no minimum exists.  Where
    one does it is not unique, though DLNN 4.4.3 says so: W + 1 c^T gives the same probabilities for every c,
    and descent from 0 ends at the W whose rows sum to 0.  The gradient is that of a sum over samples: for the
    mean take n times the `lr`.
    """
    arguments.finite(x=x, labels=labels)
    arguments.shape("x", x, ("n", "d"))
    arguments.class_labels("labels", labels, max(2, int(labels.max()) + 1))
    arguments.same_rows(x=x, labels=labels)
    x, classes = arguments.floating(x), int(labels.max()) + 1
    if classes == 1:
        raise ValueError("labels: got only 0, want at least two classes")

    def objective(W):
        risk, delta = cross_entropy(x @ W.T, labels, reduction="sum")  # delta = A - Y  (n, k)
        return risk, delta.T @ x

    fit = descend(
        objective, np.zeros((classes, x.shape[1]), x.dtype), lr=lr, max_steps=max_steps, tolerance=tolerance
    )
    return unbounded(fit) if _separates(fit.w, x, labels) else fit


def _separates(W, x, labels):
    """Whether the score of each sample's label is above those of all other classes."""
    s = x @ W.T
    rows = np.arange(len(x))
    own = s[rows, labels].copy()
    s[rows, labels] = -np.inf
    return bool(np.all(own > s.max(axis=1)))
