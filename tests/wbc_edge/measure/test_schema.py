"""docs/bench-schema.md names every key that a report can hold."""

from __future__ import annotations

import re
import typing
from dataclasses import fields, is_dataclass
from pathlib import Path

from wbc_edge.measure.regressions import Regressions
from wbc_edge.measure.report import Report

PAGE = Path(__file__).parents[3] / "docs" / "bench-schema.md"


def keys(kind: type) -> set[str]:
    """The names of a dataclass's fields, and of those inside its fields."""
    found = set()
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        found.add(field.name)
        inside = [hints[field.name]]
        while inside:
            hint = inside.pop()
            inside += typing.get_args(hint)
            if is_dataclass(hint):
                found |= keys(hint)  # type: ignore[arg-type]
    return found


def test_every_key_is_documented() -> None:
    named = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`]+)`", PAGE.read_text()))))
    assert keys(Report) | keys(Regressions) <= named
