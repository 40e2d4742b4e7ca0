"""Exercises of ch02/06_nearest_neighbours."""

import itertools

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _queries_and_samples(rng):
    d = rng.integers(2, 4)
    return rng.normal(size=(rng.integers(4, 7), d)), rng.normal(size=(rng.integers(7, 10), d))


def _one_query(rng):
    queries, x = _queries_and_samples(rng)
    return queries[:1], x


def _as_many_as_features(rng):
    """As many samples as features: a missing transpose goes unseen by the shapes."""
    d = rng.integers(3, 6)
    return rng.normal(size=(7, d)), rng.normal(size=(d, d))


@exercise(
    "ch02.nearest_neighbours.distances",
    title="All distances at once",
    points=2,
    sources="EE147 k-Nearest Neighbors",
    arguments=_queries_and_samples,
    hidden=[_one_query, _as_many_as_features],
    hints=[
        "Three terms: one belongs to a query, one to a sample, and one to both. What shape has each?",
        "The mixed term is a matrix product, (m, d) times (d, n). A squared length sums a row's squares.",
        "The queries' squared lengths make a column (m, 1), the samples' a row (n,): NumPy spreads both.",
    ],
)
def squared_distances(queries, x):
    """Squared Euclidean distances (m, n) between the rows of queries (m, d) and of x (n, d)."""
    return (queries**2).sum(axis=1)[:, None] - 2 * queries @ x.T + (x**2).sum(axis=1)


@mistake(squared_distances, "it takes the root: the squared distances are wanted")
def _rooted(queries, x):
    return np.linalg.norm(queries[:, None] - x, axis=2)


@mistake(squared_distances, "its mixed term has the wrong sign: it is the distance to the mirrored sample -x")
def _mirrored(queries, x):
    return ((queries[:, None] + x) ** 2).sum(axis=2)


@mistake(squared_distances, "its mixed term lacks a factor: write the square of a difference out")
def _mixed_once(queries, x):
    return (queries**2).sum(axis=1)[:, None] - queries @ x.T + (x**2).sum(axis=1)


@mistake(squared_distances, "it has a row for each sample: the rows belong to the queries")
def _row_for_each_sample(queries, x):
    return ((x[:, None] - queries) ** 2).sum(axis=2)


@mistake(
    squared_distances, "it leaves out the lengths of the queries: the nearest stay nearest, but how near?"
)
def _without_queries(queries, x):
    return (x**2).sum(axis=1) - 2 * queries @ x.T


@mistake(squared_distances, "it adds the lengths of the rows, not their squared lengths, to the mixed term")
def _lengths_not_squared(queries, x):
    lengths = np.linalg.norm(queries, axis=1)[:, None], np.linalg.norm(x, axis=1)
    return lengths[0] - 2 * queries @ x.T + lengths[1]


@mistake(squared_distances, "it averages over the features: a squared distance is their sum")
def _mean_over_features(queries, x):
    return ((queries[:, None] - x) ** 2).mean(axis=2)


@mistake(squared_distances, "it sums over the samples: each of them has a distance of its own")
def _summed_over_samples(queries, x):
    return ((queries[:, None] - x) ** 2).sum(axis=1)


@mistake(squared_distances, "it adds up absolute differences: that is another norm, p = 1")
def _absolute(queries, x):
    return np.abs(queries[:, None] - x).sum(axis=2)


@mistake(squared_distances, "it pairs query i with sample i: every query has to meet every sample")
def _paired(queries, x):
    return ((queries - x) ** 2).sum(axis=1)


@mistake(squared_distances, "its product of queries and x fits only if x has as many rows as columns")
def _not_transposed(queries, x):
    return (queries**2).sum(axis=1)[:, None] - 2 * queries @ x + (x**2).sum(axis=1)


@mistake(squared_distances, "it spreads the lengths of the queries over the columns: a query is a row")
def _not_upright(queries, x):
    return (queries**2).sum(axis=1) - 2 * queries @ x.T + (x**2).sum(axis=1)


