"""The live figures of Jacobians and Hessians.  Each is handed functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def sensitivity_map(pictures, outputs, jacobian):
    """A digit, the row of the input-output Jacobian of one output as a picture, and a step along that row.

    pictures (10, h, w), a digit of each class in order;  outputs(x) -> (10,) for one picture (h, w);
    jacobian(x) -> (10, h, w).      DLNN 4.8, (4.85)
    """
    figure, (ax, middle, right) = plt.subplots(1, 3, figsize=(8, 3.7), width_ratios=[1, 1, 1.35])
    picture = ax.imshow(pictures[0], cmap="gray", vmin=0, vmax=1)
    row_image = middle.imshow(pictures[0], cmap=plots.SIGNED, vmin=-1, vmax=1)
    ax.set(title="the picture, moved", xticks=[], yticks=[])
    middle.set(title="row of the Jacobian", xticks=[], yticks=[])
    for each in (ax, middle):
        each.set(xlabel="column", ylabel="row")
    right.set(xlim=(-9, 14), ylim=(9.6, -0.6), yticks=range(10), xlabel="output (pre-activation)")
    right.set_ylabel("class")
    classes = np.arange(10)
    (before,) = right.plot([], [], "|", color=plots.INK, markersize=14, label="before")
    (after,) = right.plot([], [], "o", color=plots.BLUE, label="after")
    (line,) = right.plot([], [], "o", color=plots.ORANGE, fillstyle="none", markersize=11)
    line.set_label("foretold by J")
    right.legend(
        loc="lower center", bbox_to_anchor=(0.42, 1.0), ncols=3, columnspacing=0.6, handletextpad=0.1
    )

    def compute(digit, output, step):
        x = pictures[digit]
        J = jacobian(x)
        direction = J[output] / np.linalg.norm(J[output])
        moved = x + step * direction
        foretold = outputs(x) + step * np.einsum("khw,hw->k", J, direction)
        values = {"before": outputs(x), "after": outputs(moved), "foretold": foretold}
        return values | {"moved": moved, "row": J[output], "digit": digit}

    def draw(arrays):
        picture.set_data(arrays["moved"])
        row_image.set_data(arrays["row"] / np.abs(arrays["row"]).max())
        before.set_data(arrays["before"], classes)
        after.set_data(arrays["after"], classes)
        line.set_data(arrays["foretold"], classes)
        return f"a picture of {arrays['digit']}: the network sees {arrays['after'].argmax()}"

    def judge(values, arrays):
        seen = int(arrays["after"].argmax())
        found = values["digit"] == 0 and seen != 0 and values["step"] <= 1
        return found, f"the {values['digit']} is seen as {seen} after a step of {values['step']:g}"

    return Explorer(
        compute, draw,
        {
            "digit": slider("picture of a", 0, 9, 3),
            "output": choice("step along the row of output", list(range(10)), 8),
            "step": slider("length of the step", 0.0, 2.0, 0.0, step=0.125),
        },
        figure=LiveFigure(figure, [picture, row_image, before, after, line]),
        alt="A digit, the Jacobian row of one output as a picture, and all outputs before and after a step",
        predict=Predict(
            "Step along the row of output 8. Which outputs change?",
            ["only output 8", "8 rises, and only the largest of the others falls", "all ten"], answer=2,
            because="the step changes the picture, and every output has a row of its own.",
        ),
        goal=Goal("Have the 0 seen as something else, with a step of at most 1.", reached=judge),
    )  # fmt: skip


def taylor(profile, directions):
    """The risk along a line through w0, its linear and its quadratic approximation, and their errors.

    profile(direction, t) -> (true, linear, quadratic), each like the array t of distances from w0;
    directions, the names to choose from.      DLNN 4.9, (4.89)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9), width_ratios=[1.1, 1])
    styles = [(plots.INK, "-", "risk"), (plots.ORANGE, ":", "linear"), (plots.BLUE, "--", "quadratic")]
    curves = [ax.plot([], [], color=c, linestyle=style, label=name)[0] for c, style, name in styles]
    (here,) = ax.plot([0], [0], "o", color=plots.INK)
    ax.set(xlabel="distance from $w_0$", ylabel="risk")
    ax.legend(loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.14), columnspacing=1)
    radii = np.geomspace(0.02, 4, 60)
    right.set(xscale="log", yscale="log", xlim=(0.02, 5), ylim=(1e-7, 10))
    right.set(xlabel="radius", ylabel="largest error at $\\pm$ radius")
    errors = [right.plot([], [], color=c, linestyle=style)[0] for c, style, _ in styles[1:]]
    dots = [right.plot([], [], "o", color=c, markersize=9)[0] for c, _, _ in styles[1:]]
    right.text(0.03, 2e-2, "linear", color=plots.ORANGE)
    right.text(0.5, 3e-6, "quadratic", color=plots.BLUE)

    def misses(direction, radii):
        """The largest error of either approximation at radius and -radius: (2, len(radii))."""
        both = np.array([profile(direction, side * radii) for side in (1, -1)])
        return np.abs(both[:, 1:] - both[:, :1]).max(axis=0)

    def compute(direction, radius):
        t = np.linspace(-radius, radius, 61)
        stops = np.array([radius, float(f"{radius * 10**0.1:.2g}")])
        curves = np.array(profile(direction, t))
        values = {"t": t, "curves": curves, "risk": curves[0, 30], "at": misses(direction, stops)}
        return values | {"errors": misses(direction, radii), "radius": radius}

    def draw(arrays):
        t, values = arrays["t"], arrays["curves"]
        for curve, own in zip(curves, values, strict=True):
            curve.set_data(t, own)
        here.set_data([0], [arrays["risk"]])
        low, high = values[0].min(), values[0].max()
        ax.set(xlim=(t[0], t[-1]), ylim=(low - 0.3 * (high - low), high + 0.3 * (high - low)))
        for error, dot, own, at in zip(errors, dots, arrays["errors"], arrays["at"], strict=True):
            error.set_data(radii, own)
            dot.set_data([arrays["radius"]], [at[0]])
        linear, quadratic = arrays["at"][:, 0]
        where = f"at radius {arrays['radius']:g}"
        return f"{where} the linear misses by {linear:.2g}, the quadratic by {quadratic:.2g}"

    def judge(values, arrays):
        now, next_stop = arrays["at"][1] / arrays["risk"]
        words = f"the quadratic misses by {100 * now:.2g} % of the risk"
        if now < 0.01 and next_stop < 0.01:
            return False, f"{words}: there is room for one stop more"
        return bool(now < 0.01), words

    return Explorer(
        compute, draw,
        {"direction": choice("direction", directions), "radius": log_slider("radius", 0.02, 4.0, 0.2)},
        figure=LiveFigure(figure, [ax, *errors, *dots]),
        alt="The risk along a line with its linear and quadratic approximations, and their errors by radius",
        predict=Predict(
            "Halve the radius. The error of the quadratic becomes about",
            ["a half of what it was", "a quarter", "an eighth"], answer=2,
            because="the first term that it leaves out is of third order: half the radius, 1/8 of the error.",
        ),
        goal=Goal(
            "Find the largest radius at which the quadratic misses by less than 1 % of the risk.",
            reached=judge,
        ),
    )  # fmt: skip
