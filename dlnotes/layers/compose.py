"""Layers made of layers, and a look inside."""

from dlnotes import arguments
from dlnotes.layers.affine import linear


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
