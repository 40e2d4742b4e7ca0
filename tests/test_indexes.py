"""The indexes at the back of the book: complete, in the order of each text, no dead link."""

import re

import pytest

from dlnotes.book import ROOT, indexes, tables

LINK = re.compile(r"(?<!\\)\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def pages():
    return indexes.pages()


def test_the_stored_indexes_are_up_to_date(pages):
    for name, text in pages.items():
        assert (ROOT / "notebooks" / name).read_text(encoding="utf-8") == text, "run make notebooks"


def test_every_link_leads_to_a_notebook(pages):
    links = {link for text in pages.values() for link in LINK.findall(text)}
    assert links == {
        str(path.relative_to(ROOT / "notebooks")) for path in ROOT.glob("notebooks/ch*/*.ipynb")
    } - {"ch00_start_here/03_for_instructors.ipynb"}  # about none of the texts


def test_each_erratum_has_one_row_and_each_row_as_many_cells_as_its_head(pages):
    rows = [line for line in pages["errata.md"].splitlines() if line.startswith("| ")]
    assert len(rows) == len(tables.table("errata")) + 2 * len(tables.BOOKS)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


def test_what_a_page_shows_is_listed_for_each_text_that_has_it(pages):
    shown = {row["id"] for row in tables.table("concordance") if row["cell"]}
    places = [row[book] for row in tables.table("systems") if row["id"] in shown for book in tables.BOOKS]
    rows = [line for line in pages["concordance.md"].splitlines() if line.startswith("| ")]
    assert len(rows) == len(list(filter(None, places))) + 2 * len(tables.BOOKS)


def test_places_are_in_the_order_of_the_text_and_headings_come_last():
    text = ["History", "4.10", "(4.9)", "VII.5", "A.2", "4.2", "11", "DNN training"]
    want = ["4.2", "(4.9)", "4.10", "11", "A.2", "VII.5", "DNN training", "History"]
    assert sorted(text, key=indexes._order) == want


def test_what_markdown_takes_for_markup_is_escaped():
    assert indexes._plain("W^[l] | a*b_c <x> $1") == r"W\^\[l\] \| a\*b\_c \<x\> \$1"
