# %% [markdown]
# # Deep networks
#
# Stack the layers, write each as one matrix, and the way back is the way forward with every matrix turned around.
#
# **After this notebook you can**
#
# - write the forward and the backward pass of a deep network in a few lines of matrices, for one sample or for many;
# - say what a layer must be able to do so that backpropagation works through it, and repair a formula that is misprinted;
# - predict from the weights and the activation whether the first layers of a deep network will learn at all.
#
# 85 minutes in two sittings, 55 for the text and 30 for the exercises · the break is before *On the way back* · before this:
# [The multilayer perceptron](02_multilayer_perceptron.ipynb)
#
# DLNN 4.7 · GBC 6.1, 6.3.3, 6.4, 6.5 · Strang VII.1, VII.3 · EE147 Neural Networks, Backpropagation · MEDL 5.1-5.4
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{W}^{[l]}$ (DLNN, MEDL), $A_k$ (Strang) | `W` (out, in) | weights of layer $l$; GBC's $\mathbf{W}$ is (in, out) outside Algorithm 6.3 |
# | $\mathbf{s}^{[l]}$ (DLNN), $\mathbf{z}$ (MEDL), $\mathbf{a}^{(k)}$ (GBC) | `s` | pre-activations, before the activation $f$ |
# | $\mathbf{a}^{[l]}$ (DLNN, MEDL), $\mathbf{h}^{(k)}$ (GBC), $v_k$ (Strang) | `a` | activations, behind $f$; $\mathbf{a}^{[0]} = \mathbf{x}$ |
# | $\boldsymbol\delta^{[l]}$ (DLNN, MEDL) | `delta` | slope of the loss along each pre-activation |
# | $\zeta^{[l]}$ (MEDL) | `zeta` | slope of the loss along each activation, an *adjoint* |
# | a sample is a column (DLNN, MEDL, EE147) | rows are samples | $\mathbf{W}\mathbf{x}$ in a book is `x @ W.T` here |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, initialization, layers, live, losses, optimizers, plots, units, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(3)


def generic(*sizes):
    """Weights and biases of a multilayer perceptron with these sizes, none of them 0."""
    theta, unpack = optimizers.pack(initialization.mlp(rng, *sizes))
    return unpack(0.6 * rng.normal(size=theta.shape))


# %% [markdown]
# ## A network is a list of matrices
#
# A unit was a weighted sum and an activation. A layer is all its sums at once: $\mathbf{s}^{[l]} = \mathbf{W}^{[l]}
# \mathbf{a}^{[l-1]} + \mathbf{b}^{[l]}$ and $\mathbf{a}^{[l]} = f(\mathbf{s}^{[l]})$, DLNN (4.75). Row $i$ of
# $\mathbf{W}^{[l]}$ has the weights that lead into unit $i$. A deep network does this $L$ times; only its last activation
# is another one, here the softmax, which turns three scores into probabilities: DLNN (4.74). With samples in rows it
# is one loop.


# %% tags=["covers:deep-network-matrix-form"]
def tanh_loop(x, params):
    """Probabilities (n, k) for x (n, d): tanh layers, then a softmax.  DLNN (4.74), (4.75)"""
    *hidden, (W_out, b_out) = params[::2]  # between them is (): tanh has no parameters
    a = x
    for W, b in hidden:
        a = np.tanh(a @ W.T + b)
    return layers.softmax(a @ W_out.T + b_out)[0]


x, labels = rng.normal(size=(8, 4)), rng.integers(0, 3, size=8)
params = generic(4, 6, 5, 3)
network = layers.chain(*layers.mlp(3, layers.tanh), layers.softmax)
W1, W2, W3 = [W for W, b in params[::2]]
verify.equation(
    "DLNN (4.75), a loop and a chain", tanh_loop(x, params), network(x, (*params, ()))[0]
)
verify.claim("DLNN 4.7", "inner sizes meet", W3.shape[1] == len(W2) and W2.shape[1] == len(W1))

# %% [markdown]
# Strang writes a network of functions, $F = F_L(\ldots F_2(F_1(v)))$ (the dots are missing in print). His second layer
# is printed $A_1 v_1 + b_1$, three times. Shapes catch such a slip before any number does. Draw every matrix of
# $\mathbf{W}^{[3]}\mathbf{W}^{[2]}\mathbf{W}^{[1]}\mathbf{x}$ as a rectangle: two neighbors fit where the width of the left
# one is the height of the right one.


# %% tags=["covers:deep-network-matrix-form"]
def rectangles(factors, ax):
    """A product of matrices, {"name": (rows, columns)}, as rectangles with their sizes."""
    left = 0
    for number, (name, (rows, columns)) in enumerate(factors.items()):
        fill, edge = plots.tints(4)[number % 4], plots.PALETTE[number % 4]
        ax.add_patch(
            plt.Rectangle((left, -rows / 2), columns, rows, facecolor=fill, edgecolor=edge)
        )
        ax.text(left + columns / 2, 0, name, ha="center", va="center")
        ax.text(left + columns / 2, -rows / 2 - 0.3, f"{rows} × {columns}", ha="center", va="top")
        left += columns + 1.5
    ax.set(xlim=(-0.5, left), ylim=(-4.4, 3.4), aspect="equal")
    ax.set_axis_off()


# %% tags=["covers:deep-network-matrix-form"]
figure, ax = plt.subplots(figsize=(8, 3))
rectangles({"$W^{[3]}$": W3.shape, "$W^{[2]}$": W2.shape, "$W^{[1]}$": W1.shape, "x": (4, 1)}, ax)
plots.show(figure, "Three weight matrices and a sample as rectangles: width meets height")

# %% [markdown]
# The picture reads from the right: four inputs become six numbers, five, three. $A_1 v_1$ would put the 6 × 4 rectangle
# in front of six numbers.

# %% tags=["covers:deep-network-matrix-form"]
v1 = np.tanh(layers.linear(x, params[0])[0])
verify.claim("Strang VII.1", "A_1 v_1 does not fit", v1.shape[1] != W1.shape[1])
verify.claim("Strang VII.1 (1)", "A_2 v_1 + b_2 does", v1.shape[1] == W2.shape[1])

