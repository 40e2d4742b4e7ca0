# %% [markdown]
# # Jacobians and Hessians
#
# Whole tables of first and second derivatives, from the one tool you have: a walk back through the network.
#
# **After this notebook you can**
#
# - tell the matrices apart that books call *the* Jacobian, by their shapes;
# - get a Jacobian by as many backward passes as there are outputs, and read it as a picture;
# - multiply by a Hessian that is too large to write down, and say how far a quadratic can be trusted.
#
# 65 minutes in two sittings, 40 for the text and 25 for the exercises · the break is before *The Hessian of a network* ·
# before this: [Forward mode and adjoints](05_forward_mode_and_adjoints.ipynb)
#
# DLNN 4.7–4.9, 8.9, B.2 · GBC 6.5.10 · Strang VII.3 · EE147 – · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathcal{J} = \partial\hat{\mathbf{y}}/\partial\mathbf{x}$ (DLNN 4.85) | `J` (K, D) | how the outputs move with the input |
# | $\mathbf{J}$ (DLNN 4.80 and 4.87) | two functions | a single layer's, of which there are two |
# | $\mathbf{H}$ | `H` (W, W) | second derivatives of the risk by the parameters |
# | $A_n$, $v_{n-1}$ (Strang) | `A`, `v` | matrix of layer n, and what enters it |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, initialization, layers, live, losses, plots, training, verify
from dlnotes.exercises import check, hint, use

# %%
rng = np.random.default_rng(4)

from dlnotes.optimizers import adam, leaves, pack, vector

x, labels = datasets.digits()
net = layers.chain(*layers.mlp(2, layers.tanh))
data, start = (x[:1500], labels[:1500]), initialization.mlp(rng, 64, 32, 10)
params, _ = training.fit(net, losses.cross_entropy, start, data, adam, rng=rng, batch=50, epochs=10)
theta, unpack = pack(params)
right = losses.accuracy(net(x[1500:], params)[0], labels[1500:])
print(f"{theta.size} parameters; {right:.0%} of the digits it has not seen are right")

# %% [markdown]
# ## The parameter Jacobian
#
# DLNN 4.8 gives one name to three things. The first you know: $\partial R/\partial\mathbf{w}$, the gradient of the
# risk by all $W$ parameters, written as a row, $(1, W)$. One walk back.

# %% tags=["covers:parameter-jacobian"]
import torch
from torch.nn import functional as F


def parameter_jacobian(net, loss, params, x, y):
    """dR/dtheta as a row (1, W): one backward pass."""
    output, back = net(x, params)
    _, delta = loss(output, y)
    _, grads = back(delta)
    return vector(grads)[None, :]


def tanh_in_torch(x, W1, b1, W2, b2):
    return F.linear(torch.tanh(F.linear(x, W1, b1)), W2, b2)


# %% tags=["covers:parameter-jacobian"]
row = parameter_jacobian(net, losses.cross_entropy, params, *data)
tensors = [torch.tensor(array, requires_grad=True) for array in leaves(params)]
F.cross_entropy(tanh_in_torch(torch.tensor(data[0]), *tensors), torch.tensor(data[1])).backward()
verify.equation("DLNN 4.8, shape (1, W)", row.shape, (1, theta.size))
verify.equation(
    "DLNN 4.8, autograd", row[0], torch.cat([each.grad.ravel() for each in tensors]).numpy()
)

# %% [markdown]
# ## The input-output Jacobian
#
# The second asks how the $K$ outputs move when the *input* moves:
# $\mathcal{J} = \partial\hat{\mathbf{y}}/\partial\mathbf{x}$, $(K, D)$, DLNN (4.85). A walk back that starts with a
# unit vector at output $i$ brings row $i$ to the input. So there are $K$ walks. (Forward mode would bring columns,
# and there are $D = 64$ of those.)


# %% tags=["covers:input-output-jacobian"]
def input_output_jacobian(net, params, x):
    """dy/dx (K, D) at one sample, x (1, D): K backward passes with unit vectors."""
    y, back = net(x, params)
    return np.concatenate([back(unit[None])[0] for unit in np.eye(y.shape[1])])


