# %% [markdown]
# # The perceptron
#
# One unit, one line, and the first proof that a machine that learns from its mistakes must stop making them.
#
# **After this notebook you can**
#
# - say which yes/no questions a single threshold unit can answer, and which it cannot;
# - write the perceptron rule in three lines and predict what one update does to the line;
# - bound the number of updates before you run a single one.
#
# 25 minutes · before this: [The linear neuron](01_linear_neuron.ipynb)
#
# DLNN 4.2 · GBC 1.2.1 · Strang VII.5 · EE147 History · MEDL 5 (notes)
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{w}^\top\mathbf{x}$ (DLNN), $v$ (EE147) | `s` | pre-activation of the unit |
# | $b$, $w_0$, $-$threshold | `w[0]` | bias: the weight of a constant input 1 in column 0 |
# | $y \in \{-1, 1\}$ | `y` | label of a sample |
# | $\tau$ | `update` | how many updates have been made so far |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, learners, live, losses, plots, verify
from dlnotes.exercises import check

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


verify.equation("GBC 1.2.1, AND", fires(corners, np.array([1, 1]), 2), [0, 0, 0, 1])
verify.equation("GBC 1.2.1, OR", fires(corners, np.array([1, 1]), 1), [0, 1, 1, 1])
verify.equation("GBC 1.2.1, NOT", fires(np.array([[0], [1]]), np.array([-1]), 0), [1, 0])

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
verify.claim("EE147 History", "no unit on the grid computes XOR", right.max() == 3)

# %% [markdown]
# A grid is not a proof, but the proof is short. XOR wants $w_1 \ge \theta$, $w_2 \ge \theta$, $0 < \theta$, and
# $w_1 + w_2 < \theta$. Add the first two: $w_1 + w_2 \ge 2\theta > \theta$. Contradiction.
#
# ## The unit draws a line
#
# The perceptron is the same unit with inputs in $\mathbb{R}^D$ and an answer in $\{-1, 1\}$:
# $a = \operatorname{sign}(\mathbf{w}^\top \mathbf{x})$, DLNN (4.19). Put a constant 1 in column 0 of the data and
# `w[0]` is the bias. The places where $\mathbf{w}^\top\mathbf{x} = 0$ form a line, and the weights stand at a right
# angle to it: they point to the side that is answered +1.
#
# **Move the weights.** First make AND right, then OR, then decide for yourself about XOR.

# %% tags=["live", "covers:perceptron-model"]
gates = {"AND": [-1, -1, -1, 1], "OR": [-1, 1, 1, 1], "XOR": [-1, 1, 1, -1]}


def answers(x, w):
    """The perceptron: sign of the pre-activation."""
    return np.sign(learners.with_bias(x) @ w)


live.perceptron.threshold_unit(answers, corners, gates)

# %% [markdown]
# Two things to notice while you move. Doubling all three weights changes nothing: only the direction of `w` counts.
# And the hard limiter has a seam. On the line itself the pre-activation is 0 and the sign is 0, neither class.

# %% tags=["covers:perceptron-model"]
x = rng.normal(size=(200, 2))
w = rng.normal(size=3)
verify.equation("DLNN (4.19), w and 7 w answer alike", answers(x, 7 * w), answers(x, w))
verify.equation("DLNN (4.19), on the line", answers(np.zeros((1, 2)), np.array([0.0, 1.0, 1.0])), [0])

# %% [markdown]
# ## What a mistake costs
#
# To learn, the unit needs a number that says how wrong it is. The count of mistakes (zero-one loss) will not do: it is
# flat almost everywhere, so it never says which way to go. The perceptron loss grows with the distance on the wrong
# side: $\max(0, -y\,\mathbf{w}^\top\mathbf{x})$, DLNN (4.20).

# %% tags=["covers:perceptron-loss"]
margin = np.linspace(-3, 3, 601)
figure, ax = plt.subplots()
ax.step(margin, margin <= 0, label="zero-one", color=plots.INK)
ax.plot(margin, np.maximum(0, -margin), label="perceptron", color=plots.BLUE)
ax.plot(margin, np.logaddexp(0, -margin), label="logistic", color=plots.ORANGE, linestyle="--")
ax.set(xlabel="$y\\,w^\\top x$: negative is wrong, positive is right", ylabel="loss of one sample")
ax.legend()
plots.show(figure, "Zero-one, perceptron and logistic loss of one sample against y times w transpose x")

