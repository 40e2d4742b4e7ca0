# %% [markdown]
# # Counting linear pieces
#
# A ReLU network is a sheet of paper, folded along straight lines: here you count its flat pieces, exactly, and see why
# a second layer can make so many more of them.
#
# **After this notebook you can**
#
# - write down the one matrix and the one vector that a ReLU network is around a given input;
# - say how many pieces N folds make in m dimensions, and in which positions they make fewer;
# - explain why a layer in front multiplies the pieces, where a unit beside the others only adds some.
#
# 70 minutes in two sittings, 55 for the text and 15 for the exercises · the break is before
# *What three folds can separate* · before this: [Universal approximation](09_universal_approximation.ipynb)
#
# DLNN – · GBC 6.4.1, 15.4 · Strang VII.1 · EE147 – · MEDL 5.3
#
# | in the books | here | what it is |
# |---|---|---|
# | flat piece (Strang), linear region (GBC), polytope (MEDL) | piece | where no hidden unit switches on or off |
# | – | mask | which hidden units are on: True where $s > 0$ |
# | fold (Strang) | fold | where the pre-activation $s$ of a unit is 0 |
# | $r(N, m)$, in Strang's opening essay $r(q, p)$ | `flat_pieces(N, m)` | pieces that N folds make in $\mathbb{R}^m$ |
# | $A_1\mathbf{v}_0 + \mathbf{b}_1$ (Strang) | `x @ W.T + b` | the pre-activations of the first layer |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import arrangements, cpl, initialization, layers, live, pieces, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## One matrix around each point
#
# A ReLU passes a positive pre-activation on as it is, and turns any other into 0. Fix which units are on, the *mask*,
# and nothing bends any more: the ReLUs have only erased the rows of the units that are off. So around a point
# $\mathbf{x}$ the whole network is one matrix and one vector, $F(\mathbf{x}') = \mathbf{W}_x\mathbf{x}' +
# \mathbf{b}_x$, as far as no unit switches (MEDL 5.3). Such a piece of the input space is convex, because a few linear
# inequalities bound it. Here is a network with two inputs and two hidden layers of six units.


# %%
def biased(rng, fan_in, fan_out):
    """He's weights, with biases that move the folds away from the origin."""
    W, _ = initialization.he(rng, fan_in, fan_out)
    return W, 0.5 * rng.normal(size=fan_out)


params = initialization.mlp(np.random.default_rng(5), 2, 6, 6, 1, init=biased)
network = layers.chain(*layers.mlp(3, layers.relu))

# %% tags=["covers:relu-polytopes"]
x = np.random.default_rng(0).uniform(-2, 2, size=(2000, 2))
W_x, b_x = pieces.local_map(x[0], params)
same = (pieces.masks(x, params) == pieces.masks(x[:1], params)).all(axis=1)
F, F_x = network(x, params)[0], x @ W_x.T + b_x
print(f"{same.sum()} of 2000 places lie in the piece of the first one")
verify.equation("MEDL 5.3, F(x') = W_x x' + b_x in this piece", F_x[same], F[same])
verify.claim("MEDL 5.3", "in no other piece is that F", not np.isclose(F_x, F)[~same].any())

# %% [markdown]
# These are all the pieces in a square. `pieces.polygons` finds them by cutting: the fold of the first unit cuts the
# square in two, the fold of the next cuts these, and so on through both layers.

# %% tags=["covers:relu-polytopes", "covers:region-counting"]
found = pieces.polygons(params, -2, 2)
figure, ax = plt.subplots(figsize=(5.6, 5.0))
for number, piece in enumerate(found):
    ax.fill(*piece.corners.T, color=plots.PALETTE[number % 10], alpha=0.35, linewidth=0)
    ax.fill(*piece.corners.T, facecolor="none", edgecolor=plots.INK, linewidth=0.8)
ax.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="$v_1$", ylabel="$v_2$", aspect="equal")
for w, bias in zip(*params[0], strict=True):
    plots.boundary([bias, *w], ax=ax, linewidth=2)
ax.plot(*x[0], "*", color=plots.INK, markersize=14)
plots.show(figure, "The pieces of a square on which a network with two hidden layers is affine")


# %% tags=["covers:region-counting"]
def different(masks):
    """How many different rows there are."""
    return len(np.unique(masks @ 2 ** np.arange(masks.shape[1])))


print(f"{len(found)} pieces; 2000 random places find {different(pieces.masks(x, params))} of them")
own_masks = different(np.array([piece.mask for piece in found])) == len(found)
verify.claim("GBC 6.4.1", "each piece has a mask of its own", own_masks)

# %% [markdown]
# The thick lines are the folds of the first layer: straight, from one end of the picture to the other. The thin ones
# belong to the second layer. Each of them is straight inside a piece of the first layer and bends where it leaves it:
# its unit sees other activations there.
#
# ### Exercise 1 · the map around a point
#
# Write $\mathbf{W}_x$ and $\mathbf{b}_x$ for two hidden layers. Once yours passes, the cell below walks along the
# diagonal of the square, and at seven places draws the line that your map gives. Stuck? `hint(local_affine_map)`, in a
# cell of your own, helps.


