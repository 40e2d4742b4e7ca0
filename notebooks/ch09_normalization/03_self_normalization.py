# %% [markdown]
# # Self-normalization
#
# Two constants in an activation function, and a network of thirty-two layers keeps mean 0 and variance 1 without any
# norm.
#
# **After this notebook you can**
#
# - compute mean and variance one layer on, and say where they settle;
# - derive the two constants of SELU, and those for any other variance;
# - name what a self-normalizing network relies on, and check it on a network.
#
# 80 minutes in two sittings, 50 for the text and 30 for the exercises · the break is before *Thirty-two layers* ·
# before this: [Layer and weight normalization](02_layer_and_weight_normalization.ipynb),
# [Mean field theory](../ch08_initialization/02_mean_field_theory.ipynb)
#
# DLNN 10.4, A.1.4 · GBC – · Strang – · EE147 – · MEDL 5.3
#
# | in the books | here | what it is |
# |---|---|---|
# | $h$, in places $g$ (DLNN) | `moment_map` | mean and variance of a layer's activations ↦ those of the next layer |
# | $\mu, \nu$ and $\tilde\mu, \tilde\nu$ | `mean, variance` | before and after |
# | $\omega, \tau$ | `omega, tau` | sum of the weights of a unit, and of their squares |
# | $\alpha, \lambda$ | `alpha, scale` | the constants of SELU |
# | $q$ (DLNN), $1 - p$ (PyTorch) | `1 - rate` | probability that alpha dropout keeps an entry |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, live, meanfield, normalization, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## Two numbers go up through the layers
#
# A unit reads $J$ activations that are independent, all with mean $\mu$ and variance $\nu$. Its pre-activation $s =
# \sum_j w_j x_j$ then has the mean $\omega\mu$ and the variance $\tau\nu$, where $\omega = \sum_j w_j$ and $\tau =
# \sum_j w_j^2$. If $J$ is large, $s$ is nearly normal, and these two numbers are all that there is to know about it.
# So they also determine mean and variance of $a = f(s)$, which the next layer reads: the *moment map* $(\mu, \nu)
# \mapsto (\tilde\mu, \tilde\nu)$, DLNN (10.18), (10.20). It is two Gaussian integrals.
#
# Start with *normalized weights*, $\omega = 0$ and $\tau = 1$. LeCun's initialization has them in the mean: weights of
# mean 0 and variance $1/J$. Here is the variance one layer on for three functions you know, and for SELU:
#
# $$\operatorname{SELU}(s) = \lambda\begin{cases} s & s > 0\\ \alpha\,(e^s - 1) & s \le 0\end{cases}
# \qquad \text{DLNN (10.19)}$$

# %% tags=["covers:selu-fixed-point"]
variances = np.linspace(0.02, 4, 60)
figure, ax = plt.subplots()
ax.plot([0, 4], [0, 4], color=plots.INK, linewidth=1, label="as before")
curves = {}
for name, look in [("selu", "-"), ("relu", "--"), ("tanh", "-."), ("sigmoid", ":")]:
    activation = getattr(layers, name)
    curves[name] = np.array([meanfield.moment_map(activation, 0.0, v)[1] for v in variances])
    ax.plot(variances, curves[name], look, label=name)
ax.set(xlabel="variance $\\nu$", ylabel="variance one layer on $\\tilde\\nu$")
ax.legend()
plots.show(figure, "The variance one layer on against the variance, for four activations")

# %% tags=["covers:selu-fixed-point"]
grows = curves["selu"] > variances
verify.claim("DLNN 10.4, SELU", "small variances grow", grows[variances < 0.99].all())
verify.claim("DLNN 10.4, SELU", "large ones shrink", not grows[variances > 1.01].any())
lost = [(curves[name] < variances).all() for name in ("relu", "tanh", "sigmoid")]
verify.claim("here, the others", "all variances shrink", all(lost))

# %% [markdown]
# A curve below the diagonal takes variance away in each layer. Of the four only SELU crosses it: below 1 it adds,
# above 1 it takes. DLNN names what a function needs for that: values of both signs, saturation that damps, a slope
# above 1 that amplifies, and no jumps.
#
# ## Where they settle
#
# Now mean and variance together. An arrow begins at a place $(\mu, \nu)$ and points toward where the layer sends it. The
# blue path follows one start through the layers; click into the plane to set another one. In the green region the
# *Jacobian*, the matrix of the four derivatives of the map, has a spectral norm below 1: two places there that are
# close to each other are closer one layer on. Try the other functions, and then weights that are not normalized.

# %%
stretch = np.sqrt(meanfield.gain(layers.tanh))  # 1.59, for variance 1 where s ~ N(0, 1)
names = ["selu", "relu", "leaky_relu", "tanh", "sigmoid"]
functions = {name: getattr(layers, name) for name in names}
functions["1.59 tanh"] = lambda s: (stretch * np.tanh(s), None)
z = np.linspace(-6, 6, 241)  # for the arrows a sum will do
density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()


def next_moments(name, mean, variance, omega, tau):
    return meanfield.moment_map(functions[name], mean, variance, omega=omega, tau=tau)


def next_moments_of_many(name, mean, variance, omega, tau):
    a, _ = functions[name](omega * mean[..., None] + np.sqrt(tau * variance)[..., None] * z)
    return a @ density, a**2 @ density - (a @ density) ** 2


# %% tags=["live", "covers:selu-fixed-point"]
live.self_normalization.moment_map(next_moments, next_moments_of_many, functions)

