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


def square(image, mean):
    """The central square that is as large as the mean image."""
    top, left = ((side - mean.shape[1]) // 2 for side in image.shape[1:])
    return image[:, top : top + mean.shape[1], left : left + mean.shape[1]]


def piece(image, size, top, left):
    return image[:, top : top + size, left : left + size]


def test_the_input_of_the_exercise_is_what_training_images_have_lost():
    for (image, mean, *place), want in each("alexnet_input"):
        np.testing.assert_array_equal(want, piece(square(image, mean), *place) - piece(mean, *place))


WRONG = {
    "alexnet_input": [
        lambda image, mean, *place: piece(square(image, mean) - mean.transpose(0, 2, 1), *place),
        lambda image, mean, *place: piece(mean - square(image, mean), *place),
        lambda image, mean, *place: piece(square(image, mean) - mean, *place)[:, :, ::-1],
        lambda image, mean, size, top, left: piece(square(image, mean) - mean, size, top, top),
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