sample = x[[1503]]
J = input_output_jacobian(net, params, sample)
frozen = [tensor.detach() for tensor in tensors]
want = torch.autograd.functional.jacobian(
    lambda x: tanh_in_torch(x, *frozen), torch.tensor(sample[0])
)
verify.equation("DLNN (4.85), shape (K, D)", J.shape, (10, 64))
verify.equation("DLNN (4.85), torch jacobian", J, want.numpy())
verify.equation("here, verify.jacobian, K walks", verify.jacobian(net, sample, params)[0], J)

# %% [markdown]
# A row of $\mathcal{J}$ has an entry for each pixel, so it is a picture: orange where more ink raises the output,
# blue where more ink lowers it. Below is a digit of each class that the network has not seen. The slider adds a step
# along the row to the picture. On the right, gray strokes are the outputs before the step, dots those after it, and
# rings what $\mathcal{J}$ foretells.
#
# **Predict, then take a step.** How long may it be until the dots leave their rings?

# %% tags=["live", "covers:input-output-jacobian"]
digits = np.array([x[1500:][labels[1500:] == k][0] for k in range(10)]).reshape(10, 8, 8)


def digit_scores(picture):
    return net(picture.reshape(1, 64), params)[0][0]


def picture_jacobian(picture):
    return input_output_jacobian(net, params, picture.reshape(1, 64)).reshape(10, 8, 8)


live.jacobians.sensitivity_map(digits, digit_scores, picture_jacobian)

# %% [markdown]
# Short steps go as foretold, in all ten outputs; longer ones bend, because the tanh does. The picture that fools the
# network still looks much like the digit that it was. That is how sensitive a network is that only ever saw clean
# digits.
#
# ### Exercise 1 · a Jacobian by K backward passes
#
# Write it without `back`: the pass itself is two products with a derivative between.


