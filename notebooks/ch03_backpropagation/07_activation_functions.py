# %% [markdown]
# # Activation functions
#
# A network learns only as much as the slopes of its units let through: here you see which functions let it through, and where.
#
# **After this notebook you can**
#
# - write the pullback of an activation from its formula, corner included;
# - say where a unit saturates, where it dies, and which of the two can be undone;
# - choose a slope for negative inputs, by hand or by gradient, and know what it costs.
#
# 55 minutes in two sittings, 40 for the text and 15 for the exercises · the break is before *A leak, and how large?* ·
# before this: [Deep networks](03_deep_networks.ipynb)
#
# DLNN A.1, 4.3.1, 10.4 · GBC 3.10, 6.3 · Strang VII.3 · EE147 Nonlinear Activation Functions · MEDL 5.3, 5.4
#
# | in the books | here | what it is |
# |---|---|---|
# | $s$ (DLNN), $z$ (GBC), $u$ (MEDL), $x$ (EE147) | `s` | pre-activation of a unit |
# | $f$, $g$, $\sigma$ | `f` | activation function, $a = f(s)$ |
# | $f'$, $\dot f$ | `slope` | its derivative |
# | $\epsilon$ (MEDL), $\alpha$ (GBC, EE147) | `slope=`, `alpha=` | what a leaky unit does to negative $s$ |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, live, losses, optimizers, plots, training, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(7)

# %%
from functools import partial

from dlnotes import initialization


def with_slope(layer):
    """The function s -> (f(s), f'(s)) of an activation layer: its pullback of ones is the slope."""

    def f(s):
        a, back = layer(s)
        return a, back(np.ones_like(s))[0]

    return f


# %% [markdown]
# ## A step teaches nothing
#
# The oldest activation says yes or no. MEDL (5.16) answers $-1$ below 0 and $+1$ from 0 on; EE147's hard limiter answers 0
# and 1. Backpropagation multiplies by the slope, $\delta = f'(s)\,\partial R/\partial a$, and a step has slope 0 on both
# sides. So everything *below* a layer of steps gets the gradient 0, not a small one.


# %% tags=["covers:step-activation"]
def step(s, params=()):
    """MEDL (5.16), with its slope: 0 wherever there is one."""
    return np.where(s < 0, -1.0, 1.0), lambda da: (0 * da, ())


x, y = datasets.moons(rng, 80)
rule, loss = partial(optimizers.sgd, lr=2.0), losses.binary_cross_entropy
histories, before, after = {}, {}, {}
for name, f in {"step": step, "tanh": layers.tanh}.items():
    net = layers.chain(*layers.mlp(2, f))
    before[name] = initialization.mlp(np.random.default_rng(1), 2, 12, 1)
    after[name], histories[name] = training.fit(
        net, loss, before[name], (x, y), rule, rng=rng, batch=80, epochs=400
    )

# %% tags=["covers:step-activation"]
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.2))
s = np.linspace(-3, 3, 601)
ax.plot(s, step(s)[0], label="−1 or +1 (MEDL)")
ax.plot(s, (s > 0).astype(float), "--", label="0 or 1 (EE147)")
ax.set(xlabel="$s$", ylabel="$a$", ylim=(-1.1, 1.9))
ax.legend(loc="upper left")
for name, history in histories.items():
    plots.curve(history, "risk", ax=right, label=f"hidden layer of {name}")
right.set(ylim=(0, None))
right.legend()
plots.show(figure, "Two step functions; the risk with steps stalls, that with tanh units falls")
moved = {name: np.abs(after[name][0][0] - before[name][0][0]).max() for name in histories}
verify.claim("MEDL (5.16)", "weights below a step do not move by a bit", moved["step"] == 0)
verify.claim("here", "weights below tanh units do", moved["tanh"] > 0.1)
verify.claim("here", "the step has two values, -1 and +1", set(step(s)[0]) == {-1.0, 1.0})

# %% [markdown]
# The network of steps does learn a little: its *output* weights have a slope. Its first layer stays what chance made it,
# to the last bit.
#
# ## Soft steps
#
# Round the step off and it has a slope everywhere. The logistic sigmoid $\sigma(s) = 1/(1 + e^{-s})$, DLNN (A.1), goes from
# 0 to 1; tanh, DLNN (A.2), from $-1$ to 1. MEDL adds a scaled sigmoid, $2\sigma(s) - 1$. The slopes follow from the values:
#
# $$\sigma' = \sigma\,(1 - \sigma), \qquad \tanh' = 1 - \tanh^2 \qquad \text{DLNN (A.4), (A.5)}$$

