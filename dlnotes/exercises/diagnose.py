"""What is wrong with an answer, in words that do not give the answer away."""

import numpy as np


def diagnose(got, want, *, name="the result", tolerance=1e-7):
    """Why `got` is not `want`: one sentence, or None where they agree.

    Both may be numbers, arrays, or tuples of these.  Recognized: type, length, shape (transposed?), dtype
    kind, NaN, sign, a constant factor or offset, a single bad entry.
    """
    if isinstance(want, tuple):
        return _diagnose_tuple(got, want, name, tolerance)
    if got is None:
        return f"{name} is None: is a `return` missing?"
    if isinstance(got, tuple):
        return f"{name} is a tuple of {len(got)}, but one array is wanted"
    try:
        got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    except (TypeError, ValueError):
        return f"{name} is a {type(got).__name__}, but an array of numbers is wanted"
    if got.shape != want.shape:
        hint = ": transposed?" if got.shape == want.shape[::-1] else ""
        return f"{name} has shape {got.shape}, not {want.shape}{hint}"
    if np.isnan(got).any():
        return f"{name} has NaN in {np.isnan(got).sum()} of {got.size} entries"
    if _close(got, want, tolerance):
        return None
    return f"{name} {_difference(got, want, tolerance)}"


def _diagnose_tuple(got, want, name, tolerance):
    if not isinstance(got, tuple) or len(got) != len(want):
        kind = f"a tuple of {len(got)}" if isinstance(got, tuple) else f"a {type(got).__name__}"
        return f"{name} is {kind}, but {len(want)} values are wanted"
    for number, (one, other) in enumerate(zip(got, want, strict=True), start=1):
        if reason := diagnose(one, other, name=f"value {number} of {len(want)}", tolerance=tolerance):
            return reason
    return None


def _difference(got, want, tolerance):
    """The first description that fits two arrays of one shape that differ."""
    if _close(-got, want, tolerance):
        return "has the wrong sign"
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _close(got.T, want, tolerance):
        return "is transposed"
    factor = np.vdot(want, got) / np.vdot(want, want) if want.any() else 0.0
    if factor and got.size > 1 and _close(got, factor * want, tolerance):
        size = f"{factor:.4g} times too large" if abs(factor) > 1 else f"{1 / factor:.4g} times too small"
        return f"is {size}"
    if got.size > 1 and np.ptp(got - want) <= tolerance * (1 + np.abs(want).max()):
        return f"is off by the same {np.mean(got - want):.4g} everywhere"
    wrong = ~np.isclose(got, want, rtol=tolerance, atol=tolerance)
    if got.size > 2 and wrong.sum() == 1:
        return f"is wrong in one entry only, at index {tuple(map(int, np.argwhere(wrong)[0]))}"
    return f"is wrong in {wrong.sum()} of {wrong.size} entries" if got.size > 1 else "has the wrong value"


def _close(got, want, tolerance):
    return np.allclose(got, want, rtol=tolerance, atol=tolerance)
