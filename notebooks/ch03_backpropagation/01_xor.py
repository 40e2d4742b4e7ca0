# %% [markdown]
# # XOR
#
# Four points that no single layer gets right, two hidden units that do, and how often training finds them.
#
# **After this notebook you can**
#
# - prove that no single layer computes XOR, and say exactly how close it can come;
# - read a hidden layer as a map into a new space, in which one line is enough;
# - say how often random starts get stuck, with an error bar, and at which values of the risk, with the reason.
#
# 55 minutes in two sittings, 35 for the text and 20 for the exercises · the break is before *Will descent find it?* ·
# before this: [The perceptron](../ch02_single_layer_networks/02_perceptron.ipynb)
#
# DLNN 4.5, A.1.5 · GBC 1.2.1, 6.1 · Strang VII.5 · EE147 History · MEDL 5.2
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{W}^\top\mathbf{x} + \mathbf{c}$ (GBC), $\mathbf{W}\mathbf{x} + \mathbf{b}$ (DLNN) | `x @ W.T + c` | pre-activations of the hidden units |
# | $\mathbf{h}$ | `h` | hidden vector: what the hidden units answer |
# | $\mathbf{w}, b$ (GBC), $\mathbf{w}$ alone (DLNN) | `w, b` | weights and bias of the output unit |
# | $J$ | `J` | risk: the mean of the squared errors at the four corners, without a ½ |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import layers, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])

# %% [markdown]
# ## One equation too many
#
# XOR is 1 where exactly one of two bits is 1. Ask a linear unit for it, $f(\mathbf{x}) = w_1 x_1 + w_2 x_2 + b$: four
# corners, four equations, three unknowns. Without the bias they are DLNN (4.57). A linear system has a solution if its
# matrix gains no rank when the right-hand side is added as a column. This one does.
#
# The reason fits in one line. Walk around the square with alternating signs, $+$ at 00, $-$ at 01 and 10, $+$ at 11:
# for *every* linear unit $f(00) - f(01) - f(10) + f(11) = 0$, because each weight and the bias comes as often with $+$
# as with $-$. XOR wants $0 - 1 - 1 + 0 = -2$.

# %% tags=["covers:xor-impossibility"]
A = learners.with_bias(corners)  # columns 1, x_1, x_2
for name, matrix in {"without bias, DLNN (4.57)": A[:, 1:], "with bias": A}.items():
    rank, more = (np.linalg.matrix_rank(each) for each in (matrix, np.column_stack([matrix, y])))
    print(f"{name}: rank {rank}, with the column of targets {more}")
    verify.claim("DLNN 4.5", "the system has no solution", bool(more > rank))

signs = np.array([1, -1, -1, 1])
verify.equation("here, the alternating sum of every linear unit", signs @ A, 0)
verify.equation("here, that of XOR", signs @ y, -2)

# %% [markdown]
# A threshold or a sigmoid behind the unit does not help: both rise with $f$. If they put 01 and 10 above some level and
# 00 and 11 not, then $f(01) + f(10) > f(00) + f(11)$. But these two sums are equal.
#
# ## How close does a line come?
#
# Three corners of four are easy. Here are *all* lines: every direction, every distance, colored by how many corners the
# unit $\cos\varphi\,x_1 + \sin\varphi\,x_2 > d$ gets right. For AND there is an island where all four are right. For
# XOR there is none, and the proof above says that no finer grid would find one.

# %% tags=["covers:xor-impossibility"]
from matplotlib.patches import Patch

phi, d = np.meshgrid(np.radians(np.arange(-180, 181, 2)), np.linspace(-1.6, 1.6, 161))
across = corners[:, 0, None, None] * np.cos(phi) + corners[:, 1, None, None] * np.sin(phi)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
for ax, (name, wanted) in zip(axes, {"AND": [0, 0, 0, 1], "XOR": y}.items(), strict=True):
    right = ((across > d) == np.array(wanted)[:, None, None]).sum(axis=0)
    colors = plt.get_cmap("viridis", 5)
    ax.pcolormesh(np.degrees(phi), d, right, cmap=colors, vmin=-0.5, vmax=4.5)
    ax.set(title=name, xlabel="direction $\\varphi$ in degrees", ylabel="distance $d$")
