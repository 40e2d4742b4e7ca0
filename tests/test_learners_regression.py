"""Least squares, logistic and softmax regression (DLNN 4.1, 4.3, 4.4)."""

import numpy as np
import pytest

from dlnotes.datasets import blobs, digits, line, separable
from dlnotes.learners import (
    least_squares,
    least_squares_descent,
    logistic_descent,
    logistic_irls,
    softmax_regression,
    with_bias,
)

RNG = np.random.default_rng


def overlapping(seed=0, n=60):
    x, labels = blobs(RNG(seed), n, distance=2.0)
    return with_bias(x), labels


def apart(seed=0, n=60):
    x, labels = separable(RNG(seed), n, margin=0.1)
    return with_bias(x), labels


def noisy_line(seed=0, n=50):
    x, y = line(RNG(seed), n)
    return with_bias(x), y


# ---------------------------------------------------------------- with_bias


def test_with_bias_puts_ones_first_and_keeps_the_dtype():
    x = RNG(0).normal(size=(4, 2)).astype(np.float32)
    extended = with_bias(x)
    assert extended.dtype == np.float32
    np.testing.assert_array_equal(extended[:, 0], 1)
    np.testing.assert_array_equal(extended[:, 1:], x)


def test_with_bias_gives_the_predictions_of_an_explicit_intercept():
    x, (b, *w) = RNG(0).normal(size=(4, 2)), RNG(1).normal(size=3)
    np.testing.assert_allclose(with_bias(x) @ [b, *w], x @ w + b)


# ---------------------------------------------------------------- least squares


def test_the_gradient_vanishes_at_the_closed_form():
    x, y = RNG(0).normal(size=(50, 4)), RNG(1).normal(size=50)
    w = least_squares(x, y)
    assert np.abs(x.T @ (x @ w - y)).max() < 1e-10
    np.testing.assert_allclose(w, np.linalg.inv(x.T @ x) @ x.T @ y)  # (4.12) as printed


def test_dependent_columns_get_the_shortest_of_all_minimizers():
    x, y = RNG(0).normal(size=(20, 2)), RNG(1).normal(size=20)
    x = x @ RNG(2).normal(size=(2, 4))  # rank 2 in 4 columns
    w = least_squares(x, y)
    np.testing.assert_allclose(w, np.linalg.pinv(x) @ y, atol=1e-10)
    other = w + np.linalg.svd(x)[2][-1]
    np.testing.assert_allclose(x @ other, x @ w, atol=1e-10)
    assert np.linalg.norm(w) < np.linalg.norm(other)


def test_several_targets_are_fitted_one_by_one():
    x, y = RNG(0).normal(size=(50, 4)), RNG(1).normal(size=(50, 3))
    W = least_squares(x, y)
    assert W.shape == (3, 4)
    for k in range(3):
        np.testing.assert_allclose(W[k], least_squares(x, y[:, k]))


