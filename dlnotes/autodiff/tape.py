"""Reverse mode: a tape of Nodes, each with its pullback.      GBC 6.5; Strang VII.3; EE147 Backpropagation

W = Node(W0)
risk = lift_loss(cross_entropy)(lift(linear)(x, W, b), y)
backward(risk)                                             # W.grad is dR/dW
"""

import itertools
from functools import partial

import numpy as np

from dlnotes.arguments import name_of
from dlnotes.autodiff import operations
from dlnotes.autodiff.operations import Arithmetic, array
from dlnotes.optimizers import like

SYMBOLS = {
    np.add: "+", np.subtract: "−", np.multiply: "×", np.divide: "÷", np.power: "^",
    np.negative: "−", np.maximum: "max", np.minimum: "min", np.absolute: "abs", np.square: "square",
}  # fmt: skip


class Node(Arithmetic):
    """A value on the tape: what it is, which Nodes it was made of, and the way back to them.

    value, an array;  parents, Nodes;  back(dy) -> a gradient for each parent;  name, a label, or what you
    call a variable;  grad, dR/dvalue after `backward(R)`, zeros before.  Arrays and numbers that meet a Node
    are constants, {input slot: value}: they are not parents.  operation is "multiply", "matmul", "relu", ...

    A Node is no array.  A NumPy function without a rule here, a comparison, or `if node` is refused: look at
    node.value.  Two Nodes are equal if they are the same one.
    """

    __slots__ = ("value", "parents", "back", "name", "grad", "operation", "constants")
    __hash__ = object.__hash__

    def __init__(self, value, parents=(), back=None, name="", *, operation="", constants=()):
        if isinstance(value, Node):
            raise ValueError("value: got Node, want a number or a NumPy array")
        self.value, self.parents, self.back, self.name = array(value), tuple(parents), back, name
        self.grad = np.zeros(self.value.shape, getattr(self.value, "dtype", float))
        self.operation, self.constants = operation, dict(constants)

    def __repr__(self):
        value = self.value
        shown = np.array2string(value, precision=4) if isinstance(value, np.ndarray) else repr(value)
        return f"Node({self.name or 'variable'}, {shown})"

    def __eq__(self, other):
        if isinstance(other, (int, float, np.number, np.ndarray)):
            return np.equal(self, other)  # which refuses
        return self is other

    def __bool__(self):
        raise ValueError("node: got a Node for a truth value, want node.value")

    def __array__(self, *args, **options):
        raise ValueError("node: got a Node for an array, want node.value")

    def __array_function__(self, function, types, args, options):
        if function in METHODS:
            return METHODS[function](*args, **options)
        known = ", ".join(each.__name__ for each in METHODS)
        raise ValueError(f"np.{function.__name__}: got a Node, want one of {known}")

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__" or options:
            raise ValueError(f"np.{ufunc.__name__}: got {method} or out=, want the plain function of a Node")
        if ufunc is np.matmul:
            return lift(operations.matmul, name="@")(*inputs)
        if ufunc not in operations.PARTIALS:
            known = ", ".join(each.__name__ for each in operations.PARTIALS)
            raise ValueError(f"np.{ufunc.__name__}: got a Node, want one of {known}, matmul")
        y, pull = operations.pulled(ufunc, [_value(each) for each in inputs])
        slots = [slot for slot, each in enumerate(inputs) if isinstance(each, Node)]
        back = lambda dy: tuple(pull(dy, slot) for slot in slots)  # noqa: E731
        return _made(y, inputs, slots, back, _label(ufunc, inputs), ufunc.__name__)

    def __getitem__(self, index):
        return lift(partial(operations.take, index=index), name=f"[{index}]")(self)

    def sum(self, axis=None, keepdims=False):
        return lift(partial(operations.total, axis=axis, keepdims=keepdims), name="sum")(self)

    def reshape(self, *shape):
        shape = shape[0] if len(shape) == 1 else shape
        return lift(partial(operations.reshape, shape=shape), name="reshape")(self)

    def transpose(self):
        return lift(operations.transpose, name="transpose")(self)

    T = property(transpose)

    @property
    def shape(self):
        return self.value.shape

    @property
    def ndim(self):
        return len(self.value.shape)


