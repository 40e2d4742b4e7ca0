# %% [markdown]
# # Hinge loss and support vector machines
#
# Ask for a little more than right, and of all the lines between two classes one remains: the one in the middle.
#
# **After this notebook you can**
#
# - say which samples still pull on the weights under each of five losses, and where hinge falls silent;
# - point at the support vectors in a picture and read the width of their corridor off the weights;
# - write the hinge loss and its subgradient, for two classes and for ten.
#
# 45 minutes, 30 up to *Several classes* · before this: [The perceptron](02_perceptron.ipynb), [Softmax regression](04_softmax_regression.ipynb)
#
# DLNN – · GBC 5.7.2, 8.1.2 · Strang VII.2, VII.5 · EE147 Support Vector Machine, Hinge Loss Gradient · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{w}^\top\mathbf{v} - b$ (Strang), $\mathbf{w}^\top\mathbf{x} + b$ (GBC, EE147) | `s` | pre-activation; the bias is added, and is `w[0]` |
# | $\lVert\mathbf{w}\rVert$ | `norm(w[1:])` | length of the weights, always without the bias |
# | margin | corridor | the band $-1 < s < 1$ around a line |
# | $\lambda$ (Strang); $C$ (most programs) | `strength`; `C` | price of long weights; price of a loss |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(7)

# %% [markdown]
# ## Right is not enough
#
# The [perceptron](02_perceptron.ipynb) is content as soon as a sample is right, be it by a hair. The *hinge loss* is
# not, EE147 and Strang VII.5 (1):
#
# $$\max(0,\; 1 - y\,s), \qquad s = \mathbf{w}^\top\mathbf{x} + b, \quad y \in \{-1, 1\}.$$
#
# A sample is free of charge only from $y\,s = 1$ on. Four positive samples by hand, with scores −1, 0.3, 1 and 4:

# %% tags=["covers:binary-hinge-loss"]
scores, y = np.array([-1.0, 0.3, 1.0, 4.0]), np.ones(4)
hinge = np.maximum(0, 1 - y * scores)
verify.equation("EE147, the hinge loss at -1, 0.3, 1, 4", hinge, [2, 0.7, 0, 0])
verify.equation("losses.hinge, the mean", losses.hinge(scores, y)[0], hinge.mean())

seven, rescaled = np.maximum(0, 7 - y * scores), 7 * np.maximum(0, 1 - y * scores / 7)
verify.equation("EE147, asking for 7 is asking w / 7 for 1", seven, rescaled)

# %% [markdown]
# The last line says that the 1 is not a choice: another number only changes the unit in which weights are measured.
#
# Every loss is a stand-in, a *surrogate*, for what you really want to know: was it a mistake? That count is flat, so it
# cannot teach. Here are five losses of one positive sample at a distance $d$ from the line. Weights of length
# $\lVert\mathbf{w}\rVert$ give it $y\,s = \lVert\mathbf{w}\rVert\,d$. The bars show its *pull*: how fast its loss
# would fall if $y\,s$ grew.
#
# **Move the sample** from wrong to right and watch the bars. Then make $\mathbf{w}$ longer.


# %% tags=["live", "covers:surrogate-losses", "covers:binary-hinge-loss"]
def zero_one(s, y, *, reduction="mean"):
    """The share of mistakes, and its slope: 0 wherever there is one."""
    return float((y * s <= 0).mean()), np.zeros_like(s)


five = {
    "zero-one": zero_one,
    "perceptron": losses.perceptron_loss,
    "logistic": losses.binary_cross_entropy,
    "hinge": losses.hinge,
    "squared": losses.squared_error,
}
live.hinge.surrogate_losses(five)

