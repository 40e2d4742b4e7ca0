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


@mistake(
    transposed_row, "the length is right, but the kernels lie one apart: windows are stride entries apart"
)
def _one_apart_in_a_row_of_the_right_size(y, w, stride, padding):
    row = _scattered(y, w, 1)
    return _cut(np.pad(row, (0, (len(y) - 1) * (stride - 1))), padding, padding)


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


@mistake(
    transposed_row, "it takes all 2p entries off on the right: window 0 began in the padding on the left"
)
def _cut_twice_on_the_right(y, w, stride, padding):
    return _cut(_scattered(y, w, stride), 0, 2 * padding)


@mistake(transposed_row, "it takes all 2p entries off on the left: half of the padding was on the right")
def _cut_twice_on_the_left(y, w, stride, padding):
    return _cut(_scattered(y, w, stride), 2 * padding, 0)


@mistake(transposed_row, "stride zeros stand between neighbors of y: they should be stride apart")
def _stretched_too_far(y, w, stride, padding):
    return _cut(_scattered(y, w, stride + 1), padding, padding)


@mistake(transposed_row, "y is repeated: between neighbors stand zeros, not their copies")
def _copies_between(y, w, stride, padding):
    return _cut(np.convolve(np.repeat(y, stride)[: (len(y) - 1) * stride + 1], w), padding, padding)


@mistake(transposed_row, "what falls into the padding is back at the other end: a negative index does that")
def _wrapped_round(y, w, stride, padding):
    row = np.zeros((len(y) - 1) * stride + len(w) - 2 * padding)
    for q, v in np.ndindex(len(y), len(w)):
        place = q * stride + v - padding
        if -len(row) <= place < len(row):
            row[place] += w[v] * y[q]
    return row


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
    points=1,
    sources="DLNN E.5.5, E.5.6: R12-R14",
    arguments=_stretched_sizes,
    hidden=[_no_output_padding, _as_in_r12, _nothing_to_stretch, _stride_one_before],
    hints=[
        "Stretching puts s - 1 zeros between neighbors. How far apart are the first and the last output?",
        "The stretched row is s (i' - 1) + 1 entries long: solve that for i'.",
        "R14 is right with i' in the place of the stretched size.",
    ],
    by_hand=True,
)
def repaired_sizes(stretched, k, s, p, a):
    """(i', o'), the sizes of the input and output of a transpose, from the size that R14 names.

    stretched, entries of the input with s - 1 zeros between neighbors;  a, output padding;
    k, s and p, kernel, stride and padding of the convolution.  Returns integers.  NumPy alone.
    """
    before = (stretched - 1) // s + 1
    return before, s * (before - 1) + a + k - 2 * p


def _size_of_transpose(stretched, k, s, p, a):
    return stretched - 1 + a + k - 2 * p


