"""Damaged submissions of the perceptron page: what may become of a student's notebook."""

import copy
import functools
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from nbgrader.utils import compute_checksum

from dlnotes.book import ROOT, chapters, twins
from dlnotes.exercises import find
from dlnotes.exercises.registry import TODO
from dlnotes.grading.cells import solution
from dlnotes.grading.course import answer_id, grade_id

NAME = "02_perceptron"
UPDATE, GRADIENT, BOUND = KEYS = [
    "ch02.perceptron.update",
    "ch02.perceptron.gradient",
    "ch02.perceptron.bound",
]
QUESTION = "ch02.perceptron.epochs"
PROMPT = "### In your own words\n\nWhy does the rule need more than one epoch?\n\n*Your answer:*"
ESSAY = "Because an update for one sample can spoil another."
ASSIGNMENT = {
    "seed": 5,
    "per_student": False,
    "notebooks": [
        {
            "name": NAME,
            "exercises": dict.fromkeys(KEYS, 2),
            "questions": {QUESTION: 2},
            "prompts": {QUESTION: PROMPT},
            "imports": "import numpy as np",
        }
    ],
}


class Damage(NamedTuple):
    """`make(notebook) -> {file name: its contents}` from the notebook of a student who solved everything.

    lost: the keys of the exercises that do not pass any more; note: words that the teacher must read.
    """

    make: object
    lost: tuple = ()
    note: str = ""


def hand_in(folder, files):
    """Write `files` {name: bytes, text, or a tree for JSON} into `folder`, which a student hands in."""
    for name, contents in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(contents, bytes | str):
            contents = json.dumps(contents, indent=1)
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode("utf-8"))


def release():
    """The notebook that the student gets, plain data."""
    return copy.deepcopy(_release())


def solved():
    """The notebook of a student who has answered everything."""
    notebook = release()
    for key in KEYS:
        answer(notebook, key)["source"] = written(key)
    cell(notebook, grade_id(QUESTION))["source"] = f"{PROMPT} {ESSAY}"
    return notebook


def written(key):
    """The text of a right answer."""
    exercise = find(key)
    return exercise.stub.replace(TODO, solution(exercise))


def answer(notebook, key):
    """The cell in which the student answers an exercise."""
    return cell(notebook, answer_id(key))


def cell(notebook, name):
    return next(
        one for one in notebook["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") == name
    )


@functools.cache
def _release():
    source = next(source for source in chapters.sources(ROOT) if source.stem == NAME)
    notebook = twins.draft(source)
    question = copy.deepcopy(notebook.cells[0])
    question.source, question.id, question.metadata.tags = PROMPT, "question", [f"question:{QUESTION}"]
    notebook.cells.insert(20, question)
    for number, one in enumerate(notebook.cells, start=1):
        names = {"grade_id": f"cell-{number:02d}", "locked": True}
        for name in chapters.tagged(one, "exercise"):
            names = {"grade_id": answer_id(find(name).key), "solution": True}
        for name in chapters.tagged(one, "check"):
            names = {"grade_id": grade_id(find(name).key), "grade": True, "locked": True, "points": 2}
        for key in chapters.tagged(one, "question"):
            names = {"grade_id": grade_id(key), "grade": True, "solution": True, "points": 2}
        kinds = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        one.metadata.nbgrader = kinds | names | {"cell_type": one.cell_type}
        one.metadata.nbgrader["checksum"] = compute_checksum(one)
    return json.loads(json.dumps(notebook))


