# %% [markdown]
# # Initialization schemes
#
# A dozen recipes for random weights, and one line that holds most of them: variance = gain / fan.
#
# **After this notebook you can**
#
# - choose the variance of the first weights from the fans and the activation, and say which way each recipe keeps
#   steady;
# - recognize a recipe under its four names, and convert between limits, standard deviations, variances and gains;
# - start a network without a formula: with right angles, with a random walk, or with one minibatch.
#
# 70 minutes in two sittings, 45 for the text and 25 for the exercises · the break is before *Kernels* · before this:
# [Breaking symmetry](01_breaking_symmetry.ipynb), [Mean field theory](02_mean_field_theory.ipynb)
#
# DLNN 9.1–9.3 · GBC 8.4 · Strang VII.1 · EE147 Weight Initialization · MEDL 5.5
#
# | in the books | here | what it is |
# |---|---|---|
# | $J$ (DLNN), $m$ (GBC), $n_{\text{in}}$ (EE147), $N_{l-1}$ (MEDL) | `fan_in` | how many terms a unit sums |
# | $I$, $n$, $n_{\text{out}}$, $N_l$ | `fan_out` | how many units a unit feeds |
# | $\sigma_w^2$, $w$ (MEDL) | variance | of a single weight |
# | $g_f$ (DLNN 9.13) | `gain` | factor of the variance; PyTorch's gain is a factor of the standard deviation |
# | $\epsilon$ (DLNN), limit | `limit` | uniform weights lie between $-\epsilon$ and $\epsilon$ |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, initialization, layers, live, meanfield, plots, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(3)
import inspect
import math
from functools import partial

import torch
from dlnotes.initialization import fans, glorot, he, lecun, orthogonal, symmetric_uniform
from torch.nn import init as torch_init

torch.manual_seed(0)
depth = np.arange(1, 51)  # of the layers

# %% [markdown]
# ## What is left of a weight
#
# The simplest recipe is a number $\epsilon$ and uniform weights between $-\epsilon$ and $\epsilon$, DLNN (9.1). Or
# normal ones of standard deviation $\sigma$, DLNN (9.2). Or normal ones that are drawn again when they lie beyond
# $2\sigma$, DLNN (9.3). On the left are the weights of one layer, on the right the pre-activations $s =
# \mathbf{w}^\top\mathbf{x}$ that they make of inputs of mean square 1. **Predict, then choose.**


# %% tags=["live", "covers:init-uniform", "covers:init-normal"]
def one_layer(scheme, size, inputs):
    """500 units with random weights, and their pre-activations for 8 inputs."""
    draw = np.random.default_rng(4)
    x = draw.choice([-1.0, 1.0], size=(8, inputs))
    option = {"limit" if scheme == "uniform" else "std": size}
    W, b = getattr(initialization, scheme.replace(" ", "_"))(draw, inputs, 500, **option)
    return W, layers.linear(x, (W, b))[0]


live.initialization_schemes.sampler(one_layer, ["uniform", "normal", "truncated normal"])

# %% [markdown]
# Whatever the left side looks like, the right side is a bell, and its width says all that the next layer gets to know:
# fan-in times the variance of a weight. So from here on only variances count, and a uniform has $(2\epsilon)^2/12 =
# \epsilon^2/3$.

# %% tags=["covers:init-uniform"]
W, s = one_layer("uniform", 0.17, 100)
verify.equation("DLNN (9.1), 3 variance / eps² is 1", 3 * W.var() / 0.17**2, 1, tolerance=0.02)
verify.claim("DLNN (9.1)", "no weight beyond eps", np.abs(W).max() <= 0.17)
verify.equation("here, s has fan-in times that", s.var(), 100 * 0.17**2 / 3, tolerance=0.05)

# %% [markdown]
# ## Variance 1, fifty layers
#
# MEDL's first recipe is $N(0, 1)$. A layer of 200 units then multiplies the mean square by 200 if its units are linear,
# by 100 if they are ReLUs, and fifty layers do it fifty times. `measured`, from the [last
# page](02_mean_field_theory.ipynb), sends random inputs forward through a random network, and random deltas back. Here
# are 16 of each.


# %% tags=["covers:init-normal"]
def fifty_layers(init, f=layers.relu, widths=(200,) * 51, seed=0):
    """Mean squares (2, 50) of s and of delta in each layer."""
    return meanfield.measured(np.random.default_rng(seed), f, widths, init, n=16)


unit = partial(initialization.normal, std=1.0)
figure, ax = plt.subplots()
for name, f, style in [("linear", layers.identity, "o-"), ("ReLU", layers.relu, "s--")]:
    ax.plot(depth, fifty_layers(unit, f)[0], style, markersize=3, label=name)
ax.set(yscale="log", xlabel="layer", ylabel="mean square of $s$")
ax.legend()
plots.show(figure, "The mean square of the pre-activations through 50 layers of N(0, 1) weights")

