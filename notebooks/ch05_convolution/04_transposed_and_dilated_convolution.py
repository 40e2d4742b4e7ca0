# %% [markdown]
# # Transposed and dilated convolution
#
# Turn a convolution round and it makes images larger; spread its kernel out and it sees further for the same price.
#
# **After this notebook you can**
#
# - go from the outputs of a convolution back to the size of its input, in three ways that agree;
# - say why several inputs share one output size, and what output padding does about it;
# - compute what one output of a deep stack has seen, from kernels, strides and dilations.
#
# 40 minutes, and 30 for the exercises · before this: [Convolution arithmetic](03_convolution_arithmetic.ipynb)
#
# DLNN E.5, E.6 · GBC 9.2, 9.5 · Strang VII.2 · EE147 CNN Layers · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $\mathbf{W}$ (DLNN E.5.1) | `A` | the matrix of a convolution, a row for each output |
# | $i'$, $o'$ (DLNN) | `len(A)`, `i` | input and output of the transpose: it begins with the outputs, $i' = o$ |
# | $\tilde{i}'$ (DLNN) | `stretched` | the size of its input with $s - 1$ zeros between neighbors |
# | $p'$ (DLNN) | `k - 1 - p` | zeros around that |
# | $a$ (DLNN) | `a`, `output_padding=` | how many entries the result has beyond the fewest possible |
# | $d$, *rate* | `d`, `dilation=` | how far neighbors in the kernel lie apart on the input |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, live, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## The matrix, turned round
#
# The matrix of a convolution has a row for each output and a column for each entry of the input. So its transpose takes
# as many numbers as there were outputs, and makes as many as there were entries: a *transposed convolution* (DLNN E.5.2).
# The kernel of 3 x 3 that made 2 x 2 outputs of 4 x 4 numbers makes 4 x 4 numbers of 2 x 2.

# %% tags=["covers:conv-size-r8"]
x = np.array([[[[1.0, 0, 2, 1], [0, 1, 3, 0], [2, 1, 0, 1], [1, 0, 1, 2]]]])
params = np.array([[[[1.0, 2, 0], [0, 1, 3], [2, 0, 1]]]]), np.zeros(1)
A = convolution.as_matrix(lambda x: convolution.conv2d(x, params), (1, 4, 4))
y, back = convolution.conv2d(x, params)
again, _ = convolution.conv_transpose2d(y, params)
verify.equation("DLNN E.5.2, A^T y is the transposed convolution", A.T @ y.ravel(), again.ravel())
verify.equation("GBC 9.5, it is the way back of the convolution", back(y)[0], again)
verify.equation("DLNN E.5.3 R8, i' = 2, k = 3: o'", again.shape[2:], [2 + 3 - 1, 4])

# %%
figure, axes = plt.subplots(1, 3, figsize=(8, 2.7))
for ax, image, name in zip(axes, (x, y, again), ("$x$", "$y = Ax$", "$A^T y$"), strict=True):
    plots.numbers(image[0, 0], ax=ax, reach=80)
    ax.set(title=name, xlim=(-0.5, 3.5), ylim=(3.5, -0.5))
    ax.set_axis_off()
plots.show(figure, "4 x 4 numbers, their 2 x 2 outputs, and what the transpose makes of these")

# %% [markdown]
# The *shape* has come back, the numbers have not: four numbers cannot know sixteen. That is why DLNN advises against the
# name *deconvolution*, which would be the inverse. What have come back are the connections: an entry of the result
# collects from just those outputs in which it had a part.

# %% tags=["covers:transposed-conv-stretched"]
verify.claim("DLNN E.5.2", "the numbers are not restored", not np.allclose(again, x))
rank = np.linalg.matrix_rank(A)
verify.claim("DLNN E.5.2", "no linear map could restore them", bool(rank == 4 < x.size))

