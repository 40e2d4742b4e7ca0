"""Laws of all layers, from one table: central differences, PyTorch, dtype, refusals; then compositions."""

from functools import partial

import numpy as np
import pytest

from dlnotes import initialization, verify
from dlnotes.convolution import (
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    global_max_pool2d,
    global_mean_pool2d,
    locally_connected2d,
    lp_pool2d,
    max_pool2d,
    mean_pool2d,
    pad,
    tiled_conv2d,
)
from dlnotes.layers import (
    absolute,
    arctan,
    chain,
    cosine,
    elu,
    flatten,
    gelu,
    hard_tanh,
    identity,
    leaky_relu,
    linear,
    maxout,
    mlp,
    prelu,
    rbf,
    relu,
    residual,
    selu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    swish,
    tanh,
    trace,
)
from dlnotes.losses import cross_entropy
from dlnotes.normalization import (
    alpha_dropout,
    batch_norm,
    dropout,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
    standardize,
    weight_norm,
)
from dlnotes.optimizers import leaves


def generic(seed, *shapes):
    """Random arrays: no zeros, no ones, both signs."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def torch_maxout(x, W, b):
    pieces = [x @ W[:, k].T + b[:, k] for k in range(W.shape[1])]
    return pieces[0].maximum(pieces[1])


def torch_rbf(x, W, sigma):
    return (-((x[:, None] - W) ** 2).sum(2) / sigma**2).exp()


def seeded(x, params, *, layer):
    """A layer with noise, which is the same in each call."""
    return layer(x, params, rng=np.random.default_rng(7), rate=0.3)


def kept(x):
    """What dropout of `seeded` keeps, 0 and 1."""
    return x.new_tensor(np.random.default_rng(7).random(x.shape) >= 0.3)


def torch_alpha_dropout(x):
    low, q = -1.7580993408473766, 0.7
    a = (q + low**2 * q * 0.3) ** -0.5
    return a * (x * kept(x) + low * (1 - kept(x))) - a * 0.3 * low


def torch_locally_connected(x, W, b):
    windows = x.unfold(2, W.shape[4], 1).unfold(3, W.shape[5], 1)
    return pytest.importorskip("torch").einsum("ncpquv,opqcuv->nopq", windows, W) + b


def torch_tiled(x, W, b):
    rows, columns = (x.new_tensor(range(size)).long() % 2 for size in (4, 3))
    return torch_locally_connected(x, W[:, rows[:, None], columns], b[:, rows[:, None], columns])


# name, layer, shape of x, shapes of params, the same in PyTorch
CASES = [
    ("linear", linear, (5, 3), [(4, 3), (4,)], lambda F, x, W, b: F.linear(x, W, b)),
    ("identity", identity, (5, 3), [], lambda F, s: s * 1),
    ("sigmoid", sigmoid, (5, 3), [], lambda F, s: F.sigmoid(s)),
    ("tanh", tanh, (5, 3), [], lambda F, s: F.tanh(s)),
    ("relu", relu, (5, 3), [], lambda F, s: F.relu(s)),
    ("relu on images", relu, (3, 2, 4, 5), [], lambda F, s: F.relu(s)),
    ("leaky_relu", leaky_relu, (5, 3), [], lambda F, s: F.leaky_relu(s)),
    ("leaky_relu, slope", partial(leaky_relu, slope=-1.7), (5, 3), [], lambda F, s: F.leaky_relu(s, -1.7)),
    ("elu", elu, (5, 3), [], lambda F, s: F.elu(s)),
    ("elu, alpha", partial(elu, alpha=0.6), (5, 3), [], lambda F, s: F.elu(s, 0.6)),
    ("selu", selu, (5, 3), [], lambda F, s: F.selu(s)),
    ("softplus", softplus, (5, 3), [], lambda F, s: F.softplus(s)),
    ("softsign", softsign, (5, 3), [], lambda F, s: F.softsign(s)),
    ("hard_tanh", hard_tanh, (5, 3), [], lambda F, s: F.hardtanh(s)),
    ("swish", swish, (5, 3), [], lambda F, s: F.silu(s)),
    ("gelu", gelu, (5, 3), [], lambda F, s: F.gelu(s)),
    ("gelu on images", gelu, (3, 2, 4, 5), [], lambda F, s: F.gelu(s)),
    ("arctan", arctan, (5, 3), [], lambda F, s: s.arctan()),
    ("absolute", absolute, (5, 3), [], lambda F, s: s.abs()),
    ("cosine", cosine, (5, 3), [], lambda F, s: s.cos()),
    ("softmax", softmax, (5, 3), [], lambda F, s: F.softmax(s, dim=1)),
    ("prelu", prelu, (5, 3), [(1,)], lambda F, s, alpha: F.prelu(s, alpha)),
    ("prelu, a number", prelu, (5, 3), [()], lambda F, s, alpha: F.prelu(s, alpha.reshape(1))),
    ("prelu of features", prelu, (5, 3), [(3,)], lambda F, s, alpha: F.prelu(s, alpha)),
    ("prelu on images", prelu, (3, 2, 4, 5), [(2,)], lambda F, s, alpha: F.prelu(s, alpha)),
    (
        "maxout",
        maxout,
        (5, 3),
        [(4, 2, 3), (4, 2)],
        lambda F, *args: torch_maxout(*args),
    ),
    (
        "rbf",
        rbf,
        (5, 3),
        [(4, 3), (4,)],
        lambda F, *args: torch_rbf(*args),
    ),
    ("flatten", flatten, (3, 2, 4), [], lambda F, x: x.flatten(1)),
    (
        "standardize",
        partial(standardize, axes=0),
        (5, 3),
        [],
        lambda F, x: F.batch_norm(x, None, None, training=True),
    ),
    (
        "batch_norm",
        batch_norm,
        (5, 3),
        [(3,), (3,)],
        lambda F, x, *params: F.batch_norm(x, None, None, *params, training=True),
    ),
    (
        "batch_norm on images",
        batch_norm,
        (3, 2, 4, 5),
        [(2,), (2,)],
        lambda F, x, *params: F.batch_norm(x, None, None, *params, training=True),
    ),
    (
        "layer_norm",
        layer_norm,
        (5, 3),
        [(3,), (3,)],
        lambda F, x, *params: F.layer_norm(x, (3,), *params),
    ),
    (
        "layer_norm on rows of images",
        layer_norm,
        (3, 2, 4, 5),
        [(4, 5), (4, 5)],
        lambda F, x, *params: F.layer_norm(x, (4, 5), *params),
    ),
    (
        "layer_norm on images",
        partial(layer_norm, eps=0.3),
        (3, 2, 4, 5),
        [(2, 4, 5), (2, 4, 5)],
        lambda F, x, *params: F.layer_norm(x, (2, 4, 5), *params, eps=0.3),
    ),
    ("rms_norm", rms_norm, (5, 3), [(3,)], lambda F, x, gamma: F.rms_norm(x, (3,), gamma, eps=1e-5)),
    (
        "instance_norm",
        instance_norm,
        (3, 2, 4, 5),
        [(2,), (2,)],
        lambda F, x, *params: F.instance_norm(x, None, None, *params),
    ),
    (
        "group_norm",
        partial(group_norm, groups=2),
        (3, 6, 4, 5),
        [(6,), (6,)],
        lambda F, x, *params: F.group_norm(x, 2, *params),
    ),
    (
        "local_response_norm",
        partial(local_response_norm, size=4, alpha=0.3, beta=0.6, k=1.7),
        (3, 6, 2, 3),
        [],
        lambda F, x: F.local_response_norm(x, 4, alpha=4 * 0.3, beta=0.6, k=1.7),
    ),
    (
        "weight_norm",
        weight_norm,
        (5, 3, 2),
        [(5,)],
        lambda F, v, g: g[:, None, None] * v / v.flatten(1).norm(dim=1)[:, None, None],
    ),
    (
        "conv2d",
        partial(conv2d, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
        (3, 4, 6, 5),
        [(6, 2, 3, 2), (6,)],
        lambda F, *t: F.conv2d(*t, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
    ),
    (
        "conv_transpose2d",
        partial(conv_transpose2d, stride=(2, 3), padding=(1, 0), output_padding=(0, 2), groups=2),
        (3, 4, 4, 3),
        [(4, 3, 3, 2), (6,)],
        lambda F, *t: F.conv_transpose2d(*t, stride=(2, 3), padding=(1, 0), output_padding=(0, 2), groups=2),
    ),
    (
        "conv1d",
        partial(conv1d, stride=2, padding=1, groups=2),
        (3, 4, 7),
        [(6, 2, 3), (6,)],
        lambda F, *t: F.conv1d(*t, stride=2, padding=1, groups=2),
    ),
    (
        "conv_transpose1d",
        partial(conv_transpose1d, stride=3, padding=1, dilation=2, output_padding=2, groups=2),
        (3, 4, 5),
        [(4, 3, 3), (6,)],
        lambda F, *t: F.conv_transpose1d(*t, stride=3, padding=1, dilation=2, output_padding=2, groups=2),
    ),
    (
        "locally_connected2d",
        locally_connected2d,
        (3, 2, 5, 4),
        [(4, 3, 3, 2, 3, 2), (4, 3, 3)],
        lambda F, *t: torch_locally_connected(*t),
    ),
    (
        "tiled_conv2d",
        tiled_conv2d,
        (3, 2, 6, 4),
        [(4, 2, 2, 2, 3, 2), (4, 2, 2)],
        lambda F, *t: torch_tiled(*t),
    ),
    (
        "max_pool2d",
        partial(max_pool2d, size=3, stride=2, padding=1),
        (3, 2, 7, 6),
        [],
        lambda F, x: F.max_pool2d(x, 3, 2, 1),
    ),
    (
        "mean_pool2d",
        partial(mean_pool2d, size=3, stride=2, padding=1),
        (3, 2, 7, 6),
        [],
        lambda F, x: F.avg_pool2d(x, 3, 2, 1),
    ),
    (
        "lp_pool2d",
        partial(lp_pool2d, size=(3, 2), p=np.float64(3)),
        (3, 2, 7, 6),
        [],
        lambda F, x: F.lp_pool2d(x.abs(), 3, (3, 2)),
    ),
    ("global_mean_pool2d", global_mean_pool2d, (3, 2, 4, 5), [], lambda F, x: x.mean((2, 3))),
    ("global_max_pool2d", global_max_pool2d, (3, 2, 4, 5), [], lambda F, x: x.amax((2, 3))),
    (
        "pad",
        partial(pad, width=(1, 2), mode="reflection"),
        (3, 2, 4, 5),
        [],
        lambda F, x: F.pad(x, (2, 2, 1, 1), mode="reflect"),
    ),
    ("dropout", partial(seeded, layer=dropout), (5, 3), [], lambda F, x: x * kept(x) / 0.7),
    ("alpha_dropout", partial(seeded, layer=alpha_dropout), (5, 3), [], lambda F, x: torch_alpha_dropout(x)),
]


def rows(cases):
    """The mark that runs a law on each of these rows of the table."""
    names = ("layer", "x_shape", "shapes", "reference")
    return pytest.mark.parametrize(names, [case[1:] for case in cases], ids=[case[0] for case in cases])


LAYERS = rows(CASES)


def called(layer):
    """What a layer calls its input and its parameters; the input is `s` where it is a pre-activation."""
    names = {
        linear: ("x", "W", "b"),
        flatten: ("x",),
        prelu: ("s", "alpha"),
        maxout: ("x", "W", "b"),
        rbf: ("x", "W", "sigma"),
        rms_norm: ("x", "gamma"),
        weight_norm: ("v", "g"),
    }
    names |= dict.fromkeys((batch_norm, layer_norm, instance_norm, group_norm), ("x", "gamma", "beta"))
    kernels = (conv2d, conv_transpose2d, conv1d, conv_transpose1d, locally_connected2d, tiled_conv2d)
    names |= dict.fromkeys(kernels, ("x", "W", "b"))
    pools = (max_pool2d, mean_pool2d, lp_pool2d, global_mean_pool2d, global_max_pool2d, pad)
    names |= dict.fromkeys(pools, ("x",))
    names |= dict.fromkeys((standardize, local_response_norm, seeded), ("x",))
    return names.get(getattr(layer, "func", layer), ("s",))


ELEMENTWISE = [
    layer
    for _, layer, _, params, _ in CASES
    if not params and called(layer) == ("s",) and layer is not softmax
]


@LAYERS
def test_back_matches_central_differences(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    verify.layer(layer, x, tuple(params), np.random.default_rng(2))


@LAYERS
def test_output_and_gradients_agree_with_pytorch(layer, x_shape, shapes, reference):
    F = pytest.importorskip("torch").nn.functional
    arrays = generic(1, x_shape, *shapes)
    verify.against_torch(layer, lambda *t: reference(F, *t), *arrays, rng=np.random.default_rng(2))


@LAYERS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_forward_and_back(layer, x_shape, shapes, reference, dtype):
    x, *params = [array.astype(dtype) for array in generic(1, x_shape, *shapes)]
    y, back = layer(x, tuple(params))
    dx, grads = back(y)
    assert {array.dtype.name for array in (y, dx, *grads)} == {dtype}


@LAYERS
@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64"])
def test_integers_and_truth_values_count_as_float64(layer, x_shape, shapes, reference, dtype):
    x, *params = [
        np.random.default_rng(1).integers(0, 200, shape).astype(dtype) for shape in (x_shape, *shapes)
    ]
    y, back = layer(x, tuple(params))
    want, _ = layer(x.astype(float), tuple(param.astype(float) for param in params))
    np.testing.assert_array_equal(y, want)
    dx, grads = back(y)
    assert {array.dtype.name for array in (y, dx, *grads)} == {"float64"}


@LAYERS
@pytest.mark.parametrize("dtype", [complex, object])
def test_complex_numbers_and_objects_are_refused_by_name(layer, x_shape, shapes, reference, dtype):
    arrays = generic(1, x_shape, *shapes)
    for bad, name in enumerate(called(layer)):
        x, *params = [array.astype(dtype) if place == bad else array for place, array in enumerate(arrays)]
        with pytest.raises(ValueError, match=f"^{name}: got an array of dtype .*, want a NumPy array of num"):
            layer(x, tuple(params))


def test_flatten_refuses_a_single_number():
    with pytest.raises(ValueError, match="^x: got a single number, want one row for each sample$"):
        flatten(np.array(1.0))


@LAYERS
def test_gradients_have_the_shape_of_what_they_belong_to(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    y, back = layer(x, tuple(params))
    dx, grads = back(y)
    assert dx.shape == x.shape
    assert isinstance(grads, tuple)
    assert [grad.shape for grad in grads] == [param.shape for param in params]


@LAYERS
def test_arguments_are_left_as_they_are(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    for array in (x, *params):
        array.setflags(write=False)
    y, back = layer(x, tuple(params))
    dy = np.ones_like(y)
    dy.setflags(write=False)
    back(dy)


@LAYERS
def test_nan_is_refused(layer, x_shape, shapes, reference):
    arrays = generic(1, x_shape, *shapes)
    for bad, name in enumerate(called(layer)):
        x, *params = [array.copy() for array in arrays]
        (x, *params)[bad].flat[-1] = np.nan
        with pytest.raises(ValueError, match=rf"^{name}: got NaN in 1 of \d+ entries, want numbers$"):
            layer(x, tuple(params))


@LAYERS
def test_an_empty_batch_is_refused(layer, x_shape, shapes, reference):
    _, *params = generic(1, x_shape, *shapes)
    with pytest.raises(ValueError, match=rf"^{called(layer)[0]}: got shape \(0, .*want at least one entry$"):
        layer(np.zeros((0, *x_shape[1:])), tuple(params))


@LAYERS
def test_a_list_is_refused(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    with pytest.raises(ValueError, match=rf"^{called(layer)[0]}: got list, want a NumPy array"):
        layer(x.tolist(), tuple(params))


@LAYERS
def test_params_of_a_wrong_length_are_refused(layer, x_shape, shapes, reference):
    x, *params = generic(1, x_shape, *shapes)
    wanted = f"({', '.join(called(layer)[1:])})"
    with pytest.raises(ValueError) as refusal:
        layer(x, (*params, np.ones(3)))
    assert str(refusal.value) == f"params: got {len(params) + 1} entries, want {wanted}"


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(5, 2), (4, 3), (4,)], "x: got shape (5, 2), want (n, 3)"),
        ([(3,), (4, 3), (4,)], "x: got shape (3,), want (n, 3)"),
        ([(5, 3), (3,), (4,)], "W: got shape (3,), want (i, j)"),
        ([(5, 3), (4, 3), (3,)], "b: got shape (3,), want (4,)"),
        ([(5, 3), (4, 3), (1,)], "b: got shape (1,), want (4,)"),
        ([(4, 3), (4, 3), (4, 4)], "b: got shape (4, 4), want (4,)"),
    ],
)
def test_linear_names_the_argument_whose_shape_is_wrong(shapes, message):
    x, W, b = generic(1, *shapes)
    with pytest.raises(ValueError) as refusal:
        linear(x, (W, b))
    assert str(refusal.value) == message


def test_linear_refuses_a_bare_array_as_params():
    x, W = generic(1, (5, 3), (2, 3))
    with pytest.raises(ValueError, match=r"^params: got an array of dtype float64, want \(W, b\)$"):
        linear(x, W)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_pre_activations_neither_overflow_nor_warn(dtype):
    s = np.array([[-1e4, 0.0, 1e4]], dtype)
    np.testing.assert_array_equal(sigmoid(s)[0], [[0, 0.5, 1]])
    np.testing.assert_array_equal(tanh(s)[0], [[-1, 0, 1]])
    np.testing.assert_array_equal(softmax(s)[0], [[0, 0, 1]])
    np.testing.assert_allclose(softplus(s)[0], [[0, np.log(2), 1e4]], rtol=1e-7)
    np.testing.assert_array_equal(elu(s, alpha=2.5)[0], [[-2.5, 0, 1e4]])
    np.testing.assert_array_equal(hard_tanh(s)[0], [[-1, 0, 1]])
    for layer in (relu, swish, gelu):
        np.testing.assert_array_equal(layer(s)[0], [[0, 0, 1e4]])
    for layer in (softmax, *ELEMENTWISE):
        a, back = layer(s)
        dx, _ = back(np.ones_like(s))
        assert np.isfinite(a).all() and np.isfinite(dx).all()
    np.testing.assert_array_equal(sigmoid(np.array([-np.inf, np.inf], dtype))[0], [0, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_units_with_parameters_stay_finite_at_extreme_inputs(size, dtype):
    x, V, W, b = [array.astype(dtype) for array in generic(1, (5, 3), (4, 3), (4, 2, 3), (4, 2))]
    x[:] = size
    for layer, params in [(prelu, (b[0, :1],)), (maxout, (W, b)), (rbf, (V, b[:, 0]))]:
        a, back = layer(x, params)
        dx, grads = back(np.ones_like(a))
        assert all(np.isfinite(array).all() for array in (a, dx, *grads))


def test_sigmoid_and_its_relatives_are_accurate_far_in_the_tail():
    s = np.array([-700.0])
    for layer, want in [(sigmoid, 1), (softplus, 1), (swish, -700)]:
        np.testing.assert_allclose(layer(s)[0], want * np.exp(-700.0), rtol=1e-15)
        np.testing.assert_allclose(layer(s)[1](np.ones(1))[0], (want + (layer is swish)) * np.exp(-700.0))
    np.testing.assert_allclose(elu(np.array([-1e-12]))[0], [-1e-12], rtol=1e-11)


@pytest.mark.parametrize("layer", [softsign, swish, gelu, cosine, partial(leaky_relu, slope=0)])
def test_activations_without_a_value_at_infinity_refuse_it(layer):
    with pytest.raises(ValueError, match=r"^s: got inf in 1 of 2 entries, want finite numbers$"):
        layer(np.array([0.0, -np.inf]))


KINKS = [  # layer, where, the slope there, PyTorch's too
    (relu, 0, 0, lambda F, s: F.relu(s)),
    (leaky_relu, 0, 0.01, lambda F, s: F.leaky_relu(s)),
    (partial(leaky_relu, slope=3), 0, 3, lambda F, s: F.leaky_relu(s, 3)),
    (partial(elu, alpha=2.5), 0, 2.5, lambda F, s: F.elu(s, 2.5)),
    (selu, 0, 1.7580993408473766, lambda F, s: F.selu(s)),
    (hard_tanh, 1, 0, lambda F, s: F.hardtanh(s)),
    (hard_tanh, -1, 0, lambda F, s: F.hardtanh(s)),
    (absolute, 0, 0, lambda F, s: s.abs()),
]


@pytest.mark.parametrize(("layer", "where", "slope", "reference"), KINKS)
def test_the_slope_at_a_kink_is_the_documented_one_and_that_of_pytorch(layer, where, slope, reference):
    torch = pytest.importorskip("torch")
    s = torch.full((1,), where, dtype=torch.float64, requires_grad=True)
    reference(torch.nn.functional, s).backward()
    dx, _ = layer(s.detach().numpy())[1](np.ones(1))
    np.testing.assert_allclose([dx[0], s.grad.item()], slope, rtol=1e-15)


def test_prelu_takes_its_own_slope_at_0_and_learns_nothing_there():
    _, back = prelu(np.array([[0.0, -2.0]]), (np.array(0.25),))
    dx, (dalpha,) = back(np.array([[3.0, 5.0]]))
    np.testing.assert_array_equal(dx, [[0.75, 1.25]])
    np.testing.assert_array_equal(dalpha, -10)


def test_a_tie_of_maxout_goes_to_the_first_of_the_largest_pieces():
    W, b = np.array([[[1.0], [2.0], [2.0]]]), np.zeros((1, 3))
    _, back = maxout(np.array([[3.0]]), (W, b))
    dx, (dW, db) = back(np.array([[5.0]]))
    np.testing.assert_array_equal(db, [[0, 5, 0]])
    np.testing.assert_array_equal(dW, [[[0], [15], [0]]])
    np.testing.assert_array_equal(dx, [[10]])


def test_maxout_has_its_groups_where_the_book_counts_them():
    x, W, b = generic(1, (5, 3), (4, 2, 3), (4, 2))
    filters, _ = linear(x, (W.reshape(8, 3), b.reshape(8)))
    np.testing.assert_allclose(maxout(x, (W, b))[0], filters.reshape(5, 4, 2).max(axis=2), rtol=1e-15)


def test_selu_keeps_mean_0_and_variance_1_of_a_standard_normal():
    nodes, weights = np.polynomial.legendre.leggauss(200)
    for moment, want in [(1, 0), (2, 1)]:
        total = 0
        for low, high in [(-12, 0), (0, 12)]:
            s = (low + high + (high - low) * nodes) / 2
            density = np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi)
            total += (high - low) / 2 * weights @ (selu(s)[0] ** moment * density)
        assert total == pytest.approx(want, abs=1e-12)


def test_options_stay_with_the_dtype_of_the_input():
    s = np.array([-1, 2], "float32")
    for layer in (partial(leaky_relu, slope=np.float64(0.3)), partial(elu, alpha=np.float64(0.3))):
        a, back = layer(s)
        assert {a.dtype.name, back(s)[0].dtype.name} == {"float32"}


@pytest.mark.parametrize(
    ("layer", "shapes", "message"),
    [
        (prelu, [(5, 3), (2,)], "alpha: got shape (2,), want (3,)"),
        (prelu, [(5, 3), (3, 1)], "alpha: got shape (3, 1), want (3,)"),
        (prelu, [(5,), (2,)], "alpha: got shape (2,), want ()"),
        (maxout, [(5, 3), (4, 3), (4,)], "W: got shape (4, 3), want (i, k, j)"),
        (maxout, [(5, 2), (4, 2, 3), (4, 2)], "x: got shape (5, 2), want (n, 3)"),
        (maxout, [(5, 3), (4, 2, 3), (4,)], "b: got shape (4,), want (4, 2)"),
        (rbf, [(5, 3), (3,), (4,)], "W: got shape (3,), want (i, j)"),
        (rbf, [(5, 2), (4, 3), (4,)], "x: got shape (5, 2), want (n, 3)"),
        (rbf, [(5, 3), (4, 3), (3,)], "sigma: got shape (3,), want (4,)"),
    ],
)
def test_units_with_parameters_name_the_argument_whose_shape_is_wrong(layer, shapes, message):
    x, *params = generic(1, *shapes)
    with pytest.raises(ValueError) as refusal:
        layer(x, tuple(params))
    assert str(refusal.value) == message


@pytest.mark.parametrize("option", [partial(leaky_relu, slope=np.nan), partial(elu, alpha=-np.inf)])
def test_options_that_are_not_finite_are_refused(option):
    with pytest.raises(ValueError, match="^(slope|alpha): got (nan|-inf), want a finite number$"):
        option(np.ones(2))


@pytest.mark.parametrize("layer", [rbf, prelu])
def test_units_with_parameters_refuse_infinite_entries(layer):
    x, W = generic(1, (5, 3), (2, 3))
    x[1, 1] = -np.inf
    with pytest.raises(ValueError, match="^[xs]: got inf in 1 of 15 entries, want finite numbers$"):
        layer(x, (W, np.ones(2)) if layer is rbf else (np.ones(1),))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("dtype", "size", "width"), [("float32", 2e19, 1e-20), ("float64", 1.0, 1e-170), ("float32", 3e38, 1.0)]
)
def test_rbf_far_away_from_narrow_units_is_0_and_so_are_its_gradients(dtype, size, width):
    x, W = np.full((2, 3), size, dtype), np.full((1, 3), -size, dtype)
    a, back = rbf(x, (W, np.array([width], dtype)))
    dx, grads = back(np.ones_like(a))
    for array in (a, dx, *grads):
        assert not array.any() and array.dtype == dtype
    a, back = rbf(W, (W, np.array([width], dtype)))
    assert (a == 1).all() and not back(np.ones_like(a))[0].any()


def test_rbf_refuses_a_width_of_0():
    x, W = generic(1, (5, 3), (2, 3))
    with pytest.raises(ValueError, match="^sigma: got 0, want widths other than 0$"):
        rbf(x, (W, np.array([1.0, 0.0])))


def test_softmax_refuses_an_infinite_entry():
    with pytest.raises(ValueError, match=r"^s: got inf in 1 of 2 entries, want finite numbers$"):
        softmax(np.array([[0.0, np.inf]]))


def test_relu_takes_the_subgradient_0_at_0():
    _, back = relu(np.array([[-1.0, 0.0, 2.0]]))
    dx, _ = back(np.array([[3.0, 5.0, 7.0]]))
    np.testing.assert_array_equal(dx, [[0, 0, 7]])


def network():
    """A chain with a residual chain in it, its parameters, and an input of five rows."""
    x, W, b, V, c, U, d = generic(3, (5, 3), (4, 3), (4,), (4, 4), (4,), (2, 4), (2,))
    layers = (linear, tanh, residual(chain(linear, sigmoid)), linear)
    return layers, [(W, b), (), [(V, c), ()], (U, d)], x


def test_chains_and_residuals_nest_and_match_central_differences(capsys):
    layers, params, x = network()
    verify.layer(chain(*layers), x, params, np.random.default_rng(4))
    assert "dparams[2][0][0] (4, 4) ok to 1e-07" in capsys.readouterr().out


def test_the_gradients_of_a_chain_nest_like_its_params():
    layers, params, x = network()
    y, back = chain(*layers)(x, params)
    _, grads = back(y)
    assert [len(grad) for grad in grads] == [2, 0, 2, 2]
    assert [grad.shape for grad in leaves(grads)] == [param.shape for param in leaves(params)]


def test_a_layer_used_twice_gets_the_sum_of_both_gradients():
    x, W, b = generic(5, (5, 3), (3, 3), (3,))
    twice = chain(linear, tanh, linear)

    def shared(x, params):
        y, back = twice(x, [params, (), params])

        def shared_back(dy):
            dx, (first, _, second) = back(dy)
            return dx, tuple(one + other for one, other in zip(first, second, strict=True))

        return y, shared_back

    verify.layer(shared, x, (W, b), np.random.default_rng(6))


def test_trace_holds_every_activation_and_its_gradient():
    layers, params, x = network()
    labels = np.array([0, 1, 1, 0, 1])
    activations, deltas = trace(layers, params, x, cross_entropy, labels)
    y, back = chain(*layers)(x, params)
    _, delta = cross_entropy(y, labels)
    assert [array.shape for array in deltas] == [array.shape for array in activations]
    np.testing.assert_array_equal(activations[0], x)
    np.testing.assert_array_equal(activations[-1], y)
    np.testing.assert_array_equal(deltas[-1], delta)
    np.testing.assert_array_equal(deltas[0], back(delta)[0])
    np.testing.assert_allclose(
        deltas[1], verify.gradient(lambda s: cross_entropy(rest(s), labels)[0], activations[1]), atol=1e-9
    )


def rest(s):
    """What `network` does behind its first layer."""
    layers, params, _ = network()
    return chain(*layers[1:])(s, params[1:])[0]


def test_chain_says_how_many_params_it_wants():
    layers, params, x = network()
    wanted = r"want \(layer 1, layer 2, layer 3, layer 4\)$"
    with pytest.raises(ValueError, match=f"^params: got 3 entries, {wanted}"):
        chain(*layers)(x, params[:3])
    with pytest.raises(ValueError, match=f"^params: got NoneType, {wanted}"):
        chain(*layers)(x, None)


def test_chain_says_which_layer_refuses_and_why():
    layers, params, x = network()
    params[3] = (params[3][0][:, :3], params[3][1])
    with pytest.raises(ValueError, match=r"^layer 4 of 4: x: got shape \(5, 4\), want \(n, 3\)$"):
        chain(*layers)(x, params)


def test_residual_refuses_a_layer_that_changes_the_shape():
    x, W, b = generic(1, (5, 3), (1, 3), (1,))
    with pytest.raises(ValueError, match=r"^residual: got layer\(x\) of shape \(5, 1\), want \(5, 3\)"):
        residual(linear)(x, (W, b))


def test_an_mlp_has_a_linear_layer_for_each_pair_of_sizes_and_activations_in_between():
    params = initialization.mlp(np.random.default_rng(1), 3, 4, 4, 2, init=initialization.he)
    assert [array.shape for array in leaves(params)] == [(4, 3), (4,), (4, 4), (4,), (2, 4), (2,)]
    assert sum(array.size for array in leaves(params)) == 46  # DLNN Table 4.2
    assert mlp(3, tanh) == (linear, tanh, linear, tanh, linear)
    (x,) = generic(2, (5, 3))
    y, _ = chain(*mlp(3, tanh))(x, params)
    assert y.shape == (5, 2)
    assert mlp(1, tanh) == (linear,)


def test_an_mlp_without_an_output_is_refused():
    with pytest.raises(ValueError, match="^sizes: got 1, want at least 2, of the input and of the output$"):
        initialization.mlp(np.random.default_rng(1), 3)
    with pytest.raises(ValueError, match="^depth: got 0, "):
        mlp(0, tanh)
