# %% [markdown]
# # Backprop through convolution
#
# The way back through a convolution is made of two more convolutions, and you can check every number of them.
#
# **After this notebook you can**
#
# - compute the gradients of a convolution for its kernel, its bias and its input, by index and by machine;
# - say where on the way back the kernel is turned round, and where it is not;
# - send deltas back through pooling and through a decoder, and say what a way back costs.
#
# 45 minutes, and 45 for the exercises · before this: [Transposed and dilated convolution](04_transposed_and_dilated_convolution.ipynb)
#
# DLNN 6.3, 6.7 · GBC 9.5 · Strang VII.2, VII.3 · EE147 CNN Layers · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $L$ (DLNN), $J$ (GBC) | `R` | the risk, a number that depends on all outputs |
# | $\delta_{a,b}$ (DLNN), $\mathbf{G}$ (GBC) | `delta` | dR/ds, what each output has been told by the layers above |
# | $\mathbf{K}$, $\mathbf{V}$ (GBC), $\mathbf{x}$, $\mathbf{v}$ (Strang) | `W`, `x` | kernels and input |
# | $c(\mathbf{K}, \mathbf{V}, s)$ (GBC) | `conv2d` | the convolution with stride $s$, without a bias |
# | $g(\mathbf{G}, \mathbf{V}, s)$ (GBC) | `dW` | its gradient for the kernels |
# | $h(\mathbf{K}, \mathbf{G}, s)$ (GBC) | `dx` | its gradient for the input: the transposed convolution |
# | $x_{h,w}$; $R$ (DLNN) | $x_{hl}$; `k` | the pixel in row $h$ and column $l$; how many weights a kernel has along an axis |
# | $\mathbf{R}$ (Strang; GBC) | `R`; `h(K, H, s)` | the shift that reads the right neighbor; what a decoder draws |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, datasets, live, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## One number at a time
#
# A convolution is a sum of products, $s_{pq} = b + \sum_{u,v} w_{uv}\, x_{p+u,\,q+v}$. The layers above it have told each
# output how the risk depends on it, $\delta_{pq} = \partial R/\partial s_{pq}$. What does that mean for a pixel, and what
# for a weight? The chain rule knows: go through the outputs in which it had a part, and add up
# $\delta$ times slope. The slope of a product for one factor is the other factor. That is all.
#
# **Pick a way in the figure**, and move through its numbers. Green is the number that is computed, purple is what it is
# computed from. Begin with *backward: dR/dx*: which pixel hears from one output, which from all nine?

# %% tags=["live", "covers:conv-input-gradient", "covers:conv-kernel-gradient"]
image = np.array(
    [[1, 0, 2, 0, 1], [0, 3, 1, 0, 2], [2, 1, 0, 1, 0], [0, 2, 1, 3, 0], [1, 0, 0, 1, 2]]
)
kernel = np.array([[1, 2, 0], [0, 1, -1], [-1, 0, 2]])
delta_5x5 = np.array(
    [[1, 0, -1, 2, 1], [0, 2, 1, -1, 0], [-2, 1, 0, 1, 1], [1, -1, 2, 0, 0], [0, 1, -1, 0, 2]]
)
live.one_pixel.both(convolution.conv2d, image, kernel, 1, delta_5x5)

# %% [markdown]
# A corner pixel hears from one output, the pixel in the middle from nine, and a weight from *all* of them, because all have
# used it. Did you try the single 1? Its window gets the kernel back as it lay there: every pixel is told the weight that it
# was read with. Here are all the products, one after the other.


# %% tags=["covers:conv-input-gradient", "covers:conv-kernel-gradient"]
def by_index(x, w, delta):
    """dR/dx, dR/dw and dR/db of a kernel on an image, product by product: DLNN (6.9), (6.11)."""
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for p, q in np.ndindex(delta.shape):
        for u, v in np.ndindex(w.shape):
            dw[u, v] += delta[p, q] * x[p + u, q + v]
            dx[p + u, q + v] += delta[p, q] * w[u, v]
    return dx, dw, delta.sum()


delta = delta_5x5[:3, :3]
dx, dw, db = by_index(image, kernel, delta)
_, back = convolution.conv2d(image[None, None], (kernel[None, None], np.ones(1)))
layer_dx, (layer_dw, layer_db) = back(delta[None, None].astype(float))


# %%
def fields(arrays, reach, **options):
    """A row of fields of numbers {name: (h, w)}, orange above zero and blue below."""
    figure, axes = plt.subplots(1, len(arrays), figsize=(8, 3.0), **options)
    for ax, (name, numbers) in zip(axes, arrays.items(), strict=True):
        plots.numbers(numbers, ax=ax, reach=reach)
        ax.set_title(name)
        ax.set_axis_off()
    return figure, axes


# %% tags=["covers:conv-input-gradient", "covers:conv-kernel-gradient"]
verify.equation("DLNN (6.9), dR/dw is the layer's", layer_dw[0, 0], dw)
verify.equation("DLNN (6.11), dR/dx is the layer's", layer_dx[0, 0], dx)
verify.equation("GBC 9.5, one bias for all places: dR/db", layer_db, db)
shown = {"$\\delta$": delta, "$\\partial R/\\partial w$": dw, "$\\partial R/\\partial x$": dx}
figure, _ = fields(shown, 14, width_ratios=[3, 3, 5])
plots.show(figure, "Nine deltas, and what they tell the nine weights and the 25 pixels")

