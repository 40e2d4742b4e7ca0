# %% [markdown]
# # Seeing what CNNs learn
#
# Open a small network and look: at its filters, at what its answers hang on, at what it would like to see; then at cells of
# the brain, which had the same filters first.
#
# **After this notebook you can**
#
# - show which pixels an answer depends on, in two ways, and say what each of them does not tell;
# - build simple and complex cells from Gabor filters, and recover the filter of a cell from noise;
# - say how good filters are that nobody trained, and tell by a number whether a filter is an edge detector.
#
# 40 minutes · before this: [Backprop through convolution](05_backprop_through_convolution.ipynb)
#
# DLNN 4.8, 6.11 · GBC 9.9, 9.10 · Strang VII.2 · EE147 – · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $y_k$ (DLNN) | `score` | pre-activation of class $k$, before the softmax |
# | $s(I)$, $c(I)$ (GBC) | `simple`, `complex_cells` | responses of a simple and of a complex cell |
# | $\alpha, \beta_x, \beta_y, f, \phi$ (GBC) | the same | height, widths, frequency and phase of a Gabor filter |
# | $x_0, y_0, \tau$ (GBC) | the same | its place and its direction |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, datasets, layers, live, losses, optimizers, plots, training, verify
from dlnotes.exercises import check, hint

# %% [markdown]
# ## Eight filters
#
# A network of one convolution (eight filters of 5 x 5), relu, max pooling and one dense layer reads 8 x 8 digits. It is as
# small as a network can be that has filters to look at.

# %% tags=["covers:learned-filters"]
rng = np.random.default_rng(0)
from functools import partial

from dlnotes import initialization

pixels, labels = datasets.digits()
x, order = pixels.reshape(-1, 1, 8, 8), np.random.default_rng(0).permutation(len(pixels))
train, test = order[:1400], order[1400:]

conv, pool = partial(convolution.conv2d, padding=2), partial(convolution.max_pool2d, size=2)
net = layers.chain(conv, layers.relu, pool, layers.flatten, layers.linear)

# %% tags=["covers:learned-filters"]
W, b = initialization.lecun(rng, 1, 8, kernel=(5, 5))
start = (W, b), (), (), (), initialization.lecun(rng, 128, 10)
rule, data = partial(optimizers.adam, lr=3e-3), (x[train], labels[train])
params, _ = training.fit(net, losses.cross_entropy, start, data, rule, rng=rng, batch=50, epochs=12)
learned = params[0][0]
score, _ = net(x[test], params)
right = losses.accuracy(score, labels[test])
print(f"{right:.1%} of {len(test)} new digits are right")
verify.claim("the network", "reads more than 96% of new digits", bool(right > 0.96))
moved = np.linalg.norm((learned - W).reshape(8, -1), axis=1)
verify.claim("DLNN 6.11", "every filter has left its initial values", bool((moved > 0.5).all()))

# %% tags=["covers:learned-filters"]
figure, axes = plt.subplots(2, 8, figsize=(8, 2.5))
for row, filters, name in zip(axes, (W, learned), ("at the start", "trained"), strict=True):
    row[0].set_title(name, loc="left")
    above, below = filters[..., 1:, :].ravel(), filters[..., :-1, :].ravel()
    agree, chance = np.corrcoef(above, below)[0, 1], 2 / np.sqrt(above.size)
    print(f"{name}: neighbors correlate by {agree:+.2f}, chance rarely gives {chance:.2f}")
    reach = np.abs(filters).max()
    for ax, w in zip(row, filters[:, 0], strict=True):
        ax.imshow(w, cmap=plots.SIGNED, vmin=-reach, vmax=reach)
        ax.set_axis_off()
plots.show(figure, "Eight filters of 5 x 5 before and after training")
verify.claim("trained", "neighbors agree, more than by chance", bool(agree > chance))

# %% [markdown]
# Each row has a scale of its own. The random weights are speckled. In the trained filters neighbors begin to agree, more
# than by chance, though 1400 digits leave much of the speckle in place. Each filter answers where the picture is bright
# under the orange and dark under the blue. DLNN's Figure 6.13 shows the same for AlexNet, which
# has seen a million photographs; digits make blunter tools. Higher layers have no picture of their own, since their input is
# no image. For them one has to ask what *changes* their answers.
#
# ## Cover a piece
#
# The plainest question: hide a piece of the picture, and see how far the score of its class falls. Here a black patch of 3 x 3
# goes everywhere. Beside it is the question that backpropagation answers: the gradient of the score for each pixel,
# its *saliency*.


