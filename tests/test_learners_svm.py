"""The linear support vector machine (Strang VII.5)."""

import numpy as np
import pytest

from dlnotes.datasets import blobs, breast_cancer, digits, iris, separable, xor
from dlnotes.learners import svm_qp, svm_subgradient, with_bias

RNG = np.random.default_rng


def draw(dataset, seed=0, n=80, **options):
    x, labels = dataset(RNG(seed), n, **options)
    return x, 2 * labels - 1


def objective(w, x, y, strength):
    return np.mean(np.maximum(0, 1 - y * (with_bias(x) @ w))) + strength * w[1:] @ w[1:]


def scikit(x, y, C):
    from sklearn.svm import SVC

    machine = SVC(kernel="linear", C=C, tol=1e-8).fit(x, y)
    return np.concatenate([machine.intercept_, machine.coef_[0]])


# ---------------------------------------------------------------- the quadratic program


@pytest.mark.parametrize("C", [0.01, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_soft_margin_is_that_of_scikit_learn(C, seed):
    x, y = draw(blobs, seed)
    fit = svm_qp(x, y, C=C)
    assert fit.converged, fit.message
    theirs, strength = scikit(x, y, C), 1 / (2 * len(x) * C)
    np.testing.assert_allclose(fit.w[1:], theirs[1:], atol=1e-4)
    assert objective(fit.w, x, y, strength) <= objective(theirs, x, y, strength) * (1 + 1e-9)
    if np.any(np.abs(y * (with_bias(x) @ theirs) - 1) < 1e-4):  # else many biases do equally well
        np.testing.assert_allclose(fit.w[0], theirs[0], atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_the_hard_margin_is_that_of_scikit_learn(seed):
    x, y = draw(separable, seed, margin=0.1)
    fit = svm_qp(x, y)
    assert fit.converged, fit.message
    np.testing.assert_allclose(fit.w, scikit(x, y, 1e6), atol=1e-3)


def test_the_hard_margin_of_three_points_is_known_by_hand():
    x, y = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]), np.array([-1, 1, 1])
    fit = svm_qp(x, y)
    np.testing.assert_allclose(fit.w, [-1, 1, 0], atol=1e-9)  # the line x_1 = 1
    assert fit.message == "converged: objective 0.5, 3 support vectors"


@pytest.mark.parametrize("margin", [0.01, 0.2])
def test_the_margin_is_free_of_points_touched_on_both_sides_and_wider_than_the_known_gap(margin):
    x, y = draw(separable, margin=margin)
    fit = svm_qp(x, y)
    reach = y * (with_bias(x) @ fit.w)
    assert reach.min() > 1 - 1e-6
    assert np.isclose(reach[y > 0].min(), 1) and np.isclose(reach[y < 0].min(), 1)
    assert np.sum(reach < 1 + 1e-6) >= 2
    assert 1 / np.linalg.norm(fit.w[1:]) >= margin


def test_real_data_of_many_features_is_solved():
    x, labels = digits()
    x, y = x[labels < 2], 2 * labels[labels < 2] - 1
    np.testing.assert_allclose(svm_qp(x, y).w, scikit(x, y, 1e6), atol=1e-4)
    x, labels = breast_cancer()  # features between 0.001 and 4000, used as they come
    fit = svm_qp(x[:150], 2 * labels[:150] - 1, C=1.0)
    assert fit.converged, fit.message


@pytest.mark.parametrize("C", [2.0, np.inf])
@pytest.mark.parametrize("scale", [1e-3, 1e6])
def test_scaled_and_shifted_data_give_the_scaled_and_shifted_solution(C, scale):
    x, y = draw(separable, margin=0.05)
    plain, moved = svm_qp(x, y, C=C), svm_qp(scale * (x + 100), y, C=C / scale**2)
    assert moved.converged, moved.message
    np.testing.assert_allclose(moved.w[1:] * scale, plain.w[1:], rtol=1e-5)
    np.testing.assert_allclose(moved.w[0] + 100 * plain.w[1:].sum(), plain.w[0], atol=1e-3)


@pytest.mark.parametrize("data", [draw(blobs, distance=1.0), draw(xor, n=4, noise=0)], ids=["overlap", "xor"])
def test_a_hard_margin_between_classes_that_overlap_is_named_and_not_answered(data):
    fit = svm_qp(*data)
    assert not fit.converged and np.isnan(fit.w).all()
    assert "no hyperplane separates the classes" in fit.message and "finite C" in fit.message


def test_the_flowers_of_iris_separate_once_and_not_twice():
    x, labels = iris()
    assert svm_qp(x, np.where(labels == 0, 1, -1)).converged
    assert "no hyperplane" in svm_qp(x[50:], np.where(labels[50:] == 1, 1, -1)).message


def test_a_point_on_the_other_class_is_no_obstacle_to_a_soft_margin_but_to_a_hard_one():
    x, y = np.array([[0.0], [1.0], [1.0], [2.0]]), np.array([-1, -1, 1, 1])
    assert np.isnan(svm_qp(x, y).w).all()
    assert svm_qp(x, y, C=1.0).converged


@pytest.mark.parametrize("C", [1.0, np.inf])
def test_samples_whose_squares_overflow_are_refused(C):
    x, y = draw(separable)
    with pytest.raises(
        ValueError, match=r"^x: got entries up to \d.*e\+200, want some whose squares are finite"
    ):
        svm_qp(1e200 * x, y, C=C)


def test_one_class_alone_needs_no_weights():
    fit = svm_qp(RNG(0).normal(size=(6, 2)), np.ones(6))
    assert fit.converged
    np.testing.assert_allclose(fit.w, [1, 0, 0], atol=1e-9)


@pytest.mark.parametrize("fault", ["w", "multipliers", "bias"])
def test_an_answer_of_the_solver_that_is_not_proved_best_is_not_called_converged(fault, monkeypatch):
    import scipy.optimize

    honest = scipy.optimize.minimize

    def careless(*arguments, **options):
        if fault == "bias":  # the best w without a bias, and multipliers that prove it so
            options["bounds"][0] = (0, 0)
        solution = honest(*arguments, **options)
        if fault == "w":
            solution.x = 1.01 * solution.x  # still feasible, no longer best
        if fault == "multipliers":
            solution.multipliers = 0.9 * solution.multipliers
        return solution

    x, y = draw(separable)
    assert svm_qp(x, y).converged
    monkeypatch.setattr(scipy.optimize, "minimize", careless)
    fit = svm_qp(x, y)
    assert not fit.converged and "above the minimum" in fit.message


# ---------------------------------------------------------------- subgradient descent


@pytest.mark.parametrize("strength", [0.001, 0.01, 0.1])
@pytest.mark.parametrize(("dataset", "options"), [(blobs, {}), (separable, {"margin": 0.1})])
def test_subgradient_descent_comes_within_a_thousandth_of_the_quadratic_program(dataset, options, strength):
    x, y = draw(dataset, **options)
    best = svm_qp(x, y, C=1 / (2 * len(x) * strength))
    fit = svm_subgradient(x, y, strength=strength)
    assert best.converged and fit.converged, fit.message
    gap = objective(fit.w, x, y, strength) - objective(best.w, x, y, strength)
    assert -1e-9 < gap < 1e-3


def test_the_history_holds_the_objective_and_the_answer_is_its_best():
    x, y = draw(blobs)
    fit = svm_subgradient(x, y, strength=0.01, max_steps=300)
    risks = [row["risk"] for row in fit.history]
    assert len(risks) == 301 and risks[0] == 1  # hinge loss at w = 0
    for row in fit.history[::50]:
        np.testing.assert_allclose(row["risk"], objective(row["w"], x, y, 0.01))
    np.testing.assert_allclose(objective(fit.w, x, y, 0.01), min(risks))
    assert np.any(np.diff(risks) > 0)  # it does go uphill


def test_the_first_steps_follow_the_subgradient_and_spare_the_bias_the_penalty():
    x, y = draw(blobs)
    history = svm_subgradient(x, y, strength=0.5, lr=0.3, max_steps=10).history
    X = with_bias(x)
    for t, (before, row) in enumerate(zip(history, history[1:], strict=False)):
        inside = y * (X @ before["w"]) < 1
        subgradient = -(y[:, None] * X)[inside].sum(axis=0) / len(x) + [0, *before["w"][1:]]
        np.testing.assert_allclose(row["w"], before["w"] - 0.3 / (1 + 0.3 * t) * subgradient, atol=1e-14)


@pytest.mark.parametrize("strength", [1e-3, 1e-2, 1e-1])
def test_steps_too_long_for_the_features_are_not_called_converged(strength):
    x, labels = breast_cancer()  # features between 0.001 and 4000, used as they come
    fit = svm_subgradient(x, 2 * labels - 1, strength=strength)
    assert not fit.converged
    assert fit.message.startswith("did not converge in 2000 steps: objective 1 at step 0, ")
    assert fit.message.endswith("below the best of the second half: lower lr, or scale the features")


def test_too_few_steps_are_not_called_converged():
    x, y = draw(blobs)
    fit = svm_subgradient(x, y, strength=0.001, max_steps=6)
    assert not fit.converged and fit.message.startswith("did not converge in 6 steps: objective 0.")


# ---------------------------------------------------------------- both


BOTH = pytest.mark.parametrize(
    ("learner", "options"), [(svm_qp, {"C": 1.0}), (svm_subgradient, {"strength": 0.1})]
)


@BOTH
def test_float32_stays_float32(learner, options):
    x, y = draw(blobs)
    options = {name: np.float64(value) for name, value in options.items()}
    assert learner(x.astype(np.float32), y, **options).w.dtype == np.float32


@BOTH
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"y": np.arange(80) % 2}, r"y: got 0.*want one of \(-1, 1\)"),
        ({"y": np.ones(79)}, "y: got 79 rows"),
        ({"y": np.ones((80, 1))}, "y: got shape"),
        ({"x": np.ones(80)}, "x: got shape"),
        ({"x": np.full((80, 2), np.nan)}, "x: got NaN"),
        ({"C": 0.0, "strength": 0.0}, "(C|strength): got 0.0"),
    ],
)
def test_wrong_arguments_are_refused_by_name(learner, options, change, complaint):
    x, y = draw(blobs)
    change = {name: value for name, value in change.items() if name in ("x", "y", *options)}
    with pytest.raises(ValueError, match=f"^{complaint}"):
        learner(**({"x": x, "y": y} | options | change))


@pytest.mark.parametrize("option", ["lr", "tolerance", "max_steps"])
def test_options_that_are_not_positive_are_refused_by_name(option):
    x, y = draw(blobs)
    with pytest.raises(ValueError, match=f"^{option}: got 0"):
        svm_subgradient(x, y, strength=0.1, **{option: 0})