# %% [markdown]
# Left of 0 the perceptron loss is a ramp with slope −1; right of 0 it is silent. It never asks for more than barely
# right. The logistic loss of the [next notebook](03_logistic_regression.ipynb) does: it keeps pulling on samples that
# are already right.

# %% tags=["covers:perceptron-loss"]
s, y = rng.normal(size=50), rng.choice([-1, 1], size=50)
risk, delta = losses.perceptron_loss(s, y, reduction="sum")
wrong = y * s < 0
verify.equation("DLNN (4.21), a sum over the wrong samples", risk, -(y * s)[wrong].sum())
verify.claim("DLNN (4.20)", "the loss is never negative and 0 on the line", losses.perceptron_loss(0 * s, y)[0] == 0)

# %% [markdown]
# ## Learning from one mistake
#
# Look at one sample. If it is right, do nothing. If it is wrong, add a little of it, $\eta\,y\,\mathbf{x}$, to the
# weights: DLNN (4.23). Here is what that does to a positive sample on the wrong side, and to a negative one. The arrow
# is `w`; adding $y\,\mathbf{x}$ swings it toward a positive sample and away from a negative one, and the line swings
# with it.

# %% tags=["covers:perceptron-update-geometry"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
before, lr = np.array([0.0, 1.2, 0.6]), 1.0
for ax, sample, label in [(axes[0], [-0.9, 0.9], 1), (axes[1], [1.1, -0.1], -1)]:
    after = before + lr * label * np.array([1, *sample]) * [0, 1, 1]
    plots.update_geometry(before, after, np.array(sample), label, ax=ax)
    before_s, after_s = before[1:] @ sample, after[1:] @ sample
    gain = lr * np.dot(sample, sample)
    verify.equation("DLNN Fig 4.5, growth of y w.x is lr |x|²", label * (after_s - before_s), gain)
plots.show(figure, "One perceptron update: the weights and the line before and after a wrong sample is added")

# %% [markdown]
# The check line under the code is the reason why the rule works: each update moves $y\,\mathbf{w}^\top\mathbf{x}$
# of that sample up by exactly $\eta\,\lVert\mathbf{x}\rVert^2$. It may still be wrong afterwards, but less so.
#
# ### Exercise 1 · the rule
#
# Write one step of the on-line rule. Test with $y\,\mathbf{w}^\top\mathbf{x} \le 0$, zero included: a run starts at
# $\mathbf{w} = 0$, where every pre-activation is 0, and something has to move it.

# %% tags=["exercise:perceptron_update"]
def perceptron_update(w, x, y, lr):
    """The weights after one look at the sample x (d,) with label y in {-1, 1}.

    w (d,); lr, the learning rate; returns new weights (d,), or w itself where the sample is right.
    """
    raise NotImplementedError("your code here")


check(perceptron_update)

# %% [markdown]
# ### Exercise 2 · all mistakes at once
#
# The batch rule, DLNN (4.22), adds all wrong samples in one step. It is gradient descent: write the gradient of the
# empirical error $R(\mathbf{w}) = \sum_n \max(0, -y^n\,\mathbf{w}^\top\mathbf{x}^n)$, DLNN (4.21), without a loop. Count
# a sample on the line as wrong.

# %% tags=["exercise:perceptron_gradient"]
def perceptron_gradient(w, x, y):
    """dR/dw (d,), summed over the wrong samples: w (d,), x (n, d), y (n,) in {-1, 1}."""
    raise NotImplementedError("your code here")


check(perceptron_gradient)

# %% [markdown]
# ## Step by step
#
# Now the whole rule, one update at a time. The ring marks the sample that was just corrected. The *margin* is the
# width of the empty corridor between the classes.
#
# Click on the plane to add a sample of your own (or type it in the box below the picture). A single one in the wrong
# place can keep the unit busy for ever.

# %% tags=["live", "covers:perceptron-learning-rule"]
def corridor(margin):
    """Sixty samples around (1, 1) in two classes with an empty corridor between them."""
    x, labels = datasets.separable(np.random.default_rng(5), 60, margin=margin)
    return x + 1, 2 * labels - 1


def learn(x, y):
    return learners.perceptron(learners.with_bias(x), y, max_epochs=100)


live.perceptron.perceptron_steps(corridor, learn)

# %% [markdown]
# An update that helps one sample can spoil another: the curve of mistakes goes up as well as down. What never goes
# back is the progress that the next section measures.
#
# The printed rule of DLNN 4.2.3 tests $a\,y = -1$. Started at $\mathbf{w} = 0$ it would never make a first move,
# because there $a = \operatorname{sign}(0) = 0$:

