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

    x (h, w), an image;  w (u, v), a kernel, at most as large;  returns (h - u + 1, w - v + 1).
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


def _row_of_weights(rng):
    """Weights without symmetry, room for some rows, and a stride that uses all inputs."""
    k, stride, steps = rng.integers(3, 5), rng.integers(2, 4), rng.integers(3, 6)
    return rng.normal(size=k), int(k + stride * steps), int(stride)


def _stride_one(rng):
    k = rng.integers(3, 5)
    return rng.normal(size=k), int(k + rng.integers(4, 8)), 1


def _inputs_left_over(rng):
    """The last inputs are in no window: the number of rows is rounded down."""
    w, n, stride = _row_of_weights(rng)
    return w, n + stride - 1, stride


def _one_row(rng):
    w, _, stride = _row_of_weights(rng)
    return w, len(w), stride


@exercise(
    "ch05.convolution.toeplitz",
    title="A convolution as a matrix",
    points=3,
    sources="GBC 9.1; Strang VII.2 (6); DLNN (6.22)",
    arguments=_row_of_weights,
    hidden=[_stride_one, _inputs_left_over, _one_row],
    hints=[
        "Row i holds the weights of output i, and zeros where its window is not.",
        "The window of output i begins at entry i times the stride.",
        "The last row is the last whose window still ends inside: that is a division, rounded down.",
    ],
    by_hand=True,
)
def toeplitz_matrix(w, n, stride):
    """The matrix A with (A v)[i] = sum over j of w[j] v[i stride + j]: a correlation, no padding.

    w (k,), weights;  n, the length of v, at least k;  stride, 1 or more.
    A has a row for each window inside.  By hand, with NumPy alone.
    """
    A = np.zeros(((n - len(w)) // stride + 1, n))
    for i in range(len(A)):
        A[i, i * stride : i * stride + len(w)] = w
    return A


def _banded(w, n, stride):
    windows = np.arange(0, n - len(w) + 1, stride)
    A = np.zeros((len(windows), n))
    A[np.arange(len(windows))[:, None], windows[:, None] + np.arange(len(w))] = w
    return A


@mistake(toeplitz_matrix, "its rows hold the weights backwards: that matrix convolves")
def _backwards(w, n, stride):
    return _banded(w[::-1], n, stride)


@mistake(toeplitz_matrix, "it forgets the stride: neighboring rows begin one entry apart")
def _no_stride(w, n, stride):
    return _banded(w, n, 1)


@mistake(toeplitz_matrix, "it has the right number of rows, but they begin one entry apart, not a stride")
def _rows_close_together(w, n, stride):
    rows = (n - len(w)) // stride + 1
    return _banded(w, n, 1)[:rows]


@mistake(toeplitz_matrix, "the window of the last row is missing")
def _last_row_missing(w, n, stride):
    return _banded(w, n, stride)[:-1]


@mistake(toeplitz_matrix, "it wraps around: that matrix is circulant, and has a row for each input")
def _wrapped_around(w, n, stride):
    row = np.append(w, np.zeros(n - len(w)))
    return np.array([np.roll(row, start) for start in range(0, n, stride)])


@mistake(toeplitz_matrix, "its windows hang over both ends, as if zeros lay around v")
def _full_toeplitz(w, n, stride):
    return _banded(w, n + 2 * len(w) - 2, stride)[:, len(w) - 1 : len(w) - 1 + n]


@mistake(toeplitz_matrix, "it is transposed: that one has a row for each input")
def _flipped_axes(w, n, stride):
    return _banded(w, n, stride).T


@mistake(toeplitz_matrix, "its rows are in reversed order: row 0 belongs to the first window")
def _last_window_first(w, n, stride):
    return _banded(w, n, stride)[::-1]


@mistake(toeplitz_matrix, "each row has the first weight alone")
def _first_weight(w, n, stride):
    return _banded(w * (np.arange(len(w)) == 0), n, stride)


def _layer_sizes(rng):
    """Sizes that differ, a stride that leaves something over along both axes, and padding."""
    c, k, f = rng.permutation([2, 3, 4, 5, 6, 7])[:3]
    stride, padding = int(rng.integers(2, 4)), int(rng.integers(1, 3))
    h, w = int(f) - 2 * padding + stride * rng.permutation(np.arange(4, 12))[:2] + stride - 1
    return int(h), int(w), int(c), int(k), int(f), stride, padding


def _stride_of_one(rng):
    h, w, c, k, f, _, padding = _layer_sizes(rng)
    return h, w, c, k, f, 1, padding


def _no_padding(rng):
    h, w, c, k, f, stride, _ = _layer_sizes(rng)
    return h + 6, w + 6, c, k, f, stride, 0


def _one_channel(rng):
    h, w, _, k, f, stride, padding = _layer_sizes(rng)
    return h, w, 1, k, f, stride, padding


def _one_by_one(rng):
    h, w, c, k, _, stride, _ = _layer_sizes(rng)
    return h + 4, w + 4, c, k, 1, stride, 0


def _kernel_fills_the_image(rng):
    size, _, c, k, _, stride, _ = _layer_sizes(rng)
    return size, size, c, k, size, stride, 0


@exercise(
    "ch05.convolution.costs",
    title="What a layer costs",
    points=2,
    sources="DLNN 6.9; GBC 9.2; EE147 CNN Layers",
    arguments=_layer_sizes,
    hidden=[_stride_of_one, _no_padding, _one_channel, _one_by_one, _kernel_fills_the_image],
    hints=[
        "Count the weights of one filter first. It is as deep as the image.",
        "All places share a filter and its bias: neither the height nor the width enters the parameters.",
        "How many places has the window along one axis? From the first it moves on in whole strides.",
    ],
    by_hand=True,
)
def convolution_costs(h, w, c, k, f, stride, padding):
    """Parameters and multiplications of a layer: k filters f x f on an image of c channels, h x w.

    Every filter sees all channels and has one bias; `padding` zeros on each side of the image.
    Returns (parameters, multiplications), two integers.  By hand, with NumPy alone.
    """
    weights = f * f * c
    places = ((h + 2 * padding - f) // stride + 1) * ((w + 2 * padding - f) // stride + 1)
    return (weights + 1) * k, weights * k * places


def _places(h, w, f, stride, padding):
    return ((h + 2 * padding - f) // stride + 1) * ((w + 2 * padding - f) // stride + 1)


def _products(h, w, c, k, f, stride, padding):
    return f * f * c * k * _places(h, w, f, stride, padding)


@mistake(convolution_costs, "the biases are parameters, too: each filter has one")
def _no_bias(h, w, c, k, f, stride, padding):
    return f * f * c * k, _products(h, w, c, k, f, stride, padding)


@mistake(convolution_costs, "one bias for the whole layer is too few: each filter has its own")
def _one_bias(h, w, c, k, f, stride, padding):
    return f * f * c * k + 1, _products(h, w, c, k, f, stride, padding)


@mistake(convolution_costs, "a bias is one for a filter, not one for each of its outputs")
def _bias_everywhere(h, w, c, k, f, stride, padding):
    places = _places(h, w, f, stride, padding)
    return (f * f * c + places) * k, _products(h, w, c, k, f, stride, padding)


@mistake(convolution_costs, "a bias is one for a filter, not one for each channel that it sees")
def _bias_per_channel(h, w, c, k, f, stride, padding):
    return (f * f + 1) * c * k, _products(h, w, c, k, f, stride, padding)


@mistake(convolution_costs, "it takes flat filters: each is as deep as the image has channels")
def _flat_filters(h, w, c, k, f, stride, padding):
    return (f * f + 1) * k, _products(h, w, 1, k, f, stride, padding)


@mistake(convolution_costs, "the parameters are right; the multiplications leave out the channels")
def _flat_products(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, _products(h, w, 1, k, f, stride, padding)


@mistake(convolution_costs, "it counts one filter: there are k")
def _one_filter(h, w, c, k, f, stride, padding):
    return f * f * c + 1, _products(h, w, c, 1, f, stride, padding)


@mistake(convolution_costs, "the parameters are right; the multiplications are those of one filter")
def _products_of_one_filter(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, _products(h, w, c, 1, f, stride, padding)


@mistake(convolution_costs, "the parameters are right; it counts outputs: each takes a product a weight")
def _outputs_counted(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, k * _places(h, w, f, stride, padding)


@mistake(convolution_costs, "it counts parameters for each place: the places share them")
def _not_shared(h, w, c, k, f, stride, padding):
    parameters = (f * f * c + 1) * k * _places(h, w, f, stride, padding)
    return parameters, _products(h, w, c, k, f, stride, padding)


@mistake(convolution_costs, "its multiplications put the filter on every pixel: it moves on in strides")
def _on_every_pixel(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, f * f * c * k * h * w


@mistake(convolution_costs, "it leaves out the stride")
def _steps_of_one(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, _products(h, w, c, k, f, 1, padding)


@mistake(convolution_costs, "it leaves out the padding")
def _image_alone(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, _products(h, w, c, k, f, stride, 0)


@mistake(convolution_costs, "it pads one side of each axis: there are zeros on both")
def _one_side_padded(h, w, c, k, f, stride, padding):
    return (f * f * c + 1) * k, f * f * c * k * _places(h + padding, w + padding, f, stride, 0)


@mistake(convolution_costs, "it counts one window too few in each direction")
def _one_window_less(h, w, c, k, f, stride, padding):
    places = ((h + 2 * padding - f) // stride) * ((w + 2 * padding - f) // stride)
    return (f * f * c + 1) * k, f * f * c * k * places


@mistake(convolution_costs, "it rounds the number of places up: the last window would stick out")
def _rounded_up(h, w, c, k, f, stride, padding):
    down, across = (-(-(size + 2 * padding - f) // stride) + 1 for size in (h, w))
    return (f * f * c + 1) * k, f * f * c * k * down * across


@mistake(convolution_costs, "adding the bias is no multiplication")
def _bias_multiplied(h, w, c, k, f, stride, padding):
    parameters = (f * f * c + 1) * k
    return parameters, parameters * _places(h, w, f, stride, padding)


@mistake(convolution_costs, "a kernel of f x f has f times f weights, not f")
def _one_axis(h, w, c, k, f, stride, padding):
    return (f * c + 1) * k, f * c * k * _places(h, w, f, stride, padding)


@mistake(convolution_costs, "those are the costs of a dense layer from all pixels to all outputs")
def _as_if_dense(h, w, c, k, f, stride, padding):
    inputs, outputs = h * w * c, k * _places(h, w, f, stride, padding)
    return (inputs + 1) * outputs, inputs * outputs
