"""Exercises of ch03/06_jacobians_and_hessians."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.verify import gradient


def _network(rng):
    """Samples and the parameters of two layers; no two sizes the same."""
    n, d, h, k = rng.permutation([2, 3, 4, 5])
    x = rng.normal(size=(n, d))
    return x, rng.normal(size=(h, d)), rng.normal(size=h), rng.normal(size=(k, h)), rng.normal(size=k)


def _square_network(rng):
    """All sizes are 3, where every matrix fits on every side, and also transposed."""
    x, W1, W2 = rng.normal(size=(3, 3, 3))
    return x, W1, rng.normal(size=3), W2, rng.normal(size=3)


def _single_sample(rng):
    x, *params = _network(rng)
    return x[:1], *params


def _high_outputs(rng):
    """Outputs so large that a small change of them is rounded away: slopes do not depend on b2."""
    *arguments, b2 = _network(rng)
    return *arguments, 1e17 * np.sign(b2)


@exercise(
    "ch03.jacobians_and_hessians.passes",
    title="A Jacobian by K backward passes",
    points=3,
    sources="DLNN 4.8, (4.85)",
    by_hand=True,
    arguments=_network,
    hidden=[_square_network, _single_sample, _high_outputs],
    hints=[
        "A backward pass turns dR/dy into dR/dx. Which dR/dy makes R = y_i, one output alone?",
        "With a unit vector for dR/dy the pass returns row i of the Jacobian, for all samples at once.",
        "The pass is two products with a factor of tanh between. Stack the K results along axis 1.",
    ],
)
def network_jacobian(x, W1, b1, W2, b2):
    """J (n, k, d), J[n, i, j] = dy_i/dx_j at sample n, for y = W2 tanh(W1 x + b1) + b2.

    x (n, d);  W1 (h, d), b1 (h,);  W2 (k, h), b2 (k,).  By hand, with NumPy alone.
    """
    a = np.tanh(x @ W1.T + b1)
    rows = [(unit @ W2 * (1 - a**2)) @ W1 for unit in np.eye(len(W2))]
    return np.stack(rows, axis=1)


@mistake(network_jacobian, "outputs and inputs have changed places: J[n, i, j] is dy_i/dx_j")
def _turned(x, W1, b1, W2, b2):
    return network_jacobian(x, W1, b1, W2, b2).transpose(0, 2, 1)


@mistake(network_jacobian, "the samples stand behind the outputs: axis 0 belongs to the samples")
def _stacked_first(x, W1, b1, W2, b2):
    return network_jacobian(x, W1, b1, W2, b2).transpose(1, 0, 2)


@mistake(network_jacobian, "it sums over the samples: each row of x has a Jacobian of its own")
def _summed(x, W1, b1, W2, b2):
    return network_jacobian(x, W1, b1, W2, b2).sum(axis=0)


@mistake(network_jacobian, "it averages over the samples: each row of x has a Jacobian of its own")
def _averaged(x, W1, b1, W2, b2):
    return network_jacobian(x, W1, b1, W2, b2).mean(axis=0)


@mistake(network_jacobian, "every sample gets the Jacobian of the first one: tanh bends differently at each")
def _first_sample(x, W1, b1, W2, b2):
    return np.repeat(network_jacobian(x[:1], W1, b1, W2, b2), len(x), axis=0)


@mistake(network_jacobian, "the passes go through the hidden layer as if there were no tanh")
def _linear(x, W1, b1, W2, b2):
    return np.repeat((W2 @ W1)[None], len(x), axis=0)


@mistake(network_jacobian, "it takes 1 - s**2 for the derivative of tanh: at s = 3 that would be -8")
def _squares_s(x, W1, b1, W2, b2):
    s = x @ W1.T + b1
    return np.stack([(row * (1 - s**2)) @ W1 for row in W2], axis=1)


@mistake(network_jacobian, "it multiplies by a where the derivative of tanh belongs")
def _activation_for_slope(x, W1, b1, W2, b2):
    a = np.tanh(x @ W1.T + b1)
    return np.stack([(row * a) @ W1 for row in W2], axis=1)


@mistake(network_jacobian, "it takes the derivative of tanh at W1 x, without the bias")
def _bias_forgotten(x, W1, b1, W2, b2):
    return network_jacobian(x, W1, 0 * b1, W2, b2)


@mistake(
    network_jacobian, "it starts a single pass with ones: that is the gradient of the sum of all outputs"
)
def _all_ones(x, W1, b1, W2, b2):
    return network_jacobian(x, W1, b1, W2, b2).sum(axis=1)


@mistake(
    network_jacobian,
    "it starts the passes with the outputs y: that is the gradient of |y|^2 / 2, in pieces",
)
def _starts_with_y(x, W1, b1, W2, b2):
    y = np.tanh(x @ W1.T + b1) @ W2.T + b2
    return y[:, :, None] * network_jacobian(x, W1, b1, W2, b2)


@mistake(network_jacobian, "it stops at the hidden layer: the products with W1 are missing")
def _stops_early(x, W1, b1, W2, b2):
    a = np.tanh(x @ W1.T + b1)
    return np.stack([row * (1 - a**2) for row in W2], axis=1)


@mistake(
    network_jacobian,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _central_differences(x, W1, b1, W2, b2):
    def output(row, k):
        return np.tanh(W1 @ row + b1) @ W2[k] + b2[k]

    outputs = range(len(b2))
    return np.array([[gradient(lambda z, k=k: output(z, k), row) for k in outputs] for row in x])


def _deep(rng, depth=None, n=None):
    """A deep ReLU network with active and silent units, and the number of one of its layers."""
    depth = depth or int(rng.integers(3, 5))
    sizes = rng.permutation([2, 3, 4, 5, 6])[: depth + 1]
    weights = tuple(rng.normal(size=(out, into)) for into, out in zip(sizes, sizes[1:], strict=False))
    biases = tuple(0.3 * rng.normal(size=out) for out in sizes[1:])
    return rng.normal(size=sizes[0]), weights, biases, int(rng.integers(1, depth + 1)) if n is None else n


def _square_layers(rng):
    """All layers have one size, where no product can be told by its shape."""
    weights, biases = rng.normal(size=(3, 4, 4)), 0.3 * rng.normal(size=(3, 4))
    return rng.normal(size=4), tuple(weights), tuple(biases), int(rng.integers(1, 4))


def _first_layer(rng):
    return _deep(rng, n=1)


def _last_layer(rng):
    """The last layer, behind which no ReLU stands."""
    return _deep(rng, depth=3, n=3)


def _negative_outputs(rng):
    """All outputs are negative: a ReLU behind the last layer would silence them."""
    v, weights, biases, n = _deep(rng, depth=3)
    return v, weights, (*biases[:-1], biases[-1] - 50), n


def _high_last_biases(rng):
    """Outputs so large that a small change of them is rounded away."""
    v, weights, biases, n = _deep(rng, depth=3)
    return v, weights, (*biases[:-1], 1e17 * np.sign(biases[-1])), n


@exercise(
    "ch03.jacobians_and_hessians.layers",
    title="The formula that is missing",
    points=4,
    sources="Strang VII.3 (5)",
    by_hand=True,
    arguments=_deep,
    hidden=[_square_layers, _first_layer, _last_layer, _negative_outputs, _high_last_biases],
    hints=[
        "Start at the layer itself: d(A_n v + b_n)_i/d(A_n)_ij is v_j, the entry of what enters the layer.",
        "From there on to the output: J_n with 0 and 1 on its diagonal, then A_{n+1}, J_{n+1}, ... and A_L.",
        "Multiply these from the output side into one matrix (k, i), then each entry with all of v_{n-1}.",
    ],
)
def deep_layer_derivative(v, A, b, n):
    """T (k, i, j) = dw_k/d(A_n)_ij, for v_l = ReLU(A_l v_{l-1} + b_l) and w = A_L v_{L-1} + b_L.

    v (d,), the input v_0;  A, b: matrices and biases of layers 1 ... L, so that A_1 is A[0];
    n, from 1 to L.  By hand, with NumPy alone.
    """
    entered, slopes = [v], []
    for layer, matrix in enumerate(A):
        entered.append(np.maximum(matrix @ entered[-1] + b[layer], 0))
        slopes.append(np.sign(entered[-1]))
    behind = np.eye(len(A[-1]))
    for layer in reversed(range(n, len(A))):
        behind = behind @ A[layer] * slopes[layer - 1]
    return behind[:, :, None] * entered[n - 1]


def _parts(v, A, b):
    """What enters each layer, and the slopes of ReLU at each layer's pre-activations."""
    entered, slopes = [v], []
    for matrix, bias in zip(A, b, strict=True):
        s = matrix @ entered[-1] + bias
        entered.append(np.maximum(s, 0))
        slopes.append((s > 0).astype(float))
    return entered, slopes


