"""k nearest neighbors (GBC 5.2, 5.7.3)."""

import numpy as np
import pytest

from dlnotes.datasets import digits, moons, split
from dlnotes.learners import knn_classify, knn_regress, nearest_neighbors

RNG = np.random.default_rng
BLOCK = "dlnotes.learners.neighbors.BLOCK"


def points(n=80, m=30, d=3, seed=0):
    rng = RNG(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(m, d))


def sorted_by_distance(x, queries, p):
    """The rows of `x` by distance from each query, equals by index: all differences at once."""
    distance = np.linalg.norm(queries[:, None].astype(float) - x, ord=p, axis=2)
    return np.argsort(distance, axis=1, kind="stable")


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, np.inf])
@pytest.mark.parametrize("k", [1, 4, 80])
def test_the_neighbors_are_those_of_a_full_sort(p, k):
    x, queries = points()
    np.testing.assert_array_equal(
        nearest_neighbors(x, queries, k, p=p), sorted_by_distance(x, queries, p)[:, :k]
    )


@pytest.mark.parametrize("p", [1, 2, np.inf])
def test_the_neighbors_are_those_of_scikit_learn(p):
    from sklearn.neighbors import NearestNeighbors

    x, queries = points()
    theirs = NearestNeighbors(n_neighbors=5, metric="minkowski", p=p).fit(x).kneighbors(queries)[1]
    np.testing.assert_array_equal(nearest_neighbors(x, queries, 5, p=p), theirs)


@pytest.mark.parametrize("p", [1, 2, 3, np.inf])
@pytest.mark.parametrize("offset", [0, 1e6])
def test_of_equal_distances_the_lower_index_comes_first(p, offset):
    rng = RNG(0)
    x, queries = (rng.integers(0, 3, size=(size, 3)) + offset for size in (200, 40))  # many repeated points
    np.testing.assert_array_equal(
        nearest_neighbors(x, queries, 7, p=p), sorted_by_distance(x, queries, p)[:, :7]
    )


def test_far_from_the_origin_the_neighbors_are_still_right():
    x, queries = (a + 1e7 for a in points(n=500))  # ||q||^2 + ||x||^2 - 2 q^T x is off by about 0.1 here
    np.testing.assert_array_equal(nearest_neighbors(x, queries, 3), sorted_by_distance(x, queries, 2)[:, :3])


def test_repeated_rows_are_at_equal_distance_where_a_matrix_product_would_round_them_apart():
    x = np.repeat(RNG(0).normal(size=(50, 17)), 5, axis=0)[RNG(1).permutation(250)]
    neighbors = nearest_neighbors(x, x, 5)
    np.testing.assert_array_equal(np.sort(neighbors, axis=1), neighbors)
    for row, found in enumerate(neighbors):
        assert row in found and (x[found] == x[row]).all()


@pytest.mark.parametrize("p", [1, 2])
def test_the_answer_does_not_depend_on_the_size_of_the_blocks(p, monkeypatch):
    x, queries = points()
    whole = nearest_neighbors(x, queries, 5, p=p)
    for size in (1, 7, 200):
        monkeypatch.setattr(BLOCK, size)
        np.testing.assert_array_equal(nearest_neighbors(x, queries, 5, p=p), whole)


