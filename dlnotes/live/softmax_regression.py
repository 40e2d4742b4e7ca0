"""The live figures of softmax regression.  Each is handed arrays and functions, and returns an `Explorer`."""

import itertools

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def two_codes(codes):
    """Concepts made of attributes, coded with a unit for each concept and with a unit for each value.

    codes(things, values) -> two arrays of 0 and 1, (n, values^m) and (n, values m), for the rows of things
    (n, m), integers 0 ... values - 1.
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    ax.set(xlim=(-0.02, 2.2), ylim=(-0.16, 1.1), aspect="equal")
    ax.set_axis_off()
    names = ["a unit for each concept", "a unit for each value"]
    lefts = [0.0, 1.18]
    pictures = [ax.imshow(np.zeros((1, 1)), cmap=plots.SIGNED, vmin=-1, vmax=1) for _ in names]
    frames = [ax.add_patch(plt.Rectangle((left, 0), 1, 1, fill=False, edgecolor=plots.INK)) for left in lefts]
    counts = [ax.text(left, -0.04, "", va="top") for left in lefts]
    for left, name in zip(lefts, names, strict=True):
        ax.text(left, 1.03, name)
    ax.text(-0.03, 0.5, "concepts", rotation=90, ha="right", va="center")

    def compute(attributes, values):
        things = np.array(list(itertools.product(range(values), repeat=attributes)))
        one_each, one_a_value = codes(things, values)
        return {"codes": [one_each, one_a_value], "concepts": len(things)}

    def draw(arrays):
        units = [code.shape[1] for code in arrays["codes"]]
        for place, code in enumerate(arrays["codes"]):
            width = units[place] / arrays["concepts"]
            pictures[place].set_data(code)
            pictures[place].set_extent((lefts[place], lefts[place] + width, 0, 1))
            frames[place].set_width(width)
            counts[place].set_text(f"{units[place]} units")
        ratio = f"{units[0] / units[1]:.3g}"
        return f"{arrays['concepts']} concepts: {units[0]} units or {units[1]}, a ratio of {ratio}"

    controls = {"attributes": slider("attributes m", 1, 4, 2), "values": slider("values of each v", 2, 5, 3)}
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*pictures, *frames, *counts]),
        alt="Two codes of the same concepts, one row a concept, one column a unit, to the same scale",
        predict=Predict(
            "Three attributes with five values each. How many units if every value gets one?",
            ["15", "125", "243"], answer=0,
            because="five for each of the three attributes; 125 is the number of concepts.",
        ),
        goal=Goal(
            "Find a setting at which a unit for each concept takes more than ten times as many units.",
            reached=lambda values, arrays: (
                arrays["codes"][0].shape[1] > 10 * arrays["codes"][1].shape[1],
                " units against ".join(str(code.shape[1]) for code in arrays["codes"]),
            ),
        ),
    )  # fmt: skip


def class_regions(scores, x, labels, W, b):
    """Sliders turn, stretch and shift the score of class 0; the plane shows whose score is the largest.

    scores(x, W, b) -> (n, 3);  x (n, 2), labels (n,) in 0, 1, 2;  W (3, 2), b (3,), kept by classes 1, 2.
    """
    figure, ax = plt.subplots(figsize=(5.6, 5.0))
    reach = 3.2
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ticks = np.linspace(-reach, reach, 160)
    plane = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    extent = (-reach, reach, -reach, reach)
    tint = ax.imshow(np.zeros((160, 160, 4)), extent=extent, origin="lower", zorder=0)
    pairs = list(itertools.combinations(range(3), 2))
    lines = [ax.plot([], [], "--", color=plots.INK, linewidth=1.2)[0] for _ in pairs]
    plots.points(x, labels, ax=ax, names=["class 0", "class 1", "class 2"])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, columnspacing=1.2)
    arrows = ax.quiver(
        *np.zeros((2, 3)), *W.T, color=plots.PALETTE[:3], angles="xy", scale_units="xy", scale=1,
        width=0.012, zorder=4,
    )  # fmt: skip
    names = [ax.text(0, 0, f"$w_{k}$", ha="center", va="center", zorder=5) for k in range(3)]

    def compute(angle, length, bias):
        weights, biases = W.astype(float), b.astype(float)
        turn = np.deg2rad(angle)
        weights[0], biases[0] = length * np.array([np.cos(turn), np.sin(turn)]), bias
        winners = scores(plane, weights, biases).argmax(axis=1).reshape(160, 160)
        wrong = int((scores(x, weights, biases).argmax(axis=1) != labels).sum())
        return {"W": weights, "b": biases, "winners": winners, "wrong": wrong}

    def draw(arrays):
        weights, biases = arrays["W"], arrays["b"]
        tint.set_data(plots.tints(3)[arrays["winners"]])
        arrows.set_UVC(*weights.T)
        for line, (i, j) in zip(lines, pairs, strict=True):
            line.set_data(*plots.boundary_ends(np.append(biases[i] - biases[j], weights[i] - weights[j]), ax))
        for name, w in zip(names, weights, strict=True):
            name.set_position(w * (1 + 0.3 / np.linalg.norm(w)))
        share = (arrays["winners"] == 0).mean()
        return f"{arrays['wrong']} of {len(x)} samples wrong · class 0 has {share:.0%} of the square"

    controls = {
        "angle": slider("angle of w₀", 0, 360, 180, step=5),
        "length": slider("length of w₀", 0.25, 2.5, 1.0, step=0.25),
        "bias": slider("bias b₀", -4.0, 4.0, 0.0, step=0.25),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [tint, *lines, arrows, *names]),
        alt="Three regions of the plane, the lines where two scores are equal, and three weight vectors",
        predict=Predict(
            "Raise the bias of class 0 and nothing else. What do its two boundaries do?",
            ["they turn", "they shift without turning", "only one of them moves"], answer=1,
            because="a boundary stands at a right angle to the difference of two weight vectors.",
        ),
        goal=Goal(
            "Turn, stretch and shift class 0 until no sample is wrong.",
            reached=lambda values, arrays: (arrays["wrong"] == 0, f"{arrays['wrong']} samples are wrong"),
        ),
    )  # fmt: skip


def scores_to_probabilities(stable, naive, scores):
    """Three scores, a temperature, a number added to all scores: the softmax, and a softmax that overflows.

    stable(s), naive(s): probabilities (n, 3) of the rows of s (n, 3), the second in floating point with NaN
    where it fails;  scores (3,), to start from.
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.8), width_ratios=[1, 1.15])
    classes, temperatures = np.arange(3), np.geomspace(0.01, 100, 121)
    ax.set(xlim=(-0.6, 2.6), ylim=(0, 1.2), xlabel="class", ylabel="probability")
    ax.set(xticks=classes, yticks=[0, 0.5, 1], yticklabels=["0", "0.5", "1"])
    bars = ax.bar(classes, 0, 0.7, color=plots.PALETTE[:3], alpha=0.75, label="largest score subtracted")
    outlines = ax.bar(
        classes, 0, 0.35, facecolor="none", edgecolor=plots.INK, linewidth=2, label="as it is printed"
    )
    numbers = [ax.text(k, 0, "", ha="center", va="bottom", fontsize=10) for k in classes]
    ax.legend(loc="lower left", bbox_to_anchor=(-0.1, 1.0), ncols=2, columnspacing=1.2)
    right.set(xscale="log", xlim=(0.01, 100), ylim=(0, 1.2), xlabel="temperature $T$", ylabel="probability")
    right.set(yticks=[0, 1 / 3, 0.5, 1], yticklabels=["0", "1/3", "0.5", "1"])
    right.axhline(1 / 3, color=plots.INK, linestyle=":", linewidth=1.2)
    curves = [
        right.plot([], [], color=plots.PALETTE[k], linestyle=style, label=f"class {k}")[0]
        for k, style in enumerate(["-", "--", "-."])
    ]
    (here,) = right.plot([], [], color=plots.INK, linewidth=1.2)
    dots = right.scatter(np.zeros(3), np.zeros(3), color=plots.PALETTE[:3], s=50, zorder=3)
    right.legend(loc="lower left", bbox_to_anchor=(-0.1, 1.0), ncols=3, columnspacing=1.2)

    def compute(s0, s1, s2, temperature, offset):
        s = np.array([[s0, s1, s2]])
        p, printed = stable((s + offset) / temperature)[0], naive((s + offset) / temperature)[0]
        curves = stable(s / temperatures[:, None])
        return {"p": p, "printed": printed, "T": temperature, "offset": offset, "curves": curves}

    def draw(arrays):
        p, printed, temperature = arrays["p"], arrays["printed"], arrays["T"]
        for k in classes:
            bars[k].set_height(p[k])
            outlines[k].set_height(printed[k])
            numbers[k].set_text(f"{p[k]:.3f}" + ("\nprinted: NaN" if np.isnan(printed[k]) else ""))
            numbers[k].set_y(p[k] + 0.01)
            curves[k].set_data(temperatures, arrays["curves"][:, k])
        here.set_data([temperature, temperature], [0, 1.2])
        dots.set_offsets(np.column_stack([np.full(3, temperature), p]))
        fails = np.isnan(printed).any()
        text = " ".join(f"{value:.4f}" for value in p)
        added = f"{arrays['offset']:+g} added to all three scores"
        return f"{added}: p = {text} · as it is printed: " + ("NaN" if fails else "the same")

    controls = {
        f"s{k}": slider(f"score s{'₀₁₂'[k]}", -5.0, 5.0, float(scores[k]), step=0.25) for k in classes
    } | {
        "temperature": log_slider("temperature T", 0.01, 100, 1),
        "offset": slider("added to all three scores", -1000, 1000, 0, step=10),
    }  # fmt: skip
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*bars, *outlines, *numbers, *curves, here, dots]),
        alt="The probabilities of three classes as bars, and as curves over the temperature",
        predict=Predict(
            "Add 1000 to all three scores. What does the formula give in a computer, just as it is printed?",
            ["the same probabilities", "1 for the largest score", "nothing that is a number"], answer=2,
            because="exp(1000) is infinite there, and infinity over infinity is no number (NaN).",
        ),
        goal=Goal(
            "Make the largest probability at least 0.99 without moving a score.",
            reached=lambda values, arrays: (
                arrays["p"].max() >= 0.99 and all(values[f"s{k}"] == scores[k] for k in classes),
                f"the largest probability is {arrays['p'].max():.4f} at the scores "
                + ", ".join(f"{values[f's{k}']:g}" for k in classes),
            ),
        ),
    )  # fmt: skip


