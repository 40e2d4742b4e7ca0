"""The live figure of self-normalization.  It is handed functions of the page, and returns an `Explorer`."""

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

MEANS, VARIANCES = (-1.5, 1.5), (0.0, 5.0)  # what the picture shows
CLOSE = 1e-3  # of the fixed point
END = 400  # layers, after which nobody waits for a fixed point
FINE = np.meshgrid(np.linspace(*MEANS, 49), np.linspace(VARIANCES[1] / 98, VARIANCES[1], 49))
COARSE = np.meshgrid(np.linspace(-1.35, 1.35, 10), np.linspace(0.25, 4.75, 10))
TAU_TOO_LARGE = Predict(
    "Raise tau from 1 to 1.5: the weights of a unit are too long, as after some training. Where does "
    "the variance of the SELU network settle?",
    ["at 1 all the same", "near 1.5", "above 4", "nowhere: it grows without end"], answer=2,
    because="each layer takes back only a fifth of a deviation, and adds its own: they pile up.",
)  # fmt: skip
TINT = (255 * np.array(to_rgba(plots.GREEN, 0.22))).astype(np.uint8)


def moment_map(step, field, activations, *, layers=40):
    """Mean and variance on their way up, as arrows in the plane and as curves over the layers.

    step(activation, mean, variance, omega, tau) -> (mean, variance) one layer on, two numbers;  field, the
    same for arrays;  activations, names, "selu" among them.      DLNN (10.18), (10.23), Fig 10.6
    """
    artists = _artists(layers)
    region, arrows, path, first, end, mean_curve, variance_curve = artists

    @lru_cache(maxsize=32)
    def plane(activation, omega, tau):
        """The arrows (10, 10) and the norm of the Jacobian (49, 49): they do not depend on the start."""
        moved = np.stack(field(activation, *COARSE, omega, tau)) - np.stack(COARSE)
        far = np.hypot(moved[0] / np.ptp(MEANS), moved[1] / np.ptp(VARIANCES))
        return moved * 0.085 / (far + 0.05), _norms(field(activation, *FINE, omega, tau), FINE)

    def compute(activation, omega, tau, mean, variance):
        def on(moments):
            return step(activation, *moments, omega, tau)

        track = [(mean, variance)]
        while len(track) <= END and track[-1][1] < 1e6:
            track.append(on(track[-1]))
            if np.abs(np.subtract(*track[-2:])).max() < 1e-10:
                break
        moved, norms = plane(activation, omega, tau)
        ends = np.array(track)
        still = len(track) <= END and ends[-1, 1] < 1e6
        alive = ends[-1, 1] > 10 * CLOSE
        away = np.abs(ends - ends[-1]).max(axis=1) >= CLOSE
        shown = np.vstack([ends, np.tile(ends[-1], (layers, 1))]) if still else ends
        return {
            "track": shown[: layers + 1],
            "end": ends[-1] if still and alive else None,
            "norm": _norm(on, ends[-1]) if still and alive else None,
            "needs": int(np.flatnonzero(away)[-1]) + 1 if away.any() else 0,
            "fate": "grows without end" if ends[-1, 1] >= 1e6 else "" if alive else "dies out",
            "arrows": moved,
            "norms": norms,
        }

    def draw(arrays):
        track, spot = arrays["track"], arrays["end"]
        region.set_data((arrays["norms"] < 1)[..., None] * TINT)
        arrows.set_UVC(*arrays["arrows"])
        path.set_data(*track.T)
        first.set_data(*track[:1].T)
        end.set_data(*([[], []] if spot is None else spot[:, None]))
        mean_curve.set_data(np.arange(len(track)), track[:, 0])
        variance_curve.set_data(np.arange(len(track)), track[:, 1])
        if spot is None:
            return f"the variance {arrays['fate'] or f'has not settled after {END} layers'}"
        return (
            f"settles at mean {spot[0]:.3f}".replace("-0.000", "0.000") + f", variance {spot[1]:.3f}: within "
            f"{CLOSE:g} after {arrays['needs']} layers; norm of the Jacobian there {arrays['norm']:.3f}"
        )

    def judge(values, arrays):
        if values["activation"] != "selu" or values["tau"] != 1.1:
            return False, f"this is {values['activation']} with tau = {values['tau']:g}, want selu with 1.1"
        if arrays["end"] is None:
            return False, f"the variance {arrays['fate'] or 'does not settle'}"
        return bool(arrays["end"][1] > 1.5), f"the variance settles at {arrays['end'][1]:.3f}"

    def put(x, y, values):
        """Start at the stops nearest to a click."""
        return {"mean": round(20 * x) / 20, "variance": max(round(20 * y) / 20, 0.05)}

    controls = {
        "activation": choice("activation", list(activations), "selu"),
        "omega": slider("omega, sum of the weights", -1.0, 1.0, 0.0, step=0.05),
        "tau": slider("tau, sum of their squares", 0.5, 2.0, 1.0, step=0.05),
        "mean": slider("mean at the start", *MEANS, 1.0, step=0.05),
        "variance": slider("variance at the start", 0.05, VARIANCES[1], 3.0, step=0.05),
    }
    return Explorer(
        compute, draw, controls, click=put,
        figure=LiveFigure(path.figure, artists),
        alt="Arrows from mean and variance of a layer to those of the next, and the path from one start",
        predict=TAU_TOO_LARGE,
        goal=Goal(
            "Keep selu and tau = 1.1. Find an omega at which the variance settles above 1.5.",
            reached=judge,
        ),
    )  # fmt: skip


