"""The formats that a network is exported to, and the registry that names them.

A converter takes the Keras model and calibration pixels (N, h, w, 3) uint8 from the training split,
and returns the bytes of a model file that takes uint8 RGB pixels. Names decode themselves:
`tflite-int8` of the network `edge` is written as `edge-int8.tflite`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from export.formats import onnx, tflite

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

Converter = Callable[["keras.Model", "NDArray[np.uint8]"], bytes]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format: its name, what converts to it, and how far it may differ from Keras.

    `agreement` is the least share of test cells on which top-1 is that of the Keras network: a
    converter that falls below it is broken, however its accuracy looks.
    """

    name: str
    convert: Converter
    agreement: float

    def file_name(self, stem: str) -> str:
        """`edge-int8.tflite` for the network `edge` in `tflite-int8`."""
        kind, _, precision = self.name.partition("-")
        return f"{stem}-{precision}.{kind}"


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format(name="tflite-float32", convert=tflite.float32, agreement=0.999),
        Format(name="tflite-float16", convert=tflite.float16, agreement=0.998),
        Format(name="tflite-int8", convert=tflite.int8, agreement=0.97),
        Format(name="onnx-float32", convert=onnx.float32, agreement=0.999),
        Format(name="onnx-int8", convert=onnx.int8, agreement=0.97),
    )
}
