"""The reader's own record: attempts, solutions and hints, a line each in a file on this machine alone."""

import json
import os
from collections import Counter
from pathlib import Path

from dlnotes.exercises.catalog import exercise_of, find, names

FILE = "DLNOTES_PROGRESS"  # the environment variable that names another file
UNWRITTEN = []  # what happened since the file could not be written


def path():
    """The file of the record: `progress.jsonl` in the user's data folder, or what DLNOTES_PROGRESS names."""
    import platformdirs

    return Path(os.environ.get(FILE) or platformdirs.user_data_path("dlnotes") / "progress.jsonl")


def remember(exercise, event):
    """Append an event, "pass", "fail" or "hint", to the record; "todo" is none.

    A record that cannot be written is no reason to fail: the reader is told once, and goes on.
    """
    if event == "todo":
        return
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with path().open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"key": exercise.key, "event": event}))
    except OSError as error:
        if not UNWRITTEN:
            print(f"(your progress is kept until this kernel ends: {path()}: {error.strerror})")
        UNWRITTEN.append((exercise.key, event))


def events():
    """The events of the record as (key, event), oldest first; what is damaged is left out."""
    try:
        lines = path().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return [event for event in map(_event, lines) if event] + UNWRITTEN


def hint(fn):
    """Print the hints so far for the exercise with the name of `fn`, and one more until there are three."""
    exercise = exercise_of(fn)
    given, count = Counter(events())[exercise.key, "hint"], len(exercise.hints)
    if given < count:
        remember(exercise, "hint")
    for number, words in enumerate(exercise.hints[: given + 1], start=1):
        print(f"Hint {number} of {count}: {words}")


def progress(chapter=None):
    """Print what is solved of a chapter ("ch02"), or of all, and after how many attempts and hints."""
    kept = events()
    exercises = [find(name) for name in names()]
    chapters = sorted({one.key.partition(".")[0] for one in exercises})
    if chapter not in (None, *chapters):
        raise ValueError(f"chapter: got {chapter!r}, want one of {', '.join(chapters)}")
    for name in [chapter] if chapter else chapters:
        _print_chapter(name, [one for one in exercises if one.key.startswith(f"{name}.")], kept)


def _print_chapter(chapter, exercises, kept):
    count = Counter(kept)
    solved = sum(count[one.key, "pass"] > 0 for one in exercises)
    heading = f"{chapter}: {solved} of {len(exercises)} solved"
    print(f"{heading:<68} attempts  hints")
    for one in exercises:
        attempts = _attempts([event for key, event in kept if key == one.key])
        mark = "✓" if count[one.key, "pass"] else "○"
        place = f"{one.key.split('.')[1]} · {one.name}"
        print(f"  {mark} {place:<64} {attempts:>7} {count[one.key, 'hint']:>6}")


def _attempts(found):
    """How many checks it took until the first that passed, or so far."""
    checks = [event for event in found if event != "hint"]
    return checks.index("pass") + 1 if "pass" in checks else len(checks)


def _event(line):
    try:
        row = json.loads(line)
        return str(row["key"]), str(row["event"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
