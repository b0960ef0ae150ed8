"""One model, run by several threads."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wbc_edge.runtimes import Session

_MANY_ENOUGH = 64
"""Runs before it is judged whether there are sessions enough."""


class SessionPool:
    """Sessions of one model that threads share, at most `most` of them.

    A session costs memory (its arena and packed weights, several MB), and preparing a picture takes
    longer than a small network, so that one session serves two threads. Another is opened where
    threads wait for one more than half of what they would if they did nothing but run it.
    """

    def __init__(self, first: Session, open_another: Callable[[], Session], *, most: int) -> None:
        self._open_another = open_another
        self._most = most
        self._free: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._free.put(first)
        self._lock = threading.Lock()
        self._runs = 0
        self._waited = self._ran = 0.0
        self.size = 1

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`Session.run` with whichever session is free."""
        begin = time.perf_counter()
        session = self._free.get()
        taken = time.perf_counter()
        try:
            return session.run(pixels)
        finally:
            self._free.put(session)
            if self._is_short(taken - begin, time.perf_counter() - taken):
                self._free.put(self._open_another())

    def _is_short(self, waited: float, ran: float) -> bool:
        """Count one run; whether the caller is to open another session."""
        with self._lock:
            self._runs += 1
            self._waited += waited
            self._ran += ran
            if self.size >= self._most or self._runs < _MANY_ENOUGH:
                return False
            # Threads that only run wait for (threads - sessions) / sessions runs before each.
            short = self._waited > self._ran * (self._most - self.size) / self.size / 2
            self.size += short
            self._runs = 0
            self._waited = self._ran = 0.0
            return short
