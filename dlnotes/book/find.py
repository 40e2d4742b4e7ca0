"""`dlnotes find`: from any of the five books to the notebook and cell, and to the same in the other four."""

import difflib
import itertools
import re
import sys
import textwrap
from collections import Counter, defaultdict
from typing import NamedTuple

from dlnotes.book import ROOT, chapters, tables
from dlnotes.book.places import ALIASES, KIND_OF, REFERENCE, distance, match, name, references

MOST = 12  # hits that are printed
UNWRITTEN = 0.75  # of the score of a system whose page can be opened
IDLE = {"et", "al", "and", "the", "of", "in", "a", "for"}  # nobody searches for these
BOOK_OF = {alias: book for book, aliases in ALIASES.items() for alias in aliases}


class Entry(NamedTuple):
    """One system of the book: its row in systems.csv, and the rows of concordance.csv that show it."""

    system: dict
    cells: list


class Query(NamedTuple):
    """What is asked: the books to look in, references into them, and words."""

    books: tuple
    references: list
    words: list


def entries():
    """Every `Entry`, in the order of the book."""
    cells = defaultdict(list)
    for row in tables.table("concordance"):
        cells[row["id"]].append(row)
    return [Entry(system, cells[system["id"]]) for system in tables.table("systems")]


def search(text, entries):
    """The entries that `text` asks for, the best first; [] where there are none."""
    for query in readings(text):
        scored = [(*_scores(query, entry), entry) for entry in entries]
        hits = [hit for hit in scored if hit[0] and hit[1]]
        if hits:
            least = min(2, max(place for place, _, _ in hits))  # what contains the place gives way
            hits = [hit for hit in hits if hit[0] >= least]
            return [entry for _, _, entry in sorted(hits, key=lambda hit: -hit[0] - hit[1])]
    return []


def readings(text):
    """The ways to read `text` as a `Query`, the likeliest first: with its references, then as words alone."""
    named = [BOOK_OF[word] for word in _words(text) if word in BOOK_OF]
    books = (named[0],) if named else tables.BOOKS
    rest = re.sub(rf"\b({'|'.join(BOOK_OF)})\b", " ", text, flags=re.I)
    asked = references(rest, default="any")
    if not named:  # the 5 of LeNet-5 is no place
        asked = [one for one in asked if one.kind != "any" or len(one.first) > 1]
    place = Query(books, asked, _words(REFERENCE.sub(" ", rest)))
    words = Query(books, [], _words(rest))
    meaning = [word for word in words.words if not word.isdigit() and word not in KIND_OF]
    return [place] * bool(asked) + [words] * bool(meaning)


def _words(text):
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in IDLE]


def _scores(query, entry):
    """How well `entry` answers the references and the words of `query`; 0 where one of them is missing."""
    place = max(_place_score(query.references, entry.system[book]) for book in query.books)
    return place, _word_score(query, entry)


def _place_score(asked, place):
    """The worst match of the references `asked` in `place`; where none is asked, 1 for a place at all."""
    if not asked:
        return int(bool(place))
    held = references(place)
    return min(max((match(one, other) for other in held), default=0) for one in asked)


def _word_score(query, entry):
    """0 to 1, by where the words of `query` occur in `entry`; 0 where one is missing (a number may be)."""
    here = 1 if any(row["cell"] for row in entry.cells) else UNWRITTEN
    if not query.words:
        return 0.01 * here
    system = entry.system
    headings = [row["heading"] for row in entry.cells]
    title = _words(system["system"])
    fields = [
        (1.0, title),
        (0.7, _words(system["id"])),
        (0.4, _words(" ".join([system["notebook"], *headings]))),
        (0.2, _words(" ".join(system[column] for column in ("kind", "show", "check", *query.books)))),
    ]
    weights = [
        max((weight * _likeness(word, one) for weight, held in fields for one in held), default=0)
        for word in query.words
    ]
    if not all(weight or word.isdigit() for weight, word in zip(weights, query.words, strict=True)):
        return 0
    # the words of its name (or of its id, where that is nearer) that were not asked for
    others = min(
        sum(not any(_likeness(word, one) for word in query.words) for one in held) for _, held in fields[:2]
    )
    return here * sum(weights) / (1 + len(weights) + others)


