"""nbgrader's gradebook: verdicts go in through nbgrader's own Autograde, points and comments come out.

No notebook is executed here: in the place of Autograde's Execute stands `Verdicts`, which gives every test
cell the outcome that was found in the sandbox, and an error to one that has none.
"""

import shutil
import warnings
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.writers import FilesWriter
from nbformat.v4 import new_output
from nbgrader import api, utils
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import CheckCellMetadata, Execute, NbGraderPreprocessor
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from dlnotes.grading import intake
from dlnotes.grading.release import CONFIG
from dlnotes.grading.store import SCRATCH

MENDED = f"{SCRATCH}/mended"  # what nbgrader takes for the submissions
NO_RESULT = {"state": "missing", "reason": "no result was found for it"}

warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # on each new student


class Verdicts(NbGraderPreprocessor):
    """Gives each test cell of a notebook its outcome, {grade_id: {"state", "reason"}}."""

    def __init__(self, outcomes):
        super().__init__()
        self.outcomes = outcomes

    def preprocess_cell(self, cell, resources, index):
        if utils.is_grade(cell) and cell.cell_type == "code":
            cell.outputs = [_output(self.outcomes.get(cell.metadata.nbgrader.grade_id, NO_RESULT))]
        return cell, resources


def _output(verdict):
    """What nbgrader takes for all points, or, for all but an explicit pass, for none."""
    if verdict["state"] == "pass":
        return new_output("stream", name="stdout", text="pass\n")
    said = f"{verdict['state']}: {verdict['reason']}"
    return new_output("error", ename=verdict["state"], evalue=verdict["reason"], traceback=[said])


def record(folder, submission, notebooks, outcomes, timestamp=""):
    """Enter a submission (student, assignment) into the gradebook, and write its autograded notebooks.

    folder, the course; notebooks {name: mended notebook}; outcomes {grade_id: verdict}; timestamp, the text
    of nbgrader's file.  What a teacher entered by hand stays, and waits for a human again only where the text
    that it was given for is another one now.
    """
    student, assignment = submission
    place, config = _place(folder)
    texts = _texts(notebooks)
    settled = [one for one in _settled(folder, place, submission) if one[1] == texts.get(one[0])]
    source = Path(place.format_path(MENDED, student, assignment))
    source.mkdir(parents=True)
    for name, notebook in notebooks.items():
        nbformat.write(notebook, source / f"{name}.ipynb")
    if timestamp:
        (source / intake.TIME).write_text(timestamp, encoding="utf-8")
    try:
        _autograde(place, config, submission, sorted(map(str, source.glob("*.ipynb"))), outcomes)
    finally:
        shutil.rmtree(source)
    with _opened(folder) as gradebook:
        for (name, cell), _ in settled:
            gradebook.find_grade(cell, name, assignment, student).needs_manual_grade = False
        gradebook.db.commit()


def _settled(folder, place, submission):
    """[((notebook, grade_id), text)] of what a human has graded, and need not look at again."""
    student, assignment = submission
    autograded = Path(place.format_path(place.autograded_directory, student, assignment))
    paths = sorted(autograded.glob("*.ipynb"))
    texts = _texts({path.stem: nbformat.read(path, 4) for path in paths}) if paths else {}
    with _opened(folder) as gradebook:
        try:
            found = gradebook.find_submission(assignment, student).notebooks
        except api.MissingEntry:
            return []
        grades = [(book.name, grade) for book in found for grade in book.grades]
        cells = [
            (name, grade.name)
            for name, grade in grades
            if grade.manual_score is not None and not grade.needs_manual_grade
        ]
    return [(cell, texts[cell]) for cell in cells if cell in texts]


def _texts(notebooks):
    """{(name, grade_id): the student's text} for the cells that earn points in {name: notebook}."""
    found = {}
    for name, notebook in notebooks.items():
        cells = [cell for cell in notebook.cells if "grade_id" in cell.metadata.get("nbgrader", {})]
        own = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}
        for cell in filter(utils.is_grade, cells):
            grade_id = cell.metadata.nbgrader.grade_id
            found[name, grade_id] = own.get(f"{grade_id}-answer", own[grade_id])
    return found


