# %% [markdown]
# # The perceptron
#
# One unit, one line, and the first proof that a machine that learns from its mistakes stops making them, if a line exists.
#
# **After this notebook you can**
#
# - say which yes/no questions a single threshold unit can answer, and which it cannot;
# - write the perceptron rule in three lines and predict what one update does to the line;
# - bound the number of updates before you run a single one.
#
# 35 minutes · before this: [The linear neuron](01_linear_neuron.ipynb)
#
# DLNN 4.2 · GBC 1.2.1 · Strang VII.5 · EE147 History · MEDL 5 (notes)
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{w}^\top\mathbf{x}$ (DLNN), $v$ (EE147) | `s` | pre-activation of the unit |
# | $b$, $w_0$, $-$threshold | `w[0]` | bias: the weight of a constant input 1 in column 0 |
# | $y \in \{-1, 1\}$ | `y` | label of a sample |
# | $\tau$ | `update` | how many updates have been made so far |
# | $\eta$ | `lr` | learning rate: how much of a sample is added to the weights |
# | – | epoch | one pass over all samples |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(2)

# %% [markdown]
# ## A unit that answers yes or no
#
# In 1943 McCulloch and Pitts described a unit that fires when its inputs add up to a threshold. Nobody trains it: you
# choose the weights. With inputs 0 and 1 that is enough for logic. AND needs both inputs (threshold 2), OR needs one
# (threshold 1), NOT turns its input around with a negative weight.

# %% tags=["covers:mcculloch-pitts"]
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def fires(x, w, threshold):
    """1 where the weighted inputs reach the threshold, else 0."""
    return (x @ w >= threshold).astype(int)


verify.equation("AND", fires(corners, np.array([1, 1]), 2), [0, 0, 0, 1])
verify.equation("OR", fires(corners, np.array([1, 1]), 1), [0, 1, 1, 1])
verify.equation("NOT", fires(np.array([[0], [1]]), np.array([-1]), 0), [1, 0])

# %% [markdown]
# What about XOR, *one or the other but not both*? Try every pair of weights and every threshold on a fine grid, and
# keep the best.

# %% tags=["covers:mcculloch-pitts"]
xor = np.array([0, 1, 1, 0])
grid = np.linspace(-3, 3, 49)
w1, w2, threshold = np.meshgrid(grid, grid, grid, indexing="ij")
firing = corners @ np.stack([w1.ravel(), w2.ravel()]) >= threshold.ravel()
right = (firing == xor[:, None]).sum(axis=0)

print(f"{right.size} units tried; the best gets {right.max()} of 4 corners right")
verify.claim("GBC 1.2.1, DLNN 4.5", "no unit on the grid computes XOR", right.max() == 3)

# %% [markdown]
# A grid is not a proof, but the proof is short. XOR wants $w_1 \ge \theta$, $w_2 \ge \theta$, $0 < \theta$, and
# $w_1 + w_2 < \theta$. Add the first two: $w_1 + w_2 \ge 2\theta > \theta$. Contradiction.
#
# ## The unit draws a line
#
# The perceptron is such a unit with inputs in $\mathbb{R}^D$ and an answer in $\{-1, 1\}$:
# $a = \operatorname{sign}(s)$ with the pre-activation $s = \mathbf{w}^\top \mathbf{x}$, DLNN (4.19). Put a constant 1 in
# column 0 of the data, and `w[0]` is the bias. The places where $s = 0$ form a line. The arrow $(w_1, w_2)$ stands at a
# right angle to it and points to the side that is answered +1; the bias $w_0$ shifts the line along the arrow.
#
# **Move the weights.** Make AND right, then OR, then get as much of XOR right as you can.

# %% tags=["live", "covers:perceptron-model"]
gates = {"AND": [-1, -1, -1, 1], "OR": [-1, 1, 1, 1], "XOR": [-1, 1, 1, -1]}


def answers(x, w):
    """The perceptron: sign of the pre-activation."""
    return np.sign(learners.with_bias(x) @ w)


live.perceptron.threshold_unit(answers, corners, gates)

# %% [markdown]
# Doubling all three weights changes nothing: only the direction of `w` counts. And *on* the line the answer is neither
# class, because the sign of 0 is 0. (EE147's hard limiter answers 0 or 1 and gives 0 there; a McCulloch-Pitts unit
# fires there. Remember the seam at 0: it returns twice on this page.)