names = [Patch(color=colors(count), label=f"{count} right") for count in range(5)]
figure.legend(handles=names, loc="outside lower center", ncols=5)
plots.show(figure, "How many corners of AND and of XOR each line gets right")
verify.equation("GBC 1.2.1, DLNN 4.5, the best share of corners for XOR", right.max() / 4, 3 / 4)

# %% [markdown]
# Do not count, then, but measure: squared errors, GBC (6.1). The best linear unit for XOR gives up. Its weights are 0,
# its answer is ½ at every corner, and $J = ¼$. Keep these two numbers in mind; they return at the end of this page.
# Without a bias (DLNN) the weights are ⅓, which is no better an idea. And a sigmoid with the cross-entropy gives up in
# the same way: at $\mathbf{w} = 0$ its gradient is 0, and because that risk is
# [convex](../ch02_single_layer_networks/05_convexity.ipynb), nothing lies lower.

# %% tags=["covers:xor-impossibility"]
best = np.linalg.solve(A.T @ A, A.T @ y)  # the normal equations
verify.equation("GBC 6.1, b and w of the least squares", best, [1 / 2, 0, 0])
verify.equation("GBC (6.1), J there", losses.squared_error(A @ best, y, half=False)[0], 1 / 4)
verify.equation("DLNN (4.56), no bias", learners.least_squares(corners * 1.0, y), [1 / 3, 1 / 3])

risk, delta = losses.binary_cross_entropy(A @ np.zeros(3), y)
verify.equation("here, sigmoid and cross-entropy: the gradient at w = 0", A.T @ delta, 0)
verify.equation("here, their least risk, log 2", risk, np.log(2))

# %% [markdown]
# ## Two units fold the plane
#
# Put a layer in between: two *rectified linear units*, for short ReLUs, read the corners. A ReLU answers
# $\max(0, s)$: its pre-activation $s$ where that is positive, else 0. One linear unit reads the two,
# $f(\mathbf{x}) = \mathbf{w}^\top \max(0, \mathbf{W}\mathbf{x} + \mathbf{c}) + b$, GBC (6.3), DLNN (4.58). Both books
# print the same weights. Unit 1 counts the ones; unit 2 counts what exceeds one. Follow the four corners through every
# step; all numbers are whole.


# %% tags=["covers:xor-relu-network"]
def xor_network(x, W, c, w, b):
    """Hidden vectors h (n, k) and outputs (n,): a linear layer, a ReLU, and a linear unit."""
    h, _ = layers.chain(layers.linear, layers.relu)(x, ((W, c), ()))
    output, _ = layers.linear(h, (w[None], b[None]))
    return h, output[:, 0]


W, c, w, b = printed = np.ones((2, 2)), np.array([0, -1]), np.array([1, -2]), np.array(0)
h, output = xor_network(corners, *printed)
verify.equation("GBC (6.8), X W", corners @ W.T, [[0, 0], [1, 1], [1, 1], [2, 2]])
verify.equation("GBC (6.9), add c", corners @ W.T + c, [[0, -1], [1, 0], [1, 0], [2, 1]])
verify.equation("GBC (6.10), the hidden vectors", h, [[0, 0], [1, 0], [1, 0], [2, 1]])
verify.equation("GBC (6.11), DLNN (4.58), the outputs", output, [0, 1, 1, 0])

# %% [markdown]
# On the left are the corners in the plane where they live. Each unit draws one line, its *fold*: on the side of the
# arrow it is active, behind it the unit is 0. On the right are the same corners where the output unit sees them, at
# their hidden vectors. It can only draw a line, and there a line is enough. The number above each corner is its output.

# %% tags=["live", "covers:xor-relu-network"]
live.xor.relu_network(xor_network, corners, y)

# %% [markdown]
# The hidden layer solves XOR by bringing corners together or apart. Printed, 01 and 10 fall onto one point, and 11 is
# lifted off the line through the others. Folded along the other diagonal, 00 and 11 fall together instead. Nobody has to
# hand the output unit a better space: the first layer makes it. That is what *learning a representation* means.
#
# ### Exercise 1 · the network
#
# Write the network for samples in rows: any number of inputs and of hidden units, one output. Stuck?
# `hint(one_hidden_layer)`, in a cell of your own, helps.


