"""k nearest neighbors: no training, all the work at the query (GBC 5.7.3; EE147 k-Nearest Neighbors)."""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.fit import samples
from dlnotes.losses import one_hot

BLOCK = 2**20  # entries of the largest arrays: 8 MiB in float64


def nearest_neighbors(x, queries, k, *, p=2):
    """For each query the rows of the k samples closest to it in the p-norm, nearest first.

    x (n, d), queries (m, d), 1 <= k <= n, p >= 1 or np.inf;  indices (m, k).  Of samples at the same distance
    the one with the lower index comes first.  Memory does not grow with n times m.
    """
    return np.concatenate([_first(distance, k) for distance in _distances(x, queries, k, p)])


def knn_classify(x, labels, queries, k, *, p=2):
    """Probabilities of the classes: the mean of the one-hot labels of the k nearest neighbors.      GBC 5.7.3

    x (n, d), labels (n,) integers 0 ... classes - 1, queries (m, d);  probabilities (m, classes).
    """
    arguments.numbers(labels=labels)
    arguments.class_labels("labels", labels, int(labels.max()) + 1)
    arguments.same_rows(x=x, labels=labels)
    neighbors = nearest_neighbors(x, queries, k, p=p)
    return one_hot(labels, int(labels.max()) + 1)[neighbors].mean(axis=1)


def knn_regress(x, y, queries, k, *, p=2):
    """Mean target of the nearest samples, including all that are as far away as the k-th.      GBC 5.2

    x (n, d), y (n,), queries (m, d);  predictions (m,).  With k = 1 ties are thus averaged as GBC asks, which
    makes the training error as small as it can be: 0, but for repeated inputs with different targets.
    """
    x, y = samples(x, y)
    predictions = []
    for distance in _distances(x, queries, k, p):
        near = distance <= np.partition(distance, k - 1, axis=1)[:, k - 1 : k]
        predictions.append(near @ y / near.sum(axis=1, dtype=x.dtype))
    return np.concatenate(predictions)


def _distances(x, queries, k, p):
    """Blocks of rows of the (m, n) distances; inf for pairs that are surely not among the k nearest."""
    arguments.finite(x=x, queries=queries)
    arguments.shape("x", x, ("n", "d"))
    arguments.shape("queries", queries, ("m", x.shape[1]))
    arguments.counts(k=k)
    if k > len(x):
        raise ValueError(f"k: got {k}, want at most {len(x)}, the number of samples")
    if not p >= 1:
        raise ValueError(f"p: got {p}, want a number >= 1")
    x, queries = arguments.floating(x), arguments.floating(queries)
    size = max(1, BLOCK // max(len(x), x.shape[1]))
    for start in range(0, len(queries), size):
        block = queries[start : start + size]
        wanted = _candidates(x, block, k) if p == 2 else np.full((len(block), len(x)), True)
        yield _exact(x, block, p, wanted)


def _candidates(x, queries, k):
    """Which pairs can be among the k nearest by ||q||^2 + ||x||^2 - 2 q^T x, whatever its rounding did.

    One matrix product, much faster than differences; but it rounds equal distances to different numbers.
    """
    squares = (queries**2).sum(axis=1)[:, None] + (x**2).sum(axis=1)
    rough = squares - 2 * queries @ x.T
    rounding = 4 * (x.shape[1] + 4) * np.finfo(rough.dtype).eps * squares.max(axis=1, keepdims=True)
    return rough <= np.partition(rough, k - 1, axis=1)[:, k - 1 : k] + 2 * rounding


def _exact(x, queries, p, wanted):
    """The p-norm of q - x for the wanted pairs, inf for the others."""
    distance = np.full(wanted.shape, np.inf, np.result_type(x, queries))
    rows, columns = wanted.nonzero()
    size = max(1, BLOCK // x.shape[1])
    for start in range(0, len(rows), size):
        pairs = rows[start : start + size], columns[start : start + size]
        distance[pairs] = np.linalg.norm(queries[pairs[0]] - x[pairs[1]], ord=p, axis=1)
    return distance


def _first(distance, k):
    """The columns of the k smallest entries of each row, smallest first, of equals the lower column first."""
    found = np.argpartition(distance, k - 1, axis=1)[:, :k]
    farthest = np.take_along_axis(distance, found, axis=1).max(axis=1, keepdims=True)
    torn = (distance <= farthest).sum(axis=1) > k  # argpartition took some of the equals and left others
    found[torn] = np.argsort(distance[torn], axis=1, kind="stable")[:, :k]
    found.sort(axis=1)
    order = np.argsort(np.take_along_axis(distance, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
