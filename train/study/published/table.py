"""The study's table, as Markdown for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from train.study import page
from train.study.published.entry import Entry
from train.study.published.outcome import Outcome
from wbc_edge import wording

Row = tuple[Entry, "Outcome | None"]

WORTH_TELLING = 0.01
"""Share of all test cells that the wrong answers of one original have to be."""

COLUMNS = (
    "network",
    "system",
    "tested on",
    "published",
    "ours (95 % interval)",
    "int8 (95 % interval)",
    "parameters",
    "int8 size",
    "started from",
    "budget",
    "time",
)


def write(rows: Sequence[Row], path: Path, *, title: str, command: str) -> None:
    """Writes the Markdown table to `path` and the same figures to its `.json` neighbour.

    Args:
        rows: every row of the study with its outcome.
        path: of the Markdown file; its folder is made if need be.
        title: heading.
        command: that makes the table, for the reader.
    """
    page.write(
        path,
        markdown(rows, title=title, command=command),
        command=command,
        rows=[
            {
                "name": entry.name,
                "system": entry.system,
                "network": entry.network,
                "cells": entry.cells.title,
                "published": asdict(entry.published),
                "remark": entry.remark,
                "outcome": None if outcome is None else asdict(outcome),
            }
            for entry, outcome in rows
        ],
    )


def markdown(rows: Sequence[Row], *, title: str, command: str) -> str:
    """The table with its notes; a row that is not finished says so."""
    lines = page.head(title, command)
    lines += ["Accuracy is top-1 on test cells that neither training nor the choice of the epoch"]
    lines += ["has seen; intervals resample cells that are independent of one another, not copies."]
    lines += ["", page.table(COLUMNS, (_cells(*row) for row in rows)), ""]
    machines = (outcome.machine for _, outcome in rows if outcome is not None)
    return "\n".join([*lines, *page.notes((_note(*row) for row in rows), machines)]) + "\n"


def _cells(entry: Entry, outcome: Outcome | None) -> list[str]:
    published = entry.published.accuracy
    known = [
        entry.name,
        entry.system,
        entry.cells.title,
        wording.percent(published),
    ]
    if outcome is None:
        return page.unfinished(known, COLUMNS)
    small = outcome.small
    return [
        *known,
        wording.share(outcome.top1),
        wording.ABSENT if small is None else wording.share(small.top1),
        f"{outcome.parameters / 1e6:.2f} M",
        wording.ABSENT if small is None else f"{small.bytes / 1e6:.2f} MB",
        outcome.start,
        outcome.budget,
        page.duration(outcome.seconds),
    ]


def _note(entry: Entry, outcome: Outcome | None) -> str:
    parts = []
    if outcome is not None:
        parts.append(
            f"{outcome.train} training cells, {outcome.test} test cells, "
            f"{outcome.independent} of them independent; {outcome.epochs} epochs trained; "
            f"macro F1 {wording.share(outcome.macro_f1)}"
        )
        if outcome.small is not None and outcome.small.float_operators != "none":
            parts.append(f"float operators in int8: {outcome.small.float_operators}")
        parts += _costly(outcome)
    if entry.published.remark:
        parts.append(f"published: {entry.published.remark}")
    if entry.remark:
        parts.append(entry.remark)
    return f"`{entry.name}`: {'; '.join(parts)}." if parts else ""


def _costly(outcome: Outcome) -> Iterator[str]:
    for found in outcome.costly:
        share = found.wrong / outcome.test
        if share >= WORTH_TELLING:
            yield (
                f"{100 * share:.1f} points are lost by original {found.group} ({found.truth}) "
                f"alone, called {found.called} in {found.wrong} of {found.cells} copies"
            )
