"""Running a reader's function on the cases of its exercise, and what its outcomes say of it."""

import ast
import contextlib
import copy
import linecache
import re
import sys
import threading
import traceback
import warnings
from typing import NamedTuple

import numpy as np

from dlnotes.exercises import codec, inspection
from dlnotes.exercises.catalog import exercise_of
from dlnotes.exercises.console import Excerpt, no_questions
from dlnotes.exercises.diagnose import as_array, diagnose
from dlnotes.exercises.limit import Overtime, time_limit
from dlnotes.exercises.recognition import LINE, Outcome, recognize
from dlnotes.exercises.registry import cases

SECONDS = 10  # that all cases of an exercise may take together
SINGLE = "it computes in {}: keep the type of the arguments, float64"
OVERTIME = "it does not end within {:g} seconds: is there a loop that never stops?"
VAGUE = "has the wrong value"  # what `difference` says of a number when it has nothing better to say
LONGEST = 200  # characters of a foreign error message
MISFIT = re.compile(
    r"mismatch in its core dimension|could not be broadcast together|cannot be broadcast|not aligned"
)
SHAPE = re.compile(r"\(\d+,[\d, ]*\)")
SIZES = re.compile(r"\(size \d+ is different from \d+\)")


class Verdict(NamedTuple):
    """The state of an exercise, "todo", "pass" or "fail", and the reason in words."""

    state: str
    reason: str


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
    message = _known(exercise, wanted, found) or _summary(exercise, wanted, reasons)
    return Verdict("fail", message)


def _summary(exercise, wanted, reasons):
    """The reason that all wrong cases have, or the first of them; how many are wrong; and the first one."""
    wrong = [number for number, reason in enumerate(reasons) if reason]
    if not wrong:
        return "it stopped before all cases were tried"
    first, several = reasons[wrong[0]], len({reasons[number] for number in wrong}) > 1
    there = f"; there {_described(exercise, wanted[wrong[0]][0])}"
    if len(wrong) == len(reasons):
        words = f"wrong in all {len(wrong)} cases; in the first of them {first}" if several else first
        return words + there if VAGUE in first and all(map(np.isscalar, wanted[wrong[0]][0])) else words
    number = f"{len(wrong)} of {len(reasons)} cases"
    words = f"wrong in {number}; in the first of them {first}" if several else f"in {number} {first}"
    return words + there


def _described(exercise, arguments):
    """Arguments by their names in the stub: numbers and words as they are, arrays by their shapes."""
    takes = ast.parse(exercise.stub).body[0].args
    names = [one.arg for one in takes.args + takes.kwonlyargs]
    sizes = [f"{_verb(value)} {_size(value)}" for value in arguments]
    pairs = [f"{name} {size}" for name, size in zip(names, sizes, strict=False)]
    return f"{', '.join(pairs[:-1])} and {pairs[-1]}" if len(pairs) > 1 else pairs[0]


def _verb(value):
    return "of shape" if isinstance(value, np.ndarray) and value.ndim else "is"


def _size(value):
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_size, value))})"
    if np.ndim(value):
        return str(np.shape(value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


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
    coarse = "float64" in _types(arguments) and _coarse(outcome.value, want)
    return SINGLE.format(coarse) if coarse else diagnose(outcome.value, want)


def _coarse(value, want):
    """The type of a value that is float32, or less, where float64 is wanted; "" if it is exactly right."""
    if isinstance(want, tuple):
        fits = isinstance(value, tuple) and len(value) == len(want)
        return next(filter(None, map(_coarse, value, want)), "") if fits else ""
    got, truth = as_array(value), np.asarray(want)
    rounded = got.dtype in (np.float16, np.float32) and truth.dtype == np.float64
    return got.dtype.name if rounded and not np.array_equal(got, truth) else ""


def _types(value):
    """The names of the types of all arrays and numbers in a nest of tuples."""
    if isinstance(value, tuple):
        return set().union(*map(_types, value))
    return {as_array(value).dtype.name}


def _known(exercise, wanted, found):
    """What is known of the mistake in the outcomes `found`, or None."""
    drawn = [arguments for arguments, _ in wanted]
    made = [(_unpacked(outcomes(one.answer, drawn), wanted), one.message) for one in exercise.mistakes]
    return recognize(made, [want for _, want in wanted], found)


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
