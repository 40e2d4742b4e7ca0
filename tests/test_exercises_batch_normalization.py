"""The exercises of batch normalization: their references against PyTorch, and answers that are right, too."""

import numpy as np
import pytest
from reader import named

from dlnotes.exercises import judge, reference
from dlnotes.normalization import RunningMoments, fold

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(0)
S, DY, GAMMA, BETA = RNG.normal(size=(7, 3)) + 2, RNG.normal(size=(7, 3)), *RNG.normal(size=(2, 3))


def test_forward_and_backward_are_those_of_pytorch():
    s, gamma, beta = (torch.tensor(array, requires_grad=True) for array in (S, GAMMA, BETA))
    y = torch.nn.functional.batch_norm(s, None, None, gamma, beta, training=True, eps=0.3)
    y.backward(torch.tensor(DY))
    np.testing.assert_allclose(reference("standardized_batch")(S, GAMMA, BETA, 0.3), y.detach(), rtol=1e-10)
    std = np.sqrt(S.var(axis=0) + 0.3)
    got = reference("batch_norm_pullback")(DY, (S - S.mean(axis=0)) / std, std, GAMMA)
    for ours, theirs in zip(got, (s, gamma, beta), strict=True):
        np.testing.assert_allclose(ours, theirs.grad, atol=1e-10)


def test_running_moments_are_those_of_pytorch():
    norm, batches = torch.nn.BatchNorm1d(3, momentum=0.2).double(), RNG.normal(size=(4, 6, 3))
    for batch in batches:
        norm(torch.tensor(batch))
    mean, var = reference("running_moments")(batches, 0.8)
    np.testing.assert_allclose(mean, norm.running_mean, rtol=1e-10)
    np.testing.assert_allclose(var, norm.running_var, rtol=1e-10)


def test_the_folded_layer_is_that_of_the_package():
    W, b, mean, var = RNG.normal(size=(3, 4)), *RNG.normal(size=(2, 3)), RNG.uniform(1, 2, size=3)
    want = fold((W, b), (GAMMA, BETA), RunningMoments(mean, var), eps=0.1)
    for ours, theirs in zip(reference("folded_layer")(W, b, GAMMA, BETA, mean, var, 0.1), want, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def standardized_batch(s, gamma, beta, eps):
    """By NumPy's var and powers."""
    return beta + gamma * (s - np.mean(s, 0)) * (np.var(s, 0) + eps) ** -0.5


def batch_norm_pullback(dy, s_hat, std, gamma):
    """By the sums, as the paper's six formulas add up."""
    n = len(dy)
    dbeta, dgamma = dy.sum(0), (dy * s_hat).sum(0)
    return gamma / (n * std) * (n * dy - dbeta - s_hat * dgamma), dgamma, dbeta


def running_moments(batches, keep):
    """By the weights that the batches have in the end."""
    t = len(batches)
    shares = (1 - keep) * keep ** np.arange(t - 1, -1, -1)
    return shares @ batches.mean(axis=1), keep**t + shares @ batches.var(axis=1, ddof=1)


def folded_layer(W, b, gamma, beta, mean, var, eps):
    """By a diagonal matrix."""
    D = np.diag(gamma / np.sqrt(var + eps))
    return D @ W, D @ (b - mean) + beta


@pytest.mark.parametrize(
    "answer",
    [standardized_batch, batch_norm_pullback, running_moments, folded_layer],
    ids=lambda f: f.__name__,
)
def test_another_way_to_write_it_passes(answer):
    assert judge(answer).state == "pass"


def unbiased(s, gamma, beta, eps):
    mean = sum(s) / len(s)
    return gamma * (s - mean) / np.sqrt(((s - mean) ** 2).sum(axis=0) / (len(s) - 1) + eps) + beta


def one_pass(s, gamma, beta, eps):
    mean = s.mean(axis=0)
    return beta + gamma * ((s - mean) / np.sqrt((s * s).mean(axis=0) - mean * mean + eps))


def without_eps(s, gamma, beta, eps):
    return gamma * ((s - s.mean(0)) / s.std(0)) + beta


def least_squares(dy, s_hat, std, gamma):
    g = gamma * dy
    slope = (g * s_hat).sum(axis=0) / (s_hat * s_hat).sum(axis=0)
    return (g - g.mean(axis=0) - slope * s_hat) / std, (dy * s_hat).sum(axis=0), dy.sum(axis=0)


def one_mean(batches, keep):
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for s in batches:
        mean = keep * mean + (1 - keep) * s.mean(axis=1).mean()
        var = keep * var + (1 - keep) * s.var(axis=0, ddof=1)
    return mean, var


def no_mean(W, b, gamma, beta, mean, var, eps):
    factor = gamma * (var + eps) ** -0.5
    return W * factor[:, None], b * factor + beta


@pytest.mark.parametrize(
    ("answer", "name", "words"),
    [
        (unbiased, "standardized_batch", "divided by n - 1"),
        (one_pass, "standardized_batch", "minus the squared mean: far from 0"),
        (without_eps, "standardized_batch", "eps is left out"),
        (least_squares, "batch_norm_pullback", "a line of least squares"),
        (one_mean, "running_moments", "share one mean:"),
        (no_mean, "folded_layer", "the mean is left out"),
    ],
)
def test_a_mistake_is_recognized_as_students_write_it_not_a_number_or_not(answer, name, words):
    assert words in judge(named(answer, name), seed=1).reason


def test_a_gradient_by_central_differences_of_the_layer_fails():
    def batch_norm_pullback(dy, s_hat, std, gamma):
        def risk(s_hat):  # eps unknown: the variance of s_hat is taken for 1
            return np.sum(dy * gamma * (s_hat - s_hat.mean(0)) / s_hat.std(0))

        ds = np.zeros(s_hat.shape)
        for index in np.ndindex(s_hat.shape):
            e = np.zeros(s_hat.shape)
            e[index] = 1e-5
            ds[index] = (risk(s_hat + e) - risk(s_hat - e)) / 2e-5
        return ds / std, (dy * s_hat).sum(0), dy.sum(0)

    assert judge(batch_norm_pullback).state == "fail"
