"""The live figures of multilayer perceptrons: every control is moved, and what they compute is true."""

from functools import partial

import numpy as np
import pytest
from reader import verdict

from dlnotes import datasets, initialization, layers, losses, optimizers, training
from dlnotes.live import multilayer_perceptron, sweep


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


@pytest.fixture
def neuron():
    return multilayer_perceptron.artificial_neuron({"sigmoid": sigmoid, "tanh": np.tanh})


@pytest.fixture(scope="module")
def regions():
    """Makes the figure anew, of networks that were trained once."""
    rng, every = np.random.default_rng(0), 50
    (x, y), (x_test, y_test) = [datasets.rings(rng, n, noise=0.7) for n in (200, 1000)]
    x, x_test, runs = 0.6 * x, 0.6 * x_test, []
    for width in range(6):
        net = layers.chain(*layers.mlp(1 + (width > 0), layers.sigmoid))
        start = initialization.mlp(np.random.default_rng(10), 2, *[width] * (width > 0), 1)
        rule = partial(optimizers.adam, lr=0.1)
        data = x, y[:, None]
        steps = training.steps(
            net, losses.binary_cross_entropy, start, data, rule, rng=rng, batch=200, epochs=300
        )
        runs.append((net, [start, *(params for row, params in steps if row["step"] % every == 0)]))

    def answer(x, width, time):
        net, params = runs[width]
        return net(x, params[time])[0][:, 0]

    def units(width, time):
        return runs[width][1][time][0] if width else (np.zeros((0, 2)), np.zeros(0))

    def score(x, y):
        return [[losses.accuracy(answer(x, width, time), y) for time in range(7)] for width in range(6)]

    accuracies = np.stack([score(x, y), score(x_test, y_test)], axis=-1)
    return lambda: multilayer_perceptron.decision_regions(answer, units, (x, y), accuracies, every)


def test_every_control_of_the_neuron_moves_it(neuron):
    sweep(neuron)


def test_every_control_of_the_regions_moves_them(regions):
    sweep(regions())


def test_doubling_weights_and_bias_leaves_the_orange_line_and_steepens_the_slope_there(neuron):
    assert neuron.predict.answer == 0
    once, twice = (neuron.compute("sigmoid", 2.0 * k, 1.0 * k, -1.0 * k) for k in (1, 2))
    np.testing.assert_array_equal(
        multilayer_perceptron._cut(once["w"]), multilayer_perceptron._cut(twice["w"])
    )
    assert (np.abs(twice["a"] - 0.5) >= np.abs(once["a"] - 0.5)).all()


@pytest.mark.parametrize(
    ("w1", "w2", "bias"), [(2, 1, -1), (0, 3, -1), (-4, 0, 2), (1, -1, 0.5), (8, 8, -12)]
)
def test_the_orange_line_is_where_the_pre_activation_is_zero(w1, w2, bias):
    x1, x2 = multilayer_perceptron._cut(np.array([bias, w1, w2], dtype=float))
    np.testing.assert_allclose(w1 * x1 + w2 * x2 + bias, 0, atol=1e-12)
    assert np.abs(np.diff(x1) + 1j * np.diff(x2)) > 0.1 and (np.abs([x1, x2]) <= 2).all()


def test_a_line_outside_of_the_square_is_not_drawn():
    assert np.isnan(multilayer_perceptron._cut(np.array([12.0, 1.0, 1.0]))).all()
    assert np.isnan(multilayer_perceptron._cut(np.array([1.0, 0.0, 0.0]))).all()


def test_the_soft_and_is_reached_by_a_steep_slope_and_not_at_the_start(neuron):
    assert "Not yet" in verdict(neuron)
    assert "Right" in verdict(neuron, w1=6.0, w2=6.0, bias=-9.0)
    assert "choose the sigmoid" in verdict(neuron, f="tanh")


def test_the_narrowest_network_that_is_good_enough_has_three_hidden_units(regions):
    explorer = regions()
    assert "Not yet" in verdict(explorer)
    assert "fewer will do" in verdict(explorer, width=5)
    assert "Right" in verdict(explorer, width=3)
    assert "Not yet" in verdict(explorer, width=2)


def test_three_units_close_the_region_and_fewer_leave_it_open(regions):
    explorer = regions()
    assert explorer.predict.options[explorer.predict.answer] == "3"

    def at_the_edge(width):
        inside = explorer.compute(width, 300)["positive"].reshape(90, 90)
        return inside[[0, -1]].any() or inside[:, [0, -1]].any()

    assert at_the_edge(1) and at_the_edge(2) and not at_the_edge(3)


def test_without_hidden_units_the_edge_of_the_regions_is_straight(regions):
    inside = regions().compute(0, 300)["positive"].reshape(90, 90)
    counts = inside.sum(axis=1)
    assert (np.abs(np.diff(counts, 2)[1:-1]) <= 1).all()
