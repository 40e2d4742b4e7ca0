"""The exercises of ch03/11: references checked another way, and plausible answers that nobody listed."""

import numpy as np
import pytest
from reader import drawn, named
from scipy.stats import multivariate_normal

from dlnotes import densities, verify
from dlnotes.exercises.judging import judge


def test_the_deltas_are_those_of_the_book_and_of_central_differences():
    for (mu, raw, y), want in drawn("precision_deltas"):
        output = np.column_stack([mu, raw])
        _, delta = densities.heteroscedastic_gaussian(output, y, reduction="sum")
        np.testing.assert_allclose(np.column_stack(want), delta, rtol=1e-10, atol=1e-12)

        def risk(output, y=y):
            return densities.heteroscedastic_gaussian(output, y, reduction="sum")[0]

        np.testing.assert_allclose(np.column_stack(want), verify.gradient(risk, output), atol=1e-6)


def test_the_shares_are_the_responsibilities_of_the_book():
    for (scores, mu, beta, y), want in drawn("mixture_shares"):
        raw = np.where(beta > 30, beta, np.log(np.expm1(np.minimum(beta, 30))))
        np.testing.assert_allclose(
            want, densities.responsibilities(np.hstack([scores, mu, raw]), y), atol=1e-10
        )


def test_the_risk_of_a_covariance_is_scipys():
    for (y, mu, B), want in drawn("covariance_risk"):
        found = -np.atleast_1d(multivariate_normal(mu, B @ B.T, allow_singular=True).logpdf(y))
        np.testing.assert_allclose(want, found, rtol=1e-6)


def by_torch(mu, raw, y):
    torch = pytest.importorskip("torch")
    mu, raw, y = (torch.tensor(part, requires_grad=True) for part in (mu, raw, y))
    beta = torch.nn.functional.softplus(raw)
    (0.5 * beta * (y - mu) ** 2 - 0.5 * beta.log()).sum().backward()
    return mu.grad.numpy(), raw.grad.numpy()


def by_ratios(scores, mu, beta, y):
    """Each share is one over the sum of the others' ratios to it."""
    log = scores + 0.5 * np.log(beta) - 0.5 * beta * (y[:, None] - mu) ** 2
    with np.errstate(over="ignore"):
        return 1 / np.exp(log[:, None, :] - log[:, :, None]).sum(axis=2)


def by_cholesky(y, mu, B):
    L = np.linalg.cholesky(B @ B.T)
    z = np.linalg.solve(L, (y - mu).T)
    return 0.5 * (z**2).sum(axis=0) + np.log(np.diag(L)).sum() + 0.5 * len(mu) * np.log(2 * np.pi)


@pytest.mark.usefixtures("by_any_means")
@pytest.mark.parametrize(
    ("answer", "name"),
    [(by_torch, "precision_deltas"), (by_ratios, "mixture_shares"), (by_cholesky, "covariance_risk")],
)
def test_other_right_ways_pass(answer, name):
    assert judge(named(answer, name)).state == "pass"


def slope_of_beta(mu, raw, y):
    beta = np.logaddexp(0, raw)
    return beta * (mu - y), 0.5 * beta * ((y - mu) ** 2 - 1 / beta)


def unnormalized_scores(scores, mu, beta, y):
    joint = np.exp(scores - scores.max()) * np.exp(-0.5 * beta * (y[:, None] - mu) ** 2)
    return joint / joint.sum()


def trace_for_determinant(y, mu, B):
    z = np.linalg.solve(B, (y - mu).T)
    log_det = np.log(np.abs(np.diag(B))).sum()
    return 0.5 * (z**2).sum(axis=0) + log_det + 0.5 * len(mu) * np.log(2 * np.pi)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (slope_of_beta, "precision_deltas"),
        (unnormalized_scores, "mixture_shares"),
        (trace_for_determinant, "covariance_risk"),
    ],
)
def test_plausible_answers_that_nobody_listed_fail(answer, name):
    assert judge(named(answer, name)).state == "fail"
