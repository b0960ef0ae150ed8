"""Keras to ONNX: float32, and int8 as quantise-dequantise pairs (QDQ).

Activations are uint8 and weights int8 per channel, after ONNX Runtime's own pre-processing: without
it, or with signed activations, convolutions stay unfused on x86 and run at half the speed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPSET = 18
"""The highest operator set that tf2onnx writes."""


def float32(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8, NHWC, batch free.

    Raises:
        onnx.checker.ValidationError: the converter wrote an invalid graph.
    """
    del calibration
    shape = (None, *model.input_shape[1:])
    graph, _ = tf2onnx.convert.from_keras(
        model, input_signature=[tf.TensorSpec(shape, tf.uint8, name="pixels")], opset=OPSET
    )
    onnx.checker.check_model(graph, full_check=True)
    return graph.SerializeToString(deterministic=True)


def int8(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights int8 per channel, activations uint8, min-max ranges from the calibration pixels.

    Args:
        model: network from uint8 pixels to logits.
        calibration: pixels (N, h, w, 3).

    Raises:
        onnx.checker.ValidationError: the quantiser wrote an invalid graph.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, quantised = (Path(folder, f"{n}.onnx") for n in ("plain", "pre", "int8"))
        plain.write_bytes(float32(model, calibration))
        quant_pre_process(plain, prepared)
        quantization.quantize_static(
            prepared,
            quantised,
            _Reader(onnx.load(prepared).graph.input[0].name, calibration),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
        )
        graph = onnx.load(quantised)
    onnx.checker.check_model(graph, full_check=True)
    return graph.SerializeToString(deterministic=True)


class _Reader:
    """Feeds one calibration picture at a time (ONNX Runtime's `CalibrationDataReader`)."""

    def __init__(self, name: str, calibration: NDArray[np.uint8]) -> None:
        self._feeds: Iterator[dict[str, Any]] = ({name: pixels[None]} for pixels in calibration)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)
