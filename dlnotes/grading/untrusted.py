"""Notebooks from untrusted hands: what can be read of them is read, nothing is run, no link is followed."""

import hashlib
import json
import os
import re
import stat
from collections import deque
from itertools import accumulate, islice
from pathlib import Path
from typing import NamedTuple

from dlnotes.grading import zips

SUFFIXES = (".ipynb", ".py", ".json", ".txt")  # browsers save a notebook as .ipynb.txt or .ipynb.json
ZIP = ".zip"  # what learning platforms make of an upload
BYTES, TOGETHER = 20_000_000, 60_000_000  # of a file; of all that is read in a folder
OTHERS = ("timestamp.txt",)  # nbgrader's
ENTRIES, FILES, FOLDERS, DEPTH = 10_000, 30, 100, 4  # looked at in a folder; read; looked into, and how deep
CELLS, CELL, TEXT = 500, 60_000, 500_000  # of a notebook; characters of a cell; and of all together
ITEMS = 10 * CELLS  # which may be cells
FAILURES = 300  # to find a cell in a damaged file, after which it is given up
BEGINNING = re.compile(
    r'\{\s*"(?:attachments|cell_type|collapsed|execution_count|id|input|level|metadata|outputs|source)"\s*:'
)
MARK = re.compile(r"^# (?:%%|In\s?\[[\d ]*\]:)(.*)$", re.M)  # of jupytext, of nbconvert
GRADE_ID = re.compile(r'"?grade_id"?\s*[:=]\s*"([^"]+)"')


class Cell(NamedTuple):
    """A cell: kind "code", "markdown", "raw" or whatever it says; its text; nbgrader's name for it; tags.

    is_ours: it is one that students need not change, and that nobody changed.
    """

    kind: str
    text: str
    name: str = ""
    tags: tuple = ()
    is_ours: bool = False


class Notebook(NamedTuple):
    """What could be read of a file: `path` in the student's folder, as text to show; cells; notes."""

    path: str
    cells: list
    notes: list


def notebooks(folder):
    """The notebooks and scripts in `folder` and below, a list of `Notebook`, and notes on what was refused.

    Links, devices, pipes and files that are too large are refused; hidden files are passed by.
    """
    folder = Path(folder)
    if folder.is_symlink():
        return [], ["the folder of the submission is a link, which is not followed"]
    found, notes, number, size = [], [], 0, 0
    for name, content in _contents(folder, notes):
        if number == FILES or size > TOGETHER:
            notes.append("there are too many files: not all of them are read")
            break
        number, size = number + 1, size + len(content)
        if not name.lower().endswith(ZIP):
            found.append(parse(content, name))
    return found, notes


def parse(content, name):
    """The `Notebook` in the bytes `content` of the file `name`; never raises."""
    text, notes = _decoded(content)
    start = text.lstrip()[:1]
    if name.lower().endswith((".py", ".txt")) and start not in ("{", "["):
        return Notebook(
            shown(name), *_limited(_of_script(text), [*notes, "it is a script: its cells are graded"])
        )
    whole, tree = _loaded(text)
    if not whole:
        tree = _rescued(text)
        if not tree:
            return Notebook(shown(name), [], ["it is not a notebook"])
        notes.append(f"it is damaged: {_count(len(tree), 'cell')} could be read")
    cells, remarks = _of_tree(tree)
    return Notebook(shown(name), *_limited(cells, [*notes, *remarks]))


def shown(text, longest=80):
    """`text` from untrusted hands, fit to be shown: short, one line, nothing that controls a terminal."""
    text = "".join(one if one.isprintable() else "\ufffd" for one in text[: 4 * longest])
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _contents(folder, notes):
    """The name and the bytes of each file that may be a notebook: those of a zip come after the zip."""
    for path in _files(folder, notes):
        name = path.relative_to(folder).as_posix()
        try:
            content = _content(path)
        except (OSError, ValueError) as error:
            notes.append(f"{shown(name)}: {getattr(error, 'strerror', None) or error}")
            continue
        yield name, content
        if name.lower().endswith(ZIP):
            yield from _zipped(content, name, notes)


