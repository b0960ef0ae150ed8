"""A field with its cells marked: a ring and a name for each, where there is room for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import PIL.ImageDraw
import PIL.ImageFont

from wbc_edge.output import shown

if TYPE_CHECKING:
    import PIL.Image

    from wbc_edge.fields import Field, FieldCell

RING = 1.8
"""Radius of the ring that is drawn around a cell, in radii of its nucleus."""

LONGEST = 1600
"""Longest side of a field that is drawn, in pixels."""

NAME = 0.4
"""Most that a name's letters are high, in radii of the ring that is neither large nor small."""

SMALLEST = 11
"""Least size of letters in pixels: smaller ones cannot be read."""

ANSWERED, DOUBTFUL, NO_CELL = (0, 90, 160), (190, 90, 0), (110, 110, 110)
WHITE = (255, 255, 255)

Area = tuple[float, float, float, float]
"""(left, upper, right, lower) in pixels."""


def marked(found: Field) -> PIL.Image.Image:
    """The field, not larger than need be: blue rings for cells with a name, brown for doubt.

    What is like no known cell has its number and a thin grey ring, what the edge cuts such a ring
    alone.
    """
    if found.picture is None:
        raise ValueError(f"{found.path} has no picture")
    drawn = found.picture.copy()
    drawn.thumbnail((LONGEST, LONGEST))
    return _Marking(drawn, max(drawn.size) / max(found.picture.size)).done(found)


class _Marking:
    def __init__(self, drawn: PIL.Image.Image, zoom: float) -> None:
        self._drawn = drawn
        self._zoom = zoom
        self._pen = PIL.ImageDraw.Draw(drawn)
        self._size = max(SMALLEST, max(drawn.size) // 40)
        self._taken: list[Area] = []

    def done(self, found: Field) -> PIL.Image.Image:
        """All rings first, so that no name comes under one."""
        cells = [cell for cell in found.cells if cell.prediction.reason != "not_a_cell"]
        others = [cell for cell in found.cells if cell.prediction.reason == "not_a_cell"]
        if cells:
            # Of many small cells the names would lie over one another.
            rings = sorted(RING * self._zoom * cell.nucleus.radius for cell in cells)
            fitting = round(rings[len(rings) // 2] * NAME)
            self._size = max(SMALLEST, min(self._size, fitting))
        for nucleus in found.cut:
            self._ring(self._area(nucleus), NO_CELL, 1)
        for cell in others:
            self._ring(self._area(cell.nucleus), NO_CELL, 1)
        for cell in cells:
            area = self._area(cell.nucleus)
            self._ring(area, _colour(cell), max(2, self._size // 7))
            self._taken.append(area)
        for cell in cells:
            self._name(f"{cell.number} {shown(cell.prediction)}", cell, self._size)
        for cell in others:
            self._name(f"{cell.number}", cell, SMALLEST)
        return self._drawn

    def _area(self, nucleus: tuple[float, float, float]) -> Area:
        x, y, radius = (self._zoom * value for value in nucleus)
        ring = RING * radius
        return x - ring, y - ring, x + ring, y + ring

    def _ring(self, area: Area, colour: tuple[int, int, int], width: int) -> None:
        left, upper, right, lower = area
        # Light around it: grey on a grey field would not be seen.
        self._pen.ellipse(
            (left - 1, upper - 1, right + 1, lower + 1), outline=WHITE, width=width + 2
        )
        self._pen.ellipse(area, outline=colour, width=width)

    def _name(self, text: str, cell: FieldCell, size: int) -> None:
        font = PIL.ImageFont.load_default(size)
        width, height = self._pen.textlength(text, font), 1.3 * size
        places = list(self._places(self._area(cell.nucleus), width, height))
        # Where it covers least of other names and rings.
        left, upper, right, lower = min(places, key=self._covered)
        self._taken.append((left, upper, right, lower))
        self._pen.text((left, upper), text, _colour(cell), font, stroke_width=2, stroke_fill=WHITE)

    def _places(self, area: Area, width: float, height: float) -> Iterator[Area]:
        """Above the ring, below, to its right and left, all of them within the picture."""
        left, upper, right, lower = area
        x, y = (left + right - width) / 2, (upper + lower - height) / 2
        for at_x, at_y in ((x, upper - height), (x, lower), (right + 3, y), (left - width - 3, y)):
            inside_x = min(max(0.0, at_x), self._drawn.width - width)
            inside_y = min(max(0.0, at_y), self._drawn.height - height)
            yield inside_x, inside_y, inside_x + width, inside_y + height

    def _covered(self, place: Area) -> float:
        """Pixels that a name there would cover of what is drawn."""
        return sum(_common(place, other) for other in self._taken)


def _common(one: Area, other: Area) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def _colour(cell: FieldCell) -> tuple[int, int, int]:
    colours = {None: ANSWERED, "doubtful": DOUBTFUL, "not_a_cell": NO_CELL}
    return colours[cell.prediction.reason]
