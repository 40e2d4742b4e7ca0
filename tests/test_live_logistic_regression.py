"""The live figures of logistic regression: every control is moved, and what they compute is true."""

import numpy as np
import pytest

from dlnotes import datasets, layers, learners, losses
from dlnotes.live import logistic_regression, sweep

X, Y = datasets.blobs(np.random.default_rng(3), 40, distance=2)
APART = datasets.blobs(np.random.default_rng(1941), 12, distance=2, noise=0.5)
BEST = learners.logistic_irls(learners.with_bias(X), Y)
PROBLEMS = {"overlapping": (X, Y, BEST.history[-1]["risk"]), "separable": (*APART, 0.0)}


def probability(s):
    return layers.sigmoid(s)[0]


def risk(w):
    return losses.binary_cross_entropy(learners.with_bias(X) @ w, Y)[0]


def irls(x, y):
    return learners.logistic_irls(learners.with_bias(x), y, max_steps=12)


def descent(x, y, lr):
    return learners.logistic_descent(learners.with_bias(x), y, lr=lr, max_steps=200)


FIGURES = {
    "sharpness": lambda: logistic_regression.sharpness(X, Y, BEST.w, probability, risk),
    "irls_against_descent": lambda: logistic_regression.irls_against_descent(PROBLEMS, irls, descent),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_the_goal_of_the_sharpness_is_the_fitted_length_and_no_other():
    explorer = FIGURES["sharpness"]()
    risks = {}
    for factor in (0.5, 0.79, 1, 1.3, 2):
        explorer.set(factor=factor)
        explorer.register.click()
        assert ("Right" in explorer.verdict.value) == (factor == 1)
        risks[factor] = explorer.arrays["risk"]
    assert min(risks, key=risks.get) == 1


def test_a_longer_w_is_surer_and_never_less_wrong():
    compute = FIGURES["sharpness"]().compute
    arrays = [compute(factor) for factor in (0.1, 1, 10, 100)]
    for name in ("sure", "wrong"):
        assert np.all(np.diff([int(one[name]) for one in arrays]) >= 0)
    np.testing.assert_array_equal(arrays[0]["shade"] > 0.5, arrays[-1]["shade"] > 0.5)


def test_both_methods_start_at_zero_where_all_samples_weigh_a_quarter():
    arrays = FIGURES["irls_against_descent"]().compute("overlapping", 0.1, 0)
    np.testing.assert_allclose(arrays["r"], 1 / 4)
    for track in arrays["tracks"]:
        np.testing.assert_array_equal(track["w"], 0)


def test_irls_arrives_in_six_steps_and_the_weights_are_a_times_1_minus_a():
    arrays = FIGURES["irls_against_descent"]().compute("overlapping", 0.1, 60)
    a = probability(learners.with_bias(X) @ BEST.w)
    np.testing.assert_allclose(arrays["r"], a * (1 - a))
    assert arrays["arrived"][0] == "converges in 6 steps"


def test_on_separable_classes_the_length_of_w_has_no_end():
    irls_track, descent_track = FIGURES["irls_against_descent"]().compute("separable", 0.1, 60)["tracks"]
    np.testing.assert_array_equal(irls_track["norm"][1:6].round(1), [1.6, 2.9, 4.7, 7.0, 9.7])
    assert np.all(np.diff(irls_track["norm"]) > 0) and np.all(np.diff(descent_track["norm"]) > 0)


def test_the_goal_is_the_last_learning_rate_that_converges():
    explorer = FIGURES["irls_against_descent"]()
    verdicts = {}
    for lr in (0.16, 0.2, 0.25, 0.32):
        explorer.set(lr=lr)
        explorer.register.click()
        verdicts[lr] = "Right" in explorer.verdict.value
    assert [lr for lr, right in verdicts.items() if right] == [0.25]


def test_the_goal_asks_for_the_overlapping_classes():
    explorer = FIGURES["irls_against_descent"]()
    explorer.set(data="separable", lr=0.25)
    explorer.register.click()
    assert "Right" not in explorer.verdict.value
    assert "choose the overlapping classes first" in explorer.verdict.value


def test_no_run_on_separable_classes_is_said_to_converge():
    compute = FIGURES["irls_against_descent"]().compute
    for lr in (0.01, 0.25, 1):
        assert compute("separable", lr, 60)["arrived"] == [
            "does not converge in 12 steps",
            "does not converge in 200 steps",
        ]
