"""Photographs of whole fields: every white cell in them found, and named one by one.

Nuclei are found by their stain (`wbc_edge.nuclei`), a square is cut out around each as a picture
of a single cell would show it, and that goes the way of any such picture. What is stained but no
cell is left to the network, which knows what is like no cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge import framing, image, looks
from wbc_edge.classifier import Row
from wbc_edge.decoding import no_memory
from wbc_edge.destination import opened, writing
from wbc_edge.errors import InputError, UsageError
from wbc_edge.nuclei import are_near, find_nuclei, is_whole
from wbc_edge.nucleus import Nucleus, find_nucleus
from wbc_edge.output import CSV, JSONLines, form_of

if TYPE_CHECKING:
    import PIL.Image

    from wbc_edge.classifier import Classifier, Prediction
    from wbc_edge.image import Source

    Found = tuple[Nucleus, Prediction]

REGION = 6.0
"""Side of the square that is cut out around a nucleus, in radii of it: three nuclear diameters, of
which the network's view then takes what it needs."""

SAME = 0.5
"""Least radius of what is found in that square, in radii of the nucleus that it was cut out for:
what is smaller is a part of it."""

GROWN = (1.4, 2.5)
"""How many times that radius it is where it may be more than this nucleus, and where it is too much
to be one."""

POLYMORPHONUCLEAR = ("basophil", "eosinophil", "neutrophil")
"""Classes whose nuclei have lobes, which may lie so far apart that each is found by itself."""

LOBES = 3.0
"""Distance under which two nuclei may be lobes of one, in radii of the larger: the network tells
whether they are."""

CUT_LOBES = 2.7
"""The same where an edge cuts one of them, and nothing tells."""

MORE = "more is stained here than could be told apart: cells are missing; count parts of it"
"""The note where a field holds more cells than are looked for."""


@dataclass(frozen=True, kw_only=True)
class FieldCell:
    """A cell of a field: its number in it, from 1, where its nucleus lies, and the answer.

    `view` is what the network was given of it, where asked for, as in `Row`.
    """

    number: int
    nucleus: Nucleus
    prediction: Prediction
    view: image.Pixels | None = field(default=None, repr=False, compare=False)


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
    """What became of one field: its cells from the top to the bottom, or the error in their way.

    The nuclei that its edge cuts are `cut`; what cells they are of nobody can tell.
    """

    path: str
    cells: tuple[FieldCell, ...] = ()
    cut: tuple[Nucleus, ...] = ()
    error: InputError | None = None
    notes: tuple[str, ...] = ()
    picture: PIL.Image.Image | None = field(default=None, repr=False)

    def rows(self) -> list[CellRow]:
        """A row for each cell; one for a field that has none or could not be read."""
        if not self.cells:
            return [CellRow(path=self.path, error=self.error, notes=self.notes)]
        return [
            CellRow(
                path=self.path,
                cell=cell,
                prediction=cell.prediction,
                notes=self.notes,
                view=cell.view,
            )
            for cell in self.cells
        ]


class FieldCSV(CSV):
    """`wbc_edge.output.CSV` with the cell's place."""

    where = ("path", "cell", "x", "y", "radius")


FORMATS: dict[str, type[FieldCSV | JSONLines]] = {"csv": FieldCSV, "jsonl": JSONLines}
"""Writers of a field's rows."""


def examine(
    classifier: Classifier, sources: Iterable[Source], *, views: bool = False
) -> Iterator[Field]:
    """Fields one by one, lazily and in order; one that cannot be read is a Field with its error.

    Their cells keep their views if asked.
    """
    for source in sources:
        path = image.source_name(source)
        try:
            loaded = image.load(source, limits=classifier.limits)
            cells, cut, are_all = find_cells(classifier, loaded.picture)
            if views:
                cells = tuple(
                    replace(cell, view=_view(classifier, loaded.picture, cell.nucleus))
                    for cell in cells
                )
        except MemoryError:
            yield Field(path=path, error=no_memory(path))
        except InputError as error:
            yield Field(path=path, error=error)
        else:
            notes = loaded.notes if are_all else (*loaded.notes, MORE)
            yield Field(path=path, cells=cells, cut=cut, notes=notes, picture=loaded.picture)


@contextmanager
def recorded(
    output: str | None, labels: Sequence[str], *, form: str | None = None
) -> Iterator[Callable[[Field], None]]:
    """What writes a field's rows to the file; where none is named, nothing.

    Its form is one of `FORMATS`, by default the one that its name ends in. Raises UsageError for a
    name that ends in none, and where the file cannot be written.
    """
    if output is None:
        yield lambda _: None
        return
    form = form or form_of(output)
    if form not in FORMATS:
        raise UsageError(f"--output {output}: name it .csv or .jsonl, or say which with --format")
    with opened(output) as stream:
        with writing(output):
            writer = FORMATS[form](stream, labels, None)

        def write(found: Field) -> None:
            with writing(output):
                for row in found.rows():
                    writer.write(row)

        yield write


