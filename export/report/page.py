"""`export.html`: the figures of `export.json` as one page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from export.report import drawing

NAME = "export.html"


def render(content: Mapping[str, Any]) -> str:
    """The page of a document that `export.report.document` made."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": _points, "percent": _percent}
    limit = content["limits"]["max_drop"]
    judged = [row for entry in content["formats"] if (row := _test_row(entry)) is not None]
    written = [entry for entry in content["formats"] if entry["bytes"] is not None]
    climbed = [
        {"entry": entry, "picture": drawing.ladder(_ladder_rows(entry), limit)}
        for entry in content["formats"]
        if len(_ladder_rows(entry)) > 1
    ]
    return environment.get_template("page.html.j2").render(
        export=content,
        written=written,
        climbed=climbed,
        differences=drawing.differences(judged, limit),
        sizes=drawing.sizes(
            [
                {
                    "name": entry["format"],
                    "megabytes": entry["bytes"] / 1e6,
                    "milliseconds": entry["milliseconds"],
                }
                for entry in written
            ]
        )
        if written
        else "",
    )


def write(content: Mapping[str, Any], path: Path) -> None:
    """Writes the page."""
    path.write_text(render(content), encoding="utf-8")


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


def _points(estimate: Mapping[str, float]) -> str:
    value, low, high = (100 * estimate[key] + 0.0 for key in ("value", "low", "high"))
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


def _percent(estimate: Mapping[str, float]) -> str:
    value, low, high = (100 * estimate[key] for key in ("value", "low", "high"))
    return f"{value:.2f} % [{low:.2f}, {high:.2f}]"
