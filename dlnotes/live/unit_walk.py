"""The walk through a small network of one sample, unit by unit: DLNN Algorithms 4.1 and 4.2."""

from typing import NamedTuple

import numpy as np

from dlnotes.live.formulas import number, numbers
from dlnotes.live.layer_walk import loss_back, loss_forward, run, slope_of, slope_questions
from dlnotes.live.questions import Question
from dlnotes.live.walk import Sketch, Step, Walk, bracket, low, name_of


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
    passed = run(layers, params, x, loss, target)
    rows = _units(passed)
    every = {unit.number: unit for row in rows for unit in row}
    value = {k + 1: float(entry) for k, entry in enumerate(x[0])} | {k: unit.a for k, unit in every.items()}
    sketch = Sketch()
    for k in range(x.shape[1]):
        sketch.place(str(k + 1), str(k + 1), "unit")
        sketch.start["above", str(k + 1)] = f"a = {number(value[k + 1])}"
    for depth, row in enumerate(rows, 1):
        sketch.place(f"bias {depth}", "0", "input")
        sketch.start["above", f"bias {depth}"] = "a = 1"
        for unit in row:
            sketch.place(unit.key, unit.key, "unit")
            for source, w in zip((f"bias {depth}", *map(str, unit.below)), unit.w, strict=True):
                sketch.start["above", sketch.edge(source, unit.key)] = number(w)
    sketch.place("y", "y", "input")
    sketch.place("L", "L")
    sketch.start["above", sketch.edge("y", "L")] = numbers(target)
    for unit in rows[-1]:
        sketch.edge(unit.key, "L")

    steps = []
    for row in rows:
        for unit in row:
            steps += _unit_forward(unit, value)
    steps.append(_unit_loss(passed[-1], rows[-1], sketch))
    steps.append(_unit_loss_back(passed, rows[-1], sketch))
    for depth in reversed(range(len(rows))):
        for unit in rows[depth]:
            above = rows[depth + 1] if depth + 1 < len(rows) else None
            if unit.f is not None or above:
                steps.append(_unit_delta(unit, above))
            steps.append(_unit_weights(unit, value, every, sketch))
    return Walk(tuple(sketch.places), tuple(sketch.edges), sketch.start, steps)


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
                number=count + i + 1,
                layer=part.number,
                below=below,
                w=np.append(b[i], W[i]),
                dw=np.append(db[i], dW[i]),
                s=float(part.y[0, i]),
                a=float((after.y if f else part.y)[0, i]),
                da=float((after.dy if f else part.dy)[0, i]),
                delta=float(part.dy[0, i]),
                f=f,
            )
            for i in range(len(W))
        ]
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
    steps = [
        Step(
            "forward",
            f"unit {unit.number}: its pre-activation s{i}",
            "unit.s",
            {"layer": unit.layer, "unit": unit.number},
            f"{n} inputs, {n} weights and a bias → 1 number",
            [f"s{i} = {letters}", f"   = {filled_in} = {number(unit.s)}"],
            remembered=(f"s{i}, for f'(s{i}); " if unit.f else "")
            + "the inputs "
            + ", ".join(f"a{low(j)}" for j in unit.below)
            + ", for the gradients of the weights",
            current=(unit.key,),
            shows={("above", unit.key): f"s = {number(unit.s)}"},
        )
    ]
    if unit.f:
        f = name_of(unit.f)
        steps.append(
            Step(
                "forward",
                f"unit {unit.number}: its activation a{i}",
                "unit.a",
                {"layer": unit.layer, "unit": unit.number, "f": f},
                "1 number → 1 number",
                [f"a{i} = {f}(s{i}) = {f}({number(unit.s)}) = {number(unit.a)}"],
                remembered=f"a{i}, the input of the units above",
                current=(unit.key,),
                shows={("above", unit.key): f"s = {number(unit.s)}\na = {number(unit.a)}"},
            )
        )
    return steps


