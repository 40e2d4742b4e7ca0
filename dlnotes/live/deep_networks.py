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
    figure, ax = plt.subplots(figsize=(8, 4.4))
    ax.set(yscale="log", xlim=(0, MOST + 1), ylim=(1e-26, 1e26))
    ax.set(xlabel="layer (the loss is on the right)", ylabel="length of delta")
    ax.axhline(1, color=plots.INK, linewidth=0.8)
    lines = {}
    for number, name in enumerate(activations):
        style = {"color": plots.PALETTE[number], "marker": plots.MARKERS[number], "markevery": 6}
        (lines[name],) = ax.plot([], [], label=name, **style)
    (bound,) = ax.plot([], [], "--", color=plots.INK, label="bound for the chosen one")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=4)

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
        "depth": slider("layers", FEWEST, MOST, 40),
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


def unrolled_chain(passes, names, start):
    """Four scalar layers as boxes: what goes forward, what comes back, and the gradients it leaves.

    passes(*theta) -> {"a": 5 entries, input first, "zeta" (4,), "g", "printed": 4 entries each, layer 1
    first};  names of the four activations;  start, the values of the four sliders.  MEDL (5.27), Fig 5.8
    """
    figure, ax = plt.subplots(figsize=(8, 3.6))
    ax.set(xlim=(-1.25, 4.6), ylim=(-0.6, 3.55))
    ax.set_axis_off()
    rows = {"a": (3, plots.BLUE), "zeta": (2, plots.ORANGE), "g": (1, plots.GREEN), "printed": (0, plots.INK)}
    words = [
        "forward\n$a$",
        "back\n$\\zeta = dC/da$",
        "gradient\n$dC/d\\theta$",
        "$\\zeta$ with the\nmisprint",
    ]
    for (height, color), word in zip(rows.values(), words, strict=True):
        ax.text(-1.2, height, word, color=color, va="center")
    boxes = {row: _boxes(ax, row, *rows[row]) for row in rows}
    for layer, name in enumerate(names, start=1):
        ax.text(layer - 0.5, 3.42, f"$\\theta^{{[{layer}]}}$, {name}", ha="center", fontsize=9)
        ax.annotate("", (layer - 0.34, 3), xytext=(layer - 0.66, 3), arrowprops=_arrow(plots.BLUE))
    for layer in range(1, 4):
        ax.annotate("", (layer + 0.34, 2), xytext=(layer + 0.66, 2), arrowprops=_arrow(plots.ORANGE))

    def draw(arrays):
        for row, cells in boxes.items():
            for cell, value in zip(cells, arrays[row], strict=True):
                cell.set_text("\n".join(f"{number:.4f}" for number in np.atleast_1d(value)))
        off = [str(layer) for layer, g in enumerate(arrays["g"], start=1) if not np.any(g)]
        return f"gradients that are exactly 0: {', '.join(off) or 'none'}"

    def judge(values, arrays):
        first, last = np.linalg.norm(arrays["g"][0]), np.linalg.norm(arrays["g"][-1])
        return bool(first > last > 0), f"the first has length {first:.3g}, the last {last:.3g}"

    labels = ["first entry of θ of layer 1", *(f"θ of layer {layer}" for layer in (2, 3, 4))]
    controls = {
        f"theta{layer}": slider(label, -2.0, 2.0, value, step=0.1)
        for layer, (label, value) in enumerate(zip(labels, start, strict=True), start=1)
    }
    return Explorer(
        lambda **theta: passes(*theta.values()), draw, controls,
        figure=LiveFigure(figure, [cell for cells in boxes.values() for cell in cells]),
        alt="Boxes with the activations, adjoints and gradients of a chain of four layers",
        predict=Predict(
            "Set θ of layer 2 to 0. Which gradients are 0 then?",
            ["that of layer 2", "those of layers 1 and 3", "those of layers 1 and 2"], answer=1,
            because="nothing comes forward to layer 3 and nothing comes back to layer 1. Layer 2 still has "
            "an input and an adjoint.",
        ),
        goal=Goal(
            "Find weights with which the gradient of layer 1 is longer than that of layer 4, which is not 0.",
            reached=judge,
        ),
    )  # fmt: skip


def _boxes(ax, row, height, color):
    """Empty boxes of a row of `unrolled_chain`, that of the input first where there is one."""
    shift = 0.5 if row == "g" else 0  # a gradient belongs between two activations
    box = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": color}
    return [
        ax.text(layer - shift, height, "", ha="center", va="center", fontsize=10, bbox=box)
        for layer in range(0 if row == "a" else 1, 5)
    ]


def _arrow(color):
    return {"arrowstyle": "->", "color": color, "linewidth": 1.5}


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
        compute, draw, {"size": slider("modulus of the eigenvalues", 0.8, 1.2, 0.9, step=0.01)},
        figure=LiveFigure(figure, lines),
        alt="The length of a vector after each of 60 multiplications with the same matrix",
        predict=Predict(
            "Set the modulus of the eigenvalues to exactly 1. What do the three lengths do?",
            ["all three stay as they are", "one of them grows", "all three grow"], answer=1,
            because="a Jordan block adds one coordinate to the next at every layer, also at eigenvalue 1.",
        ),
        goal=Goal(
            "Find the largest modulus at which the Jordan block, too, ends shorter than it began.",
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
