"""Exercises of ch05/07_landmark_architectures_to_vgg."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _wide(rng):
    """An image wider than high, its mean image, and a size; odd and even margins."""
    m, more = rng.integers(9, 13), rng.integers(3, 8)
    return rng.uniform(1, 9, size=(3, m, m + more)), rng.uniform(1, 5, size=(3, m, m)), int(m - 4)


def _tall(rng):
    """Higher than wide, with a margin of an odd number of pixels."""
    m = rng.integers(9, 13)
    return rng.uniform(1, 9, size=(2, m + 5, m)), rng.uniform(1, 5, size=(2, m, m)), int(m - 3)


def _square(rng):
    """Nothing to be cut off first."""
    m = rng.integers(8, 12)
    return rng.uniform(1, 9, size=(3, m, m)), rng.uniform(1, 5, size=(3, m, m)), int(m - 5)


def _whole(rng):
    """The crop is the central square itself."""
    image, mean, _ = _wide(rng)
    return image, mean, int(mean.shape[1])


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
        "First the central m x m, from which the mean can be subtracted; of that the central size x size.",
        "A crop of `size` from a side of h pixels begins at (h - size) // 2.",
    ],
)
def alexnet_input(image, mean, size):
    """The central m x m of an image, minus the mean image, and of that the central size x size.

    image (c, h, w), its shorter side m;  mean (c, m, m), of the training images' central m x m;
    returns (c, size, size).  Where a middle lies between two pixels, a crop begins at the lower
    one.
    """
    return _middle(_middle(image, mean.shape[1]) - mean, size)


@mistake(alexnet_input, "it crops from the upper left corner: the middle is asked for")
def _corner(image, mean, size):
    return image[:, :size, :size] - mean[:, :size, :size]


@mistake(alexnet_input, "it does not subtract the mean")
def _no_mean(image, mean, size):
    return _middle(_middle(image, mean.shape[1]), size)


@mistake(
    alexnet_input,
    "it crops first and then subtracts the corner of the mean: other pixels than those of the crop",
)
def _corner_of_the_mean(image, mean, size):
    return _middle(_middle(image, mean.shape[1]), size) - mean[:, :size, :size]


@mistake(alexnet_input, "it subtracts one number for each channel: the mean image has one for each pixel")
def _channel_mean(image, mean, size):
    return _middle(_middle(image, mean.shape[1]), size) - mean.mean(axis=(1, 2), keepdims=True)


@mistake(alexnet_input, "it subtracts the mean of this image: the mean of the training images is handed in")
def _own_mean(image, mean, size):
    square = _middle(image, mean.shape[1])
    return _middle(square - square.mean(axis=(1, 2), keepdims=True), size)


@mistake(
    alexnet_input,
    "it crops image and mean on their own: where both are rounded, they are a pixel apart",
)
def _a_pixel_apart(image, mean, size):
    return _middle(image, size) - _middle(mean, size)


@mistake(alexnet_input, "it adds the mean")
def _added(image, mean, size):
    return _middle(_middle(image, mean.shape[1]) + mean, size)


@mistake(
    alexnet_input, "it subtracts the mean from the upper left m x m: the mean is that of the central squares"
)
def _left_square(image, mean, size):
    m = mean.shape[1]
    return _middle(image[:, :m, :m] - mean, size)


@mistake(alexnet_input, "where a middle lies between two pixels, its crop begins at the upper one")
def _rounded_up(image, mean, size):
    def upper(picture, side):
        top, left = (-(-(length - side) // 2) for length in picture.shape[1:])
        return picture[:, top : top + side, left : left + side]

    return upper(upper(image, mean.shape[1]) - mean, size)


@mistake(alexnet_input, "it returns the whole square of m x m: the crop of `size` is missing")
def _not_cropped(image, mean, size):
    return _middle(image, mean.shape[1]) - mean


@mistake(alexnet_input, "it divides by the mean: subtract it")
def _divided(image, mean, size):
    return _middle(_middle(image, mean.shape[1]) / mean, size)


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
)
def thin_stack_weights(c, inner, k, n):
    """Weights, without biases, of n layers of k x k, and of one layer that sees as much.

    The stack has c channels at its two ends and `inner` between its layers; the one layer has c in
    and c out.  n >= 2.  Returns (stack, single), integers.
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


@mistake(thin_stack_weights, "the one layer has c channels in and c out: it never sees the inner ones")
def _inner_single(c, inner, k, n):
    return _right_stack(c, inner, k, n), _field(k, n) ** 2 * c * inner


@mistake(thin_stack_weights, "the one layer's side is n k: neighboring windows overlap, all but k - 1 pixels")
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


@mistake(
    thin_stack_weights, "it has one slice of k x k for each output channel: there is one for each input, too"
)
def _depthwise(c, inner, k, n):
    return k * k * ((n - 1) * inner + c), _field(k, n) ** 2 * c


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


def _count(blocks, side, *, most=512, bias=1, first=3, pooled=True, area=9, start=64):
    """The reference with one part of it changed."""
    convolutions, channels = 0, first
    for number, length in enumerate(blocks):
        filters = min(start * 2**number, most)
        for _ in range(length):
            convolutions += filters * (area * channels + bias)
            channels = filters
        side = side // 2 if pooled else side
    units = channels * side * side
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


@mistake(vgg_parameters, "a kernel of 3 x 3 has nine weights for each channel of the input, not three")
def _three_weights(blocks, side):
    return _count(blocks, side, area=3)


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
    channels = min(64 * 2 ** (len(blocks) - 1), 512)
    return _count(blocks, side)[0], 4096 * (channels + 1) + 4096 * 4097 + 1000 * 4097


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