# %% tags=["covers:learned-filters"]
def covered(picture, side=3):
    """Copies of a picture (h, w) with a black patch at each place: (places, places, h, w)."""
    h, w = np.subtract(picture.shape, side) + 1
    copies = np.tile(picture, (h, w, 1, 1))
    for p, q in np.ndindex(h, w):
        copies[p, q, p : p + side, q : q + side] = 0
    return copies


# %% tags=["covers:learned-filters"]
def occlusion(picture, k):
    """How far the score of class k falls, for each place of the patch."""
    copies = covered(picture)
    scores = net(np.concatenate([picture[None], copies.reshape(-1, 8, 8)])[:, None], params)[0][
        :, k
    ]
    return (scores[0] - scores[1:]).reshape(copies.shape[:2])


# %% tags=["covers:learned-filters"]
shown = [test[np.flatnonzero(labels[test] == k)[0]] for k in range(10)]
_, back = net(x[shown], params)
saliency, _ = back(np.eye(10))
falls = [occlusion(x[n, 0], k) for k, n in enumerate(shown)]
figure, axes = plt.subplots(3, 10, figsize=(8, 2.9))
for k, (top, middle, bottom) in enumerate(axes.T):
    top.imshow(x[shown[k], 0], cmap="gray", vmin=0, vmax=1)
    middle.imshow(np.pad(falls[k], 1), cmap=plots.SIGNED, vmin=-6, vmax=6)  # at the patch's middle
    bottom.imshow(saliency[k, 0], cmap=plots.SIGNED, vmin=-2.5, vmax=2.5)
    for ax in (top, middle, bottom):
        ax.set_axis_off()
for ax, name in zip(axes[:, 0], ["digit", "fall of its score", "saliency"], strict=True):
    ax.set_title(name, loc="left", fontsize=10)
plots.show(figure, "Ten digits, how far each score falls under a patch, and saliency maps")

# %% [markdown]
# A color in the second row stands at the middle of its patch. Orange is a piece that the network needed; blue one that was in its way. Where the picture is empty *nothing*
# happens: black on black is no change. The third row says what a little more brightness would do, on empty places as well. The
# patch asks about the pixels that are there, the gradient about all small changes, and neither about two pieces at once.

# %% tags=["covers:learned-filters"]
most, least = [], []
for n in test:
    ink = np.lib.stride_tricks.sliding_window_view(x[n, 0], (3, 3)).sum(axis=(2, 3))
    fall = occlusion(x[n, 0], labels[n])
    most.append(fall.flat[ink.argmax()])
    least.append(fall.flat[ink.argmin()])
share = np.mean(np.array(most) > 0)
print(f"where most ink is covered the score falls for {share:.0%} of {len(test)} new digits")
verify.claim("DLNN 6.11", "covering the object lowers its score", bool(np.mean(most) > 1))
more = bool(np.mean(most) > np.mean(least) + 1)
verify.claim("DLNN 6.11", "most ink covered lowers it more than least ink", more)

# %% tags=["covers:learned-filters"]
picture = x[[shown[3]]] + 0.01 * rng.normal(size=(1, 1, 8, 8))  # no two maxima are equal
slopes = verify.gradient(lambda z: net(z, params)[0][0, 3], picture, h=1e-6)
_, back = net(picture, params)
verify.equation("saliency is the gradient", back(np.eye(10)[[3]])[0], slopes, tolerance=1e-6)

# %% [markdown]
# ## What it would like to see
#
# If a gradient says which change raises the score, one can make that change, again and again: DLNN 4.8 climbs
# $y_k(\mathbf{x})$ by its *input* and holds the weights. That is how *Deep Dream* made its pictures (Figure 4.11). DLNN adds
# that it takes more than that to get good ones, and leaves it open what. Two things that help: shrink the picture a
# little after each step (L2), or blur it. The figure begins with gray noise.
#
# **Predict first.** Then move *step* to 60, and try the size of a step, L2 and blur.


# %% tags=["live", "covers:deep-dream"]
def ascend(digit, size, decay, blur, steps):
    """Pictures (steps + 1, 8, 8) on the way up, and the score of the digit for each of them."""
    z = 0.3 + 0.1 * np.random.default_rng(0).normal(size=(1, 1, 8, 8))
    pictures, scores = [], []
    for _ in range(steps + 1):
        score, back = net(z, params)
        pictures.append(z[0, 0])
        scores.append(score[0, digit])
        z = (1 - decay) * (z + size * back(np.eye(10)[[digit]])[0])
        wide = np.pad(z, [(0, 0), (0, 0), (1, 1), (1, 1)], mode="edge")[0, 0]
        around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
        z = (1 - blur) * z + blur * around / 4
    return np.array(pictures), np.array(scores)


