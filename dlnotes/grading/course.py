"""The folder of a course, and what it remembers of its assignments: `homework.json`.

    {"assignments": {"ch02": {"seed": 83122, "per_student": false, "notebooks": [
        {"name": "02_perceptron", "exercises": {"ch02.perceptron.update": 2}, "questions": {}}]}}}

Exercises and questions are keys with their points; beside them "prompts" has the texts of the questions, and
"imports" that of the first code cell.  The seed, which draws the hidden cases, is a secret.
"""

import json
import math
import os
import re
import tempfile
from pathlib import Path

FILE = "homework.json"
NAME = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]*"
)  # of an assignment or a notebook: part of a path and of a link


def load(folder):
    """What the course in `folder` remembers, as a dict; `ValueError` where there is none or it is damaged."""
    path = Path(folder) / FILE
    try:
        homework = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(
            f"course: got {folder}, which has no {FILE}, want a course: `dlnotes homework assign` makes one "
            "in a new folder"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"course: got a damaged {path}: {error}") from None
    if flaw := _flaw(homework):
        raise ValueError(f"course: got a damaged {path}: {flaw}")
    return homework


def save(folder, homework):
    """Write what the course in `folder` remembers, whole or not at all."""
    text = json.dumps(homework, indent=1) + "\n"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=FILE, delete=False) as file:
        file.write(text)
    try:
        os.chmod(file.name, 0o644)
        os.replace(file.name, Path(folder) / FILE)
    finally:
        Path(file.name).unlink(missing_ok=True)


def grade_id(key):
    """What nbgrader calls the cell that earns the points of an exercise or of a question."""
    return key.replace(".", "-")


def answer_id(key):
    """What nbgrader calls the cell in which a student answers an exercise."""
    return f"{grade_id(key)}-answer"


def seed_of(assignment, student):
    """The seed of the hidden cases, a list of integers: one for the class, or one for each student."""
    return [assignment["seed"], *(student.encode("utf-8") if assignment["per_student"] else b"")]


def _flaw(homework):
    """What is wrong with the contents of the file, in words, or None."""
    assignments = homework.get("assignments") if isinstance(homework, dict) else None
    if not isinstance(assignments, dict):
        return "it has no assignments"
    for name, assignment in assignments.items():
        if not NAME.fullmatch(name) or not _is_assignment(assignment):
            return f"its assignment {name!r} is not one"
    return None


def _is_assignment(value):
    return (
        isinstance(value, dict)
        and type(value.get("seed")) is int
        and value["seed"] >= 0
        and type(value.get("per_student")) is bool
        and isinstance(value.get("notebooks"), list)
        and all(map(_is_notebook, value["notebooks"]))
    )


def _is_notebook(value):
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and bool(NAME.fullmatch(value["name"]))
        and _are_points(value.get("exercises"))
        and _are_points(value.get("questions"))
        and isinstance(value.get("prompts", {}), dict)
        and all(isinstance(text, str) for text in value.get("prompts", {}).values())
        and isinstance(value.get("imports", ""), str)
    )


def _are_points(value):
    return isinstance(value, dict) and all(
        type(points) in (int, float) and 0 <= points < math.inf for points in value.values()
    )
