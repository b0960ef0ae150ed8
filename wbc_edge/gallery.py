"""A page with a picture of every cell, class by class, for the eye to check: it has the last word.

What is in doubt stands first, and of each class the cells that the model is least sure of, so that
a look at the top of each tells whether the rest has to be gone through. What is wrong is corrected
on the page itself, which counts anew and gives all cells as a table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from wbc_edge.card import IN_PLACE_OF_A_CLASS
from wbc_edge.destination import check_target
from wbc_edge.errors import UsageError
from wbc_edge.files import save
from wbc_edge.inputs import STANDARD_INPUT
from wbc_edge.output import shown
from wbc_edge.signals import undisturbed
from wbc_edge.text import encodable, printable
from wbc_edge.webpage import document, thumbnail
from wbc_edge.webpage.checking import SCRIPT
from wbc_edge.wording import percent

if TYPE_CHECKING:
    from wbc_edge.card import Card
    from wbc_edge.classifier import Prediction, Row

SIDE = 150
"""Most pixels along a side of a picture on the page; networks see views of about as many."""

DOUBTFUL, NO_CELL = (IN_PLACE_OF_A_CLASS[reason] for reason in ("doubtful", "not_a_cell"))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell on the page: its answer, its file, its number among the cells there, its picture."""

    answer: Prediction
    path: str
    number: str
    picture: str

    @property
    def name(self) -> str:
        """What it is called on the page."""
        name = printable(Path(self.path).name)
        return f"{name}, cell {self.number}" if self.number else name


