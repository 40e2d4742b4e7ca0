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


def _parts(m, v, under_the_root=2):
    """P(S <= 0), E[exp(S); S <= 0], E[exp(2 S); S <= 0], and E[S; S > 0], E[S^2; S > 0], S ~ N(m, v)."""
    below, one, two = (
        math.exp(k * m + k * k * v / 2) * math.erfc((m + k * v) / math.sqrt(under_the_root * v)) / 2
        for k in range(3)
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
    squares;  s is normal.  Six numbers, returns two, right to seven digits.  By hand, with NumPy
    alone (and math.erfc).
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


@mistake(selu_moments, "it leaves omega and tau out: s would have the mean and the variance of one input")
def _no_weights(mean, variance, omega, tau, alpha, scale):
    return selu_moments(mean, variance, 1.0, 1.0, alpha, scale)


@mistake(selu_moments, "it has the branch s > 0 alone: below 0 the unit is not silent")
def _positive_branch(mean, variance, omega, tau, alpha, scale):
    _, _, _, first, second = _parts(mean * omega, variance * tau)
    return scale * first, scale**2 * (second - first**2)


def _combined(m, v, alpha, scale, *, parts=None, power=2, middle=2.0, outer=2):
    """The reference, from `_parts` or others, with its powers and its middle term replaced."""
    below, one, two, first, second = parts or _parts(m, v)
    first = scale * (first + alpha * (one - below))
    return first, scale**outer * (second + alpha**power * (two - middle * one + below)) - first**2


def _without_root_two(m, v):
    return _parts(m, v, under_the_root=1)


def _slice_without_std(m, v):
    *others, first, second = _parts(m, v)
    slice_ = (math.sqrt(v) - 1) * math.exp(-m * m / (2 * v)) / math.sqrt(2 * math.pi)
    return *others, first - slice_, second - m * slice_


def _one_v_too_few(m, v):
    below, one, two, *others = _parts(m, v)
    return below, one, two * math.exp(-v), *others


def _of_sums(change):
    """The reference in the mean and the variance of s: change(m, v, alpha, scale)."""

    def answer(mean, variance, omega, tau, alpha, scale):
        return change(mean * omega, variance * tau, alpha, scale)

    return answer


for message, answer in {
    "it takes the root of tau: a sum of squares is what multiplies a variance": (
        lambda mean, variance, omega, tau, alpha, scale: selu_moments(
            mean, variance, omega, math.sqrt(tau), alpha, scale
        )
    ),
    "tau is squared: it is a sum of squares already": lambda mean, variance, omega, tau, alpha, scale: (
        selu_moments(mean, variance, omega, tau**2, alpha, scale)
    ),
    "alpha is not squared in E[a^2]": _of_sums(lambda *four: _combined(*four, power=1)),
    "lambda is not squared in E[a^2]": _of_sums(lambda *four: _combined(*four, outer=1)),
    "the square of exp(s) - 1 has a middle term": _of_sums(lambda *four: _combined(*four, middle=0)),
    "the middle term of the square of exp(s) - 1 has a factor 2": _of_sums(
        lambda *four: _combined(*four, middle=1)
    ),
    "erfc belongs to a normal of variance 1/2: its argument has a square root of 2": _of_sums(
        lambda m, v, alpha, scale: _combined(m, v, alpha, scale, parts=_without_root_two(m, v))
    ),
    "the density of s is 1/std of the standard one: std times it has no std left": _of_sums(
        lambda m, v, alpha, scale: _combined(m, v, alpha, scale, parts=_slice_without_std(m, v))
    ),
    "the mean of exp(2 s) is not exp(2 m + v): 2 s has four times the variance of s": _of_sums(
        lambda m, v, alpha, scale: _combined(m, v, alpha, scale, parts=_one_v_too_few(m, v))
    ),
}.items():
    mistake(selu_moments, message)(answer)


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

    a = lambda s for s > 0, else lambda alpha (exp(s) - 1), both numbers positive, right to seven
    digits.  By hand, with NumPy alone (and math.erfc).
    """
    one, two = (  # E[exp(k S); S <= 0]
        math.exp(k * k * variance / 2) * math.erfc(k * math.sqrt(variance / 2)) / 2 for k in (1, 2)
    )
    alpha = math.sqrt(variance / (2 * math.pi)) / (0.5 - one)
    second = variance / 2 + alpha**2 * (two - 2 * one + 0.5)
    return alpha, math.sqrt(variance / second)


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


def _constants(variance, *, parts=_parts, power=2, middle=2.0):
    below, one, two, edge, _ = parts(0.0, variance)
    alpha = edge / (below - one)
    return alpha, math.sqrt(variance / (variance / 2 + alpha**power * (two - middle * one + below)))


for message, answer in {
    "the square of exp(s) - 1 has a middle term": lambda variance: _constants(variance, middle=0),
    "the middle term of the square of exp(s) - 1 has a factor 2": lambda variance: _constants(
        variance, middle=1
    ),
    "alpha is not squared in E[a^2]": lambda variance: _constants(variance, power=1),
    "those belong to the fixed point (0, 1), whatever variance is wanted": lambda variance: selu_constants(
        1.0
    ),
    "the variance is taken for the standard deviation of s": lambda variance: selu_constants(variance**2),
    "erfc belongs to a normal of variance 1/2: its argument has a square root of 2": lambda variance: (
        _constants(variance, parts=_without_root_two)
    ),
    "the mean of exp(2 s) is not exp(variance): 2 s has four times the variance of s": lambda variance: (
        _constants(variance, parts=_one_v_too_few)
    ),
}.items():
    mistake(selu_constants, message)(answer)


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


def _of_columns(change):
    """The reference, its columns multiplied by change(mean, variance, omega, tau)."""

    def answer(s, weights, a, mean, variance, omega, tau):
        J = moment_map_jacobian(s, weights, a, mean, variance, omega, tau)
        return J * np.array(change(mean, variance, omega, tau))

    return answer


for message, answer in {
    "its column of the variance is twice as large": _of_columns(lambda mean, variance, omega, tau: (1, 2)),
    "its column of the variance holds derivatives by the standard deviation": _of_columns(
        lambda mean, variance, omega, tau: (1, 2 * math.sqrt(variance))
    ),
    "it divides by the standard deviation of s where the text has the variance": _of_columns(
        lambda mean, variance, omega, tau: (math.sqrt(variance * tau), 1)
    ),
    "the chain rule brings tau once: v = variance * tau": _of_columns(
        lambda mean, variance, omega, tau: (1, tau)
    ),
    "s is taken for a normal with the mean and the variance of one input": (
        lambda s, weights, a, mean, variance, omega, tau: moment_map_jacobian(
            s, weights, a, mean, variance, 1.0, 1.0
        )
    ),
    "omega and tau have changed places: omega belongs to the mean, tau to the variance": (
        lambda s, weights, a, mean, variance, omega, tau: (
            moment_map_jacobian(s, weights, a, mean * omega, variance * tau, 1.0, 1.0)
            * np.array([tau, omega])
        )
    ),
    "all nodes count alike: E[g(S)] is a sum with weights": (
        lambda s, weights, a, mean, variance, omega, tau: moment_map_jacobian(
            s, np.full(len(s), 1 / len(s)), a, mean, variance, omega, tau
        )
    ),
}.items():
    mistake(moment_map_jacobian, message)(answer)


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


def _repaired(change, shift=lambda a, mean, spoiled: mean - a * spoiled):
    """a = change(q, rate, spread, variance), spread the squared distance of low from the mean; and b."""

    def answer(rate, mean, variance, low):
        q = 1 - rate
        a = change(q, rate, (low - mean) ** 2, variance)
        return a, shift(a, mean, q * mean + rate * low)

    return answer


def _right(q, rate, spread, variance):
    return np.sqrt(variance / (q * (rate * spread + variance)))


for message, answer in {
    "variances go with the square of a: a root is missing": _repaired(lambda *four: _right(*four) ** 2),
    "its a is upside down: it would spread the result away from the old variance": _repaired(
        lambda *four: 1 / _right(*four)
    ),
    "its a is made of variance + rate (low - mean)^2: all of that happens with probability 1 - rate only": (
        _repaired(lambda q, rate, spread, variance: np.sqrt(variance / (rate * spread + variance)))
    ),
    "q is missing in q (1 - q) (low - mean)^2": _repaired(
        lambda q, rate, spread, variance: np.sqrt(variance / (rate * spread + q * variance))
    ),
    "its a leaves out that low lies away from the mean, which spreads, too": _repaired(
        lambda q, rate, spread, variance: 1 / np.sqrt(q)
    ),
    "its b is added before a multiplies": _repaired(_right, lambda a, mean, spoiled: mean / a - spoiled),
    "its b divides by a: behind a, the spoiled mean is a times as large": _repaired(
        _right, lambda a, mean, spoiled: mean - spoiled / a
    ),
    "its b puts the mean right as if a were 1": _repaired(_right, lambda a, mean, spoiled: mean - spoiled),
    "it measures how far `low` is from 0: the spread depends on how far from the mean": (
        lambda rate, mean, variance, low: _repaired(
            lambda q, rate, _, variance: _right(q, rate, low**2, variance)
        )(rate, mean, variance, low)
    ),
    "that is the scaling of ordinary dropout, where dropped entries are 0": (
        lambda rate, mean, variance, low: (1 / (1 - rate), 0.0)
    ),
}.items():
    mistake(alpha_dropout_affine, message)(answer)
