"""The live figures of batch normalization.  Each is handed functions or runs of the page: an `Explorer`."""

import math

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

EDGES = np.linspace(-4, 4, 81)  # of the bins of a histogram
WIDTH = 0.7  # of a density of 1; wider than 0.45, half the room of a layer, none is drawn
REACH = 3.0  # of the outputs of one sample
BINS = np.linspace(-REACH - 0.125, REACH + 0.125, 26)
TWO_SAMPLES = Predict(
    "Set the batch size to 2: the sample and one other. Which outputs can it get in training?",
    ["any, about its output at test time", "about −1 or about +1", "0 alone"], answer=1,
    because="the mean lies in the middle of two numbers, and both are one standard deviation away.",
)  # fmt: skip


def through_layers(forward, activations):
    """Histograms of pre-activations and activations, layer by layer, as the variance of the weights moves.

    forward(activation, gain) -> a list of (s, a), arrays of any shape, one for each layer; gain is J times
    the variance of the weights;  activations, a list of names.      DLNN 10, Fig 10.1, 10.7
    """
    layers = len(forward(activations[0], 1.0))
    figure, ax = plt.subplots(figsize=(8, 4.4))
    ax.set(xlim=(0.5, layers + 0.5), ylim=(-4, 4.9), xticks=range(1, layers + 1))
    ax.set(xlabel="layer", ylabel="value")
    ax.axhline(0, color=plots.INK, linewidth=0.6)
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    looks = [(-1, plots.BLUE, "pre-activations $s$"), (1, plots.ORANGE, "activations $a$")]
    halves = [
        [ax.fill_betweenx([], [], [], color=color, alpha=0.75, linewidth=0) for _ in range(layers)]
        for _, color, _ in looks
    ]
    for (_, _, name), row in zip(looks, halves, strict=True):
        row[0].set_label(name)
    words = [ax.text(layer, 4.15, "", ha="center", fontsize=9) for layer in range(1, layers + 1)]
    ax.text(0.5, 4.65, "mean and variance of the activations:", fontsize=9)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=2)

    def compute(activation, gain):
        found = forward(activation, gain)
        return {
            "densities": [[_density(part) for part in layer] for layer in found],
            "mean": np.array([a.mean() for _, a in found], dtype=float),
            "variance": np.array([a.var() for _, a in found], dtype=float),
        }

    def draw(arrays):
        for number, pair in enumerate(arrays["densities"]):
            for (side, _, _), row, density in zip(looks, halves, pair, strict=True):
                width = np.minimum(WIDTH * density, 0.45)
                row[number].set_data(middles, number + 1, number + 1 + side * width)
        for text, mean, variance in zip(words, arrays["mean"], arrays["variance"], strict=True):
            text.set_text(f"{mean.round(2) + 0:.2f}, {variance:.2g}")
        mean, variance = arrays["mean"][-1], arrays["variance"][-1]
        square = (arrays["mean"] ** 2 + arrays["variance"])[[0, -1]]
        return (
            f"layer {layers}: mean {mean.round(3) + 0:.3f}, variance {variance:.3g}; the mean square goes "
            f"from {square[0]:.3g} in layer 1 to {square[1]:.3g}"
        )

    def judge(values, arrays):
        mean, variance = arrays["mean"][-1], arrays["variance"][-1]
        reached = abs(mean) <= 0.1 and abs(variance - 1) <= 0.1
        return bool(reached), f"{values['activation']}: mean {mean:.2f}, variance {variance:.2g}"

    controls = {
        "activation": choice("activation", list(activations)),
        "gain": slider("J times the weights' variance", 0.25, 4.0, 2.0, step=0.25),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*halves[0], *halves[1], *words]),
        alt="Histograms of the pre-activations and activations of each layer of a deep network",
        predict=Predict(
            "Keep relu, and lower J times the variance from 2 to 1. From layer to layer, what does the mean "
            "square of the activations do?",
            ["it stays", "it halves", "it falls to a quarter"], answer=1,
            because="a ReLU lets half of a mean square through, and the weights no longer make up for it.",
        ),
        goal=Goal(
            f"Find a setting at which the activations of layer {layers} have a mean within 0.1 of 0 and a "
            "variance within 0.1 of 1.",
            reached=judge,
        ),
    )  # fmt: skip


