"""Grading a class: COURSE/submitted -> results, nbgrader's gradebook, grades.csv, feedback and report.

A submission is examined once: what was found is kept, and holds as long as the submission, the assignment and
the edition of dlnotes are the same.  A run may end anywhere, and the next one goes on from there.
"""

import sys
from contextlib import closing
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from tqdm import tqdm

from dlnotes.exercises import find
from dlnotes.grading import feedback, gradebook, intake, mend, pool, report, sheet, store
from dlnotes.grading.course import grade_id, load

INTERRUPTED = 130  # the exit status of what Ctrl+C has ended
NOTHING = {"pages": [], "notes": []}


class Course(NamedTuple):
    """The folder, the assignments of homework.json, {assignment: {name: notebook as handed out}}."""

    folder: Path
    assignments: dict
    releases: dict


def run(course, jobs=None, unsafe=False):
    """Grade what has been submitted to the `course`; returns the exit status.

    0, all is graded; 1, something could not be, and says so; 130, Ctrl+C.  jobs, see `pool.opened`; `unsafe`
    does without a sandbox.  `ValueError` where there is no course, no sandbox, or another run at work.
    """
    folder = Path(course).resolve()
    assignments = load(folder)["assignments"]
    if unsafe:
        _say("NO SANDBOX: the submissions run with your rights, and can read and change all that you can")
    with store.alone(folder):
        try:
            releases = {name: _releases(folder, name, assignments[name]) for name in assignments}
            return _grade(Course(folder, assignments, releases), jobs, unsafe)
        except KeyboardInterrupt:
            _say("stopped; what is graded is kept: run it again, and it goes on from there")
            return INTERRUPTED


def _releases(folder, name, assignment):
    for notebook in assignment["notebooks"]:
        for key in notebook["exercises"]:
            find(key)  # or else a ValueError
    return {
        notebook["name"]: mend.released(folder, name, notebook["name"])
        for notebook in assignment["notebooks"]
    }


def _grade(course, jobs, unsafe):
    found, strays = intake.submissions(course.folder, course.assignments)
    with pool.opened(jobs, unsafe) as examined:
        judge = [pool.edition(), unsafe]
        works = [intake.read(course.folder, *one, course.assignments[one[1]], judge) for one in found]
        kept = [_lost(work.trouble) if work.trouble else store.kept(course.folder, work) for work in works]
        _complete(course, works, kept, examined)
    rows = _publish(course, works, kept, strays)
    _tell(rows, strays)
    return int(any(one["trouble"] for one in kept))


def _complete(course, works, kept, examined):
    """Examine what was not, enter into the gradebook what is not in it, and complete the list `kept`."""
    scores = {name: gradebook.scores(course.folder, name) for name in course.assignments}
    new = [place for place, one in enumerate(kept) if not one]
    for place, (work, one) in enumerate(zip(works, kept, strict=True)):
        if one and one["stamp"] == _stamp(course, work):
            if changed := _changed(course, work, one["result"], scores[work.name].get(work.student)):
                kept[place] = one | {"stamp": "", "changed": changed}
    late = [
        place
        for place, (work, one) in enumerate(zip(works, kept, strict=True))
        if one and (one["stamp"] != _stamp(course, work) or work.student not in scores[work.name])
    ]

    def results():
        yield from ((place, kept[place]) for place in late)
        with closing(examined([works[place].unit for place in new])) as stream:
            for number, result in stream:
                yield new[number], _found(works[new[number]], result)

    if late or new:
        with closing(results()) as stream:
            for place, one in _bar(stream, len(late + new)):
                kept[place] = _entered(course, works[place], one)


def _changed(course, work, result, score):
    """A note on points in the gradebook that are not what was entered, "" where all are."""
    keys = []
    for notebook in course.assignments[work.name]["notebooks"] if score else ():
        verdicts = sheet.named(result["pages"], notebook["name"]).get("verdicts", {})
        for key in notebook["exercises"]:
            cell, passed = score["cells"].get(grade_id(key)), verdicts.get(key, {}).get("state") == "pass"
            if cell and cell["auto"] != (cell["max"] if passed else 0):
                keys.append(key)
    if not keys:
        return ""
    return f"somebody else had graded {', '.join(keys)} in nbgrader's gradebook: our result is in it again"


