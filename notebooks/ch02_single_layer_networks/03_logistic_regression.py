# %% [markdown]
# # Logistic regression
#
# A unit that says how sure it is, and that goes on learning from samples which it already has right.
#
# **After this notebook you can**
#
# - read the output of a sigmoid unit as a probability, and say what the length of its weights means;
# - compute the cross-entropy and its gradient without losing a digit, and say why squared error stalls;
# - train the unit by gradient descent and by Newton's method, and tell when neither can have an end.
#
# 30 minutes · before this: [The perceptron](02_perceptron.ipynb)
#
# DLNN 4.3, A.2 · GBC 5.7.1, 6.2.2.2 · Strang VII.4 · EE147 Output Activations · MEDL 5.1
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{w}^\top\mathbf{x}$ (DLNN), $z$ (GBC, EE147: the *logit*) | `s` | pre-activation of the unit |
# | $a$, $\hat p(y=1\mid\mathbf{x})$ (DLNN), $\sigma(z)$ | `a` | the unit's probability of $y = 1$ |
# | $y \in \{0, 1\}$ | `y` | label of a sample; the perceptron had $\{-1, 1\}$ |
# | $\zeta(x) = \log(1 + e^x)$ (GBC) | `np.logaddexp(0, x)` | softplus |
# | $\mathbf{R}_{nn}$ (DLNN) | `r[n]` | weight of sample $n$ in a step of IRLS |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, learners, live, losses, plots, verify
from dlnotes.exercises import check

# %%
rng = np.random.default_rng(3)

# %% [markdown]
# ## From a step to a slope
#
# The perceptron answers yes or no, even where it can hardly know. Replace its step by the *logistic sigmoid*
# $\sigma(s) = 1/(1 + e^{-s})$, DLNN (4.34): near 0 for very negative $s$, near 1 for very positive, and ½ where the
# unit is undecided.


# %% tags=["covers:sigmoid-versus-step"]
def sigmoid(s):
    """1 / (1 + exp(-s)), by the layer of the package."""
    return layers.sigmoid(s)[0]


s = np.linspace(-9, 9, 100)
verify.equation("DLNN (4.34), at 0", sigmoid(np.zeros(1)), [1 / 2])
verify.equation("DLNN (4.34), sigma(-s) = 1 - sigma(s)", sigmoid(-s), 1 - sigmoid(s))
verify.equation("DLNN Fig 4.6, far from 0 it is the step", sigmoid(1e4 * s), s > 0)

# %% [markdown]
# The unit's answer $a = \sigma(\mathbf{w}^\top\mathbf{x})$, DLNN (4.35), is read as the probability of $y = 1$. Here
# are two classes that overlap, with the weights that fit them best (how to find those is what this page is about).
#
# **Change the length of `w`**, not its direction. The dots on the left are the samples, at their $\mathbf{w}^\top
# \mathbf{x}$ and their label.

# %% tags=["live", "covers:sigmoid-versus-step", "covers:logistic-regression"]
x, y = datasets.blobs(rng, 40, distance=2)
x1 = learners.with_bias(x)
best = learners.logistic_irls(x1, y)


def mean_risk(w):
    """Cross-entropy of the samples under weights w, on average."""
    return losses.binary_cross_entropy(x1 @ w, y)[0]


live.logistic_regression.sharpness(x, y, best.w, sigmoid, mean_risk)

# %% [markdown]
# Two things to notice. The line does not move: it is where $\mathbf{w}^\top\mathbf{x} = 0$, whatever the factor, and
# that is a hyperplane as before. And a longer `w` is a *surer* unit. The best length is the one that is as sure as it
# deserves: more, and the few samples on the wrong side cost too much.

# %% tags=["covers:logistic-regression"]
a = sigmoid(x1 @ best.w)
verify.claim("DLNN (4.36)", "every output lies strictly between 0 and 1", ((a > 0) & (a < 1)).all())
along = np.array([-best.w[2], best.w[1]])
foot = -best.w[0] * best.w[1:] / (best.w[1:] @ best.w[1:])
line = learners.with_bias(foot + np.outer(rng.normal(size=20), along))
verify.equation("DLNN (4.35), one half all along the line w.x = 0", sigmoid(line @ best.w), 1 / 2)

