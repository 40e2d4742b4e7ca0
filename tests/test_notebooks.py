"""Every page of the book: its twin, its anatomy, what it stores, where it leads; a proof of each guard."""

import subprocess
import sys
from pathlib import Path

import anatomy
import jupytext
import nbformat
import pytest

from dlnotes.book import ROOT, chapters, twins

SOURCES = chapters.sources()
PAGES = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)

# ---------------------------------------------------------------- the book


@PAGES
def test_the_twin_has_the_cells_of_its_source(source):
    assert not twins.is_stale(source), "run make notebooks"


@PAGES
def test_the_twin_stores_nothing_volatile_no_error_and_nothing_from_stderr(source):
    assert twins.flaws(chapters.read(twins.twin(source)), source) == []


@PAGES
def test_the_twin_shows_every_figure_with_alt_text(source):
    assert list(anatomy.stored_flaws(chapters.read(twins.twin(source)))) == []


@PAGES
def test_the_twin_is_small_enough_for_a_browser(source):
    assert twins.twin(source).stat().st_size < 1_500_000


@PAGES
def test_the_page_has_the_anatomy_of_the_book(source):
    assert anatomy.flaws(chapters.read(source)) == []


@PAGES
def test_the_links_of_the_page_lead_somewhere(source):
    assert list(anatomy.dead_links(chapters.read(source), source.parent)) == []


def test_no_notebook_is_without_a_source():
    notebooks = {path.with_suffix(".py") for path in ROOT.glob("notebooks/**/*.ipynb")}
    assert {path for path in notebooks if ".ipynb_checkpoints" not in path.parts} <= set(SOURCES)


# ---------------------------------------------------------------- the guards of the anatomy


PAGE = """# %% [markdown]
# # The page
#
# One sentence that promises something.
#
# - one thing
# - another
# - and a third
#
# 25 minutes · before this: nothing
#
# DLNN 4.2 · GBC 1.2 · Strang – · EE147 History · MEDL –

# %%
import numpy as np
from dlnotes.exercises import check

# %% tags=["live"]
figure = 1

# %%
import torch

# %% tags=["exercise:first"]
def first(x):
    raise NotImplementedError("your code here")


# %% tags=["check:first"]
check(first)

# %% tags=["exercise:second"]
def second(x):
    raise NotImplementedError("your code here")


# %% tags=["check:second"]
check(second)

# %% [markdown] tags=["question:ch02.page.why"]
# ### In your own words
#
# Why?
#
# *Your answer:*

# %% [markdown]
# ## What to remember
# ## Where the books differ
# **Next:** another page
"""


@pytest.fixture
def model():
    """A page with all of the anatomy, to be broken."""
    return jupytext.reads(PAGE, fmt="py:percent")


def test_a_page_with_all_of_the_anatomy_is_accepted(model):
    assert anatomy.flaws(model) == []


def edit(notebook, old, new):
    """Replace `old` by `new` wherever it stands in `notebook`, and insist that it stands somewhere."""
    assert any(old in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)


def untag(notebook, tag):
    for cell in notebook.cells:
        cell.metadata["tags"] = [one for one in chapters.tags(cell) if one != tag]


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("# The page", "The page", "must open with the title"),
        ("promises something.", "promises", "one sentence that promises"),
        ("- another", "another", "three things that the reader can do"),
        ("25 minutes", "A while", "how many minutes"),
        (" · MEDL –", "", "EE147 ... · MEDL"),
        ("import numpy as np", "rng = 0", "must import, and do nothing else"),
        ("import numpy as np", "import re\nimport sys\nimport os\nimport io", "import cell has 5 lines"),
        ("figure = 1", "figure = 1\n" * 16, "a cell under 'The page' has 16 lines of code, want at most 15"),
        ("figure = 1", f"figure = {'1' * 92}", "a line of 101 characters, want at most 100"),
        ("import torch", "import numpy", "no cell compares with PyTorch"),
        ("check(first)", "", "the cell below it must be check(first), tagged check:first"),
        ("*Your answer:*", "*Answer:*", "question:ch02.page.why: want a text cell that ends with"),
        ("def first(", "def one(", "exercise:first: its cell must hold"),
        ("raise NotImplementedError", "return", "exercise:first: its cell must hold"),
        ("## What to remember", "## Remember", "must end with"),
        ("**Next:**", "Next:", "must end with"),
    ],
)
def test_a_page_without_a_part_of_the_anatomy_is_refused(model, old, new, said):
    edit(model, old, new)
    assert said in "\n".join(anatomy.flaws(model))


def test_a_page_without_a_live_figure_is_refused(model):
    untag(model, "live")
    assert any("no cell is tagged live" in flaw for flaw in anatomy.flaws(model))


def test_a_page_with_one_exercise_is_refused(model):
    untag(model, "exercise:second")
    assert anatomy.flaws(model) == ["got 1 exercises, want 2 to 4"]


