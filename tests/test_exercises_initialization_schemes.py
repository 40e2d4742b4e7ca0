"""Exercises of ch08/03_initialization_schemes: references against SciPy and PyTorch, and other answers."""

import math

import numpy as np
import pytest

from dlnotes import initialization, layers
from dlnotes.exercises import reference
from dlnotes.exercises.judging import judge

cut_variance, limit, orthogonal, rescaled = map(
    reference, ["cut_normal_variance", "uniform_limit", "haar_orthogonal", "rescaled_layers"]
)


def test_the_variance_of_a_cut_normal_is_scipys():
    from scipy.stats import truncnorm

    for cut in (0.3, 1.0, 2.0, 3.5):
        assert math.isclose(cut_variance(1.7, cut), truncnorm(-cut, cut, scale=1.7).var(), rel_tol=1e-9)
    assert math.isclose(cut_variance(1.0, 2.0), initialization.TRUNCATED_STD**2, rel_tol=1e-12)


def test_the_limits_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    shape, init = (40, 30, 5, 3), torch.nn.init
    relu = {"nonlinearity": "relu"}
    for W, gain, fan in [
        (init.kaiming_uniform_(torch.empty(shape), **relu), 2, "in"),
        (init.kaiming_uniform_(torch.empty(shape), mode="fan_out", **relu), 2, "out"),
        (init.xavier_uniform_(torch.empty(shape), gain=1.5), 1.5**2, "average"),
    ]:
        assert math.isclose(float(W.abs().max()), limit(shape, gain, fan), rel_tol=1e-3)


def test_right_angles_come_out_as_the_library_has_them():
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    W, _ = initialization.orthogonal(rng, 4, 7)
    np.testing.assert_array_equal(orthogonal(again.standard_normal((7, 4))), W)


def test_rescaled_layers_are_those_of_lsuv():
    rng = np.random.default_rng(1)
    params = initialization.mlp(rng, 5, 8, 6, 3)
    x = rng.normal(1, 2, size=(20, 5))
    ours = rescaled(tuple(W for W, _ in params[::2]), x)
    for W, (V, _) in zip(ours, initialization.lsuv(layers.mlp(3, layers.tanh), params, x)[::2], strict=True):
        np.testing.assert_allclose(W, V)


def by_quadrature(std, cut):
    """The two integrals, by the trapezoidal rule."""
    z = np.linspace(-cut, cut, 200_001)
    density = np.exp(-(z**2) / 2)
    return std**2 * float(np.trapezoid(z**2 * density, z) / np.trapezoid(density, z))


def by_gram_schmidt(z):
    """One column after the other, twice for the sake of rounding."""
    columns = []
    for column in z.T:
        for _ in range(2):
            for done in columns:
                column = column - (done @ column) * done
        columns.append(column / np.linalg.norm(column))
    return np.array(columns).T


def by_cholesky(z):
    """R is the Cholesky factor of z^T z."""
    return z @ np.linalg.inv(np.linalg.cholesky(z.T @ z).T)


def by_recursion(weights, x):
    if not weights:
        return ()
    first = weights[0] / np.std(x @ weights[0].T)
    return first, *by_recursion(weights[1:], np.tanh(x @ first.T))


def by_cases(shape, gain, fan):
    units, seen, *kernel = shape
    places = int(np.prod(kernel))
    both = {"in": [seen], "out": [units], "average": [seen, units]}[fan]
    return np.sqrt(3 * gain / (places * np.mean(both)))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("cut_normal_variance", by_quadrature),
        ("uniform_limit", by_cases),
        ("haar_orthogonal", by_gram_schmidt),
        ("haar_orthogonal", by_cholesky),
        ("rescaled_layers", by_recursion),
    ],
)
def test_other_ways_to_the_same_result_pass(name, answer):
    answer.__name__ = name
    verdict = judge(answer)
    assert verdict.state == "pass", verdict.reason
