"""Exercises of ch05/04_transposed_and_dilated_convolution."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _outputs_and_kernel(rng):
    """A row of outputs; windows that overlap; a padding that leaves part of each end window."""
    k = int(rng.integers(4, 7))
    return rng.normal(size=rng.integers(3, 8)), rng.normal(size=k), int(rng.integers(2, k)), 1


def _no_padding_before(rng):
    y, w, s, _ = _outputs_and_kernel(rng)
    return y, w, s, 0


def _more_padding_before(rng):
    y, w, s, _ = _outputs_and_kernel(rng)
    return y, w, s, int(rng.integers(2, len(w) - 1))


def _with_stride_one(rng):
    y, w, _, p = _outputs_and_kernel(rng)
    return y, w, 1, p


def _windows_apart(rng):
    """The stride is larger than the kernel: some entries get nothing."""
    y, w, _, p = _outputs_and_kernel(rng)
    return y, w, len(w) + int(rng.integers(1, 3)), p


def _single_output(rng):
    _, w, s, p = _outputs_and_kernel(rng)
    return rng.normal(size=1), w, s, p


@exercise(
    "ch05.transposed_and_dilated_convolution.row",
    title="Back to the size of the input",
    points=4,
    sources="DLNN E.5.3-E.5.6; GBC 9.5",
    arguments=_outputs_and_kernel,
    hidden=[_no_padding_before, _more_padding_before, _with_stride_one, _windows_apart, _single_output],
    hints=[
        "Each number of y goes back to where the window that made it has looked. Where has window q looked?",
        "It began at entry q s of the padded row. There lies the whole kernel, times y[q], on top of others.",
        "How long is the padded row, at least? Add all up in it; then take the padding off, on both sides.",
    ],
    by_hand=True,
)
def transposed_row(y, w, stride, padding):
    """A^T y, where A is the matrix of the convolution of a row with the kernel w (k,); NumPy alone.

    y (n,);  returns ((n - 1) stride + k - 2 padding,): the shortest row that A makes n outputs of.
    """
    n, k = len(y), len(w)
    padded = np.zeros((n - 1) * stride + k)
    for q in range(n):
        padded[q * stride : q * stride + k] += y[q] * w
    return padded[padding : len(padded) - padding]


def _scattered(y, w, stride, shift=0):
    """The rows of kernels, added up where they overlap."""
    row = np.zeros((len(y) - 1) * stride + len(w))
    for q, value in enumerate(y):
        np.add.at(row, q * stride + np.arange(len(w)), value * w)
    return row


def _cut(row, left, right):
    return row[left : len(row) - right]


@mistake(transposed_row, "the kernel is turned round: scattering needs it as it is; who gathers turns it")
def _turned_while_scattering(y, w, stride, padding):
    return _cut(_scattered(y, w[::-1], stride), padding, padding)


@mistake(transposed_row, "where windows overlap the last one wins: what they leave there adds up")
def _last_window_wins(y, w, stride, padding):
    row = np.zeros((len(y) - 1) * stride + len(w))
    for q, value in enumerate(y):
        row[q * stride : q * stride + len(w)] = value * w
    return _cut(row, padding, padding)


@mistake(transposed_row, "it takes no notice of the stride: neighbors of y looked at places one apart")
def _one_apart(y, w, stride, padding):
    return _cut(_scattered(y, w, 1), padding, padding)


@mistake(transposed_row, "the padding is still there: it was no part of the row that the layer got")
def _padding_left_on(y, w, stride, padding):
    return _scattered(y, w, stride)


@mistake(transposed_row, "it adds zeros where it should take them off: the layer had made the row longer")
def _padded_once_more(y, w, stride, padding):
    return np.pad(_scattered(y, w, stride), padding)


@mistake(transposed_row, "it takes the padding off on the left alone")
def _cut_left(y, w, stride, padding):
    return _cut(_scattered(y, w, stride), padding, 0)


@mistake(transposed_row, "it takes the padding off on the right alone")
def _cut_right(y, w, stride, padding):
    return _cut(_scattered(y, w, stride), 0, padding)


@mistake(transposed_row, "all of the padding is taken off on the left")
def _cut_twice_left(y, w, stride, padding):
    return _cut(_scattered(y, w, stride), 2 * padding, 0)


@mistake(transposed_row, "all of the padding is taken off on the right")
def _cut_twice_right(y, w, stride, padding):
    return _cut(_scattered(y, w, stride), 0, 2 * padding)


@mistake(transposed_row, "stride zeros stand between neighbors of y: they should be stride apart")
def _stretched_too_far(y, w, stride, padding):
    return _cut(_scattered(y, w, stride + 1), padding, padding)


@mistake(transposed_row, "it has as many entries too many as the stride, all 0: n windows have n - 1 steps")
def _room_for_another(y, w, stride, padding):
    return np.append(_cut(_scattered(y, w, stride), padding, padding), np.zeros(stride))


@mistake(transposed_row, "that is the convolution itself, of y: asked is for the way back from it")
def _forward_again(y, w, stride, padding):
    padded = np.pad(y, padding + len(w))
    return np.correlate(padded, w)[::stride]


def _stretched_sizes(rng):
    """What R14 is given: the size of stretched outputs, and what the layer was."""
    k, s = int(rng.integers(4, 12)), int(rng.integers(3, 8))
    count = int(rng.integers(3, 30))
    return s * (count - 1) + 1, k, s, int(rng.integers(1, k // 2 + 1)), int(rng.integers(1, s))


def _no_output_padding(rng):
    stretched, k, s, p, _ = _stretched_sizes(rng)
    return stretched, k, s, p, 0


def _as_in_r12(rng):
    stretched, k, s, _, _ = _stretched_sizes(rng)
    return stretched, k, s, 0, 0


def _nothing_to_stretch(rng):
    _, k, s, p, a = _stretched_sizes(rng)
    return 1, k, s, p, a


def _stride_one_before(rng):
    _, k, _, p, _ = _stretched_sizes(rng)
    return int(rng.integers(3, 60)), k, 1, p, 0


@exercise(
    "ch05.transposed_and_dilated_convolution.repaired",
    title="R14, repaired",
    points=2,
    sources="DLNN E.5.5, E.5.6: R12-R14",
    arguments=_stretched_sizes,
    hidden=[_no_output_padding, _as_in_r12, _nothing_to_stretch, _stride_one_before],
    hints=[
        "Stretching puts s - 1 zeros between neighbors. How far apart are the first and the last output?",
        "The stretched row is s (i' - 1) + 1 entries long: solve that for i'.",
        "R14 is right with i' in the place of the stretched size.",
    ],
)
def repaired_sizes(stretched, k, s, p, a):
    """(i', o'), the sizes of the input and output of a transpose, from the size that R14 names.

    stretched, entries of the input with s - 1 zeros between neighbors;  a, output padding;
    k, s and p, kernel, stride and padding of the convolution.  Returns integers.
    """
    before = (stretched - 1) // s + 1
    return before, s * (before - 1) + a + k - 2 * p


def _size_of_transpose(stretched, k, s, p, a):
    return stretched - 1 + a + k - 2 * p


@mistake(repaired_sizes, "i' is right; o' is R14 as it is printed, with the stretched size: it is too large")
def _as_printed(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, s * (stretched - 1) + a + k - 2 * p


@mistake(repaired_sizes, "i' is the stretched size divided by s: the zeros stand between entries, not behind")
def _divided_by_stride(stretched, k, s, p, a):
    return stretched // s, s * (stretched // s - 1) + a + k - 2 * p


@mistake(repaired_sizes, "its i' is still the stretched one")
def _not_shrunk(stretched, k, s, p, a):
    return stretched, _size_of_transpose(stretched, k, s, p, a)


@mistake(repaired_sizes, "it takes s zeros between neighbors: there are s - 1")
def _a_zero_too_many(stretched, k, s, p, a):
    before = (stretched - 1) // (s + 1) + 1
    return before, s * (before - 1) + a + k - 2 * p


@mistake(repaired_sizes, "it takes s - 1 for the distance of neighbors: so many zeros stand between them")
def _zeros_for_distance(stretched, k, s, p, a):
    before = (stretched - 1) // max(s - 1, 1) + 1
    return before, s * (before - 1) + a + k - 2 * p


@mistake(repaired_sizes, "i' is right; in o' the output padding is missing")
def _without_output_padding(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, stretched - 1 + k - 2 * p


@mistake(repaired_sizes, "i' is right; in o' the padding is added: the transpose takes it off")
def _padding_added(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, stretched - 1 + a + k + 2 * p


@mistake(repaired_sizes, "i' is right; in o' the padding is taken off on one side: there are two")
def _padding_of_one_side(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, stretched - 1 + a + k - p


@mistake(repaired_sizes, "i' is right; in o' the output padding is counted twice: it is on one side")
def _output_padding_twice(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, stretched - 1 + 2 * a + k - 2 * p


@mistake(repaired_sizes, "i' is right; o' is s i' and more: between i' entries there are i' - 1 steps")
def _as_many_steps_as_entries(stretched, k, s, p, a):
    before = (stretched - 1) // s + 1
    return before, s * before + a + k - 2 * p


@mistake(repaired_sizes, "i' is right; o' is what the convolution makes of it: asked is for the transpose")
def _convolved_once_more(stretched, k, s, p, a):
    before = (stretched - 1) // s + 1
    return before, (before + 2 * p - k) // s + 1


def _stack_of_layers(rng):
    """Kernel, stride and dilation of each layer; not the same from both ends."""
    layers = np.column_stack([rng.integers(low, high, size=4) for low, high in [(2, 6), (1, 4), (1, 4)]])
    layers = layers[: rng.integers(3, 5)]
    layers[:2, 1], layers[1:3, 2] = [3, 2], [2, 3]
    return (layers,)


def _without_strides(rng):
    (layers,) = _stack_of_layers(rng)
    layers[:, 1] = 1
    return (np.vstack([layers, rng.integers(2, 9, size=3) * [1, 0, 0] + [0, 1, 1]]),)


def _without_dilations(rng):
    (layers,) = _stack_of_layers(rng)
    layers[:, 2] = 1
    return (layers,)


def _pooled_in_between(rng):
    """Layers of one entry, which see no more than the layer before, but step on."""
    (layers,) = _stack_of_layers(rng)
    layers[1, 0] = 1
    return (np.vstack([layers, rng.integers(2, 9, size=3)]),)


def _only_layer(rng):
    return (np.array([rng.integers([4, 2, 2], [25, 9, 9])]),)


@exercise(
    "ch05.transposed_and_dilated_convolution.field",
    title="What an output has seen",
    points=3,
    sources="GBC 9.2, Figure 9.4; DLNN E.6.1; EE147 CNN Layers",
    arguments=_stack_of_layers,
    hidden=[_without_strides, _without_dilations, _pooled_in_between, _only_layer],
    hints=[
        "Before the first layer an entry sees itself. What does a kernel of 3 add, without any stride?",
        "It adds k - 1 steps. How long a step is depends on the strides of the layers below: multiply them.",
        "A dilated kernel takes steps d times as long. A stride counts for the layers above it only.",
    ],
)
def stack_field(layers):
    """What an output of a stack of layers sees of the input: field and jump, two integers.

    layers (n, 3), integers: kernel, stride and dilation of each layer, the first one first.
    field, how many entries there are from the first that the output sees to the last;
    jump, how many entries the fields of two neighboring outputs are apart.
    """
    field = jump = 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field, jump


def _jumps_below(layers):
    """The distance of neighbors in the input of each layer, and behind the last one."""
    return np.cumprod(np.append(1, layers[:, 1]))


@mistake(stack_field, "it goes through the layers from the last to the first, but sums up as from the first")
def _last_layer_first(layers):
    jumps = _jumps_below(layers[::-1])
    return 1 + np.sum((layers[::-1, 0] - 1) * layers[::-1, 2] * jumps[:-1]), jumps[-1]


@mistake(stack_field, "a kernel of k adds k steps: from its first entry to its last there are fewer")
def _steps_of_a_kernel(layers):
    jumps = _jumps_below(layers)
    return 1 + np.sum(layers[:, 0] * layers[:, 2] * jumps[:-1]), jumps[-1]


@mistake(stack_field, "the stride of a layer lengthens its own steps: it counts for the layers above alone")
def _own_stride(layers):
    jumps = _jumps_below(layers)
    return 1 + np.sum((layers[:, 0] - 1) * layers[:, 2] * jumps[1:]), jumps[-1]


@mistake(stack_field, "it leaves the dilations out")
def _undilated(layers):
    jumps = _jumps_below(layers)
    return 1 + np.sum((layers[:, 0] - 1) * jumps[:-1]), jumps[-1]


@mistake(stack_field, "it leaves the strides out of the field")
def _field_unstrided(layers):
    return 1 + np.sum((layers[:, 0] - 1) * layers[:, 2]), _jumps_below(layers)[-1]


@mistake(stack_field, "the field begins with 0: before any layer an entry sees itself")
def _sees_nothing(layers):
    jumps = _jumps_below(layers)
    return np.sum((layers[:, 0] - 1) * layers[:, 2] * jumps[:-1]), jumps[-1]


@mistake(stack_field, "dilations multiply the jump: they move the entries of a kernel apart, not its windows")
def _jump_dilated(layers):
    jumps = np.cumprod(np.append(1, layers[:, 1] * layers[:, 2]))
    return 1 + np.sum((layers[:, 0] - 1) * layers[:, 2] * _jumps_below(layers)[:-1]), jumps[-1]


@mistake(stack_field, "it multiplies the jump into the dilations below, too: they lengthen one layer's steps")
def _dilations_pass_on(layers):
    apart = np.cumprod(layers[:, 1] * layers[:, 2])
    return 1 + np.sum((layers[:, 0] - 1) * layers[:, 2] * np.append(1, apart[:-1])), apart[-1]


@mistake(stack_field, "it adds the strides up: a step of one layer is as many steps of the layer below")
def _strides_added(layers):
    jumps = np.append(1, 1 + np.cumsum(layers[:, 1] - 1))
    return 1 + np.sum((layers[:, 0] - 1) * layers[:, 2] * jumps[:-1]), jumps[-1]


@mistake(stack_field, "the field is right; the jump is the stride of the last layer: all strides multiply")
def _last_stride(layers):
    return 1 + np.sum((layers[:, 0] - 1) * layers[:, 2] * _jumps_below(layers)[:-1]), layers[-1, 1]


@mistake(stack_field, "a dilated kernel covers d (k - 1) + 1 entries, not d k")
def _dilated_too_far(layers):
    jumps = _jumps_below(layers)
    return 1 + np.sum((layers[:, 0] * layers[:, 2] - 1) * jumps[:-1]), jumps[-1]


@mistake(stack_field, "it multiplies the kernels: each adds its steps to those of the others")
def _kernels_multiplied(layers):
    return np.prod((layers[:, 0] - 1) * layers[:, 2] + 1), _jumps_below(layers)[-1]