# %% tags=["exercise:local_affine_map"]
def local_affine_map(x, W1, b1, W2, b2, W3, b3):
    """W_x (k, j), b_x (k,) of the ReLU network around the point x (j,): there it is W_x x' + b_x.

    Two hidden layers of ReLUs, W1 (h, j), b1 (h,) and W2 (i, h), b2 (i,); then W3 (k, i), b3 (k,).
    A unit whose pre-activation is exactly 0 is off.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:local_affine_map"]
check(local_affine_map)

# %%
around, t = use(local_affine_map), np.linspace(-2, 2, 801)
figure, ax = plt.subplots()
ax.plot(t, network(np.column_stack([t, t]), params)[0], color=plots.INK, label="$F(t, t)$")
for place in np.linspace(-1.8, 1.8, 7):
    W_x, b_x = around(np.full(2, place), *params[0], *params[2], *params[4])
    near = place + np.array([-0.5, 0.5])
    ax.plot(near, near * W_x.sum() + b_x, color=plots.ORANGE, linewidth=4, alpha=0.5)
    ax.plot(place, place * W_x.sum() + b_x, "o", color=plots.ORANGE)
ax.set(xlabel="$t$", ylabel="output", xlim=(-2, 2))
ax.legend()
plots.show(figure, "The network along a diagonal, with its local affine maps at seven places")

# %% [markdown]
# At each dot the map touches the network, and stays on it up to the next fold.
#
# ## Lay one more fold
#
# Now count. Take a single hidden layer: the folds are straight lines, all the way. Over a plane with a few folds lay a
# new one: choose how it runs, then shift it, or click where it should pass. What it cuts in two is tinted, and the new
# pieces are numbered.
#
# **Move the new fold** until it crosses every other one, then bring it to where it makes fewer new pieces. The count is
# exact, also for pieces outside the picture, and for folds that are parallel or meet in one point.

# %% tags=["live", "covers:flat-piece-count"]
five = np.array([[1, 0], [0, 1], [1, 1], [-1, 1], [2, 1]])
lies = {
    "in general position": (five, np.array([1, 1, -1, -0.5, -0.5])),
    "parallel": (np.ones((5, 2)), np.arange(-2, 3)),
    "through one point": (five, np.zeros(5)),
}
live.linear_pieces.moving_fold(
    lies, arrangements.regions, pieces.polygons, arrangements.flat_pieces
)

# %% [markdown]
# Did you notice? What counts is how many *different points* the new fold has in common with the others. With $k$ such
# points it falls into $k + 1$ parts, and each part cuts one old piece in two.
#
# ## The count
#
# *General position* means that no two folds are parallel and no three pass through one point; in $\mathbb{R}^m$, that
# any $m$ folds meet in one point and no $m + 1$ do. The new fold is then cut by the $N - 1$ others like a space of its
# own, of one dimension less, and each part of it makes one new piece:
#
# $$r(N, m) = r(N - 1, m) + r(N - 1, m - 1),$$
#
# Strang VII.1 (5), from $r(0, m) = r(N, 0) = 1$. In the plane the N-th fold makes N new pieces: 2, 4, 7, 11, 16, ...
# That is the rule of Pascal's triangle, and the solution is a sum of binomials,
#
# $$r(N, m) = \sum_{i=0}^{m}\binom{N}{i}, \qquad\text{Strang VII.1 (4), GBC (15.4).}$$
#
# `arrangements.regions` uses neither. It adds plane after plane, finds out which pieces are cut, and computes with
# fractions, so that no piece is lost to rounding.

# %% tags=["covers:flat-piece-count"]
grid = [(N, m) for N in range(30) for m in range(12)]
by_formula = [arrangements.flat_pieces(N, m) for N, m in grid]
by_recursion = [arrangements.flat_pieces_recursion(N, m) for N, m in grid]
verify.equation("Strang VII.1 (4) solves (5)", by_formula, by_recursion)

rng = np.random.default_rng(3)
for N, m, printed in [(3, 2, 7), (4, 2, 11), (4, 3, 15), (5, 3, 26), (20, 2, 211)]:
    signs, _ = arrangements.regions(rng.normal(size=(N, m)), rng.normal(size=N))
    both = [arrangements.flat_pieces(N, m), len(signs)]
    verify.equation(
        f"Strang VII.1, r({N}, {m}) = {printed}, by (4) and by counting,", both, printed
    )

# %% [markdown]
# Twenty-six is Polya's answer: as many pieces of cake as five straight cuts can make.
#
# ## How fast the count grows
#
# As long as there are no more units than inputs, every mask occurs: $r(N, m) = 2^N$ for $N \le m$, because the
# binomials run to the end of their row. With many units the last binomial outgrows the others, and $r(N, m) \approx N^m
# / m!$.

# %% tags=["covers:piece-count-asymptotics"]
N = np.unique(np.geomspace(1, 1000, 60).astype(int))
figure, ax = plt.subplots()
for m, style in [(1, "o"), (2, "s"), (3, "D"), (5, "^")]:
    counts = [arrangements.flat_pieces(int(n), m) for n in N]
    (dots,) = ax.plot(N, counts, style, markersize=4, label=f"$m = {m}$")
    limit = N**m / float(np.prod(np.arange(1, m + 1)))
    ax.plot(N, limit, "--", color=dots.get_color(), linewidth=1)
ax.set(xscale="log", yscale="log", xlabel="units $N$", ylabel="$r(N, m)$", ylim=(0.8, 1e14))
ax.legend()
plots.show(figure, "Pieces against units on logarithmic axes: straight lines with slope m")

ratios = [arrangements.flat_pieces(N, 2) / (N**2 / 2) for N in (10, 100, 1000)]
verify.equation("Strang VII.1, r(N, 2) / (N²/2)", np.round(ratios, 4), [1.12, 1.0102, 1.0010])
few = all(arrangements.flat_pieces(N, m) == 2**N for m in range(1, 12) for N in range(1, m + 1))
verify.claim("Strang VII.1, Problem 6", "r(N, m) = 2^N for N <= m", few)

# %% [markdown]
# Dots are the count, dashed lines $N^m / m!$. Both axes are logarithmic: the slope is $m$, the number of inputs. That
# is the limit of a single layer: its pieces grow like a power of its units, never faster.
#
# ## The folded surface
#
# With two inputs the graph of $F$ is a surface over the plane. Each unit adds a ramp, so the sheet gets a crease over
# the fold, and stays flat between creases. Below the surface lies the map of its pieces.
#
# **Turn up the number of units**, then change the random weights and the spread of the biases. Does every set of
# weights show as many pieces in the square as the formula allows in the whole plane?


# %% tags=["live", "covers:folded-surface"]
def surface(folds, seed, spread):
    """One hidden layer on two inputs, with random weights."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(folds, 2)), spread * rng.normal(size=folds)
    return hidden, (), (rng.normal(size=(1, folds)), np.zeros(1))


