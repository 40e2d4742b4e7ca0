# %% [markdown]
# # Variants of convolution
#
# The window stays; what is shared, what is seen, and how it is computed may all change, down to wavelets.
#
# **After this notebook you can**
#
# - place a layer between *one kernel everywhere* and *a kernel for each place*, and count its weights and biases;
# - convolve sounds, pictures and volumes by one function, and refine labels with one set of kernels again and again;
# - say when a Fourier transform or a separable kernel is cheaper, and build a filter bank that loses nothing.
#
# 50 minutes, in two sittings of 25 · before this: [Landmark architectures, from GoogLeNet](08_landmark_architectures_from_googlenet.ipynb)
#
# DLNN – · GBC 9.5–9.8, 9.10 · Strang VII.2 · EE147 – · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $w_{i,j,k,l,m,n}$ (GBC) | `W[o, p, q, c, u, v]` | output channel, row, column; input channel, row and column of the kernel |
# | $t$ (GBC) | `t` | kernels that take turns, along each axis |
# | $U$, $V$, $W$ (GBC Fig 9.17) | the same | kernels from the picture, to the labels, from the labels |
# | $C_1$, $C_2$, $(\downarrow 2)$ (Strang) | `bank` | low-pass, high-pass; every second output is kept |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import autodiff, convolution, layers, live, losses, optimizers, plots, training, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(9)
from functools import partial

import torch
import torch.nn.functional as F
from dlnotes.convolution import as_matrix, conv1d, conv2d, locally_connected2d, tiled_conv2d

# %% [markdown]
# ## A kernel for each place
#
# A convolution is *local* (an output sees one window) and *shared* (all windows meet the same kernel). Keep the first and
# drop the second: then every place has a kernel of its own. GBC (9.9) calls that a *locally connected* layer. It fits
# where places mean something: in passport pictures the mouth is always in the lower half. Its weights have six indices.

# %% tags=["covers:locally-connected"]
x, W, b = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
s, _ = conv2d(x, (W, b))
o, p, q = s.shape[1:]
copies = np.broadcast_to(W[:, None, None], (o, p, q, *W.shape[1:]))
biases = np.broadcast_to(b[:, None, None], (o, p, q))
local, _ = locally_connected2d(x, (copies, biases))
verify.equation("GBC (9.9), with copied weights it is the convolution", local, s)
print(f"convolution: {W.size} weights; locally connected: {copies.shape}, {copies.size} weights")
verify.equation("GBC (9.9), o p q times c u v", copies.size, (4 * 4 * 6) * (3 * 3 * 2))

# %% [markdown]
# Here are a row of nine inputs and its eight outputs, window 2, as matrices; one color is one weight.


# %% tags=["covers:locally-connected"]
def visible(*shape):
    """Random weights, none of them near 0."""
    return rng.choice([-1, 1], shape) * rng.uniform(0.4, 2, shape)


row, zero = (1, 1, 9), np.zeros(1)
shared = partial(conv2d, params=(np.array([[[[-1.5, 1.0]]]]), zero))
own = partial(locally_connected2d, params=(visible(1, 1, 8, 1, 1, 2), np.zeros((1, 1, 8))))
matrices = {"convolution: 2 weights": as_matrix(shared, row)}
matrices |= {"locally connected: 16": as_matrix(own, row), "dense: 72": visible(8, 9)}

# %% tags=["covers:locally-connected"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.8))
for ax, (name, A) in zip(axes, matrices.items(), strict=True):
    ax.imshow(A, cmap=plots.SIGNED, vmin=-2, vmax=2)
    ax.set_title(name, fontsize=11)
    ax.set(xlabel="input", ylabel="output", xticks=range(9), yticks=range(8))
plots.show(figure, "Matrices of a convolution, a locally connected and a dense layer on a row")
A, B, C = matrices.values()
verify.claim("GBC Fig 9.14", "the first two connect the same units", np.array_equal(A != 0, B != 0))
verify.equation("different weights in each", [len(set(M[M != 0])) for M in (A, B, C)], [2, 16, 72])

# %% [markdown]
# The first two have the same nonzero places. Only in the convolution is each diagonal of one color.
#
# ## Kernels that take turns
#
# *Tiled* convolution, GBC (9.10), lies between the two: $t$ kernels take turns along a row, and start over behind the
# last one. On a plane they take turns along both axes, like the tiles of a floor. **Move $t$.** A color is a kernel and a
# letter a weight; on the right is a plane of 8 × 8 outputs, with the number of the kernel at each.


# %% tags=["live", "covers:tiled-convolution"]
def weight_numbers(t, k):
    """The matrix of tiled convolution on a row of 8 outputs: its weights, from 1; 0 is none."""
    W = np.zeros((1, t, t, 1, 1, k))
    W[0, 0, :, 0, 0] = 1 + np.arange(t * k).reshape(t, k)
    layer = partial(tiled_conv2d, params=(W, np.zeros((1, t, t))))
    return as_matrix(layer, (1, 1, 8 + k - 1)).astype(int)


def kernel_numbers(t):
    """Which of the t x t kernels, from 0, is at each of 8 x 8 places."""
    W = np.zeros((1, t, t, 1, 1, 1))
    s, _ = tiled_conv2d(np.zeros((1, 1, 8, 8)), (W, np.arange(t * t).reshape(1, t, t)))
    return s[0, 0].astype(int)


live.convolution_variants.sharing(weight_numbers, kernel_numbers)

# %% [markdown]
# At $t = 1$ all windows meet one kernel: that is a convolution. At $t = 8$, the width of the output, nobody shares: that is
# a locally connected layer. GBC 9.5 lets the memory grow by the number of kernels; with $t$ of them in each direction
# that is $t^2$.

