# %% [markdown]
# # Batch normalization
#
# Give every unit the mean and the variance that you want, batch by batch, and see which networks learn that did not before.
#
# **After this notebook you can**
#
# - standardize the units of a layer over a batch, forward and backward, by hand;
# - say what takes the place of the batch at test time, and fold the whole layer away;
# - say what batch norm changes about training, and what is only said about it.
#
# 80 minutes in two sittings, 45 for the text and 35 for the exercises · the break is before *One pair for a channel* ·
# before this: [Initialization schemes](../ch08_initialization/03_initialization_schemes.ipynb)
#
# DLNN 10.1 · GBC 8.7.1 · Strang VII.4 · EE147 Normalization · MEDL 5.6
#
# | in the books | here | what it is |
# |---|---|---|
# | $a$ (DLNN), $\mathbf{H}$ (GBC), $x$ (EE147), $z$ (MEDL) | `s` | what is standardized: mostly a pre-activation |
# | $\hat a$ (DLNN), $\mathbf{H}'$ (GBC), $\bar z$ (MEDL) | `s_hat` | the same with mean 0 and variance 1 over the batch |
# | $b$ (DLNN), $y$ (EE147), $\tilde z$ (MEDL) | `y` | gamma times that, plus beta: the output |
# | $\epsilon$, $\delta$ (GBC) | `eps` | a small number under the root |
# | $B$ (DLNN), $m$ (GBC, EE147), $n_b$ (MEDL) | `n` | how many samples a batch has |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, live, normalization, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## A signal on its way up
#
# Take 100 handwritten digits and send them through five layers of 512 units with random weights. On average, a layer
# multiplies the mean square of what it gets by $J\sigma_w^2$, inputs times variance of a weight; then its activation does
# what it does. Each column of the picture is a layer: its pre-activations on the left, its activations on the right.

# %%
x, labels = datasets.digits()
x = (x - x.mean()) / x.std()
rng = np.random.default_rng(0)
sizes = [64, 512, 512, 512, 512, 512]
W = [rng.standard_normal((i, j)) / np.sqrt(j) for j, i in zip(sizes[:-1], sizes[1:], strict=True)]
W, few = [each.astype("float32") for each in W], x[:100].astype("float32")  # it is faster so


# %%
def through(activation, gain):
    """(s, a) of each of the five layers, J times the variance of the weights being `gain`."""
    found, a = [], few
    for each in W:
        s = np.sqrt(np.float32(gain)) * (a @ each.T)
        a, _ = getattr(layers, activation)(s)
        found.append((s, a))
    return found


# %% tags=["live", "covers:activation-histograms"]
live.batch_normalization.through_layers(through, ["relu", "tanh", "selu"])

# %% [markdown]
# With ReLU the signal explodes or dies, except at one value; tanh keeps it inside of $(-1, 1)$ and lets it shrink; SELU
# was made for mean 0 and variance 1, and needs $J\sigma_w^2 = 1$ for that. All of it holds before the first step of training
# only: nobody keeps the weights where they are.

# %% tags=["covers:activation-histograms"]
gains = np.array([0.5, 1, 1.5, 2.5, 3, 4])
size = np.array([[np.mean(a**2) for _, a in through("relu", gain)] for gain in gains])
grows = size[:, -1] > size[:, 0]
verify.claim("DLNN Fig 10.1", "ReLU grows only for J var(w) > 2", np.array_equal(grows, gains > 2))
last = [through("selu", 1.0)[layer][1] for layer in range(5)]
still = all(abs(a.mean()) < 0.1 and abs(a.var() - 1) < 0.1 for a in last)
verify.claim("here, as in DLNN Fig 10.7", "SELU layers keep mean 0 and variance 1", still)

# %% [markdown]
# ## All weights move at once
#
# A gradient says what one weight does while the others rest. But they do not rest. GBC's example is a chain of $l$ numbers
# without any activation, $\hat y = x\,w_1 w_2 \cdots w_l$. A step of gradient descent on $\hat y$ itself promises a change of
# $-\epsilon\,\mathbf{g}^\top\mathbf{g}$. What comes is (8.40), $x\prod_k (w_k - \epsilon g_k)$, with all products of
# several changes in it.


# %% tags=["covers:deep-linear-chain"]
def chain_step(w, lr, x=1.0):
    """One step on y = x w_1 ... w_l: the change promised, its second-order part, the real one."""
    g = np.array([x * np.prod(np.delete(w, k)) for k in range(len(w))])
    pairs = [(k, m) for k in range(len(w)) for m in range(k)]
    second = sum(g[k] * g[m] * x * np.prod(np.delete(w, [k, m])) for k, m in pairs)
    return -lr * g @ g, lr**2 * second, x * np.prod(w - lr * g) - x * np.prod(w)


# %% tags=["covers:deep-linear-chain"]
depths = np.arange(2, 21)
figure, ax = plt.subplots()
for w, look in [(0.8, "-o"), (1.0, "-s"), (1.2, "-D")]:
    found = np.array([chain_step(np.full(depth, w), 0.005) for depth in depths])
    ax.plot(depths, found[:, 2] / found[:, 0], look, markersize=4, label=f"all weights {w}")
