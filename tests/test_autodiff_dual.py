"""Forward mode: the transpose of every pullback, exact on whatever is written for arrays, never silent."""

import numpy as np
import pytest
from test_layers import CASES, generic, rows

from dlnotes import densities, initialization, layers, losses, verify
from dlnotes.autodiff import Dual, Node, as_layer, backward, jvp
from dlnotes.layers import chain, linear, maxout, mlp, relu, residual, sigmoid, softmax, tanh
from dlnotes.optimizers import pack, vector

COPYING = {  # into arrays of NumPy's own, which hold no tangent
    "conv2d",
    "conv_transpose2d",
    "conv1d",
    "conv_transpose1d",
    "locally_connected2d",
    "tiled_conv2d",
    "max_pool2d",
    "mean_pool2d",
    "lp_pool2d",
    "pad",
}
LAYERS = rows([case for case in CASES if case[0] not in COPYING])


def transposed(layer, x, params):
    """Is the pullback the transpose of `jvp`?  Both sides of <v, J d> = <J^T v, d> for random v and d."""
    rng = np.random.default_rng(7)
    theta, unpack = pack(params)
    y, back = layer(x, params)
    dx, dtheta, v = rng.normal(size=x.shape), rng.normal(size=theta.shape), rng.normal(size=y.shape)
    value, dy = jvp(layer, x, params, dx, unpack(dtheta))
    np.testing.assert_allclose(value, y, rtol=1e-14)
    gradient, gradients = back(v)
    return np.sum(v * dy), np.sum(gradient * dx) + vector(gradients) @ dtheta