best = [net(x[labels == k], params)[0][:, k].max() for k in range(10)]
live.seeing.dream(ascend, x[:, 0], np.array(best))

# %% [markdown]
# Without help the score passes that of every real digit, and the picture moves away from all of them. With blur it stays
# nearer, smooth and gray, and is still no 3 for your eyes. The network was trained on digits only; how it should answer to
# other pictures nobody told it. Its certainty is no evidence.
#
# With small steps, and nothing but steps, the score never falls:

# %% tags=["covers:deep-dream"]
rising = [bool((np.diff(ascend(k, 0.005, 0, 0, 60)[1]) > 0).all()) for k in range(10)]
verify.claim("DLNN 4.8", "60 small steps: each raises the score, for all digits", all(rising))
alone, helped = ascend(3, 0.02, 0, 0, 60)[0][-1], ascend(3, 0.02, 0, 0.1, 60)[0][-1]
rough = [np.abs(np.diff(z, axis=0)).mean() for z in (alone, helped, x[labels == 3, 0].mean(axis=0))]
print("mean step between neighbors: alone {:.2f}, blurred {:.2f}, the mean 3 {:.2f}".format(*rough))
verify.claim("blur", "makes it smoother", bool(rough[1] < 0.5 * rough[0]))

# %% tags=["covers:deep-dream"]
threes = pixels[labels == 3]
near = np.linalg.norm(threes[:, None] - threes, axis=2)
usual = np.sort(near, axis=0)[1].max()  # the nearest is the 3 itself, then comes another one
far = [np.linalg.norm(pixels - z.ravel(), axis=1).min() for z in (alone, helped)]
verify.claim(
    "alone", "twice as far from all digits as a 3 ever is from the next", bool(far[0] > 2 * usual)
)
verify.claim("blur", "keeps it nearer", bool(far[1] < 0.7 * far[0]))

# %% [markdown]
# ## A filter from the brain
#
# In the first visual area of the brain, V1, *simple cells* answer to a small part of the picture with a weighted sum,
# $s(I) = \sum w(x, y)\, I(x, y)$, GBC (9.15). Their weights look like *Gabor functions*, GBC (9.16): a wave, and a bell
# that confines it.
#
# $$w(x, y) = \alpha \exp(-\beta_x x'^2 - \beta_y y'^2) \cos(f x' + \phi)$$
#
# $x'$ and $y'$ are the coordinates seen from $(x_0, y_0)$, turned by $\tau$: (9.17), (9.18).


# %% tags=["covers:gabor-cell"]
def gabor(x, y, *, alpha=1.0, beta_x=4.0, beta_y=4.0, f=8.0, phi=0.0, x0=0.0, y0=0.0, tau=0.0):
    """The weights of a simple cell at the points x, y, arrays alike.      GBC (9.16)-(9.18)"""
    along = (x - x0) * np.cos(tau) + (y - y0) * np.sin(tau)
    across = -(x - x0) * np.sin(tau) + (y - y0) * np.cos(tau)
    return alpha * np.exp(-beta_x * along**2 - beta_y * across**2) * np.cos(f * along + phi)


# %% tags=["covers:gabor-cell"]
X, Y = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41))
for phi in (0.0, 0.7, 2.0):
    center = gabor(np.array(0.2), np.array(-0.3), alpha=1.7, phi=phi, x0=0.2, y0=-0.3, tau=0.5)
    verify.equation(
        f"GBC (9.16), the center is alpha cos phi, phi = {phi}", center, 1.7 * np.cos(phi)
    )
even, odd = gabor(X, Y, tau=0.5), gabor(X, Y, tau=0.5, phi=np.pi / 2)
verify.equation("GBC 9.10, phi = 0: symmetric", even[::-1, ::-1], even)
verify.equation("GBC 9.10, phi = pi/2: antisymmetric", odd[::-1, ::-1], -odd)

