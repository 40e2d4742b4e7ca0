"""What an exercise is, and the two decorators that write one: `@exercise(...)` and `@mistake(...)`.

Answers to an exercise are compared on cases, arguments and the result that is wanted: a few visible ones,
which the student edition of the package carries, and hidden ones, which are drawn anew from a seed.  Both
have all kinds of arguments; what is hidden is how they are made, and what the seed draws.
"""

import copy
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

EXERCISES = {}  # by the name of the function that the reader writes
KEY = re.compile(r"ch\d\d\.[a-z_]+\.[a-z_]+")
VISIBLE = 6  # cases from `arguments`, and one from each function in `hidden`
HIDDEN = 13  # cases from `arguments`, and
SPECIAL = 4  # from each function in `hidden`
TODO = '    raise NotImplementedError("your code here")'


class Mistake(NamedTuple):
    """An answer that readers are known to give, and the message that tells them so."""

    answer: Callable
    message: str


class Exercise(NamedTuple):
    """A function that the reader writes; `reference`, `hidden` and `mistakes` are not in the student edition.

    key "ch02.perceptron.update"; name "perceptron_update"; stub, the text of the unwritten function; hints,
    three of them; `arguments(rng)` and each function in hidden make a tuple of arguments; examples, cases
    that were stored in place of the reference; by_hand, whether an answer may use nothing but NumPy.
    """

    key: str
    name: str
    title: str
    points: int
    sources: str
    stub: str
    hints: tuple
    reference: Callable | None = None
    arguments: Callable | None = None
    hidden: tuple = ()
    mistakes: list = ()
    examples: tuple = ()
    by_hand: bool = False


def exercise(key, *, title, points, sources, arguments, hidden, hints, by_hand=False):
    """Register the decorated function as the reference solution of the exercise that has its name.

    Its docstring is the one of the stub.  `arguments(rng)` makes generic arguments, each function in hidden
    the special ones that the text insists on: one draw of each is visible, and grading makes others.
    sources "DLNN (4.23)"; hints, three that escalate.  by_hand=True refuses right answers that use more than
    NumPy and functions of the reader's own, by a look at their code: say so in the docstring.
    """
    _check_words(key, title=title, sources=sources)
    if len(hints) != 3 or not hidden:
        raise ValueError(f"{key}: got {len(hints)} hints and {len(hidden)} hidden, want 3 and at least one")

    def register(function):
        name = function.__name__
        if name in EXERCISES or key in {one.key for one in EXERCISES.values()}:
            raise ValueError(f"exercise: got {key} or {name!r} twice, want one exercise of a name")
        stub = _stub(function)
        EXERCISES[name] = Exercise(
            key, name, title, points, sources, stub, tuple(hints), function, arguments, tuple(hidden), [],
            by_hand=by_hand,
        )  # fmt: skip
        return function

    return register


def mistake(reference, message):
    """Register the decorated function as a known mistake; `message` is what its author reads.

    It should say what was done and why that fails, and leave the repair to the reader.
    """

    def register(function):
        EXERCISES[reference.__name__].mistakes.append(Mistake(function, message))
        return function

    return register


@np.errstate(all="ignore")  # whatever the reader has set
def cases(exercise, seed=0):
    """The cases [(arguments, want), ...] of an exercise: the visible ones first, then those hidden by `seed`.

    A seed is an integer or a sequence of them.  The student edition has the visible ones only.
    """
    if exercise.reference is None:
        return copy.deepcopy(list(exercise.examples))
    return visible_cases(exercise) + _wanted(exercise, _hidden(exercise, np.random.default_rng(seed)))


def visible_cases(exercise):
    """The cases that the student edition stores: generic ones first, then a special one of each kind."""
    makers = [*enumerate([exercise.arguments] * VISIBLE), *enumerate(exercise.hidden)]
    drawn = [make(np.random.default_rng((1, number))) for number, make in makers]  # hidden ones have seed 0
    return _wanted(exercise, drawn)


def _hidden(exercise, rng):
    drawn = [exercise.arguments(rng) for _ in range(HIDDEN)]
    return drawn + [make(rng) for make in exercise.hidden for _ in range(SPECIAL)]


def _wanted(exercise, drawn):
    return [(arguments, exercise.reference(*copy.deepcopy(arguments))) for arguments in drawn]


def _stub(function):
    """The text of `function` up to the end of its docstring, and the line that the reader replaces."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    marks = [number for number, line in enumerate(lines) if '"""' in line]
    if not marks or not function.__doc__:
        raise ValueError(f"{function.__name__}: got no docstring, want the one of the stub")
    end = marks[0] if lines[marks[0]].count('"""') == 2 else marks[1]
    return "\n".join([*lines[start : end + 1], TODO])


def _check_words(key, **words):
    if not KEY.fullmatch(key):
        raise ValueError(f"key: got {key!r}, want chNN.page.name")
    for name, text in words.items():
        if not text:
            raise ValueError(f"{name}: got none for {key}, want some words")
