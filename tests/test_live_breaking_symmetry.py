"""The live figure of constant weights: every control is moved, and what it computes is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import datasets, layers, losses, optimizers
from dlnotes.live import breaking_symmetry, sweep

EVERY, STEPS, ENOUGH = 10, 600, 0.4


def one_run(noise):
    """The run of the page: 64-8-8-10 tanh units from weights 0.02 plus noise, on a hundred digits."""
    rng, (x, labels) = np.random.default_rng(1), datasets.digits()
    x, labels = x[:100], labels[:100]
    params = []
    for size in [(8, 64), (8, 8), (10, 8)]:
        params += [(0.02 + noise * rng.normal(size=size), np.zeros(size[0])), ()]
    net, (theta, unpack) = layers.chain(*layers.mlp(3, layers.tanh)), optimizers.pack(params[:-1])
    rows = []
    for step in range(STEPS + 1):
        params = unpack(theta)
        output, back = net(x, params)
        risk, delta = losses.cross_entropy(output, labels)
        if step % EVERY == 0:
            W = [part[0] for part in params[::2]]
            if not noise:  # exactly equal, whatever the matrix library does
                W = [np.tile(W[0][:1], (8, 1)), np.tile(W[1][:1], (8, 1)), np.tile(W[2][:, :1], 8)]
            rows.append({
                "W": W[0],
                "spread": [np.ptp(units, axis=0).max() for units in (W[0], W[1], W[2].T)],
                "rank": [np.linalg.matrix_rank(each, rtol=1e-3) for each in W],
                "risk": risk,
                "right": losses.accuracy(output, labels),
            })  # fmt: skip
        theta = theta - 0.5 * optimizers.vector(back(delta)[1])
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def runs():
    return {name: one_run(noise) for name, noise in [("none", 0), ("1e-08", 1e-8), ("0.01", 0.01)]}


@pytest.fixture
def copies(runs):
    return breaking_symmetry.copies(runs, EVERY, enough=ENOUGH)


def test_every_control_moves_the_figure(copies):
    sweep(copies)


def test_without_noise_all_eight_pictures_are_one_at_every_step(copies):
    for step in (0, 300, 600):
        copies.set(step=step)
        assert np.ptp(copies.arrays["W"], axis=0).max() == 0
        assert "ranks of the weight matrices 1, 1, 1" in copies.picture.readout


def test_the_predicted_answer_is_true_the_units_part_but_later(copies, runs):
    assert copies.predict.options[copies.predict.answer].startswith("the units part, but later")
    assert "Within 600 steps" in copies.predict.question and "1e-08" in copies.predict.question
    parted = {name: np.flatnonzero(run["spread"][:, 0] > 0.1) for name, run in runs.items()}
    assert len(parted["none"]) == 0
    assert parted["0.01"][0] + 10 < parted["1e-08"][0]


def test_the_goal_is_the_first_step_with_enough_right(copies, runs):
    assert "the least noise on offer is 1e-08" in verdict(copies)
    right = runs["1e-08"]["right"]
    first = int(np.argmax(right > ENOUGH))
    assert 0 < first and right[-1] > ENOUGH
    assert "Right" in verdict(copies, noise="1e-08", step=EVERY * first)
    assert "Not yet" in verdict(copies, step=EVERY * (first - 1))
    assert "Not yet" in verdict(copies, step=EVERY * (first + 1)) or right[first] <= ENOUGH
    assert "Not yet" in verdict(copies, noise="0.01", step=EVERY * first)


def test_a_spread_of_zero_is_drawn_on_the_line_that_says_so(copies):
    curves = [line for line in copies.figure.figure.axes[-1].lines if line.get_label().startswith("layer")]
    assert len(curves) == 3
    assert all((line.get_ydata() == breaking_symmetry.FLOOR).all() for line in curves)
