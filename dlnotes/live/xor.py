"""The live figures of XOR.  Each is handed arrays and functions, and returns an `Explorer`.

forward(x, W, c, w, b) -> (h, output) is a network of one hidden layer of ReLU units: x (n, 2), W (k, 2),
c (k,), w (k,), b (); h (n, k), output (n,).  Leading axes of the parameters are networks side by side.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

LEVELS = np.concatenate([[1e-3, 1e-2, 1 / 16, 1 / 8, 1 / 6, 1 / 4], np.geomspace(0.35, 30, 10)])  # of J


def relu_network(forward, corners, y):
    """The nine parameters of a 2-2-1 ReLU network, its input space and its hidden space.

    corners (4, 2), y (4,) in {0, 1}.      GBC (6.3)-(6.6), Fig 6.1; DLNN (4.58)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.2))
    ax.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xticks=[0, 1], yticks=[0, 1], aspect="equal")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title="input space")
    right.set(xlim=(-0.4, 3.4), ylim=(-0.4, 3.4), aspect="equal")
    right.set(xlabel="$h_1$", ylabel="$h_2$", title="hidden space")
    places, tint = plane.tinted_plane(ax, steps=120)
    folds = [_fold(ax, color, name) for color, name in [(plots.GREEN, "unit 1"), (plots.PURPLE, "unit 2")]]
    classes = plane.class_markers(ax, size=110, names=("$y = 0$", "$y = 1$"))
    outputs = [ax.text(*corner + [0, 0.1], "", weight="bold", ha="center") for corner in corners]
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4, columnspacing=1, handletextpad=0.4)
    sides = plane.half_planes(right)
    (cut,) = right.plot([], [], color=plots.INK)
    hidden = plane.class_markers(right, size=110)
    names = [right.text(0, 0, "") for _ in corners]

    def compute(**values):
        W = np.array([[values["W11"], values["W12"]], [values["W21"], values["W22"]]])
        c, w = np.array([values["c1"], values["c2"]]), np.array([values["w1"], values["w2"]])
        theta = W, c, w, np.array(values["b"])
        h, output = forward(corners, *theta)
        return {"theta": theta, "h": h, "output": output, "places": forward(places, *theta)[1]}

    def draw(arrays):
        W, c, w, b = arrays["theta"]
        tint.set_data(_sides(arrays["places"]))
        for (line, arrow), unit, bias in zip(folds, W, c, strict=True):
            _set_fold(line, arrow, np.append(bias, unit), ax)
        plane.set_classes(classes, corners, 2 * y - 1)
        for text, value in zip(outputs, arrays["output"], strict=True):
            text.set_text(f"{value:g}")
        flat = np.array([b - 0.5, *w])
        plane.set_half_planes(sides, flat, right)
        cut.set_data(*plots.boundary_ends(flat, right))
        plane.set_classes(hidden, arrays["h"], 2 * y - 1)
        _name_places(names, arrays["h"], ["".join(f"{bit:g}" for bit in corner) for corner in corners])
        risk = np.mean((arrays["output"] - y) ** 2)
        return f"J = {risk:.4g} · outputs {_listed(arrays['output'])} at 00, 01, 10, 11, want {_listed(y)}"

    def judge(values, arrays):
        if not np.array_equal(arrays["output"], y):
            return False, f"the outputs are {_listed(arrays['output'])}"
        ones = arrays["h"][y == 1]
        if np.array_equal(*ones):
            return False, "01 and 10 lie on one point of the hidden space"
        return True, "the outputs are exact, and 01 and 10 are two points of the hidden space"

    parts = {"W11": 1, "W12": 1, "c1": 0, "W21": 1, "W22": 1, "c2": -1, "w1": 1, "w2": -2, "b": 0}
    words = {"W": "weight W", "c": "bias c", "w": "output weight w", "b": "output bias b"}
    controls = {
        name: slider(words[name[0]] + name[1:].translate(SUBSCRIPTS), -2.0, 2.0, float(value), step=0.25)
        for name, value in parts.items()
    }
    moving = [tint, *_flat(folds), *classes, *outputs, *sides, cut, *hidden, *names]
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, moving),
        alt="Four corners in the input space and in the hidden space of a network of two ReLU units",
        predict=Predict(
            "Move the bias c₂ from −1 to 0. What becomes of the four corners in the hidden space?",
            ["they stay where they are", "they all lie on one line", "they all fall onto one point"],
            answer=1, because="the two units then compute the same number: h₁ = h₂.",
        ),
        goal=Goal(
            "Find weights with outputs 0, 1, 1, 0 that keep the corners 01 and 10 apart in hidden space.",
            judge,
        ),
    )  # fmt: skip