def code(text, **metadata):
    """A cell that a student added."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "new",
        "metadata": metadata,
        "outputs": [],
        "source": text,
    }


def prose(text):
    return {"cell_type": "markdown", "id": "new", "metadata": {}, "source": text}


def whole(change):
    """The maker of a notebook that was changed: `change(notebook)` does it, in place."""

    def make(notebook):
        change(notebook)
        return {f"{NAME}.ipynb": notebook}

    return make


def as_bytes(change):
    """The maker of a file of other bytes: `change(text) -> bytes or text`."""
    return lambda notebook: {f"{NAME}.ipynb": change(json.dumps(notebook, indent=1))}


def _drop(keep):
    def change(notebook):
        notebook["cells"] = [one for one in notebook["cells"] if keep(one)]

    return whole(change)


def _name(one):
    return one["metadata"]["nbgrader"]["grade_id"]


def _set(key, **fields):
    return whole(lambda notebook: answer(notebook, key).update(fields))


def _insert_at_answer(key, offset, *cells):
    def change(notebook):
        place = notebook["cells"].index(answer(notebook, key)) + offset
        notebook["cells"][place:place] = copy.deepcopy(cells)

    return whole(change)


def _append(*cells):
    return whole(lambda notebook: notebook["cells"].extend(copy.deepcopy(cells)))


def _twice(notebook):
    notebook["cells"] = [one for one in notebook["cells"] for _ in range(2)]


def _stubs_again(notebook):
    stubs = [one for one in release()["cells"] if _name(one).endswith("-answer")]
    notebook["cells"] += stubs


def _helper_elsewhere(notebook):
    answer(notebook, UPDATE)["source"] = (
        "def perceptron_update(w, x, y, lr):\n    return w + step(w, x, y) * lr * TURN * x"
    )
    place = notebook["cells"].index(answer(notebook, UPDATE))
    helper = "TURN = -1\n\ndef step(w, x, y):\n    return -y if y * (w @ x) <= 0 else 0"
    notebook["cells"].insert(place, code(helper))


def _helper_below(notebook):
    _helper_elsewhere(notebook)
    place = notebook["cells"].index(answer(notebook, UPDATE))
    notebook["cells"].append(notebook["cells"].pop(place - 1))


def _head_and_body(notebook):
    head, body = written(UPDATE).split("\n    if", 1)
    _parts(notebook, UPDATE, head, "    if" + body)


def _three_parts(notebook):
    _parts(notebook, BOUND, *_pieces(BOUND, "    longest", "    return"))


def _four_parts(notebook):
    head, *parts = _pieces(BOUND, "    margin", "    longest", "    return")
    _parts(notebook, BOUND, head.split("\n")[0], *parts)


def _pieces(key, *starts):
    text = written(key)
    ends = [text.index(start) for start in starts]
    return [text[one:other].rstrip("\n") for one, other in zip([0, *ends], [*ends, len(text)], strict=True)]


def _parts(notebook, key, first, *others):
    answer(notebook, key)["source"] = first
    place = notebook["cells"].index(answer(notebook, key)) + 1
    notebook["cells"][place:place] = [code(text) for text in others]


def _magics(notebook):
    notebook["cells"][1]["source"] = (
        "%matplotlib inline\n!pip list\n?print\n" + notebook["cells"][1]["source"]
    )
    answer(notebook, UPDATE)["source"] = (
        "%%time\n" + written(UPDATE) + "\n\n%timeit 1 + 1\nfiles = !ls\nprint?"
    )


def _kernel(notebook):
    notebook["metadata"] = {"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}}


def _version_3(notebook):
    for one in notebook["cells"]:
        if one["cell_type"] == "code":
            one["input"], one["language"] = one.pop("source"), "python"
    sheets = [{"cells": notebook["cells"], "metadata": {}}]
    return {
        f"{NAME}.ipynb": {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    }


def _odd_cells(notebook):
    odd = [None, 3, "text", [], {}, {"cell_type": "code"}, {"cell_type": 5, "source": 5}]
    odd += [
        {"cell_type": "code", "source": ["x", 1]},
        {"cell_type": "code", "source": None, "metadata": None},
    ]
    notebook["cells"] = [
        other for one in notebook["cells"] for other in (one, copy.deepcopy(odd.pop()) if odd else one)
    ]


def _strip(notebook):
    for one in notebook["cells"]:
        one.pop("metadata")
        one.pop("id")
    notebook.pop("metadata")


def _lines(end):
    def change(notebook):
        for one in notebook["cells"]:
            one["source"] = [line + end for line in one["source"].split("\n")]

    return whole(change)


def _script(notebook):
    kinds = {"code": "# %%\n", "markdown": "# %% [markdown]\n"}
    parts = []
    for one in notebook["cells"]:
        text = one["source"] if one["cell_type"] == "code" else re.sub("^", "# ", one["source"], flags=re.M)
        parts.append(kinds[one["cell_type"]] + text)
    return {f"{NAME}.py": "\n\n".join(parts)}


def _exported(notebook):
    cells = [one["source"] for one in notebook["cells"] if one["cell_type"] == "code"]
    start = "#!/usr/bin/env python\n# coding: utf-8\n\n# # The perceptron\n"
    return {f"{NAME}.py": start + "".join(f"\n# In[{n}]:\n\n\n{text}\n\n" for n, text in enumerate(cells))}


def _plain_script(notebook):
    return {
        "answers.py": "import numpy as np\n\n\n" + "\n\n\n".join(map(written, KEYS)),
        "README.txt": "My answers are in answers.py",
    }


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """The bytes of a zip of `files` {name: bytes, text, or a tree for JSON}."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, contents in files.items():
            archive.writestr(name, contents if isinstance(contents, bytes | str) else json.dumps(contents))
    return packed.getvalue()


