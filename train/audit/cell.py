"""What the audit knows of one picture: measured once, small enough to keep for all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import imagehash
import numpy as np
from PIL.Image import Resampling, Transpose

from train.split import digest
from wbc_edge import image

if TYPE_CHECKING:
    import PIL.Image
    from numpy.typing import NDArray

    from train.sources.sample import Sample

SIDE = 96
"""Shorter side, in pixels, of the reduced picture that colours are measured on; at least."""

RIM = 0.08
"""Width of the rim that counts as the picture's border, as a share of the shorter side."""

BLACK = 24
"""Pixels with no channel above this are a frame, not a smear."""

LEVELS = 8
"""Steps of each channel in the colour signature."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell:
    """One readable picture.

    Attributes:
        source: name of its source.
        sample: where it lies and what it is said to be.
        bytes_digest: hash of the file's bytes, and of the region.
        pixels_digest: hash of the decoded pixels: equal where the same picture was saved anew
            without loss.
        format: of the file.
        file_bytes: size of the file.
        width: of the picture or region, in pixels.
        height: likewise.
        mean: mean red, green and blue, 0 to 255.
        background: median red, green and blue of the brighter half of the rim: the empty smear.
        black_rim: share of the rim that is black.
        hash: 64 bits of `imagehash.phash`.
        turned: the same of the picture in each of the other seven ways to lay a square; none where
            that is not known.
        signature: (512,) float32, square roots of the shares of coarse colours, black left out:
            the same however the picture is turned, mirrored or shifted.
    """

    source: str
    sample: Sample
    bytes_digest: str
    pixels_digest: str
    format: str
    file_bytes: int
    width: int
    height: int
    mean: tuple[float, float, float]
    background: tuple[float, float, float]
    black_rim: float
    hash: int
    signature: NDArray[np.float32]
    turned: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What the report calls it: source and key."""
        return f"{self.source}/{self.sample.key}"


def measure(sample: Sample, source: str) -> Cell:
    """Reads and measures one picture.

    Raises:
        InputError: it cannot be read.
    """
    loaded = image.load(sample.path)
    picture = loaded.picture if sample.region is None else loaded.picture.crop(sample.region)
    small = np.asarray(picture.reduce(max(1, min(picture.size) // SIDE)))
    # As `phash` does first: a turn of few pixels costs little.
    reduced = picture.convert("L").resize((32, 32), Resampling.LANCZOS)
    black = small.max(2) <= BLACK
    rim = _rim(small.shape[:2])
    smear = small[rim & ~black] if (rim & ~black).any() else small[rim]
    bright = smear[smear.sum(1) >= np.median(smear.sum(1))]
    return Cell(
        source=source,
        sample=sample,
        bytes_digest=digest(sample),
        pixels_digest=hashlib.sha256(picture.tobytes() + repr(picture.size).encode()).hexdigest(),
        format=loaded.format,
        file_bytes=sample.path.stat().st_size,
        width=picture.width,
        height=picture.height,
        mean=_triple(small[~black].mean(0) if not black.all() else small.reshape(-1, 3).mean(0)),
        background=_triple(np.median(bright, 0)),
        black_rim=float(black[rim].mean()),
        hash=_perceptual(picture),
        turned=tuple(_perceptual(reduced.transpose(turn)) for turn in Transpose),
        signature=_signature(small[~black]),
    )


def _rim(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    width = max(1, round(RIM * min(shape)))
    rim = np.ones(shape, bool)
    rim[width:-width, width:-width] = False
    return rim


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = (round(float(value), 1) for value in values)
    return red, green, blue


def _perceptual(picture: PIL.Image.Image) -> int:
    bits = imagehash.phash(picture).hash.ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _signature(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    step = 256 // LEVELS
    red, green, blue = (pixels // step).astype(np.int64).T
    counts = np.bincount((red * LEVELS + green) * LEVELS + blue, minlength=LEVELS**3)
    return np.sqrt(counts / max(1, counts.sum())).astype(np.float32)
