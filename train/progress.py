"""Long work on many items, done on all processors and watched by a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from tqdm import tqdm

from wbc_edge.cores import usable_cores
from wbc_edge.workers import Workers

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def on_all_cores(
    work: Callable[[_Item], _Made], items: Sequence[_Item], *, doing: str, unit: str = "cell"
) -> Iterator[_Made]:
    """What the work makes of every item, in their order.

    By threads: worth it where the work is that of a library that releases the interpreter, as
    Pillow and OpenCV do.

    Args:
        work: called by several threads; what it raises for an item comes in that item's turn, and
            drops what has not begun.
        items: what it is done to.
        doing: what the bar says.
        unit: of the items, as the bar counts them.
    """
    workers: Workers[_Made] = Workers(usable_cores())
    try:
        tasks = [workers.submit(partial(work, item)) for item in items]
        for task in tqdm(tasks, desc=doing, unit=unit, disable=None):
            yield task.result()
    finally:
        workers.stop()
