"""Every exercise: its words, its place in the book, its reference, its known mistakes, its silence."""

import ast
import copy
import inspect
import itertools
import re

import numpy as np
import pytest

from dlnotes import exercises
from dlnotes.book import chapters
from dlnotes.exercises import judging, registry
from dlnotes.exercises.judging import assess, judge, outcomes
from dlnotes.exercises.registry import cases, visible_cases

NAMES = exercises.names()
EACH = pytest.mark.parametrize("one", [exercises.find(name) for name in NAMES], ids=NAMES)
SEEDS = (0, 1, (83122, 7))  # a sequence is what grading has
PAGES = {source: chapters.read(source).cells for source in chapters.sources()}


def named(function, name):
    function.__name__ = name
    return function


def leaves(value):
    """The arrays in a nest of tuples."""
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [np.asarray(value)]


def same(one, other):
    """Whether two nests are exactly the same."""
    one, other = leaves(one), leaves(other)
    return len(one) == len(other) and all(map(np.array_equal, one, other))


# ---------------------------------------------------------------- what an exercise has


@EACH
def test_an_exercise_has_all_its_parts(one):
    assert registry.KEY.fullmatch(one.key)
    assert one.title and one.points in range(1, 6)
    assert re.search(r"\b(DLNN|GBC|Strang|EE147|MEDL)\b", one.sources)
    assert len(one.hints) == len(set(one.hints)) == 3
    assert len(one.mistakes) >= 4
    assert len({known.message for known in one.mistakes}) == len(one.mistakes)
    assert len(one.hidden) >= 1


def test_keys_are_unique_and_those_of_chapter_2_at_least_eighteen():
    keys = [exercises.find(name).key for name in NAMES]
    assert len(set(keys)) == len(keys)
    assert len([key for key in keys if key.startswith("ch02.")]) >= 18
    assert [exercises.find(key).name for key in keys] == NAMES


@EACH
def test_the_module_of_an_exercise_is_the_one_of_its_page(one):
    assert one.reference.__module__ == f"dlnotes.exercises.{one.key.rpartition('.')[0]}"


@EACH
def test_the_stub_is_todo_and_holds_nothing_but_the_head_and_the_docstring(one):
    scope = {}
    exec(one.stub, scope)
    stub = scope[one.name]
    assert judge(stub) == ("todo", "replace the line that raises NotImplementedError")
    assert stub.__doc__ == one.reference.__doc__
    assert inspect.signature(stub) == inspect.signature(one.reference)
    assert one.stub.splitlines()[-1] == '    raise NotImplementedError("your code here")'


@EACH
def test_who_has_to_write_by_hand_reads_so_in_the_stub(one):
    assert one.by_hand == ("NumPy alone" in " ".join(one.stub.split()))
    assert one.by_hand or not one.key.startswith("ch03.")  # whose subject is what a package would do


# ---------------------------------------------------------------- the notebooks


def tagged(prefix):
    """(page, cells, index, name) of all cells of the book with a tag prefix:NAME."""
    for source, cells in PAGES.items():
        for index, cell in enumerate(cells):
            for name in chapters.tagged(cell, prefix):
                yield source, cells, index, name


@EACH
def test_the_stub_stands_on_its_page_once_with_its_check_right_below(one):
    places = [(source, cells, index) for source, cells, index, name in tagged("exercise") if name == one.name]
    assert len(places) == 1
    source, cells, index = places[0]
    assert f"{source.parent.name[:4]}.{source.stem[3:]}" == one.key.rpartition(".")[0]
    assert cells[index].source == one.stub
    assert cells[index + 1].source == f"check({one.name})"
    assert chapters.tagged(cells[index + 1], "check") == [one.name]


def test_every_stub_and_check_of_the_book_belongs_to_an_exercise():
    assert {name for *_, name in tagged("exercise")} == set(NAMES)
    assert sorted(name for *_, name in tagged("check")) == sorted(NAMES)


def test_every_page_that_has_an_exercise_imports_what_a_reader_of_it_calls():
    for source in {source for source, *_ in tagged("exercise")}:
        imported = {
            name.name
            for cell in PAGES[source]
            if cell.cell_type == "code"
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.ImportFrom) and node.module == "dlnotes.exercises"
            for name in node.names
        }
        assert {"check", "hint"} <= imported, source.name


def test_a_question_has_a_key_of_its_own_under_its_page():
    keys = [exercises.find(name).key for name in NAMES]
    for source, _, _, key in tagged("question"):
        assert key.startswith(f"{source.parent.name[:4]}.{source.stem[3:]}.")
        keys.append(key)
    assert len(set(keys)) == len(keys)


# ---------------------------------------------------------------- references and arguments


@EACH
def test_the_reference_passes_for_two_hundred_seeds_and_is_finite(one, monkeypatch):
    monkeypatch.setattr(registry, "VISIBLE", 0)  # they are always the same
    wanted = [case for seed in range(200) for case in cases(one, seed)]
    found = outcomes(one.reference, [arguments for arguments, _ in wanted], seconds=60)
    assert len(found) >= 200 * 17
    assert assess(one, wanted, found) == ("pass", "")
    assert all(np.isfinite(leaf).all() for _, want in wanted for leaf in leaves(want))


@EACH
def test_the_hidden_cases_are_the_same_for_the_same_seed_and_others_for_others(one):
    def hidden(seed):
        return [arguments for arguments, _ in cases(one, seed)[len(visible_cases(one)) :]]

    for seed in SEEDS:
        assert all(map(same, hidden(seed), hidden(seed)))
    for drawn in zip(*map(hidden, range(8)), strict=True):
        assert not all(same(drawn[0], other) for other in drawn)


