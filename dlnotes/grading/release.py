"""nbgrader's part of an assignment: its settings, and release/ by its own converter."""

import contextlib
import io
import logging
import os
import sys
from pathlib import Path

from nbgrader import api
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from dlnotes.exercises.registry import TODO
from dlnotes.grading.cells import ANSWER

CONFIG = "nbgrader_config.py"
SETTINGS = '''"""nbgrader's settings for this course, from `dlnotes homework assign`: change what you like."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
os.environ.setdefault("DLNOTES_PROGRESS", os.devnull)  # what students solve is not your own progress

c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.db_url = f"sqlite:///{{ROOT / 'gradebook.db'}}"
c.ClearSolutions.code_stub = {{"python": {code_stub!r}}}
c.ClearSolutions.text_stub = {text_stub!r}
# nbgrader's own autograde would run submissions with your rights: `dlnotes homework grade` has a sandbox
c.Autograde.exporter_class = "dlnotes.grading.refusal.Refusal"
c.ExportPlugin.to = "gradebook.csv"  # of `nbgrader export`: grades.csv is from `dlnotes homework grade`
'''


def write_settings(folder):
    """Write nbgrader_config.py for a new course in `folder`."""
    text = SETTINGS.format(course_id=folder.name, code_stub=TODO.strip(), text_stub=ANSWER)
    (folder / CONFIG).write_text(text, encoding="utf-8")


def generate(folder, name):
    """Make release/NAME from source/NAME, and its entries in the gradebook.

    nbgrader's own words are kept back, and shown in the `ValueError` where it fails.
    """
    said = io.StringIO()
    log = logging.Logger("nbgrader", logging.WARNING)
    log.addHandler(logging.StreamHandler(said))
    try:
        config = _config(folder, name)
        place = CourseDirectory(config=config, log=log)
        converter = GenerateAssignment(coursedir=place, config=config, log=log, force=True)
        with _programs_beside_python():
            converter.start()
    except Exception as error:  # nbgrader has one of its own, and passes on those of others
        words = said.getvalue().strip() or error
        raise ValueError(f"{name}: nbgrader could not make the release: {words}") from error


def has_submissions(folder, name):
    """Whether anybody has handed in the assignment, or is in the gradebook with it."""
    if any(folder.glob(f"submitted/*/{name}")):
        return True
    place = CourseDirectory(config=_config(folder, name))
    try:
        with _programs_beside_python(), api.Gradebook(place.db_url, place.course_id) as gradebook:
            return bool(gradebook.find_assignment(name).submissions)
    except api.MissingEntry:
        return False
    except Exception as error:  # of the database, which is another package's
        raise ValueError(f"course: got a gradebook, {place.db_url}, that cannot be read: {error}") from error


def _config(folder, name):
    """The settings of the course, a teacher's own among them, and what a release cannot do without."""
    if not (folder / CONFIG).exists():
        write_settings(folder)
    try:
        config = PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
    except Exception as error:  # it is a program: anything can be wrong with it
        raise ValueError(f"course: got {folder / CONFIG}, which stops with {error!r}") from error
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.assignment_id = name
    config.ClearSolutions.code_stub = {"python": TODO.strip()}
    config.ClearSolutions.text_stub = ANSWER
    return config


@contextlib.contextmanager
def _programs_beside_python():
    """A new gradebook calls the program alembic, which is in the environment of nbgrader, active or not."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before