# %% [markdown]
# Each gradient has the shape of what it belongs to. The bias is in every output with slope 1, so that its gradient is the
# sum of all deltas. And two lines of the loop are the whole of backpropagation here. The rest of this page finds the
# convolutions in them.
#
# ## What a weight is told
#
# $\partial R/\partial w_{uv} = \sum_{p,q} \delta_{pq}\, x_{p+u,\,q+v}$, DLNN (6.9): the deltas slide over the image, and
# each place gives one number. So it is a cross-correlation with $\delta$ for a kernel (6.10). With a stride $s$ neighboring
# outputs have read windows $s$ apart, GBC (9.11), $x_{sp+u,\,sq+v}$: put the deltas $s$ apart, too. *A stride on the way
# there is a dilation on the way back.* For many samples and channels, swap these two axes: then the sum of `conv2d` over
# channels is the sum over samples.


# %% tags=["covers:conv-kernel-gradient"]
def kernel_gradient(delta, x, s, size):
    """g(G, V, s), GBC (9.11): delta (n, o, p, q), x (n, c, h, w) -> dW (o, c, *size)."""
    slides = delta.swapaxes(0, 1), np.zeros(delta.shape[1])
    dW, _ = convolution.conv2d(x.swapaxes(0, 1), slides, dilation=s)
    return dW.swapaxes(0, 1)[:, :, : size[0], : size[1]]  # windows that no output had are left out


# %% tags=["covers:conv-kernel-gradient"]
rng = np.random.default_rng(0)
for s in (1, 2, 3):
    x, W, b = (rng.normal(size=shape) for shape in [(2, 3, 9, 8), (4, 3, 3, 2), (4,)])
    y, back = convolution.conv2d(x, (W, b), stride=s)
    delta = rng.normal(size=y.shape)

    def risk(W, x=x, b=b, s=s, delta=delta):
        return np.sum(delta * convolution.conv2d(x, (W, b), stride=s)[0])

    dW = kernel_gradient(delta, x, s, (3, 2))
    verify.equation(f"DLNN (6.9), stride {s}, differences", dW, verify.gradient(risk, W, h=0.5),
                    tolerance=1e-8)  # fmt: skip
    verify.equation("    and the layer's way back", back(delta)[1][0], dW)

# %% [markdown]
# (The large step of ½ is no slip: the risk is linear in $\mathbf{W}$, so that central differences are exact for any step,
# and large ones lose fewer digits.)
#
# GBC 9.5 says that a convolution cannot compute this gradient where the stride is greater than 1. An ordinary one cannot;
# one with a dilation, which the book does not have, can.
#
# ## Find the planted filter
#
# If that gradient is right, it should find a filter by itself. Take 40 noisy images and the outputs of a filter that you
# keep secret, begin with zeros, and walk downhill on half the mean squared error.

# %% tags=["covers:conv-kernel-gradient"]
planted, x = kernel[None, None] * 1.0, rng.normal(size=(40, 1, 8, 8))
target, _ = convolution.conv2d(x, (planted, np.array([0.5])))
W, b, found = np.zeros((1, 1, 3, 3)), np.zeros(1), []
for _ in range(41):
    s, back = convolution.conv2d(x, (W, b))
    found.append(W[0, 0])
    _, (dW, db) = back((s - target) / s.size)
    W, b = W - 0.7 * dW, b - 0.7 * db
verify.equation("the planted filter is found", W, planted, tolerance=1e-6)
verify.equation("and its bias", b, 0.5, tolerance=1e-6)
signs = np.sign(found[1][kernel != 0]) == np.sign(kernel[kernel != 0])
verify.claim("the first step", "has the sign of each planted weight that is not 0", signs.all())

# %% tags=["covers:conv-kernel-gradient"]
times = [0, 1, 2, 4, 40]
figure, axes = plt.subplots(1, 5, figsize=(8, 1.9))
for ax, step in zip(axes, times, strict=True):
    plots.numbers(found[step], ax=ax, reach=2, words=np.char.mod("%.1f", found[step].round(1) + 0))
    ax.set_title(f"step {step}")
    ax.set_axis_off()
plots.show(figure, "A filter that gradient descent finds, after 0, 1, 2, 4 and 40 steps")

# %% [markdown]
# The first step already has the signs of all weights that are not 0. On white noise the windows have nearly independent
# entries, so the risk is about equally steep in all directions, a round bowl, and gradient descent walks almost straight.
#
# ### Exercise 1 · what each weight is told
#
# Along a row, with a stride. Stuck? `hint(row_kernel_gradients)`, in a cell of your own, helps.


