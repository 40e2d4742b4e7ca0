"""Damaged notebooks, graded in the sandbox: each is graded for what is there."""

import damage
import pytest
from sandboxed import need_sandbox

from dlnotes.grading import examine, submission


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """{case: its verdicts}: all damaged notebooks as the pages of one submission."""
    need_sandbox()
    pages, folder = [], tmp_path_factory.mktemp("submitted")
    for number, (case, one) in enumerate(damage.DAMAGES.items()):
        damage.hand_in(folder / str(number), one.make(damage.solved()))
        (page,) = submission.read(folder / str(number), damage.ASSIGNMENT)["pages"]
        pages.append(page | {"name": case, "exercises": damage.KEYS})
    unit = {"student": "ada", "assignment": "ch02", "pages": pages, "seed": [5]}
    return {page["name"]: page["verdicts"] for page in examine.examine(unit)["pages"]}


@pytest.mark.parametrize("case", damage.DAMAGES)
def test_what_is_left_is_graded(graded, case):
    states = {key: verdict["state"] for key, verdict in graded[case].items()}
    assert set(states) == set(damage.KEYS)
    assert {key for key, state in states.items() if state != "pass"} == set(damage.DAMAGES[case].lost), states
