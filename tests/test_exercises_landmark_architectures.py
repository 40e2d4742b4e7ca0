"""Exercises of ch05/07 and 08: the references against PyTorch and `table`, and answers nobody listed."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from reader import fits_and_is_wrong

from dlnotes import landmarks
from dlnotes.architectures import Conv, table, total
from dlnotes.exercises import find
from dlnotes.exercises.registry import cases


def each(name):
    """Arguments and wanted answers of an exercise."""
    return [(arguments, want) for arguments, want in cases(find(name))]


def test_the_vgg_of_the_exercise_is_that_of_the_table():
    for (blocks, side), want in each("vgg_parameters"):
        rows = table(landmarks.vgg(*map(int, blocks)), (3, side, side))
        assert tuple(want) == (total(rows[:-3]), total(rows[-3:]))


def test_the_stack_of_the_exercise_is_that_of_the_table():
    for (c, inner, k, n), want in each("thin_stack_weights"):
        widths = [inner] * (n - 1) + [c]
        rows = table([Conv(width, k, bias=False) for width in widths], (c, 64, 64))
        single = table([Conv(c, rows[-1].field, bias=False)], (c, 64, 64))
        assert tuple(want) == (total(rows), total(single))


def test_the_module_of_the_exercise_is_that_of_the_table():
    for (c, *widths), want in each("inception_counts"):
        (row,) = table([landmarks.inception(*widths)], (c, 9, 9))[1:]
        assert tuple(want) == (row.shape[0], row.parameters)


def test_the_way_back_is_that_of_pytorch():
    for (h, W1, b1, W2, delta), want in each("residual_block_pullback"):
        x = torch.tensor(h, requires_grad=True)
        output = x + F.linear(F.linear(x, torch.tensor(W1), torch.tensor(b1)).relu(), torch.tensor(W2))
        output.backward(torch.tensor(delta))
        np.testing.assert_allclose(want, x.grad.numpy(), atol=1e-12)


def test_the_ungrouped_kernel_does_what_the_groups_do():
    for (W, groups), want in each("ungrouped_kernel"):
        x = torch.tensor(np.random.default_rng(0).normal(size=(2, want.shape[1], 6, 6)))
        grouped = F.conv2d(x, torch.tensor(W), groups=groups)
        np.testing.assert_allclose(F.conv2d(x, torch.tensor(want)), grouped, atol=1e-12)


def cut(image, size):
    top, left = ((side - size) // 2 for side in image.shape[1:])
    return image[:, top : top + size, left : left + size]


WRONG = {
    "alexnet_input": [
        lambda image, mean, size: cut(cut(image, mean.shape[1]) - mean.mean(), size),
        lambda image, mean, size: cut(cut(image, mean.shape[1]) - mean.transpose(0, 2, 1), size),
        lambda image, mean, size: mean[:, :size, :size] - image[:, :size, :size],
        lambda image, mean, size: cut(cut(image, mean.shape[1]) - mean, size)[:, :, ::-1],
    ],
    "residual_block_pullback": [
        lambda h, W1, b1, W2, delta: delta + (delta @ W2 * (h @ W1.T + b1 < 0)) @ W1,
        lambda h, W1, b1, W2, delta: delta * (1 + (h > 0)),
    ],
    "ungrouped_kernel": [
        lambda W, groups: np.roll(np.tile(W, (1, groups, 1, 1)), 1, axis=1),
        lambda W, groups: np.repeat(W, groups, axis=1),
    ],
}


@pytest.mark.parametrize("name, answer", [(name, one) for name, some in WRONG.items() for one in some])
def test_a_plausible_answer_that_nobody_listed_fails_too(name, answer):
    assert fits_and_is_wrong(name, answer)