# %% tags=["covers:tiled-convolution"]
x, full = rng.normal(size=(2, 3, 7, 8)), rng.normal(size=(4, 6, 6, 3, 2, 3))
outputs = {}
for t in (1, 2, 3, 6):
    W, b = full[:, :t, :t], rng.normal(size=(4, t, t))
    outputs[t] = W, b, tiled_conv2d(x, (W, b))[0]
    J = as_matrix(partial(tiled_conv2d, params=(W, np.zeros((4, t, t)))), (3, 7, 8))
    weights = len(set(J[J != 0]))
    verify.equation(f"GBC (9.10), t = {t}: {t * t} times the weights", weights, t**2 * 72)
W, b, s = outputs[1]
verify.equation("GBC 9.5, t = 1 is conv2d", s, conv2d(x, (W[:, 0, 0], b[:, 0, 0]))[0])
W, b, s = outputs[6]
verify.equation("GBC 9.5, t = output width: local", s, locally_connected2d(x, (W, b))[0])
W, b, s = outputs[3]
alone, _ = conv2d(x, (W[:, 1, 2], b[:, 1, 2]))
verify.equation("kernel (1, 2) of 3 x 3", s[..., 1::3, 2::3], alone[..., 1::3, 2::3])

# %% [markdown]
# The last line is how you would do it without a special layer: convolve with each kernel, and keep its places.
#
# ## Channels that do not meet
#
# Windows leave out what is far away. *Groups* leave out channels: the first $m$ outputs see the first $n$ inputs, the next
# $m$ the next $n$, GBC Figure 9.15. [The last page](08_landmark_architectures_from_googlenet.ipynb) built networks from
# them. Here is what they do to the Jacobian $\partial s/\partial x$.

# %% tags=["covers:grouped-convolution"]
x, zeros = rng.normal(size=(2, 4, 5, 6)), np.zeros(4)
whole, halves = visible(4, 4, 1, 3), visible(4, 2, 1, 3)
figure, axes = plt.subplots(1, 2, figsize=(7, 3.6))
different = []
for ax, W, groups in [(axes[0], whole, 1), (axes[1], halves, 2)]:
    J = as_matrix(partial(conv2d, params=(W, zeros), padding=(0, 1), groups=groups), (4, 1, 6))
    different.append(len(set(J[J != 0])))
    ax.imshow(J, cmap=plots.SIGNED, vmin=-2, vmax=2)
    ax.set(title=f"groups = {groups}: {W.size} weights", xlabel="input: 4 channels of 6 places")
    ax.set(ylabel="output: 4 channels of 6", xticks=range(0, 24, 6), yticks=range(0, 24, 6))
plots.show(figure, "Jacobians of a convolution: 4 x 4 bands; with two groups, two blocks of 2 x 2")

# %% tags=["covers:grouped-convolution"]
blocks = J.reshape(2, 12, 2, 12)
verify.equation("GBC Fig 9.15, no group sees the other", blocks[[0, 1], :, [1, 0]], 0)
verify.equation("different weights, divided by the groups", different, [48, 48 / 2])
ours, theirs = partial(conv2d, groups=2), partial(F.conv2d, groups=2)
verify.against_torch(ours, theirs, x, halves, rng.normal(size=4), rng=rng)

# %% [markdown]
# Each band is one kernel on one channel. Two groups leave half of the bands: two small convolutions side by side that
# know nothing of each other.
#
# ## Who owns a bias
#
# Sharing is a question for biases, too, GBC 9.5: one for each *channel* (convolution), for each *tile*, or for each
# *position*, which needs pictures of one size. Kernel and biases need not share alike. What is a bias for each position
# good for? Put zeros around a picture, and windows at the border get less than the others. Watch a picture that is 1
# everywhere.

# %% tags=["covers:conv-bias-sharing"]
blur = np.ones((1, 1, 3, 3)) / 9
flat = np.ones((1, 1, 6, 8))
s, _ = conv2d(flat, (blur, np.zeros(1)), padding=1)
missing = s[0, 0, 2, 2] - s  # what the border lacks
room, _ = convolution.pad(flat, width=1)
copies = np.broadcast_to(blur[:, None, None], (1, 6, 8, 1, 3, 3))
repaired, _ = locally_connected2d(room, (copies, missing[0]))
figure, axes = plt.subplots(1, 3, figsize=(8, 2.4))
for ax, part, name in zip(axes, [s, missing, repaired], ["s", "biases", "s + biases"], strict=True):
    ax.imshow(part[0, 0], cmap=plots.SIGNED, vmin=-1.2, vmax=1.2)
    ax.set(title=name, xlabel="column", ylabel="row", xticks=range(8), yticks=range(6))
plots.show(figure, "A blurred constant picture with a weak border, biases, and both together")
verify.equation("GBC 9.5, biases by position repair the border", repaired, 1)
verify.equation("missing at an edge, in a corner", missing[0, 0, 0, [2, 0]], [3 / 9, 5 / 9])

# %% [markdown]
# At an edge three of the nine weights meet zeros, in a corner five. The biases add just what is missing. Do they on any
# other picture?

# %% tags=["covers:conv-bias-sharing"]
o, t, (h, w) = 16, 2, (28, 28)
print(f"{o} channels of {h} x {w}: {o} biases, by tile {o * t * t}, by position {o * h * w:,}")
for value in (0.0, 2.0):
    other, _ = locally_connected2d(value * room, (copies, missing[0]))
    off = np.abs(other - value).max()
    print(f"the same biases on a picture that is {value:g} everywhere: wrong by up to {off:.2f}")
    verify.equation("the border's deficit grows with the picture", off, abs(value - 1) * 5 / 9)

