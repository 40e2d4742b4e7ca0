# %% [markdown]
# # Breaking symmetry
#
# Start all weights at one number, and a layer of a thousand units has one unit, today and after any number of steps.
#
# **After this notebook you can**
#
# - prove that equal units stay equal, and find the units of a network that training can never tell apart;
# - say which parameters may start at 0, which may not, and what happens to each of them;
# - choose the output biases so that training starts at the risk of the best constant answer.
#
# 60 minutes in two sittings, 40 for the text and 20 for the exercises · the break is before *Biases* · before this:
# [Deep networks](../ch03_backpropagation/03_deep_networks.ipynb)
#
# DLNN 9.1 · GBC 6.1, 8.4 · Strang VII.1 · EE147 Discussion Problems Q2 · MEDL 5.5
#
# | in the books | here | what it is |
# |---|---|---|
# | $w_{ij}$ (DLNN) | `W[i, j]` | weight into unit $i$ from unit $j$ of the layer below; a row for each unit |
# | $\delta_i^{[l]}$ | `delta` | slope of the risk along the pre-activation of unit $i$ in layer $l$ |
# | $\mathbf{c}$ (GBC) | `shares` | how often each class occurs: the *marginal* of the target |
# | $H(\mathbf{c})$ | `entropy` | $-\sum_k c_k \log c_k$, the risk of answering with the shares |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, initialization, layers, live, losses, plots, training, verify
from dlnotes.exercises import check, hint, use

# %%
x, labels = datasets.digits()
few, few_labels = x[:100], labels[:100]

from functools import partial

from dlnotes.densities import heteroscedastic_gaussian
from dlnotes.optimizers import pack, sgd, vector

# %% [markdown]
# ## A thousand copies of one unit
#
# The simplest start is one number for every weight. Take the digits (8×8 pixels), a network of 64, 8, 8, 10 units, all
# weights 0.02, all biases 0, and train. DLNN 9.1.1 and GBC 8.4 claim that the units of a hidden layer stay equal: not
# nearly, but exactly. (MEDL 5.5 warns that such a start "may impose symmetry"; Strang VII.1 has the start at 0 only, "a
# disaster".)
#
# To see *exactly* on a machine, each unit has to add its numbers in the same order. A matrix library does not promise
# that (it cuts a matrix into blocks), so this cell has a linear layer that does.


# %% tags=["covers:constant-initialisation"]
def linear_in_order(x, params):
    """The layer `linear`, with the same order of additions for every unit."""
    W, b = params

    def back(delta):
        dW = (delta[:, :, None] * x[:, None, :]).sum(axis=0)
        return (delta[:, :, None] * W).sum(axis=1), (dW, delta.sum(axis=0))

    return (x[:, None, :] * W).sum(axis=2) + b, back


def deep(linear):
    return layers.chain(linear, layers.tanh, linear, layers.tanh, linear)


# %% tags=["covers:constant-initialisation"]
def noisy_constant(noise, c=0.02, seed=1):
    """Weights c plus normal noise, biases 0, for layers of 64, 8, 8 and 10 units."""
    rng, sizes = np.random.default_rng(seed), [(8, 64), (8, 8), (10, 8)]
    one, two, out = ((c + noise * rng.normal(size=size), np.zeros(size[0])) for size in sizes)
    return one, (), two, (), out


def descend_on_digits(net, params, steps, lr=0.5):
    """Gradient descent on a hundred digits: yields parameters, risk and share right, every step."""
    theta, unpack = pack(params)
    for _ in range(steps + 1):
        output, back = net(few, unpack(theta))
        risk, delta = losses.cross_entropy(output, few_labels)
        yield unpack(theta), risk, losses.accuracy(output, few_labels)
        theta = theta - lr * vector(back(delta)[1])


# %% tags=["covers:constant-initialisation"]
*_, (params, _, _) = descend_on_digits(deep(linear_in_order), noisy_constant(0), 100)
W1, W2, W3 = (W for W, b in params[::2])
for name, units in {"rows of W1": W1, "rows of W2": W2, "columns of W3": W3.T}.items():
    verify.equation(
        f"DLNN 9.1.1, {name} after 100 steps", np.ptp(units, axis=0).max(), 0, tolerance=0
    )
