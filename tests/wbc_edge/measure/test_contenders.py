from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.paths import FLOAT, INT8, ONNX
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.measure import images
from wbc_edge.measure.contenders import enter


def test_auto_is_named_by_what_it_came_to() -> None:
    (contender,) = enter([INT8], engines=["auto", "litert"])
    assert contender.name == "tiny-int8 litert x1"
    assert contender.version


def test_every_model_meets_every_number_of_threads() -> None:
    names = [one.name for one in enter([INT8, FLOAT], threads=[1, 2])]
    assert names == [
        "tiny-int8 litert x1",
        "tiny-int8 litert x2",
        "tiny-float32 litert x1",
        "tiny-float32 litert x2",
    ]


def test_every_model_meets_every_size_of_a_batch() -> None:
    single, batch = enter([INT8], batches=[1, 3])
    assert (single.name, batch.name) == ("tiny-int8 litert x1", "tiny-int8 litert x1 batch 3")
    image = images.drawn()[0]
    stages = batch.candidate().open()
    pixels = stages.prepare(stages.decode([image] * 3))
    assert pixels.shape == (3, 32, 32, 3)
    answers = stages.answer(stages.invoke(pixels))
    assert len({answer.label for answer in answers}) == 1
    assert len(answers) == 3


def test_a_model_meets_only_the_runtimes_that_read_it() -> None:
    pytest.importorskip("onnxruntime")
    found = enter([INT8, ONNX], engines=["litert", "onnxruntime"])
    assert [one.runtime for one in found] == ["litert", "onnxruntime"]


def test_a_model_that_no_runtime_asked_for_reads_is_refused() -> None:
    with pytest.raises(UsageError, match=r"does not read .*, which is tflite; litert, "):
        enter([INT8], engines=["onnxruntime"])


def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(UsageError, match="no runtime 'torch'; choose auto, litert"):
        enter([INT8], engines=["torch"])


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(UsageError, match="no model"):
        enter([])


def test_a_missing_model_is_found_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file"):
        enter([INT8, tmp_path / "gone.tflite"])


def test_equal_file_names_are_told_apart(tmp_path: Path) -> None:
    twin = tmp_path / INT8.name
    shutil.copy(INT8, twin)
    assert [one.name for one in enter([INT8, twin])] == [f"{INT8} litert x1", f"{twin} litert x1"]
