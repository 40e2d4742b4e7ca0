"""Forward mode: numbers that carry their derivative along.      GBC 6.5.9; Strang VII.3

`Dual(value, tangent)` is value + tangent ε with ε² = 0.  To compute with such numbers is to differentiate:
f(x + dx ε) = f(x) + J dx ε, exact, one sweep for each direction dx, and nothing has to be stored.

A Dual takes part in NumPy's own calls.  So whatever is written for arrays runs on it unchanged: formulas,
layers, chains, losses, even pullbacks, and the derivative of a gradient is H v.  A call that has no rule here
raises a `TypeError`: no tangent is lost in silence.
"""

from numbers import Number

import numpy as np

from dlnotes.autodiff.operations import PARTIALS, Arithmetic, array
from dlnotes.optimizers import leaves, pack


def _method(function):
    """The method of arrays that is called like `function`."""
    return lambda self, *args, **options: function(self, *args, **options)


class Dual(Arithmetic):
    """Two arrays of one shape: `value`, and `tangent`, its derivative along some direction."""

    def __init__(self, value, tangent=0.0):
        value, tangent = array(np.asarray(value), "value"), array(np.asarray(tangent), "tangent")
        if tangent.ndim and tangent.shape != value.shape:
            raise ValueError(f"tangent: got shape {tangent.shape}, want {value.shape}, the shape of value")
        if not tangent.ndim:
            tangent = np.full(value.shape, tangent)
        self.value, self.tangent = value, tangent.astype(value.dtype, copy=False)

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))

    sum, mean, max, min, dot = map(_method, (np.sum, np.mean, np.max, np.min, np.dot))
    swapaxes = _method(np.swapaxes)
    argmax, argmin, any, all = map(_method, (np.argmax, np.argmin, np.any, np.all))
    __lt__, __le__, __gt__, __ge__ = map(_method, (np.less, np.less_equal, np.greater, np.greater_equal))
    __eq__, __ne__ = map(_method, (np.equal, np.not_equal))  # of the values, entry by entry, as of arrays
    __hash__ = None

    def reshape(self, *shape):
        return np.reshape(self, shape[0] if isinstance(shape[0], tuple) else shape)

    def astype(self, dtype, copy=True):
        return Dual(self.value.astype(dtype, copy=copy), self.tangent.astype(dtype, copy=copy))

    def copy(self):
        return self.astype(self.dtype)

    def item(self, *index):
        """An entry's value alone, for a look at it: `arguments` looks for NaN so."""
        return self.value.item(*index)

    def __getitem__(self, index):
        return Dual(self.value[index], self.tangent[index])

    def __len__(self):
        return len(self.value)

    def __bool__(self):
        return bool(self.value)

    def __repr__(self):
        return f"Dual({self.value}, {self.tangent})"

    def __float__(self):
        raise TypeError("a Dual cannot become a plain number or array, which would lose its tangent")

    def __array__(self, *args, **options):
        float(self)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        """What np.exp, np.add, @, ... do where an input is a Dual."""
        if not all(isinstance(part, Dual | np.ndarray | Number) for part in inputs):
            return NotImplemented  # a Node, which knows what to do with Duals
        if out is not None and out[0] is not self:  # s += b makes a new s, and may
            raise TypeError("an array cannot take in a Dual: write s = s + b instead of s += b")
        values = [_value(part) for part in inputs]
        if ufunc in FLAT:
            return getattr(ufunc, method)(*values, **options)
        if method == "reduce" and ufunc in REDUCE:
            return REDUCE[ufunc](self, options.pop("axis", 0), **options)
        if method != "__call__" or options:
            raise TypeError(
                f"Dual: got np.{ufunc.__name__}.{method} with options {options}: there is no rule"
            )
        if ufunc is np.matmul:
            return _products(ufunc, inputs)
        partials = PARTIALS.get(ufunc) or MORE.get(ufunc.__name__)
        if not partials:
            raise TypeError(f"Dual: got np.{ufunc.__name__}, for which there is no rule")
        y = ufunc(*values)
        parts = zip(partials, inputs, strict=True)
        tangent = sum(partial(y, *values) * part.tangent for partial, part in parts if isinstance(part, Dual))
        return Dual(y, np.broadcast_to(tangent, y.shape))

    def __array_function__(self, function, types, args, options):
        """What np.sum, np.where, np.einsum, ... do where an argument is a Dual."""
        if function in LINEAR:
            return _products(function, args, options)
        if function in FLAT:
            return function(*map(_value, args), **options)
        if function not in RULES:
            raise TypeError(f"Dual: got np.{function.__name__}, for which there is no rule")
        return RULES[function](*args, **options)


def jvp(layer, x, params, dx, dparams):
    """The output of a layer, and its derivative along a direction: (y, dy), dy = J (dx, dparams).

    dx of the shape of x, dparams like params.  The pullback is the transpose of this map: for any v,
    <v, dy> = <dx, gradient of x> + <dparams, gradients of params>, the gradients those of `back(v)`.
    Exactly at a kink, where a layer chooses a side, `np.maximum` on Duals takes the mean of both.
    """
    got, want = ([part.shape for part in leaves(tree)] for tree in (dparams, params))
    if got != want:
        raise ValueError(f"dparams: got shapes {got}, want {want}, those of params")
    theta, unpack = pack(params)
    y, _ = layer(Dual(x, dx), unpack(Dual(theta, pack(dparams)[0])))
    return y.value, y.tangent


