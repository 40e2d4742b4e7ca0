"""Exercises of ch03/03_deep_networks."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.verify import gradient


def _sizes(rng, count, low=3, high=7):
    """So many sizes from `low` on, no two the same."""
    return [int(size) for size in rng.permutation(np.arange(low, max(high, low + count)))[:count]]


def _pre_activations(rng):
    s, dh = rng.normal(size=(2, *_sizes(rng, 2)))
    return s, dh, float(rng.uniform(0.2, 0.8))


def _some_exactly_zero(rng):
    """Entries of s that are 0, one of them -0.0, where the choice decides."""
    s, dh, at_zero = _pre_activations(rng)
    s[1], s[0, 0] = 0.0, -0.0
    return s, dh, at_zero


def _all_off(rng):
    """A layer of units that are all silent."""
    s, dh, at_zero = _pre_activations(rng)
    return -np.abs(s), dh, at_zero


@exercise(
    "ch03.deep_networks.relu",
    title="Back through a layer of ReLUs",
    points=2,
    sources="EE147 Backpropagation, Fig 16; DLNN (A.7); MEDL (5.17)",
    by_hand=True,
    arguments=_pre_activations,
    hidden=[_some_exactly_zero, _all_off],
    hints=[
        "Each unit acts on its own entry: it multiplies what comes from above by its slope there.",
        "The slope has three values, and s decides which: 1 above zero, 0 below, at_zero exactly at zero.",
        "np.where(condition, this, that) chooses entry by entry, and `that` may be another np.where.",
    ],
)
def relu_layer_pullback(s, dh, at_zero):
    """dR/ds (n, i) of h = max(s, 0), from the pre-activations s (n, i) and dh = dR/dh (n, i).

    at_zero, the slope to take where s is exactly 0: DLNN and MEDL take 1, PyTorch and EE147 0.
    By hand, with NumPy alone.
    """
    slope = np.where(s > 0, 1.0, np.where(s == 0, at_zero, 0.0))
    return dh * slope


@mistake(relu_layer_pullback, "its slope at s = 0 is always 0, whatever at_zero says")
def _zero_at_zero(s, dh, at_zero):
    return dh * (s > 0)


@mistake(relu_layer_pullback, "its slope at s = 0 is always 1, whatever at_zero says")
def _one_at_zero(s, dh, at_zero):
    return dh * (s >= 0)


@mistake(
    relu_layer_pullback,
    "it lets through what is positive in dh, as if the ReLU acted on it: what counts is the sign of s",
)
def _mask_of_upstream(s, dh, at_zero):
    return dh * np.where(dh > 0, 1.0, np.where(dh == 0, at_zero, 0.0))


@mistake(relu_layer_pullback, "it multiplies by s: the slope of the ReLU is 1 above zero, not s")
def _times_s(s, dh, at_zero):
    return dh * np.maximum(s, 0)


@mistake(relu_layer_pullback, "it lets everything through: where s is negative the unit is silent")
def _everything(s, dh, at_zero):
    return dh


@mistake(relu_layer_pullback, "that is the slope alone: what comes from above, dh, is missing")
def _slope_alone(s, dh, at_zero):
    return np.where(s > 0, 1.0, np.where(s == 0, at_zero, 0.0))


@mistake(relu_layer_pullback, "it takes at_zero for the slope of all s <= 0: it is for s = 0 alone")
def _leaky(s, dh, at_zero):
    return dh * np.where(s > 0, 1.0, at_zero)


@mistake(relu_layer_pullback, "it lets through what it should hold back, and the other way around")
def _upside_down(s, dh, at_zero):
    return dh * np.where(s < 0, 1.0, np.where(s == 0, at_zero, 0.0))


@mistake(
    relu_layer_pullback, "it hands on at_zero itself where s is 0: the slope multiplies what comes from above"
)
def _at_zero_for_the_product(s, dh, at_zero):
    return np.where(s == 0, at_zero, dh * (s > 0))


def _batch(rng):
    n, i, j = _sizes(rng, 3, low=2, high=6)
    return rng.normal(size=(n, j)), rng.normal(size=(i, j)), 0.2 * rng.normal(size=(n, i))


def _one_sample(rng):
    x, W, delta = _batch(rng)
    return x[:1], W, delta[:1]


def _square(rng):
    """As many samples as inputs as outputs: every transpose has a shape that fits."""
    return tuple(rng.normal(size=(3, 4, 4)))


def _large_weight(rng):
    """A weight so large that a small change of the outputs is rounded away: dW and db do not depend on W."""
    x, W, delta = _batch(rng)
    W[0, 0] = 1e25
    return x, W, delta


@exercise(
    "ch03.deep_networks.linear",
    title="Back through a linear layer, a whole mini-batch at once",
    points=3,
    sources="EE147 Backpropagation; DLNN (4.84); GBC 6.5.7; MEDL (5.33)",
    by_hand=True,
    arguments=_batch,
    hidden=[_one_sample, _square, _large_weight],
    hints=[
        "Write down what you have, x (n, j), W (i, j), delta (n, i), and the shapes that must come out.",
        "The samples share W and b, so each adds its part to their gradients; every row of dx is its own.",
        "A product that runs over n does that sum: its inner size is n. A matrix with rows n in front has to "
        "be turned for it.",
    ],
)
def linear_layer_pullback(x, W, delta):
    """(dx, dW, db) of s = x @ W.T + b, from delta = dR/ds (n, i).

    x (n, j), rows are samples;  W (i, j), b (i,);  dx (n, j), dW (i, j), db (i,).
    By hand, with NumPy alone.
    """
    return delta @ W, delta.T @ x, delta.sum(axis=0)


@mistake(linear_layer_pullback, "dW is transposed: it has a row for each input, as DLNN (4.84) prints it")
def _printed_layout(x, W, delta):
    return delta @ W, x.T @ delta, delta.sum(axis=0)


@mistake(linear_layer_pullback, "dW and db are means: whoever averages has divided delta by n already")
def _averaged(x, W, delta):
    return delta @ W, delta.T @ x / len(x), delta.mean(axis=0)


@mistake(linear_layer_pullback, "dW is a mean over the samples, db a sum: both are sums")
def _weights_averaged(x, W, delta):
    return delta @ W, delta.T @ x / len(x), delta.sum(axis=0)


@mistake(linear_layer_pullback, "db is a mean over the samples, dW a sum: both are sums")
def _bias_averaged(x, W, delta):
    return delta @ W, delta.T @ x, delta.mean(axis=0)


@mistake(linear_layer_pullback, "db still has a row for each sample: they share one b")
def _bias_not_summed(x, W, delta):
    return delta @ W, delta.T @ x, delta


@mistake(linear_layer_pullback, "db is summed over the units: it has an entry for each of them")
def _bias_over_units(x, W, delta):
    return delta @ W, delta.T @ x, delta.sum(axis=1)


@mistake(linear_layer_pullback, "db still has two axes: b has one")
def _bias_as_a_row(x, W, delta):
    return delta @ W, delta.T @ x, delta.sum(axis=0, keepdims=True)


@mistake(linear_layer_pullback, "dx goes through W as on the way forward: backward, W stands the other way")
def _forward_again(x, W, delta):
    return delta @ W.T, delta.T @ x, delta.sum(axis=0)


@mistake(linear_layer_pullback, "dx is the column form W^T delta of the books: here rows are samples")
def _columns(x, W, delta):
    return W.T @ delta.T, delta.T @ x, delta.sum(axis=0)


@mistake(linear_layer_pullback, "dW has a matrix for each sample: the samples share one W")
def _not_summed(x, W, delta):
    return delta @ W, delta[:, :, None] * x[:, None, :], delta.sum(axis=0)


@mistake(linear_layer_pullback, "the gradients are there, but in another order: dx, then dW, then db")
def _other_order(x, W, delta):
    return delta.T @ x, delta.sum(axis=0), delta @ W


@mistake(linear_layer_pullback, "dW is made of W: the weights' gradient needs what came in, x")
def _without_input(x, W, delta):
    return delta @ W, delta.T @ (delta @ W), delta.sum(axis=0)


@mistake(
    linear_layer_pullback,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _central_differences(x, W, delta):
    def change(x, W, b):
        return np.sum(delta * (x @ W.T + b))

    b = np.zeros(len(W))
    return (
        gradient(lambda x: change(x, W, b), x),
        gradient(lambda W: change(x, W, b), W),
        gradient(lambda b: change(x, W, b), b),
    )


def _network(rng, sizes):
    """Weights of the layers after the first, slopes f'(s) of the hidden ones, and delta at the output."""
    n = int(rng.integers(2, 5))
    weights = [rng.normal(size=(above, below)) for below, above in zip(sizes[:-1], sizes[1:], strict=True)]
    slopes = [rng.uniform(0.2, 1.3, size=(n, size)) for size in sizes[:-1]]
    return tuple(weights), tuple(slopes), rng.normal(size=(n, sizes[-1]))