# %% [markdown]
# ## Where the sigmoid comes from
#
# Suppose that the unit's $s$ is meant as *evidence*: let the logarithm of an unnormalized probability be
# $\log\tilde P(y) = y\,s$, GBC (6.20). Divide by the sum over $y = 0$ and $y = 1$, and the sigmoid falls out:
# $P(y) = \sigma((2y - 1)\,s)$, GBC (6.23).

# %% tags=["covers:sigmoid-output-unit"]
s = np.linspace(-5, 5, 201)
unnormalized = np.exp(np.array([[0], [1]]) * s)
P = unnormalized / unnormalized.sum(axis=0)
verify.equation("GBC (6.23), y = 0", P[0], sigmoid(-s))
verify.equation("GBC (6.23), y = 1", P[1], sigmoid(s))
verify.equation("GBC 6.2.2.2, P(0) + P(1) = 1", sigmoid(-s) + sigmoid(s), 1)
verify.equation("GBC (6.20), s is the log of the unnormalized P(1)", np.log(unnormalized[1]), s)

# %% [markdown]
# Why not simply cut a linear unit off at 0 and 1, GBC (6.18)? Look at the slopes.

# %% tags=["covers:sigmoid-output-unit"]
a, back = layers.sigmoid(s)
slope, _ = back(np.ones(s.shape))
clipped, inside = np.clip(s, 0, 1), (s > 0) & (s < 1)
printed = np.exp(s) / (1 + np.exp(s) ** 2)

figure, (ax, right) = plt.subplots(1, 2, figsize=(9, 3.4))
ax.plot(s, a, color=plots.PURPLE, label="sigmoid")
ax.plot(s, clipped, color=plots.GREEN, linestyle="--", label="clipped linear unit")
ax.set(xlabel="$s$", ylabel="output")
right.plot(s, slope, color=plots.PURPLE)
right.plot(s, inside, color=plots.GREEN, linestyle="--")
right.plot(s, printed, color=plots.INK, linestyle=":", label="DLNN (A.16) as printed")
right.set(xlabel="$s$", ylabel="derivative", ylim=(-0.05, 1.3))
ax.legend(), right.legend(loc="upper right")
plots.show(figure, "The sigmoid and the clipped linear unit, and their derivatives")

# %% [markdown]
# Outside $[0, 1]$ the clipped unit has no slope at all: a sample that is wrong there cannot say so. The sigmoid always
# has some. The dotted curve is not its slope, though.
#
# ### Exercise 1 · repair (A.16)
#
# DLNN (A.16) prints the derivative of the sigmoid as $e^s / (1 + (e^s)^2)$. That gives ½ at 0, and the true slope
# there is ¼. Something slipped; find it and write the derivative as the book meant it.


# %% tags=["exercise:sigmoid_derivative", "covers:sigmoid-output-unit"]
def sigmoid_derivative(s):
    """d sigmoid / ds for every entry of s (n,), by exponentials as in DLNN (A.16), repaired."""
    raise NotImplementedError("your code here")


check(sigmoid_derivative)
verify.equation("DLNN (A.16), second form: a (1 - a)", slope, a * (1 - a))
verify.claim(
    "GBC (6.18)", "the clipped unit's slope is exactly 0 outside [0, 1]", not inside[abs(s) > 1].any()
)
at_0 = len(s) // 2
print(f"at s = 0: slope {slope[at_0]:.2f}, (A.16) as printed {printed[at_0]:.2f}")

