"""A time limit for a reader's code: the loop that never stops is stopped, and the kernel lives on."""

import signal
import sys
import threading


class Overtime(BaseException):
    """The limit was reached.  Not an `Exception`: the code that is stopped may catch all of those."""


class time_limit:
    """`with time_limit(seconds):` raises `Overtime` in its block after so long, and until the block is left.

    Interrupts as Ctrl+C does, so a single call of compiled code ends first.  There is no limit in a thread
    other than the main one, where nothing can be interrupted, and none of its own inside of another one.
    """

    def __init__(self, seconds):
        self.seconds = seconds
        self.left = threading.Event()
        self.over = threading.Event()
        self.caught = -1  # how often the block has caught Overtime

    def __enter__(self):
        inside = isinstance(getattr(signal.getsignal(signal.SIGINT), "__self__", None), time_limit)
        self.limited = threading.current_thread() is threading.main_thread() and not inside
        if self.limited:
            self.block = sys._getframe(1)
            self.tracer = sys.gettrace()
            self.handler = signal.signal(signal.SIGINT, self._interrupt)
            self.watcher = threading.Thread(target=self._watch, daemon=True)
            self.watcher.start()

    def __exit__(self, *error):
        if self.limited:
            self.left.set()
            self.watcher.join()
            if sys.gettrace() is not self.tracer:
                sys.settrace(self.tracer)
            signal.signal(signal.SIGINT, self.handler)

    def _watch(self):
        late = not self.left.wait(self.seconds)
        while late and not self.left.is_set():
            self.over.set()
            _interrupt_main_thread()
            self.left.wait(0.1)

    def _interrupt(self, signum, frame):
        frames = [frame]
        while frames[-1] is not self.block and frames[-1].f_back:
            frames.append(frames[-1].f_back)
        if any(one.f_code in (time_limit.__enter__.__code__, time_limit.__exit__.__code__) for one in frames):
            return  # before or after the block, where nobody expects it
        if not self.over.is_set():
            raise KeyboardInterrupt
        self.caught += 1
        if self.caught:
            _raise_later(frames[:-1], self.caught)
        raise Overtime


def _raise_later(frames, lines):
    """Raise `Overtime` in one of `frames` once more, so many lines after it has caught one.

    A loop around `try: sleep(1)`, `except: pass` catches what reaches it asleep, but nothing in its `pass`.
    """

    def trace(frame, event, argument):
        nonlocal lines
        lines -= event == "line"
        if not lines:
            raise Overtime
        return trace

    for frame in frames:
        frame.f_trace = trace
    sys.settrace(lambda *call: None)  # f_trace has no effect without


def _interrupt_main_thread():
    if hasattr(signal, "pthread_kill"):  # wakes a sleeping thread, too
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)  # wakes one in Windows
