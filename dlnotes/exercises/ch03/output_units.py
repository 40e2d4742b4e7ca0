"""Exercises of ch03/11_output_units."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _sigmoid(raw):
    return 1 / (1 + np.exp(-raw))


def _softplus(raw):
    return np.logaddexp(0, raw)


def _unsure(rng):
    """Means, raw precisions and targets of generic size."""
    return tuple(rng.normal(size=(3, rng.integers(4, 9))))


def _on_the_mean(rng):
    """Every target is its mean: only the precision can still improve."""
    mu, raw, _ = _unsure(rng)
    return mu, raw, mu.copy()


def _far_away(rng):
    """Targets far from the means, on either side."""
    mu, raw, y = _unsure(rng)
    return mu, raw, mu + 8 * np.sign(y) + y


def _sure(rng):
    """Large raw precisions: the noise is small."""
    mu, raw, y = _unsure(rng)
    return mu, 4 + np.abs(raw), y


@exercise(
    "ch03.output_units.precision",
    title="The delta of a mean and a precision",
    points=3,
    sources="GBC 6.2.2.4 (6.34)",
    by_hand=True,
    arguments=_unsure,
    hidden=[_on_the_mean, _far_away, _sure],
    hints=[
        "Differentiate 1/2 beta (y - mu)^2 - 1/2 log beta: by mu first, then by beta.",
        "By beta it is 1/2 (y - mu)^2 - 1 / (2 beta). The chain rule continues with dbeta/draw.",
        "The derivative of softplus is the sigmoid. No sum, no mean: there is one number for each sample.",
    ],
)
def precision_deltas(mu, raw, y):
    """dL/dmu (n,) and dL/draw (n,) of L = 1/2 beta (y - mu)^2 - 1/2 log beta, beta = softplus(raw).

    mu (n,), the means;  raw (n,), the raw precisions;  y (n,), the targets.
    softplus(raw) = log(1 + exp(raw)).  By hand, with NumPy alone.
    """
    beta, slope = np.log(1 + np.exp(raw)), 1 / (1 + np.exp(-raw))
    return beta * (mu - y), 0.5 * slope * ((y - mu) ** 2 - 1 / beta)


@mistake(precision_deltas, "dL/dmu has the wrong sign: a mean below its target must have a negative one")
def _mean_away(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return beta * (y - mu), 0.5 * slope * ((y - mu) ** 2 - 1 / beta)


@mistake(precision_deltas, "dL/dmu lacks beta: a sure network is pulled harder toward its target")
def _unweighted_mean(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return mu - y, 0.5 * slope * ((y - mu) ** 2 - 1 / beta)


@mistake(precision_deltas, "dL/dmu is divided by beta: that would be right for a variance")
def _variance_for_precision(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return (mu - y) / beta, 0.5 * slope * ((y - mu) ** 2 - 1 / beta)


@mistake(precision_deltas, "the second is dL/dbeta: it must go on to raw, through the softplus")
def _stops_at_beta(mu, raw, y):
    beta = _softplus(raw)
    return beta * (mu - y), 0.5 * ((y - mu) ** 2 - 1 / beta)


@mistake(precision_deltas, "dL/draw lacks the part of -1/2 log beta: the precision could only shrink")
def _no_log(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return beta * (mu - y), 0.5 * slope * (y - mu) ** 2


@mistake(precision_deltas, "dL/draw lacks the part of the squared error: the precision could only grow")
def _no_error(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return beta * (mu - y), -0.5 * slope / beta


@mistake(precision_deltas, "the second has the wrong sign: a large error must make the precision smaller")
def _precision_away(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return beta * (mu - y), 0.5 * slope * (1 / beta - (y - mu) ** 2)


@mistake(precision_deltas, "the second is twice too large: both parts of L have a 1/2")
def _no_half(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return beta * (mu - y), slope * ((y - mu) ** 2 - 1 / beta)


@mistake(
    precision_deltas, "the derivative of the softplus is sigmoid(raw), not that of the sigmoid, a (1 - a)"
)
def _slope_of_sigmoid(mu, raw, y):
    beta, slope = _softplus(raw), _sigmoid(raw)
    return beta * (mu - y), 0.5 * slope * (1 - slope) * ((y - mu) ** 2 - 1 / beta)


@mistake(precision_deltas, "it takes raw for the precision: beta = softplus(raw) is meant, which is positive")
def _raw_as_precision(mu, raw, y):
    return raw * (mu - y), 0.5 * ((y - mu) ** 2 - 1 / raw)


@mistake(precision_deltas, "it takes exp(raw) for the precision: the softplus is asked for")
def _exp_precision(mu, raw, y):
    return np.exp(raw) * (mu - y), 0.5 * (np.exp(raw) * (y - mu) ** 2 - 1)


def _mixture(rng):
    """The parameters of mixtures, and targets."""
    n, k = rng.integers(5, 9), rng.integers(3, 5)
    scores, mu, beta = rng.normal(size=(3, n, k))
    return scores, mu, 0.3 + beta**2, rng.normal(size=n)


def _far_from_all(rng):
    """Targets so far away that every density rounds to 0."""
    scores, mu, beta, y = _mixture(rng)
    return scores, mu, beta, 150 * np.sign(y) + y


def _large_scores(rng):
    """Scores whose exponentials overflow."""
    scores, mu, beta, y = _mixture(rng)
    return 900 + scores, mu, beta, y


def _one_component(rng):
    """Nobody else to share with."""
    return tuple(part[:, :1] if part.ndim > 1 else part for part in _mixture(rng))


@exercise(
    "ch03.output_units.responsibilities",
    title="Who made this sample?",
    points=4,
    sources="GBC 6.2.2.4 (6.35)",
    by_hand=True,
    arguments=_mixture,
    hidden=[_far_from_all, _large_scores, _one_component],
    hints=[
        "Bayes: component i has the share g_i N(y; mu_i, 1/beta_i) of the density at y. Rows sum to 1.",
        "Take logarithms: scores_i + 1/2 log beta_i - 1/2 beta_i (y - mu_i)^2. What a row shares cancels.",
        "The shares are the softmax of these: subtract each row's largest entry before you take exp.",
    ],
)
def mixture_shares(scores, mu, beta, y):
    """The responsibility (n, k) of each component for its sample: p(component i | y).

    scores (n, k), whose softmax are the gates;  mu (n, k), means;  beta (n, k), precisions;
    y (n,), targets.  Must survive targets far from all components, and scores of 1000.
    By hand, with NumPy alone.
    """
    log_joint = scores + 0.5 * np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2
    share = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


def _softmax(log_joint):
    share = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


@mistake(
    mixture_shares, "it divides 0 by 0 where the target is far from all components: stay with logarithms"
)
def _densities(scores, mu, beta, y):
    gates = _softmax(scores)
    joint = gates * np.sqrt(beta) * np.exp(-0.5 * beta * (y[:, None] - mu) ** 2)
    return joint / joint.sum(axis=1, keepdims=True)


@mistake(mixture_shares, "those are the gates, the shares before y is seen")
def _gates(scores, mu, beta, y):
    return _softmax(scores)


@mistake(mixture_shares, "it leaves out the gates: a component that is rarely used has a smaller share")
def _no_gates(scores, mu, beta, y):
    return _softmax(0.5 * np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2)


@mistake(mixture_shares, "it leaves out 1/2 log beta: a wide component is lower, and has a smaller share")
def _no_normalization(scores, mu, beta, y):
    return _softmax(scores - 0.5 * beta * (y[:, None] - mu) ** 2)


@mistake(mixture_shares, "it takes beta for a variance: it is a precision, and multiplies the squared error")
def _as_variance(scores, mu, beta, y):
    return _softmax(scores - 0.5 * np.log(beta) - 0.5 * (y[:, None] - mu) ** 2 / beta)


@mistake(mixture_shares, "it takes log beta without its 1/2: the density has the root of beta")
def _whole_log(scores, mu, beta, y):
    return _softmax(scores + np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2)


@mistake(mixture_shares, "its exponents have no 1/2 before the squared error")
def _no_half_square(scores, mu, beta, y):
    return _softmax(scores + 0.5 * np.log(beta) - beta * (y[:, None] - mu) ** 2)


@mistake(mixture_shares, "all of a sample's share goes to one component: they divide it among them")
def _hard(scores, mu, beta, y):
    log_joint = scores + 0.5 * np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2
    return (log_joint == log_joint.max(axis=1, keepdims=True)).astype(float)


@mistake(mixture_shares, "its columns sum to 1: each sample is shared among the components of its row")
def _over_samples(scores, mu, beta, y):
    log_joint = scores + 0.5 * np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2
    return _softmax(log_joint.T).T


@mistake(mixture_shares, "those are logarithms of the shares: rows must sum to 1")
def _log_shares(scores, mu, beta, y):
    log_joint = scores + 0.5 * np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2
    log_joint = log_joint - log_joint.max(axis=1, keepdims=True)
    return log_joint - np.log(np.exp(log_joint).sum(axis=1, keepdims=True))


@mistake(mixture_shares, "those are gates times densities: their sum in each row has to become 1")
def _not_shared(scores, mu, beta, y):
    return _softmax(scores) * np.sqrt(beta) * np.exp(-0.5 * beta * (y[:, None] - mu) ** 2)


def _correlated(rng):
    """A mean, a square B with determinant of either sign, and targets."""
    d = rng.integers(2, 5)
    return rng.normal(size=(rng.integers(5, 9), d)), rng.normal(size=d), rng.normal(size=(d, d)) + np.eye(d)


def _negative_determinant(rng):
    """B turns space inside out: Sigma is the same as for its mirror image."""
    y, mu, B = _correlated(rng)
    B[0] *= -np.sign(np.linalg.det(B))
    return y, mu, B


def _one_entry(rng):
    y, mu, _ = _correlated(rng)
    return y[:, :1], mu[:1], rng.normal(size=(1, 1)) + 2


@exercise(
    "ch03.output_units.covariance",
    title="A whole covariance matrix",
    points=3,
    sources="GBC 6.2.2.4",
    by_hand=True,
    arguments=_correlated,
    hidden=[_negative_determinant, _one_entry],
    hints=[
        "The normal density is exp(-1/2 r^T Sigma^-1 r) / sqrt((2 pi)^d det Sigma) with r = y - mu.",
        "With Sigma = B B^T, r^T Sigma^-1 r is the squared length of z = B^-1 r. np.linalg.solve finds z.",
        "log det Sigma = 2 log |det B|, so that half of it is log |det B|. np.linalg.slogdet knows it.",
    ],
)
def covariance_risk(y, mu, B):
    """-log N(y; mu, Sigma) of each sample with Sigma = B B^T, the constant included: returns (n,).

    y (n, d), a target in each row;  mu (d,), the mean;  B (d, d), any invertible matrix.
    By hand, with NumPy alone.
    """
    z = np.linalg.solve(B, (y - mu).T)
    return 0.5 * (z**2).sum(axis=0) + np.linalg.slogdet(B)[1] + 0.5 * len(mu) * np.log(2 * np.pi)


def _risk(y, mu, Sigma):
    r = y - mu
    square = np.einsum("ni,ni->n", r, np.linalg.solve(Sigma, r.T).T)
    return 0.5 * (square + np.linalg.slogdet(Sigma)[1] + len(mu) * np.log(2 * np.pi))


@mistake(covariance_risk, "it takes B^T B for Sigma: the covariance is B B^T")
def _transposed(y, mu, B):
    return _risk(y, mu, B.T @ B)


@mistake(covariance_risk, "it takes B for the covariance: Sigma is B B^T")
def _covariance_itself(y, mu, B):
    return _risk(y, mu, B)


@mistake(covariance_risk, "it multiplies with B B^T instead of its inverse: that is for a precision")
def _precision_matrix(y, mu, B):
    r = y - mu
    return 0.5 * (((r @ B) ** 2).sum(axis=1) + 2 * np.linalg.slogdet(B)[1] + len(mu) * np.log(2 * np.pi))


@mistake(covariance_risk, "it takes all of log det Sigma: in the density stands a root of the determinant")
def _determinant_twice(y, mu, B):
    return _risk(y, mu, B @ B.T) + np.linalg.slogdet(B)[1]


@mistake(covariance_risk, "it takes half of log |det B|: that is a quarter of log det Sigma")
def _determinant_halved(y, mu, B):
    return _risk(y, mu, B @ B.T) - 0.5 * np.linalg.slogdet(B)[1]


@mistake(covariance_risk, "it leaves out the determinant: a wider density must be lower")
def _no_determinant(y, mu, B):
    return _risk(y, mu, B @ B.T) - np.linalg.slogdet(B)[1]


@mistake(covariance_risk, "it leaves out the constant, without which no density has the integral 1")
def _no_constant(y, mu, B):
    return _risk(y, mu, B @ B.T) - 0.5 * len(mu) * np.log(2 * np.pi)


@mistake(covariance_risk, "its constant is that of a single number: a target has d entries")
def _constant_of_one(y, mu, B):
    return _risk(y, mu, B @ B.T) - 0.5 * (len(mu) - 1) * np.log(2 * np.pi)


@mistake(covariance_risk, "the squared length has no 1/2")
def _no_half_length(y, mu, B):
    z = np.linalg.solve(B, (y - mu).T)
    return _risk(y, mu, B @ B.T) + 0.5 * (z**2).sum(axis=0)


@mistake(covariance_risk, "those are log densities: the risk is their negative")
def _log_density(y, mu, B):
    return -_risk(y, mu, B @ B.T)


@mistake(covariance_risk, "it forgets the mean: the distance counts from mu")
def _no_mean(y, mu, B):
    return _risk(y, 0 * mu, B @ B.T)


@mistake(covariance_risk, "it returns the mean over the samples: a number for each is wanted")
def _averaged(y, mu, B):
    return _risk(y, mu, B @ B.T).mean()


@mistake(
    covariance_risk, "log(det B) is no number where det B is negative: Sigma does not know the sign of B"
)
def _signed_determinant(y, mu, B):
    with np.errstate(invalid="ignore"):
        return _risk(y, mu, B @ B.T) - np.linalg.slogdet(B)[1] + np.log(np.linalg.det(B))
