"""What is known of single cells besides their class: by it, a network's errors can be told apart.

A folder is read as WBCAtt's; a `.csv` table has a column `file` (the cell's path within its source,
or its name without folder and ending) and any others, such as a stain, a scanner or an observer.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        UsageError: it cannot be read, lacks a column, or has but the one of the files.
    """
    if path.is_dir():
        return {stem: asdict(found.attributes) for stem, found in wbcatt.read(path).items()}
    rows = table.read(path, ("file",), dict)
    if not any(len(row) > 1 for row in rows):
        raise UsageError(f"{path}: has no column besides 'file'")
    return {row.pop("file"): row for row in rows}


def of(sample: Sample, known: Attributes) -> Mapping[str, str]:
    """Those of one cell, with its sub-type where its source names one; values that are told."""
    own = {} if sample.sub_type is None else {"sub_type": sample.sub_type}
    named = known.get(sample.key) or known.get(Path(sample.key).stem) or {}
    return own | {name: value for name, value in named.items() if value}
