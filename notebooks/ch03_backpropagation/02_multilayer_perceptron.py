# %% [markdown]
# # The multilayer perceptron
#
# Units that listen to units: how their answers travel up, how the blame travels down, and what both cost, one number at
# a time.
#
# **After this notebook you can**
#
# - run a network forward and backward by hand, unit by unit, biases included;
# - say what a delta is, and why every gradient is a delta times an activation;
# - count parameters and operations before you run anything, and tell when a printed rule is wrong.
#
# 75 minutes in two sittings, 45 for the text and 30 for the exercises · the break is before *What it costs* ·
# before this: [XOR](01_xor.ipynb)
#
# DLNN 4.6 · GBC 6.4, 6.5.7 · Strang VII.1 · EE147 Neural Networks · MEDL 5.1, 5.4
#
# | in the books | here | what it is |
# |---|---|---|
# | $w_{ij}$ | `w[i, j]` | weight of the connection that leads *from* unit $j$ *to* unit $i$ |
# | $b_i$, $w_{i0}$ | `w[i, 0]` | bias: the weight of unit 0, which is always 1 |
# | $s_i$ (DLNN), $z_i$ (MEDL) | `s[i]` | pre-activation of unit $i$ |
# | $a_i$, $h_i$ | `a[i]` | activation: what unit $i$ answers; for an input, the input |
# | $\delta_i$ | `delta[i]` | delta: $\partial L/\partial s_i$, the derivative of the loss of a sample |
# | $Q, D, K, H$ (DLNN) | – | how many units, inputs, outputs and hidden units there are |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, initialization, layers, live, losses, optimizers, plots, units, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(6)

# %% [markdown]
# ## A unit that answers softly
#
# The perceptron answered yes or no. Put a smooth function $f$ in the place of the sign, and the unit answers by degrees:
# $s = \mathbf{w}^\top\mathbf{x} + b$, $a = f(s)$, DLNN (4.59). EE147 asks for the answer to the inputs 1, 2, 3 with
# weights 4, 5, 6 and $f(s) = 3s$.


# %% tags=["covers:artificial-neuron"]
def unit(x, w, b, f):
    """The activation of one unit: x (..., d), w (d,)."""
    return f(x @ w + b)


inputs, weights = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
verify.equation("EE147 Q7", unit(inputs, weights, 0, lambda s: 3 * s), 96)

# %% [markdown]
# **Bend the surface.** It rises in one direction only, that of $\mathbf{w}$; across it nothing changes. On the right is
# the same answer against $s$: the four corners of the unit square slide along the curve as you move the weights.


# %% tags=["live", "covers:artificial-neuron"]
def sigmoid(s):
    """1 / (1 + exp(-s)), by the layer of the package."""
    return layers.sigmoid(np.asarray(s))[0]


def heaviside(s):
    return np.heaviside(s, 0.5)


live.multilayer_perceptron.artificial_neuron(
    {"sigmoid": sigmoid, "tanh": np.tanh, "step": heaviside}
)

# %% [markdown]
# As long as $f$ rises, no such unit computes [XOR](01_xor.ipynb), however you bend it. So let units listen to units.
#
# ## A network is its weights
#
# Number everything: unit 0 is the constant 1, then come the inputs, then all others. A network is then a table of
# weights, one for each connection: `w[i, j]` leads from $j$ to $i$. Here is the network of this page: two inputs, three
# hidden units, one output. ([The next page](03_deep_networks.ipynb) has the same one in matrices.)

# %% tags=["covers:mlp-unit-graph"]
W1, b1 = np.array([[0.5, -1.0], [1.5, 0.5], [-0.5, 1.0]]), np.array([0.5, -0.5, 1.0])
W2, b2 = np.array([[1.0, -1.5, 0.5]]), np.array([0.25])
params = ((W1, b1), (), (W2, b2))  # as `layers.chain` takes them
w = units.weights(params)
level = units.levels(w)
print({pair: w[pair] for pair in sorted(w)})
print("layer of each unit:", level)

D, K, Q = 2, 1, len(level)
hidden = [i for i in level if D < i <= Q - K]
verify.equation("DLNN 4.6.1, H = Q - K - D", len(hidden), Q - K - D)

# %% [markdown]
# What makes it *feed-forward*? A unit may listen only to units in lower layers: $w_{ij} = 0$ unless
# $\operatorname{layer}(j) < \operatorname{layer}(i)$. Number the units layer by layer, and the matrix of all weights has
# entries below its diagonal only. DLNN (4.61) is printed the wrong way around. It forbids exactly the connections that
# a network has:

