# %% [markdown]
# # Landmark architectures, up to VGG
#
# Take three famous networks apart with nothing but multiplication, and find out where the printed numbers are wrong.
#
# **After this notebook you can**
#
# - compute the parameters, the multiply-adds and the memory of any chain of layers from its specification;
# - prepare images as AlexNet got them, and say why the mean must come from the training set;
# - say what three small filters save against one large one, and what they cost.
#
# 45 minutes · before this: [Pooling and LeNet](06_pooling_and_lenet.ipynb)
#
# DLNN 6.9 · GBC 12.2.1 · Strang VII, VII.2, VII.5 · EE147 AlexNet 2012 and ZFNet, VGGNet · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | 55x55x96 (EE147) | `(96, 55, 55)` | shape of an output: channels first |
# | CONV, POOL, NORM, FC | `Conv`, `Pool`, `Norm`, `Dense` | layers of a specification; ReLU and softmax are left out |
# | parameters | `parameters` | weights and biases |
# | operations | `multiply_adds` | multiplications of a weight with an activation, each with its addition |
# | memory | `activations` | the numbers that a layer puts out, for one image |
# | top-5 error | | the share of images whose class is not among the five with the highest scores |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import landmarks, live, plots, verify
from dlnotes.exercises import check, hint, use

# %% [markdown]
# ## AlexNet: eight layers
#
# In 2012 a network of five convolutions and three dense layers won the ImageNet challenge by far: name one of 1000
# classes for a photograph. EE147 prints its layers with their shapes. A *specification* says as much as that list, layer by
# layer, and [LeNet](06_pooling_and_lenet.ipynb) has shown you how to count: a convolution has $f\,(c\,k^2 + 1)$ parameters
# and multiplies $c\,k^2$ times for each number that it puts out.

# %% tags=["covers:alexnet"]
spec = landmarks.alexnet()
spec

# %% [markdown]
# A `table` of a specification has a row for each layer, and the counts in columns.

# %% tags=["covers:alexnet"]
from dlnotes.architectures import Conv, Dense, Norm, Pool, build, table, total, words
from dlnotes.realization import counted_and_built, run

rows = table(spec, (3, 227, 227))
print(f"{'':8}{'shape':>16}{'parameters':>13}{'multiply-adds':>15}{'activations':>13}")
for row in rows:
    shape = "x".join(map(str, row.shape))
    print(
        f"{row.name:8}{shape:>16}{row.parameters:13,}{row.multiply_adds:15,}{row.activations:13,}"
    )
sums = [total(rows, what) for what in ("parameters", "multiply_adds", "activations")]
print(f"{'sum':24}{sums[0]:13,}{sums[1]:15,}{sums[2]:13,}")
verify.equation("EE147 AlexNet, parameters of layer 1", rows[1].parameters, 34_944)
verify.equation("AlexNet, all parameters", sums[0], 62_378_344)

# %% [markdown]
# Read the columns against each other. The parameters are in the dense layers, above all in `fc6`; the work is in the
# convolutions. That is what sharing weights does: `conv1` uses each of its weights 55 · 55 times, `fc6` once. (`norm1`
# and `norm2` divide each number by the size of its neighbors in other channels, and have no parameters.)
#
# Two numbers of the text need care. The images are announced as 224 x 224, but a window of 11 with stride 4 does not come
# out even there; EE147 notes that it must be 227. And the network was trained on *two* graphics cards. Layers 2, 4 and 5
# look only at the channels on their own card (`groups=2`), which halves their weights.

# %% tags=["covers:alexnet"]
print(f"windows of 11, 4 pixels apart, in a row of 224: {(224 - 11) / 4 + 1}")
verify.equation("EE147 AlexNet, conv1 in 227 puts out 55x55x96", rows[1].shape, [96, 55, 55])
on_two = table(landmarks.alexnet(groups=2), (3, 227, 227))
verify.equation("on two cards, all parameters", total(on_two), 60_965_224)
for one, two in zip(rows, on_two, strict=True):
    if one.parameters != two.parameters:
        print(f"{one.name}: {one.parameters:,} parameters, {two.parameters:,} on two cards")