def find_cells(
    classifier: Classifier, picture: PIL.Image.Image
) -> tuple[tuple[FieldCell, ...], tuple[Nucleus, ...], bool]:
    """The cells of an RGB picture, each with its answer, and the nuclei that its edge cuts.

    And whether these are all, as `nuclei.find_nuclei` tells.

    A cut nucleus has not the shape by which it is named, and is counted on no slide; nor is what
    may be another lobe of it.
    """
    whole: list[Nucleus] = []
    cut: list[Nucleus] = []
    nuclei, are_all = find_nuclei(picture)
    for nucleus in nuclei:
        (whole if is_whole(nucleus, *picture.size) else cut).append(nucleus)
    readings = [reading for nucleus in whole for reading in _readings(picture, nucleus)]
    kept = _apart(_named(classifier, picture, readings))
    joined = _joined(classifier, picture, kept)
    inside: list[Found] = []
    halves: list[Nucleus] = []
    for nucleus, answer in _apart([*joined, *kept]):
        if _has_lobes(answer) and any(are_near(nucleus, other, CUT_LOBES) for other in cut):
            halves.append(nucleus)
        else:
            inside.append((nucleus, answer))
    inside.sort(key=lambda one: (one[0].y, one[0].x))
    cells = (
        FieldCell(number=number, nucleus=nucleus, prediction=answer)
        for number, (nucleus, answer) in enumerate(inside, 1)
    )
    return tuple(cells), (*cut, *halves), are_all


def _readings(picture: PIL.Image.Image, nucleus: Nucleus) -> list[Nucleus]:
    """What a nucleus on a field's coarse map may be in the picture: one nucleus, or one of two.

    The search in a picture of this cell alone has it more finely. Where that has grown, lobes of
    one nucleus have come together, or nuclei of cells that touch: the network is to tell by which
    of the two it knows better.
    """
    left, upper, right, lower = _region(nucleus, picture.size)
    found = find_nucleus(picture.crop((left, upper, right, lower)))
    if found is None:
        return [nucleus]
    found = Nucleus(found.x + left, found.y + upper, found.radius)
    growth = found.radius / nucleus.radius
    is_it = _within(nucleus, found) and SAME <= growth <= GROWN[1]
    if not is_it or not is_whole(found, *picture.size):
        return [nucleus]
    return [found] if growth < GROWN[0] else [found, nucleus]


def _named(
    classifier: Classifier, picture: PIL.Image.Image, nuclei: Sequence[Nucleus]
) -> list[Found]:
    """Nuclei with their answers, the surest first."""
    answers: list[Prediction] = []
    for start in range(0, len(nuclei), looks.AT_ONCE):  # of all at once, views are hundreds of MB
        some = nuclei[start : start + looks.AT_ONCE]
        answers += classifier.answers(np.stack([_view(classifier, picture, one) for one in some]))
    return sorted(zip(nuclei, answers, strict=True), key=_by_certainty)


def _apart(found: Iterable[Found]) -> list[Found]:
    """What is left where no nucleus may lie in another: of two the one that comes first."""
    kept: list[Found] = []
    for one in found:
        if not any(_within(one[0], other) or _within(other, one[0]) for other, _ in kept):
            kept.append(one)
    return kept


def _joined(
    classifier: Classifier, picture: PIL.Image.Image, found: Sequence[Found]
) -> list[Found]:
    """The nuclei that two lobes come to, where the network knows those for the same class."""
    lobes = [one for one in found if _has_lobes(one[1])]
    pairs = [
        (one, other)
        for one, other in combinations(lobes, 2)
        if one[1].label == other[1].label and are_near(one[0], other[0], LOBES)
    ]
    meant = {_around(one[0], other[0]): one[1].label for one, other in pairs}
    return [
        (nucleus, answer)
        for nucleus, answer in _named(classifier, picture, list(meant))
        if answer.reason is None and answer.label == meant[nucleus]
    ]


def _has_lobes(answer: Prediction) -> bool:
    return answer.reason != "not_a_cell" and answer.label in POLYMORPHONUCLEAR


def _around(one: Nucleus, other: Nucleus) -> Nucleus:
    """The smallest disc that holds two, neither of which holds the other."""
    apart = math.hypot(other.x - one.x, other.y - one.y)
    radius = (one.radius + apart + other.radius) / 2
    share = (radius - one.radius) / apart
    x, y = one.x + share * (other.x - one.x), one.y + share * (other.y - one.y)
    return Nucleus(x, y, radius)


def _by_certainty(one: Found) -> tuple[bool, float]:
    """A key that sorts the surest answers to the front, and to the end what is like no cell."""
    answer = one[1]
    return answer.reason == "not_a_cell", -answer.confidence


def _within(one: Nucleus, other: Nucleus) -> bool:
    """Whether the centre of one lies in the disc of the other."""
    return math.hypot(one.x - other.x, one.y - other.y) < other.radius


def _view(classifier: Classifier, picture: PIL.Image.Image, nucleus: Nucleus) -> image.Pixels:
    spec = classifier.card.input
    if spec.framing.method == "centre":
        # It has to be there, also where the picture ends near it.
        half = REGION * nucleus.radius / 2
        around = nucleus.x - half, nucleus.y - half, nucleus.x + half, nucleus.y + half
        padded, box = framing.pad(picture, around)
        left, upper, right, lower = map(round, box)
        return image.prepare(padded.crop((left, upper, right, lower)), spec)
    left, upper, right, lower = _region(nucleus, picture.size)
    there = Nucleus(nucleus.x - left, nucleus.y - upper, nucleus.radius)
    return image.prepare_around(there, picture.crop((left, upper, right, lower)), spec)


def _region(nucleus: Nucleus, size: tuple[int, int]) -> tuple[int, int, int, int]:
    half = REGION * nucleus.radius / 2
    left, upper = max(0, round(nucleus.x - half)), max(0, round(nucleus.y - half))
    return left, upper, min(size[0], round(nucleus.x + half)), min(size[1], round(nucleus.y + half))
