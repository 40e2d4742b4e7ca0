# %% [markdown]
# # Convolution arithmetic
#
# Count the places where a window fits, and you know the size of every layer of every convolutional network.
#
# **After this notebook you can**
#
# - say how many outputs a kernel makes with any stride and padding, and which entries no window ever sees;
# - choose the zeros that keep a size, and say what they cost at the border and what else could stand there;
# - write a convolution as a sparse matrix, and read stride, padding and the way back off it.
#
# 40 minutes, and 30 for the exercises · before this: [Filters as convolutions](02_filters_as_convolutions.ipynb)
#
# DLNN 6.2, 6.8, E.1-E.5.1 · GBC 9.1, 9.2, 9.5 · Strang VII.1, VII.2 · EE147 Convolutional Neural Networks, CNN Layers · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $i$ and $o$ (DLNN E), $A^{[l]}$ (DLNN 6.8), $N$ and $M$ (Strang), $w$ (EE147) | `i`, `o` | entries of the input and of the output, along one axis |
# | $k$ (DLNN E), $R$ (DLNN 6.8), $E$ (Strang), $w_f$ (EE147) | `k` | entries of the kernel |
# | $s$, $S$, *stride* | `s`, `stride=` | how far the window moves from one output to the next |
# | $p$, $P$, *pad* | `p`, `padding=` | zeros on each side of the input |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, live, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## Count the places
#
# An output stands for a place of the window. So the size of the output is a number of places, and the safest way to know
# it is to try them all: does the window still fit if it begins here? Heights and widths do not interact, so one axis is
# enough (DLNN E.3).


# %% tags=["covers:conv-size-r1"]
def places(i, k, s=1, p=0):
    """Where a window of k entries can begin: i entries, p zeros on each side, steps of s."""
    row = np.pad(np.ones(i), p)
    return [start for start in range(0, len(row), s) if start + k <= len(row)]


print("4 entries, kernel 3: windows begin at", places(4, 3))
verify.equation("DLNN (6.5), 28 entries, kernel 5", len(places(28, 5)), 24)
verify.equation("DLNN E.3 R1, 4 entries, kernel 3", len(places(4, 3)), 2)
grid = [(i, k) for i in range(1, 13) for k in range(1, i + 1)]
counted = [len(places(i, k)) for i, k in grid]
verify.equation("DLNN E.3 R1, o = i - k + 1, 78 sizes", counted, [i - k + 1 for i, k in grid])

# %% [markdown]
# The last window begins $k - 1$ entries before the last entry, so there are $o = i - k + 1$ places: DLNN (6.5), and the
# *valid convolution* of EE147. Each layer costs $k - 1$ entries. DLNN E numbers its rules for sizes R1 to R15; this is R1.
#
# ## Zeros at the border
#
# Not every network can afford that. GBC Figure 9.13 has kernels of 6 entries: 16 entries become 11, then 6, then 1, and
# there the network ends. *Zero padding* lengthens the input by $p$ zeros on each side, and what is counted is the places
# in $i + 2p$ entries: $o = i - k + 2p + 1$ (R2). Two paddings have names. *Half* or *same* padding, $p = \lfloor k/2
# \rfloor$ for an odd $k$, keeps the size (R3). *Full* padding, $p = k - 1$, makes an output of every overlap, if it is only
# by one entry (R4).

# %% tags=["covers:conv-size-r2", "covers:conv-size-r3", "covers:conv-size-r4"]
verify.equation("DLNN E.3 R2, i = 5, k = 4, p = 2", len(places(5, 4, p=2)), 6)
verify.equation("DLNN E.3 R4, i = 5, k = 3, p = 2", len(places(5, 3, p=2)), 7)
for k, p in [(3, 1), (5, 2), (7, 3)]:
    verify.equation(f"DLNN E.3 R3, Strang VII.2 (7), k = {k}, p = {p}", len(places(9, k, p=p)), 9)

