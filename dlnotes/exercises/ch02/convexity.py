"""Exercises of ch02/05_convexity."""

import numpy as np

from dlnotes.exercises.ch02.logistic_regression import one_sample, weights_and_samples
from dlnotes.exercises.registry import exercise, mistake
from dlnotes.layers import sigmoid


def _two_weights(make=weights_and_samples):
    """Two weights and what `make` draws: u, v, x, y."""

    def arguments(rng):
        w, x, y = make(rng)
        return 2 * rng.normal(size=len(w)), w, x, y

    return arguments


def _far_on_both_sides(rng):
    """u and v are far out, on opposite sides: midway the weights are moderate."""
    u, v, x, y = _two_weights()(rng)
    return 1000 * u, v - 1000 * u, x, y


def _same_weights(rng):
    _, w, x, y = _two_weights()(rng)
    return w, w.copy(), x, y


@exercise(
    "ch02.convexity.gap",
    title="The gap",
    points=2,
    sources="GBC 4.3.1, DLNN (4.40)",
    arguments=_two_weights(),
    hidden=[_two_weights(one_sample), _far_on_both_sides, _same_weights],
    hints=[
        "Write the risk of some weights as a small function first; you need it at three places.",
        "The safe cross-entropy of a sample is zeta((1 - 2y) s), and zeta is np.logaddexp(0, ...).",
        "Half of what the two ends cost together, minus what the weights halfway between them cost.",
    ],
)
def midpoint_gap(u, v, x, y):
    """Mean of the risks at u and v minus the risk midway, a number that is never negative.

    u, v (d,) weights of any size;  x (n, d), y (n,) in {0, 1}.  The risk is the sum DLNN (4.40).
    """

    def cost(w):  # as if y = 0 everywhere: what y = 1 adds, -w.x, is linear in w and has no gap
        return np.logaddexp(0, x @ w).sum()

    return (cost(u) + cost(v)) / 2 - cost((u + v) / 2)


def _losses(w, x):
    return np.logaddexp(0, x @ w)


def _gaps(u, v, x):
    """The gap of each sample."""
    return (_losses(u, x) + _losses(v, x)) / 2 - _losses((u + v) / 2, x)


@mistake(midpoint_gap, "it is the risk midway minus the mean of the ends: the sign is turned")
def _middle_minus_ends(u, v, x, y):
    return -_gaps(u, v, x).sum()


@mistake(midpoint_gap, "it averages over the samples: the risk DLNN (4.40) is their sum")
def _mean_gap(u, v, x, y):
    return _gaps(u, v, x).mean()


@mistake(midpoint_gap, "it adds the risks of the two ends and does not halve them")
def _ends_not_halved(u, v, x, y):
    risks = [np.logaddexp(0, (1 - 2 * y) * (x @ w)).sum() for w in (u, v, (u + v) / 2)]
    return risks[0] + risks[1] - risks[2]


@mistake(midpoint_gap, "it takes the risk at u + v, which is not midway")
def _sum_of_weights(u, v, x, y):
    risks = [np.logaddexp(0, (1 - 2 * y) * (x @ w)).sum() for w in (u, v, u + v)]
    return (risks[0] + risks[1]) / 2 - risks[2]


@mistake(midpoint_gap, "only samples with y = 1 count in it: is its loss one for labels -1 and 1?")
def _one_class_alone(u, v, x, y):
    return y @ _gaps(u, v, x)


@mistake(midpoint_gap, "a gap for each sample is left: the risk is a sum over them")
def _gap_of_each(u, v, x, y):
    return _gaps(u, v, x)


@mistake(midpoint_gap, "far out a rounds to 0 or 1, and 0 times its logarithm is NaN")
def _by_way_of_a(u, v, x, y):
    def cost(w):
        a = 1 / (1 + np.exp(-(x @ w)))
        return -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum()

    return (cost(u) + cost(v)) / 2 - cost((u + v) / 2)


@mistake(midpoint_gap, "far out its exponential overflows, and an end becomes infinite")
def _infinite_ends(u, v, x, y):
    def cost(w):
        return np.log(1 + np.exp((1 - 2 * y) * (x @ w))).sum()

    return (cost(u) + cost(v)) / 2 - cost((u + v) / 2)


