"""The sandbox: what goes in and out, what is in it, its limits, and what is said where there is none."""

import ctypes
import json
import os
import platform
import stat
import struct
import subprocess
import sys
import threading
import time

import pytest
from sandboxed import IMPORTS, all_gone, need_sandbox, processes

from dlnotes.exercises import codec
from dlnotes.grading import sandbox, seccomp
from dlnotes.grading.package import student_tree
from dlnotes.grading.sandbox import LIMITS, MB, SandboxError

SHORT = LIMITS._replace(answer=1, wall=5)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    need_sandbox()
    return student_tree(tmp_path_factory.mktemp("student")).parent


def _returned(edition, text, arguments=(), **settings):
    """What `answer` returns, a function that is defined by a text, when it is called in a sandbox."""
    outcome = _outcome(edition, text, arguments, **settings)
    assert not outcome["error"], outcome["words"]
    return codec.decode(outcome["value"])


def _outcome(edition, text, arguments=(), **settings):
    ran = sandbox.run(_task(text, arguments), edition, **({"limits": SHORT} | settings))
    assert not ran.ending
    (message,) = ran.messages
    assert not message["errors"], message["errors"]
    return message["outcomes"][0]


def _task(text, arguments=()):
    cells = [IMPORTS, text]
    return {
        "exercises": [{"key": "k", "name": "answer", "cells": cells, "arguments": [codec.encode(arguments)]}]
    }


def _seen(edition, expression, **settings):
    """What JSON says of an expression inside the sandbox."""
    text = f"import json\ndef answer():\n    return json.dumps({expression})"
    return json.loads(_returned(edition, text, **settings))


# ---------------------------------------------------------------- what goes in and what comes back


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_function_is_called_and_its_value_comes_back(edition, unsafe):
    text = "def answer(x, y):\n    return x + y, 'text', None, np.arange(3) > 1"
    total, *others = _returned(edition, text, (1.5, 2), unsafe=unsafe)
    assert total == 3.5 and others[:2] == ["text", None] and others[2].tolist() == [False, False, True]


@pytest.mark.parametrize("unsafe", [False, True])
def test_it_is_the_student_edition_that_runs(edition, unsafe):
    version, chapters = _seen(
        edition,
        "[__import__('dlnotes').__version__, [one for one in os.listdir("
        "os.path.dirname(__import__('dlnotes.exercises').exercises.__file__)) if one.startswith('ch0')]]",
        unsafe=unsafe,
    )
    assert version.endswith("+student") and chapters == []


def test_cells_that_fail_are_told_and_the_next_ones_run(edition):
    task = _task("def answer():\n    return 1")
    task["exercises"][0]["cells"][:0] = [
        "1 / 0",
        "def broken(",
        "raise SystemExit",
        "raise KeyboardInterrupt",
    ]
    (message,) = sandbox.run(task, edition, SHORT).messages
    zero, syntax, *others = message["errors"]
    assert "ZeroDivisionError" in zero and zero.endswith("in the line  1 / 0")
    assert "SyntaxError" in syntax and len(others) == 2
    assert message["outcomes"] is None, "an interrupt ends the cells"


def test_nobody_reads_what_is_printed(edition, capfd):
    text = """
import subprocess
def answer():
    print("SEEN")
    print("SEEN", file=sys.stderr)
    for number in (1, 2):
        os.write(number, b"SEEN" * 100_000)
    return input is not None and sys.stdin.read()
"""
    assert _returned(edition, text) == ""
    assert "SEEN" not in "".join(capfd.readouterr())


# ---------------------------------------------------------------- what is in it


def test_only_the_scratch_can_be_written(edition):
    mounts = [line.split() for line in _seen(edition, "open('/proc/self/mountinfo').read()").splitlines()]
    writable = [mount[4] for mount in mounts if "rw" in mount[5].split(",")]
    assert writable == [sandbox.SCRATCH]
    python = [os.path.realpath(one) for one in (sys.base_prefix, *map(str, sandbox._packages()))]
    trees = (*python, "/usr", "/lib", "/etc/", "/proc", "/dev/urandom", "/sys/devices/system/cpu/online")
    others = {mount[4] for mount in mounts if not mount[4].startswith(trees)}
    assert others == {"/", "/student", "/runner.py", sandbox.SCRATCH}


