"""The live figures of output units.  Each is handed arrays and functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def varying_noise(x, y, truth, predict, last, every):
    """A network that outputs a mean and a variance, as it trains, and its density at one x.

    x (n,), y (n,);  truth(x) and predict(x, step) -> (mean, std), arrays like x, step = 0, every, ..., last.
    GBC 6.2.2.4
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9), width_ratios=[1.4, 1])
    places = np.linspace(x.min(), x.max(), 121)
    heights = np.linspace(y.min() - 0.5, y.max() + 0.5, 241)
    ax.plot(x, y, ".", color=plots.INK, markersize=3, alpha=0.6, label="samples")
    ax.set(xlim=(places[0], places[-1]), ylim=(heights[0], heights[-1]), xlabel="$x$", ylabel="$y$")
    band = ax.fill_between(places, 0 * places, color=plots.BLUE, alpha=0.25, label="mean ± 2 σ")
    (line,) = ax.plot([], [], color=plots.BLUE)
    here = ax.axvline(0, color=plots.ORANGE)
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.14), ncols=2)
    right.set(
        xlim=(heights[0], heights[-1]), ylim=(0, 1.6), xlabel="$y$", ylabel="density of $y$ at this $x$"
    )
    (density,) = right.plot([], [], color=plots.ORANGE, label="network")
    (true,) = right.plot([], [], "--", color=plots.INK, label="truth")
    right.legend(loc="upper left", bbox_to_anchor=(0, 1.14), ncols=2)
    shared, own = "one for all x", "an output of the network"

    def compute(variance, at, step):
        if variance == own:
            mean, std = predict(places, step)
            (center,), (width,) = predict(np.array([at]), step)
            stds = predict(x, step)[1]
        else:  # the best constant: the root of the mean squared residual, at each step
            (mean, _), ((center,), _) = predict(places, step), predict(np.array([at]), step)
            width = np.sqrt(np.mean((y - predict(x, step)[0]) ** 2))
            std, stds = np.full(places.shape, width), np.full(x.shape, width)
        near = np.abs(x - at) < 0.4
        inside = np.abs(y - predict(x, step)[0])[near] < 2 * stds[near]
        return {
            "at": at, "mean": mean, "std": std, "center": center, "width": width,
            "truth": [float(part[0]) for part in truth(np.array([at]))],
            "inside": float(inside.mean()),
            "widest": float(np.max(std)),
        }  # fmt: skip

    def draw(arrays):
        mean, std = arrays["mean"], arrays["std"]
        edge = np.concatenate([mean - 2 * std, (mean + 2 * std)[::-1]])
        band.set_verts([np.column_stack([np.append(places, places[::-1]), edge])])
        line.set_data(places, mean)
        here.set_xdata([arrays["at"]] * 2)
        density.set_data(heights, _normal(heights, arrays["center"], arrays["width"]))
        true.set_data(heights, _normal(heights, *arrays["truth"]))
        said = f"x = {arrays['at']:.1f}: σ = {arrays['width']:.2f}, in truth {arrays['truth'][1]:.2f}"
        return f"{said} · {arrays['inside']:.0%} of the samples around this x are within 2 σ"

    def judge(values, arrays):
        said = f"σ is {arrays['width']:.2f} here, at most {arrays['widest']:.2f} elsewhere"
        if values["variance"] != own:
            return False, "here σ is the same everywhere"
        return values["step"] == last and arrays["width"] >= 0.97 * arrays["widest"], said

    controls = {
        "variance": choice("the variance is", [own, shared]),
        "at": slider("at x", float(x.min().round()), float(x.max().round()), -2.0, step=0.1),
        "step": slider("step", 0, last, last, step=every),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [band, line, here, density, true]),
        alt="A mean and a band of two standard deviations over noisy samples, and the density at one x",
        play="step",
        predict=Predict(
            "Take one variance for all x, the best there is. How many samples around x = −2 are within 2 σ?",
            ["about 95 %", "all of them, or nearly", "about half"], answer=1,
            because="it has to cover the loud samples, too: for the quiet ones it is much too wide.",
        ),
        goal=Goal("Let the network output its variance, and find the x where it is least sure.", judge),
    )  # fmt: skip


