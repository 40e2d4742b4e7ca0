"""The live figures of less common hidden units: every control is moved, and what they claim is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import layers
from dlnotes.autodiff import Dual
from dlnotes.live import more_hidden_units, sweep

TARGETS = {"x²": np.square, "exp(x)": np.exp, "cos(3x)": lambda x: np.cos(3 * x)}
SLOPES = {"x²": lambda x: 2 * x, "exp(x)": np.exp, "cos(3x)": lambda x: -3 * np.sin(3 * x)}


def with_bend(layer):
    def f(s):
        a, back = layer(Dual(s, 1.0))
        slope, _ = back(np.ones_like(s))
        return a.value, slope.value, slope.tangent

    return f


def pieces(name, k, x):
    places = (np.arange(k) + 0.5) * 2 / k - 1
    slope = SLOPES[name](places)
    return x[:, None] * slope + TARGETS[name](places) - slope * places


SMOOTH = {"softplus": layers.softplus, "swish": layers.swish, "GELU": layers.gelu, "tanh": layers.tanh}
FIGURES = {
    "bends": lambda: more_hidden_units.bends({name: with_bend(layer) for name, layer in SMOOTH.items()}),
    "maxout_pieces": lambda: more_hidden_units.maxout_pieces(pieces, TARGETS),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_softplus_rises_everywhere_and_swish_falls_on_the_left_alone():
    explorer = FIGURES["bends"]()
    assert (explorer.compute("softplus", 0.0)["curves"][1] > 0).all()
    slope = explorer.compute("swish", 0.0)["curves"][1]
    grid = np.linspace(-5, 5, len(slope))
    falling = grid[slope < 0]
    assert len(falling) and falling.max() < -1
    assert (slope[grid > 0] > 0).all()


def test_what_is_read_out_lies_on_the_curves():
    arrays = FIGURES["bends"]().compute("GELU", 1.0)
    for curve, at in zip(arrays["curves"], arrays["at"], strict=True):
        assert curve[600] == pytest.approx(at)


def test_the_bends_at_0_are_the_ones_that_the_page_derives():
    explorer = FIGURES["bends"]()
    for name, bend in {"softplus": 1 / 4, "swish": 1 / 2, "GELU": np.sqrt(2 / np.pi), "tanh": 0}.items():
        assert explorer.compute(name, 0.0)["at"][2] == pytest.approx(bend, abs=1e-7)


def test_the_lowest_place_of_gelu_is_a_stop_of_the_slider():
    explorer = FIGURES["bends"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, function="GELU", s=-5.0)
    assert "Not yet" in verdict(explorer, s=-0.875)
    assert "Not yet" in verdict(explorer, s=-0.625)
    assert "Not yet" in verdict(explorer, function="swish", s=-1.25)
    assert "Right" in verdict(explorer, function="GELU", s=-0.75)


@pytest.mark.parametrize("k", [1, 2, 3, 6, 11, 12])
def test_the_largest_error_on_the_parabola_is_one_over_k_squared(k):
    error = FIGURES["maxout_pieces"]().compute("x²", k)["error"].max()
    assert error == pytest.approx(1 / k**2, rel=1e-3)


def test_eleven_pieces_are_the_fewest_with_an_error_below_a_hundredth():
    explorer = FIGURES["maxout_pieces"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, k=12)
    assert "Not yet" in verdict(explorer, k=10)
    assert "Not yet" in verdict(explorer, k=11, target="exp(x)")
    assert "Right" in verdict(explorer, target="x²")
    assert [explorer.compute("x²", k)["error"].max() < 0.01 for k in (10, 11)] == [False, True]


def test_tangents_stay_below_a_convex_target_and_far_from_another():
    compute = FIGURES["maxout_pieces"]().compute
    for name in ("x²", "exp(x)"):
        arrays = compute(name, 5)
        assert (arrays["a"] <= arrays["want"] + 1e-12).all()
    assert min(compute("cos(3x)", k)["error"].max() for k in range(2, 13)) > 0.5


def test_no_piece_of_a_larger_unit_remains_when_the_number_shrinks():
    explorer = FIGURES["maxout_pieces"]()
    explorer.set(k=12)
    explorer.set(k=2)
    ax = explorer.figure.figure.axes[0]
    visible = [line for line in ax.lines if np.isfinite(line.get_ydata()).any()]
    assert len(visible) == 2 + 2  # and the target, and the unit
