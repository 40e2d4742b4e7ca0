# %% [markdown]
# # Filters as convolutions
#
# Kernels that people invented: they smooth, they find slopes and curvature, and together they draw the outlines of a flower.
#
# **After this notebook you can**
#
# - choose the weights of a filter from what it has to do to a constant, a ramp, and a parabola;
# - say why a Gaussian comes before every derivative, and smooth in two passes instead of one;
# - build an edge detector from four small filters, and say what each of its parts is for.
#
# 35 minutes, and 25 for the exercises · before this: [Convolution](01_convolution.ipynb)
#
# DLNN – · GBC 9.2, Fig 9.6 · Strang VII.2, Problems VII.2.1, 2, 4 · EE147 – · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $f$ (Strang) | `x` | the picture, row 0 on top |
# | $G$, $g$ (Strang) | `g` | Gaussian weights along one axis; their product is the kernel in two |
# | $\partial f/\partial x$, $\partial f/\partial y$ (Strang) | `across`, `down` | slopes to the right and toward the bottom |
# | $E$ (Strang) | `LAPLACIAN`, `laplacian_of_gaussian` | filters for curvature |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, live, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# The photograph of this page is `flower.jpg`, which comes with scikit-learn: CC BY 2.0, from
# flickr.com/photos/vultilion/6056698931; scikit-learn's notes name danielbuechele as its author. Here it is cut out, gray,
# and half as large. Every filter runs through `correlate`, the layer of the last page with one kernel and the image's own
# *reflection* for padding: beyond an edge the pixels come back in reverse order.

# %%
rng = np.random.default_rng(0)
from scipy import ndimage, signal
from sklearn.datasets import load_sample_image

flower = load_sample_image("flower.jpg")[70:370, 150:470].mean(axis=2) / 255
photo = flower.reshape(150, 2, 160, 2).mean(axis=(1, 3))
noisy = photo + rng.normal(scale=0.1, size=photo.shape)


def correlate(x, w):
    """The cross-correlation of x (height, width) with an odd kernel; beyond edges x runs back."""
    width = len(w) // 2, w.shape[1] // 2
    padded, _ = convolution.pad(x[None, None], width=width, mode="reflection")
    return convolution.conv2d(padded, (w[None, None], np.zeros(1)))[0][0, 0]


# %% [markdown]
# ## One subtraction
#
# The simplest edge detector takes from every pixel its left neighbor. What is left over is where something begins or
# ends. GBC 9.2, Fig 9.6, does that to a picture of 320x280 and writes a bill.

# %% tags=["covers:edge-detection-cost"]
rows, columns = np.mgrid[:280, :320]
scene = 0.2 + 0.6 * (np.hypot(rows - 140, columns - 110) < 80)  # a disk and a bar
scene += 0.4 * ((columns > 220) & (columns < 260) & (rows > 40))
edges = scene[:, 1:] - scene[:, :-1]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.5))
axes[0].imshow(scene, cmap="gray", vmin=0, vmax=1)
axes[1].imshow(edges, cmap=plots.SIGNED, vmin=-0.3, vmax=0.3, interpolation="nearest")
for ax, title in zip(axes, ["a picture", "less its left neighbor"], strict=True):
    ax.set(title=title, xlabel="column", ylabel="row")
plots.show(figure, "A disk and a bar; and the left (orange) and right (blue) edges of both")
here, _ = convolution.conv2d(scene[None, None], (np.array([[[[-1.0, 1]]]]), np.zeros(1)))
verify.equation("GBC Fig 9.6, it is a convolution with two weights", here[0, 0], edges)

# %% [markdown]
# Vertical edges light up, horizontal ones do not. And the bill: as a convolution two multiplications and an addition for
# each output; as a dense matrix, one multiplication and one addition for each of its entries.


# %% tags=["covers:edge-detection-cost"]
def account(width, height, k):
    """What k weights along a row cost: flops, entries of the matrix, its flops, entries not 0."""
    outputs = (width - k + 1) * height
    entries = width * height * outputs
    return outputs * (2 * k - 1), entries, 2 * entries, k * outputs


