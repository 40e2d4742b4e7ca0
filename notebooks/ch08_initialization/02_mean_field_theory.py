# %% [markdown]
# # Mean field theory
#
# How large should random weights be? One number for each layer, a variance, predicts what a wide network does with them.
#
# **After this notebook you can**
#
# - predict the size of the activations and of the gradients in any layer before you draw a single weight;
# - derive the variances $1/J$, $2/J$ and $2/(I+J)$, and say what each of them keeps and what it does not;
# - translate a gain of the books into a gain of PyTorch, and say where both of them are only approximate.
#
# 75 minutes in two sittings, 50 for the text and 25 for the exercises · the break is before
# *Small and large weights* · before this:
# [Breaking symmetry](01_breaking_symmetry.ipynb)
#
# DLNN 9.2, 9.3 · GBC 8.4 · Strang VII.1 · EE147 Weight Initialization · MEDL 5.5
#
# | in the books | here | what it is |
# |---|---|---|
# | $J$, $I$ (DLNN), $n_{in}$, $n_{out}$ (EE147), $N_{l-1}$, $N_l$ (MEDL) | `fan_in`, `fan_out` | inputs and outputs of a layer, so $\mathbf{W}$ is $I \times J$ |
# | $\sigma_w^2$ | `variance` | variance of the weights |
# | $J\,\sigma_w^2$ | `gain` in `meanfield` | fan-in times the variance of the weights |
# | $\sigma_s^2$ | `q` | variance of the pre-activations of a layer |
# | $\mathcal{F}_f$, $g_f$ | `propagation`, `gain` | propagation function and gain of an activation $f$ |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import initialization, layers, live, meanfield, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(8)
from functools import partial

# %% [markdown]
# ## Sums and products of random numbers
#
# A pre-activation is a sum of products, $s = \sum_j w_j x_j$. Suppose that all these numbers are independent. Means of
# independent terms add up, and so do their variances, MEDL (5.37). For a product the means matter as well:
# $\operatorname{Var}(wx) = \mathrm{E}[w]^2\operatorname{Var}(x) + \mathrm{E}[x]^2\operatorname{Var}(w) +
# \operatorname{Var}(w)\operatorname{Var}(x)$ (EE147, MEDL 5.5). Try it with $w \sim \mathcal{N}(½, 2^2)$ and
# $x \sim \mathcal{N}(-1, 0.7^2)$.

# %% tags=["covers:variance-sum-product"]
n = 1_000_000
w, x = 0.5 + 2 * rng.normal(size=n), -1 + 0.7 * rng.normal(size=n)
formula = 0.5**2 * 0.7**2 + (-1) ** 2 * 2**2 + 2**2 * 0.7**2
product = (w * x - (w * x).mean()) ** 2
error = product.std() / np.sqrt(n)  # of its mean, the sampled variance
print(f"Var(wx): formula {formula:.4f}, sampled {product.mean():.2f} ± {error:.2f}")
verify.equation("here, by EE147's formula", formula, 6.0825)
close = abs(product.mean() - formula) < 4 * error
verify.claim("EE147, MEDL 5.5", "sampled within 4 standard errors", close)
of_sum = np.var(w + x)
verify.equation("MEDL (5.37), Var(w + x)", of_sum, 2**2 + 0.7**2, tolerance=0.01)

# %% [markdown]
# Weights are drawn with mean 0. Then the formula shrinks: $s$ has mean 0, and $\mathrm{E}[s^2] = J\,\sigma_w^2\,
# \mathrm{E}[x^2]$, DLNN 9.2.1. (Note the square: the footnote in DLNN prints $\mathrm{E}[X] = \sigma^2 + \mu^2$.) What is
# needed of the inputs is their second moment, whatever their mean. And many terms have one more effect. Here is $s$,
# divided by its standard deviation, for inputs that are 0 or 1.

# %% tags=["covers:variance-sum-product"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.8), sharey=True)
t, bins, tails = np.linspace(-4, 4, 201), np.linspace(-4, 4, 61), []
for ax, J in zip(axes, [1, 8, 100], strict=True):
    x = rng.integers(0, 2, size=(40_000, J))
    s = (x * rng.normal(size=(40_000, J))).sum(axis=1)
    verify.equation(f"DLNN 9.2.1, E[s²] for J = {J}", np.mean(s**2), J / 2, tolerance=0.04)
    s = s / np.sqrt(J / 2)
    tails.append(np.mean(s**4))
    ax.hist(s, bins, density=True, color=plots.BLUE, alpha=0.6)
    ax.plot(t, np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi), color=plots.ORANGE)
    ax.set(title=f"J = {J}", xlabel="$s$ / its deviation", ylabel="density", ylim=(0, 0.6))
plots.show(figure, "Histograms of sums of 1, 8 and 100 products, and the normal density")
verify.claim("here", "E[s⁴] falls to 3, that of a normal", tails[0] > tails[1] > tails[2] > 2.9)

# %% [markdown]
# With one input $s$ is 0 half of the time (the spike leaves the picture). With 100 inputs it is nearly normal, whatever the
# inputs are: the central limit theorem. That is the whole idea of *mean
# field theory*. In a wide layer a unit does not feel single inputs, only their mean square. Mean 0 and variance $q$ say
# everything about $s$.
#
# ### Exercise 1 · mean and variance of a sum
#
# Means that are not 0, terms that differ. Stuck? `hint(weighted_sum_moments)`, in a cell of your own, helps.