# %% tags=["covers:mlp-unit-graph"]
real = [(i, j) for i, j in w if j > 0]
printed = [(i, j) for i, j in real if level[j] <= level[i]]  # (4.61) sets these to 0
print(f"of {len(real)} connections the printed condition forbids {len(printed)}")
forward_only = all(level[j] < level[i] for i, j in real)
verify.claim("DLNN (4.61), turned around", "every weight leads up", forward_only)

table = units.matrix(w)[1:, 1:]  # rows i, columns j, NaN where there is no connection
above = np.isfinite(table[np.triu_indices(Q)]).any()
verify.claim("DLNN 4.6.1", "the weight matrix is strictly lower triangular", not above)
try:
    units.levels(w | {(3, 6): 1.0})  # the output feeds a hidden unit
except ValueError as error:
    print("refused:", error)

# %% [markdown]
# Any acyclic table is a network: a *shortcut* that jumps over a layer is one more entry. The network that people draw is
# the special case where each layer listens to all of the layer below and to nothing else. Then a list of sizes says it
# all.


# %%
def draw_units(ax, w):
    """Units as circles, a column for each layer, connections as lines; biases are not drawn."""
    level, place = units.levels(w), {}
    for column in range(1, max(level.values()) + 1):
        stack = [unit for unit in level if level[unit] == column]
        place |= {unit: (column, len(stack) / 2 - row) for row, unit in enumerate(stack)}
    for i, j in w:
        if j > 0:
            ax.plot(*zip(place[j], place[i], strict=True), color=plots.INK, linewidth=0.8, zorder=1)
    for unit, spot in place.items():
        color = plots.ORANGE if level[unit] == 1 else plots.BLUE
        ax.plot(*spot, "o", markersize=21, color=color, zorder=2)
        ax.annotate(unit, spot, color="white", ha="center", va="center", fontsize=9)
    ax.margins(0.12)
    ax.set_axis_off()


# %% tags=["covers:mlp-from-sizes"]
nets = {(3, 4, 2): 26, (3, 4, 4, 2): 46, (4, 5, 1): 31}
figure, axes = plt.subplots(1, 3, figsize=(8, 3))
for ax, (sizes, count) in zip(axes, nets.items(), strict=True):
    made = initialization.mlp(rng, *sizes)
    draw_units(ax, units.weights(made))
    ax.set_title(f"{sizes}: {count} parameters")
    verify.equation(f"here, the parameters of {sizes}", len(optimizers.vector(made)), count)
    linear = layers.mlp(len(sizes) - 1, layers.tanh).count(layers.linear)
    verify.equation("here, depth = sizes - 1", linear, len(sizes) - 1)
plots.show(figure, "Three fully connected networks, drawn as units and connections")

# %% [markdown]
# Count the lines of the first one: $3 \cdot 4 + 4 \cdot 2 = 20$. The other six parameters are biases, which nobody draws.
# Strang's Figure VII.2, a 3-4-1 network, is captioned "20 weights": that counts the biases of the hidden layer and
# forgets the one of the output.
#
# ### Exercise 1 · count before you build
#
# MEDL counts operations as well: in each unit one multiply-add for every weight, one addition for the bias, one
# activation, $\sum_l N_l (N_{l-1} + 2)$ in all. How many parameters, how many operations?


