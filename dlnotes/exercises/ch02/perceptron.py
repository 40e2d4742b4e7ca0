"""Exercises of ch02/02_perceptron."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _sample(rng, least, most):
    """Weights, and a sample whose y w.x lies between `least` and `most`."""
    lr, rightness = rng.uniform(0.1, 0.9), rng.uniform(least, most)
    w, x = rng.normal(size=(2, rng.integers(3, 6)))
    y = int(rng.choice([-1, 1]))
    return w, x + (y * rightness - w @ x) / (w @ w) * w, y, lr


def _right_or_wrong(rng):
    return _sample(rng, -3, 3)


def _clearly_right(rng):
    return _sample(rng, 1.2, 3)


def _barely_right(rng):
    return _sample(rng, 0.05, 0.4)


def _barely_wrong(rng):
    return _sample(rng, -0.4, -0.05)


def _start_at_zero(rng):
    w, x, y, lr = _right_or_wrong(rng)
    return np.zeros_like(w), x, y, lr


def _exactly_on_the_line(rng):
    w, x, y, lr = _right_or_wrong(rng)
    w[-1], x[:-1] = 0, 0
    return w, x, y, lr


@exercise(
    "ch02.perceptron.update",
    title="The rule",
    points=2,
    sources="DLNN (4.23)",
    arguments=_right_or_wrong,
    hidden=[_start_at_zero, _exactly_on_the_line, _clearly_right, _barely_right, _barely_wrong],
    hints=[
        "Two cases: the sample is right, and nothing happens; or it is not, and something is added to w.",
        "It is wrong where y and w.x have different signs; their product tells, zero included.",
        "What is added points along the sample x, toward its own side, which is y, and is scaled by lr.",
    ],
)
def perceptron_update(w, x, y, lr):
    """The weights after one look at the sample x (d,) with label y in {-1, 1}.

    w (d,); lr, the learning rate; returns new weights (d,), or w itself where the sample is right.
    """
    if y * (w @ x) <= 0:
        return w + lr * y * x
    return w


@mistake(perceptron_update, "it moves w for every sample: one that is right already should leave w alone")
def _always(w, x, y, lr):
    return w + lr * y * x


@mistake(perceptron_update, "it moves w away from the sample's own side: look at the sign of the step")
def _away(w, x, y, lr):
    return w - lr * y * x if y * (w @ x) <= 0 else w


@mistake(perceptron_update, "it leaves w alone where y w.x is exactly 0: from w = 0 it would never move")
def _stuck_at_zero(w, x, y, lr):
    return w + lr * y * x if y * (w @ x) < 0 else w


@mistake(perceptron_update, "it takes a sample on the line for a positive one: on the line no label is right")
def _line_is_positive(w, x, y, lr):
    return w + lr * y * x if (1 if w @ x >= 0 else -1) != y else w


@mistake(perceptron_update, "it takes a sample on the line for a negative one: on the line no label is right")
def _line_is_negative(w, x, y, lr):
    return w + lr * y * x if (1 if w @ x > 0 else -1) != y else w


@mistake(perceptron_update, "it corrects the samples that are right, and leaves the wrong ones")
def _upside_down(w, x, y, lr):
    return w + lr * y * x if y * (w @ x) > 0 else w


@mistake(perceptron_update, "it also moves w for samples that are right but near the line")
def _too_strict(w, x, y, lr):
    return w + lr * y * x if y * (w @ x) < 1 else w


@mistake(perceptron_update, "its step is twice as long: for labels -1 and 1, label minus answer is 2 or -2")
def _label_minus_answer(w, x, y, lr):
    return w + lr * (y - np.sign(w @ x)) * x


@mistake(perceptron_update, "its step is twice as long, and on the line it takes the answer for 1")
def _label_minus_positive(w, x, y, lr):
    return w + lr * (y - (1 if w @ x >= 0 else -1)) * x


@mistake(perceptron_update, "its step is twice as long, and on the line it takes the answer for -1")
def _label_minus_negative(w, x, y, lr):
    return w + lr * (y - (1 if w @ x > 0 else -1)) * x


@mistake(perceptron_update, "it tests w.x without y: where y = -1 a negative w.x is right")
def _tests_without_label(w, x, y, lr):
    return w + lr * y * x if w @ x <= 0 else w


@mistake(perceptron_update, "its step grows with y - w.x: that is the rule of the linear neuron")
def _delta_rule(w, x, y, lr):
    return w + lr * (y - w @ x) * x


@mistake(perceptron_update, "its step does not depend on lr")
def _without_rate(w, x, y, lr):
    return w + y * x if y * (w @ x) <= 0 else w


@mistake(perceptron_update, "it adds the sample whatever its label: for y = -1 the step points the other way")
def _without_label(w, x, y, lr):
    return w + lr * x if y * (w @ x) <= 0 else w


@mistake(perceptron_update, "it changes w in place: the caller's weights are lost; make a new array")
def _in_place(w, x, y, lr):
    if y * (w @ x) <= 0:
        w += lr * y * x
    return w


@mistake(perceptron_update, "it returns the step alone, not the weights after it")
def _step_alone(w, x, y, lr):
    return lr * y * x if y * (w @ x) <= 0 else 0 * w


def _labeled(rng):
    d = rng.integers(2, 5)
    w, x = rng.normal(size=d), rng.normal(size=(rng.integers(5, 10), d))
    return w, x, np.where(np.arange(len(x)) % 3 == 0, -1, 1)


def _two_on_the_line(rng):
    """Two samples exactly on the line, one of each label."""
    w, x, y = _labeled(rng)
    w[-1], x[3:5, :-1] = 0, 0
    return w, x, y


def _all_right(rng):
    w, x, _ = _labeled(rng)
    return w, x, np.where(x @ w > 0, 1, -1)


@exercise(
    "ch02.perceptron.gradient",
    title="All mistakes at once",
    points=3,
    sources="DLNN (4.21), (4.22)",
    arguments=_labeled,
    hidden=[_two_on_the_line, _all_right],
    hints=[
        "The gradient of a sum is the sum of the gradients; a right sample contributes nothing.",
        "First find the wrong samples: y * (x @ w) is a number for each row. Which ones does the text count?",
        "A wrong sample contributes -y x. Select the wrong rows, scale each with its label, and sum them.",
    ],
)
def perceptron_gradient(w, x, y):
    """dR/dw (d,), summed over the wrong samples: w (d,), x (n, d), y (n,) in {-1, 1}."""
    wrong = y * (x @ w) <= 0
    return -(x[wrong] * y[wrong, None]).sum(axis=0)


@mistake(perceptron_gradient, "that is the step of the rule, minus the gradient: the sign is turned")
def _descent_direction(w, x, y):
    wrong = y * (x @ w) <= 0
    return y[wrong] @ x[wrong]


@mistake(perceptron_gradient, "it averages over the samples: the empirical error here is a sum, DLNN (4.21)")
def _mean(w, x, y):
    return -((y * (x @ w) <= 0) * y) @ x / len(x)


@mistake(perceptron_gradient, "it averages over the wrong samples: the empirical error here is their sum")
def _mean_of_wrong(w, x, y):
    wrong = y * (x @ w) <= 0
    return -(y[wrong, None] * x[wrong]).mean(axis=0)


@mistake(perceptron_gradient, "it leaves out the samples exactly on the line, which the text counts as wrong")
def _strict(w, x, y):
    wrong = y * (x @ w) < 0
    return -y[wrong] @ x[wrong]


@mistake(perceptron_gradient, "it counts a sample exactly on the line as wrong only where its label is -1")
def _line_is_positive(w, x, y):
    wrong = np.where(x @ w >= 0, 1, -1) != y
    return -y[wrong] @ x[wrong]


@mistake(perceptron_gradient, "it sums over the samples that are right instead of the wrong ones")
def _right_ones(w, x, y):
    right = y * (x @ w) > 0
    return -y[right] @ x[right]


@mistake(perceptron_gradient, "it sums over all samples: those that are right have no loss, and no gradient")
def _all_samples(w, x, y):
    return -y @ x


@mistake(perceptron_gradient, "it sums the wrong samples without their labels")
def _no_labels(w, x, y):
    return -x[y * (x @ w) <= 0].sum(axis=0)


@mistake(perceptron_gradient, "a row for each sample is left: sum over them")
def _not_summed(w, x, y):
    return -np.where(y * (x @ w) <= 0, y, 0)[:, None] * x


@mistake(perceptron_gradient, "it sums along each row, over the features: the sum goes over the samples")
def _over_features(w, x, y):
    return -(np.where(y * (x @ w) <= 0, y, 0)[:, None] * x).sum(axis=1)


@mistake(perceptron_gradient, "that is the error R itself, not its gradient, an entry for each weight")
def _error(w, x, y):
    return np.maximum(0, -y * (x @ w)).sum()


def _separated(rng):
    """A w_hat of any length, and samples of both classes that lie well apart from its line."""
    d = rng.integers(2, 5)
    w_hat, x = rng.normal(size=d), rng.normal(size=(rng.integers(6, 11), d))
    w_hat = w_hat / np.linalg.norm(w_hat)
    y = np.where(np.arange(len(x)) % 3 == 0, -1, 1)
    x = x + (y * rng.uniform(0.2, 1.5, size=len(x)) - x @ w_hat)[:, None] * w_hat
    return rng.uniform(1.5, 4) * w_hat, x, y


def _one_class(rng):
    """Every label is -1, so that every w_hat.x is negative."""
    w_hat, x, y = _separated(rng)
    return w_hat, -y[:, None] * x, -np.ones(len(x), int)


def _closest_is_longest(rng):
    """The sample with the smallest margin is also the longest."""
    w_hat, x, y = _separated(rng)
    unit = w_hat / np.linalg.norm(w_hat)
    along = x[2] - x[2] @ unit * unit
    x[2] = 1.5 * np.linalg.norm(x, axis=1).max() * along / np.linalg.norm(along) + 0.15 * y[2] * unit
    return w_hat, x, y


@exercise(
    "ch02.perceptron.bound",
    title="The bound",
    points=3,
    sources="DLNN (4.28), (4.33)",
    arguments=_separated,
    hidden=[_one_class, _closest_is_longest],
    hints=[
        "Set tau gamma = sqrt(tau) |x_max| and solve for tau: that is the bound for a w_hat of length 1.",
        "gamma is the smallest y w_hat.x over the samples; it doubles with w_hat, and so does its length.",
        "So divide gamma by the length of w_hat before you use it. And all of it is squared.",
    ],
)
def update_bound(w_hat, x, y):
    """What the theorem says the number of updates cannot exceed, from a separating w_hat (d,).

    x (n, d), y (n,) in {-1, 1}.  The bound itself, not rounded.  DLNN (4.28), (4.33)
    """
    margin = (y * (x @ w_hat)).min()
    longest = np.linalg.norm(x, axis=1).max()
    return (np.linalg.norm(w_hat) * longest / margin) ** 2


@mistake(update_bound, "it changes when w_hat is doubled: gamma is meant for a w_hat of length 1")
def _length_forgotten(w_hat, x, y):
    return (np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).min()) ** 2


@mistake(update_bound, "it multiplies gamma by the length of w_hat, so that doubling w_hat counts twice")
def _length_upside_down(w_hat, x, y):
    return (np.linalg.norm(x, axis=1).max() / (np.linalg.norm(w_hat) * (y * (x @ w_hat)).min())) ** 2


@mistake(update_bound, "it is the square root of the bound")
def _root(w_hat, x, y):
    return np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).min()


@mistake(update_bound, "it is one over the bound: a smaller margin has to allow more updates")
def _inverse(w_hat, x, y):
    return ((y * (x @ w_hat)).min() / np.linalg.norm(x, axis=1).max() / np.linalg.norm(w_hat)) ** 2


@mistake(update_bound, "it takes the mean margin: the proof needs the sample with the smallest")
def _mean_margin(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).mean()) ** 2


@mistake(update_bound, "it takes the length of all of x as one matrix: the proof needs the longest row")
def _matrix_norm(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.linalg.norm(x) / (y * (x @ w_hat)).min()) ** 2


@mistake(update_bound, "it takes the largest margin: the proof needs the sample with the smallest")
def _largest_margin(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).max()) ** 2


@mistake(update_bound, "it leaves the labels out of gamma: w_hat.x is negative where y = -1")
def _without_labels(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (x @ w_hat).min()) ** 2


@mistake(update_bound, "it takes the length of the columns of x: a sample is a row")
def _columns(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.linalg.norm(x, axis=0).max() / (y * (x @ w_hat)).min()) ** 2


@mistake(update_bound, "it takes the largest entry of x for the length of the longest sample")
def _largest_entry(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.abs(x).max() / (y * (x @ w_hat)).min()) ** 2


@mistake(
    update_bound, "it takes length and margin of the same sample: the longest and the closest may be two"
)
def _same_sample(w_hat, x, y):
    return ((np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1) / (y * (x @ w_hat))) ** 2).max()


@mistake(update_bound, "gamma is squared, the length of the longest sample is not: all of it is squared")
def _longest_not_squared(w_hat, x, y):
    return np.linalg.norm(x, axis=1).max() * (np.linalg.norm(w_hat) / (y * (x @ w_hat)).min()) ** 2


@mistake(update_bound, "the length of the longest sample is squared, gamma is not: all of it is squared")
def _margin_not_squared(w_hat, x, y):
    return np.linalg.norm(x, axis=1).max() ** 2 * np.linalg.norm(w_hat) / (y * (x @ w_hat)).min()


@mistake(update_bound, "the length of w_hat is not squared: all of it is squared")
def _w_hat_not_squared(w_hat, x, y):
    return np.linalg.norm(w_hat) * (np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).min()) ** 2


@mistake(update_bound, "what stands below the line is squared, what stands above it is not: all of it is")
def _square_below(w_hat, x, y):
    return np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).min() ** 2


@mistake(update_bound, "what stands above the line is squared, what stands below it is not: all of it is")
def _square_above(w_hat, x, y):
    return (np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max()) ** 2 / (y * (x @ w_hat)).min()


@mistake(update_bound, "it is rounded up: the bound itself is wanted")
def _rounded_up(w_hat, x, y):
    return np.ceil((np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).min()) ** 2)


@mistake(update_bound, "it is rounded down: the bound itself is wanted")
def _rounded(w_hat, x, y):
    return np.floor((np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / (y * (x @ w_hat)).min()) ** 2)