# %% [markdown]
# ## Without activations it is one matrix
#
# Take the tanh away. Then layer after layer is only $\mathbf{W}^{[L]}\cdots\mathbf{W}^{[1]}$, and a product of matrices is
# a matrix. Put $\mathbf{s}^{[1]}$ into $\mathbf{s}^{[2]}$: $\mathbf{W}^{[2]}(\mathbf{W}^{[1]}\mathbf{x} + \mathbf{b}^{[1]}) +
# \mathbf{b}^{[2]}$, so $\mathbf{b}^{[1]}$ travels through the weights above it and $\mathbf{b}^{[2]}$ is added. In general
# $\tilde{\mathbf{b}} = \sum_l \bigl(\prod_{m>l} \mathbf{W}^{[m]}\bigr)\,\mathbf{b}^{[l]}$, the later factors on the left
# (GBC 6.1, EE147, MEDL 5.2).


# %% tags=["covers:linear-collapse"]
def collapse_linear(params):
    """The linear layer (W, b) that does what those in params do one after the other."""
    W, b = params[0]
    for W_next, b_next in params[1:]:
        W, b = W_next @ W, W_next @ b + b_next
    return W, b


stack = generic(4, 6, 5, 7, 3)[::2]
deep, _ = layers.chain(*[layers.linear] * 4)(x, stack)
flat, _ = layers.linear(x, collapse_linear(stack))
verify.equation("MEDL 5.2, four linear layers are one", deep, flat)
above = [np.eye(3)]  # the products of all weights above a layer, last layer first
for W, _ in stack[:0:-1]:
    above.append(above[-1] @ W)
traveled = sum(product @ b for product, (_, b) in zip(above, reversed(stack), strict=True))
verify.equation("MEDL 5.2, b as a sum over the layers", collapse_linear(stack)[1], traveled)

# %% [markdown]
# ## A linear layer in between can still be worth it
#
# It computes nothing new, but it can say less with fewer numbers. Send $p$ inputs through $q$ linear units in between:
# the weights of $n$ units become $\mathbf{U}\mathbf{V}$ with $\mathbf{U}$ $(n, q)$ and $\mathbf{V}$ $(q, p)$, a matrix of
# rank $q$ at most, and $q\,(n + p)$ numbers in place of $n\,p$ (GBC 6.3.3, EE147). The singular value decomposition finds
# the best two factors. Here the matrix predicts the lower half of a digit from its upper half, 32 pixels from 32.

# %% tags=["covers:low-rank-bottleneck"]
pixels = datasets.digits()[0]
upper, lower = np.hsplit(pixels - pixels.mean(axis=0), 2)
W = np.linalg.solve(upper.T @ upper + 10 * np.eye(32), upper.T @ lower).T  # least squares, damped
U, sigma, Vt = np.linalg.svd(W)
n, p = W.shape
through = np.arange(n + 1)
error = [np.linalg.norm(W - (U[:, :q] * sigma[:q]) @ Vt[:q]) / np.linalg.norm(W) for q in through]
figure, ax = plt.subplots()
ax.plot(through, error, "o-", markersize=4, label="what is missing of W")
ax.plot(through, through * (n + p) / (n * p), "--", label="numbers to store, of n p")
ax.axvline(n * p / (n + p), color=plots.INK, linewidth=1)
ax.set(xlabel="units q in between", ylabel="share")
ax.legend()
plots.show(figure, "Error of the best matrix of rank q, and the numbers it needs, against q")

# %% [markdown]
# With 8 of 32 units half of the numbers are saved, and a third of the matrix is missing. Right of the thin line, at
# $q = np/(n+p)$, the two factors need more numbers than the one matrix.

# %% tags=["covers:low-rank-bottleneck"]
ranks = [np.linalg.matrix_rank((U[:, :q] * sigma[:q]) @ Vt[:q]) for q in through]
verify.claim("GBC 6.3.3", "the rank is q at most", (ranks <= through).all())
saves = through * (n + p) < n * p
below = through < n * p / (n + p)
verify.claim("GBC 6.3.3", "it saves iff q < n p / (n + p)", (saves == below).all())
rest = [np.sqrt((sigma[q:] ** 2).sum() / (sigma**2).sum()) for q in through]
verify.equation("here, the error by the singular values left out", error, rest)
two = (Vt[:8], np.zeros(8)), (U[:, :8] * sigma[:8], np.zeros(n))
narrow, _ = layers.chain(layers.linear, layers.linear)(upper, two)
verify.equation("here, two linear layers against U V", narrow, upper @ collapse_linear(two)[0].T)
print(f"q = 8: {8 * (n + p)} numbers for {n * p}, {error[8]:.0%} of W is missing")

# %% [markdown]
# ## What ReLU keeps
#
# A network of ReLUs is not linear. But leave out the biases, and one thing survives: $F(\alpha\mathbf{v}) = \alpha
# F(\mathbf{v})$ for $\alpha \ge 0$, because $\max(\alpha s, 0) = \alpha\max(s, 0)$. Walk along a ray through the origin:

# %% tags=["covers:positive-homogeneity"]
bias_free = initialization.mlp(rng, 4, 6, 5, 3, init=initialization.he)  # all biases are 0
F = layers.chain(*layers.mlp(3, layers.relu))
v, along = rng.normal(size=(1, 4)), np.linspace(-2, 2, 81)[:, None]
scores = F(along * v, bias_free)[0]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharex=True)
axes[0].plot(along, scores)
axes[1].plot(along, layers.softmax(scores)[0])
for ax, label in zip(axes, ["outputs F(α v)", "softmax of F(α v)"], strict=True):
    ax.set(xlabel="α", ylabel=label)
plots.show(figure, "Three outputs along a ray: two straight halves without softmax, curves with it")

# %% [markdown]
# Left: straight from the origin outward on either side, with a bend at 0. Right: the softmax bends everything, and
# scaling an input changes how sure the network is. Strang's (6) says *always* $\mathrm{ReLU}(ax) = a\,\mathrm{ReLU}(x)$.
# The left half shows why it must say $a \ge 0$.

