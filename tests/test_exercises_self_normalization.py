"""The exercises of ch09/03: references checked another way, and plausible answers that nobody listed."""

import math

import numpy as np
import pytest
from reader import drawn, named

from dlnotes import exercises, layers, meanfield
from dlnotes.exercises.judging import judge


def scaled_elu(alpha, scale):
    def activation(s):
        return scale * np.where(s > 0, s, alpha * np.expm1(np.minimum(s, 0))), None

    return activation


def test_the_closed_form_of_the_moments_is_their_quadrature():
    for (mean, variance, omega, tau, alpha, scale), want in drawn("selu_moments"):
        got = meanfield.moment_map(scaled_elu(alpha, scale), mean, variance, omega=omega, tau=tau)
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


def test_with_the_constants_the_wanted_variance_is_a_fixed_point():
    for (variance,), want in drawn("selu_constants"):
        got = meanfield.moment_map(scaled_elu(*want), 0.0, variance)
        np.testing.assert_allclose(got, (0, variance), rtol=1e-12, atol=1e-14)
    constants = exercises.reference("selu_constants")(1.0)
    np.testing.assert_allclose(constants, (layers.SELU_ALPHA, layers.SELU_LAMBDA), rtol=1e-15)


def test_the_jacobian_agrees_with_differences_of_the_moment_map():
    jacobian, h = exercises.reference("moment_map_jacobian"), 1e-5
    for mean, variance, omega, tau in [(0.0, 1.0, 0.0, 1.0), (-0.4, 1.7, 0.3, 0.9)]:

        def on(moments, omega=omega, tau=tau):
            return np.array(meanfield.moment_map(layers.selu, *moments, omega=omega, tau=tau))

        s, weights = meanfield.quadrature(mean * omega, variance * tau)
        got = jacobian(s, weights, layers.selu(s)[0], mean, variance, omega, tau)
        steps = [on((mean, variance) + e) - on((mean, variance) - e) for e in h * np.eye(2)]
        np.testing.assert_allclose(got, np.column_stack(steps) / (2 * h), atol=1e-8)


def test_alpha_dropout_uses_the_affine_map_of_the_reference():
    torch = pytest.importorskip("torch")
    low = -layers.SELU_LAMBDA * layers.SELU_ALPHA
    for rate in (0.05, 0.1, 0.5):
        a, b = exercises.reference("alpha_dropout_affine")(rate, 0.0, 1.0, low)
        torch.manual_seed(0)
        theirs = torch.nn.AlphaDropout(rate)(torch.full((200,), 0.7, dtype=torch.float64)).unique().numpy()
        np.testing.assert_allclose(theirs, sorted([a * low + b, a * 0.7 + b]), atol=1e-6)


def test_the_affine_map_keeps_mean_and_variance_of_a_sample_of_two_values():
    for (rate, mean, variance, low), (a, b) in drawn("alpha_dropout_affine"):
        x = mean + np.sqrt(variance) * np.array([-1, 1])
        values = a * np.array([*x, low]) + b
        chances = np.array([(1 - rate) / 2, (1 - rate) / 2, rate])
        np.testing.assert_allclose(chances @ values, mean, atol=1e-12)
        np.testing.assert_allclose(chances @ (values - mean) ** 2, variance)


def by_quadrature(mean, variance, omega, tau, alpha, scale):
    """Gauss-Legendre on both sides of the kink."""
    m, std = mean * omega, math.sqrt(variance * tau)
    x, w = np.polynomial.legendre.leggauss(120)
    found = np.zeros(2)
    for low, high in [(min(m - 10 * std, 0), 0), (0, max(m + 10 * std, 0))]:
        s = low + (high - low) * (x + 1) / 2
        p = (high - low) / 2 * w * np.exp(-((s - m) ** 2) / (2 * std**2)) / (std * math.sqrt(2 * math.pi))
        a = scale * np.where(s > 0, s, alpha * np.expm1(np.minimum(s, 0)))
        found += p @ a, p @ a**2
    return found[0], found[1] - found[0] ** 2


