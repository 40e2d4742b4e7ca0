# %% [markdown]
# # Notation and shapes
#
# Five books, five alphabets: here is the one of this book, and how to translate.
#
# **After this notebook you can**
#
# - write the layer $\mathbf{s} = \mathbf{W}\mathbf{x} + \mathbf{b}$ for one sample and for a batch, and get the shapes right;
# - say which way round a derivative is printed, and turn it;
# - tell a sum from a mean over samples by the learning rate it needs.
#
# 25 minutes · before this: [How to use this book](01_how_to_use_this_book.ipynb)
#
# DLNN 3 · GBC Notation, 2.1 · Strang VII.1, VII.3 · EE147 Appendix · MEDL 5.1, 5.4
#
# | idea | here | DLNN | GBC | Strang | EE147 | MEDL |
# |---|---|---|---|---|---|---|
# | samples are | rows of `x` | rows of $\mathbf{X}$ | rows of $\mathbf{X}$ | columns $v$ | rows of the data, one input a column | rows of $X$, columns of $Z$, $A$ |
# | pre-activation | `s` | $\mathbf{s}$, net | $\mathbf{a}$ (Alg 6.3), $z$ | $Av + b$ | $z$, $a$ | $z$ |
# | activation | `a` | $\mathbf{a}$ | $\mathbf{h}$ | $v_k$ | $h$ | $a$ |
# | weights (out, in) | `W` | $\mathbf{W}$, $I \times J$ | $\mathbf{W}^\top$ | $A$, and $x$ for all | $W$ | $W$ |
# | dR/ds | `delta` | $\boldsymbol\delta$, a column | $\mathbf{g}$ | – | $\partial L/\partial z$ | $\delta$ |
# | learning rate | `lr` | $\eta$ | $\epsilon$ | $s$ | $\epsilon$ | $\alpha$ |
# | empirical risk | `risk` | $R_{emp}$, a sum or a mean | $J$, a mean | $L$, a sum | $J$ or $L$, a sum (softmax) or a mean (hinge) | $C$, a mean |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, learners, live, plots, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(1)

# %% [markdown]
# ## One layer, one sample
#
# A layer with $J$ inputs and $I$ outputs has a weight matrix of shape $(I, J)$, out by in. That is DLNN's orientation
# (3.2) and PyTorch's. GBC writes $\mathbf{W}^\top\mathbf{x}$, so its matrix is the transpose of ours.

# %% tags=["covers:affine-dense-layer"]
W, b = rng.normal(size=(2, 3)), rng.normal(size=2)
x = rng.normal(size=3)
s = W @ x + b
print("W", W.shape, " x", x.shape, " b", b.shape, " gives s", s.shape)

W_gbc = W.T
verify.equation("GBC 6.1, one transpose away", W_gbc.T @ x + b, s)

# %% [markdown]
# ## One layer, many samples
#
# Stack the samples as rows and the same layer reads $\mathbf{S} = \mathbf{X}\mathbf{W}^\top + \mathbf{b}$. The picture
# shows the shapes for five samples: read across a row of `x` and down nothing else, because samples never mix.

# %% tags=["covers:affine-dense-layer"]
x = rng.normal(size=(5, 3))
s, back = layers.linear(x, (W, b))
verify.equation("DLNN (3.2), every row is one sample", s, [W @ row + b for row in x])

figure, axes = plt.subplots(1, 4, figsize=(8.4, 3.2), width_ratios=[3, 2, 2, 2])
for ax, name, values in zip(
    axes, ["$X$", "$W^T$", "$b$", "$S$"], [x, W.T, b[None], s], strict=True
):
    ax.imshow(values, cmap="RdBu", vmin=-3, vmax=3)
    ax.set(title=f"{name} {values.shape}", ylim=(4.5, -0.5))
    ax.set_axis_off()
plots.show(
    figure,
    "X (5, 3), W transposed (3, 2), b (1, 2) and their result S (5, 2) as colored tiles",
)

# %% [markdown]
# A wrong shape is refused in words that name the argument, what came, and what is wanted:

# %% tags=["covers:affine-dense-layer"]
try:
    layers.linear(x[:, :2], (W, b))
except ValueError as error:
    print(error)