# %% [markdown]
# ## What a probability costs
#
# A unit that gave the true label probability $p$ pays $-\log p$: nothing for certainty, without limit for being sure
# and wrong. Written for both labels at once this is the *binary cross-entropy*,
# $-y\log a - (1 - y)\log(1 - a)$, DLNN (4.38), and by $P(y)$ above it is just $\zeta((1 - 2y)\,s)$, GBC (6.24).
# DLNN sums it over samples; most programs average, which moves no minimum.
#
# The two forms are equal on paper. Compute both, for a sample with $y = 0$ and for one with $y = 1$.


# %% tags=["covers:binary-cross-entropy"]
def naive(s, y):
    """DLNN (4.38), letter by letter."""
    a = 1 / (1 + np.exp(-s))
    return -y * np.log(a) - (1 - y) * np.log(1 - a)


s = np.array([-1000.0, 1, 20, 40, 1000])
print("s                 ", *(f"{one:9.0f}" for one in s))
with np.errstate(all="ignore"):
    for y_n in (0, 1):
        exact = [losses.binary_cross_entropy(one, np.array([y_n]))[0] for one in s[:, None]]
        print(f"y = {y_n}, from σ(s)  ", *(f"{cost:9.4g}" for cost in naive(s, y_n)))
        print("       from s itself", *(f"{cost:9.4g}" for cost in exact))

# %% [markdown]
# Taking the logarithm of a number that has been rounded to 0 or 1 gives infinity, or nothing at all. So every loss of
# this package takes the pre-activation `s`, never `a`, and PyTorch's `BCEWithLogitsLoss` does the same.

# %% tags=["covers:binary-cross-entropy"]
s, y_s = 4 * rng.normal(size=50), rng.integers(2, size=50)
total, delta = losses.binary_cross_entropy(s, y_s, reduction="sum")
mean, _ = losses.binary_cross_entropy(s, y_s)
verify.equation("DLNN (4.40) = GBC (6.24)", total, np.logaddexp(0, (1 - 2 * y_s) * s).sum())
verify.equation("DLNN 4.3.2, the mean is the sum / n", 50 * mean, total)
verify.equation("GBC (6.26), dJ/ds = sigma(s) - y", delta, sigmoid(s) - y_s)
far = np.array([-1000.0, 1000.0])
verify.equation(
    "GBC 6.2.2.2, at s = -1000 and 1000", losses.binary_cross_entropy(far, np.array([1, 0]))[0], 1000
)

# %% [markdown]
# ## Squared error goes to sleep
#
# Could we not keep the squared error of the [linear neuron](01_linear_neuron.ipynb), $\frac12(\sigma(s) - y)^2$? Take
# a sample with $y = 1$ and look at both losses and both slopes.

# %% tags=["covers:mse-versus-cross-entropy-saturation"]
s = np.linspace(-8, 4, 1201)
a = sigmoid(s)
slopes = {"squared error": (a - 1) * a * (1 - a), "cross-entropy": a - 1}
heights = {"squared error": (a - 1) ** 2 / 2, "cross-entropy": np.logaddexp(0, -s)}
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for ax, curves, name in zip(axes, [heights, slopes], ["loss", "derivative"], strict=True):
    ax.plot(s, curves["squared error"], color=plots.GREEN, label="squared error")
    ax.plot(s, curves["cross-entropy"], color=plots.ORANGE, linestyle="--", label="cross-entropy")
    ax.set(xlabel="$s$, for a sample with $y = 1$", ylabel=name)
axes[1].plot(-np.log(2), -4 / 27, "o", color=plots.GREEN)
axes[1].annotate("$-4/27$", (-np.log(2), -4 / 27), xytext=(-2, -18), textcoords="offset points", ha="right")
axes[0].legend()
plots.show(figure, "Squared error and cross-entropy of a sigmoid unit, and their derivatives")

# %% [markdown]
# On the far left the unit is sure and wrong. There cross-entropy pulls with full force, while squared error hardly
# whispers: its slope carries the factor $\sigma'(s) = a(1 - a)$, which is nearly 0. Start both at $s = -5$ and count
# steps.

