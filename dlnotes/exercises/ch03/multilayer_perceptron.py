"""Exercises of ch03/02_multilayer_perceptron."""

from itertools import pairwise

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.verify import gradient


def _distinct(rng, count):
    """So many sizes from 2 on, no two the same."""
    return [int(size) for size in rng.permutation(np.arange(2, 9))[:count]]


def _sizes(rng):
    return (np.array(_distinct(rng, rng.integers(3, 6))),)


def _no_hidden_layer(rng):
    return (np.array(_distinct(rng, 2)),)


def _one_output(rng):
    return (np.array([*_distinct(rng, 3), 1]),)


@exercise(
    "ch03.multilayer_perceptron.parameters",
    title="Count before you build",
    points=1,
    sources="MEDL (5.5), (5.6); DLNN 4.6.1; Strang Fig VII.2",
    by_hand=True,
    arguments=_sizes,
    hidden=[_no_hidden_layer, _one_output],
    hints=[
        "Take one unit of one layer. How many weights lead into it? How many biases does it have?",
        "A layer of 4 units above one of 3 has 4 (3 + 1) parameters. The inputs themselves have none.",
        "Walk over neighbors: zip(sizes[:-1], sizes[1:]). The activation of a unit is one operation more.",
    ],
)
def fully_connected_counts(sizes):
    """The number of parameters of a fully connected network and of its operations, two integers.

    sizes (l,): the units of the input, of each hidden layer, of the output.  Every unit but the
    inputs has a bias.  Operations for one sample, as MEDL counts them: in each unit a multiply-add
    for each weight, one addition for the bias, and one activation, at the output, too.
    By hand, with NumPy alone.
    """
    parameters = sum(units * (below + 1) for below, units in pairwise(sizes))
    operations = sum(units * (below + 2) for below, units in pairwise(sizes))
    return parameters, operations


@mistake(fully_connected_counts, "there are no biases in its parameters")
def _weights_alone(sizes):
    return sum(a * b for a, b in pairwise(sizes)), sum(b * (a + 2) for a, b in pairwise(sizes))


@mistake(fully_connected_counts, "it gives the inputs biases: they compute nothing, and have none")
def _input_biases(sizes):
    parameters, operations = fully_connected_counts(sizes)
    return parameters + sizes[0], operations


@mistake(fully_connected_counts, "the output layer has no biases in its count")
def _no_output_bias(sizes):
    parameters, operations = fully_connected_counts(sizes)
    return parameters - sizes[-1], operations


@mistake(fully_connected_counts, "it has one bias for a layer: every unit has its own")
def _a_bias_a_layer(sizes):
    return sum(a * b + 1 for a, b in pairwise(sizes)), sum(b * (a + 2) for a, b in pairwise(sizes))


@mistake(fully_connected_counts, "it turns the layers around: each unit has a bias, not each of its inputs")
def _around(sizes):
    return sum(a * (b + 1) for a, b in pairwise(sizes)), sum(a * (b + 2) for a, b in pairwise(sizes))


@mistake(fully_connected_counts, "one operation of each unit is missing: there are as many as parameters")
def _no_activations(sizes):
    parameters, _ = fully_connected_counts(sizes)
    return parameters, parameters


@mistake(fully_connected_counts, "the outputs have an activation as well: their operation is missing")
def _no_output_activation(sizes):
    parameters, operations = fully_connected_counts(sizes)
    return parameters, operations - sizes[-1]


@mistake(fully_connected_counts, "it counts a multiplication and an addition as two: here they are one")
def _two_each(sizes):
    parameters, _ = fully_connected_counts(sizes)
    return parameters, sum(b * (2 * a + 2) for a, b in pairwise(sizes))


@mistake(
    fully_connected_counts, "it sees the input and the output alone: the layers between have weights, too"
)
def _input_and_output_alone(sizes):
    return fully_connected_counts(sizes[[0, -1]])


def _unit(rng):
    count = rng.integers(2, 6)
    return float(rng.uniform(0.15, 0.9)), rng.normal(size=count), rng.normal(size=count)


