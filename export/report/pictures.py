"""Which pictures an export is told by, and what each of them shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from export.report import drawing


def pictures(content: Mapping[str, Any]) -> dict[str, str]:
    """Name -> SVG, of a document that `export.report.document` made.

    `differences`, of the formats that test cells have judged; `sizes`, of those that were written;
    and `ladder-FORMAT` for each that took more than one attempt.
    """
    limit = content["limits"]["max_drop"]
    judged = [row for entry in content["formats"] if (row := _test_row(entry)) is not None]
    written = [entry for entry in content["formats"] if entry["bytes"] is not None]
    drawn = {}
    if judged:
        drawn["differences"] = drawing.differences(judged, limit)
    if written:
        drawn["sizes"] = drawing.sizes([_size(entry) for entry in written])
    for entry in content["formats"]:
        rows = _ladder_rows(entry)
        if len(rows) > 1:
            drawn[f"ladder-{entry['format']}"] = drawing.ladder(rows, limit)
    return drawn


def _size(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["format"],
        "megabytes": entry["bytes"] / 1e6,
        "milliseconds": entry["milliseconds"],
    }


def _test_row(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """The attempt that was judged last on test cells, for the picture of all formats."""
    judged = [a for a in entry["attempts"] if a["test"] is not None]
    if not judged:
        return None
    return _row(entry["format"], judged[-1], "test")


def _ladder_rows(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for number, attempt in enumerate(entry["attempts"], start=1):
        if attempt["validation"] is None:
            continue
        name = f"{number}\n" + attempt["rung"].replace(" ", "\n").replace("-", "-\n")
        rows.append(_row(name, attempt, "validation"))
    return rows


def _row(name: str, attempt: Mapping[str, Any], part: str) -> dict[str, Any]:
    found = attempt[part]
    return {
        "name": name,
        **{key: 100 * found["difference"][key] for key in ("value", "low", "high")},
        "agreement": 100 * found["agreement"]["value"],
        "passed": attempt["passed"],
    }
