"""The same network as int8 by other makers, with their own defaults and our calibration cells."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def by_ai_edge_quantizer(keras_file: Path, calibration: NDArray[np.uint8], target: Path) -> Path:
    """Google's quantiser, its recipe `static_wi8_ai8`, on what `from_keras_model` converts."""
    import keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter
    from ai_edge_quantizer import quantizer, recipe

    plain = tf.lite.TFLiteConverter.from_keras_model(keras.saving.load_model(keras_file)).convert()
    signatures = Interpreter(model_content=plain).get_signature_list()
    key, names = next(iter(signatures.items()))
    made = quantizer.Quantizer(plain, recipe.static_wi8_ai8())
    cells = [{names["inputs"][0]: pixels[np.newaxis]} for pixels in calibration]
    ranges = made.calibrate({key: cells}, num_threads=1)
    target.write_bytes(bytes(made.quantize(ranges).quantized_model))
    return target


def by_onnxruntime(float_file: Path, calibration: NDArray[np.uint8], target: Path) -> Path:
    """ONNX Runtime's `quantize_static` with every default, from our float32 ONNX file."""
    import onnxruntime
    from onnxruntime import quantization

    name = onnxruntime.InferenceSession(float_file).get_inputs()[0].name
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "int8.onnx"
        quantization.quantize_static(float_file, made, _Reader(name, calibration))
        target.write_bytes(made.read_bytes())
    return target


class _Reader:
    """Feeds one picture at a time (ONNX Runtime's `CalibrationDataReader`)."""

    def __init__(self, name: str, calibration: NDArray[np.uint8]) -> None:
        self._feeds = iter([{name: pixels[np.newaxis]} for pixels in calibration])

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)
