"""Running a reader's function on the cases of its exercise, and what its outcomes say of it."""

import contextlib
import copy
import linecache
import re
import sys
import threading
import traceback
import warnings
from typing import Any, NamedTuple

import numpy as np

from dlnotes.exercises import codec, inspection
from dlnotes.exercises.catalog import exercise_of
from dlnotes.exercises.console import Excerpt, no_questions
from dlnotes.exercises.diagnose import NUMBERS, as_array, diagnose
from dlnotes.exercises.limit import Overtime, time_limit
from dlnotes.exercises.registry import cases

SECONDS = 10  # that all cases of an exercise may take together
SINGLE = "it computes in float32: keep the type of the arguments, float64"
OVERTIME = "it does not end within {:g} seconds: is there a loop that never stops?"
LONGEST = 200  # characters of a foreign error message
LINE = ", in the line  "
MISFIT = re.compile(
    r"mismatch in its core dimension|could not be broadcast together|cannot be broadcast|not aligned"
)
SHAPE = re.compile(r"\(\d+,[\d, ]*\)")
SIZES = re.compile(r"\(size \d+ is different from \d+\)")


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
    verdict = assess(exercise, wanted, outcomes(fn, [arguments for arguments, _ in wanted], SECONDS))
    used = inspection.foreign(fn) if exercise.by_hand and verdict.state == "pass" else ""
    return Verdict("fail", inspection.WORDS.format(used)) if used else verdict


def outcomes(fn, drawn, seconds=SECONDS):
    """The `Outcome` of `fn` for each tuple of arguments in `drawn`; a stub and overtime end the list.

    Of what `fn` prints, the beginning is shown for the first of them alone; `input` is an error.
    """
    found = []
    try:
        with _quiet() as printed, time_limit(seconds):
            for arguments in drawn:
                found.append(call(fn, arguments))
                printed.over = True
                if found[-1].error == "NotImplementedError":
                    break
    except Overtime:  # perhaps just after the last case
        found = found[: len(drawn) - 1] + [Outcome(error="Overtime", words=OVERTIME.format(seconds))]
    return found


@contextlib.contextmanager
def _quiet():
    """Few prints, no questions, no warnings; only the main thread changes what all threads share."""
    printed = Excerpt(sys.stdout)
    with contextlib.ExitStack() as stack:
        stack.enter_context(np.errstate(all="ignore"))
        if threading.current_thread() is threading.main_thread():
            stack.enter_context(contextlib.redirect_stdout(printed))
            stack.enter_context(no_questions())
            stack.enter_context(warnings.catch_warnings(action="ignore"))
        yield printed


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
    found = _unpacked(found, wanted)
    reasons = [_flaw(one, *case) for one, case in zip(found, wanted, strict=False)]
    if len(found) == len(wanted) and not any(reasons):
        return Verdict("pass", "")
    message = _known(exercise, wanted, found) or _summary(reasons)
    return Verdict("fail", message)


def _summary(reasons):
    """The reason that all wrong cases have, or the first of the reasons; and how many cases are wrong."""
    found = [reason for reason in reasons if reason]
    if not found:
        return "it stopped before all cases were tried"
    everywhere = len(found) == len(reasons)
    number = f"all {len(found)} cases" if everywhere else f"{len(found)} of {len(reasons)} cases"
    if len(set(found)) > 1:
        return f"wrong in {number}; in the first of them {found[0]}"
    return found[0] if everywhere else f"in {number} {found[0]}"


def _unpacked(found, wanted):
    """The outcomes, with a tuple where one is wanted and a list or an array of so many values came."""
    pairs = zip(found, wanted, strict=False)
    return [_as_tuple(one, want) for one, (_, want) in pairs] + found[len(wanted) :]


def _as_tuple(outcome, want):
    value = outcome.value
    if not isinstance(want, tuple) or not isinstance(value, list | np.ndarray):
        return outcome
    fits = np.shape(value)[:1] == (len(want),) if isinstance(value, np.ndarray) else len(value) == len(want)
    return outcome._replace(value=tuple(value)) if fits else outcome


def _flaw(outcome, arguments, want):
    """Why an outcome is not the one that is wanted, or None."""
    if outcome.error:
        return outcome.words or f"it stops with {outcome.error}"
    if outcome.changed:
        return "it changes one of its arguments in place: work on a new array"
    single = _is_single(outcome.value, want) and "float64" in _types(arguments)
    return SINGLE if single else diagnose(outcome.value, want)


def _is_single(value, want):
    """Whether a value is float32 where float64 is wanted, and not exactly right all the same."""
    if isinstance(want, tuple):
        fits = isinstance(value, tuple) and len(value) == len(want)
        return fits and any(map(_is_single, value, want))
    got, truth = as_array(value), np.asarray(want)
    rounded = got.dtype in (np.float16, np.float32) and truth.dtype == np.float64
    return rounded and not np.array_equal(got, truth)


def _types(value):
    """The names of the types of all arrays and numbers in a nest of tuples."""
    if isinstance(value, tuple):
        return set().union(*map(_types, value))
    return {as_array(value).dtype.name}


def _known(exercise, wanted, found):
    """The message of the first known mistake whose outcomes are the ones `found`."""
    drawn = [arguments for arguments, _ in wanted]
    for mistake in exercise.mistakes:
        made = _unpacked(outcomes(mistake.answer, drawn), wanted)
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
    said = "".join(traceback.format_exception_only(error))[: 10 * LONGEST]  # a message may be megabytes long
    said = " ".join(said.split())  # one line
    if MISFIT.search(said):
        sizes = " and ".join(SHAPE.findall(said)) or "".join(SIZES.findall(said))
        said = f"{type(error).__name__}: shapes that do not fit {sizes}".rstrip()
    said = f"it stops with {said}"[:LONGEST].rstrip(": ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name != "call"]
    line = linecache.getline(frames[0].filename, frames[0].lineno).strip() if frames else ""
    return f"{said}{LINE}{line}" if line else said
