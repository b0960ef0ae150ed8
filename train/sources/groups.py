"""A table of groups for cells of one's own: which of them must not be parted.

Columns `file` (the cell's path within its source) and `group` (a slide, a patient, an original).
`python -m train split --near-duplicates` writes such a table as well.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from train.sources.sample import Sample
from wbc_edge import files
from wbc_edge.errors import UsageError
from wbc_edge.measure import groups


def read(path: Path, held: Collection[str]) -> dict[str, str]:
    """Cell -> group.

    Args:
        path: the table.
        held: paths of the source's files within it.

    Raises:
        UsageError: as `wbc_edge.measure.groups.read`, and it names a file that the source does not
            hold: its groups would be passed over without a word.
    """
    named = groups.read(path)
    for name in named:
        if name not in held:
            raise UsageError(
                f"{path}: names '{name}', which the source does not hold; "
                "paths are relative to the source"
            )
    return named


def write(named: Mapping[str, str], path: Path) -> None:
    """Writes the table, as a whole or not at all."""
    with files.whole(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow((groups.FILE, groups.GROUP))
        rows.writerows(sorted(named.items()))


def apply(samples: Iterable[Sample], named: Mapping[str, str]) -> list[Sample]:
    """The same cells with the table's groups; a cell that it does not name keeps its own."""
    return [replace(sample, group=named.get(sample.key, sample.group)) for sample in samples]
