"""The live figure of mean field theory: every control is moved, and what it computes is true."""

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes.live import sweep
from dlnotes.live.controls import stops

RULES = ["1/J", "1/I", "2/(I+J)"]


@pytest.fixture(scope="module")
def page():
    """The figure of the page, made by its own cells."""
    return shown_by_page("ch08_initialization/02_mean_field_theory", "mean_field.histograms")


@pytest.fixture
def histograms(page):
    page.set(activation="tanh", shape="equal widths", width=256, rule="1/J", gain=1.0)
    return page


def ratios(arrays):
    a, delta = arrays["a_rms"], arrays["delta_rms"]
    return a[-1] / a[0], delta[0] / delta[-1]


def test_every_control_moves_the_figure(histograms):
    sweep(histograms)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "selu"])
@pytest.mark.parametrize("rule", RULES)
def test_what_is_predicted_is_measured_in_a_wide_network(histograms, activation, rule):
    histograms.set(activation=activation, rule=rule, gain=1.5, shape="narrowing 4:1")
    arrays = histograms.arrays
    for name in ("a", "delta"):
        np.testing.assert_allclose(arrays[f"{name}_rms"], arrays[f"{name}_predicted"], rtol=0.4)


def test_each_row_counts_all_values_also_those_beyond_the_axes(histograms):
    histograms.set(activation="relu", gain=4.0)
    assert (histograms.arrays["a"].sum(axis=1) == 32 * 256).all()
    assert histograms.arrays["a"][-1, -1] > 500  # at the edge
    assert (histograms.arrays["delta"][:-1].sum(axis=1) < 32 * 256).all()  # silent units have 0


def test_the_predicted_answer_is_true_deltas_grow_at_gain_4(histograms):
    assert histograms.values["activation"] == "tanh" and histograms.values["gain"] == 1.0
    assert histograms.predict.options[histograms.predict.answer] == "they grow"
    assert ratios(histograms.arrays)[1] < 0.5
    histograms.set(gain=4.0)
    assert ratios(histograms.arrays)[1] > 2


def test_the_goal_can_be_reached_with_each_rule_and_is_not_at_the_start(histograms):
    assert "Not yet" in verdict(histograms)
    assert "Not yet" in verdict(histograms, activation="relu", shape="narrowing 4:1")
    gains = stops(histograms.controls["gain"])
    for rule in RULES:
        reached = [gain for gain in gains if "Right" in verdict(histograms, rule=rule, gain=gain)]
        assert 1 <= len(reached) <= 8
    assert "narrow" in verdict(histograms, gain=reached[0], width=16)
    assert "equal widths" in verdict(histograms, gain=reached[0], width=256, shape="equal widths")
