"""Initial parameters have the shapes and the distributions that their docstrings promise."""

import math
from functools import partial

import numpy as np
import pytest

from dlnotes import convolution, initialization, layers, meanfield
from dlnotes.initialization import (
    constant,
    fan_average,
    fan_in,
    fan_out,
    fans,
    gaussian,
    glorot,
    he,
    lecun,
    lsuv,
    normal,
    orthogonal,
    random_walk_gain,
    scaled,
    sparse,
    symmetric_uniform,
    truncated,
    truncated_normal,
    uniform,
    uniform_fan_in,
    zeros,
)

SCHEMES = [  # and the variances of weights (500, 300)
    (zeros, 0),
    (normal, 0.01**2),
    (uniform, 0.01**2 / 3),
    (truncated_normal, 0.773741 * 0.01**2),
    (scaled, 1 / 300),
    (lecun, 1 / 300),
    (glorot, 2 / (300 + 500)),
    (he, 2 / 300),
    (partial(he, fan=fan_out), 2 / 500),
    (partial(he, fan=fan_average), 2 / 400),
    (partial(glorot, gain=2.5), 5 / (300 + 500)),
    (partial(he, draw=symmetric_uniform), 2 / 300),
    (partial(lecun, draw=truncated), 1 / 300),
    (uniform_fan_in, 1 / (3 * 300)),
    (orthogonal, 1 / 500),
    (partial(orthogonal, gain=2), 2 / 500),
    (partial(sparse, connections=20), 1 / 300),  # 20 of 300 weights, of variance 1 / 20
    (partial(sparse, connections=300, gain=2), 2 / 300),
]
INITS = pytest.mark.parametrize(("init", "variance"), SCHEMES)


@INITS
def test_weights_are_out_by_in_with_mean_0_and_the_promised_variance(init, variance):
    W, b = init(np.random.default_rng(0), 300, 500)
    assert (W.shape, b.shape) == ((500, 300), (500,))
    assert W.dtype == b.dtype == float
    assert not b.any()
    np.testing.assert_allclose(W.var(), variance, rtol=0.03)  # the standard error is at most 0.014
    np.testing.assert_allclose(W.mean(), 0, atol=0.02 * np.sqrt(variance))


@INITS
def test_the_same_seed_gives_the_same_weights(init, variance):
    first, again = (init(np.random.default_rng(5), 300, 3)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@INITS
@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (2.0, 3)])
def test_sizes_that_are_no_counts_are_refused(init, variance, sizes):
    with pytest.raises(ValueError, match=r"^fan_(in|out): got .*, want a whole number >= 1$"):
        init(np.random.default_rng(0), *sizes)


def test_how_far_weights_spread_is_an_option():
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(normal(rng, 300, 500, std=2.0)[0].std(), 2, rtol=0.01)
    W, _ = uniform(rng, 300, 500, limit=2.0)
    assert 1.999 < W.max() < 2 and -2 < W.min() < -1.999
    W, _ = truncated_normal(rng, 300, 500, std=2.0)
    assert 3.999 < W.max() < 4 and -4 < W.min() < -3.999
    W, b = constant(rng, 4, 3, value=0.5)
    assert (W == 0.5).all() and W.dtype == float and not b.any()


@pytest.mark.parametrize(
    ("init", "limit"),
    [
        (partial(lecun, draw=symmetric_uniform), math.sqrt(3 / 300)),
        (partial(glorot, draw=symmetric_uniform), math.sqrt(6 / 800)),
        (partial(he, draw=symmetric_uniform), math.sqrt(6 / 300)),
        (uniform_fan_in, math.sqrt(1 / 300)),
    ],
)
def test_uniform_forms_fill_their_interval_and_nothing_else(init, limit):
    W, _ = init(np.random.default_rng(1), 300, 500)
    assert 0.999 * limit < W.max() <= limit
    assert -limit <= W.min() < -0.999 * limit
    quarters, _ = np.histogram(W, bins=4, range=(-limit, limit))
    np.testing.assert_allclose(quarters / W.size, 0.25, atol=0.005)


def test_the_truncated_normal_is_scipys():
    from scipy.stats import kstest, truncnorm

    assert math.isclose(initialization.TRUNCATED_STD, truncnorm(-2, 2).std(), rel_tol=1e-12)
    assert abs(initialization.TRUNCATED_STD**2 - 0.7737) < 5e-5
    assert abs(initialization.TRUNCATED_STD - 0.8796) < 5e-5  # which DLNN prints as the variance
    W, _ = truncated_normal(np.random.default_rng(0), 300, 300, std=0.3)
    assert kstest(W.ravel() / 0.3, truncnorm(-2, 2).cdf).pvalue > 0.01
    z = truncated(np.random.default_rng(0), (300, 300))
    assert np.abs(z).max() <= 2 / initialization.TRUNCATED_STD
    np.testing.assert_allclose(z.var(), 1, rtol=0.02)


