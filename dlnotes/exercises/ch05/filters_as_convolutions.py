"""Exercises of ch05/02_filters_as_convolutions."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _picture_and_passes(rng):
    """Weights without symmetry, of two different lengths; four sizes, no two the same."""
    h, w = rng.permutation([7, 8, 9])[:2]
    down, across = rng.permutation([2, 4])
    return rng.normal(scale=2, size=(h, w)), rng.normal(size=down), rng.normal(size=across)


def _equally_long_passes(rng):
    x, _, _ = _picture_and_passes(rng)
    return x, rng.normal(size=3), rng.normal(size=3)


def _pass_of_one_weight(rng):
    x, down, _ = _picture_and_passes(rng)
    return x, down, 1 + rng.random(1)


def _weights_of_sum_zero(rng):
    """A difference across: its sum is 0, and nothing can be divided by it."""
    x, down, _ = _picture_and_passes(rng)
    return x, down, np.array([-1.0, 0.25, 0.75])


@exercise(
    "ch05.filters_as_convolutions.separable",
    title="Two passes for one",
    points=3,
    sources="Strang VII.2 (3)",
    arguments=_picture_and_passes,
    hidden=[_equally_long_passes, _pass_of_one_weight, _weights_of_sum_zero],
    hints=[
        "First the rows alone: each becomes a row of sums with the weights `across`, and is shorter.",
        "Then the columns of what came out, with the weights `down`. The order does not matter.",
        "np.lib.stride_tricks.sliding_window_view(x, k, axis=1) puts each stretch of k pixels on an axis.",
    ],
    by_hand=True,
)
def separable_filter(x, down, across):
    """The cross-correlation of x with w[u, v] = down[u] across[v], all of w inside x.  NumPy alone.

    x (height, width);  down (k,), across (m,);  returns (height - k + 1, width - m + 1).
    Two passes with k + m products for each pixel do; one pass with k m is right, too, and slower.
    """
    rows = np.lib.stride_tricks.sliding_window_view(x, len(across), axis=1) @ across
    return np.lib.stride_tricks.sliding_window_view(rows, len(down), axis=0) @ down


def _one_pass(x, weights, axis):
    return np.lib.stride_tricks.sliding_window_view(x, len(weights), axis=axis) @ weights


@mistake(separable_filter, "it turns the weights around in both passes: that is a convolution")
def _both_turned(x, down, across):
    return _one_pass(_one_pass(x, across[::-1], 1), down[::-1], 0)


@mistake(separable_filter, "it turns the weights around in the pass along the rows")
def _across_turned(x, down, across):
    return _one_pass(_one_pass(x, across[::-1], 1), down, 0)


@mistake(separable_filter, "it turns the weights around in the pass along the columns")
def _down_turned(x, down, across):
    return _one_pass(_one_pass(x, across, 1), down[::-1], 0)


@mistake(
    separable_filter, "it confuses the axes: `down` goes with the rows of the kernel, from top to bottom"
)
def _axes_confused(x, down, across):
    return _one_pass(_one_pass(x, down, 1), across, 0)


@mistake(separable_filter, "the pass along the columns is missing")
def _only_across(x, down, across):
    return _one_pass(x, across, 1)


@mistake(separable_filter, "the pass along the rows is missing")
def _only_down(x, down, across):
    return _one_pass(x, down, 0)


@mistake(
    separable_filter, "both passes read x, and their sum is no product: the second reads what the first made"
)
def _passes_added(x, down, across):
    one, other = _one_pass(x, across, 1), _one_pass(x, down, 0)
    return one[: other.shape[0]] + other[:, : one.shape[1]]


@mistake(separable_filter, "it divides by the sums of the weights: they are to be taken as they are")
def _made_to_sum_one(x, down, across):
    total = (down.sum() * across.sum()) or 1.0
    return _one_pass(_one_pass(x, across, 1), down, 0) / (total if abs(total) > 1e-9 else 1.0)


@mistake(separable_filter, "its kernel hangs over the edge: only windows inside the picture are asked for")
def _over_the_edge(x, down, across):
    padded = np.pad(x, [(len(down) - 1,) * 2, (len(across) - 1,) * 2])
    return _one_pass(_one_pass(padded, across, 1), down, 0)


def _any_picture(rng):
    h, w = rng.permutation([5, 6, 7, 8])[:2]
    return (rng.normal(size=(h, w)),)


def _ramp(rng):
    """A plane: its slopes are the same everywhere, and known."""
    (x,) = _any_picture(rng)
    down, across = rng.normal(size=2)
    return (down * np.arange(len(x))[:, None] + across * np.arange(x.shape[1]) + rng.normal(),)


def _square_picture(rng):
    return (rng.normal(size=(6, 6)),)


def _one_window(rng):
    return (rng.normal(size=(3, 3)),)


@exercise(
    "ch05.filters_as_convolutions.sobel",
    title="Sobel's slopes, to scale",
    points=2,
    sources="Strang VII.2 (4), Problem VII.2.2",
    arguments=_any_picture,
    hidden=[_ramp, _square_picture, _one_window],
    hints=[
        "Put the printed kernel on the ramp x[i, j] = j, whose slope across is 1. What comes out?",
        "What comes out is 4: the weights of the three rows add up, and each difference spans two pixels.",
        "The other kernel is the first one transposed: it takes the row below minus the row above.",
    ],
    by_hand=True,
)
def sobel_slopes(x):
    """The slopes of x by the two Sobel kernels, so scaled that a ramp of 1 a pixel has slope 1.

    x (h, w), at least 3 x 3, row 0 on top.  Returns (across, down), each (h - 2, w - 2): across
    is positive where x rises to the right, down where it rises toward the bottom.  NumPy alone.
    """
    rows = x[:-2] + 2 * x[1:-1] + x[2:]
    columns = x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]
    return (rows[:, 2:] - rows[:, :-2]) / 8, (columns[2:] - columns[:-2]) / 8


def _scaled_slopes(x, factor, middle=2):
    rows = x[:-2] + middle * x[1:-1] + x[2:]
    columns = x[:, :-2] + middle * x[:, 1:-1] + x[:, 2:]
    return factor * (rows[:, 2:] - rows[:, :-2]), factor * (columns[2:] - columns[:-2])


@mistake(sobel_slopes, "with the printed factor 1/2 a ramp of slope 1 gets the slope 4")
def _scaled_as_printed(x):
    return _scaled_slopes(x, 1 / 2)


@mistake(sobel_slopes, "the kernels are as they stand, without a factor: a ramp of slope 1 gets the slope 8")
def _no_factor(x):
    return _scaled_slopes(x, 1)


@mistake(sobel_slopes, "it divides by the weights of the rows alone: the difference spans two pixels")
def _span_forgotten(x):
    return _scaled_slopes(x, 1 / 4)


@mistake(sobel_slopes, "across and down have changed places")
def _places_changed(x):
    across, down = _scaled_slopes(x, 1 / 8)
    return down, across


@mistake(sobel_slopes, "its rows have the weights 1, 1, 1 (Prewitt's): Sobel's middle row counts twice")
def _prewitt(x):
    return _scaled_slopes(x, 1 / 6, middle=1)


@mistake(sobel_slopes, "it takes the middle row alone: a centered difference, without Sobel's smoothing")
def _centered_only(x):
    return (x[1:-1, 2:] - x[1:-1, :-2]) / 2, (x[2:, 1:-1] - x[:-2, 1:-1]) / 2


@mistake(sobel_slopes, "down has the wrong sign: row 0 is on top, and rows count downward")
def _upward(x):
    across, down = _scaled_slopes(x, 1 / 8)
    return across, -down


@mistake(sobel_slopes, "across has the wrong sign: it is the right neighbor minus the left one")
def _leftward(x):
    across, down = _scaled_slopes(x, 1 / 8)
    return -across, down


@mistake(sobel_slopes, "both have the wrong sign: turned kernels, those of a convolution, do that")
def _turned_kernels(x):
    across, down = _scaled_slopes(x, 1 / 8)
    return -across, -down


@mistake(sobel_slopes, "that is the length of the gradient: the two slopes are wanted, one by one")
def _length_only(x):
    return np.hypot(*_scaled_slopes(x, 1 / 8))


def _width_and_radius(rng):
    return rng.uniform(0.8, 2.5), int(rng.integers(2, 5))


def _where_the_print_is_nearly_right(rng):
    """sigma^2 is about 1/2."""
    return rng.uniform(0.65, 0.76), int(rng.integers(2, 6))


def _small_radius(rng):
    return rng.uniform(0.8, 2.5), 1


@exercise(
    "ch05.filters_as_convolutions.log",
    title="The Laplacian of the Gaussian, repaired",
    points=2,
    sources="Strang VII.2, below (5)",
    arguments=_width_and_radius,
    hidden=[_where_the_print_is_nearly_right, _small_radius],
    hints=[
        "dG/dx = -x / sigma^2 times G. Differentiate that once more, by the product rule.",
        "The second derivative along x is (x^2 / sigma^4 - 1 / sigma^2) G, and along y the same with y. Add.",
        "np.arange(-radius, radius + 1) are the places; as a column and as a row they make a field.",
    ],
    by_hand=True,
)
def laplacian_of_gaussian(sigma, radius):
    """The kernel of second derivatives, d2G/dx2 + d2G/dy2, at the whole numbers -radius ... radius.

    G(x, y) = exp(-(x^2 + y^2) / (2 sigma^2)) / (2 pi sigma^2).
    Returns (2 radius + 1, 2 radius + 1).  By hand, with NumPy alone.
    """
    places = np.arange(-radius, radius + 1)
    square = places[:, None] ** 2 + places**2
    return (square - 2 * sigma**2) * np.exp(-square / (2 * sigma**2)) / (2 * np.pi * sigma**6)


def _field(radius):
    places = np.arange(-radius, radius + 1)
    return places[:, None] ** 2 + places**2


def _bell(sigma, radius):
    return np.exp(-_field(radius) / (2 * sigma**2)) / (2 * np.pi * sigma**2)


@mistake(laplacian_of_gaussian, "that is the printed formula, over pi sigma^4: right for sigma^2 = 1/2 alone")
def _over_pi_sigma_4(sigma, radius):
    return (_field(radius) - 2 * sigma**2) * 2 * _bell(sigma, radius) / sigma**2


@mistake(laplacian_of_gaussian, "its center is above zero: at the top of the bell the curvature is negative")
def _upright_hat(sigma, radius):
    return (2 * sigma**2 - _field(radius)) * _bell(sigma, radius) / sigma**4


@mistake(laplacian_of_gaussian, "two axes curve: it subtracts sigma^2 once, as along a single one")
def _sigma_once(sigma, radius):
    return (_field(radius) - sigma**2) * _bell(sigma, radius) / sigma**4


@mistake(laplacian_of_gaussian, "that is the second derivative along one axis alone")
def _one_axis_only(sigma, radius):
    places = np.arange(-radius, radius + 1)
    return (places**2 - sigma**2) * _bell(sigma, radius) / sigma**4


@mistake(laplacian_of_gaussian, "that is the Gaussian itself, not its second derivatives")
def _just_the_bell(sigma, radius):
    return _bell(sigma, radius)


@mistake(laplacian_of_gaussian, "it multiplies by 1 / sigma^2 once: each of the two derivatives brings one")
def _one_division(sigma, radius):
    return (_field(radius) - 2 * sigma**2) * _bell(sigma, radius) / sigma**2


@mistake(laplacian_of_gaussian, "its bell is too narrow: the exponent has 2 sigma^2 below, not sigma^2")
def _narrow_bell(sigma, radius):
    square = _field(radius)
    return (square - 2 * sigma**2) * np.exp(-square / sigma**2) / (2 * np.pi * sigma**6)


@mistake(laplacian_of_gaussian, "the factor of the Gaussian, 1 / (2 pi sigma^2), is missing")
def _bell_of_height_one(sigma, radius):
    square = _field(radius)
    return (square - 2 * sigma**2) * np.exp(-square / (2 * sigma**2)) / sigma**4


@mistake(laplacian_of_gaussian, "it is the field of radius - 1: the last place on each side counts, too")
def _field_too_small(sigma, radius):
    inner = max(radius - 1, 0)
    return (_field(inner) - 2 * sigma**2) * _bell(sigma, inner) / sigma**4
