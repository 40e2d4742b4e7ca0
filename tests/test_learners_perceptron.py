"""The perceptron and its convergence theorem (DLNN 4.2)."""

import numpy as np
import pytest

from dlnotes.datasets import blobs, separable, xor
from dlnotes.learners import perceptron, perceptron_batch, perceptron_bound, pocket, with_bias

NORMAL = np.array([0.6, 0.8])


def draw(dataset, seed, n=40, **options):
    x, labels = dataset(np.random.default_rng(seed), n, **options)
    return x, 2 * labels - 1


@pytest.mark.parametrize("seed", range(20))
def test_updates_stay_within_the_bound_of_the_convergence_theorem(seed):
    x, y = draw(separable, seed, margin=0.05)
    fit = perceptron(x, y, order=np.random.default_rng(seed).permutation(40))
    assert fit.converged and np.all(y * (x @ fit.w) > 0)
    assert 0 < len(fit.history) <= perceptron_bound(x, y, NORMAL)


@pytest.mark.parametrize("lr", [1.0, 0.3])
def test_both_inequalities_of_the_theorem_hold_at_every_update(lr):
    x, y = draw(separable, 3, n=200, margin=0.02)
    margin, longest = (y * (x @ NORMAL)).min(), np.linalg.norm(x, axis=1).max()
    history = perceptron(x, y, lr=lr).history
    assert len(history) > 5
    before = np.zeros(2)
    for tau, row in enumerate(history, start=1):
        assert row["update"] == tau
        assert NORMAL @ row["w"] >= lr * tau * margin - 1e-12  # (4.28)
        step = lr * np.linalg.norm(x[row["sample"]])
        assert row["norm_w"] ** 2 <= before @ before + step**2 + 1e-12  # (4.30)-(4.32)
        assert row["norm_w"] ** 2 <= lr**2 * tau * longest**2 + 1e-12  # (4.33)
        before = row["w"]


def test_an_update_raises_the_margin_of_its_sample_by_lr_times_its_squared_length():
    x, y = draw(separable, 5)
    before = np.zeros(2)
    for row in perceptron(x, y, lr=0.7).history:
        n = row["sample"]
        gain = y[n] * x[n] @ row["w"] - y[n] * x[n] @ before
        np.testing.assert_allclose(gain, 0.7 * x[n] @ x[n])
        before = row["w"]


def test_the_history_tells_every_update_in_its_own_array():
    x, y = draw(separable, 3, n=200, margin=0.02)
    fit = perceptron(x, y)
    assert all(not np.array_equal(a["w"], b["w"]) for a, b in zip(fit.history, fit.history[1:], strict=False))
    for row in fit.history:
        assert row["mistakes"] == np.sum(y * (x @ row["w"]) <= 0)
        np.testing.assert_allclose(row["norm_w"], np.linalg.norm(row["w"]))
    last = fit.history[-1]
    assert last["mistakes"] == 0 and last["w"] is fit.w
    assert fit.message == f"converged after {last['update']} updates in 1 epoch"
    assert perceptron(np.array([[2.0]]), np.array([1])).message == "converged after 1 update in 1 epoch"


def test_another_order_gives_another_separating_w():
    x, y = draw(separable, 1)
    forward, backward = (perceptron(x, y, order=order) for order in (np.arange(40), np.arange(40)[::-1]))
    assert np.all(y * (x @ forward.w) > 0) and np.all(y * (x @ backward.w) > 0)
    assert not np.allclose(forward.w, backward.w)


def test_the_learning_rate_only_scales_w():
    x, y = draw(separable, 2)
    np.testing.assert_allclose(perceptron(x, y, lr=0.25).w, 0.25 * perceptron(x, y).w)


def test_xor_hits_the_cap_and_the_message_says_so_with_numbers():
    x, y = draw(xor, 0, n=4, noise=0)
    fit = perceptron(with_bias(x), y, max_epochs=7)
    last = fit.history[-1]
    assert not fit.converged and last["epoch"] == 7
    count = f"did not converge in 7 epochs ({last['update']} updates)"
    assert fit.message == f"{count}: {last['mistakes']} of 4 samples are still wrong"


def test_a_shift_destroys_separability_through_the_origin_and_a_bias_restores_it():
    x, y = draw(separable, 0, margin=0.5)
    shifted = x + 3 * NORMAL
    assert perceptron(x, y).converged
    assert not perceptron(shifted, y).converged
    assert perceptron(with_bias(shifted), y, max_epochs=1000).converged


