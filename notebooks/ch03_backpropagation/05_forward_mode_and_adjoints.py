# %% [markdown]
# # Forward mode and adjoints
#
# The chain rule is a product of matrices, and the end at which you start to multiply decides what a derivative costs.
#
# **After this notebook you can**
#
# - differentiate any program by dual numbers, and say when that beats going backward;
# - choose the order of a product of Jacobians, and what to keep and what to compute again on the way;
# - get the derivatives by a thousand parameters from one linear system, solved once.
#
# 65 minutes in two sittings, 40 for the text and 25 for the exercises · the break is before
# *A derivative that is a graph again* · before this: [Computational graphs](04_computational_graphs.ipynb)
#
# DLNN – · GBC 6.5.3–6.5.9 · Strang VII.3 · EE147 – · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $\dot v$, $dv$ | `tangent` | how a value changes along a direction of the inputs |
# | $\nabla$, adjoint, `grad_table` (GBC) | `grad`, `delta` | how the result changes with a value |
# | $A, B, C, D$ in GBC (6.58) | `A`, `B`, `C` | Jacobians, which GBC transposes and Strang does not |
# | $v_n = F_n(v_{n-1}, x_n)$ (Strang) | `v`, `x` | state and input of a step |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import initialization, layers, live, losses, optimizers, plots, verify
from dlnotes.exercises import check, hint

# %%
rng = np.random.default_rng(3)

# %% [markdown]
# ## A number that carries its derivative
#
# Compute with pairs $v + t\,\varepsilon$, where $\varepsilon^2 = 0$. A product,
# $(v + t\varepsilon)(w + u\varepsilon) = vw + (vu + wt)\,\varepsilon$, has the product rule built in, and every other
# operation brings its own: $\exp(v + t\varepsilon) = e^v + e^v t\,\varepsilon$. Put $x + \varepsilon$ into a program
# made of such steps, and out comes $f(x) + f'(x)\,\varepsilon$: the value and the exact derivative, in one sweep from
# the input to the output. That is *forward mode*. Here is Strang's example at $x = 2$, $y = 3$.

# %% tags=["covers:forward-mode-dual"]
from dlnotes.autodiff import Dual, Node, backward, jvp, order


def f(x, y):
    return x**2 * (x + y)


along_x, along_y = f(Dual(2.0, 1.0), 3.0), f(2.0, Dual(3.0, 1.0))
print("sweep 1, x moves:", along_x)
print("sweep 2, y moves:", along_y)
verify.equation("Strang VII.3, F = 20", along_x.value, 20)
verify.equation("Strang VII.3, dF/dx = 24, dF/dy = 4", [along_x.tangent, along_y.tangent], [24, 4])
x, y = Node(2.0), Node(3.0)
backward(f(x, y))
tangents = [along_x.tangent, along_y.tangent]
verify.equation("here, the tape in one walk back", [x.grad, y.grad], tangents)

# %% [markdown]
# Two inputs, two sweeps; and nothing had to be remembered on the way. The tape of the
# [last notebook](04_computational_graphs.ipynb) remembers every value, and then needs a single walk back for both.
#
# A Dual may hold arrays. One sweep with $x$ on a grid draws the curve with all its tangents:

# %% tags=["covers:forward-mode-dual"]
grid = np.linspace(-3.6, 2.0, 8)
curve = f(Dual(grid, np.ones(8)), 3.0)
figure, ax = plt.subplots()
fine = np.linspace(-4, 2.6, 200)
ax.plot(fine, f(fine, 3.0), color=plots.INK, linewidth=1)
for x, value, slope in zip(grid, curve.value, curve.tangent, strict=True):
    ax.plot([x - 0.3, x + 0.3], [value - 0.3 * slope, value + 0.3 * slope], color=plots.BLUE)
