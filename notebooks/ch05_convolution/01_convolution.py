# %% [markdown]
# # Convolution
#
# One small set of weights that slides over an image: nine numbers do the work of millions.
#
# **After this notebook you can**
#
# - compute a convolution and a cross-correlation by hand, and say which of the two a library gives you;
# - count the parameters and the multiplications of a layer, and say what locality and sharing save;
# - write any convolution as a matrix, and say when it is Toeplitz and when circulant.
#
# 40 minutes, and 25 for the exercises · before this: [The multilayer perceptron](../ch03_backpropagation/02_multilayer_perceptron.ipynb)
#
# DLNN 6.1–6.5, 6.9 · GBC 9.1, 9.2, 9.5 · Strang VII.2 · EE147 CNN Layers · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $h$ (DLNN), $I$ (GBC), $v$ (Strang), $g$ (EE147) | `x` | what is convolved: the input, an image |
# | $k$ (DLNN), $K$ (GBC), $f$ (EE147) | `w` | the kernel or filter: the weights that slide |
# | $S$ (GBC), $\mathbf{s}$ (DLNN), $y$ (Strang) | `s` | the output: a feature map |
# | $x_{a,b,c}$ (DLNN), channels last | `x[n, c, a, b]` | images here and in PyTorch: sample, channel, row, column |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, live, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## Weights that slide
#
# A ship reports its position $x(t)$ every minute, with noise. To smooth it, average the last few reports, each with a
# weight for its age. At minute $t$ the report of minute $a$ is $t - a$ minutes old: $s(t) = \sum_a x(a)\, w(t - a)$, GBC
# (9.3), DLNN (6.1). This is the *convolution* of $x$ and $w$. Reports from the future have no weight, $w = 0$ for negative
# ages, so that you can compute it on board.


# %% tags=["covers:convolution-1d"]
def convolve(x, w):
    """s(t) = sum over a of x(a) w(t - a), where a term is left: (m,), (k,) -> (m + k - 1,)."""
    s = np.zeros(len(x) + len(w) - 1)
    for t in range(len(s)):
        for a in range(len(x)):
            if 0 <= t - a < len(w):
                s[t] += x[a] * w[t - a]
    return s


rng = np.random.default_rng(0)
x, w, box = rng.normal(size=9), rng.normal(size=4), np.ones(5)
verify.equation("GBC (9.3), the loops are np.convolve", convolve(x, w), np.convolve(x, w))
verify.equation("GBC 9.1, x * w = w * x", convolve(x, w), convolve(w, x))
verify.equation("box * box is a triangle", convolve(box, box), [1, 2, 3, 4, 5, 4, 3, 2, 1])

# %% [markdown]
# Make the steps of the box finer, down to 0, and the sum becomes the integral GBC (9.1),
# $s(t) = \int x(a)\, w(t - a)\, da$. The triangle stays: a box of width 1 convolved with itself is $1 - |t|$. Here is the
# ship, smoothed over 8 minutes and over 30.

# %% tags=["covers:convolution-1d"]
minutes = np.arange(120)
course = np.where(minutes < 60, 0.1 * minutes, 6)
track = course + rng.normal(scale=0.6, size=120)
figure, ax = plt.subplots()
ax.plot(minutes, track, ".", color=plots.INK, label="reports")
ax.plot(minutes, course, color=plots.INK, linewidth=1, label="where it is")
for age, color, style in [(8, plots.ORANGE, "--"), (30, plots.BLUE, "-")]:
    smooth = np.convolve(track, np.full(age, 1 / age), mode="valid")  # whole windows only
    ax.plot(minutes[age - 1 :], smooth, style, color=color, label=f"mean of the last {age}")
ax.set(xlabel="minutes", ylabel="position in km")
ax.legend()
plots.show(figure, "A noisy track of a ship, and its moving averages over 8 and over 30 minutes")

# %% [markdown]
# The more reports, the smoother the line, and the later it knows. The lag has a formula. The weights of an average add up
# to 1; on a straight course it is behind by the mean age of its reports, $\sum_\tau \tau\,w(\tau)$ with ages $\tau$.

# %% tags=["covers:convolution-1d"]
w, step = np.full(30, 1 / 30), 0.01
unit, t = np.ones(100), step * np.arange(-99, 100)
verify.equation("GBC (9.1), box * box in steps of 0.01", step * np.convolve(unit, unit), 1 - abs(t))
verify.equation("GBC 9.1, weights of sum 1 keep constants", np.convolve(np.ones(90), w, "valid"), 1)
late = 0.1 * minutes[29:] - np.convolve(0.1 * minutes, w, "valid")
verify.equation("the lag is speed times mean age", late, 0.1 * np.arange(30) @ w)

