"""Photographs of whole fields: every white cell in them found, and named one by one.

Nuclei are found by their stain (`wbc_edge.nucleus`), a square is cut out around each as a picture
of a single cell would show it, and that goes the way of any such picture. What is stained but no
cell is left to the network, which knows what is like no cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from wbc_edge import image
from wbc_edge.classifier import Row
from wbc_edge.decoding import no_memory
from wbc_edge.errors import InputError, UsageError
from wbc_edge.nucleus import find_nuclei
from wbc_edge.output import CSV, JSONLines, opened, shown, writing

if TYPE_CHECKING:
    from wbc_edge.classifier import Classifier, Prediction
    from wbc_edge.image import Source
    from wbc_edge.nucleus import Nucleus

REGION = 6.0
"""Side of the square that is cut out around a nucleus, in radii of it: three nuclear diameters, of
which the network's view then takes what it needs."""

WHOLE = 0.8
"""Least distance of a nucleus from the edge of the picture, in radii of it: what is nearer lacks
more than a fourteenth of a disc."""

MARK = 1.8
"""Radius of the ring that is drawn around a cell, in radii of its nucleus."""

DRAWN_SIDE = 1600
"""Longest side of a field that is drawn, in pixels."""


@dataclass(frozen=True, kw_only=True)
class FieldCell:
    """A cell of a field: its number in it, from 1, where its nucleus lies, and the answer."""

    number: int
    nucleus: Nucleus
    prediction: Prediction


_PLACE = ("number", "x", "y", "radius")


@dataclass(frozen=True, kw_only=True)
class CellRow(Row):
    """A row of a field: one of its cells, or, with `cell` None, that none can be told of."""

    cell: FieldCell | None = None

    def place(self) -> tuple[object, ...]:
        """The path, the cell's number, and x, y and radius of its nucleus in pixels."""
        if self.cell is None:
            return (self.path, "", "", "", "")
        return (self.path, self.cell.number, *(round(value, 1) for value in self.cell.nucleus))

    def to_dict(self) -> dict[str, Any]:
        """The keys of `Row.to_dict`, and the cell's place."""
        found = super().to_dict()
        where = dict(zip(_PLACE, self.place()[1:], strict=True)) if self.cell else None
        return {"path": found.pop("path"), "cell": where, **found}


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """What became of one field: its cells from the top to the bottom, or the error in their way."""

    path: str
    cells: tuple[FieldCell, ...] = ()
    error: InputError | None = None
    notes: tuple[str, ...] = ()
    picture: PIL.Image.Image | None = field(default=None, repr=False)

    def rows(self) -> list[CellRow]:
        """A row for each cell; one for a field that has none or could not be read."""
        if not self.cells:
            return [CellRow(path=self.path, error=self.error, notes=self.notes)]
        return [
            CellRow(path=self.path, cell=cell, prediction=cell.prediction, notes=self.notes)
            for cell in self.cells
        ]


class FieldCSV(CSV):
    """`wbc_edge.output.CSV` with the cell's place."""

    where = ("path", "cell", "x", "y", "radius")


FORMATS: dict[str, type[FieldCSV | JSONLines]] = {".csv": FieldCSV, ".jsonl": JSONLines}
"""Writers of a field's rows, by how their file's name ends."""


def examine(classifier: Classifier, sources: Iterable[Source]) -> Iterator[Field]:
    """Fields one by one, lazily and in order; one that cannot be read is a Field with its error."""
    for source in sources:
        path = image.source_name(source)
        try:
            loaded = image.load(source, limits=classifier.limits)
            cells = find_cells(classifier, loaded.picture)
        except MemoryError:
            yield Field(path=path, error=no_memory(path))
        except InputError as error:
            yield Field(path=path, error=error)
        else:
            yield Field(path=path, cells=cells, notes=loaded.notes, picture=loaded.picture)


@contextmanager
def recorded(output: str | None, labels: Sequence[str]) -> Iterator[Callable[[Field], None]]:
    """What writes a field's rows to the file, .csv or .jsonl; where none is named, nothing.

    Raises UsageError for a name of another kind, and where the file cannot be written.
    """
    if output is None:
        yield lambda _: None
        return
    form = FORMATS.get(Path(output).suffix.lower())
    if form is None:
        raise UsageError(f"--output {output}: the name of a file of rows ends in .csv or .jsonl")
    with opened(output) as stream:
        with writing(output):
            writer = form(stream, labels, None)

        def write(found: Field) -> None:
            with writing(output):
                for row in found.rows():
                    writer.write(row)

        yield write


def find_cells(classifier: Classifier, picture: PIL.Image.Image) -> tuple[FieldCell, ...]:
    """The cells of an RGB picture, each with its answer; those whose nucleus it cuts are left out.

    A cut nucleus has not the shape by which it is named, and is counted on no slide.
    """
    nuclei = [nucleus for nucleus in find_nuclei(picture) if _is_whole(nucleus, picture.size)]
    if not nuclei:
        return ()
    spec = classifier.card.input
    views = [image.prepare(picture.crop(_region(one, picture.size)), spec) for one in nuclei]
    answers = classifier.answers(np.stack(views))
    return tuple(
        FieldCell(number=number, nucleus=nucleus, prediction=prediction)
        for number, (nucleus, prediction) in enumerate(zip(nuclei, answers, strict=True), 1)
    )


def draw(found: Field) -> PIL.Image.Image:
    """The field with a ring around each cell and its name; grey and nameless where it is none."""
    if found.picture is None:
        raise ValueError(f"{found.path} has no picture")
    drawn = found.picture.copy()
    drawn.thumbnail((DRAWN_SIDE, DRAWN_SIDE))
    zoom = max(drawn.size) / max(found.picture.size)
    pen = PIL.ImageDraw.Draw(drawn)
    size = max(11, max(drawn.size) // 40)
    font = PIL.ImageFont.load_default(size)
    for cell in found.cells:
        x, y, radius = (zoom * value for value in cell.nucleus)
        ring = MARK * radius
        box = (x - ring, y - ring, x + ring, y + ring)
        if cell.prediction.reason == "not_a_cell":
            pen.ellipse(box, outline=(150, 150, 150))
            continue
        answered = cell.prediction.reason is None
        colour = (0, 90, 160) if answered else (190, 90, 0)
        pen.ellipse(box, outline=colour, width=max(2, size // 7))
        text = f"{cell.number} {shown(cell.prediction)}"
        length = pen.textlength(text, font)
        left = min(max(0.0, x - length / 2), drawn.width - length)
        above = y - ring - 1.3 * size
        top = above if above >= 0 else min(y + ring + 0.2 * size, drawn.height - 1.3 * size)
        pen.text((left, top), text, (0, 0, 0), font, stroke_width=2, stroke_fill=(255, 255, 255))
    return drawn


def _is_whole(nucleus: Nucleus, size: tuple[int, int]) -> bool:
    least = WHOLE * nucleus.radius
    return least <= nucleus.x <= size[0] - least and least <= nucleus.y <= size[1] - least


def _region(nucleus: Nucleus, size: tuple[int, int]) -> tuple[int, int, int, int]:
    half = REGION * nucleus.radius / 2
    left, upper = max(0, round(nucleus.x - half)), max(0, round(nucleus.y - half))
    return left, upper, min(size[0], round(nucleus.x + half)), min(size[1], round(nucleus.y + half))
