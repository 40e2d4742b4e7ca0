# %% [markdown]
# # The linear neuron
#
# One unit, one straight line, and the four ideas that every network of this book is trained with: a model, a loss, a
# gradient, and a step downhill.
#
# **After this notebook you can**
#
# - fit a line in closed form and say when the formula has no answer;
# - write the gradient of the squared error without a loop and choose a learning rate that converges;
# - say what you assume about the world when you square an error, and what changes when you do not.
#
# 60 minutes in two sittings · the break is before *Why squares?* · before this: [Notation and shapes](../ch00_start_here/02_notation_and_shapes.ipynb)
#
# DLNN 4.1 · GBC 1.2.1, 4.5, 5.1.4, 5.5.1, 6.2 · Strang VII.4 · EE147 Supervised Learning Example, Output Activations · MEDL 5.1, 5.4
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{w}$ (DLNN, GBC), $\theta$ (EE147) | `w` | weights; `w[0]` belongs to a constant input 1 and is the bias |
# | $a$, $\hat y$ (DLNN, GBC), $z$ (EE147) | `s` | what the neuron answers, $\mathbf{w}^\top\mathbf{x}$ |
# | $S$, $R_{\text{emp}}$ (DLNN), half the RSS | `S(w)` | empirical error, half the sum of the squared residuals |
# | $\eta$ (DLNN), $\epsilon$ (GBC) | `lr` | learning rate |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, layers, learners, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(2)

# %% [markdown]
# ## A neuron that answers with a number
#
# What will a flat cost? The linear neuron weighs what it is told and adds up: $g(\mathbf{x}; \mathbf{w}) =
# \mathbf{w}^\top\mathbf{x}$, DLNN (4.2). There is no threshold. The sum itself is the answer. The world is less tidy: a
# rent is such a sum plus noise that no weights can predict, $y = \mathbf{w}^\top\mathbf{x} + \epsilon$ (here the noise).
#
# Count the area $x$ in tens of square meters beyond 60, and the rent $y$ in hundreds of euros. Then `w[0]` is the rent
# of a flat of 60 m², and `w[1]` what ten more square meters cost.


# %% tags=["covers:linear-neuron"]
def rents(rng, n, *, w=(9.0, 1.2), sigma=1.0):
    """Areas x (n, 1) and rents y (n,) = w^T x + noise of standard deviation sigma."""
    x = rng.uniform(-3, 5, size=(n, 1))
    return x, learners.with_bias(x) @ w + sigma * rng.normal(size=n)


x, y = rents(rng, 20)
x1 = learners.with_bias(x)  # the constant 1 in column 0
figure, ax = plt.subplots()
ax.scatter(x, y, zorder=3, label="20 flats")
ax.plot([-3, 5], [9 - 3 * 1.2, 9 + 5 * 1.2], "--", color=plots.INK, label="without the noise")
ax.set(xlabel="area $x$, in 10 m² beyond 60 m²", ylabel="rent $y$, in 100 €")
ax.legend()
plots.show(figure, "Rents of 20 flats against their areas, scattered around a straight line")
w = rng.normal(size=2)
explicit, _ = layers.linear(x, (w[None, 1:], w[:1]))  # W (1, 1) and b (1,)
verify.equation("GBC (5.13), a bias is the weight of a 1", x1 @ w, explicit[:, 0])

# %% [markdown]
# You see the dots. The dashed line is hidden from the neuron, which has to guess it from them.
#
# ## What a miss costs
#
# The *squared loss* of one answer is $\tfrac12 (y - \hat y)^2$, DLNN (4.5). Twice the miss costs four times as much. The
# half is there for the derivative, which is then plainly $\hat y - y$: the further off, the stronger the pull.

# %% tags=["covers:squared-loss"]
error = np.linspace(-3, 3, 201)
figure, ax = plt.subplots()
ax.plot(error, error**2 / 2, label="squared loss")
ax.plot(error, error, "--", label="its derivative: the pull")
ax.plot(error, np.abs(error), ":", color=plots.INK, label="absolute error")
ax.set(xlabel="$\\hat y - y$: negative is too low", ylabel="loss of one sample")
ax.legend()
plots.show(figure, "The squared loss, its derivative and the absolute error of one answer")

y_hat, label = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))  # vectors work alike
risk, delta = losses.squared_error(y_hat, label, reduction="sum")
verify.equation("DLNN (4.5), the derivative is y_hat - y", delta, y_hat - label)
plain, _ = losses.squared_error(y_hat, label, reduction="sum", half=False)
verify.equation("DLNN (4.5) has a half, GBC (5.4) has none", plain, 2 * risk)

