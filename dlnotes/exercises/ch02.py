"""Chapter 2, single-layer networks: the reference solutions, and arguments to try them on."""

import itertools

import numpy as np

from dlnotes.exercises.registry import exercise


def _labeled(rng, n=7, d=3):
    """Generic samples x (n, d) with labels -1 and +1, both present."""
    return rng.normal(size=(n, d)), np.where(np.arange(n) % 3 == 0, -1, 1)


def _sample_and_weights(rng):
    """One sample that w gets wrong on even draws and right on odd ones."""
    w, x = rng.normal(size=3), rng.normal(size=3)
    side = 1 if w @ x > 0 else -1
    return w, x, int(side * rng.choice([-1, 1])), 0.3


@exercise(arguments=_sample_and_weights)
def perceptron_update(w, x, y, lr):
    """The weights after the on-line rule has looked at one sample: DLNN (4.23)."""
    if y * (w @ x) <= 0:
        return w + lr * y * x
    return w


@exercise(arguments=lambda rng: (rng.normal(size=3), *_labeled(rng)))
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


@exercise(arguments=lambda rng: (rng.integers(9, size=(5, 3)), rng.integers(4, size=9), 4))
def vote_shares(neighbors, labels, classes):
    """The average of the one-hot labels of each query's neighbors: GBC 5.7.3."""
    return np.eye(classes)[labels[neighbors]].mean(axis=1)


@exercise(arguments=lambda rng: (rng.uniform(0.05, 0.6, size=5),))
def majority_error(wrong):
    """The probability that most neighbors are wrong: EE147 D3.1 with all its terms."""
    total = 0.0
    for outcome in itertools.product([0, 1], repeat=len(wrong)):
        if sum(outcome) > len(wrong) / 2:
            total += np.prod(np.where(outcome, wrong, 1 - wrong))
    return total


@exercise(arguments=lambda rng: (2 * rng.normal(size=6),))
def sigmoid_derivative(s):
    """d sigmoid / ds, with (1 + e^s)^2 below the line where DLNN (A.16) prints 1 + (e^s)^2."""
    return np.exp(s) / (1 + np.exp(s)) ** 2


def _weights_and_samples(rng, n=7, d=3):
    """Weights of a unit, and generic samples with labels 0 and 1."""
    x, y = _labeled(rng, n, d)
    return 0.6 * rng.normal(size=d), x, (y + 1) // 2


@exercise(arguments=_weights_and_samples)
def logistic_gradient(w, x, y):
    """dR/dw of the summed cross-entropy, shaped like w: DLNN (4.43) with its row turned upright."""
    return x.T @ (_sigmoid(x @ w) - y)


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