def _three_hidden(rng):
    return _network(rng, _sizes(rng, 4))


def _one_hidden(rng):
    return _network(rng, _sizes(rng, 2))


def _equal_widths(rng):
    return _network(rng, [3, 3, 3, 3])


@exercise(
    "ch03.deep_networks.recursion",
    title="The delta recursion in matrices",
    points=3,
    sources="DLNN (4.81); MEDL (5.32), Algorithm 5.2",
    by_hand=True,
    arguments=_three_hidden,
    hidden=[_one_hidden, _equal_widths],
    hints=[
        "Start with the delta of the output and walk down: weights[-1] and slopes[-1] make the first step.",
        "A step has two parts: back through the weights, then times the slopes, entry by entry.",
        "Each step needs the delta that the last one made. Collect them, and turn the list around last.",
    ],
)
def hidden_deltas(weights, slopes, delta):
    """The deltas (delta^[1], ..., delta^[L-1]) of the hidden layers as a tuple, rows are samples.

    weights (W^[2], ..., W^[L]), each (units, units below);  slopes (f'(s^[1]), ..., f'(s^[L-1])),
    each (n, units);  delta = delta^[L] (n, k).  By hand, with NumPy alone.  DLNN (4.81)
    """
    deltas = []
    for layer in reversed(range(len(weights))):
        delta = delta @ weights[layer] * slopes[layer]
        deltas.append(delta)
    return tuple(reversed(deltas))