# %% tags=["exercise:row_kernel_gradients"]
def row_kernel_gradients(x, delta, k, stride):
    """(dR/dw, dR/db) of s[q] = b + sum over v of w[v] x[q stride + v]; NumPy alone.

    x (i,);  delta = dR/ds (o,);  k, the size of the kernel;  returns an array (k,) and a number.
    There may be more entries in x than the o windows reach.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:row_kernel_gradients"]
check(row_kernel_gradients)

# %% [markdown]
# ## A weight is a diagonal
#
# Strang looks at the same gradient without an index. His matrix is $\mathbf{A} = x_1 \mathbf{L} + x_0 \mathbf{C} + x_{-1}
# \mathbf{R}$: three weights, each times a shift that reads the neighbor on the left, the entry itself, or the neighbor on
# the right. So the derivatives of $\mathbf{y} = \mathbf{A}\mathbf{v}$ are $\mathbf{L}\mathbf{v}$, $\mathbf{C}\mathbf{v}$
# and $\mathbf{R}\mathbf{v}$, Strang VII.2 (1): the derivative of the output for a weight is the shifted input.

# %% tags=["covers:conv-kernel-gradient"]
L, C, R = (np.eye(4, 6, shift) for shift in range(3))
v, weights, delta = rng.normal(size=6), np.array([0.3, -1.2, 0.7]), rng.normal(size=4)
A = weights[0] * L + weights[1] * C + weights[2] * R
y, back = convolution.conv1d(v[None, None], (weights[None, None], np.zeros(1)))
verify.equation("Strang VII.2, A v is the convolution", A @ v, y[0, 0])
_, (dw, _) = back(delta[None, None])
verify.equation(
    "Strang VII.2 (1), delta on Lv, Cv, Rv", [delta @ S @ v for S in (L, C, R)], dw[0, 0]
)

# %% [markdown]
# His Problem VII.3.7 asks for all diagonals of a full Toeplitz matrix, $a_k$ on diagonal $k = 1 - n, \dots, n - 1$. Which
# side is $k > 0$? The problem does not say. With $A_{ij} = a_{j-i}$, NumPy's count, diagonal 1 lies above the middle, and
# his output is $w_i = \sum_j a_{j-i} v_j$. So $\partial w_i/\partial a_k = v_{i+k}$, or 0 where $\mathbf{v}$ has no such
# entry. With $A_{ij} = a_{i-j}$ it is $v_{i-k}$. PyTorch goes through the diagonals and finds both.

# %% tags=["covers:toeplitz-layer-derivative"]
import torch
from scipy.linalg import toeplitz

n, ks = 5, np.arange(-4, 5)
v, a = torch.tensor(rng.normal(size=n)), torch.tensor(rng.normal(size=2 * n - 1))
i, j = np.indices((n, n))
slopes = []
for name, diagonal, met in [("j - i", j - i, i[:, :1] + ks), ("i - j", i - j, i[:, :1] - ks)]:
    by_torch = torch.autograd.functional.jacobian(lambda a, k=diagonal: a[k + n - 1] @ v, a)
    inside = (0 <= met) & (met < n)
    slopes.append(np.where(inside, v.numpy()[met * inside], 0))
    verify.equation(f"Strang VII.3.7, dw_i/da_k, A_ij = a_({name})", by_torch.numpy(), slopes[-1])
A = toeplitz(a.numpy()[n - 1 :: -1], a.numpy()[n - 1 :])
verify.equation("SciPy's toeplitz(column, row) has a_(j - i)", A, a.numpy()[j - i + n - 1])

# %% tags=["covers:toeplitz-layer-derivative"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.0))
for ax, sign in zip(axes, "+-", strict=True):
    names = np.array([[f"$v_{m}$" if 0 <= m < n else "" for m in i + (ks if sign == "+" else -ks)]
                      for i in range(n)])  # fmt: skip
    plots.numbers(slopes["+-".index(sign)], ax=ax, words=names)
    ax.set(title=f"$v_{{i {sign} k}}$", xlabel="diagonal $k$", ylabel="output $i$", yticks=range(n))
    ax.set_xticks(range(2 * n - 1), ks)
plots.show(
    figure, "The derivative of each output of a Toeplitz layer for each diagonal, both signs"
)

# %% [markdown]
# The matrix of slopes is $\mathbf{v}$, once in every row, one place further each time. A convolution has only a few of
# these diagonals, hence only a few of these columns, and $\boldsymbol{\delta}^\top$ times each of them is (6.9).
#
# ## Which output has seen which pixel
#
# For the input, DLNN 6.3.2 asks which slopes there are at all. A kernel of $k$ weights: output $a$ has read the pixels
# $a, \dots, a + k - 1$, pixel $h$ with the weight $w_{h-a}$:
#
# $$\frac{\partial s_a}{\partial x_h} = \begin{cases} w_{h-a} & 0 \le h - a \le k - 1 \\ 0 & \text{else,} \end{cases}$$
#
# (6.14) for one axis. DLNN's Figure 6.3 shows them for 7 pixels and 3 weights; the gray columns are
# outputs that a padding of 2 would add. A column shows what an output has read; a row shows who has read a pixel.

# %% tags=["covers:conv-jacobian"]
w, names = np.array([0.4, -0.9, 1.3]), ["$w_0$", "$w_1$", "$w_2$"]
padded = convolution.as_matrix(
    lambda x: convolution.conv1d(x, (w[None, None], np.zeros(1)), padding=2), (1, 7)
)
figure, ax = plt.subplots(figsize=(6.4, 3.6))
for row, column in np.argwhere(padded.T):
    name = names[np.argmin(np.abs(w - padded[column, row]))]
    ax.text(column - 2, row, name, ha="center", va="center")
for first in (-2.5, 4.5):
    ax.axvspan(first, first + 2, color=plots.INK, alpha=0.2, linewidth=0)
ax.set(xlim=(-2.5, 6.5), ylim=(6.5, -0.5), xticks=range(-2, 7), yticks=range(7))
ax.set(xlabel="output $s_a$ (gray: with padding)", ylabel="pixel $x_h$")
plots.show(
    figure, "Which of 7 pixels each output of a kernel of three weights has read, with which weight"
)

# %% [markdown]
# Read along a row: $w_2, w_1, w_0$. Pixel by pixel the weights come in *reverse*, and that is the next section. First
# every pair of the Jacobian, in one axis and in two:


# %% tags=["covers:conv-jacobian"]
def slope(w, a, h):
    """ds_a/dx_h, (6.14): w_(h - a) if there is such a weight, else 0; with one axis or more."""
    u = np.subtract(h, a)
    return w[tuple(u)] if (u >= 0).all() and (u < w.shape).all() else 0.0


def all_slopes(slope, w, size):
    """The Jacobian: `slope` for each output and each entry of an input of this size."""
    outputs = np.subtract(size, w.shape) + 1
    pairs = np.ndindex(*outputs, *size)
    return np.reshape([slope(w, ah[: w.ndim], ah[w.ndim :]) for ah in pairs], (*outputs, *size))


# %% tags=["covers:conv-jacobian"]
row, W = (w[None, None], np.zeros(1)), rng.normal(size=(3, 2))
J = verify.jacobian(lambda x, _: convolution.conv1d(x, row), rng.normal(size=(1, 1, 7)))[0, 0, :, 0]
verify.equation("DLNN (6.14), all pairs (a, h)", J, all_slopes(slope, w, (7,)))
flat = (W[None, None], np.zeros(1))
J2 = verify.jacobian(lambda x, _: convolution.conv2d(x, flat), rng.normal(size=(1, 1, 6, 5)))
verify.equation(
    "DLNN (6.14), all pairs (a, b), (h, l)", J2[0, 0, :, :, 0], all_slopes(slope, W, (6, 5))
)
verify.equation("DLNN 6.3.2, non-zeros: A B times the weights", np.count_nonzero(J2), 4 * 4 * 3 * 2)
printed = all_slopes(lambda w, a, h: slope(w, h, a), w, (7,))
wrong = np.sum(printed != J)
print(f"DLNN (6.21) as printed, w_(a - h): {wrong} of {J.size} pairs are wrong")
verify.claim("DLNN (6.21) as printed", "half of all pairs are wrong", bool(wrong == J.size // 2))

# %% [markdown]
# The short form (6.21) prints $w_{a-h,\,b-w}$, with both signs reversed; it must be $w_{h-a,\,w-b}$, as in (6.14), and here
# $w_{h-a,\,l-b}$. Why is there nothing else? Let no weight $w_u$ lead from $a$ to $h$. Then either all $a + u$ are below
# $h$, and $h - a > k - 1$; or all are above, and so is the smallest, $a$ itself: $a > h$. Every pair, again:

# %% tags=["covers:conv-jacobian"]
u, (a, h) = np.arange(3)[:, None, None], np.indices((5, 7))
too_small, too_large = (a + u < h).all(axis=0), (a + u > h).all(axis=0)
reached = (a + u == h).any(axis=0)
verify.claim("DLNN (6.16)", "without a way h - a < 0 or h - a > k - 1",
             np.array_equal(~reached, (h - a < 0) | (h - a > 2)))  # fmt: skip
verify.claim(
    "DLNN (6.17)-(6.18)", "a + u < h for all u: k - 1 < h - a", (2 < (h - a)[too_small]).all()
)
verify.claim("DLNN (6.19) repaired", "a + u > h for all u: a > h", (a > h)[too_large].all())
verify.claim("DLNN (6.19) prints a < h", "it is so in none", not (a < h)[too_large].any())

# %% [markdown]
# ## The kernel, turned
#
# Put the slopes in: $\partial R/\partial x_{hl} = \sum_{a,b} \delta_{ab}\, w_{h-a,\,l-b}$. Where $a$ counts up, the index of
# the weight counts down. So who stands at a pixel and *gathers* meets the kernel turned round, while who stands at an output
# and *scatters* lays it down as it is. Gathering needs deltas around the border, so put $k - 1$ zeros there: DLNN (6.11),
# $\hat{\mathbf{w}} * \hat{\boldsymbol{\delta}}$, a *full* correlation.

# %% tags=["covers:conv-input-gradient"]
delta, turned = delta_5x5[:3, :3].astype(float), kernel[::-1, ::-1].astype(float)
around = np.pad(delta, 2)
dx = convolution.conv2d(around[None, None], (turned[None, None], np.zeros(1)))[0][0, 0]
shown = {"$\\hat{\\delta}$, padded": around, "$\\hat{w}$, turned": turned}
figure, axes = fields(shown | {"$\\partial R/\\partial x$": dx}, 9, width_ratios=[7, 3, 5])
frame = {"fill": False, "edgecolor": plots.PURPLE, "linewidth": 2.5}
axes[0].add_patch(plt.Rectangle((0.5, 0.5), 3, 3, **frame))
axes[2].add_patch(plt.Rectangle((0.5, 0.5), 1, 1, **frame))
plots.show(
    figure, "Padded deltas, the turned kernel, and their correlation, the gradient of the input"
)

# %% [markdown]
# The framed pixel has the framed window: $1 \cdot 1 + 1 \cdot 2 = 3$, and seven products with zeros. Now all the ways that
# this book knows to compute the same 25 numbers:

# %% tags=["covers:conv-input-gradient"]
from scipy import ndimage

zero, one = np.zeros(1), kernel[None, None].astype(float)
A = convolution.as_matrix(lambda x: convolution.conv2d(x, (one, zero)), (1, 5, 5))
_, back = convolution.conv2d(image[None, None], (one, zero))
x = torch.zeros(1, 1, 5, 5, dtype=torch.float64, requires_grad=True)
torch.nn.functional.conv2d(x, torch.tensor(one)).backward(torch.tensor(delta)[None, None])
ways = {"product by product": by_index(image, kernel, delta)[0]}
ways["the transposed matrix, A^T delta"] = (A.T @ delta.ravel()).reshape(5, 5)
ways["the transposed convolution"] = convolution.conv_transpose2d(delta[None, None], (one, zero))[0]
ways["SciPy's convolution"] = ndimage.convolve(np.pad(delta, 1), kernel, mode="constant")
ways["conv2d's way back"] = back(delta[None, None])[0]
ways["PyTorch's autograd"] = x.grad.numpy()
for name, gradient in ways.items():
    verify.equation(f"DLNN (6.11), {name}", gradient.reshape(5, 5), dx)

# %% [markdown]
# SciPy's *convolution* turns its kernel by itself. The network went forward with a correlation, and the way back is a
# convolution in the sense of the mathematicians.
#
# ## One number, three ways to see it
#
# The way back of a linear map is its transpose. So test it as a transpose: $\langle \mathbf{G}, c(\mathbf{K},
# \mathbf{V})\rangle = \langle h(\mathbf{K}, \mathbf{G}), \mathbf{V}\rangle$ for all $\mathbf{G}$ and $\mathbf{V}$. The
# output is linear in the kernels as well, so the number is also $\langle g(\mathbf{G}, \mathbf{V}), \mathbf{K}\rangle$. With
# whole numbers nothing is rounded, and all three must be *equal*.

# %% tags=["covers:conv-input-gradient"]
for s, width in [(1, 7), (2, 7), (2, 8), (3, 9)]:
    shapes = (2, 3, width, width), (4, 3, 3, 3)
    V, K = (rng.integers(-9, 10, size=shape).astype(float) for shape in shapes)
    Z, back = convolution.conv2d(V, (K, np.zeros(4)), stride=s)
    G = rng.integers(-9, 10, size=Z.shape).astype(float)
    h, (g, _) = back(G)
    number = np.sum(G * Z)
    print(f"stride {s}: width {width} gives {Z.shape[3]}; <G, c> = {number:.0f}")
    verify.equation("GBC (9.13), <h, V>", np.sum(h * V), number, tolerance=1e-14)
    verify.equation("GBC (9.11), <g, K>", np.sum(g * K), number, tolerance=1e-14)

# %% [markdown]
# Look at the widths. 7 and 8 both give 3, so from $\mathbf{G}$ and $\mathbf{K}$ alone nobody knows how large the gradient
# has to be: $h$ must be told (GBC 9.5). Our `back` need not be told, it has kept the size. The last column of the 8 was in
# no window, and its gradient is 0.

# %% tags=["covers:conv-input-gradient"]
w = np.array([0.5, -1.0, 2.0])[None, None]
for width, outputs in [(7, 3), (8, 3), (9, 4), (10, 4)]:
    y, back = convolution.conv1d(rng.normal(size=(1, 1, width)), (w, np.zeros(1)), stride=2)
    dx, _ = back(np.ones(y.shape))
    print(f"width {width:2}, {y.shape[2]} outputs; deltas of 1 give", *dx[0, 0])
    verify.equation("GBC 9.5, k = 3, s = 2", [y.shape[2], dx.shape[2]], [outputs, width])

# %% [markdown]
# ### Exercise 2 · what each entry of the input is told
#
# Along a row again, with channels, filters, and a stride.


# %% tags=["exercise:row_input_gradient"]
def row_input_gradient(delta, W, i, stride):
    """dR/dx (c, i) of s[o, q] = sum over c, v of W[o, c, v] x[c, q stride + v]; NumPy alone.

    delta = dR/ds (o, q);  W (o, c, k);  i, how many entries the row has in each of its c channels.
    Fewer than `stride` of them may be left over behind the last window.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:row_input_gradient"]
