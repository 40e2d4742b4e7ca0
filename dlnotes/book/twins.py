"""Notebooks are generated: python -m dlnotes.book.twins [--check] [--all] [sources ...]

notebooks/chNN_topic/NN_name.py is the source.  Its twin NN_name.ipynb is made by running it, so that the
page shows its pictures wherever it is read.  Running it again changes no byte: cell ids are derived from the
cells, and an output that would be another one next time is refused.
"""

import argparse
import ast
import hashlib
import os
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from dlnotes.book import chapters, concordance, indexes, tables

BUDGET = 15.0  # seconds that a notebook may take on two cores
TIMEOUT = 120  # seconds after which a cell is given up
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KERNEL = {  # still pictures; sums in the same order everywhere; nothing into the reader's own record
    "DLNOTES_STATIC": "1",
    "OMP_NUM_THREADS": "1",
    "DLNOTES_PROGRESS": os.devnull,
}
VOLATILE = {
    "an object address": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "an absolute path": re.compile(r"(?<![\w./])/(?:home|root|Users|tmp|var|opt|usr|private)/|\b[A-Z]:\\"),
    "a time": re.compile(r"Wall time|CPU times|it/s\b|\d\s?(?:ms|µs|us|ns)\b|\d\.\d+\s?s\b"),
}
SWEEP = """from dlnotes.live import Explorer, sweep

for shown in list(Out.values()):
    if isinstance(shown, Explorer):
        sweep(shown)"""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(Exception):
    """A notebook that cannot be stored as it is; the message says which one, where and why."""


class Report(NamedTuple):
    """What building the twin of `source` took."""

    source: Path
    seconds: float

    def __str__(self):
        over = f"  OVER ITS BUDGET of {BUDGET:g} s" if self.seconds > BUDGET else ""
        return f"{self.source.stem:32s} {self.seconds:5.1f} s{over}"


def twin(source):
    """The path of the notebook that is generated from `source`."""
    return Path(source).with_suffix(".ipynb")


def cells(notebook):
    """What a source and its twin must have in common: type, text and tags of each cell."""
    return [(cell.cell_type, cell.source, chapters.tags(cell)) for cell in notebook.cells]


def is_stale(source):
    """Whether the twin of `source` is missing, damaged, or has other cells than it."""
    try:
        return cells(chapters.read(twin(source))) != cells(chapters.read(source))
    except (FileNotFoundError, ValueError):  # a ValueError: no JSON, perhaps the marks of a merge
        return True


def draft(source):
    """The notebook of `source` before it is run: derived cell ids, no metadata that would change."""
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    seen = {}
    for cell_type, text, tags in cells(chapters.read(source)):
        nth = seen[cell_type, text] = seen.get((cell_type, text), 0) + 1
        name = hashlib.sha256(f"{cell_type}\n{nth}\n{text}".encode()).hexdigest()[:12]
        new = nbformat.v4.new_code_cell if cell_type == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(new(text, id=name, metadata={"tags": tags} if tags else {}))
    return notebook


def solved(source):
    """The draft of `source` after a reader who has answered everything and moved everything.

    The stub in each cell tagged `exercise:NAME` is replaced by the reference, and a last cell sweeps all
    explorers: readers run a page to its end first, and what a figure calls must still be there then.
    """
    notebook = draft(source)
    for cell in notebook.cells:
        for name in chapters.tagged(cell, "exercise"):
            cell.source = _with_reference(cell.source, name)
    notebook.cells.append(nbformat.v4.new_code_cell(SWEEP))
    return notebook


def _with_reference(text, name):
    lines = text.splitlines()
    stubs = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(stubs) != 1:
        raise NotebookError(f"exercise:{name}: got {len(stubs)} functions of that name in its cell, want one")
    answer = ["from dlnotes.exercises import reference", "", f'{name} = reference("{name}")']
    lines[stubs[0].lineno - 1 : stubs[0].end_lineno] = answer
    return "\n".join(lines)