# %% tags=["covers:gabor-cell"]
around = [{"x0": 0.6 * np.cos(t), "y0": 0.6 * np.sin(t), "tau": t} for t in np.linspace(0, 3, 8)]
grids = {
    "place and direction": [place | {"beta_x": 12, "beta_y": 12, "f": 12} for place in around],
    "widths": [{"beta_x": a, "beta_y": b} for a in (2, 12) for b in (1, 4, 8, 16)],
    "frequency and phase": [{"f": f, "phi": p * np.pi / 2} for f in (5, 12) for p in range(4)],
}
figure, axes = plt.subplots(3, 8, figsize=(8, 3.8))
for row, (name, cells) in zip(axes, grids.items(), strict=True):
    row[0].set_title(name, loc="left")
    for ax, cell in zip(row, cells, strict=True):
        ax.imshow(gabor(X, Y, **cell), cmap=plots.SIGNED, vmin=-1, vmax=1, origin="lower")
        ax.set_axis_off()
plots.show(figure, "Gabor filters: places and directions, widths, frequencies and phases")

# %% [markdown]
# First row: the cell looks somewhere else, at another direction. Second: $\beta_x$ and $\beta_y$, the larger, the narrower.
# Third: $f$ and $\phi$, how fine the stripes are and where they lie. A cell answers most to a grating of its own: same
# frequency, direction and phase.

# %% tags=["covers:gabor-cell"]
own = {"frequency": 8.0, "direction": 0.5, "phase": 0.3}
tried = np.arange(2.0, 16), 0.1 * np.arange(31), 0.1 * np.arange(63)
cell = gabor(X, Y, f=8, tau=0.5, phi=0.3)
figure, axes = plt.subplots(1, 3, figsize=(8, 2.6), sharey=True)
for ax, name, values in zip(axes, own, tried, strict=True):
    answers = []
    for value in values:
        f, tau, phi = (own | {name: value}).values()
        answers.append(np.sum(cell * np.cos(f * (X * np.cos(tau) + Y * np.sin(tau)) + phi)))
    ax.plot(values, answers)
    ax.set(xlabel=f"{name} of the grating", ylabel="response")
    verify.equation(f"GBC 9.10, the best {name}", values[np.argmax(answers)], own[name])
plots.show(figure, "Responses of a simple cell to gratings of all frequencies, directions, phases")

# %% [markdown]
# ## A cell that does not mind
#
# The right curve is what makes a simple cell a bad detector: move the grating by half a wave, and the response turns
# negative. A *complex cell* takes two simple ones with phases a quarter of a wave apart, a *quadrature pair*, and answers with
# $c(I) = \sqrt{s_0(I)^2 + s_1(I)^2}$.

# %% tags=["covers:complex-cell"]
grid = np.linspace(-6, 6, 241)
wide_x, wide_y = np.meshgrid(grid, grid)
phases = np.linspace(0, 2 * np.pi, 97)


def responses(f, phases, contrast=1.0):
    """A quadrature pair and its complex cell for gratings of these phases: (3, phases)."""
    pair = [gabor(wide_x, wide_y, beta_x=1, beta_y=1, f=f, phi=p) for p in (0, np.pi / 2)]
    gratings = [contrast * np.cos(f * wide_x + phase) for phase in phases]
    s = np.array([[np.sum(w * grating) for grating in gratings] for w in pair])
    return np.array([*s, np.hypot(*s)])


# %% tags=["covers:complex-cell"]
curves = {f"f = {f}": (phases, responses(f, phases)) for f in (1, 2, 4)}
for (name, (_, (_, _, c))), f in zip(curves.items(), (1, 2, 4), strict=True):
    ripple, formula = np.ptp(c) / c.mean(), 2 * np.exp(-(f**2))
    print(f"{name}: ripple {ripple:.2g} of the mean, 2 exp(-f^2 / beta_x) is {formula:.2g}")
    verify.equation("GBC 9.10, their ratio", ripple / formula, 1, tolerance=0.05)

# %% tags=["covers:complex-cell"]
contrasts = np.linspace(-1, 1, 21)
curves["f = 2, contrast"] = contrasts, np.array([responses(2, [0.4], c)[:, 0] for c in contrasts]).T
figure, axes = plt.subplots(1, 4, figsize=(8, 2.8), sharey=True)
for ax, (name, (along, cells)) in zip(axes, curves.items(), strict=True):
    looks = zip(cells, ["--", ":", "-"], ["$s_0$", "$s_1$", "$c$"], strict=True)
    for values, style, label in looks:
        ax.plot(along, values / cells[2].max(), style, label=label)
    ax.set(title=name, ylabel="response", xlabel="contrast" if along is contrasts else "phase")