# %% [markdown]
# Exact, then, for one picture. On others such biases repair what is *usual* at a position, no more.
#
# ### Exercise 1 · biases for the border
#
# Write these biases for any kernel. Stuck? `hint(border_biases)`, in a cell of your own, helps.


# %% tags=["exercise:border_biases"]
def border_biases(W, b, value, size):
    """Biases by position, so that a flat picture is answered the same at every pixel.

    W (2 r + 1, 2 s + 1), a kernel that is not turned; b, its bias.  The picture is `value` at each
    of its (h, w) = size pixels, no smaller than W, with r rows and s columns of zeros on each side.
    Returns (h, w): b where all of W meets the picture; elsewhere more or less, so that the
    cross-correlation plus the bias is one number everywhere.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:border_biases"]
check(border_biases)

# %% [markdown]
# ## Labels that look at labels
#
# Now a label for each *pixel*, with probabilities for each class, GBC 9.6. The pictures: a lying bar (class 1) or a standing
# one (class 2), in noise, 5 pixels wide and 11 long. In the middle of a bar a window of 5 × 5 meets no edge: both look
# alike. The outline of the whole bar knows, and has to tell.


# %% tags=["covers:recurrent-conv-labelling"]
def bars(rng, n, side=16, noise=0.4):
    """Pictures (n, 1, side, side) of one bar, and their pixels: 0, 1 if it lies, 2 if it stands."""
    labels = np.zeros((n, side, side), int)
    for one in labels:
        along, across = rng.integers(side - 10), rng.integers(side - 4)
        if rng.random() < 0.5:
            one[across : across + 5, along : along + 11] = 1
        else:
            one[along : along + 11, across : across + 5] = 2
    return (labels > 0)[:, None] + rng.normal(scale=noise, size=(n, 1, side, side)), labels


# %% tags=["covers:recurrent-conv-labelling"]
def pixels(s):
    """Pixels as samples: (n, k, h, w) -> (n h w, k)."""
    return np.moveaxis(s, 1, -1).reshape(-1, s.shape[1])


def pictures(rows, shape):
    """The way back: (n h w, k) -> shape (n, k, h, w)."""
    n, k, h, w = shape
    return np.moveaxis(rows.reshape(n, h, w, k), -1, 1)


# %% [markdown]
# GBC Figure 9.17 lets labels look at labels. Hidden units see the picture through kernels $U$ *and* the labels of the last
# round through kernels $W$; kernels $V$ turn them into new labels. Every round uses the same three. In the first round
# there are no labels yet. A [tape](../ch03_backpropagation/04_computational_graphs.ipynb) adds up what each round says
# about the same kernels.


# %% tags=["covers:recurrent-conv-labelling"]
def softmax_of_pixels(s, params=()):
    p, back = layers.softmax(pixels(s))
    return pictures(p, s.shape), lambda dp: (pictures(back(pixels(dp))[0], s.shape), ())


conv = autodiff.lift(partial(conv2d, padding=1))


def rounds(number):
    """The layer of so many rounds: x (n, 1, h, w), params (U, b, W, V, c); s (n, 3, h, w)."""

    def refine(x, U, b, W, V, c):
        seen = conv(x, U, b)
        s = conv(autodiff.lift(layers.tanh)(seen), V, c)
        for _ in range(number - 1):
            told = conv(autodiff.lift(softmax_of_pixels)(s), W, np.zeros(len(W.value)))
            s = conv(autodiff.lift(layers.tanh)(seen + told), V, c)
        return s

    return autodiff.as_layer(refine)


# %% tags=["covers:recurrent-conv-labelling"]
def cross_entropy_of_pixels(s, labels):
    risk, delta = losses.cross_entropy(pixels(s), labels.reshape(-1))
    return risk, pictures(delta, s.shape)


def random_kernels(o, c):
    """Random 3 x 3 kernels."""
    return rng.normal(size=(o, c, 3, 3)) / np.sqrt(9 * c)


few = random_kernels(2, 1), np.zeros(2), random_kernels(2, 3), random_kernels(3, 2), np.zeros(3)
verify.layer(rounds(3), rng.normal(size=(2, 1, 4, 5)), few, rng)

# %% [markdown]
# How far does a pixel's voice carry? Change one pixel, and see which labels change.

# %% tags=["covers:recurrent-conv-labelling"]
dark, dot = np.zeros((2, 1, 1, 19, 19))
dot[0, 0, 9, 9] = 1
for T, width in {1: 5, 2: 9, 3: 13, 4: 17}.items():
    changed = rounds(T)(dark, few)[0] != rounds(T)(dot, few)[0]
    sides = [changed.any(axis=(0, 1, other)).sum() for other in (3, 2)]
    verify.equation(f"T = {T}: one pixel reaches {width} x {width} labels", sides, width)

# %% [markdown]
# Two kernels of 3 × 3, so in one round a label knows 5 × 5 pixels; every further round adds two on each side. Train with
# three rounds.

# %% tags=["covers:recurrent-conv-labelling"]
rng = np.random.default_rng(3)
start = random_kernels(8, 1), np.zeros(8), random_kernels(8, 3), random_kernels(3, 8), np.zeros(3)
data, run = bars(rng, 160), {"rng": rng, "batch": 16, "epochs": 12}
adam = partial(optimizers.adam, lr=0.015)
params, _ = training.fit(rounds(3), cross_entropy_of_pixels, start, data, adam, **run)

# %% tags=["covers:recurrent-conv-labelling"]
x, labels = bars(np.random.default_rng(5), 100)
answers = {T: softmax_of_pixels(rounds(T)(x, params)[0])[0] for T in (1, 2, 4, 8)}
for T, p in answers.items():
    verify.equation(f"GBC 9.6, T = {T}: probabilities of a pixel sum to 1", p.sum(axis=1), 1)
print(f"{sum(part.size for part in params)} parameters, whatever T is")

windows = np.lib.stride_tricks.sliding_window_view(labels > 0, (5, 5), axis=(1, 2))
middle = np.pad(windows.all(axis=(3, 4)), ((0, 0), (2, 2), (2, 2)))  # no edge within 5 x 5
stands = labels[middle] == 2
right = {T: np.mean((p[:, 2] > p[:, 1])[middle] == stands) for T, p in answers.items()}
verify.claim("one round", "guesses in the middle of bars: under 60% right", bool(right[1] < 0.6))
verify.claim("four rounds", "know there: over 80% right", bool(right[4] > 0.8))


# %% tags=["covers:recurrent-conv-labelling"]
from matplotlib.colors import to_rgb

inks = np.array([to_rgb(plots.ORANGE), to_rgb(plots.BLUE)])


def tinted(p):
    """Probabilities (3, h, w) as a picture: lying orange, standing blue, background clear."""
    bar = p[1] + p[2]
    color = np.einsum("khw,kr->hwr", p[1:], inks) / bar[..., None]
    return np.dstack([color, bar]).clip(0, 1)


lying, standing = ((labels == k).any(axis=(1, 2)).argmax() for k in (1, 2))
parts = [part for at in (lying, standing) for part in
         (x[at, 0], *(tinted(p[at]) for p in answers.values()))]  # fmt: skip
titles = ["picture", *(f"T = {T}" for T in answers)]
figure = plots.images(parts, titles * 2, columns=5, size=1.5)
plots.show(
    figure, "Labels of a lying (orange) and a standing (blue) bar after 1, 2, 4 and 8 rounds"
)

# %% [markdown]
# After one round the middle of a bar has both colors, and so have spots in the noise. A round later the long edges have
# told the middle; then the short ends give in, and spots without neighbors are gone. It was trained with three rounds; the
# same kernels run as many as you like.
#
# ## Sounds, pictures, volumes
#
# Nothing in a convolution says *two* axes. GBC Table 9.1 has data with one, two and three, and with one channel or more.
# One function does all: take the windows along all axes behind the channels, and multiply.


# %% tags=["covers:conv-data-types"]
def convolve_nd(x, W, b):
    """Cross-correlation along d axes: x (n, c, ...), W (o, c, ...), b (o,); s (n, o, ...)."""
    d = W.ndim - 2
    windows = np.lib.stride_tricks.sliding_window_view(x, W.shape[2:], axis=range(2, 2 + d))
    s = np.tensordot(windows, W, axes=([1, *range(2 + d, 2 + 2 * d)], range(1, 2 + d)))
    return np.moveaxis(s, -1, 1) + b.reshape(-1, *[1] * d)


table = {"a sound": (1, 400), "angles of a skeleton": (12, 90)}
table |= {"a spectrogram": (1, 64, 50), "a color photograph": (3, 48, 64)}
table |= {"a CT scan": (1, 12, 24, 24), "a color video": (3, 16, 20, 24)}
for name, shape in table.items():
    d, x = len(shape) - 1, rng.normal(size=(2, *shape))
    W, b = rng.normal(size=(4, shape[0], *[3] * d)), rng.normal(size=4)
    s, theirs = convolve_nd(x, W, b), getattr(F, f"conv{d}d")(*map(torch.tensor, (x, W, b))).numpy()
    print(f"{d}-D, {name}: x {shape}, W {W.shape}, s {s.shape[1:]};", end=" ")
    verify.equation(f"conv{d}d", s, theirs)

# %% [markdown]
# Six kinds of data, one line of mathematics. Kernels do not know how long a sound or how large a picture is: they run on
# any size. GBC 9.7 adds that this makes sense only where more pixels mean *more of the same thing*.
#
# ## Delays
#
# Convolution along *time* is older than LeNet. In a *time-delay network* of 1988 (GBC 9.10) a unit sees the current sound and,
# by delays, a few earlier ones. All moments share its weights; the last layer pools over time. Here are three short "words"
# in four pitches: one rises, one falls, one hums. They begin in the first 16 of 40 moments.


# %% tags=["covers:time-delay-network"]
def recordings(rng, n, first, last, noise=0.3):
    """Recordings (n, 4 pitches, 40 moments) of a word that begins between `first` and `last`."""
    glides, y = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 2]]), rng.integers(3, size=n)
    x = rng.normal(scale=noise, size=(n, 4, 40))
    for one, label, begin in zip(x, y, rng.integers(first, last, size=n), strict=True):
        one[np.repeat(glides[label], 2), begin + np.arange(8)] += 1
    return x, y


def over_time(s, params=()):
    """The largest of each channel: s (n, c, moments), y (n, c)."""
    y, back = convolution.global_max_pool2d(s[:, :, None])
    return y, lambda dy: (back(dy)[0][:, :, 0], ())


delays = layers.chain(conv1d, layers.tanh, conv1d, over_time)
dense = layers.chain(layers.flatten, layers.linear, layers.tanh, layers.linear)


# %% tags=["covers:time-delay-network"]
from dlnotes.initialization import lecun

data, early, late = (recordings(rng, 400, *begin) for begin in [(0, 16), (0, 16), (16, 32)])
nets = {"delays": (delays, [lecun(rng, 4, 8, kernel=(3,)), (), lecun(rng, 8, 3, kernel=(5,)), ()])}
nets["dense"] = dense, [(), lecun(rng, 160, 16), (), lecun(rng, 16, 3)]
run, heard = {"rng": rng, "batch": 20, "epochs": 25}, {}
for name, (net, params) in nets.items():
    rule = partial(optimizers.adam, lr=0.01)
    params, _ = training.fit(net, losses.cross_entropy, params, data, rule, **run)
    nets[name] = net, params
    heard[name] = [losses.accuracy(net(x, params)[0], y) for x, y in (early, late)]
verify.claim("delays", "hear early and late words", min(heard["delays"]) > 0.9)
first, second = heard["dense"]
verify.claim("dense", "early words; late ones as by chance", first > 0.6 and second < 0.4)


# %% tags=["covers:time-delay-network"]
def delayed(x, W, b):
    """Units with delays, moment by moment; W[:, :, -1] is for the current one."""
    lags = range(W.shape[2])
    moments = range(len(lags) - 1, x.shape[2])
    return np.stack([sum(x[:, :, t - d] @ W[:, :, -1 - d].T for d in lags) + b for t in moments], 2)


net, params = nets["delays"]
x, _ = early
scores = delayed(np.tanh(delayed(x, *params[0])), *params[2])
verify.equation("GBC 9.10, delays: conv1d, then pooling", scores.max(axis=2), net(x, params)[0])

# %% tags=["covers:time-delay-network"]
figure, axes = plt.subplots(2, 1, figsize=(7.5, 3.9), sharex=True, height_ratios=[1, 1.3])
axes[0].imshow(x[0], cmap=plots.SIGNED, vmin=-1.5, vmax=1.5, aspect="auto", origin="lower")
axes[0].set(ylabel="pitch", xlabel="moment", yticks=range(4))
axes[0].set_title("a recording: the word falls, from moment 3 on", fontsize=11)
axes[1].set_title("the score of each word", fontsize=11)
for score, word, style in zip(scores[0], ["rises", "falls", "hums"], ["-", "--", ":"], strict=True):
    axes[1].plot(np.arange(6, 40), score, style, label=word)
axes[1].set(xlabel="moment", ylabel="score")
axes[1].legend(loc="upper right", ncols=3)
plots.show(figure, "A recording of a falling word, and the scores of three words at each moment")

# %% [markdown]
# The score of a word peaks when most of it has been heard, here at moment 7; the maximum over time forgets when. The dense network
# has a weight for each moment, and no word ever began late in its training.
#
# **Here the first sitting ends.** The second one computes convolutions in other ways, and puts filters together.
#
# ## Multiply waves instead
#
# Now the other question: not what is computed, but how. On a circle, a convolution multiplies waves:
# [transform, multiply, transform back](01_convolution.ipynb). GBC 9.8 says that this *is* convolution. Only on a circle!
# What leaves at the end comes in again at the front, unless there is room: $m$ numbers and $k$ weights make $m + k - 1$.


# %% tags=["covers:fft-convolution"]
def through_waves(x, w, n):
    """Transform x and w, with zeros behind them up to n numbers; multiply; transform back."""
    return np.fft.ifft(np.fft.fft(x, n) * np.fft.fft(w, n)).real


x, w = rng.normal(size=50), rng.normal(size=7)
linear = np.convolve(x, w)
verify.equation("GBC 9.8, with zeros up to m + k - 1 = 56", through_waves(x, w, 56), linear)
circular = through_waves(x, w, 50)
wrapped = linear[:50].copy()
wrapped[:6] += linear[50:]
verify.equation("without: the last 6 come back on top of the first 6", circular, wrapped)
verify.claim("GBC 9.8", "without zeros another map", not np.allclose(circular, linear[:50]))

# %% tags=["covers:fft-convolution"]
picture, kernel = rng.normal(size=(20, 30)), rng.normal(size=(5, 4))
spectrum = np.fft.fft2(picture, (24, 33)) * np.fft.fft2(kernel, (24, 33))
around, turned = np.pad(picture, ((4, 4), (3, 3))), kernel[::-1, ::-1]
full, _ = conv2d(around[None, None], (turned[None, None], zero))
verify.equation("GBC 9.8, 20 x 30 and 5 x 4", np.fft.ifft2(spectrum).real, full[0, 0])

# %% [markdown]
# Is it worth it? Count multiplications. The *fast* transform of $n = 2^l$ numbers splits them into even and odd places,
# transforms both halves, and joins them by $n/2$ complex multiplications, so $\frac n2 \log_2 n$ in all. A picture of $n
# \times n$ takes $2n$ such transforms, one for each row and each column.


# %% tags=["covers:fft-convolution"]
def fast(x):
    """The Fourier transform of 2^l numbers, and the complex multiplications that it took."""
    if len(x) == 1:
        return x, 0
    (even, one), (odd, two) = fast(x[::2]), fast(x[1::2])
    odd = np.exp(-2j * np.pi * np.arange(len(odd)) / len(x)) * odd
    return np.concatenate([even + odd, even - odd]), one + two + len(odd)


x = rng.normal(size=64)
verify.equation("NumPy's fft", np.abs(fast(x)[0] - np.fft.fft(x)), 0)
verify.equation("n/2 log2 n multiplications", fast(x)[1], 32 * 6)


# %% tags=["covers:fft-convolution"]
def through_fft(m, k):
    """Real multiplications, 4 for a complex one: three transforms and a product; m x m, k x k."""
    n = 1 << (m + k - 2).bit_length()  # a power of 2, at least m + k - 1
    return 4 * (3 * n**2 * np.log2(n) + n**2)


# %% tags=["covers:fft-convolution"]
widths = np.arange(1, 201)
direct, waves = 200**2 * widths**2, np.array([through_fft(200, int(k)) for k in widths])
figure, ax = plt.subplots(figsize=(6.8, 3.6))
ax.plot(widths, direct, color=plots.BLUE, label="direct: $m^2 k^2$")
ax.plot(widths, waves, "--", color=plots.ORANGE, label="by Fourier transforms")
ax.plot(widths, 2 * 200**2 * widths, ":", color=plots.GREEN, label="separable: $2 m^2 k$")
ax.set(xlabel="width $k$ of the kernel", ylabel="multiplications", yscale="log")
ax.legend(loc="lower right")
plots.show(figure, "Multiplications for a 200 x 200 picture: direct, by Fourier, by two passes")
first = widths[direct > waves][0]
print(f"the transforms are cheaper from width {first} on")
verify.claim("GBC 9.8", "faster for some sizes: not for 3 x 3, but for 31 x 31", 3 < first <= 31)
verify.claim("200 x 200", "over 50 times faster than direct", bool(direct[-1] > 50 * waves[-1]))

# %% [markdown]
# The transforms cost the same for small and large kernels, with one step: there $m + k - 1$ passes 256, and the next power
# of 2 is 512. Networks with 3 × 3 kernels do without them; for filters as large as the picture they win by far. The dotted
# line is the next section.
#
# ### Exercise 2 · the layer by waves
#
# What a layer computes is neither turned nor full: it is the cross-correlation of the windows inside. Write it for a row: its
# spectrum first, then by that the sums. Stuck? `hint(correlation_by_fourier)`.


# %% tags=["exercise:correlation_by_fourier"]
def correlation_by_fourier(x, w):
    """The cross-correlation s[i] = sum_v w[v] x[i + v] of windows inside x, by its spectrum.

    x (m,), w (k,), real, k <= m.  On a circle of m places, where the first follows the last, there
    are m windows: the spectrum is np.fft.fft of all their sums, and a product.  Returns its real
    parts (m,), its imaginary parts (m,), and s, transformed back from it, real (m - k + 1,).  By
    hand, with NumPy alone: np.fft is part of it.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:correlation_by_fourier"]
