"""The live figure of constant weights.  It is handed the runs of the page, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

FLOOR = 1e-16  # where a spread of exactly 0 is drawn
LIMIT = 0.7  # weights beyond it have the darkest color

PREDICT = (
    "Now add noise: {least} to every weight, far below what the pictures show. Within {last} steps,",
    [
        "nothing changes: the noise is too small",
        "the units part, as early as with a noise of 0.01",
        "the units part, but later than with a noise of 0.01",
    ],
    2,
    "while the differences are small, each step multiplies them. Less noise has a longer way to go.",
)
GOAL = "With the least noise on offer, find the first step shown with more than {enough:.0%} right."


def copies(runs, every, *, enough=0.6):
    """What eight units look for, and how far apart they are, step by step, from almost equal weights.

    runs {"none": run, "1e-08": run, ...}, the noise added to the constants, least noise first; a run is a
    dict of "W" (t, 8, 64), the incoming weights of 8 units from 8 x 8 pixels; "spread" (t, layers), the
    largest difference between two units of a layer; "rank" (t, layers); "risk", "right" (t,).  Rows are
    `every` steps apart; `enough`, the share of right answers that the goal asks for.  DLNN 9.1.1; GBC 8.4
    """
    first = next(iter(runs.values()))
    last, least = every * (len(first["risk"]) - 1), [noise for noise in runs if noise != "none"][0]
    figure = plt.figure(figsize=(8, 4.0))
    left, right = figure.subfigures(1, 2, width_ratios=[1.1, 1])
    pictures = _pictures(left)
    curves, dots = _spreads(right, last, first["spread"].shape[1])

    def compute(noise, step):
        run = runs[noise]
        row = min(step // every, len(run["risk"]) - 1)
        return {name: run[name][row] for name in ("W", "rank", "risk", "right")} | {
            "before": max(run["right"][:row], default=0.0),
            "spread": run["spread"],
            "row": row,
        }

    def draw(arrays):
        for picture, weights in zip(pictures, arrays["W"], strict=True):
            picture.set_data(weights.reshape(8, 8))
        row, spread = arrays["row"], np.maximum(arrays["spread"], FLOOR)
        for curve, dot, values in zip(curves, dots, spread.T, strict=True):
            curve.set_data(every * np.arange(len(values)), values)
            dot.set_data([every * row], [values[row]])
        ranks = ", ".join(str(rank) for rank in arrays["rank"])
        return (
            f"step {every * row}: ranks of the weight matrices {ranks}; risk {arrays['risk']:.3f}, "
            f"{arrays['right']:.0%} of the samples right"
        )

    def judge(values, arrays):
        said = f"noise {values['noise']}, step {values['step']}: {arrays['right']:.0%} are right"
        if values["noise"] != least:
            return False, f"{said}; the least noise on offer is {least}"
        if arrays["right"] <= enough:
            return False, said
        if arrays["before"] > enough:
            return False, f"{said}, but at an earlier step there were {arrays['before']:.0%}"
        return True, f"{said}, for the first time"

    question, *rest = PREDICT
    controls = {
        "noise": choice("noise in the weights", list(runs)),
        "step": slider("step", 0, last, last // 2, step=every),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*pictures, *curves, *dots]),
        alt="The weights of eight hidden units as pictures, and how far apart the units of each layer are",
        play="step",
        predict=Predict(question.format(least=least, last=last), *rest),
        goal=Goal(GOAL.format(enough=enough), reached=judge),
    )  # fmt: skip


def _pictures(figure):
    """Eight empty pictures of 8 x 8 pixels."""
    grid = figure.subplots(2, 4)
    for number, ax in enumerate(grid.flat, start=1):
        ax.set(xticks=[], yticks=[], title=f"unit {number}")
        ax.spines[:].set_visible(True)
    figure.supxlabel("weights from the 64 pixels, layer 1", fontsize=11, color=plots.INK)
    return [ax.imshow(np.zeros((8, 8)), cmap=plots.SIGNED, vmin=-LIMIT, vmax=LIMIT) for ax in grid.flat]


def _spreads(figure, last, layers):
    """An empty curve and a dot for each layer, over the steps 0 ... last; 0 has a place on the axis."""
    ax = figure.subplots()
    ax.set(yscale="log", xlim=(-0.02 * last, 1.02 * last), ylim=(FLOOR / 4, 30))
    ax.set(xlabel="steps", ylabel="largest difference between two units")
    powers = range(-14, 1, 2)
    ax.set(yticks=[FLOOR, *(10.0**k for k in powers)], yticklabels=["0", *(f"$10^{{{k}}}$" for k in powers)])
    ax.axhline(FLOOR, color=plots.INK, linewidth=0.8, linestyle=":")
    ax.text(last, FLOOR * 2, "exactly 0", ha="right")
    looks = [{"color": plots.PALETTE[layer], "label": f"layer {layer + 1}"} for layer in range(layers)]
    curves = [ax.plot([], [], style, **look)[0] for look, style in zip(looks, ["-", "--", "-."], strict=True)]
    dots = [ax.plot([], [], plots.MARKERS[n], color=look["color"])[0] for n, look in enumerate(looks)]
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, 0.45))
    return curves, dots
