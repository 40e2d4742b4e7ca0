"""The class, with a stand-in for the sandbox: who is graded, what is kept, and how a run may end."""

import csv
import fcntl
import json
import os
import shutil
import sys
import threading
import time
from concurrent.futures import Future

import classroom
import pytest
from classroom import BOUND, GRADIENT, KEYS, NAME, NOTEBOOK, QUESTION, UPDATE

from dlnotes.exercises import find
from dlnotes.grading import commands, gradebook, intake, pool, sandbox, store
from dlnotes.grading.course import answer_id, grade_id
from dlnotes.grading.grade import run

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's, on a new student


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return classroom.course(tmp_path_factory.mktemp("made") / "course")


@pytest.fixture
def course(made, tmp_path):
    return shutil.copytree(made, tmp_path / "course")


@pytest.fixture
def examined(monkeypatch):
    """Who was examined, by a stand-in that passes what does not raise, and knows no sandbox."""
    students = []

    def examine(unit, unsafe=False):
        students.append(unit["student"])
        return {
            "student": unit["student"],
            "assignment": unit["assignment"],
            "pages": [
                {"name": page["name"], "verdicts": _verdicts(page), "notes": []} for page in unit["pages"]
            ],
        }

    monkeypatch.setattr(pool, "examine", examine)
    monkeypatch.setattr(sandbox, "problem", lambda: "")
    monkeypatch.setattr(pool, "edition", lambda: "this one")
    return students


def _verdicts(page):
    texts = {key: page["cells"][page["answers"][key]] for key in page["exercises"] if key in page["answers"]}
    states = {key: "todo" if "NotImplementedError" in text else "pass" for key, text in texts.items()}
    return {key: {"state": states.get(key, "missing"), "reason": ""} for key in page["exercises"]}