# %% tags=["exercise:fully_connected_counts"]
def fully_connected_counts(sizes):
    """The number of parameters of a fully connected network and of its operations, two integers.

    sizes (l,): the units of the input, of each hidden layer, of the output.  Every unit but the
    inputs has a bias.  Operations for one sample, as MEDL counts them: in each unit a multiply-add
    for each weight, one addition for the bias, and one activation, at the output, too.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:fully_connected_counts"]
check(fully_connected_counts)


# %% tags=["covers:parameter-counting"]
def parameters(*sizes):
    """Counted in the arrays of such a network, which are too large to be filled with numbers."""
    empty = lambda _, j, i: (np.broadcast_to(0.0, (i, j)), np.broadcast_to(0.0, i))  # noqa: E731
    return sum(each.size for each in optimizers.leaves(initialization.mlp(rng, *sizes, init=empty)))


verify.equation("MEDL (5.5)", parameters(4, 5, 1), 31)
verify.equation("MEDL (5.6)", parameters(4, 4, 3, 5, 1), 61)
verify.equation("EE147 Q3, 10 to 5: connections", parameters(10, 5) - 5, 50)
verify.equation("Strang Fig VII.2", parameters(3, 4, 1), 21)

blocks = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256)] + 2 * [(256, 256)]
blocks += [(256, 512)] + 5 * [(512, 512)]
vgg16 = sum(parameters(9 * below, maps) for below, maps in blocks)  # 3 x 3 pixels of each map below
lenet = parameters(25, 6) + parameters(25 * 6, 16) + parameters(400, 120, 84, 10)
print(f"LeNet-5 {lenet:,}; VGG-16 {vgg16 + parameters(25088, 4096, 4096, 1000):,}")

# %% [markdown]
# EE147 says that convolutional networks typically have hundreds of millions of parameters. VGG-16 has 138 million, most
# of them in its last three, fully connected layers; LeNet-5 has 62 thousand. (A convolution has the weights of one
# small unit, used at every place of the picture.)
#
# ## Forward, unit by unit
#
# DLNN's Algorithm 4.1 goes up through the layers. For each unit $i$, (4.59) and (4.60) say
# $$s_i = \sum_j w_{ij}\,a_j, \qquad a_i = f(s_i),$$
# where $j$ runs over all that feed $i$, unit 0 included. It keeps every $s_i$ and $a_i$: the way back will want them. Our
# hidden units are logistic. The output stays linear, because the losses of this book take pre-activations.

# %% tags=["covers:forward-pass-units"]
x, y = np.array([0.8, -0.5]), 1
s, a = {}, {0: 1.0, 1: x[0], 2: x[1]}
for i in [3, 4, 5, 6]:  # upward, layer by layer
    s[i] = 0.0
    for j in a:
        if (i, j) in w:
            s[i] += w[i, j] * a[j]
    a[i] = s[i] if i == 6 else sigmoid(s[i])
    print(f"unit {i}:  s = {s[i]:7.4f}   a = {a[i]:.4f}")

net = layers.chain(*layers.mlp(2, layers.sigmoid))
output, back = net(x[None], params)
verify.equation("DLNN Algorithm 4.1, against the layers", a[6], output[0, 0], tolerance=1e-12)

# %% [markdown]
# `units.forward(w, x, f)` is this loop for any table of weights, shortcuts included. One sample at a time is slow. A
# mini-batch does them all at once, and there the books part: MEDL (5.9) puts samples in columns,
# $\mathbf{Z} = \mathbf{W}\mathbf{X}^\top + \mathbf{B}$, with the bias repeated in each column of $\mathbf{B}$. Here, as
# in GBC, samples are rows, $\mathbf{S} = \mathbf{X}\mathbf{W}^\top + \mathbf{b}$, and NumPy repeats the bias by itself.


# %% tags=["covers:forward-pass-minibatch"]
def logistic(s):
    """f(s) and f'(s), which the answer knows already: a (1 - a), DLNN (4.72)."""
    a = 1 / (1 + np.exp(-s))
    return a, a * (1 - a)


X = rng.normal(size=(5, 2))
rows = sigmoid(X @ W1.T + b1) @ W2.T + b2
B1, B2 = np.tile(b1[:, None], 5), np.tile(b2[:, None], 5)
columns = W2 @ sigmoid(W1 @ X.T + B1) + B2
verify.equation("MEDL (5.9), (5.10), the transpose of the rows", columns, rows.T)
singly = [units.forward(w, sample, logistic)[1][6] for sample in X]
verify.equation("MEDL (5.8), each sample on its own", rows[:, 0], np.array(singly))

# %% [markdown]
# What does such a network compute? With ReLU units, $F(\mathbf{v}) = \mathbf{A}_2(\mathbf{A}_1\mathbf{v} +
# \mathbf{b}_1)_+ + b_2$, Strang VII.1 (3), the answer is easy to see: walk along a straight line through the inputs, and
# each hidden unit switches once. Between two switches everything is linear.

# %% tags=["covers:one-hidden-layer-cpl"]
A1, A2, c2 = np.random.default_rng(197).normal(size=(4, 3)), np.array([[1.0, -2, 1.5, -1]]), 0.7
start, direction, c1 = np.array([0.3, -0.2, 0.5]), np.ones(3), np.array([1.0, 0.5, -0.5, -1])
kinks = np.sort(-(A1 @ start + c1) / (A1 @ direction))  # where a unit switches
t = np.sort(np.append(np.linspace(kinks[0] - 1, kinks[-1] + 1, 400), kinks))
F = np.maximum((start + t[:, None] * direction) @ A1.T + c1, 0) @ A2[0] + c2
slopes = np.diff(F) / np.diff(t)
pieces = 1 + np.sum(np.abs(np.diff(slopes[np.diff(t) > 1e-9])) > 1e-6)
verify.equation("Strang VII.1, pieces along a line: units + 1", pieces, 5)
verify.equation("Strang Fig VII.2, 20 without b_2", A1.size + c1.size + A2.size, 20)
figure, ax = plt.subplots(figsize=(6.4, 2.8))
ax.plot(t, F)
ax.plot(kinks, np.interp(kinks, t, F), "o", color=plots.ORANGE)
ax.set(xlabel="place $t$ on the line", ylabel="$F$", title="dots: a hidden unit switches")
plots.show(figure, "A ReLU network along a line: straight pieces that meet in four kinks")