# %% tags=["covers:positive-homogeneity"]
one, three, minus = [F(alpha * v, bias_free)[0] for alpha in (1, 3, -1)]
verify.equation("Strang VII.3, F(3 v) = 3 F(v)", three, 3 * one)
verify.claim("Strang VII.3 (6)", "F(-v) is not -F(v)", np.abs(minus + one).max() > 0.1)
relu = np.array([max(-1 * 2, 0), -1 * max(2, 0)])
verify.equation("Strang VII.3 (6), ReLU(a x) and a ReLU(x) at a = -1, x = 2", relu, [0, -2])
p_one, p_three = layers.softmax(one)[0], layers.softmax(three)[0]
over = np.abs(p_three - 3 * p_one).max() > 0.1
verify.claim("here", "with a softmax p(3 v) is not 3 p(v)", over)

# %% [markdown]
# ## On the way back
#
# *A good place to begin the second sitting.*
#
# A layer gets $\partial L/\partial(\text{its output})$ from above and has to make two things: the same for its input, to
# be handed down, and the gradients of its own parameters. EE147 (Figure 16) takes a layer apart, $\mathbf{c} =
# \mathbf{W}\mathbf{h}$, then $\mathbf{a} = \mathbf{c} + \mathbf{b}$, then a ReLU, and finds the formulas by *dimension
# matching*: $\partial L/\partial\mathbf{W}$ must have the shape of $\mathbf{W}$, and of a column $\partial
# L/\partial\mathbf{c}$ and a column $\mathbf{h}$ only one product has it. Shapes suggest; differences confirm.

# %% tags=["covers:linear-layer-backward"]
W, h = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
dc = rng.normal(size=(3, 1))  # what comes from above, for one sample as a column
dW, dh = dc @ h.T, W.T @ dc
print(f"dW: {dc.shape} times {h.T.shape} makes {dW.shape}, the shape of W")
print(f"dh: {W.T.shape} times {dc.shape} makes {dh.shape}, the shape of h")


def along_dc(W, h):
    return float((dc * (W @ h)).sum())


slopes = verify.gradient(lambda W: along_dc(W, h), W), verify.gradient(lambda h: along_dc(W, h), h)
verify.equation("EE147 Fig 16, dW", dW, slopes[0], tolerance=1e-8)
verify.equation("EE147 Fig 16, dh", dh, slopes[1], tolerance=1e-8)

# %% [markdown]
# ### Exercise 1 · back through a linear layer, a whole mini-batch at once
#
# Now with $n$ samples in the rows of $\mathbf{x}$ and of `delta`. They share one $\mathbf{W}$ and one $\mathbf{b}$: what
# does that mean for their gradients? `delta` is $\partial R/\partial\mathbf{s}$, so where the risk is a mean, its $1/n$ is
# in there already. Begin with the shapes. Stuck? `hint(linear_layer_pullback)`, in a cell of your own, helps.


# %% tags=["exercise:linear_layer_pullback"]
def linear_layer_pullback(x, W, delta):
    """(dx, dW, db) of s = x @ W.T + b, from delta = dR/ds (n, i).

    x (n, j), rows are samples;  W (i, j), b (i,);  dx (n, j), dW (i, j), db (i,).
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:linear_layer_pullback"]
check(linear_layer_pullback)

# %% [markdown]
# ## A mini-batch is one product
#
# Here is what you have just added up. One sample leaves a gradient $\boldsymbol\delta\,\mathbf{a}^\top$ in a matrix: every
# row is the same $\mathbf{a}$, only scaled, a matrix of rank 1. Below are those of four samples and their mean, orange
# above zero and blue below.

# %% tags=["covers:backprop-minibatch"]
batch, target = rng.normal(size=(4, 7)), rng.integers(0, 5, size=4)
W, b = rng.normal(size=(5, 7)), rng.normal(size=5)
s, back = layers.linear(batch, (W, b))
_, delta = losses.cross_entropy(s, target)  # a mean: delta is divided by n already
dx, (dW, db) = back(delta)
each = [np.outer(d, a) for d, a in zip(4 * delta, batch, strict=True)]
titles = ["sample 1", "sample 2", "sample 3", "sample 4", "their mean"]
limit = np.abs(each).max()
style = {"cmap": plots.SIGNED, "vmin": -limit, "vmax": limit}
figure = plots.images(np.array([*each, dW]), titles, columns=5, size=1.5, **style)
for ax in figure.axes:  # a frame around each matrix
    ax.add_patch(plt.Rectangle((-0.5, -0.5), 7, 5, fill=False, clip_on=False, color=plots.INK))
figure.get_layout_engine().set(wspace=0.12)
plots.show(figure, "The gradients of four samples as striped matrices of rank 1, and their mean")
minibatch, by_layer = (batch, W, delta), {"dx": dx, "dW": dW, "db": db}

# %% [markdown]
# Each of the four is a plaid of one row and one column; the mean is not. Nobody computes the four. Your pullback, once it
# passes, sums them in a single product, with the samples as the inner size (GBC 6.5.7, MEDL 5.4).

# %% tags=["covers:backprop-minibatch"]
yours = use(linear_layer_pullback)(*minibatch)
verify.equation("MEDL 5.4, dW is the mean over the samples", yours[1], np.mean(each, axis=0))
for name, your_own in zip(by_layer, yours, strict=True):
    verify.equation(f"here, {name} of the book's layer", your_own, by_layer[name])
ranks = [np.linalg.matrix_rank(grad) for grad in [*each, by_layer["dW"]]]
verify.equation("MEDL (5.33), rank 1 for a sample, 4 for four", ranks, [1, 1, 1, 1, 4])

# %% [markdown]
# ## The other half of the layer
#
# Then comes the activation. It acts on each entry alone, so its way back is an entry-by-entry product with its slopes. For
# the ReLU these are 1 and 0, a mask.
#
# ### Exercise 2 · back through a layer of ReLUs
#
# Write it: $\partial L/\partial\mathbf{s} = \mathbf{1}(\mathbf{s} > 0) \odot \partial
# L/\partial\mathbf{h}$ (EE147). At exactly 0 the ReLU has a corner, and the books choose different slopes. Let the caller
# choose. The cell below the check uses your function.


# %% tags=["exercise:relu_layer_pullback"]
def relu_layer_pullback(s, dh, at_zero):
    """dR/ds (n, i) of h = max(s, 0), from the pre-activations s (n, i) and dh = dR/dh (n, i).

    at_zero, the slope to take where s is exactly 0: DLNN and MEDL take 1, PyTorch and EE147 0.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:relu_layer_pullback"]