METHODS = {
    np.sum: Node.sum,
    np.reshape: Node.reshape,
    np.transpose: Node.transpose,
    np.shape: lambda node: node.shape,
    np.ndim: lambda node: node.ndim,
}


def _made(value, inputs, slots, back, name, operation):
    """What an operation made of its inputs, Nodes in these slots and constants in the others."""
    constants = {slot: each for slot, each in enumerate(inputs) if slot not in slots}
    parents = [inputs[slot] for slot in slots]
    return Node(value, parents, back, name, operation=operation, constants=constants)


def lift(layer, name=""):
    """A layer on arrays as a function of Nodes: `lift(linear)(x, W, b)` is a Node with the parents x, W, b.

    The arguments are x and the entries of params, Nodes or arrays, also in nests: `lift(chain(linear, tanh))
    (x, (W, b), ())`.  Arrays are constants.  Options of the layer: `lift(partial(layer, option=1))`.
    """

    def lifted(x, *params):
        inputs = list(_leaves((x, params)))
        slots = [slot for slot, each in enumerate(inputs) if isinstance(each, Node)]
        if not slots:
            raise ValueError(f"{name_of(layer)}: got no Node, want one at least among x and params")
        values = (each.value if isinstance(each, Node) else array(each, "constant") for each in inputs)
        y, layer_back = layer(*like((x, params), values))

        def back(dy):
            grads = list(_leaves(layer_back(dy)))
            if len(grads) != len(inputs):
                raise ValueError(f"{name_of(layer)}: got {len(grads)} gradients, want {len(inputs)}")
            return tuple(grads[slot] for slot in slots)

        return _made(y, inputs, slots, back, name or name_of(layer), name_of(layer))

    return lifted


def lift_loss(loss):
    """A loss as a function of a Node: `lift_loss(cross_entropy)(output, target)` is the risk, a Node."""

    def lifted(output, target):
        if not isinstance(output, Node):
            raise ValueError(f"output: got {type(output).__name__}, want a Node")
        risk, delta = loss(output.value, target)
        risk = np.asarray(risk, delta.dtype) if isinstance(risk, float) else risk  # or a Dual
        back = lambda dy: (dy * delta,)  # noqa: E731
        return _made(risk, (output, target), (0,), back, name_of(loss), name_of(loss))

    return lifted


def as_layer(function):
    """The other way: a function of Nodes as a layer, whose pullback is one walk back.

    `as_layer(function)(x, params)` calls function(x, *params); `verify.layer` can then check it.
    """

    def layer(x, params=()):
        inputs = [Node(each) for each in (x, *params)]
        y = function(*inputs)

        def back(dy):
            backward(y, dy)
            dx, *grads = (each.grad for each in inputs)
            return dx, tuple(grads)

        return y.value, back

    return layer


def order(node):
    """All Nodes that `node` was made of, `node` last, and each of them behind its parents."""
    _node(node)
    found, seen, stack = [], {node}, [(node, iter(node.parents))]
    while stack:  # not recursive: a recurrent network of 5000 steps is a chain of 5000 nodes
        current, parents = stack[-1]
        parent = next(parents, None)
        if parent is None:
            found.append(current)
            stack.pop()
        elif parent not in seen:
            seen.add(parent)
            stack.append((parent, iter(parent.parents)))
    return found


def consumers(node):
    """Who uses what: {each Node behind `node`: [(consumer, input slot), ...]}; in x * x, x stands in two."""
    users = {each: [] for each in order(node)}
    for each in users:
        for slot, parent in enumerate(each.parents):
            users[parent].append((each, slot))
    return users


