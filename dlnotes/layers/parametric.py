"""Units that are more than an activation behind `linear`, because they have parameters of their own."""

import numpy as np

from dlnotes import arguments


def prelu(s, params):
    """Activation a = s where s > 0, else alpha * s: a `leaky_relu` that learns its slope.

    GBC 6.3.1; EE147 Nonlinear Activation Functions; MEDL 5.3

    s (n, c, ...);  alpha () or (1,), one slope for all, or (c,), one for each feature or channel.

    As in PyTorch the derivative by s is alpha at s = 0.  The one by alpha is min(s, 0).
    """
    (alpha,) = arguments.parameters(params, "alpha")
    arguments.finite(s=s, alpha=alpha)
    if alpha.size > 1 or alpha.ndim > 1:
        arguments.shape("alpha", alpha, s.shape[1:2])
    s, alpha = map(arguments.floating, (s, alpha))
    slope = alpha if alpha.size == 1 else alpha.reshape(-1, *(1,) * (s.ndim - 2))
    below = np.minimum(s, 0)

    def back(da):
        others = None if alpha.size == 1 else (0, *range(2, s.ndim))  # the axes that share a slope
        dalpha = (da * below).sum(axis=others, keepdims=True).reshape(alpha.shape)
        return np.where(s > 0, da, slope * da), (dalpha,)

    return np.where(s > 0, s, slope * below), back


def maxout(x, params):
    """Activation a = max_k (W_k x + b_k): each unit has k affine pieces, and the largest counts.

    GBC (6.37); EE147 Nonlinear Activation Functions

    x (n, j);  W (i, k, j), b (i, k);  a (n, i).

    Unit i owns the rows W[i]: in `W.reshape(-1, j)` they are neighbors, as the group G(i) of GBC (6.37) wants
    them.  Where several pieces are largest, the first of them gets the gradient.
    """
    W, b = arguments.parameters(params, "W", "b")
    arguments.numbers(x=x, W=W, b=b)
    arguments.shape("W", W, ("i", "k", "j"))
    arguments.shape("x", x, ("n", W.shape[2]))
    arguments.shape("b", b, W.shape[:2])
    x, W, b = map(arguments.floating, (x, W, b))
    rows = W.reshape(-1, W.shape[2])
    s = (x @ rows.T).reshape(-1, *b.shape) + b  # (n, i, k)
    winner = s.argmax(axis=2, keepdims=True)

    def back(da):
        ds = (np.arange(s.shape[2]) == winner) * da[..., None]
        flat = ds.reshape(len(ds), -1)
        return flat @ rows, ((flat.T @ x).reshape(W.shape), ds.sum(axis=0))

    return np.take_along_axis(s, winner, axis=2)[..., 0], back


def rbf(x, params):
    """Activation a = exp(-||W_i - x||^2 / sigma_i^2) of units with a template W_i each.      GBC 6.3.3

    x (n, j);  W (i, j), sigma (i,), not 0;  a (n, i), 1 at the template.

    There is no factor 1/2: these are not Gaussians of standard deviation sigma.
    """
    W, sigma = arguments.parameters(params, "W", "sigma")
    arguments.finite(x=x, W=W, sigma=sigma)
    arguments.shape("W", W, ("i", "j"))
    arguments.shape("x", x, ("n", W.shape[1]))
    arguments.shape("sigma", sigma, W.shape[:1])
    if not sigma.all():
        raise ValueError("sigma: got 0, want widths other than 0")
    x, W, sigma = map(arguments.floating, (x, W, sigma))
    with np.errstate(over="ignore"):  # so far away that a is 0
        away = (x[:, None] - W) / sigma[:, None]  # in widths, (n, i, j)
        distance = np.einsum("nij,nij->ni", away, away)
    a = np.exp(-distance)
    near = a > 0
    away, distance = np.where(near[..., None], away, 0), np.where(near, distance, 0)  # 0 * inf is no number

    def back(da):
        ddistance = -da * a
        pull = 2 * ddistance / sigma
        dsigma = -2 * (ddistance * distance).sum(axis=0) / sigma
        return np.einsum("ni,nij->nj", pull, away), (-np.einsum("ni,nij->ij", pull, away), dsigma)

    return a, back
