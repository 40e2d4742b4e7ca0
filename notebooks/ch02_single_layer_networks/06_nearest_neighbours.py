# %% [markdown]
# # Nearest neighbors
#
# The learner that does not learn: it keeps every sample, asks the nearest ones, and is hard to beat until the space
# grows large.
#
# **After this notebook you can**
#
# - classify and regress with k nearest neighbors in a few array operations, and say what k does;
# - tell how good a single neighbor can get, compared with the best possible classifier;
# - explain why pixels, irrelevant features, and high dimensions make neighbors strangers.
#
# 40 minutes · before this: [Softmax regression](04_softmax_regression.ipynb)
#
# DLNN – · GBC 5.2, 5.7.3, 1 (Fig 1.1) · Strang – · EE147 k-Nearest Neighbors · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $m$ (GBC), $N$ (EE147) | `n`, `len(x)` | number of stored samples |
# | $k$ | `k` | how many neighbors are asked |
# | $\lVert\cdot\rVert_p$ | `p=2` | the norm that says who is near |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(6)

# %% [markdown]
# ## Ask your neighbors
#
# To classify a new sample, find the k stored samples that are nearest to it and let them vote. That is the whole
# algorithm; the average of their one-hot labels even gives class probabilities (GBC 5.7.3).
#
# **Change k.** A small k follows every sample, a large one irons the border until it hardly moves. What counts is the
# share of *new* samples that are answered wrong; the line below the picture measures it on 2,000 of them. Click to add a
# sample and see how far its influence reaches.


# %% tags=["live", "covers:k-nearest-neighbours"]
def moons(noise):
    return datasets.moons(np.random.default_rng(4), 60, noise=noise)


def share_of_ones(x, labels, queries, k, p):
    """The share of the k nearest samples that have label 1."""
    return labels[learners.nearest_neighbors(x, queries, k, p=p)].mean(axis=1)


new = datasets.moons(np.random.default_rng(5), 2000, noise=0.5)
live.nearest_neighbors.voting_regions(moons, share_of_ones, new)

# %% [markdown]
# Two extremes need no experiment. With k = 1 no training sample is wrong, as long as no two coincide: the nearest
# sample is the sample itself. With k = n everybody is asked everywhere, and the answer is the class frequency.

# %% tags=["covers:k-nearest-neighbours"]
x, labels = moons(0.3)
alone = learners.knn_classify(x, labels, x, 1)
verify.equation("GBC 5.7.3, k = 1 has no training error", losses.accuracy(alone, labels), 1)
everybody = learners.knn_classify(x, labels, rng.normal(size=(5, 2)), len(x))
verify.equation("GBC 5.7.3, k = n gives the class frequencies", everybody[:, 1], labels.mean())

# %% [markdown]
# ### Exercise 1 · all distances at once
#
# The heart of the method is a table of distances. Write it without a loop:
# $\lVert\mathbf{q} - \mathbf{x}\rVert^2 = \lVert\mathbf{q}\rVert^2 - 2\,\mathbf{q}^\top\mathbf{x} +
# \lVert\mathbf{x}\rVert^2$, and the middle term is one matrix product. (A loop passes, too, but is slow.) Stuck?
# `hint(squared_distances)`, in a cell of your own, helps.


# %% tags=["exercise:squared_distances"]
def squared_distances(queries, x):
    """Squared Euclidean distances (m, n) between the rows of queries (m, d) and of x (n, d)."""
    raise NotImplementedError("your code here")


# %% tags=["check:squared_distances"]
check(squared_distances)

# %% [markdown]
# ### Exercise 2 · count the votes


# %% tags=["exercise:vote_shares"]
def vote_shares(neighbors, labels, classes):
    """Class probabilities (m, classes): the average one-hot label of each query's neighbors.

    neighbors (m, k) index labels (n,), integers 0 ... classes - 1.  GBC 5.7.3
    """
    raise NotImplementedError("your code here")


# %% tags=["check:vote_shares"]
check(vote_shares)

# %% [markdown]
# ## Regression by the nearest sample
#
# For a number instead of a class, take the target of the nearest sample, and the mean where several are equally near
# (GBC 5.2). The prediction is a staircase with a step halfway between neighbors. It goes through every target, except
# where the same input was seen with different targets: there it can only be their mean.

