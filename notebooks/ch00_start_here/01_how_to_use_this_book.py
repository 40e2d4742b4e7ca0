# %% [markdown]
# # How to use this book
#
# One page that works like all others: you read, predict, move, check, and write a few lines yourself.
#
# **After this notebook you can**
#
# - run a page, move its figures by mouse or keyboard, and have your exercises checked;
# - name the data sets of the book and the shapes they come in;
# - place the five books' story, from a threshold unit in 1943 to the prize of 2019.
#
# 30 minutes · before this: nothing but a little Python
#
# DLNN 1-2, D · GBC 1, 5.1.3 · Strang VII opening · EE147 History · MEDL 5 (notes)
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{X}$, design matrix | `x` | samples, one a row |
# | $\mathbf{y}$, labels or targets | `labels`, `y` | the answer that belongs to each row |
# | $N$ | `n`, `len(x)` | number of samples |
#
# Run the cells from top to bottom with **Shift+Enter**, or all at once with *Run → Run All Cells*. You cannot break
# anything: *Kernel → Restart Kernel and Run All Cells…* starts the page afresh, and what you typed stays. A figure that
# does not move, or says *model not found*, has no kernel yet, or no longer: run its page.
#
# Each page names the places in five books: DLNN is Klambauer, *Deep Learning and Neural Networks I*; GBC is Goodfellow,
# Bengio and Courville, *Deep Learning*; Strang is *Learning from Data*, part VII; EE147 are the notes of that course;
# MEDL is Liquet, Moka and Nazarathy, *Mathematical Engineering of Deep Learning*. You need one of them, or none.

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, progress, use

# %%
rng = np.random.default_rng(0)

# %% [markdown]
# ## Move something
#
# Here are three toy sets that the book uses when the subject is geometry. Answer the question first. Then choose a set
# and raise the noise: every setting draws the picture anew, and the line below it says in words what you see.
#
# Every control works from the keyboard: **Tab** goes to the next one, the **arrow keys** move it. *This setting* is
# the whole state as a line of text. Copy it into a message and a friend can paste it and see what you see.


# %% tags=["live", "covers:playground-datasets"]
def toy(name, noise):
    """Two hundred samples of one of the sets."""
    draw = {"rings": datasets.rings, "quadrants": datasets.quadrants, "spirals": datasets.spirals}
    return draw[name](np.random.default_rng(1), 200, noise=noise)


def strangers(x, labels):
    """Which samples have a nearest neighbor with the other label."""
    neighbors = learners.nearest_neighbors(x, x, 2)
    return labels[neighbors[:, 1]] != labels


live.start.playground(["rings", "quadrants", "spirals"], toy, strangers)

# %% [markdown]
# Every set is drawn by a function `x, labels = dataset(rng, n)`, and the only source of chance is the `rng` that you
# pass in: the same seed gives the same data, on your machine and on ours. That is how a page can check its own claims.
# Lines of the form *place: statement ... true*, or *place holds to 1e-10*, are such checks, made when the page ran; the
# number says how exactly both sides agreed.

# %% tags=["covers:playground-datasets"]
first, again = (datasets.spirals(np.random.default_rng(7), 250)[0] for _ in range(2))
verify.equation("the same seed gives the same spirals", first, again)

x, labels = datasets.spirals(rng, 250)
origin = (x == 0).all(axis=1)
verify.claim(
    "Strang VII.1", "both arms of the spiral hold the origin", set(labels[origin]) == {0, 1}
)
print(f"so the best possible accuracy is {1 - min(np.bincount(labels[origin])) / len(x)}")

# %% [markdown]
# ## Four ways to build a machine that answers
#
# Follow one column from the input up to the answer. The tinted boxes are learned from data, the others are made by
# hand. From left to right, more and more is learned; this book lives in the last two columns.

# %% tags=["covers:learned-stages-comparison"]
columns = {
    "rules": ["input", "program", "answer"],
    "classic\nlearning": ["input", "features", "MAPPING", "answer"],
    "representation\nlearning": ["input", "FEATURES", "MAPPING", "answer"],
    "deep\nlearning": ["input", "SIMPLE FEATURES", "ABSTRACT FEATURES", "MAPPING", "answer"],
}
figure, ax = plt.subplots(figsize=(8.4, 4.4))
plots.stacks(columns, ax=ax)
plots.show(
    figure, "Four approaches as stacks of boxes: from rules to deep learning more boxes are learned"
)

