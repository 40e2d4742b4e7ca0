# %% [markdown]
# # Layer and weight normalization
#
# The same standardization without a batch, weights whose length is a parameter of its own, and a table of what each method is
# blind to: computed, not copied.
#
# **After this notebook you can**
#
# - say which numbers share a mean in batch, layer, instance and group norm, and write all of them as one function;
# - repair a printed gradient with two lines of checking, and say why a weight vector that is divided by its length grows;
# - say of each method what you may do to its weights or its data without any output taking notice.
#
# 75 minutes in two sittings, 45 for the text and 30 for the exercises · the break is before *Direction and length apart* ·
# before this: [Batch normalization](01_batch_normalization.ipynb)
#
# DLNN 10.1, 10.2, 10.3, 10.5 · GBC 8.7.1 · Strang – · EE147 AlexNet 2012 · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $s$ (DLNN) | `s` (n, d) | pre-activations: a row for each sample, a column for each unit |
# | $\mu, \sigma$ | – | mean and standard deviation of whatever shares them |
# | $\mathbf{v}, g$ (DLNN) | `v` (i, j), `g` (i,) | direction and length of the weights of each unit |
# | $\nabla_{\mathbf{w}} L$ | `dW` | gradient by the weights; also `dv`, `dg` |
# | $c$ | `c`, amount | a number that weights or data are multiplied by |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, live, losses, normalization, plots, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(9)
from functools import partial

import torch
from dlnotes import initialization, optimizers, training
from dlnotes.normalization import batch_norm, layer_norm, neutral, standardize, weight_norm

x, labels = datasets.digits()
x = (x - x.mean()) / x.std()

# %% [markdown]
# ## What a scaled weight vector does
#
# Batch norm divides by what it measures. So multiply the weights of a unit by $c > 0$. Mean and standard deviation are
# multiplied by $c$, too, and it cancels: DLNN (10.9)–(10.11). That holds for a linear unit and for a ReLU, because
# $\max(0, cs) = c \max(0, s)$, as long as eps is 0.

# %% tags=["covers:batch-norm-scale-invariance"]
signal = x[:150] @ rng.normal(size=64)
signal = signal / signal.std()


units = {"linear": layers.identity, "ReLU": layers.relu}


def normalized_unit(kind, c, eps):
    """Outputs (150,) of a unit with weights c w, batch-normalized behind its activation."""
    return standardize(units[kind](c * signal)[0], axes=0, eps=eps)[0]


# %% tags=["covers:batch-norm-scale-invariance"]
for kind, unit in units.items():
    a, larger = (unit(c * signal)[0] for c in (1, 7))
    verify.equation(f"DLNN (10.9), {kind}: the mean", larger.mean(), 7 * a.mean())
    second = (larger**2).mean()
    verify.equation(f"DLNN (10.10), {kind}: second moment", second, 49 * (a**2).mean())
    before, after = (normalized_unit(kind, c, 0) for c in (1, 7))
    verify.equation(f"DLNN (10.11), {kind}: the output", after, before)

# %% [markdown]
# Two things were asked for: $c > 0$ and eps = 0. **Take each of them away.** On the left is a dot for each sample: its
# output with the scaled weights over its output before, drawn at the edge of the picture if it lies beyond. On the right is how
# far the outputs spread, for weights of any size.

# %% tags=["live", "covers:batch-norm-scale-invariance"]
live.layer_and_weight_normalization.scaled_weights(normalized_unit, list(units))

# %% [markdown]
# With eps the unit takes no notice of large $c$, and fades where $c\,\sigma$ falls below $\sqrt{\text{eps}}$: there the eps
# decides. A turned sign turns all outputs of a linear unit around; behind a ReLU it leaves another unit, which is on where
# the first one was off.

# %% tags=["covers:batch-norm-scale-invariance"]
before, after = (normalized_unit("linear", c, 0) for c in (1, -3))
verify.equation("DLNN 10.1, c = -3, linear: all signs turn", after, -before)
before, after = (normalized_unit("ReLU", c, 0) for c in (1, -3))
neither = min(np.abs(after - before).max(), np.abs(after + before).max()) > 0.5
verify.claim("DLNN 10.1", "c = -3, ReLU: neither the same nor turned", neither)
faded = normalized_unit("linear", 0.01, 1e-4).std()
verify.equation("DLNN 10.1, the deviation where eps is the variance", faded, 1 / np.sqrt(2))

# %% [markdown]
# ## Along the other axis
#
# Batch norm needs a batch. Layer norm takes mean and variance over the *units* of a layer, for each sample on its own:
# DLNN (10.13)–(10.15). Here are the pre-activations of 12 units on 8 digits, then with batch norm, then with layer norm. Unit 4
# is low for all of them, sample 8 is loud. The boxes mark numbers that share a mean.

