"""The formats that a network is exported to, and the registry that names them.

A format's converter takes the Keras model, and where it calibrates pixels (N, h, w, 3) uint8 from
the training split, and returns the bytes of a model file that takes uint8 RGB pixels; its quantiser
takes the types of pixels and logits as well. Names decode themselves: `tflite-int8` of the network
`edge` is written as `edge-int8.tflite`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from export.formats import onnx, tflite
from export.quantise import flatbuffer
from export.quantise.onnx import OnnxQuantiser
from export.quantise.tflite import TFLiteQuantiser
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from export.quantise import Io, Quantiser

Convert = Callable[["keras.Model"], bytes]
Calibrate = Callable[["keras.Model", "NDArray[np.uint8]"], bytes]
MakeQuantiser = Callable[["keras.Model", "NDArray[np.uint8]", "Io"], "Quantiser"]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format: its name, what makes it, and how far it may differ from Keras.

    One of three makes the file: `convert` or, from calibration cells as well, `calibrate` in one
    step, or `quantiser` by the ladder (`export.ladder`), from the rung `first` on. `agreement` is
    the least share of test cells on which top-1 is that of the Keras network: a converter that
    falls below it is broken, however its accuracy looks. `device` marks what a device wants, the
    default set.
    """

    name: str
    agreement: float
    convert: Convert | None = None
    calibrate: Calibrate | None = None
    quantiser: MakeQuantiser | None = None
    first: str = "plain"
    device: bool = False

    @property
    def suffix(self) -> str:
        """`.tflite` or `.onnx`."""
        return "." + self.name.partition("-")[0]

    @property
    def calibrated(self) -> bool:
        """Whether calibration cells decide what the file holds."""
        return self.convert is None

    def converted(self, model: keras.Model, pixels: NDArray[np.uint8]) -> bytes:
        """The file of a format that is made in one step, where it calibrates by these cells."""
        if self.convert is not None:
            return self.convert(model)
        assert self.calibrate is not None
        return self.calibrate(model, pixels)

    def file_name(self, stem: str) -> str:
        """`edge-int8.tflite` for the network `edge` in `tflite-int8`."""
        return f"{stem}-{self.name.partition('-')[2]}{self.suffix}"

    def write(self, content: bytes, path: Path) -> None:
        """Leaves what a converter or quantiser made at `path`, in as few bytes as may be."""
        path.write_bytes(flatbuffer.compact(content) if self.suffix == ".tflite" else content)


def _of_fixed_types(
    make: Callable[[keras.Model, NDArray[np.uint8]], Quantiser],
) -> MakeQuantiser:
    """Of a quantiser whose files have one type of pixels and one of logits."""
    return lambda model, pixels, _: make(model, pixels)


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format(name="tflite-float32", convert=tflite.float32, agreement=0.999),
        Format(
            name="tflite-float16",
            convert=tflite.float16,
            agreement=0.998,
            device=True,
        ),
        Format(name="tflite-dynamic", convert=tflite.dynamic, agreement=0.97),
        Format(name="tflite-int8", quantiser=TFLiteQuantiser, agreement=0.97, device=True),
        Format(name="tflite-int16x8", calibrate=tflite.int16x8, agreement=0.99),
        Format(name="tflite-mixed", quantiser=TFLiteQuantiser, first="mixed", agreement=0.97),
        Format(name="onnx-float32", convert=onnx.float32, agreement=0.999),
        Format(name="onnx-float16", convert=onnx.float16, agreement=0.998),
        Format(
            name="onnx-int8",
            quantiser=_of_fixed_types(OnnxQuantiser),
            agreement=0.97,
            device=True,
        ),
    )
}


def chosen(names: Iterable[str]) -> list[Format]:
    """The named formats in the registry's order; none means the device's, `all` every one.

    Raises:
        UsageError: there is no such format.
    """
    asked = set(names)
    if not asked:
        return [entry for entry in FORMATS.values() if entry.device]
    if unknown := sorted(asked - {"all", *FORMATS}):
        raise UsageError(f"no format '{unknown[0]}'; there are all, {', '.join(FORMATS)}")
    return [entry for entry in FORMATS.values() if "all" in asked or entry.name in asked]