# %% tags=["covers:perceptron-model"]
x = rng.normal(size=(200, 2))
w = rng.normal(size=3)
verify.equation("DLNN (4.19), w and 7 w answer alike", answers(x, 7 * w), answers(x, w))
on_the_line = answers(np.zeros((1, 2)), np.array([0.0, 1.0, 1.0]))
verify.equation("DLNN (4.19), the answer on the line", on_the_line, [0])
verify.equation("EE147, the hard limiter there", (on_the_line > 0).astype(int), [0])

# %% [markdown]
# ## What a mistake costs
#
# To learn, the unit needs a number that says how wrong it is. The count of mistakes (zero-one loss) will not do: it is
# flat almost everywhere, so it never says which way to go. The perceptron loss grows with the distance on the wrong
# side: $\max(0, -y\,\mathbf{w}^\top\mathbf{x})$, DLNN (4.20).

# %% tags=["covers:perceptron-loss"]
rightness = np.linspace(-3, 3, 601)
figure, ax = plt.subplots()
ax.plot(rightness, rightness <= 0, color=plots.INK, label="zero-one")
ax.plot(rightness, np.maximum(0, -rightness), color=plots.BLUE, label="perceptron")
ax.plot(rightness, np.logaddexp(0, -rightness), "--", color=plots.ORANGE, label="logistic")
ax.set(xlabel="$y\\,w^T x$: negative is wrong, positive is right", ylabel="loss of a sample")
ax.legend()
plots.show(figure, "Zero-one, perceptron and logistic loss against y times the pre-activation")

# %% [markdown]
# Left of 0 the perceptron loss is a ramp with slope −1; right of 0 it is silent. It never asks for more than barely
# right. The logistic loss of the [next notebook](03_logistic_regression.ipynb) does: it keeps pulling on samples that
# are already right.

# %% tags=["covers:perceptron-loss"]
s, y = rng.normal(size=50), rng.choice([-1, 1], size=50)
risk, _ = losses.perceptron_loss(s, y, reduction="sum")
wrong = y * s < 0
verify.equation("DLNN (4.21), a sum over the wrong samples", risk, -(y * s)[wrong].sum())
each = np.array([losses.perceptron_loss(s[[n]], y[[n]])[0] for n in range(50)])
verify.claim("DLNN (4.20)", "no loss is negative", (each >= 0).all())
verify.equation("DLNN (4.20), right samples cost nothing", each[~wrong], 0)
on_the_line, _ = losses.perceptron_loss(0 * s, y)
verify.equation("DLNN (4.20), nor do samples on the line", on_the_line, 0)

# %% [markdown]
# ## Learning from one mistake
#
# Look at one sample. If it is right, do nothing. If it is wrong, add a little of it, $\eta\,y\,\mathbf{x}$, to the
# weights: DLNN (4.23). Here is what that does to a positive sample on the wrong side, and to a negative one, with
# $\eta = 1$. The arrow is $(w_1, w_2)$. Adding $y\,\mathbf{x}$ swings it toward a positive sample and away from a
# negative one; the constant 1 in column 0 shifts the line as well.

# %% tags=["covers:perceptron-update-geometry"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
before, lr = np.array([0.3, 1.2, 0.6]), 1.0
for ax, sample, label in [(axes[0], [1, -1.3, 0.6], 1), (axes[1], [1, 0.6, 0.5], -1)]:
    after = before + lr * label * np.array(sample)
    plots.update_geometry(before, after, np.array(sample[1:]), label, ax=ax)
    gain = label * (after @ sample - before @ sample)
    verify.equation("DLNN Fig 4.5, y w.x grows by lr |x|²", gain, lr * np.dot(sample, sample))
plots.show(figure, "One update: weights and line before and after a wrong sample is added")

# %% [markdown]
# The checked line is the reason why the rule works: each update moves $y\,\mathbf{w}^\top\mathbf{x}$
# of that sample up by exactly $\eta\,\lVert\mathbf{x}\rVert^2$. It may still be wrong afterwards, but less so.
#
# ### Exercise 1 · the rule
#
# Write one step of the on-line rule. Test with $y\,\mathbf{w}^\top\mathbf{x} \le 0$, zero included: a run starts at
# $\mathbf{w} = 0$, where every pre-activation is 0, and something has to move it. Once your rule passes its check, the
# cell below lets it learn: a line for each pass over sixty samples, the last one in blue. Stuck?
# `hint(perceptron_update)`, in a cell of your own, helps.


