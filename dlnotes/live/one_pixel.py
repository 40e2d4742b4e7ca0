"""One pixel of a convolution with its numbers in the formula, forward and backward.

Both figures show three fields of numbers: left the image, in the middle the kernel, right the output.  They
are handed a cross-correlation, layer(x, (W, b), stride=, padding=) -> (s, back) with x (1, 1, h, w),
W (1, 1, u, v), b (1,).
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba

from dlnotes import plots
from dlnotes.live.controls import choice, entry, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

CORRELATION, CONVOLUTION = "cross-correlation", "convolution"
FORWARD, TO_X, TO_W = "forward: s", "backward: dR/dx", "backward: dR/dw"
OWN = {FORWARD: 2, TO_X: 0, TO_W: 1}  # the field of the picked number
NAMES = "dR/dx", "dR/dw", "s"  # and what it is called there
TURNS = ["the kernel", "the kernel, turned by half a turn", "the kernel, mirrored left to right"]
LEFT, MIDDLE, RIGHT = (3.5, 3.5), (3.5, 10.5), (3.5, 16.5)  # where the centers of the fields are: row, column
SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
FORMULAS = {  # rows and columns count from 0, those of x from where the image begins; S stride, P padding
    CORRELATION: "$s_{pq} = b + \\sum_{u,v}\\; w_{uv}\\; x_{p+u-P,\\;q+v-P}$",
    CONVOLUTION: "$s_{pq} = b + \\sum_{u,v}\\; w_{2-u,\\,2-v}\\; x_{p+u-P,\\;q+v-P}$",
    FORWARD: "$s_{pq} = b + \\sum_{u,v}\\; w_{uv}\\; x_{Sp+u-P,\\;Sq+v-P}$",
    TO_X: "$\\partial R/\\partial x_{hk} = \\sum_{p,q}\\; w_{h-Sp+P,\\;k-Sq+P}\\;\\, \\delta_{pq}$",
    TO_W: "$\\partial R/\\partial w_{uv} = \\sum_{p,q}\\; x_{Sp+u-P,\\;Sq+v-P}\\;\\, \\delta_{pq}$",
}


def forward(layer, x, W, b):
    """One output pixel: its window, and every product of its sum; a kernel of the reader's own.

    x (5, 5), W (3, 3), whole numbers, W without symmetry;  b, a number.
    DLNN (6.2)-(6.4); GBC (9.6), Fig 9.1; EE147
    """
    figure, artists, put = _board()
    one = np.zeros_like(x)
    one[len(x) // 2, len(x) // 2] = 1
    pictures = {"numbers": x, "a single 1": one}

    def compute(picture, how, padding, row, column, kernel):
        given = W if not kernel.strip() else _kernel(kernel, W.shape)
        used = given if how == CORRELATION else given[::-1, ::-1]
        bias = b if picture == "numbers" else 0
        arrays = _pass(layer, pictures[picture], used, bias, 1, padding)
        arrays |= {"way": FORWARD, "pick": (row, column), "formula": how}
        return arrays | _sum(arrays)

    def draw(arrays):
        turned = arrays["formula"] == CONVOLUTION
        return put(arrays, ("input x", "kernel w, turned" if turned else "kernel w", "output s"))

    def judge(values, arrays):
        if values["padding"] != 1 or values["picture"] != "numbers" or values["how"] != CORRELATION:
            return False, "take the numbers, a cross-correlation, and padding 1: the size is then kept"
        moved = np.zeros_like(x)
        moved[:, :-1] = x[:, 1:]
        wrong = int((arrays["s"] - b != moved).sum())
        right = f"{b} plus the number one place to the right"
        said = (
            f"{wrong} of {x.size} outputs are not {right}" if wrong else f"all {x.size} outputs are {right}"
        )
        return wrong == 0, said

    controls = {
        "picture": choice("picture", [*pictures]),
        "how": choice("how", [CORRELATION, CONVOLUTION]),
        "padding": slider("padding P", 0, 1, 0),
        "row": slider("output row p", 0, 4, 1),
        "column": slider("output column q", 0, 4, 1),
        "kernel": entry("your kernel", "1 1 1, 0 0 0, 0 0 2"),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, artists),
        alt="An image, a kernel and an output as fields of numbers, and the products behind one output",
        click=lambda across, down, values: _clicked(across, down, values, 2),
        predict=Predict(
            "The image is a single 1 in a field of zeros. What is the cross-correlation with this kernel?",
            TURNS, answer=1,
            because="the last weight of the upper left window meets the 1, so the last weight comes first.",
        ),
        goal=Goal(
            "With padding 1, type a kernel whose cross-correlation moves the numbers one place to the left. "
            f"(The bias of {b} is added to all of them.)",
            judge,
        ),
    )  # fmt: skip


def both(layer, x, W, b, delta):
    """One output pixel forward; backward, the gradient of one input pixel or of one weight.

    x (5, 5), W (3, 3), whole numbers;  b, a number;  delta (5, 5), dR/ds, of which a smaller output takes the
    upper left.      DLNN (6.4), (6.8)-(6.11), (6.21); GBC (9.11), (9.13); Strang VII.2 (2)
    """
    figure, artists, put = _board()

    def compute(way, deltas, stride, padding, row, column):
        arrays = _pass(layer, x, W, b, stride, padding)
        size = arrays["s"].shape
        dy = delta[: size[0], : size[1]]
        if deltas == "a single 1":
            dy = np.zeros(size)
            dy[size[0] // 2, size[1] // 2] = 1
        dx, (dW, _) = arrays.pop("back")(dy[None, None].astype(float))
        arrays |= {"delta": dy, "dx": dx[0, 0], "dW": dW[0, 0]}
        arrays |= {"way": way, "pick": (row, column), "formula": way}
        return arrays | _sum(arrays)

    def draw(arrays):
        names = {FORWARD: ("input x", "kernel w", "output s"), TO_X: ("dR/dx", "kernel w", "delta = dR/ds")}
        return put(arrays, names.get(arrays["way"], ("input x", "dR/dw", "delta = dR/ds")))

    def judge(values, arrays):
        count = len(arrays["terms"])
        return (
            values["way"] == TO_X and values["stride"] == 1 and values["padding"] == 0 and count == 2,
            f"{values['way']}, stride {values['stride']}, padding {values['padding']}: "
            f"{count} product{'' if count == 1 else 's'}",
        )

    controls = {
        "way": choice("way", [FORWARD, TO_X, TO_W]),
        "deltas": choice("delta", ["numbers", "a single 1"]),
        "stride": slider("stride S", 1, 2, 1),
        "padding": slider("padding P", 0, 1, 0),
        "row": slider("row", 0, 4, 1),
        "column": slider("column", 0, 4, 1),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, artists),
        alt="An image, a kernel and an output as fields of numbers, and the products behind one number",
        click=lambda across, down, values: _clicked(across, down, values, OWN[values["way"]]),
        predict=Predict(
            "Backward, delta is a single 1 among zeros. What is dR/dx around it?",
            TURNS, answer=0,
            because="the output read each pixel of its window with one weight, and hands that weight back.",
        ),
        goal=Goal(
            "With stride 1 and padding 0, find a pixel of x whose gradient is a sum of exactly two products.",
            judge,
        ),
    )  # fmt: skip


def _pass(layer, x, W, b, stride, padding):
    s, back = layer(
        x[None, None].astype(float), (W[None, None].astype(float), np.array([float(b)])),
        stride=stride, padding=padding,
    )  # fmt: skip
    return {"x": x, "W": W, "b": b, "s": s[0, 0], "back": back, "stride": stride, "padding": padding}


def _kernel(line, shape):
    """Nine whole numbers, typed as "1 0 0, 0 0 0, 0 0 2"."""
    try:
        rows = [[int(word) for word in row.split()] for row in line.split(",")]
    except ValueError:
        rows = []
    if list(map(len, rows)) != [shape[1]] * shape[0]:
        wanted = f"{shape[0]} rows of {shape[1]} whole numbers and commas between"
        raise ValueError(f"your kernel: got {line!r}, want {wanted}; or nothing, for the kernel of the page")
    return np.array(rows)


def _clicked(across, down, values, field):
    """What a click sets: the row and column of the number of a field that is nearest to it."""
    place = (LEFT, MIDDLE, RIGHT)[field]
    size = (5, 3, (2 + 2 * values["padding"]) // values.get("stride", 1) + 1)[field]
    row, column = np.floor([down - place[0] + size / 2, across - place[1] + size / 2])
    return {"row": int(np.clip(row, 0, size - 1)), "column": int(np.clip(column, 0, size - 1))}


def _sum(arrays):
    """The picked place, and the products of its sum: ((pixel, weight, output), one factor, the other).

    A row or a column that the field has not is its last one, and is told.
    """
    x, W, s = arrays["x"], arrays["W"], arrays["s"]
    S, P, way = arrays["stride"], arrays["padding"], arrays["way"]
    size = {FORWARD: s.shape, TO_X: x.shape, TO_W: W.shape}[way]
    last = [length - 1 for length in size]
    pick = tuple(map(min, arrays["pick"], last))
    told = zip(["row", "column"], arrays["pick"], last, strict=True)
    beyond = [f"{name} {index} is beyond the last, {end}" for name, index, end in told if index > end]
    padded = np.pad(x, P)
    terms = []
    for out in np.ndindex(s.shape):
        for weight in np.ndindex(W.shape):
            pixel = out[0] * S + weight[0] - P, out[1] * S + weight[1] - P
            if pick != {FORWARD: out, TO_X: pixel, TO_W: weight}[way]:
                continue
            read = padded[pixel[0] + P, pixel[1] + P]
            factors = {FORWARD: (W[weight], read)}.get(way)
            if factors is None:
                factors = (W[weight] if way == TO_X else read, arrays["delta"][out])
            terms.append(((pixel, weight, out), *factors))
    return {"pick": pick, "terms": terms, "beyond": beyond}


def _board():
    """The figure of three fields, its moving artists, and the function that puts numbers into them."""
    figure, ax = plt.subplots(figsize=(8, 4.9))
    ax.set(xlim=(-0.9, 20.7), ylim=(12.2, -1.0), aspect="equal")
    ax.set_axis_off()
    cells = PolyCollection([], linewidths=0.6, edgecolors=[to_rgba(plots.INK, 0.5)])
    lit = PolyCollection([], linewidths=2, edgecolors=plots.PURPLE, facecolors="none")
    picked = PolyCollection([], linewidths=3, edgecolors=plots.GREEN, facecolors="none")
    for collection in (cells, lit, picked):
        ax.add_collection(collection, autolim=False)
    middle = {"ha": "center", "va": "center"}
    numbers = [ax.text(0, 0, "", fontsize=11, **middle) for _ in range(49 + 9 + 25)]
    titles = [ax.text(place[1], -0.5, "", **middle) for place in (LEFT, MIDDLE, RIGHT)]
    mono = {"va": "center", "fontsize": 10, "family": "DejaVu Sans Mono"}
    said = ax.text(-0.4, 9.2, "", color=plots.GREEN, **mono)
    formula = ax.text(-0.4, 8.0, "", fontsize=12, va="center")
    terms = [ax.text(0, 0, "", **mono) for _ in range(25)]

    def put(arrays, names):
        fields = _fields(arrays)
        corners = [_corner(field, place) for field, place in zip(fields, (LEFT, MIDDLE, RIGHT), strict=True)]
        shown = [
            (corner + place, f"{value + 0:g}", _tint(value), 1)
            for field, corner in zip(fields, corners, strict=True)
            for place, value in np.ndenumerate(field)
        ]
        if arrays["way"] != TO_X:
            frame = np.pad(np.zeros(fields[0].shape), arrays["padding"], constant_values=1)
            corner = _corner(frame, LEFT)
            shown += [(corner + place, "0", _tint(0), 0.45) for place in np.argwhere(frame)]
        cells.set_verts([_square(place) for place, *_ in shown])
        cells.set_facecolor([color for *_, color, _ in shown])
        for text, (place, word, _, alpha) in zip(numbers, shown, strict=False):
            text.set(position=(place[1] + 0.5, place[0] + 0.5), text=word, alpha=alpha)
        for text in numbers[len(shown) :]:
            text.set_text("")

        own, pick = OWN[arrays["way"]], arrays["pick"]
        others = {(field, places[field]) for places, *_ in arrays["terms"] for field in {0, 1, 2} - {own}}
        lit.set_verts([_square(corners[field] + place) for field, place in sorted(others)])
        picked.set_verts([_square(corners[own] + pick)])
        for text, name in zip(titles, names, strict=True):
            text.set_text(name)
        formula.set_text(FORMULAS[arrays["formula"]])
        total = f"{NAMES[own]}[{pick[0]}, {pick[1]}] = {fields[own][pick] + 0:g} ="
        said.set_text(total)
        return " · ".join([*arrays["beyond"], f"{total} {_write(terms, arrays)}"])

    return figure, [cells, lit, picked, *numbers, *titles, formula, said, *terms], put


def _fields(arrays):
    """What stands on the left, in the middle and on the right."""
    if arrays["way"] == FORWARD:
        return arrays["x"], arrays["W"], arrays["s"]
    if arrays["way"] == TO_X:
        return arrays["dx"], arrays["W"], arrays["delta"]
    return arrays["x"], arrays["dW"], arrays["delta"]


def _write(texts, arrays):
    """Write the products one by one, as they lie in the kernel or the output; returns them in a line."""
    order = 1 if arrays["way"] == FORWARD else 2
    places = np.array([places[order] for places, *_ in arrays["terms"]]).reshape(-1, 2)
    rows, columns = (np.unique(axis, return_inverse=True)[1] for axis in places.T)
    words = [
        (row, column, _product(one, other), one * other)
        for row, column, (_, one, other) in zip(rows, columns, arrays["terms"], strict=True)
    ]
    if arrays["way"] == FORWARD:
        words.append((max(rows) + 1, 0, f"{arrays['b']:g}  (the bias b)", arrays["b"]))
    for text, (row, column, word, value) in zip(texts, words, strict=False):
        word = word if row == column == 0 else f"+ {word}"
        color = plots.ORANGE if value > 0 else plots.BLUE if value < 0 else plots.INK
        text.set(position=(4.9 + 3.1 * column, 9.2 + 0.66 * row), text=word, color=color)
    for text in texts[len(words) :]:
        text.set_text("")
    if len(words) > 10:
        return f"a sum of {len(words)} products"
    return " + ".join(word.partition("  ")[0] for _, _, word, _ in words) or "0"


def _product(one, other):
    signed = [f"({number:g})" if number < 0 else f"{number:g}" for number in (one, other)]
    return "·".join(signed)


def _corner(field, place):
    """Where the upper left corner of a field lies that has its center at `place`."""
    return np.array(place) - np.array(field.shape) / 2


def _square(corner):
    return SQUARE + corner[::-1]


def _tint(value):
    """Orange above zero, blue below, stronger for larger numbers."""
    color = plots.ORANGE if value > 0 else plots.BLUE
    return to_rgba(color, 0 if value == 0 else min(0.22, 0.06 + 0.02 * abs(value)))