def _zip(notebook):
    trash = {f"__MACOSX/ch02/._{NAME}.ipynb": b"\0\5\26\7", "ch02/timestamp.txt": "today", "ch02/a.png": b"x"}
    return {"ch02.zip": zipped({f"ch02/{NAME}.ipynb": notebook} | trash)}


def _cut_in(key):
    return lambda text: text[: text.index(f'"{answer_id(key)}"')]


def _conflict(text):
    """Two versions of a markdown cell, as git leaves them."""
    place = text.index('"source": "## When there is no line')
    return (
        text[:place]
        + '<<<<<<< HEAD\n   "source": "mine"\n=======\n   '
        + text[place:].replace("\n", "\n>>>>>>> 1f2e\n", 1)
    )


def _latin(text):
    notebook = json.loads(text)
    answer(notebook, UPDATE)["source"] += "  # für später"
    kept = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    return json.dumps(notebook | {"cells": kept}, ensure_ascii=False).encode("latin-1", "replace")


def _one_byte(text):
    data = bytearray(json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8"))
    data[data.index("§".encode()) if "§".encode() in data else data.index("–".encode())] = 0xFF
    return bytes(data)


def _stub_beside(notebook):
    return {f"{NAME}.ipynb": release(), f"{NAME} (1).ipynb": notebook}


def _with_checkpoint(notebook):
    old = release()
    answer(old, UPDATE)["source"] = "def perceptron_update(w, x, y, lr):\n    return 7"
    return {
        f"{NAME}.ipynb": notebook,
        f".ipynb_checkpoints/{NAME}-checkpoint.ipynb": old,
        "__MACOSX/._02_perceptron.ipynb": b"\0\5\26\7",
    }


WRONG = "def perceptron_update(w, x, y, lr):\n    return w + 1"
SCRATCH = """
check(perceptron_update)
w = learners.perceptron(x, y).w
print(perceptron_update(w, x, y, 0.1))
raise SystemExit
while True: pass"""

DAMAGES = {
    "nothing": Damage(whole(lambda notebook: None)),
    "checks deleted": Damage(_drop(lambda one: "check:" not in str(one["metadata"]))),
    "an answer deleted": Damage(
        _drop(lambda one: _name(one) != answer_id(GRADIENT)), (GRADIENT,), "no perceptron_gradient"
    ),
    "only the answers left": Damage(_drop(lambda one: _name(one).endswith("-answer"))),
    "no prose left": Damage(_drop(lambda one: one["cell_type"] == "code")),
    "every cell twice": Damage(whole(_twice), note="2 answers to perceptron_update"),
    "stubs pasted below": Damage(whole(_stubs_again)),
    "a first try above": Damage(
        _insert_at_answer(UPDATE, 0, code(WRONG)), note="2 answers to perceptron_update"
    ),
    "a second try below": Damage(_append(code(WRONG)), (UPDATE,), note="2 answers to perceptron_update"),
    "cells reversed": Damage(whole(lambda notebook: notebook["cells"].reverse())),
    "retyped to markdown": Damage(_set(UPDATE, cell_type="markdown"), note="perceptron_update is in cell"),
    "retyped to raw": Damage(_set(BOUND, cell_type="raw"), note="update_bound is in cell"),
    "fenced in markdown": Damage(
        _set(UPDATE, cell_type="markdown", source=f"My answer:\n```python\n{written(UPDATE)}\n```\nDone."),
        note="graded as code",
    ),
    "type unknown": Damage(_set(UPDATE, cell_type="kode"), note="graded as code"),
    "type missing": Damage(_set(UPDATE, cell_type=None)),
    "as a lambda": Damage(
        _set(UPDATE, source="perceptron_update = lambda w, x, y, lr: w + lr * y * x * (y * (w @ x) <= 0)")
    ),
    "helper in another cell": Damage(whole(_helper_elsewhere)),
    "helper below": Damage(whole(_helper_below)),
    "decorator in another cell": Damage(
        _insert_at_answer(UPDATE, 0, code("import functools"), code("@functools.wraps(lambda *a: a)")),
        note="joined",
    ),
    "head and body apart": Damage(whole(_head_and_body), note="joined"),
    "in three parts": Damage(whole(_three_parts), note="joined"),
    "in four parts": Damage(whole(_four_parts), note="joined"),
    "indented": Damage(_set(UPDATE, source=re.sub("^", "  ", written(UPDATE), flags=re.M))),
    "a broken cell": Damage(_insert_at_answer(UPDATE, 0, code("x = 1\nprint 'x'")), note="line 2"),
    "a broken answer": Damage(
        _set(UPDATE, source=written(UPDATE).replace("<= 0:", "<= 0")), (UPDATE,), note="line 6"
    ),
    "scratch below the answer": Damage(_set(UPDATE, source=written(UPDATE) + "\n" + SCRATCH)),
    "scratch above the answer": Damage(_insert_at_answer(UPDATE, 0, code(SCRATCH))),
    "magics": Damage(whole(_magics)),
    "renamed function": Damage(
        _set(UPDATE, source=written(UPDATE).replace("perceptron_update", "rule")),
        (UPDATE,),
        "its cell defines rule",
    ),
    "kernel of R": Damage(whole(_kernel), note="its kernel is ir (R)"),
    "format 3": Damage(_version_3),
    "no metadata": Damage(whole(_strip)),
    "odd cells": Damage(whole(_odd_cells), note="could not be read"),
    "lists of lines": Damage(_lines("\n")),
    "lists of lines without ends": Damage(_lines("")),
    "lines of Windows": Damage(_lines("\r\n")),
    "a list of cells": Damage(lambda notebook: {f"{NAME}.ipynb": notebook["cells"]}),
    "cells by number": Damage(
        whole(
            lambda notebook: notebook.update(cells={str(n): one for n, one in enumerate(notebook["cells"])})
        )
    ),
    "renamed": Damage(
        lambda notebook: {"homework final (2).ipynb": notebook}, note="homework final (2).ipynb"
    ),
    "in a subfolder": Damage(lambda notebook: {f"my homework/{NAME}.ipynb": notebook}, note="my homework/"),
    "saved as text": Damage(lambda notebook: {f"{NAME}.ipynb.txt": notebook}, note=".ipynb.txt"),
    "a script of jupytext": Damage(_script, note="it is a script"),
    "a script of nbconvert": Damage(_exported, note="it is a script"),
    "a script without marks": Damage(_plain_script, note="it was read from answers.py"),
    "a zip": Damage(_zip, note="it was read from ch02.zip/ch02/02_perceptron.ipynb"),
    "a zip of Windows": Damage(
        lambda notebook: {"all.zip": zipped({f"my\\{NAME}.ipynb": notebook}, zipfile.ZIP_STORED)},
        note="it was read from all.zip/my/",
    ),
    "two files": Damage(_stub_beside, note="02_perceptron (1).ipynb, which answers 3 of its 3"),
    "a checkpoint beside": Damage(_with_checkpoint),
    "byte order mark": Damage(as_bytes(lambda text: text.encode("utf-8-sig"))),
    "UTF-16": Damage(as_bytes(lambda text: text.encode("utf-16")), note="utf-16"),
    "Latin-1": Damage(as_bytes(_latin), note="Latin-1"),
    "one byte": Damage(as_bytes(_one_byte), note="not utf-8"),
    "cut off": Damage(as_bytes(_cut_in(BOUND)), (BOUND,), "it is damaged"),
    "merge conflict": Damage(as_bytes(_conflict), note="it is damaged"),
    "long number": Damage(
        as_bytes(lambda text: text.replace('"nbformat": 4', '"nbformat": ' + "4" * 10_000))
    ),
    "empty": Damage(as_bytes(lambda text: ""), tuple(KEYS), "it is not a notebook"),
    "no JSON": Damage(as_bytes(lambda text: "<!doctype html>"), tuple(KEYS), "it is not a notebook"),
    "no cells": Damage(lambda notebook: {f"{NAME}.ipynb": {"cells": 7}}, tuple(KEYS), "it has no cells"),
    "a number": Damage(lambda notebook: {f"{NAME}.ipynb": 7}, tuple(KEYS), "it has no cells"),
    "deeply nested": Damage(as_bytes(lambda text: "[" * 100_000), tuple(KEYS), "it is not a notebook"),
    "a damaged zip": Damage(
        lambda notebook: {"a.zip": zipped({f"{NAME}.ipynb": notebook})[:-30]},
        tuple(KEYS),
        "a.zip: it is damaged",
    ),
    "a zip in a zip": Damage(
        lambda notebook: {"a.zip": zipped({"b.zip": zipped({f"{NAME}.ipynb": notebook})})},
        tuple(KEYS),
        "a.zip/b.zip: it is a zip in a zip",
    ),
    "another file": Damage(lambda notebook: {"report.pdf": b"%PDF"}, tuple(KEYS), "it was not handed in"),
    "no file": Damage(lambda notebook: {}, tuple(KEYS), "it was not handed in"),
}


def _fifo(path, secret):
    os.mkfifo(path)


def _link(path, secret):
    path.symlink_to(secret)


def _loop(path, secret):
    path.symlink_to(path)


def _folder(path, secret):
    path.mkdir()


def _huge(path, secret):
    with path.open("wb") as file:
        file.truncate(10_000_000_000)  # takes no room


REFUSED = {"pipe": _fifo, "link": _link, "loop": _loop, "folder": _folder, "huge": _huge}
"""What may lie in place of a notebook, `make(path, secret)`; secret is a file that must not be read."""


def at_random(rng, notebook):
    """The bytes of `notebook` after an accident, drawn from `rng`, to its cells, its values or its text."""
    for change in (_shuffle_cells, _spoil_values):
        if rng.random() < 0.5:
            change(rng, notebook)
    data = bytearray(json.dumps(notebook, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    ways = _as_it_is, _with_other_bytes, _with_bytes_lost, _truncated
    return bytes(ways[rng.integers(len(ways))](rng, data))


def _shuffle_cells(rng, notebook):
    cells = notebook["cells"]
    notebook["cells"] = [cells[n] for n in rng.integers(0, len(cells), size=rng.integers(1, 2 * len(cells)))]


def _spoil_values(rng, notebook):
    odd = [
        None,
        7,
        "x",
        [],
        {},
        True,
        ["x", None],
        {"cells": []},
        "\ud800",
        "\0",
        1e999,
        "def f(:\n",
        "(" * 500,
    ]
    for _ in range(rng.integers(1, 10)):
        tree = notebook
        while True:
            keys = list(tree) if isinstance(tree, dict) else range(len(tree))
            key = keys[rng.integers(len(keys))]
            if isinstance(tree[key], dict | list) and tree[key] and rng.random() < 0.8:
                tree = tree[key]
                continue
            tree[key] = copy.deepcopy(odd[rng.integers(len(odd))])
            break


def _as_it_is(rng, data):
    return data


def _with_other_bytes(rng, data):
    for place in rng.integers(0, len(data), size=rng.integers(1, 50)):
        data[place] = rng.integers(256)
    return data


def _with_bytes_lost(rng, data):
    for place in sorted(rng.integers(0, len(data), size=rng.integers(1, 10)), reverse=True):
        del data[place : place + rng.integers(1, 200)]
    return data


def _truncated(rng, data):
    return data[: rng.integers(len(data))]
