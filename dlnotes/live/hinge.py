"""The live figures of the hinge loss and the support vector machine.  Each is handed arrays and functions.

Weights w (3,) have the bias first; s = w[0] + w[1] x_1 + w[2] x_2.  The corridor of a line is where |s| < 1.
"""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, entry, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

# One ink and one dash for each learner on this page, and neither of the classes' blue and orange among them.
STYLES = {
    "zero-one": (plots.INK, "-"),
    "perceptron": (plots.BLUE, "-."),
    "logistic": (plots.GREEN, "--"),
    "hinge": (plots.PURPLE, "-"),
    "squared": (plots.PALETTE[4], ":"),
}


def surrogate_losses(losses):
    """Five losses of one positive sample against its distance from the line, and how hard each one pulls.

    losses {"hinge": loss, ...}, names from `STYLES`;  loss(s (1,), y (1,)) -> risk, delta.  The sample has
    y = 1 and stands at a distance d from the line, so that s = |w| d for weights of length |w|.
    """
    margins = np.sort(np.append(np.linspace(-30, 30, 601), 1e-9))  # the zero-one loss jumps right of 0
    y = np.ones(1)
    curves = {name: [loss(np.array([m]), y)[0] for m in margins] for name, loss in losses.items()}
    inks = [STYLES[name][0] for name in losses]
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.8), width_ratios=[1.3, 1])
    ax.set(xlim=(-3, 3), ylim=(-0.15, 5), ylabel="loss of one sample")
    ax.set(xlabel="distance $d$ from the line, negative where wrong")
    lines = [ax.plot([], [], color=STYLES[name][0], ls=STYLES[name][1], label=name)[0] for name in losses]
    (here,) = ax.plot([], [], color=plots.INK, linewidth=0.8)
    dots = ax.scatter([], [], s=45, zorder=4)
    figure.legend(handles=lines, loc="outside upper center", ncols=len(losses))
    rows = np.arange(len(losses))[::-1]
    right.set(xlim=(-2, 3.2), ylim=(-0.7, len(losses) - 0.3), yticks=rows, yticklabels=list(losses))
    right.set(xlabel="pull toward a larger $y\\,s$", xticks=[-2, -1, 0, 1, 2])
    right.axvline(0, color=plots.INK, linewidth=0.8)
    bars = right.hlines(rows, 0, 0, colors=inks, linewidth=14, zorder=2)
    numbers = [right.text(3.1, row, "", ha="right", va="center") for row in rows]

    def compute(distance, length):
        s = np.array([length * distance])
        risks, deltas = zip(*[loss(s, y) for loss in losses.values()], strict=True)
        pulls = dict(zip(losses, -np.array(deltas)[:, 0], strict=True))
        return {"distance": distance, "length": length, "s": s[0], "risks": np.array(risks), "pulls": pulls}

    def draw(arrays):
        pulls, distance = list(arrays["pulls"].values()), arrays["distance"]
        for line, name in zip(lines, losses, strict=True):
            line.set_data(margins / arrays["length"], curves[name])
        here.set_data([distance, distance], ax.get_ylim())
        dots.set_offsets(np.column_stack([np.full(len(losses), distance), arrays["risks"]]))
        dots.set_facecolors(inks)
        bars.set_segments([[(0, row), (pull, row)] for row, pull in zip(rows, pulls, strict=True)])
        for number, pull in zip(numbers, pulls, strict=True):
            number.set_text(f"{pull + 0:.2g}".replace("-", "−"))
        pulling = [name for name, pull in arrays["pulls"].items() if pull > 0]
        return f"y s = {arrays['s']:.3g} · still pulling: {', '.join(pulling) or 'none'}"

    def reached(values, arrays):
        hinge, logistic = arrays["pulls"]["hinge"], arrays["pulls"]["logistic"]
        return (
            hinge == 0 and logistic > 0.2,
            f"hinge pulls with {hinge + 0:.2g}, logistic with {logistic:.3g}",
        )

    controls = {
        "distance": slider("distance d", -3.0, 3.0, -1.0, step=0.125),
        "length": log_slider("length of w, ‖w‖", 0.1, 10, 1.0),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*lines, here, dots, bars, *numbers]),
        alt="Five losses of one sample against its distance from the line, and the pull of each",
        predict=Predict(
            "A sample is right, with y s = 0.5. How many of the five losses still pull on it?",
            ["none: it is right", "one", "three"], answer=2,
            because="hinge, logistic and squared loss ask for more than right; the other two are content.",
        ),
        goal=Goal(
            "Find a sample on which hinge has fallen silent while logistic still pulls with more than 0.2.",
            reached=reached,
        ),
    )  # fmt: skip