# %% [markdown]
# What to notice: hinge pulls with full strength up to $y\,s = 1$ and then with exactly 0. The logistic loss fades and
# never ends. The squared loss pushes *back* samples that are too right. And length matters now: the hinge falls silent
# at a distance of $1/\lVert\mathbf{w}\rVert$. The perceptron did not care how long its weights were.
#
# Hinge lies nowhere below the count of mistakes, and neither does the logistic loss once it is divided by $\log 2$. Push
# either of them down to 0, and the count must follow.

# %% tags=["covers:surrogate-losses"]
rightness = np.linspace(-5, 5, 1001)  # y s
mistake, hinge = rightness <= 0, np.maximum(0, 1 - rightness)
logistic = np.logaddexp(0, -rightness) / np.log(2)
verify.claim("hinge", "is never below zero-one", (hinge >= mistake).all())
verify.claim("logistic / log 2", "is never below zero-one", (logistic >= mistake - 1e-12).all())

# %% [markdown]
# ### Exercise 1 · correct a printed sentence
#
# Strang VII.5 says that the hinge loss of a sample is zero when the sample lies on the correct side. Put the sample of
# the figure at $y\,s = 0.5$ and look. Then write which samples really have no loss. Stuck?
# `hint(silent_samples)`, in a cell of your own, helps.


# %% tags=["exercise:silent_samples"]
def silent_samples(w, x, y):
    """True for each sample without hinge loss: booleans (n,).

    w (d + 1,), the bias first; x (n, d + 1), its column 0 is 1; y (n,) in {-1, 1}
    """
    raise NotImplementedError("your code here")


# %% tags=["check:silent_samples"]
check(silent_samples)

# %% [markdown]
# ## The stand-in outlasts the count
#
# A surrogate is not only a way around the flat count. It has more to say (GBC 8.1.2). Train on 60 pictures of threes and
# eights with the logistic loss, and count mistakes on them and on all the other threes and eights.

# %% tags=["covers:surrogate-losses"]
x, digit = datasets.digits()
pair = np.isin(digit, [3, 8])
x, y = learners.with_bias(x[pair]), (digit[pair] == 8).astype(int)
train, test = datasets.split(np.random.default_rng(0), x, y, test=297 / 357)

history = learners.logistic_descent(*train, lr=0.01, max_steps=2000).history
w = np.array([row["w"] for row in history[1:]]).T  # a column for each step
on_train, on_test = (100 * ((x @ w > 0) != y[:, None]).mean(axis=0) for x, y in (train, test))
done = np.flatnonzero(on_train)[-1] + 1  # from this row on there is no mistake in training
halved = on_test[-1] < on_test[done] / 2
verify.claim("GBC 8.1.2", "after that, test mistakes more than halve", halved)

# %% tags=["covers:surrogate-losses"]
figure, ax = plt.subplots()
step = np.arange(1, len(on_train) + 1)
ax.plot(step, on_train, label=f"{len(train[1])} digits to train on")
ax.plot(step, on_test, label=f"{len(test[1])} digits to test on")
ax.axvline(step[done], color=plots.INK, linestyle="--", linewidth=1)
ax.text(1.1 * step[done], 8, f"from step {step[done]} on\nno mistake in training")
ax.set(xscale="log", xlabel="step of gradient descent", ylabel="mistakes in %", ylim=(-0.5, 12))
ax.legend()
plots.show(figure, "Training mistakes end early; test mistakes go on falling for long after")

# %% [markdown]
# At the dashed line the count has nothing left to teach, and a perceptron would stop. The stand-in keeps pulling the
# classes apart, and digits that it has never seen profit.
#
# ## The widest corridor
#
# Now ask for $y^n s^n \ge 1$ on *every* sample. Long weights meet that easily, so the question becomes: how short can
# $\mathbf{w}$ be? A point is $|s| / \lVert\mathbf{w}\rVert$ away from the line, so the edges $s = \pm 1$ of the corridor
# are $2/\lVert\mathbf{w}\rVert$ apart: the shortest weights make the widest corridor. Minimize
# $\tfrac12\lVert\mathbf{w}\rVert^2$ subject to $y^n s^n \ge 1$: a quadratic program, Strang VII.5, the *hard margin*.
#
# Once more, eight orders of the same samples make the [perceptron](02_perceptron.ipynb) stop at eight lines, in gray.
# The quadratic program has one answer, in whatever order: the line in the middle of the widest corridor.

