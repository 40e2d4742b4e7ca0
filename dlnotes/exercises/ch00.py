"""Chapter 0, start here: the reference solutions, and arguments to try them on."""

import numpy as np

from dlnotes.exercises.registry import exercise


@exercise(arguments=lambda rng: (rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)))
def affine_rows(x, W, b):
    """The pre-activations W x + b of each row: DLNN (3.2) for a batch of rows."""
    return x @ W.T + b


@exercise(arguments=lambda rng: (rng.normal(size=7), rng.normal(size=(7, 3))))
def weighted_sum(c, x):
    """sum_i c_i x_i over the rows of x."""
    return x.T @ c


@exercise(arguments=lambda rng: (rng.uniform(1, 9), rng.uniform(50, 900), rng.uniform(3, 30)))
def doubling_time(before, after, years):
    """The doubling time of a size that grows by the same factor every year: GBC 1.2.3."""
    return years / np.log2(after / before)


@exercise(arguments=lambda rng: (rng.integers(256, size=(5, 4, 3, 2)).astype(np.uint8),))
def pictures_to_rows(pictures):
    """Each picture as a row, bytes scaled to [0, 1]: DLNN D.2."""
    return pictures.reshape(len(pictures), -1) / 255


@exercise(arguments=lambda rng: (rng.normal(size=(11, 7)), rng.integers(7, size=11), int(rng.integers(1, 6))))
def top_k_accuracy(scores, labels, k):
    """The share of rows whose label is among the k largest scores: GBC 1.2.4."""
    best = np.argsort(scores, axis=1)[:, -k:]
    return (best == labels[:, None]).any(axis=1).mean()


@exercise(arguments=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)))
def printed_weight_derivative(W, x, t):
    """d(1/2 ||W x - t||^2)/dW in numerator layout, (j, i): DLNN 3.9, (4.84)."""
    return np.outer(x, W @ x - t)
