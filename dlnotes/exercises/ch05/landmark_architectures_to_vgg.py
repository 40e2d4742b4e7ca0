"""Exercises of ch05/07_landmark_architectures_to_vgg."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _photograph(rng, height, width, m):
    """An image, the mean of the central squares, and a piece that begins where the middle one does not."""
    size = m - 5
    top, left = rng.permutation([0, 1, 4, 5])[:2]
    image, mean = rng.integers(10, 99, size=(2, height, width)), rng.integers(30, 70, size=(2, m, m))
    return image.astype(float), mean.astype(float), int(size), int(top), int(left)


def _wide(rng):
    """Wider than high, by an odd or an even number of pixels."""
    m = rng.integers(9, 13)
    return _photograph(rng, m, m + rng.integers(3, 8), m)


def _tall(rng):
    """Higher than wide, by an odd number of pixels."""
    m = rng.integers(9, 13)
    return _photograph(rng, m + 5, m, m)


def _square(rng):
    """Nothing to be cut off first."""
    m = rng.integers(9, 13)
    return _photograph(rng, m, m, m)


def _whole(rng):
    """The piece is the central square itself."""
    image, mean, *_ = _wide(rng)
    return image, mean, int(mean.shape[1]), 0, 0


def _middle(image, size):
    top, left = ((side - size) // 2 for side in image.shape[1:])
    return image[:, top : top + size, left : left + size]


@exercise(
    "ch05.landmark_architectures_to_vgg.input",
    title="An image for AlexNet",
    points=2,
    sources="EE147 AlexNet 2012 and ZFNet; GBC 12.2.1",
    arguments=_wide,
    hidden=[_tall, _square, _whole],
    hints=[
        "The mean is as large as the shorter side. Which part of the image was it computed from?",
        "First the central m x m, from which the mean can be subtracted; the piece is one of that.",
        "The central m of a side of h pixels begin at (h - m) // 2; the piece has rows top, top + 1, ...",
    ],
    by_hand=True,
)
def alexnet_input(image, mean, size, top, left):
    """A size x size piece of an image's central m x m, minus the mean image, by NumPy alone.

    image (c, h, w), its shorter side m;  mean (c, m, m), of the training images' central m x m;
    top, left, where the piece begins in the m x m;  returns (c, size, size).  Where a middle lies
    between two pixels, the m x m begin at the smaller index.
    """
    return _piece(_middle(image, mean.shape[1]) - mean, size, top, left)


def _piece(image, size, top, left):
    return image[:, top : top + size, left : left + size]


def _pieces(image, mean, *place):
    """The piece of the image, and that of the mean."""
    return _piece(_middle(image, mean.shape[1]), *place), _piece(mean, *place)


@mistake(alexnet_input, "it takes the piece in the middle: top and left say where it begins")
def _central(image, mean, size, top, left):
    return _middle(_middle(image, mean.shape[1]) - mean, size)


@mistake(alexnet_input, "it does not subtract the mean")
def _no_mean(image, mean, *place):
    return _pieces(image, mean, *place)[0]


@mistake(alexnet_input, "it subtracts the corner of the mean: other pixels than those of the piece")
def _corner_of_the_mean(image, mean, size, top, left):
    return _pieces(image, mean, size, top, left)[0] - mean[:, :size, :size]


@mistake(alexnet_input, "it subtracts the middle of the mean: other pixels than those of the piece")
def _middle_of_the_mean(image, mean, size, top, left):
    return _pieces(image, mean, size, top, left)[0] - _middle(mean, size)


@mistake(alexnet_input, "it subtracts one number for each channel: the mean image has one for each pixel")
def _channel_mean(image, mean, *place):
    return _pieces(image, mean, *place)[0] - mean.mean(axis=(1, 2), keepdims=True)


@mistake(alexnet_input, "it subtracts one number, the mean of the mean image, which has one for each pixel")
def _mean_of_the_mean(image, mean, *place):
    return _pieces(image, mean, *place)[0] - mean.mean()


@mistake(alexnet_input, "it subtracts the channels' means of this image: whose mean is handed in?")
def _own_mean(image, mean, *place):
    square = _middle(image, mean.shape[1])
    return _piece(square - square.mean(axis=(1, 2), keepdims=True), *place)


@mistake(alexnet_input, "it subtracts one number, the mean of this image: whose mean is handed in?")
def _own_number(image, mean, *place):
    square = _middle(image, mean.shape[1])
    return _piece(square - square.mean(), *place)


@mistake(alexnet_input, "it averages this image over its channels: whose mean is handed in?")
def _own_gray(image, mean, *place):
    square = _middle(image, mean.shape[1])
    return _piece(square - square.mean(axis=0), *place)


@mistake(alexnet_input, "it counts top and left in the whole image: the mean is that of the central squares")
def _of_the_whole(image, mean, *place):
    return _piece(image, *place) - _piece(mean, *place)


@mistake(alexnet_input, "where a middle lies between two pixels, its m x m begin at the larger index")
def _rounded_up(image, mean, *place):
    m = mean.shape[1]
    top, left = (-(-(side - m) // 2) for side in image.shape[1:])
    return _piece(_piece(image, m, top, left) - mean, *place)


@mistake(alexnet_input, "it swaps top and left: rows come first")
def _turned_place(image, mean, size, top, left):
    return alexnet_input(image, mean, size, left, top)


@mistake(alexnet_input, "it returns the whole square of m x m: the piece of `size` is missing")
def _not_cropped(image, mean, *place):
    return _middle(image, mean.shape[1]) - mean


def _stack(rng):
    c, inner = rng.permutation([20, 24, 30, 36, 42])[:2]
    return int(c), int(inner), int(rng.integers(3, 6)), int(rng.integers(3, 6))


def _two_layers(rng):
    """No layer has thin channels on both sides."""
    c, inner, k, _ = _stack(rng)
    return c, inner, k, 2


def _even_kernel(rng):
    c, inner, _, n = _stack(rng)
    return c, inner, int(rng.choice([2, 4])), n


def _thicker(rng):
    """The middle has more channels than the ends."""
    c, inner, k, n = _stack(rng)
    return min(c, inner), 3 * max(c, inner), k, n


@exercise(
    "ch05.landmark_architectures_to_vgg.stack",
    title="A stack that is thin in the middle",
    points=2,
    sources="EE147 VGGNet; Strang VII.2",
    arguments=_stack,
    hidden=[_two_layers, _even_kernel, _thicker],
    hints=[
        "Write down the channels from end to end: c, inner, ..., inner, c. Each layer joins two neighbors.",
        "Two layers have c on one side and inner on the other; the n - 2 others have inner on both.",
        "Each layer adds k - 1 pixels to what an output sees. The one layer has c channels on both sides.",
    ],
    by_hand=True,
)
def thin_stack_weights(c, inner, k, n):
    """Weights, without biases, of n layers of k x k, and of one layer that sees as much.

    The stack has c channels at its two ends and `inner` between its layers; the one layer has c in
    and c out.  n >= 2.  Returns (stack, single), integers.  By hand, with NumPy alone.
    """
    field = n * (k - 1) + 1
    return k * k * (2 * c * inner + (n - 2) * inner * inner), field * field * c * c


def _field(k, n):
    return n * (k - 1) + 1


def _right_stack(c, inner, k, n):
    return k * k * (2 * c * inner + (n - 2) * inner * inner)


@mistake(thin_stack_weights, "all its layers are as wide as the ends: only two of them touch an end")
def _as_wide_as_the_ends(c, inner, k, n):
    return n * k * k * c * c, _field(k, n) ** 2 * c * c


@mistake(thin_stack_weights, "all its layers have inner channels on both sides: the two at the ends do not")
def _thin_everywhere(c, inner, k, n):
    return n * k * k * inner * inner, _field(k, n) ** 2 * c * c


@mistake(
    thin_stack_weights, "every layer of its stack has c channels on one side: those in the middle have none"
)
def _c_in_each(c, inner, k, n):
    return n * k * k * c * inner, _field(k, n) ** 2 * c * c


@mistake(thin_stack_weights, "a layer too many in the middle of the stack: count the layers between its ends")
def _one_too_many(c, inner, k, n):
    return _right_stack(c, inner, k, n + 1), _field(k, n) ** 2 * c * c


@mistake(thin_stack_weights, "the one layer has c channels in and c out: it never sees the inner ones")
def _inner_single(c, inner, k, n):
    return _right_stack(c, inner, k, n), _field(k, n) ** 2 * c * inner


@mistake(
    thin_stack_weights,
    "the one layer's side is n k: windows overlap, a further layer adds less than k",
)
def _side_nk(c, inner, k, n):
    return _right_stack(c, inner, k, n), (n * k) ** 2 * c * c


@mistake(thin_stack_weights, "the one layer's side is 2 n + 1: that is so for kernels of 3 alone")
def _side_of_threes(c, inner, k, n):
    return _right_stack(c, inner, k, n), (2 * n + 1) ** 2 * c * c


@mistake(thin_stack_weights, "the one layer's side is n (k - 1): the pixel in the middle counts, too")
def _side_without_middle(c, inner, k, n):
    return _right_stack(c, inner, k, n), (n * (k - 1)) ** 2 * c * c


@mistake(thin_stack_weights, "it adds a bias for each channel that is put out: biases are left out here")
def _with_biases(c, inner, k, n):
    return _right_stack(c, inner, k, n) + (n - 1) * inner + c, _field(k, n) ** 2 * c * c + c


@mistake(thin_stack_weights, "a kernel has two sides: k x k weights, not k")
def _one_side(c, inner, k, n):
    return _right_stack(c, inner, k, n) // k, _field(k, n) * c * c


def _vgg(rng):
    """Blocks of different lengths, enough of them that doubling stops."""
    return rng.permutation([1, 2, 3, 4, 2]), int(32 * rng.integers(3, 8))


def _three_blocks(rng):
    """Doubling has not stopped yet."""
    return rng.permutation([1, 2, 3]), int(8 * rng.integers(3, 9))


def _odd_side(rng):
    """Pools round down."""
    return rng.permutation([2, 1, 3, 2]), int(16 * rng.integers(3, 8) + rng.choice([5, 11, 15]))


def _many_blocks(rng):
    """Six blocks: three of 512 filters."""
    return rng.permutation([1, 2, 1, 2, 3, 2]), int(64 * rng.integers(2, 5))


@exercise(
    "ch05.landmark_architectures_to_vgg.vgg",
    title="The parameters of any VGG",
    points=3,
    sources="EE147 VGGNet; Strang VII.2",
    arguments=_vgg,
    hidden=[_three_blocks, _odd_side, _many_blocks],
    hints=[
        "Go through the layers with the number of channels in hand: it begins at 3.",
        "A convolution with f filters on c channels has f (9 c + 1) parameters, and puts out f channels.",
        "In the end channels times side times side numbers go into the first dense layer, the side halved.",
    ],
    by_hand=True,
)
def vgg_parameters(blocks, side):
    """Parameters, with biases, of a VGG for images (3, side, side): (convolutions, dense layers).

    blocks (m,), how many 3x3 convolutions each block has; padding keeps the size, and behind each
    block a 2x2 pool halves it (rounded down).  64 filters in the first block, twice as many in each
    next one, but never more than 512.  Dense layers of 4096, 4096 and 1000 units.
    By hand, with NumPy alone.
    """
    convolutions, channels = 0, 3
    for number, length in enumerate(blocks):
        filters = min(64 * 2**number, 512)
        for _ in range(length):
            convolutions += filters * (9 * channels + 1)
            channels = filters
        side //= 2
    units = channels * side * side
    return convolutions, 4096 * (units + 1) + 4096 * 4097 + 1000 * 4097


def _count(blocks, side, *, most=512, bias=1, first=3, pooled=True, places=None):
    """The reference with one part of it changed."""
    convolutions, channels = 0, first
    for number, length in enumerate(blocks):
        filters = min(64 * 2**number, most)
        for _ in range(length):
            convolutions += filters * (9 * channels + bias)
            channels = filters
        side = side // 2 if pooled else side
    units = channels * (places or side * side)
    return convolutions, 4096 * (units + bias) + 4096 * (4096 + bias) + 1000 * (4096 + bias)


@mistake(vgg_parameters, "the filters go on doubling behind 512")
def _no_end(blocks, side):
    return _count(blocks, side, most=10**9)


@mistake(vgg_parameters, "the biases are missing: each filter and each unit has one")
def _no_bias(blocks, side):
    return _count(blocks, side, bias=0)


@mistake(vgg_parameters, "the first dense layer sees the image in its full size: the pools have halved it")
def _not_pooled(blocks, side):
    return _count(blocks, side, pooled=False)


@mistake(vgg_parameters, "the image has three channels, not one")
def _gray(blocks, side):
    return _count(blocks, side, first=1)


@mistake(
    vgg_parameters, "every convolution of a block has as many channels in as out: the first one has fewer"
)
def _as_many_in(blocks, side):
    convolutions = sum(
        length * (f := min(64 * 2**number, 512)) * (9 * f + 1) for number, length in enumerate(blocks)
    )
    return convolutions, _count(blocks, side)[1]


@mistake(
    vgg_parameters,
    "every convolution of a block has the input of the first one: the others see the block's own filters",
)
def _thin_inputs(blocks, side):
    convolutions, channels = 0, 3
    for number, length in enumerate(blocks):
        filters = min(64 * 2**number, 512)
        convolutions += length * filters * (9 * channels + 1)
        channels = filters
    return convolutions, _count(blocks, side)[1]


@mistake(vgg_parameters, "it counts one convolution a block, whatever its length")
def _one_a_block(blocks, side):
    return _count(np.ones(len(blocks), dtype=int), side)


@mistake(
    vgg_parameters, "the first dense layer sees the channels alone: it has a weight for each place of each"
)
def _channels_alone(blocks, side):
    return _count(blocks, side, places=1)


@mistake(vgg_parameters, "the first dense layer sees 7 x 7 places there: that is so for a side of 224 alone")
def _seven(blocks, side):
    return _count(blocks, side, places=49)


@mistake(vgg_parameters, "the side is halved without rounding: a pool leaves whole rows")
def _not_rounded(blocks, side):
    return _count(blocks, side, places=int((side / 2 ** len(blocks)) ** 2))


@mistake(vgg_parameters, "one of the two dense layers of 4096 units is missing")
def _two_dense(blocks, side):
    convolutions, dense = _count(blocks, side)
    return convolutions, dense - 4096 * 4097


@mistake(vgg_parameters, "the last dense layer is missing")
def _no_classes(blocks, side):
    convolutions, dense = _count(blocks, side)
    return convolutions, dense - 1000 * 4097


@mistake(vgg_parameters, "it returns the two numbers the other way round: convolutions come first")
def _swapped(blocks, side):
    return _count(blocks, side)[::-1]