def test_descent_takes_the_steps_of_the_book_and_ends_at_the_closed_form():
    x, y = noisy_line()
    fit = least_squares_descent(x, y, lr=0.02)
    assert fit.converged and fit.message.startswith("converged in ")
    np.testing.assert_allclose(fit.w, least_squares(x, y), atol=1e-6)
    np.testing.assert_array_equal(fit.history[0]["w"], 0)
    for before, row in zip(fit.history, fit.history[1:], strict=False):
        np.testing.assert_allclose(row["w"], before["w"] - 0.02 * x.T @ (x @ before["w"] - y))
    for step, row in enumerate(fit.history):
        residual = y - x @ row["w"]
        assert row["step"] == step
        np.testing.assert_allclose(row["risk"], 0.5 * np.sum(residual**2))
        np.testing.assert_allclose(row["norm_w"], np.linalg.norm(row["w"]))
        np.testing.assert_allclose(row["grad_norm"], np.linalg.norm(x.T @ residual), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_descent_converges_below_two_over_the_largest_eigenvalue_and_not_above(seed):
    x, y = noisy_line(seed)
    limit = 2 / np.linalg.eigvalsh(x.T @ x).max()
    below = least_squares_descent(x, y, lr=0.98 * limit)
    above = least_squares_descent(x, y, lr=1.02 * limit)
    assert below.converged
    assert not above.converged and above.history[-1]["grad_norm"] > above.history[0]["grad_norm"]
    assert f"is not below 2 / lambda_max = {limit:.3g}" in above.message
    slow = least_squares_descent(x, y, lr=0.98 * limit, max_steps=5)
    assert not slow.converged and f"is below 2 / lambda_max = {limit:.3g}" in slow.message


@pytest.mark.parametrize("lr", [1.0, 1e3, 1e100, 1e300])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.filterwarnings("error")
def test_a_diverging_descent_stops_early_says_so_and_stays_finite(lr, dtype):
    x, y = noisy_line()
    fit = least_squares_descent(x.astype(dtype), y, lr=lr)
    assert not fit.converged and fit.message.startswith("diverged in ") and len(fit.history) < 20
    assert np.isfinite(fit.w).all() and all(np.isfinite(row["risk"]) for row in fit.history)


def test_descent_from_zero_finds_the_shortest_of_all_minimizers():
    x, y = RNG(0).normal(size=(20, 2)), RNG(1).normal(size=20)
    x = x @ RNG(2).normal(size=(2, 4))
    fit = least_squares_descent(x, y, lr=1 / np.linalg.norm(x, 2) ** 2)
    np.testing.assert_allclose(fit.w, np.linalg.pinv(x) @ y, atol=1e-6)


# ---------------------------------------------------------------- logistic regression


def test_logistic_descent_takes_the_steps_of_the_book():
    x, y = overlapping()
    history = logistic_descent(x, y, lr=0.05, max_steps=20).history
    for before, row in zip(history, history[1:], strict=False):
        a = 1 / (1 + np.exp(-x @ before["w"]))
        np.testing.assert_allclose(row["w"], before["w"] - 0.05 * x.T @ (a - y))
        np.testing.assert_allclose(before["risk"], -np.sum(np.where(y, np.log(a), np.log(1 - a))))


def test_irls_and_descent_meet_and_irls_is_there_in_a_tenth_of_the_steps():
    x, y = overlapping()
    descent, irls = logistic_descent(x, y, lr=0.05, max_steps=5000), logistic_irls(x, y)
    assert descent.converged and irls.converged
    np.testing.assert_allclose(descent.w, irls.w, atol=1e-6)
    assert 10 * len(irls.history) < len(descent.history) and len(irls.history) <= 10


def test_irls_agrees_with_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    x, y = overlapping()
    sklearn = LogisticRegression(C=1 / 0.3, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(x, y)
    np.testing.assert_allclose(logistic_irls(x, y, ridge=0.3).w, sklearn.coef_[0], atol=1e-6)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_the_gradient_vanishes_where_irls_converges_and_the_error_squares_on_the_way(ridge):
    x, y = overlapping()
    fit = logistic_irls(x, y, ridge=ridge)
    a = 1 / (1 + np.exp(-x @ fit.w))
    assert np.abs(x.T @ (a - y) + ridge * fit.w).max() < 1e-7
    errors = [np.linalg.norm(row["w"] - fit.w) for row in fit.history]
    assert all(after < before**2 for before, after in zip(errors[-4:-2], errors[-3:-1], strict=True))


def test_each_step_of_irls_is_a_weighted_least_squares_fit():
    x, y = overlapping()
    history = logistic_irls(x, y).history
    for before, row in zip(history, history[1:], strict=False):
        a = 1 / (1 + np.exp(-x @ before["w"]))
        r = a * (1 - a)
        z = x @ before["w"] - (a - y) / r
        weighted = least_squares(np.sqrt(r)[:, None] * x, np.sqrt(r) * z)
        np.testing.assert_allclose(row["w"], weighted, rtol=1e-8)


def test_irls_names_separable_classes_and_its_norms_grow_without_limit():
    x, y = apart()
    fit = logistic_irls(x, y, max_steps=12)
    norms = [row["norm_w"] for row in fit.history]
    assert not fit.converged and len(norms) == 13
    assert np.all(np.diff(norms) > 1)
    assert "separable" in fit.message and f"grows without bound (now {norms[-1]:.3g})" in fit.message


@pytest.mark.filterwarnings("error")
def test_irls_on_separable_classes_ends_in_words_however_long_it_runs():
    x, y = apart()
    fit = logistic_irls(1000 * x, y, max_steps=500)
    assert not fit.converged and "separable" in fit.message and np.isfinite(fit.w).all()


def test_descent_on_separable_classes_is_not_converged_even_where_the_gradient_is_small():
    x, y = apart()
    for tolerance in (1e-6, 1.0):
        fit = logistic_descent(x, y, lr=0.1, tolerance=tolerance)
        assert not fit.converged and "separable" in fit.message


def test_a_ridge_gives_separable_classes_a_minimum():
    x, y = apart()
    fit = logistic_irls(x, y, ridge=0.1)
    assert fit.converged and np.all((2 * y - 1) * (x @ fit.w) > 0)


def test_separable_classes_with_a_ridge_and_too_few_steps_are_not_said_to_have_no_minimum():
    x, y = apart()
    fit = logistic_irls(x, y, ridge=1e-6, max_steps=2)
    assert np.all((2 * y - 1) * (x @ fit.w) > 0)
    assert not fit.converged and "separable" not in fit.message


def test_classes_that_touch_only_on_the_boundary_do_not_converge_either():
    x = with_bias(np.array([[-2.0], [-1.0], [0.0], [0.0], [1.0], [2.0]]))
    fit = logistic_irls(x, np.array([0, 0, 0, 1, 1, 1]), max_steps=15)
    assert not fit.converged and "the next step would still change w by" in fit.message
    assert fit.history[-1]["norm_w"] > 10


def test_dependent_columns_are_named_with_their_rank():
    x, y = overlapping()
    fit = logistic_irls(np.hstack([x, x]), y)
    assert not fit.converged and "the Hessian X^T R X has rank 3 of 6" in fit.message
    assert logistic_irls(np.hstack([x, x]), y, ridge=0.1).converged


def test_irls_that_runs_out_of_steps_says_how_far_it_was():
    x, y = overlapping()
    fit = logistic_irls(x, y, max_steps=2)
    assert not fit.converged and len(fit.history) == 3
    assert fit.message.startswith("did not converge in 2 steps: the next step would still change w by ")


# ---------------------------------------------------------------- softmax regression


def three_classes(seed=0, n=60):
    labels = np.arange(n) % 3
    return with_bias(np.eye(3)[labels][:, :2] * 1.5 + RNG(seed).normal(size=(n, 2))), labels


def test_softmax_descent_takes_the_steps_of_the_book():
    x, labels = three_classes()
    history = softmax_regression(x, labels, lr=0.02, max_steps=20).history
    Y = np.eye(3)[labels]
    for before, row in zip(history, history[1:], strict=False):
        A = np.exp(x @ before["w"].T)
        A /= A.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(row["w"], before["w"] - 0.02 * (A - Y).T @ x, atol=1e-14)
        np.testing.assert_allclose(before["risk"], -np.sum(Y * np.log(A)))


def test_softmax_descent_ends_where_the_gradient_vanishes_and_the_rows_sum_to_zero():
    x, labels = three_classes()
    fit = softmax_regression(x, labels, lr=0.03, max_steps=5000)
    assert fit.converged and fit.w.shape == (3, 3)
    np.testing.assert_allclose(fit.w.sum(axis=0), 0, atol=1e-12)


def test_softmax_regression_with_two_classes_is_logistic_regression():
    x, y = overlapping()
    softmax = softmax_regression(x, y, lr=0.02, max_steps=60)
    logistic = logistic_descent(x, y, lr=0.04, max_steps=60)  # both rows move: w_1 - w_0 goes twice as fast
    for two, one in zip(softmax.history, logistic.history, strict=True):
        np.testing.assert_allclose(two["w"][1] - two["w"][0], one["w"], atol=1e-12)
        np.testing.assert_allclose(two["risk"], one["risk"])


def test_softmax_regression_names_separable_classes():
    x, labels = np.eye(4)[[0, 1, 2, 0, 1, 2]], np.array([0, 1, 2, 0, 1, 2])
    fit = softmax_regression(x, labels, lr=0.1, max_steps=50, tolerance=1.0)
    assert not fit.converged and "separable" in fit.message


def test_classes_that_the_samples_cannot_tell_apart_end_at_zero_and_not_as_separable():
    x, labels = np.ones((4, 1)), np.array([0, 1, 1, 0])
    for fit in (
        softmax_regression(x, labels, lr=0.1),
        logistic_descent(x, labels, lr=0.1),
        logistic_irls(x, labels),
    ):
        assert fit.converged and fit.message.startswith("converged in 0 steps")
        np.testing.assert_array_equal(fit.w, 0)


def test_softmax_regression_learns_the_digits():
    x, labels = digits()
    fit = softmax_regression(with_bias(x), labels, lr=1e-3, max_steps=100)
    assert np.mean((with_bias(x) @ fit.w.T).argmax(axis=1) == labels) > 0.95
    assert fit.history[0]["risk"] == pytest.approx(1797 * np.log(10))


def test_softmax_regression_refuses_labels_of_a_single_class():
    with pytest.raises(ValueError, match="^labels: got only 0, want at least two classes"):
        softmax_regression(np.ones((3, 2)), np.zeros(3, int), lr=0.1)


# ---------------------------------------------------------------- all of them

DESCENTS = [least_squares_descent, logistic_descent, softmax_regression]
CALLS = {
    "least_squares": (least_squares, "y", {}),
    "least_squares_descent": (least_squares_descent, "y", {"lr": 0.01, "max_steps": 5}),
    "logistic_descent": (logistic_descent, "y", {"lr": 0.01, "max_steps": 5}),
    "logistic_irls": (logistic_irls, "y", {"max_steps": 5}),
    "softmax_regression": (softmax_regression, "labels", {"lr": 0.01, "max_steps": 5}),
}
EVERY = pytest.mark.parametrize(("learner", "target", "options"), CALLS.values(), ids=CALLS)


@EVERY
def test_float32_stays_float32(learner, target, options):
    x, y = overlapping()
    options = {name: np.float64(value) if name == "lr" else value for name, value in options.items()}
    fit = learner(x.astype(np.float32), y, **options)
    w = fit if learner is least_squares else fit.w
    assert w.dtype == np.float32
    if learner is not least_squares:
        assert all(row["w"].dtype == np.float32 for row in fit.history)


@EVERY
def test_whole_numbers_are_samples_like_any_others(learner, target, options):
    x, y = np.round(3 * overlapping()[0]), overlapping()[1]
    whole, same = learner(x.astype(int), y, **options), learner(x, y, **options)
    if learner is not least_squares:
        whole, same = whole.w, same.w
    np.testing.assert_array_equal(whole, same)


@EVERY
@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("x", np.ones(60), "got shape"),
        ("x", np.ones((0, 3)), "got shape"),
        ("x", np.full((60, 3), np.nan), "got NaN"),
        ("x", np.full((60, 3), np.inf), "got inf"),
        ("x", [[1.0]], "got list"),
        ("target", np.zeros(59, int), "got 59 rows"),
        ("target", np.zeros((60, 1, 1), int), "got shape"),
    ],
)
def test_wrong_samples_are_refused_by_name(learner, target, options, name, value, complaint):
    x, y = overlapping()
    name = target if name == "target" else name
    with pytest.raises(ValueError, match=f"^{name}: {complaint}"):
        learner(**{"x": x, target: y, name: value}, **options)