class Gallery:
    """The cells so far; `page` tells them. Of a file that is answered anew, the last answer."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._names = (DOUBTFUL, *labels, NO_CELL)
        self._told: dict[tuple[str, str], Cell | str] = {}  # or why it could not be answered

    def add(self, row: Row) -> None:
        """Add what a row, which has kept its view, tells."""
        number = "".join(map(str, row.place()[1:2]))
        if row.error is not None:
            self._told[row.path, number] = row.error.reason
        elif row.prediction is not None and row.view is not None:
            self._told[row.path, number] = Cell(
                answer=row.prediction,
                path=row.path,
                number=number,
                picture=thumbnail.uri(row.view, SIDE),
            )

    @property
    def cells(self) -> dict[str, list[Cell]]:
        """What is shown of a cell (`output.shown`), of all that can be, -> the cells."""
        found: dict[str, list[Cell]] = {name: [] for name in self._names}
        for told in self._told.values():
            if isinstance(told, Cell):
                found[shown(told.answer)].append(told)
        return found

    @property
    def unread(self) -> list[tuple[str, str]]:
        """Name and reason of each input that could not be answered."""
        return [(path, told) for (path, _), told in self._told.items() if isinstance(told, str)]

    @property
    def is_begun(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self._told)

    def page(self, card: Card, path: str) -> str:
        """The page, whose links lead from where it is to lie."""
        folder = Path(os.path.realpath(path)).parent
        cells = self.cells
        told = {name: some for name, some in cells.items() if some}
        count = sum(map(len, told.values()))
        parts = [
            f"<header><h1>Cells by class</h1><p>{escape(card.name)} {escape(card.version)}"
            f" &middot; {count:,} cells, the least sure of each class first</p></header>",
            _counts(cells, count),
            *(_section(name, some, folder) for name, some in told.items()),
            _unread(self.unread),
            f"<footer>{escape(card.intended_use)}</footer>",
        ]
        if told:
            parts += [
                f'<script type="application/json" id="names">{_json(self._names)}</script>',
                f"<script>{SCRIPT}</script>",
            ]
        return encodable(document("Cells by class", "\n".join(filter(None, parts))))


@contextmanager
def pictured(path: str, labels: Sequence[str], card: Card) -> Iterator[Callable[[Row], None]]:
    """What takes the rows whose cells are to stand on the page.

    The page is written when the work within ends, also where it is stopped. Raises UsageError,
    before the work, for a name that a page cannot have, or a file that cannot be written.
    """
    if Path(path).suffix.lower() != ".html":
        raise UsageError(f"--gallery {path}: name it .html")
    check_target(path, "page")
    gallery = Gallery(labels)
    try:
        yield gallery.add
    except BaseException:
        if gallery.is_begun:
            # What stopped the work is to be told; asked again to stop, as by a second Ctrl-C, it is
            # about to.
            with suppress(UsageError), undisturbed():
                save(path, gallery.page(card, path))
        raise
    save(path, gallery.page(card, path))


def _counts(cells: Mapping[str, Sequence[Cell]], count: int) -> str:
    """How many there are of each class; those without any are hidden until a correction has one."""
    if not count:
        return ""
    rows = "".join(
        f'<tr data-name="{escape(name)}"{"" if some else " hidden"}>'
        f'<td><a href="#{_anchor(name)}">{escape(name)}</a></td><td>{len(some):,}</td>'
        f"<td>{percent(len(some) / count, 1)}</td></tr>"
        for name, some in cells.items()
    )
    return (
        '<section id="counts"><table><thead><tr><th>class</th><th>cells</th><th>share</th></tr>'
        f'</thead><tbody>{rows}</tbody></table><p class="soft"><span id="corrected"></span> '
        "<button hidden>Save as a table (CSV)</button></p></section>"
    )


def _section(name: str, cells: Sequence[Cell], folder: Path) -> str:
    figures = "".join(
        _figure(cell, folder) for cell in sorted(cells, key=lambda one: one.answer.confidence)
    )
    return (
        f'<section id="{_anchor(name)}"><h2>{escape(name)} '
        f'<span class="soft">{len(cells):,}</span></h2><div class="cells">{figures}</div></section>'
    )


def _anchor(name: str) -> str:
    return quote(name.replace(" ", "-"))


def _figure(cell: Cell, folder: Path) -> str:
    answer = cell.answer
    told = percent(answer.confidence, 1)
    if answer.reason:
        told = f"{answer.label} {told}"
    picture = f'<img src="{cell.picture}" alt="{escape(cell.name)}">'
    if link := _link(cell.path, folder):
        picture = f'<a href="{escape(link)}">{picture}</a>'
    return (
        f'<figure data-label="{escape(shown(answer))}" data-confidence="{answer.confidence}"'
        f' data-file="{_attribute(_whole(cell.path))}" data-cell="{cell.number}">{picture}'
        f"<figcaption><b>{escape(told)}</b><br>"
        f'<span class="soft">{escape(cell.name)}</span></figcaption></figure>'
    )


def _attribute(path: str) -> str:
    """A path as it is, but for bytes that are no text, which a page cannot hold."""
    return escape(encodable(path)).replace("\n", "&#10;").replace("\r", "&#13;")


def _whole(path: str) -> str:
    """A file as it is found from anywhere, for the table may be kept elsewhere."""
    return path if path == STANDARD_INPUT else os.path.abspath(path)  # noqa: PTH100 - links stay


def _link(file: str, folder: Path) -> str | None:
    """From a page in the folder to the file; None for what is none, as standard input."""
    if not os.path.isfile(file):  # noqa: PTH113 - of a share that is gone, too, which raises there
        return None
    try:
        return quote(os.fsencode(Path(os.path.relpath(file, folder)).as_posix()))
    except ValueError:  # on another drive
        return Path(file).resolve().as_uri()


def _json(value: object) -> str:
    """For a script element, which ends at its end tag wherever that stands."""
    return json.dumps(value).replace("<", "\\u003c")


def _unread(unread: Sequence[tuple[str, str]]) -> str:
    if not unread:
        return ""
    lines = "".join(
        f"<li>{escape(printable(path))}: {escape(reason)}</li>" for path, reason in unread
    )
    return f"<section><h2>Not answered</h2><ul>{lines}</ul></section>"
