# %% [markdown]
# # Output units
#
# A network need not answer with a number: let it answer with a probability distribution, and the loss follows by itself.
#
# **After this notebook you can**
#
# - choose the loss that belongs to an output, and say why then the delta is *answer minus target*;
# - let a network say how unsure it is, at every input anew;
# - let it give several answers at once, each with its probability.
#
# 55 minutes in two sittings, 35 for the text and 20 for the exercises · the break is before *Several answers at once* ·
# before this: [The multilayer perceptron](02_multilayer_perceptron.ipynb), [Softmax regression](../ch02_single_layer_networks/04_softmax_regression.ipynb)
#
# DLNN 4.6.2 (Table 4.1), A.2 · GBC 6.2.1, 6.2.2 · Strang – · EE147 Output Activations · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $\boldsymbol\omega = f(\mathbf{x};\boldsymbol\theta)$ (GBC) | `output` | what the last linear layer gives: the parameters of a distribution, raw |
# | $\delta$ | `delta` | derivative of the loss by the raw output |
# | $\beta = 1/\sigma^2$ | `beta` | precision: one over the variance |
# | $\zeta$ | softplus | $\log(1 + e^a)$, which makes a raw output positive |
# | $p(c = i \mid \mathbf{x})$ | gate | weight of a component of a mixture |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import densities, initialization, layers, live, losses, optimizers, plots, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(5)

# %% [markdown]
# ## One rule for all losses
#
# Say what you believe about $y$ once you have seen $\mathbf{x}$, as a distribution $p(y \mid \mathbf{x})$ whose parameters
# the network computes. The loss is $-\log p$ of what really came (GBC 6.2.1.1). A normal distribution around the output
# gives the squared error, a coin the binary cross-entropy, a die the cross-entropy. These are the three rows of Table 4.1
# of DLNN. In each, the activation of the output unit is what turns the raw output $s$ into the mean of $y$, and in each
# $\partial L/\partial s = a - y$. (With the sum over samples; a mean divides by their number.)

# %% tags=["covers:loss-output-pairs"]
import torch

F, s, labels = torch.nn.functional, rng.normal(size=(6, 4)), rng.integers(0, 4, size=6)
logistic = F.binary_cross_entropy_with_logits
rows = [  # loss, activation, raw output, target, PyTorch's loss and its factor
    (losses.squared_error, layers.identity, s, rng.normal(size=(6, 4)), F.mse_loss, 1 / 2),
    (losses.binary_cross_entropy, layers.sigmoid, s[:, 0], labels % 2, logistic, 1),
    (losses.cross_entropy, layers.softmax, s, losses.one_hot(labels, 4), F.cross_entropy, 1),
]
for loss, activation, raw, y, torch_loss, factor in rows:
    risk, delta = loss(raw, y, reduction="sum")
    tensor = torch.tensor(raw, requires_grad=True)
    (factor * torch_loss(tensor, torch.tensor(y * 1.0), reduction="sum")).backward()
    verify.equation(f"DLNN Table 4.1, {loss.__name__}: a - y", delta, activation(raw)[0] - y)
    verify.equation("PyTorch, the same delta", delta, tensor.grad.numpy())

# %% [markdown]
# What if the pair does not match? Squared error behind a sigmoid has $\partial L/\partial s = (a - y)\,a\,(1 - a)$. Here
# are both derivatives for a target $y = 1$.

# %% tags=["covers:loss-output-pairs"]
raw = np.linspace(-12, 6, 181)
a, back = layers.sigmoid(raw)
mismatched, _ = back(2 * (a - 1))  # through the sigmoid, of (a - y)^2 as in GBC
matched = losses.binary_cross_entropy(raw, np.ones(181), reduction="sum")[1]
figure, ax = plt.subplots(figsize=(6.4, 3))
ax.plot(raw, matched, color=plots.BLUE, label="cross-entropy and sigmoid")
ax.plot(raw, mismatched, "--", color=plots.ORANGE, label="squared error and sigmoid")
ax.set(xlabel="raw output $s$; the target is 1", ylabel="$\\partial L / \\partial s$")
ax.legend()
plots.show(figure, "Derivative of the loss by the raw output, with a matched and a mismatched loss")
at = np.abs(raw + 10).argmin()
verify.equation("GBC 6.2.2.2, cross-entropy at s = -10", matched[at], -0.99995, tolerance=1e-5)
verify.equation("GBC 6.2.2.2, squared error at s = -10", mismatched[at], -9.08e-5, tolerance=1e-7)