# %% [markdown]
# Whatever the start, with SELU and normalized weights the path jumps to a curve, the mean nearly right after a layer
# or two, and then creeps along it to (0, 1), a fifth of the way each time. DLNN calls a network self-normalizing if
# such a fixed point attracts all of a region $\Omega$ around it (Definition 1). Weights do not stay normalized; the
# fixed point then moves, and more than $\tau$ does. The paper of Klambauer and others (2017) proves that $\omega$
# within ±0.1 and $\tau$ from 0.95 to 1.1 keep the variance between 0.8 and 1.5.


# %% tags=["covers:selu-fixed-point"]
def moments_through(activation, start, depth=400, **weights):
    """Means and variances (depth + 1, 2), layer by layer."""
    track = [start]
    for _ in range(depth):
        track.append(meanfield.moment_map(activation, *track[-1], **weights))
    return np.array(track)


needed = []
for start in [(1, 3), (-1, 0.2), (0.5, 10), (0, 0.05)]:
    far = np.abs(moments_through(layers.selu, start, 60) - [0, 1]).max(axis=1) > 1e-3
    needed.append(int(np.flatnonzero(far)[-1]) + 1)
verify.equation("here, layers until within 0.001 of (0, 1)", needed, [29, 31, 32, 34])
corners = [dict(omega=omega, tau=tau) for omega in (-0.1, 0.1) for tau in (0.95, 1.1)]
ends = np.array([moments_through(layers.selu, (0, 1), **weights)[-1] for weights in corners])
inside = (np.abs(ends[:, 0]) < 0.1).all() and (abs(ends[:, 1] - 1.15) < 0.35).all()
verify.claim("Klambauer et al. 2017", "at the four corners the fixed point is in Omega", inside)

# %% [markdown]
# What of the others? DLNN says that sigmoid, tanh, leaky ReLU, and ReLU, scaled or not, cannot do it. Right: tanh, as
# it is, cannot even have variance 1, because its values lie between −1 and 1. But stretch it by 1.59, and it meets all
# four conditions, and (0, 1) attracts, faster than with SELU. So the conditions are what counts, not the exponential.
# On the way back ([mean field theory](../ch08_initialization/02_mean_field_theory.ipynb)) a layer multiplies the
# squared deltas by $\mathrm{E}[f'(s)^2]$: 1.07 for SELU, which saturates on one side only, and 1.18 for 1.59 tanh.

# %% tags=["covers:selu-fixed-point"]
for name, activation in functions.items():
    mean, variance = moments_through(activation, (0.5, 2.0))[-1]
    settled = abs(mean) < 1e-6 and abs(variance - 1) < 1e-6
    right = settled == (name in ("selu", "1.59 tanh"))
    verify.claim(name, f"{'settles' if settled else 'does not settle'} at (0, 1)", right)


def scaled_relu(s):
    return np.sqrt(2 / (1 - 1 / np.pi)) * np.maximum(s, 0), None  # keeps any variance


track = moments_through(scaled_relu, (0.0, 2.0), 20)
verify.equation("a scaled ReLU keeps the variance it gets", track[1:, 1], 2.0)
verify.claim("a scaled ReLU", "never has mean 0", (track[1:, 0] > 0.5).all())
back = [meanfield.chi(layers.selu, 1.0), stretch**2 * meanfield.chi(layers.tanh, 1.0)]
verify.equation("E[f'(Z)²] of SELU and of 1.59 tanh", back, [1.0716, 1.1778], tolerance=1e-4)

# %% [markdown]
# ## The integrals
#
# For SELU the integrals can be done by hand. Let $S \sim N(m, v)$, $m = \omega\mu$ and $v = \tau\nu$, and split at the
# kink. With $\Phi(x) = \frac12\operatorname{erfc}(-x/\sqrt2)$, the distribution function of the normal distribution,
# and its density $\varphi$ ($\operatorname{erfc}$ keeps its digits far out on the left, where $1 + \operatorname{erf}$ has lost them):
#
# - $\mathrm{E}[e^{kS};\, S \le 0] = e^{km + k^2v/2}\;\Phi\!\left(-\frac{m + kv}{\sqrt v}\right)$; with $k = 0$ it is
#   $P(S \le 0)$. (Complete the square in the exponent.)
# - $\mathrm{E}[S;\, S > 0] = m\,P(S > 0) + \sqrt v\;\varphi(m/\sqrt v)$
# - $\mathrm{E}[S^2;\, S > 0] = (m^2 + v)\,P(S > 0) + m\sqrt v\;\varphi(m/\sqrt v)$
#
# A notation like $\mathrm{E}[g(S);\, S > 0]$ means that only $S > 0$ counts and the rest contributes 0.

# %% tags=["covers:selu-moment-map"]
import math

m, v, kinks = 0.3, 1.7, {}
at_kink = math.exp(-(m**2) / (2 * v)) / math.sqrt(2 * math.pi)
for k in (0, 1, 2):
    kinks[k] = math.exp(k * m + k**2 * v / 2) * math.erfc((m + k * v) / math.sqrt(2 * v)) / 2
    quadrature = meanfield.expectation(lambda s, k=k: np.exp(k * s) * (s <= 0), m, v)
    verify.equation(f"E[exp({k} S); S <= 0]", kinks[k], quadrature)
first = m * (1 - kinks[0]) + math.sqrt(v) * at_kink
verify.equation("E[S; S > 0]", first, meanfield.expectation(lambda s: s * (s > 0), m, v))
second = (m**2 + v) * (1 - kinks[0]) + m * math.sqrt(v) * at_kink
verify.equation("E[S²; S > 0]", second, meanfield.expectation(lambda s: s**2 * (s > 0), m, v))


# %% [markdown]
# ### Exercise 1 · the moment map in closed form
#
# Put them together. The result is DLNN (10.21) and (10.22), which look worse than they are. Stuck?
# `hint(selu_moments)`, in a cell of your own, helps.


