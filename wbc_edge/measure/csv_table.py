"""Tables beside the images: CSV files whose first line names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from wbc_edge import files
from wbc_edge.errors import UsageError

T = TypeVar("T")


def read(path: Path, columns: Sequence[str], what: Callable[[Mapping[str, str]], T]) -> list[T]:
    """What each row of a table comes to.

    Args:
        path: the table; other columns than those asked for do not matter.
        columns: that every row has to have.
        what: a row's texts by column -> what it says; a ValueError where it says nothing.

    Raises:
        UsageError: there is no such table, it is not text, it lacks a column, or a row says
            nothing; the line is named.
    """
    try:
        rows = csv.DictReader(io.StringIO(files.read(path), newline=""))
        for column in columns:
            if column not in (rows.fieldnames or ()):
                raise UsageError(f"{path}: the column '{column}' is missing")
        return [_told(path, rows.line_num, row, columns, what) for row in rows]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: is no table ({error})") from error


def read_unique(
    path: Path, columns: tuple[str, str], what: Callable[[Mapping[str, str]], tuple[str, str]]
) -> dict[str, str]:
    """What a table says of each name, in two columns: several rows of one name say the same.

    Args:
        path: the table.
        columns: of the names, and of what is said of them.
        what: as in `read`; the name and what is said of it.

    Raises:
        UsageError: as `read`, or two things are said of one name.
    """
    told: dict[str, str] = {}
    for name, said in read(path, columns, what):
        if told.setdefault(name, said) != said:
            raise UsageError(f"{path}: {name} has two {columns[1]}s, '{told[name]}' and '{said}'")
    return told


def _told(
    path: Path,
    line: int,
    row: Mapping[str, str | None],
    columns: Sequence[str],
    what: Callable[[Mapping[str, str]], T],
) -> T:
    texts = {column: cell for column, cell in row.items() if cell is not None}
    for column in columns:
        if column not in texts:
            raise UsageError(f"{path}: line {line} ends before the column '{column}'")
    try:
        return what(texts)
    except ValueError as error:
        raise UsageError(f"{path}: line {line}: {error}") from error