# %% [markdown]
# ## Two axes
#
# On an image the weights are a small field, the *kernel*, and it slides along both axes. At each place multiply every
# weight with the pixel below it and add up: $s_{pq} = b + \sum_{u,v} w_{uv}\, x_{p+u,\,q+v}$, DLNN (6.4), GBC (9.6), with a
# bias $b$. (DLNN writes $a, b, i, j$ for $p, q, u, v$.) This is the *cross-correlation*: kernel and image are counted in the
# same direction; in the sum above they ran against each other. Deep learning calls it convolution all the same. To
# compare, the figure can also turn the kernel by half a turn first: that gives the convolution DLNN (6.2).
#
# **Move the window.** With padding 0 it stays inside the image (NumPy and SciPy call that *valid*), with padding 1 a frame
# of zeros lies around.

# %% tags=["live", "covers:convolution-2d", "covers:cross-correlation"]
image = np.array(
    [[1, 0, 2, 0, 1], [0, 3, 1, 0, 2], [2, 1, 0, 1, 0], [0, 2, 1, 3, 0], [1, 0, 0, 1, 2]]
)
kernel = np.array([[1, 2, 0], [0, 1, -1], [-1, 0, 2]])
live.one_pixel.forward(convolution.conv2d, image, kernel, 1)

# %% [markdown]
# Nine outputs, and all of them come from the same nine weights. A kernel with a single 1 in it moves the image; every
# kernel is a weighted sum of such moves. Keep that in mind for the matrices below.
#
# ### Exercise 1 · by hand
#
# Write it in NumPy alone. Stuck? `hint(cross_correlation_2d)`, in a cell of your own, helps.


