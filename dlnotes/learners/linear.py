"""Least squares: a = w^T x, S(w) = 1/2 ||X w - y||^2 (DLNN 4.1)."""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.descent import descend
from dlnotes.learners.fit import samples


def least_squares(x, y):
    """The w that minimizes ||X w - y||^2: (X^T X)^-1 X^T y, without an inverse.      DLNN (4.12); GBC (5.12)

    x (n, d), y (n,);  w (d,).  For y (n, k), k targets at once, W (k, d): its rows are the fits of the single
    targets, DLNN (4.17).  Where the columns of x are linearly dependent X^T X has no inverse and many w do
    equally well; the shortest of them is returned, X^+ y.
    """
    arguments.finite(x=x, y=y)
    arguments.shape("x", x, ("n", "d"))
    arguments.shape("y", y, ("n",) if y.ndim == 1 else ("n", "k"))
    arguments.same_rows(x=x, y=y)
    x = arguments.floating(x)
    return np.linalg.lstsq(x, y.astype(x.dtype))[0].T


def least_squares_descent(x, y, *, lr, max_steps=1000, tolerance=1e-6):
    """`least_squares` by gradient descent from w = 0: w <- w - lr X^T (X w - y).      DLNN (4.14); GBC (4.22)

    x (n, d), y (n,);  w (d,).  Answers and stops as `descend`.  Converges iff lr < 2 / lambda_max(X^T X), to
    the shortest of the minimizers.  The gradient is that of a sum over samples: for the mean take n times the
    `lr`.  (4.16) prints the row (X w - y)^T X; the column is right.
    """
    x, y = samples(x, y)

    def objective(w):
        residual = x @ w - y
        return 0.5 * residual @ residual, x.T @ residual  # (4.6), (4.13)

    fit = descend(objective, np.zeros(x.shape[1], x.dtype), lr=lr, max_steps=max_steps, tolerance=tolerance)
    if fit.converged:
        return fit
    norm = float(np.linalg.norm(x, 2))
    limit = 2 / norm / norm  # norm**2 could overflow
    side = "below" if lr < limit else "not below"
    return fit._replace(message=f"{fit.message}; lr = {lr:.3g} is {side} 2 / lambda_max = {limit:.3g}")
