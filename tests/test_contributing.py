"""The exercise in CONTRIBUTING.md is one that works."""

import importlib
import re

import numpy as np

from dlnotes.book import ROOT
from dlnotes.exercises import registry
from dlnotes.exercises.judging import assess, outcomes


def test_the_exercise_that_is_shown_works(tmp_path, monkeypatch):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    page = tmp_path / "shown_exercise.py"
    page.write_text(re.search(r"```python\n(import numpy.*?)```", text, re.S)[1], encoding="utf-8")
    monkeypatch.setattr(registry, "EXERCISES", {})
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("shown_exercise")

    shown = registry.EXERCISES["mean_hinge"]
    wanted = registry.cases(shown)
    drawn = [arguments for arguments, _ in wanted]
    assert assess(shown, wanted, outcomes(shown.reference, drawn)).state == "pass"
    assert "raise NotImplementedError" in shown.stub and "np.maximum" not in shown.stub
    messages = [assess(shown, wanted, outcomes(one.answer, drawn)).reason for one in shown.mistakes]
    assert messages == [one.message for one in shown.mistakes]
    assert len(messages) == 4 and np.shape(wanted[0][1]) == ()
