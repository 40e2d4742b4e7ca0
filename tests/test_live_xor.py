"""The live figures of XOR: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes.live import sweep, xor

CORNERS, Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
PRINTED = np.ones((2, 2)), np.array([0, -1]), np.array([1, -2]), np.array(0)


def forward(x, W, c, w, b):
    h = np.maximum(0, x @ W.swapaxes(-1, -2) + c[..., None, :])
    return h, (h @ w[..., None])[..., 0] + b[..., None]


def train(W, c, w, b, steps):
    for _ in range(steps):
        h, output = forward(CORNERS, W, c, w, b)
        delta = (output - Y) / 2
        dS = delta[..., None] * w[:, None] * (h > 0)
        W, c = W - 0.1 * dS.swapaxes(1, 2) @ CORNERS, c - 0.1 * dS.sum(axis=1)
        w, b = w - 0.1 * (delta[:, None] @ h)[:, 0], b - 0.1 * delta.sum(axis=1)
    return W, c, w, b


@pytest.fixture(scope="module")
def runs():
    """Twelve starts of two units and of four, 20 times 100 steps."""
    found = {}
    for k in (2, 4):
        rng = np.random.default_rng(k - 2)
        W, w = rng.normal(size=(12, k, 2)), rng.normal(size=(12, k))
        taken = [(W, np.full((12, k), 0.1), w, np.zeros(12))]
        for _ in range(20):
            taken.append(train(*taken[-1], steps=100))
        found[k] = tuple(np.stack(part) for part in zip(*taken, strict=True))
    return found


@pytest.fixture
def landscape(runs):
    return xor.landscape(forward, CORNERS, Y, runs, 100, PRINTED)


@pytest.fixture
def network():
    return xor.relu_network(forward, CORNERS, Y)


# ---------------------------------------------------------------- the nine parameters


def test_every_control_of_the_network_moves_it(network):
    sweep(network)


def test_the_figure_starts_with_the_printed_solution_which_is_not_the_goal(network):
    assert network.picture.readout.startswith("J = 0 · outputs 0, 1, 1, 0 at 00, 01, 10, 11")
    np.testing.assert_array_equal(network.arrays["h"], [[0, 0], [1, 0], [1, 0], [2, 1]])
    assert "one point of the hidden space" in verdict(network)


def test_without_the_second_bias_all_corners_lie_on_one_line_of_the_hidden_space(network):
    assert network.predict.options[network.predict.answer] == "they all lie on one line"
    network.set(c2=0.0)
    h = network.arrays["h"]
    np.testing.assert_array_equal(h[:, 0], h[:, 1])
    assert len(np.unique(h, axis=0)) == 3


def test_the_goal_is_the_solution_that_folds_along_the_other_diagonal(network):
    answer = verdict(network, W11=1.0, W12=-1.0, W21=-1.0, W22=1.0, c1=0.0, c2=0.0, w1=1.0, w2=1.0)
    assert "Right" in answer
    assert "Not yet" in verdict(network, w2=0.75)


def test_corners_that_coincide_share_one_name(network):
    names = [text.get_text() for text in network.figure.figure.axes[1].texts]
    assert names == ["00", "01, 10", "", "11"]


# ---------------------------------------------------------------- the landscape


def test_every_control_of_the_landscape_moves_it(landscape):
    sweep(landscape)


def test_the_surface_has_the_risk_of_start_end_and_solution_at_their_places(runs):
    figure = xor.landscape(forward, CORNERS, Y, runs, 100, PRINTED)
    right = figure.figure.figure.axes[1]
    arrays = figure.compute(width=4, start=3, step=2000)
    size = int(np.sqrt(len(arrays["surface"])))
    axis = np.linspace(*right.get_xlim(), size)

    def risk(theta):
        return ((forward(CORNERS, *theta)[1] - Y) ** 2).mean()

    track = [part[:, 3] for part in runs[4]]
    idle = (np.vstack([PRINTED[0], np.zeros((2, 2))]), *(np.append(PRINTED[i], [0, 0]) for i in (1, 2)))
    wanted = {
        (0, 0): [part[0] for part in track],
        (1, 0): [part[-1] for part in track],
        (0, 1): (*idle, PRINTED[3]),
    }
    surface = arrays["surface"].reshape(size, size)
    for (across, up), theta in wanted.items():
        near = surface[np.abs(axis - up).argmin(), np.abs(axis - across).argmin()]
        assert abs(near - risk(theta)) < 0.05 * max(1, risk(theta))
    np.testing.assert_allclose(arrays["along"][[0, -1]], [[0, 0], [1, 0]], atol=1e-12)


def test_the_predicted_answer_counts_the_solved_starts(landscape, runs):
    risks = ((forward(CORNERS, *[part[-1] for part in runs[2]])[1] - Y) ** 2).mean(axis=1)
    solved = int((risks < 1e-6).sum())
    assert landscape.predict.options == ["2", "5", "10"]
    guess = int(landscape.predict.options[landscape.predict.answer])
    assert abs(guess - solved) == min(abs(each - solved) for each in (2, 5, 10))
    assert f"{solved} of the 12" in landscape.predict.because


def test_the_goal_is_a_start_that_ends_at_one_eighth(landscape):
    assert "Not yet" in verdict(landscape)
    ends = [landscape.compute(2, start, 2000)["risk"] for start in range(12)]
    eighth = int(np.abs(np.array(ends) - 1 / 8).argmin())
    assert "Right" in verdict(landscape, start=eighth)
    assert "Not yet" in verdict(landscape, width=4)


def test_a_unit_without_weights_draws_neither_line_nor_arrow(landscape):
    landscape.set(width=2)
    lines = [line for line in landscape.figure.figure.axes[0].lines]
    assert np.isfinite(lines[0].get_xdata()).all()
    assert all(np.isnan(line.get_xdata()).all() for line in lines[2:])