# %% tags=["covers:mse-versus-cross-entropy-saturation"]
dip = sigmoid(np.array([-np.log(2)]))
verify.equation("EE147 Fig 9, the slope at s = -log 2 is -4/27", (dip - 1) * dip * (1 - dip), -4 / 27)
verify.claim("EE147 Fig 9", "nowhere is it lower", slopes["squared error"].min() >= -4 / 27)
for name in slopes:
    place, count = -5.0, 0
    while place <= 0:
        place, count = place - np.interp(place, s, slopes[name]), count + 1
    print(
        f"{name}: slope {np.interp(-5, s, slopes[name]):.4f} at s = -5, {count} steps of lr 1 until a > 1/2"
    )
ratio = np.interp(-5, s, slopes["cross-entropy"]) / np.interp(-5, s, slopes["squared error"])
verify.claim("EE147 Fig 10", "at s = -5 cross-entropy pulls 150 times as hard", round(ratio, -1) == 150)

# %% [markdown]
# ## Downhill
#
# The gradient of one sample's cross-entropy is $(a - y)\,\mathbf{x}$, DLNN (4.44): the input, times how wrong the
# answer was. It has the form of the linear neuron's, and the perceptron's rule is the same with a step in place of the
# sigmoid. Setting it to zero has no closed solution, so we walk.

# %% tags=["covers:logistic-gradient-descent"]
w = rng.normal(size=3)
sample, label = x1[:1], y[:1]
by_differences = verify.gradient(lambda w: losses.binary_cross_entropy(sample @ w, label)[0], w)
ours = (sigmoid(sample @ w) - label) @ sample
verify.equation("DLNN (4.44)", ours, by_differences, tolerance=1e-8)

for lr in (0.01, 0.1, 1.0):
    print(f"lr {lr}: {learners.logistic_descent(x1, y, lr=lr, max_steps=500).message}")

# %% [markdown]
# DLNN names 0.1 and 0.01 as typical learning rates. With a *sum* over samples as here, what is typical depends on how
# many there are.
#
# ### Exercise 2 · repair (4.43)
#
# DLNN (4.43) writes the gradient over all samples as $(\mathbf{a} - \mathbf{y})^\top\mathbf{X}$ and subtracts it from
# $\mathbf{w}$. That is a row taken from a column. Write the gradient in the shape of $\mathbf{w}$, without a loop.


# %% tags=["exercise:logistic_gradient"]
def logistic_gradient(w, x, y):
    """dR/dw (d,) of the summed cross-entropy: w (d,), x (n, d), y (n,) in {0, 1}.  DLNN (4.43)"""
    raise NotImplementedError("your code here")


check(logistic_gradient)

# %% [markdown]
# ## The curvature
#
# Descent knows which way is down, but not how far: it needs a learning rate because it does not know the curvature.
# The second derivative of one sample's cross-entropy is $a(1 - a)\,\mathbf{x}\mathbf{x}^\top$, DLNN (4.47). Over all
# samples that makes $\mathbf{H} = \mathbf{X}^\top\mathbf{R}\,\mathbf{X}$ with a diagonal matrix of
# $\mathbf{R}_{nn} = a_n(1 - a_n)$. A sample that the unit is sure of, right or wrong, bends nothing.


# %% tags=["covers:logistic-hessian"]
def gradient(w, x):
    """dR/dw of the summed cross-entropy."""
    return x.T @ losses.binary_cross_entropy(x @ w, y, reduction="sum")[1]


def hessian(w, x):
    """DLNN (4.47), added up sample by sample."""
    return sum(a * (1 - a) * np.outer(row, row) for a, row in zip(sigmoid(x @ w), x, strict=True))


H = hessian(w, x1)
columns = [verify.gradient(lambda w, i=i: gradient(w, x1)[i], w) for i in range(3)]
verify.equation("DLNN (4.47), against differences of the gradient", H, np.array(columns), tolerance=1e-7)
verify.equation("DLNN (4.47), symmetric", H, H.T)

