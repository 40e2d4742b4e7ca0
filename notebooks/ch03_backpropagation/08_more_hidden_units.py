# %% [markdown]
# # More hidden units
#
# Smooth ramps, late saturation, several pieces, places, waves and switches: eleven units you will meet, and what each of them is good for.
#
# **After this notebook you can**
#
# - name the derivative of each of these units, and check it in one line;
# - build ReLU, $|x|$ and any convex function from maxout pieces, and say how many you need;
# - choose between a unit that answers to a direction and one that answers to a place.
#
# 50 minutes, 30 for the text and 20 for the exercises · before this: [Activation functions](07_activation_functions.ipynb)
#
# DLNN – · GBC 3.10, 6.3.1, 6.3.3 · Strang – · EE147 Nonlinear Activation Functions · MEDL 5.2, 5.3
#
# | in the books | here | what it is |
# |---|---|---|
# | $\zeta$ (GBC, EE147) | `softplus` | a smooth ramp |
# | swish (MEDL), SiLU (PyTorch) | `swish` | $s\,\sigma(s)$ |
# | $\mathbb{G}^{(i)}$ (GBC) | `W[i]` | the pieces of maxout unit $i$ |
# | $\mathbf{W}_{:,i}$ (GBC) | `W[i]` | the template of a radial unit: rows here, columns there |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import autodiff, datasets, layers, live, losses, optimizers, plots, training, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(8)


def with_bend(layer):
    """s -> (f(s), f'(s), f''(s)): the pullback of ones is the slope; of a Dual, with the bend."""

    def f(s):
        a, back = layer(autodiff.Dual(s, 1.0))
        slope, _ = back(np.ones_like(s))
        return a.value, slope.value, slope.tangent

    return f


# %% [markdown]
# ## A smooth ramp
#
# Softplus, $\zeta(s) = \log(1 + e^s)$, GBC (3.31), is ReLU with the corner rounded off. Computed as printed it overflows at
# $s = 1000$; written as $\max(s, 0) + \log(1 + e^{-|s|})$ it never does. How far apart are the two?

# %% tags=["covers:softplus"]
softplus = with_bend(layers.softplus)
s = np.linspace(-6, 6, 1201)
a, slope, _ = softplus(s)
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.2))
ax.plot(s, layers.relu(s)[0], color=plots.INK, label="ReLU")
ax.plot(s, a, label="softplus")
ax.set(xlabel="$s$", ylabel="$a$")
ax.legend()
right.plot(s, a - layers.relu(s)[0], color=plots.GREEN)
right.axhline(np.log(2), linestyle="--", color=plots.INK)
right.text(-6, 0.65, "log 2")
right.set(xlabel="$s$", ylabel="softplus − ReLU", ylim=(0, 0.75))
plots.show(figure, "Softplus above ReLU; the gap between them is largest, log 2, at 0")

# %% [markdown]
# The gap is widest at 0 and vanishes on both sides; it never closes. The derivative of softplus is the sigmoid, so this unit
# never dies. Still, EE147 and GBC report that it does worse than ReLU in practice.

# %% tags=["covers:softplus"]
gap = a - layers.relu(s)[0]
verify.claim("GBC 6.3.3", "softplus is above ReLU", (gap > 0).all())
verify.claim("GBC 6.3.3", "by at most log 2", gap.max() <= np.log(2))
verify.equation("GBC (3.31), softplus(0)", softplus(np.zeros(1))[0], 0.6931, tolerance=1e-4)
verify.equation("GBC (3.37), its derivative is the sigmoid", slope, layers.sigmoid(s)[0])
verify.equation("GBC (3.41), softplus(s) - softplus(-s) = s", a - a[::-1], s)
with np.errstate(over="raise"):
    verify.equation("here, ±1000", layers.softplus(np.array([-1e3, 1e3]))[0], [0, 1000])

# %% [markdown]
# ## Ramps with a gate
#
# Two more smooth ramps are products: the pre-activation times a gate between 0 and 1. MEDL names them without formulas.
# *Swish* takes the sigmoid for the gate, $s\,\sigma(s)$. *GELU* takes $\Phi(s)$, the probability that a standard normal
# number is below $s$. The figure has a function, its slope, and below it its *bend*, the second derivative.
#
# **Choose a function and slide along it.** The three S-curves in the list return in the next section.