print("picture    weights        flops      matrix entries   flops of the matrix   sparse entries")
for width, height, k in [(320, 280, 2), (320, 280, 5), (640, 560, 2)]:
    flops, entries, dense, sparse = account(width, height, k)
    print(f"{width} x {height} {k:8} {flops:12,} {entries:19,} {dense:21,} {sparse:16,}")
flops, entries, dense, sparse = account(320, 280, 2)
verify.equation("GBC Fig 9.6, flops", flops, 319 * 280 * 3)
verify.equation("GBC Fig 9.6, flops, in the book", flops, 267_960)
verify.equation("GBC Fig 9.6, entries of the matrix", entries, 8_003_072_000)
verify.equation("GBC Fig 9.6, 59,733 times the work", round(dense / flops), 59_733)
verify.equation("GBC Fig 9.6, a sparse matrix stores", sparse, 178_640)

# %% [markdown]
# A picture with twice the side costs a convolution four times as much, a matrix sixteen times. The convolution stores two
# numbers, four billion times fewer than the matrix; the sparse matrix, which knows where the zeros are but not that the
# rest repeats, stores 178,640.
#
# ## The slope
#
# Right neighbor minus left neighbor, divided by the distance between them, 2: the *centered difference*, with the weights
# $(-½, 0, ½)$. How do you know that ½ is right? Put in a ramp, whose slope you know.

# %% tags=["covers:centred-difference-filter"]
slope, i = np.array([-1 / 2, 0, 1 / 2]), np.arange(12.0)
verify.equation("Strang VII.2, v_i = 3 i has slope 3", np.correlate(3 * i, slope), 3)
verify.equation("a parabola, v_i = i^2, has slope 2 i", np.correlate(i**2, slope), 2 * i[1:-1])
verify.equation("a constant has none", np.correlate(0 * i + 7, slope), 0)

# %% [markdown]
# These three tests, on a constant, a ramp, and a parabola, will calibrate every filter of this page. The trouble begins
# with noise. Here is a smooth curve with a little of it, and its slope.

# %% tags=["covers:centred-difference-filter"]
clean, bell = 10 * np.sin(np.linspace(0, 4 * np.pi, 240)), np.exp(-(np.arange(-9, 10) ** 2) / 18)
rough = clean + rng.normal(scale=0.3, size=240)
smoothed = np.correlate(rough, bell / bell.sum())
figure, axes = plt.subplots(2, 1, figsize=(7.2, 4.8), sharex=True)
axes[0].plot(rough, color=plots.INK, linewidth=1)
for name, start, v, style in [
    ("of this curve", 1, rough, {"color": plots.INK, "linewidth": 1}),
    ("smoothed first", 10, smoothed, {"color": plots.ORANGE}),
    ("without noise", 1, clean, {"color": plots.BLUE, "linestyle": "--"}),
]:
    axes[1].plot(np.arange(start, start + len(v) - 2), np.correlate(v, slope), label=name, **style)
axes[0].set(ylabel="value", xlabel="place")
axes[1].set(ylabel="slope", xlabel="place", ylim=(-1.1, 1.6))
axes[1].legend(loc="upper right", ncols=3)
plots.show(figure, "A noisy curve; its slope, buried in noise unless the curve is smoothed first")

# %% [markdown]
# You hardly see the noise in the curve, and hardly anything else in its slope. Has the filter made the noise larger? Of
# independent noise a filter leaves the factor $\sqrt{\sum w^2}$ of its standard deviation, here $1/\sqrt2$: less than there
# was. But a slope compares neighbors, and between neighbors the curve changes little, so much less is left of the curve.

# %% tags=["covers:centred-difference-filter"]
white = np.random.default_rng(1).normal(size=100_000)
of_noise, of_curve = (np.std(np.correlate(v, slope)) / np.std(v) for v in (white, clean))
print(f"left of noise: {of_noise:.2f}; left of the curve: {of_curve:.3f}")
verify.equation("of noise, the root of the sum of w^2", of_noise, np.sqrt(0.5), tolerance=0.01)
verify.claim("the slope", "has over ten times the curve's share of noise", of_noise > 10 * of_curve)

