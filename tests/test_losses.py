"""Laws of all losses, from one table: central differences, PyTorch, dtype, extreme inputs, refusals."""

import tracemalloc
from functools import partial

import numpy as np
import pytest

from dlnotes import verify
from dlnotes.densities import (
    full_covariance_gaussian,
    heteroscedastic_gaussian,
    mixture_density,
    mixture_parameters,
    responsibilities,
)
from dlnotes.losses import (
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    log_softmax,
    multiclass_hinge,
    one_hot,
    perceptron_loss,
    squared_error,
)

RNG = np.random.default_rng(8)
COLUMN, ROWS = RNG.normal(size=(7, 1)), RNG.normal(size=(7, 4))
BITS, SIGNS = np.array([0, 1, 1, 0, 1, 0, 1]), np.array([-1, 1, 1, -1, 1, -1, 1])
LABELS = np.array([0, 3, 1, 2, 1, 0, 3])
PROBABILITIES = RNG.dirichlet(np.ones(4), size=7)
POINTS, PARAMETERS = RNG.normal(size=(7, 2)), RNG.normal(size=(7, 15))


def torch_mean(function):
    """The risk of a torch function of (output, target): summed, divided by the number of samples."""
    return lambda output, target: function(output, target.double()).sum() / len(output)


def torch_heteroscedastic(output, target):
    """GaussianNLLLoss of means and raw precisions, one of each for each entry of a target."""
    mu, raw = output.chunk(2, dim=1)
    variance = 1 / F().softplus(raw)
    return F().gaussian_nll_loss(mu, target.reshape(mu.shape), variance, full=True, reduction="sum") / 7


def torch_full_covariance(output, target):
    """-log of torch's multivariate normal density, with Sigma = B B^T."""
    import torch

    B = output[:, 2:].reshape(7, 2, 2)
    normal = torch.distributions.MultivariateNormal(output[:, :2], covariance_matrix=B @ B.mT)
    return -normal.log_prob(target).mean()


def torch_mixture(output, target):
    """-log of torch's mixture density of three components."""
    import torch
    from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

    target = target.reshape(7, -1)
    score, mu, raw = output.split([3, 3 * target.shape[1], 3 * target.shape[1]], dim=1)
    mu, raw = (part.reshape(7, 3, -1) for part in (mu, raw))
    components = Independent(Normal(mu, 1 / torch.sqrt(F().softplus(raw))), 1)
    return -MixtureSameFamily(Categorical(logits=score), components).log_prob(target).mean()


