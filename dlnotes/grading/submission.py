"""What a student handed in, as pages: the code of each notebook, and where in it the answers are.

Answers are found by the names of their functions, not by position, in whatever is left of a notebook; what
had to be mended or guessed is in the notes.  Nothing of a submission is run here.
"""

import re
from itertools import takewhile
from typing import NamedTuple

from dlnotes.exercises import find
from dlnotes.grading import source, untrusted
from dlnotes.grading.course import answer_id, grade_id
from dlnotes.grading.untrusted import shown

FENCED = re.compile(r"^```[^\n`]*\n(.*?)^```", re.M | re.S)
TOGETHER = 4  # cells over which a function may be spread
NOTES = 20  # of a page
STUB, BROKEN, PROSE, WRITTEN = range(4)  # what may be an answer; which it is, its text alone can tell


class Work(NamedTuple):
    """What was handed in as one file: its path, to show; its `untrusted.Cell`s, the `Code` of each; notes."""

    path: str
    cells: list
    codes: list
    notes: list


class Place(NamedTuple):
    """Where an answer may be: what it looks like, and the number of its cell; the best one sorts last."""

    rank: int
    cell: int


def read(folder, assignment):
    """{"pages": [...], "notes": [...]} of the submission in `folder`: a page for a notebook of `assignment`.

    A page is {"name", "file", "cells", "answers", "questions", "notes"}: "file" the path of what was read, to
    show, or None; "cells" the text of each code cell; "answers" {key: index into cells} and "questions"
    {key: text}, those that were found.  Whatever is in the folder there is always a page, and no error.
    """
    found, notes = untrusted.notebooks(folder)
    works = [_work(notebook) for notebook in found]
    pages = [_page(notebook, works) for notebook in assignment["notebooks"]]
    used = {page["file"] for page in pages}
    missing = [f"{page['name']}: it was not handed in" for page in pages if page["file"] is None]
    notes += [f"{work.path}: {_why_unused(work)}" for work in works if work.path not in used]
    return {"pages": pages, "notes": _few(missing + notes)}


def _why_unused(work):
    return work.notes[0] if not work.cells and work.notes else "not used"


def _page(notebook, works):
    """The page of a notebook of the assignment, from the one among `works` that has most answers to it."""
    rated = [(_rating(notebook, work), work) for work in works]
    rated = [(rating, work) for rating, work in rated if any(rating[:-1])]
    if not rated:
        page = {"name": notebook["name"], "file": None, "cells": [], "answers": {}, "questions": {}}
        return page | {"notes": []}
    best, work = max(rated, key=lambda pair: pair[0])
    notes = [*_choice(notebook, work, best, rated), *work.notes]
    candidates = _candidates(notebook, work)
    answers = {key: max(found) for key, found in candidates.items() if found}
    kept = [n for n, cell in enumerate(work.cells) if cell.kind == "code" or (PROSE, n) in answers.values()]
    questions = _questions(notebook, work)
    for key, found in candidates.items() if work.cells else ():
        notes += _remarks(work, key, found)
    if work.cells:
        notes += _unanswered(notebook, questions)
    return {
        "name": notebook["name"],
        "file": work.path,
        "cells": [
            *(work.cells[n].text if work.cells[n].kind == "code" else _code_in(work.cells[n]) for n in kept),
            notebook.get("imports", ""),  # a name that nothing binds above is looked for down here
        ],
        "answers": {key: kept.index(n) for key, (_, n) in answers.items()},
        "questions": questions,
        "notes": _few(notes),
    }


def _rating(notebook, work):
    """How much `work` has of a notebook: answers, its name, stubs, questions; how near the top it lies."""
    found = [max(places).rank for places in _candidates(notebook, work).values() if places]
    file = work.path.rpartition("/")[2].lower()
    named = any(file == notebook["name"].lower() + suffix for suffix in untrusted.SUFFIXES)
    questions = _questions(notebook, work)
    return sum(rank >= PROSE for rank in found), named, len(found), len(questions), -work.path.count("/")


def _choice(notebook, work, best, rated):
    """Notes on which file was taken for a notebook."""
    notes = []
    if work.path != f"{notebook['name']}.ipynb":
        number = len(notebook["exercises"])
        notes.append(f"it was read from {work.path}, which answers {best[0]} of its {number} exercises")
    for rating, other in rated:
        if other is not work and rating[0]:
            notes.append(f"{other.path} has answers, too ({rating[0]}): {work.path} is graded ({best[0]})")
    return notes


def _candidates(notebook, work):
    """{key: the places where its answer may be} for each exercise of a notebook."""
    names = {find(key).name: key for key in notebook["exercises"]}
    found = {key: [] for key in notebook["exercises"]}
    for number, (cell, code) in enumerate(zip(work.cells, work.codes, strict=True)):
        is_code = cell.kind == "code"
        if cell.is_ours:  # a page may have a function with the name of another page's exercise
            continue
        for name, written in code.functions.items():
            if name in names and (is_code or written):
                rank = (WRITTEN if is_code else PROSE) if written else STUB
                found[names[name]].append(Place(rank, number))
        for name, key in names.items() if is_code and code.flaw else ():
            if cell.name == answer_id(key) or re.search(rf"^[ \t]*def {name}\b|^{name} *=", cell.text, re.M):
                found[key].append(Place(BROKEN, number))
    return found