check(correlation_by_fourier)

# %% [markdown]
# ## Kernels that are products
#
# [Two passes](02_filters_as_convolutions.ipynb) do for a kernel that is a product $w_{uv} = d_u a_v$; GBC 9.8 calls it
# *separable*: $w$ weights in $d$ dimensions cost $w \cdot d$ instead of $w^d$. How do you see it in a table of numbers? A
# product has rank 1. And *any* kernel is a sum of products, $\sum_r \sigma_r \mathbf{u}_r \mathbf{v}_r^\top$; its *singular
# values* $\sigma_r$ (`np.linalg.svd`), the largest first, say how much of the kernel each of them carries. Stop early, and you
# have the best approximation with so many pairs of passes.
# **Choose a kernel, and add products.**


# %% tags=["live", "covers:separable-convolution"]
def by_rank(kernel, rank):
    """The best sum of `rank` products, and all singular values."""
    u, sigma, vt = np.linalg.svd(kernel)
    return (u[:, :rank] * sigma[:rank]) @ vt[:rank], sigma


v, u = np.meshgrid(np.arange(-5, 6), np.arange(-5, 6))
square = u**2 + v**2
gaussian, disk = np.exp(-square / 8), (square <= 26).astype(float)
kernels_11 = {"Gaussian": gaussian, "disk": disk, "diagonal line": np.eye(11)}
kernels_11["Laplacian of Gaussian"] = (square / 4 - 2) * np.exp(-square / 8)
live.convolution_variants.low_rank(by_rank, kernels_11)

