"""Where in the picture the cell is: the square that the network gets to see.

Microscopes and cameras differ in magnification: one laboratory's crop is all cell, another's shows the
cell as a quarter of the frame. The ``cell`` method finds the stained nucleus by its colour and cuts a
square around it, in proportion to its size, so that the network sees cells of one scale wherever they
come from.

The search is CAMShift (Bradski, "Computer vision face tracking for use in a perceptual user interface",
Intel Technology Journal Q2 1998) on a stain map: a mean shift from the centre of the picture whose
window adapts to the size of what it finds. It needs no connected components and takes about a
millisecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as pillow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import Framing

Box = tuple[float, float, float, float]
"""(left, upper, right, lower) in pixels; fractions allowed; a box may reach beyond the picture."""

MAP_SIDE = 64
"""Longer side of the stain map in pixels: a nucleus of a tenth of the frame still covers six."""

PRIOR_WIDTH = 0.22
"""Standard deviation, in short sides, of the prior that the cell lies near the centre."""

WINDOW = 1.5
"""Radius of the search window in nuclear radii: wide enough to grow, too narrow for a neighbour."""

ROUNDS = 10
"""Mean-shift steps; the window grows at most 1.5-fold a step and settles within six."""

SMALLEST_SIDE = 0.35
"""Least side of the square in short sides: a platelet is not blown up to a leukocyte's size."""

LARGEST_SIDE = 1.5
"""Greatest side of the square in long sides: beyond it there is more padding than picture."""

BACKGROUND = 90
"""Percentile of each channel that is taken for the empty background's brightness."""

MINIMUM_STAIN = 0.04
"""Mean stain (difference of optical densities) under which there is no nucleus to be found."""


def frame(rgb: NDArray[np.uint8], framing: Framing) -> Box:
    """The square of an (H, W, 3) picture that a network with this framing looks at.

    "centre": the centred square with a side of `framing.scale` short sides. "cell": the square
    around the nucleus with a side of `framing.scale` nuclear diameters; where no nucleus is found,
    the centred square of one short side.
    """
    height, width = rgb.shape[:2]
    if framing.method == "centre":
        return _square(width / 2, height / 2, framing.scale * min(height, width))
    nucleus = find_nucleus(rgb)
    if nucleus is None:
        return _square(width / 2, height / 2, min(height, width))
    x, y, radius = nucleus
    side = framing.scale * 2 * radius
    smallest, largest = SMALLEST_SIDE * min(height, width), LARGEST_SIDE * max(height, width)
    return _square(x, y, min(max(side, smallest), largest))


def find_nucleus(rgb: NDArray[np.uint8]) -> tuple[float, float, float] | None:
    """Centre (x, y) and radius, in pixels, of the nucleus in an (H, W, 3) picture, or None.

    The radius is that of the uniform disc with the nucleus's second moment, so that the lobes of a
    segmented nucleus count by how far they spread and not by their area.
    """
    stain = _stain_map(rgb)
    height, width = stain.shape
    short = min(height, width)
    y, x = np.ogrid[:height, :width]
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    from_centre = (y - centre_y) ** 2 + (x - centre_x) ** 2

    threshold = _otsu(stain, np.exp(-from_centre / (2 * (0.35 * short) ** 2)))
    stained = stain > threshold
    if not stained.any():
        return None
    contrast = float(stain[stained].mean())
    if contrast < MINIMUM_STAIN:
        return None
    mask = np.clip((stain - threshold) / max(contrast - threshold, 1e-3), 0, 1)

    weight = mask * np.exp(-from_centre / (2 * (PRIOR_WIDTH * short) ** 2))
    radius = PRIOR_WIDTH * short
    for _ in range(ROUNDS):
        total = float(weight.sum())
        if total < 1:
            return None
        centre_y = float((weight * y).sum()) / total
        centre_x = float((weight * x).sum()) / total
        distance = (y - centre_y) ** 2 + (x - centre_x) ** 2
        weight = mask * (distance < (WINDOW * radius) ** 2)
        # A uniform disc of radius R has a mean squared distance from its centre of R^2 / 2.
        moment = float((weight * distance).sum()) / max(float(weight.sum()), 1e-6)
        radius = min(max((2 * moment) ** 0.5, 0.04 * short), 0.6 * short)
        weight = mask * (distance < (WINDOW * radius) ** 2)

    zoom = max(rgb.shape[:2]) / max(height, width)
    return (centre_x + 0.5) * zoom, (centre_y + 0.5) * zoom, radius * zoom


def widened(box: Box, factor: float) -> Box:
    """The box, larger by a factor about its centre."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_width, half_height = factor * (box[2] - box[0]) / 2, factor * (box[3] - box[1]) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height


def pad(rgb: NDArray[np.uint8], box: Box) -> tuple[NDArray[np.uint8], Box]:
    """The picture continued in its background's colour as far as the box reaches, and the box in it.

    Where the box lies inside, the picture itself is returned, uncopied.
    """
    height, width = rgb.shape[:2]
    left, upper = max(0, int(np.ceil(-box[0]))), max(0, int(np.ceil(-box[1])))
    right, lower = max(0, int(np.ceil(box[2] - width))), max(0, int(np.ceil(box[3] - height)))
    if not (left or upper or right or lower):
        return rgb, box
    padded = np.empty((upper + height + lower, left + width + right, 3), np.uint8)
    padded[:] = background(rgb)
    padded[upper : upper + height, left : left + width] = rgb
    return padded, (box[0] + left, box[1] + upper, box[2] + left, box[3] + upper)


def background(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour, shape (3,), of an (H, W, 3) picture where no cell lies: its bright end."""
    step = max(1, max(rgb.shape[:2]) // MAP_SIDE)
    colours = rgb[::step, ::step].reshape(-1, 3)
    return np.percentile(colours, BACKGROUND, axis=0).astype(np.uint8)


def _square(x: float, y: float, side: float) -> Box:
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def _stain_map(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much each place looks like chromatin: density in red and green beyond that in blue.

    Nuclei under any Romanowsky stain (May-Grünwald-Giemsa, Wright, Leishman) absorb red and green
    light and let blue pass; red cells and the granules of eosinophils absorb blue at least as much
    as red. Optical density is taken against the picture's own bright background (Beer-Lambert),
    which cancels the lamp's colour.
    """
    height, width = rgb.shape[:2]
    factor = MAP_SIDE / max(height, width)
    size = max(8, round(width * factor)), max(8, round(height * factor))
    small = np.asarray(pillow.fromarray(rgb).resize(size, pillow.Resampling.BOX), np.float32)
    white = np.percentile(small.reshape(-1, 3), BACKGROUND, axis=0).astype(np.float32)
    # The offset of 8 grey levels keeps the camera's noise in the dark from passing for density.
    density = np.log((white + 8) / (np.minimum(small, white) + 8))
    stain = np.minimum(density[..., 0], density[..., 1]) - 0.75 * density[..., 2]
    return np.clip(stain, 0, None).astype(np.float32)


def _otsu(values: NDArray[np.float32], weights: NDArray[np.float64], bins: int = 64) -> float:
    """The threshold that parts a weighted histogram best (Otsu, IEEE Trans. SMC 9 (1979) 62-66)."""
    counts, edges = np.histogram(values, bins, weights=weights)
    middles = (edges[1:] + edges[:-1]) / 2
    below, moment = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    total, total_moment = counts.sum(), (counts * middles).sum()
    variance = (total_moment * below - moment * total) ** 2
    return float(middles[int(np.argmax(variance / np.maximum(below * (total - below), 1e-12)))])
