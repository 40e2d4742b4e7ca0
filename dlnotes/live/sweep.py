"""Everything that a reader can move, moved: what the tests do to every explorer."""

import io

import numpy as np
from PIL import Image

from dlnotes.live.controls import grid, text

CLICKS = [(0.5, 0.5), (0.35, 0.6), (0.65, 0.4)]  # fractions of the first axes' width and height


def sweep(explorer):
    """Move every control through its range, press every button, click the picture; then put all back.

    Raises `AssertionError`, naming the control and its value, where something raises, where a picture is
    empty, for a control that never changes the picture, and for a goal that is reached at once.  Returns a
    row for each control: {"control", "values", "pictures"}, the numbers of values tried and of pictures seen.
    """
    start = explorer.values
    summary = []
    for name, control in explorer.controls.items():
        seen = _pictures(explorer, name)
        for others in (-1, 1, 0):  # a step may change nothing at lr = 0, nor lr anything at step 0
            if len(seen) == 1:
                _move_others(explorer, name, others)
                seen = _pictures(explorer, name)
                explorer.set(**start)
        assert len(seen) > 1, f"{name}: the picture is the same over its whole range"
        summary.append({"control": name, "values": len(grid(control)), "pictures": len(seen)})
    _press_buttons(explorer)
    _round_trip(explorer, start)
    if explorer.goal:
        reached, _ = explorer.goal.reached(start, explorer.arrays)
        assert not reached, "the goal is reached at once"
    if explorer.click:
        _click(explorer)
        explorer.set(**start)
    return summary


def _pictures(explorer, name):
    """The pictures over the range of one control, which is then put back."""
    control = explorer.controls[name]
    start, seen = control.value, set()
    for value in grid(control):
        control.value = value  # as the page does it
        _check(explorer, f"{name}={text(value)}")
        seen.add(explorer.picture.png)
    control.value = start
    return seen


def _move_others(explorer, name, where):
    """Put all controls but one in the middle (0) or at an end (-1 the last, 1 the second) of their grids."""
    others = {other: grid(control) for other, control in explorer.controls.items() if other != name}
    explorer.set(**{other: values[where or len(values) // 2] for other, values in others.items()})


def _check(explorer, doing):
    if explorer.error:
        raise AssertionError(f"{doing}: {explorer.picture.error}") from explorer.error
    pixels = np.asarray(Image.open(io.BytesIO(explorer.picture.png)))
    assert (pixels != pixels[0, 0]).any(), f"{doing}: the picture is empty"


def _press_buttons(explorer):
    for index in range(len(explorer.options.options)):
        explorer.options.index = index
        assert explorer.prediction.value, f"option {index}: no verdict"
    if explorer.goal:
        explorer.register.click()
        _check(explorer, "register")
        assert explorer.verdict.value, "register: no verdict"
    if explorer.play:
        for button in ("reset", "step", "tick", "reset"):
            explorer.drive(button)
            _check(explorer, button)


def _round_trip(explorer, values):
    """Copy the state line, move everything away, and paste it."""
    explorer.set(**values)
    line, picture = explorer.line, explorer.picture.png
    explorer.set(**{name: grid(control)[-1] for name, control in explorer.controls.items()})
    explorer.state.value = line
    assert explorer.values == values, f"state line: pasted {line}, got {explorer.line}"
    assert explorer.picture.png == picture, f"state line: another picture at {line}"


def _click(explorer):
    before = explorer.picture.png
    box = explorer.figure.figure.axes[0].get_position()
    for across, up in CLICKS:
        explorer.press(box.x0 + across * box.width, 1 - box.y0 - up * box.height)
        _check(explorer, "click")
    assert explorer.picture.png != before, "click: the picture stays the same"
