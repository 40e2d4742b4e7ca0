"""Exercises of ch05/03 and ch05/04: references against PyTorch and the core; other right ways; wrong ones."""

import numpy as np
import pytest
from reader import answer_to, drawn, fits_and_is_wrong

from dlnotes import convolution
from dlnotes.exercises import find
from dlnotes.exercises.judging import judge

torch = pytest.importorskip("torch")


def row(numbers):
    return torch.tensor(np.asarray(numbers, float))[None, None]


# ---------------------------------------------------------------- references


def test_placements_are_those_of_pytorch_and_what_is_left_makes_no_difference():
    for (i, k, s, p), (o, left) in drawn("kernel_placements"):
        x, w = np.ones(i), np.ones((1, 1, k))
        y = torch.nn.functional.conv1d(row(x), torch.tensor(w), stride=s, padding=p)
        assert y.shape[2] == o == convolution.output_size(i, k, stride=s, padding=p)
        assert 0 <= left < s
        assert (o - 1) * s + k + left == i + 2 * p


def test_as_few_zeros_as_possible_make_as_many_outputs_as_wanted():
    for (i, k, s), (left, right) in drawn("same_padding"):
        zeros, wanted = left + right, -(-i // s)
        assert 0 <= right - left <= 1
        assert (i + zeros - k) // s + 1 == wanted or (not zeros and (i - k) // s + 1 >= wanted)
        assert zeros == 0 or i + zeros - 1 < k or (i + zeros - 1 - k) // s + 1 < wanted


def test_the_matrix_is_the_convolution_of_pytorch():
    for (w, i, stride, padding), A in drawn("convolution_matrix"):
        x = np.random.default_rng(0).normal(size=i)
        y = torch.nn.functional.conv1d(row(x), row(w), stride=stride, padding=padding)
        np.testing.assert_allclose(A @ x, y[0, 0], atol=1e-12)


def test_the_transposed_row_is_that_of_pytorch_and_of_the_matrix():
    matrix = find("convolution_matrix").reference
    for (y, w, stride, padding), result in drawn("transposed_row"):
        theirs = torch.nn.functional.conv_transpose1d(row(y), row(w), stride=stride, padding=padding)
        np.testing.assert_allclose(result, theirs[0, 0], atol=1e-12)
        np.testing.assert_allclose(result, matrix(w, len(result), stride, padding).T @ y, atol=1e-12)


def test_repaired_sizes_are_those_of_the_core_and_the_print_is_not():
    for (stretched, k, s, p, a), (before, after) in drawn("repaired_sizes"):
        assert s * (before - 1) + 1 == stretched
        assert after == convolution.transposed_size(before, k, stride=s, padding=p, output_padding=a)
        assert (s * (stretched - 1) + a + k - 2 * p == after) == (s == 1 or before == 1)


def test_the_field_of_a_stack_is_that_of_the_core():
    for (layers,), seen in drawn("stack_field"):
        assert convolution.receptive_field([tuple(layer) for layer in layers.tolist()]) == seen


# ---------------------------------------------------------------- other right ways


@answer_to("kernel_placements")
def by_trying(i, k, s, p):
    starts = [start for start in range(0, i + 2 * p, s) if start + k <= i + 2 * p]
    return len(starts), i + 2 * p - starts[-1] - k


@answer_to("same_padding")
def by_adding_zeros(i, k, s):
    zeros = 0
    while (i + zeros - k) // s + 1 < np.ceil(i / s):
        zeros += 1
    return zeros // 2, (zeros + 1) // 2


@answer_to("convolution_matrix")
def by_entries(w, i, stride, padding):
    o = (i + 2 * padding - len(w)) // stride + 1
    A = np.zeros((o, i))
    for q in range(o):
        for j in range(len(w)):
            if 0 <= q * stride + j - padding < i:
                A[q, q * stride + j - padding] = w[j]
    return A


@answer_to("transposed_row")
def by_the_matrix(y, w, stride, padding):
    size = (len(y) - 1) * stride + len(w) - 2 * padding
    return by_entries(w, size, stride, padding).T @ y


@answer_to("transposed_row")
def by_stretching(y, w, stride, padding):
    stretched = np.zeros((len(y) - 1) * stride + 1)
    stretched[::stride] = y
    return np.convolve(stretched, w)[padding : len(stretched) + len(w) - 1 - padding]


@answer_to("transposed_row")
def by_borrowing(y, w, stride, padding):
    theirs = torch.nn.functional.conv_transpose1d(row(y), row(w), stride=stride, padding=padding)
    return theirs[0, 0].numpy()


@answer_to("repaired_sizes")
def without_i(stretched, k, s, p, a):
    return (stretched + s - 1) // s, stretched - 1 + a + k - 2 * p


@answer_to("stack_field")
def from_the_top(layers):
    first, last, neighbor = 0, 0, 1  # in the output of the layer that comes next
    for kernel, stride, padding, dilation in layers[::-1]:
        first, neighbor = first * stride - padding, neighbor * stride - padding
        last = last * stride - padding + dilation * (kernel - 1)
    return last - first + 1, neighbor - first, first


@pytest.mark.parametrize(
    "answer",
    [by_trying, by_adding_zeros, by_entries, by_the_matrix, by_stretching, without_i, from_the_top],
)
def test_other_right_ways_pass(answer):
    assert judge(answer) == ("pass", "")


def test_a_borrowed_transpose_is_not_by_hand():
    verdict = judge(by_borrowing)
    assert verdict.state == "fail" and "by hand" in verdict.reason


# ---------------------------------------------------------------- wrong answers that nobody listed


@answer_to("convolution_matrix")
def strided_from_the_second_row(w, i, stride, padding):
    return by_entries(w, i, 1, padding)[stride - 1 :: stride]


@answer_to("transposed_row")
def averaged_where_windows_overlap(y, w, stride, padding):
    weight = by_stretching(np.ones_like(y), np.ones_like(w), stride, padding)
    return by_stretching(y, w, stride, padding) / np.maximum(weight, 1)


@pytest.mark.parametrize("answer", [strided_from_the_second_row, averaged_where_windows_overlap])
def test_plausible_answers_that_are_wrong_fail(answer):
    assert judge(answer).state == "fail"
    assert fits_and_is_wrong(answer.__name__, answer)