def _zipped(content, name, notes):
    """The same of the files in the zip `name`, as if it were a folder."""
    try:
        archive = zips.opened(content, ENTRIES)
    except ValueError as error:
        notes.append(f"{shown(name)}: {error}")
        return
    for entry in archive.infolist():
        parts = entry.filename.replace("\\", "/").split("/")
        place = "/".join([name, *parts])
        if entry.is_dir() or any(map(_is_passed_by, parts)):
            continue
        if place.lower().endswith(ZIP):
            notes.append(f"{shown(place)}: it is a zip in a zip, which is not read")
        elif place.lower().endswith(SUFFIXES):
            try:
                found = zips.unpacked(archive, entry, BYTES)
            except ValueError as error:
                notes.append(f"{shown(place)}: {error}")
                continue
            yield place, found


def _is_passed_by(name):
    return name.startswith((".", "__MACOSX")) or name in OTHERS


def _files(folder, notes):
    """The plain files with one of our suffixes: those of the folder, then those of its subfolders."""
    waiting = deque([(folder, DEPTH)])
    for _ in range(FOLDERS):
        if not waiting:
            return
        folder, depth = waiting.popleft()
        try:
            with os.scandir(folder) as entries:
                entries = sorted(islice(entries, ENTRIES), key=_notebooks_first)
        except OSError as error:
            notes.append(f"{shown(folder.name)}: {error.strerror}")
            continue
        for entry in entries:
            if _is_passed_by(entry.name):
                continue
            if entry.is_symlink():
                notes.append(f"{shown(entry.name)}: it is a link, which is not followed")
            elif entry.is_dir(follow_symlinks=False):
                waiting.extend([(Path(entry.path), depth - 1)] if depth else [])
            elif entry.name.lower().endswith((*SUFFIXES, ZIP)):
                yield Path(entry.path)
    notes.append(f"there are more than {FOLDERS} folders: the others are not read")


def _notebooks_first(entry):
    return not entry.name.lower().endswith(".ipynb"), entry.name


