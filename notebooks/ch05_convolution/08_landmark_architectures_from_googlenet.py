# %% [markdown]
# # Landmark architectures, from GoogLeNet
#
# Paths side by side and paths around: how networks grew from 16 layers to 152, with fewer parameters than before.
#
# **After this notebook you can**
#
# - count what 1x1 convolutions, inception modules, bottlenecks and groups cost, and when they do *not* pay;
# - find out by experiment what depth does to a network, and what a shortcut around its layers changes;
# - read a network as a sum over routes, and use one to look ahead in a game.
#
# 60 minutes, in two sittings of 30 · before this: [Landmark architectures, up to VGG](07_landmark_architectures_to_vgg.ipynb)
#
# DLNN D.3 · GBC 1.2.4, 8.7.5 · Strang VII.2, VII.4 · EE147 GoogLeNet, ResNet and FractalNet, Modern Developments · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | INCEP (EE147) | `inception(...)` | four paths side by side, their channels behind each other |
# | $h_i = h_{i-1} + F(h_{i-1})$ (EE147) | `residual(F)` | a layer with a shortcut around it |
# | $v_n = (A_n v_{n-1} + b_n)_+$ (Strang) | `h` | the usual step: a *plain* layer |
# | top-5 error | | share of images whose class is not among the five with the highest scores |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import convolution, datasets, landmarks, layers, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## A window of one pixel
#
# A convolution with a 1x1 kernel sees one pixel, and so cannot see any pattern in the plane. It sees all *channels*
# of that pixel. It is a linear layer on the channel vector, with the same weights at every pixel (*network in network*),
# and with a ReLU behind it one more layer of a network that costs little. It can also change the number of channels, and
# that is what the next section is about.

# %% tags=["covers:conv-1x1"]
rng = np.random.default_rng(0)
x, W, b = rng.normal(size=(2, 6, 5, 4)), rng.normal(size=(3, 6)), rng.normal(size=3)
s, _ = convolution.conv2d(x, (W[:, :, None, None], b))
by_pixel = np.einsum("fc,nchw->nfhw", W, x) + b[:, None, None]
verify.equation("Strang VII.2, EE147, 1x1 is W times each channel vector", s, by_pixel)
pixels, _ = layers.linear(x.transpose(0, 2, 3, 1).reshape(-1, 6), (W, b))  # pixels as samples
a, _ = layers.relu(s)
verify.equation("with the ReLU, a dense layer on pixels", a, np.maximum(0, by_pixel))
verify.equation("the layer `linear`", s.transpose(0, 2, 3, 1).reshape(-1, 3), pixels)

# %% [markdown]
# ## Which window is right? All of them
#
# 3 x 3 or 5 x 5? An *inception module* does not choose. It sends its input through a 1x1, a 3x3, a 5x5 convolution and a 3x3
# max pool side by side, padded so that height and width stay, and puts the results behind each other. The pool alone
# puts out as many channels as came in: without more ado the depth would grow with every module. So there are 1x1
# convolutions with $F$ filters *before* the large windows and *behind* the pool.


# %% tags=["live", "covers:inception-module"]
def module_costs(C, F, n1=128, n3=192, n5=96):
    """Multiply-adds for one pixel, and channels, by path: without and with F-deep 1x1 layers."""
    direct = {"1 x 1": n1 * C, "3 x 3": 9 * n3 * C, "5 x 5": 25 * n5 * C, "pool": 0}
    reduced = {"3 x 3": C * F + 9 * n3 * F, "5 x 5": C * F + 25 * n5 * F, "pool": C * F}
    reduced["1 x 1"] = n1 * C
    depth = {"1 x 1": n1, "3 x 3": n3, "5 x 5": n5, "pool": C}
    return {"direct": (direct, depth), "reduced": (reduced, depth | {"pool": F})}


live.landmarks.inception(module_costs)

# %% [markdown]
# EE147 says that the 1x1 layers reduce the operations "by a factor of 4". That depends on how many channels come in, and
# for these filters on 28 x 28 pixels the counts are:


# %% tags=["covers:inception-module"]
def factor(C, F=64):
    """How many times the work of the reduced module the direct one does."""
    direct, reduced = (sum(work.values()) for work, _ in module_costs(C, F).values())
    return direct / reduced


direct, reduced = (784 * sum(work.values()) / 1e6 for work, _ in module_costs(256, 64).values())
print(f"C = 256: {direct:.1f} and {reduced:.1f} million multiply-adds")
verify.equation("the factor at C = 256", factor(256), 3.15, tolerance=1e-2)
C = np.roots([4256 - 4 * 320, -4 * 264192])  # where 4256 C = 4 (320 C + 264192)
verify.equation("a factor of 4 takes C of about 355", C, 355, tolerance=1e-3)
verify.equation("and there it is 4", factor(C[0]), 4)
verify.equation("for many channels it goes to 4256/320 = 13.3", factor(1e9), 13.3, tolerance=1e-5)
verify.equation("break-even, 264192/3936 channels", factor(264192 / 3936), 1)

# %% [markdown]
# Here is one that runs, with random weights: four branches of different widths, the same height and width, and all channels
# behind each other.

# %% tags=["covers:inception-module"]
from dlnotes.architectures import Branches, Conv, residual, table, total, words
from dlnotes.realization import counted_and_built, run

widths = n1, r3, n3, r5, n5, pool = 5, 3, 7, 2, 4, 6
module = landmarks.inception(*widths)
x = rng.normal(size=(2, 9, 10, 8))
(y,) = run([module], x, rng).values()
verify.equation("EE147 GoogLeNet, depth n1 + n3 + n5 + pool", y.shape[1], n1 + n3 + n5 + pool)
verify.equation("height and width stay", y.shape[2:], x.shape[2:])
verify.equation("as counted", table([module], (9, 10, 8))[-1].shape, y.shape[1:])

# %% [markdown]
# ### Exercise 1 · count a module
#
# Depth and parameters of a module, for any input and any filters. Stuck? `hint(inception_counts)`, in a cell of your own,
# helps.