# %% tags=["covers:nearest-neighbour-regression"]
x = np.sort(rng.uniform(0, 1, size=12))
x = np.append(x, x[5])
y = np.sin(2 * np.pi * x) + 0.2 * rng.normal(size=13)
places = np.linspace(0, 1, 1001)
stairs = learners.knn_regress(x[:, None], y, places[:, None], 1)

figure, ax = plt.subplots()
ax.plot(places, stairs, color=plots.INK, linewidth=1.5, label="nearest sample")
ax.plot(x, y, "o", color=plots.BLUE, label="samples, two at one input")
ax.set(xlabel="x", ylabel="y")
ax.legend()
plots.show(figure, "The prediction of the nearest sample is a staircase through the samples")

fitted = learners.knn_regress(x[:, None], y, x[:, None], 1)
error, spread = np.sum((fitted - y) ** 2), 2 * np.var(y[[5, 12]])
verify.equation("GBC 5.2, the error is the variance of duplicates", error, spread)

# %% [markdown]
# ## Free to train, dear to ask
#
# Training is storing. Each question then costs a distance to every stored sample, n·d multiplications, which is the
# wrong way round: you train once and ask often. Sorting all distances is not needed; a *partition* that puts the k
# smallest in front does with O(n).

# %% tags=["covers:knn-cost"]
x = rng.normal(size=(4000, 64))
query = rng.normal(size=64)
print("samples   memory in bytes   multiplications per question")
for n in [1000, 2000, 4000]:
    print(f"{n:7}   {x[:n].nbytes:15,}   {x[:n].size:28,}")

distances = np.sum((x - query) ** 2, axis=1)
nearest = np.argpartition(distances, 10)[:10]
verify.equation(
    "EE147, partition finds whom sorting finds",
    np.sort(nearest),
    np.sort(np.argsort(distances)[:10]),
)
verify.equation("EE147, memory is n d 8 bytes", x.nbytes, 4000 * 64 * 8)

# %% [markdown]
# ## How good can one neighbor get?
#
# Suppose that everywhere a fraction $\eta$ of the samples has label 1, by pure chance. The best possible classifier
# answers with the majority and errs with probability $\min(\eta, 1 - \eta)$. A single nearest neighbor has a label of
# its own chance: it disagrees with probability $2\eta(1-\eta)$, however many samples you collect.

# %% tags=["covers:one-nn-error-limit"]
eta, simulated = np.linspace(0.5, 1, 11), []
for share in eta:
    x, queries = rng.uniform(size=(2, 1500, 2))
    labels, truth = (rng.random((2, 1500)) < share).astype(int)
    neighbors = learners.nearest_neighbors(x, queries, 1)[:, 0]
    simulated.append(np.mean(labels[neighbors] != truth))

limit, best = 2 * eta * (1 - eta), 1 - eta

figure, ax = plt.subplots()
ax.plot(eta, 2 * best, ":", color=plots.INK, label="twice the best possible")
ax.plot(eta, limit, color=plots.BLUE, label=r"limit $2\eta(1-\eta)$")
ax.plot(eta, simulated, "o", color=plots.BLUE, label="simulated")
ax.plot(eta, best, "--", color=plots.ORANGE, label="best possible")
ax.set(xlabel=r"probability $\eta$ of label 1", ylabel="error")
ax.legend()
plots.show(figure, "The error of one neighbor lies between the best possible one and twice that")

# %% [markdown]
# GBC 5.7.3 says that the error *converges to double* the best possible one. The picture shows that double is only the
# upper bound, reached where the best error is 0; at $\eta = 0.5$ both are one half.

# %% tags=["covers:one-nn-error-limit"]
verify.equation("GBC 5.7.3, limits at 0.9 and 0.5", [limit[8], limit[0]], [0.18, 0.50])
verify.claim(
    "GBC 5.7.3",
    "simulated errors are within 0.03 of the limit",
    np.abs(simulated - limit).max() < 0.03,
)
verify.claim(
    "GBC 5.7.3",
    "at most double, and less than double inside",
    (limit[:-1] < 2 * (1 - eta[:-1])).all(),
)

