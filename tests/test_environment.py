"""The environment: one set of requirements, said once, and everything else held against it."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import warnings
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dlnotes.book import ROOT, doctor

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
TESTED = doctor.tested_versions()


def requirements():
    """{name: range} of all that the package and its tests need."""
    lines = PROJECT["dependencies"] + [one for extra in EXTRAS.values() for one in extra]
    named = {canonicalize_name(one.name): one for one in map(Requirement, lines)}
    assert named.pop("dlnotes").extras == {"cluster", "grading"}  # the tests need both
    return {name: one.specifier for name, one in named.items()}


def test_conda_has_the_pythons_of_the_package_and_takes_the_rest_from_it():
    python, pip, rest = CONDA["dependencies"]
    assert python == f"python{PROJECT['requires-python']}"
    assert pip == "pip"
    assert rest["pip"][1:] == ["-c constraints.txt", "-e .[test]"]


def test_every_requirement_has_an_upper_bound_and_a_tested_version_inside_its_range():
    for name, wanted in requirements().items():
        assert any(part.operator == "<" for part in wanted), name
        assert TESTED[name] in wanted, name


def test_every_tested_version_is_a_plain_exact_pin():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines)
    assert len(lines) == len(TESTED)
    assert TESTED["torch"] == "2.13.0"


def test_no_command_waits_for_the_grammars_of_jsonschema_4_25_and_later():
    assert "rfc3987-syntax" not in TESTED  # compiles 39 of them, 1.2 s, wherever a notebook is read


def test_the_widgets_that_show_nothing_in_vs_code_are_excluded():
    assert "8.1.8" in requirements()["ipywidgets"]
    assert "8.1.9" not in requirements()["ipywidgets"]


def imported(path):
    """The top-level names of the modules that the Python file `path` imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def undeclared(files, requirements):
    """What `files` import that neither Python nor any of `requirements` brings."""
    foreign = {name for path in files for name in imported(path)} - sys.stdlib_module_names - {"dlnotes"}
    declared = {canonicalize_name(Requirement(one).name) for one in requirements}
    distributions = packages_distributions()
    return [name for name in foreign if not declared & set(map(canonicalize_name, distributions[name]))]


def test_reading_needs_no_extra():
    grading = set(ROOT.glob("dlnotes/grading/**/*.py"))
    files = {*ROOT.glob("dlnotes/**/*.py"), *ROOT.glob("notebooks/**/*.py")} - grading
    assert undeclared(files, PROJECT["dependencies"]) == []


def test_grading_needs_its_own_extras_alone():
    needed = PROJECT["dependencies"] + EXTRAS["grading"] + EXTRAS["cluster"]
    assert undeclared(ROOT.glob("dlnotes/grading/**/*.py"), needed) == []


def test_testing_needs_nothing_that_is_not_declared():
    files = [*ROOT.glob("tests/*.py"), *ROOT.glob("benchmarks/*.py")]
    own = {"dlnotes", *(path.stem for path in files)}
    foreign = {name for path in files for name in imported(path)} - sys.stdlib_module_names - own
    distributions = packages_distributions()
    declared = set(requirements())
    assert not [name for name in foreign if not declared & set(map(canonicalize_name, distributions[name]))]


def test_a_warning_from_our_own_code_is_an_error():
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("old", DeprecationWarning, "layers.py", 1, module="dlnotes.layers")


def test_the_license_is_three_clause_bsd():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("BSD 3-Clause License") and "dlnotes contributors" in text
    assert PROJECT["license"] == "BSD-3-Clause"


def test_only_the_continuous_integration_knows_the_folder_beside_the_checkout():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    beside = re.compile(rb"\.\./" + rb"shared|\.\./\.library")
    naming = [name for name in listed.stdout.splitlines() if beside.search((ROOT / name).read_bytes())]
    assert naming == [".ci/run"]


# ---------------------------------------------------------------- Makefile


def make(folder, *arguments):
    """Run make in `folder`, without the settings of a make that runs this test."""
    settings = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, env=settings)


@pytest.fixture
def copy(tmp_path):
    """A folder with the Makefile and what its setup depends on."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize("target", ["lab", "test", "bench", "mutants", "notebooks"])
def test_every_target_sets_up_first(copy, target):
    plan = make(copy, "--dry-run", target).stdout
    assert plan.index("pip install --constraint constraints.txt") < plan.rindex(".venv/bin/python -m")


def test_setup_does_nothing_when_it_is_up_to_date_and_something_when_a_requirement_changes(copy):
    (copy / ".venv").mkdir()
    (copy / ".venv" / "installed").touch()
    assert "Nothing to be done for 'setup'" in make(copy, "setup").stdout
    (copy / "constraints.txt").touch()
    os.utime(copy / ".venv" / "installed", (0, 0))
    assert "pip install" in make(copy, "--dry-run", "setup").stdout


def test_setup_refuses_a_python_that_is_too_old_and_says_so(copy):
    old = copy / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n', encoding="utf-8")
    old.chmod(0o755)
    refused = make(copy, "lab", f"PYTHON={old}")
    assert refused.returncode == 2
    assert f"dlnotes needs Python 3.11, 3.12 or 3.13, and {old} is Python 3.9.2" in refused.stdout
    assert not (copy / ".venv").exists()


def test_arguments_for_jupyterlab_and_for_the_notebooks_are_passed_on(copy):
    assert (
        "01_how_to_use_this_book.ipynb --no-browser"
        in make(copy, "-n", "lab", "LAB_ARGS=--no-browser").stdout
    )
    assert "dlnotes.book.twins --all" in make(copy, "-n", "notebooks", "ALL=1").stdout
    assert "--all" not in make(copy, "-n", "notebooks").stdout
