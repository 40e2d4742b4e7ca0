"""Exercises of ch02/01_linear_neuron."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _samples(rng, n=None, d=None):
    """Samples x (n, d) and labels y (n,) that no line fits."""
    d = d or rng.integers(2, 5)
    n = n or d + rng.integers(2, 7)
    return rng.normal(size=(n, d)), 1 + 2 * rng.normal(size=n)


def _with_a_column_of_ones(rng):
    x, y = _samples(rng)
    x[:, 0] = 1
    return x, y + 9


def _as_many_samples_as_weights(rng):
    """A line through all samples.  The matrix is kept far from singular."""
    d = rng.integers(2, 5)
    return _samples(rng, d, d)[0] / 10 + np.eye(d), rng.normal(size=d)


def _one_column(rng):
    return _samples(rng, d=1)


def _units_apart(rng):
    x, y = _samples(rng)
    return x * np.geomspace(1, 100, x.shape[1]), y


@exercise(
    "ch02.linear_neuron.normal_equations",
    title="The closed form",
    points=2,
    sources="DLNN (4.12), GBC (5.12)",
    arguments=_samples,
    hidden=[_with_a_column_of_ones, _as_many_samples_as_weights, _one_column, _units_apart],
    hints=[
        "The normal equations are a linear system A w = b for the weights. What are A and b?",
        "Multiply out X^T (X w - y) = 0 and bring what has no w to the other side.",
        "A is X^T X, (d, d), and b is X^T y, (d,); np.linalg.solve takes them in this order.",
    ],
)
def normal_equations(x, y):
    """The least-squares weights (d,) for x (n, d), of full column rank, and y (n,): DLNN (4.12)."""
    return np.linalg.solve(x.T @ x, x.T @ y)


@mistake(normal_equations, "it solves X w = y itself: no w does that where samples outnumber weights")
def _no_normal_equations(x, y):
    return np.linalg.solve(x, y)


@mistake(
    normal_equations, "its transposes are at the other factors: X X^T is (n, n), samples against samples"
)
def _other_transposes(x, y):
    return np.linalg.solve(x @ x.T, x @ y)


@mistake(normal_equations, "that is the right-hand side X^T y: the system is not solved yet")
def _right_hand_side(x, y):
    return x.T @ y


@mistake(normal_equations, "it multiplies by X^T X: the formula has its inverse")
def _not_inverted(x, y):
    return x.T @ x @ (x.T @ y)


@mistake(normal_equations, "it fits each column as if it were alone: columns share what they explain")
def _column_by_column(x, y):
    return (x.T @ y) / (x**2).sum(axis=0)


@mistake(normal_equations, "it divides by N on one side of the equations only")
def _one_sided_mean(x, y):
    return np.linalg.solve(x.T @ x, x.T @ y) / len(x)


@mistake(normal_equations, "it returns the answers of the neuron, one a sample: the weights are asked for")
def _answers(x, y):
    return x @ np.linalg.solve(x.T @ x, x.T @ y)


@mistake(normal_equations, "it returns a weight too many: the columns of x are all there are, bias included")
def _added_bias(x, y):
    return np.linalg.pinv(np.column_stack([np.ones(len(x)), x])) @ y


@mistake(normal_equations, "it takes the means out first: that gives the line a bias that x does not have")
def _centered(x, y):
    return np.linalg.pinv(x - x.mean(axis=0)) @ (y - y.mean())


def _weights_and_samples(rng):
    x, y = _samples(rng)
    return rng.normal(size=(x.shape[1], 1)), x, y[:, None]


def _square(rng):
    d = rng.integers(2, 6)
    x, y = _samples(rng, d, d)
    return rng.normal(size=(d, 1)), x, y[:, None]


def _one_sample(rng):
    w, x, y = _weights_and_samples(rng)
    return w, x[:1], y[:1]


def _one_miss(rng):
    """Only the last sample is missed, and by far."""
    w, x, _ = _weights_and_samples(rng)
    y = x @ w
    y[-1] += 1000
    return w, x, y


@exercise(
    "ch02.linear_neuron.least_squares_gradient",
    title="Correct the book",
    points=2,
    sources="DLNN (4.14), (4.15), (4.16)",
    arguments=_weights_and_samples,
    hidden=[_square, _one_sample, _one_miss],
    hints=[
        "Start from one sample, (4.15): alpha x, where alpha is prediction minus label. Then add them up.",
        "With alpha (n, 1) as a column, sum_n alpha^n x^n is a product of a matrix (d, n) and alpha.",
        "Transpose what the book prints: (A B)^T = B^T A^T. That turns the row into a column.",
    ],
)
def least_squares_gradient(w, x, y):
    """The gradient of S, a column like w: w (d, 1), x (n, d), y (n, 1).  DLNN (4.14), (4.16)"""
    return x.T @ (x @ w - y)


@mistake(least_squares_gradient, "that is the row which (4.16) prints, and w is a column")
def _printed_row(w, x, y):
    return (x @ w - y).T @ x


@mistake(
    least_squares_gradient, "it points downhill: the book's words, label minus prediction, turn the sign"
)
def _printed_words(w, x, y):
    return x.T @ (y - x @ w)


@mistake(least_squares_gradient, "it has both slips of the book: a row, where w is a column, and the sign")
def _both_slips(w, x, y):
    return (y - x @ w).T @ x


@mistake(least_squares_gradient, "it averages over the samples: S is a sum, DLNN (4.6)")
def _mean(w, x, y):
    return x.T @ (x @ w - y) / len(x)


@mistake(least_squares_gradient, "it is twice the gradient: S has a half, which the 2 of the square cancels")
def _without_half(w, x, y):
    return 2 * x.T @ (x @ w - y)


@mistake(least_squares_gradient, "it multiplies by X where X^T belongs: the sizes agree only if n = d")
def _not_transposed(w, x, y):
    return x @ (x @ w - y)


@mistake(least_squares_gradient, "it is flat, (d,), where w is a column, (d, 1): their sum would be a matrix")
def _flat(w, x, y):
    return (x.T @ (x @ w - y)).ravel()


@mistake(least_squares_gradient, "the labels are missing: it pulls every answer to 0")
def _without_labels(w, x, y):
    return x.T @ x @ w


@mistake(least_squares_gradient, "a row for each sample is left: they still have to be added up")
def _not_summed(w, x, y):
    return (x @ w - y) * x


@mistake(least_squares_gradient, "it weighs all samples alike: a sample pulls as strongly as it is missed")
def _signs_alone(w, x, y):
    return x.T @ np.sign(x @ w - y)


def _only_samples(rng):
    return (_samples(rng)[0],)


def _bowl_with_a_bias(rng):
    """As in the text: a column of ones, and areas that are not centered."""
    x = rng.normal(size=(rng.integers(5, 10), 2)) + 2
    x[:, 0] = 1
    return (x,)


def _single_weight(rng):
    return (_one_column(rng)[0],)


def _steep(rng):
    return (1000 * _units_apart(rng)[0],)


@exercise(
    "ch02.linear_neuron.largest_learning_rate",
    title="The largest learning rate",
    points=3,
    sources="DLNN (4.14)",
    arguments=_only_samples,
    hidden=[_bowl_with_a_bias, _single_weight, _steep],
    hints=[
        "A step multiplies the distance along an eigenvector by 1 - lr lambda. When is that above -1?",
        "Each eigenvalue lambda of X^T X sets a limit of its own. Which of them is reached first?",
        "1 - lr lambda = -1 at the largest lambda: solve for lr. eigvalsh sorts from small to large.",
    ],
)
def largest_learning_rate(x):
    """The number below which every lr converges, for descent on S with the data x (n, d).

    DLNN (4.14)
    """
    return 2 / np.linalg.eigvalsh(x.T @ x)[-1]


@mistake(
    largest_learning_rate, "it takes the smallest eigenvalue: descent fails first where the bowl is steepest"
)
def _smallest(x):
    return 2 / np.linalg.eigvalsh(x.T @ x)[0]


@mistake(
    largest_learning_rate, "twice as much still converges: a step may overshoot if it ends nearer than before"
)
def _no_overshoot(x):
    return 1 / np.linalg.eigvalsh(x.T @ x)[-1]


@mistake(largest_learning_rate, "it is one over the limit: a steeper bowl needs a smaller rate")
def _inverse(x):
    return np.linalg.eigvalsh(x.T @ x)[-1] / 2


@mistake(largest_learning_rate, "it takes a singular value of X, whose square is the curvature of S")
def _singular_value(x):
    return 2 / np.linalg.norm(x, 2)


@mistake(largest_learning_rate, "it adds up all eigenvalues: that is safe, but larger rates converge, too")
def _trace(x):
    return 2 / np.sum(x**2)


@mistake(largest_learning_rate, "that is the limit for the mean over the samples: S is a sum")
def _for_the_mean(x):
    return 2 * len(x) / np.linalg.eigvalsh(x.T @ x)[-1]


@mistake(largest_learning_rate, "that is the fastest rate: larger ones converge as well, only slower")
def _fastest(x):
    curvature = np.linalg.eigvalsh(x.T @ x)
    return 2 / (curvature[0] + curvature[-1])


@mistake(largest_learning_rate, "it looks along the axes only: the bowl is tilted, and steeper between them")
def _along_the_axes(x):
    return 2 / (x**2).sum(axis=0).max()


def _weights_and_errors(rng):
    x, y = _samples(rng)
    return rng.normal(size=x.shape[1]), x, y


def _as_many_samples_as_columns(rng):
    d = rng.integers(2, 6)
    return rng.normal(size=d), *_samples(rng, d, d)


def _wild_label(rng):
    w, x, y = _weights_and_errors(rng)
    y[-1] = 1e6
    return w, x, y


def _all_too_low(rng):
    w, x, y = _weights_and_errors(rng)
    return w, x, x @ w + np.abs(y) + 0.01


def _tiny_errors(rng):
    w, x, y = _weights_and_errors(rng)
    return w, x, x @ w + 1e-6 * np.sign(y)


@exercise(
    "ch02.linear_neuron.absolute_gradient",
    title="A pull that does not shout",
    points=2,
    sources="GBC (6.16)",
    arguments=_weights_and_errors,
    hidden=[_as_many_samples_as_columns, _wild_label, _all_too_low, _tiny_errors],
    hints=[
        "What is the derivative of |e| by e, for e above 0 and for e below?",
        "It is the sign of e, np.sign. Now the chain rule: e = w.x - y, and de/dw = x.",
        "Each sample contributes the sign of prediction minus label, times x; sum them as X^T does.",
    ],
)
def absolute_gradient(w, x, y):
    """dR/dw (d,) of the summed absolute errors, none of which is exactly 0.

    w (d,), x (n, d), y (n,).  GBC (6.16)
    """
    return x.T @ np.sign(x @ w - y)


@mistake(
    absolute_gradient, "a sample that is missed by more pulls more: that is the squared error's gradient"
)
def _squared(w, x, y):
    return x.T @ (x @ w - y)


@mistake(absolute_gradient, "it points downhill: label minus prediction is the wrong way round")
def _downhill(w, x, y):
    return x.T @ np.sign(y - x @ w)


@mistake(absolute_gradient, "it averages over the samples: R is their sum")
def _mean_pull(w, x, y):
    return x.T @ np.sign(x @ w - y) / len(x)


@mistake(
    absolute_gradient, "it pulls in one way above and below, and more from afar: what is the slope of |e|?"
)
def _sides_forgotten(w, x, y):
    return x.T @ np.abs(x @ w - y)


@mistake(absolute_gradient, "the chain rule stops halfway: those are derivatives by the answers, not by w")
def _by_the_answers(w, x, y):
    return np.sign(x @ w - y)


@mistake(absolute_gradient, "it takes the sign of the sum: each error has its own, before they are summed")
def _sign_of_the_sum(w, x, y):
    return np.sign(x.T @ (x @ w - y))


@mistake(absolute_gradient, "a row for each sample is left: they still have to be added up")
def _pulls_apart(w, x, y):
    return np.sign(x @ w - y)[:, None] * x


@mistake(absolute_gradient, "it multiplies by X where X^T belongs: the sizes agree only if n = d")
def _not_turned(w, x, y):
    return x @ np.sign(x @ w - y)


@mistake(absolute_gradient, "the labels are missing: it takes the sign of the answer, not of the error")
def _labels_missing(w, x, y):
    return x.T @ np.sign(x @ w)


@mistake(absolute_gradient, "it is half the gradient: absolute errors have no half in front")
def _halved(w, x, y):
    return x.T @ np.sign(x @ w - y) / 2
