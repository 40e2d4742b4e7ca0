"""The anatomy of a notebook, the same everywhere, so that readers always know where they are."""

import ast
import re
from pathlib import Path
from urllib.parse import unquote

from dlnotes.book import chapters

LINES = 15  # of code in a cell
WIDTH = 100  # characters of code that a laptop shows
IMPORTS = 4  # lines of the import cell
EXERCISES = range(2, 5)
ALIGNMENT = re.compile(r"^DLNN .+ · GBC .+ · Strang .+ · EE147 .+ · MEDL .+$", re.M)
QUESTION = re.compile(r"ch\d\d\.[a-z_]+\.[a-z_]+")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ENDING = ("## What to remember", "## Where the books differ", "**Next:**")


def flaws(notebook):
    """One sentence for each part of the anatomy that `notebook` lacks.

    A guide to the book's tools, whose first cell is tagged so, teaches nothing of the five books.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [*_opening(notebook), *_lengths(notebook), *_questions(notebook.cells)]
    if "guide" in chapters.tags(notebook.cells[0]):
        return found
    return [*found, *_imports(code), *_figures(code), *_exercises(notebook.cells), *_ending(notebook)]


def _opening(notebook):
    first = notebook.cells[0].source if notebook.cells[0].cell_type == "markdown" else ""
    title, _, rest = first.partition("\n")
    paragraphs = [part for part in re.split(r"\n\s*\n", rest.strip()) if part]
    if not re.match(r"# \S", title):
        yield "the first cell must open with the title: # Title"
    if not paragraphs or not re.match(r"[A-Z].*[.!?]$", paragraphs[0], re.S):
        yield "under the title must stand one sentence that promises something"
    if len(re.findall(r"^- ", first, re.M)) < 3:
        yield "the first cell must name three things that the reader can do afterwards"
    if not re.search(r"^\d+ minutes", first, re.M):
        yield "the first cell must say how many minutes it takes: 25 minutes · before this: ..."
    if not ALIGNMENT.search(first):
        yield "the first cell must have the line: DLNN ... · GBC ... · Strang ... · EE147 ... · MEDL ..."


def _imports(code):
    lines = _lines(code[0].source) if code else []
    statements = ast.parse(code[0].source).body if code else []
    if not statements or not all(isinstance(one, ast.Import | ast.ImportFrom) for one in statements):
        yield "the first code cell must import, and do nothing else"
    elif len(lines) > IMPORTS:
        yield f"the import cell has {len(lines)} lines, want at most {IMPORTS}"


def _lengths(notebook):
    headings = chapters.headings(notebook)
    for cell, heading in zip(notebook.cells, headings, strict=True):
        if cell.cell_type == "code" and (count := len(_lines(cell.source))) > LINES:
            yield f"a cell under {heading!r} has {count} lines of code, want at most {LINES}"
        widest = max(map(len, cell.source.splitlines()), default=0)
        if cell.cell_type == "code" and widest > WIDTH:
            yield f"a cell under {heading!r} has a line of {widest} characters, want at most {WIDTH}"


def _lines(text):
    return [line for line in text.splitlines() if line.strip()]


def _figures(code):
    if not any("live" in chapters.tags(cell) for cell in code):
        yield "no cell is tagged live: a notebook has at least one live figure"
    if not any(re.search(r"\btorch\b|against_torch", cell.source) for cell in code):
        yield "no cell compares with PyTorch"


def _exercises(cells):
    names = []
    for cell, following in zip(cells, cells[1:] + cells[:1], strict=True):
        for name in chapters.tagged(cell, "exercise"):
            names.append(name)
            if f"def {name}(" not in cell.source or "raise NotImplementedError" not in cell.source:
                yield f"exercise:{name}: its cell must hold a function that raises NotImplementedError"
            if following.source != f"check({name})" or chapters.tags(following) != [f"check:{name}"]:
                yield f"exercise:{name}: the cell below it must be check({name}), tagged check:{name}"
    if len(names) not in EXERCISES:
        yield f"got {len(names)} exercises, want {EXERCISES[0]} to {EXERCISES[-1]}"


def _questions(cells):
    for cell in cells:
        for key in chapters.tagged(cell, "question"):
            if cell.cell_type != "markdown" or not cell.source.endswith("\n\n*Your answer:*"):
                yield f"question:{key}: want a text cell that ends with a line *Your answer:*"
            if not QUESTION.fullmatch(key):
                yield f"question:{key}: want chNN.page.name"


def _ending(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    places = [text.rfind(f"\n{part}") for part in ENDING]
    if min(places) < 0 or places != sorted(places):
        yield f"it must end with {', '.join(ENDING)}, in this order"


def stored_flaws(notebook):
    """One sentence for each output that a reader of the stored page would miss: pictures, their alt texts."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        if cell.execution_count is None:
            yield f"cell {number} has not been run"
        if "live" in chapters.tags(cell) and not pictures:
            yield f"cell {number} is a live figure without a still picture"
        for output in pictures:
            if not output.metadata.get("image/png", {}).get("alt", "").strip():
                yield f"cell {number} has a picture without alt text"


def dead_links(notebook, folder):
    """The relative links of `notebook`, which lies in `folder`, that lead to no file or to no heading."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        links = [link for link in LINK.findall(cell.source) if ":" not in link]  # neither https: nor mailto:
        yield from (link for link in links if not _leads_somewhere(link, notebook, folder))


def _leads_somewhere(link, notebook, folder):
    path, _, anchor = unquote(link).partition("#")
    target = Path(folder, path)
    if path and not target.exists():
        return False
    if not anchor:
        return True
    page = chapters.read(target) if path else notebook
    return anchor in [title.replace(" ", "-") for cell in page.cells for title in chapters.titles(cell)]