def _direction_and_samples(rng, make=weights_and_samples):
    w, x, _ = make(rng)
    return rng.normal(size=len(w)), w, x, rng.uniform(0.1, 0.9)


def _one_of_them(rng):
    return _direction_and_samples(rng, one_sample)


def _without_ridge(rng):
    a, w, x, _ = _direction_and_samples(rng)
    return a, w, x, 0.0


def _along_the_trough(rng):
    """The samples have no extent in the direction a: X a = 0, and only the ridge bends the risk."""
    a, w, x, ridge = _direction_and_samples(rng)
    return a, w, x - np.outer(x @ a, a) / (a @ a), ridge


def _sure_of_some(rng):
    """Three of the samples have w.x in the thousands."""
    a, w, x, ridge = _direction_and_samples(rng)
    x[:3] += np.outer(rng.uniform(1000, 4000, size=3) * [1, -1, 1], w) / (w @ w)
    return a, w, x, ridge


@exercise(
    "ch02.convexity.curvature",
    title="Repair (C.8)",
    points=3,
    sources="DLNN (C.8)",
    arguments=_direction_and_samples,
    hidden=[_one_of_them, _without_ridge, _along_the_trough, _sure_of_some],
    hints=[
        "a^T H a is a sum over samples; each adds its weight p (1 - p) times the square of one number.",
        "That number is a.x. The vector x @ a has it for all samples, and p comes from x @ w.",
        "The ridge adds its own multiple of the identity to H: put a on both sides of that, too.",
    ],
)
def curvature_along(a, w, x, ridge):
    """a^T (H + ridge I) a, a number: direction a (d,), weights w (d,), x (n, d), ridge >= 0.

    H is the Hessian of the summed cross-entropy at w, of any length.  DLNN (C.8)
    """
    p = sigmoid(x @ w)[0]
    return ((x @ a) ** 2 * p * (1 - p)).sum() + ridge * a @ a


def _bend(w, x):
    p = sigmoid(x @ w)[0]
    return p * (1 - p)


@mistake(curvature_along, "its sum is the one that is printed: each term stands in it once, not squared")
def _as_printed(a, w, x, ridge):
    return np.sum(np.sqrt(_bend(w, x)) * (x @ a)) + ridge * a @ a


@mistake(curvature_along, "it squares the sum; what is wanted is a sum of squares")
def _square_of_the_sum(a, w, x, ridge):
    return np.sum(np.sqrt(_bend(w, x)) * (x @ a)) ** 2 + ridge * a @ a


@mistake(curvature_along, "the ridge has no part in it")
def _ridge_forgotten(a, w, x, ridge):
    return _bend(w, x) @ (x @ a) ** 2


@mistake(curvature_along, "it adds the ridge as it is: a direction twice as long bends four times as much")
def _ridge_as_it_is(a, w, x, ridge):
    return _bend(w, x) @ (x @ a) ** 2 + ridge


@mistake(curvature_along, "it halves the ridge: the penalty has the half, its second derivative has not")
def _half_a_ridge(a, w, x, ridge):
    return _bend(w, x) @ (x @ a) ** 2 + ridge / 2 * a @ a


@mistake(curvature_along, "it takes the ridge's share from w: the curvature is the one in the direction a")
def _ridge_along_w(a, w, x, ridge):
    return _bend(w, x) @ (x @ a) ** 2 + ridge * w @ w


@mistake(curvature_along, "it averages over the samples: the cross-entropy here is their sum")
def _mean_curvature(a, w, x, ridge):
    return _bend(w, x) @ (x @ a) ** 2 / len(x) + ridge * a @ a


@mistake(curvature_along, "it leaves out p (1 - p): that is the curvature of the squared error")
def _of_squared_error(a, w, x, ridge):
    return np.sum((x @ a) ** 2) + ridge * a @ a