# %% tags=["covers:logistic-sigmoid", "covers:tanh", "covers:scaled-sigmoid"]
sigmoid, tanh = with_slope(layers.sigmoid), with_slope(layers.tanh)
s = np.linspace(-6, 6, 1201)
(p, p_slope), (t, t_slope) = sigmoid(s), tanh(s)
figure, (ax, low) = plt.subplots(1, 2, figsize=(8, 3.4))
for values, slopes, name in [(p, p_slope, "sigmoid"), (t, t_slope, "tanh")]:
    ax.plot(s, values, label=name)
    low.plot(s, slopes, label=name)
ax.plot(s, 2 * p - 1, color=plots.GREEN, linewidth=5, alpha=0.4, label="2 sigmoid − 1")
ax.plot(s, np.tanh(s / 2), ":", color=plots.INK, label="tanh(s/2)")
low.plot(s, 2 * p_slope, color=plots.GREEN, linewidth=5, alpha=0.4, label="2 sigmoid − 1")
ax.set(xlabel="$s$", ylabel="$a = f(s)$", ylim=(-1.1, 2.1))
low.set(xlabel="$s$", ylabel="slope $f'(s)$")
ax.legend(loc="upper left", ncols=2, fontsize=9)
plots.show(figure, "Sigmoid, tanh and the scaled sigmoid on the left, their slopes on the right")

# %% [markdown]
# The dotted curve runs inside the green one: the scaled sigmoid *is* a tanh, of half the pre-activation. All three are the
# same S, moved and stretched. What differs is the slope at 0 ($\tfrac14$, $1$, $\tfrac12$), and what the unit says when it
# has nothing to say: $\tfrac12$, or 0.

# %% tags=["covers:logistic-sigmoid", "covers:tanh", "covers:scaled-sigmoid"]
verify.equation("DLNN (A.4), f' = f (1 - f)", p_slope, p * (1 - p))
verify.equation("DLNN (A.5), f' = 1 - f²", t_slope, 1 - t**2)
verify.equation("MEDL 5.3, 2 sigmoid(u) - 1 = tanh(u/2)", 2 * p - 1, np.tanh(s / 2))
verify.equation("GBC 6.3.2, tanh(s) = 2 sigmoid(2s) - 1", t, 2 * sigmoid(2 * s)[0] - 1)
verify.equation("EE147, largest slopes", [p_slope.max(), t_slope.max()], [0.25, 1])
at_5_and_10 = sigmoid(np.array([5.0, 10.0]))[1]
verify.equation("EE147 Fig 3, slopes at 5 and 10", at_5_and_10, [0.00665, 4.5e-5], tolerance=2e-6)
with np.errstate(over="raise"):  # the exponent must never be positive
    verify.equation("DLNN (A.1) at -1000 and 1000", sigmoid(np.array([-1e3, 1e3]))[0], [0, 1])
printed, true = 2 * sigmoid(np.ones(1))[0] - 1, np.tanh(1)
print(f"EE147 prints tanh(s) = 2 sigmoid(s) - 1: at 1 that is {printed[0]:.4f}, not {true:.4f}")

# %% [markdown]
# ### Exercise 1 · a slope from the cached activation
#
# A layer remembers what its way back will need. Sigmoid and tanh need only their output. So does the scaled sigmoid:
# write its pullback from $a$, without $s$.