ranks = [np.linalg.matrix_rank(W) for W in (W1, W2, W3)]
verify.equation("here, the ranks of W1, W2, W3", ranks, [1, 1, 1])

# %% [markdown]
# Here are the three matrices, above from the constant start, below from a random one (orange positive, blue negative;
# a row for each unit).

# %% tags=["covers:constant-initialisation"]
*_, (trained, _, _) = descend_on_digits(deep(layers.linear), noisy_constant(0.2, c=0), 100)
figure, axes = plt.subplots(2, 3, figsize=(8, 3.4), width_ratios=[3, 1, 1])
for row, (name, net) in zip(axes, {"constant": params, "random": trained}.items(), strict=True):
    for number, (ax, (W, _)) in enumerate(zip(row, net[::2], strict=True), start=1):
        limit = np.abs(W).max()
        ax.imshow(
            W, cmap=plots.SIGNED, vmin=-limit, vmax=limit, aspect="auto", interpolation="none"
        )
        ax.set(title=f"$W^{{[{number}]}}$, {name}", xlabel="from unit", ylabel="to unit")
        ax.set(xticks=[0, W.shape[1] - 1], xticklabels=[1, W.shape[1]])
        ax.set(yticks=[0, len(W) - 1], yticklabels=[1, len(W)])
plots.show(figure, "Three weight matrices after 100 steps, from a constant and from a random start")

# %% [markdown]
# Above, training did move the weights: the first matrix has stripes, because pixels differ. But every row is the same
# row. The output layer has stripes the other way: classes differ, hidden units do not. Each matrix is one column times
# one row, so it has rank 1, and the eight units of a layer are worth one.
#
# ## Why
#
# Follow a layer whose units have equal incoming weights and biases, and equal outgoing weights. On the way up unit $j$
# computes $a_j = f(\sum_k w_{jk} a_k + b_j)$: the same sum for every $j$. On the way down
# $\delta_j^{[l]} = f'(s_j)\sum_i \delta_i^{[l+1]} w_{ij}$: the same sum again, since $w_{ij}$ does not depend on $j$. The
# gradient of a weight is $\delta_j a_k$, the same for every unit $j$. So is any update that is computed from gradients,
# with momentum, with Adam, on any mini-batch. Equal before the step, equal after it.
#
# DLNN prints the way down as $f' \sum_i c\,\delta_i^{[l]}$, with $\delta$ of the same layer on both sides. It is the
# layer above. A check with constant weights tells the two apart:

# %% tags=["covers:constant-initialisation"]
c, delta_3 = 0.02, np.random.default_rng(2).normal(size=(100, 10))  # any delta of the outputs
constant = [(np.full((i, j), c), np.zeros(i)) for j, i in [(64, 8), (8, 8), (8, 10)]]
below = layers.chain(layers.linear, layers.tanh, layers.linear)
s2, _ = below(few, (constant[0], (), constant[1]))
a2, back_f = layers.tanh(s2, ())
scores, back_3 = layers.linear(a2, constant[2])
delta_2, _ = back_f(back_3(delta_3)[0])
slope = 1 - a2**2
right = slope * (delta_3 @ constant[2][0])
verify.equation("DLNN 9.1.1, with l + 1 on the right", delta_2, right)
wrong = slope * (delta_2 @ constant[1][0])
verify.claim("DLNN 9.1.1, with l as printed", "it does not hold", not np.allclose(delta_2, wrong))
delta_3 = losses.cross_entropy(scores, few_labels)[1]
verify.equation("here, the sum of the deltas of a softmax", delta_3.sum(axis=1), 0)

# %% [markdown]
# The last line has a consequence. The deltas of a softmax add up to 0 in each sample, so that equal output weights send
# nothing back at all: the first step of the run above moved the output layer only.
#
# ### Exercise 1 · one gradient for all
#
# Write the row that all hidden units share, for any $\delta$ at the outputs. No matrix of weights is needed, only two
# constants. Stuck? `hint(constant_start_row)`, in a cell of your own, helps.