@EACH
def test_no_hidden_case_is_a_visible_one(one):
    drawn, count = [arguments for arguments, _ in cases(one)], len(visible_cases(one))
    shown, hidden = drawn[:count], drawn[count:]
    assert not any(same(*pair) for pair in itertools.product(shown, hidden))


@EACH
def test_what_is_wanted_differs_from_case_to_case(one):
    wants = [want for _, want in cases(one)]
    assert len({repr(want) for want in wants}) >= len(wants) / 3


# ---------------------------------------------------------------- known mistakes


@EACH
def test_each_known_mistake_fails_with_its_own_message_whatever_the_seed(one, monkeypatch):
    for seed in SEEDS:
        wanted = cases(one, seed)
        drawn = [arguments for arguments, _ in wanted]
        made = {known.answer: outcomes(known.answer, drawn) for known in one.mistakes}
        with monkeypatch.context() as patch:
            patch.setattr(judging, "outcomes", lambda answer, drawn, made=made: made[answer])  # run each once
            verdicts = [assess(one, wanted, found) for found in made.values()]
        assert verdicts == [("fail", known.message) for known in one.mistakes]


@EACH
def test_each_known_mistake_fails_on_the_visible_cases_alone(one):
    wanted = visible_cases(one)
    drawn = [arguments for arguments, _ in wanted]
    as_students_have_it = one._replace(mistakes=())
    for known in one.mistakes:
        assert assess(as_students_have_it, wanted, outcomes(known.answer, drawn)).state == "fail", known


@EACH
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda leaf: None, "return"),
        (lambda leaf: -leaf, "sign"),
        (lambda leaf: 7.5 * leaf, "7.5 times too large"),
        (lambda leaf: leaf[None], "has shape (1"),
        (lambda leaf: leaf * 1j, "complex"),
        (lambda leaf: leaf.astype(str), "is wanted"),
    ],
    ids=["nothing", "sign", "factor", "shape", "complex", "text"],
)
def test_a_generic_mistake_that_is_no_known_one_is_told_by_the_diagnosis(one, answer, reason, monkeypatch):
    if leaves(cases(one)[0][1])[0].dtype == bool and reason in ("sign", "7.5 times too large"):
        pytest.skip("a truth value has neither sign nor size")
    monkeypatch.setattr(judging, "_known", lambda *mistakes: None)
    verdict = judge(named(lambda *arguments: changed(one.reference(*arguments), answer), one.name))
    assert verdict.state == "fail"
    assert reason in verdict.reason


@EACH
def test_a_change_of_an_argument_is_told_even_where_the_result_is_right(one):
    def arrays(arguments):
        return [leaf for leaf in leaves(arguments) if leaf.ndim and leaf.size and leaf.dtype != bool]

    def spoil(*arguments):
        want = one.reference(*copy.deepcopy(arguments))
        for array in arrays(arguments):
            array.flat[0] += 1
        return want

    if any(arrays(arguments) for arguments, _ in cases(one)):
        verdict = judge(named(spoil, one.name))
        assert verdict.state == "fail"
        assert "in place" in verdict.reason or verdict.reason in {known.message for known in one.mistakes}


# ---------------------------------------------------------------- what nobody may be told


def code(function):
    """The lines of code of a reference below its docstring, as `ast` writes them, without `return`."""
    body = ast.parse(inspect.getsource(function)).body[0].body[1:]
    lines = "\n".join(map(ast.unparse, body)).splitlines()
    return [line.strip().removeprefix("return ") for line in lines]


@EACH
def test_no_hint_and_no_message_holds_a_line_of_the_reference(one):
    words = [one.title, one.stub, *one.hints, *(known.message for known in one.mistakes)]
    said = ["".join(text.split()) for text in words]
    lines = ["".join(line.split()) for line in code(one.reference)]
    assert lines
    assert [line for line in lines if len(line) > 5 and any(line in text for text in said)] == []


@EACH
def test_no_verdict_prints_a_value_that_is_wanted(one, capsys, monkeypatch):
    def wrong(change):
        return named(lambda *arguments: changed(one.reference(*arguments), change), one.name)

    monkeypatch.setattr(judging, "_known", lambda *mistakes: None)  # whose messages would come first
    for change in CHANGES:
        exercises.check(wrong(change))
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == len(CHANGES) and "pass" not in printed
    told = {f"{abs(float(number)):.4g}" for number in re.findall(r"\d*\.\d{2,}(?:e[+-]\d+)?", printed)}
    told -= {f"{abs(x):.4g}" for given, _ in cases(one) for x in given if isinstance(x, float)}
    wanted = [leaf.ravel() for _, want in cases(one) for leaf in leaves(want)]
    assert told.isdisjoint(f"{abs(number):.4g}" for number in np.concatenate(wanted).astype(float))


def one_entry_wrong(leaf):
    leaf = np.array(leaf, float)
    leaf.flat[-1] += 1.2345
    return leaf


CHANGES = [
    lambda leaf: np.zeros(leaf.shape) + 1.2345,
    lambda leaf: leaf + 1.2345,
    lambda leaf: leaf * 1.2345 + (leaf.dtype == bool),
    lambda leaf: leaf[..., None] + np.ones((1, 2)),
    one_entry_wrong,
    lambda leaf: np.full(leaf.shape, np.nan),
    lambda leaf: int("x"),
]


def changed(want, change):
    return tuple(map(change, leaves(want))) if isinstance(want, tuple) else change(np.asarray(want))