def _content(path):
    """The bytes of a plain file; `ValueError` or `OSError` for anything else, without ever waiting for it."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if not stat.S_ISREG(path.lstat().st_mode):
        raise ValueError("it is not a plain file")
    handle = os.open(path, flags)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a plain file")
        if status.st_size > BYTES:
            raise ValueError(f"it has {status.st_size:,} bytes, more than {BYTES:,}: it is not read")
        with open(handle, "rb", closefd=False) as file:
            return file.read(BYTES)
    finally:
        os.close(handle)


def _decoded(content):
    """The text in `content`, and a note where it is not UTF-8."""
    encoding = json.detect_encoding(content)  # by a byte order mark, or where the zeros are
    try:
        text = content.decode(encoding)
        return text, [] if encoding.startswith("utf-8") else [f"it was in {encoding}, not UTF-8"]
    except UnicodeDecodeError:
        text = content.decode(encoding, "replace")
    if encoding.startswith("utf-8") and not re.search(r"[^\x00-\x7f\ufffd]", text):
        return content.decode("latin-1"), ["it was in Latin-1, not UTF-8"]
    return text, [f"some of its bytes are not {encoding}"]


def _loaded(text):
    """Whether `text` is JSON, and what it says."""
    try:
        return True, json.loads(text, strict=False, parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError, MemoryError):
        return False, None


def _number(digits):
    return 0  # no number in a notebook matters, and long ones are refused or take long


def _rescued(text):
    """The cells that are whole in a text that is not: cut off, or damaged somewhere."""
    decoder = json.JSONDecoder(strict=False, parse_int=_number, parse_float=_number)
    found, place, failures = [], 0, 0
    for _ in range(ITEMS):
        match = BEGINNING.search(text, place)
        if not match or failures == FAILURES:
            break
        try:
            cell, place = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError, MemoryError):
            place, failures = match.start() + 1, failures + 1
            continue
        if isinstance(cell, dict) and "cell_type" in cell:
            found.append(cell)
    return found


def _of_tree(tree):
    """The cells in what was read as JSON, of format 4 or 3 (worksheets, input), and notes."""
    notebook = tree if isinstance(tree, dict) else {"cells": tree}
    listed = _items(notebook.get("cells"))
    for sheet in _items(notebook.get("worksheets")):
        listed += _items(sheet.get("cells")) if isinstance(sheet, dict) else []
    cells = [_cell(one) for one in listed[:ITEMS]]
    whole = [cell for cell in cells if cell]
    notes = _kernel(notebook)
    if not listed:
        notes.append("it has no cells")
    if len(whole) < len(cells):
        notes.append(f"{_count(len(cells) - len(whole), 'cell')} could not be read")
    return whole, notes


def _items(value):
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _cell(tree):
    """The `Cell` that `tree` is, or None."""
    if not isinstance(tree, dict):
        return None
    text = _text(tree.get("source", tree.get("input")))
    if text is None:
        return None
    kind = tree.get("cell_type")
    if not isinstance(kind, str):
        kind = "code" if "outputs" in tree or "input" in tree else "unknown"
    metadata = _dict(tree.get("metadata"))
    nbgrader = _dict(metadata.get("nbgrader"))
    name = nbgrader.get("grade_id")
    name = name if isinstance(name, str) else ""
    tags = tuple(tag for tag in _items(metadata.get("tags")) if isinstance(tag, str))
    is_ours = nbgrader.get("checksum") == _checksum(kind, text, name)
    return Cell(shown(kind.lower(), 20), text, name, tags, is_ours)


def _checksum(kind, text, name):
    """What nbgrader notes of a cell that is locked, and neither a solution nor graded."""
    words = _clean(f"{text}{kind}FalseFalseTrue{name}")
    return hashlib.md5(words.encode("utf-8"), usedforsecurity=False).hexdigest()


def _text(value):
    """The text of a cell: a string, or a list of lines with or without their ends; else None."""
    if isinstance(value, list):
        lines = [line for line in value if isinstance(line, str)]
        ended = any(line.endswith("\n") for line in lines[:-1])
        value = ("" if ended else "\n").join(lines) if len(lines) == len(value) else None
    if not isinstance(value, str):
        return None
    return _clean(value).replace("\r\n", "\n").replace("\r", "\n")


def _clean(text):
    return text.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs cannot be written


def _dict(value):
    return value if isinstance(value, dict) else {}


def _kernel(notebook):
    """A note where the notebook was not written for the kernel of the release."""
    metadata = _dict(notebook.get("metadata"))
    spec = _dict(metadata.get("kernelspec"))
    names = spec.get("name"), spec.get("language"), _dict(metadata.get("language_info")).get("name")
    kernel, *languages = [name if isinstance(name, str) else "" for name in names]
    language = next((one for one in languages if one not in ("", "python")), "")
    if language or kernel not in ("", "python3"):
        words = f"{kernel or 'unnamed'}" + (f" ({language})" if language else "")
        return [f"its kernel is {shown(words)}: it is graded as Python"]
    return []


def _of_script(text):
    """The cells of a script with marks, jupytext's `# %%` or nbconvert's `# In[3]:`, or all of it as one."""
    text = _clean(text[: 2 * TEXT]).replace("\r\n", "\n").replace("\r", "\n")
    marks = list(MARK.finditer(text))
    starts = [*(mark.start() for mark in marks), len(text)]
    cells = [Cell("code", text[: starts[0]])]
    for mark, end in zip(marks, starts[1:], strict=True):
        kind = next((kind for kind in ("markdown", "raw") if f"[{kind}]" in mark[1]), "code")
        body = text[mark.end() : end].strip("\n")
        body = body if kind == "code" else re.sub(r"^# ?", "", body, flags=re.M)
        grade_id = GRADE_ID.search(mark[1])
        cells.append(Cell(kind, body, grade_id[1] if grade_id else ""))
    return [cell for cell in cells if cell.text.strip()]


def _limited(cells, notes):
    """`cells` without those that nobody could have meant: code that is too long, and cells that are too many.

    Prose is cut off instead: it may hold a picture.
    """
    short = [cell if cell.kind == "code" else cell._replace(text=cell.text[:CELL]) for cell in cells]
    short = [cell for cell in short if len(cell.text) <= CELL]
    sizes = accumulate(len(cell.text) for cell in short)
    kept = [cell for cell, size in zip(short[:CELLS], sizes, strict=False) if size <= TEXT]
    if len(kept) < len(cells):
        notes.append(f"{_count(len(cells) - len(kept), 'cell')} too many or too long: not read")
    return kept, notes


def _count(number, noun):
    return f"{number} {noun}" + ("" if number == 1 else "s")