# %% tags=["covers:hard-margin-svm"]
x, labels = datasets.separable(np.random.default_rng(5), 60, margin=0.3)
x, y = x + 1, 2 * labels - 1
x1, w = learners.with_bias(x), learners.svm_qp(x, y).w
support = y * (x1 @ w) < 1 + 1e-6

figure, ax = plt.subplots()
plots.points(x, y, ax=ax, names=["$y = -1$", "$y = +1$"])
for seed in range(8):
    order = np.random.default_rng(seed).permutation(len(x))
    plots.boundary(learners.perceptron(x1, y, order=order).w, ax=ax, linewidth=0.7)
for edge, style in {-1: "--", 0: "-", 1: "--"}.items():
    plots.boundary(w - [edge, 0, 0], ax=ax, linestyle=style, color=plots.PURPLE)
ax.scatter(*x[support].T, s=150, facecolors="none", edgecolors=plots.PURPLE, linewidths=2)
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plots.show(figure, "Eight lines of perceptrons, and the widest corridor with support vectors")

# %% [markdown]
# The ringed samples on its edges, the *support vectors*, hold the corridor alone. Delete all others, and it stays: this
# machine keeps three of sixty samples, where [nearest neighbors](06_nearest_neighbours.ipynb) keep every one.

# %% tags=["covers:hard-margin-svm", "covers:svm-quadratic-program"]
from sklearn.svm import SVC

length = np.linalg.norm(w[1:])
across = x @ w[1:] / length  # the position of each sample at a right angle to the line
gap = across[y > 0].min() - across[y < 0].max()
verify.equation("Strang VII.5, the gap is 2 / |w| wide", gap, 2 / length, tolerance=1e-6)
verify.claim("Strang VII.5", "samples touch both edges", len(set(y[support])) == 2)
alone = learners.svm_qp(x[support], y[support]).w
verify.equation("the support vectors alone, same weights", alone, w, tolerance=1e-5)
theirs = SVC(kernel="linear", C=1e6, tol=1e-8).fit(x, y)
sklearn_w = np.append(theirs.intercept_, theirs.coef_)
verify.equation("scikit-learn's SVC, same weights", sklearn_w, w, tolerance=1e-3)

# %% [markdown]
# ## Where there is a corridor
#
# Three plus samples make a triangle, and there is one minus sample. **Move it**, with the sliders or by a click: walk
# around the triangle, come close, go in.

# %% tags=["live", "covers:hard-margin-svm"]
triangle = np.array([[2.5, 1.0], [5.0, 1.5], [3.5, 3.5]])
live.hinge.widest_corridor(triangle, learners.svm_qp)

# %% [markdown]
# The dotted line is the shortest way from the minus sample to the triangle, and the corridor lies across it. Where it
# ends on a side of the triangle, three samples hold the corridor; where it ends in a corner, two do. Inside there is
# nothing to find: two classes can be separated if and only if their convex hulls do not meet. Sixty random places agree.

# %% tags=["covers:hard-margin-svm"]
a, b = triangle, np.roll(triangle, -1, axis=0)
agree = []
for place in rng.uniform([0, 0], [6, 5], size=(60, 2)):
    along = np.clip(((place - a) * (b - a)).sum(axis=1) / ((b - a) ** 2).sum(axis=1), 0, 1)
    away = np.linalg.norm(a + along[:, None] * (b - a) - place, axis=1).min()
    inside = (np.linalg.solve(np.vstack([triangle.T, np.ones(3)]), [*place, 1]) > 0).all()
    fit = learners.svm_qp(np.vstack([triangle, place]), np.array([1, 1, 1, -1]))
    width = 2 / np.linalg.norm(fit.w[1:])
    agree.append(not fit.converged if inside else np.isclose(width, away, rtol=1e-4))
