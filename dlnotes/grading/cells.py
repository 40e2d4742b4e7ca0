"""A notebook of the book as a teacher's notebook of nbgrader, cell by cell.

`exercise:NAME` becomes a solution cell, `check:NAME` a test cell with points and a hidden test,
`question:KEY` an answer that a human grades, and any other cell one that students cannot change.
"""

import inspect
import re
import symtable
import textwrap
from typing import NamedTuple

from dlnotes.book import chapters, twins
from dlnotes.exercises import find
from dlnotes.exercises.registry import TODO
from dlnotes.grading import source
from dlnotes.grading.answers import model_answers
from dlnotes.grading.course import answer_id, grade_id

QUESTION_POINTS = 2
ANSWER = "*Your answer:*"  # the last line of a question; a teacher's notebook has in its place the
MODEL = "### BEGIN SOLUTION\n{}\n### END SOLUTION"  # model answer, which nbgrader takes out
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


def teachers_notebook(path, points, handed_out):
    """The notebook at `path` for nbgrader: solved, {key: points} for its tasks, read-only elsewhere.

    A link that leads to a notebook whose name is not among those handed out becomes plain text.
    """
    notebook = twins.draft(path)
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
        key: cell.source.replace(_model(key), ANSWER)
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
        cell.source = f"{cell.source.removesuffix(ANSWER).rstrip()}\n\n{_model(key)}"
        return _metadata(grade_id(key), grade=True, solution=True, points=points[key])
    return None


def _model(key):
    """The model answer to a question between nbgrader's marks; nothing between them where there is none."""
    return MODEL.format(model_answers(key.partition(".")[0]).get(key, ""))


def _metadata(grade_id, *, grade=False, solution=False, locked=False, **points):
    kind = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return {"grade_id": grade_id, "schema_version": 3} | kind | points


def solution(exercise):
    """The body of the reference solution, below what it uses of its module, which no student has."""
    lines = textwrap.dedent(inspect.getsource(exercise.reference)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    home = inspect.getsource(inspect.getmodule(exercise.reference))
    helpers = _helpers("\n".join(lines[start:]), home, {exercise.name, "np"})  # every page imports np
    body = lines[start + len(exercise.stub.splitlines()) - 1 :]
    return "\n".join([textwrap.indent(text, "    ") for text in helpers] + body)


def _helpers(text, module, known):
    """What the function with this text needs of its module's text, beside the names known; in its order."""
    home, found, waiting = source.read(module), set(), [text]
    while waiting:
        needs = set().union(*(piece.needs for piece in source.read(waiting.pop()).pieces)) - known
        for number, piece in enumerate(home.pieces):
            for name in needs & piece.binds:
                lines = home.lines[piece.first - 1 : piece.last]
                part = number, piece.imports.get(name) or _without_decorators(lines)
                if part not in found:
                    found.add(part)
                    waiting.append(part[1])
    return [part for _, part in sorted(found)]


def _without_decorators(lines):
    """The text of a statement; of a function, whose decorator may be `exercise`, from `def` on, and a gap."""
    start = next((number for number, line in enumerate(lines) if line.startswith("def ")), None)
    return "\n".join(lines) if start is None else "\n".join([*lines[start:], ""])


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
