"""The live figures of Jacobians and Hessians: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import layers, verify
from dlnotes.live import jacobians, sweep

RNG = np.random.default_rng(5)
PARAMS = (
    (0.5 * RNG.normal(size=(12, 16)), RNG.normal(size=12)),
    (),
    (RNG.normal(size=(10, 12)), np.zeros(10)),
)
NET = layers.chain(*layers.mlp(2, layers.tanh))
PICTURES = RNG.uniform(size=(10, 4, 4))


def outputs(picture):
    return NET(picture.reshape(1, 16), PARAMS)[0][0]


def jacobian(picture):
    return verify.jacobian(NET, picture.reshape(1, 16), PARAMS).reshape(10, 4, 4)


def profile(direction, t):
    """exp(a t), of which everything is known."""
    a = {"gentle": 0.5, "steep": 2.0}[direction]
    return np.exp(a * t), 1 + a * t, 1 + a * t + (a * t) ** 2 / 2


FIGURES = {
    "sensitivity_map": lambda: jacobians.sensitivity_map(PICTURES, outputs, jacobian),
    "taylor": lambda: jacobians.taylor(profile, ["gentle", "steep"]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_the_goal_is_not_reached_at_the_start(name):
    assert "Not yet" in verdict(FIGURES[name]())


def test_a_short_step_along_a_row_does_what_the_jacobian_foretells():
    compute = FIGURES["sensitivity_map"]().compute
    for step, error in [(0.125, 0.2), (0.0625, 0.05)]:
        arrays = compute(digit=3, output=8, step=step)
        assert np.abs(arrays["after"] - arrays["foretold"]).max() < error
        assert arrays["after"][8] > arrays["before"][8]


def test_a_step_along_one_row_changes_all_ten_outputs():
    explorer = FIGURES["sensitivity_map"]()
    arrays = explorer.compute(digit=3, output=8, step=0.5)
    assert (np.abs(arrays["after"] - arrays["before"]) > 1e-3).all()
    assert explorer.predict.options[explorer.predict.answer] == "all ten"


def test_the_step_has_the_length_of_the_slider_and_starts_at_the_picture():
    compute = FIGURES["sensitivity_map"]().compute
    for step in (0.0, 0.5, 2.0):
        moved = compute(digit=3, output=8, step=step)["moved"]
        assert np.linalg.norm(moved - PICTURES[3]) == pytest.approx(step)


def test_a_picture_of_zero_that_is_seen_as_something_else_after_a_short_step_reaches_the_goal():
    def nearly_seven(picture):
        scores = np.zeros(10)
        scores[0], scores[7] = 0.5, picture[0, 0]
        return scores

    def its_jacobian(picture):
        J = np.full((10, 4, 4), 1e-9)
        J[7, 0, 0] = 1
        return J

    explorer = jacobians.sensitivity_map(np.zeros((10, 4, 4)), nearly_seven, its_jacobian)
    assert "the 0 is seen as 0" in verdict(explorer, digit=0, output=7, step=0.25)
    assert "Right" in verdict(explorer, digit=0, output=7, step=0.75)
    assert "Not yet" in verdict(explorer, digit=0, output=7, step=1.5)
    assert "Not yet" in verdict(explorer, digit=3, output=7, step=0.75)


def test_halving_the_radius_divides_the_error_of_the_quadratic_by_eight():
    explorer = FIGURES["taylor"]()
    one, half = (explorer.compute("gentle", radius)["at"][:, 0] for radius in (0.2, 0.1))
    assert one[0] / half[0] == pytest.approx(4, rel=0.1)
    assert one[1] / half[1] == pytest.approx(8, rel=0.1)
    assert explorer.predict.options[explorer.predict.answer] == "an eighth"


def test_the_errors_are_those_of_the_curves():
    arrays = FIGURES["taylor"]().compute("steep", 0.5)
    true, linear, quadratic = arrays["curves"]
    ends = [0, -1]
    want = [np.abs(each[ends] - true[ends]).max() for each in (linear, quadratic)]
    np.testing.assert_allclose(arrays["at"][:, 0], want)


def test_only_the_largest_radius_with_an_error_below_one_percent_reaches_the_goal():
    explorer = FIGURES["taylor"]()
    stops = [0.5, 0.63, 0.8, 1.0]  # (a t)^3 / 6 = 0.01 at t = 0.78 for a = 0.5, and the next term helps
    reached = [radius for radius in stops if "Right" in verdict(explorer, direction="gentle", radius=radius)]
    assert len(reached) == 1
    low = verdict(explorer, direction="gentle", radius=0.2)
    assert "there is room for one stop more" in low