# %% [markdown]
# ## A window that collects
#
# What does an entry of the result collect? Take a row, and a kernel of three entries. Output 0 multiplied entry 2 with $w_2$,
# output 1 with $w_1$, output 2 with $w_0$. So the result there is $w_2 y_0 + w_1 y_1 + w_0 y_2$: the window of a
# convolution over $\mathbf{y}$ again, with the kernel *turned round*. At the border it hangs over, into $p' = k - 1$
# zeros; if the convolution had a padding $p$, that much of the result is not wanted, and $p' = k - 1 - p$.
#
# Matrices say it for all numbers at once. Compare three of them, for 7 entries.


# %%
def filter_matrix(w, n, **options):
    """The matrix (o, n) of a convolution of rows of n entries."""
    kernel = w[None, None] * 1.0, np.zeros(1)
    return convolution.as_matrix(lambda x: convolution.conv1d(x, kernel, **options), (1, n))


# %%
w = np.array([1, 2, 3])
A = filter_matrix(w, 7)
matrices = {"$A^T$": A.T, "turned kernel": filter_matrix(w[::-1], 5, padding=2)}
matrices["kernel as it is"] = filter_matrix(w, 5, padding=2)
figure, axes = plt.subplots(1, 3, figsize=(8, 3.6))
for ax, (name, shown) in zip(axes, matrices.items(), strict=True):
    plots.numbers(shown, ax=ax, words=np.where(shown, np.char.mod("%.0f", shown), ""))
    ax.set(title=name, xlabel="output $y_q$", ylabel="entry of the result", xticks=range(5))
plots.show(figure, "The transpose of a convolution, and kernels that are turned and not")
verify.equation("A^T is a convolution with the turned kernel", A.T, matrices["turned kernel"])

# %% [markdown]
# The third matrix has the right size and the wrong numbers. DLNN's R8 to R14 speak of sizes alone; that the kernel has to
# be turned, by 180 degrees for an image, is said in 6.3.2. Now for every size, kernel and padding of a grid:


# %% tags=["covers:conv-size-r8", "covers:conv-size-r9", "covers:conv-size-r10", "covers:conv-size-r11"]
def turned_is_transposed(cases):
    """Whether for all (i, k, p) A^T is a convolution with padding k - 1 - p and the size of R9."""
    kernel, found = np.array([0.3, -1.2, 0.7, 2.1, -0.4]), []
    for i, k, p in cases:
        A = filter_matrix(kernel[:k], i, padding=p)
        same = filter_matrix(kernel[:k][::-1], len(A), padding=k - 1 - p)
        found.append(same.shape == A.T.shape and np.allclose(same, A.T))
        found.append(len(A) + k - 1 - 2 * p == i)
    return all(found)


# %% tags=["covers:conv-size-r8", "covers:conv-size-r9", "covers:conv-size-r10", "covers:conv-size-r11"]
grid = [(i, k, p) for i in range(1, 12) for k in range(1, 6) for p in range(k) if k <= i + 2 * p]
kinds = {
    "E.5.3 R8, no padding": [(i, k, p) for i, k, p in grid if p == 0],
    "E.5.4 R9, any padding": grid,
    "E.5.4 R10, half padding": [(i, k, p) for i, k, p in grid if 2 * p == k - 1],
    "E.5.4 R11, full padding": [(i, k, p) for i, k, p in grid if p == k - 1],
}
for name, cases in kinds.items():
    verify.claim(f"DLNN {name}", f"{len(cases)} cases", turned_is_transposed(cases))

# %% [markdown]
# In words: the transpose of no padding is full padding (R8), of full padding none (R11), and half padding stays half
# padding, so that the size stays as well (R10). DLNN's own examples:

