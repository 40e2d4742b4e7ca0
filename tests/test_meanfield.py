"""Mean field theory: the quadrature against scipy's, the maps against closed forms and samples."""

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from dlnotes import initialization, layers, meanfield
from dlnotes.meanfield import expectation, moment_map, propagation

NAMES = """absolute arctan cosine elu gelu hard_tanh identity leaky_relu relu selu sigmoid softplus softsign
swish tanh"""
ACTIVATIONS = pytest.mark.parametrize("activation", [getattr(layers, name) for name in NAMES.split()])
Z = expectation  # E[f(Z)] at the standard normal


def by_scipy(f, mean, variance):
    """E[f(S)] by adaptive quadrature between the kinks."""
    std = math.sqrt(variance)
    kinks = {(s - mean) / std for s in (0, 1, -1, 3, -3, 9, -9)}
    edges = [-10, *sorted(z for z in kinks if abs(z) < 10), 10]

    def integrand(z):
        return f(np.array([mean + std * z])).item() * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    options = {"epsabs": 0, "epsrel": 1e-11, "limit": 200, "full_output": 1}
    return sum(quad(integrand, *piece, **options)[0] for piece in pairwise(edges))


@ACTIVATIONS
@pytest.mark.parametrize(("mean", "variance"), [(0, 1), (0.3, 0.01), (-1.7, 16)])
def test_expectations_agree_with_scipy_for_values_and_slopes(activation, mean, variance):
    def slopes(s):
        return activation(s)[1](np.ones_like(s))[0] ** 2

    for f in (lambda s: activation(s)[0] ** 2, slopes):
        np.testing.assert_allclose(
            expectation(f, mean, variance), by_scipy(f, mean, variance), rtol=1e-10, atol=1e-14
        )


@pytest.mark.parametrize("variance", [1e-12, 1e-4, 1.0, 1e4, 1e12])
def test_closed_forms_hold_at_any_scale(variance):
    std = math.sqrt(variance)
    assert math.isclose(Z(np.abs, 0, variance), std * math.sqrt(2 / math.pi), rel_tol=1e-12)
    assert math.isclose(Z(lambda s: s**6, 0, variance), 15 * variance**3, rel_tol=1e-12)
    assert math.isclose(propagation(layers.relu, variance), variance / 2, rel_tol=1e-12)
    mean = -0.7 * std
    phi, density = 0.5 * math.erfc(0.7 / math.sqrt(2)), math.exp(-(0.7**2) / 2) / math.sqrt(2 * math.pi)
    relu_mean = std * (density - 0.7 * phi)
    assert math.isclose(Z(lambda s: np.maximum(s, 0), mean, variance), relu_mean, rel_tol=1e-11)


def test_variance_0_is_a_single_point_and_others_are_refused():
    assert expectation(np.square, 3.0, 0.0) == 9
    for variance in (-1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match=r"^variance: got .*, want a finite number >= 0$"):
            expectation(np.square, 0.0, variance)


def test_the_nodes_are_sorted_and_weigh_1():
    s, w = meanfield.quadrature(0.4, 2.0)
    assert (np.diff(s) > 0).all() and (w > 0).all()
    assert math.isclose(w.sum(), 1, rel_tol=1e-14)
    s[0], w[0] = 7, 7  # the caller's own
    assert meanfield.quadrature(0.4, 2.0)[0][0] != 7


@pytest.mark.parametrize(
    ("activation", "moments"),  # at q = 0.25, 0.5, 1, 2, 4
    [
        (layers.relu, (0.125, 0.25, 0.5, 1, 2)),
        (layers.tanh, (0.1735, 0.2737, 0.3943, 0.5200, 0.6353)),
        (layers.sigmoid, (0.2640, 0.2754, 0.2934, 0.3184, 0.3486)),
        (layers.leaky_relu, (0.1250, 0.2500, 0.50005, 1.0001, 2.0002)),
        (layers.elu, (0.1873, 0.3481, 0.6449, 1.2001, 2.2582)),
        (layers.selu, (0.3307, 0.5792, 1.0000, 1.7225, 3.0060)),
    ],
)
def test_propagation_functions_have_their_known_values(activation, moments):
    q = np.array([0.25, 0.5, 1, 2, 4])
    np.testing.assert_allclose(propagation(activation, q), moments, atol=6e-5)
    assert propagation(activation, 2.0) == propagation(activation, q)[3]
    np.testing.assert_allclose(
        propagation(activation, q, gain=3, bias=0.5), 3 * propagation(activation, q) + 0.5
    )


