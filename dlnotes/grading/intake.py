"""What lies in COURSE/submitted, read once and never changed: who submitted what, as units to examine."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from dlnotes.grading import submission
from dlnotes.grading.course import seed_of

TIME = "timestamp.txt"  # nbgrader's: when the submission came


class Work(NamedTuple):
    """A submission: whose and of what, what was read, and the unit for `examine`; trouble, if that failed.

    timestamp, as nbgrader wants it, or "".  digest, of all that the verdicts depend on.
    """

    student: str
    name: str
    read: dict
    unit: dict
    trouble: str
    timestamp: str
    digest: str


def submissions(folder, names):
    """[(student, assignment)] of the course in `folder`, and notes on what else lies there.

    Among them is whoever has handed in something, but not into the folder of the assignment.
    """
    found, strays = [], []
    for place in _listed(folder / "submitted"):
        if not place.is_dir() or not _is_plain(place.name):
            strays.append(f"submitted/{_shown(place)} is no folder with the name of a student")
            continue
        try:
            inside = _listed(place)
        except OSError as error:
            strays.append(f"submitted/{place.name} cannot be read: {error.strerror}")
            continue
        own = [one.name for one in inside if one.name in names]
        for one in (one for one in inside if one.name not in names):
            meant = _meant(one.name, names)
            own += [meant] if meant and meant not in own else []
            hint = f": {_where(place.name, meant)}" if meant else ""
            strays.append(f"submitted/{place.name}/{_shown(one)} is no assignment of this course{hint}")
        found += [(place.name, name) for name in own]
    return found, strays


def _meant(name, names):
    """The assignment that a file or a folder of a student must belong to, None where that is not sure."""
    alike = [one for one in names if one.casefold() == name.casefold()] or list(names)
    return alike[0] if len(alike) == 1 else None


def _where(student, name):
    return f"put it into submitted/{student}/{name}/"


def _listed(folder):
    """What lies in a folder, without what is hidden, and what a zip from a Mac brings along."""
    inside = folder.iterdir() if folder.is_dir() else ()
    return sorted(one for one in inside if not one.name.startswith((".", "__MACOSX")))


def _is_plain(name):
    """Can a gradebook hold this name?  Half a character or a line break it cannot."""
    return name.isprintable() and name == name.encode("utf-8", "replace").decode("utf-8")


def _shown(path):
    return path.name if _is_plain(path.name) else ascii(path.name)


def read(folder, student, name, assignment, judge):
    """The `Work` of a submission; assignment, its entry in homework.json; judge, who will examine it."""
    place = Path(folder) / "submitted" / student / name
    try:
        pages = submission.read(place, assignment)
        unit = _unit(student, name, assignment, pages)
        time, flaw = _timestamp(place / TIME)
    except Exception as error:  # a flaw of ours: it must not stop the class
        nothing, trouble = {"pages": [], "notes": []}, f"{type(error).__name__}: {error}"
        return Work(student, name, nothing, {}, trouble, "", "")
    if not place.exists():  # see `submissions`
        flaw = [f"it is not in its folder: {_where(student, name)}"]
    pages = pages | {"notes": [*pages["notes"], *flaw]}
    return Work(student, name, pages, unit, "", time, digest(unit, judge))


def digest(*parts):
    """A digest of what JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _unit(student, name, assignment, pages):
    keys = {notebook["name"]: list(notebook["exercises"]) for notebook in assignment["notebooks"]}
    with_keys = [page | {"exercises": keys[page["name"]]} for page in pages["pages"]]
    return {"student": student, "assignment": name, "pages": with_keys, "seed": seed_of(assignment, student)}


def _timestamp(path):
    """When the submission came, as text for nbgrader, which would stumble over a bad date, and notes."""
    from nbgrader.utils import parse_utc

    if path.is_symlink() or not path.is_file():
        return "", []
    with path.open("rb") as file:
        words = file.read(100).decode("utf-8", "replace").strip()
    try:
        return (f"{parse_utc(words).isoformat(sep=' ')} UTC" if words else ""), []
    except Exception:  # whatever dateutil says
        return "", [f"{TIME} holds no date, but {words!r}: formgrader will stumble over it"]
