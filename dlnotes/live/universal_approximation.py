"""The live figures of universal approximation.  Each is handed functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def relus_against_bound(target, network, placements, bend, *, most=100):
    """A function copied by ReLU units through more and more of its points, and its error against the bound.

    target(x) (n,);  network(nodes, x) the copy through (nodes, target(nodes)) at x (n,);
    placements {"name": place}, the first with equal distances, place(r) -> r nodes from the lowest x to the
    highest;  bend = max |target''|.
    """
    names = list(placements)
    ends = placements[names[0]](2)
    x = np.linspace(*ends, 2001)
    counts = np.unique(np.geomspace(3, most, 30).astype(int))
    worst = {
        name: [_worst(target, network, place(r), x) for r in counts] for name, place in placements.items()
    }
    bound = bend * (np.ptp(ends) / (counts - 1)) ** 2 / 8

    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9), width_ratios=[1.3, 1])
    ax.set(xlabel="x", ylabel="y")
    ax.plot(x, target(x), color=plots.INK, label="target")
    (copy,) = ax.plot([], [], color=plots.BLUE, linewidth=1.5, label="network")
    (dots,) = ax.plot([], [], "o", color=plots.BLUE, markersize=4)
    ax.legend(loc="upper left")
    right.set(xscale="log", yscale="log", xlabel="points r", ylabel="largest error", xlim=(2.7, 1.1 * most))
    right.set(ylim=(min(map(min, worst.values())) / 2, 1.5 * bound.max()))
    right.plot(counts, bound, "--", color=plots.INK, label=r"bound $\max|f''|\,h^2/8$")
    (errors,) = right.plot([], [], color=plots.BLUE, label="network")
    (now,) = right.plot([], [], "o", color=plots.GREEN, markersize=9)
    right.set(xticks=[3, 10, 30, most], xticklabels=[3, 10, 30, most])
    right.minorticks_off()
    right.legend(loc="lower left")

    def compute(points, placement):
        nodes = placements[placement](points)
        y = network(nodes, x)
        return {"nodes": nodes, "y": y, "errors": worst[placement], "error": np.abs(y - target(x)).max()}

    def draw(arrays):
        nodes = arrays["nodes"]
        copy.set_data(x, arrays["y"])
        dots.set_data(nodes, target(nodes))
        errors.set_data(counts, arrays["errors"])
        now.set_data([len(nodes)], [arrays["error"]])
        return f"{len(nodes)} points, {len(nodes) - 1} units: the largest error is {arrays['error']:.3f}"

    return Explorer(
        compute, draw,
        {"points": slider("points r", 2, most, 10), "placement": choice("points placed", names)},
        figure=LiveFigure(figure, [copy, dots, errors, now]),
        alt="A function, the ReLU network through its points, and the largest error against their number",
        predict=Predict(
            f"Move 50 points from “{names[0]}” to “{names[1]}”. What is left of the largest error?",
            ["nearly all of it", "about half", "less than a quarter"], answer=2,
            because="an error is about |f''| h²/8 of its own place: where f bends most, h has become small.",
        ),
        goal=Goal(
            "Bring the largest error below 0.05 with at most 50 points.",
            reached=lambda values, arrays: (
                values["points"] <= 50 and arrays["error"] < 0.05,
                f"{values['points']} points, and an error of {arrays['error']:.3f}",
            ),
        ),
    )  # fmt: skip


def product_gate(gates, product):
    """Four units that nearly multiply: the relative error of their output as their scale shrinks.

    gates {"activation": gate}, where gate(scale, x) is the output for the rows of x (n, 2), and product(x)
    what it should be, both (n,).
    """
    side = np.linspace(-1.5, 1.5, 13)
    x = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    true, scales = product(x), np.geomspace(1e-6, 2, 100)

    def compute(activation, scale):
        output = gates[activation](scale, x)
        return {"scale": scale, "output": output, "error": np.abs(output - true).max() / np.abs(true).max()}

    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9))
    ax.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), xlabel="$x_1 x_2$", ylabel="output of the four units")
    ax.plot([-2.6, 2.6], [-2.6, 2.6], "--", color=plots.INK, linewidth=1)
    (cloud,) = ax.plot([], [], ".", color=plots.BLUE)
    right.set(xscale="log", yscale="log", xlim=(5e-7, 4), ylim=(1e-12, 30))
    right.set(xlabel=r"scale $\lambda$", ylabel="largest error / largest product")
    for name, color in zip(gates, plots.PALETTE, strict=False):
        errors = [compute(name, scale)["error"] for scale in scales]
        right.plot(scales, errors, linewidth=1.2, color=color, label=name)
    right.plot(scales[scales > 1e-4], scales[scales > 1e-4] ** 2, "--", color=plots.INK, label=r"$\lambda^2$")
    (now,) = right.plot([], [], "o", color=plots.INK, markersize=9)
    right.legend(loc="lower right", fontsize=9)

    def draw(arrays):
        cloud.set_data(true, arrays["output"])
        now.set_data([arrays["scale"]], [arrays["error"]])
        return f"the largest error is {arrays['error']:.1e} of the largest product"

    return Explorer(
        compute, draw,
        {"activation": choice("activation", list(gates)), "scale": log_slider("scale λ", 1e-6, 2, 2)},
        figure=LiveFigure(figure, [cloud, now]),
        alt="The output of four units against the product of the inputs; their error against their scale",
        predict=Predict(
            "Make λ smaller and smaller. What becomes of the error?",
            ["it falls without end", "it falls, then grows again", "it falls, then stays"], answer=1,
            because="differences of nearly equal numbers are divided by λ²: rounding takes over.",
        ),
        goal=Goal(
            "Find an activation and a λ with an error below 1e-9.",
            reached=lambda values, arrays: (arrays["error"] < 1e-9, f"the error is {arrays['error']:.1e}"),
        ),
    )  # fmt: skip


def feature_counts(linear, network, *, largest=2000):
    """Parameters of a linear model on all products of two inputs and of a network of product gates.

    linear(p) and network(p, share) for p inputs (n,), where share p of the products matter.
    """
    p = np.arange(1, largest + 1)
    figure, ax = plt.subplots(figsize=(7, 3.6))
    ax.set(xscale="log", xlim=(1, largest), ylim=(0, 2.5))
    ax.set(xlabel="inputs p", ylabel="parameters: network / linear")
    ax.axhline(1, color=plots.INK, linestyle="--", linewidth=1)
    (ratio,) = ax.plot([], [], color=plots.BLUE)
    (crossing,) = ax.plot([], [], "o", color=plots.ORANGE, markersize=9)

    def compute(share):
        ratios = network(p, share) / linear(p)
        smaller = ratios < 1
        return {"ratio": ratios, "first": int(p[smaller.argmax()]) if smaller.any() else None}

    def draw(arrays):
        first = arrays["first"]
        ratio.set_data(p, arrays["ratio"])
        crossing.set_data([], [])
        if first is None:
            return f"up to {largest} inputs the network is never smaller"
        crossing.set_data([first], [arrays["ratio"][first - 1]])
        return f"from {first} inputs on the network is smaller"

    return Explorer(
        compute, draw, {"share": slider("share α", 0.01, 0.2, 0.1, step=0.005)},
        figure=LiveFigure(figure, [ratio, crossing]),
        alt="The ratio of two counts of parameters against the number of inputs, and where it falls below 1",
        predict=Predict(
            "Can a small network win for every share α, if only there are enough inputs?",
            ["yes", "no, α must be small"], answer=1,
            because="both counts grow like p squared: 4 α p² against p²/2, so α must be below 1/8.",
        ),
        goal=Goal(
            "Find the largest α with which the network is smaller for 100 inputs.",
            reached=lambda values, arrays: (
                network(100, values["share"]) < linear(100) <= network(100, values["share"] + 0.005),
                f"for 100 inputs {network(100, values['share']):,.0f} against {linear(100):,.0f} parameters",
            ),
        ),
    )  # fmt: skip


def _worst(target, network, nodes, x):
    """The largest error of the copy through `nodes`."""
    return np.abs(network(nodes, x) - target(x)).max()