ax.plot(grid, curve.value, "o", color=plots.BLUE)
ax.set(xlabel="$x$", ylabel="$x^2 (x + 3)$")
plots.show(
    figure, "The curve of x squared times x plus 3, and a stroke of its slope at eight places"
)
verify.equation("here, 3 x^2 + 6 x at all places", curve.tangent, 3 * grid**2 + 6 * grid)

# %% [markdown]
# Each blue stroke is a tangent. It was computed next to its value, not from differences of neighboring values.
#
# ## One sweep for each input, or one for each output
#
# The layers of this book are plain NumPy, and Duals pass through NumPy, so they pass through a whole network and its
# loss. For the gradient of a risk, that is the wrong way around: every parameter is an input, and each wants a sweep
# of its own.

# %% tags=["covers:forward-mode-dual"]
net = layers.chain(*layers.mlp(2, layers.tanh))
theta, unpack = optimizers.pack(initialization.mlp(rng, 4, 5, 3))
samples, labels = rng.normal(size=(8, 4)), rng.integers(0, 3, 8)


def tanh_risk(theta):
    output, back = net(samples, unpack(theta))
    return losses.cross_entropy(output, labels)[0]


forward = [tanh_risk(Dual(theta, e)).tangent for e in np.eye(theta.size)]
output, back = net(samples, unpack(theta))
_, grads = back(losses.cross_entropy(output, labels)[1])
verify.equation("GBC 6.5.9, both modes", forward, optimizers.vector(grads))
print(f"the gradient by {theta.size} parameters: {len(forward)} sweeps forward, or 1 walk back")

# %% [markdown]
# Turn it around: one input and many outputs, say fifty points of a curve that a network draws as $t$ moves. Now a
# single forward sweep does what takes fifty walks back, one from each output.

# %% tags=["covers:forward-mode-dual"]
t, params = np.array([[0.3]]), initialization.mlp(rng, 1, 8, 50)
still = [tuple(0 * array for array in part) for part in params]
_, one_sweep = jvp(net, t, params, np.ones((1, 1)), still)
fifty_walks = verify.jacobian(net, t, params)  # (1, 50, 1): a pass for each output
verify.equation("GBC 6.5.9, fifty outputs", one_sweep[0], fifty_walks[0, :, 0])

# %% [markdown]
# Each sweep, in either direction, costs a small multiple of computing the function itself. So count inputs and
# outputs, and start where there are fewer. A loss is one number: training goes backward.
#
# ### Exercise 1 · one sweep through a network
#
# Write forward mode by hand, without Duals: values and tangents side by side through two layers. What happens to a
# bias when only $x$ moves?