# %% tags=["covers:conv-size-r9", "covers:conv-size-r10", "covers:conv-size-r11"]
examples = {"R8": (2, 3, 0, 4), "R9": (6, 4, 2, 5), "R10": (5, 3, 1, 5), "R11": (7, 3, 2, 5)}
for name, (i_, k, p, o_) in examples.items():
    print(f"{name:4} i' = {i_}, k = {k}, p = {p}: p' = {k - 1 - p}, o' = {i_ + k - 1 - 2 * p}")
    verify.equation(f"DLNN {name}", filter_matrix(np.ones(k), i_, padding=k - 1 - p).shape[0], o_)
    verify.equation("     and back", filter_matrix(np.ones(k), o_, padding=p).shape[0], i_)

# %% [markdown]
# ## Strides, backward
#
# Outputs of a strided convolution belong to places that lie $s$ apart. To let the turned kernel walk over them in steps of
# one, put them where they belong: $s - 1$ zeros between neighbors. That is why one hears of *fractional strides*.
#
# The figure is that of the last notebook, continued downward. The outputs stand under the middles of their windows; the
# dotted green squares between them are those zeros, the gray ones the padding $p'$. Below walks the turned kernel. The
# orange dots are the column of $\mathbf{A}$ that belongs to the orange entry, with their weights: compare them with the
# purple numbers under the frame. (What *output padding* is, with zeros in orange, and what the "?" stands for, you will see.)


# %% tags=["live", "covers:conv-size-r12", "covers:conv-size-r13", "covers:conv-size-r14"]
def convolve_by_matrix(x, w, stride, padding, dilation):
    """The outputs (o,) of a row x (i,) with the kernel w (k,)."""
    return filter_matrix(w, len(x), stride=stride, padding=padding, dilation=dilation) @ x


def transposed(y, w, stride, padding, dilation, output_padding=0):
    """The transposed convolution of a row y (i',), by the layer of this book."""
    params = w[None, None] * 1.0, np.zeros(1)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    options["output_padding"] = output_padding
    return convolution.conv_transpose1d(y[None, None] * 1.0, params, **options)[0][0, 0]


live.convolution_arithmetic.transpose(convolve_by_matrix, transposed)

# %% [markdown]
# Eight entries and seven have the same three outputs, because the window never gets to the eighth. From three numbers
# nobody can tell which it was. You have to say so: an *output padding* of $a$ makes the result $a$ entries longer, by $a$
# more zeros behind the stretched outputs. Without padding the new entries of the result are 0, because no window was there.
# With padding ($p = 1$, say) the turned kernel still reaches an output from them.
#
# ### Exercise 1 · back to the size of the input
#
# Stretching is a way to see it; nobody multiplies all these zeros. A program goes through the outputs and adds the kernel,
# times the output, where its window was. Write that for a row, without output padding. Stuck? `hint(transposed_row)`, in a
# cell of your own, helps.