# %% [markdown]
# Four units, four kinks, no jump. Without $b_2$ the same curve hangs lower; it has 20 parameters then, and 21 with it.
#
# ## Who is to blame?
#
# A weight changes the loss only through the unit that it leads into. So the chain rule has two factors, and one of them
# is trivial, because $s_i = \sum_j w_{ij} a_j$. That is DLNN (4.66):
# $$\frac{\partial L}{\partial w_{ij}} = \frac{\partial L}{\partial s_i}\,\frac{\partial s_i}{\partial w_{ij}}
# = \delta_i\,a_j, \qquad \delta_i = \frac{\partial L}{\partial s_i}.$$
# A delta for each unit, an activation for each unit, and their products are all the gradients there are. You have used
# this in all of chapter 2: there, $\delta = a - y$ for every model. Look again.

# %% tags=["covers:delta-error-principle"]
models = {  # loss, target, answer
    "linear, (4.15)": (losses.squared_error, np.array([[0.4]]), layers.identity),
    "logistic, (4.44)": (losses.binary_cross_entropy, np.array([[1]]), layers.sigmoid),
    "softmax, (4.55)": (losses.cross_entropy, np.array([[0, 1, 0]]), layers.softmax),
}
a_j = np.array([[1.0, *x]])  # unit 0, and the inputs
for name, (loss, target, f) in models.items():
    theta = rng.normal(size=(target.size, 3))  # w_ij
    delta = f(a_j @ theta.T)[0] - target
    differences = verify.gradient(lambda w: loss(a_j @ w.T, target)[0], theta)  # noqa: B023
    verify.equation(f"DLNN (4.69), {name}", delta.T * a_j, differences, tolerance=1e-8)

# %% [markdown]
# That is all for outputs: a delta is what the loss says. But who tells the hidden units? Unit $j$ changes the loss through
# every unit $i$ that it feeds. A small change of $s_j$ changes $a_j$ by $f'(s_j)$ times as much, and each $s_i$ by
# $w_{ij}$ times that. Add up over all $i$, and you have DLNN (4.71):
# $$\delta_j = f'(s_j) \sum_i \delta_i\,w_{ij}.$$
# The same weights as on the way up, walked the other way: the sum runs over the *first* index now. And the slope of a
# logistic unit is $a_j(1 - a_j)$, (4.72), which the way up has left behind.
#
# ### Exercise 2 · what a hidden unit is told
#
# Write it for one logistic unit.


