"""8-bit TFLite: int8 weights per channel, int8 activations per tensor, by TensorFlow's quantiser.

Specification: https://ai.google.dev/edge/litert/models/quantization_spec. The converter writes a
float file with the extremes of every activation; its ranges and biases can be changed before the
quantiser turns it into integers. The two steps are those that `tf.lite.experimental.
QuantizationDebugger` takes; batch normalisation is folded in the first.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.lite.python.convert import mlir_quantize
from tensorflow.lite.python.util import modify_model_io_type

from export.convert.tflite import calibrated
from export.quantise import Io, Layer, Quantiser, flatbuffer, grouped, statistics
from export.quantise.calibrators import Range
from train.flatbuffer import kind, parse
from wbc_edge.runtimes.native_log import only_on_failure

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS: Range = (0.0, 255.0)
"""Range of the input: with it the stored integer is the pixel itself, minus 128 for int8."""


class TFLiteQuantiser(Quantiser):
    """`Quantiser` for TFLite."""

    suffix = ".tflite"
    weight_end = 127
    channels = -1

    def __init__(self, model: keras.Model, pixels: NDArray[np.uint8], io: Io = Io()) -> None:
        super().__init__(pixels)
        self._io = io
        self._calibrated, self._known = _calibrated(model, pixels)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """See `Quantiser`."""
        model = parse(self._calibrated)
        graph = model.subgraphs[0]

        def described(operator: Any) -> tuple[str, tuple[str, str | None] | None]:
            output = graph.tensors[operator.outputs[0]]
            name = flatbuffer.name(output)
            if kind(model, operator) not in flatbuffer.WEIGHTED:
                return name, None
            has_bias = len(operator.inputs) > 2 and operator.inputs[2] >= 0
            return name, (flatbuffer.label(output), name if has_bias else None)

        return grouped(described(operator) for operator in graph.operators)

    def quantise(
        self,
        ranges: Mapping[str, Range],
        *,
        keep: Collection[str] = (),
        biases: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> bytes:
        """See `Quantiser`."""
        model = parse(self._calibrated)
        graph = model.subgraphs[0]
        for tensor in graph.tensors:
            if (found := ranges.get(flatbuffer.name(tensor))) is not None:
                flatbuffer.set_range(tensor, *found)
        for operator in graph.operators:
            name = flatbuffer.name(graph.tensors[operator.outputs[0]])
            if biases and name in biases:
                flatbuffer.add_to_bias(model, operator, biases[name])
        # It prints a line on every call.
        with only_on_failure():
            if keep:
                # Float at either end would make it the type of the file's pixels or logits.
                mixed = mlir_quantize(
                    flatbuffer.pack(model), fully_quantize=True, denylisted_nodes=sorted(keep)
                )
                return bytes(mixed)
            content = mlir_quantize(flatbuffer.pack(model))
            return bytes(
                modify_model_io_type(
                    content, tf.as_dtype(self._io.input), tf.as_dtype(self._io.output)
                )
            )

    def _limits(self) -> statistics.Extremes:
        """See `Quantiser`; those that are known are left out as well."""
        graph = parse(self._calibrated).subgraphs[0]
        ends = {*graph.inputs, *graph.outputs}
        return {
            flatbuffer.name(tensor): found
            for index, tensor in enumerate(graph.tensors)
            if index not in ends
            and flatbuffer.name(tensor) not in self._known
            and (found := flatbuffer.get_range(tensor)) is not None
        }

    def _uncut(self) -> dict[str, Range]:
        """See `Quantiser`."""
        model = parse(self._calibrated)
        tensors = model.subgraphs[0].tensors
        return {
            flatbuffer.name(tensors[operator.outputs[0]]): flatbuffer.uncut(operator)
            for operator in model.subgraphs[0].operators
        }

    def _observe(self, names: set[str], content: bytes | None = None) -> statistics.Observe:
        """See `Quantiser`."""
        interpreter = self._interpreter(content)
        source = interpreter.get_input_details()[0]
        # The quantiser gives the logits another name.
        last = interpreter.get_output_details()[0] | {"name": self._logits}
        inner = [item for item in interpreter.get_tensor_details() if item["name"] in names]
        others = [item for item in inner if item["name"] != self._logits]
        wanted = others + [last] * (self._logits in names)

        def observe(cell: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[Any]]]:
            interpreter.set_tensor(source["index"], _as_input(cell, source["dtype"]))
            interpreter.invoke()
            for item in wanted:
                values = interpreter.get_tensor(item["index"])
                scale, zero = item["quantization"]
                if scale:
                    values = (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)
                yield item["name"], values

        return observe

    @cached_property
    def _logits(self) -> str:
        graph = parse(self._calibrated).subgraphs[0]
        return flatbuffer.name(graph.tensors[graph.outputs[0]])

    def _interpreter(self, content: bytes | None) -> Any:
        with warnings.catch_warnings():
            # It warns of the memory that kept activations take, which is what they are kept for.
            warnings.simplefilter("ignore")
            interpreter = Interpreter(
                model_content=content or self._calibrated, experimental_preserve_all_tensors=True
            )
        interpreter.allocate_tensors()
        return interpreter


def _as_input(cell: NDArray[np.uint8], dtype: type) -> NDArray[Any]:
    if dtype == np.int8:
        return (cell ^ np.uint8(0x80)).view(np.int8)
    return cell.astype(dtype)


def _calibrated(model: keras.Model, pixels: NDArray[np.uint8]) -> tuple[bytes, frozenset[str]]:
    """The network as a float file in which every activation has its extremes, and those known."""
    with only_on_failure():
        content = calibrated(model, pixels, tf.lite.OpsSet.TFLITE_BUILTINS_INT8, quantise=False)
    found = parse(bytes(content))
    known = flatbuffer.set_known_ranges(found, PIXELS)
    return flatbuffer.pack(found), known