live.linear_pieces.folded_surface(surface, pieces.polygons, arrangements.flat_pieces)

# %% [markdown]
# The square never shows more than $r(N, 2)$, often fewer: folds may cross far away, or not come in at all. In the whole
# plane random folds are in general position, and the count is exact.

# %% tags=["covers:folded-surface"]
for folds in range(1, 7):
    weights = [surface(folds, seed, 0.5) for seed in range(12)]
    seen = [len(pieces.polygons(one)) for one in weights]
    whole = [len(arrangements.regions(*one[0])[0]) for one in weights]
    most = arrangements.flat_pieces(folds, 2)
    print(f"N = {folds}: {min(seen)} to {max(seen)} pieces in the square, r(N, 2) = {most}")
    assert max(seen) <= most
    verify.equation(f"Strang VII.1 (4), r({folds}, 2) in the whole plane", whole, most)

# %% [markdown]
# ## Folds in special position
#
# Parallel folds never cross, and folds through one point cross only there. Both cost pieces. Strang asks (Problems 3,
# 18, 19, 20): how few and how many pieces can 20 lines make?

# %% tags=["covers:special-position-folds"]
turn = np.arange(20) * np.pi / 20
axes_of_grid = np.repeat(np.eye(2), 10, axis=0)
twenty = {
    "parallel": (np.tile([1.0, 0.5], (20, 1)), np.arange(-10, 10) / 6),
    "10 + 10, a grid": (axes_of_grid, np.tile(np.arange(10) / 3 - 1.5, 2)),
    "through one point": (np.column_stack([np.cos(turn), np.sin(turn)]), np.zeros(20)),
}
figure, axes = plt.subplots(1, 3, figsize=(8, 3.1))
for ax, (name, (W, b)), want in zip(axes, twenty.items(), [21, 121, 40], strict=True):
    ax.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="$v_1$", ylabel="$v_2$", xticks=[], yticks=[])
    for w, bias in zip(W, b, strict=True):
        plots.boundary([bias, *w], ax=ax, linewidth=1, color=plots.BLUE)
    ax.set_title(f"{name}:\n{want} pieces")
    verify.equation(f"Strang VII.1, {name}: {want}", len(arrangements.regions(W, b)[0]), want)
plots.show(figure, "Twenty lines: parallel, in a grid, and through one point")

# %% [markdown]
# In general position the same 20 lines make 211 pieces. Nine lines across nine others make 100, not $r(18, 2) = 172$.
# Special position never makes more pieces than general position: an arrangement loses pieces when crossings fall
# together.
#
# So what about Strang's Problem 1? Three planes $x = 0$, $y = 0$, $z = 0$ cut space into 8. The fourth, $x + y + z =
# 1$, brings the count to 15: it misses the octant where all three are negative. Now move it to $x + y + z = 0$, so that
# all four pass through the origin. The problem asks you to describe "16 (not 15)" pieces. Count them.

# %% tags=["covers:special-position-folds"]
nine = np.repeat(np.eye(2), 9, axis=0)
crossing, _ = arrangements.regions(nine, np.tile(np.arange(9), 2))
verify.equation("Strang VII.1, Problem 3, nine lines across nine", len(crossing), 100)
verify.equation(
    "Strang VII.1, Problem 3, in general position", arrangements.flat_pieces(18, 2), 172
)