def test_nothing_of_the_teacher_is_in_it(edition, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "of the teacher")
    (tmp_path / "homework.json").write_text("secret")
    places = [str(tmp_path), str(sandbox.PACKAGE / "grading"), "/etc/passwd", "/var", "/run", "/boot"]
    assert _seen(edition, f"[one for one in {places} if os.path.exists(one)]") == []
    environment = _seen(edition, "[dict(os.environ), open('/proc/1/environ').read()]")
    assert "SECRET" not in environment[0] and "SECRET" not in environment[1]
    assert environment[0]["HOME"] == sandbox.SCRATCH
    assert _seen(edition, "os.getcwd()") == sandbox.SCRATCH
    assert _seen(edition, "os.listdir()") == [".null"]
    assert _seen(edition, "[one for one in os.listdir('/proc') if one.isdigit()]") == ["1"]


def test_installed_packages_are_there_but_no_other_dlnotes(edition):
    walk = "[place for top in sys.path + ['/usr/lib', '/usr/local'] for place, folders, files in os.walk(top)"
    patient = LIMITS._replace(answer=100, wall=120, cpu=100)  # all installed packages are many folders
    found = _seen(edition, f"{walk} if place.endswith('/dlnotes') and files]", limits=patient)
    assert found == ["/student/dlnotes"]
    assert _seen(edition, "__import__('scipy').__name__") == "scipy"


