"""The students' pages and the report: everything there, nothing foreign alive, and fit to be read."""

import base64
import csv
import io
import os
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from classroom import BOUND, GRADIENT, KEYS, NAME, NOTEBOOK, QUESTION, UPDATE
from PIL import Image

from dlnotes.exercises import find
from dlnotes.grading import report, sheet
from dlnotes.grading.course import grade_id
from dlnotes.grading.feedback import LONGEST, feedback

EVIL = "</pre></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7 * 7 }}{% raise %}"
ASSIGNMENT = {
    "notebooks": [
        {"name": NOTEBOOK, "exercises": {UPDATE: 2, GRADIENT: 3, BOUND: 3}, "questions": {QUESTION: 2}}
    ]
}
VOID = {"meta", "img", "link", "br", "hr", "input"}


def row(
    student="ann", states=("pass", "fail", "todo"), reasons=("", "its sign is turned", "write it"), **more
):
    """A row of three exercises and a question; more: texts, notes, pending, comment, penalty, words."""
    texts = more.get("texts", [f"def {find(key).name}():\n    return 1" for key in KEYS])
    verdicts = [{"state": state, "reason": reason} for state, reason in zip(states, reasons, strict=True)]
    page = {"name": NOTEBOOK, "cells": texts, "answers": {key: place for place, key in enumerate(KEYS)}}
    page |= {"questions": {QUESTION: more.get("words", "It takes time.")}, "notes": more.get("notes", [])}
    read = {"pages": [page], "notes": []}
    result = {"pages": [{"name": NOTEBOOK, "verdicts": dict(zip(KEYS, verdicts, strict=True)), "notes": []}]}
    cells = {
        grade_id(key): {
            "points": most if state == "pass" else 0,
            "max": most,
            "auto": None,
            "by_hand": False,
            "pending": False,
            "comment": more.get("comment", ""),
        }
        for state, (key, most) in zip(states, ASSIGNMENT["notebooks"][0]["exercises"].items(), strict=True)
    }
    pending = more.get("pending", True)
    by_hand = more.get("by_hand", not pending)
    question = {"points": 1.5 if by_hand else 0, "max": 2, "auto": None, "by_hand": by_hand}
    cells[grade_id(QUESTION)] = question | {"pending": pending, "comment": ""}
    total = sum(cell["points"] for cell in cells.values()) - more.get("penalty", 0)
    score = {"score": total, "max": 10, "penalty": more.get("penalty", 0), "cells": cells}
    return sheet.row((student, NAME), ASSIGNMENT, read, result, score, {NOTEBOOK: frozenset()})