# %% [markdown]
# For small misses the squared loss is milder than the absolute error, beyond 2 it is harsher. That will matter when one
# flat goes wild.
#
# ## All misses together
#
# Add up the squared losses of all flats: the empirical error $S(\mathbf{w}) = \tfrac12 \sum_n (y^n -
# \mathbf{w}^\top\mathbf{x}^n)^2$, DLNN (4.6). Every pair of weights is a line on the left and a point on the right.
#
# **Move the two weights** until the purple residuals are as short as they can be together. What does the point do?


# %% tags=["live", "covers:least-squares-line"]
def S(w):
    """The empirical error of the line w on the 20 flats: DLNN (4.6)."""
    return losses.squared_error(x1 @ w, y, reduction="sum")[0]


w_hat = learners.least_squares(x1, y)
live.linear_neuron.loss_surface(x[:, 0], y, S, w_hat)

# %% [markdown]
# The rings are the rims of a bowl, and the best line lies at its bottom. The rings are tilted: the two weights have to
# move together.
#
# $S$ has relatives with confusing names. The *residual* sum of squares (RSS) is $2S$. The *explained* one (ESS) is how
# far the answers spread around the mean rent. For the best line with a bias, the two add up to the spread of the rents
# themselves, the *total* (TSS).

# %% tags=["covers:least-squares-line", "covers:residual-sum-of-squares"]
heights, slopes = np.meshgrid(np.arange(5, 13.05, 0.1), np.arange(-0.5, 3.02, 0.05))
stops = np.column_stack([heights.ravel(), slopes.ravel()])
best = min(stops, key=S)
near = (np.abs(best - w_hat) <= [0.1, 0.05]).all() and S(best) >= S(w_hat)
verify.claim("DLNN (4.1)", "the best slider stop is next to least squares", near)
curvature = np.linalg.eigvalsh(x1.T @ x1)
bowl = (curvature >= 0).all()
verify.claim("EE147", "S is a bowl: X^T X has no negative eigenvalue", bowl)

w = rng.normal(size=2)
product = (y - x1 @ w) @ (y - x1 @ w)
verify.equation("DLNN (4.6), sum and matrix form", S(w), product / 2, tolerance=1e-12)
tss, ess = np.sum((y - y.mean()) ** 2), np.sum((x1 @ w_hat - y.mean()) ** 2)
verify.equation("TSS = ESS + 2 S at the best line", tss, ess + 2 * S(w_hat))
print(f"the area explains {100 * ess / tss:.0f} % of the spread of the rents")

# %% [markdown]
# ## Straight to the bottom
#
# At the bottom of a bowl the slope is zero in every direction. For $S$ this reads $\mathbf{X}^\top(\mathbf{X}\mathbf{w} -
# \mathbf{y}) = 0$: the residuals stand at a right angle to every column of $\mathbf{X}$. These are the *normal
# equations*, and their solution is $\hat{\mathbf{w}} = (\mathbf{X}^\top\mathbf{X})^{-1}\mathbf{X}^\top\mathbf{y} =
# \mathbf{X}^+\mathbf{y}$, DLNN (4.12), GBC (5.12).
#
# ### Exercise 1 · the closed form
#
# Solve the normal equations. Do not invert: `np.linalg.solve(A, b)` is faster than `inv(A) @ b`, and more exact. Stuck?
# `hint(normal_equations)`, in a cell of your own, helps.


# %% tags=["exercise:normal_equations"]
def normal_equations(x, y):
    """The least-squares weights (d,) for x (n, d), of full column rank, and y (n,): DLNN (4.12)."""
    raise NotImplementedError("your code here")


# %% tags=["check:normal_equations"]
check(normal_equations)

# %% [markdown]
# The formula needs independent columns. Give the neuron the area twice, once in hundreds of square feet, and
# $\mathbf{X}^\top\mathbf{X}$ has no inverse: endlessly many weights share the price between the two.

# %% tags=["covers:normal-equations"]
print(f"w_hat: {w_hat[0]:.2f} for 60 m², {w_hat[1]:.2f} for ten more")
inverse = np.linalg.pinv(x1)
verify.equation("DLNN (4.12)", w_hat, inverse @ y)
verify.equation("DLNN (4.13), the gradient at w_hat is 0", x1.T @ (x1 @ w_hat - y), 0)
verify.equation("DLNN 4.1.3, X^+ X = I_D", inverse @ x1, np.eye(2))

twice = np.column_stack([x1, 1.0764 * x])  # 10 m² are 107.64 square feet
inverse = np.linalg.pinv(twice)
differs = not np.allclose(inverse @ twice, np.eye(3))
verify.claim("DLNN 4.1.3", "with dependent columns X^+ X is not I_D", differs)
shortest = learners.least_squares(twice, y)
verify.equation("GBC 2.9, the shortest of all best w is X^+ y", shortest, inverse @ y)
another = shortest + [0, -1.0764, 1]
verify.equation("another w, the same answers", twice @ another, twice @ shortest)

