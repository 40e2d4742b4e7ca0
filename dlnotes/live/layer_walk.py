"""The walk through a chain of layers: whole layers, arrays with their shapes."""

from typing import NamedTuple

import numpy as np

from dlnotes.live.formulas import filled, listed, number, numbers, shape
from dlnotes.live.questions import Question
from dlnotes.live.walk import Sketch, Step, Walk, bracket, high, leaves, low, name_of


def network(layers, params, x, loss, target):
    """The walk through chain(*layers) and a loss, one operation a step."""
    passed = run(layers, params, x, loss, target)
    sketch = Sketch()
    sketch.place("x", "x", "input")
    sketch.place("y", "y", "input")
    below = "x"
    for part in passed:
        for name, array in part.named.items():
            sketch.place(name, name, "input")
            sketch.start["above", sketch.edge(name, part.key)] = shape(array)
        sketch.place(part.key, part.label)
        through = sketch.value_edge(below, part.key)
        if below == "x":
            sketch.start["above", through] = shape(x)
        below = part.key
    sketch.start["above", sketch.edge("y", below)] = shape(np.asarray(target))
    sketch.place("L", "L", "input")
    sketch.value_edge(below, "L")

    steps = [_layer_forward(part, sketch) for part in passed[:-1]] + [loss_forward(passed[-1], sketch)]
    steps.append(loss_back(passed[-1], sketch))
    for part in reversed(passed[:-1]):
        first = part is passed[0]
        if part.named:
            steps.append(_parameters_back(part, sketch))
        if not first:
            steps.append(_input_back(part, sketch, passed))
    return Walk(tuple(sketch.places), tuple(sketch.edges), sketch.start, steps)


class Part(NamedTuple):
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

    @property
    def elementwise(self):
        return _elementwise(self.layer, self.own, self.x, self.y)


def run(layers, params, x, loss, target):
    """The layers run forward and backward: a `Part` for each, and one for the loss."""
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
        depth += bool(own) and not _elementwise(layer, own, value, y)
        names = [f"W{high(depth)}", f"b{high(depth)}"]
        arrays = list(leaves(own))
        if name != "linear":
            names = [
                f"θ{high(depth)}" + (low(k) if len(arrays) > 1 else "") for k in range(1, len(arrays) + 1)
            ]
        after = f"s{high(depth)}" if name == "linear" else f"a{high(depth or 1)}"
        parts.append(
            Part(
                key=f"{name} {place + 1}",
                label=name,
                layer=layer,
                own=own,
                number=depth,
                x=value,
                y=y,
                dx=ups[place],
                dy=ups[place + 1],
                named=dict(zip(names, arrays, strict=True)),
                grads=dict(zip(names, leaves(grads[place]), strict=True)),
                symbols=(symbol, after),
            )
        )
        symbol = after
    label = name_of(loss).replace("_", " ")
    parts.append(
        Part(
            key="loss",
            label=label,
            layer=loss,
            own=(),
            number=depth,
            x=runs[-1][3],
            y=np.asarray(risk),
            dx=delta,
            dy=np.asarray(1.0),
            named={},
            grads={},
            symbols=(symbol, np.asarray(target)),
        )
    )
    return parts


def symbol_of_gradient(symbol):
    """The derivative of the risk with respect to a quantity: "δ¹" for "s¹", "dL/da¹" else."""
    return f"δ{symbol[1:]}" if symbol.startswith("s") else f"dL/d{symbol}"


def _layer_forward(part, sketch):
    before, after = part.symbols
    name, depth = part.label, part.number
    shows = {("above", sketch.out(part.key)): f"{after} {shape(part.y)}"}
    if name == "linear":
        (W_name, W), (b_name, b) = part.named.items()
        if len(part.x) == 1:  # a column, as the books have it
            lines = filled(f"{after} =", W, "·", part.x.T, "+", b[:, None], "=", part.y.T)
        else:
            lines = filled(f"{after} =", part.x, "·", W.T, "+", b, "=", part.y)
        shapes = (
            f"{before} {shape(part.x)}, {W_name} {shape(W)}, {b_name} {shape(b)} → {after} {shape(part.y)}"
        )
        return Step(
            "forward",
            f"linear, layer {depth}",
            "linear",
            {"layer": depth},
            shapes,
            lines,
            remembered=f"{before}, for d{W_name}"
            + (f"; {W_name}, for dL/d{before}" if before != "x" else ""),
            current=(part.key,),
            shows=shows,
        )
    operation = "softmax" if name == "softmax" else "activation" if part.elementwise else "layer"
    words = name.replace("_", " ")
    lines = filled(f"{after} = {words}", part.x, "=", part.y)
    remembered = (
        f"{after}, for its derivative"
        if name in ("sigmoid", "tanh", "softmax")
        else f"{before}, for its derivative"
    )
    return Step(
        "forward",
        f"{words}, layer {depth}",
        operation,
        {"layer": depth, "f": words},
        f"{before} {shape(part.x)} → {after} {shape(part.y)}",
        lines,
        remembered=remembered,
        current=(part.key,),
        shows=shows,
    )


