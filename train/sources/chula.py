"""Chula WBC set: square crops in a folder per class, and `index.csv` that names each crop's slide.

Source: github.com/singgihbekti/WBC_Dataset (Chulalongkorn University), MIT licence. A slide is
named by class and number (`M-3B`), so that one smear has as many names as classes were photographed
on it: their frames are numbered through, and no number stands under two of them. `HF-M-8` are
fields of `M-8` in a mirror.
"""

from __future__ import annotations

import re
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
    return [
        replace(sample, group=(slide := slides[_stem(sample.key)]), scene=_smear(slide))
        for sample in samples
    ]


def _smear(slide: str) -> str:
    """What the slides of one smear share: their name without the class."""
    return re.sub(r"^(HF-)?[BELMN]-", "", slide)


def _stem(name: str) -> str:
    return Path(name).with_suffix("").as_posix()
