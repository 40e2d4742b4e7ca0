"""What functions are made of: elementary operations with their local derivatives, once for both modes.

`PARTIALS` has the elementwise ones; the rest are layers, `y, back = matmul(x, (b,))`, and can be checked like
any layer.  GBC 6.5.6 calls the pullback of an operation its bprop rule, (6.54).
"""

import math

import numpy as np

from dlnotes import arguments


def _lowered(b):
    """The exponent b - 1, but 1 where b is 0: a^0 has the derivative 0, also at a = 0."""
    return b - 1 if np.all(np.not_equal(b, 0)) else np.where(np.equal(b, 0), 1, b - 1)


def _off_zero(a):
    """The base a, but 1 where it is 0: 0^b does not change with b."""
    return a if np.all(np.not_equal(a, 0)) else np.where(np.equal(a, 0), 1, a)


# For each input slot of a ufunc, dy/dinput as a function of the output y and all inputs.  Written in
# operations of this table, so that the derivative can be differentiated again.
PARTIALS = {
    np.add: (lambda y, a, b: 1, lambda y, a, b: 1),
    np.subtract: (lambda y, a, b: 1, lambda y, a, b: -1),
    np.multiply: (lambda y, a, b: b, lambda y, a, b: a),
    np.divide: (lambda y, a, b: 1 / b, lambda y, a, b: -y / b),
    np.power: (lambda y, a, b: b * a ** _lowered(b), lambda y, a, b: y * np.log(_off_zero(a))),
    np.maximum: (lambda y, a, b: np.heaviside(a - b, 0.5), lambda y, a, b: np.heaviside(b - a, 0.5)),
    np.minimum: (lambda y, a, b: np.heaviside(b - a, 0.5), lambda y, a, b: np.heaviside(a - b, 0.5)),
    np.heaviside: (lambda y, a, b: 0 * a, lambda y, a, b: 0 * b),  # of maximum, away from ties
    np.negative: (lambda y, a: -1,),
    np.exp: (lambda y, a: y,),
    np.log: (lambda y, a: 1 / a,),
    np.sqrt: (lambda y, a: 0.5 / y,),
    np.square: (lambda y, a: 2 * a,),
    np.sin: (lambda y, a: np.cos(a),),
    np.cos: (lambda y, a: -np.sin(a),),
    np.tanh: (lambda y, a: 1 - y * y,),
    np.absolute: (lambda y, a: np.sign(a),),  # 0 at 0, as in PyTorch
    np.sign: (lambda y, a: 0 * a,),
}


class Arithmetic:
    """Operators for a class with `__array_ufunc__`: `a + b` is `np.add(a, b)`, on either side."""

    __add__, __radd__ = lambda a, b: np.add(a, b), lambda a, b: np.add(b, a)
    __sub__, __rsub__ = lambda a, b: np.subtract(a, b), lambda a, b: np.subtract(b, a)
    __mul__, __rmul__ = lambda a, b: np.multiply(a, b), lambda a, b: np.multiply(b, a)
    __truediv__, __rtruediv__ = lambda a, b: np.divide(a, b), lambda a, b: np.divide(b, a)
    __pow__, __rpow__ = lambda a, b: np.power(a, b), lambda a, b: np.power(b, a)
    __matmul__, __rmatmul__ = lambda a, b: np.matmul(a, b), lambda a, b: np.matmul(b, a)
    __neg__, __abs__ = lambda a: np.negative(a), lambda a: np.absolute(a)


def pulled(ufunc, inputs):
    """y = ufunc(*inputs), and pull(dy, slot) -> the gradient of one input, in its shape."""
    y = ufunc(*inputs)

    def pull(dy, slot):
        grad = unbroadcast(dy * PARTIALS[ufunc][slot](y, *inputs), np.shape(inputs[slot]))
        return grad.astype(inputs[slot].dtype, copy=False)  # 2.0**x would make it float64: log 2.0 is

    return y, pull


def operation(ufunc):
    """An elementwise operation as a layer; its inputs are x and params: `operation(np.add)(x, (b,))`.

    At a tie, `np.maximum` and `np.minimum` give one half of dy to each input, as PyTorch does; the max gate
    of EE147 gives 0 to both, and `layers.relu` gives 0 to its input.
    """

    def layer(x, params=()):
        y, pull = pulled(ufunc, (x, *params))

        def back(dy):
            dx, *grads = (pull(dy, slot) for slot in range(ufunc.nin))
            return dx, tuple(grads)

        return y, back

    return layer


def unbroadcast(grad, shape):
    """Sum `grad` over the axes along which an array of this shape was broadcast: a copy is a fan-out."""
    got = np.shape(grad)
    if got == shape:
        return grad
    grad = grad.sum(axis=tuple(range(len(got) - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 != grad.shape[axis])
    return grad.sum(axis=stretched, keepdims=True) if stretched else grad


def matmul(x, params):
    """y = x b, with vectors as `@` has them.      GBC 6.5.6: dx = dy b^T, db = x^T dy

    x (n, j) or (j,);  params (b,), b (j, k) or (j,).
    """
    (b,) = params
    if not {x.ndim, b.ndim} <= {1, 2}:
        raise ValueError(f"matmul: got {x.ndim} and {b.ndim} axes, want 1 or 2")
    rows = x if x.ndim == 2 else x.reshape(1, -1)
    columns = b if b.ndim == 2 else b.reshape(-1, 1)

    def back(dy):
        dy = dy.reshape(rows.shape[0], columns.shape[1])
        return (dy @ columns.T).reshape(x.shape), ((rows.T @ dy).reshape(b.shape),)

    return x @ b, back


def total(x, params=(), *, axis=None, keepdims=False):
    """The sum over all entries, or over one axis or several; its pullback copies."""
    y = x.sum(axis=axis, keepdims=keepdims)
    kept = x.sum(axis=axis, keepdims=True).shape

    def back(dy):
        return dy.reshape(kept) * np.ones(x.shape, y.dtype), ()

    return y, back


def transpose(x, params=()):
    """y = x^T."""
    return x.T, lambda dy: (dy.T, ())


def reshape(x, params=(), *, shape):
    """The same entries in another shape."""
    return x.reshape(shape), lambda dy: (dy.reshape(x.shape), ())


def take(x, params=(), *, index):
    """y = x[index]; its pullback puts dy back in its place, adding up where an entry was taken twice."""

    def back(dy):
        if isinstance(dy, (np.ndarray, np.number)):
            dx = np.zeros(x.shape, dy.dtype)
            np.add.at(dx, index, dy)
            return dx, ()
        entries = np.arange(math.prod(x.shape))  # of a Dual, which no array can hold
        chosen = np.equal.outer(entries.reshape(x.shape)[index].ravel(), entries)
        return (dy.reshape(1, -1) @ chosen.astype(float)).reshape(x.shape), ()

    return x[index], back


def array(value, name="value"):
    """`value` as Nodes hold it: a floating-point array, also of a number; other classes as they are."""
    if isinstance(value, (int, float, np.number, np.ndarray)):
        value = np.asarray(value)
        if value.dtype.kind not in "fiub":
            raise ValueError(f"{name}: got an array of dtype {value.dtype}, want numbers")
        return arguments.floating(value)
    if not hasattr(value, "__array_ufunc__"):
        raise ValueError(f"{name}: got {type(value).__name__}, want a number or a NumPy array")
    return value