# %% [markdown]
# Far on the left the answer is as wrong as can be. The cross-entropy pulls with full force there; the squared error lets
# go, because the sigmoid is flat. The logarithm in the loss undoes the exponential in the unit: that is what *matched*
# means.
#
# (The delta rule that DLNN (4.70) prints for output units goes wrong at the third row:
# [multilayer perceptrons](02_multilayer_perceptron.ipynb) computed it.)

# %% [markdown]
# ## How sure? Let the network say
#
# The squared error believes that the noise is the same everywhere. Give the network two outputs instead, a mean $\mu$
# and a raw number $a$, and take the normal distribution with mean $\mu$ and precision $\beta = \zeta(a)$, GBC (6.34):
#
# $$L = \tfrac12\,\beta\,(y - \mu)^2 - \tfrac12 \log \beta + \tfrac12 \log 2\pi .$$
#
# The first term wants a small precision where errors are large, the second a large one everywhere. If $\beta$ is a
# constant, they balance where $1/\beta$ is the mean squared residual. If it is an output, they balance at each $x$ anew:
# the model is called *heteroscedastic*, of different scatter.


# %% tags=["covers:heteroscedastic-gaussian-output"]
from functools import partial

from dlnotes.training import steps


def noise(x):
    return 0.3 + 1.2 * np.exp(-((x - 1) ** 2) / 0.8)


net, rule = layers.chain(*layers.mlp(2, layers.tanh)), partial(optimizers.adam, lr=0.02)


def stages(loss, x, y, outputs, start=0.0, epochs=200):
    """Parameters of a network with 20 hidden units: at the start and after every 50 steps."""
    rng = np.random.default_rng(3)
    *hidden, (W, b) = initialization.mlp(rng, 1, 20, outputs)
    params = (*hidden, (W, b + start))
    run = steps(net, loss, params, (x, y), rule, rng=rng, batch=100, epochs=epochs)
    return [params] + [params for row, params in run if row["step"] % 50 == 0]


# %% tags=["covers:heteroscedastic-gaussian-output"]
x = rng.uniform(-3, 3, size=800)
y = 3 * np.sin(x) + noise(x) * rng.normal(size=800)
kept = stages(densities.heteroscedastic_gaussian, x[:, None], y, outputs=2)