def _questions(notebook, work):
    """{key: the text of its answer} for the free-text questions of a notebook that are still there.

    The text of the last cell that somebody wrote into, and of the cells that were added below it.
    """
    found = {}
    for key in notebook["questions"]:
        prompt = _prompt(notebook, key)
        start = prompt.rpartition("\n\n")[0] or prompt  # without the last line, which asks for words
        named = [n for n, cell in enumerate(work.cells) if _is_question(cell, key)]
        alike = [n for n, cell in enumerate(work.cells) if start and cell.text.strip().startswith(start)]
        places = named or alike
        if places:
            number = max(places, key=lambda n: (work.cells[n].text.strip() != prompt, n))
            found[key] = "\n\n".join(cell.text for cell in _with_added(work.cells, number))
    return found


def _prompt(notebook, key):
    """The text of a question as it was handed out, "" where it is not known."""
    return notebook.get("prompts", {}).get(key, "").strip()


def _is_question(cell, key):
    return cell.name == grade_id(key) or f"question:{key}" in cell.tags


def _with_added(cells, number):
    """The cell with a number, and the prose below it that is not of the release, which has a name."""
    added = cells[number + 1 :] if cells[number].name else []
    return [cells[number], *takewhile(lambda cell: cell.kind != "code" and not cell.name, added)]


def _remarks(work, key, places):
    """Notes on the answer to the exercise `key`."""
    name = find(key).name
    if not places:
        own = [code for cell, code in zip(work.cells, work.codes, strict=True) if cell.name == answer_id(key)]
        others = sorted({other for code in own for other in code.functions})
        also = f": its cell defines {shown(', '.join(others))}" if others else ""
        return [f"there is no {name}{also}"]
    best, written = max(places), [place for place in places if place.rank >= WRITTEN]
    if best.rank == PROSE:
        kind = work.cells[best.cell].kind
        return [f"{name} is in cell {best.cell + 1}, which is {kind}: it is graded as code"]
    if len(written) > 1:
        return [f"{len(written)} answers to {name}: the last one is graded"]
    return []


def _unanswered(notebook, questions):
    """Notes on the questions that are gone, or as they were handed out."""
    return [
        f"no answer in words to {key}"
        for key in notebook["questions"]
        if questions.get(key, "").strip() in ("", _prompt(notebook, key))
    ]


def _work(notebook):
    """The `Work` in an `untrusted.Notebook`."""
    cells, notes = _joined(notebook.cells)
    codes = [source.read(cell.text if cell.kind == "code" else _code_in(cell)) for cell in cells]
    for number, (cell, code) in enumerate(zip(cells, codes, strict=True), start=1):
        if cell.kind == "code" and code.flaw:
            notes.append(f"cell {number}, {code.flaw}")
    return Work(notebook.path, cells, codes, [*notebook.notes, *notes])


def _code_in(cell):
    """What may be code in a cell that is not: all of it, or what is fenced by ```."""
    return "\n".join(FENCED.findall(cell.text)) or cell.text


def _joined(cells):
    """`cells` with neighbors joined that are Python only together, the others left empty; and notes."""
    cells, notes = list(cells), []
    numbers = [number for number, cell in enumerate(cells) if cell.kind == "code"]
    for place in range(len(numbers)):
        following = numbers[place : place + TOGETHER]
        part = following[: _parts([cells[number].text for number in following])]
        text = "\n".join(cells[number].text for number in part)
        for number in part[1:]:
            cells[number] = cells[number]._replace(text="")
        if len(part) > 1:
            cells[part[0]] = cells[part[0]]._replace(text=text, is_ours=False)
            words = ", ".join(str(number + 1) for number in part)
            notes.append(f"cells {words} are Python only together: they are joined")
    return cells, notes


def _parts(texts):
    """How many of `texts`, from the first one on, are parts of one."""
    number = 1
    for size in range(2, len(texts) + 1):
        if (number == 1 or _is_indented(texts[size - 1])) and _belong_together(texts[:size]):
            number = size
    return number


def _is_indented(text):
    return text[:1] in (" ", "\t")


def _belong_together(texts):
    """Whether `texts`, some of them broken, are Python when joined, and no function ends up in another."""
    alone, code = [source.read(text) for text in texts], None
    if alone[0].flaw or (any(one.flaw for one in alone) and _is_indented(texts[1])):
        code = source.read("\n".join(texts))
    if code is None or code.flaw:
        return False
    return all(_defined(code) >= _defined(one) for one in alone)


def _defined(code):
    return {name for piece in code.pieces for name in piece.fixed}


def _few(notes):
    notes = list(dict.fromkeys(notes))
    return notes if len(notes) <= NOTES else [*notes[:NOTES], f"and {len(notes) - NOTES} more"]
