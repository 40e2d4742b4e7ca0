"""The live figures of output units: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes.live import output_units, sweep

RNG = np.random.default_rng(4)
OWN, SHARED = "an output of the network", "one for all x"


def truth(x):
    return 3 * np.sin(x), 0.3 + 1.2 * np.exp(-((x - 1) ** 2) / 0.8)


def predict(x, step):
    """A stand-in for a network: flat and unsure at the start, the truth at the end."""
    mean, std = truth(x)
    share = step / 100
    return share * mean, share * std + (1 - share) * 2.0


X = RNG.uniform(-3, 3, size=400)
Y = truth(X)[0] + truth(X)[1] * RNG.normal(size=400)


def branches(x):
    return np.column_stack([-np.pi - np.arcsin(x), np.arcsin(x), np.pi - np.arcsin(x)])


def density(x, y):
    distance = (np.atleast_1d(y)[:, None] - branches(np.atleast_1d(x))) / 0.3
    return np.exp(-0.5 * distance**2).mean(axis=1) / (0.3 * np.sqrt(2 * np.pi))


def parts(x, k):
    """The best that k components can do, nearly."""
    if k == 3:
        return np.full((len(x), 3), 1 / 3), branches(x), np.full((len(x), 3), 0.3)
    means = branches(x).mean(axis=1, keepdims=True) + np.arange(k) - (k - 1) / 2
    return np.full((len(x), k), 1 / k), means, np.full((len(x), k), 2.7)


T = RNG.uniform(-1.5 * np.pi, 1.5 * np.pi, size=300)


@pytest.fixture
def noise():
    return output_units.varying_noise(X, Y, truth, predict, 100, 10)


@pytest.fixture
def mixture():
    return output_units.conditional_density(
        np.sin(T), T + 0.3 * RNG.normal(size=300), density, parts, lambda x: -np.arcsin(x) / 3
    )


def test_every_control_of_the_noise_moves_it(noise):
    sweep(noise)


def test_every_control_of_the_mixture_moves_it(mixture):
    sweep(mixture)


# ---------------------------------------------------------------- a variance for each x


def test_one_variance_for_all_covers_nearly_all_samples_where_it_is_quiet(noise):
    assert noise.predict.options[noise.predict.answer] == "all of them, or nearly"
    shared = noise.compute(SHARED, -2.0, 100)
    assert shared["inside"] > 0.99
    np.testing.assert_allclose(shared["width"], np.sqrt(np.mean((Y - truth(X)[0]) ** 2)))
    assert 0.88 < noise.compute(OWN, -2.0, 100)["inside"] < 0.99


def test_the_least_sure_place_is_where_the_noise_is_largest(noise):
    assert "Not yet" in verdict(noise)
    assert "Right" in verdict(noise, at=1.0)
    assert "Not yet" in verdict(noise, step=50)
    assert "the same everywhere" in verdict(noise, step=100, variance=SHARED)


def test_the_readout_gives_the_learned_and_the_true_sigma(noise):
    noise.set(at=1.0, step=100)
    assert noise.picture.readout.startswith("x = 1.0: σ = 1.50, in truth 1.50")


# ---------------------------------------------------------------- several answers


def test_three_components_have_three_peaks_inside_and_two_at_the_ends(mixture):
    peaks = {at: mixture.compute(3, at)["peaks"] for at in (-1.0, -0.5, 0.0, 0.5, 1.0)}
    assert peaks == {-1.0: 2, -0.5: 3, 0.0: 3, 0.5: 3, 1.0: 2}
    assert "Not yet" in verdict(mixture)
    assert "Right" in verdict(mixture, at=1.0)
    assert "Not yet" in verdict(mixture, k=2)


def test_a_single_component_lies_where_there_are_no_samples(mixture):
    assert mixture.predict.options[mixture.predict.answer] == "where there are no samples"
    arrays = mixture.compute(1, 0.8)
    assert arrays["peaks"] == 1
    assert arrays["there"] < 0.01


def test_the_densities_integrate_to_one(mixture):
    arrays = mixture.compute(3, 0.3)
    heights = mixture.figure.figure.axes[1].lines[0].get_ydata()
    for curve in (arrays["density"], arrays["truth"]):
        np.testing.assert_allclose(np.trapezoid(curve, heights), 1, atol=1e-3)
