"""Verdicts become points by nbgrader's own hand; nothing but an explicit pass earns any."""

import csv
from collections import Counter
from html.parser import HTMLParser

import classroom
import nbformat
import pytest
from classroom import BOUND, GRADIENT, KEYS, NAME, NOTEBOOK, QUESTION, UPDATE
from nbconvert import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import is_grade
from traitlets.config import PyFileConfigLoader

from dlnotes.grading import gradebook, mend
from dlnotes.grading.course import answer_id, grade_id, load

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's, on a new student
CONVEXITY = "05_convexity"
PASS = {"state": "pass", "reason": ""}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return classroom.course(tmp_path_factory.mktemp("class") / "course", [NOTEBOOK, CONVEXITY])


def page(texts, helpers=()):
    """A page of `submission.read` with these cells before the answers {key: text} to exercises."""
    cells = ["import numpy as np", *helpers, *texts.values()]
    answers = {key: 1 + len(helpers) + place for place, key in enumerate(texts)}
    return {"name": NOTEBOOK, "cells": cells, "answers": answers, "questions": {}, "notes": []}


def recorded(course, student, verdicts=None, pages=(), timestamp=""):
    """What the gradebook has of `student` once these verdicts {key: verdict} and pages are recorded."""
    notebooks = {}
    for notebook in load(course)["assignments"][NAME]["notebooks"]:
        release = mend.released(course, NAME, notebook["name"])
        own = next((one for one in pages if one["name"] == notebook["name"]), {})
        notebooks[notebook["name"]] = mend.mended(release, notebook, own)
    outcomes = {grade_id(key): verdict for key, verdict in (verdicts or {}).items()}
    gradebook.record(course, (student, NAME), notebooks, outcomes, timestamp)
    return gradebook.scores(course, NAME)[student]


def answered(text):
    return [{"name": NOTEBOOK, "cells": [], "answers": {}, "questions": {QUESTION: text}, "notes": []}]


def opened(course):
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", course.name)


def test_a_pass_earns_the_points_and_everything_else_none(course):
    verdicts = {UPDATE: PASS, GRADIENT: {"state": "fail", "reason": "its sign is turned"}}
    found = recorded(course, "ann", verdicts)
    points = {key: found["cells"][grade_id(key)]["points"] for key in KEYS}
    assert points == {UPDATE: 2, GRADIENT: 0, BOUND: 0}
    assert found["score"] == 2 and found["max"] == sum(cell["max"] for cell in found["cells"].values())


@pytest.mark.parametrize("state", ["fail", "todo", "missing", "Pass", "passed", ""])
def test_no_other_state_is_a_pass(course, state):
    assert recorded(course, "ann", dict.fromkeys(KEYS, {"state": state, "reason": ""}))["score"] == 0


def test_no_result_at_all_is_no_point_and_says_so_in_the_autograded_notebook(course):
    assert recorded(course, "bob")["score"] == 0
    notebook = nbformat.read(course / "autograded" / "bob" / NAME / f"{NOTEBOOK}.ipynb", 4)
    tests = [cell for cell in notebook.cells if is_grade(cell) and cell.cell_type == "code"]
    assert len(tests) == len(KEYS)
    for cell in tests:
        assert [output.output_type for output in cell.outputs] == ["error"]
        assert "no result" in cell.outputs[0].evalue


def test_outputs_that_a_submission_brings_along_count_for_nothing(course):
    forged = page({UPDATE: "print('pass')"})
    assert recorded(course, "bob", {}, [forged])["score"] == 0


def test_a_notebook_that_was_not_handed_in_earns_nothing_and_waits_for_nobody(course):
    found = recorded(course, "cleo", dict.fromkeys(KEYS, PASS), [page(classroom.solved(*KEYS))])
    assert found["score"] == 8
    assert not any(cell["pending"] for cell in found["cells"].values())


