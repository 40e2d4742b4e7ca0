"""A picture that answers its controls: what the reader moves, sees, predicts and registers."""

import base64
import os
import shlex
import threading
from collections.abc import Callable
from contextlib import contextmanager
from html import escape
from typing import NamedTuple

import ipywidgets

from dlnotes.live.controls import parse, read, text
from dlnotes.live.picture import Picture, Player

MANY = 4  # more controls than these stand in columns: picture and readout are to be seen while one moves


class Predict(NamedTuple):
    """A question to answer before the first move; `answer` is the index of the right option."""

    question: str
    options: list
    answer: int
    because: str


class Goal(NamedTuple):
    """Something to find; `reached(values, arrays)` returns whether it is found, and a sentence about it."""

    text: str
    reached: Callable


class Explorer:
    """Controls, and a picture that follows them.  The last line of a cell shows it.

    compute   `compute(**values) -> arrays`, a pure function of the controls' values
    draw      `draw(arrays)` sets the data of the figure's moving artists; returns the line of text that reads
              this picture, or None
    controls  name -> control, made by `slider`, `log_slider`, `choice`, `toggle` or `entry`
    figure    a `LiveFigure`;  `alt` says what it shows, to those who cannot see it
    predict   a `Predict`, asked above the controls;  `goal` a `Goal`, whose button registers the setting
    play      the name of an integer slider that Play, Step and Reset drive
    click     `click(x, y, values)`, given the data coordinates of a click in the figure's first axes, returns
              the values to set: {"samples": ...}, say; or None

    Where one of these functions raises, a red box under the picture says what and at which setting, `error`
    holds the exception, and the controls stay alive.  The first picture is drawn at once and raises as usual.
    With DLNOTES_STATIC set, the page gets the picture alone, without any widget.
    """

    def __init__(
        self, compute, draw, controls, *, figure, alt, predict=None, goal=None, play=None, click=None
    ):
        self.compute, self.draw, self.figure = compute, draw, figure
        self.controls, self.predict, self.goal, self.play, self.click = controls, predict, goal, play, click
        self.picture = Picture(alt=alt, width=figure.width, clickable=click is not None)
        self.error = None
        self._lock = threading.RLock()  # a kernel may answer sliders in one thread, and buttons in another
        self._show()

        self._moving = False
        for control in controls.values():
            control.observe(self._follow, "value")
        self.picture.on_msg(lambda _, message, __: self.press(**message))
        self.picture.observe(lambda change: self._sharpen(change["new"]), "pixel_ratio")

        self.options = ipywidgets.RadioButtons(options=predict.options if predict else [], value=None)
        self.options.observe(lambda _: self._judge(), "index")
        self.prediction = ipywidgets.HTML()
        self.register = ipywidgets.Button(description="Register my answer")
        self.register.on_click(lambda _: self._register())
        self.verdict = ipywidgets.HTML()
        self.player = Player()
        self.player.on_msg(lambda _, message, __: self.drive(message))
        self.state = ipywidgets.Text(self.line, description="this setting", continuous_update=False)
        self.state.observe(lambda change: self._paste(change["new"]), "value")
        self.refusal = ipywidgets.HTML()
        self.widget = self._layout()

    @property
    def values(self):
        """The values of the controls, by name."""
        return {name: read(control) for name, control in self.controls.items()}

    @property
    def line(self):
        """The values as one line of text, which the state line takes back: "eta=0.1 step=12"."""
        return " ".join(f"{name}={shlex.quote(text(value))}" for name, value in self.values.items())

    def set(self, **values):
        """Move several controls, and draw once.  `ValueError` names what it refuses, and nothing moves."""
        if unknown := [name for name in values if name not in self.controls]:
            raise ValueError(f"{unknown[0]}: got an unknown name, want one of {', '.join(self.controls)}")
        accepted = {name: parse(name, self.controls[name], text(value)) for name, value in values.items()}
        self._moving = True
        try:
            for name, value in accepted.items():
                self.controls[name].value = value
        finally:  # whoever else observes a control may raise
            self._moving = False
        self._follow()

    def press(self, across, down):
        """Answer a click on the picture, at these fractions of its width and height."""
        point = self.figure.locate(across, down)
        if point is not None:
            with self._guarded():
                self.set(**(self.click(*point, self.values) or {}))

    def _show(self):
        with self._lock:
            self._shown, self.arrays = self.values, None  # None is what remains where one of these raises
            arrays = self.compute(**self._shown)
            readout = self.draw(arrays)
            with self.picture.hold_sync():  # one message to the page
                self.picture.png = self.figure.frame()
                self.picture.readout = readout or ""
                self.picture.error = ""
            self.arrays = arrays

    def _sharpen(self, pixel_ratio):
        with self._lock:
            self.figure.sharpen(pixel_ratio)
            self.picture.png = self.figure.frame()

    def _follow(self, _=None):
        if self._moving or self.values == self._shown:
            return
        self.verdict.value = ""  # it was about another setting
        with self._guarded():
            self._show()
        self.state.value = self.line

    @contextmanager
    def _guarded(self):
        self.error = None
        try:
            yield
        except Exception as error:
            self.error = error
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            self.picture.error = f"{kind}{error}\nat {self.line}"

    def _paste(self, line):
        try:
            self.set(**_words(line, self.line))
        except ValueError as error:
            self.refusal.value = note("error", "Refused:", str(error))
        else:
            self.refusal.value = ""
            self.state.value = self.line

    def drive(self, button):
        """Answer the player: "reset" and "step" move its slider; "tick" does, too, and stops at the end."""
        control, before = self.controls[self.play], self.picture.png
        if button == "reset" or (button == "tick" and control.value == control.max):
            control.value = control.min
        else:
            control.value += control.step
        stands = button == "tick" and self.picture.png == before  # the run ended before the slider does
        if self.error or stands or control.value == control.max:
            self.player.playing = False
        self.player.send("done")

    def _judge(self):
        answer = self.predict.options[self.predict.answer]
        right = self.options.value == answer
        opening = "Right:" if right else f"No, it is “{answer}”:"
        self.prediction.value = note("right" if right else "wrong", opening, self.predict.because)

    def _register(self):
        with self._lock:
            if self.arrays is None:
                reason = f" ({self.error})" if self.error else ""
                self.verdict.value = note("wrong", "Not yet:", f"this setting has no picture{reason}")
                return
            self.picture.error = ""  # of the last press, perhaps
            with self._guarded():
                right, sentence = self.goal.reached(self.values, self.arrays)
                kind, opening = ("right", "Right:") if right else ("wrong", "Not yet:")
                self.verdict.value = note(kind, opening, f"{sentence} (your answer: {self.line})")

    def _layout(self):
        lines = [*self.controls.values(), self.state]
        label = 0.6 * max(len(control.description) for control in lines)  # em
        for control in lines:
            control.layout.width = "min(100%, 40em)"
            control.style.description_width = f"{label:.1f}em"
        self.state.layout.width = f"min(100%, {self.picture.width}px)"  # many controls make a long line
        self.player.layout.margin = f"2px 0 4px {label + 1:.1f}em"  # below the sliders, not their labels

        rows = []
        if self.predict:
            rows += [
                _html("question", "Predict first:", self.predict.question),
                self.options,
                self.prediction,
            ]
        if self.goal:
            rows += [_html("question", "Your goal:", self.goal.text)]
        moved = list(self.controls.values())
        rows += [ipywidgets.Box(moved).add_class("dlnotes-controls")] if len(moved) > MANY else moved
        rows += [self.player] if self.play else []
        rows += [self.picture]
        rows += [self.register, self.verdict] if self.goal else []
        rows += [self.state, self.refusal]
        return ipywidgets.VBox(rows).add_class("dlnotes-explorer")

    def _repr_mimebundle_(self, include=None, exclude=None):
        alt = self.picture.alt
        bundle = {
            "image/png": base64.b64encode(self.picture.png).decode(),
            "text/plain": f"{alt}\n{self.picture.readout}".strip(),
        }
        if not os.environ.get("DLNOTES_STATIC"):
            bundle = self.widget._repr_mimebundle_() | bundle
        size = {"width": self.figure.width, "height": self.figure.height}
        return bundle, {"image/png": size | {"alt": alt}}


def _words(line, example):
    """The words of a state line by name: "eta=0.1 rule='on line'" -> {"eta": "0.1", "rule": "on line"}."""
    parts = [part.partition("=") for part in shlex.split(line)]
    for name, equals, _ in parts:
        if not equals:
            raise ValueError(f"{name}: got no value, want name=value, as in {example}")
    return {name: word for name, _, word in parts}


def note(kind, opening, words):
    """A sentence as HTML that a screen reader announces; kind: "question", "right", "wrong" or "error"."""
    return f'<p class="dlnotes-{kind}" role="status"><b>{escape(opening)}</b> {escape(words)}</p>'


def _html(kind, opening, words):
    return ipywidgets.HTML(note(kind, opening, words))
