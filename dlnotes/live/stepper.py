"""Forward and backward through a network or a graph, one operation at a time."""

import ipywidgets
import matplotlib.pyplot as plt

from dlnotes import plots
from dlnotes.live import graph, graph_walk, layer_walk, unit_walk
from dlnotes.live.controls import choice, entry, slider
from dlnotes.live.equations import BOOKS, equation, here, mathtext, plain
from dlnotes.live.explorer import Explorer, Goal, note
from dlnotes.live.figure import LiveFigure
from dlnotes.live.formulas import spoken
from dlnotes.live.questions import asked, judge, several

WIDTH = 8.0  # inches
TURNS = ["off", "local derivative", "gradient"]
EXAMPLE = "0.25, -0.5"


class Stepper(Explorer):
    """A pass forward and back through chain(*layers) and a loss, one operation a step.

    layers, params, x   as for `layers.chain`;  loss(output, target) -> (risk, delta)
    book    whose notation comes first: "DLNN", "GBC", "Strang", "EE147" or "MEDL"
    still   the step that a page without a kernel shows; the middle of the way back, unless told
    units   draw single units (one sample, at most three units a layer), or whole layers; by size, unless told
    predict, goal   as for an `Explorer`; unless told, the goal is to find every number of the way back

    Each step shows the book's equation with its number, the shapes, the formula filled with numbers, and
    what is remembered for the way back; in the drawing numbers of the way forward stand above the edges,
    those of the way back below; between units they stand in gaps, gradients only where a unit is at work.
    In *your turn* the reader enters the next derivative, is told what is wrong with it, and moves on when
    it is right; the line just solved stands above the next question, and Play waits.  `text()` gives all
    steps as plain text.
    """

    def __init__(
        self, layers, params, x, loss, target, *, book="DLNN", still=None, units=None, predict=None, goal=None
    ):
        small = unit_walk.fit_units(layers, params, x)
        if units and not small:
            wanted = "one sample, at most 3 units a layer and 16 weights, linear layers and activations"
            raise ValueError(f"units: got x {x.shape} and {len(layers)} layers, want {wanted}")
        if units is None:
            units = small and len(layers) < 5  # deeper ones are crowded
        walk_of = unit_walk.units if units else layer_walk.network
        self._start(walk_of(layers, params, x, loss, target), book, still, predict, goal)

    @classmethod
    def of(cls, node, *, names=None, book="EE147", still=None, predict=None, goal=None):
        """A pass through the graph behind an autodiff Node; names {"c": node, ...} for inner results."""
        stepper = cls.__new__(cls)
        stepper._start(graph_walk.graph(node, names), book, still, predict, goal)
        return stepper

    def _start(self, walked, book, still, predict, goal):
        last = len(walked.steps)
        if book not in BOOKS:
            raise ValueError(f"book: got {book!r}, want one of {', '.join(BOOKS)}")
        if still is not None and still not in range(1, last + 1):
            raise ValueError(f"still: got {still!r}, want a step from 1 to {last}")
        self.walk, self.answered = walked, set()
        self._crowded = any(place.kind == "unit" for place in walked.places)
        self.still = still or (walked.forward + last + 1) // 2
        solved = [[], *(self._solved(k) for k in range(1, last))]
        longest = max(
            max(_height(step.numbers), _height(before) + _height(step.given) + 1 + bool(before))
            for step, before in zip(walked.steps, solved, strict=True)
        )
        panel = 1.5 + 0.15 * max(3, longest)
        room = graph.height(walked)
        figure = plt.figure(figsize=(WIDTH, round(panel + room, 1)), layout="none")
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, WIDTH), ylim=(0, figure.get_figheight()), aspect="equal")
        ax.set_axis_off()
        self._drawing, self._lines = graph.Drawing(ax, walked, WIDTH, panel, room), _panel(ax, panel)
        controls = {
            "step": slider("step", 0, last, 0),
            "book": choice("book", BOOKS, book),
            "turn": choice("your turn", TURNS),
            "answer": entry("your answer", EXAMPLE),
        }
        super().__init__(
            self._compute, self._draw, controls,
            figure=LiveFigure(figure, [*self._drawing.artists, *self._lines.values()]),
            alt="A graph of operations: forward numbers above the edges, backward numbers below",
            predict=predict, goal=goal or _own_goal(self), play="step",
        )  # fmt: skip

    @property
    def steps(self):
        """All steps, in order: plain data."""
        return self.walk.steps

    def text(self, book=None):
        """All steps as plain text, in the notation of the chosen book."""
        book = book or self.values["book"]
        parts = [f"step {k} of {len(self.steps)}, {step.text(book)}" for k, step in enumerate(self.steps, 1)]
        return "\n".join(parts)

    def question(self, step, turn):
        """What the reader computes before `step` steps become one more; None on the way forward."""
        if turn == "off" or step >= len(self.steps):
            return None
        upcoming = self.steps[step]
        return (upcoming.local if turn == "local derivative" else None) or upcoming.question

    def _solved(self, step):
        """The numbers of a step of the way back, for the reader who is asked for those of the next."""
        done = self.steps[step - 1]
        return [] if done.phase == "forward" else done.numbers

    def _open(self):
        """The number of the step that the reader is asked for and has not found; None where nothing is."""
        number = self.values["step"]
        asks = self.question(number, self.values["turn"]) and number not in self.answered
        return number + 1 if asks else None

    def _compute(self, step, book, turn, answer):
        question = self.question(step, turn)
        right, words = judge(question, answer) if question and answer.strip() else (False, "")
        shown = dict(self.walk.start)
        for done in self.steps[:step]:
            shown |= done.shows
        return {
            "number": step, "book": book, "turn": turn, "shown": shown, "question": question,
            "answer": answer, "right": right, "words": words,
        }  # fmt: skip

    def _draw(self, arrays):
        number, book, question = arrays["number"], arrays["book"], arrays["question"]
        step = self.steps[number] if question else self.steps[number - 1] if number else None
        shown, lines, numbers = dict(arrays["shown"]), dict.fromkeys(self._lines, ""), []
        solved = []
        if step:
            head = f"step {number + bool(question)} of {len(self.steps)} · {step.phase}"
            tex, source = equation(step.operation, book)
            letters = here(step.operation, book, **step.at)
            lines |= {
                "title": f"{head} · {_capped(step.title, 70)}",
                "equation": mathtext(tex) or "no formula in this book",
                "source": f"{book} {source}",
                "here": f"here {letters}" if letters else "",
                "shapes": f"shapes: {step.shapes}",
            }  # fmt: skip
        if question:
            shown |= {place: "?" for place in step.shows if place[0] == "below"}
            _, which = asked(question.want)
            mark = "✓" if arrays["right"] else "✗"
            lines["title"] = f"{lines['title'].split(':')[0]}: your turn"
            verb = "are" if several(question.prompt) else "is"
            solved = self._solved(number)
            numbers = [*solved, *step.given, f"What {verb} {question.prompt}?  Enter {which}."]
            lines["kept"] = f"{mark} {arrays['answer']}: {arrays['words']}" if arrays["words"] else ""
        elif step:
            numbers = step.numbers
            lines["kept"] = f"remembered: {step.remembered}" if step.remembered else ""
        else:
            lines["title"] = f"step 0 of {len(self.steps)} · nothing is computed yet"
            lines["equation"] = "Given: what is blue. Step forward, or press Play."
            lines["shapes"] = "blue, above: the way forward · orange, below: the way back · purple: at work"
        if arrays["turn"] != "off" and not question and number < len(self.steps):
            lines["kept"] += "\nyour turn begins with the way back: step on"
        apart = ["", *numbers[len(solved) :]] if solved else numbers
        lines["numbers"] = "\n".join([*solved, *apart])
        for name, text in lines.items():
            self._lines[name].set_text(text)
        self._lines["kept"].set_color(
            plots.ORANGE if arrays["words"] and not arrays["right"] else plots.GREEN
        )
        current = step.current if step else ()
        active = {place for _, place in step.shows if isinstance(place, int)} if step else ()
        if self._crowded:  # the gradients of weights, of the unit at work alone
            fresh = step.shows if step else ()
            shown = {place: text for place, text in shown.items() if not _weight(place) or place in fresh}
        self._drawing.show(shown, current, active)
        formula = plain(equation(step.operation, book)[0]) if step else ""
        return _readout(lines, formula, "; ".join(map(spoken, numbers)))

    def _follow(self, change=None):
        if self._moving or self.values == self._shown:
            return
        before, answer = self._shown, self.values["answer"]
        moved = any(self.values[name] != before[name] for name in ("step", "turn"))
        if answer and moved and answer == before["answer"]:  # it was given to another question
            self.set(answer="")
            return
        super()._follow(change)
        arrays = self.arrays
        if arrays is None:
            return
        if answer.strip() and not arrays["question"]:
            self.set(answer="")
            self.comment.value = note("wrong", "Nothing is asked here:", self._where())
            return
        kind = "right" if arrays["right"] else "wrong"
        opening = "Right:" if arrays["right"] else "Not yet:"
        self.comment.value = note(kind, opening, arrays["words"]) if arrays["words"] else ""
        if arrays["right"]:
            said, done = self.comment.value, arrays["number"]
            self.answered.add(done)
            self.set(step=done + 1, answer="")
            self.comment.value = said

    def _where(self):
        """Where answers are wanted."""
        if self.values["turn"] == "off":
            return "choose “your turn” first."
        first = self.walk.forward
        if self.values["step"] < first:
            return f"your turn begins with the way back: go on to step {first}, and answer there."
        return "this was the last step."

    def drive(self, button):
        asks, control = self._open(), self.controls["step"]
        if button == "tick" and asks:
            self.player.playing = False
            words = f"step {asks} is yours. Enter your answer, or press Step to see it."
            self.comment.value = note("question", "Play waits:", words)
            self.player.send("done")
        elif button == "back":
            control.value -= control.step
            self.player.send("done")
        else:
            super().drive(button)
            if button == "step" and asks:
                words = f"step {asks} is not counted as yours. Press Back to find it yourself."
                self.comment.value = note("question", "Shown:", words)

    def hint(self):
        """Help with the question of this step, without its answer."""
        question = self.question(self.values["step"], self.values["turn"])
        away = "Choose “your turn”, and go to the way back: there you are asked."
        words = question.hint if question else away
        self.comment.value = note("question", "Hint:", words)

    def _layout(self):
        self.comment = ipywidgets.HTML()
        self.helper = ipywidgets.Button(description="Hint")
        self.helper.on_click(lambda _: self.hint())
        self.player.back, self.player.pause = True, 1000
        box = super()._layout().add_class("dlnotes-stepper")
        rows = list(box.children)
        place = rows.index(self.controls["answer"]) + 1
        self.helper.layout.margin = self.player.layout.margin
        box.children = [*rows[:place], self.helper, self.comment, *rows[place:]]
        return box

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.values["step"]:
            return super()._repr_mimebundle_(include, exclude)
        start = self.values  # the page without a kernel shows the still, the live one begins at the start
        self.set(step=self.still)
        bundle = super()._repr_mimebundle_(include, exclude)
        self.set(**start)
        return bundle


