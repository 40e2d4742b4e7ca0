"""The student edition: `check` from stored examples, without references, hidden cases and mistakes."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlnotes
from dlnotes import exercises
from dlnotes.exercises import catalog
from dlnotes.exercises.registry import visible_cases

STORED = catalog.stored()
SCRIPT = """
import dlnotes
from dlnotes.exercises import check, find, hint, names, progress, reference, use

print(dlnotes.__file__)
print(*names())


def perceptron_update(w, x, y, lr):
    raise NotImplementedError("your code here")


check(perceptron_update)


def perceptron_update(w, x, y, lr):
    return w + lr * y * x


check(perceptron_update)
print(use(perceptron_update) is perceptron_update)
hint(perceptron_update)


def perceptron_update(w, x, y, lr):
    return w + lr * y * x * (y * (w @ x) <= 0)


check(perceptron_update)
print(use(perceptron_update) is perceptron_update)
try:
    reference("perceptron_update")
except ValueError as error:
    print(error)
one = find("ch02.perceptron.update")
print(one.reference, one.arguments, one.hidden, one.mistakes, len(one.examples), one.points)
progress()
"""


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """A folder with the package as students have it: no chapters, and the stored examples."""
    folder = tmp_path_factory.mktemp("edition")
    ignored = shutil.ignore_patterns("ch[0-9][0-9]", "__pycache__", "grading")
    package = shutil.copytree(Path(dlnotes.__file__).parent, folder / "dlnotes", ignore=ignored)
    (package / "exercises" / catalog.STORED).write_text(STORED, encoding="utf-8")
    return folder


def run(edition, script):
    """The lines that a fresh interpreter with this edition prints."""
    settings = {"PYTHONPATH": str(edition), "DLNOTES_PROGRESS": str(edition / "progress.jsonl")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=edition,
        env=os.environ | settings,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_student_edition_checks_without_references(edition):
    lines = run(edition, SCRIPT)
    file, names, todo, fail, used, missed, hint, passed, used_again, refused, fields, *progress = lines
    assert Path(file).is_relative_to(edition)
    assert names.split() == exercises.names()
    assert todo.startswith("○ perceptron_update: todo")
    assert re.search(r"^✗ perceptron_update: fail - .*in \d of 11 cases.* the result is wrong in ", fail)
    assert used == "perceptron_update does not pass its check yet: what follows needs it"
    assert (missed, used_again) == ("False", "True")
    assert hint == f"Hint 1 of 3: {exercises.find('perceptron_update').hints[0]}"
    assert passed == ("✓ perceptron_update: pass - on the examples of this edition; grading tries more")
    assert refused.startswith("name: got 'perceptron_update', want another edition: this one has")
    assert fields == "None None () () 11 2"
    assert [line.split() for line in progress if "· perceptron_update" in line] == [
        ["✓", "perceptron", "·", "perceptron_update", "2", "1"]
    ]


ALL = """
from dlnotes import exercises
from dlnotes.exercises.registry import cases

for name in exercises.names():
    scope = {}
    exec(exercises.find(name).stub, scope)
    stub = exercises.judge(scope[name]).state
    known = iter([want for _, want in cases(exercises.find(name))])

    def right(*arguments):
        return next(known)

    right.__name__ = name
    print(name, stub, exercises.judge(right).state)
"""


def test_every_stub_is_todo_there_and_every_right_answer_passes(edition):
    assert run(edition, ALL) == [f"{name} todo pass" for name in exercises.names()]


@pytest.mark.parametrize("name", exercises.names())
def test_what_is_stored_is_what_is_public(name):
    stored = {one["name"]: one for one in json.loads(STORED)}[name]
    public = {"key", "name", "title", "points", "sources", "stub", "hints", "by_hand", "examples"}
    assert stored.keys() == public
    assert len(stored["examples"]["tuple"]) == len(visible_cases(exercises.find(name)))


def text_in(tree):
    """The pieces of text in what JSON made."""
    if isinstance(tree, str):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []:
        yield from text_in(branch)


def code_lines(function):
    """The lines of code of `function`, without its decorators, docstring and comments, spaces aside."""
    source = re.sub(r'"""[\s\S]*?"""', "", inspect.getsource(function), count=1)
    body = source[source.index("\ndef ") + 1 if source.startswith("@") else 0 :].splitlines()[1:]
    lines = ["".join(line.partition("  #")[0].split()) for line in body]
    return [line for line in lines if len(line) > 8]


@pytest.mark.parametrize("name", exercises.names())
def test_no_line_of_a_reference_or_mistake_and_no_message_is_stored(name):
    exercise = exercises.find(name)
    text = "".join("".join(text_in(json.loads(STORED))).split())
    functions = [exercise.reference, *(one.answer for one in exercise.mistakes)]
    assert [line for function in functions for line in code_lines(function) if line in text] == []
    assert [one.message for one in exercise.mistakes if "".join(one.message.split()) in text] == []
