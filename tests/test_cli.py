"""The command `dlnotes`."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest

from dlnotes.__main__ import main
from dlnotes.book import ROOT


def test_find_prints_the_place_and_the_other_four_books(capsys):
    assert main(["find", "DLNN", "4.23"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Perceptron learning rule")
    assert "DLNN 4.2.3 (4.22)-(4.23) · GBC 1.2.1 · Strang VII.5 (perceptron) · EE147 History · MEDL –" in out


def test_find_exits_with_1_and_suggests_where_nothing_is_found(capsys):
    assert main(["find", "sofmax", "temprature"]) == 1
    assert "near it: softmax temperature" in capsys.readouterr().err


def test_a_long_answer_is_cut_and_says_so(capsys):
    assert main(["find", "gradient"]) == 0
    assert "more: add a word" in capsys.readouterr().out


def test_doctor_is_a_command(monkeypatch):
    monkeypatch.setattr("dlnotes.book.doctor.main", lambda: 7)
    assert main(["doctor"]) == 7


@pytest.mark.parametrize("argv", [[], ["heal"], ["find"]])
def test_anything_else_is_refused_with_the_usage(argv, capsys):
    with pytest.raises(SystemExit) as refused:
        main(argv)
    assert refused.value.code == 2
    assert "usage: dlnotes" in capsys.readouterr().err


def test_a_reader_who_has_seen_enough_gets_no_traceback():
    command = [sys.executable, "-m", "dlnotes", "find", "gradient"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        run.stdout.close()
        assert run.stderr.read() == ""


def test_an_installation_has_the_command_that_the_readme_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert EntryPoint("dlnotes", project["scripts"]["dlnotes"], "console_scripts").load() is main
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert ".venv/bin/dlnotes doctor" in readme and r".venv\Scripts\dlnotes" in readme


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "dlnotes", "find", "GBC", "5.7.3"]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0 and "nearest-neighbor" in run.stdout
