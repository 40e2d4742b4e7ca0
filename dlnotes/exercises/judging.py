"""Running a reader's function on the cases of its exercise, and what its outcomes say of it."""

import contextlib
import copy
import io
import linecache
import re
import sys
import traceback
import warnings
from typing import Any, NamedTuple

import numpy as np

from dlnotes.exercises import codec
from dlnotes.exercises.catalog import exercise_of
from dlnotes.exercises.diagnose import NUMBERS, as_array, diagnose
from dlnotes.exercises.limit import Overtime, time_limit
from dlnotes.exercises.registry import cases

SECONDS = 10  # that all cases of an exercise may take together
OVERTIME = "it does not end within {:g} seconds: is there a loop that never stops?"
LONGEST = 200  # characters of a foreign error message
LINE = ", in the line  "
MISFIT = re.compile(r"mismatch in its core dimension|could not be broadcast|not aligned")
SIZES = re.compile(r"\(size \d+ is different from \d+\)|\(\d[\d,]*\) and \(\d[\d,]*\)|shapes .*$")


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
    exercise = exercise_of(fn)
    wanted = cases(exercise, seed)
    return assess(exercise, wanted, outcomes(fn, [arguments for arguments, _ in wanted], SECONDS))


def outcomes(fn, drawn, seconds=SECONDS):
    """The `Outcome` of `fn` for each tuple of arguments in `drawn`; a stub and overtime end the list.

    What `fn` prints is shown for the first of them alone.
    """
    found = []
    stdout = contextlib.redirect_stdout(sys.stdout)  # as it is; put back when all is over
    try:
        with stdout, warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"), time_limit(seconds):
            for arguments in drawn:
                found.append(call(fn, arguments))
                sys.stdout = io.StringIO()
                if found[-1].error == "NotImplementedError":
                    break
    except Overtime:  # perhaps just after the last case
        found = found[: len(drawn) - 1] + [Outcome(error="Overtime", words=OVERTIME.format(seconds))]
    return found


def call(fn, arguments):
    """The `Outcome` of `fn` for one tuple of arguments, of which it gets copies."""
    given = copy.deepcopy(arguments)
    try:
        value = codec.decode(codec.encode(fn(*given)))  # an array of its own kind may be a program, too
    except (Overtime, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit, too: a reader's function must not end the kernel
        kind = "NotImplementedError" if isinstance(error, NotImplementedError) else type(error).__name__
        return Outcome(error=kind, words=_words(error))
    return Outcome(value, changed=codec.encode(given) != codec.encode(arguments))


@np.errstate(all="ignore")  # an answer may be 1e300
def assess(exercise, wanted, found):
    """The `Verdict` on the outcomes `found` for the cases `wanted`."""
    if any(outcome.error == "NotImplementedError" for outcome in found):
        return Verdict("todo", "replace the line that raises NotImplementedError")
    reasons = [_flaw(one, want) for one, (_, want) in zip(found, wanted, strict=False)]
    if len(found) == len(wanted) and not any(reasons):
        return Verdict("pass", "")
    message = _known(exercise, wanted, found) or _first(reasons, len(wanted))
    return Verdict("fail", message)


def _first(reasons, count):
    """The first of the reasons, and in how many of the cases there is one where it is not all of them."""
    found = [reason for reason in reasons if reason]
    if not found:
        return "it stopped before all cases were tried"
    return found[0] if len(found) == len(reasons) else f"in {len(found)} of {count} cases {found[0]}"


def _flaw(outcome, want):
    """Why an outcome is not the one that is wanted, or None."""
    if outcome.error:
        return outcome.words or f"it stops with {outcome.error}"
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
    """Whether two outcomes are the same; errors are where they say the same, in whatever line."""
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


def _words(error):
    """What went wrong, and in which line of the reader's code."""
    said = " ".join("".join(traceback.format_exception_only(error)).split())  # one line
    if MISFIT.search(said):
        said = f"{type(error).__name__}: shapes that do not fit {''.join(SIZES.findall(said)[:1])}".rstrip()
    said = f"it stops with {said}"[:LONGEST].rstrip(": ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name != "call"]
    line = linecache.getline(frames[0].filename, frames[0].lineno).strip() if frames else ""
    return f"{said}{LINE}{line}" if line else said