def _renamed(part, row, line):
    """A line about the last layer's output, with the letters of the units: s₅ for s²."""
    symbol = part.symbols[0]
    return line.replace(symbol, symbol[0] + (low(row[0].number) if len(row) == 1 else ""))


def _unit_loss(part, row, sketch):
    step = loss_forward(part, sketch)
    return step._replace(
        shapes=f"{len(row)} number{'s' if len(row) > 1 else ''} and the target → 1 number",
        numbers=[_renamed(part, row, line) for line in step.numbers],
        remembered=_renamed(part, row, step.remembered),
        current=("L",),
        shows={("above", "L"): f"L = {number(part.y)}"},
    )


def _unit_loss_back(passed, row, sketch):
    step = loss_back(passed[-1], sketch)
    linear = row[0].f is None
    mark = "δ" if linear else "dL/da"
    lines, shows = [], {}
    for unit, entry in zip(row, passed[-1].dx[0], strict=True):
        name = f"δ{low(unit.number)}" if linear else f"dL/da{low(unit.number)}"
        if "=" in step.numbers[0] and len(row) == 1 and len(step.numbers) == 1:
            rest = _renamed(passed[-1], row, step.numbers[0].split("=", 1)[1].strip())
            lines.append(f"{name} = " + rest.replace("[", "").replace("]", ""))
        else:
            lines.append(f"{name} = {number(entry)}")
        shows["below", unit.key] = f"{mark} = {number(entry)}"
    names = ", ".join(line.split(" =")[0] for line in lines)
    question = step.question._replace(prompt=names)
    return step._replace(
        title=f"{passed[-1].label}: {names}",
        numbers=lines,
        shows=shows | {("below", "L"): "dL/dL = 1"},
        shapes=f"{len(row)} number{'s' if len(row) > 1 else ''}, one for each output unit",
        current=("L",),
        question=question,
        local=question,
        given=tuple(_renamed(passed[-1], row, line) for line in step.given),
    )


def _unit_delta(unit, above):
    """delta of a unit: of a hidden one from the units above, of an output from the loss."""
    j, f = low(unit.number), name_of(unit.f) if unit.f else "identity"
    slope = slope_of(unit.f, np.array([[unit.s]]), ())[0, 0] if unit.f else 1.0
    letters, summed = _from_above(unit, above) if above else (f"dL/da{j}", bracket(unit.da))
    question, local = _delta_questions(unit, above, f, slope)
    return Step(
        "backward",
        f"unit {unit.number}: δ{j}",
        "unit.delta" if above else "output.back",
        {"layer": unit.layer, "depth": unit.layer, "unit": unit.number, "f": f},
        "1 number",
        [f"δ{j} = {f}'(s{j}) · {letters}", f"   = {bracket(slope)} · {summed} = {number(unit.delta)}"],
        current=(unit.key, *(upper.key for upper in above or ())),
        shows={("below", unit.key): f"δ = {number(unit.delta)}"},
        question=question,
        local=local,
    )


def _weights_above(unit, above):
    """The weights from a unit to those above."""
    place = above[0].below.index(unit.number) + 1
    return [upper.w[place] for upper in above]


def _from_above(unit, above):
    """The sum of the deltas above times the weights between, in letters and in numbers."""
    weights = _weights_above(unit, above)
    letters = [f"δ{low(upper.number)} w{low(upper.number)}{low(unit.number)}" for upper in above]
    terms = [f"{bracket(upper.delta)}·{bracket(w)}" for upper, w in zip(above, weights, strict=True)]
    return [f"({' + '.join(each)})" if len(above) > 1 else each[0] for each in (letters, terms)]


