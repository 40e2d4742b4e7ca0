"""The live figures of landmark networks.  Each is handed functions and results, and returns an `Explorer`."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

QUANTITIES = {"parameters": "parameters", "multiply_adds": "multiply-adds", "activations": "activations"}
KINDS = {"conv": plots.BLUE, "fc": plots.ORANGE}  # by the name of the layer; the others
OTHER = plots.GREEN


def layers(table, networks):
    """What each layer of a network has, does and keeps, for images of any side.

    table(spec, shape) -> rows with name, parameters, multiply_adds and activations;  networks {name:
    (spec, side)}.      EE147 VGGNet
    """
    most = max(len(table(spec, (3, side, side))) for spec, side in networks.values())
    figure, axes = plt.subplots(3, 1, figsize=(8, 5.4), sharex=True)
    bars, ghosts, words, marks = [], [], [], []
    for ax, quantity in zip(axes, QUANTITIES.values(), strict=True):
        ax.set(xlim=(-0.7, most - 0.3), ylim=(0, 1.12), xticks=[], yticks=[0, 0.5, 1])
        ax.set_yticklabels(["0", "", ""])
        ax.set_ylabel(quantity, labelpad=34)
        beside = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center", "fontsize": 9}
        marks.append([ax.text(-0.012, height, "", **beside) for height in (0.5, 1)])
        bars.append(PolyCollection([]))
        ghosts.append(LineCollection([], colors=plots.INK, linewidths=1.2))
        ax.add_collection(bars[-1])
        ax.add_collection(ghosts[-1])
        words.append(ax.text(0, 1.04, "", transform=ax.transAxes, va="bottom", fontsize=10))
    below = {"rotation": 90, "ha": "center", "va": "top", "fontsize": 9, "clip_on": False}
    names = [axes[-1].text(at, -0.05, "", **below) for at in range(most)]
    for name, color in {"convolution": plots.BLUE, "pool, norm, input": OTHER, "dense": plots.ORANGE}.items():
        axes[0].bar(0, 0, color=color, alpha=0.7, label=name)
    axes[0].plot([], [], color=plots.INK, linewidth=1.2, label="as printed")
    figure.legend(loc="outside lower center", ncols=4)
    figure.get_layout_engine().set(rect=(0, 0.09, 1, 0.91))

    moving = [*bars, *ghosts, *words, *names, *(mark for pair in marks for mark in pair)]

    def compute(network, side):
        spec, printed = networks[network]
        rows, reference = table(spec, (3, side, side)), table(spec, (3, printed, printed))
        arrays = {"names": [row.name for row in rows], "side": side, "printed": printed}
        for name in QUANTITIES:
            arrays[name] = np.array([getattr(row, name) for row in rows], dtype=float)
            arrays["printed " + name] = np.array([getattr(row, name) for row in reference], dtype=float)
        return arrays

    def draw(arrays):
        count = len(arrays["names"])
        colors = [to_rgba(_color(name), 0.7) for name in arrays["names"]]
        for number, ((name, quantity), bar, ghost, word) in enumerate(
            zip(QUANTITIES.items(), bars, ghosts, words, strict=True)
        ):
            now, then = arrays[name], arrays["printed " + name]
            scale = max(now.max(), then.max())
            for mark, part in zip(marks[number], (0.5, 1), strict=True):
                mark.set_text(_short(part * scale, 3))
            bar.set_verts([_box(at, height) for at, height in enumerate(now / scale)])
            bar.set_facecolor(colors)
            ghost.set_segments([_roof(at, height) for at, height in enumerate(then / scale)])
            first = int(now.argmax())
            share = f"{now[first] / now.sum():.0%}"
            word.set_text(f"{_short(now.sum())} {quantity}, {share} of them in {arrays['names'][first]}")
        for at, text in enumerate(names):
            text.set_text(arrays["names"][at] if at < count else "")
        kept = 4 * arrays["activations"].sum() / 1e6
        dense = sum(
            n for n, name in zip(arrays["parameters"], arrays["names"], strict=True) if name[:2] == "fc"
        )
        total = arrays["parameters"].sum()
        said = f"{arrays['side']} x {arrays['side']}: {kept:.1f} MB of activations in float32"
        return f"{said} · {total / 1e6:.2f} M parameters, {dense / total:.1%} of them dense"

    def judge(values, arrays):
        kept = 4 * arrays["activations"].sum() / 1e6
        found = values["network"] == "VGG-16" and abs(kept - 100) <= 1
        return found, f"{values['network']} keeps {kept:.1f} MB"

    controls = {
        "network": choice("network", list(networks), "VGG-16"),
        "side": slider("side of the image", 96, 352, 224),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, moving),
        alt="Bars of parameters, multiply-adds and activations for each layer of a network",
        predict=Predict(
            "VGG-16 for images half as high and half as wide, 112 instead of 224. "
            "What is left of its 138 million parameters?",
            ["all of them", "about four tenths", "a quarter"], answer=1,
            because="convolutions do not care about the side, but fc6 sees 3 x 3 places instead of 7 x 7.",
        ),
        goal=Goal("Find the side of an image with which VGG-16 keeps 100 MB, to 1 %.", judge),
    )  # fmt: skip


def stack(costs):
    """n layers of k x k against one layer that sees as much.

    costs(C, k, n) -> {"field", "stack", "single"}: the side of the field, and the weights of both.
    EE147 VGGNet; Strang VII.2
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.7), width_ratios=[1, 1.25])
    ax.set(xlim=(-16, 16), ylim=(-16, 16), aspect="equal", xlabel="pixels", ylabel="pixels")
    ax.set(title="what one output has seen")
    squares = LineCollection([], linewidths=2)
    ax.add_collection(squares)
    right.set(xlim=(0, 6.6), ylim=(-0.6, 1.6), yticks=[0, 1], title="the stack, where the one layer is 1")
    right.set(yticklabels=["activations", "weights"], xlabel="times the one layer")
    right.axvline(1, color=plots.INK, linewidth=1)
    bars = PolyCollection([], facecolors=[to_rgba(plots.ORANGE, 0.7), to_rgba(plots.BLUE, 0.7)])
    right.add_collection(bars)
    words = [right.text(1.1, at + 0.34, "", va="bottom") for at in range(2)]

    def compute(C, k, n):
        return costs(C, k, n) | {"C": C, "k": k, "n": n}

    def draw(arrays):
        C, k, n = (arrays[name] for name in ("C", "k", "n"))
        halves = [(depth * (k - 1) + 1) / 2 for depth in range(n + 1)]
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
        squares.set_segments([half * corners for half in halves])
        squares.set_color([plots.INK, *[plots.BLUE] * (n - 1), plots.ORANGE])
        ratios = [n, arrays["stack"] / arrays["single"]]
        bars.set_verts([_lying(at, ratio) for at, ratio in enumerate(ratios)])
        words[0].set_text(f"{n * C} to {C} a pixel: {n}")
        words[1].set_text(f"{arrays['stack']:,} to {arrays['single']:,}: {ratios[1]:.3f}")
        names = "layers" if n > 1 else "layer"
        ours = f"{n} {names} of {k} x {k}: {arrays['stack']:,} weights"
        theirs = f"one of {arrays['field']} x {arrays['field']}: {arrays['single']:,}"
        return f"{ours} · {theirs} · {C} channels in and out"

    def judge(values, arrays):
        found = arrays["stack"] > arrays["single"]
        return found, f"{arrays['stack']:,} weights against {arrays['single']:,}"

    controls = {
        "C": slider("channels C", 16, 512, 64, step=16),
        "k": slider("kernel k", 1, 7, 3),
        "n": slider("layers n", 1, 5, 2),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [squares, bars, *words]),
        alt="Nested squares of what a stack of layers sees; bars of its weights and activations",
        predict=Predict(
            "How many 3 x 3 layers does it take until they have less than half of the weights "
            "of one layer that sees as much?",
            ["two", "three", "four"], answer=2,
            because="3·9/49 = 0.551 is still more than a half, 4·9/81 = 0.444 is less.",
        ),
        goal=Goal("Find a stack with more weights than the one layer that sees as much.", judge),
    )  # fmt: skip


