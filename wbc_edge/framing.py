"""Where in the picture the cell is: the square that the network gets to see.

Microscopes and cameras differ in magnification: one laboratory's crop is all cell, another's shows
the cell as a quarter of the frame. The "cell" method finds the stained nucleus by its colour and
cuts a square around it, in proportion to its size, so that the network sees cells of one scale
wherever they come from.

The search is CAMShift (Bradski, "Computer vision face tracking for use in a perceptual user
interface", Intel Technology Journal Q2 1998) on a stain map: a mean shift from the centre of the
picture whose window adapts to the size of what it finds. It needs no connected components and takes
less than a millisecond. Where the window has grown over a neighbouring cell as well, it is mostly
empty; a second search, from a small window, then finds the one nucleus.
"""

from __future__ import annotations

import math
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import Framing

Box = tuple[float, float, float, float]
"""(left, upper, right, lower) in pixels; fractions allowed; a box may reach beyond the picture."""

MAP_SIDE = 64
"""Longer side of the stain map in pixels: a nucleus of a tenth of the frame still covers six."""

PRIOR_WIDTH = 0.22
"""Standard deviation, in short sides, of the prior that the cell lies near the centre."""

NARROW_PRIOR = 0.1
"""The same for the second search: too narrow to reach a neighbour, wide enough for a cell that is
not quite in the centre."""

DENSER = 2.0
"""How many times as densely stained what the second search finds has to be, to be taken instead:
lobes of one nucleus leave less room between them than two cells do."""

WINDOW = 1.5
"""Radius of the search window in nuclear radii: wide enough to grow, too narrow for a neighbour."""

ROUNDS = 10
"""Mean-shift steps; the window grows at most 1.5-fold a step and settles within six."""

SMALLEST_SIDE = 0.35
"""Least side of the square in short sides: a platelet is not blown up to a leukocyte's size."""

LARGEST_SIDE = 1.5
"""Greatest side of the square in long sides: beyond it there is more padding than picture."""

LONGEST = 4
"""Long sides count as at most so many short ones there, else a strip is padded to a huge square."""

BACKGROUND = 90
"""Percentile of each channel that is taken for the empty background's brightness."""

DARK = 2.3
"""Optical density in blue from which on there is no light, as beyond an eyepiece's edge or in the
corners of a turned picture: a tenth of the background's, which no nucleus is as dark as."""

MINIMUM_STAIN = 0.04
"""Mean stain (difference of optical densities) under which there is no nucleus to be found."""

# The search is dozens of steps of microseconds, and numpy lets go of the interpreter in most. Two
# threads in it at once wake one another at each; one at a time, the others decode and infer.
_searching = threading.Lock()


def frame(picture: Image.Image, framing: Framing) -> Box:
    """The square of an RGB picture that a network with this framing looks at.

    "centre": the centred square with a side of `framing.scale` short sides. "cell": the square
    around the nucleus with a side of `framing.scale` nuclear diameters; where no nucleus is found,
    the centred square of one short side.
    """
    width, height = picture.size
    if framing.method == "centre":
        return _square(width / 2, height / 2, framing.scale * min(height, width))
    with _searching:
        nucleus = find_nucleus(picture)
    if nucleus is None:
        return _square(width / 2, height / 2, min(height, width))
    x, y, radius = nucleus
    side = framing.scale * 2 * radius
    short, long = min(height, width), max(height, width)
    smallest, largest = SMALLEST_SIDE * short, LARGEST_SIDE * min(long, LONGEST * short)
    # A strip's map is wider than the strip, and what is found in it may lie outside.
    x, y = min(x, width), min(y, height)
    return _square(x, y, min(max(side, smallest), largest))


def find_nucleus(picture: Image.Image) -> tuple[float, float, float] | None:
    """Centre (x, y) and radius, in pixels, of the nucleus in an RGB picture, or None.

    The radius is that of the uniform disc with the nucleus's second moment, so that the lobes of a
    segmented nucleus count by how far they spread and not by their area.
    """
    stain = _stain_map(picture)
    height, width = stain.shape
    short = min(height, width)
    near, nearer, nearest = _priors(height, width)
    threshold = _otsu(stain, near)
    stained = np.flatnonzero(stain > threshold)
    if not len(stained):
        return None
    density = stain.ravel()[stained].astype(np.float64)
    contrast = float(density.mean())
    if contrast < MINIMUM_STAIN:
        return None
    mask = np.minimum((density - threshold) / max(contrast - threshold, 1e-3), 1)

    # Sums over a window as one product, and distances as another: numpy lets go of the interpreter
    # for each call on a long array, and threads that prepare side by side hinder one another there.
    places = _places(height, width)[:, stained]
    weighed = mask * places
    found = _settled(weighed, places, nearer[stained], PRIOR_WIDTH * short, short)
    # No disc is stained more densely than wholly.
    if found is not None and found.density * DENSER < 1:
        other = _settled(weighed, places, nearest[stained], NARROW_PRIOR * short, short)
        if other is not None and other.density > DENSER * found.density:
            found = other
    if found is None:
        return None
    zoom = max(picture.size) / max(height, width)
    return (found.x + 0.5) * zoom, (found.y + 0.5) * zoom, found.radius * zoom


class _Disc(NamedTuple):
    """A disc on the map, and the stain in its window, in places that are wholly stained."""

    x: float
    y: float
    radius: float
    stain: float

    @property
    def density(self) -> float:
        """The stain as a share of the disc's area."""
        return self.stain / (math.pi * self.radius**2)