# %% tags=["exercise:perceptron_update"]
def perceptron_update(w, x, y, lr):
    """The weights after one look at the sample x (d,) with label y in {-1, 1}.

    w (d,); lr, the learning rate; returns new weights (d,), or w itself where the sample is right.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:perceptron_update"]
check(perceptron_update)

# %%
rule, path = use(perceptron_update), [np.zeros(3)]
x, labels = datasets.separable(np.random.default_rng(5), 60, margin=0.03)
x1, y = learners.with_bias(x + 1), 2 * labels - 1
figure, ax = plt.subplots()
plots.points(x + 1, y, ax=ax, names=["$y = -1$", "$y = +1$"])
while len(path) < 6000 and (y * (x1 @ path[-1]) <= 0).any():
    for sample, label in zip(x1, y, strict=True):
        path.append(rule(path[-1], sample, label, 1.0))
    plots.boundary(path[-1], ax=ax, linewidth=0.7)
plots.boundary(path[-1], ax=ax, color=plots.BLUE)
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plots.show(figure, "The line after each pass over the samples, until it separates them")
updates, wrong = np.diff(path, axis=0).any(axis=1).sum(), np.sum(y * (x1 @ path[-1]) <= 0)
print(f"{updates} updates in {len(path) // 60} passes; {wrong} samples are still wrong")

# %% [markdown]
# ### Exercise 2 · all mistakes at once
#
# The batch rule, DLNN (4.22), adds all wrong samples in one step. It is gradient descent (strictly, by a
# subgradient: the ramp has a corner at 0). Write the gradient of the
# empirical error $R(\mathbf{w}) = \sum_n \max(0, -y^n\,\mathbf{w}^\top\mathbf{x}^n)$, DLNN (4.21), without a loop. (One
# with a loop passes, too.) Count a sample on the line as wrong.


# %% tags=["exercise:perceptron_gradient"]
def perceptron_gradient(w, x, y):
    """dR/dw (d,), summed over the wrong samples: w (d,), x (n, d), y (n,) in {-1, 1}."""
    raise NotImplementedError("your code here")


# %% tags=["check:perceptron_gradient"]
check(perceptron_gradient)

# %% [markdown]
# ## Step by step
#
# Now the whole rule. *On-line* means one sample after the other: walk through the samples, update at each one that is
# wrong, and begin a new epoch at the end, until an epoch passes without a mistake. The ring marks the sample that was
# just corrected. No sample is closer to the middle of the empty corridor than the *margin*.
#
# Click on the plane to add a sample of your own, or type it in *your samples* above the picture. A single one in the
# wrong place can keep the unit busy for ever; here the run is stopped after 100 epochs, and its first 140 updates are
# shown.


# %% tags=["live", "covers:perceptron-learning-rule"]
def corridor(margin):
    """Sixty samples around (1, 1), none closer than `margin` to the line between the classes."""
    x, labels = datasets.separable(np.random.default_rng(5), 60, margin=margin)
    return x + 1, 2 * labels - 1


def learn(x, y):
    return learners.perceptron(learners.with_bias(x), y, max_epochs=100)


def line_exists(x, y):
    return learners.svm_qp(x, y).converged


live.perceptron.perceptron_steps(corridor, learn, line_exists)

# %% [markdown]
# An update that helps one sample can spoil another: the curve of mistakes goes up as well as down. What never goes
# back is the progress that the next section measures.
#
# The printed rule of DLNN 4.2.3 tests $a\,y = -1$. Started at $\mathbf{w} = 0$ it would never make a first move,
# because there $a = \operatorname{sign}(0) = 0$:

# %% tags=["covers:perceptron-learning-rule"]
x, y = corridor(0.1)
x1 = learners.with_bias(x)
s = x1 @ np.zeros(3)
print(f"at w = 0 the printed test finds {np.sum(np.sign(s) * y == -1)} samples to correct,")
print(f"         and y w.x <= 0 finds  {np.sum(y * s <= 0)}")
print("on-line:", learn(x, y).message)
print("batch:  ", learners.perceptron_batch(x1, y).message)

# %% [markdown]
# ## Why it must stop
#
# Suppose some $\hat{\mathbf{w}}$ of length 1 separates the data with room to spare: $y^n\,\hat{\mathbf{w}}^\top
# \mathbf{x}^n \ge \gamma > 0$ for all $n$. (Among finitely many samples every strict separator has such a $\gamma$.) Start
# at 0 with $\eta = 1$; any other $\eta$ only rescales the weights. Follow two numbers through $\tau$ updates.
#
# - $\hat{\mathbf{w}}^\top\mathbf{w}$ grows by at least $\gamma$ each time, so it is at least $\tau\gamma$: DLNN (4.28).
# - $\lVert\mathbf{w} + y\mathbf{x}\rVert^2 = \lVert\mathbf{w}\rVert^2 + 2\,y\,\mathbf{w}^\top\mathbf{x} +
#   \lVert\mathbf{x}\rVert^2$, and the middle term is at most 0, because the sample was wrong. So
#   $\lVert\mathbf{w}\rVert \le \sqrt{\tau}\,\lVert\mathbf{x}_{\max}\rVert$: DLNN (4.33).
#
# Because $\hat{\mathbf{w}}$ has length 1, $\hat{\mathbf{w}}^\top\mathbf{w} \le \lVert\mathbf{w}\rVert$: the first number
# never exceeds the second. But $\tau\gamma$ overtakes $\sqrt{\tau}\,\lVert\mathbf{x}_{\max}\rVert$, so $\tau$ has to end
# before they cross: $\tau \le (\lVert\mathbf{x}_{\max}\rVert / \gamma)^2$.
#
# For $\hat{\mathbf{w}}$ the cell takes the line in the middle of the widest corridor, which
# [notebook 7](07_hinge_loss_and_svm.ipynb) explains; any separating line would do.

# %% tags=["covers:perceptron-convergence"]
x, y = corridor(0.1)
x1, w_hat = learners.with_bias(x), learners.svm_qp(x, y).w
w_hat = w_hat / np.linalg.norm(w_hat)
gamma, longest = (y * (x1 @ w_hat)).min(), np.linalg.norm(x1, axis=1).max()

w = np.array([row["w"] for row in learn(x, y).history])
tau, along, norm = np.arange(1, len(w) + 1), w @ w_hat, np.linalg.norm(w, axis=1)
tiny = 1e-9
verify.claim("DLNN (4.28)", "tau gamma <= w_hat.w", (tau * gamma <= along + tiny).all())
verify.claim("Cauchy-Schwarz", "w_hat.w <= |w|", (along <= norm + tiny).all())
verify.claim(
    "DLNN (4.33)", "|w| <= sqrt(tau) |x_max|", (norm <= np.sqrt(tau) * longest + tiny).all()
)
bound = learners.perceptron_bound(x1, y, w_hat)
verify.claim("DLNN 4.2.4", "the run ends in time", len(w) <= bound == (longest / gamma) ** 2)
print(f"{len(w)} updates were made; with gamma = {gamma:.3f} the theorem allows {bound:.0f}")

# %% [markdown]
# **Move the margin.** On the left are the two numbers of the proof and their two bounds. On these logarithmic axes both
# bounds are straight, with slopes 1 and ½, and the run must end before the dashed lines meet. On the right is that
# meeting point against the updates really made, for many $\gamma$. ($\gamma$ is smaller than the margin on the slider:
# $\hat{\mathbf{w}}$ has length 1 *with* its bias, so part of that length goes into shifting the line.)


# %% tags=["live", "covers:perceptron-convergence"]
def proof(margin):
    """What the theorem follows through one run, as arrays."""
    x, y = corridor(margin)
    x1, w_hat = learners.with_bias(x), learners.svm_qp(x, y).w
    w_hat = w_hat / np.linalg.norm(w_hat)
    w = np.array([row["w"] for row in learn(x, y).history])
    gamma, longest = (y * (x1 @ w_hat)).min(), np.linalg.norm(x1, axis=1).max()
    return {
        "progress": w @ w_hat,
        "norm": np.linalg.norm(w, axis=1),
        "gamma": gamma,
        "longest": longest,
    }


live.perceptron.convergence_theorem(proof)

# %% [markdown]
# The bound grows like $1/\gamma^2$. It is honest but generous: the run usually stops long before. Neither the number of
# samples nor their dimension appears in it.
#
# ### Exercise 3 · the bound
#
# Write it for a $\hat{\mathbf{w}}$ of any length. What has to be divided by what, so that doubling $\hat{\mathbf{w}}$
# changes nothing?


# %% tags=["exercise:update_bound"]
def update_bound(w_hat, x, y):
    """What the theorem says the number of updates cannot exceed, from a separating w_hat (d,).

    x (n, d), y (n,) in {-1, 1}.  The bound itself, not rounded.  DLNN (4.28), (4.33)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:update_bound"]