# %% tags=["exercise:weighted_sum_moments"]
def weighted_sum_moments(mean_w, var_w, mean_x, var_x):
    """Mean and variance of s = w_1 x_1 + ... + w_J x_J, all weights and inputs independent.

    mean_w, var_w, mean_x, var_x (J,), of each weight and each input.  Returns (mean, variance), two
    numbers.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:weighted_sum_moments"]
check(weighted_sum_moments)

# %% [markdown]
# ## Layer upon layer, without activations
#
# Each linear layer multiplies the second moment by $J\,\sigma_w^2$, so $L$ layers multiply it by
# $\prod_l J_l\,\sigma_{w,l}^2$ (MEDL 5.5). Anything but 1 is a geometric series: it vanishes or explodes. So
# $\sigma_w^2 = 1/J$, DLNN (9.4): LeCun's rule. MEDL calls the same rule Xavier's. `meanfield.forward` takes the
# product; `meanfield.measured` draws a network, sends normal inputs up and normal deltas down, and returns the mean squares
# in each layer. For now only its way up is of interest.

# %% tags=["covers:forward-variance-propagation"]
figure, ax = plt.subplots(figsize=(6.4, 3.4))
depth = np.arange(1, 31)
for number, gain in enumerate([0.5, 1.0, 2.0]):
    for width, mark in [(30, "x"), (300, "o")]:
        widths, init = [width] * 31, partial(initialization.scaled, gain=gain)
        q, _ = meanfield.measured(np.random.default_rng(1), layers.identity, widths, init, n=50)
        ax.plot(depth, q, mark, color=plots.PALETTE[number], markersize=4, fillstyle="none")
    theory = meanfield.forward(layers.identity, 1.0, depth=30, gain=gain)
    ax.plot(depth, theory, color=plots.PALETTE[number], linewidth=1, label=f"{gain:g}")
    verify.equation(f"MEDL 5.5, q in layer l = {gain:g}^l", theory / gain**depth, 1)
ax.set(yscale="log", xlabel="layer", ylabel="mean square of $s$")
ax.legend(title="$J\\,\\sigma_w^2$")
plots.show(figure, "Mean square of s over 30 linear layers for three gains, predicted and measured")

# %% [markdown]
# Lines are predicted, circles measured at width 300, crosses at width 30. All slopes are right, and the crosses wander
# off a little: a narrow network is no mean field. By how much? The squared length of a vector after a random layer of $n$ units
# varies by a relative $2/n$, and $L$ layers multiply. So the relative error of a network at one input is about
# $\sqrt{(1 + 2/n)^L - 1}$, and falls like one over the root of the width.

# %% tags=["covers:forward-variance-propagation"]
widths = np.array([16, 32, 64, 128])
rule, seen = np.sqrt((1 + 2 / widths) ** 5 - 1), []
for width, expected in zip(widths, rule, strict=True):
    a = np.ones((400, width, 1), np.float32)  # 400 networks, each with one input
    for _ in range(5):
        a = rng.standard_normal((400, width, width), np.float32) @ a / np.sqrt(width)
    seen.append(np.sqrt(np.mean((np.mean(a**2, axis=1) - 1) ** 2)))
    print(
        f"width {width:3}: relative error of q in layer 5 {seen[-1]:.2f}, expected {expected:.2f}"
    )
slope, _ = np.polyfit(np.log(widths), np.log(seen), 1)
verify.claim(
    "DLNN 9.2.1", "error like width^(-1/2), the power within 0.15", abs(slope + 0.5) < 0.15
)

# %% [markdown]
# ## Through an activation: the propagation function
#
# Between two linear layers stands $f$. The next layer sees $a = f(s)$, and what it needs of $a$ is the second moment.
# With $s \sim \mathcal{N}(0, q)$ that is an integral over one normal variable $Z$, DLNN 9.3.1, and the variance one layer
# on is the *propagation function*
#
# $$\mathcal{F}_f(q) = J\,\sigma_w^2\; \mathrm{E}\bigl[f(\sqrt{q}\,Z)^2\bigr], \qquad q^{[l]} = \mathcal{F}_f(q^{[l-1]}),$$
#
# DLNN (9.11), (9.10). (The print of (9.10) has the same $\sigma_s$ on both sides. On the right belongs that of the layer
# below.) A ReLU loses the negative half, so $\mathrm{E}[f^2] = q/2$ exactly. EE147 has the intuition that the *variance*
# halves; it is the second moment that does. The variance of $a$ falls to 0.3408, because the mean of $a$ is not 0.

# %% tags=["covers:propagation-function"]
for name, known in {"relu": 0.5, "tanh": 0.3943, "selu": 1.0, "sigmoid": 0.2934}.items():
    F = meanfield.propagation(getattr(layers, name), 1.0)
    verify.equation(f"here, by DLNN (9.11): F(1) of {name}, {known}", F, known, tolerance=5e-5)
q = np.array([0.25, 1.0, 7.0])
verify.equation("DLNN 9.3.2, F of ReLU is q/2", meanfield.propagation(layers.relu, q), q / 2)
_, variance = meanfield.moment_map(layers.relu, 0.0, 1.0)
verify.equation("EE147, the variance of ReLU(Z)", variance, 1 / 2 - 1 / (2 * np.pi))
verify.claim("EE147", "that is 0.3408, not a half", round(variance, 4) == 0.3408)

# %% [markdown]
# The integral is a sum over well-chosen places. *Gauss-Hermite* quadrature takes $m$ nodes $z_i$ with weights $w_i$, such
# that $\sum_i w_i\,p(z_i)$ is exact for polynomials up to degree $2m - 1$. It suits smooth functions. At the kink of a
# ReLU it converges slowly, so the package cuts the axis into pieces there (Gauss-Legendre on each).


# %% tags=["covers:propagation-function"]
def hermite(f, nodes):
    """E[f(Z)] by Gauss-Hermite quadrature."""
    z, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return weights @ f(z) / weights.sum()


exact = meanfield.propagation(layers.tanh, 1.0), meanfield.expectation(lambda z: np.maximum(z, 0))
for nodes in (5, 20, 80):
    tanh_error = abs(hermite(lambda z: np.tanh(z) ** 2, nodes) - exact[0])
    kink_error = abs(hermite(lambda z: np.maximum(z, 0), nodes) - exact[1])
    print(f"{nodes:2} nodes: error of E[tanh²] {tanh_error:.0e}, of E[ReLU] {kink_error:.0e}")
by_hermite = hermite(lambda z: np.tanh(z) ** 2, 80)
verify.equation("here, E[tanh²] by Gauss-Hermite, 80 nodes", by_hermite, exact[0], tolerance=1e-6)
verify.equation("here, E[ReLU] = 1/sqrt(2 pi)", exact[1], 1 / np.sqrt(2 * np.pi))

# %% [markdown]
# Draw $\mathcal{F}_f$, and the layers become a staircase: up to the curve, across to the diagonal, up to the curve. On
# the left are four activations with $J\,\sigma_w^2 = 1$, on the right the staircase of tanh with two gains.


# %% tags=["covers:propagation-function"]
def staircase(step, q, count):
    """The corners of a cobweb plot: q, F(q), F(F(q)), ... as places (2 count + 1, 2)."""
    corners = [(q, 0.0)]
    for _ in range(count):
        above = step(q)
        corners += [(q, above), (above, above)]
        q = above
    return np.array(corners)


def tanh_layer(gain):
    return lambda q: meanfield.propagation(layers.tanh, q, gain=gain)


# %% tags=["covers:propagation-function"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
q = np.linspace(0, 3, 61)
for ax in axes:
    ax.plot(q, q, color=plots.INK, linewidth=0.8)
    ax.set(xlabel="$q$ in a layer", xlim=(0, 3), ylim=(0, 3), aspect="equal")
axes[0].set(ylabel="$\\mathcal{F}_f(q)$, in the next", title="$J\\sigma_w^2 = 1$")
axes[1].set(ylabel="$\\mathcal{F}_f(q)$, in the next", title="tanh, from $q = 2.8$")
for name, style in zip(["selu", "relu", "tanh", "sigmoid"], ["-", "--", "-.", ":"], strict=True):
    axes[0].plot(q, meanfield.propagation(getattr(layers, name), q), style, label=name)
for gain, color in [(1.0, plots.GREEN), (2.5362, plots.PURPLE)]:
    axes[1].plot(q, tanh_layer(gain)(q), color=color, label=f"$J\\sigma_w^2$ = {gain:.4g}")
    axes[1].plot(*staircase(tanh_layer(gain), 2.8, 12).T, color=color, linewidth=0.8)
for ax in axes:
    ax.legend(loc="upper left")
plots.show(figure, "Propagation functions of four activations, and cobweb plots of tanh")

# %% [markdown]
# A layer of tanh with gain 1 steps down and down: its only fixed point is 0, slowly reached. SELU crosses the diagonal
# at 1, from above to below, and stays there. ReLU is a straight line of slope ½: no fixed point but 0, and its
# staircase is a geometric series.

# %% tags=["covers:propagation-function"]
q = meanfield.forward(layers.tanh, 1.0, depth=21)
verify.equation("here, tanh from 1", q[1:5], [0.3943, 0.2365, 0.1667, 0.1279], tolerance=6e-5)
verify.equation("here, after 10 and 20 layers", q[[10, 20]], [0.0522, 0.0259], tolerance=6e-5)
relu = meanfield.forward(layers.relu, 1.0, depth=21)
verify.equation("here, ReLU with 1/J after 20 layers, 2^-20", relu[20], 2.0**-20)
selu = meanfield.forward(layers.selu, 3.0, depth=30)[-1]
verify.equation("here, SELU forgets that it started at 3", selu, 1, tolerance=0.01)

# %% [markdown]
# ### Exercise 2 · the variance on its way up
#
# A leaky ReLU passes $s$ where $s > 0$ and a part of it elsewhere. Predict the variance in each layer of a network whose
# widths and weight variances differ from layer to layer. Mind the first layer: below it is no unit.


# %% tags=["exercise:leaky_forward_variances"]
def leaky_forward_variances(moment, widths, variances, slope):
    """Predicted variances q_1 ... q_L of the pre-activations of a wide leaky-ReLU network.

    moment = E[x^2] of each input;  widths (L + 1,), of the input and of each layer;  variances (L,)
    of the weights, whose means are 0;  f(s) = s for s > 0, else slope s.  Returns q (L,), the
    variance before f in each layer.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:leaky_forward_variances"]