def _feeds_one(rng):
    a, w, delta = _unit(rng)
    return a, w[:1], delta[:1]


def _feeds_opposite_units(rng):
    """What comes back along two connections cancels in part: signs decide."""
    a, w, delta = _unit(rng)
    return a, np.append(w, w[0]), np.append(delta, -0.4 * delta[0])


@exercise(
    "ch03.multilayer_perceptron.unit",
    title="What a hidden unit is told",
    points=2,
    sources="DLNN (4.71), (4.72); MEDL (5.29)-(5.32)",
    by_hand=True,
    arguments=_unit,
    hidden=[_feeds_one, _feeds_opposite_units],
    hints=[
        "Unit j changes the loss through all units that it feeds. What does a small change of a_j do to s_i?",
        "It changes s_i by w_ij times as much, the loss by delta_i times that. Added up, that is dL/da_j.",
        "From a_j to s_j: times the slope of the logistic function, which its value a_j knows: DLNN (4.72).",
    ],
)
def logistic_unit_delta(a, w, delta):
    """delta_j = dL/ds_j of a logistic hidden unit j with the activation a, a number.

    w (i,), its weights w_ij to the units that it feeds, and their delta (i,) = dL/ds_i.
    By hand, with NumPy alone.
    """
    return a * (1 - a) * (w @ delta)


@mistake(logistic_unit_delta, "that is dL/da_j: the slope of the unit's own activation is missing")
def _without_slope(a, w, delta):
    return w @ delta


@mistake(logistic_unit_delta, "it leaves out the weights: a delta comes back through its connection")
def _without_weights(a, w, delta):
    return a * (1 - a) * delta.sum()


@mistake(logistic_unit_delta, "it multiplies by the activation: the way back takes the slope of the unit")
def _activation(a, w, delta):
    return a * (w @ delta)


@mistake(logistic_unit_delta, "that is the slope of tanh: this unit is logistic")
def _slope_of_tanh(a, w, delta):
    return (1 - a**2) * (w @ delta)


@mistake(
    logistic_unit_delta, "it takes a for s, and computes a second sigmoid: a is the sigmoid of s already"
)
def _sigmoid_twice(a, w, delta):
    p = 1 / (1 + np.exp(-a))
    return p * (1 - p) * (w @ delta)


@mistake(logistic_unit_delta, "it averages over the units that are fed: their shares add up")
def _mean(a, w, delta):
    return a * (1 - a) * (w * delta).mean()


@mistake(logistic_unit_delta, "it has an entry for each unit that is fed: unit j has one delta")
def _not_summed(a, w, delta):
    return a * (1 - a) * w * delta


@mistake(logistic_unit_delta, "it listens to the first of the units that it feeds, and to no other")
def _first_alone(a, w, delta):
    return a * (1 - a) * w[0] * delta[0]


@mistake(logistic_unit_delta, "it adds the slope: the unit multiplies what comes back by it")
def _added(a, w, delta):
    return a * (1 - a) + w @ delta


@mistake(logistic_unit_delta, "it multiplies by the slope once for each unit that is fed")
def _slope_each_time(a, w, delta):
    return len(w) * a * (1 - a) * (w @ delta)


def _softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@mistake(logistic_unit_delta, "it goes back to s, and puts s where the value of the unit belongs")
def _slope_of_s(a, w, delta):
    s = np.log(a / (1 - a))
    return s * (1 - s) * (w @ delta)


def _outputs(rng):
    s, da = rng.normal(size=(2, rng.integers(2, 5), rng.integers(5, 8)))
    return _softmax(s), da


def _cross_entropy(rng):
    """dL/da of the cross-entropy: -1 / a of the target class, 0 elsewhere; delta is a - y."""
    p, _ = _outputs(rng)
    y = np.eye(p.shape[1])[rng.integers(p.shape[1], size=len(p))]
    return p, -y / p


def _the_same_for_every_class(rng):
    """A change of all probabilities by the same: softmax cannot do that, and delta is 0."""
    p, da = _outputs(rng)
    return p, np.where(np.arange(len(p))[:, None] == 0, da[:, :1], da) * np.ones_like(p)


