"""Exercises of ch08/02_mean_field_theory."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _moments(rng):
    """Means and variances of generic weights and inputs."""
    j = rng.integers(4, 9)
    return rng.normal(size=j), rng.uniform(0.5, 3, size=j), rng.normal(size=j), rng.uniform(0.5, 3, size=j)


def _zero_mean_weights(rng):
    """Weights of mean 0, as all initializations have them, and inputs of another mean."""
    mean_w, var_w, mean_x, var_x = _moments(rng)
    return 0 * mean_w, var_w, mean_x + 2, var_x


def _fixed_weights(rng):
    mean_w, var_w, mean_x, var_x = _moments(rng)
    return mean_w, 0 * var_w, mean_x, var_x


@exercise(
    "ch08.mean_field_theory.moments",
    title="Mean and variance of a weighted sum",
    points=2,
    sources="MEDL 5.5 (5.37); EE147 Weight Initialization; DLNN 9.2.1",
    by_hand=True,
    arguments=_moments,
    hidden=[_zero_mean_weights, _fixed_weights],
    hints=[
        "The terms are independent: means add up, and variances add up. So look at one term, w x.",
        "E[w x] = E[w] E[x], because w and x are independent.",
        "Var(w x) = E[w]^2 Var(x) + E[x]^2 Var(w) + Var(w) Var(x).",
    ],
)
def weighted_sum_moments(mean_w, var_w, mean_x, var_x):
    """Mean and variance of s = w_1 x_1 + ... + w_J x_J, all weights and inputs independent.

    mean_w, var_w, mean_x, var_x (J,), of each weight and each input.  Returns (mean, variance), two
    numbers.  By hand, with NumPy alone.
    """
    variance = mean_w**2 * var_x + mean_x**2 * var_w + var_w * var_x
    return mean_w @ mean_x, variance.sum()


@mistake(weighted_sum_moments, "Var(w x) = Var(w) Var(x) holds only where both means are 0")
def _zero_means(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, var_w @ var_x


@mistake(weighted_sum_moments, "that is the second moment E[w^2] E[x^2]: the squared means are not taken off")
def _second_moment(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, ((mean_w**2 + var_w) * (mean_x**2 + var_x)).sum()


@mistake(weighted_sum_moments, "it treats the weights as fixed numbers: they vary, too")
def _fixed(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, mean_w**2 @ var_x


@mistake(weighted_sum_moments, "the product of the two variances is missing")
def _no_product(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, mean_w**2 @ var_x + mean_x**2 @ var_w


@mistake(weighted_sum_moments, "inputs whose mean is not 0 make the weights count: that term is missing")
def _no_mean_of_inputs(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, (mean_w**2 + var_w) @ var_x


@mistake(
    weighted_sum_moments, "weights whose mean is not 0 pass on how the inputs vary: that term is missing"
)
def _no_mean_of_weights(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, (mean_x**2 + var_x) @ var_w


@mistake(weighted_sum_moments, "it squares the variances: they are squares already")
def _variances_squared(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, mean_w**2 @ var_x + mean_x**2 @ var_w + var_w**2 @ var_x**2


@mistake(weighted_sum_moments, "it multiplies the variances with means that are not squared")
def _not_squared(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, mean_w @ var_x + mean_x @ var_w + var_w @ var_x


@mistake(weighted_sum_moments, "its mean multiplies two sums: each weight meets its own input only")
def _product_of_sums(mean_w, var_w, mean_x, var_x):
    return mean_w.sum() * mean_x.sum(), weighted_sum_moments(mean_w, var_w, mean_x, var_x)[1]


@mistake(weighted_sum_moments, "the product of the two variances is there twice")
def _product_twice(mean_w, var_w, mean_x, var_x):
    mean, variance = weighted_sum_moments(mean_w, var_w, mean_x, var_x)
    return mean, variance + var_w @ var_x


@mistake(
    weighted_sum_moments, "each variance goes with its own squared mean: it is the other's that scales it"
)
def _own_means(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, mean_w**2 @ var_w + mean_x**2 @ var_x + var_w @ var_x


@mistake(weighted_sum_moments, "it averages over the J terms: s is their sum")
def _mean(mean_w, var_w, mean_x, var_x):
    mean, variance = weighted_sum_moments(mean_w, var_w, mean_x, var_x)
    return mean / len(mean_w), variance / len(mean_w)


@mistake(weighted_sum_moments, "it returns the standard deviation in place of the variance")
def _standard_deviation(mean_w, var_w, mean_x, var_x):
    mean, variance = weighted_sum_moments(mean_w, var_w, mean_x, var_x)
    return mean, np.sqrt(variance)


def _network(rng):
    """Widths that all differ, a variance for each layer near 2 / J, and a leak."""
    layers = rng.integers(4, 7)
    widths = rng.permutation(np.arange(10, 60))[: layers + 1]
    return widths, rng.uniform(1, 3, size=layers) / widths[:-1], rng.uniform(0.1, 0.6)


def _moment_and_layers(rng):
    return rng.uniform(0.5, 4), *_network(rng)


def _relu_layers(rng):
    moment, widths, variances, _ = _moment_and_layers(rng)
    return moment, widths, variances, 0.0


def _linear_layers(rng):
    moment, widths, variances, _ = _moment_and_layers(rng)
    return moment, widths, variances, 1.0


@exercise(
    "ch08.mean_field_theory.forward",
    title="The variance on its way up",
    points=3,
    sources="DLNN (9.8)-(9.12); MEDL 5.5",
    by_hand=True,
    arguments=_moment_and_layers,
    hidden=[_relu_layers, _linear_layers],
    hints=[
        "The first layer: a sum of J terms of variance sigma_w^2 E[x^2]. No activation came before it.",
        "If s ~ N(0, q), the part of E[f(s)^2] from s > 0 is q/2. The other part is slope^2 times that.",
        "So q_l = J_l sigma_l^2 q_(l-1) (1 + slope^2) / 2 from the second layer on.",
    ],
)
def leaky_forward_variances(moment, widths, variances, slope):
    """Predicted variances q_1 ... q_L of the pre-activations of a wide leaky-ReLU network.

    moment = E[x^2] of each input;  widths (L + 1,), of the input and of each layer;  variances (L,)
    of the weights, whose means are 0;  f(s) = s for s > 0, else slope s.  Returns q (L,), the
    variance before f in each layer.  By hand, with NumPy alone.
    """
    factors = widths[:-1] * variances
    factors[1:] = factors[1:] * (1 + slope**2) / 2
    return moment * np.cumprod(factors)


def _forward(part=lambda slope: (1 + slope**2) / 2, first=lambda slope: 1, gains=None):
    """The reference with another part that f takes, also in layer 1, or other gains(widths, variances)."""

    def answer(moment, widths, variances, slope):
        factors = (gains or (lambda widths, variances: widths[:-1] * variances))(widths, variances)
        return moment * np.cumprod(np.append(factors[:1] * first(slope), factors[1:] * part(slope)))

    return answer


for message, answer in {
    "f takes its part once too often: below layer 1 is no unit, and q is before f": _forward(
        first=lambda slope: (1 + slope**2) / 2
    ),
    "it takes the fan-out: a pre-activation sums over the inputs of its layer": _forward(
        gains=lambda widths, variances: widths[1:] * variances
    ),
    "it leaves the activations out: f takes a part of each moment away": _forward(lambda slope: 1),
    "only half of the units are on either side of 0: a factor 1/2 is missing": _forward(
        lambda slope: 1 + slope**2
    ),
    "the slope is not squared: it is a second moment that f passes on": _forward(
        lambda slope: (1 + slope) / 2
    ),
    "it squares the mean slope: what f passes on is the mean of the squares": _forward(
        lambda slope: ((1 + slope) / 2) ** 2
    ),
    "it hands on the variance of f(s): inputs whose mean is not 0 count with their second moment": _forward(
        lambda slope: (1 + slope**2) / 2 - (1 - slope) ** 2 / (2 * np.pi)
    ),
    "it leaves the negative side out: a leaky ReLU passes slope times s there": _forward(lambda slope: 1 / 2),
    "it multiplies with standard deviations of weights, not variances": _forward(
        gains=lambda widths, variances: widths[:-1] * np.sqrt(variances)
    ),
    "those are standard deviations: variances are asked for": lambda *arguments: np.sqrt(
        leaky_forward_variances(*arguments)
    ),
}.items():
    mistake(leaky_forward_variances, message)(answer)


def _two_layers(rng):
    moment, widths, variances, slope = _moment_and_layers(rng)
    return moment, widths[:3], variances[:2], slope


@exercise(
    "ch08.mean_field_theory.backward",
    title="The second moment on its way down",
    points=3,
    sources="DLNN 9.2.2, (9.6)",
    by_hand=True,
    arguments=_moment_and_layers,
    hidden=[_relu_layers, _two_layers],
    hints=[
        "delta of layer l is f'(s) times a sum over the units of layer l + 1. How many terms is that?",
        "E[f'^2] is 1 on one half and slope^2 on the other: (1 + slope^2) / 2 on average.",
        "Start with the last layer, multiply once for every layer that you go down, and turn it around.",
    ],
)
def leaky_delta_moments(moment, widths, variances, slope):
    """Predicted second moments E[delta^2] in layers 1 ... L of a wide leaky-ReLU network.

    moment, that of delta = dR/ds in the last layer L;  widths (L + 1,), of the input and of each
    layer;  variances (L,) of the weights, layer 1 first;  f(s) = s for s > 0, else slope s.
    Returns (L,), layer 1 first.  By hand, with NumPy alone.
    """
    factors = widths[2:] * variances[1:] * (1 + slope**2) / 2
    return moment * np.append(np.cumprod(factors[::-1])[::-1], 1)


def _backward(part=lambda slope: (1 + slope**2) / 2, last=lambda slope: 1, gains=None):
    """The reference with another part that f' takes, also in layer L, or other gains(widths, variances)."""

    def answer(moment, widths, variances, slope):
        factors = (gains or (lambda widths, variances: widths[2:] * variances[1:]))(widths, variances)
        products = np.cumprod((factors * part(slope))[::-1])[::-1]
        return moment * last(slope) * np.append(products, 1)

    return answer