# %% tags=["covers:init-normal"]
squares, largest = fifty_layers(unit, layers.identity)[0], np.finfo(np.float32).max
print(f"200^50 = {200.0**50:.1e}; largest 32-bit number {largest:.1e}")
verify.claim("here", "about 1e115 after 50 layers", 1e114 < squares[-1] < 1e116)
verify.claim("here", "numbers of 32 bits end before layer 20", squares[19] > largest)

# %% [markdown]
# A straight line on a logarithmic axis: one factor a layer. Not the randomness is wrong, but the 1.
#
# ## No weight far out
#
# One normal weight in twenty lies beyond $2\sigma$. The truncated normal draws those again until none is left. It takes
# three lines. What remains is narrower: DLNN prints that its variance is $0.8796\,\sigma^2$. Is it?


# %% tags=["covers:init-truncated-normal"]
def cut_normal(rng, shape, cut=2.0):
    """Standard normal numbers, those beyond `cut` drawn again."""
    z = rng.normal(size=shape)
    while (far := np.abs(z) > cut).any():
        z[far] = rng.normal(size=far.sum())
    return z


# %% tags=["covers:init-truncated-normal"]
from scipy.stats import norm, truncnorm

z, exact = cut_normal(rng, 200_000), truncnorm(-2, 2)
figure, ax = plt.subplots()
places = np.linspace(-3.5, 3.5, 351)
ax.hist(z, np.linspace(-2, 2, 41), density=True, color=plots.BLUE, alpha=0.5, label="drawn again")
ax.plot(places, exact.pdf(places), color=plots.ORANGE, label="scipy's truncnorm")
ax.plot(places, norm.pdf(places), "--", color=plots.INK, label="normal")
ax.set(xlabel="weight / $\\sigma$", ylabel="density")
ax.legend(loc="upper right")
plots.show(figure, "A normal that is cut at 2 standard deviations, drawn and by its formula")

# %% tags=["covers:init-truncated-normal"]
verify.equation("SciPy, the variance of the sample", z.var(), exact.var(), tolerance=0.01)
verify.equation("DLNN 9.1.2, corrected: variance 0.7737", exact.var(), 0.7737, tolerance=5e-5)
verify.equation("DLNN 9.1.2, 0.8796 is the std ratio", exact.std(), 0.8796, tolerance=5e-5)
verify.equation("here, the constant of the library", initialization.TRUNCATED_STD, exact.std())
W, _ = initialization.truncated_normal(rng, 400, 500, std=0.3)
verify.equation("here, ours at sigma = 0.3", W.var() / 0.3**2, 0.7737, tolerance=0.01)
theirs = torch_init.trunc_normal_(torch.empty(500, 400), std=0.3)  # cuts at -2 and 2, not at 2 std
verify.claim("PyTorch", "trunc_normal_ reaches beyond 2 std", theirs.abs().max().item() > 2 * 0.3)

# %% [markdown]
# The misprint has company: PyTorch's `trunc_normal_` cuts at $-2$ and $2$ *absolutely*, so with a $\sigma$ of 0.3 it
# cuts next to nothing.
#
# ### Exercise 1 · the variance of a cut normal
#
# Where does 0.7737 come from? Integrate by parts. Stuck? `hint(cut_normal_variance)`, in a cell of your own.


# %% tags=["exercise:cut_normal_variance"]
def cut_normal_variance(std, cut):
    """The variance of N(0, std^2) weights that are drawn again where they lie beyond cut * std.

    std, cut numbers > 0.  By hand, with NumPy alone (and math.erf).      DLNN (9.3) has cut = 2
    """
    raise NotImplementedError("your code here")


# %% tags=["check:cut_normal_variance"]
check(cut_normal_variance)

# %% [markdown]
# ## Divide by the fan
#
# If a unit sums $J$ terms, weights of variance $1/J$ keep the mean square that comes in. All that follows is one
# function of the library, with three things to choose: what the variance is divided by (the *fan*), what it is
# multiplied by (the *gain*), and the shape of the distribution (the *draw*, of mean 0 and variance 1). `lecun`, `glorot`
# and `he` are this function with one or two of the choices made. Read its last two lines.

# %% tags=["covers:init-uniform-fan-in"]
print(inspect.getsource(initialization.scaled))

# %% tags=["covers:init-uniform-fan-in"]
W, _ = initialization.scaled(rng, 300, 500, gain=1 / 3, draw=symmetric_uniform)
verify.claim("GBC 8.4", "gain 1/3 is U(-1/√m, 1/√m)", 0.9999 < np.abs(W).max() * 300**0.5 <= 1)
verify.equation("GBC 8.4, m times its variance is 1/3", 300 * W.var(), 1 / 3, tolerance=0.01)
theirs = torch.nn.Linear(300, 500).weight.detach().abs().max()
verify.equation("PyTorch, nn.Linear has that limit", theirs, 300**-0.5, tolerance=1e-4)

# %% [markdown]
# This first rule, $U(-1/\sqrt m, 1/\sqrt m)$, is what `nn.Linear` does if you say nothing. The limit looks right, but
# the variance is a third of $1/m$. In a shallow network nobody notices. Fifty layers deep:

