"""The live figures of the hinge loss: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import datasets, learners, losses
from dlnotes.live import hinge, sweep

TRIANGLE = np.array([[2.5, 1.0], [5.0, 1.5], [3.5, 3.5]])


def zero_one(s, y):
    return float((y * s <= 0).mean()), np.zeros_like(s)


LOSSES = {
    "zero-one": zero_one,
    "perceptron": losses.perceptron_loss,
    "logistic": losses.binary_cross_entropy,
    "hinge": losses.hinge,
    "squared": losses.squared_error,
}


def with_wild(distance):
    x, labels = datasets.blobs(np.random.default_rng(0), 24, distance=3.2, noise=0.8)
    place = distance * np.array([1, 1]) / np.sqrt(2) + [0.85, -0.85]
    return np.vstack([x, place]), np.append(2 * labels - 1, 1)


def svm(x, y, C):
    return learners.svm_qp(x, y, C=C).w


def logistic(x, y, C):
    return learners.logistic_irls(learners.with_bias(x), (y + 1) // 2, ridge=1 / C).w


def squared(x, y, C):
    return learners.least_squares(learners.with_bias(x), y)


FIGURES = {
    "surrogate_losses": lambda: hinge.surrogate_losses(LOSSES),
    "widest_corridor": lambda: hinge.widest_corridor(TRIANGLE, learners.svm_qp),
    "soft_margin": lambda: hinge.soft_margin(
        with_wild, {"hinge": svm, "logistic": logistic, "squared": squared}
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


# ---------------------------------------------------------------- losses of one sample


@pytest.mark.parametrize(
    ("distance", "pulling"),
    [
        (-1.0, ["perceptron", "logistic", "hinge", "squared"]),
        (0.25, ["logistic", "hinge", "squared"]),  # y s = 0.5, the predict question
        (1.0, ["logistic"]),
    ],
)
def test_the_readout_names_the_losses_that_still_pull(distance, pulling):
    explorer = FIGURES["surrogate_losses"]()
    explorer.set(distance=distance, length=2.0)
    assert explorer.picture.readout.endswith(f"still pulling: {', '.join(pulling)}")


def test_hinge_falls_silent_at_one_over_the_length_of_the_weights():
    compute = FIGURES["surrogate_losses"]().compute
    for length in (0.2, 1.0, 5.0):
        assert compute(distance=0.999 / length, length=length)["pulls"]["hinge"] == 1
        assert compute(distance=1.001 / length, length=length)["pulls"]["hinge"] == 0


def test_the_goal_lies_just_beyond_the_hinge():
    explorer = FIGURES["surrogate_losses"]()
    assert "Not yet" in verdict(explorer, distance=0.875, length=1.0)
    assert "Right" in verdict(explorer, distance=1.0)
    assert "Right" in verdict(explorer, distance=1.125)
    assert "Not yet" in verdict(explorer, distance=1.5)


# ---------------------------------------------------------------- the hard margin


def test_a_corner_of_the_triangle_is_held_by_two_samples_and_a_side_by_three():
    explorer = FIGURES["widest_corridor"]()
    assert "3 samples hold it" in verdict(explorer)
    assert "Right" in verdict(explorer, x1=0.2, x2=0.2)
    width = 2 / np.linalg.norm(explorer.arrays["w"][1:])
    np.testing.assert_allclose(width, np.linalg.norm(TRIANGLE[0] - 0.2), rtol=1e-6)


def test_a_click_into_the_triangle_leaves_no_line():
    explorer = FIGURES["widest_corridor"]()
    across, down = explorer.figure.figure.axes[0].transData.transform(TRIANGLE.mean(axis=0))
    width, height = explorer.figure.figure.bbox.size
    explorer.press(across / width, 1 - down / height)
    assert explorer.picture.readout == "no line separates the two classes"
    assert "Not yet" in verdict(explorer)


# ---------------------------------------------------------------- the soft margin


def test_a_wild_sample_far_on_its_own_side_turns_the_squared_line_alone():
    turned = FIGURES["soft_margin"]().compute(distance=8.0, C=1.0, click="+1", samples="")["turned"]
    assert turned["hinge"] < 0.1 and turned["logistic"] < 2 and turned["squared"] > 30


def test_a_small_price_of_losses_takes_the_wild_sample_its_say():
    explorer = FIGURES["soft_margin"]()
    assert "Not yet" in verdict(explorer, distance=-3.0, C=1.0)
    assert "Right" in verdict(explorer, C=0.03)
    assert "Not yet" in verdict(explorer, distance=8.0)  # not turned, but not among the other class either


def test_a_larger_price_of_losses_never_makes_the_corridor_wider():
    compute = FIGURES["soft_margin"]().compute
    prices = np.geomspace(0.01, 100, 9)
    lengths = [np.linalg.norm(compute(-3.0, C, "+1", "")["w"]["hinge"][1:]) for C in prices]
    assert np.all(np.diff(lengths) > -1e-5)


def test_a_click_adds_a_sample_of_the_chosen_class_and_the_wild_one_stays_last():
    explorer = FIGURES["soft_margin"]()
    explorer.set(click="-1")
    explorer.press(0.2, 0.5)
    assert explorer.values["samples"].endswith(",-1")
    assert len(explorer.arrays["x"]) == 26
    np.testing.assert_allclose(explorer.arrays["x"][-1], with_wild(2.0)[0][-1])


def test_samples_typed_wrong_are_named_in_the_red_box():
    explorer = FIGURES["soft_margin"]()
    explorer.set(samples="1,2,0")
    assert "your samples" in explorer.picture.error