def templates(predict, frames, x, labels, pictures):
    """Softmax regression while it learns: the weights of every class as a picture, and what they read.

    predict(x, w) -> probabilities (m, k);  frames: rows {"step", "w" (k, 1 + h w), "train", "test"} with the
    bias first in w, and accuracies;  x (m, h w), labels (m,): samples to read;  pictures (h, w), their shape.
    """
    classes, (height, width) = len(frames[0]["w"]), pictures
    figure, axes = plt.subplot_mosaic(
        "WWW;APB", figsize=(8, 4.0), width_ratios=[1.7, 0.8, 1.5], height_ratios=[1, 1.9]
    )
    tiles, curve_ax, picture_ax, bar_ax = (axes[name] for name in "WAPB")
    lefts = [k * (width + 1) for k in range(classes)]
    sheet = np.zeros((height, lefts[-1] + width))
    tiles.set_axis_off()
    weights = tiles.imshow(sheet, cmap=plots.SIGNED, vmin=-1, vmax=1, interpolation="nearest")
    tiles.set(xlim=(-0.8, sheet.shape[1] - 0.2), ylim=(height - 0.2, -2.6))
    for k, left in enumerate(lefts):
        tiles.text(left + width / 2 - 0.5, -0.9, str(k), ha="center")
        tiles.add_patch(_outline(left, height, width, plots.INK, 0.6))
    winner = tiles.add_patch(_outline(0, height, width, plots.PURPLE, 2.5))

    steps = np.array([frame["step"] for frame in frames])
    curve_ax.set(
        xscale="symlog", xlim=(0, steps[-1] * 1.1), ylim=(0, 1.03), xlabel="steps", ylabel="accuracy"
    )
    styles = {"train": ("-", plots.BLUE), "test": ("--", plots.ORANGE)}
    curves = {
        name: curve_ax.plot([], [], style, color=color, label=name)[0]
        for name, (style, color) in styles.items()
    }
    curve_ax.legend(loc="lower right")
    picture_ax.set_axis_off()
    picture = picture_ax.imshow(np.zeros(pictures), cmap=plots.SIGNED, vmin=-1, vmax=1)
    picture_ax.set(xlim=(-0.8, width - 0.2), ylim=(height - 0.2, -0.8))
    picture_ax.add_patch(_outline(0, height, width, plots.INK, 0.6))
    bars = bar_ax.bar(range(classes), 0, color=plots.INK)
    bar_ax.set(ylim=(0, 1), xticks=range(classes), xlabel="digit", ylabel="probability")

    def compute(frame, sample):
        p = predict(x[[sample]], frames[frame]["w"])[0]
        return {"row": frames[frame], "frame": frame, "sample": sample, "p": p, "read": int(p.argmax())}

    def draw(arrays):
        row, sample, read = arrays["row"], arrays["sample"], arrays["read"]
        largest = np.abs(row["w"][:, 1:]).max()
        for left, w in zip(lefts, row["w"][:, 1:], strict=True):
            sheet[:, left : left + width] = w.reshape(pictures) / (largest or 1)
        weights.set_data(sheet)
        winner.set_x(lefts[read] - 0.5)
        for name, curve in curves.items():
            curve.set_data(steps[: arrays["frame"] + 1], [one[name] for one in frames[: arrays["frame"] + 1]])
        picture.set_data(x[sample].reshape(pictures))
        for k, bar in enumerate(bars):
            bar.set_height(arrays["p"][k])
            bar.set_facecolor(plots.GREEN if k == labels[sample] else plots.INK)
        shares = f"{row['train']:.3f} of the training and {row['test']:.3f} of the test digits right"
        verdict = "right" if read == labels[sample] else "wrong"
        return f"step {row['step']}: {shares} · this {labels[sample]} is read as {read}, {verdict}"

    controls = {
        "frame": slider("frame of the training", 0, len(frames) - 1, 1),
        "sample": slider("test picture", 0, len(x) - 1, 0),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [weights, winner, *curves.values(), picture, *bars]),
        alt="The weights of each class as a picture, the accuracies so far, and what one picture is read as",
        play="frame",
        predict=Predict(
            f"After one step {frames[1]['test']:.0%} of the test digits are read right. "
            f"How many after {steps[-1]:,} steps?",
            ["less than 85%", "about 95%", "all of them"], answer=1,
            because="most is learned at once, then each further percent takes longer, and some never come.",
        ),
        goal=Goal(
            "Go to the last frame and find a test picture that is still read wrong.",
            reached=lambda values, arrays: (
                values["frame"] == len(frames) - 1 and arrays["read"] != labels[values["sample"]],
                f"at step {arrays['row']['step']} a {labels[values['sample']]} is read as {arrays['read']}",
            ),
        ),
    )  # fmt: skip


def _outline(left, height, width, color, linewidth):
    """The frame of a picture whose first pixel is drawn at (left, 0)."""
    return plt.Rectangle((left - 0.5, -0.5), width, height, fill=False, edgecolor=color, linewidth=linewidth)