# %% tags=["exercise:constant_start_row"]
def constant_start_row(x, delta, c, c_out):
    """The row of dR/dW that all hidden units share, where all weights of a layer are one constant.

    x (n, d), samples;  hidden units tanh(s) with all weights c, a number, and no bias;  output
    weights all c_out, a number;  delta (n, k) = dR/d(pre-activation of each output).  Returns (d,).
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:constant_start_row"]
check(constant_start_row)

# %% [markdown]
# ## Step by step
#
# On the left is what each of the eight units of layer 1 looks for, its 64 weights as a picture. On the right, on a
# logarithmic axis, is how far apart the units of each layer are. *Play* runs the training. Look at the ranks in the line
# under the picture as well: they count singular values above a thousandth of the largest.

# %% tags=["covers:constant-initialisation"]
EVERY = 10


def rows_of_run(noise):
    """What the figure shows of a run, every tenth step."""
    net = deep(layers.linear if noise else linear_in_order)
    rows = {name: [] for name in ("W", "spread", "rank", "risk", "right")}
    for params, risk, right in list(descend_on_digits(net, noisy_constant(noise), 600))[::EVERY]:
        W1, W2, W3 = weights = [W for W, b in params[::2]]
        ranks = [np.linalg.matrix_rank(W, rtol=1e-3) for W in weights]
        spread = [np.ptp(units, axis=0).max() for units in (W1, W2, W3.T)]
        for name, value in zip(rows, (W1, spread, ranks, risk, right), strict=True):
            rows[name].append(value)
    return {name: np.array(values) for name, values in rows.items()}


# %% tags=["live", "covers:constant-initialisation"]
runs = {
    f"{noise:g}" if noise else "none": rows_of_run(noise) for noise in (0, 1e-8, 1e-6, 1e-4, 0.01)
}
live.breaking_symmetry.copies(runs, EVERY, enough=0.4)

# %% [markdown]
# Without noise the pictures are eight prints of one plate. With noise, any noise, they part: the equal start is an
# equilibrium like that of a pencil on its tip. As long as the differences are small, a step multiplies all of them by the
# same matrix, whatever their size; so a hundred times the noise is a hundred times the difference.

# %% tags=["covers:constant-initialisation"]
ratio = runs["1e-06"]["spread"][:21] / runs["1e-08"]["spread"][:21]
verify.equation("here, 100 times the noise, for 200 steps", ratio, 100, tolerance=0.02)
grown = runs["1e-08"]["spread"][-1, 0] / runs["1e-08"]["spread"][0, 0]
print(f"from 1e-08, differences in layer 1 grew more than {10 ** int(np.log10(grown)):,}-fold")
verify.claim("here", "without noise they are 0 to the end", runs["none"]["spread"].max() == 0)
order = [run["right"][-1] for run in runs.values()]
verify.claim("here", "more noise, more right at the end", order == sorted(order))

# %% [markdown]
# How many constants can a network bear? The proof needs two things equal, what leads *in* and what leads *out*. A
# constant output layer above a random hidden layer does no harm, nor does a constant first layer below random output
# weights: the hidden units part at the first step, because different things come back to them.

# %% tags=["covers:constant-initialisation"]
shallow, rng = layers.chain(layers.linear, layers.tanh, layers.linear), np.random.default_rng(3)
for inside, outside in [("constant", "constant"), ("random", "constant"), ("constant", "random")]:
    W = 0.2 * rng.normal(size=(8, 64)) if inside == "random" else np.full((8, 64), 0.02)
    V = 0.2 * rng.normal(size=(10, 8)) if outside == "random" else np.full((10, 8), 0.02)
    start = (W, np.zeros(8)), (), (V, np.zeros(10))
    *_, ((hidden, _, _), risk, right) = descend_on_digits(shallow, start, 300)
    parted = np.ptp(hidden[0], axis=0).max() > 1e-3
    print(f"{inside:8} in, {outside:8} out: risk {risk:.2f}, {right:4.0%} right")
    wanted = (inside, outside) != ("constant", "constant")
    verify.claim("DLNN 9.1.1", f"the units {'part' if wanted else 'stay equal'}", parted == wanted)

# %% [markdown]
# ### Exercise 2 · copies for ever
#
# Which units of a layer can training never tell apart? Count for each unit its copies.


# %% tags=["exercise:unit_copies"]
def unit_copies(W, b, V):
    """For each unit of a hidden layer, how many units are copies of it for ever, itself included.

    W (k, d), b (k,), the weights and biases into its k units;  V (m, k), the weights from them to m
    outputs.  Copies are units that training can never tell apart.  Returns (k,), whole numbers.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:unit_copies"]