check(relu_layer_pullback)

# %% tags=["covers:relu-layer-backward"]
pullback = use(relu_layer_pullback)
s, dh = np.array([[-2.0, -0.1, 0.0, 0.4, 3.0]]), np.array([[0.5, -1.5, 2.0, -0.3, 1.0]])
for at_zero in (0.0, 0.5, 1.0):
    print(f"slope {at_zero} at 0:", pullback(s, dh, at_zero)[0] + 0.0)  # + 0.0 turns -0.0 into 0.0
verify.equation("EE147 Fig 16, the mask 1(s > 0)", pullback(s, dh, 0.0), (s > 0) * dh)
verify.equation("EE147 Fig 16, exactly 0 where s < 0", pullback(s, dh, 1.0)[s < 0], 0, tolerance=0)
verify.equation("here, layers.relu: slope 0 at 0", layers.relu(s)[1](dh)[0], pullback(s, dh, 0.0))

# %% [markdown]
# ## All layers at once
#
# How does the loss of one sample change with a single weight $w^{[1]}_{ij}$ of the *first* layer? The chain rule is a
# product along the whole network, DLNN (4.76):
#
# $$\frac{\partial L}{\partial w^{[1]}_{ij}} =
# \underbrace{\frac{\partial L}{\partial\hat{\mathbf{y}}}\frac{\partial\hat{\mathbf{y}}}{\partial\mathbf{s}^{[L]}}}_{A}
# \;\underbrace{\frac{\partial\mathbf{s}^{[L]}}{\partial\mathbf{s}^{[L-1]}}}_{B}\cdots
# \underbrace{\frac{\partial\mathbf{s}^{[2]}}{\partial\mathbf{s}^{[1]}}}_{B}
# \;\underbrace{\frac{\partial\mathbf{s}^{[1]}}{\partial w^{[1]}_{ij}}}_{C}$$
#
# $A$ is $(\hat{\mathbf{y}} - \mathbf{y})^\top$ for softmax with cross-entropy. Each $B$ is $\mathbf{W}^{[l]}\,
# \mathrm{diag}(f'(\mathbf{s}^{[l-1]}))$, DLNN (4.80): the weights, each column scaled by the slope of the unit below. $C$ is
# $a^{[0]}_j$ in row $i$ and 0 elsewhere, DLNN (4.82).

# %% tags=["covers:backprop-matrix-form"]
sample, y = x[:1], losses.one_hot(labels[:1], 3)
activations, deltas = layers.trace(
    layers.mlp(3, layers.tanh), params, sample, losses.cross_entropy, y
)
_, s1, a1, s2, a2, s3 = [a[0] for a in activations]  # of the one sample
A = (layers.softmax(s3[None])[0] - y)[0][None]
B3, B2 = W3 @ np.diag(1 - a2**2), W2 @ np.diag(1 - a1**2)
i, j = 4, 2
C = np.zeros((6, 1))
C[i] = sample[0, j]

figure, ax = plt.subplots(figsize=(8, 3))
rectangles({"A": A.shape, "$B$ of $l = 3$": B3.shape, "$B$ of $l = 2$": B2.shape, "C": C.shape}, ax)
plots.show(figure, "The factors of the chain rule as rectangles: a row, two matrices, a column")

# %% [markdown]
# A row, matrices, a column: the product is one number. Multiply from the left, and every step is a row times a matrix.
# That row is the news that travels down the network: $\boldsymbol\delta^{[l]\top} = \partial L/\partial\mathbf{s}^{[l]}$.


# %% tags=["covers:backprop-matrix-form"]
def loss_of(W):
    """The loss of the sample with other weights W in layer 1."""
    output, _ = layers.chain(*layers.mlp(3, layers.tanh))(sample, ((W, params[0][1]), *params[1:]))
    return losses.cross_entropy(output, y)[0]


slope = verify.gradient(loss_of, W1)
verify.equation("DLNN (4.76), A B B C", A @ B3 @ B2 @ C, [[slope[i, j]]], tolerance=1e-8)
above = layers.chain(layers.tanh, layers.linear)  # from s^[2] to s^[3]
J = verify.jacobian(above, s2[None], ((), params[4]))[0]
verify.equation("DLNN (4.80), ds3/ds2 scales the columns of W3", B3, J)
verify.equation("DLNN (4.77), (4.78), A is delta^[3] as a row", A, deltas[5])
verify.equation("DLNN (4.81), A B is delta^[2]", A @ B3, deltas[3])
verify.equation("DLNN (4.81), A B B is delta^[1]", A @ B3 @ B2, deltas[1])
verify.equation(
    "DLNN (4.83), delta_i a_j", deltas[1][0, i] * sample[0, j], slope[i, j], tolerance=1e-8
)

# %% [markdown]
# ### Exercise 3 · the delta recursion
#
# DLNN (4.81): $\boldsymbol\delta^{[l-1]\top} = \boldsymbol\delta^{[l]\top}\,\mathbf{W}^{[l]}\,
# \mathrm{diag}(f'(\mathbf{s}^{[l-1]}))$. Never build the diagonal matrix: multiplying by it scales columns, and so does
# `*`. Write the recursion for a batch and any number of layers.


