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
    points=2,
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


@mistake(constant_start_row, "it squares 1 - tanh(s): the slope takes the square of tanh(s) from 1")
def _wrong_square(x, delta, c, c_out):
    return ((1 - np.tanh(c * x.sum(axis=1))) ** 2 * c_out * delta.sum(axis=1)) @ x


@mistake(constant_start_row, "c multiplies the gradient: the derivative of s by a weight is its input alone")
def _weight_once_more(x, delta, c, c_out):
    return c * constant_start_row(x, delta, c, c_out)


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


def _equal_sums(rng):
    """Pairs that differ, but whose numbers have equal sums, exactly: all are eighths."""
    W, b, V = (np.round(8 * part) / 8 for part in _layer(rng))
    W, b, V = W[:8], b[:8], V[:, :8]
    W[0], W[1] = np.arange(W.shape[1]), W[0]
    W[1:4], b[1:4], V[:, :4] = W[0], b[0], np.arange(len(V))[:, None]
    V[:, 1] = V[::-1, 0]  # what leads out, in another order
    W[2] = W[0][::-1]  # what leads in
    W[3], b[3] = W[0] + 0.5, b[0] - 0.5  # the same W + b
    W[5], b[5], V[:, 5] = W[4], b[4] + 1, V[:, 4]  # a bias and one of V
    V[0, 5] -= 1
    W[7], b[7], V[:, 7] = W[6], b[6] - W.shape[1] / 4, V[:, 6]  # the sum of a row of W, and the bias
    W[7] += 0.25
    order = rng.permutation(8)
    return W[order], b[order], V[:, order]


@exercise(
    "ch08.breaking_symmetry.copies",
    title="Copies for ever",
    points=3,
    sources="DLNN 9.1.1; GBC 8.4; MEDL 5.5",
    by_hand=True,
    arguments=_layer,
    hidden=[_constant, _constant_inside, _square, _equal_sums],
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


@mistake(unit_copies, "it compares sums of what leads out: each output sends its own delta back")
def _sums_out(W, b, V):
    return _equal_rows(W, b, V.sum(axis=0))


@mistake(unit_copies, "it compares the rows of W in sorted order: each weight belongs to an input")
def _sorted(W, b, V):
    return _equal_rows(np.sort(W, axis=1), b, V.T)


@mistake(unit_copies, "it adds the bias to each weight: equal sums do not make equal units")
def _weights_and_bias(W, b, V):
    return _equal_rows(W + b[:, None], V.T)


@mistake(unit_copies, "it compares one sum of all that leads in: units with equal sums answer differently")
def _sums_in(W, b, V):
    return _equal_rows(W.sum(axis=1) + b, V.T)


@mistake(unit_copies, "it compares one sum for each unit: other numbers may have the same")
def _one_sum(W, b, V):
    return _equal_rows(W.sum(axis=1) + b + V.sum(axis=0))


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
    """Labels of classes that are unlike in size, and what is added to each count."""
    k = int(rng.integers(3, 7))
    labels = np.repeat(np.arange(k), rng.permutation(np.arange(1, 12))[:k])
    return rng.permutation(labels), k, float(rng.uniform(0.5, 3))


def _two_classes(rng):
    return rng.permutation(np.repeat([0, 1], rng.integers(3, 30, size=2))), 2, float(rng.uniform(0.5, 3))


def _missing_class(rng):
    """The last class never occurs, nor does the second."""
    labels, k, extra = _labels(rng)
    return np.where(labels == 1, 0, labels), k + 1, extra


def _nothing_added(rng):
    labels, k, _ = _labels(rng)
    return labels, k, 0.0


@exercise(
    "ch08.breaking_symmetry.bias",
    title="The bias that knows the shares",
    points=2,
    sources="GBC 8.4; DLNN 9.1.3",
    by_hand=True,
    arguments=_labels,
    hidden=[_two_classes, _missing_class, _nothing_added],
    hints=[
        "First the counts: np.bincount, with minlength. Add, and divide by the sum of what you have then.",
        "softmax(b) = c. Try b = log c: the exponentials sum to 1 already.",
        "The risk is the mean of -b[label] over the samples that there are: nothing is added to these.",
    ],
)
def marginal_start(labels, k, extra):
    """Output biases that answer with the shares of the classes, and the risk where training starts.

    labels (n,), whole numbers from 0 ... k - 1;  extra >= 0 is added to the count of each class, so
    that one without samples has a share, too.  Returns (b, risk): b (k,) with softmax(b) = c, these
    shares, and exp(b) adding up to 1;  risk, the mean cross-entropy of the n samples with the
    scores b.  By hand, with NumPy alone.
    """
    counts = np.bincount(labels, minlength=k) + extra
    b = np.log(counts / counts.sum())
    return b, -b[labels].mean()


def _started(b=lambda c, n: np.log(c), risk=lambda b, c, labels: -b[labels].mean()):
    """The reference with other biases b(c, n), or another risk(b, c, labels) of the right ones."""

    def answer(labels, k, extra):
        counts = np.bincount(labels, minlength=k) + extra
        c = counts / counts.sum()
        return b(c, counts.sum()), risk(np.log(c), c, labels)

    return answer


def _without_extra(labels, k, extra):
    return marginal_start(labels, k, 0)


def _divided_by_n(labels, k, extra):
    b = np.log((np.bincount(labels, minlength=k) + extra) / len(labels))
    return b, -b[labels].mean()


def _added_to_shares(labels, k, extra):
    c = np.bincount(labels, minlength=k) / len(labels) + extra
    b = np.log(c / c.sum())
    return b, -b[labels].mean()


for message, answer in {
    "nothing is added to the counts": _without_extra,
    "it divides by n: with what is added, the shares have another sum than 1": _divided_by_n,
    "it adds to the shares, not to the counts": _added_to_shares,
    "b holds the shares themselves: the softmax takes their exponentials": _started(lambda c, n: c),
    "b holds logarithms of counts: exp(b) does not add up to 1": _started(lambda c, n: np.log(c * n)),
    "it inverts sigmoids, log c/(1-c): the softmax has one sum over all classes": _started(
        lambda c, n: np.log(c / (1 - c))
    ),
    "its risk weighs the classes with the shares c: the samples have those without what is added": _started(
        risk=lambda b, c, labels: -(c * b).sum()
    ),
    "that is the risk of equal scores, log k: these biases do better": _started(
        risk=lambda b, c, labels: np.log(len(c))
    ),
    "its risk averages over the classes: a class counts by its number of samples": _started(
        risk=lambda b, c, labels: -b.mean()
    ),
    "its risk is summed over the samples: the mean is asked for": _started(
        risk=lambda b, c, labels: -b[labels].sum()
    ),
    "its risk is the log of a mean share: the mean of the logarithms is asked for": _started(
        risk=lambda b, c, labels: -np.log(c[labels].mean())
    ),
    "its logarithms are to base 2: the softmax has base e": _started(
        lambda c, n: np.log2(c), lambda b, c, labels: -b[labels].mean() / np.log(2)
    ),
    "the biases are to base 2: the softmax has base e": _started(lambda c, n: np.log2(c)),
}.items():
    mistake(marginal_start, message)(answer)
