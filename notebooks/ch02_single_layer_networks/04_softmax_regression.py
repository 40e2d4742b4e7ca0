# %% [markdown]
# # Softmax regression
#
# Ten scores become ten probabilities, and one subtraction, *what it said minus what was true*, trains all of them.
#
# **After this notebook you can**
#
# - turn scores into probabilities that survive any score, and say what a temperature does to them;
# - derive a cost for any output layer, and the gradient of this one in one line;
# - train a reader of handwritten digits, look at what it has learned, and say why it is a weak one.
#
# 60 minutes in two sittings · the break is before *What a confident mistake costs* · before this:
# [Logistic regression](03_logistic_regression.ipynb)
#
# DLNN 4.4, A.2 · GBC 4.1, 6.2 · Strang VII.2 · EE147 Softmax Classifier · MEDL 5.1, 5.3
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{s}$ (DLNN), $\mathbf{z}$ (GBC, MEDL), $a_j$ (EE147), $w_j$ (Strang) | `s` | scores or logits, the pre-activations of the output |
# | $\mathbf{a}$ (DLNN, MEDL), $\hat{\mathbf{y}}$, $q$ (GBC), $p_j$ (Strang) | `p` | probabilities of the classes |
# | $\mathbf{y}$ (DLNN), $\mathbf{e}_k$ (MEDL) | `y = one_hot(labels, k)` | one-hot code of a label |
# | $\boldsymbol\delta$ (DLNN), $\partial C/\partial\mathbf{z}$ (MEDL) | `delta` | slope of the cost along each score |
# | $K$ (DLNN, MEDL), $n$ (GBC), $c$ (EE147) | `k` | number of classes |
# | $\eta$ | `lr` | learning rate: how much of the gradient is subtracted from the weights |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(4)

# %% [markdown]
# ## Names without an order
#
# The digits 0 to 9 are names here. A 7 read as an 8 is as wrong as a 7 read as a 1, although 8 is closer to 7. So each
# class gets a unit of its own: the *one-hot* code of a label is 1 at its place and 0 elsewhere (DLNN 4.4.1), and any two
# codes are equally far apart. Labels count from 0 here. Those of a book that counts from 1, or writes $-1$ and $1$, are
# converted first.

# %% tags=["covers:one-hot-encoding"]
labels = np.array([2, 0, 1, 1])
y = losses.one_hot(labels, 3)
print(y)
verify.equation("DLNN 4.4.1, rows sum to 1", y.sum(axis=1), 1)
verify.equation("DLNN 4.4.1, decoding inverts encoding", y.argmax(axis=1), labels)
apart = np.linalg.norm(y[1] - y[2]), np.linalg.norm(y[0] - y[1]), np.linalg.norm(y[0] - y[2])
verify.equation("any two codes are equally far apart", apart, np.sqrt(2))

