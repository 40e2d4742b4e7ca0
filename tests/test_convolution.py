"""Convolution and pooling: central differences, PyTorch, adjoints, sizes, refusals."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import signal

from dlnotes import convolution, verify
from dlnotes.convolution import (
    conv1d,
    conv2d,
    conv_transpose2d,
    depthwise_separable,
    global_max_pool2d,
    global_mean_pool2d,
    locally_connected2d,
    lp_pool2d,
    max_pool2d,
    mean_pool2d,
    pad,
    tiled_conv2d,
)

GRID = list(
    itertools.product(
        [(7, 6), (9, 5)],  # h, w
        [(1, 1), (3, 2), (2, 3)],  # kernel
        [1, 2, (3, 1)],  # stride
        [0, (1, 2)],  # padding
        [1, (2, 1)],  # dilation
        [1, 2, 4],  # groups
    )
)
OPTIONS = ("stride", "padding", "dilation", "groups")


def generic(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def against_torch(layer, torch_layer, x, W, b):
    """The largest difference in the output and in the three gradients."""
    y, back = layer(x, (W, b))
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, W, b)]
    want = torch_layer(*tensors)
    (dy,) = generic(5, y.shape)
    wanted = torch.autograd.grad(want, tensors, torch.tensor(dy.astype(y.dtype)))
    dx, grads = back(dy.astype(y.dtype))
    pairs = zip((y, dx, *grads), (want.detach(), *wanted), strict=True)
    return max(np.abs(ours - theirs.numpy()).max() for ours, theirs in pairs)


@pytest.mark.parametrize(("size", "kernel"), [*itertools.product([(7, 6), (9, 5)], [(1, 1), (3, 2), (2, 3)])])
def test_convolutions_agree_with_pytorch_on_the_whole_grid(size, kernel):
    shapes = [case for case in GRID if case[:2] == (size, kernel)]
    assert len(GRID) >= 200 and len(shapes) == 36
    for _, _, *options in shapes:
        options = dict(zip(OPTIONS, options, strict=True))
        x, W, b = generic(1, (3, 4, *size), (8, 4 // options["groups"], *kernel), (8,))
        assert against_torch(partial(conv2d, **options), partial(F.conv2d, **options), x, W, b) < 1e-12
        W = generic(2, (4, 8 // options["groups"], *kernel))[0]
        ours, theirs = partial(conv_transpose2d, **options), partial(F.conv_transpose2d, **options)
        assert against_torch(ours, theirs, x, W, b) < 1e-12


def layers_of(case):
    """The convolution and the transposed one of a case of the grid, with generic arrays x, W, b."""
    size, kernel, *options = case
    options = dict(zip(OPTIONS, options, strict=True))
    x, W, V, b = generic(
        1, (3, 4, *size), (4, 4 // options["groups"], *kernel), (4, 4 // options["groups"], *kernel), (4,)
    )
    return (partial(conv2d, **options), x, W, b), (partial(conv_transpose2d, **options), x, V, b)


@pytest.mark.parametrize("case", GRID, ids=str)
def test_in_a_random_direction_the_slope_is_that_of_central_differences(case):
    for layer, *point in layers_of(case):
        dy, *direction = generic(3, layer(point[0], point[1:])[0].shape, *(array.shape for array in point))

        def risk(step, layer=layer, point=point, direction=direction, dy=dy):
            x, W, b = (array + step * along for array, along in zip(point, direction, strict=True))
            return np.sum(dy * layer(x, (W, b))[0])

        dx, grads = layer(point[0], point[1:])[1](dy)
        slopes = [np.sum(grad * along) for grad, along in zip((dx, *grads), direction, strict=True)]
        np.testing.assert_allclose(sum(slopes), (risk(1e-5) - risk(-1e-5)) / 2e-5, rtol=1e-7, atol=1e-7)


EVERYWHERE = GRID[::7]  # 7 divides no number of values: every pair of values of two options occurs


def test_the_cases_for_all_entries_hold_every_pair_of_values():
    for one, other in itertools.combinations(range(6), 2):
        assert {(case[one], case[other]) for case in EVERYWHERE} == {
            (case[one], case[other]) for case in GRID
        }


@pytest.mark.parametrize("case", EVERYWHERE, ids=str)
def test_pullbacks_match_central_differences_in_every_entry(case):
    for layer, x, *params in layers_of(case):
        verify.layer(layer, x, tuple(params), np.random.default_rng(2))


@pytest.mark.parametrize("output_padding", [0, 1, (0, 1), (1, 0)])
def test_output_padding_is_that_of_pytorch(output_padding):
    x, W, b = generic(1, (3, 2, 4, 5), (2, 3, 3, 2), (3,))
    options = {"stride": 2, "padding": 1, "output_padding": output_padding}
    ours, theirs = partial(conv_transpose2d, **options), partial(F.conv_transpose2d, **options)
    assert against_torch(ours, theirs, x, W, b) < 1e-12


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"dilation": 2},
        {"groups": 2},
        {"stride": (2, 3), "padding": (0, 1), "dilation": (2, 1), "groups": 2},
    ],
    ids=str,
)
def test_the_transposed_convolution_is_the_adjoint(options):
    x, W = generic(1, (3, 4, 9, 7), (6, 4 // options.get("groups", 1), 3, 3))
    y, _ = conv2d(x, (W, np.zeros(6)), **options)
    (v,) = generic(2, y.shape)
    back, _ = conv_transpose2d(v, (W, np.zeros(4)), **options)
    np.testing.assert_allclose(np.sum(v * y), np.sum(back * x), rtol=1e-12)


def test_one_axis_agrees_with_pytorch():
    for stride, padding, dilation, groups in itertools.product([1, 2], [0, 2], [1, 3], [1, 2]):
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        x, W, b = generic(1, (3, 4, 11), (6, 4 // groups, 3), (6,))
        assert against_torch(partial(conv1d, **options), partial(F.conv1d, **options), x, W, b) < 1e-12


@pytest.mark.parametrize(
    "options", [{"padding": 1}, {"stride": 2, "groups": 2}, {"dilation": (2, 1), "stride": (1, 3)}], ids=str
)
def test_float32_agrees_with_pytorch_in_float32(options):
    x, W, b = generic(1, (3, 4, 9, 8), (6, 4 // options.get("groups", 1), 3, 3), (6,))
    arrays = [array.astype("float32") for array in (x, W, b)]
    assert against_torch(partial(conv2d, **options), partial(F.conv2d, **options), *arrays) < 1e-4


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (conv2d, [(6, 4, 3, 2), (6,)]),
        (conv_transpose2d, [(4, 6, 3, 2), (6,)]),
        (locally_connected2d, [(6, 5, 5, 4, 3, 2), (6, 5, 5)]),
    ],
)
def test_kernels_in_float64_make_of_images_in_float32_what_they_make_of_the_same_in_float64(layer, shapes):
    x, *params = generic(1, (3, 4, 7, 6), *shapes)
    x = x.astype("float32")
    (y, back), (want, back_64) = layer(x, params), layer(x.astype(float), params)
    delta = generic(2, y.shape)[0].astype("float32")
    dx, wanted = back(delta)[0], back_64(delta.astype(float))[0]
    assert y.dtype == dx.dtype == float
    np.testing.assert_allclose(y, want, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dx, wanted, rtol=1e-12, atol=1e-12)


def test_many_samples_in_several_chunks_are_the_same_as_each_alone(monkeypatch):
    x, W, b = generic(1, (7, 2, 6, 5), (3, 2, 2, 3), (3,))
    whole, back = conv2d(x, (W, b))
    (delta,) = generic(2, whole.shape)
    want = back(delta)
    monkeypatch.setattr("dlnotes.convolution.correlation.CACHE", 700)  # two samples at a time
    s, back = conv2d(x, (W, b))
    dx, (dW, db) = back(delta)
    for got, wanted in zip((s, dx, dW, db), (whole, want[0], *want[1]), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


def test_cross_correlation_is_not_flipped_and_convolution_is():
    f, x = np.array([1.0, 2, 3]), np.array([4.0, 0, -1, 2, 5])
    row, kernel = x[None, None], f[None, None]
    np.testing.assert_allclose(conv1d(row, (kernel, np.zeros(1)))[0][0, 0], [1, 4, 18])
    np.testing.assert_allclose(conv1d(row, (kernel[..., ::-1], np.zeros(1)))[0][0, 0], [11, 0, 6])
    image, two = generic(1, (6, 7), (3, 2))
    s, _ = conv2d(image[None, None], (two[None, None, ::-1, ::-1], np.zeros(1)))
    np.testing.assert_allclose(s[0, 0], signal.convolve2d(image, two, mode="valid"))


# ---------------------------------------------------------------- sizes


def test_output_sizes_are_those_of_brute_force():
    for size, kernel, stride, padding, dilation in itertools.product(
        range(1, 9), range(1, 5), range(1, 4), range(4), (1, 2)
    ):
        reach = dilation * (kernel - 1) + 1
        places = [
            at for at in range(size + 2 * padding) if at % stride == 0 and at + reach <= size + 2 * padding
        ]
        if not places:
            continue
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        out = convolution.output_size(size, kernel, **options)
        assert out == len(places)
        missing = (size + 2 * padding - reach) % stride
        assert convolution.transposed_size(out, kernel, output_padding=missing, **options) == size


@pytest.mark.parametrize(
    ("layers", "want"),
    [
        ([(3, 1, 0)] * 3, (7, 1, 0)),
        ([(3, 1, 1)] * 2, (5, 1, -2)),
        ([(7, 2, 3), (3, 2, 1)], (11, 4, -5)),
        ([(3, 1, 0, 2), (3, 1, 0, 4)], (13, 1, 0)),
    ],
)
def test_the_receptive_field_is_what_moves_an_output(layers, want):
    assert convolution.receptive_field(layers) == want
    x = np.zeros((1, 1, 40))
    x.setflags(write=False)

    def stack(x):
        for kernel, stride, padding, *dilation in layers:
            W = np.ones((1, 1, kernel))
            x, _ = conv1d(x, (W, np.zeros(1)), stride=stride, padding=padding, dilation=(dilation or [1])[0])
        return x

    touched = []
    for at in range(40):
        moved = x.copy()
        moved[0, 0, at] = 1
        if stack(moved)[0, 0, 2] != 0:  # the third output
            touched.append(at)
    field, jump, start = want
    inside = range(max(0, start + 2 * jump), start + 2 * jump + field)
    assert (touched[0], touched[-1]) == (inside[0], inside[-1])


# ---------------------------------------------------------------- pooling


POOLS = [
    ("max", max_pool2d, lambda x, o: F.max_pool2d(x, o["size"], o.get("stride"), o.get("padding", 0))),
    ("mean", mean_pool2d, lambda x, o: F.avg_pool2d(x, o["size"], o.get("stride"), o.get("padding", 0))),
]


@pytest.mark.parametrize(("name", "layer", "theirs"), POOLS, ids=[case[0] for case in POOLS])
@pytest.mark.parametrize(
    "options",
    [
        {"size": 2},
        {"size": (3, 2)},
        {"size": 3, "stride": 2},
        {"size": 3, "stride": 1, "padding": 1},
        {"size": (2, 3), "stride": (2, 1), "padding": (1, 0)},
    ],
    ids=str,
)
def test_pooling_agrees_with_pytorch_and_central_differences(name, layer, theirs, options):
    (x,) = generic(1, (3, 2, 7, 6))
    verify.layer(partial(layer, **options), x, (), np.random.default_rng(2))
    y, back = layer(x, **options)
    tensor = torch.tensor(x, requires_grad=True)
    want = theirs(tensor, options)
    (dy,) = generic(3, y.shape)
    (dx,) = torch.autograd.grad(want, tensor, torch.tensor(dy))
    np.testing.assert_allclose(y, want.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(back(dy)[0], dx.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5])
def test_norm_pooling_matches_central_differences_and_pytorch_on_positive_images(p):
    (x,) = generic(1, (3, 2, 6, 6))
    layer = partial(lp_pool2d, size=2, p=p)
    verify.layer(layer, x, (), np.random.default_rng(2))
    want = F.lp_pool2d(torch.tensor(np.abs(x)), p, 2).numpy()
    np.testing.assert_allclose(layer(x)[0], want, rtol=1e-12)
    np.testing.assert_allclose(layer(1e200 * x)[0], 1e200 * want, rtol=1e-12)


def test_norm_pooling_of_a_constant_is_its_size_times_the_root_of_the_number_and_of_zeros_is_zero():
    x = np.full((1, 1, 4, 4), -3.0)
    np.testing.assert_allclose(lp_pool2d(x, size=2)[0], 6)
    y, back = lp_pool2d(0 * x, size=2)
    assert not y.any() and not back(np.ones_like(y))[0].any()


def test_the_first_of_several_largest_entries_gets_the_gradient():
    y, back = max_pool2d(np.ones((1, 1, 2, 2)), size=2)
    np.testing.assert_array_equal(back(np.full_like(y, 5))[0], [[[[5, 0], [0, 0]]]])


@pytest.mark.parametrize("low", [-1e5, -np.inf])
@pytest.mark.parametrize(
    "options",
    [
        {"size": 3, "stride": 1, "padding": 1},
        {"size": (4, 3), "stride": (3, 2), "padding": (2, 1)},
        {"size": 2, "stride": 2, "padding": 1},
    ],
    ids=str,
)
def test_nothing_in_the_padding_wins_whatever_lies_inside(options, low):
    (x,) = generic(1, (3, 2, 6, 5))
    x[x < 0.7] = low  # whole windows of it
    y, back = max_pool2d(x, **options)
    assert (y == low).any() and (y > low).any()
    tensor = torch.tensor(x, requires_grad=True)
    want = F.max_pool2d(tensor, options["size"], options["stride"], options["padding"])
    (dy,) = generic(2, y.shape)
    (dx,) = torch.autograd.grad(want, tensor, torch.tensor(dy))
    np.testing.assert_array_equal(y, want.detach().numpy())
    np.testing.assert_allclose(back(dy)[0], dx.numpy(), rtol=1e-12, atol=1e-12)


def test_a_window_may_be_as_large_as_a_photograph():
    x = np.arange(90_000.0).reshape(1, 1, 300, 300)
    for layer, want in [(global_max_pool2d, 89_999), (global_mean_pool2d, 44_999.5)]:
        np.testing.assert_allclose(layer(x)[0], [[want]])
    y, back = max_pool2d(x[:, :, :260, :260], size=260)  # more entries than 16 bits can number
    assert y == 259 * 300 + 259 and back(np.ones_like(y))[0][0, 0, -1, -1] == 1


def test_of_several_largest_entries_the_first_gets_the_gradient_of_a_global_pool():
    _, back = global_max_pool2d(np.ones((1, 2, 2, 3)))
    dx, _ = back(np.array([[5.0, 7]]))
    np.testing.assert_array_equal(dx, [[[[5, 0, 0], [0, 0, 0]], [[7, 0, 0], [0, 0, 0]]]])


def test_global_pools_give_one_number_for_each_channel_whatever_the_size():
    for size in ((4, 5), (7, 2)):
        (x,) = generic(1, (3, 2, *size))
        np.testing.assert_allclose(global_mean_pool2d(x)[0], x.mean(axis=(2, 3)))
        np.testing.assert_allclose(global_max_pool2d(x)[0], x.max(axis=(2, 3)))
        for layer in (global_mean_pool2d, global_max_pool2d):
            verify.layer(layer, x, (), np.random.default_rng(2))


# ---------------------------------------------------------------- padding, local kernels, matrices


@pytest.mark.parametrize(
    ("mode", "theirs"), [("zero", "constant"), ("periodic", "circular"), ("reflection", "reflect")]
)
@pytest.mark.parametrize("width", [1, (0, 2), (3, 4)], ids=str)
def test_padding_is_that_of_pytorch(mode, theirs, width):
    (x,) = generic(1, (3, 2, 4, 5))
    down, across = width if isinstance(width, tuple) else (width, width)
    verify.against_torch(
        partial(pad, width=width, mode=mode),
        lambda x: F.pad(x, (across, across, down, down), mode=theirs),
        x,
        rng=np.random.default_rng(2),
    )


@pytest.mark.parametrize("width", [1, (1, 2), (4, 5)], ids=str)
def test_the_pullback_of_symmetric_padding_matches_central_differences(width):
    (x,) = generic(1, (3, 2, 4, 5))  # PyTorch has none to compare with
    verify.layer(partial(pad, width=width, mode="symmetric"), x, (), np.random.default_rng(2))


def test_a_symmetric_image_repeats_its_edge_and_one_that_is_reflected_does_not():
    row = np.array([1.0, 2, 3])[None, None, None]
    symmetric, reflected = (
        pad(row, width=(0, 2), mode=mode)[0][0, 0, 0] for mode in ("symmetric", "reflection")
    )
    np.testing.assert_array_equal(symmetric, [2, 1, 1, 2, 3, 3, 2])
    np.testing.assert_array_equal(reflected, [3, 2, 1, 2, 3, 2, 1])


@pytest.mark.parametrize("mode", ["zero", "periodic", "reflection", "symmetric"])
def test_padding_copies_and_leaves_an_infinity_where_it_is(mode):
    (x,) = generic(1, (3, 2, 4, 5))
    x[0, 0, 1, 2] = np.inf
    y, _ = pad(x, width=1, mode=mode)
    assert np.isinf(y[0, 0, 2, 3]) and np.isinf(y).sum() < 3 and not np.isnan(y).any()


def test_a_periodic_image_is_repeated_as_often_as_there_is_room():
    (x,) = generic(1, (3, 2, 2, 3))
    layer = partial(pad, width=(4, 3), mode="periodic")
    np.testing.assert_array_equal(layer(x)[0], np.tile(x, (1, 1, 5, 3)))
    verify.layer(layer, x, (), np.random.default_rng(2))


def test_locally_connected_with_copies_of_one_kernel_is_a_convolution():
    x, W, b = generic(1, (3, 2, 6, 5), (4, 2, 3, 2), (4,))
    s, _ = conv2d(x, (W, b))
    copies = np.broadcast_to(W[:, None, None], (4, *s.shape[2:], 2, 3, 2))
    local, _ = locally_connected2d(x, (copies, np.broadcast_to(b[:, None, None], s.shape[1:])))
    np.testing.assert_allclose(local, s, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("tiles", [(1, 1), (2, 2), (3, 3), (2, 3)], ids=str)
def test_tiled_convolution_goes_from_convolution_to_locally_connected(tiles):
    x, W, b = generic(1, (3, 2, 5, 4), (4, *tiles, 2, 3, 2), (4, *tiles))
    verify.layer(tiled_conv2d, x, (W, b), np.random.default_rng(2))
    s, _ = tiled_conv2d(x, (W, b))
    for p, q in np.ndindex(s.shape[2:]):
        kernel = W[:, p % tiles[0], q % tiles[1]], b[:, p % tiles[0], q % tiles[1]]
        want, _ = conv2d(x[:, :, p : p + 3, q : q + 2], kernel)
        np.testing.assert_allclose(s[:, :, p, q], want[:, :, 0, 0], rtol=1e-12, atol=1e-12)


def test_locally_connected_pullback_matches_central_differences():
    x, W, b = generic(1, (3, 2, 4, 4), (3, 2, 3, 2, 3, 2), (3, 2, 3))
    verify.layer(locally_connected2d, x, (W, b), np.random.default_rng(2))


def test_depthwise_separable_is_a_grouped_and_a_one_by_one_convolution():
    x, W, b, V, c = generic(1, (3, 4, 6, 5), (4, 1, 3, 3), (4,), (6, 4, 1, 1), (6,))
    params = ((W, b), (V, c))
    verify.layer(depthwise_separable, x, params, np.random.default_rng(2))
    x_, W_, b_, V_, c_ = map(torch.tensor, (x, W, b, V, c))
    want = F.conv2d(F.conv2d(x_, W_, b_, groups=4, padding=1, stride=2), V_, c_)
    got, _ = depthwise_separable(x, params, padding=1, stride=2)
    np.testing.assert_allclose(got, want.numpy(), rtol=1e-12, atol=1e-12)
    small = [tuple(array.astype("float32") for array in own) for own in params]
    s, back = depthwise_separable(x.astype("float32"), small)
    dx, grads = back(s)
    assert {array.dtype.name for array in (s, dx, *grads[0], *grads[1])} == {"float32"}


def test_matrices_are_toeplitz_and_circulant():
    W = np.array([[[2.0, 3, 5]]])
    banded = convolution.as_matrix(partial(conv1d, params=(W, np.zeros(1))), (1, 6))
    want = [[2, 3, 5, 0, 0, 0], [0, 2, 3, 5, 0, 0], [0, 0, 2, 3, 5, 0], [0, 0, 0, 2, 3, 5]]
    np.testing.assert_array_equal(banded, want)

    def cyclic(x):
        padded, _ = pad(x, width=(0, 1), mode="periodic")
        return conv2d(padded, (W[:, :, None], np.zeros(1)))

    circulant = convolution.as_matrix(cyclic, (1, 1, 6))
    for row in range(6):
        np.testing.assert_array_equal(circulant[row], np.roll([3, 5, 0, 0, 0, 2], row))


def test_in_two_axes_a_periodic_convolution_is_doubly_block_circulant_and_not_circulant():
    (W,) = generic(1, (1, 1, 3, 3))

    def cyclic(x):
        return conv2d(pad(x, width=1, mode="periodic")[0], (W, np.zeros(1)))

    A = convolution.as_matrix(cyclic, (1, 4, 5))
    blocks = A.reshape(4, 5, 4, 5).transpose(0, 2, 1, 3)  # [block row, block column, row, column]
    for row, column in np.ndindex(4, 4):
        np.testing.assert_array_equal(blocks[row, column], blocks[0, (column - row) % 4])
    for block, row in itertools.product(blocks[0], range(5)):
        np.testing.assert_array_equal(block[row], np.roll(block[0], row))
    assert any((A[row] != np.roll(A[0], row)).any() for row in range(20))


@pytest.mark.parametrize(
    "bent",
    [
        lambda x: np.maximum(x, 0),
        np.abs,
        lambda x: x + 1e-3 * x**2,
        lambda x: np.concatenate([np.maximum(x[:, :1], 0), x[:, 1:]], axis=1),
        lambda x: np.concatenate([x[:, :-1], np.maximum(-x[:, -1:], 0)], axis=1),
    ],
)
@pytest.mark.parametrize("shape", [(1,), (2,), (9,), (5, 3, 2)], ids=str)
def test_a_map_that_is_bent_in_one_entry_or_in_all_is_no_matrix(bent, shape):
    with pytest.raises(ValueError, match=r"layer: got an output .* off A x, want a linear map"):
        convolution.as_matrix(lambda x: (bent(x), None), shape)


# ---------------------------------------------------------------- refusals

X, W, B = np.ones((2, 4, 5, 6)), np.ones((6, 4, 3, 3)), np.ones(6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv2d(X[0], (W, B)), r"x: got shape \(4, 5, 6\), want \(n, c, h, w\)"),
        (lambda: conv2d(X, (W, B[:5])), r"b: got shape \(5,\), want \(6,\)"),
        (lambda: conv2d(X, (W,)), r"params: got 1 entries, want \(W, b\)"),
        (lambda: conv2d(X[:, :3], (W, B)), r"x: got 3 channels, want groups \* W.shape\[1\] = 1 \* 4 = 4"),
        (
            lambda: conv2d(X, (W[:5, :2], B[:5]), groups=2),
            r"groups: got 2, want a divisor of the kernels: 5 = 2 \* 2 \+ 1",
        ),
        (lambda: conv2d(X, (W, B), padding=-1), "padding: got -1, want at least 0"),
        (lambda: conv2d(X, (W, B), stride=0), "stride: got 0, want at least 1"),
        (lambda: conv2d(X, (W, B), stride=1.5), "stride: got 1.5, want an integer or a tuple of two"),
        (lambda: conv2d(X, (W, B), stride=(2, True)), r"stride: got \(2, True\), want an integer or a tuple"),
        (lambda: conv2d(X, (W, B), stride=(1, 2, 3)), "stride: got .*, want an integer or a tuple"),
        (
            lambda: conv2d(X, (W, B), stride=[1, 2]),
            r"stride: got \[1, 2\], want an integer or a tuple of two",
        ),
        (
            lambda: conv2d(X, (W, B), dilation=3),
            r"kernel: got 3, .* 3 \* \(3 - 1\) \+ 1 = 7 entries; want at most 5",
        ),
        (
            lambda: conv2d(X[:, :, :2], (W, B)),
            r"kernel: got 3, .* want at most 2 \+ 2 \* 0 = 2, the padded input",
        ),
        (lambda: conv2d(X, (W, B), groups=0), "groups: got 0, want a whole number >= 1"),
        (lambda: conv2d(X * np.nan, (W, B)), "x: .*NaN"),
        (lambda: conv_transpose2d(X, (W, B)), r"^x: got 4 channels, want W.shape\[0\] = 6$"),
        (
            lambda: conv_transpose2d(X, (W[:4], B[:12]), groups=3),
            r"^groups: got 3, want a divisor of the channels: 4 = 1 \* 3 \+ 1$",
        ),
        (
            lambda: conv_transpose2d(X, (W[:4], B[:4]), groups=2),
            r"^b: got shape \(4,\), want \(8,\)$",
        ),
        (
            lambda: conv_transpose2d(X, (W[:4], B[:4]), output_padding=1),
            "output_padding: got 1, want 0 ... 0",
        ),
        (lambda: conv_transpose2d(X, (W[:4], B[:4]), padding=5), "padding: got 5; .* = -3 outputs are left"),
        (lambda: conv1d(X, (W, B)), r"x: got shape \(2, 4, 5, 6\), want \(n, c, w\)"),
        (lambda: conv1d(X[0], (W[0], B[:4]), stride=0), "^stride: got 0, want a whole number >= 1"),
        (lambda: conv1d(X[0], (W[0], B[:4]), padding=-1), "^padding: got -1, want a whole number >= 0"),
        (
            lambda: conv1d(X[0], (W[0], B[:4]), dilation=(1, 1)),
            r"^dilation: got \(1, 1\), want a whole number",
        ),
        (lambda: depthwise_separable(X, (W, B)), r"params: .* float64, want \(depthwise W, depthwise b\)"),
        (
            lambda: depthwise_separable(X, (W,)),
            r"params: got 1 entries, want \(depthwise \(W, b\), pointwise",
        ),
        (
            lambda: depthwise_separable(X, ((W[:3, :1], B[:3]), (W[..., :1, :1], B))),
            r"^depthwise W: got shape \(3, 1, 3, 3\), want \(4, 1, u, v\)",
        ),
        (
            lambda: depthwise_separable(X, ((W[:4], B[:4]), (W[..., :1, :1], B))),
            r"^depthwise W: got shape \(4, 4, 3, 3\), want \(4, 1, u, v\)",
        ),
        (
            lambda: depthwise_separable(X, ((W[:4, :1], B), (W[..., :1, :1], B))),
            r"^depthwise b: got shape \(6,\), want \(4,\)",
        ),
        (
            lambda: depthwise_separable(X, ((W[:4, :1], B[:4]), (W, B))),
            r"^pointwise W: got shape \(6, 4, 3, 3\), want \(o, 4, 1, 1\)",
        ),
        (
            lambda: depthwise_separable(X, ((W[:4, :1], B[:4]), (W[:, :3, :1, :1], B))),
            r"^pointwise W: got shape \(6, 3, 1, 1\), want \(o, 4, 1, 1\)",
        ),
        (
            lambda: depthwise_separable(X, ((W[:4, :1], B[:4]), (W[..., :1, :1], B[:5]))),
            r"^pointwise b: got shape \(5,\), want \(6,\)",
        ),
        (lambda: depthwise_separable(B, ((W, B), (W, B))), r"x: got shape \(6,\), want \(n, c, h, w\)"),
        (lambda: depthwise_separable([1.0], ((W, B), (W, B))), "x: got list, want a NumPy array"),
        (lambda: max_pool2d(X, size=7), "kernel: got 7, which covers 7 entries; want at most 5"),
        (lambda: max_pool2d(X, size=3, padding=2), "padding: got 2, want at most half of the size 3"),
        (lambda: lp_pool2d(X, size=2, p=0.5), "p: got 0.5, want a finite number >= 1"),
        (
            lambda: pad(X, width=1, mode="mirror"),
            "mode: got 'mirror', want one of zero, periodic, reflection, symmetric",
        ),
        (
            lambda: pad(X, width=(5, 0), mode="reflection"),
            "width: got 5, want at most 4: a mirror shows no m",
        ),
        (lambda: pad(X, width=(6, 0), mode="symmetric"), "width: got 6, want at most 5: a mirror"),
        (lambda: convolution.output_size(0, 3), "size: got 0, want a whole number >= 1"),
        (lambda: convolution.output_size(5, 3, padding=0.5), "padding: got 0.5, want a whole number >= 0"),
        (lambda: convolution.output_size(5, 3, padding=True), "padding: got True, want a whole number"),
        (lambda: convolution.output_size(5, 3, padding="same"), "padding: got same, want a whole number"),
        (
            lambda: convolution.transposed_size(1, 2, padding=1),
            r"padding: got 1; .* = 0 outputs are left, want at least 1",
        ),
        (lambda: convolution.transposed_size(5, 3, padding=-1), "padding: got -1, want a whole number >= 0"),
        (
            lambda: convolution.transposed_size(5, 3, stride=2, output_padding=0.5),
            "output_padding: got 0.5, want a whole number",
        ),
        (
            lambda: convolution.transposed_size(4, 3, stride=2, dilation=3, output_padding=2),
            "output_padding: got 2, want 0 ... 1, less than the stride",
        ),
        (
            lambda: convolution.receptive_field([(3, 1)]),
            r"layers\[0\]: got \(3, 1\), want \(kernel, stride, p",
        ),
        (lambda: convolution.receptive_field([(3, 1, 0), (3, 1, 0, 1, 1)]), r"layers\[1\]: got"),
        (lambda: convolution.receptive_field([(0, -1, 0)]), r"kernel of layers\[0\]: got 0, want a whole"),
        (lambda: convolution.receptive_field([(3, 1, -1)]), r"padding of layers\[0\]: got -1, want a whole"),
        (lambda: convolution.as_matrix(lambda x: (x, None), 3), "shape: got 3, want that of one sample"),
        (
            lambda: convolution.as_matrix(lambda x: (x, None), (2, 0)),
            r"shape\[1\]: got 0, want a whole number",
        ),
        (lambda: convolution.as_matrix(lambda x: (x + 1, None), (2,)), "layer: got 1 for an image of zeros"),
        (lambda: convolution.as_matrix(lambda x: (x - 0.4, None), (2,)), "got 0.4 for an image of zeros"),
        (lambda: convolution.as_matrix(lambda x: (x * np.nan, None), (2,)), "layer: got nan for an image"),
        (lambda: lp_pool2d(np.full((1, 1, 2, 2), np.inf), size=2), "x: got inf in 4 of 4 entries"),
    ],
)
def test_impossible_sizes_are_refused_with_their_arithmetic(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("layer", "x", "params", "name"),
    [
        (conv2d, X, (W, B), "delta"),
        (conv_transpose2d, X, (W[:4], np.ones(4)), "dy"),
        (conv1d, X[0], (W[:, 0, :, :].repeat(2, 1)[:, :5], B), "delta"),
        (convolution.conv_transpose1d, X[0], (np.ones((5, 3, 2)), np.ones(3)), "dy"),
        (partial(max_pool2d, size=2), X, (), "dy"),
        (partial(mean_pool2d, size=2), X, (), "dy"),
        (partial(lp_pool2d, size=2), X, (), "dy"),
        (global_max_pool2d, X, (), "dy"),
        (global_mean_pool2d, X, (), "dy"),
        (partial(pad, width=1), X, (), "dy"),
        (locally_connected2d, X, (np.ones((6, 2, 3, 4, 4, 4)), np.ones((6, 2, 3))), "delta"),
        (tiled_conv2d, X, (W[:, None, None], B[:, None, None]), "delta"),
    ],
)
def test_what_comes_back_must_have_the_shape_of_what_went_out(layer, x, params, name):
    y, back = layer(x, params)
    for wrong in (np.ones((*y.shape[:-1], 1 + y.shape[-1])), np.ones((1,) * y.ndim), y[0]):
        with pytest.raises(ValueError, match=rf"^{name}: got shape .*, want \({y.shape[0]}, "):
            back(wrong)
