"""The book as data: chapters, twins, concordance, indexes; the search and the doctor behind the command."""

from pathlib import Path

ROOT = Path(__file__).parents[
    2
]  # of a checkout: notebooks/, data/, pyproject.toml; a wheel brings only data/
