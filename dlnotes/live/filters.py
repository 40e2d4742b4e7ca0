"""The live figure of classical filters: a photograph, what a filter answers, and the edges in it."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

CLEAN, NOISY = "photograph", "with noise"
GRADIENT, CURVATURE, THIN = "gradient", "Laplacian of Gaussian", "Canny"
TRUTH = {"sigma": 1.0, "share": 0.2}  # the setting of Canny that finds the true edges of the clean photograph
WANTED = 0.83  # of the true edges found, and of what is found true


def on_photograph(photo, noisy, smooth, filters, canny):
    """A filter on a photograph: smoothing, response, and the pixels above a threshold.

    photo, noisy (h, w) of about 0 ... 1;  smooth(x, sigma) -> (h, w);  filters {name: f(x, sigma) -> (h, w)},
    "gradient" and "Laplacian of Gaussian": an edge is where the first exceeds the threshold, and where the
    second steps through zero by more;  canny(x, sigma, threshold) -> (h, w), truth values, its threshold for
    the gradient.      Strang VII.2 (3)-(5)
    """
    figure, (seen, response, edges) = _three_pictures(photo.shape)
    truth = canny(photo, TRUTH["sigma"], TRUTH["share"] * filters[GRADIENT](photo, TRUTH["sigma"]).max())
    pictures = {CLEAN: photo, NOISY: noisy}
    inks = (255 * np.array([to_rgba(plots.INK, 0), to_rgba(plots.BLUE)])).astype(np.uint8)

    def compute(picture, filter, sigma, threshold):
        f = filters[GRADIENT if filter == THIN else filter]
        x = pictures[picture]
        answer, undisturbed = f(x, sigma), f(photo, sigma)
        level = threshold * np.abs(answer).max()
        if filter == THIN:
            found = canny(x, sigma, level)
        else:
            found = answer > level if filter == GRADIENT else _crossings(answer, level)
        return {
            "smoothed": smooth(x, sigma),
            "response": answer,
            "edges": found,
            "found": _share(truth, found),
            "true": _share(found, truth),
            "noise": float(np.std(answer - undisturbed) / np.std(undisturbed)),
        }

    def draw(arrays):
        seen.set_data(arrays["smoothed"])
        response.set_data(arrays["response"] / np.abs(arrays["response"]).max())
        edges.set_data(inks[arrays["edges"].astype(int)])
        said = f"{arrays['edges'].mean():.1%} of the pixels are marked"
        said += f" · noise: {arrays['noise']:.0%} of the response" if arrays["noise"] else ""
        return (
            f"{said} · {arrays['found']:.0%} of the edges found, {arrays['true']:.0%} of what is found true"
        )

    def judge(values, arrays):
        if values["picture"] != NOISY or values["filter"] != THIN:
            return False, "take the photograph with noise, and Canny"
        said = (
            f"{arrays['found']:.0%} of the edges are found, and {arrays['true']:.0%} of what is found is true"
        )
        return min(arrays["found"], arrays["true"]) >= WANTED, said

    controls = {
        "picture": choice("picture", [CLEAN, NOISY]),
        "filter": choice("filter", [GRADIENT, CURVATURE, THIN]),
        "sigma": slider("sigma of the Gaussian", 0.5, 4.0, 1.0, step=0.25),
        "threshold": slider("threshold, of the largest", 0.05, 0.6, 0.1, step=0.05),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [seen, response, edges]),
        alt="A photograph of a flower, the response of a filter, and the pixels where it is strong",
        predict=Predict(
            "Noise is added. Whose response does it change more, relative to its size, with sigma 1?",
            ["the gradient's", "the Laplacian's", "both change alike"], answer=1,
            because="it differentiates twice, and each time less is left of the picture than of the noise.",
        ),
        goal=Goal(
            f"With noise, set Canny so that {WANTED:.0%} of the edges are found, "
            f"and {WANTED:.0%} of what is found is true.",
            judge,
        ),
    )  # fmt: skip


def _three_pictures(shape):
    """A figure, and its empty pictures: what is seen, the response to it, and the marked pixels."""
    figure, axes = plt.subplots(1, 3, figsize=(8, 3.0))
    for ax, title in zip(axes, ["smoothed", "response", "marked pixels"], strict=True):
        ax.set(title=title, xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    styles = {"cmap": "gray", "vmin": 0, "vmax": 1}, {"cmap": plots.SIGNED, "vmin": -1, "vmax": 1}, {}
    blanks = np.zeros(shape), np.zeros(shape), np.zeros((*shape, 4), dtype=np.uint8)
    images = [
        ax.imshow(blank, interpolation="nearest", **style)
        for ax, blank, style in zip(axes, blanks, styles, strict=True)
    ]
    return figure, images


def _crossings(answer, level):
    """Where neighbors have different signs and lie more than `level` apart: of both the one nearer to 0."""
    found = np.zeros(answer.shape, dtype=bool)
    for marked, x in [(found, answer), (found.T, answer.T)]:
        before, after = x[:-1], x[1:]
        crossed = ((before > 0) != (after > 0)) & (np.abs(before - after) > level)
        nearer = np.abs(before) <= np.abs(after)
        marked[:-1] |= crossed & nearer
        marked[1:] |= crossed & ~nearer
    return found


def _share(marked, others):
    """The share of the marked pixels that have one of the others at most one pixel away."""
    padded = np.pad(others, 1)
    height, width = others.shape
    near = np.any(
        [padded[a : a + height, b : b + width] for a in range(3) for b in range(3)],
        axis=0,
    )
    return float((marked & near).sum() / max(1, marked.sum()))