# %% tags=["covers:layer-normalisation"]
W = rng.normal(size=(12, 64)) / 8
s = x[:8] @ W.T * np.linspace(0.5, 2, 8)[:, None] + 1.5 * rng.normal(size=12)
one = neutral(12)
found = {"s": s, "batch norm": batch_norm(s, one)[0], "layer norm": layer_norm(s, one)[0]}
figure, axes = plt.subplots(1, 3, figsize=(8, 2.6), sharey=True)
for ax, (name, values) in zip(axes, found.items(), strict=True):
    ax.imshow(values, cmap=plots.SIGNED, vmin=-3, vmax=3, extent=(0.5, 12.5, 8.5, 0.5))
    ax.set(title=name, xlabel="unit", ylabel="sample", xticks=[1, 4, 8, 12])
axes[1].add_patch(plt.Rectangle((3.5, 0.5), 1, 8, fill=False, edgecolor=plots.INK, linewidth=2.5))
axes[2].add_patch(plt.Rectangle((0.5, 2.5), 12, 1, fill=False, edgecolor=plots.INK, linewidth=2.5))
plots.show(
    figure, "Pre-activations of 12 units on 8 samples, after batch norm and after layer norm"
)

# %% [markdown]
# Batch norm evens out the columns: unit 4 is no longer low, and sample 8 is still loud. Layer norm evens out the rows: sample 8
# is no louder than the others, and unit 4 is still low. It is batch norm of the transposed matrix, and knows nothing of other samples: it
# does the same for a batch of one, in training and at test time.

# %% tags=["covers:layer-normalisation"]
y, (gamma, beta) = found["layer norm"], rng.normal(size=(2, 12))
verify.equation("DLNN (10.13), the mean of a sample", y.mean(axis=1), 0)
verify.equation("DLNN (10.14), its variance", y.var(axis=1), 1, tolerance=1e-4)
turned, _ = batch_norm(s.T, neutral(8))
verify.equation("batch norm of the transposed matrix", y, turned.T)
alone, _ = layer_norm(s[2:3], one)
verify.equation("DLNN 10.2, a batch of one sample", alone, y[2:3])
verify.layer(layer_norm, s[:5, :4], (gamma[:4], beta[:4]), rng)


def torch_layer_norm(s, gamma, beta):
    """Layer norm of PyTorch."""
    return torch.nn.functional.layer_norm(s, (12,), gamma, beta)


verify.against_torch(layer_norm, torch_layer_norm, s, gamma, beta, rng=rng)

# %% [markdown]
# DLNN (10.15) divides by $\sigma$ alone. Where all units of a sample agree that is 0, or what rounding left of it, which is
# worse; so there is an eps under the root here, as in PyTorch. And because all units share $\mu$ and $\sigma$, layer norm is blind to two things: to all weights times $c$, and to
# the *same* vector $\mathbf{c}$ added to the weights of every unit, $\mathbf{W} + \mathbf{1}\mathbf{c}^\top$, which shifts all units of a
# sample by the same $\mathbf{c}^\top\mathbf{x}$.

# %% tags=["covers:layer-normalisation"]
try:
    layer_norm(np.full((1, 12), 0.5), (gamma, beta), eps=0)
    refused = False
except ValueError as error:
    refused = "all the same" in str(error)
verify.claim("DLNN (10.15), eps = 0", "refused where all units agree", refused)
equal = np.full((1, 12), 0.7)
print(f"twelve times 0.7 less their mean: {(equal - equal.mean())[0, 0]:.0e}")
y, _ = layer_norm(equal, (gamma, beta))
verify.equation("DLNN (10.15) with an eps, equal units give beta", y[0], beta)


# %% tags=["covers:layer-normalisation"]
def layer_normed(W, x):
    """Layer norm with eps = 0 of W x."""
    return layer_norm(x @ W.T, (gamma, beta), eps=0)[0]


verify.equation("DLNN 10.2, 5 W", layer_normed(5 * W, x), layer_normed(W, x))
verify.equation(
    "DLNN 10.2, W + 1 c^T", layer_normed(W + rng.normal(size=64), x), layer_normed(W, x)
)

# %% [markdown]
# ## One function, four norms
#
# Images have channels and places. Who shares a mean then? Change a single number, at one place of channel 3 of sample 2, and see who
# takes notice. Each cell of the pictures is a channel of a sample, with all its places.


# %% tags=["covers:layer-normalisation"]
def plain_groups(x, groups):
    """Group norm with gamma = 1 and beta = 0."""
    return normalization.group_norm(x, neutral(x.shape[1]), groups=groups)[0]


def plain_batch(x):
    """Batch norm with gamma = 1 and beta = 0."""
    return batch_norm(x, neutral(x.shape[1]))[0]