# %% tags=["exercise:scaled_sigmoid_pullback"]
def scaled_sigmoid_pullback(a, da):
    """ds (n, k) of the scaled sigmoid a = 2 sigmoid(s) - 1, from its output a (n, k) and da (n, k).

    The pre-activations s are gone: a layer that remembers a need not keep them.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:scaled_sigmoid_pullback"]
check(scaled_sigmoid_pullback)

# %% [markdown]
# ## One network in two alphabets
#
# If tanh is a sigmoid of twice the pre-activation, then every tanh network can be rewritten as a sigmoid network that
# computes the same, DLNN (A.3). Double what goes into each hidden unit. Where its output $2\sigma - 1$ is used, the factor 2
# goes into the next weights and the $-1$ into the next bias. Train one, translate it, compare.


# %% tags=["covers:tanh-sigmoid-equivalence"]
def as_sigmoid_network(params):
    """The parameters of a sigmoid network that computes what the tanh network `params` computes."""
    translated = []
    for number, (W, b) in enumerate(params[::2]):  # activations have no parameters
        if number > 0:  # its inputs were 2 sigmoid - 1
            W, b = 2 * W, b - W.sum(axis=1)
        if number < len(params) // 2:  # its outputs are doubled, as sigmoid(2 s)
            W, b = 2 * W, 2 * b
        translated += [(W, b), ()]
    return translated[:-1]


net = layers.chain(*layers.mlp(3, layers.tanh))
start = initialization.mlp(rng, 2, 8, 8, 1)
params, _ = training.fit(net, loss, start, (x, y), rule, rng=rng, epochs=30)

# %% tags=["covers:tanh-sigmoid-equivalence"]
grid = rng.uniform(-2, 3, size=(500, 2))
want, _ = net(grid, params)
got, _ = layers.chain(*layers.mlp(3, layers.sigmoid))(grid, as_sigmoid_network(params))
other, _ = layers.chain(*layers.mlp(3, layers.sigmoid))(grid, params)
verify.equation("DLNN (A.3), (tanh(s/2) + 1) / 2 = sigmoid(s)", (np.tanh(s / 2) + 1) / 2, p)
verify.equation("DLNN (A.3), the translated network", got, want, tolerance=1e-12)
verify.claim("DLNN (A.3)", "without translation it is another one", np.abs(other - want).max() > 1)

# %% [markdown]
# Same functions, then; not the same *training*. Gradient descent starts near 0, and there a tanh unit has four times the
# slope and no offset.
#
# ## Saturation
#
# Far from 0 both curves are flat. A unit out there still answers, but it has stopped listening: its slope is nearly 0, and
# so is every gradient that goes through it. Call a unit *saturated* on a sample where its slope is below 0.05. For the
# sigmoid that begins near $|s| = 3$, where DLNN 4.10.3 puts it, too.
#
# **Make the weights larger.** Inputs are standard normal, and the scale of the weights is that of $s$ in layer 1. The
# orange part of the left picture is saturated; the bars on the right count it, layer by layer.

# %% tags=["live", "covers:activation-saturation", "covers:logistic-sigmoid"]
functions = {"sigmoid": sigmoid, "tanh": tanh, "ReLU": with_slope(layers.relu)}


def pre_activations(name, scale, depth=5, width=100):
    """s (200, width) of each layer of a random network with weights from N(0, scale² / width)."""
    rng, found = np.random.default_rng(4), []
    a = rng.normal(size=(200, width))
    for _ in range(depth):
        found.append(a @ rng.normal(scale=scale / np.sqrt(width), size=(width, width)))
        a, _ = functions[name](found[-1])
    return found


live.activations.saturation(pre_activations, functions)

# %% [markdown]
# Three different pictures. The sigmoid's first layer fills the flat ends, while the layers behind it see only numbers
# between 0 and 1. Tanh feeds numbers of both signs forward, so all its layers saturate nearly alike. ReLU is
# flat for half of everything at any scale, and never flat on its other half.

# %% tags=["covers:activation-saturation"]
verify.equation("DLNN 4.10.3, slope at 3", sigmoid(np.array([3.0]))[1], 0.0452, tolerance=1e-4)
wide = rng.normal(scale=20, size=10_000)
slopes = {name: f(wide)[1] for name, f in functions.items()}
verify.claim("MEDL 5.4", "no slope of the sigmoid exceeds 1/4", slopes["sigmoid"].max() <= 0.25)
verify.equation("MEDL 5.4, the slope of ReLU for s > 0", slopes["ReLU"][wide > 0], 1)

# %% [markdown]
# Saturation is one way to lose a signal. Even without it, small slopes and constant offsets wear it down. Send 200 samples
# through 20 layers and ask how much the samples still differ from each other:

# %% tags=["covers:tanh"]
figure, ax = plt.subplots(figsize=(6.4, 3.2))
spread = {}
for name in ("sigmoid", "tanh"):
    activations = [functions[name](s)[0] for s in pre_activations(name, 1.0, depth=20)]
    spread[name] = [a.std(axis=0).mean() for a in activations]
    ax.plot(range(1, 21), spread[name], "o-", markersize=4, label=name)
ax.set(yscale="log", xlabel="layer", ylabel="spread over the samples", xticks=range(2, 21, 2))
ax.legend()
plots.show(figure, "The spread falls to a quarter in each sigmoid layer, slowly with tanh")
shrinks = (spread["sigmoid"][-1] / spread["sigmoid"][9]) ** 0.1
print(f"a sigmoid layer multiplies the spread by {shrinks:.2f}")
print(f"after 20 tanh layers it still is {spread['tanh'][-1]:.2f}")
further = spread["tanh"][-1] > 1e9 * spread["sigmoid"][-1]
verify.claim("here", "tanh carries the signal a billion times further", further)

# %% [markdown]
# Near 0 tanh is almost the identity, and almost-identities in a row lose little: the smaller $s$ gets, the less. The sigmoid
# passes on at most a quarter of a difference, at any $s$; with weights of this scale nothing makes up for it. That is why
# sigmoids have left the hidden layers.
#
# ## The rectified linear unit
#
# ReLU, $\max(0, s)$, DLNN (A.6), gives up rounding altogether: slope 1 on one side, slope 0 on the other. At 0 it has a
# corner, and the books choose: DLNN (A.7) and MEDL (5.17) take slope 1, EE147 takes 0 or allows either, PyTorch takes 0.
# Strang leaves it open. It matters less than it looks, but a test that differentiates at exactly 0 will notice.


# %% tags=["covers:relu"]
import torch


def relu_slope(s, at_zero):
    """The derivative of ReLU, with your choice at 0."""
    return np.where(s == 0, at_zero, s > 0)


three = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
torch.relu(three).sum().backward()
s, theirs = three.detach().numpy(), three.grad.numpy()
verify.equation("DLNN (A.7), MEDL (5.17)", relu_slope(s, at_zero=1), [0, 1, 1])
verify.equation("EE147 and PyTorch", relu_slope(s, at_zero=0), theirs)
verify.equation("here, layers.relu", functions["ReLU"](s)[1], theirs)

# %% tags=["covers:relu"]
half = rng.normal(size=(500, 64))
W, _ = initialization.he(rng, 64, 256)
active = {b: np.mean(np.concatenate([half, -half]) @ W.T + b > 0) for b in (0, 0.1)}
verify.equation("GBC 6.3.1, active at b = 0 for symmetric inputs", active[0], 0.5)
print(f"with biases of 0.1, which GBC 6.3.1 suggests, {active[0.1]:.1%} are active at the start")

# %% [markdown]
# Where does a corner come from? Strang VII.3 takes derivatives: the ramp's is a step, the step's is a delta, a spike of
# area 1. Watch both being born from a smooth ramp, $\log(1 + e^{ks})/k$, as $k$ grows.

# %% tags=["covers:relu-step-delta"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.9))
s = np.linspace(-3, 3, 1201)
for k, style in [(1, ":"), (4, "--"), (16, "-")]:
    a, slope = with_slope(layers.softplus)(k * s)
    for ax, curve in zip(axes, [a / k, slope, k * slope * (1 - slope)], strict=True):
        ax.plot(s, curve, style, color=plots.BLUE, label=f"k = {k}")
for ax, name in zip(axes, ["smooth ramp", "its slope", "slope of the slope"], strict=True):
    ax.set(xlabel="$s$", ylabel=name)
axes[0].legend(loc="upper left")
plots.show(figure, "A smooth ramp tends to ReLU, its slope to a step, the slope of that to a spike")
far = np.linspace(-40, 40, 16001)
for k in (1, 4, 16):
    p, _ = sigmoid(k * far)
    area = np.trapezoid(k * p * (1 - p), far)
    verify.equation(f"Strang VII.3, the area of the spike for k = {k}", area, 1)

# %% [markdown]
# The spike gets narrower and higher, and its area stays 1. (The smooth ramp has a name, softplus, and a place on the
# [next page](08_more_hidden_units.ipynb).)
#
# ## Units that die
#
# Half of a ReLU's inputs are flat. What if that half holds *all* of your samples? Then the unit answers 0 to everything;
# call it *dead*. Here a small network learns two half moons, 12 units in each of two hidden layers, all samples in every
# step. On the left are the activation, its slope and, in blue, the pre-activations of layer 1. On the right is the risk,
# and below it the share of dead units (solid) and of saturated slopes (dotted).
#
# **Press play.** Then shift the biases to $-2$ and play again: count the dead units before the first step and after the
# last.

# %%
from contextlib import suppress

kinds = {"ReLU": layers.relu, "leaky ReLU": layers.leaky_relu, "ELU": layers.elu}
kinds |= {"tanh": layers.tanh, "sigmoid": layers.sigmoid}
x, y = datasets.moons(np.random.default_rng(1), 80)
x = (x - x.mean(axis=0)) / x.std(axis=0)


# %% tags=["live", "covers:dying-relu", "covers:activation-saturation"]
def training_rows(name, bias, lr):
    """Risk and pre-activations of both hidden layers before each of 120 steps, and at the end."""
    stack, rng, rows = layers.mlp(3, kinds[name]), np.random.default_rng(3), []
    (W, b), _, (V, c), *rest = initialization.mlp(rng, 2, 12, 12, 1, init=initialization.he)
    params, net = ((W, b + bias), (), (V, c + bias), *rest), layers.chain(*stack)
    rule = partial(optimizers.sgd, lr=lr)
    with suppress(ValueError):  # a run that diverges breaks off
        run = training.steps(net, loss, params, (x, y), rule, rng=rng, batch=80, epochs=121)
        for row, after in run:
            activations, _ = layers.trace(stack, params, x, loss, y)
            rows.append({"risk": row["risk"], "s": activations[1:4:2]})
            params = after
    return rows


live.activations.while_it_trains(training_rows, {name: with_slope(f) for name, f in kinds.items()})

# %% [markdown]
# A unit of layer 1 that is dead stays dead. Its samples do not move, its gradient is exactly 0, so its weights do not
# move either. (In layer 2 the inputs do move, and a unit may come back.) Saturated sigmoids are different: their slope is
# small but not 0, so that training can bring them back, slowly. The cell kills a layer by its biases and lets both kinds of unit try to
# learn.

# %% tags=["covers:dying-relu"]
W, b = initialization.he(np.random.default_rng(3), 2, 12)
da = rng.normal(size=(80, 12))
for shift in (0, -1, -2, -4, -10):
    s, back = layers.linear(x, (W, b + shift))
    print(f"biases {shift:3}: {(s <= 0).all(axis=0).sum():2} of 12 units are dead")

relu_ds, _ = layers.relu(s)[1](da)  # s of the last shift: all dead
leaky_ds, _ = layers.leaky_relu(s)[1](da)
_, (dW, db) = back(relu_ds)
verify.claim("EE147", "dead units: the gradient of W is exactly 0", not dW.any())
verify.claim("Strang VII.3", "and that of b", not db.any())
verify.equation("MEDL 5.3, what a leak lets through", leaky_ds, 0.01 * da, tolerance=1e-15)

# %% [markdown]
# ## A leak, and how large?
#
# *A good place to begin the second sitting.*
#
# The repair is a small slope where there was none: leaky ReLU, $a = s$ for $s > 0$ and $\alpha s$ otherwise, with
# $\alpha = 0.01$ in DLNN (A.8). Two more functions of the same family follow below; look at them here already.
#
# **Slide along the curves.** The picture below is the derivative of the one above, and the dashed tangent has its height
# as slope.

# %% tags=["live", "covers:leaky-relu", "covers:activation-property-table"]
family = {
    "leaky ReLU": lambda s, parameter: with_slope(partial(layers.leaky_relu, slope=parameter))(s),
    "ELU": lambda s, parameter: with_slope(partial(layers.elu, alpha=parameter))(s),
    "SELU": lambda s, parameter: with_slope(layers.selu)(s),
    "ReLU": lambda s, parameter: functions["ReLU"](s),
    "sigmoid": lambda s, parameter: sigmoid(s),
    "tanh": lambda s, parameter: tanh(s),
}
live.activations.tangent(family)

# %% [markdown]
# EE147 writes leaky ReLU as $\max(\alpha s, s)$. That is the same as long as $\alpha \le 1$; for a steeper left side the
# maximum takes the wrong piece. And Strang's $\operatorname{ReLU}(cs) = c\operatorname{ReLU}(s)$, true for leaky ReLU as
# well, needs $c \ge 0$.

# %% tags=["covers:leaky-relu"]
s = np.linspace(-3, 3, 601)
tried, same, rising = np.array([-0.5, 0, 0.01, 1, 2]), [], []
for alpha in tried:
    a, _ = layers.leaky_relu(s, slope=alpha)
    same.append(np.array_equal(np.maximum(alpha * s, s), a))
    rising.append((np.diff(a) > 0).all())
    print(f"slope {alpha:5}: equal to the maximum {same[-1]!s:5}  strictly rising {rising[-1]}")
verify.claim("here", "the maximum is right up to slope 1", np.array_equal(same, tried <= 1))
verify.claim("DLNN A.1.3", "it rises for slopes above 0", np.array_equal(rising, tried > 0))
a, _ = layers.leaky_relu(s)
verify.equation("Strang VII.3 (6), for c = 3", layers.leaky_relu(3 * s)[0], 3 * a)
print(f"ReLU(-1 · 2) = {layers.relu(np.array([-2.0]))[0][0]:.0f}, but -1 · ReLU(2) = -2")

# %% [markdown]
# ### Let the gradient choose
#
# The slope $\alpha$ is a number in a formula, $a = \max(s, 0) + \alpha\min(s, 0)$, so it has a gradient as well, GBC 6.3.1.
# A unit that learns it is a PReLU. To see that this buys something, ask a *single* unit to draw $|x|$, once with the
# slope fixed at 0.01 and once with the slope learned from 0.25 on.

# %% tags=["covers:prelu"]
x1 = rng.uniform(-2, 2, size=(60, 1))
target, single = np.abs(x1), (np.array([[0.5]]), np.zeros(1))
runs = {
    "PReLU": (layers.chain(layers.linear, layers.prelu), (single, (np.array([0.25]),))),
    "leaky ReLU": (layers.chain(layers.linear, layers.leaky_relu), (single, ())),
}
learned, alphas, rule = {}, [0.25], partial(optimizers.sgd, lr=0.5)
for name, (net, start) in runs.items():
    data = (x1, target)
    quadratic = losses.squared_error
    run = training.steps(net, quadratic, start, data, rule, rng=rng, batch=60, epochs=300)
    for _, learned[name] in run:
        if name == "PReLU":
            alphas.append(learned[name][1][0][0])

# %% tags=["covers:prelu"]
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.2))
ax.plot(alphas, color=plots.BLUE)
ax.set(xlabel="step", ylabel="$\\alpha$")
line = np.linspace(-2, 2, 101)[:, None]
right.plot(line, np.abs(line), color=plots.INK, linewidth=5, alpha=0.4, label="$|x|$")
for name, (net, _) in runs.items():
    right.plot(line, net(line, learned[name])[0], label=name)
right.set(xlabel="$x$", ylabel="output of the unit")
right.legend()
plots.show(figure, "PReLU learns the slope -1 and draws the absolute value; leaky ReLU cannot")
verify.equation("GBC 6.3.1, with slope -1 it is |x|", alphas[-1], -1, tolerance=1e-3)

# %% [markdown]
# The learned slope crosses 0 and ends at $-1$: the unit has become an absolute value, which no fixed small leak can be.
#
# ### Exercise 2 · the gradient of a slope
#
# Write both gradients of PReLU. Every feature has its own slope, and all samples share it.


# %% tags=["exercise:prelu_pullback"]
def prelu_pullback(s, alpha, da):
    """The pair ds (n, k), dalpha (k,) of a = s where s > 0, else alpha * s.

    s (n, k), da (n, k), alpha (k,), one for each feature.
    At s = 0 the derivative by s is alpha, as in PyTorch.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:prelu_pullback"]