check(leaky_forward_variances)

# %% [markdown]
# ## The gain of an activation
#
# Turn it around: with which variance does $q = 1$ stay 1? With $\sigma_w^2 = g_f/J$ and
# $g_f = 1/\mathrm{E}[f(Z)^2]$, DLNN (9.13). For ReLU that is 2: He's rule $2/J$, DLNN (9.12). For the identity it is 1:
# LeCun's rule. SELU is made such that it is 1. For tanh DLNN takes 1, because tanh is nearly linear around 0; the integral
# says 2.5362.
#
# PyTorch's `calculate_gain` names another number: a factor of the *standard deviation*. Square it to compare.

# %% tags=["covers:gain-factor"]
import torch

names = {"identity": "linear", "relu": "relu", "tanh": "tanh", "selu": "selu", "sigmoid": "sigmoid"}
print("              1/E[f(Z)²]   PyTorch   PyTorch squared")
table = {}
for name, theirs in names.items():
    g, t = meanfield.gain(getattr(layers, name)), torch.nn.init.calculate_gain(theirs)
    table[name] = g, t**2
    print(f"{name:13} {g:9.4f} {t:10.4f} {t * t:13.4f}")
verify.equation("DLNN (9.13), ReLU 2, and PyTorch's sqrt(2)²", table["relu"], 2)
verify.equation("DLNN (9.13), SELU", table["selu"][0], 1)
verify.claim("DLNN (9.13)", "tanh is 1 near 0 only", abs(table["tanh"][0] - 2.5362) < 5e-5)
small = 1e-4 / meanfield.propagation(layers.tanh, 1e-4)
verify.equation("DLNN 9.3.2, near 0 the gain of tanh is 1", small, 1, tolerance=1e-3)

