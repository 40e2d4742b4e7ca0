"""What nbgrader's own Autograde meets in our courses, in formgrader and in a terminal: a refusal.

It would run submissions with the teacher's rights, and believe what they print; see `release.SETTINGS`.
"""

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException

WORDS = (
    "this course does not use nbgrader's autograde, which runs submissions with your rights: "
    "use `dlnotes homework grade`, which has a sandbox"
)


class Refusal(NotebookExporter):
    """Autograde makes its exporter before it touches a submission, and this one cannot be made."""

    def __init__(self, parent=None, **kwargs):
        super().__init__(parent=parent, **kwargs)
        self.log.error(WORDS)  # all that a terminal shows
        raise NbGraderException(WORDS)