def test_an_answer_in_words_waits_for_a_human_and_an_untouched_one_does_not(course):
    cell = recorded(course, "dora", {}, answered("Because it is a bowl."))["cells"][grade_id(QUESTION)]
    assert (cell["points"], cell["max"], cell["pending"]) == (0, 2, True)
    release = mend.released(course, NAME, NOTEBOOK)
    untouched = next(
        one.source for one in release.cells if one.metadata.nbgrader.grade_id == grade_id(QUESTION)
    )
    cell = recorded(course, "dora", {}, answered(untouched))["cells"][grade_id(QUESTION)]
    assert (cell["points"], cell["pending"]) == (0, False)


def test_what_a_teacher_entered_by_hand_survives_and_is_looked_at_again_if_the_text_changed(course):
    recorded(course, "eve", {UPDATE: PASS}, answered("A bowl."))
    with opened(course) as book:
        place = NOTEBOOK, NAME, "eve"
        grade = book.find_grade(grade_id(QUESTION), *place)
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.find_grade(grade_id(UPDATE), *place).extra_credit = 0.5
        book.find_comment(grade_id(QUESTION), *place).manual_comment = "What of flat ones?"
        book.db.commit()
    before = gradebook.scores(course, NAME)["eve"]["cells"][grade_id(QUESTION)]
    words = {"pending": False, "comment": "What of flat ones?"}
    assert before == {"points": 1.5, "max": 2, "auto": None, "by_hand": True} | words
    same = recorded(course, "eve", {UPDATE: PASS, BOUND: PASS}, answered("A bowl."))
    assert same["cells"][grade_id(QUESTION)] == before
    found = recorded(course, "eve", {UPDATE: PASS, BOUND: PASS}, answered("A bowl, mostly."))
    assert found["score"] == 1.5 + 2 + 0.5 + 3
    assert found["cells"][grade_id(QUESTION)] == before | {"pending": True}
    again = recorded(course, "eve", {UPDATE: PASS, BOUND: PASS}, answered("A bowl, mostly."))
    assert again["cells"][grade_id(QUESTION)]["pending"]  # nobody has looked yet


def test_the_autograde_button_of_formgrader_refuses_and_leaves_what_was_graded(course, monkeypatch):
    recorded(course, "ann", {UPDATE: PASS})
    autograded = course / "autograded" / "ann" / NAME / f"{NOTEBOOK}.ipynb"
    before = autograded.read_bytes()
    classroom.submit(course, "ann", {UPDATE: "open('ran', 'w')"})
    monkeypatch.chdir(course)
    config = PyFileConfigLoader(gradebook.CONFIG, path=str(course)).load_config()
    said = NbGraderAPI(CourseDirectory(config=config), config=config).autograde(NAME, "ann")
    assert not said["success"] and "use `dlnotes homework grade`" in said["error"]
    assert autograded.read_bytes() == before and not list(course.rglob("ran"))
    assert gradebook.scores(course, NAME)["ann"]["score"] == 2


def test_scores_are_those_that_nbgrader_exports(course, tmp_path):
    recorded(course, "ann", {UPDATE: PASS})
    recorded(course, "bob", {UPDATE: PASS, BOUND: PASS})
    with opened(course) as book:
        CsvExportPlugin(to=str(tmp_path / "export.csv")).export(book)
    with open(tmp_path / "export.csv") as file:
        theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    ours = {student: found["score"] for student, found in gradebook.scores(course, NAME).items()}
    assert ours == theirs and len(ours) > 1


@pytest.mark.parametrize(
    "student", ["ann [1]", "o'brien", " Ünï {x} ", "<b>", "50% %s", "a.*b(", "-rf", "x" * 128, "ann;--"]
)
def test_students_may_have_any_name(course, student):
    assert recorded(course, student, {UPDATE: PASS})["score"] == 2
    assert (course / "autograded" / student / NAME / f"{NOTEBOOK}.ipynb").exists()


def test_nothing_is_left_of_the_notebooks_that_nbgrader_was_given(course):
    recorded(course, "ann", {UPDATE: PASS})
    assert not list((course / gradebook.MENDED).rglob("*.ipynb"))


