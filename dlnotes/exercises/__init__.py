"""What the reader must write.  `check(fn)` answers *todo*, *pass*, or *fail* with a reason.

An exercise is its reference solution, decorated with how to make arguments for it; one module a chapter.
The reader's function is found by its name, so a stub is an ordinary function with a docstring:

    def perceptron_update(w, x, y, lr):
        raise NotImplementedError("your code here")

    check(perceptron_update)
"""

import copy
import importlib
from typing import NamedTuple

import numpy as np

from dlnotes.exercises.diagnose import diagnose
from dlnotes.exercises.registry import EXERCISES

CHAPTERS = ("ch00", "ch02")
SEEDS = range(20)


class Verdict(NamedTuple):
    """The state of an exercise, "todo", "pass" or "fail", and the reason in words."""

    state: str
    reason: str


def check(fn):
    """Print whether the reader's function `fn` solves the exercise that has its name."""
    verdict = judge(fn)
    mark = {"todo": "○", "pass": "✓", "fail": "✗"}[verdict.state]
    print(f"{mark} {fn.__name__}: {verdict.state}" + (f" - {verdict.reason}" if verdict.reason else ""))


def judge(fn):
    """The `Verdict` on `fn`: its results for twenty sets of random arguments against the reference's."""
    exercise = find(fn.__name__)
    for seed in SEEDS:
        arguments = exercise.arguments(np.random.default_rng(seed))
        given = copy.deepcopy(arguments)
        want = exercise.reference(*copy.deepcopy(arguments))
        try:
            got = fn(*given)
        except NotImplementedError:
            return Verdict("todo", "replace the line that raises NotImplementedError")
        except Exception as error:
            return Verdict("fail", f"it stops with {type(error).__name__}: {error}")
        if any(diagnose(one, other) for one, other in zip(given, arguments, strict=True) if _is_array(one)):
            return Verdict("fail", "it changes one of its arguments in place: work on a new array")
        if reason := diagnose(got, want):
            return Verdict("fail", reason)
    return Verdict("pass", "")


def reference(name):
    """The reference solution of the exercise `name`."""
    return find(name).reference


def names():
    """The names of all exercises; the chapters' modules are imported the first time they are asked for."""
    for chapter in CHAPTERS:
        importlib.import_module(f"dlnotes.exercises.{chapter}")
    return sorted(EXERCISES)


def find(name):
    """The exercise `name`."""
    if name not in names():
        raise ValueError(f"name: got {name!r}, want the name of an exercise: {', '.join(names())}")
    return EXERCISES[name]


def _is_array(argument):
    return isinstance(argument, np.ndarray)
