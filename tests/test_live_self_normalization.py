"""The live figure of self-normalization: every control is moved, and what it computes is true."""

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes import layers, meanfield
from dlnotes.live import sweep


@pytest.fixture(scope="module")
def page():
    """The figure of the page, made by its own cells, and where its controls stand at first."""
    shown = shown_by_page("ch09_normalization/03_self_normalization", "self_normalization.moment_map")
    return shown, shown.values


@pytest.fixture
def explorer(page):
    shown, values = page
    shown.set(**values)
    return shown


def step(mean, variance, tau=1.0):
    """SELU's map, omega = 0."""
    return meanfield.moment_map(layers.selu, mean, variance, tau=tau)


def test_every_control_moves_it(explorer):
    sweep(explorer)


def test_it_starts_with_the_map_of_the_book(explorer):
    assert explorer.picture.readout == (
        "settles at mean 0.000, variance 1.000: within 0.001 after 29 layers; "
        "norm of the Jacobian there 0.788"
    )
    assert len(explorer.arrays["track"]) == 41
    np.testing.assert_allclose(explorer.arrays["track"][1], step(1.0, 3.0))


def test_arrows_point_from_a_place_to_where_the_map_takes_it(explorer):
    place = np.linspace(-1.35, 1.35, 10)[2], np.linspace(0.25, 4.75, 10)[7]
    want = np.subtract(step(*place), place)
    got = explorer.arrays["arrows"][:, 7, 2]
    np.testing.assert_allclose(got / np.linalg.norm(got), want / np.linalg.norm(want), atol=1e-3)


def test_the_tint_is_where_the_norm_of_the_jacobian_is_below_one(explorer):
    norms = explorer.arrays["norms"]
    mean, variance = np.linspace(-1.5, 1.5, 49), np.linspace(5 / 98, 5, 49)
    row, column = np.abs(variance - 1).argmin(), 24
    assert mean[column] == 0
    assert abs(norms[row, column] - 0.7877) < 0.01
    assert (norms[variance > 0.5] < 1).all()  # DLNN: a contraction around the fixed point
    assert (norms[variance < 0.3] > 1).all()  # not everywhere: the kink of SELU at 0 counts most there


def test_the_predicted_answer_is_true(explorer):
    assert explorer.predict.options[explorer.predict.answer] == "above 4"
    explorer.set(tau=1.5)
    mean, variance = explorer.arrays["end"]
    assert 4 < variance < 5
    np.testing.assert_allclose(step(mean, variance, 1.5), (mean, variance), atol=1e-9)


def test_the_goal_is_an_omega_between_one_half_and_where_nothing_settles(explorer):
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, tau=1.1)
    assert "Not yet" in verdict(explorer, omega=0.45)
    assert "Right" in verdict(explorer, omega=0.5)
    assert "grows without end" in verdict(explorer, omega=1.0)
    assert "want selu" in verdict(explorer, activation="relu")


def test_stretched_tanh_settles_at_zero_and_one_and_plain_tanh_and_relu_die_out(explorer):
    explorer.set(activation="1.59 tanh")
    np.testing.assert_allclose(explorer.arrays["end"], [0, 1], atol=1e-6)
    for name in ("tanh", "relu"):
        explorer.set(activation=name)
        assert explorer.arrays["end"] is None and "dies out" in explorer.picture.readout


def test_a_click_sets_the_start_at_a_stop_of_the_sliders(explorer):
    assert explorer.click(-0.512, 0.01, explorer.values) == {"mean": -0.5, "variance": 0.05}
    explorer.set(**explorer.click(0.98, 2.51, explorer.values))
    np.testing.assert_allclose(explorer.arrays["track"][0], [1.0, 2.5])
