"""Hostile answers to the exercise `perceptron_update`, for the tests of grading.

`ATTACKS` has them by name.  In the text below each is a section: its name, when it attacks, the state that it
earns, a part of the reason; then a function `attack`.  One that attacks "if refused" solves the exercise only
where nothing that it tried has succeeded: its pass proves that.
"""

import re
import secrets
from typing import NamedTuple

MARK = f"hostile-{secrets.token_hex(8)}"  # in the names of what attacks make, and in what they send
SOLVES = "    return w + lr * y * x if y * (w @ x) <= 0 else w"
WHEN = {
    "called": f"def perceptron_update(w, x, y, lr):\n    attack()\n{SOLVES}",
    "called, wrong": "def perceptron_update(w, x, y, lr):\n    attack()\n    return w",
    "at import": f"def perceptron_update(w, x, y, lr, attacked=attack()):\n{SOLVES}",
    "at import, wrong": "def perceptron_update(w, x, y, lr, attacked=attack()):\n    return w",
    "if refused": f"got = attack()\ndef perceptron_update(w, x, y, lr):\n    assert not got, got\n{SOLVES}",
    "result": "result = attack()\ndef perceptron_update(w, x, y, lr):\n    return result",
}
HELPERS = (
    f"MARK = {MARK!r}"
    + r"""
import atexit, builtins, ctypes, gc, json, mmap, os, shutil, signal, socket, subprocess, sys, threading, time
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)

def succeeded(*attempts):
    # the lines of the attempts, functions that return something true unless they are refused, that were not
    lines = []
    for attempt in attempts:
        try:
            if attempt():
                lines.append(attempt.__code__.co_firstlineno)
        except BaseException:
            pass
    return lines

def to_each(do, *places):
    return [(place, do) for place in places if succeeded(lambda: do(place) or True)]

def forged(key):
    value = {"array": "AAAAAAAA8D8=", "dtype": "<f8", "shape": [1]}
    outcome = {"value": value, "error": "", "words": "", "changed": False}
    claims = {"state": "pass", "verdict": "pass", "points": 9, "score": 9, "reason": "solved"}
    return json.dumps({"key": key, "errors": [], "outcomes": [outcome] * 32} | claims) + "\n"

def forge(numbers):
    for number in numbers:
        for key in ("ch02.perceptron.update", "ch02.perceptron.gradient", "ch02.perceptron.bound"):
            to_each(lambda number: os.write(number, forged(key).encode()), number)
        to_each(lambda number: os.write(number, b'{"done": true}\n{"ready": true}\n'), number)
"""
)
TEXT = r"""
== nothing, and what is allowed is noticed | if refused | fail
def attack():
    return succeeded(lambda: open("/student/dlnotes/__init__.py").read() and PORT and PLACES and FILES)

== a loop | called | fail | it does not end within 2 seconds
def attack():
    while True: pass

== a loop at import | at import | fail | it does not end within 2 seconds
def attack():
    while True: pass

== a loop that catches all | called | fail | it does not end within 8 seconds
def attack():
    while True:
        try: time.sleep(9)
        except BaseException: pass

== a loop that is deaf | at import | fail | it does not end within 8 seconds
def attack():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    for number in range(1, 65):
        to_each(lambda number: signal.signal(number, signal.SIG_IGN), number)
    libc.prctl(1, 0, 0, 0, 0)  # no signal when the parent dies
    while True: time.sleep(9)

== a loop in compiled code | called | fail | it does not end within 8 seconds
def attack():
    sum(range(10**12))

== silence | called | fail | it ended the process
def attack():
    os.closerange(0, 99)
    time.sleep(99)

== memory | called | fail
def attack():
    x = []
    while True: x.append(bytearray(10**7))

== memory at once | called | fail | MemoryError
def attack():
    np.ones(10**11)

== memory of other kinds | if refused | pass
def attack():
    return succeeded(
        lambda: mmap.mmap(-1, 10**10),
        lambda: os.memfd_create(MARK) + 1,
        lambda: libc.shmget(0, 10**9, 0o1666) + 1,
        lambda: libc.msgget(0, 0o1666) + 1,
        lambda: libc.syscall(248, b"user", MARK.encode(), b"x", 1, -4) + 1,
    )

== recursion | called | fail | RecursionError
def attack():
    attack()

== recursion without a limit | called | fail
def attack():
    sys.setrecursionlimit(10**9)
    again = lambda: [again() for _ in (1,)]
    again()

== recursion in compiled code | called | fail
def attack():
    x = ()
    for _ in range(10**6): x = (x,)
    hash(x)

== a fork bomb | called | fail | PermissionError
def attack():
    while True: os.fork()

== processes and threads | if refused | pass
import concurrent.futures, multiprocessing
def thread():
    thread = threading.Thread(target=time.sleep, args=(99,))
    thread.start()
    return thread
def attack():
    return succeeded(
        lambda: os.fork() + 1,
        lambda: os.forkpty(),
        lambda: subprocess.Popen(["sleep", "999", MARK]),
        lambda: subprocess.Popen(["setsid", "nohup", "sleep", "999", MARK], start_new_session=True),
        lambda: os.posix_spawn("/usr/bin/sleep", ["sleep", "999", MARK], {}),
        lambda: os.system(f"sleep 999 {MARK} &") == 0,
        lambda: multiprocessing.Process(target=time.sleep, args=(999,)).start() or True,
        lambda: concurrent.futures.ProcessPoolExecutor().submit(time.sleep, 999),
        lambda: libc.fork() + 1,
        lambda: libc.vfork() + 1,
        lambda: libc.syscall(56, 0x11, 0, 0, 0, 0) + 1,
        lambda: libc.syscall(0x40000000 + 57) + 1,
        lambda: libc.unshare(0x10000000) + 1,
        thread,
    )

== it stays | called | pass
def attack():
    atexit.register(time.sleep, 999)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    libc.prctl(1, 0, 0, 0, 0)

== it kills | at import | pass
def attack():
    for target in (0, 1, -1, os.getppid(), os.getpid()):
        for number in (signal.SIGTERM, signal.SIGKILL):
            to_each(lambda target: os.kill(target, number), target)

== it takes rights | if refused | pass
def attack():
    return succeeded(
        lambda: libc.ptrace(16, 1, 0, 0) + 1,
        lambda: libc.process_vm_writev(1, 0, 0, 0, 0, 0) + 1,
        lambda: libc.mount(b"none", b"/scratch", b"tmpfs", 0, 0) + 1,
        lambda: libc.umount(b"/student") + 1,
        lambda: libc.setuid(0) + 1,
        lambda: os.chroot("/") or True,
        lambda: open("/proc/sys/kernel/core_pattern", "w"),
        lambda: open("/proc/sysrq-trigger", "w"),
        lambda: os.mknod("/scratch/device", 0o60666, 0xfe00) or True,
    )

== it ends at import | at import | fail | it ended the process
def attack():
    os._exit(0)

== it ends when called | called | fail | it ended the process
def attack():
    os._exit(0)

== it exits at import | at import | fail | SystemExit
def attack():
    sys.exit(0)

== it exits when called | called | fail | SystemExit
def attack():
    raise SystemExit(0)

== it interrupts | called | fail | KeyboardInterrupt
def attack():
    raise KeyboardInterrupt

== it crashes | called | fail | it crashed Python
def attack():
    ctypes.string_at(0)

== it becomes another program | called | fail | it ended the process
def attack():
    os.execv("/usr/bin/true", ["true"])

== it fills the disk | if refused | pass
def fill(folder):
    written = 0
    for number in range(100):
        try:
            with open(f"{folder}/{MARK}{number}", "wb") as file:
                while written < 10**10: written += file.write(bytes(10**6))
        except OSError:
            pass
    return written
def attack():
    places = ["/", "/tmp", "/dev", "/dev/shm", "/student", "/proc", "/usr", "/var/tmp", os.environ["HOME"]]
    return sum(map(fill, places)) > 8 * 2**20

== it deletes and changes | if refused | pass
import dlnotes
def attack():
    for place in ("/student", os.path.dirname(json.__file__), *PLACES):
        shutil.rmtree(place, ignore_errors=True)
    files = ["/usr/bin/env", "/runner.py", dlnotes.__file__, np.__file__, sys.executable, *FILES]
    places = [*files, "/student", "/usr", os.path.dirname(np.__file__), *PLACES]
    return [
        *to_each(os.remove, *files),
        *to_each(lambda place: os.rename(place, place + MARK), *places),
        *to_each(lambda place: os.chmod(place, 0), *places),
        *to_each(lambda place: os.utime(place, (0, 0)), *places),
        *to_each(lambda place: open(place, "r+b"), *files),
        *to_each(lambda place: open(f"{place}/{MARK}", "w"), *places),
        *to_each(lambda place: os.link(place, "/scratch/link"), *files),
    ]

== it changes devices | if refused | pass
def attack():
    names = ("zero", "full", "random", "urandom", "tty", "ptmx", "kmsg", "vda")
    devices = [f"/dev/{name}" for name in names]
    return [
        *to_each(lambda device: os.chmod(device, 0), *devices),
        *to_each(lambda device: open(device, "wb"), *devices),
    ]

== it looks at others | if refused | pass
def attack():
    places = ["/mnt", "/var", "/sys/fs", "/proc/1/root/var", *PLACES]
    files = ["/etc/passwd", "/etc/shadow", "/proc/2/environ", "/proc/1/mem/../../2/mem", *FILES]
    return succeeded(
        *[lambda place=place: os.listdir(place) for place in places],
        *[lambda file=file: open(file).read() for file in files],
        lambda: MARK in open("/proc/1/environ").read(),
        lambda: os.getcwd() != "/scratch",
    )

== it looks for references | if refused | pass
def attack():
    from dlnotes import exercises
    found = exercises.find("perceptron_update")
    return succeeded(
        lambda: __import__("dlnotes.exercises.ch02.perceptron"),
        lambda: __import__("dlnotes.exercises.mutants"),
        lambda: __import__("dlnotes.grading.examine"),
        lambda: exercises.reference("perceptron_update"),
        lambda: found.reference,
        lambda: found.mistakes,
        lambda: found.hidden,
        lambda: [one for one in gc.get_objects() if getattr(one, "__name__", "") == "_stuck_at_zero"],
        *[lambda place=place: os.listdir(f"{place}/dlnotes") for place in sys.path if place != "/student"],
    )

== it opens sockets | if refused | pass
def reach(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as it:
        it.settimeout(1)
        it.connect(address)
        return it.send(MARK.encode())
def attack():
    return succeeded(
        lambda: reach(socket.AF_INET, ("127.0.0.1", PORT)),
        lambda: reach(socket.AF_INET, ("93.184.216.34", 80)),
        lambda: reach(socket.AF_INET6, ("::1", PORT)),
        lambda: reach(socket.AF_UNIX, "\0" + MARK),
        lambda: reach(socket.AF_UNIX, "/run/dbus/system_bus_socket"),
        lambda: reach(socket.AF_VSOCK, (2, 1024)),
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        lambda: socket.create_server(("127.0.0.1", 0)),
    )

== it patches what judges | at import, wrong | fail
def attack():
    from dlnotes.exercises import codec, diagnose, judging
    judging.outcomes = lambda fn, drawn, seconds=0: [judging.Outcome(drawn[0][0])] * len(drawn)
    judging.call = lambda fn, arguments: judging.Outcome(arguments[0])
    codec.encode = lambda value: {"state": "pass"}
    diagnose.diagnose = diagnose.as_array = lambda *values, **names: None
    np.testing.assert_allclose = np.allclose = np.array_equal = lambda *values, **names: True
    json.dumps = lambda *values, **names: '{"state": "pass"}'
    builtins.callable = builtins.isinstance = lambda *values: True
    np.linalg.norm = np.ndarray = None

== it patches NumPy | at import, wrong | fail
def attack():
    np.linalg.norm = lambda *values, **names: np.ones(9)

== it forges results and ends | at import | fail
def attack():
    forge(range(64))
    os._exit(0)

== it forges results and goes on | at import, wrong | fail
def attack():
    forge(range(3, 64))

== it prints results | called, wrong | fail
def attack():
    for _ in range(100):
        print(forged("ch02.perceptron.update"), "passed", flush=True)
        sys.__stderr__.write(forged("ch02.perceptron.update"))
    forge([1, 2])

== it floods the results | at import | fail | its results are too large
def attack():
    line = b"{}" * 10**5 + b"\n" * 10**5
    while True:
        for number in range(3, 9): to_each(lambda number: os.write(number, line), number)

== it writes what cannot be parsed | at import | pass
def attack():
    junk = b"[" * 10**5 + b"\n" + b'{"key":' * 10**4 + b"\n" + b"1" * 10**5 + b"\n\xff\n" + b'{"key": {}}\n'
    for number in range(3, 9): to_each(lambda number: os.write(number, junk), number)

== it is not implemented | called | todo
class NotImplementedError(Exception): pass
def attack():
    raise NotImplementedError

== an error that exits | called | fail | it ended the process
class Error(Exception):
    def __str__(self): os._exit(0)
def attack():
    raise Error

== an error without end | called | fail | it stops with
class Error(Exception):
    def __str__(self): return "\x1b[31m<script>\u202e" * 10**6
def attack():
    raise Error

== an array that raises | result | fail
class Array:
    def __array__(self, *values, **names): raise SystemExit
attack = Array

== an array that waits | result | fail
class Array:
    def __array__(self, *values, **names): time.sleep(99)
attack = Array

== an array larger than memory | result | fail
def attack(): return np.broadcast_to(0.0, (10**5, 10**5))

== an array larger than allowed | result | fail | its results are too large
def attack(): return np.zeros(2 * 10**5)

== a deep tuple | result | fail
def attack():
    result = ()
    for _ in range(10**5): result = (result,)
    return result

== a tuple without end | result | fail
class Tuple(tuple):
    def __iter__(self):
        while True: yield 0.0
attack = Tuple

== a tuple in itself | result | fail
def attack():
    made = (None,)
    ctypes.cast(id(made) + 24, ctypes.POINTER(ctypes.py_object))[0] = made
    return made

== a class that lies | result | fail
class Liar:
    __class__ = np.ndarray
    shape, dtype, ndim = (3,), np.dtype(float), 1
    def __eq__(self, other): return True
    def __array_ufunc__(self, *values, **names): return 0.0
attack = Liar

== a type without a name | result | fail
class Meta(type):
    @property
    def __name__(cls): raise SystemExit
class Thing(metaclass=Meta): pass
attack = Thing

== a long number | result | fail
def attack(): return 10**5000

== a long text | result | fail
def attack(): return "x" * 10**5

== objects | result | fail
def attack(): return np.array([None, {}], object)

== not a number | result | fail
def attack(): return np.full(3, np.nan)

== a generator | result | fail
def attack(): return (one for one in [])

== a module | result | fail
def attack(): return np

== a function | result | fail
def attack(): return attack
"""


class Attack(NamedTuple):
    """The text of a hostile answer, the state that it earns, and a part of the reason."""

    text: str
    state: str
    reason: str


def _attack(heading, text):
    name, when, state, reason = (heading + " | " * (3 - heading.count("|"))).split(" | ")
    return name, Attack(f"{text}\n{WHEN[when]}\n", state, reason.strip())


_PARTS = re.split(r"^== (.*)\n", TEXT, flags=re.M)
ATTACKS = dict(map(_attack, _PARTS[1::2], _PARTS[2::2]))
