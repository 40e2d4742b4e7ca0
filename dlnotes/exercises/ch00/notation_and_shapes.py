"""Exercises of ch00/02_notation_and_shapes."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _layer(rng, n, i, j):
    """Rows x (n, j), weights W (i, j) and biases b (i,)."""
    return rng.normal(size=(n, j)), rng.normal(size=(i, j)), rng.normal(size=i)


def _batch(rng):
    return _layer(rng, *rng.permutation(np.arange(2, 8))[:3])


def _as_many_rows_as_outputs_and_inputs(rng):
    """Where every wrong shape fits."""
    return _layer(rng, *[rng.integers(2, 6)] * 3)


def _one_sample(rng):
    return _layer(rng, 1, *rng.permutation(np.arange(2, 8))[:2])


def _one_output(rng):
    n, j = rng.permutation(np.arange(2, 8))[:2]
    return _layer(rng, n, 1, j)


@exercise(
    "ch00.notation_and_shapes.affine_rows",
    title="A batch through a layer",
    points=1,
    sources="DLNN (3.2)",
    arguments=_batch,
    hidden=[_as_many_rows_as_outputs_and_inputs, _one_sample, _one_output],
    hints=[
        "Write the shapes side by side: (n, j) and (i, j) should give (n, i). Which axis is summed over?",
        "In a matrix product the inner sizes must agree, and both here have j last: turn one of them.",
        "x comes first, W is turned by .T, and b, with a number for each column, is added as it is.",
    ],
)
def affine_rows(x, W, b):
    """Pre-activations (n, i) of the rows of x (n, j), with W (i, j) and b (i,).  DLNN (3.2)"""
    return x @ W.T + b


@mistake(affine_rows, "it multiplies x by W as it is, (out, in): the inner sizes agree only if W is square")
def _not_transposed(x, W, b):
    return x @ W + b


@mistake(affine_rows, "W x is for one sample: with samples as rows the inner sizes of W and x do not agree")
def _as_for_one_sample(x, W, b):
    return W @ x + b


@mistake(affine_rows, "its columns are the samples, as in Strang: in this book samples are rows")
def _samples_as_columns(x, W, b):
    return W @ x.T + b[:, None]


@mistake(affine_rows, "the bias is missing")
def _without_bias(x, W, b):
    return x @ W.T


@mistake(affine_rows, "it takes the bias away: that is how a threshold works, a bias is added")
def _minus_bias(x, W, b):
    return x @ W.T - b


@mistake(affine_rows, "it gives every output the sum of all biases: each has its own")
def _all_biases(x, W, b):
    return x @ W.T + b.sum()


@mistake(affine_rows, "it adds a bias to each row: b has a number for each column, and rows must not mix")
def _bias_for_rows(x, W, b):
    return x @ W.T + b[:, None]


@mistake(affine_rows, "it cuts off what is below 0: that is an activation, one step later")
def _activated(x, W, b):
    return np.maximum(x @ W.T + b, 0)


@mistake(affine_rows, "it adds up the rows: each sample has pre-activations of its own")
def _summed(x, W, b):
    return (x @ W.T + b).sum(axis=0)


def _weighted_rows(rng):
    n, d = rng.permutation(np.arange(2, 9))[:2]
    return rng.normal(size=n), rng.normal(size=(n, d))


def _as_many_rows_as_columns(rng):
    n = rng.integers(2, 7)
    return rng.normal(size=n), rng.normal(size=(n, n))


def _one_row(rng):
    return rng.normal(size=1), rng.normal(size=(1, rng.integers(2, 7)))


def _weights_that_cancel(rng):
    c, x = _weighted_rows(rng)
    return c - c.mean(), x


@exercise(
    "ch00.notation_and_shapes.weighted_sum",
    title="A weighted sum of rows",
    points=1,
    sources="EE147 Supervised Learning Example",
    arguments=_weighted_rows,
    hidden=[_as_many_rows_as_columns, _one_row, _weights_that_cancel],
    hints=[
        "Entry d of the result is the sum of c_i x_id over i. Over which axis of x does it run?",
        "A matrix times c sums over the columns of the matrix. Here the sum runs over the rows of x.",
        "So the matrix wanted is x turned, (d, n); its product with c (n,) is (d,).",
    ],
)
def weighted_sum(c, x):
    """sum_i c_i x_i (d,) over the rows of x (n, d), with c (n,); no loop."""
    return x.T @ c


@mistake(weighted_sum, "it sums over the columns of x: c belongs to the rows, and fits only if x is square")
def _not_transposed_sum(c, x):
    return x @ c


@mistake(
    weighted_sum, "it lines c up with the columns of x: shapes are matched from the right, c is for rows"
)
def _along_columns(c, x):
    return (c * x).sum(axis=0)


@mistake(weighted_sum, "it divides by the number of rows: a sum is asked for, not a mean")
def _mean(c, x):
    return x.T @ c / len(c)


@mistake(weighted_sum, "it divides by the sum of the weights: that is a weighted mean, not a weighted sum")
def _weighted_mean(c, x):
    return x.T @ c / c.sum()


@mistake(weighted_sum, "the rows are weighted, but not yet added up")
def _not_summed(c, x):
    return c[:, None] * x


@mistake(weighted_sum, "it adds up everything: only the rows are summed, the columns stay")
def _everything(c, x):
    return (c[:, None] * x).sum()


@mistake(weighted_sum, "it sums along each weighted row: the sum runs over the rows, down each column")
def _wrong_axis(c, x):
    return (c[:, None] * x).sum(axis=1)


@mistake(weighted_sum, "the weights are missing")
def _no_weights(c, x):
    return x.sum(axis=0)


@mistake(weighted_sum, "it multiplies two sums: each row meets its own weight first, then they are summed")
def _product_of_sums(c, x):
    return c.sum() * x.sum(axis=0)


def _regression(rng, i, j):
    """Weights W (i, j), one sample x (j,) and its target t (i,)."""
    return rng.normal(size=(i, j)), rng.normal(size=j), rng.normal(size=i)


def _one_regression(rng):
    return _regression(rng, *rng.permutation(np.arange(2, 8))[:2])


def _as_many_outputs_as_inputs(rng):
    return _regression(rng, *[rng.integers(2, 6)] * 2)


def _single_output(rng):
    return _regression(rng, 1, rng.integers(2, 7))


def _far_target(rng):
    W, x, t = _one_regression(rng)
    return W, x, 1e5 * t


@exercise(
    "ch00.notation_and_shapes.printed_derivative",
    title="A matrix, as it is printed",
    points=2,
    sources="DLNN 3.9, (4.84)",
    arguments=_one_regression,
    hidden=[_as_many_outputs_as_inputs, _single_output, _far_target],
    hints=[
        "Take one weight, W_ij. It moves output i alone, by x_j: what is dR/dW_ij?",
        "It is (W x - t)_i x_j: a number for every pair of an input and an output. Which index comes first?",
        "An outer product has a number for every pair. In numerator layout its rows belong to the inputs.",
    ],
)
def printed_weight_derivative(W, x, t):
    """dR/dW in numerator layout (j, i), for W (i, j), x (j,), t (i,).  DLNN 3.9, (4.84)"""
    return np.outer(x, W @ x - t)


@mistake(printed_weight_derivative, "it has the shape of W, as in code: here it is wanted as it is printed")
def _as_in_code(W, x, t):
    return np.outer(W @ x - t, x)


@mistake(printed_weight_derivative, "its sign is turned: more output above the target means more risk")
def _target_first(W, x, t):
    return np.outer(x, t - W @ x)


@mistake(printed_weight_derivative, "it is the derivative of the square without the half in front of R")
def _without_half(W, x, t):
    return 2 * np.outer(x, W @ x - t)


@mistake(printed_weight_derivative, "the half in front of R is still there: the square, derived, brings a 2")
def _half_kept(W, x, t):
    return np.outer(x, W @ x - t) / 2


@mistake(printed_weight_derivative, "the target is missing: R measures how far W x is from t")
def _without_target(W, x, t):
    return np.outer(x, W @ x)


@mistake(printed_weight_derivative, "it averages over the outputs: R is a sum over them")
def _mean_over_outputs(W, x, t):
    return np.outer(x, W @ x - t) / len(t)


@mistake(printed_weight_derivative, "that is the derivative by x: here the weights are what changes")
def _by_x(W, x, t):
    return W.T @ (W @ x - t)


@mistake(
    printed_weight_derivative,
    "it pairs input 1 with output 1 alone: every input has a weight to every output",
)
def _entry_by_entry(W, x, t):
    return x * (W @ x - t)


@mistake(
    printed_weight_derivative,
    "it multiplies and sums up: each pair of an input and an output has its own derivative",
)
def _inner_product(W, x, t):
    return x @ (W @ x - t)
