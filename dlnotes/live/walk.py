"""A forward and a backward pass as a plain list of steps: what a `Stepper` shows, and tests can read.

`graph(node)` walks a graph of autodiff Nodes, `network(layers, ...)` a chain of layers, one operation a step;
`units(layers, ...)` a small network of one sample, one unit a step.  Nothing here draws.
"""

from typing import NamedTuple

import numpy as np

from dlnotes.live.equations import equation, here, plain
from dlnotes.live.formulas import filled, number, numbers, shape
from dlnotes.live.questions import Question

SMALL = "₀₁₂₃₄₅₆₇₈₉"
HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"


class Place(NamedTuple):
    """A node of the drawing.  kind: "input", "operation" or "unit"; label stands in it, name above it."""

    key: str
    label: str
    kind: str = "operation"
    name: str = ""


class Step(NamedTuple):
    """One operation of the forward or of the backward pass.

    operation   its name in `equations.EQUATIONS`;  at, what its letters are at this step: `here`'s options
    numbers     lines, the formula with its numbers;  remembered, what stays in memory for the way back
    current     keys of the places at work;  shows {place: text}: numbers that stand in the drawing from now on,
                place ("above" or "below", key of a Place or number of an edge)
    question    what the reader computes in this step, local the same for the local derivative; or None
    """

    phase: str
    title: str
    operation: str
    at: dict
    shapes: str
    numbers: list
    remembered: str
    current: tuple
    shows: dict
    question: Question | None = None
    local: Question | None = None

    def text(self, book):
        """The step in words, as `Stepper.text` and a screen reader have it."""
        tex, source = equation(self.operation, book)
        letters = here(self.operation, book, **self.at)
        lines = [
            f"{self.phase}: {self.title}",
            f"{book} {source}: {plain(tex) or 'no formula in this book'}" + (f", here {letters}" if letters else ""),
            f"shapes: {self.shapes}",
            *self.numbers,
        ]
        return "\n  ".join(lines + ([f"remembered: {self.remembered}"] if self.remembered else []))


class Walk(NamedTuple):
    """A drawing, and the steps over it: places, edges (pairs of their keys), start {place: text}, steps."""

    places: tuple
    edges: tuple
    start: dict
    steps: list

    @property
    def forward(self):
        """The number of forward steps."""
        return sum(step.phase == "forward" for step in self.steps)


def name_of(function):
    """The name of a function, also when it is inside a `partial`."""
    return getattr(getattr(function, "func", function), "__name__", "layer")


def low(index):
    """An index as small digits below the line: 12 -> "₁₂"."""
    return "".join(SMALL[int(digit)] for digit in str(index))


def high(index):
    """An index as small digits above the line."""
    return "".join(HIGH[int(digit)] for digit in str(index))


# ---------------------------------------------------------------- networks, a layer at a time


def network(layers, params, x, loss, target):
    """The walk through chain(*layers) and a loss, one operation a step."""
    passed = _forward(layers, params, x, loss, target)
    drawing = _Drawing()
    drawing.place("x", "x", "input")
    drawing.start["above", drawing.value_edge("x", passed[0].key)] = shape(x)
    for part in passed:
        drawing.place(part.key, part.label, "operation")
        for name, array in part.named.items():
            drawing.place(name, name, "input")
            drawing.start["above", drawing.edge(name, part.key)] = shape(array)
    for before, part in zip(passed, passed[1:], strict=False):
        drawing.value_edge(before.key, part.key)
    drawing.place("y", "y", "input")
    drawing.start["above", drawing.edge("y", passed[-1].key)] = shape(np.asarray(target))
    drawing.place("L", "L", "input")
    drawing.value_edge(passed[-1].key, "L")

    steps = [_layer_forward(part, drawing) for part in passed[:-1]] + [_loss_forward(passed[-1], drawing)]
    steps.append(_loss_back(passed[-1], passed, drawing))
    for part in reversed(passed[:-1]):
        first = part is passed[0]
        if part.named:
            steps.append(_parameters_back(part, drawing))
        if not first:
            steps.append(_input_back(part, drawing, passed))
    return Walk(tuple(drawing.places), tuple(drawing.edges), drawing.start, steps)


class _Part(NamedTuple):
    """A layer that has been run: its input and output, dR/d of both, its gradients, by name."""

    key: str
    label: str
    layer: object
    own: tuple
    number: int  # of the linear layer that it belongs to
    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    named: dict
    grads: dict
    symbols: tuple  # of input and output


def _forward(layers, params, x, loss, target):
    """The layers run forward and backward: a `_Part` for each, and one for the loss."""
    runs, value = [], x
    for layer, own in zip(layers, params, strict=True):
        y, back = layer(value, own)
        runs.append((layer, own, value, y, back))
        value = y
    risk, delta = loss(value, target)
    ups, grads = [delta], []
    for *_, back in reversed(runs):
        dx, grad = back(ups[-1])
        ups.append(dx)
        grads.append(grad)
    ups, grads = ups[::-1], grads[::-1]

    parts, depth, symbol = [], 0, "x"
    for place, (layer, own, value, y, _) in enumerate(runs):
        name = name_of(layer)
        depth += bool(own)
        names = [f"W{high(depth)}", f"b{high(depth)}"] if name == "linear" else []
        names += [f"θ{high(depth)}" + (low(k + 1) if len(own) > 1 else "") for k in range(len(own) - len(names))]
        after = f"s{high(depth)}" if name == "linear" else f"a{high(depth or 1)}"
        parts.append(_Part(
            f"{name} {place + 1}", name, layer, own, depth, value, y, ups[place], ups[place + 1],
            dict(zip(names, own, strict=True)), dict(zip(names, grads[place], strict=True)), (symbol, after),
        ))  # fmt: skip
        symbol = after
    label = name_of(loss).replace("_", " ")
    parts.append(_Part(
        "loss", label, loss, (), depth, runs[-1][3], np.asarray(risk), delta, np.asarray(1.0), {}, {},
        (symbol, np.asarray(target)),
    ))  # fmt: skip
    return parts