# %% tags=["exercise:hidden_deltas"]
def hidden_deltas(weights, slopes, delta):
    """The deltas (delta^[1], ..., delta^[L-1]) of the hidden layers as a tuple, rows are samples.

    weights (W^[2], ..., W^[L]), each (units, units below);  slopes (f'(s^[1]), ..., f'(s^[L-1])),
    each (n, units);  delta = delta^[L] (n, k).  By hand, with NumPy alone.  DLNN (4.81)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:hidden_deltas"]
check(hidden_deltas)

# %% [markdown]
# With the deltas in hand the gradients are outer products: $\partial L/\partial\mathbf{W}^{[l]} = \boldsymbol\delta^{[l]}
# \mathbf{a}^{[l-1]\top}$, MEDL (5.33). DLNN (4.84) prints $\mathbf{a}^{[l-1]}\boldsymbol\delta^{[l]\top}$, which is the
# same numbers transposed: there, a gradient is a row. What you subtract from $\mathbf{W}$ must have the shape of
# $\mathbf{W}$. Here is all of backpropagation in matrices (GBC Algorithm 6.4, MEDL Algorithm 5.2).


# %% tags=["covers:backprop-matrix-form"]
def backprop(x, params, labels):
    """[(dW, db), ...] of the linear layers of a tanh network with softmax and cross-entropy."""
    linear = params[::2]
    a = [x]
    for W, b in linear[:-1]:
        a.append(np.tanh(a[-1] @ W.T + b))
    W, b = linear[-1]
    _, delta = losses.cross_entropy(a[-1] @ W.T + b, labels)
    grads = [(delta.T @ a[-1], delta.sum(axis=0))]
    for layer in reversed(range(1, len(linear))):
        delta = delta @ linear[layer][0] * (1 - a[layer] ** 2)  # tanh' = 1 - tanh²
        grads.append((delta.T @ a[layer - 1], delta.sum(axis=0)))
    return grads[::-1]


# %% tags=["covers:backprop-matrix-form"]
output, back = layers.chain(*layers.mlp(3, layers.tanh))(x, params)
_, grads = back(losses.cross_entropy(output, labels)[1])
ours, theirs = optimizers.vector(backprop(x, params, labels)), optimizers.vector(grads)
verify.equation("MEDL Algorithm 5.2 and the chain of pullbacks", ours, theirs)
(dW, _), *_ = backprop(x[:1], params, labels[:1])
verify.equation("DLNN (4.84), transposed: the shape of W", dW.shape, W1.shape)
verify.equation("MEDL (5.33), rank 1 per sample", np.linalg.matrix_rank(dW), 1)

# %% [markdown]
# MEDL prints the step $\boldsymbol\delta^{[l]} = \mathrm{Diag}(\dot\sigma)\,\mathbf{W}^{[l+1]}\boldsymbol\delta^{[l+1]}$
# once without the transpose (5.4, in the text; (5.32) has it), and beside it a forward step that feeds
# $\mathbf{a}^{[l-1]}$ into $\mathbf{a}^{[l+1]}$. The shapes object to the first:

# %% tags=["covers:backprop-matrix-form"]
delta3, delta2 = deltas[5].T, deltas[3].T  # columns, as in the book
fits = W3.T.shape[1] == len(delta3) and W3.shape[1] != len(delta3)
verify.claim("MEDL 5.4", "W delta does not fit, W^T delta does", fits)
verify.equation("MEDL (5.32)", np.diag(1 - a2**2) @ W3.T @ delta3, delta2)

# %% [markdown]
# And the matrices say what the [last page](02_multilayer_perceptron.ipynb) said one unit at a time. This is its network,
# two inputs, three sigmoid units and one output, with the gradients of both pages on one more sample:

# %% tags=["covers:backprop-matrix-form"]
small = ((np.array([[0.5, -1.0], [1.5, 0.5], [-0.5, 1.0]]), np.array([0.5, -0.5, 1.0])), (),
         (np.array([[1.0, -1.5, 0.5]]), np.array([0.25])))  # fmt: skip
one, yes = np.array([[0.4, -1.3]]), np.array([1])  # a third sample
s, back = layers.chain(*layers.mlp(2, layers.sigmoid))(one, small)
_, delta = losses.binary_cross_entropy(s, yes)
in_matrices = units.weights(back(delta)[1])  # dW and db by the numbers of their units
w = units.weights(small)
_, a, slope = units.forward(w, one[0], lambda s: (f := 1 / (1 + np.exp(-s)), f * (1 - f)))
_, unit_by_unit = units.backward(w, a, slope, {6: float(delta[0, 0])})
same = [in_matrices[ij] for ij in w], [unit_by_unit[ij] for ij in w]
verify.equation("DLNN 4.6 and 4.7, nine weights and four biases", *same, tolerance=1e-12)

# %% [markdown]
# **Step through it**, forward and back, one layer at a time: press Step, and read what each step needs from the way
# forward. Under *book* you can change the notation; with *your turn* the figure waits for your number.

# %% tags=["live", "covers:backprop-matrix-form"]
live.Stepper(
    layers.mlp(2, layers.sigmoid), small, one, losses.binary_cross_entropy, yes, units=False
)

# %% [markdown]
# ## Any layers at all
#
# Nothing above needs a matrix. MEDL (5.21) allows any function $\mathbf{a}^{[l]} = f^{[l]}(\mathbf{a}^{[l-1]};
# \theta^{[l]})$ for a layer, as long as it comes with two derivatives: along its input, to hand the *adjoint* $\zeta^{[l]} =
# \partial C/\partial\mathbf{a}^{[l]}$ down, and along its parameters, for the gradient. In this book that is the pair that
# `back` returns, and Algorithm 5.1 is `chain`. The book's example has four layers of one unit: ReLU, tanh, sigmoid,
# identity, with $C = \frac12(a^{[4]} - y)^2$, (5.27). Its numbers are ours: $\mathbf{x} = (1, -0.5)$, $y = 0.5$.
#
# Step 5 of the algorithm is misprinted: $\zeta^{[l]} = \dot f_\theta^{[l]}\,\zeta^{[l+1]}$. The code below does both,
# the pass of (5.26), and in `printed` what the misprint says: it hands down the wrong half of the pair.


# %% tags=["covers:backprop-general-layers"]
activation, x0, y0 = [layers.relu, layers.tanh, layers.sigmoid, layers.identity], [[1.0, -0.5]], 0.5


def passes(theta1, *others):
    """The chain (5.27) forward and back.  MEDL (5.26), and Algorithm 5.1 as printed"""
    a, backs = [np.array(x0)], []
    for f, W in zip(activation, [[[theta1, -0.7]], *[[[theta]] for theta in others]], strict=True):
        out, back = layers.chain(layers.linear, f)(a[-1], ((np.array(W), np.zeros(1)), ()))
        a, backs = [*a, out], [*backs, back]
    zeta, printed, g = [a[-1] - y0], [a[-1] - y0], []
    for back in reversed(backs):
        down, ((gradient, _), _) = back(zeta[0])
        zeta, g = [down, *zeta], [gradient, *g]
    for back in backs[2::-1]:  # layers 3, 2, 1
        printed = [back(printed[0])[1][0][0], *printed]
    lists = {"a": a, "zeta": zeta[1:], "g": g, "printed": printed}
    return {name: [np.squeeze(value) for value in values] for name, values in lists.items()}


# %% [markdown]
# **Move the weights.** A gradient stands between the two activations that its layer connects. Answer the question first.

# %% tags=["live", "covers:unrolled-four-layer"]
start = [1.2, 0.4, 0.5, 0.7]
live.deep_networks.unrolled_chain(passes, [f.__name__ for f in activation], start)

# %% [markdown]
# With the weights of the start the adjoint of layer 3 is −0.0715, and the misprint makes it −0.0138. In layer 1 the misprint
# has two numbers where one belongs: the slope along a parameter has the parameter's shape. Differences settle the rest.

# %% tags=["covers:unrolled-four-layer", "covers:backprop-general-layers"]
found = passes(*start)


def cost(theta):
    """C as a function of all five weights, x and y as above."""
    a1 = max(theta[:2] @ x0[0], 0)
    a4 = theta[4] / (1 + np.exp(-theta[3] * np.tanh(theta[2] * a1)))
    return 0.5 * (a4 - y0) ** 2


slopes = verify.gradient(cost, np.array([1.2, -0.7, 0.4, 0.5, 0.7]))
verify.equation("MEDL (5.26), all four gradients", np.hstack(found["g"]), slopes)
verify.equation("MEDL (5.26), zeta of layer 3", found["zeta"][2], -0.0715, tolerance=5e-5)
verify.equation(
    "MEDL Algorithm 5.1, step 5 as printed", found["printed"][2], -0.0138, tolerance=5e-5
)
two = found["printed"][0].shape == (2,)
verify.claim("MEDL Algorithm 5.1", "step 5, printed: two numbers stand for one in layer 1", two)

# %% [markdown]
# ### Exercise 4 · repair Algorithm 5.1
#
# Write the pass for a chain of scalar layers from what a forward pass has left behind: what went into each layer, and
# the slope of its activation there. Which of its two derivatives does the adjoint take on its way down, and that of
# which layer?


# %% tags=["exercise:scalar_chain_gradients"]
def scalar_chain_gradients(theta, a, slope, zeta):
    """The gradients g (L,) of the L layers a^[l] = sigma(theta^[l] a^[l-1]), all of them numbers.

    theta (L,);  a (L,), what goes in: a^[0], ..., a^[L-1];  slope (L,), sigma' in each layer;
    zeta = dR/da^[L], the last adjoint.  MEDL (5.26), and Algorithm 5.1 without its misprint
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:scalar_chain_gradients"]
check(scalar_chain_gradients)

