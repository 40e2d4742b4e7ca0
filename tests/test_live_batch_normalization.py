"""The live figures of batch normalization: every control is moved, and what they say is true."""

import time

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes.live import batch_normalization, sweep

NAMES = ["through_layers", "company", "learning_rates"]


@pytest.fixture(scope="module")
def shown():
    """The figures of the page, made by its own cells, and where their controls stand at first."""
    page = "ch09_normalization/01_batch_normalization"
    explorers = shown_by_page(page, *[f"batch_normalization.{name}" for name in NAMES])
    return {name: (explorer, explorer.values) for name, explorer in zip(NAMES, explorers, strict=True)}


def at_the_start(shown, name):
    explorer, values = shown[name]
    explorer.set(**values)
    return explorer


@pytest.fixture
def through_layers(shown):
    return at_the_start(shown, "through_layers")


@pytest.fixture
def company(shown):
    return at_the_start(shown, "company")


@pytest.fixture
def learning_rates(shown):
    return at_the_start(shown, "learning_rates")


FIGURES = pytest.mark.parametrize("name", NAMES)


@FIGURES
def test_every_control_of_the_figure_moves_it(name, request):
    sweep(request.getfixturevalue(name))


@FIGURES
def test_no_goal_is_reached_at_the_start(name, request):
    explorer = request.getfixturevalue(name)
    assert "Not yet" in verdict(explorer)


@FIGURES
def test_a_move_is_answered_in_time(name, request):
    explorer = request.getfixturevalue(name)
    start = time.process_time()
    explorer.compute(**explorer.values)
    assert time.process_time() - start < 0.2


def test_the_mean_square_of_relus_halves_from_layer_to_layer_at_gain_1(through_layers):
    assert through_layers.predict.options[through_layers.predict.answer] == "it halves"
    arrays = through_layers.compute("relu", 1.0)
    square = arrays["mean"] ** 2 + arrays["variance"]
    np.testing.assert_allclose(square[1:] / square[:-1], 0.5, atol=0.1)


def test_selu_alone_reaches_the_goal_of_mean_0_and_variance_1(through_layers):
    assert "Right" in verdict(through_layers, activation="selu", gain=1.0)
    for activation, gain in [("relu", 2.0), ("tanh", 1.0), ("tanh", 4.0), ("selu", 1.5)]:
        assert "Not yet" in verdict(through_layers, activation=activation, gain=gain)


def test_the_densities_are_those_of_the_numbers_inside_of_the_picture(through_layers):
    for layer in through_layers.compute("tanh", 1.0)["densities"]:
        assert np.sum(layer[1]) * 0.1 == pytest.approx(1)


def test_of_two_samples_one_is_at_plus_1_and_one_at_minus_1(company):
    assert "−1 or about +1" in company.predict.options[company.predict.answer]
    outputs = company.compute(size=2, sample=1.0, batch=1)["outputs"]
    assert np.mean(np.abs(np.abs(outputs) - 1) < 0.05) > 0.97  # the rest are near to it: eps counts
    assert {-1, 1} == set(np.sign(outputs))


def test_larger_batches_agree_with_the_test_more_and_more(company):
    apart = [company.compute(size, 1.0, 1)["apart"] for size in (4, 16, 64, 256)]
    assert apart == sorted(apart, reverse=True)
    assert company.compute(8, 1.0, 1)["test"] == pytest.approx(1, abs=1e-3)


def test_one_batch_size_is_the_smallest_that_reaches_the_goal(company):
    found = [size for size in (2, 4, 8, 16, 32, 64, 128, 256) if "Right" in verdict(company, size=size)]
    assert len(found) == 1 and found[0] in (64, 128)
    assert "smaller batches do as well" in verdict(company, size=256)
    assert "want 1" in verdict(company, size=found[0], sample=0.5)


def test_from_half_of_the_weights_batch_norm_goes_as_low_and_the_plain_network_does_not(learning_rates):
    assert learning_rates.predict.answer == 1
    full, half = [learning_rates.compute(words, 1)["ends"] for words in ("He", "half of He")]
    assert abs(full["with"].min() - half["with"].min()) < 0.15
    assert half["without"].min() > full["without"].min() + 0.3


def test_some_large_learning_rates_reach_the_goal_and_small_ones_do_not(learning_rates):
    reached = [
        power for power in np.arange(-2, 1.01, 0.25) if "Right" in verdict(learning_rates, power=power)
    ]
    assert 1 <= len(reached) <= 3 and min(reached) >= 0
    assert "Not yet" in verdict(learning_rates, power=-1.25)


def test_the_slider_counts_in_powers_of_ten(learning_rates):
    learning_rates.set(power=-0.5)
    assert learning_rates.arrays["lr"] == pytest.approx(10**-0.5)
    assert "learning rate 0.32:" in learning_rates.picture.readout


def test_a_run_that_went_to_infinity_is_drawn_at_the_edge_and_said_so():
    rates = 10.0 ** np.arange(4)
    run = {lr: np.full(50, np.inf if lr == 1 else 1.0) for lr in rates}
    explorer = batch_normalization.learning_rates({"He": {"without": run, "with": run}})
    explorer.set(power=0.0)
    assert explorer.error is None
    assert "beyond all bounds" in explorer.picture.readout
