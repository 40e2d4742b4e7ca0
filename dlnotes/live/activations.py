"""The live figures of activation functions.  Each is handed functions, and returns an `Explorer`."""

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

FLAT = 0.05  # a slope below this is called saturated: the sigmoid's beyond |s| = 3, about
AWAY = 1e3  # a risk beyond this has diverged


def saturation(pre_activations, functions, layers=5):
    """How much of each layer of a random network lies where its activation is flat, as the weights grow.

    pre_activations(name, scale) -> a list of `layers` arrays s (n, i);  functions {name: f}, f(s) -> (f(s),
    f'(s)), elementwise.
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.8), width_ratios=[1.35, 1])
    grid, edges = np.linspace(-10, 10, 801), np.linspace(-10, 10, 41)
    ax.set(xlim=(-10, 10), ylim=(0, 1.08))
    ax.set_xticks(range(-10, 11, 5), labels=["≤ −10", "−5", "0", "5", "≥ 10"])  # the ends hold all beyond
    ax.set(xlabel="pre-activation $s$ in layer 1", ylabel="slope $f'(s)$")
    heights = np.zeros(len(edges) - 1)
    alive = ax.stairs(heights, edges, fill=True, color=plots.BLUE, alpha=0.35, label="units")
    flat = ax.stairs(heights, edges, fill=True, color=plots.ORANGE, alpha=0.6, label="saturated")
    (curve,) = ax.plot([], [], color=plots.INK, label="$f'$")
    ax.legend(loc="upper right")
    right.set(xlabel="layer", ylabel="share saturated", ylim=(0, 1), xticks=range(1, layers + 1))
    bars = right.bar(range(1, layers + 1), np.zeros(layers), color=plots.ORANGE)

    def compute(activation, scale):
        s = pre_activations(activation, scale)
        shares = np.array([_flat(functions[activation], own).mean() for own in s])
        return {"s": s[0], "shares": shares, "name": activation}

    def draw(arrays):
        middles = (edges[1:] + edges[:-1]) / 2
        inside = np.clip(arrays["s"], -9.99, 9.99)  # those further out pile up at the ends
        heights, _ = np.histogram(inside, edges)
        heights = 0.9 * heights / heights.max()
        f = functions[arrays["name"]]
        is_flat = _flat(f, middles)
        alive.set_data(np.where(is_flat, 0, heights))
        flat.set_data(np.where(is_flat, heights, 0))
        curve.set_data(grid, f(grid)[1])
        for bar, share in zip(bars, arrays["shares"], strict=True):
            bar.set_height(share)
        return "saturated: " + ", ".join(
            f"{share:.0%} of layer {number}" for number, share in enumerate(arrays["shares"], start=1)
        )

    return Explorer(
        compute, draw,
        {
            "activation": choice("activation", list(functions)),
            "scale": log_slider("scale of the weights", 0.1, 10, 2.0),
        },
        figure=LiveFigure(figure, [alive, flat, curve, *bars]),
        alt="The slope of an activation over the pre-activations of layer 1; the saturated share of 5 layers",
        predict=Predict(
            "Switch to ReLU and go from the smallest scale to the largest. The saturated share ...",
            ["grows toward 1", "stays at about one half", "shrinks toward 0"], answer=1,
            because="the sign of s decides, and no scale of the weights changes a sign.",
        ),
        goal=Goal(
            "Sigmoid: find the largest scale on the slider with less than 5 % of layer 1 saturated.",
            reached=lambda values, arrays: (
                values["activation"] == "sigmoid" and 1.2 < values["scale"] and arrays["shares"][0] < 0.05,
                f"{values['activation']}: {arrays['shares'][0]:.1%} at scale {values['scale']:.2g}",
            ),
        ),
    )  # fmt: skip


def while_it_trains(train, functions, steps=120):
    """An activation, its derivative, and where the units are on it, while two hidden layers learn.

    train(name, bias, lr) -> rows {"risk", "s": [s (n, i) of layer 1, of layer 2]}, one before each step and
    one after the last, fewer where the run breaks off;  functions {name: f}, f(s) -> (f(s), f'(s)).
    """
    figure, ((top, risk_ax), (low, right)) = plt.subplots(2, 2, figsize=(8, 5.0), sharex="col")
    grid, edges = np.linspace(-6, 6, 481), np.linspace(-6, 6, 49)
    top.set(xlim=(-6, 6), ylim=(-1.6, 3.2), ylabel="activation $f(s)$")
    low.set(ylim=(-0.05, 1.15), xlabel="pre-activation $s$ in layer 1", ylabel="slope $f'(s)$")
    low.set_xticks(range(-6, 7, 2), labels=["≤ −6", "−4", "−2", "0", "2", "4", "≥ 6"])  # ends hold all beyond
    (value,) = top.plot([], [], color=plots.INK)
    (derivative,) = low.plot([], [], color=plots.INK)
    crowd = low.stairs(np.zeros(len(edges) - 1), edges, fill=True, color=plots.BLUE, alpha=0.35)
    tallest = low.text(-5.9, 1.04, "", color=plots.BLUE, fontsize=9)
    risk_ax.set(xlim=(-2, steps + 2), yscale="log", ylim=(5e-4, 20), ylabel="risk")
    (risk,) = risk_ax.plot([], [], color=plots.INK)
    (risk_now,) = risk_ax.plot([], [], "o", color=plots.INK)
    right.set(ylim=(-0.03, 1.03), xlabel="steps", ylabel="share")
    flat, dead, now = [], [], []
    for number, color in enumerate((plots.BLUE, plots.ORANGE), start=1):
        flat += right.plot([], [], ":", color=color, label=f"saturated, layer {number}")
        dead += right.plot([], [], "-", color=color, label=f"dead units, layer {number}")
        now += right.plot([], [], "o", color=color)
    figure.legend(*right.get_legend_handles_labels(), loc="outside upper center", ncols=2)

    @lru_cache(maxsize=64)
    def run(activation, bias, lr):
        rows = train(activation, bias, lr)
        risks = np.array([row["risk"] for row in rows])
        f = functions[activation]
        flat = np.array([[_flat(f, s).mean() for s in row["s"]] for row in rows])
        dead = np.array([[(f(s)[1] == 0).all(axis=0).sum() for s in row["s"]] for row in rows])
        return rows, risks, flat, dead

    def compute(step, activation, bias, lr):
        rows, risks, flat, dead = run(activation, bias, lr)
        at = min(step, len(rows) - 1)
        return {
            "s": rows[at]["s"][0], "units": [s.shape[1] for s in rows[at]["s"]], "at": at, "name": activation,
            "risk": risks, "flat": flat, "dead": dead, "curve": functions[activation](grid),
            "ended": len(rows) - 1,
        }  # fmt: skip

    def draw(arrays):
        at, steps_made = arrays["at"], np.arange(len(arrays["risk"]))
        a, derivative_of_a = arrays["curve"]
        value.set_data(grid, a)
        derivative.set_data(grid, derivative_of_a)
        counts, _ = np.histogram(np.clip(arrays["s"], -5.99, 5.99), edges)
        crowd.set_data(0.95 * counts / counts.max())
        tallest.set_text(f"tallest bar: {counts.max() / counts.sum():.0%} of all $s$")
        risk.set_data(steps_made, arrays["risk"])
        risk_now.set_data([at], [arrays["risk"][at]])
        shares = arrays["dead"] / arrays["units"]
        for layer in range(2):
            flat[layer].set_data(steps_made, arrays["flat"][:, layer])
            dead[layer].set_data(steps_made, shares[:, layer])
            now[layer].set_data([at], [shares[at, layer]])
        one, two = arrays["dead"][at]
        broken = arrays["ended"] < steps
        head = f"The run diverged and broke off after step {arrays['ended']}. " if broken else ""
        units, other_units = arrays["units"]
        counted = f"dead: {one} of {units} units in layer 1, {two} of {other_units} in layer 2"
        if arrays["risk"][at] > AWAY:  # a slope that underflows is no unit that died
            counted = "the numbers have run away, so that nobody counts dead units"
        return f"{head}Step {at}: risk {arrays['risk'][at]:.3g}; {counted}"

    def judge(values, arrays):
        dead, risk = int(arrays["dead"][arrays["at"]].sum()), arrays["risk"][arrays["at"]]
        told = f"rate {values['lr']:.2g}, step {arrays['at']}: {dead} dead units, risk {risk:.3g}"
        return values["lr"] >= 4 and arrays["at"] == steps and dead == 0 and risk < 0.01, told

    return Explorer(
        compute, draw,
        {
            "step": slider("steps made", 0, steps, 0),
            "activation": choice("activation", list(functions)),
            "bias": slider("biases at the start", -3.0, 1.0, 0.0, step=0.25),
            "lr": log_slider("learning rate", 0.1, 4.0, 0.5),
        },
        figure=LiveFigure(figure, [value, derivative, crowd, tallest, risk, risk_now, *flat, *dead, *now]),
        alt="An activation, its slope and the pre-activations on it; risk, saturated share, dead units",
        play="step",
        predict=Predict(
            "ReLU, biases 0: turn the rate up to 4. How many units of layer 1 are dead in the end?",
            ["none", "about half", "all"], answer=1,
            because="long steps throw them where no sample reaches them, and no gradient brings them back.",
        ),
        goal=Goal(
            "Set the rate to 4 and go to the last step: no dead unit, and a risk below 0.01.",
            reached=judge,
        ),
    )  # fmt: skip


def tangent(functions):
    """A function above, its derivative below, and a tangent that can be moved along.

    functions {name: f}, f(s, parameter) -> (f(s), f'(s)), elementwise; those without a parameter pass it by.
    """
    figure, (ax, low) = plt.subplots(2, 1, figsize=(6.8, 5.2), sharex=True)
    ax.set(xlim=(-4, 4), ylim=(-2.2, 4.2), ylabel="$f(s)$")
    low.set(ylim=(-1.25, 2.25), xlabel="pre-activation $s$", ylabel="$f'(s)$")
    for one in (ax, low):
        one.axhline(0, color=plots.INK, linewidth=0.6)
        one.axvline(0, color=plots.INK, linewidth=0.6)
    (curve,) = ax.plot([], [], color=plots.BLUE, label="activation")
    (line,) = ax.plot([], [], "--", color=plots.ORANGE, linewidth=1.5, label="its tangent")
    (point,) = ax.plot([], [], "o", color=plots.ORANGE)
    (derivative,) = low.plot([], [], color=plots.BLUE)
    (slope_point,) = low.plot([], [], "o", color=plots.ORANGE)
    ax.legend(loc="upper left")
    half = np.linspace(1e-9, 4, 200)  # 0 left out: there a derivative may jump
    grid = np.concatenate([-half[::-1], [np.nan], half])

    def compute(function, parameter, s):
        f = functions[function]
        left, right = f(-half[::-1], parameter), f(half, parameter)
        a, slope = (np.concatenate([one, [np.nan], other]) for one, other in zip(left, right, strict=True))
        value, steepness = (float(one[0]) for one in f(np.array([s]), parameter))
        return {"a": a, "slope": slope, "s": s, "value": value, "steepness": steepness, "name": function}

    def draw(arrays):
        s, value, steepness = arrays["s"], arrays["value"], arrays["steepness"]
        curve.set_data(grid, arrays["a"])
        derivative.set_data(grid, arrays["slope"])
        ends = np.array([-8.0, 8.0])
        line.set_data(ends, value + steepness * (ends - s))
        point.set_data([s], [value])
        slope_point.set_data([s], [steepness])
        return f"{arrays['name']} at s = {s:g}: value {value:.4f}, slope {steepness:.4f}"

    return Explorer(
        compute, draw,
        {
            "function": choice("function", list(functions)),
            "parameter": slider("slope or α, where there is one", -1.0, 2.0, 0.25, step=0.25),
            "s": slider("s", -4.0, 4.0, -1.5, step=0.125),
        },
        figure=LiveFigure(figure, [curve, line, point, derivative, slope_point]),
        alt="An activation function with a tangent above its derivative",
        predict=Predict(
            "Turn the slope of leaky ReLU down to -1. Which function is that?",
            ["the identity", "the absolute value", "ReLU"], answer=1,
            because="on the left it answers -s, which is positive there.",
        ),
        goal=Goal(
            "Leave the parameter below 1. Find a function and a place where the slope is above 1.5.",
            reached=lambda values, arrays: (
                values["parameter"] < 1 and arrays["steepness"] > 1.5,
                f"the slope of {values['function']} at {values['s']:g} is {arrays['steepness']:.3f}",
            ),
        ),
    )  # fmt: skip


def _flat(f, s):
    """Where the activation f is saturated."""
    return np.abs(f(s)[1]) < FLAT