# %% tags=["live", "covers:swish", "covers:gelu", "covers:softplus"]
smooth = {"softplus": softplus, "swish": with_bend(layers.swish), "GELU": with_bend(layers.gelu)}
smooth |= {"softsign": with_bend(layers.softsign), "arctan": with_bend(layers.arctan)}
smooth |= {"tanh": with_bend(layers.tanh)}
live.more_hidden_units.bends(smooth)

# %% [markdown]
# Swish and GELU have a shallow dip on the left: a small negative answer before silence. Right of 0 they approach the ramp
# from below. At 0 all three ramps bend, by amounts that have a closed form:

# %% tags=["covers:swish", "covers:gelu"]
bend_at_0 = {name: f(np.zeros(1))[2] for name, f in smooth.items()}
verify.equation("MEDL 5.2, swish''(0) = 1/2", bend_at_0["swish"], 0.5)
verify.equation("MEDL 5.2, GELU''(0)", bend_at_0["GELU"], np.sqrt(2 / np.pi))
s = np.linspace(-2, 0, 20_001)
for name in ("swish", "GELU"):
    a, slope, _ = smooth[name](s)
    lowest = a.argmin()
    print(f"{name} is lowest at {s[lowest]:.3f}, where it is {a[lowest]:.4f}")
    verify.equation(f"here, slope 0 of {name} there", slope[lowest], 0, tolerance=1e-4)
verify.layer(layers.swish, rng.normal(size=(5, 3)), (), rng)
verify.layer(layers.gelu, rng.normal(size=(5, 3)), (), rng)

# %% [markdown]
# ### Exercise 1 · a unit with a gate of its own
#
# The pre-activation comes in twice. Write the pullback of swish.


