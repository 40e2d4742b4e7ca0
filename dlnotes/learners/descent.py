"""Gradient descent with a full history, and what is said where it cannot end."""

import numpy as np

from dlnotes import arguments
from dlnotes.learners.fit import Fit, counted


def descend(objective, w, *, lr, max_steps, tolerance):
    """w <- w - lr * gradient, where `objective(w)` is (risk, gradient).      DLNN (4.14), (4.43)

    Converged once the norm of the gradient is at most `tolerance`; given up after `max_steps`, and as
    diverging once the norm is a million times that of the first gradient.  The history starts with the given
    w as step 0; every row has {"step", "w", "norm_w", "risk", "grad_norm"}, all of the same w.
    """
    arguments.positive(lr=lr, tolerance=tolerance)
    arguments.counts(max_steps=max_steps)
    history, far = [], np.finfo(w.dtype).max ** 0.3  # from where on the risk would overflow
    for step in range(max_steps + 1):
        risk, gradient = objective(w)
        history.append(state(step, w, risk, gradient))
        norm, first = history[-1]["grad_norm"], history[0]["grad_norm"]
        if norm <= tolerance:
            return Fit(w, True, f"converged in {counted(step, 'step')}: gradient of norm {norm:.2g}", history)
        with np.errstate(over="ignore", invalid="ignore"):
            w_next = (w - lr * gradient).astype(w.dtype)  # a float64 `lr` would turn float32 into float64
        diverging = norm > 1e6 * first or not np.abs(w_next).max() < far
        if diverging or step == max_steps:
            break
        w = w_next
    verb = "diverged" if diverging else "did not converge"
    message = f"{verb} in {counted(step, 'step')}: gradient of norm {norm:.2g}, want at most {tolerance:.2g}"
    return Fit(w, False, message, history)


def state(step, w, risk, gradient):
    """A row of the history."""
    norm_w, grad_norm = float(np.linalg.norm(w)), float(np.linalg.norm(gradient))
    return {"step": step, "w": w, "norm_w": norm_w, "risk": float(risk), "grad_norm": grad_norm}


def unbounded(fit):
    """`fit` of a cross-entropy, by a w that has every sample right: whatever it says, it is no minimum.

    Such a w proves that the classes are separable: along c w, c -> infinity, the risk falls to 0, and nowhere
    is it 0.  DLNN 4.3.3 and 4.4.3 speak of a unique minimum all the same.
    """
    steps, norm_w = fit.history[-1]["step"], fit.history[-1]["norm_w"]
    message = (
        f"did not converge in {counted(steps, 'step')}: the classes are separable (every sample is right),"
        f" so the norm of w grows without bound (now {norm_w:.3g})"
    )
    return fit._replace(converged=False, message=message)
