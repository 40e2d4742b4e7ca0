"""Exercises of ch08/03_initialization_schemes."""

import math

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.initialization import fans


def _normal_and_cut(rng):
    return rng.uniform(0.2, 3), rng.uniform(0.6, 2.5)


def _cut_at_two(rng):
    return rng.uniform(0.2, 3), 2.0


def _cut_far_out(rng):
    """Nothing is cut away: the variance is that of the normal."""
    return rng.uniform(0.2, 3), rng.uniform(9, 12)


def _cut_near_the_middle(rng):
    """What is left is nearly uniform."""
    return rng.uniform(0.2, 3), rng.uniform(0.05, 0.2)


def _inside(cut):
    """P(|Z| < cut) of a standard normal Z, and the height of its density at the cut."""
    return math.erf(cut / math.sqrt(2)), math.exp(-(cut**2) / 2) / math.sqrt(2 * math.pi)


@exercise(
    "ch08.initialization_schemes.cut",
    title="The variance of a cut normal",
    points=3,
    sources="DLNN (9.3)",
    by_hand=True,
    arguments=_normal_and_cut,
    hidden=[_cut_at_two, _cut_far_out, _cut_near_the_middle],
    hints=[
        "Take std = 1 first. The variance is the integral of z^2 phi(z) from -cut to cut, divided by the "
        "same integral without z^2.",
        "By parts, with phi'(z) = -z phi(z): the upper integral is the lower one minus 2 cut phi(cut).",
        "The lower integral is math.erf(cut / math.sqrt(2)). How does a variance change when z is stretched?",
    ],
)
def cut_normal_variance(std, cut):
    """The variance of N(0, std^2) weights that are drawn again where they lie beyond cut * std.

    std, cut numbers > 0.  By hand, with NumPy alone (and math.erf).      DLNN (9.3) has cut = 2
    """
    share, height = _inside(cut)
    return std**2 * (1 - 2 * cut * height / share)


@mistake(cut_normal_variance, "that is the standard deviation: its square is asked for")
def _deviation(std, cut):
    return math.sqrt(cut_normal_variance(std, cut))


@mistake(cut_normal_variance, "it stretches by std: a variance grows with the square of the stretch")
def _stretched_once(std, cut):
    return cut_normal_variance(1.0, cut) * std


@mistake(cut_normal_variance, "it is the ratio to std^2, for std = 1: std is left out")
def _ratio(std, cut):
    return cut_normal_variance(1.0, cut)


@mistake(cut_normal_variance, "what is left of the density does not integrate to 1: divide by what it does")
def _not_renormalized(std, cut):
    share, height = _inside(cut)
    return std**2 * (share - 2 * cut * height)


@mistake(cut_normal_variance, "it cuts on one side only: there are two ends, at cut and at -cut")
def _one_end(std, cut):
    share, height = _inside(cut)
    return std**2 * (1 - cut * height / share)


@mistake(cut_normal_variance, "it divides by P(Z < cut): what is left lies between -cut and cut")
def _one_sided_share(std, cut):
    share, height = _inside(cut)
    return std**2 * (1 - 2 * cut * height / (0.5 + share / 2))


@mistake(cut_normal_variance, "cutting must make the variance smaller: look at the sign from the ends")
def _larger(std, cut):
    share, height = _inside(cut)
    return std**2 * (1 + 2 * cut * height / share)


@mistake(cut_normal_variance, "it moves far weights to the ends (clipping): they are drawn again here")
def _clipped(std, cut):
    share, height = _inside(cut)
    return std**2 * (share - 2 * cut * height + cut**2 * (1 - share))


@mistake(cut_normal_variance, "erf belongs to a normal of variance 1/2: its argument has a square root of 2")
def _erf_unscaled(std, cut):
    return std**2 * (1 - 2 * cut * _inside(cut)[1] / math.erf(cut))


def _other_height(std, cut):
    return std**2 * (1 - 2 * cut * _inside(cut * std)[1] / _inside(cut)[0])


