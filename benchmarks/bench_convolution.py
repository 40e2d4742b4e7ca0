"""Convolution against PyTorch eager: one layer forward and backward, and a training step of LeNet-5.

All functions that are compared take turns in one run, so that a busy machine slows them alike, and each
counts at its fastest.  In each turn some calls do not count, while the other library's threads still look
for work.  With one thread for each library the ratios are held to their bars.  With as many as the machine
has cores they are printed, unless others keep it busy: PyTorch then divides all of its work, NumPy its
products of matrices alone, and those of a layer are so small that their threads mostly wait.

Tried on two cores, with one thread for each product, and left out: to divide among Python's threads the
portions of a layer, its samples, or a batch before the whole network.  That takes the layer from 1.9 to 1.4
of PyTorch's time, and LeNet-5 from 1.5 to 1.2 at best, as most of its operations take less time than it
takes to hand Python's lock (GIL) over.

Then where the time of the layer goes: into making columns (im2col), products of matrices (GEMM), adding
columns up (col2im), and the rest, which pads, cuts and adds the bias; and how close that comes to the
machine's peak, its fastest product of large matrices.  The products are held to half of it; the whole layer,
which takes longer and so is interrupted more often on a busy machine, is held to PyTorch's time alone.
"""

import os
from functools import partial

import numpy as np
import pytest
import torch
from bench_step import fastest
from threadpoolctl import threadpool_limits
from torch.nn import functional as F

from dlnotes.convolution import conv2d, correlation
from dlnotes.examples import lenet
from dlnotes.losses import cross_entropy
from dlnotes.optimizers import sgd
from dlnotes.training import steps

SHAPES = (32, 8, 28, 28), (16, 8, 3, 3), (16,)  # of x, W, b; with a padding of 1
ROWS, BATCH, LR = 2048, 64, 0.1
MACHINE = os.cpu_count()
LAYER, STEP = 1.5, 1.0  # bars for one thread, as parts of PyTorch's time
PEAK = 0.5  # what the layer's products must reach of the machine's peak

# glibc keeps what is freed from now on, as it does in a process that has used large arrays; else it is chance
# who pays for fresh memory, which can double PyTorch's time for the layer
np.empty(2**25 - 2**13, np.uint8)


@pytest.fixture(params=sorted({1, MACHINE}), ids=lambda threads: f"{threads} threads")
def threads(request):
    if request.param > 1 and (load := os.getloadavg()[0]) > MACHINE:
        pytest.skip(f"load {load:.1f} on {MACHINE} cores: threads of one product would wait for each other")
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    with threadpool_limits(request.param, user_api="blas"):
        yield request.param
    torch.set_num_threads(before)


def arrays():
    """x, W, b, and delta, which has the shape of the output."""
    rng = np.random.default_rng(0)
    n, _, h, w = SHAPES[0]
    return [rng.normal(size=shape).astype(np.float32) for shape in (*SHAPES, (n, *SHAPES[2], h, w))]


def our_layer(x, W, b, delta):
    return conv2d(x, (W, b), padding=1)[1](delta)


def their_layer(x, W, b, delta):
    s = F.conv2d(x, W, b, padding=1)
    return torch.autograd.grad(s, (x, W, b), delta)


def test_a_layer_against_pytorch(threads, capsys):
    x, W, b, delta = arrays()
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, W, b)]
    theirs = partial(their_layer, *tensors, torch.tensor(delta))
    dx, (dW, db) = our_layer(x, W, b, delta)
    for got, want in zip((dx, dW, db), theirs(), strict=True):
        np.testing.assert_allclose(got, want.numpy(), rtol=1e-3, atol=1e-3)
    ours, pytorch = fastest([partial(our_layer, x, W, b, delta), theirs], turns=50, calls=1, warm=5)
    with capsys.disabled():
        print(f"\nconv2d, threads {threads}: {1e3 * ours:.2f} ms, {ours / pytorch:.2f} of PyTorch's time")
    assert ours / pytorch <= LAYER or threads > 1


