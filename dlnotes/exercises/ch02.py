"""Chapter 2, single-layer networks: the reference solutions, and arguments to try them on."""

import itertools

import numpy as np

from dlnotes.exercises.registry import exercise


def _sample_and_weights(rng):
    """One sample that w gets right, wrong, or, as w = 0 does, neither: a third of the draws each."""
    w, x, lr = rng.normal(size=3), rng.normal(size=3), rng.uniform(0.1, 0.9)
    case = rng.integers(3)
    side = 1 if w @ x > 0 else -1
    return w * (case > 0), x, side if case == 1 else -side, lr


@exercise(arguments=_sample_and_weights)
def perceptron_update(w, x, y, lr):
    """The weights after the on-line rule has looked at one sample: DLNN (4.23)."""
    if y * (w @ x) <= 0:
        return w + lr * y * x
    return w


def _labeled_and_one_on_the_line(rng):
    """Samples on both sides of the line, and one exactly on it."""
    w, x = rng.normal(size=3), rng.normal(size=(7, 3))
    w[2], x[4, :2] = 0, 0
    return w, x, np.where(np.arange(7) % 3 == 0, -1, 1)


@exercise(arguments=_labeled_and_one_on_the_line)
def perceptron_gradient(w, x, y):
    """dR/dw of the empirical error DLNN (4.21), a sum over the misclassified samples."""
    wrong = y * (x @ w) <= 0
    return -(x[wrong] * y[wrong, None]).sum(axis=0)


def _separable_with_normal(rng):
    w_hat = rng.normal(size=3)
    x = rng.normal(size=(8, 3))
    return w_hat, x, np.where(x @ w_hat > 0, 1, -1)


@exercise(arguments=_separable_with_normal)
def update_bound(w_hat, x, y):
    """The most updates the on-line rule can need, from a separating w_hat: DLNN (4.28), (4.33)."""
    margin = (y * (x @ w_hat)).min()
    longest = np.linalg.norm(x, axis=1).max()
    return (np.linalg.norm(w_hat) * longest / margin) ** 2


@exercise(arguments=lambda rng: (rng.normal(size=(7, 3)), rng.normal(size=7)))
def normal_equations(x, y):
    """The least-squares weights, the solution of X^T X w = X^T y: DLNN (4.12), GBC (5.12)."""
    return np.linalg.solve(x.T @ x, x.T @ y)


@exercise(arguments=lambda rng: (rng.normal(size=(3, 1)), rng.normal(size=(7, 3)), rng.normal(size=(7, 1))))
def least_squares_gradient(w, x, y):
    """dS/dw as a column: DLNN (4.16) with its row turned upright."""
    return x.T @ (x @ w - y)


@exercise(arguments=lambda rng: (rng.normal(size=(7, 3)),))
def largest_learning_rate(x):
    """The learning rate from which on descent on S(w) no longer converges, 2 / lambda_max(X^T X)."""
    return 2 / np.linalg.eigvalsh(x.T @ x)[-1]


@exercise(arguments=lambda rng: (rng.normal(size=3), rng.normal(size=(7, 3)), rng.normal(size=7)))
def absolute_gradient(w, x, y):
    """dR/dw of the summed absolute errors |y - w^T x|, whose minimum is the median: GBC (6.16)."""
    return x.T @ np.sign(x @ w - y)


@exercise(arguments=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(6, 3))))
def squared_distances(queries, x):
    """||q - x||^2 for every pair of rows: EE147 k-Nearest Neighbors."""
    return (queries**2).sum(axis=1)[:, None] - 2 * queries @ x.T + (x**2).sum(axis=1)


@exercise(arguments=lambda rng: (rng.integers(9, size=(5, rng.integers(2, 8))), rng.integers(4, size=9), 4))
def vote_shares(neighbors, labels, classes):
    """The average of the one-hot labels of each query's neighbors: GBC 5.7.3."""
    return np.eye(classes)[labels[neighbors]].mean(axis=1)


@exercise(arguments=lambda rng: (rng.uniform(0.05, 0.6, size=rng.integers(2, 7)),))
def majority_error(wrong):
    """The probability that most neighbors are wrong: EE147 D3.1 with all its terms."""
    total = 0.0
    for outcome in itertools.product([0, 1], repeat=len(wrong)):
        if sum(outcome) > len(wrong) / 2:
            total += np.prod(np.where(outcome, wrong, 1 - wrong))
    return total


@exercise(arguments=lambda rng: (2 * rng.normal(size=6),))
def sigmoid_denominator(s):
    """(1 + e^s)^2, what belongs below the line where DLNN (A.16) prints 1 + (e^s)^2."""
    return (1 + np.exp(s)) ** 2


def _weights_and_samples(rng, n=7, d=3):
    """Weights of a unit, and generic samples with labels 0 and 1, both present."""
    return 0.6 * rng.normal(size=d), rng.normal(size=(n, d)), (np.arange(n) % 3 == 0).astype(int)


def _weights_and_signed_samples(rng):
    w, x, y = _weights_and_samples(rng)
    return w, x, 2 * y - 1


@exercise(arguments=_weights_and_signed_samples)
def signed_logistic_gradient(w, x, y):
    """dR/dw of the summed cross-entropy for labels -1 and 1, -y x (1 - p) a sample: DLNN (C.4), (C.5)."""
    return -x.T @ (y * _sigmoid(-y * (x @ w)))


@exercise(arguments=lambda rng: _weights_and_samples(rng)[:2])
def logistic_hessian(w, x):
    """The Hessian X^T R X of the summed cross-entropy: DLNN (4.47)."""
    a = _sigmoid(x @ w)
    return x.T @ ((a * (1 - a))[:, None] * x)


