"""Arguments and results as JSON, exactly and without trust: what is decoded is data, never code."""

import base64
import math
import re

import numpy as np

KINDS = "biufc"  # arrays of truth values, integers, floats and complex numbers
DTYPE = re.compile(rf"[<>|][{KINDS}]\d\d?")  # NumPy itself reads far more, in part with a parser of Python
PLAIN = (type(None), bool, int, float, str)


def encode(value):
    """`value`, a nest of tuples of arrays, numbers, truth values, text and None, as what `json` can write.

    What NumPy can turn into an array of numbers becomes one, and comes back as one, or as a NumPy scalar; a
    list that it cannot, say of arrays of several shapes, stays a list; anything else becomes {"other": the
    name of its type}.
    """
    if isinstance(value, tuple):
        return {"tuple": [encode(part) for part in value]}
    if type(value) in PLAIN:
        return {"value": value}
    if isinstance(value, Unknown):
        return {"other": value.kind}
    try:
        array = np.ascontiguousarray(value).reshape(np.shape(value))
    except Exception:  # whatever a foreign kind of array says
        if type(value) is list:
            return {"list": [encode(part) for part in value]}
        return {"other": type(value).__name__}
    if array.dtype.kind not in KINDS:
        return {"other": type(value).__name__}
    data = base64.b64encode(array.tobytes()).decode("ascii")
    return {"array": data, "dtype": array.dtype.str, "shape": list(array.shape)}


def decode(tree):
    """What `encode` was given; an `Unknown` for a foreign type; a `ValueError` where the tree is damaged."""
    try:
        if "tuple" in tree:
            return tuple(decode(part) for part in tree["tuple"])
        if "list" in tree:
            return [decode(part) for part in tree["list"]]
        if "array" in tree:
            return _array(tree["array"], tree["dtype"], tree["shape"])
        return Unknown(tree["other"]) if "other" in tree else _plain(tree["value"])
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"tree: got {type(error).__name__} on reading it, want what encode made") from None


class Unknown:
    """Something that is neither an array nor a number; `kind` names what it was."""

    def __init__(self, kind):
        self.kind = str(kind)[:50]


def _array(data, dtype, shape):
    if not DTYPE.fullmatch(dtype):
        raise ValueError(f"dtype: got {dtype[:50]!r}, want one of numbers")
    raw, dtype = base64.b64decode(data, validate=True), np.dtype(dtype)
    if min(shape, default=0) < 0 or len(raw) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"array: got {len(raw)} bytes of {dtype} for another shape, want them to agree")
    return np.frombuffer(raw, dtype).reshape(shape).copy()[()]


def _plain(value):
    if not isinstance(value, PLAIN):
        raise ValueError(f"value: got {type(value).__name__}, want a number, a truth value, text or None")
    return value