check(unit_copies)

# %% [markdown]
# ## Zero is worse
#
# The constant 0 does not only keep units equal, it keeps gradients from passing. EE147 asks about it
# in an exam question. Take a 10-5-3 network of ReLUs, everything 0. The hidden units answer 0, so the gradient of
# $\mathbf{V}$, $\boldsymbol\delta\,\mathbf{h}^\top$, is 0. Nothing comes back through $\mathbf{V} = 0$, so the gradients
# of $\mathbf{W}$ and its biases are 0. Only the output bias moves.

# %% tags=["covers:zero-initialisation"]
rng = np.random.default_rng(4)
inputs, classes = rng.normal(size=(60, 10)), np.repeat([0, 1, 2], [30, 20, 10])
start = initialization.mlp(rng, 10, 5, 3, init=initialization.zeros)
moved = {}
for name in ("relu", "sigmoid"):
    net = layers.chain(layers.linear, getattr(layers, name), layers.linear)
    output, back = net(inputs, start)
    risk, delta = losses.cross_entropy(output, classes)
    (dW, db), _, (dV, dc) = back(delta)[1]
    moved[name] = [np.abs(grad).max() for grad in (dW, db, dV, dc)]
    verify.equation(f"EE147 Q2, the risk with {name}, log 3", risk, np.log(3))
verify.equation("EE147 Q2, relu: dR/dW, dR/db, dR/dV", moved["relu"][:3], 0, tolerance=0)
verify.claim("EE147 Q2", "the output bias moves", moved["relu"][3] > 0.1)

# %% tags=["covers:zero-initialisation"]
figure, ax = plt.subplots(figsize=(6.4, 3))
names = ["$W$", "$b$", "$V$", "$c$, output bias"]
for number, (name, sizes) in enumerate(moved.items()):
    at = np.arange(4) + 0.36 * (number - 0.5)
    ax.bar(at, sizes, 0.34, label=name, color=plots.PALETTE[number], hatch=["", "//"][number])
    for place, size in zip(at, sizes, strict=True):
        ax.text(place, size + 0.004, f"{size:.3g}", ha="center", fontsize=9)
ax.set(
    xticks=range(4), xticklabels=names, ylabel="largest entry of the gradient", xlabel="parameter"
)
ax.set(ylim=(0, 0.2))
ax.legend(loc="upper left")
plots.show(
    figure, "Gradient of each parameter of an all-zero network, with ReLU and with sigmoid units"
)

# %% [markdown]
# A sigmoid answers ½ at 0, so its $\mathbf{V}$ moves at the first step and $\mathbf{W}$ at the second, every unit like
# every other: copies again. With ReLUs nothing ever moves but the three output biases. What can they learn? The one thing
# that does not depend on the input: how frequent each class is.

# %% tags=["covers:zero-initialisation"]
net = layers.chain(layers.linear, layers.relu, layers.linear)
rule, data, rng = partial(sgd, lr=1.0), (inputs, classes), np.random.default_rng(0)
options = {"rng": rng, "batch": 60, "epochs": 400}
params, _ = training.fit(net, losses.cross_entropy, start, data, rule, **options)
(W, b), _, (V, c) = params
verify.equation("EE147 Q2, W, b, V after 400 steps", vector((W, b, V)), 0, tolerance=0)
shares = np.bincount(classes) / len(classes)
verify.equation("here, softmax(c): the shares", np.exp(losses.log_softmax(c[None])[0]), shares)

