"""What a reader does at a live figure or writes for an exercise, for the tests of the chapters."""

import ast

import numpy as np

from dlnotes.book import ROOT, chapters
from dlnotes.exercises import find
from dlnotes.exercises.judging import outcomes
from dlnotes.exercises.registry import cases


def verdict(explorer, **values):
    """What the reader is told who registers these values."""
    explorer.set(**values)
    explorer.register.click()
    return explorer.verdict.value


def shown_by_page(page, *figures, names=None):
    """The explorer that `live.FIGURE(...)` makes on a page ("ch05_convolution/02_filters_as_convolutions").

    The cells of the page run up to there, without checks: it is handed what a reader's figure is handed.  Of
    several figures, in the order of the page, a list.  `names`, a dict, gets what the cells have defined.
    """
    names, found, wanted = {} if names is None else names, [], list(figures)
    for cell in chapters.read(ROOT / "notebooks" / f"{page}.py").cells:
        if cell.cell_type == "code" and not chapters.tagged(cell, "check"):
            tree = ast.parse(cell.source)
            last = tree.body[-1]
            if f"live.{wanted[0]}(" in ast.unparse(last):
                exec(compile(ast.Module(tree.body[:-1], []), page, "exec"), names)
                found.append(eval(compile(ast.Expression(last.value), page, "eval"), names))
                wanted.pop(0)
                if not wanted:
                    return found if len(found) > 1 else found[0]
            else:
                exec(compile(tree, page, "exec"), names)
    raise ValueError(f"figure: got {wanted[0]!r}, which {page} does not show")


def fits_and_is_wrong(name, answer):
    """Whether an answer to the exercise `name` has the right shape and wrong numbers in one of the cases."""
    drawn = cases(find(name))
    found = outcomes(answer, [arguments for arguments, _ in drawn])
    fits = [(one.value, want) for one, (_, want) in zip(found, drawn, strict=True) if not one.error]
    return any(value.shape == want.shape and not np.allclose(value, want) for value, want in fits)


def drawn(name, seeds=range(5)):
    """The cases (arguments, want) of the exercise `name`, for several seeds."""
    return [case for seed in seeds for case in cases(find(name), seed)]


def named(function, name):
    """The function as an answer to the exercise `name`."""
    function.__name__ = name
    return function


def answer_to(name):
    """A decorator: the function below is an answer to the exercise `name`."""
    return lambda function: named(function, name)