@pytest.mark.parametrize("draw", [gaussian, symmetric_uniform, truncated])
def test_draws_have_mean_0_and_variance_1(draw):
    z = draw(np.random.default_rng(2), (400, 10, 100))
    assert z.shape == (400, 10, 100)
    np.testing.assert_allclose((z.mean(), z.var()), (0, 1), atol=0.006)  # standard errors 0.0016, 0.0022


def test_a_draw_of_ones_own_will_do():
    W, _ = he(np.random.default_rng(0), 8, 5, draw=lambda rng, shape: rng.choice([-1.0, 1.0], shape))
    assert set(np.abs(W).ravel()) == {0.5}


TORCH = {
    "xavier_normal_": glorot,
    "xavier_uniform_": partial(glorot, draw=symmetric_uniform),
    "kaiming_normal_": he,
    "kaiming_uniform_": partial(he, draw=symmetric_uniform),
}


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("shape", [(400, 200), (60, 20, 9, 5)])
def test_pytorch_agrees_about_fans_and_variances(name, shape):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    ours, _ = TORCH[name](np.random.default_rng(0), shape[1], shape[0], kernel=shape[2:])
    theirs = getattr(torch.nn.init, name)(torch.empty(shape), **_relu(name)).numpy()
    assert ours.shape == shape
    assert fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    np.testing.assert_allclose(ours.var(), theirs.var(), rtol=0.03)  # the standard error is 0.009
    np.testing.assert_allclose(np.abs(ours).max(), np.abs(theirs).max(), rtol=1e-3 if "uni" in name else 0.2)


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
def test_pytorch_agrees_about_the_way_back(mode):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    fan = {"fan_in": fan_in, "fan_out": fan_out}[mode]
    W, _ = he(np.random.default_rng(0), 200, 500, fan=fan)
    theirs = torch.nn.init.kaiming_normal_(torch.empty(500, 200), mode=mode, nonlinearity="relu")
    np.testing.assert_allclose(W.var(), theirs.numpy().var(), rtol=0.03)


def test_pytorchs_linear_begins_with_the_uniform_form_of_the_fan_in():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = torch.nn.Linear(300, 500).weight.detach().numpy()
    W, _ = uniform_fan_in(np.random.default_rng(0), 300, 500)
    np.testing.assert_allclose((W.min(), W.max()), (theirs.min(), theirs.max()), rtol=1e-3)


@pytest.mark.parametrize("sizes", [(5, 9), (9, 5), (7, 7), (1, 4)])
@pytest.mark.parametrize("gain", [1, 2.0])
def test_orthogonal_rows_or_columns_have_the_length_of_the_gain(sizes, gain):
    W, _ = orthogonal(np.random.default_rng(0), *sizes, gain=gain)
    fewer = W @ W.T if len(W) <= W.shape[1] else W.T @ W
    np.testing.assert_allclose(fewer, gain * np.eye(len(fewer)), atol=1e-14)


def test_orthogonal_matrices_are_uniformly_distributed():
    """Haar's are: the trace of a 5 x 5 one has variance 1; without the signs its mean is far from 0."""
    rng = np.random.default_rng(3)
    traces = [np.trace(orthogonal(rng, 5, 5)[0]) for _ in range(4000)]
    assert abs(np.mean(traces)) < 0.06 and abs(np.var(traces) - 1) < 0.08


def test_orthogonal_kernels_are_orthonormal_as_rows():
    W, _ = orthogonal(np.random.default_rng(0), 3, 8, kernel=(2, 5))
    assert W.shape == (8, 3, 2, 5)
    np.testing.assert_allclose(W.reshape(8, -1) @ W.reshape(8, -1).T, np.eye(8), atol=1e-14)


def test_sparse_units_have_exactly_so_many_connections_anywhere():
    W, _ = sparse(np.random.default_rng(0), 40, 3000, connections=6)
    assert ((W != 0).sum(axis=1) == 6).all()
    np.testing.assert_allclose((W != 0).mean(axis=0), 6 / 40, atol=0.03)
    with pytest.raises(ValueError, match=r"^connections: got 15, want at most fan_in = 14$"):
        sparse(np.random.default_rng(0), 14, 3)