# %% tags=["covers:init-uniform-fan-in"]
figure, ax = plt.subplots()
for f, style in [(layers.tanh, "o-"), (layers.relu, "s--")]:
    squares = fifty_layers(initialization.uniform_fan_in, f)[0]
    ax.plot(depth, np.sqrt(squares), style, markersize=3, label=f.__name__)
    theory = meanfield.forward(f, 1.0, depth=50, gain=1 / 3)[-1]
    ratio = np.sqrt(squares[-1] / theory)
    verify.claim("here", f"{f.__name__} ends at {theory**0.5:.1g}, within 8", 1 / 8 < ratio < 8)
ax.set(yscale="log", xlabel="layer", ylabel="root mean square of $s$")
ax.legend()
plots.show(figure, "Pre-activations through 50 layers of U(-1/√m, 1/√m) weights fade away")

# %% [markdown]
# ReLUs lose a factor $\sqrt6$ a layer, tanh units $\sqrt3$ once they are near 0. A batch norm behind each layer hides
# this.
#
# ## LeCun: 1/J
#
# Gain 1 and fan-in: $N(0, 1/J)$, DLNN (9.4), or uniform with the limit $\sqrt{3/J}$, DLNN (9.5). It is exact for linear
# units. For SELU it is exact, too, by the choice of SELU's two constants; for tanh nearly, as long as it works near 0.

# %% tags=["covers:init-lecun"]
for name, init in [("N(0, 1/J)", lecun), ("U(±√(3/J))", partial(lecun, draw=symmetric_uniform))]:
    W, _ = init(rng, 300, 500)
    verify.equation(f"DLNN (9.4), {name}: J times variance", 300 * W.var(), 1, tolerance=0.02)
verify.claim("DLNN (9.5)", "the limit is √(3/J)", 0.9999 < np.abs(W).max() * 100**0.5 <= 1)

# %% tags=["covers:init-lecun"]
figure, ax = plt.subplots()
for f, style in [(layers.selu, "o-"), (layers.tanh, "s--")]:
    rms = np.sqrt(fifty_layers(lecun, f)[0])
    ax.plot(depth, rms, style, markersize=3, label=f.__name__)
    theory = np.sqrt(meanfield.forward(f, 1.0, depth=50))
    ax.plot(depth, theory, color=plots.INK, linewidth=1)
    verify.claim("here", f"{f.__name__} within 1.5 of theory", max(abs(np.log(rms / theory))) < 0.4)
ax.set(xlabel="layer", ylabel="root mean square of $s$", ylim=(0, 1.3))
ax.legend()
plots.show(figure, "With variance 1/J, SELU keeps its mean square and tanh loses it slowly")

# %% [markdown]
# The thin lines are [mean field theory](02_mean_field_theory.ipynb). SELU stays; tanh fades slowly, like $1/\sqrt{2l}$
# and not exponentially. MEDL calls this rule *Xavier*; libraries mean the next one by that name.
#
# ## Glorot: 2/(I + J)
#
# On the way back a delta is a sum over $I$ units. To keep it steady takes $1/I$. EE147 prints the wish as
# $\operatorname{var}(\nabla_{h_i} J = \nabla_{h_i} J)$: the second sign of equality should stand between two variances
# of two *different* layers $i$ and $j$. Both wishes at once take $I = J$; Glorot and Bengio (their first names are
# Xavier and Yoshua) settled for the mean of both fans, DLNN (9.7).

# %% tags=["covers:init-glorot"]
pairs = {
    "normal": (glorot, "xavier_normal_"),
    "uniform": (partial(glorot, draw=symmetric_uniform), "xavier_uniform_"),
}
for name, (init, torch_name) in pairs.items():
    ours = init(rng, 300, 200)[0]
    theirs = getattr(torch_init, torch_name)(torch.empty(200, 300)).numpy()
    for who, W in [("DLNN (9.7)", ours), (f"PyTorch, {torch_name}", theirs)]:
        verify.equation(f"{who}, 500 × variance, {name}", 500 * W.var(), 2, tolerance=0.02)
        if name == "uniform":
            inside = 0.999 < np.abs(W).max() / np.sqrt(6 / 500) <= 1 + 1e-6
            verify.claim(who, "the limit is √(6/(I+J))", inside)

# %% tags=["covers:init-glorot"]
_, deltas = fifty_layers(glorot, layers.identity)
steady = 1 / 3 < deltas[0] / deltas[-1] < 3
verify.claim("here", "the deltas of layers 1 and 50 have equal variance, within 3", steady)

# %% [markdown]
# GBC (8.23) prints the limit $6/\sqrt{m+n}$, without the root over the 6. Over fifty linear layers of 100 units:

# %% tags=["covers:init-glorot"]
printed = partial(initialization.uniform, limit=6 / math.sqrt(200))
figure, ax = plt.subplots()
grown = {}
for name, init, style in [("√(6/(m+n))", pairs["uniform"][0], "o-"), ("6/√(m+n)", printed, "s--")]:
    rms = np.sqrt(fifty_layers(init, layers.identity, (100,) * 51)[0])
    grown[name] = rms[-1]
    ax.plot(depth, rms, style, markersize=3, label=f"limit {name}")
