"""Layers: `y, back = layer(x, params)` and `dx, grads = back(dy)`.

A layer returns its output and its pullback: `back` takes dR/dy and returns the pair (dR/dx, dR/dparams), the
latter a tuple shaped like `params`, `()` where a layer has none.  Rows of `x` are samples; activations act on
each entry of an array of any shape.  Options are keyword-only: `partial(leaky_relu, slope=0.2)` is a layer,
too.  Integers and truth values count as float64.  Wrong shapes, empty arrays and NaN raise a `ValueError`
that names the argument.

affine        linear, flatten
activations   sigmoid, tanh, relu and what else a unit can do with its pre-activation; softmax
parametric    units with parameters of their own: prelu, maxout, rbf
compose       chain, mlp, residual; trace
"""

from dlnotes.layers.activations import (
    SELU_ALPHA,
    SELU_LAMBDA,
    absolute,
    arctan,
    cosine,
    elu,
    gelu,
    hard_tanh,
    identity,
    leaky_relu,
    relu,
    selu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    swish,
    tanh,
)
from dlnotes.layers.affine import flatten, linear
from dlnotes.layers.compose import chain, mlp, residual, trace
from dlnotes.layers.parametric import maxout, prelu, rbf

__all__ = [
    "SELU_ALPHA",
    "SELU_LAMBDA",
    "absolute",
    "arctan",
    "chain",
    "cosine",
    "elu",
    "flatten",
    "gelu",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "linear",
    "maxout",
    "mlp",
    "prelu",
    "rbf",
    "relu",
    "residual",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
    "trace",
]
