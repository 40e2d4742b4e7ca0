"""The live figure of constant weights: every control is moved, and what it computes is true."""

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes.live import breaking_symmetry, sweep

LAST = 600


@pytest.fixture(scope="module")
def page():
    """The figure of the page, made by its own cells; "none" adds up in one order for all units."""
    return shown_by_page("ch08_initialization/01_breaking_symmetry", "breaking_symmetry.copies")


@pytest.fixture
def copies(page):
    page.set(noise="none", step=LAST // 2)
    return page


def history(copies, noise, name):
    """What the figure computes at every step it can show."""
    return [copies.compute(noise, step)[name] for step in range(0, LAST + 1, 10)]


def test_every_control_moves_the_figure(copies):
    sweep(copies)


def test_without_noise_all_eight_pictures_are_one_at_every_step(copies):
    for step in (0, 300, 600):
        copies.set(step=step)
        assert np.ptp(copies.arrays["W"], axis=0).max() == 0
        assert "ranks of the weight matrices 1, 1, 1" in copies.picture.readout


def test_the_predicted_answer_is_true_the_units_part_but_later(copies):
    assert copies.predict.options[copies.predict.answer].startswith("the units part, but later")
    assert f"Within {LAST} steps" in copies.predict.question and "1e-08" in copies.predict.question
    noises = copies.controls["noise"].options
    parted = {noise: np.flatnonzero(copies.compute(noise, 0)["spread"][:, 0] > 0.1) for noise in noises}
    assert len(parted.pop("none")) == 0
    first = [steps[0] for steps in parted.values()]
    assert first == sorted(first, reverse=True) and first[-1] + 10 < first[0]


def test_the_goal_is_the_first_step_with_enough_right(copies):
    assert "the least noise on offer is 1e-08" in verdict(copies)
    said = [verdict(copies, noise="1e-08", step=step) for step in range(0, LAST + 1, 10)]
    right = np.array(history(copies, "1e-08", "right"))
    assert "more than 40%" in copies.goal.text
    assert [("Right" in one) for one in said] == (np.arange(len(right)) == np.argmax(right > 0.4)).tolist()
    assert 0 < np.argmax(right > 0.4)
    assert "Not yet" in verdict(copies, noise="0.01", step=10 * int(np.argmax(right > 0.4)))


def test_a_spread_of_zero_is_drawn_on_the_line_that_says_so(copies):
    curves = [line for line in copies.figure.figure.axes[-1].lines if line.get_label().startswith("layer")]
    assert len(curves) == 3
    assert all((line.get_ydata() == breaking_symmetry.FLOOR).all() for line in curves)
