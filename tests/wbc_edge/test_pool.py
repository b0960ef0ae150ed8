from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge.pool import SessionPool


class FakeSession:
    """Takes its time, and notices when two threads run it at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._busy = threading.Lock()

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert self._busy.acquire(blocking=False), "a session was shared at one moment"
        try:
            time.sleep(self._seconds)
            return pixels.astype(np.float32)
        finally:
            self._busy.release()


def work(pool: SessionPool, threads: int, count: int, decoding: float) -> None:
    def one(number: int) -> None:
        time.sleep(decoding)
        assert pool.run(np.array([number], np.uint16))[0] == number

    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(one, range(count)))


def pool_of(seconds: float, most: int) -> SessionPool:
    def make() -> FakeSession:
        return FakeSession(seconds)

    return SessionPool(make(), make, most=most)  # type: ignore[arg-type]


def test_one_session_is_enough_where_no_thread_waits_for_it() -> None:
    pool = pool_of(0.0005, most=2)
    work(pool, 1, 200, decoding=0)
    assert pool.size == 1


def test_one_session_is_enough_for_a_few_pictures() -> None:
    pool = pool_of(0.002, most=2)
    work(pool, 2, 30, decoding=0)
    assert pool.size == 1


@pytest.mark.parametrize("threads", [2, 4])
def test_each_thread_gets_one_where_running_takes_the_time(threads: int) -> None:
    pool = pool_of(0.002, most=threads)
    work(pool, threads, 100 * threads, decoding=0)
    assert pool.size == threads


def test_there_are_never_more_than_allowed() -> None:
    pool = pool_of(0.002, most=2)
    work(pool, 6, 200, decoding=0)
    assert pool.size == 2


def test_where_no_other_can_be_opened_those_there_are_go_on() -> None:
    def refuse() -> FakeSession:
        raise MemoryError

    pool = SessionPool(FakeSession(0.002), refuse, most=4)  # type: ignore[arg-type]
    work(pool, 4, 200, decoding=0)
    assert pool.size == 1


def test_a_session_that_fails_is_given_back() -> None:
    pool = pool_of(0, most=1)
    for _ in range(3):
        with pytest.raises(AttributeError):
            pool.run(None)  # type: ignore[arg-type]
    assert pool.run(np.array([7], np.uint8)) == 7
