"""Whole microscope fields with the boxes of their white cells, and their names as far as known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from train import sources
from train.sources import originals
from train.sources.bccd import read, read_annotation
from train.sources.sample import Sample
from wbc_edge import image
from wbc_edge.errors import InputError, UsageError

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
                original=originals.of_file(annotation.stem),
            )


def chula(root: Path) -> Iterator[Field]:
    """The fields of the Chula set: YOLO boxes (class, centre, size, as shares of the frame).

    Raises:
        UsageError: a field or its table cannot be read.
    """
    for path in sorted((root / "fields").glob("*/images/*")):
        table = path.parent.parent / "labels" / f"{path.stem}.txt"
        if not table.is_file():  # nobody has looked where its cells are
            continue
        try:
            size = image.load(path).picture.size
        except InputError as error:
            raise UsageError(str(error)) from error
        marks = [*_yolo(table, size)]
        yield Field(
            path=path,
            group=path.stem.rsplit("_", 1)[0],
            boxes=tuple(box for box, _ in marks),
            names=tuple(name for _, name in marks),
        )


def _yolo(table: Path, size: tuple[int, int]) -> Iterator[tuple[Box, str]]:
    """The boxes of a table, in pixels of a field of this (width, height), and their classes."""
    width, height = size
    classes = dict(enumerate(CHULA_CLASSES))
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{table}: cannot be read ({error})") from error
    for count, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            number, *place = line.split()
            x, y, w, h = map(_share, place[:4])
            name = classes[int(number)]
            if not w or not h:
                raise ValueError("an empty box")
        except (ValueError, KeyError):
            raise UsageError(
                f"{table}: line {count}: '{line}' is no class (0 to {len(CHULA_CLASSES) - 1}), "
                "centre and size, as shares of the frame"
            ) from None
        left, upper = (x - w / 2) * width, (y - h / 2) * height
        yield (left, upper, left + w * width, upper + h * height), name


def _share(text: str) -> float:
    """A number from 0 to 1, and thus none that is not a number.

    Raises:
        ValueError: it is none.
    """
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError("no share")
    return share


def parts_of(source: sources.Source, parts: Mapping[str, Iterable[Sample]]) -> dict[str, set[str]]:
    """The parts in which the cells of each field lie, by the field's group.

    The groups are the reader's own, which are the fields', whatever a table of the source's makes
    of them. There is no part where all cells of a group are left out; a group without a labelled
    cell is not named.

    Args:
        source: the cells and fields.
        parts: part -> its cells.
    """
    part_of = {cell.key: name for name, cells in parts.items() for cell in cells}
    found: dict[str, set[str]] = defaultdict(set)
    for cell in sources.READERS[source.reader](source.path):
        found[cell.group] |= {part_of[cell.key]} if cell.key in part_of else set()
    return dict(found)


READERS = {"bccd": bccd, "chula": chula}


def check(given: Iterable[sources.Source]) -> None:
    """Makes sure that sources have fields in which cells are marked, as their readers tell.

    Raises:
        UsageError: one has none.
    """
    for source in given:
        if source.reader not in READERS:
            raise UsageError(f"{source.reader} has no fields; {', '.join(READERS)} have")


def fields_of(source: sources.Source) -> list[Field]:
    """The fields of a source.

    Raises:
        UsageError: it has none, or one cannot be read.
    """
    check([source])
    return list(READERS[source.reader](source.path))
