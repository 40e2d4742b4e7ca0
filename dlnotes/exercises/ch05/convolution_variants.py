"""Exercises of ch05/09_convolution_variants."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlnotes.exercises.registry import exercise, mistake


def _kernel_and_size(rng):
    """A kernel without symmetry, higher than wide or wider than high; a picture that is larger."""
    height, width = rng.permutation([3, 5])
    size = int(height + rng.integers(1, 3)), int(width + rng.integers(3, 5))
    return rng.normal(size=(height, width)), float(rng.normal()), float(30 + 10 * rng.random()), size


def _kernel_of_one_row(rng):
    _, b, value, size = _kernel_and_size(rng)
    return rng.normal(size=(1, 5)), b, value, size


def _dark_picture(rng):
    W, b, value, size = _kernel_and_size(rng)
    return W, b, -value, size


def _picture_as_large_as_the_kernel(rng):
    W, b, value, _ = _kernel_and_size(rng)
    return W, b, value, W.shape


def _kernel_without_a_sum(rng):
    """Its weights add up to 0: in the middle a flat picture is answered by b alone."""
    W, b, value, size = _kernel_and_size(rng)
    return W - W.mean(), b, value, size


def _inside(W, size):
    """The sum of the weights that meet the picture, at each pixel."""
    rows, columns = (side // 2 for side in W.shape)
    padded = np.pad(np.ones(size), [(rows, rows), (columns, columns)])
    return (sliding_window_view(padded, W.shape) * W).sum(axis=(2, 3))


@exercise(
    "ch05.convolution_variants.biases",
    title="Biases for the border",
    points=3,
    sources="GBC 9.5",
    arguments=_kernel_and_size,
    hidden=[_kernel_of_one_row, _dark_picture, _picture_as_large_as_the_kernel, _kernel_without_a_sum],
    hints=[
        "In the middle a flat picture gives value times the sum of all weights. What is missing in a corner?",
        "Pad a picture of ones with zeros. The correlation with W says which weights met a pixel.",
        "The bias makes up for the others: value times (the sum of all weights, less those).",
    ],
    by_hand=True,
)
def border_biases(W, b, value, size):
    """Biases by position, so that a flat picture is answered the same at every pixel.

    W (2 r + 1, 2 s + 1), a kernel that is not turned; b, its bias.  The picture is `value` at each
    of its (h, w) = size pixels, no smaller than W, with r rows and s columns of zeros on each side.
    Returns (h, w): b where all of W meets the picture; elsewhere more or less, so that the
    cross-correlation plus the bias is one number everywhere.  By hand, with NumPy alone.
    """
    (u, v), (h, w) = W.shape, size
    padded = np.zeros((h + u - 1, w + v - 1))
    padded[u // 2 : u // 2 + h, v // 2 : v // 2 + w] = value
    seen = (sliding_window_view(padded, W.shape) * W).sum(axis=(2, 3))
    return b + value * W.sum() - seen


@mistake(border_biases, "it turns the kernel: at the left border the left columns of W are outside")
def _turned_kernel(W, b, value, size):
    return b + value * (W.sum() - _inside(W[::-1, ::-1], size))


@mistake(border_biases, "what is missing grows with the picture: its value is left out")
def _of_ones(W, b, value, size):
    return b + (W.sum() - _inside(W, size))


@mistake(border_biases, "b is missing: these are the corrections alone")
def _without_b(W, b, value, size):
    return value * (W.sum() - _inside(W, size))


@mistake(border_biases, "it takes away once more what is missing already at the border")
def _worse(W, b, value, size):
    return b - value * (W.sum() - _inside(W, size))


@mistake(border_biases, "every position gets b: windows over the edge see less of the picture")
def _same_everywhere(W, b, value, size):
    return np.full(size, b)


@mistake(border_biases, "that is what the layer answers: the bias is to make up for what it does not see")
def _answers(W, b, value, size):
    return b + value * _inside(W, size)


@mistake(border_biases, "it counts how many weights are outside: they are not all of one size")
def _by_count(W, b, value, size):
    return b + value * W.sum() * (1 - _inside(np.ones(W.shape), size) / W.size)


@mistake(border_biases, "in the corners it counts some weights twice: outside above and outside at the side")
def _corners_twice(W, b, value, size):
    above = _inside(W.sum(axis=1, keepdims=True), size)
    beside = _inside(W.sum(axis=0, keepdims=True), size)
    return b + value * (2 * W.sum() - above - beside)


@mistake(border_biases, "it multiplies b by the value, too: a bias does not see the picture")
def _b_grows(W, b, value, size):
    return value * (b + W.sum() - _inside(W, size))


@mistake(border_biases, "it makes every answer b: the same everywhere is asked, and b as bias in the middle")
def _answer_is_b(W, b, value, size):
    return b - value * _inside(W, size)


def _row_and_kernel(rng):
    m = int(rng.integers(9, 14))
    return rng.normal(size=m), rng.normal(size=int(rng.integers(3, 6)))


def _odd_row(rng):
    return rng.normal(size=2 * int(rng.integers(4, 7)) + 1), rng.normal(size=4)


def _even_row(rng):
    return rng.normal(size=2 * int(rng.integers(4, 7))), rng.normal(size=3)


def _one_window_inside(rng):
    x, _ = _row_and_kernel(rng)
    return x, rng.normal(size=len(x))


def _one_weight(rng):
    x, _ = _row_and_kernel(rng)
    return x, 1 + rng.random(1)


def _spectrum(x, w):
    """The transform of the cross-correlation on a circle of len(x) places."""
    return np.fft.fft(x) * np.conj(np.fft.fft(w, len(x)))


def _parts(spectrum, x, w):
    """The answer that goes on from this spectrum."""
    return spectrum.real, spectrum.imag, np.fft.ifft(spectrum).real[: len(x) - len(w) + 1]


@exercise(
    "ch05.convolution_variants.fourier",
    title="The layer by waves",
    points=3,
    sources="GBC 9.8, (9.6)",
    arguments=_row_and_kernel,
    hidden=[_odd_row, _even_row, _one_window_inside, _one_weight],
    hints=[
        "A product of transforms is a convolution on the circle. Which of the two has to be turned around?",
        "To turn a real w around place 0 is to conjugate its transform, np.fft.fft(w, m).",
        "On a circle of m places the windows inside x are right; only those over the end are wrong.",
    ],
    by_hand=True,
)
def correlation_by_fourier(x, w):
    """The cross-correlation s[i] = sum_v w[v] x[i + v] of windows inside x, by its spectrum.

    x (m,), w (k,), real, k <= m.  On a circle of m places, where the first follows the last, there
    are m windows: the spectrum is np.fft.fft of all their sums, and a product.  Returns its real
    parts (m,), its imaginary parts (m,), and s, transformed back from it, real (m - k + 1,).  By
    hand, with NumPy alone: np.fft is part of it.
    """
    m, k = len(x), len(w)
    spectrum = np.fft.fft(x) * np.conj(np.fft.fft(w, m))
    s = np.fft.ifft(spectrum).real
    return spectrum.real, spectrum.imag, s[: m - k + 1]


@mistake(
    correlation_by_fourier,
    "it multiplies the transforms as they are: on a circle that turns the kernel around",
)
def _convolution_on_a_circle(x, w):
    return _parts(np.fft.fft(x) * np.fft.fft(w, len(x)), x, w)


@mistake(correlation_by_fourier, "that is a convolution: a layer does not turn its kernel around")
def _a_convolution(x, w):
    real, imaginary, _ = _convolution_on_a_circle(x, w)
    return real, imaginary, np.convolve(x, w, "valid")


@mistake(
    correlation_by_fourier, "it takes the first entries of the convolution, where windows begin before x"
)
def _start_of_convolution(x, w):
    real, imaginary, _ = _convolution_on_a_circle(x, w)
    return real, imaginary, np.convolve(x, w)[: len(x) - len(w) + 1]


@mistake(
    correlation_by_fourier,
    "the turned kernel begins at place 0: turned around place 0 it would end there, and reach back from it",
)
def _begins_at_zero(x, w):
    return _parts(np.fft.fft(x) * np.fft.fft(w[::-1], len(x)), x, w)


@mistake(
    correlation_by_fourier,
    "s is right, but its spectrum is that of a kernel that begins at place 0: turned around place 0 it ends "
    "there",
)
def _begins_at_zero_and_cut_there(x, w):
    spectrum = np.fft.fft(x) * np.fft.fft(w[::-1], len(x))
    return spectrum.real, spectrum.imag, np.fft.ifft(spectrum).real[len(w) - 1 :]


@mistake(correlation_by_fourier, "it makes room for m + k - 1 numbers: this circle has m places")
def _room(x, w):
    n = len(x) + len(w) - 1
    spectrum = np.fft.fft(x, n) * np.conj(np.fft.fft(w, n))
    return _parts(spectrum, x, w)


@mistake(
    correlation_by_fourier,
    "it turns the kernel and makes room for m + k - 1 numbers: this circle has m places",
)
def _room_for_the_turned(x, w):
    m, k = len(x), len(w)
    spectrum = np.fft.fft(x, m + k - 1) * np.fft.fft(w[::-1], m + k - 1)
    return spectrum.real, spectrum.imag, np.fft.ifft(spectrum).real[k - 1 : m]


@mistake(correlation_by_fourier, "windows that come around the end are kept: only those inside x count")
def _all_of_the_circle(x, w):
    spectrum = _spectrum(x, w)
    return spectrum.real, spectrum.imag, np.fft.ifft(spectrum).real


@mistake(
    correlation_by_fourier, "it leaves out the first entries, and keeps windows that come around the end"
)
def _last_part(x, w):
    spectrum = _spectrum(x, w)
    return spectrum.real, spectrum.imag, np.fft.ifft(spectrum).real[len(w) - 1 :]


@mistake(correlation_by_fourier, "it conjugates the transform of x: the windows then run backward")
def _x_turned(x, w):
    return _parts(np.conj(_spectrum(x, w)), x, w)


@mistake(correlation_by_fourier, "it takes absolute values at the end: the numbers are real, with a sign")
def _sizes(x, w):
    real, imaginary, s = _parts(_spectrum(x, w), x, w)
    return real, imaginary, np.abs(s)


@mistake(
    correlation_by_fourier, "it multiplies the sizes of the waves alone: their phases say where things are"
)
def _phases_lost(x, w):
    return _parts(np.abs(_spectrum(x, w)) + 0j, x, w)


@mistake(
    correlation_by_fourier, "that is the spectrum by sizes and phases: real and imaginary parts are asked"
)
def _sizes_and_phases(x, w):
    spectrum = _spectrum(x, w)
    return np.abs(spectrum), np.angle(spectrum), _parts(spectrum, x, w)[2]


@mistake(correlation_by_fourier, "it transforms forward once more at the end, instead of back")
def _never_back(x, w):
    spectrum = _spectrum(x, w)
    return spectrum.real, spectrum.imag, np.fft.fft(spectrum).real[: len(x) - len(w) + 1]


@mistake(correlation_by_fourier, "np.fft.rfft leaves out the second half of the waves: all m are asked for")
def _half_of_the_waves(x, w):
    real, imaginary, s = _parts(_spectrum(x, w), x, w)
    return real[: len(x) // 2 + 1], imaginary[: len(x) // 2 + 1], s


@mistake(correlation_by_fourier, "np.fft.irfft was not told m: for an odd m it makes one number less")
def _even_length(x, w):
    half = _spectrum(x, w)[: len(x) // 2 + 1]
    s = np.fft.irfft(half)[: len(x) - len(w) + 1]
    return half.real, half.imag, s


@mistake(correlation_by_fourier, "it stretches w to the length of x: behind a kernel come zeros")
def _stretched(x, w):
    stretched = np.interp(np.linspace(0, len(w) - 1, len(x)), np.arange(len(w)), w)
    return _parts(_spectrum(x, stretched), x, w)


def _transformed(rng):
    levels = int(rng.integers(2, 4))
    return rng.normal(size=int(rng.choice([3, 5])) * 2**levels), levels


def _one_level(rng):
    return rng.normal(size=2 * int(rng.integers(2, 6))), 1


def _down_to_one_number(rng):
    return rng.normal(size=16), 4


def _levels_left(rng):
    """More levels were possible."""
    return rng.normal(size=32), 2


def _averages_alone(rng):
    c, levels = _transformed(rng)
    return np.where(np.arange(len(c)) < len(c) >> levels, c, 0.0), levels


def _climb(c, levels, join):
    """From the coarsest level to the finest; join(averages, differences) -> averages, twice as many."""
    v = c[: len(c) >> levels]
    while len(v) < len(c):
        v = join(v, c[len(v) : 2 * len(v)])
    return v


def _pairs(first, second):
    return np.stack([first, second], axis=1).ravel()


def _undo(a, d):
    """One level, undone: p and q from (p + q) / sqrt 2 and (p - q) / sqrt 2."""
    return _pairs(a + d, a - d) / np.sqrt(2)


@exercise(
    "ch05.convolution_variants.haar",
    title="Back from the wavelets",
    points=3,
    sources="Strang VII.2",
    arguments=_transformed,
    hidden=[_one_level, _down_to_one_number, _levels_left, _averages_alone],
    hints=[
        "One level first: you know (p + q) / sqrt 2 and (p - q) / sqrt 2. What are p and q?",
        "Begin with the last averages and as many differences. They make twice as many averages.",
        "Neighbors belong side by side: out[::2] and out[1::2] of an array that is twice as long.",
    ],
    by_hand=True,
)
def haar_inverse(c, levels):
    """The signal (m,) from its Haar transform c (m,), m a multiple of 2 ** levels.

    c holds the last averages, then the differences of each level, the coarsest first: for 128 and 3
    levels 16 + 16 + 32 + 64 numbers.  A level made of the neighbors p = v[2 i], q = v[2 i + 1] the
    average (p + q) / sqrt 2 and the difference (p - q) / sqrt 2.  By hand, with NumPy alone.
    """
    v = c[: len(c) // 2**levels]
    while len(v) < len(c):
        d = c[len(v) : 2 * len(v)]
        v = np.stack([v + d, v - d], axis=1).ravel() / np.sqrt(2)
    return v


@mistake(haar_inverse, "it lays the halves behind each other: p and q are neighbors")
def _halves(c, levels):
    return _climb(c, levels, lambda a, d: np.concatenate([a + d, a - d]) / np.sqrt(2))


@mistake(
    haar_inverse, "the factor is missing: sum and difference of average and difference are sqrt 2 too large"
)
def _no_factor(c, levels):
    return _climb(c, levels, lambda a, d: _pairs(a + d, a - d))


@mistake(haar_inverse, "it divides by 2: averages and differences here were divided by sqrt 2 alone")
def _half(c, levels):
    return _climb(c, levels, lambda a, d: _pairs(a + d, a - d) / 2)


@mistake(haar_inverse, "p and q are exchanged: the difference is p - q")
def _exchanged(c, levels):
    return _climb(c, levels, lambda a, d: _pairs(a - d, a + d) / np.sqrt(2))


@mistake(haar_inverse, "it undoes one level alone, the finest: its averages are not yet there")
def _one_alone(c, levels):
    half = len(c) // 2
    return _pairs(c[:half] + c[half:], c[:half] - c[half:]) / np.sqrt(2)


@mistake(haar_inverse, "it reads c from its end: the averages come first, then the coarsest differences")
def _finest_first(c, levels):
    cuts = len(c) - (len(c) >> np.arange(1, levels + 1))
    *differences, averages = np.split(c, cuts)
    return _climb(np.concatenate([averages, *differences[::-1]]), levels, _undo)


@mistake(haar_inverse, "it undoes more levels than there were: c begins with more than one average")
def _all_the_way(c, levels):
    while len(c) % 2 ** (levels + 1) == 0:
        levels += 1
    return _climb(c, levels, _undo)


@mistake(haar_inverse, "it leaves the differences out: what comes out is a staircase")
def _staircase(c, levels):
    return _climb(c, levels, lambda a, d: _pairs(a, a) / np.sqrt(2))


@mistake(haar_inverse, "it adds each difference to both neighbors: q is the average less the difference")
def _both_added(c, levels):
    return _climb(c, levels, lambda a, d: _pairs(a + d, a + d) / np.sqrt(2))


@mistake(
    haar_inverse,
    "q has the wrong sign, or averages and differences are exchanged",
)
def _roles_exchanged(c, levels):
    return _climb(c, levels, lambda a, d: _pairs(d + a, d - a) / np.sqrt(2))


@mistake(haar_inverse, "it transforms once more, instead of back")
def _forward(c, levels):
    v, pieces = c, []
    for _ in range(levels):
        pieces.insert(0, (v[::2] - v[1::2]) / np.sqrt(2))
        v = (v[::2] + v[1::2]) / np.sqrt(2)
    return np.concatenate([v, *pieces])