for ax in axes[:3]:
    ax.set_xticks([0, np.pi, 2 * np.pi], ["0", "π", "2π"])
axes[0].legend(loc="lower left", fontsize=8)
plots.show(
    figure,
    "Two simple cells and their complex cell for gratings of all phases, and of all contrasts",
)

# %% [markdown]
# At $f = 4$ the complex cell does not see the phase at all, at $f = 1$ it does. The bell then holds less than one
# wave, and the two filters differ in more than phase. The ripple is about $2 \exp(-f^2/\beta_x)$: 0.71 measured at 1,
# 0.037 at 2. GBC calls the cell invariant; that takes $f^2/\beta_x$ of about 8. What holds exactly is
# *contrast*: turn black and white around and both $s$ change sign, $c$ stays; double the contrast, and $c$ doubles.

# %% tags=["covers:complex-cell"]
pair = np.stack([gabor(X, Y, phi=p) for p in (0, np.pi / 2)])
picture = rng.normal(size=X.shape)
answers = {}
for contrast in (1.0, -1.0, 2.0):
    s0, s1 = (pair * contrast * picture).sum(axis=(1, 2))
    answers[contrast] = np.sqrt(s0**2 + s1**2)
verify.equation("GBC 9.10, contrast inverted", answers[-1.0], answers[1.0], tolerance=1e-14)
verify.equation("GBC 9.10, contrast doubled", answers[2.0], 2 * answers[1.0])

# %% [markdown]
# ### Exercise 1 · a layer of complex cells
#
# Put one at every place of a picture, as a convolutional network would. Stuck? `hint(complex_cells)`, in a cell of your own,
# helps.


# %% tags=["exercise:complex_cells"]
def complex_cells(x, pair):
    """A complex cell at every place of x where it fits, from a pair of simple cells; NumPy alone.

    x (h, w), a picture;  pair (2, u, v), filters of simple cells;  returns (h - u + 1, w - v + 1).
    """
    raise NotImplementedError("your code here")


# %% tags=["check:complex_cells"]
check(complex_cells)

# %% [markdown]
# ## Asking a cell with noise
#
# How does one find the weights of a cell in a brain? By *reverse correlation* (GBC 9.10): show white noise, record the
# responses, fit a linear model. Here the cell is ours, its responses are disturbed by noise that is nearly as strong as they
# are, and we pretend not to know its weights.

# %% tags=["covers:reverse-correlation"]
small_x, small_y = np.meshgrid(np.linspace(-1, 1, 12), np.linspace(-1, 1, 12))
hidden = gabor(small_x, small_y, f=6, tau=0.6, phi=0.5).ravel()


def recovered(n, rng):
    """The weights that explain n noisy responses to white noise best."""
    stimuli = rng.normal(size=(n, hidden.size))
    responses = 0.3 + stimuli @ hidden + 2 * rng.normal(size=n)
    design = np.column_stack([stimuli, np.ones(n)])
    return np.linalg.lstsq(design, responses)[0][:-1]


counts = [200, 800, 3200, 12800]
found = [recovered(n, np.random.default_rng(1)) for n in counts]
match = [np.corrcoef(w, hidden)[0, 1] for w in found]
error = np.array([np.linalg.norm(w - hidden) for w in found])

# %% tags=["covers:reverse-correlation"]
titles = [f"n = {n}\nmatch {r:.2f}" for n, r in zip(counts, match, strict=True)]
shown = [w.reshape(12, 12) for w in [*found, hidden]]
figure = plots.images(shown, [*titles, "the cell\n"], columns=5, size=1.5, cmap=plots.SIGNED,
                      vmin=-1, vmax=1)  # fmt: skip
plots.show(
    figure, "The filter of a cell as recovered from 200, 800, 3200 and 12800 stimuli, and itself"
)
verify.claim("GBC 9.10", "3200 stimuli: correlation above 0.95", bool(match[2] > 0.95))
verify.equation(
    "four times the stimuli, half the error", error[1:-1] / error[2:], 2, tolerance=0.25
)

# %% [markdown]
# 200 responses can hardly fix 144 weights and an offset. From 800 on the error falls like $1/\sqrt{n}$, as averages do.
#
# ### Exercise 2 · the filter from an average
#
# White noise makes it even simpler: no linear system is needed, an average will do. Stuck? `hint(response_average)`.