# %% tags=["exercise:inception_counts"]
def inception_counts(c, n1, r3, n3, r5, n5, pool):
    """Depth of the output and parameters, with biases, of an inception module for c channels.

    Side by side: n1 filters 1x1;  r3 filters 1x1, then n3 of 3x3;  r5 filters 1x1, then n5 of 5x5;
    a max pool, then `pool` filters 1x1.  Returns (depth, parameters).  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:inception_counts"]
check(inception_counts)

# %% [markdown]
# ## GoogLeNet, counted
#
# Nine such modules, three convolutions before them, one dense layer behind: GoogLeNet, with a 6.7 % error in the year of
# VGG's 7.3 %. EE147 prints it as a line of words. Count the layers that have weights: a module is two deep.

# %% tags=["covers:googlenet"]
line = "CONV-POOL-CONVx2-POOL-INCEPx2-POOL-INCEPx5-POOL-INCEPx2-AVGPOOL-LINEAR-SOFTMAX"
deep = {"CONV": 1, "INCEP": 2, "LINEAR": 1}
verify.equation("EE147 GoogLeNet, weight layers", sum(deep.get(w, 0) for w in words(line)), 22)

# %% tags=["covers:googlenet"]
rows = table(landmarks.googlenet(), (3, 224, 224))
head = ["1x1", "r3", "3x3", "r5", "5x5", "pool"]
print(f"{'module':10}{''.join(f'{name:>5}' for name in head)}{'depth':>7}{'parameters':>12}")
for row in rows[1:]:
    if row.parameters:
        filters = "".join(f"{n:5}" for n in landmarks.INCEPTIONS.get(row.name, ())) or " " * 30
        print(f"{row.name:10}{filters}{row.shape[0]:7}{row.parameters:12,}")
verify.equation("GoogLeNet, parameters with biases", total(rows), 6_998_552)

# %% [markdown]
# So GoogLeNet has seven million parameters and not "only 5 million", and no single $F$ of 64: the 1x1 layers differ, even
# inside a module. It is still tiny, because behind the last module stands a *mean over all places* instead of VGG's
# `fc6`. Its learning rate falls by 4 % every eight epochs.

# %% tags=["covers:googlenet"]
every = landmarks.NETWORKS.items()
counts = {name: total(table(net, (3, side, side))) for name, (net, side) in every}
for other, told in {"AlexNet": 12, "VGG-16": 27}.items():
    ratio = counts[other] / counts["GoogLeNet"]
    print(f"{other} has {ratio:.1f} times the parameters, EE147 says {told}", end="; ")
    print(f"with 5 million it would be {counts[other] / 5e6:.1f}")
own = landmarks.INCEPTIONS.values()
mixed = all(len({r3, r5, behind_pool}) > 1 for _, r3, _, r5, _, behind_pool in own)
verify.claim("EE147 GoogLeNet", "no module has a single F", mixed)
left = " ".join(f"{0.96 ** (epoch // 8):.2f}" for epoch in (8, 80, 160))
print(f"what is left of its learning rate after 8, 80 and 160 epochs: {left}")

# %% [markdown]
# ## Help on the way
#
# Twenty-two layers were a long way for a gradient. So GoogLeNet has two *auxiliary heads*: small classifiers behind
# modules 4a and 4d, whose losses are added with a weight of 0.3 during training and thrown away afterwards. GBC 8.7.5 names
# heads and shortcuts together, as designs that are easy to optimize.

# %% tags=["covers:auxiliary-heads"]
pattern = words(line)
with_pools = np.cumsum([deep.get(word, 1) for word in pattern])
weights_only = np.cumsum([deep.get(word, 0) for word in pattern])
modules = [at for at, word in enumerate(pattern) if word == "INCEP"]
heads_at = [modules[2], modules[5]]  # 4a and 4d
verify.equation("layers with weights up to 4a and 4d", weights_only[heads_at], [9, 15])
verify.equation("their first layers, pools counted, too", with_pools[heads_at] - 1, [11, 17])

# %% [markdown]
# Here is a network of 22 layers with sigmoids, which shrink gradients most, and heads where GoogLeNet has them: behind layers
# 9 and 15. The scores of all three heads make one output of 30 numbers.


# %% tags=["covers:auxiliary-heads"]
from functools import partial

from dlnotes import initialization, optimizers, training

depths, ends = [9, 6, 6], [(0, 9), (9, 15), (15, 21)]
pieces = [layers.chain(*(layers.linear, layers.sigmoid) * depth) for depth in depths]
draws, widths = np.random.default_rng(0), [64] + [32] * 21
glorot = partial(initialization.glorot, draws, gain=8)  # large weights, or nothing arrives at all
drawn = [glorot(*widths[at : at + 2]) for at in range(21)]
body = [tuple(part for own in drawn[a:b] for part in (own, ())) for a, b in ends]
theta = body, [initialization.glorot(draws, 32, 10) for _ in depths]


# %% tags=["covers:auxiliary-heads"]
def three_heads(x, params):
    """Scores of the heads behind each other, (n, 30), the network's own last."""
    h, ways, scores = x, [], []
    for piece, own, head in zip(pieces, *params, strict=True):
        h, back = piece(h, own)
        s, head_back = layers.linear(h, head)
        ways, scores = [(back, head_back), *ways], [*scores, s]

    def all_back(dy):
        delta, own, of_heads = 0, [], []
        for (back, head_back), ds in zip(ways, np.split(dy, 3, axis=1)[::-1], strict=True):
            from_head, dhead = head_back(ds)
            delta, grads = back(delta + from_head)
            own, of_heads = [grads, *own], [dhead, *of_heads]
        return delta, (own, of_heads)

    return np.hstack(scores), all_back


# %% tags=["covers:auxiliary-heads"]
def summed_losses(output, target, weights):
    """The cross-entropies of the three heads, by weight."""
    parts = [losses.cross_entropy(scores, target) for scores in np.split(output, 3, axis=1)]
    risk = sum(weight * value for weight, (value, _) in zip(weights, parts, strict=True))
    return risk, np.hstack([w * delta for w, (_, delta) in zip(weights, parts, strict=True)])


