"""The live figures of the linear neuron: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import learners, losses
from dlnotes.live import linear_neuron, sweep

RNG = np.random.default_rng(2)
X = RNG.uniform(-2, 6, size=12)
Y = 9 + 1.2 * X + 2 * RNG.normal(size=12)
X1 = learners.with_bias(X[:, None])
HESSIAN = X1.T @ X1
BEST = learners.least_squares(X1, Y)


def risk(w):
    return losses.squared_error(X1 @ w, Y, reduction="sum")[0]


def run(lr, steps):
    return learners.least_squares_descent(X1, Y, lr=lr, max_steps=steps, tolerance=1e-9).history


def log_likelihood(w, sigma):
    return -len(Y) / 2 * np.log(2 * np.pi * sigma**2) - risk(w) / sigma**2


def squares(x, y):
    return learners.least_squares(learners.with_bias(x[:, None]), y)


def absolutes(x, y):
    data, pairs = learners.with_bias(x[:, None]), np.stack(np.triu_indices(len(x), 1), axis=1)
    lines = np.linalg.solve(data[pairs], y[pairs][..., None])[..., 0]
    return lines[np.abs(lines @ data.T - y).sum(axis=1).argmin()]


FIGURES = {
    "loss_surface": lambda: linear_neuron.loss_surface(X, Y, risk, BEST),
    "descent": lambda: linear_neuron.descent(X, Y, risk, run, BEST, HESSIAN),
    "likelihood": lambda: linear_neuron.likelihood(X, Y, BEST, log_likelihood),
    "outlier": lambda: linear_neuron.outlier(X, Y, squares, absolutes),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_the_goal_of_the_loss_surface_is_reached_by_the_nearest_stop_to_least_squares():
    explorer = FIGURES["loss_surface"]()
    assert "Not yet" in verdict(explorer)
    assert "Right" in verdict(explorer, w0=round(BEST[0], 1), w1=round(20 * BEST[1]) / 20)


def test_on_the_loss_surface_a_higher_line_does_best_with_less_slope():
    compute = FIGURES["loss_surface"]().compute
    higher = [compute(w0=BEST[0] + 1, w1=BEST[1] + change)["risk"] for change in (-0.2, 0, 0.2)]
    assert higher[0] < higher[1] < higher[2]


def test_the_steps_that_descent_needs_fall_then_rise_then_no_number_is_enough():
    explorer = FIGURES["descent"]()
    limit = 2 / np.linalg.eigvalsh(HESSIAN)[-1]
    slow, good, swinging, never = (
        explorer.compute(share * limit, 0)["arrived"] for share in (0.2, 0.6, 0.95, 1.1)
    )
    assert good < slow and good < swinging and never is None


def test_the_goal_of_descent_is_the_last_stop_that_converges():
    explorer = FIGURES["descent"]()
    limit = 2 / np.linalg.eigvalsh(HESSIAN)[-1]
    stops = [0.0032, 0.004, 0.0051, 0.0064, 0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.032]
    right = [stop for stop in stops if "Right" in verdict(explorer, lr=stop)]
    assert right == [max(stop for stop in stops if stop < limit)]


def test_the_peak_of_the_likelihood_stays_at_least_squares():
    compute = FIGURES["likelihood"]().compute
    np.testing.assert_allclose([compute(sigma)["slope"] for sigma in (0.3, 1, 5)], BEST[1])


def test_the_goal_of_the_likelihood_is_the_stop_with_the_highest_peak():
    explorer = FIGURES["likelihood"]()
    stops = [0.32, 0.4, 0.51, 0.64, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2]
    peaks = [explorer.compute(stop)["heights"].max() for stop in stops]
    right = [stop for stop in stops if "Right" in verdict(explorer, sigma=stop)]
    assert right == [stops[int(np.argmax(peaks))]]


def test_the_outlier_turns_the_l2_line_around_and_leaves_the_l1_line():
    explorer = FIGURES["outlier"]()
    assert "Not yet" in verdict(explorer, rent=10.0)
    before = explorer.arrays["w"]
    assert "Right" in verdict(explorer, rent=50.0)
    np.testing.assert_allclose(explorer.arrays["w"][1], before[1])


def test_descent_says_where_it_stopped_by_itself():
    explorer = linear_neuron.descent(X, Y, risk, lambda lr, steps: run(lr, 10), BEST, HESSIAN)
    assert explorer.picture.readout.startswith("step 10, where descent stopped by itself:")
    explorer.set(step=10)
    assert explorer.picture.readout.startswith("step 10:")


def test_the_verdict_on_descent_says_what_the_next_stop_does():
    explorer = FIGURES["descent"]()
    assert "converges; so does the next stop" in verdict(explorer, lr=0.0032)
    assert "diverges" in verdict(explorer, lr=0.032)


def test_the_dots_of_descent_are_as_large_as_their_misses():
    explorer = FIGURES["descent"]()
    for step in (0, 3):
        explorer.set(step=step)
        (flats,) = explorer.figure.figure.axes[1].collections
        sizes = flats.get_sizes()
        miss = np.abs(X1 @ run(0.016, 3)[step]["w"] - Y)
        np.testing.assert_allclose(sizes / sizes[0], miss / miss[0])
