"""What a check returns: a finding with its weight, its figures, and the pictures that show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from train.audit.cell import Cell
    from train.audit.evidence import Evidence


class Severity(str, Enum):
    """How much a finding matters to whoever trains on the cells."""

    ERROR = "error"
    """Figures measured on these cells would be wrong until it is mended."""
    WARNING = "warning"
    """Whoever trains has to know it and act on it."""
    NOTE = "note"
    """Worth knowing."""

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One picture in a report: the file, the part of it that is meant, and its caption."""

    path: Path
    region: tuple[int, int, int, int] | None = None
    caption: str


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """Pictures that belong side by side, under one sentence."""

    title: str
    pictures: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of texts under a head; the first column is a name."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Values by label, one series or several: as bars side by side, or as a pie of the first."""

    title: str
    kind: Literal["bars", "pie"]
    series: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found.

    Attributes:
        check: name of the check in the registry.
        severity: how much it matters.
        title: what was found, with its figure.
        text: what it means and what to do about it.
        figures: the same as plain data, all of it, for the JSON.
        tables: for people.
        charts: for people.
        exhibits: pictures, a selection where there are many.
    """

    check: str
    severity: Severity
    title: str
    text: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()


Check = Callable[["Evidence"], Iterable[Finding]]


def shown(cell: Cell) -> Shown:
    """A cell as a picture in the report, under its name and label."""
    sample = cell.sample
    return Shown(path=sample.path, region=sample.region, caption=f"{cell.name}\n{sample.label}")


def side_by_side(title: str, cells: Iterable[Cell], *, most: int = 6) -> Exhibit:
    """Cells as one exhibit, the first ones where there are many."""
    cells = list(cells)
    more = f" ({most} of {len(cells)} shown)" if len(cells) > most else ""
    return Exhibit(title=title + more, pictures=tuple(shown(cell) for cell in cells[:most]))