norms = {"batch": plain_batch, "layer": partial(plain_groups, groups=1)}
norms |= {"instance": partial(plain_groups, groups=6), "group": partial(plain_groups, groups=2)}
maps = rng.normal(size=(4, 6, 5, 5))
other = maps.copy()
other[1, 2, 0, 0] += 1

# %% tags=["covers:layer-normalisation"]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.3), sharey=True)
for ax, (name, norm) in zip(axes, norms.items(), strict=True):
    felt = (norm(other) != norm(maps)).any(axis=(2, 3))
    ax.imshow(felt, cmap=plots.SIGNED, vmin=-1.3, vmax=1.3, extent=(0.5, 6.5, 4.5, 0.5))
    ax.vlines(np.arange(0.5, 7), 0.5, 4.5, color=plots.INK, linewidth=0.5)
    ax.hlines(np.arange(0.5, 5), 0.5, 6.5, color=plots.INK, linewidth=0.5)
    ax.set(title=f"{name}: {felt.sum()} of 24", xlabel="channel", ylabel="sample")
    ax.set(xticks=range(1, 7), yticks=range(1, 5))
plots.show(figure, "Which channels of which samples change with one entry, for four norms")

# %% [markdown]
# Three of the four stay in the row of the sample. Layer norm is one group of all channels, instance norm a group for each.
# A younger relative, *RMS norm* (Zhang and Sennrich, 2019), divides a sample by the root of its mean square, and does not
# ask for its mean: where that is 0 already, it is layer norm.

# %% tags=["covers:layer-normalisation"]
whole, _ = layer_norm(maps, neutral(6, 5, 5))
verify.equation("DLNN (10.13)-(10.15) of whole images, one group", plain_groups(maps, 1), whole)
each, _ = normalization.instance_norm(maps, neutral(6))
verify.equation("instance norm, six groups", plain_groups(maps, 6), each)
theirs = torch.nn.functional.group_norm(torch.tensor(maps), 2).numpy()
verify.equation("PyTorch, two groups", plain_groups(maps, 2), theirs)
centered = s - s.mean(axis=1, keepdims=True)
rms, _ = normalization.rms_norm(centered, (gamma,))
verify.equation("RMS norm, where the mean is 0", rms, layer_norm(s, (gamma, 0 * gamma))[0])

# %% [markdown]
# ### Exercise 1 · one function
#
# Write it. Stuck? `hint(group_standardized)`, in a cell of your own, helps.


# %% tags=["exercise:group_standardized"]
def group_standardized(x, groups, eps):
    """Images x (n, c, h, w), each group of neighboring channels of each sample standardized.

    groups divides c;  eps is added to the variance.  No gamma, no beta.  Leave x as it is.  By
    hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:group_standardized"]
check(group_standardized)

# %% [markdown]
# ## Neighbors that share a budget
#
# AlexNet (EE147) came before all these, and had *local response normalization*: a channel is divided by something that grows with the
# squares of its neighbors, channels next to it at the same place.
#
# $$b_i = \frac{a_i}{\bigl(k + \alpha \sum_{j} a_j^2\bigr)^{\beta}}, \qquad j \text{ in a window of 5 channels around } i$$
#
# EE147 has the name alone; formula and numbers are those of Krizhevsky and others (2012), $k = 2$, $\alpha = 10^{-4}$,
# $\beta = ¾$. With pixels from 0 to 255, activations in the hundreds were nothing special.

# %% tags=["covers:local-response-normalisation"]
channels = np.arange(1, 25)
a = np.full(24, 60.0)
a[[6, 15, 16]] = [400, 300, 300]
b, _ = normalization.local_response_norm(a[None])
figure, axes = plt.subplots(1, 2, figsize=(8, 3.0), sharex=True)
for ax, values, name in [(axes[0], a, "activation $a$"), (axes[1], b[0], "normalized $b$")]:
    ax.bar(channels, values, color=plots.BLUE)
    ax.bar(channels[[6, 15, 16]], values[[6, 15, 16]], color=plots.ORANGE)
    ax.set(xlabel="channel", ylabel=name, xticks=[1, 7, 16, 24])
plots.show(
    figure, "Activations of 24 channels at one place before and after local response normalization"
)

# %% [markdown]
# A loud channel pulls down the two on each side of it, to less than a third of channels farther away, which were no louder
# before. It is not spared itself: seven times as loud as these, it comes out twice as loud. No mean is subtracted, and nothing
# is learned. PyTorch has the same, but divides $\alpha$ by the size of the window.

# %% tags=["covers:local-response-normalisation"]
maps = 100 * rng.normal(size=(2, 9, 3, 4))
lrn = partial(normalization.local_response_norm, size=5, alpha=1e-4, beta=0.75, k=2.0)
theirs = partial(torch.nn.functional.local_response_norm, size=5, alpha=5e-4, beta=0.75, k=2.0)
verify.against_torch(lrn, theirs, maps, rng=rng)
window = (maps[:, 2:7] ** 2).sum(axis=1)  # around the fifth channel
verify.equation(
    "Krizhevsky et al. 2012", lrn(maps)[0][:, 4], maps[:, 4] / (2 + 1e-4 * window) ** 0.75
)
far = b[0, 11]  # two quiet neighbors on each side
verify.claim("the picture", "neighbors fall below a third", b[0, 5] < far / 3)
verify.claim("the picture", "7 times as loud becomes twice as loud", b[0, 6] < 2 * far)

# %% [markdown]
# ### Exercise 2 · local response normalization
#
# Write it for one image. Mind the channels at both ends.


# %% tags=["exercise:neighbors_normalized"]
def neighbors_normalized(a, size, alpha, beta, k):
    """a / (k + alpha * sum of a^2 over `size` channels)^beta, a (c, h, w), place by place.

    size is odd: the channel itself in the middle, as many neighbors on both sides, as far as there
    are any.  alpha is not divided by size.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:neighbors_normalized"]