# %% tags=["exercise:one_hidden_layer"]
def one_hidden_layer(x, W, c, w, b):
    """The output w . max(0, W x + c) + b of each sample, a row of x.

    x (n, d);  W (k, d), c (k,): the hidden layer;  w (k,), b a number: the output;  returns (n,).
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:one_hidden_layer"]
check(one_hidden_layer)

# %% [markdown]
# ## Gates, with the hidden layer off and on
#
# AND, OR, NAND and XOR are the *logical gates* of MEDL 5.2: functions of two bits. Keep the printed hidden layer fixed
# and fit nothing but the output unit, by least squares. *Off*, the output unit reads $\mathbf{x}$ itself; *on*, it reads
# $\mathbf{h}$. A gate is right where the output lies above ½ at the corners with $y = 1$ and below at the others.

# %% tags=["covers:logical-gates"]
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}
hidden_layer = {"off": lambda x: x, "on": lambda x: xor_network(x, *printed)[0]}
answers = {}
for gate, wanted in gates.items():
    for switch, features in hidden_layer.items():
        v = learners.least_squares(learners.with_bias(features(corners)), np.array(wanted))
        answers[gate, switch] = lambda x, v=v, features=features: features(x) @ v[1:] + v[0]
        output = answers[gate, switch](corners)
        right = ((output > 0.5 + 1e-9) == wanted).sum()
        print(f"{gate:5}{switch:4} {right} of 4 right, J = {np.mean((output - wanted) ** 2):.4f}")
        needed = gate == "XOR" and switch == "off"
        verify.equation(f"MEDL 5.2, {gate} {switch}", right, 2 if needed else 4)

# %% [markdown]
# With the layer on, $J = 0$ for every gate, though its weights were chosen for XOR. With it off, AND, OR, and NAND come
# out on the right side of ½. XOR has only 2 of 4 right, though some line has 3: least squares answers exactly ½ at all
# four corners, which is not above ½ anywhere. All these outputs depend on $x_1 + x_2$ alone, so one axis shows them.

# %% tags=["covers:logical-gates"]
total = np.linspace(0, 2, 41)
diagonal = np.column_stack([total, total]) / 2  # x_1 = x_2
figure, axes = plt.subplots(1, 4, figsize=(8, 2.6))
for ax, (gate, wanted) in zip(axes, gates.items(), strict=True):
    ax.axhline(0.5, color=plots.INK, linewidth=0.8)
    for switch, style in {"off": "--", "on": "-"}.items():
        output = answers[gate, switch](diagonal)
        ax.plot(total, output, style, color=plots.PURPLE, label=f"layer {switch}")
    plots.points(np.column_stack([corners.sum(axis=1), wanted]), np.array(wanted), ax=ax)
    ax.set(title=gate, xlabel="$x_1 + x_2$", ylabel="output", ylim=(-0.35, 1.35), xticks=[0, 1, 2])
axes[-1].legend(loc="lower center", fontsize=8)
plots.show(
    figure, "Output of four gates against the number of ones, with and without a hidden layer"
)

# %% [markdown]
# Without the hidden layer the output is a straight line, which passes ½ once at most. With it the line may bend at 1, the
# fold of unit 2: up to the one and down again.
#
# ### Exercise 2 · any gate that counts
#
# The printed units count: with $m$ ones among the inputs they answer $m$ and $m - 1$, or 0. Take $n$ of them,
# $h_k = \max(0, m - k)$ for $k = 0, \dots, n - 1$, and *every* gate of $n$ bits that depends on their number alone is
# within reach: majority, *exactly two*, XOR of $n$ bits. Find the output weights.


# %% tags=["exercise:counting_weights"]
def counting_weights(wanted):
    """Output weights with which a ReLU network gives wanted[m] where m of its n input bits are 1.

    wanted (n + 1,).  The hidden units are h_k = max(0, (number of ones) - k), k = 0, ..., n - 1.
    Returns (w, b): w (n,), b (), such that w . h + b = wanted[m].  XOR, wanted = [0, 1, 0], has
    w = [1, -2].  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:counting_weights"]
check(counting_weights)

