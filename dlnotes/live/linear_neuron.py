"""The live figures of the linear neuron.  Each is handed arrays and functions, and returns an `Explorer`.

The data are flats: x (n,) areas, y (n,) rents.  Weights w (2,) are the line's height at x = 0 and its slope.
"""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import log_slider, slider, stops
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def loss_surface(x, y, risk, best):
    """Two weight sliders move a line with its residuals, and a point on the lines of equal risk.

    risk(w) -> S(w), the empirical error;  best (2,), the least-squares line.  DLNN (4.1), (4.6)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9))
    _flats(ax, x, y)
    (line,) = ax.plot([], [], color=plots.ORANGE)
    residuals = ax.vlines(x, y, y, color=plots.PURPLE, linewidth=1.5, zorder=2)
    right.set(xlim=(5, 13), ylim=(-0.5, 3), title="lines of equal error $S(w)$")
    right.set(xlabel="height $w_0$", ylabel="slope $w_1$")
    plots.contours(risk, ax=right, lines=9)
    (here,) = right.plot([], [], "o", color=plots.ORANGE, markersize=10)
    least = risk(best)

    def compute(w0, w1):
        w = np.array([w0, w1])
        return {"w": w, "s": w0 + w1 * x, "risk": risk(w)}

    def draw(arrays):
        line.set_data(_ends(ax, arrays["w"]))
        residuals.set_segments(_bars(x, y, arrays["s"]))
        here.set_data(arrays["w"][:1], arrays["w"][1:])
        return f"S(w) = {arrays['risk']:.2f}; the least-squares line has S = {least:.2f}"

    controls = {
        "w0": slider("height w₀", 5, 13, 6.5, step=0.1),
        "w1": slider("slope w₁", -0.5, 3.0, 0.5, step=0.05),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [line, residuals, here]),
        alt="A line through the rents of flats with its residuals, and the weights on lines of equal error",
        predict=Predict(
            "Stand on the best line and raise w₀ by 1. Which w₁ makes the best of that?",
            ["a larger one", "the same", "a smaller one"], answer=2,
            because="the mean of the areas is above 0, so less slope takes back height on the whole: "
            "the rings are tilted.",
        ),
        goal=Goal(
            "Reach the least-squares line: S(w) within 2 % of the smallest.",
            reached=lambda values, arrays: (
                arrays["risk"] <= 1.02 * least,
                f"S(w) is {100 * (arrays['risk'] / least - 1):.1f} % above the smallest",
            ),
        ),
    )  # fmt: skip


def descent(x, y, risk, run, best, hessian):
    """Gradient descent on the lines of equal risk, as the learning rate goes from crawling to diverging.

    The area of a flat's dot is |alpha|, by how much the line misses it.

    risk(w) -> S(w);  run(lr, steps) -> a history with "w" and "risk" that starts at step 0;  best (2,), the
    minimum;  hessian (2, 2), whose largest eigenvalue says which learning rates converge.  DLNN (4.14)
    """
    steps, least, limit = 120, risk(best), 2 / np.linalg.eigvalsh(hessian)[-1]
    rate = log_slider("learning rate η", 0.0032, 0.032, 0.016)
    largest = max(stop for stop in stops(rate) if stop < limit)
    figure, axes = plt.subplot_mosaic([["w", "flats"], ["w", "error"]], figsize=(8, 4.8))
    ax, top, right = axes.values()
    flats = _flats(top, x, y)
    (line,) = top.plot([], [], color=plots.ORANGE)
    ax.set(xlim=(-2, 14), ylim=(-7, 9), aspect="equal", title="lines of equal error $S(w)$")
    ax.set(xlabel="height $w_0$", ylabel="slope $w_1$")
    plots.contours(risk, ax=ax)
    ax.plot(*best, "x", color=plots.GREEN, markersize=10, markeredgewidth=2, zorder=4)
    (path,) = ax.plot([], [], ".-", color=plots.ORANGE, linewidth=1.2, markersize=5)
    (here,) = ax.plot([], [], "o", color=plots.ORANGE, markersize=10)
    right.set(xlim=(-2, steps + 2), ylim=(least / 2, 1e5), yscale="log")
    right.set(xlabel="steps", ylabel="error $S(w)$")
    right.axhline(least, color=plots.GREEN, linestyle="--", linewidth=1.2, label="the smallest")
    (curve,) = right.plot([], [], color=plots.BLUE)
    (now,) = right.plot([], [], "o", color=plots.ORANGE, markersize=10)
    right.legend(loc="upper right")

    def compute(lr, step):
        rows = run(lr, steps)
        w, risks = np.array([row["w"] for row in rows]), np.array([row["risk"] for row in rows])
        near = np.flatnonzero(risks <= 1.01 * least)
        arrived = int(near[0]) if near.size else None
        last = min(step, len(rows) - 1)
        return {"w": w[: last + 1], "risk": risks, "step": last, "ended": last < step, "arrived": arrived}

    def draw(arrays):
        w, risks, step = arrays["w"], arrays["risk"], arrays["step"]
        path.set_data(*np.clip(w, -1e4, 1e4).T)
        here.set_data(*np.clip(w[-1:], -1e4, 1e4).T)
        line.set_data(_ends(top, np.clip(w[-1], -1e4, 1e4)))
        flats.set_sizes(np.minimum(12 * np.abs(w[-1, 0] + w[-1, 1] * x - y), 400))
        curve.set_data(np.arange(len(risks)), risks)
        now.set_data([step], [risks[step]])
        arrived, ended = arrays["arrived"], ", where descent stopped by itself" if arrays["ended"] else ""
        near = f"never in {steps} steps" if arrived is None else f"at step {arrived}"
        return f"step {step}{ended}: S(w) = {risks[step]:.3g}; within 1 % of the smallest {near}"

    controls = {
        "lr": rate,
        "step": slider("steps made", 0, steps, steps),
    }

    def reached(values, arrays):
        if values["lr"] >= limit:
            return False, f"η = {values['lr']} diverges"
        found = values["lr"] == largest
        after = "the next stop does not" if found else "so does the next stop"
        return found, f"η = {values['lr']} converges; {after}"

    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [path, here, line, flats, curve, now]),
        alt="The path of gradient descent over the lines of equal error, the line, and the error by step",
        play="step",
        predict=Predict(
            "Raise η from the left end, stop by stop. How many steps until S is within 1 % of the smallest?",
            ["always fewer", "fewer, then more, then no number is enough", "always the same"], answer=1,
            because="longer steps save time until they overshoot the valley; in the end each misses by more.",
        ),
        goal=Goal("Find the largest η that still converges.", reached),
    )  # fmt: skip


def likelihood(x, y, best, log_likelihood):
    """The log-likelihood of the slope, and the band in which the flats should lie, as sigma changes.

    log_likelihood(w, sigma) -> number;  best (2,), the least-squares line.  DLNN (4.10), (4.11)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9))
    _flats(ax, x, y)
    ax.plot(*_ends(ax, best), color=plots.ORANGE)
    (band,) = ax.fill([], [], color=plots.ORANGE, alpha=0.18, zorder=0)
    noise = log_slider("noise σ", 0.32, 3.2, 0.4)
    most_likely = max(stops(noise), key=lambda sigma: log_likelihood(best, sigma))
    slopes = best[1] + np.linspace(-0.8, 0.8, 81)
    right.set(xlim=slopes[[0, -1]], ylim=(-150, -20), xlabel="slope $w_1$", ylabel="log-likelihood")
    right.axvline(best[1], color=plots.ORANGE, linestyle="--", linewidth=1.2, label="least squares")
    (curve,) = right.plot([], [], color=plots.BLUE)
    (peak,) = right.plot([], [], "o", color=plots.BLUE, markersize=9)

    def curve_of(sigma):
        return np.array([log_likelihood(np.array([best[0], slope]), sigma) for slope in slopes])

    for number, sigma in enumerate([0.5, 1, 2]):
        right.plot(
            slopes,
            curve_of(sigma),
            color=plots.INK,
            linewidth=0.8,
            label=None if number else "σ = ½, 1, 2",
        )
    right.legend(loc="upper right", bbox_to_anchor=(1.0, 1.14), ncols=2)

    def compute(sigma):
        heights = curve_of(sigma)
        inside = np.abs(y - best[0] - best[1] * x) <= 2 * sigma
        return {"sigma": sigma, "heights": heights, "slope": slopes[heights.argmax()], "inside": inside.sum()}

    def draw(arrays):
        left_end, right_end = np.array(_ends(ax, best)).T
        up = np.array([0, 2 * arrays["sigma"]])
        band.set_xy([left_end - up, right_end - up, right_end + up, left_end + up])
        curve.set_data(slopes, arrays["heights"])
        peak.set_data([arrays["slope"]], [arrays["heights"].max()])
        lying = f"{arrays['inside']} of {len(x)} flats lie within 2σ of the line"
        return f"{lying}; the peak is at w₁ = {arrays['slope']:.2f}, log p = {arrays['heights'].max():.1f}"

    return Explorer(
        compute, draw, {"sigma": noise},
        figure=LiveFigure(figure, [band, curve, peak]),
        alt="The band of the flats that sigma promises, and the log-likelihood of the slope",
        predict=Predict(
            "Move σ from one end to the other. Where does the most likely slope go?",
            ["it stays where it is", "toward 0", "it becomes steeper"], answer=0,
            because="σ stretches the curve and shifts it as a whole; only S(w) decides where its peak is.",
        ),
        goal=Goal(
            "Find the σ under which these rents are most likely: the highest peak.",
            reached=lambda values, arrays: (
                values["sigma"] == most_likely,
                f"at σ = {values['sigma']} the peak has log p = {arrays['heights'].max():.1f}",
            ),
        ),
    )  # fmt: skip