def test_gains_are_factors_of_the_variance():
    for activation, gain in ((layers.relu, 2), (layers.selu, 1), (layers.identity, 1)):
        assert math.isclose(meanfield.gain(activation), gain, rel_tol=1e-14)
    torch = pytest.importorskip("torch")

    leaky = meanfield.gain(partial(layers.leaky_relu, slope=0.2))
    assert math.isclose(leaky, torch.nn.init.calculate_gain("leaky_relu", 0.2) ** 2, rel_tol=1e-12)
    assert math.isclose(meanfield.gain(layers.relu), torch.nn.init.calculate_gain("relu") ** 2)


def test_the_gain_of_tanh_is_an_integral_where_pytorch_has_a_rule_of_thumb():
    assert math.isclose(meanfield.gain(layers.tanh), 1 / by_scipy(lambda s: np.tanh(s) ** 2, 0, 1))
    assert round(meanfield.gain(layers.tanh), 4) == 2.5362  # PyTorch takes (5/3)^2 = 2.7778


def test_forward_is_the_recursion_from_the_moment_of_the_input():
    q = meanfield.forward(layers.tanh, 1.0, depth=20)
    np.testing.assert_allclose(q[:6], [1, 0.3943, 0.2365, 0.1667, 0.1279, 0.1034], atol=5e-5)
    np.testing.assert_allclose(q[[10, 19]], [0.0522, 0.0273], atol=1e-4)
    gains = meanfield.forward(layers.relu, 3.0, depth=3, gain=[1, 2, 4], bias=[0.5, 0, 1])
    np.testing.assert_allclose(gains, [3.5, 3.5, 8])


@pytest.mark.parametrize("activation", [layers.tanh, layers.relu, layers.swish])
def test_both_ways_agree_with_a_wide_sampled_network(activation):
    width, depth, gain, rng = 1000, 5, 1.6, np.random.default_rng(0)
    parts = initialization.mlp(rng, *[width] * (depth + 1), init=partial(initialization.lecun, gain=gain))
    for _, b in parts[::2]:
        b += 0.3 * rng.standard_normal(width)
    x = rng.standard_normal((8, width))
    x *= math.sqrt(0.7) / np.sqrt((x**2).mean())
    chain = layers.mlp(depth, activation)
    down = rng.standard_normal((8, width))
    activations, deltas = layers.trace(chain, parts, x, lambda s, target: (0.0, target), down)
    q = meanfield.forward(activation, 0.7, depth=depth, gain=gain, bias=0.09)
    measured = [(s**2).mean() for s in activations[1::2]]
    np.testing.assert_allclose(measured, q, rtol=0.12)
    measured = [(delta**2).mean() / (down**2).mean() for delta in deltas[1::2]]
    np.testing.assert_allclose(measured, meanfield.backward(activation, q, gain=gain), rtol=0.25)


def test_backward_takes_one_gain_for_each_layer_above():
    chi = meanfield.chi(layers.tanh, 0.5)
    np.testing.assert_allclose(
        meanfield.backward(layers.tanh, [0.5, 0.5, 0.5], gain=[2, 3]), [6 * chi**2, 3 * chi, 1]
    )


def test_factors_that_are_neither_one_for_all_nor_one_a_layer_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^gain: got shape \(2,\), want \(3,\)$"):
        meanfield.forward(layers.relu, 1.0, depth=3, gain=[1, 2])
    with pytest.raises(ValueError, match=r"^bias: got shape \(4,\), want \(3,\)$"):
        meanfield.forward(layers.relu, 1.0, depth=3, bias=np.zeros(4))
    with pytest.raises(ValueError, match=r"^gain: got shape \(3,\), want \(2,\)$"):
        meanfield.backward(layers.relu, [1, 1, 1], gain=[1, 2, 3])
    with pytest.raises(ValueError, match=r"^q: got shape \(\), want \(depth,\)$"):
        meanfield.backward(layers.relu, 1.0)
    for q in (0.0, np.array([1.0, -2.0]), np.array([1.0, math.inf]), math.nan):
        with pytest.raises(ValueError, match=r"^q: got .*, want a finite number > 0$"):
            meanfield.edge_of_chaos(layers.relu, q)


