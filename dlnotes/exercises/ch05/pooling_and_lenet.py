"""Exercises of ch05/06_pooling_and_lenet."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _map(rng):
    """A map of even, unequal sides, and dR/d(its pooled map)."""
    p, q = rng.permutation([2, 3, 4, 5])[:2]
    return rng.normal(size=(2 * p, 2 * q)), rng.normal(size=(p, q))


def _all_negative(rng):
    x, delta = _map(rng)
    return -1 - np.abs(x), delta


def _all_positive(rng):
    x, delta = _map(rng)
    return 1 + np.abs(x), delta


def _equal_in_a_row(rng):
    """In each window the two upper entries are equal and the largest."""
    x, delta = _map(rng)
    x[::2] = np.repeat(np.abs(x[::2, ::2]) + 3, 2, axis=1)
    return x, delta


def _equal_in_a_column(rng):
    """In each window the two right entries are equal and the largest."""
    x, delta = _map(rng)
    x[:, 1::2] = np.repeat(np.abs(x[::2, 1::2]) + 3, 2, axis=0)
    return x, delta


def _equal_across(rng):
    """In each window the upper right and the lower left entry are equal and the largest."""
    x, delta = _map(rng)
    x[::2, 1::2] = x[1::2, ::2] = np.abs(x[::2, 1::2]) + 3
    return x, delta


def _all_equal(rng):
    x, delta = _map(rng)
    return np.zeros_like(x), delta


def _same_number_in_every_window(rng):
    """One value is the largest in some windows and not in others."""
    x, delta = _map(rng)
    x = np.round(2 * x) / 2
    return x, delta


def _shares(x, delta, among):
    """delta of each window, shared among its entries: among(windows (p, q, 4)) -> weights (p, q, 4)."""
    p, q = delta.shape
    windows = x.reshape(p, 2, q, 2).transpose(0, 2, 1, 3).reshape(p, q, 4)
    shared = (delta[:, :, None] * among(windows)).reshape(p, q, 2, 2)
    return shared.transpose(0, 2, 1, 3).reshape(x.shape)


def _first(windows):
    return np.arange(4) == windows.argmax(axis=-1)[..., None]


@exercise(
    "ch05.pooling_and_lenet.max_pullback",
    title="Back through max pooling",
    points=3,
    sources="DLNN 6.7; GBC 9.3; EE147 Convolutional Neural Networks and Convolution",
    arguments=_map,
    hidden=[
        _all_negative, _all_positive, _equal_in_a_row, _equal_in_a_column, _equal_across, _all_equal,
        _same_number_in_every_window,
    ],
    hints=[
        "Move one entry of x a little. Does the pooled number of its window move? Only for one of the four.",
        "For i below p, j below q: find the winner in x[2*i:2*i+2, 2*j:2*j+2], and put delta[i, j] there.",
        "argmax of the flat window gives the first winner; np.unravel_index or divmod(..., 2) its place.",
    ],
    by_hand=True,
)  # fmt: skip
def max_pool_pullback(x, delta):
    """dR/dx (2p, 2q) behind max pooling with windows of 2x2, side by side, by NumPy alone.

    x (2p, 2q), the map before pooling;  delta (p, q), dR/d(pooled map).  Where several entries of a
    window are the largest, the first of them counts: upper row first, left to right.
    """
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(delta.shape):
        down, right = divmod(x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].argmax(), 2)
        dx[2 * i + down, 2 * j + right] = delta[i, j]
    return dx


@mistake(max_pool_pullback, "of equal largest entries all get the whole delta: one window hands on one delta")
def _all_winners(x, delta):
    return _shares(x, delta, lambda windows: windows == windows.max(axis=-1, keepdims=True))


@mistake(max_pool_pullback, "equal largest entries share the delta: here the first one counts alone")
def _split_among_winners(x, delta):
    def among(windows):
        won = windows == windows.max(axis=-1, keepdims=True)
        return won / won.sum(axis=-1, keepdims=True)

    return _shares(x, delta, among)


@mistake(max_pool_pullback, "of equal largest entries it takes the last, not the first")
def _last_winner(x, delta):
    return _shares(x, delta, lambda windows: _first(windows[..., ::-1])[..., ::-1])


@mistake(max_pool_pullback, "of equal largest entries it takes the first by columns: go by rows")
def _first_by_columns(x, delta):
    order = [0, 2, 1, 3]
    return _shares(x, delta, lambda windows: _first(windows[..., order])[..., order])


@mistake(max_pool_pullback, "every entry of a window gets the delta: only one of them made the output")
def _everybody(x, delta):
    return _shares(x, delta, lambda windows: np.ones(4))


@mistake(max_pool_pullback, "it spreads the delta evenly: that is the way back through mean pooling")
def _spread(x, delta):
    return _shares(x, delta, lambda windows: np.full(4, 0.25))


@mistake(max_pool_pullback, "it hands the delta to the smallest entry of the window")
def _to_the_smallest(x, delta):
    return _shares(x, delta, lambda windows: _first(-windows))


@mistake(max_pool_pullback, "it compares absolute values: a large negative entry does not win")
def _by_size(x, delta):
    return _shares(x, delta, lambda windows: _first(np.abs(windows)))


@mistake(max_pool_pullback, "it always takes the upper left entry: so goes the way back through a stride")
def _corner(x, delta):
    return _shares(x, delta, lambda windows: np.arange(4) == 0)


@mistake(max_pool_pullback, "windows that are all negative get nothing: their largest entry wins, too")
def _negative_windows_lost(x, delta):
    return _shares(x, delta, lambda windows: _first(windows) & (windows > 0))


@mistake(max_pool_pullback, "an all-negative window hands its delta to the upper left: the search began at 0")
def _search_from_zero(x, delta):
    return _shares(x, delta, lambda windows: _first(np.maximum(windows, 0)))


@mistake(max_pool_pullback, "it returns 1 where an entry won: the Jacobian has still to meet delta")
def _mask_alone(x, delta):
    return _shares(x, np.ones_like(delta), _first)


@mistake(max_pool_pullback, "it multiplies by x: the pooled number is the entry itself, with slope 1")
def _times_x(x, delta):
    return _shares(x, delta, _first) * x


@mistake(max_pool_pullback, "it looks for the winner in the whole map: each window has its own")
def _one_winner(x, delta):
    dx = np.zeros_like(x)
    dx.flat[x.argmax()] = delta.sum()
    return dx


def _pooled(rng):
    p, q, u, v = (int(size) for size in rng.permutation([2, 3, 4, 5]))
    return rng.normal(size=(p, q)), (u, v)


def _one_window(rng):
    _, size = _pooled(rng)
    return rng.normal(size=(1, 1)), size


def _lines(rng):
    """Windows of one row."""
    delta, (_, v) = _pooled(rng)
    return delta, (1, v)


@exercise(
    "ch05.pooling_and_lenet.mean_pullback",
    title="Back through mean pooling",
    points=2,
    sources="DLNN 6.7; Strang VII.1; GBC 9.3",
    arguments=_pooled,
    hidden=[_one_window, _lines],
    hints=[
        "Mean pooling is a matrix. Which entries does its column for one pixel have, and so its transpose?",
        "A pixel lies in one window, and counts 1 / (u v) in its mean. So what does it get of the delta?",
        "np.repeat along both axes, or np.kron with a block of ones; then the factor.",
    ],
    by_hand=True,
)
def mean_pool_pullback(delta, size):
    """dR/dx (p u, q v) behind mean pooling with windows of u x v, side by side, by NumPy alone.

    delta (p, q), dR/d(pooled map);  size (u, v).  The transpose of the pooling matrix, times delta.
    """
    u, v = size
    return np.repeat(np.repeat(delta, u, axis=0), v, axis=1) / (u * v)


@mistake(mean_pool_pullback, "it copies the delta: each entry counts only 1 / (u v) in its mean")
def _copied(delta, size):
    return np.kron(delta, np.ones(size))


@mistake(mean_pool_pullback, "it divides by the rows of the window alone: the mean is over all u v entries")
def _rows_alone(delta, size):
    return np.kron(delta, np.ones(size)) / size[0]


@mistake(mean_pool_pullback, "it divides by the window's columns alone: the mean is over all u v entries")
def _columns_alone(delta, size):
    return np.kron(delta, np.ones(size)) / size[1]


@mistake(mean_pool_pullback, "it multiplies by u v: in the transpose stand the same numbers, 1 / (u v)")
def _inverse_scale(delta, size):
    return np.kron(delta, np.ones(size)) * size[0] * size[1]


@mistake(mean_pool_pullback, "it divides by the sum of u and v: how many entries has a window?")
def _by_the_sum(delta, size):
    return np.kron(delta, np.ones(size)) / sum(size)


@mistake(mean_pool_pullback, "it gives each entry a quarter: that is so in windows of 2x2 alone")
def _quarter(delta, size):
    return np.kron(delta, np.ones(size)) / 4


@mistake(mean_pool_pullback, "it lays copies of delta side by side: the entries of a window share one delta")
def _tiled(delta, size):
    return np.tile(delta, size) / (size[0] * size[1])


@mistake(mean_pool_pullback, "it swaps u and v: u is the height of a window, v its width")
def _swapped(delta, size):
    return np.kron(delta, np.ones(size[::-1])) / (size[0] * size[1])


@mistake(mean_pool_pullback, "it fills one entry of each window: every entry had a part in the mean")
def _one_entry(delta, size):
    dx = np.zeros((delta.shape[0] * size[0], delta.shape[1] * size[1]))
    dx[:: size[0], :: size[1]] = delta
    return dx


@mistake(mean_pool_pullback, "it divides by the number of windows: the mean is over the entries of one")
def _by_windows(delta, size):
    return np.kron(delta, np.ones(size)) / delta.size


@mistake(mean_pool_pullback, "it averages the delta over the map: each window hands on its own")
def _mean_delta(delta, size):
    return np.kron(np.full_like(delta, delta.mean()), np.ones(size)) / (size[0] * size[1])


def _connected(rng):
    """Which map feeds which filter, each filter at least one; the kernel fits, the sides differ."""
    maps, filters = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    sees = rng.random((maps, filters)) < 0.6
    sees[rng.integers(maps, size=filters), np.arange(filters)] = True
    sees[0, 0] = False
    sees[1, 0] = True
    height = int(rng.integers(9, 15))
    return sees, int(rng.integers(2, 6)), height, height + int(rng.integers(1, 6))


def _everything(rng):
    sees, kernel, height, width = _connected(rng)
    return np.ones_like(sees), kernel, height, width


def _one_map(rng):
    _, kernel, height, width = _connected(rng)
    return np.ones((1, int(rng.integers(4, 9))), bool), kernel, height, width


def _kernel_as_large_as_the_image(rng):
    sees, kernel, _, _ = _connected(rng)
    return sees, kernel, kernel, kernel


def _of(sees, kernel, height, width):
    """Filters, entries of all kernels, and places, as a reader counts them."""
    return sees.shape[1], int(sees.sum()) * kernel**2, (height - kernel + 1) * (width - kernel + 1)


@exercise(
    "ch05.pooling_and_lenet.connections",
    title="Count LeNet's connections",
    points=2,
    sources="EE147 LeNet 1998; DLNN 6.9",
    arguments=_connected,
    hidden=[_everything, _one_map, _kernel_as_large_as_the_image],
    hints=[
        "A filter has one kernel for each map that it sees, and one bias. sees.sum() counts all kernels.",
        "Every output is a sum: one connection for each entry of its kernels, and one for its bias.",
        "A parameter is used at every place of the output map: count the places on both axes.",
    ],
    by_hand=True,
)
def conv_connections(sees, kernel, height, width):
    """(parameters, connections) of a convolution without padding, stride 1, one bias a filter.

    sees (maps, filters), True where a filter has a kernel (kernel x kernel) for a map;  height and
    width of the maps.  Every use of a parameter at every place of the output is a connection, of a
    bias, too.  NumPy alone.
    """
    parameters = int(sees.sum()) * kernel**2 + sees.shape[1]
    return parameters, parameters * (height - kernel + 1) * (width - kernel + 1)


@mistake(conv_connections, "the biases are missing: there is one for each filter")
def _no_biases(sees, kernel, height, width):
    _, weights, places = _of(sees, kernel, height, width)
    return weights, weights * places


@mistake(conv_connections, "the biases are missing in the connections: each output is connected to its bias")
def _unconnected_biases(sees, kernel, height, width):
    filters, weights, places = _of(sees, kernel, height, width)
    return weights + filters, weights * places


@mistake(conv_connections, "it counts each bias as one connection: like a weight it is used at every place")
def _biases_connected_once(sees, kernel, height, width):
    filters, weights, places = _of(sees, kernel, height, width)
    return weights + filters, weights * places + filters


@mistake(conv_connections, "each place has a bias of its own: it is shared like the weights")
def _biases_everywhere(sees, kernel, height, width):
    filters, weights, places = _of(sees, kernel, height, width)
    return weights + filters * places, (weights + filters) * places


@mistake(conv_connections, "every kernel has a bias: it is one for each filter, however many maps it sees")
def _bias_of_a_kernel(sees, kernel, height, width):
    _, weights, places = _of(sees, kernel, height, width)
    parameters = weights + int(sees.sum())
    return parameters, parameters * places


@mistake(conv_connections, "it lets every filter see every map: `sees` says which")
def _all_see_all(sees, kernel, height, width):
    filters, weights, places = _of(np.ones_like(sees), kernel, height, width)
    return weights + filters, (weights + filters) * places


@mistake(conv_connections, "it gives each filter one kernel: a filter has one for each map that it sees")
def _one_kernel(sees, kernel, height, width):
    filters, _, places = _of(sees, kernel, height, width)
    parameters = filters * (kernel**2 + 1)
    return parameters, parameters * places


@mistake(conv_connections, "it counts the places of the input: without padding the output map is smaller")
def _places_of_the_input(sees, kernel, height, width):
    filters, weights, _ = _of(sees, kernel, height, width)
    return weights + filters, (weights + filters) * height * width


@mistake(conv_connections, "the output map has one place more on each axis")
def _places_short(sees, kernel, height, width):
    filters, weights, _ = _of(sees, kernel, height, width)
    return weights + filters, (weights + filters) * (height - kernel) * (width - kernel)


@mistake(conv_connections, "it takes the output for a square: height and width differ")
def _square(sees, kernel, height, width):
    filters, weights, _ = _of(sees, kernel, height, width)
    return weights + filters, (weights + filters) * (height - kernel + 1) ** 2


@mistake(conv_connections, "a kernel has kernel times kernel entries")
def _line_kernel(sees, kernel, height, width):
    filters, _, places = _of(sees, kernel, height, width)
    parameters = int(sees.sum()) * kernel + filters
    return parameters, parameters * places


@mistake(conv_connections, "one bias serves all filters: each has its own")
def _one_bias(sees, kernel, height, width):
    _, weights, places = _of(sees, kernel, height, width)
    return weights + 1, (weights + 1) * places


@mistake(conv_connections, "the number of biases is that of the maps: there is one for each filter")
def _bias_of_a_map(sees, kernel, height, width):
    _, weights, places = _of(sees, kernel, height, width)
    return weights + len(sees), (weights + len(sees)) * places
