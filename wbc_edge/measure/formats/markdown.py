"""For a README, a release note or a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from wbc_edge.measure.report import Report
from wbc_edge.measure.sections import Section, Table, sections


def render(report: Report) -> str:
    """The report's sections under second-level headings."""
    return lay_out(f"wbc-edge {report.version}: benchmark of {report.created}", sections(report))


def lay_out(title: str, told: Iterable[Section]) -> str:
    """Any sections under a title."""
    return "\n\n".join([f"# {title}", *map(_section, told)]) + "\n"


def _section(section: Section) -> str:
    parts = [f"## {_escaped(section.title)}"]
    if section.table is not None:
        parts.append(_table(section.table))
    if section.notes:
        parts.append("\n".join(f"- {_escaped(note)}" for note in section.notes))
    return "\n\n".join(parts)


def _table(table: Table) -> str:
    rule = ("---", *("---:" for _ in table.head[1:]))
    rows = (table.head, rule, *(tuple(map(_escaped, row)) for row in table.rows))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _escaped(text: str) -> str:
    """A file may be called anything; none of it is markup."""
    for sign in "\\|`*_<[&~":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
