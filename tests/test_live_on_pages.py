"""Live figures with the functions of their page: goals can be reached there, and answers are true there."""

import itertools

import numpy as np
import pytest
from reader import shown_by_page, verdict


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("dlnotes.plots.show", lambda figure, alt: None)


def test_a_shift_by_two_leaves_the_flat_network_fewer_than_half_and_costs_the_global_one_little():
    digits = shown_by_page("ch05_convolution/06_pooling_and_lenet", "pooling.shifted_digits")
    assert digits.predict.options[digits.predict.answer] == "fewer than half"
    arrays = digits.compute("flat", 2, 0)
    assert arrays["shares"][0] < 0.5 < arrays["middle"][0]
    steps = [by for by in range(-4, 5) if "Right" in verdict(digits, network="global maximum", right=by)]
    assert steps and 0 not in steps


def test_48_plain_layers_train_worse_and_one_step_of_the_residual_ones_is_the_goal():
    page, names = "ch05_convolution/08_landmark_architectures_from_googlenet", {}
    degradation = shown_by_page(page, "landmarks.degradation", names=names)
    assert degradation.predict.options[degradation.predict.answer] == "higher"
    steps = range(0, degradation.controls["step"].max + 1, degradation.controls["step"].step)
    assert sum("Right" in verdict(degradation, depth=48, step=step) for step in steps) == 1
    train, look = names["train"], names["look"]
    plain, residual = (look(48, kind, train(48, kind, seed=1)[-1])[0] for kind in ("plain", "residual"))
    assert residual < 0.3 < 1.2 < plain  # another seed


def test_the_dream_runs_away_alone_and_several_settings_of_the_help_reach_the_goal():
    dream = shown_by_page("ch05_convolution/10_seeing_what_cnns_learn", "seeing.dream")
    assert dream.predict.options[dream.predict.answer] == "much farther away"
    far = [dream.compute(3, 0.02, 0.0, 0.0, step)["distance"] for step in (0, 60)]
    assert far[1] > 1.5 * far[0]
    assert "Not yet" in verdict(dream, step=60)
    stops = [
        np.arange(c.min, c.max + 1e-9, c.step) for c in map(dream.controls.get, ("size", "decay", "blur"))
    ]
    reached = [
        dream.goal.reached({"digit": 3, "step": 60}, dream.compute(3, *stop, 60))[0]
        for stop in itertools.product(*stops)
    ]
    assert 10 < sum(reached) < 0.25 * len(reached)  # not by luck, and not without looking
