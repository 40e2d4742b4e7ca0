"""Exercises of ch03/09_universal_approximation."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _points(rng):
    r = rng.integers(5, 9)
    u = np.cumsum(rng.uniform(0.3, 1.5, size=r)) + rng.normal()
    return u, 2 * rng.normal(size=r)


def _two_points(rng):
    u, v = _points(rng)
    return u[:2], v[:2]


@exercise(
    "ch03.universal_approximation.interpolant",
    title="The output weights",
    points=2,
    sources="MEDL 5.2",
    by_hand=True,
    arguments=_points,
    hidden=[_two_points],
    hints=[
        "From point to point the network is a line. How many lines are there, and what are their slopes?",
        "Each unit switches on at its u_i and adds its weight to the slope: a weight is a change of slope.",
        "Before u_1 the slope is 0, so the first slope is a change, too: np.diff has a `prepend`.",
    ],
)
def interpolant_weights(u, v):
    """The output weights (r - 1,) of units relu(x - u_i), i < r, that lead through the points.

    u (r,) increasing, v (r,).  The output bias is v_1.  MEDL 5.2
    By hand, with NumPy alone.
    """
    slopes = np.diff(v) / np.diff(u)
    return np.diff(slopes, prepend=0)


@mistake(
    interpolant_weights,
    "those are the slopes: once a unit is on it stays on, and its weight is added to them",
)
def _slopes(u, v):
    return np.diff(v) / np.diff(u)


@mistake(interpolant_weights, "the slopes are not divided by the distances of the points")
def _rises(u, v):
    return np.diff(np.diff(v), prepend=0)


@mistake(
    interpolant_weights,
    "the first weight is missing: before u_1 the network is flat, so the slope changes there, too",
)
def _without_first(u, v):
    return np.diff(np.diff(v) / np.diff(u))


@mistake(
    interpolant_weights, "each change of slope has the wrong sign: the new slope minus the old one is wanted"
)
def _upside_down(u, v):
    return -np.diff(np.diff(v) / np.diff(u), prepend=0)


@mistake(interpolant_weights, "the slopes are upside down: rise over distance, not distance over rise")
def _inverse(u, v):
    return np.diff(np.diff(u) / np.diff(v), prepend=0)


@mistake(
    interpolant_weights,
    "a last weight was added at u_r: the last line goes on, and there are only r - 1 units",
)
def _bend_at_the_end(u, v):
    return np.diff(np.diff(v) / np.diff(u), prepend=0, append=0)


@mistake(interpolant_weights, "the slopes are summed up: a weight is the difference of two of them")
def _sums(u, v):
    return np.cumsum(np.diff(v) / np.diff(u))


def _accuracy(rng):
    return rng.uniform(1, 30), rng.uniform(1.5, 6), rng.uniform(1e-4, 1e-2)


def _exactly_enough(rng):
    units = int(rng.integers(2, 20))
    return 8.0, float(2 ** rng.integers(0, 3) * units), float(4.0 ** rng.integers(0, 2))


@exercise(
    "ch03.universal_approximation.units",
    title="How many units",
    points=2,
    sources="Strang VII.1 (9)",
    by_hand=True,
    arguments=_accuracy,
    hidden=[_exactly_enough],
    hints=[
        "Start from the bound: bend h² / 8 must not exceed the error. How large may h be?",
        "That many pieces of length h have to cover the interval; each piece has a unit.",
        "Pieces come whole, and too few are not enough: round up, with np.ceil.",
    ],
)
def units_for_accuracy(bend, length, error):
    """The fewest ReLU units whose evenly spaced copy of f is guaranteed to err by at most `error`.

    bend = max |f''|, on an interval of the given length.  A whole number.  Strang VII.1 (9)
    By hand, with NumPy alone.
    """
    return np.ceil(length * np.sqrt(bend / (8 * error)))


@mistake(
    units_for_accuracy, "those are the points: n lines join n + 1 points, and the last point needs no unit"
)
def _number_of_points(bend, length, error):
    return np.ceil(length * np.sqrt(bend / (8 * error))) + 1


@mistake(units_for_accuracy, "it rounds down: with the last unit missing, the bound is above the error")
def _floor(bend, length, error):
    return np.floor(length * np.sqrt(bend / (8 * error)))


@mistake(units_for_accuracy, "it is no whole number: there is no half unit")
def _not_rounded(bend, length, error):
    return length * np.sqrt(bend / (8 * error))


@mistake(units_for_accuracy, "the square root is missing: the error goes with the square of the distance")
def _no_root(bend, length, error):
    return np.ceil(length * bend / (8 * error))


@mistake(units_for_accuracy, "its bound is bend h² alone: read once more what stands below it")
def _no_eight(bend, length, error):
    return np.ceil(length * np.sqrt(bend / error))


@mistake(units_for_accuracy, "its bound is that of a tangent: a chord is held at both ends, and errs less")
def _two(bend, length, error):
    return np.ceil(length * np.sqrt(bend / (2 * error)))


@mistake(units_for_accuracy, "it takes the interval to have length 1")
def _unit_interval(bend, length, error):
    return np.ceil(np.sqrt(bend / (8 * error)))


@mistake(
    units_for_accuracy, "the length stands under the root: it is the distance h that is squared in the bound"
)
def _length_under_root(bend, length, error):
    return np.ceil(np.sqrt(length * bend / (8 * error)))


@mistake(units_for_accuracy, "that is the distance of the points, not their number")
def _distance(bend, length, error):
    return np.sqrt(8 * error / bend)


def _factors(rng):
    x1, x2 = rng.normal(size=(2, rng.integers(4, 8)))
    return x1, x2, rng.uniform(0.3, 0.9)


def _single_numbers(rng):
    return rng.uniform(0.5, 2), -rng.uniform(0.5, 2), rng.uniform(0.3, 0.9)


@exercise(
    "ch03.universal_approximation.gate",
    title="A product from four units",
    points=3,
    sources="MEDL (5.12)-(5.15)",
    by_hand=True,
    arguments=_factors,
    hidden=[_single_numbers],
    hints=[
        "Four pre-activations: scale times x1 + x2, its negative, x1 - x2, its negative.",
        "The two units with the sum count positive, the two with the difference negative.",
        "Divide by 4 scale² σ''(0). The derivative of softplus is the sigmoid; its slope at 0 is 1/4.",
    ],
)
def softplus_product(x1, x2, scale):
    """What four softplus units make of x1 and x2 (n,), nearly x1 x2: MEDL (5.14) with λ = scale.

    By hand, with NumPy alone.
    """
    plus, minus = scale * (x1 + x2), scale * (x1 - x2)
    total = np.logaddexp(0, plus) + np.logaddexp(0, -plus) - np.logaddexp(0, minus) - np.logaddexp(0, -minus)
    return total / scale**2


@mistake(
    softplus_product, "that is x1 x2 itself: the output of the four units is asked for, which is a little off"
)
def _exact(x1, x2, scale):
    return x1 * x2


@mistake(softplus_product, "it is 4 times too small: it takes 1 for the bend of softplus at 0")
def _bend_one(x1, x2, scale):
    return softplus_product(x1, x2, scale) / 4


@mistake(
    softplus_product,
    "it is half as large: it takes 1/2 for the bend of softplus at 0, which is its slope there",
)
def _bend_half(x1, x2, scale):
    return softplus_product(x1, x2, scale) / 2


@mistake(
    softplus_product,
    "it is 4 times too large: each of the four units brings a share of x1 x2, and the shares add up",
)
def _no_four(x1, x2, scale):
    return 4 * softplus_product(x1, x2, scale)


@mistake(
    softplus_product,
    "it divides by the scale once: squares were scaled, so the square of the scale is in the sum",
)
def _scale_once(x1, x2, scale):
    return scale * softplus_product(x1, x2, scale)


@mistake(softplus_product, "it does not divide by the square of the scale")
def _not_scaled_back(x1, x2, scale):
    return scale**2 * softplus_product(x1, x2, scale)


@mistake(softplus_product, "it has the wrong sign: the units with the sum count positive")
def _swapped(x1, x2, scale):
    return -softplus_product(x1, x2, scale)


@mistake(softplus_product, "the two units with negated inputs are missing: they cancel the odd powers")
def _two_units(x1, x2, scale):
    plus, minus = scale * (x1 + x2), scale * (x1 - x2)
    return (np.logaddexp(0, plus) - np.logaddexp(0, minus)) / scale**2


@mistake(softplus_product, "all four units count positive: the squares of x1 and x2 do not cancel")
def _all_positive(x1, x2, scale):
    plus, minus = scale * (x1 + x2), scale * (x1 - x2)
    total = np.logaddexp(0, plus) + np.logaddexp(0, -plus) + np.logaddexp(0, minus) + np.logaddexp(0, -minus)
    return total / scale**2


@mistake(softplus_product, "the signs go + - + -: then only what is odd is left, and the squares cancel")
def _alternating(x1, x2, scale):
    plus, minus = scale * (x1 + x2), scale * (x1 - x2)
    total = np.logaddexp(0, plus) - np.logaddexp(0, -plus) + np.logaddexp(0, minus) - np.logaddexp(0, -minus)
    return total / scale**2


@mistake(softplus_product, "the scale is not in the pre-activations")
def _scale_outside(x1, x2, scale):
    return softplus_product(x1, x2, 1.0) / scale**2


@mistake(softplus_product, "the scale is not used at all")
def _no_scale(x1, x2, scale):
    return softplus_product(x1, x2, 1.0)


def _orders(rng):
    return (
        int(rng.integers(20, 300)),
        int(2 ** rng.integers(3, 8) + rng.integers(1, 4)),
        int(rng.integers(8, 60)),
    )


def _a_power_of_two(rng):
    p, _, units = _orders(rng)
    return p, int(2 ** rng.integers(2, 8)), units


@exercise(
    "ch03.universal_approximation.size",
    title="Repair the count",
    points=2,
    sources="MEDL 5.2",
    by_hand=True,
    arguments=_orders,
    hidden=[_a_power_of_two],
    hints=[
        "Hidden layer k reaches order 2^k. Which is the first k with 2^k >= order?",
        "The first hidden layer sees p inputs, each further one sees the units of the one before.",
        "Every unit has a bias. And there is an output layer: one unit on top of the last hidden layer.",
    ],
)
def deep_product_size(p, order, units):
    """The number of parameters, biases too, of a network for products of up to `order` inputs.

    p inputs, `units` in each hidden layer, one linear output; as few hidden layers k as reach
    2^k >= order.  By hand, with NumPy alone.
    """
    hidden = int(np.ceil(np.log2(order)))
    return (p + 1) * units + (hidden - 1) * (units + 1) * units + units + 1


@mistake(deep_product_size, "that is L N², MEDL's estimate: it forgets the first layer, the largest")
def _estimate(p, order, units):
    return (int(np.ceil(np.log2(order))) + 1) * units**2


@mistake(
    deep_product_size, "that is N² for each hidden layer: the first layer has p inputs, and biases count, too"
)
def _estimate_hidden(p, order, units):
    return int(np.ceil(np.log2(order))) * units**2


@mistake(
    deep_product_size,
    "it has one hidden layer too many: the output layer doubles nothing, but it is not hidden",
)
def _one_more(p, order, units):
    return deep_product_size(p, 2 * order, units)


@mistake(deep_product_size, "it has one hidden layer too few: the output layer multiplies nothing")
def _one_less(p, order, units):
    return deep_product_size(p, order / 2, units)


@mistake(deep_product_size, "it rounds the number of layers down: the order is not reached")
def _rounded_down(p, order, units):
    hidden = int(np.floor(np.log2(order)))
    return (p + 1) * units + (hidden - 1) * (units + 1) * units + units + 1


@mistake(deep_product_size, "the biases are missing")
def _no_biases(p, order, units):
    return p * units + (int(np.ceil(np.log2(order))) - 1) * units**2 + units


@mistake(deep_product_size, "the output layer is missing")
def _no_output(p, order, units):
    return deep_product_size(p, order, units) - units - 1


@mistake(deep_product_size, "it takes one hidden layer for each factor: layers double the order")
def _linear_depth(p, order, units):
    return (p + 1) * units + (order - 1) * (units + 1) * units + units + 1


@mistake(deep_product_size, "every layer has p inputs in it: only the first one sees them")
def _all_see_inputs(p, order, units):
    return int(np.ceil(np.log2(order))) * (p + 1) * units + units + 1
