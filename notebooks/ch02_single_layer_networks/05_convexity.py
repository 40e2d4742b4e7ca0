# %% [markdown]
# # Convexity
#
# One inequality decides whether going downhill is enough.
#
# **After this notebook you can**
#
# - test a loss for convexity by its chords and by its curvature;
# - say for linear, logistic and softmax regression what is convex, what is strictly so, and when there is a minimum;
# - show with two copies of one network that a hidden layer ends all that.
#
# 25 minutes · before this: [Logistic regression](03_logistic_regression.ipynb),
# [Softmax regression](04_softmax_regression.ipynb)
#
# DLNN C · GBC 4.3.1, 6.2, 7.3 · Strang – · EE147 – · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $R_{emp}$, $L$ (DLNN), $J$ (GBC) | `risk` | what is minimized: a sum over samples (in the last section their mean) |
# | $\mathbf{H}$ | `H` | Hessian: the matrix of its second derivatives |
# | $p(k\mid\mathbf{x})$ (DLNN C) | `p` | probability of class $k$ |
# | $\lambda$, ½ or 1 in the books | `ridge` | the penalty is $\frac\lambda2\lVert\mathbf{w}\rVert^2$ |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(5)

# %% [markdown]
# ## The chord lies above
#
# A function is *convex* if the straight line between any two points of its graph, the *chord*, never runs below the
# graph. For a continuous function it is enough to look at the middle:
# $f\left(\frac{u + v}{2}\right) \le \frac{f(u) + f(v)}{2}$.

# %% tags=["covers:convexity-check"]
functions = {"square": np.square, "logistic loss": lambda s: np.logaddexp(0, -s), "sine": np.sin}
figure, axes = plt.subplots(1, 3, figsize=(8, 3.0))
s, ends = np.linspace(-4, 4, 201), np.array([-1.0, 3.4])
for ax, (name, f) in zip(axes, functions.items(), strict=True):
    ax.plot(s, f(s), color=plots.BLUE)
    ax.plot(ends, f(ends), "o--", color=plots.INK)
    ax.plot(ends.mean(), f(ends).mean(), "o", color=plots.GREEN, label="middle of the chord")
    ax.plot(ends.mean(), f(ends.mean()), "s", color=plots.ORANGE, label="the function there")
    ax.set(xlabel="$s$", ylabel=name)
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
plots.show(figure, "A chord of the square, of the logistic loss and of the sine, with its middle")

# %% [markdown]
# The green dot must not lie below the orange one, for no pair. Two tests: try many pairs, or look at the second
# derivative, which for a convex function is nowhere negative (in several dimensions: no eigenvalue of the Hessian is).
# A test on pairs can refute convexity, never prove it.

# %% tags=["covers:convexity-check"]
u, v = rng.uniform(-4, 4, size=(2, 10_000))
h = 1e-3
for name, f in functions.items():
    violated = f((u + v) / 2) > (f(u) + f(v)) / 2 + 1e-12
    bends = (f(s + h) - 2 * f(s) + f(s - h)) / h**2
    print(f"{name}: {violated.mean():.0%} of the pairs violate it, least bend {bends.min():.2f}")
    if name == "sine":
        verify.claim("midpoint inequality", "fails for the sine", bool(violated.any()))
        verify.claim("GBC 4.3.1", "the sine bends downward somewhere", bends.min() < 0)
    else:
        verify.claim(
            "midpoint inequality", f"no pair of the {name} violates it", not violated.any()
        )
        verify.claim("GBC 4.3.1", f"the {name} bends upward all along", bends.min() > 0)

# %% [markdown]
# Why it matters: a local minimum of a convex function is a global one. Were another place lower, the chord to it would
# start downhill, and the graph, which may not rise above it, with it. So descent cannot get stuck in a wrong place. And
# sums of convex functions are convex, and a convex function of $s$ stays convex in $\mathbf{w}$, because $s =
# \mathbf{w}^\top\mathbf{x}$ is linear in it: a risk inherits convexity from the losses of the samples.
#
# ### Exercise 1 · the gap
#
# Now with weights in place of numbers. For the summed cross-entropy of logistic regression, how far above the risk at
# the midpoint of $\mathbf{u}$ and $\mathbf{v}$ does the middle of the chord lie? One of the arguments has no say in it.
# Which, and why? (Stuck? `hint(midpoint_gap)`, in a cell of your own, helps.)