# %% tags=["exercise:transposed_row"]
def transposed_row(y, w, stride, padding):
    """A^T y, where A is the matrix of the convolution of a row with the kernel w (k,); NumPy alone.

    y (n,);  returns ((n - 1) stride + k - 2 padding,): the shortest row that A makes n outputs of.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:transposed_row"]
check(transposed_row)

# %% [markdown]
# Once it passes: a bump of five numbers, enlarged twice over by a kernel that fades in and out.

# %%
enlarge, fading = use(transposed_row), np.array([0.25, 0.75, 0.75, 0.25])
rows = [np.array([0.0, 1, 3, 1, 0])]
for _ in range(2):
    rows.append(enlarge(rows[-1], fading, 2, 1))
figure, ax = plt.subplots(figsize=(6.4, 2.8))
for row, style in zip(rows, ["o", "s", "."], strict=True):
    ax.plot((np.arange(len(row)) + 0.5) / len(row), row, style + "-", label=f"{len(row)} numbers")
ax.set(xlabel="place", ylabel="value")
ax.legend()
plots.show(
    figure, "Five numbers, and what a transposed convolution with stride 2 makes of them, twice"
)

# %% [markdown]
# The ten numbers lie on the lines between the five: with this kernel a transposed convolution interpolates. Other kernels do
# other things, and a network learns its own.
#
# ## The stretched input is not the input
#
# The sizes, R12 to R14 of DLNN E.5: $i'$ windows, $s$ apart, span $s(i' - 1) + k$ entries; $2p$ of these were padding; and
# $a$ more are asked for.
#
# $$o' = s\,(i' - 1) + a + k - 2p, \qquad a = (i + 2p - k) \bmod s.$$
#
# R12 has $p = a = 0$, R13 has $a = 0$. DLNN prints all three with $\tilde{i}'$, the size of the *stretched* input, in the
# place of $i'$. Its own figures (E.19 to E.21) contradict that, and so does every case that is not trivial. The second cell
# takes nothing from a formula: it counts the rows of $\mathbf{A}$ for $i'$, tries each output padding until the result has the
# size of the input, and compares its numbers with $\mathbf{A}^\top\mathbf{y}$.

# %% tags=["covers:conv-size-r12", "covers:conv-size-r13", "covers:conv-size-r14"]
figures = {"E.19, R12": (5, 3, 2, 0), "E.20, R13": (5, 3, 2, 1), "E.21, R14": (6, 3, 2, 1)}
for name, (i, k, s, p) in figures.items():
    i_, a = len(filter_matrix(np.ones(k), i, stride=s, padding=p)), (i + 2 * p - k) % s
    stretched = s * (i_ - 1) + 1
    right, printed = (s * (size - 1) + a + k - 2 * p for size in (i_, stretched))
    print(f"Figure {name}: i' = {i_}, stretched {stretched}, a = {a}: ", end="")
    print(f"o' = {right}, as printed {printed}; the input had {i}")
    verify.equation(f"DLNN {name} with i'", right, i)
    row = transposed(np.ones(i_), np.ones(k), s, p, 1, a)
    verify.equation("     and the layer makes as many", len(row), i)

# %% tags=["covers:conv-size-r12", "covers:conv-size-r13", "covers:conv-size-r14"]
ranges = range(1, 12), range(1, 6), range(1, 5), range(5)
cases = np.array(np.meshgrid(*ranges)).reshape(4, -1).T
cases = cases[(cases[:, 3] < cases[:, 1]) & (cases[:, 1] <= cases[:, 0] + 2 * cases[:, 3])]
rng, kernel, found = np.random.default_rng(1), np.array([0.3, -1.2, 0.7, 2.1, -0.4]), []
for i, k, s, p in cases:
    A = filter_matrix(kernel[:k], i, stride=s, padding=p)
    y = rng.normal(size=len(A))
    for a in range(s - 1, -1, -1):
        row = transposed(y, kernel[:k], s, p, 1, a)
        if len(row) == i:
            break
    found.append((len(A), a, np.allclose(row, A.T @ y)))
verify.claim("DLNN E.5", f"{len(found)} transposes are A^T y", all(same for *_, same in found))

# %% tags=["covers:conv-size-r12", "covers:conv-size-r13", "covers:conv-size-r14"]
(i, k, s, p), (i_, a, _) = cases.T, np.array(found, dtype=int).T
stretched = s * (i_ - 1) + 1
right, printed = s * (i_ - 1) + a + k - 2 * p, s * (stretched - 1) + a + k - 2 * p
verify.equation("DLNN R14, a = (i + 2p - k) mod s", a, (i + 2 * p - k) % s)
verify.equation(f"DLNN R14 with i', {len(i)} cases", right, i)
verify.equation("DLNN R13, where a = 0", right[a == 0], i[a == 0])
verify.equation("DLNN R12, where p = 0, too", right[(a + p) == 0], i[(a + p) == 0])
print(f"as printed, {np.sum(printed != i)} of {len(i)} cases are wrong")
verify.claim("DLNN R14 as printed", "356 of 608 cases are wrong", np.sum(printed != i) == 356)
trivial = (s == 1) | (i_ == 1)
verify.claim(
    "as printed", "right only where nothing is stretched", np.array_equal(printed == i, trivial)
)

# %% [markdown]
# ### Exercise 2 · R14, repaired
#
# There is another repair: keep the symbol $\tilde{i}'$, and change the formula. Say what $i'$ is, and from it what $o'$ is,
# if all you have is the stretched size.


# %% tags=["exercise:repaired_sizes"]
def repaired_sizes(stretched, k, s, p, a):
    """(i', o'), the sizes of the input and output of a transpose, from the size that R14 names.

    stretched, entries of the input with s - 1 zeros between neighbors;  a, output padding;
    k, s and p, kernel, stride and padding of the convolution.  Returns integers.  NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:repaired_sizes"]
