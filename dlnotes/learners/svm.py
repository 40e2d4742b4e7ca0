"""The linear support vector machine: s = w^T x + b, y in {-1, +1} (Strang VII.5; GBC 5.7.2; EE147).

GBC gives the model without an objective.  Strang subtracts the offset, w^T v - b; here the bias is added, and
comes first in w as with `with_bias`: s = with_bias(x) @ w.
"""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.descent import state
from dlnotes.learners.fit import Fit, counted, samples, with_bias
from dlnotes.losses import hinge


def svm_subgradient(x, y, *, strength, lr=1.0, max_steps=2000, tolerance=1e-4):
    """Subgradient descent on (1/n) sum_n max(0, 1 - y s) + strength ||w||^2, from w = 0.      Strang VII.5

    x (n, d), y (n,) in {-1, +1};  w (d + 1,), the bias first and without penalty.  The minimum is that of
    `svm_qp` with C = 1 / (2 n strength).  The step size falls from lr to 1 / (2 strength t).

    A step can go uphill, and a subgradient need not vanish at the minimum: w is the best of all steps, and
    counts as converged if the objective's best in the second half of them differs from its best in the first
    by less than `tolerance`: where the steps are too long for the features, it stays far above.

    The history is that of `descend`, "risk" being the objective and "grad_norm" the norm of the subgradient.
    """
    x, y = samples(x, y, (-1, 1))
    arguments.positive(strength=strength, lr=lr, tolerance=tolerance)
    arguments.counts(max_steps=max_steps)
    x, penalized = with_bias(x), np.arange(x.shape[1] + 1) > 0

    w, history = np.zeros(x.shape[1], x.dtype), []
    for step in range(max_steps + 1):
        risk, delta = hinge(x @ w, y)
        subgradient = x.T @ delta + x.dtype.type(2 * strength) * penalized * w
        history.append(state(step, w, risk + strength * w[1:] @ w[1:], subgradient))
        w = w - x.dtype.type(lr / (1 + 2 * strength * lr * step)) * subgradient

    best = min(history, key=lambda row: row["risk"])
    half = max_steps // 2 + 1
    gain = min(row["risk"] for row in history[:half]) - min(row["risk"] for row in history[half:])
    converged = abs(gain) < tolerance
    verb = "converged" if converged else "did not converge"
    message = f"{verb} in {counted(max_steps, 'step')}: objective {best['risk']:.5g} at step {best['step']}"
    if gain >= 0:
        message += f", {gain:.2g} below the best of the first half"
    else:
        message += f", {-gain:.2g} below the best of the second half"
    if not converged and gain < 0:
        message += ": lower lr, or scale the features"
    return Fit(best["w"], converged, message, history)


def svm_qp(x, y, *, C=np.inf):
    """The quadratic program: minimize 1/2 ||w||^2 + C sum_n h_n subject to y s >= 1 - h_n, h_n >= 0.

    x (n, d), y (n,) in {-1, +1};  w (d + 1,), the bias first.      Strang VII.5

    C = inf, the hard margin, asks for h = 0: the hyperplane between the classes that is as far from both as
    can be, in the middle of a margin of width 2 / ||w||.  Where no hyperplane separates them w is NaN and the
    message says so.  For a few hundred samples, as the time grows with the cube of their number.

    Counted as converged if it is proved: the dual problem, maximize sum_n alpha_n - 1/2 ||sum_n alpha_n y_n
    x_n||^2 subject to 0 <= alpha_n <= C and sum_n alpha_n y_n = 0, bounds the minimum from below, and the
    bound must come within a millionth of the objective that was reached.  The history is empty.
    """
    x, y = samples(x, y, (-1, 1))
    hard = C == np.inf
    if not hard:
        arguments.positive(C=C)
    with np.errstate(over="ignore", invalid="ignore"):  # instead of a warning, the error below
        mean, scale = x.mean(axis=0, dtype=float), x.std(dtype=float) or 1.0
    if not scale**2 < np.inf:
        raise ValueError(f"x: got entries up to {np.abs(x).max():.2g}, want some whose squares are finite")
    signed = y[:, None] * with_bias((x - mean) / scale)  # signed @ w = y s; numbers around 1 suit the solver
    if hard and not _separable(signed):
        message = "no hyperplane separates the classes, so there is no hard margin: use a finite C"
        return Fit(np.full(signed.shape[1], np.nan, x.dtype), False, message, [])

    w, alpha = _solve(signed, C * scale**2)
    h = np.maximum(0, 1 - signed @ w)
    reached = w[1:] @ w[1:] / 2 + (0 if hard else C * scale**2 * h.sum())
    gap = reached - alpha.sum() + np.sum((alpha @ signed[:, 1:]) ** 2) / 2
    converged = bool(gap <= 1e-6 * reached + 1e-12 and (h.max() < 1e-6 or not hard))

    found = f"objective {reached / scale**2:.5g}, {counted(np.sum(signed @ w < 1 + 1e-6), 'support vector')}"
    doubt = f"objective {reached / scale**2:.5g}, at most {gap / scale**2:.1g} above the minimum"
    message = f"converged: {found}" if converged else f"did not converge: {doubt}"
    w[1:] /= scale
    w[0] -= mean @ w[1:]
    return Fit(w.astype(x.dtype), converged, message, [])


def _separable(signed):
    """Whether some w has signed @ w >= 1: a linear program without an objective."""
    from scipy.optimize import linprog

    n, d = signed.shape
    solution = linprog(np.zeros(d), A_ub=-signed, b_ub=-np.ones(n), bounds=(None, None))
    return solution.status != 2  # 2: infeasible


def _solve(signed, C):
    """w, and multipliers alpha that meet the conditions of the dual problem."""
    from scipy.optimize import minimize

    n, d = signed.shape
    slacks = 0 if np.isinf(C) else n
    A = np.hstack([signed, np.eye(n, slacks)])  # A @ (w, h) = y s + h
    unit = 1.0 if np.isinf(C) else 1 + C  # keeps the objective around 1
    prices = np.full(slacks, C / unit)

    def objective(theta):
        v, h = theta[1:d], theta[d:]
        return v @ v / 2 / unit + prices @ h, np.concatenate([[0], v / unit, prices])

    solution = minimize(
        objective,
        np.concatenate([np.zeros(d), np.ones(slacks)]),
        jac=True,
        method="SLSQP",
        bounds=[(None, None)] * d + [(0, None)] * slacks,
        constraints={"type": "ineq", "fun": lambda theta: A @ theta - 1, "jac": lambda theta: A},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    alpha = np.clip(unit * solution.multipliers, 0, C)
    plus = signed[:, 0] > 0  # the first column is y: scale the heavier class down until sum_n alpha_n y_n = 0
    weights = np.where(plus, alpha[plus].sum(), alpha[~plus].sum())
    return solution.x[:d], alpha * weights.min() / np.maximum(weights, np.finfo(float).tiny)