def predict(x, step):
    """Mean and standard deviation at x (m,), after so many steps."""
    output, _ = net(x[:, None], kept[step // 50])
    return output[:, 0], np.logaddexp(output[:, 1], 0) ** -0.5


residual = y - 3 * np.sin(x)
raw = np.log(np.expm1(1 / np.mean(residual**2)))  # softplus of this is one over the mean square
output = np.column_stack([3 * np.sin(x), np.full(800, raw)])
_, delta = densities.heteroscedastic_gaussian(output, y)
verify.equation("GBC 6.2.2.4, the best constant variance", delta[:, 1].sum(), 0)

# %% [markdown]
# The scatter of these samples changes with $x$. The band is two learned standard deviations wide on each side of the
# learned mean; on the right is the density of $y$ at the orange line. Play the training: first the network finds where the
# samples are, then how far they scatter.

# %% tags=["live", "covers:heteroscedastic-gaussian-output"]
live.output_units.varying_noise(x, y, lambda x: (3 * np.sin(x), noise(x)), predict, 1600, 50)

# %% [markdown]
# Nobody told the network what $\sigma(x)$ is: there is no target for it. It learned the scatter from the residuals alone.

# %% tags=["covers:heteroscedastic-gaussian-output"]
places = np.linspace(-2.5, 2.5, 101)
_, std = predict(places, 1600)
ratio = (1 / std**2) / (1 / noise(places) ** 2)
print(f"learned precision over the true one: median {np.median(ratio):.1f}")
close = (np.abs(np.log(ratio)) < np.log(2)).all()
verify.claim("here", "beta(x) is 1/sigma(x)^2 within a factor of 2", bool(close))
varies = np.corrcoef(np.log(std), np.log(noise(places)))[0, 1]
verify.claim("here", "and rises and falls with it (correlation > 0.97)", bool(varies > 0.97))

# %% [markdown]
# ### Exercise 1 · the delta of a mean and a precision
#
# The backward pass starts with two derivatives for each sample. Derive them from $L$ above and write them down.


# %% tags=["exercise:precision_deltas"]
def precision_deltas(mu, raw, y):
    """dL/dmu (n,) and dL/draw (n,) of L = 1/2 beta (y - mu)^2 - 1/2 log beta, beta = softplus(raw).

    mu (n,), the means;  raw (n,), the raw precisions;  y (n,), the targets.
    softplus(raw) = log(1 + exp(raw)).  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:precision_deltas"]
check(precision_deltas)

# %% [markdown]
# ## Why the precision?
#
# Softplus could as well make a variance or a standard deviation positive. The density is the same, the slope is not. Take
# a residual of 1 and a network that is too sure: its $\sigma$ is far too small. How hard does the loss pull on the raw
# output? In the picture it does so in three ways; mind the logarithmic axes.

# %% tags=["covers:heteroscedastic-gaussian-output"]
sigma, residual = np.geomspace(0.03, 1, 101), 1.0
slopes = {  # of L by the parameter, and the parameter itself
    "standard deviation": (1 / sigma - residual**2 / sigma**3, sigma),
    "variance": (0.5 / sigma**2 - 0.5 * residual**2 / sigma**4, sigma**2),
    "precision": (0.5 * residual**2 - 0.5 * sigma**2, sigma**-2),
}
figure, ax = plt.subplots(figsize=(6.4, 3.2))
for (name, (slope, parameter)), style in zip(slopes.items(), ["-", "--", "-."], strict=True):
    by_raw = slope * -np.expm1(-parameter)  # times softplus'(raw) = 1 - exp(-softplus(raw))
    ax.loglog(sigma[:-1], abs(by_raw[:-1]), style, label=name)
ax.set(xlabel="$\\sigma$; the residual is 1", ylabel="size of $\\partial L/\\partial a$")
ax.legend(title="softplus(a) is the")
plots.show(figure, "Slope of the loss by the raw output, for three parametrizations of the noise")
verify.claim("GBC 6.2.2.4", "by the raw precision never above r²/2", bool(abs(by_raw).max() <= 0.5))

# %% [markdown]
# With a variance or a standard deviation the loss divides, and the slope grows without bound as $\sigma$ shrinks: one
# surprising sample throws the network far away. With a precision it multiplies, and the slope stays at
# $\tfrac12 (y - \mu)^2$. The price: a tiny noise needs a large raw output, and getting there takes many steps.
#
# `densities.heteroscedastic_gaussian` also takes care of the other end. Where $a$ is very negative $\zeta(a)$ rounds to 0
# and its logarithm to $-\infty$; but $\log\zeta(a)$ is then $a$ itself.

# %% tags=["covers:heteroscedastic-gaussian-output"]
risk, delta = densities.heteroscedastic_gaussian(np.array([[0.5, -1e4]]), np.array([0.5]))
verify.equation("GBC (6.34), L at a = -10,000", risk, 5000 + np.log(2 * np.pi) / 2)
verify.equation("GBC (6.34), its delta", delta, [[0, -1 / 2]])

# %% [markdown]
# ## Errors that belong together
#
# Two targets may err together: when one is too high, so is the other. Then they need a full covariance matrix, symmetric
# and positive definite. No network obeys such a rule by itself. But $\boldsymbol\Sigma = \mathbf{B}\mathbf{B}^\top$ obeys
# it for *any* square matrix $\mathbf{B}$: $\mathbf{v}^\top\mathbf{B}\mathbf{B}^\top\mathbf{v} = \lVert\mathbf{B}^\top
# \mathbf{v}\rVert^2 \ge 0$ (GBC 6.2.2.4). So the network outputs a mean and $d^2$ free numbers. Here the correlation of
# two errors goes from $-0.9$ to $0.9$ as $x$ goes from $-1$ to 1. $\mathbf{B}$ starts near the identity, because a singular
# one has no density.

# %% tags=["covers:full-covariance-output"]
x = rng.uniform(-1, 1, size=1000)
e = rng.normal(size=(1000, 2))
first, second = e[:, 0], 0.9 * x * e[:, 0] + np.sqrt(1 - (0.9 * x) ** 2) * e[:, 1]
targets = np.column_stack([8 * x + first, second])
identity = np.array([0, 0, 1, 0, 0, 1.0])  # mean 0, B = I
params = stages(densities.full_covariance_gaussian, x[:, None], targets, 6, identity, epochs=80)[-1]

output, _ = net(np.array([[-0.8], [0.0], [0.8]]), params)
means, B = output[:, :2], output[:, 2:].reshape(-1, 2, 2)
Sigma = B @ B.swapaxes(1, 2)
rho = Sigma[:, 0, 1] / np.sqrt(Sigma[:, 0, 0] * Sigma[:, 1, 1])
close = np.abs(rho - [-0.72, 0, 0.72]).max() < 0.15
verify.claim("here", "the learned correlations are -0.72, 0, 0.72 within 0.15", bool(close))

# %% tags=["covers:full-covariance-output"]
angle = np.linspace(0, 2 * np.pi, 100)
circle = 2 * np.array([np.cos(angle), np.sin(angle)])
figure, ax = plt.subplots(figsize=(8, 2.7))
ax.plot(*targets.T, ".", color=plots.INK, markersize=3, alpha=0.6)
for place, mean, root in zip([-0.8, 0, 0.8], means, B, strict=True):
    ax.plot(*(mean[:, None] + root @ circle), color=plots.BLUE)
    true = np.linalg.cholesky([[1, 0.9 * place], [0.9 * place, 1]])
    ax.plot(*(np.array([[8 * place], [0]]) + true @ circle), "--", color=plots.ORANGE)
    ax.annotate(f"x = {place}", (mean[0], 2.9), ha="center")
ax.set(xlabel="$y_1$", ylabel="$y_2$", aspect="equal", ylim=(-3.6, 3.6))
plots.show(
    figure, "Correlated targets, and learned (solid) and true (dashed) ellipses at three inputs"
)

# %% [markdown]
# The ellipses are where $\lVert\mathbf{B}^{-1}(\mathbf{y} - \boldsymbol\mu)\rVert = 2$, learned (solid) and true (dashed).
# They turn with $x$. A network with one precision for each target could only draw upright ones.

# %% [markdown]
# ### Exercise 2 · a whole covariance matrix
#
# Write the loss of each sample for one mean and one $\mathbf{B}$. The determinant of $\mathbf{B}$ may be negative; that of
# $\boldsymbol\Sigma$ cannot.


# %% tags=["exercise:covariance_risk"]
def covariance_risk(y, mu, B):
    """-log N(y; mu, Sigma) of each sample with Sigma = B B^T, the constant included: returns (n,).

    y (n, d), a target in each row;  mu (d,), the mean;  B (d, d), any invertible matrix.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:covariance_risk"]
check(covariance_risk)

# %% [markdown]
# ### What it costs
#
# The density needs the determinant and the inverse of $\boldsymbol\Sigma$. The usual way is a Cholesky
# factor, $\boldsymbol\Sigma = \mathbf{L}\mathbf{L}^\top$ with $\mathbf{L}$ lower triangular. Count its multiplications.


# %% tags=["covers:full-covariance-output"]
def cholesky(Sigma):
    """L with L L^T = Sigma, column by column, and the number of multiplications and divisions."""
    d, count = len(Sigma), 0
    L = np.zeros((d, d))
    for j in range(d):
        column = Sigma[j:, j] - L[j:, :j] @ L[j, :j]
        L[j:, j] = column / np.sqrt(column[0])
        count += (d - j) * (j + 1)
    return L, count


B, y, mu = rng.normal(size=(5, 5)), rng.normal(size=5), rng.normal(size=5)
L, _ = cholesky(B @ B.T)
z = np.linalg.solve(L, y - mu)
by_cholesky = 0.5 * z @ z + np.log(np.diag(L)).sum() + 2.5 * np.log(2 * np.pi)
risk, _ = densities.full_covariance_gaussian(np.hstack([mu, B.ravel()])[None], y[None])
verify.equation("GBC 6.2.2.4, -log N by Cholesky and by B", risk, by_cholesky)

# %% tags=["covers:full-covariance-output"]
counts = {d: cholesky(np.eye(d))[1] for d in (4, 8, 16, 32, 64, 128)}
print("multiplications:", ", ".join(f"{count:,} for d = {d}" for d, count in counts.items()))
exact = [d * (d + 1) * (d + 2) / 6 for d in counts]
verify.equation("GBC 6.2.2.4, d (d + 1) (d + 2) / 6: O(d³)", [*counts.values()], exact)
B = rng.normal(size=(100, 5, 5))
B[0, 0] = B[0, 1]  # one singular B among them
smallest = np.linalg.eigvalsh(B @ B.swapaxes(1, 2)).min()
verify.claim("GBC 6.2.2.4", "no eigenvalue of B B^T is negative", bool(smallest > -1e-12))

# %% [markdown]
# ## Several answers at once
#
# *A good place to begin the second sitting.*
#
# Turn a sine around: draw $t$ between $-\tfrac32\pi$ and $\tfrac32\pi$, show the network $x = \sin t$, and ask for $t$
# (plus some noise). Each $x$ has three answers. Which one is right? All of them, a third of the time each.
#
# A *mixture density network* outputs, for each of $k$ components, a score (a softmax makes them gates), a mean, and a raw
# precision, and takes the sum of normal distributions that they describe, GBC (6.35). The loss is
# $-\log \sum_i g_i\, \mathcal{N}(y; \mu_i, 1/\beta_i)$, computed with logarithms throughout: far from all components
# every density rounds to 0.

# %% tags=["covers:mixture-density-network"]
t = rng.uniform(-1.5 * np.pi, 1.5 * np.pi, size=1200)
x, y = np.sin(t)[:, None], t + 0.3 * rng.normal(size=1200)
mixtures = {k: stages(densities.mixture_density, x, y, 3 * k, epochs=150)[-1] for k in (1, 2, 3)}
regression = stages(losses.squared_error, x, y[:, None], 1, epochs=80)[-1]


# %% tags=["covers:mixture-density-network"]
def branches(x):
    """The three answers at x (m,): (m, 3)."""
    return np.column_stack([-np.pi - np.arcsin(x), np.arcsin(x), np.pi - np.arcsin(x)])


def mixture_parts(x, k):
    """Gates, means, and standard deviations (m, k) of the network with k components."""
    gates, mu, beta = densities.mixture_parameters(net(x[:, None], mixtures[k])[0])
    return gates, mu[:, :, 0], beta[:, :, 0] ** -0.5


# %% [markdown]
# On the left are the means of the components, thick where the gate is open, and what a network answers that was trained
# on squared errors. On the right is the density of $y$ at the orange line, upright like the left axis.


# %% tags=["live", "covers:mixture-density-network"]
def truth(x, y):
    distance = (np.atleast_1d(y)[:, None] - branches(np.atleast_1d(x))) / 0.3
    return np.exp(-0.5 * distance**2).mean(axis=1) / (0.3 * np.sqrt(2 * np.pi))


def least_squares(x):
    return net(x[:, None], regression)[0][:, 0]


live.output_units.conditional_density(x[:, 0], y, truth, mixture_parts, least_squares)

# %% [markdown]
# Three components take one branch each, with gates of about a third and standard deviations of about 0.3. The regression
# answers with the mean of the three branches, which is $-\tfrac13 \arcsin x$: a number that never comes. Both are right, each
# for its loss.

# %% tags=["covers:mixture-density-network"]
places = np.linspace(-0.8, 0.8, 33)
gates, means, stds = mixture_parts(places, 3)
order = means.argsort(axis=1)
off = np.take_along_axis(means, order, axis=1) - branches(places)
verify.claim("here", "the means are the branches, within 0.3", bool(abs(off).max() < 0.3))
verify.claim("here", "the gates are a third, within 0.15", bool(abs(gates - 1 / 3).max() < 0.15))
mean = branches(places).mean(axis=1)
verify.equation("here, the mean of the branches", mean, -np.arcsin(places) / 3)
gap = abs(least_squares(places) - mean).max()
verify.claim("here", "least squares gives the conditional mean, within 0.8", bool(gap < 0.8))

# %% [markdown]
# With the means, a sample can be *drawn* from the network: choose a component by its gate, then a number from its normal
# distribution. If $x$ is uniform this gives the kind of picture that GBC shows as Fig 6.4.

# %% tags=["covers:mixture-density-network"]
asked, rows = rng.uniform(-1, 1, size=1200), np.arange(1200)
gates, means, stds = mixture_parts(asked, 3)
chosen = (rng.uniform(size=1200)[:, None] > gates.cumsum(axis=1)[:, :-1]).sum(axis=1)
drawn = means[rows, chosen] + stds[rows, chosen] * rng.normal(size=1200)
figure, ax = plt.subplots(figsize=(6.4, 3.2))
names = [f"component {number}" for number in (1, 2, 3)]
plots.points(np.column_stack([asked, drawn]), chosen, ax=ax, names=names)
ax.set(xlabel="$x$", ylabel="drawn $y$", xticks=[-1, -0.5, 0, 0.5, 1])
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(figure, "Samples drawn from the mixture density network, by component")
near = abs(drawn[:, None] - branches(asked)).min(axis=1) < 0.9
verify.claim("here", "97 % of what it draws is near a branch", bool(near.mean() > 0.97))

# %% [markdown]
# ### Exercise 3 · who made this sample?
#
# When a sample comes, each component should learn from it as much as it is *responsible* for it:
# $r_i = g_i\,\mathcal{N}(y; \mu_i, 1/\beta_i) \,/\, \sum_j g_j\,\mathcal{N}(y; \mu_j, 1/\beta_j)$. Write these shares so
# that they survive a target that is far from everything.


# %% tags=["exercise:mixture_shares"]
def mixture_shares(scores, mu, beta, y):
    """The responsibility (n, k) of each component for its sample: p(component i | y).

    scores (n, k), whose softmax are the gates;  mu (n, k), means;  beta (n, k), precisions;
    y (n,), targets.  Must survive targets far from all components, and scores of 1000.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:mixture_shares"]
check(mixture_shares)

# %% [markdown]
# The gradient of the loss does the sharing by itself. By the scores it is gates minus responsibilities, a softmax delta
# whose target is $r$; by the means, $r_i\,\beta_i\,(\mu_i - y)$. And a mixture of one is the normal distribution from above.

# %% tags=["covers:mixture-density-network"]
output, _ = net(x[:50], mixtures[3])
r = densities.responsibilities(output, y[:50])
gates, mu, beta = densities.mixture_parameters(output)
_, delta = densities.mixture_density(output, y[:50], reduction="sum")
verify.equation("GBC 6.2.2.4, responsibilities sum to 1", r.sum(axis=1), 1)
verify.equation("GBC 6.2.2.4, by the scores: gates - r", delta[:, :3], gates - r)
by_means = r * beta[:, :, 0] * (mu[:, :, 0] - y[:50, None])
verify.equation("GBC 6.2.2.4, by the means: r beta (mu - y)", delta[:, 3:6], by_means)
one, _ = net(x[:50], mixtures[1])
alone, _ = densities.heteroscedastic_gaussian(one[:, 1:], y[:50])
verify.equation("GBC (6.35), one component", densities.mixture_density(one, y[:50])[0], alone)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch builds such losses from `torch.distributions`; its `GaussianNLLLoss` takes a *variance*, averages over all
# entries, and leaves out the constant unless you say `full=True`. At $|a| = 10^4$ its variance is infinite or 0.

# %%
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal


def torch_mixture(output, y):
    score, mu, raw = output.chunk(3, dim=1)
    components = Normal(mu, F.softplus(raw) ** -0.5)
    return -MixtureSameFamily(Categorical(logits=score), components).log_prob(y).mean()


def torch_covariance(output, y):
    B = output[:, 2:].reshape(-1, 2, 2)
    return -MultivariateNormal(output[:, :2], B @ B.mT).log_prob(y).mean()


def torch_gaussian(output, y):
    return F.gaussian_nll_loss(output[:, 0], y, 1 / F.softplus(output[:, 1]), full=True)


# %%
raw, one, two = rng.normal(size=(9, 9)), rng.normal(size=9), rng.normal(size=(9, 2))
verify.loss_against_torch(densities.heteroscedastic_gaussian, torch_gaussian, raw[:, :2], one)
verify.loss_against_torch(
    densities.full_covariance_gaussian, torch_covariance, raw[:, :6] + 3 * identity, two
)
verify.loss_against_torch(densities.mixture_density, torch_mixture, raw, one)

# %% [markdown] tags=["question:ch03.output_units.below_zero"]
# ### In your own words
#
# A student trains a network with a mean and a precision. The loss falls below 0, then to $-3$, then further, and does not
# stop. "A loss cannot be negative," says one friend, "you have a bug." "It is a $-\log$ of a density, it can be," says
# another, "all is well." What is right in each? What may be happening at some of the training samples, why does the loss
# allow it, and what would you look at, or change, before you trust the network?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - The output is the parameters of a distribution, the loss is $-\log p$ of what came. Take it from the raw output.
# - Matched pairs have the delta $a - y$. A mismatched pair can be flat where the answer is most wrong.
# - A precision that is an output learns the scatter without a target for it. Multiply by a precision rather than divide
#   by a variance.
# - Where several answers are right, the mean of them may be none. A mixture gives each its own component; the gradient
#   shares every sample out by responsibility.
#
# ## Where the books differ
#
# - DLNN (4.70) writes the delta of every output unit as $\partial L/\partial a_k\,f'(s_k)$. For a softmax that is wrong
#   (checked [on page 2](02_multilayer_perceptron.ipynb)); Table 4.1 is right.
# - GBC 6.2.2.3 says that the sigmoid is a softmax whose *first* score is fixed to 0. Fix the *other* one:
#   $\sigma(z) = \operatorname{softmax}(z, 0)_1$. As printed it would be $\sigma(-z)$.
# - GBC 6.2.2.3 also writes $\hat P$ for the *unnormalized* probability of (6.20), which is $\tilde P$.
# - GBC leaves constants out of its losses and PyTorch some of them; here densities are whole. Only risks differ by this,
#   never gradients.
# - EE147 says when an output is linear, sigmoid, or softmax, and stops there; heteroscedastic outputs and mixtures stand in
#   GBC alone.

# %%
z = rng.normal(size=7)
softmax, _ = layers.softmax(np.column_stack([z, np.zeros(7)]))
verify.equation("GBC 6.2.2.3, σ(z) = softmax(z, 0)_1", softmax[:, 0], layers.sigmoid(z)[0])
softmax, _ = layers.softmax(np.column_stack([np.zeros(7), z]))
verify.equation("GBC 6.2.2.3, as printed it is σ(-z)", softmax[:, 0], layers.sigmoid(-z)[0])

# %% [markdown]
# **Next:** this chapter ends here. [Convolution](../ch05_convolution/01_convolution.ipynb) builds networks whose units look
# at small windows of a picture, and sends the same deltas back through them.