@mistake(
    hidden_deltas, "the deltas come in the order in which they were made: the one of layer 1 stands first"
)
def _order_of_making(weights, slopes, delta):
    return hidden_deltas(weights, slopes, delta)[::-1]


@mistake(hidden_deltas, "it leaves out the slopes f'(s): that is the way back through linear layers")
def _without_slopes(weights, slopes, delta):
    return hidden_deltas(weights, [np.ones_like(slope) for slope in slopes], delta)


@mistake(hidden_deltas, "every delta is made from the one of the output: each needs the one above it")
def _always_from_the_output(weights, slopes, delta):
    found = []
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        found.insert(0, delta @ W * slope)
    return tuple(found)


@mistake(
    hidden_deltas, "it multiplies by the slope of the next layer up, or by none: delta^[l] has f'(s^[l])"
)
def _slopes_one_up(weights, slopes, delta):
    return hidden_deltas(weights, (*slopes[1:], np.ones_like(delta[:, :1])), delta)


@mistake(hidden_deltas, "only its first step has a slope: every hidden layer has slopes of its own")
def _first_slope_alone(weights, slopes, delta):
    return hidden_deltas(weights, [*map(np.ones_like, slopes[:-1]), slopes[-1]], delta)


@mistake(hidden_deltas, "it goes through the weights as on the way forward: backward they stand transposed")
def _forward_weights(weights, slopes, delta):
    return hidden_deltas([W.T for W in weights], slopes, delta)


@mistake(hidden_deltas, "it starts with the weights of layer 2: the way back starts at the output")
def _weights_from_the_front(weights, slopes, delta):
    deltas = []
    for W, slope in zip(weights, slopes, strict=True):
        delta = delta @ W * slope
        deltas.append(delta)
    return tuple(deltas)


@mistake(hidden_deltas, "the delta of the output is in the tuple: only the hidden layers are asked for")
def _with_the_output(weights, slopes, delta):
    return (*hidden_deltas(weights, slopes, delta), delta)


@mistake(hidden_deltas, "it adds the slopes: the unit multiplies what comes from above by its slope")
def _added(weights, slopes, delta):
    deltas = []
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        delta = delta @ W + slope
        deltas.append(delta)
    return tuple(reversed(deltas))


@mistake(hidden_deltas, "that is dR/da, behind the activation: the last slope is missing in each delta")
def _adjoints(weights, slopes, delta):
    found = []
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        found.insert(0, delta @ W)
        delta = delta @ W * slope
    return tuple(found)


@mistake(hidden_deltas, "only the delta of layer 1 is there: every hidden layer has one")
def _first_alone(weights, slopes, delta):
    return (hidden_deltas(weights, slopes, delta)[0],)


def _scalar_chain(rng, depth=None):
    """Parameters, inputs and slopes of a chain of scalar layers, and the adjoint of its output."""
    depth = depth or int(rng.integers(3, 6))
    theta, a = rng.normal(size=(2, depth))
    return theta, a, rng.uniform(0.2, 1.3, size=depth), float(rng.normal())


def _one_layer(rng):
    return _scalar_chain(rng, 1)


def _one_unit_off(rng):
    """A layer in the middle whose slope is 0: nothing gets past it."""
    theta, a, slope, zeta = _scalar_chain(rng, 4)
    slope[1] = 0
    return theta, a, slope, zeta


