"""A submission's code runs here: in a process that can do nothing but compute and answer.

The threat: a submission is a program that its author chose, and it would run with the teacher's rights.
1. It may read: so the sandbox holds Python, its packages, the student edition, and nothing else; no network.
2. It may destroy: so all is read-only, but for a scratch of limited size that is gone afterwards.
3. It may exhaust: so memory, time, files and results are limited, and no process or thread can be started.
4. It may stay: so the kernel ends it together with the process that waits for it.
5. It may lie: so all that it says is data, compared outside with references that it has never seen.

What we trust: the kernel, bubblewrap, the installed packages.  With `unsafe` only limits are left, and 5.
"""

import contextlib
import itertools
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from dlnotes.grading import seccomp

RUNNER = Path(__file__).with_name("runner.py")
PACKAGE = Path(__file__).parents[1]
MB = 2**20
SCRATCH = "/scratch"
SETTINGS = ("ld.so.cache", "alternatives", "matplotlibrc")  # in /etc: where distributions point libraries to
FILES = {  # that libraries open: in place of devices, which root owns and could change
    "/sys/devices/system/cpu/online": b"0\n",  # a thread for each CPU would be refused
    "/dev/urandom": os.urandom(4096),  # Python and NumPy ask the kernel
}
ENVIRONMENT = {
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "USER": "student",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin",
    "OMP_NUM_THREADS": "1",  # a library that wants a thread would be refused
    "MPLBACKEND": "agg",
    "DLNOTES_STATIC": "1",
    "DLNOTES_PROGRESS": os.devnull,
}
UNSAFE = "with --unsafe, submissions run with your own rights"
KILLED = 5  # seconds within which a killed process is gone
RUNNING = set()  # the processes that `stop` has to end


class SandboxError(Exception):
    """No sandbox could be started, or it was stopped: nothing is known about the submission."""


class Limits(NamedTuple):
    """What a submission may use: seconds, and bytes."""

    answer: float = 10  # seconds for all calls of an answer, and as many for its cells
    wall: float = 30  # for one process, whatever it does
    cpu: int = 40  # a second fence: a process that computes meets the wall first
    memory: int = 2048 * MB
    scratch: int = 64 * MB
    results: int = 4 * MB


LIMITS = Limits()


class Run(NamedTuple):
    """The messages that the process sent, and why it ended too early, in words, or ""."""

    messages: list
    ending: str


def run(task, edition, limits=LIMITS, unsafe=False):
    """Have runner.py do the `task` in a sandbox that holds the student edition; returns a `Run`.

    task {"exercises": [...]}, see there; `edition` is the folder that holds its `dlnotes`.  The messages are
    what the submission says: data, and maybe lies.  `SandboxError` where there is no sandbox; with `unsafe`
    there is none, only a process with limits.
    """
    task = task | {"limits": limits._asdict(), "path": _path(edition, unsafe), "strict": not unsafe}
    with contextlib.ExitStack() as stack:
        command, settings = _plain(stack) if unsafe else _bubblewrap(edition, limits, stack)
        process = _started(command, settings)
        try:
            received, said, ending = _exchange(process, json.dumps(task).encode(), limits)
            stopped = process not in RUNNING
        finally:
            RUNNING.discard(process)
            if process.poll() is None:
                _kill(process)
        messages = _messages(received)
        if stopped:
            raise SandboxError("the sandbox was stopped")
        if not messages or messages[0] != {"ready": True}:
            raise SandboxError(_refusal(said, ending, unsafe))
    complete = messages[-1] == {"done": True}
    return Run([one for one in messages if "key" in one], "" if complete else ending)


def stop():
    """End all sandboxes that this process is waiting for: their `run` raises a `SandboxError`."""
    for process in list(RUNNING):
        RUNNING.discard(process)
        _kill(process)


def problem():
    """Why submissions cannot be run in a sandbox on this machine, and what helps; "" where they can."""
    try:
        run({"exercises": []}, PACKAGE.parent)
    except SandboxError as error:
        return str(error)
    return ""


def _bubblewrap(edition, limits, stack):
    """The command that starts the runner in a sandbox, and what `Popen` has to know about it."""
    program = shutil.which("bwrap")
    if not program:
        raise SandboxError(f"bubblewrap is not installed: try `apt install bubblewrap`; {UNSAFE}")
    try:
        filters = stack.enter_context(_readable(seccomp.program(platform.machine())))
    except ValueError as error:
        raise SandboxError(f"there is no sandbox for this machine: {error}; {UNSAFE}") from None
    made = {path: stack.enter_context(_readable(data)) for path, data in FILES.items()}
    options = [
        *("--unshare-user", "--unshare-all", "--uid", 65534, "--gid", 65534, "--cap-drop", "ALL"),
        *("--die-with-parent", "--as-pid-1", "--new-session", "--clearenv", "--hostname", "sandbox"),
        *_system(),
        *("--ro-bind", edition, "/student", "--ro-bind", RUNNER, "/runner.py"),
        *_flat(("--ro-bind-data", file, path) for path, file in made.items()),
        *("--proc", "/proc", "--remount-ro", "/proc"),
        *("--symlink", f"{SCRATCH}/.null", os.devnull),
        *("--perms", "0700", "--size", limits.scratch, "--tmpfs", SCRATCH, "--chdir", SCRATCH),
        *("--remount-ro", "/", "--seccomp", filters),
        *_flat(("--setenv", name, value) for name, value in ENVIRONMENT.items()),
    ]
    command = [program, *options, *_python(), "/runner.py"]
    return list(map(str, command)), {"pass_fds": (filters, *made.values()), "env": {}}


