"""Hints, progress and `use`: the reader's own record, on this machine alone, which nothing can break."""

import json
import re
import socket
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from dlnotes import exercises
from dlnotes.exercises import record, registry
from dlnotes.exercises.registry import visible_cases

SOLUTION = exercises.reference("perceptron_update")
HINTS = exercises.find("perceptron_update").hints


def perceptron_update(w, x, y, lr):
    return -w


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The file of the record, not yet there, in a folder of a folder that is not there either."""
    path = tmp_path / "data" / "dlnotes" / "progress.jsonl"
    monkeypatch.setenv("DLNOTES_PROGRESS", str(path))
    monkeypatch.setattr(record, "UNWRITTEN", [])
    return path


def row(name, capsys):
    """The line of `progress()` for the exercise `name`: its mark, attempts and hints."""
    capsys.readouterr()
    exercises.progress()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return next((line[0], *map(int, line[4:])) for line in lines if name in line)


# ---------------------------------------------------------------- hints


def test_a_hint_escalates_and_stays_at_the_last(capsys):
    shown = [f"Hint {number} of 3: {words}" for number, words in enumerate(HINTS, start=1)]
    for number in (1, 2, 3, 3):
        exercises.hint(perceptron_update)
        assert capsys.readouterr().out.splitlines() == shown[:number]


def test_each_exercise_has_its_own_hints(capsys):
    exercises.hint(perceptron_update)
    exercises.hint(exercises.reference("update_bound"))
    assert capsys.readouterr().out.splitlines()[1].startswith("Hint 1 of 3: ")


# ---------------------------------------------------------------- use


def test_use_gives_the_answer_that_passes_and_says_nothing(capsys):
    def perceptron_update(w, x, y, lr):
        return SOLUTION(w, x, y, lr)

    assert exercises.use(perceptron_update) is perceptron_update
    assert capsys.readouterr().out == ""


def test_use_gives_the_reference_in_the_place_of_one_that_does_not_and_says_so(capsys):
    assert exercises.use(perceptron_update) is SOLUTION
    printed = capsys.readouterr().out
    assert printed == "perceptron_update does not pass its check yet: what follows uses the book's own\n"


def test_without_references_use_gives_a_function_that_says_in_one_line_what_is_missing(monkeypatch, capsys):
    everything = exercises.find("perceptron_update")
    stored = everything._replace(reference=None, mistakes=(), examples=tuple(visible_cases(everything)))
    monkeypatch.setitem(registry.EXERCISES, "perceptron_update", stored)
    assert exercises.use(SOLUTION) is SOLUTION
    rule = exercises.use(perceptron_update)
    assert capsys.readouterr().out == "perceptron_update does not pass its check yet: what follows needs it\n"
    with pytest.raises(
        NotImplementedError, match="^perceptron_update does not pass its check yet$"
    ) as raised:
        rule(1, 2, lr=3)
    shell = InteractiveShell()
    shell.user_ns["rule"] = rule
    capsys.readouterr()
    assert not shell.run_cell("rule(1)").success
    assert capsys.readouterr().out == "Unsolved: perceptron_update does not pass its check yet\n"
    assert len(raised.value._render_traceback_()) == 1


def test_a_fail_that_is_not_recognized_mentions_the_hint_and_no_other_line_does(capsys):
    def todo(w, x, y, lr):
        raise NotImplementedError

    todo.__name__ = "perceptron_update"
    known = exercises.find("perceptron_update").mistakes[0]
    known.answer.__name__, name = "perceptron_update", known.answer.__name__
    for answer in (perceptron_update, todo, known.answer, SOLUTION):
        exercises.check(answer)
    known.answer.__name__ = name
    fail, *others = capsys.readouterr().out.splitlines()
    assert fail.endswith("  (hint(perceptron_update) helps)")
    assert len(others) == 3 and known.message in others[1] and "hint(" not in "".join(others)


def test_use_is_no_attempt(kept):
    exercises.use(perceptron_update)
    assert not kept.exists()


# ---------------------------------------------------------------- progress


def test_progress_has_every_exercise_under_its_chapter_in_the_order_of_the_book(capsys):
    exercises.progress()
    shown, chapter = [], ""
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("ch"):
            chapter = line.partition(":")[0]
        else:
            mark, page, _, name, attempts, hints = line.split()
            assert (mark, attempts, hints) == ("○", "0", "0")
            assert exercises.find(name).key.startswith(f"{chapter}.{page}.")
            shown.append(name)
        assert len(line) < 96
    assert shown == exercises.names()


def test_progress_counts_attempts_until_the_first_solution_and_hints(capsys):
    exercises.check(perceptron_update)
    exercises.check(perceptron_update)
    exercises.hint(perceptron_update)
    assert row("perceptron_update", capsys) == ("○", 2, 1)
    exercises.check(SOLUTION)
    assert row("perceptron_update", capsys) == ("✓", 3, 1)
    exercises.progress()
    assert "ch02: 1 of " in capsys.readouterr().out
    exercises.check(SOLUTION)
    exercises.check(perceptron_update)
    assert row("perceptron_update", capsys) == ("✓", 3, 1)
    assert row("perceptron_gradient", capsys) == ("○", 0, 0)


def test_progress_shows_one_chapter_alone(capsys):
    exercises.progress("ch02")
    shown = re.findall(r" · (\S+)", capsys.readouterr().out)
    assert shown == [name for name in exercises.names() if exercises.find(name).key.startswith("ch02.")]
    with pytest.raises(ValueError, match="chapter: got 'ch77', want one of ch00, ch02"):
        exercises.progress("ch77")


def test_a_stub_is_no_attempt(kept):
    def perceptron_update(w, x, y, lr):
        raise NotImplementedError("your code here")

    exercises.check(perceptron_update)
    assert not kept.exists()


# ---------------------------------------------------------------- the file


def test_without_a_name_the_file_lies_in_the_data_folder_of_the_user(monkeypatch, tmp_path):
    import platformdirs

    monkeypatch.delenv("DLNOTES_PROGRESS")
    monkeypatch.setattr(platformdirs, "user_data_path", lambda name: tmp_path / name)
    assert record.path() == tmp_path / "dlnotes" / "progress.jsonl"


@pytest.mark.parametrize(
    "damage",
    [
        b'{"key": "ch02.perceptron.upd',
        b"\xff\xfe\x00",
        b"[]\nnull\n5\n{}",
        b'{"key": ["a"], "event": {}}',
        b"[" * 100_000,
        b"<<<<<<< HEAD",
        b"1" * 10_000,
    ],
)
def test_a_damaged_file_loses_the_damaged_lines_alone(damage, kept, capsys):
    exercises.hint(perceptron_update)
    with kept.open("ab") as file:
        file.write(b"\n" + damage)
    exercises.check(perceptron_update)
    assert row("perceptron_update", capsys) == ("○", 1, 1)


@pytest.mark.parametrize("kind", ["a file for a folder", "a folder for a file", "no permission"])
def test_where_nothing_can_be_written_check_works_says_so_once_and_counts_until_the_kernel_ends(
    kind, tmp_path, monkeypatch, capsys
):
    wall = tmp_path / "wall"
    if kind == "a file for a folder":
        wall.touch()
        monkeypatch.setenv("DLNOTES_PROGRESS", str(wall / "progress.jsonl"))
    elif kind == "a folder for a file":
        wall.mkdir()
        monkeypatch.setenv("DLNOTES_PROGRESS", str(wall))
    else:  # whoever runs the tests may be allowed to write anywhere
        monkeypatch.setattr(record.Path, "open", _refuse)

    exercises.check(perceptron_update)
    verdict, note = capsys.readouterr().out.splitlines()
    assert note.startswith("(your progress is kept until this kernel ends: ") and str(tmp_path) in note
    assert verdict.startswith("✗ perceptron_update: fail - ")
    for number in (1, 2, 3, 3):
        exercises.hint(perceptron_update)
        assert len(capsys.readouterr().out.splitlines()) == number
    assert row("perceptron_update", capsys) == ("○", 1, 3)


def _refuse(*arguments, **options):
    raise PermissionError(13, "Permission denied")


WRITER = """
from dlnotes.exercises import find
from dlnotes.exercises.record import remember
for _ in range(300):
    remember(find("perceptron_update"), "fail")
"""


def test_two_kernels_write_at_once_and_nothing_is_lost(kept):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert record.events() == [("ch02.perceptron.update", "fail")] * 600
    assert all(json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines() if line)


def test_the_record_has_no_more_than_keys_and_events(kept):
    exercises.check(perceptron_update)
    exercises.hint(perceptron_update)
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").split("\n") if line]
    key = "ch02.perceptron.update"
    assert lines == [{"key": key, "event": "fail"}, {"key": key, "event": "hint"}]


def test_nothing_of_this_touches_the_network(monkeypatch, capsys):
    def refuse(*arguments, **options):
        raise AssertionError("the network")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    exercises.check(perceptron_update)
    exercises.check(SOLUTION)
    exercises.use(perceptron_update)
    exercises.hint(perceptron_update)
    exercises.progress()
    assert "✓ perceptron · perceptron_update " in capsys.readouterr().out


def test_progress_of_one_chapter_leaves_out_the_others(capsys):
    record.progress("ch00")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ch00: ") and not any("ch02" in line for line in lines)
    with pytest.raises(ValueError, match="chapter: got 'ch99', want one of ch00, ch02"):
        record.progress("ch99")
