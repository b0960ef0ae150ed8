"""One model, run by several threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wbc_edge.runtimes import Session

_MANY_ENOUGH = 32
"""Runs before another session is thought of: opening one takes as long as several pictures."""


class SessionPool:
    """Sessions of one model that threads share, at most `most` of them.

    A session costs memory (its arena and packed weights, several MB) and time to open, so that a
    short stream has one. In a long one, a thread that finds none free opens another.
    """

    def __init__(self, first: Session, open_another: Callable[[], Session], *, most: int) -> None:
        self._open_another = open_another
        self._most = most
        self._free: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._free.put(first)
        self._lock = threading.Lock()
        self._runs = 0
        self.size = 1

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`Session.run` with whichever session is free."""
        must_wait = self._free.empty()
        session = self._free.get()
        try:
            return session.run(pixels)
        finally:
            self._free.put(session)
            if self._is_short(must_wait):
                self._grow()

    def _grow(self) -> None:
        try:
            self._free.put(self._open_another())
        except Exception:
            # No memory for one more is no reason to lose an answer: go on with those there are.
            with self._lock:
                self.size -= 1
                self._most = self.size

    def _is_short(self, waited: bool) -> bool:
        """Count one run; whether the caller is to open another session."""
        with self._lock:
            self._runs += 1
            if not waited or self.size >= self._most or self._runs <= _MANY_ENOUGH:
                return False
            self.size += 1
            self._runs = 0
            return True
