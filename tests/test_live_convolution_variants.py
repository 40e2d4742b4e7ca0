"""The live figures of the variants of convolution: every control is moved, and what they claim is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes.live import convolution_variants, sweep


def weight_numbers(t, k):
    weights = np.zeros((8, 8 + k - 1), int)
    for place in range(8):
        weights[place, place : place + k] = 1 + place % t * k + np.arange(k)
    return weights


def kernel_numbers(t):
    places = np.arange(8) % t
    return places[:, None] * t + places


@pytest.fixture
def sharing():
    return convolution_variants.sharing(weight_numbers, kernel_numbers)


def test_every_control_moves_the_sharing(sharing):
    sweep(sharing)


def test_it_draws_the_weights_and_kernels_that_it_was_given(sharing):
    arrays = sharing.compute(3, 2)
    np.testing.assert_array_equal(arrays["weights"][:, :9], weight_numbers(3, 2))
    assert not arrays["weights"][:, 9:].any()
    np.testing.assert_array_equal(arrays["kernels"], kernel_numbers(3))


def test_the_plane_has_as_many_weights_as_predicted(sharing):
    assert sharing.predict.options[sharing.predict.answer] == "16 times"
    few, many = (len(np.unique(sharing.compute(t, 2)["kernels"])) for t in (1, 4))
    assert many == 16 * few


def test_nothing_in_the_first_picture_tells_of_the_plane_at_4(sharing):
    assert sharing.picture.readout == "t = 1: the row has 1 kernel of 2 weights"


def test_six_kernels_and_no_other_number_reach_the_goal(sharing):
    said = {t: verdict(sharing, t=t) for t in range(1, 9)}
    assert [t for t, words in said.items() if "Right" in words] == [6]
    assert "outputs 1 apart share a kernel" in said[1]
    assert "no two outputs share a kernel" in said[8]


# ---------------------------------------------------------------- sums of products

v, u = np.meshgrid(np.arange(-5, 6), np.arange(-5, 6))
KERNELS = {
    "Gaussian": np.exp(-(u**2 + v**2) / 8),
    "disk": (u**2 + v**2 <= 26).astype(float),
    "diagonal line": np.eye(11),
}


def by_rank(kernel, rank):
    left, sigma, right = np.linalg.svd(kernel)
    return (left[:, :rank] * sigma[:rank]) @ right[:rank], sigma


@pytest.fixture
def low_rank():
    return convolution_variants.low_rank(by_rank, KERNELS)


def test_every_control_moves_the_sum_of_products(low_rank):
    sweep(low_rank)


def test_the_error_is_that_of_the_sum_and_falls_to_zero(low_rank):
    errors = [low_rank.compute("disk", rank)["error"] for rank in range(1, 12)]
    assert (np.diff(errors) < 1e-12).all() and errors[-1] < 1e-12
    missing = KERNELS["disk"] - by_rank(KERNELS["disk"], 2)[0]
    assert errors[1] == pytest.approx(np.linalg.norm(missing) / np.linalg.norm(KERNELS["disk"]))


def test_the_diagonal_line_takes_all_products_as_predicted(low_rank):
    assert low_rank.predict.options[low_rank.predict.answer] == "11"
    errors = [low_rank.compute("diagonal line", rank)["error"] for rank in (1, 10, 11)]
    assert errors[0] > errors[1] > 0.1 and errors[2] < 1e-12


def test_the_first_picture_is_the_gaussian_and_tells_its_cost(low_rank):
    assert low_rank.picture.readout == "1 product: 22 multiplications a pixel, directly 121 · error 0.0%"


def test_the_goal_is_the_disk_with_three_products(low_rank):
    assert "take the disk" in verdict(low_rank)
    said = {rank: verdict(low_rank, kernel="disk", rank=rank) for rank in range(1, 6)}
    assert [rank for rank, words in said.items() if "Right" in words] == [3]
    assert "but fewer do it" in said[4]
