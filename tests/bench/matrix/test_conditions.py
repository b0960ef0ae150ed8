from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.matrix.conditions import NotMade, conditions, not_made
from export.report import document
from wbc_edge.errors import UsageError
from wbc_edge.measure import device


def test_what_an_export_failed_to_make_is_told_where_its_report_says_so(exported: Path) -> None:
    assert list(not_made(exported)) == []
    lost = {"file": None, "attempts": [{"failures": ["first"]}, {"failures": ["3 points", "more"]}]}
    formats = [
        {"format": "tflite-float32", "file": "tiny-float32.tflite", "attempts": []},
        {"format": "onnx-int8", **lost},
        # Another export has made it since.
        {"format": "tflite-int8", **lost},
    ]
    report = {"schema": document.SCHEMA, "formats": formats}
    (exported / document.NAME).write_text(json.dumps(report))
    (found,) = not_made(exported)
    assert found == NotMade(network="tiny", format="int8.onnx", why="3 points; more")
    (exported / document.NAME).write_text(json.dumps({"formats": formats}))
    with pytest.raises(UsageError, match="not a report of the form"):
        list(not_made(exported))


def test_a_report_of_a_machine_at_rest_has_no_caution() -> None:
    reading = {"temperature": None, "mhz": None, "load": 0.1, "throttling": []}
    report = {"device": asdict(device.describe()), "before": reading, "after": reading}
    assert conditions("tiny", report, "bench").cautions == ()
    hot = conditions("tiny", {**report, "after": {**reading, "throttling": ["throttled"]}}, "bench")
    assert hot.cautions == ("the firmware reports: throttled",)
