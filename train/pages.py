"""Pages of HTML, each with its figures as JSON beside it: made of templates, written, replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from wbc_edge import files
from wbc_edge.errors import UsageError
from wbc_edge.webpage.style import STYLE

TEMPLATES = Path(__file__).parent / "templates"
"""`base.html.j2`, which all pages extend: the look of the pages that the device makes, and more."""


def environment(folder: Path) -> Environment:
    """Templates that lie in a folder; what they name and is not given is an error."""
    made = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["style"] = Markup(STYLE)
    return made


def refuse_to_replace(out: Path, name: str, *, overwrite: bool) -> None:
    """Make sure that a report may be written, before any work for it is done.

    Raises:
        UsageError: `out` is a file or cannot be written to, or holds a report of that name and
            `overwrite` is not set.
    """
    there = next(path for path in (out, *out.parents) if path.exists())
    if not there.is_dir():
        raise UsageError(f"{there}: is a file; --out names a folder")
    if not overwrite and any((out / f"{name}{form}").exists() for form in (".html", ".json")):
        raise UsageError(f"{out}: holds a report already; --overwrite replaces it")
    files.check_writable(there / f"{name}.json")


def save(out: Path, name: str, page: str, document: Mapping[str, Any]) -> Path:
    """Writes a page and a document under one name; returns the page's path."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    files.replace(out / f"{name}.json", text + "\n")
    path = out / f"{name}.html"
    files.replace(path, page)
    return path
