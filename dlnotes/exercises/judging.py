"""Running a reader's function on the cases of its exercise, and what its outcomes say of it."""

import copy
import linecache
import traceback
import warnings
from typing import Any, NamedTuple

import numpy as np

from dlnotes.exercises.catalog import find
from dlnotes.exercises.diagnose import diagnose
from dlnotes.exercises.limit import Overtime, time_limit
from dlnotes.exercises.registry import cases

SECONDS = 10  # that all cases of an exercise may take together
OVERTIME = f"it does not end within {SECONDS} seconds: is there a loop that never stops?"
LONGEST = 200  # characters of a foreign error message


class Verdict(NamedTuple):
    """The state of an exercise, "todo", "pass" or "fail", and the reason in words."""

    state: str
    reason: str


class Outcome(NamedTuple):
    """What one call did: the value, or the error's type and what it said; whether an argument was changed."""

    value: Any = None
    error: str = ""
    words: str = ""
    changed: bool = False


def judge(fn, seed=0):
    """The `Verdict` on the reader's function `fn`, in at most ten seconds and a moment."""
    exercise = find(fn.__name__)
    wanted = cases(exercise, seed)
    return assess(exercise, wanted, outcomes(fn, [arguments for arguments, _ in wanted]))


def outcomes(fn, drawn, seconds=SECONDS):
    """The `Outcome` of `fn` for each tuple of arguments in `drawn`; a stub and overtime end the list."""
    found = []
    try:
        with time_limit(seconds), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for arguments in drawn:
                found.append(call(fn, arguments))
                if found[-1].error == "NotImplementedError":
                    break
    except Overtime:
        found = found[: len(drawn) - 1] + [Outcome(error="Overtime", words=OVERTIME)]
    return found


def call(fn, arguments):
    """The `Outcome` of `fn` for one tuple of arguments, of which it gets copies."""
    given = copy.deepcopy(arguments)
    try:
        value = fn(*given)
    except (Overtime, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit, too: a reader's function must not end the kernel
        kind = "NotImplementedError" if isinstance(error, NotImplementedError) else type(error).__name__
        return Outcome(error=kind, words=_words(error))
    arrays = [pair for pair in zip(given, arguments, strict=True) if isinstance(pair[1], np.ndarray)]
    return Outcome(value, changed=any(diagnose(after, before) for after, before in arrays))


def assess(exercise, wanted, found):
    """The `Verdict` on the outcomes `found` for the cases `wanted`."""
    if any(outcome.error == "NotImplementedError" for outcome in found):
        return Verdict("todo", "replace the line that raises NotImplementedError")
    reasons = [_flaw(one, want) for one, (_, want) in zip(found, wanted, strict=False)]
    if len(found) == len(wanted) and not any(reasons):
        return Verdict("pass", "")
    message = _known(exercise, wanted, found)
    return Verdict("fail", message or next(filter(None, reasons), "it stopped before all cases were tried"))


def _flaw(outcome, want):
    """Why an outcome is not the one that is wanted, or None."""
    if outcome.error:
        return outcome.words
    if outcome.changed:
        return "it changes one of its arguments in place: work on a new array"
    return diagnose(outcome.value, want)


def _known(exercise, wanted, found):
    """The message of the first known mistake whose outcomes are the ones `found`."""
    drawn = [arguments for arguments, _ in wanted]
    for mistake in exercise.mistakes:
        made = outcomes(mistake.answer, drawn)
        if len(made) == len(found) and all(_alike(*pair) for pair in zip(made, found, strict=True)):
            return mistake.message
    return None


def _alike(one, other):
    if one.error or other.error or one.changed != other.changed:
        return (one.error, one.changed) == (other.error, other.changed)
    with np.errstate(all="ignore"):
        return _same(one.value, other.value)


def _same(one, other):
    """Whether two values are the same nest of numbers; NaN is NaN, infinity is infinity."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    try:
        one, other = np.asarray(one).astype(float), np.asarray(other).astype(float)
    except Exception:  # no numbers
        return type(one) is type(other)
    if one.shape != other.shape:
        return False
    finite = np.isfinite(one)
    if not finite.all() or not np.isfinite(other).all():
        return np.array_equal(one[~finite], other[~np.isfinite(other)], equal_nan=True) and (
            finite.sum() == 0 or _same(one[finite], other[np.isfinite(other)])
        )
    return diagnose(one, other) is None


def _words(error):
    """What went wrong, and in which line of the reader's code."""
    said = f"it stops with {type(error).__name__}: {error}"[:LONGEST].rstrip(": ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name != "call"]
    line = linecache.getline(frames[0].filename, frames[0].lineno).strip() if frames else ""
    return f"{said}, in the line  {line}" if line else said