def _d(symbol):
    """The derivative of the risk with respect to a quantity: "δ¹" for "s¹", "dL/da¹" else."""
    return f"δ{symbol[1:]}" if symbol.startswith("s") else f"dL/d{symbol}"


def _layer_forward(part, drawing):
    before, after = part.symbols
    name, l = part.label, part.number
    shows = {("above", drawing.out(part.key)): f"{after} {shape(part.y)}"}
    if name == "linear":
        (W_name, W), (b_name, b) = part.named.items()
        if len(part.x) == 1:  # a column, as the books have it
            lines = filled(f"{after} =", W, "·", part.x.T, "+", b[:, None], "=", part.y.T)
        else:
            lines = filled(f"{after} =", part.x, "·", W.T, "+", b, "=", part.y)
        shapes = f"{before} {shape(part.x)}, {W_name} {shape(W)}, {b_name} {shape(b)} → {after} {shape(part.y)}"
        return Step(
            "forward", f"linear, layer {l}", "linear", {"layer": l}, shapes, lines,
            f"{before}, for d{W_name}" + (f"; {W_name}, for dL/d{before}" if before != "x" else ""), (part.key,), shows,
        )  # fmt: skip
    operation = "softmax" if name == "softmax" else "activation" if _elementwise(part) else "layer"
    words = name.replace("_", " ")
    lines = filled(f"{after} = {words}", part.x, "=", part.y)
    remembered = f"{after}, for its derivative" if name in ("sigmoid", "tanh", "softmax") else f"{before}, for its derivative"
    return Step(
        "forward", f"{words}, layer {l}", operation, {"layer": l, "f": words},
        f"{before} {shape(part.x)} → {after} {shape(part.y)}", lines, remembered, (part.key,), shows,
    )  # fmt: skip


def _loss_forward(part, drawing):
    symbol, target = part.symbols
    name = name_of(part.layer)
    operation = name if f"{name}.back" in _KNOWN else "loss"
    lines = [f"L = {part.label}({symbol}, y) = {number(part.y)}"]
    p = _probabilities(part)
    if p is not None:
        lines = filled(f"{_P[name]}({symbol}) =", p, ", y =", target) + lines
    elif target.ndim:
        lines = filled(f"{symbol} =", part.x, ", y =", target) + lines
    average = f"; mean over {len(part.x)} samples" if len(part.x) > 1 and _averaged(part) else ""
    return Step(
        "forward", f"{part.label}", operation, {"depth": part.number}, f"{symbol} {shape(part.x)}, y {shape(target)} → L number{average}",
        lines, f"{_P[name]}({symbol}), for its derivative" if p is not None else f"{symbol} - y, for its derivative",
        (part.key,), {("above", drawing.out(part.key)): number(part.y)},
    )  # fmt: skip


_KNOWN = ("squared_error.back", "binary_cross_entropy.back", "cross_entropy.back")
_P = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}


