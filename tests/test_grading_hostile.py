"""A class with hostile students: each scores what it solved, costs only itself, and leaves nothing behind.

Of the three answers in a submission the first attacks, and the two others are honest.
"""

import hashlib
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from attacks import ATTACKS, HELPERS, MARK
from sandboxed import SOLVED, UPDATE, all_gone, need_sandbox, processes, states, unit, verdicts

from dlnotes.grading import examine, sandbox
from dlnotes.grading.sandbox import LIMITS, MB

SHORT = LIMITS._replace(answer=2, wall=8, cpu=10, memory=500 * MB, scratch=4 * MB, results=MB)
FILES = ["homework.json", "gradebook.db", "submitted/ben/ch02/02_perceptron.ipynb", "source/ch02/tests.py"]


class Graded(NamedTuple):
    """Results of hostile and honest students, what was around before and after, processes left."""

    hostile: dict
    honest: list
    before: tuple
    after: tuple
    left: set


@pytest.fixture(scope="module")
def heard():
    """The port of a server of this machine and what it accepted, there and on an abstract Unix socket."""
    accepted = []

    def listen(server):
        try:
            while True:
                accepted.append(server.accept())
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + MARK)
        unix.listen()
        for server in (tcp, unix):
            threading.Thread(target=listen, args=(server,), daemon=True).start()
        yield tcp.getsockname()[1], accepted
        for server in (tcp, unix):
            server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with what an attack would like to read or change."""
    course = tmp_path_factory.mktemp("course")
    for name in FILES:
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(f"SECRET {MARK}")
    return course


@pytest.fixture(scope="module")
def graded(course, heard):
    """The whole class, examined several at a time."""
    need_sandbox()
    places = [course, course / "submitted" / "ben", sandbox.PACKAGE / "grading", Path.home() / ".ssh"]
    files = [course / name for name in FILES]
    known = f"PORT, PLACES, FILES = {heard[0]}, {list(map(str, places))}, {list(map(str, files))}"
    units = [
        unit(SOLVED | {UPDATE: attack.text}, before=[HELPERS, known], student=name)
        for name, attack in ATTACKS.items()
    ]
    honest = [examine.examine(unit(SOLVED))]
    before, running = _around(course), processes("/runner.py", MARK)
    with ThreadPoolExecutor(6) as pool:
        hostile = [pool.submit(examine.examine, one, limits=SHORT) for one in units]
        beside = [pool.submit(examine.examine, unit(SOLVED)) for _ in range(3)]
    after, left = _around(course), processes("/runner.py", MARK) - running
    honest += [one.result() for one in beside] + [examine.examine(unit(SOLVED))]
    return Graded(
        dict(zip(ATTACKS, (one.result() for one in hostile), strict=True)), honest, before, after, left
    )


def _around(course):
    """Digests of what attacks aim at: the course, the student edition, packages, devices, folders."""
    trees = [course, Path(examine._edition()), Path(os.__file__).parent / "json"]
    trees += [package / "numpy" for package in sandbox._packages()]
    seen = {}
    for tree in trees:
        paths = sorted(path for path in tree.rglob("*") if path.is_file() and path.suffix != ".pyc")
        marks = [(path, path.stat().st_mode, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
        seen[tree] = hashlib.sha256(repr(marks).encode()).hexdigest()
    devices = [
        (name, os.stat(f"/dev/{name}").st_mode) for name in ("null", "zero", "random", "urandom", "tty")
    ]
    return seen, devices, sorted(os.listdir("/"))


@pytest.mark.parametrize("name", list(ATTACKS))
def test_an_attack_earns_what_it_solved_and_costs_only_itself(graded, name):
    result, attack = graded.hostile[name], ATTACKS[name]
    assert states(result) == [attack.state, "pass", "pass"], verdicts(result)
    assert attack.reason in verdicts(result)[UPDATE]["reason"]


def test_the_honest_are_graded_as_if_alone(graded):
    assert len(graded.honest) == 5
    assert all(states(result) == ["pass"] * 3 for result in graded.honest)
    assert all(result == graded.honest[0] for result in graded.honest)


def test_no_reason_shows_a_secret_or_controls_a_terminal(graded):
    for result in graded.hostile.values():
        reasons = [verdict["reason"] for verdict in verdicts(result).values()]
        assert not [reason for reason in reasons if "SECRET" in reason or not reason.isprintable()]
        assert max(map(len, reasons)) <= examine.LONGEST


def test_nothing_around_has_changed(graded, course):
    assert graded.after == graded.before
    for place in ("/", "/tmp", "/dev", "/dev/shm", "/var/tmp", Path.home(), course, "."):
        assert not [name for name in os.listdir(place) if MARK in name]


def test_no_process_is_left(graded):
    assert all_gone(graded.left)
    assert not sandbox.RUNNING


def test_nobody_was_called(graded, heard):
    assert heard[1] == []
