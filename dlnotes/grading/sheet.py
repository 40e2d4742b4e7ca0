"""All that is known of a submission, as one row: for grades.csv, for the student's page, for the report.

    {"student", "assignment", "score", "max", "penalty", "pending", "notes": [str], "pages": [
        {"name", "exercises": [task], "questions": [task]}]}
    task = {"key", "title", "points", "max", "auto", "by_hand", "pending", "comment", "text", "state",
        "reason"}

text is the student's code or words, None without; a question has no state and no reason; the pending of a row
are the points that a human may still give.
"""

import csv
import io
import re

from dlnotes.exercises import find
from dlnotes.grading.cells import ANSWER
from dlnotes.grading.course import grade_id
from dlnotes.grading.gradebook import NO_RESULT
from dlnotes.grading.mend import answer

ASKED = re.compile(rf"\n*^ *{re.escape(ANSWER)} *$", re.M)


def row(submission, assignment, read, result, score, known):
    """The row of a submission (student, name).

    assignment, its entry in homework.json; read, from `submission.read`; result, from `examine`;
    score, from `gradebook.scores`, or None; known {notebook: its cells as handed out}.
    """
    pages = []
    for notebook in assignment["notebooks"]:
        name = notebook["name"]
        page, verdicts = named(read["pages"], name), named(result["pages"], name).get("verdicts", {})
        exercises = [
            _task(key, most, score)
            | {"title": find(key).title, "text": _own(answer(page, key, known[name]), known[name])}
            | verdicts.get(key, NO_RESULT)
            for key, most in notebook["exercises"].items()
        ]
        questions = [
            _task(key, most, score) | {"title": _asked(key), "text": _words(page, key, known[name])}
            for key, most in notebook["questions"].items()
        ]
        pages.append({"name": name, "exercises": exercises, "questions": questions})
    rest = {"notes": notes(read, result), "pages": pages}
    pending = sum(task["max"] for task in tasks(rest) if task["pending"])
    totals = score or {"score": 0.0, "max": sum(task["max"] for task in tasks(rest)), "penalty": 0.0}
    totals = {name: totals[name] for name in ("score", "max", "penalty")}
    return {"student": submission[0], "assignment": submission[1], "pending": pending} | totals | rest


def _task(key, most, score):
    nothing = {"points": 0.0, "max": most, "auto": None, "by_hand": False, "pending": False, "comment": ""}
    return {"key": key} | (score["cells"].get(grade_id(key), nothing) if score else nothing)


def _own(text, known):
    """`text`, unless it is a cell as it was handed out."""
    return None if text is None or text.strip() in known else text


def _words(page, key, known):
    """The answer to a question, below what was asked, without the heading and the line that asks for it."""
    text = _own(page.get("questions", {}).get(key), known)
    if text is None:
        return None
    headings = {one.partition("\n")[0] for one in known if one.startswith("#")}
    first, _, rest = text.strip().partition("\n")
    return ASKED.sub("", rest if rest and first in headings else text).strip()


def _asked(key):
    """What the page calls a question, which has no title of its own, and the last word of its key."""
    return f"In your own words: {key.rpartition('.')[2].replace('_', ' ')}"


def ungiven(row):
    """The points of a row that a human may still give, and has not given before."""
    return sum(task["max"] for task in tasks(row) if task["pending"] and not task["by_hand"])


def tasks(row):
    """Exercises and questions of a row, in the order of its pages."""
    return [task for page in row["pages"] for kind in ("exercises", "questions") for task in page[kind]]


def named(pages, name):
    """The page with this name, or {}."""
    return next((page for page in pages if page["name"] == name), {})


def notes(read, result):
    """What reading and examining a submission had to say, once each."""
    found = result.get("notes", []) + read["notes"]
    for page in read["pages"] + result["pages"]:
        found += [f"{page['name']}: {note}" for note in page.get("notes", [])]
    return list(dict.fromkeys(found))


def table(rows):
    """The text of grades.csv: a line for each submission, a column for each exercise and question.

    Where something was taken off because it came late, the column "late" says how much.
    """
    keys = list(dict.fromkeys(task["key"] for one in rows for task in tasks(one)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    late = ["late"] if any(one["penalty"] for one in rows) else []
    writer.writerow(["student", "assignment", "score", "max", *keys, *late, "pending by hand", "notes"])
    for one in rows:
        points = {task["key"]: task["points"] for task in tasks(one)}
        numbers = [
            one["score"],
            one["max"],
            *map(points.get, keys),
            *(one["penalty"] for _ in late),
            one["pending"],
        ]
        cells = ["" if number is None else f"{number:g}" for number in numbers]
        writer.writerow([_inert(one["student"]), one["assignment"], *cells, _inert("; ".join(one["notes"]))])
    return text.getvalue()


def _inert(text):
    """`text` as a spreadsheet shows it, not as the formula that a student may have made of it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
