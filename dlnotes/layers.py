"""Layers: `y, back = layer(x, params)` and `dx, grads = back(dy)`.

A layer returns its output and its pullback: `back` takes dR/dy and returns the pair (dR/dx, dR/dparams), the
latter a tuple shaped like `params`, `()` where a layer has none.  Rows of `x` are samples; activations act on
each entry of an array of any shape.  Integers and truth values count as float64.  Wrong shapes, empty arrays
and NaN raise a `ValueError` that names the argument.
"""

import math

import numpy as np

from dlnotes import arguments


def linear(x, params):
    """Pre-activation s = W x + b of each row of `x`.

    x (n, j);  W (i, j), b (i,);  s (n, i).      DLNN (3.2), (4.75), (4.84); GBC 6.1; EE147 Backpropagation

    In DLNN (4.84) a gradient is a row vector, so that dW is printed transposed.
    """
    W, b = arguments.parameters(params, "W", "b")
    if not _fit(x, W, b):
        arguments.shape("W", W, ("i", "j"))
        arguments.shape("x", x, ("n", W.shape[1]))
        arguments.shape("b", b, W.shape[:1])
        arguments.numbers(x=x, W=W, b=b)
        x, W, b = map(arguments.floating, (x, W, b))
    s = x.dot(W.T)  # dot is @ with less overhead, which shows in small networks
    s += b
    if s.size == 0 or math.isnan(arguments.largest(s)):  # one look at s in place of three at x, W and b
        arguments.numbers(x=x, W=W, b=b)

    def back(delta):  # delta = dR/ds  (n, i)
        return delta.dot(W), (delta.T.dot(x), delta.sum(axis=0))

    return s, back


def identity(s, params=()):
    """Activation a = s, that of a linear neuron.      DLNN (A.13), (A.14)"""
    s = _floating(s, params)
    return s, lambda da: (da, ())


def sigmoid(s, params=()):
    """Activation a = 1 / (1 + exp(-s)), elementwise.      DLNN (4.34), (A.1); GBC (3.30)

    Its derivative is a (1 - a), DLNN (4.72).  The other form, in (A.16), is printed with a misplaced square.
    """
    s = _floating(s, params)
    e = np.exp(-np.abs(s))  # exp(s) or exp(-s), whichever cannot overflow
    a = np.where(s < 0, e, 1) / (1 + e)

    def back(da):
        return da * a * (1 - a), ()  # delta = dR/da * sigmoid'(s)

    return a, back


def tanh(s, params=()):
    """Activation a = tanh(s), elementwise.      DLNN (A.2), (A.5); GBC 6.3.2"""
    s = _floating(s, params)
    a = np.tanh(s)

    def back(da):
        return da * (1 - a**2), ()  # delta = dR/da * tanh'(s)

    return a, back


def relu(s, params=()):
    """Activation a = max(s, 0), elementwise.      DLNN (A.6); GBC (6.36); MEDL (5.17)

    At s = 0 the derivative is 0, as in PyTorch and EE147; DLNN (A.7) and MEDL take 1.
    """
    s = _floating(s, params)

    def back(da):
        return da * (s > 0), ()  # delta = dR/da * relu'(s)

    return np.maximum(s, 0), back


def softmax(s, params=()):
    """Probabilities p_k = exp(s_k) / sum_l exp(s_l) of each row of `s`.

    s (n, k);  p (n, k).      DLNN (4.49), (A.17); GBC (6.29); MEDL (5.18)

    Refuses infinite entries, too.  The pullback multiplies by the Jacobian diag(p) - p p^T of DLNN (A.18)
    without building it.
    """
    arguments.parameters(params)
    arguments.finite(s=s)
    arguments.shape("s", s, ("n", "k"))
    s = arguments.floating(s)
    e = np.exp(s - s.max(axis=1, keepdims=True))  # the shift cancels, and exp cannot overflow: GBC 4.1
    p = e / e.sum(axis=1, keepdims=True)

    def back(dp):
        return p * (dp - (dp * p).sum(axis=1, keepdims=True)), ()

    return p, back


def flatten(x, params=()):
    """Each sample as one row: x (n, ...);  y (n, d)."""
    arguments.parameters(params)
    arguments.numbers(x=x)
    arguments.rows(x=x)
    x = arguments.floating(x)
    return x.reshape(len(x), -1), lambda dy: (dy.reshape(x.shape), ())


def chain(*layers):
    """The layer x -> layers[0] -> ... -> layers[-1]; `params` has one entry for each layer.

    Its pullback is backpropagation: the pullbacks of the layers, last one first.      DLNN (4.74), (4.76)
    """

    def network(x, params):
        activations, backs = _forward(layers, params, x)

        def back(dy):
            grads = []
            for layer_back in reversed(backs):
                dy, grad = layer_back(dy)
                grads.append(grad)
            return dy, tuple(reversed(grads))

        return activations[-1], back

    return network


def mlp(depth, activation):
    """The layers of a multilayer perceptron, for `chain`: `depth` linear ones with `activation` in between.

    `initialization.mlp` draws parameters for them.      DLNN (4.73)-(4.75); Strang VII.1 (1); MEDL (5.4)
    """
    arguments.counts(depth=depth)
    return (linear, *(activation, linear) * (depth - 1))


def residual(layer):
    """The layer x -> x + layer(x); `layer` must keep the shape of x.      Strang VII.2; EE147 ResNet"""

    def block(x, params):
        f, back = layer(x, params)
        if f.shape != x.shape:
            raise ValueError(f"residual: got layer(x) of shape {f.shape}, want {x.shape}, the shape of x")

        def block_back(dy):
            dx, grads = back(dy)
            return dy + dx, grads

        return x + f, block_back

    return block


def trace(layers, params, x, loss, target):
    """What one pass through `chain(*layers)` computes, for looking at: (activations, deltas).

    activations[l] is the input of layers[l], activations[-1] the output;  deltas[l] is dR/dactivations[l].
    Behind a linear layer these are s and the delta of DLNN (4.77).
    """
    activations, backs = _forward(layers, params, x)
    _, delta = loss(activations[-1], target)
    deltas = [delta]
    for layer_back in reversed(backs):
        delta, _ = layer_back(delta)
        deltas.append(delta)
    return activations, deltas[::-1]


def _forward(layers, params, x):
    """The activations of a chain, `x` first, and the pullbacks of its layers."""
    if not isinstance(params, (tuple, list)) or len(params) != len(layers):
        arguments.parameters(params, *(f"layer {number}" for number in range(1, len(layers) + 1)))
    activations, backs = [x], []
    for layer, own in zip(layers, params, strict=True):
        try:
            x, back = layer(x, own)
        except ValueError as error:  # a layer cannot know which one it is
            error.args = (f"layer {len(activations)} of {len(layers)}: {error}",)
            raise
        activations.append(x)
        backs.append(back)
    return activations, backs


def _fit(x, W, b):
    """Are the arguments of `linear` floating-point arrays whose shapes fit?  At a glance, for speed."""
    if not type(x) is type(W) is type(b) is np.ndarray or not x.ndim == W.ndim == 2:
        return False
    rows, columns = W.shape
    return (
        x.shape[1] == columns and b.shape == (rows,) and x.dtype.kind == W.dtype.kind == b.dtype.kind == "f"
    )


def _floating(s, params):
    """What activations accept, as floating point."""
    arguments.parameters(params)
    if type(s) is np.ndarray and s.dtype.kind == "f" and s.size and not math.isnan(arguments.largest(s)):
        return s
    arguments.numbers(s=s)
    return arguments.floating(s)
