"""Specifications of networks: counts against printed tables, PyTorch, and networks that ran."""

import math

import numpy as np
import pytest

from dlnotes.architectures import (
    Branches,
    Conv,
    Dense,
    GlobalPool,
    Norm,
    Pool,
    build,
    gated,
    residual,
    table,
    total,
    words,
)
from dlnotes.convolution import conv2d, global_mean_pool2d, mean_pool2d, receptive_field
from dlnotes.layers import flatten, linear

LENET = {
    "C1": Conv(6, 5, padding=2), "S2": Pool(2), "C3": Conv(16, 5), "S4": Pool(2),
    "C5": Conv(120, 5), "F6": Dense(84), "output": Dense(10),
}  # fmt: skip
ALEXNET = [
    Conv(96, 11, stride=4), Pool(3, 2), Conv(256, 5, padding=2), Pool(3, 2), Conv(384, padding=1),
    Conv(384, padding=1), Conv(256, padding=1), Pool(3, 2), Dense(4096), Dense(4096), Dense(1000),
]  # fmt: skip
VGG16 = build(
    "[CONVx2-POOL]x2 [CONVx3-POOL]x3 FCx3",
    filters=[64] * 2 + [128] * 2 + [256] * 3 + [512] * 6, units=[4096, 4096, 1000],
)  # fmt: skip


def test_lenet_has_the_printed_parameters():
    rows = table(LENET, (1, 28, 28))
    assert [row.parameters for row in rows] == [0, 156, 0, 2416, 0, 48120, 10164, 850]
    assert total(rows) == 61706
    assert [row.shape for row in rows[1:4]] == [(6, 28, 28), (6, 14, 14), (16, 10, 10)]
    assert rows[5].field == 32 and rows[-1].field == 28  # C5 sees the padding; what is dense, the image


def test_alexnet_with_and_without_its_two_groups():
    rows = table(ALEXNET, (3, 227, 227))
    assert rows[1].parameters == 34944 and rows[1].shape == (96, 55, 55)
    assert total(rows) == 62378344 and rows[8].field == 195 and rows[8].jump == 32
    grouped = [layer._replace(groups=2) if at in (2, 5, 6) else layer for at, layer in enumerate(ALEXNET)]
    assert total(table(grouped, (3, 227, 227))) == 60965224


def test_vgg_16():
    rows = table(VGG16, (3, 224, 224))
    assert total(rows) == 138357544 and total(rows, "activations") == 15237608
    assert total(rows[-3:]) == 123642856 and rows[18].field == 212
    assert rows[2].multiply_adds == 64 * 224 * 224 * 64 * 9


INCEPTION = {  # 3a of GoogLeNet
    "3a": Branches((
        [Conv(64, 1)], [Conv(96, 1), Conv(128, 3, padding=1)], [Conv(16, 1), Conv(32, 5, padding=2)],
        [Pool(3, 1, 1), Conv(32, 1)],
    )),
}  # fmt: skip


def test_an_inception_module_is_one_row_or_its_layers():
    (_, row), deep = table(INCEPTION, (192, 28, 28)), table(INCEPTION, (192, 28, 28), deep=True)
    assert row.shape == (256, 28, 28) and row.parameters == 163696 and row.field == 5
    assert [each.name for each in deep[1:4]] == ["3a/1/conv 1", "3a/2/conv 1", "3a/2/conv 2"]
    assert deep[-1].name == "3a" and deep[-1].shape == row.shape
    for what in ("parameters", "multiply_adds", "activations"):
        assert total(deep[1:], what) == getattr(row, what)


def test_a_residual_block_a_gate_and_a_dense_block():
    body = [Conv(8, bias=False, padding=1), Norm(), Conv(8, bias=False, padding=1), Norm()]
    (_, row) = table([residual(body)], (8, 6, 6))
    assert row.parameters == 2 * (8 * 8 * 9 + 16) and row.shape == (8, 6, 6)
    assert row.activations == 5 * 8 * 36  # two convolutions, two norms, the sum
    (_, row) = table([gated([GlobalPool(), Dense(2), Dense(8)])], (8, 6, 6))
    assert row.shape == (8, 6, 6) and row.parameters == 8 * 2 + 2 + 2 * 8 + 8
    (_, row) = table([Branches(((), [Conv(4, padding=1)]))], (8, 6, 6))
    assert row.shape == (12, 6, 6)


