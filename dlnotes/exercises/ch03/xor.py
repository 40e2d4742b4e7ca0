"""Exercises of ch03/01_xor."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _network(rng):
    """Samples and a network of generic sizes, no two the same, with silent and active units."""
    n, d, k = rng.permutation([3, 4, 5, 6, 7])[:3]
    return (
        rng.normal(size=(n, d)),
        rng.normal(size=(k, d)),
        rng.normal(size=k),
        rng.normal(size=k),
        rng.normal(),
    )


def _square_network(rng):
    """As many units as inputs, where W x and W^T x both have a shape that fits."""
    x, _, _, _, b = _network(rng)
    d = x.shape[1]
    return x, rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=d), b


def _negative_outputs(rng):
    """Every output is below 0: nothing cuts it off."""
    x, W, c, w, b = _network(rng)
    return x, W, c, -np.abs(w), -1 - abs(b)


def _all_silent(rng):
    """Every pre-activation is negative, so that the output is b for all samples."""
    x, W, c, w, b = _network(rng)
    return x, W, -50 - np.abs(c), w, b


@exercise(
    "ch03.xor.network",
    title="A network of one hidden layer",
    points=2,
    sources="GBC (6.3); DLNN (4.58)",
    by_hand=True,
    arguments=_network,
    hidden=[_square_network, _negative_outputs, _all_silent],
    hints=[
        "Two lines: from the samples to the hidden vectors, and from those to the outputs.",
        "With a sample in each row, the pre-activations of all samples and units are x @ W.T + c.",
        "The maximum with 0 belongs to the hidden layer alone; the output is linear in h.",
    ],
)
def one_hidden_layer(x, W, c, w, b):
    """The output w . max(0, W x + c) + b of each sample, a row of x.

    x (n, d);  W (k, d), c (k,): the hidden layer;  w (k,), b a number: the output;  returns (n,).
    By hand, with NumPy alone.
    """
    h = np.maximum(0, x @ W.T + c)
    return h @ w + b


@mistake(one_hidden_layer, "its hidden units are sigmoids: they are rectified here, max(0, .)")
def _sigmoid_units(x, W, c, w, b):
    return 1 / (1 + np.exp(-(x @ W.T + c))) @ w + b


@mistake(one_hidden_layer, "without the maximum, two linear layers are one: no weights would solve XOR")
def _linear(x, W, c, w, b):
    return (x @ W.T + c) @ w + b


@mistake(one_hidden_layer, "it leaves out the output bias b")
def _no_output_bias(x, W, c, w, b):
    return np.maximum(0, x @ W.T + c) @ w


@mistake(one_hidden_layer, "it leaves out the hidden biases c: every fold would go through the origin")
def _no_hidden_bias(x, W, c, w, b):
    return np.maximum(0, x @ W.T) @ w + b


@mistake(one_hidden_layer, "it adds c after the maximum: the bias belongs inside, where it moves the fold")
def _bias_outside(x, W, c, w, b):
    return (np.maximum(0, x @ W.T) + c) @ w + b


@mistake(one_hidden_layer, "it takes the maximum of the output as well: outputs below 0 are lost")
def _output_cut_off(x, W, c, w, b):
    return np.maximum(0, np.maximum(0, x @ W.T + c) @ w + b)


@mistake(one_hidden_layer, "it takes the maximum of the output instead of the hidden units")
def _only_output_cut_off(x, W, c, w, b):
    return np.maximum(0, (x @ W.T + c) @ w + b)


@mistake(one_hidden_layer, "it keeps the negative part of the pre-activations: max(0, s), not min(0, s)")
def _minimum(x, W, c, w, b):
    return np.minimum(0, x @ W.T + c) @ w + b


@mistake(one_hidden_layer, "a hidden unit answers 0 or 1 there: a ReLU passes on how far s is above 0")
def _threshold(x, W, c, w, b):
    return (x @ W.T + c > 0) @ w + b


@mistake(one_hidden_layer, "it takes the absolute value: where s is negative a ReLU gives 0")
def _absolute(x, W, c, w, b):
    return np.abs(x @ W.T + c) @ w + b


@mistake(one_hidden_layer, "it returns the hidden vectors h: the output unit is missing")
def _hidden_layer(x, W, c, w, b):
    return np.maximum(0, x @ W.T + c)


@mistake(one_hidden_layer, "it multiplies h and w but does not sum over the hidden units")
def _not_summed(x, W, c, w, b):
    return np.maximum(0, x @ W.T + c) * w + b


def _table(rng):
    """The wanted outputs for 0, 1, ..., n ones."""
    return (rng.normal(size=rng.integers(4, 8)),)


def _parity(rng):
    """XOR of n bits, of any height: 0, 1, 0, 1, ... times a number."""
    return (rng.uniform(0.5, 2) * (np.arange(rng.integers(4, 8)) % 2),)


def _nonzero_start(rng):
    """NAND and its kind: the output is not 0 where no bit is set."""
    return (_table(rng)[0] + 3,)


def _two_bits(rng):
    return (rng.normal(size=3),)


@exercise(
    "ch03.xor.count",
    title="Any gate that counts",
    points=3,
    sources="GBC 6.1; MEDL 5.2",
    by_hand=True,
    arguments=_table,
    hidden=[_parity, _nonzero_start, _two_bits],
    hints=[
        "With no bit set every hidden unit is 0. What is the output then?",
        "With one bit set only the first unit is active, and h = 1: that fixes w[0]. With two, h = 2, 1.",
        "From m to m + 1 ones the output grows by w[0] + ... + w[m]. So w is how that growth changes.",
    ],
)
def counting_weights(wanted):
    """Output weights with which a ReLU network gives wanted[m] where m of its n input bits are 1.

    wanted (n + 1,).  The hidden units are h_k = max(0, (number of ones) - k), k = 0, ..., n - 1.
    Returns (w, b): w (n,), b (), such that w . h + b = wanted[m].  XOR, wanted = [0, 1, 0], has
    w = [1, -2].  By hand, with NumPy alone.
    """
    slope = np.diff(wanted)
    return np.diff(slope, prepend=0), wanted[0]


@mistake(
    counting_weights, "those are the slopes between neighbors: unit 0 is still active when unit 1 joins it"
)
def _slopes(wanted):
    return np.diff(wanted), wanted[0]


@mistake(counting_weights, "b = 0 is right only where nothing is wanted with no bit set")
def _no_bias(wanted):
    return np.diff(np.diff(wanted), prepend=0), np.zeros(())


@mistake(counting_weights, "it puts the first slope last: unit k joins at k ones")
def _turned_around(wanted):
    return np.roll(np.diff(np.diff(wanted), prepend=0), -1), wanted[0]


@mistake(counting_weights, "the weights have the wrong sign: w . h must rise where wanted rises")
def _wrong_sign(wanted):
    return -np.diff(np.diff(wanted), prepend=0), wanted[0]


@mistake(
    counting_weights, "those are the wanted outputs themselves: with m ones, m units are active, not one"
)
def _values(wanted):
    return wanted[1:], wanted[0]


@mistake(counting_weights, "those are the wanted outputs less b: with m ones, m units are active, not one")
def _values_above_bias(wanted):
    return wanted[1:] - wanted[0], wanted[0]


@mistake(counting_weights, "from unit 1 on every weight is half of what it has to be")
def _halved(wanted):
    w = np.diff(np.diff(wanted), prepend=0)
    return np.append(w[:1], w[1:] / 2), wanted[0]


@mistake(counting_weights, "b is the last output there: it is what remains when all hidden units are 0")
def _last_as_bias(wanted):
    return np.diff(np.diff(wanted), prepend=0), wanted[-1]


@mistake(
    counting_weights, "the first weight is w[0] = wanted[1] only where wanted[0] is 0: b is there already"
)
def _bias_counted_twice(wanted):
    w = np.diff(np.diff(wanted), prepend=0)
    return np.append(wanted[1], w[1:]), wanted[0]


def _groups(rng):
    """Targets of samples in groups of different sizes."""
    n = rng.integers(8, 13)
    group = np.append([0, 1, 1, 2, 2, 2], rng.integers(0, 4, size=n - 6))
    return rng.normal(size=n), rng.permutation(group)


def _xor_merged(rng):
    """XOR, with two corners of different targets on one point."""
    return np.array([0.0, 1.0, 1.0, 0.0]), np.array([[0, 1, 2, 2], [0, 0, 1, 1], [1, 0, 0, 0]])[
        rng.integers(3)
    ]


def _all_apart(rng):
    y, _ = _groups(rng)
    return y, rng.permutation(len(y))


def _all_merged(rng):
    y, _ = _groups(rng)
    return y + 2, np.full(len(y), 3)


@exercise(
    "ch03.xor.merged",
    title="What is left when samples coincide",
    points=3,
    sources="GBC (6.1), 6.1",
    by_hand=True,
    arguments=_groups,
    hidden=[_xor_merged, _all_apart, _all_merged],
    hints=[
        "Each group gets one output. Which number is the best for several targets, if errors are squared?",
        "Their mean. What is left of a sample is its distance to the mean of its own group.",
        "Square these distances, sum them over all samples, and divide by the number of samples.",
    ],
)
def merged_risk(y, group):
    """The smallest J = mean of (output - y)^2 if samples of one group must have the same output.

    y (n,), the targets;  group (n,), integers >= 0, the group of each sample.  Returns J, a number.
    By hand, with NumPy alone.
    """
    one = np.equal.outer(group, np.unique(group)).astype(float)  # (n, groups): 1 where a sample belongs
    output = one @ ((y @ one) / one.sum(axis=0))
    return np.mean((y - output) ** 2)


def _outputs(y, group):
    """The mean of its group for each sample."""
    return np.array([y[group == one].mean() for one in group])


@mistake(merged_risk, "it sums the squares: J is their mean over the samples")
def _sum(y, group):
    return np.sum((y - _outputs(y, group)) ** 2)


@mistake(merged_risk, "it averages the groups' risks as if all groups had equally many samples")
def _mean_of_groups(y, group):
    return np.mean([np.var(y[group == one]) for one in np.unique(group)])


@mistake(merged_risk, "it sums the groups' mean squares: each group counts by its number of samples")
def _sum_of_groups(y, group):
    return np.sum([np.var(y[group == one]) for one in np.unique(group)])


@mistake(merged_risk, "it takes half of the squares: J of GBC (6.1) has no 1/2")
def _half(y, group):
    return np.mean((y - _outputs(y, group)) ** 2) / 2


@mistake(merged_risk, "one output for all samples: every group has its own")
def _one_output(y, group):
    return np.var(y)


@mistake(merged_risk, "its outputs are the groups' medians: those are best for absolute errors")
def _medians(y, group):
    return np.mean([(y[n] - np.median(y[group == group[n]])) ** 2 for n in range(len(y))])


@mistake(merged_risk, "it takes absolute errors: J squares them")
def _absolute_errors(y, group):
    return np.mean(np.abs(y - _outputs(y, group)))


@mistake(merged_risk, "it is the root of J")
def _root(y, group):
    return np.sqrt(np.mean((y - _outputs(y, group)) ** 2))


@mistake(
    merged_risk, "that is how far the groups' means lie apart: what is left is the spread inside the groups"
)
def _between_groups(y, group):
    return np.var(_outputs(y, group))


@mistake(merged_risk, "outputs of 1/2 are best for a group only where its targets average to 1/2")
def _one_half(y, group):
    alone = np.array([(group == one).sum() == 1 for one in group])
    return np.mean(np.where(alone, 0, (y - 0.5) ** 2))