def _autograde(place, config, submission, paths, outcomes):
    """What `Autograde.start` does for one submission, in any working directory and for any student's name.

    The notebooks are our own: nothing in them has to be sanitized, and their metadata need no check.
    """
    student, assignment = submission
    ours = {"sanitize_preprocessors": [], "exporter_class": NotebookExporter}  # not the Refusal
    autograde = Autograde(coursedir=place, config=config, force=True, **ours)
    steps = [step for step in autograde.autograde_preprocessors if step is not CheckCellMetadata]
    autograde.autograde_preprocessors = [Verdicts(outcomes) if step is Execute else step for step in steps]
    autograde.writer = FilesWriter(parent=autograde, config=autograde.config)
    autograde.exporter = autograde.exporter_class(parent=autograde, config=autograde.config)
    autograde.notebooks = paths
    autograde.init_destination(assignment, student)
    try:
        autograde.init_assignment(assignment, student)
        for path in autograde.notebooks:
            autograde.convert_single_notebook(path)
        autograde.set_permissions(assignment, student)
    except BaseException:
        shutil.rmtree(autograde._format_dest(assignment, student), ignore_errors=True)
        raise


def _place(folder):
    """nbgrader's idea of the course in `folder`, and the teacher's settings."""
    config = Config()
    if (Path(folder) / CONFIG).is_file():
        config = PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
    config.CourseDirectory.root = str(Path(folder).resolve())
    config.CourseDirectory.submitted_directory = MENDED
    return CourseDirectory(config=config), config


def scores(folder, assignment):
    """What the gradebook has on each student's submission: {student: {"score", "max", "penalty", "cells"}}.

    cells {grade_id: {"points", "max", "auto", "by_hand", "pending", "comment"}}: auto, points of no human,
    None for an answer in words; by_hand, a human gave some; pending, a human has to look;
    score as `nbgrader export` has it, late penalties taken off.  `ValueError` without such an assignment.
    """
    with _opened(folder) as gradebook:
        if assignment not in {one.name for one in gradebook.assignments}:
            raise ValueError(f"gradebook: got no {assignment} in it, want `dlnotes homework assign` again")
        total = api.SubmittedAssignment
        columns = total.student_id, total.score, total.max_score, total.late_submission_penalty
        rows = gradebook.db.query(*columns).join(api.Assignment).filter(api.Assignment.name == assignment)
        found = {
            student: {"score": max(0.0, score - penalty), "max": most, "penalty": penalty, "cells": {}}
            for student, score, most, penalty in rows
        }
        said = {
            row[:2]: row[2] for row in _cells(gradebook, assignment, api.Comment, api.Comment.manual_comment)
        }
        kind = api.Grade
        columns = kind.score, kind.max_score, kind.auto_score, kind.manual_score, kind.needs_manual_grade
        for student, name, points, most, *more in _cells(gradebook, assignment, kind, *columns):
            comment = said.get((student, name)) or said.get((student, f"{name}-answer")) or ""
            auto, manual, pending = more
            cell = {"points": points, "max": most, "auto": auto, "by_hand": manual is not None}
            cell |= {"pending": pending, "comment": comment}
            found[student]["cells"][name] = cell
    return found


@contextmanager
def _opened(folder):
    """The gradebook of the course; a new one is not made, for nbgrader would call another program for it."""
    place, _ = _place(folder)
    path = Path(place.db_url.removeprefix("sqlite:///"))
    if place.db_url.startswith("sqlite:///") and not path.exists():
        raise ValueError(f"gradebook: got no {path}, want `dlnotes homework assign` again")
    try:
        with api.Gradebook(place.db_url, place.course_id) as gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        raise ValueError(f"gradebook: {place.db_url} cannot be read: {error}") from error


def _cells(gradebook, assignment, kind, *columns):
    """(student, name of a cell, *columns) of all grades or comments on an assignment."""
    query = gradebook.db.query(api.SubmittedAssignment.student_id, api.BaseCell.name, *columns).select_from(
        kind
    )
    query = query.join(api.BaseCell, kind.cell_id == api.BaseCell.id)
    query = query.join(api.SubmittedNotebook, kind.notebook_id == api.SubmittedNotebook.id)
    query = query.join(api.SubmittedAssignment).join(api.Assignment, api.SubmittedAssignment.assignment)
    return query.filter(api.Assignment.name == assignment)