def loss_forward(part, sketch):
    symbol, target = part.symbols
    name = name_of(part.layer)
    operation = name if f"{name}.back" in _KNOWN else "loss"
    lines = [f"L = {_risk(part)} = {number(part.y)}"]
    p = _probabilities(part)
    if p is not None:
        lines = filled(f"{_P[name]}({symbol}) =", p, ", y =", target) + lines
    elif target.ndim:
        lines = filled(f"{symbol} =", part.x, ", y =", target) + lines
    average = f"; mean over {len(part.x)} samples" if len(part.x) > 1 and _averaged(part) else ""
    return Step(
        "forward",
        f"{part.label}",
        operation,
        {"depth": part.number},
        f"{symbol} {shape(part.x)}, y {shape(target)} → L number{average}",
        lines,
        remembered=f"{symbol if p is None else f'{_P[name]}({symbol})'} and y, for its derivative",
        current=(part.key,),
        shows={("above", sketch.out(part.key)): number(part.y)},
    )


_KNOWN = ("squared_error.back", "binary_cross_entropy.back", "cross_entropy.back")
_P = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}


def _risk(part):
    """A loss with its numbers, "-(log 0.2 + log 0.7) / 2", or its name where it is another, or too long."""
    y, p, n = _one_hot(part), _probabilities(part), len(part.x)
    name = f"{part.label}({part.symbols[0]}, y)"
    if y is None or max(y.size, n) > 6:
        return name
    if p is not None and np.isin(y, (0, 1)).all():
        q = p[y == 1] if name_of(part.layer) == "cross_entropy" else np.where(y == 1, p, 1 - p).ravel()
        total, terms = -np.log(q).sum(), " + ".join(f"log {number(each)}" for each in q)
        text = f"-({terms})" if len(q) > 1 else f"-{terms}"
    else:
        error = (part.x - y).ravel()
        total, terms = 0.5 * (error**2).sum(), " + ".join(f"{bracket(each)}²" for each in error)
        text = f"1/2 ({terms})" if len(error) > 1 else f"1/2 {terms}"
    matching = [f"{text} / {d}" if d > 1 else text for d in (1, n) if np.isclose(total / d, part.y)]
    return matching[0] if matching else name


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


def loss_back(part, sketch):
    """The first step back: the gradient of the loss with respect to the network's output."""
    symbol, name = part.symbols[0], name_of(part.layer)
    operation = f"{name}.back" if f"{name}.back" in _KNOWN else "loss.back"
    y, p, d = _one_hot(part), _probabilities(part), symbol_of_gradient(symbol)
    output, known = (part.x, symbol) if p is None else (p, f"{_P[name]}({symbol})")
    lines, mistakes = filled(f"{d} =", part.dx), ()
    if operation != "loss.back" and y is not None:
        n = len(part.x) if _averaged(part) else 1
        if np.allclose(part.dx * n, output - y):
            letters = f"{d} = {known} - y =" if n == 1 else f"{d} = ({known} - y) / {n} = ("
            parts = (letters, output, "-", y, *([f") / {n}"] if n > 1 else []))
            lines, mistakes = filled(*parts, "=", part.dx), _difference_mistakes(part, output, y, n)
    hint = "How does the loss change with each output? Compare what the network says with the target."
    question = Question(f"{d} {shape(part.dx)}", part.dx, mistakes, hint)
    return Step(
        "backward",
        f"{part.label}: {d}",
        operation,
        {"depth": part.number},
        f"{d} {shape(part.dx)}, the shape of {symbol}",
        lines,
        current=(part.key,),
        shows={
            ("below", sketch.into(part.key)): f"{d} {shape(part.dx)}",
            ("below", sketch.out(part.key)): "1",
        },
        question=question,
        local=question,
        given=tuple(listed({known: output, "y": part.symbols[1] if y is None else y})),
    )


def _difference_mistakes(part, output, y, n):
    """What becomes of (output - y) / n in wrong hands."""
    mistakes = [
        ("the difference is taken the other way round: the sign is wrong", -part.dx),
        ("the target is missing: that is only what the network says", output / n),
        ("the difference is taken before the softmax or sigmoid, not behind it", (part.x - y) / n),
        (
            "that is the squared difference, half the loss itself and not its derivative",
            (output - y) ** 2 / n,
        ),
    ]
    if n > 1:
        mistakes.append(("the derivative is not divided by the number of samples", output - y))
    return tuple(mistakes)