ax.set(yscale="log", xlabel="layer", ylabel="root mean square of $s$")
ax.legend()
plots.show(figure, "Glorot's uniform weights keep their scale; with the printed limit they explode")

# %% tags=["covers:init-glorot"]
right, wrong = grown.values()
print(f"a layer multiplies the variance by 100 · 36/200/3 = 6; 6^25 = {6.0**25:.1e}")
verify.claim("here, (8.23) as printed", "3e19 at layer 50, within 3", 1 / 3 < wrong / 6**25 < 3)
verify.claim("here, (8.23) corrected", "1 at layer 50, within 3", 1 / 3 < right < 3)

# %% [markdown]
# ## He: 2/J
#
# A ReLU sets half of its inputs to 0. So the *second moment* of what it passes on is half of what came in, and a gain
# of 2 repairs that, DLNN (9.12). The *variance* is another number, because the mean behind
# a ReLU is not 0: it falls to $\frac12 - \frac1{2\pi} = 0.3408$. The next layer, whose weights have mean 0,
# sums squares, so the second moment is what counts.

# %% tags=["covers:init-he"]
mean, variance = meanfield.moment_map(layers.relu, 0.0, 1.0)
verify.equation("DLNN 9.3.2, second moment behind a ReLU", variance + mean**2, 0.5)
verify.equation("EE147, corrected: the variance", variance, 0.5 - 1 / (2 * np.pi))
verify.equation("DLNN (9.13), the gain, by quadrature", meanfield.gain(layers.relu), 2)

# %% tags=["covers:init-he"]
flat_he, uses = partial(he, draw=symmetric_uniform), {"nonlinearity": "relu"}
for init, torch_name in [(he, "kaiming_normal_"), (flat_he, "kaiming_uniform_")]:
    theirs = getattr(torch_init, torch_name)(torch.empty(300, 200), **uses).numpy()
    ours = init(rng, 200, 300)[0]
    verify.equation(
        f"DLNN (9.12), variance .0100 of {torch_name}", theirs.var(), 0.01, tolerance=3e-4
    )
    verify.equation("DLNN (9.12), and of ours", ours.var(), 0.01, tolerance=3e-4)
limits = np.abs([ours, theirs]).max(axis=(1, 2))
verify.equation("DLNN 9.3.2, limit √(6/J)", limits, np.sqrt(6 / 200), tolerance=1e-3)
ee147, _ = he(rng, 200, 300, fan=initialization.fan_average)
verify.equation("EE147, 2/n_avg is .0080 there", ee147.var(), 0.008, tolerance=3e-4)

# %% [markdown]
# Twelve networks of 50 ReLU layers, drawn by He's rule, and the first of them with the same random numbers and $1/J$:

# %% tags=["covers:init-he"]
rms = np.sqrt([fifty_layers(he, seed=seed)[0] for seed in range(12)])
fading = np.sqrt(fifty_layers(lecun, seed=0)[0])
figure, ax = plt.subplots()
ax.plot(depth, rms[1:].T, color=plots.BLUE, linewidth=0.7, alpha=0.6)
ax.plot(depth, rms[0], "o-", markersize=3, label="2/J, He")
ax.plot(depth, fading, "s--", markersize=3, label="1/J, LeCun")
ax.set(yscale="log", xlabel="layer", ylabel="root mean square of $s$")
ax.legend()
plots.show(figure, "ReLU units: 2/J keeps the scale in 12 networks, 1/J halves it every two layers")

# %% tags=["covers:init-he"]
kept = rms[:, -1] / rms[:, 0]
print(f"layer 50 : layer 1 with 2/J, in 12 networks: {kept.min():.2f} to {kept.max():.2f}")
verify.claim("here, 2/J", "within [0.5, 2] in the median network", 0.5 < np.median(kept) < 2)
rule = np.sqrt(50 * 5 / 200) / 2  # of the logarithm of a root mean square
spread = np.log(kept).std() / rule
verify.claim("here, 2/J", f"the logarithms spread by {rule:.2f}, within 2", 0.5 < spread < 2)
verify.equation("DLNN (9.12), 1/J: times 1/√2 a layer", fading / rms[0] * 2 ** (depth / 2), 1)
fallen = np.median(kept) * 2 ** (-49 / 2)
verify.claim("here, 1/J", "the median falls by 2^-25, within 4", 1 / 4 < fallen * 2**25 < 4)

# %% [markdown]
# He's rule keeps the mean square *on average*. A single network of 200 units a layer wanders: with its depth by
# $\sqrt{5L/n}$ in the logarithm of the mean square, half of that in its root, as [How wide is
# wide?](02_mean_field_theory.ipynb) has it. With 1/J the drift of $2^{-L/2}$ drowns that.
#
# ### Exercise 2 · the limit
#
# All the uniform forms at once: from the shape of the weights, a gain and a fan to the limit. For kernels of shape $(o,
# c, u, v)$ a unit of the output sums $c\,u\,v$ terms, and a number of the input feeds $o\,u\,v$.