# %% tags=["exercise:swish_pullback"]
def swish_pullback(s, da):
    """ds (n, k) of a = s * sigmoid(s), from s (n, k) up to +-2000 and da (n, k).

    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:swish_pullback"]
check(swish_pullback)

# %% [markdown]
# ## Units that saturate late, or at once
#
# Tanh is flat soon after 3. MEDL lists two S-curves that take their time: *arctan*, and *softsign*, $s/(1 + |s|)$. GBC
# lists one that does not wait at all: *hard tanh*, $\max(-1, \min(1, s))$. All have slope 1 at 0. Look at the slopes on a
# logarithmic axis.

# %% tags=["covers:softsign", "covers:arctan-activation", "covers:hard-tanh"]
s = np.linspace(-12, 12, 1200)
squashing = {"softsign": layers.softsign, "arctan": layers.arctan, "tanh": layers.tanh}
squashing["hard tanh"] = layers.hard_tanh
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.4))
slopes = {}
for (name, layer), style in zip(squashing.items(), ["-", "--", "-.", ":"], strict=True):
    a, back = layer(s)
    slopes[name] = back(np.ones_like(s))[0]
    ax.plot(s, a, style, label=name)
    right.plot(s, np.where(slopes[name] > 0, slopes[name], np.nan), style)
ax.set(xlabel="$s$", ylabel="$a$")
ax.legend()
right.set(xlabel="$s$", ylabel="slope", yscale="log", ylim=(1e-6, 2))
plots.show(figure, "Four S-curves; the slopes of softsign and arctan fall slowly, tanh's fast")

# %% [markdown]
# The slope of tanh falls exponentially and drops out of the picture. Those of softsign and arctan fall like $1/s^2$: a unit
# far out still gets a hundredth of the gradient. Hard tanh has slope 1 inside $(-1, 1)$ and 0 outside, which is cheap,
# and final.

# %% tags=["covers:softsign", "covers:arctan-activation", "covers:hard-tanh"]
verify.equation("MEDL 5.3, slope of softsign", slopes["softsign"], 1 / (1 + np.abs(s)) ** 2)
verify.equation("MEDL 5.3, slope of arctan", slopes["arctan"], 1 / (1 + s**2))
at_0 = [layer(np.zeros(1))[1](np.ones(1))[0][0] for layer in squashing.values()]
verify.equation("MEDL 5.3, all slopes at 0", at_0, 1)
verify.claim("MEDL 5.3", "no slope exceeds it", max(map(np.max, slopes.values())) <= 1)
verify.equation("GBC 6.3.3, hard tanh: 1 inside, 0 outside", slopes["hard tanh"], np.abs(s) < 1)
verify.layer(layers.softsign, rng.normal(size=(5, 3)), (), rng)

# %% [markdown]
# ## What a bend is good for
#
# Four units can multiply two numbers. MEDL (5.13) feeds them $\pm\lambda(x_1 + x_2)$ and $\pm\lambda(x_1 - x_2)$, adds the
# first two outputs, subtracts the others and divides by $4\lambda^2 f''(0)$. Each pair, $f(u) + f(-u) - 2f(0)$, is nearly
# $f''(0)\,u^2$, and a difference of two squares is a product. But for arctan, $f(-u) = -f(u)$: each pair is *exactly* 0,
# and so is the bend that one should divide by.


# %% tags=["covers:arctan-activation", "covers:gelu"]
def sum_of_four(layer, x1, x2, scale):
    """The four units of MEDL (5.13) before the division."""
    signs = scale * np.array([x1 + x2, -x1 - x2, x1 - x2, x2 - x1])
    return layer(signs)[0] @ [1, 1, -1, -1]


for scale in (0.4, 0.2, 0.1):
    product = sum_of_four(layers.gelu, 1.3, -0.7, scale) / (4 * scale**2 * np.sqrt(2 / np.pi))
    print(f"scale {scale}: four GELUs make {product:.4f} of 1.3 times -0.7 = -0.91")
verify.equation("MEDL (5.14) with GELU", product, -0.91, tolerance=0.01)
nothing = sum_of_four(layers.arctan, 1.3, -0.7, scale=0.1)
verify.equation("MEDL (5.14) with arctan: the sum is 0", nothing, 0, tolerance=1e-15)
verify.equation("MEDL 5.2, arctan''(0)", bend_at_0["arctan"], 0)

# %% [markdown]
# The same happens to softsign and tanh. The [next page](09_universal_approximation.ipynb) builds with this gate.
#
# ## Several pieces in one unit
#
# Instead of one affine function with something done to it, a *maxout* unit has $k$ affine functions and answers with the
# largest, GBC (6.37): $a_i = \max_k (\mathbf{w}_{ik}^\top\mathbf{x} + b_{ik})$. It has no activation function; it learns one.
# With two pieces it can be ReLU, leaky ReLU, or $|x|$, which is also the member with slope $-1$ of the leaky family, GBC
# 6.3.1.

# %% tags=["covers:maxout", "covers:absolute-value-unit"]
x, (w, b) = rng.normal(size=(200, 5)), (rng.normal(size=5), 0.3)
s = x @ w + b


def two_pieces(second):
    """A maxout unit with the pieces s and `second` times s."""
    W, offsets = np.array([[w, second * w]]), np.array([[b, second * b]])
    return layers.maxout(x, (W, offsets))[0][:, 0]


verify.equation("GBC 6.3.1, ReLU", two_pieces(0), layers.relu(s)[0])
verify.equation("GBC 6.3.1, leaky ReLU", two_pieces(0.01), layers.leaky_relu(s)[0])
verify.equation("GBC 6.3.1, absolute value", two_pieces(-1), np.abs(s))
leaky, _ = layers.leaky_relu(s, slope=-1)
verify.equation("GBC 6.3.1, the leaky family with slope -1", leaky, np.abs(s))
verify.equation("GBC 6.3.1, g(z) = |z|", layers.absolute(s)[0], np.abs(s))

# %% [markdown]
# With more pieces a single unit can follow any convex curve. Here each piece touches the target as a tangent, at $k$ evenly
# spaced places. **Add pieces**, for a parabola first, then for the other two targets.


# %% tags=["live", "covers:maxout"]
targets = {"x²": np.square, "exp(x)": np.exp, "cos(3x)": lambda x: np.cos(3 * x)}
slopes = {"x²": lambda x: 2 * x, "exp(x)": np.exp, "cos(3x)": lambda x: -3 * np.sin(3 * x)}


def tangents(name, k):
    """A maxout unit, W (1, k, 1), b (1, k), whose pieces touch the target at k places."""
    places = (np.arange(k) + 0.5) * 2 / k - 1
    W = slopes[name](places)
    return W[None, :, None], (targets[name](places) - W * places)[None]


def tangent_lines(name, k, x):
    W, b = tangents(name, k)
    return x[:, None] * W[0, :, 0] + b[0]


live.more_hidden_units.maxout_pieces(tangent_lines, targets)

# %% [markdown]
# On the convex targets the largest tangent hugs the curve from below. On the cosine it is far above: a maximum of affine
# functions is convex, whatever its pieces are. For the parabola the error is a round number, and the price is that of $k$
# ordinary layers:

# %% tags=["covers:maxout"]
x = np.linspace(-1, 1, 2001)[:, None]
for k in (1, 2, 4, 8):
    a, _ = layers.maxout(x, tangents("x²", k))
    verify.equation(f"GBC 6.3.1, {k} pieces: error 1/k²", np.abs(a - x**2).max(), 1 / k**2)
ordinary = 64 * 32 + 32  # W (32, 64), b (32,)
for k in (2, 3):
    W, b = np.zeros((32, k, 64)), np.zeros((32, k))
    verify.equation(f"GBC 6.3.1, EE147: {k} times the parameters", W.size + b.size, k * ordinary)

# %% [markdown]
# ### Exercise 2 · the winner takes it
#
# One piece of a unit wins for each sample; the gradient goes through that piece, and no other learns from the sample.


# %% tags=["exercise:maxout_pullback"]
def maxout_pullback(x, W, b, da):
    """dx (n, j), dW (i, k, j), db (i, k) of the maxout units a = max over k of W x + b.

    x (n, j), W (i, k, j), b (i, k), da (n, i).  Of several largest pieces the first has won.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:maxout_pullback"]