# %% [markdown]
# A specification can also be *run*: `realization.run` walks along it with the layers of this book and random weights. The
# miniature has a sixteenth of AlexNet's filters and smaller images, but its kernels, strides and two groups. Every shape
# that comes out is the one that was counted.

# %% tags=["covers:alexnet"]
small = {}
for name, layer in landmarks.alexnet(groups=2).items():
    match layer:
        case Conv():
            small[name] = layer._replace(filters=layer.filters // 16)
        case Dense():
            small[name] = Dense(max(10, layer.units // 16))
        case _:
            small[name] = layer
rng = np.random.default_rng(0)
counted = [row.shape for row in table(small, (3, 67, 67))[1:]]
outputs = run(small, rng.normal(size=(2, 3, 67, 67)), rng)
found = [y.shape[1:] for y in outputs.values()]
verify.claim("run", f"{len(found)} shapes as counted", counted == found)
print("the miniature:", *["x".join(map(str, shape)) for shape in counted])

# %% [markdown]
# The rest of AlexNet is a recipe, and much of it is still in use. You do not need dropout, weight decay and momentum on this
# page: they belong to how networks are trained, which later chapters are to explain. Its success is told as a *top-5 error*: an answer counts as right if the class is among the five with the highest scores.

# %% tags=["covers:alexnet"]
recipe = {
    "nonlinearity": "ReLU", "regularization": "dropout 0.5 on fc6 and fc7, weight decay 0.0005",
    "normalization": "local response", "pooling": "overlapping, 3 x 3 with stride 2",
    "descent": "batches of 128, momentum 0.9, learning rate 0.01, lowered by hand",
    "data": "shifts and mirror images, colors along their principal components",
    "ensemble": "7 networks: the top-5 error falls from 18 to 15 %",
}  # fmt: skip
for part, choice in recipe.items():
    print(f"{part:16}{choice}")
pools = [layer for layer in spec.values() if isinstance(layer, Pool)]
verify.claim("EE147 AlexNet", "its pools overlap", all(pool.stride < pool.size for pool in pools))
print(f"from 18 to 15 %: one mistake in {18 / (18 - 15):.0f} less")

# %% [markdown]
# ## What goes in
#
# ImageNet's photographs have many sizes; a dense layer wants one. AlexNet's images are rescaled until the *shorter* side has
# 256 pixels, and the central 256 x 256 are kept. Then the *mean image* is subtracted, pixel by pixel: GBC 12.2.1 names it as
# AlexNet's only preprocessing. Out of the result the network gets squares of 227.
#
# The mean is a part of the model, as a weight is. It is computed once, from the *training* images, and then subtracted from
# all others, too. Here are "photographs" of random sizes, a bright blob above a dark ground.


# %% tags=["covers:mean-subtraction-centre-crop"]
def resize(image, shorter):
    """An image (c, h, w) with `shorter` pixels on its shorter side: the nearest pixel for each."""
    h, w = image.shape[1:]
    scale = shorter / min(h, w)
    down, across = (np.arange(round(scale * side)) / scale for side in (h, w))
    return image[:, np.minimum(down, h - 1).astype(int)][
        :, :, np.minimum(across, w - 1).astype(int)
    ]


def center_crop(image, size):
    """The central size x size of images (..., h, w)."""
    top, left = ((side - size) // 2 for side in image.shape[-2:])
    return image[..., top : top + size, left : left + size]


# %% tags=["covers:mean-subtraction-centre-crop"]
def photograph(rng):
    """An image (3, h, w) of random size, darker toward its bottom, with a blob near its middle."""
    h, w = rng.integers(60, 120, size=2)
    v, u = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    a, b = 0.4 * rng.normal(size=2)
    picture = 0.45 - 0.25 * v + 0.5 * np.exp(-6 * ((v - a) ** 2 + (u - b) ** 2))
    return np.clip(picture + rng.uniform(-0.1, 0.1, size=(3, 1, 1)), 0, 1)


rng = np.random.default_rng(1)
photographs = [photograph(rng) for _ in range(80)]
squares = np.stack([center_crop(resize(image, 64), 64) for image in photographs])
train, test = squares[:60], squares[60:]
mean = train.mean(axis=0)  # of the training images alone
train_input, test_input = (center_crop(images - mean, 56) for images in (train, test))

# %% tags=["covers:mean-subtraction-centre-crop"]
figure, axes = plt.subplots(1, 5, figsize=(8, 2.3))
one, resized = photographs[60], resize(photographs[60], 64)
steps = {"photograph": one, "rescaled": resized, "its center": test[0]}
steps |= {"mean image": mean, "minus the mean, + ½": test_input[0] + 0.5}
for ax, (name, image) in zip(axes, steps.items(), strict=True):
    ax.imshow(np.clip(image.transpose(1, 2, 0), 0, 1), interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(f"{name}\n{image.shape[1]} x {image.shape[2]}", fontsize=9)
plots.show(
    figure, "A photograph, rescaled, cropped, and with the mean of the training images taken off"
)

# %% tags=["covers:mean-subtraction-centre-crop"]
verify.equation("EE147 AlexNet, the training mean afterwards", train_input.mean(axis=0), 0)
away = np.abs(test_input.mean(axis=0)).max()
verify.claim("EE147 AlexNet", "the mean of the test images is not 0", bool(away > 0.01))
tall, wide = resize(np.zeros((3, 300, 400)), 256), resize(np.zeros((3, 500, 375)), 256)
print("256 on the shorter side:", tall.shape[1:], wide.shape[1:])
verify.equation("EE147 AlexNet, the shorter side", [min(tall.shape[1:]), min(wide.shape[1:])], 256)
verify.equation("EE147 AlexNet, the input", center_crop(tall, 227).shape, [3, 227, 227])

# %% [markdown]
# The last picture has lost what all pictures share, the light from above. What remains is what is special about this one.
# For the test images the mean is only *nearly* 0, and that is as it should be: nobody has looked at them yet.
#
# ### Exercise 1 · an image for AlexNet
#
# In training AlexNet takes its squares from *anywhere* in the 256 x 256, so that it sees each photograph a little shifted
# every time. Prepare one image that is already rescaled. Which pixel of the mean belongs to which pixel of the crop?
# Stuck? `hint(alexnet_input)`, in a cell of your own, helps.


# %% tags=["exercise:alexnet_input"]
def alexnet_input(image, mean, size, top, left):
    """A size x size piece of an image's central m x m, minus the mean image, by NumPy alone.

    image (c, h, w), its shorter side m;  mean (c, m, m), of the training images' central m x m;
    top, left, where the piece begins in the m x m;  returns (c, size, size).  Where a middle lies
    between two pixels, the m x m begin at the smaller index.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:alexnet_input"]
check(alexnet_input)

# %% [markdown]
# ## ZFNet: the same with other numbers
#
# A year later came AlexNet again, retuned: windows of 7 with stride 2 in the first layer, where AlexNet has 11 and
# 4, and more filters in layers 3 to 5. Zeiler and Fergus also gave the second layer a stride of 2. EE147 leaves that out,
# and it matters: without it the images stay twice as large, and `fc6` pays for that.

# %% tags=["covers:zfnet"]
zf, alex = table(landmarks.zfnet(), (3, 224, 224)), rows
print(f"{'':8}{'AlexNet':>34}{'ZFNet':>34}")
for old, new in zip(alex, zf, strict=True):
    if (old.shape, old.parameters) != (new.shape, new.parameters):
        both = [f"{'x'.join(map(str, row.shape)):>14}{row.parameters:20,}" for row in (old, new)]
        print(f"{old.name:8}{both[0]}{both[1]}")
found = {row.name: row.parameters for row in zf}
verify.equation("ZFNet, conv1: 96 (7·7·3 + 1)", found["conv1"], 14_208)
many = [found[f"conv{layer}"] for layer in (3, 4, 5)]
verify.equation("ZFNet, 512, 1024, 512 filters", many, [1_180_160, 4_719_616, 4_719_104])
as_told = landmarks.zfnet() | {"conv2": Conv(256, 5, padding=2)}
fc6 = table(as_told, (3, 224, 224))[-3]
print(f"with stride 1 in conv2, fc6 alone has {fc6.parameters:,} parameters")

# %% [markdown]
# How much better was it? EE147 says that the error fell from 11.7 % to 7.3 %, "approximately 30 %". The same two numbers
# stand in the section on VGG, with "approximately 40 %" behind them. Divide.

# %% tags=["covers:zfnet"]
drops = {"16.4 to 11.7": 11.7 / 16.4 - 1, "11.7 to 7.3": 7.3 / 11.7 - 1}
for step, drop in drops.items():
    print(f"top-5 error from {step} %: {drop:+.1%}")
verify.equation("16.4 to 11.7 is about -28.7 %", drops["16.4 to 11.7"], -0.287, tolerance=1e-3)
verify.claim("EE147 ZFNet", "11.7 to 7.3 is no reduction by 30 %", drops["11.7 to 7.3"] < -0.37)

# %% [markdown]
# The line with 11.7 and 7.3 belongs to VGG: 11.7 is the error of ZFNet, which VGG brought down to 7.3. What ZFNet itself had
# brought down is in none of the five books: 16.4 %, the mean of five AlexNets (Krizhevsky et al. 2012, Table 2). From there
# to 11.7 is the "30 %" of the text.
#
# ## Three small filters for one large one
#
# VGG asks: why windows of 11, or of 7? Two layers of 3 x 3 on top of each other see 5 x 5 pixels, three see 7 x 7; in
# general $n$ layers of $k \times k$ see $n(k - 1) + 1$. With $C$ channels in and out they have $n\,k^2 C^2$ weights,
# and one layer that sees as much has $(n(k - 1) + 1)^2\,C^2$.


# %% tags=["live", "covers:small-filter-stack"]
def stack_vs_single(C, k, n):
    """n layers of k x k against one that sees as much, C channels in and out, without biases."""
    field = n * (k - 1) + 1
    return {"field": field, "stack": n * k**2 * C**2, "single": field**2 * C**2}


live.landmarks.stack(stack_vs_single)

# %% [markdown]
# The squares on the left are what one output has seen, layer by layer. The channels cancel: only $k$ and $n$ decide. EE147
# says that three 3 x 3 layers *halve* the weights of a 7 x 7 layer. They come close, and since every weight is used at every
# place of maps that keep their size, the multiply-adds shrink by the same factor. They also have three nonlinearities where
# the one has one. And they have a price, the orange bar: each layer puts out a whole image, and training must keep
# them all.

# %% tags=["covers:small-filter-stack"]
for n, k, field in [(3, 3, 7), (2, 3, 5)]:
    costs = stack_vs_single(64, k, n)
    stacked = table([Conv(64, k, padding=k // 2, bias=False)] * n, (64, 32, 32))
    verify.equation(f"{n} layers of 3 x 3 see", [costs["field"], stacked[-1].field], field)
    one = table([Conv(64, field, padding=field // 2, bias=False)], (64, 32, 32))
    verify.equation("both counts", [total(stacked), total(one)], [costs["stack"], costs["single"]])
    ratios = [total(stacked, what) / total(one, what) for what in ("parameters", "multiply_adds")]
    kept = total(stacked[1:], "activations") / one[-1].activations
    verify.equation(f"EE147 VGGNet, Strang VII.2, {n * k * k} C² to {field**2} C²", *ratios)
    verify.equation("times the activations of one layer", kept, n)
    print(f"{ratios[0]:.3f} of the weights and of the multiply-adds of one layer")

# %% [markdown]
# ### Exercise 2 · the stack
#
# Count it yourself, for the next question that comes up: what if the layers in between are thinner than the ends?
# (`hint(thin_stack_weights)` helps.)


# %% tags=["exercise:thin_stack_weights"]
def thin_stack_weights(c, inner, k, n):
    """Weights, without biases, of n layers of k x k, and of one layer that sees as much.

    The stack has c channels at its two ends and `inner` between its layers; the one layer has c in
    and c out.  n >= 2.  Returns (stack, single), integers.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:thin_stack_weights"]
check(thin_stack_weights)

# %% [markdown]
# Once it passes: a stack that is thin in the middle is an idea with a future, in the
# [next notebook](08_landmark_architectures_from_googlenet.ipynb).

# %%
weights = use(thin_stack_weights)
for inner in (256, 128, 64):
    thin, single = weights(256, inner, 3, 2)
    print(f"256 to {inner} to 256 channels: {thin:,} weights, one 5 x 5 layer {single:,}")

# %% [markdown]
# ## VGG: nothing but 3 x 3
#
# All convolutions are 3 x 3 with stride 1 and padding 1, all pools 2 x 2 with stride 2; after a pool the filters double, up
# to 512. So a line of text is enough to say what the network is. EE147 prints `[CONVx2-POOL]x3 [CONVx3-POOL]x2 FCx3`. Count
# its weight layers before you believe it: VGG-16 has sixteen.

# %% tags=["covers:vgg"]
printed, meant = "[CONVx2-POOL]x3 [CONVx3-POOL]x2 FCx3", "[CONVx2-POOL]x2 [CONVx3-POOL]x3 FCx3"
kinds = [type(layer) for layer in landmarks.vgg(2, 2, 3, 3, 3).values()]
names = {Conv: "CONV", Pool: "POOL", Dense: "FC", Norm: "NORM"}
for pattern in (printed, meant):
    count = sum(word != "POOL" for word in words(pattern))
    same = words(pattern) == [names[kind] for kind in kinds]
    print(f"{pattern}: {count} weight layers, the layers of the list: {same}")
verify.claim("EE147 VGGNet", "the list of layers is 2, 2, 3, 3, 3", same)
verify.equation("weight layers of the list", sum(kind is not Pool for kind in kinds), 16)

# %% [markdown]
# Such a line and the numbers of filters *are* the network: built from them, it has row by row the shapes and counts of the
# list. AlexNet's line says the order of its layers, and no more, because each of its convolutions has options of its own.

# %% tags=["covers:vgg", "covers:alexnet"]
lengths = {"VGG-16": (2, 2, 3, 3, 3), "VGG-19": (2, 2, 4, 4, 4)}
for name, blocks in lengths.items():
    filters = np.repeat(np.minimum(64 * 2 ** np.arange(5), 512), blocks).tolist()
    line = " ".join(f"[CONVx{block}-POOL]" for block in blocks) + " FCx3"
    built = table(build(line, filters=filters, units=[4096, 4096, 1000]), (3, 224, 224))
    listed = table(landmarks.vgg(*blocks), (3, 224, 224))
    same = [row[1:] for row in built] == [row[1:] for row in listed]
    verify.claim("EE147 VGGNet", f"{name} of its line: all {len(built)} rows", same)
order = [names[type(layer)] for layer in spec.values()]
in_line = words("[CONV-POOL-NORM]x2 CONVx3-POOL FCx3")
verify.claim("EE147 AlexNet", "the order of its layers", order == in_line)

# %% tags=["covers:vgg"]
rows = {name: table(landmarks.NETWORKS[name][0], (3, 224, 224)) for name in ("VGG-16", "VGG-19")}
print(f"{'VGG-16':8}{'shape':>12}{'activations':>13}{'parameters':>13}{'multiply-adds':>16}")
for row in rows["VGG-16"]:
    shape = "x".join(map(str, row.shape))
    print(
        f"{row.name:8}{shape:>12}{row.activations:13,}{row.parameters:13,}{row.multiply_adds:16,}"
    )
dense = total(rows["VGG-16"][-3:])
verify.equation("without biases", total(rows["VGG-16"][-3:], "multiply_adds"), 123_633_664)
verify.equation("VGG-16, all parameters", total(rows["VGG-16"]), 138_357_544)
verify.equation("VGG-19, all parameters", total(rows["VGG-19"]), 143_667_240)
verify.equation("VGG-16 and VGG-19, dense layers", [dense, total(rows["VGG-19"][-3:])], 123_642_856)
print(f"the dense layers hold {dense / total(rows['VGG-16']):.1%} of VGG-16's parameters")

# %% [markdown]
# EE147 gives the dense layers 122 million parameters: it is 123.64, 123.63 without biases, or 89.4 % of all. Strang's "about 135 million" for the
# networks of 16 to 19 layers is a little low for both.
#
# ### Exercise 3 · any VGG
#
# Write the count for blocks of any lengths and images of any size. Then you know what VGG-11 has, which Strang and EE147
# leave out. (`hint(vgg_parameters)` helps.)


# %% tags=["exercise:vgg_parameters"]
def vgg_parameters(blocks, side):
    """Parameters, with biases, of a VGG for images (3, side, side): (convolutions, dense layers).

    blocks (m,), how many 3x3 convolutions each block has; padding keeps the size, and behind each
    block a 2x2 pool halves it (rounded down).  64 filters in the first block, twice as many in each
    next one, but never more than 512.  Dense layers of 4096, 4096 and 1000 units.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:vgg_parameters"]
check(vgg_parameters)

# %%
count = use(vgg_parameters)
for blocks in ([1, 1, 2, 2, 2], [2, 2, 2, 2, 2], [2, 2, 3, 3, 3], [2, 2, 4, 4, 4]):
    found = count(np.array(blocks), 224)
    print(f"VGG-{sum(blocks) + 3}: {sum(found):,} parameters")

# %% [markdown]
# ## Where it goes: parameters, work, memory
#
# Three bars for each layer: what it *has*, what it *does* for one image, and what it *keeps* for the way back. The gray
# outline is the network with the images it was made for. Choose a network, then change the side of its images.

# %% tags=["live", "covers:activation-mac-accounting"]
chains = ["AlexNet", "ZFNet", "VGG-16", "VGG-19"]
live.landmarks.layers(table, {name: landmarks.NETWORKS[name] for name in chains})

# %% [markdown]
# Parameters sit at the end, work in the middle, memory at the beginning. So a network is made smaller, faster or leaner in
# different places: without dense layers it is small, without early large images it is lean.
#
# EE147 needs "around 100 MB" to keep the activations of a forward pass. Four bytes a number make it 61. If the output of each
# convolution and dense layer is kept *and* its ReLU's, it is about 115; the text does not say which it means.

# %% tags=["covers:activation-mac-accounting"]
vgg16 = rows["VGG-16"]
kept = total(vgg16, "activations")
again = sum(
    row.activations for row in vgg16 if row.name[:4] == "conv" or row.name in ("fc6", "fc7")
)
verify.equation("VGG-16, numbers kept", kept, 15_237_608)
verify.equation("VGG-16, MB in float32", 4 * kept / 1e6, 60.95, tolerance=1e-4)
print(f"with the ReLUs' outputs on their own: {4 * (kept + again) / 1e6:.0f} MB")

# %% [markdown]
# Filters double after a pool, "so that the number of operations in each layer remains the same". Half the height, half the
# width, twice the channels in and twice out: a factor of $\frac14 \cdot 2 \cdot 2 = 1$. Does each layer do the same?

# %% tags=["covers:activation-mac-accounting"]
convolutions = [row for row in vgg16 if row.name.startswith("conv")]
block = np.array([int(row.name[4]) for row in convolutions])
work = np.array([row.multiply_adds for row in convolutions]) / 1e9
figure, ax = plt.subplots(figsize=(7.2, 3.2))
for number, hatch in enumerate(["", "///", "...", "xx", "\\\\"], start=1):
    at, style = np.flatnonzero(block == number), {"color": plots.PALETTE[number - 1], "alpha": 0.7}
    ax.bar(at, work[at], hatch=hatch, label=f"block {number}", **style)
ax.axhline(1.85, color=plots.INK, linewidth=1, linestyle="--")
ax.set_xticks(range(13), [row.name[4:].replace("_", ".") for row in convolutions])
ax.set(xlabel="convolution", ylabel="10⁹ multiply-adds", ylim=(0, 2.1))
ax.legend(ncols=1, loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(figure, "Multiply-adds of the thirteen convolutions of VGG-16, block by block")

# %% [markdown]
# Six of the thirteen do. The first layer of a block still has the thinner input, and does half as much; the very first has
# three channels and does almost nothing; and in block 5 the filters stop doubling.

# %% tags=["covers:activation-mac-accounting"]
first = np.array([row.name.endswith("_1") for row in convolutions])
inside = ~first & (block < 5)
verify.equation("blocks 1-4, all but the first layers", work[inside], 1.850, tolerance=1e-3)
verify.equation("the same to the last digit", work[inside], work[inside][0])
verify.equation("first layers of blocks 2-4, half of it", work[first][1:4], work[inside][0] / 2)
verify.equation("block 5, a quarter", work[block == 5], work[inside][0] / 4)
verify.equation("layers that do the same work", inside.sum(), 6)
print(f"the first layer: {work[0]:.3f}; all: {work.sum():.2f} · 10⁹, dense layers included "
      f"{total(vgg16, 'multiply_adds') / 1e9:.2f}")  # fmt: skip

# %% [markdown]
# ## The same in PyTorch
#
# One layer by itself, and then all layers of all these networks: `counted_and_built` counts a specification, and builds it
# of PyTorch's layers on the device `"meta"`, where tensors have shapes and no numbers, so that VGG-19's half a gigabyte is
# there in no time. Each layer must have the shape and the parameters that were counted.

# %%
import torch

conv2 = torch.nn.Conv2d(96, 256, 5, padding=2, groups=2)  # AlexNet's, on two cards
theirs = sum(tensor.numel() for tensor in conv2.parameters())
verify.equation(f"PyTorch, its {on_two[4].name}", theirs, on_two[4].parameters)

# %%
networks = {name: landmarks.NETWORKS[name] for name in chains}
networks["AlexNet on two cards"] = landmarks.alexnet(groups=2), 227
for name, (spec, side) in networks.items():
    counted, built = counted_and_built(spec, (3, side, side))
    parameters = sum(own for _, own in counted.values())
    verify.claim("PyTorch", f"{name}, {parameters:,} parameters and all shapes", counted == built)

# %% [markdown] tags=["question:ch05.landmark_architectures_to_vgg.smaller"]
# ### In your own words
#
# A phone has 20 MB for a network's parameters (four bytes each), 8 MB for its activations, and little patience. Somebody
# wants to put VGG-16 onto it and proposes three cuts: images of 112 instead of 224; no dense layers, but the mean over all
# places and one dense layer to the 1000 classes; every convolution with a quarter of its filters. Which of the three budgets
# does each cut help, and why? Which would you choose, and what would you measure before you believe that it is good enough?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - From a specification follow shapes, parameters, multiply-adds and memory. Count before you believe a printed number.
# - In the networks of these years the dense layers have the parameters (89 % in VGG-16), the convolutions do the work, and
#   the first layers need the memory.
# - $n$ layers of 3 x 3 see $2n + 1$ pixels with $9n/(2n + 1)^2$ of the weights, $n$ times the activations, and $n$ ReLUs.
# - Doubling the filters when a pool halves both sides keeps the work of like layers equal.
# - A mean image is a parameter: it comes from the training set.
#
# ## Where the books differ
#
# - EE147 calls the input of AlexNet 224 x 224 and corrects it to 227 itself: 224 gives 54.25 places (checked above). At test
#   time it takes "5 random" crops; Krizhevsky et al. 2012 (4.1) take the four corners and the center, and their mirror
#   images. And the *accuracy* that "improved from 18 to 15 percent" is the top-5 *error*.
# - EE147 gives ZFNet the numbers of VGG: 11.7 to 7.3 % is 37.6 %, not 30 (checked above).
# - EE147's line for VGG-16 has blocks of 2, 2, 2, 3, 3 and 15 weight layers; its own list has 2, 2, 3, 3, 3.
# - EE147's 122 M dense parameters are 123,642,856, or 123,633,664 without biases; Strang's 135 M are 138,357,544 (16 layers) and 143,667,240 (19).
# - EE147's 100 MB are 61, or 115 with every ReLU's output on its own. Its rule of equal work holds for six layers of 13.
# - Strang VII.2 (8) estimates the weights as $L\,B\,E^2$, with $L$ layers of $B$ channels and kernels of $E$: that is one
#   kernel for each channel. A convolution has a kernel for each *pair*, $L\,B^2 E^2$.

# %%
convolutional = total(table(landmarks.vgg(2, 2, 4, 4, 4), (3, 224, 224))[:-3])
verify.equation("VGG-19, weights of its convolutions, with biases", convolutional, 20_024_384)
kernels = {"Strang VII.2 (8), L B E²: a kernel for each channel": (512, 87_552)}
kernels["L B² E²: a kernel for each pair of channels"] = (1, 44_826_624)
for name, (groups, count) in kernels.items():
    layers = [Conv(512, padding=1, groups=groups, bias=False)] * 19
    verify.equation(f"19 layers, 512 channels, {name}", total(table(layers, (512, 7, 7))), count)

# %% [markdown]
# **Next:** [Landmark architectures, from GoogLeNet](08_landmark_architectures_from_googlenet.ipynb) lets paths run side by
# side and around layers, and makes a hundred of them trainable.