def grades(course):
    """{student: row of grades.csv}"""
    with open(course / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def scores(course):
    return {student: float(row["score"]) for student, row in grades(course).items()}


def tree(folder):
    """What lies in a folder: bytes, rights and times."""
    paths = sorted(folder.rglob("*"))
    return [
        (str(path), path.lstat().st_mode, path.lstat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in paths
    ]


def test_a_class_is_graded_and_every_file_of_it_is_there(course, examined, capsys):
    classroom.submit(course, "ann", classroom.solved(*KEYS))
    classroom.submit(course, "bob", classroom.solved(GRADIENT) | {QUESTION: "No number is enough."})
    before = tree(course / "submitted")
    assert run(course) == 0
    assert scores(course) == {"ann": 8, "bob": 3}
    assert grades(course)["bob"] == {
        "student": "bob", "assignment": NAME, "score": "3", "max": "10",
        UPDATE: "0", GRADIENT: "3", BOUND: "0", QUESTION: "0", "pending by hand": "2", "notes": "",
    }  # fmt: skip
    for student in ("ann", "bob"):
        assert (course / "feedback" / student / f"{NAME}.html").exists()
        assert (course / "autograded" / student / NAME / f"{NOTEBOOK}.ipynb").exists()
        assert (course / "results" / student / f"{NAME}.json").exists()
    assert (course / "report" / f"{NAME}.html").exists()
    assert tree(course / "submitted") == before
    assert f"{NAME}: 2 submissions, on average 5.5 of 10 points" in capsys.readouterr().out


def test_grades_are_those_of_the_gradebook(course, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE, BOUND))
    classroom.submit(course, "bob", classroom.solved(GRADIENT))
    run(course)
    theirs = gradebook.scores(course, NAME)
    for student, row in grades(course).items():
        assert float(row["score"]) == theirs[student]["score"]
        assert float(row["max"]) == theirs[student]["max"]
        for key in KEYS:
            assert float(row[key]) == theirs[student]["cells"][grade_id(key)]["points"]


def test_a_second_run_examines_and_changes_nothing(course, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    before = tree(course)
    examined.clear()
    assert run(course) == 0
    assert examined == []
    assert [one for one in tree(course) if "gradebook.db" not in one[0] and one not in before] == []


def test_only_what_has_changed_is_examined_again(course, examined, monkeypatch):
    for student in ("ann", "bob"):
        classroom.submit(course, student, classroom.solved(UPDATE))
    run(course)
    examined.clear()
    classroom.submit(course, "bob", classroom.solved(UPDATE, BOUND))
    classroom.submit(course, "cleo", classroom.solved(BOUND))
    run(course)
    assert sorted(examined) == ["bob", "cleo"]
    assert scores(course) == {"ann": 2, "bob": 5, "cleo": 3}
    examined.clear()
    monkeypatch.setattr(pool, "edition", lambda: "another version")
    run(course)
    assert sorted(examined) == ["ann", "bob", "cleo"]


def test_a_result_without_sandbox_does_not_hold_with_one(course, examined, capsys):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course, unsafe=True)
    assert "NO SANDBOX" in capsys.readouterr().err
    run(course)
    assert examined == ["ann", "ann"]


def test_other_points_are_entered_without_another_examination(course, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    classroom.assign(course, NAME, [NOTEBOOK], points={UPDATE: 7})
    examined.clear()
    assert run(course) == 0
    assert scores(course) == {"ann": 7} and examined == []


def test_a_lost_gradebook_is_filled_again_from_the_results(course, made, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    shutil.copy(made / "gradebook.db", course / "gradebook.db")
    examined.clear()
    assert run(course) == 0
    assert scores(course) == {"ann": 2} and examined == []


def test_damaged_results_are_made_again(course, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    for damage in ("", "[]", "{}", "7", '{"digest": 1}'):
        (course / "results" / "ann" / f"{NAME}.json").write_text(damage)
        examined.clear()
        assert run(course) == 0
        assert examined == ["ann"] and scores(course) == {"ann": 2}


def test_what_a_teacher_graded_by_hand_stays_and_reaches_the_student(course, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    with gradebook.api.Gradebook(f"sqlite:///{course / 'gradebook.db'}", course.name) as book:
        place = NOTEBOOK, NAME, "ann"
        book.find_grade(grade_id(BOUND), *place).manual_score = 1.5
        book.find_comment(answer_id(BOUND), *place).manual_comment = "half <right>"
        book.db.commit()
    run(course)
    assert scores(course) == {"ann": 3.5}
    assert "half &lt;right&gt;" in (course / "feedback" / "ann" / f"{NAME}.html").read_text()
    classroom.submit(course, "ann", classroom.solved(UPDATE, GRADIENT))
    run(course)
    assert scores(course) == {"ann": 6.5}
    assert grades(course)["ann"]["pending by hand"] == "0"
    classroom.submit(course, "ann", classroom.solved(*KEYS))
    run(course)
    assert grades(course)["ann"]["pending by hand"] == "3"
    page = (course / "feedback" / "ann" / f"{NAME}.html").read_text()
    assert "The points were given by hand" in page and "Not yet in it" not in page


def test_points_that_somebody_else_has_entered_do_not_stick(course, examined):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    with gradebook.api.Gradebook(f"sqlite:///{course / 'gradebook.db'}", course.name) as book:
        book.find_grade(grade_id(BOUND), NOTEBOOK, NAME, "ann").auto_score = 3
        book.db.commit()
    assert run(course) == 0
    assert scores(course) == {"ann": 2} and examined == ["ann"]
    assert f"somebody else had graded {BOUND} in nbgrader's gradebook" in grades(course)["ann"]["notes"]


def test_a_flaw_of_ours_costs_only_its_submission_and_is_tried_again(course, examined, monkeypatch, capsys):
    for student in ("ann", "bob", "cleo"):
        classroom.submit(course, student, classroom.solved(*KEYS))
    examine, read = pool.examine, intake.submission.read

    def flawed(unit, unsafe):
        return examine(unit) if unit["student"] != "bob" else 1 / 0

    def unread(folder, assignment):
        return read(folder, assignment) if "cleo" not in str(folder) else 1 / 0

    with monkeypatch.context() as patch:
        patch.setattr(pool, "examine", flawed)
        patch.setattr(intake.submission, "read", unread)
        assert run(course) == 1
        assert scores(course) == {"ann": 8, "bob": 0, "cleo": 0}
        for student in ("bob", "cleo"):
            assert "could not be graded: ZeroDivisionError" in grades(course)[student]["notes"]
        assert "could not be graded" in (course / "report" / f"{NAME}.html").read_text()
    assert run(course) == 0
    assert scores(course) == {"ann": 8, "bob": 8, "cleo": 8}


def test_what_cannot_be_entered_is_told_and_tried_again(course, examined, monkeypatch):
    classroom.submit(course, "ann", classroom.solved(*KEYS))
    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "record", lambda *arguments: 1 / 0)
        assert run(course) == 1
        assert "could not be entered" in grades(course)["ann"]["notes"]
        assert grades(course)["ann"]["max"] == "10"
    examined.clear()
    assert run(course) == 0
    assert scores(course) == {"ann": 8} and examined == []
    assert "could not" not in grades(course)["ann"]["notes"]


def test_a_second_run_at_the_same_time_is_refused(course, examined):
    with _locked(course), pytest.raises(ValueError, match="is being graded already"):
        run(course)
    assert run(course) == 0


def _locked(course):
    (course / store.SCRATCH).mkdir()
    lock = (course / store.SCRATCH / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def test_without_a_sandbox_nothing_is_graded_unless_unsafe(course, examined, monkeypatch):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    monkeypatch.setattr(sandbox, "problem", lambda: "no bubblewrap here")
    with pytest.raises(ValueError, match="no bubblewrap here"):
        run(course)
    assert examined == [] and not (course / "grades.csv").exists()
    assert run(course, unsafe=True) == 0 and examined == ["ann"]


@pytest.mark.parametrize("jobs, words", [(0, "want at least 1"), ("tcp://127.0.0.1:9", "no Dask scheduler")])
def test_jobs_that_cannot_be_are_refused(course, examined, monkeypatch, jobs, words):
    monkeypatch.setattr(pool, "CONNECT", 1)
    with pytest.raises(ValueError, match=words):
        run(course, jobs=jobs)


class Cluster:
    """A stand-in for a Dask client, whose workers say {name: (edition, problem)}."""

    def __init__(self, workers):
        self.workers = workers

    def wait_for_workers(self, count, timeout):
        if len(self.workers) < count:
            raise TimeoutError

    def run(self, function, unsafe):
        return self.workers

    def scheduler_info(self):
        return {"address": "tcp://here"}


@pytest.mark.parametrize(
    "workers, words",
    [
        ({}, "a cluster without workers"),
        ({"w1": ("this one", ""), "w2": ("this one", "no bubblewrap")}, "w2: no bubblewrap"),
        ({"w1": ("another", "")}, "w1 has dlnotes another, want this one"),
    ],
)
def test_a_cluster_that_cannot_examine_is_refused(examined, workers, words):
    with pytest.raises(ValueError, match=words):
        pool._refuse_unfit(Cluster(workers), unsafe=False)
    pool._refuse_unfit(Cluster({"w1": ("this one", "")}), unsafe=False)


def test_a_cluster_without_dask_names_what_to_install(course, examined, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert commands.main(["grade", "--course", str(course), "--jobs", "tcp://127.0.0.1:9"]) == 2
    assert "dlnotes[cluster]" in capsys.readouterr().err


def test_as_many_are_examined_at_a_time_as_there_are_jobs(course, examined, monkeypatch):
    examine, together, most = pool.examine, [], []

    def slow(unit, unsafe):
        together.append(unit["student"])
        most.append(len(together))
        time.sleep(0.2)
        together.remove(unit["student"])
        return examine(unit)

    for number in range(6):
        classroom.submit(course, f"s{number}", {})
    monkeypatch.setattr(pool, "examine", slow)
    run(course, jobs=3)
    assert max(most) == 3


def test_results_are_kept_soon_after_they_are_found(course, examined, monkeypatch):
    for number in range(12):
        classroom.submit(course, f"s{number:02}", {})
    record, entered, ahead = gradebook.record, [], []

    def slow(*arguments):
        time.sleep(0.1)
        ahead.append(len(examined) - len(entered))
        entered.append(record(*arguments))

    monkeypatch.setattr(gradebook, "record", slow)
    assert run(course, jobs=2) == 0
    assert max(ahead) <= 2 * pool.AHEAD and len(entered) == 12


def test_a_lost_cluster_ends_the_run():
    future = Future()
    future.cancel()
    with pytest.raises(ValueError, match="the cluster is lost"):
        pool._outcome(future)


def test_what_is_no_submission_is_told_and_left_alone(course, examined, capsys):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    (course / "submitted" / "all.zip").write_bytes(b"PK")
    (course / "submitted" / "ann" / "CH02").mkdir()
    (course / "submitted" / ".DS_Store").touch()
    os.mkdir(os.fsencode(course / "submitted") + b"/\xff\n")
    assert run(course) == 0
    said = capsys.readouterr().err
    report = (course / "report" / f"{NAME}.html").read_text()
    moved = "submitted/ann/CH02 is no assignment of this course: put it into submitted/ann/ch02/"
    for words in ("submitted/all.zip is no folder", moved, r"\udcff\n"):
        assert words in said and words.replace("'", "&#39;") in report
    assert "DS_Store" not in said and scores(course) == {"ann": 2}


def test_work_in_a_wrong_place_has_a_row_that_says_where_to_put_it(course, examined, capsys):
    path = classroom.submit(course, "bob", classroom.solved(UPDATE))
    path.parent.rename(path.parents[1] / "Ch02")
    path = classroom.submit(course, "cleo", classroom.solved(UPDATE))
    path.rename(path.parents[1] / path.name)
    path.parent.rmdir()
    for hidden in (".trash", "__MACOSX"):
        (course / "submitted" / hidden / NAME).mkdir(parents=True)
        (course / "submitted" / "cleo" / hidden).mkdir()
    assert run(course) == 0
    assert scores(course) == {"bob": 0, "cleo": 0}
    for student in ("bob", "cleo"):
        assert f"put it into submitted/{student}/{NAME}/" in grades(course)[student]["notes"]
    assert "__MACOSX" not in capsys.readouterr().err


def test_a_folder_that_cannot_be_read_is_told(course, examined, monkeypatch, capsys):
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    (course / "submitted" / "bob").mkdir()
    listed = intake._listed

    def refused(folder):
        if folder.name == "bob":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(intake, "_listed", refused)
    assert run(course) == 0
    assert "submitted/bob cannot be read: Permission denied" in capsys.readouterr().err
    assert scores(course) == {"ann": 2}


def test_a_course_without_submissions_says_so(course, examined, capsys):
    assert run(course) == 0
    assert "no submissions in submitted/STUDENT/ASSIGNMENT" in capsys.readouterr().out
    assert grades(course) == {}


def test_a_key_that_this_dlnotes_does_not_know_is_refused(course, examined):
    homework = json.loads((course / "homework.json").read_text())
    homework["assignments"][NAME]["notebooks"][0]["exercises"]["ch02.perceptron.gone"] = 1
    (course / "homework.json").write_text(json.dumps(homework))
    with pytest.raises(ValueError, match="ch02.perceptron.gone"):
        run(course)


@pytest.mark.parametrize(
    "text, words",
    [("2025-03-01 12:00 UTC\n", ""), ("yesterday", "holds no date"), ("\xff\0" * 500, "holds no")],
)
def test_a_timestamp_is_taken_where_it_is_one(course, examined, text, words):
    path = classroom.submit(course, "ann", classroom.solved(UPDATE))
    path.with_name("timestamp.txt").write_text(text, encoding="latin-1")
    assert run(course) == 0
    assert scores(course) == {"ann": 2} and words in grades(course)["ann"]["notes"]


def test_a_timestamp_that_is_a_pipe_or_a_link_is_not_read(course, examined):
    for student, make in {"ann": os.mkfifo, "bob": lambda path: path.symlink_to("/dev/zero")}.items():
        path = classroom.submit(course, student, classroom.solved(UPDATE))
        make(path.with_name("timestamp.txt"))
    assert run(course) == 0
    assert scores(course) == {"ann": 2, "bob": 2}


def test_no_temporary_file_is_left(course, examined):
    (course / store.SCRATCH).mkdir()
    (course / store.SCRATCH / "tmpxyz").write_text("of a run that was killed")
    (course / store.SCRATCH / "mended" / "ann").mkdir(parents=True)
    classroom.submit(course, "ann", classroom.solved(UPDATE))
    run(course)
    assert [path.name for path in (course / store.SCRATCH).iterdir()] == ["lock"]


def test_an_interrupt_stops_soon_and_the_next_run_goes_on(course, examined, monkeypatch, capsys):
    for number in range(8):
        classroom.submit(course, f"s{number}", classroom.solved(UPDATE))
    examine, stopped = pool.examine, threading.Event()

    def stuck(unit, unsafe):
        if unit["student"] > "s1":
            stopped.wait(60)
            raise sandbox.SandboxError("stopped")
        return examine(unit)

    entered = []
    record = gradebook.record

    def interrupted(*arguments):
        record(*arguments)
        entered.append(arguments)
        if len(entered) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pool, "examine", stuck)
        patch.setattr(gradebook, "record", interrupted)
        patch.setattr(sandbox, "stop", stopped.set)
        start = time.monotonic()
        assert run(course, jobs=2) == 130
        assert time.monotonic() - start < 30
    assert "run it again" in capsys.readouterr().err
    assert not (course / "grades.csv").exists()
    examined.clear()
    assert run(course, jobs=2) == 0
    assert sorted(examined) == [f"s{number}" for number in range(2, 8)]
    assert scores(course) == {f"s{number}": 2 for number in range(8)}


def test_the_edition_changes_with_an_exercise(tmp_path, monkeypatch):
    package = tmp_path / "dlnotes"
    (package / "exercises").mkdir(parents=True)
    (package / "exercises" / "one.py").write_text("x = 1")
    monkeypatch.setattr(pool.dlnotes, "__file__", str(package / "__init__.py"))
    before = pool.edition()
    assert pool.edition() == before
    (package / "exercises" / "one.py").write_text("x = 2")
    assert pool.edition() != before


def test_the_solutions_of_the_classroom_are_solutions():
    for key, text in classroom.solved(*KEYS).items():
        assert f"def {find(key).name}(" in text and "NotImplementedError" not in text
