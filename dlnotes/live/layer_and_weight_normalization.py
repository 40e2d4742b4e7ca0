"""The live figures of layer and weight normalization: what a normalized layer takes no notice of."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

UNNOTICED = 1e-9  # a change below this part of the largest output is rounding
MOST = 3.0  # of the bars
SIZES = np.geomspace(1e-3, 1e3, 121)  # of the weights, on the curve
FULL = 0.99  # of a standard deviation of 1


def scaled_weights(unit, activations):
    """Outputs of one batch-normalized unit, whose weights are multiplied by c, with an eps that counts.

    unit(activation, c, eps) -> outputs (n,);  activations, a list of names, the first of them linear.
    DLNN (10.9)-(10.11)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0))
    ax.set(xlim=(-3, 4), ylim=(-3.6, 3.6), xlabel="output at $c = 1$, eps = 0", ylabel="output")
    ax.axline((0, 0), slope=1, color=plots.INK, linewidth=1, linestyle=":", label="unchanged")
    (dots,) = ax.plot([], [], "o", color=plots.BLUE, markersize=5, label="a sample")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=2)
    right.set(xscale="log", xlim=(SIZES[0], SIZES[-1]), ylim=(0, 1.1))
    right.set(xlabel="size of $c$", ylabel="standard deviation of the outputs")
    (curve,) = right.plot([], [], color=plots.ORANGE)
    (here,) = right.plot([], [], "o", color=plots.BLUE, markersize=9)

    def compute(activation, sign, size, eps):
        c = size if sign == "+" else -size
        return {
            "c": c,
            "before": unit(activation, 1.0, 0.0),
            "after": unit(activation, c, eps),
            "stds": np.array([unit(activation, np.copysign(each, c), eps).std() for each in SIZES]),
        }

    def draw(arrays):
        after = arrays["after"]
        dots.set_data(arrays["before"], np.clip(after, -3.5, 3.5))
        curve.set_data(SIZES, arrays["stds"])
        here.set_data([abs(arrays["c"])], [after.std()])
        moved = np.abs(after - arrays["before"]).max()
        return f"c = {arrays['c']:g}: outputs move by up to {moved:.3f}; their deviation is {after.std():.3f}"

    def judge(values, arrays):
        if values["activation"] != activations[0] or values["size"] != 0.01:
            return False, f"take the {activations[0]} unit and c of size 0.01"
        std, next_std = (
            unit(activations[0], arrays["c"], values["eps"] * factor).std() for factor in (1, 10**0.1)
        )
        if std < FULL:
            return False, f"the deviation is {std:.3f}"
        more = "but eps can be larger" if next_std >= FULL else "and the next eps is too large"
        return bool(next_std < FULL), f"the deviation is {std:.3f}, {more}"

    controls = {
        "activation": choice("unit", list(activations)),
        "sign": choice("sign of c", ["+", "-"]),
        "size": log_slider("size of c", 0.001, 1000, 1.0),
        "eps": log_slider("eps", 1e-10, 1.0, 1e-5),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [dots, curve, here]),
        alt="Outputs of a batch-normalized unit with scaled weights, and their standard deviation",
        predict=Predict(
            "Take the ReLU unit and turn its weights around: c = −1. Where do the dots go?",
            ["they stay on the rising line", "onto the falling line", "onto two lines with a corner"],
            answer=2,
            because="the ReLU now cuts off the other samples: those that it told apart are all alike, and "
            "those that were alike are told apart.",
        ),
        goal=Goal(
            "Linear unit, c of size 0.01: find the largest eps that leaves the outputs a deviation of at "
            f"least {FULL}.",
            reached=judge,
        ),
    )  # fmt: skip


def unnoticed(outputs, methods, transformations, alone):
    """Outputs of a layer before and after its weights or its data are transformed.

    outputs(method, transformation, amount) -> (before, after), arrays (n, i); amount 1 changes nothing;
    methods, transformations, names, see `touched`;  alone, the method that the goal asks for.
    DLNN 10.5, Table 10.1
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0), width_ratios=[1.1, 1])
    ax.set(xlim=(-5, 5), ylim=(-5, 5), xlabel="output before", ylabel="output after")
    ax.axline((0, 0), slope=1, color=plots.INK, linewidth=1, linestyle=":")
    (own,) = ax.plot([], [], "s", color=plots.ORANGE, markersize=5, label="unit or sample that was changed")
    (other,) = ax.plot([], [], "o", color=plots.BLUE, markersize=4, label="others")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=2, columnspacing=0.8, handletextpad=0.2)
    bars = right.barh(range(len(methods)), [0.0] * len(methods), height=0.55, color=plots.BLUE)
    right.set(xlim=(0, MOST), ylim=(len(methods) - 0.5, -0.5), ylabel="method")
    right.set(xlabel="largest change / largest output")
    right.set_yticks(range(len(methods)), [name.replace(" ", "\n") for name in methods])

    def compute(method, transformation, amount):
        pairs = {name: outputs(name, transformation, amount) for name in methods}
        before, after = pairs[method]
        return {
            "before": before,
            "after": after,
            "touched": touched(transformation, before.shape),
            "changes": {name: _change(*pair) for name, pair in pairs.items()},
            "chosen": method,
        }

    def draw(arrays):
        before, after = arrays["before"], np.clip(arrays["after"], -4.9, 4.9)
        own.set_data(before[arrays["touched"]], after[arrays["touched"]])
        other.set_data(before[~arrays["touched"]], after[~arrays["touched"]])
        for bar, (name, change) in zip(bars, arrays["changes"].items(), strict=True):
            bar.set_width(min(change, MOST))
            bar.set_alpha(1.0 if name == arrays["chosen"] else 0.4)
        change = arrays["changes"][arrays["chosen"]]
        if change < UNNOTICED:
            return f"{arrays['chosen']}: no output changes"
        return f"{arrays['chosen']}: an output changes by up to {change:.2f} of the largest"

    def judge(values, arrays):
        still = [name for name, change in arrays["changes"].items() if change < UNNOTICED]
        if values["amount"] == 1:
            return False, "at amount 1 nothing is transformed"
        names = " and ".join(filter(None, [", ".join(still[:-1]), *still[-1:]])) or "none"
        said = f"{values['transformation']} goes unnoticed by {names}"
        return still == [alone], said

    controls = {
        "method": choice("method", list(methods)),
        "transformation": choice("transformation", list(transformations)),
        "amount": slider("amount", 0.25, 4.0, 1.0, step=0.25),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [own, other, *bars]),
        alt="Outputs of a layer before and after a transformation, and how much each method lets them change",
        predict=Predict(
            "Layer norm, and the weight vector of one unit of the layer is multiplied by 3. Which outputs "
            "change?",
            ["none", "those of this unit", "those of all units"], answer=2,
            because="the units of a sample share mean and variance: one that shouts makes the others small.",
        ),
        goal=Goal(f"Find a transformation that goes unnoticed by {alone} alone.", reached=judge),
    )  # fmt: skip


def touched(transformation, shape):
    """Which outputs (n, i) are those of the one unit or the one sample that a transformation changes."""
    own = np.zeros(shape, bool)
    if transformation.startswith("weight vector"):
        own[:, 0] = True
    elif transformation.startswith("single"):
        own[0] = True
    return own


def _change(before, after):
    """The largest change of an output, as a part of the largest output."""
    return float(np.abs(after - before).max() / np.abs(before).max())
