"""Running a page again changes no byte of it, and takes no longer than its budget."""

import base64
import copy
import io
import time
import warnings

import nbformat
import numpy as np
import pytest
from PIL import Image

from dlnotes.book import chapters, twins


def parted(notebook):
    """The pixels of each picture of `notebook`, and all the rest of it as text."""
    rest, pictures = copy.deepcopy(notebook), []
    for cell in rest.cells:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).pop("image/png", None):
                pictures.append(np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")))
    return pictures, twins.text(rest)


def alike(old, new):
    """Whether no more than one pixel in a thousand of a picture differs visibly.

    Between processors the last digit of a sum differs, and with it the shade of a pixel on some edge.
    """
    if old.shape != new.shape:
        return False
    return (np.abs(old.astype(int) - new).max(axis=-1) > 8).mean() < 1e-3


@pytest.mark.parametrize("source", chapters.sources(), ids=lambda source: source.stem)
def test_running_the_page_again_changes_no_byte(source):
    start = time.perf_counter()
    again = twins.run(twins.draft(source), source)
    report = twins.Report(source, time.perf_counter() - start)
    if report.seconds > twins.BUDGET:  # a warning: what else this machine does is not the page's fault
        warnings.warn(str(report), stacklevel=1)
    if twins.text(again) == twins.twin(source).read_text(encoding="utf-8"):
        return

    (old, old_rest), (new, new_rest) = parted(nbformat.read(twins.twin(source), as_version=4)), parted(again)
    assert new_rest == old_rest, "run make notebooks ALL=1"
    differing = [number for number, pair in enumerate(zip(old, new, strict=True), 1) if not alike(*pair)]
    assert differing == [], "these pictures are not the stored ones: run make notebooks ALL=1"
    assert twins.text(twins.run(twins.draft(source), source)) == twins.text(again)


def test_a_picture_with_other_content_is_not_alike_but_one_with_other_rounding_is():
    old = np.full((100, 100, 4), 200, dtype=np.uint8)
    rounded, moved = old.copy(), old.copy()
    rounded[::7] -= 2
    moved[50, 20:80] = 0
    assert alike(old, old) and alike(old, rounded)
    assert not alike(old, moved) and not alike(old, old[:99])


def test_the_rest_of_a_page_is_all_but_its_pictures():
    png = io.BytesIO()
    Image.new("RGBA", (3, 2), "red").save(png, format="png")
    data = {"image/png": base64.b64encode(png.getvalue()).decode(), "text/plain": "a red picture"}
    output = nbformat.v4.new_output(
        "display_data", data=data, metadata={"image/png": {"alt": "a red picture"}}
    )
    cell = nbformat.v4.new_code_cell("1", outputs=[output])
    pictures, rest = parted(nbformat.v4.new_notebook(cells=[cell]))
    assert [picture.shape for picture in pictures] == [(2, 3, 4)]
    assert "a red picture" in rest and data["image/png"] not in rest
    assert "image/png" in cell.outputs[0].data