ax.set(xlabel="depth $l$", ylabel="change that came / promised", ylim=(0, 1.1), xticks=depths[::3])
ax.legend()
plots.show(
    figure, "The change after one step as a part of the promised one, over depth, for three weights"
)

# %% [markdown]
# At the same learning rate a shallow chain keeps its promise, and a deep one with weights of 1.2 delivers a third of it.
# How far a step may go depends on all the layers at once, so that no single learning rate is right for long.

# %% tags=["covers:deep-linear-chain"]
w = rng.uniform(0.7, 1.4, size=6)
left = [abs(np.dot([-1, -1, 1], chain_step(w, lr, x=2.0))) for lr in (1e-3, 5e-4, 2.5e-4)]
ratio = np.array(left[:-1]) / left[1:]
verify.equation("GBC (8.40), half the step: an eighth of what the first two orders leave over",
                ratio, 8, tolerance=0.05)  # fmt: skip

# %% tags=["covers:deep-linear-chain"]
g = [2.0 * np.prod(np.delete(w, k)) for k in (0, 1)]  # with x = 2


def scalar_chain(first, second, lr=0.1):
    """The output, the first and the second weight with their steps (1) or without (0)."""
    return 2.0 * np.prod([w[0] - first * lr * g[0], w[1] - second * lr * g[1], *w[2:]])


together = scalar_chain(1, 1) - scalar_chain(1, 0) - scalar_chain(0, 1) + scalar_chain(0, 0)
printed = 0.1**2 * g[0] * g[1] * np.prod(w[2:])
verify.equation("GBC 8.7.1, the term of g_1 g_2 over the printed one: x", together / printed, 2)

# %% [markdown]
# GBC's way out: standardize what comes out of the chain over the batch, and let one last weight decide how large it is. Then
# the weights below can do nothing but turn its sign around. The promise of the last weight is kept, because it is alone.

# %% tags=["covers:deep-linear-chain"]
batch = rng.normal(size=(50, 1))


def normalized_chain(w):
    """The chain on a batch, standardized below its last weight."""
    s_hat, _ = normalization.standardize(batch * np.prod(w[:-1]), axes=0, eps=0)
    return w[-1] * s_hat


for c in (0.01, 7.0):
    same = normalized_chain(w * [1, c, 1, 1, 1, 1])
    verify.equation(f"GBC 8.7.1, a weight times {c:g} changes nothing", same, normalized_chain(w))
turned = normalized_chain(w * [1, -3, 1, 1, 1, 1])
verify.equation("GBC 8.7.1, a weight times -3 turns the sign", turned, -normalized_chain(w))

# %% [markdown]
# ## Mean 0 and variance 1, unit by unit
#
# Batch norm does this for each unit of a layer: over the $n$ samples of the batch it takes the mean $\mu$ and the variance
# $\sigma^2$, divided by $n$, and standardizes, DLNN (10.4)–(10.6). Then it gives back what was taken, as two parameters
# that are learned: $y = \gamma\,\hat s + \beta$, (10.7).
#
# $$\hat s = \frac{s - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad \mu = \frac{1}{n}\sum_k s^{(k)}, \qquad
# \sigma^2 = \frac{1}{n}\sum_k \bigl(s^{(k)} - \mu\bigr)^2$$
#
# Five units of the first layer, over all the digits:

# %% tags=["covers:batch-normalisation"]
s = x @ (rng.normal(size=(5, 64)) * np.array([[0.03], [0.06], [0.12], [0.2], [0.3]])).T
s = s + np.array([2.0, -1.0, 0.5, -4.0, 1.0])
y, _ = normalization.batch_norm(s, normalization.neutral(5))
figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True)
for ax, values, name in [
    (axes[0], s, "before"),
    (axes[1], y, "after, $\\gamma = 1$, $\\beta = 0$"),
]:
    for number, unit in enumerate(values.T, start=1):
        ax.hist(unit, np.linspace(-8, 8, 81), histtype="step", density=True, linewidth=1.5,
                color=plots.PALETTE[number - 1], label=f"unit {number}")  # fmt: skip
    ax.set(title=name, xlabel="value", ylabel="density")
axes[0].legend()
plots.show(figure, "Histograms of five units before and after standardization over the batch")

# %% [markdown]
# Places and widths have gone, shapes have stayed. Nothing is lost for good: with $\gamma = \sqrt{\sigma^2 + \epsilon}$ and
# $\beta = \mu$ the layer gives back exactly what it got.

# %% tags=["covers:batch-normalisation"]
gamma, beta, eps = rng.normal(size=5), rng.normal(size=5), 0.1
y, _ = normalization.batch_norm(s, (gamma, beta), eps=eps)
mean, var = s.mean(axis=0), s.var(axis=0)
verify.equation("DLNN (10.7), the mean of the output is beta", y.mean(axis=0), beta)
verify.equation("MEDL (5.39), its variance", y.var(axis=0), gamma**2 * var / (var + eps))
same, _ = normalization.batch_norm(s, (np.sqrt(var + eps), mean), eps=eps)
verify.equation("DLNN (10.3), gamma and beta that undo it", same, s)
shared = (s - mean) / np.sqrt(var.sum())  # one variance, that of whole vectors
verify.equation(
    "Strang VII.4, read with vectors: the five add up to 1", shared.var(axis=0).sum(), 1
)
alone, back = normalization.batch_norm(s[:1], (gamma, beta), eps=eps)
verify.equation("EE147, a batch of one sample gives beta", alone[0], beta)
verify.equation("EE147, and hands nothing back", back(gamma[None])[0], 0)

