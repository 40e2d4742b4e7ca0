"""Layers: `y, back = layer(x, params)` and `dx, grads = back(dy)`.

A layer returns its output and its pullback: `back` takes dR/dy and returns the pair (dR/dx, dR/dparams), the latter
a tuple shaped like `params`, `()` where a layer has none.  Rows of `x` are samples.  Activations act on each entry of
an array of any shape.  Wrong shapes, empty arrays and NaN raise a `ValueError` that names the argument.
"""

import numpy as np

from dlnotes import arguments


def linear(x, params):
    """Pre-activation s = W x + b of each row of `x`.

    x (n, j);  W (i, j), b (i,);  s (n, i).      DLNN (3.2), (4.75), (4.84); GBC 6.1; EE147 Backpropagation

    DLNN (4.84) is dW transposed: there a gradient is a row, here it has the shape of what it belongs to.
    """
    W, b = arguments.parameters(params, "W", "b")
    arguments.numbers(x=x, W=W, b=b)
    arguments.shape("W", W, ("i", "j"))
    arguments.shape("x", x, ("n", W.shape[1]))
    arguments.shape("b", b, (W.shape[0],))
    s = x @ W.T + b

    def back(delta):  # delta = dR/ds  (n, i)
        return delta @ W, (delta.T @ x, delta.sum(axis=0))

    return s, back


def identity(s, params=()):
    """Activation a = s: the output of a linear neuron.      DLNN (A.13), (A.14)"""
    _check(s, params)
    return s, lambda da: (da, ())


def sigmoid(s, params=()):
    """Activation a = 1 / (1 + exp(-s)), elementwise.

    DLNN (4.34), (A.1), with the derivative a (1 - a) of (4.72); GBC (3.30).  (A.16) prints that derivative with
    1 + exp(s)^2 where (1 + exp(s))^2 is meant.
    """
    _check(s, params)
    e = np.exp(-np.abs(s))  # the larger of exp(s) and exp(-s) may overflow, the smaller never does
    a = np.where(s < 0, e, 1) / (1 + e)

    def back(da):
        return da * a * (1 - a), ()  # delta = dR/da * sigmoid'(s)

    return a, back


def tanh(s, params=()):
    """Activation a = tanh(s), elementwise.      DLNN (A.2), (A.5); GBC 6.3.2"""
    _check(s, params)
    a = np.tanh(s)

    def back(da):
        return da * (1 - a**2), ()  # delta = dR/da * tanh'(s)

    return a, back


def relu(s, params=()):
    """Activation a = max(s, 0), elementwise.      DLNN (A.6); GBC (6.36); MEDL (5.17)

    At s = 0 the derivative is taken as 0, as PyTorch does; DLNN (A.7) and MEDL take 1.
    """
    _check(s, params)

    def back(da):
        return da * (s > 0), ()  # delta = dR/da * relu'(s)

    return np.maximum(s, 0), back


def softmax(s, params=()):
    """Probabilities p_k = exp(s_k) / sum_l exp(s_l) of each row of `s`.

    s (n, k);  p (n, k).      DLNN (4.49), (A.17); GBC (6.29); MEDL (5.18)

    The pullback is the product with the Jacobian diag(p) - p p^T of DLNN (A.18), which is never built.
    """
    arguments.parameters(params)
    arguments.finite(s=s)
    arguments.shape("s", s, ("n", "k"))
    e = np.exp(s - s.max(axis=1, keepdims=True))  # the factor cancels, and exp cannot overflow: GBC 4.1
    p = e / e.sum(axis=1, keepdims=True)

    def back(dp):
        return p * (dp - (dp * p).sum(axis=1, keepdims=True)), ()

    return p, back


def flatten(x, params=()):
    """Each sample as one row: x (n, ...);  y (n, d)."""
    _check(x, params)

    def back(dy):
        return dy.reshape(x.shape), ()

    return x.reshape(len(x), -1), back


def chain(*layers):
    """The layer x -> layers[0] -> ... -> layers[-1]; `params` has one entry for each layer.

    Its pullback is backpropagation: the layers' pullbacks, last one first.      DLNN (4.74), (4.76)
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


def residual(layer):
    """The layer x -> x + layer(x), which must keep the shape of x.      Strang VII.2; EE147 ResNet"""

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
    """All that one pass of `chain(*layers)` computes, to look at: two lists of arrays, x and its gradient first.

    activations[l] is the input of layers[l] and deltas[l] = dR/dactivations[l]; both lists end with the network's
    output.  Behind a linear layer stands s, hence the delta of DLNN (4.77).
    """
    activations, backs = _forward(layers, params, x)
    _, delta = loss(activations[-1], target)
    deltas = [delta]
    for back in reversed(backs):
        delta, _ = back(delta)
        deltas.append(delta)
    return activations, deltas[::-1]


def _forward(layers, params, x):
    """The activations of a chain, `x` first, and the pullbacks of its layers."""
    if len(params) != len(layers):
        raise ValueError(
            f"chain: got params for {len(params)} layers, want {len(layers)}, one entry for each"
        )
    activations, backs = [x], []
    for number, (layer, own) in enumerate(zip(layers, params, strict=True), start=1):
        try:
            x, back = layer(x, own)
        except ValueError as error:  # say where: the layer itself cannot know
            error.args = (f"layer {number} of {len(layers)}: {error}",)
            raise
        activations.append(x)
        backs.append(back)
    return activations, backs


def _check(s, params):
    """What every layer without parameters accepts."""
    arguments.parameters(params)
    arguments.numbers(s=s)
