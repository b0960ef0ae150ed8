"""What the whole process has one of: locks, and contexts that any of its threads may need."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class ProcessLock:
    """A lock for one thread at a time, which a process that is forked begins with open.

    A fork waits for it: the child has no thread that could ever open what one of its parent holds,
    nor what that was about to put back. The thread that holds it may enter again.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
            os.register_at_fork(
                before=self._lock.acquire,
                after_in_parent=self._lock.release,
                after_in_child=self._lock.release,
            )

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Shared:
    """A context that the first thread to enter sets up, and the last one to leave takes down.

    What saves and restores a state by itself, as `warnings.catch_warnings` does, is not safe where
    threads come and go in another order.
    """

    def __init__(self, up: Callable[[], object], down: Callable[[], object]) -> None:
        self._up, self._down = up, down
        self._users = 0
        self._lock = ProcessLock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave_all)

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._up()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._down()

    def _leave_all(self) -> None:
        """In a child there are none of the threads that have entered."""
        with self._lock:
            if self._users:
                self._users = 0
                self._down()
