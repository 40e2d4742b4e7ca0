"""The notebook that nbgrader gets: the released one, with a student's answers and words in their cells.

A submission may be damaged in any way; what is mended from it has every cell that earns points.
"""

import copy
import re

import nbformat

from dlnotes.grading.course import answer_id, grade_id
from dlnotes.grading.plan import plan

ALIVE = re.compile(r"<(?=[a-zA-Z/!?])|\](?=[(:])")  # what begins a tag, a link, or the address of one


def released(folder, assignment, name):
    """The notebook `name` as the course in `folder` handed it out; `ValueError` where it is gone."""
    path = folder / "release" / assignment / f"{name}.ipynb"
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), 4)
    except (OSError, ValueError) as error:
        words = f"course: {path} cannot be read ({error}), want what `dlnotes homework assign` wrote"
        raise ValueError(words) from None


def handed_out(release):
    """The texts of the cells of a released notebook: what in a submission is not the student's own."""
    return frozenset(cell.source.strip() for cell in release.cells)


def mended(release, notebook, page):
    """The notebook `release` with what `page` answers; notebook, its entry in homework.json."""
    known = handed_out(release)
    texts = {answer_id(key): answer(page, key, known) for key in notebook["exercises"]}
    texts |= {grade_id(key): page.get("questions", {}).get(key) for key in notebook["questions"]}
    whole = copy.deepcopy(release)
    for cell in whole.cells:
        text = texts.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if text is not None and text.strip() not in known:
            cell.source = printable(_inert(text) if cell.cell_type == "markdown" else text)
    return whole


def answer(page, key, known):
    """The student's code for an exercise, with the cells that it needs unless `known`; None without."""
    own = page.get("answers", {}).get(key)
    if own is None:
        return None
    numbers = [number for number in sorted({*plan(page, key), own}) if _is_shown(page, number, own, known)]
    return "\n\n\n".join(page["cells"][number].strip("\n") for number in numbers)


def _is_shown(page, number, own, known):
    return number == own or page["cells"][number].strip() not in known


def _inert(words):
    """`words` without HTML and links: formgrader would show them alive, in the teacher's own session."""
    return ALIVE.sub(r"\g<0> ", words)


def printable(text):
    """`text` as UTF-8 can hold it: a file of JSON may name half a character."""
    return text.encode("utf-8", "replace").decode("utf-8")