# %% tags=["exercise:network_tangent"]
def network_tangent(x, dx, W1, b1, W2, b2):
    """The pair (y, dy): y = W2 tanh(W1 x + b1) + b2 of each row of x, and its derivative along dx.

    x, dx (n, d);  W1 (h, d), b1 (h,);  W2 (k, h), b2 (k,);  y, dy (n, k).  One sweep, forward only.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:network_tangent"]
check(network_tangent)

# %% [markdown]
# ## The order of a product
#
# Behind both modes is one product of Jacobians, $A\,B\,C$, the last layer's first. Multiplication is associative, so
# the result is the same; the work is not. For $A$ ($m \times n$), $B$ ($n \times p$) and $C$ ($p \times q$), Strang
# VII.3 counts:
#
# - $(AB)\,C$ takes $mnp + mpq = mp\,(n + q)$ multiplications; it starts at the output.
# - $A\,(BC)$ takes $npq + mnq = nq\,(m + p)$; it starts at the input.
#
# **Predict, then move the sizes.** Which size decides?


# %% tags=["live", "covers:matrix-chain-order"]
def orders(m, n, p, q):
    """Multiplications of (A B) C and of A (B C), each as (the first product, the second)."""
    return (m * n * p, m * p * q), (n * p * q, m * n * q)


live.forward_mode.product_order(orders)

# %% [markdown]
# A thin end pays: a column $C$ (one direction of the inputs) wants to be met first, and so does a row $A$ (one loss).
# Divide both counts by $mnpq$, and the rule is $(AB)\,C$ first if and only if $1/q + 1/n < 1/m + 1/p$. Check it for
# all sizes from 1 to 8, in whole numbers:

# %% tags=["covers:matrix-chain-order"]
from fractions import Fraction
from itertools import product

agree, row_first = [], []
for m, n, p, q in product(range(1, 9), repeat=4):
    left_first, right_first = map(sum, orders(m, n, p, q))
    assert (left_first, right_first) == (m * p * (n + q), n * q * (m + p))
    rule = Fraction(1, q) + Fraction(1, n) < Fraction(1, m) + Fraction(1, p)
    agree.append(rule == (left_first < right_first))
    row_first.append(m > 1 or min(n, q) == 1 or left_first <= right_first)
verify.claim("Strang VII.3", f"the rule holds for all {len(agree)} sizes", all(agree))
verify.claim("Strang VII.3", "m = 1, n and q above 1: the output side is best", all(row_first))

# %% [markdown]
# With four matrices there are five orders, with ten 4862. A *dynamic program* finds the best one without trying them:
# the last product splits the chain somewhere, and both parts are the same problem, smaller. For the Jacobians of a
# classifier of digits, from its loss back to its 784 pixels, it finds the walk back.


# %% tags=["covers:matrix-chain-order"]
def cheapest(sizes):
    """The fewest multiplications for matrices sizes[0] x sizes[1], sizes[1] x sizes[2], ..."""
    if len(sizes) == 2:
        return 0
    cuts = range(1, len(sizes) - 1)
    return min(
        cheapest(sizes[: k + 1]) + cheapest(sizes[k:]) + sizes[0] * sizes[k] * sizes[-1]
        for k in cuts
    )


sizes = (1, 10, 64, 128, 784)  # the loss, the outputs, two hidden layers, the pixels
walk_back = sum(sizes[0] * one * two for one, two in zip(sizes[1:], sizes[2:], strict=False))
sweep = sum(sizes[-1] * one * two for one, two in zip(sizes, sizes[1:-1], strict=False))
verify.equation("GBC 6.5.9, the best order is the walk back", cheapest(sizes), walk_back)
print(f"output side first: {walk_back} multiplications; input side first: {sweep}")

# %% [markdown]
# (In general, when Jacobians have structure that can be used, finding the cheapest order is NP-complete, GBC 6.5.9.)
#
# ## Keep it, or compute it again
#
# The walk back needs the values of the way there. For $z = f(f(f(w)))$ the derivative is
# $f'(y)\,f'(x)\,f'(w)$ with $x = f(w)$ and $y = f(x)$ kept, GBC (6.52), or
# $f'(f(f(w)))\,f'(f(w))\,f'(w)$ with nothing kept but $w$, GBC (6.53). And there is something in between: keep every
# $k$-th value, and start from the nearest one. The function below does that, with a
# counter in $f$ that tells what it took.

# %% tags=["covers:store-or-recompute"]
calls = []


def repeated_sine(x, times):
    """f = sin, applied so many times; each call is noted."""
    for _ in range(times):
        calls.append(x)
        x = np.sin(x)
    return x


# %% tags=["covers:store-or-recompute"]
def through_chain(n, keep, w=0.8):
    """d/dw of f(f(...f(w))), n times f, with every keep-th value kept; and the calls of f."""
    calls.clear()
    kept, x, derivative, again = {0: w}, w, 1.0, []
    for i in range(keep, n, keep):  # the way there, up to the last value kept
        kept[i] = x = repeated_sine(x, keep)
    forward = len(calls)
    for i in reversed(range(n)):  # the way back, factor by factor
        before = len(calls)
        x = repeated_sine(kept[i - i % keep], i % keep)
        again.insert(0, len(calls) - before)
        derivative *= np.cos(x)  # f'(x)
    return {"derivative": derivative, "kept": [*kept], "again": again, "forward": forward}


# %% [markdown]
# **Predict, then move k.** On the left, a bar for each factor: what it costs to have its $x_i$ again. On the right,
# all choices of $k$: memory against work.

# %% tags=["live", "covers:store-or-recompute"]
live.forward_mode.store_or_recompute(through_chain)


# %% tags=["covers:store-or-recompute"]
def evaluations(run):
    return run["forward"] + sum(run["again"])


lengths = np.array([3, 10, 40])
stored = [through_chain(n, 1) for n in lengths]
recomputed = [through_chain(n, n) for n in lengths]
print("stored:", *map(evaluations, stored), "  recomputed:", *map(evaluations, recomputed))
verify.equation("GBC (6.52), n - 1 evaluations", list(map(evaluations, stored)), lengths - 1)
verify.equation(
    "GBC (6.53), n (n - 1) / 2", list(map(evaluations, recomputed)), lengths * (lengths - 1) / 2
)
one, other = [[run["derivative"] for run in runs] for runs in (stored, recomputed)]
verify.equation("GBC (6.52) = (6.53)", one, other)

# %% [markdown]
# Keeping about $\sqrt{n}$ values is a bargain: memory falls from $n$ to $\sqrt n$, and the work grows to about
# $n\sqrt n/2$, far below $n^2/2$. Libraries call it *checkpointing*. They also keep the values of the stretch that
# they are in, $2\sqrt n$ in all, and so compute none more than twice: networks are trained that way that would not
# fit into memory.
#
# ## All paths, or each edge once
#
# The chain rule can also be read as a sum over paths: from the input to the output, multiply the local derivatives
# along each path, and add up all paths, GBC (6.55). On a ladder of $L$ rungs, where every value is used twice, there
# are $2^L$ paths. The walk back adds up what meets at a node *before* it goes on, so it passes each edge once.


# %% tags=["covers:path-sum-cost"]
def path_sum(node, leaf):
    """dnode/dleaf as a sum over all paths, and how many paths there are.  GBC (6.55)"""
    if node is leaf:
        return 1.0, 1
    total, paths = 0.0, 0
    for parent, slope in zip(node.parents, node.back(np.ones(())), strict=True):
        below, count = path_sum(parent, leaf)
        total, paths = total + slope * below, paths + count
    return total, paths


def ladder(x, rungs):
    for _ in range(rungs):
        x = np.sin(x) + np.cos(x)
    return x


# %% tags=["covers:path-sum-cost"]
rungs = np.arange(1, 11)
edges, paths, sums, grads = [], [], [], []
for count in rungs:
    x = Node(0.4)
    top = ladder(x, count)
    backward(top)
    value, found = path_sum(top, x)
    sums.append(value), grads.append(x.grad), paths.append(found)
    edges.append(sum(len(node.parents) for node in order(top)))
verify.equation("GBC (6.55), the sum over all paths", sums, grads)
verify.equation("GBC 6.5.6, paths = 2^L", paths, 2**rungs)
verify.equation("GBC 6.5.6, edges = 4 L", edges, 4 * rungs)

# %%
figure, ax = plt.subplots()
ax.plot(rungs, paths, "o-", color=plots.ORANGE, label="paths, $2^L$")
ax.plot(rungs, edges, "s-", color=plots.BLUE, label="edges, 4 L")
ax.set(xlabel="rungs of the ladder, L", ylabel="to be walked", yscale="log")
ax.legend()
plots.show(figure, "With each rung of a ladder the paths double, and the edges become four more")

# %% [markdown]
# The orange line is straight on a logarithmic axis: the paths double with each rung. At a hundred rungs the path sum
# would outlast the sun; the walk back takes 400 edges. That is dynamic programming again, the same sum in a clever
# order.
#
# ## A derivative that is a graph again
#
# *A good place to begin the second sitting.*
#
# The walk back can compute numbers, or it can *write down* a formula: a new graph, whose nodes are made of the old
# ones. GBC 6.5.5 calls this symbol-to-symbol. Then the derivative can be differentiated by the same few lines. A
# `Symbol` below only remembers which operation was applied to what; `derivative` walks back and builds Symbols from
# the local derivatives of the tape's own table, `PARTIALS`.

# %% tags=["covers:symbol-to-symbol"]
from dlnotes.autodiff import PARTIALS, Arithmetic


class Symbol(Arithmetic):
    """A node of a formula: an operation of NumPy and what it is applied to, or a variable."""

    def __init__(self, ufunc=None, inputs=()):
        self.ufunc, self.inputs = ufunc, inputs

    def __array_ufunc__(self, ufunc, method, *inputs):
        return Symbol(ufunc, inputs)


def evaluate(symbol, known):
    """The number that a formula has where the variables in `known`, {Symbol: number}, are given."""
    if isinstance(symbol, Symbol) and symbol not in known:
        known[symbol] = symbol.ufunc(*[evaluate(each, known) for each in symbol.inputs])
    return known[symbol] if isinstance(symbol, Symbol) else symbol


# %% tags=["covers:symbol-to-symbol"]
def symbols(z):
    """All Symbols that z is made of, each behind its inputs, z last."""
    below = [each for part in z.inputs if isinstance(part, Symbol) for each in symbols(part)]
    return list(dict.fromkeys([*below, z]))


def derivative(z, w):
    """dz/dw as a formula: GBC Algorithms 6.5 and 6.6."""
    grads = {z: 1.0}
    for each in reversed(symbols(z)):
        for slot, part in enumerate(each.inputs):
            if isinstance(part, Symbol):
                local = PARTIALS[each.ufunc][slot](each, *each.inputs)
                grads[part] = grads.get(part, 0.0) + grads[each] * local
    return grads[w]


# %% [markdown]
# GBC's Figure 6.10 has $z = f(f(f(w)))$. Take $f = \sin$ and differentiate it once, then the result again.

# %% tags=["covers:symbol-to-symbol"]
import torch

w = Symbol()
z = np.sin(np.sin(np.sin(w)))
first = derivative(z, w)
second = derivative(first, w)
print("nodes:", *(len(symbols(each)) for each in (z, first, second)))

place = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
value = torch.sin(torch.sin(torch.sin(place)))
(slope,) = torch.autograd.grad(value, place, create_graph=True)
(bend,) = torch.autograd.grad(slope, place)
ours = [evaluate(each, {w: 0.9}) for each in (z, first, second)]
verify.equation(
    "GBC 6.5.5, PyTorch with create_graph", ours, [value.item(), slope.item(), bend.item()]
)

# %% tags=["covers:symbol-to-symbol"]
fine = np.linspace(-np.pi, np.pi, 200)
figure, ax = plt.subplots()
for symbol, name in [(z, "z"), (first, "dz/dw"), (second, "d²z/dw²")]:
    ax.plot(fine, evaluate(symbol, {w: fine}), label=name)
ax.set(xlabel="$w$", ylabel="value of the formula")
ax.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
plots.show(
    figure, "sin(sin(sin(w))) and its first two derivatives, each evaluated from its own graph"
)

# %% [markdown]
# Where the orange curve crosses 0, the blue one is highest or lowest; where it is steepest, the green one is farthest
# from 0. The price is printed above: 4 nodes, then 12, then 42. Forward mode over the tape gives second derivatives
# without any new graph; the [next notebook](06_jacobians_and_hessians.ipynb) lives on that.
#
# ## The adjoint method
#
# Starting at the output pays beyond networks. Suppose $v$ solves $N$ equations $E\,v = b(p)$ with $M$ parameters $p$,
# and you want the gradient of one number, $F = c^\top v$. Strang (9): $dv/dp = E^{-1}\,db/dp$, which is $M$ systems
# to be solved. But $dF/dp = c^\top E^{-1}\,db/dp$ is a product of three, with a thin end on the left, (10). Start
# there:
#
# $$E^\top \lambda = c \quad (11), \qquad \frac{dF}{dp} = \lambda^\top \frac{db}{dp} \quad (12).$$
#
# One system, whatever $M$ is. Here $v$ is how dirty a river is at 60 places. The water carries dirt to the right and
# loses some; forty sources of strength $p_k^2$ let dirt in, and someone measures at place 42.

# %% tags=["covers:adjoint-method"]
from scipy.linalg import lu_factor, lu_solve

places = np.arange(60)
E = 2.4 * np.eye(60) - 1.7 * np.eye(60, k=-1) - 0.6 * np.eye(60, k=1)
# (60, 40): where the dirt of each source comes in
spread = np.exp(-(((places[:, None] - np.linspace(0, 59, 40)) / 3) ** 2))
p, c, factors, solves = rng.normal(size=40), (places == 42).astype(float), lu_factor(E), []


def solve(right, *, transposed=False):
    """E^-1 right, or E^-T right, from the one LU factorization; each call is counted."""
    solves.append(transposed)
    return lu_solve(factors, right, trans=int(transposed))


# %% tags=["covers:adjoint-method"]
db = spread * (2 * p)  # column k is db/dp_k for b = spread @ p**2
direct = np.array([c @ solve(column) for column in db.T])
print("direct:", len(solves), "solves")
solves.clear()
influence = solve(c, transposed=True)
print("adjoint:", len(solves), "solve")
verify.equation("Strang (12)", influence @ db, direct)
differences = verify.gradient(lambda p: c @ solve(spread @ p**2), p)
verify.equation("Strang (12), differences", influence @ db, differences, tolerance=1e-8)
wrong = solve(c)  # the printed A^T lambda = c, with E for A, and no transpose
verify.claim(
    "Strang VII.3", "without ^T it is another gradient", not np.allclose(wrong @ db, direct)
)

# %% tags=["covers:adjoint-method"]
figure, ax = plt.subplots()
ax.plot(places, solve(spread @ p**2) / 10, color=plots.BLUE, label="dirt $v$, in tens")
ax.plot(
    places, influence, color=plots.ORANGE, label=r"$\lambda$: effect at 42 of a unit let in here"
)
ax.axvline(42, color=plots.INK, linestyle=":", linewidth=1)
ax.set(xlabel="place along the river (it flows to the right)", ylabel="amount")
ax.set(ylim=(-0.2, 4.6))
ax.legend(loc="upper left")
plots.show(figure, "The dirt along the river, and the adjoint, which looks upstream from place 42")

# %% [markdown]
# Dirt drifts downstream; the orange curve, the adjoint, looks *upstream*: what was let in ten places to the left
# matters, what is let in ten places to the right hardly does. That is what $E^\top$ is: the river with its flow
# turned round. And $\lambda$ knows nothing of $p$. New sources cost a product, not a solve.
#
# ### Exercise 2 · the adjoint method
#
# Strang remarks that $p$ may sit in $E$ as well. Allow both. Differentiate $E\,v = b$ first, on paper.


# %% tags=["exercise:adjoint_gradient"]
def adjoint_gradient(E, b, c, db, dE):
    """dF/dp (m,) of F = c^T v, where E(p) v = b(p): the adjoint method.

    E (n, n), b (n,), c (n,);  db (n, m): column k is db/dp_k;  dE (m, n, n): dE[k] is dE/dp_k.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:adjoint_gradient"]