# %% [markdown]
# ### Exercise 1 · forward
#
# Write it. Mind where the eps stands, which axis the samples are on, a unit that says the same of all samples, and one whose
# values lie together far from 0 (numbers near a billion have few digits left for small differences). Stuck?
# `hint(standardized_batch)`, in a cell of your own, helps.


# %% tags=["exercise:standardized_batch"]
def standardized_batch(s, gamma, beta, eps):
    """The output (n, d) of batch norm in training, for pre-activations s (n, d): rows are samples.

    gamma, beta (d,);  eps, a number that is added to the variance.  Mind a unit whose values lie
    far from 0.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:standardized_batch"]
check(standardized_batch)

# %% [markdown]
# ## The way back goes through mean and variance
#
# A sample moves its own $\hat s$, and also $\mu$ and $\sigma^2$, which all the others hang on. All these ways add up to one line
# in the core of the package, and a picture says which. Plot what is told to each sample,
# $g = \gamma\,\partial R/\partial y$, over its $\hat s$. The line that fits the points best is what the layer keeps to itself: to move
# all outputs up, or to stretch them, is what the mean and the variance forbid. What is left, the distance from the line,
# is divided by $\sigma$ and handed down.

# %% tags=["covers:batch-norm-backward"]
twelve = rng.normal(size=12)
g = 0.8 - 0.9 * twelve + 0.5 * rng.normal(size=12)
s_hat, back = normalization.standardize(twelve, axes=0, eps=0)
slope, height = np.polyfit(s_hat, g, 1)
fit = height + slope * s_hat

# %% tags=["covers:batch-norm-backward"]
figure, ax = plt.subplots()
ax.vlines(s_hat, fit, g, color=plots.ORANGE, label="handed down (times std)")
ax.plot(s_hat, g, "o", color=plots.BLUE, label="told to the sample")
ax.axline((0, height), slope=slope, color=plots.INK, label="the line that fits best")
ax.set(xlabel="$\\hat s$", ylabel="$g$ = dR/d$\\hat s$")
ax.legend()
plots.show(
    figure, "What twelve samples are told, the line that fits it best, and the distances from it"
)
left = (g - fit) / twelve.std()
verify.equation("here, what a straight line leaves over", back(g)[0], left)

# %% [markdown]
# ### Exercise 2 · backward
#
# Write it, from `dy`, `s_hat` and `std` alone. An eps that counts bends the picture a little, because the mean
# square of $\hat s$ is then below 1; your formula should not care.


# %% tags=["exercise:batch_norm_pullback"]
def batch_norm_pullback(dy, s_hat, std, gamma):
    """(ds, dgamma, dbeta) of y = gamma s_hat + beta, where s_hat = (s - mean) / std over the batch.

    dy = dR/dy (n, d);  s_hat (n, d);  std = sqrt(var + eps), gamma (d,).  Mean and std depend on s,
    too.  Returns arrays (n, d), (d,), (d,).  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:batch_norm_pullback"]
check(batch_norm_pullback)

# %% [markdown]
# DLNN (10.12) follows the ways one by one, six formulas; MEDL (5.42)–(5.44) has the same. In our letters:
#
# $$\frac{\partial R}{\partial \hat s^{(k)}} = \gamma\,\frac{\partial R}{\partial y^{(k)}}, \qquad
# \frac{\partial R}{\partial \sigma^2} = -\frac{1}{2}(\sigma^2 + \epsilon)^{-3/2}
# \sum_k \frac{\partial R}{\partial \hat s^{(k)}}\bigl(s^{(k)} - \mu\bigr), \qquad
# \frac{\partial R}{\partial \mu} = -\frac{1}{\sqrt{\sigma^2 + \epsilon}}\sum_k \frac{\partial R}{\partial \hat s^{(k)}}
# - \frac{2}{n}\frac{\partial R}{\partial \sigma^2}\sum_k \bigl(s^{(k)} - \mu\bigr),$$
#
# $$\frac{\partial R}{\partial s^{(k)}} = \frac{1}{\sqrt{\sigma^2 + \epsilon}}\frac{\partial R}{\partial \hat s^{(k)}}
# + \frac{2}{n}\frac{\partial R}{\partial \sigma^2}\bigl(s^{(k)} - \mu\bigr) + \frac{1}{n}\frac{\partial R}{\partial \mu}, \qquad
# \frac{\partial R}{\partial \gamma} = \sum_k \frac{\partial R}{\partial y^{(k)}}\hat s^{(k)}, \qquad
# \frac{\partial R}{\partial \beta} = \sum_k \frac{\partial R}{\partial y^{(k)}}$$
#
# `normalization.batch_norm_by_parts` has them line by line. They give what you have found.