def conditional_density(x, y, truth, predict, regression):
    """A mixture density network on data with several answers: its components, and its density at one x.

    x (n,), y (n,);  truth(x, y) -> densities, arrays that broadcast;  predict(x (m,), k) -> gates, means and
    standard deviations (m, k) of the network with k components, k = 1, 2, 3;  regression(x) -> (m,), the
    answer of a network trained on squared errors.      GBC (6.35), Fig 6.4
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.2), width_ratios=[1.6, 1], sharey=True)
    places, heights = np.linspace(-1, 1, 81), np.linspace(y.min() - 0.8, y.max() + 0.8, 401)
    ax.plot(x, y, ".", color=plots.INK, markersize=3, alpha=0.5)
    ax.set(xlim=(-1.05, 1.05), ylim=(heights[0], heights[-1]), xlabel="$x$", ylabel="$y$")
    ax.set_xticks([-1, -0.5, 0, 0.5, 1])
    dots = [ax.scatter([], [], color=color) for color in (plots.BLUE, plots.GREEN, plots.PURPLE)]
    ax.plot(places, regression(places), "--", color=plots.INK, label="least squares")
    here = ax.axvline(0, color=plots.ORANGE)
    ax.legend(loc="upper right", bbox_to_anchor=(1, 1.12))
    right.set(xlim=(0, 0.95), xlabel="density of $y$ at this $x$", ylabel="$y$")
    (density,) = right.plot([], [], color=plots.ORANGE, label="network")
    (true,) = right.plot([], [], "--", color=plots.INK, label="truth")
    right.legend(loc="upper right", bbox_to_anchor=(1, 1.12), ncols=2)

    def compute(k, at):
        gates, means, stds = predict(np.array([at]), k)
        curve = (gates * _normal(heights[:, None], means, stds)).sum(axis=1)
        inner = curve[1:-1]
        peaks = (inner > curve[:-2]) & (inner >= curve[2:]) & (inner > 0.05 * curve.max())
        answer = regression(np.array([at]))
        return {
            "at": at,
            "components": predict(places, k)[:2],
            "density": curve,
            "truth": truth(at, heights),
            "peaks": int(peaks.sum()),
            "answer": float(answer[0]),
            "there": float(truth(at, answer)[0]),
        }

    def draw(arrays):
        gates, means = arrays["components"]
        for number, dot in enumerate(dots):
            used = number < gates.shape[1]
            dot.set_offsets(np.column_stack([places, means[:, number]]) if used else np.empty((0, 2)))
            dot.set_sizes(45 * gates[:, number] if used else [])
        here.set_xdata([arrays["at"]] * 2)
        density.set_data(arrays["density"], heights)
        true.set_data(arrays["truth"], heights)
        count = f"{arrays['peaks']} peak" + ("s" if arrays["peaks"] != 1 else "")
        return (
            f"x = {arrays['at']:.2f}: the network's density has {count} · least squares answers "
            f"{arrays['answer']:.2f}, where the true density is {arrays['there']:.3f}"
        )

    controls = {
        "k": choice("components", [1, 2, 3], 3),
        "at": slider("at x", -1.0, 1.0, 0.8, step=0.05),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*dots, here, density, true]),
        alt="The component means of a mixture density network over data with three branches, and one density",
        predict=Predict(
            "Take a single component. Where does the network put its mean at x = 0.8?",
            ["on the branch in the middle", "on the branch with most samples", "where there are no samples"],
            answer=2, because="one mean for three branches lies at their average, between them.",
        ),
        goal=Goal(
            "Find an x where the density of the three components has only two peaks.",
            reached=lambda values, arrays: (
                values["k"] == 3 and arrays["peaks"] == 2,
                f"{values['k']} components, {arrays['peaks']} peaks",
            ),
        ),
    )  # fmt: skip


def _normal(y, mean, std):
    """The density of the normal distribution."""
    return np.exp(-0.5 * ((y - mean) / std) ** 2) / (np.sqrt(2 * np.pi) * std)
