# %% [markdown]
# # Universal approximation
#
# One hidden layer can copy any continuous function. What it costs, and what a second layer saves, is the real question.
#
# **After this notebook you can**
#
# - write down, without training, a ReLU network through any list of points;
# - say how fast its error falls with the number of units, and why;
# - make a network multiply, and count what depth saves when products of many inputs matter.
#
# 60 minutes in two sittings, the second from *Four units that multiply* on · before this: [Activation functions](07_activation_functions.ipynb),
# [More hidden units](08_more_hidden_units.ipynb)
#
# DLNN 4.5 · GBC 6.4.1, 6.6 · Strang VII.1 · EE147 Nonlinear Activation Functions · MEDL 5.2
#
# | in the books | here | what it is |
# |---|---|---|
# | $u_i$, $v_i$ (MEDL) | `u`, `v` | points on the target: places and values |
# | $N_1$ (MEDL), $N$ (Strang) | `units` | units in the hidden layer |
# | $r$ (MEDL) | `points`, `order` | the number of points; later the number of factors in a product |
# | $\lambda$, $\mu$ (MEDL) | `scale`, `1 / (4 scale² bend)` | weights into and out of a product gate |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import autodiff, datasets, layers, live, optimizers, pieces, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(9)
net = layers.chain(layers.linear, layers.relu, layers.linear)

# %% [markdown]
# ## A network that nobody trains
#
# A ReLU with weight 1 and bias $-u$ is zero up to $u$ and rises with slope 1 from there. Add such ramps and you get a
# line that bends at each $u_i$: the weight of a ramp is the *change* of slope there. So you can walk along points
# $(u_i, v_i)$ and read the weights off: the slope from point to point is $m_i = (v_{i+1} - v_i)/(u_{i+1} - u_i)$, the
# output weights are $m_i - m_{i-1}$ with $m_0 = 0$, and the output bias is $v_1$. That is MEDL's construction in 5.2.


# %% tags=["covers:relu-interpolant"]
def target(x):
    """MEDL (5.11)."""
    return np.cos(2 * np.cos(x**2) + (x - 1) ** 2 / 4) + x / 2 + 1


x = np.linspace(0, 4, 4001)
for points, printed in [(10, 0.938), (30, 0.343), (100, 0.0341)]:
    u = np.linspace(0, 4, points)
    params = pieces.relu_interpolant(u, target(u))
    y = net(x[:, None], params)[0][:, 0]
    verify.equation("MEDL 5.2, the same as np.interp", y, np.interp(x, u, target(u)))
    verify.equation(
        f"its error with {points} points", np.abs(y - target(x)).max(), printed, tolerance=1e-3
    )
    size = optimizers.vector(params).size
    verify.equation("MEDL 5.2, 3 (r - 1) + 1 numbers that matter", size, 3 * (points - 1) + 1)

# %% [markdown]
# A picture of the parts: the ramps of six points, each times its output weight, and their sum.

# %% tags=["covers:relu-interpolant"]
u = np.array([0, 1.2, 1.7, 2.1, 2.5, 2.9])
(W1, b1), _, (W2, b2) = pieces.relu_interpolant(u, target(u))
ramps = np.maximum(0, x[:, None] * W1[:, 0] + b1) * W2[0]
shown = x < 2.9
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6))
left.plot(x[shown], ramps[shown])
left.set(xlabel="x", ylabel="each unit times its output weight", ylim=(-12, 12))
right.plot(x[shown], target(x[shown]), color=plots.INK, label="target")
right.plot(
    x[shown], (ramps.sum(axis=1) + b2)[shown], color=plots.BLUE, label="sum of the five, plus $b_2$"
)
right.plot(u, target(u), "o", color=plots.BLUE)
right.set(xlabel="x", ylabel="y")
right.legend()
plots.show(figure, "Five weighted ramps, and their sum that bends at each point of the target")

# %% [markdown]
# Large ramps cancel on the right to make small wiggles. Beyond the last point nothing bends any more: the sum goes on
# straight, wherever the target goes. (MEDL says that the bends are at $u_1 \ldots u_r$; there is none at $u_r$.)

