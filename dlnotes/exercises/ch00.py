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


@exercise(arguments=lambda rng: (rng.integers(0, 4, size=6), np.int64(4)))
def one_hot_rows(labels, classes):
    """A row of zeros with a single 1 in the column of the label, for each label."""
    return np.eye(classes)[labels]
