"""Where the book's files lie, and its notebooks in reading order."""

from pathlib import Path

import jupytext

PACKAGE = Path(__file__).parents[1]
ROOT = PACKAGE.parent  # of a checkout; an installed wheel has data/ and no notebooks/


def data_folder():
    """The folder of the book's tables: beside the package in a checkout, inside it in an installed wheel."""
    inside = PACKAGE / "data"
    return inside if inside.is_dir() else ROOT / "data"


def sources(root=ROOT):
    """The text source of every notebook, notebooks/chNN_topic/NN_name.py, in reading order."""
    return sorted(Path(root).glob("notebooks/ch[0-9][0-9]_*/[0-9][0-9]_*.py"))


def read(path):
    """The notebook at `path`, a text source or its .ipynb twin."""
    return jupytext.read(path)


def tags(cell):
    """The tags of a cell, in order."""
    return list(cell.metadata.get("tags", []))


def headings(notebook):
    """For each cell the nearest heading at or above it, without its #; "" where there is none yet."""
    nearest, found = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [line.lstrip("#").strip() for line in cell.source.splitlines() if line.startswith("#")]
            found = lines[-1] if lines else found
        nearest.append(found)
    return nearest
