"""Specifications made real: shapes as counted, in this package and in PyTorch, with every option."""

import numpy as np
import pytest

from dlnotes import initialization, landmarks
from dlnotes.architectures import Branches, Conv, Dense, GlobalPool, Norm, Pool, gated, residual, table
from dlnotes.convolution import conv2d, max_pool2d
from dlnotes.realization import counted_and_built, in_torch, run

EVERYTHING = [
    Conv(6, (3, 2), stride=(2, 1), padding=(1, 0), groups=3),
    Conv(4, dilation=2, padding=2, bias=False),
    Norm(),
    Pool((2, 3), (1, 2)),
    Branches(([Conv(3, 1)], [Pool(3, 1, 1), Conv(5, 1, bias=False)], ())),
    residual([Conv(12, padding=1), Norm()]),
    gated([GlobalPool(), Dense(3), Dense(12)]),
    Norm(0),
    GlobalPool(),
    Dense(7, bias=False),
    Dense(5),
]
SHAPE = (3, 11, 9)


def test_what_runs_has_the_names_and_shapes_that_were_counted():
    x = np.random.default_rng(1).normal(size=(2, *SHAPE))
    outputs = run(EVERYTHING, x, np.random.default_rng(2))
    counted = {row.name: (2, *row.shape) for row in table(EVERYTHING, SHAPE)[1:]}
    assert {name: y.shape for name, y in outputs.items()} == counted
    assert all(np.isfinite(y).all() and y.any() for y in outputs.values())


@pytest.mark.parametrize(
    ("spec", "shape"), [(EVERYTHING, SHAPE), ([Dense(8), Norm(), Norm(0), residual([Dense(8)])], (5,))]
)
def test_every_option_is_that_of_pytorch(spec, shape):
    pytest.importorskip("torch")
    counted, built = counted_and_built(spec, shape)
    assert counted == built and len(counted) == len(spec)


def test_what_is_counted_and_built_is_told_layer_by_layer(monkeypatch):
    torch = pytest.importorskip("torch")
    spec = {"C1": Conv(4, bias=False), "out": Dense(3)}
    counted, built = counted_and_built(spec, (2, 5, 5))
    assert counted == built == {"C1": ((4, 3, 3), 72), "out": ((3,), 111)}
    wrong = torch.nn.Sequential(torch.nn.Conv2d(2, 4, 3, padding=1), torch.nn.Identity())
    monkeypatch.setattr("dlnotes.realization.in_torch", lambda spec, shape: wrong.to("meta"))
    counted, built = counted_and_built(spec, (2, 5, 5))
    assert counted["C1"] == ((4, 3, 3), 72) and built["C1"] == ((4, 5, 5), 76) != counted["C1"]


@pytest.mark.parametrize(("parameters", "shape"), [(0, (9, 4, 5)), (0, (9,)), (2, (9, 4, 5)), (2, (9,))])
def test_a_norm_in_pytorch_has_the_values_of_the_one_that_runs(parameters, shape):
    torch = pytest.importorskip("torch")
    x = 30 * np.random.default_rng(1).normal(size=(6, *shape))  # so large that alpha counts
    (y,) = run([Norm(parameters)], x, np.random.default_rng(0)).values()
    net = in_torch([Norm(parameters)], shape).to_empty(device="cpu").double()
    for part in net.modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    np.testing.assert_allclose(net(torch.tensor(x)).detach().numpy(), y, rtol=1e-6)


def test_paths_are_added_multiplied_and_put_behind_each_other():
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 4))
    rng = np.random.default_rng(0)
    for layer, want in [
        (Branches(((), ())), np.concatenate([x, x], axis=1)),
        (Branches(((), ()), "add"), 2 * x),
        (gated([GlobalPool()]), x * x.mean(axis=(2, 3), keepdims=True)),
    ]:
        np.testing.assert_allclose(run([layer], x, rng)["branches 1"], want)


def test_pools_take_the_largest_entry_and_dense_layers_have_a_relu():
    x, rng = np.random.default_rng(1).normal(size=(4, 3, 7, 6)), np.random.default_rng(2)
    (y,) = run([Pool((3, 2), (2, 1), (1, 0))], x, rng).values()
    np.testing.assert_array_equal(y, max_pool2d(x, size=(3, 2), stride=(2, 1), padding=(1, 0))[0])
    (y,) = run([Dense(9)], x, rng).values()
    assert y.min() == 0 < y.max()


def test_a_convolution_has_its_options_and_weights_from_the_rng():
    x = np.random.default_rng(1).normal(size=(2, 4, 11, 12))
    options = {"stride": (2, 1), "padding": (1, 0), "groups": 2, "dilation": (2, 3)}
    (y,) = run([Conv(6, (3, 2), **options)], x, np.random.default_rng(3)).values()
    W, b = initialization.he(np.random.default_rng(3), 2, 6, kernel=(3, 2))
    np.testing.assert_array_equal(y, np.maximum(conv2d(x, (W, b), **options)[0], 0))


@pytest.mark.parametrize("gate", [[GlobalPool()], [Conv(8, (6, 5))]], ids=str)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size", [(6, 5), (1, 1)])
def test_a_gate_of_units_or_of_one_place_has_the_shape_that_was_counted(gate, turned, size):
    if isinstance(gate[0], Conv):
        gate = [gate[0]._replace(kernel=size)]
    spec, shape = [Branches((gate, ()) if turned else ((), gate), "multiply")], (8, *size)
    x, rng = np.random.default_rng(1).normal(size=(2, *shape)), np.random.default_rng(2)
    (row,) = table(spec, shape)[1:]
    assert row.shape == shape and run(spec, x, rng)["branches 1"].shape == (2, *shape)
    pytest.importorskip("torch")
    counted, built = counted_and_built(spec, shape)
    assert counted == built


def test_the_same_rng_draws_the_same_network_and_relu_comes_behind_what_has_weights():
    x = np.random.default_rng(1).normal(size=(2, 192, 6, 6))
    module = {"3a": landmarks.inception(*landmarks.INCEPTIONS["3a"])}
    first, again, other = (run(module, x, np.random.default_rng(seed))["3a"] for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert first.min() == 0


def test_refusals():
    with pytest.raises(ValueError, match="layer 'conv 1' on .*: kernel: got 3"):
        run([Conv(2)], np.ones((1, 3, 2, 2)), np.random.default_rng(0))
    with pytest.raises(ValueError, match="x: got list"):
        run([Dense(2)], [1.0], np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"layer: got Norm\(parameters=1\), want Norm\(2\)"):
        run([Norm(1)], np.ones((1, 3, 2, 2)), np.random.default_rng(0))
    with pytest.raises(ValueError, match="want a list of layers"):
        run([gated(GlobalPool())], np.ones((1, 3, 2, 2)), np.random.default_rng(0))
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"layer: got Norm\(parameters=1\), want Norm\(2\)"):
        in_torch([Norm(1)], (3, 2, 2))
