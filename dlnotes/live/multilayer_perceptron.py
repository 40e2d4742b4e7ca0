"""The live figures of multilayer perceptrons.  Each is handed functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
ACROSS, TILT = np.radians(-30), np.radians(28)  # from where the surface is seen


def artificial_neuron(activations):
    """The answer f(w.x + b) of one unit as a surface over the plane, and as a curve over s.

    activations {"sigmoid": f, ...}, f(s) -> a on arrays, with values of at most about 1.  DLNN 4.0, Fig 4.1
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.2), width_ratios=[1.5, 1])
    ax.set_axis_off()
    ax.set(xlim=(-2.3, 2.7), ylim=(-1.9, 3.0))
    lines = np.linspace(-1, 2, 25)
    first, second = np.meshgrid(lines, lines)
    mesh = ax.add_collection(LineCollection([], colors=plots.BLUE, linewidths=0.7))
    (half,) = ax.plot([], [], color=plots.ORANGE, label="$s = 0$")
    (corners,) = ax.plot([], [], "o", color=plots.INK, label="the corners $x_1 x_2$")
    for name, spot in {"$x_1$": (0.5, -1.35, 0), "$x_2$": (2.4, 0.5, 0)}.items():
        ax.text(*_seen(*spot), name, ha="center", va="center")
    for ends in ([(-1, 2), (-1, -1)], [(2, 2), (-1, 2)]):
        ax.plot(*_seen(*np.array(ends, dtype=float), np.zeros(2)), color=plots.INK, linewidth=1)
    ax.legend(loc="upper left")
    right.set(xlim=(-12, 12), ylim=(-1.15, 1.55), xlabel="pre-activation $s$", ylabel="activation $a = f(s)$")
    right.grid(True)
    s_axis = np.linspace(-12, 12, 241)
    (curve,) = right.plot([], [], color=plots.BLUE)
    (spots,) = right.plot([], [], "o", color=plots.INK)
    (zero,) = right.plot([], [], "o", color=plots.ORANGE)
    edge = {"color": "white", "path_effects": [withStroke(linewidth=2.5, foreground="black")]}
    names = [ax.text(0, 0, f"{x1}{x2}", ha="center", **edge) for x1, x2 in CORNERS]

    def compute(f, w1, w2, bias):
        act, w = activations[f], np.array([w1, w2])
        at_corners = CORNERS @ w + bias
        return {
            "f": f,
            "w": np.array([bias, w1, w2]),
            "surface": act(w1 * first + w2 * second + bias),
            "curve": act(s_axis),
            "s": at_corners,
            "a": act(at_corners),
            "middle": float(act(np.zeros(1))[0]),
        }

    def draw(arrays):
        height = np.clip(arrays["surface"], -1.5, 1.5)
        points = np.stack(_seen(first, second, height), axis=-1)
        mesh.set_segments([*points, *points.swapaxes(0, 1)])
        half.set_data(*_seen(*_cut(arrays["w"]), arrays["middle"]))
        corners.set_data(*_seen(*CORNERS.T, np.clip(arrays["a"], -1.5, 1.5)))
        for name, x1, x2 in zip(names, *corners.get_data(), strict=True):
            name.set_position((x1, x2 + 0.12))
        curve.set_data(s_axis, arrays["curve"])
        spots.set_data(arrays["s"], arrays["a"])
        zero.set_data([0], [arrays["middle"]])
        return "a = " + ", ".join(f"{a:.2f}" for a in arrays["a"]) + " at 00, 01, 10, 11"

    def judge(values, arrays):
        highest, at_11 = arrays["a"][:3].max(), arrays["a"][3]
        if values["f"] != "sigmoid":
            return False, "choose the sigmoid for this"
        return bool(at_11 > 0.9 and highest < 0.1), f"{at_11:.2f} at 11, at most {highest:.2f} elsewhere"

    controls = {
        "f": choice("activation f", list(activations)),
        "w1": slider("weight w₁", -8.0, 8.0, 2.0, step=0.5),
        "w2": slider("weight w₂", -8.0, 8.0, 1.0, step=0.5),
        "bias": slider("bias b", -12.0, 12.0, -1.0, step=0.5),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [mesh, half, corners, curve, spots, zero, *names]),
        alt="The answer of one unit as a surface over its two inputs, and against the pre-activation",
        predict=Predict(
            "Double w₁, w₂ and b. What becomes of the orange line, where s = 0?",
            ["it stays, and the slope there gets steeper", "it moves outward", "it turns"], answer=0,
            because="s is doubled everywhere: 0 stays 0, and what lies beside it is twice as far up or down.",
        ),
        goal=Goal(
            "Make the sigmoid a soft AND: above 0.9 at the corner 11, below 0.1 at the other three.", judge
        ),
    )  # fmt: skip


