"""Exercises of ch03/10_counting_linear_pieces: references against counting and PyTorch; other right ways."""

from math import comb

import numpy as np
import pytest
from reader import answer_to

from dlnotes import arrangements, pieces
from dlnotes.exercises import find
from dlnotes.exercises.judging import judge
from dlnotes.exercises.registry import cases


def each(name):
    return [arguments for arguments, _ in cases(find(name))]


# ---------------------------------------------------------------- the map around a point


def test_the_map_is_the_jacobian_of_pytorch_and_gives_its_output():
    torch = pytest.importorskip("torch")
    for x, *params in each("local_affine_map"):
        W1, b1, W2, b2, W3, b3 = map(torch.tensor, params)

        def network(x, W1=W1, b1=b1, W2=W2, b2=b2, W3=W3, b3=b3):
            return W3 @ torch.relu(W2 @ torch.relu(W1 @ x + b1) + b2) + b3

        W_x, b_x = find("local_affine_map").reference(x, *params)
        jacobian = torch.autograd.functional.jacobian(network, torch.tensor(x))
        np.testing.assert_allclose(W_x, jacobian, atol=1e-12)
        np.testing.assert_allclose(W_x @ x + b_x, network(torch.tensor(x)), atol=1e-12)


def test_the_map_is_that_of_the_core():
    for x, W1, b1, W2, b2, W3, b3 in each("local_affine_map"):
        got = find("local_affine_map").reference(x, W1, b1, W2, b2, W3, b3)
        for one, other in zip(got, pieces.local_map(x, ((W1, b1), (), (W2, b2), (), (W3, b3))), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_every_kind_of_case_has_units_that_are_off_and_units_that_are_on():
    on = [
        pieces.masks(x[None], ((W1, b1), (), (W2, b2), ()))
        for x, W1, b1, W2, b2, *_ in each("local_affine_map")
    ]
    assert sum(0 < mask.mean() < 1 for mask in on) > 20
    assert any(mask.all() for mask in on)


@answer_to("local_affine_map")
def with_diagonal_matrices(x, W1, b1, W2, b2, W3, b3):
    D1 = np.diag(np.heaviside(W1 @ x + b1, 0))
    D2 = np.diag(np.heaviside(W2 @ D1 @ (W1 @ x + b1) + b2, 0))
    return W3 @ D2 @ W2 @ D1 @ W1, W3 @ D2 @ (W2 @ D1 @ b1 + b2) + b3


@answer_to("local_affine_map")
def with_the_bias_as_what_is_left(x, W1, b1, W2, b2, W3, b3):
    s1 = W1 @ x + b1
    s2 = W2 @ np.maximum(s1, 0) + b2
    W_x = (W3 * (s2 > 0)) @ (W2 * (s1 > 0)) @ W1
    return [W_x, W3 @ np.maximum(s2, 0) + b3 - W_x @ x]


@answer_to("local_affine_map")
def with_rows_set_to_zero(x, W1, b1, W2, b2, W3, b3):
    W_x, b_x = W1.copy(), b1.copy()
    for W, b in ((W2, b2), (W3, b3)):
        off = ~(W_x @ x + b_x > 0)
        W_x[off], b_x[off] = 0, 0
        W_x, b_x = W @ W_x, W @ b_x + b
    return W_x, b_x


# ---------------------------------------------------------------- counts


def test_the_pieces_without_biases_are_counted_exactly_and_strangs_are_fourteen():
    for (W,) in each("unbiased_pieces"):
        if W.shape[1] <= 3 and len(W) <= 8:
            signs, _ = arrangements.regions(W, np.zeros(len(W)))
            assert len(signs) == find("unbiased_pieces").reference(W)
    assert find("unbiased_pieces").reference(np.vstack([np.eye(3), np.ones(3)])) == 14


@answer_to("unbiased_pieces")
def all_minus_those_in_the_middle(W):
    """Moved into general position, the folds enclose (N - 1 over m) pieces more."""
    N, m = W.shape
    return arrangements.flat_pieces(N, m) - comb(N - 1, m)


@answer_to("unbiased_pieces")
def by_pairs(W):
    N, m = W.shape
    return 2 * arrangements.flat_pieces_recursion(N - 1, m - 1)


@pytest.mark.usefixtures("by_any_means")
@pytest.mark.parametrize(
    "answer",
    [
        with_diagonal_matrices, with_the_bias_as_what_is_left, with_rows_set_to_zero,
        all_minus_those_in_the_middle, by_pairs,
    ],
)  # fmt: skip
def test_other_right_ways_pass(answer):
    assert judge(answer) == ("pass", "")
