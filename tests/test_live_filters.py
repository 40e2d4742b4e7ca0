"""The live figure of filters: every control is moved, and what it computes agrees with SciPy."""

import numpy as np
import pytest
from reader import verdict
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
    across, down = slopes(x, sigma)
    strength = np.hypot(across, down)
    direction = np.round(np.arctan2(down, across) / (np.pi / 4)).astype(int) % 4
    thin = np.zeros(x.shape, bool)
    for number, step in enumerate([(0, 1), (1, 1), (1, 0), (1, -1)]):
        ahead, behind = np.roll(strength, np.negative(step), (0, 1)), np.roll(strength, step, (0, 1))
        thin |= (direction == number) & (strength >= behind) & (strength > ahead)
    return thin & (strength > threshold)


@pytest.fixture
def flower():
    responses = {"gradient": gradient, "Laplacian of Gaussian": laplacian}
    return filters.on_photograph(PHOTO, NOISE, smooth, responses, canny)


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


def test_the_goal_is_reached_at_some_settings_and_not_at_most(flower):
    reached = [
        (sigma, threshold)
        for sigma in stops(flower.controls["sigma"])
        for threshold in stops(flower.controls["threshold"])
        if flower.goal.reached(
            {"picture": NOISY, "filter": THIN}, flower.compute(NOISY, THIN, sigma, threshold)
        )[0]
    ]
    assert 1 <= len(reached) <= 8
    sigma, threshold = reached[0]
    assert "Right" in verdict(flower, picture=NOISY, filter=THIN, sigma=sigma, threshold=threshold)
    assert "Not yet" in verdict(flower, sigma=4.0)


def test_on_the_clean_photograph_the_true_setting_finds_all_edges(flower):
    arrays = flower.compute(CLEAN, THIN, 1.0, 0.2)
    assert arrays["found"] == arrays["true"] == 1


def test_shares_allow_one_pixel_of_distance():
    marked, others = np.zeros((5, 5), bool), np.zeros((5, 5), bool)
    marked[0, 0] = marked[4, 4] = others[1, 1] = True
    assert filters._share(marked, others) == 0.5
    assert filters._share(others, marked) == 1
    assert filters._share(marked & False, others) == 0
