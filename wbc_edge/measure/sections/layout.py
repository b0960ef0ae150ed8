"""What sections are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of texts; the first column is a name, the others are figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, an optional table, and sentences below it.

    `key` names what it is about, `contender` whom, where it is about one alone.
    """

    key: str
    title: str
    contender: str | None = None
    table: Table | None = None
    notes: tuple[str, ...] = ()