def _seen(x1, x2, a):
    """Where a point of the surface stands on the page."""
    side, depth = np.cos(ACROSS) * x1 - np.sin(ACROSS) * x2, np.sin(ACROSS) * x1 + np.cos(ACROSS) * x2
    return side - 0.5, 1.5 * np.cos(TILT) * a + np.sin(TILT) * (depth + 0.2)


def _cut(w):
    """The two ends of the line s = 0 inside of the square [-1, 2]², as (2,), (2,); NaN without one."""
    bias, *slopes = w
    ends = []
    for fixed in (-1.0, 2.0):
        for axis in (0, 1):
            if slopes[1 - axis] != 0:
                other = -(bias + slopes[axis] * fixed) / slopes[1 - axis]
                point = (fixed, other) if axis == 0 else (other, fixed)
                if -1 <= other <= 2:
                    ends.append(point)
    if not ends:
        return np.full((2, 2), np.nan)
    return np.array([min(ends), max(ends)]).T


def decision_regions(answer, units, samples, accuracies, every):
    """What networks with one hidden layer answer in the plane, by their width and the steps of training.

    answer(x, width, time) -> s (n,);  units(width, time) -> W (width, 2), b (width,);  samples x (n, 2),
    y (n,) in {0, 1};  accuracies (widths, times, 2), on training and test samples;  times are `every` steps
    apart.  Strang VII.1; MEDL Fig 5.3
    """
    x, y = samples
    widths, times = len(accuracies), accuracies.shape[1]
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.2), width_ratios=[1.2, 1])
    ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    places, tint = plane.tinted_plane(ax, steps=90)
    lines = [ax.plot([], [], color=plots.INK, linewidth=1)[0] for _ in range(widths - 1)]
    lines[0].set_label("$s_j = 0$ of a hidden unit")
    classes = plane.class_markers(ax, size=16, names=("$y = 0$", "$y = 1$"))
    plane.set_classes(classes, x, 2 * y - 1)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, columnspacing=1, handletextpad=0.4)
    last = every * (times - 1)
    right.set(xlim=(-0.03 * last, 1.03 * last), ylim=(0.4, 1.02))
    right.set(xlabel="steps of training", ylabel="share that is right")
    right.grid(True)
    steps = every * np.arange(times)
    (training,) = right.plot([], [], "o-", color=plots.BLUE, label="training samples", markersize=4)
    (test,) = right.plot([], [], "s--", color=plots.ORANGE, label="test samples", markersize=4)
    (now,) = right.plot([], [], color=plots.PURPLE, linewidth=1)
    right.legend(loc="lower right")
    good = np.flatnonzero(accuracies[:, :, 1].max(axis=1) >= 0.9)
    narrowest = int(good[0]) if good.size else widths

    def compute(width, step):
        time = step // every
        weights, biases = units(width, time)
        return {
            "positive": answer(places, width, time) > 0,
            "lines": np.column_stack([biases, weights]),
            "accuracies": accuracies[width],
            "now": accuracies[width, time],
            "step": step,
        }

    def draw(arrays):
        tint.set_data(plane.tint(arrays["positive"].astype(float)))
        for number, line in enumerate(lines):
            unit = arrays["lines"][number] if number < len(arrays["lines"]) else np.zeros(3)
            line.set_data(*plots.boundary_ends(unit, ax))
        training.set_data(steps, arrays["accuracies"][:, 0])
        test.set_data(steps, arrays["accuracies"][:, 1])
        now.set_data([arrays["step"]] * 2, [0, 2])
        shares = "{:.1%} of the training samples and {:.1%} of the test samples".format(*arrays["now"])
        return f"{shares} are right after {arrays['step']} steps"

    def judge(values, arrays):
        share, width = arrays["now"][1], values["width"]
        words = f"{share:.1%} with {width} units"
        if share >= 0.9 and width > narrowest:
            return False, f"{words}: fewer will do"
        return bool(share >= 0.9), words

    controls = {
        "width": slider("hidden units", 0, widths - 1, 1),
        "step": slider("steps of training", 0, last, last, step=every),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [tint, *lines, *classes, training, test, now]),
        alt="The regions that a network answers with either class, and its accuracy while it trains",
        play="step",
        predict=Predict(
            "The class y = 1 is surrounded. How many sigmoid units does it take to close a region around it?",
            ["2", "3", "6"], answer=1,
            because="two units leave an exit, a direction in which neither of them falls. Three can close.",
        ),
        goal=Goal(
            "Find the narrowest network that gets 90 % of the test samples right.", judge
        ),
    )  # fmt: skip
