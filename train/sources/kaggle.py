"""Kaggle blood-cells: augmented copies of BCCD fields in TRAIN and TEST, four classes.

Source: kaggle.com/paultimothymooney/blood-cells. TEST is the test part, whole and as given; TRAIN
is dealt to training and validation. The `_N_` in a file's name does not name the original: where
the table `original_of.csv` lies beside the two folders, it does, and copies of one scene stay
together.
"""

from __future__ import annotations

from pathlib import Path

from train.sources import folder, originals
from train.sources.sample import Sample


def read(root: Path) -> list[Sample]:
    """Every copy; its class in lower case, as the other sources write it."""
    table = originals.read(root / originals.TABLE) if (root / originals.TABLE).is_file() else None
    samples = []
    for given in ("TRAIN", "TEST"):
        for sample in folder.read(root / given):
            key = f"{given}/{sample.key}"
            known = table if table is not None and key in table.fields else None
            samples.append(
                Sample(
                    key=key,
                    path=sample.path,
                    label=sample.label.lower(),
                    group=originals.name(known.groups[key]) if known else key,
                    part="test" if given == "TEST" else None,
                    original=originals.name(known.fields[key]) if known else None,
                )
            )
    return samples
