"""The exercises of ch03/01: references checked another way, and plausible answers that nobody listed."""

import numpy as np
import pytest
from reader import drawn, named

from dlnotes import exercises, layers
from dlnotes.exercises.judging import judge


def test_the_network_is_a_chain_of_layers_and_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    for (x, W, c, w, b), want in drawn("one_hidden_layer"):
        params = (W, c), (), (w[None], np.array([b]))
        np.testing.assert_allclose(layers.chain(*layers.mlp(2, layers.relu))(x, params)[0][:, 0], want)
        x, W, c, w = map(torch.tensor, (x, W, c, w))
        np.testing.assert_allclose(torch.relu(torch.nn.functional.linear(x, W, c)) @ w + b, want)


def test_the_weights_give_what_is_wanted_for_every_row_of_bits():
    for (wanted,), (w, b) in drawn("counting_weights"):
        n = len(wanted) - 1
        bits = np.array(np.unravel_index(np.arange(2**n), (2,) * n)).T
        h = np.maximum(0, bits.sum(axis=1)[:, None] - np.arange(n))
        np.testing.assert_allclose(h @ w + b, wanted[bits.sum(axis=1)], atol=1e-12)


def test_the_merged_risk_is_the_least_squares_on_indicators():
    for (y, group), want in drawn("merged_risk"):
        one = (group[:, None] == np.unique(group)).astype(float)
        fit = np.linalg.lstsq(one, y)[0]
        np.testing.assert_allclose(np.mean((one @ fit - y) ** 2), want, atol=1e-15)


def test_the_merged_risk_of_xor_is_an_eighth_a_sixth_and_a_quarter():
    merged_risk, y = exercises.reference("merged_risk"), np.array([0.0, 1.0, 1.0, 0.0])
    for group, risk in [
        ([0, 1, 2, 2], 1 / 8),
        ([1, 0, 0, 0], 1 / 6),
        ([0, 0, 1, 1], 1 / 4),
        ([5] * 4, 1 / 4),
    ]:
        assert merged_risk(y, np.array(group)) == pytest.approx(risk)


def by_loop(x, W, c, w, b):
    return np.array([sum(v * max(0, row @ u + d) for v, u, d in zip(w, W, c, strict=True)) + b for row in x])


def by_solving(wanted):
    n = len(wanted) - 1
    h = np.maximum(0, np.arange(1, n + 1)[:, None] - np.arange(n))
    return np.linalg.solve(h, wanted[1:] - wanted[0]), wanted[0]


def by_variances(y, group):
    return sum(np.var(y[group == one]) * (group == one).sum() for one in set(group.tolist())) / len(y)


@pytest.mark.parametrize(
    ("answer", "name"),
    [(by_loop, "one_hidden_layer"), (by_solving, "counting_weights"), (by_variances, "merged_risk")],
)
def test_other_right_ways_pass(answer, name):
    assert judge(named(answer, name)).state == "pass"


def bias_twice(x, W, c, w, b):
    return np.maximum(0, x @ W.T + c + b) @ w + b


def weights_reversed(wanted):
    return np.diff(np.diff(wanted), prepend=0)[::-1], wanted[0]


def ddof_one(y, group):
    return sum(((y[group == one] - y[group == one].mean()) ** 2).sum() for one in np.unique(group)) / (
        len(y) - 1
    )


@pytest.mark.parametrize(
    ("answer", "name"),
    [(bias_twice, "one_hidden_layer"), (weights_reversed, "counting_weights"), (ddof_one, "merged_risk")],
)
def test_plausible_answers_that_nobody_listed_fail(answer, name):
    assert judge(named(answer, name)).state == "fail"