# %% tags=["exercise:cross_correlation_2d"]
def cross_correlation_2d(x, w):
    """s[p, q] = sum over u, v of w[u, v] x[p + u, q + v], for all windows inside x.  NumPy alone.

    x (height, width), an image;  w (k, m), a kernel, at most as large.
    Returns (height - k + 1, width - m + 1).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:cross_correlation_2d"]
check(cross_correlation_2d)

# %% [markdown]
# Once it passes, let it find something. The kernel of this cell answers most strongly where a pixel is brighter than the
# one above it.

# %%
step = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
print(use(cross_correlation_2d)(np.repeat([0, 0, 0, 5, 5, 5], 6).reshape(6, 6), step).astype(int))

# %% [markdown]
# ## Turned or not
#
# In $w(t - a)$ the kernel runs against the input: it is turned around. In return, input and kernel may change places; a
# network has no use for that, so it leaves the turn out. EE147's pair of vectors shows both.

# %% tags=["covers:cross-correlation"]
import torch
import torch.nn.functional as F

f, x = np.array([1, 2, 3]), np.array([4, 0, -1, 2, 5])
for name, weights in {"cross-correlation": f, "convolution": f[::-1]}.items():
    sums = [
        " + ".join(f"{a}·{b}" for a, b in zip(weights, x[t : t + 3], strict=True)) for t in range(3)
    ]
    print(f"{name:18}", " | ".join(sums))
correlation, convolved = np.correlate(x, f), np.convolve(x, f, "valid")
verify.equation("EE147, cross-correlation", correlation, [1, 4, 18])
verify.equation("EE147, convolution", convolved, [11, 0, 6])
verify.equation("convolution = correlation with f turned", np.correlate(x, f[::-1]), convolved)
ours = F.conv1d(torch.tensor(x)[None, None], torch.tensor(f)[None, None])[0, 0]
verify.equation("PyTorch's conv1d is the cross-correlation", ours.numpy(), correlation)

# %% [markdown]
# Swap the two vectors. The convolution stays the same; the correlation comes out backward. Strang VII.2 writes his
# windows as dot products and calls them "exactly the convolution": they are the cross-correlation (1, 4, 18) above,
# unless the kernel is symmetric.

# %% tags=["covers:cross-correlation"]
there, back = np.correlate(x, f, "full"), np.correlate(f, x, "full")
verify.equation(
    "GBC 9.1, swapped, the convolution is the same", np.convolve(f, x), np.convolve(x, f)
)
verify.equation("EE147, swapped, the correlation is reversed", back, there[::-1])
verify.claim("EE147", "swapped, the correlation is another one", not np.array_equal(back, there))
verify.claim(
    "Strang VII.2", "window products are no convolution", not (correlation == convolved).all()
)
smooth = np.array([1, 2, 1])
verify.equation(
    "a symmetric kernel, both are the same",
    np.correlate(x, smooth),
    np.convolve(x, smooth, "valid"),
)

# %% [markdown]
# In two axes, the same: GBC (9.4) and (9.5) are the two orders of the index, and SciPy has both operations. Half a turn is
# a mirror along *each* axis.

# %% tags=["covers:convolution-2d"]
from scipy import signal


def convolve2d(x, w):
    """s(i, j) = sum over m, n of x(m, n) w(i - m, j - n), by pushing w around: GBC (9.4)."""
    s = np.zeros((len(x) + len(w) - 1, x.shape[1] + w.shape[1] - 1))
    for m, n in np.ndindex(x.shape):
        s[m : m + len(w), n : n + w.shape[1]] += x[m, n] * w
    return s


s, turned = convolve2d(image, kernel), kernel[::-1, ::-1]
verify.equation("GBC (9.4), SciPy's convolve2d", s, signal.convolve2d(image, kernel))
verify.equation("GBC (9.5), both index orders", convolve2d(kernel, image), s)
inside = signal.correlate2d(image, kernel, "valid")
verify.equation("DLNN (6.2)-(6.3), turn", inside, signal.convolve2d(image, turned, "valid"))
verify.equation("DLNN Fig 6.2, 3x3 on 5x5: outputs, weights", [inside.size, kernel.size], [9, 9])
verify.equation("DLNN (6.5), the size", inside.shape, [5 - 3 + 1, 5 - 3 + 1])

# %% [markdown]
# Does it matter for learning? A network that learns $w$ in one convention learns the turned $w$ in the other, and
# computes the same function. It matters when you carry kernels from one program to another.
#
# ## Channels and filters
#
# A color image has three *channels*. The kernel is then as deep as the image, and the sum runs over the channels, too:
# $s_{pq} = \sum_{c,u,v} w_{uvc}\, x_{p+u,\,q+v,\,c}$, DLNN (6.6), GBC (9.7). Nothing slides along $c$: one kernel gives
# one flat map. DLNN keeps the channels last, PyTorch and this book put them first, and that is all of the difference.

# %% tags=["covers:multi-channel-convolution"]
x, w = rng.normal(size=(3, 6, 7)), rng.normal(size=(3, 3, 3))
s = convolution.conv2d(x[None], (w[None], np.zeros(1)))[0][0, 0]
flat = sum(signal.correlate2d(x[c], w[c], "valid") for c in range(3))
verify.equation("DLNN (6.6), the channels are added up", s, flat)
verify.equation("DLNN (6.6), no channel axis is left", s.shape, [4, 5])
last, w_last = np.moveaxis(x, 0, -1), np.moveaxis(w, 0, -1)  # x[a, b, c], as DLNN has it
by_index = (last[1:4, 2:5] * w_last).sum()
verify.equation("DLNN (6.6), s at p = 1, q = 2", by_index, s[1, 2])

# %% [markdown]
# Take several kernels, or *filters*, and stack their maps: they are the channels of the next layer. The weights are an
# array `W[out, in, row, column]`, with one bias for each filter. Here are three filters and what each of them finds.

# %% tags=["covers:multi-filter-layer"]
F28 = np.zeros((28, 28))
F28[6:22, 9:12] = F28[6:9, 9:20] = F28[13:16, 9:17] = 1
blur, across = np.full((3, 3), 1 / 9), np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
filters = {"blur": blur, "left edges": across / 4, "upper edges": across.T / 4}
W = np.stack([*filters.values()])[:, None]
maps, _ = convolution.conv2d(F28[None, None], (W, np.zeros(3)))
figure, axes = plt.subplots(2, 3, figsize=(6.4, 4.2), height_ratios=[1, 2.4])
for (small, large), name, w, s in zip(axes.T, filters, W[:, 0], maps[0], strict=True):
    for ax, picture, reach in [(small, w, 0.5), (large, s, 1)]:
        ax.imshow(picture, cmap=plots.SIGNED, vmin=-reach, vmax=reach)
        ax.set(xticks=[], yticks=[], xlabel="column", ylabel="row")
        ax.spines[:].set_visible(True)
    small.set_title(name)
plots.show(figure, "Three filters, and the feature maps that they make of the letter F")

# %% [markdown]
# Three filters, three maps; orange is above zero, blue below. Each map is that filter's answer to one question, asked at
# every place. The two edge filters also see where an edge goes the other way: they answer with a minus.

# %% tags=["covers:multi-filter-layer"]
x, W, b = rng.normal(size=(1, 2, 5, 5)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)
s, _ = convolution.conv2d(x, (W, b))
alone = [convolution.conv2d(x, (W[[o]], b[[o]]))[0][0, 0] for o in range(3)]
verify.equation("DLNN Fig 6.7, each filter alone, stacked", s[0], np.stack(alone))
verify.equation("EE147, (f f d + 1) k parameters", W.size + b.size, (3 * 3 * 2 + 1) * 3)
as_large, _ = convolution.conv2d(x, (rng.normal(size=(4, 2, 5, 5)), np.zeros(4)))
verify.equation("EE147, a filter as large as the image fits once", as_large.shape, [1, 4, 1, 1])

# %% [markdown]
# With channels, the order of two convolutions matters. They can commute *only* if each puts out as many channels as it
# takes in (GBC 9.5); that is necessary, and not enough. A 1x1 convolution multiplies the channels of every pixel with a
# matrix, and square matrices do not commute, either.

# %% tags=["covers:multi-channel-convolution"]
A, B, x = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(1, 3, 4, 4))


def one_by_one(x, A):
    return convolution.conv2d(x, (A[:, :, None, None], np.zeros(3)))[0]


AB, BA = one_by_one(one_by_one(x, B), A), one_by_one(one_by_one(x, A), B)
verify.equation("1x1, first B, then A is A B", AB, one_by_one(x, A @ B))
verify.claim("GBC 9.5, not enough", "3 channels in and out, AB is not BA", not np.allclose(AB, BA))
L, depth, E = 16, 512, 3  # layers, channels of each, side of the kernels
mixing, alone = L * depth**2 * E**2, L * depth * E**2
print(f"{L} layers of {depth} channels: {mixing:,} weights; one kernel per channel: {alone:,}")
verify.equation("Strang (8), the two differ by B", mixing / alone, depth)

# %% [markdown]
# The last lines correct Strang VII.2 (8): $L$ layers of $B$ channels with $E \times E$ kernels have $L B^2 E^2$ weights,
# because every output channel sees every input channel. The printed $L B E^2$ is a layer in which each channel keeps to
# itself.
#
# ## How `conv2d` does it
#
# Loops over pixels are slow. Copy every window into a column instead, and all outputs of all filters are *one* matrix
# product. This trick is called *im2col*. On GBC's example, a 3x4 image of letters, Fig 9.1:


# %% tags=["covers:convolution-2d"]
def im2col(x, u, v):
    """Every window of x (c, h, w) as a column: (c u v, windows)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (u, v), axis=(1, 2))  # (c, p, q, u, v)
    return windows.transpose(0, 3, 4, 1, 2).reshape(len(x) * u * v, -1)


