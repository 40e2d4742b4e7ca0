"""The exercises of the linear neuron: references against finite differences, PyTorch and descent itself."""

import numpy as np
import pytest
import reader
import torch

from dlnotes import verify
from dlnotes.exercises import find, judge
from dlnotes.exercises.registry import cases

SEEDS = range(5)


def renamed(name, function):
    function.__name__ = name
    return function


def _autograd(risk):
    """The gradient by w of `risk(errors)`, by PyTorch."""

    def gradient(w, x, y):
        w = torch.tensor(w, requires_grad=True)
        risk(torch.tensor(x) @ w - torch.tensor(y)).backward()
        return w.grad.numpy()

    return gradient


OTHER_WAYS = [
    (
        "normal_equations",
        lambda x, y: torch.linalg.lstsq(*map(torch.tensor, (x, y[:, None])))[0][:, 0].numpy(),
    ),
    ("normal_equations", lambda x, y: np.linalg.inv(x.T @ x) @ x.T @ y),
    ("normal_equations", lambda x, y: np.linalg.pinv(x) @ y),
    ("least_squares_gradient", _autograd(lambda errors: (errors**2).sum() / 2)),
    ("least_squares_gradient", lambda w, x, y: ((x @ w - y) * x).sum(axis=0)[:, None]),
    ("largest_learning_rate", lambda x: 2 / np.linalg.norm(x, 2) ** 2),
    ("largest_learning_rate", lambda x: 2 / np.linalg.eigvals(x.T @ x).max()),
    ("absolute_gradient", _autograd(lambda errors: errors.abs().sum())),
    ("absolute_gradient", lambda w, x, y: np.where(x @ w > y, 1, -1) @ x),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "way"), OTHER_WAYS)
def test_another_way_to_the_result_passes(name, way, seed):
    assert judge(renamed(name, way), seed) == ("pass", "")


def S(w, x, y):
    return np.sum((y - x @ w) ** 2) / 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "risk"),
    [("least_squares_gradient", S), ("absolute_gradient", lambda w, x, y: np.sum(np.abs(y - x @ w)))],
)
def test_the_gradient_is_the_slope_of_its_risk(name, risk, seed):
    w, x, y = find(name).arguments(np.random.default_rng(seed))
    slope = verify.gradient(lambda w: risk(w, x, y), w)
    np.testing.assert_allclose(find(name).reference(w, x, y), slope, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_step_away_from_the_closed_form_makes_the_error_smaller(seed):
    rng = np.random.default_rng(seed)
    for (x, y), w_hat in cases(find("normal_equations"), seed):
        for step in 0.1 * rng.normal(size=(20, len(w_hat))):
            assert S(w_hat + step, x, y) > S(w_hat, x, y)


@pytest.mark.parametrize("seed", SEEDS)
def test_descent_converges_below_the_largest_learning_rate_and_not_above(seed):
    for (x,), limit in cases(find("largest_learning_rate"), seed):
        after = [
            np.linalg.matrix_power(np.eye(x.shape[1]) - share * limit * x.T @ x, 4096)  # steps
            for share in (0.99, 1.01)
        ]
        assert np.linalg.norm(after[0], 2) < 1
        assert np.linalg.norm(after[1], 2) > 1e30


NEARLY_RIGHT = [
    ("normal_equations", lambda x, y: np.linalg.solve(x.T @ x + 1e-4 * np.eye(x.shape[1]), x.T @ y)),
    ("normal_equations", lambda x, y: np.linalg.solve(x.T @ x, x.T @ y)[:, None]),
    ("normal_equations", lambda x, y: np.append(y.mean(), np.linalg.pinv(x[:, 1:]) @ y)),
    ("least_squares_gradient", lambda w, x, y: x.T @ (x @ w - y.ravel())),
    ("least_squares_gradient", lambda w, x, y: x.T @ np.clip(x @ w - y, -9, 9)),
    ("largest_learning_rate", lambda x: 2 / np.linalg.eigvalsh(np.cov(x.T))[-1]),
    ("largest_learning_rate", lambda x: 2 / np.linalg.eigvals(x.T @ x)[0]),
    ("largest_learning_rate", lambda x: 2 / np.linalg.eigvalsh(x.T @ x).mean()),
    ("absolute_gradient", lambda w, x, y: x.T @ np.clip(x @ w - y, -1, 1)),
    ("absolute_gradient", lambda w, x, y: x.T @ np.tanh(1e3 * (x @ w - y))),
    ("absolute_gradient", lambda w, x, y: x.T @ (x @ w > y)),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "answer"), NEARLY_RIGHT)
def test_an_answer_that_is_nearly_right_fails_and_is_taken_for_no_other_mistake(name, answer, seed):
    verdict = judge(renamed(name, answer), seed)
    assert verdict.state == "fail"
    assert verdict.reason not in [mistake.message for mistake in find(name).mistakes]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("least_squares_gradient", lambda w, x, y: x @ (x @ w - y)),
        ("absolute_gradient", lambda w, x, y: x @ np.sign(x @ w - y)),
    ],
)
def test_a_missing_transpose_meets_a_case_where_it_fits_and_is_wrong_there(name, answer):
    assert reader.fits_and_is_wrong(name, answer)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_special_cases_are_drawn(seed):
    fits = [(x.shape, S(w_hat, x, y)) for (x, y), w_hat in cases(find("normal_equations"), seed)]
    assert any(n == d > 1 and error < 1e-20 for (n, d), error in fits) and any(d == 1 for (_, d), _ in fits)
    misses = [np.abs(x @ w - y) for (w, x, y), _ in cases(find("absolute_gradient"), seed)]
    assert min(one.max() for one in misses) < 1e-5 and max(one.max() for one in misses) > 1e5
    assert min(one.min() for one in misses) > 0