check(adjoint_gradient)

# %% [markdown]
# ## Through a recurrence
#
# A machine that runs in steps, $v_n = F_n(v_{n-1}, x_n)$, Strang (13), is a chain whose links all look alike. The
# derivative of the last state by an early input is a product with a factor for each step between, (14), and once more
# you begin at the output side. Parameters come in two kinds. An input $x_n$ enters at one step. A weight matrix may
# be *shared*: used in all steps. The tape does not care. Give each step a Node of its own, then give all steps the
# same Node:

# %% tags=["covers:recurrence-sensitivity"]
steps, d = 12, 6
weights, inputs = 0.5 * rng.normal(size=(d, d)), rng.normal(size=(steps, d))
weigh = rng.normal(size=d)  # F = weigh . v_N, one number


def last_state(weights_of_step, inputs, v):
    for W, x in zip(weights_of_step, inputs, strict=True):
        v = np.tanh(W @ v + x)
    return v


shared, separate = Node(weights), [Node(weights) for _ in range(steps)]
for each_step in ([shared] * steps, separate):
    backward(weigh @ last_state(each_step, inputs, np.zeros(d)))
total = sum(node.grad for node in separate)
verify.equation("Strang (13), shared: the sum over the steps", shared.grad, total)

# %% tags=["covers:recurrence-sensitivity"]
nodes = [Node(x) for x in inputs]
backward(weigh @ last_state([weights] * steps, nodes, np.zeros(d)))
reach = [np.linalg.norm(node.grad) for node in nodes]
figure, ax = plt.subplots()
ax.bar(np.arange(1, steps + 1), reach, color=plots.BLUE)
ax.set(xlabel="step n", ylabel="length of $dF/dx_n$", yscale="log")
plots.show(
    figure, "How much the input of each step matters for the last state: the early ones little"
)
vector_first, matrix_first = (steps - 1) * d**2, (steps - 2) * d**3 + d**2
print(f"11 factors, output side first: {vector_first} multiplications; else {matrix_first}")