# %% tags=["covers:gain-factor"]
figure, ax = plt.subplots(figsize=(6.4, 3.4))
depth, gains = np.arange(1, 31), {"1, DLNN": 1.0, "2.536, 1/E[f²]": table["tanh"][0]}
gains |= {"(5/3)², PyTorch": table["tanh"][1]}
for (name, gain), style in zip(gains.items(), ["-", "--", "-."], strict=True):
    ax.plot(depth, meanfield.forward(layers.tanh, 1.0, depth=30, gain=gain), style, label=name)
    init = partial(initialization.scaled, gain=gain)
    measured, _ = meanfield.measured(rng, layers.tanh, [300] * 31, init)
    ax.plot(depth[::3], measured[::3], "o", color=ax.lines[-1].get_color(), markersize=4)
ax.set(xlabel="layer", ylabel="variance of $s$", ylim=(0, 3))
ax.legend(title="$J\\,\\sigma_w^2$ for tanh", loc="upper right", ncols=3, fontsize=9)
plots.show(figure, "Variance of s over 30 tanh layers for three gains, predicted and measured")

# %% [markdown]
# Dots are measured at width 300. DLNN's gain lets the variance fall, though slowly, like $1/(2l)$. The other two reach a
# fixed point. Is that better? Half of the answer is missing: nobody has asked yet what comes back.
#
# *A good place to begin the second sitting.*
#
# ## Small and large weights: the study
#
# EE147 says in words what becomes of small weights (activations decay to zero) and of large ones (with ReLUs they explode,
# tanh units saturate). Here are numbers: ten layers of 500 units, weights from $\mathcal{N}(0, 0.01^2)$ and from
# $\mathcal{N}(0, 1)$, and the standard deviations of the activations. For ReLU mean field theory knows them without a
# network: the second moment of layer 1 is $500\,\sigma_w^2/2$, each layer multiplies by that again, and the variance is
# 0.6817 of the second moment (two times 0.3408).


# %% tags=["covers:init-scale-study"]
def deviations(activation, std):
    """Activations of the last of ten layers, and the standard deviation in each."""
    draw, found = np.random.default_rng(0), []
    a = draw.normal(size=(500, 500))
    for _ in range(10):
        a, _ = activation(a @ (std * draw.normal(size=(500, 500))).T, ())
        found.append(a.std())
    return a, np.array(found)


# %% tags=["covers:init-scale-study"]
print("in layer              1         2         5        10")
band = np.sqrt(5 * np.arange(1, 11) / 500)  # how far one network may stray: see "How wide is wide?"
for std in (0.01, 1.0):
    _, found = deviations(layers.relu, std)
    q = meanfield.forward(layers.relu, 1.0, depth=10, gain=500 * std**2)
    theory = np.sqrt(q * (1 / 2 - 1 / (2 * np.pi)))
    last, tanh = deviations(layers.tanh, std)
    for name, row in {"ReLU": found, "predicted": theory, "tanh": tanh}.items():
        print(f"std {std:4g} {name:9}", *(f"{row[at]:9.2g}" for at in (0, 1, 4, 9)))
    close = (np.abs(np.log(found / theory)) < band).all()
    verify.claim("EE147, DLNN (9.11)", "ReLU in layer l within sqrt(5 l / 500)", close)
verify.claim("EE147", "at std 1 most tanh units saturate", np.mean(np.abs(last) > 0.99) > 0.85)

# %% [markdown]
# **Now move it all.** Left, a row for each layer, are the activations; right are the delta errors on a logarithmic axis,
# from layer 10, where they are normal numbers, down to layer 1. The gray marks are predicted. Look at them as you take
# fewer units.


# %% tags=["covers:init-scale-study"]
DEPTH, draw = 10, np.random.default_rng(3)
NORMALS = [draw.normal(size=(256, 256)) for _ in range(DEPTH)]
INPUTS, ENDS = draw.normal(size=(32, 256)), draw.normal(size=(32, 256))
FANS = {"1/J": "fan_in", "1/I": "fan_out", "2/(I+J)": "fan_average"}  # J, I, and their mean


def both_ways(activation, shape, width, rule, gain):
    """Activations and deltas in each of ten layers, and what mean field theory predicts."""
    f, taper = getattr(layers, activation), 4.0 if shape == "narrowing 4:1" else 1.0
    widths = np.round(width * taper ** (-np.arange(DEPTH + 1) / DEPTH)).astype(int)
    variances = gain / getattr(initialization, FANS[rule])(widths[:-1], widths[1:])
    sizes = zip(NORMALS, widths[1:], widths[:-1], variances, strict=True)
    params = [(np.sqrt(variance) * Z[:i, :j], 0.0) for Z, i, j, variance in sizes]
    s, deltas = meanfield.signals(f, params, INPUTS[:, :width], ENDS[:, : widths[-1]])
    q, moments = meanfield.predicted(f, widths, variances)
    found = {"a": [f(each)[0] for each in s], "delta": deltas}
    return found | {"a_rms": np.sqrt(meanfield.propagation(f, q)), "delta_rms": np.sqrt(moments)}


# %% tags=["live", "covers:init-scale-study"]
live.mean_field.histograms(both_ways, ["tanh", "relu", "sigmoid", "selu"], list(FANS))

