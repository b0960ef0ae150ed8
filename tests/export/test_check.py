"""What ONNX Runtime computes in float, by the graph that it runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from export.check import float_operators

pytest.importorskip("onnxruntime")


def _pair(value: str, name: str) -> list[onnx.NodeProto]:
    """Quantised and dequantised again."""
    ends = [value, "scale", "zero"], [f"{name}_q", "scale", "zero"]
    return [
        helper.make_node("QuantizeLinear", ends[0], [f"{name}_q"]),
        helper.make_node("DequantizeLinear", ends[1], [name]),
    ]


def _file(folder: Path, inner: onnx.NodeProto) -> Path:
    """Pixels (1, 2, 4, 4) cast to float, and one operator from `a` to `b` between pairs."""
    nodes = [helper.make_node("Cast", ["x"], ["cast"], name="cast", to=TensorProto.FLOAT)]
    nodes += [*_pair("cast", "a"), inner, *_pair("b", "y")]
    graph = helper.make_graph(
        nodes,
        "any",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 2, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(np.float32(0.5), "scale"),
            numpy_helper.from_array(np.uint8(0), "zero"),
            numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, folder / "any.onnx")
    return folder / "any.onnx"


def test_what_the_runtime_has_no_integers_for_is_listed(tmp_path: Path) -> None:
    mean = helper.make_node("ReduceMean", ["a", "axes"], ["b"], name="mean")
    assert float_operators(_file(tmp_path, mean)) == ("Cast cast", "ReduceMean mean")


def test_what_the_runtime_computes_in_integers_is_not(tmp_path: Path) -> None:
    pool = helper.make_node("GlobalAveragePool", ["a"], ["b"], name="pool")
    assert float_operators(_file(tmp_path, pool)) == ("Cast cast",)