# %% [markdown]
# What grows is the noise *relative to what you look for*. Average over neighbors first.
#
# ## Smoothing
#
# The weights of a good average fall off gently: the Gaussian, $G = e^{-(x^2+y^2)/2\sigma^2} / 2\pi\sigma^2$, Strang
# VII.2. In whole numbers he gives (3), a 5x5 kernel over 273. It is almost the product of the weights 1, 4, 7, 4, 1 with
# themselves, whose sum is $17^2 = 289$.

# %% tags=["covers:gaussian-smoothing"]
line = np.array([1, 4, 7, 4, 1])
G289 = np.outer(line, line)
G273 = G289.copy()
G273[1:4, 1:4] = [[16, 26, 16], [26, 41, 26], [16, 26, 16]]
verify.equation("Strang VII.2 (3), the sums", [G273.sum(), G289.sum()], [273, 289])
verify.equation(
    "the center of 1 4 7 4 1 times itself",
    G289[1:4, 1:4],
    [[16, 28, 16], [28, 49, 28], [16, 28, 16]],
)
ranks = [np.linalg.matrix_rank(G) for G in (G273, G289)]
verify.equation("the rank of both", ranks, [3, 1])

# %% [markdown]
# Along one axis the weights can also be *areas* under the bell, each from half a place before to half a place behind.
# Strang lists seven of them, for $\sigma = 1$.

# %% tags=["covers:gaussian-smoothing"]
from math import erf

under = np.diff([erf(edge / np.sqrt(2)) / 2 for edge in np.arange(-3.5, 4)])
printed = [0.006, 0.061, 0.242, 0.383, 0.242, 0.061, 0.006]
verify.equation("Strang VII.2, areas under a bell of sigma 1", under, printed, tolerance=5e-4)

# %% [markdown]
# Does it matter which kernel you take? Problem VII.2.1 compares two such kernels on a horizontal and on a diagonal edge between
# ones and zeros. Here are three: both above, and the product of 1, 4, 6, 4, 1 with itself, over 256.

# %% tags=["covers:gaussian-smoothing"]
kernels = G273 / 273, G289 / 289, np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
horizontal, lower = np.repeat([1.0, 0.0], 5)[:, None] * np.ones(10), np.tri(10)
print("kernel  down across the horizontal edge           to the right across the diagonal edge")
responses = []
for name, w in zip([273, 289, 256], kernels, strict=True):
    level, slanted = (signal.correlate2d(x, w, "valid") for x in (horizontal, lower))
    responses.append([level, slanted])
    print(f"{name:6}", *(" ".join(f"{s:6.3f}" for s in row) for row in (level[:, 2], slanted[2])))
gaps = np.ptp(responses, axis=0).max()
verify.claim("VII.2.1", "on both edges the three differ by less than 0.02", bool(gaps < 0.02))
verify.claim(
    "VII.2.1",
    "all responses lie in 0 ... 1",
    0 <= np.min(responses) <= np.max(responses) < 1 + 1e-9,
)

# %% [markdown]
# All of them turn a step into the same soft slope, a little longer across the diagonal: nobody will see which one it was.
#
# Rank 1 is worth having. A kernel that is a product, $w_{uv} = d_u\,a_v$, need not be applied at once: go along the rows
# with $a$, then along the columns with $d$. For 5x5 these are 10 products a pixel instead of 25, for 31x31, 62 instead of
# 961. The kernel over 273 has rank 3 and cannot do that.
#
# ### Exercise 1 · two passes
#
# Write it. Stuck? `hint(separable_filter)`, in a cell of your own, helps.