planes = np.vstack([np.eye(3), np.ones(3)])
apart, _ = arrangements.regions(planes, np.array([0, 0, 0, -1]))
verify.equation("Strang VII.1, the fourth plane is x + y + z = 1", len(apart), 15)
together, _ = arrangements.regions(planes, np.zeros(4))
verify.equation("Strang VII.1, Problem 1: x + y + z = 0, not 16 but", len(together), 14)

seen = {tuple(signs) for signs in together.tolist()}
every = [tuple(2 * np.array(bits) - 1) for bits in np.ndindex(2, 2, 2, 2)]
print("masks that occur nowhere:", [tuple(map(int, s)) for s in every if s not in seen])

# %% [markdown]
# Three positive numbers have no negative sum, and three negative ones no positive sum: of the 16 masks two are empty,
# and 14 pieces are left. It could not be 16 even by chance, because $r(4, 3) = 15$ is the most that four planes can do.
#
# ### Exercise 2 · repair the count
#
# A layer without biases: all its folds pass through the origin. How many pieces are there, for any number of units and
# inputs? For Strang's four planes it must be 14.


# %% tags=["exercise:unbiased_pieces"]
def unbiased_pieces(W):
    """The flat pieces of a hidden layer of ReLUs without biases: all folds pass through the origin.

    W (units, inputs): apart from that, in general position.  Strang VII.1, Problem 1
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:unbiased_pieces"]
check(unbiased_pieces)

# %% [markdown]
# ## Counting with nothing but masks
#
# For large networks nobody cuts polygons. What always works is to evaluate the network in many places and count the
# different masks. Each mask found is a piece, so this never counts too many; it misses the pieces that no place hit.
# Here are six units and two inputs, with five sets of random weights.

# %% tags=["covers:region-counting"]
sizes = np.geomspace(10, 100_000, 12).astype(int)
figure, ax = plt.subplots()
for seed in range(5):
    places = np.random.default_rng(seed).uniform(-10, 10, size=(sizes[-1], 2))
    masks = pieces.masks(places, surface(6, seed, 0.5))
    counts = [different(masks[:size]) for size in sizes]
    ax.plot(sizes, counts, ".-", linewidth=1, label=f"weights {seed}")
    verify.claim("GBC 6.4.1", "no sample finds more than r(6, 2)", max(counts) <= 22)
ax.axhline(22, color=plots.INK, linestyle="--", label="$r(6, 2) = 22$")
ax.set(xscale="log", xlabel="random places", ylabel="different masks found", ylim=(0, 24))
ax.legend(ncols=2)
plots.show(figure, "Masks found on random places grow toward the true number of pieces")

# %% [markdown]
# The curves rise toward 22 and never above it. The last pieces are small, and hard to hit, or lie outside the sampled
# square altogether, where no number of places finds them. A count of masks on a sample is a lower bound. In a window
# that is large enough, all pieces are there, 1 + 6 + 15 of them: one without any fold, one more for each fold, and one
# more for each pair.
#
# Mind what is counted: masks. Where the layers above ignore a unit, two masks have the same map. As a function,
# $\operatorname{relu}(x) - \operatorname{relu}(-x) = x$ has a single piece, and two masks.

# %% tags=["covers:region-counting"]
windows = {10: [], 100: [], 1000: []}
for half, counts in windows.items():
    counts += [len(pieces.polygons(surface(6, seed, 0.5), -half, half)) for seed in range(5)]
    print(f"pieces between -{half} and {half}: {counts}")
verify.equation("GBC 6.4.1, 1 + n + n(n - 1)/2 in a large window", windows[1000], 1 + 6 + 15)

straight = (np.array([[1.0], [-1]]), np.zeros(2)), (), (np.array([[1.0, -1]]), np.zeros(1))
verify.equation("here, masks of x", different(pieces.masks(x[:, :1], straight)), 2)
verify.equation("here, pieces of x", len(pieces.functions(straight)[0].slopes), 1)

# %% [markdown]
# ## What three folds can separate
#
# *A good place to begin the second sitting.*
#
# A classifier answers by the sign of $F$, so its boundary is the line $F = 0$: straight on each piece, with a corner at
# each fold. Here are two data sets of TensorFlow's playground (Strang VII.1, Problems 12 and 14), and for each a
# network of three units whose weights are set by hand: a ball in a ring, and two quadrants against the other two.

# %%
rng, angle = np.random.default_rng(1), np.arange(3) * 2 * np.pi / 3
star = np.column_stack([np.cos(angle), np.sin(angle)])
hexagon = (star, np.zeros(3)), (), (-np.ones((1, 3)), np.array([2.75]))
radius = np.append(rng.uniform(0, 2.5, size=80), rng.uniform(3.5, 5, size=80))
turned = rng.uniform(0, 2 * np.pi, size=160)
ball = radius[:, None] * np.column_stack([np.cos(turned), np.sin(turned)])

mixed = np.array([[1.0, 1], [1, -1], [0, 1]]), np.array([0.0, 0, 6])
saddle = mixed, (), (np.array([[2.0, -2, -2]]), np.array([12.0]))
square = rng.uniform(-5, 5, size=(160, 2))

# %%
two_layers, side = layers.chain(*layers.mlp(2, layers.relu)), np.linspace(-6, 6, 241)


def separate(ax, weights, places, y):
    """The sides of F = 0, the folds, and the samples; are all of them on their side?"""
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    height = two_layers(plane, weights)[0].reshape(241, 241)
    ax.contourf(side, side, height, [-99, 0, 99], colors=plots.tints(2))
    ax.contour(side, side, height, [0], colors=plots.INK, linewidths=2.5)
    plots.points(places, y, ax=ax)
    for w, bias in zip(*weights[0], strict=True):
        plots.boundary([bias, *w], ax=ax, linestyle="--", linewidth=1)
    ax.set(xlabel="$v_1$", ylabel="$v_2$", aspect="equal")
    return bool((two_layers(places, weights)[0][:, 0] * y > 0).all())


# %% tags=["covers:separating-polygon"]
figure, (ax, other) = plt.subplots(1, 2, figsize=(8, 4.1))
right = separate(ax, hexagon, ball, np.repeat([1, -1], 80))
verify.claim("Strang VII.1, Problem 12", "all of ball and ring are right", right)
right = separate(other, saddle, square, np.sign(square[:, 0] * square[:, 1]))
verify.claim("Strang VII.1, Problem 14", "all quadrants are right", right)
plots.show(
    figure, "A ball in a ring separated by a hexagon, quadrants by the axes, with three units each"
)

# %% [markdown]
# Dashed are the folds. In the left network all three pass through the origin, so there are only six pieces, and $F = 0$
# crosses each of them once: a hexagon. It works for every point with $\lVert\mathbf{v}\rVert \le 2.5$ and every one
# with $\lVert\mathbf{v}\rVert \ge 3.5$, because on each ray from the origin $2.75 - F$ grows in proportion to the
# distance: it is enough to look at two circles. On the right, $2\operatorname{relu}(v_2 + 6) - 12$ is nothing but $2
# v_2$ as long as $v_2 > -6$, and the three units make $|v_1 + v_2| - |v_1 - v_2|$, which has the sign of $v_1 v_2$.

# %% tags=["covers:separating-polygon"]
sides = 0
for piece in pieces.polygons(hexagon, -6, 6):
    values = piece.corners @ piece.W[0] + piece.b[0]
    sides += values.min() < 0 < values.max()
verify.equation("Strang VII.1, Problem 12, sides of the polygon", sides, 6)
turns = np.linspace(0, 2 * np.pi, 3601)
circle = np.column_stack([np.cos(turns), np.sin(turns)])
inner, outer = two_layers(2.5 * circle, hexagon)[0], two_layers(3.5 * circle, hexagon)[0]
verify.claim("Strang VII.1, Problem 12", "F > 0 up to 2.5", inner.min() > 0)
verify.claim("Strang VII.1, Problem 12", "F < 0 from 3.5 on", outer.max() < 0)
F, _ = two_layers(square, saddle)
by_hand = np.abs(square.sum(axis=1)) - np.abs(square[:, 0] - square[:, 1])
verify.equation("Strang VII.1, Problem 14, F = |v1 + v2| - |v1 - v2|", F[:, 0], by_hand)

# %% [markdown]
# Could two units enclose the ball? No. Let $\alpha_1$, $\alpha_2$ be the output weights. Two rows of $\mathbf{W}$ that
# are independent leave a direction $\mathbf{d}$ with $\mathbf{w}_k^\top\mathbf{d} = \alpha_k$ for both: walk along it,
# and no term of $F = \sum_k \alpha_k \operatorname{relu}(\mathbf{w}_k^\top\mathbf{v} + b_k) + c$ ever falls. So from
# the ball, where $F > 0$, you come to the ring with $F > 0$. (If the rows are dependent, some direction changes nothing
# at all.) In $\mathbb{R}^m$ the same holds for $m$ units: to enclose anything takes at least $m + 1$.

# %% tags=["covers:separating-polygon"]
rng, steps = np.random.default_rng(4), np.linspace(0, 50, 101)
falls = []
for m in [2] * 300 + [5] * 300:
    (W, b), _, (alpha, c) = initialization.mlp(rng, m, m, 1, init=biased)
    direction = np.linalg.solve(W, alpha[0])
    walk = rng.normal(size=m) + steps[:, None] * direction
    F, _ = two_layers(walk, ((W, b), (), (alpha, c)))
    falls.append(-np.diff(F[:, 0]).min())
verify.claim("Strang VII.1, Problem 13", "m units: F never falls along d", max(falls) < 1e-9)

# %% [markdown]
# ## Adding, comparing, nesting
#
# Why is a network piecewise linear in the first place? Because all that it does keeps functions so: sums, maxima, and
# one function inside another (Strang VII.1, Problem 8). With one input you can do this exactly. `cpl.CPL` holds the
# kinks of such a function and its slopes between them, and `add`, `maximum` and `compose` find the kinks of the result.

# %% tags=["covers:cpl-closure"]
f = cpl.CPL(np.array([-1.0, 0, 1]), np.array([1.0, -2, 2, -1]), 1.0)
g = cpl.CPL(np.array([-0.5, 0.5]), np.array([-1.0, 1, -1]), -2.0)
names = ["$f + g$", "$\\max(f, g)$", "$f(g(x))$"]
made = cpl.add(f, g), cpl.maximum(f, g), cpl.compose(f, g)
x = np.linspace(-4, 4, 1601)
figure, axes = plt.subplots(1, 3, figsize=(8, 3.2), sharey=True)
for ax, name, h in zip(axes, names, made, strict=True):
    ax.plot(x, f(x), "--", x, g(x), ":", color=plots.INK, linewidth=1.2)
    ax.plot(x, h(x), color=plots.BLUE)
    ax.plot(h.kinks, h(h.kinks), "o", color=plots.ORANGE)
    ax.set(xlabel="$x$", ylabel="$f$ dashed, $g$ dotted", ylim=(-6, 3))
    ax.set_title(f"{name}: {len(h.kinks)} kinks")
plots.show(figure, "Sum, maximum and composition of two piecewise-linear functions")

# %% [markdown]
# A sum bends only where one of its terms does. A maximum adds the places where the two cross. A composition adds the
# most: whenever the inner function comes by a kink of the outer one, and it may come by as often as it has pieces.


# %%
def random_cpl(rng):
    """A function with one to five kinks."""
    count = rng.integers(1, 6)
    return cpl.CPL(np.sort(rng.normal(size=count)), rng.normal(size=count + 1), rng.normal())


# %% tags=["covers:cpl-closure"]
rng, bounded, x = np.random.default_rng(6), [], np.linspace(-3, 3, 100)
for _ in range(200):
    f, g = random_cpl(rng), random_cpl(rng)
    added, larger, nested = cpl.add(f, g), cpl.maximum(f, g), cpl.compose(f, g)
    assert np.allclose([added(x), larger(x)], [f(x) + g(x), np.maximum(f(x), g(x))])
    assert np.allclose(nested(x), f(g(x)))
    bounded.append(len(added.kinks) <= len(f.kinks) + len(g.kinks))
verify.claim("Strang VII.1, Problem 8", "kinks(f + g) <= kinks(f) + kinks(g)", all(bounded))

# %% [markdown]
# ## Two layers
#
# How many pieces do two hidden layers with $N_1$ and $N_2$ units make? Strang offers an estimate, "open for
# improvement": as many as $N_1 + N_2$ units side by side. With one input that is $N_1 + N_2 + 1$. Take two units and
# two:
#
# $$T = 2\operatorname{relu}(x) - 4\operatorname{relu}(x - 1), \qquad F = \operatorname{relu}(T - 1) + \operatorname{relu}(\tfrac12 - T).$$

# %% tags=["covers:two-layer-piece-estimate"]
first = np.array([[1.0], [1]]), np.array([0.0, -1])
second = np.array([[2.0, -4], [-2, 4]]), np.array([-1, 0.5])
(F,) = pieces.functions((first, (), second, (), (np.array([[1.0, 1]]), np.zeros(1))))
(T,) = pieces.functions((first, (), (np.array([[2.0, -4]]), np.zeros(1))))
verify.equation("Strang VII.1, N1 = N2 = 2: slopes of 7 pieces", F.slopes, [0, -2, 0, 2, -2, 0, 2])
verify.equation("Strang VII.1, their kinks", F.kinks, [0, 0.25, 0.5, 1, 1.5, 1.75])

# %% tags=["covers:two-layer-piece-estimate"]
x = np.linspace(-0.5, 2.25, 500)
figure, ax = plt.subplots()
ax.plot(x, T(x), "--", color=plots.INK, label="$T$, two units")
ax.plot(x, F(x), color=plots.BLUE, label="$F$, two more behind them")
ax.plot(F.kinks, F(F.kinks), "o", color=plots.ORANGE)
ax.axhspan(0.5, 1, color=plots.GREEN, alpha=0.15, linewidth=0)
ax.set(xlabel="$x$", ylabel="output", ylim=(-1.2, 2.2))
ax.legend()
plots.show(figure, "Two and two units make seven pieces; below them the roof of the first two")

# %% [markdown]
# The roof $T$ rises and falls through the green band, so each unit of the second layer switches *twice*. That is the
# composition of the section before: the second layer meets every piece of the first one anew.
#
# The estimate is no lower bound either. Most random networks of two and two units stay below 5, and with two inputs the
# counts scatter on both sides of $r(N_1 + N_2, 2)$. They are exact for a square 40 wide; a sample finds no more.

# %% tags=["covers:two-layer-piece-estimate"]
rng = np.random.default_rng(7)
tries = [initialization.mlp(rng, 1, 2, 2, 1, init=biased) for _ in range(200)]
counts = np.array([len(pieces.functions(one)[0].slopes) for one in tries])
print(f"1 input, 2 + 2 units: {counts.min()} to {counts.max()}; estimate 5")
verify.claim("here", "on average there are fewer than 4.5", counts.mean() < 4.5)

for N1, N2 in [(3, 3), (5, 5), (8, 8)]:
    tries = [initialization.mlp(rng, 2, N1, N2, 1, init=biased) for _ in range(10)]
    counts = [len(pieces.polygons(one, -20, 20)) for one in tries]
    places = rng.uniform(-20, 20, size=(5000, 2))
    sampled = [different(pieces.masks(places, one)) for one in tries]
    estimate = arrangements.flat_pieces(N1 + N2, 2)
    print(f"2 inputs, {N1} + {N2} units: {min(counts)} to {max(counts)}; estimate {estimate}")
    verify.claim("GBC 6.4.1", "no sample finds more", bool(np.all(np.array(sampled) <= counts)))

# %% [markdown]
# Strang's Problem 10: ten units in two layers, more of them in the first or in the second? For the number of pieces
# that random weights make, the first layer must not be the narrow one: behind a single unit the nine others see one
# number, and all their folds are parallel. (What training then makes of the pieces is another question.)

# %% tags=["covers:two-layer-piece-estimate", "covers:region-counting"]
means = {}
for N1 in (1, 3, 5, 7, 9):
    tries = [initialization.mlp(rng, 2, N1, 10 - N1, 1, init=biased) for _ in range(8)]
    means[N1] = np.mean([len(pieces.polygons(one, -4, 4)) for one in tries])
    print(f"{N1} + {10 - N1} units: {means[N1]:.0f} pieces on average; estimate 56")
verify.claim("Strang VII.1, Problem 10", "1 + 9 makes the fewest", min(means, key=means.get) == 1)

# %% [markdown]
# ## Fold upon fold
#
# How far can depth go? Take $z \mapsto 2|z| - 1$. It lays the interval from $-1$ to 1 double, like a strip of paper,
# and stretches it to its old length. It costs two ReLUs, because $|z| = \operatorname{relu}(z) +
# \operatorname{relu}(-z)$. Whatever a network says behind such a layer, it says twice, mirrored (GBC Figure 6.5). Then
# fold again.
#
# On the left you see $z$ after the folds, on the right a plane whose two coordinates are both folded, with a shape
# drawn on what lies on the table at the end. **Add layers.**


# %% tags=["live", "covers:folding-linear-regions"]
def fold(z):
    """Lay the interval from -1 to 1 double, and stretch it to its old length."""
    return 2 * np.abs(z) - 1


def inside(z):
    """A tilted ellipse, as the decision of whatever follows the folds."""
    v1, v2 = z[:, 0] - 0.2, z[:, 1] - 0.1
    return 2 * v1**2 + 4 * (v2 - 0.5 * v1) ** 2 < 0.6


live.linear_pieces.folding(fold, inside)

# %% [markdown]
# Two units more give a single layer two pieces more. Two units more *in front* double all pieces: 2, 4, 8, ..., $2^l$
# with $l$ layers. Written as a network and counted exactly:


# %% tags=["covers:folding-linear-regions"]
def sawtooth(depth):
    """Parameters of the network that folds `depth` times, two ReLUs a layer."""
    first = np.array([[1.0], [-1]]), np.zeros(2)
    again = np.array([[2.0, 2], [-2, -2]]), np.array([-1.0, 1])
    last = np.array([[2.0, 2]]), np.array([-1.0])
    return (first, (), *(again, ()) * (depth - 1), last)


counts = [len(pieces.functions(sawtooth(depth))[0].slopes) for depth in range(1, 8)]
verify.equation("GBC 6.4.1, 2^l pieces with l layers", counts, [2, 4, 8, 16, 32, 64, 128])
z = np.linspace(-1, 1, 4001)
folded, _ = layers.chain(*layers.mlp(4, layers.relu))(z[:, None], sawtooth(3))
verify.equation("GBC Figure 6.5, |z| is relu(z) + relu(-z)", folded[:, 0], fold(fold(fold(z))))

# %% tags=["covers:folding-linear-regions"]
rng, most = np.random.default_rng(8), []
for units in range(1, 15):
    tries = [initialization.mlp(rng, 1, units, 1, init=biased) for _ in range(10)]
    most.append(max(len(pieces.functions(one)[0].slopes) for one in tries))
verify.equation("GBC 6.4.1, one layer of n units: n + 1 pieces", most, np.arange(1, 15) + 1)

# %% [markdown]
# GBC state the law for $l$ layers of $n$ units and $d$ inputs, (6.42), and for maxout units with $k$ filters, (6.43).
# Both are printed as $O(\dots)$, an upper bound. But "exponentially many" has to be a *lower* bound on what the best
# weights achieve; the worst have a single piece. And (6.42) prints a binomial, $\binom{n}{d}^{d(l-1)}n^d$, where the
# fraction $n/d$ belongs. Check it for $d = 2$, $l = 2$, $n = 4$. Four lines make 11 pieces at most; inside each of them
# the second layer's folds are straight and make 11 at most. So nothing has more than 121. A network that has 44 is
# quickly built: let the first layer fold both coordinates, and the second cut what lies on the table with four lines.

# %% tags=["covers:folding-linear-regions"]
most = arrangements.flat_pieces(4, 2) ** 2
printed = 6 ** (2 * 1) * 4**2  # 6 is the binomial "4 over 2"
verify.claim(
    "GBC (6.42)", f"prints {printed}, more than {most}, the most there can be", printed > most
)

rng = np.random.default_rng(9)
tries = [initialization.mlp(rng, 2, 4, 4, 1, init=biased) for _ in range(60)]
counts = [len(pieces.polygons(one, -20, 20)) for one in tries]
print(f"60 random networks: {min(counts)} to {max(counts)} pieces")

both = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.zeros(4)  # |v1| and |v2| are sums of two
table = np.repeat(np.eye(2), 2, axis=1)
lines = five[:4] @ table, lies["in general position"][1][:4] - five[:4] @ [5, 5]
built = len(pieces.polygons((both, (), lines, ()), -20, 20))
verify.equation("GBC (6.42), reached: floor(n/d)^(d(l-1)) r(n, d)", built, (4 // 2) ** 2 * 11)

# %% [markdown]
# That is the theorem behind (6.42), with the fraction: four copies of what one layer can do. For (6.43) write the fold as
# one maxout unit with two filters, $2|z| - 1 = \max(2z - 1, -2z - 1)$. The sawtooth is then a maxout network with
# $k = 2$ and $d = 1$, and its $2^l = k^{(l-1)+d}$ pieces are just what (6.43) says.

# %% tags=["covers:folding-linear-regions"]
depths = np.arange(1, 8)
z, counts = cpl.line(1, 0), []
for _ in depths:  # f(g(z)) with the maxout unit f
    z = cpl.maximum(*[cpl.add(cpl.scale(z, slope), cpl.line(0, -1)) for slope in (2, -2)])
    counts.append(len(z.slopes))
verify.equation(
    "GBC (6.43), k = 2, d = 1: reached by maxout units", counts, 2 ** ((depths - 1) + 1)
)

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch has no function for $\mathbf{W}_x$, but it has the Jacobian, and where nothing bends the two are the same.

# %%
import torch

tensors = [torch.tensor(array) for pair in params[::2] for array in pair]


def relu_in_torch(x):
    W1, b1, W2, b2, W3, b3 = tensors
    return W3 @ torch.relu(W2 @ torch.relu(W1 @ x + b1) + b2) + b3


for place in np.random.default_rng(1).uniform(-2, 2, size=(3, 2)):
    W_x, b_x = pieces.local_map(place, params)
    x = torch.tensor(place)
    jacobian = torch.autograd.functional.jacobian(relu_in_torch, x)
    verify.equation("PyTorch, the Jacobian is W_x", W_x, jacobian.numpy())
    verify.equation("PyTorch, and F(x) - W_x x is b_x", b_x, relu_in_torch(x).numpy() - W_x @ place)

# %% [markdown] tags=["question:ch03.counting_linear_pieces.one_for_each"]
# ### In your own words
#
# A colleague trains a network with one hidden layer of 512 ReLUs on 60,000 images of 784 pixels. She looks up the masks
# and finds 60,000 different ones. "So the network has 60,000 pieces", she says, "and it has memorized one for each
# image." What can you say about the number of pieces, from below and from above? How would you find out whether the
# masks say anything about memorizing? (Which other network could you ask?) And how different do two neighboring pieces
# have to be?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Around each input a ReLU network is one matrix and one vector; the masks say which.
# - One layer of $N$ units on $m$ inputs has at most $r(N, m) = \sum_{i \le m}\binom{N}{i}$ pieces, about $N^m / m!$.
#   Special positions only make fewer: parallel folds, folds through one point, no biases.
# - Units of the next layer fold along bent lines, because they meet every piece of the layer before anew. That is how
#   depth multiplies: $2^l$ pieces from $l$ layers of two units.
# - Pieces are what a network *can* do. Random weights stay far below it, and a count on samples is a lower bound.
#
# ## Where the books differ
#
# - Strang, Problem VII.1.1, asks for 16 pieces from four planes through one point. There are 14, as you counted; not
#   even general position gives more than 15.
# - Strang VII.1 estimates two hidden layers by $r(N_1 + N_2, m)$. It is neither an upper bound (7 pieces against 5,
#   above) nor what random weights give on average.
# - GBC (6.42) prints $O\bigl(\binom{n}{d}^{d(l-1)} n^d\bigr)$ and (6.43) $O(k^{(l-1)+d})$. Both are lower bounds,
#   $\Omega(\dots)$, on what the best weights reach, and the first has the fraction $n/d$ where the binomial stands: 576
#   pieces where 121 is the most there can be.
# - MEDL 5.3 says that a network with such activations is affine on polytopes, and counts nothing; DLNN and EE147 are
#   silent.
#
# **Next:** [Output units](11_output_units.ipynb): the other end of the network, what its last layer should mean, and
# which loss goes with it.