def company(train, test, s, others):
    """One sample in many batches: what batch norm makes of it in training, and at test time.

    train(x) standardizes x (b, m), m batches of b pre-activations side by side;  test(x), x (1,), with the
    moments of all data;  s (n,), the pre-activations of a unit on the data;  others (m, most), the rows of s
    that keep the sample company, batch by batch.      DLNN 10.1; GBC 8.7.1; MEDL (5.41)
    """
    sizes = [2**power for power in range(1, others.shape[1].bit_length())]
    mean, std = s.mean(), s.std()
    figure, cloud, here, bars, at_test, dot = _company_artists(mean, std, len(others))

    def compute(size, sample, batch):
        own = mean + sample * std
        x = np.vstack([np.full(len(others), own), s[others[:, : size - 1]].T])
        outputs = train(x)[0]
        frozen = float(test(np.array([own]))[0])
        return {
            "means": x.mean(axis=0),
            "stds": x.std(axis=0),
            "outputs": outputs,
            "test": frozen,
            "apart": float(np.sqrt(np.mean((outputs - frozen) ** 2))),
            "batch": batch - 1,
            "size": size,
        }

    def draw(arrays):
        batch, outputs = arrays["batch"], arrays["outputs"]
        cloud.set_data(arrays["means"], arrays["stds"])
        here.set_data([arrays["means"][batch]], [arrays["stds"][batch]])
        shares = np.histogram(np.clip(outputs, BINS[0], BINS[-1]), BINS)[0] / len(outputs)
        for bar, share in zip(bars, shares, strict=True):
            bar.set_height(share)
        at_test.set_xdata([arrays["test"]] * 2)
        dot.set_data([np.clip(outputs[batch], BINS[0], BINS[-1])], [0.03])
        return (
            f"batches of {arrays['size']}: {outputs[batch]:.2f} in this one, {arrays['test']:.2f} at test "
            f"time; in the mean they are {arrays['apart']:.2f} apart (root of the mean square)"
        )

    def judge(values, arrays):
        said = f"batches of {values['size']}: {arrays['apart']:.3f} apart"
        if values["sample"] != 1.0:
            return False, f"the sample is at {values['sample']:g}, want 1"
        if arrays["apart"] >= 0.15:
            return False, said
        smaller = compute(max(values["size"] // 2, 2), values["sample"], values["batch"])["apart"]
        if values["size"] > 2 and smaller < 0.15:
            return False, f"{said}, but smaller batches do as well"
        return True, f"{said}, and half of that is not enough"

    sizes = [2**power for power in range(1, others.shape[1].bit_length())]
    controls = {
        "size": choice("batch size", sizes, sizes[2]),
        "sample": slider("sample, in standard deviations", -2.0, 2.0, 1.0, step=0.25),
        "batch": slider("batch", 1, 40, 1),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [cloud, here, *bars, at_test, dot]),
        alt="Mean and standard deviation of many batches, and what they make of one and the same sample",
        play="batch",
        predict=TWO_SAMPLES,
        goal=Goal(
            "For the sample at 1: find the smallest batch size at which training and test are less than "
            "0.15 apart.",
            reached=judge,
        ),
    )  # fmt: skip


def _company_artists(mean, std, count):
    """The figure of `company`, for `count` batches of a unit with this mean and deviation; its artists."""
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9), width_ratios=[1, 1.15])
    ax.set(xlim=(mean - 2.2 * std, mean + 2.2 * std), ylim=(0, 2.6 * std))
    ax.set(xlabel="mean of the batch", ylabel="standard deviation of the batch")
    (cloud,) = ax.plot([], [], ".", color=plots.INK, markersize=4, label=f"{count} batches")
    ax.plot([mean], [std], "D", color=plots.GREEN, markersize=9, label="all data")
    (here,) = ax.plot([], [], "o", color=plots.ORANGE, markersize=9, label="this batch")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=3, columnspacing=0.8, handletextpad=0.2)
    right.set(xlim=(BINS[0], BINS[-1]), ylim=(0, 1), yticks=[0, 0.25, 0.5, 0.75, 1])
    right.set(xlabel="output for the sample", ylabel="share of the batches")
    bars = right.bar((BINS[1:] + BINS[:-1]) / 2, 0, width=0.25, color=plots.BLUE)
    bars.set_label("in training")
    at_test = right.axvline(0, color=plots.GREEN, label="at test time")
    (dot,) = right.plot([], [], "o", color=plots.ORANGE, markersize=9, label="in this batch")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=3, columnspacing=0.8)
    return figure, cloud, here, bars, at_test, dot