# %% [markdown]
# Once it passes: the parity of six bits, XOR for grown-ups. It is 1 where the number of ones is odd.

# %%
bits = np.array(np.unravel_index(np.arange(64), (2,) * 6)).T
w_parity, b_parity = use(counting_weights)(np.array([0, 1, 0, 1, 0, 1, 0]))
counts = np.maximum(0, bits.sum(axis=1)[:, None] - np.arange(6))
right = np.sum(counts @ w_parity + b_parity == bits.sum(axis=1) % 2)
print(f"six bits, six hidden units: {right} of 64 rows are exact")

# %% [markdown]
# ## Or change the unit
#
# A hidden layer is not the only way out. A *second-order unit* multiplies its inputs in pairs before it adds them up:
# $s = \sum_{j,k} w_{jk}\, a_j a_k$ with $a_0 = 1$, DLNN (A.12). Because of $a_0$ the sum holds a constant, the inputs
# themselves, and their products. One such unit has XOR: $s = x_1 + x_2 - 2\,x_1 x_2$.


# %% tags=["covers:second-order-units"]
def second_order(x, w):
    """s = sum over j, k of w[j, k] a_j a_k with a_0 = 1: x (n, d), w (d + 1, d + 1), s (n,)."""
    a = learners.with_bias(x)
    return np.einsum("jk,nj,nk->n", w, a, a)


w_xor = np.array([[0, 1, 1], [0, 0, -2], [0, 0, 0]])
verify.equation("DLNN (A.12), one unit on XOR", second_order(corners, w_xor), y)
verify.equation("DLNN (A.12), w_12 and w_21 exchanged", second_order(corners, w_xor.T), y)

# %% tags=["covers:second-order-units"]
axis = np.linspace(-0.5, 1.5, 201)
places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
surface = second_order(places, w_xor).reshape(201, 201)
figure, ax = plt.subplots(figsize=(4.6, 3.6))
ax.contourf(axis, axis, surface - 0.5, np.linspace(-2, 2, 17), cmap=plots.SIGNED, alpha=0.5)
lines = ax.contour(axis, axis, surface, [-0.5, 0, 0.5, 1, 1.5], colors=plots.INK, linewidths=0.8)
ax.clabel(lines)
plots.points(corners, y, ax=ax)
ax.set(xlabel="$x_1$", ylabel="$x_2$", xticks=[0, 1], yticks=[0, 1], aspect="equal")
plots.show(figure, "A second-order unit on XOR: its answer is one half on a cross")

# %% [markdown]
# The boundary is a cross, because $s - ½ = -2\,(x_1 - ½)(x_2 - ½)$: positive where one factor is positive and the other
# is not. You pay with numbers of weights: $d$ inputs have $d(d+1)/2$ products of two, squares included. And you chose the
# products by hand; a hidden layer finds its own.
#
# *A good place to begin the second sitting.*
#
# ## Will descent find it?
#
# So far somebody chose the weights. GBC 6.1 says that gradient descent *could* find them, or others as good, depending on
# where it starts. How often does it? Here is descent on $J$ for many networks at once: the leading axis of every array
# counts the networks. `delta` is $\partial J/\partial f$, and `dS` is what comes back through the ReLU, as the
# [next notebooks](02_multilayer_perceptron.ipynb) explain. One of its steps is checked against the layers of this
# book.


# %% tags=["covers:xor-training"]
def xor_networks(x, W, c, w, b):
    """Hidden vectors h (s, n, k) and outputs (s, n) of s networks side by side."""
    h = np.maximum(0, x @ W.swapaxes(-1, -2) + c[..., None, :])
    return h, (h @ w[..., None])[..., 0] + b[..., None]


def train_together(W, c, w, b, steps, lr=0.1):
    """Gradient descent on J for networks side by side, all four corners in every step."""
    for _ in range(steps):
        h, output = xor_networks(corners, W, c, w, b)
        delta = (output - y) / 2
        dS = delta[..., None] * w[:, None] * (h > 0)
        W, c = W - lr * dS.swapaxes(1, 2) @ corners, c - lr * dS.sum(axis=1)
        w, b = w - lr * (delta[:, None] @ h)[:, 0], b - lr * delta.sum(axis=1)
    return W, c, w, b