# %% tags=["exercise:midpoint_gap"]
def midpoint_gap(u, v, x, y):
    """Mean of the risks at u and v minus the risk midway, a number that is never negative.

    u, v (d,) weights of any size;  x (n, d), y (n,) in {0, 1}.  The risk is the sum DLNN (4.40).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:midpoint_gap"]
check(midpoint_gap)

# %% [markdown]
# ## A bowl or a trough
#
# The risk of linear regression has the Hessian $\mathbf{X}^\top\mathbf{X}$, DLNN (C.3), the same everywhere. In every
# direction $\mathbf{a}$ its curvature is $\mathbf{a}^\top\mathbf{X}^\top\mathbf{X}\mathbf{a} =
# \lVert\mathbf{X}\mathbf{a}\rVert^2 \ge 0$: convex. It is 0 where $\mathbf{X}\mathbf{a} = 0$, and there is such an
# $\mathbf{a} \ne 0$ exactly when the columns of $\mathbf{X}$ are linearly dependent. Bowl or trough, the squared error
# always has a minimum.

# %% tags=["covers:linear-regression-convex"]
inputs = rng.normal(size=(12, 2))
target = inputs @ [0.5, 1.0] + 0.3 * rng.normal(size=12)
halved = np.column_stack([inputs[:, 0], -inputs[:, 0] / 2])  # X a = 0 for a = (1, 2)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
for ax, x, a in zip(axes, [inputs, halved], [[0, 0], [1, 2]], strict=True):
    rank, least = np.linalg.matrix_rank(x), np.linalg.eigvalsh(x.T @ x)[0]
    print(f"rank {rank} of 2: least eigenvalue of X^T X {abs(least):.2f}")
    verify.claim("X^T X", "least eigenvalue > 0 iff full rank", (least > 1e-9) == (rank == 2))
    ax.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="$w_1$", ylabel="$w_2$", title=f"rank {rank}")
    plots.contours(lambda w, x=x: losses.squared_error(x @ w, target)[0], ax=ax)
    minima = learners.least_squares(x, target) + np.outer([-1.2, 0, 1.2], a)
    ax.plot(*minima.T, "o-", color=plots.ORANGE)
plots.show(figure, "Lines of equal squared error: a bowl with one minimum, a trough with many")

# %% [markdown]
# A bowl is *strictly* convex, its chords run above the graph, and it has one minimum. A trough is convex, and each of
# its minima is as good as the next.
#
# ## Logistic regression: convex, but is there a minimum?
#
# DLNN C.2 takes labels $-1$ and $+1$, so that the true label has the probability $p = \sigma(y\,\mathbf{w}^\top
# \mathbf{x})$. It is the risk of the last notebooks in other letters. In the Hessian the labels come squared, so they
# drop out.


# %% tags=["covers:logistic-regression-convex"]
def risk(w):
    """Summed cross-entropy, labels -1 and +1, of the weights w (2,) or of each row of w (m, 2)."""
    return np.logaddexp(0, -y * (w @ x.T)).sum(axis=-1)


def hessian(w):
    """DLNN (C.6)."""
    p = layers.sigmoid(y * (x @ w))[0]  # of the true label
    return x.T @ np.diag(y**2 * p * (1 - p)) @ x


x, zero_one = datasets.separable(np.random.default_rng(1), 16, margin=0.2)
y, w = 2 * zero_one - 1, rng.normal(size=2)
total, delta = losses.binary_cross_entropy(x @ w, zero_one, reduction="sum")
p = layers.sigmoid(y * (x @ w))[0]
verify.equation("DLNN C.2 and (4.40), the two risks", risk(w), total)
verify.equation("DLNN (C.5) and (4.44), the gradients", -x.T @ (y * (1 - p)), x.T @ delta)
a = layers.sigmoid(x @ w)[0]
verify.equation("DLNN (C.6) and (4.47)", hessian(w), x.T @ np.diag(a * (1 - a)) @ x)

# %% [markdown]
# For any direction $\mathbf{a}$ the curvature $\mathbf{a}^\top\mathbf{H}\mathbf{a}$ is a sum of squares, DLNN (C.8):
# never negative, so the risk is convex. The weights $p(1-p)$ are positive, so the sum is 0 only where $\mathbf{X}\mathbf{a}
# = 0$: with independent columns the risk is strictly convex. The line in between is misprinted, as its value shows.

# %% tags=["covers:logistic-regression-convex"]
p, a = layers.sigmoid(y * (x @ w))[0], rng.normal(size=2)
root = np.sqrt(p * (1 - p))
H = hessian(w)
verify.equation("DLNN (C.8), first and last line", a @ H @ a, np.linalg.norm(root * (x @ a)) ** 2)
print(f"DLNN (C.8): first line {a @ H @ a:.3f}, second as printed {np.sum(root * (x @ a)):.3f}")
for ridge in (0.0, 0.1, 1.0):
    at = [w * length for length in (0, 1, 10, 30)]
    least = [np.linalg.eigvalsh(hessian(w) + ridge * np.eye(2))[0] for w in at]
    print(f"ridge {ridge:.1f}: least curvature at w, farther and farther out:", *np.round(least, 3))
    verify.claim("DLNN C.2", f"nowhere less than {ridge}", min(least) >= ridge - 1e-12)

# %% [markdown]
# Convex promises that no place is a trap. It does not promise a minimum: $e^{-s}$ is convex. These 16 samples are
# separable, so the risk falls for ever (GBC 7.3). A ridge $\frac\lambda2\lVert\mathbf{w}\rVert^2$ adds $\lambda$ to
# every curvature, so the risk is strictly convex whatever the columns, and it lifts the risk far out: now there is a
# minimum, and one only.
#
# **Move λ, then switch the ridge off.** On the right you walk along the white line.


# %% tags=["live", "covers:logistic-regression-convex"]
def minimum(ridge):
    return learners.logistic_irls(x, zero_one, ridge=ridge, max_steps=60).w


live.convexity.ridge_surface(risk, hessian, minimum)

# %% [markdown]
# Without the ridge the dark bands open toward infinity. With the weakest one they close, somewhere. The green curve sinks
# to $\lambda$ and no lower.
#
# ### Exercise 2 · repair (C.8)
#
# The second line of (C.8) has lost a factor, you saw its value. Write the curvature in the direction $\mathbf{a}$ as the
# sum of squares that it should be, without the matrix $\mathbf{H}$, and add what the ridge contributes.


# %% tags=["exercise:curvature_along"]
def curvature_along(a, w, x, ridge):
    """a^T (H + ridge I) a, a number: direction a (d,), weights w (d,), x (n, d), ridge >= 0.

    H is the Hessian of the summed cross-entropy at w, of any length.  DLNN (C.8)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:curvature_along"]
