"""The picture on the page: PNG bytes, the line that reads them, and what went wrong."""

from pathlib import Path

import anywidget
import traitlets


class Picture(anywidget.AnyWidget):
    """An image that takes PNG bytes; the element around it has the CSS class `dlnotes-live`.

    A clickable picture sends `{"across": ..., "down": ...}`, fractions of its width and height, for a click,
    or for Enter and Space at a crosshair that the arrow keys move.
    """

    _esm = Path(__file__).with_name("picture.js")
    _css = Path(__file__).with_name("live.css")

    png = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    width = traitlets.Int().tag(sync=True)
    pixel_ratio = traitlets.Float(2).tag(sync=True)  # of the screen, as the page reports it
    clickable = traitlets.Bool().tag(sync=True)
    readout = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)


class Player(anywidget.AnyWidget):
    """Buttons, Play (or Stop), Step, Back where wanted, and Reset: "tick", "step", "back" and "reset".

    While `playing`, the page asks for the next tick only when the kernel has answered the last: frames do
    not pile up behind a slow computation, and Stop needs no kernel.  (`ipywidgets.Play` runs on a clock of
    its own, skips what the kernel cannot follow, and its buttons have no names for a screen reader.)
    """

    _esm = Path(__file__).with_name("player.js")

    playing = traitlets.Bool().tag(sync=True)
    back = traitlets.Bool().tag(sync=True)  # is there a button for it?
    pause = traitlets.Int(100).tag(sync=True)  # ms on the screen for each frame, at least