@exercise(
    "ch03.multilayer_perceptron.output",
    title="Repair the output rule",
    points=3,
    sources="DLNN (4.70), (A.18)",
    by_hand=True,
    arguments=_outputs,
    hidden=[_cross_entropy, _the_same_for_every_class],
    hints=[
        "Every s_k moves all the probabilities: delta_k = sum over j of dL/da_j times da_j/ds_k.",
        "da_j/ds_k is a_j (1 - a_j) for j = k, and -a_j a_k else: put it into the sum, and take a_k out.",
        "What is left is a_k times the difference of dL/da_k and one number of the sample. Which?",
    ],
)
def softmax_output_delta(a, da):
    """delta (n, k) = dL/ds of softmax outputs, from a (n, k) = softmax(s) and da (n, k) = dL/da.

    DLNN (4.70) prints delta_k = dL/da_k f'(s_k), right only where a_k depends on s_k alone.
    By hand, with NumPy alone.
    """
    return a * (da - (a * da).sum(axis=1, keepdims=True))


@mistake(softmax_output_delta, "that is the printed rule: it forgets that s_k moves the other probabilities")
def _printed(a, da):
    return da * a * (1 - a)


@mistake(softmax_output_delta, "it has the moves of the other probabilities alone: a_k itself moves, too")
def _others_alone(a, da):
    return a * (a * da - (a * da).sum(axis=1, keepdims=True))


@mistake(softmax_output_delta, "it subtracts from dL/da its plain sum over the classes: weigh it first")
def _plain_sum(a, da):
    return a * (da - da.sum(axis=1, keepdims=True))


@mistake(softmax_output_delta, "it subtracts the plain mean of dL/da: the classes do not count alike")
def _plain_mean(a, da):
    return a * (da - da.mean(axis=1, keepdims=True))


@mistake(softmax_output_delta, "it sums over the samples: each row is a network's answer of its own")
def _over_samples(a, da):
    return a * (da - (a * da).sum(axis=0, keepdims=True))


@mistake(softmax_output_delta, "it sums over samples and classes: each row is an answer of its own")
def _over_all(a, da):
    return a * (da - (a * da).sum())


@mistake(softmax_output_delta, "the factor a_k in front is missing: that is the bracket alone")
def _without_factor(a, da):
    return da - (a * da).sum(axis=1, keepdims=True)


@mistake(softmax_output_delta, "it takes a for s and computes softmax once more: a is the softmax already")
def _softmax_twice(a, da):
    return softmax_output_delta(_softmax(a), da)


@mistake(softmax_output_delta, "it adds the share of the other classes: they push the other way")
def _plus(a, da):
    return a * (da + (a * da).sum(axis=1, keepdims=True))


@mistake(softmax_output_delta, "it is dL/da times a: where is what s_k does to the others?")
def _times_a(a, da):
    return a * da


@mistake(softmax_output_delta, "every row gets the Jacobian of the first: each has its own probabilities")
def _first_jacobian(a, da):
    return da @ (np.diag(a[0]) - np.outer(a[0], a[0]))


@mistake(
    softmax_output_delta, "that is the way back through the logarithm of a softmax: da belongs to a itself"
)
def _log_softmax(a, da):
    return da - a * da.sum(axis=1, keepdims=True)


@mistake(softmax_output_delta, "that is the delta of the cross-entropy: any loss may stand behind da")
def _of_the_cross_entropy(a, da):
    return a - (da != 0)


def _mlp(rng, sizes, n):
    params = [
        part
        for below, units in pairwise(sizes)
        for part in (rng.normal(size=(units, below)), rng.normal(size=units))
    ]
    return tuple(params), rng.normal(size=(n, sizes[0])), rng.integers(sizes[-1], size=n)


def _two_hidden(rng):
    d, first, second, k = _distinct(rng, 4)
    return _mlp(rng, [d, first, second, k], int(rng.integers(4, 7)))


def _single_layer(rng):
    """No hidden layer: softmax regression."""
    return _mlp(rng, _distinct(rng, 2), 5)