def _behind(A, slopes, n):
    """The product of Strang's formula: A_L J_{L-1} ... A_{n+1} J_n."""
    product = np.eye(len(A[-1]))
    for layer in reversed(range(n, len(A))):
        product = product @ A[layer] @ np.diag(slopes[layer - 1])
    return product


@mistake(deep_layer_derivative, "the ReLUs are missing: a silent unit passes nothing on")
def _without_relu(v, A, b, n):
    entered, slopes = _parts(v, A, b)
    return _behind(A, [np.ones_like(slope) for slope in slopes], n)[:, :, None] * entered[n - 1]


@mistake(deep_layer_derivative, "J_n is missing: the ReLU behind layer n itself")
def _own_relu_missing(v, A, b, n):
    entered, slopes = _parts(v, A, b)
    slopes = [np.ones_like(slope) if layer == n - 1 else slope for layer, slope in enumerate(slopes)]
    return _behind(A, slopes, n)[:, :, None] * entered[n - 1]


@mistake(deep_layer_derivative, "it puts a ReLU behind the last layer, which has none")
def _relu_at_the_end(v, A, b, n):
    entered, slopes = _parts(v, A, b)
    return slopes[-1][:, None, None] * _behind(A, slopes, n)[:, :, None] * entered[n - 1]