def _value(part):
    return part.value if isinstance(part, Dual) else part


def _tangent(part):
    return part.tangent if isinstance(part, Dual) else np.zeros_like(part)


def _products(function, args, options=None):
    """The product rule: `function` is linear in each of its array arguments."""
    options = options or {}
    values, places = [_value(arg) for arg in args], [k for k, arg in enumerate(args) if isinstance(arg, Dual)]
    if not places:
        raise TypeError(f"Dual: got np.{function.__name__} with a Dual by keyword, want it by position")
    terms = [function(*values[:k], args[k].tangent, *values[k + 1 :], **options) for k in places]
    return Dual(function(*values, **options), sum(terms))


def _join(function):
    """A function of a list of arrays: np.concatenate."""

    def joined(arrays, *args, **options):
        parts = ([part(array) for array in arrays] for part in (_value, _tangent))
        return Dual(*(function(part, *args, **options) for part in parts))

    return joined


def _extreme(function):
    """np.max or np.min: the derivative is that of the extreme entry, the mean of several."""

    def extreme(a, axis=None, *, keepdims=False):
        at = a.value == function(a.value, axis=axis, keepdims=True)
        tangent = (at * a.tangent).sum(axis, keepdims=keepdims) / at.sum(axis, keepdims=keepdims)
        return Dual(function(a.value, axis=axis, keepdims=keepdims), tangent)

    return extreme


def _where(condition, a, b):
    choices = ((_value(a), _value(b)), (_tangent(a), _tangent(b)))
    return Dual(*(np.where(_value(condition), *choice) for choice in choices))


def _put_along_axis(a, indices, values, axis):
    """In place, in a Dual: what `np.zeros_like` makes of one is one."""
    if not isinstance(a, Dual):
        raise TypeError("np.put_along_axis: got an array, which cannot take in a Dual")
    np.put_along_axis(a.value, indices, _value(values), axis)
    np.put_along_axis(a.tangent, indices, _tangent(values), axis)


def _solve(A, b):
    """x = A^-1 b, and from A x = b: A dx = db - dA x."""
    x = np.linalg.solve(_value(A), _value(b))
    return Dual(x, np.linalg.solve(_value(A), _tangent(b) - _tangent(A) @ x))


def _inv(A):
    """B = A^-1, and from A B = 1: A dB = -dA B."""
    B = np.linalg.inv(A.value)
    return Dual(B, -B @ A.tangent @ B)


def _slogdet(A):
    """The sign, a plain array, and the logarithm l of |det A|: dl = trace(A^-1 dA)."""
    sign, log_det = np.linalg.slogdet(A.value)
    return sign, Dual(log_det, np.trace(np.linalg.solve(A.value, A.tangent), axis1=-2, axis2=-1))


def _split(a, *args, **options):
    parts = (np.split(array, *args, **options) for array in (a.value, a.tangent))
    return [Dual(*pair) for pair in zip(*parts, strict=True)]


def _zeros_like(a, dtype=None):
    return Dual(np.zeros_like(a.value, dtype), np.zeros_like(a.value, dtype))


LINEAR = {  # in each of their arrays
    np.sum, np.mean, np.cumsum, np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.squeeze,
    np.expand_dims, np.broadcast_to, np.flip, np.roll, np.diagonal, np.trace, np.take, np.take_along_axis,
    np.dot, np.vdot, np.inner, np.outer, np.tensordot, np.einsum,
}  # fmt: skip
FLAT = {  # steps, whose derivative is zero: they give plain arrays
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.sign, np.floor, np.ceil,
    np.isnan, np.isinf, np.isfinite, np.isin, np.argmax, np.argmin, np.any, np.all, np.shape, np.ndim,
    np.size, np.ones_like,
}  # fmt: skip
MORE = {  # what layers use beyond PARTIALS, by name, because `ndtr`, of the normal distribution, is SciPy's
    "expm1": (lambda y, a: y + 1,),
    "log1p": (lambda y, a: 1 / (1 + a),),
    "arctan": (lambda y, a: 1 / (1 + a * a),),
    "ndtr": (lambda y, a: np.exp(-0.5 * a * a) / np.sqrt(2 * np.pi),),
    "logaddexp": (lambda y, a, b: np.exp(a - y), lambda y, a, b: np.exp(b - y)),
}
REDUCE = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min}
RULES = {
    np.concatenate: _join(np.concatenate),
    np.stack: _join(np.stack),
    np.hstack: _join(np.hstack),
    np.split: _split,
    np.where: _where,
    np.max: _extreme(np.max),
    np.min: _extreme(np.min),
    np.clip: lambda a, low, high: np.minimum(np.maximum(a, low), high),
    np.put_along_axis: _put_along_axis,
    np.zeros_like: _zeros_like,
    np.linalg.solve: _solve,
    np.linalg.inv: _inv,
    np.linalg.slogdet: _slogdet,
}
