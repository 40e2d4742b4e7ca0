"""Submissions are read, whatever is in them, and the program for an answer has what it needs and no more."""

import io
import json
import os
import stat
import time
import tracemalloc
import zipfile

import damage
import nbformat
import numpy as np
import pytest

from dlnotes.exercises import find, judging
from dlnotes.exercises.registry import cases
from dlnotes.grading import plan, submission, untrusted


def read(folder):
    """The one page of the submission in `folder`, and the notes on it and beside it."""
    found = submission.read(folder, damage.ASSIGNMENT)
    (page,) = json.loads(json.dumps(found))["pages"]  # it travels as JSON
    assert page["name"] == damage.NAME
    return page, "\n".join(page["notes"] + found["notes"])


def page_of(*texts, **answers):
    """A page with these cells; the answer to the exercise with a name is in the cell with that index."""
    return {"cells": list(texts), "answers": {find(name).key: cell for name, cell in answers.items()}}


def called(page, key):
    """The function that the program for `key` leaves behind, run here: all of it is ours."""
    namespace = {}
    for text in plan.program(page, key):
        exec(text, namespace)
    return namespace[find(key).name]


def state(page, key):
    """The state of the answer to `key`, as grading finds it, but without its sandbox."""
    if key not in page["answers"]:
        return "missing"
    try:
        function = called(page, key)
    except (SyntaxError, NameError):
        return "fail"
    wanted = cases(find(key))
    found = judging.outcomes(function, [arguments for arguments, _ in wanted])
    return judging.assess(find(key), wanted, found).state


@pytest.mark.parametrize("case", damage.DAMAGES)
def test_what_is_left_of_a_notebook_is_found_and_runs(tmp_path, case):
    one = damage.DAMAGES[case]
    damage.hand_in(tmp_path, one.make(damage.solved()))
    page, notes = read(tmp_path)
    assert {key for key in damage.KEYS if state(page, key) != "pass"} == set(one.lost)
    assert one.note in notes


def test_the_answer_to_a_question_is_found_by_its_cell_and_by_its_first_words(tmp_path):
    for case in ("nothing", "no metadata", "no prose left", "an answer deleted"):
        damage.hand_in(tmp_path / case, damage.DAMAGES[case].make(damage.solved()))
    essay = f"{damage.PROMPT} {damage.ESSAY}"
    assert read(tmp_path / "nothing")[0]["questions"] == {damage.QUESTION: essay}
    assert read(tmp_path / "no metadata")[0]["questions"] == {damage.QUESTION: essay}
    page, notes = read(tmp_path / "no prose left")
    assert page["questions"] == {}
    assert f"no answer in words to {damage.QUESTION}" in notes


def test_the_copy_of_a_question_that_was_written_into_is_the_answer_and_so_is_what_was_added_below(tmp_path):
    """But not the prose of the page below, nor that of a notebook where nobody can tell the two apart."""
    notebook = damage.release()
    asked = damage.cell(notebook, damage.grade_id(damage.QUESTION))
    place = notebook["cells"].index(asked)
    written = asked | {"source": "My words"}
    rest = notebook["cells"][place + 1 :]
    added = [damage.prose("More words"), damage.prose("and more"), *rest]
    notebook["cells"][place:] = [written, *added, asked]
    damage.hand_in(tmp_path / "copy", {f"{damage.NAME}.ipynb": notebook})
    assert read(tmp_path / "copy")[0]["questions"] == {damage.QUESTION: "My words\n\nMore words\n\nand more"}
    notebook["cells"][place:] = [asked, *added]
    damage.hand_in(tmp_path / "below", {f"{damage.NAME}.ipynb": notebook})
    page, notes = read(tmp_path / "below")
    assert page["questions"][damage.QUESTION] == f"{damage.PROMPT}\n\nMore words\n\nand more"
    assert f"no answer in words to {damage.QUESTION}" not in notes


def test_a_question_left_as_it_was_is_noted(tmp_path):
    damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": damage.release()})
    page, notes = read(tmp_path)
    assert page["questions"] == {damage.QUESTION: damage.PROMPT}
    assert f"no answer in words to {damage.QUESTION}" in notes