def _artists(layers):
    """In an empty figure: region, arrows, path, start, end, and the curves of mean and variance."""
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.4), width_ratios=[1.15, 1])
    ax.set(xlim=MEANS, ylim=VARIANCES, xlabel="mean $\\mu$", ylabel="variance $\\nu$")
    region = ax.imshow(
        np.zeros((49, 49, 4), np.uint8), extent=(*MEANS, *VARIANCES), origin="lower", aspect="auto"
    )
    blank = np.zeros_like(COARSE[0])
    style = {"angles": "xy", "scale_units": "xy", "scale": 1, "color": plots.INK, "width": 0.004}
    arrows = ax.quiver(*COARSE, blank, blank, **style)
    (path,) = ax.plot([], [], "-o", color=plots.BLUE, markersize=3.5, linewidth=1.2, label="layer by layer")
    (first,) = ax.plot([], [], "s", color=plots.BLUE, markersize=8, label="start", clip_on=False)
    (end,) = ax.plot([], [], "D", color=plots.ORANGE, markersize=8, label="where it settles")
    names = [first, path, end, Patch(color=plots.GREEN, alpha=0.22, label="norm of the Jacobian below 1")]
    figure.legend(handles=names, loc="outside lower center", ncols=4, columnspacing=1.2)
    right.set(xlim=(0, layers), ylim=(MEANS[0], VARIANCES[1]), xlabel="layer", ylabel="mean, variance")
    for height in (0, 1):
        right.axhline(height, color=plots.INK, linewidth=0.6)
    (variance_curve,) = right.plot([], [], color=plots.PURPLE, label="variance")
    (mean_curve,) = right.plot([], [], "--", color=plots.GREEN, label="mean")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 0.99), ncols=2)
    return region, arrows, path, first, end, mean_curve, variance_curve


def _norms(moments, places):
    """The spectral norm of the Jacobian at each place of a grid, by differences along the grid."""
    mean, variance = places[0][0], places[1][:, 0]
    rows = [np.gradient(one, variance, mean) for one in moments]
    J = np.array([[by_mean, by_variance] for by_variance, by_mean in rows])
    return np.linalg.norm(J.transpose(2, 3, 0, 1), 2, axis=(2, 3))


def _norm(on, place, h=1e-4):
    """The spectral norm of the Jacobian of the map `on` at one place, by central differences."""
    sides = [(np.array(on(place + e)) - on(place - e)) / (2 * h) for e in h * np.eye(2)]
    return float(np.linalg.norm(np.column_stack(sides), 2))
