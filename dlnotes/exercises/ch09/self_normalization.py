"""Exercises of ch09/03_self_normalization."""

import math

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _moments(rng, low=0.3, high=3.0, normalized=False):
    """Six numbers, s with a variance from `low` to `high`, and a mean that an integral can resolve."""
    while True:
        mean, variance, omega = rng.uniform(-1.2, 1.2), rng.uniform(low, high), rng.uniform(-0.9, 0.9)
        omega, tau = (0.0, 1.0) if normalized else (omega, rng.uniform(0.6, 1.6))
        drawn = mean, variance / tau, omega, tau, rng.uniform(1.2, 2.5), rng.uniform(1.05, 1.4)
        if abs(selu_moments(*drawn)[0]) > 0.05:
            return drawn


def _generic(rng):
    """Weights that are not normalized, and an alpha and a lambda of some other fixed point."""
    return _moments(rng)


def _normalized_weights(rng):
    return _moments(rng, normalized=True)


def _wide(rng):
    """Half of the units are saturated, and erf has all the digits that erfc has."""
    return _moments(rng, 5.0, 8.0)


def _narrow(rng):
    return _moments(rng, 0.02, 0.1)


def _parts(m, v):
    """P(S <= 0), E[exp(S); S <= 0], E[exp(2 S); S <= 0], and E[S; S > 0], E[S^2; S > 0], S ~ N(m, v)."""
    below, one, two = (
        math.exp(k * m + k * k * v / 2) * math.erfc((m + k * v) / math.sqrt(2 * v)) / 2 for k in range(3)
    )
    slice_ = math.sqrt(v / (2 * math.pi)) * math.exp(-m * m / (2 * v))
    return below, one, two, m * (1 - below) + slice_, (m * m + v) * (1 - below) + m * slice_


@exercise(
    "ch09.self_normalization.moments",
    title="The moment map in closed form",
    points=4,
    sources="DLNN (10.20)-(10.22)",
    by_hand=True,
    arguments=_generic,
    hidden=[_normalized_weights, _wide, _narrow],
    hints=[
        "First the pre-activation: of which mean m and variance v? From there on only m and v count.",
        "E[a] / lambda = E[S; S > 0] + alpha (E[exp(S); S <= 0] - P(S <= 0)).",
        "For E[a^2] square each branch: (exp(S) - 1)^2 = exp(2 S) - 2 exp(S) + 1. Then take E[a]^2 off.",
    ],
)
def selu_moments(mean, variance, omega, tau, alpha, scale):
    """(mean, variance) of a = scale s for s > 0, else scale alpha (exp(s) - 1), one layer on.

    The inputs have `mean` and `variance`;  omega, tau: the sum of a unit's weights and of their
    squares;  s is normal.  Six numbers, returns two.  By hand, with NumPy alone (and math.erfc).
    """
    m, v = mean * omega, variance * tau
    std = math.sqrt(v)
    below, one, two = (  # E[exp(k S); S <= 0]
        math.exp(k * m + k * k * v / 2) * math.erfc((m + k * v) / (math.sqrt(2) * std)) / 2 for k in (0, 1, 2)
    )
    edge = std * math.exp(-m * m / (2 * v)) / math.sqrt(2 * math.pi)
    first = m * (1 - below) + edge + alpha * (one - below)
    second = (m * m + v) * (1 - below) + m * edge + alpha**2 * (two - 2 * one + below)
    return scale * first, scale**2 * (second - first**2)


@mistake(selu_moments, "the second number is E[a^2]: its mean is not taken off")
def _second_moment(mean, variance, omega, tau, alpha, scale):
    first, rest = selu_moments(mean, variance, omega, tau, alpha, scale)
    return first, rest + first**2


@mistake(selu_moments, "the second number is the standard deviation of a: its variance is asked for")
def _root(mean, variance, omega, tau, alpha, scale):
    first, rest = selu_moments(mean, variance, omega, tau, alpha, scale)
    return first, math.sqrt(rest)


@mistake(selu_moments, "it takes variance * tau for the standard deviation of s")
def _squared(mean, variance, omega, tau, alpha, scale):
    return selu_moments(mean, (variance * tau) ** 2, omega, 1.0, alpha, scale)


@mistake(selu_moments, "it leaves omega and tau out: s would have the mean and the variance of one input")
def _no_weights(mean, variance, omega, tau, alpha, scale):
    return selu_moments(mean, variance, 1.0, 1.0, alpha, scale)


