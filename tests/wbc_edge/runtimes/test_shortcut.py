"""Files that begin by making int8 of uint8, those that do not, and those that are damaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.paths import DATA, UINT8
from wbc_edge.runtimes import Tensor, open_session, shortcut

WHOLE = UINT8.read_bytes()


def interpreter(content: bytes) -> Any:
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    made = litert.Interpreter(model_content=content)
    made.allocate_tensors()
    return made


def answer(content: bytes, pixels: np.ndarray) -> np.ndarray:
    made = interpreter(content)
    made.set_tensor(made.get_input_details()[0]["index"], pixels)
    made.invoke()
    return made.get_tensor(made.get_output_details()[0]["index"])


def test_the_shortened_file_answers_the_same_to_pixels_with_their_top_bit_flipped() -> None:
    found = shortcut.past_uint8(WHOLE)
    assert found is not None
    shortened = found.content
    assert len(shortened) == len(WHOLE)
    assert interpreter(shortened).get_input_details()[0]["dtype"] is np.int8
    noise = np.random.default_rng(0).integers(0, 256, (20, 1, 32, 32, 3), np.uint8)
    answers = [answer(WHOLE, pixels) for pixels in noise]
    flipped = [answer(shortened, (pixels ^ 0x80).view(np.int8)) for pixels in noise]
    assert len({tuple(row.flat) for row in answers}) > 1
    assert np.array_equal(answers, flipped)


def test_a_session_tells_of_the_file_what_the_file_says() -> None:
    pytest.importorskip("ai_edge_litert")
    told = open_session(UINT8, runtime="litert").input
    details = interpreter(WHOLE).get_input_details()[0]
    assert (told.name, told.dtype) == (details["name"], "uint8")
    assert told.shape == tuple(details["shape"])
    assert (told.scale, told.zero_point) == details["quantization"] == (1.0, 0)


def test_the_input_of_the_file_is_the_int8_one_with_another_zero_point() -> None:
    taken = Tensor(name="x", shape=(1, 8, 8, 3), dtype="int8", scale=0.5, zero_point=-128)
    told = shortcut.Shortened(b"", "pixels").in_file(taken)
    assert (told.name, told.dtype, told.scale, told.zero_point) == ("pixels", "uint8", 0.5, 0)


@pytest.mark.parametrize("name", ["tiny-int8.tflite", "tiny-float32.tflite", "tiny-nchw.onnx"])
def test_a_file_that_begins_otherwise_is_left_alone(name: str) -> None:
    assert shortcut.past_uint8((DATA / name).read_bytes()) is None


def _also_an_output(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.outputs = np.append(graph.outputs, graph.inputs)


def _used_twice(model: Any) -> None:
    graph = model.subgraphs[0]
    last = graph.operators[-1]
    last.inputs = np.append(last.inputs, graph.inputs)


def _rescaled(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.tensors[graph.operators[0].outputs[0]].quantization.scale = np.array([2], np.float32)


def _shifted(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.tensors[graph.operators[0].outputs[0]].quantization.zeroPoint = np.array([-127])


def _without_operators(model: Any) -> None:
    model.subgraphs[0].operators = []


def _of_another_type(model: Any) -> None:
    # The larger of both fields is the operator's type.
    graph = model.subgraphs[0]
    model.operatorCodes[graph.operators[0].opcodeIndex].deprecatedBuiltinCode = 127


def _of_two_pictures(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.inputs = np.append(graph.inputs, graph.inputs)


@pytest.mark.parametrize(
    "change",
    [
        *(_also_an_output, _used_twice, _rescaled, _shifted, _of_two_pictures),
        *(_without_operators, _of_another_type),
    ],
)
def test_an_operator_that_does_more_than_flip_a_bit_stays(change: Callable[[Any], None]) -> None:
    pytest.importorskip("tensorflow")
    from export.quantise.flatbuffer import pack
    from train.flatbuffer import parse

    model = parse(WHOLE)
    assert shortcut.past_uint8(pack(model)) is not None
    change(model)
    assert shortcut.past_uint8(pack(model)) is None


def test_a_damaged_file_has_no_shortcut_or_a_whole_one() -> None:
    whole = shortcut.past_uint8(WHOLE)
    assert whole is not None
    for end in range(0, len(WHOLE), 7):
        found = shortcut.past_uint8(WHOLE[:end])
        assert found is None or found.content == whole.content[:end]
    rng = np.random.default_rng(0)
    for count in (1, 2, 4, 40) * 500:
        damaged = np.frombuffer(WHOLE, np.uint8).copy()
        damaged[rng.integers(0, len(damaged), count)] = rng.choice([0, 1, 255], count)
        found = shortcut.past_uint8(damaged.tobytes())
        assert found is None or len(found.content) == len(WHOLE)