verify.claim("Strang VII.5", "inside no line; outside, width = distance", all(agree))

# %% [markdown]
# ### Exercise 2 · the width of a corridor
#
# Two parallel lines, $s = -1$ and $s = +1$. How far apart are they? One entry of `w` has no say in it.


# %% tags=["exercise:corridor_width"]
def corridor_width(w):
    """The distance between s = -1 and s = +1, a number.  w (d + 1,), the bias first.

    Strang VII.5
    """
    raise NotImplementedError("your code here")


# %% tags=["check:corridor_width"]
check(corridor_width)

# %% [markdown]
# ## Room for mistakes
#
# One sample in the wrong place and the hard margin has no solution. So let every sample miss its goal by a *slack*
# $h^n$, and charge for it. Minimize
#
# $$\tfrac12 \lVert\mathbf{w}\rVert^2 + C \sum_n h^n \quad\text{subject to}\quad h^n \ge 1 - y^n s^n,\; h^n \ge 0.$$
#
# The cheapest slack that is allowed is $\max(0, 1 - y^n s^n)$: the hinge loss. Divide by $nC$ and the program is
# Strang VII.5 (1), mean hinge loss plus a price for long weights,
#
# $$\frac1n \sum_n \max(0, 1 - y^n s^n) + \lambda \lVert\mathbf{w}\rVert^2, \qquad \lambda = \frac{1}{2nC},$$
#
# which descent can minimize without any solver. The bias pays no price, as the line may lie where it likes.

# %% tags=["covers:soft-margin-svm", "covers:svm-quadratic-program"]
x, labels = datasets.blobs(np.random.default_rng(1), 60, distance=2.5)
x1, y, n, C = learners.with_bias(x), 2 * labels - 1, 60, 0.5


def objective(w):
    """Strang VII.5 (1); the bias w[0] pays no price."""
    return losses.hinge(x1 @ w, y)[0] + w[1:] @ w[1:] / (2 * n * C)


fit = learners.svm_qp(x, y, C=C)
w, slack = fit.w, np.maximum(0, 1 - y * (x1 @ fit.w))
cost = w[1:] @ w[1:] / 2 + C * slack.sum()
verify.equation("Strang VII.5, the program costs nC times (1)", cost, n * C * objective(w))
others = w + rng.normal(size=(1000, 3)) / 10
more = np.array([objective(other) - objective(w) for other in others])
verify.claim("Strang VII.5 (1)", "none of 1000 other weights costs less", (more >= 0).all())
print("the program:", fit.message)

# %% [markdown]
# *Converged* means proved: `svm_qp` also solves the dual problem, whose value can never be above the minimum, and the two
# meet. There are no other valleys either: each hinge is the larger of two straight lines, hence convex, and so is a
# sum of convex functions. Descent comes down to the same value. It goes by *subgradients*: at the kink of a hinge many
# slopes fit below it, and any of them will do. We take 0.

# %% tags=["covers:soft-margin-svm"]
descent = learners.svm_subgradient(x, y, strength=1 / (2 * n * C), lr=5.0)
gap = np.array([row["risk"] for row in descent.history[1:]]) - objective(w)
verify.claim("Strang VII.5 (1)", "descent comes within 1e-3", -1e-9 < gap.min() < 1e-3)
halfway = np.array([objective((other + w) / 2) - objective(w) for other in others])
verify.claim("Strang VII.5 (1)", "convex: half the way, half the cost", (halfway <= more / 2).all())