def widest_corridor(triangle, svm):
    """The hard margin between three positive samples and a negative one, which is moved.

    triangle (3, 2);  svm(x, y) -> a fit with the weights w of the widest corridor, or `converged` False
    where no line separates the classes.  Strang VII.5.  A click moves the negative sample.
    """
    left, top = -0.5, 5.0
    figure, ax = plt.subplots(figsize=(5.6, 4.6))
    ax.set(xlim=(left, 6), ylim=(-0.5, top), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    parts, classes = _corridor(ax), plane.class_markers(ax, size=60)
    ax.fill(*triangle.T, facecolor="none", edgecolor=plots.PALETTE[1], linewidth=1)
    (across,) = ax.plot([], [], ":", color=plots.PURPLE)
    support = plane.ring(ax, size=220)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.12), ncols=2)

    def compute(x1, x2):
        x, y = np.vstack([triangle, [x1, x2]]), np.array([1, 1, 1, -1])
        fit = svm(x, y)
        w = fit.w if fit.converged else np.zeros(3)
        support = fit.converged & (y * _scores(w, x) < 1 + 1e-6)
        return {"x": x, "y": y, "w": w, "support": support, "separable": fit.converged}

    def draw(arrays):
        w, x, normal = arrays["w"], arrays["x"], arrays["w"][1:]
        plane.set_classes(classes, x, arrays["y"])
        _set_corridor(parts, w, ax)
        support.set_offsets(x[arrays["support"]])
        if not arrays["separable"]:
            across.set_data([], [])
            return "no line separates the two classes"
        across.set_data(*np.array([x[-1], x[-1] + 2 * normal / (normal @ normal)]).T)
        return f"corridor {_width(w):.2f} wide, held by {arrays['support'].sum()} support vectors (ringed)"

    controls = {
        "x1": slider("minus sample, x₁", left, 6.0, 0.75, step=0.125),
        "x2": slider("minus sample, x₂", left, top, 3.5, step=0.125),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*parts, *classes, across, support]),
        alt="The widest corridor between a triangle of three positive samples and one negative sample",
        click=lambda x, y, values: {"x1": round(x, 2), "x2": round(y, 2)},
        predict=Predict(
            "Push the minus sample into the triangle of the plus samples. What does the corridor do?",
            ["it turns around the sample", "it shrinks until it is gone", "it stays as it is"], answer=1,
            because="a line that has three corners on one side has the whole triangle there.",
        ),
        goal=Goal(
            "Find a place where two samples alone hold the corridor.",
            reached=lambda values, arrays: (
                arrays["support"].sum() == 2, f"{arrays['support'].sum()} samples hold it"
            ),
        ),
    )  # fmt: skip