check(update_bound)

# %% [markdown]
# ## The bias is not optional
#
# A line through the origin can only turn. Move the same two classes away from the origin and no such line separates
# them, although nothing about them has changed: without a bias the perceptron is not translation invariant (DLNN
# 4.2.1). Angles prove it. A half-plane through the origin is 180° wide; seen from the origin, the samples with $y = -1$
# lie on both sides of those with $y = +1$, less than 180° apart: whoever puts both ends of them on one side puts all
# directions between on that side, too.

# %% tags=["covers:perceptron-translation"]
x, y = corridor(0.1)
for place, moved in {"around the origin": x - 1, "around (1, 1)": x}.items():
    plain = learners.perceptron(moved, y, max_epochs=200)
    biased = learners.perceptron(learners.with_bias(moved), y, max_epochs=200)
    print(f"{place}\n  with bias:    {biased.message}\n  without bias: {plain.message}")

angle = np.degrees(np.arctan2(x[:, 1], x[:, 0]))
inner, outer = angle[y > 0], angle[y < 0]
print(f"y = +1 is seen at angles from {inner.min():.0f}° to {inner.max():.0f}°")
print(f"y = -1 is seen at angles from {outer.min():.0f}° to {outer.max():.0f}°")
surrounded = outer.min() < inner.min() and inner.max() < outer.max() < outer.min() + 180
verify.claim("DLNN 4.2.1", "no line through the origin separates them", bool(surrounded))