def _probabilities(part):
    """What the loss makes of its input first: softmax or sigmoid of it; None for other losses."""
    s = part.x
    if name_of(part.layer) == "cross_entropy":
        e = np.exp(s - s.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    if name_of(part.layer) == "binary_cross_entropy":
        return 0.5 * (1 + np.tanh(s / 2))
    return None


def _one_hot(part):
    """The target in the shape of the loss's input; None where it has another meaning."""
    target = part.symbols[1]
    if name_of(part.layer) == "cross_entropy" and target.ndim == 1:
        return np.eye(part.x.shape[1])[target.astype(int)]
    return target.reshape(part.x.shape) if target.size == part.x.size else None


def _averaged(part):
    """Whether the loss divides by the number of samples."""
    y, p = _one_hot(part), _probabilities(part)
    if y is None or len(part.x) == 1:
        return False
    return bool(np.allclose(part.dx * len(part.x), (part.x if p is None else p) - y))


def _loss_back(part, passed, drawing):
    symbol, _ = part.symbols
    name = name_of(part.layer)
    operation = f"{name}.back" if f"{name}.back" in _KNOWN else "loss.back"
    y, p = _one_hot(part), _probabilities(part)
    output, d, n = part.x if p is None else p, _d(symbol), len(part.x)
    exact = y is not None and any(np.allclose(part.dx * c, output - y) for c in (1, n))
    lines = filled(f"{d} =", part.dx)
    mistakes = []
    if exact and operation != "loss.back":
        averaged = _averaged(part)
        parts = [f"{d} = (" if averaged else f"{d} =", output, "-", y] + ([f") / {n}"] if averaged else [])
        lines = filled(*parts, "=", part.dx)
        scale = 1 / n if averaged else 1
        mistakes = [
            ("the difference is taken the other way round: the sign is wrong", -part.dx),
            ("the target is missing: that is only what the network says", output * scale),
            ("the derivative of the loss is taken, but not divided by the number of samples", part.dx * n if averaged else part.dx),
            ("the difference is taken before the softmax or sigmoid, not behind it", (part.x - y) * scale),
            ("that is the squared difference, half the loss itself and not its derivative", (output - y) ** 2 * scale),
        ]
    question = Question(
        f"{d} {shape(part.dx)}", part.dx, tuple(mistakes),
        "How does the loss change with each output? Compare what the network says with the target.",
    )  # fmt: skip
    return Step(
        "backward", f"{part.label}: {d}", operation, {"depth": part.number},
        f"{d} {shape(part.dx)}, the shape of {symbol}", lines, "",
        (part.key,), {("below", drawing.into(part.key)): f"{d} {shape(part.dx)}", ("below", drawing.out(part.key)): "1"},
        question, question,
    )  # fmt: skip


def _parameters_back(part, drawing):
    before, after = part.symbols
    d, l = _d(after), part.number
    shows = {("below", drawing.number(name, part.key)): f"d{name} {shape(grad)}" for name, grad in part.grads.items()}
    if part.label != "linear":
        (name, grad), *_ = part.grads.items()
        lines = [line for key, array in part.grads.items() for line in filled(f"d{key} =", array)]
        question = Question(f"d{name} {shape(grad)}", grad, (), "Multiply the upstream gradient by the layer's derivative.")
        return Step(
            "backward", f"{part.label}: its parameters", "layer.back", {"layer": l}, ", ".join(f"d{k} {shape(v)}" for k, v in part.grads.items()),
            lines, "", (part.key,), shows, question, question,
        )  # fmt: skip
    (W_name, dW), (b_name, db) = part.grads.items()
    W, x, delta = part.own[0], part.x, part.dy
    a = "a" + high(l - 1) if before != "x" else "x"
    lines = filled(f"d{W_name} =", delta.T, "·", x, "=", dW)
    lines = lines + [f"d{b_name} = {'sum of the rows of ' if len(x) > 1 else ''}{d} = {numbers(db)}" if db.size <= 6 else f"d{b_name} {shape(db)}"]
    others = [
        ("the upstream delta is forgotten: that is only the input of the layer", np.ones_like(delta).T @ x),
        ("the input of the layer is forgotten: that is only the upstream delta", delta.T @ np.ones_like(x)),
        ("it is transposed: the gradient has the shape of W", dW.T.reshape(-1)),
        ("the weights stand where the layer's input belongs: a product's derivative is the other factor", delta.sum(axis=0)[:, None] * W),
    ]
    if len(x) > 1:
        others += [
            ("it is divided by the number of samples once more", dW / len(x)),
            ("that is the first sample alone: the samples add up", delta[:1].T @ x[:1]),
        ]
    question = Question(
        f"d{W_name} {shape(dW)}", dW, tuple(others),
        f"Entry (i, j) belongs to the weight from unit j to unit i: its delta times the {a} that it met on the way forward.",
    )  # fmt: skip
    return Step(
        "backward", f"linear, layer {l}: its gradients", "linear.parameters", {"layer": l},
        f"{d} {shape(delta)}, {before} {shape(x)} → d{W_name} {shape(dW)}, d{b_name} {shape(db)}",
        lines, "", (part.key,), shows, question, question,
    )  # fmt: skip


def _input_back(part, drawing, passed):
    before, after = part.symbols
    d_in, d_out = _d(before), _d(after)
    name, l, up, dx = part.label, part.number, part.dy, part.dx
    shows = {("below", drawing.into(part.key)): f"{d_in} {shape(dx)}"}
    shapes = f"{d_out} {shape(up)} → {d_in} {shape(dx)}"
    if name == "linear":
        W = part.own[0]
        W_name = next(iter(part.named))
        if len(up) == 1:
            lines = filled(f"{d_in} =", W.T, "·", up.T, "=", dx.T)
        else:
            lines = filled(f"{d_in} =", up, "·", W, "=", dx)
        others = [
            ("the weights are forgotten: that is the upstream delta, only added up", up.sum(axis=1, keepdims=True) * np.ones_like(dx)),
            ("the upstream delta is forgotten: those are only the weights", np.ones_like(up) @ W),
            ("the derivative of the activation is already in it: that is the next step", _next_delta(part, passed)),
        ]
        if W.shape[0] == W.shape[1]:
            others.append(("it goes through the transposed matrix: the way back starts at the other end of each weight", up @ W.T))
        question = Question(
            f"{d_in} {shape(dx)}", dx, tuple(each for each in others if each[1] is not None),
            "An input reaches every unit of the layer: add up, over these units, delta times the weight between them.",
        )  # fmt: skip
        return Step(
            "backward", f"linear, layer {l}: {d_in}", "linear.input", {"layer": l},
            f"{d_out} {shape(up)}, {W_name} {shape(W)} → {d_in} {shape(dx)}", lines, "", (part.key,), shows, question, None,
        )  # fmt: skip
    words = name.replace("_", " ")
    last = part is passed[-2]
    if not _elementwise(part):
        question = Question(
            f"{d_in} {shape(dx)}", dx, (
                ("the layer's own derivative is forgotten: that is what came from above", up),
                ("only the diagonal of the Jacobian is used: each output depends on all inputs", up * part.y * (1 - part.y) if name == "softmax" else up),
            ),
            "Each output depends on each input: multiply by the whole Jacobian.",
        )  # fmt: skip
        return Step(
            "backward", f"{words}: {d_in}", "softmax.back" if name == "softmax" else "layer.back", {"layer": l}, shapes,
            filled(f"{d_in} =", dx), "", (part.key,), shows, question, None,
        )  # fmt: skip
    slope = _slope(part.layer, part.x, part.own)
    question, local = slope_questions(part.layer, part.own, part.x, part.y, up, slope, d_in, f"{words}'({before})", before)
    rows = (lambda array: array.T) if len(up) == 1 else (lambda array: array)
    return Step(
        "backward", f"{words}, layer {l}: {d_in}", "output.back" if last else "activation.back",
        {"layer": l, "depth": l, "f": words}, shapes,
        filled(f"{d_in} =", rows(slope), "⊙", rows(up), "=", rows(dx)), "", (part.key,), shows, question, local,
    )  # fmt: skip


def _next_delta(part, passed):
    """The delta behind the activation below a linear layer."""
    place = next(k for k, each in enumerate(passed) if each is part)
    below = passed[place - 1]
    return below.dx if place and _elementwise(below) else None


def slope_questions(layer, own, s, a, up, slope, d_in, slope_name, place):
    """What is asked where a delta goes back through an activation: the product, and the slope alone."""
    wrong_place = _slope(layer, a, own)
    product = up * slope
    inside = f"the upstream gradient is right, but the derivative is taken at the output and not at {place}"
    question = Question(
        f"{d_in} {shape(product)}", product, (
            ("the upstream gradient is forgotten: that is the local derivative alone", slope),
            ("the local derivative is forgotten: that is the upstream gradient as it came", up),
            (inside, up * wrong_place),
            ("it has f where its derivative f' belongs", up * a),
            ("it has the argument where the derivative f' belongs", up * s),
        ),
        f"Two factors, entry by entry: what has arrived from above, and the local derivative {slope_name}.",
        float(np.abs(up).max()),
    )  # fmt: skip
    local = Question(
        f"the local derivative {slope_name} {shape(slope)}", slope, (
            ("the upstream gradient is already in it: only the local derivative is asked for", product),
            ("that is the upstream gradient, not the local derivative", up),
            (f"it is evaluated at the wrong place: at the output and not at {place}", wrong_place),
            ("that is f itself, not its derivative", a),
            ("that is the argument, not the derivative", s),
        ),
        f"How steep is the activation at {place}? The numbers of the way forward are all that you need.",
    )  # fmt: skip
    return question, local


def _slope(layer, s, own):
    """The derivative of an elementwise layer at s."""
    return layer(s, own)[1](np.ones_like(s))[0]


def _elementwise(part):
    """Whether a layer acts on each entry alone: its pullback then multiplies entry by entry."""
    if part.x.shape != part.y.shape:
        return False
    _, back = part.layer(part.x, part.own)
    probe = np.cos(np.arange(1.0, part.x.size + 1)).reshape(part.x.shape)
    return bool(np.allclose(back(probe)[0], probe * back(np.ones_like(part.x))[0]))


class _Drawing:
    """Places and edges as they are added, and the numbers that stand in them from the start."""

    def __init__(self):
        self.places, self.edges, self.start = [], [], {}
        self._values = set()

    def place(self, key, label, kind="operation", name=""):
        self.places.append(Place(key, label, kind, name))

    def edge(self, source, target):
        self.edges.append((source, target))
        return len(self.edges) - 1

    def value_edge(self, source, target):
        """An edge that carries what one operation gives to the next."""
        place = self.edge(source, target)
        self._values.add(place)
        return place

    def number(self, source, target):
        return self.edges.index((source, target))

    def into(self, key):
        """The edge by which an operation gets its value; None in a drawing of units."""
        return next((k for k in self._values if self.edges[k][1] == key), None)

    def out(self, key):
        return next((k for k in self._values if self.edges[k][0] == key), None)


# ---------------------------------------------------------------- networks, a unit at a time


def fit_units(layers, params, x):
    """Whether a network is small enough to be drawn as units: one sample, linear layers and activations."""
    if len(x) != 1 or x.ndim != 2 or name_of(layers[0]) != "linear":
        return False
    sizes, pairs = [x.shape[1]], list(zip(layers, params, strict=True))
    for (layer, own), (before, _) in zip(pairs, [(None, ()), *pairs], strict=False):
        if name_of(layer) == "linear":
            sizes.append(len(own[0]))
        elif own or name_of(before) != "linear" or name_of(layer) == "softmax":
            return False
    weights = sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False))
    return max(sizes) <= 3 and weights <= 16


