"""Keras to TFLite without calibrated integers: float32, float16, dynamic range, and int16x8.

The 8-bit files are `export.quantise.tflite`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from export.convert.tflite import calibrated, converter

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray


def float32(model: keras.Model) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8."""
    return converter(model, tf.uint8).convert()


def float16(model: keras.Model) -> bytes:
    """Weights stored in float16, arithmetic in float32: half the size, the same answers."""
    convert = converter(model, tf.uint8)
    convert.optimizations = [tf.lite.Optimize.DEFAULT]
    convert.target_spec.supported_types = [tf.float16]
    return convert.convert()


def dynamic(model: keras.Model) -> bytes:
    """Weights in int8, ranges of activations found while running: small, no calibration."""
    convert = converter(model, tf.uint8)
    convert.optimizations = [tf.lite.Optimize.DEFAULT]
    # tflite-runtime 2.14 does not know the newer, per-channel form of fully connected layers.
    convert._experimental_disable_per_channel_quantization_for_dense_layers = True
    return convert.convert()


def int16x8(model: keras.Model, pixels: NDArray[np.uint8]) -> bytes:
    """Weights in int8, activations in int16: close to float in accuracy, slow on most machines."""
    return calibrated(
        model,
        pixels,
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
    )