# %% tags=["exercise:uniform_limit"]
def uniform_limit(shape, gain, fan):
    """The limit of U(-limit, limit) for weights of variance gain / fan.

    shape (i, j) of a matrix, or (o, c, v) or (o, c, u, v) of kernels;  fan "in", "out", or
    "average", the mean of both.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:uniform_limit"]
check(uniform_limit)

# %% [markdown]
# ## Which fan?
#
# As long as all layers have one width, $1/J$, $1/I$ and $2/(I+J)$ are the same number. In a network that narrows, they
# are [three compromises](02_mean_field_theory.ipynb). And in one whose widths go up and down, as in a bottleneck? The
# dots are a random network of 50 layers, the dashed line is what mean field theory says. The gain multiplies all
# variances: gain 2 makes He of LeCun, and EE147's rule of Glorot's. **Predict, then change the widths.**

# %% tags=["covers:init-he", "covers:init-glorot"]
rules = {
    "2/(I+J)": initialization.fan_average,
    "1/J": initialization.fan_in,
    "1/I": initialization.fan_out,
}
units = {"linear": layers.identity, "ReLU": layers.relu, "tanh": layers.tanh, "SELU": layers.selu}
profiles = {"128, 128, 128, ...": [128] * 51, "64, 256, 64, ...": [64, 256] * 25 + [64]}


def theory_of(f, fan, widths, gain):
    """Second moments (2, 50) of s in each layer, and of delta as parts of the last one's."""
    return meanfield.predicted(f, widths, gain / fan(np.array(widths[:-1]), np.array(widths[1:])))


# %% tags=["live", "covers:init-he", "covers:init-glorot"]
def there_and_back(rule, activation, widths, gain):
    """The standard deviations of s and of delta in each layer, measured and by theory."""
    f, fan, widths = units[activation], rules[rule], profiles[widths]
    init = partial(initialization.scaled, gain=gain, fan=fan)
    moments = [*fifty_layers(init, f, widths), *theory_of(f, fan, widths, gain)]
    return dict(zip(["s", "delta", "s_theory", "delta_theory"], np.sqrt(moments), strict=True))


live.initialization_schemes.through_depth(there_and_back, list(rules), list(units), list(profiles))

# %% [markdown]
# One wish fulfilled exactly is enough. With $1/J$ the way forward is steady in every layer, and on the way back the
# factors $I/J$ cancel along the network: what one layer multiplies by 4, the next divides by 4. The compromise fulfills
# neither wish, and $\frac{2J}{I+J}\cdot\frac{2I}{I+J} < 1$ whenever the fans differ. So EE147's $2/n_{\text{avg}}$ for
# ReLUs is not He's rule, except where all widths are equal.

# %% tags=["covers:init-he", "covers:init-glorot"]
zigzag, lost = profiles["64, 256, 64, ..."], live.initialization_schemes.lost
for rule, gain, factor in [("1/J", 2, 1), ("2/(I+J)", 2, 0.8**24), ("2/(I+J)", 2.5, 1)]:
    s, delta = np.sqrt(theory_of(layers.relu, rules[rule], zigzag, gain))
    ends = np.divide(lost({"s": s, "delta": delta}), factor)
    verify.equation(f"here, {gain}·{rule}: both ways times {factor:.2g}", ends, 1)
    if gain == 2:
        init = partial(initialization.scaled, gain=2, fan=rules[rule])
        s, delta = np.sqrt(fifty_layers(init, layers.relu, [4 * width for width in zigzag]))
        ends = np.divide(lost({"s": s, "delta": delta}), factor)
        near = (abs(np.log(ends)) < np.log(3)).all()
        verify.claim("here", "a network 4 times as wide does that within 3", near)

# %% [markdown]
# *A good place to begin the second sitting.*
#
# ## Kernels
#
# A convolution is a sum, too. Fan-in is the number of channels times the size of the kernel (Strang VII.1): a 3×3
# kernel on 64 channels sums 576 terms. Whoever forgets the 9 multiplies the variance by 9 in every layer. Nine layers
# of 64 kernels and ReLUs, without padding, on random images:


# %% tags=["covers:conv-fan-in"]
def through_convolutions(init):
    """The root mean square of s in each of nine layers."""
    draw, found = np.random.default_rng(2), []
    a = draw.normal(size=(4, 3, 24, 24))
    for _ in range(9):
        W, b = init(draw, a.shape[1], 64, kernel=(3, 3))
        s, _ = convolution.conv2d(a, (W, b))
        found.append(np.sqrt((s**2).mean()))
        a, _ = layers.relu(s)
    return np.array(found)


def forgetful(rng, channels, filters, kernel):
    """He's rule with the channels alone as fan-in."""
    return initialization.normal(rng, channels, filters, std=np.sqrt(2 / channels), kernel=kernel)