@LAYERS
def test_forward_mode_is_the_transpose_of_the_pullback(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    one, other = transposed(layer, x, tuple(params))
    assert one == pytest.approx(other, rel=1e-12)


@LAYERS
def test_forward_mode_agrees_with_pytorch(layer, x_shape, shapes, reference):
    torch = pytest.importorskip("torch")
    x, *params = generic(1, x_shape, *shapes)
    dx, *dparams = generic(2, x_shape, *shapes)
    y, dy = jvp(layer, x, tuple(params), dx, tuple(dparams))
    both = [tuple(map(torch.tensor, arrays)) for arrays in ((x, *params), (dx, *dparams))]
    want_y, want_dy = torch.autograd.functional.jvp(lambda *t: reference(torch.nn.functional, *t), *both)
    np.testing.assert_allclose(y, want_y.numpy(), atol=1e-12)
    np.testing.assert_allclose(dy, want_dy.numpy(), atol=1e-12)


@LAYERS
def test_a_pullback_on_duals_is_its_own_derivative(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    theta, unpack = pack((x, tuple(params)))
    y, _ = layer(x, tuple(params))
    v, (direction,) = np.random.default_rng(3).normal(size=y.shape), generic(4, theta.shape)

    def gradient(theta):
        x, params = unpack(theta)
        return vector(layer(x, params)[1](v))

    got = verify.hessian_vector(gradient, theta, direction)
    want = (gradient(theta + 1e-5 * direction) - gradient(theta - 1e-5 * direction)) / 2e-5
    np.testing.assert_allclose(got, want, atol=1e-7)


@LAYERS
def test_float32_stays_float32(layer, x_shape, shapes, reference):
    x, *params = [array.astype("float32") for array in generic(1, x_shape, *shapes)]
    y, dy = jvp(layer, x, tuple(params), x, tuple(params))
    assert {y.dtype.name, dy.dtype.name} == {"float32"}


@rows([case for case in CASES if case[0] in COPYING])
def test_a_layer_that_copies_entries_refuses_duals(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    with pytest.raises(TypeError, match="Dual"):
        jvp(layer, x, tuple(params), x, tuple(params))


def test_whole_chains_with_residuals_are_transposed():
    x, W, b, V, c, U, d = generic(3, (5, 3), (4, 3), (4,), (4, 4), (4,), (2, 4), (2,))
    net = chain(linear, tanh, residual(chain(linear, sigmoid)), linear, softmax)
    one, other = transposed(net, x, [(W, b), (), [(V, c), ()], (U, d), ()])
    assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("which", range(4))
def test_any_part_of_a_network_may_be_a_dual_alone(which):
    """In x, W, b alone, and in the weights above a maxout: the columns of the Jacobian."""
    x, W, b, V, c = generic(15, (5, 3), (2, 4, 3), (2, 4), (3, 2), (3,))
    parts = [x, W, b, V]
    direction = np.random.default_rng(16).normal(size=parts[which].shape)

    def gradient(part):
        x, W, b, V = (part if k == which else each for k, each in enumerate(parts))
        y, back = chain(maxout, linear)(x, ((W, b), (V, c)))
        dx, ((dW, db), (dV, _)) = back(y)
        return (dx, dW, db, dV)[which]

    got = gradient(Dual(parts[which], direction)).tangent
    steps = [gradient(parts[which] + step * direction) for step in (1e-6, -1e-6)]
    np.testing.assert_allclose(got, (steps[0] - steps[1]) / 2e-6, rtol=1e-6, atol=1e-7)


def test_the_biases_of_a_layer_alone_have_a_hessian():
    x, W, b = generic(17, (5, 3), (4, 3), (4,))

    def gradient(b):
        s, back = linear(x, (W, b))
        a, tanh_back = tanh(s)
        return back(tanh_back(a)[0])[1][1]

    steps = [(gradient(b + 1e-5 * e) - gradient(b - 1e-5 * e)) / 2e-5 for e in np.eye(4)]
    np.testing.assert_allclose(verify.hessian(gradient, b), np.stack(steps, axis=1), atol=1e-8)


LOSSES = [
    (losses.squared_error, np.random.default_rng(8).normal(size=(5, 3))),
    (losses.cross_entropy, np.array([0, 2, 1, 1, 0])),
    (losses.multiclass_hinge, np.array([0, 2, 1, 1, 0])),
]


@pytest.mark.parametrize(("loss", "target"), LOSSES, ids=[loss.__name__ for loss, _ in LOSSES])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_risk_carries_its_own_derivative_through_a_loss(loss, target, reduction):
    output, direction = generic(5, (5, 3), (5, 3))
    risk, delta = loss(Dual(output, direction), target, reduction=reduction)
    want, gradient = loss(output, target, reduction=reduction)
    assert risk.value == pytest.approx(want)
    assert risk.tangent == pytest.approx(np.sum(gradient * direction), rel=1e-12)
    np.testing.assert_allclose(getattr(delta, "value", delta), gradient)  # of a hinge it is a plain array


DENSITIES = [
    (densities.heteroscedastic_gaussian, (5, 4), (5, 2)),
    (densities.full_covariance_gaussian, (5, 6), (5, 2)),
    (densities.mixture_density, (5, 15), (5, 2)),
]


@pytest.mark.parametrize(("loss", "shape", "target"), DENSITIES, ids=[case[0].__name__ for case in DENSITIES])
def test_densities_carry_their_derivatives_and_those_of_their_gradients(loss, shape, target):
    output, direction, target = generic(6, shape, shape, target)
    risk, delta = loss(Dual(output, direction), target)
    gradients = [loss(output + step * direction, target)[1] for step in (1e-5, 0.0, -1e-5)]
    assert risk.tangent == pytest.approx(np.sum(gradients[1] * direction), rel=1e-12)
    np.testing.assert_allclose(delta.tangent, (gradients[0] - gradients[2]) / 2e-5, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", [losses.binary_cross_entropy, losses.hinge, losses.perceptron_loss])
def test_the_risk_of_two_classes_carries_its_derivative(loss):
    s, direction = generic(5, (7,), (7,))
    y = np.array([1, 1, 0, 1, 0, 0, 1]) if "entropy" in loss.__name__ else np.array([1, 1, -1, 1, -1, -1, 1])
    risk, _ = loss(Dual(s, direction), y)
    assert risk.tangent == pytest.approx(loss(s, y)[1] @ direction, rel=1e-12)


# functions of two vectors (3,) that are written for arrays, Nodes and Duals alike
FUNCTIONS = {
    "arithmetic": lambda x, y: (2 * x - y / 3 + x * y - (-y) + 1 / x) ** 3,
    "powers": lambda x, y: abs(x) ** y + 1.7**x,
    "ufuncs": lambda x, y: (
        np.exp(x) * np.sin(y) + np.cos(x) * np.log(abs(y)) + np.tanh(x * y) + np.sqrt(x * x)
    ),
    "gates": lambda x, y: np.maximum(x, y) * np.minimum(x, 0.3 * y) + abs(x - y),
    "products": lambda x, y: (x @ y) * x + (x.reshape(1, 3) @ y.reshape(3, 1)).sum(),
    "sums": lambda x, y: (x * y).sum() * y + x.reshape(3, 1).sum(axis=1) * y[1],
    "shapes": lambda x, y: (x.reshape(3, 1) * y).T[1:].reshape(6)[::2],
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_forward_and_reverse_mode_give_the_same_numbers_on_the_same_function(function):
    x, y, dx, dy, v = generic(6, *[(3,)] * 5)
    X, Y = Node(x), Node(y)
    z = function(X, Y)
    backward(z, v)
    dual = function(Dual(x, dx), Dual(y, dy))
    np.testing.assert_allclose(dual.value, function(x, y), rtol=1e-14)
    assert v @ dual.tangent == pytest.approx(X.grad @ dx + Y.grad @ dy, rel=1e-12)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_constant_has_no_tangent_on_either_side(function):
    x, y, dx = generic(6, *[(3,)] * 3)
    (zero,) = np.zeros((1, 3))
    for one, both in [
        (function(Dual(x, dx), y), function(Dual(x, dx), Dual(y, zero))),
        (function(x, Dual(y, dx)), function(Dual(x, zero), Dual(y, dx))),
    ]:
        np.testing.assert_allclose(one.tangent, both.tangent, rtol=1e-14)


def test_at_a_kink_a_dual_takes_the_mean_of_both_sides_as_a_node_does():
    x = Node(np.zeros(3))
    backward(np.maximum(x, 0.0), np.ones(3))
    np.testing.assert_array_equal(np.maximum(Dual(np.zeros(3), 1.0), 0.0).tangent, x.grad)
    np.testing.assert_array_equal(x.grad, 0.5)


@pytest.mark.parametrize("layer", [sigmoid, tanh, layers.softplus, layers.swish, layers.elu, layers.gelu])
def test_smooth_activations_have_both_derivatives_at_zero(layer):
    torch = pytest.importorskip("torch")
    names = {"swish": "silu"}
    theirs = getattr(torch.nn.functional, names.get(layer.__name__, layer.__name__))
    s = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(theirs(s), s, create_graph=True)
    a, back = layer(Dual(np.zeros(1), 1.0))
    delta, _ = back(np.ones(1))
    assert a.tangent[0] == pytest.approx(slope.item(), rel=1e-15)
    assert layer(np.zeros(1))[1](np.ones(1))[0][0] == pytest.approx(slope.item(), rel=1e-15)
    if layer is not layers.elu:  # whose second derivative jumps there
        (bend,) = torch.autograd.grad(slope, s)
        assert delta.tangent[0] == pytest.approx(bend.item(), abs=1e-15)


def test_the_graph_of_the_book_needs_two_sweeps_forward_and_one_back():
    def f(x, y):
        return x**2 * (x + y)

    assert f(Dual(2.0, 1.0), 3.0).tangent == 24
    assert f(2.0, Dual(3.0, 1.0)).tangent == 4
    assert f(Dual(2.0, 1.0), Dual(3.0, 0.0)).value == 20


def test_a_node_over_a_dual_gives_the_derivative_of_a_gradient():
    """Forward over reverse: the second derivatives of x^2 (x + y) at (2, 3) along x are 6x + 2y and 2x."""
    x, y = Node(Dual(2.0, 1.0)), Node(Dual(3.0, 0.0))
    backward(x * x * (x + y))
    assert (x.grad.value, y.grad.value) == (24, 4)
    assert (x.grad.tangent, y.grad.tangent) == (18, 4)


def test_a_function_of_nodes_as_a_layer_is_transposed_as_well():
    layer = as_layer(lambda x, y: np.exp(x) * y)
    x, y = generic(6, (3,), (3,))
    one, other = transposed(lambda x, params: layer(x, params), x, (y,))
    assert one == pytest.approx(other, rel=1e-12)


ARRAY_CALLS = {  # NumPy's functions of an array (4, 3) that have a rule
    "mean": lambda a: np.mean(a, axis=0),
    "mean method": lambda a: a.mean(axis=1, keepdims=True),
    "cumsum": lambda a: np.cumsum(a, axis=1),
    "concatenate": lambda a: np.concatenate([a, np.ones((2, 3)), 2 * a]),
    "stack": lambda a: np.stack([a, a * a], axis=1),
    "where": lambda a: np.where(a > 0, a * a, -3.0),
    "max": lambda a: a.max(axis=1),
    "min": lambda a: a.min(axis=0, keepdims=True),
    "clip": lambda a: np.clip(a, -0.5, 0.5),
    "einsum": lambda a: np.einsum("nj,nk->jk", a, a * a),
    "dot": lambda a: a.dot(np.arange(6.0).reshape(3, 2)),
    "dot of an array": lambda a: np.dot(np.arange(8.0).reshape(2, 4), a),
    "outer": lambda a: np.outer(a[0], a[1]),
    "tensordot": lambda a: np.tensordot(a, a, axes=(0, 0)),
    "split and hstack": lambda a: np.hstack(np.split(a, 3, axis=1)[::-1]) * a,
    "inverse": lambda a: np.linalg.inv(a[:3] + 3 * np.eye(3)),
    "determinant": lambda a: np.linalg.slogdet(a[:3] + 3 * np.eye(3))[1],
    "solve": lambda a: np.linalg.solve(a[:3] + 3 * np.eye(3), a[3]),
    "add.reduce": lambda a: np.add.reduce(a, 1, keepdims=True),
    "add.reduce of the first axis": lambda a: np.add.reduce(a),
    "maximum.reduce": lambda a: np.maximum.reduce(a, 1),
    "take_along_axis": lambda a: np.take_along_axis(a, a.argmax(axis=1).reshape(4, 1), axis=1),
    "swapaxes": lambda a: np.swapaxes(a, 0, 1),
    "in place": lambda a: accumulated(a),
    "logaddexp": lambda a: np.logaddexp(a, 0.5 * a[0]),
    "expm1 and log1p": lambda a: np.expm1(a) + np.log1p(a * a) + np.arctan(a),
    "a step": lambda a: a * np.sign(a) + (a > 0) * np.floor(a),
}


def accumulated(a):
    total = a * 1.0
    total += a * a
    total *= 2
    return total


@pytest.mark.parametrize("function", ARRAY_CALLS.values(), ids=ARRAY_CALLS)
def test_rules_of_numpy_calls_match_central_differences(function):
    a, da = generic(9, (4, 3), (4, 3))
    got = function(Dual(a, da))
    want = (function(a + 1e-6 * da) - function(a - 1e-6 * da)) / 2e-6
    np.testing.assert_allclose(got.value, function(a))
    np.testing.assert_allclose(got.tangent, want, atol=1e-8, rtol=1e-7)


def test_what_was_given_is_not_changed_by_an_update_in_place():
    a = Dual(np.ones(3), np.ones(3))
    b = a
    b += 1.0
    np.testing.assert_array_equal(a.value, 1)


NO_RULE = {
    "a ufunc": lambda d: np.arcsinh(d),
    "a function": lambda d: np.linalg.svd(d),
    "another method": lambda d: np.multiply.reduce(d),
    "an array": lambda d: np.asarray(d),
    "a number": lambda d: float(d[0, 0]),
    "an array that takes it in": lambda d: np.add(np.ones((3, 3)), d, out=np.ones((3, 3))),
    "an entry that takes it in": lambda d: np.ones((3, 3)).__setitem__(0, d[0]),
    "a keyword": lambda d: np.dot(a=d, b=d),
}


@pytest.mark.parametrize("call", NO_RULE.values(), ids=NO_RULE)
def test_what_has_no_rule_raises_and_loses_no_tangent_in_silence(call):
    with pytest.raises(TypeError):
        call(Dual(np.eye(3) + 0.1, np.ones((3, 3))))


def test_a_tangent_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"^tangent: got shape \(2,\), want \(3,\), the shape of value$"):
        Dual(np.ones(3), np.ones(2))


@pytest.mark.parametrize(("value", "got"), [(None, "object"), (1j, "complex128"), ("3", "<U1")])
def test_what_is_no_number_is_refused(value, got):
    with pytest.raises(ValueError, match=f"^value: got an array of dtype {got}, want numbers"):
        Dual(value)
    with pytest.raises(ValueError, match=f"^tangent: got an array of dtype {got}, want numbers"):
        Dual(1.0, value)


def test_a_direction_of_the_parameters_must_have_their_shapes():
    x, W, b = generic(1, (5, 3), (4, 3), (4,))
    with pytest.raises(
        ValueError, match=r"^dparams: got shapes \[\(3, 4\), \(4,\)\], want \[\(4, 3\), \(4,\)\]"
    ):
        jvp(linear, x, (W, b), x, (W.T, b))
    with pytest.raises(ValueError, match=r"^dparams: got shapes \[\(16,\)\]"):
        jvp(linear, x, (W, b), x, (vector((W, b)),))


def test_duals_compare_entry_by_entry_as_arrays_do():
    s = Dual(np.array([0.0, 1.0]), 1.0)
    np.testing.assert_array_equal(s == 0, [True, False])
    np.testing.assert_array_equal(s != np.zeros(2), [False, True])
    np.testing.assert_array_equal(np.zeros(2) == s, [True, False])
    np.testing.assert_array_equal(np.where(s == 0, 1.0, s).value, [1, 1])
    assert bool(Dual(2.0)) and not Dual(0.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(s)


def test_layers_refuse_a_dual_of_a_wrong_shape_or_with_nan_as_they_refuse_arrays():
    with pytest.raises(ValueError, match=r"^x: got shape \(5, 2\), want \(n, 3\)$"):
        linear(Dual(np.ones((5, 2))), (np.ones((4, 3)), np.ones(4)))
    with pytest.raises(ValueError, match=r"^s: got NaN in 1 of 2 entries"):
        relu(Dual(np.array([1.0, np.nan])))


def classifier():
    """A gradient of a risk over theta, and theta; and the same risk in PyTorch."""
    (x,) = generic(11, (7, 4))
    labels = np.array([0, 1, 2, 1, 0, 2, 1])
    net, params = chain(*mlp(3, tanh)), initialization.mlp(np.random.default_rng(12), 4, 5, 4, 3)
    theta, unpack = pack(params)
    theta = theta + 0.3 * np.random.default_rng(13).normal(size=theta.shape)  # biases away from 0

    def gradient(theta):
        output, back = net(x, unpack(theta))
        _, delta = losses.cross_entropy(output, labels)
        return vector(back(delta)[1])

    def torch_risk(theta):
        import torch

        F, shapes = torch.nn.functional, [(5, 4), (5,), (4, 5), (4,), (3, 4), (3,)]
        parts = torch.split(theta, [20, 5, 20, 4, 12, 3])
        W1, b1, W2, b2, W3, b3 = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        hidden = F.linear(torch.tensor(x), W1, b1).tanh()
        return F.cross_entropy(F.linear(F.linear(hidden, W2, b2).tanh(), W3, b3), torch.tensor(labels))

    return gradient, theta, torch_risk, net, x, unpack(theta)


def test_the_hessian_is_that_of_pytorch_and_of_differences():
    torch = pytest.importorskip("torch")
    gradient, theta, torch_risk, *_ = classifier()
    H = verify.hessian(gradient, theta)
    want = torch.autograd.functional.hessian(torch_risk, torch.tensor(theta)).numpy()
    np.testing.assert_allclose(H, want, atol=1e-12)
    np.testing.assert_allclose(H, H.T, atol=1e-14)
    steps = [(gradient(theta + e) - gradient(theta - e)) / 2e-5 for e in 1e-5 * np.eye(theta.size)]
    np.testing.assert_allclose(np.stack(steps, axis=1), H, atol=1e-8)


def test_the_hessian_vector_product_needs_no_hessian():
    gradient, theta, *_ = classifier()
    H = verify.hessian(gradient, theta)
    (v,) = generic(14, theta.shape)
    np.testing.assert_allclose(verify.hessian_vector(gradient, theta, v), H @ v, atol=1e-13)


def test_the_hessian_of_a_linear_function_is_zero():
    H = verify.hessian(lambda theta: np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(H, np.zeros((2, 2)))


def test_a_direction_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"^v: got shape \(2,\), want \(3,\)$"):
        verify.hessian_vector(lambda theta: theta, np.ones(3), np.ones(2))


def test_the_jacobian_of_a_network_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    *_, net, x, params = classifier()
    J = verify.jacobian(net, x, params)
    assert J.shape == (7, 3, 4)
    (W1, b1), _, (W2, b2), _, (W3, b3) = [tuple(map(torch.tensor, part)) for part in params]
    F = torch.nn.functional

    def forward(row):
        return F.linear(F.linear(F.linear(row, W1, b1).tanh(), W2, b2).tanh(), W3, b3)

    for sample, own in zip(x, J, strict=True):
        want = torch.autograd.functional.jacobian(forward, torch.tensor(sample)).numpy()
        np.testing.assert_allclose(own, want, atol=1e-13)


def test_the_columns_of_the_jacobian_are_forward_sweeps():
    *_, net, x, params = classifier()
    theta, unpack = pack(params)
    J = verify.jacobian(net, x, params)
    for d, e in enumerate(np.eye(4)):
        _, column = jvp(net, x, params, np.tile(e, (7, 1)), unpack(0 * theta))
        np.testing.assert_allclose(column, J[:, :, d], atol=1e-13)


def test_the_jacobian_keeps_the_axes_of_images():
    (x,) = generic(1, (3, 2, 4, 5))
    J = verify.jacobian(relu, x)
    assert J.shape == (3, 2, 4, 5, 2, 4, 5)
    np.testing.assert_array_equal(np.einsum("ncijcij->ncij", J), x > 0)


def test_a_bare_array_for_the_pair_is_told():
    with pytest.raises(AssertionError, match="^back: got ndarray, want the pair"):
        verify.jacobian(lambda x, params: (x, lambda dy: dy), np.ones((2, 3)))