def _upward(moment, widths, variances, slope):
    factors = widths[2:] * variances[1:] * (1 + slope**2) / 2
    return moment * np.append(1, np.cumprod(factors))


for message, answer in {
    "it takes the fan-in: what comes back is a sum over the layer above": _backward(
        gains=lambda widths, variances: widths[1:-1] * variances[1:]
    ),
    "it goes through the weights below a layer: delta comes from the layer above": _backward(
        gains=lambda widths, variances: widths[1:-1] * variances[:-1]
    ),
    "it has the weights of the layer below: the number of units is right, its variance is another's": (
        _backward(gains=lambda widths, variances: widths[2:] * variances[:-1])
    ),
    "f takes its part once too often: the delta of the last layer is dR/ds, behind its slope": _backward(
        last=lambda slope: (1 + slope**2) / 2
    ),
    "the slopes of the units are missing: delta is f'(s) times what comes back": _backward(lambda slope: 1),
    "only half of the units are on either side of 0: a factor 1/2 is missing": _backward(
        lambda slope: 1 + slope**2
    ),
    "the slope is not squared: second moments are multiplied by f'^2": _backward(
        lambda slope: (1 + slope) / 2
    ),
    "it squares the mean slope: the mean of the squares is asked for": _backward(
        lambda slope: ((1 + slope) / 2) ** 2
    ),
    "on the negative side it lets nothing back: a leaky ReLU has its slope there": _backward(
        lambda slope: 1 / 2
    ),
    "the layers are in the wrong order: layer 1 comes first": lambda *arguments: leaky_delta_moments(
        *arguments
    )[::-1],
    "it multiplies on the way up, starting with layer 1: the last layer is known": _upward,
}.items():
    mistake(leaky_delta_moments, message)(answer)


