"""Global average pooling in ONNX, by the operator of that name."""

from __future__ import annotations

import onnx
from onnx import helper, numpy_helper

from export.convert.canonical import canonical

TO_CHANNELS_LAST = [0, 2, 3, 1]
SPATIAL = [1, 2]
"""Height and width where channels are last."""


def pooled(model: onnx.ModelProto) -> onnx.ModelProto:
    """A canonical copy in which means over height and width are poolings.

    tf2onnx lays out channels last and takes a ReduceMean, for which ONNX Runtime has no operator on
    integers: it would be computed in float between its neighbours. What else is reduced, or is laid
    out otherwise, stays as it is.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    maker = {value: node for node in graph.node for value in node.output}
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        source = maker.get(node.input[0]) if node.op_type == "ReduceMean" else None
        axes = constants.get(node.input[1]) if len(node.input) > 1 else None
        if source is None or axes is None or not _is_spatial(source, axes.tolist()):
            nodes.append(node)
            continue
        pool = f"{node.output[0]}/pool"
        nodes.append(helper.make_node("GlobalAveragePool", [source.input[0]], [pool]))
        nodes.append(_shaped(pool, node))
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(nodes)
    return canonical(result)


def _is_spatial(source: onnx.NodeProto, axes: list[int]) -> bool:
    """Whether a mean over the axes of what a node gives is one over height and width."""
    if source.op_type != "Transpose":
        return False
    return _attribute(source, "perm", []) == TO_CHANNELS_LAST and sorted(axes) == SPATIAL


def _shaped(pool: str, mean: onnx.NodeProto) -> onnx.NodeProto:
    """From (batch, channels, 1, 1) to the shape that the mean had."""
    if _attribute(mean, "keepdims", 1):
        return helper.make_node("Transpose", [pool], mean.output, perm=TO_CHANNELS_LAST)
    return helper.make_node("Flatten", [pool], mean.output, axis=1)


def _attribute(node: onnx.NodeProto, name: str, default: object) -> object:
    found = (helper.get_attribute_value(item) for item in node.attribute if item.name == name)
    return next(found, default)
