"""BCCD: whole fields with a box around each white cell (Pascal VOC) and one sub-type per field.

Source: github.com/Shenggan/BCCD_Dataset, MIT licence; sub-types from the table `labels.csv`. Only
fields with exactly one white cell and exactly one sub-type name their cell without doubt; the
others are left out.
"""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

from train.sources.sample import Sample

CONTEXT = 2.0
"""Side of the cut region in longer sides of the cell's box: as a single-cell camera shows it."""


def read(root: Path) -> list[Sample]:
    """One cell per unambiguous field, cut out by its box with a margin."""
    samples = []
    for number, label in sorted(_sub_types(root / "labels.csv").items()):
        name = f"BloodImage_{number:05d}"
        annotation = root / "Annotations" / f"{name}.xml"
        if not annotation.is_file():
            continue
        tree = ElementTree.parse(annotation)
        boxes = [_box(item) for item in tree.iter("object") if item.findtext("name") == "WBC"]
        if len(boxes) != 1:
            continue
        size = _number(tree.getroot(), "size/width"), _number(tree.getroot(), "size/height")
        samples.append(
            Sample(
                key=f"{name}.jpg",
                path=root / "JPEGImages" / f"{name}.jpg",
                label=label,
                group=name,
                region=_region(boxes[0], size),
            )
        )
    return samples


def _sub_types(table: Path) -> dict[int, str]:
    with table.open(newline="", encoding="utf-8") as file:
        rows = [
            (int(row["Image"]), row["Category"].strip().lower()) for row in csv.DictReader(file)
        ]
    return {number: label for number, label in rows if label and "," not in label}


def _number(element: ElementTree.Element, path: str) -> int:
    return int(element.findtext(path, default="0"))


def _box(item: ElementTree.Element) -> tuple[int, int, int, int]:
    left, upper, right, lower = (
        _number(item, f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")
    )
    return left, upper, right, lower


def _region(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The square around a box, moved as little as needed to lie within the field."""
    side = min(round(CONTEXT * max(box[2] - box[0], box[3] - box[1])), *size)
    left = min(max((box[0] + box[2] - side) // 2, 0), size[0] - side)
    upper = min(max((box[1] + box[3] - side) // 2, 0), size[1] - side)
    return left, upper, left + side, upper + side
