"""References into the books: "4.2.4 (4.24)-(4.28), Fig 4.5" as numbers that can be compared."""

import re
from typing import NamedTuple

ALIASES = {
    "DLNN": ("dlnn", "klambauer"),
    "GBC": ("gbc", "goodfellow", "bengio", "courville"),
    "Strang": ("strang",),
    "EE147": ("ee147", "kao", "tran"),
    "MEDL": ("medl", "liquet", "moka", "nazarathy"),
}
KINDS = {
    "equation": ("eq", "eqs", "equation", "equations"),
    "figure": ("fig", "figs", "figure", "figures"),
    "algorithm": ("alg", "algs", "algorithm", "algorithms"),
    "table": ("table", "tables"),
    "problem": ("problem", "problems"),
    "theorem": ("thm", "theorem", "def"),
    "section": ("section", "sections", "sec", "chapter", "ch", "§"),
}
KIND_OF = {word: kind for kind, words in KINDS.items() for word in words}

NUMBER = r"(?:[A-Z]+\.)?[A-Z]?\d+(?:\.\d+)*"  # 4.23, VII.5, A.2, R6, D4.1
REFERENCE = re.compile(
    rf"(?:(?P<word>§|\b(?:{'|'.join(KIND_OF)})\b\.?)\s*)?"
    rf"(?:\((?P<equation>{NUMBER})\)(?:\s?[-–]\s?\((?P<last_equation>{NUMBER})\))?"
    rf"|(?<![\w.])(?P<number>{NUMBER})(?:[-–](?P<last>{NUMBER}))?(?![\w-]))",
    re.I,
)
COMMENT = re.compile(rf"\((?!{NUMBER}\))[^)]*\)", re.I)


class Reference(NamedTuple):
    """A place, or a range of places, in a book: `first` and `last` are numbers such as ("4", "23")."""

    kind: str
    first: tuple
    last: tuple


def references(place, default="section"):
    """The references in `place`.  A number without a word is what the one before it is, or else `default`."""
    found = []
    for part in COMMENT.sub("", place).split(";"):
        kind = default
        for token in REFERENCE.finditer(part):
            if token["word"]:
                kind = KIND_OF[token["word"].rstrip(".").lower()]
            if token["equation"]:
                found.append(_reference("equation", token["equation"], token["last_equation"]))
            else:
                found.append(_reference(kind, token["number"], token["last"]))
    return found


def _reference(kind, first, last):
    first = tuple(first.upper().split("."))
    last = tuple(last.upper().split(".")) if last else first
    return Reference(kind, first, first[: len(first) - len(last)] + last)  # VII.1.11-1.17 ends at VII.1.17


def name(reference):
    """A reference as the tables write it: 4.2, (4.23), Fig 4.5."""
    number = ".".join(reference.first)
    words = {"equation": f"({number})", "figure": f"Fig {number}", "algorithm": f"Alg {number}"}
    plain = reference.kind in ("section", "any")
    return words.get(reference.kind, number if plain else f"{reference.kind.capitalize()} {number}")


def match(asked, held):
    """How well `held` answers `asked`: 3 it is the place, 2 a part of it, 1 what contains it, 0 not at all.

    Between them: 2.5 for an equation, figure, ... within a range, 1.5 for a section within one.

    A reference of the kind "any" may be a section or an equation.
    """
    if held.kind != asked.kind and not (asked.kind == "any" and held.kind in ("section", "equation")):
        return 0
    size, depth = len(asked.first), len(held.first)
    if size == depth:
        if not _between(held.first, asked.first, held.last):
            return 0
        return 3 if held.first == held.last else 1.5 if held.kind == "section" else 2.5
    if held.kind != "section":
        return 0
    if size < depth:
        return 2 if _between(held.first[:size], asked.first, held.last[:size]) else 0
    if depth == 1:  # a whole chapter is no answer
        return 0
    return 1 if _between(held.first, asked.first[:depth], held.last) else 0


def distance(asked, held):
    """A key that sorts references by how near they are to `asked`: kind, then leading parts, then number."""
    kinds = ("section", "equation") if asked.kind == "any" else (asked.kind,)
    common = 0
    for one, other in zip(asked.first, held.first, strict=False):
        if one != other:
            break
        common += 1
    one, other = (_number(reference.first[common:]) for reference in (asked, held))
    return held.kind not in kinds, -common, abs(one - other)


def _number(parts):
    return int(parts[0]) if parts and parts[0].isdigit() else 0


def _between(first, number, last):
    return _order(first) <= _order(number) <= _order(last)


def _order(number):
    return [(part.isdigit(), int(part) if part.isdigit() else part) for part in number]