# %% [markdown]
# (What lies beyond a picture is counted in its outermost bin.) A tanh with a small gain has its activations pile up at 0; with a large one, at −1 and 1. The deltas tell another story,
# and the next section explains it. In a network that narrows, no gain makes both sides perfect.
#
# ## The way back
#
# On the way back, $\boldsymbol\delta^{[l]} = f'(\mathbf{s}^{[l]}) \odot \mathbf{W}^\top\boldsymbol\delta^{[l+1]}$: what
# comes back to a unit is a sum over the $I$ units *above*. So the second moment is multiplied by $I\,\sigma_w^2$, and by
# $\mathrm{E}[f'^2]$, DLNN 9.2.2. Keep deltas, and you get $\sigma_w^2 = 1/I$, DLNN (9.6). Keep activations, and it is
# $1/J$. Both hold only if $I = J$. Glorot's rule, $2/(I+J)$, DLNN (9.7), stands between the two. Here is a linear network
# that narrows from 512 units to 64.

# %% tags=["covers:backward-variance-propagation"]
widths = np.array([512, 362, 256, 181, 128, 90, 64])
fan_in, fan_out = widths[:-1], widths[1:]
rules = {"1/J, LeCun": initialization.fan_in, "1/I": initialization.fan_out}
rules |= {"2/(I+J), Glorot": initialization.fan_average}
ways = {}
for name, fan in rules.items():
    init = partial(initialization.scaled, fan=fan)
    found = meanfield.measured(rng, layers.identity, widths, init)
    ways[name] = meanfield.predicted(layers.identity, widths, 1 / fan(fan_in, fan_out)), found

# %% tags=["covers:backward-variance-propagation"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.4))
for (name, (theory, found)), style in zip(ways.items(), ["-", "--", "-."], strict=True):
    for ax, line, dots in zip(axes, theory, found, strict=True):
        ax.plot(range(1, 7), line, style, label=name)
        ax.plot(range(1, 7), dots, "o", color=ax.lines[-1].get_color(), markersize=4)
looks = {"forward: $s$": [1, 2, 4, 8], "backward: $\\delta$": [0.125, 0.25, 0.5, 1]}
for ax, (title, ticks) in zip(axes, looks.items(), strict=True):
    ax.set(yscale="log", xlabel="layer", ylabel="mean square", title=title)
    ax.set(yticks=ticks, yticklabels=ticks)
    ax.minorticks_off()
axes[0].legend()
plots.show(figure, "Mean squares of s and of delta in a narrowing linear network, for three rules")

# %% [markdown]
# Each rule is flat on the side that it was made for, and geometric on the other. Glorot's errs on both sides by half as
# much (on a logarithmic axis). What did each layer of these networks multiply by? Compare with $J\,\sigma_w^2$ and
# $I\,\sigma_w^2$, and look at what that adds up to from end to end:

# %% tags=["covers:backward-variance-propagation"]
for name, fan in rules.items():
    s, delta = ways[name][1]
    variance = 1 / fan(fan_in, fan_out)[1:]
    up, down = s[1:] / s[:-1], delta[:-1] / delta[1:]
    verify.equation(f"DLNN (9.4), {name}: J σ²", up, fan_in[1:] * variance, tolerance=0.15)
    verify.equation(f"DLNN (9.6), {name}: I σ²", down, fan_out[1:] * variance, tolerance=0.15)
    print(f"{name}: forward times {s[-1] / s[0]:.2f}, backward times {delta[0] / delta[-1]:.2f}")
(forward, lost), (grown, back) = (found[:, [0, -1]] for _, found in list(ways.values())[:2])
flat = abs(np.log([forward[1] / forward[0], back[0] / back[1]])).max() < 0.2
steep = max(lost[0] / lost[1], grown[0] / grown[1]) < 0.25
verify.claim("DLNN 9.2.2", "1/J keeps s and loses delta, 1/I the reverse", flat and steep)

# %% [markdown]
# One assumption hides here. The theory of the way back takes $\boldsymbol\delta$ as independent of the weights and of the
# pre-activations, but true backpropagation goes back through the *same* weights. Compare it with a way back through
# weights that are drawn anew, and with the prediction, in a ReLU network with He's rule.


# %% tags=["covers:backward-variance-propagation"]
def delta_share(rng, anew, width=200, depth=8):
    """Mean square of delta in layer 1, relative to the last; `anew`: back through other weights."""
    up, down = ([initialization.he(rng, width, width) for _ in range(depth)] for _ in range(2))
    x, delta = rng.normal(size=(50, width)), rng.normal(size=(50, width))
    _, deltas = meanfield.signals(layers.relu, up, x, delta, back=down if anew else None)
    return np.mean(deltas[0] ** 2) / np.mean(delta**2)


# %% tags=["covers:backward-variance-propagation"]
chi = meanfield.chi(layers.relu, 1.0, gain=2.0)
verify.equation("DLNN 9.2.2, I sigma² E[f'²] for He and ReLU", chi, 1)
for name, anew in {"true backpropagation": False, "weights drawn anew": True}.items():
    first = np.mean([delta_share(np.random.default_rng(seed), anew) for seed in range(12)])
    print(f"{name}: {first:.2f} of the mean square of delta arrives in layer 1, predicted 1")
    verify.claim("DLNN 9.2.2", f"{name}: as predicted, within 20 %", abs(first - 1) < 0.2)

# %% [markdown]
# The two agree here. The assumption is false, and does little harm in a wide network at its start. After training it does:
# weights and deltas are then correlated.
#
# ### Exercise 3 · the second moment on its way down
#
# The counterpart of exercise 2. Which widths and which weights does a delta meet?


