"""The exercises of chapter 0: references against other ways to the result, and near misses."""

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


def _log_difference(before, after, years):
    return years * np.log(2) / (np.log(after) - np.log(before))


def _picture_by_picture(pictures):
    return np.stack([picture.ravel() for picture in pictures]) / 255.0


def _torch_topk(scores, labels, k):
    best = torch.topk(torch.tensor(scores), k).indices
    return (best == torch.tensor(labels)[:, None]).any(dim=1).double().mean().item()


def _rank(scores, labels, k):
    own = scores[np.arange(len(labels)), labels]
    return np.mean((scores > own[:, None]).sum(axis=1) < k)


def _torch_linear(x, W, b):
    return torch.nn.functional.linear(*map(torch.tensor, (x, W, b))).numpy()


def _looped_sum(c, x):
    return sum(weight * row for weight, row in zip(c, x, strict=True))


def _autograd(W, x, t):
    W = torch.tensor(W, requires_grad=True)
    (0.5 * ((W @ torch.tensor(x) - torch.tensor(t)) ** 2).sum()).backward()
    return W.grad.numpy().T


OTHER_WAYS = [
    ("doubling_time", _log_difference),
    ("pictures_to_rows", _picture_by_picture),
    ("top_k_accuracy", _torch_topk),
    ("top_k_accuracy", _rank),
    ("affine_rows", _torch_linear),
    ("weighted_sum", _looped_sum),
    ("printed_weight_derivative", _autograd),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "way"), OTHER_WAYS)
def test_another_way_to_the_result_passes(name, way, seed):
    assert judge(renamed(name, way), seed) == ("pass", "")


@pytest.mark.parametrize("seed", SEEDS)
def test_growth_at_the_doubling_time_leads_from_one_count_to_the_other(seed):
    for (before, after, years), found in cases(find("doubling_time"), seed):
        assert before * 2 ** (years / found) == pytest.approx(after, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_printed_derivative_is_the_transposed_slope_of_the_risk(seed):
    W, x, t = find("printed_weight_derivative").arguments(np.random.default_rng(seed))
    slope = verify.gradient(lambda W: 0.5 * np.sum((W @ x - t) ** 2), W)
    printed = find("printed_weight_derivative").reference(W, x, t)
    np.testing.assert_allclose(printed, slope.T, atol=1e-7)


NEARLY_RIGHT = [
    ("doubling_time", lambda before, after, years: years / round(np.log2(after / before), 3)),
    ("doubling_time", lambda before, after, years: years / max(np.log2(after / before), 1)),
    ("pictures_to_rows", lambda pictures: pictures.reshape(len(pictures), -1, order="F") / 255),
    ("pictures_to_rows", lambda pictures: pictures.reshape(len(pictures), -1).squeeze() / 255),
    ("pictures_to_rows", lambda pictures: pictures.reshape(len(pictures), -1) / np.ptp(pictures)),
    ("top_k_accuracy", lambda scores, labels, k: _rank(scores, labels, k - 1)),
    ("top_k_accuracy", lambda scores, labels, k: _rank(np.abs(scores), labels, k)),
    ("top_k_accuracy", lambda scores, labels, k: _rank(scores, labels, min(k, scores.shape[1] - 1))),
    ("affine_rows", lambda x, W, b: (x @ W.T + b).squeeze()),
    ("affine_rows", lambda x, W, b: x @ W.T + b.mean()),
    ("weighted_sum", lambda c, x: x.T @ np.abs(c)),
    ("weighted_sum", lambda c, x: x.T @ c / np.linalg.norm(c)),
    ("printed_weight_derivative", lambda W, x, t: np.outer(x, np.sign(W @ x - t))),
    ("printed_weight_derivative", lambda W, x, t: np.outer(x, W @ x - t).squeeze()),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "answer"), NEARLY_RIGHT)
def test_an_answer_that_is_nearly_right_fails_and_is_taken_for_no_other_mistake(name, answer, seed):
    verdict = judge(renamed(name, answer), seed)
    assert verdict.state == "fail"
    assert verdict.reason not in [mistake.message for mistake in find(name).mistakes]


KNOWN = [
    ("doubling_time", lambda before, after, years: after / years - before / years, "gains in a year"),
    ("pictures_to_rows", lambda pictures: pictures.reshape(len(pictures), -1), "from 0 to 255"),
    ("top_k_accuracy", lambda s, labels, k: (s.argsort()[-k:] == labels[:, None]).any(1).mean(), "rows"),
    ("top_k_accuracy", lambda s, labels, k: sum(s.argsort()[:, -k] == labels) / len(s), "k-th best guess"),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "answer", "told"), KNOWN)
def test_a_known_mistake_is_recognized_however_it_is_written(name, answer, told, seed):
    assert told in judge(renamed(name, answer), seed).reason


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("affine_rows", lambda x, W, b: x @ W + b),
        ("affine_rows", lambda x, W, b: x @ W.T + b[:, None]),
        ("weighted_sum", lambda c, x: x @ c),
    ],
)
def test_a_wrong_shape_meets_a_case_where_it_fits_and_is_wrong_there(name, answer):
    assert reader.fits_and_is_wrong(name, answer)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_special_cases_are_drawn(seed):
    growth = [after / before for (before, after, _), _ in cases(find("doubling_time"), seed)]
    assert min(growth) < 2 and 2 in growth and max(growth) > 1e8
    brightest = [pictures.max() for (pictures,), _ in cases(find("pictures_to_rows"), seed)]
    assert min(brightest) < 30
    guesses = [(k, scores.shape) for (scores, _, k), _ in cases(find("top_k_accuracy"), seed)]
    assert any(k == 1 for k, _ in guesses) and any(k == classes for k, (_, classes) in guesses)
    assert any(rows == 1 for _, (rows, _) in guesses)