# %% tags=["covers:conv-fan-in"]
figure, ax = plt.subplots(figsize=(6.4, 3.2))
steady, growing = through_convolutions(he), through_convolutions(forgetful)
ax.plot(range(1, 10), steady, "o-", label="fan-in 9 c")
ax.plot(range(1, 10), growing, "s--", label="fan-in c")
ax.set(yscale="log", xlabel="layer", ylabel="root mean square of $s$")
ax.legend()
plots.show(figure, "He's rule for kernels keeps the scale; without the kernel size it triples it")
verify.equation("Strang VII.1, fan-in and fan-out", fans((16, 3, 3, 3)), [27, 144])
W, _ = he(rng, 16, 64, kernel=(3, 3))
verify.equation("Strang VII.1, variance · 144 is 2", 144 * W.var(), 2, tolerance=0.06)
verify.claim("here", "the scale is kept, within 2", 0.5 < steady[-1] / steady[0] < 2)
tripled = growing / steady
verify.equation("here, without the 9, times 3 a layer", tripled, 3.0 ** np.arange(1, 10))

# %% [markdown]
# ## Right angles
#
# Random numbers keep lengths *on average*. An orthogonal matrix keeps them exactly: $\lVert\mathbf{Q}\mathbf{v}\rVert =
# \lVert\mathbf{v}\rVert$ (Saxe et al. 2014; GBC 8.4; Strang VII.1). It comes out of a QR factorization of a normal
# matrix. In a deep *linear* network:


# %% tags=["covers:init-orthogonal"]
def linear_layers(init, seed):
    """50 linear layers of 100 units: the length of a vector after each, the product of all."""
    draw = np.random.default_rng(seed)
    v, product = draw.normal(size=100), np.eye(100)
    v, found = v / np.linalg.norm(v), []
    for _ in range(50):
        W, _ = init(draw, 100, 100)
        v, product = W @ v, W @ product
        found.append(np.linalg.norm(v))
    return np.array(found), product


# %% tags=["covers:init-orthogonal"]
straight, steady_product = linear_layers(orthogonal, 0)
normal_ones = [linear_layers(lecun, seed) for seed in range(24)]
drift = np.array([found for found, _ in normal_ones])
figure, ax = plt.subplots()
ax.plot(depth, drift.T, color=plots.INK, linewidth=0.7)
ax.plot(depth, straight, "o-", markersize=3, label="orthogonal")
ax.set_yscale("log", base=2)
ax.yaxis.set_major_formatter("{x:g}")
ax.set(xlabel="layer", ylabel="length of $v$")
ax.legend()
plots.show(figure, "Orthogonal layers keep the length of a vector, normal ones let it drift (thin)")

# %% tags=["covers:init-orthogonal"]
verify.equation("Strang VII.1, |Q50 ... Q1 v| = |v|", straight, 1, tolerance=1e-12)
wander = np.log(drift[:, -1]).std()
print(f"after 50 normal layers: {drift[:, -1].min():.2f} to {drift[:, -1].max():.2f}")
verify.claim("here", "the log wanders by √(L/2n) = 0.5, within 0.2", 0.3 < wander < 0.7)
for name, product in [("orthogonal", steady_product), ("normal", normal_ones[0][1])]:
    stretch = np.linalg.svd(product, compute_uv=False)
    print(
        f"{name}: the product stretches by up to {stretch[0]:.1g}, in the median {stretch[50]:.1g}"
    )
verify.claim("here", "half of all directions shrink below 1e-6", stretch[50] < 1e-6)

# %% tags=["covers:init-orthogonal"]
Q, _ = orthogonal(rng, 40, 60)  # more units than inputs: orthonormal columns
verify.equation("GBC 8.4, Qᵀ Q = I", Q.T @ Q, np.eye(40))
theirs = torch_init.orthogonal_(torch.empty(60, 40, dtype=torch.float64), gain=2**0.5).numpy()
verify.equation("PyTorch, gain √2 doubles the squares", theirs.T @ theirs, 2 * np.eye(40))
Q, _ = orthogonal(rng, 40, 60, gain=2)
verify.equation("here, gain 2 does", Q.T @ Q, 2 * np.eye(40))

# %% [markdown]
# The thin lines are 24 networks with normal weights of variance $1/n$. The logarithm of the length is a sum of $L$
# independent terms, each of variance $1/2n$, so it wanders by $\sqrt{L/2n} = 0.5$: most lengths end up to a factor of 1.6
# off. And a length, a mean over *all* directions, hides what is worse. The product of the fifty matrices stretches a
# few directions and squeezes most to nothing, and with them what the network could tell apart. An orthogonal product
# squeezes none.
#
# ### Exercise 3 · right angles out of noise
#
# `np.linalg.qr` picks the signs as it likes. Only with a positive diagonal of $\mathbf{R}$ are all orthogonal matrices
# equally likely (and the answer is unique).