def test_a_check_that_is_not_just_below_its_stub_is_refused(model):
    model.cells.insert(4, model.cells.pop(3))
    assert anatomy.flaws(model) == [
        "exercise:first: the cell below it must be check(first), tagged check:first"
    ]


def test_a_question_without_a_place_in_the_book_is_refused(model):
    for cell in model.cells:
        cell.metadata["tags"] = [tag.replace("ch02.page.why", "why") for tag in chapters.tags(cell)]
    assert anatomy.flaws(model) == ["question:why: want chNN.page.name"]


# ---------------------------------------------------------------- the guards of what is stored


def stored(*outputs, tags=()):
    """A notebook of one cell that was run and has these outputs."""
    cell = nbformat.v4.new_code_cell(
        "1", execution_count=1, metadata={"tags": list(tags)}, outputs=list(outputs)
    )
    return nbformat.v4.new_notebook(cells=[cell])


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", text=text, name=name)


def shown(metadata=None, **data):
    data = {kind.replace("_", "/"): content for kind, content in data.items()}
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata or {})


@pytest.mark.parametrize(
    "output, said",
    [
        (nbformat.v4.new_output("error", ename="ValueError", evalue="no"), "an error, ValueError: no"),
        (stream("careful", "stderr"), "something on stderr: careful"),
        (stream("<object at 0x7f3a2c1b>"), "an object address"),
        (stream("saved to /home/me/x.npy"), "an absolute path"),
        (stream("took 3.2 s"), "a time"),
        (stream("12 ms"), "a time"),
        (shown(text_html="<b>100%</b> 3.1it/s"), "a time"),
        (shown(**{"application_vnd.jupyter.widget-view+json": {}}), "a widget"),
    ],
)
def test_an_output_that_would_be_another_one_next_time_is_refused(output, said):
    (flaw,) = twins.flaws(stored(output), "01_page.py")
    assert flaw.startswith("01_page.py, cell 1: ") and said in flaw


@pytest.mark.parametrize(
    "text", ["4.2.3 (4.23)", "risk 0.123", "1/2 and/or n/a", "from 3 samples", "dx (5, 3) ok"]
)
def test_an_output_that_stays_the_same_is_accepted(text):
    assert twins.flaws(stored(stream(text)), "01_page.py") == []


def test_a_picture_without_alt_text_a_live_cell_without_picture_and_a_cell_not_run_are_refused():
    png = {"image_png": "iVBORw0KGgo="}
    assert "without alt text" in next(anatomy.stored_flaws(stored(shown(**png))))
    assert list(anatomy.stored_flaws(stored(shown({"image/png": {"alt": "a line"}}, **png)))) == []
    assert "without a still picture" in next(anatomy.stored_flaws(stored(tags=["live"])))
    notebook = stored()
    notebook.cells[0].execution_count = None
    assert "has not been run" in next(anatomy.stored_flaws(notebook))


