"""The live figures of deep networks: every control is moved, and what they compute is true."""

import numpy as np
import pytest

from dlnotes import layers
from dlnotes.live import deep_networks, sweep

WIDTH = 32
BANK = {"identity": (layers.identity, 1), "relu": (layers.relu, 1), "sigmoid": (layers.sigmoid, 0.25)}
RNG = np.random.default_rng(3)
MATRICES = RNG.normal(size=(60, WIDTH, WIDTH)) / np.sqrt(WIDTH)
DATA, PULL = RNG.normal(size=(2, 16, WIDTH))
START = [1.2, 0.4, 0.5, 0.7]


def backward(name, depth, gain):
    f, steepest = BANK[name]
    params = [part for W in MATRICES[:depth] for part in ((gain * W, np.zeros(WIDTH)), ())][:-1]
    pull = PULL / np.linalg.norm(PULL)
    _, deltas = layers.trace(layers.mlp(depth, f), params, DATA, lambda s, pull: (0.0, pull), pull)
    steps = np.append(gain * steepest * np.linalg.norm(MATRICES[1:depth], 2, axis=(1, 2)), 1.0)
    return {"norms": np.linalg.norm(deltas[1::2], axis=(1, 2)), "bound": np.cumprod(steps[::-1])[::-1]}


def passes(theta1, theta2, theta3, theta4):
    """The chain ReLU, tanh, sigmoid, identity by hand, x = (1, -0.5), y = 0.5."""
    a1 = max(theta1 + 0.35, 0.0)
    a2 = np.tanh(theta2 * a1)
    a3 = 1 / (1 + np.exp(-theta3 * a2))
    zeta4 = theta4 * a3 - 0.5
    slope1, slope2, slope3 = float(a1 > 0), 1 - a2**2, a3 * (1 - a3)
    zeta3 = theta4 * zeta4
    zeta2 = theta3 * slope3 * zeta3
    zeta1 = theta2 * slope2 * zeta2
    x = np.array([1.0, -0.5])
    return {
        "a": [x, a1, a2, a3, theta4 * a3],
        "zeta": [zeta1, zeta2, zeta3, zeta4],
        "g": [x * slope1 * zeta1, a1 * slope2 * zeta2, a2 * slope3 * zeta3, a3 * zeta4],
        "printed": [x * slope1 * zeta1, zeta2, a2 * slope3 * zeta4, zeta4],
    }


def repeat(kind, size, times):
    matrix = {
        "multiple of I": size * np.eye(2),
        "rotation": size * np.array([[0.6, -0.8], [0.8, 0.6]]),
        "Jordan block": np.array([[size, 1.0], [0.0, size]]),
    }[kind]
    return np.linalg.norm([np.linalg.matrix_power(matrix, k) @ [0.6, 0.8] for k in range(times + 1)], axis=1)


FIGURES = {
    "deltas_over_depth": lambda: deep_networks.deltas_over_depth(backward, list(BANK)),
    "unrolled_chain": lambda: deep_networks.unrolled_chain(passes, ["relu", "tanh", "sigmoid", "id"], START),
    "powers": lambda: deep_networks.powers(repeat),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_no_goal_is_reached_at_the_start(name):
    explorer = FIGURES[name]()
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("deltas_over_depth", {"activation": "relu", "depth": 50, "gain": 1.45}),
        ("unrolled_chain", {"theta1": -0.1, "theta2": 1.5, "theta3": 2.0, "theta4": 2.0}),
        ("powers", {"size": 0.93}),
    ],
)
def test_the_goal_can_be_reached(name, values):
    explorer = FIGURES[name]()
    explorer.set(**values)
    explorer.register.click()
    assert "Right" in explorer.verdict.value


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("deltas_over_depth", {"activation": "identity", "depth": 55}, "you look at identity"),
        ("deltas_over_depth", {"activation": "relu", "depth": 10, "gain": 1.4}, "only 10 layers"),
        ("deltas_over_depth", {"activation": "relu", "depth": 60, "gain": 1.0}, "arrives in layer 1"),
        ("unrolled_chain", {"theta1": -2.0}, "the first has length 0"),
        ("powers", {"size": 0.9}, "a larger size does as well"),
        ("powers", {"size": 1.1}, "times as long"),
    ],
)
def test_what_misses_the_goal_is_told_why(name, values, words):
    explorer = FIGURES[name]()
    explorer.set(**values)
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value and words in explorer.verdict.value


def test_the_sigmoid_still_vanishes_where_the_bound_grows():
    arrays = FIGURES["deltas_over_depth"]().compute("sigmoid", 40, 4.0)
    assert arrays["bound"][0] > 1e6 and arrays["norms"]["sigmoid"][0] < 1e-6
    smaller = FIGURES["deltas_over_depth"]().compute("sigmoid", 40, 1.0)
    assert smaller["norms"]["sigmoid"][0] < arrays["norms"]["sigmoid"][0]


@pytest.mark.parametrize("name", BANK)
@pytest.mark.parametrize("gain", [0.25, 1.0, 5.0])
def test_no_delta_is_longer_than_its_bound(name, gain):
    arrays = FIGURES["deltas_over_depth"]().compute(name, 60, gain)
    assert (arrays["norms"][name] <= arrays["bound"] * (1 + 1e-9)).all()


def test_theta_2_at_zero_silences_the_gradients_of_layers_1_and_3_alone():
    explorer = FIGURES["unrolled_chain"]()
    assert explorer.picture.readout == "gradients that are exactly 0: none"
    explorer.set(theta2=0.0)
    assert explorer.picture.readout == "gradients that are exactly 0: 1, 3"


def test_at_modulus_one_the_jordan_block_alone_grows():
    arrays = FIGURES["powers"]().compute(1.0)
    assert np.allclose(arrays["multiple of I"], 1) and np.allclose(arrays["rotation"], 1)
    assert arrays["Jordan block"][-1] > 40
