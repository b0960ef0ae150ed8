"""Threads that work for a caller whom a signal may interrupt anywhere.

`concurrent.futures` and `threading.Thread` will not do for that: their locks are taken and given
back by Python code. An exception that a signal raises in the midst of it comes out as another, or
leaves a lock taken, and the command waits for its own threads for ever. Here threads are begun, and
everything is handed over, by what is one step for the interpreter.
"""

from __future__ import annotations

import _thread
import atexit
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

_T = TypeVar("_T")


class Task(Generic[_T]):
    """What a worker was given to do, and what came of it."""

    def __init__(self, work: Callable[[], _T]) -> None:
        self._work = work
        self._outcome: SimpleQueue[tuple[_T | None, BaseException | None]] = SimpleQueue()

    def carry_out(self) -> None:
        """Does the work; called once. What it raises is kept, or `result` would wait for ever."""
        try:
            self._outcome.put((self._work(), None))
        except BaseException as error:
            self._outcome.put((None, error))

    def is_done(self) -> bool:
        """Whether `result` would not wait. Not after `result`, which hands over what there is."""
        return not self._outcome.empty()

    def result(self) -> _T:
        """Waits for what came of it, once; raises what the work has raised."""
        value, error = self._outcome.get()
        if error is not None:
            raise error
        return cast("_T", value)


class Workers(Generic[_T]):
    """At most so many threads, each begun when there is work for it.

    Where no thread is to be had, the caller does the work.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._tasks: SimpleQueue[Task[_T] | None] = SimpleQueue()
        self._ended: SimpleQueue[None] = SimpleQueue()
        # The interpreter does not wait for such threads, and stops them wherever they are.
        atexit.register(self.stop)

    def submit(self, work: Callable[[], _T]) -> Task[_T]:
        """Has the work done by whichever thread is free first."""
        task = Task(work)
        if self._count < self._most:
            self._begin()
        if self._count:
            self._tasks.put(task)
        else:
            task.carry_out()
        return task

    def stop(self) -> None:
        """Drops what has not begun, whose `result` nobody may wait for, and waits for the rest.

        Can be called again.
        """
        atexit.unregister(self.stop)
        with suppress(Empty):
            while True:
                self._tasks.get_nowait()
        self._tasks.put(None)
        while self._count:
            self._ended.get()
            self._count -= 1

    def _begin(self) -> None:
        try:
            _thread.start_new_thread(self._work, ())
        except RuntimeError:  # no further thread is to be had, now or later
            self._most = self._count
        else:
            self._count += 1

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.carry_out()
        self._tasks.put(None)  # for the next
        self._ended.put(None)