check(row_input_gradient)

# %% [markdown]
# ## Back through pooling
#
# *Pooling* puts one number in the place of a window: its largest entry, or its mean. The windows of the next cell are 2 x 2 and
# lie side by side, framed in the first field; the [next notebook](06_pooling_and_lenet.ipynb) is about what that is good
# for. A maximum copies one entry of its window and takes no notice of the others, as long as they stay smaller. So its
# slope is 1 for the winner, 0 for the rest. A mean has the slope $1/\text{size}$ for each. The way back *routes* or
# *spreads*.

# %% tags=["covers:pooling-backward"]
x = np.array([[1.0, 3, 0, 2], [4, 2, 1, 0], [0, 1, 5, 2], [2, 0, 3, 6]])
dy = np.array([[8.0, -4], [2, 6]])
y, routed = convolution.max_pool2d(x[None, None], size=2)
mean, spread = convolution.mean_pool2d(x[None, None], size=2)
print("largest of each window:", *y[0, 0], "means:", *mean[0, 0])
shown = {"$x$": x, "$dy$": dy}
shown["max: $dx$"] = routed(dy[None, None])[0][0, 0]
shown["mean: $dx$"] = spread(dy[None, None])[0][0, 0]
figure, axes = fields(shown, 8, width_ratios=[4, 2, 4, 4])
for ax, (p, q) in [(ax, place) for ax in axes[[0, 2, 3]] for place in np.ndindex(2, 2)]:
    ax.add_patch(plt.Rectangle((2 * q - 0.5, 2 * p - 0.5), 2, 2, **frame))