# %% tags=["covers:batch-norm-backward"]
dy = rng.normal(size=s.shape)
ds, dgamma, dbeta, through_var = normalization.batch_norm_by_parts(dy, s, gamma, eps)
_, back = normalization.batch_norm(s, (gamma, beta), eps=eps)
compact, grads = back(dy)
verify.equation("DLNN (10.12), six formulas and one", ds, compact, tolerance=1e-12)
verify.equation("MEDL (5.42), dgamma and dbeta", [dgamma, dbeta], grads)
few_hat, few_dy = normalization.standardize(s[:7], axes=0, eps=eps)[0], dy[:7]
by_differences = verify.gradient(lambda s_hat: np.sum(few_dy * (gamma * s_hat + beta)), few_hat)
verify.equation("MEDL 5.6, from above comes dR/dy, and dR/ds_hat is gamma times that",
                by_differences, gamma * few_dy, tolerance=1e-8)  # fmt: skip
verify.equation("EE147, this part of dR/dmean is 0 always", through_var, 0)
verify.equation("DLNN 10.1, the gradients of a unit add up to 0", ds.sum(axis=0), 0)
verify.layer(normalization.batch_norm, s[:7, :3], (gamma[:3], beta[:3]), rng)

# %% [markdown]
# ## Alone at test time
#
# In training, the output for a sample depends on its company. At test time there may be none: one patient, one picture.
# So the layer remembers. After each batch, new = keep · old + (1 − keep) · that of the batch, for the mean and for the
# variance, and at test time these two are constants, MEDL (5.41). (EE147 has no rule for test time; this is the one that
# was left out.)
#
# No flag says which of the two it is. There are two layers, `batch_norm` and `frozen_norm`, and two chains over one
# list of parameters.

# %% tags=["covers:batch-normalisation-inference"]
moments = normalization.RunningMoments(keep=0.9)
for _ in range(100):
    batch = s[rng.choice(len(s), 32, replace=False)]
    normalization.batch_norm(batch, (gamma, beta), track=moments)
one = s[:1]
alone, _ = normalization.frozen_norm(one, (gamma, beta), moments=moments)
crowd, _ = normalization.frozen_norm(s, (gamma, beta), moments=moments)
verify.equation("DLNN 10.1, at test time a sample has no company", alone, crowd[:1])
near = np.abs(moments.mean - s.mean(axis=0)) < 0.2 * s.std(axis=0)
verify.claim("DLNN 10.1", "the means that are kept are near those of all data", near.all())
near = np.abs(moments.var / s.var(axis=0) - 1) < 0.3
verify.claim("DLNN 10.1", "and so are the variances, within 30 %", near.all())

# %% [markdown]
# **Now look at one sample in the company of others.** On the left is a batch in two numbers, mean and standard deviation: a
# gray dot for each of 400 batches. On the right is what these batches make of the sample.


# %% tags=["live", "covers:batch-normalisation-inference"]
def standard_over_batches(batches):
    """Each column is a batch of one unit, standardized."""
    return normalization.standardize(batches, axes=0, eps=1e-5)[0]


unit, neutral = s[:, 2], normalization.neutral(1)
kept = normalization.RunningMoments(unit.mean(), unit.var())


def standard_at_test(values):
    """With the moments of all the data."""
    return normalization.frozen_norm(values[:, None], neutral, moments=kept)[0][:, 0]


others = np.random.default_rng(3).integers(len(unit), size=(400, 256))
live.batch_normalization.company(standard_over_batches, standard_at_test, unit, others)

# %% [markdown]
# The smaller the batch, the more a sample is judged by its neighbors. That noise regularizes a little; but the layers above
# learn from outputs that no test will show them. How large they have to be, you found out.
#
# *Which* variance is kept differs. DLNN, GBC and MEDL average what the batch was standardized with, divided by $n$ (MEDL
# averages its root). PyTorch standardizes with that one, too, but keeps the unbiased one, $n/(n-1)$ times as large.

# %% tags=["covers:batch-normalisation-inference"]
import torch

theirs = torch.nn.BatchNorm1d(5, momentum=0.1).double()
ours = normalization.RunningMoments(keep=0.9)
books = normalization.RunningMoments(keep=0.9, unbiased=False)
for start in range(0, 60, 6):
    theirs(torch.tensor(s[start : start + 6]))
    for track in (ours, books):
        normalization.batch_norm(s[start : start + 6], normalization.neutral(5), track=track)
verify.equation("PyTorch, running mean", ours.mean, theirs.running_mean.numpy())
verify.equation("PyTorch, running variance: n - 1", ours.var, theirs.running_var.numpy())
new = 1 - 0.9**10  # the share that the ten batches have in what is kept
ratio = (ours.var - (1 - new)) / (books.var - (1 - new))
verify.equation("between PyTorch and the books: n / (n - 1)", ratio, 6 / 5)

# %% [markdown]
# ### Exercise 3 · what is remembered
#
# Write what PyTorch does to its two buffers while batches pass by.


