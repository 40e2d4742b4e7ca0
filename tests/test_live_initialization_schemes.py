"""The live figures of initialization schemes: every control is moved, and what they say is true."""

import math

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes.live import initialization_schemes, sweep

PAGE = "ch08_initialization/03_initialization_schemes"
FIGURES = ["sampler", "through_depth"]


@pytest.fixture(scope="module")
def page():
    """The figures of the page, made by its own cells, and where a reader finds their controls."""
    shown = {name: shown_by_page(PAGE, f"initialization_schemes.{name}") for name in FIGURES}
    return {name: (explorer, explorer.values) for name, explorer in shown.items()}


@pytest.fixture
def shown(page):
    """The explorer of that name, as a reader finds it."""

    def explorer(name):
        found, start = page[name]
        found.set(**start)
        return found

    return explorer


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(shown, name):
    sweep(shown(name))


def reaches(explorer, **values):
    return "Right" in verdict(explorer, **values)


def test_the_goal_of_the_sampler_is_a_limit_of_the_root_of_three_by_the_inputs(shown):
    explorer = shown("sampler")
    assert not reaches(explorer)
    assert not reaches(explorer, scheme="uniform", inputs=25, size=0.3)
    assert not reaches(explorer, inputs=100, size=0.1)
    assert not reaches(explorer, scheme="normal", size=0.1)
    assert not reaches(explorer, scheme="normal", size=0.17)
    assert reaches(explorer, scheme="uniform", size=0.17)
    assert math.isclose(0.17, math.sqrt(3 / 100), rel_tol=0.02)


def test_pre_activations_of_uniform_weights_have_the_bell_of_normal_ones(shown):
    explorer = shown("sampler")
    assert explorer.predict.options[explorer.predict.answer] == "the same bell as before"
    bells = []
    for scheme, size in [("uniform", 0.17), ("normal", 0.17 / math.sqrt(3))]:
        bells.append(explorer.compute(scheme, size, 100)["heights"][1])
    np.testing.assert_allclose(*bells, atol=0.1)
    assert bells[0].max() > 0.35  # a flat one of this spread has 0.29
    ends = initialization_schemes.FRAME * (1 - 0.5 / len(bells[0]))
    s = np.linspace(-ends, ends, len(bells[0]))
    assert bells[0][np.abs(s) > math.sqrt(6) * 1.1].any()  # where a triangle has ended


@pytest.mark.parametrize("inputs", [25, 100])
def test_bars_are_densities_of_all_also_of_what_lies_outside(shown, inputs):
    arrays = shown("sampler").compute("normal", 0.3, inputs)
    for heights, end, std in zip(
        arrays["heights"], (1, initialization_schemes.FRAME), (0.3, arrays["s"]), strict=True
    ):
        inside = math.erf(end / std / math.sqrt(2))  # of a normal
        assert abs(heights.sum() * 2 * end / len(heights) - inside) < 0.01 and inside < 1


def test_the_cut_of_truncated_weights_is_inside_the_frame(shown):
    explorer = shown("sampler")
    weights, _ = explorer.compute("truncated normal", 0.3, 100)["heights"]
    places = np.linspace(-1, 1, len(weights) + 1)[:-1]
    assert not weights[(places < -0.61) | (places > 0.61)].any() and weights[np.abs(places) < 0.57].all()


def test_what_is_off_the_axis_is_not_drawn_but_counted(shown):
    explorer = shown("through_depth")
    assert "frame" not in explorer.picture.readout
    explorer.set(activation="ReLU", gain=0.25)
    lines = explorer.figure.figure.axes[0].lines
    (dots,) = [line.get_ydata() for line in lines if line.get_label() == "a network"]
    assert 10 < len(dots) < 40 and dots.min() > initialization_schemes.LOW
    beyond = sum((explorer.arrays[name] < initialization_schemes.LOW).sum() for name in ("s", "delta"))
    assert f"; {beyond} of the dots lie beyond the frame" in explorer.picture.readout


def test_the_predict_answer_of_the_depth_is_true_in_network_and_theory(shown):
    explorer = shown("through_depth")
    assert explorer.predict.options[explorer.predict.answer] == "1/J"
    zigzag = list(explorer.controls["widths"].options)[1]
    for who in ("", "_theory"):

        def drift(rule, who=who):
            found = explorer.compute(rule, "linear", zigzag, 1.0)
            return initialization_schemes.lost({name: found[name + who] for name in ("s", "delta")})

        assert all(1 / 3 < factor < 3 for factor in drift("1/J"))
        assert all(factor < 0.02 for factor in drift("2/(I+J)"))


def test_the_goal_of_the_depth_takes_one_fan_or_a_larger_gain(shown):
    explorer = shown("through_depth")
    zigzag = list(explorer.controls["widths"].options)[1]
    assert not reaches(explorer)
    assert not reaches(explorer, activation="ReLU", gain=2.0)  # equal widths
    assert not reaches(explorer, widths=zigzag, rule="2/(I+J)", gain=2.0)  # what EE147 prints
    assert reaches(explorer, rule="1/J", gain=2.0)
    assert not reaches(explorer, rule="1/J", gain=1.0)


def test_what_is_lost_is_measured_over_pairs_of_layers():
    found = {"s": np.array([1.0, 4.0, 7.0, 8.0, 2.0]), "delta": np.array([3.0, 12.0, 5.0, 1.0, 9.0])}
    np.testing.assert_allclose(initialization_schemes.lost(found), (2, 2))
