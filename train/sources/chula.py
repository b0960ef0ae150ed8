"""Chula WBC set: square crops in a folder per class, and `index.csv` that names each crop's slide.

Source: github.com/singgihbekti/WBC_Dataset (Chulalongkorn University), MIT licence. The slide is
tied to the class, so cells of one slide stay together.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from train.sources import folder
from train.sources.sample import Sample
from wbc_edge.errors import UsageError
from wbc_edge.measure import csv_table


def read(root: Path) -> list[Sample]:
    """The crops under `ROOT/crops`, grouped by the slide that `ROOT/index.csv` gives.

    Raises:
        UsageError: there is no such table, it lacks a column, or it does not name a crop.
    """
    index = root / "index.csv"
    slides = dict(
        csv_table.read(index, ("file", "group"), lambda row: (_stem(row["file"]), row["group"]))
    )
    samples = folder.read(root / "crops")
    for sample in samples:
        if _stem(sample.key) not in slides:
            raise UsageError(f"{index}: does not name the slide of {sample.key}")
    return [replace(sample, group=slides[_stem(sample.key)]) for sample in samples]


def _stem(name: str) -> str:
    return Path(name).with_suffix("").as_posix()
