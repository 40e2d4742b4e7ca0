"""Exercises of ch03/10_counting_linear_pieces."""

from math import comb

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _network(rng):
    """A sample and the parameters of two hidden layers, some of whose units are on; no two sizes the same."""
    sizes = [*rng.permutation([2, 3, 4, 5, 6])[:3], 1 + 6 * rng.integers(2)]
    pairs = zip(sizes[:-1], sizes[1:], strict=True)
    layers = [array for j, i in pairs for array in (rng.normal(size=(i, j)), rng.normal(size=i))]
    x = rng.normal(size=sizes[0])
    for _ in range(100):
        on1 = layers[0] @ x + layers[1] > 0
        on2 = layers[2] @ (on1 * (layers[0] @ x + layers[1])) + layers[3] > 0
        if on1.any() and on2.any() and not (on1.all() and on2.all()):
            break
        layers[1], layers[3] = rng.normal(size=(2, sizes[1]))[0], rng.normal(size=sizes[2])
    return x, *layers


def _first_layer_off(rng):
    """The network is constant around x, and not 0: the second layer has units that are on."""
    x, W1, b1, W2, b2, W3, b3 = _network(rng)
    b2[0] = np.abs(b2[0]) + 0.5
    return x, W1, -W1 @ x - rng.uniform(0.5, 2, size=len(b1)), W2, b2, W3, b3


def _second_layer_off(rng):
    x, W1, b1, W2, b2, W3, b3 = _network(rng)
    s = W2 @ np.maximum(W1 @ x + b1, 0)
    return x, W1, b1, W2, -s - rng.uniform(0.5, 2, size=len(b2)), W3, b3


def _all_on(rng):
    x, W1, b1, W2, b2, W3, b3 = _network(rng)
    b1 = np.abs(b1) - W1 @ x + 0.1
    return x, W1, b1, W2, np.abs(b2) - W2 @ (W1 @ x + b1) + 0.1, W3, b3


def _on_two_folds(rng):
    """Whole numbers, so that the first unit of each layer has a pre-activation of exactly 0."""
    x, W1, b1, W2, b2, W3, b3 = [np.round(2 * array) for array in _network(rng)]
    b1[0], W2[:, 0], W3[0, 0] = -W1[0] @ x, rng.integers(1, 4, size=len(W2)), 3
    W1[0, 0], b1[0] = W1[0, 0] + 5, b1[0] - 5 * x[0]
    b2[0] = -W2[0] @ np.maximum(W1 @ x + b1, 0)
    return x, W1, b1, W2, b2, W3, b3


@exercise(
    "ch03.counting_linear_pieces.local_map",
    title="The map around a point",
    points=4,
    sources="MEDL 5.3; Strang VII.2",
    by_hand=True,
    arguments=_network,
    hidden=[_first_layer_off, _second_layer_off, _all_on, _on_two_folds],
    hints=[
        "Without ReLUs it would be one matrix W3 W2 W1 and one vector. What do the ReLUs erase?",
        "A unit that is off at x multiplies its own row, and its own bias, by 0; one that is on, by 1.",
        "Go layer by layer and carry two things along, a matrix and a vector, as if both were activations.",
    ],
)
def local_affine_map(x, W1, b1, W2, b2, W3, b3):
    """W_x (k, j), b_x (k,) of the ReLU network around the point x (j,): there it is W_x x' + b_x.

    Two hidden layers of ReLUs, W1 (h, j), b1 (h,) and W2 (i, h), b2 (i,); then W3 (k, i), b3 (k,).
    A unit whose pre-activation is exactly 0 is off.  By hand, with NumPy alone.
    """
    s1 = W1 @ x + b1
    on1 = s1 > 0
    s2 = W2 @ (on1 * s1) + b2
    on2 = s2 > 0
    into2 = W2 * on1  # the columns of units that are on
    out = W3 * on2
    return out @ into2 @ W1, out @ (into2 @ b1 + b2) + b3


def _masks(x, W1, b1, W2, b2):
    on1 = W1 @ x + b1 > 0
    return on1, W2 @ (on1 * (W1 @ x + b1)) + b2 > 0


