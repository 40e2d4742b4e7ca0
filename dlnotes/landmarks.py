"""Landmark networks of the ImageNet decade, as specifications that `architectures.table` counts.

alexnet, zfnet, vgg                    2012 to 2014, chains
inception, googlenet                   2014, paths side by side
bottleneck, resnet                     2015, and its wide and grouped successors
densenet, mobilenet                    2017, all earlier channels kept, and convolutions taken apart
squeeze_excitation                     2017, channels that weight channels
fractal                                a block without shortcuts that has short paths
NETWORKS                               name -> (specification, side of its images)

ReLU, dropout and softmax have neither shapes nor parameters of their own and are left out.
"""

from dlnotes import arguments
from dlnotes.architectures import Branches, Conv, Dense, GlobalPool, Norm, Pool, gated, residual

INCEPTIONS = {  # n1, r3, n3, r5, n5, pool projection: Szegedy et al. 2015, table 1
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64), "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip


def alexnet(*, groups=1):
    """AlexNet of 2012 for images (3, 227, 227);  groups=2, as it was trained on two GPUs.

    Layers 2, 4 and 5 then see only the channels of their own GPU.      EE147 AlexNet 2012 and ZFNet
    """
    return {
        "conv1": Conv(96, 11, stride=4), "pool1": Pool(3, 2), "norm1": Norm(0),
        "conv2": Conv(256, 5, padding=2, groups=groups), "pool2": Pool(3, 2), "norm2": Norm(0),
        "conv3": Conv(384, padding=1), "conv4": Conv(384, padding=1, groups=groups),
        "conv5": Conv(256, padding=1, groups=groups), "pool5": Pool(3, 2),
        "fc6": Dense(4096), "fc7": Dense(4096), "fc8": Dense(1000),
    }  # fmt: skip


def zfnet():
    """ZFNet of 2013 for images (3, 224, 224): AlexNet with a smaller window first, more filters later.

    With the stride of 2 in the second layer of Zeiler and Fergus 2014, which EE147 does not mention: it
    brings the images down to AlexNet's sizes.      EE147 AlexNet 2012 and ZFNet
    """
    return alexnet() | {
        "conv1": Conv(96, 7, stride=2, padding=1), "pool1": Pool(3, 2, 1),
        "conv2": Conv(256, 5, stride=2), "pool2": Pool(3, 2, 1),
        "conv3": Conv(512, padding=1), "conv4": Conv(1024, padding=1), "conv5": Conv(512, padding=1),
    }  # fmt: skip


def vgg(*blocks):
    """VGG for images (3, 224, 224): 3x3 convolutions in blocks of these lengths, a pool after each.

    vgg(2, 2, 3, 3, 3) is VGG-16, vgg(2, 2, 4, 4, 4) VGG-19.      EE147 VGGNet; Strang VII.2
    """
    _counted(blocks)
    spec = {}
    for block, length in enumerate(blocks, start=1):
        for number in range(1, length + 1):
            spec[f"conv{block}_{number}"] = Conv(min(64 * 2 ** (block - 1), 512), padding=1)
        spec[f"pool{block}"] = Pool(2)
    return spec | {"fc6": Dense(4096), "fc7": Dense(4096), "fc8": Dense(1000)}


def inception(n1, r3, n3, r5, n5, pool):
    """Four paths side by side: 1x1, 1x1 and 3x3, 1x1 and 5x5, a pool and 1x1; n1 + n3 + n5 + pool channels.

    EE147 GoogLeNet
    """
    return Branches((
        [Conv(n1, 1)], [Conv(r3, 1), Conv(n3, padding=1)], [Conv(r5, 1), Conv(n5, 5, padding=2)],
        [Pool(3, 1, 1), Conv(pool, 1)],
    ))  # fmt: skip


def googlenet():
    """GoogLeNet of 2014 for images (3, 224, 224), without its auxiliary heads.      EE147 GoogLeNet"""
    modules = {name: inception(*widths) for name, widths in INCEPTIONS.items()}
    spec = {
        "conv1": Conv(64, 7, stride=2, padding=3), "pool1": Pool(3, 2, 1),
        "conv2": Conv(64, 1), "conv3": Conv(192, padding=1), "pool2": Pool(3, 2, 1),
    }  # fmt: skip
    for name, module in modules.items():
        if name in ("4a", "5a"):
            spec[f"pool{int(name[0]) - 1}"] = Pool(3, 2, 1)
        spec[name] = module
    return spec | {"mean": GlobalPool(), "fc": Dense(1000)}


def bottleneck(channels, width, *, stride=1, groups=1):
    """The layers 1x1 to `width`, 3x3, 1x1 to `channels`, each with a batch norm and without biases.

    EE147 ResNet
    """
    return [
        Conv(width, 1, bias=False), Norm(),
        Conv(width, 3, stride=stride, padding=1, groups=groups, bias=False), Norm(),
        Conv(channels, 1, bias=False), Norm(),
    ]  # fmt: skip