plots.show(figure, "4 x 4 numbers, four deltas, and what max and mean pooling hand back")

# %% [markdown]
# Compare the second field with the two on its right: each of its numbers stands once, whole, at the largest entry of its
# window, or four times, as a quarter. Nothing gets lost on either way. Around *this* $x$, max pooling is a matrix of zeros and ones that
# selects the winners, $\mathbf{y} = \mathbf{S}\mathbf{x}$, and the way back is $\mathbf{S}^\top$.

# %% tags=["covers:pooling-backward"]
S = verify.jacobian(lambda x, _: convolution.max_pool2d(x, size=2), x[None, None]).reshape(4, 16)
verify.equation(
    "EE147, a single 1 in each row of S", [S.sum(axis=1), S.max(axis=1)], np.ones((2, 4))
)
verify.equation("S x is the maximum", S @ x.ravel(), y.ravel())
verify.equation("S^T dy is the way back", S.T @ dy.ravel(), shown["max: $dx$"].ravel())
for name in ("max: $dx$", "mean: $dx$"):
    verify.equation(f"gradient mass, {name[:4].strip(':')}", shown[name].sum(), dy.sum())
v = np.array([2.0, 5.0, 7.0, -1.0])
_, routed = convolution.max_pool2d(v.reshape(1, 1, 1, 4), size=(1, 2))
wins = [routed(np.array(unit).reshape(1, 1, 1, 2))[0].ravel() for unit in ([1.0, 0], [0, 1])]
verify.equation("Strang VII.3.8, dw_i/dv_j", wins, [[0, 1, 0, 0], [0, 0, 1, 0]])

