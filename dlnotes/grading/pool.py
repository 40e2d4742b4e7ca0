"""Examining many submissions at a time: in threads that wait for their sandboxes, or on a Dask cluster."""

import hashlib
import os
from concurrent import futures
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import dlnotes
from dlnotes.grading import sandbox
from dlnotes.grading.examine import examine

CONNECT = 20  # seconds
AHEAD = 2  # times as many are begun as can run: nobody waits, and little is lost when a run is ended


@contextmanager
def opened(jobs=None, unsafe=False):
    """Yield `examined(units)`, which yields (position, result or error) for each unit, as they come.

    jobs, how many at a time, by default one for each core, or the address of a Dask scheduler.  `ValueError`
    where nothing can be examined: without a sandbox, unless `unsafe`, or without a cluster.
    """
    if isinstance(jobs, str):
        with _client(jobs) as client:
            _refuse_unfit(client, unsafe)
            width = AHEAD * sum(client.nthreads().values())
            yield partial(_examined, client.get_executor(pure=False), width, unsafe)
        return
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs: got {jobs}, want at least 1")
    if not unsafe and (problem := sandbox.problem()):
        raise ValueError(problem)
    jobs = jobs or _cores()
    with futures.ThreadPoolExecutor(jobs) as threads:
        yield partial(_examined, threads, AHEAD * jobs, unsafe)


def edition():
    """What judges here: the version of dlnotes, and a digest of its exercises."""
    exercises = Path(dlnotes.__file__).parent / "exercises"
    digest = hashlib.sha256()
    for path in sorted(exercises.rglob("*.py")):
        digest.update(path.relative_to(exercises).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{dlnotes.__version__} {digest.hexdigest()[:16]}"


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _examined(executor, width, unsafe, units):
    """At most `width` are begun before their results are taken; whoever leaves early ends what runs here.

    What a worker of a cluster has begun it ends by itself, and throws away.
    """
    rest, running = enumerate(units), {}
    try:
        while True:
            for place, unit in islice(rest, width - len(running)):
                running[executor.submit(examine, unit, unsafe)] = place
            if not running:
                return
            for future in futures.wait(running, return_when=futures.FIRST_COMPLETED).done:
                yield running.pop(future), _outcome(future)
    finally:
        left = {future for future in running if not future.cancel()}
        while futures.wait(left, timeout=0.1).not_done:
            sandbox.stop()


def _outcome(future):
    if future.cancelled():  # not by us: we do that as the last thing
        raise ValueError(
            "jobs: the cluster is lost; what is graded is kept, and the next run goes on from there"
        )
    return future.exception() or future.result()


@contextmanager
def _client(address):
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:  # a timeout is an OSError, too
        raise ValueError(f"jobs: got {address}, where no Dask scheduler answers ({error})") from None
    with client:
        yield client


def _refuse_unfit(client, unsafe):
    """`ValueError` where the cluster has no workers, or one without a sandbox or with another dlnotes."""
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        raise ValueError(
            f"jobs: got {client.scheduler_info()['address']}, a cluster without workers"
        ) from None
    for worker, (theirs, problem) in client.run(_fitness, unsafe).items():
        if problem:
            raise ValueError(f"{worker}: {problem}")
        if theirs != edition():
            raise ValueError(f"{worker} has dlnotes {theirs}, want {edition()}, as here")


def _fitness(unsafe):
    return edition(), "" if unsafe else sandbox.problem()
