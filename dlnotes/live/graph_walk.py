"""The walk through a graph of autodiff Nodes, one operation a step."""

from typing import NamedTuple

import numpy as np

from dlnotes.live.formulas import filled, number, shape
from dlnotes.live.questions import Question
from dlnotes.live.walk import Sketch, Step, Walk, bracket, low

INFIX = {"add": " + ", "subtract": " - ", "multiply": " · ", "divide": " / ", "power": "^", "matmul": " @ "}
SLOPES = {  # the local derivatives of an operation, in letters: u its result, a and b its inputs
    "add": ("1", "1"),
    "subtract": ("1", "-1"),
    "multiply": ("{b}", "{a}"),
    "divide": ("1/{b}", "-{u}/{b}"),
    "power": ("{b} {a}^({b} - 1)", "{u} log {a}"),
    "maximum": ("1 where {a} is larger", "1 where {b} is larger"),
    "minimum": ("1 where {a} is smaller", "1 where {b} is smaller"),
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
    "absolute": ("the sign of {a}",),
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
    if np.size(node.value) != 1:
        raise ValueError(f"node: got a value of shape {np.shape(node.value)}, want a single number")
    order = _order(node)
    symbols, sketch, edge_of = _symbols(order, names or {}), Sketch(), {}
    users = {id(each): 0 for each in order}
    keys = {id(each): f"n{k}" for k, each in enumerate(order)}
    for each in order:
        symbol = symbols[id(each)]
        place = (each.name or each.operation, "operation", symbol) if each.parents else (symbol, "input")
        sketch.place(keys[id(each)], *place)
        for slot, parent in enumerate(each.parents):
            edge_of[id(each), slot] = sketch.edge(keys[id(parent)], keys[id(each)])
            users[id(parent)] += 1
            if not parent.parents:
                sketch.start["above", edge_of[id(each), slot]] = _short(parent.value)
    sketch.place("out", symbols[id(node)], "input")
    final = sketch.edge(keys[id(node)], "out")
    places = _Places(node, order, symbols, keys, edge_of, final, users, *_gradients(node, order))

    made = [each for each in order if each.parents]
    arrived = dict.fromkeys(users, 0)
    steps = [_operation_forward(each, places) for each in made]
    steps.append(_seed(places))
    steps += [_operation_back(each, places, arrived) for each in reversed(made)]
    return Walk(tuple(sketch.places), tuple(sketch.edges), sketch.start, steps)


def _symbols(order, names):
    """What every Node is called: {id: "x"}, results u₁, u₂, ... and the last of them F."""
    given = {id(each): name for name, each in names.items()}
    symbols, results, leaves = {}, 0, 0
    for each in order:
        results, leaves = results + bool(each.parents), leaves + (not each.parents)
        own = ("F" if each is order[-1] else f"u{low(results)}") if each.parents else each.name
        symbols[id(each)] = given.get(id(each)) or own or f"v{low(leaves)}"
    return symbols


def _seed(places):
    """The first step back: the derivative of the result with respect to itself."""
    name = places.symbols[id(places.root)]
    question = Question(
        f"d{name}/d{name}",
        np.ones(np.shape(places.root.value)),
        (),
        "How much does a number change when it changes by one?",
    )
    return Step(
        "backward",
        f"the start: d{name}/d{name}",
        "seed",
        {},
        "1 number",
        [f"d{name}/d{name} = 1"],
        current=("out",),
        shows={("below", places.final): "1"},
        question=question,
        local=question,
    )


class _Places(NamedTuple):
    """What the steps of a graph share; Nodes are known by their id."""

    root: object
    order: list
    symbols: dict  # {id: "u₁"}
    keys: dict  # of their places in the drawing
    edge_of: dict  # {(id of a user, slot): number of the edge}
    final: int  # the edge behind the root
    users: dict  # how many edges leave a Node
    upstream: dict  # {id: dF/dvalue}
    contributions: dict  # what each edge brings of it


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
    """What an operation works on, its Nodes by these names and its constants, and the slots of the Nodes."""
    count = len(names) + len(node.constants)
    slots = [slot for slot in range(count) if slot not in node.constants]
    operands = {slot: _short(value) for slot, value in node.constants.items()} | dict(
        zip(slots, names, strict=True)
    )
    return [operands[slot] for slot in range(count)], slots


def _expression(operation, operands):
    if operation in INFIX:
        return INFIX[operation].join(operands)
    if operation == "negative":
        return f"-{operands[0]}"
    inside = [each[1:-1] if each.startswith("(") else each for each in operands]
    return f"{operation.replace('_', ' ')}({', '.join(inside)})"


def _operation_forward(each, places):
    names = [places.symbols[id(parent)] for parent in each.parents]
    name = places.symbols[id(each)]
    operands, slots = _operands(each, names)
    line = f"{name} = {_expression(each.operation, operands)}"
    if all(np.size(part.value) == 1 for part in (each, *each.parents)):
        values = [bracket(parent.value.item()) for parent in each.parents]
        put_in, _ = _operands(each, values)
        line = [f"{line} = {_expression(each.operation, put_in)} = {number(each.value.item())}"]
    else:
        line = filled(line, "=", each.value)
    shows = {("above", edge): _short(each.value) for edge in _edges_from(each, places)}
    kept = _kept(each.operation, operands, names, slots, name)
    shapes = _shapes(names, [parent.value for parent in each.parents], [name], [each.value])
    return Step(
        "forward",
        f"{name} = {_expression(each.operation, operands)}",
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


def _kept(operation, operands, names, slots, name):
    """What the local derivatives are made of."""
    if operation not in SLOPES:
        return ", ".join(names) + ", for the way back"
    texts = " ".join(SLOPES[operation][slot] for slot in slots)
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
    operands, slots = _operands(each, names)
    up = places.upstream[id(each)]
    gradients = [places.contributions[id(each), slot] for slot in range(len(each.parents))]
    shows = {("below", places.edge_of[id(each), slot]): _short(grad) for slot, grad in enumerate(gradients)}
    lines, scalar = [], all(np.size(part.value) == 1 for part in (each, *each.parents))
    locals_ = [np.asarray(grad) for grad in each.back(np.ones(np.shape(each.value)))] if scalar else None
    for slot, (parent, grad) in enumerate(zip(each.parents, gradients, strict=True)):
        wanted = f"d{root}/d{names[slot]}" + (f" by way of {name}" if places.users[id(parent)] > 1 else "")
        if scalar:
            slope, part = number(locals_[slot].item()), f"d{name}/d{names[slot]}"
            text = _slope_text(each.operation, operands, slots[slot], name)
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
    question, local = _operation_questions(each, places, names, gradients, locals_, up)
    shapes = _shapes([f"d{root}/d{name}"], [up], [f"d{root}/d{n}" for n in names], gradients)
    return Step(
        "backward",
        f"back through {name} = {_expression(each.operation, operands)}",
        "operation.back",
        {},
        shapes,
        lines,
        current=(places.keys[id(each)],),
        shows=shows,
        question=question,
        local=local,
    )


def _slope_text(operation, operands, slot, name):
    """A local derivative in letters, "" where it is not known."""
    if operation not in SLOPES:
        return ""
    if operation == "power" and slot == 0 and operands[1] in ("2", "3"):
        return f"2 {operands[0]}" if operands[1] == "2" else f"3 {operands[0]}^2"
    return SLOPES[operation][slot].format(u=name, **dict(zip("ab", [*operands, ""], strict=False)))


def _totals(each, places, arrived):
    """The Nodes with several users of which the last has now sent its gradient."""
    done = []
    for parent in each.parents:
        arrived[id(parent)] += 1
        if arrived[id(parent)] == places.users[id(parent)] > 1:
            done.append(id(parent))
    return done


def _operation_questions(each, places, names, gradients, locals_, up):
    """What is asked at an operation: the gradients of its inputs, and its local derivatives."""
    if locals_ is None:
        return _array_question(each, places, names[0], gradients[0], up), None
    name, root = places.symbols[id(each)], places.symbols[id(places.root)]
    want = np.array([grad.item() for grad in gradients])
    slope = np.array([entry.item() for entry in locals_])
    mistakes, at = _slope_mistakes(each, name, names, slope)
    values = np.array([parent.value.item() for parent in each.parents])
    totals = np.array([places.upstream[id(parent)].item() for parent in each.parents])
    mistakes = [
        ("the upstream gradient is forgotten: that is the local derivative alone", slope),
        (
            "the local derivative is forgotten: that is the upstream gradient as it came",
            0 * slope + up.item(),
        ),
        *((words, up.item() * wrong) for words, wrong in mistakes),
        ("that is the value from the way forward, not a derivative", values),
        ("the other path is already in it: asked is what comes by this edge", totals),
    ]
    at = [("the upstream gradient is already in it: only the local derivative is asked for", want), *at]
    way = f", by way of {name}" if any(places.users[id(parent)] > 1 for parent in each.parents) else ""
    asked_for = ", ".join(f"d{root}/d{n}" for n in names) + way
    change = f"How does {name} change when {' or '.join(dict.fromkeys(names))} changes a little?"
    hint = f"Upstream is d{root}/d{name}, below the edge that leaves {name}. {change}"
    question = Question(asked_for, want, tuple(mistakes), hint, abs(up.item()))
    return question, Question(", ".join(f"d{name}/d{n}" for n in names), slope, tuple(at), change)


def _slope_mistakes(each, name, names, slope):
    """Wrong local derivatives with their names: those to be multiplied by upstream, and those asked alone."""
    wrong = []
    if len(slope) == 2:
        words = "it is evaluated at the wrong place: the two inputs are exchanged"
        if each.operation in ("add", "subtract"):  # a constant slope
            words = "the minus belongs to the other input"
        wrong.append((words, slope[::-1]))
    if len(slope) == 1 and each.operation in MISPLACED:
        with np.errstate(all="ignore"):
            at_result = np.array([MISPLACED[each.operation](each.value.item())])
        words = f"it is evaluated at the wrong place: at the result {name}, not at {names[0]}"
        wrong.append((words, at_result))
    value = ("that is the value from the way forward, not a derivative", 0 * slope + each.value.item())
    return wrong, [*wrong, value]


def _array_question(each, places, name, want, up):
    """What is asked where arrays are at work: the gradient of the first input."""
    alone = np.asarray(each.back(np.ones(np.shape(each.value)))[0])
    mistakes = [("the upstream gradient is forgotten", alone)]
    if np.shape(up) == np.shape(want):
        mistakes.append(("the operation's own derivative is forgotten", up))
    if np.ndim(want) == 2:
        mistakes.append(("it is transposed", want.T))
    prompt = f"d{places.symbols[id(places.root)]}/d{name} {shape(want)}"
    return Question(prompt, want, tuple(mistakes), "Its shape is that of the value that it belongs to.")
