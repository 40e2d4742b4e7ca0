"""Importing is light, and goes one way: the core knows nothing of live figures and plots, nor they of it."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

HEAVY = [
    "torch",
    "sklearn",
    "scipy",
    "matplotlib",
    "ipywidgets",
    "IPython",
    "tqdm",
    "pandas",
    "pooch",
    "igraph",
]
CORE = [
    "arguments",
    "layers",
    "losses",
    "densities",
    "initialization",
    "meanfield",
    "pieces",
    "arrangements",
    "cpl",
    "convolution",
    "normalization",
    "architectures",
    "landmarks",
    "realization",
    "optimizers",
    "training",
    "verify",
    "datasets",
    "learners",
    "autodiff",
    "units",
]
PACKAGE = Path(__file__).parent.parent / "dlnotes"
MAY_IMPORT = {  # what the others may import of dlnotes; the core: anything of the core
    "plots": set(),
    "live": {"live", "plots"},
    "exercises": {"exercises", *CORE},
    "examples": set(CORE),
    "book": {"book", "datasets"},
    "grading": {"grading", "exercises", "book", "plots", *CORE},
    "__main__": {"book", "grading"},
    "__init__": set(),
}


def fresh(code):
    """What a fresh interpreter prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "modules", ["dlnotes", ", ".join(f"dlnotes.{name}" for name in CORE)], ids=["dlnotes", "the core"]
)
def test_importing_takes_less_than_a_fifth_of_a_second_on_top_of_numpy(modules):
    clock = "time.process_time()"  # of this process alone, whatever else the machine does
    code = f"import time, numpy; start = {clock}; import {modules}; print({clock} - start)"
    assert median(fresh(code) for _ in range(5)) < 0.2


@pytest.mark.parametrize("module", ["dlnotes", *(f"dlnotes.{name}" for name in CORE)])
def test_the_core_brings_in_numpy_alone(module):
    code = f"import json, sys, {module}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    assert fresh(code) == []


def imported(source):
    """What the text of a module imports of dlnotes, wherever in it: {"layers", "live"}, say."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide where a name comes from"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("dlnotes.")}


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_imports_go_one_way(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = set(CORE) if part in CORE else MAY_IMPORT[part]
    assert imported(path.read_text(encoding="utf-8")) <= allowed


def test_every_way_to_import_is_seen():
    code = "import dlnotes.live.start\nfrom dlnotes import book, layers\ndef f(): from dlnotes.plots import a"
    assert imported(code) == {"live", "book", "layers", "plots"}
