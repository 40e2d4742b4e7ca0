"""The live figures of the variants of convolution: every control is moved, and what they claim is true."""

import numpy as np
import pytest
from reader import shown_by_page, verdict

from dlnotes.live import sweep

PAGE = "ch05_convolution/09_convolution_variants"


@pytest.fixture(scope="module")
def page():
    """The figures of the page, made by its own cells, and where a reader finds their controls."""
    shown = {name: shown_by_page(PAGE, f"convolution_variants.{name}") for name in ("sharing", "low_rank")}
    return {name: (explorer, explorer.values) for name, explorer in shown.items()}


def as_found(page, name):
    explorer, start = page[name]
    explorer.set(**start)
    return explorer


@pytest.fixture
def sharing(page):
    return as_found(page, "sharing")


def test_every_control_moves_the_sharing(sharing):
    sweep(sharing)


def test_the_row_and_the_plane_are_tiled_as_the_book_says(sharing):
    arrays = sharing.compute(3, 2)
    for place, weights in enumerate(arrays["weights"]):
        first = 1 + place % 3 * 2
        np.testing.assert_array_equal(weights[place : place + 2], [first, first + 1])
        assert np.count_nonzero(weights) == 2
    rows, columns = np.indices((8, 8)) % 3
    np.testing.assert_array_equal(arrays["kernels"], 3 * rows + columns)


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


@pytest.fixture
def low_rank(page):
    return as_found(page, "low_rank")


def test_every_control_moves_the_sum_of_products(low_rank):
    sweep(low_rank)


def test_the_error_is_that_of_the_sum_and_falls_to_zero(low_rank):
    errors = [low_rank.compute("disk", rank)["error"] for rank in range(1, 12)]
    assert (np.diff(errors) < 1e-12).all() and errors[-1] < 1e-12
    arrays = low_rank.compute("disk", 2)
    missing = np.linalg.norm(arrays["kernel"] - arrays["near"]) / np.linalg.norm(arrays["kernel"])
    assert errors[1] == pytest.approx(missing)
    assert np.linalg.matrix_rank(arrays["near"]) == 2


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
