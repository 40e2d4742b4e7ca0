"""What an answer uses of other packages: perhaps the very thing that is asked for.  Nothing is run for it."""

import ast
import builtins
import itertools
import re
import sys
import warnings

import numpy as np

from dlnotes.exercises.inspection import TRICKS, is_allowed, is_hidden
from dlnotes.grading import source
from dlnotes.grading.plan import STAR, binders_of

HARMLESS = {name for name in vars(builtins) if not is_hidden(name)} - TRICKS
PACKAGE = "dlnotes"
MENTIONED = re.compile(rf"\b{PACKAGE}\b(?:\.\w+)*")  # in an `import_module("dlnotes.losses")`
ALLOWED = "exercises"  # the student edition has no solution there
USUAL = {"numpy", "matplotlib"} | sys.stdlib_module_names
IMPORTERS = {"__import__", "import_module"}


def borrowed(texts):
    """Two sorted lists of what a program of these texts uses: of `dlnotes`, and of packages beside NumPy.

    They are dotted names, "losses.hinge" and "torch.tensor".
    """
    nodes = [node for text in texts for node in ast.walk(_parsed(text))]
    imported, found = {}, set()
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported |= _imported(node)
    found |= {module for name, module in imported.items() if name.startswith("*")}
    words = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            found |= set(MENTIONED.findall(node.value))
        elif isinstance(node, ast.Call) and _dotted(node.func).rpartition(".")[2] in IMPORTERS:
            found |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
        elif isinstance(node, ast.Name | ast.Attribute):
            root, _, rest = _dotted(node).partition(".")
            if root in imported:
                found.add(f"{imported[root]}.{rest}".rstrip("."))
    found = sorted(str(name) for name in found if str(name).partition(".")[0] not in USUAL)
    whole = [
        one for one, other in itertools.zip_longest(found, found[1:]) if not f"{other}.".startswith(f"{one}.")
    ]
    ours = [name.removeprefix(f"{PACKAGE}.") for name in whole if name.partition(".")[0] == PACKAGE]
    others = [name for name in whole if name.partition(".")[0] != PACKAGE]
    return [name for name in ours if name.partition(".")[0] != ALLOWED], others


def foreign(texts, name):
    """What `exercises.inspection.foreign` finds in the function `name` that a program of these texts defines.

    Of a name that is defined more than once a call meets the last definition, what runs before may meet any.
    """
    codes = [source.read(text) for text in texts]
    known = dict(binders_of(codes))
    seen, waiting = set(), [(name, False, "")]
    while waiting:
        one, runs_at_once, way = waiting.pop()
        if (one, runs_at_once) in seen:
            continue
        seen.add((one, runs_at_once))
        if one not in known and one in HARMLESS:
            continue
        if one not in known and not (STAR in known and hasattr(np, one)):
            return way + one
        found = [_Binder(codes[cell], number) for cell, number in known.get(one, known.get(STAR))]
        for binder in found if runs_at_once else _met(found, one):
            tree = _parsed(binder.piece.imports.get(one, binder.text))
            if one != name and _is_function(tree, one):
                way = f"{one}, which uses "
            if used := _foreign(tree):
                return way + used
            waiting += [(need, need in binder.piece.now, way) for need in sorted(binder.piece.needs)]
    return ""


class _Binder:
    """A piece of a cell, and its text."""

    def __init__(self, code, number):
        self.piece = code.pieces[number]
        self.text = "\n".join(code.lines[self.piece.first - 1 : self.piece.last])


def _met(found, name):
    """The binders that a call can meet: the last that plainly defines `name`, and all that are not plain."""
    plain = [binder for binder in found if _defines(_parsed(binder.text), name)]
    return [binder for binder in found if binder not in plain[:-1]]


def _defines(tree, name):
    """Whether these statements bind `name` anew, come what may: by a definition, an import, `name = ...`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return True
        if isinstance(node, ast.Import | ast.ImportFrom) and name in _imported(node):
            return True
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == name for one in node.targets):
            return True
    return False


def _is_function(tree, name):
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def _foreign(tree):
    """The name of what these statements import or reach, and must not; "" without."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for one in _imported(node).values():
                if not is_allowed(one):
                    return one.removesuffix(".*")
        elif isinstance(node, ast.Attribute) and is_hidden(node.attr):
            return node.attr
        elif isinstance(node, ast.Attribute) and node.attr in TRICKS:
            return _dotted(node) or node.attr
    return ""


def _parsed(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are the student's
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _imported(node):
    """{name: the dotted name of what it is} that an import binds."""
    if isinstance(node, ast.Import):
        first = {one.name.partition(".")[0] for one in node.names if not one.asname}
        return dict(zip(first, first, strict=True)) | {
            one.asname: one.name for one in node.names if one.asname
        }
    if node.names[0].name == "*":
        return {f"*{node.module}": f"{node.module}.*"}
    return {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}


def _dotted(node):
    """The text a.b.c of a name and its attributes, "" of anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