# %% tags=["exercise:haar_orthogonal"]
def haar_orthogonal(z):
    """Q (m, n) with orthonormal columns, z = Q R, R upper triangular with a positive diagonal.

    z (m, n), m >= n: independent normal numbers, which make Q uniformly distributed.
    By hand, with NumPy alone (np.linalg.qr is part of it).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:haar_orthogonal"]
check(haar_orthogonal)

# %% [markdown]
# ## A gain for the typical network
#
# The gain of [mean field theory](02_mean_field_theory.ipynb) keeps the *mean* of the squared length. But lengths
# multiply from layer to layer, and the mean of a product of random factors is carried by a few lucky networks; the
# typical one falls behind. Sussillo and Abbott (2014) look at the *logarithm* of the length: through the layers it is a
# random walk, and the right gain is the one without drift (GBC 8.4). Sample the steps and average:

# %% tags=["covers:init-random-walk-gain"]
walk_gain = initialization.random_walk_gain(rng, layers.relu, 50)
steps = layers.relu(rng.normal(size=(300, 50)))[0]
steps = np.log((steps**2).mean(axis=1)) / 2  # of the log-length, at gain 1: 300 layers of 50 units
figure, ax = plt.subplots()
named = [("1.9", 1.9, ":"), ("2, He", 2.0, "--"), (f"{walk_gain:.3f}, sampled", walk_gain, "-")]
for name, gain, style in named:
    walk = np.cumsum(steps + np.log(gain) / 2)
    ax.plot(np.arange(1, 301), walk, style, label=f"gain {name}")
ax.axhline(0, color=plots.INK, linewidth=0.8)
ax.set(xlabel="layer", ylabel="logarithm of the length")
ax.legend()
plots.show(figure, "The logarithm of the length over 300 ReLU layers of 50 units, at three gains")

# %% tags=["covers:init-random-walk-gain"]
many = layers.relu(rng.normal(size=(40_000, 50)))[0]
drifts = {gain: np.log(gain * (many**2).mean(axis=1)).mean() / 2 for gain in (1.9, 2.0, walk_gain)}
print("drift a layer:", ", ".join(f"{drift:+.3f} at {gain:.3f}" for gain, drift in drifts.items()))
verify.equation("GBC 8.4, no drift at the sampled gain", drifts[walk_gain], 0, tolerance=3e-3)
verify.claim("here", "at gain 2 the typical length falls", drifts[2.0] < -0.02)
paper = np.sqrt(2) * np.exp(1.2 / (50 - 2.4))  # a factor of the standard deviation
verify.equation("Sussillo & Abbott, their fit", np.sqrt(walk_gain), paper, tolerance=0.01)
wide = initialization.random_walk_gain(rng, layers.relu, 5000, layers=300)
verify.equation("here, wide layers: the gain of mean fields", wide, 2, tolerance=0.01)

# %% [markdown]
# At gain 2 the mean square is kept, and still this walk goes down. The narrower the layers, the larger the difference.
#
# ## Few connections
#
# The fan shrinks every single weight. Martens (2010) gave each unit exactly $k$ incoming weights other than 0, however
# many inputs there are: the unit's input keeps its size, and its weights need not be tiny (GBC 8.4).

# %% tags=["covers:init-sparse"]
inputs = rng.normal(size=(500, 900))
thin = initialization.sparse(rng, 900, 300, connections=15)
dense = lecun(rng, 900, 300)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2))
for ax, (W, b), name in zip(axes, (thin, dense), ("15 connections", "dense, 1/J"), strict=True):
    ax.imshow(W[:30, :60], cmap=plots.SIGNED, vmin=-0.5, vmax=0.5)
    ax.set(title=name, xlabel="input, the first 60 of 900", ylabel="unit, 30 of 300")
    s, _ = layers.linear(inputs, (W, b))
    verify.equation(f"here, {name}: variance of s", s.var(), 1, tolerance=0.08)
plots.show(figure, "Part of the weights of two layers: a few large ones, and many small ones")

# %% tags=["covers:init-sparse"]
counts = (thin[0] != 0).sum(axis=1)
verify.equation("GBC 8.4, connections of every unit", counts, 15)
sizes = [np.abs(W[W != 0]).mean() for W, _ in (thin, dense)]
verify.claim("here", "a weight is more than 7 times as large", sizes[0] > 7 * sizes[1])

# %% [markdown]
# ## Let the data decide
#
# All this theory assumed normal inputs of mean 0 and layers of one kind. You can also measure: send one minibatch
# through, layer by layer, and divide the weights of each layer by the standard deviation that they make, *before* you
# go on to the next (Mishkin and Matas 2016, who call it LSUV and start from orthogonal weights; GBC 8.4). Digits, a
# network of five kinds of units, and weights that somebody took from $N(0, 0.05^2)$:

# %% tags=["covers:init-lsuv"]
from dlnotes import datasets

x, _ = datasets.digits()
batch, mixed = x[:128], [layers.relu, layers.tanh, layers.sigmoid, layers.swish, layers.softplus]
net = [part for f in mixed for part in (layers.linear, f)] + [layers.linear]
careless = partial(initialization.normal, std=0.05)
before = (*initialization.mlp(rng, 64, *[100] * 5, 10, init=careless),)
after = initialization.lsuv(net, before, batch)

# %% tags=["covers:init-lsuv"]
figure, ax = plt.subplots()
for name, params, style in [("before", before, "s--"), ("after", after, "o-")]:
    activations, _ = layers.trace(net, params, batch, lambda s, y: (0.0, s), None)
    stds = [s.std() for s in activations[1::2]]
    ax.plot(range(1, 7), stds, style, label=name)
ax.set(yscale="log", xlabel="layer", ylabel="standard deviation of $s$", ylim=(5e-3, 5))
ax.legend()
plots.show(figure, "Six layers before and after they were rescaled on one minibatch")
verify.claim("here", "every layer within 5 % of 1", all(0.95 < std < 1.05 for std in stds))
alone = activations[7].std(axis=0).mean()  # s of layer 4, behind the sigmoids
print(f"a single unit of layer 4 has standard deviation {alone:.1f} over the samples")
verify.claim("here", "most of the 1 lies between units", alone < 0.5)

# %% [markdown]
# No formula knows of a network of five kinds of units; the minibatch does. The price is one forward pass, and that the
# start depends on the data. And look at the last line: behind sigmoids, whose mean is ½, most of that standard
# deviation lies between the units, which each have a mean of their own, and little of it between the samples. Batch
# normalization, in the next chapter, looks at each unit alone.
#
# ### Exercise 4 · let the data set the scale
#
# Write it for tanh units without biases. Mind the order: a layer is measured on what the *rescaled* layers below it put
# out.


# %% tags=["exercise:rescaled_layers"]
def rescaled_layers(weights, x):
    """The tuple of weights, each divided by a number: on x the s of every layer has std 1.

    weights, a tuple of W (i, j): layers s = W a of tanh units without biases;  x (n, j), the input
    of the first.  The std is taken over all samples and units.  Leave the arguments as they are.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:rescaled_layers"]