figure, ax = plt.subplots()
ax.plot(gap, color=plots.INK, linewidth=0.8, label="this step")
ax.plot(np.minimum.accumulate(gap), color=plots.PURPLE, label="best so far")
ax.set(xscale="log", xlabel="step of subgradient descent")
ax.set(yscale="log", ylabel="objective above the minimum")
ax.legend()
plots.show(figure, "Subgradient descent goes up and down; its best step nears the minimum")

# %% [markdown]
# Because the slope jumps at the kinks, some steps go uphill. That is why `svm_subgradient` shrinks its steps and hands back
# the best weights of all, not the last.
#
# ### Exercise 3 · the soft margin
#
# Write the objective and its subgradient: the mean hinge loss plus `strength` times $\lVert\mathbf{w}\rVert^2$. Exactly
# on the kink a sample adds nothing, and the bias pays no price. The cell below your check then descends with it.


# %% tags=["exercise:soft_margin"]
def soft_margin(w, x, y, strength):
    """The objective, a number, and its subgradient, an array like w.  Strang VII.5 (1)

    w (d + 1,), the bias first; x (n, d + 1), its column 0 is 1; y (n,) in {-1, 1}
    """
    raise NotImplementedError("your code here")


# %% tags=["check:soft_margin"]
check(soft_margin)

# %%
rule, here = use(soft_margin), np.zeros(3)
x, labels = datasets.blobs(np.random.default_rng(1), 60, distance=2.5)  # as above
x1, y = learners.with_bias(x), 2 * labels - 1
w = learners.svm_qp(x, y, C=C).w
for step in range(1, 3001):
    value, slope = rule(here, x1, y, 1 / (2 * n * C))
    here = here - 10 / (step + 20) * slope
print(f"your descent ends at {value:.3f}, the program at {objective(w):.3f}")

figure, ax = plt.subplots()
plots.points(x, y, ax=ax, names=["$y = -1$", "$y = +1$"])
for edge in (-1, 0, 1):
    plots.boundary(w - [edge, 0, 0], ax=ax, linewidth=4, alpha=0.3)
    plots.boundary(here - [edge, 0, 0], ax=ax, linestyle="--", color=plots.PURPLE)
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plots.show(figure, "The corridor that your descent finds, dashed, on that of the quadratic program")

# %% [markdown]
# ## One wild sample
#
# Three losses draw three lines through the same samples: hinge with its corridor and ringed support vectors, logistic
# (softmax, if there are two classes), and squared. On the right stand the samples with their losses.
#
# **Move the wild sample** outward first, then into the other class, and only then turn $C$. A click adds a sample.


# %% tags=["live", "covers:soft-margin-svm", "covers:softmax-versus-svm"]
def with_wild(distance):
    """24 samples, and a wild positive one so far from the middle, on its own side."""
    x, labels = datasets.blobs(np.random.default_rng(0), 24, distance=3.2, noise=0.8)
    place = distance * np.array([1, 1]) / np.sqrt(2) + np.array([0.85, -0.85])
    return np.vstack([x, place]), np.append(2 * labels - 1, 1)


