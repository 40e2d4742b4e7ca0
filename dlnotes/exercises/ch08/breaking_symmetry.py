"""Exercises of ch08/01_breaking_symmetry."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _constant_network(rng):
    """Samples, what came back to the outputs, and two constants, at sizes that all differ."""
    n, d, k = rng.permutation([3, 4, 5, 6, 7])[:3]
    c, c_out = rng.uniform(0.2, 0.6), rng.uniform(-2, -0.5)
    return rng.normal(size=(n, d)), rng.normal(size=(n, k)), c, c_out


def _steep(rng):
    """Sums so large that the slope of the tanh is far from 1."""
    x, delta, c, c_out = _constant_network(rng)
    return x + 1, delta, 2 * c, c_out


def _one_sample(rng):
    x, delta, c, c_out = _constant_network(rng)
    return x[:1], delta[:1], c, c_out


@exercise(
    "ch08.breaking_symmetry.row",
    title="One gradient for all units",
    points=3,
    sources="DLNN 9.1.1; GBC 8.4",
    by_hand=True,
    arguments=_constant_network,
    hidden=[_steep, _one_sample],
    hints=[
        "All hidden units are copies: follow one. What is its pre-activation, if all its weights are c?",
        "Its delta is the slope of the tanh, 1 - tanh(s)^2, times the sum of all that comes back to it.",
        "Every output sends its delta times the same c_out. The gradient sums delta times x over samples.",
    ],
)
def constant_start_row(x, delta, c, c_out):
    """The row of dR/dW that all hidden units share, where all weights of a layer are one constant.

    x (n, d), samples;  hidden units tanh(s) with all weights c, a number, and no bias;  output
    weights all c_out, a number;  delta (n, k) = dR/d(pre-activation of each output).  Returns (d,).
    By hand, with NumPy alone.
    """
    h = np.tanh(c * x.sum(axis=1))
    return ((1 - h**2) * c_out * delta.sum(axis=1)) @ x


@mistake(constant_start_row, "the slope of the tanh is missing: delta is 1 - tanh(s)^2 times what comes back")
def _no_slope(x, delta, c, c_out):
    return (c_out * delta.sum(axis=1)) @ x


@mistake(constant_start_row, "it multiplies with tanh(s) itself, not with its slope")
def _value_for_slope(x, delta, c, c_out):
    return (np.tanh(c * x.sum(axis=1)) * c_out * delta.sum(axis=1)) @ x


@mistake(constant_start_row, "it sends delta back through the hidden weight c: it comes through c_out")
def _wrong_constant(x, delta, c, c_out):
    return ((1 - np.tanh(c * x.sum(axis=1)) ** 2) * c * delta.sum(axis=1)) @ x


@mistake(constant_start_row, "only one of the outputs sends its delta back: all of them do")
def _first_output(x, delta, c, c_out):
    return ((1 - np.tanh(c * x.sum(axis=1)) ** 2) * c_out * delta[:, 0]) @ x


@mistake(constant_start_row, "it averages over the outputs: what comes back is a sum")
def _mean_of_outputs(x, delta, c, c_out):
    return ((1 - np.tanh(c * x.sum(axis=1)) ** 2) * c_out * delta.mean(axis=1)) @ x


@mistake(constant_start_row, "it averages over the samples: delta is dR/ds already, and R averages")
def _mean_of_samples(x, delta, c, c_out):
    return ((1 - np.tanh(c * x.sum(axis=1)) ** 2) * c_out * delta.sum(axis=1)) @ x / len(x)


@mistake(constant_start_row, "the pre-activation is c times the sum of the inputs, not their mean")
def _mean_of_inputs(x, delta, c, c_out):
    return ((1 - np.tanh(c * x.mean(axis=1)) ** 2) * c_out * delta.sum(axis=1)) @ x


@mistake(constant_start_row, "that is delta of the hidden units, one for each sample: dR/dW is asked for")
def _hidden_delta(x, delta, c, c_out):
    return (1 - np.tanh(c * x.sum(axis=1)) ** 2) * c_out * delta.sum(axis=1)


def _layer(rng):
    """Units with true copies, and units that share only some of what makes a copy."""
    k, d, m = rng.integers(8, 12), rng.integers(3, 5), rng.integers(2, 4)
    W, b, V = rng.normal(size=(k, d)), rng.normal(size=k), rng.normal(size=(m, k))
    W[1], b[1], V[:, 1] = W[0], b[0], V[:, 0]  # a copy
    W[2], V[:, 2] = W[0], V[:, 0]  # all but the bias
    W[3], b[3] = W[0], b[0]  # all but what leads out
    b[4], V[:, 4] = b[0], V[:, 0]  # all but the incoming weights
    W[5:7], b[5:7], V[:, 5:7] = W[7], b[7], V[:, [7]]  # three of a kind
    order = rng.permutation(k)
    return W[order], b[order], V[:, order]


def _constant(rng):
    """Everything constant: a single unit in many copies."""
    W, b, V = _layer(rng)
    return np.full_like(W, 0.1), np.zeros_like(b), np.full_like(V, -0.2)


def _constant_inside(rng):
    """Equal incoming weights; of what leads out, two columns agree."""
    W, b, V = _layer(rng)
    return np.full_like(W, 0.1), np.zeros_like(b), V


def _square(rng):
    """As many outputs as units: rows and columns of V have one length."""
    W, b, V = _layer(rng)
    return W, b, np.tile(V, (len(b), 1))[: len(b)] + np.arange(len(b))[:, None]


@exercise(
    "ch08.breaking_symmetry.copies",
    title="Copies for ever",
    points=3,
    sources="DLNN 9.1.1; GBC 8.4; MEDL 5.5",
    by_hand=True,
    arguments=_layer,
    hidden=[_constant, _constant_inside, _square],
    hints=[
        "Two units stay equal for ever if they answer alike and what comes back to them is alike.",
        "They answer alike if their row of W and their bias agree. What comes back depends on V.",
        "Write all numbers of a unit into one row: row of W, bias, column of V. Then compare rows.",
    ],
)
def unit_copies(W, b, V):
    """For each unit of a hidden layer, how many units are copies of it for ever, itself included.

    W (k, d), b (k,), the weights and biases into its k units;  V (m, k), the weights from them to m
    outputs.  Copies are units that training can never tell apart.  Returns (k,), whole numbers.
    By hand, with NumPy alone.
    """
    return _equal_rows(W, b, V.T)


def _equal_rows(*parts):
    """For each row of the parts, side by side, how many rows are equal to it."""
    rows = np.column_stack(parts)
    return (rows[:, None] == rows).all(axis=-1).sum(axis=1)


@mistake(unit_copies, "it compares what leads in only: units that lead out unlike each other part at once")
def _only_in(W, b, V):
    return _equal_rows(W, b)


@mistake(unit_copies, "it compares what leads out only: such units answer differently")
def _only_out(W, b, V):
    return _equal_rows(V.T)


@mistake(unit_copies, "it leaves the biases out: two units with equal weights and unequal biases differ")
def _no_bias(W, b, V):
    return _equal_rows(W, V.T)


@mistake(unit_copies, "it leaves out the incoming weights: equal biases do not make equal units")
def _no_weights(W, b, V):
    return _equal_rows(b, V.T)


@mistake(unit_copies, "it compares the rows of W only")
def _only_weights(W, b, V):
    return _equal_rows(W)


@mistake(unit_copies, "it does not count the unit itself")
def _without_itself(W, b, V):
    return _equal_rows(W, b, V.T) - 1


@mistake(unit_copies, "it answers how many copies there are at most: each unit has a number of its own")
def _most(W, b, V):
    return np.full(len(b), _equal_rows(W, b, V.T).max())


@mistake(unit_copies, "it says which units have a copy, not how many")
def _whether(W, b, V):
    return (_equal_rows(W, b, V.T) > 1).astype(int)


def _labels(rng):
    """Labels of classes that are unlike in size; each class occurs."""
    k = rng.integers(3, 7)
    return rng.permutation(np.repeat(np.arange(k), rng.permutation(np.arange(1, 12))[:k])), k


def _two_classes(rng):
    return rng.permutation(np.repeat([0, 1], rng.integers(3, 30, size=2))), 2


def _rare_class(rng):
    """Two labels of the first class, hundreds of the last."""
    k = rng.integers(3, 5)
    return np.repeat(np.arange(k), 2 + rng.integers(50, 150, size=k) * np.arange(k)), k


@exercise(
    "ch08.breaking_symmetry.bias",
    title="The bias that knows the shares",
    points=2,
    sources="GBC 8.4; DLNN 9.1.3",
    by_hand=True,
    arguments=_labels,
    hidden=[_two_classes, _rare_class],
    hints=[
        "First the shares c of the classes: np.bincount counts labels.",
        "softmax(b) = c. Try b = log c: the exponentials sum to 1 already.",
        "The risk is the mean of -log c over the samples, each with the share of its own class.",
    ],
)
def marginal_start(labels, k):
    """Output biases that answer with the shares of the classes, and the risk where training starts.

    labels (n,), whole numbers 0 ... k - 1, each of which occurs.  Returns (b, risk): b (k,) with
    softmax(b) = c, the shares, and exp(b) adding up to 1;  risk, the mean cross-entropy of all
    samples with the scores b.  By hand, with NumPy alone.
    """
    c = np.bincount(labels, minlength=k) / len(labels)
    return np.log(c), -(c * np.log(c)).sum()


def _shares(labels, k):
    return np.bincount(labels, minlength=k) / len(labels)


@mistake(marginal_start, "b holds the shares themselves: the softmax takes their exponentials")
def _no_log(labels, k):
    c = _shares(labels, k)
    return c, -(c * np.log(c)).sum()


@mistake(marginal_start, "b holds logarithms of counts: exp(b) then adds up to n, not to 1")
def _counts(labels, k):
    c = _shares(labels, k)
    return np.log(c * len(labels)), -(c * np.log(c)).sum()


@mistake(marginal_start, "that is the risk of equal scores, log k: these biases do better")
def _uniform_risk(labels, k):
    return np.log(_shares(labels, k)), np.log(k)


@mistake(marginal_start, "its risk averages over the classes: a class counts by its number of samples")
def _mean_of_classes(labels, k):
    c = _shares(labels, k)
    return np.log(c), -np.log(c).mean()


@mistake(marginal_start, "its logarithms are to base 2: the softmax has base e")
def _bits(labels, k):
    c = _shares(labels, k)
    return np.log2(c), -(c * np.log2(c)).sum()


@mistake(marginal_start, "it inverts sigmoids, log c/(1-c): the softmax has one sum over all classes")
def _logits(labels, k):
    c = _shares(labels, k)
    return np.log(c / (1 - c)), -(c * np.log(c)).sum()


@mistake(marginal_start, "its risk is summed over the samples: the mean is asked for")
def _sum_of_samples(labels, k):
    c = _shares(labels, k)
    return np.log(c), -(c * np.log(c)).sum() * len(labels)


@mistake(marginal_start, "its risk is the log of a mean share: the mean of the logarithms is asked for")
def _log_of_mean(labels, k):
    c = _shares(labels, k)
    return np.log(c), -np.log((c * c).sum())