# %% tags=["covers:perceptron-learning-rule"]
x, y = corridor(0.1)
x1 = learners.with_bias(x)
printed_fires = np.sign(x1 @ np.zeros(3)) * y == -1
ours_fires = y * (x1 @ np.zeros(3)) <= 0

print(f"at w = 0 the printed test corrects {printed_fires.sum()} samples, y w.x <= 0 corrects {ours_fires.sum()}")
print(learn(x, y).message)

# %% [markdown]
# ## Why it must stop
#
# Suppose some $\hat{\mathbf{w}}$ of length 1 separates the data with room to spare: $y^n\,\hat{\mathbf{w}}^\top
# \mathbf{x}^n \ge \gamma$ for all $n$. Start at 0, take $\eta = 1$, and follow two numbers through $\tau$ updates.
#
# - $\hat{\mathbf{w}}^\top\mathbf{w}$ grows by at least $\gamma$ each time, so it is at least $\tau\gamma$: DLNN (4.28).
# - $\lVert\mathbf{w}\rVert^2$ grows by at most $\lVert\mathbf{x}_{\max}\rVert^2$ each time (a wrong sample points
#   backward), so $\lVert\mathbf{w}\rVert \le \sqrt{\tau}\,\lVert\mathbf{x}_{\max}\rVert$: DLNN (4.33).
#
# The first number can never exceed the second. But a straight line overtakes a square root, so $\tau$ has to end
# before they cross: $\tau \le (\lVert\mathbf{x}_{\max}\rVert / \gamma)^2$.

# %% tags=["covers:perceptron-convergence"]
x, y = corridor(0.1)
x1 = learners.with_bias(x)
w_hat = learners.svm_qp(x, y).w
w_hat = w_hat / np.linalg.norm(w_hat)
gamma, longest = (y * (x1 @ w_hat)).min(), np.linalg.norm(x1, axis=1).max()

history = learn(x, y).history
tau = np.array([row["update"] for row in history])
w = np.array([row["w"] for row in history])
verify.claim("DLNN (4.28)", "w_hat.w >= tau gamma at every update", (w @ w_hat >= tau * gamma - 1e-9).all())
norms = np.linalg.norm(w, axis=1)
verify.claim("DLNN (4.33)", "|w| <= sqrt(tau) |x_max| at every update", (norms <= np.sqrt(tau) * longest).all())
bound = (longest / gamma) ** 2
print(f"{len(tau)} updates were made; the theorem allows {bound:.0f}")

# %% [markdown]
# **Move the margin.** On the left are the two numbers of the proof and their two bounds; the run must end before the
# dashed lines meet. On the right is that meeting point against the updates really made, for many margins.

# %% tags=["live", "covers:perceptron-convergence"]
def proof(margin):
    """What the theorem follows through one run, as arrays."""
    x, y = corridor(margin)
    x1, w_hat = learners.with_bias(x), learners.svm_qp(x, y).w
    w_hat = w_hat / np.linalg.norm(w_hat)
    w = np.array([row["w"] for row in learn(x, y).history])
    gamma, longest = (y * (x1 @ w_hat)).min(), np.linalg.norm(x1, axis=1).max()
    return {"progress": w @ w_hat, "norm": np.linalg.norm(w, axis=1), "gamma": gamma, "longest": longest}


live.perceptron.convergence_theorem(proof)

# %% [markdown]
# The bound grows like one over the margin squared. It is honest but generous: the run usually stops long before.
# Nothing in it depends on the number of samples or on their dimension, which is why it was sensational in 1962.
#
# ### Exercise 3 · the bound

# %% tags=["exercise:update_bound"]
def update_bound(w_hat, x, y):
    """The most updates the on-line rule can need (a number), from any separating w_hat (d,).

    x (n, d), y (n,) in {-1, 1}; w_hat may have any length.  DLNN (4.28), (4.33)
    """
    raise NotImplementedError("your code here")


check(update_bound)

# %% [markdown]
# ## The bias is not optional
#
# A line through the origin can only turn. Shift the same two classes away from the origin and it fails, although
# nothing about them has changed: without a bias the perceptron is not translation invariant (DLNN 4.2.1).

# %% tags=["covers:perceptron-translation"]
x, y = corridor(0.1)
for place, moved in {"around the origin": x - 1, "moved by (2, 2)": x + 1}.items():
    plain = learners.perceptron(moved, y, max_epochs=200)
    biased = learners.perceptron(learners.with_bias(moved), y, max_epochs=200)
    print(f"{place}, without bias: {plain.message}")
    print(f"{place}, with bias:    {biased.message}")

