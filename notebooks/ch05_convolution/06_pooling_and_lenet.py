# %% [markdown]
# # Pooling and LeNet
#
# Throw three of four numbers away, and be less disturbed by a shift: how much less, and what the network of 1998 made of it.
#
# **After this notebook you can**
#
# - pool forward and backward, with maxima and with means, and say what a shift of the input changes;
# - count the shapes, parameters and connections of a network from one line that specifies it;
# - train LeNet-5, and say when a convolutional network is thrown by digits that moved, and when it is not.
#
# 60 minutes, in two sittings of 30 · before this:
# [Backprop through convolution](05_backprop_through_convolution.ipynb)
#
# DLNN 6.7, 6.9, 6.10 · GBC 9.3, 9.4 · Strang VII.1, VII.2 · EE147 CNN Layers, LeNet 1998 · MEDL 5.3
#
# | in the books | here | what it is |
# |---|---|---|
# | detector (GBC), activation (DLNN) | `a` | what the nonlinearity leaves of a feature map |
# | pooling, subsampling (1998), downsampling | `max_pool2d`, `mean_pool2d` | one number for each window |
# | width, spacing $k$ (GBC) | `size`, `stride` | how large a window is, and how far it is to the next |
# | C1, S2, C3, S4, C5, F6 | `lenet.LAYERS` | the layers of LeNet-5 by their names of 1998 |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import architectures, convolution, datasets, live, losses, plots, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(6)
x, labels = datasets.digits()
images = x.reshape(-1, 1, 8, 8).astype(np.float32)
(seen, seen_y), (new, new_y) = datasets.split(rng, images, labels, test=0.15)

# %%
from functools import partial

from dlnotes import initialization
from dlnotes.architectures import Conv, Dense, GlobalPool, Pool
from dlnotes.convolution import conv2d, max_pool2d, mean_pool2d
from dlnotes.layers import chain, flatten, linear, relu, sigmoid, tanh
from dlnotes.optimizers import adam, leaves
from dlnotes.training import fit

# %% [markdown]
# ## Three stages of one layer
#
# A block of a convolutional network has three stages, DLNN 6.10, GBC 9.3: the *convolution*; the *detector*, a
# nonlinearity; and *pooling*, which keeps one number of each window. Some authors call the whole block a layer, others
# each stage. Here each stage is a layer, and `chain` makes the block. The kernel answers where it gets brighter to the
# right.

# %% tags=["covers:conv-block"]
kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)[None, None]
params, digit = (kernel, np.zeros(1, np.float32)), seen[[3]]
s, _ = conv2d(digit, params, padding=1)
a, _ = relu(s, ())
pooled, _ = max_pool2d(a, size=2)
block = chain(partial(conv2d, padding=1), relu, partial(max_pool2d, size=2))
verify.equation("GBC 9.3, the block is its stages", block(digit, [params, (), ()])[0], pooled)

# %% tags=["covers:conv-block"]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.4))
for ax, stage, title in zip(axes, [digit, s, a, pooled], ["x", "s", "a", "pooled"], strict=True):
    if stage is pooled:
        plots.numbers(stage[0, 0], ax=ax, words=np.char.mod("%.1f", stage[0, 0]))
    else:
        looks = {} if stage is not digit else {"cmap": "gray", "vmin": 0, "vmax": 1}
        ax.imshow(stage[0, 0], **{"cmap": plots.SIGNED, "vmin": -4, "vmax": 4} | looks)
    ax.set(title=f"{title} {stage.shape[2]}×{stage.shape[3]}", xticks=[], yticks=[])
    ax.set(xlabel="column", ylabel="row")
    ax.spines[:].set_visible(True)
plots.show(figure, "A digit, its feature map, what the detector leaves of it, and the pooled map")

# %% [markdown]
# The left edges of strokes answer positively (orange), the right ones negatively (blue). The detector drops the blue, and
# pooling says in 16 numbers about where the left edges are, no longer exactly where.
#
# ## The largest of each window
#
# Max pooling keeps the largest entry of each window, DLNN 6.7, usually of 2×2 windows side by side. It has no parameters,
# and each feature map is pooled for itself. It is not linear: whoever wins takes all.

# %% tags=["covers:max-pooling"]
import torch
import torch.nn.functional as F

maps = rng.normal(size=(2, 3, 24, 24))
y, _ = max_pool2d(maps, (), size=2)
verify.equation("DLNN 6.7, 24x24 -> 12x12, 3 maps stay 3", y.shape, (2, 3, 12, 12))


def largest(*row):
    """Max pooling of one row, windows of 2."""
    return max_pool2d(np.array([[[row]]]), size=(1, 2))[0].ravel()


print("u", largest(1, 0, 2, 2), " v", largest(0, 1, 1, 3), " u + v", largest(1, 1, 3, 5))
added = largest(1, 0, 2, 2) + largest(0, 1, 1, 3)
verify.claim("Strang VII.1", "max(u + v) is not max(u) + max(v)", any(added != largest(1, 1, 3, 5)))
torch_pool = partial(F.max_pool2d, kernel_size=2)
verify.against_torch(partial(max_pool2d, size=2), torch_pool, maps, rng=rng)


# %% tags=["covers:max-pooling"]
def along(rows):
    """Max pooling of rows by PyTorch."""
    return F.max_pool1d(rows[:, :, 0], 3, stride=2)[:, :, None]


row = partial(max_pool2d, size=(1, 3), stride=(1, 2))
verify.against_torch(row, along, rng.normal(size=(2, 3, 1, 11)), rng=rng)

# %% [markdown]
# ### Exercise 1 · back through the maximum
#
# Move an entry that is not the largest, and nothing happens. So the entry that won gets all of the gradient, and the
# others none, as [page 05](05_backprop_through_convolution.ipynb) has shown on 4×4 numbers. Write it for one map and windows of 2×2. Two entries may be equally large: then the first one counts, as in
# PyTorch. Stuck? `hint(max_pool_pullback)`.