from_one, signs = labels + 1, np.array([-1, 1, 1])
verify.equation("GBC 5.1.1, labels 1 ... k", losses.one_hot(from_one - 1, 3), y)
verify.equation("labels -1 and 1", losses.one_hot((signs + 1) // 2, 2)[:, 1], signs > 0)

# %% [markdown]
# A unit for each concept is not the only code. A red truck is *red* and *a truck*: with three colors and three vehicles
# you can spend nine units, or three and three (GBC 1.2.1). **Move the sliders** and watch the two codes, one concept a
# row, drawn to the same scale.


# %% tags=["live", "covers:distributed-code-count"]
def codes(things, values):
    """A unit for each concept, and one for each value; the rows of things (n, m) are concepts."""
    place = values ** np.arange(things.shape[1])[::-1]
    one_each = losses.one_hot(things @ place, values ** things.shape[1])
    one_a_value = np.hstack([losses.one_hot(column, values) for column in things.T])
    return one_each, one_a_value


live.softmax_regression.two_codes(codes)

# %% [markdown]
# Concepts multiply, values only add: with $m$ attributes $v^m$ units against $v\,m$. The hidden layers of later chapters
# live on this. The output layer of a classifier does not share: it keeps a unit for each class.

# %% tags=["covers:distributed-code-count"]
things = np.array(list(np.ndindex(3, 3)))
one_each, one_a_value = codes(things, 3)
verify.equation("GBC 1.2.1, nine units", one_each.shape[1], 9)
verify.equation("GBC 1.2.1, three and three", one_a_value.shape[1], 3 + 3)
decoded = one_a_value.reshape(9, 2, 3).argmax(axis=2)
verify.equation("the shorter code still tells all nine apart", decoded, things)

# %% [markdown]
# ## A score for each class
#
# Give every class its own weights and let each compute a score: $\mathbf{s} = \mathbf{W}\mathbf{x} + \mathbf{b}$, one
# row of $\mathbf{W}$ a class. The largest score wins. Two classes tie where $(\mathbf{w}_i - \mathbf{w}_j)^\top
# \mathbf{x} + b_i - b_j = 0$ (EE147), a straight line, dashed below.
#
# **Turn the vector of class 0** until all samples lie in the region of their color.


# %% tags=["live", "covers:linear-decision-regions"]
def scores(x, W, b):
    return layers.linear(x, (W, b))[0]


centers = 2.3 * np.array([[0, 1], [-0.87, -0.5], [0.87, -0.5]])
labels = np.arange(60) % 3
x = centers[labels] + 0.36 * rng.normal(size=(60, 2))
live.softmax_regression.class_regions(scores, x, labels, W=centers / 2.9, b=np.zeros(3))

# %% [markdown]
# Did you notice that the three lines meet in one point? Where two of them cross, $s_0 = s_1$ and $s_1 = s_2$, so $s_0 =
# s_2$ as well. Beyond that point a dashed line separates nothing: the third class has overtaken both. So $k$ classes
# have at most one border for each pair, $k(k-1)/2$ (EE147), and often fewer.

# %% tags=["covers:linear-decision-regions"]
W, b = rng.normal(size=(3, 2)), rng.normal(size=3)
normal, offset = W[0] - W[1], b[0] - b[1]
foot = -offset * normal / (normal @ normal)
line = foot + rng.normal(size=(20, 1)) * [-normal[1], normal[0]]
s = scores(line, W, b)
verify.equation("EE147, equal scores on the line 0|1", s[:, 0], s[:, 1])

crossing = np.linalg.solve(W[:2] - W[1:], b[1:] - b[:2])  # of the lines 0|1 and 1|2
s0, _, s2 = scores(crossing[None], W, b)[0]
verify.equation("s_0 = s_2 where 0|1 and 1|2 cross", s0, s2)

# %% [markdown]
# ## From scores to probabilities
#
# Make the scores positive with an exponential, and divide by their sum: the *softmax* $p_i = e^{s_i} / \sum_j e^{s_j}$,
# DLNN (4.49), GBC (6.29). The code below has it twice: as it is printed, and with the largest score of each row
# subtracted first, GBC (6.33).
#
# Dividing the scores by a *temperature* $T$ decides how soft the softmax is. **Move it from one end to the other.** Then
# put it back to 1 and add a number to all three scores.


# %% tags=["live", "covers:softmax-temperature", "covers:softmax-stable"]
def printed(s):
    """The softmax of each row of s (n, k) as it is printed: DLNN (4.49)."""
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(s)
        return e / e.sum(axis=1, keepdims=True)


def softmax(s):
    """The same, with the largest score subtracted first: GBC (6.33)."""
    return printed(s - s.max(axis=1, keepdims=True))


live.softmax_regression.scores_to_probabilities(softmax, printed, [1.0, 2.0, 3.0])

# %% [markdown]
# Cold, the largest score takes everything; hot, all classes are alike. So the name should be soft *arg* max: it softens
# the one-hot code of the winner. The number that was added changed nothing, but it broke the formula as printed: that
# fails once a score passes 709, where $e^s$ leaves the range of a computer, or when all scores fall below $-745$, where
# every $e^s$ is rounded to 0.

# %% tags=["covers:softmax-temperature"]
s = np.array([[1.0, 2.0, 3.0]])
verify.equation("Strang VII.2 (9) at 1, 2, 3", softmax(s).round(4), [[0.0900, 0.2447, 0.6652]])
verify.equation("T = 0.5", softmax(s / 0.5).round(4), [[0.0159, 0.1173, 0.8668]])
verify.equation("T to infinity, 1/3 each", softmax(s / 1e12), 1 / 3)
verify.equation("T to 0, one-hot", softmax(s / 1e-12), [[0, 0, 1]])

edges = np.array([[709, 0], [710, 0], [-745, -746], [-746, -746]])
fails = np.isnan(printed(edges)).any(axis=1)
verify.equation("the printed formula fails beyond 709 and -745", fails, [0, 1, 0, 1])

# %% [markdown]
# Why may the largest score be subtracted? A number added to all scores becomes a factor of numerator and denominator,
# and cancels, GBC (6.32). One trap is left. Costs need the *logarithm* of $p$, and a probability that was rounded to 0
# has none. The logarithm wants a formula of its own: $\log p_i = s_i - \log\sum_j e^{s_j}$, GBC (6.30).

# %% tags=["covers:softmax-stable"]
s = rng.normal(size=(4, 3))
verify.equation("GBC (6.32), adding a constant changes nothing", softmax(s + 1000), softmax(s))
not_alike = not np.allclose(s + 1, softmax(s + 1))
verify.claim("EE147, corrected", "a shifted score is not its softmax", not_alike)
verify.equation("DLNN (4.51), rows sum to 1", softmax(1e4 * s).sum(axis=1), 1)

equal = np.full((1, 3), 1e4)
verify.equation("GBC 4.1, three equal scores of 1e4", softmax(equal), 1 / 3)
verify.claim("GBC 4.1", "the printed form gives NaN there", np.isnan(printed(equal)).all())

far = np.array([[0, -1e4]])
with np.errstate(divide="ignore"):
    print("logarithm of the softmax:", np.log(softmax(far))[0])
verify.equation("GBC (6.30), log_softmax([0, -1e4])", losses.log_softmax(far), far)

# %% [markdown]
# ### Exercise 1 · the logarithm
#
# Write it for whole rows. It must come back exact for scores of any size; the check uses rows of thousands, some with
# scores close together. Stuck? `hint(log_softmax)`, in a cell of your own, helps.


# %% tags=["exercise:log_softmax"]
def log_softmax(s):
    """log softmax (n, k) of each row of the scores s (n, k).  GBC (6.30)"""
    raise NotImplementedError("your code here")


# %% tags=["check:log_softmax"]
check(log_softmax)

# %% [markdown]
# ### Two classes
#
# With two classes only $s_1 - s_0$ counts, so one score can be fixed at 0, and the softmax becomes the sigmoid of the
# [last notebook](03_logistic_regression.ipynb). GBC 6.2.2.3 fixes the wrong one: it sets the *first* score to 0 and
# calls the first probability $\sigma(z)$.

# %% tags=["covers:softmax-output-unit"]
z = 0.7
sigma = layers.sigmoid(np.array([z]))[0][0]
as_printed, corrected = softmax(np.array([[0, z], [z, 0]]))[:, 0]
print(f"sigmoid {sigma:.4f}, GBC as printed {as_printed:.4f}, corrected {corrected:.4f}")
verify.equation("GBC 6.2.2.3 corrected, softmax([z, 0])_1", corrected, sigma)
verify.equation("GBC 6.2.2.3 as printed is sigmoid(-z)", as_printed, 1 - sigma)

# %% [markdown]
# ### Exercise 2 · repair the printed formula
#
# In code the classes are 0 and 1, and the columns of `p` stand in this order. Which score has to be 0?


# %% tags=["exercise:two_class_softmax"]
def two_class_softmax(s):
    """Probabilities p (n, 2) of the classes 0 and 1: the softmax of two scores, one of them 0.

    s (n,), the other score, of any size;  p[:, 1] must be sigmoid(s).  GBC 6.2.2.3
    """
    raise NotImplementedError("your code here")


# %% tags=["check:two_class_softmax"]
check(two_class_softmax)

# %% [markdown]
# ## Every output layer brings its cost
#
# You now know three output layers. Each has a rule that turns its output into a decision: the sign of a number, a
# threshold at one half, the largest of several.

# %% tags=["covers:output-layers-decision-rules"]
rules = {
    "identity, sign     ": (layers.identity, np.sign),
    "sigmoid, threshold ": (layers.sigmoid, lambda a: (a > 0.5).astype(int)),
    "softmax, argmax    ": (layers.softmax, lambda a: a.argmax(axis=1)),
}
s = np.array([[-0.4, 1.2, 0.3]])
for name, (layer, rule) in rules.items():
    a, _ = layer(s)
    print(f"{name} {a[0].round(3)}  sum {a.sum():5.3f}  decision {rule(a).ravel()}")

s = rng.normal(size=(100, 3))
verify.equation("MEDL 5.1, probabilities sum to 1", softmax(s).sum(axis=1), 1)
verify.equation("argmax p = argmax s", softmax(s).argmax(axis=1), s.argmax(axis=1))

# %% [markdown]
# Each also has its cost, and one recipe makes them all: say which distribution of $y$ the output describes, and take
# $-\log p(y \mid \mathbf{x})$, averaged over the samples: GBC (6.12). (GBC 6.2.1.1 forgets the minus sign once.) You
# have met all three.


# %% tags=["covers:nll-cost-factory"]
def cost_from(log_p):
    """A cost made from the log-probability of each sample, log_p(output, y) -> (n,).  GBC (6.12)"""
    return lambda output, y: -log_p(output, y).mean()


gaussian = cost_from(lambda f, y: -0.5 * ((y - f) ** 2 + np.log(2 * np.pi)).sum(axis=1))
bernoulli = cost_from(lambda s, y: -np.logaddexp(0, (1 - 2 * y) * s))
categorical = cost_from(lambda s, labels: losses.log_softmax(s)[np.arange(len(s)), labels])

s, y, labels = rng.normal(size=(9, 3)), rng.normal(size=(9, 3)), rng.integers(3, size=9)
constant = 3 / 2 * np.log(2 * np.pi)
verify.equation("GBC (6.13)", gaussian(s, y), losses.squared_error(s, y)[0] + constant)
s0, bits = s[:, 0], labels % 2
verify.equation("GBC (6.24)", bernoulli(s0, bits), losses.binary_cross_entropy(s0, bits)[0])
verify.equation("GBC (6.30)", categorical(s, labels), losses.cross_entropy(s, labels)[0])

# %% [markdown]
# The recipe has a trap. Let the unit also choose the width $\sigma$ of its Gaussian. What is the best width for a
# residual of 0.1, and for a sample that is fitted perfectly?


# %% tags=["covers:nll-cost-factory"]
def nll(residual, sigma):
    """-log N(y; f, sigma^2) with y - f = residual."""
    return 0.5 * (residual / sigma) ** 2 + np.log(sigma) + 0.5 * np.log(2 * np.pi)


sigma = np.geomspace(1e-4, 10, 200)
figure, ax = plt.subplots()
for residual, style in [(1.0, "-"), (0.1, "--"), (0.0, "-.")]:
    ax.plot(sigma, nll(residual, sigma), style, label=f"residual {residual:g}")
ax.set(xscale="log", ylim=(-9, 8), xlabel="width $\\sigma$", ylabel="$-\\log p(y)$")
ax.legend()
plots.show(figure, "Cost of one sample against the width, for residuals 1, 0.1, and 0")
for residual in (1.0, 0.1):
    best = (nll(residual, residual) <= nll(residual, sigma)).all()
    verify.claim(f"residual {residual}", "it is its own best width", best)
saved = nll(0, sigma) - nll(0, sigma / 2)
verify.equation("residual 0: half the width always saves log 2", saved, np.log(2))

# %% [markdown]
# A residual is its own best width. Without a residual every halving saves the same $\log 2$, without end, and the cost
# goes to $-\infty$ (GBC 6.2.1.1). A network that predicts its own variance needs a floor under it.
#
# ## What a confident mistake costs
#
# *The second sitting. If you closed the page in between, choose Run, Run All Above Selected Cell.*
#
# For the softmax the recipe gives the *cross-entropy* $C = \log\sum_j e^{s_j} - s_\text{label}$ (DLNN (4.53), MEDL 5.3).
# Could the squared distance between $\mathbf{p}$ and the one-hot code $\mathbf{y}$ do as well? Let the wrong one of two
# classes lead by more and more, and look at $\boldsymbol\delta = \partial C/\partial\mathbf{s}$, the gradient that
# reaches the scores.

# %% tags=["covers:softmax-output-unit", "covers:softmax-cross-entropy"]
lead = np.linspace(-10, 10, 201)
s = np.column_stack([np.zeros(201), lead])
labels = np.zeros(201, dtype=int)  # class 0 is right
_, cross = losses.cross_entropy(s, labels, reduction="sum")
p, back = layers.softmax(s)
_, dp = losses.squared_error(p, losses.one_hot(labels, 2), reduction="sum")
squared, _ = back(dp)

figure, ax = plt.subplots()
ax.plot(lead, np.linalg.norm(cross, axis=1), label="cross-entropy")
ax.plot(lead, np.linalg.norm(squared, axis=1), "--", label="squared error")
ax.set(xlabel="lead of the wrong class", ylabel="length of $\\delta$")
ax.legend()
plots.show(figure, "Length of delta against the lead of a wrong class, for two costs")

# %% [markdown]
# Far to the right the unit is sure and wrong. Cross-entropy pulls hardest there. The squared error has all but stopped
# pulling: the softmax is *saturated*, its slopes are close to 0, and they are factors of this gradient. So it is
# cross-entropy, and there is a number to check every implementation by: with all weights 0, ten classes cost $\log 10$.

# %% tags=["covers:softmax-cross-entropy"]
ratio = np.linalg.norm(cross[-1]) / np.linalg.norm(squared[-1])
verify.claim("at a lead of 10", "squared error pulls 1,000 times less", bool(ratio > 1000))
labels = rng.integers(10, size=7)
risk, _ = losses.cross_entropy(np.zeros((7, 10)), labels)
verify.equation("log 10 at zero weights", round(risk, 6), 2.302585)

s = rng.normal(size=(7, 10))
C = np.log(np.exp(s).sum(axis=1)) - s[np.arange(7), labels]
total, _ = losses.cross_entropy(s, labels, reduction="sum")
verify.equation("DLNN (4.54), the sum", total, C.sum())
verify.equation("MEDL 5.3, the mean", losses.cross_entropy(s, labels)[0], C.mean())

# %% [markdown]
# ## The Jacobian and the shortcut
#
# Push one score up, and every probability moves: its own rises with the slope $p_i(1 - p_i)$, the others fall with
# $-p_i\,p_j$. All these slopes together are the *Jacobian* $\operatorname{diag}(\mathbf{p}) -
# \mathbf{p}\mathbf{p}^\top$, DLNN (A.18), MEDL (5.19).

# %% tags=["covers:softmax-jacobian"]
s = rng.normal(size=(1, 5))
p = softmax(s)[0]
J = np.diag(p) - np.outer(p, p)

figure, ax = plt.subplots(figsize=(4.4, 3.8))
ax.imshow(J, cmap=plots.SIGNED, vmin=-0.45, vmax=0.45)
for i, j in np.ndindex(5, 5):
    ax.text(j, i, f"{J[i, j]:.2f}", ha="center", va="center")
ax.set(xlabel="score that moves", ylabel="probability that answers")
plots.show(figure, "The Jacobian of a softmax: positive on the diagonal, negative elsewhere")

# %% [markdown]
# Orange rises, blue falls. Every row sums to 0, since one constant added to all scores changes nothing. That constant is
# the only way to move scores without effect, so the rank is one less than the number of classes.


# %% tags=["covers:softmax-jacobian"]
def probability_of(i):
    return lambda s: softmax(s)[0, i]


numeric = np.array([verify.gradient(probability_of(i), s)[0] for i in range(5)])
verify.equation("DLNN (A.18), against central differences", J, numeric, tolerance=1e-8)
verify.equation("rows sum to 0", J.sum(axis=1), 0)
verify.equation("symmetric", J, J.T)
signs = np.sign(J) == 2 * np.eye(5) - 1
verify.claim("every score", "lifts its own probability and lowers the others", signs.all())
lowest, *others = np.linalg.eigvalsh(J)
verify.equation("one eigenvalue is 0", lowest, 0)
verify.claim("the other k - 1 eigenvalues", "are positive", bool(min(others) > 0.01))

# %% [markdown]
# Backpropagation multiplies the Jacobian with the gradient of $-\log p_\text{label}$, which is $-1/p_\text{label}$ at the
# place of the label and 0 elsewhere. (`back` does it without building a matrix: for ten thousand classes it would have a
# hundred million entries.) Almost everything cancels: $\boldsymbol\delta = \mathbf{p} - \mathbf{y}$, MEDL (5.20). *What it
# said minus what was true*, as for the linear neuron and the sigmoid. In one step it is exact at any score; in two steps
# it is not.


# %% tags=["covers:softmax-cross-entropy"]
def two_steps(s, label):
    """dC/ds (k,) by way of p: the gradient of -log p_label, times the Jacobian."""
    p, back = layers.softmax(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        dp = -np.eye(s.shape[1])[[label]] / p
        return back(dp)[0][0]


one_step = p - np.eye(5)[3]
verify.equation("MEDL (5.20), dC/ds = p - y", two_steps(s, 3), one_step)
verify.equation("its entries sum to 0", one_step.sum(), 0)
far = np.array([[1000.0, 0.0]])
print("scores 1000 and 0, in one step: ", losses.cross_entropy(far, np.array([1]))[1][0])
print("                   in two steps:", two_steps(far, 1))

# %% [markdown]
# ## Ten templates
#
# The weights enter through $\mathbf{s} = \mathbf{W}\mathbf{x}$, so the gradient of one sample is an outer product,
# $\boldsymbol\delta\,\mathbf{x}^\top$, DLNN (4.55): each class adds or subtracts the picture itself, weighted by how
# wrong it was. For a batch it is one matrix product.

# %% tags=["covers:softmax-regression-gradient"]
W, x, labels = rng.normal(size=(4, 3)), rng.normal(size=(7, 3)), rng.integers(4, size=7)


def summed_risk(W):
    return losses.cross_entropy(x @ W.T, labels, reduction="sum")[0]


_, delta = losses.cross_entropy(x @ W.T, labels, reduction="sum")
outer = sum(np.outer(delta[n], x[n]) for n in range(7))
numeric = verify.gradient(summed_risk, W)
verify.equation("DLNN (4.55), central differences", outer, numeric, tolerance=1e-7)
verify.equation("DLNN (4.55), all samples in one product", delta.T @ x, outer)
verify.equation("over the classes it sums to 0", outer.sum(axis=0), 0)

# %% [markdown]
# ### Exercise 3 · the gradient
#
# From scores to gradient in one function. Mind the average.


# %% tags=["exercise:softmax_gradient"]
def softmax_gradient(W, x, labels):
    """dR/dW (k, d) of the cross-entropy of the scores x W^T, averaged over the samples.

    W (k, d), x (n, d), labels (n,) integers 0 ... k - 1;  for scores of any size.  DLNN (4.55)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:softmax_gradient"]
check(softmax_gradient)

# %%
gradient, W = use(softmax_gradient), np.zeros((3, 3))
labels = np.arange(60) % 3
x = centers[labels] + 0.36 * np.random.default_rng(1).normal(size=(60, 2))
for _ in range(100):
    W = W - gradient(W, learners.with_bias(x), labels)

grid = np.linspace(-3, 3, 300)
places = learners.with_bias(np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2))
winner = (places @ W.T).argmax(axis=1).reshape(300, 300)
figure, ax = plt.subplots(figsize=(4.6, 4.2))
ax.imshow(plots.tints(3)[winner], extent=(-3, 3, -3, 3), origin="lower")
plots.points(x, labels, ax=ax, names=["class 0", "class 1", "class 2"])
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plots.show(figure, "Three classes, and the region of each after 100 steps of descent")

# %% [markdown]
# In *A score for each class* you turned one vector by hand. Here the gradient has turned all three, from zero.
#
# Now the real thing: 1,797 handwritten digits of 8 by 8 pixels, flattened to 64 numbers; 40% are kept for testing. Ten
# rows of 64 weights and ten biases make 650 numbers. (For the color pictures of CIFAR-10 it would be 30,730.) All start
# at 0, and gradient descent on all training digits makes 1,000 steps.

# %% tags=["covers:softmax-regression", "covers:linear-scores-templates"]
x, labels = datasets.digits()
train, test = datasets.split(np.random.default_rng(4), x, labels, test=0.4)
(x_train, labels_train), (x_test, labels_test) = train, test
x1 = learners.with_bias(x_train)
run = learners.softmax_regression(x1, labels_train, lr=1 / len(x1), max_steps=1000)


def posteriors(x, w):
    """Probabilities of the ten digits; w (10, 65), the bias first."""
    return softmax(learners.with_bias(x) @ w.T)


verify.equation("Strang, 64 weights a class; here with a bias", run.w.size, 10 * 64 + 10)
verify.equation("EE147, CIFAR-10", 10 * (32 * 32 * 3) + 10, 30_730)
start = run.history[0]["risk"] / len(x1)
verify.equation("log 10 for each sample at the start", start, np.log(10))

# %% [markdown]
# **Press Play.** On top is each class's row of weights as a picture: ink on orange pixels speaks for the digit, ink on
# blue ones against it. The frame marks the class that wins for the test picture below.


# %% tags=["live", "covers:softmax-regression", "covers:linear-scores-templates"]
def measured(row):
    """A row of the history with the accuracies of its weights."""
    right = [losses.accuracy(posteriors(x, row["w"]), labels) for x, labels in (train, test)]
    return row | {"train": right[0], "test": right[1]}


steps = [0, *np.unique(np.geomspace(1, 1000, 60).astype(int))]
frames = [measured(run.history[step]) for step in steps]
some = slice(81, 111)  # thirty test pictures, a few of them hard
live.softmax_regression.templates(posteriors, frames, x_test[some], labels_test[some], (8, 8))

# %% [markdown]
# Most is learned in the first step. No wonder: from zero weights it adds up the pictures of each class and subtracts a
# tenth of all pictures. The rest of the run sharpens these averages into *templates*. Ink in the middle, for example,
# speaks against a 0.

# %% tags=["covers:linear-scores-templates"]
sums = losses.one_hot(labels_train, 10).T @ x1
first = (sums - x1.sum(axis=0) / 10) / len(x1)
verify.equation("DLNN (4.55), the first step", run.history[1]["w"], first)

grand_mean = x_train.mean(axis=0)
means = np.array([x_train[labels_train == i].mean(axis=0) for i in range(10)])
alike = [np.corrcoef(run.w[i, 1:], means[i] - grand_mean)[0, 1] for i in range(10)]
print(f"correlation of template and class average: {min(alike):.2f} or more")
verify.claim("EE147", "templates resemble the average of their class", min(alike) > 0.5)
middle = run.w[0, 1:].reshape(8, 8)[3:5, 3:5]
verify.claim("middle of template 0", "ink there speaks against a 0", (middle < 0).all())

# %% [markdown]
# ## What it settles on
#
# Given time, and no *regularizer* (a penalty on large weights), where does descent end? If the input is discrete, at the
# frequencies of the data: GBC (6.31). Sort 150 irises into three bins by the width of their sepals, and tell the learner
# nothing but the bin.

# %% tags=["covers:softmax-empirical-frequencies"]
flowers, species = datasets.iris()
bins = np.digitize(flowers[:, 1], [2.85, 3.25])  # narrow, middle, wide
y = losses.one_hot(species, 3)
settled = learners.softmax_regression(losses.one_hot(bins, 3), species, lr=0.02)
p = softmax(np.eye(3) @ settled.w.T)
frequency = np.array([y[bins == number].mean(axis=0) for number in range(3)])

figure, ax = plt.subplots()
for i, name in enumerate(["setosa", "versicolor", "virginica"]):
    place = np.arange(3) + 0.25 * (i - 1)
    ax.bar(place, frequency[:, i], 0.22, alpha=0.6, label=name)
    ax.plot(place, p[:, i], "_", color=plots.INK, markersize=22, markeredgewidth=3)
ax.set(xticks=range(3), xlabel="bin: narrow, middle, wide sepals", ylabel="share of the bin")
ax.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
plots.show(figure, "Shares of three species in three bins, and learned probabilities on top")

# %% [markdown]
# Bars are frequencies, the short lines on top learned probabilities. The learner cannot do better than count. (Had a
# species been missing from a bin, its score would have gone on falling for ever: no score gives probability 0.)
#
# The weights it ends with are not the only ones. Add the same vector to every row of $\mathbf{W}$ and no probability
# changes, so the minimum that DLNN 4.4.3 calls unique is not. And with two classes the difference of the two rows is
# logistic regression, step for step, at twice the learning rate.

# %% tags=["covers:softmax-empirical-frequencies", "covers:softmax-regression"]
print(settled.message)
verify.equation("GBC (6.31), frequencies", p, frequency, tolerance=1e-3)
other = softmax(np.eye(3) @ (settled.w + rng.normal(size=3)).T)
verify.equation("DLNN (4.54), W + 1 c^T does as well as W", other, p)

two = species > 0
x, labels = flowers[two] - flowers[two].mean(axis=0), species[two] - 1
x1 = learners.with_bias(x)
rows = learners.softmax_regression(x1, labels, lr=0.005, max_steps=200).w
w = learners.logistic_descent(x1, labels, lr=0.01, max_steps=200).w
verify.equation("two classes: w = w_1 - w_0", rows[1] - rows[0], w)

# %% [markdown]
# ## The same in PyTorch
#
# `torch.nn.functional.cross_entropy` takes scores and integer labels, and averages, as ours does. Do not hand it
# probabilities: it takes the softmax of those without complaint. PyTorch's automatic derivatives also show the *composed
# graph* of GBC 6.5.9: exponential, sum, quotient, logarithm, each with its own derivative. It finds $\mathbf{p} -
# \mathbf{y}$ to twelve digits without seeing how simple that is, and breaks down where the scores are large.

# %% tags=["covers:softmax-cross-entropy", "covers:softmax-regression-gradient"]
from functools import partial

import torch
import torch.nn.functional as F


def composed(s, label):
    """The gradient that PyTorch finds for -log(exp(s_label) / sum exp(s))."""
    s = torch.tensor(s, requires_grad=True)
    (-torch.log(torch.exp(s) / torch.exp(s).sum())[label]).backward()
    return s.grad.numpy()


s, labels = rng.normal(size=(6, 4)), rng.integers(4, size=6)
for name in ("mean", "sum"):
    ours, theirs = (partial(f, reduction=name) for f in (losses.cross_entropy, F.cross_entropy))
    verify.loss_against_torch(ours, theirs, s, labels)
p_minus_y = (softmax(s) - losses.one_hot(labels, 4))[0]
verify.equation("GBC (6.57)", composed(s[0], labels[0]), p_minus_y, tolerance=1e-12)
print("with 1000 added to all scores:", composed(s[0] + 1000, labels[0]))

# %% [markdown]
# ## Weak on images
#
# DLNN 4.4 warns that softmax regression does not suit images. It is the baseline that every network has to beat. Here
# are two from later chapters, trained on the same digits: a multilayer perceptron, with a layer of 64 units between
# picture and scores, and a convolutional network, which looks for the same small details at every place.

# %%
from dlnotes import initialization, optimizers, training

mlp, draw = layers.chain(layers.linear, layers.relu, layers.linear), np.random.default_rng(4)
start = (initialization.he(draw, 64, 64), (), initialization.he(draw, 64, 10))
rule = partial(optimizers.momentum, lr=1.0)
params, _ = training.fit(mlp, losses.cross_entropy, start, train, rule, rng=draw, epochs=20)

# %%
from torch import nn

torch.manual_seed(4)
torch.set_num_threads(1)  # sums in the same order everywhere
pictures, labels = torch.tensor(x_train), torch.tensor(labels_train)
maps = [nn.Conv2d(1, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
maps += [nn.Conv2d(24, 48, 3, padding=1), nn.ReLU(), nn.Flatten()]
cnn = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), *maps, nn.Linear(48 * 16, 10)).double()
for _ in range(10):
    for rows in torch.randperm(len(labels)).split(32):
        F.cross_entropy(cnn(pictures[rows]), labels[rows]).backward()
        with torch.no_grad():
            for w in cnn.parameters():
                w -= 0.3 * w.grad
                w.grad = None

# %% [markdown]
# Test all three twice: on the test digits, and on the same digits moved by one pixel. You would hardly notice. *Predict
# first:* which of the three suffers most?

# %% tags=["covers:softmax-regression-on-images"]
moved = np.zeros((len(x_test), 8, 8))
moved[:, :, 1:] = x_test.reshape(-1, 8, 8)[:, :, :-1]
models = {
    "softmax regression": lambda x: posteriors(x, run.w),
    "multilayer perceptron": lambda x: mlp(x, params)[0],
    "convolutional network": lambda x: cnn(torch.tensor(x)).detach().numpy(),
}
right = {}
for name, x in {"as they are": x_test, "moved": moved.reshape(-1, 64)}.items():
    right[name] = [losses.accuracy(model(x), labels_test) for model in models.values()]
    print(f"{name:12s}", np.round(right[name], 2))
linear, hidden, local = right["moved"]
verify.claim("DLNN 4.4, moved", "softmax regression is the worst", linear < min(hidden, local))
verify.claim("moved", "it reads fewer than half, a local detector more", linear < 0.5 < local)

# %% tags=["covers:softmax-regression-on-images"]
figure, ax = plt.subplots()
for number, (name, values) in enumerate(right.items()):
    bars = ax.bar(np.arange(3) + 0.36 * (number - 0.5), values, 0.33, label=name)
    ax.bar_label(bars, fmt="{:.2f}", color=plots.INK)
ax.set(xticks=range(3), xticklabels=list(models), xlabel="model", ylabel="test accuracy")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
plots.show(figure, "Accuracy of three models on test digits, as they are and moved by a pixel")

# %% [markdown]
# On the digits as they are the three hardly differ. One pixel to the side, and templates read fewer than half: a
# template adds up pixels, each on its own, and so has one idea of a 7, at one place. In this run hidden units help a
# little, local detectors more. None of the three is safe yet; the chapters on convolution go on from here.

# %% [markdown] tags=["question:ch02.softmax_regression.permuted_pixels"]
# ### In your own words
#
# Somebody shuffles the 64 pixels of every digit, all pictures in the same order, so that you can read none of them any
# more. Then softmax regression is trained and tested anew. Does its accuracy change? Argue from the formula of the score,
# say how the new templates are related to the old ones, and what your answer tells about the way in which this model sees
# a picture. Would you expect the same of the convolutional network?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A class gets a row of weights and a score. Straight lines, where two scores tie, bound the regions.
# - Softmax turns scores into probabilities and sees only their differences. Subtract the largest score before you
#   compute it, and compute its logarithm directly.
# - A cost is minus the log-probability of what happened. For the softmax $\boldsymbol\delta = \mathbf{p} - \mathbf{y}$,
#   with the one-hot code of the label, and the gradient of the weights is $\boldsymbol\delta\,\mathbf{x}^\top$.
# - On images the rows of $\mathbf{W}$ are templates: quick to learn, easy to read, and upset by one pixel.
#
# ## Where the books differ
#
# - DLNN 4.4.3 speaks of a unique global minimum. $\mathbf{W} + \mathbf{1}\mathbf{c}^\top$ is as good for every
#   $\mathbf{c}$, as you saw; without a regularizer the minimum is never unique.
# - DLNN (4.55) calls $\mathbf{W}$ a data matrix and loses a sum over the classes on the way. It ends with $(\mathbf{a} -
#   \mathbf{y})\,\mathbf{x}^\top$, shaped like $\mathbf{W}$ as here; the layout that the book declares would be the
#   transpose.
# - GBC 6.2.2.3 fixes the wrong one of two scores (exercise 2). GBC 6.2.1.1 calls $\log p$ a cost; it is $-\log p$.
# - GBC counts classes from 1 in 5.1.1, and has 0 and 1 elsewhere. In code they start at 0.
# - EE147 runs two statements together and so equates a shifted score with a probability. What is true: $\tilde a_i = a_i
#   + \log k$, and $\tilde{\mathbf{a}}$ has the same softmax as $\mathbf{a}$. Slips of the pen there: $\sum_i e^{a_j}$ for
#   $\sum_j e^{a_j}$, $\Pr(y_i = i)$ for $\Pr(y_i = j)$, $r^{c \times N}$ for $\mathbb{R}^{c \times N}$.
# - EE147 Q5 wants ReLU as the one activation that cannot give probabilities. tanh cannot either: it is negative for
#   every negative score.
# - DLNN and EE147 sum the loss over the samples; GBC, PyTorch, and this book average it.
#
# **Next:** [Convexity](05_convexity.ipynb) asks why descent always arrives here, and when it would not.
