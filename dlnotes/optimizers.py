"""Optimizers: `theta, state = rule(theta, grad, state)`, one step on the vector theta.

`state` is whatever a rule remembers, None before the first step.  `pack` turns parameters into theta and back.
"""

from itertools import accumulate

import numpy as np


def leaves(params):
    """The arrays of a nest of tuples and lists, in order."""
    if isinstance(params, np.ndarray):
        yield params
    elif isinstance(params, tuple | list):
        for branch in params:
            yield from leaves(branch)
    else:
        raise ValueError(f"params: got {type(params).__name__}, want arrays in tuples and lists")


def pack(params):
    """All the arrays of `params` as one vector theta, and the function that undoes it.

    theta is a copy; the arrays that `unpack(theta)` returns are views of the theta it is given.
    """
    arrays = list(leaves(params))
    theta = np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0)
    stops = list(accumulate(array.size for array in arrays))

    def unpack(vector):
        if vector.shape != theta.shape:
            raise ValueError(f"theta: got shape {vector.shape}, want {theta.shape}")
        pieces = (
            vector[stop - array.size : stop].reshape(array.shape)
            for array, stop in zip(arrays, stops, strict=True)
        )

        def rebuild(tree):
            return next(pieces) if isinstance(tree, np.ndarray) else type(tree)(map(rebuild, tree))

        return rebuild(params)

    return theta, unpack


def sgd(theta, grad, state=None, *, lr=0.1):
    """theta <- theta - lr g.      DLNN (4.64), (7.3), (7.33); GBC Algorithm 8.1"""
    return theta - lr * grad, state


def momentum(theta, grad, state=None, *, lr=0.1, beta=0.9):
    """v <- beta v + (1 - beta) g;  theta <- theta - lr v.      DLNN (7.14)

    PyTorch and GBC Algorithm 8.2 leave out the factor 1 - beta: the same steps come from
    `torch.optim.SGD(lr=lr * (1 - beta), momentum=beta)`.  In DLNN (7.22) that factor has the wrong sign.
    """
    v = (1 - beta) * grad if state is None else beta * state + (1 - beta) * grad
    return theta - lr * v, v


def adam(theta, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adaptive moments (Kingma & Ba 2015, Algorithm 1).      GBC Algorithm 8.7; EE147 Optimizing Gradient Descent

    As in PyTorch, eps stands outside the root.  DLNN (7.51) has no bias correction: its first step is 3.16 lr long in
    every coordinate, here it is lr.
    """
    m, v, t = (0.0, 0.0, 0) if state is None else state
    t = t + 1
    m = beta1 * m + (1 - beta1) * grad  # first moment
    v = beta2 * v + (1 - beta2) * grad**2  # second moment
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, t)


def newton(theta, grad, state=None, *, hessian):
    """theta <- theta - H^-1 g with H = hessian(theta).      DLNN (4.46); GBC (4.12), Algorithm 8.8; EE147

    One step solves a quadratic.  Where H is not positive definite the step may climb, or lead to a saddle.
    """
    H = hessian(theta)
    if H.shape != (theta.size, theta.size):
        raise ValueError(f"hessian: got shape {H.shape}, want ({theta.size}, {theta.size})")
    try:
        return theta - np.linalg.solve(H, grad), state
    except np.linalg.LinAlgError:
        raise ValueError("hessian: got a singular matrix, want an invertible one") from None


def scheduled(rule, lr):
    """`rule` with a learning rate that depends on the step: lr(t), t = 0, 1, ...      DLNN (7.42); GBC Algorithm 8.1"""

    def step(theta, grad, state=None):
        t, inner = (0, None) if state is None else state
        theta, inner = rule(
            theta, grad, inner, lr=float(lr(t))
        )  # a NumPy float64 would turn float32 into float64
        return theta, (t + 1, inner)

    return step
