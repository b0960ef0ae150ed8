"""Labels of cells of one's own from a table, in place of a folder per class.

Columns `file` (the picture's path within its source, or from the root on) and `label`; what the
page of `wbc-edge classify --gallery` saves is such a table. That of `count` is none: its rows are
of cells within fields.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from train.sources import folder
from train.sources.sample import LeftOut, Sample
from wbc_edge.card import IN_PLACE_OF_A_CLASS
from wbc_edge.inputs import is_picture
from wbc_edge.measure import csv_table

FILE, LABEL, CELL = "file", "label", "cell"

NO_CLASS = frozenset(IN_PLACE_OF_A_CLASS.values())
"""What stands on that page where a cell has no class: such a row labels nothing."""


def read(root: Path, path: Path) -> list[Sample]:
    """The cells of a source that a table names, in order of their paths.

    Args:
        root: the source.
        path: the table.

    Raises:
        UsageError: there is no such table, it lacks a column or a value, tells two labels of one
            file, or names what is no picture in the source; the line is named.
    """
    top = Path(os.path.abspath(root))  # noqa: PTH100 - a link in it is part of its name

    def told(row: Mapping[str, str]) -> tuple[str, str]:
        name, label = row[FILE], row[LABEL].strip()
        if row.get(CELL):
            raise ValueError("is of one cell of a field; labels are of whole pictures")
        if not name.strip() or not label:
            raise ValueError("names no file, or no label")
        # As it stands, or as `abspath` gave it; what leads above the source is none of its files.
        whole = Path(os.path.normpath(top / name))
        if not whole.is_relative_to(top) or not whole.is_file() or not is_picture(whole.name):
            raise ValueError(f"'{name}' is no picture in {root}; paths are relative to the source")
        return whole.relative_to(top).as_posix(), label

    named = csv_table.read_unique(path, (FILE, LABEL), told)
    return [
        Sample(key=key, path=root / key, label=label, group=key)
        for key, label in sorted(named.items())
        if label not in NO_CLASS
    ]


def left_out(root: Path, path: Path) -> list[LeftOut]:
    """The pictures of a source that a table does not label.

    Raises:
        UsageError: as `read`, or a folder cannot be listed.
    """
    labelled = {sample.key for sample in read(root, path)}
    return [
        LeftOut(key=key, path=found, reason=f"no label in {path}")
        for found, _, key in folder.listed(root, is_picture)
        if key not in labelled
    ]