# %% tags=["exercise:separable_filter"]
def separable_filter(x, down, across):
    """The cross-correlation of x with w[u, v] = down[u] across[v], all of w inside x.  NumPy alone.

    x (height, width);  down (k,), across (m,);  returns (height - k + 1, width - m + 1).
    Two passes with k + m products for each pixel do; one pass with k m is right, too, and slower.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:separable_filter"]
check(separable_filter)

# %%
wide = use(separable_filter)(photo, np.full(15, 1 / 15), np.full(15, 1 / 15))
print(f"15 + 15 weights; of {photo.shape} there are left {wide.shape}")


# %% tags=["covers:gaussian-smoothing"]
def gaussian(sigma):
    """Weights of sum 1 at the whole numbers within 3 sigma."""
    places = np.arange(-int(3 * sigma + 0.5), int(3 * sigma + 0.5) + 1)
    g = np.exp(-(places**2) / (2 * sigma**2))
    return g / g.sum()


def smooth(x, sigma):
    """x after two passes with Gaussian weights."""
    g = gaussian(sigma)
    return correlate(correlate(x, g[None]), g[:, None])


# %% tags=["covers:gaussian-smoothing"]
g, twice = gaussian(2.0), smooth(photo, 2.0)
verify.equation("Strang VII.2, two passes", twice, correlate(photo, np.outer(g, g)))
scipys = ndimage.gaussian_filter(photo, 2.0, mode="mirror", truncate=3)
verify.equation("SciPy's gaussian_filter", twice, scipys)
largest = [smooth(photo, sigma).max() for sigma in (0.5, 1, 2, 4)]
verify.claim("Strang VII.2", "no maximum exceeds the picture's", max(largest) <= photo.max())

# %% tags=["covers:gaussian-smoothing"]
figure, axes = plt.subplots(2, 3, figsize=(6.4, 4.2))
for ax, sigma in zip(axes.T, (None, 1.0, 3.0), strict=True):
    for one, x in zip(ax, (photo, noisy), strict=True):
        shown = x if sigma is None else smooth(x, sigma)
        one.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        one.set_axis_off()
    ax[0].set_title("as it is" if sigma is None else f"$\\sigma$ = {sigma:g}")
plots.show(figure, "The photograph and the same with noise, smoothed with sigma 1 and 3")

# %% [markdown]
# The noise goes first, and the petals follow. An average never leaves the range of what it averages, because its weights
# are positive and add up to 1.
#
# ## Sobel
#
# In a picture there are two slopes. Sobel's filters take a difference in one direction and a little smoothing, 1, 2, 1,
# across it. Strang's (4) gives them with the factor ½:
#
# $$\frac{\partial f}{\partial x} \approx \frac12 \begin{pmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{pmatrix},
# \qquad
# \frac{\partial f}{\partial y} \approx \frac12 \begin{pmatrix} -1 & -2 & -1 \\ 0 & 0 & 0 \\ 1 & 2 & 1 \end{pmatrix}.$$
#
# Test it as you tested the centered difference.

# %% tags=["covers:sobel-filter"]
SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
ramp = np.tile(np.arange(8.0), (6, 1))
print(
    "the printed filter on a ramp of slope 1 answers",
    signal.correlate2d(ramp, SOBEL / 2, "valid")[0, 0],
)

# %% [markdown]
# ### Exercise 2 · to scale
#
# A ramp that rises by 1 a pixel must have slope 1. Find the factor.


# %% tags=["exercise:sobel_slopes"]
def sobel_slopes(x):
    """The slopes of x by the two Sobel kernels, so scaled that a ramp of 1 a pixel has slope 1.

    x (h, w), at least 3 x 3, row 0 on top.  Returns (across, down), each (h - 2, w - 2): across
    is positive where x rises to the right, down where it rises toward the bottom.  NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:sobel_slopes"]
check(sobel_slopes)

# %% [markdown]
# The kernel is a product, too: a centered difference, and an average of three. Written so, its factor is no mystery. The
# last lines are Problem VII.2.2, a kernel for slopes at 45 degrees, tried on a slope along either diagonal.