# %% [markdown]
# *A good place to begin the second sitting.*
#
# ## Biases: what you know before you look
#
# Biases may start at 0, DLNN 9.1.3: the weights already tell the units apart. For the *output* bias there is a better
# number. Without looking at an input, the best answer is the share $c_k$ of each class, so set $\mathbf{b}$ such that
# $\operatorname{softmax}(\mathbf{b}) = \mathbf{c}$, GBC 8.4: $b_k = \log c_k$. The risk then starts at the entropy
# $H(\mathbf{c})$ in place of $\log K$. Here digits are made rare: 178 zeros, 3 nines. The output *weights* start at 0,
# which is harmless above random units.

# %% tags=["covers:bias-initialisation"]
kept = [178, 120, 80, 50, 30, 20, 12, 8, 5, 3]
rows = np.concatenate([np.flatnonzero(labels == k)[:count] for k, count in enumerate(kept)])
shares = np.array(kept) / len(rows)
entropy = -(shares * np.log(shares)).sum()
net, curves = layers.chain(*layers.mlp(2, layers.tanh)), {}
hidden = initialization.lecun(np.random.default_rng(0), 64, 32)
for name, b in {"b = 0": np.zeros(10), "b = log c": np.log(shares)}.items():
    start, rng = (hidden, (), (np.zeros((10, 32)), b)), np.random.default_rng(0)
    options = {"rng": rng, "batch": len(rows), "epochs": 150}
    data, rule = (x[rows], labels[rows]), partial(sgd, lr=0.1)
    _, curves[name] = training.fit(net, losses.cross_entropy, start, data, rule, **options)
verify.equation("GBC 8.4, the first risk is H(c)", curves["b = log c"][0]["risk"], entropy)
verify.equation("here, with b = 0 it is log 10", curves["b = 0"][0]["risk"], np.log(10))

# %% tags=["covers:bias-initialisation"]
figure, ax = plt.subplots(figsize=(6.4, 3.2))
for (name, history), style in zip(curves.items(), ["--", "-"], strict=True):
    plots.curve(history, "risk", ax=ax, linestyle=style, label=name)
ax.axhline(entropy, color=plots.INK, linewidth=0.8)
ax.text(150, entropy + 0.03, "$H(c)$", ha="right")
ax.set(ylim=(0, 2.5), ylabel="mean cross-entropy")
ax.legend()
plots.show(figure, "Risk over 150 steps with output biases 0 and with the logarithms of the shares")
risks = {name: np.array([row["risk"] for row in history]) for name, history in curves.items()}
behind = int((risks["b = 0"] > entropy).sum())
print(f"b = 0 needs {behind} steps to come down to H(c)")
verify.claim(
    "here", "after 100 steps the lead is gone", risks["b = 0"][100] < risks["b = log c"][100]
)

# %% [markdown]
# The bias saves the steps in which the network would learn nothing but the shares. It is a lead, not a better network:
# after a hundred steps nothing of it is left.
#
# ### Exercise 3 · the bias that knows the shares
#
# From labels to biases, and to the risk at the start. A class may be without samples: what would $\log 0$ do? So all counts
# can be raised a little.