def _parameters_back(part, sketch):
    """The gradients of a layer's parameters, which nothing further down needs."""
    symbol, d, depth = part.symbols[0], symbol_of_gradient(part.symbols[1]), part.number
    gradients = {f"d{name}": grad for name, grad in part.grads.items()}
    shapes = [f"{name} {shape(grad)}" for name, grad in gradients.items()]
    linear = part.label == "linear"
    question = _weights_question(part) if linear else _gradient_question(gradients)
    known = {d: part.dy, symbol: part.x} | (dict(list(part.named.items())[:1]) if linear else {})
    return Step(
        "backward",
        f"linear, layer {depth}: its gradients" if linear else f"{part.label}, layer {depth}: its parameters",
        "linear.parameters" if linear else "layer.back",
        {"layer": depth},
        f"{d} {shape(part.dy)}, {symbol} {shape(part.x)} → {', '.join(shapes)}",
        _filled_gradients(part, d)
        if linear
        else [row for each in gradients.items() for row in listed(dict([each]))],
        current=(part.key,),
        shows={
            ("below", sketch.number(name, part.key)): text
            for name, text in zip(part.grads, shapes, strict=True)
        },
        question=question,
        local=question,
        given=tuple(listed(known)),
    )


def _filled_gradients(part, d):
    """dW = delta^T x and db, the sum of the deltas, with their numbers."""
    (W_name, dW), (b_name, db) = part.grads.items()
    total = f"{'sum of the rows of ' if len(part.x) > 1 else ''}{d} = {numbers(db)}"
    last = f"d{b_name} = {total}" if db.size <= 6 else f"d{b_name} {shape(db)}"
    return [*filled(f"d{W_name} =", part.dy.T, "·", part.x, "=", dW), last]


def _gradient_question(gradients):
    name, grad = next(iter(gradients.items()))
    hint = "Multiply the upstream gradient by the layer's derivative."
    return Question(f"{name} {shape(grad)}", grad, (), hint)


def _weights_question(part):
    """What is asked of a linear layer: dW."""
    (W_name, dW), W = next(iter(part.grads.items())), part.own[0]
    x, delta = part.x, part.dy
    mistakes = [
        ("the upstream delta is forgotten: that is only the input of the layer", np.ones_like(delta).T @ x),
        ("the input of the layer is forgotten: that is only the upstream delta", delta.T @ np.ones_like(x)),
        ("it is transposed: the gradient has the shape of W", dW.T),
        (
            "the weights stand where the layer's input belongs: a product's derivative is the other factor",
            delta.sum(axis=0)[:, None] * W,
        ),
    ]
    if len(x) > 1:
        mistakes += [
            ("divided by the number of samples once more", dW / len(x)),
            ("that is the first sample alone: the samples add up", delta[:1].T @ x[:1]),
        ]
    a = "x" if part.symbols[0] == "x" else "activation"
    hint = f"Entry (i, j) belongs to the weight from unit j to unit i: delta of i times the {a} of j."
    return Question(f"d{W_name} {shape(dW)}", dW, tuple(mistakes), hint)


def _input_back(part, sketch, passed):
    """What a layer passes on: the gradient of its input."""
    d_in, d_out = map(symbol_of_gradient, part.symbols)
    through = (
        _through_linear
        if part.label == "linear"
        else _through_activation
        if part.elementwise
        else _through_all
    )
    return through(part, passed, d_in, d_out)._replace(
        current=(part.key,), shows={("below", sketch.into(part.key)): f"{d_in} {shape(part.dx)}"}
    )


def _through_linear(part, passed, d_in, d_out):
    (W_name, W), up, dx = next(iter(part.named.items())), part.dy, part.dx
    column = len(up) == 1  # one sample as a column, as the books have it
    factors = (W.T, "·", up.T, "=", dx.T) if column else (up, "·", W, "=", dx)
    added = up.sum(axis=1, keepdims=True) * np.ones_like(dx)
    mistakes = [
        ("the weights are forgotten: that is the upstream delta, only added up", added),
        ("the upstream delta is forgotten: those are only the weights", np.ones_like(up) @ W),
    ]
    below = passed[next(k for k, each in enumerate(passed) if each is part) - 1]
    if below.elementwise:
        mistakes.append(
            ("the derivative of the activation is already in it: that is the next step", below.dx)
        )
    if W.shape[0] == W.shape[1]:
        mistakes.append(
            ("the matrix is transposed: the way back enters each weight at its other end", up @ W.T)
        )
    hint = "An input reaches every unit of the layer: over them, add up delta times the weight."
    return Step(
        "backward",
        f"linear, layer {part.number}: {d_in}",
        "linear.input",
        {"layer": part.number},
        f"{d_out} {shape(up)}, {W_name} {shape(W)} → {d_in} {shape(dx)}",
        filled(f"{d_in} =", *factors),
        current=(),
        shows={},
        question=Question(f"{d_in} {shape(dx)}", dx, tuple(mistakes), hint),
        given=tuple(listed({d_out: up, W_name: W})),
    )


