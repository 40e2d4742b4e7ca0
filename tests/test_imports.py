"""Importing is light: no heavy package comes in before something that needs it is called."""

import json
import subprocess
import sys
from statistics import median

import pytest

HEAVY = ["torch", "sklearn", "scipy", "matplotlib", "ipywidgets", "IPython", "tqdm", "pandas"]
CORE = ["arguments", "layers", "losses", "initialization", "optimizers", "training", "verify"]


def fresh(code):
    """What a fresh interpreter prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def test_importing_dlnotes_takes_less_than_a_fifth_of_a_second():
    code = "import time; start = time.perf_counter(); import dlnotes; print(time.perf_counter() - start)"
    assert median(fresh(code) for _ in range(5)) < 0.2


@pytest.mark.parametrize("module", ["dlnotes", *(f"dlnotes.{name}" for name in CORE)])
def test_the_core_brings_in_numpy_alone(module):
    code = f"import json, sys, {module}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    assert fresh(code) == []