check(neighbors_normalized)

# %% [markdown]
# *A good place to begin the second sitting.*
#
# ## Direction and length apart
#
# Weight norm leaves the data alone and rewrites the weights of each unit: $\mathbf{w} = g\,\mathbf{v}/\lVert\mathbf{v}\rVert$, DLNN
# (10.16). The number $g$ is the length of $\mathbf{w}$ (and its sign), $\mathbf{v}$ gives the direction and nothing else: any
# longer $\mathbf{v}$ means the same $\mathbf{w}$.
#
# So what is the gradient by $\mathbf{v}$? DLNN (10.17) prints $\frac{g}{\lVert\mathbf{v}\rVert}
# \bigl(1 - \frac{v_i^2}{\lVert\mathbf{v}\rVert^2}\bigr)\,\nabla_{w_i} L$ for its entry $i$. Never believe a gradient. Here it stands
# against central differences.

# %% tags=["covers:weight-normalisation"]
v, g, pull = np.array([1.5, 0.8, -0.6]), 1.2, np.array([0.4, -1.0, 0.7])


def pulled_risk(v):
    """A risk whose gradient by w is `pull`, as a function of v."""
    return pull @ (g * v / np.linalg.norm(v))


length = np.linalg.norm(v)
printed = g / length * (1 - v**2 / length**2) * pull
measured = verify.gradient(pulled_risk, v)
W, back = weight_norm(v[None], (np.array([g]),))
dv, (dg,) = back(pull[None])
for name, values in [("printed", printed), ("measured", measured), ("weight_norm", dv[0])]:
    along = round(values @ v, 4) + 0
    print(f"{name:12}", *(f"{value:7.4f}" for value in values), f"  along v: {along:7.4f}")

# %% [markdown]
# Every entry of the printed formula is wrong. It treats each $w_i$ as if it depended on $v_i$ alone; but all of
# $\mathbf{v}$ is in the length. The last column says what is missing: making $\mathbf{v}$ longer changes nothing, so the
# gradient must have no part along $\mathbf{v}$. Take that part out of $\nabla_{\mathbf{w}} L$, and scale what is left.

# %% tags=["covers:weight-normalisation"]
v2, g2, pull2 = np.array([1.6, 1.2]), 1.0, np.array([0.3, -0.9])
w2, back = weight_norm(v2[None], (np.array([g2]),))
(dv2,), _ = back(pull2[None])
w2, across = w2[0], -dv2 * np.linalg.norm(v2) / g2  # the part of -grad_w across v
arrows = [
    ((0, 0), v2, plots.INK, "$v$", (6, -4)),
    ((0, 0), w2, plots.BLUE, "$w$", (4, -16)),
    (w2, w2 - pull2, plots.ORANGE, r"$-\nabla_w$", (4, 4)),
    (v2, v2 - dv2, plots.GREEN, r"$-\nabla_v$", (2, 6)),
]

# %% tags=["covers:weight-normalisation"]
figure, ax = plt.subplots(figsize=(5.4, 3.9))
ax.add_patch(plt.Circle((0, 0), g2, fill=False, edgecolor=plots.INK, linestyle=":"))
for start, end, color, name, place in arrows:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": color, "linewidth": 2})
    ax.annotate(name, end, xytext=place, textcoords="offset points", color=color, fontsize=13)
ax.plot(*np.array([w2, w2 + across, w2 - pull2]).T, ":", color=plots.GREEN, linewidth=1.5)
ax.set(xlim=(-1.2, 2.6), ylim=(-1.1, 2.1), xlabel="weight 1", ylabel="weight 2", aspect="equal")
plots.show(
    figure, "v, w on the circle of radius g, descent by w, and descent by v at a right angle to v"
)