@pytest.mark.parametrize("learner", [logistic_descent, logistic_irls])
def test_labels_of_the_other_convention_are_refused_with_the_wanted_one(learner):
    x, y = overlapping()
    options = {"lr": 0.1} if learner is logistic_descent else {}
    with pytest.raises(ValueError, match=r"^y: got -1.*want one of \(0, 1\)"):
        learner(x, 2 * y - 1, **options)


@pytest.mark.parametrize("labels", [np.full(60, -1), np.arange(60) % 2 / 2])
def test_labels_that_are_no_classes_are_refused(labels):
    with pytest.raises(ValueError, match="^labels: got"):
        softmax_regression(overlapping()[0], labels, lr=0.1)


@pytest.mark.parametrize("learner", DESCENTS)
@pytest.mark.parametrize("option", ["lr", "max_steps", "tolerance"])
def test_options_that_are_not_positive_are_refused_by_name(learner, option):
    x, y = overlapping()
    with pytest.raises(ValueError, match=f"^{option}: got 0"):
        learner(x, y, **({"lr": 0.1} | {option: 0}))


def test_a_negative_ridge_and_no_steps_are_refused():
    x, y = overlapping()
    with pytest.raises(ValueError, match="^ridge: got -1"):
        logistic_irls(x, y, ridge=-1)
    with pytest.raises(ValueError, match="^max_steps: got 0"):
        logistic_irls(x, y, max_steps=0)


@pytest.mark.parametrize("size", [1e150, 1e200])
def test_descent_on_samples_whose_squares_overflow_says_that_it_diverged(size):
    x, y = overlapping()
    with np.errstate(over="ignore"):
        fit = least_squares_descent(size * x, y, lr=0.1)
    assert not fit.converged and fit.message.startswith("diverged in 0 steps")
    assert "lr = 0.1 is not below 2 / lambda_max" in fit.message
