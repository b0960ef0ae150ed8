"""For the terminal: tables that fit into 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from wbc_edge.measure.report import Report
from wbc_edge.measure.sections import Section, Table, sections
from wbc_edge.text import printable

WIDTH = 80
GAP = 2


def render(report: Report) -> str:
    """The report's sections, one below the other."""
    return lay_out(sections(report))


def lay_out(told: Iterable[Section]) -> str:
    """Any sections, one below the other."""
    return "\n\n".join(map(_section, told)) + "\n"


def _section(section: Section) -> str:
    title = printable(section.title)
    lines = [title, "-" * min(WIDTH, len(title))]
    if section.table is not None:
        lines += _table(section.table)
    for note in section.notes:
        lines += textwrap.wrap(
            printable(note), WIDTH, subsequent_indent="  ", break_on_hyphens=False
        )
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    rows = [tuple(map(printable, row)) for row in (table.head, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # Names are shortened, figures never: the first column gets what the others leave.
    widths[0] = max(8, min(widths[0], WIDTH - sum(width + GAP for width in widths[1:])))
    return [_row(row, widths) for row in rows]


def _row(row: tuple[str, ...], widths: list[int]) -> str:
    name, *figures = row
    cells = [_shortened(name, widths[0]).ljust(widths[0])]
    cells += [figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)]
    return (" " * GAP).join(cells).rstrip()


def _shortened(name: str, width: int) -> str:
    """The end of a name says more than its beginning: a file's name, a number of threads."""
    return name if len(name) <= width else "..." + name[3 - width :]
