"""Between pixels and tensors: quantisation by the parameters in the model file.

Scheme: https://ai.google.dev/edge/litert/models/quantization_spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec
    from wbc_edge.runtimes import Tensor


class Encoder:
    """Brings (N, height, width, 3) uint8 pixels to the dtype, scale and layout of an input tensor.

    A pixel has 256 values, so the whole of it is a table of 256 entries, made once; of 256 for each
    channel where the card (`spec`) scales them, which networks from elsewhere may need. The
    commonest quantised input, int8 with scale 1 and zero point -128, is the pixel with its top bit
    flipped.
    """

    def __init__(self, tensor: Tensor, path: Path, spec: InputSpec | None = None) -> None:
        self._tensor = tensor
        self._path = path
        shape = tensor.shape
        if len(shape) != 4 or 3 not in (shape[1], shape[3]):
            raise ModelError(
                f"{path}: the input {shape} is not one RGB picture", code="shape_mismatch"
            )
        if shape[0] not in (None, 1):
            raise ModelError(
                f"{path}: the input takes {shape[0]} pictures at once; make it 1 or free",
                code="shape_mismatch",
            )
        self.height, self.width = tensor.sides
        self._channels: NDArray[Any] | None = None
        levels: NDArray[Any] = np.arange(256)
        if spec is not None and spec.scaled:
            self._channels = np.arange(3)
            levels = (levels[:, np.newaxis] - np.array(spec.mean)) / np.array(spec.std)
        self._table = _table(tensor, path, levels)

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """The encoded batch. Raises ModelError (shape_mismatch) where the pixels do not fit."""
        if (
            pixels.ndim != 4
            or pixels.shape[3] != 3
            or self.height not in (None, pixels.shape[1])
            or self.width not in (None, pixels.shape[2])
            or pixels.dtype != np.uint8
        ):
            got = " x ".join(map(str, pixels.shape if pixels.ndim != 4 else pixels.shape[1:]))
            batch = "" if pixels.ndim == 4 else "a batch of "
            raise ModelError(
                f"{self._path} takes {batch}{self.height} x {self.width} uint8 RGB pixels,"
                f" not {got} {pixels.dtype}",
                code="shape_mismatch",
            )
        tensor = self._tensor
        if self._channels is not None and self._table is not None:
            encoded: NDArray[Any] = self._table[pixels, self._channels]
        elif tensor.dtype == "int8" and tensor.scale == 1 and tensor.zero_point == -128:
            encoded = (pixels ^ np.uint8(0x80)).view(np.int8)
        elif self._table is None:
            encoded = pixels
        else:
            encoded = self._table[pixels]
        if tensor.channels_first:
            encoded = encoded.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(encoded)


def decode(values: NDArray[Any], tensor: Tensor) -> NDArray[np.float32]:
    """Output values of (N, classes, ...) as real numbers, (N, classes)."""
    flat = values.reshape(values.shape[0], -1)
    if tensor.scale is None or tensor.zero_point is None:
        return flat.astype(np.float32)
    return (flat.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)


def _table(tensor: Tensor, path: Path, levels: NDArray[Any]) -> NDArray[Any] | None:
    """What the real values (256, ...) of the pixels become; None where a pixel stays itself."""
    dtype = np.dtype(tensor.dtype)
    if dtype.kind == "f":
        return levels.astype(dtype)
    if dtype.kind not in "iu":
        raise ModelError(f"{path}: an input of type {dtype} is not known", code="shape_mismatch")
    limits = np.iinfo(dtype)
    if tensor.scale is None or tensor.zero_point is None:
        if limits.max < 255:
            raise ModelError(f"{path}: the {dtype} input gives no scale", code="shape_mismatch")
        if levels.dtype.kind == "f":
            raise ModelError(
                f"{path}: the {dtype} input takes pixels as they are, without mean and std",
                code="shape_mismatch",
            )
        return None if dtype == np.uint8 else levels.astype(dtype)
    # Whole values stay integers, so that no rounding mode can change a pixel.
    whole = levels
    if tensor.scale != 1 or levels.dtype.kind == "f":
        whole = np.rint(levels / tensor.scale).astype(np.int64)
    table = np.clip(whole + tensor.zero_point, limits.min, limits.max).astype(dtype)
    return None if dtype == np.uint8 and np.array_equal(table, levels) else table
