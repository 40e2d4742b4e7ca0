"""The walk through a graph of autodiff Nodes, one operation a step."""

from typing import NamedTuple

import numpy as np

from dlnotes.live.formulas import filled, number, shape
from dlnotes.live.questions import Question
from dlnotes.live.walk import Sketch, Step, Walk, bracket, low

INFIX = ("+", "−", "×", "÷", "^")
SLOPES = {  # the local derivatives of an operation, in letters: u its result, a and b its inputs
    "+": ("1", "1"),
    "−": ("1", "-1"),
    "×": ("{b}", "{a}"),
    "÷": ("1/{b}", "-{u}/{b}"),
    "^": ("{b} {a}^({b} - 1)", "{u} log {a}"),
    "max": ("1 where {a} is larger", "1 where {b} is larger"),
    "min": ("1 where {a} is smaller", "1 where {b} is smaller"),
    "negative": ("-1",),
    "exp": ("{u}",),
    "log": ("1/{a}",),
    "sqrt": ("1/(2 {u})",),
    "square": ("2 {a}",),
    "sin": ("cos {a}",),
    "cos": ("-sin {a}",),
    "tanh": ("1 - {u}²",),
    "sigmoid": ("{u} (1 - {u})",),
    "relu": ("1 if {a} > 0, else 0",),
    "softplus": ("sigmoid({a})",),
    "abs": ("the sign of {a}",),
}
MISPLACED = {  # the same derivatives, evaluated at the result in place of the argument
    "exp": np.exp,
    "log": lambda u: 1 / u,
    "sqrt": lambda u: 0.5 / np.sqrt(u),
    "square": lambda u: 2 * u,
    "sin": np.cos,
    "cos": lambda u: -np.sin(u),
    "tanh": lambda u: 1 - np.tanh(u) ** 2,
    "sigmoid": lambda u: 1 / (2 + 2 * np.cosh(u)),
    "softplus": lambda u: 1 / (1 + np.exp(-u)),
}


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
    sketch, edge_of = Sketch(), {}
    for k, each in enumerate(order):
        sketch.place(
            f"n{k}",
            each.name if each.parents else symbols[id(each)],
            "operation" if each.parents else "input",
            symbols[id(each)] if each.parents else "",
        )
    keys = {id(each): f"n{k}" for k, each in enumerate(order)}
    for each in order:
        for slot, parent in enumerate(each.parents):
            edge_of[id(each), slot] = sketch.edge(keys[id(parent)], keys[id(each)])
            users[id(parent)] += 1
            if not parent.parents:
                sketch.start["above", edge_of[id(each), slot]] = _short(parent.value)
    sketch.place("out", symbols[id(node)], "input")
    final = sketch.edge(keys[id(node)], "out")
    places = _Places(node, order, symbols, keys, edge_of, final, users, upstream, contributions)

    steps = [_operation_forward(each, places) for each in order if each.parents]
    seed = Question(
        f"d{symbols[id(node)]}/d{symbols[id(node)]}",
        np.ones(np.shape(node.value)),
        (),
        "How much does a number change when it changes by one?",
    )
    name = symbols[id(node)]
    steps.append(
        Step(
            "backward",
            f"the start: d{name}/d{name}",
            "seed",
            {},
            "1 number" if np.ndim(node.value) == 0 else shape(node.value),
            [f"d{name}/d{name} = {_short(seed.want)}"],
            current=("out",),
            shows={("below", final): _short(seed.want)},
            question=seed,
            local=seed,
        )
    )
    arrived = {id(each): 0 for each in order}
    for each in reversed(order):
        if each.parents:
            steps.append(_operation_back(each, places, arrived))
    return Walk(tuple(sketch.places), tuple(sketch.edges), sketch.start, steps)


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
        "forward",
        f"{name} = {_expression(symbol, operands)}",
        "operation",
        {},
        shapes,
        line,
        remembered=kept,
        current=(places.keys[id(each)],),
        shows=shows,
    )


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
    return (
        ", ".join(n for n in dict.fromkeys(needed) if n in names or n == name) + ", for the way back"
        if needed
        else "nothing: its derivative is a constant"
    )


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
            lines.append(
                f"{line};  times d{root}/d{name}: {product}"
                if name == root
                else f"{line};  {wanted} = {way} = {product}"
            )
        else:
            lines += filled(f"{wanted} =", grad)
    totals = _totals(each, places, arrived)
    lines += [
        f"all paths together: d{root}/d{places.symbols[key]} = {_short(places.upstream[key])}"
        for key in totals
    ]
    for key in totals:
        shows["below", places.keys[key]] = f"Σ {_short(places.upstream[key])}"
    question, local = _operation_questions(each, places, symbol, slots, names, gradients, locals_, up)
    shapes = _shapes([f"d{root}/d{name}"], [up], [f"d{root}/d{n}" for n in names], gradients)
    return Step(
        "backward",
        f"back through {name} = {_expression(symbol, operands)}",
        "operation.back",
        {},
        shapes,
        lines,
        current=(places.keys[id(each)],),
        shows=shows,
        question=question,
        local=local,
    )


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
            f"d{root}/d{names[big]} {shape(want)}",
            want,
            (
                (
                    "the upstream gradient is forgotten",
                    np.asarray(each.back(np.ones(np.shape(each.value)))[big]),
                ),
                *(
                    (("the operation's own derivative is forgotten", up),)
                    if np.shape(up) == np.shape(want)
                    else ()
                ),
                *((("it is transposed", want.T),) if np.ndim(want) == 2 else ()),
            ),
            "Its shape is that of the value that it belongs to.",
        ), None
    want = np.array([grad.item() for grad in gradients])
    slope = np.array([entry.item() for entry in locals_])
    g, u = up.item(), each.value.item()
    mistakes = [
        ("the upstream gradient is forgotten: that is the local derivative alone", slope),
        (
            "the local derivative is forgotten: that is the upstream gradient as it came",
            np.full(len(want), g),
        ),
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
    mistakes.append(
        (
            "that is the value from the way forward, not a derivative",
            np.array([parent.value.item() for parent in each.parents]),
        )
    )
    at.append(("that is the value from the way forward, not a derivative", np.full(len(want), u)))
    totals = np.array([places.upstream[id(parent)].item() for parent in each.parents])
    mistakes.append(("the other path is already in it: asked is what comes by this edge", totals))
    which = ", ".join(f"d{root}/d{n}" for n in names) + (
        f", by way of {name}" if any(places.users[id(p)] > 1 for p in each.parents) else ""
    )
    hint = (
        f"Upstream is d{root}/d{name}, below the edge that leaves {name}. How does {name} change when "
        + " or ".join(dict.fromkeys(names))
        + " changes a little?"
    )
    question = Question(which, want, tuple(mistakes), hint, abs(g))
    local = Question(", ".join(f"d{name}/d{n}" for n in names), slope, tuple(at), hint.split(". ", 1)[1])
    return question, local