# %% tags=["exercise:max_pool_pullback"]
def max_pool_pullback(x, delta):
    """dR/dx (2p, 2q) behind max pooling with windows of 2x2, side by side, by NumPy alone.

    x (2p, 2q), the map before pooling;  delta (p, q), dR/d(pooled map).  Where several entries of a
    window are the largest, the first of them counts: upper row first, left to right.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:max_pool_pullback"]
check(max_pool_pullback)

# %% [markdown]
# ## What a shift changes
#
# GBC 9.3 promises that pooling makes a map *approximately invariant* to small shifts of the input. Approximately? Here is
# a row of 16 detectors, and below it the row of its pooled values. Gray bars show the values before the shift.


# %% tags=["live", "covers:pooling-shift-invariance"]
def pool(row, kind, width, stride):
    """One number for each window inside `row`."""
    layer = {"max": max_pool2d, "mean": mean_pool2d}[kind]
    y, _ = layer(row[None, None, None], size=(1, width), stride=stride)
    return y[0, 0, 0]


live.pooling.shifts(pool, np.random.default_rng(2).random(40))

# %% [markdown]
# A maximum over a wide window is hard to move. Two windows that are $s$ places apart hold $w + s$ numbers together and
# $w - s$ in common. The maxima agree if the largest of the $w + s$ lies in the common part. For independent numbers, no two
# of them equal, and $s < w$, that is $(w - s)/(w + s)$ of all cases: ½ for $w = 3$ and $s = 1$. A mean changes nearly
# always, and on average by no less: all means move a little, where fewer maxima move, and those a lot.
#
# GBC Figure 9.8 has four detectors, and at the ends windows of two. Its count, on numbers of our own, and the rule on a
# long row:

# %% tags=["covers:pooling-shift-invariance"]
five = np.array([0.6, 0.2, 1.5, 0.4, 0.3])  # the first one waits at the left
pairs = [five[1:], five[:-1]]
ends = [max_pool2d(r[None, None, None], size=(1, 3), stride=1, padding=(0, 1))[0] for r in pairs]
verify.equation("GBC Fig 9.8, detectors that change", (pairs[0] != pairs[1]).sum(), 4)
verify.equation("GBC Fig 9.8, pooled values that change", (ends[0] != ends[1]).sum(), 2)

# %% tags=["covers:pooling-shift-invariance"]
long, errors, moves = rng.random(100_000), [], []
for width, shift in [(3, 1), (5, 1), (9, 3)]:
    y, means = (pool(long, kind, width, 1) for kind in ("max", "mean"))
    stays, rule = np.mean(y[shift:] == y[:-shift]), (width - shift) / (width + shift)
    errors.append(abs(stays - rule))
    moves.append([np.abs(each[shift:] - each[:-shift]).mean() for each in (y, means)])
    print(f"width {width}, shift {shift}: {stays:.2f} of the maxima stay, the rule says {rule:.3f}")
    print("    on average a maximum moves by {:.3f}, a mean by {:.3f}".format(*moves[-1]))
verify.claim("counted", "the rule is right to 0.01", max(errors) < 0.01)
verify.claim("counted", "means move by no less", all(most <= mean for most, mean in moves))

# %% [markdown]
# Entries of real feature maps are not independent: neighbors are alike, which helps. Move every digit by one pixel, and compare how far
# its map `a` moves, relative to its length, with how far the pooled map does.

# %% tags=["covers:conv-block"]
room = np.pad(new, ((0, 0), (0, 0), (2, 2), (2, 2)))
detect = chain(partial(conv2d, padding=1), relu)
far = []
for net, own in [(detect, [params, ()]), (block, [params, (), ()])]:
    before, after = (net(np.roll(room, by, axis=3), own)[0] for by in (0, 1))
    lengths = [np.sqrt((each**2).sum(axis=(1, 2, 3))) for each in (after - before, before)]
    far.append(lengths[0] / lengths[1])
for name, each in zip(["a", "pooled"], far, strict=True):
    print(f"a shift by 1 moves {name} by {np.median(each):.2f} of its length")
share = np.mean(far[1] < far[0])
print(f"for {share:.0%} of the digits pooling makes it less")
verify.claim("DLNN 6.10", "for more than 9 of 10 digits", share > 0.9)
verify.claim("GBC 9.3", "but it still moves by over half of its length", np.median(far[1]) > 0.5)

# %% [markdown]
# Less, for nearly every digit, and still by two thirds of its length: one block is far from invariant. *Approximately* is
# all that GBC promises, and what it takes until a network reads a moved digit is the last question of this page.
#
# ## The mean is a matrix
#
# Mean pooling is linear. So it is a matrix with one row for each window, DLNN 6.7, Strang VII.1: here for a 4×4 image and
# windows of 2×2. For 128 numbers and windows of 2 it is 64 by 128, with two entries ½ in each row.

# %% tags=["covers:average-pooling"]
P = convolution.as_matrix(partial(mean_pool2d, size=2), (1, 4, 4))
figure, ax = plt.subplots(figsize=(8, 2.3))
ax.imshow(P, cmap=plots.SIGNED, vmin=-0.35, vmax=0.35)
ax.set(xlabel="entry of the image, row by row", ylabel="window", xticks=range(16), yticks=range(4))
plots.show(figure, "The matrix of 2x2 mean pooling on a 4x4 image: four entries of 1/4 in each row")
half = convolution.as_matrix(partial(mean_pool2d, size=(1, 2)), (1, 1, 128))
verify.equation("Strang VII.1, two halves in each of 64 rows", (half == 0.5).sum(axis=1), [2] * 64)
verify.equation("Strang VII.1, rows sum to 1", P.sum(axis=1), [1, 1, 1, 1])
image, delta = rng.normal(size=(1, 1, 4, 4)), rng.normal(size=(1, 1, 2, 2))
y, back = mean_pool2d(image, size=2)
verify.equation("DLNN 6.7, forward is P", y.ravel(), P @ image.ravel())
verify.equation("backward is the transpose of P", back(delta)[0].ravel(), P.T @ delta.ravel())
verify.equation("each of 4 entries gets 1/4", back(delta)[0][0, 0, :2, :2], delta[0, 0, 0, 0] / 4)

# %% [markdown]
# The four entries of a window stand in two rows of the image, so each row of the matrix has two pairs. Pooling all of a
# map into one number is *global* pooling; you meet it again below, where images have different sizes.
#
# ### Exercise 2 · back through the mean
#
# Write the transpose without the matrix, for windows of any size (rows, columns). Stuck? `hint(mean_pool_pullback)`.


# %% tags=["exercise:mean_pool_pullback"]
def mean_pool_pullback(delta, size):
    """dR/dx (p u, q v) behind mean pooling with windows of u x v, side by side, by NumPy alone.

    delta (p, q), dR/d(pooled map);  size (u, v).  The transpose of the pooling matrix, times delta.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:mean_pool_pullback"]