def _sizes(rng):
    fans = rng.permutation(np.arange(20, 200))[:2]
    return int(fans[0]), int(fans[1]), rng.uniform(0.6, 2.5)


def _square_layer(rng):
    fan_in, _, gain = _sizes(rng)
    return fan_in, fan_in, gain


def _plain_gain(rng):
    fan_in, fan_out, _ = _sizes(rng)
    return fan_in, fan_out, 1.0


@exercise(
    "ch08.mean_field_theory.compromise",
    title="A gain from PyTorch, a rule from Glorot",
    points=2,
    sources="DLNN (9.4), (9.6), (9.7), (9.13); GBC (8.23)",
    by_hand=True,
    arguments=_sizes,
    hidden=[_square_layer, _plain_gain],
    hints=[
        "The books' gain g multiplies the variance. What is g, if PyTorch's multiplies the deviation?",
        "Glorot: sigma_w^2 = 2 g / (I + J). PyTorch's number to the second power is g.",
        "Forward a layer multiplies by J sigma_w^2, on the way back by I sigma_w^2.",
    ],
)
def glorot_factors(fan_in, fan_out, torch_gain):
    """Glorot's weight variance with a gain, and how linear units multiply second moments with it.

    fan_in = J, fan_out = I;  torch_gain, a factor of the deviation, as `calculate_gain` gives it.
    Returns (variance, forward, backward): sigma_w^2, and the factors of the second moments of s
    forward and of delta backward, in this layer without its activation.  By hand, with NumPy alone.
    """
    variance = 2 * torch_gain**2 / (fan_in + fan_out)
    return variance, fan_in * variance, fan_out * variance