check(maxout_pullback)

# %% [markdown]
# ## A unit that answers to a place
#
# All units so far look at $\mathbf{w}^\top\mathbf{x}$: they answer to a direction, and go on answering however far you walk.
# A *radial basis* unit has a template $\mathbf{w}_i$ and answers to the distance from it, GBC 6.3.3:
# $a_i = \exp(-\lVert\mathbf{w}_i - \mathbf{x}\rVert^2/\sigma_i^2)$. There is no $\tfrac12$ in it, so $\sigma_i$ is not a
# standard deviation.

# %% tags=["covers:rbf-unit"]
template, width = np.array([[0.5, -0.5]]), np.array([1.2])
side = np.linspace(-3, 3, 121)
line = np.column_stack([side, np.full(121, -0.5)])  # through the template
plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
a, _ = layers.rbf(plane, (template, width))
a_line, back = layers.rbf(line, (template, width))
slope = back(np.ones_like(a_line))[0][:, 0]

# %% tags=["covers:rbf-unit"]
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.4), width_ratios=[1, 1.3])
ax.contourf(side, side, a.reshape(121, 121), 9)
ax.plot(*template[0], "+", color="white", markersize=10)
ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", title="activation")
right.plot(side, a_line, label="activation")
right.plot(side, slope, label="slope along $x_1$")
right.plot(side, np.sqrt(a_line), ":", color=plots.INK, label="with a factor ½")
right.set(xlabel="$x_1$", ylabel="on the line $x_2 = -0.5$", ylim=(-0.8, 1.6))
right.legend(ncols=2)
plots.show(figure, "An RBF unit answers around its template; its slope is 0 there and far away")

# %% [markdown]
# The slope is large on a ring around the template only. At the template it is 0, and a few widths away everything is: the
# activation, the slope, the gradient. GBC warns of exactly that. A template that starts far from all data does not learn
# where they are.