# %% [markdown]
# The dots take $-\nabla_{\mathbf{w}}$ apart: first across $\mathbf{v}$, then along it. The first part alone comes to $\mathbf{v}$,
# times $g/\lVert\mathbf{v}\rVert$: half as long here. (A relative divides all of $\mathbf{W}$ by one number, its largest singular
# value: *spectral norm*, Miyato and others, 2018. Then no input comes out longer than it went in.)

# %% tags=["covers:weight-normalisation"]
wrong = np.abs(printed - measured) > 0.05 * np.abs(measured)
verify.claim("DLNN (10.17), printed", "all entries differ from what is measured", wrong.all())
verify.equation("DLNN (10.17), repaired", dv[0], measured, tolerance=1e-8)
verify.equation("DLNN (10.17), repaired: v . grad_v", dv[0] @ v, 0)
verify.equation("DLNN (10.17), first line", dg[0], pull @ v / length)
verify.equation("DLNN (10.16), the length of w", np.linalg.norm(W), abs(g))

# %% tags=["covers:weight-normalisation"]
V, G = rng.normal(size=(5, 7)), rng.normal(size=5)
verify.layer(weight_norm, V, (G,), rng)
theirs = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(7, 5).double())
own = theirs.parametrizations.weight
own.original0.data, own.original1.data = torch.tensor(G[:, None]), torch.tensor(V)
verify.equation("PyTorch, W", weight_norm(V, (G,))[0], theirs.weight.detach().numpy())
spectral, _ = normalization.spectral_norm(V)
verify.equation("its relative, spectral norm", spectral, V / np.linalg.norm(V, 2))

# %% [markdown]
# ### Exercise 3 · (10.17), repaired
#
# Write both lines, for one unit. A direction of one weight alone cannot turn: what is `dv` then?


# %% tags=["exercise:weight_norm_gradients"]
def weight_norm_gradients(v, g, dw):
    """(dv, dg) of w = g v / ||v||, for one unit: v (d,), g a number, dw = dR/dw (d,).

    DLNN (10.17) in its right form.  Returns an array (d,) and a number.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:weight_norm_gradients"]
check(weight_norm_gradients)

# %% [markdown]
# ## Why v grows
#
# A step of gradient descent on $\mathbf{v}$ stands at a right angle to it. By Pythagoras,
# $\lVert\mathbf{v}_{\text{new}}\rVert^2 = \lVert\mathbf{v}\rVert^2 + \eta^2\lVert\nabla_{\mathbf{v}} L\rVert^2$: it never gets shorter. And the longer
# it is, the less a step turns it, in two ways: the gradient has $1/\lVert\mathbf{v}\rVert$ in it, and the same step is a smaller angle. So
# what counts for the direction is $\eta/\lVert\mathbf{v}\rVert^2$, the *effective* learning rate. Here is one layer on the
# digits, ten units, trained with seven learning rates from the same start, all $\lVert\mathbf{v}\rVert = 1$.

# %% tags=["covers:weight-norm-growth"]
normed_linear = normalization.reparametrized(layers.linear, weight_norm)
v0 = rng.normal(size=(10, 64))
v0 /= np.linalg.norm(v0, axis=1, keepdims=True)
data = x[:1280], labels[:1280]


def descended(net, start, lr, epochs=6):
    """The params before training and after each step."""
    order, rule = np.random.default_rng(1), partial(optimizers.sgd, lr=lr)
    run = training.steps(net, losses.cross_entropy, start, data, rule, rng=order, epochs=epochs)
    return [start, *(params for _, params in run)]


# %% tags=["covers:weight-norm-growth"]
start = (v0, np.ones(10)), np.zeros(10)
rates = [0.01, 0.03, 0.1, 0.3, 1, 3, 10]
directions = {
    lr: np.array([v for (v, _), _ in descended(normed_linear, start, lr)]) for lr in rates
}
lengths = {lr: np.linalg.norm(v, axis=2) for lr, v in directions.items()}

# %% tags=["covers:weight-norm-growth"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8), sharex=True)
for lr, color, mark in zip(rates, plots.PALETTE, plots.MARKERS, strict=False):
    look = {"color": color, "marker": mark, "markevery": 40, "markersize": 5, "linewidth": 1.5}
    axes[0].plot(lengths[lr].mean(axis=1), label=f"$\\eta$ = {lr:g}", **look)
    axes[1].plot((lr / lengths[lr] ** 2).mean(axis=1), **look)
axes[0].set(yscale="log", xlabel="step", ylabel="length of $v$, mean of ten units")
axes[1].set(yscale="log", xlabel="step", ylabel="effective rate $\\eta/\\|v\\|^2$")
figure.legend(loc="outside upper center", ncols=7, columnspacing=0.8, handletextpad=0.3)
plots.show(
    figure, "Length of v and effective learning rate over the steps, for seven learning rates"
)

# %% [markdown]
# Small rates leave $\mathbf{v}$ as it is. Large ones throw it far out within a few steps, which makes them small:
# a factor of 1000 between the learning rates has become one of about 20 between the effective ones.

# %% tags=["covers:weight-norm-growth"]
for lr in (0.01, 1, 10):
    squares, moves = lengths[lr] ** 2, np.diff(directions[lr], axis=0)  # moves are -lr grad_v
    sums = squares[:-1] + (moves**2).sum(axis=2)
    verify.equation(f"DLNN 10.3, Pythagoras at every step, eta {lr:g}", squares[1:], sums)
never = all((np.diff(each, axis=0) >= -1e-12).all() for each in lengths.values())
verify.claim("DLNN 10.3", "the length of v never falls", never)
last = np.array([(lr / lengths[lr][-1] ** 2).mean() for lr in rates])
close = last.max() < 30 * last.min()
verify.claim("DLNN 10.3", "1000 between the rates, less than 30 between the effective ones", close)

# %% [markdown]
# The argument is about plain gradient descent: weight decay makes $\mathbf{v}$ shorter again, and steps of momentum or Adam do not
# stand at a right angle. Batch norm has the same right angle, (10.11): its output does not change with the length of $\mathbf{w}$.

# %% tags=["covers:weight-norm-growth"]
W1 = rng.normal(size=(12, 64)) / 8
net = layers.chain(layers.linear, partial(batch_norm, eps=0), layers.relu)
y, back = net(x[:50], ((W1, np.zeros(12)), neutral(12), ()))
_, ((dW, _), _, _) = back(rng.normal(size=y.shape))
verify.equation("DLNN (10.11), w . grad_w behind batch norm", (W1 * dW).sum(axis=1), 0)

# %% [markdown]
# ### Exercise 4 · how long, how fast
#
# Put Pythagoras to work: the lengths of the gradients are all you need.


# %% tags=["exercise:growing_lengths"]
def growing_lengths(length, grad_norms, lr):
    """||v|| and lr / ||v||^2 after each step of gradient descent on a weight-normalized unit.

    length, ||v|| before the first step;  grad_norms (t,), ||dR/dv|| at each step;  lr.
    Returns arrays (t,), (t,).  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:growing_lengths"]