def test_a_mended_notebook_has_the_answer_and_what_it_needs_and_is_what_nbgrader_wants(course):
    helper, broken = "def wrong(w, x, y):\n    return y * (w @ x) <= 0", "half a \ud800 character <script>"
    answer = "def perceptron_update(w, x, y, lr):\n    return w + lr * y * x if wrong(w, x, y) else w"
    notebook = load(course)["assignments"][NAME]["notebooks"][0]
    release = mend.released(course, NAME, NOTEBOOK)
    whole = mend.mended(release, notebook, page({UPDATE: answer, BOUND: broken}, [helper]))
    MetadataValidator().validate_nb(whole)
    texts = {cell.metadata.nbgrader.grade_id: cell.source for cell in whole.cells}
    assert texts[answer_id(UPDATE)] == f"{helper}\n\n\n{answer}"
    assert texts[answer_id(BOUND)] == "half a ? character <script>"
    same = [key for key in texts if not key.endswith(("update-answer", "bound-answer"))]
    before = {cell.metadata.nbgrader.grade_id: cell.source for cell in release.cells}
    assert all(texts[key] == before[key] for key in same) and len(same) == len(before) - 2


EVIL = """</pre></style></script><script>alert(1)</script> <img src=x onerror=alert(2)>
<svg/onload=alert(3)> <!-- --><?php ?> [a](javascript:alert(4)) [c] `<b>` $a<b$ $<img src=x>$ &lt;script&gt;

<div>

[c]: javascript:alert(7)
<javascript:alert(8)> ![d](https://example.org/e.png) [b](java&#115;cript&colon;alert(6))

# <script>alert(5)</script>"""


def test_nothing_that_a_student_writes_is_alive_in_formgrader(course):
    """formgrader and nbgrader's feedback show the autograded notebook by this exporter."""

    def shown(text):
        page = {"name": NOTEBOOK, "cells": [text], "answers": {UPDATE: 0}, "questions": {QUESTION: text}}
        recorded(course, "mallory", {UPDATE: {"state": "fail", "reason": text}}, [page])
        path = course / "autograded" / "mallory" / NAME / f"{NOTEBOOK}.ipynb"
        html = HTMLExporter(template_name="basic").from_filename(str(path))[0]
        return Tags(html).alive

    assert shown(EVIL) == shown("nothing")


class Tags(HTMLParser):
    """The tags of a page that do something, and attributes that do."""

    def __init__(self, text):
        super().__init__()
        self.alive = Counter()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        names = [name for name, value in attributes if name[:2] == "on" or "javascript:" in str(value)]
        self.alive.update([tag] * (tag in {"script", "img", "svg", "style", "iframe", "object"}) + names)


def test_a_late_submission_pays_what_the_teachers_settings_say(tmp_path):
    course = classroom.course(tmp_path / "course")
    with (course / gradebook.CONFIG).open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with opened(course) as book:
        book.update_or_create_assignment(NAME, duedate="2025-03-01 12:00:00 UTC")
    late = recorded(course, "ann", dict.fromkeys(KEYS, PASS), timestamp="2025-03-01 12:00:01 UTC")
    assert (late["score"], late["penalty"]) == (0, 8)
    assert (
        recorded(course, "bob", dict.fromkeys(KEYS, PASS), timestamp="2025-03-01 12:00:00 UTC")["score"] == 8
    )


def test_a_course_without_gradebook_or_release_is_refused(tmp_path):
    course = classroom.course(tmp_path / "course")
    with pytest.raises(ValueError, match="gradebook: got no other in it"):
        gradebook.scores(course, "other")
    (course / "gradebook.db").rename(course / "elsewhere.db")
    with pytest.raises(ValueError, match="gradebook: got no .*gradebook.db, want"):
        gradebook.scores(course, NAME)
    (course / "gradebook.db").write_text("this is no database, but long enough to be looked at" * 100)
    with pytest.raises(ValueError, match="cannot be read"):
        gradebook.scores(course, NAME)
    (course / "release" / NAME / f"{NOTEBOOK}.ipynb").write_text("{")
    with pytest.raises(ValueError, match="release.*cannot be read"):
        mend.released(course, NAME, NOTEBOOK)