# %% [markdown]
# ## When there is no line
#
# On XOR no line exists, so some sample is always wrong and the rule corrects for ever. That is not a matter of
# patience: every stop is only the cap that you set. `learners.perceptron` says so instead of handing you weights that
# look learned. The *pocket* keeps the best weights seen so far and walks on.

# %% tags=["covers:perceptron-non-separable"]
x, labels = datasets.xor(rng, 80)
x1, y = learners.with_bias(x), 2 * labels - 1
capped, pocket = learners.perceptron(x1, y, max_epochs=6), learners.pocket(x1, y, max_epochs=6)
print("perceptron:", capped.message)
print("pocket:    ", pocket.message)

figure, ax = plt.subplots()
plots.curve(capped.history, "mistakes", x="update", ax=ax, label="perceptron", linewidth=1, color=plots.BLUE)
best = np.minimum.accumulate([row["mistakes"] for row in capped.history])
ax.step(range(1, len(best) + 1), best, where="post", label="pocket: best so far", color=plots.ORANGE)
ax.set(ylabel=f"mistakes among {len(y)} samples", ylim=(0, None))
ax.legend()
plots.show(figure, "Mistakes on XOR after each update: the perceptron jumps about, the pocket keeps the best")

# %% [markdown]
# Where a line does exist there are many, and the rule keeps the first it meets. Show it the same samples in another
# order and it stops at another one. Nothing prefers the middle of the corridor; the
# [support vector machine](07_hinge_loss_and_svm.ipynb) will.

# %% tags=["covers:perceptron-non-separable"]
x, y = corridor(0.1)
x1 = learners.with_bias(x)
figure, ax = plt.subplots()
plots.points(x, y, ax=ax)
ends = []
for seed in range(8):
    order = np.random.default_rng(seed).permutation(len(x))
    ends.append(learners.perceptron(x1, y, order=order).w)
    plots.boundary(ends[-1], ax=ax, linewidth=1)
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plots.show(figure, "Eight orders of the same samples give eight different separating lines")
directions = {tuple(np.round(w / np.linalg.norm(w), 6)) for w in ends}
verify.claim("DLNN 4.2.3", "the solution depends on the order", len(directions) > 1)

# %% [markdown]
# ## Real flowers
#
# Iris has three species, 50 flowers each, four measurements a flower. *Setosa* can be separated from the rest by a
# line. *Versicolor* from *virginica* cannot, and now you can tell from the message alone.

# %%
x, species = datasets.iris()
setosa = learners.perceptron(learners.with_bias(x), np.where(species == 0, 1, -1))
rest = species > 0
virginica = learners.pocket(learners.with_bias(x[rest]), np.where(species[rest] == 2, 1, -1), max_epochs=100)
print("setosa against the rest:     ", setosa.message)
print("virginica against versicolor:", virginica.message)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch has no perceptron, but the rule is stochastic gradient descent on $\operatorname{relu}(-y\,\mathbf{w}^\top
# \mathbf{x})$ with one sample a step. Its derivative at 0 is 0 in PyTorch, the seam again: started at exactly 0 it
# never moves. So both start from the weights after the first update, and from there on agree number by number.

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

# %% [markdown]
# ## What to remember
#
# - A threshold unit cuts space with one flat cut; the weights stand at a right angle to it, the bias shifts it.
# - The rule adds $\eta\,y\,\mathbf{x}$ on a mistake and nothing else. It is gradient descent on the perceptron loss.
# - If a margin $\gamma$ exists, at most $(\lVert\mathbf{x}_{\max}\rVert/\gamma)^2$ updates are made. If none
#   exists, it never stops, and a program has to say so.
#
# ## Where the books differ
#
# - DLNN (4.20) writes the loss with "the prediction" $\hat y$; it must be $\mathbf{w}^\top\mathbf{x}$, not its sign, or
#   the gradient would be zero everywhere.
# - DLNN 4.2.3 tests $a\,y = -1$ and starts at $\mathbf{w} = 0$, where that never fires (you saw the count above). The
#   test that works is $y\,\mathbf{w}^\top\mathbf{x} \le 0$.
# - DLNN 4.2.4 calls the cross term negative; at $\mathbf{w} = 0$ it is 0, so the bound holds with $\le$.
# - EE147 names the rule without stating it; GBC describes the unit and the history only.
#
# **Next:** [Logistic regression](03_logistic_regression.ipynb) replaces the hard answer by a probability, and the
# perceptron's silence on right samples by a gentle pull.