def landscape(forward, x, y, runs, every, solution):
    """Training from random starts: what the hidden units draw, and the risk over a plane of parameters.

    x (4, 2), y (4,) in {0, 1};  runs {width k: (W (t, s, k, 2), c (t, s, k), w (t, s, k), b (t, s))}, the
    parameters of s starts, t times, `every` steps apart;  solution, the W, c, w, b of two units that solve
    XOR.  The plane goes through the start, the end of the run and `solution`.      GBC (6.1)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.2))
    ax.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xticks=[0, 1], yticks=[0, 1], aspect="equal")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title="outputs, and the fold of each unit")
    places, tint = plane.tinted_plane(ax, steps=80)
    folds = [_fold(ax, plots.INK, None) for _ in range(max(runs))]
    classes = plane.class_markers(ax, size=110, names=("$y = 0$", "$y = 1$"))
    outputs = [ax.text(*corner + [0, 0.1], "", weight="bold", ha="center") for corner in x]
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    right.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xlabel="from the start to the end", aspect="equal")
    right.set(ylabel="toward the printed solution", title="bands of equal risk, dark is low")
    right.set(xticks=[0, 1], yticks=[0, 1])
    spots, bands = plane.tinted_plane(right, steps=90)
    (path,) = right.plot([], [], color="white", linewidth=1.5)
    (here,) = right.plot([], [], "o", color=plots.ORANGE, markeredgecolor="white", markersize=9)
    edge = [withStroke(linewidth=2.5, foreground="black")]
    marks = {"start": (0, 0), "end": (1, 0), "printed": (0, 1)}
    for name, spot in marks.items():
        right.plot(*spot, "+", color="white", markersize=9, markeredgewidth=1.5)
        right.annotate(
            name, spot, xytext=(5, 5), textcoords="offset points", color="white", path_effects=edge
        )

    def compute(width, start, step):
        track = [part[:, start] for part in runs[width]]
        theta = [part[step // every] for part in track]
        ends = _vectors([part[[0, -1]] for part in track])
        third = _vectors([part[None] for part in _padded(solution, width)])[0]
        axes = np.stack([ends[1] - ends[0], third - ends[0]])
        along = (_vectors(track) - ends[0]) @ np.linalg.pinv(axes)
        surface = forward(x, *_parts(ends[0] + spots @ axes, width))[1]
        return {
            "theta": theta,
            "output": forward(x, *theta)[1],
            "places": forward(places, *theta)[1],
            "surface": ((surface - y) ** 2).mean(axis=1),
            "along": along[: step // every + 1],
            "risk": float(((forward(x, *[part[-1] for part in track])[1] - y) ** 2).mean()),
            "step": step,
        }

    def draw(arrays):
        W, c, w, _ = arrays["theta"]
        tint.set_data(_sides(arrays["places"]))
        for number, (line, arrow) in enumerate(folds):
            unit = np.append(c[number], W[number]) if number < len(W) else np.zeros(3)
            _set_fold(line, arrow, unit, ax)
        plane.set_classes(classes, x, 2 * y - 1)
        for text, value in zip(outputs, arrays["output"], strict=True):
            text.set_text(f"{value + 0.0:.2f}".replace("-0.00", "0.00"))
        size = int(np.sqrt(len(arrays["surface"])))
        band = np.searchsorted(LEVELS, arrays["surface"]).reshape(size, size)
        bands.set_data(plt.get_cmap("viridis")(band / len(LEVELS), bytes=True))
        path.set_data(*arrays["along"].T)
        here.set_data(*arrays["along"][-1:].T)
        now = float(((arrays["output"] - y) ** 2).mean())
        active = int((forward(x, *arrays["theta"])[0] > 0).any(axis=0).sum())
        said = f"step {arrays['step']}: J = {_fixed(now)} · {active} of {len(W)} units active at some corner"
        return f"{said} · the run ends at J = {_fixed(arrays['risk'])}"

    def judge(values, arrays):
        at = f"{values['width']} units, start {values['start']}: J ends at {_fixed(arrays['risk'])}"
        return values["width"] == 2 and abs(arrays["risk"] - 1 / 8) < 1e-4, at

    last = every * (len(runs[min(runs)][3]) - 1)
    starts = runs[min(runs)][3].shape[1]
    solved = int((_risks(forward, x, y, runs[2]) < 1e-6).sum())
    controls = {
        "width": choice("hidden units", sorted(runs), 2),
        "start": slider("random start", 0, starts - 1, 0),
        "step": slider("step", 0, last, last, step=every),
    }
    guesses = np.round(starts * np.array([1 / 6, 5 / 12, 5 / 6])).astype(int)
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [tint, *_flat(folds), *classes, *outputs, bands, path, here]),
        alt="What the hidden units of a trained network draw, and the risk over a plane of its parameters",
        play="step",
        predict=Predict(
            f"Two units are enough for XOR. How many of the {starts} random starts end at J = 0, about?",
            [str(guess) for guess in guesses], answer=int(np.abs(guesses - solved).argmin()),
            because=f"{solved} of the {starts} do; the others stop on flat ground above it.",
        ),
        goal=Goal("Find a start of two hidden units that ends at J = 1/8 = 0.125.", judge),
    )  # fmt: skip


SUBSCRIPTS = str.maketrans("12", "₁₂")


def _fold(ax, color, name):
    """An empty line, and an empty arrow from it to the side where the unit is active."""
    (line,) = ax.plot([], [], color=color, linewidth=1.6, label=name)
    arrow = ax.quiver(0, 0, 0, 0, color=color, angles="xy", scale_units="xy", scale=1, width=0.012)
    return line, arrow


def _set_fold(line, arrow, unit, ax):
    """Put them where the pre-activation unit[0] + unit[1] x_1 + unit[2] x_2 is 0."""
    line.set_data(*plots.boundary_ends(unit, ax))
    length = np.hypot(*unit[1:]) or np.inf
    normal, middle = unit[1:] / length, np.array([0.5, 0.5])
    foot = middle - (unit[0] + unit[1:] @ middle) / length * normal
    arrow.set_offsets(foot if length < np.inf else [np.nan, np.nan])
    arrow.set_UVC(*0.22 * normal[:, None])


def _sides(output):
    """The tints of a plane (steps²,): orange where the output is above 1/2, blue below."""
    return plane.tint(np.clip(output, 0, 1))


def _name_places(texts, places, names):
    """Write the names beside the places (n, 2); places that coincide share one text."""
    for text, place in zip(texts, places, strict=True):
        same = [name for name, other in zip(names, places, strict=True) if np.array_equal(other, place)]
        first = names[[np.array_equal(other, place) for other in places].index(True)]
        text.set_position(place + [0.1, 0.12])
        text.set_text(", ".join(same) if names[texts.index(text)] == first else "")


def _listed(numbers):
    return ", ".join(f"{number:g}" for number in numbers)


def _fixed(risk):
    return "0.0000" if risk < 1e-6 else f"{risk:.4f}"


def _flat(pairs):
    return [artist for pair in pairs for artist in pair]


def _padded(theta, width):
    """The parameters of a narrower network with idle units: their weights are 0."""
    W, c, w, b = theta
    more = width - len(W)
    return np.pad(W, [(0, more), (0, 0)]), np.pad(c, (0, more)), np.pad(w, (0, more)), np.asarray(b)


def _vectors(parts):
    """Parameters of m networks as rows (m, 4 k + 1)."""
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


def _parts(rows, width):
    """Rows (m, 4 k + 1) as W (m, k, 2), c (m, k), w (m, k), b (m,)."""
    W, c, w, b = np.split(rows, [2 * width, 3 * width, 4 * width], axis=1)
    return W.reshape(-1, width, 2), c, w, b[:, 0]


def _risks(forward, x, y, run):
    """J (s,) at the end of each start of a run."""
    return ((forward(x, *[part[-1] for part in run])[1] - y) ** 2).mean(axis=-1)
