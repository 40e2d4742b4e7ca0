"""One SGD step of a 64-32-10 tanh network, batch 32, through `steps`: at most 0.4 of PyTorch eager's time.

Both cut the next batch out of the shuffled data, go forward and back, update and record the risk; `steps`
also the norm of the gradient.  PyTorch's bare step is timed, too: one batch cut beforehand, nothing recorded.
All take turns in one run, so that a busy machine slows them alike.  The bar holds in float32, PyTorch's own
kind of number; in float64 a step takes 0.40 to 0.42.
"""

import math
from functools import partial
from time import perf_counter

import numpy as np
import pytest
import torch

from dlnotes.initialization import glorot
from dlnotes.layers import chain, linear, tanh
from dlnotes.losses import cross_entropy
from dlnotes.optimizers import sgd
from dlnotes.training import steps

ROWS, BATCH, LR = 1797, 32, 0.1  # as many rows as the digits have


def ours(dtype):
    """A function that takes one step of our network."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(ROWS, 64)).astype(dtype), rng.integers(0, 10, ROWS)
    params = [glorot(rng, 64, 32), (), glorot(rng, 32, 10)]
    params = [tuple(array.astype(dtype) for array in own) for own in params]
    net = chain(linear, tanh, linear)
    run = steps(net, cross_entropy, params, data, partial(sgd, lr=LR), rng=rng, batch=BATCH, epochs=10**6)
    return lambda: next(run)


def theirs(dtype):
    """Two functions that take one step of the same network in PyTorch: of a training loop, and bare."""
    torch.set_num_threads(1)  # at this size PyTorch is no faster on more, and far slower on a busy machine
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Tanh(), torch.nn.Linear(32, 10))
    net = net.to(getattr(torch, dtype))
    loss, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=LR)
    x, y = torch.randn(ROWS, 64, dtype=getattr(torch, dtype)), torch.randint(0, 10, (ROWS,))

    def step(x, y):
        optimizer.zero_grad()
        risk = loss(net(x), y)
        risk.backward()
        optimizer.step()
        return risk

    def run():
        while True:
            for rows in torch.randperm(ROWS).split(BATCH):
                yield {"risk": step(x[rows], y[rows]).item()}

    loop = run()
    return lambda: next(loop), partial(step, x[:BATCH], y[:BATCH])


def fastest(functions, turns=30, calls=150, warm=0):
    """Seconds a call of each of the functions at its fastest, in turns; `warm` calls do not count."""
    best = [math.inf] * len(functions)
    for _ in range(turns):
        for number, function in enumerate(functions):
            for _ in range(warm):
                function()
            start = perf_counter()
            for _ in range(calls):
                function()
            best[number] = min(best[number], (perf_counter() - start) / calls)
    return best


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_step_against_pytorch(benchmark, capsys, dtype):
    our_step = ours(dtype)
    seconds, loop, bare = fastest([our_step, *theirs(dtype)])
    benchmark.extra_info["ratio"] = seconds / loop
    benchmark(our_step)
    with capsys.disabled():
        print(
            f"\n{dtype}: a step takes {seconds / loop:.2f} of PyTorch's, {seconds / bare:.2f} of its bare one"
        )
    assert seconds / loop <= (0.4 if dtype == "float32" else 0.45)