@mistake(selu_moments, "it computes with normalized weights, omega = 0 and tau = 1, whatever they are")
def _normalized(mean, variance, omega, tau, alpha, scale):
    return selu_moments(mean, variance, 0.0, 1.0, alpha, scale)


@mistake(selu_moments, "it has the branch s > 0 alone: below 0 the unit is not silent")
def _positive_branch(mean, variance, omega, tau, alpha, scale):
    _, _, _, first, second = _parts(mean * omega, variance * tau)
    return scale * first, scale**2 * (second - first**2)


@mistake(selu_moments, "lambda is not squared in E[a^2]")
def _scale_once(mean, variance, omega, tau, alpha, scale):
    first, rest = selu_moments(mean, variance, omega, tau, alpha, scale)
    return first, (rest + first**2) / scale - first**2


@mistake(selu_moments, "alpha is not squared in E[a^2]")
def _alpha_once(mean, variance, omega, tau, alpha, scale):
    below, one, two, first, second = _parts(mean * omega, variance * tau)
    first, second = first + alpha * (one - below), second + alpha * (two - 2 * one + below)
    return scale * first, scale**2 * (second - first**2)


@mistake(selu_moments, "the square of exp(s) - 1 has a middle term")
def _no_middle_term(mean, variance, omega, tau, alpha, scale):
    below, one, two, first, second = _parts(mean * omega, variance * tau)
    first, second = first + alpha * (one - below), second + alpha**2 * (two - below)
    return scale * first, scale**2 * (second - first**2)


def _variance(rng):
    return (rng.uniform(0.3, 4),)


def _near_one(rng):
    """Nearly the constants that all libraries have."""
    return (rng.uniform(0.9, 1.1),)


def _large(rng):
    return (rng.uniform(5, 8),)


def _small(rng):
    return (rng.uniform(0.02, 0.1),)


@exercise(
    "ch09.self_normalization.constants",
    title="Constants for another fixed point",
    points=3,
    sources="DLNN 10.4, after (10.22)",
    by_hand=True,
    arguments=_variance,
    hidden=[_near_one, _large, _small],
    hints=[
        "Normalized weights: s has mean 0 and the variance wanted. In which equation is no lambda?",
        "The mean is 0 where what s > 0 brings in is what s <= 0 takes out: linear in alpha.",
        "Then E[a^2] = lambda^2 E[elu(s)^2] must be the variance wanted. The middle term is -2 exp(s).",
    ],
)
def selu_constants(variance):
    """(alpha, lambda) for which mean 0 and `variance` are a fixed point, with omega 0 and tau 1.

    a = lambda s for s > 0, else lambda alpha (exp(s) - 1), both numbers positive.  By hand, with
    NumPy alone (and math.erfc).
    """
    one, two = (  # E[exp(k S); S <= 0]
        math.exp(k * k * variance / 2) * math.erfc(k * math.sqrt(variance / 2)) / 2 for k in (1, 2)
    )
    alpha = math.sqrt(variance / (2 * math.pi)) / (0.5 - one)
    second = variance / 2 + alpha**2 * (two - 2 * one + 0.5)
    return alpha, math.sqrt(variance / second)


def _ingredients(variance):
    _, one, two, edge, _ = _parts(0.0, variance)
    return one, two, edge


@mistake(selu_constants, "those belong to the fixed point (0, 1), whatever variance is wanted")
def _always_one(variance):
    return selu_constants(1.0)


@mistake(selu_constants, "its second number is the square of lambda")
def _lambda_squared(variance):
    alpha, scale = selu_constants(variance)
    return alpha, scale**2


@mistake(selu_constants, "with its lambda the variance one layer on is 1: wanted is the one it came with")
def _to_one(variance):
    alpha, scale = selu_constants(variance)
    return alpha, scale / math.sqrt(variance)


@mistake(selu_constants, "its alpha is negative: exp(s) - 1 is below 0 already, where s is")
def _negative(variance):
    alpha, scale = selu_constants(variance)
    return -alpha, scale


@mistake(selu_constants, "lambda is missing: ELU alone does not keep the variance")
def _no_lambda(variance):
    return selu_constants(variance)[0], 1.0


@mistake(selu_constants, "in E[a^2] it forgets what the units with s <= 0 contribute")
def _right_half(variance):
    return selu_constants(variance)[0], math.sqrt(2)