def by_a_sum(mean, variance, omega, tau, alpha, scale):
    """Over as many places as a laptop likes, the kink wherever it falls."""
    z = np.linspace(-12, 12, 200_001)
    s, p = mean * omega + math.sqrt(variance * tau) * z, np.exp(-(z**2) / 2)
    a = scale * np.where(s > 0, s, alpha * np.expm1(np.minimum(s, 0)))
    first = p @ a / p.sum()
    return first, p @ (a - first) ** 2 / p.sum()


def phi(x):
    """The distribution function of the normal distribution as everyone knows it."""
    return (1 + math.erf(x / math.sqrt(2))) / 2


def by_erf(mean, variance, omega, tau, alpha, scale):
    m, v = mean * omega, variance * tau
    below, one, two = (math.exp(k * m + k * k * v / 2) * phi(-(m + k * v) / math.sqrt(v)) for k in range(3))
    edge = math.sqrt(v / (2 * math.pi)) * math.exp(-m * m / (2 * v))
    first = scale * (m * (1 - below) + edge + alpha * (one - below))
    second = (m * m + v) * (1 - below) + m * edge + alpha**2 * (two - 2 * one + below)
    return first, scale**2 * second - first**2


def constants_by_erf(variance):
    one, two = (math.exp(k * k * variance / 2) * phi(-k * math.sqrt(variance)) for k in (1, 2))
    alpha = math.sqrt(variance / (2 * math.pi)) / (0.5 - one)
    return alpha, math.sqrt(variance / (variance / 2 + alpha**2 * (two - 2 * one + 0.5)))


def by_elu(variance):
    """alpha and lambda from the two parts of an integral, by quadrature."""
    x, w = np.polynomial.legendre.leggauss(120)
    s = 5 * math.sqrt(variance) * (x + 1)
    p = 5 * math.sqrt(variance) * w * np.exp(-(s**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    alpha = (p @ s) / -(p @ np.expm1(-s))
    return alpha, math.sqrt(variance / (p @ s**2 + alpha**2 * (p @ np.expm1(-s) ** 2)))


def by_centering(s, weights, a, mean, variance, omega, tau):
    z = (s - mean * omega) / np.sqrt(variance * tau)
    by_m, by_v = z / np.sqrt(variance * tau), (z**2 - 1) / (2 * variance * tau)
    away = a - weights @ a
    rows = np.stack([away, away**2]) * weights
    return rows @ np.stack([omega * by_m, tau * by_v], axis=1)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (by_quadrature, "selu_moments"),
        (by_a_sum, "selu_moments"),
        (by_erf, "selu_moments"),
        (constants_by_erf, "selu_constants"),
        (by_elu, "selu_constants"),
        (by_centering, "moment_map_jacobian"),
    ],
)
def test_other_right_ways_pass_whatever_the_seed(answer, name):
    for seed in range(3 if answer is by_a_sum else 30):
        assert judge(named(answer, name), seed) == ("pass", "")


def swapped(mean, variance, omega, tau, alpha, scale):
    return exercises.reference("selu_moments")(mean, variance, tau, omega**2, alpha, scale)


def lambda_of_the_libraries(variance):
    return exercises.reference("selu_constants")(variance)[0], layers.SELU_LAMBDA


def eigenvalues(s, weights, a, mean, variance, omega, tau):
    J = exercises.reference("moment_map_jacobian")(s, weights, a, mean, variance, omega, tau)
    return np.diag(np.diag(J))


def plus_low(rate, mean, variance, low):
    a, b = exercises.reference("alpha_dropout_affine")(rate, mean, variance, low)
    return a, -b


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (swapped, "selu_moments"),
        (lambda_of_the_libraries, "selu_constants"),
        (eigenvalues, "moment_map_jacobian"),
        (plus_low, "alpha_dropout_affine"),
    ],
)
def test_plausible_answers_that_nobody_listed_fail(answer, name):
    assert judge(named(answer, name)).state == "fail"