# %% tags=["exercise:leaky_delta_moments"]
def leaky_delta_moments(moment, widths, variances, slope):
    """Predicted second moments E[delta^2] in layers 1 ... L of a wide leaky-ReLU network.

    moment, that of delta = dR/ds in the last layer L;  widths (L + 1,), of the input and of each
    layer;  variances (L,) of the weights, layer 1 first;  f(s) = s for s > 0, else slope s.
    Returns (L,), layer 1 first.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:leaky_delta_moments"]
check(leaky_delta_moments)

# %%
widths, variances = np.array([300] * 13), np.full(12, 2 / 300)
moments = use(leaky_delta_moments)(1.0, widths, variances, 0.3)
leaky = partial(layers.leaky_relu, slope=0.3)
_, found = meanfield.measured(rng, leaky, widths, initialization.he)
print(f"leaky ReLU with He's 2/J: predicted {moments[0]:.2f} in layer 1, measured {found[0]:.1f}")

# %% [markdown]
# ### Exercise 4 · a gain from PyTorch, a rule from Glorot
#
# Put both together: what `xavier_normal_` does with a gain, and what its compromise costs each way.


# %% tags=["exercise:glorot_factors"]
def glorot_factors(fan_in, fan_out, torch_gain):
    """Glorot's weight variance with a gain, and how linear units multiply second moments with it.

    fan_in = J, fan_out = I;  torch_gain, a factor of the deviation, as `calculate_gain` gives it.
    Returns (variance, forward, backward): sigma_w^2, and the factors of the second moments of s
    forward and of delta backward, in this layer without its activation.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:glorot_factors"]
check(glorot_factors)

# %% [markdown]
# ## The edge of chaos
#
# With equal widths, one number decides what happens to deltas: $\chi = J\,\sigma_w^2\,\mathrm{E}[f'(\sqrt{q}\,Z)^2]$ at
# the fixed point $q$ of $\mathcal{F}_f$. Below 1 they vanish with depth, above 1 they explode. The same $\chi$ says what
# becomes of two inputs that are almost equal: below 1 the network makes them more alike, above 1 it tears them apart,
# which gave the line $\chi = 1$ its name, *edge of chaos* (Poole and others, 2016). The books only touch on it: GBC 8.4 warns
# of chaos in recurrent networks, Strang VII.1 names mean field theory. For tanh with random biases it is a curve.

# %%
q = np.geomspace(1e-4, 3, 60)
edge_gain, edge_bias = meanfield.edge_of_chaos(layers.tanh, q)
critical = np.interp(0.05, edge_bias, edge_gain)
curves = {}
for gain in (1.2, critical, 2.5):
    widths, init = [200] * 31, partial(initialization.scaled, gain=gain)
    _, found = meanfield.measured(rng, layers.tanh, widths, init, bias=0.05)
    curves[gain] = meanfield.predicted(layers.tanh, widths, gain / 200, bias=0.05)[1], found

# %%
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.6))
for (gain, (theory, found)), mark, color in zip(curves.items(), "osD", plots.PALETTE, strict=False):
    right.plot(range(1, 31), theory, color=color, label=f"{gain:.3g}")
    right.plot(range(1, 31, 3), found[::3], mark, color=color, markersize=4)
    ax.plot(gain, 0.05, mark, color=color)
right.set(yscale="log", xlabel="layer", ylabel="mean square of $\\delta$")
right.legend(title="$J\\,\\sigma_w^2$")
ax.plot(edge_gain, edge_bias, color=plots.INK)
ax.set(xlabel="$J\\,\\sigma_w^2$", ylabel="variance of the biases", xlim=(0.9, 2.8), ylim=(0, 0.3))
ax.set(title="left of the line order, right of it chaos")
plots.show(figure, "The edge of chaos of tanh, and deltas over 30 layers at three gains")


# %%
def separation(gain, rng, width=300, depth=30):
    """Distance of two nearly equal inputs behind a deep tanh network, relative to the start."""
    x = rng.normal(size=(1, width))
    a = np.vstack([x, x + 1e-4 * rng.normal(size=(1, width))])
    start = np.linalg.norm(a[0] - a[1])
    for _ in range(depth):
        W = np.sqrt(gain / width) * rng.normal(size=(width, width))
        a = np.tanh(a @ W.T + np.sqrt(0.05) * rng.normal(size=width))
    return np.linalg.norm(a[0] - a[1]) / start


# %%
apart = [separation(gain, np.random.default_rng(5)) for gain in (1.2, critical, 2.5)]
print("distance after 30 layers, relative to the start:", *(f"{d:.1g}" for d in apart))
verify.claim("Poole 2016", "order brings inputs together", apart[0] < 0.5)
verify.claim("Poole 2016", "chaos drives them apart", apart[2] > 2)
edge_relu = meanfield.chi(layers.relu, 5.0, gain=2.0)
verify.equation("here, ReLU with 2/J is on the edge at any q", edge_relu, 1)

# %% [markdown]
# Left is the curve, with three networks on one level; on the right their deltas, predicted (lines) and measured.
# Only the middle one, on the edge, keeps them. So DLNN's gain 1 for tanh is no mistake: without biases the edge is at
# exactly 1, where the variance fades slowly and deltas do as well. The gain 2.5362 keeps $q$ at 1 and makes deltas grow.
# The same question for every activation of the package: give it the gain that keeps $q = 1$. On which side is it then?

# %%
verify.equation("here, the edge of tanh without biases", edge_gain[0], 1, tolerance=1e-3)
every = [f for f in vars(layers).values() if "activations" in getattr(f, "__module__", "")]
every.remove(layers.softmax)  # it acts on rows, all others on entries
table = {f.__name__: (gain := meanfield.gain(f), meanfield.chi(f, 1.0, gain=gain)) for f in every}
for f in every:
    gain, chi = table[f.__name__]
    side = "edge" if abs(chi - 1) < 1e-9 else "chaos" if chi > 1 else "order"
    low, high = meanfield.propagation(f, np.array([0.999, 1.001]), gain=gain)
    table[f.__name__] += (slope := (high - low) / 0.002,)
    print(f"{f.__name__:10} gain {gain:.4f}  chi {chi:.4f} {side:5}  slope of F at 1: {slope:.2f}")
