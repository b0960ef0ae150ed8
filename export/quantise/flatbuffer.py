"""What the quantiser changes in TFLite files, and what the checks read from them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from train.flatbuffer import kind, parse

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"})
"""Operators whose third input is a bias."""

BUFFER_ALIGNMENT = 16
"""Bytes that a buffer's data starts at a multiple of: `force_align` in the schema."""


def pack(model: Any) -> bytes:
    """The bytes of a `ModelT`; the same model gives the same bytes."""
    builder = _SharingBuilder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def compact(content: bytes) -> bytes:
    """The same network in fewer bytes: equal vectors stand once, tensors have short names.

    Every weight and bias has a zero point per channel, all of them 0 and of 8 bytes: with the names
    of fused operators, which the converter strings together, a fifth of a small network's file.

    Names stay different from one another: OpenVINO knows tensors by them.
    """
    model = parse(content)
    for graph in model.subgraphs:
        taken = set()
        for number, tensor in enumerate(graph.tensors):
            short = tensor.name.split(b";")[0]
            tensor.name = b"%s#%d" % (short, number) if short in taken else short
            taken.add(tensor.name)
    return pack(model)


class _SharingBuilder(flatbuffers.Builder):
    """Writes equal vectors once, and data of buffers at the places that the schema asks for."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802 - the library's name
        key = x.dtype.str, x.tobytes()
        if key not in self._written:
            if x.dtype == np.uint8:
                self.Prep(BUFFER_ALIGNMENT, x.size)
            self._written[key] = super().CreateNumpyVector(x)
        return self._written[key]


def is_float(tensor: Any) -> bool:
    """Whether a tensor holds float32."""
    return bool(tensor.type == schema.TensorType.FLOAT32)


def name(tensor: Any) -> str:
    """Name of a tensor."""
    return str(tensor.name.decode())


def label(tensor: Any) -> str:
    """The part of a tensor's name by which a person knows the layer.

    The converter joins the names of what it has fused: `net/stem_relu/Relu6;net/stem_bn/add;...`.
    """
    parts = [part for part in name(tensor).split(";")[0].split("/") if part != "batchnorm"]
    return parts[-2] if len(parts) > 1 else parts[-1]


def set_range(tensor: Any, low: float, high: float) -> None:
    """Writes the range that the quantiser reads."""
    tensor.quantization.min = np.array([low], np.float32)
    tensor.quantization.max = np.array([high], np.float32)


def set_known_ranges(model: Any, pixels: tuple[float, float]) -> frozenset[str]:
    """Writes the range of the input, and of what is only scaled and shifted from there.

    They follow from the range of a pixel. Calibration may have seen no black one; and it takes the
    extremes of a sum for those of its first term too where the interpreter writes one over the
    other, which for a usual scaling of pixels costs a third of the levels.

    Returns:
        The names of these activations, whose ranges no calibrator has to choose.
    """
    graph = model.subgraphs[0]
    known = {graph.inputs[0]: np.array(pixels)[:, None]}
    for operator in graph.operators:
        move = _MOVES.get(kind(model, operator))
        if move is None or operator.inputs[0] not in known:
            continue
        by = _constant(model, operator.inputs[1])
        if by is not None:
            known[operator.outputs[0]] = move(known[operator.inputs[0]], by)
    for index, ends in known.items():
        set_range(graph.tensors[index], float(ends.min()), float(ends.max()))
    return frozenset(name(graph.tensors[index]) for index in known)


_MOVES = {"ADD": np.add, "MUL": np.multiply, "SUB": np.subtract}


def _constant(model: Any, index: int) -> NDArray[np.float32] | None:
    """Values of a float tensor that is the same for every picture, one for each channel or all."""
    tensor = model.subgraphs[0].tensors[index]
    data = model.buffers[tensor.buffer].data
    if data is None or not is_float(tensor):
        return None
    return _floats(data)


def _floats(data: NDArray[np.uint8] | list[int]) -> NDArray[np.float32]:
    """The bytes of a buffer as float32."""
    return np.frombuffer(np.asarray(data, np.uint8).tobytes(), np.float32)


def get_range(tensor: Any) -> tuple[float, float] | None:
    """The range that calibration left at an activation."""
    found = tensor.quantization
    if found is None or found.min is None or found.max is None or len(found.min) != 1:
        return None
    return float(found.min[0]), float(found.max[0])


def add_to_bias(model: Any, operator: Any, change: np.ndarray) -> None:
    """Moves the float bias of an operator that has one by (channels,).

    The operator is given a bias of its own: the converter lets those share one that are equal.
    """
    tensors = model.subgraphs[0].tensors
    tensor, buffer = copy.copy(tensors[operator.inputs[2]]), schema.BufferT()
    moved = (_floats(model.buffers[tensor.buffer].data) + change).astype(np.float32)
    buffer.data = np.frombuffer(moved.tobytes(), np.uint8)
    tensor.buffer = len(model.buffers)
    model.buffers.append(buffer)
    operator.inputs = [*operator.inputs[:2], len(tensors)]
    tensors.append(tensor)


def uncut(operator: Any) -> tuple[float, float]:
    """Between which values an operator's output is what it computes, and no end of a rectifier."""
    activation = getattr(operator.builtinOptions, "fusedActivationFunction", 0)
    return _UNCUT.get(activation, (-np.inf, np.inf))


_UNCUT = {
    schema.ActivationFunctionType.RELU: (0.0, np.inf),
    schema.ActivationFunctionType.RELU6: (0.0, 6.0),
    schema.ActivationFunctionType.RELU_N1_TO_1: (-1.0, 1.0),
}


def float_operators(content: bytes) -> tuple[str, ...]:
    """`TYPE layer` of every operator that computes in float, conversions to and from it left out.

    An operator that only carries values across (QUANTIZE, DEQUANTIZE) is no computation, but one
    that is there shows that a float operator is.
    """
    model = parse(content)
    graph = model.subgraphs[0]
    found = []
    for operator in graph.operators:
        type_ = kind(model, operator)
        output = graph.tensors[operator.outputs[0]]
        if type_ not in ("QUANTIZE", "DEQUANTIZE") and is_float(output):
            found.append(f"{type_} {label(output)}")
    return tuple(found)
