"""LeNet-5: `python -m dlnotes.examples.lenet` trains it on 8,000 of the digits of MNIST's test split.

LeCun, Bottou, Bengio & Haffner 1998; DLNN 6.9, Figure 6.11; EE147 LeNet 1998.  With tanh, mean pooling
without parameters, and C3 connected to all maps of S2, as it is usually built today.
"""

import argparse
import sys
from functools import partial

import numpy as np

from dlnotes import arguments, datasets, initialization, losses, optimizers
from dlnotes.convolution import conv2d, mean_pool2d
from dlnotes.layers import chain, flatten, linear, tanh
from dlnotes.training import fit

HELD_OUT = 2000  # of the 10,000 digits of MNIST's test split

LAYERS = {  # by their names of 1998; C5 sees all of S4, so it is a linear layer
    "C1": partial(conv2d, padding=2), "tanh 1": tanh, "S2": partial(mean_pool2d, size=2),
    "C3": conv2d, "tanh 3": tanh, "S4": partial(mean_pool2d, size=2),
    "flat": flatten, "C5": linear, "tanh 5": tanh, "F6": linear, "tanh 6": tanh, "output": linear,
}  # fmt: skip
NET = chain(*LAYERS.values())


def parameters(rng, dtype=np.float32):
    """Random parameters for `NET`, Glorot's: images (n, 1, 28, 28) in, logits (n, 10) out."""
    fans = {"C5": (400, 120), "F6": (120, 84), "output": (84, 10)}
    kernels = {"C1": (6, 1, 5, 5), "C3": (16, 6, 5, 5)}
    params = []
    for name in LAYERS:
        if name in kernels:
            o, c, u, v = kernels[name]
            std = (2 / ((o + c) * u * v)) ** 0.5
            params.append((std * rng.standard_normal(kernels[name]), np.zeros(o)))
        else:
            params.append(initialization.glorot(rng, *fans[name]) if name in fans else ())
    return tuple(tuple(array.astype(dtype) for array in own) for own in params)


def table(params):
    """A row for each layer: (name, shape of its output, number of its parameters), for one image of 28x28."""
    x, rows = np.zeros((1, 1, 28, 28), np.float32), []
    for (name, layer), own in zip(LAYERS.items(), params, strict=True):
        x, _ = layer(x, own)
        rows.append((name, x.shape[1:], sum(array.size for array in own)))
    return rows


def printed(params):
    """The table without the layers that change no number of numbers, and the sum of the parameters."""
    rows = [row for row in table(params) if row[0] != "flat" and not row[0].startswith("tanh")]
    lines = [f"{'layer':8s}{'output':>14s}{'parameters':>12s}"]
    for name, shape, count in rows:
        lines.append(f"{name:8s}{' x '.join(map(str, shape)):>14s}{count:12,d}")
    return "\n".join([*lines, f"{'total':8s}{sum(row[2] for row in rows):26,d}"])


def train(data, *, rng, epochs=8, batch=32, lr=3e-3):
    """The parameters after training on data (x, y) with Adam, whose rate falls to 0, and the history."""
    arguments.counts(batch=batch, epochs=epochs)
    last = epochs * -(-len(data[0]) // batch)
    rule = optimizers.scheduled(optimizers.adam, lambda t: lr * (1 - t / last))
    start = parameters(rng, data[0].dtype)
    return fit(NET, losses.cross_entropy, start, data, rule, rng=rng, batch=batch, epochs=epochs)


def accuracy(params, data, *, batch=500):
    """The part of data (x, y) that the network gets right."""
    x, y = data
    right = 0
    for start in range(0, len(x), batch):
        output, _ = NET(x[start : start + batch], params)
        right += int((output.argmax(axis=1) == y[start : start + batch]).sum())
    return right / len(x)


def main(argv=None):
    """Train and say how well it went; 0, or 1 where the digits are missing."""
    parser = argparse.ArgumentParser(prog="python -m dlnotes.examples.lenet", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the split, the weights and the order")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the 8,000 digits")
    options = parser.parse_args(argv)
    if options.epochs < 1:
        parser.error(f"--epochs: got {options.epochs}, want at least 1")
    rng = np.random.default_rng(options.seed)
    try:
        x, y = datasets.mnist()
    except (FileNotFoundError, ValueError) as error:  # missing, or not MNIST's own: both say what to do
        print(error, file=sys.stderr)
        return 1
    training, held_out = datasets.split(rng, x, y, test=HELD_OUT / len(x))
    params, history = train(training, rng=rng, epochs=options.epochs)
    print(printed(params))
    print(f"{len(history):,} steps on {len(training[0]):,} digits of MNIST's test split")
    right = accuracy(params, held_out)
    print(f"{right:.2%} of the {len(held_out[0]):,} digits held out are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
