"""The live figures of linear pieces: moving folds, the folded surface, folding again and again."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

NORMALS = np.array([[1, 0], [2, 1], [1, 1], [1, 2], [0, 1], [-1, 2], [-1, 1], [-2, 1]])  # whole: exact
TURNS = ["|", "steep \\", "\\", "flat \\", "–", "flat /", "/", "steep /"]  # the folds at right angles to them


def moving_fold(lies, regions, polygons, flat_pieces):
    """One more fold, turned and shifted over others that lie still; the pieces that it creates are numbered.

    lies {name: (W (5, 2), b (5,))}, the other folds W v + b = 0;  regions(W, b) -> signs (r, N) and points,
    exactly;  polygons(params, low, high) -> pieces with "corners" and "mask";  flat_pieces(N, m) is r(N, m).
    """
    size = 3.5
    figure, ax = plt.subplots(figsize=(5.6, 5.0))
    ax.set(xlim=(-size, size), ylim=(-size, size), xlabel="$v_1$", ylabel="$v_2$", aspect="equal")
    areas = ax.add_collection(PolyCollection([], linewidths=0))
    folds = [ax.plot([], [], color=plots.INK)[0] for _ in range(max(len(b) for _, b in lies.values()))]
    (new_fold,) = ax.plot([], [], color=plots.PURPLE, linewidth=3)
    words = {
        "ha": "center",
        "va": "center",
        "color": plots.ORANGE,
        "weight": "bold",
        "fontsize": 13,
        "clip_on": True,
    }
    numbers = [ax.text(0, 0, "", **words) for _ in range(len(folds) + 1)]
    colors = {
        "new": to_rgba(plots.ORANGE, 0.35),
        "cut": to_rgba(plots.BLUE, 0.3),
        "left": to_rgba(plots.INK, 0.08),
    }
    for kind, name in {"new": "new piece", "cut": "what is left of the old one", "left": "not cut"}.items():
        ax.fill([], [], color=colors[kind], label=name)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.11), ncols=3, columnspacing=1.0)

    def compute(lie, others, turn, shift):
        W, b = lies[lie]
        W, b = np.vstack([W[:others], NORMALS[TURNS.index(turn)]]), np.append(b[:others], -shift)
        signs, _ = regions(W, b)
        patterns, counts = np.unique(signs[:, :-1], axis=0, return_counts=True)
        return {
            "W": W,
            "b": b,
            "pieces": polygons(((W, b), ()), -size, size),
            "total": len(signs),
            "cut": {(row > 0).tobytes() for row in patterns[counts == 2]},
            "most": flat_pieces(others + 1, 2),
        }

    def draw(arrays):
        new = []
        for one in arrays["pieces"]:
            cut = one.mask[:-1].tobytes() in arrays["cut"]
            new.append(("new" if one.mask[-1] else "cut") if cut else "left")
        areas.set_verts([one.corners for one in arrays["pieces"]])
        areas.set_facecolor([colors[kind] for kind in new])
        lines = np.column_stack([arrays["b"], arrays["W"]])
        for fold in folds:
            fold.set_data([], [])
        for fold, w in zip([*folds[: len(lines) - 1], new_fold], lines, strict=True):
            fold.set_data(*plots.boundary_ends(w, ax))
        for number in numbers:
            number.set_text("")
        seen = [one for one, kind in zip(arrays["pieces"], new, strict=True) if kind == "new"]
        for count, (number, one) in enumerate(zip(numbers, seen, strict=False), start=1):
            number.set_position(_center(one.corners))
            number.set_text(str(count))
        made, hidden = len(arrays["cut"]), len(arrays["cut"]) - len(seen)
        outside = f", {hidden} of them outside the picture" if hidden else ""
        text = f"{arrays['total'] - made} pieces before, {made} new{outside}: {arrays['total']} pieces"
        return f"{text}; r({len(lines)}, 2) = {arrays['most']}"

    def through(x, y, values):
        """A click lays the new fold through that place, as well as quarter steps can."""
        shift = np.round(4 * NORMALS[TURNS.index(values["turn"])] @ [x, y]) / 4
        return {"shift": float(np.clip(shift, -4, 4))}

    controls = {
        "lie": choice("the others lie", list(lies)),
        "others": slider("other folds", 0, len(folds), 2),
        "turn": choice("the new fold runs", TURNS),
        "shift": slider("and is shifted by", -4.0, 4.0, 0.5, step=0.25),
    }
    first = next(iter(lies))
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [areas, *folds, new_fold, *numbers]),
        alt="A new fold over others in the plane; the pieces that it creates are tinted and numbered",
        click=through,
        predict=Predict(
            "Five folds in general position make 16 pieces. How many new ones does a sixth make at most?",
            ["5", "6", "16"], answer=1,
            because="five crossings cut the sixth fold into six parts, and each part cuts one piece in two.",
        ),
        goal=Goal(
            f"Let four other folds lie {first}, and lay the new one so that it makes only three new pieces.",
            reached=lambda values, arrays: (
                values["others"] == 4 and values["lie"] == first and len(arrays["cut"]) == 3,
                f"{values['others']} folds {values['lie']}, and {len(arrays['cut'])} new pieces",
            ),
        ),
    )  # fmt: skip


def folded_surface(network, polygons, flat_pieces, most=6):
    """The graph of a network with N hidden ReLUs and two inputs, and its folds on the ground below.

    network(N, seed, spread) -> params, biases of the hidden units N(0, spread²);  polygons as above.
    """
    figure = plt.figure(figsize=(6.4, 5.2))
    ax = figure.add_subplot(projection="3d")
    ax.view_init(elev=28, azim=-58)
    ground, high = -2.6, 1.2
    ax.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(ground, high), xlabel="$v_1$", ylabel="$v_2$")
    ax.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1], zticks=[-1, 0, 1], zlabel="$F$, scaled")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((0, 0, 0, 0))
        axis.line.set_color(plots.INK)
        axis._axinfo["grid"]["color"] = to_rgba(plots.INK, 0.2)
    nowhere = [np.zeros((3, 3))]
    roof = ax.add_collection3d(Poly3DCollection(nowhere, edgecolors=plots.INK, linewidths=1))
    floor = ax.add_collection3d(Poly3DCollection(nowhere, edgecolors=plots.INK, linewidths=1))

    def compute(folds, seed, spread):
        pieces = polygons(network(folds, seed, spread), -1, 1)
        heights = [one.corners @ one.W[0] + one.b[0] for one in pieces]
        tallest = max(np.abs(height).max() for height in heights) or 1.0  # all units may be off
        heights = [height / tallest for height in heights]
        return {"pieces": pieces, "heights": heights, "most": flat_pieces(folds, 2), "folds": folds}

    def draw(arrays):
        corners = [one.corners for one in arrays["pieces"]]
        colors = [plots.PALETTE[number % len(plots.PALETTE)] for number in range(len(corners))]
        up = [np.column_stack([xy, z]) for xy, z in zip(corners, arrays["heights"], strict=True)]
        roof.set_verts(up)
        roof.set_facecolor([to_rgba(color, 0.75) for color in colors])
        floor.set_verts([np.column_stack([xy, np.full(len(xy), ground)]) for xy in corners])
        floor.set_facecolor([to_rgba(color, 0.3) for color in colors])
        return f"{len(corners)} flat pieces in this square; r({arrays['folds']}, 2) = {arrays['most']}"

    return Explorer(
        compute, draw,
        {
            "folds": slider("hidden units N", 1, most, 3),
            "seed": slider("random weights no.", 0, 19, 0),
            "spread": slider("spread of the biases", 0.0, 1.0, 0.5, step=0.125),
        },
        figure=LiveFigure(figure, [ax]),
        alt="The graph of a small ReLU network as a folded surface, its folds on the ground below",
        predict=Predict(
            "At spread 0 all folds pass through the origin. How many pieces do six units make there?",
            ["7", "12", "22"], answer=1,
            because="six lines through one point are twelve rays, with one piece between neighbors.",
        ),
        goal=Goal(
            "Find weights of five units whose 16 pieces all lie in the square.",
            reached=lambda values, arrays: (
                values["folds"] == 5 and len(arrays["pieces"]) == 16,
                f"{values['folds']} units, {len(arrays['pieces'])} pieces in the square",
            ),
        ),
    )  # fmt: skip


def folding(fold, inside, deepest=5):
    """A line and a plane folded `depth` times, and what the network above the folds says of their places.

    fold(z) -> z, one fold of each coordinate of z (n, m) in [-1, 1];  inside(z) -> (n,) of truth values.
    """
    steps = 384
    x = np.linspace(-1, 1, 2 ** (deepest + 3) + 1)
    middles = (np.arange(steps) + 0.5) / steps * 2 - 1
    plane = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0))
    ax.set(xlim=(-1.05, 1.05), ylim=(-1.1, 1.1), xlabel="input $z$", ylabel="$z$ after the folds")
    (line,) = ax.plot([], [], color=plots.BLUE)
    (kinks,) = ax.plot([], [], "o", color=plots.ORANGE, markersize=4)
    right.set(xlabel="$v_1$", ylabel="$v_2$", aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    blank = np.zeros((steps, steps, 4))
    image = right.imshow(blank, extent=(-1, 1, -1, 1), origin="lower", interpolation="nearest")
    colors = np.array([to_rgba(plots.BLUE, 0.12), to_rgba(plots.ORANGE, 0.75)])

    def compute(depth):
        z, place = x[:, None], plane
        for _ in range(depth):
            z, place = fold(z), fold(place)
        return {"depth": depth, "z": z[:, 0], "inside": inside(place)}

    def draw(arrays):
        z, depth = arrays["z"], arrays["depth"]
        bends = np.flatnonzero(np.abs(np.diff(z, 2)) > 1e-9) + 1
        line.set_data(x, z)
        kinks.set_data(x[bends], z[bends])
        image.set_data(colors[arrays["inside"].astype(int)].reshape(steps, steps, 4))
        pieces = len(bends) + 1
        units = 2 * depth
        layers = "1 layer" if depth == 1 else f"{depth} layers"
        return f"{layers}, {units} ReLUs: {pieces} pieces; one layer of {units} ReLUs: at most {units + 1}"

    return Explorer(
        compute, draw, {"depth": slider("layers that fold", 0, deepest, 1)},
        figure=LiveFigure(figure, [line, kinks, image]),
        alt="Left a sawtooth with twice as many pieces at each layer, right a shape mirrored into many",
        predict=Predict(
            "Each layer that folds has two ReLUs. How many pieces has the line after four of them?",
            ["8", "9", "16"], answer=2,
            because="each layer lays the whole line double once more: 2, 4, 8, 16.",
        ),
        goal=Goal(
            "Find the smallest depth whose pieces no single layer of 20 ReLUs can make.",
            reached=lambda values, arrays: (
                2 ** values["depth"] > 21 >= 2 ** (values["depth"] - 1),
                f"{2 ** values['depth']} pieces",
            ),
        ),
    )  # fmt: skip


def _center(corners):
    """The center of mass of a polygon (c, 2)."""
    following = np.roll(corners, -1, axis=0)
    weights = corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]
    return ((corners + following) * weights[:, None]).sum(axis=0) / (3 * weights.sum())
