"""Chapter 2, single-layer networks: the reference solutions, and arguments to try them on."""

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
