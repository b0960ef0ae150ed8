"""Where a picture is stained as nuclei are: a small map of it, and the threshold that parts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from wbc_edge.light import bright

if TYPE_CHECKING:
    from numpy.typing import NDArray

DARK = 2.3
"""Optical density in blue from which on there is no light, as beyond an eyepiece's edge or in the
corners of a turned picture: a tenth of the background's, which no nucleus is as dark as."""


def stain_map(picture: Image.Image, side: int) -> NDArray[np.float32]:
    """How much each place looks like chromatin: density in red and green beyond that in blue.

    Nuclei under any Romanowsky stain (May-Grünwald-Giemsa, Wright, Leishman) absorb red and green
    light and let blue pass; red cells and the granules of eosinophils absorb blue at least as much
    as red. Optical density is taken against the picture's own bright background (Beer-Lambert),
    which cancels the lamp's colour.
    """
    width, height = picture.size
    factor = side / max(height, width)
    size = max(8, round(width * factor)), max(8, round(height * factor))
    small = picture.resize(size, Image.Resampling.BOX)
    white = bright(small).astype(np.float32)[:, np.newaxis, np.newaxis]
    # One channel after the other: numpy's inner loops are then as long as a map, and not three.
    channels = np.asarray(small).transpose(2, 0, 1).astype(np.float32, order="C")
    # The offset of 8 grey levels keeps the camera's noise in the dark from passing for density.
    density = np.log((white + 8) / (np.minimum(channels, white) + 8))
    stain = np.minimum(density[0], density[1]) - 0.75 * density[2]
    stain[density[2] > DARK] = 0
    positive: NDArray[np.float32] = np.maximum(stain, 0)
    return positive


BINS = 64
"""Of the histogram that is parted: the threshold is one of their middles."""


def otsu(values: NDArray[np.float32], weights: NDArray[np.float64]) -> float:
    """The threshold that parts a weighted histogram best (Otsu, IEEE Trans. SMC 9 (1979) 62-66)."""
    low, high = float(values.min()), float(values.max())
    width = max(high - low, 1e-6) / BINS
    inside = np.minimum(((values - low) / width).astype(np.intp), BINS - 1)
    counts = np.bincount(inside, weights, BINS)
    middles = low + width * (np.arange(BINS) + 0.5)
    below, moment = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    total, total_moment = counts.sum(), (counts * middles).sum()
    variance = (total_moment * below - moment * total) ** 2
    return float(middles[int(np.argmax(variance / np.maximum(below * (total - below), 1e-12)))])