# %% tags=["covers:separable-convolution"]
sobel, picture = np.outer([1, 2, 1], [-1, 0, 1]), rng.normal(size=(1, 1, 40, 40))
ranks = [np.linalg.matrix_rank(kernel) for kernel in (sobel, *kernels_11.values())]
verify.equation("GBC 9.8, Sobel and Gaussian have rank 1", ranks[:2], [1, 1])
verify.equation("a disk, a diagonal line, a Laplacian of Gaussian", ranks[2:], [4, 11, 2])
u, sigma, vt = np.linalg.svd(gaussian)
down, across = sigma[0] * u[:, :1], vt[:1]
one, _ = conv2d(picture, (gaussian[None, None], zero))
passes, _ = conv2d(picture, (across[None, None], zero))
passes, _ = conv2d(passes, (down[None, None], zero))
verify.equation("GBC 9.8, two passes are the kernel", passes, one)
work = [down.size + across.size, gaussian.size]
verify.equation("GBC 9.8, w = 11, d = 2: multiplications a pixel", work, [22, 121])
errors = [np.linalg.norm(disk - by_rank(disk, r)[0]) ** 2 for r in range(11)]
left_out = [(by_rank(disk, r)[1][r:] ** 2).sum() for r in range(11)]
verify.equation("the squared error: what was left out, squared", errors, left_out)

