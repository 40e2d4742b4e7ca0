"""Norms that look at other features: at some neighbors, or at all of them and their covariance."""

import math

import numpy as np

from dlnotes import arguments


def local_response_norm(x, params=(), *, size=5, alpha=1e-4, beta=0.75, k=2.0):
    """y = x / (k + alpha * sum of x^2 over `size` neighboring channels)^beta, place by place.

    Krizhevsky et al. 2012; EE147 AlexNet

    x (n, c, ...);  y as x.  The window is the channel itself, size // 2 channels before it and
    (size - 1) // 2 behind it, as far as there are any.  PyTorch divides alpha by size.
    """
    arguments.parameters(params)
    arguments.finite(x=x)
    arguments.counts(size=size)
    arguments.positive(k=k)
    if not (0 <= alpha < math.inf and math.isfinite(beta)):
        raise ValueError(f"alpha, beta: got {alpha}, {beta}, want finite numbers, alpha >= 0")
    if x.ndim < 2:
        raise ValueError(f"x: got shape {x.shape}, want (n, c, ...)")
    x, alpha, beta, k = arguments.floating(x), float(alpha), float(beta), float(k)
    columns = x.reshape(*x.shape[:2], -1)
    behind = np.subtract.outer(np.arange(x.shape[1]), np.arange(x.shape[1]))  # row - column
    window = ((behind <= size // 2) & (-behind <= (size - 1) // 2)).astype(x.dtype)
    base = k + alpha * (window @ (columns * columns))
    factor = base**-beta

    def back(dy):
        dy = dy.reshape(columns.shape)
        dbase = -beta * dy * columns * factor / base
        dx = dy * factor + 2 * alpha * columns * (window.T @ dbase)
        return dx.reshape(x.shape), ()

    return (columns * factor).reshape(x.shape), back


def zca_whiten(x, params=(), *, eps=1e-5):
    """y = U diag(l + eps)^(-1/2) U^T (x - mean) of each row: features uncorrelated, with variance 1.

    GBC 12.2.1.1; EE147 Normalization

    x (n, d);  y (n, d).  The covariance, divided by n as in `batch_norm`, is U diag(l) U^T.  Of all ways to
    make it I this one moves the data least.  The pullback goes through mean and covariance.
    """
    away, std, U = _principal_axes(x, params, eps)
    T = (U / std) @ U.T

    def back(dy):
        dT = U.T @ dy.T @ away @ U  # in the coordinates of the eigenvectors
        dC = -dT / (np.multiply.outer(std, std) * np.add.outer(std, std))
        return _through_covariance(dy @ T, dC, away, U), ()

    return away @ T.T, back


def pca_whiten(x, params=(), *, eps=1e-5):
    """y = diag(l + eps)^(-1/2) U^T (x - mean) of each row: features uncorrelated, with variance 1.

    GBC 12.2.1.1; EE147 Normalization

    x (n, d);  y (n, d), the first feature along the largest variance.  The covariance, divided by n as in
    `batch_norm`, is U diag(l) U^T, with signs such that the largest entry of each eigenvector is positive.

    The pullback goes through mean and covariance.  It has no value where eigenvalues meet: it leaves out
    what would be divided by their difference, 0.
    """
    away, std, U = _principal_axes(x, params, eps)
    T = U.T / std[:, None]

    def back(dy):
        dT = dy.T @ away @ U  # by rows of T, in the coordinates of the eigenvectors
        gaps = np.subtract.outer(std**2, std**2).T  # of column and row
        dC = np.divide(dT.T / std, gaps, out=np.zeros_like(T), where=gaps != 0)
        dC -= np.diag(np.diag(dT) / (2 * std**3))
        return _through_covariance(dy @ T, dC, away, U), ()

    return away @ T.T, back


def _principal_axes(x, params, eps):
    """x - mean (n, d); deviations (d,) along the axes of its covariance, largest first; these axes (d, d)."""
    arguments.parameters(params)
    arguments.finite(x=x)
    arguments.shape("x", x, ("n", "d"))
    if not 0 <= eps < math.inf:
        raise ValueError(f"eps: got {eps}, want a finite number >= 0")
    x = arguments.floating(x)
    away = x - x.mean(axis=0)
    variances, U = np.linalg.eigh(away.T @ away / len(x))
    variances, U = variances[::-1], U[:, ::-1]  # the largest first
    U = U * np.sign(np.take_along_axis(U, np.abs(U).argmax(axis=0)[None], axis=0))
    if variances[-1] <= variances[0] * len(U) * np.finfo(x.dtype).eps and eps == 0:
        raise ValueError("x: got a covariance that has no inverse, want more samples, or eps > 0")
    return away, np.sqrt(np.maximum(variances, 0) + float(eps)), U


def _through_covariance(daway, dC, away, U):
    """dx from the gradient by x - mean and, in the coordinates U, from that by the covariance of x."""
    daway = daway + away @ (U @ (dC + dC.T) @ U.T) / len(away)
    return daway - daway.mean(axis=0)
