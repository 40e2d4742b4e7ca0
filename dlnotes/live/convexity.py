"""The live figures of convexity.  Each is handed arrays and functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, log_slider, slider, toggle
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

STOP = 10**0.1  # the factor between two stops of a log slider
LEVELS = np.geomspace(1e-3, 1e3, 25)  # of the risk, where one band ends and the next begins


def ridge_surface(risk, hessian, minimum, *, near=5.0):
    """The risk over two weights on separable classes, with a ridge or without, and along one ray.

    risk(W) -> (m,) for rows of weights W (m, 2);  hessian(w) -> (2, 2);  minimum(ridge) -> w (2,), the
    minimum with ridge/2 ||w||^2 added.  The goal asks for a minimum of at most the length `near`.
    DLNN C.2; GBC 7.3
    """
    figure = plt.figure(figsize=(8, 4.2))
    grid = figure.add_gridspec(2, 2, width_ratios=[1.15, 1])
    ax, top, bottom = (figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
    ax.set(xlim=(-8, 20), ylim=(-8, 20), aspect="equal", title="bands of equal risk, dark is low")
    ax.set(xlabel="$w_1$", ylabel="$w_2$")
    places, bands = plane.tinted_plane(ax, steps=160)
    direction = minimum(1e-4) / np.linalg.norm(minimum(1e-4))
    far = np.linspace(0, 24, 121)
    ray = far[:, None] * direction
    ax.plot(*ray.T, color="white", linewidth=1)
    (least,) = ax.plot([], [], "o", color=plots.ORANGE, markeredgecolor="white", markersize=9)
    top.set(yscale="log", ylim=(1e-3, 1e3), ylabel="risk")
    bottom.set(yscale="log", ylim=(1e-6, 1e2), ylabel="least curvature", xlabel="length along the ray")
    for one in (top, bottom):
        one.set(xlim=(0, far[-1]))
    (height,) = top.plot([], [], color=plots.BLUE)
    (curvature,) = bottom.plot([], [], color=plots.GREEN)
    floor = bottom.axhline(np.nan, color=plots.INK, linestyle="--", linewidth=1.2, label="$\\lambda$")
    bottom.legend(loc="upper right")

    surface, cut = risk(places), risk(ray)
    eigenvalues = np.array([np.linalg.eigvalsh(hessian(w))[0] for w in ray])
    squares = (places**2).sum(axis=1)

    def compute(on, ridge):
        ridge = ridge if on else 0.0
        return {
            "ridge": ridge,
            "surface": surface + ridge / 2 * squares,
            "cut": cut + ridge / 2 * far**2,
            "eigenvalues": eigenvalues + ridge,  # the Hessian of the ridge is ridge times the identity
            "w": minimum(ridge) if on else np.full(2, np.nan),
        }

    def draw(arrays):
        bands.set_data(_bands(arrays["surface"]))
        least.set_data(arrays["w"][:1], arrays["w"][1:])
        height.set_data(far, arrays["cut"])
        curvature.set_data(far, arrays["eigenvalues"])
        floor.set_ydata([arrays["ridge"] or np.nan] * 2)
        low = f"least curvature at length {far[-1]:.0f}: {arrays['eigenvalues'][-1]:.1e}"
        if not arrays["ridge"]:
            return f"no ridge: the risk falls along the ray without end · {low}"
        return f"minimum at length {np.linalg.norm(arrays['w']):.2f} · {low}"

    def reached(values, arrays):
        length, weaker = (np.linalg.norm(minimum(values["ridge"] / factor)) for factor in (1, STOP))
        said = f"the minimum is at length {length:.2f}, with a ridge one stop weaker at {weaker:.2f}"
        return values["on"] and length <= near < weaker, said if values["on"] else "there is no ridge"

    controls = {"on": toggle("ridge", True), "ridge": log_slider("strength λ", 1e-4, 10, 0.01)}
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [bands, least, height, curvature, floor]),
        alt="The risk over two weights on separable classes, and the risk and its curvature along a ray",
        predict=Predict(
            "Make the ridge ten times weaker, from 0.01 to 0.001. How far out does the minimum move?",
            ["it stays", "to less than twice the distance", "to ten times the distance"], answer=1,
            because="the risk falls exponentially: even a weak ridge holds it. (Strong ones move it more.)",
        ),
        goal=Goal(
            f"Find the weakest ridge that keeps the minimum within length {near:g} of the origin.", reached
        ),
    )  # fmt: skip


def between_solutions(x, y, theta, twins, probability, risk, hessian):
    """The straight line from one solution of a small network to another one that computes the same.

    x (n, 2), y (n,) in {0, 1};  theta (p,), the solution;  twins {"name": theta (p,), ...}, networks with
    the same output;  probability(theta, x) -> (n,), risk(theta) and hessian(theta) -> (p, p).
    GBC 6.2; DLNN A.1.1
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9))
    plots.points(x, y, ax=ax, names=["$y = 0$", "$y = 1$"])
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.13), ncols=2)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=ax.get_xlim(), ylim=ax.get_ylim())
    places, tint = plane.tinted_plane(ax, steps=100)
    line = np.linspace(0, 1, 101)
    heights = {name: np.array([risk(_between(theta, twin, t)) for t in line]) for name, twin in twins.items()}
    right.set(xlim=(-0.03, 1.03), ylim=(-0.1, 1.08 * max(map(np.max, heights.values()))))
    right.set(xlabel="$t$: from one solution to the other", ylabel="risk")
    (curve,) = right.plot([], [], color=plots.BLUE, label="risk on the way")
    (chord,) = right.plot([], [], color=plots.INK, linestyle="--", linewidth=1.2, label="chord")
    (here,) = right.plot([], [], "o", color=plots.ORANGE, markersize=9)
    right.legend(loc="upper right", bbox_to_anchor=(1.0, 1.13), ncols=2)

    def compute(twin, t):
        at = _between(theta, twins[twin], t)
        return {
            "t": t,
            "curve": heights[twin],
            "risk": risk(at),
            "places": probability(at, places),
            "wrong": int(((probability(at, x) > 0.5) != y).sum()),
            "least": np.linalg.eigvalsh(hessian(at))[0],
        }

    def draw(arrays):
        ends = arrays["curve"][[0, -1]]
        tint.set_data(plane.tint(arrays["places"]))
        curve.set_data(line, arrays["curve"])
        chord.set_data([0, 1], ends)
        here.set_data([arrays["t"]], [arrays["risk"]])
        on_chord = (1 - arrays["t"]) * ends[0] + arrays["t"] * ends[1]
        said = f"risk {arrays['risk']:.2f}, on the chord {on_chord:.2f} · {arrays['wrong']} of {len(x)} wrong"
        return f"{said} · smallest eigenvalue of the Hessian {arrays['least']:.2g}"

    highest = max(twins, key=lambda name: heights[name].max())
    controls = {
        "twin": choice("the other solution", list(twins)),
        "t": slider("way t", 0.0, 1.0, 0.25, step=0.01),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [tint, curve, chord, here]),
        alt="What a network computes on the way between two equivalent solutions, and its risk there",
        predict=Predict(
            "Both ends have all samples right. How many are right halfway to the copy with units swapped?",
            ["all", "about three quarters", "half"], answer=2,
            because="its two hidden units are one there, and this one answers y = 1 everywhere.",
        ),
        goal=Goal(
            "Find the highest point of all these lines.",
            reached=lambda values, arrays: (
                arrays["risk"] >= 0.999 * heights[highest].max(), f"the risk is {arrays['risk']:.2f} here"
            ),
        ),
    )  # fmt: skip


def _bands(surface):
    """RGBA (h, w, 4) of 8 bits, one color from dark to bright for each step of `LEVELS`."""
    size = int(np.sqrt(len(surface)))
    band = np.searchsorted(LEVELS, surface).reshape(size, size)
    return plt.get_cmap("viridis")(band / len(LEVELS), bytes=True)


def _between(start, end, t):
    return (1 - t) * start + t * end
