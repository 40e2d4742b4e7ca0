"""Logistic regression: a = sigmoid(w^T x) is the probability of y = 1, y in {0, 1} (DLNN 4.3)."""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.descent import descend, state, unbounded
from dlnotes.learners.fit import Fit, counted, samples
from dlnotes.losses import binary_cross_entropy


def logistic_descent(x, y, *, lr, max_steps=1000, tolerance=1e-6):
    """Gradient descent on the summed cross-entropy from w = 0: w <- w - lr X^T (a - y).      DLNN (4.43)

    x (n, d), y (n,) in {0, 1};  w (d,).  Answers and stops as `descend`, and says where the classes are
    separable: there the minimum that DLNN 4.3.3 promises does not exist.  The gradient is that of a sum over
    samples: for the mean take n times the `lr`.  (4.43) prints the row (a - y)^T X; the column is right.
    """
    x, y = samples(x, y, (0, 1))

    def objective(w):
        risk, delta = binary_cross_entropy(x @ w, y, reduction="sum")  # (4.40); delta = a - y
        return risk, x.T @ delta  # (4.44)

    fit = descend(objective, np.zeros(x.shape[1], x.dtype), lr=lr, max_steps=max_steps, tolerance=tolerance)
    return unbounded(fit) if _separates(fit.w, x, y) else fit


def logistic_irls(x, y, *, ridge=0.0, max_steps=25):
    """Newton's method on the summed cross-entropy: w <- w - (X^T R X)^-1 X^T (a - y), from w = 0.

    x (n, d), y (n,) in {0, 1};  w (d,).      DLNN (4.45)-(4.48)

    R = diag(a (1 - a)) changes with w: each step is the least-squares fit to z = X w - R^-1 (a - y) with the
    weights R, hence the name, iteratively reweighted least squares.  `ridge` adds ridge/2 ||w||^2 to the
    objective, the bias included.  The history is that of `descend`.

    Converged once a step changes less than half the digits of w, for then the next one would change none.
    Otherwise the message says why: without ridge, separable classes have no minimum, and dependent columns
    of x make the Hessian X^T R X singular.  DLNN calls the minimum unique and the Hessian positive definite
    without either condition, and its brace in (4.48) calls H what is H^-1.
    """
    x, y = samples(x, y, (0, 1))
    arguments.counts(max_steps=max_steps)
    if not ridge >= 0:
        raise ValueError(f"ridge: got {ridge}, want a number >= 0")
    ridge, small = x.dtype.type(ridge), np.sqrt(np.finfo(x.dtype).eps)

    def objective(w):
        s = x @ w
        risk, delta = binary_cross_entropy(s, y, reduction="sum")
        r = np.exp(-np.logaddexp(0, s) - np.logaddexp(0, -s))  # a (1 - a), without the cancellation in 1 - a
        hessian = x.T @ (r[:, None] * x) + ridge * np.eye(len(w), dtype=x.dtype)  # (4.47)
        return risk + ridge / 2 * w @ w, x.T @ delta + ridge * w, hessian

    w, history = np.zeros(x.shape[1], x.dtype), []
    for step in range(max_steps + 1):
        risk, gradient, hessian = objective(w)
        history.append(state(step, w, risk, gradient))
        rank = np.linalg.matrix_rank(hessian, hermitian=True)
        if rank < len(w):
            why = f"the Hessian X^T R X has rank {rank} of {len(w)}: use ridge > 0, or fewer columns"
            break
        change = np.linalg.solve(hessian, gradient)
        if np.linalg.norm(change) <= small * (1 + np.linalg.norm(w)):
            return Fit(w, True, f"converged in {counted(step, 'step')}", history)
        why = f"the next step would still change w by {np.linalg.norm(change):.2g}"
        if step < max_steps:
            w = w - change
    fit = Fit(w, False, f"did not converge in {counted(step, 'step')}: {why}", history)
    return unbounded(fit) if ridge == 0 and _separates(w, x, y) else fit


def _separates(w, x, y):
    return bool(np.all((2 * y - 1) * (x @ w) > 0))
