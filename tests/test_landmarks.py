"""Landmark networks: their counts against printed ones, and against the same networks in PyTorch."""

import math

import pytest

from dlnotes import landmarks
from dlnotes.architectures import Branches, Conv, Dense, GlobalPool, Norm, Pool, table, total

PARAMETERS = {
    "AlexNet": 62378344, "VGG-16": 138357544, "VGG-19": 143667240, "GoogLeNet": 6998552,
    "ResNet-50": 25557032, "ResNet-152": 60192808,
}  # fmt: skip


def rows(name):
    spec, side = landmarks.NETWORKS[name]
    return table(spec, (3, side, side))


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_parameters_are_the_known_ones(name):
    assert total(rows(name)) == PARAMETERS[name]


def test_the_successors_have_the_known_parameters():
    def count(*blocks, **options):
        return total(table(landmarks.resnet(*blocks, **options), (3, 224, 224)))

    assert count(2, 2, 2, 2, deep=False) == 11689512
    assert count(3, 4, 6, 3, deep=False) == 21797672
    assert count(3, 4, 6, 3, width=128) == 68883240  # wide ResNet-50-2
    assert count(3, 4, 6, 3, groups=32, width=128) == 25028904  # ResNeXt-50


def test_alexnet_on_two_gpus():
    assert total(table(landmarks.alexnet(groups=2), (3, 227, 227))) == 60965224


def test_zfnet_comes_down_to_the_sizes_of_alexnet():
    zf, alex = rows("ZFNet"), rows("AlexNet")
    assert [row.shape[1:] for row in zf][-8:] == [row.shape[1:] for row in alex][-8:]
    wanted = {"conv1": 14208, "conv3": 1180160, "conv4": 4719616, "conv5": 4719104}
    assert {row.name: row.parameters for row in zf if row.name in wanted} == wanted


def test_the_modules_of_googlenet():
    found = {row.name: (row.shape[0], row.parameters) for row in rows("GoogLeNet")}
    wanted = {
        "3a": (256, 163696), "3b": (480, 388736), "4a": (512, 376176), "4b": (512, 449160),
        "4c": (512, 510104), "4d": (528, 605376), "4e": (832, 868352), "5a": (832, 1043456),
        "5b": (1024, 1444080),
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted


def test_a_fractal_block_has_all_its_layers():
    for columns in range(1, 6):
        (row,) = table(landmarks.fractal(columns, Conv(4, padding=1)), (4, 6, 6))[1:]
        assert row.parameters == (2**columns - 1) * (4 * 4 * 9 + 4)
        assert row.field == 1 + 2 * 2 ** (columns - 1)


def test_refusals():
    with pytest.raises(ValueError, match=r"blocks\[1\]: got 0"):
        landmarks.vgg(2, 0)
    with pytest.raises(ValueError, match="columns: got 0"):
        landmarks.fractal(0, Conv(1))


def module(spec, channels, torch):
    """A specification as a PyTorch module on the device "meta": shapes and counts without a number."""
    nn, parts = torch.nn, []

    class Paths(nn.Module):
        def __init__(self, paths, join):
            super().__init__()
            self.paths, self.join = nn.ModuleList(paths), join

        def forward(self, x):
            outputs = [path(x) for path in self.paths]
            return torch.cat(outputs, dim=1) if self.join == "concat" else sum(outputs)

    for layer in spec.values() if isinstance(spec, dict) else spec:
        match layer:
            case Conv(filters, kernel, stride, padding, groups, dilation, bias):
                parts.append(
                    nn.Conv2d(
                        channels, filters, kernel, stride, padding, dilation, groups, bias, device="meta"
                    )
                )
                channels = filters
            case Pool(size, stride, padding):
                parts.append(nn.MaxPool2d(size, stride, padding))
            case GlobalPool():
                parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
            case Dense(units, bias):
                channels = math.prod(channels) if isinstance(channels, tuple) else channels
                parts += [nn.Flatten(), nn.Linear(channels, units, bias, device="meta")]
                channels = units
            case Norm(parameters):
                parts.append(nn.BatchNorm2d(channels, affine=parameters == 2, device="meta"))
            case Branches(paths, join):
                inner = [module(path, channels, torch) for path in paths]
                parts.append(Paths([each for each, _ in inner], join))
                channels = sum(after for _, after in inner) if join == "concat" else inner[0][1]
    return nn.Sequential(*parts), channels


@pytest.mark.parametrize("name", [name for name in landmarks.NETWORKS if "Goog" in name or "Res" in name])
def test_a_network_of_branches_has_shapes_and_parameters_of_pytorch(name):
    torch = pytest.importorskip("torch")
    spec, side = landmarks.NETWORKS[name]
    net, _ = module(spec, 3, torch)
    assert sum(p.numel() for p in net.parameters()) == total(rows(name))
    assert net.eval()(torch.empty(2, 3, side, side, device="meta")).shape == (2, 1000)
    inner, x = [], torch.empty(1, 3, side, side, device="meta")
    for part in net:
        x = part(x)
        if not isinstance(part, torch.nn.Flatten):
            inner.append(tuple(x.shape[1:]))
    mine = [row.shape for row in rows(name)[1:]]
    assert inner[:-2] == mine[:-2] and inner[-1] == mine[-1]  # the mean keeps two axes of size 1


@pytest.mark.parametrize(
    "name", [name for name in landmarks.NETWORKS if "Goog" not in name and "Res" not in name]
)
def test_a_chain_has_shapes_and_parameters_of_pytorch(name):
    torch = pytest.importorskip("torch")
    spec, side = landmarks.NETWORKS[name]
    image = next(row.shape for row in rows(name) if row.name == "pool5")
    convolutions = {key: layer for key, layer in spec.items() if not isinstance(layer, Dense)}
    first, channels = module(convolutions, 3, torch)
    assert first(torch.empty(1, 3, side, side, device="meta")).shape[1:] == image
    last, _ = module([spec[key] for key in ("fc6", "fc7", "fc8")], image, torch)
    count = sum(p.numel() for net in (first, last) for p in net.parameters())
    assert count == total(rows(name))
