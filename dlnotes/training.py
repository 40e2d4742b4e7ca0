"""Training: `steps` yields after each step of mini-batch descent, `fit` runs it to its end.

A history is a list of dicts, one row for each step.
"""

import math
import os

import numpy as np

from dlnotes import arguments
from dlnotes.optimizers import leaves, pack, vector


def batches(x, y, size, rng):
    """One epoch of mini-batches (x, y) in a fresh random order, the last one perhaps smaller.

    DLNN 4.10.1, 4.10.2, (7.33); GBC 8.1.3
    """
    arguments.counts(size=size)
    arguments.same_rows(x=x, y=y)
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x.take(rows, axis=0), y.take(rows, axis=0)


def steps(net, loss, params, data, rule, *, rng, batch=32, epochs=10):
    """Mini-batch descent one step at a time: yields (row, params) after each step.      DLNN (4.64), (7.33)

    data (x, y);  row {"step", "epoch", "risk", "grad_norm"}, steps and epochs counted from 1, risk and
    gradient those of the batch before the step.  theta keeps the dtype of `params` and is read-only, as are
    the yielded params, which are views of it: changing them in place raises a `ValueError` instead of
    rewriting the history.

    Raises a `ValueError` that names the step, if the gradients do not have the shapes of `params`, if the
    rule changes the shape of theta, and at the first step whose risk or gradient is not finite.
    """
    x, y = data
    arguments.numbers(x=x, y=y)
    arguments.same_rows(x=x, y=y)
    arguments.counts(batch=batch, epochs=epochs)
    theta, unpack = pack(params)
    theta = theta.astype(np.result_type(theta, 1.0), copy=False)  # integers become float64
    theta.setflags(write=False)
    params, dtype, state, step = unpack(theta), theta.dtype, None, 0
    for epoch in range(1, epochs + 1):
        for x_batch, y_batch in batches(x, y, batch, rng):
            step += 1
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # instead of a warning, the error below
                    output, back = net(x_batch, params)  # forward
                    risk, delta = loss(output, y_batch)
                    _, grads = back(delta)  # backward
                    if step == 1:
                        _same_shapes(grads, params)  # pack would hide a transposed gradient
                    grad = vector(grads)
                    grad_norm = math.sqrt(grad.dot(grad))
                    theta, state = rule(theta, grad, state)
                if not math.isfinite(risk + grad_norm):
                    got = f"got risk {risk:.3g} and gradient norm {grad_norm:.3g}"
                    raise ValueError(f"{got}, want finite numbers: lower the learning rate")
                if theta.dtype != dtype:
                    theta = theta.astype(dtype)
                theta.setflags(write=False)
                params = unpack(theta)
            except ValueError as error:
                error.args = (f"step {step}: {error}",)
                raise
            yield {"step": step, "epoch": epoch, "risk": float(risk), "grad_norm": grad_norm}, params


def _same_shapes(grads, params):
    """Refuse gradients that do not have the shapes of the parameters."""
    got, want = ([array.shape for array in leaves(tree)] for tree in (grads, params))
    if got != want:
        raise ValueError(f"grads: got arrays of shapes {got}, want {want}")


def fit(net, loss, params, data, rule, *, rng, batch=32, epochs=10, measure=None, every=100):
    """Run `steps` to its end: returns the parameters and the history, a list of its rows.

    `measure(params)`, a dict of numbers, joins the row of every `every`-th step.  In notebooks and terminals
    a bar shows the progress, unless DLNOTES_STATIC is set, as it is where pages are stored.  An interruption
    (Ctrl-C, the stop button) loses nothing: it is told of, and what there is so far is returned.  A
    `ValueError` of `steps`, as where a run diverges, takes the history with it; to keep the rows up to there,
    collect them from `steps`.
    """
    from tqdm.auto import tqdm

    arguments.counts(batch=batch, epochs=epochs, every=every)
    run = steps(net, loss, params, data, rule, rng=rng, batch=batch, epochs=epochs)
    hidden = True if os.environ.get("DLNOTES_STATIC") else None  # None: tqdm hides it where nobody watches
    bar = tqdm(run, total=epochs * math.ceil(len(data[0]) / batch), unit="step", leave=False, disable=hidden)
    history = []
    try:
        for row, params in bar:
            history.append(row)
            if measure is not None and row["step"] % every == 0:
                row |= measure(params)
    except KeyboardInterrupt:
        bar.close()
        print(f"Interrupted after step {len(history)}: returning the parameters and the history so far.")
    return params, history
