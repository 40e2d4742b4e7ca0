"""Optimizers: `theta, state = rule(theta, grad, state)`, one step on the vector theta.

`state` is whatever a rule remembers, None before the first step.  `pack` makes parameters a vector,
and a vector parameters again.
"""

import math

import numpy as np

from dlnotes import arguments


def leaves(params):
    """The list of all arrays in a nest of tuples and lists, in order."""
    if arguments.is_array(params):
        return [params]
    if not isinstance(params, (tuple, list)):
        raise ValueError(f"params: got {type(params).__name__}, want arrays in tuples and lists")
    found = []
    for branch in params:
        if arguments.is_array(branch):
            found.append(branch)
        else:
            found += leaves(branch)
    return found


def vector(params):
    """All the arrays of `params` as one vector, a copy."""
    arrays = leaves(params)
    return np.concatenate(arrays, axis=None) if arrays else np.zeros(0)


def pack(params):
    """All the arrays of `params` as one vector theta, and the function that undoes it.

    theta is a copy; the arrays that `unpack(theta)` returns are views of the theta it is given.
    """
    theta, shapes = vector(params), [array.shape for array in leaves(params)]
    stops = np.cumsum([math.prod(shape) for shape in shapes], dtype=int).tolist()
    cuts = [(slice(*ends), shape) for *ends, shape in zip([0, *stops], stops, shapes, strict=False)]

    def unpack(vector):
        if vector.shape != theta.shape:
            raise ValueError(f"theta: got shape {vector.shape}, want {theta.shape}")
        views = [vector[cut] if len(shape) == 1 else vector[cut].reshape(shape) for cut, shape in cuts]
        return like(params, iter(views))

    return theta, unpack


def like(tree, entries):
    """The entries, an iterator, in a nest of tuples and lists like `tree`."""
    if not isinstance(tree, (tuple, list)):
        return next(entries)
    branches = [like(each, entries) if isinstance(each, (tuple, list)) else next(entries) for each in tree]
    return tree._make(branches) if hasattr(tree, "_make") else type(tree)(branches)  # _make: of a NamedTuple


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
    """Adaptive moments (Kingma & Ba 2015, Algorithm 1).      GBC Algorithm 8.7; EE147

    As in PyTorch, eps stands outside the root.  DLNN (7.51) has no bias correction: its first step is 3.16 lr
    long in every coordinate, this one is lr.
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
    arguments.shape("hessian", H, (theta.size, theta.size))
    try:
        return theta - np.linalg.solve(H, grad).astype(theta.dtype, copy=False), state
    except np.linalg.LinAlgError:
        raise ValueError("hessian: got a singular matrix, want an invertible one") from None


def scheduled(rule, lr):
    """`rule` with a learning rate that depends on the step: lr(t), t = 0, 1, ...      GBC Algorithm 8.1"""

    def step(theta, grad, state=None):
        t, inner = (0, None) if state is None else state
        rate = float(lr(t))  # a NumPy float64 would turn a float32 theta into float64
        theta, inner = rule(theta, grad, inner, lr=rate)
        return theta, (t + 1, inner)

    return step