# %% [markdown]
# ### Exercise 1 · a batch through a layer
#
# Stuck? `hint(affine_rows)`, in a cell of your own, helps.


# %% tags=["exercise:affine_rows"]
def affine_rows(x, W, b):
    """Pre-activations (n, i) of the rows of x (n, j), with W (i, j) and b (i,).  DLNN (3.2)"""
    raise NotImplementedError("your code here")


# %% tags=["check:affine_rows"]
check(affine_rows)

# %% [markdown]
# ## Broadcasting the bias
#
# `b` has one number for each *column* of `s`. NumPy lines up shapes from the right, so `(5, 2) + (2,)` adds `b` to
# every row, which is what GBC (2.1) means by adding a vector to a matrix. A vector with one number for each *row* does
# not fit, and you are lucky when it does not: with as many rows as columns it would fit, and be wrong.

# %% tags=["covers:broadcasting-bias"]
A = rng.normal(size=(5, 2))
looped = np.empty_like(A)
for i in range(5):
    for j in range(2):
        looped[i, j] = A[i, j] + b[j]
verify.equation("GBC 2.1, (A + b)_ij = A_ij + b_j", A + b, looped)

try:
    A + np.ones(5)
except ValueError as error:
    print("one number a row:", error)

# %% [markdown]
# ## Sums without loops
#
# $\sum_i c_i\,\mathbf{x}_i$, each row weighted by a number, is a matrix product: $\mathbf{X}^\top\mathbf{c}$. You will
# meet it in every gradient of this book. The loop does the same arithmetic one row at a time, in Python instead of in
# compiled code, and pays for every turn: it takes some hundred times as long.

# %% tags=["covers:vectorised-sums"]
c, x = rng.normal(size=1000), rng.normal(size=(1000, 3))
looped = np.zeros(3)
for weight, row in zip(c, x, strict=True):
    looped = looped + weight * row
verify.equation(
    "EE147 Supervised Learning Example, sum_i c_i x_i", np.einsum("n,nd->d", c, x), looped
)

# %% [markdown]
# ### Exercise 2 · a weighted sum of rows
#
# One product will do. (A loop passes, too: a check looks at what comes out.)


# %% tags=["exercise:weighted_sum"]
def weighted_sum(c, x):
    """sum_i c_i x_i (d,) over the rows of x (n, d), with c (n,); no loop."""
    raise NotImplementedError("your code here")


# %% tags=["check:weighted_sum"]
check(weighted_sum)

# %% [markdown]
# ## The bias as a weight
#
# DLNN 4.6.1 and Strang VII.3 hide the bias: give every sample a first entry 1 and let the bias be its weight. For a
# layer in the middle of a network the 1 must survive, so the matrix needs one more row, $(1, 0, \dots, 0)$, that
# passes it on. ReLU leaves a 1 as it is; that row is never trained.


# %% tags=["covers:bias-as-constant-input"]
def augmented(W, b):
    """M = [[1, 0], [b, W]], for inputs that begin with a 1.  Strang VII.3 (3)-(4)"""
    top = np.eye(1, W.shape[1] + 1)
    return np.vstack([top, np.column_stack([b, W])])


sizes = [3, 4, 4, 2]
params = [
    (rng.normal(size=(i, j)), rng.normal(size=i)) for j, i in zip(sizes, sizes[1:], strict=False)
]
plain, with_one = rng.normal(size=(6, 3)), None
with_one = learners.with_bias(plain)
for W, b in params:
    plain = np.maximum(plain @ W.T + b, 0)
    with_one = np.maximum(with_one @ augmented(W, b).T, 0)
verify.equation("Strang VII.3 (3)-(4), three ReLU layers", with_one[:, 1:], plain)
verify.equation("DLNN 4.6.1, the leading 1 survives", with_one[:, 0], 1)