@exercise(arguments=_weights_and_samples)
def irls_step(w, x, y):
    """The weights after one step of IRLS, the weighted least-squares fit to z: DLNN (4.48)."""
    a = _sigmoid(x @ w)
    r = a * (1 - a)
    z = x @ w - (a - y) / r
    return np.linalg.solve(x.T @ (r[:, None] * x), x.T @ (r * z))


def _sigmoid(s):
    return 1 / (1 + np.exp(-s))


def _samples_and_one_on_the_kink(rng, n=11):
    """Weights, samples and labels with y s on all sides of 0 and 1, and once exactly 1."""
    w, x, y = 0.7 * rng.normal(size=4), rng.normal(size=(n, 4)), np.where(np.arange(n) % 3 == 0, -1, 1)
    w[:2], x[:, 0], x[4, 1:] = [0.25, 0.5], 1, [1.5, 0, 0]
    return w, x, y


@exercise(arguments=_samples_and_one_on_the_kink)
def silent_samples(w, x, y):
    """Which samples have no hinge loss: those with y s >= 1, where Strang VII.5 prints y s > 0."""
    return y * (x @ w) >= 1


@exercise(arguments=lambda rng: (rng.normal(size=4),))
def corridor_width(w):
    """The width 2 / ||w|| of the corridor |s| < 1, without the bias w[0]: Strang VII.5."""
    return 2 / np.linalg.norm(w[1:])


@exercise(arguments=lambda rng: (*_samples_and_one_on_the_kink(rng), rng.uniform(0.1, 0.9)))
def soft_margin(w, x, y, strength):
    """The soft-margin objective Strang VII.5 (1) and its subgradient, the bias w[0] free of the penalty."""
    inside, penalized = y * (x @ w) < 1, np.append(0, w[1:])
    objective = np.maximum(0, 1 - y * (x @ w)).mean() + strength * penalized @ penalized
    return objective, -(y * inside) @ x / len(x) + 2 * strength * penalized


def _scores_and_one_on_the_kink(rng):
    """Weights, samples and labels; in the last sample class 0 is exactly 1 behind the label, class 2."""
    W, x, labels = rng.normal(size=(4, 3)), rng.normal(size=(7, 3)), rng.integers(4, size=7)
    W[[0, 2], 0], x[6], labels[6] = [0.25, 1.25], [1, 0, 0], 2
    return W, x, labels


@exercise(arguments=_scores_and_one_on_the_kink)
def multiclass_hinge_gradient(W, x, labels):
    """dR/dW of the mean multiclass hinge loss by a mask matrix: EE147 Hinge Loss Gradient."""
    rows, s = np.arange(len(x)), x @ W.T
    mask = (1 + s - s[rows, labels][:, None] > 0).astype(float)
    mask[rows, labels] = 0
    mask[rows, labels] = -mask.sum(axis=1)
    return mask.T @ x / len(x)


def _rows_of_thousands(rng):
    """Scores in the thousands; in four rows they lie close together, so that the log-sum matters."""
    close = 3000 * rng.normal(size=(4, 1)) + rng.normal(size=(4, 3))
    return (np.vstack([close, 3000 * rng.normal(size=(1, 3))]),)


@exercise(arguments=_rows_of_thousands)
def log_softmax(s):
    """log softmax of each row: s minus its log-sum-exp, the largest score taken out first, GBC (6.30)."""
    shifted = s - s.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@exercise(arguments=lambda rng: (2 * rng.normal(size=6),))
def two_class_softmax(s):
    """The softmax of the scores (0, s), so that p[:, 1] = sigmoid(s): GBC 6.2.2.3 fixes the other score."""
    return np.exp(log_softmax(np.column_stack([np.zeros_like(s), s])))


@exercise(arguments=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(7, 3)), rng.integers(4, size=7)))
def softmax_gradient(W, x, labels):
    """dR/dW of the mean cross-entropy, (p - e_label) x^T: DLNN (4.55)."""
    delta = np.exp(log_softmax(x @ W.T)) - np.eye(len(W))[labels]
    return delta.T @ x / len(x)


def _two_weights_and_samples(rng):
    w, x, y = _weights_and_samples(rng)
    return 2 * rng.normal(size=3), w, x, y


@exercise(arguments=_two_weights_and_samples)
def midpoint_gap(u, v, x, y):
    """How far the chord's middle lies above the summed cross-entropy: GBC 4.3.1, DLNN (4.40)."""

    def risk(w):
        return np.logaddexp(0, (1 - 2 * y) * (x @ w)).sum()

    return (risk(u) + risk(v)) / 2 - risk((u + v) / 2)


@exercise(arguments=lambda rng: (rng.normal(size=3), *_weights_and_samples(rng)[:2], rng.uniform(0.1, 0.9)))
def curvature_along(a, w, x, ridge):
    """a^T H a as a sum of squares, DLNN (C.8) with both factors in its second line, and the ridge's share."""
    p = _sigmoid(x @ w)
    return ((x @ a) ** 2 * p * (1 - p)).sum() + ridge * a @ a


def _probabilities_and_sample(rng):
    e = np.exp(rng.normal(size=3))
    return e / e.sum(), rng.normal(size=5)


@exercise(arguments=_probabilities_and_sample)
def probability_slopes(p, x):
    """dp_k / dW_vm of softmax at one sample: DLNN (C.12), (C.13) with the sign of the latter turned."""
    return (np.diag(p) - np.outer(p, p))[:, :, None] * x
