"""Notebooks as homework: the book's pages -> source/ and, by nbgrader's own converter, release/."""

import math
import secrets
from pathlib import Path

import nbformat

from dlnotes.book import ROOT, chapters
from dlnotes.grading import cells, course


def offered(chapter=None, names=()):
    """{source: its tasks} of the notebooks named, of a whole chapter ("ch02"), or of the whole book.

    A notebook without tasks is no homework.
    """
    if not chapters.sources():
        raise ValueError(f"notebooks: got none in {ROOT}, want a checkout of the repository")
    if chapter is not None:
        _refuse_unknown("chapter", [chapter], map(_chapter, chapters.sources()))
    sources = [source for source in chapters.sources() if chapter in (None, _chapter(source))]
    found = {source: cells.tasks(chapters.read(source)) for source in sources}
    found = {source: tasks for source, tasks in found.items() if tasks}
    _refuse_unknown("notebook", names, [source.stem for source in found])
    return {source: tasks for source, tasks in found.items() if source.stem in names or not names}


def assign(folder, chapter, names=(), *, name=None, points=None, per_student=False):
    """Make or replace an assignment in the course in `folder`; returns what homework.json says of it.

    The notebooks `names` of a chapter, all of them by default, become the assignment `name`, by default the
    chapter.  points {key: N} overrules the book's.  Assigned again it keeps its seed, and the points that
    `points` does not name; once there are submissions it must keep its cells, too.
    """
    folder, name = Path(folder).resolve(), chapter if name is None else name
    if not course.NAME.fullmatch(name):
        raise ValueError(f"name: got {name!r}, want letters, digits, - and _")
    chosen = offered(chapter, names)
    tasks = [task for found in chosen.values() for task in found]
    _refuse_bad(points or {}, tasks)
    before = None if _is_new(folder) else course.load(folder)["assignments"].get(name)
    worth = {task.key: task.points for task in tasks} | _kept(before, tasks) | (points or {})
    handed_out = {source.stem for source in chosen}
    notebooks = {source.stem: cells.teachers_notebook(source, worth, handed_out) for source in chosen}

    from dlnotes.grading import release  # nbgrader: slow, and perhaps missing

    if _is_new(folder):
        folder.mkdir(parents=True, exist_ok=True)
        release.write_settings(folder)
        course.save(folder, {"assignments": {}})
    homework = course.load(folder)
    if before and release.has_submissions(folder, name):
        _refuse_other_cells(folder, name, notebooks)

    assignment = {
        "seed": before["seed"] if before else secrets.randbits(64),
        "per_student": per_student,
        "notebooks": [_page(source, tasks, worth, notebooks) for source, tasks in chosen.items()],
    }
    _write(folder / "source" / name, notebooks)
    release.generate(folder, name)
    course.save(folder, homework | {"assignments": homework["assignments"] | {name: assignment}})
    return assignment


def _chapter(source):
    return source.parent.name.partition("_")[0]


def _refuse_unknown(what, names, known):
    known = dict.fromkeys(known)
    for name in names:
        if name not in known:
            raise ValueError(f"{what}: got {name!r}, want one of {', '.join(known)}")


def _is_new(folder):
    """Whether `folder` may become a course; `ValueError` where it never can."""
    if set("*?[") & set(str(folder)):
        raise ValueError(f"course: got {folder}, want a path without * ? [ (patterns, for nbgrader)")
    return not folder.exists() or folder.is_dir() and not any(folder.iterdir())


def _refuse_bad(points, tasks):
    _refuse_unknown("points", points, [task.key for task in tasks])
    for key, number in points.items():
        if not 0 <= number < math.inf:
            raise ValueError(f"points: got {number} for {key}, want a number >= 0")


def _kept(before, tasks):
    """{key: points} of those tasks that the assignment had before, None where there was none."""
    pages = before["notebooks"] if before else []
    points = [page[kind] for page in pages for kind in ("exercises", "questions")]
    known = {task.key for task in tasks}
    return {key: number for one in points for key, number in one.items() if key in known}


def _page(source, tasks, worth, notebooks):
    points = {"exercise": {}, "question": {}}
    for task in tasks:
        points[task.kind][task.key] = worth[task.key]
    return {
        "name": source.stem,
        "exercises": points["exercise"],
        "questions": points["question"],
        "prompts": cells.prompts(notebooks[source.stem]),
        "imports": cells.imports(notebooks[source.stem]),
    }


def _refuse_other_cells(folder, name, notebooks):
    """Once there are submissions an assignment keeps its cells: nbgrader has grades for them."""
    before = {path.stem: nbformat.read(path, 4) for path in (folder / "source" / name).glob("*.ipynb")}
    if changed := sorted(_ids(before) ^ _ids(notebooks)):
        raise ValueError(
            f"assignment: got other cells for {name}, which has submissions ({', '.join(changed[:3])}"
            f"{', ...' if len(changed) > 3 else ''}), want the same ones, or another --name"
        )


def _ids(notebooks):
    return {
        f"{name}/{cell.metadata.nbgrader.grade_id}"
        for name, notebook in notebooks.items()
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def _write(source, notebooks):
    """Fill the folder `source` with these notebooks and no others."""
    source.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.ipynb"):
        if path.stem not in notebooks:
            path.unlink()
    for stem, notebook in notebooks.items():
        nbformat.write(notebook, source / f"{stem}.ipynb")
