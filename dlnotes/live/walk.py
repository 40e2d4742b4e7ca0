"""A forward and a backward pass as a plain list of steps: what a `Stepper` shows, and tests can read.

`graph_walk` walks a graph of autodiff Nodes, `layer_walk` a chain of layers, one operation a step, and
`unit_walk` a small network of one sample, one unit a step.  Nothing here draws.
"""

from typing import NamedTuple

from dlnotes.live.equations import equation, here, plain
from dlnotes.live.formulas import number, spoken
from dlnotes.live.questions import Question

SMALL = "₀₁₂₃₄₅₆₇₈₉"
HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"


class Place(NamedTuple):
    """A node of the drawing.  kind: "input", "operation" or "unit"; label stands in it, name above it."""

    key: str
    label: str
    kind: str = "operation"
    name: str = ""


class Step(NamedTuple):
    """One operation of the forward or of the backward pass.

    operation   its name in `equations.EQUATIONS`;  at, what its letters are at this step: `here`'s options
    numbers     texts, the formula with its numbers;  remembered, what stays in memory for the way back
    current     keys of the places at work;  shows {place: text}: numbers that stand in the drawing from now
                on, at ("above" or "below", key of a Place or number of an edge)
    question    what the reader computes in this step, local the same for the local derivative; or None
    given       texts: the arrays to compute it from, where the drawing has only their shapes
    """

    phase: str
    title: str
    operation: str
    at: dict
    shapes: str
    numbers: list
    current: tuple
    shows: dict
    remembered: str = ""
    question: Question | None = None
    local: Question | None = None
    given: tuple = ()

    def text(self, book):
        """The step in words, as `Stepper.text` and a screen reader have it."""
        tex, source = equation(self.operation, book)
        letters = here(self.operation, book, **self.at)
        lines = [
            f"{self.phase}: {self.title}",
            f"{book} {source}: {plain(tex) or 'no formula in this book'}"
            + (f", here {letters}" if letters else ""),
            f"shapes: {self.shapes}",
            *map(spoken, self.numbers),
        ]
        return "\n  ".join(lines + ([f"remembered: {self.remembered}"] if self.remembered else []))


class Walk(NamedTuple):
    """A drawing, and the steps over it: places, edges (pairs of their keys), start {place: text}, steps."""

    places: tuple
    edges: tuple
    start: dict
    steps: list

    @property
    def forward(self):
        """The number of forward steps."""
        return sum(step.phase == "forward" for step in self.steps)


def name_of(function):
    """The name of a function, also when it is inside a `partial`."""
    return getattr(getattr(function, "func", function), "__name__", "layer")


def leaves(tree):
    """The arrays in a nest of tuples and lists, in order."""
    if not isinstance(tree, (tuple, list)):
        yield tree
        return
    for branch in tree:
        yield from leaves(branch)


def low(index):
    """An index as small digits below the line: 12 -> "₁₂"."""
    return "".join(SMALL[int(digit)] for digit in str(index))


def high(index):
    """An index as small digits above the line."""
    return "".join(HIGH[int(digit)] for digit in str(index))


def bracket(value):
    """A number to stand in a product: negative ones in brackets."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


class Sketch:
    """Places and edges as they are added, and the numbers that stand in them from the start."""

    def __init__(self):
        self.places, self.edges, self.start = [], [], {}
        self._values = set()

    def place(self, key, label, kind="operation", name=""):
        self.places.append(Place(key, label, kind, name))

    def edge(self, source, target):
        self.edges.append((source, target))
        return len(self.edges) - 1

    def value_edge(self, source, target):
        """An edge that carries what one operation gives to the next."""
        place = self.edge(source, target)
        self._values.add(place)
        return place

    def number(self, source, target):
        return self.edges.index((source, target))

    def into(self, key):
        """The edge by which an operation gets its value; None in a sketch of units."""
        return next((k for k in self._values if self.edges[k][1] == key), None)

    def out(self, key):
        return next((k for k in self._values if self.edges[k][0] == key), None)