# %% tags=["covers:xor-training"]
def starts(rng, count, k):
    """Random parameters of `count` networks with k units: weights N(0, 1), hidden biases 0.1."""
    W, w = rng.normal(size=(count, k, 2)), rng.normal(size=(count, k))
    return W, np.full((count, k), 0.1), w, np.zeros(count)


start = starts(np.random.default_rng(0), 1, 3)
(W, c, w, b), net = start, layers.chain(*layers.mlp(2, layers.relu))
output, back = net(corners, ((W[0], c[0]), (), (w, b)))
_, delta = losses.squared_error(output, y, half=False)
(dW, dc), _, (dw, db) = back(delta)[1]
step = train_together(*start, steps=1)
for name, new, old, grad in zip("Wcwb", step, start, (dW, dc, dw, db), strict=True):
    verify.equation(f"GBC (6.1), a step of {name}", new, old - 0.1 * grad.reshape(old.shape))

# %% [markdown]
# Now a thousand networks at once, two hundred of each width, 3000 steps each. The narrower ones are padded to eight units
# with units whose parameters are all 0. These answer 0, get no gradient, and stay what they are.

# %% tags=["covers:xor-training"]
widths = np.repeat([1, 2, 3, 4, 8], 200)
on = np.arange(8) < widths[:, None]
W, c, w, b = starts(np.random.default_rng(0), len(widths), 8)
theta, every = (W * on[..., None], c * on, w * on, b), 50
shown = np.arange(len(widths)) % 200 < 12
track = [[part[shown] for part in theta]]
for _ in range(60):
    theta = train_together(*theta, steps=every)
    track.append([part[shown] for part in theta])

h, output = xor_networks(corners, *theta)
J = ((output - y) ** 2).mean(axis=1)
verify.equation("here, what the padded units answer, 0,", h * ~on[:, None], 0)

# %% [markdown]
# Look at some of them one by one. On the left is what a network computes: its output at each corner, and the fold of each
# hidden unit, with the arrow to its active side. On the right is the risk around the path of its parameters, in the plane
# through three points: the start, the end, and the solution that the books print. Play the steps, then try other starts
# and more units.

# %% tags=["live", "covers:xor-training"]
W, c, w, b = (np.stack(part) for part in zip(*track, strict=True))
runs = {}
for k in (2, 3, 4, 8):
    some = widths[shown] == k
    runs[k] = W[:, some, :k], c[:, some, :k], w[:, some, :k], b[:, some]
live.xor.landscape(xor_networks, corners, y, runs, every, printed)

# %% [markdown]
# A solution lies in every one of these planes, and many runs do not get there. They come to rest on a shelf: flat ground
# above the valley, where the gradient is 0. The folds on the left say how. A unit whose arrow points away from all four
# corners answers 0 at each of them, and what answers 0 gets no gradient: such a unit never comes back.
#
# ## How often, and how sure are you?
#
# Count the successes of each width. A share of 200 runs is an estimate, so it comes with an interval, Wilson's: all true
# shares $p$ from which the observed one is at most 1.96 standard deviations $\sqrt{p(1-p)/n}$ away. In 95 of 100 such
# experiments it holds the true share.