# %% tags=["covers:recurrence-sensitivity"]
states = [np.zeros(d)]
for x in inputs:
    states.append(np.tanh(weights @ states[-1] + x))
factors = [np.diag(1 - v**2) @ weights for v in states[2:]]  # dv_n/dv_{n-1}, n = 2 ... N
by_hand = weigh @ np.linalg.multi_dot(factors[::-1]) @ np.diag(1 - states[1] ** 2)
verify.equation("Strang (14), dF/dx_1 is the product of all factors", nodes[0].grad, by_hand)

# %% [markdown]
# The early inputs matter least: each step back multiplies by one more factor, and here the factors shrink. In a deep
# or recurrent network this is the vanishing gradient of [notebook 3](03_deep_networks.ipynb).
#
# ### Exercise 3 · back through the steps
#
# Write the walk back for this recurrence with a shared matrix. Where does its gradient grow?


# %% tags=["exercise:recurrence_gradient"]
def recurrence_gradient(W, v, x, c):
    """The pair of dF/dW (d, d) and dF/dx (t, d): F = c^T v_t, where v_n = tanh(W v_{n-1} + x_n).

    W (d, d), shared by all steps;  v (d,), the start v_0;  x (t, d), a row for each step;  c (d,).
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:recurrence_gradient"]
check(recurrence_gradient)

# %% [markdown]
# ## Aim at the end
#
# A recurrence with small steps is Euler's method for a differential equation $dv/dt = f(v, x, t)$, Strang VII.3. Then
# $x(t)$ is a control, and $v(T)$ is where you end up. A pendulum hangs at rest. Find the torque $x(t)$ for which
# after $T = 4$ it stands at an angle of 2, at rest. Forty numbers, one miss: a case for the walk back.


# %% tags=["covers:ode-control"]
def swing(x, dt=0.1):
    """Angles and the last speed of a pendulum with friction under the torques x, by Euler steps."""
    angles, speed = [0.0], 0.0
    for n in range(40):
        force = x[n] - np.sin(angles[-1]) - 0.2 * speed
        angles, speed = [*angles, angles[-1] + dt * speed], speed + dt * force
    return angles, speed


def miss(x):
    angles, speed = swing(x)
    return ((angles[-1] - 2) ** 2 + speed**2) / 2


x = Node(0.3 * rng.normal(size=40))
backward(miss(x))
verify.equation("Strang VII.3, the adjoint", x.grad, verify.gradient(miss, x.value), tolerance=1e-8)

# %% tags=["covers:ode-control"]
controls, misses = [np.zeros(40)], []
for _ in range(40):
    x = Node(controls[-1])
    end = miss(x)
    backward(end)
    misses.append(float(end.value))
    controls.append(controls[-1] - 0.5 * x.grad)
print("missed by", *(f"{misses[k]:.2g}" for k in (0, 4, 12, 39)), "after 0, 4, 12, 39 steps")
verify.claim("here", "every step of the descent lowers it", bool((np.diff(misses) < 0).all()))

# %% tags=["covers:ode-control"]
figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.8))
times = np.linspace(0, 4, 41)
for number, step in enumerate((0, 4, 12, 39)):
    ax.plot(times, swing(controls[step])[0], color=plots.PALETTE[number], label=f"step {step}")
    right.plot(times[:-1], controls[step], color=plots.PALETTE[number])
ax.plot(4, 2, "*", color=plots.INK, markersize=13, label="target", clip_on=False)
ax.set(xlabel="time", ylabel="angle of the pendulum")
right.set(xlabel="time", ylabel="torque $x(t)$")
ax.legend()
plots.show(
    figure, "The angle and the torque over time at four steps of the descent, and the target"
)

# %% [markdown]
# The descent finds out to push back first, then forward, and at last to brake: nobody told it. Its gradient is one
# walk back through forty steps; forward mode would have taken forty sweeps.
#
# ## The same in PyTorch
#
# PyTorch has dual numbers, too. The same network, in one direction of all parameters at once:

# %%
from torch.autograd import forward_ad

direction = rng.normal(size=theta.size)
with forward_ad.dual_level():
    moving = forward_ad.make_dual(torch.tensor(theta), torch.tensor(direction))
    W1, b1, W2, b2 = torch.split(moving, [20, 5, 15, 3])
    hidden = torch.tanh(torch.tensor(samples) @ W1.reshape(5, 4).T + b1)
    scores = hidden @ W2.reshape(3, 5).T + b2
    dual = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
    want = forward_ad.unpack_dual(dual)
ours = tanh_risk(Dual(theta, direction))
verify.equation("PyTorch, forward_ad: risk", ours.value, want.primal.item())
verify.equation("PyTorch, forward_ad: its derivative", ours.tangent, want.tangent.item())

# %% [markdown] tags=["question:ch03.forward_mode_and_adjoints.which_way"]
# ### In your own words
#
# A weather model takes 20 settings and computes the temperature at 10,000 places, through a million small steps. Its
# makers want to know how every temperature depends on every setting. Later they want the one error of the forecast, a
# single number, by the 50,000 temperatures that the model started from. Which mode for which, how many sweeps or
# walks, and where will memory run short? What can they do about that?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Forward mode costs a sweep for each input and remembers nothing; reverse mode costs a walk for each output and has
#   to keep, or compute again, the values of the way there.
# - Both multiply the same Jacobians. Start where the product is thin: at the loss, if there is one.
# - The adjoint method is the walk back through a linear system: $E^\top\lambda = c$ once, then $\lambda^\top db/dp$.
#   A shared parameter gets the sum of what its uses get.
#
# ## Where the books differ
#
# - GBC 6.5.9 says of (6.58), $ABCD$, that a column $D$ means a single output. It does if the matrices are transposed
#   Jacobians, with $D$ the gradient at the output. With ordinary Jacobians, as in Strang, the last factor belongs to
#   the input, and a column is a single input. The rule is the same: start at the thin end.
# - Strang VII.3 calls $c^\top$ "the first set of derivatives $dF/dp$"; it is $dF/dv$. And the adjoint equation,
#   printed as $A^\top\lambda = c$, is $E^\top\lambda = c$, as in his (11). You saw above that leaving out the
#   transpose gives another gradient.
# - GBC 6.5.9 speaks of "programs that different functions": *differentiate*.
#
# **Next:** [Jacobians and Hessians](06_jacobians_and_hessians.ipynb): whole matrices of derivatives, by as few walks
# as possible, and second derivatives from a Dual that takes the walk back.
