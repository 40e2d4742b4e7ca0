"""What is wrong with an answer, in words that do not give the answer away."""

import numpy as np

from dlnotes.exercises.codec import Unknown
from dlnotes.verify import difference

NUMBERS = "biuf"  # the kinds of arrays of truth values, integers and floats


def diagnose(got, want, *, name="the result"):
    """Why `got` is not `want`: one sentence, or None where they agree.

    Both may be numbers, truth values, arrays, or tuples of these: a wrong type or length is told first, then
    what `verify.difference` sees.
    """
    if got is None:
        return f"{name} is None: is a `return` missing?"
    if isinstance(want, tuple):
        return _diagnose_tuple(got, want, name)
    if isinstance(got, tuple):
        return f"{name} is {_kind(got)}, but one {'array' if np.ndim(want) else 'number'} is wanted"
    array = as_array(got)
    if array.dtype.kind == "c":
        return f"{name} is complex, but real numbers are wanted"
    if array.dtype.kind not in NUMBERS:
        wanted = "an array of numbers" if np.ndim(want) else "a number"
        return f"{name} is {_kind(got)}, but {wanted} is wanted"
    numbers, truth = array.astype(float), np.asarray(want)
    if truth.dtype == bool and truth.shape == numbers.shape:  # a truth value has no sign and no size
        wrong = np.flatnonzero(numbers != truth)
        return f"{name} is wrong in {len(wrong)} of {truth.size} entries" if len(wrong) else None
    words = difference(numbers, truth.astype(float))
    return words and f"{name} {words}"


def as_array(value):
    """`value` as an array; one of None where NumPy cannot make any of it."""
    try:
        return np.asarray(value)
    except Exception:  # whatever a foreign kind of array says: a tensor that wants a gradient, a RuntimeError
        return np.asarray(None)


def _diagnose_tuple(got, want, name):
    if not isinstance(got, tuple) or len(got) != len(want):
        return f"{name} is {_kind(got)}, but {len(want)} values are wanted"
    reasons = _reasons(got, want)
    if any(reasons) and len(want) == 2 and not any(_reasons(got[::-1], want)):
        return "the two values are swapped"
    wrong = [number for number, reason in enumerate(reasons, start=1) if reason]
    words = [reasons[number - 1] for number in wrong[:1]] + [f"value {n} is wrong, too" for n in wrong[1:]]
    return "; ".join(words) or None


def _reasons(got, want):
    pairs = enumerate(zip(got, want, strict=True), start=1)
    return [diagnose(*pair, name=f"value {number} of {len(want)}") for number, pair in pairs]


def _kind(got):
    """What an answer is, in words."""
    if isinstance(got, tuple | list):
        return f"a {type(got).__name__} of {len(got)}"
    kind = got.kind if isinstance(got, Unknown) else type(got).__name__
    if kind == "int":
        return "an integer" if as_array(got).dtype.kind in NUMBERS else "an integer that is too large"
    return f"an {kind}" if kind.startswith(("int", "nd", "object")) else f"a {kind}"
