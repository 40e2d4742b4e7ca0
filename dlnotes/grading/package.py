"""The student edition: the package `dlnotes` without the solutions, the hidden cases and the known mistakes.

In their place it has `exercises/examples.json`, what is public of every exercise, and its visible cases.
"""

import compileall
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

from dlnotes.book import ROOT, tables
from dlnotes.exercises import catalog

PACKAGE = ROOT / "dlnotes"
PRIVATE = {  # beside the chapters, by folder: the generator of mutants shows references, too
    PACKAGE: {"grading", "data"},
    PACKAGE / "exercises": {"mutants.py"},
}
CHAPTER = re.compile(r"ch\d\d(\.py)?")
LEFTOVERS = shutil.ignore_patterns("__pycache__", ".*")
VERSION = re.compile(r'^(__version__ = "[^"+]+)"$', re.M)
MARK = "+student"  # at the end of its version


def student_tree(folder):
    """Write the student edition, with bytecode, as `folder`/dlnotes, which is new; returns its path."""
    target = Path(folder) / "dlnotes"
    shutil.copytree(PACKAGE, target, ignore=_private)
    shutil.copytree(tables.data_folder(), target / "data", ignore=LEFTOVERS)
    (target / "exercises" / catalog.STORED).write_text(catalog.stored(), encoding="utf-8")
    start = target / "__init__.py"
    start.write_text(VERSION.sub(rf'\1{MARK}"', start.read_text(encoding="utf-8")), encoding="utf-8")
    compileall.compile_dir(target, quiet=1)
    return target


def wheel(folder):
    """Build the wheel of the student edition into `folder`; returns its path.

    Needs a checkout of the repository, and no network.
    """
    from hatchling.builders.wheel import WheelBuilder

    if not (ROOT / "pyproject.toml").exists():
        raise ValueError(f"package: got an installed dlnotes in {ROOT}, want a checkout of the repository")
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dlnotes-") as stage:
        student_tree(stage)
        for name in ("README.md", "LICENSE"):
            shutil.copy(ROOT / name, stage)
        built = next(
            WheelBuilder(stage, config=_settings()).build(directory=str(folder), versions=["standard"])
        )
    return Path(built)


def _private(folder, names):
    private = PRIVATE.get(Path(folder), set()) | LEFTOVERS(folder, names)
    if Path(folder) == PACKAGE / "exercises":
        private |= set(filter(CHAPTER.fullmatch, names))
    return private


def _settings():
    """pyproject.toml for a tree that has its data inside the package, and no tools for instructors."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    settings["project"].pop("optional-dependencies")
    build = settings["tool"]["hatch"]["build"]
    build["ignore-vcs"] = True  # the temporary folder may lie in somebody's repository
    build["targets"]["wheel"].pop("force-include")
    return settings
