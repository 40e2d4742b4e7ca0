"""Normalized weights: layers whose input is a weight matrix; `reparametrized` puts them to work."""

import numpy as np

from dlnotes import arguments


def weight_norm(v, params):
    """W = g v / ||v||, each row with a length of its own: direction and size apart.      DLNN (10.16)

    v (i, ...), the kernels of a convolution, say;  g (i,);  W as v.

    The gradients are dg = dW . v / ||v|| and dv = g / ||v|| (dW - (dW . v / ||v||) v / ||v||), which is
    orthogonal to v.  The second line of DLNN (10.17) multiplies by 1 - v_i^2 / ||v||^2 entry by
    entry instead, which is wrong in every component.
    """
    (g,) = arguments.parameters(params, "g")
    arguments.finite(v=v, g=g)
    if v.ndim < 2:
        raise ValueError(f"v: got shape {v.shape}, want (i, ...), a row for each unit")
    arguments.shape("g", g, v.shape[:1])
    v, g = arguments.floating(v), arguments.floating(g)
    rows = v.reshape(len(v), -1)
    length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    if not length.all():
        raise ValueError("v: got a row of zeros, want a direction in each row")
    direction, g = rows / length, g.reshape(-1, 1)

    def back(dW):
        dW = dW.reshape(rows.shape)
        dg = (dW * direction).sum(axis=1, keepdims=True)
        dv = g / length * (dW - dg * direction)
        return dv.reshape(v.shape), (dg.reshape(-1),)

    return (g * direction).reshape(v.shape), back


def spectral_norm(W, params=(), *, start=None, most=10_000):
    """W / sigma, sigma the largest singular value of W, by power iteration.      Miyato et al. 2018

    W (i, ...), read as a matrix with one row for each unit;  the result as W.

    From `start` (i,), u <- W v / ||W v|| with v = W^T u / ||W^T u|| is repeated until u stays as it is, or
    `most` times.  Then sigma = u^T W v and dsigma/dW = u v^T, exactly.  PyTorch takes one iteration for each
    call, and its gradient treats u and v as constants, which is exact only where they have converged.
    """
    arguments.parameters(params)
    arguments.finite(W=W)
    if W.ndim < 2:
        raise ValueError(f"W: got shape {W.shape}, want (i, ...), a row for each unit")
    W = arguments.floating(W)
    if not W.any():
        raise ValueError("W: got zeros alone, want some other entry")
    if start is not None:
        arguments.finite(start=start)
        arguments.shape("start", start, W.shape[:1])
    A = W.reshape(len(W), -1)
    u, v = _leading(A, np.cos(np.arange(1.0, len(A) + 1)) if start is None else start, most)
    sigma = u @ A @ v

    def back(dy):
        dy = dy.reshape(A.shape)
        along = (dy * A).sum() / sigma
        return ((dy - along * np.outer(u, v)) / sigma).reshape(W.shape), ()

    return W / sigma, back


def _leading(A, u, most):
    """The pair of singular vectors of the largest singular value, by power iteration from `u`."""
    u = (u / np.linalg.norm(u)).astype(A.dtype)
    for _ in range(most):
        v = u @ A
        v /= np.linalg.norm(v)
        last, u = u, A @ v
        u /= np.linalg.norm(u)
        if np.linalg.norm(u - last) <= 4 * np.finfo(A.dtype).eps:
            break
    return u, v


def reparametrized(layer, norm):
    """`layer` with weights that `norm` makes of others: params ((v, *params of norm), b).

    reparametrized(linear, weight_norm)(x, ((v, g), b)) is linear(x, (W, b)) with W = weight_norm(v, (g,)),
    and its gradients are those by v, g and b: one more use of the chain rule.
    """

    def network(x, params):
        own, b = arguments.parameters(params, "weights", "b")
        if not isinstance(own, (tuple, list)) or not own:
            raise ValueError(f"params: got {type(own).__name__} in the first place, want (v, ...)")
        W, norm_back = norm(own[0], tuple(own[1:]))
        y, layer_back = layer(x, (W, b))

        def back(dy):
            dx, (dW, db) = layer_back(dy)
            dv, grads = norm_back(dW)
            return dx, ((dv, *grads), db)

        return y, back

    return network
