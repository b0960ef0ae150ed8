"""For machines: everything that was measured, under a schema with a number."""

from __future__ import annotations

import json

from wbc_edge.measure.report import Report


def render(report: Report) -> str:
    """The report as indented JSON; its first key is the schema."""
    return json.dumps(report.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