# %% [markdown]
# A rank of $r$ costs $2 k r$ multiplications: below $k/2$ terms it saves something. The diagonal line has 11 equal singular
# values, and every term counts as much as the others: separable means along *rows and columns*, and a diagonal is neither.
#
# ## Two filters that lose nothing
#
# One filter with stride 2 halves a signal of 128 numbers, and what is lost is lost. Strang VII.2 takes *two* filters,
# each followed by $(\downarrow 2)$: a low-pass $C_1$, averages of neighbors, and a high-pass $C_2$, differences. 64 and 64
# are 128 again: a *filter bank*. Stack both matrices; if the square one has an inverse, nothing is lost.

# %% tags=["covers:filter-bank"]
haar_pair = np.array([[[1.0, 1]], [[1, -1]]]) / np.sqrt(2)  # (o, c, k): two kernels, two weights


def bank(v, W=haar_pair):
    """Both filters, every second output: v (n, 1, m) -> (n, 2, m / 2)."""
    return conv1d(v, (W, np.zeros(2)), stride=2)


A = as_matrix(bank, (1, 128))
verify.equation("Strang VII.2, 64 + 64 rows, 128 columns", A.shape, (64 + 64, 128))
verify.equation("Strang VII.2, scaled by 1/sqrt 2 it is orthogonal", A @ A.T, np.eye(128))
signal = rng.normal(size=(1, 1, 128))
parts, _ = bank(signal)
verify.equation("perfect reconstruction", A.T @ parts.ravel(), signal.ravel(), tolerance=1e-12)
back, _ = convolution.conv_transpose1d(parts, (haar_pair, zero), stride=2)
verify.equation("... by a transposed convolution", back, signal, tolerance=1e-12)

