"""The study of views, as Markdown for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from train.study import page
from train.study.views.perform import Shown
from train.study.views.view import View
from wbc_edge import wording

COLUMNS = ("view", "unseen: macro recall", "unseen: top-1", "known: top-1")

TITLE = "Other views"
"""And, of a page that is not called so, its name."""

EXPLAINED = (
    "Networks that were trained without a source are shown its cells in other ways than they were",
    "trained with; nothing is trained anew. A scale is the side of the view in nuclear diameters:",
    "the smaller it is, the larger the cell. With several turns, the answer is the mean of theirs,",
    "where a confidence stands beside them only for cells that were below it at the first look;",
    "where scales do, their views are so many times as wide, one after the other.",
    "Colours are as they are, or brought to the average of the known cells: by mean and spread of",
    "L*a*b* (reinhard), or of the optical density (density).",
    "Unseen: all cells of that source, the answer restricted to its classes. Known: validation",
    "cells of a source that the network was trained on, all classes. All with 95 % intervals over",
    "independent cells.",
)


def write(found: Sequence[Shown], path: Path, *, command: str) -> None:
    """Writes the Markdown page to `path` and the same figures to its `.json` neighbour."""
    rows = [asdict(item) for item in found]
    title = TITLE if path.stem == "views" else f"{TITLE}: {path.stem}"
    text = markdown(found, command=command, title=title)
    page.write(path, text, command=command, rows=rows)


def markdown(found: Sequence[Shown], *, command: str, title: str = TITLE) -> str:
    """A table for every network, and the recall of each class."""
    lines = [*page.head(title, command), *EXPLAINED]
    remarks: list[str] = []
    for network in dict.fromkeys(item.network for item in found):
        rows = [item for item in found if item.network == network]
        first = rows[0]
        labels = [item.label for item in first.unseen.recalls]
        lines += ["", f"## {network}", ""]
        height, width = first.pixels
        lines += [
            f"Trained at {first.trained:g} diameters; shown on {height} × {width} pixels. "
            f"Unseen: {first.unseen.cells} cells of {first.unseen.source}, "
            f"{first.unseen.independent} of them independent; "
            f"known: {first.known.cells} of {first.known.source}.",
            "",
            page.table((*COLUMNS, *labels), (_cells(item) for item in rows)),
        ]
        remarks += first.unseen.remarks(network)
    return "\n".join([*lines, "", *page.notes(remarks, ())]).rstrip() + "\n"


def _cells(item: Shown) -> Iterator[str]:
    mean = item.unseen.macro_recall
    shown = ("scale", "turns", "below", "look_scales", "colours")
    yield str(View(**{name: getattr(item, name) for name in shown}))
    yield wording.share(mean)
    yield wording.share(item.unseen.top1)
    yield wording.share(item.known.top1)
    for one in item.unseen.recalls:
        yield wording.ABSENT if one.recall is None else wording.percent(one.recall.value, 0)