# %% [markdown]
# ## Vanishing and exploding
#
# By DLNN (4.81) a delta passes a matrix and a row of slopes in each layer. A matrix lengthens a vector at most by its
# largest singular value $\lVert\mathbf{W}\rVert_2$, and the slopes at most by the steepest one. So
# $\lVert\boldsymbol\delta^{[l-1]}\rVert \le \lVert\mathbf{W}^{[l]}\rVert_2\,\max f'\,\lVert\boldsymbol\delta^{[l]}
# \rVert$, and forty layers multiply forty such factors. The sigmoid's steepest slope is 1/4.
#
# Below, up to 60 layers of 32 units with random weights, as large as keeps a linear network's lengths about constant;
# the *gain* multiplies them all. The loss pulls at the last layer with a delta of length 1. (GELU, a rounded ReLU, waits on
# [page 7](07_activation_functions.ipynb).)


# %% tags=["covers:vanishing-exploding-gradients"]
bank = {  # an activation and its steepest slope
    "identity": (layers.identity, 1), "relu": (layers.relu, 1), "gelu": (layers.gelu, 1.129),
    "tanh": (layers.tanh, 1), "sigmoid": (layers.sigmoid, 0.25),
}  # fmt: skip
matrices, pull = rng.normal(size=(60, 32, 32)) / np.sqrt(32), rng.normal(size=(16, 32))
data, pull = rng.normal(size=(16, 32)), pull / np.linalg.norm(pull)
largest = np.linalg.norm(matrices, 2, axis=(1, 2))  # norm2(W) of each layer


# %% tags=["covers:vanishing-exploding-gradients"]
def delta_lengths(name, depth, gain):
    f, steepest = bank[name]
    params = [part for W in gain * matrices[:depth] for part in ((W, np.zeros(32)), ())][:-1]
    _, deltas = layers.trace(layers.mlp(depth, f), params, data, lambda s, pull: (0.0, pull), pull)
    steps = np.append(gain * steepest * largest[1:depth], 1.0)
    return {
        "norms": np.linalg.norm(deltas[1::2], axis=(1, 2)),
        "bound": np.cumprod(steps[::-1])[::-1],
    }


# %% [markdown]
# **Predict, then move.**

# %% tags=["live", "covers:vanishing-exploding-gradients"]
live.deep_networks.deltas_over_depth(delta_lengths, list(bank))

# %% [markdown]
# The lines are nearly straight on this axis: every layer takes or gives about the same factor. For ReLU the factor is 1 near
# a gain of $\sqrt2$, which is a whole chapter's beginning (initialization). The bound is honest and far away: it
# takes the worst direction in every layer, and a delta is never that unlucky forty times in a row.

# %% tags=["covers:vanishing-exploding-gradients"]
holds = []
for name, (_, steepest) in bank.items():
    for gain in (0.5, 1.0, 2.0, 4.0):
        norms = delta_lengths(name, 60, gain)["norms"]
        holds.append(norms[:-1] <= gain * largest[1:] * steepest * norms[1:] * (1 + 1e-9))
verify.claim("DLNN (4.81)", "|delta| below <= norm2(W) max f' |delta|, each layer", np.all(holds))