# %% [markdown]
# ## Which way round is a derivative?
#
# A risk with parameters $\mathbf{w}$ has as many partial derivatives as weights. Written $\partial R/\partial\mathbf{w}$
# they are a *row* in DLNN 3.9 (numerator layout); written $\nabla_\mathbf{w} R$ they are a *column*. GBC, like DLNN,
# prints $\partial$ output first and $\nabla$ as a column; Strang uses the Jacobian only; EE147 and MEDL use the column
# layout throughout. Code has a third habit, ours and PyTorch's: a gradient has **the shape of what it belongs to**.
#
# For a vector function $\mathbf{s} = \mathbf{W}\mathbf{x}$ the layouts are transposes of each other: the Jacobian
# $\partial\mathbf{s}/\partial\mathbf{x} = \mathbf{W}$ (numerator) against $\nabla_\mathbf{x}\mathbf{s} =
# \mathbf{W}^\top$ (denominator).


# %% tags=["covers:derivative-layout-helper"]
def to_denominator(derivative):
    """A derivative in numerator layout (outputs, inputs), in denominator layout."""
    return np.atleast_2d(derivative).T


W, x, target = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2)
jacobian = np.array([verify.gradient(lambda x, i=i: (W @ x)[i], x) for i in range(2)])
verify.equation("DLNN 3.9, ds/dx in numerator layout", jacobian, W, tolerance=1e-8)
verify.equation("EE147 Appendix, nabla_x (W x)", to_denominator(jacobian), W.T, tolerance=1e-8)

row = verify.gradient(lambda x: 0.5 * np.sum((W @ x - target) ** 2), x)[None]
print("dR/dx in DLNN", row.shape, " nabla_x R", to_denominator(row).shape, " in code", row[0].shape)

# %% [markdown]
# ### Exercise 3 · a matrix, as it is printed
#
# For one sample, $R = \frac12\lVert\mathbf{W}\mathbf{x} - \mathbf{t}\rVert^2$. In numerator layout the derivative of a
# number by a matrix has the shape of the *transposed* matrix, $(J, I)$: that is how DLNN (4.84) prints it. Code stores
# the other one.


# %% tags=["exercise:printed_weight_derivative"]
def printed_weight_derivative(W, x, t):
    """dR/dW in numerator layout (j, i), for W (i, j), x (j,), t (i,).  DLNN 3.9, (4.84)"""
    raise NotImplementedError("your code here")


# %% tags=["check:printed_weight_derivative"]
check(printed_weight_derivative)

# %% tags=["covers:derivative-layout-helper"]
_, back = layers.linear(x[None], (W, np.zeros(2)))
_, (in_code, _) = back((W @ x - target)[None])
slope = verify.gradient(lambda W: 0.5 * np.sum((W @ x - target) ** 2), W)
verify.equation("DLNN (4.84), in code it has the shape of W", in_code, slope, tolerance=1e-8)
print("dR/dW in DLNN", in_code.T.shape, " in code", in_code.shape)
verify.claim(
    "DLNN 3.9", "a row, a column", row.shape == (1, 3) and to_denominator(row).shape == (3, 1)
)

# %% [markdown]
# ## Pictures: channels last or first
#
# DLNN writes a color picture as height × width × channel, EE147 as width × height × depth; GBC and PyTorch put the channel
# first, and so does this book: (n, c, h, w). One `transpose` goes there and another comes back. A weighted sum over windows, which is all that a
# convolution is, does not care, as long as its kernel is turned the same way.

# %% tags=["covers:nhwc-nchw"]
channels_last = rng.random((2, 6, 6, 3))
channels_first = channels_last.transpose(0, 3, 1, 2)
print("NHWC", channels_last.shape, " NCHW", channels_first.shape)
verify.equation("MEDL 5.4, there and back", channels_first.transpose(0, 2, 3, 1), channels_last)

kernel = rng.normal(size=(2, 2, 3))
windows = np.lib.stride_tricks.sliding_window_view(channels_last, (2, 2), axis=(1, 2))
last = np.einsum("nijcuv,uvc->nij", windows, kernel)
windows = np.lib.stride_tricks.sliding_window_view(channels_first, (2, 2), axis=(2, 3))
first = np.einsum("ncijuv,cuv->nij", windows, kernel.transpose(2, 0, 1))
verify.equation("DLNN (6.6), the same convolution", first, last)

# %% [markdown]
# ## Sum or mean, half or not
#
# The same least-squares fit is printed with $\frac12\sum_n$ (DLNN 4.6), $\frac1N\sum_n$ (GBC 5.4), and
# $\frac1{2N}\sum_n$. The minimum is the same. The gradient is not, and the learning rate has to follow.
#
# **Find it.** Descent on one weight, with each of the scalings.

