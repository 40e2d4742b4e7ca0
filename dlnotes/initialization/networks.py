"""Parameters of a whole network; scales that are measured, on data or on random vectors."""

import math
from itertools import pairwise

import numpy as np

from dlnotes import arguments
from dlnotes.initialization.schemes import glorot


def mlp(rng, *sizes, init=glorot):
    """Parameters of the layers `layers.mlp(len(sizes) - 1, activation)`: of `init` for each linear one.

    sizes: of the input, of each hidden layer, of the output.      DLNN 4.7; MEDL 5.1
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes: got {len(sizes)}, want at least 2, of the input and of the output")
    linear = [init(rng, fan_in, fan_out) for fan_in, fan_out in pairwise(sizes)]
    return (linear[0], *(part for params in linear[1:] for part in ((), params)))


def lsuv(layers, params, x, *, std=1.0):
    """`params` of `chain(*layers)`, rescaled: each layer with parameters puts out `std` on the minibatch x.

    Layer after layer, so that each sees what the rescaled ones before it make of x.  Its parameters are all
    multiplied by the same number, and its output must be linear in them, as that of `linear` and `conv2d`.

    Mishkin & Matas 2016, who begin with `orthogonal`; GBC 8.4
    """
    arguments.positive(std=std)
    rescaled = []
    for number, (layer, own) in enumerate(zip(layers, params, strict=True), start=1):
        y, _ = layer(x, own)
        if own:
            if not y.std():
                raise ValueError(f"layer {number}: got an output that is constant, want one that varies")
            own = tuple(part * (std / y.std()) for part in own)
            y, _ = layer(x, own)
            if not math.isclose(y.std(), std, rel_tol=1e-3):
                raise ValueError(f"layer {number}: got an output that does not grow with the parameters")
        rescaled.append(own)
        x = y
    return tuple(rescaled)


def random_walk_gain(rng, activation, width, *, layers=10_000):
    """The gain for which the logarithm of a vector's length has no drift from layer to layer, by sampling.

    exp(-E[log(mean of f(z)^2 over the width)]).  Where f(c s) = c f(s) for c > 0, as with ReLU, the logarithm
    is a random walk through the layers.  The gain tends to `meanfield.gain(activation)` as the width grows.
    Sussillo & Abbott 2014 multiply the standard deviation, by the root of this one; GBC 8.4.
    """
    arguments.counts(width=width, layers=layers)
    a, _ = activation(rng.standard_normal((layers, width)))
    lengths = (a**2).mean(axis=1)
    if not lengths.all():
        raise ValueError(f"width: got {width}, and a layer where no unit is active, want a larger one")
    return math.exp(-np.log(lengths).mean())