letters = np.array(list("abcdefghijkl")).reshape(1, 3, 4)
for weight, row in zip("wxyz", im2col(letters, 2, 2), strict=True):
    print(f"weight {weight} meets", *row)

# %% [markdown]
# Read down the first column: the first output is $aw + bx + ey + fz$, as the book has it. The price is memory: every
# inner pixel is copied once for each weight. `conv2d`, which builds the networks of this book, is this product. So is its
# way back: `delta`, $\partial R/\partial s$, is what the layers above tell each output (chapter 3), and every weight gets
# the sum, over all places, of `delta` times the pixel that it met.

# %% tags=["covers:convolution-2d"]
x, W, b = rng.normal(size=(1, 2, 6, 7)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=3)
s, back = convolution.conv2d(x, (W, b))
columns = im2col(x[0], 3, 2)
product = W.reshape(3, -1) @ columns + b[:, None]
verify.equation("im2col, the product is conv2d", product.reshape(s[0].shape), s[0])
delta = rng.normal(size=s.shape)
_, (dW, _) = back(delta)
lines = delta[0].reshape(3, -1) @ columns.T
verify.equation("im2col, delta times the columns is dR/dW", lines.reshape(W.shape), dW)

# %% [markdown]
# ## Who listens to whom
#
# An output sees only the pixels of its window, its *local receptive field*. Draw a dot where an output (row) depends on
# an input (column): a dense layer is all dots, a convolution has few, and the same number in every row. The 60 inputs are
# 2 channels of 5 x 6, hence two stripes; each has three bands, for the three rows of the kernel.

# %% tags=["covers:local-receptive-fields"]
from functools import partial

W, zero = rng.normal(size=(1, 2, 3, 3)), np.zeros(1)
conv = convolution.as_matrix(partial(convolution.conv2d, params=(W, zero)), (2, 5, 6))
figure, axes = plt.subplots(2, 1, figsize=(8, 4.6))
for ax, A, name in [(axes[0], np.ones(conv.shape), "dense"), (axes[1], conv, "convolution")]:
    ax.spy(A, markersize=5, marker=".", color=plots.BLUE)
    ax.set(title=f"{name}: {np.count_nonzero(A)} products", xlabel="input", ylabel="output")
    ax.set(yticks=[0, 5, 10])
    ax.tick_params(top=False, labeltop=False, bottom=True, labelbottom=True)
plots.show(
    figure, "Which of 60 inputs each of 12 outputs depends on, in a dense layer and a convolution"
)
verify.equation("EE147, f f d products for an output", np.count_nonzero(conv, axis=1), 3 * 3 * 2)

# %% [markdown]
# ### Exercise 2 · the bill
#
# Parameters and products of a layer whose windows all lie inside the image. A product is a dot of the picture; parameters
# are what the arrays `W` and `b` hold. Which of the two numbers depends on the size of the image?