@mistake(selu_constants, "the square of exp(s) - 1 has a middle term")
def _no_middle(variance):
    one, two, edge = _ingredients(variance)
    alpha = edge / (0.5 - one)
    return alpha, math.sqrt(variance / (variance / 2 + alpha**2 * (two - 0.5)))


@mistake(selu_constants, "alpha is not squared in E[a^2]")
def _alpha_linear(variance):
    one, two, edge = _ingredients(variance)
    alpha = edge / (0.5 - one)
    return alpha, math.sqrt(variance / (variance / 2 + alpha * (two - 2 * one + 0.5)))


@mistake(selu_constants, "the variance is taken for the standard deviation of s")
def _as_std(variance):
    return selu_constants(variance**2)


Z, WEIGHTS = np.polynomial.hermite_e.hermegauss(12)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def _nodes(rng):
    """Twelve nodes for S ~ N(mean omega, variance tau), and the values there of some activation."""
    mean, variance = rng.uniform(0.3, 1.5) * rng.choice([-1, 1]), rng.uniform(0.4, 2.5)
    omega, tau = rng.uniform(0.3, 0.9) * rng.choice([-1, 1]), rng.uniform(0.5, 1.7)
    s = mean * omega + math.sqrt(variance * tau) * Z
    a = np.tanh(s + rng.normal()) + rng.normal() * s + 0.2 * s**2
    return s, WEIGHTS, a, mean, variance, omega, tau


def _at_normalized_weights(rng):
    _, weights, _, mean, variance, _, _ = _nodes(rng)
    s = math.sqrt(variance) * Z
    return s, weights, np.tanh(s + rng.normal()) + 0.5 * s, mean, variance, 0.0, 1.0


def _far_from_zero(rng):
    """Activations with a large mean."""
    s, weights, a, mean, variance, omega, tau = _nodes(rng)
    return s, weights, a + 20, mean, variance, omega, tau


@exercise(
    "ch09.self_normalization.jacobian",
    title="The Jacobian of the moment map",
    points=4,
    sources="DLNN (10.23)",
    by_hand=True,
    arguments=_nodes,
    hidden=[_at_normalized_weights, _far_from_zero],
    hints=[
        "weights @ g is E[g(S)]. So the two derivatives in the text are sums over the nodes as well.",
        "They are by m = mean * omega and v = variance * tau. What brings you to mean and variance?",
        "The lower row: the variance is E[a^2] - E[a]^2, and the second part has a derivative as well.",
    ],
)
def moment_map_jacobian(s, weights, a, mean, variance, omega, tau):
    """The Jacobian (2, 2) of (mean, variance) one layer on by (mean, variance), in this order.

    s (n,), weights (n,): nodes with which weights @ g(s) is E[g(S)], S ~ N(mean * omega, variance *
    tau);  a = f(s) (n,), the activations there;  four numbers.  By hand, with NumPy alone.
    """
    m, v = mean * omega, variance * tau
    by_mean = omega * weights * (s - m) / v
    by_variance = tau * weights * ((s - m) ** 2 / v - 1) / (2 * v)
    first = weights @ a
    return np.array([
        [by_mean @ a, by_variance @ a],
        [by_mean @ a**2 - 2 * first * (by_mean @ a), by_variance @ a**2 - 2 * first * (by_variance @ a)],
    ])  # fmt: skip


@mistake(
    moment_map_jacobian, "those are the derivatives by the mean and the variance of s, not of the inputs"
)
def _by_m_and_v(s, weights, a, mean, variance, omega, tau):
    return moment_map_jacobian(s, weights, a, mean * omega, variance * tau, 1.0, 1.0)


@mistake(moment_map_jacobian, "its lower row is that of E[a^2]: the squared mean moves, too")
def _row_of_second_moment(s, weights, a, mean, variance, omega, tau):
    J = moment_map_jacobian(s, weights, a, mean, variance, omega, tau)
    return np.array([J[0], J[1] + 2 * (weights @ a) * J[0]])


@mistake(moment_map_jacobian, "the derivative of a square has a factor 2, which is missing for E[a]^2")
def _no_factor_two(s, weights, a, mean, variance, omega, tau):
    J = moment_map_jacobian(s, weights, a, mean, variance, omega, tau)
    return np.array([J[0], J[1] + weights @ a * J[0]])


@mistake(moment_map_jacobian, "its column of the variance is twice as large")
def _no_half(s, weights, a, mean, variance, omega, tau):
    return moment_map_jacobian(s, weights, a, mean, variance, omega, tau) * np.array([1, 2])


