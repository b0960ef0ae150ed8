"""Folders that pictures come into, such as a camera's: each picture is given when it is there.

By looking again and again, for the system's own messages do not come from shares and cards.
"""

# Paths stay strings, as in `wbc_edge.inputs`.
# ruff: noqa: PTH112, PTH116

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from wbc_edge.errors import UsageError
from wbc_edge.inputs import is_input, walk
from wbc_edge.signals import asked_to_stop

if TYPE_CHECKING:
    from wbc_edge.image import Source

EVERY_S = 0.5
"""Seconds between two looks."""

SHARE = 4
"""A folder that is long to look through is left alone for so many times as long."""

State = tuple[int, int, bool] | None
"""What changes with a file's content: its time of change in ns, its bytes, and whether it may be
read; None where the system does not tell. Not its inode: cards and shares make that up anew."""


def watched(folders: Sequence[str]) -> Iterator[Source]:
    """The pictures in folders, to their depth: those that are there, then those that come.

    The process waits between them, for as long as it is not asked to stop. One that is still being
    written is given when two looks have found it alike; one that has changed since, or could not be
    read and can, again. As with `inputs.walk`, what cannot be listed is given itself. Raises
    UsageError, before anything is given, where one of the names is no folder.
    """
    for name in folders:
        if not os.path.isdir(name):
            raise UsageError(
                f"{name or 'an empty name'} is no folder: --watch waits for what comes into folders"
            )
    return _watched(folders)


def _watched(folders: Sequence[str]) -> Iterator[str]:
    given: dict[str, State] = {}
    before: dict[str, State] = {}
    with asked_to_stop() as stopped:
        while not stopped():
            begun = time.monotonic()
            now = {path: _state(path) for name in folders for path in walk(name, is_input)}
            spent = time.monotonic() - begun
            # A folder that was away for a moment brings no new pictures when it is back.
            given = {path: state for path, state in given.items() if path in now or state}
            for path, state in now.items():
                is_new = path not in given or given[path] != state
                if is_new and path in before and before[path] == state:
                    yield path
                    given[path] = state
                    if stopped():
                        return
            before = now
            _wait(max(EVERY_S, SHARE * spent), stopped)


def _wait(seconds: float, stopped: Callable[[], bool]) -> None:
    """Sleeps, as long as the process is not asked to stop: a signal that is noted ends no sleep."""
    until = time.monotonic() + seconds
    while not stopped() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, EVERY_S))


def _state(path: str) -> State:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, os.access(path, os.R_OK)