# %% tags=["exercise:convolution_costs"]
def convolution_costs(h, w, c, k, f):
    """Parameters and multiplications of a layer: k filters f x f on an image of c channels, h x w.

    Every filter sees all channels, has one bias, and moves on by one pixel; no padding.
    Returns (parameters, multiplications), two integers.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:convolution_costs"]
check(convolution_costs)

# %% [markdown]
# On a real layer the savings are large. EE147 takes a color image of 32x32 to four maps of 29x29 with 4x4 filters. Here
# `architectures.table` counts the layer, and a dense one from as many inputs to as many outputs.

# %% tags=["covers:local-receptive-fields"]
from dlnotes.architectures import Conv, Dense, table

_, local = table([Conv(4, 4)], (3, 32, 32))
_, full = table([Dense(local.activations)], (3, 32, 32))
print("the maps:", local.shape)
for kind, row in {"dense": full, "local": local}.items():
    print(f"{kind}: {row.multiply_adds:,} multiplications, {row.parameters:,} parameters")
verify.equation("EE147's layer as a dense one, products", full.multiply_adds, 10_334_208)
verify.equation("EE147's layer, products", local.multiply_adds, 161_472)

# %% [markdown]
# Locality alone saves products. *Sharing* saves parameters: one filter for all places. Count them for any side of the
# image.


# %% tags=["covers:conv-dense-parameter-count"]
def dense(inputs, units):
    """Parameters of a dense layer, with a bias for each unit."""
    return (inputs + 1) * units


four, twenty = ([np.zeros((k, c, f, f)), np.zeros(k)] for k, c, f in [(4, 3, 4), (20, 1, 5)])
print("side of a color image   500 dense units   four 4x4 filters")
for side in (32, 64, 128, 250):
    print(f"{side:21} {dense(3 * side**2, 500):17,} {sum(part.size for part in four):18,}")
verify.equation("EE147, dense 500 on 32x32x3", dense(32 * 32 * 3, 500), 1_536_500)
verify.equation("EE147, four filters 4x4x3", sum(part.size for part in four), 196)
verify.equation("DLNN 6.9, 20 kernels 5x5+1", sum(part.size for part in twenty), 520)
verify.equation("DLNN 6.9, dense 784 -> 30", dense(784, 30), 23_550)

# %% [markdown]
# A photograph of 250x250x3 has 187,500 inputs (DLNN 6.1). A thousand dense units on it have 187.5 million weights, and *one*
# unit on 200x200x3 has 120,000 (EE147).


# %% tags=["covers:conv-dense-parameter-count"]
def dense_weights(units, side):
    """Weights of a dense layer on a color image, as `table` counts them."""
    return table([Dense(units)], (3, side, side))[1].multiply_adds


verify.equation("DLNN 6.1, weights of a unit, one for each input", dense_weights(1, 250), 187_500)
verify.equation("DLNN 6.1, weights of 1000 units", dense_weights(1000, 250), 187.5e6)
sides = [dense_weights(1, side) for side in (32, 200)]
verify.equation("EE147, weights of one neuron", sides, [3072, 120_000])

# %% [markdown]
# ## The same weights everywhere
#
# Who shares weights asks the same question at all places. Then a feature that moves should be found where it moved to:
# $f(g(x)) = g(f(x))$ for the convolution $f$ and a shift $g$, GBC 9.2. This is *equivariance*.
#
# Try both orders. What leaves the image on one side enters on the other. Around the image the filter sees zeros, or what
# enters (*periodic*), or the pixels at the edge in reverse order (*reflection*).


# %% tags=["live", "covers:weight-sharing-equivariance"]
def respond(x, padding):
    """The map of a filter for left edges, as large as x (h, w), behind a padding of 1."""
    padded, _ = convolution.pad(x[None, None], width=1, mode=padding)
    return convolution.conv2d(padded, (across[None, None], np.zeros(1)))[0][0, 0]


live.equivariance.orders(respond, F28)

# %% [markdown]
# Whatever pads the image with something that does not move along breaks the rule, along the edges and nowhere else. With
# periodic padding, nothing breaks. And the rule holds for shifts alone: turn the letter, and the filter for left edges
# does not turn. (The last two lines below are about a slip in GBC 9.2: see *Where the books differ*.)

# %% tags=["covers:weight-sharing-equivariance"]
x = rng.normal(size=(28, 28))
shifted = np.roll(x, (2, 3), axis=(0, 1))
for padding in ("periodic", "zero"):
    first, after = respond(shifted, padding), np.roll(respond(x, padding), (2, 3), axis=(0, 1))
    verify.equation(f"GBC 9.2, {padding}, the interior", first[3:-1, 4:-1], after[3:-1, 4:-1])
    differ = int((abs(first - after) > 1e-10).sum())
    said = "agree at the edges, too" if padding == "periodic" else "differ at the edges"
    verify.claim(
        "GBC 9.2", f"{padding}: the two orders {said}", (differ == 0) == (padding == "periodic")
    )
moved = np.roll(respond(x, "periodic"), (2, 3), axis=(0, 1))
again = respond(shifted, "periodic"), np.roll(respond(shifted, "periodic"), (2, 3), axis=(0, 1))
verify.equation("GBC 9.2, convolution to I, then g", again[0], moved)
verify.claim("GBC 9.2", "convolution to I', then g, is another map", not np.allclose(*again))

# %% [markdown]
# Sharing has a price on the way back: a shared weight hears from all places, and its gradient is the *sum* of what they
# say. To see it, give every place a copy of its own (a *locally connected* layer) and add up the gradients of the copies.

# %% tags=["covers:weight-sharing-equivariance"]
x, W = rng.normal(size=(1, 2, 6, 5)), rng.normal(size=(3, 2, 3, 3))
s, back = convolution.conv2d(x, (W, np.zeros(3)))
copies = np.broadcast_to(W[:, None, None], (3, 4, 3, 2, 3, 3))
same, back_copies = convolution.locally_connected2d(x, (copies, np.zeros((3, 4, 3))))
verify.equation("GBC (9.9), with copies nothing changes forward", same, s)
delta = rng.normal(size=s.shape)
dW, d_copies = back(delta)[1][0], back_copies(delta)[1][0]
verify.equation("GBC Fig 9.5, the copies' gradients add up", d_copies.sum(axis=(1, 2)), dW)

# %% [markdown]
# ## A sum of shifts
#
# A convolution is linear, so it is a matrix. Strang builds it from the moves that you met above. $L$, $C$, and $R$ pick
# from $N + 2$ inputs $v$ the $N$ that lie one to the left, in the center, and one to the right; then
# $A = x_1 L + x_0 C + x_{-1} R$. (His weights are called $x$.)

# %% tags=["covers:shift-matrix-convolution"]
N = 4
L, C, R = (np.eye(N, N + 2, k=k) for k in (0, 1, 2))
weights, v = np.array([2.0, 5.0, -1.0]), rng.normal(size=N + 2)  # x_1, x_0, x_-1
A = weights[0] * L + weights[1] * C + weights[2] * R
print(A.astype(int))
verify.equation("Strang VII.2, L v, C v, R v", [L @ v, C @ v, R @ v], [v[:-2], v[1:-1], v[2:]])
verify.equation("Strang VII.2, A v is np.correlate", A @ v, np.correlate(v, weights))
verify.equation(
    "Strang VII.2, and a turned convolution", A @ v, np.convolve(v, weights[::-1], "valid")
)
every_second = np.array([[2, 5, -1, 0, 0, 0], [0, 0, 2, 5, -1, 0]])
verify.equation("Strang (6), stride 2 takes every second row of A", A[::2], every_second)

# %% [markdown]
# Stride 2 moves by two, so its rows begin with $x_1$ like those of $A$.
#
# ## Toeplitz
#
# The same weight all along each diagonal: such a matrix is called *Toeplitz*. Three numbers fill it. If the kernel of $k$
# weights may hang over both ends (*full*), the matrix has $m + k - 1$ rows for $m$ inputs.

# %% tags=["covers:toeplitz-convolution"]
from scipy.linalg import toeplitz

for name, padding in {"valid": 0, "full": 2}.items():
    layer = partial(convolution.conv1d, params=(weights[None, None], np.zeros(1)), padding=padding)
    A = convolution.as_matrix(layer, (1, 6))
    verify.equation(f"{name}, constant diagonals", A, toeplitz(A[:, 0], A[0]))
    verify.equation(f"{name}, the numbers in it", np.unique(A), [-1, 0, 2, 5])
    mode = np.correlate(v, weights, name)
    verify.equation(f"GBC 9.1, {name}, times v", A @ v, mode)
verify.equation("GBC 9.1, full mode has (m + k - 1) x m entries", A.shape, [6 + 3 - 1, 6])

# %% [markdown]
# ## Nine shifts
#
# On an image, shift rows *and* columns: L, C, R across and U, C, D down make nine moves, one for each weight. With the
# pixels in one long vector, row after row, a move is `np.kron(A, B)`, where $A$ moves the rows and $B$ the columns: it puts
# $B$, times $A_{ij}$, in the place of each entry $A_{ij}$. The sum of nine moves is $N^2 \times (N+2)^2$.

# %% tags=["covers:block-toeplitz-convolution"]
N = 3
shifts = [np.eye(N, N + 2, k=k) for k in (0, 1, 2)]
A = sum(kernel[u, v] * np.kron(shifts[u], shifts[v]) for u in range(3) for v in range(3))
v = rng.normal(size=(N + 2, N + 2))
verify.equation("Strang VII.2, 9 x 25 for N = 3", A.shape, [9, 25])
flat = signal.correlate2d(v, kernel, "valid").ravel()
verify.equation("Strang VII.2, correlate2d with the weights as printed", A @ v.ravel(), flat)
nine = sum(np.kron(down, right) for down in shifts for right in shifts)
verify.equation("Strang VII.2, nine entries in a row", nine.sum(axis=1), 9)

# %% tags=["covers:block-toeplitz-convolution"]
figure, ax = plt.subplots(figsize=(7.2, 3.2))
words = np.where(nine, np.char.mod("%g", A), "")
plots.numbers(A, ax=ax, words=words)
for edge in range(1, 5):
    ax.axvline(5 * edge - 0.5, color=plots.PURPLE)
for edge in (1, 2):
    ax.axhline(3 * edge - 0.5, color=plots.PURPLE)
ax.set(xlabel="pixel of the 5x5 image", ylabel="output of 3x3", yticks=[0, 3, 6])
plots.show(figure, "The 9 x 25 matrix of a 3x3 kernel: blocks of 3 x 5 along block diagonals")

# %% tags=["covers:block-toeplitz-convolution"]
blocks = A.reshape(3, 3, 5, 5).swapaxes(1, 2)  # block row, block column, 3, 5
verify.equation("blocks repeat along block diagonals", blocks[0, 0:3], blocks[1, 1:4])
verify.equation("Strang VII.2, a block is N x (N + 2)", blocks.shape[2:], [3, 5])
verify.equation("and outside E = 3 block diagonals it is 0", blocks[0, 3:], 0)

# %% [markdown]
# A printed 0 is a weight of the kernel that happens to be 0; blank is no connection. Toeplitz twice over: the blocks
# repeat along their diagonals, and inside a block the weights along theirs. A block holds one row of the kernel. It is
# $N \times (N+2)$, here 3x5. What is $E$ in number are the block diagonals, and the diagonals in each.
#
# ## Around the circle
#
# Now close the line to a circle: the neighbor of the last entry is the first. Every row is then the row above, rolled on
# by one. This matrix is *circulant*, it is square, and it belongs to periodic padding.

# %% tags=["covers:circulant-dft"]
n, turned = 8, weights[::-1]
middle = (weights[None, None], np.zeros(1))


def circle(x):
    """Periodic padding, then the cross-correlation: x (samples, 1, n)."""
    padded = np.concatenate([x[..., -1:], x, x[..., :1]], axis=-1)
    return convolution.conv1d(padded, middle)


matrices = {
    "Toeplitz: zeros around": convolution.as_matrix(
        partial(convolution.conv1d, params=middle, padding=1), (1, n)
    ),
    "circulant: a circle": convolution.as_matrix(circle, (1, n)),
}

# %% tags=["covers:circulant-dft"]
figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4))
for ax, (name, A) in zip(axes, matrices.items(), strict=True):
    plots.numbers(A, ax=ax, words=np.where(A, np.char.mod("%g", A), ""))
    ax.set(title=name, xlabel="input", ylabel="output", xticks=range(n), yticks=range(n))
plots.show(figure, "The matrices of the same kernel with zeros around, and on a circle")
A, C = matrices.values()
verify.equation(
    "GBC 9.1, the circulant one has just two more entries", np.argwhere(A != C), [[0, 7], [7, 0]]
)

# %% [markdown]
# ### Exercise 3 · around the circle
#
# Build the circulant matrix of any weights. Here the window of output $i$ begins at entry $i$, so that row 0 begins with
# all of the weights.


# %% tags=["exercise:circulant_matrix"]
def circulant_matrix(w, n):
    """The matrix C (n, n) with (C v)[i] = sum over j of w[j] v[(i + j) mod n]: a correlation.

    w (k,), weights, perhaps more than n: an entry that meets several gets their sum.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:circulant_matrix"]