# %% [markdown]
# And where several entries are the largest? Then there is no derivative: moved up, any of them lifts the maximum with slope
# 1; moved down alone, none does. A library has to pick something. PyTorch picks one index, and so do we, the same one.

# %% tags=["covers:pooling-backward"]
tie = np.array([[1.0, 3], [3, 3]])
_, routed = convolution.max_pool2d(tie[None, None], size=2)
picked = routed(np.ones((1, 1, 1, 1)))[0][0, 0]
theirs = torch.tensor(tie[None, None], requires_grad=True)
torch.nn.functional.max_pool2d(theirs, 2).sum().backward()
verify.equation("PyTorch, the first of three equals gets all", theirs.grad[0, 0].numpy(), picked)
for step in (1e-3, -1e-3):
    moved = tie + step * (np.arange(4).reshape(2, 2) == 1)
    slope = (convolution.max_pool2d(moved[None, None], size=2)[0].item() - 3) / step
    print(f"the slope when one of them moves {'up' if step > 0 else 'down'}: {abs(slope):.0f}")

# %% [markdown]
# ## An autoencoder of three operations
#
# GBC's last use of $c$, $g$ and $h$ is a network that runs them in another order. An *encoder* makes a small code of an
# image, $\mathbf{H} = c(\mathbf{K}, \mathbf{V}, s)$; a *decoder* draws the image from it, $\mathbf{R} = h(\mathbf{K},
# \mathbf{H}, s)$, GBC (9.14). The decoder goes forward the way that a convolution goes back. What is *its* way back? With
# the errors $\mathbf{E} = \partial J/\partial\mathbf{R}$: $g(\mathbf{H}, \mathbf{E}, s)$ for the kernels and
# $c(\mathbf{K}, \mathbf{E}, s)$ for the code. Nothing new is needed.


# %% tags=["covers:convolutional-autoencoder"]
def c(K, V, s):
    return convolution.conv2d(V, (K, np.zeros(len(K))), stride=s)[0]


def h(K, H, s):
    return convolution.conv_transpose2d(H, (K, np.zeros(K.shape[1])), stride=s)[0]


s, K, H = 2, rng.normal(size=(3, 2, 4, 4)), rng.normal(size=(5, 3, 3, 3))
E = rng.normal(size=h(K, H, s).shape)
tensors = [torch.tensor(array, requires_grad=True) for array in (H, K)]
drawn = torch.nn.functional.conv_transpose2d(*tensors, stride=s)
drawn.backward(torch.tensor(E))
verify.equation("GBC (9.14), R = h(K, H, s)", h(K, H, s), drawn.detach().numpy())
verify.equation("GBC 9.5, dJ/dH = c(K, E, s)", c(K, E, s), tensors[0].grad.numpy())
verify.equation(
    "GBC 9.5, dJ/dK = g(H, E, s)", kernel_gradient(H, E, s, (4, 4)), tensors[1].grad.numpy()
)

# %% [markdown]
# Now train one. Encoder and decoder share two kernels of 4 x 4, so $\mathbf{K}$ hears from both, and a digit of 64
# numbers has to pass through $2 \cdot 3 \cdot 3 = 18$. (The mean of all digits, an image, is taken off first.)

# %% tags=["covers:convolutional-autoencoder"]
pixels, _ = datasets.digits()
mean = pixels.mean(axis=0).reshape(8, 8)
V, s = pixels[:300].reshape(-1, 1, 8, 8) - mean, 2
K = start = 0.2 * np.random.default_rng(1).normal(size=(2, 1, 4, 4))
risks = []
for _ in range(100):
    H = c(K, V, s)
    E = (h(K, H, s) - V) / len(V)
    risks.append(0.5 * len(V) * np.sum(E**2))
    dK = kernel_gradient(H, E, s, (4, 4)) + kernel_gradient(c(K, E, s), V, s, (4, 4))
    K = K - 0.1 * dK
print(f"half the squared error of a digit: {risks[0]:.2f} at the start, {risks[-1]:.2f} at the end")
verify.claim("GBC 9.5", "c, g and h suffice: the risk falls", bool(risks[-1] < 0.5 * risks[0]))