# %% tags=["exercise:running_moments"]
def running_moments(batches, keep):
    """(mean (d,), var (d,)) after `batches` (t, n, d), one after the other, as PyTorch keeps them.

    They begin with mean 0 and variance 1; a batch leaves the share `keep` of what was, and its own
    moments make up the rest.  The variance kept is the unbiased one.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:running_moments"]
check(running_moments)

# %% [markdown]
# *A good place to begin the second sitting.*
#
# ## One pair for a channel
#
# Behind a convolution all places of a channel come from the same kernel. They share one mean, one variance, one $\gamma$ and
# one $\beta$, taken over samples *and* places: every place counts as one more sample.

# %% tags=["covers:batch-norm-conv"]
from dlnotes.convolution import conv2d

kernels = rng.normal(size=(4, 1, 3, 3)) * np.array([0.05, 0.2, 0.5, 1.5])[:, None, None, None]
maps, _ = conv2d(x.reshape(-1, 1, 8, 8)[:200], (kernels, np.array([0.0, 1.0, -3.0, 0.0])))
per_channel = rng.normal(size=4), rng.normal(size=4)
y, _ = normalization.batch_norm(maps, per_channel)
rows = maps.transpose(0, 2, 3, 1).reshape(-1, 4)  # a row for each place of each image
flat, _ = normalization.batch_norm(rows, per_channel)
verify.equation(
    "MEDL 5.6, it is batch norm of all places", y, flat.reshape(200, 6, 6, 4).transpose(0, 3, 1, 2)
)
verify.equation("GBC 8.7.1, parameters of 4 channels", sum(part.size for part in per_channel), 8)
theirs = torch.nn.BatchNorm2d(4).double()(torch.tensor(maps)).detach().numpy()
standard, _ = normalization.batch_norm(maps, normalization.neutral(4))
verify.equation("PyTorch, BatchNorm2d", standard, theirs)

# %% tags=["covers:batch-norm-conv"]
names = [f"channel {n}" for n in range(1, 5)] + ["normalized"] * 4
look = dict(columns=4, size=1.5, cmap=plots.SIGNED, vmin=-5, vmax=5)
figure = plots.images([*maps[7], *standard[7]], names, **look)
plots.show(figure, "Four channels of a digit before (above) and after (below) batch norm")

# %% [markdown]
# Above, on one scale of color, one channel whispers, one is all below zero, one shouts. Below, all four can be heard.
#
# ## Fold it away
#
# At test time mean and variance are constants, so the layer is affine; and behind another affine layer that is one layer.
# Unit by unit, with $f = \gamma/\sqrt{\sigma^2 + \epsilon}$: $\tilde{\mathbf{w}} = f\,\mathbf{w}$ and what goes with it for the bias.
#
# ### Exercise 4 · one layer in place of two
#
# MEDL 5.6 has it in a footnote. When your function passes, the cell below folds a trained network with it.


# %% tags=["exercise:folded_layer"]
def folded_layer(W, b, gamma, beta, mean, var, eps):
    """(W, b) of the one linear layer that does what a linear layer and a frozen batch norm do.

    W (i, j), b (i,), of the linear layer;  gamma, beta, mean, var (i,), eps, of the norm behind it.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:folded_layer"]
check(folded_layer)

# %% [markdown]
# Here is a network with batch norm, trained for 160 steps. Training and test are two chains; the parameters are one list.

# %% tags=["covers:batch-normalisation-inference"]
from functools import partial

from dlnotes import initialization, losses, optimizers, training


def two_chains(moments):
    """The network in training, which leaves its moments in `moments`, and at test time."""
    tracked = partial(normalization.batch_norm, track=moments)
    frozen = partial(normalization.frozen_norm, moments=moments)
    in_training = layers.chain(layers.linear, tracked, layers.relu, layers.linear)
    return in_training, layers.chain(layers.linear, frozen, layers.relu, layers.linear)


# %% tags=["covers:batch-normalisation-inference"]
remembered = normalization.RunningMoments()
in_training, at_test = two_chains(remembered)
first, _, last = initialization.mlp(np.random.default_rng(1), 64, 32, 10)
start = (first, normalization.neutral(32), (), last)
data, rule = (x[:1280], labels[:1280]), partial(optimizers.sgd, lr=0.2)
run = training.steps(in_training, losses.cross_entropy, start, data, rule, rng=rng, epochs=4)
*_, (row, trained) = run
right = losses.accuracy(at_test(x[1280:], trained)[0], labels[1280:])
verify.claim("new digits", f"after {row['step']} steps more than 85 % are right", right > 0.85)

# %% tags=["covers:batch-norm-folding"]
fold = use(folded_layer)
(W1, b1), (gamma1, beta1), _, last = trained
small = fold(W1, b1, gamma1, beta1, remembered.mean, remembered.var, 1e-5)
before, _ = at_test(x, trained)
after, _ = layers.chain(layers.linear, layers.relu, layers.linear)(x, (small, (), last))
verify.equation("MEDL 5.6, folded, the outputs are the same", after, before)
_, back = two_chains(None)[0](x[:50], trained)
_, ((_, db), _, _, _) = back(rng.normal(size=(50, 10)))
verify.equation("MEDL 5.6, a bias before batch norm has no gradient", db, 0)
verify.equation("    so after 160 steps it is where it was", b1, 0)

# %% [markdown]
# The bias of the first layer never moved: whatever it adds, the mean takes away again, and $\beta$ does its work. GBC 8.7.1
# leaves it out.
#
# ## Before the activation, or behind it
#
# Ioffe and Szegedy put batch norm before the activation; today it is also put behind. It matters to a ReLU. If its
# input has mean 0, about half of it is cut off, whatever the layers below do.