# %% [markdown]
# Three neighbors can be better than one, even if the two others are worse. Suppose they err independently, the nearest
# with probability 0.1 and the others with 0.2. What is the chance that the majority of three is wrong? EE147's worked example adds
# $.1\cdot.2\cdot.2 + .1\cdot.2\cdot.8 + .9\cdot.2\cdot.2$ and prints .072, but its own terms sum to .056.
#
# ### Exercise 3 · repair the sum
#
# Add up *all* outcomes in which more than half of the neighbors are wrong. (`itertools.product([0, 1], repeat=k)` lists
# the outcomes: 1 where a neighbor is wrong.) The cell below your check then asks whether more neighbors are always better,
# when the next one is always a little worse than the last.


# %% tags=["exercise:majority_error"]
def majority_error(wrong):
    """The probability that more than half of k neighbors are wrong; wrong (k,), a chance each."""
    raise NotImplementedError("your code here")


# %% tags=["check:majority_error"]
check(majority_error)

# %%
majority = use(majority_error)
k = np.arange(1, 14, 2)
figure, ax = plt.subplots()
for worse, marker in [(0.01, "o"), (0.03, "s"), (0.05, "^")]:
    chance = np.minimum(0.2 + worse * np.arange(13), 0.5)
    errors = [majority(chance[:asked]) for asked in k]
    ax.plot(k, errors, marker, linestyle="-", label=f"+ {worse}")
    print(f"each neighbor {worse} worse than the last: best ask {k[np.argmin(errors)]}")
ax.set(xlabel="neighbors asked, k", ylabel="chance of a wrong majority", xticks=k)
ax.legend(title="each is worse by")
plots.show(figure, "Error of the majority against k, for neighbors that get worse slowly or fast")

# %% tags=["covers:knn-noise-robustness"]
from scipy.stats import binom

