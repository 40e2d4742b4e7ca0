"""The live figures of universal approximation: every control is moved, and what they show is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import layers, pieces
from dlnotes.live import sweep, universal_approximation

NET = layers.chain(layers.linear, layers.relu, layers.linear)
X = np.linspace(0, 6, 3001)


def network(u, x):
    return NET(x[:, None], pieces.relu_interpolant(u, target(u)))[0][:, 0]


def target(x):
    return np.sin(x) + np.sin(x**2) / 4


def steep(x):
    return np.sin(x) + np.exp(-20 * (x - 5) ** 2)


def crowded(r):
    return 6 * np.linspace(0, 1, r) ** 0.7


def gate(activation, bend):
    signs = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])
    return lambda scale, x: activation(scale * x @ signs.T)[0] @ [1, 1, -1, -1] / (4 * scale**2 * bend)


FIGURES = {
    "relus_against_bound": lambda: universal_approximation.relus_against_bound(
        target, network, {"evenly": lambda r: np.linspace(0, 6, r), "crowded": crowded}, 37
    ),
    "product_gate": lambda: universal_approximation.product_gate(
        {"softplus": gate(layers.softplus, 1 / 4), "swish": gate(layers.swish, 1 / 2)},
        lambda x: x.prod(axis=1),
    ),
    "feature_counts": lambda: universal_approximation.feature_counts(
        lambda p: p * (p + 1) / 2, lambda p, share: 4 * share * p * (p + 2) + 1
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


@pytest.mark.parametrize("points", [2, 7, 40])
def test_the_copy_goes_through_its_points_and_its_error_is_the_largest(points):
    arrays = FIGURES["relus_against_bound"]().compute(points, "crowded")
    nodes = arrays["nodes"]
    assert len(nodes) == points
    copy = np.interp(X, nodes, target(nodes))
    assert arrays["error"] == pytest.approx(np.abs(copy - target(X)).max(), rel=1e-3)


def test_twice_the_points_leave_a_quarter_of_the_error():
    compute = FIGURES["relus_against_bound"]().compute
    assert compute(50, "evenly")["error"] / compute(100, "evenly")["error"] == pytest.approx(4, rel=0.15)


def test_points_where_the_target_bends_leave_less_than_a_quarter_of_the_error():
    x = np.linspace(0, 6, 2001)
    crowding = np.cumsum(np.sqrt(np.abs(np.gradient(np.gradient(steep(x), x), x))) + 0.3)
    share = (crowding - crowding[0]) / np.ptp(crowding)
    placements = {
        "evenly": lambda r: np.linspace(0, 6, r),
        "where it bends": lambda r: np.interp(np.linspace(0, 1, r), share, x),
    }
    copied = lambda u, x: np.interp(x, u, steep(u))  # noqa: E731
    compute = universal_approximation.relus_against_bound(steep, copied, placements, 300).compute
    assert compute(50, "where it bends")["error"] < compute(50, "evenly")["error"] / 4


def test_the_goal_of_the_copy_asks_for_few_points_and_a_small_error():
    explorer = FIGURES["relus_against_bound"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, points=90)
    assert "Not yet" in verdict(explorer, points=50, placement="evenly")
    assert "Right" in verdict(explorer, points=50, placement="crowded")


def test_the_error_of_the_gate_falls_with_the_square_of_its_scale_and_then_grows():
    compute = FIGURES["product_gate"]().compute
    for name in ("softplus", "swish"):
        errors = [compute(name, scale)["error"] for scale in (0.2, 0.1, 0.05)]
        np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 4, rtol=0.03)
        least = min(compute(name, scale)["error"] for scale in np.geomspace(1e-6, 1, 61))
        assert compute(name, 1e-6)["error"] > 2 * least


def test_the_goal_of_the_gate_is_out_of_reach_for_softplus():
    explorer = FIGURES["product_gate"]()
    scales = [float(f"{scale:.2g}") for scale in 10 ** np.arange(-6, 0.3, 0.1)]
    assert not any("Right" in verdict(explorer, scale=scale) for scale in scales)
    assert "Right" in verdict(explorer, activation="swish", scale=1e-5)


@pytest.mark.parametrize(("share", "first"), [(0.1, 6), (0.12, 26), (0.125, None)])
def test_the_network_is_smaller_only_below_an_eighth(share, first):
    explorer = FIGURES["feature_counts"]()
    arrays = explorer.compute(share)
    assert arrays["first"] == first
    assert (arrays["ratio"][-1] < 1) == (first is not None)
    words = explorer.draw(arrays)
    assert ("never" in words) if first is None else (f"from {first} inputs" in words)


def test_the_goal_of_the_counts_is_the_largest_share_that_wins_for_100_inputs():
    explorer = FIGURES["feature_counts"]()
    shares = [round(0.01 + 0.005 * number, 3) for number in range(39)]
    assert [share for share in shares if "Right" in verdict(explorer, share=share)] == [0.12]