# %% [markdown]
# The last line holds for all the best weights: they give the same answers. $\mathbf{X}^+$ picks the shortest of them.
#
# *Nearly* dependent columns are worse, because nothing warns you. Feed the neuron the powers $1, u, u^2, \dots$ of the
# area, and it fits a polynomial (EE147). Watch the *condition number*, the factor by which rounding errors can grow. The
# formula as printed, inverse and all, works with $\mathbf{X}^\top\mathbf{X}$, which squares it. Above the dashed line not
# one digit of ordinary 16-digit arithmetic is left.

# %% tags=["covers:normal-equations"]
u = (60 + 10 * x[:, 0]) / 100
degrees = np.arange(1, 13)
powers = [np.vander(u, degree + 1, increasing=True) for degree in degrees]
conditions = np.array([np.linalg.cond(X) for X in powers])

figure, ax = plt.subplots()
ax.semilogy(degrees, conditions**2, "s--", label="$X^T X$, as printed")
ax.semilogy(degrees, conditions, "o-", label="$X$, as in least_squares")
ax.axhline(1 / np.finfo(float).eps, color=plots.INK, linestyle="--", linewidth=1)
ax.set(xlabel="degree of the polynomial", ylabel="condition number")
ax.legend()
plots.show(figure, "Condition numbers of X and of X transposed times X, against the degree")
squared = np.linalg.cond(powers[2].T @ powers[2])
verify.equation("cond(X^T X) = cond(X)²", squared / conditions[2] ** 2, 1, tolerance=1e-6)

# %% [markdown]
# `least_squares` works on $\mathbf{X}$ itself and stays below the line. What the loss of digits does to the fits:


# %% tags=["covers:normal-equations"]
def error_of(w, X):
    """S(w) of a fit."""
    return np.sum((X @ w - y) ** 2) / 2


careful = [error_of(learners.least_squares(X, y), X) for X in powers]
printed = [error_of(np.linalg.inv(X.T @ X) @ X.T @ y, X) for X in powers]
verify.claim("EE147", "no degree fits worse than the one below", (np.diff(careful) < 0).all())
verify.equation("up to degree 5 both agree", printed[:5], careful[:5], tolerance=1e-4)
spoiled = max(printed) > 2 * max(careful)
verify.claim("DLNN (4.12)", "the printed inverse spoils a fit of higher degree", spoiled)

# %% [markdown]
# ## Which way is down
#
# Most models of this book have no formula for the bottom. What they all have is a slope. Write $\alpha^n =
# \mathbf{w}^\top\mathbf{x}^n - y^n$, prediction minus label. One sample contributes $\alpha^n\mathbf{x}^n$, DLNN (4.15),
# and all of them together $\nabla S = \sum_n \alpha^n\mathbf{x}^n$: a sum of the samples, weighted by how wrong each is.

# %% tags=["covers:least-squares-gradient"]
w = rng.normal(size=2)
alpha = x1 @ w - y
expanded = (y @ y - 2 * y @ x1 @ w + w @ x1.T @ x1 @ w) / 2
verify.equation("EE147, S expanded", S(w), expanded)
by_expansion = x1.T @ x1 @ w - x1.T @ y
by_samples = sum(alpha[n] * x1[n] for n in range(len(y)))  # chain rule, one at a time
verify.equation("DLNN (4.13), both ways give one gradient", by_samples, by_expansion)
slope = verify.gradient(S, w)
verify.equation("DLNN (4.15), and it is the slope of S", by_samples, slope, tolerance=1e-6)

# %% [markdown]
# So the flats pull on the line, each as strongly as it is missed. Here are four moments of a descent from $\mathbf{w} =
# 0$. The area of a dot is $|\alpha^n|$.

# %% tags=["covers:update-weighted-sum"]
descent = learners.least_squares_descent(x1, y, lr=0.004, max_steps=100)
figure, axes = plt.subplots(1, 4, figsize=(8, 2.6), sharey=True)
for ax, step in zip(axes, [0, 2, 10, 60], strict=True):
    w = descent.history[step]["w"]
    alpha = x1 @ w - y
    ax.scatter(x, y, s=8 * np.abs(alpha), zorder=3)
    ax.plot([-3, 5], w[0] + w[1] * np.array([-3, 5]), color=plots.ORANGE)
    ax.set(title=f"step {step}", xlabel="area $x$", ylabel="rent $y$", ylim=(-1, 18))
