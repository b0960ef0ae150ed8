"""Whole microscope fields with the boxes of their white cells, and their names as far as known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from train.sources.bccd import read, read_annotation

Box = tuple[float, float, float, float]

CHULA_CLASSES = ("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte")
"""In the order of the numbers in its tables."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field: its file, its group (slide or original) and the boxes of its white cells.

    `group` and `original` are those of its cells as the source's reader gives them
    (`train.sources.sample`). Boxes are (left, upper, right, lower) in pixels; `names` has the class
    of each, or None where nobody has said.
    """

    path: Path
    group: str
    boxes: tuple[Box, ...]
    names: tuple[str | None, ...]
    original: str | None = None


def bccd(root: Path) -> Iterator[Field]:
    """The fields of BCCD: Pascal VOC boxes under `Annotations`.

    A field's name is that of its cell where it has one of each.

    Raises:
        UsageError: an annotation or the table of names cannot be read.
    """
    named = {sample.path.stem: sample.label for sample in read(root)}
    for annotation in sorted((root / "Annotations").glob("*.xml")):
        boxes, _ = read_annotation(annotation)
        name = named.get(annotation.stem)
        path = root / "JPEGImages" / f"{annotation.stem}.jpg"
        if path.is_file():
            yield Field(
                path=path,
                group=annotation.stem,
                boxes=tuple(boxes),
                names=(name,) * len(boxes),
                original=f"bccd/{annotation.stem}",
            )


def chula(root: Path) -> Iterator[Field]:
    """The fields of the Chula set: YOLO boxes (class, centre, size, as shares of the frame)."""
    for path in sorted((root / "fields").glob("*/images/*")):
        table = path.parent.parent / "labels" / f"{path.stem}.txt"
        if not table.is_file():  # nobody has looked where its cells are
            continue
        with Image.open(path) as picture:
            width, height = picture.size
        boxes, names = [], []
        for line in table.read_text(encoding="utf-8").splitlines():
            number, *place = line.split()
            x, y, w, h = map(float, place[:4])
            names.append(CHULA_CLASSES[int(number)])
            boxes.append(
                (
                    (x - w / 2) * width,
                    (y - h / 2) * height,
                    (x + w / 2) * width,
                    (y + h / 2) * height,
                )
            )
        yield Field(
            path=path, group=path.stem.rsplit("_", 1)[0], boxes=tuple(boxes), names=tuple(names)
        )


READERS = {"bccd": bccd, "chula": chula}
