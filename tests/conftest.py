"""What all tests share."""

import os

import pytest


@pytest.fixture(autouse=True, scope="module")
def _live_figures_answer():
    """`make test` sets DLNOTES_STATIC for the notebooks; a test that wants still pictures sets it itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DLNOTES_STATIC", raising=False)
        yield


@pytest.fixture(autouse=True, scope="module")
def _nothing_into_the_record_of_who_runs_the_tests():
    """A module's length and no file: the notebooks that the same worker runs next show an empty record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLNOTES_PROGRESS", os.devnull)
        yield


@pytest.fixture
def by_any_means(monkeypatch):
    """Exercises that are to be written by hand take other right answers, too."""
    from dlnotes.exercises import inspection

    monkeypatch.setattr(inspection, "foreign", lambda fn: "")