plots.show(figure, "Four steps of descent: the farther a flat is from the line, the larger its dot")
w = descent.history[2]["w"]
by_samples = sum((x1 @ w - y)[:, None] * x1)
slope = verify.gradient(S, w)
verify.equation(
    "DLNN (4.14), the sum of alpha x is the gradient", by_samples, slope, tolerance=1e-6
)

# %% [markdown]
# First everybody pulls, the expensive flats most. In the end the pulls from above and from below balance. That balance
# is what $\nabla S = 0$ says.
#
# ### Exercise 2 · correct the book
#
# DLNN (4.16) prints the gradient as $(\mathbf{X}\mathbf{w} - \mathbf{y})^\top\mathbf{X}$ and calls $\alpha^n$ the
# difference *between label and prediction*. One of the two has the wrong shape, the other the wrong sign. So that the
# shape shows, `w` and `y` are columns here.


# %% tags=["exercise:least_squares_gradient"]
def least_squares_gradient(w, x, y):
    """The gradient of S, a column like w: w (d, 1), x (n, d), y (n, 1).  DLNN (4.14), (4.16)"""
    raise NotImplementedError("your code here")


# %% tags=["check:least_squares_gradient"]
check(least_squares_gradient)

# %% [markdown]
# ## How long a step
#
# Gradient descent walks downhill: $\mathbf{w} \leftarrow \mathbf{w} - \eta\,\nabla S(\mathbf{w})$, DLNN (4.14), GBC
# Algorithm 4.1. The book adds that $\eta$ *has to be adjusted carefully*. Here is what that means.
#
# **Start with a small $\eta$ and make it larger, stop by stop.** Then press Play to see single steps. The dots are again as
# large as their pull.


# %% tags=["live", "covers:linear-regression-gradient-descent"]
def descent_history(lr, steps):
    """The history of gradient descent from w = 0."""
    return learners.least_squares_descent(x1, y, lr=lr, max_steps=steps, tolerance=1e-9).history


live.linear_neuron.descent(x[:, 0], y, S, descent_history, w_hat, hessian=x1.T @ x1)

# %% [markdown]
# Small steps crawl along the floor of the valley. Larger ones jump from wall to wall and still arrive. Then, from one
# stop to the next, each jump lands higher than the last. Why? $\nabla S(\mathbf{w}) = \mathbf{X}^\top\mathbf{X}\,
# (\mathbf{w} - \hat{\mathbf{w}})$, because it is 0 at $\hat{\mathbf{w}}$. So along an eigenvector of
# $\mathbf{X}^\top\mathbf{X}$ with eigenvalue $\lambda$, a step multiplies the distance to $\hat{\mathbf{w}}$ by
# $1 - \eta\lambda$. That factor has to lie between −1 and 1 for every $\lambda$. (`np.linalg.eigvalsh` finds them.)
#
# ### Exercise 3 · the largest learning rate