# %% tags=["exercise:selu_moments"]
def selu_moments(mean, variance, omega, tau, alpha, scale):
    """(mean, variance) of a = scale s for s > 0, else scale alpha (exp(s) - 1), one layer on.

    The inputs have `mean` and `variance`;  omega, tau: the sum of a unit's weights and of their
    squares;  s is normal.  Six numbers, returns two, right to seven digits.  By hand, with NumPy
    alone (and math.erfc).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:selu_moments"]
check(selu_moments)

# %% tags=["covers:selu-moment-map"]
closed, constants = use(selu_moments), (layers.SELU_ALPHA, layers.SELU_LAMBDA)
known = {  # computed apart from this book
    (0.1, 1.5, 0.1, 1.1): (0.0677251, 1.48157496),
    (-0.3, 0.7, 0.5, 0.95): (-0.18181303, 0.69169968),
    (1, 2, 0.3, 1.2): (0.39557731, 2.15133676),
}
for (mean, variance, omega, tau), numbers in known.items():
    exact = closed(mean, variance, omega, tau, *constants)
    summed = meanfield.moment_map(layers.selu, mean, variance, omega=omega, tau=tau)
    verify.equation(f"DLNN (10.21), (10.22) at {mean}, {variance}: quadrature", exact, summed)
    verify.equation("    and numbers known before", exact, numbers, tolerance=1e-8)

# %% [markdown]
# ## Two equations, two constants
#
# Now ask for $(0, 1) \mapsto (0, 1)$ with normalized weights, so that $s \sim N(0, 1)$. The first equation, mean 0,
# does not contain $\lambda$, and is linear in $\alpha$: what the right half brings in, $\mathrm{E}[S;\, S > 0]$, the
# left half must take out, $\alpha\,\mathrm{E}[1 - e^S;\, S \le 0]$. The second one, variance 1, then gives
# $\lambda^2$. Both constants come out to all the digits a machine has; DLNN prints 1.6733 and 1.0507.

# %% tags=["covers:selu-constants"]
right = meanfield.expectation(lambda s: np.maximum(s, 0))
left = meanfield.expectation(lambda s: -np.expm1(np.minimum(s, 0)))
alpha = right / left
square = meanfield.expectation(lambda s: layers.elu(s, alpha=alpha)[0] ** 2)
scale = 1 / np.sqrt(square)
verify.equation("alpha_01", alpha, 1.6732632423543772, tolerance=1e-15)
verify.equation("lambda_01", scale, 1.0507009873554805, tolerance=1e-15)
verify.equation("    the constants of the package", [alpha, scale], constants, tolerance=1e-15)

half = math.erfc(1 / math.sqrt(2)) * math.sqrt(math.e)
exact = math.sqrt(2 / math.pi) / (1 - half)
verify.equation("    alpha as one expression", exact, 1.6732632423543778, tolerance=1e-15)

# %% [markdown]
# (Compare constants to 15 digits, not to 16. With thirty digits $\alpha_{01}$ is 1.67326324235437728481704299167,
# which rounds to ...3773; the number nearest to it that a machine has is printed as ...3772, and the one expression
# comes out as ...3778, because $1 - 0.52$ costs a digit.)
#
# ### Exercise 2 · constants for another fixed point
#
# Nothing is special about variance 1. Find $\alpha$ and $\lambda$ with which $(0, \nu)$ is the fixed point.


# %% tags=["exercise:selu_constants"]
def selu_constants(variance):
    """(alpha, lambda) for which mean 0 and `variance` are a fixed point, with omega 0 and tau 1.

    a = lambda s for s > 0, else lambda alpha (exp(s) - 1), both numbers positive, right to seven
    digits.  By hand, with NumPy alone (and math.erfc).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:selu_constants"]
check(selu_constants)

# %% tags=["covers:selu-constants"]
solve = use(selu_constants)
for variance in (0.25, 1.0, 4.0):
    fixed = closed(0.0, variance, 0.0, 1.0, *solve(variance))
    verify.equation(f"(0, {variance:g}) is a fixed point", fixed, [0, variance])

# %% tags=["covers:selu-constants"]
s, grid = np.linspace(-5, 3, 200), np.geomspace(0.05, 16, 40)
figure, (ax, other) = plt.subplots(1, 2, figsize=(8, 3.5))
for variance, look in [(0.25, "-."), (1.0, "-"), (4.0, "--")]:
    alpha, scale = solve(variance)
    ax.plot(s, scale * layers.elu(s, alpha=alpha)[0], look, label=f"$\\nu = {variance:g}$")
alphas, scales = np.transpose([solve(variance) for variance in grid])
other.plot(grid, alphas, label="$\\alpha$")
other.plot(grid, scales, "--", label="$\\lambda$")
ax.set(xlabel="$s$", ylabel="$a$")
other.set(xlabel="variance of the fixed point $\\nu$", ylabel="constant", xscale="log")
for each in (ax, other):
    each.legend()
plots.show(figure, "SELUs for three fixed points, and the two constants for all of them")