@mistake(deep_layer_derivative, "it multiplies with what leaves layer n: A_n multiplied what enters it")
def _what_leaves(v, A, b, n):
    entered, slopes = _parts(v, A, b)
    return _behind(A, slopes, n)[:, :, None] * entered[n]


@mistake(deep_layer_derivative, "it multiplies with the input v_0: A_n multiplied what enters layer n")
def _input_of_the_network(v, A, b, n):
    _, slopes = _parts(v, A, b)
    return _behind(A, slopes, n)[:, :, None] * v


@mistake(deep_layer_derivative, "A_n itself stands in the product: it is what the derivative is by")
def _own_matrix(v, A, b, n):
    entered, slopes = _parts(v, A, b)
    return (_behind(A, slopes, n) @ A[n - 1])[:, :, None] * entered[n - 1]


@mistake(
    deep_layer_derivative,
    "in its product each J stands on the wrong side of its A: what comes first, going back?",
)
def _other_side(v, A, b, n):
    entered, slopes = _parts(v, A, b)
    product = np.eye(len(A[-1]))
    for layer in reversed(range(n, len(A))):
        product = (product * slopes[layer]) @ A[layer]
    return product[:, :, None] * entered[n - 1]


@mistake(
    deep_layer_derivative,
    "the last two axes have changed places: T[k, i, j] belongs to row i, column j of A_n",
)
def _transposed_layer(v, A, b, n):
    return deep_layer_derivative(v, A, b, n).transpose(0, 2, 1)


@mistake(deep_layer_derivative, "it counts the layers from 0: n = 1 is the first one, A[0]")
def _counts_from_zero(v, A, b, n):
    return deep_layer_derivative(v, A, b, min(n + 1, len(A)))