check(curvature_along)

# %%
curvature = use(curvature_along)
angle = np.linspace(0, np.pi, 181)
directions = np.column_stack([np.cos(angle), np.sin(angle)])
figure, ax = plt.subplots(figsize=(6.4, 3.6))
for ridge, color in [(0.0, plots.BLUE), (0.5, plots.ORANGE)]:
    bends = [curvature(direction, w, x, ridge) for direction in directions]
    ax.plot(np.degrees(angle), bends, color=color, label=f"ridge {ridge:g}")
    for eigenvalue in np.linalg.eigvalsh(hessian(w) + ridge * np.eye(2)):
        ax.axhline(eigenvalue, color=color, linestyle="--", linewidth=1)
ax.set(xlabel="direction of $a$, in degrees", ylabel="curvature", xticks=range(0, 181, 45))
ax.legend(loc="center")
plots.show(figure, "Curvature in every direction, between the least and the largest eigenvalue")

# %% [markdown]
# Turn $\mathbf{a}$ half a circle, and your curvature runs from the least eigenvalue of $\mathbf{H}$ to the largest,
# dashed, and back. The ridge lifts every direction alike.
#
# ## Softmax regression: convex, and never strictly
#
# With $K$ classes and $D$ inputs there are $KD$ weights, so the Hessian is a $KD \times KD$ matrix. It is built from the
# slopes of the probabilities. DLNN prints these in (C.12) and (C.13). Compare them with differences, at one iris: four
# measurements, three species.

