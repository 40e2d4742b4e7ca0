"""The live figures of the variants of convolution: who shares a weight, and kernels as sums of products."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

OUTPUTS, WIDEST = 8, 3  # outputs of the row and of each side of the plane, weights of the widest kernel
APART = 6  # the goal: neighbors that share a kernel are so far apart
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WANTED = 0.15  # the goal: a smaller error than this


def sharing(weight_numbers, kernel_numbers):
    """Tiled convolution: the matrix of a row, a color for a kernel and a letter for a weight; and a plane.

    weight_numbers(t, k) -> (8, 8 + k - 1) of whole numbers, 0 for no weight;  kernel_numbers(t) -> (8, 8),
    which of the t x t kernels is at a place.      GBC (9.10), Figure 9.16
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0), width_ratios=[1.2, 1])
    inputs = OUTPUTS + WIDEST - 1
    row, letters = _table(ax, (OUTPUTS, inputs), "the matrix of a row", "input", "output")
    floor, numbers = _table(right, (OUTPUTS, OUTPUTS), "kernels on a plane", "column", "row")

    def compute(t, k):
        weights = np.zeros((OUTPUTS, inputs), int)
        weights[:, : OUTPUTS + k - 1] = weight_numbers(t, k)
        return {"t": t, "k": k, "weights": weights, "kernels": kernel_numbers(t)}

    def draw(arrays):
        t, k, weights, kernels = (arrays[name] for name in ("t", "k", "weights", "kernels"))
        row.set_data(_tint((weights - 1) // k, 0 * weights, weights > 0))
        floor.set_data(_tint(kernels % t, kernels // t, kernels >= 0))
        for text, number in zip(letters, weights.flat, strict=True):
            text.set_text(LETTERS[number - 1] if number else "")
        for text, number in zip(numbers, kernels.flat, strict=True):
            text.set_text(str(number))
        return f"t = {t}: the row has {_count(t, 'kernel')} of {_count(k, 'weight')}"

    def judge(values, arrays):
        first = arrays["weights"].max(axis=1)  # the last weight of each kernel tells it
        near = next((by for by in range(1, OUTPUTS) if (first[by:] == first[:-by]).any()), None)
        said = "no two outputs share a kernel" if near is None else f"outputs {near} apart share a kernel"
        return near == APART, said

    controls = {
        "t": slider("kernels in a row, t", 1, OUTPUTS, 1),
        "k": slider("weights of a kernel, k", 1, WIDEST, 2),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [row, floor, *letters, *numbers]),
        alt="The matrix of tiled convolution with a letter for each weight, and a plane tiled with kernels",
        predict=Predict(
            "Go from t = 1 to t = 4. How many times as many weights does the plane have?",
            ["4 times", "8 times", "16 times"], answer=2,
            because="t kernels take turns along each of its two axes: t times t in all.",
        ),
        goal=Goal(
            f"In the row, outputs 0 and {APART} are to share a kernel, and no two that are nearer.", judge
        ),
    )  # fmt: skip


def low_rank(by_rank, kernels):
    """A kernel, the best sum of a few products, and the singular values: those in use, and those left out.

    by_rank(kernel, rank) -> (approximation (k, k), singular values (k,));  kernels {name: (k, k)}, of one
    size, among them "disk" and "diagonal line".      GBC 9.8
    """
    size = len(next(iter(kernels.values())))
    figure, images, bars = _kernels_and_bars(size)

    def compute(kernel, rank):
        near, sigma = by_rank(kernels[kernel], rank)
        error = np.linalg.norm(kernels[kernel] - near) / np.linalg.norm(kernels[kernel])
        return {"kernel": kernels[kernel], "near": near, "sigma": sigma, "rank": rank, "error": float(error)}

    def draw(arrays):
        top = np.abs(arrays["kernel"]).max()
        for image, name in zip(images, ("kernel", "near"), strict=True):
            image.set_data(arrays[name] / top)
        for number, (bar, height) in enumerate(zip(bars, arrays["sigma"], strict=True)):
            bar.set_height(height / arrays["sigma"][0])
            bar.set_color(plots.ORANGE if number < arrays["rank"] else plots.INK)
        work = 2 * size * arrays["rank"]
        said = f"{_count(arrays['rank'], 'product')}: {work} multiplications a pixel, directly {size * size}"
        return f"{said} · error {arrays['error']:.1%}"

    def judge(values, arrays):
        if values["kernel"] != "disk":
            return False, "take the disk"
        fewer = [compute("disk", rank)["error"] for rank in range(1, values["rank"])]
        said = f"{_count(values['rank'], 'product')}, error {arrays['error']:.1%}"
        if arrays["error"] < WANTED and any(error < WANTED for error in fewer):
            return False, f"{said}, but fewer do it"
        return arrays["error"] < WANTED, said

    controls = {
        "kernel": choice("kernel", list(kernels)),
        "rank": slider("products r", 1, size, 1),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*images, *bars]),
        alt="A kernel, its approximation by a few products, and its singular values",
        predict=Predict(
            f"The diagonal line: {size} ones, all else 0. How many products does it take to make it exactly?",
            ["1", "2", str(size)], answer=2,
            because="all its singular values are 1: each product can supply one of its pixels.",
        ),
        goal=Goal(
            f"Make the disk from as few products as possible, with an error below {WANTED:.0%}.", judge
        ),
    )  # fmt: skip


def _table(ax, shape, title, xlabel, ylabel):
    """An empty picture of this shape, and an empty text at each of its entries, row by row."""
    picture = ax.imshow(np.zeros((*shape, 4)), interpolation="nearest")
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=range(shape[1]), yticks=range(shape[0]))
    style = {"ha": "center", "va": "center", "fontsize": 11, "fontweight": "bold"}
    return picture, [ax.text(column, row, "", **style) for row, column in np.ndindex(shape)]


def _kernels_and_bars(size):
    """A figure with two empty pictures of a kernel, and a bar for each singular value."""
    figure, (*axes, right) = plt.subplots(1, 3, figsize=(8, 3.2), width_ratios=[1, 1, 1.2])
    images = []
    for ax, title in zip(axes, ["the kernel", "the sum of products"], strict=True):
        images.append(ax.imshow(np.zeros((size, size)), cmap=plots.SIGNED, vmin=-1, vmax=1))
        ax.set(title=title, xlabel="column", ylabel="row", xticks=range(0, size, 5), yticks=range(0, size, 5))
    bars = right.bar(range(1, size + 1), np.ones(size))
    right.set(xlabel="product", ylabel="singular value, largest = 1")
    right.set(ylim=(0, 1.1), xticks=range(1, size + 1, 2))
    right.set_title("orange: in the sum", fontsize=11)
    return figure, images, bars


def _tint(color, shade, where):
    """Pictures (h, w, 4): a color of the palette, fainter for a larger shade, clear where not `where`."""
    inks = np.array([to_rgba(ink) for ink in plots.PALETTE[:OUTPUTS]])
    picture = inks[np.clip(color, 0, OUTPUTS - 1)]
    picture[..., 3] = np.where(where, 0.29 - 0.03 * shade, 0)
    return picture


def _count(number, what):
    return f"{number} {what}" + ("" if number == 1 else "s")