def _settled(
    weighed: NDArray[np.float64],
    places: NDArray[np.float64],
    prior: NDArray[np.float64],
    radius: float,
    short: int,
) -> _Disc | None:
    """Where a window that begins with a prior comes to rest; None where there is too little stain.

    Args:
        weighed: (4, stained) stain at each stained place, and that times x, y and x^2 + y^2.
        places: (4, stained) the same without the stain: see `_places`.
        prior: (stained,) what each place counts for at first.
        radius: at first, in pixels of the map.
        short: shorter side of the map.
    """
    total, at_x, at_y, squared = (weighed @ prior).tolist()
    found = (0.0, 0.0, 0.0)
    for _ in range(ROUNDS):
        if total < 1:
            return None
        x, y = at_x / total, at_y / total
        distance = np.array((x * x + y * y, -2 * x, -2 * y, 1.0)) @ places
        total, at_x, at_y, squared = (weighed @ (distance < (WINDOW * radius) ** 2)).tolist()
        # A uniform disc of radius R has a mean squared distance from its centre of R^2 / 2.
        moment = squared - 2 * (x * at_x + y * at_y) + (x * x + y * y) * total
        spread = max(2 * moment / max(total, 1e-6), 0) ** 0.5
        radius = min(max(spread, 0.04 * short), 0.6 * short)
        if found == (found := (x, y, radius)):
            break
        total, at_x, at_y, squared = (weighed @ (distance < (WINDOW * radius) ** 2)).tolist()
    return _Disc(x, y, radius, total)


def widened(box: Box, factor: float) -> Box:
    """The box, larger by a factor about its centre."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_width, half_height = factor * (box[2] - box[0]) / 2, factor * (box[3] - box[1]) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height


def pad(picture: Image.Image, box: Box) -> tuple[Image.Image, Box]:
    """The picture, continued in its background's colour as far as the box reaches, and the box.

    Where the box lies inside, the picture itself is returned, uncopied.
    """
    width, height = picture.size
    left, upper = max(0, math.ceil(-box[0])), max(0, math.ceil(-box[1]))
    right, lower = max(0, math.ceil(box[2] - width)), max(0, math.ceil(box[3] - height))
    if not (left or upper or right or lower):
        return picture, box
    step = max(1, max(width, height) // MAP_SIDE)
    # Every so many pixels, as `background` takes them, without a copy of the whole as an array.
    sparse = picture.transform(
        (-(-width // step), -(-height // step)),
        Image.Transform.AFFINE,
        (step, 0, (1 - step) / 2, 0, step, (1 - step) / 2),
    )
    colour = tuple(bright(sparse).astype(np.uint8).tolist())
    padded = Image.new("RGB", (left + width + right, upper + height + lower), colour)
    padded.paste(picture, (left, upper))
    return padded, (box[0] + left, box[1] + upper, box[2] + left, box[3] + upper)


def background(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour, shape (3,), of an (H, W, 3) picture where no cell lies: its bright end."""
    step = max(1, max(rgb.shape[:2]) // MAP_SIDE)
    return bright(Image.fromarray(rgb[::step, ::step])).astype(np.uint8)


def bright(picture: Image.Image) -> NDArray[np.float64]:
    """The background's percentile of each channel of an RGB picture, interpolated linearly, (3,).

    As `np.percentile`, which imports numpy.ma when first called: 8 MB and 50 ms of a cold start.
    """
    up_to = np.array(picture.histogram()).reshape(3, 256).cumsum(axis=1)
    position = BACKGROUND / 100 * (picture.width * picture.height - 1)
    rank = int(position)
    below, above = ((up_to <= place).sum(axis=1) for place in (rank, rank + 1))
    colour: NDArray[np.float64] = below + (position - rank) * (above - below)
    return colour


def _square(x: float, y: float, side: float) -> Box:
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def _stain_map(picture: Image.Image) -> NDArray[np.float32]:
    """How much each place looks like chromatin: density in red and green beyond that in blue.

    Nuclei under any Romanowsky stain (May-Grünwald-Giemsa, Wright, Leishman) absorb red and green
    light and let blue pass; red cells and the granules of eosinophils absorb blue at least as much
    as red. Optical density is taken against the picture's own bright background (Beer-Lambert),
    which cancels the lamp's colour.
    """
    width, height = picture.size
    factor = MAP_SIDE / max(height, width)
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


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> NDArray[np.float64]:
    """(4, height * width): 1, x, y and x^2 + y^2 of each place of a map, laid flat."""
    y, x = np.divmod(np.arange(height * width, dtype=np.float64), width)
    return np.stack((np.ones_like(x), x, y, x * x + y * y))


@lru_cache(maxsize=4)
def _priors(height: int, width: int) -> list[NDArray[np.float64]]:
    """Gaussians about the centre of a map, laid flat: a wide one, PRIOR_WIDTH's, NARROW_PRIOR's."""
    short = min(height, width)
    y, x = np.ogrid[:height, :width]
    squared = ((y - (height - 1) / 2) ** 2 + (x - (width - 1) / 2) ** 2).ravel() / short**2
    return [np.exp(-squared / (2 * spread**2)) for spread in (0.35, PRIOR_WIDTH, NARROW_PRIOR)]


def _otsu(values: NDArray[np.float32], weights: NDArray[np.float64], bins: int = 64) -> float:
    """The threshold that parts a weighted histogram best (Otsu, IEEE Trans. SMC 9 (1979) 62-66)."""
    low, high = float(values.min()), float(values.max())
    width = max(high - low, 1e-6) / bins
    inside = np.minimum(((values.ravel() - low) / width).astype(np.intp), bins - 1)
    counts = np.bincount(inside, weights, bins)
    middles = low + width * (np.arange(bins) + 0.5)
    below, moment = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    total, total_moment = counts.sum(), (counts * middles).sum()
    variance = (total_moment * below - moment * total) ** 2
    return float(middles[int(np.argmax(variance / np.maximum(below * (total - below), 1e-12)))])
