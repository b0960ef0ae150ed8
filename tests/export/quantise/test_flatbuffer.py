"""TFLite files as objects: packed again, they are smaller and answer the same."""

from __future__ import annotations

from pathlib import Path

import flatbuffers
import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the export extra is not installed")

from ai_edge_litert.interpreter import Interpreter

from export.quantise import flatbuffer
from train.flatbuffer import parse
from wbc_edge import bundle


def _logits(content: bytes) -> np.ndarray:
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    (target,) = interpreter.get_output_details()
    rng = np.random.default_rng(0)
    answers = []
    for _ in range(3):
        cell = rng.integers(0, 256, source["shape"]).astype(source["dtype"])
        interpreter.set_tensor(source["index"], cell)
        interpreter.invoke()
        answers.append(interpreter.get_tensor(target["index"]).copy())
    return np.concatenate(answers)


@pytest.mark.parametrize("name", ["tiny-uint8.tflite", "tiny-float32.tflite"])
def test_a_compact_file_answers_the_same(name: str) -> None:
    content = Path(__file__).parents[2].joinpath("data", name).read_bytes()
    found = flatbuffer.compact(content)
    np.testing.assert_array_equal(_logits(found), _logits(content))


def test_short_names_stay_different() -> None:
    content = Path(__file__).parents[2].joinpath("data", "tiny-uint8.tflite").read_bytes()
    model = parse(content)
    for tensor in model.subgraphs[0].tensors[:3]:
        tensor.name = b"conv;" + tensor.name
    found = flatbuffer.compact(flatbuffer.pack(model))
    names = [tensor.name for tensor in parse(found).subgraphs[0].tensors]
    assert names[:3] == [b"conv", b"conv#1", b"conv#2"]
    assert len(set(names)) == len(names)


def test_equal_vectors_stand_once_and_weights_where_the_schema_wants_them() -> None:
    shipped = next(m for m in bundle.shipped() if m.path.name.endswith("int8.tflite"))
    content = shipped.path.read_bytes()
    model = parse(content)
    # Spread out, every vector for itself, as the converter writes it.
    spread = flatbuffers.Builder(1 << 20)
    spread.Finish(model.Pack(spread), b"TFL3")
    plain = bytes(spread.Output())
    found = flatbuffer.compact(plain)
    assert len(found) < 0.97 * len(plain)
    np.testing.assert_array_equal(_logits(found), _logits(plain))
    tensors = parse(found).subgraphs[0].tensors
    names = [tensor.name for tensor in tensors]
    assert not any(b";" in name for name in names)
    assert len(set(names)) == len(names)
    for buffer in parse(found).buffers:
        if buffer.data is not None and len(buffer.data) > 64:
            assert found.index(buffer.data.tobytes()) % flatbuffer.BUFFER_ALIGNMENT == 0