# %% [markdown]
# A larger variance wants a deeper floor on the left: what the right half brings in grows with $\sqrt\nu$, what the left half
# takes out is bounded by its floor. The slope on the right hardly changes: it is a little above 1 always.
#
# ## Why it attracts
#
# A fixed point attracts if a small deviation shrinks, so look at the derivatives of the map there. They need no
# derivative of $f$, and so do not mind its kink. The density of $N(m, v)$ is what depends on $m$ and $v$, and
# differentiating it gives
#
# $$\frac{\partial\,\mathrm{E}[g(S)]}{\partial m} = \mathrm{E}\!\left[g(S)\,\frac{S - m}{v}\right], \qquad
# \frac{\partial\,\mathrm{E}[g(S)]}{\partial v} = \mathrm{E}\!\left[g(S)\,\frac{1}{2v}\left(\frac{(S - m)^2}{v} - 1\right)\right].$$
#
# The moment map is made of $\mathrm{E}[f(S)]$ and $\mathrm{E}[f(S)^2]$, with $m = \omega\mu$ and $v = \tau\nu$.
#
# ### Exercise 3 · the Jacobian
#
# `meanfield.quadrature` hands out nodes and weights, and `weights @ g` is then $\mathrm{E}[g(S)]$. That is all you
# need.