# %% tags=["exercise:logistic_unit_delta"]
def logistic_unit_delta(a, w, delta):
    """delta_j = dL/ds_j of a logistic hidden unit j with the activation a, a number.

    w (i,), its weights w_ij to the units that it feeds, and their delta (i,) = dL/ds_i.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:logistic_unit_delta"]
check(logistic_unit_delta)

# %% [markdown]
# ## Backward, unit by unit
#
# Algorithm 4.2 walks down: deltas of the outputs from the loss, then (4.71) for one layer after the other, then
# $\delta_i\,a_j$ for every connection. As printed it sums and updates over $j \in L_{\nu-1}$, and unit 0 is in no
# layer: the biases would never learn. Here they are in the table like all other weights.

# %% tags=["covers:backward-pass-units", "covers:hidden-delta-recursion"]
delta = {6: sigmoid(s[6]) - y}  # cross-entropy on a logistic output: a - y
for j in [5, 4, 3]:  # downward
    share = 0.0
    for i in delta:
        if (i, j) in w:
            share += delta[i] * w[i, j]
    delta[j] = a[j] * (1 - a[j]) * share
grad = {(i, j): delta[i] * a[j] for i, j in w}
print("  ".join(f"delta_{i} = {delta[i]:.4f}" for i in sorted(delta)))
print("biases:", "  ".join(f"({i}, 0): {grad[i, 0]:.4f}" for i in sorted(delta)))

# %% [markdown]
# Nothing is believed here that central differences do not confirm: move each weight a little, both ways, and see what
# the loss does. `units.backward` is the loop above for any table; try it on a shortcut, too, from input 1 to the output.


# %% tags=["covers:backward-pass-units"]
def sample_gradient(w, x, y):
    """The gradient {(i, j): number} of the loss of one sample."""
    s, a, slope = units.forward(w, x, logistic)
    return units.backward(w, a, slope, {6: sigmoid(s[6]) - y})[1]


for name, table in {"all 13": w, "with a shortcut, all 14": w | {(6, 1): 2.0}}.items():

    def loss_of(theta, table=table):
        s, _, _ = units.forward(dict(zip(table, theta, strict=True)), x, logistic)
        return losses.binary_cross_entropy(np.array([s[6]]), np.array([y]))[0]

    moved = verify.gradient(loss_of, np.array(list(table.values())))
    exact = np.array(list(sample_gradient(table, x, y).values()))
    error = np.abs(exact - moved) / np.abs(moved)
    verify.claim("DLNN Algorithm 4.2", f"{name} gradients to 1e-5", bool((error < 1e-5).all()))

# %% [markdown]
# The algorithm says *accumulate* and prints $\Delta w_{ij} = \ldots$: with several samples each would overwrite the one
# before it. Add them up, and divide by their number, because our losses are means. Then the units agree with the
# matrices of the [next page](03_deep_networks.ipynb), on one sample and on five:

# %% tags=["covers:backward-pass-units"]
Y = np.array([1, 0, 0, 1, 1])
for samples, labels in [(x[None], np.array([1])), (X, Y)]:
    total = dict.fromkeys(w, 0.0)
    for sample, label in zip(samples, labels, strict=True):
        for pair, each in sample_gradient(w, sample, label).items():
            total[pair] += each / len(samples)

    output, back = net(samples, params)
    _, dy = losses.binary_cross_entropy(output, labels[:, None])
    matrices = units.weights(back(dy)[1])  # the same table, of the gradients of the matrices
    ours, theirs = (np.array([each[pair] for pair in w]) for each in (total, matrices))
    verify.equation(f"DLNN (4.84), samples: {len(samples)}", ours, theirs, tolerance=1e-12)

# %% [markdown]
# Now walk it yourself, one operation at a time: the same network, another sample, whose numbers nobody has printed.
# Choose *your turn* and enter each number of the way back before you see it.

# %% tags=["live", "covers:backward-pass-units"]
fresh, no = np.array([[-0.6, 1.2]]), np.array([[0]])
live.Stepper(layers.mlp(2, layers.sigmoid), params, fresh, losses.binary_cross_entropy, no)

# %% [markdown]
# ## Where the printed output rule fails
#
# One rule is left, the one that starts the way down. DLNN (4.70) prints $\delta_k = \frac{\partial L}{\partial a_k}
# f'(s_k)$. That holds where $a_k$ depends on $s_k$ alone. In a softmax every $s_k$ moves all outputs:
# $\delta_k = \sum_j \frac{\partial L}{\partial a_j}\frac{\partial a_j}{\partial s_k}$.

# %% tags=["covers:hidden-delta-recursion"]
p = np.array([[0.6406, 0.0150, 0.2597, 0.0847]])  # the outputs of a softmax; class 1 is the target
target = np.array([[0, 1, 0, 0]])
dL_da = -target / p  # of the cross-entropy
printed = dL_da * p * (1 - p)
J = verify.jacobian(layers.softmax, np.log(p))[0]  # (4, 4): row j, column k is da_j/ds_k
delta = dL_da @ J  # the sum over j
print("printed (4.70):", printed.round(3))
print("the truth:     ", delta.round(3))
verify.equation("DLNN (4.69), delta = a - y", delta, p - target)
verify.equation("DLNN (4.70), the printed rule", printed.round(3), [[0, -0.985, 0, 0]])

# %% [markdown]
# The printed rule pushes the right class up and leaves the wrong ones alone. They would have to come down.
#
# ### Exercise 3 · repair the output rule
#
# For any loss, not only the cross-entropy.


# %% tags=["exercise:softmax_output_delta"]
def softmax_output_delta(a, da):
    """delta (n, k) = dL/ds of softmax outputs, from a (n, k) = softmax(s) and da (n, k) = dL/da.

    DLNN (4.70) prints delta_k = dL/da_k f'(s_k), right only where a_k depends on s_k alone.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:softmax_output_delta"]
check(softmax_output_delta)

# %% [markdown]
# ## What it costs
#
# *A good place to begin the second sitting.*
#
# Let the numbers count for themselves: a `Counted` is a number that counts the products it takes part in. Send some
# through networks of growing width, up and down again.


# %%
class Counted(float):
    """A number that counts multiplications."""

    products = 0

    def __mul__(self, other):
        Counted.products += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        return Counted(float(self) + float(other))

    __radd__ = __add__


