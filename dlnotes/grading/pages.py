"""A page of HTML that needs no other file; what fills its template is escaped."""

from pathlib import Path

import jinja2

from dlnotes.grading.mend import printable

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["points"] = "{:g}".format
ENVIRONMENT.filters["worth"] = lambda points: f"{points:g} {'point' if points == 1 else 'points'}"


def render(template, **values):
    """The text of a page, from `templates/` and the values for it."""
    return printable(ENVIRONMENT.get_template(template).render(values))
