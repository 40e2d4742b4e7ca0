"""The book's tables, in data/: systems, errata, concordance; and the seals that show that they are intact."""

import csv
import hashlib
import re
from pathlib import Path

from dlnotes.book import ROOT

BOOKS = ("DLNN", "GBC", "Strang", "EE147", "MEDL")
SEAL = re.compile(r"^([0-9a-f]{64})  (\S+)$", re.M)  # a line of data/README.md, as sha256sum writes it
SEALS = re.compile(r"```\n(?:[0-9a-f]{64}  \S+\n)*```")


def data_folder():
    """The folder of the tables: beside the package in a checkout, inside it in an installed wheel."""
    inside = ROOT / "dlnotes" / "data"
    return inside if inside.is_dir() else ROOT / "data"


def table(name, folder=None):
    """The rows of data/NAME.csv, each a dict of strings."""
    path = Path(folder or data_folder()) / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def seals(folder):
    """What data/README.md promises: {file name: its sha256}."""
    text = (Path(folder) / "README.md").read_text(encoding="utf-8")
    return {name: digest for digest, name in SEAL.findall(text)}


def digest(path):
    """The sha256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def broken_seals(folder):
    """The files of data/ that are missing, or not the ones that its README.md describes."""
    folder = Path(folder)
    return [
        name
        for name, promised in seals(folder).items()
        if not (folder / name).exists() or digest(folder / name) != promised
    ]


def seal(path):
    """Write the sha256 of the file `path` into the README.md beside it."""
    path = Path(path)
    readme = path.parent / "README.md"
    promised = seals(path.parent) | {path.name: digest(path)}
    lines = "".join(f"{promised[name]}  {name}\n" for name in sorted(promised))
    text = SEALS.sub(f"```\n{lines}```", readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":  # after a deliberate change: python -m dlnotes.book.tables
    for path in data_folder().glob("*.csv"):
        seal(path)
