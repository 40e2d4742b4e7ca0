"""Running a page again changes no byte of it, and takes no longer than its budget."""

import time
import warnings

import nbformat
import pytest

from dlnotes.book import chapters, twins


@pytest.mark.parametrize("source", chapters.sources(), ids=lambda source: source.stem)
def test_running_the_page_again_changes_no_byte(source):
    start = time.perf_counter()
    again = twins.run(twins.draft(source), source)
    report = twins.Report(source, time.perf_counter() - start)
    if report.seconds > twins.BUDGET:  # a warning: what else this machine does is not the page's fault
        warnings.warn(str(report), stacklevel=1)
    stored = nbformat.read(twins.twin(source), as_version=4)
    pairs = zip(stored.cells, again.cells, strict=False)
    differing = [number for number, (old, new) in enumerate(pairs, start=1) if old != new]
    assert differing == [], "run make notebooks ALL=1"
    same = twins.text(again) == twins.twin(source).read_text(encoding="utf-8")
    assert same
