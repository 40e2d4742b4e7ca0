"""The example programs: LeNet-5's table, a run on made-up digits, and the accuracy on real ones."""

import os
import re
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dlnotes import architectures, datasets, optimizers
from dlnotes.examples import lenet
from dlnotes.optimizers import leaves


def test_lenet_has_the_shapes_and_parameters_of_the_books():
    rows = architectures.table(lenet.SPEC, lenet.SHAPE)[1:]
    assert [row.parameters for row in rows] == [156, 0, 2416, 0, 48120, 10164, 850]
    assert architectures.total(rows) == 61706
    shapes = [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]
    assert [row.shape for row in rows] == shapes


def test_lenet_runs_as_its_specification_counts():
    params = lenet.parameters(np.random.default_rng(0))
    x, ran = np.zeros((2, *lenet.SHAPE), np.float32), []
    for (name, layer), own in zip(lenet.LAYERS.items(), params, strict=True):
        x, _ = layer(x, own)
        if name in lenet.SPEC:
            ran.append((name, x.shape[1:], sum(array.size for array in own)))
    counted = architectures.table(lenet.SPEC, lenet.SHAPE)[1:]
    assert ran == [(row.name, row.shape, row.parameters) for row in counted]
    assert all(array.dtype == np.float32 for array in leaves(params))


@pytest.fixture
def made_up(monkeypatch):
    def mnist(split="test"):
        rng = np.random.default_rng(3)
        return rng.random((60, 1, 28, 28), np.float32), rng.integers(10, size=60)

    monkeypatch.setattr(datasets, "mnist", mnist)
    monkeypatch.setattr(lenet, "HELD_OUT", 20)


def test_the_program_prints_the_table_and_the_accuracy_and_repeats_itself(made_up, capsys):
    assert lenet.main(["--epochs", "2", "--seed", "5"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^C3 +16 x 10 x 10 +2,416$", said, re.M) and re.search(r"^total +61,706$", said, re.M)
    assert "4 steps on 40 digits" in said and re.search(r"^[\d.]+% of the 20 digits held out", said, re.M)
    lenet.main(["--epochs", "2", "--seed", "5"])
    assert capsys.readouterr().out == said


def test_training_lowers_the_risk_in_float32_and_another_seed_draws_other_weights(made_up):
    x, y = datasets.mnist()
    ends = []
    for seed in (0, 1):
        params, history = lenet.train((x, y), rng=np.random.default_rng(seed), epochs=40, batch=10)
        assert history[-1]["risk"] < history[0]["risk"] / 2
        assert all(array.dtype == np.float32 for array in leaves(params))
        ends.append(params)
    assert not np.allclose(ends[0][0][0], ends[1][0][0])
    predicted = lenet.NET(x, params)[0].argmax(axis=1)
    assert lenet.accuracy(params, (x, y)) == np.mean(predicted == y) > 0.5


def test_the_rate_falls_to_0_in_equal_steps(made_up, monkeypatch):
    rates, adam = [], optimizers.adam

    def spied(theta, grad, state=None, *, lr):
        rates.append(lr)
        return adam(theta, grad, state, lr=lr)

    monkeypatch.setattr(optimizers, "adam", spied)
    rng = np.random.default_rng(0)
    _, history = lenet.train(datasets.mnist(), rng=rng, epochs=3, batch=25, lr=0.09)
    np.testing.assert_allclose(rates, np.linspace(0.09, 0, 10)[:-1])  # three batches of 60 digits an epoch
    assert len(history) == 9


def test_missing_digits_are_told_of_in_words(monkeypatch, capsys):
    def mnist(split="test"):
        raise FileNotFoundError("t10k: not in DLNOTES_DATA (not set)")

    monkeypatch.setattr(datasets, "mnist", mnist)
    assert lenet.main([]) == 1
    assert "DLNOTES_DATA" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "value"), [("--epochs", "0"), ("--seed", "-3")])
def test_an_option_that_is_too_small_is_refused(option, value, capsys):
    with pytest.raises(SystemExit):
        lenet.main([option, value])
    assert f"{option}: got {value}" in capsys.readouterr().err


@pytest.mark.skipif("DLNOTES_DATA" not in os.environ, reason="DLNOTES_DATA is not set: no real MNIST here")
def test_half_of_the_programs_epochs_read_95_percent_of_the_held_out_digits(capsys):
    start = time.process_time()
    with threadpool_limits(1):  # more threads wait for each other, and that counts as time of the processor
        assert lenet.main(["--epochs", "4"]) == 0
    assert time.process_time() - start < 60
    right = re.search(r"([\d.]+)% of the 2,000 digits held out", capsys.readouterr().out)[1]
    assert float(right) >= 95