@mistake(repaired_sizes, "o' is R14 as it is printed, with the stretched size: it is too large")
def _as_printed(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, s * (stretched - 1) + a + k - 2 * p


@mistake(repaired_sizes, "i' is the stretched size divided by s: the zeros stand between entries, not behind")
def _divided_by_stride(stretched, k, s, p, a):
    return stretched // s, s * (stretched // s - 1) + a + k - 2 * p


@mistake(repaired_sizes, "its i' is still the stretched one")
def _not_shrunk(stretched, k, s, p, a):
    return stretched, _size_of_transpose(stretched, k, s, p, a)


@mistake(repaired_sizes, "it takes s - 1 for the distance of neighbors: so many zeros stand between them")
def _zeros_for_distance(stretched, k, s, p, a):
    before = (stretched - 1) // max(s - 1, 1) + 1
    return before, s * (before - 1) + a + k - 2 * p


@mistake(repaired_sizes, "in o' the output padding is missing")
def _without_output_padding(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, stretched - 1 + k - 2 * p


@mistake(repaired_sizes, "in o' the padding is added: the transpose takes it off")
def _padding_added(stretched, k, s, p, a):
    return (stretched - 1) // s + 1, stretched - 1 + a + k + 2 * p


@mistake(repaired_sizes, "o' is s i' and more: between i' entries there are i' - 1 steps")
def _as_many_steps_as_entries(stretched, k, s, p, a):
    before = (stretched - 1) // s + 1
    return before, s * before + a + k - 2 * p


def _stack_of_layers(rng):
    """Kernel, stride, padding and dilation of each layer; not the same from both ends."""
    between = [(2, 6), (1, 4), (0, 3), (1, 4)]
    layers = np.column_stack([rng.integers(low, high, size=4) for low, high in between])
    layers = layers[: rng.integers(3, 5)]
    layers[:2, 1], layers[1:3, 2], layers[1:3, 3] = [3, 2], [2, 1], [2, 3]
    return (layers,)


def _without_strides(rng):
    (layers,) = _stack_of_layers(rng)
    layers[:, 1] = 1
    return (np.vstack([layers, [rng.integers(2, 9), 1, 1, 1]]),)


def _without_dilations(rng):
    (layers,) = _stack_of_layers(rng)
    layers[:, 3] = 1
    return (layers,)


def _without_padding(rng):
    (layers,) = _stack_of_layers(rng)
    layers[:, 2] = 0
    return (layers,)


def _pooled_in_between(rng):
    """Layers of one entry, which see no more than the layer before, but step on."""
    (layers,) = _stack_of_layers(rng)
    layers[1, [0, 2]] = [1, 0]
    return (np.vstack([layers, rng.integers([2, 2, 1, 2], [9, 9, 3, 9])]),)


def _only_layer(rng):
    return (np.array([rng.integers([4, 2, 1, 2], [25, 9, 4, 9])]),)


@exercise(
    "ch05.transposed_and_dilated_convolution.field",
    title="What an output has seen",
    points=3,
    sources="GBC 9.2, Figure 9.4; DLNN E.6.1; EE147 CNN Layers",
    arguments=_stack_of_layers,
    hidden=[_without_strides, _without_dilations, _without_padding, _pooled_in_between, _only_layer],
    hints=[
        "Before the first layer an entry sees itself. What does a kernel of 3 add, without any stride?",
        "It adds k - 1 steps. How long a step is depends on the strides of the layers below: multiply them.",
        "A dilated kernel takes steps d times as long; padding moves the first window back by p steps.",
    ],
    by_hand=True,
)
def stack_field(layers):
    """What output 0 of a stack of layers sees of the input: field, jump and start, integers.

    layers (n, 4), integers: kernel, stride, padding, dilation of each layer, the first one first.
    field, how many entries there are from the first that an output sees to the last;
    jump, how many entries the fields of two neighboring outputs are apart;
    start, the entry with which the field of output 0 begins, below 0 in the padding.  NumPy alone.
    """
    field, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        field += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return field, jump, start


def _jumps_below(layers):
    """The distance of neighbors in the input of each layer, and behind the last one."""
    return np.cumprod(np.append(1, layers[:, 1]))


def _reach(layers):
    """The steps that each kernel spans."""
    return (layers[:, 0] - 1) * layers[:, 3]


def _seen(reach, jumps, layers):
    """The three integers, where field and start are made of these steps and jumps."""
    return 1 + np.sum(reach * jumps[:-1]), jumps[-1], -np.sum(layers[:, 2] * jumps[:-1])


@mistake(stack_field, "a kernel of k adds k steps: from its first entry to its last there are fewer")
def _steps_of_a_kernel(layers):
    return _seen(layers[:, 0] * layers[:, 3], _jumps_below(layers), layers)


@mistake(stack_field, "the stride of a layer lengthens its own steps: it counts for the layers above alone")
def _own_stride(layers):
    jumps = _jumps_below(layers)
    return 1 + np.sum(_reach(layers) * jumps[1:]), jumps[-1], -np.sum(layers[:, 2] * jumps[1:])


@mistake(stack_field, "it leaves the dilations out")
def _undilated(layers):
    return _seen(layers[:, 0] - 1, _jumps_below(layers), layers)


@mistake(stack_field, "it leaves the strides out of the field and of the start")
def _field_unstrided(layers):
    jump = _jumps_below(layers)[-1]
    return 1 + np.sum(_reach(layers)), jump, -np.sum(layers[:, 2])


@mistake(stack_field, "the field begins with 0: before any layer an entry sees itself")
def _sees_nothing(layers):
    field, jump, start = _seen(_reach(layers), _jumps_below(layers), layers)
    return field - 1, jump, start


@mistake(stack_field, "dilations multiply the jump: they move the entries of a kernel apart, not its windows")
def _jump_dilated(layers):
    field, jump, start = _seen(_reach(layers), _jumps_below(layers), layers)
    return field, jump * np.prod(layers[:, 3]), start


@mistake(stack_field, "it multiplies the jump into the dilations below, too: they lengthen one layer's steps")
def _dilations_pass_on(layers):
    return _seen(_reach(layers), np.cumprod(np.append(1, layers[:, 1] * layers[:, 3])), layers)


@mistake(stack_field, "it adds the strides up: a step of one layer is as many steps of the layer below")
def _strides_added(layers):
    return _seen(_reach(layers), np.append(1, 1 + np.cumsum(layers[:, 1] - 1)), layers)


@mistake(stack_field, "it adds each stride to the jump: a step of one layer is as many steps of that below")
def _whole_strides_added(layers):
    return _seen(_reach(layers), np.append(1, 1 + np.cumsum(layers[:, 1])), layers)


@mistake(stack_field, "the jump is the stride of the last layer: all strides multiply")
def _last_stride(layers):
    field, _, start = _seen(_reach(layers), _jumps_below(layers), layers)
    return field, layers[-1, 1], start


@mistake(stack_field, "the jump leaves out the last stride: neighbors are outputs of the last layer")
def _without_last_stride(layers):
    field, _, start = _seen(_reach(layers), _jumps_below(layers), layers)
    return field, _jumps_below(layers)[-2], start


@mistake(stack_field, "a dilated kernel covers d (k - 1) + 1 entries, not d k")
def _dilated_too_far(layers):
    return _seen(layers[:, 0] * layers[:, 3] - 1, _jumps_below(layers), layers)


@mistake(stack_field, "a kernel that covers d (k - 1) + 1 entries adds one step less")
def _all_that_it_covers(layers):
    return _seen(_reach(layers) + 1, _jumps_below(layers), layers)


@mistake(stack_field, "it multiplies the kernels: each adds its steps to those of the others")
def _kernels_multiplied(layers):
    _, jump, start = _seen(_reach(layers), _jumps_below(layers), layers)
    return np.prod(_reach(layers) + 1), jump, start


@mistake(stack_field, "the start is the sum of the paddings: a zero above is as wide as the jump below it")
def _paddings_added(layers):
    field, jump, _ = _seen(_reach(layers), _jumps_below(layers), layers)
    return field, jump, -np.sum(layers[:, 2])


@mistake(stack_field, "the start has the wrong sign: padding lies before entry 0")
def _start_inside(layers):
    field, jump, start = _seen(_reach(layers), _jumps_below(layers), layers)
    return field, jump, -start
