"""Submissions for the tests of grading, and whether this machine has a sandbox for them."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from dlnotes.exercises import find
from dlnotes.grading import sandbox

IMPORTS = "import os, sys, time\nimport numpy as np"
UPDATE, GRADIENT, BOUND = (f"ch02.perceptron.{name}" for name in ("update", "gradient", "bound"))
SOLVED = {
    UPDATE: """
def perceptron_update(w, x, y, lr):
    return w + lr * y * x if y * (w @ x) <= 0 else w
""",
    GRADIENT: """
def perceptron_gradient(w, x, y):
    wrong = y * (x @ w) <= 0
    return -y[wrong] @ x[wrong]
""",
    BOUND: """
def update_bound(w_hat, x, y):
    margin = (y * (x @ w_hat)).min()
    return (np.linalg.norm(w_hat) * np.linalg.norm(x, axis=1).max() / margin) ** 2
""",
}


def need_sandbox():
    """Skip the test where there is no sandbox, and say why; where tests must not be skipped, fail."""
    if problem := sandbox.problem():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(problem)


def processes(*words):
    """The numbers of all processes with one of these words in their command line."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            found |= {entry.name} if any(word.encode() in line for word in words) else set()
    return found


def all_gone(numbers, seconds=60):
    """Whether all these processes end soon: others on this machine may run sandboxes at the moment."""
    end = time.monotonic() + seconds
    while (left := [one for one in numbers if Path("/proc", one).exists()]) and time.monotonic() < end:
        time.sleep(0.2)
    return not left


def stub(key):
    return find(key).stub


def unit(answers, *, before=(IMPORTS,), after=(), student="ada"):
    """The work unit for `examine` of a page with these answers {key: text of its cell}."""
    cells = [*before, *answers.values(), *after]
    page = {
        "name": "02_perceptron",
        "file": "02_perceptron.ipynb",
        "cells": cells,
        "answers": {key: len(before) + place for place, key in enumerate(answers)},
        "questions": {},
        "notes": [],
        "exercises": list(SOLVED),
    }
    return {"student": student, "assignment": "ch02", "pages": [page], "seed": [83122]}


def verdicts(result):
    """The verdicts {key: {"state", "reason"}} on the only page of a result."""
    (page,) = result["pages"]
    return page["verdicts"]


def states(result):
    """The states of update, gradient and bound, in this order."""
    return [verdicts(result)[key]["state"] for key in SOLVED]