# %% tags=["covers:batch-norm-placement"]
s = through("relu", 2.0)[2][0].astype(float) + 1.5  # a layer of 512 units, all a little too high
one = normalization.neutral(512)
before, _ = layers.relu(normalization.batch_norm(s, one)[0])
behind, _ = normalization.batch_norm(layers.relu(s)[0], one)
figure, axes = plt.subplots(1, 3, figsize=(8, 3.0), sharey=True)
names = ["ReLU alone", "batch norm, ReLU", "ReLU, batch norm"]
for ax, values, name in zip(axes, [layers.relu(s)[0], before, behind], names, strict=True):
    ax.hist(values.ravel(), np.linspace(-2, 5, 71), density=True, color=plots.BLUE)
    ax.set(title=name, xlabel="activation", ylabel="density", ylim=(0, 2))
plots.show(figure, "Activations of a layer without batch norm, with it before, and behind the ReLU")

# %% tags=["covers:batch-norm-placement"]
print(
    f"cut off without batch norm {np.mean(s <= 0):.2f}, with it in front {np.mean(before <= 0):.2f}"
)
half = abs(np.mean(before <= 0) - 0.5) < 0.02
verify.claim("EE147", "a ReLU cuts off half of a standardized input", half)

# %% [markdown]
# The two also differ in what they take no notice of. Shift all the data by the same vector, and every pre-activation moves by
# a number of its own; batch norm in front takes that away. Behind the ReLU it comes too late: another part has been cut
# off. DLNN introduces batch norm for activations, and warns in 10.5 that its Table 10.1 of invariances holds for
# pre-activations only.

# %% tags=["covers:batch-norm-placement"]
W1, shift = rng.normal(size=(32, 64)) / 8, rng.normal(size=64)
one = normalization.neutral(32)
norm, parts = normalization.batch_norm, ((W1, np.zeros(32)), one, ())
in_front = layers.chain(layers.linear, norm, layers.relu), parts
from_behind = layers.chain(layers.linear, layers.relu, norm), (parts[0], (), one)
change = {}
for name, (net, params) in {"in front": in_front, "behind": from_behind}.items():
    change[name] = np.abs(net(x + shift, params)[0] - net(x, params)[0]).max()
verify.equation(
    "DLNN 10.5, in front of the ReLU, shifted data change nothing", change["in front"], 0
)
verify.claim("DLNN 10.5", "behind it they do", change["behind"] > 0.1)

# %% [markdown]
# ## Inputs that move
#
# Strang and EE147 call it *covariate shift* when the data on which a network is trained move. It happens by accident,
# too: walk through the digits sorted, all zeros first, and every mini-batch comes from another place. *Internal* covariate shift
# is the same one layer up: the layers below learn, and what they send up moves. Here are both.


# %% tags=["covers:covariate-shift"]
def three_hidden(normalized, scale=1.0):
    """Layers and parameters: three hidden layers of 32 ReLU units, He's weights times `scale`."""
    norm, one = [normalization.batch_norm] * normalized, [normalization.neutral(32)] * normalized
    start = initialization.mlp(np.random.default_rng(4), 64, 32, 32, 32, 10, init=initialization.he)
    hidden = [part for W, b in start[:-1:2] for part in ((scale * W, b), *one, ())]
    return [layers.linear, *norm, layers.relu] * 3 + [layers.linear], (*hidden, start[-1])


# %% tags=["covers:covariate-shift"]
def drift(normalized):
    """Means of the 32 inputs of the last layer over all data: at the start, then every 20 steps."""
    parts, start = three_hidden(normalized)
    order, net, below = np.random.default_rng(2), layers.chain(*parts), layers.chain(*parts[:-1])
    run = training.steps(net, losses.cross_entropy, start, data, rule, rng=order, epochs=4)
    seen = [start, *(params for row, params in run if row["step"] % 20 == 0)]
    return np.array([below(x, params[:-1])[0].mean(axis=0) for params in seen])


# %% tags=["covers:covariate-shift"]
order = np.argsort(labels, kind="stable")
ways = {"sorted by digit": order, "shuffled": rng.permutation(order)}
pixel = {name: x[way][:1792].reshape(56, 32, 64).mean(axis=1)[:, 27] for name, way in ways.items()}
moved = {f"{word} batch norm": drift(word == "with") for word in ("without", "with")}
looks = [("--s", plots.ORANGE), ("-o", plots.BLUE)]

# %% tags=["covers:covariate-shift"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6))
for (name, means), look in zip(pixel.items(), ["-", "--"], strict=True):
    axes[0].plot(range(1, 57), means, look, linewidth=1.5, label=name)
axes[0].axhline(x[:, 27].mean(), color=plots.INK, linewidth=1)
axes[0].set(xlabel="mini-batch", ylabel="mean of a pixel in the middle")
for (name, means), (look, color) in zip(moved.items(), looks, strict=True):
    far = np.abs(means - means[0]).mean(axis=1)
    axes[1].plot(20 * np.arange(len(means)), far, look, color=color, label=name)
axes[1].set(xlabel="step", ylabel="how far the means moved", ylim=(0, None))
for ax in axes:
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), columnspacing=0.8)
plots.show(
    figure, "Means of mini-batches, sorted and shuffled, and of a layer's inputs in training"
)

# %% tags=["covers:covariate-shift"]
spread = [np.abs(means - x[:, 27].mean()).mean() for means in pixel.values()]
other = spread[0] > 3 * spread[1]
verify.claim("Strang VII.4", "mini-batches of sorted data have means of their own", other)
far = [np.abs(means[-1] - means[0]).mean() for means in moved.values()]
less = far[1] < far[0]
verify.claim("EE147", "with batch norm the last layer's inputs move less, here", less)