# %% tags=["covers:xor-training"]
def wilson(successes, n, z=1.96):
    """The ends of the interval of shares p with |successes / n - p| <= z sqrt(p (1 - p) / n)."""
    middle = (successes + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(successes * (n - successes) / n + z**2 / 4)
    return middle - half, middle + half


solved = {k: int((J[widths == k] < 1e-6).sum()) for k in (1, 2, 3, 4, 8)}
for k, count in solved.items():
    low, high = wilson(count, 200)
    print(f"{k} hidden units: {count / 200:6.1%} of 200 starts ({abs(low):.1%} to {high:.1%})")
p = np.array(wilson(solved[2], 200))
verify.equation("Wilson's ends", abs(solved[2] / 200 - p), 1.96 * np.sqrt(p * (1 - p) / 200))

# %% tags=["covers:xor-training"]
levels = {"0": 0, "1/8": 1 / 8, "1/6": 1 / 6, "1/4": 1 / 4}
end = np.abs(J[:, None] - [*levels.values()]).argmin(axis=1)
figure, ax = plt.subplots(figsize=(6.4, 3.4))
below, colors = np.zeros(5), [plots.GREEN, plots.BLUE, plots.ORANGE, plots.PURPLE]
for level, (name, color) in enumerate(zip(levels, colors, strict=True)):
    share = [(end[widths == k] == level).mean() for k in solved]
    hatch = ["", "///", "...", "xx"][level]
    ax.bar(range(5), share, bottom=below, color=color, hatch=hatch, alpha=0.7, label=f"J = {name}")
    below += share
rate, ends = np.array([*solved.values()]) / 200, np.array([wilson(n, 200) for n in solved.values()])
ax.errorbar(range(5), rate, abs(ends.T - rate), fmt="none", color="white", capsize=8)
ax.set(xticks=range(5), xticklabels=solved, xlabel="hidden units", ylabel="share of 200 starts")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(figure, "Where descent on XOR ends, against the number of hidden units, with intervals")

# %% [markdown]
# Two units are enough to *represent* XOR, but descent finds it from only about four starts in ten; with eight units
# hardly any start fails. One unit never succeeds, and need not be tried: its output rises or falls with one linear score,
# so it is a line again. How much of this do other random numbers change? The list of systems behind this book has the
# counts of sixty other starts of each width, of a kind like these. The shares differ, the intervals overlap.

# %% tags=["covers:xor-training"]
recorded = {2: 24, 3: 32, 4: 49, 8: 58}  # of 60: 40, 53, 82, and 97 %
for k, count in recorded.items():
    (low, high), (low_60, high_60) = wilson(solved[k], 200), wilson(count, 60)
    said = f"{k} units: 200 starts and 60 others ({count / 60:.0%}) have intervals that overlap"
    verify.claim("here", said, bool(low <= high_60 and low_60 <= high))
rising = np.all(np.diff([*solved.values()]) > 0)
verify.claim("here", "the more hidden units, the more starts succeed", bool(rising))
verify.claim("here", "one hidden unit never succeeds", solved[1] == 0)

# %% [markdown]
# ## Why just these three values?
#
# All failures end at $J = 1/8$, $1/6$, or $1/4$, nowhere else. At rest the gradient of the output unit is 0, too: its
# $\mathbf{w}$ and $b$ are the *least squares* for the hidden vectors that the frozen units give it. So look at these.
# Here is the hidden space of four starts with two units, one for each ending (round: $y = 0$, square: $y = 1$).

# %% tags=["covers:xor-training"]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.7))
for level, (ax, name) in enumerate(zip(axes, levels, strict=True)):
    ending = h[np.flatnonzero((widths == 2) & (end == level))[1], :, :2]  # the second of its kind
    for label, size in [(0, 130), (1, 34)]:
        style = {"color": plots.PALETTE[label], "marker": plots.MARKERS[label]}
        ax.scatter(*ending[y == label].T, s=size, **style)
    for place in np.unique(ending.round(1), axis=0):
        here = [f"{a}{b}" for a, b in corners[(ending.round(1) == place).all(axis=1)]]
        ax.annotate(", ".join(here), place, xytext=(5, 7), textcoords="offset points", rotation=40)
    ax.set(title=f"J = {name}", xlabel="$h_1$", ylabel="$h_2$", aspect="equal")
    ax.set(xlim=(-0.25, 1.9), ylim=(-0.25, 1.9), xticks=[0, 1], yticks=[0, 1])
plots.show(figure, "The four corners in the hidden space of a solved start and of three stuck ones")

# %% [markdown]
# Corners with different targets lie on one point, and no output unit can tell them apart. Two corners merged: the best
# answer to both is ½, the others are exact, and $J = (¼ + ¼)/4 = 1/8$. Three merged: the best answer is the mean of their
# targets, ⅓ or ⅔, and $J = 1/6$. And ¼ is what a linear unit reaches: either everything is merged, or no fold runs between
# the corners, so that the hidden layer is linear on them. You met that case at the top of this page.

# %% tags=["covers:xor-training"]
stuck = np.flatnonzero(end > 0)
height = np.take([*levels.values()], end[stuck])
verify.equation("here, J = 1/8, 1/6 or 1/4 of all stuck starts", J[stuck], height, tolerance=1e-4)
fits = [learners.least_squares(learners.with_bias(h[n]), y) for n in stuck]
least = [np.mean((learners.with_bias(h[n]) @ v - y) ** 2) for n, v in zip(stuck, fits, strict=True)]
verify.equation("here, J of the least squares on h", J[stuck], least, tolerance=1e-4)
verify.equation("here, J of two merged", np.mean([0, 1 / 4, 1 / 4, 0]), 1 / 8)
verify.equation("here, J of three merged", np.mean([0, 1 / 9, 1 / 9, 4 / 9]), 1 / 6)

# %% [markdown]
# ### Exercise 3 · what is left
#
# Write the least $J$ for any targets and any groups of samples that the hidden layer has merged. For XOR your function
# must give the three values above.


# %% tags=["exercise:merged_risk"]
def merged_risk(y, group):
    """The smallest J = mean of (output - y)^2 if samples of one group must have the same output.

    y (n,), the targets;  group (n,), integers >= 0, the group of each sample.  Returns J, a number.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:merged_risk"]
check(merged_risk)

# %% [markdown]
# ## The same in PyTorch
#
# The same start, the same learning rate, 300 steps of `torch.optim.SGD`. PyTorch's `mse_loss` averages over the four
# corners without a ½, as GBC (6.1) does, and its ReLU has the derivative 0 at 0, as here.

# %%
import torch

net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)).double()
theirs, x, target = list(net.parameters()), torch.tensor(corners * 1.0), torch.tensor(y * 1.0)
for tensor, part in zip(theirs, start, strict=True):
    tensor.data = torch.tensor(part).reshape(tensor.shape)
rule = torch.optim.SGD(theirs, lr=0.1)
for _ in range(300):
    rule.zero_grad()
    torch.nn.functional.mse_loss(net(x)[:, 0], target).backward()
    rule.step()
for name, ours, tensor in zip("Wcwb", train_together(*start, steps=300), theirs, strict=True):
    verify.equation(
        f"PyTorch, {name} after 300 steps", ours.ravel(), tensor.detach().numpy().ravel()
    )

# %% [markdown] tags=["question:ch03.xor.too_small"]
# ### In your own words
#
# A colleague trains two hidden units on XOR. Four starts of five fail. "Two units are too small a network for XOR," he
# writes, and takes eight: all five starts succeed. "So XOR needs eight units." What has he shown, and what not? Keep apart
# what a network can *represent* and what descent *finds*. What does his success rate of five in five allow him to say
# about the true one? And if he had to stay with two units, what could he do?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Every linear unit has $f(00) + f(11) = f(01) + f(10)$. That rules out XOR, and any rising function behind the unit.
#   Best for counting: 3 of 4 corners. Best for squares: ½ everywhere, $J = ¼$.
# - A hidden layer moves the samples to where a line is enough. Two ReLU units do; so does one product $x_1 x_2$.
# - That weights exist does not mean that descent finds them. Two units succeed from about four starts in ten, eight
#   from more than nine. Report such a share with its interval.
# - A stuck network has merged samples that differ, or uses no fold between them; what is left is the spread inside the
#   merged groups.
#
# ## Where the books differ
#
# - GBC writes $\mathbf{W}^\top\mathbf{x} + \mathbf{c}$ and DLNN $\mathbf{W}\mathbf{x} + \mathbf{b}$. The printed
#   $\mathbf{W}$ is symmetric, so that XOR does not show the difference; this book takes DLNN's.
# - DLNN (4.56) and (4.58) have no output bias. For the linear unit that changes the fit: weights ⅓ instead of 0 (checked
#   above). For the network $b = 0$ is right.
# - GBC (6.1) averages the squares without a ½. With DLNN's ½, or with sums, the three shelves have other heights.
# - DLNN (A.12) sums over all ordered pairs, so that each product of two inputs has two weights of which only the sum
#   counts (checked above).
# - GBC says that descent could find a solution, the others stop at its existence; nobody gives a rate. Strang VII.5 and
#   EE147 name the failure of one layer without a proof.
#
# **Next:** [The multilayer perceptron](02_multilayer_perceptron.ipynb) trains such networks in general, unit by unit.
