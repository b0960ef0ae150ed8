"""ONNX graphs named by structure, so that the same network gives the same bytes.

tf2onnx and ONNX Runtime number what they add by process; the order of nodes follows those names,
and so does which of several reshapes in a row tf2onnx takes out where height and width are 1.
"""

from __future__ import annotations

from collections import Counter

import onnx


def canonical(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy with nodes in the order in which the outputs need them, all named by type and number.

    Inputs and outputs keep their names; a free first dimension is called `batch`. Initialisers
    stand in the order of their first use; reshapes to the shape that there is and what no output
    needs are left out, and so are the shapes of intermediate values, which every reader infers.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    _bypass_reshapes(result)
    nodes = _ordered(graph)
    weights = {item.name: item for item in graph.initializer}
    names = {item.name: item.name for item in [*graph.input, *graph.output]}
    numbers: Counter[str] = Counter()
    used: list[onnx.TensorProto] = []
    for node in nodes:
        numbers[node.op_type] += 1
        node.name = f"{node.op_type}_{numbers[node.op_type]}"
        for position, value in enumerate(node.input):
            if value in weights and value not in names:
                names[value] = f"{node.name}/in_{position}"
                used.append(weights[value])
        for position, value in enumerate(node.output):
            if value:
                names.setdefault(value, node.name if position == 0 else f"{node.name}/{position}")
    for node in nodes:
        node.input[:] = [names[value] if value else "" for value in node.input]
        node.output[:] = [names[value] if value else "" for value in node.output]
        node.doc_string = ""
    for weight in used:
        weight.name = names[weight.name]
    copies = [_copied(node) for node in nodes], [_copied(weight) for weight in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(copies[0])
    graph.initializer.extend(copies[1])
    for item in [*graph.input, *graph.output]:
        for position, size in enumerate(item.type.tensor_type.shape.dim):
            if size.dim_param:
                size.dim_param = "batch" if position == 0 else f"free_{position}"
    graph.name = "network"
    graph.doc_string = result.doc_string = ""
    return result


def _bypass_reshapes(model: onnx.ModelProto) -> None:
    """Lets the readers of a reshape that changes no shape read what it reads."""
    inferred = onnx.shape_inference.infer_shapes(model).graph
    shapes = {
        item.name: [size.dim_value or None for size in item.type.tensor_type.shape.dim]
        for item in [*inferred.input, *inferred.output, *inferred.value_info]
    }
    outputs = {item.name for item in model.graph.output}
    source: dict[str, str] = {}
    for node in model.graph.node:
        node.input[:] = [source.get(value, value) for value in node.input]
        if node.op_type != "Reshape" or node.output[0] in outputs:
            continue
        before, after = shapes.get(node.input[0], []), shapes.get(node.output[0], [])
        # The number of elements is the same: all sizes but one decide that one too.
        if before == after and before.count(None) <= 1 and before:
            source[node.output[0]] = node.input[0]


def _ordered(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Depth first from the outputs, inputs in their order; without recursion, for deep networks."""
    maker = {value: node for node in graph.node for value in node.output if value}
    ordered: list[onnx.NodeProto] = []
    seen: set[int] = set()
    stack = [(maker[item.name], False) for item in reversed(graph.output) if item.name in maker]
    while stack:
        node, ready = stack.pop()
        if ready:
            ordered.append(node)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        stack.append((node, True))
        stack += [(maker[v], False) for v in reversed(node.input) if v in maker]
    return ordered


def _copied(message: onnx.NodeProto | onnx.TensorProto) -> onnx.NodeProto | onnx.TensorProto:
    twin = type(message)()
    twin.CopyFrom(message)
    return twin