# %% tags=["exercise:network_jacobian"]
def network_jacobian(x, W1, b1, W2, b2):
    """J (n, k, d), J[n, i, j] = dy_i/dx_j at sample n, for y = W2 tanh(W1 x + b1) + b2.

    x (n, d);  W1 (h, d), b1 (h,);  W2 (k, h), b2 (k,).  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:network_jacobian"]
check(network_jacobian)

# %% [markdown]
# ## Two Jacobians of one layer
#
# The third meaning is the Jacobian of a single layer, and here DLNN uses $\mathbf{J}$ for two matrices. From the
# input to the activation, $\mathbf{a} = f(\mathbf{W}\mathbf{x})$, it is $\operatorname{diag}(f')\,\mathbf{W}$,
# (4.87). From one pre-activation to the next, $\mathbf{s}^{[l]} = \mathbf{W} f(\mathbf{s}^{[l-1]})$, it is
# $\mathbf{W}\operatorname{diag}(f')$, (4.80). The diagonal stands on the side where the activation is met.

# %% tags=["covers:layer-jacobian-input-to-activation", "covers:pre-activation-jacobian"]
W, b, s = rng.normal(size=(5, 5)), rng.normal(size=5), 1.5 * rng.normal(size=(1, 5))


def tanh_slope(s):
    return 1 - np.tanh(s) ** 2


to_activation = tanh_slope(s @ W.T + b).T * W  # row i times f'(s_i)
between = W * tanh_slope(s)  # column j times f'(s_j)
layer, other = layers.chain(layers.linear, layers.tanh), layers.chain(layers.tanh, layers.linear)
verify.equation("DLNN (4.87)", to_activation, verify.jacobian(layer, s, [(W, b), ()])[0])
verify.equation("DLNN (4.80), (B.23)", between, verify.jacobian(other, s, [(), (W, b)])[0])
verify.equation(
    "DLNN (4.87), rows scaled", to_activation / W, tanh_slope(s @ W.T + b).T * np.ones((5, 5))
)
verify.equation("DLNN (4.80), columns scaled", between / W, np.ones((5, 5)) * tanh_slope(s))
verify.claim("DLNN 4.8", "they are two matrices", not np.allclose(to_activation, between))

# %% tags=["covers:layer-jacobian-input-to-activation", "covers:pre-activation-jacobian"]
figure, axes = plt.subplots(1, 3, figsize=(8, 3.1))
names = ["$W$", "diag$(f')\\,W$, (4.87)", "$W\\,$diag$(f')$, (4.80)"]
for ax, matrix, name in zip(axes, [W, to_activation, between], names, strict=True):
    ax.imshow(matrix, cmap=plots.SIGNED, vmin=-2, vmax=2)
    ax.set(title=name, xlabel="column", ylabel="row", xticks=range(5), yticks=range(5))
plots.show(figure, "A weight matrix, the same with its rows scaled, and with its columns scaled")

# %% [markdown]
# In the middle whole rows have paled: those units are saturated, and hardly answer any input. On the right whole
# columns have: those inputs come out of saturated units, and nobody hears them.
#
# ## The derivative by a matrix is a tensor
#
# How do the outputs $w$ of a network with one hidden layer move with an entry of the *first* matrix? Strang (5):
#
# $$\frac{\partial w_k}{\partial (A_1)_{ij}} = (A_2)_{ki}\, R'(z_i)\, (v_0)_j, \qquad z = b_1 + A_1 v_0.$$
#
# Three indices: a tensor. It has 60 entries here, in five slices, one for each output $w_k$. A slice is what one walk
# back from its output brings, an outer product. (In this formula $R$ is Strang's letter for the ReLU, so that $R'$ is its
# slope, 1 or 0. Elsewhere on this page $R$ is the risk.)

# %% tags=["covers:hidden-layer-derivative-tensor"]
A1, b1 = rng.normal(size=(4, 3)), 1 + rng.normal(size=4)
A2, b2 = rng.normal(size=(5, 4)), rng.normal(size=5)
v0 = rng.normal(size=3)
z = b1 + A1 @ v0
T = np.einsum("ki,i,j->kij", A2, (z > 0).astype(float), v0)
constants = [torch.tensor(array) for array in (v0, b1, A2, b2)]
want = torch.autograd.functional.jacobian(
    lambda A1: F.linear(torch.relu(F.linear(constants[0], A1, constants[1])), *constants[2:]),
    torch.tensor(A1),
)
verify.equation("Strang (5), a tensor (5, 4, 3)", T, want.numpy())
silent = int((z < 0).sum())
verify.equation("Strang (5), silent units have no share", (T == 0).all(axis=(0, 2)).sum(), silent)
print(f"{silent} of 4 units are silent; the closest to its kink has |z| = {np.abs(z).min():.2f}")

# %% [markdown]
# (At a kink, $z_i = 0$, the derivative does not exist, and programs choose one: a generic point stays away from
# them.)
#
# ### Exercise 2 · the formula that is missing
#
# For $L$ layers Strang promises the formula "in the Problem Set", and it is not there. Derive it and write it: which
# matrices stand between layer $n$ and the output, and in which order?


# %% tags=["exercise:deep_layer_derivative"]
def deep_layer_derivative(v, A, b, n):
    """T (k, i, j) = dw_k/d(A_n)_ij, for v_l = ReLU(A_l v_{l-1} + b_l) and w = A_L v_{L-1} + b_L.

    v (d,), the input v_0;  A, b: matrices and biases of layers 1 ... L, so that A_1 is A[0];
    n, from 1 to L.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:deep_layer_derivative"]
check(deep_layer_derivative)

# %% [markdown]
# The formula against walks back through a network of three layers: yours, once it passes its check. For a bias it is
# the same product without $v_{n-1}$.

# %% tags=["covers:hidden-layer-derivative-tensor"]
vector_of, nest = pack(initialization.mlp(rng, 3, 5, 4, 2))
deep, stack = layers.chain(*layers.mlp(3, layers.relu)), nest(rng.normal(size=vector_of.size))
A, b = leaves(stack)[::2], leaves(stack)[1::2]
formula = use(deep_layer_derivative)
_, back = deep(v0[None], stack)
walks = [leaves(back(unit[None])[1]) for unit in np.eye(2)]  # dA_1, db_1, dA_2, ... of each output
for n in (1, 2, 3):
    by_walks = [walk[2 * n - 2] for walk in walks]
    T = formula(v0, tuple(A), tuple(b), n)
    verify.equation(f"Strang VII.3, dw/dA_{n} of three layers", T, by_walks)
without_v = np.array([walk[1] for walk in walks])
verify.equation(
    "Strang VII.3, dw/db_1", formula(v0, tuple(A), tuple(b), 1), without_v[..., None] * v0
)

# %% [markdown]
# ## The Hessian of a network
#
# *A good place to begin the second sitting.*
#
# The Hessian holds all second derivatives of the risk, $H_{ij} = \partial^2 R / \partial w_i \partial w_j$, DLNN
# (4.88): a table with $W \times W$ entries. Each of its columns says how the *gradient* changes when one parameter
# moves, so a difference of two gradients is a column. Take the 2-2-1 network on XOR, at random weights.

