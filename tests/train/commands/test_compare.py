from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.paths import INT8, ONNX
from tests.train import command


def test_two_models_are_compared(
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = (ONNX, INT8, "--data", drawn_cells, "--out", tmp_path)
    assert command.run(monkeypatch, "compare", *arguments) == 0
    answer = capsys.readouterr()
    assert answer.out.strip() == str(tmp_path / "comparison.html")
    assert "tiny-int8.tflite minus tiny-float32.onnx" in answer.err
    found = json.loads((tmp_path / "comparison.json").read_text())
    assert list(found["subjects"]) == ["tiny-float32.onnx", "tiny-int8.tflite"]
    assert found["parts"][0]["pairs"][0]["accuracy"]["count"] == 8


def test_one_model_alone_is_refused(
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = (INT8, "--data", drawn_cells, "--out", tmp_path)
    assert command.run(monkeypatch, "compare", *arguments) == 2
    assert "two subjects or more" in capsys.readouterr().err