# %% tags=["covers:sobel-filter"]
product = np.outer([1 / 4, 1 / 2, 1 / 4], slope)
verify.equation("Sobel is average times difference", product, SOBEL / 8)
verify.equation("Strang (4), as printed on a ramp", signal.correlate2d(ramp, SOBEL / 2, "valid"), 4)
verify.equation("with 1/8 on a ramp", signal.correlate2d(ramp, SOBEL / 8, "valid"), 1)
scipys = ndimage.sobel(photo, 1, mode="mirror")
verify.equation("SciPy's sobel is 8 times that", scipys, 8 * correlate(photo, product))
down, across = np.mgrid[:6, :8] * 1.0
diagonal = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]) / 2  # Problem VII.2.2, 45 degrees
answers = [signal.correlate2d(x, diagonal, "valid") for x in (across - down, across + down)]
verify.equation("VII.2.2, 45 degrees, on column - row", answers[0], 6)
verify.equation("VII.2.2, on the other diagonal", answers[1], 0)

# %% [markdown]
# From the two slopes comes the length of the gradient, $\sqrt{(\partial f/\partial x)^2 + (\partial f/\partial y)^2}$,
# which does not care about the direction of an edge.


# %% tags=["covers:sobel-filter"]
def slopes(x, sigma):
    """Slopes across and down of x, smoothed with sigma."""
    x = smooth(x, sigma)
    return correlate(x, SOBEL / 8), correlate(x, SOBEL.T / 8)


def gradient_length(x, sigma):
    """The length of the gradient of x, smoothed with sigma."""
    return np.hypot(*slopes(x, sigma))


# %% tags=["covers:sobel-filter"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.9))
pictures = [*slopes(photo, 1.0), gradient_length(photo, 1.0)]
for ax, title, picture in zip(axes, ["across", "down", "length"], pictures, strict=True):
    ax.imshow(picture, cmap=plots.SIGNED, vmin=-0.2, vmax=0.2, interpolation="nearest")
    ax.set_title(title)
    ax.set_axis_off()
plots.show(figure, "Slopes of the flower across and down, and the length of its gradient")

# %% [markdown]
# Orange rises, blue falls. The slope across sees the left and the right of the flower and is blind to its top; the slope
# down is the other way around. The length misses nothing.
#
# ## Curvature
#
# The second way to find an edge: the slope is largest where the *curvature* changes its sign. The sum of both second
# derivatives is the Laplacian. Strang's Problem VII.2.4 has two stencils for it, with 5 points and with 9. You know the
# test: $x^2 + y^2$ has the Laplacian 4.

# %% tags=["covers:discrete-laplacians"]
FIVE = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
NINE = np.array([[1.0, 4, 1], [4, -20, 4], [1, 4, 1]])
bowl = across**2 + down**2
for name, stencil, want in [("5", FIVE, 4), ("9", NINE, 24)]:
    answer = signal.correlate2d(bowl, stencil, "valid")
    verify.equation(f"VII.2.4, {name} points on a bowl of Laplacian 4", answer, want)
LAPLACIAN = NINE / 6
verify.equation("9 points and the factor 1/6", signal.correlate2d(bowl, LAPLACIAN, "valid"), 4)

# %% [markdown]
# So the 9-point stencil needs the factor 1/6 that the problem leaves out. At a step, a Laplacian answers with a pair,
# above and below zero; the edge runs between them. Here are Strang's vertical step from 2 to 6, and a diagonal one.

# %% tags=["covers:discrete-laplacians"]
vertical = np.array([[2, 2, 2, 6, 6, 6]] * 4)
steps = np.array([[column >= 4 - row for column in range(6)] for row in range(4)]) * 1
with_five = [signal.correlate2d(step, FIVE, "valid").astype(int) for step in (vertical, steps)]
with_nine = [signal.correlate2d(step, NINE, "valid") for step in (vertical, steps)]
print("vertical:", *with_five[0], "diagonal:", *with_five[1])
verify.equation("VII.2.4, 5 points, vertical", with_five[0], [[0, 4, -4, 0]] * 2)
verify.equation("VII.2.4, 9 points, vertical", with_nine[0], [[0, 24, -24, 0]] * 2)
verify.equation("VII.2.4, 9 points, diagonal", with_nine[1], [[1, 9, -9, -1], [9, -9, -1, 0]])