# %% tags=["covers:network-hessian"]
xor_x, xor_y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
w0, unpack_xor = pack(initialization.mlp(np.random.default_rng(3), 2, 2, 1))
w0 = w0 + 0.5 * np.random.default_rng(13).normal(size=9)  # biases, too, away from 0


def xor_risk(w):
    """R(w) and its gradient, forward and back."""
    output, back = net(xor_x, unpack_xor(w))
    risk, delta = losses.binary_cross_entropy(output, xor_y)
    return risk, vector(back(delta)[1])


print(f"risk {xor_risk(w0)[0]:.3f} at w0, where {w0.size} parameters make {w0.size**2} entries")


# %% tags=["covers:network-hessian"]
def torch_risk(w):
    W1, b1, W2, b2 = torch.split(w, [4, 2, 2, 1])
    s = tanh_in_torch(torch.tensor(xor_x), W1.reshape(2, 2), b1, W2.reshape(1, 2), b2)
    return F.binary_cross_entropy_with_logits(s[:, 0], torch.tensor(xor_y, dtype=torch.float64))


steps = 1e-5 * np.eye(9)
columns = [(xor_risk(w0 + e)[1] - xor_risk(w0 - e)[1]) / 2e-5 for e in steps]
H = np.stack(columns, axis=1)
want = torch.autograd.functional.hessian(torch_risk, torch.tensor(w0)).numpy()
verify.equation("DLNN (4.88), W x W", H.shape, (9, 9))
verify.equation("DLNN (4.88), symmetric", H, H.T, tolerance=1e-6)
verify.equation("DLNN (4.88), torch hessian", H, want, tolerance=1e-6)
print("its eigenvalues:", *(f"{value:.3f}" for value in np.linalg.eigvalsh(want)))

# %% tags=["covers:network-hessian"]
figure, ax = plt.subplots(figsize=(5.6, 4.6))
largest = np.abs(H).max()
ax.imshow(H, cmap=plots.SIGNED, vmin=-largest, vmax=largest)
names = ["$W_{11}$", "$W_{12}$", "$W_{21}$", "$W_{22}$", "$b_1$", "$b_2$", "$u_1$", "$u_2$", "$c$"]
ax.set(xticks=range(9), xticklabels=names, yticks=range(9), yticklabels=names)
ax.set(xlabel="parameter", ylabel="parameter")
for (i, j), value in np.ndenumerate(H):
    color = "white" if abs(value) > 0.45 * largest else plots.INK
    number = f"{value:.2f}".replace("-0.00", "0.00")
    ax.text(j, i, number, ha="center", va="center", fontsize=7, color=color)
plots.show(figure, "The Hessian of the XOR network, nine parameters by nine, symmetric")

# %% tags=["covers:network-hessian"]
digits_bytes = 8 * theta.size**2
print(f"for the digits' {theta.size} parameters: {digits_bytes / 1e6:.0f} MB")
verify.equation("DLNN 4.9, memory W^2", digits_bytes, 8 * 2410**2)

# %% [markdown]
# Some eigenvalues are negative: from $w_0$ the risk curves up in some directions and down in others. It is no bowl,
# and Newton's step would be a gamble. And $W^2$ grows fast: a million parameters would want 8 terabytes.
#
# ## The Hessian without the Hessian
#
# Hardly anybody needs the table; most methods only multiply it by a vector. And $H v$ is the derivative of the
# gradient along $v$, GBC (6.59): $H v = \nabla\bigl[(\nabla R)^\top v\bigr]$. Libraries differentiate the walk back
# by another walk back. Pearlmutter's way is shorter: run the gradient, forward and back, on dual numbers
# $w + v\varepsilon$. What stands beside $\varepsilon$ in the result is $H v$, exactly, for about twice the work of a
# gradient.

# %% tags=["covers:hessian-vector-product"]
from dlnotes.autodiff import Dual

v = rng.normal(size=9)
product = xor_risk(Dual(w0, v))[1].tangent
verify.equation("GBC (6.59), the explicit H v", product, want @ v)

