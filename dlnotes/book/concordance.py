"""Where the book shows what: data/concordance.csv, from data/systems.csv and the cell tags `covers:ID`."""

import csv
import io
from collections import defaultdict

from dlnotes.book import chapters, tables

COLUMNS = ("id", "system", "chapter", "notebook", "cell", "heading", *tables.BOOKS)


def covered(sources):
    """{id: its places}; a place is the chapter, notebook, cell and heading of a cell tagged covers:id."""
    places = defaultdict(list)
    for source in sources:
        notebook = chapters.read(source)
        headings = chapters.headings(notebook)
        for number, cell in enumerate(notebook.cells):
            for name in chapters.tagged(cell, "covers"):
                place = {"chapter": source.parent.name[:4], "notebook": source.stem}
                place |= {"cell": str(number + 1), "heading": headings[number]}
                places[name].append(place)
    return places


def rows(systems, places):
    """One row for each system and cell that shows it, in table order; an empty cell where none does yet."""
    nowhere = [{"cell": "", "heading": ""}]
    return [
        {column: (system | place)[column] for column in COLUMNS}
        for system in systems
        for place in places.get(system["id"], nowhere)
    ]


def problems(systems, sources):
    """One sentence for each tag that names no system, and each core system that its notebook leaves out."""
    places = covered(sources)
    known = {system["id"] for system in systems}
    found = [
        f"{place['notebook']}, cell {place['cell']}: covers:{name} names no row of data/systems.csv"
        for name in sorted(places.keys() - known)
        for place in places[name]
    ]
    written = {(source.parent.name[:4], source.stem) for source in sources}
    for system in systems:
        home = system["chapter"], system["notebook"]
        here = [(place["chapter"], place["notebook"]) for place in places.get(system["id"], [])]
        if system["tier"] == "core" and home in written and home not in here:
            found.append(f"{home[1]}: no cell is tagged covers:{system['id']} ({system['system']})")
    return found


def text(rows):
    """The concordance as it lies on disk."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def current():
    """What data/concordance.csv has to say about the notebooks as they are now."""
    return text(rows(tables.table("systems"), covered(chapters.sources())))


def write():
    """Bring data/concordance.csv up to date, and its seal with it."""
    path = tables.data_folder() / "concordance.csv"
    path.write_text(current(), encoding="utf-8", newline="\n")
    tables.seal(path)