@mistake(moment_map_jacobian, "its column of the variance holds derivatives by the standard deviation")
def _by_std(s, weights, a, mean, variance, omega, tau):
    J = moment_map_jacobian(s, weights, a, mean, variance, omega, tau)
    return J * np.array([1, 2 * math.sqrt(variance)])


@mistake(moment_map_jacobian, "it divides by the standard deviation of s where the text has the variance")
def _by_root(s, weights, a, mean, variance, omega, tau):
    J = moment_map_jacobian(s, weights, a, mean, variance, omega, tau)
    return J * np.array([math.sqrt(variance * tau), 1])


def _dropped(rng):
    """A rate, moments that are not (0, 1), and a value for what is dropped."""
    return rng.uniform(0.1, 0.6), rng.uniform(0.3, 2), rng.uniform(0.4, 3), -rng.uniform(1.2, 3)


def _standard(rng):
    """As in the book: mean 0, variance 1, and about -lambda alpha."""
    return rng.uniform(0.1, 0.6), 0.0, 1.0, -rng.uniform(1.7, 1.8)


def _negative_mean(rng):
    rate, mean, variance, low = _dropped(rng)
    return rate, -mean, variance, low


@exercise(
    "ch09.self_normalization.affine",
    title="What alpha dropout puts right",
    points=2,
    sources="DLNN 10.4, Alpha Dropout",
    by_hand=True,
    arguments=_dropped,
    hidden=[_standard, _negative_mean],
    hints=[
        "First without a and b: which mean and which variance has x d + low (1 - d)? The text has both.",
        "a x + b has a^2 times the variance: that must be the old one again. It gives a > 0.",
        "And a times the mean, plus b, must be the old mean: that gives b.",
    ],
)
def alpha_dropout_affine(rate, mean, variance, low):
    """(a, b), a > 0, with which a (x d + low (1 - d)) + b has the mean and the variance of x.

    d is 0 with probability `rate`, else 1, independent of x;  mean, variance, of x;  low, what a
    dropped entry becomes.  By hand, with NumPy alone.
    """
    q = 1 - rate
    a = np.sqrt(variance / (q * (rate * (low - mean) ** 2 + variance)))
    return a, mean - a * (q * mean + rate * low)


@mistake(alpha_dropout_affine, "it takes the rate for the probability to keep an entry")
def _kept_and_dropped(rate, mean, variance, low):
    return alpha_dropout_affine(1 - rate, mean, variance, low)


@mistake(alpha_dropout_affine, "it brings the result to mean 0 and variance 1, which x need not have")
def _standardizes(rate, mean, variance, low):
    a, _ = alpha_dropout_affine(rate, mean, variance, low)
    a = a / np.sqrt(variance)
    return a, -a * ((1 - rate) * mean + rate * low)


@mistake(alpha_dropout_affine, "those are the a and b for mean 0 and variance 1: x has others")
def _for_standard(rate, mean, variance, low):
    return alpha_dropout_affine(rate, 0.0, 1.0, low)


@mistake(alpha_dropout_affine, "variances go with the square of a: a root is missing")
def _no_root(rate, mean, variance, low):
    a, _ = alpha_dropout_affine(rate, mean, variance, low)
    return a**2, mean - a**2 * ((1 - rate) * mean + rate * low)


@mistake(alpha_dropout_affine, "its b is added before a multiplies")
def _shift_first(rate, mean, variance, low):
    a, b = alpha_dropout_affine(rate, mean, variance, low)
    return a, b / a


@mistake(alpha_dropout_affine, "its b puts the mean right as if a were 1")
def _shift_without_a(rate, mean, variance, low):
    a, _ = alpha_dropout_affine(rate, mean, variance, low)
    return a, mean - ((1 - rate) * mean + rate * low)


@mistake(
    alpha_dropout_affine, "it measures how far `low` is from 0: the spread depends on how far from the mean"
)
def _from_zero(rate, mean, variance, low):
    q = 1 - rate
    a = np.sqrt(variance / (q * (rate * low**2 + variance)))
    return a, mean - a * (q * mean + rate * low)


@mistake(alpha_dropout_affine, "that is the scaling of ordinary dropout, where dropped entries are 0")
def _ordinary(rate, mean, variance, low):
    return 1 / (1 - rate), np.zeros(())
