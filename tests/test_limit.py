"""A reader's endless loop ends after the stated time, whatever it catches, and what runs it lives on."""

import contextlib
import os
import signal
import sys
import threading
import time
import warnings

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from dlnotes.exercises.judging import SECONDS, judge, outcomes
from dlnotes.exercises.limit import Overtime, time_limit

LIMIT = 0.3  # seconds
LOOPS = {
    "pass": "while True: pass",
    "compute": "while True: sum(range(1000))",
    "sleep": "while True: time.sleep(100)",
    "catch errors": """
while True:
    try:
        time.sleep(0.01)
    except Exception:
        pass""",
    "catch everything": """
while True:
    try:
        x = 1
    except:
        pass""",
    "catch everything in their sleep": """
while True:
    try:
        time.sleep(1)
    except BaseException:
        continue""",
    "catch everything twice": """
while True:
    try:
        try:
            time.sleep(1)
        except:
            pass
    except:
        pass""",
    "finally": """
while True:
    try:
        time.sleep(1)
    finally:
        continue""",
    "catch in a function": """
def step():
    try:
        time.sleep(1)
    except:
        pass
while True:
    step()""",
}


def endless(body):
    scope = {"time": time}
    exec("def answer(*arguments):\n" + "\n".join(f"    {line}" for line in body.splitlines()), scope)
    return scope["answer"]


@contextlib.contextmanager
def unchanged():
    """What the limit sets must be as before: the handler of signals, the tracer, the filters, the threads."""

    def state():
        threads = sorted(one.name for one in threading.enumerate())
        settings = signal.getsignal(signal.SIGINT), sys.gettrace(), np.geterr(), len(warnings.filters)
        return *settings, threads

    before = state()
    yield
    assert state() == before


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_an_endless_loop_ends_in_about_the_stated_time(body):
    start = time.perf_counter()
    with unchanged():
        found = outcomes(endless(body), [(1,), (2,)], LIMIT)
    assert [one.error for one in found] == ["Overtime"]
    assert LIMIT <= time.perf_counter() - start < LIMIT + 2


def test_what_was_found_before_the_time_was_over_is_kept():
    found = outcomes(lambda x: time.sleep(0 if x < 2 else 100), [(0,), (1,), (2,), (3,)], LIMIT)
    assert [one.error for one in found] == ["", "", "Overtime"]


def test_a_limit_inside_of_another_one_leaves_the_outer_one_at_work():
    start = time.monotonic()
    with pytest.raises(Overtime), time_limit(0.3), time_limit(60):
        while True:
            pass
    assert time.monotonic() - start < 3


def test_without_pthread_kill_a_loop_ends_too(monkeypatch):  # as in Windows
    monkeypatch.delattr(signal, "pthread_kill")
    with pytest.raises(Overtime), time_limit(0.3):
        while True:
            pass


def test_the_stated_time_is_ten_seconds():
    assert SECONDS == 10
    assert "at most ten seconds" in judge.__doc__


def test_a_block_that_ends_in_time_is_left_alone():
    with unchanged():
        for _ in range(100):
            with time_limit(1):
                pass
    time.sleep(0.01)


def test_a_block_that_ends_just_as_its_time_is_over_ends_once_and_cleanly():
    for number in range(600):
        with unchanged(), contextlib.suppress(Overtime), time_limit(0.002):
            end = time.perf_counter() + 0.0017 + 1e-5 * (number % 60)
            while time.perf_counter() < end:
                pass
        for _ in range(2000):  # nothing comes after the block
            pass


def test_what_the_block_raises_comes_through():
    with unchanged(), pytest.raises(ZeroDivisionError), time_limit(1):
        raise ZeroDivisionError


@pytest.mark.parametrize("body", ["while True: pass", "while True: time.sleep(100)"])
def test_the_interrupt_of_the_reader_is_one(body):
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    answer = endless(body)
    answer.__name__ = "perceptron_update"
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        judge(answer)
    assert time.perf_counter() - start < 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_an_answer_is_judged_without_a_limit():
    found = []
    thread = threading.Thread(target=lambda: found.extend(outcomes(lambda x: 2 * x, [(1,), (2,)], LIMIT)))
    thread.start()
    thread.join()
    assert [one.value for one in found] == [2, 4]


KERNEL = """
import time
from dlnotes.exercises import check, judging
judging.SECONDS = 0.5
start = time.time()
"""


def test_the_kernel_of_a_notebook_lives_on():
    loops = [LOOPS[name] for name in ("pass", "catch everything", "catch everything in their sleep", "sleep")]
    defined = ["def perceptron_update(w, x, y, lr):" + f"\n{loop}".replace("\n", "\n    ") for loop in loops]
    cells = [KERNEL, *(f"{one}\n\ncheck(perceptron_update)" for one in defined)]
    cells += ["print('alive', time.time() - start < 20)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()

    printed = ["".join(output.text for output in cell.outputs) for cell in notebook.cells]
    assert [len(cell.outputs) for cell in notebook.cells] == [0, 1, 1, 1, 1, 1]
    said = "✗ perceptron_update: fail - it does not end within 0.5 seconds: "
    assert all(one.startswith(said) for one in printed[1:-1])
    assert printed[-1] == "alive True\n"