repelling = {name for name, (_, _, slope) in table.items() if slope > 1.01}
verify.claim("here", "q = 1 repels for GELU and swish only", repelling == {"gelu", "swish"})
verify.claim("here", "gain 2.5362 for tanh is in the chaos", table["tanh"][1] > 1.1)

# %% [markdown]
# Four of them stand on the edge exactly, because they are straight on each side of 0: identity, absolute value and the two
# rectifiers. Sigmoid and softplus are deep in the order: most of their second moment is a mean, which carries no signal;
# so is the cosine, less deep. All others are in the chaos, from ELU with 1.04 to hard tanh with 1.32. Keeping $q$ and keeping
# deltas are two wishes, and only a unit that is straight on each side of 0 grants both. The last column is a warning: a
# gain that keeps $q = 1$ need not *hold* it. Where $\mathcal{F}_f$ crosses the diagonal from below, with a slope above 1,
# each layer makes a small error of $q$ larger, as with GELU and swish.
#
# Are these predictions any good? Take each of these activations, three widths and two depths, one random network for each,
# and compare its last $q$ and its first mean square of $\delta$ with what is predicted.

# %%
sizes, ratios = [(L, n) for L in (5, 20) for n in (30, 100, 300)], {}
for L, n in sizes:
    ratios[L, n] = []
    for f in every:
        widths, gain, draw = [n] * (L + 1), meanfield.gain(f), np.random.default_rng(0)
        init = partial(initialization.scaled, gain=gain)
        found = meanfield.measured(draw, f, widths, init, n=20)
        ratio = found / meanfield.predicted(f, widths, gain / n)
        ratios[L, n].append([ratio[0, -1], ratio[1, 0]])  # the last q, and the first delta
strays = [np.abs(np.log(ratios[L, n])).max() / np.sqrt(5 * L / n) for L, n in sizes]
verify.claim("here", "all within three times sqrt(5 L / n), in logarithms", max(strays) < 3)

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
width, x, y = np.linspace(0.1, 0.9, 50), [0.1, 0.2, 0.4, 0.8], [0.1, 0.25, 0.5, 1, 2, 4, 8]
for way, (ax, title) in enumerate(zip(axes, ["forward: $q$", "backward: $\\delta$"], strict=True)):
    for (L, n), mark in zip(sizes, plots.MARKERS, strict=False):
        values = np.array(ratios[L, n])[:, way]
        ax.plot(0 * values + np.sqrt(L / n), values, mark, markersize=4, label=f"{L} × {n}")
    for sign in (-1, 1):
        ax.plot(width, np.exp(sign * np.sqrt(5) * width), color=plots.INK, linewidth=1)
    ax.set(xlabel="$\\sqrt{L/n}$", ylabel="measured / predicted", title=title)
    ax.set(xscale="log", yscale="log")
    ax.set(xticks=x, xticklabels=x, yticks=y, yticklabels=y)
    ax.minorticks_off()
axes[0].legend(title="layers × width", fontsize=8, loc="upper left")
plots.show(figure, "Measured against predicted in six sizes of networks, for all activations")

# %% [markdown]
# Each column is a size of network, each mark an activation. The lines are $e^{\pm\sqrt{5L/n}}$: a network of $L$ layers with
# $n$ units strays from the prediction by the order of $\sqrt{L/n}$, whatever its activation, on both ways; now and then one
# lies outside. Four times the width does as much good as a quarter of the depth.
#
# ## How wide is wide?
#
# Mean field theory is about infinite width; where do the 5 and the $\sqrt{L/n}$ come from? Strang VII.1 has it from Hanin
# and Rolnick that $\sigma^2$ controls the mean "of the computed weights" and the widths "the variance of the weights". What
# is meant is the mean square of the *activations*: its mean over all random networks, and its *spread* from network to
# network, which follows $\sum_l 1/n_l$. For He's rule and ReLU one layer of $n$ units multiplies the mean square by
# $\frac{2}{n}\sum_i \max(0, Z_i)^2$ with independent normal $Z_i$: mean 1, variance $5/n$. The factors are independent, so
# the relative variance behind $L$ layers is $\prod_l (1 + 5/n_l) - 1$. Ten thousand networks a profile:


# %% tags=["covers:width-profile"]
def outputs_of_networks(rng, profile, count):
    """Mean squares behind `count` random ReLU networks with He's rule, inputs of mean square 1."""
    a = np.ones((count, profile[0], 1), np.float32)
    for n in profile:
        W = rng.standard_normal((count, n, a.shape[1]), np.float32)
        a = np.maximum(W @ a * np.sqrt(2 / a.shape[1], dtype=np.float32), 0)
    return np.mean(a**2, axis=(1, 2), dtype=float)


# %% tags=["covers:width-profile"]
run = {"2 × 10": [10] * 2, "4 × 20": [20] * 4, "8, 16, 32": [8, 16, 32], "5 × 10": [10] * 5}
for name, profile in run.items():
    q = outputs_of_networks(np.random.default_rng(1), profile, 10_000)
    run[name] = total, found = np.sum(1 / np.array(profile)), q.var() / q.mean() ** 2
    product = np.prod(1 + 5 / np.array(profile)) - 1
    print(f"{name:9}: sum {total:.2f}, relative variance {found:.2f}, the product {product:.2f}")
    close = 0.2 if total < 0.4 else 0.4  # with a heavy tail a few networks decide
    verify.equation("Hanin and Rolnick 2018, the product", found, product, tolerance=close)
