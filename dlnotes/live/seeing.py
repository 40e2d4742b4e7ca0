"""The live figure of what a network wants to see: a picture that climbs the score of a class."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

STEPS = 60
NEAR = 1.35  # times the distance that no real picture has from the next one


def dream(ascend, real, best):
    """Ascend a class score from noise, with weight decay and blur; beside it the nearest real picture.

    ascend(digit, size, decay, blur, steps) -> pictures (steps + 1, h, w), scores (steps + 1,);  real (n, h,
    w), pictures that were not made;  best (10,), the highest score that a real picture of each class has.
    DLNN 4.8, Fig 4.11
    """
    flat = real.reshape(len(real), -1)
    usual = _nearest_others(flat).max()  # no real picture is farther than this from the next one
    figure, (made, nearest), (path, level, here) = _pictures_and_path(real.shape[1:])
    ascent = cache(lambda *settings: ascend(*settings, STEPS))

    def compute(digit, size, decay, blur, step):
        pictures, scores = ascent(digit, size, decay, blur)
        far = np.sqrt(((flat - pictures[step].ravel()) ** 2).sum(axis=1))
        return {
            "picture": pictures[step],
            "scores": scores,
            "step": step,
            "best": best[digit],
            "nearest": real[far.argmin()],
            "distance": far.min(),
            "usual": usual,
        }

    def draw(arrays):
        made.set_data(arrays["picture"])
        nearest.set_data(arrays["nearest"])
        path.set_data(np.arange(STEPS + 1), arrays["scores"])
        level.set_data([0, STEPS], [arrays["best"]] * 2)
        here.set_data([arrays["step"]], [arrays["scores"][arrays["step"]]])
        score = f"score {arrays['scores'][arrays['step']]:.1f}, real ones at most {arrays['best']:.1f}"
        far = f"nearest real one {arrays['distance']:.2f} away, real ones from the next at most {usual:.2f}"
        return f"{score} · {far}".replace("-", "−")

    def judge(values, arrays):
        if values["digit"] != 3 or values["step"] != STEPS:
            return False, f"take the digit 3, and step {STEPS}"
        score, far, near = arrays["scores"][STEPS], arrays["distance"], NEAR * arrays["usual"]
        return (
            bool(score >= arrays["best"] and far <= near),
            f"score {score:.1f}, wanted {arrays['best']:.1f}; {far:.2f} away, at most {near:.2f}",
        )

    controls = {
        "digit": choice("digit", list(range(10)), 3),
        "size": slider("size of a step", 0.005, 0.05, 0.02, step=0.005),
        "decay": slider("L2: shrink by", 0.0, 0.05, 0.0, step=0.01),
        "blur": slider("blur", 0.0, 0.3, 0.0, step=0.05),
        "step": slider("step", 0, STEPS, 20),
    }
    begin = compute(3, 0.02, 0.0, 0.0, 0)["distance"]
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [made, nearest, path, level, here]),
        alt="A picture that climbs the score of a digit, the real digit nearest to it, and its score",
        predict=Predict(
            f"The gray noise of step 0 is {begin:.2f} away from the nearest real digit. "
            f"No L2, no blur: after {STEPS} steps the picture is …",
            ["nearer: it turns into a digit", "about as far away", "much farther away"],
            answer=2,
            because="the score has a slope in every direction, and few of them lead to digits.",
        ),
        goal=Goal(
            f"Reach, with a 3 at step {STEPS}, the score of the best real 3, and stay within "
            f"{NEAR * usual:.2f} of a real digit.",
            judge,
        ),
    )  # fmt: skip


def _pictures_and_path(shape):
    """A figure with two empty pictures of this shape, and an empty path of scores, a level and a dot."""
    figure, (*axes, right) = plt.subplots(1, 3, figsize=(8, 3.2), width_ratios=[1, 1, 1.5])
    images = []
    for ax, title in zip(axes, ["made", "nearest real one"], strict=True):
        images.append(ax.imshow(np.zeros(shape), cmap="gray", vmin=-0.5, vmax=1.5, interpolation="nearest"))
        ax.set_title(title)
        ax.set_axis_off()
    scale = "black is −0.5, white is 1.5:\nreal ones have only 0 to 1"
    axes[0].text(0, -0.06, scale, transform=axes[0].transAxes, va="top", fontsize=11)
    right.set(xlabel="step", ylabel="score of the digit", xlim=(-1, STEPS + 1), ylim=(-10, 65))
    (path,) = right.plot([], [], color=plots.BLUE, label="made")
    (level,) = right.plot([], [], "--", color=plots.ORANGE, label="best real one")
    (here,) = right.plot([], [], "o", color=plots.BLUE)
    right.legend(loc="upper left")
    return figure, images, (path, level, here)


def _nearest_others(flat):
    """The distance of each row to the one that is nearest to it."""
    squares = (flat**2).sum(axis=1)
    far = squares[:, None] + squares - 2 * flat @ flat.T
    np.fill_diagonal(far, np.inf)
    return np.sqrt(np.maximum(far.min(axis=1), 0))