# %% tags=["exercise:marginal_start"]
def marginal_start(labels, k, extra):
    """Output biases that answer with the shares of the classes, and the risk where training starts.

    labels (n,), whole numbers from 0 ... k - 1;  extra >= 0 is added to the count of each class, so
    that one without samples has a share, too.  Returns (b, risk): b (k,) with softmax(b) = c, these
    shares, and exp(b) adding up to 1;  risk, the mean cross-entropy of the n samples with the
    scores b.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:marginal_start"]
check(marginal_start)

# %%
b, risk = use(marginal_start)(labels[rows], 10, 0)
print(f"a zero gets the score {b[0]:.2f}, a nine {b[9]:.2f}; the risk starts at {risk:.3f}")

# %% [markdown]
# Other outputs, the same idea. A linear output with squared errors starts at the mean of the targets, DLNN 9.1.3: then
# half the mean squared error is half of their variance. An output that states a normal distribution, GBC (8.24), starts
# at their mean and variance $s^2$: then the risk is $½\log(2\pi e s^2)$, the entropy of that normal distribution. The
# loss here takes a raw precision, $\beta = \log(1 + e^r)$, so $r = \log(e^{1/s^2} - 1)$.

# %% tags=["covers:bias-initialisation"]
_, y = datasets.line(np.random.default_rng(5), 200)
mean, variance = y.mean(), y.var()
at_mean, at_zero = (losses.squared_error(np.full(200, b), y)[0] for b in (mean, 0.0))
verify.equation("DLNN 9.1.3, with b = mean the risk is Var(y)/2", at_mean, variance / 2)
verify.equation("here, b = 0 costs mean²/2 more", at_zero - at_mean, mean**2 / 2)
raw = np.log(np.expm1(1 / variance))
risk, _ = heteroscedastic_gaussian(np.tile([mean, raw], (200, 1)), y)
verify.equation("GBC (8.24), ½ log(2 pi e s²)", risk, np.log(2 * np.pi * np.e * variance) / 2)

# %% [markdown]
# Two hidden biases are not 0 either, GBC 8.4. A ReLU may start at $b = 0.1$, so that it is active on most samples and
# has a slope; GBC advises against it where the weights are scaled on the assumption that biases add nothing, as on the next
# pages. And a *gate*, a factor $h = \sigma(s)$ that multiplies another unit, should start near 1, so that what it
# guards can learn at all. The forget gate of a recurrent network multiplies its memory by $h$ at every time step.

# %% tags=["covers:bias-initialisation"]
W, _ = initialization.normal(np.random.default_rng(6), 64, 200, std=0.01)
active = {b: float((x @ W.T + b > 0).mean()) for b in (0.0, 0.1)}
gate = {b: layers.sigmoid(np.array(b))[0] for b in (0.0, 1.0, 5.0)}
for b, share in active.items():
    print(f"ReLU bias {b}: active for {share:.0%} of units and samples")
for b, h in gate.items():
    print(f"gate bias {b:.0f}: h = {h:.3f}; after 20 time steps {h**20:.1e} of a memory is left")
verify.claim("GBC 8.4", "b = 0.1 activates most", active[0.1] > 0.9 > active[0.0])
verify.equation("GBC 8.4, a gate with b = 0 forgets half each time", gate[0.0] ** 20, 2.0**-20)

# %% [markdown]
# ## Random biases do not replace random weights
#
# If all that matters is that units differ, why not random biases and zero weights? DLNN 9.1.3 says that works badly. Try
# both ways around, with two hidden layers, from five seeds each. The seed that draws the weights here draws the biases
# there, with a standard deviation of 1.


# %% tags=["covers:random-biases-zero-weights"]
def moved_to_biases(params, rng):
    """Zero weights and random biases in the shapes of params."""
    zero = [(np.zeros_like(W), rng.normal(size=b.shape)) for W, b in params[::2]]
    return tuple(part for pair in zero for part in (pair, ()))[:-1]


# %% tags=["covers:random-biases-zero-weights"]
net, data, rule = deep(layers.linear), (x[:500], labels[:500]), partial(sgd, lr=0.3)
curves = {"random weights, zero biases": [], "zero weights, random biases": []}
ranks = []
for seed in range(5):
    weights = initialization.mlp(np.random.default_rng(seed), 64, 32, 32, 10)
    biases = moved_to_biases(weights, np.random.default_rng(seed))
    for name, start in zip(curves, (weights, biases), strict=True):
        rng = np.random.default_rng(seed)
        run = list(training.steps(net, losses.cross_entropy, start, data, rule, rng=rng))
        curves[name].append([row["risk"] for row, _ in run])
    first = run[15][1][0][0]  # the first matrix of the biases' run, one epoch of 16 steps later
    ranks.append(np.linalg.matrix_rank(first, rtol=0.01))
verify.equation("here, ranks of W1 after an epoch, zero weights", ranks, 1)

# %% tags=["covers:random-biases-zero-weights"]
figure, ax = plt.subplots(figsize=(6.4, 3.2))
for (name, risks), color, style in zip(curves.items(), plots.PALETTE, ["-", "--"], strict=False):
    epochs = np.reshape(risks, (5, 10, -1)).mean(axis=2).T
    ax.plot(range(1, 11), epochs[:, 0], style, color=color, label=name)
    ax.plot(range(1, 11), epochs[:, 1:], style, color=color)
ax.set(xlabel="epoch", ylabel="mean cross-entropy", ylim=(0, 2.6))
ax.legend(loc="center right")
plots.show(
    figure, "Risk over ten epochs from random weights and from random biases, five seeds each"
)
ends = {name: np.mean(np.array(risks)[:, -16:], axis=1) for name, risks in curves.items()}
slow, fast = ends["zero weights, random biases"], ends["random weights, zero biases"]
verify.claim("DLNN 9.1.3", "for every seed the random biases are slower", (slow > 5 * fast).all())

# %% [markdown]
# Zero weights let no gradient through, as in *Zero is worse*: at the first step only the output layer moves, then the
# layer below it, and so on. And random biases make units that differ in what they *are*, not in what they *look at*: the
# rows of $\mathbf{W}^{[1]}$ that grow are multiples of one row at first. After an epoch the other singular values are
# below a hundredth of the largest (checked above).
#
# ## Where you start is where you end
#
# Random starts break the symmetry, each in its own way. Thirty networks of two tanh units learn the moons, from thirty
# seeds and with the same data in the same order. (They run side by side: the leading axis of every array counts them.)


# %% tags=["covers:seed-spread"]
def side_by_side(x, W, c, v, b):
    """Hidden activations (s, n, k) and scores (s, n) of s networks."""
    h = np.tanh(x @ W.swapaxes(1, 2) + c[:, None])
    return h, (h @ v[:, :, None])[..., 0] + b[:, None]


points, y = datasets.moons(np.random.default_rng(0), 100, noise=0.15)
rng, S, lr = np.random.default_rng(0), 30, 0.5
W, c, v, b = rng.normal(size=(S, 2, 2)), np.zeros((S, 2)), rng.normal(size=(S, 2)), np.zeros(S)
for _ in range(1500):
    h, s = side_by_side(points, W, c, v, b)
    delta = (layers.sigmoid(s)[0] - y) / len(y)
    back = delta[..., None] * v[:, None] * (1 - h**2)
    W, c = W - lr * back.swapaxes(1, 2) @ points, c - lr * back.sum(axis=1)
    v, b = v - lr * (delta[:, None] @ h)[:, 0], b - lr * delta.sum(axis=1)

# %% tags=["covers:seed-spread"]
_, s = side_by_side(points, W, c, v, b)
risk = np.logaddexp(0, np.where(y, -s, s)).mean(axis=1)
axis = np.linspace(-1.6, 2.6, 90), np.linspace(-1.2, 1.7, 70)
places = np.stack(np.meshgrid(*axis), axis=-1).reshape(-1, 2)
_, answers = side_by_side(places, W, c, v, b)
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.4), width_ratios=[1.2, 1])
plots.points(points, y, ax=ax)
for answer in answers:
    ax.contour(*axis, answer.reshape(70, 90), [0], colors=plots.INK, linewidths=0.7)
ax.set(xlabel="$x_1$", ylabel="$x_2$", title="thirty boundaries")
right.plot(np.sort(risk), np.arange(1, S + 1), "o", color=plots.PURPLE)
right.set(xlabel="risk after 1500 steps", ylabel="seeds, sorted", xlim=(0, None))
plots.show(
    figure, "The boundaries of thirty networks from thirty seeds, and the risks where they end"
)

# %% [markdown]
# Each dot is a seed. Most end in a group near 0.23: both units draw almost the same line. A few found the bend. No
# two have the same weights, also if you allow for the two symmetries that every such network has: its units may change
# places, and a tanh unit may turn the signs of all its weights.

# %% tags=["covers:seed-spread"]
sign = np.where(v < 0, -1, 1)  # turn the signs so that v > 0, and sort the units by v
units = np.concatenate([sign[..., None] * W, (sign * c)[..., None], np.abs(v)[..., None]], axis=2)
units = np.take_along_axis(units, np.abs(v).argsort(axis=1)[:, :, None], axis=1).reshape(S, -1)
apart = np.linalg.norm(units[:, None] - units, axis=2)[np.triu_indices(S, 1)]
verify.claim("DLNN 9.1.2, GBC 8.4", "no two seeds end at the same weights", apart.min() > 1e-3)
low, middle, high = np.quantile(risk, [0, 0.5, 1])
print(f"risk from {low:.2f} to {high:.2f}, median {middle:.2f}")
print(f"{np.sum(risk < 0.15)} of {S} below 0.15")
verify.claim("here", "the spread is no rounding error", high > 2 * low)

# %% [markdown]
# Report the spread, as here. What you must not do is to train from thirty seeds, pick the one with the least *test* error,
# and report that error: then the test set has helped to choose, and the number is too good. DLNN 9.1.2 recommends to leave
# bad seeds out. That is sound if the risk on the *training* or validation samples says which seeds are bad.
#
# ## The same in PyTorch
#
# PyTorch draws weights at random unless you tell it otherwise. Told otherwise, it keeps its units equal too (up to the
# rounding of its matrix library), step for step like ours.

# %%
import torch

tanh, dense = torch.nn.Tanh(), torch.nn.Linear
net = torch.nn.Sequential(dense(64, 8), tanh, dense(8, 8), tanh, dense(8, 10)).double()
for name, tensor in net.named_parameters():
    torch.nn.init.constant_(tensor, 0.02 if "weight" in name else 0.0)
rule = torch.optim.SGD(net.parameters(), lr=0.5)
for _ in range(100):
    rule.zero_grad()
    torch.nn.functional.cross_entropy(net(torch.tensor(few)), torch.tensor(few_labels)).backward()
    rule.step()
*_, (ours, _, _) = descend_on_digits(deep(linear_in_order), noisy_constant(0), 100)
theirs = [tensor.detach().numpy() for tensor in net.parameters()]
verify.equation("PyTorch, all parameters after 100 steps", vector(ours), vector(theirs))
verify.equation("PyTorch, the rows of W1 are one row", np.ptp(theirs[0], axis=0), 0)

# %% [markdown] tags=["question:ch08.breaking_symmetry.noise"]
# ### In your own words
#
# A colleague starts all weights at 0.02. "I train on random mini-batches," she says, "that is noise enough to break the
# symmetry." Another one adds: "And if not, Adam gives every weight its own learning rate." A third one uses *dropout*,
# which at each step leaves out every hidden unit with probability ½, each by its own coin. Who of the three gets units
# that differ, and why? GBC 8.4 speaks of deterministic training: which kind of randomness does that exclude?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Units with equal incoming *and* equal outgoing weights stay equal, exactly and for ever. Then each weight matrix has
#   rank 1.
# - Zero weights in all layers stop every gradient but that of the output bias, which learns the shares of the classes (with
#   units that answer 0 at 0, as ReLU and tanh do).
# - Any noise breaks the symmetry, tiny noise late. Random weights do it at once; random biases with zero weights do it
#   slowly.
# - Start the output bias at what you know without an input: $\log c_k$, the mean, the mean and the variance.
# - Different seeds end in different places. Report the spread, and let no test error choose a seed.
#
# ## Where the books differ
#
# - DLNN 9.1.1 prints the way down with $\delta^{[l]}$ on both sides; on the right it has to be $\delta^{[l+1]}$ (checked
#   above).
# - GBC 8.4 states the claim for *deterministic* training, DLNN 9.1.1 for gradient descent. MEDL 5.5 says that symmetry "may"
#   follow, Strang VII.1 has the start at 0 only.
# - DLNN 9.1.2 would exclude bad seeds (a footnote adds that no seed should be worse than another). It does not say by which
#   error; the test error must not be it.
# - EE147 asks in Q2 whether zero weights can be trained, answer no. One of its own snippets sets weights to 0 and to 1:
#   read that as a lesson in syntax.
# - DLNN sets biases to 0 or to the mean of the targets; GBC adds the marginal through the inverse of the activation, the
#   variance, 0.1 for ReLUs, and gates.
#
# **Next:** [Mean field theory](02_mean_field_theory.ipynb) asks how large the random weights should be, and answers with the variance of one unit.