# %%
rows = [V[:8, 0], h(start, c(start, V[:8], s), s)[:, 0], h(K, c(K, V[:8], s), s)[:, 0]]
figure, axes = plt.subplots(3, 8, figsize=(8, 3.2))
for row, pictures, name in zip(axes, rows, ["digit", "at the start", "trained"], strict=True):
    for ax, picture in zip(row, pictures, strict=True):
        ax.imshow(picture + mean, cmap="gray", vmin=0, vmax=1)
        ax.set_axis_off()
    row[0].set_title(name, loc="left")
plots.show(figure, "Eight digits, and what an autoencoder draws of them untrained and trained")

# %% [markdown]
# The strokes come back, softly: 18 numbers are a little more than a quarter of 64.
#
# ### Exercise 3 · the decoder, backward
#
# Write the decoder's way back, for rows: the gradients of its code and of its kernels. Which of the two looks like a way
# forward?


# %% tags=["exercise:row_decoder_gradients"]
def row_decoder_gradients(h, K, e, stride):
    """(dJ/dh, dJ/dK) of a decoder, r[c, q stride + v] adds up K[o, c, v] h[o, q]; NumPy alone.

    h (o, q), the code;  K (o, c, k);  e = dJ/dr (c, i), i = (q - 1) stride + k.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:row_decoder_gradients"]
check(row_decoder_gradients)

# %% [markdown]
# ## Where the time goes
#
# A library makes three matrix products of all this. *im2col* copies each window into a column; then $\mathbf{s} =
# \mathbf{W}\,\mathbf{X}$, on the way back $d\mathbf{W} = \boldsymbol{\delta}\,\mathbf{X}^\top$ and $d\mathbf{X} =
# \mathbf{W}^\top\boldsymbol{\delta}$, and *col2im* adds the columns up where they came from.


# %%
def three_products(x, W, delta):
    """dx, dW of an image x (c, h, w); the numbers copied; the multiplications of s, dW, dX."""
    (o, c, u, v), (_, p, q) = W.shape, delta.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (u, v), axis=(1, 2))
    columns = windows.transpose(0, 3, 4, 1, 2).reshape(c * u * v, p * q)  # im2col
    kernels, told = W.reshape(o, -1), delta.reshape(o, -1)
    pairs = [(kernels, columns), (told, columns.T), (kernels.T, told)]
    _, dW, dX = (left @ right for left, right in pairs)
    dx = np.zeros(x.shape)
    for row, column in np.ndindex(u, v):  # col2im
        dx[:, row : row + p, column : column + q] += dX.reshape(c, u, v, p, q)[:, row, column]
    work = [left.shape[0] * left.shape[1] * right.shape[1] for left, right in pairs]
    return dx, dW.reshape(W.shape), columns.size, work


# %%
x, W = rng.normal(size=(3, 7, 6)), rng.normal(size=(5, 3, 3, 2))
y, back = convolution.conv2d(x[None], (W, np.zeros(5)))
delta = rng.normal(size=y.shape)
dx, dW, copied, work = three_products(x, W, delta[0])
want_dx, (want_dW, _) = back(delta)
verify.equation("W^T delta and col2im is dR/dx", dx, want_dx[0])
verify.equation("delta times columns is dR/dW", dW, want_dW)
A = convolution.as_matrix(lambda x: convolution.conv2d(x, (W, np.zeros(5))), x.shape)
print(f"{copied} numbers copied; multiplications forward {work[0]}, dW {work[1]}, dx {work[2]}")
verify.equation("multiplications forward: the non-zeros of A", work[0], np.count_nonzero(A))
verify.equation("dW and dx multiply as often", work[1:], [work[0]] * 2)

# %% [markdown]
# Each of the three products multiplies equally often: $o \cdot c \cdot u\,v \cdot p\,q$ times. So a way back costs *two*
# ways forward. Copying costs no multiplications, but memory has to be moved, $c \cdot u\,v \cdot p\,q$ numbers each time.
# Count both for layers of networks to come (for one image; kernel, channels, filters, side of the output):

# %%
layers = {"LeNet-5, first": (5, 1, 6, 28), "AlexNet, first": (11, 3, 96, 55)}
layers |= {"VGG-16, second": (3, 64, 64, 224), "VGG-16, last": (3, 512, 512, 14)}
layers |= {"1 x 1, 256 to 64": (1, 256, 64, 28)}
counts = []
for name, (f, channels, filters, side) in layers.items():
    columns = channels * f**2 * side**2
    counts.append((columns, filters * columns, 2 * filters * columns))
    print(f"{name:17} {columns:12,} copied, {filters * columns:14,} multiplied forward")

# %%
figure, ax = plt.subplots(figsize=(8, 3.6))
for place, (label, hatch) in enumerate([("im2col", ""), ("forward", "//"), ("backward", "..")]):
    heights = [count[place] for count in counts]
    ax.bar(np.arange(5) + 0.27 * (place - 1), heights, 0.25, hatch=hatch, label=label)
ax.set(
    yscale="log",
    xlabel="layer",
    ylabel="numbers copied, products",
    xticks=range(5),
    ylim=(1e4, 1e12),
)
ax.set_xticklabels([name.replace(", ", "\n") for name in layers])
ax.legend(ncols=3)
plots.show(figure, "Numbers copied by im2col, and products forward and backward, in five layers")

# %% [markdown]
# On this scale the distance from the first bar to the second is the number of filters: each copied number is used that
# often. With 6 filters LeNet's first layer is busy copying; with 512 the copies hardly count. And its way back
# need not hand anything to the image, so that for the *first* layer of a network one product of the three falls away.
#
# Copies cost more the farther they travel. Count the bytes of one layer, forward, in float32: 32 images with 8 channels, 16
# filters of 3 x 3. Columns of all images at once do not fit into a processor's cache: they are written to memory and read
# again. Columns of a few images at a time, each made where the last ones lay, stay in the cache.

# %%
x, W = np.ones((32, 8, 28, 28), np.float32), np.ones((16, 8, 3, 3), np.float32)
y, _ = convolution.conv2d(x, (W, np.zeros(16, np.float32)), padding=1)
products, columns = y.size * W[0].size, y.nbytes // len(W) * W[0].size  # columns in bytes
at_once = products / (x.nbytes + 2 * columns + y.nbytes)  # columns are written, and read again
in_portions = products / (x.nbytes + y.nbytes)
print(f"{products:,} products; for each byte {at_once:.1f}, in portions {in_portions:.1f}")

# %% [markdown]
# Products for each byte are a layer's *arithmetic intensity*. A core makes dozens of products in the time in which memory
# sends it a few bytes, so at 1.7 it waits and at 12 it hardly does. `conv2d` works in portions.
# (For engineers: it also spares col2im additions, which read a number as well and cost more than a copy. Its columns of
# $\boldsymbol{\delta}$ have an entry for each row of the kernel, so the product already sums over the rows. What is left to
# add up are $v$ numbers for each pixel instead of $u\,v$: 3 instead of 9 where kernels are 3 x 3.)
#
# How long all this takes on *your* machine only a clock can say. In a terminal, in the folder of this book,
#
#     .venv/bin/python -m pytest benchmarks/bench_convolution.py
#
# times this layer, forward and backward. It prints which shares of the time im2col, the products (GEMM, *general matrix
# multiply*) and col2im take, how close the layer comes to the peak, your machine's fastest product of two large matrices,
# and how it and a training step of LeNet-5 compare with PyTorch.
#
# One thing not to do: compute $d\mathbf{x}$ as (6.11) is written. A full correlation has $h\,w$ windows where scattering has
# $p\,q$, and the difference is zeros.

# %%
for name, (f, side) in {
    "VGG-16, 224 x 224": (3, 222),
    "LeNet-5, C5: 5 x 5 to 1 x 1": (5, 1),
}.items():
    full, scattered = (side + f - 1) ** 2 * f**2, side**2 * f**2
    print(f"{name}: {full / scattered:.2f} times the products")
ones = convolution.conv2d(np.pad(np.ones((1, 1, 1, 1)), [(0, 0), (0, 0), (4, 4), (4, 4)]),
                          (np.ones((1, 1, 5, 5)), np.zeros(1)))[0]  # fmt: skip
verify.equation("C5, 25 products have a delta that is not a zero", ones.sum(), 25)

# %% [markdown]
# ## The same in PyTorch
#
# All of it at once: two strides, a padding, a dilation, groups, several samples and channels, all gradients.

# %%
options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}


def layer(x, params):
    return convolution.conv2d(x, params, **options)


def torch_convolution(*tensors):
    return torch.nn.functional.conv2d(*tensors, **options)


arrays = [rng.normal(size=shape) for shape in [(3, 4, 9, 8), (6, 2, 3, 2), (6,)]]
verify.against_torch(layer, torch_convolution, *arrays, rng=rng)

# %% [markdown] tags=["question:ch05.backprop_through_convolution.average"]
# ### In your own words
#
# "A kernel is used at 784 places, so its gradient is a sum of 784 terms, and it learns 784 times too fast," says a
# colleague. She divides all kernel gradients by the number of places. Is the result still the gradient of the risk? Does it
# point in the same direction: for a network of a single convolution without a bias, for one with a bias, whose gradient she
# leaves as it is, and for one with a dense layer on top? What would happen to her check by central differences? And what
# could she change instead, if the kernels do learn too fast?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A product $w\,x$ in an output hands back $\delta\,x$ to the weight and $\delta\,w$ to the pixel. All else is bookkeeping.
# - The kernel's gradient is the correlation of the input with the deltas, dilated by the stride, summed over samples. The bias
#   gets the sum of the deltas.
# - The input's gradient is $\mathbf{A}^\top\boldsymbol{\delta}$: scatter the kernel as it is, or gather with the turned one
#   over padded deltas. It must know how large the input was.
# - Max pooling routes, mean pooling spreads; both keep the sum of the deltas.
# - Forward, $d\mathbf{W}$ and $d\mathbf{x}$ multiply equally often.
#
# ## Where the books differ
#
# - DLNN (6.21) has both indices reversed: $w_{a-h,\,b-w}$ must be $w_{h-a,\,w-b}$, as in (6.14). (6.19) prints $a < h$ for $a >
#   h$. In our copy (6.16) begins with "$h \notin k$"; it means that there is no $k$, our $u$, with $a + k = h$. (All checked
#   above.)
# - DLNN 6.3.2 calls the padded, turned convolution *deconvolution*, too; nothing is undone by it.
# - GBC 9.5 says that for strides above 1 the kernel's gradient is no convolution: it is one with a dilation. GBC's indices
#   count from 1, ours from 0.
# - Strang VII.3.7 leaves open on which side diagonal $k$ lies: $v_{i+k}$ and $v_{i-k}$ are both right, each for its side.
#
# **Next:** [Pooling and LeNet](06_pooling_and_lenet.ipynb) stacks convolutions and pooling, and trains the result.
