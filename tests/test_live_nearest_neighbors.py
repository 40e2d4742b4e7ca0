"""The live figures of nearest neighbors: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import datasets, learners, losses
from dlnotes.live import nearest_neighbors, sweep


def moons(noise):
    return datasets.moons(np.random.default_rng(4), 60, noise=noise)


NEW = datasets.moons(np.random.default_rng(5), 500, noise=0.5)


def shares(x, labels, queries, k, p):
    return labels[learners.nearest_neighbors(x, queries, k, p=p)].mean(axis=1)


def distances(dimension):
    points = np.random.default_rng(dimension).random((501, dimension))
    return np.linalg.norm(points[1:] - points[0], axis=1)


def ring(radius, noise):
    generator = np.random.default_rng(8)
    labels, angle = np.arange(60) % 2, generator.uniform(-np.pi, np.pi, 60)
    r = np.where(labels, 2 * np.sqrt(generator.random(60)), radius) + noise * generator.normal(size=60)
    return r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), labels


def polar(x):
    return np.column_stack([np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 1], x[:, 0])])


def fit(x, labels):
    w = learners.logistic_irls(learners.with_bias(x), labels, ridge=1e-3).w
    return w, losses.accuracy(learners.with_bias(x) @ w, labels)


def registers(explorer, **values):
    return "Right" in verdict(explorer, **values)


FIGURES = {
    "voting_regions": lambda: nearest_neighbors.voting_regions(moons, shares, NEW),
    "distance_concentration": lambda: nearest_neighbors.distance_concentration(distances),
    "change_of_coordinates": lambda: nearest_neighbors.change_of_coordinates(ring, polar, fit),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_a_single_neighbor_never_outvotes_a_training_sample():
    compute = FIGURES["voting_regions"]().compute
    assert compute(k=1, norm="2", noise=0.6, click="1", samples="")["outvoted"] == 0
    assert compute(k=59, norm="2", noise=0.6, click="1", samples="")["outvoted"] > 5


def test_the_best_number_of_neighbors_is_neither_the_smallest_nor_the_largest():
    compute = FIGURES["voting_regions"]().compute
    errors = {k: compute(k, "2", 0.5, "1", "")["error"] for k in (1, 5, 9, 59)}
    assert min(errors[5], errors[9]) < min(errors[1], errors[59])


def test_the_goal_of_the_voting_regions_can_be_reached_and_is_not_at_the_start():
    explorer = FIGURES["voting_regions"]()
    assert not registers(explorer, k=59)
    assert any(registers(explorer, k=k) for k in range(3, 21, 2))
    assert not registers(explorer, k=5, norm="1")


def test_a_click_rules_its_own_surroundings():
    explorer = FIGURES["voting_regions"]()
    alone = explorer.compute(k=1, norm="2", noise=0.1, click="1", samples="")["votes"]
    added = explorer.compute(k=1, norm="2", noise=0.1, click="1", samples="-1.5,1.5,1")["votes"]
    assert 0 < (added != alone).sum() < len(alone) / 2


def test_samples_with_an_unknown_label_are_named_in_the_red_box():
    explorer = FIGURES["voting_regions"]()
    explorer.set(samples="0,0,7")
    assert "want x1,x2,label with label 0 or 1" in explorer.picture.error


def test_the_contrast_of_distances_falls_with_the_dimension():
    compute = FIGURES["distance_concentration"]().compute
    contrasts = [compute(doublings)["contrast"] for doublings in (1, 4, 7, 10)]
    assert contrasts == sorted(contrasts, reverse=True)
    assert contrasts[-1] < 0.2


def test_exactly_one_dimension_reaches_the_goal():
    explorer = FIGURES["distance_concentration"]()
    assert sum(registers(explorer, doublings=doublings) for doublings in range(1, 12)) == 1


def test_a_line_is_right_in_polar_coordinates_and_not_in_cartesian_ones():
    cartesian, in_polar = FIGURES["change_of_coordinates"]().compute(radius=4.0, noise=0.1)["right"]
    assert in_polar == 1
    assert cartesian < 0.7


def test_one_radius_only_is_the_smallest_that_polar_coordinates_separate():
    explorer = FIGURES["change_of_coordinates"]()
    radii = [round(radius, 1) for radius in np.arange(2.5, 4.1, 0.1)]
    assert sum(registers(explorer, radius=radius, noise=0.2) for radius in radii) == 1
