"""LeNet-5: `python -m dlnotes.examples.lenet` trains it on 8,000 of the digits of MNIST's test split.

LeCun, Bottou, Bengio & Haffner 1998; DLNN 6.9, Figure 6.11; EE147 LeNet 1998.  With tanh, mean pooling
without parameters, and C3 connected to all maps of S2, as it is usually built today.  One thread is enough
for it: OMP_NUM_THREADS=1.
"""

import argparse
import math
import sys
from functools import partial
from itertools import pairwise

import numpy as np

from dlnotes import architectures, arguments, datasets, initialization, losses, optimizers
from dlnotes.architectures import Conv, Dense, Pool
from dlnotes.convolution import conv2d, mean_pool2d
from dlnotes.layers import chain, flatten, linear, tanh
from dlnotes.training import fit

HELD_OUT = 2000  # of the 10,000 digits of MNIST's test split

SPEC = {  # by their names of 1998; C5 sees all of S4, so it is a linear layer
    "C1": Conv(6, 5, padding=2), "S2": Pool(2), "C3": Conv(16, 5), "S4": Pool(2),
    "C5": Dense(120), "F6": Dense(84), "output": Dense(10),
}  # fmt: skip
SHAPE = (1, 28, 28)  # of an image
LAYERS = {  # the same, as it runs
    "C1": partial(conv2d, padding=2), "tanh 1": tanh, "S2": partial(mean_pool2d, size=2),
    "C3": conv2d, "tanh 3": tanh, "S4": partial(mean_pool2d, size=2),
    "flat": flatten, "C5": linear, "tanh 5": tanh, "F6": linear, "tanh 6": tanh, "output": linear,
}  # fmt: skip
NET = chain(*LAYERS.values())


def parameters(rng, dtype=np.float32):
    """Random parameters for `NET`, Glorot's: images (n, 1, 28, 28) in, logits (n, 10) out."""
    drawn = dict.fromkeys(LAYERS, ())
    for before, row in pairwise(architectures.table(SPEC, SHAPE)):
        match SPEC[row.name]:
            case Conv(filters, kernel):
                own = initialization.glorot(rng, before.shape[0], filters, kernel=(kernel, kernel))
            case Dense(units):
                own = initialization.glorot(rng, math.prod(before.shape), units)
            case Pool():
                own = ()
        drawn[row.name] = tuple(array.astype(dtype) for array in own)
    return tuple(drawn.values())


def printed():
    """The table of the layers and the sum of their parameters."""
    rows = architectures.table(SPEC, SHAPE)[1:]
    lines = [f"{'layer':8s}{'output':>14s}{'parameters':>12s}"]
    for row in rows:
        lines.append(f"{row.name:8s}{' x '.join(map(str, row.shape)):>14s}{row.parameters:12,d}")
    return "\n".join([*lines, f"{'total':8s}{architectures.total(rows):26,d}"])


def train(data, *, rng, epochs=8, batch=32, lr=3e-3):
    """The parameters after training on data (x, y) with Adam, whose rate falls to 0, and the history."""
    arguments.counts(batch=batch, epochs=epochs)
    last = epochs * -(-len(data[0]) // batch)
    rule = optimizers.scheduled(optimizers.adam, lambda t: lr * (1 - t / last))
    start = parameters(rng, data[0].dtype)
    return fit(NET, losses.cross_entropy, start, data, rule, rng=rng, batch=batch, epochs=epochs)


def accuracy(params, data):
    """The part of data (x, y) that the network gets right."""
    x, y = data
    return losses.accuracy(NET(x, params)[0], y)


def main(argv=None):
    """Train and say how well it went; 0, or 1 where the digits are missing."""
    parser = argparse.ArgumentParser(prog="python -m dlnotes.examples.lenet", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the split, the weights and the order")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the 8,000 digits")
    options = parser.parse_args(argv)
    if options.epochs < 1:
        parser.error(f"--epochs: got {options.epochs}, want at least 1")
    if options.seed < 0:
        parser.error(f"--seed: got {options.seed}, want at least 0")
    rng = np.random.default_rng(options.seed)
    try:
        x, y = datasets.mnist()
    except (FileNotFoundError, ValueError) as error:  # missing, or not MNIST's own: both say what to do
        print(error, file=sys.stderr)
        return 1
    training, held_out = datasets.split(rng, x, y, test=HELD_OUT / len(x))
    params, history = train(training, rng=rng, epochs=options.epochs)
    print(printed())
    print(f"{len(history):,} steps on {len(training[0]):,} digits of MNIST's test split")
    right = accuracy(params, held_out)
    print(f"{right:.2%} of the {len(held_out[0]):,} digits held out are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