def test_a_long_picture_in_prose_is_cut_off_and_long_code_left_out(tmp_path):
    notebook = damage.solved()
    asked = damage.cell(notebook, damage.grade_id(damage.QUESTION))
    asked["source"] = "Look: ![](data:image/png;base64," + "A" * 200_000
    notebook["cells"].insert(3, damage.code("x = '" + "A" * 200_000 + "'"))
    damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": notebook})
    page, notes = read(tmp_path)
    assert len(page["answers"]) == 3
    assert page["questions"][damage.QUESTION] == asked["source"][: untrusted.CELL]
    assert "1 cell too many or too long" in notes


def test_a_bush_of_folders_is_left_in_time(tmp_path):
    for number in range(300):
        (tmp_path / f"{number:03d}" / "sub").mkdir(parents=True)
    (tmp_path / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    page, notes = read(tmp_path)
    assert page["file"] is None
    assert f"more than {untrusted.FOLDERS} folders" in notes
    assert "timestamp" not in notes


def test_a_question_answered_in_a_code_cell_is_still_text(tmp_path):
    notebook = damage.solved()
    damage.cell(notebook, damage.grade_id(damage.QUESTION)).update(cell_type="code", source="It's so")
    damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": notebook})
    assert read(tmp_path)[0]["questions"] == {damage.QUESTION: "It's so"}


@pytest.mark.parametrize("case", damage.REFUSED)
def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path, case):
    secret = tmp_path / "another student's.ipynb"
    secret.write_text(json.dumps(damage.solved()), encoding="utf-8")
    folder = tmp_path / "submitted"
    folder.mkdir()
    damage.REFUSED[case](folder / f"{damage.NAME}.ipynb", secret)
    page, notes = read(folder)
    assert (page["file"], page["cells"], page["answers"], page["questions"]) == (None, [], {}, {})
    assert "it was not handed in" in notes
    assert case == "folder" or f"{damage.NAME}.ipynb: it " in notes


def test_links_to_folders_are_not_followed(tmp_path):
    damage.hand_in(tmp_path / "ada", {f"{damage.NAME}.ipynb": damage.solved()})
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "work").symlink_to(tmp_path / "ada")
    (tmp_path / "mallory").symlink_to(tmp_path / "ada")
    for student in ("eve", "mallory"):
        page, notes = read(tmp_path / student)
        assert page["file"] is None
        assert "is a link" in notes


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_noted(tmp_path):
    damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": damage.solved()})
    (tmp_path / f"{damage.NAME}.ipynb").chmod(0)
    assert "Permission denied" in read(tmp_path)[1]


def test_a_missing_folder_and_a_folder_full_of_files_are_read_all_the_same(tmp_path):
    assert read(tmp_path / "nobody")[0]["file"] is None
    (tmp_path / "file").write_text("")
    assert read(tmp_path / "file")[0]["file"] is None
    damage.hand_in(tmp_path / "many", {f"{n:03d}.ipynb": "{}" for n in range(100)})
    page, notes = read(tmp_path / "many")
    assert page["file"] is None
    assert "there are too many files" in notes
    assert len(notes.splitlines()) < 50


def test_a_name_is_shown_as_text_whatever_it_is(tmp_path):
    name = os.fsdecode(b"L\xf6sung \x1b[31m\n\xe2\x80\xae" + b"x" * 100 + b".ipynb")
    damage.hand_in(tmp_path, {name: damage.solved()})
    page, notes = read(tmp_path)
    assert len(page["answers"]) == 3
    assert page["file"].isprintable() and page["file"].encode("utf-8") and len(page["file"]) <= 80
    assert all(line.isprintable() for line in notes.splitlines())


def test_the_file_with_more_answers_is_read_the_others_are_noted(tmp_path):
    less = damage.solved()
    less["cells"].remove(damage.answer(less, damage.BOUND))
    damage.hand_in(
        tmp_path, {f"{damage.NAME}.ipynb": less, "new/again.ipynb": damage.solved(), "b.ipynb": {}}
    )
    page, notes = read(tmp_path)
    assert page["file"] == "new/again.ipynb"
    assert "02_perceptron.ipynb has answers, too (2): new/again.ipynb is graded (3)" in notes
    assert "b.ipynb: it has no cells" in notes


@pytest.mark.parametrize("case", ["empty", "no JSON", "deeply nested"])
def test_a_file_that_is_no_notebook_has_one_note(tmp_path, case):
    damage.hand_in(tmp_path, damage.DAMAGES[case].make(damage.solved()))
    assert read(tmp_path)[1] == "it is not a notebook"
    (tmp_path / f"{damage.NAME}.ipynb").rename(tmp_path / "mine.ipynb")
    assert read(tmp_path)[1] == f"{damage.NAME}: it was not handed in\nmine.ipynb: it is not a notebook"


