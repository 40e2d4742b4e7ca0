"""A class for the tests of grading: a course on the perceptron, and students who hand in what a test says."""

import ast
import inspect
import textwrap

import nbformat

from dlnotes.exercises import find
from dlnotes.exercises.registry import TODO
from dlnotes.grading.assign import assign
from dlnotes.grading.cells import solution
from dlnotes.grading.course import answer_id, grade_id

NAME, NOTEBOOK = "ch02", "02_perceptron"
UPDATE, GRADIENT, BOUND = KEYS = [f"ch02.perceptron.{name}" for name in ("update", "gradient", "bound")]
QUESTION = "ch02.perceptron.no_end"


def course(folder, notebooks=(NOTEBOOK,)):
    """A course in `folder` with these notebooks as its only assignment; returns the folder."""
    assign(folder, NAME, notebooks)
    return folder


def solved(*keys):
    """{key: the text of a cell that solves it}."""
    return {key: find(key).stub.replace(TODO, solution(find(key))) for key in keys}


def mistaken(key, number=0):
    """The text of a cell with a known mistake, and the message that it must draw."""
    mistake = find(key).mistakes[number]
    tree = ast.parse(textwrap.dedent(inspect.getsource(mistake.answer)))
    tree.body[0].decorator_list, tree.body[0].name = [], find(key).name
    return ast.unparse(tree), mistake.message


def handed_in(folder, texts, notebook=NOTEBOOK):
    """The released notebook with texts {key: text} in the cells for exercises and questions."""
    released = nbformat.read(folder / "release" / NAME / f"{notebook}.ipynb", 4)
    by_cell = {cell: text for key, text in texts.items() for cell in (answer_id(key), grade_id(key))}
    for cell in released.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("solution"):
            cell.source = by_cell.get(metadata["grade_id"], cell.source)
    return released


def submit(folder, student, texts, notebook=NOTEBOOK):
    """Hand in a notebook with `texts` as `student`; returns its path."""
    path = folder / "submitted" / student / NAME / f"{notebook}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(handed_in(folder, texts, notebook), path)
    return path