def logistic_weights(x, y, C):
    return learners.logistic_irls(learners.with_bias(x), (y + 1) // 2, ridge=1 / C).w


fits = {"hinge": lambda x, y, C: learners.svm_qp(x, y, C=C).w, "logistic": logistic_weights}
fits["squared"] = lambda x, y, C: learners.least_squares(learners.with_bias(x), y)
live.hinge.soft_margin(with_wild, fits)

# %% [markdown]
# What to notice: beyond the corridor the wild sample does not exist for hinge, and hardly for logistic, while the squared
# loss follows it. In the other class it turns every line. A small $C$ takes its say away from hinge and logistic (the
# squared line has no $C$): short weights, a wide corridor, many support vectors that share the work. A large $C$ obeys
# every sample as far as a line can.
#
# EE147 suspects that such silence helps where labels are wrong. Flip one label in ten, and ask who still pulls.

# %% tags=["covers:softmax-versus-svm"]
x, labels = datasets.blobs(np.random.default_rng(1), 120, distance=3.5)
y = np.where(rng.random(120) < 0.1, -1, 1) * (2 * labels - 1)
x1, w = learners.with_bias(x), {name: fit(x, y, 1.0) for name, fit in fits.items()}
_, hinge_pull = losses.hinge(x1 @ w["hinge"], y)
_, logistic_pull = losses.binary_cross_entropy(x1 @ w["logistic"], (y + 1) // 2)

beyond = y * (x1 @ w["hinge"]) > 1 + 1e-6
print(f"{beyond.sum()} of 120 samples lie beyond the corridor")
verify.claim("EE147", "each of them has hinge gradient 0", not hinge_pull[beyond].any())
verify.claim("EE147", "no sample has logistic gradient 0", logistic_pull.all())
for name in ("hinge", "logistic"):
    right = np.sum((x1 @ w[name] > 0) == (labels == 1))
    print(f"{name}: {right} of 120 right, by the true labels")
far, near = (fits["hinge"](*with_wild(distance), 1.0) for distance in (30, 3))
verify.equation("a wild sample at 3 or 30, same weights", far, near, tolerance=1e-5)

# %% [markdown]
# The silence is real, an advantage is not promised. On these data the two lines differ by a single sample.
#
# ## Several classes
#
# With a score $s_k$ for each class, the score of the right one has to lead every other by 1, or pay (EE147):
#
# $$\sum_{k \ne \text{label}} \max(0,\; 1 + s_k - s_{\text{label}}).$$

# %% tags=["covers:multiclass-hinge-loss"]
s, c = rng.normal(size=(300, 5)), 5
label = s.argmax(axis=1)  # the right class wins, by whatever lead
each = np.array([losses.multiclass_hinge(s[[n]], label[[n]])[0] for n in range(300)])
equal, _ = losses.multiclass_hinge(0 * s, label)
moved, _ = losses.multiclass_hinge(s + rng.normal(size=(300, 1)), label)
verify.equation("all scores equal, a loss of c - 1", equal, c - 1)
verify.claim("a winner", "costs 0 to c - 1", (each >= 0).all() and each.max() <= c - 1)
verify.equation("all scores moved alike, the same loss", moved, each.mean())

# %% [markdown]
# Its subgradient is a matter of counting. A wrong class that is not a full 1 behind gets $+\mathbf{x}$, and the right
# class gets $-\mathbf{x}$ for each of those. Write the numbers in a matrix with a row for each sample, the *mask*
# $\mathbf{M}$, and two loops become one product, $\mathbf{M}^\top\mathbf{X}/n$. (EE147 leaves the bias out, as we do here.)


# %% tags=["covers:hinge-subgradient"]
def by_loops(W, x, labels):
    """EE147 Hinge Loss Gradient, one sample and one class at a time."""
    dW = np.zeros_like(W)
    for sample, label in zip(x, labels, strict=True):
        for k in range(len(W)):
            if k != label and 1 + (W[k] - W[label]) @ sample > 0:
                dW[k] += sample / len(x)
                dW[label] -= sample / len(x)
    return dW


W, x, label = rng.normal(size=(5, 3)), 2 * rng.normal(size=(9, 3)), rng.integers(5, size=9)
_, mask = losses.multiclass_hinge(x @ W.T, label, reduction="sum")
numeric = verify.gradient(lambda W: losses.multiclass_hinge(x @ W.T, label)[0], W)

# %% tags=["covers:hinge-subgradient"]
loops = by_loops(W, x, label)
verify.equation("EE147 Hinge Loss Gradient, the mask", mask.T @ x / len(x), loops)
verify.equation("central differences, the same", numeric, loops, tolerance=1e-7)
verify.equation("each row of the mask, a sum of 0", mask.sum(axis=1), 0)

figure, ax = plt.subplots(figsize=(4.4, 4.8))
tints = np.insert(plots.tints(2), 1, 0, axis=0)  # for -1, 0, +1
ax.imshow(tints[np.sign(mask).astype(int) + 1])
for (row, column), number in np.ndenumerate(mask.astype(int)):
    ax.text(column, row, f"{number:+d}" if number else "0", ha="center", va="center")
ax.set(xlabel="class", ylabel="sample", xticks=range(5), yticks=range(9))
plots.show(figure, "The mask of nine samples and five classes")

# %% [markdown]
# Read it row by row: orange are the classes that come too close, blue is the right one with their number. A row of
# zeros is a sample that has fallen silent.
#
# ### Exercise 4 · the mask
#
# Build the mask yourself, without a loop over samples. (With a loop it passes, too.)


# %% tags=["exercise:multiclass_hinge_gradient"]
def multiclass_hinge_gradient(W, x, labels):
    """dR/dW (k, d) of the mean multiclass hinge loss; a class exactly 1 behind adds nothing.

    W (k, d), x (n, d), labels (n,) in 0 ... k - 1.  EE147 Hinge Loss Gradient
    """
    raise NotImplementedError("your code here")


# %% tags=["check:multiclass_hinge_gradient"]
check(multiclass_hinge_gradient)

# %% [markdown]
# ## Ten digits, two losses
#
# Plain gradient descent on the mean multiclass hinge is EE147's multiclass support vector machine. Beside it runs softmax
# regression from the same zeros, each with a learning rate that suits it. At every step, count the training digits
# whose gradient is exactly 0.


# %% tags=["covers:multiclass-svm-training"]
def descend_head(loss, lr, x, labels, *, steps=400):
    """Gradient descent on a linear head from W = 0: W (10, d), the risks, the shares silent."""
    W, risks, silent = np.zeros((10, x.shape[1])), [], []
    for _ in range(steps):
        risk, delta = loss(x @ W.T, labels)
        risks.append(risk)
        silent.append(np.mean(~delta.any(axis=1)))
        W = W - lr * delta.T @ x
    return W, risks, silent


x, digit = datasets.digits()
train, test = datasets.split(np.random.default_rng(5), learners.with_bias(x), digit)
heads = {"hinge": (losses.multiclass_hinge, 0.05), "softmax": (losses.cross_entropy, 0.5)}
runs = {name: descend_head(*head, *train) for name, head in heads.items()}

# %% tags=["covers:multiclass-svm-training", "covers:softmax-versus-svm"]
figure, ax = plt.subplots()
for name, color in {"hinge": plots.PURPLE, "softmax": plots.GREEN}.items():
    ax.plot(100 * np.array(runs[name][2]), color=color, label=name)
ax.set(xlabel="step of gradient descent", ylabel="silent digits in %", ylim=(-3, 100))
ax.legend(loc="center right")
plots.show(figure, "Under hinge most training digits fall silent, under softmax none ever does")

W, risks, _ = runs["hinge"]
verify.equation("at W = 0, an objective of c - 1 = 9", risks[0], 9)
s, own = train[0] @ W.T, np.eye(10)[train[1]] == 1
_, delta = losses.multiclass_hinge(s, train[1])
satisfied = s[own] > 1 + np.where(own, -np.inf, s).max(axis=1)
verify.claim("satisfied digits", "have gradient 0", not delta[satisfied].any())

# %% [markdown]
# Under the hinge loss more and more digits drop out, and the work goes on with the hard ones. Softmax never lets go of
# the easy ones; their pull only becomes small.
#
# ## On top of a network
#
# Both losses ask for scores and nothing else, so both fit on the last layer of a network (Strang VII.2). Train a small
# one with softmax, keep its 32 hidden features, and give them to both heads: same features, same rule, *the largest
# score wins*.

# %% tags=["covers:svm-last-layer"]
from functools import partial

from dlnotes import initialization, layers, optimizers, training

net = layers.chain(layers.linear, layers.tanh, layers.linear)
start = (initialization.glorot(rng, 65, 32), (), initialization.glorot(rng, 32, 10))
rule = partial(optimizers.adam, lr=0.005)
(first, *_), _ = training.fit(net, losses.cross_entropy, start, train, rule, rng=rng, epochs=15)
hidden = [learners.with_bias(np.tanh(layers.linear(x, first)[0])) for x, _ in (train, test)]

for name, head in heads.items():
    on_pixels, on_features = runs[name][0], descend_head(*head, hidden[0], train[1])[0]
    pixels = losses.accuracy(test[0] @ on_pixels.T, test[1])
    features = losses.accuracy(hidden[1] @ on_features.T, test[1])
    print(f"{name}: {pixels:.0%} of new digits right on pixels, {features:.0%} on features")

# %% [markdown]
# Learned features help both heads. Which head sits on them makes no difference here, so do not count on either to win.
#
# ## The same in PyTorch
#
# `multi_margin_loss` divides by the number of classes $c$ as well, so multiply by it. The binary hinge is one line with
# `relu`. Beware of `hinge_embedding_loss`, which is something else.

# %% tags=["covers:multiclass-hinge-loss"]
import torch


def torch_multiclass(s, label):
    return s.shape[1] * torch.nn.functional.multi_margin_loss(s, label)


def torch_hinge(s, y):
    return torch.relu(1 - y * s).mean()


s, label, y = rng.normal(size=(12, 5)), rng.integers(5, size=12), rng.choice([-1, 1], size=12)
verify.loss_against_torch(losses.multiclass_hinge, torch_multiclass, s, label)
verify.loss_against_torch(losses.hinge, torch_hinge, s[:, 0], y)

# %% [markdown] tags=["question:ch02.hinge_loss_and_svm.thrown_away"]
# ### In your own words
#
# To save space a colleague trains a soft-margin machine and a logistic regression on the same samples, and then keeps
# only those with $y\,s \le 1$ for each. A year later she trains both again, each on what she kept, with the same $C$.
# Which of the two lines comes out as before, which does not, and why? Say what a sample must do to a loss to be missed.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Hinge, $\max(0, 1 - y\,s)$, asks for more than right and then falls silent. Logistic fades and never ends.
# - The shortest $\mathbf{w}$ with $y^n s^n \ge 1$ makes the widest corridor, $2/\lVert\mathbf{w}\rVert$. The support vectors
#   on its edges hold it alone.
# - The slack of the soft margin is the hinge loss. Small $C$: a wide corridor, many share the work. Large $C$: every
#   sample is obeyed.
# - For several classes the subgradient is $\mathbf{M}^\top\mathbf{X}/n$, with a mask whose rows sum to 0.
#
# ## Where the books differ
#
# - Strang VII.5 calls the hinge loss zero for a sample on the correct side. It is zero from $y\,s = 1$ on; a sample with
#   $y\,s = 0.5$ is right and costs 0.5. That was exercise 1.
# - Strang subtracts the offset, $\mathbf{w}^\top\mathbf{v} - b$; GBC (5.82) and EE147 add it. The lines are the same, the
#   signs of $b$ are not.
# - Strang puts a price $\lambda$ on long weights and averages the losses, most programs put a price $C$ on their sum:
#   $\lambda = 1/(2nC)$.
# - GBC 5.7.2 describes what the machine answers and gives no objective to train it with. DLNN and MEDL leave it out.
# - EE147 drops the biases of its multiclass machine; on the digits above a constant 1 in column 0 keeps them.
#
# **Next:** [XOR](../ch03_backpropagation/01_xor.ipynb), where chapter 3, backpropagation, begins. Every classifier of
# this chapter except nearest neighbors makes one flat cut between two classes. Stacked layers bend the cut, and the `delta` of the loss is what travels back through them.