def _system():
    """What Python needs, read-only; and nothing in the place of every `dlnotes` that lies in there."""
    trees = {Path("/usr"), *_packages()}
    trees |= {Path(sys.base_prefix, name).resolve() for name in ("lib", sys.platlibdir)}
    trees = sorted(tree for tree in trees if not trees & set(tree.parents))
    options = list(_flat(("--ro-bind", one, one) for one in (*trees, _python()[0])))
    for name in ("/lib", "/lib64"):
        link = Path(name).is_symlink()
        options += ["--symlink", os.readlink(name), name] if link else ["--ro-bind-try", name, name]
    options += _flat(("--ro-bind-try", f"/etc/{name}", f"/etc/{name}") for name in SETTINGS)
    installed = ("dlnotes", *(f"{part}python3*/*-packages/dlnotes" for part in ("", "lib*/", "local/lib*/")))
    hidden = {found.resolve() for tree in trees for pattern in installed for found in tree.glob(pattern)}
    hidden |= {PACKAGE} if set(trees) & set(PACKAGE.parents) else set()
    return options + list(_flat(("--size", 4096, "--tmpfs", one, "--remount-ro", one) for one in hidden))


def _plain(stack):
    """The command that starts the runner without a sandbox, and what `Popen` has to know about it."""
    scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="dlnotes-", ignore_cleanup_errors=True))
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environment = ENVIRONMENT | kept | {"HOME": scratch, "TMPDIR": scratch}
    return [*_python(), str(RUNNER)], {"env": environment, "cwd": scratch}


def _python():
    """Python itself, not a virtual environment's link to it; isolated: the runner is told the path."""
    return [str(Path(getattr(sys, "_base_executable", sys.executable)).resolve()), "-I", "-S", "-B"]


def _path(edition, unsafe):
    return [str(edition) if unsafe else "/student", *map(str, _packages())]


def _packages():
    """The folders of installed packages, as this process finds them."""
    found = [Path(one).resolve() for one in sys.path if one.endswith(("site-packages", "dist-packages"))]
    return list(dict.fromkeys(one for one in found if one.is_dir()))


def _started(command, settings):
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl+C is for the process that waits
            **settings,
        )
    except OSError as error:
        raise SandboxError(f"the sandbox cannot be started: {error}") from None
    RUNNING.add(process)
    return process


def _exchange(process, task, limits):
    """Hand over the task and wait: what the process wrote, what it said on the side, and why it ended."""
    received, said = bytearray(), bytearray()
    threads = [
        _thread(_feed, process.stdin, task),
        _thread(_read, process.stdout, received, limits.results),
        _thread(_drain, process.stderr, said),
    ]
    end = time.monotonic() + limits.wall
    threads[1].join(limits.wall)
    full = len(received) > limits.results
    try:
        ending = _ending(process.wait(0 if full else max(0, end - time.monotonic())))
    except subprocess.TimeoutExpired:
        ending = "its results are too large" if full else f"it does not end within {limits.wall:g} seconds"
    _kill(process)
    for thread in threads[1:]:  # nobody is left who could write
        thread.join(KILLED)
    return bytes(received), bytes(said), ending


def _thread(work, *arguments):
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _feed(pipe, data):
    with contextlib.suppress(OSError), pipe:
        pipe.write(data)


def _read(pipe, received, most):
    """Read on until there is more than wanted."""
    with pipe:
        while len(received) <= most and (part := pipe.read1(2**16)):
            received.extend(part)


def _drain(pipe, said, most=10_000):
    """Read all, so that nobody waits, and keep the first of it."""
    with pipe:
        while part := pipe.read1(2**16):
            said.extend(part[: most - len(said)])


def _ending(code):
    """Why a process ended that should not have, from its exit status."""
    number = -code if code < 0 else code - 128
    if number == signal.SIGKILL:
        return "it was stopped: it used too much memory or time"
    if number in set(signal.Signals):
        return f"it crashed Python ({signal.Signals(number).name})"
    return "it ended the process"


def _kill(process):
    """End a process, in `unsafe` those that it started too, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(KILLED)


def _messages(received):
    """The JSON objects among the lines; between them a submission may have written anything."""
    messages = []
    for line in received.split(b"\n"):
        with contextlib.suppress(ValueError, RecursionError):
            messages.append(json.loads(line))
    return [message for message in messages if isinstance(message, dict)]


def _refusal(said, ending, unsafe):
    """Why there was no runner, from what bubblewrap or Python printed."""
    last = (said.decode(errors="replace").strip().splitlines() or [ending])[-1]
    if unsafe:
        return f"the runner does not start: {last}"
    needs = "bubblewrap 0.7 or newer, and a kernel that lets you make user namespaces"
    return f"the sandbox does not start: {last}. It needs {needs}; {UNSAFE}"


@contextlib.contextmanager
def _readable(data):
    """The number of a file from which a child process can read the few bytes of `data`, once."""
    ours, theirs = os.pipe()
    try:
        with open(theirs, "wb") as file:
            file.write(data)
        yield ours
    finally:
        os.close(ours)


_flat = itertools.chain.from_iterable
