"""The live figures of softmax regression: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import layers
from dlnotes.live import softmax_regression, sweep
from dlnotes.losses import one_hot

rng = np.random.default_rng(4)
CENTERS = 1.7 * np.array([[0.0, 1.0], [-0.87, -0.5], [0.87, -0.5]])
LABELS = np.arange(30) % 3
X = CENTERS[LABELS] + 0.3 * rng.normal(size=(30, 2))
FRAMES = [
    {"step": step, "w": step * rng.normal(size=(3, 7)), "train": 0.3 * step, "test": 0.25 * step}
    for step in range(4)
]
PICTURES = rng.uniform(size=(5, 6))


def codes(things, values):
    index = things @ values ** np.arange(things.shape[1])
    one_a_value = np.hstack([one_hot(column, values) for column in things.T])
    return one_hot(index, values ** things.shape[1]), one_a_value


def scores(x, W, b):
    return x @ W.T + b


def stable(s):
    return layers.softmax(s)[0]


def naive(s):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(s)
        return e / e.sum(axis=1, keepdims=True)


def predict(x, w):
    return stable(w[:, 0] + x @ w[:, 1:].T)


FIGURES = {
    "two_codes": lambda: softmax_regression.two_codes(codes),
    "class_regions": lambda: softmax_regression.class_regions(scores, X, LABELS, CENTERS, np.zeros(3)),
    "scores_to_probabilities": lambda: softmax_regression.scores_to_probabilities(stable, naive, [1, 2, 3]),
    "templates": lambda: softmax_regression.templates(predict, FRAMES, PICTURES, np.arange(5) % 3, (2, 3)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_a_unit_for_each_concept_takes_values_to_the_power_of_attributes():
    explorer = FIGURES["two_codes"]()
    assert "Not yet" in verdict(explorer)
    assert "Right" in verdict(explorer, attributes=4, values=4)
    assert [code.shape for code in explorer.arrays["codes"]] == [(256, 256), (256, 16)]


def test_the_goal_of_the_regions_is_reached_and_not_at_the_start():
    explorer = FIGURES["class_regions"]()
    assert "Not yet" in verdict(explorer)
    assert "Right" in verdict(explorer, angle=90, length=1.7)


def test_a_larger_bias_shifts_the_boundaries_of_a_class_and_does_not_turn_them():
    explorer = FIGURES["class_regions"]()
    low, high = (explorer.compute(angle=90, length=1.0, bias=bias) for bias in (-1.0, 1.0))
    assert np.array_equal(low["W"], high["W"])
    assert (low["winners"] == 0).sum() < (high["winners"] == 0).sum()
    assert ((high["winners"] == 0) | (high["winners"] == low["winners"])).all()


def test_a_low_temperature_reaches_the_goal_and_moved_scores_do_not():
    explorer = FIGURES["scores_to_probabilities"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, s2=5.0, s0=-5.0, s1=-5.0)
    assert "Right" in verdict(explorer, s0=1.0, s1=2.0, s2=3.0, temperature=0.1)


@pytest.mark.parametrize(("offset", "fails"), [(0, False), (700, False), (710, True), (-1000, True)])
def test_an_offset_changes_no_probability_and_breaks_the_printed_formula(offset, fails):
    arrays = FIGURES["scores_to_probabilities"]().compute(1.0, 2.0, 3.0, temperature=1.0, offset=offset)
    np.testing.assert_allclose(arrays["p"], [0.09003057, 0.24472847, 0.66524096], rtol=1e-6)
    assert np.isnan(arrays["printed"]).any() == fails


def test_the_readout_names_the_offset_that_changes_nothing_in_the_picture():
    explorer = FIGURES["scores_to_probabilities"]()
    before = explorer.picture.readout
    explorer.set(offset=10)
    assert explorer.picture.readout == before.replace("+0 added", "+10 added") != before


def test_the_temperature_leads_from_the_largest_score_to_equal_probabilities():
    curves = FIGURES["scores_to_probabilities"]().compute(1.0, 2.0, 3.0, temperature=1.0, offset=0)["curves"]
    np.testing.assert_allclose(curves[0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(curves[-1], np.full(3, 1 / 3), atol=0.01)


def test_a_frame_reads_a_picture_as_its_weights_do():
    explorer = FIGURES["templates"]()
    explorer.set(frame=3, sample=4)
    w = FRAMES[3]["w"]
    assert explorer.arrays["read"] == (w[:, 0] + w[:, 1:] @ PICTURES[4]).argmax()
    np.testing.assert_allclose(explorer.arrays["p"].sum(), 1)


def test_the_goal_of_the_templates_asks_for_a_mistake_at_the_last_frame():
    explorer = FIGURES["templates"]()
    for sample in range(5):
        assert "Not yet" in verdict(explorer, frame=2, sample=sample)
        wrong = predict(PICTURES[[sample]], FRAMES[3]["w"]).argmax() != sample % 3
        assert ("Right" in verdict(explorer, frame=3, sample=sample)) == wrong
