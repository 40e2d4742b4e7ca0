"""The live figures of nearest neighbors.  Each is handed arrays and functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, entry, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def voting_regions(data, shares, new):
    """The plane tinted by the vote of the k nearest neighbors.  A click adds a sample.

    data(noise) -> x (n, 2), labels (n,) in {0, 1};  shares(x, labels, queries, k, p) -> (m,), the share of
    the k nearest neighbors of each query that have label 1, for distances with the norm p;  new, samples
    (x, labels) to test on.
    """
    figure, ax = plt.subplots(figsize=(6.4, 4.6))
    ax.set(xlim=(-2, 3), ylim=(-1.6, 2.2), xlabel="$x_1$", ylabel="$x_2$")
    places, tint = plane.tinted_plane(ax)
    classes = plane.class_markers(ax, names=["label 0", "label 1"])
    hint = ax.text(-1.95, -1.5, "")
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.13), ncols=2)

    def compute(k, norm, noise, click, samples):
        x, labels = data(noise)
        added = plane.parse_samples(samples, values=(0, 1))
        x, labels = np.vstack([x, added[:, :2]]), np.append(labels, added[:, 2].astype(int))
        p = {"1": 1, "2": 2, "∞": np.inf}[norm]
        votes = shares(x, labels, np.vstack([places, x, new[0]]), k, p)
        tinted, trained, tested = np.split(votes, [len(places), len(places) + len(x)])
        outvoted = int(((trained > 0.5) != labels).sum())
        error = float(((tested > 0.5) != new[1]).mean())
        counts = {"outvoted": outvoted, "error": error}
        return {"x": x, "y": 2 * labels - 1, "votes": tinted, "click": click, **counts}

    def draw(arrays):
        tint.set_data(plane.tint(arrays["votes"]))
        plane.set_classes(classes, arrays["x"], arrays["y"])
        hint.set_text(f"a click adds label {arrays['click']}")
        outvoted = f"{arrays['outvoted']} of {len(arrays['x'])} training samples are outvoted"
        return f"{outvoted}; {arrays['error']:.1%} of new samples are wrong"

    def asked(noise, norm, samples, **others):
        return (noise, norm, samples) == (0.5, "2", "")

    controls = {
        "k": slider("neighbors asked, k", 1, 59, 3, step=2),
        "norm": choice("norm of the distance", ["2", "1", "∞"]),
        "noise": slider("noise σ", 0.0, 0.6, 0.5, step=0.05),
        "click": choice("a click adds label", ["1", "0"]),
        "samples": entry("your samples", "-1,-1,1 2,1.5,0"),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [tint, *classes, hint]),
        alt="Two moons, and the plane tinted by the majority of the nearest neighbors of each place",
        click=plane.add_sample,
        predict=Predict(
            "With k = 1, how many of the training samples are classified wrong?",
            ["none", "about as many as of new samples", "half of them"], answer=0,
            because="the nearest sample to a training sample is that sample itself.",
        ),
        goal=Goal(
            "At noise 0.5, norm 2, without samples of your own: answer fewer than 20 % of new samples wrong.",
            reached=lambda values, arrays: (
                asked(**values) and arrays["error"] < 0.2,
                f"{arrays['error']:.1%} of new samples are wrong",
            ),
        ),
    )  # fmt: skip


def distance_concentration(distances):
    """The distances from one point to 500 others, relative to the nearest, as the dimension grows.

    distances(dimension) -> (n,), to random points of the unit cube.
    """
    bins = np.linspace(0, 1, 41)
    figure, ax = plt.subplots()
    ax.set(xlim=(0, 1), yscale="log", ylim=(0.8, 600), xlabel="distance / largest distance", ylabel="points")
    bars = ax.stairs(np.zeros(len(bins) - 1), bins, baseline=0.1, fill=True, color=plots.BLUE, alpha=0.6)

    def compute(doublings):
        far = distances(2**doublings)
        contrast = (far.max() - far.min()) / far.min()
        return {"dimension": 2**doublings, "far": far / far.max(), "contrast": contrast}

    def draw(arrays):
        bars.set_data(np.maximum(np.histogram(arrays["far"], bins)[0], 0.1), bins)
        contrast = f"the farthest point is {1 + arrays['contrast']:.3g} times as far as the nearest"
        return f"dimension {arrays['dimension']}: {contrast}"

    return Explorer(
        compute, draw, {"doublings": slider("dimension 2 to the", 1, 11, 1)},
        figure=LiveFigure(figure, [bars]),
        alt="Histogram of distances to 500 random points, which gathers in a peak as the dimension grows",
        predict=Predict(
            "In the plane some of 500 points are near and some far. And in 1,000 dimensions?",
            ["all are near", "all are about equally far", "the spread grows"], answer=1,
            because="a squared distance is a sum of 1,000 terms of the same kind: their mean hardly varies.",
        ),
        goal=Goal(
            "Find the first stop at which the farthest point is less than twice as far as the nearest.",
            reached=lambda values, arrays: (
                arrays["contrast"] < 1 <= compute(values["doublings"] - 1)["contrast"],
                f"in dimension {arrays['dimension']} the factor is {1 + arrays['contrast']:.3g}",
            ),
        ),
    )  # fmt: skip


def change_of_coordinates(ring, polar, fit):
    """A ball in a ring, in Cartesian and in polar coordinates, with the best line of a linear classifier.

    ring(radius, noise) -> x (n, 2), labels (n,);  polar(x) -> (n, 2), radius and angle;
    fit(x, labels) -> w (3,), bias first, and the accuracy of the line.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 4.0))
    axes[0].set(xlim=(-6, 6), ylim=(-6, 6), xlabel="$x_1$", ylabel="$x_2$")
    axes[1].set(xlim=(0, 8), ylim=(-3.4, 3.4), xlabel="radius $r$", ylabel="angle $\\varphi$")
    classes = [plane.class_markers(ax, size=22, names=["ring", "ball"]) for ax in axes]
    lines = [ax.plot([], [], color=plots.INK)[0] for ax in axes]
    axes[0].legend(loc="upper right", bbox_to_anchor=(1.0, 1.14), ncols=2)

    def compute(radius, noise):
        x, labels = ring(radius, noise)
        views = [x, polar(x)]
        fits = [fit(view, labels) for view in views]
        return {"views": views, "y": 2 * labels - 1, "w": [w for w, _ in fits], "right": [a for _, a in fits]}

    def draw(arrays):
        for ax, markers, line, view, w in zip(
            axes, classes, lines, arrays["views"], arrays["w"], strict=True
        ):
            plane.set_classes(markers, view, arrays["y"])
            line.set_data(*plots.boundary_ends(w, ax))
        cartesian, in_polar = arrays["right"]
        return f"a line is right on {cartesian:.1%} in (x1, x2) and on {in_polar:.1%} in (r, φ)"

    def right_inside(radius):
        """The accuracy in polar coordinates one stop of the slider closer to the ball."""
        return compute(round(radius - 0.1, 1), 0.2)["right"][1]

    controls = {
        "radius": slider("radius of the ring", 2.5, 5.0, 4.0, step=0.1),
        "noise": slider("noise σ", 0.0, 1.0, 0.2, step=0.05),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*classes[0], *classes[1], *lines]),
        alt="A ball inside a ring on the left, the same samples by radius and angle on the right, and a line",
        predict=Predict(
            "How many of the 120 samples does the best line in (x1, x2) get right?",
            ["about 60", "about 90", "all of them"], answer=0,
            because="ball and ring lie on both sides of it. In (r, φ) the classes lie side by side.",
        ),
        goal=Goal(
            "At noise 0.2, find the smallest radius at which the line in polar coordinates is always right.",
            reached=lambda values, arrays: (
                values["noise"] == 0.2 and arrays["right"][1] == 1 > right_inside(values["radius"]),
                f"right on {arrays['right'][1]:.1%} at radius {values['radius']}",
            ),
        ),
    )  # fmt: skip
