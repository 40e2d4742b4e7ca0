"""Known mistakes, recognized by what they give in all cases: the whole of it, or one of several values."""

from typing import Any, NamedTuple

import numpy as np

from dlnotes.exercises.diagnose import NUMBERS, as_array, diagnose

LINE = ", in the line  "  # between what an error says and the line of the reader that met it


class Outcome(NamedTuple):
    """What one call did: the value, or the error's type and what it said; whether an argument was changed."""

    value: Any = None
    error: str = ""
    words: str = ""
    changed: bool = False


def recognize(made, wanted, found):
    """The message of the mistake whose outcomes are the ones `found`, or those of each wrong value; or None.

    made [(outcomes, message), ...] of the known mistakes; wanted, the results of the cases.
    """
    whole = next((message for outcomes, message in made if _alike(outcomes, found)), None)
    return whole or _of_values(made, wanted, found)


def _of_values(made, wanted, found):
    """What is known of the wrong ones among several values: of two slips, say, of which each spoils one.

    Of two values that are swapped nothing is said here.
    """
    counts = {len(want) if isinstance(want, tuple) else 0 for want in wanted}
    count = counts.pop() if len(counts) == 1 else 0
    mine = [_value(found, place, count) for place in range(count)]
    right = [[Outcome(want[place]) for want in wanted] for place in range(count)]
    if not all(mine) or count == 2 and _alike(mine[0], right[1]) and _alike(mine[1], right[0]):
        return None
    said = []
    for place in (place for place in range(count) if not _alike(mine[place], right[place])):
        known = [message for outcomes, message in made if _alike(_value(outcomes, place, count), mine[place])]
        said.append((f"value {place + 1} of {count}", known[0] if known else ""))
    if not any(message for _, message in said):
        return None
    return "; ".join(f"{name}: {message}" if message else f"{name} is wrong" for name, message in said)


def _value(outcomes, place, count):
    """The outcomes with one of their `count` values alone; [] where they are anything else."""
    plain = all(isinstance(one.value, tuple) and len(one.value) == count for one in outcomes)
    changed = any(one.changed for one in outcomes)
    return [Outcome(one.value[place]) for one in outcomes] if plain and not changed else []


def _alike(some, others):
    """Whether two lists of outcomes are the same; errors are where they say the same, in whatever line."""
    return len(some) == len(others) and all(map(_same_outcome, some, others))


def _same_outcome(one, other):
    if one.error or other.error:
        return (one.error, one.words.partition(LINE)[0]) == (other.error, other.words.partition(LINE)[0])
    return one.changed == other.changed and _same(one.value, other.value)


def _same(one, other):
    """Whether two values are the same nest of numbers; NaN is NaN, infinity is infinity."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    one_array, other_array = as_array(one), as_array(other)
    if one_array.dtype.kind not in NUMBERS or other_array.dtype.kind not in NUMBERS:
        return False
    if np.array_equal(one_array, other_array):
        return True
    one, other = one_array.astype(float), other_array.astype(float)
    odd = ~np.isfinite(one)
    if one.shape != other.shape or not np.array_equal(one[odd], other[odd], equal_nan=True):
        return False
    return diagnose(one[~odd], other[~odd]) is None
