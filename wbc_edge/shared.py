"""What the whole process has one of: locks, and contexts that any of its threads may need."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def in_every_child(do: Callable[[], object]) -> None:
    """Has a process that is forked from this one begin with something, for good."""
    if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
        os.register_at_fork(after_in_child=do)


class ProcessLock:
    """A lock for one thread at a time, for as long as the process lasts.

    A forked process begins with an open one: it has no thread that could open what one of its
    parent holds. The thread that holds it may enter again.
    """

    def __init__(self) -> None:
        self._renew()
        in_every_child(self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds it within."""
        with self._lock:
            yield


class Shared:
    """A context that the first thread to enter sets up, and the last one to leave takes down.

    What saves and restores a state by itself, as `warnings.catch_warnings` does, is not safe where
    threads come and go in another order. Taking down has to do no harm where setting up was cut
    short, as it is in a process that is forked meanwhile.
    """

    def __init__(self, up: Callable[[], object], down: Callable[[], object]) -> None:
        self._up, self._down = up, down
        self._within: Counter[int] = Counter()  # thread -> how many times
        self._lock = ProcessLock()
        in_every_child(self._leave_others)

    def __enter__(self) -> None:
        with self._lock.held():
            self._within[threading.get_ident()] += 1
            if self._within.total() == 1:
                self._up()

    def __exit__(self, *_: object) -> None:
        with self._lock.held():
            self._within[threading.get_ident()] -= 1
            self._close()

    def _leave_others(self) -> None:
        """Takes out the threads that the child does not have."""
        if self._within.total():
            here = threading.get_ident()
            self._within = Counter({here: self._within[here]})
            self._close()

    def _close(self) -> None:
        if not self._within.total():
            self._within.clear()
            self._down()
