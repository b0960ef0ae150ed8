"""The table `original_of.csv`: which BCCD field each augmented copy of the Kaggle set shows.

Columns: `file`, the copy's path within the set; `bccd_image`, the number of the field;
`near_duplicate_group`, the number of one field that stands for all that show the same or an
overlapping scene. Other columns are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wbc_edge.measure import csv_table

TABLE = "original_of.csv"


def name(number: int) -> str:
    """What a field of BCCD is called as an original, in every source."""
    return of_file(f"BloodImage_{number:05d}")


def of_file(stem: str) -> str:
    """The same, by the name of its file."""
    return f"bccd/{stem}"


@dataclass(frozen=True, kw_only=True)
class Originals:
    """Copy -> number of its field, and -> number of the field that stands for its group."""

    fields: dict[str, int]
    groups: dict[str, int]

    def held_out(self) -> frozenset[str]:
        """Names of the originals that no training may see: those of TEST and of its groups.

        A field belongs to them when a copy of it stands in TEST, or when it shows the scene of one
        that does.
        """
        tested = {group for file, group in self.groups.items() if file.startswith("TEST/")}
        return frozenset(
            name(number)
            for file, group in self.groups.items()
            if group in tested
            for number in (group, self.fields[file])
        )


def read(path: Path) -> Originals:
    """The table.

    Raises:
        UsageError: there is no such file, or it lacks a column or a number.
    """
    rows = csv_table.read(
        path,
        ("file", "bccd_image", "near_duplicate_group"),
        lambda row: (row["file"], int(row["bccd_image"]), int(row["near_duplicate_group"])),
    )
    return Originals(
        fields={file: field for file, field, _ in rows},
        groups={file: group for file, _, group in rows},
    )