grid = [(i, k, p) for i in range(1, 12) for k in range(1, 8) for p in range(5) if k <= i + 2 * p]
counted = [len(places(i, k, p=p)) for i, k, p in grid]
verify.equation("R2 on the whole grid", counted, [i - k + 2 * p + 1 for i, k, p in grid])
half = [len(places(i, k, p=k // 2)) - i for i, k, _ in grid if k % 2]
verify.equation("R3 on the whole grid, o - i", half, 0)
full = [len(places(i, k, p=k - 1)) - (i + k - 1) for i, k, _ in grid]
verify.equation("R4 on the whole grid, o - (i + k - 1)", full, 0)


# %% tags=["covers:conv-size-r1", "covers:conv-size-r2", "covers:conv-size-r3", "covers:conv-size-r4"]
def draw_places(ax, i, k, s=1, p=0):
    """The padded input as squares, the windows below; what no window sees is crossed out."""
    found = places(i, k, s, p)
    for start in found:
        at = start - p + np.arange(k)
        ax.plot(at, np.full(k, -1.0 - 0.45 * found.index(start)), ".-", color=plots.BLUE)
    entries = np.arange(-p, i + p)
    seen = np.isin(entries, [start - p + j for start in found for j in range(k)])
    inside = (entries >= 0) & (entries < i)
    for rows, face in [(inside, plots.BLUE), (~inside, "none")]:
        style = {"facecolor": face, "edgecolor": plots.INK, "alpha": 0.7}
        ax.scatter(entries[rows], 0 * entries[rows], 130, marker="s", **style)
    ax.scatter(entries[~seen], 0 * entries[~seen], 90, plots.ORANGE, marker="x", linewidth=2.5)
    ax.set(xlim=(-2.8, 8.8), ylim=(-4.4, 0.7), title=f"i={i} k={k} s={s} p={p}: o={len(found)}")
    ax.set_axis_off()


# %%
figure, axes = plt.subplots(1, 4, figsize=(8, 2.1))
for ax, setting in zip(axes, [(4, 3, 1, 0), (5, 4, 1, 2), (5, 3, 1, 1), (5, 3, 1, 2)], strict=True):
    draw_places(ax, *setting)
    ax.title.set_fontsize(9.5)
plots.show(
    figure, "The places of a window without padding, with some, with half and with full padding"
)

# %% [markdown]
# Empty squares are zeros. From left to right: no padding, two zeros, half padding, full padding. An even kernel has no
# half padding: in GBC Figure 9.13 a layer needs five zeros, which is an odd number.

# %% tags=["covers:zero-padding"]
sizes = [16]
while sizes[-1] >= 6:
    sizes.append(len(places(sizes[-1], 6)))
verify.equation("GBC Figure 9.13, sizes without padding", sizes, [16, 11, 6, 1])
verify.equation("GBC Figure 9.13, with five zeros a layer", len(places(16 + 5, 6)), 16)
symmetric = [len(places(16, 6, p=p)) for p in range(5)]
verify.claim("GBC Figure 9.13", "no p zeros on each side keep 16", 16 not in symmetric)

# %% [markdown]
# ## What the border gets
#
# Without zeros the border is also neglected. Here is how many outputs each of 16 entries has a part in, with a kernel of 5
# and valid, same and full padding.

# %% tags=["covers:zero-padding"]
figure, ax = plt.subplots(figsize=(6.4, 3.0))
parts = {}
for p, style in {0: ":s", 2: "--o", 4: "-D"}.items():
    row = np.zeros(16 + 2 * p)
    for start in places(16, 5, p=p):
        row[start : start + 5] += 1
    parts[p] = row[p : p + 16]
    ax.plot(parts[p], style, label=f"p = {p}", markersize=5)
ax.set(xlabel="entry of the input", ylabel="outputs it has a part in", ylim=(0, 5.5))
ax.legend(loc="lower center")
plots.show(figure, "With less padding the entries near the border have a part in fewer outputs")
verify.equation("GBC 9.5, valid, the first entries", parts[0][:5], [1, 2, 3, 4, 5])
verify.equation("GBC 9.5, same, the first entries", parts[2][:5], [3, 4, 5, 5, 5])
verify.equation("GBC 9.5, full, each entry k times", parts[4], 5)

# %% [markdown]
# In valid convolution the first entry is looked at once, one in the middle five times. Full padding treats all alike, and
# pays with outputs that see mostly zeros: a network can tell from them where the border is.
#
# ## Longer steps
#
# The *stride* $s$ is how far the window moves from one output to the next. In the figure the kernel stands in purple
# above the input, a line for each position below it, and the outputs at the bottom, each under the middle of its window.
# An entry that meets no entry of the kernel in any position is crossed out. (The *dilation* leaves $d - 1$ gaps between
# the entries of the kernel; the [next notebook](04_transposed_and_dilated_convolution.ipynb) is about it.)
#
# **Let the window walk**, then answer the question above the sliders before you touch the input.


# %% tags=["live", "covers:stride", "covers:conv-size-r6"]
def convolve_row(x, w, stride, padding, dilation):
    """The outputs (o,) of a row x (i,) with the kernel w (k,), by the layer of this book."""
    params = w[None, None] * 1.0, np.zeros(1)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    return convolution.conv1d(x[None, None] * 1.0, params, **options)[0][0, 0]


live.convolution_arithmetic.sizes(convolve_row)

# %% [markdown]
# From its first place the window can move on by what the kernel does not cover. Only whole strides count; the remainder
# lies beyond the last window.
#
# ### Exercise 1 · count the places
#
# Count, without trying all places: how many outputs are there, and how many entries are left behind the last window?
# Stuck? `hint(kernel_placements)`, in a cell of your own, helps.


# %% tags=["exercise:kernel_placements"]
def kernel_placements(i, k, s, p):
    """How many windows fit, and how many entries of the padded input lie right of the last one.

    i, size of the input;  k, of the kernel;  s, stride;  p, zeros on each side.
    Returns (o, left), integers.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:kernel_placements"]
check(kernel_placements)

# %% [markdown]
# Once it passes: the first layer of AlexNet has kernels of 11, stride 4, and 55 x 55 outputs. Its paper prints an input of
# 224, which gives 54 and leaves an entry over; 227 fits exactly.

# %%
count = use(kernel_placements)
for i in (224, 227):
    o, left = count(i, 11, 4, 0)
    print(f"{i} entries: {o} outputs; entries left behind the last window: {left}")

# %% [markdown]
# ## The floor that three books leave out
#
# $$o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1$$
#
# is R6 of DLNN E.3, and with $p = 0$ R5. DLNN (6.22), Strang's VII.2 (7) and EE147 print the same without the floor, and
# then it is right only where $s$ divides $i + 2p - k$. Strang and EE147 ask for that; but 6 entries with kernel 3 and
# stride 2 are a fine layer, DLNN Figure 6.10, whose last entry is not used.

# %% tags=["covers:conv-size-r5"]
figure, axes = plt.subplots(1, 4, figsize=(8, 1.8))
for ax, setting in zip(axes, [(5, 3, 2, 0), (6, 3, 2, 0), (5, 3, 2, 1), (6, 3, 2, 1)], strict=True):
    draw_places(ax, *setting)
    ax.set(ylim=(-2.4, 0.7))
    ax.title.set_fontsize(9.5)
plots.show(
    figure,
    "Stride 2 over 5 and 6 entries, without and with padding; what no window sees is crossed",
)
counted = [len(places(i, 3, 2)) for i in (5, 6)]
verify.equation("DLNN E.3 R5, i = 5, 6 with k = 3, s = 2", counted, 2)
printed, ceiling = (6 - 3) / 2 + 1, np.ceil((6 - 3) / 2) + 1
print(f"i = 6: {printed} outputs by DLNN (6.22) as printed, {ceiling:.0f} by R5 with a ceiling")
verify.claim("i = 6", "there are fewer than by either", counted[1] < min(printed, ceiling))

# %% [markdown]
# The fourth picture shows a small mercy: with one zero on each side what is left over is a *zero*, and the input itself is
# seen to its last entry. Five and six entries make three outputs; in general $i, \dots, i + s - 1$ all make the same
# number of outputs if $s$ divides $i + 2p - k$. EE147's sizes have a fraction and a misprint; see *Where the books differ*.

# %% tags=["covers:conv-size-r6"]
verify.equation("DLNN E.3 R6, i = 5, 6 with p = 1", [len(places(i, 3, 2, 1)) for i in (5, 6)], 3)
outputs = [len(places(7, 3, s)) for s in (1, 2, 3)]
verify.equation("EE147, i = 7, k = 3, strides 1, 2, 3", outputs, [5, 3, 2])
whole = [(5, 3, 2, 1), (9, 4, 5, 0), (8, 3, 3, 2)]  # i, k, s, p: s divides i + 2p - k
shared = [len({len(places(i + more, k, s, p)) for more in range(s)}) for i, k, s, p in whole]
verify.equation("s sizes of the input share one size of the output", shared, 1)
print(f"EE147, i = 7, k = 3: with stride 3 {(7 - 3) / 3 + 1:.2f} before the floor;", end=" ")
print(f"with w_f squared, as printed, and stride 1: {(7 - 3**2) / 1 + 1:.0f}")

# %% [markdown]
# How often does the floor matter? In nearly half of all cases of a small grid.

# %% tags=["covers:conv-size-r6", "covers:conv-size-r5"]
ranges = range(1, 12), range(1, 6), range(1, 5), range(4)
cases = np.array(np.meshgrid(*ranges)).reshape(4, -1).T
cases = cases[cases[:, 1] <= cases[:, 0] + 2 * cases[:, 3]]
i, k, s, p = cases.T
counted = np.array([len(places(*case)) for case in cases])
verify.equation(f"DLNN E.3 R6 in {len(cases)} cases", counted, (i + 2 * p - k) // s + 1)
verify.equation("DLNN E.3 R5", counted[p == 0], ((i - k) // s + 1)[p == 0])
wrong = counted != (i + 2 * p - k) / s + 1
print(
    f"without the floor, as in DLNN (6.22) and Strang (7): {wrong.sum()} of {len(cases)} are wrong"
)
verify.claim("DLNN (6.22), Strang (7)", "wrong in over 2 of 5 cases", wrong.mean() > 0.4)

# %% [markdown]
# ### Exercise 2 · as few zeros as possible
#
# What does *same* mean with a stride? Most programs mean $\lceil i/s \rceil$ outputs, for even kernels, too. Five zeros a
# layer in GBC Figure 9.13 are an example: two on the left, three on the right. Find the fewest zeros that do it.


# %% tags=["exercise:same_padding"]
def same_padding(i, k, s):
    """The fewest zeros (left, right) with which a kernel of k entries makes ceil(i / s) outputs.

    i, size of the input;  s, the stride.  If their number is odd, the right side has one more.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:same_padding"]
check(same_padding)

# %% [markdown]
# ## A stride is a choice of rows
#
# One can take a stride in two ways (Strang VII.1). In two steps: filter with stride 1, then keep every second output,
# $(\downarrow 2)\mathbf{A}\mathbf{v}$. In one step: keep every second *row of the matrix*, $\mathbf{A}_2\mathbf{v}$. The
# numbers are the same, the work is not: the first way multiplies for outputs that it throws away.


# %% tags=["covers:stride-as-subsampling", "covers:stride"]
def filter_matrix(w, n, **options):
    """The matrix (o, n) of a convolution of rows of n entries."""
    kernel = w[None, None] * 1.0, np.zeros(1)
    return convolution.as_matrix(lambda x: convolution.conv1d(x, kernel, **options), (1, n))


rng = np.random.default_rng(0)
w, v = rng.normal(size=3), rng.normal(size=128)
A, A_2 = filter_matrix(w, 128, padding=1), filter_matrix(w, 128, stride=2, padding=1)
print(f"A is {A.shape[0]} x {A.shape[1]}, A_2 is {A_2.shape[0]} x {A_2.shape[1]}")
verify.equation("Strang VII.1, the rows of A_2 are every second row of A", A_2, A[::2])
verify.equation("Strang VII.1, DLNN E.1, A_2 v = (A v)[::2]", A_2 @ v, (A @ v)[::2])
work = np.count_nonzero(A) / np.count_nonzero(A_2)
verify.claim("Strang VII.1", "A multiplies twice as often", bool(abs(work - 2) < 0.01))

# %% [markdown]
# (Counting from 1, Strang discards the odd-numbered rows and keeps the others. It is the same with the windows moved on by
# one.) In the picture the matrix is smaller: $\mathbf{A}$ for 12 entries on the left, with the rows that stay in orange, and
# $\mathbf{A}_2$ on the right.

# %% tags=["covers:stride-as-subsampling"]
small = filter_matrix(np.array([1, 2, 3]), 12, padding=1)
figure, axes = plt.subplots(1, 2, figsize=(8, 4.2))
for ax, rows, name in [(axes[0], range(12), "$A$"), (axes[1], range(0, 12, 2), "$A_2$")]:
    colors = np.zeros((len(rows), 12, 4))
    for row, column in np.argwhere(small[rows]):
        colors[row, column] = plots.tints(2)[1 - rows[row] % 2]
        ax.text(column, row, f"{small[rows][row, column]:.0f}", ha="center", va="center")
    ax.imshow(colors)
    ax.set(xlabel="entry of the input", ylabel="output", title=name, xticks=[0, 5, 11])
plots.show(
    figure, "A convolution with stride 1 as a matrix, and its even rows: the same with stride 2"
)

# %% [markdown]
# On images both axes have the stride, and stride $s$ makes about $s^2$ times less work (GBC (9.8), Figure 9.12). Here is a
# kernel of 5 x 5 on 28 x 28 numbers; the last line is about the rows that Strang VII.2 prints for stride 2, in reverse.

# %% tags=["covers:stride"]
x, W = rng.normal(size=(1, 1, 28, 28)), rng.normal(size=(1, 1, 5, 5))
slow, _ = convolution.conv2d(x, (W, np.zeros(1)))
fast, _ = convolution.conv2d(x, (W, np.zeros(1)), stride=2)
verify.equation("GBC (9.8), stride 2 is stride 1, downsampled", fast, slow[:, :, ::2, ::2])
print(f"multiplications: {25 * slow.size} for all outputs, {25 * fast.size} for those that stay")
verify.equation("GBC Figure 9.12, the wasteful way costs 4 times as much", slow.size / fast.size, 4)

flipped = filter_matrix(w[::-1], 6, stride=2)
same_rows = np.allclose(flipped, filter_matrix(w, 6)[::2])
verify.claim("Strang VII.2, (x_-1, x_0, x_1) for stride 2", "not the rows of A", not same_rows)

# %% [markdown]
# ## Images, unrolled
#
# The same holds for images, once they are unrolled into vectors, row after row (DLNN E.5.1; GBC 9.1). A kernel of 3 x 3 on
# 4 x 4 numbers is a matrix with 4 rows and 16 columns. Each row has nine numbers that are not 0, and all rows have the
# same nine: that is *sparse* and *shared*, read off a matrix.

# %% tags=["covers:conv-sparse-matrix"]
x, kernel = rng.normal(size=(1, 1, 4, 4)), rng.normal(size=(1, 1, 3, 3))
params = kernel, np.zeros(1)
W = convolution.as_matrix(lambda x: convolution.conv2d(x, params), (1, 4, 4))
y, back = convolution.conv2d(x, params)
delta = rng.normal(size=y.shape)
verify.equation("DLNN E.5.1, 36 of 64 numbers are not 0", np.count_nonzero(W), 36)
verify.equation("DLNN E.5.1, W vec(x) is the convolution", W @ x.ravel(), y.ravel())
verify.equation("DLNN E.5.1, W^T delta = dL/dx", W.T @ delta.ravel(), back(delta)[0].ravel())
zeros = np.trim_zeros(W[0] != 0, "b").size
verify.equation("DLNN E.5.1, entries of row 1, zeros at its end", [W.shape[1], 16 - zeros], [16, 5])

# %% tags=["covers:conv-sparse-matrix"]
named = np.arange(1.0, 10).reshape(1, 1, 3, 3), np.zeros(1)
numbers = convolution.as_matrix(lambda x: convolution.conv2d(x, named), (1, 4, 4))
figure, ax = plt.subplots(figsize=(8, 2.6))
colors = np.zeros((4, 16, 4))
for row, column in np.argwhere(numbers):
    u, v = divmod(int(numbers[row, column]) - 1, 3)
    colors[row, column] = plots.tints(3)[u]
    ax.text(column, row, f"$w_{{{u}{v}}}$", ha="center", va="center")
ax.imshow(colors)
ax.set(xlabel="entry of the unrolled input", ylabel="output", xticks=range(16), yticks=range(4))
plots.show(
    figure, "A 3 x 3 convolution of 4 x 4 numbers as a sparse matrix of 4 rows and 16 columns"
)

# %% [markdown]
# Read a row, and you see where an output looks. Read a column, and you see which outputs an entry has a part in: the way
# back multiplies with the transpose, which is where the next two notebooks begin.
#
# ### Exercise 3 · the matrix
#
# Build the matrix of a convolution of rows, with stride and padding. The zeros of the padding have no columns; an entry of
# the kernel that would meet one of them meets nothing.


# %% tags=["exercise:convolution_matrix"]
def convolution_matrix(w, i, stride, padding):
    """The matrix A (o, i) with which A @ x is what the kernel w (k,) makes of a row x (i,).

    `padding` zeros on each side, which have no columns of their own.  w is not flipped.  By hand,
    with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:convolution_matrix"]
check(convolution_matrix)

# %% [markdown]
# ## What else could stand beyond the border
#
# Zeros are an invention, and other inventions may be better (Strang VII.2). *Periodic*: the signal begins again. Or it runs
# back: with $v_{N-1}, v_{N-2}$ behind $v_N$, which is called *reflection* here and `reflect` by NumPy and PyTorch; or with $v_N,
# v_{N-1}$, so that the last entry is repeated, *symmetric*. Take a ramp from 4 to 11 and the mean of five neighbors, which
# changes nothing inside.

# %% tags=["covers:periodic-padding", "covers:reflection-padding"]
ramp, mean_of_five = np.arange(4.0, 12), np.full(5, 0.2)
modes = ["zero", "periodic", "symmetric", "reflection"]


def padded(row, mode):
    """The row (w,) with two more entries on each side."""
    return convolution.pad(row[None, None, None], width=(0, 2), mode=mode)[0][0, 0, 0]


beyond = {mode: padded(ramp, mode) for mode in modes}
smooth = {mode: np.correlate(row, mean_of_five, "valid") for mode, row in beyond.items()}

# %% tags=["covers:periodic-padding", "covers:reflection-padding"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
for mode, style in zip(modes, [":o", "--s", "-.^", "-D"], strict=True):
    axes[0].plot(np.arange(-2, 10), beyond[mode], style, markersize=5)
    axes[1].plot(smooth[mode], style, markersize=5, label=mode)
axes[0].axvspan(-0.5, 7.5, color=plots.INK, alpha=0.15, linewidth=0)
axes[0].set(xlabel="entry", ylabel="value", title="the padded ramp")
axes[1].set(xlabel="entry", ylabel="mean of five", title="smoothed")
axes[1].legend(fontsize=8)
plots.show(figure, "A ramp with four kinds of padding, and the mean of five neighbors")

# %% tags=["covers:periodic-padding", "covers:reflection-padding"]
verify.equation("Strang VII.2, v_N, v_N-1", beyond["symmetric"][-2:], [11, 10])
verify.equation("Strang VII.2, v_N-1, v_N-2", beyond["reflection"][-2:], [10, 9])
for mode, numpys in zip(modes, ["constant", "wrap", "symmetric", "reflect"], strict=True):
    verify.equation(f"{mode}, NumPy's {numpys}", beyond[mode], np.pad(ramp, 2, numpys))
for mode, row in smooth.items():
    print(f"{mode:10} the border is off by {np.abs(row - ramp).max():.1f}")
flat = [np.correlate(padded(np.full(8, 7.0), mode), mean_of_five) for mode in modes]
verify.equation("a constant stays constant, but for zeros", flat[1:], np.full((3, 8), 7))
verify.equation("with zeros it loses two fifths, then one", flat[0][:3] / 7, [0.6, 0.8, 1])

# %% [markdown]
# Zeros pull the border down, the periodic signal sees a cliff that is not there, and the two reflections are off by little.
# The periodic one has a virtue of its own. Every row of its matrix is the row above it, moved on by one entry and round: it is
# *circulant*, and Fourier vectors are its eigenvectors. With zeros it is a square Toeplitz matrix, which has the same
# diagonals but not that virtue.


# %% tags=["covers:periodic-padding"]
def periodic(x):
    """A kernel (1, 2, 3) on periodic rows x (n, 1, 1, w)."""
    wrapped, _ = convolution.pad(x, width=(0, 1), mode="periodic")
    return convolution.conv2d(wrapped, (np.array([[[[1.0, 2, 3]]]]), np.zeros(1)))


C, T = convolution.as_matrix(periodic, (1, 1, 8)), filter_matrix(np.array([1, 2, 3]), 8, padding=1)
turned = np.stack([np.roll(C[0], q) for q in range(8)])
verify.equation("Strang VII.2, periodic padding: C is circulant", C, turned)
verify.equation("zero padding: the same but for two corners", np.argwhere(C != T), [[0, 7], [7, 0]])
waves = np.exp(2j * np.pi * np.outer(np.arange(8), np.arange(8)) / 8)
diagonal = np.linalg.solve(waves, C @ waves)
verify.equation(
    "Fourier vectors are its eigenvectors", np.abs(diagonal - np.diag(diagonal.diagonal())), 0
)

# %% [markdown]
# ## Pooling counts in the same way
#
# None of this asked what a window *does* with its entries. *Pooling*, which a later notebook explains, replaces each window
# by its largest entry, or by its mean. So R7 is R5 again: $o = \lfloor (i - k)/s \rfloor + 1$. The next cell slides windows over an image by hand, takes the largest entry and the mean of each, and
# compares sizes and values with the layers of this book.


# %% tags=["covers:conv-size-r7"]
def by_hand(image, k, s, summary):
    """What `summary` makes of each window of an image (h, w)."""
    starts = places(len(image), k, s)
    return np.array([[summary(image[a : a + k, b : b + k]) for b in starts] for a in starts])


same = []
for i, k, s in [(i, k, s) for i in (5, 8, 11) for k in (2, 3, 5) for s in (1, 2, 3)]:
    image = rng.normal(size=(1, 1, i, i))
    for layer, summary in [(convolution.max_pool2d, np.max), (convolution.mean_pool2d, np.mean)]:
        y, _ = layer(image, size=k, stride=s)
        same.append(np.allclose(y[0, 0], by_hand(image[0, 0], k, s, summary)))
        same.append(y.shape[2] == (i - k) // s + 1)
verify.claim("DLNN E.4 R7", f"{len(same)} sizes and pooled images agree", all(same))
pooled, _ = convolution.max_pool2d(np.zeros((1, 3, 24, 24)), size=2)
verify.equation("DLNN 6.7, EE147, 24 entries in windows of 2", pooled.shape[2:], [12, 12])

# %% [markdown]
# ## The same in PyTorch
#
# PyTorch takes the floor, too. Its sizes and values, for all the cases of R6 above, and then a layer with both options and
# all gradients:

# %%
import torch
import torch.nn.functional as F

agree = []
for i, k, s, p in cases.tolist():
    x, w = rng.normal(size=i), rng.normal(size=k)
    theirs = F.conv1d(torch.tensor(x)[None, None], torch.tensor(w)[None, None], stride=s, padding=p)
    agree.append(np.allclose(theirs[0, 0], convolve_row(x, w, s, p, 1), atol=1e-12))
verify.claim("PyTorch", f"{len(agree)} rows agree in size and values", all(agree))

options = {"stride": (2, 3), "padding": (1, 2)}
shapes = (2, 3, 9, 10), (4, 3, 3, 5), (4,)
arrays = [rng.normal(size=shape) for shape in shapes]


def strided(x, params):
    return convolution.conv2d(x, params, **options)


verify.against_torch(strided, lambda *tensors: F.conv2d(*tensors, **options), *arrays, rng=rng)

# %% [markdown] tags=["question:ch05.convolution_arithmetic.last_column"]
# ### In your own words
#
# An image of 224 x 224 goes into a layer with kernel 3 and stride 2. "The division leaves a rest of 1," says a colleague,
# "so the last column is never looked at." Is that so with $p = 1$? And with $p = 0$? Why is it always the right side and the
# bottom that lose, and what does that mean for an image and its mirror image?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A size is a number of places: $o = \lfloor (i + 2p - k)/s \rfloor + 1$, for convolution and pooling, on each axis alone.
# - With stride 1, $p = (k - 1)/2$ keeps the size of the input, and an even kernel (not dilated) wants an odd number of zeros.
# - What the floor throws away lies at the right and at the bottom, and $s$ sizes of the input share one size of the output.
# - A convolution is a sparse matrix: a stride keeps some of its rows, periodic padding makes it circulant, and its transpose
#   leads back.
#
# ## Where the books differ
#
# - DLNN (6.22) has no floor: for the 6, 3 and 2 of its own Figure 6.10 it gives 2.5 outputs (above). Appendix E has the
#   floor, R6. In our copy R5 shows a ceiling, which would make 3 of them.
# - Strang VII.2 (7) and EE147 leave out the floor, too, but ask for sizes that divide. Where Strang says that formula (4)
#   gives a fraction he means (7); (4) is Sobel's filter. EE147 prints $w_f^2$ for $w_f$, which for 7 and 3 gives −1.
# - Strang VII.2 prints the rows of stride 2 as $(x_{-1}, x_0, x_1)$; every second row of his first $A$ is $(x_1, x_0,
#   x_{-1})$. The sizes are the same, the numbers are not.
# - The first row of DLNN's matrix in E.5.1 has 15 entries in our copy, and wants 16: five zeros at its end, not four.
#
# **Next:** [Transposed and dilated convolution](04_transposed_and_dilated_convolution.ipynb) goes back from the outputs to
# the size of the input, and lets a kernel see further.