@mistake(deep_layer_derivative, "it passes the pre-activations on: a layer gets the ReLU of them")
def _linear_forward(v, A, b, n):
    entered = [v]
    for matrix, bias in zip(A, b, strict=True):
        entered.append(matrix @ entered[-1] + bias)
    slopes = [(s > 0).astype(float) for s in entered[1:]]
    return _behind(A, slopes, n)[:, :, None] * entered[n - 1]


@mistake(
    deep_layer_derivative, "it leaves the biases out of the forward pass: they decide which units are silent"
)
def _without_biases(v, A, b, n):
    return deep_layer_derivative(v, A, tuple(0 * bias for bias in b), n)


@mistake(
    deep_layer_derivative,
    "that is the product of the matrices alone: each entry of A_n multiplies an entry of v_{n-1}",
)
def _product_alone(v, A, b, n):
    _, slopes = _parts(v, A, b)
    return _behind(A, slopes, n)


@mistake(deep_layer_derivative, "the outputs are summed: T has an axis for them, the first")
def _outputs_summed(v, A, b, n):
    return deep_layer_derivative(v, A, b, n).sum(axis=0)


@mistake(
    deep_layer_derivative,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _differences_of_outputs(v, A, b, n):
    def output(matrix, k):
        a = v
        for layer, bias in enumerate(b):
            s = (matrix if layer == n - 1 else A[layer]) @ a + bias
            a = np.maximum(s, 0)
        return s[k]

    return np.array([gradient(lambda M, k=k: output(M, k), A[n - 1]) for k in range(len(b[-1]))])


def _regression(rng):
    """A tanh network with one output, samples, targets far from its outputs, and a direction."""
    n, d, h = rng.permutation([3, 4, 5, 6])[:3]
    W, V = rng.normal(size=(2, h, d))
    u, q = rng.normal(size=(2, h))
    return W, u, rng.normal(size=(n, d)), 2 * rng.normal(size=n), V, q


def _only_hidden_weights(rng):
    """The direction moves W alone."""
    *arguments, V, q = _regression(rng)
    return *arguments, V, 0 * q


def _only_output_weights(rng):
    """The direction moves u alone."""
    *arguments, V, q = _regression(rng)
    return *arguments, 0 * V, q


def _fits_already(rng):
    """Every error is 0, as at the end of a training that fits."""
    W, u, x, _, V, q = _regression(rng)
    return W, u, x, np.tanh(x @ W.T) @ u, V, q


def _all_saturated(rng):
    """Every hidden unit is at -1 or 1, and the errors are so large that a small change is rounded away."""
    W, u, x, y, V, q = _regression(rng)
    W, x = np.zeros_like(W), np.abs(x) + 0.5
    W[:, 0] = rng.choice([-500, 500], size=len(W))
    return W, u, x, 1e17 * np.sign(y), V, q


@exercise(
    "ch03.jacobians_and_hessians.pearlmutter",
    title="Pearlmutter's trick",
    points=4,
    sources="GBC (6.59); DLNN 4.9",
    by_hand=True,
    arguments=_regression,
    hidden=[_only_hidden_weights, _only_output_weights, _fits_already, _all_saturated],
    hints=[
        "First the gradient: a = tanh(x W^T), e = a u - y, then dR/du and dR/dW as in any backward pass.",
        "Now the same lines again, each differentiated along (V, q): da from V, de from da and q, and back.",
        "On the way back three things move: the error, u, and the slope 1 - a**2, whose change is -2 a da.",
    ],
)
def tanh_hessian_vector(W, u, x, y, V, q):
    """The Hessian of R(W, u) = 1/2 sum_n (u . tanh(W x_n) - y_n)^2 times the direction (V, q).

    W, V (h, d);  u, q (h,);  x (n, d), y (n,).  Returns the pair of what belongs to W (h, d) and
    to u (h,), exact.  By hand, with NumPy alone.
    """
    a = np.tanh(x @ W.T)
    da = (1 - a**2) * (x @ V.T)
    e, de = a @ u - y, da @ u + a @ q
    ddelta = (np.outer(de, u) + np.outer(e, q)) * (1 - a**2) - 2 * np.outer(e, u) * a * da
    return ddelta.T @ x, da.T @ e + a.T @ de


def _moved(W, u, x, y, V, q, *, error=1.0, bend=1.0, output=1.0, hidden=1.0, scale=1.0):
    """The reference, with its terms weighed: error e q, bend -2 a da, output a q in de, hidden da e."""
    a = np.tanh(x @ W.T)
    da = (1 - a**2) * (x @ V.T)
    e, de = a @ u - y, da @ u + output * (a @ q)
    delta = (np.outer(de, u) + error * np.outer(e, q)) * (1 - a**2) - bend * 2 * np.outer(e, u) * a * da
    return scale * (delta.T @ x), scale * (hidden * (da.T @ e) + a.T @ de)


def _gradient(W, u, x, y):
    a = np.tanh(x @ W.T)
    e = a @ u - y
    return (np.outer(e, u) * (1 - a**2)).T @ x, a.T @ e


@mistake(tanh_hessian_vector, "it returns the gradient: how does the gradient change along (V, q)?")
def _gradient_itself(W, u, x, y, V, q):
    return _gradient(W, u, x, y)


@mistake(
    tanh_hessian_vector,
    "it is a difference of gradients with a step of 1: that has the curved part in it, too",
)
def _long_step(W, u, x, y, V, q):
    here, there = _gradient(W, u, x, y), _gradient(W + V, u + q, x, y)
    return there[0] - here[0], there[1] - here[1]


@mistake(
    tanh_hessian_vector,
    "it is a difference of gradients with a small step, right to few digits; the trick is exact",
)
def _short_step(W, u, x, y, V, q):
    here, there = _gradient(W, u, x, y), _gradient(W + 1e-5 * V, u + 1e-5 * q, x, y)
    return (there[0] - here[0]) / 1e-5, (there[1] - here[1]) / 1e-5


@mistake(
    tanh_hessian_vector,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _central_step(W, u, x, y, V, q):
    h = 1e-5
    there, back = _gradient(W + h * V, u + h * q, x, y), _gradient(W - h * V, u - h * q, x, y)
    return (there[0] - back[0]) / (2 * h), (there[1] - back[1]) / (2 * h)


@mistake(
    tanh_hessian_vector,
    "all terms with the error are missing: what is left is the Gauss-Newton approximation",
)
def _gauss_newton(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, error=0, bend=0, hidden=0)


@mistake(tanh_hessian_vector, "it takes the slope 1 - a**2 for a constant: it moves with W")
def _fixed_slope(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, bend=0)


@mistake(tanh_hessian_vector, "the change of the slope of tanh has the wrong size: differentiate once more")
def _slope_by_half(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, bend=0.5)


@mistake(
    tanh_hessian_vector,
    "the change of the slope of tanh has the wrong sign: is tanh steeper where |a| is larger?",
)
def _slope_turned(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, bend=-1)


@mistake(
    tanh_hessian_vector,
    "in the change of the slope of tanh stands the change of s, x V^T: it is a that is squared there",
)
def _slope_moved_by_s(W, u, x, y, V, q):
    right, output = tanh_hessian_vector(W, u, x, y, V, q)
    a, step = np.tanh(x @ W.T), x @ V.T
    return right - 2 * (np.outer(a @ u - y, u) * a**3 * step).T @ x, output


@mistake(tanh_hessian_vector, "on the way back it takes u for a constant: it moves along q")
def _fixed_output_weights(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, error=0)


@mistake(tanh_hessian_vector, "the error moves with W only: it moves with u, along q, as well")
def _error_without_output_weights(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, output=0)


@mistake(tanh_hessian_vector, "in the part of u it takes a for a constant: it moves along V")
def _fixed_activations(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, hidden=0)


@mistake(tanh_hessian_vector, "it averages over the samples: this R is a sum")
def _mean(W, u, x, y, V, q):
    return _moved(W, u, x, y, V, q, scale=1 / len(y))


@mistake(tanh_hessian_vector, "the parts are in the wrong order: first W, then u")
def _wrong_order(W, u, x, y, V, q):
    return tanh_hessian_vector(W, u, x, y, V, q)[::-1]
