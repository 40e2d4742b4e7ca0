"""The Python of a cell, looked at without running it: its statements, what each binds and what each needs.

Nothing here compiles: nested `finally` blocks alone make the code of a short text as large as the memory.
"""

import ast
import functools
import re
import symtable
import warnings
from typing import NamedTuple

from dlnotes.grading.untrusted import shown

MANY = 400  # statements of a cell, above which they are taken as one
MAGIC = re.compile(r"(\s*)(?:%(?:time|prun)\s(?P<statement>(?!\s*-).*)|[%!?].*|[\w.%]+\?\??\s*)")
ASSIGNED = re.compile(r"(\s*\w[\w, ]*=\s*)(?:%time\s(?P<value>(?!\s*-).*)|[%!].*)")
FOREIGN = (
    "bash cmd file html javascript js latex markdown perl ruby script sh svg sx system writefile".split()
)
MAY_BE_FUNCTIONS = ast.Lambda, ast.Name, ast.Attribute, ast.Call, ast.IfExp, ast.Subscript, ast.Tuple
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}  # they run at once
CHANGE_NOTHING = {
    "check",
    "display",
    "hint",
    "live",
    "plots",
    "plt",
    "print",
    "verify",
}  # what they are given


class Piece(NamedTuple):
    """Top-level statements on lines of their own, `first` to `last`; all else are sets of names.

    binds: it gives them a value or changes it; fixed: by import, def or class; functions: what may be one;
    stubs: functions that were not written; needs: global names that it reads, `now` or in a later call;
    touches: what it calls, and hands to calls, for their effect.  imports: {name: the import of it alone}.
    """

    first: int
    last: int
    binds: frozenset
    fixed: frozenset
    functions: frozenset
    stubs: frozenset
    needs: frozenset
    now: frozenset
    touches: frozenset
    imports: dict
    has_star: bool
    has_future: bool


class Code(NamedTuple):
    """A cell as plain Python, line by line; its pieces; its flaw, "line 3: invalid syntax", or ""."""

    lines: tuple
    pieces: tuple
    flaw: str

    @property
    def functions(self):
        """{name: whether it is more than a stub} of what may be functions."""
        found = [(name, name not in piece.stubs) for piece in self.pieces for name in piece.functions]
        return dict(sorted(found))


@functools.lru_cache(maxsize=512)  # most cells are the same in every submission
def read(text):
    """The `Code` in the text of a cell; IPython's magics are replaced by what plain Python makes of them."""
    tree, flaw = _parsed(text)
    if flaw:
        text = _plain(text)
        tree, flaw = _parsed(text)
    lines = tuple(text.split("\n"))
    if flaw:
        return Code(lines, (), flaw)
    try:
        return Code(lines, tuple(_piece(nodes, lines) for nodes in _groups(tree.body)), "")
    except (SyntaxError, ValueError, RecursionError) as error:  # a name that is global and a parameter, say
        return Code(lines, (), _words(error))


