"""A progress bar on standard error, where that is a terminal and the work is long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_T = TypeVar("_T")

PATIENCE = 1.0
"""Seconds of work before anything is shown."""


def counted(rows: Iterator[_T], *, of: str = "images") -> Iterator[_T]:
    """The same rows, counted on a bar. How many there will be is not known: they are a stream."""
    if not sys.stderr.isatty():
        yield from rows
        return
    begin = time.monotonic()
    bar: Progress | None = None
    try:
        for count, row in enumerate(rows, 1):
            spent = time.monotonic() - begin
            if bar is None and spent > PATIENCE:
                bar = _bar("")
                bar.add_task("", total=None)
            if bar is not None:
                speed = count / spent
                sentence = f"{count:,} {of}, {speed:,.{0 if speed >= 10 else 1}f} a second"
                bar.update(bar.task_ids[0], completed=count, description=sentence)
            yield row
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def stepped() -> Iterator[Callable[[str, int, int], None] | None]:
    """A function (what, steps done, all steps) that draws a bar; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = _bar("{task.completed:,} of {task.total:,}")
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done)

    # A bar that is never stopped leaves a terminal without its cursor.
    try:
        yield show
    finally:
        bar.stop()


def _bar(figures: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(figures),
        console=Console(stderr=True),
        transient=True,
    )
    bar.start()
    return bar
