from __future__ import annotations

import _thread
import os
import subprocess
import sys
import threading
from functools import partial

import pytest

from wbc_edge.workers import Workers

from .conftest import Threads, environment


def test_results_are_those_of_their_work_and_threads_are_begun_as_work_comes(
    threads: Threads,
) -> None:
    workers: Workers[int] = Workers(3)
    assert threads.begun == 0
    first = workers.submit(lambda: 7)
    assert threads.begun == 1
    others = [workers.submit(partial(pow, number, 2)) for number in range(50)]
    assert threads.begun == 3
    assert first.result() == 7
    assert [task.result() for task in others] == [number**2 for number in range(50)]
    workers.stop()
    assert threads.have_ended()


def test_what_the_work_raises_comes_with_its_result() -> None:
    workers: Workers[int] = Workers(1)
    task = workers.submit(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        task.result()
    assert workers.submit(lambda: 3).result() == 3
    workers.stop()


def test_what_has_not_begun_is_dropped() -> None:
    workers: Workers[None] = Workers(1)
    begun, free = threading.Event(), threading.Event()
    done: list[int] = []

    def long() -> None:
        begun.set()
        free.wait()
        done.append(1)

    workers.submit(long)
    dropped = workers.submit(lambda: done.append(2))
    begun.wait()
    assert not dropped.is_done()
    threading.Timer(1, free.set).start()  # long enough for a busy machine to have dropped it
    workers.stop()
    assert done == [1]


def test_without_threads_the_caller_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refused)
    workers: Workers[str] = Workers(2)
    task = workers.submit(lambda: threading.current_thread().name)
    assert task.is_done()
    assert task.result() == "MainThread"
    workers.stop()


INTERRUPTED = """
import random, signal, time
from functools import partial
from wbc_edge.workers import Workers

def work_until_interrupted(seconds):
    workers, pending = Workers(2), []
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        while True:
            pending.append(workers.submit(partial(time.sleep, 1e-4)))
            if len(pending) > 6:
                pending.pop(0).result()
    finally:
        workers.stop()

signal.signal(signal.SIGALRM, signal.default_int_handler)
chance = random.Random(0)
for _ in range(1500):
    try:
        work_until_interrupted(chance.uniform(2e-4, 2e-3))
    except KeyboardInterrupt:
        continue
"""


@pytest.mark.skipif(os.name == "nt", reason="no such timer on Windows")
def test_an_interruption_comes_through_whatever_it_hits() -> None:
    """With `concurrent.futures`, once in some hundred times, it was another error, or all hung."""
    subprocess.run([sys.executable, "-c", INTERRUPTED], env=environment(), timeout=100, check=True)


ABANDONED = """
import time
from functools import partial
from wbc_edge.workers import Workers

def stream():
    workers = Workers(2)
    try:
        while True:
            yield workers.submit(partial(time.sleep, 0.05))
    finally:
        workers.stop()

rows = stream()
for _ in range(5):
    next(rows)
"""


def test_what_is_left_under_way_does_not_keep_the_interpreter_from_ending() -> None:
    subprocess.run([sys.executable, "-c", ABANDONED], env=environment(), timeout=60, check=True)
