"""Asks a model for marked cells of fields, cut out tightly and ever more widely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from tqdm import tqdm

from train.sources import Source
from train.sources.fields import Box, Field, fields_of
from train.study.pairs import paired
from wbc_edge import image
from wbc_edge.classifier import Classifier
from wbc_edge.errors import UsageError
from wbc_edge.framing import frame, nucleus_of
from wbc_edge.measure.intervals import Estimate, group_index, proportion

SIDES = (1.1, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Of the crops, in longer sides of a cell's mark; the others are compared with the first."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What a model made of the cells of one source, cut out in one way.

    Attributes:
        model: as it was given.
        source: name of the source.
        side: of the crops, in longer sides of the marks.
        cells: whose crops lie within their fields.
        found: share whose view, the model's first, is centred on a place in the mark.
        top1, change, answered, wrong: as `train.study.pairs.Paired` has them; right is among the
            classes of the source, and the first way are the tightest crops.
    """

    model: str
    source: str
    side: float
    cells: int
    found: Estimate
    top1: Estimate
    change: Estimate | None
    answered: float
    wrong: float | None


@dataclass(frozen=True)
class _Asked:
    group: str
    found: bool
    right: bool
    answered: bool


def perform(model: str, source: Source, sides: Sequence[float] = SIDES) -> list[Cut]:
    """One model on the marked cells of a source, cut out in each way.

    Args:
        model: file, or name of a shipped one.
        source: one with marked fields.
        sides: of the crops, ascending, in longer sides of the marks.

    Raises:
        UsageError: the source has no fields with named cells, or the model lacks one of their
            classes.
        InputError: a field cannot be read.
        ModelError, RuntimeUnavailable: the model cannot be used.
    """
    fields = fields_of(source)
    labels = sorted({name for each in fields for name in each.names if name is not None})
    if len(labels) < 2:
        raise UsageError(f"{source.path}: no fields with marked cells of two classes")
    classifier = Classifier.untuned(model, classes=labels)
    # By side, and there by cell.
    asked: list[dict[int, _Asked]] = [{} for _ in sides]
    for number, (field, box, name, picture) in enumerate(_cells(fields, source.name)):
        for said, side in zip(asked, sides, strict=True):
            if (square := around(box, side, picture.size)) is not None:
                said[number] = _asked(classifier, picture, square, box, name, field.group)
    if not asked[0]:
        raise UsageError(f"{source.path}: no cell lies wholly in its field")
    return [
        _summed(model, source.name, side, said, asked[0])
        for side, said in zip(sides, asked, strict=True)
        if said
    ]


def around(box: Box, side: float, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """A square about a box, moved into a picture of this size; None where it is too large for it.

    Args:
        box: left, upper, right, lower, in pixels.
        side: in longer sides of the box.
        size: width and height.
    """
    length = round(side * max(box[2] - box[0], box[3] - box[1]))
    if not 0 < length <= min(size):
        return None
    left, upper = (
        round(min(max((box[axis] + box[axis + 2] - length) / 2, 0), size[axis] - length))
        for axis in (0, 1)
    )
    return left, upper, left + length, upper + length


def _cells(fields: Sequence[Field], source: str) -> Iterator[tuple[Field, Box, str, Image.Image]]:
    """Every marked cell with a name, and the picture of its field."""
    for field in tqdm(fields, desc=source, leave=False, disable=None):
        named = [(b, n) for b, n in zip(field.boxes, field.names, strict=True) if n is not None]
        if not named:
            continue
        picture = image.load(field.path).picture
        for box, name in named:
            yield field, box, name, picture


def _asked(
    classifier: Classifier,
    picture: Image.Image,
    square: tuple[int, int, int, int],
    box: Box,
    name: str,
    group: str,
) -> _Asked:
    crop = picture.crop(square)
    answer = classifier.classify(crop)
    framing = classifier.card.input.framing
    view = frame(crop, framing, nucleus_of(crop, framing))
    centre = [square[axis] + (view[axis] + view[axis + 2]) / 2 for axis in (0, 1)]
    return _Asked(
        group=group,
        found=all(box[axis] <= centre[axis] <= box[axis + 2] for axis in (0, 1)),
        right=answer.label == name,
        answered=not answer.abstained,
    )


def _summed(
    model: str, source: str, side: float, said: dict[int, _Asked], first: dict[int, _Asked]
) -> Cut:
    cells = list(said.values())
    index = group_index(len(cells), [cell.group for cell in cells])
    right, told, found = (
        np.array([getattr(cell, what) for cell in cells]) for what in ("right", "answered", "found")
    )
    before = None if said is first else np.array([first[number].right for number in said])
    return Cut(
        model=model,
        source=source,
        side=side,
        cells=len(cells),
        found=proportion(found, index),
        **paired(right, told, before, index)._asdict(),
    )