# name, loss, output, target, the mean risk in PyTorch of the same (output, target)
CASES = [
    ("squared error", squared_error, ROWS, PROBABILITIES, torch_mean(lambda s, y: 0.5 * (s - y) ** 2)),
    (
        "squared error, a vector",
        squared_error,
        COLUMN[:, 0],
        BITS,
        torch_mean(lambda s, y: 0.5 * (s - y) ** 2),
    ),
    (
        "without half",
        partial(squared_error, half=False),
        ROWS,
        PROBABILITIES,
        torch_mean(lambda s, y: (s - y) ** 2),
    ),
    (
        "binary cross-entropy",
        binary_cross_entropy,
        COLUMN,
        BITS[:, None],
        lambda s, y: F().binary_cross_entropy_with_logits(s, y.double()),
    ),
    (
        "binary cross-entropy, a vector",
        binary_cross_entropy,
        COLUMN[:, 0],
        BITS,
        lambda s, y: F().binary_cross_entropy_with_logits(s, y.double()),
    ),
    ("cross-entropy of labels", cross_entropy, ROWS, LABELS, lambda s, y: F().cross_entropy(s, y)),
    ("cross-entropy of rows", cross_entropy, ROWS, PROBABILITIES, lambda s, y: F().cross_entropy(s, y)),
    ("perceptron loss", perceptron_loss, COLUMN, SIGNS[:, None], torch_mean(lambda s, y: (-y * s).relu())),
    ("hinge", hinge, COLUMN, SIGNS[:, None], torch_mean(lambda s, y: (1 - y * s).relu())),
    ("multiclass hinge", multiclass_hinge, ROWS, LABELS, lambda s, y: 4 * F().multi_margin_loss(s, y)),
    ("heteroscedastic Gaussian", heteroscedastic_gaussian, ROWS, POINTS, torch_heteroscedastic),
    (
        "heteroscedastic Gaussian of one entry",
        heteroscedastic_gaussian,
        ROWS[:, :2],
        POINTS[:, 0],
        torch_heteroscedastic,
    ),
    ("full covariance", full_covariance_gaussian, PARAMETERS[:, :6], POINTS, torch_full_covariance),
    ("mixture density", mixture_density, PARAMETERS, POINTS, torch_mixture),
    ("mixture density of one entry", mixture_density, PARAMETERS[:, :9], POINTS[:, 0], torch_mixture),
]
LOSSES = pytest.mark.parametrize(
    ("loss", "output", "target", "reference"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
BINARY = pytest.mark.parametrize(
    ("loss", "target"),
    [(squared_error, BITS), (binary_cross_entropy, BITS), (perceptron_loss, SIGNS), (hinge, SIGNS)],
    ids=["squared error", "binary cross-entropy", "perceptron loss", "hinge"],
)


def F():
    """torch.nn.functional, imported only where it is used."""
    return pytest.importorskip("torch").nn.functional


@LOSSES
def test_delta_matches_central_differences(loss, output, target, reference):
    _, delta = loss(output, target)
    np.testing.assert_allclose(delta, verify.gradient(lambda s: loss(s, target)[0], output), atol=1e-9)


@LOSSES
def test_risk_and_delta_agree_with_pytorch(loss, output, target, reference):
    F()
    verify.loss_against_torch(loss, reference, output, target)


@LOSSES
def test_the_sum_is_the_mean_times_the_number_of_samples(loss, output, target, reference):
    mean, mean_delta = loss(output, target)
    total, total_delta = loss(output, target, reduction="sum")
    np.testing.assert_allclose(total, 7 * mean, rtol=1e-14)
    np.testing.assert_allclose(total_delta, 7 * mean_delta, rtol=1e-14)


@LOSSES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_risk_is_a_float_and_delta_keeps_shape_and_dtype(loss, output, target, reference, dtype):
    risk, delta = loss(output.astype(dtype), target)
    assert type(risk) is float
    assert delta.shape == output.shape
    assert delta.dtype == dtype


@LOSSES
def test_a_reduction_that_does_not_exist_is_refused(loss, output, target, reference):
    with pytest.raises(ValueError, match="""^reduction: got 'average', want "mean" or "sum"$"""):
        loss(output, target, reduction="average")


@LOSSES
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinities_are_refused_without_a_warning(loss, output, target, reference, bad):
    output = output.copy()
    output[2] = bad
    with pytest.raises(ValueError, match=r"^(s|output): got (NaN|inf) in \d+ of \d+ entries, want"):
        loss(output, target)
    if target.dtype.kind == "f":
        target = target.copy()
        target[2] = bad
        with pytest.raises(ValueError, match="^target: got"):
            loss(np.ones_like(output), target)


@LOSSES
def test_empty_batches_are_refused(loss, output, target, reference):
    with pytest.raises(ValueError, match=r"got shape \(0,.*want at least one entry"):
        loss(output[:0], target[:0])


@LOSSES
def test_fewer_targets_than_outputs_are_refused(loss, output, target, reference):
    with pytest.raises(ValueError, match=r"^(target|y|labels): got shape \(6,.*want \(7,"):
        loss(output, target[:6])


@LOSSES
def test_what_is_no_array_is_refused(loss, output, target, reference):
    with pytest.raises(ValueError, match="^(output|s): got list, want a NumPy array of numbers$"):
        loss(output.tolist(), target)
    with pytest.raises(ValueError, match="^(target|y|labels): got list, want a NumPy array of numbers$"):
        loss(output, target.tolist())


@BINARY
def test_a_vector_and_a_column_are_the_same_but_never_broadcast(loss, target):
    risk, delta = loss(COLUMN[:, 0], target)
    for output, other in [(COLUMN, target), (COLUMN, target[:, None]), (COLUMN[:, 0], target[:, None])]:
        same_risk, same_delta = loss(output, other)
        assert same_risk == risk
        assert same_delta.shape == output.shape
        np.testing.assert_array_equal(same_delta.ravel(), delta)


@pytest.mark.parametrize("loss", [binary_cross_entropy, perceptron_loss, hinge])
def test_losses_of_two_classes_refuse_more_outputs(loss):
    with pytest.raises(ValueError, match=r"^s: got shape \(7, 4\), want \(n,\) or \(n, 1\)$"):
        loss(ROWS, np.ones((7, 4)))


@pytest.mark.parametrize("loss", [cross_entropy, multiclass_hinge])
def test_losses_of_many_classes_refuse_a_single_output(loss):
    with pytest.raises(ValueError, match=r"^s: got shape \(7, 1\), want \(n, k\) with k >= 2$"):
        loss(COLUMN, BITS)


@pytest.mark.parametrize(
    ("loss", "output", "target", "message"),
    [
        (binary_cross_entropy, COLUMN, SIGNS, "target: got -1.0, want one of (0, 1)"),
        (binary_cross_entropy, COLUMN, BITS * 0.5, "target: got 0.5, want one of (0, 1)"),
        (perceptron_loss, COLUMN, BITS, "y: got 0.0, want one of (-1, 1)"),
        (hinge, COLUMN, BITS, "y: got 0.0, want one of (-1, 1)"),
        (cross_entropy, ROWS, LABELS + 1, "target: got labels 1 ... 4, want 0 ... 3"),
        (cross_entropy, ROWS, LABELS - 1, "target: got labels -1 ... 2, want 0 ... 3"),
        (cross_entropy, ROWS, LABELS * 1.0, "target: got dtype float64, want integer class labels"),
        (cross_entropy, ROWS, LABELS[:, None], "target: got shape (7, 1), want (7, 4)"),
        (
            cross_entropy,
            ROWS,
            ROWS,
            "target: got rows that are no probabilities, want entries >= 0 that sum to 1",
        ),
        (multiclass_hinge, ROWS, LABELS - 1, "labels: got labels -1 ... 2, want 0 ... 3"),
        (squared_error, ROWS, ROWS[:, :1], "target: got shape (7, 1), want (7, 4), the shape of output"),
        (squared_error, ROWS, ROWS[0], "target: got shape (4,), want (7, 4), the shape of output"),
        (
            squared_error,
            np.array(1.0),
            np.array(1.0),
            "output: got a single number, want one row for each sample",
        ),
    ],
)
def test_targets_that_do_not_fit_are_refused_by_name(loss, output, target, message):
    with pytest.raises(ValueError) as refusal:
        loss(output, target)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("loss", "output", "target", "message"),
    [
        (
            heteroscedastic_gaussian,
            ROWS[:, :3],
            POINTS,
            "output: got shape (7, 3), want (7, 4): a mean and a raw precision for each entry of a target",
        ),
        (
            heteroscedastic_gaussian,
            ROWS[:, 0],
            POINTS[:, 0],
            "output: got shape (7,), want (n, m)",
        ),
        (
            full_covariance_gaussian,
            ROWS,
            POINTS,
            "output: got shape (7, 4), want (7, 6): a mean of d entries and a d x d matrix B",
        ),
        (
            full_covariance_gaussian,
            np.tile([1.0, 2.0, 1.0, 2.0, 2.0, 4.0], (7, 1)),
            POINTS,
            "output: got a singular B in 7 of 7 rows, want invertible ones",
        ),
        (
            mixture_density,
            ROWS,
            POINTS,
            "output: got shape (7, 4), want a multiple of 5 columns: "
            "a score, 2 of a mean and 2 raw precisions for each component",
        ),
        (responsibilities, ROWS, POINTS[:6], "target: got shape (6, 2), want (7, d)"),
        (heteroscedastic_gaussian, ROWS, POINTS[:, :, None], "target: got shape (7, 2, 1), want (7, d)"),
    ],
)
def test_outputs_that_are_no_parameters_of_a_density_are_refused_by_name(loss, output, target, message):
    with pytest.raises(ValueError) as refusal:
        loss(output, target)
    assert str(refusal.value) == message


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_densities_are_finite_and_exact_at_extreme_outputs(dtype):
    half_log = np.log(2 * np.pi) / 2
    output = np.array([[0.5, -1e4], [0.5, 1e4], [1e4, 1e4], [-1e4, -1e4]], dtype)
    y = np.array([0.5, 0.5, 0, 0], dtype)
    risk, delta = heteroscedastic_gaussian(output[:1], y[:1])
    np.testing.assert_allclose(risk, 5e3 + half_log, rtol=1e-6)
    np.testing.assert_array_equal(delta, [[0, -0.5]])
    risk, delta = heteroscedastic_gaussian(output[1:2], y[1:2])
    np.testing.assert_allclose(risk, -np.log(1e4) / 2 + half_log, rtol=1e-6)
    np.testing.assert_allclose(delta, [[0, -0.5e-4]], rtol=1e-6)
    risk, delta = heteroscedastic_gaussian(output, y)
    assert np.isfinite(risk) and np.isfinite(delta).all()

    rng = np.random.default_rng(3)
    for loss, width in [(full_covariance_gaussian, 6), (mixture_density, 15)]:
        output = (1e4 * rng.choice([-1, 1], size=(20, width)) + rng.normal(size=(20, width))).astype(dtype)
        risk, delta = loss(output, rng.normal(size=(20, 2)))
        assert np.isfinite(risk) and np.isfinite(delta).all()
        assert delta.dtype == dtype


def test_the_log_of_the_precision_has_no_seam():
    raw = np.array([-40, -18.001, -18.0001, -17.9999, -17.999, -5.0, 3.0])
    risks = np.array([heteroscedastic_gaussian(np.array([[0, a]]), np.zeros(1))[0] for a in raw])
    exact = np.log(np.log1p(np.exp(raw)))  # right at these places
    np.testing.assert_allclose(risks, 0.5 * np.log(2 * np.pi) - 0.5 * exact, rtol=1e-14)


def test_one_component_is_a_heteroscedastic_gaussian():
    score, rest = PARAMETERS[:, :1], PARAMETERS[:, 1:5]
    risk, delta = mixture_density(np.hstack([score, rest]), POINTS)
    want, want_delta = heteroscedastic_gaussian(rest, POINTS)
    np.testing.assert_allclose(risk, want, rtol=1e-14)
    np.testing.assert_allclose(delta, np.hstack([0 * score, want_delta]), atol=1e-15)


def test_a_diagonal_covariance_is_a_heteroscedastic_gaussian():
    mu, raw = ROWS[:, :2], ROWS[:, 2:]
    B = np.zeros((7, 2, 2))
    B[:, [0, 1], [0, 1]] = np.logaddexp(raw, 0) ** -0.5
    risk, _ = full_covariance_gaussian(np.hstack([mu, B.reshape(7, 4)]), POINTS)
    np.testing.assert_allclose(risk, heteroscedastic_gaussian(ROWS, POINTS)[0], rtol=1e-14)


@pytest.mark.parametrize("d", [0, -1, 1.0])
def test_the_parameters_of_a_mixture_have_one_entry_at_least(d):
    with pytest.raises(ValueError, match=f"^d: got {d}, want a whole number >= 1$"):
        mixture_parameters(PARAMETERS, d=d)


def test_responsibilities_are_bayes_rule_and_give_the_gradients_of_the_gates():
    gates, mu, beta = mixture_parameters(PARAMETERS, d=2)
    density = np.sqrt(beta / (2 * np.pi)) * np.exp(-0.5 * beta * (POINTS[:, None] - mu) ** 2)
    joint = gates * density.prod(axis=2)
    r = responsibilities(PARAMETERS, POINTS)
    np.testing.assert_allclose(r, joint / joint.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(r.sum(axis=1), 1, rtol=1e-14)
    _, delta = mixture_density(PARAMETERS, POINTS, reduction="sum")
    np.testing.assert_allclose(delta[:, :3], gates - r, atol=1e-14)
    d_mu = r[:, :, None] * beta * (mu - POINTS[:, None])
    np.testing.assert_allclose(delta[:, 3:9].reshape(7, 3, 2), d_mu, rtol=1e-12)


def test_far_from_all_components_the_nearest_one_is_responsible():
    output = np.array([[0, 0, -1, 1, 0, 0.0]])  # two components at -1 and 1, of equal gates and precisions
    np.testing.assert_allclose(responsibilities(output, np.array([1e4])), [[0, 1]], atol=1e-300)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_are_exact_at_extreme_pre_activations(dtype):
    s = np.array([-1e4, -1e4, 1e4, 1e4], dtype)
    risk, delta = binary_cross_entropy(s, np.array([0, 1, 0, 1]), reduction="sum")
    assert risk == 2e4
    np.testing.assert_array_equal(delta, [0, -1, 1, 0])

    risk, delta = cross_entropy(
        np.array([[0, -1e4, 1e4], [0, -1e4, 1e4]], dtype), np.array([1, 2]), reduction="sum"
    )
    assert risk == 2e4
    np.testing.assert_array_equal(delta, [[0, -1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(log_softmax(np.array([[0, -1e4]], dtype)), [[0, -1e4]])


def test_a_tiny_binary_risk_is_not_rounded_away():
    risk, _ = binary_cross_entropy(np.array([40.0]), np.array([1]))
    np.testing.assert_allclose(risk, np.exp(-40.0), rtol=1e-15)


def test_one_hot_targets_and_labels_are_the_same_target():
    by_label, by_row = cross_entropy(ROWS, LABELS), cross_entropy(ROWS, one_hot(LABELS, 4))
    assert by_label[0] == by_row[0]
    np.testing.assert_array_equal(by_label[1], by_row[1])


def test_integer_outputs_count_as_float64():
    risk, delta = squared_error(np.array([1, 2]), np.array([0.5, 2.0]))
    assert (risk, delta.dtype) == (0.0625, np.float64)


def test_at_zero_the_perceptron_loss_is_0_and_still_pulls_towards_the_target():
    risk, delta = perceptron_loss(np.zeros(2), np.array([-1, 1]), reduction="sum")
    assert risk == 0
    np.testing.assert_array_equal(delta, [1, -1])


def test_hinge_of_the_three_worked_cases():
    assert hinge(np.array([0.3]), np.array([1]))[0] == pytest.approx(0.7)
    assert hinge(np.array([-1.0]), np.array([1]))[0] == 2
    assert hinge(np.array([1.0]), np.array([1])) == (0, [0])


def test_with_equal_scores_the_risk_is_log_k_and_the_multiclass_hinge_k_minus_1():
    s = np.full((7, 4), 0.3)
    assert cross_entropy(s, LABELS)[0] == pytest.approx(np.log(4))
    assert multiclass_hinge(s, LABELS)[0] == 3


def test_one_hot_marks_the_label_of_each_row():
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), 3), [[0, 0, 1], [1, 0, 0]])
    with pytest.raises(ValueError, match=r"^labels: got labels 0 \.\.\. 2, want 0 \.\.\. 1$"):
        one_hot(np.array([2, 0]), 2)


def test_accuracy_counts_the_largest_output_or_the_sign():
    s = np.array([[0.1, 0.9], [2.0, 1.0], [0.0, 3.0], [1.0, 0.0]])
    assert accuracy(s, np.array([1, 0, 0, 0])) == 0.75
    assert accuracy(s, one_hot(np.array([1, 0, 0, 0]), 2)) == 0.75
    score = np.array([-0.5, 2.0, -1.0, 0.1])
    assert accuracy(score, np.array([0, 1, 1, 1])) == 0.75
    assert accuracy(score[:, None], np.array([-1, 1, 1, 1])) == 0.75


@pytest.mark.parametrize("classes", [2.0, 0, True])
def test_one_hot_refuses_classes_that_are_no_count(classes):
    with pytest.raises(ValueError, match=f"^classes: got {classes}, want a whole number >= 1$"):
        one_hot(np.array([0]), classes)


def test_many_classes_take_no_more_memory_than_the_rows_need():
    tracemalloc.start()
    one_hot(np.array([70_000]), 100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2e6


def test_accuracy_refuses_images_and_infinite_outputs_of_either_shape():
    with pytest.raises(ValueError, match=r"^output: got shape \(7, 2, 2\), want \(n,\) or \(n, k\)$"):
        accuracy(ROWS.reshape(7, 2, 2), ROWS.reshape(7, 2, 2))
    for output, target in [(ROWS, LABELS), (COLUMN, BITS), (COLUMN[:, 0], BITS)]:
        output = output.copy()
        output.flat[0] = np.inf
        with pytest.raises(ValueError, match="^output: got inf in 1 of"):
            accuracy(output, target)


def test_accuracy_refuses_labels_out_of_range():
    with pytest.raises(ValueError, match=r"^target: got labels 0 \.\.\. 4, want 0 \.\.\. 3$"):
        accuracy(ROWS, LABELS + (LABELS == 3))
