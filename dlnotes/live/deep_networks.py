"""The live figures of deep networks.  Each is handed functions of the page, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

FEWEST, MOST = 2, 60  # layers


def deltas_over_depth(backward, activations):
    """How long the delta errors are, layer by layer, on their way back through a deep network.

    backward(activation, depth, gain) -> {"norms" (depth,), "bound" (depth,)}, layer 1 first: the length of
    delta in each layer, and what norm2(W) max f' allows.  activations, a list of names, each a line of the
    figure; the chosen one has its bound.      DLNN (4.81), 4.7.1; MEDL 5.4
    """
    figure, ax = plt.subplots(figsize=(8, 4.2))
    ax.set(yscale="log", xlim=(0, MOST + 1), ylim=(1e-26, 1e26))
    ax.set(xlabel="layer (the loss is on the right)", ylabel="length of delta")
    ax.axhline(1, color=plots.INK, linewidth=0.8)
    lines = {}
    for number, name in enumerate(activations):
        style = {"color": plots.PALETTE[number], "marker": plots.MARKERS[number], "markevery": 6}
        (lines[name],) = ax.plot([], [], label=name, **style)
    (bound,) = ax.plot([], [], "--", color=plots.INK, label="bound for the chosen one")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=len(activations) + 1)

    def compute(activation, depth, gain):
        found = {name: backward(name, depth, gain) for name in activations}
        norms = {name: found[name]["norms"] for name in activations}
        return {"chosen": activation, "norms": norms, "bound": found[activation]["bound"]}

    def draw(arrays):
        chosen, layers = arrays["chosen"], np.arange(1, len(arrays["bound"]) + 1)
        for name, line in lines.items():
            line.set_data(layers, arrays["norms"][name])
            line.set(linewidth=3 if name == chosen else 1, alpha=1 if name == chosen else 0.55)
        bound.set_data(layers, arrays["bound"])
        arrives, allowed = arrays["norms"][chosen][0], arrays["bound"][0]
        return (
            f"{chosen}: of a delta of length 1 in layer {len(layers)}, {arrives:.2g} arrives in layer 1; "
            f"the bound allows {allowed:.2g}"
        )

    def judge(values, arrays):
        arrives = arrays["norms"]["relu"][0]
        if values["activation"] != "relu":
            return False, f"you look at {values['activation']}"
        if values["depth"] < 50:
            return False, f"there are only {values['depth']} layers"
        return 1 / 3 < arrives < 3, f"{arrives:.2g} arrives in layer 1"

    controls = {
        "activation": choice("activation", list(activations)),
        "depth": slider("layers", FEWEST, MOST, 20),
        "gain": slider("gain: weights times this", 0.25, 5.0, 1.0, step=0.05),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*lines.values(), bound]),
        alt="The length of delta in each layer of a deep network, on a logarithmic axis, for each activation",
        predict=Predict(
            "Choose the sigmoid and raise the gain from 1 to 4: with 40 layers the bound then grows toward "
            "layer 1. And the delta errors?",
            ["they grow as well", "they keep their length", "they vanish all the same"], answer=2,
            because="larger weights drive the units to 0 and 1, where the slope is far below 1/4. A bound "
            "from above that grows promises nothing.",
        ),
        goal=Goal(
            "Choose relu and at least 50 layers, and find a gain at which between a third and three times of "
            "the last delta arrives in layer 1.",
            reached=judge,
        ),
    )  # fmt: skip


def powers(repeat, *, most=60):
    """The length of a vector that passes through the same matrix again and again.

    repeat(kind, size, times) -> lengths (times + 1,), of the vector and of all its images: `kind` is one of
    "multiple of I", "rotation", "Jordan block"; size, the modulus of all its eigenvalues.  MEDL (5.34)
    """
    kinds = ["multiple of I", "rotation", "Jordan block"]
    figure, ax = plt.subplots(figsize=(8, 3.8))
    ax.set(yscale="log", xlim=(-1, most + 1), ylim=(1e-7, 1e7))
    ax.set(xlabel="layers passed", ylabel="length of the vector")
    ax.axhline(1, color=plots.INK, linewidth=0.8)
    looks = [("-", "o"), ("--", "s"), ("-", "D")]
    lines = [
        ax.plot([], [], look, marker=mark, markevery=(4 * number, 12), label=kind)[0]
        for number, (kind, (look, mark)) in enumerate(zip(kinds, looks, strict=True))
    ]
    ax.legend(loc="upper left")

    def compute(size):
        return {kind: repeat(kind, size, most) for kind in kinds}

    def draw(arrays):
        for kind, line in zip(kinds, lines, strict=True):
            line.set_data(np.arange(most + 1), arrays[kind])
        ends = ", ".join(f"{kind} {arrays[kind][-1]:.3g}" for kind in kinds)
        return f"length after {most} layers: {ends}"

    return Explorer(
        compute, draw, {"size": slider("size of the eigenvalues", 0.8, 1.2, 0.9, step=0.01)},
        figure=LiveFigure(figure, lines),
        alt="The length of a vector after each of 60 multiplications with the same matrix",
        predict=Predict(
            "Set the size of the eigenvalues to exactly 1. What do the three lengths do?",
            ["all three stay as they are", "one of them grows", "all three grow"], answer=1,
            because="a Jordan block adds one coordinate to the next at every layer, also at eigenvalue 1.",
        ),
        goal=Goal(
            "Find the largest size at which the Jordan block, too, ends shorter than it began.",
            reached=lambda values, arrays: _largest(values["size"], arrays["Jordan block"], repeat, most),
        ),
    )  # fmt: skip


def _largest(size, lengths, repeat, most):
    """Is `size` the largest stop at which the last length is below the first?"""
    beyond = repeat("Jordan block", round(size + 0.01, 2), most)
    if lengths[-1] >= lengths[0]:
        return False, f"at {size:g} it ends {lengths[-1] / lengths[0]:.3g} times as long"
    if beyond[-1] < beyond[0]:
        return False, f"at {size:g} it ends shorter, but a larger size does as well"
    return True, f"at {size:g} it ends shorter, one stop further it does not"