class Page(HTMLParser):
    """What a browser makes of a page: tags in their order, attributes, and text; tags must be balanced."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    def text(self):
        return re.sub(r"\s+", " ", "".join(self.texts))


def test_a_page_says_points_verdicts_mistakes_code_and_words():
    text = Page(feedback(row(notes=["it was renamed"]))).text()
    assert "ann" in text and "2 of 10 points" in text
    for key in KEYS:
        assert find(key).title in text and f"def {find(key).name}():" in text
    assert "✓ solved" in text and "✗ not yet: its sign is turned" in text and "○ not written yet" in text
    assert "It takes time." in text and "graded by hand, and not yet" in text
    assert "Not yet in it: 2 points, to be given by hand." in text
    assert "it was renamed" in text


def test_what_was_graded_by_hand_shows_its_points_and_the_teachers_words():
    text = Page(feedback(row(pending=False, comment="Well done", penalty=1))).text()
    assert "1.5 of 2" in text and "graded by hand" in text and "not yet graded" not in text
    changed = Page(feedback(row(by_hand=True))).text()
    assert "1.5 of 2" in changed and "before you changed your answer" in changed
    assert "Not yet in it" not in changed and "and not yet" not in changed
    assert "Well done" in text
    assert "Taken off because it came late: 1 point." in text


def test_an_answer_that_is_missing_has_no_code():
    one = row(states=("pass", "fail", "missing"), words=None)
    one["pages"][0]["exercises"][2]["text"] = None
    page = Page(feedback(one))
    assert "– no answer" in page.text() and page.tags.count("pre") == 2


def test_nothing_that_a_student_writes_is_alive():
    foreign = {
        "student": EVIL,
        "reasons": (EVIL, EVIL, EVIL),
        "notes": [EVIL],
        "words": EVIL,
        "comment": EVIL,
    }
    one = row(texts=[f"# {EVIL}", f"'''{EVIL}", EVIL], **foreign)
    plain = row(texts=["# x", "'''x", "x"], reasons=("x", "x", "x"), notes=["x"], words="x", comment="x")
    for page, harmless in [
        (feedback(one), feedback(plain)),
        (report.report(NAME, [one], [EVIL]), report.report(NAME, [plain], ["x"])),
    ]:
        assert "<script" not in page
        seen, wanted = Page(page), Page(harmless)
        assert [tag for tag in seen.tags if tag != "span"] == [tag for tag in wanted.tags if tag != "span"]
        assert not [name for name, _ in seen.attributes if name.startswith("on")]
        assert "{{ 7 * 7 }}" in seen.text()


@pytest.mark.parametrize("text", ["\ud800 half", "\0\1\x1b[31m", "x" * 3 * LONGEST, "(" * 5000, "\n" * 5000])
def test_odd_texts_make_a_page_of_sane_size(text):
    page = feedback(row(texts=[text] * 3, words=text, reasons=(text[:300],) * 3))
    page.encode("utf-8")
    Page(page)
    assert len(page) < 30 * LONGEST


@pytest.mark.parametrize("make", [lambda: feedback(row()), lambda: report.report(NAME, [row()], [])])
def test_a_page_needs_no_other_file_and_no_network(make):
    page = make()
    sources = [value for name, value in Page(page).attributes if name in {"src", "href", "srcset", "data"}]
    assert all(value.startswith(("data:image/png;base64,", "../feedback/")) for value in sources)
    assert "http" not in page and "@import" not in page and "url(" not in page
    assert "prefers-color-scheme: dark" in page and 'name="viewport"' in page


def test_an_answer_in_words_stands_below_its_question_without_heading_and_prompt():
    asked = "### In your own words\n\nIs she right?"
    known = frozenset([f"{asked}\n\n*Your answer:*"])
    page = {
        "questions": {"a": f"{asked}\n\n*Your answer:*\n\n# No.", "b": "# No.\n\nNever", "c": [*known][0]}
    }
    assert [sheet._words(page, key, known) for key in "abcd"] == [
        "Is she right?\n\n# No.", "# No.\n\nNever", None, None,
    ]  # fmt: skip


def test_grades_csv_has_a_line_for_each_submission_and_a_column_for_each_key():
    other = {"notebooks": [{"name": "p", "exercises": {}, "questions": {"ch09.p.why": 1}}]}
    empty = {"pages": [], "notes": []}
    rows = [row(notes=['"a", b', "c"]), sheet.row(("bob,\"'", "ch09"), other, empty, empty, None, {"p": ()})]
    first, second = csv.DictReader(io.StringIO(sheet.table(rows)))
    assert [first[key] for key in [*KEYS, QUESTION]] == ["2", "0", "0", "0"]
    assert first["pending by hand"] == "2" and first["notes"] == f'{NOTEBOOK}: "a", b; {NOTEBOOK}: c'
    assert (second["score"], second["pending by hand"]) == ("0", "0")
    assert second["student"] == "bob,\"'" and second[UPDATE] == "" and second["max"] == "1"


def test_grades_csv_says_what_came_off_because_it_was_late_where_anything_did():
    [late] = csv.DictReader(io.StringIO(sheet.table([row(penalty=1)])))
    points = sum(float(late[key]) for key in [*KEYS, QUESTION])
    assert late["late"] == "1" and float(late["score"]) == points - 1
    assert "late" not in sheet.table([row()])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_nothing_in_grades_csv_is_a_formula(text):
    empty = {"pages": [], "notes": [f"{text}.ipynb: not used"]}
    one = sheet.row((text, NAME), {"notebooks": []}, empty, {"pages": []}, None, {})
    (line,) = csv.DictReader(io.StringIO(sheet.table([one])))
    assert line["student"] == f"'{text}" and line["notes"] == f"'{text}.ipynb: not used"


def class_of(count=30):
    """A class with a spread of scores, in which every third turned a sign."""
    drawn = np.random.default_rng(3).choice(
        ["pass", "fail", "todo", "missing"], size=(count, 3), p=[0.6, 0.2, 0.1, 0.1]
    )
    messages = ["its sign is turned", "it averages", "it stops"]
    return [
        row(f"s{number}", states, tuple(messages[number % 3] if state == "fail" else "" for state in states))
        for number, states in enumerate(drawn.tolist())
    ]


def test_the_report_counts_what_became_of_each_exercise():
    rows = class_of()
    for one in report.summaries(rows):
        tasks = [task for row in rows for task in sheet.tasks(row) if task["key"] == one["key"]]
        assert sum(one["states"].values()) == len(rows)
        for state, count in one["states"].items():
            assert count == sum(task["state"] == state for task in tasks)
        counts = [count for _, count in one["mistakes"]]
        assert sum(counts) == one["states"]["fail"] and counts == sorted(counts, reverse=True)
    text = Page(report.report(NAME, rows, ["a.zip is no folder"])).text()
    assert "its sign is turned" in text and "a.zip is no folder" in text
    mean = np.mean([row["score"] for row in rows])
    assert f"{mean:.1f} of 10" in text


@pytest.mark.parametrize(
    "most, scores", [(8, [0, 8, 3, 3]), (8, [9.5, 1.25]), (100, [0, 50, 100]), (0, [0, 0])]
)
def test_every_score_is_in_the_histogram(most, scores):
    (ax,) = report.histogram(scores, most).axes
    heights = [bar.get_height() for bar in ax.patches]
    assert sum(heights) == len(scores) and len(heights) <= report.BARS + 2


def test_the_reports_pictures_have_words_and_ink():
    page = Page(report.report(NAME, class_of(), []))
    alts = [value for name, value in page.attributes if name == "alt"]
    assert len(alts) == 2 and "score" in alts[0] and find(UPDATE).title in alts[1]
    for source in (value for name, value in page.attributes if name == "src"):
        picture = np.array(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGBA"))
        assert len(np.unique(picture.reshape(-1, 4), axis=0)) > 20 and picture[0, 0, 3] == 0


def test_a_report_on_nobody_and_on_questions_alone():
    assert "no submissions yet" in report.report(NAME, [], [])
    one = row()
    one["pages"][0]["exercises"] = []
    Page(report.report(NAME, [one], []))


def test_a_long_class_is_written_fast():
    import time

    rows = class_of(100)
    start = time.process_time()
    pages = [feedback(one) for one in rows]
    assert (time.process_time() - start) / len(pages) < 0.1


@pytest.fixture(scope="module")
def browser():
    from browser import ARGUMENTS, find_chromium
    from playwright.sync_api import sync_playwright

    if not find_chromium():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium here")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield started
        started.close()


CONTRASTS = """() => {
    const part = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
    const light = color => { const [r, g, b] = color.match(/[\\d.]+/g).map(v => part(v / 255))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b }
    const behind = node => { const color = getComputedStyle(node).backgroundColor
        return color != "rgba(0, 0, 0, 0)" || !node.parentElement ? color : behind(node.parentElement) }
    return [...document.querySelectorAll("main *")].filter(node =>
            [...node.childNodes].some(child => child.nodeType == 3 && child.data.trim())).map(node => {
        const [one, other] = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => a - b)
        return [(other + 0.05) / (one + 0.05), node.outerHTML.slice(0, 80)] })
}"""
CODE = r"""
@functools.cache
class A(Exception):
    '''Words.'''
    def f(self, x: int = 0x1F) -> None:  # why
        return f"{x!r:>4} {x}\n" + r"raw" * 1.5 if not None else lambda: __name__ ?
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_phone_and_laptop_and_can_be_read_by_day_and_night(browser, tmp_path, scheme, width):
    long = row("x" * 120, notes=["y" * 300], texts=["z = " + "1 + " * 200 + "1", CODE, "x"], words="w" * 300)
    pages = {"feedback": feedback(long), "report": report.report(NAME, [*class_of(), long], [])}
    window = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        window.goto((tmp_path / f"{name}.html").as_uri())
        assert window.evaluate("document.documentElement.scrollWidth") <= width
        assert [one for one in window.evaluate(CONTRASTS) if one[0] < 4.5] == []
    window.close()