# %% tags=["covers:backprop-cost"]
def products(*sizes):
    """(weights, products on the way up, products on the way down) of one sample."""
    f = lambda s: tuple(map(Counted, logistic(float(s))))  # noqa: E731
    w = {
        pair: Counted(each) for pair, each in units.weights(initialization.mlp(rng, *sizes)).items()
    }
    before = Counted.products
    _, a, slope = units.forward(w, rng.normal(size=sizes[0]), f)
    up = Counted.products
    deltas = {i: Counted(1) for i, layer in units.levels(w).items() if layer == len(sizes)}
    units.backward(w, a, slope, deltas)
    return len(w), up - before, Counted.products - up


# %% tags=["covers:backprop-cost"]
width = np.array([2, 4, 8, 16, 32])
counts = np.array([products(8, each, each, 4) for each in width])
print("weights, products on the way up, products on the way down:")
print(counts)

# %% [markdown]
# The way up costs one product for each weight. The way down costs one for each gradient, $\delta_i a_j$, and one for each
# connection above the first layer, $\delta_i w_{ij}$, and one slope for each hidden unit: less than two for each weight.
# GBC says it in 6.5.7: $O(w)$ multiply-adds, up and down. One-sided differences want $W + 1$ passes up, which makes $O(W^2)$.

# %% tags=["covers:backprop-cost"]
W, up, down = counts.T
verify.equation("GBC 6.5.7, the way up", up, W)
verify.claim(
    "DLNN 4.6.2", "the way down costs less than two products a weight", (down < 2 * W).all()
)
exact = W + (width + 4) * width + 2 * width  # gradients, connections above the first layer, slopes
verify.equation("DLNN 4.6.2, products on the way down", down, exact)

figure, ax = plt.subplots(figsize=(6.4, 3.2))
ax.loglog(W, (W + 1) * up, "s--", color=plots.ORANGE, label="one-sided differences")
ax.loglog(W, up + down, "o-", color=plots.BLUE, label="backpropagation, up and down")
ax.set(xlabel="weights and biases $W$", ylabel="products")
ax.legend()
plots.show(
    figure, "Products against weights: backpropagation has slope 1, differences have slope 2"
)

# %% [markdown]
# On these axes slope 1 is linear, slope 2 quadratic. At the right end, with 1476 weights, differences take 500 times as
# many products; with a million weights nobody has waited for them.
#
# ## A whole example, three ways
#
# GBC 6.5.7 works one network through: a hidden layer of ReLUs without biases, cross-entropy, and *weight decay*, a
# penalty $\lambda\bigl(\sum W^{(1)2} + \sum W^{(2)2}\bigr)$ that pulls all weights toward 0, (6.56). Take 8×8 pictures
# of digits for its data. By hand it is ten lines:

# %% tags=["covers:mlp-weight-decay-example"]
pictures, labels = datasets.digits()
X, onehot, decay = pictures[:200], losses.one_hot(labels[:200], 10), 0.01
(V1, _), _, (V2, _) = initialization.mlp(rng, 64, 20, 10, init=initialization.he)

U1 = X @ V1.T  # up
H = np.maximum(U1, 0)
P, _ = layers.softmax(H @ V2.T)
J = -np.sum(onehot * np.log(P)) / len(X) + decay * (np.sum(V1**2) + np.sum(V2**2))

G = (P - onehot) / len(X)  # down
dV2 = G.T @ H + 2 * decay * V2
dH = (G @ V2) * (U1 > 0)
dV1 = dH.T @ X + 2 * decay * V1
print(f"J = {J:.4f}")

# %% [markdown]
# Compare the last four lines with the units: $\mathbf{G}$ holds the deltas of the outputs, a row for each sample;
# `G @ V2` is the sum over $i$ of (4.71); `U1 > 0` the slope; `G.T @ H` the products $\delta_i a_j$, accumulated over the
# samples. The penalty adds $2\lambda W$. Now the engine that [two pages on](04_computational_graphs.ipynb) takes apart, and
# PyTorch's:

# %% tags=["covers:mlp-weight-decay-example"]
import torch
from dlnotes import autodiff

N1, N2 = autodiff.Node(V1), autodiff.Node(V2)
logits = np.maximum(X @ N1.T, 0) @ N2.T
cost = autodiff.lift_loss(losses.cross_entropy)(logits, onehot)
autodiff.backward(cost + decay * ((N1**2).sum() + (N2**2).sum()))

T1, T2 = (torch.tensor(each, requires_grad=True) for each in (V1, V2))
logits = torch.relu(torch.tensor(X) @ T1.T) @ T2.T
cost = torch.nn.functional.cross_entropy(logits, torch.tensor(onehot))
(cost + decay * ((T1**2).sum() + (T2**2).sum())).backward()
for name, hand, node, tensor in [("dW1", dV1, N1, T1), ("dW2", dV2, N2, T2)]:
    verify.equation(f"GBC 6.5.7, {name}: by hand, by our engine", hand, node.grad)
    verify.equation(f"GBC 6.5.7, {name}: by hand, by PyTorch", hand, tensor.grad.numpy())

