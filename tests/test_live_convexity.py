"""The live figures of convexity: every control is moved, and what they compute is true."""

import numpy as np
import pytest

from dlnotes import datasets, layers, learners, losses
from dlnotes.live import convexity, sweep

X, LABELS = datasets.separable(np.random.default_rng(1), 16, margin=0.2)
CORNERS = np.array([[-1.0, -1], [1, -1], [-1, 1], [1, 1]])
XOR = np.array([0, 1, 1, 0])
# s = 6 tanh(2 x1 + 2 x2 + 2) - 6 tanh(2 x1 + 2 x2 - 2) - 6, as (W rows, b, V, c) in one vector
SOLUTION = np.array([2.0, 2, 2, 2, 2, -2, 6, -6, -6])
SWAPPED = SOLUTION[[2, 3, 0, 1, 5, 4, 7, 6, 8]]
TURNED = SOLUTION * [-1, -1, 1, 1, -1, 1, -1, 1, 1]


def surface(w):
    return np.logaddexp(0, -(2 * LABELS - 1) * (w @ X.T)).sum(axis=-1)


def curvature(w):
    a = layers.sigmoid(X @ w)[0]
    return X.T @ ((a * (1 - a))[:, None] * X)


def minimum(ridge):
    return learners.logistic_irls(X, LABELS, ridge=ridge, max_steps=60).w


def probability(theta, x):
    hidden = np.tanh(x @ theta[:4].reshape(2, 2).T + theta[4:6])
    return layers.sigmoid(hidden @ theta[6:8] + theta[8])[0]


def risk(theta):
    hidden = np.tanh(CORNERS @ theta[:4].reshape(2, 2).T + theta[4:6])
    return losses.binary_cross_entropy(hidden @ theta[6:8] + theta[8], XOR)[0]


def hessian(theta, h=1e-3):
    e = h * np.eye(9)
    return np.array([[risk(theta + i + j) - risk(theta + i - j) - risk(theta - i + j) + risk(theta - i - j)
                      for i in e] for j in e]) / (4 * h**2)  # fmt: skip


FIGURES = {
    "ridge_surface": lambda: convexity.ridge_surface(surface, curvature, minimum),
    "between_solutions": lambda: convexity.between_solutions(
        CORNERS, XOR, SOLUTION, {"swapped": SWAPPED, "turned": TURNED}, probability, risk, hessian
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_with_a_ridge_the_surface_is_lowest_at_the_minimum_and_without_one_nowhere():
    explorer = FIGURES["ridge_surface"]()
    with_ridge, without = explorer.compute(True, 0.1), explorer.compute(False, 0.1)
    far = np.linspace(0, 24, 121)
    assert abs(far[with_ridge["cut"].argmin()] - np.linalg.norm(with_ridge["w"])) < 0.5
    assert np.all(np.diff(without["cut"]) < 0)
    assert np.isnan(without["w"]).all() and "without end" in explorer.draw(without)


@pytest.mark.parametrize("ridge", [0.001, 0.1, 10])
def test_no_curvature_is_below_the_ridge(ridge):
    arrays = FIGURES["ridge_surface"]().compute(True, ridge)
    assert arrays["eigenvalues"].min() >= ridge


def test_the_goal_of_the_surface_is_the_weakest_ridge_that_keeps_the_minimum_near():
    explorer = FIGURES["ridge_surface"]()
    verdicts = {}
    for ridge in (0.05, 0.079, 0.1, 0.13):
        explorer.set(ridge=ridge)
        explorer.register.click()
        verdicts[ridge] = "Right" in explorer.verdict.value
    assert [ridge for ridge, right in verdicts.items() if right] == [0.1]
    explorer.set(on=False, ridge=0.1)
    explorer.register.click()
    assert "no ridge" in explorer.verdict.value


@pytest.mark.parametrize("twin", ["swapped", "turned"])
def test_both_ends_compute_the_same_and_the_risk_between_them_is_above_the_chord(twin):
    compute = FIGURES["between_solutions"]().compute
    start, middle, end = (compute(twin, t) for t in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(start["places"], end["places"], atol=1e-12)
    assert start["wrong"] == end["wrong"] == 0 < middle["wrong"]
    assert middle["risk"] > (start["risk"] + end["risk"]) / 2
    np.testing.assert_allclose(middle["curve"][50], middle["risk"])


def test_the_hessian_on_the_way_has_a_negative_eigenvalue():
    assert FIGURES["between_solutions"]().compute("swapped", 0.45)["least"] < -0.01


def test_the_goal_between_solutions_is_the_top_of_the_highest_hump():
    explorer = FIGURES["between_solutions"]()
    tops = {name: np.max(explorer.compute(name, 0.0)["curve"]) for name in ("swapped", "turned")}
    highest = max(tops, key=tops.get)
    explorer.set(twin=highest, t=float(np.argmax(explorer.compute(highest, 0.0)["curve"]) / 100))
    explorer.register.click()
    assert "Right" in explorer.verdict.value
    explorer.set(t=0.0)
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value
