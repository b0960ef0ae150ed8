from __future__ import annotations

import _thread
import os
import random
import signal
import threading
import time
from collections import deque
from functools import partial
from types import FrameType

import pytest

from wbc_edge.workers import Task, Workers

from .conftest import are_soon, running


def test_results_are_those_of_their_work_and_threads_are_begun_as_work_comes() -> None:
    before = running()
    workers: Workers[int] = Workers(3)
    assert running() == before
    first = workers.submit(lambda: 7)
    assert are_soon(before + 1)
    others = [workers.submit(partial(pow, number, 2)) for number in range(50)]
    assert are_soon(before + 3)
    assert first.result() == 7
    assert [task.result() for task in others] == [number**2 for number in range(50)]
    workers.stop()
    assert are_soon(before)


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
    threading.Timer(0.05, free.set).start()
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


@pytest.mark.skipif(os.name == "nt", reason="no such timer on Windows")
def test_an_interruption_at_any_moment_comes_through_and_leaves_no_thread() -> None:
    """With `concurrent.futures`, once in some hundred times, it was another error, or all hung."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def work_until_interrupted(workers: Workers[None], seconds: float) -> None:
        pending: deque[Task[None]] = deque()
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            while True:
                pending.append(workers.submit(partial(time.sleep, 1e-4)))
                if len(pending) > 6:
                    pending.popleft().result()
        finally:
            workers.stop()

    before = running()
    chance = random.Random(0)
    usual = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(1500):
            with pytest.raises(KeyboardInterrupt):
                work_until_interrupted(Workers(2), chance.uniform(1e-4, 2e-3))
    finally:
        signal.signal(signal.SIGALRM, usual)
    assert are_soon(before)
