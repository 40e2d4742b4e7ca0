"""Landmark networks: their counts against printed ones, and against the same networks in PyTorch."""

import pytest

from dlnotes import landmarks
from dlnotes.architectures import Conv, Dense, GlobalPool, gated, residual, table, total
from dlnotes.realization import counted_and_built

PARAMETERS = {
    "AlexNet": 62378344, "VGG-16": 138357544, "VGG-19": 143667240, "GoogLeNet": 6998552,
    "ResNet-50": 25557032, "ResNet-152": 60192808, "SE-ResNet-50": 28088024, "DenseNet-121": 7978856,
    "MobileNet": 4231976,
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
    assert total(table(landmarks.densenet(6, 12, 32, 32), (3, 224, 224))) == 14149480  # DenseNet-169


def test_squeeze_and_excitation_is_a_gate_on_channels():
    gate = landmarks.squeeze_excitation(32, reduction=4)
    assert gate == gated([GlobalPool(), Dense(8), Dense(32)])
    (row,) = table([residual([Conv(32, padding=1), gate])], (32, 5, 5))[1:]
    assert row.parameters == 32 * 32 * 9 + 32 + 32 * 8 + 8 + 8 * 32 + 32


def test_the_work_is_the_known_one():
    assert total(rows("MobileNet"), "multiply_adds") == pytest.approx(569e6, rel=1e-2)
    assert total(rows("DenseNet-121"), "multiply_adds") == pytest.approx(2.83e9, rel=1e-2)
    for name, wanted in [("MobileNet", (1024, 7, 7)), ("DenseNet-121", (1024, 7, 7))]:
        assert rows(name)[-3].shape == wanted


def test_mobilenet_does_an_eighth_to_a_ninth_of_the_work_in_its_separable_layers():
    layers = {row.name: row for row in rows("MobileNet")}
    pair = layers["depthwise4"].multiply_adds + layers["pointwise4"].multiply_adds
    (whole,) = table([Conv(128, padding=1)], (128, 56, 56))[1:]
    assert pair / whole.multiply_adds == pytest.approx(1 / 128 + 1 / 9)


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
    for network in (landmarks.vgg, landmarks.resnet, landmarks.densenet):
        with pytest.raises(ValueError, match="blocks: got 0, want a whole number >= 1"):
            network()
    with pytest.raises(
        ValueError, match="groups, width: got 32, 128, want 1, 64: only bottlenecks have them"
    ):
        landmarks.resnet(2, 2, 2, 2, deep=False, width=128, groups=32)
    with pytest.raises(ValueError, match="reduction: got 0"):
        landmarks.squeeze_excitation(8, reduction=0)
    with pytest.raises(ValueError, match="reduction: got 0"):
        landmarks.resnet(3, 4, 6, 3, reduction=0)
    with pytest.raises(ValueError, match="columns: got 0"):
        landmarks.fractal(0, Conv(1))


@pytest.mark.parametrize("name", landmarks.NETWORKS)
def test_every_layer_has_the_shape_and_the_parameters_of_pytorch(name):
    pytest.importorskip("torch")
    spec, side = landmarks.NETWORKS[name]
    counted, built = counted_and_built(spec, (3, side, side))
    assert counted == built
