"""The live figure of mean field theory.  It is handed functions of the page, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

REACH = 3.0  # activations beyond it are counted at the edge
DECADES = (-6.0, 3.0)  # of the deltas
BINS = 60
FACTOR = 1.6  # how far the goal lets the ends be apart
NARROWING = "narrowing 4:1"

PREDICT = Predict(
    "Raise the gain from 1 to 4: more tanh units saturate, and their slopes get smaller. And the delta "
    "errors on the way from layer 10 back to layer 1?",
    ["they shrink more than with gain 1", "they keep their size", "they grow"],
    answer=2,
    because="the weights that carry them back are larger as well, and win: few units are so saturated that "
    "their slope is gone.",
)
GOAL = (
    f"Choose relu, a network that narrows 4:1 from {{widest}} units, and a gain at which activations and "
    f"deltas both keep their size, within a factor of {FACTOR:g}, over all layers."
)


def histograms(passes, activations, rules, *, layers=10, widths=(16, 64, 256)):
    """Histograms of activations and of delta errors in each layer, with what mean field theory predicts.

    passes(activation, shape, width, rule, gain) -> {"a": [an array for each layer], "delta": the same,
    layer 1 first, "a_rms", "delta_rms" (layers,), the predicted roots of the second moments};  names of the
    activations and of the rules;  shape "equal widths" or "narrowing 4:1".  DLNN 9.2, 9.3; EE147
    """
    figure, edges, ridges, marks = _ridges(layers)
    levels = np.arange(1, layers + 1)

    def compute(activation, shape, width, rule, gain):
        found = passes(activation, shape, width, rule, gain)
        sizes = [np.abs(values[values != 0]) for values in found["delta"]]
        return {
            "a": _counts(found["a"], edges[0]),
            "delta": _counts([np.log10(size) for size in sizes], edges[1]),
            "a_rms": np.array([_rms(values) for values in found["a"]]),
            "delta_rms": np.array([_rms(values) for values in found["delta"]]),
            "a_predicted": found["a_rms"],
            "delta_predicted": found["delta_rms"],
        }

    def draw(arrays):
        for lines, counts in zip(ridges, (arrays["a"], arrays["delta"]), strict=True):
            for level, line, row in zip(levels, lines, counts, strict=True):
                line.set_ydata(level + 0.85 * row / max(row.max(), 1))
        marks[0].set_data(arrays["a_predicted"], levels + 0.2)
        with np.errstate(divide="ignore"):
            marks[1].set_data(np.log10(arrays["delta_predicted"]), levels + 0.2)
        forth, back = _ends(arrays)
        return (
            f"rms of the activations: layer {layers} has {forth:.3g} times that of layer 1; "
            f"of the deltas: layer 1 has {back:.3g} times that of layer {layers}"
        )

    def judge(values, arrays):
        forth, back = _ends(arrays)
        said = f"forward {forth:.2f}, backward {back:.2f}"
        if values["activation"] != "relu" or values["shape"] != NARROWING:
            return False, f"this is {values['activation']} with {values['shape']}"
        if values["width"] < max(widths):
            return False, f"{said}, but the network is narrow: take {max(widths)} units"
        return bool(max(abs(np.log([forth, back]))) < np.log(FACTOR)), said

    controls = {
        "activation": choice("activation", list(activations)),
        "shape": choice("shape", ["equal widths", NARROWING]),
        "width": choice("width of layer 1", list(widths), widths[-1]),
        "rule": choice("variance: gain times", list(rules)),
        "gain": slider("gain", 0.25, 4.0, 1.0, step=0.05),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [line for lines in ridges for line in lines] + marks),
        alt="Histograms of activations and of delta errors in ten layers, with their predicted sizes",
        predict=PREDICT,
        goal=Goal(GOAL.format(widest=max(widths)), reached=judge),
    )  # fmt: skip


def _ridges(layers):
    """The figure, the edges of its bins (left, right), the lines of each side, and its two sets of marks."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.7), sharey=True)
    left.set(xlim=(-REACH * 1.03, REACH * 1.03), xlabel="activation $a$ (what is beyond, at the edge)")
    right.set(xlim=DECADES, xlabel="size of the delta error", xticks=range(-6, 4, 3))
    right.set(xticklabels=[f"$10^{{{decade}}}$" for decade in range(-6, 4, 3)])
    left.set(ylim=(0.8, layers + 1.1), yticks=range(1, layers + 1), ylabel="layer")
    edges = np.linspace(-REACH, REACH, BINS + 1), np.linspace(*DECADES, BINS + 1)
    ridges, marks = [], []
    for ax, edge, color in zip((left, right), edges, [plots.BLUE, plots.ORANGE], strict=True):
        middle, levels = (edge[1:] + edge[:-1]) / 2, range(1, layers + 1)
        ridges.append(
            [ax.plot(middle, 0 * middle + level, color=color, linewidth=1.2)[0] for level in levels]
        )
        ax.hlines(levels, *ax.get_xlim(), color=plots.INK, linewidth=0.4)
        style = {"color": plots.INK, "markersize": 12, "markeredgewidth": 2}
        marks.append(ax.plot([], [], "|", **style, label="predicted rms")[0])
    right.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return figure, edges, ridges, marks


def _counts(layers, edges):
    """A histogram of each layer's values (layers, bins), those beyond the edges in the outermost bins."""
    inside = [np.clip(values, edges[0], edges[-1]) for values in layers]
    return np.array([np.histogram(values, edges)[0] for values in inside])


def _rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def _ends(arrays):
    """By how much activations change from the first layer to the last, and deltas on their way back."""
    a, delta = arrays["a_rms"], arrays["delta_rms"]
    return a[-1] / a[0], delta[0] / delta[-1]