# %% tags=["covers:softmax-regression-convex"]
flowers, species = datasets.iris()
W, flower = 0.1 * rng.normal(size=(3, 4)), flowers[:1]


def probabilities(W):
    return layers.softmax(flower @ W.T)[0][0]


p, x_m = probabilities(W), flower[0, 2]
k, v = 0, 1
for printed, place, value in [("C.12", v, x_m * p[k] * (1 - p[k])), ("C.13", k, x_m * p[k] * p[v])]:
    slope = verify.gradient(lambda W, place=place: probabilities(W)[place], W)[v, 2]
    print(
        f"dp_{place} / dW_{v}2: {slope:.4f} by differences, {value:.4f} by ({printed}) as printed"
    )

# %% [markdown]
# ### Exercise 3 · repair (C.12) and (C.13)
#
# The first has the probability of the wrong class in it, the second a wrong sign: raising the score of class $v$ takes
# probability from all others. Write all slopes at once.


# %% tags=["exercise:probability_slopes"]
def probability_slopes(p, x):
    """dp_k / dW_vm as an array (k, v, m), from the probabilities p (k,) of one sample x (m,).

    p = softmax(W x).  DLNN (C.12) where k = v, (C.13) elsewhere
    """
    raise NotImplementedError("your code here")


# %% tags=["check:probability_slopes"]
check(probability_slopes)

# %% [markdown]
# With the slopes in order the Hessian is a sum over samples of *Kronecker products*, a block for each pair of classes:
# $\mathbf{H} = \sum_n \left(\operatorname{diag}(\mathbf{p}^n) - \mathbf{p}^n{\mathbf{p}^n}^\top\right) \otimes
# \mathbf{x}^n{\mathbf{x}^n}^\top$, DLNN (C.14). Its quadratic form is a sum of variances, DLNN (C.15).


# %% tags=["covers:softmax-regression-convex"]
def risk_gradient(W):
    risk, delta = losses.cross_entropy(flowers @ W.T, species, reduction="sum")
    return (delta.T @ flowers).ravel()


P = layers.softmax(flowers @ W.T)[0]
spread = [np.diag(p) - np.outer(p, p) for p in P]
H = sum(np.kron(S, np.outer(x, x)) for S, x in zip(spread, flowers, strict=True))
rows = [verify.gradient(lambda W, i=i: risk_gradient(W)[i], W).ravel() for i in range(12)]
verify.equation("DLNN (C.14), by differences", H, np.array(rows), tolerance=1e-6)
a = rng.normal(size=(3, 4))
values = flowers @ a.T  # of each class, under the probabilities P
variance = (P * values**2).sum(axis=1) - (P * values).sum(axis=1) ** 2
verify.equation("DLNN (C.15), a sum of variances", a.ravel() @ H @ a.ravel(), variance.sum())
verify.claim("DLNN (C.16)", "no variance is negative", (variance >= 0).all())

# %% [markdown]
# A variance can be 0, though. Give all classes the same $\mathbf{a}_k = \mathbf{c}$, and nothing varies: adding
# $\mathbf{c}$ to every row of $\mathbf{W}$ changes no probability. These are $D$ directions without curvature, whatever
# the data.

# %% tags=["covers:softmax-regression-convex"]
same = np.tile(rng.normal(size=4), 3)
verify.equation("no curvature along the same c for all classes", same @ H @ same, 0, tolerance=1e-9)
print(f"rank {np.linalg.matrix_rank(H)} of {len(H)}")
verify.equation("the rank is D (K - 1)", np.linalg.matrix_rank(H), 4 * (3 - 1))

figure, ax = plt.subplots(figsize=(6.4, 3.4))
for ridge, color, marker in [(0, plots.BLUE, "o"), (1, plots.ORANGE, "s")]:
    eigenvalues = np.linalg.eigvalsh(H + ridge * np.eye(12))
    label = f"ridge {ridge}" if ridge else "no ridge: four are 0"
    ax.plot(range(1, 13), np.maximum(eigenvalues, 1e-2), marker, color=color, label=label)
    verify.claim("DLNN C.3", f"no eigenvalue below ridge {ridge}", eigenvalues[0] >= ridge - 1e-9)
