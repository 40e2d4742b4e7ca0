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
# 45 minutes · before this: [The perceptron](02_perceptron.ipynb)
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
# | $R$ (not bold) | `risk` | summed cross-entropy; $\mathbf{R}$ is something else |
# | $\eta$ | `lr` | learning rate: how much of the gradient is subtracted from the weights |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

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
    return layers.sigmoid(np.asarray(s))[0]


s = np.linspace(-9, 9, 100)
verify.equation("DLNN (4.34), at 0", sigmoid(np.zeros(1)), [1 / 2])
verify.equation("DLNN (4.34), sigma(-s) = 1 - sigma(s)", sigmoid(-s), 1 - sigmoid(s))
verify.equation("DLNN Fig 4.6, steep enough it is the step", sigmoid(1e4 * s), s > 0)

# %% [markdown]
# The unit's answer $a = \sigma(\mathbf{w}^\top\mathbf{x})$, DLNN (4.35), is read as the probability of $y = 1$. Here
# are two classes that overlap, with weights that separate them well; their length is up to you. (How to find such
# weights is what this page is about.) The dots on the left are the samples, at their $\mathbf{w}^\top\mathbf{x}$ and
# their label.
#
# **Change the length of `w`**, not its direction: the slider multiplies all three weights.

# %% tags=["live", "covers:sigmoid-versus-step", "covers:logistic-regression"]
x, y = datasets.blobs(rng, 40, distance=2)
x1 = learners.with_bias(x)
newton = learners.logistic_irls(x1, y)


def mean_risk(w):
    """Cross-entropy of the samples under weights w, on average."""
    return losses.binary_cross_entropy(x1 @ w, y)[0]


live.logistic_regression.sharpness(x, y, newton.w, sigmoid, mean_risk)

# %% [markdown]
# The line stays: it is where $\mathbf{w}^\top\mathbf{x} = 0$, whatever the factor, a hyperplane as the perceptron's. What
# changes is how *sure* the unit is on either side of it. The best length, $c = 1$, is as sure as the data allow:
# beyond it, the few samples on the wrong side cost too much.

# %% tags=["covers:logistic-regression"]
a = sigmoid(x1 @ newton.w)
verify.claim("DLNN (4.36)", "0 < a < 1 for every sample", ((a > 0) & (a < 1)).all())

w0, direction = newton.w[0], newton.w[1:]
along = np.outer(rng.normal(size=20), [-direction[1], direction[0]])
line = learners.with_bias(along - w0 * direction / (direction @ direction))
for factor in (1, 10):
    a = sigmoid(line @ (factor * newton.w))
    verify.equation(f"undecided all along the line, factor {factor}", a, 1 / 2)

# %% [markdown]
# ## Where the sigmoid comes from
#
# Take $s$ for *evidence*: let the logarithm of an unnormalized probability be $\log\tilde P(y) = y\,s$, GBC (6.20).
# Divide by the sum over $y = 0$ and $y = 1$, and the sigmoid falls out: $P(y) = \sigma((2y - 1)\,s)$, GBC (6.23).

# %% tags=["covers:sigmoid-output-unit"]
s = np.linspace(-5, 5, 201)
unnormalized = np.exp(np.array([[0], [1]]) * s)  # a row for y = 0, a row for y = 1
P = unnormalized / unnormalized.sum(axis=0)
verify.equation("GBC (6.23), y = 0", P[0], sigmoid(-s))
verify.equation("GBC (6.23), y = 1", P[1], sigmoid(s))
verify.equation("P(0) + P(1) = 1", sigmoid(-s) + sigmoid(s), 1)

# %% [markdown]
# Why not simply cut a linear unit off at 0 and 1, GBC (6.18)? Look at the slopes, taken by central differences.

# %% tags=["covers:sigmoid-output-unit"]
slope = verify.gradient(lambda s: sigmoid(s).sum(), s)
clipped_slope = verify.gradient(lambda s: np.clip(s, 0, 1).sum(), s)
printed = np.exp(s) / (1 + np.exp(s) ** 2)

figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.3))
ax.plot(s, sigmoid(s), color=plots.PURPLE, label="sigmoid")
ax.plot(s, np.clip(s, 0, 1), color=plots.GREEN, linestyle="--", label="clipped linear unit")
right.plot(s, slope, color=plots.PURPLE)
right.plot(s, clipped_slope, color=plots.GREEN, linestyle="--")
right.plot(s, printed, color=plots.INK, linestyle=":", label="DLNN (A.16) as printed")
ax.set(xlabel="$s$", ylabel="output")
right.set(xlabel="$s$", ylabel="derivative", ylim=(-0.05, 1.3))
ax.legend(), right.legend(loc="upper right")
plots.show(figure, "The sigmoid and the clipped linear unit, and their derivatives")

# %% [markdown]
# Outside $[0, 1]$ the clipped unit has no slope at all: a sample that is wrong there changes nothing. The sigmoid always
# has some slope. The dotted curve is not it, though.

# %% tags=["covers:sigmoid-output-unit"]
outside = (s < 0) | (s > 1)
verify.claim("GBC (6.18)", "exactly no slope outside [0, 1]", not clipped_slope[outside].any())
second_form = sigmoid(s) * (1 - sigmoid(s))
verify.equation("DLNN (A.16), second form", slope, second_form, tolerance=1e-7)
print(f"at s = 0: slope {slope[100]:.2f}, first form of (A.16) {printed[100]:.2f}")

# %% [markdown]
# ### Exercise 1 · repair (A.16)
#
# DLNN (A.16) prints two forms of the derivative. The second holds, as you see; the first, $e^s / (1 + (e^s)^2)$, gives
# twice the slope at 0. Above the line all is well. What should stand below it? Stuck?
# `hint(sigmoid_denominator)`, in a cell of your own, helps.


# %% tags=["exercise:sigmoid_denominator"]
def sigmoid_denominator(s):
    """What belongs below the line of e^s / (...), the first form of DLNN (A.16), for s (n,)."""
    raise NotImplementedError("your code here")


# %% tags=["check:sigmoid_denominator"]
check(sigmoid_denominator)

# %% [markdown]
# ## What a probability costs
#
# A unit that gave the true label the probability $p$ pays $-\log p$: nothing for certainty, and without limit for being
# sure and wrong. Written for both labels at once this is the *binary cross-entropy*
# $-y\log a - (1 - y)\log(1 - a)$, DLNN (4.38). By $P(y)$ above it is simply $\zeta((1 - 2y)\,s)$, GBC (6.24).
# The two are equal on paper. Here are both in floating point, for a sample with $y = 0$ and for one with $y = 1$.


# %% tags=["covers:binary-cross-entropy"]
def naive(s, y):
    """DLNN (4.38), letter by letter."""
    a = 1 / (1 + np.exp(-s))
    return -y * np.log(a) - (1 - y) * np.log(1 - a)


s = np.array([-1000.0, 1, 20, 40, 1000])
print("s                 ", *(f"{one:9.0f}" for one in s))
with np.errstate(all="ignore"):  # log(0), 0 * inf
    for label in (0, 1):
        stable = [losses.binary_cross_entropy(one, np.array([label]))[0] for one in s[:, None]]
        print(f"y = {label}, from a      ", *(f"{cost:9.4g}" for cost in naive(s, label)))
        print("       from s itself", *(f"{cost:9.4g}" for cost in stable))

# %% [markdown]
# From $s \approx 37$ on, $a$ rounds to 1: what it had to say about $1 - a$ is lost, and its logarithm is infinite (or,
# times 0, `nan`). So every such loss of this package takes the pre-activation `s`, never `a`. DLNN sums the losses of the
# samples; most programs average them, which moves no minimum.

# %% tags=["covers:binary-cross-entropy"]
s, label = 4 * rng.normal(size=50), rng.integers(2, size=50)
total, delta = losses.binary_cross_entropy(s, label, reduction="sum")
mean, _ = losses.binary_cross_entropy(s, label)
verify.equation("DLNN (4.40), letter by letter", naive(s, label).sum(), total)
verify.equation("GBC (6.24)", np.logaddexp(0, (1 - 2 * label) * s).sum(), total)
verify.equation("DLNN 4.3.2, the mean is the sum / n", 50 * mean, total)
by_differences = verify.gradient(lambda s: naive(s, label).sum(), s)
verify.equation("GBC (6.26), dJ/ds = sigma(s) - y", sigmoid(s) - label, delta)
verify.equation("GBC (6.26), by differences", by_differences, delta, tolerance=1e-6)

