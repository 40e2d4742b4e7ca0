"""Exercises of ch05/05_backprop_through_convolution."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _tenths(rng, *shape):
    """Numbers with one decimal, none of them 0: sums of products have two."""
    return rng.choice([-1, 1], size=shape) * rng.integers(1, 30, size=shape) / 10


def _row_and_deltas(rng, stride=None, left=None):
    """A row, deltas of its outputs, the size of the kernel, a stride; entries at the end are left over."""
    stride = int(rng.integers(2, 4)) if stride is None else stride
    k, o = int(rng.integers(4, 7)), int(rng.integers(3, 7))
    left = int(rng.integers(1, stride + 1)) % stride if left is None else left
    return rng.normal(size=(o - 1) * stride + k + left), rng.normal(size=o), k, stride


def _every_window_one_further(rng):
    return _row_and_deltas(rng, stride=1)


def _entries_left_over(rng):
    return _row_and_deltas(rng, stride=3, left=2)


def _windows_side_by_side(rng):
    k, o = int(rng.integers(3, 6)), int(rng.integers(3, 6))
    return rng.normal(size=o * k), rng.normal(size=o), k, k


@exercise(
    "ch05.backprop_through_convolution.kernel",
    title="What each weight is told",
    points=3,
    sources="DLNN (6.8)-(6.10); GBC (9.11)",
    arguments=_row_and_deltas,
    hidden=[_every_window_one_further, _entries_left_over, _windows_side_by_side],
    hints=[
        "Which entry of x did weight v meet in window q, and which delta belongs to that window?",
        "For one weight: pick the entries that it met, one for each delta, and sum delta times entry.",
        "A slice with a step picks them; it may find one too many at the end. And what did the bias meet?",
    ],
    by_hand=True,
)
def row_kernel_gradients(x, delta, k, stride):
    """(dR/dw, dR/db) of s[q] = b + sum over v of w[v] x[q stride + v]; NumPy alone.

    x (i,);  delta = dR/ds (o,);  k, the size of the kernel;  returns an array (k,) and a number.
    There may be more entries in x than the o windows reach.
    """
    dw = np.array([delta @ x[v::stride][: len(delta)] for v in range(k)])
    return dw, delta.sum()


def _met(x, delta, k, stride):
    """The entry that weight v meets in window q, (o, k)."""
    return np.array([x[q * stride : q * stride + k] for q in range(len(delta))])


@mistake(row_kernel_gradients, "the weights come in reverse: nothing is turned round here")
def _weights_in_reverse(x, delta, k, stride):
    return (delta @ _met(x, delta, k, stride))[::-1], delta.sum()


@mistake(row_kernel_gradients, "the deltas are taken in reverse: delta q belongs to window q")
def _deltas_in_reverse(x, delta, k, stride):
    return delta[::-1] @ _met(x, delta, k, stride), delta.sum()


@mistake(row_kernel_gradients, "it takes no notice of the stride: windows are stride entries apart")
def _windows_one_apart(x, delta, k, stride):
    return delta @ _met(x, delta, k, 1), delta.sum()


@mistake(row_kernel_gradients, "dw has the last window alone: a shared weight hears from all of them")
def _last_window_alone(x, delta, k, stride):
    return delta[-1] * _met(x, delta, k, stride)[-1], delta.sum()


@mistake(row_kernel_gradients, "dw is a mean over the windows: the loss depends on each of them, a sum")
def _mean_over_windows(x, delta, k, stride):
    return delta @ _met(x, delta, k, stride) / len(delta), delta.sum()


@mistake(row_kernel_gradients, "dw and db are means over the windows: the risk depends on each, a sum")
def _means_over_windows(x, delta, k, stride):
    return delta @ _met(x, delta, k, stride) / len(delta), delta.mean()


@mistake(row_kernel_gradients, "db is a mean: the bias stands in every output, and all of them add up")
def _mean_bias(x, delta, k, stride):
    return delta @ _met(x, delta, k, stride), delta.mean()


@mistake(row_kernel_gradients, "db still has an entry for each output: there is only one bias")
def _bias_for_each_output(x, delta, k, stride):
    return delta @ _met(x, delta, k, stride), delta


@mistake(row_kernel_gradients, "db is the number of outputs: that is ds/db, added up without delta")
def _outputs_counted(x, delta, k, stride):
    return delta @ _met(x, delta, k, stride), float(len(delta))


@mistake(row_kernel_gradients, "dw is without delta: what a weight met counts as much as its output does")
def _without_delta(x, delta, k, stride):
    return _met(x, delta, k, stride).sum(axis=0), delta.sum()


@mistake(row_kernel_gradients, "dw and db have changed places")
def _bias_first(x, delta, k, stride):
    return delta.sum(), delta @ _met(x, delta, k, stride)


@mistake(
    row_kernel_gradients, "the windows end where x ends: they begin where it begins, the rest is left over"
)
def _windows_from_the_end(x, delta, k, stride):
    unused = len(x) - (len(delta) - 1) * stride - k
    return delta @ _met(x[unused:], delta, k, stride), delta.sum()


def _deltas_and_kernels(rng, stride=None, unreached=None):
    """Deltas of several filters, the filters, the size of the row, a stride; windows overlap.

    Less than a stride is left over behind the last window: of a longer row there were more deltas.
    """
    k = int(rng.integers(4, 7))
    stride = int(rng.integers(2, k)) if stride is None else stride
    o, c, q = int(rng.integers(2, 4)), int(rng.integers(4, 6)), int(rng.integers(3, 6))
    unreached = int(rng.integers(1, stride + 1)) % stride if unreached is None else unreached
    return _tenths(rng, o, q), _tenths(rng, o, c, k), (q - 1) * stride + k + unreached, stride


def _neighboring_windows(rng):
    return _deltas_and_kernels(rng, stride=1)


def _all_entries_reached(rng):
    return _deltas_and_kernels(rng, unreached=0)


def _one_window(rng):
    delta, W, _, stride = _deltas_and_kernels(rng)
    return delta[:, :1], W, W.shape[2] + stride - 1, stride


def _most_entries_left_over(rng):
    return _deltas_and_kernels(rng, stride=3, unreached=2)


def _one_filter(rng):
    delta, W, i, stride = _deltas_and_kernels(rng)
    return delta[:1], W[:1], i, stride


@exercise(
    "ch05.backprop_through_convolution.input",
    title="What each entry of the input is told",
    points=4,
    sources="DLNN (6.11); GBC (9.13)",
    arguments=_deltas_and_kernels,
    hidden=[
        _neighboring_windows,
        _all_entries_reached,
        _most_entries_left_over,
        _one_window,
        _one_filter,
    ],
    hints=[
        "Begin with zeros for all entries, as many as there were, and go through the windows.",
        "In window q an entry was multiplied with a weight of every filter. Each pair hands back a product.",
        "A window gets back the kernels, each times its delta, summed over the filters; and windows overlap.",
    ],
    by_hand=True,
)
def row_input_gradient(delta, W, i, stride):
    """dR/dx (c, i) of s[o, q] = sum over c, v of W[o, c, v] x[c, q stride + v]; NumPy alone.

    delta = dR/ds (o, q);  W (o, c, k);  i, how many entries the row has in each of its c channels.
    Fewer than `stride` of them may be left over behind the last window.
    """
    dx = np.zeros((W.shape[1], i))
    for q, deltas in enumerate(delta.T):
        dx[:, q * stride : q * stride + W.shape[2]] += np.tensordot(deltas, W, axes=1)
    return dx


def _handed_back(delta, W, i, stride):
    """The kernels where their windows were, added up."""
    dx = np.zeros((W.shape[1], max(i, (delta.shape[1] - 1) * stride + W.shape[2])))
    for q in range(delta.shape[1]):
        dx[:, q * stride : q * stride + W.shape[2]] += np.einsum("o,ock->ck", delta[:, q], W)
    return dx


@mistake(row_input_gradient, "the kernels are turned round: who scatters takes them as they are")
def _kernels_turned_round(delta, W, i, stride):
    return _handed_back(delta, W[..., ::-1], i, stride)


@mistake(row_input_gradient, "where windows overlap the later one wins: an entry hears from all its windows")
def _later_window_wins(delta, W, i, stride):
    dx = np.zeros((W.shape[1], i))
    for q in range(delta.shape[1]):
        dx[:, q * stride : q * stride + W.shape[2]] = np.einsum("o,ock->ck", delta[:, q], W)
    return dx


@mistake(row_input_gradient, "it takes no notice of the stride: windows are stride entries apart")
def _deltas_one_apart(delta, W, i, stride):
    return _handed_back(delta, W, i, 1)


@mistake(
    row_input_gradient, "entries are missing that no window reached: their gradient is 0, and has a place"
)
def _shortest_row(delta, W, i, stride):
    return _handed_back(delta, W, 0, stride)


@mistake(row_input_gradient, "the gradient lies at the end of the row: the first window was at its beginning")
def _at_the_end(delta, W, i, stride):
    row = _handed_back(delta, W, 0, stride)
    return np.pad(row, [(0, 0), (i - row.shape[1], 0)])


@mistake(
    row_input_gradient, "it has the first filter alone: an entry had a part in the outputs of all of them"
)
def _first_filter_alone(delta, W, i, stride):
    return _handed_back(delta[:1], W[:1], i, stride)


@mistake(
    row_input_gradient, "it has the last filter alone: those before it are overwritten, and parts add up"
)
def _last_filter_alone(delta, W, i, stride):
    return _handed_back(delta[-1:], W[-1:], i, stride)


@mistake(row_input_gradient, "it averages over the filters: their parts add up")
def _mean_over_filters(delta, W, i, stride):
    return _handed_back(delta, W, i, stride) / len(W)


@mistake(
    row_input_gradient,
    "it adds up filters and deltas before it multiplies: each delta goes with its own filter",
)
def _summed_too_early(delta, W, i, stride):
    return _handed_back(delta.sum(axis=0)[None], W.sum(axis=0)[None], i, stride)


@mistake(row_input_gradient, "all channels get the same: each has weights of its own in a filter")
def _channels_added_up(delta, W, i, stride):
    return np.tile(_handed_back(delta, W, i, stride).sum(axis=0), (W.shape[1], 1))


@mistake(row_input_gradient, "it divides by the number of windows that an entry was in: their parts add up")
def _mean_over_overlaps(delta, W, i, stride):
    windows = _handed_back(np.ones((1, delta.shape[1])), np.ones((1, 1, W.shape[2])), i, stride)
    return _handed_back(delta, W, i, stride) / np.maximum(windows, 1)


@mistake(row_input_gradient, "the deltas are taken in reverse: delta q belongs to window q")
def _windows_in_reverse(delta, W, i, stride):
    return _handed_back(delta[:, ::-1], W, i, stride)


def _code_and_errors(rng, stride=None):
    """Maps of a code, filters that draw them into rows, errors of the rows, a stride; drawings overlap."""
    k = int(rng.integers(4, 7))
    stride = int(rng.integers(2, k)) if stride is None else stride
    o, c, q = int(rng.integers(2, 4)), int(rng.integers(4, 6)), int(rng.integers(7, 9))
    return (
        _tenths(rng, o, q),
        _tenths(rng, o, c, k),
        _tenths(rng, c, (q - 1) * stride + k),
        stride,
    )


def _drawn_one_apart(rng):
    return _code_and_errors(rng, stride=1)


def _single_map(rng):
    h, K, e, stride = _code_and_errors(rng)
    return h[:1], K[:1], e, stride


def _single_channel(rng):
    h, K, e, stride = _code_and_errors(rng)
    return h, K[:, :1], e[:1], stride


@exercise(
    "ch05.backprop_through_convolution.decoder",
    title="The decoder, backward",
    points=4,
    sources="GBC 9.5, (9.14)",
    arguments=_code_and_errors,
    hidden=[_drawn_one_apart, _single_map, _single_channel],
    hints=[
        "One number of the code drew a kernel into the row. Which entries of the row did it have a part in?",
        "It hears from these entries: the error of each, times the weight that was drawn there.",
        "A weight was drawn once for each number of its map: error times that number, over all places.",
    ],
    by_hand=True,
)
def row_decoder_gradients(h, K, e, stride):
    """(dJ/dh, dJ/dK) of a decoder, r[c, q stride + v] adds up K[o, c, v] h[o, q]; NumPy alone.

    h (o, q), the code;  K (o, c, k);  e = dJ/dr (c, i), i = (q - 1) stride + k.
    """
    k = K.shape[2]
    pieces = np.array([e[:, q * stride : q * stride + k] for q in range(h.shape[1])])  # (q, c, k)
    return np.einsum("ock,qck->oq", K, pieces), np.einsum("oq,qck->ock", h, pieces)


def _pieces(h, K, e, stride):
    """The errors where each number of a map has drawn, (q, c, k)."""
    return np.array([e[:, q * stride : q * stride + K.shape[2]] for q in range(h.shape[1])])


def _told_to_the_code(K, pieces):
    return np.einsum("ock,qck->oq", K, pieces)


def _told_to_the_filters(h, pieces):
    return np.einsum("oq,qck->ock", h, pieces)


def _both(h, K, pieces):
    return _told_to_the_code(K, pieces), _told_to_the_filters(h, pieces)


@mistake(row_decoder_gradients, "for dh the kernels are turned round: they were drawn as they are")
def _turned_for_the_code(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(K[..., ::-1], pieces), _told_to_the_filters(h, pieces)


@mistake(row_decoder_gradients, "dK has its weights in reverse: nothing is turned round here")
def _filters_in_reverse(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(K, pieces), _told_to_the_filters(h, pieces)[..., ::-1]


@mistake(row_decoder_gradients, "it takes no notice of the stride: neighbors in the code draw that far apart")
def _code_one_apart(h, K, e, stride):
    return _both(h, K, _pieces(h, K, e, 1))


@mistake(row_decoder_gradients, "dh is a mean over the channels: a number of the code draws into all, a sum")
def _mean_over_channels(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(K, pieces) / len(e), _told_to_the_filters(h, pieces)


@mistake(row_decoder_gradients, "dK is a mean over the places: a filter is drawn at each of them, a sum")
def _mean_over_places(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(K, pieces), _told_to_the_filters(h, pieces) / h.shape[1]


@mistake(row_decoder_gradients, "dh has the first channel alone: a number of the code draws into all of them")
def _first_channel_alone(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    first = np.einsum("ok,qk->oq", K[:, 0], pieces[:, 0])
    return first, _told_to_the_filters(h, pieces)


@mistake(row_decoder_gradients, "dh and dK have changed places")
def _filters_first(h, K, e, stride):
    return _both(h, K, _pieces(h, K, e, stride))[::-1]


@mistake(row_decoder_gradients, "dh adds up the errors without the weights that were drawn there")
def _errors_without_weights(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(np.ones(K.shape), pieces), _told_to_the_filters(h, pieces)


@mistake(row_decoder_gradients, "dK adds up the errors without the code that they belong to")
def _errors_without_code(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(K, pieces), _told_to_the_filters(np.ones(h.shape), pieces)


@mistake(row_decoder_gradients, "the errors are taken in reverse: the code begins where the row begins")
def _errors_in_reverse(h, K, e, stride):
    return _both(h, K, _pieces(h, K, e[:, ::-1], stride))


@mistake(row_decoder_gradients, "dK has the last place alone: a filter is drawn at all of them")
def _last_place_alone(h, K, e, stride):
    pieces = _pieces(h, K, e, stride)
    return _told_to_the_code(K, pieces), _told_to_the_filters(h[:, -1:], pieces[-1:])
