"""A notebook of the book as a teacher's notebook of nbgrader, cell by cell.

`exercise:NAME` becomes a solution cell, `check:NAME` a test cell with points and a hidden test,
`question:KEY` an answer that a human grades, and any other cell one that students cannot change.
"""

import ast
import inspect
import re
import symtable
import textwrap
from typing import NamedTuple

from dlnotes.book import chapters, twins
from dlnotes.exercises import find
from dlnotes.exercises.registry import TODO
from dlnotes.grading.course import answer_id, grade_id

QUESTION_POINTS = 2
ANSWER = "*Your answer:*"  # the last line of a question; a teacher's notebook has in its place a
MODEL = "### BEGIN SOLUTION\n### END SOLUTION"  # place for a model answer, which nbgrader takes out
LINK = re.compile(r"(?<!!)\[([^]]+)\]\(([^)\s:]+)\)")  # to another page: not https:
SOLUTION = "    ### BEGIN SOLUTION\n{}\n    ### END SOLUTION"
TEST = """{}
### BEGIN HIDDEN TESTS
from dlnotes.exercises import judge
assert judge({}).state == "pass"
### END HIDDEN TESTS"""


class Task(NamedTuple):
    """What earns points in a notebook: kind is "exercise" or "question"."""

    kind: str
    key: str
    title: str
    points: float


def tasks(notebook):
    """The tasks of `notebook`, in its order, with the points that they earn unless a teacher decides."""
    found = []
    for cell, heading in zip(notebook.cells, chapters.headings(notebook), strict=True):
        for exercise in map(find, chapters.tagged(cell, "exercise")):
            found.append(Task("exercise", exercise.key, exercise.title, exercise.points))
        for key in chapters.tagged(cell, "question"):
            found.append(Task("question", key, heading, QUESTION_POINTS))
    return found


def teachers_notebook(source, points, handed_out):
    """The notebook at `source` for nbgrader: solved, {key: points} for its tasks, read-only elsewhere.

    A link that leads to a notebook whose name is not among those handed out becomes plain text.
    """
    notebook = twins.draft(source)
    for number in _unsure(notebook.cells):
        tags = chapters.tags(notebook.cells[number])
        notebook.cells[number].metadata["tags"] = [*tags, "raises-exception"]
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            cell.source = _without_dead_links(cell.source, handed_out)
        metadata = _graded(cell, points) or _metadata(f"cell-{number:02d}", locked=True)
        cell.metadata["nbgrader"] = metadata
    return notebook


def prompts(notebook):
    """{key: the text in which students are asked} for the questions of a teacher's notebook."""
    return {
        key: cell.source.replace(MODEL, ANSWER)
        for cell in notebook.cells
        for key in chapters.tagged(cell, "question")
    }


def imports(notebook):
    """The text of the first code cell of a notebook, which has its imports."""
    return next((cell.source for cell in notebook.cells if cell.cell_type == "code"), "")


def _graded(cell, points):
    """Make a cell that earns points what nbgrader wants it to be; returns its metadata, None for others."""
    for exercise in map(find, chapters.tagged(cell, "exercise")):
        cell.source = cell.source.replace(TODO, SOLUTION.format(solution(exercise)))
        return _metadata(answer_id(exercise.key), solution=True)
    for exercise in map(find, chapters.tagged(cell, "check")):
        cell.source = TEST.format(cell.source, exercise.name)
        return _metadata(grade_id(exercise.key), grade=True, locked=True, points=points[exercise.key])
    for key in chapters.tagged(cell, "question"):
        cell.source = f"{cell.source.removesuffix(ANSWER).rstrip()}\n\n{MODEL}"
        return _metadata(grade_id(key), grade=True, solution=True, points=points[key])
    return None


def _metadata(grade_id, *, grade=False, solution=False, locked=False, **points):
    kind = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return {"grade_id": grade_id, "schema_version": 3} | kind | points


def solution(exercise):
    """The body of the reference solution, and the import of what it uses from its module."""
    lines = textwrap.dedent(inspect.getsource(exercise.reference)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    tree = ast.parse("\n".join(lines[start:]))
    home = inspect.getmodule(exercise.reference)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & vars(home).keys()
    used = sorted(used - {exercise.name, "np"})  # every page imports np
    imports = [f"    from {home.__name__} import {', '.join(used)}"] if used else []
    return "\n".join(imports + lines[start + len(exercise.stub.splitlines()) - 1 :])


def _without_dead_links(text, handed_out):
    def plain(link):
        page = link[2].partition("#")[0]
        return link[0] if not page or page.removesuffix(".ipynb") in handed_out else link[1]

    return LINK.sub(plain, text)


def _unsure(cells):
    """The numbers of the cells that may raise while an exercise is unsolved.

    They call `use`, which gives back the stub in the student edition, or need what such a cell binds.
    """
    unsure, found = set(), []
    for number, cell in enumerate(cells):
        if cell.cell_type != "code" or chapters.tagged(cell, "exercise") + chapters.tagged(cell, "check"):
            continue
        bound, used = _names(cell.source)
        if "use" in used - bound or used & unsure:
            found.append(number)
            unsure |= bound
        else:
            unsure -= bound
    return found


def _names(text):
    """The names that a cell binds, and the global names that it uses."""
    table = symtable.symtable(text, "cell", "exec")
    bound = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    return bound, {one.get_name() for one in table.get_symbols() if one.is_referenced()} | _used(table)


def _used(table):
    """The global names that the functions of a cell use."""
    found = set()
    for child in table.get_children():
        found |= {one.get_name() for one in child.get_symbols() if one.is_global()} | _used(child)
    return found
