"""Exercises of ch05/01_convolution."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _image_and_kernel(rng):
    """Four sizes, no two the same, and a kernel without symmetry."""
    u, v, h, w = rng.permutation([2, 3])[0], 4, *rng.permutation([6, 7, 8])[:2]
    return rng.normal(size=(h, w)), rng.normal(size=(u, v))


def _square_kernel(rng):
    """A kernel whose transpose would fit as well."""
    h, w = rng.permutation([5, 6, 7])[:2]
    return rng.normal(size=(h, w)), rng.normal(size=(3, 3))


def _one_weight(rng):
    h, w = rng.permutation([4, 5, 6])[:2]
    return rng.normal(size=(h, w)), rng.normal(size=(1, 1))


def _as_large_as_the_image(rng):
    """There is one window, and one output."""
    h, w = rng.permutation([3, 4, 5])[:2]
    return rng.normal(size=(h, w)), rng.normal(size=(h, w))


@exercise(
    "ch05.convolution.correlation",
    title="Cross-correlation by hand",
    points=3,
    sources="DLNN (6.3)-(6.5); GBC (9.6); EE147",
    arguments=_image_and_kernel,
    hidden=[_square_kernel, _one_weight, _as_large_as_the_image],
    hints=[
        "How many rows does the last window leave above it? That fixes the size of the result.",
        "For one output (p, q): cut the window out of x that begins there, as large as w.",
        "Multiply the window and w entry by entry and add it all up; two loops go over p and q.",
    ],
    by_hand=True,
)
def cross_correlation_2d(x, w):
    """s[p, q] = sum over u, v of w[u, v] x[p + u, q + v], for all windows inside x.  NumPy alone.

    x (height, width), an image;  w (k, m), a kernel, at most as large.
    Returns (height - k + 1, width - m + 1).
    """
    s = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for p, q in np.ndindex(s.shape):
        s[p, q] = np.sum(w * x[p : p + w.shape[0], q : q + w.shape[1]])
    return s


def _windowed(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("pquv,uv->pq", windows, w)


def _with_zeros_around(x, w):
    (u, v), (h, k) = w.shape, x.shape
    wide = np.zeros((h + 2 * u - 2, k + 2 * v - 2))
    wide[u - 1 : u - 1 + h, v - 1 : v - 1 + k] = x
    return wide


@mistake(cross_correlation_2d, "it turns the kernel by half a turn: that is a convolution, DLNN (6.2)")
def _kernel_turned(x, w):
    return _windowed(x, w[::-1, ::-1])


@mistake(cross_correlation_2d, "it mirrors the columns of the kernel")
def _columns_mirrored(x, w):
    return _windowed(x, w[:, ::-1])


@mistake(cross_correlation_2d, "it mirrors the rows of the kernel")
def _upside_down(x, w):
    return _windowed(x, w[::-1])


@mistake(cross_correlation_2d, "it transposes the kernel: u counts its rows, v its columns")
def _kernel_transposed(x, w):
    return _windowed(x, w.T)


@mistake(cross_correlation_2d, "it leaves out the last row and the last column of windows")
def _one_too_few(x, w):
    return _windowed(x, w)[:-1, :-1]


@mistake(cross_correlation_2d, "its last row and its last column stay 0: the last windows are not computed")
def _last_ones_stay_zero(x, w):
    s = _windowed(x, w)
    s[-1], s[:, -1] = 0, 0
    return s


@mistake(cross_correlation_2d, "it lets the kernel hang over the edge: only windows inside x are asked for")
def _hanging_over(x, w):
    return _windowed(_with_zeros_around(x, w), w)


@mistake(cross_correlation_2d, "it pads to keep the size: only windows inside x are asked for")
def _same_size_as_the_image(x, w):
    (u, v), (h, k) = w.shape, x.shape
    return _windowed(_with_zeros_around(x, w), w)[u // 2 : u // 2 + h, v // 2 : v // 2 + k]


@mistake(cross_correlation_2d, "it averages the products over the window: they are summed")
def _mean_of_products(x, w):
    return _windowed(x, w) / w.size


@mistake(cross_correlation_2d, "it adds up the windows without the weights")
def _no_weights(x, w):
    return _windowed(x, np.ones_like(w))


@mistake(
    cross_correlation_2d, "its windows do not overlap: the kernel moves on by one pixel, not by its size"
)
def _no_overlap(x, w):
    return _windowed(x, w)[:: w.shape[0], :: w.shape[1]]


@mistake(cross_correlation_2d, "it takes the largest product of a window instead of their sum")
def _largest_product(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return (windows * w).max(axis=(2, 3))


def _weights_on_a_circle(rng):
    """Weights without symmetry, fewer than entries."""
    k = int(rng.integers(3, 5))
    return rng.normal(size=k), int(k + rng.integers(3, 6))


def _as_many_weights_as_entries(rng):
    w, _ = _weights_on_a_circle(rng)
    return w, len(w)


def _more_weights_than_entries(rng):
    """The kernel goes around more than once, and some of its weights meet."""
    n = int(rng.integers(3, 5))
    return rng.normal(size=n + int(rng.integers(1, n))), n


@exercise(
    "ch05.convolution.circulant",
    title="A convolution on a circle",
    points=3,
    sources="Strang VII.2; GBC 9.1",
    arguments=_weights_on_a_circle,
    hidden=[_as_many_weights_as_entries, _more_weights_than_entries],
    hints=[
        "Which entries of v does output 0 read, and with which weights? That is row 0. And the last output?",
        "Weight j stands in row i at the place i + j; beyond the last place it goes on at place 0.",
        "The remainder % n leads around. Add the weight to what stands there: it may not be the first.",
    ],
    by_hand=True,
)
def circulant_matrix(w, n):
    """The matrix C (n, n) with (C v)[i] = sum over j of w[j] v[(i + j) mod n]: a correlation.

    w (k,), weights, perhaps more than n: an entry that meets several gets their sum.
    By hand, with NumPy alone.
    """
    C = np.zeros((n, n))
    for i in range(n):
        for j in range(len(w)):
            C[i, (i + j) % n] += w[j]
    return C


def _around(w, n):
    """The first row goes around with each output."""
    row = np.bincount(np.arange(len(w)) % n, weights=w, minlength=n)
    return np.array([np.roll(row, i) for i in range(n)])


@mistake(circulant_matrix, "its rows hold the weights backwards: that matrix convolves")
def _backwards(w, n):
    return _around(w[::-1], n)


@mistake(circulant_matrix, "it is transposed: its columns hold what its rows should")
def _flipped_axes(w, n):
    return _around(w, n).T


@mistake(circulant_matrix, "its rows roll to the left: the next window begins one entry further right")
def _rolled_left(w, n):
    return np.array([np.roll(row, -2 * i) for i, row in enumerate(_around(w, n))])


@mistake(circulant_matrix, "nothing goes around: what leaves at the right comes in at the left")
def _zeros_behind_the_end(w, n):
    return sum(one * np.eye(n, k=j) for j, one in enumerate(w))


@mistake(circulant_matrix, "it has whole windows alone: on a circle there is one for each entry")
def _whole_windows(w, n):
    return _around(w, n)[: max(n - len(w) + 1, 1)]


@mistake(circulant_matrix, "its windows are centered on their outputs: window i begins at entry i")
def _centered_windows(w, n):
    return np.roll(_around(w, n), -(len(w) // 2), axis=1)


@mistake(circulant_matrix, "where several weights meet it keeps the last one: they are added up")
def _last_weight_stays(w, n):
    C = np.zeros((n, n))
    for i, j in np.ndindex(n, len(w)):
        C[i, (i + j) % n] = w[j]
    return C


@mistake(circulant_matrix, "weights beyond the first n are left out: they go around once more")
def _once_around(w, n):
    return _around(w[:n], n)


@mistake(circulant_matrix, "its windows end at their outputs: window i begins at entry i")
def _windows_behind(w, n):
    return np.roll(_around(w, n), 1 - len(w), axis=1)


@mistake(circulant_matrix, "all rows are the same: window i begins at entry i")
def _same_rows(w, n):
    return np.tile(_around(w, n)[0], (n, 1))


def _layer_sizes(rng):
    """Sizes that differ, along both axes."""
    c, k, f = rng.permutation([2, 3, 4, 5, 6, 7])[:3]
    h, w = int(f) + rng.permutation(np.arange(5, 30))[:2]
    return int(h), int(w), int(c), int(k), int(f)


def _one_channel(rng):
    h, w, _, k, f = _layer_sizes(rng)
    return h, w, 1, k, f


def _one_by_one(rng):
    h, w, c, k, _ = _layer_sizes(rng)
    return h, w, c, k, 1


def _kernel_fills_the_image(rng):
    size, _, c, k, _ = _layer_sizes(rng)
    return size, size, c, k, size


@exercise(
    "ch05.convolution.costs",
    title="What a layer costs",
    points=2,
    sources="DLNN 6.9; GBC 9.2; EE147 CNN Layers",
    arguments=_layer_sizes,
    hidden=[_one_channel, _one_by_one, _kernel_fills_the_image],
    hints=[
        "Count the weights of one filter first. It is as deep as the image.",
        "All places share a filter and its bias: neither the height nor the width enters the parameters.",
        "Outputs of one filter: the windows along an axis are fewer than its pixels, as in exercise 1.",
    ],
    by_hand=True,
)
def convolution_costs(h, w, c, k, f):
    """Parameters and multiplications of a layer: k filters f x f on an image of c channels, h x w.

    Every filter sees all channels, has one bias, and moves on by one pixel; no padding.
    Returns (parameters, multiplications), two integers.  By hand, with NumPy alone.
    """
    weights = f * f * c
    return (weights + 1) * k, weights * k * (h - f + 1) * (w - f + 1)


def _places(h, w, f):
    return (h - f + 1) * (w - f + 1)


def _bill(h, w, c, k, f):
    """Parameters and products."""
    return k + k * c * f**2, k * c * f**2 * _places(h, w, f)


@mistake(convolution_costs, "the biases are parameters, too: each filter has one")
def _no_bias(h, w, c, k, f):
    return f * f * c * k, _bill(h, w, c, k, f)[1]


@mistake(convolution_costs, "one bias for the whole layer is too few: each filter has its own")
def _one_bias(h, w, c, k, f):
    return f * f * c * k + 1, _bill(h, w, c, k, f)[1]


@mistake(convolution_costs, "a bias is one for a filter, not one for each of its outputs")
def _bias_everywhere(h, w, c, k, f):
    return (f * f * c + _places(h, w, f)) * k, _bill(h, w, c, k, f)[1]


@mistake(convolution_costs, "a bias is one for a filter, not one for each channel that it sees")
def _bias_per_channel(h, w, c, k, f):
    return (f * f + 1) * c * k, _bill(h, w, c, k, f)[1]


@mistake(convolution_costs, "it takes flat filters: each is as deep as the image has channels")
def _flat_filters(h, w, c, k, f):
    return _bill(h, w, 1, k, f)


@mistake(convolution_costs, "the multiplications leave out the channels")
def _flat_products(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], _bill(h, w, 1, k, f)[1]


@mistake(convolution_costs, "it counts one filter: there are k")
def _one_filter(h, w, c, k, f):
    return _bill(h, w, c, 1, f)


@mistake(convolution_costs, "the multiplications are those of one filter")
def _products_of_one_filter(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], _bill(h, w, c, 1, f)[1]


@mistake(convolution_costs, "it counts outputs: each takes a product a weight")
def _outputs_counted(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], k * _places(h, w, f)


@mistake(convolution_costs, "it counts parameters for each place: the places share them")
def _not_shared(h, w, c, k, f):
    parameters, products = _bill(h, w, c, k, f)
    return parameters * _places(h, w, f), products


@mistake(convolution_costs, "its multiplications put the filter on every pixel: windows lie inside the image")
def _on_every_pixel(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], f * f * c * k * h * w


@mistake(convolution_costs, "it counts one window too few in each direction")
def _one_window_less(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], f * f * c * k * (h - f) * (w - f)


@mistake(convolution_costs, "its windows lie side by side: they move on by one pixel, not by their size")
def _side_by_side(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], f * f * c * k * (h // f) * (w // f)


@mistake(convolution_costs, "the filters hang over the edges: there is no padding")
def _over_the_edges(h, w, c, k, f):
    return _bill(h, w, c, k, f)[0], f * f * c * k * (h + f - 1) * (w + f - 1)


@mistake(convolution_costs, "adding the bias is no multiplication")
def _bias_multiplied(h, w, c, k, f):
    parameters = _bill(h, w, c, k, f)[0]
    return parameters, parameters * _places(h, w, f)


@mistake(convolution_costs, "a kernel of f x f has f times f weights, not f")
def _one_axis(h, w, c, k, f):
    return (f * c + 1) * k, f * c * k * _places(h, w, f)


@mistake(convolution_costs, "those are the costs of a dense layer from all pixels to all outputs")
def _as_if_dense(h, w, c, k, f):
    inputs, outputs = h * w * c, k * _places(h, w, f)
    return (inputs + 1) * outputs, inputs * outputs
