"""What the core accepts, and the words in which it refuses.

Every refusal is a `ValueError` of the form "name: got ..., want ...".
"""

import math
from functools import lru_cache

import numpy as np


def is_array(thing):
    """Is it a NumPy array, or what NumPy's functions take for one: a `Dual`?"""
    return (
        isinstance(thing, np.ndarray)
        or hasattr(type(thing), "__array_function__")
        and hasattr(thing, "dtype")
    )


def numbers(**arrays):
    """Refuse anything but non-empty numeric arrays without NaN: `numbers(x=x, W=W)`."""
    for name, array in arrays.items():
        if not is_array(array) or array.dtype.kind not in "fiub":
            raise ValueError(f"{name}: got {_kind(array)}, want a NumPy array of numbers")
        if array.size == 0:
            raise ValueError(f"{name}: got shape {array.shape}, want at least one entry")
        if array.dtype.kind == "f" and math.isnan(largest(array)):
            count = np.isnan(array).sum()
            raise ValueError(f"{name}: got NaN in {count} of {array.size} entries, want numbers")


def finite(**arrays):
    """Refuse what `numbers` refuses, and infinities: `finite(s=s)`."""
    for name, array in arrays.items():
        if is_array(array) and array.dtype.kind == "f" and array.size:
            if math.isfinite(largest(array)) and math.isfinite(smallest(array)):
                continue
        numbers(**{name: array})
        if count := np.isinf(array).sum():
            raise ValueError(f"{name}: got inf in {count} of {array.size} entries, want finite numbers")


def floating(array):
    """`array` itself if its entries are floating-point numbers (float32 stays float32), else as float64."""
    return array if array.dtype.kind == "f" else array.astype(float)


def number(total):
    """A number of NumPy as Python's float; a `Dual`, which is a number and its derivative, as it is."""
    return float(total) if isinstance(total, np.generic | np.ndarray) else total


def name_of(function):
    """The name of a function, also when it is inside a `partial`."""
    return getattr(getattr(function, "func", function), "__name__", type(function).__name__)


def largest(array):
    """The largest entry, or NaN where there is one; several times faster than `max` on small arrays."""
    return array.item(array.argmax())


def smallest(array):
    """The smallest entry, or NaN where there is one."""
    return array.item(array.argmin())


def parameters(params, *names):
    """Refuse anything but one array for each name: `W, b = parameters(params, "W", "b")`."""
    if not isinstance(params, (tuple, list)) or len(params) != len(names):
        got = f"{len(params)} entries" if isinstance(params, (tuple, list)) else _kind(params)
        raise ValueError(f"params: got {got}, want ({', '.join(names)})")
    return params


def shape(name, array, wanted):
    """Refuse a shape other than `wanted`, a tuple of integers and letters; a letter fits any size.

    `shape("x", x, ("n", 4))` accepts (7, 4) and refuses (7, 3) and (4,).
    """
    if not is_array(array):
        raise ValueError(f"{name}: got {_kind(array)}, want a NumPy array of numbers")
    if not _fits(array.shape, wanted):
        sizes = ", ".join(map(str, wanted)) + ("," if len(wanted) == 1 else "")
        raise ValueError(f"{name}: got shape {array.shape}, want ({sizes})")


def rows(**arrays):
    """Refuse arrays without axes, which have no rows: `rows(x=x)`."""
    for name, array in arrays.items():
        if array.ndim == 0:
            raise ValueError(f"{name}: got a single number, want one row for each sample")


def same_rows(**arrays):
    """Refuse arrays that differ in their number of rows: `same_rows(x=x, y=y)`."""
    rows(**arrays)
    (first, wanted), *others = [(name, len(array)) for name, array in arrays.items()]
    for name, count in others:
        if count != wanted:
            raise ValueError(f"{name}: got {count} rows, want {wanted}, as many as {first} has")


def class_labels(name, labels, classes, count="n"):
    """Refuse labels that are not integers 0 ... classes - 1, one a row; `count` is how many there must be."""
    shape(name, labels, (count,))
    if labels.dtype.kind not in "iu":
        raise ValueError(f"{name}: got dtype {labels.dtype}, want integer class labels")
    low, high = smallest(labels), largest(labels)
    if low < 0 or high >= classes:
        raise ValueError(f"{name}: got labels {low} ... {high}, want 0 ... {classes - 1}")


def one_of(name, values, allowed):
    """Refuse entries outside `allowed`, a short tuple: targets in {-1, 1}, say."""
    wrong = ~np.isin(values, allowed)
    if wrong.any():
        raise ValueError(f"{name}: got {values[wrong].flat[0]}, want one of {allowed}")


def counts(least=1, /, **values):
    """Refuse anything but whole numbers from `least` on: `counts(batch=batch)`, `counts(0, skip=skip)`."""
    for name, value in values.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: got {value}, want a whole number >= {least}")


def positive(**values):
    """Refuse numbers that are not above zero, and infinity: `positive(lr=lr)`."""
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name}: got {value}, want a finite number > 0")


@lru_cache(maxsize=1000)  # every step of a training asks the same
def _fits(got, wanted):
    """Is `got` a shape as `wanted`?"""
    pairs = zip(got, wanted, strict=False)
    return len(got) == len(wanted) and all(size == want or isinstance(want, str) for size, want in pairs)


def _kind(thing):
    """How a refusal names a thing that is not a numeric array."""
    return f"an array of dtype {thing.dtype}" if is_array(thing) else type(thing).__name__
