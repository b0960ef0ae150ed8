"""Every thread of an interpreter on cores of its own.

TensorFlow Lite's threads sleep between inferences, and Linux may wake one on the very core of the
thread that wakes it: on two virtual cores it does so for seconds at a time, in which two threads
are slower than one. So the cores are dealt out to the threads, like lanes, and the caller moves to
its own before it runs the network. `docs/benchmarking.md` has what that saves.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Set
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_TASKS = Path("/proc/self/task")


@dataclass(frozen=True, kw_only=True)
class Lane:
    """The cores of whoever calls the interpreter; none: wherever the system likes."""

    cores: frozenset[int] = field(default_factory=frozenset)

    def take(self) -> None:
        """Moves the calling thread to these cores, where it may be there and is not.

        It stays free to be moved: the system rarely moves a thread that runs, and to bind it for
        each inference would cost more than that.
        """
        if not self.cores or _core() in self.cores:
            return
        before = os.sched_getaffinity(0)
        if own := self.cores & before:
            try:
                _bind(0, own)
            finally:
                _bind(0, before)


def tasks() -> frozenset[int]:
    """This process's threads by the system's numbers; none where the system does not tell."""
    if sys.platform != "linux" or not _TASKS.is_dir():
        return frozenset()
    return frozenset(int(task.name) for task in _TASKS.iterdir())


def deal(pool: frozenset[int], threads: int) -> Lane:
    """Gives each thread of a pool its cores, and returns the lane that is left for the caller.

    Nothing is dealt for one thread, on fewer cores than threads, or where more or fewer threads
    have come than the interpreter was to have: others then started at the same time.

    Args:
        pool: threads that came with the interpreter, by the system's numbers.
        threads: that it was told to use, the caller's included.
    """
    if threads == 1 or len(pool) != threads - 1:
        return Lane()
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < threads:
        return Lane()
    # Every so-many-th core, not a block: fast and slow cores are numbered in blocks.
    # The system's own work is mostly done on the first ones, so the caller gets the last.
    *others, own = (frozenset(usable[first::threads]) for first in range(threads))
    for task, cores in zip(sorted(pool), others, strict=True):
        _bind(task, cores)
    return Lane(cores=own)


def _core() -> int | None:
    """The core that the calling thread runs on; None where the system does not tell."""
    tell = getattr(_c_library(), "sched_getcpu", None)
    return None if tell is None else int(tell())


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _bind(task: int, cores: Set[int]) -> None:
    try:
        os.sched_setaffinity(task, cores)
    except OSError:
        # It serves speed alone: where it is not allowed, or the thread has ended, all works on.
        return