# %% [markdown]
# Which other pairs will do? Try some on a circle of 16 numbers, where a window of four runs over the end and around. The second
# pair is by Daubechies.

# %% tags=["covers:filter-bank"]
root = np.sqrt(3)
low = np.array([1 + root, 3 + root, 3 - root, 1 - root]) / (4 * np.sqrt(2))
daubechies = np.stack([low, low[::-1] * [1, -1, 1, -1]])[:, None]
pairs = {"averages, differences": haar_pair}
pairs |= {"Daubechies, 4 weights": daubechies, "4 random weights": rng.normal(size=(2, 1, 4))}
pairs["averages, twice as large"] = np.array([[[1.0, 1]], [[2, 2]]])
stacked, ranks = {}, []
for name, W in pairs.items():
    circle = partial(np.pad, pad_width=((0, 0), (0, 0), (0, W.shape[2] - 2)), mode="wrap")
    stacked[name] = B = as_matrix(lambda v, W=W, circle=circle: bank(circle(v), W), (1, 16))
    ranks.append(np.linalg.matrix_rank(B))
    orthogonal = np.allclose(B @ B.T, np.eye(16))
    print(f"{name}: rank {ranks[-1]} of 16, {'' if orthogonal else 'not '}orthogonal")
verify.equation("three pairs lose nothing, one loses half", ranks, [16, 16, 16, 8])
verify.equation("Daubechies differences of 1, 2, 3, 4", daubechies[1, 0] @ [1, 2, 3, 4], 0)

# %% tags=["covers:filter-bank"]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.7))
for ax, (name, B) in zip(axes, stacked.items(), strict=True):
    ax.imshow(B, cmap=plots.SIGNED, vmin=-1.2, vmax=1.2)
    ax.set_title(name.replace(", ", ",\n"), fontsize=10)
    ax.set(xlabel="input", ylabel="output", xticks=[0, 8, 15], yticks=[0, 8, 15])
plots.show(figure, "Four filter banks as matrices: the first filter above, the second below")

# %% [markdown]
# The rows of the first filter stand above, those of the second below. Two filters that say the same lose half. Two random ones lose nothing, but to
# undo them takes an inverse; an orthogonal bank is undone by its transpose, that is, by the same kernels once more. Daubechies'
# four weights are orthogonal, too, and their differences are 0 for a ramp, not only for a constant.
#
# ## Wavelets
#
# Averages are a signal like the first, half as long. So filter *them* again, and again: after three times, $128 = 64 + 32 +
# 16 + 16$, Strang VII.2. With averages and differences that is the *Haar* transform.


# %% tags=["covers:haar-wavelet"]
def haar(v, levels):
    """Differences of each level, finest first, and the last averages: v (n, 1, m)."""
    pieces = []
    for _ in range(levels):
        both, _ = bank(v)
        pieces.append(both[:, 1:])
        v = both[:, :1]
    return [*pieces, v]


# %% tags=["covers:haar-wavelet"]
at = np.arange(128)
signal = np.where(at < 75, np.sin(at / 10), 0.6) + 0.1 * np.sin(2.4 * at) * (at > 90)
pieces = haar(signal[None, None], 3)
verify.equation("Strang VII.2, the lengths", [piece.shape[2] for piece in pieces], [64, 32, 16, 16])
H = as_matrix(lambda v: (np.concatenate(haar(v, 3), axis=2), None), (1, 128))
verify.equation("orthogonal", H @ H.T, np.eye(128))
coefficients = np.concatenate(pieces, axis=2).ravel()
verify.equation("perfect reconstruction", H.T @ coefficients, signal, tolerance=1e-12)
verify.equation("nothing of the energy is lost", (coefficients**2).sum(), (signal**2).sum())

# %% tags=["covers:haar-wavelet"]
figure, axes = plt.subplots(5, 1, figsize=(7.5, 5.2), sharex=True)
axes[0].plot(at, signal, color=plots.INK)
names = ["64 differences", "32 differences", "16 differences", "16 averages"]
axes[0].set(ylabel="signal", xlabel="place")
for ax, piece, name, color in zip(axes[1:], pieces, names, plots.PALETTE, strict=False):
    step = 128 // piece.shape[2]
    ax.vlines(step * np.arange(piece.shape[2]) + step / 2, 0, piece[0, 0], color=color, linewidth=2)
    ax.axhline(0, color=plots.INK, linewidth=0.7)
    ax.set(xlabel="place")
    ax.set_ylabel(name.replace(" ", "\n"), rotation=0, ha="right", va="center", labelpad=18)