def inception(costs):
    """The multiply-adds of an inception module with and without its 1x1 layers, and its channels.

    costs(C, F) -> {"direct": (work, channels), "reduced": (work, channels)}, both {path: number}, the work
    in multiply-adds for one pixel.      EE147 GoogLeNet
    """
    paths, kinds = list(costs(32, 8)["direct"][0]), ["direct", "reduced"]
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.6))
    bars, tops, limits = [], [], [2.9e6, 1150]
    for ax, high, name in zip(axes, limits, ["multiply-adds a pixel", "channels put out"], strict=True):
        ax.set(xlim=(-0.6, 1.6), ylim=(0, high), xticks=[0, 1], xticklabels=["direct", "reduced to F"])
        ax.set(xlabel="3 x 3, 5 x 5 and pool", ylabel=name)
        bars.append([ax.add_collection(PolyCollection([], alpha=0.7)) for _ in paths])
        tops.append([ax.text(at, 0, "", ha="center", va="bottom") for at in range(2)])
    axes[0].yaxis.set_major_formatter(lambda value, _: f"{value / 1e6:g} M")
    for number, path in enumerate(paths):
        for group in bars:
            group[number].set_facecolor(plots.PALETTE[number])
        axes[0].bar(0, 0, color=plots.PALETTE[number], alpha=0.7, label=path)
    figure.legend(loc="outside lower center", ncols=len(paths))

    def compute(C, F):
        arrays = {}
        for kind, parts in costs(C, F).items():
            arrays[kind] = np.array([[part[path] for path in paths] for part in parts], dtype=float)
        arrays["factor"] = arrays["direct"][0].sum() / arrays["reduced"][0].sum()
        return arrays

    def draw(arrays):
        for part, (group, texts) in enumerate(zip(bars, tops, strict=True)):
            heights = np.stack([arrays[kind][part] for kind in kinds])
            ends = np.cumsum(heights, axis=1)
            for number, bar in enumerate(group):
                low, high = ends[:, number] - heights[:, number], ends[:, number]
                bar.set_verts([_standing(at, low[at], high[at]) for at in range(2)])
            for at, text in enumerate(texts):
                text.set_text(f"{ends[at, -1]:,.0f}")
                text.set_y(ends[at, -1] + 0.01 * limits[part])
        direct, reduced = (arrays[kind][0].sum() for kind in kinds)
        return (
            f"{direct:,.0f} against {reduced:,.0f} multiply-adds a pixel: a factor of {arrays['factor']:.2f}"
        )

    def judge(values, arrays):
        found = values["F"] == 64 and 3.9 <= arrays["factor"] <= 4.1
        return found, f"F = {values['F']}: the factor is {arrays['factor']:.2f}"

    controls = {
        "C": slider("channels C", 32, 640, 256, step=32),
        "F": slider("1 x 1 filters F", 8, 128, 64, step=8),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*(bar for group in bars for bar in group), *tops[0], *tops[1]]),
        alt="Stacked bars of multiply-adds and channels of an inception module with and without 1 x 1 layers",
        predict=Predict(
            "With C = 256 channels the 1 x 1 layers save a factor of 3. What do they do at C = 64?",
            ["save a factor of 4", "save a factor of 2", "cost more than they save"], answer=2,
            because="from 64 channels to F = 64 is no reduction, and the 1 x 1 layers are extra work.",
        ),
        goal=Goal("EE147 says: F = 64, and a factor of 4. Find a C for which that is so, to 0.1.", judge),
    )  # fmt: skip


