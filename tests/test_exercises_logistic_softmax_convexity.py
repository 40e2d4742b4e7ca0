"""The exercises of ch02/03 to 05: their references against PyTorch and SciPy, and answers nobody foresaw."""

import warnings

import numpy as np
import pytest
from scipy.special import expit
from scipy.special import log_softmax as scipy_log_softmax

from dlnotes import exercises, losses, verify
from dlnotes.exercises.registry import cases

torch = pytest.importorskip("torch")
F, derivative = torch.nn.functional, torch.autograd.functional


def summed_cross_entropy(w, x, y):
    """DLNN (4.40) of a tensor w, for labels 0 and 1."""
    s = torch.tensor(x) @ w
    return F.binary_cross_entropy_with_logits(s, torch.tensor(y, dtype=s.dtype), reduction="sum")


def denominator(s):
    return np.exp(s) / verify.gradient(lambda s: expit(s).sum(), s)


def signed_gradient(w, x, y):
    return derivative.jacobian(lambda w: summed_cross_entropy(w, x, (y + 1) // 2), torch.tensor(w)).numpy()


def hessian(w, x):
    return derivative.hessian(lambda w: summed_cross_entropy(w, x, np.zeros(len(x))), torch.tensor(w)).numpy()


def newton(w, x, y):
    gradient = derivative.jacobian(lambda w: summed_cross_entropy(w, x, y), torch.tensor(w)).numpy()
    return w - np.linalg.inv(hessian(w, x)) @ gradient


def sigmoids(s):
    return np.column_stack([expit(-s), expit(s)])


def mean_gradient(W, x, labels):
    def risk(W):
        return F.cross_entropy(torch.tensor(x) @ W.T, torch.tensor(labels))

    return derivative.jacobian(risk, torch.tensor(W)).numpy()


def gap(u, v, x, y):
    risks = [summed_cross_entropy(torch.tensor(w), x, y).item() for w in (u, v, (u + v) / 2)]
    return np.mean(risks[:2]) - risks[2]


def second_derivative(a, w, x, ridge):
    """Of the risk with its ridge along the line w + t a, at t = 0."""

    def risk(t):
        place = torch.tensor(w) + t * torch.tensor(a)
        return summed_cross_entropy(place, x, np.ones(len(x))) + ridge / 2 * place @ place

    return derivative.hessian(risk, torch.tensor(0.0, dtype=torch.float64)).item()


def slopes(p, x):
    """From weights under which the softmax of W x is p."""
    W = np.outer(np.log(p + 1e-300), x) / (x @ x)
    return derivative.jacobian(lambda W: torch.softmax(W @ torch.tensor(x), dim=0), torch.tensor(W)).numpy()


INDEPENDENT = {
    "sigmoid_denominator": denominator,
    "signed_logistic_gradient": signed_gradient,
    "logistic_hessian": hessian,
    "irls_step": newton,
    "log_softmax": lambda s: scipy_log_softmax(s, axis=1),
    "two_class_softmax": sigmoids,
    "softmax_gradient": mean_gradient,
    "midpoint_gap": gap,
    "curvature_along": second_derivative,
    "probability_slopes": slopes,
}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_reference_agrees_with_an_independent_way_to_its_result(name):
    for seed in range(5):
        for arguments, want in cases(exercises.find(name), seed):
            found = INDEPENDENT[name](*arguments)
            tolerance = (
                {"rtol": 1e-6, "atol": 1e-7}
                if name == "sigmoid_denominator"
                else {"rtol": 1e-8, "atol": 1e-8}
            )
            np.testing.assert_allclose(want, found, **tolerance)


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_reference_warns_of_nothing_on_its_own_cases(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(np.isfinite(want).all() for _, want in cases(exercises.find(name), 7))


def whitened(w, x, y):
    """Least squares of samples and targets that are scaled with the root of their weight."""
    a = expit(x @ w)
    root = np.sqrt(a * (1 - a))
    return np.linalg.lstsq(root[:, None] * x, root * (x @ w) + (y - a) / root, rcond=None)[0]


def loop(w, x):
    total = np.zeros((len(w), len(w)))
    for row in x:
        total += expit(row @ w) * expit(-row @ w) * np.outer(row, row)
    return total


def gap_with_labels(u, v, x, y):
    return np.mean([np.logaddexp(0, (1 - 2 * y) * (x @ w)).sum() for w in (u, v)]) - (
        np.logaddexp(0, (1 - 2 * y) * (x @ (u + v) / 2)).sum()
    )


IN_OTHER_WORDS = [
    ("sigmoid_denominator", lambda s: np.exp(s) / (expit(s) * expit(-s))),
    ("sigmoid_denominator", lambda s: 1 + 2 * np.exp(s) + np.exp(2 * s)),
    ("signed_logistic_gradient", lambda w, x, y: x.T @ (expit(x @ w) - (y + 1) / 2)),
    (
        "signed_logistic_gradient",
        lambda w, x, y: sum(-t * r * expit(-t * (r @ w)) for r, t in zip(x, y, strict=True)),
    ),
    ("logistic_hessian", loop),
    ("logistic_hessian", lambda w, x: x.T @ np.diag(expit(x @ w) * expit(-(x @ w))) @ x),
    ("irls_step", whitened),
    ("irls_step", newton),
    ("log_softmax", losses.log_softmax),
    ("log_softmax", lambda s: s - np.logaddexp.reduce(s, axis=1, keepdims=True)),
    ("two_class_softmax", sigmoids),
    ("softmax_gradient", lambda W, x, labels: losses.cross_entropy(x @ W.T, labels)[1].T @ x),
    ("midpoint_gap", gap_with_labels),
    ("midpoint_gap", lambda u, v, x, y: gap_with_labels(u, v, x, 1 - y)),
    ("curvature_along", lambda a, w, x, ridge: a @ (loop(w, x) + ridge * np.eye(len(a))) @ a),
    ("probability_slopes", slopes),
    ("probability_slopes", lambda p, x: np.einsum("kv,m->kvm", np.diag(p) - np.outer(p, p), x)),
]


@pytest.mark.parametrize(("name", "answer"), IN_OTHER_WORDS)
def test_a_right_answer_in_other_words_passes(name, answer):
    def wrapped(*arguments):
        return answer(*arguments)

    wrapped.__name__ = name
    assert exercises.judge(wrapped, 3) == ("pass", "")


def shifted(s):
    return s - s.max(axis=1, keepdims=True)


NOT_KNOWN = [
    ("sigmoid_denominator", lambda s: (1 + np.exp(s)) ** 2 + 1e-5),
    ("signed_logistic_gradient", lambda w, x, y: -x.T @ np.where(y * (x @ w) > 0, 0, y)),
    ("logistic_hessian", lambda w, x: loop(w, x) + 1e-4 * np.eye(len(w))),
    ("logistic_hessian", lambda w, x: np.tril(loop(w, x))),
    ("irls_step", lambda w, x, y: (w + newton(w, x, y)) / 2),
    ("irls_step", lambda w, x, y: newton(0 * w, x, y)),
    ("log_softmax", lambda s: shifted(s) - np.log2(np.exp(shifted(s)).sum(axis=1, keepdims=True))),
    ("log_softmax", lambda s: shifted(s) - np.log(np.exp2(shifted(s)).sum(axis=1, keepdims=True))),
    ("log_softmax", lambda s: np.log(np.exp(losses.log_softmax(s)) + 1e-12)),
    ("two_class_softmax", lambda s: sigmoids(np.clip(s, -9, 9))),
    ("softmax_gradient", lambda W, x, labels: mean_gradient(np.clip(W, -9, 9), x, labels)),
    ("midpoint_gap", lambda u, v, x, y: abs(gap(u, v, x[1:], y[1:]))),
    ("curvature_along", lambda a, w, x, ridge: second_derivative(a, w, x, max(ridge, 0.01))),
    ("curvature_along", lambda a, w, x, ridge: second_derivative(a / np.linalg.norm(a), w, x, ridge)),
    ("probability_slopes", lambda p, x: slopes(p, np.abs(x))),
]


@pytest.mark.parametrize(("name", "answer"), NOT_KNOWN)
def test_a_wrong_answer_that_nobody_foresaw_fails_in_words_of_its_own(name, answer):
    def wrapped(*arguments):
        return answer(*arguments)

    wrapped.__name__ = name
    verdict = exercises.judge(wrapped, 3)
    assert verdict.state == "fail"
    assert verdict.reason not in [mistake.message for mistake in exercises.find(name).mistakes]