def run(notebook, source):
    """Run `notebook` in place, in the folder of `source`; `NotebookError` names the cell that fails."""
    reached = 0

    def remember(cell, cell_index):
        nonlocal reached
        reached = cell_index

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=TIMEOUT,
        resources={"metadata": {"path": str(Path(source).parent)}},
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=False,
        on_cell_execute=remember,
    )
    try:
        client.execute(env=os.environ | KERNEL)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        where = _place(notebook, source, reached)
        raise NotebookError(f"{where}: it stops\n{ANSI.sub('', str(error))}") from None
    notebook.metadata = nbformat.from_dict(METADATA)  # the kernel has added its version
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return notebook


def _joined(outputs):
    """`outputs` with neighboring pieces of one stream joined: where a stream is cut depends on timing."""
    joined = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def flaws(notebook, source):
    """One sentence for each output of `notebook` that must not be stored: an error, stderr, the volatile."""
    found = []
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if flaw := _flaw(output):
                found.append(f"{_place(notebook, source, number)}: {flaw}")
    return found


def _flaw(output):
    if output.output_type == "error":
        return f"an error, {output.ename}: {output.evalue}"
    if output.get("name") == "stderr":
        return f"something on stderr: {output.text.strip()}"
    if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
        return "a widget, which is empty without a kernel: show a still picture where DLNOTES_STATIC is set"
    texts = [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    page = "\n".join([output.get("text", ""), *texts])
    for what, pattern in VOLATILE.items():
        if match := pattern.search(page):
            return f"{what}, which is another one next time: {match[0]!r}"
    return None


def _place(notebook, source, number):
    heading = chapters.headings(notebook)[number]
    return f"{Path(source).name}, cell {number + 1}" + (f" ({heading})" if heading else "")


def answered(path):
    """The exercises that a reader has answered in the notebook at `path`, where there is one."""
    try:
        cells = chapters.read(path).cells
    except (OSError, ValueError):  # none yet, or a damaged one
        return []
    done = [cell for cell in cells if "raise NotImplementedError" not in cell.source]
    return [name for cell in done for name in chapters.tagged(cell, "exercise")]


def text(notebook):
    """The bytes of `notebook` on disk, as one string: sorted keys, indent 1, a newline at the end."""
    return nbformat.writes(notebook) + "\n"


def build(source):
    """Write the twin of `source`, whole or not at all, and return the `Report`.

    Refuses to overwrite a reader's answers to the exercises.
    """
    source, start = Path(source), time.perf_counter()
    if answers := answered(twin(source)):
        name = twin(source).name
        raise NotebookError(
            f"{name} holds your answers ({', '.join(answers)}): rename it, then run this again"
        )
    notebook = run(draft(source), source)
    if found := flaws(notebook, source):
        raise NotebookError("\n".join(found))
    unfinished = source.with_suffix(".ipynb.part")
    try:
        unfinished.write_text(text(notebook), encoding="utf-8", newline="\n")
        os.replace(unfinished, twin(source))
    finally:
        unfinished.unlink(missing_ok=True)
    return Report(source, time.perf_counter() - start)


def main(argv=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dlnotes.book.twins", description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", type=Path, help="text sources (default: the whole book)")
    parser.add_argument("--check", action="store_true", help="name the stale twins and build nothing")
    parser.add_argument("--all", action="store_true", help="build the twins that are up to date, too")
    options = parser.parse_args(argv)

    chosen = [source.with_suffix(".py") for source in options.sources] or chapters.sources()
    todo = [source for source in chosen if options.all or is_stale(source)]
    if options.check:
        problems = [f"{twin(source)} is not in step with its source: run make notebooks" for source in todo]
    else:
        problems = _build_all(todo)
        print(f"{len(chosen) - len(todo)} of {len(chosen)} notebooks were up to date")
        concordance.write()
        indexes.write()
    problems += concordance.problems(tables.table("systems"), chapters.sources())
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return int(bool(problems))


def _build_all(sources):
    """Build one twin after the other, with a line for each; returns what went wrong."""
    problems = []
    for source in sources:
        try:
            print(build(source), flush=True)
        except NotebookError as error:
            problems.append(str(error))
    return problems


if __name__ == "__main__":
    sys.exit(main())
