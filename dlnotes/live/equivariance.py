"""First move, then convolve, or first convolve, then move: the live figure of equivariance."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

SAME = 1e-9  # what is nearer than this is the same
DARK, LIGHT = "black on white", "white on black"
SHIFT, TURN = "shift", "shift and quarter turn"


def orders(respond, letter):
    """A letter moved around, its feature map in both orders, and where the two orders differ.

    respond(x, padding) -> (h, w), the convolution of x (h, w) with "zero", "periodic" or "reflection" around;
    letter (h, w) of 0 ... 1, black around.      GBC 9.2; DLNN 6.5; Strang VII.2
    """
    pictures = {DARK: 1 - letter, LIGHT: letter}
    reach = max(float(np.abs(respond(picture, "periodic")).max()) for picture in pictures.values())
    figure, images = _image_and_maps(letter.shape, reach)

    def compute(picture, padding, movement, down, right):
        x = pictures[picture]
        arrays = _orders(respond, x, padding, movement, (down, right))
        further = _orders(respond, x, padding, movement, (down, right + 1))
        return arrays | {"further": _count(further)}

    def draw(arrays):
        first, second = arrays["moved first"], arrays["moved last"]
        shown = [arrays["moved"], first, second, np.where(np.abs(first - second) > SAME, reach, 0)]
        for image, values in zip(images, shown, strict=True):
            image.set_data(values)
        count = _count(arrays)
        if not count:
            return f"the two orders agree at all {first.size} pixels"
        return f"the two orders differ at {count} of {first.size} pixels"

    def judge(values, arrays):
        if values["padding"] != "zero" or values["picture"] != LIGHT or values["movement"] != SHIFT:
            return False, f"take {LIGHT}, zero padding, and the shift"
        if values["down"] or values["right"] < 1:
            return False, "shift it to the right alone"
        if count := _count(arrays):
            return False, f"{count} pixels differ"
        said = "no pixel differs" if arrays["further"] else "no pixel differs, one more place is left"
        return arrays["further"] > 0, said

    controls = {
        "picture": choice("picture", [DARK, LIGHT]),
        "padding": choice("padding", ["zero", "periodic", "reflection"]),
        "movement": choice("movement", [SHIFT, TURN]),
        "down": slider("rows down", -8, 8, 0),
        "right": slider("columns right", -12, 12, 0),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, images),
        alt="A moved letter, its feature map before and after the move in both orders, and their difference",
        predict=Predict(
            "Black on white, zeros around: shift it 2 columns to the right. Where do the two orders differ?",
            ["nowhere", "in columns at the left and right edge", "along the strokes of the letter"], answer=1,
            because="there a window sees the zeros of the padding, which do not move with the image.",
        ),
        goal=Goal(
            "White on black, zeros around: find the largest shift to the right at which no pixel differs.",
            judge,
        ),
    )  # fmt: skip


def _image_and_maps(shape, reach):
    """A figure with an empty image, two feature maps of -reach to reach, and their difference."""
    figure, axes = plt.subplots(1, 4, figsize=(8, 2.7))
    scale = {"cmap": plots.SIGNED, "vmin": -reach, "vmax": reach}
    titles = ["moved image", "move,\nthen convolve", "convolve,\nthen move", "where they differ"]
    images = []
    for ax, title in zip(axes, titles, strict=True):
        style = {"cmap": "gray", "vmin": 0, "vmax": 1} if ax is axes[0] else scale
        images.append(ax.imshow(np.zeros(shape), interpolation="nearest", **style))
        ax.set_title(title, fontsize=11)
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(True)
    return figure, images


def _orders(respond, x, padding, movement, shift):
    """The moved image, and its map with the movement first and last."""

    def move(picture):
        shifted = np.roll(picture, shift, axis=(0, 1))
        return np.rot90(shifted) if movement == TURN else shifted

    moved = move(x)
    return {"moved": moved, "moved first": respond(moved, padding), "moved last": move(respond(x, padding))}


def _count(arrays):
    """At how many pixels the two orders differ."""
    return int((np.abs(arrays["moved first"] - arrays["moved last"]) > SAME).sum())