# %% [markdown]
# Three implementations, one gradient. (PyTorch's `weight_decay` adds $\lambda W$, not $2\lambda W$: for (6.56) hand it
# twice the number.)
#
# ### Exercise 4 · all of it
#
# Any number of layers, `tanh` units, biases, softmax. By hand: nothing but NumPy and functions of your own. (Whoever
# calls anything else, of PyTorch, of SciPy or of this book, is told so.)


# %% tags=["exercise:mlp_backward"]
def mlp_backward(params, x, labels):
    """The gradient of the mean cross-entropy of a network, by hand, with NumPy alone.

    params (W1, b1, W2, b2, ...), flat, not nested, one pair or many;  each W (units, units below);
    x (n, d), labels (n,) integers.  Hidden units are tanh; the last layer is linear, and what it
    puts out, even 1000, goes into softmax and cross-entropy.  Returns (dW1, db1, dW2, db2, ...).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:mlp_backward"]
check(mlp_backward)

# %% [markdown]
# ## Training
#
# With a gradient the rest is a loop: take a mini-batch, go up, go down, take a step, and shuffle again when all samples
# have been seen. The step is a function, `rule(theta, grad, state)`, so that it can be exchanged: here are plain
# descent, DLNN (4.64), momentum, and Adam.

# %% tags=["covers:training-loop"]
from functools import partial

from dlnotes import training

net = layers.chain(*layers.mlp(2, layers.sigmoid))
rules = {
    "descent, lr = 0.3": partial(optimizers.sgd, lr=0.3),
    "momentum, lr = 1": partial(optimizers.momentum, lr=1.0),
    "Adam, lr = 0.01": partial(optimizers.adam, lr=0.01),
}


def train_on_digits(rule):
    """The parameters after 12 epochs on the digits, and the history, from one seed."""
    rng = np.random.default_rng(1)
    start = initialization.mlp(rng, 64, 32, 10)
    data = pictures, labels
    return training.fit(net, losses.cross_entropy, start, data, rule, rng=rng, batch=128, epochs=12)


# %% tags=["covers:training-loop"]
figure, ax = plt.subplots(figsize=(6.4, 3.4))
for (name, rule), color in zip(rules.items(), plots.PALETTE, strict=False):
    trained, history = train_on_digits(rule)
    risks = np.array([row["risk"] for row in history]).reshape(12, -1).mean(axis=1)
    ax.plot(range(1, 13), risks, "o-", color=color, label=name, markersize=4)
    verify.claim("here", f"{name}: every epoch is better", bool((np.diff(risks) < 0).all()))
ax.set(xlabel="epoch", ylabel="mean risk of its batches", yscale="log")
ax.legend()
plots.show(figure, "Training risk on the digits for three rules")

again, _ = train_on_digits(rule)
ends = [optimizers.vector(end) for end in (again, trained)]
verify.equation("here, a second run from the same seed", *ends, tolerance=0)
print(f"training accuracy of the last: {losses.accuracy(net(pictures, trained)[0], labels):.3f}")

# %% [markdown]
# All three go down, epoch by epoch, at their own pace. Who started from another seed would see other curves; from the
# same seed they are the same to the last bit.
#
# ## What the hidden units draw
#
# In the plane a hidden unit is a soft straight edge, and the network draws with these edges. Here one class surrounds
# the other. Train a network for each number of hidden units, 0 to 10, on 200 samples, and keep what it was on the way, so
# that the sliders only have to look things up.

# %%
every, kept, quick = 20, [], partial(optimizers.adam, lr=0.1)
rng = np.random.default_rng(0)
(x, y), (x_test, y_test) = (datasets.rings(rng, n, noise=0.7) for n in (200, 500))
x, x_test = 0.6 * x, 0.6 * x_test
for width in range(11):
    net = layers.chain(*layers.mlp(2 if width else 1, layers.sigmoid))
    run = [initialization.mlp(np.random.default_rng(10), 2, *[width] * bool(width), 1)]
    task = net, losses.binary_cross_entropy, run[0], (x, y[:, None]), quick
    for row, params in training.steps(*task, rng=rng, batch=200, epochs=240):
        if row["step"] % every == 0:
            run.append(params)
    kept.append((net, run))


# %% tags=["live", "covers:decision-boundary-hidden-units"]
def answer(x, width, time):
    net, run = kept[width]
    return net(x, run[time])[0][:, 0]


def edges(width, time):
    return kept[width][1][time][0] if width else (np.zeros((0, 2)), np.zeros(0))


def accuracy_table(x, y):
    return [[losses.accuracy(answer(x, k, t), y) for t in range(13)] for k in range(11)]


accuracies = np.stack([accuracy_table(x, y), accuracy_table(x_test, y_test)], axis=-1)
live.multilayer_perceptron.decision_regions(answer, edges, (x, y), accuracies, every)

# %% [markdown]
# Every gray line is the place where a hidden unit has $s_j = 0$. Play the training at ten units: the lines move in, turn,
# and share the work. Here are the ends of three runs, with some of the samples. Without hidden units the edge is
# straight, and that helps little; four units draw a rounded square; ten make it a little rounder.

# %% tags=["covers:decision-boundary-hidden-units"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.9), sharey=True)
grid = np.stack(np.meshgrid(np.linspace(-4, 4, 80), np.linspace(-4, 4, 80)), axis=-1).reshape(-1, 2)
for ax, width in zip(axes, (0, 4, 10), strict=True):
    inside = answer(grid, width, 12).reshape(80, 80) > 0
    ax.contourf(inside, [-0.5, 0.5, 1.5], colors=plots.tints(2), extent=(-4, 4, -4, 4))
    plots.points(x[:60], y[:60], ax=ax)
    ax.set(title=f"{width} hidden units", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
plots.show(figure, "Decision regions of networks with 0, 4 and 10 hidden units")

slope, bias = kept[0][1][-1][0]
middle = -bias * slope[0] / (slope[0] @ slope[0])  # a place on the line s = 0, and others along it
line = middle + np.linspace(-4, 4, 9)[:, None] * np.array([-slope[0, 1], slope[0, 0]])
verify.equation("Strang VII.1, no hidden units: a straight edge", answer(line, 0, 12), 0)
training_shares = accuracies[[0, 4, 10], -1, 0]
ordered = bool((np.diff(training_shares) >= 0).all())
verify.claim("here", "training accuracy with 0 <= with 4 <= with 10 units", ordered)

# %% [markdown] tags=["question:ch03.multilayer_perceptron.who_needs_what"]
# ### In your own words
#
# A colleague wants to save memory. "On the way back," she says, "unit $j$ needs only the deltas above it and its weights, so
# I throw away all $s_j$ and $a_j$ as soon as the next layer has its numbers." What goes wrong, and where exactly in the
# two formulas for $\delta_j$ and for $\partial L / \partial w_{ij}$? What does she have to keep for a logistic unit, and
# why is either $s_j$ or $a_j$ enough? What could she do instead of keeping them, and what would it cost?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A network is a table of weights $w_{ij}$ from $j$ to $i$. Feed-forward means that they can be sorted so that all of them
#   lead up; biases are weights from a unit that is always 1.
# - Every gradient is $\delta_i a_j$. Deltas come down the same weights that activations went up:
#   $\delta_j = f'(s_j) \sum_i \delta_i w_{ij}$.
# - All gradients together cost about as much as two more passes up, whatever the number of weights.
# - A softmax output has no rule for one unit alone: use the whole Jacobian, or $\delta = a - y$ with the cross-entropy.
#
# ## Where the books differ
#
# - DLNN (4.61) forbids the connections that it wants to allow: $\nu \le \nu'$ must stand where $\nu' \le \nu$ does
#   (checked above).
# - DLNN (4.62) and Algorithm 4.2 leave out $j = 0$, so that biases have no gradient; Algorithm 4.1 has it. Algorithm 4.2
#   assigns where the text says "accumulated" (all 13 gradients were checked).
# - DLNN (4.70) is for outputs of their own only; for softmax it gives $(0, -0.985, 0, 0)$ in place of
#   $(0.641, -0.985, 0.260, 0.085)$.
# - MEDL (5.7) writes $\mathbf{w}_{(j)}$ as a row and transposes it once more; in Algorithm 5.2 the way back lacks the
#   transpose of $\mathbf{W}^{[l+1]}$: (5.32) has it.
# - Strang VII.1 writes the second layer $A_1 v_1 + b_1$; it is $A_2 v_1 + b_2$. His 20 weights are 21 with $b_2$.
# - EE147 Q7 speaks of three neurons; it is one with three inputs, and 96 is right. Hundreds of millions of parameters
#   are not typical of convolutional networks: LeNet-5 has 62 thousand.
# - GBC's (6.56) has $\lambda$ without a ½, so that the penalty adds $2\lambda W$.
#
# **Next:** [Deep networks](03_deep_networks.ipynb) does all this a layer at a time, in matrices, and looks at what happens
# to the deltas on a long way down.
