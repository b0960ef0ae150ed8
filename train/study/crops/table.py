"""The study of crops as Markdown for people, JSON for programs and a sheet of one drawn cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from train.study import page
from train.study.crops.perform import SIDES, Cut, around
from wbc_edge import synthetic, wording

COLUMNS = (
    "model",
    "cells of",
    "side of the crop",
    "cells",
    "nucleus found",
    "named rightly",
    "change",
    "answered",
    "wrong of these",
)

PICTURE, CAPTION = 160, 16
"""Pixels of a crop's side on the sheet, and of the line above it."""


def write(rows: Sequence[Cut], path: Path, *, command: str, doubts: Sequence[str] = ()) -> None:
    """Writes the page to `path`, and beside it the figures (.json) and a sheet (.jpg).

    `doubts` are sentences on cells that a model may know.
    """
    text = markdown(rows, page.picture_of(path).name, command, doubts)
    page.write(path, text, command=command, rows=[*map(asdict, rows)], picture=sheet())


def markdown(rows: Sequence[Cut], picture: str, command: str, doubts: Sequence[str] = ()) -> str:
    """The page: a row for each model, source and side."""
    lines = page.head("Crops", command)
    lines += [
        "Cells that people have marked in photographs of fields, cut out as other programs and",
        "people would: tightly, or with much of what lies around. A crop is a square; its side is",
        "told in longer sides of the mark, so that of 4.0 the cell takes a sixteenth. Where the",
        "edge of the field is near, the cell is not in the middle of the crop.",
        "",
        "Nucleus found: the place that the view is centred on lies in the mark. Named rightly:",
        "the most probable of the source's classes is the true one, answered or not. Change: in",
        "points, from the tightest crops of the same cells, in pairs. Where a model has learnt",
        "from such cells, which is said below, the changes tell something all the same, and the",
        "levels do not. In brackets: 95 % intervals, by slide or original where known. A crop that",
        "is larger than its field is not made.",
        "",
        f"![A drawn cell in crops of these sides]({picture})",
        "",
        page.table(COLUMNS, map(_texts, rows)),
    ]
    if doubts:
        lines += ["", *page.notes(doubts, ())]
    return "\n".join(lines) + "\n"


def sheet() -> Image.Image:
    """A cell of a drawn field in a crop of each side, the tightest first."""
    pixels, places = synthetic.draw_smear(("neutrophil",), seed=5, size=720)
    field = Image.fromarray(pixels)
    (x, y), half = places[0], 52
    box = (x - half, y - half, x + half, y + half)
    made = Image.new("RGB", (PICTURE * len(SIDES), PICTURE + CAPTION), "white")
    pen, font = ImageDraw.Draw(made), ImageFont.load_default(size=12)
    for number, side in enumerate(SIDES):
        pen.text((PICTURE * number + 4, 1), f"{side:.1f}", fill="black", font=font)
        square = around(box, side, field.size)
        if square is not None:
            crop = field.crop(square).resize((PICTURE - 4, PICTURE - 4))
            made.paste(crop, (PICTURE * number + 2, CAPTION))
    return made


def _texts(cut: Cut) -> Iterator[str]:
    yield cut.model
    yield cut.source
    yield f"{cut.side:.1f}"
    yield str(cut.cells)
    yield wording.share(cut.found)
    yield wording.share(cut.top1)
    yield wording.difference(cut.change, 1)
    yield wording.percent(cut.answered, 1)
    yield wording.percent(cut.wrong, 1)
