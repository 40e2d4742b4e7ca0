"""The live figures of logistic regression.  Each is handed arrays and functions, and returns an `Explorer`.

Weights w (3,) have the bias first; labels are 0 and 1.
"""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

STOP = 10**0.1  # the factor between two stops of a log slider
NAMES = ("$y = 0$", "$y = 1$")


def sharpness(x, y, w, probability, risk):
    """One slider multiplies the fitted weights: the sigmoid over them turns into a step, the line stays.

    x (n, 2), y (n,), w (3,), the fitted weights;  probability(s) -> a, the sigmoid;  risk(w) -> the mean
    cross-entropy of the samples.  DLNN (4.34)-(4.36)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9))
    s = w[0] + x @ w[1:]
    grid = np.linspace(-1.05, 1.05, 401) * np.abs(s).max()
    ax.set(xlim=grid[[0, -1]], ylim=(-0.06, 1.06), xlabel="$w^T x$", ylabel="$\\sigma(c\\,w^T x)$")
    ax.plot(grid, grid > 0, color=plots.INK, linewidth=1, label="step")
    (curve,) = ax.plot([], [], color=plots.PURPLE, label="sigmoid")
    ax.legend(loc="center left", bbox_to_anchor=(0.0, 0.6))

    plots.points(x, y, ax=right, names=NAMES)
    right.legend(loc="upper right", bbox_to_anchor=(1.0, 1.13), ncols=2)
    right.set(xlabel="$x_1$", ylabel="$x_2$", xlim=right.get_xlim(), ylim=right.get_ylim())
    places, shade = plane.tinted_plane(right, steps=100)
    plots.boundary(w, ax=right, linewidth=1)
    for label in (0, 1):
        style = {"color": plots.PALETTE[label], "marker": plots.MARKERS[label], "s": 26, "zorder": 3}
        ax.scatter(s[y == label], y[y == label], **style)

    def compute(factor):
        a = probability(factor * s)
        return {
            "curve": probability(factor * grid),
            "shade": probability(factor * (w[0] + places @ w[1:])),
            "risk": risk(factor * w),
            "sure": (np.maximum(a, 1 - a) > 0.99).sum(),
            "wrong": ((np.maximum(a, 1 - a) > 0.99) & ((a > 0.5) != y)).sum(),
        }

    def draw(arrays):
        curve.set_data(grid, arrays["curve"])
        shade.set_data(plane.tint(arrays["shade"]))
        sure = f"more than 99 % sure of {arrays['sure']} samples, {arrays['wrong']} of them wrong"
        return f"cross-entropy {arrays['risk']:.4g} a sample · {sure}"

    return Explorer(
        compute, draw, {"factor": log_slider("factor c on w", 0.1, 100, 0.316)},
        figure=LiveFigure(figure, [curve, shade]),
        alt="A sigmoid against the step it becomes as the weights grow, and the probabilities in the plane",
        predict=Predict(
            "Move the factor from one end to the other. What does the cross-entropy of the samples do?",
            ["it falls all the way", "it falls, then rises", "it rises all the way"], answer=1,
            because="a surer unit pays less for the samples that it has right, and more for the others.",
        ),
        goal=Goal(
            "Find the factor under which these labels are most likely: the smallest cross-entropy.",
            reached=lambda values, arrays: (
                abs(np.log(values["factor"])) < np.log(STOP) / 2,
                f"at c = {values['factor']:.3g} the cross-entropy is {arrays['risk']:.4g} a sample",
            ),
        ),
    )  # fmt: skip


def irls_against_descent(problems, irls, descent):
    """Newton's method and gradient descent from w = 0, side by side, on classes that overlap or do not.

    problems {"name": (x (n, 2), y (n,), least), ...}, the overlapping classes first, `least` the infimum of
    the risk;  irls(x, y) and descent(x, y, lr) -> fits whose histories start at step 0, with "w", "norm_w",
    "risk" and "grad_norm".  The size of a sample is its weight R_nn = a (1 - a) under the line of IRLS.
    DLNN (4.43), (4.48)
    """
    overlapping, steps, tolerance = next(iter(problems)), 60, 1e-6
    figure = plt.figure(figsize=(8, 4.2))
    grid = figure.add_gridspec(2, 2, width_ratios=[1.15, 1])
    ax, top, bottom = (figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
    reach = 1.08 * max(np.abs(x).max() for x, _, _ in problems.values())
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="$x_1$", ylabel="$x_2$")
    classes = plane.class_markers(ax, names=NAMES)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.12), ncols=2)
    top.set(yscale="log", ylim=(1e-11, 1e3), ylabel="$R(w)$ above its least")
    bottom.set(ylim=(-1, 40), ylabel="$\\|w\\|$", xlabel="steps")
    moving, methods = [*classes], []
    for name, color, style in [("IRLS", plots.PURPLE, "-"), ("descent", plots.GREEN, "--")]:
        (line,) = ax.plot([], [], color=color, linestyle=style)
        curves = [one.plot([], [], color=color, linestyle=style, label=name)[0] for one in (top, bottom)]
        dots = [one.plot([], [], "o", color=color, markersize=8)[0] for one in (top, bottom)]
        methods.append((line, curves, dots))
        moving += [line, *curves, *dots]
    top.legend(loc="upper right", ncols=2, bbox_to_anchor=(1.0, 1.25))
    for one in (top, bottom):
        one.set(xlim=(-1, steps + 1))

    def compute(data, lr, step):
        x, y, least = problems[data]
        fits = [irls(x, y), descent(x, y, lr)]
        tracks = [_track(fit.history, least, step, steps) for fit in fits]
        slope = np.exp(-np.abs(tracks[0]["w"][0] + x @ tracks[0]["w"][1:]))
        arrived = [_arrival(fit, tolerance) for fit in fits]
        return {"x": x, "y": y, "tracks": tracks, "r": slope / (1 + slope) ** 2, "arrived": arrived}

    def draw(arrays):
        plane.set_classes(classes, arrays["x"], 2 * arrays["y"] - 1)
        for label, scatter in enumerate(classes):
            scatter.set_sizes(14 + 500 * arrays["r"][arrays["y"] == label])
        for (line, curves, dots), track in zip(methods, arrays["tracks"], strict=True):
            line.set_data(*plots.boundary_ends(track["w"], ax))
            for curve, dot, values in zip(curves, dots, [track["gap"], track["norm"]], strict=True):
                curve.set_data(np.arange(len(values)), values)
                dot.set_data([track["step"]], [values[track["step"]]])
        (newton, descending), (first, second) = arrays["tracks"], arrays["arrived"]
        reading = f"IRLS: length of w {_length(newton):.1f}, {first}"
        return f"{reading} · descent: length {_length(descending):.1f}, {second}"

    def reached(values, arrays):
        if values["data"] != overlapping:
            return False, f"choose the {overlapping} classes first"
        x, y, _ = problems[overlapping]
        fit, faster = (descent(x, y, lr) for lr in (values["lr"], values["lr"] * STOP))
        here = f"at η = {values['lr']:.2g} descent {_arrival(fit, tolerance)}"
        return fit.converged and not faster.converged, f"{here}, one stop up it {_arrival(faster, tolerance)}"

    controls = {
        "data": choice("classes", list(problems)),
        "lr": log_slider("learning rate η", 0.01, 1, 0.05),
        "step": slider("steps made", 0, steps, 2),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, moving),
        alt="The lines of IRLS and of gradient descent, and their risks and lengths of w after each step",
        play="step",
        predict=Predict(
            "Here the length of w levels off. And under IRLS on the separable classes?",
            ["it levels off, too", "it rises, then falls", "it grows and grows"],
            answer=2,
            because="2 w is always better than w. Descent goes that way, too, ever more slowly.",
        ),
        goal=Goal(
            "On the overlapping classes, find the largest η at which descent still converges (to a gradient "
            "shorter than a millionth).",
            reached=reached,
        ),
    )  # fmt: skip


def _track(history, least, step, steps):
    """The first `steps` steps of a run: its weights at `step`, its risk above the least, its length of w."""
    rows = history[: steps + 1]
    step = min(step, len(rows) - 1)
    gap = np.array([row["risk"] for row in rows]) - least
    return {
        "w": rows[step]["w"], "step": step, "gap": np.maximum(gap, 1e-16),
        "norm": np.array([row["norm_w"] for row in rows]),
    }  # fmt: skip


def _length(track):
    """The length of w at the current step of a track."""
    return track["norm"][track["step"]]


def _arrival(fit, tolerance):
    """Whether and when the gradient of a run falls below the tolerance, in words."""
    steps = next((row["step"] for row in fit.history if row["grad_norm"] < tolerance), None)
    if steps is None:
        return f"does not converge in {fit.history[-1]['step']} steps"
    return f"converges in {steps} steps"