def _bar(stream, number):
    return tqdm(stream, "grading", number, unit=" submission" if number == 1 else " submissions")


def _found(work, result):
    """What to keep of a result; an error is a flaw of ours, and tried again in the next run."""
    if isinstance(result, BaseException):
        return _lost(f"{type(result).__name__}: {result}")
    return {"digest": work.digest, "stamp": "", "trouble": "", "result": result}


def _lost(words):
    return {"digest": "", "stamp": "", "trouble": f"could not be graded: {words}", "result": NOTHING}


def _stamp(course, work):
    """A digest of all that the gradebook has to know of a submission."""
    return intake.digest(
        work.digest, course.assignments[work.name], course.releases[work.name], work.timestamp
    )


def _entered(course, work, one):
    """What is kept of a submission once it is in the gradebook, or of why it is not."""
    store.keep(course.folder, work, one)
    try:
        _enter(course, work, one["result"])
    except Exception as error:
        one = one | {"stamp": "", "trouble": f"could not be entered into the gradebook: {error}"}
    else:
        one = one | {"stamp": _stamp(course, work)}
    store.keep(course.folder, work, one)
    return one


def _enter(course, work, result):
    outcomes, notebooks = {}, {}
    for notebook in course.assignments[work.name]["notebooks"]:
        name = notebook["name"]
        verdicts = sheet.named(result["pages"], name).get("verdicts", {})
        outcomes |= {grade_id(key): verdict for key, verdict in verdicts.items()}
        page = sheet.named(work.read["pages"], name)
        notebooks[name] = mend.mended(course.releases[work.name][name], notebook, page)
    gradebook.record(course.folder, (work.student, work.name), notebooks, outcomes, work.timestamp)


def _publish(course, works, kept, strays):
    """Write grades.csv, the students' pages and the reports; returns the rows of the submissions."""
    rows = _rows(course, works, kept)
    store.write(course.folder, "grades.csv", sheet.table(rows))
    for row in rows:
        name = f"feedback/{row['student']}/{row['assignment']}.html"
        store.write(course.folder, name, feedback.feedback(row))
    for name in course.assignments:
        own = [row for row in rows if row["assignment"] == name]
        store.write(course.folder, f"report/{name}.html", report.report(name, own, strays))
    return rows


def _rows(course, works, kept):
    scores = {name: gradebook.scores(course.folder, name) for name in course.assignments}
    known = {
        name: {page: mend.handed_out(release) for page, release in course.releases[name].items()}
        for name in course.assignments
    }
    rows = []
    for work, one in zip(works, kept, strict=True):
        trouble = [words for words in (one["trouble"], one.get("changed")) if words]
        result = one["result"] | {"notes": trouble + one["result"].get("notes", [])}
        assignment, score = course.assignments[work.name], scores[work.name].get(work.student)
        rows.append(
            sheet.row((work.student, work.name), assignment, work.read, result, score, known[work.name])
        )
    return rows


def _tell(rows, strays):
    for name in dict.fromkeys(row["assignment"] for row in rows):
        own = [row for row in rows if row["assignment"] == name]
        mean, most = fmean(row["score"] for row in own), max(row["max"] for row in own)
        print(f"{name}: {_counted(len(own))}, on average {mean:.1f} of {most:g} points")
    if by_hand := sum(row["pending"] > 0 for row in rows):
        print(f"{_counted(by_hand)} with answers to be graded by hand, in the formgrader of nbgrader")
    if noted := sum(bool(row["notes"]) for row in rows):
        print(f"{_counted(noted)} with notes: see report/")
    if not rows:
        print("no submissions in submitted/STUDENT/ASSIGNMENT")
    for stray in strays:
        _say(stray)


def _counted(number):
    return f"{number} {'submission' if number == 1 else 'submissions'}"


def _say(words):
    print(f"dlnotes homework grade: {words}", file=sys.stderr)