check(prelu_pullback)

# %% [markdown]
# In EE147 all units share one slope. Its gradient is the sum of yours:

# %% tags=["covers:prelu"]
s, da = rng.normal(size=(9, 4)), rng.normal(size=(9, 4))
_, yours = use(prelu_pullback)(s, np.full(4, 0.3), da)
_, (dalpha,) = layers.prelu(s, (np.array([0.3]),))[1](da)
verify.equation("EE147, dR/dalpha of one slope for all", dalpha, [yours.sum()])

# %% [markdown]
# ## An exponential floor
#
# A leak goes down for ever. The exponential linear unit bends it to a floor at $-\alpha$:
# $a = s$ for $s > 0$ and $\alpha(e^s - 1)$ otherwise, DLNN (A.10) with $\lambda = 1$. EE147 prints it as
# $\max(\alpha(e^s - 1), s)$. But $e^s - 1 \ge s$ everywhere, so for $\alpha = 1$ that maximum is the exponential, on both
# sides.

# %% tags=["covers:elu"]
s = np.linspace(-4, 2.2, 621)
elu, selu = with_slope(layers.elu), with_slope(layers.selu)
figure, ax = plt.subplots(figsize=(6.4, 3.6))
ax.plot(s, np.maximum(np.exp(s) - 1, s), "--", color=plots.ORANGE, label="as EE147 prints it")
ax.plot(s, elu(s)[0], color=plots.BLUE, label="ELU, α = 1")
ax.plot(s, selu(s)[0], ":", color=plots.GREEN, label="SELU")
ax.set(xlabel="$s$", ylabel="$a$", ylim=(-2, 6.5))
ax.legend()
plots.show(figure, "ELU bends to a floor on the left; the printed maximum is the exponential")
at = np.array([-2.0, -1.0])
verify.equation("DLNN (A.10), ELU at -2 and -1", elu(at)[0], [-0.8647, -0.6321], tolerance=1e-4)
verify.equation("EE147, the printed form at 2", max(np.exp(2) - 1, 2), 6.389, tolerance=1e-4)
verify.equation("DLNN (A.10), ELU at 2", elu(np.array([2.0]))[0], 2)

