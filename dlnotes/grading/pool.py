"""Examining many submissions at a time: in threads that wait for their sandboxes, or on a Dask cluster."""

import hashlib
import os
from concurrent import futures
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import dlnotes
from dlnotes.grading import sandbox
from dlnotes.grading.examine import examine

CONNECT = 20  # seconds


@contextmanager
def opened(jobs=None, unsafe=False):
    """Yield `examined(units)`, which yields (position, result or error) for each unit, as they come.

    jobs, how many at a time, by default one for each core, or the address of a Dask scheduler.  `ValueError`
    where nothing can be examined: without a sandbox, unless `unsafe`, or without a cluster.
    """
    if isinstance(jobs, str):
        with _client(jobs) as client:
            _refuse_unfit(client, unsafe)
            yield partial(_on_cluster, client, unsafe)
        return
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs: got {jobs}, want at least 1")
    if not unsafe and (problem := sandbox.problem()):
        raise ValueError(problem)
    yield partial(_in_threads, jobs or _cores(), unsafe)


def edition():
    """What judges here: the version of dlnotes, and a digest of its exercises."""
    exercises = Path(dlnotes.__file__).parent / "exercises"
    digest = hashlib.sha256()
    for path in sorted(exercises.rglob("*.py")):
        digest.update(path.relative_to(exercises).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{dlnotes.__version__} {digest.hexdigest()[:16]}"


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _in_threads(jobs, unsafe, units):
    """A thread does nothing but wait for its sandbox; whoever leaves early ends those that run."""
    with futures.ThreadPoolExecutor(jobs) as threads:
        places = {threads.submit(examine, unit, unsafe): place for place, unit in enumerate(units)}
        try:
            for future in futures.as_completed(places):
                yield places.pop(future), future.exception() or future.result()
        finally:
            running = {future for future in places if not future.cancel()}
            while futures.wait(running, timeout=0.1).not_done:
                sandbox.stop()


def _on_cluster(client, unsafe, units):
    """Whoever leaves early leaves what a worker has begun to the worker, which throws it away."""
    from distributed import as_completed

    places = {client.submit(examine, unit, unsafe, pure=False): place for place, unit in enumerate(units)}
    try:
        for future in as_completed(list(places), loop=client.loop):
            yield places.pop(future), future.exception() or future.result()
    finally:
        client.cancel(list(places))


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
