"""Means over height and width become poolings, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from export.check import float_operators
from export.convert.pooling import pooled

from . import graphs


def _mean(axes: list[int], *, keepdims: int, perm: list[int]) -> onnx.ModelProto:
    """(batch, 3, 5, 7), channels first, with the dimensions in another order and then reduced."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["laid"], perm=perm),
        helper.make_node("ReduceMean", ["laid", "axes"], ["mean"], keepdims=keepdims),
        helper.make_node("Neg", ["mean"], ["y"]),
    ]
    free = [f"free_{place}" for place in range(4 if keepdims else 2)]
    return graphs.model(
        nodes,
        x=["batch", 3, 5, 7],
        y=free,
        weights=[numpy_helper.from_array(np.array(axes, np.int64), "axes")],
    )


@pytest.mark.parametrize(
    ("axes", "keepdims", "perm", "becomes"),
    [
        ([1, 2], 0, [0, 2, 3, 1], ["GlobalAveragePool", "Flatten", "Neg"]),
        ([2, 1], 0, [0, 2, 3, 1], ["GlobalAveragePool", "Flatten", "Neg"]),
        ([1, 2], 1, [0, 2, 3, 1], ["GlobalAveragePool", "Transpose", "Neg"]),
        ([1, 3], 0, [0, 2, 3, 1], ["Transpose", "ReduceMean", "Neg"]),
        ([1, 2], 0, [0, 3, 1, 2], ["Transpose", "ReduceMean", "Neg"]),
    ],
)
def test_a_mean_over_height_and_width_is_a_pooling_of_the_same_answers(
    axes: list[int], keepdims: int, perm: list[int], becomes: list[str]
) -> None:
    model = _mean(axes, keepdims=keepdims, perm=perm)
    found = pooled(model)
    onnx.checker.check_model(found, full_check=True)
    assert [node.op_type for node in found.graph.node] == becomes
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 7)).astype(np.float32)
    np.testing.assert_allclose(graphs.run(found, x), graphs.run(model, x), rtol=1e-5, atol=1e-6)


def test_int8_onnx_computes_nothing_in_float_but_the_cast_of_the_pixels(tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx", reason="the export extra is not installed")
    from export.quantise.onnx import OnnxQuantiser
    from train.zoo import NETWORKS

    # At 32 pixels nothing would be left to pool.
    model = NETWORKS["mobilenet"](input_size=(64, 64), classes=8, weights=None, alpha=0.25)
    pixels = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), np.uint8)
    path = tmp_path / "any.onnx"
    path.write_bytes(OnnxQuantiser(model, pixels).quantise({}))
    assert float_operators(path) == ("Cast Cast_1",)