# %% [markdown]
# ## When there is no line
#
# On XOR no line exists, so some sample is always wrong and the rule updates for ever; what stops it is the number of
# epochs that you allow. `learners.perceptron` says so instead of handing you weights that look learned. The *pocket*
# keeps the best weights seen so far and walks on. Here are four clouds at the corners of XOR, 20 samples each. Take one
# sample from each cloud: such a foursome is an XOR again, and any line gets one of it wrong. The 80 samples make 20
# foursomes that share no sample, so 20 are the fewest mistakes that any line can make.

# %% tags=["covers:perceptron-non-separable"]
x, labels = datasets.xor(rng, 80)
x1, y, order = learners.with_bias(x), 2 * labels - 1, rng.permutation(80)
capped = learners.perceptron(x1, y, max_epochs=6, order=order)
pocket = learners.pocket(x1, y, max_epochs=6, order=order)
print(capped.message)
left = np.sum(y * (x1 @ pocket.w) <= 0)
verify.equation("DLNN 4.5, the pocket ends at a quarter of the samples", left, 20)

figure, ax = plt.subplots()
plots.curve(capped.history, "mistakes", x="update", ax=ax, label="perceptron", linewidth=1)
best = np.minimum.accumulate([row["mistakes"] for row in capped.history])
ax.step(range(1, len(best) + 1), best, where="post", label="pocket: best so far")
ax.set(ylabel=f"mistakes among {len(y)} samples", ylim=(0, None))
ax.legend()
plots.show(figure, "Mistakes on XOR: the perceptron jumps about, the pocket keeps the best")

# %% [markdown]
# Where a line does exist there are many, and the rule keeps the first it meets. Show it the same samples in another
# order and it stops at another one. Nothing prefers the middle of the corridor; the
# [support vector machine](07_hinge_loss_and_svm.ipynb) will.

# %% tags=["covers:perceptron-non-separable"]
x, y = corridor(0.1)
x1 = learners.with_bias(x)
figure, ax = plt.subplots()
plots.points(x, y, ax=ax, names=["$y = -1$", "$y = +1$"])
found = []
for seed in range(8):
    order = np.random.default_rng(seed).permutation(len(x))
    found.append(learners.perceptron(x1, y, order=order).w)
    plots.boundary(found[-1], ax=ax, linewidth=1)
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plots.show(figure, "Eight orders of the same samples give eight different separating lines")
directions = {tuple(np.round(w / np.linalg.norm(w), 6)) for w in found}
verify.equation("DLNN 4.2.3, different lines from eight orders", len(directions), 8)

