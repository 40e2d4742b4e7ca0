"""What of a page has to run so that an answer can be called: a closure over names, and nothing is run for it.

Cells are cut down to the statements that bind a needed name: a page's pictures, live figures and checks, and
whatever else only uses names, stay out.
"""

import builtins
from bisect import bisect_left
from collections import defaultdict
from typing import NamedTuple

from dlnotes.exercises import find
from dlnotes.grading import source

STAR = "*"  # the name that `from numpy import *` binds: any


class Closure(NamedTuple):
    """The `Code` of each cell; {cell: numbers of the pieces needed}; the names needed; {name: its binders}.

    A binder is a piece, (cell, its number in it); they are in the order of the page.
    """

    codes: list
    chosen: dict
    names: set
    binders: dict


def plan(page, key):
    """The indices, sorted, of the cells in `page` that the answer to exercise `key` needs; [] without one.

    Of a name all that bind it above the answer are taken, as a run from the top would; where there is none,
    the first one below.
    """
    return sorted(_closure(page, key).chosen)


def program(page, key):
    """The texts to run, one after the other, before the answer to `key` can be called: one for such a cell.

    Each has the lines of its cell, empty where they are not needed, in plain Python.  They are in the order
    of the page, but a cell that needs another one to run at all comes after it.
    """
    closure = _closure(page, key)
    return [_text(closure, cell) for cell in _order(closure)]


def _closure(page, key):
    codes = [source.read(text) for text in page["cells"]]
    closure = Closure(codes, defaultdict(set), {find(key).name}, binders_of(codes))
    start = page["answers"].get(key)
    if start is None:
        return closure
    closure.chosen[start] = set()
    waiting, taken = [(STAR, start)], defaultdict(int)
    for piece in closure.binders[find(key).name]:
        if piece[0] == start:
            waiting += _choose(closure, piece, start)
    while waiting:
        name, limit = waiting.pop()
        closure.names.add(name)
        binders, before = closure.binders[name], taken[name]
        if not binders and not hasattr(builtins, name):
            binders = closure.binders[STAR]
        while taken[name] < len(binders) and binders[taken[name]][0] <= limit:
            taken[name] += 1
        if not taken[name] and name != STAR:
            taken[name] = sum(cell == binders[0][0] for cell, _ in binders)
        for piece in binders[before : taken[name]]:
            waiting += _choose(closure, piece, start)
    return closure


def _choose(closure, piece, start):
    """Take a piece in; returns the names that it needs, each with the last cell where it is looked for."""
    cell, number = piece
    if number in closure.chosen[cell]:
        return []
    closure.chosen[cell].add(number)
    return [(name, max(start, cell)) for name in closure.codes[cell].pieces[number].needs]


def binders_of(codes):
    """{name: the pieces that bind it, change it, or may do so}, in the order of the page."""
    pieces = [
        (cell, number, piece) for cell, code in enumerate(codes) for number, piece in enumerate(code.pieces)
    ]
    written = {name for _, _, piece in pieces for name in piece.binds - piece.stubs}
    changing = {name for _, _, piece in pieces if piece.binds - piece.fixed for name in piece.binds}
    found = defaultdict(list)
    for cell, number, piece in pieces:
        names = piece.binds - (piece.stubs & written) | piece.touches & changing
        for name in names | ({STAR} if piece.has_star else set()):
            found[name].append((cell, number))
    return found


def _order(closure):
    """The chosen cells in the order of the page, but none before another one that it cannot run without."""
    places = {  # of the names, the cells where they get a value
        name: sorted(
            {cell for cell, number in closure.binders[name] if number in closure.chosen.get(cell, ())}
        )
        for name in closure.names
    }
    order, seen = [], set()

    def place(cell):
        if cell in seen:
            return
        seen.add(cell)
        pieces = [closure.codes[cell].pieces[number] for number in closure.chosen[cell]]
        for name in sorted(set().union(*(piece.now for piece in pieces))):
            if cells := places.get(name):
                place(cells[max(bisect_left(cells, cell) - 1, 0)])  # the nearest above, or the first below
        order.append(cell)

    for cell in sorted(closure.chosen):
        place(cell)
    return order


def _text(closure, cell):
    """The lines of `cell` that are needed; an import of many names is cut down to those."""
    code = closure.codes[cell]
    if code.flaw:
        return "\n".join(code.lines)
    lines = [""] * len(code.lines)
    for number, piece in enumerate(code.pieces):
        if number not in closure.chosen[cell] and not piece.has_future:
            continue
        if piece.imports and not piece.has_future:
            lines[piece.first - 1] = "; ".join(
                piece.imports[one] for one in piece.imports if one in closure.names
            )
        else:
            lines[piece.first - 1 : piece.last] = code.lines[piece.first - 1 : piece.last]
    return "\n".join(lines).rstrip()