w = torch.tensor(w0, requires_grad=True)
(slopes,) = torch.autograd.grad(torch_risk(w), w, create_graph=True)
(twice,) = torch.autograd.grad(slopes @ torch.tensor(v), w)
verify.equation("GBC (6.59), double backprop in PyTorch", product, twice.numpy())
exact = verify.hessian(lambda w: xor_risk(w)[1], w0)  # a product with each unit vector
verify.equation("GBC 6.5.10, all columns H e", exact, want)

# %% [markdown]
# The old way is a difference, $(\nabla R(w + h v) - \nabla R(w - h v)) / 2h$. How good can it get?


# %% tags=["covers:hessian-vector-product"]
def off_by(h):
    """How far a difference of gradients with step h is from the exact H v."""
    difference = (xor_risk(w0 + h * v)[1] - xor_risk(w0 - h * v)[1]) / (2 * h)
    return np.linalg.norm(difference - want @ v)


# %% tags=["covers:hessian-vector-product"]
h = np.logspace(-4.75, 0, 20)
figure, ax = plt.subplots()
ax.plot(
    h, [off_by(each) for each in h], "o-", color=plots.ORANGE, label="difference of two gradients"
)
tiny = np.logspace(-11, -5, 7)
ax.plot(tiny, 1e-16 / tiny, ":", color=plots.ORANGE, label="rounding, about $10^{-16}/h$")
ax.axhline(1e-13, color=plots.BLUE, label="Pearlmutter: somewhere below this line")
ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="error of $Hv$", ylim=(1e-16, 30))
ax.legend()
plots.show(
    figure, "The error of a difference of gradients over its step: a valley, far above exact"
)

# %% tags=["covers:hessian-vector-product"]
verify.claim("here", "too long: h = 0.1 misses by over 1e-4", bool(off_by(0.1) > 1e-4))
verify.claim("here", "too short: h = 1e-10 misses by over 1e-9", bool(off_by(1e-10) > 1e-9))
best = min(off_by(each) for each in np.logspace(-8, -2, 60))
exact_error = np.linalg.norm(product - want @ v)
verify.claim("here", "no h does as well: 1e-13 lies between", bool(best > 1e-13 > exact_error))

# %% [markdown]
# The orange valley has two slopes. On the right the step is too long, and third derivatives spoil it. On the left it
# is so short that the two gradients agree in almost all digits, and their difference is rounding. (That part differs
# from machine to machine; the dotted line has its size.) The blue way has no $h$ to choose.
#
# Now the digits: 2410 parameters, and no table. *Power iteration* multiplies by $H$ again and again; what survives is
# the direction of the largest eigenvalue, the stiffest one.

# %% tags=["covers:hessian-vector-product"]
import tracemalloc


def digits_gradient(theta):
    output, back = net(data[0][:200], unpack(theta))
    _, delta = losses.cross_entropy(output, data[1][:200])
    return vector(back(delta)[1])


u, v = rng.normal(size=(2, theta.size))
tracemalloc.start()
Hv = verify.hessian_vector(digits_gradient, theta, v)
peak = tracemalloc.get_traced_memory()[1]
tracemalloc.stop()
verify.claim("here", "no W x W array: under 1/10 of its bytes", peak < digits_bytes / 10)
Hu = verify.hessian_vector(digits_gradient, theta, u)
verify.equation("DLNN 4.9, u^T H v = v^T H u", u @ Hv, v @ Hu)


# %% tags=["covers:hessian-vector-product"]
def stiffest(gradient, w, v, count):
    """The eigenvalue of the Hessian that is largest in size, after each of `count` products."""
    found = []
    for _ in range(count):
        v = v / np.linalg.norm(v)
        Hv = verify.hessian_vector(gradient, w, v)
        found.append(v @ Hv)
        v = Hv
    return np.array(found)


small = stiffest(lambda w: xor_risk(w)[1], w0, np.ones(9), 100)
eigenvalues = np.linalg.eigvalsh(want)
stiff = eigenvalues[np.abs(eigenvalues).argmax()]
verify.equation("here, power iteration on XOR", small[-1], stiff)
large = stiffest(digits_gradient, theta, v, 60)
print(f"digits: {large[-1]:.2f} after 60 products, {large[29]:.2f} after 30")

# %% [markdown]
# ### Exercise 3 · Pearlmutter's trick
#
# Do by hand what the Duals did: differentiate every line of a forward and a backward pass along a direction. On the
# way back three things move at once.


