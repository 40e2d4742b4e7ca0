"""What an answer uses of `dlnotes`: perhaps the very thing that is asked for.  Nothing is run to find out."""

import ast
import itertools
import re
import warnings

PACKAGE = "dlnotes"
MENTIONED = re.compile(rf"\b{PACKAGE}\b(?:\.\w+)*")  # in an `import_module("dlnotes.losses")`
ALLOWED = "exercises"  # the student edition has no solution there


def borrowed(texts):
    """The dotted names, sorted, without "dlnotes.", of what a program of these texts uses of the package."""
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
        elif isinstance(node, ast.Name | ast.Attribute):
            root, _, rest = _dotted(node).partition(".")
            if root in imported:
                found.add(f"{imported[root]}.{rest}".rstrip("."))
    found = sorted(name for name in found if name.split(".")[:1] == [PACKAGE])
    whole = [
        one for one, other in itertools.zip_longest(found, found[1:]) if not f"{other}.".startswith(f"{one}.")
    ]
    names = [name.removeprefix(f"{PACKAGE}.") for name in whole]
    return [name for name in names if name.partition(".")[0] != ALLOWED]


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
