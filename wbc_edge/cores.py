"""How many processor cores there are to work with."""

from __future__ import annotations

import os

from wbc_edge.errors import UsageError

MOST_THREADS = 128
"""More than the cores of any machine that this is for; thousands exhaust a system and crash."""


def check_threads(name: str, count: int) -> None:
    """Raises UsageError where `count` threads cannot be meant."""
    if not isinstance(count, int) or not 1 <= count <= MOST_THREADS:
        raise UsageError(f"{name} must be between 1 and {MOST_THREADS}, not {count!r}")


def usable_cores() -> int:
    """The cores that this process may run on: fewer than there are where it is bound to some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