def _through_all(part, passed, d_in, d_out):
    """Back through a layer of which each output depends on all inputs."""
    up, dx, softmax = part.dy, part.dx, part.label == "softmax"
    mistakes = []
    if up.shape == dx.shape:
        mistakes.append(("the layer's own derivative is forgotten: that is what came from above", up))
    if softmax:
        diagonal = up * part.y * (1 - part.y)
        mistakes.append(
            ("only the diagonal of the Jacobian is used: each output depends on all inputs", diagonal)
        )
    hint = "Each output depends on each input: multiply by the whole Jacobian."
    return Step(
        "backward",
        f"{part.label.replace('_', ' ')}: {d_in}",
        "softmax.back" if softmax else "layer.back",
        {"layer": part.number},
        f"{d_out} {shape(up)} → {d_in} {shape(dx)}",
        filled(f"{d_in} =", dx),
        current=(),
        shows={},
        question=Question(f"{d_in} {shape(dx)}", dx, tuple(mistakes), hint),
        given=tuple(listed({d_out: up, part.symbols[1]: part.y})),
    )


def _through_activation(part, passed, d_in, d_out):
    before, after = part.symbols
    words, up, slope = part.label.replace("_", " "), part.dy, slope_of(part.layer, part.x, part.own)
    question, local = slope_questions(
        part.layer, part.own, part.x, part.y, up, slope, d_in, f"{words}'({before})", before
    )
    factors = [each.T if len(up) == 1 else each for each in (slope, up, part.dx)]
    return Step(
        "backward",
        f"{words}, layer {part.number}: {d_in}",
        "output.back" if part is passed[-2] else "activation.back",
        {"layer": part.number, "depth": part.number, "f": words},
        f"{d_out} {shape(up)} → {d_in} {shape(part.dx)}",
        filled(f"{d_in} =", factors[0], "⊙", factors[1], "=", factors[2]),
        current=(),
        shows={},
        question=question,
        local=local,
        given=tuple(listed({d_out: up, before: part.x, after: part.y})),
    )


def slope_questions(layer, own, s, a, up, slope, d_in, slope_name, place):
    """What is asked where a delta goes back through an activation: the product, and the slope alone."""
    wrong_place = slope_of(layer, a, own)
    product = up * slope
    inside = f"the upstream gradient is right, but the derivative is taken at the output and not at {place}"
    question = Question(
        f"{d_in} {shape(product)}",
        product,
        (
            ("the upstream gradient is forgotten: that is the local derivative alone", slope),
            ("the local derivative is forgotten: that is the upstream gradient as it came", up),
            (inside, up * wrong_place),
            ("it has f where its derivative f' belongs", up * a),
            ("it has the argument where the derivative f' belongs", up * s),
        ),
        f"Two factors, entry by entry: what has arrived from above, and the local derivative {slope_name}.",
        float(np.abs(up).max()),
    )
    local = Question(
        f"the local derivative {slope_name} {shape(slope)}",
        slope,
        (
            ("the upstream gradient is already in it: only the local derivative is asked for", product),
            ("that is the upstream gradient, not the local derivative", up),
            (f"it is evaluated at the wrong place: at the output and not at {place}", wrong_place),
            ("that is f itself, not its derivative", a),
            ("that is the argument, not the derivative", s),
        ),
        f"How steep is the activation at {place}? The numbers of the way forward are all that you need.",
    )
    return question, local


def slope_of(layer, s, own):
    """The derivative of an elementwise layer at s."""
    return layer(s, own)[1](np.ones_like(s))[0]


def _elementwise(layer, own, x, y):
    """Whether a layer acts on each entry alone: its pullback then multiplies entry by entry."""
    if x.shape != y.shape or name_of(layer) == "linear":  # with a diagonal W
        return False
    _, back = layer(x, own)
    probe = np.cos(np.arange(1.0, x.size + 1)).reshape(x.shape)
    return bool(np.allclose(back(probe)[0], probe * back(np.ones_like(x))[0]))