@pytest.mark.parametrize(
    "dead", ["gone.ipynb", "02_b.ipynb#No-such-heading", "#No-such-heading", "../03_c/01_d.ipynb"]
)
def test_a_link_that_leads_nowhere_is_named(tmp_path, dead):
    (tmp_path / "02_b.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()), encoding="utf-8")
    text = f"# A heading\n[x]({dead}) [y](02_b.ipynb) [z](#A-heading) [w](https://example.org)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    assert list(anatomy.dead_links(notebook, tmp_path)) == [dead]


# ---------------------------------------------------------------- twins


SOURCE = """# %% [markdown]
# # A page

# %% tags=["live"]
print("one")

# %%
print("one")
"""


@pytest.fixture
def source(tmp_path):
    """A small source in a folder of its own."""
    path = tmp_path / "01_page.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_building_twice_gives_the_same_bytes_and_the_budget_is_kept(source):
    assert "BUDGET" not in str(twins.build(source))
    first = twins.twin(source).read_bytes()
    twins.build(source)
    assert twins.twin(source).read_bytes() == first
    assert not twins.is_stale(source)


def test_cells_with_the_same_text_have_ids_of_their_own(source):
    ids = [cell.id for cell in twins.draft(source).cells]
    assert len(set(ids)) == len(ids)
    source.write_text("# %%\n0\n\n" + SOURCE, encoding="utf-8")
    assert [cell.id for cell in twins.draft(source).cells][1:] == ids


@pytest.mark.parametrize(
    "old, new",
    [("one", "two"), ('tags=["live"]', ""), ("# # A page", "# # Page"), ("# %%\n", "# %% [markdown]\n# ")],
)
def test_a_twin_that_differs_from_its_source_is_stale(source, old, new):
    twins.twin(source).write_text(twins.text(twins.draft(source)), encoding="utf-8")
    assert not twins.is_stale(source)
    source.write_text(SOURCE.replace(old, new), encoding="utf-8")
    assert twins.is_stale(source)


def test_a_missing_or_damaged_twin_is_stale(source):
    assert twins.is_stale(source)
    twins.twin(source).write_text("<<<<<<< HEAD\n{}", encoding="utf-8")
    assert twins.is_stale(source)


@pytest.mark.parametrize(
    "line, said", [("1 / 0", "ZeroDivisionError"), ("import os; os._exit(1)", "Kernel died")]
)
def test_a_cell_that_fails_is_named_and_nothing_is_written(source, line, said):
    twins.twin(source).write_text("as it was", encoding="utf-8")
    source.write_text(SOURCE + f"\n# %% [markdown]\n# ## The end\n\n# %%\n{line}\n", encoding="utf-8")
    with pytest.raises(twins.NotebookError) as refused:
        twins.build(source)
    assert str(refused.value).startswith("01_page.py, cell 5 (The end): it stops")
    assert said in str(refused.value)
    assert twins.twin(source).read_text(encoding="utf-8") == "as it was"
    assert sorted(path.name for path in source.parent.iterdir()) == ["01_page.ipynb", "01_page.py"]


def test_the_answers_of_a_reader_are_not_overwritten(source):
    stub = '# %% tags=["exercise:first"]\ndef first(x):\n    raise NotImplementedError("your code here")\n'
    source.write_text(SOURCE + "\n" + stub, encoding="utf-8")
    twins.build(source)
    page = (
        twins.twin(source)
        .read_text(encoding="utf-8")
        .replace('raise NotImplementedError(\\"your code here\\")', "return x")
    )
    twins.twin(source).write_text(page, encoding="utf-8")
    assert twins.answered(twins.twin(source)) == ["first"]
    with pytest.raises(twins.NotebookError, match=r"holds your answers \(first\): rename it"):
        twins.build(source)
    assert twins.twin(source).read_text(encoding="utf-8") == page


def test_a_flawed_output_is_named_and_nothing_is_written(source):
    source.write_text(SOURCE.replace('"one"', "object()"), encoding="utf-8")
    with pytest.raises(twins.NotebookError, match="an object address"):
        twins.build(source)
    assert not twins.twin(source).exists()


def test_a_notebook_over_its_budget_is_reported():
    assert "OVER ITS BUDGET of 15 s" in str(twins.Report(Path("01_page.py"), 15.1))
    assert "BUDGET" not in str(twins.Report(Path("01_page.py"), 14.9))


def test_the_check_names_what_is_stale_and_builds_nothing(source):
    command = [sys.executable, "-m", "dlnotes.book.twins", "--check", str(source)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert "01_page.ipynb is not in step with its source: run make notebooks" in run.stderr
    assert not twins.twin(source).exists()


def test_nbval_fails_on_a_stored_text_that_is_not_what_the_cell_says(source):
    twins.build(source)
    page = twins.twin(source)
    command = [sys.executable, "-m", "pytest", "--nbval", "--rootdir", str(page.parent), str(page)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    page.write_text(page.read_text(encoding="utf-8").replace('"one\\n"', '"two\\n"'))
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1 and "2 failed" in refused.stdout


# ---------------------------------------------------------------- the solved view

EXERCISE = """# %% tags=["exercise:perceptron_update"]
def perceptron_update(w, x, y, lr):
    raise NotImplementedError("your code here")


# %% tags=["check:perceptron_update"]
check(perceptron_update)
"""


def test_the_solved_view_has_the_reference_for_the_stub_and_keeps_the_check(source):
    source.write_text(EXERCISE, encoding="utf-8")
    stub, check, _ = twins.solved(source).cells
    assert "def " not in stub.source and 'perceptron_update = reference("perceptron_update")' in stub.source
    assert check.source == "check(perceptron_update)"


BROKEN = """# %%
import matplotlib.pyplot as plt
from dlnotes.live import Explorer, LiveFigure, slider

_ = 7

# %% tags=["live"]
figure, ax = plt.subplots()
(line,) = ax.plot([], [], "o")
Explorer(
    lambda at: {"at": 1 / (at - 7)},
    lambda arrays: line.set_data([0], [arrays["at"]]),
    {"at": slider("at", -7, 7, 0)}, figure=LiveFigure(figure, [line]), alt="A point.",
)
"""


def test_the_solved_view_moves_the_live_figures_and_names_the_setting_at_which_one_breaks(source):
    source.write_text(BROKEN, encoding="utf-8")
    twins.run(twins.draft(source), source)
    with pytest.raises(twins.NotebookError, match="at=7: ZeroDivisionError"):
        twins.run(twins.solved(source), source)


def test_the_solved_view_moves_a_figure_after_the_whole_page_has_run(source):
    text = BROKEN.replace("_ = 7", "limit = 7").replace("1 / (at - 7)", "at * limit")
    source.write_text(f"{text}\n# %%\ndel limit\n", encoding="utf-8")
    twins.run(twins.draft(source), source)
    with pytest.raises(twins.NotebookError, match="NameError: name 'limit'"):
        twins.run(twins.solved(source), source)


def test_an_exercise_without_its_stub_cannot_be_solved(source):
    source.write_text(EXERCISE.replace("def perceptron_update", "def update"), encoding="utf-8")
    with pytest.raises(twins.NotebookError, match="got 0 functions"):
        twins.solved(source)
