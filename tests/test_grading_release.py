"""The release as a student meets it: with the student edition, and nothing solved."""

import os

import nbformat
import pytest

import dlnotes
from dlnotes.book import chapters, twins
from dlnotes.grading import assign, cells, package

MODEL = "02_perceptron"
PAGES = [
    page for page in chapters.sources() if page.stem == MODEL or cells._unsure(chapters.read(page).cells)
]


@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.stem)
def test_with_nothing_solved_a_release_runs_to_its_last_cell(source, tmp_path, monkeypatch):
    monkeypatch.setenv("DLNOTES_PROGRESS", os.devnull)
    assign.assign(tmp_path / "course", source.parent.name[:4], [source.stem], name="a")
    path = tmp_path / "course" / "release" / "a" / f"{source.stem}.ipynb"
    page = nbformat.read(path, 4)
    page.cells.append(nbformat.v4.new_code_cell("import dlnotes\nprint(dlnotes.__version__)"))
    monkeypatch.setenv("PYTHONPATH", str(package.student_tree(tmp_path).parent))
    ran = twins.run(page, path)
    said = ["".join(output.get("text", "") for output in cell.get("outputs", [])) for cell in ran.cells]
    assert said[-1].strip() == f"{dlnotes.__version__}+student"
    names = [name for cell in ran.cells for name in chapters.tagged(cell, "exercise")]
    assert all(f"○ {name}: todo" in "".join(said) for name in names)
    errors = [output.ename for cell in ran.cells for output in cell.get("outputs", []) if "ename" in output]
    assert set(errors) <= {"NotImplementedError", "NameError", "Unsolved"}