# %% [markdown]
# DLNN 4.3.4 says that $\boldsymbol\alpha^\top\mathbf{H}\boldsymbol\alpha > 0$ for arbitrary $\boldsymbol\alpha$. Not
# quite. It is $\sum_n \mathbf{R}_{nn}(\boldsymbol\alpha^\top\mathbf{x}^n)^2$, which is never negative, but 0 for any
# $\boldsymbol\alpha$ at a right angle to all samples. Give the unit one feature twice, and there is one.

# %% tags=["covers:logistic-hessian"]
twice = np.column_stack([x1, x1[:, 2]])
for name, data in {"three columns": x1, "one of them twice": twice}.items():
    weights = np.append(w, 0.3)[: data.shape[1]]
    print(f"{name}: eigenvalues {np.abs(np.linalg.eigvalsh(hessian(weights, data)).round(3))}")
alpha = np.array([0, 0, 1, -1])
verify.equation(
    "DLNN 4.3.4, a direction without curvature", alpha @ hessian(np.append(w, 0.3), twice) @ alpha, 0
)
print("IRLS on it:", learners.logistic_irls(twice, y).message)

# %% [markdown]
# ### Exercise 3 · without the loop


# %% tags=["exercise:logistic_hessian"]
def logistic_hessian(w, x):
    """The Hessian X^T R X (d, d) of the summed cross-entropy: w (d,), x (n, d).  DLNN (4.47)

    No loop, and no n x n matrix: R is a diagonal, n numbers are enough.
    """
    raise NotImplementedError("your code here")


check(logistic_hessian)

# %% [markdown]
# ## Least squares, again and again
#
# *Newton's method* replaces the learning rate by the curvature: $\mathbf{w} \leftarrow \mathbf{w} - \mathbf{H}^{-1}
# \nabla R$, DLNN (4.46). It walks to the minimum of the parabola that touches the risk where you stand. Here that step
# has a second meaning, which gives it its name, *iteratively reweighted least squares* (IRLS).
#
# **Press Reset, then Step.** Both methods start at $\mathbf{w} = 0$. Each sample is drawn as large as its weight
# $\mathbf{R}_{nn}$ under IRLS. Then move η; last of all choose the separable classes, and watch
# $\lVert\mathbf{w}\rVert$.

# %% tags=["live", "covers:irls", "covers:logistic-gradient-descent"]
apart, y_apart = datasets.blobs(np.random.default_rng(1941), 12, distance=2, noise=0.5)
problems = {"overlapping": (x, y, best.history[-1]["risk"]), "separable": (apart, y_apart, 0.0)}


def irls(x, y):
    return learners.logistic_irls(learners.with_bias(x), y, max_steps=12)


def descent(x, y, lr):
    return learners.logistic_descent(learners.with_bias(x), y, lr=lr, max_steps=300)


live.logistic_regression.irls_against_descent(problems, irls, descent)

# %% [markdown]
# Six steps against more than fifty at the best η. Near the minimum each step of IRLS doubles the number of right digits,
# so its curve plunges; descent adds digits at a steady pace. The price is a $D \times D$ system to solve in every step.
#
# Watch the sizes, too. At first all samples count alike, and after that only those near the line do. Each step is a
# least-squares fit with these weights, to targets $\mathbf{z} = \mathbf{X}\mathbf{w} - \mathbf{R}^{-1}(\mathbf{a} -
# \mathbf{y})$ that change with them. The very first is the linear neuron's fit, up to a factor 4.

# %% tags=["covers:irls"]
path = [row["w"] for row in best.history]
for step, (w, w_next) in enumerate(zip(path[:3], path[1:4], strict=True), start=1):
    a = sigmoid(x1 @ w)
    R = np.diag(a * (1 - a))
    z = x1 @ w - (a - y) / np.diag(R)
    verify.equation(f"DLNN (4.48), step {step}: X'RX w = X'R z", x1.T @ R @ x1 @ w_next, x1.T @ R @ z)
verify.equation(
    "DLNN (4.48), step 1 is 4 x least squares", path[1], 4 * learners.least_squares(x1, y - 1 / 2)
)
print("IRLS", best.message)

