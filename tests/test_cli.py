"""The command `dlnotes`."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

import dlnotes.grading
from dlnotes.__main__ import main
from dlnotes.book import ROOT, chapters


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


def test_ctrl_c_ends_a_command_quietly(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("dlnotes.book.doctor.main", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == ""


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


# ---------------------------------------------------------------- homework


def test_homework_list_names_what_can_be_assigned(capsys):
    assert main(["homework", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "ch02  single layer networks" in lines
    pages = [line.split()[0] for line in lines if line.startswith("  0")]
    assert set(pages) <= {source.stem for source in chapters.sources()}
    assert "02_perceptron" in pages and "03_for_instructors" not in pages
    row = next(line for line in lines if "ch02.perceptron.update" in line)
    assert row.split() == ["ch02.perceptron.update", "2", "The", "rule"]
    assert sum(line.startswith("    ch02.") for line in lines) >= 18


def test_homework_assign_hands_its_options_on_and_says_what_came_of_it(monkeypatch, capsys):
    given = []
    page = {"name": "02_perceptron", "exercises": {"a": 2, "b": 1.5}, "questions": {"c": 1}}

    def assign(*arguments, **settings):
        given.append((arguments, settings))
        return {"notebooks": [page]}

    monkeypatch.setattr("dlnotes.grading.assign.assign", assign)
    options = [
        "--course",
        "c",
        "--points",
        "a=2",
        "b=1.5",
        "--points",
        "c=1",
        "--seed-per-student",
        "--name",
        "w1",
    ]
    assert main(["homework", "assign", "ch02", "02_perceptron", *options]) == 0
    settings = {"name": "w1", "points": {"a": 2, "b": 1.5, "c": 1}, "per_student": True}
    assert given == [(("c", "ch02", ["02_perceptron"]), settings)]
    assert capsys.readouterr().out.splitlines() == [
        "w1: 1 notebook, 2 exercises for 3.5 points, 1 question for 1 point",
        "for you:            c/source/w1",
        "for your students:  c/release/w1, and what `dlnotes homework package` builds",
    ]


def test_homework_package_prints_where_the_wheel_is(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("dlnotes.grading.package.wheel", lambda folder: Path(folder) / "a.whl")
    assert main(["homework", "package", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "a.whl")


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], {"jobs": None, "unsafe": False}),
        (["--jobs", "8"], {"jobs": 8, "unsafe": False}),
        (["--jobs", "tcp://127.0.0.1:8786", "--unsafe"], {"jobs": "tcp://127.0.0.1:8786", "unsafe": True}),
    ],
)
def test_homework_grade_hands_its_options_on_and_exits_as_it_is_told(monkeypatch, options, wanted):
    monkeypatch.setattr(
        dlnotes.grading, "grade", SimpleNamespace(run=lambda course, **rest: (course, rest)), raising=False
    )
    assert main(["homework", "grade", "--course", "c", *options]) == ("c", wanted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("assign ch99 --course COURSE", "chapter: got 'ch99', want one of ch00, ch02"),
        (
            "assign ch02 03_tree --course COURSE",
            "notebook: got '03_tree', want one of 01_linear_neuron, 02_perc",
        ),
        (
            "assign ch02 --course COURSE --points ch02.x=3",
            "points: got 'ch02.x', want one of ch02.linear_neuron.",
        ),
        (
            "assign ch02 02_perceptron --course FULL",
            "course: got FULL, which has no homework.json, want a course",
        ),
        ("package --out FULL/file", "FULL/file"),
    ],
)
def test_homework_refuses_in_one_line(tmp_path, capsys, arguments, message):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    for name in ("course", "full"):
        arguments = arguments.replace(name.upper(), str(tmp_path / name))
        message = message.replace(name.upper(), str(tmp_path / name))
    assert main(["homework", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert err.startswith(f"dlnotes homework {arguments.split()[0]}: ") and message in err
    assert not (tmp_path / "course").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "mark",
        "assign --course c",
        "assign ch02",
        "assign ch02 --course c --points 3",
        "assign ch02 --course c --points a=many",
        "grade",
        "grade --course c --jobs 0",
        "grade --course c --jobs many",
    ],
)
def test_homework_refuses_with_its_usage(capsys, arguments):
    with pytest.raises(SystemExit) as refused:
        main(["homework", *arguments.split()])
    assert refused.value.code == 2
    assert "usage: dlnotes homework" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["list", "assign", "package", "grade"])
def test_homework_has_help(capsys, command):
    with pytest.raises(SystemExit):
        main(["homework", "--help"])
    assert f"dlnotes homework {command}" in capsys.readouterr().out  # an example
    with pytest.raises(SystemExit) as helped:
        main(["homework", command, "--help"])
    assert helped.value.code == 0 and "usage: dlnotes homework" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("package", "command"),
    [("nbgrader", "assign ch02 02_perceptron --course COURSE"), ("hatchling", "package --out COURSE")],
)
def test_homework_names_the_extra_that_is_missing(monkeypatch, tmp_path, capsys, package, command):
    for name in [name for name in sys.modules if name.partition(".")[0] == package] + [package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "dlnotes.grading.release", raising=False)
    monkeypatch.delattr("dlnotes.grading.release", raising=False)
    assert main(["homework", *command.replace("COURSE", str(tmp_path / "course")).split()]) == 2
    err = capsys.readouterr().err
    assert f"{package} is missing  ->  {sys.executable} -m pip install 'dlnotes[grading]'" in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "course" / "homework.json").exists()


def test_a_fault_of_our_own_is_no_refusal(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlnotes.grading.assign", None)
    monkeypatch.delattr("dlnotes.grading.assign", raising=False)
    with pytest.raises(ModuleNotFoundError):
        main(["homework", "list"])


def test_homework_is_light_where_nothing_is_graded():
    code = (
        "import sys; from dlnotes.__main__ import main; assert 'dlnotes.grading' not in sys.modules; "
        "main(['homework', 'list']); print([name for name in ('nbgrader', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
