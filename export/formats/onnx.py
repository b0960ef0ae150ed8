"""Keras to ONNX in float32 and float16.

The 8-bit file is `export.quantise.onnx`, which starts from float32.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import onnx

from export.convert.canonical import canonical
from export.convert.onnx import graph, serialise

if TYPE_CHECKING:
    import keras


def float32(model: keras.Model) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8, NHWC, batch free.

    Raises:
        onnx.checker.ValidationError: the converter wrote an invalid graph.
    """
    return serialise(graph(model))


def float16(model: keras.Model) -> bytes:
    """Weights and arithmetic in float16, half the size; pixels and logits as in float32.

    Raises:
        onnx.checker.ValidationError: the converter wrote an invalid graph.
    """
    from onnxconverter_common.float16 import convert_float_to_float16

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
