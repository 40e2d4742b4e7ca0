"""The notebooks: their text sources in reading order, and what a page is made of."""

import re
from pathlib import Path

from dlnotes.book import ROOT

HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.M)
FENCED = re.compile(r"^```.*?^```", re.M | re.S)


def sources(root=ROOT):
    """The text source of every notebook, notebooks/chNN_topic/NN_name.py, in reading order."""
    return sorted(Path(root).glob("notebooks/ch[0-9][0-9]_*/[0-9][0-9]_*.py"))


def read(path):
    """The notebook at `path`, a text source or its .ipynb twin."""
    import jupytext

    return jupytext.read(path)


def tags(cell):
    """The tags of a cell, in order."""
    return list(cell.metadata.get("tags", []))


def tagged(cell, prefix):
    """The names in the tags `prefix`:NAME of a cell, in order."""
    return [tag.removeprefix(f"{prefix}:") for tag in tags(cell) if tag.startswith(f"{prefix}:")]


def titles(cell):
    """The headings in a cell, without their #."""
    return HEADING.findall(FENCED.sub("", cell.source)) if cell.cell_type == "markdown" else []


def headings(notebook):
    """For each cell the nearest heading in or above it; "" where there is none yet."""
    nearest, found = [], ""
    for cell in notebook.cells:
        found = (titles(cell) or [found])[-1]
        nearest.append(found)
    return nearest