# %% tags=["exercise:moment_map_jacobian"]
def moment_map_jacobian(s, weights, a, mean, variance, omega, tau):
    """The Jacobian (2, 2) of (mean, variance) one layer on by (mean, variance), in this order.

    s (n,), weights (n,): nodes with which weights @ g(s) is E[g(S)], S ~ N(mean * omega, variance *
    tau);  a = f(s) (n,), the activations there;  four numbers.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:moment_map_jacobian"]
check(moment_map_jacobian)

# %% tags=["covers:selu-fixed-point"]
jacobian = use(moment_map_jacobian)


def jacobian_at(mean, variance, omega=0.0, tau=1.0, activation=layers.selu):
    s, weights = meanfield.quadrature(mean * omega, variance * tau)
    return jacobian(s, weights, activation(s)[0], mean, variance, omega, tau)


J = jacobian_at(0.0, 1.0)
verify.equation("DLNN (10.23)", J, [[0, 0.0888348], [0, 0.7826479]], tolerance=1e-6)
verify.equation("    its spectral norm", np.linalg.norm(J, 2), 0.787673, tolerance=1e-6)
both = [meanfield.moment_map(layers.selu, 0.0, 1 + side * 1e-5) for side in (1, -1)]
verify.equation("    by differences", J[:, 1], np.subtract(*both) / 2e-5, tolerance=1e-8)
norms = [np.linalg.norm(jacobian_at(0.0, v), 2) for v in (1.0, 0.5, 0.1)]
verify.claim("DLNN (10.23)", "no contraction at variance 0.1", norms[0] < norms[1] < 1 < norms[2])

# %% [markdown]
# The first column is 0, because with $\omega = 0$ no mean is handed on. A deviation of the variance comes back as 0.78
# of itself: $0.78^{28} \approx 0.001$, the 29 layers you counted. Close to variance 0 the norm exceeds 1, and yet the
# paths come home: the contraction holds around the fixed point, as DLNN says, not everywhere.
#
# *A good place to begin the second sitting.*
#
# ## Thirty-two layers
#
# So far there was no network. Here is one: 32 layers of 512 units (DLNN Fig 10.7 has five), drawn at random once, on real
# data: a table that comes with scikit-learn, 569 tumors with 30 features, each standardized. The same weights serve five
# networks: LeCun's, and for one of them He's, $\sqrt2$ times LeCun's.

# %% tags=["covers:self-normalising-network"]
x, y = datasets.breast_cancer()
x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
nets = {"SELU": (layers.selu, 1), "tanh": (layers.tanh, 1), "ReLU": (layers.relu, 1)}
nets["ReLU, He"] = layers.relu, 2
nets["batch norm, ReLU"] = lambda s: layers.relu(normalization.standardize(s, axes=0)[0]), 1
a, rng = dict.fromkeys(nets, x[:64]), np.random.default_rng(1)
moments = {name: [] for name in nets}
for fan_in in [30] + 31 * [512]:
    W = rng.standard_normal((512, fan_in), dtype="float32")
    for name, (activation, gain) in nets.items():
        a[name], _ = activation(a[name] @ W.T * np.float32(np.sqrt(gain / fan_in)))
        moments[name].append((a[name].mean(), a[name].var()))

# %% tags=["covers:self-normalising-network"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6))
axes[1].axhspan(0.8, 1.2, color=plots.BLUE, alpha=0.2, linewidth=0)
for (name, track), look in zip(moments.items(), ["-o", "-.", "--", "-s", ":"], strict=True):
    for ax, values in zip(axes, np.transpose(track), strict=True):
        ax.plot(range(1, 33), values, look, markersize=3, label=name)
axes[0].set(xlabel="layer", ylabel="mean")
axes[1].set(xlabel="layer", ylabel="variance", yscale="log", ylim=(1e-3, 3))
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
plots.show(figure, "Mean and variance of the activations in each of 32 layers, for five networks")

# %% tags=["covers:self-normalising-network"]
mean, variance = np.transpose(moments["SELU"])
within = ((0.8 < variance) & (variance < 1.2)).all()
verify.claim("here, SELU", "the variance is in [0.8, 1.2] in all 32 layers", within)
verify.claim("here, SELU", "the mean stays within 0.1 of 0", (np.abs(mean) < 0.1).all())
normed, half = np.array(moments["batch norm, ReLU"])[:, 1], 1 / 2 - 1 / (2 * np.pi)
near = (abs(normed - half) < 0.05).all()
verify.claim("here, batch norm", "it keeps the variance of max(0, Z), 1/2 - 1/(2 pi)", near)

# %% [markdown]
# The SELU network walks inside the band. Tanh loses its variance like one over the depth, ReLU half of it in each
# layer. He's weights keep the mean square of a ReLU network, but never bring the mean to 0, and what chance has added
# or taken stays: nothing pulls back. Batch norm also holds still, by force: it looks at the data in each layer. SELU
# looks at nothing; it relies on the weights.
#
# ## In training
#
# Batch norm standardizes with the mean and the variance of a mini-batch, and these are noise. DLNN Fig 10.4 compares
# training curves of 8, 16 and 32 layers on MNIST and CIFAR-10: those with batch norm are rough. Here is the same in
# small, 64 units a layer, on 448 tumors, both kinds with the same learning rate.

# %% tags=["covers:snn-versus-batch-norm"]
from functools import partial

from dlnotes import initialization, losses, optimizers, training


def deep_network(kind, depth, width=64):
    """Layers and parameters: SELU and LeCun's weights, or (batch norm and) ReLU and He's."""
    snn, norm = kind == "self-normalizing", kind.startswith("batch norm")
    sizes, init = (30, *depth * [width], 2), initialization.lecun if snn else initialization.he
    start = initialization.mlp(np.random.default_rng(depth), *sizes, init=init)
    between = norm * [normalization.batch_norm] + [layers.selu if snn else layers.relu]
    own = norm * [normalization.neutral(width)] + [()]
    params = [part for pair in start[:-1:2] for part in (pair, *own)]
    return [layers.linear, *between] * depth + [layers.linear], (*params, start[-1])


# %% tags=["covers:snn-versus-batch-norm"]
kinds, depths, found, rough = ["self-normalizing", "batch norm, ReLU"], (8, 16, 32), {}, {}
data, rule = (x[:448].astype(float), y[:448]), partial(optimizers.sgd, lr=0.01)
for depth in depths:
    for kind in kinds:
        parts, start = deep_network(kind, depth)
        net, order = layers.chain(*parts), np.random.default_rng(1)
        run = training.steps(net, losses.cross_entropy, start, data, rule, rng=order, epochs=5)
        risks = []
        for row, params in run:
            risks.append(row["risk"])
            trained = params
        found[kind, depth] = np.array(risks), trained

# %% tags=["covers:snn-versus-batch-norm"]
figure, axes = plt.subplots(1, 3, figsize=(8, 3.2), sharey=True)
for ax, depth in zip(axes, depths, strict=True):
    for kind, look in zip(kinds, ["-", "--"], strict=True):
        risks = found[kind, depth][0]
        ax.plot(range(1, len(risks) + 1), risks, look, linewidth=1.3, label=kind)
        rough[kind, depth] = np.std(np.diff(risks[len(risks) // 2 :]))
    ax.set(title=f"{depth} layers", xlabel="step", ylabel="risk", ylim=(0, 1.4))
figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
plots.show(figure, "Risk of the mini-batches in training at 8, 16 and 32 layers, for two networks")
for kind in kinds:
    steps = ", ".join(f"{rough[kind, depth]:.2f} ({depth} layers)" for depth in depths)
    print(f"{kind}: from step to step the risk changes by {steps}")

# %% [markdown]
# The self-normalizing curves are smoother and come down sooner; at 32 layers the other network has hardly begun. Three
# grains of salt: a lower risk also has less room to be rough; with a larger learning rate, or with shortcuts around
# its layers, batch norm does better than here; and these are curves of one seed.
#
# ## After training
#
# Do the activations stay normalized while the weights change? Train the wide networks, 32 layers of 512 units: SELU, batch
# norm, and ReLU with He's weights alone, from one start each, once through the 448 tumors in seven steps at a rate of 0.002.


# %% tags=["covers:self-normalising-network"]
def variance_by_layer(parts, params, x):
    """The variance of the activations of each hidden layer."""
    variances = []
    for part, own, following in zip(parts[:-1], params[:-1], parts[1:], strict=True):
        x, _ = part(x, own)
        variances += [x.var()] if following is layers.linear else []
    return np.array(variances)


# %% tags=["covers:self-normalising-network"]
from collections import deque

wide, right, few = {}, {}, (x[:448], y[:448])
for kind in [*kinds, "ReLU"]:
    parts, start = deep_network(kind, 32, width=512)
    start = tuple(tuple(np.float32(each) for each in own) for own in start)  # it is faster so
    net, rule = layers.chain(*parts), partial(optimizers.sgd, lr=0.002)
    order = np.random.default_rng(1)
    run = training.steps(net, losses.cross_entropy, start, few, rule, rng=order, batch=64, epochs=1)
    ((row, trained),) = deque(run, maxlen=1)  # the last step
    wide[kind] = [variance_by_layer(parts, params, x[:128]) for params in (start, trained)]
    right[kind] = losses.accuracy(net(x[448:], trained)[0], y[448:])

# %% tags=["covers:self-normalising-network"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
for ax, when in zip(axes, (0, 1), strict=True):
    ax.axhspan(0.8, 1.2, color=plots.BLUE, alpha=0.2, linewidth=0)
    for (kind, both), look in zip(wide.items(), ["-o", ":", "-s"], strict=True):
        ax.plot(range(1, 33), both[when], look, markersize=3, label=kind)
    ax.set(title=["at the start", f"after {row['step']} steps"][when], ylim=(0, 1.6))
    ax.set(xlabel="layer", ylabel="variance")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
plots.show(
    figure, "Variance of the activations in 32 layers before and after training, three networks"
)

# %% tags=["covers:self-normalising-network"]
for when, variances in zip(
    ("at the start", "after training"), wide["self-normalizing"], strict=True
):
    within = ((0.8 < variances) & (variances < 1.2)).all()
    verify.claim(f"SELU {when}", "all 32 variances are in [0.8, 1.2]", within)
snn = right["self-normalizing"]
verify.claim("here", "SELU has more than 90 % of 121 new tumors right", snn > 0.9)
others = max(share for kind, share in right.items() if kind != "self-normalizing")
verify.claim("here", "and each of the others fewer, so far", others < snn)

# %% [markdown]
# SELU is inside the band before and after, and has learned what the two others have hardly begun. Batch norm holds still as well,
# at its own variance. ReLU has what chance gave it at the start, and nothing brings it back.
#
# The narrow networks of the curves do not stay in the band. After their last step:


# %% tags=["covers:self-normalising-network"]
def passed_on(depth, params):
    """By layer: variance of the activations; tau; E[s^2] as a part of tau E[x^2]."""
    parts, _ = deep_network("self-normalizing", depth)
    outputs, _ = layers.trace(parts, params, data[0], losses.cross_entropy, data[1])
    tau = np.array([(W**2).sum(axis=1).mean() for W, _ in params[:-1:2]])
    squares = np.array([np.mean(each**2) for each in outputs[: 2 * depth]])
    return [each.var() for each in outputs[2:-1:2]], tau, squares[1::2] / (tau * squares[::2])


for depth in depths:
    _, start = deep_network("self-normalizing", depth)
    then, now = passed_on(depth, start), passed_on(depth, found["self-normalizing", depth][1])
    spans = [f"{min(one[0]):.1f} to {max(one[0]):.1f}" for one in (then, now)]
    print(f"{depth:2} layers: variances {spans[0]} at the start, {spans[1]} after training")
verify.claim("32 layers", "tau stays within 0.02 of itself", np.abs(now[1] - then[1]).max() < 0.02)
more = now[2].mean() / then[2].mean()
verify.claim("32 layers", "E[s²] gets larger as a part of tau E[x²]", 1.04 < more < 1.15)

# %% [markdown]
# With 64 units, chance moves each layer by more, before training already. Then they drift upward, and stay within a factor of 2.
# Which assumption gave way? Not $\tau = 1$: the weights have hardly
# moved. But they moved together, toward directions in which the activations of the layer below go up and down together,
# and then $\operatorname{Var}(s) = \tau\nu$ no longer holds. It is a few percent too much in each layer, as if
# $\tau$ were that much larger, and you saw what the fixed point makes of a few percent.
#
# ## Is a pre-activation normal?
#
# The map takes for granted that $s$ is normal. By the central limit theorem a sum of many independent terms nearly is.
# Look at the second layer of the trained network of 8 layers, all units and samples together, with a kernel density
# estimate as in DLNN Fig 10.5 (on Tox21, a table of chemical compounds): a small normal density on each of the values, added up.

# %% tags=["covers:preactivation-normality"]
parts, start = deep_network("self-normalizing", 8)
place = np.linspace(-4, 4, 161)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.3), sharey=True)
moments_of = {"at the start": start, "after training": found["self-normalizing", 8][1]}
for ax, (when, params) in zip(axes, moments_of.items(), strict=True):
    inputs, _ = layers.trace(parts, params, *data[:1], losses.cross_entropy, data[1])
    s = inputs[3].ravel()[::4]
    width = 1.06 * s.std() * len(s) ** -0.2
    bumps = np.exp(-(((place[:, None] - s) / width) ** 2) / 2)
    ax.plot(place, bumps.mean(axis=1) / (width * np.sqrt(2 * np.pi)), label="pre-activations")
    normal = np.exp(-((place - s.mean()) ** 2) / (2 * s.var())) / np.sqrt(2 * np.pi * s.var())
    ax.plot(place, normal, "--", color=plots.INK, label="normal")
    ax.set(title=when, xlabel="pre-activation $s$, second layer", ylabel="density")
figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
plots.show(figure, "Densities of pre-activations before and after training, and normal densities")

# %% [markdown]
# Close to normal, with a higher middle and longer tails. One reason is not the network's: the tumors differ in size,
# and send vectors of different lengths up. Bring each one to the same length, and the fourth moment tells that most of
# the tails is gone.

# %% tags=["covers:preactivation-normality"]
outputs, _ = layers.trace(parts, start, data[0], losses.cross_entropy, data[1])
s = outputs[3]
alike = s / np.sqrt((s**2).mean(axis=1, keepdims=True))
tails = [np.mean(each**4) / np.mean(each**2) ** 2 for each in (s, alike)]
print(f"E[s^4] / E[s^2]^2: {tails[0]:.1f}; all tumors of one length: {tails[1]:.1f}; normal: 3")
verify.claim("here", "the long tails are those of the data", tails[0] > 5 and tails[1] < 3.3)

# %% [markdown]
# How close can it be? Take one unit whose $J$ inputs are SELUs of independent standard normal
# numbers. Its distribution can be computed: the characteristic function of a sum is a product, $\prod_j\chi(w_j t)$,
# and an integral gives the distribution function back. The largest gap to the normal one is the Kolmogorov-Smirnov
# distance. Berry and Esseen bound it by a constant times $J^{-1/2}$.

# %% tags=["covers:preactivation-normality"]
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

s, weights = meanfield.quadrature()
frequencies = np.linspace(0, 8, 401)
waves = np.exp(1j * np.multiply.outer(frequencies, layers.selu(s)[0]))
characteristic = CubicSpline(frequencies, waves @ weights)
t = 0.04 * (np.arange(200) + 0.5)


def distance_to_normal(w):
    """The largest gap between the distribution functions of sum w_j SELU(Z_j) and N(0, 1)."""
    chi = characteristic(np.multiply.outer(np.abs(w), t))
    product = np.prod(np.where(w[:, None] > 0, chi, chi.conj()), axis=0)
    waves = np.exp(-1j * np.multiply.outer(place, t)) * product
    return np.abs(0.5 - (waves / t).imag.sum(axis=1) * 0.04 / np.pi - ndtr(place)).max()


# %% tags=["covers:preactivation-normality"]
J, draws, gaps = 2 ** np.arange(2, 9), np.random.default_rng(5), {}
gaps["equal weights"] = [distance_to_normal(np.full(j, j**-0.5)) for j in J]
drawn = [draws.normal(size=(8, j)) for j in J]
units = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in drawn]
gaps["normal weights"] = [np.mean([distance_to_normal(w) for w in each]) for each in units]

# %% tags=["covers:preactivation-normality"]
figure, ax = plt.subplots()
for (name, gap), look, slope in zip(gaps.items(), ["-o", "--s"], [-0.5, -1.0], strict=True):
    ax.plot(J, gap, look, label=name)
    fitted = np.polyfit(np.log(J), np.log(gap), 1)[0]
    verify.equation(f"here, {name}: slope {slope}", fitted, slope, tolerance=-slope / 5)
ax.set(xscale="log", yscale="log", xlabel="inputs $J$", ylabel="distance to the normal")
ax.legend()
plots.show(figure, "Distance to a normal distribution over the number of inputs")

# %% [markdown]
# With equal weights the slope is that of the bound, −½. Weights of both signs do better from some twenty inputs on, with a
# slope of about −1: what is skew in one term is skew the other way in another. At 256 inputs their distance is below one thousandth. Independence is the
# weaker part of the argument: the activations of a layer all read the same inputs.
#
# ## Alpha dropout
#
# Dropout sets entries to 0 and scales up the others. For a SELU network 0 is nothing special, and the variance grows:
# by how much a kept entry is scaled. *Alpha dropout* sets entries to the value that a silent SELU has, $\alpha' =
# -\lambda\alpha = -1.7581$, and repairs mean and variance of the whole by $a\,x + b$. If $x$ has mean $\mu$ and
# variance $\nu$, then before the repair, DLNN 10.4 with $q = 1 - \text{rate}$,
#
# $$\mathrm{E} = q\,\mu + (1 - q)\,\alpha', \qquad \mathrm{Var} = q\,\bigl((1 - q)(\alpha' - \mu)^2 + \nu\bigr).$$
#
# ### Exercise 4 · what has to be put right
#
# DLNN prints $a$ and $b$ for $\mu = 0$, $\nu = 1$ alone. Find them for any two.


# %% tags=["exercise:alpha_dropout_affine"]
def alpha_dropout_affine(rate, mean, variance, low):
    """(a, b), a > 0, with which a (x d + low (1 - d)) + b has the mean and the variance of x.

    d is 0 with probability `rate`, else 1, independent of x;  mean, variance, of x;  low, what a
    dropped entry becomes.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:alpha_dropout_affine"]
