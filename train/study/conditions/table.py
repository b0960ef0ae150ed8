"""The study of conditions as Markdown for people, JSON for programs and a sheet to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from train.study import page
from train.study.conditions.changes import CONDITIONS
from train.study.conditions.perform import Answered
from wbc_edge import synthetic, wording

COLUMNS = ("condition", "what it does", "named rightly", "change", "answered", "wrong of these")
PICTURED = ("neutrophil", "eosinophil", "lymphocyte")

_SIDE, _CAPTION, _PER_ROW = 112, 18, 8


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a page tells.

    Attributes:
        command: that makes it.
        source: what the cells are.
        cells: of each class.
        classes: how many there are.
        answers: models and conditions.
        doubts: sentences on cells that a model may know.
    """

    command: str
    source: str
    cells: int
    classes: int
    answers: Sequence[Answered]
    doubts: Sequence[str] = ()


def write(study: Study, path: Path) -> None:
    """Writes the Markdown page to `path`, and beside it the figures (.json) and a sheet (.jpg)."""
    rows = [asdict(item) for item in study.answers]
    text = markdown(study, page.picture_of(path).name)
    page.write(path, text, command=study.command, rows=rows, picture=sheet())


def markdown(study: Study, picture: str) -> str:
    """The page: a table for every model, conditions in the order of the study."""
    count = study.classes * study.cells
    lines = page.head("Other conditions", study.command)
    lines += [
        f"The same {count} cells ({study.cells} of each of {study.classes} classes,",
        f"{study.source}) as other microscopes, stains, cameras and cuts would have given them. A",
        "computer made these pictures: they foretell what a condition costs, not what a laboratory",
        "will give. Training may have met the like of a condition, and then it costs less.",
        "",
        f"![Drawn cells under every condition]({picture})",
        "",
    ]
    for model in dict.fromkeys(item.model for item in study.answers):
        rows = [_cells(item) for item in study.answers if item.model == model]
        lines += [f"## {model}", "", page.table(COLUMNS, rows), ""]
    lines += [
        "Named rightly: the most probable class is the true one, answered or not. Change: in",
        "points, from the cells as they are, in pairs. Both with 95 % intervals over independent",
        "cells.",
    ]
    if study.doubts:
        lines += ["", *page.notes(study.doubts, ())]
    return "\n".join(lines) + "\n"


def sheet() -> Image.Image:
    """Drawn cells under every condition, each with its name."""
    font = ImageFont.load_default(size=12)
    rows = -(-len(CONDITIONS) // _PER_ROW)
    whole = Image.new(
        "RGB", (_PER_ROW * _SIDE, rows * len(PICTURED) * _SIDE + rows * _CAPTION), "white"
    )
    pen = ImageDraw.Draw(whole)
    cells = [Image.fromarray(synthetic.draw(kind, seed=1, size=360)) for kind in PICTURED]
    for number, condition in enumerate(CONDITIONS):
        row, column = divmod(number, _PER_ROW)
        left, upper = column * _SIDE, row * (len(PICTURED) * _SIDE + _CAPTION)
        pen.text((left + 4, upper + 2), condition.name, fill="black", font=font)
        for line, cell in enumerate(cells):
            changed = condition.change(cell).resize((_SIDE - 4, _SIDE - 4))
            whole.paste(changed, (left + 2, upper + _CAPTION + line * _SIDE))
    return whole


def _cells(item: Answered) -> Iterator[str]:
    what = {condition.name: condition.what for condition in CONDITIONS}
    yield item.condition
    yield what.get(item.condition, wording.ABSENT)
    yield wording.share(item.top1)
    yield wording.difference(item.change, 1)
    yield wording.percent(item.answered, 1)
    yield wording.percent(item.wrong, 1)