# %% [markdown]
# ## Real flowers
#
# Iris has three species, 50 flowers each, four measurements a flower. *Setosa* is separated from the rest in a handful
# of updates, which proves that it can be. That *virginica* and *versicolor* cannot is not proved by a run that was
# stopped. A linear program settles it: it looks for any $\mathbf{w}$ with $y\,\mathbf{w}^\top\mathbf{x} \ge 1$ for all
# samples, and either finds one or shows that there is none.

# %%
from scipy.optimize import linprog

x, species = datasets.iris()
setosa = x, np.where(species == 0, 1, -1)
virginica = x[species > 0], np.where(species[species > 0] == 2, 1, -1)
pairs = {"setosa against the rest": setosa, "virginica against versicolor": virginica}
for name, (flowers, y) in pairs.items():
    x1 = learners.with_bias(flowers)
    line = linprog(np.zeros(5), -y[:, None] * x1, -np.ones(len(y)), bounds=(None, None))
    fit = learners.perceptron(x1, y, max_epochs=100)
    print(f"{name}: {fit.message}")
    print(f"    a line {'exists' if line.success else 'does not exist'}")
    verify.claim("DLNN 4.2.4", "converged where a line exists", fit.converged == line.success)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch has no perceptron, but the rule is stochastic gradient descent on $\operatorname{relu}(-y\,\mathbf{w}^\top
# \mathbf{x})$ with one sample a step. The derivative of PyTorch's relu at 0 is 0, the seam again: started at exactly 0
# it never moves. So both start from the weights after the first update, and from there on agree number by number.

# %%
import torch

x, y = corridor(0.1)
x1 = learners.with_bias(x)
w = torch.tensor(y[0] * x1[0], requires_grad=True)
rule = torch.optim.SGD([w], lr=1.0)
for sample, label in zip(torch.tensor(x1[1:]), torch.tensor(y[1:]), strict=True):
    rule.zero_grad()
    torch.relu(-label * (w @ sample)).backward()
    rule.step()

ours = learners.perceptron(x1, y, max_epochs=1)
verify.equation("PyTorch, one epoch of SGD on relu(-y w.x)", ours.w, w.detach().numpy())

# %% [markdown] tags=["question:ch02.perceptron.no_end"]
# ### In your own words
#
# On 500 samples a perceptron has made 10,000 updates, and a few samples are still wrong. So there is no line between the
# two classes, a colleague concludes. Is she right? Say what the theorem promises and what it does not. Could $\gamma$, the
# margin, have told her? Does she know it? And how could she find out for sure whether there is a line?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A threshold unit cuts space with one flat cut; the weights stand at a right angle to it, the bias shifts it.
# - The rule adds $\eta\,y\,\mathbf{x}$ on a mistake and nothing else: stochastic (sub)gradient descent on the perceptron
#   loss.
# - If a margin $\gamma$ exists, at most $(\lVert\mathbf{x}_{\max}\rVert/\gamma)^2$ updates are made. If none
#   exists, it never stops, and a program has to say so.
#
# ## Where the books differ
#
# - DLNN (4.20) writes the loss with "the prediction" $\hat y$; it must be $\mathbf{w}^\top\mathbf{x}$, not its sign, or
#   the gradient would be zero everywhere.
# - DLNN 4.2.3 tests $a\,y = -1$ and starts at $\mathbf{w} = 0$, where that never fires (you saw the count above). The
#   test that works is $y\,\mathbf{w}^\top\mathbf{x} \le 0$.
# - DLNN 4.2.4 calls the cross term negative (at $\mathbf{w} = 0$ it is 0), an inequality an equality, and the square root
#   a square function. The proof stands with $\le$ and the root.
# - EE147 names the rule without stating it; GBC 1.2.1 tells of the unit, the learning, and XOR, without a formula.
#
# **Next:** [Logistic regression](03_logistic_regression.ipynb) replaces the hard answer by a probability, and the
# perceptron's silence on right samples by a gentle pull.