check(mean_pool_pullback)

# %% [markdown]
# ## Two more ways to pool
#
# GBC 9.3 names the $L^2$ norm of a window, $\sqrt{\sum x^2}$, and a mean that weights entries by their distance from the
# middle. The second is a convolution with fixed weights whose stride is its size, one map at a time.


# %% tags=["covers:l2-weighted-pooling"]
def weighted_pool2d(x, params=(), *, size=3, sigma=1.0):
    """The mean of each window with Gaussian weights around its middle; as `mean_pool2d`."""
    at, maps = np.arange(size) - (size - 1) / 2, x.shape[1]
    w = np.exp(-(at[:, None] ** 2 + at**2) / (2 * sigma**2))
    W = np.tile((w / w.sum()).astype(x.dtype), (maps, 1, 1, 1))
    y, back = conv2d(x, (W, np.zeros(maps, x.dtype)), stride=size, groups=maps)
    return y, lambda dy: (back(dy)[0], ())


euclid, small = partial(convolution.lp_pool2d, size=3), rng.normal(size=(2, 2, 6, 9))
verify.layer(euclid, small, (), rng)
verify.layer(weighted_pool2d, small, (), rng)
verify.equation("GBC 9.3, L2 of a constant -0.7: |c| times 3", euclid(0 * small - 0.7)[0], 0.7 * 3)
verify.equation(
    "a weighted mean of a constant is the constant", weighted_pool2d(0 * small + 5)[0], 5
)

# %%
large = np.kron(new[[3]], np.ones((3, 3)))
ways = {"max": partial(max_pool2d, size=2), "mean": partial(mean_pool2d, size=2)}
ways |= {"L2": partial(convolution.lp_pool2d, size=2), "weighted": partial(weighted_pool2d, size=2)}
made = {name: way(large)[0][0, 0] for name, way in ways.items()}
pictures = [large[0, 0], *made.values()]
figure = plots.images(pictures, ["24×24", *ways], columns=5, size=1.5)
plots.show(figure, "A digit of 24x24 pixels, and four ways to pool it to 12x12")
verify.equation("2x2: the weighted mean is the mean", made["weighted"], made["mean"])
in_order = (made["mean"] <= made["max"]) & (made["max"] <= made["L2"] + 1e-12)
verify.claim("each pixel", "the mean is at most the maximum, this at most the norm", in_order.all())

# %% [markdown]
# Maxima make strokes thick, means leave their rims gray; each picture has its own scale, and in numbers the norm is the
# largest. On windows of 2×2 the weighted mean *is* the mean, because all four entries are equally far from the middle.
# Which one is best no picture tells: that takes training with each.
#
# ## Windows that overlap, windows that stick out
#
# AlexNet's windows are 3 wide and 2 apart, so they overlap; EE147. And where the last window does not fit, it may be left
# out or kept smaller; GBC Figure 9.10 keeps it. GBC adds that a spacing of $k$ leaves $k$ times fewer inputs: along each
# axis, so $k^2$ times fewer in an image.

# %% tags=["covers:overlapping-pooling", "covers:strided-adaptive-pooling"]
for size in (3, 2):
    y, back = mean_pool2d(np.ones((1, 1, 55, 55)), size=size, stride=2)
    windows = np.rint(back(np.ones_like(y))[0] * size**2).astype(int)
    print(f"size {size}, stride 2: an entry lies in {sorted(map(int, set(windows.flat)))} windows")
    verify.equation(f"EE147 AlexNet, (55 - {size}) // 2 + 1", y.shape[-1], 27)


def pool_to_the_end(row, width, stride):
    """Max pooling of a row; the last window may be smaller."""
    return [max(row[i : i + width]) for i in range(0, len(row) - width + stride, stride)]


six = rng.random(6)
verify.equation("GBC Fig 9.10, with the partial window", len(pool_to_the_end(six, 3, 2)), 3)
verify.equation("without it", len(pool(six, "max", 3, 2)), 2)
verify.equation(
    "GBC 9.3, spacing 2: 24² over 12²", 24**2 / max_pool2d(maps, size=2)[0][0, 0].size, 4
)

# %% [markdown]
# Size 2 never overlaps, and leaves out the last row and column of the 55. *Adaptive* pooling turns it around: you say how
# many windows you want, and they are spread over the image, larger ones over a larger image.