# %% tags=["exercise:response_average"]
def response_average(stimuli, responses, variance):
    """The filter (h, w) of a cell: covariance of response and pixel, by the variance; NumPy alone.

    stimuli (n, h, w), white noise of mean 0 and this variance;  responses (n,), with an offset.
    The covariance is a mean over the n stimuli.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:response_average"]
check(response_average)

# %% [markdown]
# ## Edges from nowhere
#
# Where do such filters come from? Many methods find them in patches of pictures, without any labels (GBC 9.10, Figure 9.19).
# Here the pictures are synthetic: disks of all sizes that cover each other, as things do. Take patches of 8 x 8, remove what
# all of them share (brightness, then the correlation of neighbors: *whitening*), and let $k$-means look for 64 typical ones.
# It begins with 64 patches as *centers*, gives every patch to the nearest center, moves each center to the mean of its
# patches, and repeats the two.

# %% tags=["covers:learned-edge-detectors"]
down, right = np.mgrid[:64, :64]


def dead_leaves(rng, count=150):
    """A picture of disks in front of each other, (64, 64)."""
    picture = np.zeros((64, 64))
    for _ in range(count):
        size, (y, x) = rng.uniform(3, 14), rng.uniform(-5, 69, size=2)
        picture[(down - y) ** 2 + (right - x) ** 2 < size**2] = rng.uniform()
    return picture


def patches(pictures, side, step=1):
    """All patches (n, side * side) of pictures (m, h, w)."""
    views = np.lib.stride_tricks.sliding_window_view(pictures, (side, side), axis=(1, 2))
    return views[:, ::step, ::step].reshape(-1, side**2)


# %% tags=["covers:learned-edge-detectors"]
def whitened(rows):
    """Rows without their means, and without the correlations between their columns."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    sizes, axes = np.linalg.eigh(np.cov(rows.T))
    return rows @ (axes / np.sqrt(sizes + 0.003 * sizes.max())) @ axes.T


def k_means(rows, k, rng, steps=20):
    """k centers (k, d), each the mean of the rows that are nearest to it."""
    centers = rows[rng.permutation(len(rows))[:k]]
    for _ in range(steps):
        # |row - center|² = |row|² - 2 (row · center - |center|²/2): least where this is largest
        nearest = (rows @ centers.T - 0.5 * (centers**2).sum(axis=1)).argmax(axis=1)
        groups = [rows[nearest == number] for number in range(k)]
        centers = np.array([g.mean(axis=0) if len(g) else rows[0] for g in groups])
    return centers


# %% tags=["covers:learned-edge-detectors"]
pictures = np.array([dead_leaves(np.random.default_rng(seed)) for seed in range(12)])
cut = patches(pictures, 8, step=2)
white = whitened(cut[cut.std(axis=1) > 0.05])[::2]
centers = k_means(white, 64, np.random.default_rng(0))
reach = np.abs(centers).max(axis=1, keepdims=True)
tiles = np.pad((centers / reach).reshape(4, 16, 8, 8), [(0, 0), (0, 0), (1, 1), (1, 1)])
figure, axes = plt.subplots(2, 1, figsize=(8, 3.9), height_ratios=[1, 1.15])
apart = np.pad(pictures[:4], [(0, 0), (4, 4), (4, 4)], constant_values=np.nan)
axes[0].imshow(np.hstack(apart), cmap="gray")
tiles = tiles.transpose(0, 2, 1, 3).reshape(40, 160)
axes[1].imshow(tiles, cmap=plots.SIGNED, vmin=-1, vmax=1)
for ax in axes:
    ax.set_axis_off()
plots.show(figure, "Four pictures of disks, and 64 filters that k-means finds in their patches")

# %% [markdown]
# Edges, at all places and in all directions; nobody has asked for them. Is that only an impression? Measure it: fit a
# Gabor filter to each, and see which share $R^2$ of its squares that explains. Many parameters are tried on a grid, phase and
# height are fitted exactly, because a quadrature pair spans all phases.

# %% tags=["covers:learned-edge-detectors"]
from itertools import product

side = np.linspace(-1, 1, 8)
corner_x, corner_y = (part[:, :, None] for part in np.meshgrid(side, side))
quarter = np.array([0, np.pi / 2])
places, planes = np.linspace(-0.6, 0.6, 5), []
for tau, f, x0, y0, beta_x, beta_y in product(
    np.arange(8) * np.pi / 8, (2, 4, 6.5), places, places, (1, 4, 10), (1, 4)
):
    shape = {"tau": tau, "f": f, "x0": x0, "y0": y0, "beta_x": beta_x, "beta_y": beta_y}
    planes.append(gabor(corner_x, corner_y, phi=quarter, **shape).reshape(64, 2))
