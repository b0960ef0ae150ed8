"""Keras to TFLite: float32, float16 weights, and full int8 by post-training quantisation.

Conversion goes through a concrete function of fixed batch 1: a free batch leaves shape operators in
the graph. Int8 is per-channel in weights and per-tensor in activations (the TFLite 8-bit
quantisation specification).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from numpy.typing import NDArray


def float32(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8."""
    del calibration
    return _converter(model, tf.uint8).convert()


def float16(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights stored in float16, arithmetic in float32: half the size, the same answers."""
    del calibration
    converter = _converter(model, tf.uint8)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def int8(model: keras.Model, calibration: NDArray[np.uint8]) -> bytes:
    """Weights and activations in int8, no float operator left; uint8 pixels in, int8 logits out.

    Args:
        model: network from uint8 pixels to logits.
        calibration: pixels (N, h, w, 3) that give the ranges of the activations.

    Raises:
        ValueError: an operator of the network has no int8 kernel.
    """

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        for pixels in calibration:
            yield [pixels[None].astype(np.float32)]

    converter = _converter(_float_input(model), tf.float32)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.int8
    with warnings.catch_warnings():
        # It asks for the statistics of an older scheme; the representative data set gives them.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs", UserWarning)
        return converter.convert()


def _float_input(model: keras.Model) -> keras.Model:
    """The same network fed with pixels as floats: a cast in the graph stays a float operator."""
    pixels = keras.Input(model.input_shape[1:], dtype="float32", name="pixels")
    twin = keras.models.clone_model(model, input_tensors=[pixels])
    twin.set_weights(model.get_weights())
    return twin


def _converter(model: keras.Model, dtype: tf.DType) -> tf.lite.TFLiteConverter:
    call: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        lambda pixels: model(pixels, training=False),
        input_signature=[tf.TensorSpec((1, *model.input_shape[1:]), dtype, name="pixels")],
    )
    # With the model as second argument the file would hold uninitialised weights.
    return tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])