check(alpha_dropout_affine)

# %% tags=["covers:alpha-dropout"]
low = -layers.SELU_LAMBDA * layers.SELU_ALPHA
a, _ = layers.selu(np.random.default_rng(0).normal(size=100_000))
noise = np.random.default_rng(1)
y, _ = normalization.alpha_dropout(a, rng=noise, rate=0.1)
verify.equation("DLNN 10.4, the mean of SELUs stays 0", y.mean(), 0, tolerance=0.02)
verify.equation("    their variance 1", y.var(), 1, tolerance=0.02)
y, _ = normalization.dropout(a, rng=noise, rate=0.1)
verify.equation("    with dropout it is 1 / q", y.var(), 1 / 0.9, tolerance=0.02)

# %% tags=["covers:alpha-dropout"]
affine = use(alpha_dropout_affine)
verify.equation("DLNN 10.4, alpha'", low, -1.7580993, tolerance=1e-7)
known = {0.05: (0.954844, 0.083936), 0.1: (0.921285, 0.161971), 0.5: (0.886405, 0.779194)}
for rate, pair in known.items():
    verify.equation(f"DLNN 10.4, rate {rate}", affine(rate, 0.0, 1.0, low), pair, tolerance=1e-6)

# %% [markdown]
# A ninth more, once: is that much? Send it through sixteen layers, with a rate of 0.1 behind each, and remember what a
# fixed point does with a deviation that is added again in every layer.