turns = [np.linalg.qr(W)[0] for W in matrices[:11]]  # norm2 = 1: these only turn
params_turning = [part for W in turns for part in ((W, np.zeros(32)), ())][:-1]
pulled = (data, lambda s, pull: (0.0, pull), pull)
_, deltas = layers.trace(layers.mlp(11, layers.sigmoid), params_turning, *pulled)
verify.equation("MEDL 5.3, 0.25^10 = 9.54e-7", 0.25**10, 9.54e-7, tolerance=1e-9)
verify.claim("MEDL 5.3, 5.4", "less arrives in layer 1", np.linalg.norm(deltas[1]) < 0.25**10)

# %% [markdown]
# ## Past the last number
#
# What explodes does not grow for ever: a 64-bit float ends near $10^{308}$, a 32-bit one near $10^{38}$. Beyond is
# infinity, and infinity minus infinity is no number at all (MEDL 5.4, (5.34)). Weights of variance 1, fifty units:


# %% tags=["covers:exploding-overflow"]
def sizes(dtype):
    """The largest activation after each of 400 linear layers with weights of variance 1."""
    fresh, found = np.random.default_rng(1), []
    v = fresh.normal(size=50).astype(dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(400):
            v = fresh.normal(size=(50, 50)).astype(dtype) @ v
            found.append(np.abs(v).max())
    return np.array(found, dtype=float)


# %% tags=["covers:exploding-overflow"]
figure, ax = plt.subplots()
for dtype, style in [("float64", "-"), ("float32", "--")]:
    size = sizes(dtype)
    there = np.isfinite(size)
    (line,) = ax.plot(1 + np.flatnonzero(there), np.log10(size[there]), style, label=dtype)
    line.set(marker="o", markevery=[-1])
    verify.claim("here", f"isfinite is False at depth 400 in {dtype}", not there[-1])
ax.set(xlabel="layer", ylabel="digits of the largest activation", xlim=(0, 400))
ax.legend()
plots.show(figure, "The largest activation against depth: a line that ends where the numbers end")

# %% [markdown]
# The dots are the last numbers. In 32 bits they come after some forty layers, in 64 bits before layer 400. Behind them
# everything is infinite or NaN, and a NaN spreads to all that it touches; so `layers.linear` refuses one.
#
# What decides between vanishing and exploding? With one matrix again and again, MEDL says, its eigenvalues: stable where
# the largest has *modulus* 1. The modulus of a number is its distance from 0, also where the number is complex, as the
# eigenvalues of a rotation are. **Put it to the test** with three matrices: a multiple of $\mathbf{I}$, a rotation, and a
# *Jordan block*, which has its one eigenvalue twice on the diagonal, a 1 above it, and a single direction that it only
# stretches. The slider sets the modulus of all three.


# %% tags=["live", "covers:exploding-overflow"]
def repeat(kind, size, times):
    """The lengths of a vector and of its images under the powers of a matrix of this kind."""
    matrix = {
        "multiple of I": size * np.eye(2),
        "rotation": size * np.array([[0.6, -0.8], [0.8, 0.6]]),
        "Jordan block": np.array([[size, 1.0], [0.0, size]]),
    }[kind]
    return np.linalg.norm(
        [np.linalg.matrix_power(matrix, k) @ [0.6, 0.8] for k in range(times + 1)], axis=1
    )


live.deep_networks.powers(repeat)

# %% [markdown]
# The Jordan block grows like the number of layers also at modulus 1. So the eigenvalues decide the long run, not the way
# there. Three more repairs of the same paragraph: it says *any $w \ne 1$* for $\mathbf{W} =
# w\mathbf{I}$, but $w = -1$ neither vanishes nor explodes; and (5.35) raises $\mathbf{W}^\top$ to the power $L - l$, although
# the last matrix of (5.34) is another one.

# %% tags=["covers:exploding-overflow"]
w, L, v = 1.1, 30, rng.normal(size=4)
grown = np.linalg.matrix_power(w * np.eye(4), L - 1) @ v
verify.equation("MEDL (5.34), w I grows like w^(L-1)", grown, w ** (L - 1) * v)
stays = np.abs(np.linalg.matrix_power(-np.eye(4), L - 1) @ v)
verify.equation("MEDL (5.34), w = -1: the length", stays, np.abs(v))
jordan = np.linalg.norm(np.linalg.matrix_power(np.array([[1, 1], [0, 1]]), 50))
verify.equation("here, |Jordan block to the 50th| = 50.02", jordan, 50.02, tolerance=1e-4)

# %% tags=["covers:exploding-overflow"]
W, W_last, last = rng.normal(size=(4, 4)) / 2, rng.normal(size=(3, 4)), rng.normal(size=(1, 3))
level = 2  # the layer whose delta is compared
linears = [(W, np.zeros(4))] * (L - 1) + [(W_last, np.zeros(3))]
_, deltas = layers.trace([layers.linear] * L, linears, v[None], lambda s, pull: (0.0, pull), last)
right = np.linalg.matrix_power(W.T, L - 1 - level) @ W_last.T @ last[0]
verify.equation("MEDL (5.35), with the last matrix apart", deltas[level][0], right)

# %% [markdown]
# ## A road around the layers
#
# Let each pair of layers be skipped: add what went into layer $i$ to what comes out of layer $i+1$ and feed the sum to
# layer $i + 2$ (GBC 6.4). Then every block has the Jacobian $\mathbf{I} + \mathbf{J}$ in place of $\mathbf{J}$, and a
# delta has a way down on which nothing multiplies it. Twenty tanh layers with small weights, with and without:

# %% tags=["covers:skip-connections"]
pair = layers.chain(layers.linear, layers.tanh, layers.linear, layers.tanh)
blocks = [initialization.mlp(rng, 16, 16, 16) + ((),) for _ in range(10)]
blocks = [((0.4 * W, b), (), (0.4 * V, c), ()) for (W, b), _, (V, c), _ in blocks]
data16, aim = rng.normal(size=(2, 32, 16))
first, (figure, ax) = {}, plt.subplots()
for name, block, style in [("with skips", layers.residual(pair), "o-"), ("without", pair, "s--")]:
    _, deltas = layers.trace([block] * 10, blocks, data16, losses.squared_error, aim)
    output, back = layers.chain(*[block] * 10)(data16, blocks)
    first[name] = np.linalg.norm(back(losses.squared_error(output, aim)[1])[1][0][0][0])
    ax.plot(2 * np.arange(11), np.linalg.norm(deltas, axis=(1, 2)), style, label=name)
ax.set(yscale="log", xlabel="layers below", ylabel="length of dR/da", xticks=range(0, 21, 4))
ax.legend()
plots.show(figure, "The slope of the risk at each pair of layers: level with skips, steep without")

# %% [markdown]
# On the right both begin alike. With skips the slope hardly changes on its way to the left; without them a factor of a
# hundred million is gone. The network with skips is another network: it computes something else. But its first layer can learn.

# %% tags=["covers:skip-connections"]
raised = first["with skips"] > 1e6 * first["without"]
verify.claim("here", "skips raise the gradient of layer 1 a million times", raised)
print(f"gradient of layer 1: {first['with skips']:.0e} with skips, {first['without']:.0e} without")

# %% [markdown]
# ## The same in PyTorch
#
# `nn.Sequential` is our `chain`. Outputs and all gradients agree at every depth from 1 to 6, whatever the widths.

# %%
import torch


def deep_in_torch(x, labels, params):
    """Outputs and gradients of a tanh network with these parameters, by PyTorch in float64."""
    modules = []
    for W, b in params[::2]:
        modules += [torch.nn.Linear(*W.T.shape, dtype=torch.float64), torch.nn.Tanh()]
        modules[-2].weight.data, modules[-2].bias.data = torch.tensor(W), torch.tensor(b)
    model = torch.nn.Sequential(*modules[:-1])
    output = model(torch.tensor(x))
    torch.nn.functional.cross_entropy(output, torch.tensor(labels)).backward()
    return output.detach().numpy(), [p.grad.numpy() for p in model.parameters()]


# %% tags=["covers:deep-network-matrix-form", "covers:backprop-matrix-form"]
ours, theirs = [], []
for depth in range(1, 7):
    widths = rng.integers(3, 8, size=depth - 1)
    params = generic(4, *map(int, widths), 3)
    output, _ = layers.chain(*layers.mlp(depth, layers.tanh))(x, params)
    ours.append([output, optimizers.vector(backprop(x, params, labels))])
    theirs.append(
        [
            one if n == 0 else optimizers.vector(one)
            for n, one in enumerate(deep_in_torch(x, labels, params))
        ]
    )
for n, what in enumerate(["outputs", "gradients"]):
    left, right = [optimizers.vector([one[n] for one in side]) for side in (ours, theirs)]
    verify.equation(f"PyTorch, {what} at six depths", left, right, tolerance=1e-12)

# %% [markdown]
# And the two halves of a layer, alone:

# %% tags=["covers:linear-layer-backward", "covers:relu-layer-backward"]
F_torch, entries = torch.nn.functional, [rng.normal(size=shape) for shape in [(5, 3), (4, 3), 4]]
verify.against_torch(layers.linear, F_torch.linear, *entries, rng=rng)
verify.against_torch(layers.relu, torch.relu, np.array([[-1.5, 0.0, 0.7]]), rng=rng)

# %% [markdown] tags=["question:ch03.deep_networks.first_layers"]
# ### In your own words
#
# A colleague trains a network of thirty sigmoid layers. After an hour the last layers have changed, the first ones
# have not. She plans to multiply the learning rate by a million. What happens in her network, and why does her plan fail?
# Her second plan is to start with ten times larger weights: the bound of this page then grows. Does that help? Name two
# changes that would, and say of each what it does to the product of factors.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A layer is a matrix and an activation; without activations any stack of layers is one layer.
# - The way back hands $\boldsymbol\delta$ down through $\mathbf{W}^\top$ and the slopes; every gradient is
#   $\boldsymbol\delta$ times what came in, summed over the samples. A layer that brings its own `back` fits anywhere.
# - A delta is multiplied in each layer, so over many layers it vanishes or explodes unless something holds the factor
#   near 1: the size of the weights, the activation, or a road around.
#
# ## Where the books differ
#
# - DLNN (4.76) has its braces in the wrong places: $A$ is both factors down to $\mathbf{s}^{[L]}$. Its (C) is the derivative
#   of the *pre-activations* along the weights. (4.78) prints a row for a column: $\boldsymbol\delta^{[L]} = \hat{\mathbf{y}} -
#   \mathbf{y}$. (4.84) is transposed against what code stores, because DLNN's gradients are rows.
# - MEDL: the display (5.2), $\mathbf{z} = \mathbf{W}\mathbf{a} + \mathbf{b}$, $\mathbf{a} = S(\mathbf{z})$, is missing
#   though cited. Algorithm 5.1, step 5, wants $\dot f_a^{[l+1]}(\mathbf{a}^{[l]})$; one $\dot f_\mu$ is $\dot f_\theta$, and in
#   (5.28) the last brace should say the derivative of ReLU, not of tanh. The recursions of 5.4 in the text have a wrong
#   index and lack a transpose, the first factor of (5.35) should be $\mathbf{W}^{[L]\top}$, and $w \ne 1$ should be
#   $\lvert w\rvert \ne 1$.
# - Strang VII.1 prints $A_1 v_1 + b_1$ for the second layer; VII.3 promises the formula for $L$ layers in the problem set,
#   where it is not: it follows from DLNN (4.81), and you write it on [page 6](06_jacobians_and_hessians.ipynb). His (6)
#   needs $a \ge 0$, and $F(Av) = aF(v)$ is meant for a number $a$, not a matrix.
# - EE147's dimension matching is set with its bullets and formulas interleaved: read $\mathbf{h}^\top$ for
#   $\partial(\mathbf{W}\mathbf{h})/\partial\mathbf{W}$.
# - At $s = 0$ DLNN (A.7) and MEDL take the slope 1 for ReLU, EE147 and PyTorch 0.
#
# **Next:** [Computational graphs](04_computational_graphs.ipynb) lets the computer find the way back through any
# expression, not only through a stack of layers.