def squeeze_excitation(channels, *, reduction=16):
    """A gate: each channel times what two dense layers make of the means of all.      Hu et al. 2018"""
    arguments.counts(channels=channels, reduction=reduction)
    return gated([GlobalPool(), Dense(max(1, channels // reduction)), Dense(channels)])


def resnet(*blocks, deep=True, groups=1, width=64, reduction=None):
    """ResNet of 2015 for images (3, 224, 224): four stages of residual blocks of these numbers.

    deep, bottlenecks instead of pairs of 3x3 layers: resnet(3, 4, 6, 3) is ResNet-50, and
    resnet(2, 2, 2, 2, deep=False) ResNet-18.  width, channels of the first bottleneck's 3x3 layer: 128 in
    wide ResNet-50-2;  groups=32, width=128 is ResNeXt-50.  reduction=16, with `squeeze_excitation` at the end
    of each body: SE-ResNet.      EE147 ResNet, Modern Developments
    """
    _counted(blocks)
    if not deep and (groups, width) != (1, 64):
        raise ValueError(f"groups, width: got {groups}, {width}, want 1, 64: only bottlenecks have them")
    spec = {"conv1": Conv(64, 7, stride=2, padding=3, bias=False), "norm1": Norm(), "pool1": Pool(3, 2, 1)}
    before = 64
    for stage, count in enumerate(blocks):
        inner = 64 * 2**stage
        channels = 4 * inner if deep else inner
        for number in range(count):
            stride = 2 if stage and not number else 1
            if deep:
                body = bottleneck(channels, width * 2**stage, stride=stride, groups=groups)
            else:
                first = Conv(inner, 3, stride=stride, padding=1, bias=False)
                body = [first, Norm(), Conv(inner, padding=1, bias=False), Norm()]
            if reduction is not None:
                body.append(squeeze_excitation(channels, reduction=reduction))
            same = stride == 1 and before == channels
            shortcut = () if same else [Conv(channels, 1, stride=stride, bias=False), Norm()]
            spec[f"block {stage + 2}.{number + 1}"] = residual(body, shortcut)
            before = channels
    return spec | {"mean": GlobalPool(), "fc": Dense(1000)}


def densenet(*blocks, growth=32):
    """DenseNet of 2017 for images (3, 224, 224): blocks of so many layers, each of which sees all before it.

    A layer puts `growth` channels behind those that it got; between blocks half of them are kept.
    densenet(6, 12, 24, 16) is DenseNet-121.      Huang et al. 2017
    """
    _counted(blocks)
    arguments.counts(growth=growth)
    channels = 2 * growth
    spec = {
        "conv1": Conv(channels, 7, stride=2, padding=3, bias=False),
        "norm1": Norm(),
        "pool1": Pool(3, 2, 1),
    }
    for block, count in enumerate(blocks, start=2):
        if block > 2:
            channels //= 2
            spec[f"norm{block - 1}"] = Norm()
            spec[f"half{block - 1}"] = Conv(channels, 1, bias=False)
            spec[f"pool{block - 1}"] = Pool(2)
        for number in range(1, count + 1):
            narrow = [Norm(), Conv(4 * growth, 1, bias=False)]
            new = [*narrow, Norm(), Conv(growth, padding=1, bias=False)]
            spec[f"layer {block}.{number}"] = Branches(((), new))
        channels += count * growth
    return spec | {f"norm{len(blocks) + 1}": Norm(), "mean": GlobalPool(), "fc": Dense(1000)}


def mobilenet():
    """MobileNet of 2017 for images (3, 224, 224), with `depthwise_separable` convolutions.

    Howard et al. 2017
    """
    spec = {"conv1": Conv(32, stride=2, padding=1, bias=False), "norm1": Norm()}
    widths = [64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    before = 32
    for number, width in enumerate(widths, start=2):
        stride = 2 if width > before and before > 32 else 1
        spec |= {
            f"depthwise{number}": Conv(before, stride=stride, padding=1, groups=before, bias=False),
            f"norm{number}a": Norm(),
            f"pointwise{number}": Conv(width, 1, bias=False),
            f"norm{number}b": Norm(),
        }
        before = width
    return spec | {"mean": GlobalPool(), "fc": Dense(1000)}


def fractal(columns, layer):
    """FractalNet's block, f_1 = layer, f_{C+1} = join(f_C after f_C, layer), as a list of layers.

    The join of FractalNet is a mean, which counts as a sum does.      EE147 ResNet and FractalNet
    """
    arguments.counts(columns=columns)
    if columns == 1:
        return [layer]
    return [Branches((fractal(columns - 1, layer) * 2, [layer]), "add")]


def _counted(blocks):
    """Refuse anything but one number of layers or more, each at least 1."""
    arguments.counts(blocks=len(blocks), **{f"blocks[{at}]": count for at, count in enumerate(blocks)})


NETWORKS = {
    "AlexNet": (alexnet(), 227),
    "ZFNet": (zfnet(), 224),
    "VGG-16": (vgg(2, 2, 3, 3, 3), 224),
    "VGG-19": (vgg(2, 2, 4, 4, 4), 224),
    "GoogLeNet": (googlenet(), 224),
    "ResNet-50": (resnet(3, 4, 6, 3), 224),
    "ResNet-152": (resnet(3, 8, 36, 3), 224),
    "SE-ResNet-50": (resnet(3, 4, 6, 3, reduction=16), 224),
    "DenseNet-121": (densenet(6, 12, 24, 16), 224),
    "MobileNet": (mobilenet(), 224),
}