# %% [markdown]
# Sorted, the mini-batches wander with the digit that they are full of; shuffled, they stay near the line, the mean of all
# data. On the right, the inputs of the last layer move about a fifth as far with batch norm as without.
#
# Whether moving inputs are what hurts is another question. Santurkar and others (2018) added noise behind batch norm
# that moves every input on purpose, and the networks trained as well as before. What did change was the ground that
# gradient descent walks on, and you can measure it.
#
# ## How far the gradient can be trusted
#
# A gradient is true at one place. Walk a distance $t$ along it, and ask how much it has changed, relative to $t$: a large
# ratio $\lVert \nabla R(\theta - t\,\mathbf{d}) - \nabla R(\theta)\rVert / t$ means that what you were told is soon no longer
# true. EE147 calls a bound for it the Lipschitz constant of the gradient. The same network of three hidden layers, at its start:


# %% tags=["covers:batch-norm-smoothness"]
def change_along(normalized, distances):
    """How much the gradient on 256 digits changes along itself, over the distance."""
    parts, params = three_hidden(normalized)
    net, (theta, unpack) = layers.chain(*parts), optimizers.pack(params)

    def gradient_at(theta):
        scores, back = net(x[:256], unpack(theta))
        _, delta = losses.cross_entropy(scores, labels[:256])
        return optimizers.vector(back(delta)[1])

    g = gradient_at(theta)
    d = g / np.linalg.norm(g)
    return np.array([np.linalg.norm(gradient_at(theta - t * d) - g) / t for t in distances])


# %% tags=["covers:batch-norm-smoothness"]
distances = np.geomspace(0.01, 3, 30)
figure, ax = plt.subplots()
ratios = {word: change_along(word == "with", distances) for word in ("without", "with")}
for (word, ratio), (look, color) in zip(ratios.items(), looks, strict=True):
    ax.plot(distances, ratio, look, color=color, markersize=4, label=f"{word} batch norm")
ax.set(xscale="log", ylim=(0, None))
ax.set(xlabel="distance along the gradient $t$", ylabel="change of the gradient / $t$")
ax.legend()
plots.show(figure, "How much the gradient changes along its own direction, over the distance")
part = (ratios["with"] / ratios["without"]).max()
print(f"with batch norm it changes by at most {part:.2f} of what it does without, at any distance")

# %% [markdown]
# At every distance shown, the gradient with batch norm changes less than half as much. For one network at one place that
# is a measurement, no theorem: other seeds, depths and places give other ratios.
#
# ## Learning rates that train
#
# What a reader of curves notices first: with batch norm one may take larger steps. Here is the same network at thirteen learning
# rates, 50 steps each, with batch norm and without; curves that leave the picture are drawn at its upper edge. **Move the
# learning rate.**


# %%
def risks(normalized, scale, lr):
    """The risk before each of 50 steps; infinity from where the run could not go on."""
    parts, params = three_hidden(normalized, scale)
    net, rule = layers.chain(*parts), partial(optimizers.sgd, lr=lr)
    found, data, order = [], (x[:1600], labels[:1600]), np.random.default_rng(1)
    try:
        run = training.steps(net, losses.cross_entropy, params, data, rule, rng=order, epochs=1)
        found += [row["risk"] for row, _ in run]
    except ValueError:  # it names the step at which a number was no longer finite
        pass
    return np.array(found + [np.inf] * (50 - len(found)))


# %% tags=["live", "covers:batch-normalisation"]
rates = 10 ** np.arange(-2, 1.01, 0.25)
runs = {
    words: {
        name: {float(lr): risks(name == "with", scale, lr) for lr in rates}
        for name in ("without", "with")
    }
    for words, scale in [("He", 1.0), ("half of He", 0.5)]
}
live.batch_normalization.learning_rates(runs)

# %% [markdown]
# Batch norm does not make every rate good, but the range that works is wider, and it depends less on how large
# the weights were at the start: each layer is brought back to scale. From He's weights, in small steps, it is the slower one.
#
# ## All of the covariance
#
# Batch norm looks at each unit alone. *Whitening* also takes out what the units have in common, so that their
# covariance matrix is $\mathbf{I}$: $\mathbf{y} = \boldsymbol\Sigma^{-1/2}(\mathbf{s} - \boldsymbol\mu)$. With $\boldsymbol\Sigma =
# \mathbf{U}\boldsymbol\Lambda\mathbf{U}^\top$ there are two usual ways: PCA, $\boldsymbol\Lambda^{-1/2}\mathbf{U}^\top$, turns the
# data onto their axes and scales these; ZCA turns them back, $\mathbf{U}\boldsymbol\Lambda^{-1/2}\mathbf{U}^\top$.

# %% tags=["covers:whitening"]
s = rng.normal(size=(300, 2)) @ np.array([[1.6, 1.1], [0.0, 0.5]]) + [1.0, -0.5]
kinds = {
    "before": s,
    "batch norm": normalization.batch_norm(s, normalization.neutral(2))[0],
    "PCA": normalization.pca_whiten(s, eps=0)[0],
    "ZCA": normalization.zca_whiten(s, eps=0)[0],
}

