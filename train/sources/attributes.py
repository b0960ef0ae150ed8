"""What is known of single cells besides their class: by it, a network's errors can be told apart.

A folder is read as WBCAtt's; a `.csv` table has a column `file` (the cell's path within its source,
or its name, with or without ending) and any others, such as a stain, a scanner or an observer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from train.sources import wbcatt
from train.sources.sample import Sample
from wbc_edge.errors import UsageError
from wbc_edge.measure import table

Attributes = Mapping[str, Mapping[str, str]]
"""File -> attribute -> value."""


def read(path: Path) -> Attributes:
    """The attributes of all cells that a folder or a table names.

    Raises:
        UsageError: it cannot be read, lacks the column `file`, has no values of others, or says two
            things of one cell.
    """
    if path.is_dir():
        return {stem: asdict(found.attributes) for stem, found in wbcatt.read(path).items()}
    rows = table.read(path, ("file",), _row)
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
    return own | {name: value for name, value in _named(sample, known).items() if value}


def check(known: Attributes, samples: Iterable[Sample], path: Path) -> None:
    """Makes sure that a table is one of these cells.

    Raises:
        UsageError: it names none of them.
    """
    if not any(_named(sample, known) for sample in samples):
        raise UsageError(
            f"{path}: names none of the cells; 'file' is a cell's path within its source, or its "
            "name with or without ending"
        )


def _named(sample: Sample, known: Attributes) -> Mapping[str, str]:
    name = Path(sample.key)
    return next((known[key] for key in (sample.key, name.name, name.stem) if key in known), {})


def _row(row: Mapping[str, str]) -> dict[str, str]:
    if None in row:  # where the reader of tables puts what is too much
        raise ValueError("has more fields than the header")
    return dict(row)
