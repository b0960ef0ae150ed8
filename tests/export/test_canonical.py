"""The canonical form of ONNX graphs: what is left out, and that answers stay."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from export.convert.canonical import canonical

from . import graphs


def _graph(*shapes: tuple[int, ...]) -> onnx.ModelProto:
    """(batch, 2, 3) reshaped again and again, then negated."""
    nodes, weights, value = [], [], "x"
    for number, shape in enumerate(shapes):
        weights.append(numpy_helper.from_array(np.array(shape, np.int64), f"shape__{number}"))
        nodes.append(helper.make_node("Reshape", [value, f"shape__{number}"], [f"r__{number}"]))
        value = f"r__{number}"
    nodes.append(helper.make_node("Neg", [value], ["y"]))
    return graphs.model(nodes, x=["unk__1", 2, 3], y=["unk__2", *shapes[-1][1:]], weights=weights)


@pytest.mark.parametrize(
    ("shapes", "left"),
    [
        ([(-1, 2, 3)], 0),
        ([(-1, 2, 3), (-1, 2, 3)], 0),
        ([(-1, 3, 2)], 1),
        ([(-1, 2, 3), (-1, 6), (-1, 6)], 1),
        ([(-1, 6), (-1, 2, 3)], 2),
    ],
)
def test_reshapes_that_change_nothing_are_left_out(
    shapes: list[tuple[int, ...]], left: int
) -> None:
    model = _graph(*shapes)
    found = canonical(model)
    onnx.checker.check_model(found, full_check=True)
    assert [node.op_type for node in found.graph.node].count("Reshape") == left
    x = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    np.testing.assert_array_equal(graphs.run(found, x), graphs.run(model, x))


def test_the_same_network_by_other_names_is_the_same_graph() -> None:
    other = _graph((-1, 6), (-1, 6))
    for node in other.graph.node:
        node.name = f"anything__{id(node)}"
    assert canonical(other) == canonical(_graph((-1, 6)))
