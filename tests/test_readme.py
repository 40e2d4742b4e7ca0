"""The README keeps its promises: the program runs, and what it links to is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_five_commands_lead_from_a_page_to_the_grades(tmp_path):
    if shutil.which("bwrap") is None:
        if os.environ.get("CI"):
            pytest.fail("bubblewrap is not installed, and CI insists on it")
        pytest.skip("bubblewrap is not installed")
    block = re.search(r"```\n(\.venv/bin/dlnotes homework list\n.*?)```", README, re.S)[1]
    commands = block.replace(".venv/bin/dlnotes", f"{sys.executable} -m dlnotes").splitlines()
    assert len(commands) == 5
    for command in commands:
        if " grade " in command:
            shutil.copytree(tmp_path / "mycourse/source/ch02", tmp_path / "mycourse/submitted/ada/ch02")
        done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert (tmp_path / "mycourse/release/ch02").is_dir() and [*tmp_path.glob("mycourse/*student*.whl")]
    heads, ada = done.stdout.splitlines()
    row = dict(zip(heads.split(","), ada.split(","), strict=True))
    exercises = [float(points) for key, points in row.items() if key.startswith("ch02.perceptron.")]
    assert row["student"] == "ada" and float(row["score"]) == sum(exercises) > 0