check(repaired_sizes)

# %% [markdown]
# ## The same on images
#
# Stretch, pad, turn, slide: the four steps as a program, on an image with output padding (DLNN Figure E.21), against the
# transpose of the matrix and against the layer.


# %% tags=["covers:transposed-conv-stretched"]
def stretch(image, s):
    """Images (..., h, w) with s - 1 rows and columns of zeros between neighbors."""
    *rest, h, w = image.shape
    wide = np.zeros((*rest, s * (h - 1) + 1, s * (w - 1) + 1))
    wide[..., ::s, ::s] = image
    return wide


def by_stretching(y, W, s, p, a):
    """A transposed convolution, kernel W (1, 1, k, k), as a convolution with stride 1."""
    around = W.shape[-1] - 1 - p
    padded = np.pad(stretch(y, s), [(0, 0), (0, 0), *[(around, around + a)] * 2])
    return convolution.conv2d(padded, (W, np.zeros(1)))[0]


# %% tags=["covers:transposed-conv-stretched"]
rng = np.random.default_rng(0)
y, W = rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(1, 1, 3, 3))
params, options = (W, np.zeros(1)), {"stride": 2, "padding": 1}
A = convolution.as_matrix(lambda x: convolution.conv2d(x, params, **options), (1, 6, 6))
want = (A.T @ y.ravel()).reshape(1, 1, 6, 6)
layer, _ = convolution.conv_transpose2d(y, params, **options, output_padding=1)
turned = by_stretching(y, W[..., ::-1, ::-1], 2, 1, 1)
verify.equation("DLNN E.5.6, Figure E.21: the layer is A^T", layer, want)
verify.equation("DLNN E.5.6, stretched, with the turned kernel", turned, want)
straight = by_stretching(y, W, 2, 1, 1)
off = np.abs(straight - want).max()
verify.claim("DLNN E.5.3-E.5.6", "without turning it is off by more than 1", bool(off > 1))
short, _ = convolution.conv_transpose2d(y, params, **options)
verify.equation("without output padding: a row and a column less", short, want[..., :5, :5])
verify.claim("output padding", "the row that it adds is not 0", want[0, 0, 5].all())

# %% [markdown]
# ## Holes in the kernel
#
# The transpose stretches its input. *Dilated convolution* stretches the kernel: with $d - 1$ zeros between neighbors a kernel
# of $k$ entries covers $k + (k - 1)(d - 1) = d(k - 1) + 1$ of the input. It has no more weights than before, and multiplies
# no more often. With that number for $k$, R6 becomes R15 (DLNN E.6.1).

# %% tags=["covers:dilated-convolution"]
W, x = rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(1, 1, 7, 7))
holes, _ = convolution.conv2d(x, (W, np.zeros(1)), dilation=2)
verify.equation("DLNN E.6.1, k = 3, d = 2 covers", stretch(W, 2).shape[2:], [5, 5])
verify.equation("it is a convolution with the stretched kernel",
                holes, convolution.conv2d(x, (stretch(W, 2), np.zeros(1)))[0])  # fmt: skip
