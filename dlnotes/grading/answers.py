"""Model answers to the questions in words, from dlnotes/exercises/chNN/answers.md: for those who grade.

Below a heading `## KEY` stands the answer to that question, and how its points are split.
"""

import re
from importlib.resources import files

SECTION = re.compile(r"^## (\S+)\n+(.+?)\s*(?=^## |\Z)", re.M | re.S)


def model_answers(chapter):
    """{key: the text of its model answer} for the questions of a chapter ("ch02"), {} where it has none."""
    file = files("dlnotes.exercises") / chapter / "answers.md"
    return dict(SECTION.findall(file.read_text(encoding="utf-8"))) if file.is_file() else {}