learned = [sum(box.isupper() for box in boxes) for boxes in columns.values()]
verify.equation("GBC Fig 1.5, learned stages in each column", learned, [0, 1, 2, 3])

# %% [markdown]
# ## What a neuron does
#
# The units of this book are named after nerve cells and have little to do with them. A real neuron rests at −70 mV.
# Input raises the potential; if it reaches the threshold of −55 mV, a spike follows, always the same one, and then the
# cell is deaf for a millisecond or two (*refractory*). What varies is how often it fires; that rate is what the output of
# our units stands for. They keep one thing more of it: many inputs, one threshold, one output.

# %% tags=["covers:biological-neuron"]
from scipy.interpolate import PchipInterpolator

times, levels = [0, 1, 2, 2.4, 2.9, 3.4, 4, 5, 6], [-70, -70, -55, 0, 30, -30, -78, -73, -70]
milliseconds = np.linspace(0, 6, 601)
millivolts = PchipInterpolator(times, levels)(milliseconds)

figure, ax = plt.subplots()
ax.plot(milliseconds, millivolts, color=plots.BLUE)
ax.axhline(-55, color=plots.INK, linestyle="--", linewidth=1)
ax.text(6, -53, "threshold", ha="right")
ax.axvspan(3.4, 5.0, color=plots.tints(2)[1])
ax.text(4.2, 12, "refractory", ha="center")
ax.set(xlabel="time in ms", ylabel="membrane potential in mV")
plots.show(
    figure, "Action potential, a sketch: rest at -70 mV, threshold -55 mV, peak 30 mV, recovery"
)
verify.equation("DLNN Fig 2.2, rest and peak", [millivolts[0], millivolts.max()], [-70, 30])

# %% [markdown]
# ## Eighty years on one page
#
# Which book tells which part of the story:

# %% tags=["covers:history-timeline"]
from dlnotes.book.tables import table

timeline = table("timeline")
for row in timeline:
    print(row["year"], f"{row['milestone']:<43}", row["books"])

years = [int(row["year"]) for row in timeline]
verify.claim("the order of events", "each is no earlier than the one above", years == sorted(years))

# %% [markdown]
# ## How fast networks grow
#
# Goodfellow, Bengio and Courville read off a chart that networks had doubled in size every 2.4 years (GBC Fig 1.11).
# Extrapolating a doubling is a fine way to be wrong with confidence. **Move the doubling time** and see how much the
# arrival depends on it.


# %% tags=["live", "covers:network-growth-doubling"]
def growth(years, doubling):
    """By how much the size has grown after so many years."""
    return 2 ** (years / doubling)


verify.equation("GBC 1.2.3, 28 years of doubling every 2.4 years", round(growth(28, 2.4)), 3251)
live.start.network_growth(growth)

# %% [markdown]
# ### Exercise 1 · read a doubling time off two counts
#
# Complete the function. `check`, in the cell below it, tells you how you did: *todo* while nothing is written, *pass*, or
# *fail* with a reason. Be wrong on purpose once, with `np.log` for instance: a mistake that others made before you is
# called by its name. A check never prints the answer. It stops after ten seconds, so that no endless loop is the end of
# the page. (Only a single call of compiled code, such as `sum(range(10**12))`, goes on until you restart the kernel.)


# %% tags=["exercise:doubling_time"]
def doubling_time(before, after, years):
    """In how many years a size doubles that grows from `before` to `after` (numbers) in `years`."""
    raise NotImplementedError("your code here")


# %% tags=["check:doubling_time"]
check(doubling_time)

# %% [markdown]
# Stuck? `hint` has three hints, each says more than the one before. Take away the first # below and run the cell; run it
# again for the next. It works on every page: write `hint(name_of_your_function)` into a cell of your own.

# %%
# hint(doubling_time)  # remove the first # and run

# %% [markdown]
# Where a page works on with a function of yours, it asks `use` for it. You get your own once it passes its check; until
# then you get the book's, and are told so.

# %%
double = use(doubling_time)
print(f"3251 times the size after 28 years: it doubled every {double(1, 3251, 28):.1f} years")

