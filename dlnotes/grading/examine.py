"""The work unit of grading: one student's submission in, a verdict on each exercise out.

The submission's functions are called in a sandbox, on arguments that we draw; what they return comes back as
data and is compared here, with references that the sandbox does not hold.  What does not come back, or cannot
be read, is a fail.  All answers of a page share a process, for speed; what is not solved there is tried once
more alone, so that an answer that breaks its process, or changes what others use, costs only itself.
"""

import atexit
import functools
import re
import shutil
import tempfile
import threading

from dlnotes.exercises import codec, find, inspection, judging
from dlnotes.exercises.registry import cases
from dlnotes.grading import sandbox, source
from dlnotes.grading.borrowed import borrowed, foreign
from dlnotes.grading.package import student_tree
from dlnotes.grading.plan import program
from dlnotes.grading.untrusted import shown

LONGEST = 300  # characters of a reason
LONGER = 3  # times as long may a whole notebook take
UNKNOWN = re.compile(r"it stops with NameError: name '(\w+)' is not defined")
STOPPED = re.compile(  # what honest answers do not do, or seldom
    r"it (?:ended|crashed|was stopped|does not end)|its results are too large"
    r"|it stops with (?:MemoryError|PermissionError|BlockingIOError|OSError|SystemExit)"
)
BORROWED = 5  # notes on an answer
UNREADABLE = "what it returns cannot be read"
BUILDING = threading.Lock()


def examine(unit, unsafe=False, limits=sandbox.LIMITS):
    """The verdicts on a submission, plain data as the unit is.

    unit {"student", "assignment", "pages": [page of submission.read | {"exercises": [key, ...]}, ...],
    "seed": [int, ...]}; returns {"student", "assignment", "pages": [{"name", "verdicts": {key: {"state",
    "reason"}}, "notes"}, ...]}, a state is "missing" or one of `judging.Verdict`.  `sandbox.SandboxError`
    where nothing could be run.
    """
    with BUILDING:
        edition = _edition()
    ask = functools.partial(sandbox.run, edition=edition, unsafe=unsafe)
    pages = [_examined(page, unit["seed"], ask, limits) for page in unit["pages"]]
    return {"student": unit["student"], "assignment": unit["assignment"], "pages": pages}


@functools.cache
def _edition():
    """The folder of the student edition, made once in a process and removed when that ends."""
    folder = tempfile.mkdtemp(prefix="dlnotes-student-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    student_tree(folder)
    return folder


def _examined(page, seed, ask, limits):
    """The verdicts on one page, and its notes."""
    exercises = {key: find(key) for key in page["exercises"]}
    wanted = {key: cases(exercise, seed) for key, exercise in exercises.items()}
    texts = {key: program(page, key) for key in exercises if key in page["answers"]}
    verdicts = dict.fromkeys(exercises, judging.Verdict("missing", "there is no answer"))
    verdicts |= _tried(texts, wanted, ask, limits)
    notes = list(page["notes"])
    for key, text in texts.items():
        if verdicts[key].state != "pass" and len(texts) > 1:
            verdicts |= _tried({key: text}, wanted, ask, limits)
        if _misses_cell(verdicts[key], page, key):
            notes.append(f"{exercises[key].name}: the whole notebook was run for it")
            whole = ["\n".join(source.read(cell).lines) for cell in page["cells"]]
            verdicts |= _tried({key: whole}, wanted, ask, _longer(limits))
    for key, text in texts.items():
        if exercises[key].by_hand and verdicts[key].state == "pass":
            verdicts[key] = _by_hand(exercises[key], text)
        notes += _for_the_teacher(exercises[key], text, verdicts[key])
    states = {key: verdict._asdict() for key, verdict in verdicts.items()}
    return {"name": page["name"], "verdicts": states, "notes": notes}


def _by_hand(exercise, text):
    """The verdict on a right answer that may use NumPy alone."""
    used = foreign(text, exercise.name)
    reason = inspection.WORDS.format(shown(used)) if used else ""
    return judging.Verdict("fail" if used else "pass", reason)


def _for_the_teacher(exercise, text, verdict):
    """Notes on an answer that earn and cost nothing, but want a teacher's eyes."""
    ours, others = borrowed(text)
    known = exercise.reference.__code__.co_names  # may be the students', too
    used = [name for name in ours if name.rpartition(".")[2] not in known]
    used += others if verdict.state == "pass" else []
    notes = [f"{exercise.name} calls {shown(name)}" for name in used[:BORROWED]]
    return notes + ([f"{exercise.name}: {verdict.reason}"] if STOPPED.match(verdict.reason) else [])


def _tried(texts, wanted, ask, limits):
    """The verdict on each answer in texts {key: [text of a cell, ...]}, all of them run in one process."""
    if not texts:
        return {}
    tasks = [_task(key, cells, wanted[key]) for key, cells in texts.items()]
    messages, ending = ask({"exercises": tasks}, limits=limits)
    first = {}
    for message in messages:
        if isinstance(message["key"], str):
            first.setdefault(message["key"], message)
    verdicts = {key: _verdict(find(key), wanted[key], first.get(key), ending) for key in texts}
    return {key: verdict._replace(reason=shown(verdict.reason, LONGEST)) for key, verdict in verdicts.items()}


def _task(key, cells, wanted):
    arguments = [codec.encode(arguments) for arguments, _ in wanted]
    return {"key": key, "name": find(key).name, "cells": cells, "arguments": arguments}


def _verdict(exercise, wanted, message, ending):
    """The verdict on what the sandbox says of an exercise, which may be nothing, or a lie."""
    if message is None:
        return judging.Verdict("fail", ending or UNREADABLE)
    try:
        errors = [str(words) for words in message["errors"]]
        if message["outcomes"] is not None:
            return judging.assess(exercise, wanted, [_outcome(tree) for tree in message["outcomes"]])
    except Exception:  # it is hostile: nobody can say which
        return judging.Verdict("fail", UNREADABLE)
    if errors:
        return judging.Verdict("fail", errors[-1])
    return judging.Verdict("missing", f"there is no function {exercise.name}")


def _outcome(tree):
    """An `Outcome` from data; ValueError, or whatever comes, where it is none."""
    value, error, words, changed = [tree[field] for field in judging.Outcome._fields]
    if (type(error), type(words), type(changed)) != (str, str, bool):
        raise ValueError("outcome: got other types than an outcome has")
    return judging.Outcome(codec.decode(value), error, words, changed)


def _misses_cell(verdict, page, key):
    """Whether an answer fails for want of a name that stands in another cell, for instance in an `exec`."""
    name = UNKNOWN.match(verdict.reason)
    if verdict.state != "fail" or not name:
        return False
    others = [cell for number, cell in enumerate(page["cells"]) if number != page["answers"][key]]
    return any(re.search(rf"\b{name[1]}\b", cell) for cell in others)


def _longer(limits):
    return limits._replace(answer=LONGER * limits.answer, wall=LONGER * limits.wall, cpu=LONGER * limits.cpu)