# %% tags=["covers:relu-interpolant"]
outside = np.array([-3.0, 2.9, 4.9, 6.9])
y = net(outside[:, None], pieces.relu_interpolant(u, target(u)))[0][:, 0]
verify.equation("MEDL 5.2, left of u_1 it stays at v_1", y[0], target(u[0]))
verify.equation("MEDL 5.2, no bend at u_r", y[3] - y[2], y[2] - y[1])

# %% [markdown]
# ### Exercise 1 · the output weights
#
# Find the output weights from the points. `np.diff` and the first slope are all you need.


# %% tags=["exercise:interpolant_weights"]
def interpolant_weights(u, v):
    """The output weights (r - 1,) of units relu(x - u_i), i < r, that lead through the points.

    u (r,) increasing, v (r,).  The output bias is v_1.  MEDL 5.2
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:interpolant_weights"]
check(interpolant_weights)

# %% [markdown]
# ## How fast the error falls
#
# Between two points at distance $h$ the copy is a chord. A smooth function leaves its chord by at most
# $\max|f''|\,h^2/8$, and in the middle of a short chord by nearly that much: Strang VII.1 (9). Try it on the sine, whose
# largest bend is 1.

# %% tags=["covers:approximation-rate-h2"]
fine = np.linspace(0, np.pi, 200_001)
h = 0.2 / 2.0 ** np.arange(6)
errors = []
for step in h:
    u = np.append(np.arange(0, np.pi, step), np.pi)
    errors.append(np.abs(np.interp(fine, u, np.sin(u)) - np.sin(fine)).max())
ratio = np.array(errors) / h**2
print("error / h²:", ratio.round(5))
verify.equation("Strang VII.1, at h = 0.1", ratio[1], 0.1249, tolerance=5e-4)
verify.claim("Strang (9)", "never more than max|f''| / 8", (ratio <= 1 / 8 + 1e-6).all())
slope = np.polyfit(np.log(h), np.log(errors), 1)[0]
verify.claim("Strang (9)", "slope 2 in a log-log plot, to 1 %", abs(slope - 2) < 0.02)

# %% tags=["covers:approximation-rate-h2"]
figure, ax = plt.subplots(figsize=(6, 3.6))
ax.loglog(h, errors, "o", color=plots.BLUE, label="largest error")
ax.loglog(h, h**2 / 8, "--", color=plots.INK, label="$h^2/8$")
ax.set(xlabel="distance h of the points", ylabel="error of the copy of sin")
ax.legend()
plots.show(
    figure, "The error of a piecewise linear copy of the sine falls with the square of the distance"
)

# %% [markdown]
# Each time the points stand twice as dense, a quarter of the error is left: both lines fall two decades for one decade
# of $h$.
#
# **Add points to the copy.** On the left is the network, on the right its largest error. *Where it bends* puts the same
# number of points in places where the target bends most.


# %% tags=["covers:relu-interpolant"]
def relu_copy(u, x):
    return net(x[:, None], pieces.relu_interpolant(u, target(u)))[0][:, 0]


def bends(x):
    """|f''| of the target, by differences."""
    return np.abs(np.gradient(np.gradient(target(x), x), x))


def crowded(r):
    """r places from 0 to 4, closer together where the target bends."""
    x = np.linspace(0, 4, 4001)
    share = np.cumsum(np.sqrt(bends(x)) + 0.3)
    return np.interp(np.linspace(share[0], share[-1], r), share, x)


# %% tags=["live", "covers:relu-interpolant"]
placements = {"evenly": lambda r: np.linspace(0, 4, r), "where it bends": crowded}
live.universal_approximation.relus_against_bound(target, relu_copy, placements, bends(x).max())

# %% [markdown]
# With few points the copy misses whole waves and the bound is far away; from about 40 evenly spaced points on, it is
# met almost exactly. Moving the points where they are needed saves more than three out of four: a trained network is
# free to do that, because its first-layer biases are parameters, too.
#
# ### Exercise 2 · how many units
#
# Turn the bound around.


# %% tags=["exercise:units_for_accuracy"]
def units_for_accuracy(bend, length, error):
    """The fewest ReLU units whose evenly spaced copy of f is guaranteed to err by at most `error`.

    bend = max |f''|, on an interval of the given length.  A whole number.  Strang VII.1 (9)
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:units_for_accuracy"]
check(units_for_accuracy)