# %% tags=["covers:rbf-unit"]
at, around, away = template, template + [[1.2, 0]], template + [[60.0, 0]]
response = [layers.rbf(x, (template, width))[0][0, 0] for x in (at, around, away)]
verify.equation("GBC 6.3.3, at the template, a width away, far away", response, [1, np.exp(-1), 0])
_, (dW, dsigma) = layers.rbf(away, (template, width))[1](np.ones((1, 1)))
verify.equation("GBC 6.3.3, what a far unit learns", np.append(dW, dsigma), 0)
params = rng.normal(size=(2, 3)), rng.uniform(1, 3, size=2)
verify.layer(layers.rbf, rng.normal(size=(5, 3)), params, rng)

# %% [markdown]
# ### Exercise 3 · templates and widths
#
# Write all three gradients of a radial unit: for what is below it, for its template, for its width.


# %% tags=["exercise:rbf_pullback"]
def rbf_pullback(x, W, sigma, da):
    """dx (n, j), dW (i, j), dsigma (i,) of the units a = exp(-||W_i - x||² / sigma_i²).

    x (n, j), W (i, j), sigma (i,), da (n, i).  There is no factor ½ in the exponent.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:rbf_pullback"]
check(rbf_pullback)

# %% [markdown]
# ## Waves
#
# Does a hidden unit have to rise, or to saturate, or to be simple at infinity? GBC 6.3.3 tells of units
# $\cos(\mathbf{W}\mathbf{x} + \mathbf{b})$ that did as well as any on MNIST. Try it on the small digits: the same network,
# the same start, the same steps.

# %% tags=["covers:cosine-unit"]
from functools import partial

from dlnotes import initialization

train, test = datasets.split(rng, *datasets.digits())
rule = partial(optimizers.adam, lr=3e-3)
for name, activation in {"cosine": layers.cosine, "ReLU": layers.relu}.items():
    net = layers.chain(*layers.mlp(2, activation))
    params = initialization.mlp(np.random.default_rng(1), 64, 48, 10)
    params, _ = training.fit(
        net, losses.cross_entropy, params, train, rule, rng=np.random.default_rng(2), epochs=15
    )
    right = losses.accuracy(net(test[0], params)[0], test[1])
    print(f"{name}: {right:.0%} of the test digits are right")

# %% [markdown]
# There is little between them. Many functions make usable hidden units; the next one has to be *better*, not only
# different, to be worth your time.
#
# ## A switch
#
# A softmax usually sits at the output. Inside a network it is a switch, GBC 6.3.3: its outputs are positive and sum to 1,
# so that they can say how much each of several branches counts. Here three straight lines are the branches, and the switch
# looks at $x$ to choose. The layer is put together from two that you know.


# %% tags=["covers:softmax-hidden-unit"]
def switch(x, params):
    """y (n, 1): linear branches, weighted by a softmax of x.  params (gate, branches)"""
    gate, branches = params
    g, gate_back = layers.chain(layers.linear, layers.softmax)(x, (gate, ()))
    lines, lines_back = layers.linear(x, branches)

    def back(dy):
        dx, (dgate, _) = gate_back(dy * lines)
        dx_too, dbranches = lines_back(dy * g)
        return dx + dx_too, (dgate, dbranches)

    return (g * lines).sum(axis=1, keepdims=True), back


start = [initialization.glorot(np.random.default_rng(5), 1, 3) for _ in range(2)]
verify.layer(switch, rng.normal(size=(5, 1)), start, rng)

# %% tags=["covers:softmax-hidden-unit"]
x = np.linspace(-3, 3, 240)[:, None]
target = np.select([x < -1, x < 1], [-x - 2.5, 1.5 * x + 0.5], 1 - 0.5 * x)
rule, seed = partial(optimizers.adam, lr=0.1), np.random.default_rng(3)
quadratic = losses.squared_error
params, _ = training.fit(switch, quadratic, start, (x, target), rule, rng=seed, epochs=150)
weights, _ = layers.softmax(layers.linear(x, params[0])[0])

# %% tags=["covers:softmax-hidden-unit"]
figure, (ax, low) = plt.subplots(2, 1, figsize=(6.8, 4.6), sharex=True, height_ratios=[1.6, 1])
ax.plot(x, target, color=plots.INK, linewidth=5, alpha=0.4, label="target")
ax.plot(x, layers.linear(x, params[1])[0], ":", linewidth=1)
ax.plot(x, switch(x, params)[0], color=plots.INK, linewidth=1.5, label="output")
ax.set(xlabel="$x$", ylabel="$y$", ylim=(-3, 3))
ax.legend()
low.plot(x, weights)
low.set(xlabel="$x$", ylabel="weight of a branch")
plots.show(figure, "Three lines, the output that switches between them, and the switch")

# %% [markdown]
# Each branch (dotted) has found its part of the target, and the switch, below in the same colors, hands over from one to the
# next. Where it hands over, the weights are soft, and the output follows a mixture.

# %% tags=["covers:softmax-hidden-unit"]
error = switch(x, params)[0] - target
verify.claim("GBC 6.3.3", "branch weights are positive", bool((weights > 0).all()))
verify.equation("GBC 6.3.3, and sum to 1", weights.sum(axis=1), 1)
verify.claim("here", "each branch leads somewhere", set(weights.argmax(axis=1)) == {0, 1, 2})
single = np.polyval(np.polyfit(x[:, 0], target[:, 0], 1), x) - target
worse = np.mean(single**2) / np.mean(error**2)
verify.claim("here", "one line alone is ten times as wrong", worse > 10)

# %% [markdown]
# ## The same in PyTorch
#
# Under their own names, forward and back. Hard tanh and maxout have a choice at their corners; random numbers never meet it.

# %% tags=["covers:hard-tanh"]
import torch

F, s = torch.nn.functional, rng.normal(size=(6, 4))


def torch_maxout(x, W, b):
    return (torch.einsum("nj,ikj->nik", x, W) + b).amax(dim=2)


verify.against_torch(layers.softplus, F.softplus, s, rng=rng)
verify.against_torch(layers.softsign, F.softsign, s, rng=rng)
verify.against_torch(layers.arctan, torch.atan, s, rng=rng)
verify.against_torch(layers.swish, F.silu, s, rng=rng)
verify.against_torch(layers.gelu, F.gelu, s, rng=rng)
verify.against_torch(layers.hard_tanh, F.hardtanh, s, rng=rng)
verify.against_torch(layers.absolute, torch.abs, s, rng=rng)
verify.against_torch(layers.cosine, torch.cos, s, rng=rng)
W, b = rng.normal(size=(5, 3, 4)), rng.normal(size=(5, 3))
verify.against_torch(layers.maxout, torch_maxout, s, W, b, rng=rng)

# %% [markdown] tags=["question:ch03.more_hidden_units.which_unit"]
# ### In your own words
#
# A sensor gives two numbers. A machine runs well near three known working points and badly everywhere else, and you have
# few examples of "badly". Would you take ReLU or radial units for the hidden layer of a network that warns? Say what each of
# them answers far away from all examples, what that means for the warning, and what could go wrong in training with your
# choice.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Softplus, swish and GELU are smooth ramps. The last two dip below 0, and all bend at 0, which odd functions cannot.
# - Softsign and arctan saturate, but slowly: their slopes fall like $1/s^2$, not like $e^{-2s}$.
# - Maxout learns its own convex activation, one piece for each set of weights; on a parabola $k$ pieces leave $1/k^2$.
# - A radial unit answers to a place and is silent, untaught as well, everywhere else. A softmax inside a network is a switch.
#
# ## Where the books differ
#
# - MEDL 5.2 says that the multiplication gate fails because "$\sigma''(0) = 0$ does not hold" for many activations. What
#   does not hold for them is $\sigma''(0) \ne 0$: sigmoid, tanh and arctan have $\sigma''(0) = 0$, as you saw.
# - GBC writes maxout groups and templates as columns, this book as rows `W[i]`. EE147's maxout has two pieces only.
# - GBC's radial unit has no factor ½. Elsewhere, and in the Gaussian density, there is one: compare before you copy a
#   width.
# - MEDL lists arctan, softsign, softplus and swish without formulas. Swish has a scale in some papers; PyTorch's SiLU has
#   none.
#
# **Next:** [Universal approximation](09_universal_approximation.ipynb): what a layer of such units can draw, and how many it
# takes.