# %% [markdown]
# Smooth first, then take the Laplacian: two convolutions, and convolutions can be joined, $E f = \nabla^2 (G * f) =
# (\nabla^2 G) * f$, Strang's (5). Instead of the picture, differentiate the Gaussian, once and for all. Below (5) Strang
# prints the result with the denominator $\pi\sigma^4$:
#
# $$\nabla^2 G = \frac{x^2 + y^2 - 2\sigma^2}{\pi\sigma^4}\, e^{-(x^2+y^2)/2\sigma^2} \qquad\text{(as printed)}.$$
#
# Its size is wrong, and by how much depends on $\sigma$.
#
# ### Exercise 3 · the repair
#
# Differentiate $G$ twice along $x$, twice along $y$, and write the kernel.


# %% tags=["exercise:laplacian_of_gaussian"]
def laplacian_of_gaussian(sigma, radius):
    """The kernel of second derivatives, d2G/dx2 + d2G/dy2, at the whole numbers -radius ... radius.

    G(x, y) = exp(-(x^2 + y^2) / (2 sigma^2)) / (2 pi sigma^2).
    Returns (2 radius + 1, 2 radius + 1).  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:laplacian_of_gaussian"]
check(laplacian_of_gaussian)

# %% [markdown]
# No formula is needed to check a formula. Take the Laplacian of $G$ by differences, over very small steps.


# %% tags=["covers:laplacian-of-gaussian"]
def G(x, y, sigma):
    return np.exp(-(x**2 + y**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)


def numeric(x, y, sigma, h=1e-3):
    around = G(x + h, y, sigma) + G(x - h, y, sigma) + G(x, y + h, sigma) + G(x, y - h, sigma)
    return (around - 4 * G(x, y, sigma)) / h**2


def as_printed(x, y, sigma):
    square = x**2 + y**2
    return (square - 2 * sigma**2) * np.exp(-square / (2 * sigma**2)) / (np.pi * sigma**4)


# %% tags=["covers:laplacian-of-gaussian"]
x, y = np.meshgrid(np.linspace(-4, 4, 33), np.linspace(-4, 4, 33))
for sigma in (np.sqrt(0.5), 1.0, 2.0):
    printed, ratio = as_printed(x, y, sigma), 2 * sigma**2
    want = ratio * numeric(x, y, sigma)
    verify.equation(f"below (5), printed / true = {ratio:.3g}", printed, want, tolerance=1e-5)

# %% tags=["covers:laplacian-of-gaussian"]
figure, ax = plt.subplots(figsize=(6.4, 3.2))
at = np.linspace(-4, 4, 200)
ax.plot(at, numeric(at, 0, 1.0), color=plots.BLUE, label="by differences")
ax.plot(at, as_printed(at, 0, 1.0), "--", color=plots.ORANGE, label="as printed")
ax.set(xlabel="$x$ (at $y = 0$, $\\sigma = 1$)", ylabel="weight")
ax.legend()
plots.show(figure, "The Laplacian of a Gaussian, by differences and as printed")

# %% [markdown]
# The printed curve is twice as deep. Both have their zeros at $\sqrt2\,\sigma$, and so both find the same edges. It is the
# size of the answer that is wrong, and it changes with $\sigma$. Once yours passes, here is how near it comes.

# %%
repaired, (x, y) = use(laplacian_of_gaussian), np.meshgrid(np.arange(-4, 5), np.arange(-4, 5))
for sigma in (1.0, 2.0):
    want = numeric(x, y, sigma)
    verify.equation(f"repaired, sigma {sigma:g}", repaired(sigma, 4), want, tolerance=1e-5)

# %% tags=["covers:laplacian-of-gaussian"]
first = signal.convolve2d(signal.convolve2d(photo, G289 / 289), LAPLACIAN)
joined = signal.convolve2d(photo, signal.convolve2d(G289 / 289, LAPLACIAN))
verify.equation("Strang (5), filters can be joined", first, joined)


def laplacian(x, sigma):
    """The Laplacian of x, smoothed with sigma."""
    return correlate(smooth(x, sigma), LAPLACIAN)


# %% [markdown]
# ## Thin edges
#
# A threshold on the gradient gives thick bands. Canny's method keeps of each band its ridge: a pixel stays if its gradient
# is larger than that of its two neighbors *in the direction of the slope*. And it has two thresholds. A ridge counts as an
# edge if it exceeds the high one *somewhere*, and then as far as it exceeds the low one, here half of it.


# %% tags=["covers:canny-edges"]
def ridges(x, sigma):
    """The length of the gradient of x on its ridges, 0 elsewhere (h, w)."""
    across, down = slopes(x, sigma)
    strength = np.hypot(across, down)
    direction = np.round(np.arctan2(down, across) / (np.pi / 4)).astype(int) % 4
    near = np.lib.stride_tricks.sliding_window_view(np.pad(strength, 1), (3, 3))
    thin = np.zeros(x.shape, bool)
    for number, (i, j) in enumerate([(0, 1), (1, 1), (1, 0), (1, -1)]):  # 45 degrees each
        behind, ahead = near[..., 1 - i, 1 - j], near[..., 1 + i, 1 + j]
        thin |= (direction == number) & (strength >= behind) & (strength > ahead)
    return strength * thin


# %% tags=["covers:canny-edges"]
def canny(x, sigma, threshold):
    """The pixels (h, w) on ridges above half the threshold that exceed all of it somewhere."""
    strength = ridges(x, sigma)
    pieces, _ = ndimage.label(strength > threshold / 2, np.ones((3, 3)))
    return (pieces > 0) & np.isin(pieces, pieces[strength > threshold])


# %% tags=["covers:canny-edges"]
rows, columns = np.mgrid[:64, :64]
radius = np.hypot(rows - 31.3, columns - 32.2)
disk = (radius < 22.5) * 1.0
found = canny(disk, 1.0, 0.1)
near = abs(radius - 22.5)[found] <= 1
verify.claim("Canny", "edges lie within a pixel of the circle", bool(near.all()))
angles = np.arctan2(rows - 31.3, columns - 32.2)[found]
gap = np.diff(np.sort(angles)).max()
verify.claim("Canny", "the circle has no gap wider than two pixels", bool(gap * 22.5 < 2))
thick = (gradient_length(disk, 1.0) > 0.1).sum()
print(f"above the threshold: {thick} pixels; on the ridge: {found.sum()}")
print(f"around the circle it is {2 * np.pi * 22.5:.0f} pixels")

# %% [markdown]
# (A staircase of pixels is longer than the circle that it follows.) Now with noise: what is the second threshold good for?
# Count pixels that are not at the circle, and the widest gap along it.


# %% tags=["covers:canny-edges"]
def quality(found):
    """Marked pixels more than 1.5 from the circle, and the widest gap along it, in pixels."""
    near = abs(radius - 22.5) <= 1.5
    angles = np.arctan2(rows - 31.3, columns - 32.2)[found & near]
    return (found & ~near).sum(), np.diff(np.sort(angles)).max() * 22.5


rough = disk + np.random.default_rng(0).normal(scale=0.35, size=disk.shape)
marked = {"above 0.3": ridges(rough, 1.0) > 0.3, "above 0.15": ridges(rough, 1.0) > 0.15}
marked["both thresholds"] = canny(rough, 1.0, 0.3)
for name, found in marked.items():
    false, gap = quality(found)
    print(f"{name:15} {false:3} false pixels, widest gap {gap:.1f}")
false, gap = quality(marked["both thresholds"])
verify.claim("Canny", "both together: no gap, and nothing false", bool(gap < 2 and not false))

# %% [markdown]
# **Now the flower.** On the left it is smoothed, in the middle filtered; on the right are the marked pixels. The threshold is
# a share of the largest response: the gradient has to exceed it, the Laplacian to step through zero by more, and for Canny
# it is the high one. What counts as a *true* edge is what
# Canny finds in the photograph without noise at $\sigma = 1$ and threshold 0.2; being off by one pixel is forgiven.

# %% tags=["live", "covers:canny-edges", "covers:gaussian-smoothing"]
filters = {"gradient": gradient_length, "Laplacian of Gaussian": laplacian}
live.filters.on_photograph(photo, noisy, smooth, filters, canny)

# %% [markdown]
# The two errors pull in opposite directions. Take the gradient, with noise, at $\sigma = 1$. With threshold 0.05 it finds every
# edge, and more than half of what it marks is none; with 0.6 all that it marks is true, and it misses almost nine edges of
# ten. More smoothing helps against noise, until it moves the edges and swallows the small ones. No setting is
# best for all pictures; a network chooses its filters by what it is asked to find.

# %% tags=["covers:canny-edges"]
truth = canny(photo, 1.0, 0.2 * gradient_length(photo, 1.0).max())
answer, around = gradient_length(noisy, 1.0), np.ones((3, 3))
shares = {}
for threshold in (0.05, 0.6):
    marked = answer > threshold * answer.max()
    found = ndimage.binary_dilation(marked, around)[truth].mean()
    true = ndimage.binary_dilation(truth, around)[marked].mean()
    shares[threshold] = found, true
    print(f"threshold {threshold}: {found:.0%} of the edges found, {true:.0%} of the marked true")
(all_found, some_true), (few_found, all_true) = shares.values()
verify.claim("threshold 0.05", "every edge, and more", 1 == all_found > 2 * some_true)
verify.claim("threshold 0.6", "nothing false, under 1 edge in 7", 1 == all_true > 7 * few_found)

# %% [markdown]
# ## The same in PyTorch
#
# Classical filters are a convolution layer whose weights are given instead of learned: three kernels, three maps, in one
# call.

# %%
import torch
import torch.nn.functional as F

bank = np.stack([SOBEL / 8, SOBEL.T / 8, LAPLACIAN])[:, None]
padded = F.pad(torch.tensor(photo)[None, None], (1, 1, 1, 1), mode="reflect")
maps = F.conv2d(padded, torch.tensor(bank))[0].numpy()
verify.equation("PyTorch, three filters", maps, np.stack([correlate(photo, w[0]) for w in bank]))
layer = torch.nn.Conv2d(1, 3, 3, padding=1, padding_mode="reflect", bias=False).double()
layer.weight.data = torch.tensor(bank)
verify.equation("torch.nn.Conv2d", layer(torch.tensor(photo)[None, None])[0].detach().numpy(), maps)

# %% [markdown] tags=["question:ch05.filters_as_convolutions.given_or_learned"]
# ### In your own words
#
# A colleague fixes the first layer of a network to eight of the filters on this page and trains only the rest. What does
# she gain, and what may she lose? The weights of some of these filters add up to 1, those of others to 0: which, and what
# would go wrong otherwise on a picture that is simply brighter? She also leaves out the factors 1/8 and 1/6, "because the
# next layer can scale anyway." Is she right?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Calibrate a filter on what you know: a constant, a ramp, a bowl. Averages sum to 1, derivatives to 0.
# - A derivative leaves more of the noise than of the picture, so smooth first; joined, the two are one kernel: Sobel, the Laplacian of a Gaussian.
# - A kernel of rank 1 is two passes: $2k$ products a pixel instead of $k^2$. The Gaussian and Sobel are such kernels.
# - An edge is a ridge of the gradient, or a zero of the Laplacian between two signs. Noise and threshold are traded for each
#   other.
#
# ## Where the books differ
#
# - Strang VII.2 (4) prints Sobel with ½: on a ramp of slope 1 it answers 4. The factor is ⅛. His centered difference, with
#   its ½, is to scale.
# - Strang VII.2, below (5), has $\pi\sigma^4$ under the Laplacian of the Gaussian; it is $2\pi\sigma^6$. The printed one is
#   too large by $2\sigma^2$, right only for $\sigma^2 = ½$.
# - Strang Problem VII.2.4 calls the 9-point stencil an approximation of the Laplacian; it is one after division by 6.
# - GBC's bill, 60,000 times the work, is 59,733 (checked above). DLNN and EE147 have no classical filters.
#
# **Next:** [Convolution arithmetic](03_convolution_arithmetic.ipynb) asks how large an output is, for any kernel, stride,
# and padding.
