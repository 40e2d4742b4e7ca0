"""What all tests share."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def _live_figures_answer():
    """`make test` sets DLNOTES_STATIC for the notebooks; a test that wants still pictures sets it itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DLNOTES_STATIC", raising=False)
        yield
