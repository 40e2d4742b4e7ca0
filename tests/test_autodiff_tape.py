"""The tape: each operation against central differences and PyTorch, then whole graphs; refusals."""

from functools import partial

import numpy as np
import pytest

from dlnotes import initialization, layers, losses, verify
from dlnotes.autodiff import (
    PARTIALS,
    Dual,
    Node,
    as_layer,
    backward,
    consumers,
    lift,
    lift_loss,
    order,
    record,
)
from dlnotes.autodiff.operations import matmul, operation, reshape, take, total, transpose


def generic(seed, *shapes):
    """Random arrays: no zeros, no ones, both signs."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def positive(seed, *shapes):
    return [np.exp(array) for array in generic(seed, *shapes)]


# name, the operation as a layer, its arguments x and params, the same in PyTorch
ELEMENTWISE = [
    ("add", np.add, generic(1, (5, 3), (5, 3)), lambda t, a, b: a + b),
    ("add, broadcast", np.add, generic(1, (5, 3), (3,)), lambda t, a, b: a + b),
    ("add, broadcast both", np.add, generic(1, (5, 1, 2), (1, 4, 1)), lambda t, a, b: a + b),
    ("subtract", np.subtract, generic(2, (5, 1), (3,)), lambda t, a, b: a - b),
    ("multiply", np.multiply, generic(3, (5, 3), (5, 3)), lambda t, a, b: a * b),
    ("multiply, broadcast", np.multiply, generic(3, (4,), (5, 1)), lambda t, a, b: a * b),
    ("divide", np.divide, generic(4, (5, 3), (3,)), lambda t, a, b: a / b),
    ("power", np.power, positive(5, (5, 3), (3,)), lambda t, a, b: a**b),
    ("maximum", np.maximum, generic(6, (5, 3), (3,)), lambda t, a, b: t.maximum(a, b)),
    ("minimum", np.minimum, generic(6, (5, 3), (3,)), lambda t, a, b: t.minimum(a, b)),
    ("negative", np.negative, generic(7, (5, 3)), lambda t, a: -a),
    ("exp", np.exp, generic(7, (5, 3)), lambda t, a: t.exp(a)),
    ("log", np.log, positive(7, (5, 3)), lambda t, a: t.log(a)),
    ("sqrt", np.sqrt, positive(7, (5, 3)), lambda t, a: t.sqrt(a)),
    ("square", np.square, generic(7, (5, 3)), lambda t, a: a**2),
    ("sin", np.sin, generic(7, (5, 3)), lambda t, a: t.sin(a)),
    ("cos", np.cos, generic(7, (5, 3)), lambda t, a: t.cos(a)),
    ("tanh", np.tanh, generic(7, (5, 3)), lambda t, a: t.tanh(a)),
    ("absolute", np.absolute, generic(7, (5, 3)), lambda t, a: t.abs(a)),
    ("sign", np.sign, generic(7, (5, 3)), lambda t, a: t.sign(a)),
    ("heaviside", np.heaviside, generic(7, (5, 3), (5, 3)), lambda t, a, b: (a > 0) + 0 * a + 0 * b),
]
OTHERS = [
    ("matmul", matmul, generic(8, (5, 3), (3, 4)), lambda t, a, b: a @ b),
    ("matrix and vector", matmul, generic(8, (5, 3), (3,)), lambda t, a, b: a @ b),
    ("vector and matrix", matmul, generic(8, (3,), (3, 4)), lambda t, a, b: a @ b),
    ("sum over an axis", partial(total, axis=0), generic(8, (5, 3)), lambda t, a: a.sum(0)),
    (
        "sum over two, kept",
        partial(total, axis=(0, 2), keepdims=True),
        generic(8, (5, 3, 2)),
        lambda t, a: a.sum((0, 2), True),
    ),
    ("transpose", transpose, generic(8, (5, 3)), lambda t, a: a.T),
    ("reshape", partial(reshape, shape=(3, 5)), generic(8, (5, 3)), lambda t, a: a.reshape(3, 5)),
    ("take", partial(take, index=[1, 3, 1]), generic(8, (5, 3)), lambda t, a: a[[1, 3, 1]]),
]
OPERATIONS = [(name, operation(ufunc), *rest) for name, ufunc, *rest in ELEMENTWISE] + OTHERS
EACH = pytest.mark.parametrize(
    ("layer", "arrays", "reference"), [case[1:] for case in OPERATIONS], ids=[case[0] for case in OPERATIONS]
)


def test_every_operation_of_the_table_is_tried():
    assert {ufunc for _, ufunc, *_ in ELEMENTWISE} == set(PARTIALS)


@EACH
def test_an_operation_matches_central_differences(layer, arrays, reference):
    x, *params = arrays
    verify.layer(layer, x, tuple(params), np.random.default_rng(2))


@EACH
def test_an_operation_agrees_with_pytorch(layer, arrays, reference):
    torch = pytest.importorskip("torch")
    verify.against_torch(layer, lambda *t: reference(torch, *t), *arrays, rng=np.random.default_rng(2))


@EACH
def test_an_operation_keeps_float32(layer, arrays, reference):
    x, *params = [array.astype("float32") for array in arrays]
    y, back = layer(x, tuple(params))
    dx, grads = back(y)
    assert {each.dtype.name for each in (y, dx, *grads)} == {"float32"}


# a function of Nodes, and the arguments it is tried at
FUNCTIONS = [
    (lambda x, y: x**2 * (x + y), generic(1, (1,), (1,))),
    (lambda x: 1 / (1 + np.exp(-x)), generic(2, (5, 3))),
    (lambda x: np.sin(np.cos(np.sin(x))), generic(3, (4,))),
    (lambda x, W, b: np.tanh(x @ W.T + b), generic(4, (5, 3), (4, 3), (4,))),
    (lambda x, w: (x @ w - 1.5) ** 2, generic(5, (5, 3), (3,))),
    (lambda x: np.log(np.exp(x).sum(axis=1, keepdims=True)) - x, generic(6, (5, 3))),
    (lambda x: np.ones((2, 5)) @ x - 3 * x[:2] + 2.0**3, generic(7, (5, 3))),
    (lambda x: x.reshape(3, 5).T.reshape((5, 3)) * x[0] / (2 - x[0] * x[0]) + abs(-x), generic(8, (5, 3))),
    (lambda x: x.sum() * np.sum(x * x), generic(9, (5, 3))),
]


@pytest.mark.parametrize(("function", "arrays"), FUNCTIONS)
def test_a_function_of_nodes_matches_central_differences(function, arrays):
    x, *params = arrays
    verify.layer(as_layer(function), x, tuple(params), np.random.default_rng(2))


@pytest.mark.parametrize(("function", "arrays"), FUNCTIONS)
def test_a_function_of_nodes_runs_on_arrays_alike(function, arrays):
    np.testing.assert_array_equal(function(*map(Node, arrays)).value, function(*arrays))


@pytest.mark.parametrize(
    ("x", "y", "want"), [(2.0, 3.0, (0.0, 2.0)), (3.0, 2.0, (2.0, 0.0)), (2.0, 2.0, (1.0, 1.0))]
)
def test_a_max_gate_routes_to_the_winner_and_shares_at_a_tie(x, y, want):
    x, y = Node(x), Node(y)
    backward(np.maximum(x, y), 2.0)
    assert (x.grad, y.grad) == want


def test_gradients_add_up_where_paths_meet():
    x = Node(3.0)
    backward(x * x)
    assert x.grad == 6
    backward(x + x)
    assert x.grad == 2
    y = x * x  # y has two consumers, and x has three
    backward(y * y + y + x)
    assert x.grad == 4 * 3**3 + 2 * 3 + 1


def test_a_weight_that_is_used_three_times_has_the_gradient_of_pytorch():
    torch = pytest.importorskip("torch")
    x, W, b = generic(1, (5, 3), (3, 3), (3,))
    layer, tanh = lift(layers.linear), lift(layers.tanh)
    nodes = [Node(each) for each in (x, W, b)]
    a = nodes[0]
    for _ in range(3):
        a = tanh(layer(a, *nodes[1:]))
    (dy,) = generic(2, (5, 3))
    backward(a, dy)

    tensors = [torch.tensor(each, requires_grad=True) for each in (x, W, b)]
    a = tensors[0]
    for _ in range(3):
        a = torch.tanh(torch.nn.functional.linear(a, *tensors[1:]))
    a.backward(torch.tensor(dy))
    for node, tensor in zip(nodes, tensors, strict=True):
        np.testing.assert_allclose(node.grad, tensor.grad.numpy(), rtol=1e-12, atol=1e-12)


def test_a_lifted_network_with_nested_parameters_and_a_loss_has_the_gradients_of_its_pullback():
    rng = np.random.default_rng(1)
    net, params = layers.chain(*layers.mlp(2, layers.tanh)), initialization.mlp(rng, 3, 4, 2)
    x, y = rng.normal(size=(5, 3)), rng.integers(0, 2, 5)
    output, back = net(x, params)
    risk, delta = losses.cross_entropy(output, y)
    _, grads = back(delta)

    nodes = [tuple(map(Node, own)) for own in params]
    R = lift_loss(losses.cross_entropy)(lift(net)(x, *nodes), y)
    backward(R)
    assert R.value == risk and R.name == "cross_entropy" and R.parents[0].name == "network"
    for own, want in zip(nodes, grads, strict=True):
        for node, grad in zip(own, want, strict=True):
            np.testing.assert_array_equal(node.grad, grad)


def test_options_of_a_layer_come_by_partial_and_its_node_is_named_after_it():
    x = Node(generic(1, (5, 3))[0])
    y = lift(partial(total, axis=1))(x)
    assert y.shape == (5,) and y.name == "total" and y.parents == (x,)


def test_every_call_of_backward_starts_afresh():
    x = Node(3.0)
    y = x * x
    backward(y)
    backward(y)
    assert x.grad == 6
    backward(y, 10.0)
    assert x.grad == 60


def test_a_variable_that_the_node_was_not_made_of_has_gradient_zero():
    x, other = Node(3.0), Node(generic(1, (5, 3))[0])
    backward(x * x)
    np.testing.assert_array_equal(other.grad, np.zeros((5, 3)))


def test_each_node_is_walked_back_through_once_however_many_paths_there_are():
    walked = []

    def doubled(node):
        y = node + node

        def back(dy, back=y.back):
            walked.append(dy)
            return back(dy)

        y.back = back
        return y

    x = y = Node(1.0)
    for _ in range(40):  # 2^40 paths
        y = doubled(y)
    backward(y)
    assert x.grad == 2.0**40 and len(walked) == 40


def test_a_chain_of_5000_operations_needs_no_recursion():
    x = y = Node(1.0)
    for _ in range(5000):
        y = y * 1.001
    backward(y)
    np.testing.assert_allclose(x.grad, 1.001**5000, rtol=1e-10)


def test_parents_come_before_what_is_made_of_them():
    x = Node(2.0)
    y = np.sin(x) * x + np.exp(x * x)
    place = {node: number for number, node in enumerate(order(y))}
    assert place[y] == len(place) - 1
    assert all(place[parent] < place[node] for node in place for parent in node.parents)


def test_the_record_of_a_tape_has_the_graph_its_numbers_and_what_each_node_passed_back():
    x, y = Node(2.0, name="x"), Node(3.0, name="y")
    tape = record(x**2 * (x + y))
    assert tape["parents"] == [(), (0,), (), (0, 2), (1, 3)]
    assert tape["names"] == ["x", "^ 2", "y", "+", "×"]
    assert tape["values"] == [2, 4, 3, 5, 20]
    assert tape["grads"] == [24, 5, 4, 4, 1]
    assert tape["sent"] == [(), (20,), (), (4, 4), (5, 4)]


def test_consumers_are_named_with_their_input_slot():
    x = Node(2.0)
    y = x * x
    z = y + 1
    assert consumers(z) == {x: [(y, 0), (y, 1)], y: [(z, 0)], z: []}


def test_constants_are_no_parents_and_stand_in_the_name():
    x = Node(2.0, name="x")
    assert (1 + x).parents == (x,) and (1 + x).name == "1 +" and (x**2).name == "^ 2"
    assert (np.ones(3) * x).name == "constant ×" and (x - x).name == "−" and np.exp(x).name == "exp"
    assert repr(x) == "Node(x, 2.)"


def test_the_power_of_a_negative_number_has_a_gradient_and_no_warning():
    x = Node(-2.0)
    backward(x**3)
    assert x.grad == 12


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (2 * np.exp(-x) / 3 + x**2).sum(),
        lambda x: (2.0**x * x**0).sum(),
        lambda x: lift_loss(losses.squared_error)(lift(layers.tanh)(x), np.float32([0.5, -0.5])),
    ],
)
def test_float32_stays_float32(function):
    y = function(Node(np.float32([1.5, 2.5])))
    backward(y)
    assert {each.dtype.name for node in order(y) for each in (node.value, node.grad)} == {"float32"}


@pytest.mark.parametrize(
    ("base", "exponent", "want"),
    [(0.0, 0.0, (0, 0)), (0.0, 2.0, (0, 0)), (0.0, 1.0, (1, 0)), (2.0, 0.0, (0, np.log(2)))],
)
def test_a_power_of_zero_and_a_power_0_have_the_gradients_of_pytorch(base, exponent, want):
    torch = pytest.importorskip("torch")
    a, b = Node(base), Node(exponent)
    backward(a**b)
    tensors = [torch.tensor(each, requires_grad=True) for each in (base, exponent)]
    (tensors[0] ** tensors[1]).backward()
    np.testing.assert_allclose([a.grad, b.grad], want)
    np.testing.assert_allclose([float(each.grad) for each in tensors], want, rtol=1e-7)


@pytest.mark.parametrize(("exponent", "want"), [(0, 0), (1, 0), (2, 2), (3, 0)])
def test_a_power_has_a_second_derivative_at_zero(exponent, want):
    x = Node(Dual(0.0, 1.0))
    backward(x**exponent)
    assert x.grad.tangent == want


def test_a_node_knows_its_operation_and_its_constants():
    x = Node(2.0, name="x")
    assert (x.operation, x.constants) == ("", {})
    assert ((2 * x).operation, (2 * x).constants) == ("multiply", {0: 2})
    assert ((x**3).operation, (x**3).constants) == ("power", {1: 3})
    b = np.ones(4)
    s = lift(layers.linear)(Node(np.ones((5, 3))), Node(np.ones((4, 3))), b)
    assert s.operation == "linear" and s.constants == {2: b}
    assert (Node(np.ones((5, 3))) @ np.ones(3)).operation == "matmul"


def test_nodes_are_equal_if_they_are_the_same():
    x, y = Node(2.0), Node(2.0)
    assert x == x and x != y and x in [y, x] and len({x, y}) == 2 and x not in (None, "x")


def test_a_node_over_a_dual_can_be_shown():
    assert repr(Node(Dual(2.0, 1.0))) == "Node(variable, Dual(2.0, 1.0))"


def test_what_numpy_calls_of_the_methods_is_the_method():
    x = Node(np.arange(6.0).reshape(2, 3))
    assert np.shape(x) == (2, 3) and np.ndim(x) == 2
    np.testing.assert_array_equal(np.transpose(x).value, x.value.T)
    np.testing.assert_array_equal(np.reshape(x, (3, 2)).value, x.value.reshape(3, 2))
    np.testing.assert_array_equal(np.sum(x, axis=0).value, x.value.sum(axis=0))


v = Node(np.array([3.0, 4.0]))
NO_RULE = {
    "mean": lambda: np.mean(v), "median": lambda: np.median(v), "norm": lambda: np.linalg.norm(v),
    "dot": lambda: np.dot(v, v), "size": lambda: np.size(v), "argmax": lambda: np.argmax(v),
    "where": lambda: np.where([True, False], v, 0), "stack": lambda: np.stack([v, v]),
    "outer": lambda: np.outer(v, v),
    "squeeze": lambda: np.squeeze(v), "concatenate": lambda: np.concatenate([v, v]), "max": lambda: np.max(v),
    "einsum": lambda: np.einsum("i,i->", v, v), "zeros_like": lambda: np.zeros_like(v),
    "asarray": lambda: np.asarray(v), "a list": lambda: np.array([v, v]), "equal": lambda: v == 0,
    "not_equal": lambda: v != 0, "greater": lambda: np.ones(2) > v, "an array ==": lambda: np.ones(2) == v,
    "a truth value": lambda: bool(v),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_RULE)
def test_what_numpy_cannot_do_with_a_node_is_refused_and_never_wrong_in_silence(name):
    with pytest.raises(ValueError, match=r"got a Node, want|got a Node for"):
        NO_RULE[name]()


@pytest.mark.parametrize(("function", "arrays"), FUNCTIONS)
def test_a_walk_back_over_duals_is_the_derivative_of_the_gradient(function, arrays):
    (v,) = generic(11, arrays[0].shape)

    def walked(x):
        node = Node(x)
        y = function(node, *arrays[1:])
        backward(y, np.asarray(np.random.default_rng(12).normal(size=y.shape)))
        return node.grad

    want = (walked(arrays[0] + 1e-5 * v) - walked(arrays[0] - 1e-5 * v)) / 2e-5
    got = walked(Dual(arrays[0], v))
    np.testing.assert_allclose(getattr(got, "tangent", 0 * want), want, rtol=1e-6, atol=1e-7)


def test_lifted_layers_and_losses_walk_back_over_duals():
    x, W, b, v = generic(13, (5, 3), (4, 3), (4,), (4, 3))

    def walked(W):
        node = Node(W)
        s = lift(layers.tanh)(lift(layers.linear)(x, node, b))
        backward(lift_loss(losses.cross_entropy)(s, np.arange(5) % 4))
        return node.grad

    want = (walked(W + 1e-5 * v) - walked(W - 1e-5 * v)) / 2e-5
    np.testing.assert_allclose(walked(Dual(W, v)).tangent, want, rtol=1e-6, atol=1e-7)


def test_integers_count_as_float64():
    assert Node(3).value.dtype == Node(np.arange(3)).value.dtype == np.float64


x = Node(np.array([1.0, 2.0]), name="x")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: backward(x), "dy: got none for a value of shape (2,), want an array of that shape"),
        (lambda: backward(x, 1.0), "dy: got shape (), want (2,), the shape of node.value"),
        (lambda: backward(x, np.ones((2, 1))), "dy: got shape (2, 1), want (2,)"),
        (lambda: backward(x, x), "dy: got Node, want a NumPy array"),
        (lambda: backward(x, "one"), "dy: got str, want a number or a NumPy array"),
        (lambda: backward(np.ones(2)), "node: got ndarray, want a Node"),
        (lambda: order(3.0), "node: got float, want a Node"),
        (lambda: Node(x), "value: got Node, want a number or a NumPy array"),
        (lambda: Node([1.0, 2.0]), "value: got list, want a number or a NumPy array"),
        (lambda: Node(np.array(["a"])), "value: got an array of dtype <U1, want numbers"),
        (lambda: layers.relu(x), "s: got Node, want a NumPy array of numbers"),
        (lambda: lift(layers.relu)(x.value), "relu: got no Node, want one at least among x and params"),
        (lambda: lift_loss(losses.cross_entropy)(x.value, x), "output: got ndarray, want a Node"),
        (lambda: np.arctan(x), "np.arctan: got a Node, want one of add"),
        (lambda: np.add.reduce(x), "np.add: got reduce or out=, want the plain function"),
        (lambda: np.add(x, 1, out=np.ones(2)), "np.add: got __call__ or out="),
        (lambda: x @ Node(np.ones((2, 2, 2))), "matmul: got 1 and 3 axes, want 1 or 2"),
        (lambda: backward(Node(1.0, [Node(2.0)])), "got 1 parents and no back"),
        (
            lambda: backward(Node(1.0, [Node(2.0)], lambda dy: dy, "f")),
            "f: back: got ndarray, want a tuple of 1",
        ),
        (
            lambda: backward(Node(1.0, [x], lambda dy: (dy,), "f")),
            "f: back: got a gradient of shape () for parent 0, want (2,)",
        ),
        (
            lambda: backward(lift(lambda x, params: (x, lambda dy: (dy, (dy,))))(x), x.value),
            "<lambda>: got 2 gradients, want 1",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, said):
    with pytest.raises(ValueError) as refused:
        call()
    assert said in str(refused.value)