@pytest.mark.parametrize("init", [normal, uniform, truncated_normal, zeros, constant, he, uniform_fan_in])
def test_kernels_come_with_their_fans(init):
    W, b = init(np.random.default_rng(0), 3, 6, kernel=(4, 2))
    assert (W.shape, b.shape) == ((6, 3, 4, 2), (6,))
    with pytest.raises(ValueError, match=r"^kernel: got 0, want a whole number >= 1$"):
        init(np.random.default_rng(0), 3, 6, kernel=(3, 0))


@pytest.mark.parametrize("init", [scaled, lecun, orthogonal, partial(sparse, connections=2)])
@pytest.mark.parametrize("gain", [0, -1.0, math.nan, math.inf])
def test_gains_that_are_no_factors_are_refused(init, gain):
    with pytest.raises(ValueError, match=r"^gain: got .*, want a finite number > 0$"):
        init(np.random.default_rng(0), 4, 3, gain=gain)


@pytest.mark.parametrize(("init", "name"), [(normal, "std"), (truncated_normal, "std"), (uniform, "limit")])
@pytest.mark.parametrize("size", [0, -1.0, math.nan, math.inf])
def test_sizes_of_weights_that_are_none_are_refused(init, name, size):
    with pytest.raises(ValueError, match=rf"^{name}: got .*, want a finite number > 0$"):
        init(np.random.default_rng(0), 4, 3, **{name: size})


@pytest.mark.parametrize("init", [lecun, glorot, he])
def test_a_gain_given_to_a_rule_takes_the_place_of_its_own(init):
    W, own = (init(np.random.default_rng(0), 4, 3, **options)[0] for options in ({"gain": 3.0}, {}))
    np.testing.assert_allclose(W**2, (1.5 if init is he else 3) * own**2)


def test_lsuv_gives_every_layer_the_wanted_spread_and_changes_nothing_it_was_given():
    rng = np.random.default_rng(0)
    net = (
        convolution.conv2d,
        layers.tanh,
        layers.flatten,
        layers.linear,
        layers.swish,
        layers.linear,
    )
    params = [
        normal(rng, 2, 5, kernel=(3, 3)),
        (),
        (),
        (rng.uniform(0, 3, (30, 80)), rng.normal(size=30)),
        (),
        orthogonal(rng, 30, 7),
    ]
    before = [own[0].copy() for own in params if own]
    x = rng.normal(3, 2, (12, 2, 6, 6))
    rescaled = lsuv(net, params, x, std=1.5)
    for layer, own in zip(net, rescaled, strict=True):
        x, _ = layer(x, own)
        if own:
            assert math.isclose(x.std(), 1.5, rel_tol=1e-12)
    for old, (W, _) in zip(before, (own for own in params if own), strict=True):
        np.testing.assert_array_equal(W, old)


def test_lsuv_refuses_what_it_cannot_rescale():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3))
    with pytest.raises(ValueError, match="^layer 1: got an output that is constant"):
        lsuv([layers.linear], [zeros(rng, 3, 2)], x)
    with pytest.raises(ValueError, match="^layer 2: got an output that does not grow with the parameters"):
        lsuv([layers.linear, layers.prelu], [he(rng, 3, 2), (np.array([0.3]),)], x)


@pytest.mark.parametrize(("width", "sussillo"), [(20, math.exp(1 / 40)), (100, math.exp(1 / 200))])
def test_the_random_walk_gain_of_linear_units_is_that_of_the_paper(width, sussillo):
    gain = random_walk_gain(np.random.default_rng(0), layers.identity, width)
    np.testing.assert_allclose(math.sqrt(gain), sussillo, rtol=0.003)


@pytest.mark.parametrize("width", [20, 100])
def test_the_random_walk_gain_of_relu_is_that_of_the_paper(width):
    gain = random_walk_gain(np.random.default_rng(0), layers.relu, width)
    sussillo = math.sqrt(2) * math.exp(1.2 / (width - 2.4))  # their fit
    np.testing.assert_allclose(math.sqrt(gain), sussillo, rtol=0.01)


def test_the_random_walk_gain_tends_to_that_of_mean_fields_and_needs_living_units():
    gain = random_walk_gain(np.random.default_rng(0), layers.tanh, 4000, layers=500)
    np.testing.assert_allclose(gain, meanfield.gain(layers.tanh), rtol=2e-3)
    with pytest.raises(ValueError, match=r"^width: got 1, and a layer where no unit is active"):
        random_walk_gain(np.random.default_rng(0), layers.relu, 1)


def _relu(name):
    """PyTorch's kaiming rules take leaky units unless they are told."""
    return {"nonlinearity": "relu"} if "kaiming" in name else {}
