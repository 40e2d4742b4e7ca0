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
from dlnotes.grading.store import SCRATCH

CONFIG = "nbgrader_config.py"
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
    of nbgrader's file.  What a teacher entered by hand stays.
    """
    student, assignment = submission
    place, config = _place(folder)
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

    cells {grade_id: {"points", "max", "pending", "comment"}}, where pending says that a human has to look;
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
        columns = api.Grade.score, api.Grade.max_score, api.Grade.needs_manual_grade
        for student, name, points, most, pending in _cells(gradebook, assignment, api.Grade, *columns):
            comment = said.get((student, name)) or said.get((student, f"{name}-answer")) or ""
            cell = {"points": points, "max": most, "pending": pending, "comment": comment}
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