# %% tags=["covers:alpha-dropout"]
ways = {"alpha dropout": normalization.alpha_dropout, "dropout": normalization.dropout}
tracks, draws = {name: [] for name in ways}, np.random.default_rng(2)
signal = dict.fromkeys(ways, draws.normal(size=(100, 256)))
for _ in range(16):
    W = draws.normal(size=(256, 256)) / 16
    for name, drop in ways.items():
        signal[name], _ = drop(layers.selu(signal[name] @ W.T)[0], rng=noise, rate=0.1)
        tracks[name].append(signal[name].var())
figure, ax = plt.subplots()
ax.axhline(1, color=plots.INK, linewidth=0.8)
for (name, track), look in zip(tracks.items(), ["-o", "--s"], strict=True):
    ax.plot(range(1, 17), track, look, label=name)
ax.set(xlabel="layer", ylabel="variance of what is handed on", ylim=(0, None))
ax.legend()
plots.show(figure, "The variance over sixteen SELU layers with alpha dropout and with dropout")

# %% [markdown]
# Alpha dropout leaves the network where it belongs. Dropout moves its fixed point, far more than by a ninth: with $q$, each layer
# makes $\nu/q + \mu^2(1/q - 1)$ of the variance $\nu$, and the map takes back only a fifth of it.

# %% tags=["covers:alpha-dropout"]
mean, variance = 0.0, 1.0
for _ in range(16):
    mean, variance = meanfield.moment_map(layers.selu, mean, variance)
    variance = variance / 0.9 + mean**2 * (1 / 0.9 - 1)
ends = {name: track[-1] for name, track in tracks.items()}
verify.equation("the map with dropout, after 16 layers", variance, 1.5978, tolerance=1e-4)
verify.equation("here, the network with dropout", ends["dropout"], variance, tolerance=0.1)
verify.equation("here, with alpha dropout", ends["alpha dropout"], 1, tolerance=0.1)

