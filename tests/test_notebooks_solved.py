"""The view of a reader who has solved and moved everything: every check a pass, no figure broken."""

import re

import nbformat
import pytest

from dlnotes.book import chapters, twins


def verdicts(notebook):
    """The lines that `check` printed, in order: their mark and the rest."""
    lines = [
        line
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for line in output.get("text", "").splitlines()
    ]
    return [line for line in lines if line.startswith(("○", "✓", "✗"))]


def again(notebook):
    """`notebook` with each cell that asks for a function of the reader's a second time, at its end.

    A reader solves an exercise after Run All, and comes back to the cells that use it then.
    """
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in code if re.search(r"\buse\(", text)]
    return notebook


@pytest.mark.parametrize("source", chapters.sources(), ids=lambda source: source.stem)
def test_with_everything_solved_and_moved_every_check_passes_and_the_page_runs_to_its_end(source):
    solved = twins.run(again(twins.solved(source)), source)
    exercises = [name for cell in solved.cells for name in chapters.tagged(cell, "exercise")]
    found = verdicts(solved)
    assert len(found) >= len(exercises)
    assert exercises or "guide" in chapters.tags(solved.cells[0])
    assert [line for line in found if not line.startswith("✓")] == []


def test_a_check_that_does_not_pass_is_seen(tmp_path):
    source = tmp_path / "01_page.py"
    source.write_text(
        '# %%\nprint("✓ f: pass")\nprint("✗ g: fail - has the wrong sign")\nprint("○ h: todo")\n',
        encoding="utf-8",
    )
    assert [line[0] for line in verdicts(twins.run(twins.draft(source), source))] == ["✓", "✗", "○"]