def test_against_pytorch():
    torch = pytest.importorskip("torch")
    spec = [Conv(6, (3, 2), stride=(2, 1), padding=(1, 0), groups=3), Pool((2, 3), (1, 2)),
            Conv(4, 3, dilation=2, padding=2, bias=False), Norm(), GlobalPool(), Dense(5)]  # fmt: skip
    twin = [
        torch.nn.Conv2d(3, 6, (3, 2), stride=(2, 1), padding=(1, 0), groups=3),
        torch.nn.MaxPool2d((2, 3), (1, 2)), torch.nn.Conv2d(6, 4, 3, dilation=2, padding=2, bias=False),
        torch.nn.BatchNorm2d(4), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(4, 5),
    ]  # fmt: skip
    x, shapes = torch.zeros(2, 3, 11, 9), []
    for layer in twin:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    del shapes[4]  # the Flatten after the pool: (4, 1, 1) and (4,)
    rows = table(spec, (3, 11, 9))[1:]
    assert [row.shape for row in rows] == shapes
    assert total(rows) == sum(p.numel() for p in torch.nn.Sequential(*twin).parameters())


def with_ones(layer, x):
    """What one layer makes of x with weights of 1, so that nothing cancels."""
    match layer:
        case Conv(filters, kernel, stride, _, _, dilation):
            params = np.ones((filters, x.shape[1], *kernel)), np.zeros(filters)
            return conv2d(x, params, stride=stride, dilation=dilation)[0]
        case Pool(size, stride):
            return mean_pool2d(x, size=size, stride=stride)[0]
        case GlobalPool():
            return global_mean_pool2d(x)[0]
        case Dense(units):
            x, _ = flatten(x)
            return linear(x, (np.ones((units, x.shape[1])), np.zeros(units)))[0]


@pytest.mark.parametrize("end", [[], [GlobalPool()], [Dense(3)], [GlobalPool(), Dense(3)]], ids=str)
def test_field_and_jump_are_those_of_the_rows_that_move_an_output(end):
    spec = [Conv(2, (3, 2), stride=(2, 1)), Pool((2, 3), (1, 2)), Conv(3, (2, 3), dilation=(3, 1)),
            Conv(2, (3, 1), stride=(2, 1), dilation=(2, 3))]  # fmt: skip
    rows, x = table(spec + end, (1, 45, 24)), np.zeros((45, 1, 45, 24))
    x[range(45), 0, range(45)] = 1  # in image r row r, of 45
    for layer, row in zip(spec + end, rows[1:], strict=True):
        x = with_ones(layer, x)
        assert row.shape == x.shape[1:] and row.activations == x[0].size
        moved = x.any(axis=(1, 3)) if x.ndim == 4 else x.any(axis=1, keepdims=True)  # (row, output row)
        first, last = moved.argmax(axis=0), 44 - moved[::-1].argmax(axis=0)
        if isinstance(
            layer, Dense
        ):  # what is dense counts as seeing the whole image, not the part that is used
            first, last = np.array([0]), np.array([44])
        assert (last - first + 1 == row.field).all()
        assert (np.diff(first) == row.jump).all() if len(first) > 1 else row.jump == 1
    steps = [(3, 2, 0), (2, 1, 0), (2, 1, 0, 3), (3, 2, 0, 2)]
    assert (rows[4].field, rows[4].jump, 0) == receptive_field(steps)


def test_units_are_one_row_and_see_one():
    assert table([Dense(3), Norm(1), Dense(2)], (5,))[1:] == [
        ("dense 1", (3,), 18, 15, 3, 1, 1), ("norm 1", (3,), 3, 0, 3, 1, 1), ("dense 2", (2,), 8, 6, 2, 1, 1),
    ]  # fmt: skip


def test_a_gate_may_be_units_or_an_image_of_one_place():
    for gate in ([GlobalPool()], [Conv(8, 6)]):
        for paths in (((), gate), (gate, ())):
            assert table([Branches(paths, "multiply")], (8, 6, 6))[1].shape == (8, 6, 6)