# %% [markdown]
# ## The same in PyTorch
#
# `SELU`, `AlphaDropout`, and a trap. PyTorch counts 3/4 as the gain of SELU, a factor of the standard deviation.
# Weights drawn with it have $\tau = 9/16$. That is meant to be steadier in training; but (0, 1) is then no fixed point. The
# activations do not die out, either: near 0 a SELU is a line with a kink, and such a layer still multiplies a small variance by
# 1.135. So they settle, at a variance of 0.027. For a self-normalizing network take `nonlinearity="linear"`.

# %%
import torch

parts, start = deep_network("self-normalizing", 8)
modules = [part for _ in range(8) for part in (torch.nn.Linear(64, 64), torch.nn.SELU())]
net = torch.nn.Sequential(torch.nn.Linear(30, 64), *modules[1:], torch.nn.Linear(64, 2)).double()
with torch.no_grad():
    for module, pair in zip(net[::2], start[::2], strict=True):
        module.weight[:], module.bias[:] = map(torch.tensor, pair)
torch.nn.functional.cross_entropy(net(torch.tensor(data[0])), torch.tensor(data[1])).backward()
scores, back = layers.chain(*parts)(data[0], start)
_, grads = back(losses.cross_entropy(scores, data[1])[1])
verify.equation("PyTorch, the network", scores, net(torch.tensor(data[0])).detach().numpy())
theirs = np.concatenate([part.grad.numpy().ravel() for part in net.parameters()])
verify.equation("PyTorch, its gradient", optimizers.vector(grads), theirs)

# %%
torch.manual_seed(0)
found_values = torch.nn.AlphaDropout(0.1)(torch.full((1000,), 0.5).double()).unique().numpy()
a, b = affine(0.1, 0.0, 1.0, low)
verify.equation("PyTorch, AlphaDropout", found_values, [a * low + b, a * 0.5 + b], tolerance=1e-6)

# %%
gain = torch.nn.init.calculate_gain("selu")
small, stays = (moments_through(layers.selu, (0, 1), tau=tau)[-1] for tau in (gain**2, 1.0))
verify.equation("PyTorch's gain 3/4: a fixed point", small, [-0.0284181, 0.0267643], tolerance=1e-6)
kink = (1 + constants[0] ** 2) / 2 - (1 - constants[0]) ** 2 / (
    2 * np.pi
)  # of s for s > 0, else alpha s
_, slope = np.array(meanfield.moment_map(layers.selu, 0.0, 1e-10, tau=gain**2)) / 1e-10
verify.equation(
    "    what it makes of a small variance",
    slope,
    gain**2 * constants[1] ** 2 * kink,
    tolerance=1e-4,
)
verify.claim("PyTorch's gain 3/4", "small variances grow", slope > 1)
verify.equation("PyTorch, with gain 1 it stays", stays[1], 1)

# %% [markdown] tags=["question:ch09.self_normalization.recipe"]
# ### In your own words
#
# A colleague likes SELU and builds a network: He's initialization, ordinary dropout at a rate of 0.5, inputs as they
# come (ages, incomes, blood pressures), 20 units in each of 30 layers, and a shortcut $x \mapsto x + \text{layer}(x)$
# around each, as in [residual networks](../ch05_convolution/08_landmark_architectures_from_googlenet.ipynb). "It normalizes
# itself," he says. Which assumption does each of his choices break, and what would the moment map say about it? Which of them
# might still do no harm?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Mean and variance of a wide layer follow a map of two numbers. With SELU and normalized weights ($\omega = 0$,
#   $\tau = 1$) (0, 1) is a fixed point that attracts, a fifth of the way in each layer.
# - $\alpha$ solves mean 0, which is linear; $\lambda$ then solves variance 1. Any variance has its pair.
# - What a function needs: both signs, damping, a slope above 1, no jumps. ReLU, sigmoid and tanh lack one of them;
#   1.59 tanh does not.
# - The normalization comes from the weights and the width, not from looking at the data: LeCun's variance $1/J$, wide
#   layers, standardized inputs, alpha dropout.
#
# ## Where the books differ
#
# - DLNN calls the map $h$ and $g$, the pre-activation $s$ and, inside the density of (10.20), $z$. "$n$ times the
#   second moment" and $1/n$ are $J$ times and $1/J$; "activation $y$" is $a$; for LeCun's weights see (9.5) in 9.2.1,
#   not 9.3.2.
# - DLNN writes $N(\mu\omega, \sqrt{\nu\tau})$ with a standard deviation, where its chapters 3 and 9 put a variance.
#   Read it as a variance, and (0, 1) is still a fixed point, so it does not show, but elsewhere the map is another one
#   (checked below).
# - DLNN says that tanh units cannot be self-normalizing. As they are they cannot; stretched, they settle at (0, 1), as you saw.
# - MEDL and PyTorch have SELU as one of a list of activations, without the condition on the weights.

# %%
as_variance = [meanfield.moment_map(layers.selu, 0.0, v**0.5)[1] for v in (1.0, 1.5)]
as_std = [meanfield.moment_map(layers.selu, 0.0, v)[1] for v in (1.0, 1.5)]
verify.equation("DLNN 10.4, both readings agree at (0, 1)", as_variance[0], as_std[0])
verify.claim("DLNN 10.4", "elsewhere they do not", as_std[1] - as_variance[1] > 0.1)

# %% [markdown]
# **Next:** the signal keeps its size now, through any number of layers. Through any number of *time steps* it must
# pass in recurrent networks, where all layers have the same weights.