ax.set(yscale="log", xlabel="number of the eigenvalue", ylabel="eigenvalue (0 drawn at 0.01)")
ax.legend()
plots.show(figure, "The 12 eigenvalues of the softmax Hessian on iris, with a ridge and without")

# %% [markdown]
# So softmax regression has troughs on any data, and never a unique minimum. With a ridge every eigenvalue is at least
# $\lambda$.
#
# ## A hidden layer ends all that
#
# Here is a small network that can compute XOR: two tanh units, and a sigmoid unit on top of them. Train it from eight
# random starts by 200 steps of *Adam*, a kind of gradient descent that a later chapter explains.

# %% tags=["covers:hidden-layers-non-convex"]
from functools import partial

from dlnotes import initialization, optimizers, training

net = layers.chain(layers.linear, layers.tanh, layers.linear)
points, label = datasets.xor(np.random.default_rng(5), 80, noise=0.12)
points, column = 2 * points - 1, label[:, None]


def train_on_clouds(seed):
    """Parameters and risk after 200 steps of Adam from a random start."""
    start, loss = np.random.default_rng(seed), losses.binary_cross_entropy
    params = (initialization.glorot(start, 2, 2), (), initialization.glorot(start, 2, 1))
    options = {"rng": start, "batch": 80, "epochs": 200}
    rule = partial(optimizers.adam, lr=0.05)
    params, history = training.fit(net, loss, params, (points, column), rule, **options)
    return params, history[-1]["risk"]


# %% tags=["covers:hidden-layers-non-convex"]
runs = [train_on_clouds(seed) for seed in range(8)]
print("risks:", *(f"{risk:.2f}" for _, risk in runs))
solution, _ = runs[6]
print(f"run 6 gets {losses.accuracy(net(points, solution)[0], column):.0%} right")

# %% [markdown]
# Five of eight runs are at 0.35, with two of the four clouds undecided; three are on the way to 0. On a convex risk
# such a difference would be a matter of time. The reason can be seen without training: number the hidden units in another
# order, and you have other weights with the same outputs. Turn the signs of all weights into and out of a tanh unit, and
# you have others still (DLNN A.1.1). With $H$ hidden units each solution has $H!\,2^H$ copies, here 8.

# %% tags=["covers:hidden-layers-non-convex"]
from itertools import product

(W1, b1), _, (W2, b2) = solution


def renumbered(order, signs):
    """Parameters of the same network: its hidden units in another order, signs turned."""
    order, signs = list(order), np.array(signs)
    return (signs[:, None] * W1[order], signs * b1[order]), (), (W2[:, order] * signs, b2)


copies = [renumbered(*how) for how in product([(0, 1), (1, 0)], product([1, -1], repeat=2))]
outputs = np.hstack([net(points, params)[0] for params in copies])
verify.equation("H! 2^H = 8 copies, one output", outputs, np.repeat(outputs[:, :1], 8, axis=1))

# %% [markdown]
# All of them have the same risk. Were it convex, it could be no higher anywhere between two of them.

# %% tags=["covers:hidden-layers-non-convex"]
theta, unpack = optimizers.pack(solution)


def network_risk(theta):
    return losses.binary_cross_entropy(net(points, unpack(theta))[0], column)[0]


def network_gradient(theta):
    output, back = net(points, unpack(theta))
    _, delta = losses.binary_cross_entropy(output, column)
    return optimizers.pack(back(delta)[1])[0]


def network_hessian(theta, h=1e-5):
    """By differences of the gradient."""
    steps = h * np.eye(len(theta))
    H = np.array([network_gradient(theta + e) - network_gradient(theta - e) for e in steps])
    return (H + H.T) / (4 * h)


# %% [markdown]
# **Walk from one to another.** On the left is what the network between them computes.


# %% tags=["live", "covers:hidden-layers-non-convex"]
def probability(theta, x):
    return layers.sigmoid(net(x, unpack(theta))[0][:, 0])[0]


