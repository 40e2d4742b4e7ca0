"""The exercises of ch03/03: references checked another way, and plausible answers that nobody listed."""

import numpy as np
import pytest
from reader import drawn, named

from dlnotes import exercises, layers
from dlnotes.exercises.judging import judge

SEEDS = range(5)


def test_the_pullback_of_a_linear_layer_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    for (x, W, delta), want in drawn("linear_layer_pullback"):
        tensors = [torch.tensor(one, requires_grad=True) for one in (x, W, np.zeros(len(W)))]
        torch.nn.functional.linear(*tensors).backward(torch.tensor(delta))
        for tensor, array in zip(tensors, want, strict=True):
            np.testing.assert_allclose(tensor.grad.numpy(), array)


def test_the_pullback_of_a_relu_layer_agrees_with_the_core_where_the_corner_has_slope_0():
    for (s, dh, _), _ in drawn("relu_layer_pullback"):
        got = exercises.reference("relu_layer_pullback")(s, dh, 0.0)
        np.testing.assert_array_equal(got, layers.relu(s)[1](dh)[0])


def test_the_delta_recursion_multiplies_by_diagonal_matrices_sample_by_sample():
    for (weights, slopes, delta), want in drawn("hidden_deltas"):
        for n, row in enumerate(delta):
            for layer in reversed(range(len(weights))):
                row = row @ weights[layer] @ np.diag(slopes[layer][n])
                np.testing.assert_allclose(want[layer][n], row)


def test_the_gradients_of_the_scalar_chain_are_products_of_all_factors_above():
    for (theta, a, slope, zeta), want in drawn("scalar_chain_gradients"):
        above = [np.prod(theta[k + 1 :] * slope[k + 1 :]) for k in range(len(theta))]
        np.testing.assert_allclose(want, zeta * np.array(above) * a * slope)


def linear_by_loop(x, W, delta):
    dW = sum(np.outer(d, row) for d, row in zip(delta, x, strict=True))
    return [np.array([W.T @ d for d in delta]), dW, np.sum(delta, 0)]


def relu_by_assignment(s, dh, at_zero):
    ds = dh.copy()
    ds[s < 0] = 0
    ds[s == 0] *= at_zero
    return ds


def deltas_by_einsum(weights, slopes, delta):
    found = [delta]
    for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
        found.insert(0, np.einsum("ni,ij,nj->nj", found[0], W, slope))
    return found[:-1]


def chain_by_list(theta, a, slope, zeta):
    g = []
    for t, into, steep in zip(theta[::-1], a[::-1], slope[::-1], strict=True):
        g, zeta = [into * steep * zeta, *g], t * steep * zeta
    return g


ANSWERS = {
    "linear_layer_pullback": linear_by_loop,
    "relu_layer_pullback": relu_by_assignment,
    "hidden_deltas": deltas_by_einsum,
    "scalar_chain_gradients": chain_by_list,
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_another_right_way_passes(name, seed):
    assert judge(named(ANSWERS[name], name), seed).state == "pass"


WRONG = {
    "linear_layer_pullback": [
        (lambda x, W, delta: (delta @ W, delta.T @ x, delta.sum()), "value 3 of 3 has shape ()"),
        (lambda x, W, delta: (delta @ W, -delta.T @ x, delta.sum(0)), "value 2 of 3 has the wrong sign"),
        (lambda x, W, delta: (delta @ W, delta.T @ x), "but 3 values are wanted"),
    ],
    "relu_layer_pullback": [
        (lambda s, dh, at_zero: -dh * (s > 0), "has the wrong sign"),
        (lambda s, dh, at_zero: s > 0, "wrong"),
    ],
    "hidden_deltas": [
        (lambda weights, slopes, delta: delta, "values are wanted"),
        (lambda weights, slopes, delta: None, "is a `return` missing?"),
    ],
    "scalar_chain_gradients": [
        (lambda theta, a, slope, zeta: (theta * slope * zeta).sum(), "has shape ()"),
    ],
}


@pytest.mark.parametrize(
    "name, number", [(name, k) for name, found in WRONG.items() for k in range(len(found))]
)
def test_a_wrong_answer_that_nobody_listed_is_told_something_true(name, number):
    answer, words = WRONG[name][number]
    verdict = judge(named(answer, name), 0)
    assert verdict.state == "fail" and words in verdict.reason, verdict.reason


def test_a_borrowed_pullback_is_refused():
    def linear_layer_pullback(x, W, delta):
        dx, (dW, db) = layers.linear(x, (W, np.zeros(len(W))))[1](delta)
        return dx, dW, db

    assert judge(linear_layer_pullback, 0).state == "fail"