# %% [markdown]
# ### Exercise 4 · one step of IRLS
#
# The check lines above are the *normal equations* of the weighted fit. Solve them. (DLNN (4.48) puts the name
# $\mathbf{H}$ under a brace that spans the inverse; the Hessian is what is inverted, and nobody inverts it: solve.)


# %% tags=["exercise:irls_step"]
def irls_step(w, x, y):
    """The weights (d,) after one step from w (d,), as the least-squares fit to z with the weights R.

    x (n, d), y (n,) in {0, 1}.  DLNN (4.48)
    """
    raise NotImplementedError("your code here")


check(irls_step)

# %% [markdown]
# ## When nothing stops the weights
#
# DLNN 4.3.3 promises a unique global optimum. Choose *separable* above and look again: the risk falls and falls, and
# $\lVert\mathbf{w}\rVert$ grows and grows. If some $\mathbf{w}$ gets all samples right, $2\mathbf{w}$ does so with more
# confidence and is always better (GBC 7.3). There is no minimum, only a way to infinity.

# %% tags=["covers:irls", "covers:logistic-gradient-descent"]
x1_apart = learners.with_bias(apart)
fit = irls(apart, y_apart)
print("length of w:", *(f"{row['norm_w']:.1f}" for row in fit.history[:9]), "...")
print("IRLS:   ", fit.message)
print("descent:", descent(apart, y_apart, 0.5).message)
risks = [losses.binary_cross_entropy(x1_apart @ (c * fit.w), y_apart)[0] for c in (1, 2, 4)]
verify.claim("GBC 7.3", "w, 2 w, 4 w: each is better than the one before", risks[0] > risks[1] > risks[2])

ridged = [learners.logistic_irls(x1_apart, y_apart, ridge=ridge) for ridge in (1.0, 0.1, 0.01)]
print("with a ridge 1, 0.1, 0.01:", *(f"{fit.w.dot(fit.w) ** 0.5:.2f}," for fit in ridged), ridged[0].message)

# %% [markdown]
# So a program has to look, and say what it found. A small penalty on the length of $\mathbf{w}$, a *ridge*, brings a
# minimum back; [Convexity](05_convexity.ipynb) shows how.
#
# ## Real tumors
#
# 569 tumors, malignant (0) or benign (1), each measured 30 times under the microscope. With the first two measurements
# the classes overlap. With all 30 a hyperplane separates them, and the fit has no end. Give the unit half of the
# tumors, and ask the other half what its probabilities are worth.

# %%
tumors, benign = datasets.breast_cancer()
tumors = learners.with_bias((tumors - tumors.mean(axis=0)) / tumors.std(axis=0))
(train, y_train), (test, y_test) = datasets.split(rng, tumors, benign, test=0.5)
said = {}
for name, columns, ridge in [("2 features", 3, 0), ("30 features", 31, 0), ("30, ridge 1", 31, 1)]:
    fit = learners.logistic_irls(train[:, :columns], y_train, ridge=ridge, max_steps=12)
    s = test[:, :columns] @ fit.w
    said[name], cost = sigmoid(s), losses.binary_cross_entropy(s, y_test)[0]
    print(f"{name:12s}{losses.accuracy(s, y_test):.1%} right, cross-entropy {cost:.2f} a tumor")
verify.equation(
    "DLNN 4.3.2, a fair coin costs log 2", losses.binary_cross_entropy(0 * s, y_test)[0], np.log(2)
)

# %% [markdown]
# Read the second line twice. It gets more tumors right than the first, and yet costs more than saying ½ to everyone
# (0.69): weights without limit are sure without reason. The ridge keeps the measurements and pays the least.
#
# DLNN's footnote warns that $a$ is a fitted number, not a true probability. Whether it behaves like one can be seen:
# of the new tumors that were given about 70 %, about 70 % should be benign.

