"""Notebooks as homework: the book's pages -> source/ and, by nbgrader's own converter, release/."""

import contextlib
import io
import logging
import math
import os
import secrets
import sys
from pathlib import Path

import nbformat

from dlnotes.book import ROOT, chapters
from dlnotes.exercises.registry import TODO
from dlnotes.grading import cells, course

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
'''


def offered(chapter=None, names=()):
    """{source: its tasks} of the notebooks named, of a whole chapter ("ch02"), or of the whole book."""
    sources = chapters.sources()
    if not sources:
        raise ValueError(f"notebooks: got none in {ROOT}, want a checkout of the repository")
    if chapter is not None:
        _refuse_unknown("chapter", [chapter], [_chapter(source) for source in sources])
        sources = [source for source in sources if _chapter(source) == chapter]
    _refuse_unknown("notebook", names, [source.stem for source in sources])
    sources = [source for source in sources if source.stem in names or not names]
    return {source: cells.tasks(chapters.read(source)) for source in sources}


def assign(folder, chapter, names=(), *, name=None, points=None, per_student=False):
    """Make or replace an assignment in the course in `folder`; returns what homework.json says of it.

    The notebooks `names` of a chapter, all of them by default, become the assignment `name`, by default the
    chapter.  points {key: N} overrules the book's.  Assigned again it keeps its seed; once there are
    submissions it must keep its cells, too.
    """
    folder, name = Path(folder).resolve(), chapter if name is None else name
    if not course.NAME.fullmatch(name):
        raise ValueError(f"name: got {name!r}, want letters, digits, - and _")
    chosen = offered(chapter, names)
    worth = _worth([task for tasks in chosen.values() for task in tasks], points or {})
    homework, handed_out = _open(folder), {source.stem for source in chosen}
    notebooks = {source.stem: cells.teachers_notebook(source, worth, handed_out) for source in chosen}
    _refuse_other_cells(folder, name, notebooks)

    before = homework["assignments"].get(name)
    assignment = {
        "seed": before["seed"] if before else secrets.randbits(64),
        "per_student": per_student,
        "notebooks": [_page(source.stem, tasks, worth) for source, tasks in chosen.items()],
    }
    _write(folder, name, notebooks)
    _release(folder, name)
    course.save(folder, homework | {"assignments": homework["assignments"] | {name: assignment}})
    return assignment


def _chapter(source):
    return source.parent.name.partition("_")[0]


def _refuse_unknown(what, names, known):
    for name in names:
        if name not in known:
            raise ValueError(f"{what}: got {name!r}, want one of {', '.join(dict.fromkeys(known))}")


def _open(folder):
    """What the course in `folder` remembers; where there is nothing yet, a new course."""
    if set("*?[") & set(str(folder)):
        raise ValueError(
            f"course: got {folder}, want a path without * ? [, which nbgrader takes for patterns"
        )
    if not folder.exists() or folder.is_dir() and not any(folder.iterdir()):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(SETTINGS.format(**_settings(folder)), encoding="utf-8")
        course.save(folder, {"assignments": {}})
    return course.load(folder)


def _worth(tasks, points):
    """{key: points} of `tasks`, where `points` overrules."""
    _refuse_unknown("points", points, [task.key for task in tasks])
    for key, number in points.items():
        if not 0 <= number < math.inf:
            raise ValueError(f"points: got {number} for {key}, want a number >= 0")
    return {task.key: task.points for task in tasks} | points


def _page(name, tasks, worth):
    keys = {kind: [task.key for task in tasks if task.kind == kind] for kind in ("exercise", "question")}
    return {"name": name} | {f"{kind}s": {key: worth[key] for key in keys[kind]} for kind in keys}


def _refuse_other_cells(folder, name, notebooks):
    """Once there are submissions an assignment keeps its cells: nbgrader has grades for them."""
    if not (any(folder.glob(f"submitted/*/{name}")) or _is_graded(folder, name)):
        return
    before = {path.stem: nbformat.read(path, 4) for path in (folder / "source" / name).glob("*.ipynb")}
    if changed := sorted(_ids(before) ^ _ids(notebooks)):
        raise ValueError(
            f"assignment: got other cells for {name}, which has submissions ({', '.join(changed[:3])}"
            f"{', ...' if len(changed) > 3 else ''}), want the same ones, or another --name"
        )


def _is_graded(folder, name):
    from nbgrader.api import Gradebook, MissingEntry

    if not (folder / "gradebook.db").exists():
        return False
    with Gradebook(_database(folder)) as gradebook:
        try:
            return bool(gradebook.find_assignment(name).submissions)
        except MissingEntry:
            return False


def _database(folder):
    return f"sqlite:///{folder / 'gradebook.db'}"


def _ids(notebooks):
    return {
        f"{name}/{cell.metadata.nbgrader.grade_id}"
        for name, notebook in notebooks.items()
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def _write(folder, name, notebooks):
    """Fill source/NAME with these notebooks and no others."""
    source = folder / "source" / name
    source.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.ipynb"):
        if path.stem not in notebooks:
            path.unlink()
    for stem, notebook in notebooks.items():
        nbformat.write(notebook, source / f"{stem}.ipynb")


def _settings(folder):
    return {"course_id": folder.name, "code_stub": TODO.strip(), "text_stub": cells.ANSWER}


def _release(folder, name):
    """Have nbgrader make release/NAME and the entries of its gradebook; what it says is shown if it fails."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    settings, said = _settings(folder), io.StringIO()
    config = Config()
    config.CourseDirectory.course_id = settings["course_id"]
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.db_url = _database(folder)
    config.CourseDirectory.assignment_id = name
    config.ClearSolutions.code_stub = {"python": settings["code_stub"]}
    config.ClearSolutions.text_stub = settings["text_stub"]
    log = logging.Logger("nbgrader", logging.WARNING)
    log.addHandler(logging.StreamHandler(said))
    place = CourseDirectory(config=config, log=log)
    converter = GenerateAssignment(coursedir=place, config=config, log=log, force=True)
    try:
        with _programs_beside_python():
            converter.start()
    except Exception as error:  # nbgrader has one of its own, and passes on those of others
        words = said.getvalue().strip() or error
        raise ValueError(f"{name}: nbgrader could not make the release: {words}") from error


@contextlib.contextmanager
def _programs_beside_python():
    """A new gradebook calls the program alembic, which is in the environment of nbgrader, active or not."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before