# %% tags=["exercise:tanh_hessian_vector"]
def tanh_hessian_vector(W, u, x, y, V, q):
    """The Hessian of R(W, u) = 1/2 sum_n (u . tanh(W x_n) - y_n)^2 times the direction (V, q).

    W, V (h, d);  u, q (h,);  x (n, d), y (n,).  Returns the pair of what belongs to W (h, d) and
    to u (h,), exact.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:tanh_hessian_vector"]
check(tanh_hessian_vector)

# %% [markdown]
# ## How far the quadratic reaches
#
# Gradient and Hessian together are the best parabola at $w_0$, DLNN (4.89):
#
# $$R(w) \approx R(w_0) + (w - w_0)^\top g + \tfrac12 (w - w_0)^\top H\, (w - w_0).$$
#
# Second-order methods jump to the lowest point of this surface, and pruning reads from it what a weight is worth. So
# how far may you trust it? Three directions through the nine-dimensional space of the XOR network: downhill, the
# stiffest, and one along which the risk curves down.
#
# **Predict, then halve the radius.**

# %% tags=["live", "covers:second-order-taylor"]
values, vectors = np.linalg.eigh(want)
risk0, g = xor_risk(w0)
along = {
    "downhill": -g / np.linalg.norm(g),
    "stiffest": vectors[:, -1],
    "curving down": vectors[:, 0],
}


def profile(direction, t):
    """The risk at w0 + t d, and its linear and quadratic approximations there."""
    d = along[direction]
    true = np.array([xor_risk(w0 + each * d)[0] for each in t])
    linear = risk0 + t * (g @ d)
    return true, linear, linear + t**2 * (d @ want @ d) / 2


live.jacobians.taylor(profile, list(along))

# %% tags=["covers:second-order-taylor"]
radii = 0.2 * 0.5 ** np.arange(5)
for direction in along:
    true, linear, quadratic = profile(direction, radii)
    missed = np.abs(true - quadratic)
    shrinks = missed[:-1] / missed[1:]
    print(
        f"{direction}: halving the step divides the error by", *(f"{each:.1f}" for each in shrinks)
    )
    verify.claim("DLNN (4.89)", "in the end by 8", bool(abs(shrinks[-1] - 8) < 0.8))

# %% [markdown]
# On logarithmic axes the two errors are straight lines near $w_0$, of slopes 2 and 3: that is what $O(\cdot)$ in a
# formula looks like. Farther out the risk goes its own way, and a jump to the bottom of the parabola lands somewhere
# else. Careful methods therefore trust it only within a radius.

# %% [markdown] tags=["question:ch03.jacobians_and_hessians.too_large"]
# ### In your own words
#
# A network has $10^8$ parameters, photos of $10^5$ pixels and 1000 classes. You are asked for (a) the row of the
# input-output Jacobian that belongs to class 3, at one photo, (b) the whole input-output Jacobian there, (c) the
# Hessian of the risk, (d) its largest eigenvalue. For each: how many passes, and how much memory for the result?
# Which do you refuse, and what do you offer instead?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Ask for the shape: $(1, W)$ is the parameter Jacobian, $(K, D)$ the input-output one; $\operatorname{diag}(f')\,W$
#   scales rows, $W\operatorname{diag}(f')$ columns.
# - A walk back from a unit vector is a row; $K$ of them are the Jacobian.
# - $H v$ costs two gradients and no table: send $w + v\varepsilon$ through the gradient. Its columns, its largest
#   eigenvalue, all come from such products.
# - The quadratic misses by third order: half the step, an eighth of the error.
#
# ## Where the books differ
#
# - DLNN calls both (4.80) and (4.87) the Jacobian $\mathbf{J}$ of a layer. They are two matrices, as you saw.
# - DLNN 4.9 prints the Hessian as $Q \times Q$, with $Q$ the number of parameters; in 4.6 $Q$ is the number of units.
#   It is $W \times W$.
# - Strang VII.3 promises formulas for $L$ layers in the problem set. They are not among its nine problems; exercise 2
#   has them.
# - DLNN 8.9 gives the cost of the Hessian-vector products in (8.45) as "K(K W)": one product for each of the $K$
#   outputs makes $O(KW)$.
#
# **Next:** [Activation functions](07_activation_functions.ipynb): what the diagonals above are made of, and what
# happens to a network when they are full of zeros.