pixels, labels = datasets.digits()
centered = pixels - pixels.mean(axis=0)
output, back = three_heads(centered, theta)
sizes = {}
for name, weights in {"without": (0, 0, 1), "with the heads": (0.3, 0.3, 1)}.items():
    _, (own, _) = back(summed_losses(output, labels, weights)[1])
    sizes[name] = np.array([np.linalg.norm(grad[0]) for part in own for grad in part[::2]])

# %% tags=["covers:auxiliary-heads"]
alone, helped = sizes.values()
figure, ax = plt.subplots(figsize=(6.4, 3.3))
ax.semilogy(range(1, 22), helped, "-o", label="with the heads")
ax.semilogy(range(1, 22), alone, "--s", label="without", color=plots.ORANGE)
for at in (9, 15):
    ax.axvline(at + 0.5, color=plots.INK, linewidth=1, linestyle=":")
ax.set(xlabel="layer", ylabel="size of the weights' gradient", xticks=[1, 5, 9, 15, 21])
ax.legend()
plots.show(figure, "Gradients of 21 sigmoid layers, with heads behind layers 9 and 15, and without")

# %% tags=["covers:auxiliary-heads"]
lost = (alone[20] / alone[0]) ** (1 / 20)
print(f"without: a factor of {lost:.1f} a layer; with heads layer 1 gets ", end="")
print(f"{helped[0] / alone[0]:.0f} times as much")
verify.claim("without heads", "each layer costs a factor of about two", 1.7 < lost < 2.3)
verify.claim(
    "with heads", "the first layer's gradient is over 100 times larger", helped[0] > 100 * alone[0]
)
verify.equation("behind layer 15 the heads change nothing", helped[15:], alone[15:])

# %% [markdown]
# Does it matter? Train it twice, and throw the heads away: what remains is a chain without them.

# %% tags=["covers:auxiliary-heads"]
risks, options = [], {"batch": 64, "epochs": 8}
main_path = layers.chain(*pieces, layers.linear)
for name, weights in {"without heads": (0, 0, 1), "with heads": (0.3, 0.3, 1)}.items():
    rule, loss = partial(optimizers.adam, lr=0.01), partial(summed_losses, weights=weights)
    options["rng"] = np.random.default_rng(0)
    (own, of_heads), _ = training.fit(three_heads, loss, theta, (centered, labels), rule, **options)
    scores, _ = main_path(centered, [*own, of_heads[2]])
    same = three_heads(centered, (own, of_heads))[0][:, 20:]
    verify.equation(f"EE147 GoogLeNet, trained {name}: the prediction needs none", scores, same)
    risks.append(losses.cross_entropy(scores, labels)[0])
    print(f"trained {name}: training risk {risks[-1]:.2f}")
verify.equation("without heads it still guesses, log 10", risks[0], np.log(10), tolerance=1e-2)
verify.claim("GBC 8.7.5", "with them it has begun to learn", risks[1] < 0.8 * risks[0])

# %% [markdown]
# A sigmoid costs the gradient a factor of about two in each layer, even with such large weights. With the heads it sets out
# anew at each dotted line, and reaches the first layer nearly six hundred times larger. Without them the network guesses as
# before after eight passes over the digits; with them it learns, and its answers need no heads: these hang beside the path, not in it.
#
# ## A layer that adds
#
# ResNet went from 22 layers to 152 with one idea. Let a layer compute what is to be *added* to its input,
# $h_i = h_{i-1} + F(h_{i-1})$. If nothing is to be done, it is enough to make the weights of $F$ zero; a plain layer would
# have to learn the identity matrix. And on the way back the gradient arrives unharmed, plus what $F$ has to say: the
# Jacobian is $\mathbf{I} + \partial F$.

# %% tags=["covers:resnet"]
F = layers.chain(layers.linear, layers.relu, layers.linear)
block = layers.residual(F)
own = initialization.mlp(rng, 5, 7, 5, init=initialization.he)
h = rng.normal(size=(4, 5))
zero = own[0], (), (0 * own[2][0], 0 * own[2][1])
out, back = block(h, zero)
dy = rng.normal(size=out.shape)
verify.claim("EE147 ResNet", "F = 0 is the identity, to the last bit", bool((out == h).all()))
verify.claim("EE147 ResNet", "and so is its way back", bool((back(dy)[0] == dy).all()))
plain, around = verify.jacobian(F, h, own), verify.jacobian(block, h, own)
verify.equation("EE147 ResNet, Jacobian I + dF", around, np.eye(5) + plain)

# %% tags=["covers:resnet"]
recipe = {
    "learning rate": [0.1, 0.01, 0.001],
    "momentum": 0.9,
    "batch": 256,
    "weight decay": 0.0001,
}
for name, value in recipe.items():
    print(f"{name:14}{value}")
print("no dropout; the rate falls by an order of magnitude when the error does not fall")

# %% [markdown]
# ### Exercise 2 · there and back
#
# Write the way back through a residual block with your own hands. Two ways lead from $h$ to the output, so two gradients
# come back. (`hint(residual_block_pullback)` helps.)


