"""The exercises by name, and the decorator that puts them there."""

from collections.abc import Callable
from typing import NamedTuple

EXERCISES = {}


class Exercise(NamedTuple):
    """A reference solution, and `arguments(rng)`: a tuple of generic arguments to try it on."""

    reference: Callable
    arguments: Callable


def exercise(arguments):
    """Register the decorated function as the reference solution of the exercise that has its name."""

    def register(function):
        if function.__name__ in EXERCISES:
            raise ValueError(f"exercise: got {function.__name__!r} twice, want one exercise of a name")
        EXERCISES[function.__name__] = Exercise(function, arguments)
        return function

    return register
