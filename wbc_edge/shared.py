"""What is set up for the whole process while any of its threads needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Shared:
    """A context that the first thread to enter sets up, and the last one to leave takes down.

    What saves and restores a state by itself, as `warnings.catch_warnings` does, is not safe where
    threads come and go in another order.
    """

    def __init__(self, up: Callable[[], object], down: Callable[[], object]) -> None:
        self._up, self._down = up, down
        self._users = 0
        self._lock = threading.Lock()

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