class _Unit(NamedTuple):
    """One unit behind the inputs: its number, weights (bias first) with their gradients, s, a, delta."""

    number: int
    layer: int
    below: tuple  # numbers of the units below
    w: np.ndarray
    dw: np.ndarray
    s: float
    a: float
    da: float
    delta: float
    f: object  # its activation, or None

    @property
    def key(self):
        return str(self.number)


def units(layers, params, x, loss, target):
    """The walk through a small network of one sample: DLNN Algorithms 4.1 and 4.2, one unit a step."""
    passed = _forward(layers, params, x, loss, target)
    rows = _units(passed)
    every = {unit.number: unit for row in rows for unit in row}
    value = {k + 1: float(entry) for k, entry in enumerate(x[0])} | {k: unit.a for k, unit in every.items()}
    drawing = _Drawing()
    for k in range(x.shape[1]):
        drawing.place(str(k + 1), str(k + 1), "unit")
        drawing.start["above", str(k + 1)] = f"a = {number(value[k + 1])}"
    for depth, row in enumerate(rows, 1):
        drawing.place(f"bias {depth}", "1", "input")
        for unit in row:
            drawing.place(unit.key, unit.key, "unit")
            for source, w in zip((f"bias {depth}", *map(str, unit.below)), unit.w, strict=True):
                drawing.start["above", drawing.edge(source, unit.key)] = number(w)
    drawing.place("L", "L", "operation")
    drawing.place("y", "y", "input")
    drawing.start["above", drawing.edge("y", "L")] = numbers(target)
    for unit in rows[-1]:
        drawing.edge(unit.key, "L")

    steps = []
    for row in rows:
        for unit in row:
            steps += _unit_forward(unit, value)
    steps.append(_loss_forward(passed[-1], drawing)._replace(
        current=("L",), shows={("above", "L"): f"L = {number(passed[-1].y)}"},
    ))  # fmt: skip
    steps.append(_unit_loss_back(passed, rows[-1], drawing))
    for depth in reversed(range(len(rows))):
        for unit in rows[depth]:
            above = rows[depth + 1] if depth + 1 < len(rows) else None
            if unit.f is not None or above:
                steps.append(_unit_delta(unit, above, value))
            steps.append(_unit_weights(unit, value, every, drawing))
    return Walk(tuple(drawing.places), tuple(drawing.edges), drawing.start, steps)