# %% [markdown]
# ## Almost any activation, in any dimension
#
# The theorem (MEDL Theorem 5.1; GBC 6.4.1; DLNN 4.5; Strang VII.1 (8)): on a compact set, one hidden layer comes as
# close as you like to any continuous function, if the activation is continuous and not a polynomial. It does not say
# how many units are needed, nor that training will find them.
#
# To watch it without any training, draw the hidden weights at random, freeze them, and fit the output layer by least
# squares. The inputs are the square $[-1, 1]^2$, the target is a wave.

# %% tags=["covers:universal-approximation"]
side = np.linspace(-1, 1, 33)
plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
wave = np.sin(3 * plane[:, 0] + plane[:, 1] ** 2)
W, b = 2 * rng.normal(size=(160, 2)), rng.uniform(-2, 2, size=160)
s, _ = layers.linear(plane, (W, b))
hidden = {
    "ReLU": layers.relu(s)[0],
    "tanh": np.tanh(s),
    "sigmoid": layers.sigmoid(s)[0],
    "square": s**2,
}
widths = [5, 10, 20, 40, 80, 160]


# %% tags=["covers:universal-approximation"]
def least_error(features):
    """The largest error of the best output layer on these features."""
    columns = np.column_stack([features, np.ones(len(features))])
    weights = np.linalg.lstsq(columns, wave, rcond=1e-12)[0]
    return np.abs(columns @ weights - wave).max()


errors = {name: [least_error(a[:, :n]) for n in widths] for name, a in hidden.items()}
x1, x2 = plane.T
quadratic = least_error(np.column_stack([x1, x2, x1**2, x1 * x2, x2**2]))

# %% tags=["covers:universal-approximation"]
figure, ax = plt.subplots()
for name, marker in zip(errors, "osD^", strict=True):
    ax.loglog(widths, errors[name], marker=marker, label=name)
ax.axhline(quadratic, color=plots.INK, linestyle="--", label="best quadratic polynomial")
ax.set(xlabel="hidden units", ylabel="largest error", xticks=widths, xticklabels=widths)
ax.legend(fontsize=9)
plots.show(
    figure, "Largest error against width: it falls for ReLU, tanh, sigmoid, not for the square"
)

for name in ("ReLU", "tanh", "sigmoid"):
    closer = errors[name][-1] < errors[name][1] / 4
    verify.claim("here", f"{name}: 16 times the units, a quarter of the error", closer)
verify.equation("MEDL Theorem 5.1, square: the best quadratic", errors["square"], quadratic)

# %% [markdown]
# Three curves fall. The fourth lies on the dashed line: a sum of squares of affine functions is a
# quadratic polynomial, however many you add. Polynomials are the only continuous activations that get stuck like this.
#
# ## Random hidden units
#
# Random rectifiers in front of a trained output layer were a serious model once (GBC 6.6). The features are frozen, so
# the problem that is left is convex, as for a linear neuron. Here they learn the labels, 0 and 1, of two spirals by
# least squares.

# %% tags=["covers:random-hidden-features"]
spiral, labels = datasets.spirals(np.random.default_rng(1), 200)


def random_features(x, units):
    """The inputs, a constant, and rectifiers with random weights: (n, 3 + units)."""
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(units, 2)), 3 * rng.normal(size=units)
    return np.column_stack([x, np.ones(len(x)), np.maximum(0, x @ W.T + b)])


weights, risks = {}, {}
for units in (0, 150):
    a = random_features(spiral, units)
    weights[units] = np.linalg.lstsq(a, labels, rcond=None)[0]
    risks[units] = ((a @ weights[units] - labels) ** 2).mean() / 2
least, most = np.linalg.eigvalsh(a.T @ a)[[0, -1]]
verify.claim("GBC 6.6", "the problem is convex: no negative curvature", least > -1e-12 * most)
verify.claim("here", "150 units leave a tenth of the linear risk", risks[150] < risks[0] / 10)

