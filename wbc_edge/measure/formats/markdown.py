"""For a README, a release note or a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wbc_edge.measure.report import Report
from wbc_edge.measure.sections import Section, Table, sections
from wbc_edge.text import printable


def render(report: Report) -> str:
    """The report's sections under second-level headings."""
    return lay_out(f"wbc-edge {report.version}: benchmark of {report.created}", sections(report))


def lay_out(title: str, told: Iterable[Section]) -> str:
    """Any sections under a title."""
    return "\n\n".join([f"# {printable(title)}", *map(_section, told)]) + "\n"


def grid(head: Sequence[str], rows: Iterable[Sequence[str]], *, names: int = 1) -> str:
    """A table of cells that are Markdown already: so many columns of names, then figures."""
    rule = ("---" if column < names else "---:" for column in range(len(head)))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _section(section: Section) -> str:
    parts = [f"## {_escaped(section.title)}"]
    if section.table is not None:
        parts.append(_table(section.table))
    if section.notes:
        parts.append("\n".join(f"- {_escaped(note)}" for note in section.notes))
    return "\n\n".join(parts)


def _table(table: Table) -> str:
    return grid(table.head, [tuple(map(_escaped, row)) for row in table.rows])


def _escaped(text: str) -> str:
    """A file may be called anything; none of it is markup, nor steers a terminal."""
    text = " ".join(text.split())
    for sign in "\\|`*_<[&~":
        text = text.replace(sign, f"\\{sign}")
    return printable(text)