def degradation(runs, every):
    """Training risk, and the gradients along the way back, of deep networks with and without shortcuts.

    runs {(depth, kind): (risks (t,), norms (t, vectors))}, kind "plain" or "residual", t times, `every`
    steps apart;  norms, of the gradients with respect to the hidden vectors, first one first.
    EE147 ResNet
    """
    depths, styles = sorted({depth for depth, _ in runs}), {"plain": "-s", "residual": "-o"}
    times = len(runs[depths[0], "plain"][0])
    longest = max(norms.shape[1] for _, norms in runs.values())
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.8))
    ax.set(xlim=(0, every * (times - 1) * 1.02), ylim=(0, 2.7), xlabel="step", ylabel="training risk")
    right.set(xlim=(0, longest + 1), ylim=(1e-6, 1), yscale="log", xlabel="hidden vector")
    right.set(ylabel="size of its gradient")
    lines, sizes = {}, {}
    for color, (kind, style) in zip([plots.ORANGE, plots.BLUE], styles.items(), strict=True):
        (lines[kind],) = ax.plot([], [], style, color=color, markersize=5, label=kind)
        (sizes[kind],) = right.plot([], [], style, color=color, markersize=4)
    figure.legend(handles=list(lines.values()), loc="outside lower center", ncols=2)

    def compute(depth, step):
        at = step // every
        arrays = {"depth": depth, "step": step}
        for kind in styles:
            risks, norms = runs[depth, kind]
            arrays[kind], arrays["gradient " + kind] = risks[: at + 1], norms[at]
        return arrays

    def draw(arrays):
        for kind in styles:
            risks, norms = arrays[kind], arrays["gradient " + kind]
            lines[kind].set_data(every * np.arange(len(risks)), risks)
            sizes[kind].set_data(np.arange(1, len(norms) + 1), np.maximum(norms, 1e-6))
        said = " · ".join(f"{kind}: {arrays[kind][-1]:.3f}" for kind in styles)
        return f"{arrays['depth']} layers after {arrays['step']} steps, training risk · {said}"

    def judge(values, arrays):
        wanted, risks = runs[depths[0], "plain"][0][-1], arrays["residual"]
        words = f"{values['depth']} layers, step {values['step']}: risk {risks[-1]:.3f}"
        if values["depth"] != depths[-1]:
            return False, f"{words}; take {depths[-1]} layers"
        if risks[-1] > wanted:
            return False, f"{words} is above {wanted:.3f}"
        if (risks[:-1] <= wanted).any():
            return False, f"{words} is below {wanted:.3f}, but an earlier step was there already"
        return True, f"{words} is the first one at most {wanted:.3f}"

    last, deepest = every * (times - 1), runs[depths[-1], "plain"][0][-1]
    shallow = runs[depths[0], "plain"][0][-1]
    controls = {
        "depth": choice("layers", depths),
        "step": slider("step", 0, last, last, step=every),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*lines.values(), *sizes.values()]),
        alt="Training curves of deep networks with and without shortcuts, and the sizes of their gradients",
        play="step",
        predict=Predict(
            f"The plain network of {depths[-1]} layers, after as many steps as the one of {depths[0]}: "
            "its risk on the samples that it is trained on is …",
            ["lower: it has many more weights", "about the same", "higher"],
            answer=2 if deepest > 1.5 * shallow else 0 if shallow > 1.5 * deepest else 1,
            because=f"{deepest:.2f} against {shallow:.2f}, and on training samples: this is no overfitting.",
        ),
        goal=Goal(
            f"At which step does the residual network of {depths[-1]} layers first get to the risk "
            f"at which {depths[0]} plain layers end?", judge,
        ),
    )  # fmt: skip


# ---------------------------------------------------------------- bars


def _color(name):
    return next((color for kind, color in KINDS.items() if name.startswith(kind)), OTHER)


def _box(at, height):
    return _standing(at, 0, height)


def _standing(at, low, high):
    return [(at - 0.4, low), (at + 0.4, low), (at + 0.4, high), (at - 0.4, high)]


def _lying(at, length):
    return [(0, at - 0.3), (length, at - 0.3), (length, at + 0.3), (0, at + 0.3)]


def _roof(at, height):
    return [(at - 0.4, 0), (at - 0.4, height), (at + 0.4, height), (at + 0.4, 0)]


def _short(number, digits=4):
    """A count of so many digits: 138.4 M, 15.47 G."""
    exponent = max(0, min(3, int(math.log10(number)) // 3)) if number >= 1 else 0
    return f"{number / 1000**exponent:.{digits}g} {['', 'k', 'M', 'G'][exponent]}"
