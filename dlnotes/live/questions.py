"""What the reader is asked in the middle of a backward pass, and what is wrong with the answer."""

import ast
import math
import operator
import re
from typing import NamedTuple

import numpy as np

from dlnotes.live.formulas import number

CLOSE = 0.01  # of the wanted number: readers compute with the four digits that they see
ROUGH = 0.05  # with two digits
MOST = 6  # numbers to type


class Question(NamedTuple):
    """What is asked: the numbers of the array `want`, in reading order.

    mistakes  ((message, array), ...): what the array would be after a mistake that has a name;  scale, a size
    beside which 0 is told from a small number.
    """

    prompt: str
    want: np.ndarray
    mistakes: tuple
    hint: str
    scale: float = 1.0


def asked(want):
    """The numbers that a reader types: all of a small array, else the start of its first row; and which."""
    want = np.asarray(want)
    if want.size == 1:
        return want.reshape(-1), "one number"
    if want.size <= MOST:
        order = ", row by row" if want.ndim > 1 and want.shape[0] > 1 else ""
        return want.reshape(-1), f"{want.size} numbers{order}"
    row = want.reshape(-1, want.shape[-1])[0]
    if len(row) <= MOST:
        return row, f"the first row, {len(row)} numbers"
    return row[:4], "the first 4 numbers of the first row"


def several(prompt):
    """Whether a prompt names more than one thing: "dF/dx, dF/dy", but not "δ¹ (2, 3)"."""
    return "," in re.sub(r"\(.*?\)|, by way of .*", "", prompt)


def judge(question, answer):
    """Whether an answer is right, and what to say about it: (bool, sentence).  Never says the numbers."""
    want, which = asked(question.want)
    try:
        got = np.array(read(answer))
    except ValueError as error:
        return False, str(error)
    if len(got) != len(want):
        if message := _named(question, got):
            return False, message
        came = "1 number" if len(got) == 1 else f"{len(got)} numbers"
        return False, f"{came} came, and {which} {'is' if len(want) == 1 else 'are'} wanted"
    if _right(got, want, question.scale).all():
        return True, "that is it"
    if _rough(got, want).all() and not _named(question, got):
        return False, "close: give three digits" if len(want) == 1 else _entries(question, got, want)
    return False, _named(question, got) or _general(got, want, question.scale) or _entries(
        question, got, want
    )


def read(answer):
    """The numbers in a line such as "0.5, -2" or "0.3 * (1 - 0.3)"; `ValueError` says what is wrong."""
    line = re.sub(r"[\[\]]", " ", answer).replace("−", "-").strip()
    parts = [part for part in re.split(r"[,;]", line) if part.strip()]
    if len(parts) == 1 and all(map(_plain, line.split())):
        parts = line.split()
    if not parts:
        raise ValueError("want numbers, as in 0.25, -0.5")
    return [_value(part.strip()) for part in parts]


def _plain(word):
    """Whether a word is a number as it stands."""
    return bool(re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", word))


_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "tanh", "sqrt", "sin", "cos", "cosh")}
_FUNCTIONS["sigmoid"] = lambda s: 0.5 * (1 + math.tanh(s / 2))


def _value(part):
    """The value of a number or of a small calculation."""
    try:
        value = float(_compute(ast.parse(part.replace("^", "**"), mode="eval").body))
    except (ValueError, KeyError, SyntaxError, ArithmeticError, TypeError, RecursionError, MemoryError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{part!r} is no number: want numbers, as in 0.25, -0.5, or 0.5*(1 - 0.5)")
    return value


def _compute(tree):
    match tree:
        case ast.Constant(value=int() | float()):
            return float(tree.value)
        case ast.BinOp():
            return _OPERATORS[type(tree.op)](_compute(tree.left), _compute(tree.right))
        case ast.UnaryOp():
            return _OPERATORS[type(tree.op)](_compute(tree.operand))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_compute(argument))
    raise ValueError


def _right(got, want, scale):
    """Which numbers are right: near enough, and of the right sign however small they are."""
    near = np.abs(got - want) <= CLOSE * np.abs(want) + 1e-3 * _size(want, scale)
    return near & ((np.sign(got) == np.sign(want)) | (np.abs(want) <= 1e-9 * _size(want, scale)))


def _rough(got, want):
    """Which numbers are right but for their last digits."""
    return np.abs(got - want) <= ROUGH * np.abs(want)


def _close(got, want, scale):
    return bool((np.abs(got - want) <= CLOSE * np.abs(want) + 1e-3 * _size(want, scale)).all())


def _size(want, scale):
    """What a small number is small beside."""
    return np.abs(want).max() if np.abs(want).max() > 0 else min(scale, 1.0)


def _named(question, got):
    """The mistake with a name that gives these numbers, also with the wrong sign."""
    want, _ = asked(question.want)
    for sign, words in ((1, ""), (-1, ", and the sign is wrong")):
        for message, array in question.mistakes:
            numbers, _ = asked(array)
            if len(numbers) != len(got) or not np.abs(numbers).max() > 0:
                continue
            if len(numbers) == len(want) and _close(numbers, want, question.scale):
                continue  # the mistake makes no difference here
            if _close(sign * got, numbers, 1.0):
                return message + words
    return None


def _general(got, want, scale):
    """Sign, factor, order: mistakes that need no name."""
    if _close(got, want, scale):
        return None  # but for the sign of a small number
    if _close(-got, want, scale):
        return "the sign is wrong" if len(want) == 1 else "all signs are wrong"
    if not want.any() or np.abs(got).max() <= 1e-12:
        return None
    if len(want) > 1 and _close(np.sort(got), np.sort(want), scale):
        return "the numbers are right, and stand in the wrong order"
    factor = float(want @ got / (want @ want))
    simple = next((f for f in (2, 3, 4, 1 / 2, 1 / 3, 1 / 4) if abs(abs(factor) / f - 1) < CLOSE), None)
    one = len(want) == 1 or len(np.unique(np.abs(want))) == 1
    if factor and (simple or not one) and _close(got / factor, want, scale):
        size = f"{number(factor)} times what is wanted" if factor > 0 else f"off by a factor {number(factor)}"
        return (
            f"{'it is' if len(want) == 1 else 'they are all'} {size}"
            if simple
            else "they are all off by one and the same factor"
        )
    return None


def _entries(question, got, want):
    """Which of several numbers are right, and what the first of the others is."""
    right = _right(got, want, question.scale)
    if len(want) == 1:
        return "the sign is right, the size is not" if got[0] * want[0] > 0 else "that is not it"
    first = int(np.flatnonzero(~right)[0])
    words = f"{int(right.sum())} of {len(want)} are right; number {first + 1} is not"
    if _rough(got, want)[first]:
        return f"{words}: close, give three digits"
    for message, array in question.mistakes:
        numbers, _ = asked(array)
        if len(numbers) == len(want) and numbers[first] and _close(got[[first]], numbers[[first]], 1.0):
            return f"{words}: {message}"
    if _close(-got[[first]], want[[first]], question.scale):
        return f"{words}: its sign is wrong"
    return words
