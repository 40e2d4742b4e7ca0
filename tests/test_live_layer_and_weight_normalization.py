"""The live figures of layer and weight normalization: every control is moved, and what they claim is true."""

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes.live import layer_and_weight_normalization as figures
from dlnotes.live import sweep


@pytest.fixture(scope="module")
def page():
    """The figures of the page, made by its own cells, their controls at first, and what its cells define."""
    names = {}
    shown = shown_by_page(
        "ch09_normalization/02_layer_and_weight_normalization",
        *["layer_and_weight_normalization.scaled_weights", "layer_and_weight_normalization.unnoticed"],
        names=names,
    )
    return [(explorer, explorer.values) for explorer in shown], names


def at_the_start(explorer, values):
    explorer.set(**values)
    return explorer


@pytest.fixture
def scaled(page):
    return at_the_start(*page[0][0])


@pytest.fixture
def unnoticed(page):
    return at_the_start(*page[0][1])


def test_every_control_moves_the_scaled_weights(scaled):
    sweep(scaled)


def test_it_draws_what_the_unit_says(scaled, page):
    unit = page[1]["normalized_unit"]
    arrays = scaled.compute("ReLU", "-", 0.1, 1e-3)
    np.testing.assert_array_equal(arrays["before"], unit("ReLU", 1, 0))
    np.testing.assert_array_equal(arrays["after"], unit("ReLU", -0.1, 1e-3))
    place = np.argmin(np.abs(figures.SIZES - 0.1))
    np.testing.assert_allclose(arrays["stds"][place], arrays["after"].std(), rtol=1e-3)


def test_a_turned_relu_lies_on_a_corner_as_predicted(scaled):
    assert scaled.predict.options[scaled.predict.answer] == "onto two lines with a corner"
    arrays = scaled.compute("ReLU", "-", 1.0, 1e-10)
    low = [np.isclose(arrays[name], arrays[name].min()) for name in ("before", "after")]
    assert (low[0] ^ low[1]).all() and 30 < low[0].sum() < 120  # each sample on one of the two lines
    linear = scaled.compute("linear", "-", 1.0, 1e-10)
    np.testing.assert_allclose(linear["after"], -linear["before"], atol=1e-8)


def test_the_first_picture_shows_no_turned_unit(scaled):
    assert scaled.picture.readout == "c = 1: outputs move by up to 0.000; their deviation is 1.000"


def test_the_goal_is_the_largest_eps_that_leaves_the_deviation(scaled, page):
    assert "take the linear unit" in verdict(scaled)
    assert "Not yet" in verdict(scaled, size=0.01)
    wanted = page[1]["signal"].var() * 1e-4 * (1 / 0.99**2 - 1)  # where the deviation is 0.99
    eps = 10 ** (np.floor(10 * np.log10(wanted)) / 10)  # the slider has ten stops to a factor of ten
    assert "Right" in verdict(scaled, eps=float(f"{eps:.2g}"))
    assert "but eps can be larger" in verdict(scaled, eps=float(f"{eps / 10:.2g}"))
    assert "Not yet" in verdict(scaled, eps=float(f"{eps * 10**0.1:.2g}"))


# ---------------------------------------------------------------- what goes unnoticed


def test_every_control_moves_what_goes_unnoticed(unnoticed):
    unnoticed.set(amount=2.0)  # at 1 all pictures are alike
    sweep(unnoticed)


def test_it_draws_what_the_layer_says(unnoticed, page):
    outputs = page[1]["before_and_after"]
    arrays = unnoticed.compute("batch norm", "single case re-scaling", 2.0)
    for found, want in zip(
        (arrays["before"], arrays["after"]), outputs("batch norm", "single case re-scaling", 2), strict=True
    ):
        np.testing.assert_array_equal(found, want)
    assert arrays["touched"][0].all() and not arrays["touched"][1:].any()
    assert unnoticed.compute("batch norm", "weight vector re-scaling", 2.0)["touched"].sum() == 40
    assert arrays["changes"]["layer norm"] < figures.UNNOTICED < arrays["changes"]["batch norm"]


def test_one_loud_unit_changes_all_outputs_of_layer_norm_as_predicted(unnoticed):
    assert unnoticed.predict.options[unnoticed.predict.answer] == "those of all units"
    arrays = unnoticed.compute("layer norm", "weight vector re-scaling", 3.0)
    assert (np.abs(arrays["after"] - arrays["before"]).max(axis=0) > 1e-3).all()
    others = unnoticed.compute("weight norm", "weight vector re-scaling", 3.0)
    np.testing.assert_allclose(others["after"], others["before"])


def test_nothing_changes_in_the_first_picture(unnoticed):
    assert unnoticed.picture.readout == "batch norm: no output changes"
    assert max(unnoticed.arrays["changes"].values()) == 0


def test_the_goal_asks_for_what_layer_norm_alone_does_not_notice(unnoticed):
    assert "nothing is transformed" in verdict(unnoticed)
    assert "nothing is transformed" in verdict(unnoticed, transformation="single case re-scaling")
    assert "Right" in verdict(unnoticed, amount=3.0)
    assert "Right" in verdict(unnoticed, transformation="weight matrix re-centering")
    said = verdict(unnoticed, transformation="weight matrix re-scaling")
    assert "unnoticed by batch norm, weight norm and layer norm" in said
    assert "Not yet" in verdict(unnoticed, transformation="weight vector re-scaling")