def our_step():
    """A function that takes one step of LeNet-5."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(ROWS, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, ROWS)
    rule = partial(sgd, lr=LR)
    run = steps(
        lenet.NET, cross_entropy, lenet.parameters(rng), data, rule, rng=rng, batch=BATCH, epochs=10**6
    )
    return partial(next, run)


def their_step():
    """The same in PyTorch: the next batch, forward, backward, update, the risk."""
    nn = torch.nn
    torch.manual_seed(0)
    net = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )
    loss, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=LR)
    x, y = torch.randn(ROWS, 1, 28, 28), torch.randint(0, 10, (ROWS,))

    def run():
        while True:
            for rows in torch.randperm(ROWS).split(BATCH):
                optimizer.zero_grad()
                risk = loss(net(x[rows]), y[rows])
                risk.backward()
                optimizer.step()
                yield {"risk": risk.item()}

    return partial(next, run())


def test_a_step_of_lenet_against_pytorch(threads, capsys):
    ours, pytorch = fastest([our_step(), their_step()], turns=50, calls=1, warm=5)
    with capsys.disabled():
        print(
            f"\nLeNet-5, threads {threads}: a step takes {1e3 * ours:.2f} ms, {ours / pytorch:.2f} of theirs"
        )
    assert ours / pytorch <= STEP or threads > 1


def parts(x, W, b, delta):
    """By name, functions that do one part of the work of `our_layer`, and how often they are called for it.

    Products are those of the same columns again and again: in the cache, as where `conv2d` has made them.
    """
    (o, c, u, v), out = W.shape, delta.shape[2:]
    plan = correlation._plan(x.shape[2:], (u, v), (1, 1), (1, 1), (1, 1), out, 1)
    phases, lines, (row,) = correlation._phases(x, plan), correlation._lines(delta, plan), plan.down
    kernels, row_kernels = W.reshape(o, -1), W.transpose(1, 3, 0, 2).reshape(c * v, -1)
    some, columns = next(correlation._columns(phases, plan))
    row_some, row_columns = next(correlation._row_columns(lines, row, plan))
    deltas = np.random.default_rng(1).normal(size=(len(columns), 1, columns.shape[3], o)).astype(x.dtype)
    portions, row_portions = len(x) // some.stop, len(x) / row_some.stop
    assert portions * some.stop == len(x)

    def im2col():
        for _ in range(2):  # forward, and backward for dW
            for _ in correlation._columns(phases, plan):
                pass
        for _ in correlation._row_columns(lines, row, plan):
            pass

    sent = (row_kernels @ row_columns).reshape(len(row_columns), c, v, -1)
    dx = np.zeros_like(sent[:, :, 0])

    def col2im():
        for column in range(v):
            dx[..., column:] += sent[:, :, column, : sent.shape[3] - column]

    return {
        "im2col": (im2col, 1),
        "col2im": (col2im, row_portions),
        "s": (lambda: kernels @ columns, portions),
        "dW": (lambda: columns @ deltas, portions),
        "dx": (lambda: row_kernels @ row_columns, row_portions),
    }


def test_where_the_time_of_a_layer_goes(capsys):
    x, W, b, delta = arrays()
    square = np.random.default_rng(0).normal(size=(2, 512, 512)).astype(np.float32)
    named = parts(x, W, b, delta)
    with threadpool_limits(1, user_api="blas"):
        both = partial(np.matmul, *square), partial(our_layer, x, W, b, delta)
        every = [*both, *(part for part, _ in named.values())]
        peak, whole, *times = fastest(every, turns=200, calls=1, warm=1)
    seconds = {name: time * often for time, (name, (_, often)) in zip(times, named.items(), strict=True)}
    gemm = seconds["s"] + seconds["dW"] + seconds["dx"]
    shares = {"im2col": seconds["im2col"], "GEMM": gemm, "col2im": seconds["col2im"]}
    shares["the rest"] = whole - sum(shares.values())
    told = ", ".join(f"{name} {part / whole:.0%}" for name, part in shares.items())
    products = 3 * W.size * delta.size / len(b)  # of s, dW and dx
    rate = 512**3 / peak
    with capsys.disabled():
        print(
            f"\nconv2d, one thread: {told}.  Peak {2e-9 * rate:.0f} GFLOP/s; the products reach"
            f" {products / gemm / rate:.0%} of it, the whole layer {products / whole / rate:.0%}"
        )
    assert products / gemm >= PEAK * rate