# %% [markdown]
# ## NumPy in one cell
#
# (Skip this section if you know NumPy.) The book's mathematics is written in NumPy. These are the functions to know; each
# line is a fact about one of them. Two facts surprise many: `linspace` includes its end and `arange` does not, and
# `split` insists on equal parts.

# %% tags=["covers:numpy-matplotlib-warm-up"]
A = np.array([[2.0, 1.0], [1.0, 3.0]])
verify.equation("linalg.inv and dot", A.dot(np.linalg.inv(A)), np.eye(2))
verify.equation(".T", A[:1].T, [[2], [1]])
verify.equation("vstack, concatenate", np.vstack([A, A]), np.concatenate([A, A]))
verify.equation("linspace includes its end", np.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1])
verify.equation("arange without its end", np.arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75])
verify.equation("ones, ones_like", np.ones((2, 2)), np.ones_like(A))
verify.equation("flatnonzero, count_nonzero", len(np.flatnonzero(A > 1)), np.count_nonzero(A > 1))
verify.equation("split into equal parts", np.split(np.arange(6), 3), [[0, 1], [2, 3], [4, 5]])
try:
    np.split(np.arange(6), 4)
except ValueError as error:
    print("split refuses:", error)

# %% [markdown]
# Random numbers come from a generator that you make and pass on: `rng = np.random.default_rng(0)`. The older calls
# (`np.random.uniform`, `normal`, `choice`) share one hidden state, so a line added at the top changes every number
# below it.

# %% tags=["covers:numpy-matplotlib-warm-up"]
one, other = np.random.default_rng(3), np.random.default_rng(3)
verify.equation("uniform(-1, 1)", one.uniform(-1, 1, size=4), other.uniform(-1, 1, size=4))
verify.equation("normal", one.normal(size=4), other.normal(size=4))
verify.equation(
    "choice without replacement", np.sort(one.choice(4, size=4, replace=False)), np.arange(4)
)

# %% [markdown]
# ## Real data: flowers
#
# A *design matrix* has a row for each sample and a column for each measurement. This is the smallest real one: 150
# irises, four lengths in centimeters, three species.

# %% tags=["covers:iris-data"]
x, species = datasets.iris()
print("x", x.shape, " labels", species.shape, " flowers of each species:", np.bincount(species))

figure, ax = plt.subplots()
plots.points(x[:, 2:], species, ax=ax, names=["setosa", "versicolor", "virginica"])
ax.set(xlabel="petal length in cm", ylabel="petal width in cm")
plots.show(figure, "Petal length and width of 150 irises of three species: setosa stands apart")
verify.claim(
    "GBC 5.1.3",
    "150 rows, 4 columns, 50 of each",
    x.shape == (150, 4) and set(np.bincount(species)) == {50},
)

# %% [markdown]
# ## Real data: digits
#
# MNIST, 70,000 handwritten digits of 28×28 pixels, is the fruit fly of the field. So that a page runs in seconds and
# without a network, the book uses its small sister: 1,797 digits of 8×8 pixels that come with scikit-learn.
# `datasets.mnist()` loads the real one where you have it (it says where to put the files, or fetches them).

# %% tags=["covers:mnist-data"]
x, labels = datasets.digits()
figure = plots.images(x[:20].reshape(-1, 8, 8), labels[:20])
plots.show(figure, "The first twenty 8 by 8 digits with their labels")
print("x", x.shape, " of each digit:", np.bincount(labels))
verify.claim(
    "DLNN D.1", "the classes are roughly, not exactly, balanced", len(set(np.bincount(labels))) > 1
)
verify.equation(
    "DLNN D.1, 28 x 28 pixels, 60,000 + 10,000 images", [28 * 28, 60_000 + 10_000], [784, 70_000]
)

# %% [markdown]
# What can be reached? Two baselines of our own on the small digits, and below them the records on MNIST that DLNN
# collects. They are not the same data; what carries over is the order: a linear classifier is the worst of them.