def soft_margin(data, fits):
    """The soft margin as its price C changes, a wild sample, and the lines of other losses beside it.

    data(distance) -> x (n, 2), y (n,) in {-1, 1}: the last sample is the wild one, so far on its right side;
    fits {"hinge": fit, ...}, the hinge loss first, names from `STYLES`;  fit(x, y, C) -> w.  The loss of each
    sample is shown for "hinge" and "logistic".  A click adds a sample.
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.2), width_ratios=[1.5, 1])
    ax.set(xlim=(-4, 8), ylim=(-4.6, 5.6), xlabel="$x_1$", ylabel="$x_2$")
    classes, parts = plane.class_markers(ax), _corridor(ax, label="hinge")
    _, *names = fits
    others = [ax.plot([], [], color=STYLES[name][0], ls=STYLES[name][1], label=name)[0] for name in names]
    support = plane.ring(ax, size=110)
    wild, hint = ax.text(0, 0, "wild", va="center"), ax.text(-3.9, -4.4, "")
    figure.legend(handles=[*classes, parts[-1], *others], loc="outside upper center", ncols=5)
    m = np.linspace(-3, 5, 200)
    right.set(xlim=(-3, 5), ylim=(-0.15, 4.2), xlabel="$y\\,s$ of each sample", ylabel="loss of each sample")
    right.axvline(1, color=plots.INK, linestyle="--", linewidth=1)
    shown = {"hinge": lambda m: np.maximum(0, 1 - m), "logistic": lambda m: np.logaddexp(0, -m)}
    for name, loss in shown.items():
        right.plot(m, loss(m), color=STYLES[name][0], linestyle=STYLES[name][1], linewidth=1)
    dots = [right.scatter([], [], s=26, color=STYLES[name][0], zorder=3) for name in shown]

    def compute(distance, C, click, samples):
        added = plane.parse_samples(samples, values=(-1, 1))
        x, y = (
            np.concatenate(pair) for pair in zip((added[:, :2], added[:, 2]), data(distance), strict=True)
        )
        w = {name: fit(x, y, C) for name, fit in fits.items()}
        turned = {name: _angle(w[name], fit(x[:-1], y[:-1], C)) for name, fit in fits.items()}
        margins = {name: y * _scores(w[name], x) for name in shown}
        return {"x": x, "y": y, "w": w, "turned": turned, "margins": margins, "click": click}

    def draw(arrays):
        x, w = arrays["x"], arrays["w"]["hinge"]
        plane.set_classes(classes, x, arrays["y"])
        _set_corridor(parts, w, ax)
        for line, name in zip(others, names, strict=True):
            line.set_data(*plots.boundary_ends(arrays["w"][name], ax))
        held = arrays["margins"]["hinge"] < 1 + 1e-6
        support.set_offsets(x[held])
        wild.set_position(x[-1] + [0.4, 0])
        hint.set_text(f"a click adds $y = {arrays['click']}$")
        for scatter, (name, margin) in zip(dots, arrays["margins"].items(), strict=True):
            scatter.set_offsets(np.column_stack([margin, shown[name](margin)]))
        angles = ", ".join(f"{name} by {angle:.0f}°" for name, angle in arrays["turned"].items())
        return f"corridor {_width(w):.2f} wide, {held.sum()} support vectors · the wild sample turns {angles}"

    controls = {
        "distance": slider("distance of the wild sample", -4.0, 8.0, 2.0, step=0.25),
        "C": log_slider("price of a loss, C", 0.01, 100, 1.0),
        "click": choice("a click adds y =", ["+1", "-1"]),
        "samples": entry("your samples", "0,0,+1 2,2,-1"),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*parts, *classes, *others, support, wild, hint, *dots]),
        alt="A soft-margin corridor with its support vectors, two other lines, and the loss of each sample",
        click=plane.add_sample,
        predict=Predict(
            "Pull the wild sample outward, from 2 to 8, far on its own side. Which line follows it?",
            ["the hinge line", "the logistic line", "the line of the squared loss"], answer=2,
            because="the squared loss punishes being too right. Hinge is silent there, logistic nearly.",
        ),
        goal=Goal(
            "Put the wild sample at −3, in the other class. Find a C at which hinge turns by less than 10°.",
            reached=lambda values, arrays: (
                values["distance"] <= -3 and arrays["turned"]["hinge"] < 10,
                f"at distance {values['distance']:g} it turns hinge by {arrays['turned']['hinge']:.0f}°",
            ),
        ),
    )  # fmt: skip


def _corridor(ax, label=None):
    """Empty artists: the tinted sides of a corridor, its two edges, and the line in its middle."""
    sides = plane.half_planes(ax)
    edges = [ax.plot([], [], "--", color=plots.INK, linewidth=1)[0] for _ in sides]
    (middle,) = ax.plot([], [], color=plots.PURPLE, label=label)
    return [*sides, *edges, middle]


def _set_corridor(parts, w, ax):
    """Spread a corridor, blank between its edges s = -1 and s = +1, over `ax`; no line, no corridor."""
    *halves, middle = parts
    plane.set_half_planes(halves[:2], w, ax, edge=1)
    for edge, side in zip(halves[2:], [-1, 1], strict=True):
        edge.set_data(*plots.boundary_ends(w - [side, 0, 0], ax))
    middle.set_data(*plots.boundary_ends(w, ax))


def _scores(w, x):
    return w[0] + x @ w[1:]


def _width(w):
    """The width of the corridor."""
    return 2 / np.linalg.norm(w[1:])


def _angle(w, other):
    """The angle between two lines' normals, in degrees."""
    cosine = w[1:] @ other[1:] / np.linalg.norm(w[1:]) / np.linalg.norm(other[1:])
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
