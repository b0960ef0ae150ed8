"""The study of fields as Markdown for people, JSON for programs and a field to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import Image

from train.study import page
from train.study.fields.perform import Seen
from wbc_edge import synthetic, wording
from wbc_edge.classifier import Classifier
from wbc_edge.fields import Field, find_cells
from wbc_edge.marking import marked

COLUMNS = (
    "model",
    "fields of",
    "marked cells",
    "found",
    "taken for no cell",
    "answered",
    "right, of those answered in test fields",
    "found besides",
)


def write(rows: Sequence[Seen], path: Path, *, command: str, doubts: Sequence[str] = ()) -> None:
    """Writes the page to `path`, and beside it the figures (.json) and a drawn field (.jpg).

    `doubts` are sentences on test fields that a model may know.
    """
    pixels, _ = synthetic.draw_smear(synthetic.LABELS, seed=1)
    picture = Image.fromarray(pixels)
    cells, cut, _ = find_cells(Classifier.untuned(rows[0].model), picture)
    drawn = marked(Field(path="drawn", cells=cells, cut=cut, picture=picture))
    text = markdown(rows, page.picture_of(path).name, command, doubts)
    page.write(path, text, command=command, rows=[*map(asdict, rows)], picture=drawn)


def markdown(rows: Sequence[Seen], picture: str, command: str, doubts: Sequence[str] = ()) -> str:
    """The page: a row for each model and source."""
    lines = page.head("Whole fields", command)
    lines += [
        "White cells that people have marked in photographs of fields, and what `wbc-edge count`",
        "makes of them. Found: a nucleus was found within the mark. Right: with the name that the",
        "set gives, of the cells answered in test fields, which the model has not learnt from if",
        "nothing else is said below; of the other fields it may have. Found besides: what nobody",
        "has marked, by what it was taken for; some are cells all the same. Marked cells that an",
        "edge cuts are not judged. In brackets: 95 % intervals, by slide or original where known.",
        "",
        f"![A drawn field, its cells marked]({picture})",
        "",
        page.table(COLUMNS, map(_cells, rows)),
        "",
        *page.notes((*map(_note, rows), *doubts), ()),
    ]
    return "\n".join(lines) + "\n"


def _cells(seen: Seen) -> Iterator[str]:
    yield seen.model
    yield f"{seen.source}, {seen.fields}"
    yield str(seen.marked)
    yield wording.share(seen.found)
    yield wording.percent(seen.dismissed, 1)
    yield wording.percent(seen.answered, 1)
    yield f"{wording.share(seen.right)} of {seen.named}" if seen.named else wording.ABSENT
    yield ", ".join(f"{count} {name}" for name, count in seen.others.items()) or "nothing"


def _note(seen: Seen) -> str:
    return (
        f"{seen.model}, {seen.source}: {seen.cut} further marked cells are cut by an edge; "
        f"{seen.twice} nuclei were found in a mark that had one already."
    )