# %% [markdown]
# The dotted curve is SELU: an ELU with $\alpha = 1.67326$, all of it multiplied by $\lambda = 1.0507$, DLNN (10.19). The two
# numbers are not tuned. They are the ones for which a standard normal $s$ gives an $a$ with mean 0 and variance 1 again, so
# that a deep stack keeps its scale by itself. Check that by integration, and note what it costs: a corner at 0, steep on
# the left.

# %% tags=["covers:selu"]
lam, alpha = layers.SELU_LAMBDA, layers.SELU_ALPHA
s = (np.arange(24_000) + 0.5) / 1000 - 12  # midpoints, so that none is 0
density = np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi) / 1000
a, slope = selu(s)
verify.equation("DLNN (A.10), lambda and alpha", [lam, alpha], [1.0507, 1.67326], tolerance=1e-5)
moments = [a @ density, a**2 @ density]
verify.equation("DLNN 10.4, mean and second moment", moments, [0, 1], tolerance=1e-7)
verify.claim("DLNN A.1.4", "the range begins at -lambda alpha", bool((a > -lam * alpha).all()))
verify.equation("DLNN A.1.4, and comes as near as you like", a.min(), -lam * alpha, tolerance=1e-4)
verify.claim("DLNN (A.11)", "the slope is largest just left of 0", -0.001 < s[slope.argmax()] < 0)
steepest = selu(np.array([-1e-9]))[1]
verify.equation("DLNN (A.11), where it is lambda alpha", steepest, 1.7581, tolerance=1e-4)
verify.against_torch(layers.selu, torch.nn.SELU(), rng.normal(size=(5, 3)), rng=rng)