for message, answer in {
    "std is in it three times: the ends, too, are measured in units of std": lambda std, cut: (
        std**2 * (1 - 2 * cut * std * _inside(cut)[1] / _inside(cut)[0])
    ),
    "what the ends take away is not divided by the share inside: what is left has to integrate to 1": (
        lambda std, cut: std**2 * (1 - 2 * cut * _inside(cut)[1])
    ),
    "0.8796 is a ratio of standard deviations, for a cut at 2: the variance has its square": (
        lambda std, cut: 0.8796 * std**2
    ),
    "the ratio 0.8796 belongs to a cut at 2: each cut has its own": lambda std, cut: (0.8796 * std) ** 2,
    "its density at the cut has std in it: with z = w / std it is that of a standard normal": _other_height,
    "that is the share of the weights inside, times std^2: these also lie closer together": (
        lambda std, cut: std**2 * _inside(cut)[0]
    ),
}.items():
    mistake(cut_normal_variance, message)(answer)


def _kernels(rng):
    """A shape of kernels, all sizes different, a gain and a fan."""
    o, c, u, v = (int(size) for size in rng.permutation(np.arange(2, 9))[:4])
    return (o, c, u, v), rng.uniform(1.5, 4), str(rng.choice(["in", "out", "average"]))


def _of_kind(fan, axes):
    """Arguments with one kind of fan and so many axes."""

    def arguments(rng):
        shape, gain, _ = _kernels(rng)
        return shape[:axes], gain, fan

    arguments.__name__ = f"_{fan}_of_{axes}_axes"
    return arguments


def _chosen(fan, fan_in, fan_out):
    return {"in": fan_in, "out": fan_out, "average": (fan_in + fan_out) / 2}[fan]


@exercise(
    "ch08.initialization_schemes.limit",
    title="The limit of uniform weights",
    points=2,
    sources="DLNN (9.1), (9.5), (9.7), (9.12), (9.13); GBC (8.23); Strang VII.1",
    by_hand=True,
    arguments=_kernels,
    hidden=[_of_kind(fan, axes) for fan, axes in [("in", 2), ("out", 4), ("average", 4), ("average", 3)]],
    hints=[
        "Three steps: the fans from the shape, the variance from gain and fan, the limit from the variance.",
        "shape[0] are the units, shape[1] the channels in; each kernel has the product of shape[2:] places, "
        "which is 1 for a matrix.",
        "U(-limit, limit) has the variance limit^2 / 3. Set that equal to gain / fan.",
    ],
)
def uniform_limit(shape, gain, fan):
    """The limit of U(-limit, limit) for weights of variance gain / fan.

    shape (i, j) of a matrix, or (o, c, v) or (o, c, u, v) of kernels;  fan "in", "out", or
    "average", the mean of both.  By hand, with NumPy alone.
    """
    size = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * size, shape[0] * size
    chosen = {"in": fan_in, "out": fan_out, "average": (fan_in + fan_out) / 2}[fan]
    return math.sqrt(3 * gain / chosen)


@mistake(uniform_limit, "it exchanges the fans: the first axis counts the units, whose inputs are the others")
def _exchanged(shape, gain, fan):
    fan_in, fan_out = fans(shape)
    return math.sqrt(3 * gain / _chosen(fan, fan_out, fan_in))


@mistake(uniform_limit, "it divides by the sum of both fans where their mean is asked for")
def _sum_of_fans(shape, gain, fan):
    fan_in, fan_out = fans(shape)
    return math.sqrt(3 * gain / (fan_in + fan_out if fan == "average" else _chosen(fan, fan_in, fan_out)))


for message, answer in {
    "a unit sees every place of its kernels, not only the channels: the fan is too small": (
        lambda shape, gain, fan: math.sqrt(3 * gain / _chosen(fan, shape[1], shape[0]))
    ),
    "that is the standard deviation: uniform weights spread less than their limit": lambda shape, gain, fan: (
        math.sqrt(gain / _chosen(fan, *fans(shape)))
    ),
    "the root stops at the fan: everything is under it. GBC (8.23) is printed like this": (
        lambda shape, gain, fan: 3 * gain / math.sqrt(_chosen(fan, *fans(shape)))
    ),
    "gain multiplies the variance here: PyTorch's multiplies the standard deviation": (
        lambda shape, gain, fan: gain * math.sqrt(3 / _chosen(fan, *fans(shape)))
    ),
    "the width of the interval is twice its limit: its variance is (2 limit)^2 / 12": (
        lambda shape, gain, fan: math.sqrt(12 * gain / _chosen(fan, *fans(shape)))
    ),
    "its 6 stands above the sum of both fans, for their mean: this is one fan": lambda shape, gain, fan: (
        math.sqrt(6 * gain / _chosen(fan, *fans(shape)))
    ),
    "only fan-in has the places of a kernel: an input also reaches a unit from each of them": (
        lambda shape, gain, fan: math.sqrt(3 * gain / _chosen(fan, fans(shape)[0], shape[0]))
    ),
    "it takes the fan of all weights together: a unit has only its own": lambda shape, gain, fan: math.sqrt(
        3 * gain / math.prod(shape)
    ),
    "it takes fan-in whatever fan says": lambda shape, gain, fan: math.sqrt(3 * gain / fans(shape)[0]),
}.items():
    mistake(uniform_limit, message)(answer)


