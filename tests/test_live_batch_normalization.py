"""The live figures of batch normalization: every control is moved, and what they say is true."""

import time
from itertools import pairwise

import numpy as np
import pytest

from dlnotes import datasets, initialization, layers, losses, optimizers, training
from dlnotes.live import batch_normalization, sweep
from dlnotes.normalization import RunningMoments, batch_norm, frozen_norm, neutral, standardize

X, LABELS = datasets.digits()
X = (X - X.mean()) / X.std()
RNG = np.random.default_rng(0)
SIZES = [64, 512, 512, 512, 512, 512]
W = [RNG.standard_normal((i, j)) / np.sqrt(j) for j, i in pairwise(SIZES)]
W, FEW = [each.astype("float32") for each in W], X[:100].astype("float32")
UNIT = X @ RNG.normal(size=64)
KEPT = RunningMoments(UNIT.mean(), UNIT.var())


def through(activation, gain):
    found, a = [], FEW
    for each in W:
        s = np.sqrt(np.float32(gain)) * (a @ each.T)
        a, _ = getattr(layers, activation)(s)
        found.append((s, a))
    return found


def train(batches):
    return standardize(batches, axes=0)[0]


def test_time(values):
    return frozen_norm(values[:, None], neutral(1), moments=KEPT)[0][:, 0]


test_time.__test__ = False


def risks(normalized, scale, lr):
    """25 steps of a network of three hidden layers."""
    norm, one = [batch_norm] * normalized, [neutral(32)] * normalized
    start = initialization.mlp(np.random.default_rng(4), 64, 32, 32, 32, 10, init=initialization.he)
    params = (*(part for w, b in start[:-1:2] for part in ((scale * w, b), *one, ())), start[-1])
    net = layers.chain(*[layers.linear, *norm, layers.relu] * 3, layers.linear)

    def rule(theta, grad, state=None):
        return optimizers.sgd(theta, grad, state, lr=lr)

    found, data = [], (X[:1600], LABELS[:1600])
    try:
        run = training.steps(
            net, losses.cross_entropy, params, data, rule, rng=np.random.default_rng(1), epochs=1
        )
        found += [row["risk"] for row, _ in run]
    except ValueError:
        pass
    return np.array(found + [np.inf] * (50 - len(found)))


@pytest.fixture
def through_layers():
    return batch_normalization.through_layers(through, ["relu", "tanh", "selu"])


@pytest.fixture
def company():
    others = np.random.default_rng(3).integers(len(UNIT), size=(400, 256))
    return batch_normalization.company(train, test_time, UNIT, others)


@pytest.fixture(scope="module")
def runs():
    rates = (0.01, 0.018, 0.032, 0.056, 0.32, 1.78, 10.0)
    return {
        words: {name: {lr: risks(name == "with", scale, lr) for lr in rates} for name in ("without", "with")}
        for words, scale in [("He's", 1.0), ("half of He's", 0.5)]
    }


@pytest.fixture
def learning_rates(runs):
    return batch_normalization.learning_rates(runs)


FIGURES = pytest.mark.parametrize("name", ["through_layers", "company", "learning_rates"])


@FIGURES
def test_every_control_of_the_figure_moves_it(name, request):
    sweep(request.getfixturevalue(name))


@FIGURES
def test_no_goal_is_reached_at_the_start(name, request):
    explorer = request.getfixturevalue(name)
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value


@FIGURES
def test_a_move_is_answered_in_time(name, request):
    explorer = request.getfixturevalue(name)
    start = time.process_time()
    explorer.compute(**explorer.values)
    assert time.process_time() - start < 0.2


def registered(explorer, **values):
    explorer.set(**values)
    explorer.register.click()
    return explorer.verdict.value


def test_the_mean_square_of_relus_halves_from_layer_to_layer_at_gain_1(through_layers):
    assert through_layers.predict.options[through_layers.predict.answer] == "it halves"
    arrays = through_layers.compute("relu", 1.0)
    square = arrays["mean"] ** 2 + arrays["variance"]
    np.testing.assert_allclose(square[1:] / square[:-1], 0.5, atol=0.1)


def test_selu_alone_reaches_the_goal_of_mean_0_and_variance_1(through_layers):
    assert "Right" in registered(through_layers, activation="selu", gain=1.0)
    for activation, gain in [("relu", 2.0), ("tanh", 1.0), ("tanh", 4.0), ("selu", 1.5)]:
        assert "Not yet" in registered(through_layers, activation=activation, gain=gain)


def test_the_densities_are_those_of_the_numbers_inside_of_the_picture(through_layers):
    for layer in through_layers.compute("tanh", 1.0)["densities"]:
        assert np.sum(layer[1]) * 0.1 == pytest.approx(1)


def test_of_two_samples_one_is_at_plus_1_and_one_at_minus_1(company):
    assert "−1 or about +1" in company.predict.options[company.predict.answer]
    outputs = company.compute(size=2, sample=1.0, batch=1)["outputs"]
    assert np.mean(np.abs(np.abs(outputs) - 1) < 0.01) > 0.97
    assert {-1, 1} == set(np.sign(outputs))


def test_larger_batches_agree_with_the_test_more_and_more(company):
    apart = [company.compute(size, 1.0, 1)["apart"] for size in (4, 16, 64, 256)]
    assert apart == sorted(apart, reverse=True)
    assert company.compute(8, 1.0, 1)["test"] == pytest.approx(1, abs=1e-3)


def test_one_batch_size_is_the_smallest_that_reaches_the_goal(company):
    found = [size for size in (2, 4, 8, 16, 32, 64, 128, 256) if "Right" in registered(company, size=size)]
    assert len(found) == 1 and found[0] in (64, 128)
    assert "smaller batches do as well" in registered(company, size=256)
    assert "want 1" in registered(company, size=found[0], sample=0.5)


def test_from_half_of_the_weights_batch_norm_goes_as_low_and_the_plain_network_does_not(learning_rates):
    assert learning_rates.predict.answer == 1
    full, half = [learning_rates.compute(words, 1)["ends"] for words in ("He's", "half of He's")]
    assert abs(full["with"].min() - half["with"].min()) < 0.15
    assert half["without"].min() > full["without"].min() + 0.3


def test_a_large_learning_rate_reaches_the_goal_and_a_small_one_does_not(learning_rates):
    assert "Right" in registered(learning_rates, rate=6)
    assert "Not yet" in registered(learning_rates, rate=5)
    assert "Not yet" in registered(learning_rates, rate=1)


def test_a_run_that_went_to_infinity_is_drawn_at_the_edge_and_said_so(runs):
    runs = {
        words: {name: {1.0: np.full(50, np.inf), 2.0: np.ones(50)} for name in run}
        for words, run in runs.items()
    }
    explorer = batch_normalization.learning_rates(runs)
    explorer.set(rate=1)
    assert explorer.error is None
    assert "beyond all bounds" in explorer.picture.readout