check(circulant_matrix)

# %% [markdown]
# Two more entries, in the corners of $C$, and something beautiful happens: *all* circulant matrices have the same
# eigenvectors, the columns of the Fourier matrix, the waves $e^{2\pi i jk/n}$. A wave that is shifted around a circle is the
# same wave, times a number. The eigenvalues are the discrete Fourier transform of the first column of $C$. So on a circle
# a convolution is: transform, multiply, transform back.

# %% tags=["covers:circulant-dft"]
waves = np.fft.ifft(np.eye(n)) * n  # column k is the wave with k periods
eigenvalues = np.fft.fft(C[:, 0])
verify.equation("Strang VII.2, C times a wave", abs(C @ waves - waves * eigenvalues), 0)
x = rng.normal(size=n)
by_fourier = np.fft.ifft(np.fft.fft(C[:, 0]) * np.fft.fft(x))
verify.equation("transform, multiply, transform back", by_fourier.real, C @ x)
by_sum = [sum(C[j, 0] * x[(t - j) % n] for j in range(n)) for t in range(n)]
verify.equation("GBC 9.1, the cyclic convolution", by_sum, C @ x)
verify.claim("GBC 9.1", "with zeros around it is another map", not np.allclose(A @ x, C @ x))
off = abs(A @ waves - waves * eigenvalues).max(axis=0)
verify.claim(
    "the Toeplitz matrix", "has none of the waves as eigenvectors", bool((off > 0.1).all())
)