def _three_hidden(rng):
    return _mlp(rng, _distinct(rng, 5), 4)


def _single_sample(rng):
    return _mlp(rng, _distinct(rng, 3), 1)


def _sure_of_itself(rng):
    """The last pre-activations are too large for exp."""
    (*params, W, b), x, labels = _mlp(rng, _distinct(rng, 3), 4)
    return (*params, 2000 * W, b), x, labels


def _equal_widths(rng):
    """Every transpose has a shape that fits."""
    return _mlp(rng, [4, 4, 4], 4)


def _weights_that_cancel(rng):
    """Weights so large that a small step is rounded away; the biases take back what they add.

    The first input is 1, and all others are multiples of 1/16: the pre-activations are exact.
    """
    (W, b, *params), x, labels = _mlp(rng, _distinct(rng, 3), 4)
    W, b, x = (np.round(16 * part) / 16 for part in (W, b, x))
    W[:, 0], x[:, 0] = 2.0**42, 1
    return (W, b - W[:, 0], *params), x, labels


@exercise(
    "ch03.multilayer_perceptron.backward",
    title="All of it",
    points=5,
    sources="DLNN Algorithms 4.1 and 4.2; GBC 6.5.7",
    arguments=_two_hidden,
    hidden=[
        _single_layer,
        _three_hidden,
        _single_sample,
        _sure_of_itself,
        _equal_widths,
        _weights_that_cancel,
    ],
    hints=[
        "Forward first; keep the input of every layer, a list that starts with x. The last has no tanh.",
        "Delta at the output is softmax minus one-hot, over n. A layer's gradients: delta.T @ its input, "
        "and the sum of delta over the samples.",
        "One layer down: delta @ W, times 1 - a**2 of the layer below, where a is what you kept. Collect the "
        "gradients from the last layer to the first, and turn the order around.",
    ],
    by_hand=True,
)
def mlp_backward(params, x, labels):
    """The gradient of the mean cross-entropy of a network, by hand, with NumPy alone.

    params (W1, b1, W2, b2, ...), flat, not nested, one pair or many;  each W (units, units below);
    x (n, d), labels (n,) integers.  Hidden units are tanh; the last layer is linear, and what it
    puts out, even 1000, goes into softmax and cross-entropy.  Returns (dW1, db1, dW2, db2, ...).
    """
    inputs, grads = [x], []
    *hidden, (W, b) = layers = [params[first : first + 2] for first in range(0, len(params), 2)]
    for W_hidden, b_hidden in hidden:
        inputs.append(np.tanh(inputs[-1] @ W_hidden.T + b_hidden))
    delta = _output_delta(inputs[-1] @ W.T + b, labels)
    while layers:
        (W, _), a = layers.pop(), inputs.pop()
        grads = [delta.T @ a, delta.sum(axis=0), *grads]
        delta = delta @ W * (1 - a**2)
    return tuple(grads)


def _output_delta(s, labels):
    """dR/ds of the mean cross-entropy: softmax minus one-hot, over n."""
    return (_softmax(s) - np.eye(s.shape[1])[labels]) / len(s)


def _wrong_pass(params, x, labels, *, slope=lambda a: 1 - a**2, share=_output_delta):
    """The reference with one of its parts replaced."""
    weights, biases = params[::2], params[1::2]
    inputs = [x]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        inputs.append(np.tanh(inputs[-1] @ W.T + b))
    delta = share(inputs[-1] @ weights[-1].T + biases[-1], labels)
    grads = []
    for W, a in zip(weights[::-1], inputs[::-1], strict=True):
        grads = [delta.T @ a, delta.sum(axis=0), *grads]
        delta = delta @ W * slope(a)
    return tuple(grads)


@mistake(mlp_backward, "it sums over the samples: the risk is a mean")
def _sum_of_samples(params, x, labels):
    return tuple(len(x) * grad for grad in mlp_backward(params, x, labels))


@mistake(mlp_backward, "its dW are right, its db are means: the mean is in delta already, and counts twice")
def _means_of_biases(params, x, labels):
    grads = mlp_backward(params, x, labels)
    return tuple(grad / len(x) if grad.ndim == 1 else grad for grad in grads)


