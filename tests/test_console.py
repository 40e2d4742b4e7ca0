"""What a reader's code prints is cut, and what it asks is refused."""

import builtins
import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dlnotes.exercises import judging
from dlnotes.exercises.console import CHARACTERS, LINES, Excerpt, no_questions


def printed(*texts):
    stream = io.StringIO()
    excerpt = Excerpt(stream)
    assert [excerpt.write(text) for text in texts] == [len(text) for text in texts]
    return stream.getvalue()


def test_what_is_short_is_passed_on_as_it_is():
    assert printed("a", "\n", "", "b\nc") == "a\nb\nc"
    assert printed("x\n" * LINES) == "x\n" * LINES
    assert printed(*["x", "\n"] * LINES, "") == "x\n" * LINES
    assert printed("x" * CHARACTERS) == "x" * CHARACTERS


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["x\n"] * 100, "x\n" * LINES),
        (["x", "\n"] * 100, "x\n" * LINES),
        (["x\n" * 100, "y"], "x\n" * LINES),
        (["x" * (CHARACTERS + 1), "y"], "x" * CHARACTERS + "\n"),
        (["x"] * 5000, "x" * CHARACTERS + "\n"),
        (["\r" * 5000], "\r" * LINES + "\n"),
    ],
)
def test_of_what_is_long_the_beginning_is_passed_on(texts, kept):
    assert printed(*texts) == kept + "... and more\n"


def test_what_is_over_passes_on_nothing(capsys):
    excerpt = Excerpt(sys.stdout)
    excerpt.over = True
    print("x", file=excerpt)
    assert capsys.readouterr().out == ""


def test_answers_judged_in_several_threads_leave_stdout_and_input_alone():
    before = sys.stdout, builtins.input
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: judging.outcomes(abs, [(number,) for number in range(200)]), range(40))
        )
    assert all(one[-1].value == 199 for one in found)
    assert (sys.stdout, builtins.input) == before


def test_an_endless_loop_that_prints_shows_twenty_lines(capsys):
    def answer(x):
        while True:
            print(x)

    (found,) = judging.outcomes(answer, [(1,), (2,)], 0.3)
    assert found.error == "Overtime"
    assert capsys.readouterr().out == "1\n" * LINES + "... and more\n"


@pytest.mark.parametrize("body", ["input()", "input('x: ')", "float(input())"])
def test_input_is_an_error_in_the_line_that_asks(body, monkeypatch):
    before = builtins.input
    scope = {}
    exec(f"def answer(x):\n    return {body}", scope)
    found = judging.outcomes(scope["answer"], [(1,), (2,)])
    words = "it stops with RuntimeError: the numbers come as arguments: do not ask for them"
    assert [one.words for one in found] == [words] * 2
    assert builtins.input is before


def test_input_is_put_back_whatever_happens():
    before = builtins.input
    with pytest.raises(KeyError), no_questions():
        assert builtins.input is not before
        raise KeyError
    assert builtins.input is before