# %% [markdown]
# In two axes the circle becomes a torus: left meets right, and top meets bottom. GBC 9.1 says that a convolution in two axes
# *is* a doubly block circulant matrix. On a torus it is: the blocks go around like the entries of $C$, and so do the weights
# in each block. With zeros around or without padding it is the block Toeplitz matrix above.

# %% tags=["covers:circulant-dft"]
params = kernel[None, None] * 1.0, zero


def torus(x):
    """Periodic padding, then the cross-correlation: x (samples, 1, h, w)."""
    return convolution.conv2d(convolution.pad(x, width=1, mode="periodic")[0], params)


D = convolution.as_matrix(torus, (1, 4, 5))
blocks = D.reshape(4, 5, 4, 5).swapaxes(1, 2)  # block row, block column, 5, 5
around = [[blocks[0, (column - row) % 4] for column in range(4)] for row in range(4)]
verify.equation("GBC 9.1, on a torus the blocks go around", blocks, around)
rolled = [[[np.roll(block[0], q) for q in range(5)] for block in line] for line in blocks]
verify.equation("GBC 9.1, and the weights in each block", blocks, rolled)
verify.claim("GBC 9.1", "the matrix itself is not circulant", (np.roll(D[0], 1) != D[1]).any())

# %% tags=["covers:circulant-dft"]
x, padded = rng.normal(size=(4, 5)), partial(convolution.conv2d, params=params, padding=1)
for name, layer in {"on a torus": torus, "with zeros around": padded}.items():
    A = convolution.as_matrix(layer, (1, 4, 5))
    waves = np.fft.fft2(A[:, 0].reshape(4, 5)) * np.fft.fft2(x)
    agrees = np.allclose(np.fft.ifft2(waves).real.ravel(), A @ x.ravel())
    said = "is" if layer is torus else "is not"
    verify.claim("GBC 9.1", f"{name} it {said} a product of transforms", agrees == (layer is torus))

