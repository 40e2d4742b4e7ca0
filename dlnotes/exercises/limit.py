"""A time limit for a reader's code: the loop that never stops is stopped, and the kernel lives on."""

import _thread
import contextlib
import signal
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
    left = threading.Event()
    over = threading.Event()

    def interrupted(signum, frame):
        if left.is_set():
            return
        raise Overtime if over.is_set() else KeyboardInterrupt

    def watch():
        late = left.wait(seconds) is False
        while late and not left.is_set():
            over.set()
            _interrupt_main_thread()
            left.wait(0.1)

    before = signal.signal(signal.SIGINT, interrupted)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)


def _interrupt_main_thread():
    if hasattr(signal, "pthread_kill"):  # wakes a sleeping thread, too
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()
