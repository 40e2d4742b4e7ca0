"""The perceptron: a = sign(w^T x), y in {-1, +1} (DLNN 4.2)."""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.fit import Fit, counted, samples


def perceptron(x, y, *, lr=1.0, max_epochs=100, order=None):
    """The on-line rule: whenever a sample is wrong, w <- w + lr y x, starting from w = 0.      DLNN (4.23)

    x (n, d), y (n,) in {-1, +1};  w (d,), without a bias: see `with_bias`.
    `order` is a permutation of the rows, the order in which every epoch shows them.  Where a w separates the
    classes the rule ends with such a w, and which one depends on the order; where none does it would never
    end, and `max_epochs` stops it.

    A sample counts as wrong if y w^T x <= 0.  The book prints the test as a y = -1, which with sign(0) = 0
    never fires at w = 0.  The history has one row per update: its number tau ("update"), the epoch, the
    sample (a row of x), and after it w, ||w|| ("norm_w") and how many samples are still wrong ("mistakes").
    """
    x, y, lr = _labeled(x, y, lr)
    arguments.counts(max_epochs=max_epochs)
    order = np.arange(len(x)) if order is None else np.asarray(order)
    if order.dtype.kind not in "iu" or not np.array_equal(np.sort(order), np.arange(len(x))):
        raise ValueError(f"order: got {order}, want each of the rows 0 ... {len(x) - 1} once")

    w, history = np.zeros(x.shape[1], x.dtype), []
    for epoch in range(1, max_epochs + 1):
        for n in order:
            if not y[n] * (w @ x[n]) > 0:
                w = w + lr * y[n] * x[n]  # a new array: the history keeps the old ones
                wrong = _wrong(w, x, y)
                update = {"update": len(history) + 1, "epoch": epoch, "sample": int(n)}
                history.append(update | _state(w, wrong))
                if not wrong.any():
                    message = f"converged after {_updates(history)} in {counted(epoch, 'epoch')}"
                    return Fit(w, True, message, history)
    message = f"did not converge in {counted(max_epochs, 'epoch')} ({_updates(history)}): {_still(wrong)}"
    return Fit(w, False, message, history)


def perceptron_batch(x, y, *, lr=1.0, max_updates=1000):
    """The batch rule: w <- w + lr * sum of y x over all samples that are wrong, from w = 0.      DLNN (4.22)

    Arguments and answer as for `perceptron`; a row of the history is {"update", "w", "norm_w", "mistakes"}.
    """
    x, y, lr = _labeled(x, y, lr)
    arguments.counts(max_updates=max_updates)
    w, history = np.zeros(x.shape[1], x.dtype), []
    wrong = np.full(len(x), True)  # at w = 0 every sample has y w^T x <= 0
    while wrong.any():
        if len(history) == max_updates:
            return Fit(w, False, f"did not converge in {_updates(history)}: {_still(wrong)}", history)
        w = w + lr * y[wrong] @ x[wrong]
        wrong = _wrong(w, x, y)
        history.append({"update": len(history) + 1} | _state(w, wrong))
    return Fit(w, True, f"converged after {_updates(history)}", history)


def pocket(x, y, *, lr=1.0, max_epochs=100, order=None):
    """The perceptron that keeps the best w it has had in its pocket: for classes that no w separates.

    Arguments and history as for `perceptron`.  The best w is the first with the fewest mistakes on all
    samples; Gallant (1990) counts these only after a long run of right answers, to count less often.
    DLNN 8.6 names the algorithm and leaves it at that.
    """
    fit = perceptron(x, y, lr=lr, max_epochs=max_epochs, order=order)
    best = min(fit.history, key=lambda row: row["mistakes"])
    kept = f"in the pocket: w after update {best['update']}, {best['mistakes']} of {len(x)} samples wrong"
    return fit._replace(w=best["w"], message=f"{fit.message}; {kept}")


def perceptron_bound(x, y, w_hat):
    """The most updates that `perceptron` can make: (||w_hat|| max_n ||x_n|| / min_n y_n w_hat^T x_n)^2.

    x (n, d), y (n,) in {-1, +1}, w_hat (d,) any w that separates them.  From DLNN (4.28) and (4.33).
    """
    x, y, _ = _labeled(x, y)
    arguments.numbers(w_hat=w_hat)
    arguments.shape("w_hat", w_hat, (x.shape[1],))
    margins = y * (x @ w_hat)
    worst = margins.argmin()
    if not margins[worst] > 0:
        raise ValueError(
            f"w_hat: got y w_hat^T x = {margins[worst]:.3g} in row {worst}, want > 0 in every row"
        )
    return float((np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / margins[worst]) ** 2)


def _labeled(x, y, lr=1.0):
    """The arguments as numbers of one kind (a float64 `lr` would turn float32 samples into float64)."""
    x, y = samples(x, y, (-1, 1))
    arguments.positive(lr=lr)
    return x, y, x.dtype.type(lr)


def _wrong(w, x, y):
    """Which samples are not right; where w^T x overflows to NaN nothing is."""
    return ~(y * (x @ w) > 0)


def _state(w, wrong):
    return {"w": w, "norm_w": float(np.linalg.norm(w)), "mistakes": int(wrong.sum())}


def _updates(history):
    return counted(len(history), "update")


def _still(wrong):
    return f"{wrong.sum()} of {len(wrong)} samples are still wrong"