@mistake(mlp_backward, "it divides by n twice")
def _twice(params, x, labels):
    return tuple(grad / len(x) for grad in mlp_backward(params, x, labels))


@mistake(mlp_backward, "it divides by n at the last layer alone: what goes further down was not divided")
def _mean_at_the_last_layer(params, x, labels):
    *below, dW, db = mlp_backward(params, x, labels)
    return (*[len(x) * grad for grad in below], dW, db)


@mistake(mlp_backward, "below the last layer the slopes of tanh are missing")
def _linear_units(params, x, labels):
    return _wrong_pass(params, x, labels, slope=np.ones_like)


@mistake(mlp_backward, "its slopes are those of the logistic function, a (1 - a): the hidden units are tanh")
def _logistic_units(params, x, labels):
    return _wrong_pass(params, x, labels, slope=lambda a: a * (1 - a))


@mistake(mlp_backward, "it takes the tanh of what is a tanh already, and only then squares it")
def _tanh_twice(params, x, labels):
    return _wrong_pass(params, x, labels, slope=lambda a: 1 - np.tanh(a) ** 2)


@mistake(mlp_backward, "its output delta is softmax alone: the targets are missing")
def _no_targets(params, x, labels):
    return _wrong_pass(params, x, labels, share=lambda s, labels: _softmax(s) / len(s))


@mistake(mlp_backward, "its output delta is that of a linear output with squared error: s goes into softmax")
def _squared_error(params, x, labels):
    return _wrong_pass(params, x, labels, share=lambda s, labels: (s - np.eye(s.shape[1])[labels]) / len(s))


@mistake(mlp_backward, "its output delta is the printed one, times a (1 - a): the softmax is used up already")
def _slope_at_the_output(params, x, labels):
    def share(s, labels):
        p = _softmax(s)
        return _output_delta(s, labels) * p * (1 - p)

    return _wrong_pass(params, x, labels, share=share)


@mistake(mlp_backward, "its softmax overflows: exp(1000) is no number any more")
def _overflow(params, x, labels):
    def share(s, labels):
        e = np.exp(s)
        return (e / e.sum(axis=1, keepdims=True) - np.eye(s.shape[1])[labels]) / len(s)

    return _wrong_pass(params, x, labels, share=share)


@mistake(mlp_backward, "softmax is taken over the samples: each row is a distribution")
def _softmax_of_columns(params, x, labels):
    def share(s, labels):
        return (_softmax(s.T).T - np.eye(s.shape[1])[labels]) / len(s)

    return _wrong_pass(params, x, labels, share=share)


@mistake(mlp_backward, "the signs are turned: that is the way down, the gradient points up")
def _descent(params, x, labels):
    return tuple(-grad for grad in mlp_backward(params, x, labels))


@mistake(mlp_backward, "the gradients come in the order of the way back, last layer first")
def _backward_order(params, x, labels):
    grads = mlp_backward(params, x, labels)
    layers = list(zip(grads[::2], grads[1::2], strict=True))
    return tuple(grad for layer in layers[::-1] for grad in layer)


@mistake(mlp_backward, "the gradients of the weights are transposed")
def _transposed(params, x, labels):
    grads = mlp_backward(params, x, labels)
    return tuple(grad.T for grad in grads)


@mistake(mlp_backward, "the last layer got a tanh as well: softmax takes its pre-activations")
def _tanh_at_the_output(params, x, labels):
    def share(s, labels):
        a = np.tanh(s)
        return _output_delta(a, labels) * (1 - a**2)

    return _wrong_pass(params, x, labels, share=share)


@mistake(
    mlp_backward,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _central_differences(params, x, labels):
    def risk(number, part):
        parts = [*params[:number], part, *params[number + 1 :]]
        a = s = x
        for W, b in zip(parts[::2], parts[1::2], strict=True):
            s = a @ W.T + b
            a = np.tanh(s)
        s = s - s.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(s)), labels])

    return tuple(gradient(lambda z, k=k: risk(k, z), part) for k, part in enumerate(params))
