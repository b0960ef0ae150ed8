"""A table of groups for cells of one's own: which of them must not be parted.

Columns `file` (the cell's path within its source) and `group` (a slide, a patient, an original).
`python -m train split --near-duplicates` writes such a table as well.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from train.sources.sample import Sample
from wbc_edge.errors import UsageError


def read(path: Path) -> dict[str, str]:
    """Cell -> group.

    Raises:
        UsageError: there is no such file, or it lacks a column.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["file"]: row["group"] for row in csv.DictReader(file)}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except KeyError as error:
        raise UsageError(f"{path}: the column {error} is missing") from error


def write(groups: Mapping[str, str], path: Path) -> None:
    """Writes the table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "group"))
        rows.writerows(sorted(groups.items()))


def apply(samples: Iterable[Sample], groups: Mapping[str, str]) -> list[Sample]:
    """The same cells with the table's groups; a cell that it does not name keeps its own."""
    return [replace(sample, group=groups.get(sample.key, sample.group)) for sample in samples]
