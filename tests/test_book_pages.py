"""The book as one: a name means one thing on all pages, none repeats the package, each leads to the next."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from dlnotes.book import ROOT, chapters

SOURCES = chapters.sources()
READ = {source: chapters.read(source) for source in SOURCES}
GUIDES = [source for source in SOURCES if "guide" in chapters.tags(READ[source].cells[0])]
TAUGHT = [source for source in SOURCES if source == SOURCES[0] or source not in GUIDES]
LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+\.ipynb)[^)]*\)")


# ---------------------------------------------------------------- names


def functions(text, everywhere=False):
    """The functions and classes that `text` defines, as syntax trees; lambdas with a name, too."""
    tree = ast.parse(text)
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def clashes(pages):
    """The names that have several bodies in the sources `pages`, {name: source}, and where."""
    bodies, places = defaultdict(set), defaultdict(list)
    for page, text in pages.items():
        for name, node in functions(text):
            bodies[name].add(ast.dump(node))
            places[name].append(page)
    return {name: places[name] for name, found in bodies.items() if len(found) > 1}


def test_no_function_name_has_two_bodies_in_two_notebooks():
    assert clashes({source.stem: source.read_text(encoding="utf-8") for source in SOURCES}) == {}


def test_a_name_with_two_bodies_is_seen_and_one_with_the_same_body_twice_is_not():
    pages = {
        "a": "def f(x):\n    return x\n\n\nsame = lambda x: x",
        "b": "f = lambda x: x\nsame = lambda x: x",
    }
    assert clashes(pages) == {"f": ["a", "b"]}


# ---------------------------------------------------------------- copies


def body(node):
    """What a function does, without its name, decorators and docstring; None for a line or less."""
    if not isinstance(node, ast.FunctionDef):
        return None
    lines = node.body[isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant) :]
    shown = [ast.dump(line) for line in lines]
    return (ast.dump(node.args), *shown) if sum(map(len, shown)) > 200 else None


def test_no_page_has_a_copy_of_a_function_of_the_package():
    package = {}
    for path in sorted(ROOT.glob("dlnotes/**/*.py")):
        for name, node in functions(path.read_text(encoding="utf-8"), everywhere=True):
            package[body(node)] = f"{path.relative_to(ROOT)}: {name}"
    package.pop(None)
    copies = {
        f"{source.stem}: {name}": package[body(node)]
        for source in SOURCES
        for name, node in functions(source.read_text(encoding="utf-8"))
        if body(node) in package
    }
    assert copies == {}


def test_a_copy_is_known_under_another_name_and_docstring():
    code = """
def {}(x, y):
    "{}"
    total = x + y * x
    for each in y:
        total += each * x
    return total
"""
    (_, one), (_, other) = [*functions(code.format("f", "One.")), *functions(code.format("g", "Another."))]
    assert body(one) == body(other) is not None


# ---------------------------------------------------------------- the way through the book


def links(source, text):
    """The pages of the book that `text` in `source` links to, and by which words."""
    return {
        Path(source.parent, link).resolve().with_suffix(".py"): " ".join(words.split())
        for words, link in LINK.findall(text)
    }


def before(source):
    """What a page builds on, in its first cell."""
    opening = READ[source].cells[0].source
    return links(source, re.search(r"before this:.*?(?=\n\n|\Z)", opening, re.S)[0])


def after(source):
    """What the last words of a page lead to."""
    last = [cell.source for cell in READ[source].cells if cell.cell_type == "markdown"][-1]
    return links(source, last.rpartition("**Next:**")[2])


@pytest.mark.parametrize("source", SOURCES[1:], ids=lambda source: source.stem)
def test_a_page_names_by_a_link_what_it_builds_on(source):
    assert before(source), "want: before this: [a page](its.ipynb)"
    assert all(page in SOURCES[: SOURCES.index(source)] for page in before(source))


@pytest.mark.parametrize("source", TAUGHT[:-1], ids=lambda source: source.stem)
def test_a_page_leads_on_to_the_next_one(source):
    following = TAUGHT[TAUGHT.index(source) + 1]
    assert following in after(source), f"want a link to {following.stem}"


@pytest.mark.parametrize("source", SOURCES[1:], ids=lambda source: source.stem)
def test_a_page_calls_its_neighbors_by_their_titles(source):
    for page, words in (before(source) | after(source)).items():
        assert words == chapters.titles(READ[page].cells[0])[0]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_second_sitting_begins_where_the_first_cell_says(source):
    text = "\n".join(cell.source for cell in READ[source].cells if cell.cell_type == "markdown")
    named = re.search(r"the break is before\s+\*([^*]+)\*", text)
    if named:
        title = re.escape(" ".join(named[1].split()))
        begins = rf"second sitting\.[^\n]*\n+## {title}|## {title}[^\n]*\n+[^\n]*second sitting\."
        assert re.search(begins, text), f"no word of a second sitting at *{named[1]}*"