# %% tags=["covers:random-hidden-features"]
side = np.linspace(-6, 6, 121)
plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
figure, axes = plt.subplots(1, 2, figsize=(8, 4))
for ax, units in zip(axes, weights, strict=True):
    above = random_features(plane, units) @ weights[units] > 0.5
    ax.contourf(side, side, above.reshape(121, 121), levels=1, colors=plots.tints(2))
    plots.points(spiral, labels, ax=ax)
    ax.set(title=f"{units} random units", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
plots.show(figure, "Two spirals: a line fails, an output layer on 150 random units separates them")

# %% [markdown]
# On the left is the linear model, on the right the same least squares on 150 frozen units. Nobody has trained a hidden
# unit yet.
#
# ## How much there is to represent
#
# Why do some functions need so many units? Count the simplest ones: tables with an answer, 0 or 1, for each of the
# $2^n$ rows of $n$ bits. There are $2^{2^n}$ of them (GBC 6.4.1), and a network that can be any one has to hold $2^n$
# bits. One layer can, in the dumbest way: a unit for each row, which fires for its own row alone. Then the output weights
# *are* the table.

# %% tags=["covers:boolean-function-count"]
for n in range(1, 6):
    print(f"n = {n}: {2**n:2} rows, {2**2**n:,} functions")
n = 3
rows = np.array(np.meshgrid(*[[0, 1]] * n, indexing="ij")).reshape(n, -1).T
W, b = 2 * rows - 1, 1 - rows.sum(axis=1)
a, _ = layers.relu(rows @ W.T + b)
verify.equation("GBC 6.4.1, each unit fires for one row", a, np.eye(2**n))
tables = (np.arange(2**2**n)[:, None] >> np.arange(2**n)) & 1
verify.equation("GBC 6.4.1, all tables differ", len(np.unique(tables, axis=0)), 2**2**n)
verify.equation("GBC 6.4.1, and 8 units give all 256", a @ tables.T, tables.T)

# %% [markdown]
# ## Products by composition
#
# No sum of a function of $x$ and a function of $y$ is $x\,y$, but a composition can be: Strang VII.1 (7) writes
# $xy = e^{\log x + \log y}$ and $x^y = e^{e^{\log y + \log\log x}}$, with nothing but sums and functions of one variable.
# (Hilbert asked in 1900 whether some functions of three variables need more than that. Kolmogorov and Arnold proved in
# 1957 that no continuous one does.) The text names no domain, so look for it.

# %% tags=["covers:composition-xy"]
x, y = np.meshgrid(np.linspace(0.5, 3, 6), np.linspace(0.5, 3, 6))
with np.errstate(invalid="ignore", divide="ignore"):
    verify.equation("Strang (7), x y", np.exp(np.log(x) + np.log(y)), x * y)
    power = np.exp(np.exp(np.log(y) + np.log(np.log(x))))
    negative = np.exp(np.log(-x) + np.log(y))
defined = x > 1
verify.equation("Strang (7), x^y where x > 1", power[defined], (x**y)[defined])
verify.claim("Strang (7)", "no number where x < 1", np.isnan(power[x < 1]).all())
verify.claim("Strang (7)", "x y: none for a negative x", np.isnan(negative).all())

# %% [markdown]
# ## Four units that multiply
#
# A hidden layer finds a product without logarithms. A smooth activation is nearly a parabola around 0,
# $\sigma(t) \approx \sigma(0) + \sigma'(0)\,t + \tfrac12\sigma''(0)\,t^2$, and a product is a difference of squares:
# $(x_1+x_2)^2 - (x_1-x_2)^2 = 4x_1x_2$. Take four units with pre-activations $\pm\lambda(x_1+x_2)$ and
# $\pm\lambda(x_1-x_2)$ and output weights $\pm1/(4\lambda^2\sigma''(0))$. Everything but the squares cancels:
# MEDL (5.12)-(5.15).


# %% tags=["covers:multiplication-gate"]
def gate_params(scale, bend, shift=0.0):
    """MEDL (5.13); `bend` is the second derivative of the activation at `shift`."""
    W1 = scale * np.array([[1.0, 1], [-1, -1], [1, -1], [-1, 1]])
    W2 = np.array([[1.0, 1, -1, -1]]) / (4 * scale**2 * bend)
    return (W1, np.full(4, shift)), (), (W2, np.zeros(1))


def bend_of(activation, shift=0.0):
    """The second derivative: that of the slope, which the pullback knows, by a dual number."""
    _, back = activation(autodiff.Dual(np.array([shift]), 1.0))
    return back(np.ones(1))[0].tangent[0]


# %% tags=["covers:multiplication-gate"]
known = {layers.softplus: 1 / 4, layers.swish: 1 / 2, layers.gelu: np.sqrt(2 / np.pi)}
for bent, bend in known.items():
    verify.equation(f"MEDL 5.2, second derivative of {bent.__name__} at 0", bend_of(bent), bend)
for flat in (layers.sigmoid, layers.tanh, layers.arctan):
    verify.equation(f"{flat.__name__} has none at 0: it", bend_of(flat), 0)

# %% [markdown]
# Sigmoid, tanh and arctan are straight at 0: the gate needs $\sigma''(0) \ne 0$. (MEDL's sentence says the opposite,
# by a slip.) A bias of ½ or 1 in all four units moves them to where they bend, and the gate works again.
#
# How good is it? The odd terms cancel, too, so that the relative error goes with $\lambda^2$, not with $\lambda$ as MEDL
# has it. For small $\lambda$ it is $\frac{\sigma^{(4)}(0)}{6\,\sigma''(0)}\lambda^2(x_1^2+x_2^2)$.


# %% tags=["covers:multiplication-gate"]
def multiply(scale, x, activation=layers.softplus, bend=1 / 4, shift=0.0):
    """The gate's output for each row of x (n, 2)."""
    gate = layers.chain(layers.linear, activation, layers.linear)
    return gate(x, gate_params(scale, bend, shift))[0][:, 0]


cases = {bent.__name__: (bent, bend) for bent, bend in known.items()}
cases["tanh, bias ½"] = layers.tanh, bend_of(layers.tanh, 0.5), 0.5
cases["sigmoid, bias 1"] = layers.sigmoid, bend_of(layers.sigmoid, 1.0), 1.0
x = np.array([[1.3, -0.7]])
for name, case in cases.items():
    errors = [abs(multiply(scale, x, *case)[0] + 0.91) for scale in (0.1, 0.05)]
    a_quarter = abs(errors[0] / errors[1] - 4) < 0.05
    verify.claim("here", f"{name}: half of λ leaves a quarter of the error", a_quarter)
error, first = multiply(0.01, x) / -0.91 - 1, -1 / 8 / (6 / 4) * 0.01**2 * (1.3**2 + 0.7**2)
verify.equation("softplus, the first term of the error", error, first, tolerance=1e-3)

# %% [markdown]
# **Shrink the scale.** Each dot on the left is a pair of inputs; on the dashed line the four units multiply.

# %% tags=["live", "covers:multiplication-gate"]
shown = [name for name in cases if "sigmoid" not in name]
gates = {name: lambda scale, x, case=cases[name]: multiply(scale, x, *case) for name in shown}
live.universal_approximation.product_gate(gates, lambda x: x[:, 0] * x[:, 1])

# %% [markdown]
# Each curve runs along the dashed line, two decades down for one of $\lambda$, until rounding turns it around. Softplus
# turns first: it is $\log 2$ at 0, and where four nearly equal numbers are subtracted, their digits are lost. Swish and
# GELU are 0 there and have less to lose.
#
# ### Exercise 3 · a product from four units
#
# Write the gate for softplus, as arithmetic on two numbers or arrays. (`np.logaddexp(0, s)` is softplus.)


# %% tags=["exercise:softplus_product"]
def softplus_product(x1, x2, scale):
    """What four softplus units make of x1 and x2 (n,), nearly x1 x2: MEDL (5.14) with λ = scale.

    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:softplus_product"]
check(softplus_product)

# %% [markdown]
# ## Gates upon gates
#
# A second hidden layer multiplies the outputs of the first: $(x_1x_2)(x_3x_4)$ takes two gates and then one. So hidden
# layer $k$ reaches products of order $2^k$, and the errors add up a little.


# %% tags=["covers:stacked-multiplication-gates"]
def multiply_all(scale, x):
    """The product of each row of x (n, 2^k), by k hidden layers of gates."""
    while x.shape[1] > 1:
        x = multiply(scale, x.reshape(-1, 2), layers.swish, 1 / 2).reshape(len(x), -1)
    return x[:, 0]


# %% tags=["covers:stacked-multiplication-gates"]
x, scales = rng.uniform(-1, 1, size=(500, 8)), np.geomspace(1e-6, 1, 49)
figure, ax = plt.subplots()
for order in (2, 4, 8):
    want = x[:, :order].prod(axis=1)
    errors = [np.abs(multiply_all(scale, x[:, :order]) - want).max() for scale in scales]
    ax.loglog(scales, errors, label=f"{order} factors")
    verify.claim("here", f"{order} factors: an error below 1e-8", min(errors) < 1e-8)
    slope = np.polyfit(np.log(scales[24:40]), np.log(errors[24:40]), 1)[0]
    verify.claim("here", "slope 2 in a log-log plot", abs(slope - 2) < 0.1)
ax.set(xlabel=r"scale $\lambda$", ylabel="largest error")
ax.legend()
plots.show(figure, "The error of stacked product gates against their scale, for 2, 4 and 8 factors")

# %% [markdown]
# Three layers of gates are hardly worse than one: an error goes through the later gates as part of a factor, and is
# multiplied like one.
#
# ## What it saves: many inputs, few products
#
# Suppose an answer depends on a few products of pairs among $p$ inputs, and nobody knows which pairs. A linear model
# can be given *all* products, squares included: $p(p+1)/2$ features, linear in its parameters, trained by least squares.
# A network can learn to build those it needs.

# %% tags=["covers:pairwise-product-features"]
p = 6
x = rng.normal(size=(200, p))
pairs = np.array([(i, j) for i in range(p) for j in range(i, p)])
features = x[:, pairs[:, 0]] * x[:, pairs[:, 1]]
y = 2 * x[:, 0] * x[:, 3] - x[:, 4] ** 2
weights = np.linalg.lstsq(features, y, rcond=None)[0]
for pair, weight in zip(pairs + 1, weights, strict=True):
    if abs(weight) > 1e-8:
        print(f"the weight of x{pair[0]} x{pair[1]} is {weight:.3f}")
gate = multiply(1e-4, x[:, [0, 3]], layers.swish, 1 / 2)
square = multiply(1e-4, x[:, [4, 4]], layers.swish, 1 / 2)
verify.equation("two gates compute the same", 2 * gate - square, features @ weights, tolerance=1e-6)
verify.equation("MEDL 5.2, the number of features", len(pairs), p * (p + 1) / 2)
verify.equation("MEDL 5.2, for 1000 inputs", 1000 * 1001 / 2, 500_500)

# %% [markdown]
# The network has four units for each product that matters. If those are $\alpha p$ products, it has
# $N_1 = 4\alpha p$ units and $N_1p + N_1 + N_1 + 1 = 4\alpha p(p+2) + 1$ parameters. **Move $\alpha$.**


# %% tags=["live", "covers:linear-versus-neural-parameters"]
def linear_size(p):
    return p * (p + 1) / 2


def network_size(p, share):
    return 4 * share * p * (p + 2) + 1


live.universal_approximation.feature_counts(linear_size, network_size)

# %% [markdown]
# Below $\alpha = 1/8$ the network wins, if $p$ is large enough.

# %% tags=["covers:linear-versus-neural-parameters"]
verify.equation("MEDL 5.2, α = 0.02, p = 1000", network_size(1000, 0.02), 80_161)
large = 10**9
for share, smaller in [(0.124, True), (0.126, False)]:
    is_smaller = network_size(large, share) < linear_size(large)
    verify.claim("MEDL 5.2", f"α = {share} wins in the end: {smaller}", is_smaller == smaller)

# %% [markdown]
# (MEDL calls $\alpha$ the fraction of *all* products that
# matter. In its example 0.02 means 20 products, which is 0.02 of the 1,000 inputs; 0.02 of the 500,500 products would be
# 10,010, and would take 40,040 units.)
#
# ### Depth: products of 500 factors
#
# Now let products of up to $r = 500$ of $p = 1000$ inputs matter. Listing them is hopeless. MEDL's count, $p^r/r!$, has
# 366 digits; it is neither the number of products of 500 different inputs nor that with repetition, so here are all
# three. A deep network of $N = 80$ units a layer doubles the order with each hidden layer.

# %% tags=["covers:depth-width-parameter-counts"]
from math import comb, lgamma, log, log10

p, r, N = 1000, 500, 80
printed = r * log10(p) - lgamma(r + 1) / log(10)
print(f"p^r / r!: 10^{printed:.2f}   repeated: 10^{log10(comb(p + r - 1, r)):.1f}", end="   ")
print(f"all different: 10^{log10(comb(p, r)):.1f}")
verify.equation("MEDL 5.2, p^r / r!", printed, 365.91, tolerance=1e-4)


# %% tags=["covers:depth-width-parameter-counts"]
from dlnotes import initialization


def deep_size(L):
    """The numbers in the arrays of L layers: L - 1 hidden ones of N units, one output."""
    params = initialization.mlp(np.random.default_rng(0), p, *(L - 1) * [N], 1)
    return optimizers.vector(params).size


sizes = [deep_size(L) for L in (9, 10, 11)]
verify.equation("MEDL 5.2, exactly, L = 9, 10, 11", sizes, [125_521, 132_001, 138_481])
print(f"MEDL's estimate is 57,600 = 9 x 80²; the first layer alone has {p * N + N:,}")

# %% [markdown]
# Nine hidden layers reach order 512, so $L = 10$ with the output layer, and 132,001 parameters do what no list can.
# (MEDL estimates the size by $LN^2$, which forgets the first layer, the largest; its 57,600 is $9\cdot80^2$, not
# $10\cdot80^2$.)
#
# ### Exercise 4 · repair the count
#
# Write the size for any order. How many layers does order $r$ need?


# %% tags=["exercise:deep_product_size"]
def deep_product_size(p, order, units):
    """The number of parameters, biases too, of a network for products of up to `order` inputs.

    p inputs, `units` in each hidden layer, one linear output; as few hidden layers k as reach
    2^k >= order.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:deep_product_size"]
check(deep_product_size)

# %% [markdown]
# ## Rates: what composition buys
#
# How many units for a given error? For functions of $d$ inputs with $r$ derivatives, the best that networks of $n$ units
# can do in general is an error of order $n^{-r/d}$. If the function is a *tree* of functions of two inputs each, as
# products are, a network with the same tree gets $n^{-r/2}$ (Mhaskar, Liao, Poggio; Strang VII.1). Turn it around: the
# number of units for an error of 1 % is $100^{d/r}$ or $100^{2/r}$.

# %% tags=["covers:approximation-rates"]
print("units for an error of 1 %, with r = 2 derivatives")
print("inputs d   any function   a tree of pairs")
for d in (2, 4, 8, 16):
    print(f"{d:8} {100 ** (d // 2):14,} {100:17,}")
rate = {(d, r): (-r / d, -r / 2) for d in (2, 4, 8) for r in (1, 2, 4)}
verify.claim(
    "Strang VII.1", "equal for d = 2", all(a == b for (d, _), (a, b) in rate.items() if d == 2)
)
verify.claim("Strang VII.1", "a tree is never slower", all(b <= a for a, b in rate.values()))

# %% [markdown]
# In eight dimensions the tree is a million times smaller: this is the curse of dimension, and a way around it. What the
# rates do not say is how to find the tree.
#
# ## Does depth help here?
#
# An experiment small enough for this page: two spirals, and about 105 parameters spent in three ways. Five starts each;
# GBC Fig 6.6 and 6.7 tell the same of street numbers, Strang asks for it in Problems VII.1.15-17.

# %% tags=["covers:depth-width-experiment"]
from functools import partial

from dlnotes import losses, training

shapes = [(2, 26, 1), (2, 8, 8, 1), (2, 2, 24, 1)]
risks, rule = {sizes: [] for sizes in shapes}, partial(optimizers.adam, lr=0.02)
for sizes, seed in [(sizes, seed) for sizes in shapes for seed in range(5)]:
    start = np.random.default_rng(seed)
    params = initialization.mlp(start, *sizes)
    deep = layers.chain(*layers.mlp(len(sizes) - 1, layers.relu))
    run = {"rng": start, "batch": 200, "epochs": 700}
    params, _ = training.fit(
        deep, losses.binary_cross_entropy, params, (spiral, labels[:, None]), rule, **run
    )
    output, _ = deep(spiral, params)
    risks[sizes].append(losses.binary_cross_entropy(output, labels[:, None])[0])

# %% tags=["covers:depth-width-experiment"]
medians = {sizes: np.median(values) for sizes, values in risks.items()}
for sizes, median in medians.items():
    print(
        f"{str(sizes):13} {optimizers.vector(initialization.mlp(rng, *sizes)).size} parameters:",
        end=" ",
    )
    print("median risk", "under 0.1" if median < 0.1 else f"{median:.1f}")

# %% tags=["covers:depth-width-experiment"]
figure, ax = plt.subplots(figsize=(6.4, 3.2))
for row, values in enumerate(risks.values()):
    ax.plot(values, np.full(5, row), "o", color=plots.BLUE)
    ax.plot(np.median(values), row, "D", color=plots.ORANGE, markersize=9)
ax.set(xscale="log", xlabel="risk after 700 steps, five starts (diamond: median)", ylabel="layers")
ax.set(yticks=range(3), yticklabels=["26", "8, 8", "2, 24"], ylim=(-0.5, 2.5))
plots.show(
    figure, "Risk of three networks of the same size on two spirals: two equal hidden layers win"
)
best = medians[2, 8, 8, 1]
verify.claim("here", "two equal layers beat one", best < medians[2, 26, 1] / 3)
verify.claim("here", "and a bottleneck", best < medians[2, 2, 24, 1] / 3)

# %% [markdown]
# Same size, same data, same training: two layers of 8 units fold the plane and separate the spirals, one layer of 26 and
# a bottleneck of 2 do not. It is one data set and five starts; but it is what the [next page](10_counting_linear_pieces.ipynb)
# explains by counting pieces.
#
# ## The same in PyTorch
#
# The network that nobody trained, as an `nn.Sequential`:

# %%
import torch

u = np.linspace(0, 4, 30)
(W1, b1), _, (W2, b2) = pieces.relu_interpolant(u, target(u))
theirs = torch.nn.Sequential(
    torch.nn.Linear(1, 29), torch.nn.ReLU(), torch.nn.Linear(29, 1)
).double()
with torch.no_grad():
    for parameter, array in zip(theirs.parameters(), (W1, b1, W2, b2), strict=True):
        parameter.copy_(torch.tensor(array))
x = np.linspace(-1, 5, 500)
want = theirs(torch.tensor(x[:, None])).detach().numpy()[:, 0]
verify.equation("PyTorch, the same copy of (5.11)", relu_copy(u, x), want)

# %% [markdown] tags=["question:ch03.universal_approximation.enough"]
# ### In your own words
#
# "One hidden layer can approximate everything, so deep networks are unnecessary." Name two things that the theorem does
# not promise, and one picture or count of this page for each of them.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A ReLU layer is a broken line: its biases are the places, its output weights the changes of slope.
# - Twice the points, a quarter of the error: $\max|f''|\,h^2/8$. Well placed points need far fewer.
# - Any continuous activation but a polynomial will do; four units of a bent one multiply, and layers of them reach order
#   $2^k$.
# - Width can always do it. Depth does it with fewer units where the target is composed of small parts.
#
# ## Where the books differ
#
# - MEDL 5.2 counts bends at $u_1 \ldots u_r$; there are only $r - 1$, and the last slope goes on. Theorem 5.1 needs a
#   *continuous* activation.
# - MEDL's condition for the gate is printed upside down, and its error is $O(\lambda^2)$, not $O(\lambda)$.
# - MEDL's example of depth: $\alpha$ is relative to $p$; $L = 10$ gives $LN^2 = 64{,}000$, not 57,600; exact is
#   132,001. The last *hidden* layer reaches order $2^{L-1}$. $10^{365.91}$ is nearer $10^{366}$.
# - Strang (7) needs $x, y > 0$, and $x > 1$ for $x^y$.
#
# **Next:** [Counting linear pieces](10_counting_linear_pieces.ipynb) counts what folding gains.
