"""Exercises of ch05/06_pooling_and_lenet: the references against PyTorch, and answers that nobody listed."""

import numpy as np
import pytest

from dlnotes.exercises import reference
from dlnotes.exercises.judging import judge

max_pullback, mean_pullback, connections = map(
    reference, ["max_pool_pullback", "mean_pool_pullback", "conv_connections"]
)


def test_the_pullbacks_are_pytorchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for p, q in [(2, 3), (4, 1)]:
        x, delta = rng.integers(-2, 3, size=(2 * p, 2 * q)) / 2, rng.normal(size=(p, q))  # with ties
        image = torch.tensor(x[None, None], requires_grad=True)
        torch.nn.functional.max_pool2d(image, 2).backward(torch.tensor(delta[None, None]))
        np.testing.assert_array_equal(max_pullback(x, delta), image.grad[0, 0].numpy())
        image = torch.zeros(1, 1, 2 * p, 3 * q, dtype=float, requires_grad=True)
        torch.nn.functional.avg_pool2d(image, (2, 3)).backward(torch.tensor(delta[None, None]))
        np.testing.assert_allclose(mean_pullback(delta, (2, 3)), image.grad[0, 0].numpy())


def test_a_map_of_whole_numbers_hands_on_all_of_the_delta():
    dx = max_pullback(np.array([[1, 2], [3, 4]]), np.array([[0.7]]))
    np.testing.assert_array_equal(dx, [[0, 0], [0, 0.7]])


def test_lenets_layers_have_the_counts_of_1998():
    assert connections(np.ones((1, 6), bool), 5, 32, 32) == (156, 122304)
    assert connections(np.ones((6, 16), bool), 5, 14, 14) == (2416, 241600)
    sees = np.zeros((6, 16), bool)  # C3 of 1998
    for first in range(6):
        sees[[(first + step) % 6 for step in range(3)], first] = True
        sees[[(first + step) % 6 for step in range(4)], 6 + first] = True
    for first in range(3):
        sees[[first, first + 1, (first + 3) % 6, (first + 4) % 6], 12 + first] = True
    sees[:, 15] = True
    assert connections(sees, 5, 14, 14) == (1516, 151600)


def by_rows(x, delta):
    """Without a loop: windows as rows, and their first winners."""
    p, q = delta.shape
    rows = x.reshape(p, 2, q, 2).swapaxes(1, 2).reshape(-1, 4)
    dx = np.zeros_like(rows)
    dx[np.arange(p * q), rows.argmax(axis=1)] = delta.ravel()
    return dx.reshape(p, q, 2, 2).swapaxes(1, 2).reshape(x.shape)


def by_matrix(delta, size):
    """With the transpose of the pooling matrix, written out."""
    (p, q), (u, v) = delta.shape, size
    dx = np.empty((p * u, q * v))
    for a in range(p * u):
        for b in range(q * v):
            dx[a, b] = delta[a // u, b // v] / (u * v)
    return dx


def by_loops(sees, kernel, height, width):
    parameters = sum(1 + kernel * kernel * int(column.sum()) for column in sees.T)
    places = len(range(height - kernel + 1)) * len(range(width - kernel + 1))
    return parameters, parameters * places


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("max_pool_pullback", by_rows),
        ("mean_pool_pullback", by_matrix),
        ("conv_connections", by_loops),
    ],
)
def test_other_right_answers_pass(name, answer):
    answer.__name__ = name
    assert judge(answer) == ("pass", "")
