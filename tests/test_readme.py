"""The README keeps its promises: the program runs, and what it links to is there."""

import re
from pathlib import Path

import dlnotes

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_program_has_at_most_15_lines_and_reads_more_than_nine_digits_in_ten(capsys):
    program = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    assert len([line for line in program.splitlines() if line.strip()]) <= 15
    exec(program, {})
    share, digits = re.match(r"([\d.]+)% of (\d+) unseen digits", capsys.readouterr().out).groups()
    assert float(share) > 90
    assert f"on {digits} others" in README


def test_the_first_screen_shows_the_six_signatures_of_the_package():
    signatures = re.findall(r"^ {4}(\S.* = .*)$", dlnotes.__doc__, re.M)
    assert len(signatures) == 6
    assert all(signature in README for signature in signatures)


def test_every_link_of_the_readme_leads_somewhere():
    links = re.findall(r"\]\(([^)#\s]+)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_every_notebook_is_in_the_chapter_table():
    pages = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("notebooks/ch*/*.ipynb")]
    assert [page for page in pages if f"({page})" not in README] == []