def _likeness(word, other):
    """1 for the same word, 0.8 where `other` begins with `word` (He is no Hessian), else 0."""
    stem = word.removesuffix("s") if len(word) > 4 else word
    if other in (word, stem):
        return 1
    return 0.8 * (other.startswith(stem) and len(word) > 2 and not word.isdigit())


def mentions(text, sources):
    """The sections that have all words of `text`, (source, heading), the best first; [] for a place.

    For what is no system of its own, DenseNet or the edge of chaos.
    """
    query = next(iter(readings(text)), None)
    if not query or query.references:
        return []
    found = []
    for source in sources:
        sections, notebook = defaultdict(Counter), chapters.read(source)
        for cell, heading in zip(notebook.cells, chapters.headings(notebook), strict=True):
            sections[heading].update(_words(cell.source))
        for heading, held in sections.items():
            times = min(sum(held[one] for one in held if _likeness(word, one)) for word in query.words)
            titled = all(any(_likeness(word, one) for one in _words(heading)) for word in query.words)
            found += [(titled, times, source, heading)] * bool(times)
    return [hit[2:] for hit in sorted(found, key=lambda hit: hit[:2], reverse=True)]


def suggestions(text, entries):
    """What comes nearest to a `text` that finds nothing: places in its book, or systems with such a name."""
    query = next(iter(readings(text)), None)
    if query and query.references:
        near = {
            f"{book} {name(held)}": distance(query.references[0], held)
            for entry in entries
            for book in query.books
            for held in references(entry.system[book])
        }
        return sorted(near, key=near.get)[:4]
    titles = {entry.system["system"].lower() for entry in entries}
    words = {word for title in titles for word in _words(title) if len(word) > 3}
    near = difflib.get_close_matches(text.lower(), sorted(titles), n=3)
    near += [one for word in _words(text) for one in difflib.get_close_matches(word, sorted(words), n=1)]
    return list(dict.fromkeys(near))


def describe(entry, errata):
    """`entry` as lines to print: where the book shows it, where the five texts have it, how they err."""
    system = entry.system
    lines = [system["system"]]
    for (page, heading), rows in itertools.groupby(entry.cells, lambda row: (_page(row), row["heading"])):
        cells = ", ".join(row["cell"] for row in rows)
        several = "s" * ("," in cells)
        lines.append(
            f"    {page}" + (f", cell{several} {cells}: {heading}" if cells else ": not written yet")
        )
    lines.append("    " + " · ".join(f"{book} {system[book] or '–'}" for book in tables.BOOKS))
    for number in filter(None, system["erratum"].split("; ")):
        row = errata[number]
        note = f"! {row['book']} {row['place']} ({row['severity']}): {row['printed']} → {row['corrected']}"
        lines += textwrap.wrap(note, 100, initial_indent="    ", subsequent_indent="      ")
    return lines


def _page(row):
    """The path of a notebook, as short as it is clear where there are no notebooks (an installed wheel)."""
    for source in chapters.sources():
        if source.stem == row["notebook"] and source.parent.name.startswith(row["chapter"]):
            return str(source.with_suffix(".ipynb").relative_to(ROOT))
    return f"{row['chapter']} {row['notebook']}"


def main(text):
    """Print what `text` asks for; the exit status is 1 where nothing is found."""
    book = entries()
    found = search(text, book)
    spoken = [] if found else mentions(text, chapters.sources())
    if spoken:
        print("no system has this name; these sections speak of it:")
        for source, heading in spoken[:MOST]:
            print(f"    {source.with_suffix('.ipynb').relative_to(ROOT)}: {heading}")
        return 0
    if not found:
        near = ", ".join(suggestions(text, book))
        print(f"nothing found for {text!r}" + (f"; near it: {near}" if near else ""), file=sys.stderr)
        return 1
    errata = {row["id"]: row for row in tables.table("errata")}
    print("\n\n".join("\n".join(describe(entry, errata)) for entry in found[:MOST]))
    if len(found) > MOST:
        print(f"\n... and {len(found) - MOST} more: add a word")
    return 0