check(rescaled_layers)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch's random numbers are others, so you have seen variances and limits compared. What can be compared exactly are
# fans and gains: `calculate_gain` is a table of factors of the *standard deviation*; ours is an integral, and a factor
# of the *variance*.

# %%
theirs = torch_init._calculate_fan_in_and_fan_out(torch.empty(16, 8, 5, 3))
verify.equation("PyTorch, the fans of kernels", fans((16, 8, 5, 3)), theirs)
for name, activation in [("relu", layers.relu), ("tanh", layers.tanh), ("selu", layers.selu)]:
    table, integral = torch_init.calculate_gain(name) ** 2, meanfield.gain(activation)
    print(f"{name}: PyTorch's gain squared {table:.4f}, the integral {integral:.4f}")
slope = partial(layers.leaky_relu, slope=0.2)
table = torch_init.calculate_gain("leaky_relu", 0.2)
verify.equation("PyTorch, leaky ReLU: squared, it is ours", table**2, meanfield.gain(slope))

# %% [markdown] tags=["question:ch08.initialization_schemes.which"]
# ### In your own words
#
# A colleague stacks forty layers: the widths go 512, 128, 512, 128 and so on, the units are ReLUs, there is no
# normalization. She takes `nn.Linear` as it comes, and the loss does not move. Say what happens to the pre-activations,
# and by about which factor a pair of layers. She then takes `xavier_normal_` with `gain=calculate_gain("relu")`, and it
# is better but not good. Why? What would you take, and what would you look at to be sure?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Variance = gain / fan. The gain belongs to the activation (2 for ReLU, 1 for linear units and SELU), the fan to the
#   direction that is to be steady; the shape of the distribution does not matter.
# - A limit is $\sqrt3$ standard deviations; a factor of the standard deviation is squared in the variance. Most
#   mistakes are one of these two.
# - With unequal widths take one fan and keep it. The mean of both loses a little in every layer, in both directions.
# - Orthogonal weights keep lengths exactly, the random-walk gain keeps the typical length, and a minibatch finds a
#   scale where there is no formula.
#
# ## Where the books differ
#
# - DLNN 9.1.2 gives the truncated normal the variance $0.8796\,\sigma^2$; it is $0.7737\,\sigma^2$, and 0.8796 is the
#   ratio of the standard deviations.
# - GBC (8.23) prints the limit $6/\sqrt{m+n}$; it is $\sqrt{6/(m+n)}$. You saw what fifty layers make of the printed
#   one.
# - EE147 prints $\operatorname{var}(\nabla_{h_i} J = \nabla_{h_i} J)$ for $\operatorname{var}(\nabla_{h_i} J) =
#   \operatorname{var}(\nabla_{h_j} J)$.
# - EE147's He rule is $2/n_{\text{avg}}$; He et al., DLNN, Strang, MEDL and PyTorch divide by fan-in (or fan-out). Its
#   intuition that a ReLU decreases the variance by half is true of the second moment; the variance falls to 0.3408 of
#   what it was.
# - MEDL's *Xavier* is $1/N_{l-1}$, LeCun's rule; in libraries Xavier is Glorot's $2/(N_{l-1} + N_l)$, which MEDL lists
#   as one more heuristic.
#
# **Next:** [Batch normalization](../ch09_normalization/01_batch_normalization.ipynb) does not hope that a good start
# lasts: it rescales in every step.
