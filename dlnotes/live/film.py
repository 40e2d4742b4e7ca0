"""A picture that answers a slider without a kernel: every frame is drawn beforehand."""

import base64
from html import escape

from IPython.display import HTML

from dlnotes.live.controls import stops, text

TURN = (  # what the slider does: show the frame of its number, and the value which that frame is for
    "const frames = this.closest('.dlnotes-film').querySelectorAll('figure');"
    "frames.forEach((frame, i) => frame.hidden = i != this.value);"
    "this.nextElementSibling.value = frames[this.value].dataset.value;"
)


def film(explorer, name):
    """The pictures over the whole range of the control `name`, as HTML; the others stay as they are.

    Raises what `compute` or `draw` raise on the way.
    """
    control, start, values = explorer.controls[name], explorer.values, stops(explorer.controls[name])
    first = values.index(start[name]) if start[name] in values else 0
    frames = []
    for i, value in enumerate(values):
        explorer.set(**{name: value})
        if explorer.error:
            raise explorer.error
        frames.append(_frame(explorer.picture, text(value), hidden="" if i == first else "hidden"))
    explorer.set(**start)
    slider = (  # without the data-lm attribute, JupyterLab takes the arrow keys for itself
        f'<input type="range" max="{len(values) - 1}" value="{first}" oninput="{escape(TURN)}"'
        ' data-lm-suppress-shortcuts="true">'
    )
    label = f"{escape(control.description)} {slider} <output>{escape(text(values[first]))}</output>"
    return HTML(f'<div class="dlnotes-film"><label>{label}</label>{"".join(frames)}</div>')


def _frame(picture, value, *, hidden):
    source = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
    image = f'<img src="{source}" alt="{escape(picture.alt)}" style="width: {picture.width}px">'
    caption = f"<figcaption>{escape(picture.readout)}</figcaption>"
    return f'<figure style="margin: 0" data-value="{escape(value)}" {hidden}>{image}{caption}</figure>'
