"""All exercises: from the chapters' packages or, in the student edition, from the examples stored there."""

import difflib
import functools
import importlib
import json
import pkgutil
import re
from importlib.resources import files

from dlnotes.exercises import codec
from dlnotes.exercises.registry import EXERCISES, Exercise, visible_cases

STORED = "examples.json"
PUBLIC = ("key", "name", "title", "points", "sources", "stub", "hints", "by_hand")


def names():
    """The names of all exercises, in the order of the book; the first call imports the chapters."""
    _load()
    return list(EXERCISES)


def find(name):
    """The exercise with this name, or with this key."""
    if name in names():
        return EXERCISES[name]
    for exercise in EXERCISES.values():
        if exercise.key == name:
            return exercise
    close = difflib.get_close_matches(str(name), EXERCISES, n=3)
    guess = f": {' or '.join(close)}?" if close else ""
    raise ValueError(f"name: got {name!r}, want the name of an exercise{guess}")


def exercise_of(fn):
    """The exercise with the name of the reader's function `fn`, or with the one that a lambda was given."""
    if not hasattr(fn, "__name__"):
        raise ValueError(f"fn: got {type(fn).__name__}, want the function itself, as in check(update)")
    if fn.__name__ == "<lambda>":
        given = [name for name, value in fn.__globals__.items() if value is fn and name in names()]
        return find(given[0] if given else fn.__name__)
    return find(fn.__name__)


def stored():
    """The text of the student edition's file: what is public of every exercise, and its visible cases."""
    return json.dumps([_public(find(name)) for name in names()], indent=1)


def _public(exercise):
    words = {field: getattr(exercise, field) for field in PUBLIC}
    return words | {"examples": codec.encode(tuple(visible_cases(exercise)))}


@functools.cache
def _load():
    examples = files("dlnotes.exercises") / STORED
    if not examples.is_file():
        _import_chapters()
        return
    for words in json.loads(examples.read_text(encoding="utf-8")):
        words |= {"hints": tuple(words["hints"]), "examples": codec.decode(words["examples"])}
        EXERCISES[words["name"]] = Exercise(**words)


def _import_chapters():
    package, pages = importlib.import_module("dlnotes.exercises"), []
    for chapter in sorted(one.name for one in pkgutil.iter_modules(package.__path__)):
        if re.fullmatch(r"ch\d\d", chapter):
            pages += [f"{chapter}.{page}" for page in _import(chapter).PAGES]
    for page in pages:
        _import(page)
    in_order = sorted(EXERCISES.values(), key=lambda one: pages.index(one.key.rpartition(".")[0]))
    EXERCISES.clear()  # a page may have been imported before the others
    EXERCISES.update({one.name: one for one in in_order})


def _import(name):
    return importlib.import_module(f"dlnotes.exercises.{name}")
