"""Chula WBC set: square crops in a folder per class, and `index.csv` that names each crop's slide.

Source: github.com/singgihbekti/WBC_Dataset (Chulalongkorn University), MIT licence. The slide is
tied to the class, so cells of one slide stay together.
"""

from __future__ import annotations

import csv
from pathlib import Path

from train.sources import folder
from train.sources.sample import Sample


def read(root: Path) -> list[Sample]:
    """The crops under `ROOT/crops`, grouped by the slide that `ROOT/index.csv` gives."""
    with (root / "index.csv").open(newline="", encoding="utf-8") as file:
        slides = {
            Path(row["file"]).with_suffix("").as_posix(): row["group"]
            for row in csv.DictReader(file)
        }
    return [
        Sample(
            key=sample.key,
            path=sample.path,
            label=sample.label,
            group=slides[Path(sample.key).with_suffix("").as_posix()],
        )
        for sample in folder.read(root / "crops")
    ]
