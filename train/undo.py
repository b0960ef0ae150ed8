"""A folder that a failed command leaves as it found it, ready for the corrected one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def undone(
    folder: Path,
    *,
    on: type[BaseException] = BaseException,
    unless: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    """Removes what has come into a folder, and the folder if it is new, where the work fails.

    Args:
        folder: need not be there yet.
        on: the errors after which nothing is to stay.
        unless: asked when one comes: whether something lies there that is worth keeping.
    """
    stood = set(folder.iterdir()) if folder.is_dir() else None
    try:
        yield
    except on:
        if folder.is_dir() and not unless():
            _clear(folder, stood)
        raise


def _clear(folder: Path, stood: set[Path] | None) -> None:
    if stood is None:
        shutil.rmtree(folder)
        return
    for path in set(folder.iterdir()) - stood:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