def test_it_has_no_rights_and_no_network(edition):
    lines = _seen(edition, "open('/proc/self/status').read()").splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert {status[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert status["Uid"].split() == ["65534"] * 4 and status["Threads"] == "1"
    assert "eth" not in _seen(edition, "open('/proc/net/dev').read()")


def test_open_files_are_the_task_the_results_and_nothing_else(edition):
    files = "[f'/proc/self/fd/{number}' for number in range(9)]"
    links = _seen(edition, f"[os.readlink(one) for one in {files} if os.path.lexists(one)]")
    assert len(links) == 4 and all(link.startswith("pipe:") for link in links)
    assert links[1] == links[2]


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("unsafe", [False, True])
def test_overtime_ends_at_its_limit(edition, unsafe):
    start = time.monotonic()
    text = (
        "import signal\ndef answer():\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    time.sleep(60)"
    )
    ran = sandbox.run(_task(text), edition, LIMITS._replace(wall=3), unsafe=unsafe)
    assert ran == ([], "it does not end within 3 seconds")
    assert time.monotonic() - start < 10
    assert (
        _outcome(edition, "def answer():\n    while True:\n        pass", unsafe=unsafe)["error"]
        == "Overtime"
    )


def test_cpu_time_ends_by_itself(edition):
    text = (
        "import signal\ndef answer():\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while 1: pass"
    )
    start = time.monotonic()
    ran = sandbox.run(_task(text), edition, LIMITS._replace(cpu=1))
    assert ran == ([], "it was stopped: it used too much memory or time")
    assert time.monotonic() - start < LIMITS.wall


@pytest.mark.parametrize("unsafe", [False, True])
def test_memory_and_files_are_limited(edition, unsafe):
    limits = SHORT._replace(memory=400 * MB, scratch=MB)
    outcome = _outcome(
        edition, "def answer():\n    return np.ones(10**8).sum()", unsafe=unsafe, limits=limits
    )
    assert outcome["error"] in ("MemoryError", "_ArrayMemoryError")
    text = "def answer():\n    with open('file', 'wb') as file:\n        file.write(bytes(2 * 2**20))"
    outcome = _outcome(edition, text, unsafe=unsafe, limits=limits)
    assert outcome["error"] == "OSError" and ("File too large" in outcome["words"])


def test_the_scratch_is_limited_as_a_whole(edition):
    text = """
def answer():
    for number in range(1000):
        try:
            with open(str(number), "wb") as file:
                file.write(bytes(2**18))
        except OSError as error:
            return sum(os.stat(name).st_blocks for name in os.listdir()) * 512, error.strerror
"""
    size, words = _returned(edition, text, limits=SHORT._replace(scratch=MB))
    assert size <= MB and words == "No space left on device"


def test_results_are_limited(edition):
    ran = sandbox.run(_task("def answer():\n    return np.zeros(10**6)"), edition, SHORT._replace(results=MB))
    assert ran == ([], "its results are too large")


def test_why_it_ended(edition):
    for text, words in [
        ("def answer():\n    os._exit(0)", "it ended the process"),
        ("def answer():\n    os.abort()", "it crashed Python (SIG"),
        (
            "def answer():\n    os.execv(sys.executable, [sys.executable, '-c', 'pass'])",
            "it ended the process",
        ),
    ]:
        ran = sandbox.run(_task(text), edition, SHORT)
        assert ran.messages == [] and words in ran.ending


# ---------------------------------------------------------------- without one


def test_it_refuses_without_bubblewrap_and_says_what_helps(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "bubblewrap is not installed" in sandbox.problem() and "--unsafe" in sandbox.problem()


def test_it_refuses_where_bubblewrap_cannot_make_a_sandbox(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    problem = sandbox.problem()
    assert "uid map: Permission denied" in problem and "user namespaces" in problem and "--unsafe" in problem


def test_it_refuses_a_machine_whose_system_calls_it_does_not_know(monkeypatch):
    need_sandbox()
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert "riscv64" in sandbox.problem() and "--unsafe" in sandbox.problem()


def test_unsafe_needs_no_bubblewrap(edition, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _returned(edition, "def answer():\n    return 1", unsafe=True) == 1


def test_stop_ends_what_runs_and_nothing_later(edition):
    ended = []

    def wait():
        with pytest.raises(SandboxError, match="stopped"):
            sandbox.run(_task("def answer():\n    time.sleep(60)"), edition)
        ended.append(True)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    while len(sandbox.RUNNING) < 2:
        time.sleep(0.05)
    sandbox.stop()
    for thread in threads:
        thread.join(10)
    assert ended == [True, True] and not sandbox.RUNNING
    assert _returned(edition, "def answer():\n    return 1") == 1


def test_who_is_killed_takes_its_sandboxes_along(edition):
    text = "import ctypes\ndef answer():\n    ctypes.CDLL(None).prctl(1, 0)\n    time.sleep(60)"
    program = "import sys, json\nfrom dlnotes.grading import sandbox\n"
    program += "sandbox.run(json.loads(sys.argv[1]), sys.argv[2])"
    before = processes("/runner.py")
    grader = subprocess.Popen([sys.executable, "-c", program, json.dumps(_task(text)), edition])
    while not (running := processes("/runner.py") - before):
        time.sleep(0.1)
    time.sleep(1)
    grader.kill()
    grader.wait()
    assert all_gone(running, 20)


# ---------------------------------------------------------------- the filter of system calls


def _answer(program, number, architecture, argument=0):
    """What the kernel would do with a system call: an interpreter for the few instructions that we use."""
    steps = list(struct.iter_unpack("=HBBI", program))
    data = struct.pack("=IIQQ", number, architecture, 0, argument)
    place, value = 0, None
    while True:
        code, yes, no, operand = steps[place]
        if code == seccomp.RETURN:
            return operand
        if code == seccomp.LOAD:
            (value,) = struct.unpack_from("=I", data, operand)
            yes = no = 0
        holds = value == operand if code == seccomp.EQUAL else value >= operand
        place += 1 + (yes if holds else no)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_refuses_what_it_names_and_allows_the_rest(machine):
    program = seccomp.program(machine)
    architecture, column = seccomp.MACHINES[machine]
    refused = {calls[column] for calls in seccomp.REFUSED.values()} - {None}
    prctl = seccomp.PRCTL[column]
    for number in range(600):
        want = seccomp.REFUSE if number in refused else seccomp.ALLOW
        assert _answer(program, number, architecture) == want
        assert _answer(program, number, 0x40000003) == seccomp.KILL, "the calls of i386 have other numbers"
    assert _answer(program, prctl, architecture, seccomp.SET_PARENT_DEATH_SIGNAL) == seccomp.REFUSE
    assert _answer(program, prctl, architecture, 2) == seccomp.ALLOW
    assert _answer(program, seccomp.X32 + 57, architecture) == seccomp.REFUSE


def test_the_filter_knows_two_machines():
    with pytest.raises(ValueError, match="machine: got 'ppc64le', want one of x86_64, aarch64"):
        seccomp.program("ppc64le")


@pytest.mark.skipif(platform.machine() not in seccomp.MACHINES, reason="no filter for this machine")
def test_the_kernel_refuses_what_the_filter_names(edition):
    column = seccomp.MACHINES[platform.machine()][1]
    numbers = {name: calls[column] for name, calls in seccomp.REFUSED.items() if calls[column] is not None}
    text = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def answer():
    allowed = []
    for name, number in {numbers}.items():
        if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1:
            allowed.append(name)
    return " ".join(allowed)
"""
    assert ctypes.sizeof(ctypes.c_void_p) == 8
    assert _returned(edition, text) == ""