# %% tags=["covers:mnist-data"]
train, (x_test, y_test) = datasets.split(np.random.default_rng(0), x, labels)
W = learners.softmax_regression(*train, lr=1e-3, max_steps=300).w
ours = {"our linear classifier": x_test @ W.T}
ours["our 3 nearest neighbors"] = learners.knn_classify(*train, x_test, 3)
for name, scores in ours.items():
    print(f"8x8 digits  {name:<24}{100 * (1 - losses.accuracy(scores, y_test)):6.2f} %")

records = [row for row in table("records") if row["data"] == "MNIST"]
for row in records:
    print(f"MNIST       {row['method']:<24}{row['value']:>6} %   {row['source']}")
errors = [float(row["value"]) for row in records]
verify.claim("DLNN Table D.1", "errors fall", errors == sorted(errors)[::-1])
verify.equation("DLNN Table D.1, first and last", [errors[0], errors[-1]], [7.60, 0.21])

# %% [markdown]
# ## Color pictures, and how to shape them
#
# CIFAR-10 holds 60,000 photographs of 32×32 pixels in three colors, 50,000 to train on and 10,000 to test: 3,072 numbers
# from 0 to 255 each, ten classes of 6,000. The photographs are too large to bundle, so here is a stand-in of the same shape: ten classes, five colors
# times two forms.


