"""The exercises of ch09/02: references against PyTorch, and plausible answers that nobody listed."""

import numpy as np
import pytest
import torch
from reader import drawn, named
from torch.nn import functional

from dlnotes import layers, losses, normalization
from dlnotes.exercises import reference
from dlnotes.exercises.judging import judge


def test_groups_are_those_of_pytorch():
    for (x, groups, eps), want in drawn("group_standardized"):
        got = functional.group_norm(torch.tensor(x), groups, eps=eps)
        np.testing.assert_allclose(got.numpy(), want, atol=1e-12)


def test_weight_norm_gradients_are_those_of_pytorch_and_of_the_package():
    for (v, g, dw), (dv, dg) in drawn("weight_norm_gradients"):
        tensors = [torch.tensor(each, requires_grad=True) for each in (v[None], np.array([[g]]))]
        torch._weight_norm(*tensors, 0).backward(torch.tensor(dw[None]))
        np.testing.assert_allclose(tensors[0].grad.numpy()[0], dv, atol=1e-12)
        np.testing.assert_allclose(tensors[1].grad.item(), dg)
        _, back = normalization.weight_norm(v[None], (np.array([g]),))
        np.testing.assert_allclose(back(dw[None])[0][0], dv, atol=1e-12)


def test_neighbors_are_those_of_pytorch_with_its_alpha():
    for (a, size, alpha, beta, k), want in drawn("neighbors_normalized"):
        got = functional.local_response_norm(torch.tensor(a[None]), size, size * alpha, beta, k)
        np.testing.assert_allclose(got.numpy()[0], want, atol=1e-12)


def test_lengths_grow_as_they_do_in_training():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(30, 4)), rng.integers(0, 3, size=30)
    net = normalization.reparametrized(layers.linear, normalization.weight_norm)
    (v, g), b, lr = (rng.normal(size=(3, 4)), np.ones(3)), np.zeros(3), 0.5
    first, lengths, grads = np.linalg.norm(v[0]), [], []
    for _ in range(6):
        scores, back = net(x, ((v, g), b))
        _, ((dv, _), _) = back(losses.cross_entropy(scores, labels)[1])
        v = v - lr * dv
        lengths.append(np.linalg.norm(v[0]))
        grads.append(np.linalg.norm(dv[0]))
    got, rates = reference("growing_lengths")(first, np.array(grads), lr)
    np.testing.assert_allclose(got, lengths)
    np.testing.assert_allclose(rates, lr / np.square(lengths))


def by_a_matrix(v, g, dw):
    length = np.linalg.norm(v)
    P = np.eye(len(v)) - np.outer(v, v) / length**2
    return g * P @ dw / length, v @ dw / length


def by_channels(x, groups, eps):
    y = np.empty_like(x)
    for sample, row in zip(y, x, strict=True):
        for out, part in zip(np.split(sample, groups), np.split(row, groups), strict=True):
            out[:] = (part - part.mean()) / np.sqrt(part.var() + eps)
    return y


def by_padding(a, size, alpha, beta, k):
    padded = np.pad(a**2, ((size // 2, size // 2), (0, 0), (0, 0)))
    return a / (k + alpha * sum(padded[i : i + len(a)] for i in range(size))) ** beta


def by_a_loop(length, grad_norms, lr):
    lengths = []
    for norm in grad_norms:
        length = np.hypot(length, lr * norm)
        lengths.append(length)
    return np.array(lengths), lr / np.array(lengths) ** 2


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (by_a_matrix, "weight_norm_gradients"),
        (by_channels, "group_standardized"),
        (by_padding, "neighbors_normalized"),
        (by_a_loop, "growing_lengths"),
    ],
)
def test_other_right_answers_pass(answer, name):
    assert judge(named(answer, name)).state == "pass"


def with_sizes(v, g, dw):
    length = np.linalg.norm(v)
    return g / length * (1 - np.abs(v) / length) * dw, dw @ v / length


def of_length_one(v, g, dw):
    u = v / np.linalg.norm(v)
    return dw - (dw @ u) * u, dw @ u


def two_passes(x, groups, eps):
    s = x.reshape(len(x), groups, -1)
    y = (s - s.mean(axis=-1, keepdims=True)) / np.sqrt((s**2).mean(axis=-1, keepdims=True) + eps)
    return y.reshape(x.shape)


def of_the_result(a, size, alpha, beta, k):
    b = a.copy()
    for i in range(len(a)):
        b[i] /= (k + alpha * (b[max(0, i - size // 2) : i + size // 2 + 1] ** 2).sum(axis=0)) ** beta
    return b


def all_at_once(length, grad_norms, lr):
    squares = length**2 + (lr * np.cumsum(grad_norms)) ** 2
    return np.sqrt(squares), lr / squares


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (with_sizes, "weight_norm_gradients"),
        (of_length_one, "weight_norm_gradients"),
        (two_passes, "group_standardized"),
        (of_the_result, "neighbors_normalized"),
        (all_at_once, "growing_lengths"),
    ],
)
def test_plausible_answers_that_nobody_listed_fail(answer, name):
    assert judge(named(answer, name)).state == "fail"