for k in range(1, 12, 2):
    others = binom(k - 1, 0.2)  # how many of the others are wrong, all of them equally often
    error = 0.1 * others.sf(k // 2 - 1) + 0.9 * others.sf(k // 2)
    print(f"k = {k:2}: wrong with probability {error:.6f}")
    if k == 3:
        repaired = 0.1 * 0.2**2 + 2 * 0.1 * 0.2 * 0.8 + 0.9 * 0.2**2
        verify.equation("EE147 D3.1, with the missing factor 2", error, repaired)
        verify.equation("EE147 D3.1, the printed result", error, 0.072)

# %% [markdown]
# ## One good feature among a hundred
#
# Now give each sample 100 features of which only the first matters: $y = x_1$ (GBC 5.7.3). Linear regression finds
# that out from 100 samples, exactly. The neighbors would need far more: who is near is decided by the 99 others. With 1,000
# samples, one neighbor is still worse than always answering 0.

# %% tags=["covers:knn-irrelevant-features"]
queries = rng.normal(size=(1000, 100))
truth = queries[:, 0]
sizes, neighbor, linear = [100, 300, 1000], [], []
for n in sizes:
    x = rng.normal(size=(n, 100))
    answer = learners.knn_regress(x, x[:, 0], queries, 1)
    neighbor.append(np.mean((answer - truth) ** 2) / np.mean(truth**2))
    linear.append(np.mean((queries @ learners.least_squares(x, x[:, 0]) - truth) ** 2))

figure, ax = plt.subplots()
ax.plot(sizes, neighbor, "o-", label="one nearest neighbor")
ax.plot(sizes, linear, "s-", label="linear regression")
ax.axhline(1, color=plots.INK, linestyle="--", linewidth=1, label="always answering 0")
ax.set(xscale="log", ylim=(-0.1, 2), xlabel="samples", ylabel="squared error, relative")
ax.legend(loc="center right", bbox_to_anchor=(1.0, 0.28))
plots.show(figure, "One neighbor stays worse than answering 0; linear regression has no error")

# %% tags=["covers:knn-irrelevant-features"]
verify.claim("GBC 5.7.3", "one neighbor is worse than 0 by 20 to 70 %", 1.2 < neighbor[-1] < 1.7)
verify.equation("GBC 5.7.3, linear regression is exact from 100 samples on", linear, 0)

# %% [markdown]
# ## Where everybody is equally far
#
# **Raise the dimension** and watch the distances from one random point to 500 others, all spread evenly over a cube.


# %% tags=["live", "covers:distance-concentration"]
def distances(dimension):
    """From a random point of the unit cube to 500 others."""
    generator = np.random.default_rng(dimension)
    points = generator.random((501, dimension))
    return np.linalg.norm(points[1:] - points[0], axis=1)


live.nearest_neighbors.distance_concentration(distances)

# %% [markdown]
# For evenly spread points in a thousand dimensions the word *near* has lost its meaning. A second way to see it: a small
# cube that should catch 1 % of uniformly spread samples has to be almost as wide as
# the whole space. (EE147 says that the number of dimensions grows exponentially; what does is the number of samples
# needed to fill them.)

# %% tags=["covers:distance-concentration"]
dimensions = np.array([2, 10, 100, 1000])
edge = 0.01 ** (1 / dimensions)
contrast = [(far.max() - far.min()) / far.min() for far in map(distances, dimensions)]
for row in zip(dimensions, contrast, edge, strict=True):
    print("dimension {:4}: (max - min) / min = {:6.3f}   edge of a 1 % cube = {:.3f}".format(*row))
verify.equation("EE147, edges", np.round(edge, 3), [0.1, 0.631, 0.955, 0.995])
verify.claim(
    "EE147", "the contrast falls below 1/5 in 1,000 dimensions", contrast[3] < 0.2 < contrast[1]
)

# %% [markdown]
# ## Pixels are not meaning
#
# A picture is a point in pixel space, and changes that no eye minds move it. Each of these six keeps the label. Above each
# picture stands its distance from the original, to be compared with that of the nearest *other* digit.

# %% tags=["covers:image-nuisance-transforms"]
x, labels = datasets.digits()
digit = x[0].reshape(8, 8)
sheared = np.array([np.roll(row, i // 3 - 1) for i, row in enumerate(digit)])
changed = {"original": digit, "viewpoint": np.roll(digit, 1, axis=1), "light": digit + 0.2}
changed |= {"deformed": sheared, "occluded": np.where(np.arange(8)[:, None] < 3, 0, digit)}
changed["clutter"] = digit + 0.4 * rng.random((8, 8))
changed["another writer"] = x[labels == 0][1].reshape(8, 8)

far = [np.linalg.norm(picture - digit) for picture in changed.values()]
titles = [f"{name}\n{distance:.2f}" for name, distance in zip(changed, far, strict=True)]
pictures = plots.images(list(changed.values()), titles, columns=7, size=1.1, vmin=0, vmax=1.4)
plots.show(pictures, "A zero and six changed versions of it")
nearest_other = np.linalg.norm(x[labels != 0] - x[0], axis=1).min()
print(f"the nearest digit that is no zero is {nearest_other:.2f} away")
verify.equation("EE147, a brightness shift b is b sqrt(n) away", far[2], 0.2 * np.sqrt(64))

# %% [markdown]
# One pixel to the side, or a covered part, is farther than another digit. What that does to a classifier:

# %% tags=["covers:image-nuisance-transforms"]
stored, queries = slice(0, 1000), slice(1000, None)
moved = np.roll(x[queries].reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
for name, pictures in {"as they are": x[queries], "moved by one pixel": moved}.items():
    votes = learners.knn_classify(x[stored], labels[stored], pictures, 5)
    print(f"{losses.accuracy(votes, labels[queries]):.1%} of the digits {name} are right")
    if name != "as they are":
        verify.claim(
            "EE147", "moved digits are lost", losses.accuracy(votes, labels[queries]) < 0.6
        )

# %% [markdown]
# It gets worse: edits of very different importance can be made *equally* far. Here a tint, a patch, and a blend toward
# another digit are scaled to exactly the same distance from the original. That distance cannot tell them apart.

# %% tags=["covers:equal-distance-edits"]
other = x[labels == 1][0].reshape(8, 8)
patch = np.zeros((8, 8))
patch[2:5, 5:8] = 1
directions = {"tint": np.ones((8, 8)), "patch": patch, "toward a one": other - digit}
edited = {name: digit + 2.0 * way / np.linalg.norm(way) for name, way in directions.items()}
pictures = [digit, *edited.values()]
plots.show(
    plots.images(pictures, ["original", *edited], columns=4, size=1.5, vmin=0, vmax=1.4),
    "Three edits equally far from a zero",
)
verify.equation(
    "EE147, three equal distances", [np.linalg.norm(e - digit) for e in edited.values()], [2.0] * 3
)

# %% [markdown]
# ## Change the coordinates instead
#
# A ball in a ring defeats every line in $(x_1, x_2)$; in radius and angle one vertical line separates them (GBC Fig 1.1). Learning such a representation is what the rest of this book is about.


# %% tags=["live", "covers:polar-representation"]
def ring(radius, noise):
    """A ball of radius 2 (label 1) in a thin ring (label 0)."""
    generator = np.random.default_rng(8)
    labels, angle = np.arange(120) % 2, generator.uniform(-np.pi, np.pi, 120)
    r = np.where(labels, 2 * np.sqrt(generator.random(120)), radius) + noise * generator.normal(
        size=120
    )
    return r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), labels


def polar(x):
    return np.column_stack([np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 1], x[:, 0])])


def logistic_fit(x, labels):
    w = learners.logistic_irls(learners.with_bias(x), labels, ridge=1e-3).w
    return w, losses.accuracy(learners.with_bias(x) @ w, labels)


live.nearest_neighbors.change_of_coordinates(ring, polar, logistic_fit)

# %% tags=["covers:polar-representation"]
x, labels = ring(4.0, 0.2)
in_polar, cartesian = logistic_fit(polar(x), labels)[1], logistic_fit(x, labels)[1]
verify.equation("GBC Fig 1.1, polar accuracy", in_polar, 1)
verify.claim(
    "GBC Fig 1.1", "Cartesian accuracy stays near the majority rate of 1/2", cartesian < 0.65
)

# %% [markdown]
# ## The same in PyTorch
#
# `torch.cdist` makes the table of distances, `topk` picks the smallest. Compare distances, not indices: pixels are
# multiples of 1/16, so some neighbors are exactly equally far, and each library breaks such ties its own way.

# %%
import torch

x, labels = datasets.digits()
stored, queries = x[:1000], x[1000:]
theirs = torch.cdist(torch.tensor(queries), torch.tensor(stored)).topk(5, largest=False).values
neighbors = learners.nearest_neighbors(stored, queries, 5)
ours = np.linalg.norm(stored[neighbors] - queries[:, None], axis=2)
verify.equation(
    "torch, distances of the five nearest of 797 digits", ours, theirs.numpy(), tolerance=1e-6
)

answers = learners.knn_classify(stored, labels[:1000], queries, 5)
print(f"{losses.accuracy(answers, labels[1000:]):.1%} of the unseen digits are right")

# %% [markdown] tags=["question:ch02.nearest_neighbours.units"]
# ### In your own words
#
# A clinic predicts with five nearest neighbors from two features, age in years and blood pressure in mmHg. From today on
# age is entered in days, in the stored samples as well. What happens to the neighbors, and what to the predictions? Would
# least squares suffer, too? Say what the clinic should do, whatever the units.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - k nearest neighbors stores everything, assumes nothing, and pays when asked. Small k follows noise, large k blurs.
# - One neighbor errs at most twice as often as the best possible classifier, given endless samples.
# - Distance treats all features alike. Irrelevant features and many evenly spread dimensions make it meaningless; pixels
#   work while digits stay centered. A better representation restores it.
#
# ## Where the books differ
#
# - GBC 5.7.3: the error of one neighbor "converges to double" the best error; double is the upper bound.
# - EE147 D3.1: the printed terms sum to .056; the factor 2 that gives the printed .072 is missing.
# - EE147, k-Nearest Neighbors: not the number of dimensions grows exponentially, but the volume with the dimension.
#
# **Next:** [Hinge loss and support vector machines](07_hinge_loss_and_svm.ipynb) keeps only the samples that matter.
