"""A time limit for a reader's code: the loop that never stops is stopped, and the kernel lives on."""

import _thread
import contextlib
import signal
import sys
import threading


class Overtime(BaseException):
    """The limit was reached.  Not an `Exception`: the code that is stopped may catch all of those."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise `Overtime` in the block when it has run for so long, again and again until it is left.

    Interrupts as Ctrl+C does, so a single call of compiled code ends first.  In a thread other than the main
    one, where nothing can be interrupted, there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    block = sys._getframe(2)  # 1 is contextlib
    left = threading.Event()
    over = threading.Event()
    caught = -1

    def interrupted(signum, frame):
        nonlocal caught
        if left.is_set():
            return
        if not over.is_set():
            raise KeyboardInterrupt
        caught += 1
        if caught:
            _raise_later(frame, block, caught)
        raise Overtime

    def watch():
        late = left.wait(seconds) is False
        while late and not left.is_set():
            over.set()
            _interrupt_main_thread()
            left.wait(0.1)

    before, tracer = signal.signal(signal.SIGINT, interrupted), sys.gettrace()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            left.set()
    finally:  # once more: Overtime may have come between
        left.set()
        watcher.join()
        if sys.gettrace() is not tracer:
            sys.settrace(tracer)
        signal.signal(signal.SIGINT, before)


def _raise_later(frame, block, lines):
    """Raise `Overtime` once more, so many lines after it was caught inside of the `block`.

    A loop around `try: sleep(1)`, `except: pass` catches what reaches it asleep, but nothing in its `pass`.
    """

    def trace(frame, event, argument):
        nonlocal lines
        lines -= event == "line"
        if not lines:
            raise Overtime
        return trace

    while frame not in (block, None):
        frame.f_trace, frame = trace, frame.f_back
    sys.settrace(lambda *call: None)  # f_trace has no effect without


def _interrupt_main_thread():
    if hasattr(signal, "pthread_kill"):  # wakes a sleeping thread, too
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()
