"""The page that a student gets back: points, what was recognized, and the own code beside it."""

import re

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from dlnotes.grading import pages, sheet

# two styles that can be read: a contrast of 4.5 and more between any color and the page
LIGHT, DARK = HtmlFormatter(style="default", nowrap=True), HtmlFormatter(style="github-dark", nowrap=True)
LONGEST = 20_000  # characters of code or words that are shown
MARKS = {"pass": "✓ solved", "fail": "✗ not yet", "todo": "○ not written yet", "missing": "– no answer"}


def feedback(row):
    """The page of HTML for a row of `sheet`: it shows what the student wrote, and none of the solution."""
    values = {"row": row, "ungiven": sheet.ungiven(row), "marks": MARKS, "highlighting": _highlighting()}
    return pages.render("feedback.html", **values)


def _code(text):
    return Markup(highlight(_cut(text), PythonLexer(stripnl=False), LIGHT))


def _cut(text):
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n[{len(text) - LONGEST} more characters]"


def _highlighting():
    """Pygments' colors for the code, on a light and on a dark page; the backgrounds are the page's."""
    light, dark = (_colors(one) for one in (LIGHT, DARK))
    return Markup(f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}")


def _colors(formatter):
    lines = formatter.get_style_defs(".code").splitlines()
    kept = [line for line in lines if re.match(r"\.code \.\w+ ", line)]
    return "\n".join(re.sub(r"background-color: [^;}]*;?|border: [^;}]*;?", "", line) for line in kept)


pages.ENVIRONMENT.filters |= {"code": _code, "cut": _cut}
