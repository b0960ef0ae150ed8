"""Small ONNX graphs, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper


def model(
    nodes: Sequence[onnx.NodeProto],
    *,
    x: Sequence[int | str],
    y: Sequence[int | str],
    weights: Sequence[onnx.TensorProto],
) -> onnx.ModelProto:
    """A float graph from "x" to "y", of these shapes."""
    graph = helper.make_graph(
        nodes,
        "any",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, y)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    """What it answers to `x`."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (answer,) = session.run(None, {"x": x})
    return np.asarray(answer)
