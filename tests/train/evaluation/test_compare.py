from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from train.evaluation.cells import take
from train.evaluation.compare import compare, holm, unique_names
from train.evaluation.subject import Subject, open_subject
from train.run import Run
from train.sources import Source
from wbc_edge.errors import UsageError


def _named(name: str, path: str) -> Subject:
    return cast("Any", SimpleNamespace(identity=SimpleNamespace(name=name, path=path)))


def test_every_pair_is_compared_on_the_same_cells(
    run: Run, tflite: str, onnx: str, drawn_cells: Path
) -> None:
    cells = take([Source(reader="folder", path=drawn_cells)], part="all")
    subjects = [open_subject(text) for text in (tflite, onnx, str(run.folder))]
    found = compare(subjects, cells)
    (side,) = found.parts
    assert list(side.figures) == ["tiny-int8.tflite", "tiny-float32.onnx", "first"]
    assert [(pair.first, pair.second) for pair in side.pairs] == [
        ("tiny-int8.tflite", "tiny-float32.onnx"),
        ("tiny-int8.tflite", "first"),
        ("tiny-float32.onnx", "first"),
    ]
    for pair in side.pairs:
        first, second = side.figures[pair.first], side.figures[pair.second]
        change = pair.accuracy.difference
        assert change.value == pytest.approx(second.accuracy.value - first.accuracy.value)
        assert pair.macro_f1 is not None
        assert first.macro.f1 is not None
        assert second.macro.f1 is not None
        assert pair.macro_f1.value == pytest.approx(second.macro.f1.value - first.macro.f1.value)
        assert pair.p_adjusted >= pair.accuracy.p_value
    assert any("first was trained or chosen on 88 of these 96" in text for text in found.doubts)


def test_a_network_does_not_differ_from_itself(tflite: str, drawn_cells: Path) -> None:
    cells = take([Source(reader="folder", path=drawn_cells)], part="val")
    (side,) = compare([open_subject(tflite), open_subject(tflite)], cells).parts
    (pair,) = side.pairs
    assert (pair.first, pair.second) == (f"{tflite} #1", f"{tflite} #2")
    assert (pair.accuracy.lost, pair.accuracy.gained, pair.accuracy.p_value) == (0, 0, 1)
    assert pair.macro_f1 is not None
    assert pair.macro_f1.low < pair.macro_f1.value == 0 < pair.macro_f1.high


def test_other_classes_need_to_be_chosen_from(tflite: str, drawn_cells: Path) -> None:
    cells = take([Source(reader="folder", path=drawn_cells)], part="val")
    other: Any = SimpleNamespace(
        identity=SimpleNamespace(labels=("basophil", "blast"), path="other.onnx")
    )
    with pytest.raises(UsageError, match=r"other\.onnx has other classes than the first"):
        compare([open_subject(tflite), other], cells)
    with pytest.raises(UsageError, match="two subjects or more"):
        compare([open_subject(tflite)], cells)


def test_names_are_told_apart() -> None:
    subjects = [_named("edge", "a/edge"), _named("edge", "b/edge"), _named("nano", "c/nano")]
    assert unique_names(subjects) == ["a/edge", "b/edge", "nano"]


def test_holms_correction() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
