from __future__ import annotations

import _thread
import os
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from wbc_edge.workers import Workers, mapped

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


def test_items_are_worked_on_side_by_side_and_come_in_their_order(threads: Threads) -> None:
    def slower_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * number

    assert list(mapped(slower_first, range(20), 3)) == [number**2 for number in range(20)]
    assert threads.begun == 3
    assert threads.have_ended()


def test_what_an_item_raises_comes_in_its_turn_and_ends_the_threads(threads: Threads) -> None:
    found = mapped(lambda number: 6 // number, [2, 3, 0, 1], 2)
    assert [next(found), next(found)] == [3, 2]
    with pytest.raises(ZeroDivisionError):
        next(found)
    assert threads.have_ended()


def test_items_that_nobody_waits_for_any_more_are_dropped(threads: Threads) -> None:
    seen: list[int] = []

    def slow(number: int) -> None:
        time.sleep(0.01)  # or all could be done before this thread has its turn again
        seen.append(number)

    found = mapped(slow, range(10_000), 1)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert threads.have_ended()
    assert len(seen) < 10_000
