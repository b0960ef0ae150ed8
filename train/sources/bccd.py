"""BCCD: whole fields with a box around each white cell (Pascal VOC) and one sub-type per field.

Source: github.com/Shenggan/BCCD_Dataset, MIT licence; sub-types from the table `labels.csv`. Only
fields with exactly one white cell and exactly one sub-type name their cell without doubt; the
others are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from train.sources import originals, table
from train.sources.sample import LeftOut, Sample
from wbc_edge.errors import UsageError

CONTEXT = 2.0
"""Side of the cut region in longer sides of the cell's box: as a single-cell camera shows it."""


def read(root: Path) -> list[Sample]:
    """One cell per unambiguous field, cut out by its box with a margin.

    Raises:
        UsageError: the table is missing or lacks a column, or an annotation cannot be read.
    """
    return [found for found in _fields(root) if isinstance(found, Sample)]


def left_out(root: Path) -> list[LeftOut]:
    """The fields that `read` yields no cell for, each with its reason."""
    return [found for found in _fields(root) if isinstance(found, LeftOut)]


def _fields(root: Path) -> Iterator[Sample | LeftOut]:
    for number, label in sorted(_sub_types(root / "labels.csv").items()):
        field = f"BloodImage_{number:05d}"
        key, path = f"{field}.jpg", root / "JPEGImages" / f"{field}.jpg"
        annotation = root / "Annotations" / f"{field}.xml"
        if not annotation.is_file():
            yield LeftOut(key=key, path=path, reason="no annotation")
            continue
        tree = _annotation(annotation)
        boxes = white_cells(tree)
        if not label:
            yield LeftOut(key=key, path=path, reason="no label")
        elif "," in label:
            yield LeftOut(key=key, path=path, reason=f"several labels: {label}")
        elif len(boxes) != 1:
            yield LeftOut(key=key, path=path, reason=f"{len(boxes)} white cells, one label")
        else:
            size = _number(tree.getroot(), "size/width"), _number(tree.getroot(), "size/height")
            yield Sample(
                key=key,
                path=path,
                label=label,
                group=field,
                region=_region(boxes[0], size),
                original=originals.name(number),
            )


def white_cells(annotation: ElementTree.ElementTree) -> list[tuple[int, int, int, int]]:
    """The boxes (left, upper, right, lower) of the white cells of a field, in pixels."""
    return [_box(item) for item in annotation.iter("object") if item.findtext("name") == "WBC"]


def _sub_types(path: Path) -> dict[int, str]:
    return dict(
        table.read(
            path,
            ("Image", "Category"),
            lambda row: (int(row["Image"]), row["Category"].strip().lower()),
        )
    )


def _annotation(path: Path) -> ElementTree.ElementTree:
    try:
        return ElementTree.parse(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except ElementTree.ParseError as error:
        raise UsageError(f"{path}: is no annotation ({error})") from error


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
