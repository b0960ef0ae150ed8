"""BCCD: whole fields with a box around each white cell (Pascal VOC) and one sub-type per field.

Source: github.com/Shenggan/BCCD_Dataset, MIT licence; sub-types from the table `labels.csv` of the
Kaggle set "blood-cells", which is made of these fields and states no licence. Only fields with
exactly one white cell and exactly one sub-type name their cell without doubt; the others are left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from train.sources import originals
from train.sources.sample import LeftOut, Sample
from wbc_edge.errors import UsageError
from wbc_edge.measure import csv_table

Box = tuple[int, int, int, int]

SCENES = (
    *((19, 20), (37, 38), (107, 108), (160, 161), (165, 166, 193), (204, 205, 276, 277)),
    *((206, 278), (223, 224, 263, 264), (225, 262), (226, 261), (227, 260), (228, 259)),
    *((229, 258), (230, 257), (231, 256), (232, 255), (233, 254), (236, 253), (237, 252)),
    *((239, 240), (242, 248, 249), (243, 250), (244, 247), (364, 409), (365, 408)),
    *((381, 397), (382, 395), (384, 393), (386, 391)),
)
"""Fields that overlap, many by the very cell: found by what they show (SIFT: Lowe, International
Journal of Computer Vision 60 (2004) 91-110; nine or more features that agree on one shift)."""

_SCENE_OF = {
    number: f"fields {fields[0]} to {fields[-1]}" for fields in SCENES for number in fields
}

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
        boxes, size = read_annotation(annotation)
        if not label:
            yield LeftOut(key=key, path=path, reason="no label")
        elif "," in label:
            yield LeftOut(key=key, path=path, reason=f"several labels: {label}")
        elif len(boxes) != 1:
            yield LeftOut(key=key, path=path, reason=f"{len(boxes)} white cells, one label")
        else:
            yield Sample(
                key=key,
                path=path,
                label=label,
                group=field,
                region=_region(boxes[0], size),
                original=originals.name(number),
                scene=_SCENE_OF.get(number),
            )


def read_annotation(path: Path) -> tuple[list[Box], tuple[int, int]]:
    """The boxes (left, upper, right, lower) of a field's white cells, and its (width, height).

    Raises:
        UsageError: the file cannot be read, or lacks a number or has another text in its place; the
            field has no size, or a box holds nothing of it.
    """
    try:
        root = ElementTree.parse(path).getroot()
        size = _size(root)
        cells = (item for item in root.iter("object") if item.findtext("name") == "WBC")
        return [_box(item, size) for item in cells], size
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    # LookupError: of an encoding that Python does not know, or that is none of texts.
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UsageError(f"{path}: is no annotation ({error})") from error


def _sub_types(path: Path) -> dict[int, str]:
    return dict(
        csv_table.read(
            path,
            ("Image", "Category"),
            lambda row: (int(row["Image"]), row["Category"].strip().lower()),
        )
    )


def _number(element: ElementTree.Element, path: str) -> int:
    text = element.findtext(path)
    if text is None:
        raise ValueError(f"{path} is missing")
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{path} is '{text}', not a whole number") from None


def _size(root: ElementTree.Element) -> tuple[int, int]:
    width, height = _number(root, "size/width"), _number(root, "size/height")
    if min(width, height) < 1:
        raise ValueError(f"a size of {width} x {height}")
    return width, height


def _box(item: ElementTree.Element, size: tuple[int, int]) -> Box:
    """A cell's box; it may reach over the edge of the field, as boxes drawn by hand do."""
    left, upper, right, lower = (
        _number(item, f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")
    )
    if left >= right or upper >= lower:
        raise ValueError(f"the box {left}, {upper} to {right}, {lower} is empty")
    if right <= 0 or lower <= 0 or left >= size[0] or upper >= size[1]:
        raise ValueError(
            f"the box {left}, {upper} to {right}, {lower} lies outside of {size[0]} x {size[1]}"
        )
    return left, upper, right, lower


def _region(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The square around a box, moved as little as needed to lie within the field."""
    longer = min(max(box[2] - box[0], box[3] - box[1]), *size)
    side = min(round(CONTEXT * longer), *size)
    left = min(max((box[0] + box[2] - side) // 2, 0), size[0] - side)
    upper = min(max((box[1] + box[3] - side) // 2, 0), size[1] - side)
    return left, upper, left + side, upper + side