equal = 1 / 1.5 < run["4 × 20"][1] / run["2 × 10"][1] < 1.5
verify.claim("Strang VII.1", "at one sum, 0.2, one spread, within a factor of 1.5", equal)

# %% tags=["covers:width-profile"]
profiles = {"5 × 10": [10] * 5, "10 × 20": [20] * 10, "20 × 40": [40] * 20, "2 × 10": [10] * 2}
profiles |= {"4 × 20": [20] * 4, "20 × 100": [100] * 20, "8, 16, 32": [8, 16, 32]}
profiles |= {"2 × 40": [40] * 2, "10 × 200": [200] * 10}
figure, ax = plt.subplots(figsize=(6.4, 3.8))
line, limit = np.linspace(0.04, 0.55, 50), "$e^{5\\Sigma} - 1$, many layers"
ax.plot(line, np.expm1(5 * line), color=plots.INK, linewidth=1, label=limit)
for (name, n), mark in zip(profiles.items(), plots.MARKERS, strict=False):
    product = np.prod(1 + 5 / np.array(n)) - 1
    ax.plot(np.sum(1 / np.array(n)), product, mark, linestyle="none", label=name)
measured = np.transpose(list(run.values()))
ax.plot(*measured, "_", color=plots.INK, markersize=22, label="measured")
ax.set(yscale="log", xlabel="$\\Sigma = $ sum of $1/n$ over the layers", ylabel="relative variance")
ax.legend(fontsize=8, ncols=2, title="layers × width")
plots.show(figure, "Relative variance of the output's mean square against the sum of 1/n")

# %% [markdown]
# Profiles with one sum lie nearly above each other: five layers of 10 units are as unreliable as twenty of 40. The
# product says by how much they differ, 6.6 against 8.3 and 9.5 at the sum ½. So a network can be deep if it is wide in
# proportion.
#
# ## The same in PyTorch
#
# PyTorch draws the weights, autograd goes back, and mean field theory has predicted both before.

# %%
torch.manual_seed(0)
hidden = [torch.nn.Linear(1000, 1000, bias=False) for _ in range(5)]
a = torch.randn(100, 1000)
pre_activations = []
for layer in hidden:
    torch.nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
    s = layer(a)
    s.retain_grad()
    pre_activations.append(s)
    a = torch.relu(s)
pre_activations[-1].backward(torch.randn(100, 1000))

# %%
found = [[float((z**2).mean()) for z in (s.detach(), s.grad)] for s in pre_activations]
theory = meanfield.predicted(layers.relu, [1000] * 6, 2 / 1000)
band = 0.32  # 2 sqrt(5 L / n) for L = 5 layers of n = 1000, rounded up
for way, ratio in zip(["forward", "backward"], np.transpose(found) / theory, strict=True):
    verify.equation(f"PyTorch, {way} as predicted", ratio, 1, tolerance=band)

# %%
W = np.concatenate([layer.weight.detach().numpy().ravel() for layer in hidden])
ours, _ = initialization.he(np.random.default_rng(0), 1000, 1000)
verify.equation(
    "PyTorch and He, the variance times J", [W.var() * 1000, ours.var() * 1000], 2, tolerance=0.02
)
for name, theirs in {"relu": 2.0, "tanh": (5 / 3) ** 2, "selu": (3 / 4) ** 2}.items():
    verify.equation(f"PyTorch, gain of {name}", torch.nn.init.calculate_gain(name) ** 2, theirs)

# %% [markdown] tags=["question:ch08.mean_field_theory.selu"]
# ### In your own words
#
# PyTorch's gain for SELU is 3/4, a factor of the standard deviation; ours is 1. Someone trains a SELU network of 30 layers
# with PyTorch's. What becomes of $q$: does it vanish, does it explode, or does it settle, and where, relative to 1? Argue
# with the picture of $\mathcal{F}_f$. Why might the makers have wanted a smaller gain? Think of what goes back.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - In a wide random layer pre-activations are normal with mean 0, and one variance tells all:
#   $q^{[l]} = J\,\sigma_w^2\,\mathrm{E}[f(\sqrt{q^{[l-1]}}\,Z)^2]$.
# - $1/J$ keeps $q$ for linear units, $2/J$ for ReLU, $1/I$ keeps deltas, and $2/(I+J)$ is halfway between.
# - A gain of the books multiplies variances; one of PyTorch multiplies standard deviations.
# - $\chi = 1$, the edge of chaos, is where deltas neither vanish nor explode: $2/J$ for ReLU, $1/J$ for tanh.
# - One network of $L$ layers with $n$ units differs from the theory by the order of $\sqrt{L/n}$, and the theory speaks of
#   the first step only.
#
# ## Where the books differ
#
# - DLNN 9.2's footnote prints $\mathrm{E}[X] = \sigma^2 + \mu^2$ (it is $\mathrm{E}[X^2]$), asks to compare with (9.6)
#   where (9.4) is meant, and has one $\sigma_s$ on both sides of (9.10).
# - EE147's intuition is that a ReLU halves the variance. The second moment halves; the variance falls to 0.3408 of what it was
#   (checked above).
# - Strang VII.1 has the variance control the mean of the *weights*, and the widths their variance. It is the mean square of
#   the activations (see *How wide is wide?*).
# - MEDL calls $1/N_{l-1}$ Xavier's rule, DLNN LeCun's. What Xavier Glorot and Yoshua Bengio proposed is $2/(I+J)$.
# - DLNN's gain for tanh is 1, PyTorch's $(5/3)^2 = 2.78$ in the same units, and the integral's is 2.54. Three questions:
#   where deltas keep their size, an old habit, and where $q = 1$ stays.
#
# **Next:** [Initialization schemes](03_initialization_schemes.ipynb) draws the weights: normal, uniform, truncated,
# orthogonal, sparse.