@mistake(curvature_along, "it squares p (1 - p), too: only its root belongs inside the square")
def _weight_squared(a, w, x, ridge):
    return np.sum((_bend(w, x) * (x @ a)) ** 2) + ridge * a @ a


@mistake(curvature_along, "its probabilities are those of the weights a: a is the direction, w the place")
def _at_the_direction(a, w, x, ridge):
    return _bend(a, x) @ (x @ a) ** 2 + ridge * a @ a


@mistake(curvature_along, "an exponential in it overflows where w.x is in the thousands")
def _curvature_overflows(a, w, x, ridge):
    e = np.exp(-(x @ w))
    return (e / (1 + e) ** 2) @ (x @ a) ** 2 + ridge * a @ a


def _probabilities_and_sample(rng):
    e = np.exp(rng.normal(size=rng.integers(3, 5)))
    return e / e.sum(), rng.normal(size=rng.integers(5, 8))


def _of_two_classes(rng):
    p = rng.uniform(0.2, 0.8)
    return np.array([p, 1 - p]), rng.normal(size=rng.integers(5, 8))


def _one_input(rng):
    p, x = _probabilities_and_sample(rng)
    return p, x[:1]


def _certain(rng):
    """One class has all of the probability: no slope is left."""
    p, x = _probabilities_and_sample(rng)
    return np.eye(len(p))[rng.integers(len(p))], x


@exercise(
    "ch02.convexity.slopes",
    title="Repair (C.12) and (C.13)",
    points=4,
    sources="DLNN (C.12), (C.13)",
    arguments=_probabilities_and_sample,
    hidden=[_of_two_classes, _one_input, _certain],
    hints=[
        "First the slopes along the scores, dp_k / ds_v, a k by k matrix: its diagonal and the rest differ.",
        "p_k (1 - p_k) on the diagonal, -p_k p_v elsewhere: a diagonal matrix minus an outer product.",
        "s_v grows by x_m when W_vm grows by 1: multiply each entry of the matrix with x, on a last axis.",
    ],
)
def probability_slopes(p, x):
    """dp_k / dW_vm as an array (k, v, m), from the probabilities p (k,) of one sample x (m,).

    p = softmax(W x).  DLNN (C.12) where k = v, (C.13) elsewhere
    """
    return (np.diag(p) - np.outer(p, p))[:, :, None] * x


@mistake(probability_slopes, "off the diagonal it has the printed sign: a higher score takes from the others")
def _printed_sign(p, x):
    along = np.outer(p, p)
    np.fill_diagonal(along, p * (1 - p))
    return along[:, :, None] * x


@mistake(probability_slopes, "all its signs are turned: raising the score of a class raises its probability")
def _signs_turned(p, x):
    return (np.outer(p, p) - np.diag(p))[:, :, None] * x


@mistake(probability_slopes, "it has (C.13) everywhere: where k = v a probability rises with its own score")
def _same_everywhere(p, x):
    return -np.outer(p, p)[:, :, None] * x


@mistake(probability_slopes, "it is 0 where k and v differ: a score moves all of the probabilities")
def _own_score_alone(p, x):
    return np.diag(p * (1 - p))[:, :, None] * x


@mistake(probability_slopes, "where k = v it lacks the factor 1 - p: no probability can rise beyond 1")
def _rises_beyond_one(p, x):
    along = -np.outer(p, p)
    np.fill_diagonal(along, p)
    return along[:, :, None] * x


@mistake(probability_slopes, "it has 1 - p_v in every place: that belongs on the diagonal alone")
def _one_minus_everywhere(p, x):
    return np.outer(p, 1 - p)[:, :, None] * x


@mistake(probability_slopes, "these are slopes along the scores: how much of a weight a score feels, x says")
def _along_the_scores(p, x):
    return np.diag(p) - np.outer(p, p)


@mistake(probability_slopes, "its axes stand as (m, k, v)")
def _inputs_first(p, x):
    return x[:, None, None] * (np.diag(p) - np.outer(p, p))


@mistake(probability_slopes, "its axes stand as (k, m, v)")
def _inputs_between(p, x):
    return (np.diag(p) - np.outer(p, p))[:, None, :] * x[:, None]
