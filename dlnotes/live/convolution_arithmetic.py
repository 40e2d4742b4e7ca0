"""The live figures of convolution arithmetic.  Each is handed functions, and returns an `Explorer`.

All of it happens along one axis: axes do not interact.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

X = np.array([1, 0, 2, 1, 0, 1, 2, 1, 0, 1])  # the input, as long as the slider says
W = np.array([1, 2, 3, 2])  # the kernel, which is no mirror image of itself, however long
KERNEL, INPUT, BAND, OUTPUT, TURNED, BACK = 1.25, 0.0, (-1.0, -4.6), -5.6, -6.85, -8.1  # heights of rows
SQUARE = np.array([[-0.44, -0.44], [0.44, -0.44], [0.44, 0.44], [-0.44, 0.44]])


def sizes(convolve):
    """Input, kernel, stride, padding and dilation: all positions of the window, one output after another.

    convolve(x, w, stride, padding, dilation) -> y (o,), of x (i,), w (k,).
    DLNN (6.22), E.3, E.6; Strang VII.2 (7)
    """
    figure, row = _axes(left=-7.4, right=14.6, top=1.8, bottom=OUTPUT - 0.7)
    cells, words, lines, marks = _cells(row), _words(row, 60), _lines(row), _dots(row)

    def compute(input, kernel, stride, padding, dilation, position):
        return _convolution(convolve, input, kernel, stride, padding, dilation) | {"position": position}

    def draw(arrays):
        found = _Drawing()
        at = min(arrays["position"], max(len(arrays["y"]) - 1, 0))
        taps = arrays["taps"][at] if len(arrays["y"]) else arrays["first"]
        _draw_input(found, arrays, lit=taps)
        for place, weight in zip(taps, arrays["w"], strict=True):
            found.word(place, KERNEL, weight, plots.PURPLE)
        found.window(taps, INPUT)
        _draw_positions(found, arrays, lit=[at])
        _draw_output(found, arrays, lit=[at])
        found.put(cells, words, lines, marks)
        return _reading(arrays, at)

    def judge(values, arrays):
        count, wanted = len(arrays["y"]), values["input"]
        if values["kernel"] != 4 or values["stride"] != 1:
            return False, f"the kernel has {values['kernel']} entries, and the stride is {values['stride']}"
        return count == wanted, f"{wanted} entries become {count}"

    controls = _controls(input=7, kernel=3, stride=2, padding=0, dilation=1)
    controls |= {"position": slider("position q of the window", 0, 17, 0)}
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [cells, *words, lines, marks]),
        alt="A window walks along a padded row of numbers; below it all of its positions, and the outputs",
        play="position",
        predict=Predict(
            "Kernel 3, stride 2, no padding. The input grows from 7 entries to 8. The number of outputs …",
            ["grows by 1", "grows by ½, rounded up", "stays the same"], answer=2,
            because="the window would have to move on by two entries, and there is one: both give 3.",
        ),
        goal=Goal(
            "Keep the size of the input with stride 1 and a kernel of 4 entries. "
            "(Padding alone cannot: which slider have you not moved yet?)",
            judge,
        ),
    )  # fmt: skip


def transpose(convolve, transposed):
    """The figure of `sizes`, and below it the transpose: from the outputs back to the size of the input.

    The outputs are stretched by stride - 1 zeros and padded; the turned kernel walks over them one by one.
    transposed(y, w, stride, padding, dilation, output_padding) -> (o',).      DLNN E.5 R8-R14
    """
    figure, row = _axes(left=-8.2, right=18.2, top=0.7, bottom=BACK - 0.7)
    cells, words, lines, marks = _cells(row), _words(row, 110), _lines(row), _dots(row)

    def compute(input, kernel, stride, padding, dilation, output_padding, entry):
        arrays = _convolution(convolve, input, kernel, stride, padding, dilation) | {"entry": entry}
        reach, count = dilation * (kernel - 1), len(arrays["y"])
        size = (count - 1) * stride + reach + 1 - 2 * padding + output_padding
        arrays |= {"output_padding": output_padding, "reach": reach, "back": np.empty(0)}
        if count and size > 0 and output_padding < stride:
            arrays["back"] = transposed(arrays["y"], arrays["w"], stride, padding, dilation, output_padding)
        return arrays

    def draw(arrays):
        found, back = _Drawing(), arrays["back"]
        at = min(arrays["entry"], max(len(back) - 1, 0))
        meets = [q for q, taps in enumerate(arrays["taps"]) if len(back) and at in taps]
        _draw_input(found, arrays, lit=[at] if len(back) else [])
        _draw_positions(found, arrays, lit=meets, column=at)
        _draw_stretched(found, arrays)
        _draw_output(found, arrays, lit=meets)
        if len(back):
            taps = at - arrays["reach"] / 2 + arrays["dilation"] * np.arange(len(arrays["w"]))
            found.window(taps, OUTPUT)
            for place, weight in zip(taps, arrays["w"][::-1], strict=True):
                found.word(place, TURNED, weight, plots.PURPLE)
        for place, value in enumerate(back):
            found.cell(place, BACK, plots.ORANGE if place == at else plots.BLUE, value)
        for place in range(len(back), len(arrays["x"]) if len(back) else 0):
            found.cell(place, BACK, None, "?", dashed=True)
        found.put(cells, words, lines, marks)
        return _reading_back(arrays, at, meets)

    def judge(values, arrays):
        i, count, back = values["input"], len(arrays["y"]), len(arrays["back"])
        if values["stride"] != 4:
            return False, f"the stride is {values['stride']}"
        found = back == i and values["output_padding"] == 3
        return found, f"{i} entries become {count}, and these {back or 'none'}"

    controls = _controls(input=7, kernel=3, stride=2, padding=0, dilation=1)
    controls["output_padding"] = slider("output padding a", 0, 3, 0)
    controls["entry"] = slider("entry of the result", 0, 12, 2)
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [cells, *words, lines, marks]),
        alt="A convolution of a row of numbers, and its transpose: a turned kernel over stretched outputs",
        play="entry",
        predict=Predict(
            "Now 8 entries instead of 7: again 3 outputs. What does the transpose make of these 3?",
            ["7 entries", "8 entries", "7 or 8, as the input was"], answer=0,
            because="it sees only three numbers, and does not know which input they came from.",
        ),
        goal=Goal(
            "With stride 4, find an input that only an output padding of 3 gives back in its size.", judge
        ),
    )  # fmt: skip


GROWTH = {
    "nothing else": lambda layer: (1, 1),
    "stride 2 in each": lambda layer: (2, 1),
    "dilation 2 in each": lambda layer: (1, 2),
    "dilation 1, 2, 4, 8": lambda layer: (1, 2**layer),
}


def _stack(layers, kernel, growth):
    """The layers (kernel, stride, padding, dilation) of a stack."""
    return [(kernel, stride, 0, dilation) for stride, dilation in map(GROWTH[growth], range(layers))]


def field(receptive_field):
    """What one output of a stack of layers has seen of the input, as a tree of connections.

    receptive_field(layers) -> (field, jump, start), of layers (kernel, stride, padding, dilation).
    GBC 9.2, Figure 9.4; DLNN E.6.1; EE147 CNN Layers
    """
    most, widest = 4, 5
    farthest = [receptive_field(_stack(most, widest, growth)) for growth in GROWTH]
    left, right = (1 + max(seen / 2 + side * jump for seen, jump, _ in farthest) for side in (0, 1))
    figure, edges, fields, nodes = _tree(left, right, most)

    def compute(layers, kernel, growth):
        stack = _stack(layers, kernel, growth)
        found, jump, _ = receptive_field(stack)
        apart, row = jump, np.zeros(1)  # how far neighbors of a layer lie apart; those the output has seen
        rows, pairs = [row], []
        for k, stride, _, dilation in stack[::-1]:
            apart //= stride
            seen = row[:, None] + apart * dilation * (np.arange(k) - (k - 1) / 2)
            pairs.append((np.repeat(row, k), seen.ravel()))
            row = np.unique(seen)
            rows.append(row)
        return {"rows": rows, "pairs": pairs, "field": found, "jump": jump, "seen": len(row)}

    def draw(arrays):
        top = len(arrays["pairs"])
        levels = zip(range(top, 0, -1), arrays["pairs"], strict=True)
        ends = [(level, *pair) for level, pairs in levels for pair in zip(*pairs, strict=True)]
        edges.set_segments([[(upper, level), (lower, level - 1)] for level, upper, lower in ends])
        heights = [np.full(len(row), float(top - depth)) for depth, row in enumerate(arrays["rows"])]
        nodes.set_data(np.concatenate(arrays["rows"]), np.concatenate(heights))
        half, jump = arrays["field"] / 2, arrays["jump"]
        fields.set_segments([[(-half, -0.5), (half, -0.5)], [(jump - half, -0.9), (jump + half, -0.9)]])
        holes = arrays["field"] - arrays["seen"]
        left_out = f", but {holes} of them {'has' if holes == 1 else 'have'} no way to it" if holes else ""
        return f"an output sees {arrays['field']} entries{left_out}; fields of neighbors are {jump} apart"

    def judge(values, arrays):
        holes = arrays["field"] - arrays["seen"]
        enough = arrays["field"] >= 30 and arrays["jump"] == 1 and not holes and values["kernel"] <= 3
        words = (
            f"kernel {values['kernel']}, {arrays['field']} entries, {holes} left out, {arrays['jump']} apart"
        )
        return enough, words

    controls = {
        "layers": slider("layers", 1, most, 3),
        "kernel": slider("kernel k of each", 2, widest, 3),
        "growth": choice("and besides", list(GROWTH)),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [edges, fields, nodes]),
        alt="A tree of connections from one output of a stack of layers down to the input",
        predict=Predict(
            "Four layers with kernel 3. A stride of 2 in each, or dilations 1, 2, 4, 8: which sees more?",
            ["with the strides", "with the dilations", "both see as much"], answer=2,
            because="either way the taps of a layer lie twice as far apart as those of the layer before it.",
        ),
        goal=Goal(
            "See 30 entries or more, leave none out, with kernels of at most 3 and fields 1 apart.", judge
        ),
    )  # fmt: skip


def _tree(left, right, layers):
    """A figure for a tree of connections, and its empty artists: the edges, two bars below, and the nodes."""
    figure, ax = plt.subplots(figsize=(8, 3.9))
    ax.set(xlim=(-left, right), ylim=(-1.3, layers + 0.4), xlabel="entries of the input, from the middle")
    ax.set(yticks=range(layers + 1), ylabel="layer")
    edges = LineCollection([], linewidths=0.7, colors=plots.INK, alpha=0.6)
    fields = LineCollection([], linewidths=5, colors=[plots.ORANGE, plots.PURPLE])
    ax.add_collection(edges)
    ax.add_collection(fields)
    (nodes,) = ax.plot([], [], "o", color=plots.BLUE, markersize=4.5)
    ax.plot([], [], color=plots.ORANGE, linewidth=5, label="what the output sees")
    ax.plot([], [], color=plots.PURPLE, linewidth=5, label="what its neighbor sees")
    ax.legend(loc="upper left")
    return figure, edges, fields, nodes


# ---------------------------------------------------------------- rows of cells


def _axes(left, right, top, bottom):
    """A figure with axes in which a cell is a square of length 1, and names of the rows."""
    figure, ax = plt.subplots(figsize=(8, 8 * (top - bottom) / (right - left)))
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    names = {INPUT: "input", sum(BAND) / 2: "positions", OUTPUT: "outputs", BACK: "result"}
    for y, name in names.items():
        if y > bottom:
            ax.text(left, y, name, va="center")
    return figure, ax


def _cells(ax):
    cells = PolyCollection([])
    ax.add_collection(cells)
    return cells


def _words(ax, most):
    return [ax.text(0, 0, "", ha="center", va="center", fontsize=9) for _ in range(most)]


def _lines(ax):
    lines = LineCollection([])
    ax.add_collection(lines)
    return lines


def _dots(ax):
    return ax.scatter([], [], zorder=3)


class _Drawing:
    """What is found to be drawn, put into the artists all at once."""

    def __init__(self):
        self.cells, self.words, self.lines, self.dots = [], [], [], []

    def cell(self, x, y, color, value, *, edge=None, dashed=False):
        """A square at (x, y), tinted, with a number in it."""
        face = to_rgba(color, 0.2) if color else (0, 0, 0, 0)
        self.cells.append((SQUARE + [x, y], face, edge or color or plots.INK, ":" if dashed else "-"))
        self.word(x, y, value, plots.INK)

    def word(self, x, y, value, color):
        self.words.append((x, y, f"{value:.0f}" if not isinstance(value, str) else value, color))

    def window(self, taps, y):
        """A frame around all that the kernel covers at these places."""
        low, high = min(taps) - 0.56, max(taps) + 0.56
        corners = [(low, y - 0.56), (high, y - 0.56), (high, y + 0.56), (low, y + 0.56), (low, y - 0.56)]
        self.lines.append((corners, plots.PURPLE, 1.8))

    def put(self, cells, words, lines, dots):
        verts, faces, edges, styles = zip(*self.cells, strict=True)
        cells.set_verts(verts)
        cells.set(facecolor=faces, edgecolor=edges, linestyle=list(styles))  # a pair would be one pattern
        for text, (x, y, value, color) in zip(words, self.words, strict=False):
            text.set(position=(x, y), text=value, color=color)
        for text in words[len(self.words) :]:
            text.set_text("")
        segments, colors, widths = zip(*self.lines, strict=True) if self.lines else ((), (), ())
        lines.set_segments(segments)
        lines.set(color=colors, linewidth=widths)
        places, colors, areas = zip(*self.dots, strict=True) if self.dots else (np.empty((0, 2)), (), ())
        dots.set_offsets(places)
        dots.set(color=colors, sizes=areas)


def _controls(**start):
    names = {
        "input": ("input i", 1, len(X)),
        "kernel": ("kernel k", 1, len(W)),
        "stride": ("stride s", 1, 4),
        "padding": ("padding p", 0, 4),
        "dilation": ("dilation d", 1, 3),
    }
    return {name: slider(*names[name], value) for name, value in start.items()}


def _convolution(convolve, i, k, stride, padding, dilation):
    """The outputs, and where each of them has its taps: entry 0 of the input is at 0, its padding below."""
    taps = dilation * np.arange(k) - padding  # of the first position
    count = len(range(0, i + 2 * padding - dilation * (k - 1), stride))
    arrays = {"x": X[:i], "w": W[:k], "stride": stride, "padding": padding, "dilation": dilation}
    y = convolve(X[:i], W[:k], stride, padding, dilation) if count else np.empty(0)
    return arrays | {"y": y, "first": taps, "taps": taps + stride * np.arange(count)[:, None]}


def _draw_input(found, arrays, lit):
    """The padded input; entries that meet no entry of the kernel in any position are crossed out."""
    i, padding = len(arrays["x"]), arrays["padding"]
    for place in range(-padding, i + padding):
        inside = 0 <= place < i
        color = (plots.ORANGE if place in lit else plots.BLUE) if inside else None
        found.cell(place, INPUT, color, arrays["x"][place] if inside else "0", dashed=not inside)
        if place not in arrays["taps"]:
            strokes = np.stack([SQUARE, 0.5 * SQUARE], axis=1) + [place, INPUT]  # the number stays readable
            found.lines += [(stroke, plots.ORANGE, 1.5) for stroke in strokes]


def _heights(count):
    return np.linspace(*BAND, count + 2)[1:-1]


def _draw_positions(found, arrays, lit, column=None):
    """A line for each position of the window, with a dot for each tap."""
    for q, (taps, y) in enumerate(zip(arrays["taps"], _heights(len(arrays["taps"])), strict=True)):
        color = plots.ORANGE if q in lit else plots.INK
        found.lines.append(([(taps[0], y), (taps[-1], y)], color, 1.0))
        for tap, weight in zip(taps, arrays["w"], strict=True):
            bright = q in lit and column in (None, tap)
            found.dots.append(((tap, y), plots.ORANGE if bright else plots.INK, 26 if bright else 12))
            if bright and tap == column and len(arrays["y"]) < 9:
                found.word(tap + 0.5, y + 0.22, weight, plots.PURPLE)


def _draw_output(found, arrays, lit):
    for q, (taps, value) in enumerate(zip(arrays["taps"], arrays["y"], strict=True)):
        found.cell((taps[0] + taps[-1]) / 2, OUTPUT, plots.ORANGE if q in lit else plots.GREEN, value)


def _draw_stretched(found, arrays):
    """The zeros between the outputs and around them, as far as the turned kernel goes."""
    if not len(arrays["back"]):
        return
    middles = (arrays["taps"][:, 0] + arrays["taps"][:, -1]) / 2
    half = arrays["reach"] / 2
    for place in np.arange(-half, len(arrays["back"]) + half):
        if place in middles:
            continue
        between = middles[0] < place < middles[-1]
        extra = place > len(arrays["back"]) - 1 + half - arrays["output_padding"]
        edge = plots.GREEN if between else plots.ORANGE if extra else plots.INK
        found.cell(place, OUTPUT, None, "0", edge=edge, dashed=True)


def _reading(arrays, at):
    i, k, s, p, d = _settings(arrays)
    covers = d * (k - 1) + 1
    if not len(arrays["y"]):
        return f"the kernel covers {covers} entries, the padded input has {i + 2 * p}: there is no output"
    padded = np.pad(arrays["x"], p)
    terms = [f"{w}·{padded[tap + p]}" for w, tap in zip(arrays["w"], arrays["taps"][at], strict=True)]
    steps, rest = divmod(i + 2 * p - covers, s)
    whole = f"= {steps + rest / s:.4g}, rounded down {steps}" if rest else f"= {steps}"
    size = f"({i} + 2·{p} − {covers})/{s} {whole}, plus 1: {_outputs(steps + 1)}"
    beyond = f"position {arrays['position']} is beyond the last · " if arrays["position"] > at else ""
    return f"{size} · {beyond}y{_low(at)} = {' + '.join(terms)} = {arrays['y'][at]:.0f}"


def _reading_back(arrays, at, meets):
    i, k, s, p, d = _settings(arrays)
    a, count = arrays["output_padding"], len(arrays["y"])
    if not count:
        return f"the kernel covers {d * (k - 1) + 1} entries, the padded input has {i + 2 * p}: no output"
    if a >= s:
        return f"an output padding of {a} is refused: with stride {s} it is at most {s - 1}"
    if not len(arrays["back"]):
        return f"padding {p} leaves nothing of the result"
    size = f"{i} → {count} → {s}·({count} − 1) + {a} + {arrays['reach'] + 1} − 2·{p} = {len(arrays['back'])}"
    weights = [arrays["w"][(at - arrays["taps"][q][0]) // d] for q in meets]
    terms = [f"{w}·{arrays['y'][q]:.0f}" for w, q in zip(weights, meets, strict=True)]
    total = f"{' + '.join(terms)} = {arrays['back'][at]:.0f}" if terms else "0: it was in no window"
    said = [size, f"entry {at} of the result is {total}"]
    if a:
        said.append("orange dotted: the output padding")
    if len(arrays["back"]) < i:
        said.append("?: an entry of the input that the result does not reach")
    return " · ".join(said)


def _outputs(count):
    return "1 output" if count == 1 else f"{count} outputs"


def _settings(arrays):
    return len(arrays["x"]), len(arrays["w"]), *(arrays[name] for name in ("stride", "padding", "dilation"))


def _low(number):
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
