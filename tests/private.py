"""What no student may find: the exercise modules, but for what a page shows anyway, and model answers."""

import ast
import functools
import json
import re

from dlnotes.book import ROOT
from dlnotes.grading.answers import model_answers

PUBLIC = {"title", "points", "sources", "hints"}  # what `exercise` is told and students are shown
SHORT = 25  # characters: a shorter line counts as found where a whole line is the same, not inside another


def modules():
    """The text of each exercise module."""
    return {path: path.read_text(encoding="utf-8") for path in ROOT.glob("dlnotes/exercises/ch??/[!_]*.py")}


@functools.cache
def lines():
    """Every private line, stripped: bodies of references, hidden cases, mistakes, messages, helpers."""
    found = set()
    for text in modules().values():
        public = {number for node in ast.parse(text).body for number in _public(node)}
        rows = enumerate(text.splitlines(), start=1)
        found |= {row.strip() for number, row in rows if number not in public}
    return {line for line in found if re.search(r"\w", line)}


@functools.cache
def words():
    """Every private text of some length, a message or a docstring, and the name of every helper."""
    found = set()
    for text in modules().values():
        for node in ast.parse(text).body:
            public = _public(node)
            for part in ast.walk(node):
                if isinstance(part, ast.FunctionDef) and part.name.startswith("_"):
                    found.add(part.name)
                elif (
                    isinstance(part, ast.Constant) and part.lineno not in public and len(str(part.value)) > 12
                ):
                    found.add(str(part.value))
    return found


def answers():
    """{key: the model answer} to all questions in words."""
    chapters = sorted(path.name for path in ROOT.glob("dlnotes/exercises/ch??"))
    return {key: text for chapter in chapters for key, text in model_answers(chapter).items()}


@functools.cache
def said():
    """Every line of a model answer that is not short, without its bullet."""
    return {
        line.strip(" -") for text in answers().values() for line in text.splitlines() if len(line) > SHORT
    }


def found(text):
    """The private lines and words that stand in `text`."""
    rows = {row.strip() for row in text.splitlines()}
    spoken = set(re.findall(r"\w+", text))
    seen = {line for line in lines() if line in rows or len(line) > SHORT and line in text}
    seen |= {line for line in said() if line in text}
    return seen | {word for word in words() if (word in spoken if word.isidentifier() else word in text)}


def strings(value):
    """The strings in a tree of JSON, one below the other: in the file itself they are escaped."""
    if isinstance(value, str):
        return value
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return "\n".join(map(strings, parts))


def text_of(path):
    """What can be read in the file `path`, as text; both ways in a notebook or in other JSON."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    if path.suffix not in (".ipynb", ".json"):
        return text
    tree = json.loads(text)
    cells = ["".join(cell["source"]) for cell in tree["cells"]] if path.suffix == ".ipynb" else []
    return "\n".join([text, strings(tree), *cells])


def _public(node):
    """The numbers of the lines of a statement of a module that are no secret."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr):  # an expression: the docstring
        return set(range(node.lineno, node.end_lineno + 1))
    if not _is_exercise(node):
        return set()
    call = node.decorator_list[0]
    shown = [call.args[0], *(part.value for part in call.keywords if part.arg in PUBLIC)]
    numbers = {call.lineno, *range(node.lineno, node.body[0].end_lineno + 1)}
    return numbers.union(*(range(part.lineno, part.end_lineno + 1) for part in shown))


def _is_exercise(node):
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(isinstance(one, ast.Call) and getattr(one.func, "id", "") == "exercise" for one in decorators)