def outlier(x, y, squares, absolutes):
    """One rent is moved: the least-squares line follows it, the line of least absolute errors does not.

    squares(x, y) and absolutes(x, y) -> w (2,), the two fits.  The flat with the smallest area is moved.
    """
    moved = int(x.argmin())
    start, highest, fits = float(y[moved]), 50, {"squares (L2)": squares, "absolute values (L1)": absolutes}
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9))
    _flats(ax, np.delete(x, moved), np.delete(y, moved))
    ax.set(xlim=(x.min() - 0.5, x.max() + 0.5), ylim=(0, highest + 2))
    right.set(xlim=(0, highest), xlabel="rent of the ringed flat", ylabel="slope $w_1$")
    rents = np.linspace(0, highest, 81)
    lines, dots = [], []
    for (name, fit), color, style in zip(fits.items(), [plots.ORANGE, plots.GREEN], ["-", "--"], strict=True):
        lines += ax.plot([], [], color=color, linestyle=style, label=name)
        slopes = [fit(x, _replaced(y, moved, rent))[1] for rent in rents]
        right.plot(rents, slopes, color=color, linestyle=style)
        dots += right.plot([], [], "o", color=color, markersize=9)
    flat = ax.scatter([], [], color=plots.BLUE, zorder=3)
    ring = plane.ring(ax, size=170)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.14), ncols=2)

    def compute(rent):
        changed = _replaced(y, moved, rent)
        return {"rent": rent, "w": np.array([fit(x, changed) for fit in fits.values()])}

    def draw(arrays):
        for line, dot, w in zip(lines, dots, arrays["w"], strict=True):
            line.set_data(_ends(ax, w))
            dot.set_data([arrays["rent"]], [w[1]])
        for marker in (flat, ring):
            marker.set_offsets([[x[moved], arrays["rent"]]])
        first, second = arrays["w"][:, 1]
        return f"slope with squares {first:.2f}, with absolute values {second:.2f}"

    return Explorer(
        compute, draw, {"rent": slider("rent of the ringed flat", 0.0, highest, round(start, 1), step=0.2)},
        figure=LiveFigure(figure, [*lines, *dots, flat, ring]),
        alt="Two lines through the rents of flats, one of which is moved, and the slopes of both lines",
        predict=Predict(
            "Move the rent from one end to the other. What does the slope of the L1 line do?",
            ["it never changes", "it gives way a little, then stays", "it follows all the way"], answer=1,
            because="only the side of the line on which the flat lies counts, not how far away it is.",
        ),
        goal=Goal(
            "Make least squares believe that larger flats are cheaper.",
            reached=lambda values, arrays: (
                arrays["w"][0, 1] < 0,
                f"slope with squares {arrays['w'][0, 1]:.2f}, with absolute values {arrays['w'][1, 1]:.2f}",
            ),
        ),
    )  # fmt: skip


def _flats(ax, x, y):
    """The dots of the flats, in axes with a little room around them."""
    ax.set(xlim=(x.min() - 0.5, x.max() + 0.5), ylim=(0, y.max() + 2), xlabel="area $x$", ylabel="rent $y$")
    return ax.scatter(x, y, color=plots.BLUE, zorder=3)


def _ends(ax, w):
    """The line w[0] + w[1] x at both ends of `ax`: two xs, two ys."""
    ends = np.array(ax.get_xlim())
    return ends, w[0] + w[1] * ends


def _bars(x, y, s):
    """A vertical segment (2, 2) from each sample to the line."""
    return np.stack([np.column_stack([x, y]), np.column_stack([x, s])], axis=1)


def _replaced(y, index, value):
    """`y` with one entry replaced."""
    changed = y.copy()
    changed[index] = value
    return changed
