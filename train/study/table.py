"""A study's table, as Markdown for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from train.study.entry import Entry
from train.study.outcome import Outcome
from wbc_edge.measure.intervals import Estimate

Row = tuple[Entry, "Outcome | None"]

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
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(markdown(rows, title=title, command=command), encoding="utf-8")
    document = {
        "schema": 1,
        "command": command,
        "rows": [
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
    }
    path.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def markdown(rows: Sequence[Row], *, title: str, command: str) -> str:
    """The table with its notes; a row that is not finished says so."""
    lines = [f"# {title}", "", f"Written by `{command}`.", ""]
    lines += ["Accuracy is top-1 on test cells that neither training nor the choice of the epoch"]
    lines += ["has seen; intervals resample cells that are independent of one another, not copies."]
    lines += ["", f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(_cells(entry, outcome))} |" for entry, outcome in rows]
    notes = [note for row in rows if (note := _note(*row))]
    machines = sorted({outcome.machine for _, outcome in rows if outcome is not None})
    if machines:
        notes.append(f"Trained on: {'; '.join(machines)}.")
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"


def _cells(entry: Entry, outcome: Outcome | None) -> list[str]:
    published = entry.published.accuracy
    known = [
        entry.name,
        entry.system,
        entry.cells.title,
        "–" if published is None else f"{100 * published:.2f} %",
    ]
    if outcome is None:
        return [*known, "not finished", *["–"] * (len(COLUMNS) - len(known) - 1)]
    small = outcome.small
    return [
        *known,
        _estimate(outcome.top1),
        "–" if small is None else _estimate(small.top1),
        f"{outcome.parameters / 1e6:.2f} M",
        "–" if small is None else f"{small.bytes / 1e6:.2f} MB",
        outcome.start,
        outcome.budget,
        _duration(outcome.seconds),
    ]


def _estimate(figure: Estimate) -> str:
    return f"{100 * figure.value:.2f} % ({100 * figure.low:.2f} to {100 * figure.high:.2f})"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _note(entry: Entry, outcome: Outcome | None) -> str:
    parts = []
    if outcome is not None:
        parts.append(
            f"{outcome.train} training cells, {outcome.test} test cells, "
            f"{outcome.independent} of them independent; {outcome.epochs} epochs trained; "
            f"macro F1 {_estimate(outcome.macro_f1)}"
        )
        if outcome.small is not None and outcome.small.float_operators != "none":
            parts.append(f"float operators in int8: {outcome.small.float_operators}")
    if entry.published.remark:
        parts.append(f"published: {entry.published.remark}")
    if entry.remark:
        parts.append(entry.remark)
    return f"`{entry.name}`: {'; '.join(parts)}." if parts else ""