def _thetas_zero(rng):
    """A weight that is 0: the gradients below it vanish, its own does not."""
    theta, a, slope, zeta = _scalar_chain(rng, 4)
    theta[2] = 0
    return theta, a, slope, zeta


@exercise(
    "ch03.deep_networks.repaired_step",
    title="Repair Algorithm 5.1",
    points=3,
    sources="MEDL Algorithm 5.1, (5.26), (5.28)",
    by_hand=True,
    arguments=_scalar_chain,
    hidden=[_one_layer, _one_unit_off, _thetas_zero],
    hints=[
        "A layer a -> sigma(theta a) has two derivatives: slope theta along a, and slope a along theta.",
        "The adjoint goes down along a, through the layer above; the gradient leaves it along theta.",
        "From the last layer to the first: note zeta times the derivative along theta, then multiply zeta by "
        "the derivative along a.",
    ],
)
def scalar_chain_gradients(theta, a, slope, zeta):
    """The gradients g (L,) of the L layers a^[l] = sigma(theta^[l] a^[l-1]), all of them numbers.

    theta (L,);  a (L,), what goes in: a^[0], ..., a^[L-1];  slope (L,), sigma' in each layer;
    zeta = dR/da^[L], the last adjoint.  MEDL (5.26), and Algorithm 5.1 without its misprint
    By hand, with NumPy alone.
    """
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = a[layer] * slope[layer] * zeta
        zeta = theta[layer] * slope[layer] * zeta
    return g


@mistake(
    scalar_chain_gradients,
    "it is step 5 as printed: the adjoint goes down along the parameter, through the same layer",
)
def _as_printed(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    g[-1] = a[-1] * slope[-1] * zeta
    for layer in reversed(range(len(theta) - 1)):
        zeta = a[layer] * slope[layer] * zeta
        g[layer] = a[layer] * slope[layer] * zeta
    return g


@mistake(
    scalar_chain_gradients,
    "its adjoint goes down along the parameters, as printed: it has to follow the activations",
)
def _along_theta(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = a[layer] * slope[layer] * zeta
        zeta = g[layer]
    return g


@mistake(
    scalar_chain_gradients,
    "it takes the derivative of layer l on the way from l + 1 to l: it is that of the layer above",
)
def _same_layer(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    g[-1] = a[-1] * slope[-1] * zeta
    for layer in reversed(range(len(theta) - 1)):
        zeta = theta[layer] * slope[layer] * zeta
        g[layer] = a[layer] * slope[layer] * zeta
    return g


@mistake(scalar_chain_gradients, "every layer gets the adjoint of the output: it changes from layer to layer")
def _one_adjoint(theta, a, slope, zeta):
    return a * slope * zeta


@mistake(scalar_chain_gradients, "its adjoint passes the weights, but not the slopes of the activations")
def _weights_alone(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = a[layer] * slope[layer] * zeta
        zeta = theta[layer] * zeta
    return g


@mistake(scalar_chain_gradients, "its adjoint passes the slopes of the activations, but not the weights")
def _slopes_alone(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = a[layer] * slope[layer] * zeta
        zeta = slope[layer] * zeta
    return g


@mistake(scalar_chain_gradients, "the gradients are without the slope of their own layer")
def _gradient_without_slope(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = a[layer] * zeta
        zeta = theta[layer] * slope[layer] * zeta
    return g


@mistake(
    scalar_chain_gradients, "those are the adjoints behind each layer, dR/da: the gradients are asked for"
)
def _behind(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = zeta
        zeta = theta[layer] * slope[layer] * zeta
    return g


@mistake(
    scalar_chain_gradients, "those are the adjoints before each layer, dR/da: the gradients are asked for"
)
def _before(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        g[layer] = zeta = theta[layer] * slope[layer] * zeta
    return g


@mistake(
    scalar_chain_gradients, "the gradients stand in the order in which they were made: layer 1 comes first"
)
def _last_first(theta, a, slope, zeta):
    return scalar_chain_gradients(theta, a, slope, zeta)[::-1]


@mistake(
    scalar_chain_gradients,
    "it goes from the first layer to the last: the adjoint is known at the last one only",
)
def _from_the_front(theta, a, slope, zeta):
    return scalar_chain_gradients(theta[::-1], a[::-1], slope[::-1], zeta)[::-1]


@mistake(
    scalar_chain_gradients,
    "it has already passed a layer before its gradient is noted: each is one layer too low",
)
def _passed_too_soon(theta, a, slope, zeta):
    g = np.zeros_like(theta)
    for layer in reversed(range(len(theta))):
        zeta = theta[layer] * slope[layer] * zeta
        g[layer] = a[layer] * slope[layer] * zeta
    return g