# %% [markdown]
# ## Squared error goes to sleep
#
# Could we not keep the squared error of the [linear neuron](01_linear_neuron.ipynb), $\frac12(a - y)^2$? Take a sample
# with $y = 1$ and look at both losses and both slopes.

# %% tags=["covers:mse-versus-cross-entropy-saturation"]
s = np.linspace(-8, 4, 601)
loss = {
    "squared error": lambda s: (sigmoid(s) - 1) ** 2 / 2,
    "cross-entropy": lambda s: np.logaddexp(0, -s),
}
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.4))
for name, color, style in zip(loss, [plots.GREEN, plots.ORANGE], ["-", "--"], strict=True):
    slope = verify.gradient(lambda s, name=name: loss[name](s).sum(), s)
    ax.plot(s, loss[name](s), color=color, linestyle=style, label=name)
    right.plot(s, slope, color=color, linestyle=style)
right.plot(-np.log(2), -4 / 27, "o", color=plots.GREEN)
right.text(-1, -0.25, "$-4/27$", ha="right")
ax.set(xlabel="$s$, for a sample with $y = 1$", ylabel="loss"), ax.legend()
right.set(xlabel="$s$, for a sample with $y = 1$", ylabel="derivative")
plots.show(figure, "Squared error and cross-entropy of a sigmoid unit, and their derivatives")

# %% [markdown]
# On the far left the unit is sure and wrong. There cross-entropy pulls with nearly full force, while squared error
# hardly whispers: its slope carries the factor $\sigma'(s) = a(1 - a)$. Start both at $s = -5$ and count steps.

# %% tags=["covers:mse-versus-cross-entropy-saturation"]
slope = {
    "squared error": lambda s: -sigmoid(s) * (1 - sigmoid(s)) ** 2,
    "cross-entropy": lambda s: sigmoid(s) - 1,
}
for name in slope:
    by_differences = verify.gradient(lambda s, name=name: loss[name](s).sum(), s)
    verify.equation(f"EE147, d {name} / ds", slope[name](s), by_differences, tolerance=1e-6)
dip = slope["squared error"](np.array([-np.log(2)]))
verify.equation("EE147 Fig 9, the slope at -log 2 is -4/27", dip, -4 / 27)
verify.claim("EE147 Fig 9", "nowhere is it lower", (slope["squared error"](s) >= dip).all())

# %% tags=["covers:mse-versus-cross-entropy-saturation"]
first = {}
for name in slope:
    place, steps = np.array([-5.0]), 0
    first[name] = slope[name](place)[0]
    while sigmoid(place)[0] <= 1 / 2:
        place, steps = place - slope[name](place), steps + 1
    print(f"{name}: slope {first[name]:.4f} at s = -5, {steps} steps of lr 1 until a > 1/2")
ratio = first["cross-entropy"] / first["squared error"]
verify.claim("EE147 Fig 10", "cross-entropy starts 150 times as hard", round(ratio) == 150)

# %% [markdown]
# Cross-entropy, too, falls silent in the end, but only where the answer is right.
#
# ## Downhill
#
# The gradient of one sample's cross-entropy is $(a - y)\,\mathbf{x}$, DLNN (4.44): how wrong the answer was, times the
# input. That is the form of the linear neuron's gradient, and of the perceptron's rule, where $a$ is the step. Over all
# samples it adds up to $\mathbf{X}^\top(\mathbf{a} - \mathbf{y})$, DLNN (4.43). Setting that to zero has no closed
# solution, so we walk.

# %% tags=["covers:logistic-gradient-descent"]
w = rng.normal(size=3)
sample, label = x1[:1], y[:1]
by_differences = verify.gradient(lambda w: losses.binary_cross_entropy(sample @ w, label)[0], w)
ours = (sigmoid(sample @ w) - label) @ sample
verify.equation("DLNN (4.44)", ours, by_differences, tolerance=1e-8)

