"""A whole class in real sandboxes: hostile and damaged beside honest, interrupted runs, a cluster."""

import csv
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import attacks
import classroom
import damage
import nbformat
import pytest
from classroom import BOUND, GRADIENT, KEYS, NAME, QUESTION, UPDATE
from sandboxed import need_sandbox

from dlnotes.grading import examine, gradebook, pool, sandbox, store
from dlnotes.grading.course import grade_id, load
from dlnotes.grading.grade import run

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's, on a new student
SHORT = sandbox.LIMITS._replace(answer=1, wall=6, memory=500 * sandbox.MB, scratch=4 * sandbox.MB)
HOSTILE = [
    "a loop", "a loop that is deaf", "memory", "a fork bomb", "processes and threads", "it stays", "it kills",
    "it fills the disk", "it deletes and changes", "it looks at others", "it looks for references",
    "it opens sockets", "it patches what judges", "it forges results and ends", "it prints results",
    "it floods the results", "it ends when called", "it exits at import",
]  # fmt: skip
DAMAGED = [
    "checks deleted", "an answer deleted", "every cell twice", "cells reversed", "retyped to markdown",
    "in three parts", "a broken answer", "kernel of R", "renamed", "a script of nbconvert", "cut off",
    "empty", "deeply nested", "no file",
]  # fmt: skip
POINTS = {UPDATE: 2, GRADIENT: 3, BOUND: 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    need_sandbox()
    return classroom.course(tmp_path_factory.mktemp("made") / "course")


@pytest.fixture
def course(made, tmp_path):
    return shutil.copytree(made, tmp_path / "course")


def honest(course):
    """Four students, and the points that they earn."""
    words = {QUESTION: "No number is enough; <b>a linear program</b> is."}
    wrong, _ = classroom.mistaken(UPDATE)
    classroom.submit(course, "ann", classroom.solved(*KEYS) | words)
    classroom.submit(course, "ben", classroom.solved(GRADIENT) | {UPDATE: wrong})
    classroom.submit(course, "cleo", {})
    classroom.submit(course, "dan", classroom.solved(BOUND) | {GRADIENT: "def perceptron_gradient(:"})
    return {"ann": 8, "ben": 3, "cleo": 0, "dan": 3}


def hostile(course, secrets):
    """A student for each attack, and the points that they earn; secrets, files that are none of theirs."""
    known = f"PORT, PLACES, FILES = 9, {[str(course), *map(str, secrets)]}, {list(map(str, secrets))}"
    points = {}
    for number, name in enumerate(HOSTILE):
        student, attack = f"hostile {number:02} {name}", attacks.ATTACKS[name]
        texts = classroom.solved(GRADIENT, BOUND) | {UPDATE: attack.text}
        notebook = classroom.handed_in(course, texts)
        notebook.cells[1:1] = map(nbformat.v4.new_code_cell, [attacks.HELPERS, known])
        path = classroom.submit(course, student, {})
        nbformat.write(notebook, path)
        points[student] = 6 + 2 * (attack.state == "pass")
    return points


def damaged(course):
    """A student for each damage, and the points that they earn."""
    points = {}
    for number, name in enumerate(DAMAGED):
        student, one = f"damaged {number:02} {name}", damage.DAMAGES[name]
        notebook = json.loads(json.dumps(classroom.handed_in(course, classroom.solved(*KEYS))))
        folder = course / "submitted" / student / NAME
        folder.mkdir(parents=True)
        damage.hand_in(folder, one.make(notebook))
        points[student] = sum(worth for key, worth in POINTS.items() if key not in one.lost)
    return points


def rows(course):
    with open(course / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def scores(course):
    return {student: float(row["score"]) for student, row in rows(course).items()}


def result(course, student):
    return json.loads((course / "results" / student / f"{NAME}.json").read_text())["result"]


def tree(*folders):
    """What lies in folders: names, rights, times and bytes."""
    paths = [path for folder in folders for path in [folder, *sorted(folder.rglob("*"))]]
    marks = [(str(path), path.lstat().st_mode, path.lstat().st_mtime_ns) for path in paths]
    return marks, [path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()]


def processes():
    """{number: (its parent's, its command line)} of all processes."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            found[int(entry.name)] = int(parent), (entry / "cmdline").read_bytes().decode(errors="replace")
        except (OSError, ValueError):  # no process, or one that has just ended
            continue
    return found


def descendants(number):
    """The numbers of the processes that the process `number` has started, and those of theirs."""
    table, found = processes(), {number}
    while more := {one for one, (parent, _) in table.items() if parent in found} - found:
        found |= more
    return found - {number}


class Graded(NamedTuple):
    """The course of a class, what each student should have, and what was around before and after."""

    course: Path
    points: dict
    status: int
    before: tuple
    after: tuple
    left: set


@pytest.fixture(scope="module")
def graded(made, tmp_path_factory):
    """A class of the honest, the hostile and the damaged, graded in one run."""
    place = tmp_path_factory.mktemp("class")
    course = shutil.copytree(made, place / "course")
    (place / "beside").mkdir()
    (place / "beside" / "exam.txt").write_text(f"SECRET {attacks.MARK}")
    secrets = [place / "beside" / "exam.txt", course / "homework.json", course / "gradebook.db"]
    points = honest(course) | hostile(course, secrets) | damaged(course)
    around = [place / "beside", *(course / name for name in ("submitted", "source", "release"))]
    before, running = (tree(*around), _places()), set(processes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "examine", functools.partial(examine.examine, limits=SHORT))
        patch.setattr(pool, "edition", lambda: "this one")
        status = run(course, jobs=4)
    left = {line for number, (_, line) in processes().items() if number not in running and _ours(line)}
    return Graded(course, points, status, before, (tree(*around), _places()), left)


def _places():
    """Where something may have been left, and devices that may have been changed."""
    folders = ["/", "/dev", "/dev/shm", "/var/tmp", Path.home(), "."]
    devices = ["null", "zero", "random", "urandom"]
    return [sorted(os.listdir(one)) for one in folders], [os.stat(f"/dev/{one}").st_mode for one in devices]


def _ours(line):
    return attacks.MARK in line or "/runner.py" in line and str(os.getpid()) in line


def test_everybody_has_what_was_solved(graded):
    assert scores(graded.course) == graded.points
    assert graded.status == 0


def test_the_honest_are_graded_as_without_the_others(graded, course):
    points = honest(course)
    run(course)
    assert scores(course) == points
    for student in points:
        assert result(course, student) == result(graded.course, student)
        assert rows(course)[student] == rows(graded.course)[student]
        page = f"feedback/{student}/{NAME}.html"
        assert (course / page).read_text() == (graded.course / page).read_text()


def test_a_mistake_is_recognized_and_told_to_its_student_and_to_the_teacher(graded):
    _, message = classroom.mistaken(UPDATE)
    assert message in (graded.course / "feedback" / "ben" / f"{NAME}.html").read_text()
    assert message in (graded.course / "report" / f"{NAME}.html").read_text()


def test_an_answer_in_words_waits_for_a_human(graded):
    assert rows(graded.course)["ann"]["pending by hand"] == "2"
    assert rows(graded.course)["ben"]["pending by hand"] == "0"


def test_every_damage_is_told(graded):
    for name, student in zip(
        DAMAGED, sorted(one for one in graded.points if one.startswith("damaged")), strict=True
    ):
        assert damage.DAMAGES[name].note in rows(graded.course)[student]["notes"]


def test_nothing_around_has_changed_and_no_process_is_left(graded):
    assert graded.after == graded.before
    assert graded.left == set() and not sandbox.RUNNING
    assert [one.name for one in (graded.course / store.SCRATCH).iterdir()] == ["lock"]
    assert not [path for path in graded.course.rglob("*") if attacks.MARK in path.name]


def test_no_page_shows_a_secret_or_runs_a_script(graded):
    seed = str(load(graded.course)["assignments"][NAME]["seed"])
    for path in [
        graded.course / "grades.csv",
        *graded.course.glob("feedback/*/*"),
        *graded.course.glob("report/*"),
    ]:
        text = path.read_text()
        assert "SECRET" not in text and seed not in text and "<script" not in text


def test_the_gradebook_has_the_same_numbers(graded):
    theirs = gradebook.scores(graded.course, NAME)
    assert {student: one["score"] for student, one in theirs.items()} == graded.points
    for student, row in rows(graded.course).items():
        assert {key: float(row[key]) for key in KEYS} == {
            key: theirs[student]["cells"][grade_id(key)]["points"] for key in KEYS
        }


def test_nbgrader_itself_exports_these_grades(graded):
    ours = (graded.course / "grades.csv").read_bytes()
    command = [sys.executable, "-m", "nbgrader", "export"]
    subprocess.run(command, cwd=graded.course, check=True, capture_output=True, timeout=120)
    assert (graded.course / "grades.csv").read_bytes() == ours
    with open(graded.course / "gradebook.csv") as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)} == graded.points


def test_run_again_it_examines_nobody(graded, monkeypatch):
    monkeypatch.setattr(pool, "examine", lambda *arguments: pytest.fail("examined again"))
    monkeypatch.setattr(pool, "edition", lambda: "this one")
    before = tree(
        *(graded.course / name for name in ("results", "feedback", "autograded", "submitted", "report"))
    )
    assert run(graded.course) == 0
    after = tree(
        *(graded.course / name for name in ("results", "feedback", "autograded", "submitted", "report"))
    )
    assert after == before


def started(course):
    """A run of the command in a process of its own, as far as all but those who loop have been graded."""
    for number in range(2):
        classroom.submit(course, f"ann {number}", classroom.solved(*KEYS))
        loop = "def perceptron_update(w, x, y, lr):\n    while True: pass"
        classroom.submit(course, f"ben {number}", classroom.solved(BOUND) | {UPDATE: loop})
    command = [sys.executable, "-m", "dlnotes", "homework", "grade", "--course", course, "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while not all(_is_entered(course, f"ann {number}") for number in range(2)) or not _runners(process):
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.1)
    return process


def _is_entered(course, student):
    path = course / "results" / student / f"{NAME}.json"
    return path.exists() and json.loads(path.read_text())["stamp"]


def _runners(process):
    table = processes()
    return {one for one in descendants(process.pid) if "/runner.py" in table.get(one, (0, ""))[1]}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_ended_leaves_nothing_running_and_the_next_one_goes_on(course, how):
    process = started(course)
    family, before = descendants(process.pid), tree(course / "submitted")
    process.send_signal(how)
    start = time.monotonic()
    _, said = process.communicate(timeout=20)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}[how], said
    assert how == signal.SIGKILL or "run it again, and it goes on from there" in said
    while alive := family & set(processes()):
        assert time.monotonic() - start < 10, [processes().get(one) for one in alive]
        time.sleep(0.1)
    assert tree(course / "submitted") == before
    for path in course.glob("results/*/*.json"):
        json.loads(path.read_text())

    done = {path: path.stat().st_mtime_ns for path in course.glob("results/ann*/*")}
    for number in range(2):
        classroom.submit(course, f"ben {number}", classroom.solved(BOUND))
    assert run(course) == 0
    assert scores(course) == {"ann 0": 8, "ann 1": 8, "ben 0": 3, "ben 1": 3}
    assert {path: path.stat().st_mtime_ns for path in done} == done and len(done) == 2
    assert [one.name for one in (course / store.SCRATCH).iterdir()] == ["lock"]


def test_a_cluster_finds_what_threads_find(made, tmp_path):
    distributed = pytest.importorskip("distributed")
    one, other = shutil.copytree(made, tmp_path / "one"), shutil.copytree(made, tmp_path / "other")
    points = honest(one)
    honest(other)
    run(one)
    settings = {"host": "127.0.0.1", "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(n_workers=2, processes=True, **settings) as cluster:
        assert run(other, jobs=cluster.scheduler_address) == 0
    assert scores(other) == points
    assert (one / "grades.csv").read_bytes() == (other / "grades.csv").read_bytes()
    for student in points:
        assert result(one, student) == result(other, student)
