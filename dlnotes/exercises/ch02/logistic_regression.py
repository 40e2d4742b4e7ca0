"""Exercises of ch02/03_logistic_regression."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.layers import sigmoid


def _some_scores(rng):
    return (2 * rng.normal(size=rng.integers(4, 9)),)


def _undecided(rng):
    """One of the scores is exactly 0, where the page shows that the printed form fails."""
    (s,) = _some_scores(rng)
    s[1] = 0
    return (s,)


def _one_score(rng):
    return (rng.normal(size=1),)


@exercise(
    "ch02.logistic_regression.denominator",
    title="Repair (A.16)",
    points=1,
    sources="DLNN (A.16)",
    arguments=_some_scores,
    hidden=[_undecided, _one_score],
    hints=[
        "Start from the second form, a (1 - a), which holds, and write a as e^s / (1 + e^s).",
        "Bring 1 - a over the same denominator as a, and multiply the two fractions.",
        "Both fractions have 1 + e^s below the line, so the product has it twice: where was the square put?",
    ],
)
def sigmoid_denominator(s):
    """What belongs below the line of e^s / (...), the first form of DLNN (A.16), for s (n,)."""
    return (1 + np.exp(s)) ** 2


@mistake(sigmoid_denominator, "that is what is printed: at s = 0 it makes the slope 1/2, where it is 1/4")
def _as_printed(s):
    return 1 + np.exp(s) ** 2


@mistake(sigmoid_denominator, "e^s over this is the sigmoid itself, not its derivative")
def _of_the_sigmoid(s):
    return 1 + np.exp(s)


@mistake(sigmoid_denominator, "that is the whole derivative: only what stands below the line is asked for")
def _whole_derivative(s):
    return sigmoid(s)[0] * (1 - sigmoid(s)[0])


@mistake(sigmoid_denominator, "that belongs below a 1; above this line stands e^s")
def _below_one(s):
    return 2 + np.exp(s) + np.exp(-s)


@mistake(sigmoid_denominator, "that belongs below e^-s; above this line stands e^s")
def _below_the_inverse(s):
    return (1 + np.exp(-s)) ** 2


@mistake(sigmoid_denominator, "it is one over what is asked for")
def _one_over(s):
    return (1 + np.exp(s)) ** -2


@mistake(sigmoid_denominator, "at s = 0 it is 0, and the slope would be infinite there: look at its signs")
def _difference(s):
    return (1 - np.exp(s)) ** 2


@mistake(sigmoid_denominator, "it takes e to the power s^2 for the square of e^s")
def _square_in_the_exponent(s):
    return 1 + 2 * np.exp(s) + np.exp(s**2)


@mistake(
    sigmoid_denominator, "both squares are there, but the mixed term of the square of a sum is not doubled"
)
def _without_the_mixed_term_doubled(s):
    return 1 + np.exp(s) + np.exp(s) ** 2


def weights_and_samples(rng):
    """Weights (d,) of a unit, samples (n, d) and their labels (n,), of which both 0 and 1 are present."""
    n, d = rng.integers(8, 12), rng.integers(3, 5)
    return 0.6 * rng.normal(size=d), rng.normal(size=(n, d)), (np.arange(n) % 3 == 0).astype(int)


def one_sample(rng):
    """`weights_and_samples` of which one sample is left."""
    w, x, y = weights_and_samples(rng)
    row = rng.integers(2)
    return w, x[row : row + 1], y[row : row + 1]


def in_thousands(rng):
    """`weights_and_samples` with w.x in the thousands, positive and negative, wherever labels are 0 or 1."""
    w, x, y = weights_and_samples(rng)
    s = rng.uniform(1000, 4000, size=len(y)) * np.where(np.arange(len(y)) % 2, 1, -1)
    return w, x + np.outer(s - x @ w, w) / (w @ w), y


def one_class(rng):
    """`weights_and_samples` whose labels are all 0, or all 1."""
    w, x, y = weights_and_samples(rng)
    return w, x, 0 * y + rng.integers(2)


def _signed(make):
    """`make` with labels -1 and 1."""

    def arguments(rng):
        w, x, y = make(rng)
        return w, x, 2 * y - 1

    return arguments


@exercise(
    "ch02.logistic_regression.signed_gradient",
    title="Labels −1 and 1",
    points=3,
    sources="DLNN (C.4), (C.5)",
    arguments=_signed(weights_and_samples),
    hidden=[_signed(one_sample), _signed(in_thousands), _signed(one_class)],
    hints=[
        "Write the loss of one sample first, minus the logarithm of what its true label was given.",
        "The derivative of -log sigma(t) is -sigma(-t). Here t is y w.x, so the chain rule has more to say.",
        "A sample adds -y x times the probability of the label that it has not. A product with x sums them.",
    ],
)
def signed_logistic_gradient(w, x, y):
    """dR/dw (d,) of the summed cross-entropy: w (d,), x (n, d), y (n,) in {-1, 1}.

    Without a loop, and for pre-activations of any size.  DLNN (C.4), (C.5)
    """
    return -x.T @ (y * sigmoid(-y * (x @ w))[0])


@mistake(
    signed_logistic_gradient, "that is the gradient of the log-likelihood; the cross-entropy is minus that"
)
def _likelihood(w, x, y):
    return x.T @ (y * sigmoid(-y * (x @ w))[0])


@mistake(signed_logistic_gradient, "it averages over the samples: the cross-entropy here is their sum")
def _signed_mean(w, x, y):
    return -x.T @ (y * sigmoid(-y * (x @ w))[0]) / len(x)


@mistake(signed_logistic_gradient, "it puts labels -1 and 1 into (a - y) x, which is made for 0 and 1")
def _labels_of_the_other_kind(w, x, y):
    return x.T @ (sigmoid(x @ w)[0] - y)


@mistake(signed_logistic_gradient, "it pulls hardest at the samples that are surely right")
def _by_the_true_label(w, x, y):
    return -x.T @ (y * sigmoid(y * (x @ w))[0])


@mistake(signed_logistic_gradient, "its sigmoid does not see the label: for y = -1 it is the other one")
def _sigmoid_without_label(w, x, y):
    return -x.T @ (y * sigmoid(-(x @ w))[0])


@mistake(signed_logistic_gradient, "it pulls both classes to one side: the chain rule brings out a label")
def _inner_derivative_forgotten(w, x, y):
    return -x.T @ sigmoid(-y * (x @ w))[0]


@mistake(signed_logistic_gradient, "a row for each sample is left: sum over them")
def _signed_not_summed(w, x, y):
    return -x * (y * sigmoid(-y * (x @ w))[0])[:, None]


@mistake(signed_logistic_gradient, "an exponential in it overflows where w.x is in the thousands")
def _signed_overflow(w, x, y):
    e = np.exp(-y * (x @ w))
    return -x.T @ (y * e / (1 + e))


@mistake(signed_logistic_gradient, "it has the factor a (1 - a) of squared error, which falls asleep")
def _signed_asleep(w, x, y):
    p = sigmoid(y * (x @ w))[0]
    return -x.T @ (y * (1 - p) * p * (1 - p))


def _without_labels(make):
    return lambda rng: make(rng)[:2]


def _same_feature_twice(rng):
    """The columns are linearly dependent, as on the page: the Hessian is singular."""
    w, x, _ = weights_and_samples(rng)
    x[:, 1] = x[:, 2]
    return w, x


def _some_sure(rng):
    """Four of the samples have w.x in the thousands, and bend the risk no more."""
    w, x, _ = weights_and_samples(rng)
    far = rng.uniform(1000, 4000, size=4) * [1, -1, 1, -1]
    x[:4] += np.outer(far, w) / (w @ w)
    return w, x


@exercise(
    "ch02.logistic_regression.hessian",
    title="Without the loop",
    points=2,
    sources="DLNN (4.47)",
    arguments=_without_labels(weights_and_samples),
    hidden=[_without_labels(one_sample), _some_sure, _same_feature_twice],
    hints=[
        "What the loop adds up for each sample is its weight times the outer product of its row with itself.",
        "A sum of outer products of rows is one product, of x transposed and x; now bring in the weights.",
        "R x scales each row of x with one number: multiply x by the column of the a (1 - a) first.",
    ],
)
def logistic_hessian(w, x):
    """The Hessian X^T R X (d, d) of the summed cross-entropy: w (d,), x (n, d).  DLNN (4.47)

    No loop; the n numbers on the diagonal of R are enough.  For pre-activations of any size.
    """
    a = sigmoid(x @ w)[0]
    return x.T @ ((a * (1 - a))[:, None] * x)


def _curvature(s):
    a = sigmoid(s)[0]
    return a * (1 - a)


@mistake(logistic_hessian, "it leaves out R: that is the Hessian of the linear neuron")
def _unweighted(w, x):
    return x.T @ x


@mistake(logistic_hessian, "it weights with a: so a sample that is surely 1 would bend the risk most")
def _weighted_with_a(w, x):
    return x.T @ (sigmoid(x @ w)[0][:, None] * x)


@mistake(logistic_hessian, "it weights with s (1 - s): the weights are made of the probabilities")
def _weighted_with_s(w, x):
    return x.T @ (((x @ w) * (1 - x @ w))[:, None] * x)


@mistake(logistic_hessian, "it averages over the samples: the risk here is their sum")
def _mean_hessian(w, x):
    return x.T @ (_curvature(x @ w)[:, None] * x) / len(x)


@mistake(logistic_hessian, "it scales both factors with R, so every weight counts twice")
def _weighted_twice(w, x):
    scaled = _curvature(x @ w)[:, None] * x
    return scaled.T @ scaled


@mistake(logistic_hessian, "it has the root of each weight in it, but only once")
def _half_of_the_weight(w, x):
    return x.T @ (np.sqrt(_curvature(x @ w))[:, None] * x)


@mistake(logistic_hessian, "it has a number for each pair of samples: it is the samples that are summed")
def _pairs_of_samples(w, x):
    return (_curvature(x @ w)[:, None] * x) @ x.T


@mistake(logistic_hessian, "all its curvatures are negative: this risk bends upward")
def _bends_down(w, x):
    return -x.T @ (_curvature(x @ w)[:, None] * x)


@mistake(logistic_hessian, "it has the second derivative along each weight alone: the mixed ones are missing")
def _diagonal_alone(w, x):
    return np.diag(_curvature(x @ w) @ x**2)


@mistake(logistic_hessian, "an exponential in it overflows where w.x is in the thousands")
def _hessian_overflow(w, x):
    e = np.exp(-(x @ w))
    return x.T @ ((e / (1 + e) ** 2)[:, None] * x)


def _first_step(rng):
    """From w = 0, where the first step of the page starts."""
    w, x, y = weights_and_samples(rng)
    return 0 * w, x, y


def _one_weight(rng):
    w, x, y = weights_and_samples(rng)
    return w[:1], x[:, :1], y


@exercise(
    "ch02.logistic_regression.irls_step",
    title="One step of IRLS",
    points=3,
    sources="DLNN (4.45)-(4.48)",
    arguments=weights_and_samples,
    hidden=[_first_step, _one_weight, one_class],
    hints=[
        "The page checks an equation for the next w: X^T R X w = X^T R z. Compute its parts, then solve it.",
        "R is never needed as a matrix: with its diagonal r, R x is r[:, None] * x, and R z is r * z.",
        "z is the pre-activation minus (a - y) / r, all at the old w; np.linalg.solve takes both sides.",
    ],
)
def irls_step(w, x, y):
    """The weights (d,) after one step from w (d,): the least-squares fit to z, weighted by R.

    x (n, d), y (n,) in {0, 1}.  DLNN (4.48)
    """
    a = sigmoid(x @ w)[0]
    diagonal = a * (1 - a)
    z = x @ w - (a - y) / diagonal
    return np.linalg.solve(x.T @ (diagonal[:, None] * x), x.T @ (diagonal * z))


def _newton(w, x, y):
    """The change H^-1 X^T (a - y) that a step subtracts."""
    return np.linalg.solve(logistic_hessian(w, x), x.T @ (sigmoid(x @ w)[0] - y))


def _weighted_fit(x, left, right, z):
    """The solution of X^T diag(left) X w = X^T diag(right) z."""
    return np.linalg.solve(x.T @ (left[:, None] * x), x.T @ (right * z))


def _targets(w, x, y):
    r = _curvature(x @ w)
    return r, x @ w - (sigmoid(x @ w)[0] - y) / r


@mistake(irls_step, "it fits z with the same weight for every sample: R is missing on both sides")
def _same_weight(w, x, y):
    r, z = _targets(w, x, y)
    return _weighted_fit(x, np.ones_like(r), np.ones_like(r), z)


@mistake(irls_step, "R is missing on the right side of the normal equations")
def _weights_on_the_left(w, x, y):
    r, z = _targets(w, x, y)
    return _weighted_fit(x, r, np.ones_like(r), z)


@mistake(irls_step, "R is missing on the left side of the normal equations")
def _weights_on_the_right(w, x, y):
    r, z = _targets(w, x, y)
    return _weighted_fit(x, np.ones_like(r), r, z)


@mistake(irls_step, "it fits the labels: the targets of a step are z")
def _fits_labels(w, x, y):
    r, _ = _targets(w, x, y)
    return _weighted_fit(x, r, r, y)


@mistake(irls_step, "it returns what a step changes, not the weights after it")
def _change_alone(w, x, y):
    return _newton(w, x, y)


@mistake(irls_step, "it goes uphill: look at the signs in z")
def _uphill(w, x, y):
    return w + _newton(w, x, y)


@mistake(irls_step, "that is a step of gradient descent: the curvature has no part in it")
def _descent(w, x, y):
    return w - x.T @ (sigmoid(x @ w)[0] - y)


@mistake(irls_step, "its z multiplies by R where the text has the inverse of R")
def _multiplied(w, x, y):
    r, _ = _targets(w, x, y)
    return _weighted_fit(x, r, r, x @ w - (sigmoid(x @ w)[0] - y) * r)


@mistake(irls_step, "its z has no R: (a - y) enters as it is")
def _residual_as_it_is(w, x, y):
    r, _ = _targets(w, x, y)
    return _weighted_fit(x, r, r, x @ w - (sigmoid(x @ w)[0] - y))


@mistake(irls_step, "it averages the gradient and sums the Hessian: the step is n times too short")
def _too_short(w, x, y):
    return w - _newton(w, x, y) / len(x)


@mistake(irls_step, "it changes w in place: the caller's weights are lost; make a new array")
def _irls_in_place(w, x, y):
    w -= _newton(w, x, y)
    return w