# %% tags=["exercise:largest_learning_rate"]
def largest_learning_rate(x):
    """The number below which every lr converges, for descent on S with the data x (n, d).

    DLNN (4.14)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:largest_learning_rate"]
check(largest_learning_rate)

# %% [markdown]
# Put your limit to the test, a hair below it and a hair above. (`use` takes the book's while yours does not pass.)

# %%
limit = use(largest_learning_rate)(x1)
for share in (0.99, 1.01):
    fit = learners.least_squares_descent(x1, y, lr=share * limit, max_steps=2000)
    print(f"lr = {share} of the limit {limit:.4f}:", fit.message.split()[0])

# %% tags=["covers:linear-regression-gradient-descent"]
_, directions = np.linalg.eigh(x1.T @ x1)
path = np.array([row["w"] for row in descent.history])
distance = (path - w_hat) @ directions  # along each eigenvector, at each step
factor = 1 - 0.004 * curvature
verify.equation("DLNN (4.14), a step times 1 - lr lambda", distance[1:], factor * distance[:-1])

rate = 1 / np.linalg.norm(twice, 2) ** 2
walk = learners.least_squares_descent(twice, y, lr=rate, max_steps=5000, tolerance=1e-10)
verify.equation("descent from 0 finds X^+ y", walk.w, shortest, tolerance=1e-8)

# %% [markdown]
# The last line is the neuron with the area given twice. There the bottom of the bowl is a straight line, and a descent
# from 0 ends at its nearest point, without having been told.
#
# ## One sample at a time
#
# The ADALINE of Widrow and Hoff (1960) did not wait for all the data. It took one sample, corrected itself by
# $\mathbf{w} \leftarrow \mathbf{w} + \eta\,(y - \mathbf{w}^\top\mathbf{x})\,\mathbf{x}$, the *delta rule*, and took the
# next. Today this is called stochastic gradient descent (SGD) with batches of one. Below, 100 new flats pass by ADALINE,
# and by `training.steps`, which gets a layer, a loss and an optimizer and has never heard of ADALINE.

# %% tags=["covers:adaline"]
from dlnotes import optimizers, training

passing = rents(rng, 100)
w, adaline = np.zeros(2), []
for (flat,), (rent,) in training.batches(*passing, 1, np.random.default_rng(3)):
    sample = np.append(1, flat)
    w = w + 0.04 * (rent - w @ sample) * sample
    adaline.append(w)

start, again = (np.zeros((1, 1)), np.zeros(1)), np.random.default_rng(3)
rule = optimizers.scheduled(optimizers.sgd, lambda step: 0.04)
run = training.steps(
    layers.linear, losses.squared_error, start, passing, rule, rng=again, batch=1, epochs=1
)
sgd = [np.append(b, W) for _, (W, b) in run]
verify.equation("GBC 1.2.1, 100 steps of ADALINE and of SGD", np.array(adaline), np.array(sgd))

# %% tags=["covers:adaline"]
figure, ax = plt.subplots()
ax.set(xlim=(-1, 12), ylim=(-0.5, 4), xlabel="height $w_0$", ylabel="slope $w_1$")
plots.contours(S, ax=ax)
ax.plot(*path.T, "o-", markersize=4, label="gradient descent: 20 flats a step")
ax.plot(*np.array(adaline).T, ".-", linewidth=1, label="ADALINE: one flat a step")
ax.legend(loc="upper right", bbox_to_anchor=(1, 1.13), ncols=2)
plots.show(figure, "Gradient descent runs smoothly to the minimum, ADALINE staggers towards it")

# %% [markdown]
# ADALINE staggers, because each flat pulls its own way. But it has looked at 100 flats by its end, and the smooth path
# at 2,000. It will never come to rest: some flat is always missed. (The rings belong to the 20 flats; ADALINE saw 100
# others.)
#
# *A good place to begin the second sitting.*
#
# ## Why squares?
#
# Suppose that the noise is Gaussian with variance $\sigma^2$. Then the rents have a probability density, a product of
# bell curves, and its logarithm is $-\tfrac N2 \log(2\pi\sigma^2) - S(\mathbf{w})/\sigma^2$, DLNN (4.10), (4.11). The
# more likely a line makes the rents, the better it is. But nobody told us $\sigma$.
#
# **Move $\sigma$.** On the left is the band of $\pm 2\sigma$ in which about 95 % of the flats should lie, on the right
# the log-likelihood of the slope.


# %% tags=["live", "covers:gaussian-likelihood-least-squares"]
def log_likelihood(w, sigma):
    """log p(y | X, w, sigma) of the 20 rents: DLNN (4.11)."""
    return -len(y) / 2 * np.log(2 * np.pi * sigma**2) - S(w) / sigma**2


live.linear_neuron.likelihood(x[:, 0], y, w_hat, log_likelihood)

# %% [markdown]
# A small $\sigma$ is sure of itself: other slopes are out of the question. A large one shrugs. Both have their peak at the
# same place, because the weights appear in $S$ only: the most likely line *is* the least-squares line. The best $\sigma$
# is the one whose band fits, $\hat\sigma^2 = 2S/N$.


# %% tags=["covers:gaussian-likelihood-least-squares"]
def density(y, mean, sigma):
    """Of a Gaussian with variance sigma²: a factor of DLNN (4.10)."""
    return np.exp(-((y - mean) ** 2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)


likelihood = density(y, x1 @ w, 2.0).prod()
by_formula = log_likelihood(w, 2.0)
verify.equation("DLNN (4.11) is the log of (4.10)", by_formula, np.log(likelihood))
other = log_likelihood(w, np.sqrt(2.0))  # the same 2.0, taken for the variance
verify.claim("DLNN (4.9)", "sigma or its square: it matters", abs(other - by_formula) > 1)
for sigma in (0.3, 1, 3):
    slope = verify.gradient(lambda w, sigma=sigma: log_likelihood(w, sigma), w_hat)
    verify.equation(f"(4.11), w_hat is the peak for sigma = {sigma}", slope, 0, tolerance=1e-5)
sigma_hat = np.sqrt(2 * S(w_hat) / len(y))
slope = verify.gradient(lambda sigma: log_likelihood(w_hat, sigma), sigma_hat)
verify.equation("(4.11), its slope in sigma is 0 at sigma² = 2 S / N", slope, 0, tolerance=1e-5)

# %% [markdown]
# The same holds for many outputs, and for every network that ends in an *identity* output. Its answer is the mean of a
# Gaussian, and its squared error is the negative log-likelihood up to a constant. Choosing a loss means choosing a kind
# of noise.

# %% tags=["covers:linear-output-unit"]
target, s = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
y_hat, back = layers.identity(s)
risk, delta = losses.squared_error(y_hat, target, reduction="sum")
cost = -np.log(density(target, y_hat, 1.0)).sum()
constant = target.size / 2 * np.log(2 * np.pi)
verify.equation("GBC (6.17), -log N = 1/2 |y - y_hat|² + constant", cost, risk + constant)
verify.equation("DLNN (A.13), a = s", y_hat, s)
verify.equation("DLNN (A.14), the derivative is 1", back(delta)[0], delta)

# %% [markdown]
# ## Fair, and hard to beat
#
# Without Gauss there is still a reason for squares. Call an estimator *linear* if it multiplies $\mathbf{y}$ by a fixed
# matrix $\mathbf{M}$, and *unbiased* if on average it is right, which takes $\mathbf{M}\mathbf{X} = \mathbf{I}$. Many are
# both: trust some flats more than others, for instance. DLNN 4.1.3 says that none of them
# is better than least squares. Let us rent out the same 20 flats 5,000 times, each time with new noise.

# %% tags=["covers:least-squares-blue"]
trust = 10 ** rng.uniform(-2, 0, size=len(y))  # from 1 to 100 %, without any reason
trusting = np.linalg.solve(x1.T * trust @ x1, x1.T * trust)
truth, bins = np.array([9.0, 1.2]), np.linspace(0.7, 1.7, 61)
worlds = x1 @ truth + rng.normal(size=(5000, len(y)))
figure, ax = plt.subplots()
for name, M in [("least squares", np.linalg.pinv(x1)), ("wrong weights", trusting)]:
    found = worlds @ M.T
    error = np.abs(found.mean(axis=0) - truth) / found.std(axis=0) * np.sqrt(5000)
    verify.claim("DLNN 4.1.3", f"{name}: unbiased, to 3 standard errors", error.max() < 3)
    ax.hist(found[:, 1], bins, histtype="step", linewidth=2, label=name)
ax.set(xlabel="estimated slope $w_1$ (the true one is 1.2)", ylabel="worlds")
ax.legend()
plots.show(figure, "Both estimators scatter around the truth, least squares more narrowly")

# %% [markdown]
# Both are right on average. Least squares is wrong by less, and no luck is involved. Where the noise of every flat is
# independent and has the same variance $\sigma^2$, the covariance matrix of an estimate is
# $\sigma^2\mathbf{M}\mathbf{M}^\top$, and its diagonal holds the variances. Write $\mathbf{M} = \mathbf{X}^+ + \mathbf{D}$.
# Unbiased means $\mathbf{D}\mathbf{X} = 0$, so the cross terms $\mathbf{X}^+\mathbf{D}^\top =
# (\mathbf{X}^\top\mathbf{X})^{-1}(\mathbf{D}\mathbf{X})^\top$ vanish, and $\mathbf{M}\mathbf{M}^\top =
# (\mathbf{X}^\top\mathbf{X})^{-1} + \mathbf{D}\mathbf{D}^\top$: on the diagonal every other estimator adds squares.

# %% tags=["covers:least-squares-blue"]
least, D = np.linalg.inv(x1.T @ x1), trusting - np.linalg.pinv(x1)
verify.equation("DLNN 4.1.3, unbiased: D X = 0", D @ x1, 0)
verify.equation("Gauss-Markov, M M^T", trusting @ trusting.T, least + D @ D.T)
smaller = np.diag(least) < np.diag(trusting @ trusting.T)
verify.claim("DLNN 4.1.3", "least squares has the smaller variances", smaller.all())

# %% [markdown]
# ## What a loss aims at
#
# Forget the areas for a moment and guess all rents by one number $c$. Which one is best? That depends on the loss.
# Real rents, unlike ours, are skewed: a few are very high. Try losses $\sum_n |y^n - c|^p$ from $p = 1$ to 4.

# %% tags=["covers:mean-median-minimisers"]
skewed = np.exp(rng.normal(2.2, 0.6, size=201))
constants, powers = np.linspace(5, 20, 1501), np.linspace(1, 4, 31)
cost = [(np.abs(skewed[:, None] - constants) ** p).sum(axis=0) for p in powers]
best = constants[np.argmin(cost, axis=1)]
median, mean = np.median(skewed), skewed.mean()
verify.equation("GBC (6.16), the median is best for p = 1", best[0], median, tolerance=1e-3)
verify.equation("GBC (6.15), the mean is best for p = 2", best[10], mean, tolerance=1e-3)

# %% [markdown]
# Now the same question with an input. Two small networks (chapter 3 builds them) see 10,000 samples of a curve with
# skewed noise, whose mean lies above its median. One network is trained on squared errors, the other on absolute ones.


# %% tags=["covers:mean-median-minimisers"]
def absolute_error(output, target):
    """The mean of |output - target|, and a subgradient."""
    error = output[:, 0] - target
    return np.abs(error).mean(), np.sign(error)[:, None] / len(error)


place = np.sort(rng.uniform(-1, 1, size=(10_000, 1)), axis=0)
median = 1.5 + np.sin(2 * place[:, 0])
price, mean = median * np.exp(0.6 * rng.normal(size=10_000)), median * np.exp(0.6**2 / 2)
net, answers = layers.chain(layers.linear, layers.tanh, layers.linear), []
rule = optimizers.scheduled(optimizers.adam, lambda step: 0.03 / (1 + step / 200))
for loss in (losses.squared_error, absolute_error):
    start = (rng.normal(size=(4, 1)), np.zeros(4)), (), (rng.normal(size=(1, 4)), np.zeros(1))
    run = training.fit(net, loss, start, (place, price), rule, rng=rng, batch=500, epochs=50)
    answers.append(net(place, run[0])[0][:, 0])

# %% tags=["covers:mean-median-minimisers"]
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8))
left.plot(powers, best, color=plots.INK)
left.set(xlabel="power $p$ of the loss", ylabel="best constant $c$")
right.plot(place[::25, 0], price[::25], ".", color=plots.INK, markersize=3, zorder=0)
names = ["squared error: the mean", "absolute error: the median"]
for name, aim, answer, color in zip(names, [mean, median], answers, plots.PALETTE, strict=False):
    right.plot(place, answer, color=color, label=name)
    right.plot(place, aim, color=color, linewidth=8, alpha=0.25)
    error = np.abs(answer / aim - 1).mean()
    verify.claim("GBC 6.2.1.2", f"a network learns, to 6 %, by {name}", error < 0.06)
right.set(xlabel="input", ylabel="skewed target", ylim=(0, 7))
right.legend()
plots.show(figure, "The best constant for each power; two networks that learn mean and median")

# %% [markdown]
# Squared error aims at the mean, absolute error at the median, for a constant and for a network (the wide bands are
# the truth). The larger $p$ is, the more the extremes are heard.
#
# ## One wild flat
#
# Somebody mistypes a rent. **Move the rent** of the ringed flat and watch two lines, the best one for squared errors
# and the best one for absolute errors. (One of the latter passes through two flats, so it is found by trying all pairs.)


# %% tags=["live", "covers:outlier-l2-l1"]
def squares(x, y):
    return learners.least_squares(learners.with_bias(x[:, None]), y)


def absolutes(x, y):
    """The line with the smallest sum of absolute errors, among those through two samples."""
    X = learners.with_bias(x[:, None])
    pairs = np.stack(np.triu_indices(len(x), 1), axis=1)
    lines = np.linalg.solve(X[pairs], y[pairs][..., None])[..., 0]
    return lines[np.abs(lines @ X.T - y).sum(axis=1).argmin()]


live.linear_neuron.outlier(x[:14, 0], y[:14], squares, absolutes)

# %% [markdown]
# The slope under squares follows the rent in a straight line, without end: $\hat{\mathbf{w}} = \mathbf{X}^+\mathbf{y}$ is
# linear in $\mathbf{y}$. The slope under absolute values gives way once and then stays: while the flat rises, moving it
# adds the same to the error of every line below it, so the best of these lines stays the best. No flat has more than one
# vote.

# %% tags=["covers:outlier-l2-l1"]
wild = x[:14].argmin()
typed = np.array([0, 10, 100, 1e4, 1e6])
moved = [np.where(np.arange(14) == wild, rent, y[:14]) for rent in typed]
l2, l1 = (np.array([fit(x[:14, 0], rents)[1] for rents in moved]) for fit in (squares, absolutes))
pull = np.linalg.pinv(x1[:14])[1, wild] * typed
verify.equation("DLNN (4.12), the L2 slope moves linearly", l2 - l2[0], pull, tolerance=1e-8)
verify.equation("absolute errors, one L1 slope at 100, 10⁴ and 10⁶", l1[3:], l1[2])

# %% [markdown]
# ### Exercise 4 · a pull that does not shout
#
# With the squared error a sample pulls by $\alpha^n$. How strongly does it pull when the error is
# $\sum_n |y^n - \mathbf{w}^\top\mathbf{x}^n|$? Write the gradient, without a loop (though
# one with a loop passes, too).


# %% tags=["exercise:absolute_gradient"]
def absolute_gradient(w, x, y):
    """dR/dw (d,) of the summed absolute errors, none of which is exactly 0.

    w (d,), x (n, d), y (n,).  GBC (6.16)
    """
    raise NotImplementedError("your code here")


# %% tags=["check:absolute_gradient"]
check(absolute_gradient)

# %% [markdown]
# ## Several answers at once
#
# One neuron answers with one number. Stack $K$ of them and you have a layer, $\mathbf{a} = \mathbf{W}\mathbf{x}$ with a
# row of $\mathbf{W}$ for each, DLNN (4.17). From the sepals of 150 irises, let two neurons guess the length and the
# width of the petals.

# %% tags=["covers:multi-task-linear-regression"]
flowers, _ = datasets.iris()
sepals, petals = learners.with_bias(flowers[:, :2]), flowers[:, 2:]
W = learners.least_squares(sepals, petals)
for row, column in zip(W, petals.T, strict=True):
    alone = learners.least_squares(sepals, column)
    verify.equation("DLNN (4.18), a row of W is the fit of its target alone", row, alone)

figure, ax = plt.subplots()
guessed = sepals @ W.T
ax.plot([0, 7], [0, 7], color=plots.INK, linewidth=1)
ax.plot(petals[:, 0], guessed[:, 0], "o", label="petal length")
ax.plot(petals[:, 1], guessed[:, 1], "s", label="petal width")
ax.set(xlabel="measured, in cm", ylabel="guessed from the sepals, in cm")
ax.legend()
plots.show(figure, "Petals of irises as guessed from the sepals, against the measured ones")

# %% [markdown]
# The neurons share their inputs and nothing else: fitted together or one by one, the rows of $\mathbf{W}$ are the same.
# That changes once they share a hidden layer.
#
# ## The same in PyTorch
#
# `torch.linalg.lstsq` is the closed form. Autograd finds the gradient, and `torch.optim.SGD` on all flats makes the
# steps of (4.14). Mind the scale: `mse_loss` has no half and takes the mean, so it is $\tfrac{2}{N} S$, and the same
# steps need an `lr` that is $N/2$ times as large.

# %%
import torch

X, target = torch.tensor(x1), torch.tensor(y)
verify.equation("PyTorch, lstsq", torch.linalg.lstsq(X, target[:, None]).solution[:, 0], w_hat)

w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
rule = torch.optim.SGD([w], lr=0.004 * len(y) / 2)
for _ in range(60):
    rule.zero_grad()
    torch.nn.functional.mse_loss(X @ w, target).backward()
    rule.step()
verify.equation("PyTorch, 60 steps of SGD on mse_loss", w.detach(), descent.history[60]["w"])

# %% [markdown] tags=["question:ch02.linear_neuron.which_loss"]
# ### In your own words
#
# A neuron is to tell tenants what a flat of a given area costs. Most rents of the city lie close together, a few are ten
# times as high, and some were typed in wrong. Would you train it on squared errors or on absolute ones? Say what each of
# the two aims at, what squared errors take the noise to be, and what one wrong rent does to either line; then decide.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - The linear neuron answers $\mathbf{w}^\top\mathbf{x}$. Its squared error is a bowl with one bottom, or with a flat
#   floor where columns of $\mathbf{X}$ depend on each other.
# - The gradient is $\sum_n \alpha^n\mathbf{x}^n = \mathbf{X}^\top(\mathbf{X}\mathbf{w} - \mathbf{y})$, prediction minus
#   label. Descent converges if $\eta < 2/\lambda_{\max}$.
# - A loss is a claim about the noise. Squares mean Gaussian noise and aim at the mean; absolute values aim at the
#   median, and forgive a wild sample.
#
# ## Where the books differ
#
# - DLNN (4.3) and (4.17) add the noise to the model $g$. It belongs to $y$: with noise inside, one flat would get two
#   answers.
# - DLNN (4.8) and (4.9) write $\mathcal{N}(\cdot, \sigma)$ where the second argument is a variance everywhere else in the
#   book; (4.10) has $\sigma^2$. You saw that the two readings differ.
# - DLNN 4.1.3 says $\mathbf{X}^+\mathbf{X} = \mathbf{I}_m$. It is $\mathbf{I}_D$, and only if the columns are independent.
# - DLNN (4.16), and later (4.43), print the gradient as a row, and the text turns the sign of $\alpha^n$ around.
#   (4.14) is right. That was exercise 2.
# - In DLNN 4.1.2 the sentence on the explained sum of squares ends in formula (4.6), which is half the residual one.
# - EE147 prints the polynomial as $b + a_1x_1 + a_2x^2 + \dots$; there is one input, so $a_1x$.
# - DLNN halves and sums, GBC (5.4) and PyTorch average without the half, EE147 leaves a factor $k$. The best line is the
#   same, the learning rates are not.
#
# **Next:** [The perceptron](02_perceptron.ipynb) puts a threshold behind the sum and learns from mistakes only.
