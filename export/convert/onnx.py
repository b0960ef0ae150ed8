"""Keras to an ONNX graph in float32."""

from __future__ import annotations

import keras
import onnx
import tensorflow as tf
import tf2onnx

from export.convert.canonical import canonical

OPSET = 18
"""The highest operator set that tf2onnx writes."""


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
