"""Training: `steps` yields after each step of mini-batch descent, `fit` runs it to its end.

A history is a list of dicts, one row for each step.
"""

import math
import os

import numpy as np

from dlnotes import arguments
from dlnotes.optimizers import pack


def batches(x, y, size, rng):
    """One epoch of mini-batches (x, y) in a fresh random order; the last may be smaller.      DLNN 4.10.2, (7.33)"""
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x[rows], y[rows]


def steps(net, loss, params, data, rule, *, rng, batch=32, epochs=10):
    """Mini-batch descent, one step at a time: yields (row, params) after each step.      DLNN (4.64), (7.33)

    data (x, y);  row {"step", "epoch", "risk", "grad_norm"}, both numbers counted from 1; risk and gradient are those
    of the batch, before the step.  The yielded params are views of a read-only theta: a rule or a reader that changes
    them in place meets a `ValueError`, not a rewritten history.  They keep the dtype of `params`.

    Raises a `ValueError` for data that do not fit together, and at the first step where risk or gradient is not finite.
    """
    x, y = data
    arguments.numbers(x=x, y=y)
    arguments.same_rows(x=x, y=y)
    arguments.counts(batch=batch, epochs=epochs)
    theta, unpack = pack(params)
    dtype, state, step = theta.dtype, None, 0
    for epoch in range(1, epochs + 1):
        for x_batch, y_batch in batches(x, y, batch, rng):
            step += 1
            theta.setflags(write=False)
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
                    output, back = net(x_batch, unpack(theta))  # forward
                    risk, delta = loss(output, y_batch)
                    _, grads = back(delta)  # backward
                    grad, _ = pack(grads)
                    theta, state = rule(theta, grad, state)
                    grad_norm = np.linalg.norm(grad)
                if not math.isfinite(risk + grad_norm):
                    raise ValueError(
                        f"got risk {risk:g}, gradient norm {grad_norm:g}, want finite numbers: lower the learning rate"
                    )
            except ValueError as error:
                error.args = (f"step {step}: {error}",)
                raise
            theta = theta.astype(dtype, copy=False)
            row = {"step": step, "epoch": epoch, "risk": float(risk), "grad_norm": float(grad_norm)}
            yield row, unpack(theta)


def fit(net, loss, params, data, rule, *, rng, batch=32, epochs=10, measure=None, every=100):
    """Run `steps` to the end: returns the parameters and the history, a list of rows.

    `measure(params)`, a dict of numbers, joins the row of every `every`-th step.  A progress bar shows in notebooks and
    terminals, never where DLNOTES_STATIC is set.  Interrupting (Ctrl-C, the stop button) returns what there is so far.
    """
    from tqdm.auto import tqdm

    arguments.counts(every=every)
    run = steps(net, loss, params, data, rule, rng=rng, batch=batch, epochs=epochs)
    stored = bool(
        os.environ.get("DLNOTES_STATIC")
    )  # None leaves it to tqdm: no bar outside notebooks and terminals
    bar = tqdm(run, total=epochs * math.ceil(len(data[0]) / batch), leave=False, disable=stored or None)
    history = []
    try:
        for row, params in bar:
            history.append(row)
            if measure is not None and row["step"] % every == 0:
                row |= measure(params)
    except KeyboardInterrupt:
        bar.close()
        print(f"Interrupted after step {len(history)}: these are the parameters and the history up to it.")
    return params, history
