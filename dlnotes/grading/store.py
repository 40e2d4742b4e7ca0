"""What a course keeps of its submissions, each file whole or not at all, and the lock that one run holds.

COURSE/results/STUDENT/ASSIGNMENT.json: {"digest": of what was examined, "result": what was found, "trouble":
why there is nothing better, "stamp": of what nbgrader's gradebook has of it, "changed": a note, if that was
not what we had entered}.
"""

import contextlib
import json
import shutil
from pathlib import Path

SCRATCH = ".grading"  # in the course: the lock, and what is not finished yet


@contextlib.contextmanager
def alone(folder):
    """Hold the lock of the course in `folder`, and leave nothing unfinished; `ValueError` if it is held."""
    import fcntl

    scratch = folder / SCRATCH
    scratch.mkdir(exist_ok=True)
    with (scratch / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(
                f"course: {folder} is being graded already: wait for that run, or stop it"
            ) from None
        try:
            _clear(scratch)
            yield
        finally:
            _clear(scratch)


def _clear(scratch):
    for one in scratch.iterdir():
        if one.is_dir():
            shutil.rmtree(one)
        elif one.name != "lock":
            one.unlink()


def write(folder, name, text):
    """Write `name`, "feedback/ann/ch02.html", say, in the course in `folder`, unless it says that already."""
    path, content = Path(folder) / name, text.encode("utf-8", "replace")
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(folder) / SCRATCH / "unfinished"
    unfinished.write_bytes(content)
    unfinished.replace(path)


def keep(folder, work, kept):
    """Write what is known of a submission."""
    write(folder, _name(work), json.dumps(kept, indent=1) + "\n")


def kept(folder, work):
    """What is known of a submission since an earlier run, None where that is of no use any more."""
    try:
        found = json.loads((Path(folder) / _name(work)).read_text(encoding="utf-8"))
        return found | {"trouble": ""} if found["digest"] == work.digest else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _name(work):
    return f"results/{work.student}/{work.name}.json"