def _neighbors_and_labels(rng):
    """Neighbors of several queries, no sample twice in a row; every class has a sample."""
    n, m, k, classes = rng.integers(8, 12), rng.integers(5, 7), rng.choice([2, 7]), int(rng.integers(3, 5))
    neighbors = np.array([rng.permutation(n)[:k] for _ in range(m)])
    return neighbors, rng.permutation(np.arange(n) % classes), classes


def _one_voter(rng):
    neighbors, labels, classes = _neighbors_and_labels(rng)
    return neighbors[:, :1], labels, classes


def _class_of_nobody(rng):
    """The last class has no sample."""
    neighbors, labels, classes = _neighbors_and_labels(rng)
    return neighbors, labels, classes + 1


@exercise(
    "ch02.nearest_neighbours.votes",
    title="Count the votes",
    points=2,
    sources="GBC 5.7.3",
    arguments=_neighbors_and_labels,
    hidden=[_one_voter, _class_of_nobody],
    hints=[
        "neighbors holds places in labels. What is labels[neighbors], and what is its shape?",
        "A one-hot label has a 1 at its class and 0 elsewhere; np.eye(classes) holds one in each row.",
        "Indexed with (m, k) labels it gives one-hot labels (m, k, classes). Over which axis do you average?",
    ],
)
def vote_shares(neighbors, labels, classes):
    """Class probabilities (m, classes): the average one-hot label of each query's neighbors.

    neighbors (m, k) index labels (n,), integers 0 ... classes - 1.  GBC 5.7.3
    """
    return np.eye(classes)[labels[neighbors]].mean(axis=1)


@mistake(vote_shares, "it counts votes: shares add up to 1")
def _counts(neighbors, labels, classes):
    return np.eye(classes)[labels[neighbors]].sum(axis=1)


@mistake(vote_shares, "it divides by the number of classes: as many votes are cast as there are neighbors")
def _by_classes(neighbors, labels, classes):
    return np.eye(classes)[labels[neighbors]].sum(axis=1) / classes


@mistake(vote_shares, "it divides by the number of samples: only the neighbors of a query vote")
def _by_samples(neighbors, labels, classes):
    return np.eye(classes)[labels[neighbors]].sum(axis=1) / len(labels)


@mistake(vote_shares, "it gives everything to the winner: the losers' shares are wanted, too")
def _winner_takes_all(neighbors, labels, classes):
    return np.eye(classes)[np.eye(classes)[labels[neighbors]].mean(axis=1).argmax(axis=1)]


@mistake(vote_shares, "it names the class that wins: its share is wanted, and that of each other class")
def _winner(neighbors, labels, classes):
    return np.eye(classes)[labels[neighbors]].mean(axis=1).argmax(axis=1)


@mistake(vote_shares, "it takes the places of the neighbors for their labels: look the labels up first")
def _places_as_labels(neighbors, labels, classes):
    return np.stack([(neighbors == label).mean(axis=1) for label in range(classes)], axis=1)


@mistake(vote_shares, "it averages over the queries: each query asks its own neighbors")
def _over_queries(neighbors, labels, classes):
    return np.eye(classes)[labels[neighbors]].mean(axis=0)


@mistake(vote_shares, "it averages labels as if they were numbers: classes 0 and 2 do not make class 1")
def _mean_label(neighbors, labels, classes):
    return labels[neighbors].mean(axis=1)


@mistake(vote_shares, "it has no column for a class without samples: its share is 0, but it has one")
def _seen_classes(neighbors, labels, classes):
    return np.eye(labels.max() + 1)[labels[neighbors]].mean(axis=1)


@mistake(vote_shares, "it asks all samples, and gives every query the same answer: only the neighbors vote")
def _everybody(neighbors, labels, classes):
    return np.tile(np.eye(classes)[labels].mean(axis=0), (len(neighbors), 1))


def _chances(rng):
    return (rng.uniform(0.05, 0.6, size=rng.integers(2, 7)),)