def test_checks_that_are_gone_are_no_note(tmp_path):
    damage.hand_in(tmp_path, damage.DAMAGES["checks deleted"].make(damage.solved()))
    assert read(tmp_path)[1] == ""


def test_what_was_not_handed_in_comes_first(tmp_path):
    damage.hand_in(tmp_path, {"a.zip": b"", "b.ipynb": {"cells": [damage.code("1")]}})
    first, *others = submission.read(tmp_path, damage.ASSIGNMENT)["notes"]
    assert first == f"{damage.NAME}: it was not handed in" and len(others) == 2


def test_a_file_of_words_is_only_not_used(tmp_path):
    damage.hand_in(tmp_path, damage.DAMAGES["a script without marks"].make({}) | {"timestamp.txt": "today"})
    page, notes = read(tmp_path)
    assert len(page["answers"]) == 3
    assert "README.txt: not used" in notes and "argument" not in notes and "timestamp" not in notes


def _bomb():
    """A zip whose one notebook has 200 megabytes of spaces, and says that it has ten bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(f"{damage.NAME}.ipynb", "w") as file:
            for _ in range(20):
                file.write(b" " * 10_000_000)
    size = (200_000_000).to_bytes(4, "little")
    return packed.getvalue().replace(size, (10).to_bytes(4, "little"))


def _encrypted():
    data = bytearray(damage.zipped({f"{damage.NAME}.ipynb": "{}"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def _link_in_zip():
    link = zipfile.ZipInfo(f"{damage.NAME}.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return packed.getvalue()


def _flipped():
    data = bytearray(damage.zipped({f"{damage.NAME}.ipynb": damage.solved()}))
    data[len(data) // 3] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_bomb, "it is damaged"),
        (lambda: damage.zipped({f"{damage.NAME}.ipynb": " " * 30_000_000}), "more than 20,000,000 bytes"),
        (lambda: damage.zipped({f"{damage.NAME}.ipynb": " " * 10**8}, zipfile.ZIP_LZMA), "an unusual way"),
        (_encrypted, "it is encrypted"),
        (_link_in_zip, "it is a link"),
        (_flipped, "it is damaged"),
        (lambda: damage.zipped({f"{n}.png": b"" for n in range(10_001)}), "more than 10,000 entries"),
        (lambda: b"PK\3\4", "it is damaged, or no zip"),
        (lambda: b"", "it is damaged, or no zip"),
    ],
)
def test_a_hostile_zip_takes_no_memory_and_no_time_and_is_noted(tmp_path, make, words):
    damage.hand_in(tmp_path, {"all.zip": make()})
    tracemalloc.start()
    start = time.perf_counter()
    page, notes = read(tmp_path)
    took, (_, most) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert page["file"] is None and words in notes and "all.zip" in notes
    assert took < 10 and most < 100e6


def test_no_more_files_are_read_in_zips_than_outside(tmp_path):
    many = damage.zipped({f"{n}.ipynb": "{}" for n in range(100)})
    damage.hand_in(tmp_path, {"a.zip": many, f"{damage.NAME}.ipynb": damage.solved()})
    found, notes = untrusted.notebooks(tmp_path)
    assert len(found) <= untrusted.FILES
    assert "there are too many files: not all of them are read" in notes


def test_names_in_a_zip_lead_nowhere(tmp_path):
    packed = damage.zipped({f"../../{damage.NAME}.ipynb": damage.solved(), "/abs\x1b[31m.ipynb": "{}"})
    damage.hand_in(tmp_path / "ada", {"all.zip": packed})
    before = sorted(tmp_path.rglob("*"))
    page, notes = read(tmp_path / "ada")
    assert page["file"] is None
    assert all(line.isprintable() for line in notes.splitlines())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_function_of_the_page_is_no_answer_until_somebody_changes_it(tmp_path):
    notebook = damage.release()
    page_cell = next(one for one in notebook["cells"] if "def corridor" in one["source"])
    page_cell["source"] += "\n\n\ndef update_bound(w_hat, x, y):\n    return 3"
    fresh = json.loads(json.dumps(page_cell))
    fresh["metadata"]["nbgrader"]["checksum"] = damage.compute_checksum(nbformat.from_dict(fresh))
    for folder, one, number in (("changed", page_cell, 1), ("ours", fresh, 0)):
        damage.hand_in(tmp_path / folder, {f"{damage.NAME}.ipynb": notebook | {"cells": [one]}})
        assert len(read(tmp_path / folder)[0]["answers"]) == number


def test_one_file_may_answer_two_notebooks(tmp_path):
    other = {
        "name": "03_logistic_regression",
        "exercises": {"ch02.logistic_regression.denominator": 1},
        "questions": {},
    }
    assignment = damage.ASSIGNMENT | {"notebooks": [*damage.ASSIGNMENT["notebooks"], other]}
    notebook = damage.solved()
    notebook["cells"].append(damage.code("def sigmoid_denominator(s):\n    return 2"))
    damage.hand_in(tmp_path, {"all.ipynb": notebook})
    pages = submission.read(tmp_path, assignment)["pages"]
    assert [page["file"] for page in pages] == ["all.ipynb"] * 2
    assert [len(page["answers"]) for page in pages] == [3, 1]


def test_notes_are_few(tmp_path):
    broken = [damage.code(f"x{n} = = 1") for n in range(100)]
    damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": {"cells": damage.solved()["cells"] + broken}})
    page, _ = read(tmp_path)
    assert len(page["notes"]) <= 21
    assert page["notes"][-1].startswith("and ")


@pytest.mark.parametrize("seed", range(12))
def test_no_accident_is_too_much(tmp_path, seed):
    rng, notebook = np.random.default_rng(seed), damage.solved()
    for number in range(25):
        data = damage.at_random(rng, json.loads(json.dumps(notebook)))
        damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": data})
        page, notes = read(tmp_path)
        assert page["file"] == f"{damage.NAME}.ipynb", number
        assert set(page["answers"]) <= set(damage.KEYS)
        for key in page["answers"]:
            assert plan.program(page, key), number
            assert page["answers"][key] in plan.plan(page, key)


HOSTILE = {
    "a long sum": "x = 1" + "+1" * 29_000,
    "a deep minus": "x = " + "-" * 50_000 + "1",
    "deep parentheses": "x = " + "(" * 150 + "1" + ")" * 150,
    "many elif": "if 1:\n pass\n" + "elif 1:\n pass\n" * 3_000,
    "nested finally": "".join(f"{' ' * n}try: pass\n{' ' * n}finally:\n" for n in range(60))
    + " " * 60
    + "pass",
    "a long number": "x = " + "9" * 50_000,
    "formatted strings": "x = " + "f'{f\"{1}\"}'" * 4_000,
    "spaces": " " * 59_000 + "%",
    "spaces and commas": "!\n" + ("a, " * 19_000) + "\n",
    "fences": "```\n" * 14_000,
    "newlines": "=\n" * 29_000,
    "null": "x = '\0'",
    "a name": "é" * 50_000 + " = 1",
    "global parameter": "def f(x):\n    global x",
    "many statements": "a = a\n" * 9_000,
    "backslashes": "\\\n" * 29_000,
    "star of a function": "def f():\n    from math import *",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_source_takes_no_exception_and_no_time(tmp_path, case):
    notebook = damage.solved()
    for kind in ("code", "markdown"):
        notebook["cells"] += [damage.code(HOSTILE[case]) | {"cell_type": kind} for _ in range(3)]
    damage.hand_in(tmp_path, {f"{damage.NAME}.ipynb": notebook})
    start = time.perf_counter()
    page, _ = read(tmp_path)
    assert {key for key in damage.KEYS if state(page, key) == "pass"} == set(damage.KEYS)
    assert time.perf_counter() - start < 10


def test_hostile_names_take_no_time_either(tmp_path):
    """Every cell binds and needs every name, in an order that has all of them moved."""
    names = [f"n{n}" for n in range(100)]
    everything = ", ".join(names)
    texts = [f"{everything} = {everything}, m{n + 1}; m{n} = 1" for n in range(400)]
    start = time.perf_counter()
    page = page_of(
        "def perceptron_update(w, x, y, lr): return m0, " + everything, *texts, perceptron_update=0
    )
    assert len(plan.program(page, damage.UPDATE)) == 401
    assert time.perf_counter() - start < 10
