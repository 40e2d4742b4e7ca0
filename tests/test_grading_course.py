"""The folder of a course: what is written comes back, what is damaged is refused, ids follow the keys."""

import copy
import json

import numpy as np
import pytest

from dlnotes.grading import course

PAGE = {
    "name": "02_perceptron",
    "exercises": {"ch02.perceptron.update": 2},
    "questions": {"ch02.perceptron.why": 1.5},
}
HOMEWORK = {"assignments": {"ch02": {"seed": 83122, "per_student": False, "notebooks": [PAGE]}}}


def test_what_is_saved_is_loaded(tmp_path):
    course.save(tmp_path, {"assignments": {}})
    course.save(tmp_path, HOMEWORK)
    assert course.load(tmp_path) == HOMEWORK
    assert [path.name for path in tmp_path.iterdir()] == ["homework.json"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    course.save(tmp_path, HOMEWORK)
    monkeypatch.setattr("os.replace", lambda *paths: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        course.save(tmp_path, {"assignments": {}})
    assert course.load(tmp_path) == HOMEWORK
    assert [path.name for path in tmp_path.iterdir()] == ["homework.json"]


@pytest.mark.parametrize("folder", [".", "nowhere", "file"])
def test_a_folder_without_a_course_is_refused(tmp_path, folder):
    (tmp_path / "file").touch()
    with pytest.raises(
        ValueError, match=r"course: got .*, want a course: `dlnotes homework assign` makes one"
    ):
        course.load(tmp_path / folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"assignments": []}', "[" * 100_000, "\ud800"])
def test_a_damaged_file_is_refused(tmp_path, text):
    (tmp_path / "homework.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError, match=r"course: got a damaged .*homework\.json"):
        course.load(tmp_path)


@pytest.mark.parametrize(
    "path, value",
    [
        (("seed",), None),
        (("seed",), -1),
        (("seed",), True),
        (("per_student",), "no"),
        (("notebooks",), {}),
        (("notebooks", 0), "02_perceptron"),
        (("notebooks", 0, "name"), "../../etc"),
        (("notebooks", 0, "exercises"), ["ch02.perceptron.update"]),
        (("notebooks", 0, "exercises", "ch02.perceptron.update"), "2"),
        (("notebooks", 0, "questions", "ch02.perceptron.why"), float("nan")),
    ],
)
def test_a_damaged_assignment_is_refused_by_name(tmp_path, path, value):
    homework = copy.deepcopy(HOMEWORK)
    place = homework["assignments"]["ch02"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    (tmp_path / "homework.json").write_text(json.dumps(homework), encoding="utf-8")
    with pytest.raises(ValueError, match="its assignment 'ch02' is not one"):
        course.load(tmp_path)


def test_an_assignment_cannot_be_named_like_another_folder(tmp_path):
    course.save(tmp_path, {"assignments": {"../ch02": HOMEWORK["assignments"]["ch02"]}})
    with pytest.raises(ValueError, match="its assignment '../ch02' is not one"):
        course.load(tmp_path)


def test_cells_are_named_after_the_key():
    assert course.grade_id("ch02.perceptron.update") == "ch02-perceptron-update"
    assert course.answer_id("ch02.perceptron.update") == "ch02-perceptron-update-answer"


def test_a_seed_is_the_same_for_the_class_or_one_for_each_student():
    whole, each = ({"seed": 83122, "per_student": alone} for alone in (False, True))
    assert course.seed_of(whole, "ada") == course.seed_of(whole, "bob") == [83122]
    assert course.seed_of(each, "ada") == course.seed_of(each, "ada")
    students = ["ada", "bob", "ada2", "zoë", "adá"]
    draws = {np.random.default_rng(course.seed_of(each, name)).integers(2**60) for name in students}
    assert len(draws) == len(students)