planes = np.linalg.qr(np.array(planes))[0]  # an orthonormal basis of each quadrature pair


# %% tags=["covers:learned-edge-detectors"]
def gabor_fit(filters):
    """R^2 (n,) of the best Gabor filter of the grid for each of the filters (n, 64)."""
    units = filters / np.linalg.norm(filters, axis=1, keepdims=True)
    return ((planes.transpose(0, 2, 1) @ units.T) ** 2).sum(axis=1).max(axis=0)


# %% tags=["covers:learned-edge-detectors"]
kinds = {"k-means": gabor_fit(centers), "single patches": gabor_fit(white[:64])}
kinds["noise"] = gabor_fit(np.random.default_rng(0).normal(size=(64, 64)))
figure, ax = plt.subplots(figsize=(6.4, 3.0))
for (name, fits), style in zip(kinds.items(), ["-", "--", ":"], strict=True):
    ax.plot(np.sort(fits)[::-1], style, label=f"{name}: {np.mean(fits > 0.5):.0%} above 0.5")
ax.axhline(0.5, color=plots.INK, linewidth=1)
ax.set(xlabel="filters, best fit first", ylabel="$R^2$ of a Gabor filter", ylim=(0, 1))
ax.legend()
plots.show(figure, "How well Gabor filters fit centers of k-means, single patches, and noise")
verify.claim("GBC 9.10", "more than half of the learned filters are Gabor-like",
             bool(np.mean(kinds["k-means"] > 0.5) > 0.5))  # fmt: skip
single = bool(np.mean(kinds["single patches"] > 0.5) < 0.3)
verify.claim("a control", "fewer than 3 of 10 single patches are", single)
verify.claim("another control", "no filter of noise is", bool((kinds["noise"] < 0.5).all()))

# %% [markdown]
# Single patches are the control that counts: they are what the centers are means of, and few of them look like a Gabor
# filter. So the averaging has found something. Noise is easier to beat: with 3,600 pairs to choose from *something* always fits a little, but never half. That cells in V1 and
# algorithms find the same filters says something about pictures, not that both work alike.
#
# ## Filters that nobody trained
#
# Then why train filters at all? GBC 9.9 lists three ways not to: draw them at random, design them, or find them without
# labels. Features are computed once, and what is left to train is the last layer, a convex problem. Suppose that only 100 digits
# have a label.

# %% tags=["covers:random-unsupervised-filters"]
from scipy.optimize import minimize

few, new = order[:100], order[100:]
random = np.random.default_rng(0).normal(size=(16, 25))
ink = patches(x[train, 0], 5)
clustered = k_means(whitened(ink[ink.std(axis=1) > 0.1])[::6], 16, np.random.default_rng(0))
five_x, five_y = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))
designed = np.array([
    gabor(five_x, five_y, beta_x=1, beta_y=1, f=3, tau=t * np.pi / 8, phi=p).ravel()
    for t in range(8) for p in (0, np.pi / 2)
])  # fmt: skip


# %% tags=["covers:random-unsupervised-filters"]
def features(filters):
    """What 16 fixed filters, relu and pooling make of all digits: (n, 256)."""
    filters = filters - filters.mean(axis=1, keepdims=True)
    filters = (filters / np.linalg.norm(filters, axis=1, keepdims=True)).reshape(-1, 1, 5, 5)
    maps, _ = convolution.conv2d(x, (filters, np.zeros(len(filters))), padding=2)
    return pool(np.maximum(0, maps))[0].reshape(len(x), -1)