def test_memory_stays_bounded_when_there_are_many_queries():
    import tracemalloc

    x, queries = points(n=2000, m=4000, d=20)
    tracemalloc.start()
    nearest_neighbors(x, queries, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 8 * 2000 * 4000 * 20 > 10 * peak  # all differences at once would take 1.3 GB


def test_one_neighbor_makes_no_training_error_on_distinct_points():
    x, labels = moons(RNG(0), 200, noise=0.3)
    np.testing.assert_array_equal(knn_classify(x, labels, x, 1).argmax(axis=1), labels)


def test_all_samples_as_neighbors_give_the_class_frequencies_everywhere():
    x, queries = points()
    labels = RNG(1).integers(0, 4, size=80)
    probabilities = knn_classify(x, labels, queries, 80)
    np.testing.assert_allclose(probabilities, np.tile(np.bincount(labels) / 80, (30, 1)))


@pytest.mark.parametrize("k", [1, 3, 10])
def test_class_probabilities_are_those_of_scikit_learn(k):
    from sklearn.neighbors import KNeighborsClassifier

    (x, labels), (queries, wanted) = split(RNG(0), *digits())
    ours = knn_classify(x[:500], labels[:500], queries, k)
    theirs = KNeighborsClassifier(k).fit(x[:500], labels[:500]).predict_proba(queries)
    assert ours.shape == (len(queries), 10)
    np.testing.assert_allclose(ours.sum(axis=1), 1)
    assert np.mean(np.abs(ours - theirs).max(axis=1) < 1e-12) > 0.98  # ties at the k-th neighbor may differ
    assert np.mean(ours.argmax(axis=1) == wanted) > 0.9


@pytest.mark.parametrize("k", [1, 3, 80])
def test_regression_is_that_of_scikit_learn_where_no_distances_tie(k):
    from sklearn.neighbors import KNeighborsRegressor

    x, queries = points()
    y = RNG(1).normal(size=80)
    theirs = KNeighborsRegressor(k).fit(x, y).predict(queries)
    np.testing.assert_allclose(knn_regress(x, y, queries, k), theirs)


def test_the_training_error_of_regression_is_the_variance_within_repeated_inputs():
    rng = RNG(0)
    x = np.repeat(rng.normal(size=(30, 5)), 4, axis=0)[rng.permutation(120)]
    y = rng.normal(size=120)
    groups = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    within = np.mean([(y[n] - y[groups == groups[n]].mean()) ** 2 for n in range(120)])
    np.testing.assert_allclose(np.mean((knn_regress(x, y, x, 1) - y) ** 2), within)
    distinct = rng.normal(size=(120, 5))
    np.testing.assert_array_equal(knn_regress(distinct, y, distinct, 1), y)


def test_regression_averages_over_ties_at_the_last_neighbor():
    x, y = np.array([[0.0], [1.0], [-2.0], [2.0], [5.0]]), np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    np.testing.assert_allclose(knn_regress(x, y, np.array([[0.0]]), 3), [15 / 4])


def test_float32_stays_float32():
    x, queries = (a.astype(np.float32) for a in points())
    assert knn_regress(x, np.ones(80), queries, 3).dtype == np.float32


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"k": 0}, "k: got 0, want a whole number"),
        ({"k": 81}, "k: got 81, want at most 80"),
        ({"k": 2.0}, "k: got 2.0"),
        ({"p": 0.5}, "p: got 0.5, want a number >= 1"),
        ({"p": float("nan")}, "p: got nan"),
        ({"queries": np.ones((3, 2))}, r"queries: got shape \(3, 2\), want \(m, 3\)"),
        ({"queries": np.ones(3)}, r"queries: got shape \(3,\)"),
        ({"queries": np.full((2, 3), np.nan)}, "queries: got NaN"),
        ({"x": np.ones((0, 3))}, "x: got shape"),
        ({"x": np.ones(3)}, "x: got shape"),
    ],
)
def test_wrong_arguments_are_refused_by_name(change, complaint):
    x, queries = points()
    with pytest.raises(ValueError, match=f"^{complaint}"):
        nearest_neighbors(**({"x": x, "queries": queries, "k": 3} | change))


@pytest.mark.parametrize("labels", [np.zeros(79, int), np.zeros((80, 1), int), np.zeros(80), np.full(80, -1)])
def test_labels_that_are_no_classes_are_refused(labels):
    x, queries = points()
    with pytest.raises(ValueError, match="^labels: got"):
        knn_classify(x, labels, queries, 3)


@pytest.mark.parametrize("y", [np.zeros(79), np.zeros((80, 1)), np.full(80, np.nan)])
def test_targets_that_do_not_fit_are_refused(y):
    x, queries = points()
    with pytest.raises(ValueError, match="^y: got"):
        knn_regress(x, y, queries, 3)