@mistake(glorot_factors, "its gain multiplies the variance: PyTorch's multiplies the standard deviation")
def _gain_of_variance(fan_in, fan_out, torch_gain):
    variance = 2 * torch_gain / (fan_in + fan_out)
    return variance, fan_in * variance, fan_out * variance


@mistake(glorot_factors, "it has no gain")
def _no_gain(fan_in, fan_out, torch_gain):
    variance = 2 / (fan_in + fan_out)
    return variance, fan_in * variance, fan_out * variance


@mistake(glorot_factors, "forward and backward are exchanged: forward a unit sums over fan_in inputs")
def _exchanged(fan_in, fan_out, torch_gain):
    variance, forward, backward = glorot_factors(fan_in, fan_out, torch_gain)
    return variance, backward, forward


@mistake(glorot_factors, "that is 1/(I + J): Glorot divides by the mean of the two fans")
def _half(fan_in, fan_out, torch_gain):
    variance = torch_gain**2 / (fan_in + fan_out)
    return variance, fan_in * variance, fan_out * variance


@mistake(glorot_factors, "that is LeCun's rule, 1/J: Glorot weighs the way back as much as the way forward")
def _lecun(fan_in, fan_out, torch_gain):
    variance = torch_gain**2 / fan_in
    return variance, fan_in * variance, fan_out * variance


@mistake(glorot_factors, "it returns the standard deviation of the weights: their variance is asked for")
def _deviation(fan_in, fan_out, torch_gain):
    variance, forward, backward = glorot_factors(fan_in, fan_out, torch_gain)
    return np.sqrt(variance), forward, backward


@mistake(glorot_factors, "its factors are of standard deviations: second moments are asked for")
def _roots_of_factors(fan_in, fan_out, torch_gain):
    variance, forward, backward = glorot_factors(fan_in, fan_out, torch_gain)
    return variance, np.sqrt(forward), np.sqrt(backward)


@mistake(glorot_factors, "it averages 1/J and 1/I: Glorot averages the fans, not their inverses")
def _mean_of_rules(fan_in, fan_out, torch_gain):
    variance = torch_gain**2 * (1 / fan_in + 1 / fan_out) / 2
    return variance, fan_in * variance, fan_out * variance