# %% tags=["covers:strided-adaptive-pooling"]
def adaptive_max_pool(x, out):
    """The largest entry of each of out x out windows that cover the image; x (n, c, h, w)."""
    cuts = [[(i * n // out, -(-(i + 1) * n // out)) for i in range(out)] for n in x.shape[2:]]
    rows = [[x[:, :, a:b, c:d].max(axis=(2, 3)) for c, d in cuts[1]] for a, b in cuts[0]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


for h, w in [(9, 12), (10, 7), (23, 31)]:
    image = rng.normal(size=(1, 2, h, w))
    wanted = F.adaptive_max_pool2d(torch.tensor(image), 3).numpy()
    verify.equation(f"PyTorch, {h}x{w} -> 3x3", adaptive_max_pool(image, 3), wanted)
kept = F.max_pool1d(torch.tensor(six)[None], 3, stride=2, ceil_mode=True).numpy()
verify.equation("PyTorch's ceil_mode", pool_to_the_end(six, 3, 2), kept[0])

# %% [markdown]
# ## Pooling over filters
#
# The windows so far lie in space, and so pooling forgives shifts. Pool over *several filters* instead, and the block
# forgives whatever these filters differ in; GBC Figure 9.9. Three filters look for the same bar, turned by 0°, 60°, 120°.


# %% tags=["covers:pooling-over-filters"]
def bar(angle):
    """A bar through the middle of a round window, 15x15, flat; its mean is 0."""
    across, down = np.meshgrid(*[np.linspace(-1, 1, 15)] * 2)
    away = across * np.sin(np.deg2rad(angle)) - down * np.cos(np.deg2rad(angle))
    picture = np.exp(-(away**2) / 0.18) * (across**2 + down**2 < 1)
    return (picture - picture.mean()).ravel()


angles, templates = np.arange(0, 181, 3), np.stack([bar(0), bar(60), bar(120)])
answers = np.stack([bar(angle) for angle in angles]) @ templates.T
answers /= answers.max()
pooled = answers.max(axis=1)
least = np.ptp(answers, axis=0).min()
print(f"the steadiest filter varies by {least:.2f}, the maximum by {np.ptp(pooled):.2f}")
verify.claim("GBC Fig 9.9", "the maximum varies least", np.ptp(pooled) < least)

# %%
figure, ax = plt.subplots(figsize=(7, 3))
for filter_answers, angle, style in zip(answers.T, (0, 60, 120), ("-", "--", ":"), strict=True):
    ax.plot(angles, filter_answers, style, label=f"filter at {angle}°")
ax.plot(angles, pooled, color=plots.INK, linewidth=5, alpha=0.5, label="their maximum")
ax.set(xlabel="angle of the bar, degrees", ylabel="response", xticks=range(0, 181, 30))
ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
plots.show(
    figure, "Responses of three turned filters to a turning bar, and the maximum of the three"
)

# %% [markdown]
# Each filter answers most at its own angle, and elsewhere down to a quarter of that; the gray maximum answers at all
# angles. Nobody has to say which invariance is meant: the network learns it with its filters. (A unit that is the maximum
# of linear ones is a *maxout* unit; see [More hidden units](../ch03_backpropagation/08_more_hidden_units.ipynb).)
#
# ## Images of any size
#
# A kernel slides over an image of any size, and the map is as large as the image. Only a dense layer insists on a size.
# Put global or adaptive pooling before it, and it always gets equally many numbers.

# %% tags=["covers:variable-size-input", "covers:average-pooling"]
W, b = rng.normal(size=(5, 1, 3, 3)), rng.normal(size=5)
for h, w in [(8, 8), (12, 20), (31, 17)]:
    a, _ = relu(conv2d(rng.normal(size=(1, 1, h, w)), (W, b), padding=1)[0], ())
    short, _ = convolution.global_mean_pool2d(a)
    print(f"{h}×{w}: map {a.shape[1:]}, global mean {short.shape[1:]}, adaptive", end=" ")
    print(adaptive_max_pool(a, 3).shape[1:])
verify.equation("GBC 9.3, the global mean is the mean", short[0], a[0].mean(axis=(1, 2)))

# %% [markdown]
# **Here the first sitting ends.** The second one builds networks from these parts, and trains one of them.
#
# ## A network in one line
#
# EE147 writes a whole network as a pattern, `[conv-ReLU ×m, pool]×n, FC ×k`. `architectures.build` takes such a line, and
# `architectures.table` works out, before a single number is drawn, what each layer puts out, how many parameters it has,
# how many multiplications with an addition one image costs, and how many rows of the image one output sees.

# %% tags=["covers:cnn-builder"]
print(architectures.words("[conv-ReLU x2, pool]x2, FC"))
spec = architectures.build(
    "[CONV-POOL]x2 CONV FCx2",
    filters=[6, 16, 120],
    units=[84, 10],
    conv=architectures.Conv(0, 5),  # 5x5 kernels, no padding; `filters` says how many
)
table = architectures.table(spec, (1, 32, 32))
print(f"{'':8}{'output':>13}{'parameters':>12}{'multiply-adds':>15}{'sees':>6}")
for row in table:
    shape = " × ".join(map(str, row.shape))
    print(f"{row.name:8}{shape:>13}{row.parameters:12,}{row.multiply_adds:15,}{row.field:6}")
counts = [row.parameters for row in table[1:]]
verify.equation("DLNN 6.9, Fig 6.11", counts, [156, 0, 2416, 0, 48120, 10164, 850])

# %% [markdown]
# You have just read LeNet-5's table. Its work is in the convolutions, CONV 2 above all, and most of its parameters come
# behind the last pool: that holds for the [landmarks](07_landmark_architectures_to_vgg.ipynb) after it, too.
#
# ## Three ways to end a network
#
# GBC Figure 9.11 shows three classifiers. The first flattens its last map, the second pools it to 3×3 first, and the
# third makes one map for each class and takes means. What does each cost when the images get larger?

# %% tags=["covers:cnn-classifier-variants"]
body = {"conv 1": Conv(16, 3, padding=1), "pool 1": Pool(2), "conv 2": Conv(64, 3, padding=1)}
print(f"{'image':>8}{'flat':>10}{'3×3 pools':>12}{'a map a class':>15}   parameters")
units, counted = [], []
for size in (24, 36, 48):
    pools = {"pool 2": Pool(size // 6), "out": Dense(10)}
    ends = [{"out": Dense(10)}, pools, {"conv 3": Conv(10, 1), "mean": GlobalPool()}]
    tables = [architectures.table(body | end, (1, size, size)) for end in ends]
    count = [architectures.total(table) for table in tables]
    print(f"{f'{size}×{size}':>8}{count[0]:10,}{count[1]:12,}{count[2]:15,}")
    units, counted = [*units, tables[1][4].activations], [*counted, count[2]]
verify.equation("GBC Fig 9.11, 3 x 3 x 64 units", units, [576] * 3)
verify.equation("the third depends on no size", counted, [160 + 9280 + 10 * (64 + 1)] * 3)

# %% [markdown]
# Now build them, with weights for images of 24×24, and feed them larger ones.

# %% tags=["covers:cnn-classifier-variants"]
conv, draw = partial(conv2d, padding=1), partial(initialization.lecun, rng)
stem = chain(conv, relu, partial(max_pool2d, size=2), conv, relu)
stem_params = [draw(1, 16, kernel=(3, 3)), (), (), draw(16, 64, kernel=(3, 3)), ()]
flat, nine, last = draw(64 * 12 * 12, 10), draw(576, 10), draw(64, 10, kernel=(1, 1))
for size in (24, 36, 49):
    a, _ = stem(rng.normal(size=(1, 1, size, size)), stem_params)
    pools = linear(flatten(adaptive_max_pool(a, 3), ())[0], nine)[0]
    map_a_class = convolution.global_mean_pool2d(conv2d(a, last)[0])[0]
    wide, _ = flatten(a, ())
    made = linear(wide, flat)[0].shape if wide.shape[1] == 64 * 12 * 12 else "none"
    print(f"{size}×{size}: flat {made}, 3×3 pools {pools.shape}, a map a class {map_a_class.shape}")

# %% [markdown]
# The flat one is made for one size, and its parameters grow with the area. The other two take any size with the same
# parameters, and the third has no dense layer at all.
#
# ## LeNet-5
#
# The network of the table read checks for banks. It is the program `dlnotes/examples/lenet.py`, short enough to read. It
# pads 28×28 images to 32×32, squashes with tanh, and ends with logits, as one builds it today. C5 sees all of S4, so it may
# as well be dense. How many *connections* has C1? Each of its 6·28·28 outputs uses 25 weights and a bias; EE147 prints
# 122,804.

# %% tags=["covers:lenet"]
from dlnotes.examples import lenet

print(lenet.printed())
kernels, _ = initialization.glorot(rng, 1, 6, kernel=(5, 5))
C1 = convolution.as_matrix(lambda x: conv2d(x, (kernels, np.zeros(6))), (1, 32, 32))
connections = np.count_nonzero(C1) + len(C1)  # weights in its matrix, and a bias for each row
print(f"C1: {len(C1):,} outputs, {connections:,} connections")
verify.equation("EE147 LeNet, connections of C1, counted in its matrix", connections, 122304)
verify.equation("DLNN 6.9 and a dense output", architectures.total(table), 61706)
drawn = dict(zip(lenet.LAYERS, lenet.parameters(rng), strict=True))
ran = [sum(array.size for array in drawn[name]) for name in lenet.SPEC]
verify.equation("what the pattern counts is what runs", counts, ran)

# %% [markdown]
# ### Exercise 3 · count what is not fully connected
#
# In 1998 a filter of C3 saw only some of the six maps of S2: 60 kernels in place of 96, which leaves 1,516 parameters of
# 2,416. Count the parameters and the connections of such a layer. Stuck? `hint(conv_connections)`.


# %% tags=["exercise:conv_connections"]
def conv_connections(sees, kernel, height, width):
    """(parameters, connections) of a convolution without padding, stride 1, one bias a filter.

    sees (maps, filters), True where a filter has a kernel (kernel x kernel) for a map;  height and
    width of the maps.  Every use of a parameter at every place of the output is a connection, of a
    bias, too.  NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:conv_connections"]
check(conv_connections)

# %% [markdown]
# ## LeNet-5 reads
#
# Here it learns from 800 digits of 8×8, enlarged to 28×28, in two epochs. On the MNIST digits that it was made for,
# `python -m dlnotes.examples.lenet` trains it in your terminal: 8,000 digits, half a minute, 96 of 100 others right.


# %% tags=["covers:lenet"]
def enlarge(images):
    """8x8 to 28x28: every pixel three times in both directions, and 2 rows and columns around."""
    return np.pad(np.kron(images, np.ones((3, 3), np.float32)), ((0, 0), (0, 0), (2, 2), (2, 2)))


few, few_y = seen[:800], seen_y[:800]
trained, _ = lenet.train((enlarge(few), few_y), rng=np.random.default_rng(0), epochs=2, lr=5e-3)
right = lenet.accuracy(trained, (enlarge(new), new_y))
print(f"{right:.1%} of {len(new)} new digits are right")
verify.claim("LeNet-5", "more than 9 of 10 digits are right", right > 0.9)

# %% tags=["covers:lenet"]
stages = [enlarge(new[[3]])]
for layer, own in zip([*lenet.LAYERS.values()][:6], trained, strict=False):
    stages.append(layer(stages[-1], own)[0])
pictures = [*stages[2][0], *stages[3][0], *stages[6][0, :6]]
figure = plots.images(pictures, columns=6, size=1.1, cmap=plots.SIGNED, vmin=-1, vmax=1)
for ax, name in zip(figure.axes[::6], ["C1", "S2", "S4"], strict=True):
    ax.set_title(name, loc="left")
plots.show(
    figure, "What LeNet makes of a digit: the six maps of C1, those of S2, and six of the 16 of S4"
)

# %% [markdown]
# One digit on its way: the maps of C1 show edges of all kinds, S2 shows the same with a quarter of the pixels, and in S4,
# here six of its 16 maps, 25 numbers say where each feature was, roughly.
#
# ## The same in PyTorch
#
# A twin with the same weights must answer alike. Where MNIST is on your machine (`DLNOTES_DATA` says where) both read its
# digits, otherwise the enlarged ones: the line that is printed is the same.

# %% tags=["covers:lenet"]
twin = torch.nn.Sequential(
    torch.nn.Conv2d(1, 6, 5, padding=2), torch.nn.Tanh(), torch.nn.AvgPool2d(2),
    torch.nn.Conv2d(6, 16, 5), torch.nn.Tanh(), torch.nn.AvgPool2d(2), torch.nn.Flatten(),
    torch.nn.Linear(400, 120), torch.nn.Tanh(), torch.nn.Linear(120, 84), torch.nn.Tanh(),
    torch.nn.Linear(84, 10),
)  # fmt: skip
for theirs, ours in zip(twin.parameters(), leaves(trained), strict=True):
    theirs.data = torch.tensor(ours)
pictures = datasets.mnist()[0][:200] if datasets.have_mnist() else enlarge(new[:200])
logits, _ = lenet.NET(pictures, trained)
verify.equation("PyTorch's twin", logits, twin(torch.tensor(pictures)).detach(), tolerance=1e-4)
verify.equation("its parameters, 61,706", sum(p.numel() for p in twin.parameters()), 61706)

# %% [markdown]
# ## What was different in 1998
#
# S2 and S4 *learned* to pool: $\sigma(c \sum x + b)$ with a coefficient $c$ and a bias $b$ for each map. That makes 12
# parameters in S2 and 32 in S4; EE147 gives both this formula and "no parameters", which cannot both be.


# %% tags=["covers:lenet-subsampling"]
def subsample(x, params):
    """sigmoid(c * sum of each 2x2 window + b); c, b (maps,).      EE147 LeNet 1998"""
    c, b = (one[:, None, None] for one in params)
    mean, mean_back = mean_pool2d(x, size=2)
    a, sigmoid_back = sigmoid(4 * c * mean + b, ())

    def back(dy):
        ds, _ = sigmoid_back(dy)
        return mean_back(4 * c * ds)[0], ((4 * mean * ds).sum((0, 2, 3)), ds.sum((0, 2, 3)))

    return a, back


verify.layer(subsample, rng.normal(size=(2, 6, 4, 6)), tuple(rng.normal(size=(2, 6))), rng)

# %% [markdown]
# Put it where the means were, and LeNet-5 has 44 parameters more. It trains nearly as well, in smaller steps and one epoch
# more; each $c$ begins at 2.

# %% tags=["covers:lenet-subsampling"]
net_1998 = chain(*(lenet.LAYERS | {"S2": subsample, "S4": subsample}).values())
begin = dict(zip(lenet.LAYERS, lenet.parameters(np.random.default_rng(0)), strict=True))
begin |= {"S2": np.float32([[2] * 6, [0] * 6]), "S4": np.float32([[2] * 16, [0] * 16])}  # c, b
sizes = {name: sum(map(np.size, own)) for name, own in begin.items()}
verify.equation("LeCun et al. 1998, EE147, S2 and S4", [sizes["S2"], sizes["S4"]], [12, 32])
verify.equation("61,706 and 44 parameters", sum(sizes.values()), 61706 + 44)
rule, data = partial(adam, lr=2e-3), (enlarge(few), few_y)
begin = [tuple(own) for own in begin.values()]
fitted, _ = fit(net_1998, losses.cross_entropy, begin, data, rule, rng=rng, epochs=3)
right = losses.accuracy(net_1998(enlarge(new), fitted)[0], new_y)
print(f"{right:.1%} of {len(new)} new digits are right")
verify.claim("LeNet with S2 and S4 as in 1998", "more than 8 of 10 digits are right", right > 0.8)

# %% [markdown]
# The output was different, too. Each digit has a fixed *template* of 84 numbers ±1, and F6 learns to show the template of
# the digit that it sees. The answer is the nearest template, by squared distance; nothing in the output is learned. Here
# F6 learns it on top of the layers that you have just trained. (Our templates are coin tosses; LeNet's were little
# pictures.)

# %% tags=["covers:lenet-template-output"]
to_c5 = chain(*[*lenet.LAYERS.values()][:9])
templates = rng.choice(np.float32([-1, 1]), size=(10, 84))
head = chain(linear, tanh)
untrained = [tuple(map(np.float32, initialization.glorot(rng, 120, 84))), ()]
data = to_c5(enlarge(few), trained[:9])[0], templates[few_y]
rule = partial(adam, lr=0.01)
fitted, _ = fit(head, losses.squared_error, untrained, data, rule, rng=rng, epochs=3)
shown, _ = head(to_c5(enlarge(new), trained[:9])[0], fitted)
distance = ((shown[:, None] - templates) ** 2).sum(axis=2)
risk, _ = losses.squared_error(shown, templates[new_y], half=False)
own = distance[np.arange(len(new)), new_y].mean()
verify.equation("EE147, the distance is the squared error", own, risk, tolerance=1e-5)
right = np.mean(distance.argmin(axis=1) == new_y)
print(f"the nearest template is right for {right:.1%} of {len(new)} new digits")
verify.claim("EE147 LeNet", "for more than 9 of 10", right > 0.9)

# %% [markdown]
# ## Digits that move
#
# Convolution follows a shift, pooling forgives it. So should a convolutional network read a digit wherever it stands?
# Strang VII.2 asks that of a small one. The cells train three, with two convolutions each, on digits in frames of 16×16.
# The first and the second end flat, the third with the global maximum of each map. The first and the third are trained on
# digits in the middle, the second on moved ones. All begin with random weights whose variance is 2 over the number of
# inputs: He's rule, which [chapter 8](../ch08_initialization/03_initialization_schemes.ipynb) derives.


# %% tags=["covers:small-cnn"]
def frame(images, down=0, right=0):
    """8x8 digits in frames of 16x16, moved out of the middle."""
    return np.roll(np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4))), (down, right), axis=(2, 3))


def initial(maps, between, units):
    """Weights for two convolutions and a dense layer, with `between` other layers before this."""
    he = partial(initialization.he, rng)
    convolutions = [he(1, 8, kernel=(3, 3)), (), (), he(8, maps, kernel=(3, 3)), ()]
    drawn = [*convolutions, *[()] * between, he(units, 10)]
    return [tuple(map(np.float32, own)) for own in drawn]


stages = [conv, relu, partial(max_pool2d, size=2), conv, relu]
flat_net = chain(*stages, partial(max_pool2d, size=2), flatten, linear)
global_net = chain(*stages, convolution.global_max_pool2d, linear)

# %% tags=["covers:small-cnn"]
shifts = [(down, right) for down in range(-3, 4) for right in range(-3, 4)]
parts = rng.integers(len(seen), size=(49, 70))  # which digits are moved by which shift
moved = np.concatenate([frame(seen[rows], *by) for rows, by in zip(parts, shifts, strict=True)])
middle, apart = (frame(few), few_y), (moved, seen_y[parts].ravel())
plans = {
    "flat": (flat_net, initial(16, 2, 256), middle, 5),
    "flat, moved digits": (flat_net, initial(16, 2, 256), apart, 2),
    "global maximum": (global_net, initial(24, 1, 24), middle, 6),
}
networks = {}
for name, (net, params, data, epochs) in plans.items():
    params, _ = fit(net, losses.cross_entropy, params, data, rule, rng=rng, epochs=epochs)
    networks[name] = net, params


# %% tags=["live", "covers:small-cnn"]
def taken_for(name, pictures):
    """What a network takes pictures (n, h, w) for."""
    net, params = networks[name]
    return net(pictures[:, None], params)[0].argmax(axis=1)


def moved_digits(down, right):
    return frame(new, down, right)[:, 0]


live.pooling.shifted_digits(moved_digits, taken_for, list(networks), new_y)

# %% [markdown]
# Here is the whole way from left to right.

# %% tags=["covers:small-cnn"]
across = np.arange(-4, 5)
share = {
    name: np.array([np.mean(taken_for(name, moved_digits(0, by)) == new_y) for by in across])
    for name in networks
}
figure, ax = plt.subplots(figsize=(8, 3.4))
for (name, values), marker in zip(share.items(), plots.MARKERS, strict=False):
    ax.plot(across, values, marker=marker, label=name)
ax.set(xlabel="pixels to the right", ylabel="share read right", ylim=(0, 1.03), xticks=across)
ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
plots.show(figure, "The share of digits that each network reads, for shifts of -4 to 4 pixels")
flat, taught, comb = (values[4:8] for values in share.values())  # 0, 1, 2, 3 pixels
verify.claim("Strang VII.2", "flat: the share falls with each pixel", all(np.diff(flat) < 0))
verify.claim("Strang VII.2", "from over 0.9 to under 0.5 at 2", flat[0] > 0.9 and flat[2] < 0.5)
verify.claim("Strang VII.2", "moved digits raise it above 0.75", min(taught) > 0.75)

# %% [markdown]
# Flat, a network knows places: the convolutions follow the shift, but the dense layer behind them has a weight for each
# place. Moved digits in training repair that, by brute force. And the third, which has never seen a moved digit, makes a
# comb. Global pooling forgets all places, so only one thing can still notice a shift: the first pooling, which starts at
# every *second* pixel. Moved by 2, a digit lies in its windows as before, and the pooled maps move by 1. Moved by 1, it is
# cut differently.

# %% tags=["covers:conv-block"]
verify.claim("here", "global: 2 pixels cost less than 1", comb[2] - comb[1] > 0.05)
first, own = chain(*stages[:3]), networks["global maximum"][1][:3]
at_0, at_1, at_2 = (first(frame(new, 0, by), own)[0] for by in range(3))
verify.equation("moved by 2, the maps move by 1", at_2, np.roll(at_0, 1, axis=3), tolerance=1e-5)
same = [np.allclose(at_1, np.roll(at_0, by, axis=3), atol=0.1) for by in (0, 1)]
verify.claim("moved by 1", "the maps move neither by 0 nor by 1", not any(same))

# %% [markdown]
# ## An infinitely strong prior
#
# Convolution and pooling say beforehand which weights may differ: GBC 9.4 calls that an infinitely strong prior. It says
# that neighbors belong together. Take that away: shuffle the 784 pixels, all images alike. A dense network cannot notice,
# if its first weights are shuffled along. A convolutional one looks at neighbors that are none any more.

# %% tags=["covers:pixel-permutation"]
order = rng.permutation(784)


def shuffled(images):
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)


plain = enlarge(few), enlarge(new)
mixed = [shuffled(each) for each in plain]
(W, b), _, second = initialization.mlp(rng, 784, 32, 10)
mlp, said = chain(flatten, linear, tanh, linear), []
for (train, test), W1 in [(plain, W), (mixed, W[:, order])]:
    params, same = [(), (W1, b), (), second], np.random.default_rng(1)
    params, _ = fit(mlp, losses.cross_entropy, params, (train, few_y), rule, rng=same, epochs=1)
    said.append(mlp(test, params)[0])
verify.equation("GBC 9.4, the MLP answers the same", said[0], said[1], tolerance=1e-6)

# %% tags=["covers:pixel-permutation"]
figure = plots.images(
    [plain[1][3, 0], mixed[1][3, 0]], ["a digit", "the same, shuffled"], columns=2, size=2
)
plots.show(figure, "A digit, and the same pixels in another order")
shares = np.empty((3, 2))  # three seeds; plain and shuffled
for seed, kind in np.ndindex(shares.shape):
    train, test = (plain, mixed)[kind]
    options = {"rng": np.random.default_rng(seed), "epochs": 2, "lr": 5e-3}
    params, _ = lenet.train((train, few_y), **options)
    shares[seed, kind] = lenet.accuracy(params, (test, new_y))
for before, after in shares:
    print(f"LeNet reads {before:.1%}, and {after:.1%} where pixels are shuffled")
lost = shares[:, 0] - shares[:, 1]
verify.claim("DLNN 6.1, GBC 9.4", "LeNet loses with each of the seeds", lost.min() > 0)
verify.claim("DLNN 6.1, GBC 9.4", "and over 3 of 100 digits on average", lost.mean() > 0.03)

# %% [markdown]
# You cannot read the right picture either. LeNet loses 3 to 7 of 100 digits, on average 5. That it reads most of them all
# the same is the work of its dense end: a prior that is wrong costs data, and does not forbid everything.
#
# ## When one matrix is enough
#
# Not everything needs a network. Strang's Problems VII.2.5–7 ask whether one can learn calculus from graphs: from values
# of a quartic $p$ at some points to the coefficients of $p'$, or of its integral. His list of five labels for $p'$ has
# a 0 at an unclear place; here it comes last, because $p'$ has no $x^4$. Least squares on 100 graphs find the maps,
# tested on 100 others.

# %% tags=["covers:learn-polynomial-calculus"]
a, power = rng.normal(size=(200, 5)), np.arange(5)
slope = np.pad(a[:, 1:] * power[1:], ((0, 0), (0, 1)))  # a1, 2 a2, 3 a3, 4 a4, 0
area = np.pad(a / (power + 1), ((0, 0), (1, 0)))  # 0, a0, a1 / 2, ...
as_said = []
for points in (4, 5, 9):
    at = np.linspace(-1, 1, points)
    graphs = np.polynomial.polynomial.polyval(at, a.T)  # (200, points)
    for name, want in [("slope", slope), ("integral", area)]:
        M = np.linalg.lstsq(graphs[:100], want[:100], rcond=None)[0]
        exact = np.abs(graphs[100:] @ M - want[100:]).max() < 1e-8
        print(f"{points} points, {name}: the matrix is {'exact' if exact else 'wrong'}")
        as_said.append(exact == (points >= 5))
verify.claim("Strang Problems VII.2.5-7", "a matrix does it from 5 points on", all(as_said))

# %% [markdown]
# A product is another matter: the coefficients of $p\,q$ are a convolution of those of $p$ and $q$, and no matrix makes
# it of both graphs side by side. A matrix makes twice as much of $(2p, 2q)$ as of $(p, q)$; the product becomes four times as
# large.

# %% tags=["covers:learn-polynomial-calculus"]
q = rng.normal(size=(200, 5))
both = np.hstack([graphs, np.polynomial.polynomial.polyval(at, q.T)])
products = np.array([np.convolve(*pair) for pair in zip(a, q, strict=True)])
verify.equation("Strang Problem VII.2.7, 9 coefficients", products.shape[1], 9)
made = np.polynomial.polynomial.polyval(at, products.T)
verify.equation("convolve, then evaluate: the product", made, both[:, :9] * both[:, 9:])
twice = np.convolve(2 * a[0], 2 * q[0])
verify.equation("(2p)(2q) = 4 p q, where a matrix makes 2 p q", twice, 4 * products[0])
M = np.linalg.lstsq(both[:100], products[:100], rcond=None)[0]
missed = np.linalg.norm(both[100:] @ M - products[100:]) / np.linalg.norm(products[100:])
verify.claim("Strang Problem VII.2.7", "the best matrix is no use", missed > 0.9)

# %% [markdown] tags=["question:ch05.pooling_and_lenet.moved"]
# ### In your own words
#
# "Convolution is equivariant and pooling is invariant," says a colleague, "so our network does not care where a digit
# stands, and moved digits in training are a waste." Where in a network may she be right, and where is she wrong? You may
# change the network *or* the data: name one change of each kind that would make her right about shifts by one pixel, and
# what it costs.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A block is convolution, detector, pooling. Max pooling sends its gradient to the winner; mean pooling is a matrix, and
#   sends it back by the transpose.
# - Pooling forgives small shifts, approximately: of maxima over $w$ numbers, $(w - s)/(w + s)$ survive a shift by $s$.
# - LeNet-5 has 61,706 parameters, 59,134 of them behind the last pooling, and 122,304 connections in C1 alone.
# - What ends flat knows places. What ends in global pooling takes any size and forgets places, but for the strides before
#   it.
#
# ## Where the books differ
#
# - EE147 prints 122,804 connections for C1; 6·28·28·26 is 122,304. It gives S2 "no parameters" and a trainable coefficient;
#   with coefficient and bias for each map it has 12, as plain pooling none.
# - GBC 9.3 says that a spacing of $k$ leaves about $k$ times fewer inputs. That is along each axis: $k^2$ in an image.
# - Strang's Problem VII.2.5 leaves open where the 0 among the labels stands, and offers a softmax for them; coefficients
#   are numbers, not classes.
# - DLNN's LeNet takes 32×32 images without padding; ours takes 28×28 with 2 zeros around, which is the same. DLNN leaves
#   the templates out, EE147 keeps them: hence 850 parameters more or none in the output.
#
# **Next:** [Landmark architectures, up to VGG](07_landmark_architectures_to_vgg.ipynb): the same three stages, a thousand times
# larger.
