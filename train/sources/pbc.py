"""PBC: single normal cells in a folder per class; the file's name tells the finer type.

Source: Acevedo et al., Data in Brief 30 (2020) 105474, CC BY 4.0. Nothing is known of patients or
slides, so no split can keep them apart.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from train.sources import folder
from train.sources.sample import Sample

SUB_TYPES = {
    "SNE": "segmented",
    "BNE": "band",
    "MY": "myelocyte",
    "MMY": "metamyelocyte",
    "PMY": "promyelocyte",
}
"""By the part of the file's name before its first underscore."""


def original(path: Path) -> str:
    """What the picture of a file is called, in every copy of the set."""
    return f"pbc/{path.stem}"


def read(root: Path) -> list[Sample]:
    """Every cell, with the sub-type that its name tells; the stem names the original picture.

    The set goes round as JPEG, resized or re-encoded, always under the same stems: two copies of it
    given as two sources are known as one.
    """
    return [
        replace(
            sample,
            original=original(sample.path),
            sub_type=SUB_TYPES.get(sample.path.stem.partition("_")[0]),
        )
        for sample in folder.read(root)
    ]
