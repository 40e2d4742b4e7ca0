"""The exercises of ch08/01: references checked another way, and plausible answers that nobody listed."""

import numpy as np
import pytest
from reader import drawn, named

from dlnotes import layers, losses
from dlnotes.exercises.judging import judge


def test_the_shared_row_is_every_row_of_the_backward_pass():
    net = layers.chain(layers.linear, layers.tanh, layers.linear)
    for (x, delta, c, c_out), want in drawn("constant_start_row"):
        W, V = np.full((4, x.shape[1]), c), np.full((delta.shape[1], 4), c_out)
        _, back = net(x, ((W, np.zeros(4)), (), (V, np.zeros(len(V)))))
        for row in back(delta)[1][0][0]:
            np.testing.assert_allclose(row, want, atol=1e-13)


def test_copies_stay_copies_and_others_part():
    net = layers.chain(layers.linear, layers.tanh, layers.linear)
    for (W, b, V), want in drawn("unit_copies", seeds=range(1)):
        rng, params = np.random.default_rng(0), ((W, b), (), (V, np.zeros(len(V))))
        for _ in range(3):
            x = rng.normal(size=(20, W.shape[1]))
            y, back = net(x, params)
            (dW, db), _, (dV, dc) = back(rng.normal(size=y.shape) / 20)[1]
            (W, b), _, (V, c) = params
            params = (W - 0.1 * dW, b - 0.1 * db), (), (V - 0.1 * dV, c - 0.1 * dc)
        rows = np.column_stack([params[0][0], params[0][1], params[2][0].T])
        same = np.abs(rows[:, None] - rows).max(axis=-1) < 1e-9
        np.testing.assert_array_equal(same.sum(axis=1), want)


def test_the_start_has_the_risk_of_the_loss():
    for (labels, k, extra), (b, risk) in drawn("marginal_start"):
        scores = np.tile(b, (len(labels), 1))
        np.testing.assert_allclose(losses.cross_entropy(scores, labels)[0], risk)
        pull = losses.cross_entropy(scores, labels)[1].sum(axis=0) * len(labels)
        pull += extra * (k * np.exp(b) - 1)  # as if each class had occurred `extra` times more
        np.testing.assert_allclose(pull, 0, atol=1e-11)


def by_a_whole_matrix(x, delta, c, c_out):
    h = np.tanh(x @ np.full((x.shape[1], 2), c))
    return ((delta @ np.full((delta.shape[1], 2), c_out) * (1 - h * h)).T @ x)[0]


def by_pairs(W, b, V):
    units = [(*w, bias, *v) for w, bias, v in zip(W.tolist(), b.tolist(), V.T.tolist(), strict=True)]
    return np.array([units.count(one) for one in units])


def by_counting(labels, k, extra):
    b = np.log([((labels == one).sum() + extra) / (len(labels) + k * extra) for one in range(k)])
    shares = np.array([np.mean(labels == one) for one in range(k)])
    return b, -(shares[shares > 0] @ b[shares > 0])


@pytest.mark.parametrize(
    ("answer", "name"),
    [(by_a_whole_matrix, "constant_start_row"), (by_pairs, "unit_copies"), (by_counting, "marginal_start")],
)
def test_other_right_ways_pass(answer, name):
    assert judge(named(answer, name)).state == "pass"


def slope_of_sigmoid(x, delta, c, c_out):
    h = 1 / (1 + np.exp(-c * x.sum(axis=1)))
    return (h * (1 - h) * c_out * delta.sum(axis=1)) @ x


def rows_of_v(W, b, V):
    rows = np.column_stack([W, b, np.resize(V, (len(b), len(V)))])
    return (rows[:, None] == rows).all(axis=-1).sum(axis=1)


def sums_out(W, b, V):
    rows = np.column_stack([W, b, V.sum(axis=0)])
    return np.isclose(rows[:, None], rows).all(axis=-1).sum(axis=1)


def sorted_rows(W, b, V):
    rows = np.column_stack([np.sort(W, axis=1), b, V.T])
    return (rows[:, None] == rows).all(axis=-1).sum(axis=1)


def answers_at_ones(W, b, V):
    rows = np.column_stack([np.tanh(W + b[:, None]), V.T])
    return np.isclose(rows[:, None], rows).all(axis=-1).sum(axis=1)


def sums_in(W, b, V):
    rows = np.column_stack([W.sum(axis=1) + b, V.T])
    return np.isclose(rows[:, None], rows).all(axis=-1).sum(axis=1)


def fingerprint(W, b, V):
    sums = W.sum(axis=1) + b + V.sum(axis=0)
    return (np.abs(sums[:, None] - sums) < 1e-9).sum(axis=1)


def centered(labels, k, extra):
    b, risk = by_counting(labels, k, extra)
    return b - b.mean(), risk


@pytest.mark.parametrize(
    ("answer", "name"),
    [(slope_of_sigmoid, "constant_start_row"), (rows_of_v, "unit_copies"), (centered, "marginal_start")]
    + [(copies, "unit_copies") for copies in (sums_out, sorted_rows, answers_at_ones, sums_in, fingerprint)],
)
def test_plausible_answers_that_nobody_listed_fail(answer, name):
    assert judge(named(answer, name)).state == "fail"
