"""Exercises of ch05/08_landmark_architectures_from_googlenet."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _module(rng):
    """Channels and filters of generic numbers, no two the same."""
    return tuple(int(count) for count in 3 + rng.permutation(40)[:7])


def _wide_reductions(rng):
    """The 1x1 layers make the input wider."""
    c, n1, r3, n3, r5, n5, pool = _module(rng)
    return c, n1, r3 + 2 * c, n3, r5 + 3 * c, n5, pool


def _many_channels(rng):
    c, *others = _module(rng)
    return 20 * c, *others


@exercise(
    "ch05.landmark_architectures_from_googlenet.inception",
    title="Count an inception module",
    points=2,
    sources="EE147 GoogLeNet",
    arguments=_module,
    hidden=[_wide_reductions, _many_channels],
    hints=[
        "The paths are concatenated: which four numbers of channels stand behind each other?",
        "f filters of k x k on c channels have f (c k k + 1) parameters. What is c inside a path?",
        "Six convolutions: four see the c channels of the input, one r3, one r5. A pool has no parameters.",
    ],
    by_hand=True,
)
def inception_counts(c, n1, r3, n3, r5, n5, pool):
    """Depth of the output and parameters, with biases, of an inception module for c channels.

    Side by side: n1 filters 1x1;  r3 filters 1x1, then n3 of 3x3;  r5 filters 1x1, then n5 of 5x5;
    a max pool, then `pool` filters 1x1.  Returns (depth, parameters).  By hand, with NumPy alone.
    """
    from_input = (n1 + r3 + r5 + pool) * (c + 1)
    return n1 + n3 + n5 + pool, from_input + n3 * (9 * r3 + 1) + n5 * (25 * r5 + 1)


def _count(c, n1, r3, n3, r5, n5, pool, bias=1):
    from_input = (n1 + r3 + r5 + pool) * (c + bias)
    return from_input + n3 * (9 * r3 + bias) + n5 * (25 * r5 + bias)


@mistake(inception_counts, "the biases are missing: one for each filter")
def _no_bias(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, _count(c, n1, r3, n3, r5, n5, pool, bias=0)


@mistake(inception_counts, "it counts the reductions as outputs: r3 and r5 end inside their paths")
def _reductions_put_out(c, n1, r3, n3, r5, n5, pool):
    return n1 + r3 + n3 + r5 + n5 + pool, _count(c, n1, r3, n3, r5, n5, pool)


@mistake(inception_counts, "its depth is that of the widest path: paths are put behind each other, not added")
def _widest(c, n1, r3, n3, r5, n5, pool):
    return max(n1, n3, n5, pool), _count(c, n1, r3, n3, r5, n5, pool)


@mistake(
    inception_counts, "the pool's path puts out c channels there: a 1x1 convolution comes behind the pool"
)
def _pool_unreduced(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + c, _count(c, n1, r3, n3, r5, n5, pool)


@mistake(
    inception_counts, "the large windows see all c channels there: they see what their 1x1 layer put out"
)
def _windows_on_input(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, (n1 + r3 + r5 + pool) * (c + 1) + n3 * (9 * c + 1) + n5 * (25 * c + 1)


@mistake(
    inception_counts, "in the parameters the reductions are missing, and large windows see all c channels"
)
def _direct(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, (n1 + pool) * (c + 1) + n3 * (9 * c + 1) + n5 * (25 * c + 1)


@mistake(inception_counts, "in the parameters the 1x1 layers before the large windows are missing")
def _no_reductions(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, (n1 + pool) * (c + 1) + n3 * (9 * r3 + 1) + n5 * (25 * r5 + 1)


@mistake(inception_counts, "the filters behind the pool are missing")
def _no_projection(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, _count(c, n1, r3, n3, r5, n5, pool) - pool * (c + 1)


@mistake(inception_counts, "a window has k x k weights for each channel, not k")
def _one_side(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, (n1 + r3 + r5 + pool) * (c + 1) + n3 * (3 * r3 + 1) + n5 * (5 * r5 + 1)


@mistake(inception_counts, "a 5x5 filter has 25 weights for each channel that it sees, not 9")
def _nine_of_25(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, _count(c, n1, r3, n3, r5, n5, pool) - 16 * n5 * r5


@mistake(inception_counts, "the filters behind the pool are 1x1: they have c weights each, not 9 c")
def _pool_with_window(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, _count(c, n1, r3, n3, r5, n5, pool) + 8 * pool * c


@mistake(inception_counts, "the filters of the reductions, r3 and r5, have biases, too")
def _bias_of_outputs(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5 + pool, _count(c, n1, r3, n3, r5, n5, pool) - r3 - r5


@mistake(inception_counts, "the depth leaves out the path of the pool")
def _no_pool(c, n1, r3, n3, r5, n5, pool):
    return n1 + n3 + n5, _count(c, n1, r3, n3, r5, n5, pool)


@mistake(inception_counts, "it returns the two numbers the other way round: the depth comes first")
def _swapped(c, n1, r3, n3, r5, n5, pool):
    return _count(c, n1, r3, n3, r5, n5, pool), n1 + n3 + n5 + pool


def _block(rng):
    """A block of generic sizes, no two the same, with silent and active units."""
    n, d, k = rng.permutation([4, 5, 6, 7])[:3]
    return (
        rng.normal(size=(n, d)),
        rng.normal(size=(k, d)),
        rng.normal(size=k),
        rng.normal(size=(d, k)),
        rng.normal(size=(n, d)),
    )


def _square_block(rng):
    """As many units as inputs: transposed matrices have shapes that fit."""
    h, _, _, _, delta = _block(rng)
    d = h.shape[1]
    return h, rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=(d, d)), delta


def _all_silent(rng):
    """No unit is active: what comes back is delta."""
    h, W1, b1, W2, delta = _block(rng)
    return h, W1, -50 - np.abs(b1), W2, delta


def _nothing_added(rng):
    """W2 = 0: the identity."""
    h, W1, b1, W2, delta = _block(rng)
    return h, W1, b1, 0 * W2, delta


@exercise(
    "ch05.landmark_architectures_from_googlenet.pullback",
    title="The way back through a residual block",
    points=3,
    sources="EE147 ResNet; Strang VII.2",
    arguments=_block,
    hidden=[_square_block, _all_silent, _nothing_added],
    hints=[
        "The output is a sum. The gradient of a sum goes to both of its terms, unchanged.",
        "Back through the layers: with W2, where the ReLU was active, with W1. Samples are rows.",
        "s = h @ W1.T + b1 says which units were active: delta @ W2 counts where s > 0.",
    ],
    by_hand=True,
)
def residual_block_pullback(h, W1, b1, W2, delta):
    """dR/dh of the block h + W2 max(0, W1 h + b1), for samples in rows.

    h (n, d);  W1 (k, d), b1 (k,), W2 (d, k);  delta = dR/doutput (n, d);  returns (n, d).
    By hand, with NumPy alone.
    """
    active = h @ W1.T + b1 > 0
    return delta + (delta @ W2 * active) @ W1


def _inside(h, W1, b1, W2, delta):
    return (delta @ W2 * (h @ W1.T + b1 > 0)) @ W1


@mistake(residual_block_pullback, "it leaves out the shortcut: delta itself comes back, too")
def _no_shortcut(h, W1, b1, W2, delta):
    return _inside(h, W1, b1, W2, delta)


@mistake(residual_block_pullback, "it is delta alone: what comes back through the layers is missing")
def _shortcut_alone(h, W1, b1, W2, delta):
    return delta + 0


@mistake(residual_block_pullback, "the ReLU is missing on the way back: silent units pass no gradient")
def _no_relu(h, W1, b1, W2, delta):
    return delta + delta @ W2 @ W1


@mistake(residual_block_pullback, "it asks where the inputs are positive: the ReLU sits behind W1 h + b1")
def _sign_of_the_input(h, W1, b1, W2, delta):
    return (delta + delta @ W2 @ W1) * (h > 0)


@mistake(residual_block_pullback, "it leaves out the bias: a unit is active where W1 h + b1 > 0")
def _no_bias_in_relu(h, W1, b1, W2, delta):
    return delta + (delta @ W2 * (h @ W1.T > 0)) @ W1


@mistake(residual_block_pullback, "the ReLU stops the shortcut as well: that one goes around the layers")
def _relu_behind_the_sum(h, W1, b1, W2, delta):
    output = h + np.maximum(0, h @ W1.T + b1) @ W2.T
    return residual_block_pullback(h, W1, b1, W2, delta * (output > 0))


@mistake(residual_block_pullback, "it multiplies with the activations: the derivative of a ReLU is 0 or 1")
def _times_activation(h, W1, b1, W2, delta):
    return delta + (delta @ W2 * np.maximum(0, h @ W1.T + b1)) @ W1


@mistake(residual_block_pullback, "it adds h: what comes back is a gradient, and the shortcut passes delta")
def _adds_the_input(h, W1, b1, W2, delta):
    return h + _inside(h, W1, b1, W2, delta)


@mistake(residual_block_pullback, "it averages the two ways: the gradients of a sum are added")
def _averaged(h, W1, b1, W2, delta):
    return (delta + _inside(h, W1, b1, W2, delta)) / 2


@mistake(residual_block_pullback, "it subtracts what comes back through the layers")
def _subtracted(h, W1, b1, W2, delta):
    return delta - _inside(h, W1, b1, W2, delta)


@mistake(residual_block_pullback, "it is the output of the block: the way back is asked for")
def _forward(h, W1, b1, W2, delta):
    return h + np.maximum(0, h @ W1.T + b1) @ W2.T


def _kernel(rng):
    """Three groups or four, with different numbers of filters and channels."""
    groups, ours, theirs, k = rng.choice([3, 4]), *rng.permutation([2, 3, 5])[:2], rng.choice([1, 2, 3])
    return rng.normal(size=(groups * ours, theirs, k, k)), int(groups)


def _one_group(rng):
    """Nothing to be done."""
    return rng.normal(size=(5, 3, 2, 2)), 1


def _depthwise(rng):
    """A group for each channel."""
    c = int(rng.integers(4, 7))
    return rng.normal(size=(2 * c, 1, 3, 3)), c


def _two_groups(rng):
    return rng.normal(size=(6, 4, 3, 3)), 2


@exercise(
    "ch05.landmark_architectures_from_googlenet.groups",
    title="Groups as one kernel",
    points=3,
    sources="EE147 Modern Developments",
    arguments=_kernel,
    hidden=[_one_group, _depthwise, _two_groups],
    hints=[
        "How many channels does the input have? W says how many belong to one group.",
        "Begin with zeros of shape (f, c, k, k), and fill one block of filters and channels for each group.",
        "Group g has the filters g f / groups, ... and the channels g c / groups, ...: two slices.",
    ],
    by_hand=True,
)
def ungrouped_kernel(W, groups):
    """The kernel of the convolution without groups that does the same as W with `groups`.

    W (f, c / groups, k, k);  returns (f, c, k, k).  The first f / groups filters see the first
    c / groups channels, and so on.  By hand, with NumPy alone.
    """
    f, own = W.shape[:2]
    whole = np.zeros((f, own * groups, *W.shape[2:]))
    for g in range(groups):
        filters = slice(g * f // groups, (g + 1) * f // groups)
        whole[filters, g * own : (g + 1) * own] = W[filters]
    return whole


@mistake(ungrouped_kernel, "every group sees all channels there: the same kernels, repeated")
def _repeated(W, groups):
    return np.tile(W, (1, groups, 1, 1))


@mistake(ungrouped_kernel, "every group sees the first channels: the others have their own")
def _first_channels(W, groups):
    return np.pad(W, [(0, 0), (0, W.shape[1] * (groups - 1)), (0, 0), (0, 0)])


@mistake(ungrouped_kernel, "the groups take turns among the filters: neighbors belong to one group")
def _turns_of_filters(W, groups):
    whole = np.zeros((len(W), W.shape[1] * groups, *W.shape[2:]))
    for at, kernel in enumerate(W):
        group = at % groups
        whole[at, group * W.shape[1] : (group + 1) * W.shape[1]] = kernel
    return whole


@mistake(ungrouped_kernel, "the groups take turns among the channels: neighbors belong to one group")
def _turns_of_channels(W, groups):
    whole = np.zeros((len(W), W.shape[1] * groups, *W.shape[2:]))
    for at, kernel in enumerate(W):
        whole[at, at * groups // len(W) :: groups] = kernel
    return whole


@mistake(ungrouped_kernel, "the groups of channels are in reverse order")
def _reversed(W, groups):
    whole = np.zeros((len(W), W.shape[1] * groups, *W.shape[2:]))
    for at, kernel in enumerate(W):
        group = groups - 1 - at * groups // len(W)
        whole[at, group * W.shape[1] : (group + 1) * W.shape[1]] = kernel
    return whole


@mistake(ungrouped_kernel, "it is W itself: the zeros for the other groups' channels are missing")
def _unchanged(W, groups):
    return W + 0


@mistake(
    ungrouped_kernel, "it spreads W over the channels of all groups, a share for each: zeros belong there"
)
def _shared_out(W, groups):
    return np.tile(W, (1, groups, 1, 1)) / groups


@mistake(ungrouped_kernel, "it turns the kernels around: the same convolution has the same kernels")
def _turned(W, groups):
    return ungrouped_kernel(W[:, :, ::-1, ::-1], groups)