def _units(passed):
    """The units of each layer."""
    rows, count, below = [], passed[0].x.shape[1], tuple(range(1, passed[0].x.shape[1] + 1))
    for part, after in zip(passed, passed[1:], strict=False):
        if part.label != "linear":
            continue
        f = after.layer if after.key != "loss" and after.label != "linear" else None
        (W, b), (dW, db) = part.named.values(), part.grads.values()
        row = [
            _Unit(
                count + i + 1, part.number, below, np.append(b[i], W[i]), np.append(db[i], dW[i]), float(part.y[0, i]),
                float((after.y if f else part.y)[0, i]), float((after.dy if f else part.dy)[0, i]),
                float(part.dy[0, i]), f,
            )
            for i in range(len(W))
        ]  # fmt: skip
        rows.append(row)
        count += len(row)
        below = tuple(unit.number for unit in row)
    return rows


def _unit_forward(unit, value):
    i, sources = low(unit.number), (0, *unit.below)
    value = value | {0: 1.0}
    letters = " + ".join(f"w{i}{low(j)} a{low(j)}" for j in sources)
    filled_in = " + ".join(f"{bracket(w)}·{bracket(value[j])}" for w, j in zip(unit.w, sources, strict=True))
    n = len(unit.below)
    steps = [Step(
        "forward", f"unit {unit.number}: its pre-activation s{i}", "unit.s", {"layer": unit.layer, "unit": unit.number},
        f"{n} inputs, {n} weights and a bias → 1 number", [f"s{i} = {letters}", f"   = {filled_in} = {number(unit.s)}"],
        (f"s{i}, for f'(s{i}); " if unit.f else "") + "the inputs " + ", ".join(f"a{low(j)}" for j in unit.below) + ", for the gradients of the weights",
        (unit.key,), {("above", unit.key): f"s = {number(unit.s)}"},
    )]  # fmt: skip
    if unit.f:
        f = name_of(unit.f)
        steps.append(Step(
            "forward", f"unit {unit.number}: its activation a{i}", "unit.a",
            {"layer": unit.layer, "unit": unit.number, "f": f}, "1 number → 1 number",
            [f"a{i} = {f}(s{i}) = {f}({number(unit.s)}) = {number(unit.a)}"], f"a{i}, the input of the units above",
            (unit.key,), {("above", unit.key): f"s = {number(unit.s)}\na = {number(unit.a)}"},
        ))  # fmt: skip
    return steps


def _unit_loss_back(passed, row, drawing):
    step = _loss_back(passed[-1], passed, drawing)
    linear = row[0].f is None
    mark = "δ" if linear else "dL/da"
    lines, shows = [], {}
    for unit, entry in zip(row, passed[-1].dx[0], strict=True):
        name = f"δ{low(unit.number)}" if linear else f"dL/da{low(unit.number)}"
        if "=" in step.numbers[0] and len(row) == 1 and len(step.numbers) == 1:
            lines.append(f"{name} = " + step.numbers[0].split("=", 1)[1].strip().replace("[", "").replace("]", ""))
        else:
            lines.append(f"{name} = {number(entry)}")
        shows["below", unit.key] = f"{mark} = {number(entry)}"
    names = ", ".join(line.split(" =")[0] for line in lines)
    question = step.question._replace(prompt=names)
    return step._replace(
        title=f"{passed[-1].label}: {names}", numbers=lines, shows=shows | {("below", "L"): "dL/dL = 1"},
        shapes=f"{len(row)} number{'s' if len(row) > 1 else ''}, one for each output unit",
        current=("L",), question=question, local=question,
    )  # fmt: skip


def _unit_delta(unit, above, value):
    j = low(unit.number)
    slope = _slope(unit.f, np.array([[unit.s]]), ())[0, 0] if unit.f else 1.0
    f = name_of(unit.f) if unit.f else "identity"
    others = []
    if above:
        place = above[0].below.index(unit.number) + 1
        terms = [(upper.delta, upper.w[place], upper) for upper in above]
        letters = " + ".join(f"δ{low(upper.number)} w{low(upper.number)}{j}" for *_, upper in terms)
        summed = " + ".join(f"{bracket(delta)}·{bracket(w)}" for delta, w, _ in terms)
        others = [
            ("the weights above are forgotten: each delta comes down through its own weight", slope * sum(t[0] for t in terms)),
            ("the deltas above are forgotten: those are only the weights", slope * sum(t[1] for t in terms)),
        ]
        if len(terms) > 1:
            others += [
                (f"a path is missing: it has only what comes from unit {upper.number}", slope * delta * w)
                for delta, w, upper in terms
            ]
        if len(letters.split(" + ")) > 1:
            letters, summed = f"({letters})", f"({summed})"
    else:
        letters, summed = f"dL/da{j}", bracket(unit.da)
    one = lambda entry: np.array([entry])  # noqa: E731
    if unit.f:
        question, local = slope_questions(
            unit.f, (), one(unit.s), one(unit.a), one(unit.da), one(slope), f"δ{j}", f"{f}'(s{j})", f"s{j}"
        )
        question = question._replace(
            prompt=f"δ{j}", mistakes=question.mistakes + tuple((words, one(entry)) for words, entry in others),
            hint=question.hint if not above else
            f"Bring down the deltas from above, each through the weight that it shares with unit {unit.number}. "
            f"Then one more factor: how steep is {f} at s{j}?",
        )  # fmt: skip
        local = local._replace(prompt=f"the local derivative {f}'(s{j})")
    else:
        question = Question(f"δ{j}", one(unit.delta), tuple((words, one(entry)) for words, entry in others), "Bring down the deltas from above, each through its weight.")
        local = None
    lines = [f"δ{j} = {f}'(s{j}) · {letters}", f"   = {bracket(slope)} · {summed} = {number(unit.delta)}"]
    return Step(
        "backward", f"unit {unit.number}: δ{j}", "unit.delta" if above else "output.back",
        {"layer": unit.layer, "depth": unit.layer, "unit": unit.number, "f": f}, "1 number", lines, "",
        (unit.key, *(upper.key for upper in above or ())), {("below", unit.key): f"δ = {number(unit.delta)}"}, question, local,
    )  # fmt: skip