# %% [markdown]
# ### Exercise 3 · a misprint, repaired
#
# Write ELU forward and back, so that no $s$ up to $\pm 2000$ gives anything but numbers, and for any $\alpha > 0$. (NumPy
# may warn of an overflow in a value that you then throw away. What counts is what you return.)


# %% tags=["exercise:elu_repaired"]
def elu_repaired(s, da, alpha):
    """Forward and back of the exponential linear unit: the pair a (n, k), ds (n, k).

    a = s where s > 0, else alpha (exp(s) - 1), alpha > 0; s (n, k) up to +-2000, da (n, k).
    At s = 0 the derivative is alpha, as in PyTorch.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:elu_repaired"]
check(elu_repaired)

# %% [markdown]
# ## All of them in one table
#
# DLNN Fig A.1 draws them side by side. Here are the properties that decide how they behave: the range (for $s$ from −50 to 50), whether they rise
# all the way, the slopes just left and just right of 0, the steepest slope, and whether they look like the identity near 0 (then a deep
# network starts out almost linear).

# %% tags=["covers:activation-property-table"]
curves = {"sigmoid": sigmoid, "tanh": tanh, "ReLU": functions["ReLU"]}
curves |= {"leaky ReLU": with_slope(layers.leaky_relu), "SELU": selu, "ELU": elu}
wide, near = (np.arange(100_000) + 0.5) / 1000 - 50, np.array([-1e-9, 1e-9])
steepest, identity, rising = {}, {}, {}
for name, f in curves.items():
    (a, slope), (a0, slope0) = f(wide), f(near)
    steepest[name] = max(slope.max(), slope0.max())
    identity[name] = np.allclose(a0, 0, atol=1e-8) and np.allclose(slope0, 1, atol=1e-8)
    rising[name] = bool((np.diff(a) >= 0).all())
    print(f"{name:10} from {a.min():5.2f} to {a.max():5.2f}", end="  ")
    print(f"slopes at 0: {slope0[0]:.2f}, {slope0[1]:.2f}", end="  ")
    print(f"steepest: {steepest[name]:.4f}  like the identity at 0: {identity[name]}")

# %% tags=["covers:activation-property-table"]
verify.claim("DLNN A.1", "all of them rise, or stay level", all(rising.values()))
of_the_book = ["sigmoid", "tanh", "ReLU", "leaky ReLU", "SELU"]
found = [name for name in of_the_book if identity[name]]
verify.claim("DLNN A.1", "of these five only tanh is like the identity at 0", found == ["tanh"])
peaks = [steepest[name] for name in ("sigmoid", "tanh", "SELU")]
verify.equation("DLNN A.1, steepest slopes", peaks, [0.25, 1, 1.7581], tolerance=1e-4)

# %% [markdown]
# Read the last column again: ELU with $\alpha = 1$ is like the identity at 0, too. DLNN's list has it only as the special
# case $\lambda = \alpha = 1$ of (A.10).
#
# ## The same in PyTorch
#
# All of them, forward and back, with PyTorch's own names for the options.

# %%
F = torch.nn.functional
s = rng.normal(scale=3, size=(6, 4))
verify.against_torch(layers.sigmoid, torch.sigmoid, s, rng=rng)
verify.against_torch(layers.tanh, torch.tanh, s, rng=rng)
verify.against_torch(layers.relu, F.relu, s, rng=rng)
leaky, curved = partial(layers.leaky_relu, slope=0.2), partial(layers.elu, alpha=0.7)
verify.against_torch(leaky, lambda s: F.leaky_relu(s, negative_slope=0.2), s, rng=rng)
verify.against_torch(curved, lambda s: F.elu(s, alpha=0.7), s, rng=rng)
verify.against_torch(layers.prelu, F.prelu, s, rng.normal(size=4), rng=rng)

# %% [markdown] tags=["question:ch03.activation_functions.dead_or_saturated"]
# ### In your own words
#
# After an hour of training, a third of the ReLUs in the first layer of a colleague's network answer 0 to every sample, and
# a third of the sigmoids in another network answer more than 0.999 to every sample. Which of them can still change by
# training on the same data, and why? What could have put them there? Name one thing to try for each network, and say what it
# would cost.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - The way back multiplies by $f'(s)$. Slope 0 means no learning below, slope $\tfrac14$ a quarter of it, per layer.
# - Saturated units have a small slope and can come back. A ReLU that is negative on all data has slope 0 and, in the first
#   layer, cannot. A leak keeps the door open.
# - Sigmoid and tanh are one function in two scalings: the same networks, but not the same training.
# - Slopes at a corner are a convention. Say which one you use; never test at exactly 0.
#
# ## Where the books differ
#
# - EE147 prints $\tanh(x) = 2\sigma(x) - 1$. It is $2\sigma(2x) - 1$: at 1 the printed form gives 0.4621 instead of 0.7616.
# - EE147 prints ELU as $\max(\alpha(e^x - 1), x)$. The line belongs to $x > 0$ and the curve to the rest, without a maximum.
# - EE147 prints leaky ReLU as $\max(\alpha x, x)$, which holds for $\alpha \le 1$ only, and the derivative of ReLU as
#   $1(x)$, which leaves open what happens at 0.
# - Strang VII.3 (6) says that always $\operatorname{ReLU}(ax) = a\operatorname{ReLU}(x)$: for $a \ge 0$ only. With $a = -1$,
#   $x = 2$ it is 0 against $-2$.
# - MEDL 5.3 gives the step the range $(-1, 1)$. It has two values, $\{-1, +1\}$.
# - The slope of ReLU at 0 is 1 in DLNN and MEDL, 0 in EE147 and PyTorch. MEDL calls the leak $\epsilon$.
#
# **Next:** [More hidden units](08_more_hidden_units.ipynb): smooth ramps, units with several pieces, and units that
# answer to a place.
