"""Keras to ONNX in float32 and float16.

The 8-bit file is `export.quantise.onnx`, which starts from float32.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import keras
import onnx
import tensorflow as tf
import tf2onnx

from export.formats.canonical import canonical

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from export.quantise import Io, Quantiser

OPSET = 18
"""The highest operator set that tf2onnx writes."""


def float32(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8, NHWC, batch free.

    Raises:
        onnx.checker.ValidationError: the converter wrote an invalid graph.
    """
    del calibration
    return serialise(graph(model))


def float16(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights and arithmetic in float16, half the size; pixels and logits as in float32.

    Raises:
        onnx.checker.ValidationError: the converter wrote an invalid graph.
    """
    from onnxconverter_common.float16 import convert_float_to_float16

    del calibration
    with warnings.catch_warnings():
        # Each weight too small for float16 is announced; the checks judge what becomes of it.
        warnings.simplefilter("ignore", UserWarning)
        half = convert_float_to_float16(graph(model), keep_io_types=True)
    pixels = half.graph.input[0].name
    for node in half.graph.node:
        # The converter sees to floats that come in; pixels become floats only in the graph.
        if node.op_type == "Cast" and node.input[0] == pixels:
            node.attribute[0].i = onnx.TensorProto.FLOAT16
    return serialise(canonical(half))


def quantiser(model: keras.Model, pixels: NDArray[np.uint8], io: Io) -> Quantiser:
    """What writes the 8-bit file of this family."""
    from export.quantise.onnx import OnnxQuantiser  # which starts from `graph`

    return OnnxQuantiser(model, pixels, io)


def graph(model: keras.Model) -> onnx.ModelProto:
    """The network in float32, its nodes and tensors named by their place."""
    shape = (None, *model.input_shape[1:])
    converted, _ = tf2onnx.convert.from_keras(
        model, input_signature=[tf.TensorSpec(shape, tf.uint8, name="pixels")], opset=OPSET
    )
    return canonical(converted)


def serialise(found: onnx.ModelProto) -> bytes:
    """The checked bytes of a graph. Raises onnx.checker.ValidationError."""
    onnx.checker.check_model(found, full_check=True)
    return bytes(found.SerializeToString(deterministic=True))