# %% tags=["covers:whitening"]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.6), sharey=True)
for ax, (name, places) in zip(axes, kinds.items(), strict=True):
    plots.points(places, kinds["PCA"][:, 0] > 0, ax=ax)  # the two halves of the long axis
    letter = "s" if name == "before" else "y"
    ax.set(title=name, xlabel=f"${letter}_1$", ylabel=f"${letter}_2$", aspect="equal")
    ax.set(xlim=(-5, 5), ylim=(-5, 5))
plots.show(
    figure, "Two correlated units before and after batch norm, PCA whitening and ZCA whitening"
)

# %% [markdown]
# The colors split the cloud across its long axis. Batch norm leaves the cloud slanting. PCA makes it round and turns it,
# so that the border of the colors stands upright: its first output is the long axis. ZCA makes it round and lets the border
# slant as before.

# %% tags=["covers:whitening"]
for name, places in kinds.items():
    away = places - places.mean(axis=0)
    print(f"{name}: covariance", *(np.round(away.T @ away / len(s), 2) + 0).tolist())
for kind in ("PCA", "ZCA"):
    verify.equation(f"GBC 12.2.1, {kind}", kinds[kind].T @ kinds[kind] / len(s), np.eye(2))
norm, n, d = 8, 128, 512  # about 8 operations on each number; a batch of 128, 512 units
print(
    f"batch norm: {norm * n * d:.1e} operations, whitening: {2 * n * d**2 + 9 * d**3:.1e} or more"
)

# %% [markdown]
# The matrix has $d^2$ entries, an eigendecomposition takes about $9d^3$ operations, and a batch smaller than $d$ does not even determine it.
# EE147 and GBC give this as the reason why batch norm takes the diagonal and leaves it at that.
#
# ## The same in PyTorch
#
# `BatchNorm1d` is both of our layers in one object, `train()` and `eval()` switch between them. One step of training, then a
# test:

# %%
from torch.nn import BatchNorm1d, Linear, ReLU, Sequential, functional

torch.manual_seed(0)
net = Sequential(Linear(64, 32), BatchNorm1d(32), ReLU(), Linear(32, 10)).double().train()
own = tuple(tuple(part.detach().numpy().copy() for part in one.parameters()) for one in net)
functional.cross_entropy(net(torch.tensor(x[:32])), torch.tensor(labels[:32])).backward()
with torch.no_grad():
    for part in net.parameters():
        part -= 0.2 * part.grad

ours, at_the_end = two_chains(normalization.RunningMoments())
scores, back = ours(x[:32], own)
theta, unpack = optimizers.pack(own)
_, grads = back(losses.cross_entropy(scores, labels[:32])[1])
params = unpack(theta - 0.2 * optimizers.vector(grads))
theirs = net.eval()(torch.tensor(x)).detach().numpy()
verify.equation("PyTorch, a step later, at test time", at_the_end(x, params)[0], theirs)

# %%
verify.against_torch(
    normalization.batch_norm,
    lambda s, *params: functional.batch_norm(s, None, None, *params, training=True),
    rng.normal(size=(7, 3)), rng.normal(size=3), rng.normal(size=3), rng=rng,
)  # fmt: skip

# %% [markdown] tags=["question:ch09.batch_normalization.pairs"]
# ### In your own words
#
# A colleague trains a network with batch norm on large images, two in a batch, because no more fit into memory. The risk
# falls nicely in training; at test time the answers are bad, even for images that it was trained on. What does a unit
# behind batch norm get to see in training, and what at test time? Would it help to keep the moments of more batches? To
# divide by $n - 1$? What would you change?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Each unit is standardized over the batch, variance divided by $n$, then scaled by $\gamma$ and shifted by $\beta$,
#   which training chooses. One pair for each channel behind a convolution.
# - The way back goes through mean and variance: what is told to the samples loses its mean and its slope.
# - At test time moments that were remembered take the place of the batch's: two layers, one list of parameters. Small
#   batches make the two disagree. The frozen layer folds into the one before it, whose bias was idle all along.
# - It widens the range of learning rates and of starts. Why is disputed; that is measured here, not proved.
#
# ## Where the books differ
#
# - DLNN (10.1) writes $a_i\,\delta_j$ for $w_{ij}$, where its chapter 4 has $\delta_i\,a_j$, and 10.1 uses $b$ for batch size and
#   output alike.
# - GBC's second-order term after (8.40) lacks the factor $x$, as you checked with $x = 2$.
# - EE147 prints $\sigma_i^2$ without the sum over the samples, and gives no rule for test time. Its $\partial L/\partial\mu$ has a
#   second term that is right, and always 0.
# - Strang VII.4 writes $\lVert v_i - \mu\rVert^2$ with vectors. Read like that, all units share one variance; each has its own.
# - MEDL 5.6 prints $\partial C/\partial\bar z = \gamma\,\partial C/\partial\bar z$; on the right it must be $\tilde z$, and so must
#   it be where the text says what higher layers yield (checked above). In our copy, it has $z_i$ for $z_j$, the index of
#   $\bar z$ once below instead of above, and the smoothed moments wear the same hat as those of the batch.
#
# **Next:** [Layer and weight normalization](02_layer_and_weight_normalization.ipynb) takes the same formula along other axes, and
# needs no batch.
