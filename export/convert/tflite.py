"""Keras to TFLite by TensorFlow's converter, as it is and with the ranges of its activations.

Conversion goes through a concrete function of fixed batch 1: a free batch leaves shape operators in
the graph.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from numpy.typing import NDArray


def converter(model: keras.Model, dtype: tf.DType) -> tf.lite.TFLiteConverter:
    """TensorFlow's converter for the network at batch 1, fed with pixels of a type."""
    call = tf.function(
        lambda pixels: model(pixels, training=False),
        input_signature=[tf.TensorSpec((1, *model.input_shape[1:]), dtype, name="pixels")],
    )
    # With the model as second argument the file would hold uninitialised weights.
    made = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])
    # A concrete function holds variables by weak references: collected meanwhile, they are missed.
    made.network = model
    return made


def calibrated(
    model: keras.Model,
    pixels: NDArray[np.uint8],
    operators: tf.lite.OpsSet,
    *,
    quantise: bool = True,
) -> bytes:
    """The network after it has seen calibration cells.

    Args:
        model: network from uint8 pixels to logits.
        pixels: the cells, (N, h, w, 3).
        operators: what the file may be made of.
        quantise: whether it is in integers; else in float, with the extremes of every activation.
    """

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        for cell in pixels:
            yield [cell[None].astype(np.float32)]

    convert = converter(_float_input(model), tf.float32)
    convert.optimizations = [tf.lite.Optimize.DEFAULT]
    convert.representative_dataset = representative
    convert.target_spec.supported_ops = [operators]
    convert._experimental_calibrate_only = not quantise
    with warnings.catch_warnings():
        # It asks for the statistics of an older scheme; the representative data set gives them.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs", UserWarning)
        return convert.convert()


def _float_input(model: keras.Model) -> keras.Model:
    """The same network fed with pixels as floats: a cast in the graph stays a float operator."""
    pixels = keras.Input(model.input_shape[1:], dtype="float32", name="pixels")
    inputs = keras.tree.pack_sequence_as(model.input, [pixels])
    twin = keras.models.clone_model(model, input_tensors=inputs)
    twin.set_weights(model.get_weights())
    return twin
