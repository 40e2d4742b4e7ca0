"""The mutants: each kind of change is made, and the checks of the exercises see nearly all of them."""

import importlib
import textwrap

import pytest

from dlnotes.exercises import find, mutants, names, registry

PAGE = '''
import numpy as np
from dlnotes.exercises.registry import exercise


def _helper(x):
    {helper}


@exercise("ch99.page.sample", title="Sample", points=1, sources="GBC 2.1",
          arguments=lambda rng: (rng.normal(size=(3, 4)) - 1, rng.normal(size=3) + 5),
          hidden=[lambda rng: (rng.normal(size=(3, 4)), np.zeros(3))], hints=["-1 + 1", "2", "3"])
def sample(x, y=0):
    """The docstring - 1."""
    {code}
'''


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """A function that makes the exercise `sample` of a line of code."""

    def write(code, helper="pass"):
        source = PAGE.format(code=textwrap.indent(code, "    ").strip(), helper=helper)
        (tmp_path / "sample_page.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr(registry, "EXERCISES", {})
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(importlib.sys.modules, "sample_page", raising=False)
        importlib.import_module("sample_page")
        monkeypatch.setattr(mutants, "reference", lambda name: registry.EXERCISES[name].reference)
        return registry.EXERCISES["sample"]

    return write


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("return x + y", ["x - y", "x", "y"]),
        ("return x - y", ["x + y", "x"]),
        ("return x * y", ["x / y", "x", "y"]),
        ("return x / y", ["x * y", "x"]),
        ("return -x", ["x"]),
        ("return ~x", ["x"]),
        ("return not x", ["x"]),
        ("return x.T", ["x"]),
        ("return x < y", ["x <= y", "x > y"]),
        ("return x >= y", ["x > y", "x <= y"]),
        ("return x == y", ["x != y"]),
        ("return x and y", ["x or y"]),
        ("return x & y", ["x | y"]),
        ("return (x > y) * y", ["(x > y) / y", "x > y", "y", "(x >= y) * y", "(x < y) * y"]),
        ("return x.mean()", ["x.sum()"]),
        ("return x.argmin()", ["x.argmax()"]),
        ("return np.maximum(x, y)", ["np.minimum(x, y)"]),
        ("return max(x)", ["min(x)"]),
        ("return x.all()", ["x.any()"]),
        ("return np.exp(x)", ["x"]),
        ("return x[:, None]", ["x[None, :]"]),
        ("return x[0]", ["x[1]"]),
        ("return x**2", ["x", "x ** 3", "x ** 1"]),
        ("return x.prod(axis=0)", ["x.prod(axis=1)"]),
        ("return x.prod(axis=1)", ["x.prod(axis=0)"]),
        ("return x.prod(axis=-1)", ["x.prod(axis=0)"]),
        ("return x.prod(keepdims=True)", ["x.prod(keepdims=False)"]),
        ("return lambda z: 0.5", ["lambda z: 1.5"]),
        ("if x > 1: return y", ["if x >= 1:", "if x < 1:", "if x > 2:", "if x > 0:"]),
    ],
)
def test_each_change_is_made_one_at_a_time(code, changed, sample):
    lines = [one.line.removeprefix("return ") for one in mutants.mutants(sample(code))]
    assert sorted(lines) == sorted(["def sample(x, y=1):", *changed])


def test_what_a_mutant_says_is_what_it_does_and_the_reference_stays_as_it_is(sample):
    one = sample("return x + y")
    found = {mutant.line: mutant.answer(5, 2) for mutant in mutants.mutants(one)}
    assert found == {"def sample(x, y=1):": 7, "return x - y": 3, "return x": 5, "return y": 2}
    assert one.reference(5, 2) == 7


def test_a_function_beside_the_reference_is_changed_too_if_it_is_called(sample):
    lines = [one.line for one in mutants.mutants(sample("return _helper(x)", helper="return x - 3"))]
    assert "return x + 3" in lines and "return x - 4" in lines
    assert len(lines) == 5
    assert len(list(mutants.mutants(sample("return x", helper="return x - 3")))) == 1


def states(exercise):
    return {mutant.line: verdict.state for mutant, verdict in mutants.verdicts(exercise)}


def test_a_mutant_that_nothing_tells_apart_survives_and_one_that_stops_does_not(sample):
    found = states(sample("return np.abs(x) + x[2]"))
    assert found.pop("def sample(x, y=1):") == "pass"  # every call gives y
    assert set(found.values()) == {"fail"}
    assert states(sample("return x.reshape(3, -1)"))["return x.reshape(3, -2)"] == "pass"


def test_a_mutant_that_never_ends_is_stopped(sample, monkeypatch):
    monkeypatch.setattr(mutants, "SECONDS", 0.2)
    found = states(sample("n = 0\nwhile n < 3: n += 1\nreturn n * x"))
    assert found["while n > 3:"] == found["n -= 1"] == "fail"


def test_the_table_shows_who_survives_and_the_status_tells_too_many(sample, monkeypatch, capsys):
    one = sample("return x - 1")
    monkeypatch.setattr(mutants, "find", {"sample": one}.get)
    monkeypatch.setattr(mutants, "names", lambda: ["sample"])
    assert mutants.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["ch99.page.sample", "5", "4", "0"]
    assert lines[2:] == [
        "    survives: def sample(x, y=1):",
        "4 of 5 mutants are killed, 80.0%; wanted are 95%",
    ]
    monkeypatch.setattr(mutants, "WANTED", 0.8)
    assert mutants.main([]) == 0


def test_a_mutant_that_is_a_known_mistake_is_counted(sample, monkeypatch, capsys):
    one = sample("return x - 1")
    registry.mistake(one.reference, "the sign")(lambda x, y: x + 1)
    monkeypatch.setattr(mutants, "find", {"sample": one}.get)
    mutants.main(["sample"])
    assert capsys.readouterr().out.splitlines()[1].split() == ["ch99.page.sample", "5", "4", "1"]


def test_the_checks_of_the_exercises_kill_at_least_95_percent(capsys):
    assert mutants.main([]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("ch")]
    assert [key for key, *_ in rows] == [find(name).key for name in names()]
    assert all(int(made) > 0 for _, made, *_ in rows)