def _unit_weights(unit, value, every, drawing):
    i, sources = low(unit.number), (0, *unit.below)
    value = value | {0: 1.0}
    inputs = np.array([value[j] for j in sources])
    names = [f"dw{i}{low(j)}" for j in sources]
    lines = [
        f"dL/dw{i}{low(j)} = δ{i} a{low(j)} = {bracket(unit.delta)}·{bracket(value[j])} = {number(entry)}"
        for j, entry in zip(sources, unit.dw, strict=True)
    ]
    others = [
        ("the upstream delta is forgotten: those are the inputs of the unit", inputs),
        ("the local derivative is forgotten: each weight's own input is missing", np.full(len(inputs), unit.delta)),
        ("the weights stand where the inputs belong: a product's derivative is the other factor", unit.delta * unit.w),
    ]
    if any(j in every and every[j].f for j in sources):
        pre = np.array([every[j].s if j in every else value[j] for j in sources])
        others.append(("it is evaluated at the wrong place: at the pre-activations of the units below, not at their activations", unit.delta * pre))
    hint = f"w{i}ⱼ was multiplied by aⱼ on the way forward, and the bias by 1. Upstream is δ{i}."
    question = Question(", ".join(names), unit.dw, tuple(others), hint, abs(unit.delta))
    local = Question(
        "the local derivatives " + ", ".join(f"ds{i}/dw{i}{low(j)}" for j in sources), inputs, (
            ("the upstream delta is already in it: only the local derivatives are asked for", unit.dw),
            ("those are the weights: a product's derivative is the other factor", unit.w),
        ), hint,
    )  # fmt: skip
    sources_keys = (f"bias {unit.layer}", *map(str, unit.below))
    return Step(
        "backward", f"unit {unit.number}: the gradients of its weights", "unit.weights",
        {"layer": unit.layer, "unit": unit.number}, f"{len(names)} numbers, one for each weight and the bias", lines, "",
        (unit.key, *sources_keys[1:]),
        {("below", drawing.number(source, unit.key)): number(entry) for source, entry in zip(sources_keys, unit.dw, strict=True)},
        question, local,
    )  # fmt: skip