# %%
figure, ax = plt.subplots(figsize=(4.6, 3.9))
a = said["2 features"]
ax.plot([0, 1], [0, 1], color=plots.INK, linewidth=1, linestyle="--", label="as promised")
for middle in np.arange(0.1, 1, 0.2):
    these = np.abs(a - middle) <= 0.1
    ax.plot(a[these].mean(), y_test[these].mean(), "o", color=plots.BLUE, markersize=9)
    place = (a[these].mean(), y_test[these].mean())
    ax.annotate(f"{these.sum()} tumors", place, xytext=(9, -12), textcoords="offset points")
ax.set(
    xlim=(-0.03, 1.25),
    ylim=(-0.1, 1.05),
    xlabel="probability of benign, from 2 features",
    ylabel="share benign",
)
ax.legend()
plots.show(figure, "New tumors in five groups by predicted probability, against the share that is benign")

# %% [markdown]
# ## The same in PyTorch
#
# `BCEWithLogitsLoss` takes the pre-activation, as `losses.binary_cross_entropy` does, and averages. Sum and mean agree,
# and so do a hundred steps of descent.

# %%
from functools import partial

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as torch_loss

s, targets = 4 * rng.normal(size=50), rng.integers(2, size=50).astype(float)
ours = losses.binary_cross_entropy
verify.loss_against_torch(ours, torch_loss, s, targets)
verify.loss_against_torch(partial(ours, reduction="sum"), partial(torch_loss, reduction="sum"), s, targets)

# %%
w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
rule = torch.optim.SGD([w], lr=0.1)
inputs, targets = torch.tensor(x1), torch.tensor(y, dtype=torch.float64)
for _ in range(100):
    rule.zero_grad()
    torch_loss(inputs @ w, targets, reduction="sum").backward()
    rule.step()
ours = learners.logistic_descent(x1, y, lr=0.1).history[100]["w"]
verify.equation("PyTorch, DLNN (4.43) a hundred times", ours, w.detach().numpy())

# %% [markdown]
# ## What to remember
#
# - The direction of $\mathbf{w}$ says where the classes part, its length how sure the unit is.
# - Cross-entropy is $\zeta((1 - 2y)\,s)$ with the derivative $a - y$. It never sleeps on a sure mistake, and it is to be
#   computed from $s$, not from $a$.
# - Descent needs a learning rate; IRLS takes the curvature $\mathbf{X}^\top\mathbf{R}\mathbf{X}$ instead and is done
#   in a few weighted least-squares fits.
# - On separable classes there is no minimum. A ridge makes one.
#
# ## Where the books differ
#
# - DLNN (4.43) subtracts the row $(\mathbf{a} - \mathbf{y})^\top\mathbf{X}$ from the column $\mathbf{w}$; you repaired
#   it.
# - DLNN 4.3.3 has a unique global optimum. That takes classes which no hyperplane separates *and* columns of
#   $\mathbf{X}$ that are linearly independent: you saw a run without each.
# - DLNN 4.3.4 calls $\mathbf{H}$ positive definite; with dependent columns it is only semidefinite. The brace of (4.48)
#   names $\mathbf{H}$ what is $\mathbf{H}^{-1}$.
# - DLNN (A.16) prints $1 + (e^x)^2$ for $(1 + e^x)^2$ in the sigmoid's derivative.
# - GBC 6.2.2.3 recalls $z$ as $\log\hat P(y = 1)$; it is the logarithm of the unnormalized $\tilde P$, as in (6.20).
# - EE147 halves the squared error and still prints the factor 2 in its derivative: the dip of Figure 9 is
#   $-4/27$, not $-8/27$. Its $\sigma(z) - 1$ for cross-entropy is the case $y = 1$ of $\sigma(z) - y$.
# - Strang VII.4 blames slow learning on the parabola; the cause is the saturating output in front of it. His average
#   (1) runs over the outputs of one sample, with $n$ and $N$ for the same number.
# - DLNN sums over samples, the others average.
#
# **Next:** [Softmax regression](04_softmax_regression.ipynb) has one sigmoid's worth of evidence for each of many
# classes.