# %% tags=["covers:random-unsupervised-filters"]
def last_layer(known, theta):
    """Logistic regression on fixed features, begun at theta: the smallest risk, its parameters."""
    size = known.shape[1]

    def risk(theta):
        V, b = theta[: 10 * size].reshape(10, size), theta[10 * size :]
        output, back = layers.linear(known[few], (V, b))
        value, delta = losses.cross_entropy(output, labels[few])
        _, (dV, db) = back(delta)
        return value + 5e-4 * theta @ theta, np.concatenate([dV.ravel(), db]) + 1e-3 * theta

    result = minimize(risk, theta, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return result.fun, result.x


# %% tags=["covers:random-unsupervised-filters"]
kinds = {"random": features(random), "k-means": features(clustered), "Gabor": features(designed)}
kinds["pixels"], rights, risks = pixels, {}, {}
for name, known in kinds.items():
    size = 10 * known.shape[1] + 10
    risks[name], theta = last_layer(known, np.zeros(size))
    V, b = theta[: size - 10].reshape(10, -1), theta[size - 10 :]
    rights[name] = losses.accuracy(known[new] @ V.T + b, labels[new])
again, _ = last_layer(kinds["Gabor"], np.random.default_rng(3).normal(size=2570))
verify.equation(
    "GBC 9.9, convex: another start, the same risk", again, risks["Gabor"], tolerance=1e-4
)

# %% tags=["covers:random-unsupervised-filters"]
data = x[few], labels[few]
ends, _ = training.fit(net, losses.cross_entropy, start, data, rule, rng=rng, batch=50, epochs=120)
rights["trained"] = losses.accuracy(net(x[new], ends)[0], labels[new])
figure, ax = plt.subplots(figsize=(6.4, 2.8))
bars = ax.barh(list(rights), [100 * (1 - share) for share in rights.values()], color=plots.BLUE)
ax.bar_label(bars, fmt="%.1f%%", padding=3)
ax.set(xlabel=f"mistakes on {len(new):,} new digits, in percent", ylabel="filters", xlim=(0, 12))
plots.show(
    figure, "Mistakes with random, clustered, designed and trained filters, and with pixels alone"
)
others = [rights[name] for name in ("random", "k-means", "Gabor")]
verify.claim(
    "fixed filters", "all of them beat pixels by 1%", min(others) > rights["pixels"] + 0.01
)
verify.claim("fixed filters", "as good as the trained ones", min(others) >= rights["trained"])

# %% [markdown]
# With so few labels filters that nobody trained do at least as well as those that were trained (a difference of half a percent
# is within chance here). They cost no labels. But this is one layer, and digits: how to guess a second and third layer of
# features nobody knows, and with labels enough training finds them.
#
# ## The same in PyTorch
#
# The trained network in PyTorch, with its scores, and the saliency of every test digit:

# %%
import torch
import torch.nn.functional as F

(W, b), *_, (V, c) = [tuple(torch.tensor(array) for array in part) for part in params]
z = torch.tensor(x[test], requires_grad=True)
theirs = F.max_pool2d(torch.relu(F.conv2d(z, W, b, padding=2)), 2).flatten(1) @ V.T + c
theirs[torch.arange(len(test)), torch.tensor(labels[test])].sum().backward()
score, back = net(x[test], params)
verify.equation("PyTorch, scores", theirs.detach().numpy(), score)
saliency, _ = back(np.eye(10)[labels[test]])
verify.equation("PyTorch, saliency", z.grad.numpy(), saliency)

# %% [markdown] tags=["question:ch05.seeing_what_cnns_learn.heatmap"]
# ### In your own words
#
# A hospital shows you a network that finds pneumonia in X-rays, and for one patient a map in which the lung lights up.
# "You see that it looks at the lung." What does such a map prove, if it is a saliency map, and what if it was made by
# covering pieces? What could it have learned instead, and how would you find out? Would a picture that maximizes its score help?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - Covering a piece asks what the network needed, the gradient what a small change would do. Neither says why.
# - A picture that climbs a score ends where the network is sure, not where digits are.
# - A Gabor filter is a wave in a bell. Two a quarter wave apart make a complex cell: exact for contrast, approximate for phase.
# - White noise and a linear fit recover the filter of a linear cell, with an error like $1/\sqrt{n}$.
# - $k$-means on whitened patches finds edges. With fixed filters only a convex problem is left to train.
#
# ## Where the books differ
#
# - GBC 9.10 calls the complex cell invariant to the phase: it is so up to about $2 \exp(-f^2/\beta_x)$, 0.71 of the response at $f
#   = 1$ and 0.037 at $f = 2$ for $\beta_x = 1$ (above). For inverted contrast it is exact.
# - GBC's Figure 9.18 fixes $\beta$ and $f$ as multiples of the image width; they are lengths to the power −2 and −1, so that no
#   such number can be meant. Here coordinates run from −1 to 1, and $\beta = 4$, $f = 8$ unless told.
# - DLNN 4.8 says that plain ascent is not enough for Deep Dream and leaves open what is added; L2 and blur are one choice.
#
# **Next:** chapter 5 ends here. All its networks began with random weights.
# [Breaking symmetry](../ch08_initialization/01_breaking_symmetry.ipynb), where chapter 8 begins, asks why, and what
# happens without.