check(growing_lengths)

# %% [markdown]
# ## Larger steps?
#
# DLNN 10.3 says that this lets you take a larger range of learning rates. Here are three layers on the digits, with and without,
# from three starts each. "It learns" if it gets more than half of the new digits right after 160 steps; a guess is a tenth.

# %%
ways, learns = {"plain": layers.linear, "weight norm": normed_linear}, {}
for name, lr in [(name, lr) for name in ways for lr in (0.1, 1.0, 3.0)]:
    net = layers.chain(ways[name], layers.relu, ways[name], layers.relu, ways[name])
    learns[name, lr] = 0
    for seed in (4, 5, 6):
        start = initialization.mlp(
            np.random.default_rng(seed), 64, 32, 32, 10, init=initialization.he
        )
        if name == "weight norm":
            start = [((p[0], np.linalg.norm(p[0], axis=1)), p[1]) if p else p for p in start]
        try:
            scores, _ = net(x[1280:], descended(net, tuple(start), lr, epochs=4)[-1])
            learns[name, lr] += losses.accuracy(scores, labels[1280:]) > 0.5
        except ValueError:  # it names the step at which a number was no longer finite
            pass

# %%
for (name, lr), count in learns.items():
    print(f"{name:12} eta {lr:g}: learns from {count} of 3 starts")
more = learns["plain", 1.0] == 0 and learns["weight norm", 1.0] > 0
verify.claim("DLNN 10.3, here", "at 1 weight norm alone learns, from some of the starts", more)

# %% [markdown]
# A little larger: the range ends at three times the rate at most, and near its end it is a matter of the start, because nothing
# holds $g$. And the start has to be right: weight norm does not standardize anything. DLNN's chapter begins with the promise that
# outputs have mean 0 and variance 1 if inputs have. They do if $g = 1$ *and* the inputs are uncorrelated; pixels are not.

# %%
white, _ = normalization.zca_whiten(rng.normal(size=(500, 20)), eps=0)
alike, _ = standardize(0.6 * white + 0.8 * white[:, :1], axes=0, eps=0)  # they share a part
W, _ = weight_norm(rng.normal(size=(6, 20)), (np.ones(6),))
variances = (white @ W.T).var(axis=0)
verify.equation("DLNN 10, uncorrelated inputs of variance 1, g = 1: variance 1", variances, 1)
variances = (alike @ W.T).var(axis=0)
print("correlated inputs of variance 1:", *(f"{each:.2f}" for each in variances))