# %% tags=["live", "covers:loss-scaling-conventions"]
x, y = datasets.line(np.random.default_rng(3), 20, intercept=0.0)


def weight_path(scale, lr, steps=30):
    """One weight w from 0, on scale * sum (y - w x)^2: its value after each step."""
    w = [0.0]
    for _ in range(steps):
        w.append(w[-1] - lr * scale * 2 * np.sum((w[-1] * x[:, 0] - y) * x[:, 0]))
    return np.array(w)


n, best = len(y), learners.least_squares(x, y)[0]
scales = {"half the sum": 1 / 2, "sum": 1, "half the mean": 1 / (2 * n), "mean": 1 / n}
live.start.loss_scaling(weight_path, scales, best=best, curvature=2 * np.sum(x**2))

# %% [markdown]
# The largest stable rate is $2 / R''$, and $R''$ scales with the loss: a sum over $N$ samples is $N$ times steeper than
# their mean, so its largest rate is $N$ times smaller. In this book losses average over samples unless
# you ask for `reduction="sum"`, and the squared error carries the half: DLNN (4.5) averaged.

# %% tags=["covers:loss-scaling-conventions"]
for scale in (1.0, 1 / n):
    largest = 1 / (scale * np.sum(x**2))
    below, above = (abs(weight_path(scale, part * largest)[-1] - best) for part in (0.99, 1.01))
    verify.claim(
        f"scale {scale:.2g}", f"converges below {largest:.2f} only", below < abs(best) < above
    )

# %% tags=["covers:loss-scaling-conventions"]
from dlnotes import losses

outputs, targets = rng.normal(size=(8, 3)), rng.normal(size=(8, 3))
total, _ = losses.squared_error(outputs, targets, reduction="sum")
mean, _ = losses.squared_error(outputs, targets)
whole, _ = losses.squared_error(outputs, targets, half=False)
verify.equation("DLNN (4.6) is N times the mean", total, 8 * mean)
verify.equation("GBC (5.4) has no half", whole, 2 * mean)

# %% [markdown]
# ## The same in PyTorch
#
# `torch.nn.Linear` stores W as (out, in), like us. `mse_loss` averages over *all entries*, rows and columns, and has no
# half: that is a third scaling.

# %%
import torch
from torch.nn import functional as F

verify.against_torch(
    layers.linear, F.linear, rng.normal(size=(5, 3)), W, rng.normal(size=2), rng=rng
)
theirs = F.mse_loss(torch.tensor(outputs), torch.tensor(targets)).item()
verify.equation("torch mse_loss, times columns, times a half", theirs * 3 / 2, mean)
jacobian = torch.autograd.functional.jacobian(
    lambda x: torch.tensor(W) @ x, torch.tensor(rng.normal(size=3))
)
verify.equation("torch jacobian is numerator layout", jacobian.numpy(), W)

# %% [markdown]
# ## What to remember
#
# - Rows are samples, `W` is (out, in), `s = x @ W.T + b`.
# - A gradient has the shape of what it belongs to. DLNN's $\partial$ is its transpose, DLNN's $\nabla$ is not.
# - Before you copy a learning rate from a book, ask whether its loss is a sum or a mean.
#
# ## Where the books differ
#
# - DLNN 3.5 prints $\mathbf{W}^{[l]} \in \mathbb{R}^{n^{[l-1]} \times n^{[l]}}$; its own (3.2) needs out × in.
# - DLNN 3.9 lists three bullets with the same symbols (the bold type was lost): vector by scalar is a column, scalar by
#   vector a row, vector by vector a matrix. (B.6) then prints a column where a row is meant.
# - EE147 prints $\mathbf{J} = \nabla_x y^\top$ for $\mathbf{J} = (\nabla_x y)^\top$.
# - GBC stores weights (in, out) in 6.3 and uses the other orientation in Algorithms 6.3 and 6.4; its squared errors
#   come with and without the half, as mean and as sum (5.4, 5.18, 7.2).
#
# **Next:** [The linear neuron](../ch02_single_layer_networks/01_linear_neuron.ipynb) puts one of these layers to work.
