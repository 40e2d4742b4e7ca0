"""Exercises of ch02/04_softmax_regression."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.layers import sigmoid

FAR = 3000  # a score of which e^s is infinite, and of whose opposite it is 0


def _sizes(rng):
    """Samples, classes, inputs: no two of them equal."""
    return rng.integers(7, 11), rng.integers(4, 6), rng.integers(2, 4)


def _close_and_far(rng):
    """Moderate scores; scores close together, but in the thousands; and one row with a class far behind."""
    n, k, _ = _sizes(rng)
    s = rng.normal(size=(n, k))
    s[1:5] += FAR * np.array([1, -1, 2, -2])[:, None] * rng.uniform(0.5, 1, size=(4, 1))
    s[5, rng.integers(k)] -= 1000
    return (s,)


def _thousands_apart(rng):
    n, k, _ = _sizes(rng)
    return (FAR * rng.normal(size=(n, k)),)


def _one_row(rng):
    (s,) = _close_and_far(rng)
    row = rng.integers(len(s))
    return (s[row : row + 1],)


@exercise(
    "ch02.softmax_regression.log_softmax",
    title="The logarithm",
    points=3,
    sources="GBC (6.30), (6.33)",
    arguments=_close_and_far,
    hidden=[_thousands_apart, _one_row],
    hints=[
        "GBC (6.30) needs no probability at all: a score, minus the logarithm of a sum over its row.",
        "That sum overflows. What may be subtracted from all scores of a row and changes no probability?",
        "Subtract the largest of each row first (keepdims keeps the shape), then apply (6.30) to the rest.",
    ],
)
def log_softmax(s):
    """log softmax (n, k) of each row of the scores s (n, k).  GBC (6.30)"""
    largest = s.max(axis=1, keepdims=True)
    return s - largest - np.log(np.exp(s - largest).sum(axis=1, keepdims=True))


def _softmax(s):
    return np.exp(log_softmax(s))


def _printed(s):
    """DLNN (4.49), letter by letter."""
    return np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)


@mistake(log_softmax, "in the thousands e^s is infinite, or 0 for a whole row: GBC (6.33) has a cure")
def _sum_overflows(s):
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


@mistake(log_softmax, "it divides infinity by infinity, or 0 by 0, for scores in the thousands")
def _logarithm_of_the_printed(s):
    return np.log(_printed(s))


@mistake(log_softmax, "it takes the logarithm of probabilities, and one that is rounded to 0 has none")
def _logarithm_of_probabilities(s):
    return np.log(_softmax(s))


@mistake(log_softmax, "these are the probabilities: their logarithm is asked for")
def _not_the_logarithm(s):
    return _softmax(s)


@mistake(log_softmax, "it sums over the samples: every row is a softmax of its own")
def _over_the_samples(s):
    return log_softmax(s.T).T


@mistake(log_softmax, "it subtracts one number from all rows, and those far below it are lost")
def _one_shift_for_all(s):
    return s - s.max() - np.log(np.exp(s - s.max()).sum(axis=1, keepdims=True))


@mistake(log_softmax, "it shifts the scores in the sum, but not the one that the sum is subtracted from")
def _shifted_once(s):
    return s - np.log(np.exp(s - s.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))


@mistake(log_softmax, "it leaves out the log of the sum, which is 0 only where one score is far ahead")
def _without_the_sum(s):
    return s - s.max(axis=1, keepdims=True)


@mistake(log_softmax, "that is the cost, minus the logarithm")
def _cost(s):
    return -log_softmax(s)


@mistake(log_softmax, "it subtracts from s in place: the caller's scores are lost; make a new array")
def _scores_in_place(s):
    s -= s.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


def _other_scores(rng):
    return (2 * rng.normal(size=rng.integers(4, 9)),)


def _one_other_score(rng):
    return (2 * rng.normal(size=1),)


def _other_scores_in_thousands(rng):
    """On both sides of 0, and one of them 0 itself."""
    s = FAR * rng.uniform(0.5, 1, size=rng.integers(4, 9))
    s[::2] *= -1
    s[2] = 0
    return (s,)


@exercise(
    "ch02.softmax_regression.two_classes",
    title="Repair the printed formula",
    points=2,
    sources="GBC 6.2.2.3",
    arguments=_other_scores,
    hidden=[_one_other_score, _other_scores_in_thousands],
    hints=[
        "Write out both probabilities of two scores, and set one score to 0. Which of them is sigmoid(s)?",
        "e^s / (1 + e^s) is sigmoid(s): so s itself is the score of the class with this probability.",
        "Stack two columns, that of class 0 all zeros, and hand each row to a softmax that is safe.",
    ],
)
def two_class_softmax(s):
    """Probabilities p (n, 2) of the classes 0 and 1: the softmax of two scores, one of them 0.

    s (n,), the other score, of any size;  p[:, 1] must be sigmoid(s).  GBC 6.2.2.3
    """
    return np.exp(log_softmax(np.column_stack([np.zeros_like(s), s])))


@mistake(two_class_softmax, "p[:, 1] is sigmoid(-s): the 0 stands at the wrong class, as in the book")
def _wrong_one_fixed(s):
    return _softmax(np.column_stack([np.zeros_like(s), s]))[:, ::-1]


@mistake(two_class_softmax, "a class has a row and a sample a column: the table should stand the other way")
def _classes_in_rows(s):
    return _softmax(np.column_stack([np.zeros_like(s), s])).T


@mistake(two_class_softmax, "its columns sum to 1 instead of its rows")
def _columns_sum_to_one(s):
    return _softmax(np.array([np.zeros_like(s), s])).T


@mistake(two_class_softmax, "for scores in the thousands e^s is infinite, and what is divided by it is NaN")
def _infinite(s):
    return _printed(np.column_stack([np.zeros_like(s), s]))


@mistake(two_class_softmax, "it is sigmoid(s) alone: class 0 has a probability, too, and a column")
def _one_probability(s):
    return sigmoid(s)[0]


@mistake(two_class_softmax, "both scores move: with -s beside s, p[:, 1] is sigmoid(2 s)")
def _both_move(s):
    return _softmax(np.column_stack([-s, s]))


@mistake(two_class_softmax, "the fixed score is 1, so p[:, 1] is sigmoid(s - 1)")
def _fixed_at_one(s):
    return _softmax(np.column_stack([np.ones_like(s), s]))


@mistake(two_class_softmax, "these are logarithms of the probabilities")
def _two_logarithms(s):
    return log_softmax(np.column_stack([np.zeros_like(s), s]))


@mistake(two_class_softmax, "it decides for a class: asked is how probable each of the two is")
def _decision(s):
    return np.column_stack([s <= 0, s > 0]).astype(float)


def _weights_and_labels(rng):
    n, k, d = _sizes(rng)
    return rng.normal(size=(k, d)), rng.normal(size=(n, d)), rng.integers(k, size=n)


def _far_scores(rng):
    W, x, labels = _weights_and_labels(rng)
    return FAR * W, x, labels


def _one_labeled(rng):
    W, x, labels = _weights_and_labels(rng)
    return W, x[:1], labels[:1]


def _one_class(rng):
    """All labels are the same, and not the last class."""
    W, x, labels = _weights_and_labels(rng)
    return W, x, 0 * labels + rng.integers(len(W) - 1)


@exercise(
    "ch02.softmax_regression.gradient",
    title="The gradient",
    points=3,
    sources="DLNN (4.55), MEDL (5.20)",
    arguments=_weights_and_labels,
    hidden=[_far_scores, _one_labeled, _one_class],
    hints=[
        "Three steps: the scores, then delta = p - y of every sample, then the sum of the outer products.",
        "p is a safe softmax of the rows of x W^T, y a one-hot code with as many columns as W has rows.",
        "That sum is one product, of delta transposed and x. Last, what makes a sum an average?",
    ],
)
def softmax_gradient(W, x, labels):
    """dR/dW (k, d) of the cross-entropy of the scores x W^T, averaged over the samples.

    W (k, d), x (n, d), labels (n,) integers 0 ... k - 1;  for scores of any size.  DLNN (4.55)
    """
    delta = np.exp(log_softmax(x @ W.T)) - np.eye(len(W))[labels]
    return delta.T @ x / len(x)


def _delta(W, x, labels):
    return _softmax(x @ W.T) - np.eye(len(W))[labels]


@mistake(softmax_gradient, "it is the sum over the samples, not their average")
def _summed(W, x, labels):
    return _delta(W, x, labels).T @ x


@mistake(softmax_gradient, "it averages over the classes, too: the cross-entropy of a sample is one number")
def _averaged_over_classes(W, x, labels):
    return _delta(W, x, labels).T @ x / len(x) / len(W)


@mistake(softmax_gradient, "it is transposed: the gradient has the shape of W")
def _transposed(W, x, labels):
    return x.T @ _delta(W, x, labels) / len(x)


@mistake(softmax_gradient, "it is what was true minus what was said: the sign is turned")
def _true_minus_said(W, x, labels):
    return -_delta(W, x, labels).T @ x / len(x)


@mistake(softmax_gradient, "it never looks at the labels: what was true has to be subtracted")
def _without_the_labels(W, x, labels):
    return _softmax(x @ W.T).T @ x / len(x)


@mistake(softmax_gradient, "its one-hot code stops at the largest label, and there are more classes")
def _codes_too_short(W, x, labels):
    return (_softmax(x @ W.T) - np.eye(labels.max() + 1)[labels]).T @ x / len(x)


@mistake(softmax_gradient, "its probabilities sum to 1 over the samples: the softmax runs over the classes")
def _softmax_over_samples(W, x, labels):
    return (_softmax(W @ x.T).T - np.eye(len(W))[labels]).T @ x / len(x)


@mistake(softmax_gradient, "its softmax overflows where scores are in the thousands")
def _gradient_overflows(W, x, labels):
    return (_printed(x @ W.T) - np.eye(len(W))[labels]).T @ x / len(x)


@mistake(softmax_gradient, "it multiplies by the derivative p (1 - p): with this cost that factor cancels")
def _does_not_cancel(W, x, labels):
    p = _softmax(x @ W.T)
    return (_delta(W, x, labels) * p * (1 - p)).T @ x / len(x)


@mistake(softmax_gradient, "an outer product for each sample is left: average them")
def _outer_products(W, x, labels):
    return _delta(W, x, labels)[:, :, None] * x[:, None, :]
