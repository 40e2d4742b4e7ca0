"""Exercises of ch09/02_layer_and_weight_normalization."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _maps(rng, groups=None, eps=None):
    groups = int(rng.integers(2, 4)) if groups is None else groups
    n, c, h, w = 2, 2 * groups, 5, 2
    x = rng.normal(size=(n, c, 1, 1)) + rng.normal(size=(n, c, h, w)) * np.exp(rng.normal(size=(n, c, 1, 1)))
    return x, groups, float(rng.uniform(0.05, 0.5)) if eps is None else eps


def _one_group(rng):
    """A whole sample: layer norm."""
    return _maps(rng, groups=1)


def _a_group_for_each_channel(rng):
    """Instance norm."""
    x, _, eps = _maps(rng)
    return x, x.shape[1], eps


def _hardly_any_eps(rng):
    return _maps(rng, eps=1e-5)


def _one_sample(rng):
    x, groups, eps = _maps(rng)
    return x[:1], groups, eps


def _a_flat_group(rng):
    """All entries of the first group of a sample are the same: only eps stands below the line."""
    x, groups, eps = _maps(rng)
    x[1, : x.shape[1] // groups] = 1.5
    return x, groups, eps


@exercise(
    "ch09.layer_and_weight_normalization.groups",
    title="One function, four norms",
    points=3,
    sources="DLNN (10.13)-(10.15)",
    arguments=_maps,
    hidden=[_one_group, _a_group_for_each_channel, _hardly_any_eps, _one_sample, _a_flat_group],
    hints=[
        "Which entries share a mean? One sample, the channels of one group, all places.",
        "x.reshape gives the entries of a group an axis of their own: samples, groups, and the rest.",
        "Standardize along that last axis, with keepdims, and give the result the shape of x again.",
    ],
    by_hand=True,
)
def group_standardized(x, groups, eps):
    """Images x (n, c, h, w), each group of neighboring channels of each sample standardized.

    groups divides c;  eps is added to the variance.  No gamma, no beta.  Leave x as it is.  By
    hand, with NumPy alone.
    """
    s = x.reshape(len(x), groups, -1)
    away = s - s.mean(axis=-1, keepdims=True)
    return (away / np.sqrt((away**2).mean(axis=-1, keepdims=True) + eps)).reshape(x.shape)


def _over(x, axes, eps):
    away = x - x.mean(axis=axes, keepdims=True)
    return away / np.sqrt((away**2).mean(axis=axes, keepdims=True) + eps)


@mistake(group_standardized, "the samples share mean and variance: here each sample is alone")
def _over_the_batch(x, groups, eps):
    s = x.reshape(len(x), groups, x.shape[1] // groups, *x.shape[2:])
    return _over(s, (0, 2, 3, 4), eps).reshape(x.shape)


@mistake(group_standardized, "that is batch norm: each channel over samples and places")
def _batch(x, groups, eps):
    return _over(x, (0, 2, 3), eps)


@mistake(group_standardized, "all channels of a sample share mean and variance: that is one group alone")
def _whole_sample(x, groups, eps):
    return _over(x, (1, 2, 3), eps)


@mistake(group_standardized, "each channel has a mean and variance of its own: the groups are not in it")
def _each_channel(x, groups, eps):
    return _over(x, (2, 3), eps)


@mistake(
    group_standardized,
    "`groups` channels make a group: it is the number of groups, and each has c / groups channels",
)
def _size_for_number(x, groups, eps):
    return _over(x.reshape(len(x), x.shape[1] // groups, -1), 2, eps).reshape(x.shape)


def _by_groups(divisor, axes=-1):
    """The reference with another divisor(s, axes, eps); s (n, groups, channels, places)."""

    def answer(x, groups, eps):
        s = x.reshape(len(x), groups, x.shape[1] // groups, -1)
        return ((s - s.mean(axis=axes, keepdims=True)) / divisor(s, axes, eps)).reshape(x.shape)

    return answer


def _root(s, axes, eps, ddof=0):
    return np.sqrt(s.var(axis=axes, keepdims=True, ddof=ddof) + eps)


for message, answer in {
    "eps stands outside of the root: it belongs to the variance": _by_groups(
        lambda s, axes, eps: s.std(axis=axes, keepdims=True) + eps, (2, 3)
    ),
    "the root is taken twice: a standard deviation is a root already": _by_groups(
        lambda s, axes, eps: np.sqrt(s.std(axis=axes, keepdims=True) + eps), (2, 3)
    ),
    "it divides by the variance: what has the unit of x is its root": _by_groups(
        lambda s, axes, eps: s.var(axis=axes, keepdims=True) + eps, (2, 3)
    ),
    "eps is left out: a group that is the same everywhere divides by 0": _by_groups(
        lambda s, axes, eps: s.std(axis=axes, keepdims=True), (2, 3)
    ),
    "the variance is divided by one less than the number of entries: it is that of these entries": _by_groups(
        lambda s, axes, eps: _root(s, axes, eps, ddof=1), (2, 3)
    ),
    "a group takes every so many-th channel: its channels are neighbors": lambda x, groups, eps: _over(
        x.reshape(len(x), -1, groups, *x.shape[2:]), (1, 3, 4), eps
    ).reshape(x.shape),
    "each place has a mean of its own: the places of a group share one, too": _by_groups(_root, 2),
}.items():
    mistake(group_standardized, message)(answer)


def _direction(rng):
    d = int(rng.integers(3, 6))
    v = rng.normal(size=d) * rng.uniform(1.5, 3)
    return v, float(rng.choice([-1, 1]) * rng.uniform(1.5, 3)), rng.normal(size=d)


def _gradient_along_v(rng):
    """The loss asks for nothing but another length: v has nothing to do."""
    v, g, _ = _direction(rng)
    return v, g, float(rng.uniform(0.5, 2)) * v


def _long_v(rng):
    """As long as v may grow in training: a small step is rounded away."""
    v, g, dw = _direction(rng)
    return 1e13 * v, 1e13 * g, dw


def _one_weight(rng):
    """A line has no other direction."""
    v, g, dw = _direction(rng)
    return v[:1], g, dw[:1]


@exercise(
    "ch09.layer_and_weight_normalization.weights",
    title="(10.17), repaired",
    points=4,
    sources="DLNN (10.16), (10.17)",
    arguments=_direction,
    hidden=[_gradient_along_v, _long_v, _one_weight],
    hints=[
        "w moves with g along v / ||v||: dg is what dw has in this direction.",
        "Making v longer does not move w. So dv has no part along v: take that part out of dw.",
        "The part along v is the number dw . v / ||v||, times the direction v / ||v||. Scale what is left.",
    ],
    by_hand=True,
)
def weight_norm_gradients(v, g, dw):
    """(dv, dg) of w = g v / ||v||, for one unit: v (d,), g a number, dw = dR/dw (d,).

    DLNN (10.17) in its right form.  Returns an array (d,) and a number.  By hand, with NumPy alone.
    """
    length = np.sqrt(v @ v)
    u = v / length
    dg = dw @ u
    return g / length * (dw - dg * u), dg


def _dv(change):
    """The reference with dv = change(v, g, dw, length, part), part = dw . v."""

    def answer(v, g, dw):
        length, part = np.sqrt(v @ v), dw @ v
        return change(v, g, dw, length, part), part / length

    return answer


def _dg(change):
    """The reference with dg = change(v, g, dw)."""
    return lambda v, g, dw: (weight_norm_gradients(v, g, dw)[0], change(v, g, dw))


for message, answer in {
    "dv is (10.17) as it is printed: entry by entry, as if a part of v moved only its own part of w": _dv(
        lambda v, g, dw, length, part: g / length * (1 - v**2 / length**2) * dw
    ),
    "dv takes the length of v for a constant: it grows with v": _dv(
        lambda v, g, dw, length, part: g / length * dw
    ),
    "g is missing in dv: a longer w turns farther, in absolute terms": _dv(
        lambda v, g, dw, length, part: (dw - part * v / length**2) / length
    ),
    "dv is not divided by the length of v: the longer v, the less it turns": _dv(
        lambda v, g, dw, length, part: g * (dw - part * v / length**2)
    ),
    "dv is divided by the square of the length: the direction is v over its length once": _dv(
        lambda v, g, dw, length, part: g / length**2 * (dw - part * v / length**2)
    ),
    "the part of dw along v is divided by the length once: two directions, so two lengths": _dv(
        lambda v, g, dw, length, part: g / length * (dw - part * v / length)
    ),
    "g multiplies dw alone: it belongs to what is left of dw as well": _dv(
        lambda v, g, dw, length, part: (g * dw - part * v / length**2) / length
    ),
    "v @ v is taken for the length: it is the square of it": lambda v, g, dw: (
        g / (v @ v) * (dw - (dw @ v) * v / (v @ v) ** 2),
        dw @ v / (v @ v),
    ),
    "the part of dw along v is not divided by any length: two directions, so two lengths": _dv(
        lambda v, g, dw, length, part: g / length * (dw - part * v)
    ),
    "the part of dw along w is taken, with the size of g in it twice: a direction has length 1": _dv(
        lambda v, g, dw, length, part: g / length * (dw - g**2 * part * v / length**2)
    ),
    "the part of dw along v is added to dv: what has no effect is to go": _dv(
        lambda v, g, dw, length, part: g / length * (dw + part * v / length**2)
    ),
    "dg is not divided by the length of v: g measures along a direction": _dg(lambda v, g, dw: dw @ v),
    "dg is taken along w, which has the size and the sign of g in it": _dg(
        lambda v, g, dw: g * (dw @ v) / np.sqrt(v @ v)
    ),
}.items():
    mistake(weight_norm_gradients, message)(answer)


def _steps(rng):
    t = int(rng.integers(4, 8))
    return float(rng.uniform(0.5, 2)), rng.uniform(0.3, 2, size=t), float(rng.uniform(0.2, 0.8))


def _one_step(rng):
    length, grads, lr = _steps(rng)
    return length, grads[:1], lr


def _at_rest(rng):
    """Some gradients are 0."""
    length, grads, lr = _steps(rng)
    grads[1:3] = 0
    return length, grads, lr


def _large_steps(rng):
    length, grads, _ = _steps(rng)
    return length, grads, 30.0


@exercise(
    "ch09.layer_and_weight_normalization.growth",
    title="How long v becomes",
    points=2,
    sources="DLNN 10.3",
    arguments=_steps,
    hidden=[_one_step, _at_rest, _large_steps],
    hints=[
        "A step stands at a right angle to v. How long is v after it?",
        "Pythagoras: the square of the new length is that of the old one plus that of the step.",
        "So the squares add up, step by step: np.cumsum. The rate of the direction is lr over that sum.",
    ],
    by_hand=True,
)
def growing_lengths(length, grad_norms, lr):
    """||v|| and lr / ||v||^2 after each step of gradient descent on a weight-normalized unit.

    length, ||v|| before the first step;  grad_norms (t,), ||dR/dv|| at each step;  lr.
    Returns arrays (t,), (t,).  By hand, with NumPy alone.
    """
    squares = length**2 + np.cumsum((lr * grad_norms) ** 2)
    return np.sqrt(squares), lr / squares


def _grown(squares, rates=lambda squares, lr: lr / squares):
    """The reference with other squares(length, steps) of lengths, or other rates of the right ones."""

    def answer(length, grad_norms, lr):
        found = squares(length, lr * grad_norms)
        return np.sqrt(found), rates(found, lr)

    return answer


def _summed(length, steps):
    return length**2 + np.cumsum(steps**2)


def _before(length, steps):
    return np.append(length**2, _summed(length, steps)[:-1])


for message, answer in {
    "the length of the step is added to that of v: they are not in line": _grown(
        lambda length, steps: (length + np.cumsum(steps)) ** 2
    ),
    "the steps are summed and then squared: each is at a right angle to the v it meets": _grown(
        lambda length, steps: length**2 + np.cumsum(steps) ** 2
    ),
    "lr is not squared with the gradient: the step is lr times the gradient": (
        lambda length, grad_norms, lr: _grown(_summed)(length, grad_norms * lr**-0.5, lr)
    ),
    "each step starts from the first v: the squares of all steps so far add up": _grown(
        lambda length, steps: length**2 + steps**2
    ),
    "v becomes shorter: a side of a right triangle is never longer than its hypotenuse": _grown(
        lambda length, steps: length**2 - np.cumsum(steps**2)
    ),
    "the first number holds squares of lengths": lambda length, grad_norms, lr: (
        (squares := _summed(length, lr * grad_norms)),
        lr / squares,
    ),
    "the rate is divided by the length alone, not by its square": _grown(
        _summed, lambda squares, lr: lr / np.sqrt(squares)
    ),
    "the rate is divided by the fourth power of the length": _grown(
        _summed, lambda squares, lr: lr / squares**2
    ),
    "the lengths and rates are those before the steps: they are one step behind": _grown(_before),
    "the rates are those before the steps: they are one step behind the lengths": (
        lambda length, grad_norms, lr: (
            growing_lengths(length, grad_norms, lr)[0],
            lr / _before(length, lr * grad_norms),
        )
    ),
    "the lengths are those before the steps: they are one step behind the rates": (
        lambda length, grad_norms, lr: (
            np.sqrt(_before(length, lr * grad_norms)),
            growing_lengths(length, grad_norms, lr)[1],
        )
    ),
}.items():
    mistake(growing_lengths, message)(answer)


def _channels(rng, size=None, c=None):
    c = int(rng.integers(7, 10)) if c is None else c
    size = int(rng.choice([3, 5])) if size is None else size
    a = 2 * np.abs(rng.normal(size=(c, 3, 2))) * (rng.random((c, 3, 2)) < 0.8)
    alpha, beta, k = rng.uniform(0.2, 0.6), rng.uniform(0.5, 1), rng.uniform(1.5, 2.5)
    return a, size, float(alpha), float(beta), float(k)


def _itself_alone(rng):
    return _channels(rng, size=1)


def _wider_than_the_channels(rng):
    return _channels(rng, size=9, c=4)


def _negative_ones(rng):
    a, *others = _channels(rng)
    return a - 0.7, *others


@exercise(
    "ch09.layer_and_weight_normalization.neighbors",
    title="Local response normalization",
    points=3,
    sources="EE147 AlexNet",
    arguments=_channels,
    hidden=[_itself_alone, _wider_than_the_channels, _negative_ones],
    hints=[
        "Each channel is divided by a number that depends on its neighbors at the same place.",
        "The window of channel i begins at i - size // 2, or at 0, and ends behind i + size // 2.",
        "A loop over the channels will do: sum squares of a[begin:end] along axis 0, then k, alpha, beta.",
    ],
    by_hand=True,
)
def neighbors_normalized(a, size, alpha, beta, k):
    """a / (k + alpha * sum of a^2 over `size` channels)^beta, a (c, h, w), place by place.

    size is odd: the channel itself in the middle, as many neighbors on both sides, as far as there
    are any.  alpha is not divided by size.  By hand, with NumPy alone.
    """
    half, sums = size // 2, np.empty_like(a)
    for i in range(len(a)):
        sums[i] = (a[max(0, i - half) : i + half + 1] ** 2).sum(axis=0)
    return a / (k + alpha * sums) ** beta


def _windows(window=None, power=2, sums=np.sum, whole=None):
    """The reference with other windows, powers or sums; `whole` makes the result of a and the sums."""

    def answer(a, size, alpha, beta, k):
        rows = [(window or _centered)(i, size, len(a)) for i in range(len(a))]
        total = np.stack([sums(a[row] ** power, axis=0) for row in rows])
        return (whole or _divided)(a, total, alpha, beta, k)

    return answer


def _square_of_sum(part, axis):
    return part.sum(axis=axis) ** 2


def _centered(i, size, c):
    return slice(max(0, i - size // 2), i + size // 2 + 1)


def _divided(a, total, alpha, beta, k):
    return a / (k + alpha * total) ** beta


def _in_space(a, size, alpha, beta, k):
    columns = np.moveaxis(a, 1, 0)  # rows of the image for channels
    return np.moveaxis(neighbors_normalized(columns, size, alpha, beta, k), 0, 1)


for message, answer in {
    "alpha is divided by size: PyTorch does that, the formula of 2012 does not": (
        lambda a, size, alpha, beta, k: neighbors_normalized(a, size, alpha / size, beta, k)
    ),
    "it takes the mean over the window: the formula has the sum": _windows(sums=np.mean),
    "the channel itself is left out of the sum": _windows(
        whole=lambda a, total, alpha, beta, k: _divided(a, total - a**2, alpha, beta, k)
    ),
    "`size` neighbors stand on both sides: size counts the whole window": _windows(
        lambda i, size, c: _centered(i, 2 * size + 1, c)
    ),
    "the last channel of the window is missing: a slice ends before its end": _windows(
        lambda i, size, c: slice(max(0, i - size // 2), i + size // 2)
    ),
    "at the first channels its slice begins below 0, which NumPy counts from the end": _windows(
        lambda i, size, c: slice(i - size // 2, i + size // 2 + 1)
    ),
    "the window goes around: the first and the last channel are no neighbors": _windows(
        lambda i, size, c: (i + np.arange(-(size // 2), size // 2 + 1)) % c
    ),
    "it sums the activations, not their squares": _windows(power=1),
    "it squares the sum: the squares are to be summed": _windows(power=1, sums=_square_of_sum),
    "the window lies in space: neighbors are channels at the same place": _in_space,
    "k stands outside of the power: it belongs to the sum": _windows(
        whole=lambda a, total, alpha, beta, k: a / (k + (alpha * total) ** beta)
    ),
    "only the sum is raised to the power: k and alpha are under it as well": _windows(
        whole=lambda a, total, alpha, beta, k: a / (k + alpha * total**beta)
    ),
    "the power is left out": _windows(whole=lambda a, total, alpha, beta, k: a / (k + alpha * total)),
}.items():
    mistake(neighbors_normalized, message)(answer)
