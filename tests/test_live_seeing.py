"""The live figure of a picture that climbs a score: a linear score stands for the network."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import datasets
from dlnotes.live import seeing, sweep

PIXELS, LABELS = datasets.digits()
REAL = PIXELS[:300].reshape(-1, 8, 8)
MEANS = np.array([PIXELS[LABELS == digit].mean(axis=0) for digit in range(10)]) - PIXELS.mean(axis=0)


def ascend(digit, size, decay, blur, steps):
    """Gradient ascent on a linear score; blur moves the picture toward its mean."""
    picture, pictures, scores = np.full(64, 0.3), [], []
    for _ in range(steps + 1):
        pictures.append(picture.reshape(8, 8))
        scores.append(MEANS[digit] @ picture)
        picture = (1 - decay) * (picture + size * MEANS[digit])
        picture = (1 - blur) * picture + blur * picture.mean()
    return np.array(pictures), np.array(scores)


@pytest.fixture
def dream():
    return seeing.dream(ascend, REAL, (REAL.reshape(-1, 64) @ MEANS.T).max(axis=0))


def test_every_control_moves_it(dream):
    sweep(dream)


def test_it_starts_without_help_before_the_goal(dream):
    arrays = dream.compute(3, 0.02, 0.0, 0.0, 60)
    assert "score" in dream.picture.readout
    assert "Not yet" in verdict(dream)
    assert arrays["scores"].shape == (61,) and arrays["step"] == 60
    np.testing.assert_array_equal(arrays["picture"], ascend(3, 0.02, 0, 0, 60)[0][-1])


def test_the_nearest_real_one_is_found(dream):
    arrays = dream.compute(0, 0.01, 0.0, 0.0, 30)
    far = np.linalg.norm(REAL - arrays["picture"], axis=(1, 2))
    np.testing.assert_allclose(arrays["distance"], far.min())
    np.testing.assert_array_equal(arrays["nearest"], REAL[far.argmin()])


def test_the_usual_distance_is_the_largest_of_a_real_one_to_the_next():
    flat = REAL[:40].reshape(40, -1)
    far = np.linalg.norm(flat[:, None] - flat, axis=2) + 1e9 * np.eye(40)
    np.testing.assert_allclose(seeing._nearest_others(flat), far.min(axis=1))


def test_the_goal_wants_both_a_score_and_a_real_neighbor(dream):
    arrays = dream.compute(3, 0.02, 0.0, 0.0, 60)
    values = {"digit": 3, "step": 60}
    high, low = arrays["best"] + 1, arrays["best"] - 1
    for score, far, wanted in [(high, 1.0, True), (low, 1.0, False), (high, 99.0, False)]:
        changed = arrays | {"scores": np.full(61, score), "distance": far}
        assert dream.goal.reached(values, changed)[0] is wanted
    assert (
        dream.goal.reached(values | {"step": 59}, arrays | {"scores": np.full(61, high), "distance": 0})[0]
        is False
    )
    assert (
        dream.goal.reached(values | {"digit": 4}, arrays | {"scores": np.full(61, high), "distance": 0})[0]
        is False
    )


def test_a_picture_without_help_ends_far_away_as_predicted(dream):
    assert dream.predict.options[dream.predict.answer] == "much farther away"
    arrays = dream.compute(3, 0.05, 0.0, 0.0, 60)
    assert arrays["distance"] > seeing.NEAR * arrays["usual"]
    begin = dream.compute(3, 0.05, 0.0, 0.0, 0)["distance"]
    assert arrays["distance"] > 1.1 * begin and f"is {begin:.2f} away" in dream.predict.question