def _parsed(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are the student's
            tree = ast.parse(text)
            symtable.symtable(text, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return None, _words(error)
    for node in _outer(tree):
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
            return None, f"line {node.lineno}: this belongs into a function"
    return tree, ""


def _words(error):
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {shown(str(error.msg))}"
    return "it cannot be parsed"


def _outer(node):
    """`node` and the nodes in it, but for those in the body of a function."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(node))


def _plain(text):
    """`text` without IPython's magics, in the same lines, and without an indentation that is everywhere."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[start].startswith("%%"):
        magic = lines[start].strip("% ").partition(" ")[0].lower()
        lines = [""] * len(lines) if magic in FOREIGN else lines[:start] + [""] + lines[start + 1 :]
        start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    indentation = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    return "\n".join(_without_magic(line.removeprefix(indentation)) for line in lines)


def _without_magic(line):
    if match := MAGIC.fullmatch(line):
        return match[1] + (match["statement"] or "pass").lstrip()
    if match := ASSIGNED.fullmatch(line):
        return match[1] + (match["value"] or "None").lstrip()
    return line


def _groups(body):
    """The statements of a cell in lists: those that share a line together."""
    groups, end = [], 0
    for node in body:
        if groups and (_first(node) <= end or len(body) > MANY):
            groups[-1].append(node)
        else:
            groups.append([node])
        end = node.end_lineno
    return groups


def _first(node):
    return min(one.lineno for one in [node, *getattr(node, "decorator_list", [])])


def _piece(nodes, lines):
    first, last = _first(nodes[0]), nodes[-1].end_lineno
    inner = [node for one in nodes for node in _outer(one)]
    table = symtable.symtable("\n".join(lines[first - 1 : last]), "cell", "exec")
    symbols = table.get_symbols()
    bound = {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}
    now, later, by_calls = _uses(table)
    now |= {node.target.id for node in inner if _adds_to_name(node)}  # symtable sees no use of x in x += 1
    imported = {one.get_name() for one in symbols if one.is_imported()}
    defined = {one.get_name() for one in symbols if one.is_namespace()}
    functions, stubs = _functions(inner)
    froms = [node for node in inner if isinstance(node, ast.ImportFrom)]
    return Piece(
        first,
        last,
        binds=frozenset(bound | by_calls | _changed(inner)),
        fixed=frozenset(imported | defined),
        functions=frozenset((functions | imported) & bound),
        stubs=frozenset(stubs),
        # what a function binds by `global` it binds when it is called: find that call
        needs=frozenset(now | later | (defined if by_calls else set())),
        now=frozenset(now),
        touches=frozenset(_touched(inner)),
        imports=_imports(nodes),
        has_star=any(node.names[0].name == "*" for node in froms),
        has_future=any(node.module == "__future__" for node in froms),
    )


def _uses(table):
    """The global names that a table reads when run, those that its functions read, and those they bind."""
    now = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
    later, bound, waiting = set(), set(), [(child, now) for child in table.get_children()]
    while waiting:
        table, read = waiting.pop()
        if table.get_type() == "function" and table.get_name().strip("<>") not in COMPREHENSIONS:
            read = later
        for one in table.get_symbols():
            if one.is_global():
                (bound if one.is_assigned() else read).add(one.get_name())
        waiting.extend((child, read) for child in table.get_children())
    return now, later | bound, bound


def _functions(inner):
    """The names that are bound to what may be a function, and those among them that are untouched stubs."""
    found, stubs = set(), set()
    for node in inner:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
            (stubs.add if _is_stub(node) else stubs.discard)(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            if isinstance(node.value, MAY_BE_FUNCTIONS):
                found |= {one.id for one in ast.walk(node) if _is_stored_name(one)}
    return found, stubs


def _is_stub(function):
    return all(_does_nothing(one) or _raises_not_implemented(one) for one in function.body)


def _does_nothing(node):
    return isinstance(node, ast.Pass) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _raises_not_implemented(node):
    error = getattr(node, "exc", None)
    error = getattr(error, "func", error)
    return isinstance(node, ast.Raise) and getattr(error, "id", "") == "NotImplementedError"


def _adds_to_name(node):
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)


def _is_stored_name(node):
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _changed(inner):
    """The names of what is changed in part: `table[0] = ...`, `answer.table = ...`."""
    parts = [node for node in inner if isinstance(node, ast.Attribute | ast.Subscript)]
    return {_root(node) for node in parts if not isinstance(node.ctx, ast.Load)} - {""}


def _touched(inner):
    """The names that statements call, or hand to a call, whose value they throw away: `table.append(one)`."""
    calls = [node.value for node in inner if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    found = set()
    for call in calls:
        if _root(call.func) not in CHANGE_NOTHING:
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            found |= {_root(call.func), *(one.id for one in values if isinstance(one, ast.Name))}
    return found - {""}


def _root(node):
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _imports(nodes):
    """{name: the text that imports it alone}, where `nodes` are one plain import."""
    node = nodes[0]
    if len(nodes) > 1 or not isinstance(node, ast.Import | ast.ImportFrom) or node.names[0].name == "*":
        return {}
    start = ""
    if isinstance(node, ast.ImportFrom):
        start = f"from {'.' * node.level}{node.module or ''} "
    texts = {}
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        text = f"{start}import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
        texts[name] = f"{texts[name]}; {text}" if name in texts else text
    return texts
