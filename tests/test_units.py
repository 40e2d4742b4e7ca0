"""The unit view: the same numbers as the layers, shortcuts, and what is no feed-forward network."""

import numpy as np
import pytest

from dlnotes import initialization, layers, losses, units, verify
from dlnotes.optimizers import pack


def tanh(s):
    a = np.tanh(s)
    return a, 1 - a**2


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def mlp(rng, *sizes):
    theta, unpack = pack(initialization.mlp(rng, *sizes))
    return unpack(rng.normal(size=theta.shape))


@pytest.mark.parametrize("sizes", [(2, 3, 1), (4, 3), (3, 5, 4, 2)])
def test_both_passes_give_the_numbers_of_the_layers(rng, sizes):
    params, x = mlp(rng, *sizes), rng.normal(size=(1, sizes[0]))
    output, back = layers.chain(*layers.mlp(len(sizes) - 1, layers.tanh))(x, params)
    target = rng.normal(size=output.shape)
    _, dy = losses.squared_error(output, target)
    _, grads = back(dy)

    w = units.weights(params)
    s, a, slope = units.forward(w, x[0], tanh)
    outputs = [i for i, level in units.levels(w).items() if level == len(sizes)]
    np.testing.assert_allclose([a[i] for i in outputs], output[0], rtol=1e-13)
    delta, grad = units.backward(w, a, slope, dict(zip(outputs, dy[0], strict=True)))
    assert grad.keys() == w.keys()
    want = units.weights(grads)
    np.testing.assert_allclose([grad[pair] for pair in w], [want[pair] for pair in w], rtol=1e-12)
    assert delta.keys() == s.keys()


def test_a_network_with_shortcuts_has_the_gradient_of_differences(rng):
    pairs = [(3, 0), (3, 1), (3, 2), (4, 0), (4, 3), (5, 0), (5, 4), (5, 3), (5, 1)]
    theta, x = rng.normal(size=len(pairs)), rng.normal(size=2)

    def output(theta):
        return units.forward(dict(zip(pairs, theta, strict=True)), x, tanh)[1][5]

    w = dict(zip(pairs, theta, strict=True))
    _, a, slope = units.forward(w, x, tanh)
    _, grad = units.backward(w, a, slope, {5: 1.0})
    want = verify.gradient(output, theta)
    np.testing.assert_allclose([grad[pair] for pair in pairs], want, rtol=1e-6, atol=1e-9)


def test_layers_are_found_whatever_the_numbers_of_the_units():
    assert units.levels({(9, 1): 1, (9, 2): 1, (4, 9): 1, (4, 1): 1, (9, 0): 1}) == {1: 1, 2: 1, 9: 2, 4: 3}


def test_a_circle_is_no_feed_forward_network():
    with pytest.raises(ValueError, match=r"w: got a circle among the units \[3, 4, 5\], want layers"):
        units.levels({(3, 1): 1, (4, 3): 1, (3, 4): 1, (5, 4): 1})


def test_the_matrix_has_a_place_for_every_connection(rng):
    params = mlp(rng, 2, 3, 1)
    table = units.matrix(units.weights(params))
    assert table.shape == (7, 7) and np.isfinite(table).sum() == 13
    np.testing.assert_array_equal(table[3:6, 1:3], params[0][0])
    np.testing.assert_array_equal(table[3:6, 0], params[0][1])
    assert not np.isfinite(table[np.triu_indices(7)]).any()


NET = {(3, 0): 0.5, (3, 1): 1.0, (3, 2): -1.0, (4, 0): 0.25, (4, 3): 2.0}
PRELU = (np.ones((3, 2)), np.ones(3)), (np.array([0.25]),), (np.ones((1, 3)), np.ones(1))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: units.forward(NET, np.ones(3), tanh), "x: got shape (3,), want (2,)"),
        (lambda: units.forward(NET, np.ones(1), tanh), "x: got shape (1,), want (2,)"),
        (lambda: units.forward(NET, np.ones((1, 2)), tanh), "x: got shape (1, 2), want (2,)"),
        (lambda: units.forward(NET, [1.0, 2.0], tanh), "x: got list, want a NumPy array"),
        (lambda: units.forward(NET, np.array([1.0, np.nan]), tanh), "x: got NaN in 1 of 2 entries"),
        (
            lambda: units.forward(NET | {(4, 5): 1.0}, np.ones(2), tanh),
            "w: got no connection to unit 5, want one: the inputs are 1 ... 2",
        ),
        (lambda: units.weights(PRELU), "params: got no pair W (i, j), b (i,) in layer 2"),
        (
            lambda: units.weights((PRELU[0], (), (np.ones((1, 2)), np.ones(1)))),
            "W of layer 3: got shape (1, 2), want (i, 3)",
        ),
        (lambda: units.weights(((np.ones((3, 2)), np.ones(2)),)), "b of layer 1: got shape (2,), want (3,)"),
        (lambda: units.matrix({}), "w: got none, want connections {(i, j): w_ij}"),
        (lambda: units.levels(np.ones((2, 2))), "w: got ndarray, want connections"),
        (lambda: units.matrix({(0, 1): 1.0}), "w: got a connection (0, 1), want i >= 1 and j >= 0"),
    ],
)
def test_what_is_no_network_and_no_sample_of_it_is_refused_in_words(call, said):
    with pytest.raises(ValueError) as refused:
        call()
    assert said in str(refused.value)


def test_an_input_that_nothing_listens_to_counts():
    w = {pair: weight for pair, weight in NET.items() if pair != (3, 2)}
    _, a, _ = units.forward(w, np.array([2.0, 7.0]), tanh)
    assert a[2] == 7 and a[4] == pytest.approx(0.25 + 2 * np.tanh(2.5))