@mistake(local_affine_map, "it multiplies the matrices as if there were no ReLUs: which units are off at x?")
def _no_masks(x, W1, b1, W2, b2, W3, b3):
    return W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3


@mistake(local_affine_map, "it keeps the units that are off at x, and erases those that are on")
def _upside_down(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = _masks(x, W1, b1, W2, b2)
    return W3 * ~on2 @ (W2 * ~on1) @ W1, W3 * ~on2 @ (W2 * ~on1 @ b1 + b2) + b3


@mistake(
    local_affine_map,
    "its mask of the second layer ignores the ReLUs of the first: s2 = W2 relu(s1) + b2 decides",
)
def _second_mask_without_relu(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = W1 @ x + b1 > 0, W2 @ (W1 @ x + b1) + b2 > 0
    return W3 * on2 @ (W2 * on1) @ W1, W3 * on2 @ (W2 * on1 @ b1 + b2) + b3


@mistake(
    local_affine_map, "its masks leave the biases out: a unit is on where W x + b > 0, not where W x > 0"
)
def _masks_without_biases(x, W1, b1, W2, b2, W3, b3):
    on1 = W1 @ x > 0
    on2 = W2 @ (on1 * (W1 @ x)) > 0
    return W3 * on2 @ (W2 * on1) @ W1, W3 * on2 @ (W2 * on1 @ b1 + b2) + b3


@mistake(local_affine_map, "where a pre-activation is exactly 0 it counts the unit as on")
def _on_at_zero(x, W1, b1, W2, b2, W3, b3):
    on1 = W1 @ x + b1 >= 0
    on2 = W2 @ (on1 * (W1 @ x + b1)) + b2 >= 0
    return W3 * on2 @ (W2 * on1) @ W1, W3 * on2 @ (W2 * on1 @ b1 + b2) + b3


@mistake(local_affine_map, "the masks of the second layer are missing")
def _first_mask_only(x, W1, b1, W2, b2, W3, b3):
    on1, _ = _masks(x, W1, b1, W2, b2)
    return W3 @ (W2 * on1) @ W1, W3 @ (W2 * on1 @ b1 + b2) + b3


@mistake(local_affine_map, "the masks of the first layer are missing")
def _second_mask_only(x, W1, b1, W2, b2, W3, b3):
    _, on2 = _masks(x, W1, b1, W2, b2)
    return W3 * on2 @ W2 @ W1, W3 * on2 @ (W2 @ b1 + b2) + b3


@mistake(
    local_affine_map, "W_x is right, b_x is not: the biases pass through the same masks as the weights do"
)
def _biases_without_masks(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = _masks(x, W1, b1, W2, b2)
    return W3 * on2 @ (W2 * on1) @ W1, W3 @ (W2 @ b1 + b2) + b3


@mistake(
    local_affine_map, "W_x is right, b_x is b3 alone: the biases of the hidden units that are on count, too"
)
def _last_bias_only(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = _masks(x, W1, b1, W2, b2)
    return W3 * on2 @ (W2 * on1) @ W1, b3


@mistake(local_affine_map, "W_x is right; in b_x the biases b1 of the first layer are missing")
def _without_b1(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = _masks(x, W1, b1, W2, b2)
    return W3 * on2 @ (W2 * on1) @ W1, W3 * on2 @ b2 + b3


@mistake(local_affine_map, "W_x is right; in b_x the last bias b3 is missing")
def _without_b3(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = _masks(x, W1, b1, W2, b2)
    return W3 * on2 @ (W2 * on1) @ W1, W3 * on2 @ (W2 * on1 @ b1 + b2)


@mistake(
    local_affine_map, "W_x is right, b_x is the network's output at x: W_x x is in it, and would count twice"
)
def _output(x, W1, b1, W2, b2, W3, b3):
    on1, on2 = _masks(x, W1, b1, W2, b2)
    W_x = W3 * on2 @ (W2 * on1) @ W1
    return W_x, W_x @ x + W3 * on2 @ (W2 * on1 @ b1 + b2) + b3


@mistake(
    local_affine_map, "it takes the ReLU of the weights: a ReLU acts on pre-activations, and masks whole rows"
)
def _relu_of_weights(x, W1, b1, W2, b2, W3, b3):
    V1, V2 = np.maximum(W1, 0), np.maximum(W2, 0)
    return W3 @ V2 @ V1, W3 @ (V2 @ np.maximum(b1, 0) + np.maximum(b2, 0)) + b3


@mistake(local_affine_map, "W_x is transposed: a row for each output, a column for each input")
def _transposed(x, W1, b1, W2, b2, W3, b3):
    W_x, b_x = local_affine_map(x, W1, b1, W2, b2, W3, b3)
    return W_x.T, b_x


def _weights(rng):
    """More units than inputs."""
    m = rng.integers(2, 6)
    return (rng.normal(size=(m + rng.integers(2, 8), m)),)


def _few_units(rng):
    m = rng.integers(4, 10)
    return (rng.normal(size=(rng.integers(2, m), m)),)


def _one_input(rng):
    return (rng.normal(size=(rng.integers(3, 30), 1)),)


def _one_unit(rng):
    return (rng.normal(size=(1, rng.integers(2, 9))),)


def _r(N, m):
    return sum(comb(N, i) for i in range(m + 1))


@exercise(
    "ch03.counting_linear_pieces.through_the_origin",
    title="All folds through one point",
    points=3,
    sources="Strang VII.1, Problem 1",
    by_hand=True,
    arguments=_weights,
    hidden=[_few_units, _one_input, _one_unit],
    hints=[
        "Every piece is a cone now, and with v its opposite -v lies in a piece, too: they come in pairs.",
        "One of each pair lies on the positive side of the last fold. How many lie there?",
        "Shift a copy of the last fold to that side: the others cut it, a space of m - 1 dimensions.",
    ],
)
def unbiased_pieces(W):
    """The flat pieces of a hidden layer of ReLUs without biases: all folds pass through the origin.

    W (units, inputs): apart from that, in general position.  Strang VII.1, Problem 1
    By hand, with NumPy alone.
    """
    N, m = W.shape
    return 2 * sum(comb(N - 1, i) for i in range(m))


@mistake(
    unbiased_pieces,
    "2^N is what Strang prints, 16 for four planes in R^3: but with N > m some masks never occur",
)
def _printed(W):
    return 2 ** len(W)


@mistake(unbiased_pieces, "r(N, m) needs folds in general position: these all meet in the origin")
def _general_position(W):
    return _r(*W.shape)


@mistake(
    unbiased_pieces,
    "that is one more than r(N, m): meeting in one point never makes more pieces than general position",
)
def _one_more(W):
    return _r(*W.shape) + 1


@mistake(
    unbiased_pieces,
    "that is one less than r(N, m): look how many pieces in the middle vanish for five lines in a plane",
)
def _one_less(W):
    return _r(*W.shape) - 1


@mistake(unbiased_pieces, "that is half of them: the pieces on the other side of the last fold are missing")
def _half(W):
    N, m = W.shape
    return _r(N - 1, m - 1)


@mistake(
    unbiased_pieces,
    "2 N is right for lines in the plane only: these folds lie in as many dimensions as W has columns",
)
def _plane_only(W):
    return 2 * len(W)


@mistake(unbiased_pieces, "it doubles the pieces of all N folds: the last one is not cut by itself")
def _cut_by_itself(W):
    N, m = W.shape
    return 2 * _r(N, m - 1)


@mistake(unbiased_pieces, "the shifted copy of the last fold has one dimension less than the space around it")
def _full_dimension(W):
    N, m = W.shape
    return 2 * _r(N - 1, m)


@mistake(unbiased_pieces, "it takes two dimensions away: the shifted copy of the last fold has m - 1")
def _two_dimensions_less(W):
    N, m = W.shape
    return 2 * _r(N - 1, m - 2)


@mistake(unbiased_pieces, "units and inputs are swapped: a row of W is a unit, a column an input")
def _swapped_shape(W):
    m, N = W.shape
    return 2 * _r(N - 1, m - 1)