# %% [markdown]
# ## The same in PyTorch
#
# `F.conv2d` is the cross-correlation, with the same order of axes. Forward and backward agree, with channels, padding,
# and several filters; for the convolution of DLNN (6.2) turn the kernels yourself.

# %%
x, W, b = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
same = partial(convolution.conv2d, padding=(1, 0))
verify.against_torch(same, partial(F.conv2d, padding=(1, 0)), x, W, b, rng=rng)
one = torch.tensor(image * 1.0)[None, None], torch.tensor(kernel[::-1, ::-1] * 1.0)[None, None]
true = F.conv2d(*one)[0, 0].numpy()
verify.equation("DLNN (6.2), turned kernels", true, signal.convolve2d(image, kernel, "valid"))

# %% [markdown] tags=["question:ch05.convolution.flip"]
# ### In your own words
#
# A colleague has found out that her library computes cross-correlations. "So all the networks that we trained are wrong,"
# she says, "and we have to turn the kernels and train again." Is she right? What would a network with true convolutions
# learn from the same data? Name a situation in which the difference does matter, and say what you would test there. And
# does her network still find a cat that moved ten pixels to the left? What if it was turned upside down?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A convolution layer computes $s = b + \sum w \cdot (\text{window})$ at every place, summed over all input channels. It is
#   a cross-correlation; turn the kernel by half a turn, and it is a convolution.
# - Local: each output has $f \cdot f \cdot d$ products. Shared: $(f \cdot f \cdot d + 1)\,k$ parameters, whatever the size of
#   the image. A shared weight's gradient sums over all places.
# - A shift of the image shifts the map, exactly on a circle, and away from the edges else. Turning it does not turn the map.
# - As a matrix: Toeplitz along one axis, block Toeplitz along two; with periodic padding circulant, and doubly block
#   circulant. Only with periodic padding does the Fourier transform diagonalize it. As a program: windows into columns,
#   then one matrix product.
#
# ## Where the books differ
#
# - DLNN (6.2) and GBC (9.4) define the convolution with a minus and then use the cross-correlation; Strang VII.2 and EE147
#   call the latter convolution at once, and EE147 says that *convolution* is not commutative: its formula is a
#   cross-correlation, whose first factor, $f$, is the kernel, though the sentence below it drags $g$ (all checked above).
# - GBC 9.2 says that shifting and then convolving is "convolution to $I'$, then $g$". $I'$ is the shifted image already: it
#   must be convolution to $I$. GBC 9.1's doubly block circulant matrix needs periodic padding.
# - GBC 9.5 is right and easily misread: "only commutative if" as many channels go out as in. That is necessary, not enough.
# - Strang's (8) has $B$ for $B^2$; below (7) his stride-2 rows are $(x_{-1}, x_0, x_1)$, in reverse; his blocks are not "$E$
#   by $E$".
# - DLNN 6.1 rounds 187,500 inputs to 200,000, and so the weights. EE147's 120,000 weights are those of each neuron; its
#   condition on filters, $h_f < d$, compares a height with a depth, means $h_f < h$, and equal is allowed.
#
# **Next:** [Filters as convolutions](02_filters_as_convolutions.ipynb) puts kernels to work that people invented before
# networks learned their own.