def test_the_batch_rule_adds_up_all_wrong_samples():
    x, y = draw(separable, 4, margin=0.05)
    x = with_bias(x + NORMAL)
    fit = perceptron_batch(x, y, lr=0.5)
    assert fit.converged and np.all(y * (x @ fit.w) > 0) and len(fit.history) > 1
    w = np.zeros(3)
    for row in fit.history:
        w = w + 0.5 * sum(y[n] * x[n] for n in range(40) if y[n] * (x[n] @ w) <= 0)
        np.testing.assert_allclose(row["w"], w)


def test_the_batch_rule_says_when_it_does_not_converge():
    x, y = draw(blobs, 0, distance=1.0)
    fit = perceptron_batch(x, y, max_updates=9)
    wrong = np.sum(y * (x @ fit.w) <= 0)
    assert not fit.converged and len(fit.history) == 9
    assert fit.message == f"did not converge in 9 updates: {wrong} of 40 samples are still wrong"


def test_the_pocket_holds_the_fewest_mistakes_of_the_run():
    x, y = draw(blobs, 0, distance=2.0)
    x = with_bias(x)
    plain, kept = perceptron(x, y), pocket(x, y)
    fewest = min(row["mistakes"] for row in plain.history)
    assert np.sum(y * (x @ kept.w) <= 0) == fewest < plain.history[-1]["mistakes"]
    assert not kept.converged and f"{fewest} of 40 samples wrong" in kept.message


def test_the_pocket_of_a_run_that_converges_is_its_end():
    x, y = draw(separable, 1)
    assert pocket(x, y).converged
    np.testing.assert_array_equal(pocket(x, y).w, perceptron(x, y).w)


def test_the_bound_refuses_weights_that_do_not_separate():
    x, y = draw(separable, 1)
    with pytest.raises(ValueError, match=r"w_hat: got y w_hat\^T x = -.* want > 0"):
        perceptron_bound(x, y, -NORMAL)


@pytest.mark.parametrize("learner", [perceptron, perceptron_batch, pocket])
def test_float32_stays_float32(learner):
    x, y = draw(separable, 1)
    fit = learner(x.astype(np.float32), y, lr=np.float64(0.5))
    assert fit.w.dtype == np.float32 and fit.history[0]["w"].dtype == np.float32


@pytest.mark.parametrize("learner", [perceptron, perceptron_batch, pocket])
def test_the_arguments_are_not_changed(learner):
    x, y = draw(separable, 1)
    x_before, y_before = x.copy(), y.copy()
    learner(x, y)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(y, y_before)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"y": np.arange(40) % 2}, r"y: got 0.*want one of \(-1, 1\)"),
        ({"y": np.ones((40, 1))}, "y: got shape"),
        ({"y": np.ones(39)}, "y: got 39 rows"),
        ({"x": np.ones(40)}, "x: got shape"),
        ({"x": np.ones((0, 2))}, "x: got shape"),
        ({"x": np.full((40, 2), np.nan)}, "x: got NaN"),
        ({"lr": 0.0}, "lr: got 0.0"),
        ({"lr": np.inf}, "lr: got inf, want a finite number > 0"),
    ],
)
@pytest.mark.parametrize("learner", [perceptron, perceptron_batch, pocket])
def test_wrong_arguments_are_refused_by_name(learner, change, name):
    x, y = draw(separable, 1)
    with pytest.raises(ValueError, match=f"^{name}"):
        learner(**({"x": x, "y": y} | change))


def test_a_cap_of_no_steps_is_refused():
    x, y = draw(separable, 1)
    with pytest.raises(ValueError, match="^max_epochs: got 0"):
        perceptron(x, y, max_epochs=0)
    with pytest.raises(ValueError, match="^max_updates: got -1"):
        perceptron_batch(x, y, max_updates=-1)


@pytest.mark.parametrize("learner", [perceptron, perceptron_batch, pocket])
def test_scores_that_overflow_to_nan_are_not_right(learner):
    x, y = draw(separable, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        fit = learner(1e200 * x * [1, -1], y * np.where(np.arange(40) % 3, 1, -1))
    assert not fit.converged and fit.history[-1]["mistakes"] > 0


@pytest.mark.parametrize("order", [np.arange(40.0), np.arange(39), np.zeros(40, int), np.arange(1, 41)])
def test_an_order_that_is_no_permutation_of_the_rows_is_refused(order):
    x, y = draw(separable, 1)
    with pytest.raises(ValueError, match="^order: got"):
        perceptron(x, y, order=order)
