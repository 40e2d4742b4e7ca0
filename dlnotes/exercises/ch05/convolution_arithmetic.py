"""Exercises of ch05/03_convolution_arithmetic."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _layer_sizes(rng):
    """A kernel that fits into its padded input, whatever is left over."""
    i, k, s = (int(rng.integers(*between)) for between in [(12, 220), (2, 9), (2, 7)])
    return i, k, s, int(rng.integers(1, 4))


def _nearly_a_step_left(rng):
    i, k, s, p = _layer_sizes(rng)
    s += 1
    return i + s - 1 - (i + 2 * p - k) % s, k, s, p


def _nothing_left(rng):
    i, k, s, p = _layer_sizes(rng)
    return i + s - (i + 2 * p - k) % s, k, s, p


def _unpadded(rng):
    i, k, s, _ = _layer_sizes(rng)
    return i, k, s, 0


def _kernel_as_long_as_all(rng):
    i, _, s, p = _layer_sizes(rng)
    return i, i + 2 * p, s, p


def _window_jumps(rng):
    """A stride beyond the kernel: entries between two windows are in none of them, but not at the end."""
    i, k, _, p = _layer_sizes(rng)
    return i, k, k + int(rng.integers(1, 5)), p


@exercise(
    "ch05.convolution_arithmetic.placements",
    title="Count the places",
    points=2,
    sources="DLNN (6.22), E.3 R6; Strang VII.2 (7); EE147 Convolutional Neural Networks and Convolution",
    arguments=_layer_sizes,
    hidden=[_nearly_a_step_left, _nothing_left, _unpadded, _kernel_as_long_as_all, _window_jumps],
    hints=[
        "The first window begins at entry 0 of the padded input. Where does the next one, and the last?",
        "From the first place it can move on by what the kernel does not cover. How many whole steps?",
        "Whole steps and what is left over are a division with remainder; the first place is no step.",
    ],
    by_hand=True,
)
def kernel_placements(i, k, s, p):
    """How many windows fit, and how many entries of the padded input lie right of the last one.

    i, size of the input;  k, of the kernel;  s, stride;  p, zeros on each side.
    Returns (o, left), integers.  By hand, with NumPy alone.
    """
    steps, left = divmod(i + 2 * p - k, s)
    return steps + 1, left


@mistake(kernel_placements, "it does not round: with a fraction of a step no window is placed")
def _fraction_of_steps(i, k, s, p):
    return (i - k + 2 * p) / s + 1, (i - k + 2 * p) % s


@mistake(kernel_placements, "it rounds up: the last window would stick out of the padded input")
def _window_sticks_out(i, k, s, p):
    return -(-(i - k + 2 * p) // s) + 1, (i - k + 2 * p) % s


@mistake(kernel_placements, "it rounds to the nearest: half a step, or more, is no step either")
def _nearest_step(i, k, s, p):
    return round((i - k + 2 * p) / s) + 1, (i - k + 2 * p) % s


@mistake(kernel_placements, "it counts the steps: the place where the window begins is one more")
def _steps_alone(i, k, s, p):
    return (i - k + 2 * p) // s, (i - k + 2 * p) % s


@mistake(kernel_placements, "it pads one side: there are p zeros on each")
def _padded_once(i, k, s, p):
    return (i - k + p) // s + 1, (i - k + p) % s


@mistake(kernel_placements, "it leaves the padding out")
def _padding_forgotten(i, k, s, p):
    return (i - k) // s + 1, (i - k) % s


@mistake(kernel_placements, "it adds 1 before it divides: that is right for a stride of 1 alone")
def _one_inside(i, k, s, p):
    return (i - k + 2 * p + 1) // s, (i - k + 2 * p) % s


@mistake(kernel_placements, "it does not subtract the kernel: the window must fit in at the last place, too")
def _kernel_forgotten(i, k, s, p):
    return (i + 2 * p) // s + 1, (i + 2 * p) % s


@mistake(kernel_placements, "it squares the size of the kernel, as the print of EE147 does: an axis has k")
def _squared_kernel(i, k, s, p):
    return (i - k**2 + 2 * p) // s + 1, (i - k**2 + 2 * p) % s


@mistake(kernel_placements, "what is left is counted without the padding of the right side")
def _left_of_the_input(i, k, s, p):
    o = (i - k + 2 * p) // s + 1
    return o, i + p - ((o - 1) * s + k)


@mistake(kernel_placements, "all that is outside the first window is not what is left behind the last")
def _room_for_steps(i, k, s, p):
    return (i - k + 2 * p) // s + 1, i - k + 2 * p


@mistake(kernel_placements, "what is left lies behind the last window, not behind its first entry")
def _behind_the_start(i, k, s, p):
    o = (i - k + 2 * p) // s + 1
    return o, i + 2 * p - (o - 1) * s


@mistake(kernel_placements, "it takes k entries away for each window: neighbors begin a stride apart")
def _all_unseen(i, k, s, p):
    o = (i - k + 2 * p) // s + 1
    return o, i + 2 * p - o * k


@mistake(
    kernel_placements, "it moves the window on as often as there are outputs: the first place is no step"
)
def _a_step_too_many(i, k, s, p):
    o = (i - k + 2 * p) // s + 1
    return o, i + 2 * p - (o * s + k)


def _strided_input(rng):
    i, k, s = (int(rng.integers(*between)) for between in [(15, 90), (6, 20), (1, 6)])
    return i, k, s


def _even_number_of_zeros(rng):
    i, k, s = _strided_input(rng)
    zeros = (-(-i // s) - 1) * s + k - i
    return i, k + zeros % 2, s


def _odd_number_of_zeros(rng):
    i, k, s = _strided_input(rng)
    zeros = (-(-i // s) - 1) * s + k - i
    return i, k + 1 - zeros % 2, s


def _strides_reach_far(rng):
    """Without a zero there are enough outputs, because the stride is larger than the kernel."""
    s = int(rng.integers(5, 9))
    return s * int(rng.integers(3, 9)), int(rng.integers(2, s - 1)), s


def _whole_number_of_strides(rng):
    _, k, s = _strided_input(rng)
    return (s + 1) * int(rng.integers(4, 12)), k, s + 1


def _stride_one(rng):
    i, k, _ = _strided_input(rng)
    return i, k, 1


@exercise(
    "ch05.convolution_arithmetic.same",
    title="As few zeros as possible",
    points=3,
    sources="GBC 9.5, Figure 9.13; EE147 Convolutional Neural Networks and Convolution",
    arguments=_strided_input,
    hidden=[
        _even_number_of_zeros,
        _odd_number_of_zeros,
        _strides_reach_far,
        _whole_number_of_strides,
        _stride_one,
    ],
    hints=[
        "How many outputs are wanted? And how many entries do so many windows span, from first to last?",
        "o windows, s apart, span s (o - 1) + k entries. What the input lacks has to be zeros.",
        "It may lack nothing, but not less. Halve what it lacks; the right side gets the rest.",
    ],
    by_hand=True,
)
def same_padding(i, k, s):
    """The fewest zeros (left, right) with which a kernel of k entries makes ceil(i / s) outputs.

    i, size of the input;  s, the stride.  If their number is odd, the right side has one more.
    By hand, with NumPy alone.
    """
    o = (i + s - 1) // s
    zeros = max((o - 1) * s + k - i, 0)
    return zeros // 2, zeros - zeros // 2


def _zeros_that_lack(i, k, s):
    return max((-(-i // s) - 1) * s + k - i, 0)


@mistake(same_padding, "it puts k // 2 zeros on each side: too many for an even kernel, and for most strides")
def _half_a_kernel(i, k, s):
    return k // 2, k // 2


@mistake(same_padding, "it adds k - 1 zeros in all: that is right for a stride of 1 alone")
def _as_for_stride_one(i, k, s):
    return (k - 1) // 2, k - 1 - (k - 1) // 2


@mistake(same_padding, "it adds k - s zeros in all: that is right only where s divides i")
def _kernel_less_stride(i, k, s):
    zeros = max(k - s, 0)
    return zeros // 2, zeros - zeros // 2


@mistake(same_padding, "it gives the odd zero to the left side")
def _odd_one_left(i, k, s):
    zeros = _zeros_that_lack(i, k, s)
    return zeros - zeros // 2, zeros // 2


@mistake(same_padding, "it pads both sides alike, with one zero more than needed where their number is odd")
def _alike_and_more(i, k, s):
    half = -(-_zeros_that_lack(i, k, s) // 2)
    return half, half


@mistake(same_padding, "it pads both sides alike: where the number of zeros is odd one is missing")
def _alike_and_less(i, k, s):
    half = _zeros_that_lack(i, k, s) // 2
    return half, half


@mistake(same_padding, "it halves, but does not keep to whole zeros")
def _half_zeros(i, k, s):
    return _zeros_that_lack(i, k, s) / 2, _zeros_that_lack(i, k, s) / 2


@mistake(same_padding, "it pads with a negative number where the input has enough: nothing is to be cut off")
def _negative_zeros(i, k, s):
    zeros = (-(-i // s) - 1) * s + k - i
    return zeros // 2, zeros - zeros // 2


@mistake(same_padding, "it wants floor(i / s) outputs: what the last stride begins is an output as well")
def _outputs_rounded_down(i, k, s):
    zeros = max((i // s - 1) * s + k - i, 0)
    return zeros // 2, zeros - zeros // 2


@mistake(same_padding, "it keeps the size of the input whatever the stride: ceil(i / s) outputs are wanted")
def _as_many_as_inputs(i, k, s):
    zeros = (i - 1) * s + k - i
    return zeros // 2, zeros - zeros // 2


@mistake(same_padding, "all zeros are on the right")
def _right_alone(i, k, s):
    return 0, _zeros_that_lack(i, k, s)


@mistake(same_padding, "it counts as many strides as outputs: between o windows there is one less")
def _stride_too_many(i, k, s):
    zeros = max(-(-i // s) * s + k - i, 0)
    return zeros // 2, zeros - zeros // 2


@mistake(same_padding, "so many zeros are needed on both sides together, not on each")
def _twice_the_zeros(i, k, s):
    return _zeros_that_lack(i, k, s), _zeros_that_lack(i, k, s)


def _padded_layer(rng):
    k, s = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    return rng.normal(size=k), int(rng.integers(k + s + 1, 13)), s, int(rng.integers(1, k))


def _row_unpadded(rng):
    w, i, s, _ = _padded_layer(rng)
    return w, i, s, 0


def _row_padded_in_full(rng):
    w, i, s, _ = _padded_layer(rng)
    return w, i, s, len(w) - 1


def _row_by_row(rng):
    w, i, _, p = _padded_layer(rng)
    return w, i, 1, p


def _last_entry_unseen(rng):
    w, i, s, p = _padded_layer(rng)
    return w, i + (1 - (i + 2 * p - len(w))) % s, s, p


@exercise(
    "ch05.convolution_arithmetic.matrix",
    title="The matrix",
    points=4,
    sources="DLNN E.5.1; Strang VII.2 (6); GBC 9.1",
    arguments=_padded_layer,
    hidden=[_row_unpadded, _row_padded_in_full, _row_by_row, _last_entry_unseen],
    hints=[
        "A row for each output. What stands in the row of an output in the middle, and where does it begin?",
        "Output q multiplies w[j] with entry q s + j of the padded input. Which entry of x is that?",
        "Entry q s + j - p; below 0 and beyond i - 1 it is a zero of the padding, and no column.",
    ],
    by_hand=True,
)
def convolution_matrix(w, i, stride, padding):
    """The matrix A (o, i) with which A @ x is what the kernel w (k,) makes of a row x (i,).

    `padding` zeros on each side, which have no columns of their own.  w is not flipped.  By hand,
    with NumPy alone.
    """
    padded = np.pad(np.eye(i), ((padding, padding), (0, 0)))  # what the padded row is made of
    starts = range(0, len(padded) - len(w) + 1, stride)
    return np.stack([w @ padded[start : start + len(w)] for start in starts])


def _with_padding(w, i, stride, padding):
    """The matrix for the padded row, with columns for the zeros."""
    padded = i + 2 * padding
    starts = stride * np.arange((padded - len(w)) // stride + 1)[:, None]
    places = np.arange(padded) - starts
    return np.where((places >= 0) & (places < len(w)), w[np.clip(places, 0, len(w) - 1)], 0.0)


@mistake(convolution_matrix, "the kernel is flipped: that is the convolution of mathematics")
def _flipped_rows(w, i, stride, padding):
    return _with_padding(w[::-1], i, stride, padding)[:, padding : padding + i]


@mistake(convolution_matrix, "the zeros of the padding have columns: A must multiply the row x itself")
def _columns_for_zeros(w, i, stride, padding):
    return _with_padding(w, i, stride, padding)


@mistake(convolution_matrix, "its rows move on by one column: by the stride they should")
def _rows_one_apart(w, i, stride, padding):
    outputs = (i + 2 * padding - len(w)) // stride + 1
    return _with_padding(w, i, 1, padding)[:outputs, padding : padding + i]


@mistake(convolution_matrix, "it has a row for each place of a window with stride 1")
def _all_rows(w, i, stride, padding):
    return _with_padding(w, i, 1, padding)[:, padding : padding + i]


@mistake(convolution_matrix, "it leaves the padding out")
def _rows_without_padding(w, i, stride, padding):
    return _with_padding(w, i, stride, 0)


@mistake(convolution_matrix, "what meets the padding has come round to the other end: the padding is 0 there")
def _wrapped_rows(w, i, stride, padding):
    A = np.zeros(((i + 2 * padding - len(w)) // stride + 1, i))
    for q, j in np.ndindex(len(A), len(w)):
        A[q, (q * stride + j - padding) % i] += w[j]
    return A


@mistake(convolution_matrix, "the first windows wrap around: NumPy counts a negative index from the end")
def _negative_columns(w, i, stride, padding):
    A = np.zeros(((i + 2 * padding - len(w)) // stride + 1, i))
    for q, j in np.ndindex(len(A), len(w)):
        if q * stride + j - padding < i:
            A[q, q * stride + j - padding] += w[j]
    return A


@mistake(convolution_matrix, "all of the padding is on the left: there are as many zeros on the right")
def _padded_left(w, i, stride, padding):
    return _with_padding(w, i, stride, padding)[:, 2 * padding :]


@mistake(convolution_matrix, "its windows begin at entry 0 of x, and only the right side is padded")
def _padded_right(w, i, stride, padding):
    return _with_padding(w, i, stride, padding)[:, :i]


@mistake(convolution_matrix, "it is transposed: a row for each output, a column for each entry of x")
def _columns_for_outputs(w, i, stride, padding):
    return _with_padding(w, i, stride, padding)[:, padding : padding + i].T


@mistake(convolution_matrix, "it keeps windows that stick out of the padded row at its end")
def _one_row_too_many(w, i, stride, padding):
    longer = _with_padding(w, i + stride, stride, padding)[:, padding : padding + i]
    return longer[: -(-(i + 2 * padding - len(w)) // stride) + 1]