def _weight(place):
    """Whether a gradient stands at an edge."""
    side, key = place
    return side == "below" and isinstance(key, int)


def _panel(ax, top):
    """The lines below the drawing."""
    mono = {"family": "monospace", "fontsize": 8.8, "linespacing": 1.15}
    at = {
        "title": (0.15, top - 0.12, {"weight": "bold"}),
        "equation": (0.15, top - 0.6, {"fontsize": 13, "va": "center"}),
        "source": (WIDTH - 0.15, top - 0.52, {"ha": "right", "fontsize": 10, "va": "center"}),
        "here": (WIDTH - 0.15, top - 0.72, {"ha": "right", "fontsize": 10, "va": "center"}),
        "shapes": (0.15, top - 0.9, {"fontsize": 9.5}),
        "numbers": (0.15, top - 1.14, mono),
        "kept": (0.15, 0.1, {"fontsize": 9.5, "va": "bottom", "color": plots.GREEN}),
    }
    return {name: ax.text(x, y, "", zorder=4, **{"va": "top"} | style) for name, (x, y, style) in at.items()}


def _capped(words, most):
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _height(texts):
    """The number of lines."""
    return sum(text.count("\n") + 1 for text in texts)


def _readout(lines, formula, numbers):
    """The panel as one line for a screen reader."""
    source = f"{lines['source']}: {formula or 'no formula in this book'}" if lines["source"] else ""
    said = [lines["title"], source, lines["here"], lines["shapes"], numbers, lines["kept"].strip()]
    return " · ".join(part for part in said if part)


def _own_goal(stepper):
    steps = enumerate(stepper.steps)  # the seed dF/dF = 1 is no step to find
    wanted = [k for k, step in steps if step.phase == "backward" and step.operation != "seed"]

    def reached(values, arrays):
        missing = [k + 1 for k in wanted if k not in stepper.answered]
        found = f"{len(wanted) - len(missing)} of {len(wanted)} steps of the way back are yours"
        return not missing, f"{found}; missing: {_ranges(missing)}" if missing else found

    return Goal("Choose “your turn”, and find every number of the way back yourself.", reached)


def _ranges(steps):
    """Numbers of steps in words: "5, 8 to 10"."""
    runs = []
    for step in steps:
        if runs and runs[-1][-1] == step - 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