# %% tags=["covers:cifar10-data"]
def colored_shapes(rng, n):
    """Pictures (n, 32, 32, 3) of bytes, labels (n,) = 2 * color + form: disks, squares, noise."""
    palette = np.array(
        [[200, 40, 40], [40, 160, 40], [40, 80, 200], [200, 180, 40], [160, 60, 160]]
    )
    labels = rng.integers(10, size=n)
    pictures = rng.integers(80, 140, size=(n, 32, 32, 3)).astype(np.uint8)
    down, right = np.mgrid[:32, :32] - 15.5
    forms = np.hypot(down, right) < 10, np.maximum(abs(down), abs(right)) < 9
    for picture, label in zip(pictures, labels, strict=True):
        picture[forms[label % 2]] = palette[label // 2]
    return pictures, labels


pictures, kinds = colored_shapes(rng, 10)
plots.show(plots.images(pictures, kinds), "Ten stand-ins for CIFAR: colored disks and squares")
verify.equation("DLNN D.2, numbers in a picture", pictures[0].size, 3072)

# %% [markdown]
# Most learners want rows of numbers, networks of convolutions want channels first.
#
# ### Exercise 2 · into rows
#
# Turn pictures of bytes into a design matrix of numbers between 0 and 1.


# %% tags=["exercise:pictures_to_rows"]
def pictures_to_rows(pictures):
    """Pictures (n, h, w, c) of bytes 0 ... 255 as rows (n, h w c) of floats in [0, 1]."""
    raise NotImplementedError("your code here")


# %% tags=["check:pictures_to_rows"]
check(pictures_to_rows)

# %% tags=["covers:cifar10-data", "covers:cifar100-data"]
for name in ["CIFAR-10", "CIFAR-100"]:
    for row in [row for row in table("records") if row["data"] == name]:
        print(f"{name:<10}{row['method']:<28}{row['value']:>6} %   {row['source']}")

best = [float(row["value"]) for row in table("records") if row["data"] == "CIFAR-10"]
verify.claim("DLNN Table D.3", "accuracies descend", best == sorted(best)[::-1])
verify.equation("DLNN Table D.3, first and last", [best[0], best[-1]], [96.53, 93.95])

# %% [markdown]
# CIFAR-100 has the same pictures in a hundred classes, grouped into twenty superclasses; 500 pictures of each class are
# for training and 100 for testing.

# %% tags=["covers:cifar100-data"]
classes = table("cifar100")
groups = {}
for row in classes:
    groups.setdefault(row["superclass"], []).append(row["class"])
for superclass, members in list(groups.items())[:6]:
    print(f"{superclass:<31}{', '.join(members)}")
print(f"... and {len(groups) - 6} more superclasses")
names = {row["class"] for row in classes}
verify.equation("DLNN Table D.2, 20 x 5", [len(members) for members in groups.values()], [5] * 20)
verify.equation("DLNN D.2, classes and pictures", [len(names), len(names) * 600], [100, 60_000])

# %% [markdown]
# ## ImageNet, and being right within five guesses
#
# ImageNet has 14 million photographs; the yearly contest (ILSVRC) used 1.2 million of them in exactly 1,000 classes.
# With so many classes, many of them dog breeds, a network is also given credit when the right class is among its five
# best guesses. You write that measure.
#
# ### Exercise 3 · top-k accuracy


# %% tags=["exercise:top_k_accuracy"]
def top_k_accuracy(scores, labels, k):
    """The share of labels (n,) that are among the k largest scores of their row, (n, classes)."""
    raise NotImplementedError("your code here")


# %% tags=["check:top_k_accuracy"]
check(top_k_accuracy)

# %% tags=["covers:imagenet-data"]
records = [row for row in table("records") if row["data"] == "ImageNet"]
print(f"{'ImageNet':<28} top-1    top-5")
for row in records:
    print(f"{row['method']:<28}{row['value']:>6} %{row['top5']:>7} %   {row['source']}")
top1, top5 = (np.array([float(row[key]) for row in records]) for key in ["value", "top5"])
verify.claim("DLNN Table D.5", "five guesses are never worse than one", (top5 >= top1).all())
verify.equation("DLNN Table D.5, best top-1 and top-5", [top1.max(), top5.max()], [86.4, 98.0])

# %% [markdown]
# ## The same in PyTorch
#
# Every page ends by doing its subject in PyTorch and comparing, not by eye. Here: the arrays themselves.

# %%
import torch

verify.equation(
    "torch.linspace", np.linspace(0, 1, 5), torch.linspace(0, 1, 5, dtype=torch.float64).numpy()
)
verify.equation(
    "flatten",
    x[:4].reshape(4, 8, 8).reshape(4, -1),
    torch.tensor(x[:4]).reshape(4, 8, 8).flatten(1).numpy(),
)
scores = rng.normal(size=(6, 10))
ours = np.sort(np.argsort(scores, axis=1)[:, -5:], axis=1)
theirs = torch.topk(torch.tensor(scores), 5).indices.sort(dim=1).values.numpy()
verify.equation("torch.topk, the five best guesses", ours, theirs)

# %% [markdown]
# ## Where you stand
#
# `progress` lists the exercises of a chapter, or of the whole book if you leave the chapter out: solved or not, after how
# many attempts and hints. It reads one file on this machine, to which `check` and `hint` add a line each time
# (`dlnotes.exercises.record.path()` says where it lies). Nothing leaves the machine. Delete the file and you start afresh.

# %%
progress("ch00")

# %% [markdown]
# ## What to remember
#
# - Predict, move, check, write. A page that you only read teaches half.
# - Rows are samples. Chance comes from an `rng` that you can see.
# - `python -m dlnotes find perceptron`, or `find "GBC 5.7.3"`, on the command line (with the Python of this book's
#   `.venv`) tells you where in this book, and in the other four, a thing is.
#
# ## Where the books differ
#
# - DLNN counts 50,000 training images of MNIST in 6.9 and 60,000 in D.1; it is 60,000 (50,000 are left if you hold
#   10,000 out). D.1 calls the classes evenly distributed; they are only roughly so.
# - DLNN Table D.1 credits the 0.21 % to "Wang et al. (2013)"; the paper is Wan et al. 2013 (DropConnect).
# - DLNN 2 gives glia as 50 times and as ten times as many as neurons.
# - EE147 places MNIST in 1989 and "over 1000 classes" in ImageNet; MNIST is later, and the contest has exactly 1,000. It
#   also lists GPT-2 among the recurrent networks; it is a transformer.
# - Strang compares the number of weights of a network with the number of neurons in the visual cortex; the figures do not
#   fit, and we do not repeat them.
# - DLNN 1 dates the perceptron to 1957, the others to 1958; DLNN has the neocognitron in 1980, EE147 in 1982.
#
# **Next:** [Notation and shapes](02_notation_and_shapes.ipynb) fixes the letters that all other pages use. Then begin
# where your book is: [single-layer networks](../ch02_single_layer_networks/01_linear_neuron.ipynb),
# [backpropagation](../ch03_backpropagation/01_xor.ipynb), [convolution](../ch05_convolution/01_convolution.ipynb),
# [initialization](../ch08_initialization/01_breaking_symmetry.ipynb) or
# [normalization](../ch09_normalization/01_batch_normalization.ipynb).