def test_patterns_are_taken_apart():
    assert words("[CONV-POOL]x2 CONV FCx2") == ["CONV", "POOL", "CONV", "POOL", "CONV", "FC", "FC"]
    assert words("[conv-ReLU x2, pool] x2, FC ×1") == ["CONV", "CONV", "POOL"] * 2 + ["FC"]
    assert words("[[CONVx2-POOL]x2 FC]x2").count("CONV") == 8
    assert words("[CONV-MAXPOOL]x2") == ["CONV", "MAXPOOL"] * 2
    assert build("[CONV-POOL] FC", filters=[6], units=[9], conv=Conv(0, 5, stride=2, bias=False)) == {
        "CONV 1": Conv(6, 5, stride=2, bias=False), "POOL 1": Pool(2), "FC 1": Dense(9),
    }  # fmt: skip
    printed = words("[CONVx2-POOL]x3 [CONVx3-POOL]x2 FCx3")  # as EE147 prints VGG-16: 15 weight layers
    assert printed.count("CONV") + printed.count("FC") == 15


@pytest.mark.parametrize("pattern", ["CONV]", "[CONV", "x2 CONV", "CONV!", "CONV 3", "[]x2 3", "CONVx0 FC"])
def test_patterns_that_mean_nothing_are_refused(pattern):
    with pytest.raises(ValueError, match="pattern: got"):
        words(pattern)


def test_refusals_name_the_layer_and_do_the_sum():
    with pytest.raises(ValueError, match=r"layer 'C5' on \(16, 4, 4\): kernel.*want at most 4 \+ 2"):
        table(LENET, (1, 24, 24))
    with pytest.raises(ValueError, match=r"groups: got 4.*channels: 6 = 1 \* 4 \+ 2"):
        table([Conv(8, groups=4)], (6, 9, 9))
    with pytest.raises(ValueError, match=r"groups: got 4.*filters: 6 = 1 \* 4 \+ 2"):
        table([Conv(6, groups=4)], (8, 9, 9))
    with pytest.raises(ValueError, match=r"concat: got \(3, 4, 4\) and \(3, 2, 2\)"):
        table([Branches(((), [Pool(2)]))], (3, 4, 4))
    with pytest.raises(ValueError, match=r"add: got \(4, 4, 4\) and \(3, 4, 4\)"):
        table([residual([Conv(4, padding=1)])], (3, 4, 4))
    with pytest.raises(ValueError, match="want an image"):
        table([Dense(3), Pool(2)], (3, 4, 4))
    with pytest.raises(ValueError, match="padding: got 2, want at most half of the size 3"):
        table([Pool(3, 1, 2)], (3, 8, 8))
    with pytest.raises(ValueError, match="units: got 0"):
        table([Dense(0)], (3,))
    with pytest.raises(ValueError, match=r"shape: got \(3, 4\)"):
        table([], (3, 4))
    with pytest.raises(ValueError, match="want Conv, Pool"):
        table([5], (3, 4, 4))
    with pytest.raises(ValueError, match="join: got 'stack'"):
        table([Branches(((),), "stack")], (3, 4, 4))
    with pytest.raises(ValueError, match="filters: got 1, want 2"):
        build("CONVx2 FC", filters=[3], units=[2])
    with pytest.raises(ValueError, match="pattern: got NORM"):
        build("CONV NORM", filters=[3], units=[])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Norm(-5), "parameters: got -5, want a whole number >= 0"),
        (Norm(0.5), "parameters: got 0.5, want a whole number >= 0"),
        (Norm(64), "parameters: got 64, want 0, 1 or 2 for each channel"),
        (Dense(4, bias=3), "bias: got 3, want True or False"),
        (Conv(4, bias=0.5), "bias: got 0.5, want True or False"),
    ],
)
def test_what_is_no_count_of_parameters_is_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        table([layer], (8, 6, 6))


@pytest.mark.parametrize("layer", [GlobalPool(), Conv(8), Pool(), Norm(), residual(()), 5, None], ids=str)
def test_one_layer_is_no_specification_and_no_path(layer):
    with pytest.raises(ValueError, match=r"^spec: got .*, want a list of layers or a dict of them$"):
        table(layer, (8, 6, 6))
    with pytest.raises(ValueError, match=r"^layer 'branches 1' on \(8, 6, 6\): spec: got .*, want a list"):
        table([gated(layer)], (8, 6, 6))


def test_the_activations_are_the_numbers_put_out():
    assert all(row.activations == math.prod(row.shape) for row in table(VGG16, (3, 224, 224)))
