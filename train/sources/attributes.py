"""What is known of single cells besides their class: by it, a network's errors can be told apart.

A folder is read as WBCAtt's; a `.csv` table has a column `file` (the cell's path within its source,
or its name, with or without ending) and any others, such as a stain, a scanner or an observer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from train.sources import wbcatt
from train.sources.sample import Sample
from wbc_edge.errors import UsageError
from wbc_edge.measure import csv_table

Attributes = Mapping[str, Mapping[str, str]]
"""File -> attribute -> value."""


def read(path: Path) -> Attributes:
    """The attributes of all cells that a folder or a table names.

    Raises:
        UsageError: it cannot be read, lacks the column `file`, has no values of others, or says two
            things of one file.
    """
    if path.is_dir():
        return {stem: asdict(found) for stem, found in wbcatt.read(path).items()}
    rows = csv_table.read(path, ("file",), _row)
    if not any(len(row) > 1 for row in rows):
        raise UsageError(f"{path}: has no values besides those of 'file'")
    known: dict[str, Mapping[str, str]] = {}
    for row in rows:
        file = row.pop("file")
        if known.setdefault(file, row) != row:
            raise UsageError(f"{path}: says two things of {file}")
    return known


def of(sample: Sample, known: Attributes) -> Mapping[str, str]:
    """Those of one cell, with its sub-type where its source names one; values that are told."""
    own = {} if sample.sub_type is None else {"sub_type": sample.sub_type}
    name = _name(sample, known)
    told = {} if name is None else known[name]
    return own | {attribute: value for attribute, value in told.items() if value}


def check(known: Attributes, samples: Iterable[Sample], path: Path) -> None:
    """Makes sure that a table is one of these cells.

    Raises:
        UsageError: it names none of them, or several by one name.
    """
    names = Counter(name for sample in samples if (name := _name(sample, known)) is not None)
    if not names:
        raise UsageError(
            f"{path}: names none of the cells; 'file' is a cell's path within its source, or its "
            "name with or without ending"
        )
    name, count = names.most_common(1)[0]
    if count > 1:
        raise UsageError(
            f"{path}: '{name}' is the name of {count} cells; give their paths within the source"
        )


def _name(sample: Sample, known: Attributes) -> str | None:
    """What a cell is called there; None where it is not there."""
    path = Path(sample.key)
    return next((name for name in (sample.key, path.name, path.stem) if name in known), None)


def _row(row: Mapping[str, str]) -> dict[str, str]:
    if None in row:  # where the reader of tables puts what is too much
        raise ValueError("has more fields than the header")
    return dict(row)