for lr in (0.01, 0.1, 1.0):
    print(f"lr {lr}: {learners.logistic_descent(x1, y, lr=lr, max_steps=500).message}")

# %% [markdown]
# ### Exercise 2 · labels −1 and 1
#
# DLNN's appendix C.2 labels as the perceptron does, $y \in \{-1, 1\}$. The true label then has the probability
# $\sigma(y\,\mathbf{w}^\top\mathbf{x})$, and $(a - y)\,\mathbf{x}$ no longer holds. What is the gradient now?
# (Here and in the next exercise a loop passes the check, too. It is only slower.)


# %% tags=["exercise:signed_logistic_gradient"]
def signed_logistic_gradient(w, x, y):
    """dR/dw (d,) of the summed cross-entropy: w (d,), x (n, d), y (n,) in {-1, 1}.

    Without a loop, and for pre-activations of any size.  DLNN (C.4), (C.5)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:signed_logistic_gradient"]
check(signed_logistic_gradient)

# %% [markdown]
# ## The curvature
#
# Descent knows which way is down, but not how far. That takes the second derivative, which for one sample is
# $a(1 - a)\,\mathbf{x}\mathbf{x}^\top$, DLNN (4.47). Over all samples it makes
# $\mathbf{H} = \mathbf{X}^\top\mathbf{R}\,\mathbf{X}$, with a diagonal matrix of $\mathbf{R}_{nn} = a_n(1 - a_n)$. A
# sample of which the unit is sure, rightly or wrongly, bends the risk hardly at all.


# %% tags=["covers:logistic-hessian"]
def summed_gradient(w):
    return x1.T @ losses.binary_cross_entropy(x1 @ w, y, reduction="sum")[1]


def hessian_by_samples(w, x):
    """DLNN (4.47), added up sample by sample."""
    a = sigmoid(x @ w)
    return sum(r * np.outer(row, row) for r, row in zip(a * (1 - a), x, strict=True))


H = hessian_by_samples(w, x1)
rows = np.array([verify.gradient(lambda w, i=i: summed_gradient(w)[i], w) for i in range(3)])
verify.equation("DLNN (4.47), by differences of the gradient", H, rows, tolerance=1e-7)
verify.equation("DLNN (4.47), symmetric", H, H.T)
verify.claim("DLNN 4.3.4", "H is positive definite here", np.linalg.eigvalsh(H).min() > 0)

# %% [markdown]
# DLNN 4.3.4 says $\boldsymbol\alpha^\top\mathbf{H}\boldsymbol\alpha > 0$ for an arbitrary $\boldsymbol\alpha$. It is
# $\sum_n \mathbf{R}_{nn}(\boldsymbol\alpha^\top\mathbf{x}^n)^2$, so it is never negative; but it is 0 for an
# $\boldsymbol\alpha$ at a right angle to all samples. There is such an $\boldsymbol\alpha$ when the columns of
# $\mathbf{X}$ are linearly dependent. Give the unit one feature twice, and the method of the next section, which needs the
# inverse of $\mathbf{H}$, cannot take a single step:

# %% tags=["covers:logistic-hessian"]
from textwrap import fill

twice = x1[:, [0, 1, 2, 2]]
H = hessian_by_samples(np.append(w, 0.3), twice)
alpha = np.array([0, 0, 1, -1])
verify.equation("a direction without curvature", alpha @ H @ alpha, 0)
print("eigenvalues:", *(f"{abs(one):.2f}" for one in np.linalg.eigvalsh(H)))
message = f"Newton's method {learners.logistic_irls(twice, y).message}"
print(fill(message, 95, subsequent_indent="    "))

# %% [markdown]
# ### Exercise 3 · without the loop


# %% tags=["exercise:logistic_hessian"]
def logistic_hessian(w, x):
    """The Hessian X^T R X (d, d) of the summed cross-entropy: w (d,), x (n, d).  DLNN (4.47)

    No loop; the n numbers on the diagonal of R are enough.  For pre-activations of any size.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:logistic_hessian"]
