"""The live figure of filters: every control is moved, and what it computes agrees with SciPy."""

import numpy as np
import pytest
from reader import shown_by_page, verdict
from scipy import ndimage
from sklearn.datasets import load_sample_image

from dlnotes.live import filters, sweep
from dlnotes.live.controls import stops
from dlnotes.live.filters import CLEAN, NOISY, THIN

LAPLACIAN = np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]]) / 6
FLOWER = load_sample_image("flower.jpg")[70:370, 150:470].mean(axis=2) / 255
PHOTO = FLOWER.reshape(150, 2, 160, 2).mean(axis=(1, 3))
NOISE = PHOTO + np.random.default_rng(0).normal(scale=0.1, size=PHOTO.shape)


def smooth(x, sigma):
    return ndimage.gaussian_filter(x, sigma, mode="mirror", truncate=3)


def slopes(x, sigma):
    return [ndimage.sobel(smooth(x, sigma), axis, mode="mirror") / 8 for axis in (1, 0)]


def gradient(x, sigma):
    return np.hypot(*slopes(x, sigma))


def laplacian(x, sigma):
    return ndimage.correlate(smooth(x, sigma), LAPLACIAN, mode="mirror")


def canny(x, sigma, threshold):
    """Not the page's own: a pixel is on a ridge if the gradient, interpolated, is smaller on both sides."""
    across, down = slopes(x, sigma)
    strength = np.hypot(across, down)
    rows, columns = np.indices(x.shape)
    across, down = across / (strength + 1e-12), down / (strength + 1e-12)
    sides = [
        ndimage.map_coordinates(strength, (rows + way * down, columns + way * across), order=1)
        for way in (-1, 1)
    ]
    ridge = strength * (strength > np.max(sides, axis=0))
    pieces, count = ndimage.label(ridge > threshold / 2, np.ones((3, 3)))
    return np.isin(
        pieces, 1 + np.flatnonzero(ndimage.maximum(ridge, pieces, range(1, count + 1)) > threshold)
    )


@pytest.fixture
def flower():
    responses = {"gradient": gradient, "Laplacian of Gaussian": laplacian}
    return filters.on_photograph(PHOTO, NOISE, smooth, responses, canny)


@pytest.fixture(scope="module")
def page():
    """The figure of the page, made by its own cells."""
    return shown_by_page("ch05_convolution/02_filters_as_convolutions", "filters.on_photograph")


def test_every_control_moves_it(flower):
    sweep(flower)


def test_it_starts_without_noise_and_far_from_the_goal(flower):
    assert "noise" not in flower.picture.readout
    assert "take the photograph with noise" in verdict(flower)


def test_noise_changes_the_second_derivative_more_as_predicted(flower):
    assert flower.predict.options[flower.predict.answer] == "the Laplacian's"
    for sigma in (0.5, 1.0, 2.0, 4.0):
        first = flower.compute(NOISY, "gradient", sigma, 0.1)["noise"]
        second = flower.compute(NOISY, "Laplacian of Gaussian", sigma, 0.1)["noise"]
        assert second > 1.5 * first


def test_smoothing_removes_noise(flower):
    noise = [flower.compute(NOISY, "gradient", s, 0.1)["noise"] for s in stops(flower.controls["sigma"])]
    assert all(np.diff(noise) < 0)


def test_with_the_functions_of_the_page_some_settings_reach_the_goal_and_most_do_not(page):
    reached = [
        (sigma, threshold)
        for sigma in stops(page.controls["sigma"])
        for threshold in stops(page.controls["threshold"])
        if page.goal.reached({"picture": NOISY, "filter": THIN}, page.compute(NOISY, THIN, sigma, threshold))[
            0
        ]
    ]
    assert 2 <= len(reached) <= 8
    sigma, threshold = reached[0]
    assert "Right" in verdict(page, picture=NOISY, filter=THIN, sigma=sigma, threshold=threshold)
    assert "Not yet" in verdict(page, sigma=4.0)


def test_the_page_says_what_the_gradient_finds_with_noise(page):
    low, high = (page.compute(NOISY, "gradient", 1.0, threshold) for threshold in (0.05, 0.6))
    assert low["found"] > 0.99 and low["true"] < 0.5
    assert 0.1 < high["found"] < 0.2 and high["true"] == 1


def test_a_laplacian_marks_the_side_of_a_step_that_is_nearer_to_zero():
    answer = np.array([[1.0, 4, -3, -1], [2, 1, -3, -1]])
    marked = filters._crossings(answer, 2)
    np.testing.assert_array_equal(marked, [[False, False, True, False], [False, True, False, False]])
    assert filters._crossings(answer.T, 2).T.tolist() == marked.tolist()
    assert not filters._crossings(answer, 7).any()


def test_on_the_clean_photograph_a_lower_threshold_marks_more_than_the_true_edges_and_a_higher_less(flower):
    low, high = (flower.compute(CLEAN, THIN, 1.0, threshold) for threshold in (0.15, 0.25))
    assert low["found"] == 1 > low["true"]
    assert high["found"] < 1 == high["true"]


def test_shares_allow_one_pixel_of_distance():
    marked, others = np.zeros((5, 5), bool), np.zeros((5, 5), bool)
    marked[0, 0] = marked[4, 4] = others[1, 1] = True
    assert filters._share(marked, others) == 0.5
    assert filters._share(others, marked) == 1
    assert filters._share(marked & False, others) == 0