# %% tags=["exercise:residual_block_pullback"]
def residual_block_pullback(h, W1, b1, W2, delta):
    """dR/dh of the block h + W2 max(0, W1 h + b1), for samples in rows.

    h (n, d);  W1 (k, d), b1 (k,), W2 (d, k);  delta = dR/doutput (n, d);  returns (n, d).
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:residual_block_pullback"]
check(residual_block_pullback)

# %% [markdown]
# ## Does depth help?
#
# Train plain and residual networks of 4, 16 and 48 layers on the bundled digits: 32 units a layer, blocks of two layers, the
# same optimizer (Adam, of a later chapter), the same batches, the same number of steps. Weights start random by He's rule:
# with variance 2 over the number of inputs, which [chapter 8](../ch08_initialization/03_initialization_schemes.ipynb)
# derives for ReLUs. Residual blocks start with $F = 0$.
# On the left is the risk on the *training* samples; on the right, how large the gradient is that arrives at each hidden vector,
# of which the first one, next to the input, is met last on the way back.


# %% tags=["covers:degradation-experiment", "covers:resnet"]
two = layers.linear, layers.relu, layers.linear
BLOCKS = {"plain": layers.chain(*two, layers.relu)}
BLOCKS["residual"] = layers.residual(layers.chain(*two))


def parts(depth, kind):
    """The layers of a network of `depth` linear layers: a first one, blocks of two, a last one."""
    return layers.linear, layers.relu, *[BLOCKS[kind]] * (depth // 2 - 1), layers.linear


# %% tags=["covers:degradation-experiment", "covers:resnet"]
def start(depth, kind, rng, width=32):
    """Its parameters by He's rule; the second layer of each residual block is 0."""
    he, zeros, blocks = initialization.he, initialization.zeros, []
    for _ in range(depth // 2 - 1):
        first, second = he(rng, width, width), he(rng, width, width)
        plain = first, (), second, ()
        blocks.append(plain if kind == "plain" else (first, (), zeros(rng, width, width)))
    return he(rng, 64, width), (), *blocks, he(rng, width, 10)


# %% tags=["covers:degradation-experiment", "covers:resnet"]
pixels, labels = datasets.digits()
(x, y), held_out = datasets.split(np.random.default_rng(0), pixels - pixels.mean(axis=0), labels)


def train(depth, kind, theta=None, seed=0):
    """The parameters before and after every 11 steps."""
    net, rng = layers.chain(*parts(depth, kind)), np.random.default_rng(seed)
    rule, track = partial(optimizers.adam, lr=0.002), [theta or start(depth, kind, rng)]
    options = {"rng": rng, "batch": 64, "epochs": 5}
    for row, theta in training.steps(net, losses.cross_entropy, track[0], (x, y), rule, **options):
        if row["step"] % 11 == 0:
            track.append(theta)
    return track


tracks = {(depth, kind): train(depth, kind) for depth in (4, 16, 48) for kind in BLOCKS}


# %% tags=["live", "covers:degradation-experiment", "covers:resnet"]
def look(depth, kind, theta):
    """The training risk, and the gradient's size at each hidden vector, for 100 of the samples."""
    net = parts(depth, kind)
    risk, _ = losses.cross_entropy(layers.chain(*net)(x, theta)[0], y)
    _, deltas = layers.trace(net, theta, x[:100], losses.cross_entropy, y[:100])
    return risk, [np.linalg.norm(delta) for delta in deltas[2:-1]]


runs = {}
for (depth, kind), track in tracks.items():
    risks, norms = zip(*[look(depth, kind, theta) for theta in track], strict=True)
    runs[depth, kind] = np.array(risks), np.array(norms)
live.landmarks.degradation(runs, 11)

# %% [markdown]
# More plain layers train *worse*, and 48 of them do no better here than guessing, $\log 10 = 2.30$. That is degradation, and it is
# not overfitting, because it shows on the samples that are trained on. Nor is it too little capacity, and the proof is short.
# Take the four plain layers that trained well. Put blocks behind the first ones whose matrices are the identity: behind a ReLU
# nothing is negative, so that $\max(0, \mathbf{I}h) = h$. That is a plain network of 48 layers, and it is as good as the
# shallow one. It *exists*, and from He's start descent does not find it. The right half shows what goes wrong: on its way through 48
# plain layers the gradient shrinks, a little at the start and ever more as they train, so that the first ones hardly hear of
# the risk. Around the residual blocks it arrives everywhere.

# %% tags=["covers:degradation-experiment"]
end = {key: risks[-1] for key, (risks, _) in runs.items()}
for (depth, kind), risk in end.items():
    print(f"{depth:2} layers, {kind:8}: training risk {risk:.2f}")
verify.equation("48 plain layers guess", end[48, "plain"], np.log(10), tolerance=1e-2)
worse = end[4, "plain"] < end[16, "plain"] < end[48, "plain"]
verify.claim("EE147 ResNet", "plain: the deeper, the worse", worse)
for depth in (16, 48):
    better = end[depth, "residual"] <= end[depth, "plain"]
    verify.claim("EE147 ResNet", f"{depth} layers: residual at most plain", better)

# %% tags=["covers:degradation-experiment", "covers:resnet"]
same = (np.eye(32), np.zeros(32))
first, _, block, last = tracks[4, "plain"][-1]
copied = first, (), block, *[(same, (), same, ())] * 22, last
as_good, _ = look(48, "plain", copied)
verify.equation("EE147 ResNet, 48 layers, 44 of them identities", as_good, end[4, "plain"])
for when, at in [("start", 0), ("end", -1)]:
    plain, around = (runs[48, kind][1][at] for kind in BLOCKS)  # sizes of gradients, by layer
    shares = f"plain {plain[0] / plain[-1]:.3f}, residual {around[0] / around[-1]:.1f}"
    print(f"at the {when}, the first vector's gradient as a share of the last one's: {shares}")
verify.claim("the end", "plain: not a hundredth arrives", plain[0] < plain[-1] / 100)
start_of_it = runs[48, "residual"][1][0]
verify.equation("the start, residual: it is the same everywhere", start_of_it, start_of_it[0])

# %% [markdown]
# But the comparison was not quite fair: the residual blocks were *started* at the identity, the plain ones at random. So give
# the plain network that start, too.

# %% tags=["covers:degradation-experiment"]
first, _, *_, last = tracks[48, "plain"][0]
gentle = train(48, "plain", (first, (), *[(same, (), same, ())] * 23, last))[-1]
risk, _ = look(48, "plain", gentle)
print(f"48 plain layers, blocks started at the identity: training risk {risk:.2f}")
verify.claim(
    "48 plain layers", "from the identity they do train", bool(risk < end[48, "plain"] / 4)
)

# %% [markdown]
# So it is nearness to the identity that lets 48 layers learn. A shortcut makes that the easy place to be, at the start and ever
# after. (This is one seed, one width, one optimizer. With three other seeds, which are not run here, the 48 plain layers ended
# between 1.4 and 1.9, the residual ones never above 0.14. With batch normalization, a later chapter, the trouble begins at greater
# depths, where ResNet's authors met it.)
#
# **Here the first sitting ends.** The second one asks what shortcuts are good for besides, and what came after ResNet.
#
# ## Thin in the middle
#
# ResNet's deep versions reuse GoogLeNet's trick. A *bottleneck* goes down to a quarter of the channels with a 1x1, does its
# 3x3 there, and comes back up with a 1x1. It has to come back: only equal shapes can be added. Then the shortcut
# needs no weights of its own.


# %% tags=["covers:resnet-bottleneck"]
def conv_weights(*path, c=256):
    """Weights of convolutions without biases behind each other."""
    return total(table(list(path), (c, 14, 14)))


bare = partial(Conv, bias=False)
narrow = conv_weights(bare(64, 1), bare(64, 3, padding=1), bare(256, 1))
two_3x3 = conv_weights(bare(256, padding=1), bare(256, padding=1))
print(
    f"1x1, 3x3, 1x1: {narrow:,} weights; two 3x3: {two_3x3:,}; {two_3x3 / narrow:.1f} times as many"
)
verify.equation("bottleneck, 256·64 + 9·64·64 + 64·256", narrow, 69_632)
verify.equation("two 3x3 on 256 channels", two_3x3, 1_179_648)

# %% tags=["covers:resnet-bottleneck"]
(row,) = table([residual(landmarks.bottleneck(256, 64))], (256, 14, 14))[1:]
verify.equation("EE147 ResNet, output as deep as the input", row.shape, [256, 14, 14])
norms = 2 * (64 + 64 + 256)
verify.equation("the shortcut adds no parameters", row.parameters, narrow + norms)
for name, count in {"ResNet-50": 25_557_032, "ResNet-152": 60_192_808}.items():
    verify.equation(f"{name}, all parameters", counts[name], count)

# %% [markdown]
# ## $2^L$ ways through
#
# At each block you may take the shortcut or the layer. With $L$ blocks these are $2^L$ routes, and a route that takes $k$
# layers is one of $\binom{L}{k}$ (Strang VII.2). If the layers are linear the output is literally the sum over all
# routes: multiply out $(\mathbf{I} + A_L)\cdots(\mathbf{I} + A_1)$.


# %% tags=["covers:resnet-paths"]
def routes(spec):
    """How many ways lead through, by the number of convolutions on them: counts (longest + 1,)."""
    ways = np.array([1])
    for layer in spec:
        if isinstance(layer, Branches):
            inner = [routes(path) for path in layer.paths]
            longest = max(map(len, inner))
            each = sum(np.pad(ways, (0, longest - len(ways))) for ways in inner)
            ways = np.convolve(ways, each)
        elif isinstance(layer, Conv):
            ways = np.append(0, ways)
    return ways


# %% tags=["covers:resnet-paths"]
import itertools
import math

blocks = [residual([Conv(8, padding=1)])] * 20
lengths = routes(blocks)
verify.equation("Strang VII.2, 2^L routes", lengths.sum(), 2**20)
verify.equation("of lengths Binomial(L, 1/2)", lengths, [math.comb(20, k) for k in range(21)])
before, after = routes(blocks[:6]).sum(), routes(blocks[:7]).sum()
verify.equation("Strang VII.2, layer 7: its input, its output", [before, after], [2**6, 2**7])

# %% tags=["covers:resnet-paths"]
A = 0.3 * rng.normal(size=(6, 4, 4))
product = np.linalg.multi_dot([np.eye(4) + layer for layer in A[::-1]])
unraveled = np.zeros((4, 4))
for route in itertools.product([0, 1], repeat=6):
    steps = [layer if taken else np.eye(4) for layer, taken in zip(A, route, strict=True)]
    unraveled += np.linalg.multi_dot(steps[::-1])
verify.equation("Strang VII.2, linear blocks: the sum over 64 routes", unraveled, product)

# %% [markdown]
# Most routes are about half as long as the network. And if one block is taken out, half of the routes remain, whereas a
# plain network has one route and loses it. Is that so for the networks that you have trained? Remove the blocks of both 16-layer
# networks, one at a time, without any training afterwards.


# %% tags=["covers:resnet-paths"]
def error_without(at, kind, depth=16):
    """Share of wrong test samples if part `at` of the trained network is left out."""
    net, theta = list(parts(depth, kind)), list(tracks[depth, kind][-1])
    if at is not None:
        del net[at], theta[at]
    scores, _ = layers.chain(*net)(held_out[0], theta)
    return 1 - losses.accuracy(scores, held_out[1])


whole = {kind: error_without(None, kind) for kind in BLOCKS}
without = {kind: [error_without(at, kind) for at in range(2, 9)] for kind in BLOCKS}
little = max(without["residual"]) < whole["residual"] + 0.1
verify.claim("Strang VII.2", "residual: not one block costs 10 % of the test samples", bool(little))
much = min(without["plain"]) > whole["plain"] + 0.3
verify.claim("plain", "each block costs more than 30 % of them", bool(much))

# %% tags=["covers:resnet-paths"]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.1))
axes[0].bar(range(21), lengths / 1000, color=plots.PURPLE, alpha=0.7)
axes[0].set(xlabel="layers on the route", ylabel="thousand routes", title="20 residual blocks")
for kind, style, color in [("plain", "s", plots.ORANGE), ("residual", "o", plots.BLUE)]:
    axes[1].plot(range(1, 8), without[kind], style, color=color, label=kind)
    axes[1].axhline(whole[kind], color=color, linestyle="--", linewidth=1)
axes[1].set(xlabel="block that is removed", ylabel="test error", ylim=(0, 1.3))
axes[1].set_yticks([0, 0.5, 1])
axes[1].legend(loc="upper center", ncols=2, fontsize=9)
plots.show(figure, "Lengths of routes, and test errors of two networks that lose one block")

# %% [markdown]
# The dashed lines are the whole networks. Without one block the residual network hardly notices, as Strang says, and the plain
# one is lost.
#
# ## Short ways without shortcuts
#
# Is it the identity that matters, or that there are short routes? FractalNet has no identity at all. Its block is built by
# copying: $f_1$ is a convolution, and $f_{C+1}$ joins two $f_C$ in a row with one convolution beside them, by a mean.

# %% tags=["covers:fractalnet"]
for columns in range(1, 6):
    ways = routes(landmarks.fractal(columns, Conv(8, padding=1)))
    shortest, longest = np.flatnonzero(ways)[[0, -1]]
    print(f"{columns} columns: {ways.sum():4} routes, from {shortest} to {longest} layers")
    wanted = [2 ** (columns - 1), 1]
    verify.equation("FractalNet, longest and shortest", [longest, shortest], wanted)
ways = [routes(landmarks.fractal(columns, Conv(8, padding=1))).sum() for columns in range(1, 6)]
verify.equation("FractalNet, routes", ways[1:], [before**2 + 1 for before in ways[:-1]])

# %% [markdown]
# Each column doubles the depth, and the shortest way stays one layer long. EE147 reports that such networks do as well as
# ResNets: what counts is that the gradient finds a short way.
#
# ## Wider, or in groups
#
# Three ways on from ResNet. *Wide* ResNets have more channels in the 3x3 layers, and dropout inside the block. *ResNeXt*
# has more paths: its 3x3 is *grouped*, $G$ convolutions next to each other, each on its own share of the channels; $G$ is
# called cardinality. *Inception-v4* puts an inception module where $F$ stood.

# %% tags=["covers:resnet-successors"]
variants = {"ResNet-50": {}, "wide, twice the channels": {"width": 128}}
variants["ResNeXt, 32 groups of 4"] = {"width": 128, "groups": 32}
networks = {name: landmarks.resnet(3, 4, 6, 3, **own) for name, own in variants.items()}
for name, net in networks.items():
    rows = table(net, (3, 224, 224))
    work = total(rows, "multiply_adds") / 1e9
    print(f"{name:26}{total(rows):12,} parameters{work:7.2f} · 10⁹ multiply-adds")
module = residual([landmarks.inception(64, 64, 96, 48, 64, 32), Conv(256, 1)])
both = table([module], (256, 14, 14))[-1].parameters
print(f"an inception module and a 1x1 with a shortcut around them: {both:,} parameters")

# %% tags=["covers:resnet-successors"]
x_groups, W = rng.normal(size=(2, 12, 7, 6)), rng.normal(size=(8, 3, 3, 3))
grouped, _ = convolution.conv2d(x_groups, (W, np.zeros(8)), padding=1, groups=4)
apart = []
for x_own, W_own in zip(np.split(x_groups, 4, axis=1), np.split(W, 4), strict=True):
    apart.append(convolution.conv2d(x_own, (W_own, np.zeros(2)), padding=1)[0])
verify.equation("4 groups, 4 convolutions side by side", grouped, np.concatenate(apart, axis=1))
for G in (1, 2, 4, 32):
    (row,) = table([Conv(128, padding=1, groups=G, bias=False)], (128, 14, 14))[1:]
    verify.equation(f"{G} groups hold 1/{G} of the weights", row.parameters, 9 * 128 * 128 / G)

# %% [markdown]
# ResNeXt-50 has twice the channels of ResNet-50 in its 3x3 layers, for the same price; the wide one pays for them.
#
# Three more names that you will meet. *Squeeze and excitation* (SE) multiplies each channel by a number that two small dense
# layers make of the means of all channels (its *gate*). *DenseNet* adds nothing: each layer puts its few channels behind all earlier
# ones, so that everybody sees everything before. *MobileNet* takes groups to their end. Its convolutions are *depthwise separable*:
# a 3x3 for each channel alone, and a 1x1 that mixes them.

# %% tags=["covers:resnet-successors"]
known = {"SE-ResNet-50": 28_088_024, "DenseNet-121": 7_978_856, "MobileNet": 4_231_976}
for name in ["ResNet-50", *known]:
    rows = table(landmarks.NETWORKS[name][0], (3, 224, 224))
    work = total(rows, "multiply_adds") / 1e9
    print(f"{name:14}{total(rows):12,} parameters{work:7.2f} · 10⁹ multiply-adds")
    verify.equation(f"{name}, all parameters", total(rows), known.get(name, 25_557_032))

# %% [markdown]
# A gate costs SE a tenth more parameters and next to no work, and MobileNet does a seventh of ResNet-50's. With $o$ filters a
# pixel of a channel costs $9 + o$ products instead of $9\,o$, a share of $\frac1o + \frac19$.

# %% tags=["covers:resnet-successors"]
x_own = rng.normal(size=(2, 12, 7, 6))
each = rng.normal(size=(12, 1, 3, 3)), rng.normal(size=12)  # a kernel for each channel
mix = rng.normal(size=(20, 12, 1, 1)), rng.normal(size=20)
separable, _ = convolution.depthwise_separable(x_own, (each, mix), padding=1)
middle, _ = convolution.conv2d(x_own, each, padding=1, groups=12)
verify.equation("12 groups, then a 1x1", separable, convolution.conv2d(middle, mix)[0])
whole = table([Conv(20, padding=1)], (12, 7, 6))
apart = table([Conv(12, padding=1, groups=12), Conv(20, 1)], (12, 7, 6))
share = total(apart, "multiply_adds") / total(whole, "multiply_adds")
verify.equation("share of the products, 1/20 + 1/9", share, 1 / 20 + 1 / 9)

# %% [markdown]
# ### Exercise 3 · groups as one kernel
#
# A grouped convolution is also *one* convolution, whose kernel has many zeros: no output looks at the channels of another
# group. Build that kernel. (`hint(ungrouped_kernel)` helps.)


# %% tags=["exercise:ungrouped_kernel"]
def ungrouped_kernel(W, groups):
    """The kernel of the convolution without groups that does the same as W with `groups`.

    W (f, c / groups, k, k);  returns (f, c, k, k).  The first f / groups filters see the first
    c / groups channels, and so on.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:ungrouped_kernel"]
check(ungrouped_kernel)

# %% [markdown]
# ## The decade in error rates
#
# Top-5 errors of the ImageNet challenge, as the books quote them. Read it from the top: which step is the largest, measured
# by the mistakes that were left?

# %% tags=["covers:ilsvrc-error-history"]
rates = [
    (2010, 25, "start of the decade (EE147)"), (2011, 26.1, "before AlexNet (GBC)"),
    (2012, 18, "AlexNet (EE147)"), (2012, 15, "7 AlexNets (EE147), 15.3 in GBC"),
    (2013, 11.7, "ZFNet (EE147)"), (2014, 7.3, "VGG (EE147)"), (2014, 6.7, "GoogLeNet (EE147)"),
    (2015, 3.57, "ResNet (EE147), 3.6 in GBC"), (2019, 2.0, "98.0 % right (DLNN Table D.5)"),
]  # fmt: skip

# %% tags=["covers:ilsvrc-error-history"]
figure, ax = plt.subplots(figsize=(7.6, 3.6))
for row, (_, rate, name) in enumerate(rates):
    ax.barh(row, rate, color=plots.BLUE, alpha=0.7)
    ax.text(rate + 0.3, row, f"{rate:g} %  {name}", va="center", fontsize=10)
ax.set_yticks(range(len(rates)), [year for year, _, _ in rates])
ax.set(xlabel="top-5 error in %", ylabel="year", xlim=(0, 40))
ax.invert_yaxis()
plots.show(
    figure, "Top-5 errors of the ImageNet challenge from 2010 to 2019, as the books quote them"
)

# %% tags=["covers:ilsvrc-error-history"]
drops = []
for (_, before, _), (year, after, name) in zip(rates, rates[1:], strict=False):
    drops.append(after / before - 1)
    print(f"{year}, {name:33}{before:5} to {after:4} %: {drops[-1]:+.1%}")
steps = drops[4:7]  # to VGG, GoogLeNet, ResNet
verify.equation("from ZFNet's 11.7 % on", steps, [-0.376, -0.082, -0.467], tolerance=1e-3)
verify.claim("the books' numbers", "the step to ResNet is the largest", min(drops) == drops[6])

# %% [markdown]
# The step from GoogLeNet to ResNet is the largest: nearly half of the mistakes that were left, within a year. The last one is
# nearly as large, and took four. The decade went from 25 % to under 5, as EE147 says, and half of that way in 2012.
#
# ## A network that plays
#
# AlphaGo Zero is a tower of residual blocks on a board of 19 x 19. Strang VII.4 lists one block: convolution, batch
# normalization, ReLU, convolution, batch normalization, add the input, ReLU. Here it is with 6 channels instead of 256; batch
# normalization shifts and scales each channel to mean 0 and variance 1 over the batch, and has
# [a chapter of its own](../ch09_normalization/01_batch_normalization.ipynb).

# %% tags=["covers:alphago-zero-block"]
from dlnotes.normalization import batch_norm, neutral


def normalized(s):
    """Each channel with mean 0 and variance 1 over samples and places."""
    return batch_norm(s, neutral(s.shape[1]))[0]


def go_block(x, W1, W2):
    """Steps 1 to 7 of Strang VII.4 on boards x (n, c, 19, 19); W1, W2 (c, c, 3, 3)."""
    zero = np.zeros(len(W1))
    s, _ = convolution.conv2d(x, (W1, zero), padding=1)
    s, _ = convolution.conv2d(np.maximum(0, normalized(s)), (W2, zero), padding=1)
    return np.maximum(0, x + normalized(s))


# %% tags=["covers:alphago-zero-block"]
boards, (W1, W2) = rng.normal(size=(2, 6, 19, 19)), rng.normal(size=(2, 6, 6, 3, 3))
verify.equation("Strang VII.4, P = 1 keeps 19 x 19", go_block(boards, W1, W2).shape, boards.shape)
board = (256, 19, 19)
found = [table([Conv(256, padding=1, bias=bias)], board)[-1].parameters for bias in (False, True)]
verify.equation("Strang VII.4, 256 to 256: weights, with biases", found, [589_824, 590_080])

# %% [markdown]
# The network answers twice: a probability for each move, $19^2 + 1 = 362$ of them with *pass*, and one number between -1 and 1
# for who will win. Neither is trusted as it is. A *Monte Carlo tree search* plays on in thought from the board, again and
# again. At a board that it has met before it chooses the legal move with the largest
#
# $$Q + 1.5\,p\,\frac{\sqrt{N + 1}}{1 + n}.$$
#
# $Q$ is the mean of the values that this move has brought so far, or 0, $p$ the network's probability, $n$ how often the move
# was tried there, and $N$ how often all of them were. So it goes on where things turned out well, where the network likes
# to, or where it has hardly been. At a *new* board it asks the network for $p$ and a value. That value goes back to all moves
# on the way, with its sign changed from move to move: what is good for one side is bad for the other. For each board the
# tree keeps $p$, the visits $n$, and the sums of values of which $Q$ is the mean.
#
# How often the search took each move is a better policy than the network's own, and what the network learns from. Go is too
# large for this page. Tic-tac-toe has $3^2 + 1$ outputs (passing is not allowed there), and the module
# `dlnotes.examples.tictactoe` has its rules and a network with one residual block. This is one game in thought:

# %% tags=["covers:policy-value-mcts"]
import inspect

from dlnotes.examples import tictactoe

print(inspect.getsource(tictactoe.simulate))

# %% [markdown]
# Two boards for X (1), in which the right move is plain to see: places count from 0, row by row.

# %% tags=["covers:policy-value-mcts"]
dice = np.random.default_rng(0)
theta = tictactoe.parameters(dice)
new = tictactoe.player(theta)  # board -> probabilities (10,), and a value
situations = {"win now": ((1, 1, 0, -1, -1, 0, 0, 0, 0), 2)}
situations["do not lose"] = ((1, 0, 0, -1, -1, 0, 0, 0, 1), 5)
for name, (board, right) in situations.items():
    p, visits = new(board)[0], tictactoe.search(board, new, 200)[0]
    print(f"{name}: stones, network, visits")
    for row in (slice(0, 3), slice(3, 6), slice(6, 9)):
        print("  ", np.array(board[row]), p[row].round(2), visits[row].astype(int))
    verify.equation("visits sum to the simulations", visits.sum(), 200)
    verify.claim("the search", f"it finds place {right}", visits.argmax() == right)
verify.equation("Strang VII.4, 3² + 1 moves", len(p), 3**2 + 1)

# %% [markdown]
# The network has learned nothing yet, and does not see the win or the threat. The search does, from the rules. Now *self-play*:
# play games against yourself, choosing moves as often as the search visited them. Then fit the network to what the search
# found, $\pi$, and to who won, $z$, by a cross-entropy and a squared error.

# %% tags=["covers:policy-value-mcts"]
games = [position for _ in range(8) for position in tictactoe.self_play(new, dice)]
boards_seen, targets = zip(*games, strict=True)  # a target: the search's policy (10,), and z
images, targets = tictactoe.planes(boards_seen), np.stack(targets)
net, loss = tictactoe.NET, tictactoe.game_loss
rule, options = partial(optimizers.adam, lr=0.005), {"rng": dice, "batch": 32, "epochs": 30}
fitted, _ = training.fit(net, loss, theta, (images, targets), rule, **options)
before, after = (loss(net(images, own)[0], targets)[0] for own in (theta, fitted))
verify.claim("Strang VII.2", "the network comes closer to its search", bool(after < 0.7 * before))

# %% tags=["covers:policy-value-mcts"]
figure, axes = plt.subplots(1, 3, figsize=(8, 3.0))
board, _ = situations["win now"]
policies = {"network, new": new(board)[0], "its search": tictactoe.search(board, new, 200)[0] / 200}
policies["network, after 8 games"] = tictactoe.player(fitted)(board)[0]
for ax, (name, p) in zip(axes, policies.items(), strict=True):
    ax.imshow(p[:9].reshape(3, 3), vmin=0, vmax=1)
    for at, stone in enumerate(board):
        sign = {1: "X", -1: "O", 0: f"{p[at]:.2f}"}[stone]
        color = "black" if p[at] > 0.5 else "white"
        ax.text(at % 3, at // 3, sign, ha="center", va="center", color=color)
    ax.set(title=name)
    ax.set_axis_off()
plots.show(
    figure, "Probabilities of the moves of X by a new network, by its search, and after eight games"
)

# %% [markdown]
# The middle board is what the network is to learn. After eight games it is closer to its searches on the boards that it has
# seen, and no wiser on this one. AlphaGo Zero played millions of games, and beat its predecessor by 100 to 0.
#
# ## The same in PyTorch
#
# All networks of the module `landmarks`, and ResNet-50's successors, built of PyTorch's layers on the device `"meta"`, where
# tensors have shapes and no numbers. Each layer must have the shape and the parameters that were counted.

# %%
import torch
import torch.nn.functional as F_torch

everything = landmarks.NETWORKS | {name: (net, 224) for name, net in networks.items()}
for name, (spec, side) in everything.items():
    counted, built = counted_and_built(spec, (3, side, side))
    parameters = sum(own for _, own in counted.values())
    said = f"{name}, {parameters:,} parameters in {len(counted)} layers"
    verify.claim("PyTorch", said, counted == built)

# %% [markdown]
# The block of the Go network with PyTorch's own convolution and batch normalization, and a residual block with all gradients:

# %%
tensors = [torch.tensor(array) for array in (boards, W1, W2)]
options = {"running_mean": None, "running_var": None, "training": True}
s = F_torch.batch_norm(F_torch.conv2d(tensors[0], tensors[1], padding=1), **options)
s = F_torch.batch_norm(F_torch.conv2d(s.relu(), tensors[2], padding=1), **options)
verify.equation("PyTorch, the Go block", go_block(boards, W1, W2), (tensors[0] + s).relu().numpy())


# %%
conv = partial(convolution.conv2d, padding=1)
conv_block = layers.residual(layers.chain(conv, layers.relu, conv))


# %%
def flat_block(x, params):
    """x + conv(relu(conv(x))), the params in one flat tuple."""
    W1, b1, W2, b2 = params
    y, back = conv_block(x, ((W1, b1), (), (W2, b2)))

    def flat_back(dy):
        dx, (first, _, second) = back(dy)
        return dx, (*first, *second)

    return y, flat_back


def torch_block(x, W1, b1, W2, b2):
    return x + F_torch.conv2d(F_torch.conv2d(x, W1, b1, padding=1).relu(), W2, b2, padding=1)


shapes = (2, 4, 6, 5), (3, 4, 3, 3), (3,), (4, 3, 3, 3), (4,)
verify.against_torch(
    flat_block, torch_block, *[rng.normal(size=shape) for shape in shapes], rng=rng
)

# %% [markdown] tags=["question:ch05.landmark_architectures_from_googlenet.identity"]
# ### In your own words
#
# "The 48 plain layers failed, so a plain network of 48 layers cannot represent what four layers can." What is wrong with
# this sentence, and which cell of this page refutes it? Then explain in terms of *routes* why the residual network of 48
# layers trains, why it survives the loss of a block, and what both have to do with FractalNet, which has no identity at all.
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A 1x1 convolution is a dense layer on channels. In front of large windows it saves work where it makes the input thinner,
#   and only there.
# - Deep plain networks train worse, though good ones exist: that is a failure of optimization. $h + F(h)$ makes "do
#   nothing" easy, and its Jacobian is $\mathbf{I} + \partial F$.
# - $L$ residual blocks are $2^L$ routes of lengths Binomial($L$, ½). Take one block out, and half of them remain.
# - Bottlenecks and groups buy channels with few weights: a share of $1/G$ for $G$ groups.
# - A policy and a value make a search good, and the search makes the policy and the value better.
#
# ## Where the books differ
#
# - EE147 gives GoogLeNet 5 million parameters, 12 times less than AlexNet and 27 times less than VGG: with biases and without
#   heads it is 6,998,552, and the factors are 8.9 and 19.8. No module has a single $F$, and its factor of 4 belongs to
#   about 355 channels (all checked above).
# - EE147's heads "at layers 11 and 17" count the pools, and mean the first layers of 4a and 4d. Counted like the 22, the heads
#   sit behind layers 9 and 15 (checked above). A head has three layers of its own, so that its "14 instead of 22" layers on
#   the way back are 11 and 3, and 12 in the other count.
# - Strang has $2^{n-1}$ paths to layer $n$ and $2^L$ in all: $2^{n-1}$ reach its input, $2^n$ leave it (checked above).
# - EE147 gives 15 % for the AlexNets, GBC 15.3; 3.57 and 3.6 for ResNet. For the years before, 25 and 26.1.
# - EE147 derives FractalNet from effective depth, Strang the removal of layers from routes; nobody joins the two.
#
# **Next:** [Variants of convolution](09_convolution_variants.ipynb) goes on where groups ended: what else can be left out of a
# convolution, and what can be put in.