check(logistic_hessian)

# %% [markdown]
# ## Least squares, again and again
#
# *Newton's method* uses the curvature in place of a learning rate: $\mathbf{w} \leftarrow \mathbf{w} - \mathbf{H}^{-1}
# \nabla R$, DLNN (4.46). It jumps to the minimum of the paraboloid that touches the risk where you stand. Here that jump
# has a second meaning, and a name from it: *iteratively reweighted least squares*, IRLS, DLNN (4.48).
#
# **Press Reset, then Step.** Both methods start at $\mathbf{w} = 0$. Each sample is drawn as large as its weight
# $\mathbf{R}_{nn}$ under IRLS. Then move η. Last, choose the separable classes and watch $\lVert\mathbf{w}\rVert$.

# %% tags=["live", "covers:irls", "covers:logistic-gradient-descent"]
apart, y_apart = datasets.blobs(np.random.default_rng(1941), 12, distance=2, noise=0.5)
least = newton.history[-1]["risk"]
problems = {"overlapping": (x, y, least), "separable": (apart, y_apart, 0.0)}


def irls(x, y):
    return learners.logistic_irls(learners.with_bias(x), y, max_steps=12)


def descent(x, y, lr):
    return learners.logistic_descent(learners.with_bias(x), y, lr=lr, max_steps=300)


live.logistic_regression.irls_against_descent(problems, irls, descent)

# %% [markdown]
# Near the minimum each step of IRLS about doubles the number of right digits, so its curve plunges, while descent adds
# digits at a steady pace. The price is a $D \times D$ system to solve in every step.
#
# Did you watch the sizes? At first all samples weigh the same, later only those near the line do. Each step is a
# least-squares fit with these weights to targets $\mathbf{z} = \mathbf{X}\mathbf{w} - \mathbf{R}^{-1}(\mathbf{a} -
# \mathbf{y})$, which change with them. The first fit is the linear neuron's on $y - \frac12$, times 4.

# %% tags=["covers:irls"]
path = [row["w"] for row in newton.history]
for step, (w, after) in enumerate(zip(path[:3], path[1:], strict=False), start=1):
    a = sigmoid(x1 @ w)
    r = a * (1 - a)
    z = x1 @ w - (a - y) / r
    left, right = x1.T @ np.diag(r) @ x1 @ after, x1.T @ np.diag(r) @ z
    verify.equation(f"DLNN (4.48), step {step}: X^T R X w = X^T R z", left, right)
linear = learners.least_squares(x1, y - 1 / 2)
verify.equation("step 1 is 4 x the linear neuron on y - 1/2", path[1], 4 * linear)
print("norm of the gradient:", *(f"{row['grad_norm']:.2g}" for row in newton.history[:7]))

# %% [markdown]
# ### Exercise 4 · one step of IRLS
#
# The checked lines are the *normal equations* of the weighted fit. Solve them. (DLNN (4.48) writes $\mathbf{H}$ under a
# brace that spans its inverse. In a program there is no inverse at all: `np.linalg.solve`.)


