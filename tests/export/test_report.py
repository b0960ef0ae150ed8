"""The pictures of an export, as its page and documents show them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from export.report import document
from export.report.pictures import pictures
from wbc_edge.errors import UsageError


def _judged(value: float) -> dict[str, Any]:
    difference = {"value": value, "low": value - 0.01, "high": value + 0.01}
    return {"difference": difference, "agreement": {"value": 1 + value}}


def _attempt(rung: str, value: float, *, passed: bool) -> dict[str, Any]:
    test = _judged(value) if passed else None
    return {"rung": rung, "validation": _judged(value), "test": test, "passed": passed}


FELL = _attempt("plain", -0.2, passed=False)
ROSE = _attempt("bias correction", -0.001, passed=True)
CONTENT = {
    "schema": document.SCHEMA,
    "name": "net",
    "limits": {"max_drop": 0.5},
    "formats": [
        {"format": "tflite-int8", "bytes": 9000, "milliseconds": 1.5, "attempts": [FELL, ROSE]},
        {"format": "onnx-int8", "bytes": None, "milliseconds": None, "attempts": [FELL]},
    ],
}


def test_pictures_are_drawn_of_what_there_is_to_show() -> None:
    drawn = pictures(CONTENT)
    assert list(drawn) == ["differences", "sizes", "ladder-tflite-int8"]
    ladder = drawn["ladder-tflite-int8"]
    assert ladder.index("-20.00") < ladder.index("-0.10")
    assert "bias" in ladder
    # Neither judged by test cells nor written.
    assert "onnx-int8" not in drawn["differences"] + drawn["sizes"]
    lost = {**CONTENT, "formats": CONTENT["formats"][1:]}
    assert pictures(lost) == {}


def test_the_command_writes_them_as_files(tmp_path: Path) -> None:
    (tmp_path / document.NAME).write_text(json.dumps(CONTENT))
    out = tmp_path / "made" / "here"
    command = [sys.executable, "-m", "export.report", str(tmp_path), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.split()]
    assert [path.name for path in files] == [
        "net-differences.svg",
        "net-sizes.svg",
        "net-ladder-tflite-int8.svg",
    ]
    for path in files:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_a_report_is_read_from_its_folder_where_it_is_of_this_form(tmp_path: Path) -> None:
    file = tmp_path / document.NAME
    file.write_text(json.dumps(CONTENT))
    assert document.read(tmp_path) == CONTENT
    for content in (
        json.dumps({**CONTENT, "schema": "wbc-edge-export/1"}).encode(),
        b'{"formats": []}',
        b"\xff",
        b"[" * 100_000,
    ):
        file.write_bytes(content)
        with pytest.raises(UsageError, match=re.escape(f"{file}: not ")):
            document.read(tmp_path)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    for content, sentence in (
        (None, "not the report of an export"),
        ("{", "not the report of an export"),
        ("[]", f"not a report of the form {document.SCHEMA}"),
        ('{"schema": "wbc-edge-export/1"}', f"not a report of the form {document.SCHEMA}"),
    ):
        if content is not None:
            (tmp_path / document.NAME).write_text(content)
        command = [sys.executable, "-m", "export.report", str(tmp_path), "--out", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: {tmp_path / document.NAME}: {sentence}")
