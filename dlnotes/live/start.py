"""The live figures of chapter 0.  Each is handed arrays and functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

BRAIN = 1e11  # neurons, in round numbers: GBC 1.2.3, DLNN 2


def playground(names, data, strangers):
    """Noise blurs one of several toy sets of two classes.

    data(name, noise) -> x (n, 2), labels (n,) in {0, 1};  strangers(x, labels) -> (n,) bool, the samples
    whose nearest neighbor is of the other class.
    """
    figure, ax = plt.subplots(figsize=(5.4, 4.4))
    ax.set(xlim=(-8, 8), ylim=(-8, 8), xlabel="$x_1$", ylabel="$x_2$")
    classes = plane.class_markers(ax, size=26, names=["label 0", "label 1"])
    ring = plane.ring(ax, size=110)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.13), ncols=2)

    def compute(name, noise):
        x, labels = data(name, noise)
        return {"x": x, "y": 2 * labels - 1, "strangers": strangers(x, labels)}

    def draw(arrays):
        plane.set_classes(classes, arrays["x"], arrays["y"])
        ring.set_offsets(arrays["x"][arrays["strangers"]])
        count, n = int(arrays["strangers"].sum()), len(arrays["x"])
        return f"{count} of {n} samples (ringed) have a nearest neighbor of the other class"

    controls = {"name": choice("data set", names), "noise": slider("noise σ", 0.0, 2.0, 0.3)}
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*classes, ring]),
        alt="Two classes of a toy data set, blurred by noise",
        predict=Predict(
            "Without noise, which of the three sets could a straight line separate?",
            ["the rings", "the quadrants", "the spirals", "none of them"], answer=3,
            because="in each set one class lies on both sides of the other. Hidden layers are for that.",
        ),
        goal=Goal(
            "Choose the rings. At which noise do 25 to 35 samples stand next to a stranger?",
            reached=lambda values, arrays: (
                values["name"] == "rings" and 25 <= arrays["strangers"].sum() <= 35,
                f"{int(arrays['strangers'].sum())} samples of the {values['name']}",
            ),
        ),
    )  # fmt: skip


def network_growth(growth):
    """The size of neural networks, extrapolated to the number of neurons of a human brain.

    growth(years, doubling) -> the factor by which the size has grown.      GBC 1.2.3, Fig 1.11
    """
    years = np.arange(0, 101)
    figure, ax = plt.subplots(figsize=(6.4, 3.8))
    ax.set(yscale="log", xlim=(2015, 2115), ylim=(1e5, 1e14), xlabel="year", ylabel="neurons")
    ax.axhline(BRAIN, color=plots.INK, linestyle="--", linewidth=1)
    ax.text(2016, 1.6 * BRAIN, "a human brain")
    (line,) = ax.plot([], [], color=plots.BLUE)
    (crossing,) = ax.plot([], [], "o", color=plots.ORANGE, markersize=9)

    def compute(doubling, start):
        size = start * 1e6 * growth(years, doubling)
        arrives = 2015 + np.interp(np.log(BRAIN), np.log(size), years)  # a straight line on this axis
        return {"size": size, "year": float(arrives) if size[-1] >= BRAIN else None}

    def draw(arrays):
        line.set_data(2015 + years, arrays["size"])
        crossing.set_data([arrays["year"] or np.nan], [BRAIN])
        return f"as many neurons as a human brain {arrival(arrays['year'])}"

    def arrival(year):
        return f"in {year:.1f}" if year else "in 2115 or later"

    def slowest(doubling, year):
        arrivals = [compute(time, 10)["year"] or np.inf for time in (doubling, doubling + 0.1)]
        return arrivals[0] < year <= arrivals[1]

    return Explorer(
        compute, draw,
        {
            "doubling": slider("doubling time, years", 0.5, 6.0, 2.4, step=0.1),
            "start": slider("neurons in 2015, millions", 1, 50, 4),
        },
        figure=LiveFigure(figure, [line, crossing]),
        alt="Network size over the years on a logarithmic axis, until it meets the size of a human brain",
        predict=Predict(
            "Sizes double every 2.4 years. Start with twice as many neurons: how much sooner do you arrive?",
            ["2.4 years", "half the time", "a year for every doubling"], answer=0,
            because="twice the start is one doubling done already.",
        ),
        goal=Goal(
            "Start with 10 million and find the slowest doubling time that arrives before 2040.",
            reached=lambda values, arrays: (
                values["start"] == 10 and slowest(values["doubling"], 2040),
                f"a doubling time of {values['doubling']} years arrives {arrival(arrays['year'])}",
            ),
        ),
    )  # fmt: skip


def loss_scaling(descend, scales, best, curvature):
    """Descent on one weight under differently scaled losses: the same minimum, different learning rates.

    descend(scale, lr) -> the weight after each step;  scales {"sum": 1.0, ...};  best, the minimizer;
    curvature, the second derivative of the unscaled sum of squares.
    """
    figure, ax = plt.subplots(figsize=(6.4, 3.8))
    ax.set(xlim=(0, 30), ylim=(best - 4, best + 4), xlabel="step", ylabel="weight $w$")
    ax.axhline(best, color=plots.INK, linestyle="--", linewidth=1)
    ax.text(29.5, best + 0.15, "least squares", ha="right")
    (path,) = ax.plot([], [], ".-", color=plots.BLUE)

    def compute(loss, lr):
        w = descend(scales[loss], lr)
        return {"w": w, "ratio": lr * scales[loss] * curvature / 2}

    def draw(arrays):
        path.set_data(np.arange(len(arrays["w"])), np.clip(arrays["w"], best - 100, best + 100))
        ratio = arrays["ratio"]
        converging = "converges from one side" if ratio < 0.5 else "converges, swinging"
        verdict = converging if ratio < 1 else "diverges"
        return f"{verdict}: this rate is {ratio:.3g} of the largest that converges"

    return Explorer(
        compute, draw,
        {"loss": choice("loss", list(scales)), "lr": log_slider("learning rate η", 1e-3, 10, 0.02)},
        figure=LiveFigure(figure, [path]),
        alt="One weight over thirty steps of gradient descent, and the least-squares weight it should reach",
        predict=Predict(
            "The largest stable rate for the sum is about 0.2. What is it for the mean of the 20 samples?",
            ["about 0.01", "about 0.2", "about 4"], answer=2,
            because="the mean is 20 times flatter than the sum, so the steps may be 20 times longer.",
        ),
        goal=Goal(
            "Choose the mean and find the largest learning rate on the slider that still converges.",
            reached=lambda values, arrays: (
                values["loss"] == "mean" and 10**-0.1 <= arrays["ratio"] < 1,
                f"{arrays['ratio']:.3g} of the largest rate for {values['loss']}",
            ),
        ),
    )  # fmt: skip