def _tall(rng):
    n = int(rng.integers(2, 5))
    return (rng.normal(size=(n + int(rng.integers(1, 4)), n)),)


def _square(rng):
    return (rng.normal(size=(4, 4)),)


def _nearly_orthogonal(rng):
    """The columns of a matrix that needs only small repairs."""
    return (np.linalg.qr(_tall(rng)[0])[0] * rng.uniform(1, 3) + 0.02 * rng.normal(),)


def _signs(R):
    return np.where(np.diag(R) < 0, -1.0, 1.0)


@exercise(
    "ch08.initialization_schemes.orthogonal",
    title="Right angles out of noise",
    points=3,
    sources="GBC 8.4; Strang VII.1",
    by_hand=True,
    arguments=_tall,
    hidden=[_square, _nearly_orthogonal],
    hints=[
        "np.linalg.qr(z) gives Q and R with z = Q R, but the diagonal of R may have negative entries.",
        "Turn a column of Q around, and the same row of R: their product stays z.",
        "A row of signs, one for each column of Q, multiplied with Q: which column meets which sign?",
    ],
)
def haar_orthogonal(z):
    """Q (m, n) with orthonormal columns, z = Q R, R upper triangular with a positive diagonal.

    z (m, n), m >= n: independent normal numbers, which make Q uniformly distributed.
    By hand, with NumPy alone (np.linalg.qr is part of it).
    """
    Q, R = np.linalg.qr(z)
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


@mistake(haar_orthogonal, "it turns a column where R's diagonal is positive: it is the other way round")
def _turned_the_other_way(z):
    Q, R = np.linalg.qr(z)
    return -Q * _signs(R)


@mistake(haar_orthogonal, "its columns have right angles but not length 1")
def _right_angles_only(z):
    Q, R = np.linalg.qr(z)
    return Q * np.diag(R)


@mistake(
    haar_orthogonal,
    "it divides by the diagonal of R: its signs turn the columns, its sizes spoil their length",
)
def _divided(z):
    Q, R = np.linalg.qr(z)
    return Q / np.diag(R)


@mistake(haar_orthogonal, "it takes the signs from the diagonal of Q: R has to have a positive one")
def _signs_of_q(z):
    Q, _ = np.linalg.qr(z)
    return Q * _signs(Q)


for message, answer in {
    "its columns are orthonormal, but the diagonal of R has negative entries": lambda z: np.linalg.qr(z)[0],
    "its columns have length 1 but no right angles between them": lambda z: z / np.linalg.norm(z, axis=0),
    "its rows have length 1: the columns are asked for": lambda z: (
        z / np.linalg.norm(z, axis=1, keepdims=True)
    ),
    "all its entries are positive: a column is turned around as a whole": lambda z: np.abs(
        np.linalg.qr(z)[0]
    ),
}.items():
    mistake(haar_orthogonal, message)(answer)


@mistake(haar_orthogonal, "that is R: it says how to put z together out of the columns that are asked for")
def _triangle(z):
    Q, R = np.linalg.qr(z)
    return R * _signs(R)[:, None]


@mistake(haar_orthogonal, "that is the orthonormal matrix nearest to z: here z = Q R, with a triangular R")
def _nearest(z):
    U, _, V = np.linalg.svd(z, full_matrices=False)
    return U @ V


@mistake(haar_orthogonal, "its columns come out in the opposite order: the first one points along z[:, 0]")
def _from_the_last(z):
    Q, R = np.linalg.qr(z[:, ::-1])
    return (Q * _signs(R))[:, ::-1]


