"""Laws of all losses, from one table: central differences, PyTorch, dtype, extreme inputs, refusals."""

import tracemalloc
from functools import partial

import numpy as np
import pytest

from dlnotes import verify
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


def torch_mean(function):
    """The risk of a torch function of (output, target): summed, divided by the number of samples."""
    return lambda output, target: function(output, target.double()).sum() / len(output)


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
    with pytest.raises(ValueError, match=r"^(s|output): got (NaN|inf) in \d of \d+ entries, want"):
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