# %% [markdown]
# ## What goes unnoticed
#
# DLNN's Table 10.1 lists for four methods and six transformations whether the outputs of a layer change. *Self norm* is a layer with
# SELU units and no normalization at all, the subject of the next page. For weight norm, the weights that are transformed are
# $\mathbf{v}$. Nothing needs to be believed: transform, and compare. Re-centering adds one and the same vector, here times
# (amount − 1), so that amount 1 changes nothing. There are no biases.

# %% tags=["covers:normalisation-invariance-table"]
few, weights = x[:40] - x.mean(axis=0), rng.normal(size=(12, 64)) / 8
to_weights, to_data = rng.normal(size=64) / 8, rng.normal(size=64) / 8
gamma, beta, lengths = rng.normal(size=(3, 12))
first_unit, first_sample = np.arange(12)[:, None] == 0, np.arange(40)[:, None] == 0
methods = {
    "batch norm": lambda x, W: batch_norm(x @ W.T, (gamma, beta), eps=0)[0],
    "weight norm": lambda x, W: x @ weight_norm(W, (lengths,))[0].T,
    "layer norm": lambda x, W: layer_norm(x @ W.T, (gamma, beta), eps=0)[0],
    "self norm": lambda x, W: layers.selu(x @ W.T)[0],
}

# %% tags=["covers:normalisation-invariance-table"]
transformations = {
    "weight matrix re-scaling": lambda x, W, c: (x, c * W),
    "weight matrix re-centering": lambda x, W, c: (x, W + (c - 1) * to_weights),
    "weight vector re-scaling": lambda x, W, c: (x, np.where(first_unit, c * W, W)),
    "data set re-scaling": lambda x, W, c: (c * x, W),
    "data set re-centering": lambda x, W, c: (x + (c - 1) * to_data, W),
    "single case re-scaling": lambda x, W, c: (np.where(first_sample, c * x, x), W),
}


def before_and_after(method, transformation, amount):
    """Outputs (40, 12) before and after."""
    layer, transform = methods[method], transformations[transformation]
    return layer(few, weights), layer(*transform(few, weights, amount))


# %% [markdown]
# **Choose a method and a transformation, and turn up the amount.** A dot is an output: on the dotted line, nothing has happened to
# it; those beyond the picture are drawn at its edge. Orange squares belong to the unit or the sample that was transformed
# itself, if it was only one.

# %% tags=["live", "covers:normalisation-invariance-table"]
live.layer_and_weight_normalization.unnoticed(
    before_and_after, list(methods), list(transformations), "layer norm"
)

# %% [markdown]
# Here is all of it at amount 3. The number is the largest change, as a part of the largest output. The fifth row is
# batch norm again, this time behind a ReLU.


# %% tags=["covers:normalisation-invariance-table"]
def largest_change(method, transformation):
    """The largest change of an output at amount 3, as a part of the largest output."""
    before, after = before_and_after(method, transformation, 3.0)
    return np.abs(after - before).max() / np.abs(before).max()


def behind_relu(x, W):
    """Batch norm of activations."""
    return batch_norm(np.maximum(0, x @ W.T), (gamma, beta), eps=0)[0]


methods["batch norm behind ReLU"] = behind_relu
table = np.array([[largest_change(method, each) for each in transformations] for method in methods])
unnoticed = table < 1e-9

# %% tags=["covers:normalisation-invariance-table"]
figure, ax = plt.subplots(figsize=(8, 3.3))
ax.imshow(unnoticed, cmap=plots.SIGNED, vmin=-4, vmax=4, aspect="auto")
for row, column in np.ndindex(table.shape):
    text = "unnoticed" if unnoticed[row, column] else f"{table[row, column]:.2g}"
    ax.text(column, row, text, ha="center", va="center")
ax.set_xticks(range(6), [name.replace(" re-", "\nre-") for name in transformations], fontsize=9)
ax.set_yticks(range(5), [name.replace(" behind", "\nbehind") for name in methods])
ax.set(xlabel="transformation", ylabel="method")
plots.show(figure, "Which of six transformations go unnoticed by five methods")

# %% tags=["covers:normalisation-invariance-table"]
book = "yes no yes yes yes no, yes no yes no no no, yes yes no yes no yes, no no no no no no"
book = np.array([[word == "yes" for word in row.split()] for row in book.split(", ")])
verify.equation("DLNN Table 10.1, all 24 entries", unnoticed[:4], book)
lost = np.array(list(transformations))[unnoticed[0] > unnoticed[4]]
print("batch norm behind a ReLU loses:", *lost)
alone = list(lost) == ["data set re-centering"]
verify.claim("DLNN 10.1 and 10.5", "and nothing else", alone)
biased = [layer_norm(c * few @ weights.T + beta, (gamma, beta), eps=0)[0] for c in (3, 1)]
notices = np.abs(biased[0] - biased[1]).max() > 0.1
verify.claim("here, a bias in front", "layer norm notices the scale of the data", notices)