ways = {
    "units swapped": ((1, 0), (1, 1)),
    "signs of unit 1 turned": ((0, 1), (-1, 1)),
    "signs of both turned": ((0, 1), (-1, -1)),
}
twins = {name: optimizers.pack(renumbered(*how))[0] for name, how in ways.items()}
live.convexity.between_solutions(
    points, label, theta, twins, probability, network_risk, network_hessian
)

# %% [markdown]
# Halfway between a network and its copy with swapped units both hidden units are the same: it is one unit, which could
# get three quarters at most. This one answers $y = 1$ everywhere.
# The hump is no accident of this solution. Any two copies whose middle computes something worse make one.

# %% tags=["covers:hidden-layers-non-convex"]
other = twins["units swapped"]
middle = (theta + other) / 2
ends, midway = [network_risk(theta), network_risk(other)], network_risk(middle)
print(f"risk {ends[0]:.2f} and {ends[1]:.2f} at the ends, {midway:.2f} midway")
verify.claim("midpoint inequality", "violated by the network", midway > np.mean(ends))
least = np.linalg.eigvalsh(network_hessian(middle))[0]
print(f"least eigenvalue of the Hessian midway: {least:.2f}")
verify.claim("GBC 4.3.1", "the Hessian has a negative eigenvalue there", least < 0)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch differentiates twice by itself. Its Hessians are those of DLNN (C.6), with a ridge, and (C.14).

# %%
import torch
from torch.autograd.functional import hessian as torch_hessian

inputs, signs = torch.tensor(x), torch.tensor(y)


def penalized(w):
    losses = torch.nn.functional.softplus(-signs * (inputs @ w))
    return losses.sum() + 0.1 / 2 * (w @ w)


theirs = torch_hessian(penalized, torch.tensor(w)).numpy()
verify.equation("PyTorch, DLNN (C.6) with a ridge", hessian(w) + 0.1 * np.eye(2), theirs)


# %%
def softmax_risk(flat):
    scores = torch.tensor(flowers) @ flat.reshape(3, 4).T
    return torch.nn.functional.cross_entropy(scores, torch.tensor(species), reduction="sum")


theirs = torch_hessian(softmax_risk, torch.tensor(W.ravel())).numpy()
verify.equation("PyTorch, DLNN (C.14)", H, theirs, tolerance=1e-9)

# %% [markdown] tags=["question:ch02.convexity.one_best"]
# ### In your own words
#
# "The risk of softmax regression is convex. So wherever training starts, it ends at the one best $\mathbf{W}$." What is
# right about this, and what is not? Name the two different things that can go wrong without a ridge, say what each looks
# like during training, and why a ridge, however small, removes both.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Convex: no chord below the graph; equally, no negative eigenvalue of any Hessian. Then descent cannot be trapped.
# - Linear, logistic and softmax regression are convex. *Strictly* is another matter: linear regression if the columns of
#   $\mathbf{X}$ are independent, logistic regression likewise, softmax regression never.
# - Convex does not mean that there is a minimum: on separable data there is none. A ridge makes every risk above
#   strictly convex, with exactly one minimum.
# - A hidden layer makes equivalent copies of every solution, and humps between them.
#
# ## Where the books differ
#
# - DLNN C titles its sections *strictly convex*: without the regularizer that needs independent columns (linear,
#   logistic) and is never true for softmax. The *unique* minimum of 4.3.3 needs samples that are not separable as well;
#   that of 4.4.3 does not exist: $\mathbf{W} + \mathbf{1}\mathbf{c}^\top$ does as well as $\mathbf{W}$.
# - DLNN (C.6) writes the second derivative as $\partial L / (\partial w_j \partial w_k)$, and sums over $i$ what carries
#   the index $n$. The second line of (C.8) lacks a factor: you repaired it.
# - DLNN (C.11) has the indicator of the class outside the sum over samples, (C.12) the probability of the wrong class,
#   (C.13) the wrong sign; (C.14) and (C.15) leave factors outside the sum that depend on the sample. A variance,
#   (C.16), is not always larger than zero.
# - GBC 6.2 has no proof that a hidden layer breaks convexity. Two copies of one network are one.
#
# **Next:** [Nearest neighbors](06_nearest_neighbours.ipynb) minimizes nothing at all.
