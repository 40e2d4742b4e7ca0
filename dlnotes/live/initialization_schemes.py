"""The live figures of initialization schemes.  They are handed functions, and return an `Explorer`."""

import math

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

BINS = 80
FRAME = 6  # how far the axis of pre-activations goes
LOW, HIGH = 1e-9, 1e9  # of the axes through the layers
NEAR = 0.05  # how near to 1 the goal of `sampler` asks for
ENDS = 2.0  # the factor that the goal of `through_depth` allows


def sampler(layer, schemes):
    """How weights are spread, and how the pre-activations are that they make.

    layer(scheme, size, inputs) -> (W (i, j), s (n, i)): weights of this size, which is a limit or a standard
    deviation, and the pre-activations of inputs of mean square 1;  schemes, their names.  DLNN (9.1)-(9.3)
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8))
    left.set(xlim=(-1, 1), ylim=(0, 1.05), xlabel="weight", ylabel="density, highest = 1")
    right.set(xlim=(-FRAME, FRAME), ylim=(0, 1.05), xlabel="pre-activation $s$")
    edges = np.linspace(-1, 1, BINS + 1), np.linspace(-FRAME, FRAME, BINS + 1)
    bars = [
        ax.stairs(np.zeros(BINS), edge, fill=True, color=color, alpha=0.75)
        for ax, edge, color in zip((left, right), edges, (plots.BLUE, plots.ORANGE), strict=True)
    ]
    s = np.linspace(-FRAME, FRAME, 200)
    right.plot(s, np.exp(-(s**2) / 2), "--", color=plots.INK, label="$N(0, 1)$")
    right.legend(loc="upper right")

    def compute(scheme, size, inputs):
        W, s = layer(scheme, size, inputs)
        heights = [
            np.histogram(values, edge)[0] / (values.size * (edge[1] - edge[0]))  # a part may lie outside
            for values, edge in zip((W, s), edges, strict=True)
        ]
        return {"heights": heights, "W": float(W.std()), "s": float(s.std())}

    def draw(arrays):
        for bar, heights in zip(bars, arrays["heights"], strict=True):
            bar.set_data(heights / heights.max())
        return (
            f"standard deviation {arrays['W']:.3f} of the weights, {arrays['s']:.2f} of the pre-activations"
        )

    def judge(values, arrays):
        if (values["scheme"], values["inputs"]) != (schemes[0], 100):
            return False, f"take {schemes[0]} weights and 100 inputs"
        return abs(arrays["s"] - 1) < NEAR, f"the pre-activations have standard deviation {arrays['s']:.2f}"

    controls = {
        "scheme": choice("weights", list(schemes), schemes[1]),
        "size": slider("limit ε, or σ", 0.02, 0.3, 0.05, step=0.01),
        "inputs": choice("inputs", [25, 100], 100),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, bars),
        alt="The histogram of random weights, and that of the pre-activations that they make",
        predict=Predict(
            "Take uniform weights in place of normal ones. What shape has the histogram of pre-activations?",
            ["flat, as the weights", "a triangle", "the same bell as before"], answer=2,
            because="a pre-activation is a sum of 100 independent terms, and such a sum is nearly normal "
            "whatever the terms are. Only their variance is left to see.",
        ),
        goal=Goal(
            "Uniform weights, 100 inputs: find a limit at which the pre-activations have standard deviation "
            "1, to 5 %.",
            reached=judge,
        ),
    )  # fmt: skip


def through_depth(network, rules, activations, widths):
    """The spread of pre-activations and deltas in each layer: of a random network, and as theory has it.

    network(rule, activation, widths, gain) -> {"s", "delta", "s_theory", "delta_theory"}, standard deviations
    (depth,) each, layer 1 first;  rules, activations and widths are names to choose from, the first each at
    the start, and widths[1] alternate by a factor of 4;  gain multiplies all variances.  DLNN 9.2, (9.13)
    """
    figure, axes = plt.subplots(1, 2, figsize=(8, 4.0), sharey=True)
    drawn = {}
    for ax, name, color in zip(axes, ("s", "delta"), (plots.BLUE, plots.ORANGE), strict=True):
        ax.set(yscale="log", ylim=(LOW, HIGH), xlim=(-1, 52), xlabel="layer")
        ax.axhline(1, color=plots.INK, linewidth=0.8)
        (dots,) = ax.plot([], [], "o", markersize=4, color=color, label="a network")
        (line,) = ax.plot([], [], "--", linewidth=1.2, color=plots.INK, label="mean field theory")
        drawn[name], drawn[f"{name}_theory"] = dots, line
    axes[0].legend(loc="upper left")
    axes[1].legend(loc="upper right")
    axes[0].set(ylabel="standard deviation", title="$s$, on the way forward →")
    axes[1].set(title="← $\\delta$, on the way back")

    def draw(arrays):
        for name, artist in drawn.items():
            values = np.asarray(arrays[name])
            inside = (LOW < values) & (values < HIGH)
            artist.set_data(1 + np.flatnonzero(inside), values[inside])
        forward, back = lost(arrays)
        beyond = [(LOW > arrays[name]) | (arrays[name] > HIGH) for name in ("s", "delta")]
        more = f"; {np.sum(beyond)} of the dots lie beyond the frame" if np.any(beyond) else ""
        return f"from one end to the other: s times {forward:.2g}, delta times {back:.2g}{more}"

    def judge(values, arrays):
        if (values["activation"], values["widths"]) != ("ReLU", widths[1]):
            return False, f"take ReLU and the widths {widths[1]}"
        forward, back = lost(arrays)
        both = all(1 / ENDS < factor < ENDS for factor in (forward, back))
        return both, f"s times {forward:.2g}, delta times {back:.2g}"

    controls = {
        "rule": choice("variance", list(rules)),
        "activation": choice("units", list(activations)),
        "widths": choice("widths", list(widths)),
        "gain": slider("gain: variance times this", 0.25, 4.0, 1.0, step=0.25),
    }
    return Explorer(
        network, draw, controls,
        figure=LiveFigure(figure, list(drawn.values())),
        alt="Standard deviations of pre-activations and of deltas in the layers of a deep random network",
        predict=Predict(
            f"Linear units, gain 1, and now the widths alternate: {widths[1]}. Which of the two variances, "
            "1/J or 2/(I+J), still brings both s and δ through the layers without a drift?",
            ["1/J", "2/(I+J)", "neither"], answer=0,
            because="1/J keeps the variance of s in every layer, and multiplies that of δ by 4 and by 1/4 in "
            "turn. 2/(I+J) multiplies both by 1.6 and by 0.4 in turn: by 0.64 for each pair of layers.",
        ),
        goal=Goal(
            f"ReLU units, widths {widths[1]}: find a variance and a gain with which s and δ both arrive "
            "within a factor of 2.",
            reached=judge,
        ),
    )  # fmt: skip


def lost(arrays):
    """By what s and delta are multiplied between the two layers at one end and the two at the other."""

    def size(values, ends):
        return math.sqrt(values[ends][0] * values[ends][1])

    first, last = slice(0, 2), slice(-2, None)
    s, delta = arrays["s"], arrays["delta"]
    return size(s, last) / size(s, first), size(delta, first) / size(delta, last)
