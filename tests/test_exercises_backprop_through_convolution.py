"""Exercises of ch05/05: references against PyTorch; other right ways; wrong ones that nobody listed."""

import numpy as np
import pytest
from reader import answer_to, drawn

from dlnotes.exercises import find
from dlnotes.exercises.judging import judge

torch = pytest.importorskip("torch")


def leaf(array):
    return torch.tensor(np.asarray(array, float), requires_grad=True)


# ---------------------------------------------------------------- references


def test_the_gradients_of_kernel_and_bias_are_those_of_pytorch():
    for (x, delta, k, stride), (dw, db) in drawn("row_kernel_gradients"):
        w, b = leaf(np.ones(k)), leaf([0.5])
        s = torch.nn.functional.conv1d(torch.tensor(x)[None, None], w[None, None], b, stride=stride)
        s[0, 0, : len(delta)].backward(torch.tensor(delta))
        np.testing.assert_allclose(dw, w.grad, atol=1e-12)
        np.testing.assert_allclose(db, b.grad[0], atol=1e-12)


def test_the_gradient_of_the_input_is_that_of_pytorch():
    for (delta, W, i, stride), dx in drawn("row_input_gradient"):
        x = leaf(np.ones((W.shape[1], i)))
        s = torch.nn.functional.conv1d(x[None], torch.tensor(W), stride=stride)
        s[0, :, : delta.shape[1]].backward(torch.tensor(delta))
        np.testing.assert_allclose(dx, x.grad, atol=1e-12)


def test_the_gradients_of_the_decoder_are_those_of_pytorch():
    for (h, K, e, stride), (dh, dK) in drawn("row_decoder_gradients"):
        code, filters = leaf(h), leaf(K)
        r = torch.nn.functional.conv_transpose1d(code[None], filters, stride=stride)
        r[0].backward(torch.tensor(e))
        np.testing.assert_allclose(dh, code.grad, atol=1e-12)
        np.testing.assert_allclose(dK, filters.grad, atol=1e-12)


# ---------------------------------------------------------------- other right ways


@answer_to("row_kernel_gradients")
def with_loops(x, delta, k, stride):
    dw = np.zeros(k)
    for q, told in enumerate(delta):
        for v in range(k):
            dw[v] += told * x[q * stride + v]
    return dw, sum(delta)


@answer_to("row_kernel_gradients")
def with_stretched_deltas(x, delta, k, stride):
    stretched = np.zeros((len(delta) - 1) * stride + 1)
    stretched[::stride] = delta
    return np.correlate(x, stretched, "valid")[:k], np.sum(delta)


@answer_to("row_input_gradient")
def by_gathering(delta, W, i, stride):
    (o, _, k), dx = W.shape, np.zeros((W.shape[1], i))
    around = np.zeros((o, i + k - 1))
    around[:, k - 1 : k - 1 + stride * delta.shape[1] : stride] = delta
    for h in range(i):
        dx[:, h] = np.einsum("ock,ok->c", W[:, :, ::-1], around[:, h : h + k])
    return dx


@answer_to("row_input_gradient")
def by_the_matrix(delta, W, i, stride):
    """A^T delta, where A has a row for each output that a row of i entries has."""
    o, c, k = W.shape
    A = np.zeros((o, (i - k) // stride + 1, c, i))
    for q in range(A.shape[1]):
        A[:, q, :, q * stride : q * stride + k] = W
    return np.einsum("oqci,oq->ci", A, delta)


@answer_to("row_decoder_gradients")
def the_decoder_with_loops(h, K, e, stride):
    dh, dK = np.zeros(h.shape), np.zeros(K.shape)
    for o, q in np.ndindex(h.shape):
        for c, v in np.ndindex(K.shape[1:]):
            dh[o, q] += K[o, c, v] * e[c, q * stride + v]
            dK[o, c, v] += h[o, q] * e[c, q * stride + v]
    return dh, dK


@pytest.mark.parametrize(
    "answer", [with_loops, with_stretched_deltas, by_gathering, by_the_matrix, the_decoder_with_loops]
)
def test_other_right_ways_pass(answer):
    assert judge(answer) == ("pass", "")


@answer_to("row_input_gradient")
def borrowed(delta, W, i, stride):
    from dlnotes import convolution

    x = np.zeros((1, W.shape[1], i))
    _, back = convolution.conv1d(x, (W, np.zeros(len(W))), stride=stride)
    size = (i - W.shape[2]) // stride + 1
    return back(np.pad(delta, [(0, 0), (0, size - delta.shape[1])])[None])[0][0]


def test_a_borrowed_way_back_is_not_by_hand():
    verdict = judge(borrowed)
    assert verdict.state == "fail" and "by hand" in verdict.reason


# ---------------------------------------------------------------- wrong ones


@answer_to("row_kernel_gradients")
def stretched_too_far(x, delta, k, stride):
    return np.array([delta @ np.resize(x[v :: stride + 1], len(delta)) for v in range(k)]), delta.sum()


@answer_to("row_input_gradient")
def the_kernel_of_the_other_end(delta, W, i, stride):
    dx = find("row_input_gradient").reference(delta, W[::-1], i, stride)
    return dx


@answer_to("row_decoder_gradients")
def drawn_instead(h, K, e, stride):
    dh, dK = find("row_decoder_gradients").reference(h, K, e, stride)
    return dh, -dK


@pytest.mark.parametrize("answer", [stretched_too_far, the_kernel_of_the_other_end, drawn_instead])
def test_plausible_answers_that_are_wrong_fail(answer):
    assert judge(answer).state == "fail"