@pytest.mark.parametrize("activation", [layers.tanh, layers.relu, layers.hard_tanh])
def test_on_the_edge_of_chaos_q_is_fixed_and_gradients_keep_their_size(activation):
    q = np.array([0.05, 0.5, 2.0])
    gain, bias = meanfield.edge_of_chaos(activation, q)
    for one, factor, shift in zip(q, gain, bias, strict=True):
        assert math.isclose(propagation(activation, one, gain=factor, bias=shift), one, rel_tol=1e-12)
        assert math.isclose(meanfield.chi(activation, one, gain=factor), 1, rel_tol=1e-12)
    if activation is layers.relu:  # He's rule is the only point
        np.testing.assert_allclose(gain, 2, rtol=1e-12)
        np.testing.assert_allclose(bias, 0, atol=1e-12)
    else:
        assert (gain > 1).all() and (bias > 0).all()


def test_the_moment_map_of_selu_has_its_fixed_point_and_its_jacobian():
    np.testing.assert_allclose(moment_map(layers.selu, 0.0, 1.0), (0, 1), atol=1e-14)
    h = 1e-5  # DLNN (10.23)
    columns = [
        np.subtract(moment_map(layers.selu, m, v), moment_map(layers.selu, -m, 2 - v)) / (2 * h)
        for m, v in ((h, 1), (0, 1 + h))
    ]
    jacobian = np.transpose(columns)
    # omega = 0: the mean of the activations does not reach the next layer
    np.testing.assert_allclose(jacobian[:, 1], [0.088835, 0.782648], atol=1e-5)


def test_the_moment_map_multiplies_by_the_sums_of_the_weights():
    assert moment_map(layers.relu, 0.5, 2.0, omega=0.6, tau=0.8) == moment_map(
        layers.relu, 0.3, 1.6, omega=1.0
    )
    mean, variance = moment_map(layers.relu, 0.0, 4.0)
    np.testing.assert_allclose((mean, variance), (2 / math.sqrt(2 * math.pi), 2 - 2 / math.pi), rtol=1e-12)


def test_what_is_measured_in_a_wide_network_is_predicted_both_ways():
    widths, rng = [900, 600, 800, 400], np.random.default_rng(0)
    for activation, init, variances in [
        (layers.relu, initialization.he, 2 / np.array(widths[:-1])),
        (layers.tanh, partial(initialization.normal, std=0.05), 0.05**2),
    ]:
        found = meanfield.measured(rng, activation, widths, init, bias=0.3, n=500)
        want = meanfield.predicted(activation, widths, variances, bias=0.3)
        assert found.shape == want.shape == (2, 3)
        np.testing.assert_allclose(found, want, rtol=0.15)


def test_signals_are_those_of_a_trace_and_other_weights_lead_back():
    rng = np.random.default_rng(1)
    params, other = ([initialization.he(rng, *fans) for fans in [(5, 4), (4, 3), (3, 6)]] for _ in range(2))
    x, delta = rng.normal(size=(2, 5)), rng.normal(size=(2, 6))
    s, deltas = meanfield.signals(layers.tanh, params, x, delta)
    flat = params[0], (), params[1], (), params[2]
    want = layers.trace(layers.mlp(3, layers.tanh), flat, x, lambda s, delta: (0.0, delta), delta)
    for found, each in zip((s, deltas), want, strict=True):
        for one, two in zip(found, each[1::2], strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12)
    same, changed = meanfield.signals(layers.tanh, params, x, delta, back=other)
    np.testing.assert_array_equal(same[-1], s[-1])
    np.testing.assert_allclose(changed[1], (delta @ other[2][0]) * (1 - np.tanh(s[1]) ** 2), rtol=1e-12)