def backward(node, dy=None):
    """Walk back from `node`: each Node behind it gets `grad`, the gradient of the sum of dy * node.value.

    dy, an array in the shape of node.value, may be left out where that is a single number: then it is 1.
    Where paths meet, gradients add up; each edge is walked once.  Every call starts afresh: it replaces the
    gradients of an earlier one, and adds nothing to them (in PyTorch it would), and Nodes that `node` was not
    made of keep theirs.
    """
    nodes = order(node)
    dy = _upstream(dy, node)
    grads = {node: dy}
    for each in reversed(nodes):  # all consumers of a Node come before it
        each.grad = array(grads.pop(each))
        if not each.parents:
            continue
        for parent, grad in zip(each.parents, _pulled(each), strict=True):
            grads[parent] = grads[parent] + grad if parent in grads else grad


def record(node, dy=None):
    """Walk back from `node`, and give the tape as plain lists, for looking at; number k is order(node)[k].

    {"parents": [(0, 1), ...], "names", "values", "grads", "sent"}: sent[k] is what k passed to each parent.
    """
    backward(node, dy)
    nodes = order(node)
    place = {each: number for number, each in enumerate(nodes)}
    return {
        "parents": [tuple(place[parent] for parent in each.parents) for each in nodes],
        "names": [each.name for each in nodes],
        "values": [each.value for each in nodes],
        "grads": [each.grad for each in nodes],
        "sent": [_pulled(each) if each.parents else () for each in nodes],
    }


def _pulled(node):
    """The gradients for the parents of a Node, in their shapes."""
    if node.back is None:
        raise ValueError(f"{node!r}: got {len(node.parents)} parents and no back, want the way back to them")
    grads, wanted = node.back(node.grad), len(node.parents)
    if not isinstance(grads, tuple) or len(grads) != wanted:
        got = f"{len(grads)} gradients" if isinstance(grads, tuple) else type(grads).__name__
        raise ValueError(f"{node.name}: back: got {got}, want a tuple of {wanted}, one for each parent")
    for slot, (parent, grad) in enumerate(zip(node.parents, grads, strict=True)):
        if np.shape(grad) != parent.shape:
            got = f"shape {np.shape(grad)} for parent {slot}"
            raise ValueError(f"{node.name}: back: got a gradient of {got}, want {parent.shape}")
    return grads


def _upstream(dy, node):
    """Where the walk back starts."""
    if dy is None:
        if set(node.shape) - {1}:
            raise ValueError(f"dy: got none for a value of shape {node.shape}, want an array of that shape")
        return np.ones(node.shape, node.grad.dtype)
    if isinstance(dy, Node):
        raise ValueError("dy: got Node, want a NumPy array")
    dy = array(dy, "dy")
    if dy.shape != node.shape:
        raise ValueError(f"dy: got shape {dy.shape}, want {node.shape}, the shape of node.value")
    return dy


def _node(node):
    if not isinstance(node, Node):
        raise ValueError(f"node: got {type(node).__name__}, want a Node")


def _leaves(tree):
    """What stands in a nest of tuples and lists, in order."""
    if not isinstance(tree, (tuple, list)):
        return iter((tree,))
    return itertools.chain.from_iterable(map(_leaves, tree))


def _value(each):
    return each.value if isinstance(each, Node) else each


def _label(ufunc, inputs):
    """How a Node made by a ufunc is called: "×", and with a constant "2 ×" or "× 2"."""
    symbol = SYMBOLS.get(ufunc, ufunc.__name__)
    words = [_constant(each) for each in inputs if not isinstance(each, Node)]
    if not words:
        return symbol
    return f"{symbol} {words[0]}" if isinstance(inputs[0], Node) else f"{words[0]} {symbol}"


def _constant(value):
    return f"{np.asarray(value).item():g}" if np.size(value) == 1 else "constant"
