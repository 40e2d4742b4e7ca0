"""What the reader must write.  `check(fn)` answers *todo*, *pass*, or *fail* with the mistake it recognizes.

The reader's function is found by its name, so a stub is an ordinary function with a docstring:

    def perceptron_update(w, x, y, lr):
        raise NotImplementedError("your code here")

    check(perceptron_update)       # todo, pass, or fail and why
    hint(perceptron_update)        # one of three hints, each says more
    rule = use(perceptron_update)  # the reader's function once it passes, until then the reference
    progress()                     # what is solved, from this machine's own record

The exercises of a chapter are in a package of the chapter's name, a module for each page; `registry` has the
two decorators that write one.  The student edition of the package has stored examples instead.
"""

import functools

from dlnotes.exercises.catalog import exercise_of, find, names
from dlnotes.exercises.judging import Verdict, judge
from dlnotes.exercises.record import hint, progress, remember

__all__ = ["Verdict", "check", "find", "hint", "judge", "names", "progress", "reference", "use"]
MARKS = {"todo": "○", "pass": "✓", "fail": "✗"}


def check(fn):
    """Print whether the reader's function `fn` solves the exercise that has its name, and why not.

    It is stopped after ten seconds, unless it is inside of a single call of compiled code.
    """
    try:
        exercise = exercise_of(fn)
    except ValueError as error:
        print(f"{MARKS['fail']} {error}")
        return
    verdict = judge(fn)
    reason = verdict.reason
    if verdict.state == "pass" and exercise.reference is None:
        reason = "on the examples of this edition; grading tries more"
    if verdict.state == "fail" and reason not in {known.message for known in exercise.mistakes}:
        reason += f"  (hint({exercise.name}) helps)"
    print(f"{MARKS[verdict.state]} {exercise.name}: {verdict.state}" + (f" - {reason}" if reason else ""))
    remember(exercise, verdict.state)


def use(fn):
    """`fn` where it passes its check; else, and it says so, the reference solution of its exercise.

    The student edition has no references: there, what comes back says when it is called that it cannot work.
    """
    verdict, exercise = judge(fn), exercise_of(fn)
    if verdict.state == "pass":
        return fn
    if exercise.reference is None:
        print(f"{exercise.name} does not pass its check yet: what follows needs it")
        return functools.partial(_unsolved, exercise.name)
    print(f"{exercise.name} does not pass its check yet: what follows uses the book's own")
    return exercise.reference


class Unsolved(NotImplementedError):
    """What follows needs an exercise that is not solved: one line in a notebook, no traceback."""

    def _render_traceback_(self):  # how IPython asks
        return [f"{type(self).__name__}: {self}"]


def _unsolved(name, *arguments, **options):
    raise Unsolved(f"{name} does not pass its check yet")


def reference(name):
    """The reference solution of the exercise `name`, which the student edition does not have."""
    exercise = find(name)
    if exercise.reference is None:
        raise ValueError(f"name: got {name!r}, want another edition: this one has no reference solutions")
    return exercise.reference