def bracket(value):
    """A number to stand in a product: negative ones in brackets."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


# ---------------------------------------------------------------- graphs of Nodes

INFIX = ("+", "−", "×", "÷", "^")
SLOPES = {  # the local derivatives of an operation, in letters: u its result, a and b its inputs
    "+": ("1", "1"), "−": ("1", "-1"), "×": ("{b}", "{a}"), "÷": ("1/{b}", "-{u}/{b}"),
    "^": ("{b} {a}^({b} - 1)", "{u} log {a}"), "max": ("1 where {a} is larger", "1 where {b} is larger"),
    "min": ("1 where {a} is smaller", "1 where {b} is smaller"), "negative": ("-1",), "exp": ("{u}",),
    "log": ("1/{a}",), "sqrt": ("1/(2 {u})",), "square": ("2 {a}",), "sin": ("cos {a}",), "cos": ("-sin {a}",),
    "tanh": ("1 - {u}²",), "sigmoid": ("{u} (1 - {u})",), "relu": ("1 if {a} > 0, else 0",),
    "softplus": ("sigmoid({a})",), "abs": ("the sign of {a}",),
}  # fmt: skip
MISPLACED = {  # the same derivatives, evaluated at the result in place of the argument
    "exp": np.exp, "log": lambda u: 1 / u, "sqrt": lambda u: 0.5 / np.sqrt(u), "square": lambda u: 2 * u,
    "sin": np.cos, "cos": lambda u: -np.sin(u), "tanh": lambda u: 1 - np.tanh(u) ** 2,
    "sigmoid": lambda u: 1 / (2 + 2 * np.cosh(u)), "softplus": lambda u: 1 / (1 + np.exp(-u)),
}  # fmt: skip


def graph(node, names=None):
    """The walk through the graph behind a Node: forward in order, then back, each edge once.

    A Node has value, parents, name and back(dy) -> a gradient for each parent;  names {"c": node, ...} for
    results that shall not be called u₁, u₂, ...
    """
    order = _order(node)
    given = {id(each): name for name, each in (names or {}).items()}
    symbols, count, leaves = {}, 0, 0
    for each in order:
        if each.parents:
            count += 1
            symbols[id(each)] = given.get(id(each)) or ("F" if each is node else f"u{low(count)}")
        else:
            leaves += 1
            symbols[id(each)] = given.get(id(each)) or each.name or f"v{low(leaves)}"
    upstream, contributions = _gradients(node, order)
    users = {id(each): 0 for each in order}
    drawing, edge_of = _Drawing(), {}
    for k, each in enumerate(order):
        drawing.place(f"n{k}", each.name if each.parents else symbols[id(each)],
                      "operation" if each.parents else "input", symbols[id(each)] if each.parents else "")  # fmt: skip
    keys = {id(each): f"n{k}" for k, each in enumerate(order)}
    for each in order:
        for slot, parent in enumerate(each.parents):
            edge_of[id(each), slot] = drawing.edge(keys[id(parent)], keys[id(each)])
            users[id(parent)] += 1
            if not parent.parents:
                drawing.start["above", edge_of[id(each), slot]] = _short(parent.value)
    drawing.place("out", symbols[id(node)], "input")
    final = drawing.edge(keys[id(node)], "out")
    places = _Places(node, order, symbols, keys, edge_of, final, users, upstream, contributions)

    steps = [_operation_forward(each, places) for each in order if each.parents]
    seed = Question(f"d{symbols[id(node)]}/d{symbols[id(node)]}", np.ones(np.shape(node.value)), (), "How much does a number change when it changes by one?")
    name = symbols[id(node)]
    steps.append(Step(
        "backward", f"the start: d{name}/d{name}", "seed", {}, "1 number" if np.ndim(node.value) == 0 else shape(node.value), [f"d{name}/d{name} = {_short(seed.want)}"], "",
        ("out",), {("below", final): _short(seed.want)}, seed, seed,
    ))  # fmt: skip
    arrived = {id(each): 0 for each in order}
    for each in reversed(order):
        if each.parents:
            steps.append(_operation_back(each, places, arrived))
    return Walk(tuple(drawing.places), tuple(drawing.edges), drawing.start, steps)


class _Places(NamedTuple):
    """What the steps of a graph share."""

    root: object
    order: list
    symbols: dict
    keys: dict
    edge_of: dict
    final: int
    users: dict
    upstream: dict
    contributions: dict


def _order(node):
    """All Nodes behind `node`, each behind its parents."""
    found, seen, stack = [], {id(node)}, [(node, iter(node.parents))]
    while stack:
        current, parents = stack[-1]
        parent = next(parents, None)
        if parent is None:
            found.append(current)
            stack.pop()
        elif id(parent) not in seen:
            seen.add(id(parent))
            stack.append((parent, iter(parent.parents)))
    return found


def _gradients(node, order):
    """dF/d of every Node, and what each edge brings: {id: array}, {(id of the user, slot): array}."""
    upstream, edges = {id(node): np.ones(np.shape(node.value))}, {}
    for each in reversed(order):
        if not each.parents:
            continue
        for slot, (parent, grad) in enumerate(zip(each.parents, each.back(upstream[id(each)]), strict=True)):
            edges[id(each), slot] = np.asarray(grad)
            upstream[id(parent)] = upstream.get(id(parent), 0) + edges[id(each), slot]
    return upstream, edges


def _short(value):
    """A value as it stands on an edge: a number, or the shape of an array."""
    return number(value) if np.size(value) == 1 else shape(value)


def _operands(node, names):
    """What an operation works on, with the constants that its label holds: (symbol, operands, slots)."""
    words = node.name.split(" ")
    if len(words) == 2 and len(names) == 1:
        before = words[1] in INFIX or words[1] in SLOPES
        symbol, constant = (words[1], words[0]) if before else words
        return symbol, [constant, *names] if before else [*names, constant], [1 if before else 0]
    symbol = "negative" if node.name == "−" and len(names) == 1 else node.name
    return symbol, list(names), list(range(len(names)))


def _expression(symbol, operands):
    if symbol in INFIX and len(operands) == 2:
        sign = {"−": "-", "×": "·", "÷": "/"}.get(symbol, symbol)
        return f"{operands[0]}{sign}{operands[1]}" if sign == "^" else f"{operands[0]} {sign} {operands[1]}"
    if symbol == "negative":
        return f"-{operands[0]}"
    inside = [each[1:-1] if each.startswith("(") else each for each in operands]
    return f"{symbol.replace('_', ' ')}({', '.join(inside)})"


def _operation_forward(each, places):
    names = [places.symbols[id(parent)] for parent in each.parents]
    name = places.symbols[id(each)]
    symbol, operands, slots = _operands(each, names)
    line = f"{name} = {_expression(symbol, operands)}"
    if all(np.size(part.value) == 1 for part in (each, *each.parents)):
        values = [bracket(parent.value.item()) for parent in each.parents]
        _, put_in, _ = _operands(each, values)
        line = [f"{line} = {_expression(symbol, put_in)} = {number(each.value.item())}"]
    else:
        line = filled(line, "=", each.value)
    shows = {("above", edge): _short(each.value) for edge in _edges_from(each, places)}
    kept = _kept(symbol, operands, names, slots, name)
    shapes = _shapes(names, [parent.value for parent in each.parents], [name], [each.value])
    return Step(
        "forward", f"{name} = {_expression(symbol, operands)}", "operation", {}, shapes, line,
        kept, (places.keys[id(each)],), shows,
    )  # fmt: skip


def _shapes(names, arrays, results, made):
    """The shapes of what goes into an operation and of what comes out."""
    if all(np.ndim(array) == 0 for array in (*arrays, *made)):
        return " → ".join("1 number" if len(all_) == 1 else f"{len(all_)} numbers" for all_ in (arrays, made))
    sides = [zip(names, arrays, strict=True), zip(results, made, strict=True)]
    return " → ".join(", ".join(f"{name} {shape(array)}" for name, array in side) for side in sides)


def _kept(symbol, operands, names, slots, name):
    """What the local derivatives are made of."""
    if symbol not in SLOPES:
        return ", ".join(names) + ", for the way back"
    texts = " ".join(SLOPES[symbol][slot] for slot in slots)
    letters = dict(zip("ab", operands, strict=False)) | {"u": name}
    needed = [letters[letter] for letter in "uab" if f"{{{letter}}}" in texts and letters.get(letter)]
    return ", ".join(n for n in dict.fromkeys(needed) if n in names or n == name) + ", for the way back" if needed else "nothing: its derivative is a constant"


def _edges_from(each, places):
    """The edges that carry the value of a Node."""
    if each is places.root:
        return [places.final]
    return [edge for (user, slot), edge in places.edge_of.items() if _parent(places, user, slot) is each]


def _parent(places, user, slot):
    return next(one for one in places.order if id(one) == user).parents[slot]


def _operation_back(each, places, arrived):
    names = [places.symbols[id(parent)] for parent in each.parents]
    name, root = places.symbols[id(each)], places.symbols[id(places.root)]
    symbol, operands, slots = _operands(each, names)
    up = places.upstream[id(each)]
    gradients = [places.contributions[id(each), slot] for slot in range(len(each.parents))]
    shows = {("below", places.edge_of[id(each), slot]): _short(grad) for slot, grad in enumerate(gradients)}
    lines, scalar = [], all(np.size(part.value) == 1 for part in (each, *each.parents))
    locals_ = [np.asarray(grad) for grad in each.back(np.ones(np.shape(each.value)))] if scalar else None
    for slot, (parent, grad) in enumerate(zip(each.parents, gradients, strict=True)):
        wanted = f"d{root}/d{names[slot]}" + (f" by way of {name}" if places.users[id(parent)] > 1 else "")
        if scalar:
            slope, part = number(locals_[slot].item()), f"d{name}/d{names[slot]}"
            text = _slope_text(symbol, operands, slots[slot], name)
            line = f"{part} = {text} = {slope}" if text not in ("", slope) else f"{part} = {slope}"
            product = f"{bracket(up.item())}·{bracket(locals_[slot].item())} = {number(grad.item())}"
            way = f"d{root}/d{name} · {part}"
            lines.append(f"{line};  times d{root}/d{name}: {product}" if name == root else f"{line};  {wanted} = {way} = {product}")
        else:
            lines += filled(f"{wanted} =", grad)
    totals = _totals(each, places, arrived)
    lines += [f"all paths together: d{root}/d{places.symbols[key]} = {_short(places.upstream[key])}" for key in totals]
    for key in totals:
        shows["below", places.keys[key]] = f"Σ {_short(places.upstream[key])}"
    question, local = _operation_questions(each, places, symbol, slots, names, gradients, locals_, up)
    shapes = _shapes([f"d{root}/d{name}"], [up], [f"d{root}/d{n}" for n in names], gradients)
    return Step(
        "backward", f"back through {name} = {_expression(symbol, operands)}", "operation.back", {}, shapes,
        lines, "", (places.keys[id(each)],), shows, question, local,
    )  # fmt: skip


def _slope_text(symbol, operands, slot, name):
    """A local derivative in letters, "" where it is not known."""
    if symbol not in SLOPES:
        return ""
    if symbol == "^" and slot == 0 and operands[1] in ("2", "3"):
        return f"2 {operands[0]}" if operands[1] == "2" else f"3 {operands[0]}^2"
    return SLOPES[symbol][slot].format(u=name, **dict(zip("ab", [*operands, ""], strict=False)))


def _totals(each, places, arrived):
    """The Nodes with several users of which the last has now sent its gradient."""
    done = []
    for parent in each.parents:
        arrived[id(parent)] += 1
        if arrived[id(parent)] == places.users[id(parent)] > 1:
            done.append(id(parent))
    return done


def _operation_questions(each, places, symbol, slots, names, gradients, locals_, up):
    name, root = places.symbols[id(each)], places.symbols[id(places.root)]
    if locals_ is None:
        big = max(range(len(gradients)), key=lambda slot: -slot)
        want = gradients[big]
        return Question(
            f"d{root}/d{names[big]} {shape(want)}", want,
            (("the upstream gradient is forgotten", np.asarray(each.back(np.ones(np.shape(each.value)))[big])),
             *((("the operation's own derivative is forgotten", up),) if np.shape(up) == np.shape(want) else ()),
             *((("it is transposed", want.T.reshape(-1)),) if np.ndim(want) == 2 else ())),
            "Its shape is that of the value that it belongs to.",
        ), None  # fmt: skip
    want = np.array([grad.item() for grad in gradients])
    slope = np.array([entry.item() for entry in locals_])
    g, u = up.item(), each.value.item()
    mistakes = [
        ("the upstream gradient is forgotten: that is the local derivative alone", slope),
        ("the local derivative is forgotten: that is the upstream gradient as it came", np.full(len(want), g)),
    ]
    at = [("the upstream gradient is already in it: only the local derivative is asked for", want)]
    if len(want) == 2:
        swapped = "it is evaluated at the wrong place: the two inputs are exchanged"
        mistakes.append((swapped, want[::-1]))
        at.append((swapped, slope[::-1]))
    if len(want) == 1 and symbol in MISPLACED:
        with np.errstate(all="ignore"):
            wrong = np.array([MISPLACED[symbol](u)])
        where = f"it is evaluated at the wrong place: at the result {name}, not at {names[0]}"
        mistakes.append((where, g * wrong))
        at.append((where, wrong))
    mistakes.append(("that is the value from the way forward, not a derivative", np.array([parent.value.item() for parent in each.parents])))
    at.append(("that is the value from the way forward, not a derivative", np.full(len(want), u)))
    totals = np.array([places.upstream[id(parent)].item() for parent in each.parents])
    mistakes.append(("the other path is already in it: asked is what comes by this edge", totals))
    which = ", ".join(f"d{root}/d{n}" for n in names) + (f", by way of {name}" if any(places.users[id(p)] > 1 for p in each.parents) else "")
    hint = f"Upstream is d{root}/d{name}, below the edge that leaves {name}. How does {name} change when " + " or ".join(dict.fromkeys(names)) + " changes a little?"
    question = Question(which, want, tuple(mistakes), hint, abs(g))
    local = Question(", ".join(f"d{name}/d{n}" for n in names), slope, tuple(at), hint.split(". ", 1)[1])
    return question, local