# %% [markdown]
# Read it by rows. Batch norm judges each unit against itself: what multiplies a unit, or shifts it for all samples alike, is gone.
# Layer norm judges each sample against itself: one loud image is no matter, one loud unit is. Weight norm never looks at the data. And
# all of it is about $\mathbf{W}\mathbf{x}$: a bias in front of layer norm, a ReLU in front of batch norm, and an entry of the table falls. DLNN
# adds that it is no virtue in itself: if the brightness of an image says what it is, do not be blind to it.
#
# ## The same in PyTorch
#
# `torch.nn.utils.parametrizations.weight_norm` turns the weight of a layer into two parameters, $g$ first. One step of
# training, theirs and ours:

# %%
from torch.nn import LayerNorm, Linear, ReLU, Sequential, functional

torch.manual_seed(0)
theirs = Sequential(Linear(64, 12), LayerNorm(12), ReLU(), Linear(12, 10)).double()
torch.nn.utils.parametrizations.weight_norm(theirs[0])
own = theirs[0].parametrizations.weight
tensors = [own.original1, own.original0, theirs[0].bias, theirs[3].weight, theirs[3].bias]
V, G, b1, W2, b2 = (each.detach().numpy().copy() for each in tensors)
functional.cross_entropy(theirs(torch.tensor(few)), torch.tensor(labels[:40])).backward()
with torch.no_grad():
    for part in theirs.parameters():
        part -= 0.3 * part.grad

# %%
net = layers.chain(normed_linear, layer_norm, layers.relu, layers.linear)
params = ((V, G[:, 0]), b1), neutral(12), (), (W2, b2)
scores, back = net(few, params)
_, grads = back(losses.cross_entropy(scores, labels[:40])[1])
theta, unpack = optimizers.pack(params)
stepped = unpack(theta - 0.3 * optimizers.vector(grads))
after = theirs(torch.tensor(x)).detach().numpy()
verify.equation("PyTorch, outputs after one step", net(x, stepped)[0], after)
verify.equation("PyTorch, v after one step", stepped[0][0][0], own.original1.detach().numpy())

# %% [markdown] tags=["question:ch09.layer_and_weight_normalization.brightness"]
# ### In your own words
#
# Photographs come from many cameras, some bright and some dark: each image may be multiplied by a number of its own. You put one
# normalization behind the first linear layer, which has no bias. Which of the methods of the table makes the outputs blind to the camera,
# which does not, and what do the outputs of the *other* images of a batch do? Your colleague then adds a bias to the layer.
# What changes, and how could you keep what you had?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - One formula, several axes: batch norm takes a unit over the samples, layer norm a sample over the units; instance and group norm lie
#   between. Only the first needs a batch.
# - Weight norm parts length and direction. The gradient by $\mathbf{v}$ is the part of $\nabla_{\mathbf{w}} L$ that stands at a right
#   angle to $\mathbf{v}$, times $g/\lVert\mathbf{v}\rVert$. So $\mathbf{v}$ only grows, and large learning rates make themselves smaller.
# - What a method is blind to is found by trying: six transformations, two outputs each. It holds for $\mathbf{W}\mathbf{x}$, $c > 0$, eps = 0.
#
# ## Where the books differ
#
# - DLNN (10.17), second line, is wrong in every component, as you measured: the factor belongs to a matrix, $\mathbf{I} -
#   \mathbf{v}\mathbf{v}^\top/\lVert\mathbf{v}\rVert^2$, not to each entry. The letter $g$ there is both the network and the length.
# - DLNN's chapter 10 opens with the promise that weight norm keeps mean 0 and variance 1. It takes $g = 1$ and uncorrelated inputs.
# - DLNN (10.15) divides by $\sigma$ without eps: a sample whose units agree divides by 0. The caption of Figure 10.3 speaks of a batch mean
#   that is learned; layer norm has none, and learns $\gamma$ and $\beta$ alone.
# - DLNN (10.9), (10.10) divide sums over $N$ samples by $n$; on both sides, so nothing depends on it. Read $1/N$.
# - DLNN introduces batch norm on activations. Table 10.1 is about pre-activations, as DLNN says itself: behind a ReLU batch norm
#   loses one entry of its six.
# - Local response normalization: $\alpha$ is multiplied with the sum of squares in the paper of 2012, with their mean in PyTorch. EE147 names
#   it without a formula.
#
# **Next:** [Self-normalization](03_self_normalization.ipynb): units made such that nobody has to normalize them.