def _tie_possible(rng):
    return (rng.uniform(0.05, 0.6, size=rng.choice([2, 4])),)


def _one_neighbor(rng):
    return (rng.uniform(0.05, 0.6, size=1),)


def _like_the_example(rng):
    """Three neighbors, the two farther ones equally bad, as in EE147."""
    near, far = rng.uniform(0.05, 0.6, size=2)
    return (np.array([near, far, far]),)


@exercise(
    "ch02.nearest_neighbours.majority_error",
    title="Repair the sum",
    points=3,
    sources="EE147 Discussion Problems D3.1",
    arguments=_chances,
    hidden=[_tie_possible, _one_neighbor, _like_the_example],
    hints=[
        "How many outcomes has k = 3, and in which of them are two or three wrong? List them by hand.",
        "An outcome's probability is a product of k factors. What is the factor of a neighbor that is right?",
        "Loop over the outcomes, skip those with at most half wrong, and add up the products of the others.",
    ],
)
def majority_error(wrong):
    """The probability that more than half of k neighbors are wrong; wrong (k,), a chance each."""
    total = 0.0
    for outcome in itertools.product([0, 1], repeat=len(wrong)):
        if sum(outcome) > len(wrong) / 2:
            total += np.prod(np.where(outcome, wrong, 1 - wrong))
    return total


def _added(wrong, counts, weigh):
    """The sum of weigh(outcome) over the outcomes whose number of wrong neighbors counts."""
    outcomes = [np.array(outcome) for outcome in itertools.product([0, 1], repeat=len(wrong))]
    return sum((weigh(outcome) for outcome in outcomes if counts(outcome.sum())), 0.0)


def _probability(wrong):
    return lambda outcome: np.prod(np.where(outcome, wrong, 1 - wrong))


@mistake(majority_error, "it counts a tie as wrong: half is not more than half")
def _ties(wrong):
    return _added(wrong, lambda count: count >= len(wrong) / 2, _probability(wrong))


@mistake(
    majority_error, "it leaves out the neighbors that are right: they, too, have a factor in the product"
)
def _wrong_ones_only(wrong):
    return _added(wrong, lambda count: count > len(wrong) / 2, lambda outcome: np.prod(wrong[outcome == 1]))


@mistake(majority_error, "it is the chance that more than half are right: what stands for wrong, 0 or 1?")
def _majority_right(wrong):
    return _added(wrong, lambda count: count > len(wrong) / 2, _probability(1 - wrong))


@mistake(majority_error, "it stops at the smallest majority: more neighbors than that can be wrong as well")
def _smallest_majority(wrong):
    return _added(wrong, lambda count: count == len(wrong) // 2 + 1, _probability(wrong))


@mistake(majority_error, "it gives every neighbor the mean chance: some are wrong more often than others")
def _mean_chance(wrong):
    mean = np.full(len(wrong), wrong.mean())
    return _added(wrong, lambda count: count > len(wrong) / 2, _probability(mean))


@mistake(majority_error, "it gives every outcome the same weight: a likely one counts for more")
def _share_of_outcomes(wrong):
    return _added(wrong, lambda count: count > len(wrong) / 2, lambda outcome: 0.5 ** len(wrong))


@mistake(majority_error, "it is the chance that all of them are wrong: a majority is enough")
def _all_wrong(wrong):
    return np.prod(wrong)


@mistake(majority_error, "it is the chance that at least one is wrong: one alone is outvoted")
def _any_wrong(wrong):
    return 1 - np.prod(1 - wrong)


@mistake(majority_error, "it is the printed sum: one of the outcomes with two wrong neighbors is missing")
def _printed(wrong):
    a, b, c = wrong
    return a * b * c + a * b * (1 - c) + (1 - a) * b * c


@mistake(majority_error, "it is right for three neighbors, and for no other number of them")
def _three_only(wrong):
    a, b, c = wrong
    return a * b * c + a * b * (1 - c) + a * (1 - b) * c + (1 - a) * b * c
