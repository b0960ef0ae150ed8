"""8-bit ONNX: quantise-dequantise pairs (QDQ), by ONNX Runtime's quantiser.

Activations are uint8 and weights int8 per channel, after ONNX Runtime's own pre-processing: without
it, or with signed activations, convolutions stay unfused on x86 and run at half the speed. The
pre-processing folds batch normalisation.

Weights have seven bits. x86 processors without VNNI add two products of eight bits in sixteen, and
what does not fit is cut off: a file that was proved on one machine would collapse on another
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "reduce_range").
"""

from __future__ import annotations

import copy
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import onnx

from export.convert.canonical import canonical
from export.convert.onnx import graph, serialise
from export.convert.pooling import pooled
from export.quantise import Layer, Quantiser, grouped, statistics
from export.quantise.calibrators import Range

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTED = frozenset({"Conv", "Gemm", "MatMul", "ConvTranspose"})

# Operators that leave values as they are, and those that scale or shift them by a constant.
_MOVES = frozenset({"Cast", "Transpose"})
_SCALES = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}


class OnnxQuantiser(Quantiser):
    """`Quantiser` for ONNX; pixels go in as uint8 and logits out as float32."""

    suffix = ".onnx"
    weight_end = 64  # of QInt8 in a reduced range
    channels = 1

    def __init__(self, model: keras.Model, pixels: NDArray[np.uint8]) -> None:
        super().__init__(pixels)
        self._float = _prepared(pooled(graph(model)))

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """See `Quantiser`."""
        return grouped((node.name, _weighted(node)) for node in self._float.graph.node)

    def quantise(
        self,
        ranges: Mapping[str, Range],
        *,
        keep: Collection[str] = (),
        biases: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> bytes:
        """See `Quantiser`."""
        from onnxruntime.quantization import CalibrationMethod, QuantType
        from onnxruntime.quantization.calibrate import TensorData, TensorsData
        from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
        from onnxruntime.quantization.registry import QDQRegistry, QLinearOpsRegistry

        limits = {
            name: TensorData(lowest=np.float32(low), highest=np.float32(high))
            for name, (low, high) in self._cut({**self._extremes, **ranges, **self._known}).items()
        }
        per_channel, reduce_range = True, True
        quantizer = QDQQuantizer(
            self._with_biases(biases or {}),
            per_channel,
            reduce_range,
            QuantType.QInt8,
            QuantType.QUInt8,
            TensorsData(CalibrationMethod.MinMax, limits),
            [],
            sorted(keep),
            sorted({*QLinearOpsRegistry, *QDQRegistry}),
            {},
        )
        quantizer.quantize_model()
        return serialise(canonical(quantizer.model.model))

    def _limits(self) -> statistics.Extremes:
        """See `Quantiser`."""
        ends = {item.name for item in self._float.graph.output}
        return {name: found for name, found in self._extremes.items() if name not in ends}

    def _observe(self, names: set[str], content: bytes | None = None) -> statistics.Observe:
        """See `Quantiser`; activations that hold no float32 are left out."""
        model = self._float if content is None else onnx.load_from_string(content)
        return _observer(model, names)

    @cached_property
    def _extremes(self) -> statistics.Extremes:
        names = {value for node in self._float.graph.node for value in node.output}
        return statistics.extremes(self._observe(names), self._pixels)

    @cached_property
    def _known(self) -> dict[str, Range]:
        """Of what is only cast, scaled and shifted from the pixels: no cell has to show its range.

        Cells without black or white would have it cut off for all that come after them.
        """
        (pixels,) = self._float.graph.input
        fixed = {
            item.name: onnx.numpy_helper.to_array(item).reshape(-1)
            for item in self._float.graph.initializer
        }
        ends = {pixels.name: np.array([[0.0], [255.0]])}
        for node in self._float.graph.node:
            taken = ends.get(node.input[0]) if node.input else None
            if taken is None:
                continue
            if node.op_type in _MOVES:
                ends[node.output[0]] = taken
            elif node.op_type in _SCALES and node.input[1] in fixed:
                ends[node.output[0]] = _SCALES[node.op_type](taken, fixed[node.input[1]])
        del ends[pixels.name]
        return {name: (float(both.min()), float(both.max())) for name, both in ends.items()}

    def _cut(self, ranges: dict[str, Range]) -> dict[str, Range]:
        """Gives what is cut next the range that it is cut to: nothing beyond it is ever needed."""
        uses = Counter(value for node in self._float.graph.node for value in node.input)
        for node in self._float.graph.node:
            if node.op_type in ("Clip", "Relu") and uses[node.input[0]] == 1:
                ranges[node.input[0]] = ranges[node.output[0]]
        return ranges

    def _with_biases(self, changes: Mapping[str, NDArray[np.float64]]) -> onnx.ModelProto:
        model = copy.deepcopy(self._float)
        weights = {item.name: item for item in model.graph.initializer}
        for node in model.graph.node:
            if node.output[0] in changes:
                bias = onnx.numpy_helper.to_array(weights[node.input[2]]) + changes[node.output[0]]
                # Its own, for equal ones may be shared.
                node.input[2] = f"{node.output[0]}_corrected"
                model.graph.initializer.append(
                    onnx.numpy_helper.from_array(bias.astype(np.float32), name=node.input[2])
                )
        return model


def _weighted(node: onnx.NodeProto) -> tuple[str, str | None] | None:
    """Name and bias of the layer that an operator with weights stands for."""
    if node.op_type not in WEIGHTED:
        return None
    return node.name, node.output[0] if node.op_type == "Conv" and len(node.input) > 2 else None


def _prepared(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder, "plain.onnx"), Path(folder, "prepared.onnx")
        onnx.save(model, plain)
        quant_pre_process(plain, prepared)
        return onnx.shape_inference.infer_shapes(canonical(onnx.load(prepared)))


def _observer(model: onnx.ModelProto, names: set[str]) -> statistics.Observe:
    """The named activations of a network; those that hold no float32 are left out."""
    import onnxruntime

    opened = copy.deepcopy(model)
    kept, floats = {item.name for item in opened.graph.output}, _floats(opened)
    opened.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in sorted(names - kept)
        if name in floats
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # As written: optimised, the values of fused operators would be gone.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        opened.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    source = session.get_inputs()[0].name
    wanted = [item.name for item in session.get_outputs() if item.name in names]

    def observe(cell: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[Any]]]:
        yield from zip(wanted, session.run(wanted, {source: cell}), strict=True)

    return observe


def _floats(model: onnx.ModelProto) -> set[str]:
    known = onnx.shape_inference.infer_shapes(model).graph
    return {
        item.name
        for item in [*known.value_info, *known.output]
        if item.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