def _delta_questions(unit, above, f, slope):
    """What is asked for a delta: the number itself, and the local derivative f'(s)."""
    j = low(unit.number)
    mistakes = _path_mistakes(unit, above, slope) if above else ()
    hint = "Bring down the deltas from above, each through the weight that leads to it from here."
    if not unit.f:
        return Question(f"δ{j}", np.array([unit.delta]), mistakes, hint), None
    s, a, da = (np.array([entry]) for entry in (unit.s, unit.a, unit.da))
    question, local = slope_questions(
        unit.f, (), s, a, da, np.array([slope]), f"δ{j}", f"{f}'(s{j})", f"s{j}"
    )
    question = question._replace(prompt=f"δ{j}", mistakes=question.mistakes + mistakes)
    if above:
        question = question._replace(hint=f"{hint} Then one more factor: how steep is {f} at s{j}?")
    return question, local._replace(prompt=f"the local derivative {f}'(s{j})")


def _path_mistakes(unit, above, slope):
    """What becomes of the sum over the units above in wrong hands."""
    weights = _weights_above(unit, above)
    wrong = {
        "the weights above are forgotten: each delta comes down through its own weight": sum(
            upper.delta for upper in above
        ),
        "the deltas above are forgotten: those are only the weights": sum(weights),
    }
    if len(above) > 1:
        wrong |= {
            f"a path is missing: it has only what comes from unit {upper.number}": upper.delta * w
            for upper, w in zip(above, weights, strict=True)
        }
    return tuple((words, np.array([slope * total])) for words, total in wrong.items())


def _unit_weights(unit, value, every, sketch):
    """The gradients of the weights that lead to a unit, the bias first."""
    i, sources = low(unit.number), (0, *unit.below)
    value = value | {0: 1.0}
    keys = (f"bias {unit.layer}", *map(str, unit.below))
    question, local = _weights_questions(unit, value, every)
    return Step(
        "backward",
        f"unit {unit.number}: the gradients of its weights",
        "unit.weights",
        {"layer": unit.layer, "unit": unit.number},
        f"{len(sources)} numbers, one for each weight and the bias",
        [
            f"dL/dw{i}{low(j)} = δ{i} a{low(j)} = {bracket(unit.delta)}·{bracket(value[j])} = {number(entry)}"
            for j, entry in zip(sources, unit.dw, strict=True)
        ],
        current=(unit.key, *keys[1:]),
        shows={
            ("below", sketch.number(source, unit.key)): number(entry)
            for source, entry in zip(keys, unit.dw, strict=True)
        },
        question=question,
        local=local,
    )


def _weights_questions(unit, value, every):
    """What is asked for a unit's weights: delta times the inputs, and the inputs alone."""
    i, sources = low(unit.number), (0, *unit.below)
    inputs = np.array([value[j] for j in sources])
    mistakes = [
        ("the upstream delta is forgotten: those are the inputs of the unit", inputs),
        ("the local derivative is forgotten: each weight's own input is missing", 0 * inputs + unit.delta),
        (
            "the weights stand where the inputs belong: a product's derivative is the other factor",
            unit.delta * unit.w,
        ),
    ]
    if any(j in every and every[j].f for j in sources):
        before = np.array([every[j].s if j in every else value[j] for j in sources])
        words = "it is evaluated at the wrong place: at the pre-activations s of the units below, not at a"
        mistakes.append((words, unit.delta * before))
    alone = (
        ("the upstream delta is already in it: only the local derivatives are asked for", unit.dw),
        ("those are the weights: a product's derivative is the other factor", unit.w),
    )
    hint = f"w{i}ⱼ was multiplied by aⱼ on the way forward, and the bias by 1. Upstream is δ{i}."
    names = [f"w{i}{low(j)}" for j in sources]
    prompt = "the local derivatives " + ", ".join(f"ds{i}/d{name}" for name in names)
    question = Question(
        ", ".join(f"dL/d{name}" for name in names), unit.dw, tuple(mistakes), hint, abs(unit.delta)
    )
    return question, Question(prompt, inputs, alone, hint)
