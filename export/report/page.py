"""`export.html`: the figures of `export.json` as one page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.report.pictures import pictures
from train.pages import environment
from wbc_edge import files, wording
from wbc_edge.measure.intervals import Estimate

NAME = "export.html"


def render(content: Mapping[str, Any]) -> str:
    """The page of a document that `export.report.document` made."""
    templates = environment(Path(__file__).parent)
    templates.filters |= {
        "difference": lambda found: wording.difference(Estimate(**found)),
        "share": lambda found: wording.share(Estimate(**found)),
        "percent": wording.percent,
    }
    drawn = pictures(content)
    return templates.get_template("page.html.j2").render(
        export=content,
        written=[entry for entry in content["formats"] if entry["bytes"] is not None],
        climbed=[
            {"entry": entry, "picture": drawn[name]}
            for entry in content["formats"]
            if (name := f"ladder-{entry['format']}") in drawn
        ],
        differences=drawn.get("differences", ""),
        sizes=drawn.get("sizes", ""),
    )


def write(content: Mapping[str, Any], path: Path) -> None:
    """Writes the page."""
    files.replace(path, render(content))