# %% tags=["exercise:irls_step"]
def irls_step(w, x, y):
    """The weights (d,) after one step from w (d,): the least-squares fit to z, weighted by R.

    x (n, d), y (n,) in {0, 1}.  DLNN (4.48)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:irls_step"]
check(irls_step)

# %%
step, w = use(irls_step), np.zeros(3)
for number in range(1, 7):
    w = step(w, x1, y)
    digits = -np.log10(np.linalg.norm(w - newton.w) / np.linalg.norm(newton.w))
    print(f"after step {number} of yours: {max(digits, 0):4.1f} digits of w are right")

# %% [markdown]
# Each call of your few lines about doubles the digits. Two more, and a computer has no more to give.
#
# ## When nothing stops the weights
#
# DLNN 4.3.3 promises a unique global optimum. On the separable classes you saw otherwise: the risk falls and falls, and
# $\lVert\mathbf{w}\rVert$ grows and grows. If $\mathbf{w}$ gets all samples right, $2\mathbf{w}$ is surer of each and pays
# less for it (GBC 7.3). Along that ray the risk comes as close to 0 as you like and is never 0. A $\mathbf{w}$ that gets
# one sample wrong costs at least $\log 2$. So there is no minimum. (The twelve samples were picked so that IRLS takes
# these particular steps; on others the numbers differ, and grow as well.)

# %% tags=["covers:irls", "covers:logistic-gradient-descent"]
fit = irls(apart, y_apart)
lengths = np.array([row["norm_w"] for row in fit.history])
print("length of w:", *lengths[:9].round(1), "...")
verify.equation("the first five steps", lengths[1:6].round(1), [1.6, 2.9, 4.7, 7.0, 9.7])
verify.claim("separable classes", "w grows by more than 1 in each step", np.diff(lengths).min() > 1)
for name, run in {"IRLS": fit, "descent": descent(apart, y_apart, 0.5)}.items():
    print(fill(f"{name} {run.message}", 95, subsequent_indent="    "))

x1_apart = learners.with_bias(apart)
s = x1_apart @ fit.w
one, two, four = (np.logaddexp(0, (1 - 2 * y_apart) * c * s).sum() for c in (1, 2, 4))
verify.claim("GBC 7.3", "2 w is better than w, 4 w better still", one > two > four > 0)
verify.claim("one sample wrong", "costs more than all twelve here", np.log(2) > one)
ridge = learners.logistic_irls(x1_apart, y_apart, ridge=0.1)
print("with a ridge of 0.1:", ridge.message, f"at length {np.linalg.norm(ridge.w):.1f}")

# %% [markdown]
# So a program has to look, and say what it found. A small penalty on the length of $\mathbf{w}$, a *ridge*
# $\frac\lambda2\lVert\mathbf{w}\rVert^2$, brings a minimum back; [Convexity](05_convexity.ipynb) shows how.

# %% [markdown]
# ## The same in PyTorch
#
# `BCEWithLogitsLoss` takes the pre-activation, too, and averages. Its sum and its mean agree with ours.

# %%
from functools import partial

from torch.nn.functional import binary_cross_entropy_with_logits as torch_loss

ours = losses.binary_cross_entropy
s, label = 4 * rng.normal(size=50), rng.integers(2, size=50).astype(float)
verify.loss_against_torch(ours, torch_loss, s, label)
ours, torch_sum = partial(ours, reduction="sum"), partial(torch_loss, reduction="sum")
verify.loss_against_torch(ours, torch_sum, s, label)

# %% [markdown]
# ## If you have ten more minutes: real tumors
#
# 569 tumors, malignant (0) or benign (1), each described by 30 numbers. Give the unit half of the tumors, with two of
# the numbers or with all 30, and ask about the other half what its probabilities are worth. Each number is standardized by
# the mean and the spread of the *seen* half: nothing of the other half may reach the fit, not even its average.

# %%
tumors, benign = datasets.breast_cancer()
(seen, y_seen), (new, y_new) = datasets.split(np.random.default_rng(3), tumors, benign, test=0.5)
mean, std = seen.mean(axis=0), seen.std(axis=0)
seen, new = (learners.with_bias((half - mean) / std) for half in (seen, new))
costs, answers = {}, {}
for name, width, lam in [("2 features", 3, 0), ("30 features", 31, 0), ("30, ridge 1", 31, 1)]:
    w = learners.logistic_irls(seen[:, :width], y_seen, ridge=lam, max_steps=12).w
    for half, inputs, label in [("seen", seen, y_seen), (" new", new, y_new)]:
        s = inputs[:, :width] @ w
        cost, share = losses.binary_cross_entropy(s, label)[0], losses.accuracy(s, label)
        print(f"{name:11s} {half}: {share:6.1%} right, cross-entropy {cost:.2f} a tumor")
    costs[name], answers[name] = cost, sigmoid(s)  # on the new tumors

least, _, most = sorted(costs, key=costs.get)
verify.claim("new tumors", "the ridge costs the least", least == "30, ridge 1")
verify.claim("new tumors", "without it 30 numbers cost more than log 2", costs[most] > np.log(2))

# %% [markdown]
# With all 30 numbers the seen tumors are separable: 100 % right, and weights that grow until they are stopped. On new
# tumors that unit costs more than the $\log 2 = 0.69$ of saying ½ to everyone, although it is mostly right. It is
# sure without reason. The ridge keeps the 30 numbers and pays the least.
#
# DLNN's footnote warns that $a$ is a fitted number, not a true probability. Whether it behaves like one can be seen: of
# the new tumors that were given about 70 %, about 70 % should be benign.

# %%
figure, ax = plt.subplots(figsize=(4.6, 3.9))
ax.plot([0, 1], [0, 1], color=plots.INK, linewidth=1, linestyle="--", label="as promised")
a = answers["2 features"]
groups = [(a >= low) & (a < low + 0.2) for low in np.arange(0, 1, 0.2)]
for group in groups:
    place = a[group].mean(), y_new[group].mean()
    ax.plot(*place, "o", color=plots.BLUE, markersize=9)
    name = f"{group.sum()} tumors"
    ax.annotate(name, place, xytext=(20, -16), textcoords="offset points")
ax.set(xlim=(-0.03, 1.4), ylim=(-0.1, 1.05), ylabel="share that is benign")
ax.set(xlabel="probability of benign, from 2 features")
ax.legend()
plots.show(figure, "New tumors in five groups by predicted probability, and the share benign")

# %% [markdown]
# The dots stay near the line. Of 16 or 19 tumors, a share is off by some 11 points by chance alone.

# %%
off = [y_new[group].mean() - a[group].mean() for group in groups]
verify.claim(
    "five groups", "each share is within 15 points of the promise", np.abs(off).max() < 0.15
)

# %% [markdown] tags=["question:ch02.logistic_regression.too_sure"]
# ### In your own words
#
# A colleague has trained a logistic regression on 200 patients with 300 numbers each. It gets every patient right, all of
# its probabilities are 0 or 1 to six digits, and the program warns that it did not converge in 10,000 steps. Explain what
# has happened, why ten times as many steps would not help, what the probabilities are worth for a new patient, and
# what you would change.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - The direction of $\mathbf{w}$ says where the classes part, its length how sure the unit is.
# - Cross-entropy is $\zeta((1 - 2y)\,s)$, with the derivative $a - y$. It does not sleep on a sure mistake, and it is to
#   be computed from $s$, not from $a$.
# - Descent needs a learning rate. IRLS takes the curvature $\mathbf{X}^\top\mathbf{R}\mathbf{X}$ instead, and is done
#   after a few weighted least-squares fits.
# - On separable classes there is no minimum. A ridge makes one.
#
# ## Where the books differ
#
# - DLNN (4.43) subtracts the row $(\mathbf{a} - \mathbf{y})^\top\mathbf{X}$ from the column $\mathbf{w}$.
# - DLNN 4.3.3 has a unique global optimum. That takes classes that no hyperplane separates *and* linearly independent
#   columns of $\mathbf{X}$; you saw a run without each.
# - DLNN 4.3.4 calls $\mathbf{H}$ positive definite; with dependent columns it is only semidefinite. The brace of (4.48)
#   calls $\mathbf{H}$ what is $\mathbf{H}^{-1}$.
# - DLNN (A.16) prints $1 + (e^x)^2$ for $(1 + e^x)^2$.
# - GBC 6.2.2.3 recalls $z$ as $\log\hat P(y = 1)$; it is the logarithm of the unnormalized $\tilde P$, as in (6.20).
# - EE147 halves the squared error and still prints the factor 2 in its derivative; the lowest point of its Figure 9 is
#   $-4/27$, not $-8/27$. Its $\sigma(z) - 1$ for cross-entropy is the case $y = 1$ of $\sigma(z) - y$.
# - Strang VII.4 blames slow learning on the parabola of squared error. The cause is the factor $\sigma'$ of the
#   saturating output; and close to the answer cross-entropy is slow, too. His average (1) runs over the outputs of one
#   sample, which he counts with both $n$ and $N$.
#
# **Next:** [Softmax regression](04_softmax_regression.ipynb) does this for any number of classes.
