"""What runs inside the sandbox: the cells of a submission, then its functions on the arguments of the task.

A file of its own that knows nothing of grading: beside it the sandbox has the student edition, no more.

The task comes as JSON on standard input: {"exercises": [{"key", "name", "cells": [text of plain Python, ...],
"arguments": [a tuple of arguments, encoded, ...]}, ...], "limits", "path", "strict"}.  Lines of JSON go back:
{"ready": true} before anything of the submission runs; for each exercise {"key", "errors": [what its cells
stopped with], "outcomes": [{"value": encoded, "error", "words", "changed"}, ...]}, outcomes null where there
is no such function; {"done": true}.

No Jupyter kernel: to start one takes longer than to grade.  Each exercise has a namespace of its own, so that
a helper of one answer does not replace that of another.
"""

import contextlib
import functools
import json
import linecache
import os
import signal
import sys
import types


def main():
    task = json.load(sys.stdin)
    send = _channel()
    _limit(task["limits"], task["strict"])
    sys.path.extend(task["path"])
    _import_core()
    send({"ready": True})
    for exercise in task["exercises"]:
        send(_examined(exercise, task["limits"]["answer"]))
    send({"done": True})
    os._exit(0)  # waits for no thread, and for nothing that was to be done at exit


def _channel():
    """The function that sends a message; all else that is printed goes where nobody reads it."""
    results = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    open(os.devnull, "a").close()  # an ordinary file in the sandbox

    def send(message):
        line = memoryview(json.dumps(message).encode() + b"\n")
        while line:
            line = line[results.write(line) :]

    return send


def _limit(limits, strict):
    """Hard limits for this process; where they must hold, it is an error that one is unknown."""
    with contextlib.suppress(*() if strict else (ImportError, AttributeError, ValueError, OSError)):
        import resource

        for name, most in [
            ("CPU", int(limits["cpu"])),
            ("AS", limits["memory"]),
            ("FSIZE", limits["scratch"]),
            ("NOFILE", 128),
            ("CORE", 0),
        ]:
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def _import_core():
    """Import what runs a function; the watch over its time is an alarm, for a thread would be refused."""
    global codec, judging, Overtime
    from dlnotes.exercises import codec, judging
    from dlnotes.exercises.limit import Overtime

    if hasattr(signal, "setitimer"):
        judging.time_limit = _alarm


@contextlib.contextmanager
def _alarm(seconds):
    """Raise `Overtime` in the block when it has run for so long, and again until it is left."""
    left = False

    def ring(signum, frame):
        if not left:
            raise Overtime

    before = signal.signal(signal.SIGALRM, ring)
    outer = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        left = True
        signal.setitimer(signal.ITIMER_REAL, *outer)
        signal.signal(signal.SIGALRM, before)


def _examined(exercise, seconds):
    """The message on one exercise."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    errors = _run_cells(exercise, module.__dict__, seconds)
    function = module.__dict__.get(exercise["name"])
    message = {"key": exercise["key"], "errors": errors, "outcomes": None}
    if callable(function):
        message["outcomes"] = _outcomes(function, exercise["arguments"], seconds)
    return message


def _outcomes(function, arguments, seconds):
    """What the function does with each tuple of arguments, as data."""
    try:
        found = judging.outcomes(function, [codec.decode(one) for one in arguments], seconds)
        with judging.time_limit(seconds):  # an array of its own kind may be a program, too
            return [outcome._asdict() | {"value": codec.encode(outcome.value)} for outcome in found]
    except Overtime:
        failed = judging.Outcome(error="Overtime", words=judging.OVERTIME.format(seconds))
    except BaseException as error:  # KeyboardInterrupt, too: here it is no more than an answer's exception
        failed = judging.Outcome(error=type(error).__name__)
    return [failed._asdict() | {"value": codec.encode(None)}]


def _run_cells(exercise, namespace, seconds):
    """Run the cells of an exercise in order, also after one that failed; what those said."""
    shell = Shell()
    namespace |= {"get_ipython": lambda: shell, "display": shell.display}
    said = []
    try:
        with judging.time_limit(seconds):
            for number, text in enumerate(exercise["cells"], start=1):
                said.append(_run_cell(f"<cell {number}>", text, namespace))
    except Overtime:
        said.append(judging.OVERTIME.format(seconds))
    except BaseException as error:
        said.append(f"it stops with {type(error).__name__}")
    return [words for words in said if words]


def _run_cell(name, text, namespace):
    """Run one cell; what went wrong, in words, or ""."""
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name  # for tracebacks
    try:
        code = compile(text, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"it stops with SyntaxError: {error.msg}, in the line  {(error.text or '').strip()}"
    return judging.call(functools.partial(exec, code, namespace), ()).words


class Shell:
    """In place of IPython's: whatever is asked of it, it does nothing."""

    def __getattr__(self, name):
        return lambda *values, **options: None


if __name__ == "__main__":
    main()
