"""WBCAtt: eleven morphological attributes of PBC's white cells, by the name of the file.

Source: Tsutsui, Pang and Wen, "WBCAtt: a white blood cell dataset annotated with detailed
morphological attributes", NeurIPS 2023; github.com/apple2373/wbcatt, MIT licence.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from wbc_edge.measure import csv_table

PARTS = ("train", "val", "test")


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What a haematologist sees in one cell, each in the words of the set."""

    cell_size: str
    cell_shape: str
    nucleus_shape: str
    nuclear_cytoplasmic_ratio: str
    chromatin_density: str
    cytoplasm_vacuole: str
    cytoplasm_texture: str
    cytoplasm_colour: str
    granule_type: str
    granule_colour: str
    granularity: str


def read(root: Path) -> dict[str, Attributes]:
    """The attributes in the authors' three parts, by the stem of PBC's file (`BA_1223`).

    Raises:
        UsageError: a table is missing or lacks a column.
    """
    names = [field.name for field in fields(Attributes)]
    found: dict[str, Attributes] = {}
    for part in PARTS:
        found |= csv_table.read(
            root / f"pbc_attr_v1_{part}.csv",
            ("img_name", *names),
            lambda row: (
                Path(row["img_name"]).stem,
                Attributes(**{name: row[name] for name in names}),
            ),
        )
    return found