def learning_rates(runs):
    """How two networks train, with and without batch norm, at one learning rate and at all of them.

    runs {weights: {"without": {lr: risks (t,)}, "with": {...}}}, the same learning rates everywhere, equal
    powers of 10 apart; a run that went to infinity has `inf` from there on.
    DLNN 10.1; GBC 8.7.1; EE147 Normalization
    """
    names = {"without": "without batch norm", "with": "with batch norm"}
    rates = list(next(iter(runs.values()))["with"])
    powers = np.log10(rates).round(10)
    last = len(next(iter(next(iter(runs.values()))["with"].values())))
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0))
    ax.set(xlim=(0, last + 1), ylim=(0, 3.2), xlabel="step", ylabel="risk of the batch")
    right.set(xscale="log", xlim=(rates[0] / 1.3, rates[-1] * 1.3), ylim=(0, 3.2))
    right.set(xlabel="learning rate", ylabel="risk at the end (mean of 10 steps)")
    looks = {"without": ("--", "s", plots.ORANGE), "with": ("-", "o", plots.BLUE)}
    curves, ends, dots = {}, {}, {}
    for name, (line, mark, color) in looks.items():
        (curves[name],) = ax.plot([], [], line, color=color, linewidth=1.5, label=names[name])
        (ends[name],) = right.plot([], [], line, marker=mark, color=color, markersize=4, linewidth=1.5)
        (dots[name],) = right.plot([], [], mark, color=color, markersize=10)
    for each in (ax, right):
        each.axhline(math.log(10), color=plots.INK, linewidth=0.8, linestyle=":", label="guessing")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3)

    def compute(weights, power):
        lr = min(rates, key=lambda rate: abs(math.log10(rate) - power))
        found = runs[weights]
        return {
            "lr": lr,
            "risks": {name: found[name][lr] for name in names},
            "ends": {name: np.array([_end(found[name][lr]) for lr in rates]) for name in names},
            "here": {name: _end(found[name][lr]) for name in names},
        }

    def draw(arrays):
        for name in names:
            risks = np.minimum(arrays["risks"][name], 3.15)
            curves[name].set_data(np.arange(1, len(risks) + 1), risks)
            ends[name].set_data(rates, np.minimum(arrays["ends"][name], 3.15))
            dots[name].set_data([arrays["lr"]], [min(arrays["here"][name], 3.15)])
        words = " · ".join(f"{names[name]} {_said(arrays['here'][name])}" for name in names)
        return f"learning rate {arrays['lr']:.2g}: the risk at the end is {words}"

    def judge(values, arrays):
        here = arrays["here"]
        said = f"learning rate {arrays['lr']:.2g}: {_said(here['without'])} and {_said(here['with'])}"
        return bool(here["with"] < 1 and here["without"] > 2), said

    controls = {
        "weights": choice("weights", list(runs)),
        "power": slider("learning rate: 10 to the", *powers[[0, -1]], powers[3], step=powers[1] - powers[0]),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*curves.values(), *ends.values(), *dots.values()]),
        alt="The risk during training with and without batch norm, and at its end for each learning rate",
        predict=Predict(
            "Now start from weights of half that size. How low do the two curves on the right still go?",
            ["both about as low as before", "the one with batch norm does, the other does not",
             "neither does"], answer=1,
            because="without batch norm the signal now fades from layer to layer; with it every layer is "
            "standardized anew.",
        ),
        goal=Goal(
            "Find a learning rate with which the network learns with batch norm (risk below 1 at the end), "
            "and without it stays at guessing (above 2).",
            reached=judge,
        ),
    )  # fmt: skip


def _density(values):
    """The density of the values in the bins of EDGES."""
    counts, _ = np.histogram(values, EDGES)
    return counts / (values.size * (EDGES[1] - EDGES[0]))


def _end(risks):
    """The mean of the last ten risks."""
    return float(np.mean(risks[-10:]))


def _said(risk):
    return f"{risk:.2f}" if risk < 100 else "beyond all bounds"