for ax in axes[:-1]:
    ax.set_xlabel("place", visible=False)
plots.show(figure, "A signal with a jump and a fine ripple; its Haar differences and averages")

# %% [markdown]
# The ripple is in the finest differences, and says *where* it is; a Fourier transform would tell the frequency alone. The jump
# shows in several levels, at one place. Where the signal is flat all differences are 0, and need not be stored.
#
# How clean is the split into high and low? Send in waves of every frequency $\omega$, and see how strong each piece
# answers. Ideal filters would cut at $\pi/2$, $\pi/4$, $\pi/8$; matrices of finite width cannot.

# %% tags=["covers:haar-wavelet"]
omega = np.linspace(0, np.pi, 400)
figure, ax = plt.subplots(figsize=(7, 3.4))
share = {}
for first, name, style in zip([0, 64, 96, 112], names, ["-", "--", "-.", ":"], strict=True):
    strength = np.abs(np.exp(1j * omega[:, None] * at) @ H[first])
    share[name] = (strength[omega <= np.pi / 8] ** 2).sum() / (strength**2).sum()
    ax.plot(omega, strength, style, label=name)
ax.set(xlabel="frequency $\\omega$", ylabel="strength of the answer")
ax.set_xticks(np.pi * np.array([0, 1, 2, 4, 8]) / 8, ["0", "π/8", "π/4", "π/2", "π"])
ax.legend()
plots.show(figure, "Frequency responses of the four pieces of a Haar transform: overlapping hills")
verify.claim("Strang VII.2", "most of the averages is below pi/8", bool(share["16 averages"] > 0.7))
verify.claim("Strang VII.2", "no perfect cutoff", bool(share["16 averages"] < 0.95))

# %% [markdown]
# Four hills side by side, and each leaks into its neighbors.
#
# ### Exercise 3 · and back
#
# Undo the transform without a matrix, from the coarsest level to the finest. Stuck? `hint(haar_inverse)`.


# %% tags=["exercise:haar_inverse"]
def haar_inverse(c, levels):
    """The signal (m,) from its Haar transform c (m,), m a multiple of 2 ** levels.

    c holds the last averages, then the differences of each level, the coarsest first: for 128 and 3
    levels 16 + 16 + 32 + 64 numbers.  A level made of the neighbors p = v[2 i], q = v[2 i + 1] the
    average (p + q) / sqrt 2 and the difference (p - q) / sqrt 2.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:haar_inverse"]
check(haar_inverse)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch has groups and all three dimensions (above). It has no locally connected and no tiled layer: `F.unfold` gives the
# windows, and one product does the rest, with gradients. A wavelet step is a convolution with stride 2.

# %%
x, full = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 4, 6, 3, 3, 2))


def by_unfold(x, W, b):
    windows = F.unfold(x, W.shape[4:]).reshape(len(x), *W.shape[3:], *W.shape[1:3])
    return torch.einsum("ncuvpq,opqcuv->nopq", windows, W) + b


verify.against_torch(locally_connected2d, by_unfold, x, full, rng.normal(size=(4, 4, 6)), rng=rng)


def tiled(x, W, b):
    tile = torch.arange(4)[:, None] % 2, torch.arange(6) % 2
    return by_unfold(x, W[:, *tile], b[:, *tile])


tiles = full[:, :2, :2]
verify.against_torch(tiled_conv2d, tiled, x, tiles, rng.normal(size=(4, 2, 2)), rng=rng)
theirs = F.conv1d(torch.tensor(signal)[None, None], torch.tensor(haar_pair), stride=2)
verify.equation("PyTorch, one level of Haar", bank(signal[None, None])[0], theirs.numpy())

# %% [markdown] tags=["question:ch05.convolution_variants.sharing"]
# ### In your own words
#
# Three colleagues choose a layer. The first reads license plates, always cut out and straightened in the same way. The second
# looks for whales in recordings of the sea. The third wants to blur photographs with a kernel of 101 × 101 that is a round disk.
# For each: convolution, tiled, or locally connected? Kernels for one axis or two? Computed directly, by Fourier transforms, or by a
# few separable passes? Give a reason for each choice, and say what would change your mind.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Convolution, tiled and locally connected layers connect the same units. They differ in how many kernels there are: 1, $t^2$, or
#   one for each place.
# - Groups cut the channels apart: the weights divided by the groups, and a Jacobian of blocks.
# - One function convolves along any number of axes. Used again and again with the same kernels it carries labels across a picture.
# - A product of Fourier transforms is a convolution on a circle; on a line it takes room for $m + k - 1$ numbers.
# - The rank of a kernel is the number of pairs of passes that it needs.
# - Averages and differences, each at every second place, lose nothing. Repeated on the averages, they are a wavelet transform.
#
# ## Where the books differ
#
# - GBC (9.9) writes a lower-case $w$ for the six-index tensor that the text calls $\mathbf{W}$; they are the same.
# - GBC 9.5 lets the memory of tiled convolution grow by the size of the set of kernels; with its $t$ in each direction that set
#   has $t^2$ kernels (checked above).
# - GBC 9.8 calls the product of Fourier transforms equivalent to convolution. Without zeros up to $m + k - 1$ it is the circular
#   one (checked above).
# - Strang speaks of averages and differences; orthogonal are sums and differences over $\sqrt2$, a factor of $\sqrt2$ more than an
#   average (checked above).
#
# **Next:** [Seeing what CNNs learn](10_seeing_what_cnns_learn.ipynb) opens a trained network and looks at its kernels.
