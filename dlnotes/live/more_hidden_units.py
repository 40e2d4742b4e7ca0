"""The live figures of less common hidden units.  Each is handed functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

MOST = 12  # pieces of a maxout unit


def bends(functions):
    """A smooth activation, its slope, and the slope of that, with a place to read all three at.

    functions {name: f}, f(s) -> (f(s), f'(s), f''(s)), elementwise.
    """
    figure, axes = plt.subplots(3, 1, figsize=(6.8, 6.0), sharex=True)
    grid, artists, points = np.linspace(-5, 5, 1001), [], []
    labels, limits = ["$f(s)$", "$f'(s)$", "$f''(s)$"], [(-1.7, 4.2), (-0.25, 1.25), (-1.1, 1.1)]
    for ax, label, limit, color in zip(axes, labels, limits, plots.PALETTE, strict=False):
        ax.set(xlim=(-5, 5), ylim=limit, ylabel=label)
        ax.axhline(0, color=plots.INK, linewidth=0.6)
        ax.axvline(0, color=plots.INK, linewidth=0.6)
        artists += ax.plot([], [], color=color)
        points += ax.plot([], [], "o", color=color)
    axes[-1].set_xlabel("pre-activation $s$")

    def compute(function, s):
        at = [float(one[0]) for one in functions[function](np.array([s]))]
        return {"curves": functions[function](grid), "s": s, "at": at, "name": function}

    def draw(arrays):
        for curve, point, values, at in zip(artists, points, arrays["curves"], arrays["at"], strict=True):
            curve.set_data(grid, values)
            point.set_data([arrays["s"]], [at])
        value, slope, bend = arrays["at"]
        name = arrays["name"]
        return f"{name} at s = {arrays['s']:g}: value {value:.4f}, slope {slope:.4f}, bend {bend:.4f}"

    return Explorer(
        compute, draw,
        {
            "function": choice("function", list(functions)),
            "s": slider("s", -5.0, 5.0, 1.0, step=0.125),
        },
        figure=LiveFigure(figure, [*artists, *points]),
        alt="A smooth activation above its first and its second derivative",
        predict=Predict(
            "Softplus rises everywhere. Does swish?",
            ["yes", "no, it falls somewhere on the left", "no, it falls somewhere on the right"], answer=1,
            because="far left it is nearly 0, near 0 it is negative: in between it has to go down.",
        ),
        goal=Goal(
            "Find the lowest place of GELU: a slope between -0.01 and 0.01, left of 0, not far out.",
            reached=lambda values, arrays: (
                values["function"] == "GELU" and -2 < values["s"] < 0 and abs(arrays["at"][1]) < 0.01,
                f"the slope of {values['function']} at {values['s']:g} is {arrays['at'][1]:.4f}",
            ),
        ),
    )  # fmt: skip


def maxout_pieces(fit, targets):
    """The affine pieces of one maxout unit, and how far their maximum is from a target.

    fit(name, k, x) -> the pieces (x, k) at the points x;  targets {name: f}, f(x) on [-1, 1].
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0), width_ratios=[1.3, 1])
    x = np.linspace(-1, 1, 2001)
    ax.set(xlim=(-1, 1), ylim=(-1.4, 2.9), xlabel="$x$", ylabel="output")
    lines = [ax.plot([], [], color=plots.BLUE, linewidth=0.8, alpha=0.7)[0] for _ in range(MOST)]
    (wanted,) = ax.plot([], [], color=plots.INK, linewidth=5, alpha=0.4, label="target")
    (unit,) = ax.plot([], [], color=plots.ORANGE, label="largest piece")
    ax.legend(loc="upper left")
    right.set(xlim=(-1, 1), yscale="log", ylim=(1e-5, 3), xlabel="$x$", ylabel="target − unit, in size")
    (error,) = right.plot([], [], color=plots.ORANGE)
    (largest,) = right.plot([], [], "--", color=plots.INK)

    def compute(target, k):
        pieces, want = fit(target, k, x), targets[target](x)
        a = pieces.max(axis=1)
        return {"pieces": pieces, "want": want, "a": a, "error": np.abs(want - a)}

    def draw(arrays):
        k, worst = arrays["pieces"].shape[1], arrays["error"].max()
        for number, line in enumerate(lines):
            line.set_data(x, arrays["pieces"][:, number] if number < k else np.full_like(x, np.nan))
        wanted.set_data(x, arrays["want"])
        unit.set_data(x, arrays["a"])
        error.set_data(x, np.maximum(arrays["error"], 1e-7))
        largest.set_data([-1, 1], [worst, worst])
        return f"{k} pieces: the largest error is {worst:.5f}"

    def fewest(target):
        """The smallest number of pieces with an error below 0.01."""
        return next((k for k in range(1, MOST + 1) if compute(target, k)["error"].max() < 0.01), None)

    return Explorer(
        compute, draw,
        {
            "target": choice("target", list(targets)),
            "k": slider("pieces k", 1, MOST, 3),
        },
        figure=LiveFigure(figure, [*lines, wanted, unit, error, largest]),
        alt="Affine pieces and their maximum over a target, and the error on a logarithmic axis",
        play="k",
        predict=Predict(
            "The target is x². Double the number of pieces: the largest error is divided by ...",
            ["2", "4", "8"], answer=1,
            because="each covers half the width, and a parabola leaves its tangent with the square of that.",
        ),
        goal=Goal(
            "x² once more: what is the smallest number of pieces with an error below 0.01?",
            reached=lambda values, arrays: (
                values["target"] == next(iter(targets)) and values["k"] == fewest(values["target"]),
                f"{values['k']} pieces: {arrays['error'].max():.5f}",
            ),
        ),
    )  # fmt: skip