verify.equation("DLNN R15, i = 7, k = 3, d = 2: o", holes.shape[2:], [3, 3])
ranges = range(1, 12), range(1, 6), range(1, 5), range(4), range(1, 4)
counted, formula = [], []
for i, k, s, p, d in np.array(np.meshgrid(*ranges)).reshape(5, -1).T:
    taps = d * np.arange(k)
    fits = [start for start in range(0, i + 2 * p, s) if start + taps[-1] < i + 2 * p]
    if fits:
        counted.append(len(fits))
        formula.append((i + 2 * p - k - (k - 1) * (d - 1)) // s + 1)
verify.equation(f"DLNN R15, places counted in {len(counted)} cases", counted, formula)

# %% [markdown]
# These are the nine entries of 7 x 7 that the output in the middle sees, with dilations of 1, 2 and 3.

# %% tags=["covers:dilated-convolution"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.7))
for d, ax in enumerate(axes, start=1):
    layer = {"params": (np.ones((1, 1, 3, 3)), np.zeros(1)), "dilation": d, "padding": d}
    rows = convolution.as_matrix(lambda x, layer=layer: convolution.conv2d(x, **layer), (1, 7, 7))
    seen = rows[24].reshape(7, 7)
    ax.pcolormesh(seen, cmap=plots.SIGNED, vmin=-2, vmax=2, edgecolors=plots.INK, linewidth=0.3)
    ax.set(title=f"d = {d}: covers {2 * d + 1} x {2 * d + 1}", xlabel="column", ylabel="row")
    ax.set(aspect="equal", xticks=[], yticks=[])
    verify.equation(f"d = {d}, weights, and width", [seen.sum(), np.ptp(np.argwhere(seen)) + 1],
                    [9, 2 * d + 1])  # fmt: skip
plots.show(
    figure, "What a kernel of 3 x 3 sees with dilations 1, 2 and 3: nine entries, further apart"
)

# %% [markdown]
# ## What an output has seen
#
# Layer upon layer an output sees more of the input: its *receptive field* grows (GBC 9.2, Figure 9.4). The figure follows
# all connections of one output down to the input; the bars below are its field and that of its neighbor. Besides kernels,
# the layers may have strides or dilations.
#
# **Predict first**, then find the stack that the goal asks for.

# %% tags=["live", "covers:receptive-field", "covers:dilated-convolution"]
live.convolution_arithmetic.field(convolution.receptive_field)

# %% [markdown]
# Did you see the holes? With kernel 3 and a dilation of 2 in *every* one of $L$ layers each path takes even steps, so every
# second entry of the field, $2L$ of $4L + 1$, has no way to the output; the doubling dilations fill each other's gaps. And
# the strides, which see just as far, pay for it: with four layers, outputs are 16 entries apart.
#
# ### Exercise 3 · what an output has seen
#
# Compute the field, how far the fields of two neighbors lie apart, and where the first one begins, from kernel, stride, padding
# and dilation of each layer. Padding makes a field begin outside of the input.


# %% tags=["exercise:stack_field"]
def stack_field(layers):
    """What output 0 of a stack of layers sees of the input: field, jump and start, integers.

    layers (n, 4), integers: kernel, stride, padding, dilation of each layer, the first one first.
    field, how many entries there are from the first that an output sees to the last;
    jump, how many entries the fields of two neighboring outputs are apart;
    start, the entry with which the field of output 0 begins, below 0 in the padding.  NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:stack_field"]
check(stack_field)

# %% [markdown]
# The books give the field in words (EE147) or in a picture (GBC). Here it is, by `convolution.receptive_field`, for networks
# that you will meet. A trustworthy check needs no formula: send a 1 back from one output, and see where it arrives.


# %% tags=["covers:receptive-field"]
def arrivals(layers, i, dilation=1):
    """d(output in the middle)/d(input) (i,), through layers (kernel, stride) that take means."""
    x, backs = np.ones((1, 1, i)), []
    for k, s in layers:
        mean = np.full((1, 1, k), 1 / k), np.zeros(1)
        x, back = convolution.conv1d(x, mean, stride=s, dilation=dilation)
        backs.append(back)
    delta = np.zeros_like(x)
    delta[..., x.shape[2] // 2] = 1
    for back in reversed(backs):
        delta, _ = back(delta)
    return delta[0, 0]


# %% tags=["covers:receptive-field"]
blocks = [[(3, 1)] * count + [(2, 2)] for count in (2, 2, 3, 3, 3)]
networks = {"three of 3x3": [(3, 1)] * 3, "one of 7x7": [(7, 1)]}
networks["LeNet C5"] = [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]
networks["AlexNet pool5"] = [(11, 4), (3, 2), (5, 1), (3, 2), *[(3, 1)] * 3, (3, 2)]
networks["VGG-16 pool5"] = sum(blocks, [])

# %% tags=["covers:receptive-field"]
wanted = {"three of 3x3": 7, "one of 7x7": 7, "LeNet C5": 32, "AlexNet pool5": 195}
wanted["VGG-16 pool5"] = 212
for name, stack in networks.items():
    field, jump, _ = convolution.receptive_field([(k, s, 0) for k, s in stack])
    print(f"{name:13} sees {field:3} entries, neighbors are {jump:2} apart")
    reached = np.flatnonzero(arrivals(stack, 500))
    verify.equation("    and as many are reached", [field, np.ptp(reached) + 1], [wanted[name]] * 2)
weights = [sum(k**2 for k, _ in networks[name]) for name in ("three of 3x3", "one of 7x7")]
verify.equation("Strang VII.2, weights of the first two", weights, [27, 49])
deeper = [convolution.receptive_field([(3, 1, 0)] * count)[0] for count in range(1, 8)]
verify.equation("GBC Figure 9.4, L layers of width 3: 2L + 1", deeper, np.arange(3, 17, 2))
doubling = [
    convolution.receptive_field([(3, 1, 0, 2**n) for n in range(L)])[0] for L in range(1, 8)
]
verify.equation("dilations that double: 2^(L+1) - 1", doubling, 2 ** np.arange(2, 9) - 1)

# %% tags=["covers:receptive-field", "covers:dilated-convolution"]
reached = [np.count_nonzero(arrivals([(3, 1)] * L, 99, dilation=2)) for L in range(1, 8)]
verify.equation("dilation 2 in each: 2L + 1 of 4L + 1 are reached", reached, np.arange(3, 17, 2))

# %% [markdown]
# ## Not all of it counts alike
#
# The field says how far, not how much. Entries in the middle have many ways to the output, those at the rim have one (EE147:
# the closer to the center, the more it contributes). With means for kernels, this is how much of a 1 arrives where:

# %% tags=["covers:receptive-field"]
figure, ax = plt.subplots(figsize=(6.4, 3.0))
for (name, stack), style in zip(list(networks.items())[2:], ["-", "--", "-."], strict=True):
    arrived = np.trim_zeros(arrivals(stack, 500))
    place = np.linspace(-1, 1, len(arrived))
    ax.plot(place, arrived / arrived.max(), style, label=f"{name}, {len(arrived)} entries")
    middle = arrived[np.abs(place) <= 0.5].sum()
    verify.claim(f"EE147, {name}", "half of it has 2/3 of the weight", bool(middle > 2 / 3))
ax.set(xlabel="place in the receptive field", ylabel="part of the largest", ylim=(0, 1.45))
ax.legend(loc="upper center", ncols=2, fontsize=8)
plots.show(figure, "How much each entry of the receptive field contributes, in three networks")

# %% [markdown]
# The teeth of AlexNet come from windows whose width is no multiple of their stride, 11 and 4, 3 and 2: some entries are in
# more of them than their neighbors are.
#
# ## The same in PyTorch
#
# `conv_transpose1d` takes stride, padding, dilation and output padding; R14 tells what to say for the last one. Every result
# has the size of the row that the convolution began with, and is $\mathbf{A}^\top\mathbf{y}$.

# %%
import torch
import torch.nn.functional as F

agree, kernel = [], rng.normal(size=4)
ranges = [7, 9, 10], [1, 3, 4], [1, 2, 3], [0, 1], [1, 2]
for i, k, s, p, d in np.array(np.meshgrid(*ranges)).reshape(5, -1).T.tolist():
    options = {"stride": s, "padding": p, "dilation": d}
    A, a = filter_matrix(kernel[:k], i, **options), (i + 2 * p - d * (k - 1) - 1) % s
    y = rng.normal(size=len(A))
    tensors = torch.tensor(y)[None, None], torch.tensor(kernel[:k])[None, None]
    theirs = F.conv_transpose1d(*tensors, **options, output_padding=a)[0, 0].numpy()
    agree.append(theirs.shape == (i,) and np.allclose(theirs, A.T @ y, atol=1e-12))
verify.claim("PyTorch", f"{len(agree)} transposed rows are A^T y", all(agree))

# %% [markdown]
# And the layer itself, with several channels, on images that are not square, with all its gradients:

# %%
options = {"stride": (2, 3), "padding": (1, 0), "dilation": (1, 2), "output_padding": (1, 2)}


def enlarging(x, params):
    return convolution.conv_transpose2d(x, params, **options)


def torch_transposed(*tensors):
    return F.conv_transpose2d(*tensors, **options)


arrays = [rng.normal(size=shape) for shape in [(2, 3, 4, 5), (3, 4, 3, 2), (4,)]]
verify.against_torch(enlarging, torch_transposed, *arrays, rng=rng)

# %% [markdown] tags=["question:ch05.transposed_and_dilated_convolution.checkerboard"]
# ### In your own words
#
# A decoder enlarges images with transposed convolutions, kernel 3, stride 2. Its pictures show a fine checkerboard, already
# before it is trained, and on images that are constant. Where does it come from? (How many outputs have a part in an even
# entry of the result, and how many in an odd one?) Would output padding help? Which kernel size would, and why?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A transposed convolution multiplies with $\mathbf{A}^\top$: the way back of a convolution, used as a way forward. It restores
#   shapes, not numbers.
# - Scatter the kernel, or stretch the outputs by $s - 1$ zeros and let the *turned* kernel walk over them: the same numbers.
# - $o' = s(i' - 1) + a + k - 2p$ with $i'$ itself; $s$ sizes share one $i'$, and the output padding $a$ picks one of them.
# - A dilated kernel covers $d(k - 1) + 1$ entries with $k$ weights.
# - A field grows with every kernel and every dilation, and faster behind strides. Layers of equal dilation leave holes.
#
# ## Where the books differ
#
# - DLNN R12, R13 and R14 print $o' = s(\tilde{i}' - 1) + \dots$ with the stretched size. It must be $i'$: right in all 608 cases
#   above, where the print is wrong in 356.
# - DLNN's caption of Figure E.21 speaks of a 2 x 2 input; by its own $i' = 3$ it is 3 x 3. In our copy the captions of E.18
#   and E.19 have a tilde too many: $i' = 7$, and $i' = 2$ with $\tilde{i}' = 3$ (both above).
# - DLNN E.5.3 to E.5.6 give the sizes of the direct convolution that does the same, but not that its kernel is turned by 180
#   degrees; without that the numbers are wrong (above).
# - GBC 9.5 has the transpose as the third operation beside convolution and the gradient of the kernel, and warns that it must
#   be told the size of the input; output padding is how PyTorch is told.
#
# **Next:** [Backprop through convolution](05_backprop_through_convolution.ipynb) meets $\mathbf{A}^\top$ where it comes from:
# on the way back.