def _deep(rng):
    """Two weight matrices of different sizes, badly scaled, and inputs whose mean is not 0."""
    sizes = rng.permutation([2, 3, 4])
    weights = [rng.uniform(0.2, 3) * rng.normal(size=shape) for shape in zip(sizes[1:], sizes, strict=False)]
    return tuple(weights), rng.normal(0.7, 1.5, size=(8, sizes[0]))


def _one_layer(rng):
    weights, x = _deep(rng)
    return weights[:1], x


def _huge_weights(rng):
    """Every unit is saturated until its layer has been rescaled."""
    weights, x = _deep(rng)
    return tuple(30 * W for W in weights), x


def _tiny_weights(rng):
    weights, x = _deep(rng)
    return tuple(W / 300 for W in weights), x


def _all_rescaled(weights, x, *, measure=np.std, f=np.tanh):
    rescaled = []
    for W in weights:
        rescaled.append(W / measure(x @ W.T))
        x = f(x @ rescaled[-1].T)
    return tuple(rescaled)


@exercise(
    "ch08.initialization_schemes.from_data",
    title="Let the data set the scale",
    points=3,
    sources="GBC 8.4",
    by_hand=True,
    arguments=_deep,
    hidden=[_one_layer, _huge_weights, _tiny_weights],
    hints=[
        "Go through the layers in order, and keep what comes out of the last one that you have rescaled.",
        "s = x @ W.T is linear in W: divide W by something, and s is divided by the same.",
        "What the next layer gets is tanh of the rescaled s.",
    ],
)
def rescaled_layers(weights, x):
    """The tuple of weights, each divided by a number: on x the s of every layer has std 1.

    weights, a tuple of W (i, j): layers s = W a of tanh units without biases;  x (n, j), the input
    of the first.  The std is taken over all samples and units.  Leave the arguments as they are.
    By hand, with NumPy alone.
    """
    rescaled = []
    for W in weights:
        W = W / (x @ W.T).std()
        rescaled.append(W)
        x = np.tanh(x @ W.T)
    return tuple(rescaled)


@mistake(rescaled_layers, "it measures all layers before it changes any: the later ones then see new inputs")
def _measured_at_once(weights, x):
    rescaled = []
    for W in weights:
        rescaled.append(W / (x @ W.T).std())
        x = np.tanh(x @ W.T)
    return tuple(rescaled)


@mistake(rescaled_layers, "it divides by the variance: then s has the std 1 / std")
def _by_variance(weights, x):
    return _all_rescaled(weights, x, measure=np.var)


@mistake(rescaled_layers, "it divides by the root mean square: with a mean that is not 0, the std is smaller")
def _by_mean_square(weights, x):
    return _all_rescaled(weights, x, measure=lambda s: np.sqrt((s**2).mean()))


@mistake(rescaled_layers, "it measures behind tanh: the std of s is to be 1, not that of the activations")
def _behind_tanh(weights, x):
    return _all_rescaled(weights, x, measure=lambda s: np.tanh(s).std())


@mistake(rescaled_layers, "it divides by the root of the std: the std is a root already")
def _by_root(weights, x):
    return _all_rescaled(weights, x, measure=lambda s: np.sqrt(s.std()))


@mistake(
    rescaled_layers, "it averages the std of the units: units of unlike means count with their distance, too"
)
def _mean_of_units(weights, x):
    return _all_rescaled(weights, x, measure=lambda s: s.std(axis=0).mean())


@mistake(rescaled_layers, "it hands s to the next layer: what goes on is tanh(s)")
def _linear_units(weights, x):
    return _all_rescaled(weights, x, f=lambda s: s)


@mistake(rescaled_layers, "it gives every unit a number of its own: a layer is divided by a single one")
def _unit_by_unit(weights, x):
    rescaled = []
    for W in weights:
        rescaled.append(W / (x @ W.T).std(axis=0)[:, None])
        x = np.tanh(x @ rescaled[-1].T)
    return tuple(rescaled)


@mistake(rescaled_layers, "it rescales the weights to std 1: the s that they make are to have it")
def _weights_themselves(weights, x):
    return tuple(W / W.std() for W in weights)


@mistake(rescaled_layers, "it uses fan-in in place of the data: the inputs here have another size")
def _by_fan_in(weights, x):
    return tuple(W / (W.std() * math.sqrt(W.shape[1])) for W in weights)
