"""The controls of an explorer: ipywidgets with words for labels, read and written as plain values."""

import math
from decimal import Decimal

import ipywidgets

SLIDERS = (ipywidgets.IntSlider, ipywidgets.FloatSlider, ipywidgets.FloatLogSlider)


def slider(label, low, high, value, *, step=None):
    """A slider from `low` to `high`, of integers where all numbers are; else in hundredths of the range."""
    if all(isinstance(number, int) for number in (low, high, value, step or 1)):
        return ipywidgets.IntSlider(value, low, high, step or 1, description=label)
    step = step or (high - low) / 100
    decimals = max(0, -Decimal(f"{step:.3g}").normalize().as_tuple().exponent)
    return ipywidgets.FloatSlider(
        value, min=low, max=high, step=step, description=label, readout_format=f".{decimals}f"
    )


def log_slider(label, low, high, value):
    """A slider from `low` to `high` that multiplies: ten stops to a factor of ten, numbers of two digits."""
    digits = ".2" if high < 100 else ".2r"  # ".2" writes 100 as 1e+2, ".2r" writes 0.001 as 0.0010
    return ipywidgets.FloatLogSlider(
        value, min=math.log10(low), max=math.log10(high), step=0.1, description=label, readout_format=digits
    )


def choice(label, options, value=None):
    """One of `options`, the first unless told."""
    return ipywidgets.Dropdown(
        options=options, value=options[0] if value is None else value, description=label
    )


def toggle(label, value=False):
    """On or off."""
    return ipywidgets.Checkbox(value, description=label)


def entry(label, example):
    """A line of text, empty at first, read when Enter is pressed; `example` shows its form."""
    return ipywidgets.Text(description=label, placeholder=example, continuous_update=False)


def read(control):
    """The value of a control, without the digits that its slider does not show."""
    if isinstance(control, ipywidgets.FloatLogSlider):
        return float(f"{control.value:.2g}")
    if isinstance(control, ipywidgets.FloatSlider):
        return round(control.value, 10)
    return control.value


def text(value):
    """A value as the state line writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def parse(name, control, word):
    """The value that `word` names on the control `name`; `ValueError` says what is wanted instead."""
    if isinstance(control, ipywidgets.Text):
        return word
    if isinstance(control, ipywidgets.Dropdown | ipywidgets.Checkbox):
        options = {text(option): option for option in grid(control)}
        if word not in options:
            raise ValueError(f"{name}: got {word!r}, want one of {', '.join(options)}")
        return options[word]
    whole = isinstance(control, ipywidgets.IntSlider)
    low, high = ends(control)
    try:
        value = int(word) if whole else float(word)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{name}: got {word!r}, want {kind} from {text(low)} to {text(high)}")
    return value


def ends(slider):
    """The lowest and the highest value of a slider."""
    if isinstance(slider, ipywidgets.FloatLogSlider):
        return float(f"{10**slider.min:.2g}"), float(f"{10**slider.max:.2g}")
    return slider.min, slider.max


def stops(control):
    """All values that a control can be moved to; for a line of text, none and its example."""
    if isinstance(control, ipywidgets.Text):
        return ["", control.placeholder]
    if isinstance(control, ipywidgets.Checkbox):
        return [False, True]
    if isinstance(control, ipywidgets.Dropdown):
        return list(control.options)
    count = math.ceil((control.max - control.min) / control.step - 1e-9)  # a last, shorter step counts
    places = [min(control.min + i * control.step, control.max) for i in range(count + 1)]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [float(f"{10**place:.2g}") for place in places]
    return [round(place, 10) for place in places]


def grid(control, points=5):
    """Values over the whole range of a control: all options, or both ends and some between."""
    values = stops(control)
    if not isinstance(control, SLIDERS):
        return values
    return [values[i] for i in sorted({round(i * (len(values) - 1) / (points - 1)) for i in range(points)})]
