"""Where stained nuclei are: the one that a picture of a cell is of, and all those of a field.

The search is CAMShift (Bradski, "Computer vision face tracking for use in a perceptual user
interface", Intel Technology Journal Q2 1998) on a stain map: a mean shift whose window adapts to
the size of what it finds. It needs no connected components and takes less than a millisecond.

For a single cell it begins at the centre of the picture. Where the window has grown over a
neighbouring cell as well, it is mostly empty; a second search, from a small window, then finds the
one nucleus. In a field it begins where there is most stain, again and again, and what has been
found is taken out of the map.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from wbc_edge.light import bright

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAP_SIDE = 64
"""Longer side of a cell's stain map in pixels: a nucleus of a tenth of it still covers six."""

FIELD_SIDES = (144, 288, 576, 1152)
"""Shorter sides of a field's: the next one where nuclei are small on the last."""

SMALL = 3.5
"""Places of the map under which the radius of a nucleus is small."""

MOST_PLACES = 2_000_000
"""Of a field's map: it becomes no finer beyond, as that of a long strip would."""

LONGEST = 40
"""Times that a field may be as long as it is wide before its map grows no further."""

FIELD_START = 3
"""Radius of the first window in a field, in places of the map."""

FIELD_STAINED = 0.1
"""Most of a field that is taken for stained: more are red cells or a veil, and the threshold goes
up."""

FIELD_RADII = (1.44, 0.3)
"""Radii of nuclei in a field: the least in places of the map, the greatest in short sides. What is
smaller is dirt, what is larger a smear."""

FILLED = 0.25
"""Least share of the first window that is stained where a search in a field begins."""

MOST = 2000
"""Searches in a field: beyond, it is a picture of something else."""

TAKEN = 1.6
"""Radius that is taken out of the map around a found nucleus, in radii of it."""

APART = 2.0
"""Least distance of two nuclei, in radii of the larger: nearer, they are lobes of one."""

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

WHOLE = 0.8
"""Least distance of a nucleus from the edge of the picture, in radii of it: what is nearer lacks
more than a fourteenth of a disc."""

TIGHT = 1.2
"""Radius of the window of a second search in a field, where the edge cuts what the first has found
and that is half empty: too narrow to grow over a cell that touches."""

TIGHTER = 1.5
"""How many times as densely stained it has to be there."""

ROUNDS = 10
"""Mean-shift steps; the window grows at most 1.5-fold a step and settles within six."""

DARK = 2.3
"""Optical density in blue from which on there is no light, as beyond an eyepiece's edge or in the
corners of a turned picture: a tenth of the background's, which no nucleus is as dark as."""

MINIMUM_STAIN = 0.04
"""Mean stain (difference of optical densities) under which there is no nucleus to be found."""

RADII = (0.04, 0.6)
"""Radii of the nucleus in a picture of one cell, in short sides."""

# The search is dozens of steps of microseconds, and numpy lets go of the interpreter in most. Two
# threads in it at once wake one another at each; one at a time, the others decode and infer.
_searching = threading.Lock()


class Nucleus(NamedTuple):
    """A nucleus in pixels of its picture.

    The radius is that of the uniform disc with the nucleus's second moment, so that the lobes of a
    segmented nucleus count by how far they spread and not by their area.
    """

    x: float
    y: float
    radius: float


def find_nucleus(picture: Image.Image) -> Nucleus | None:
    """The nucleus of the cell that an RGB picture is of, or None where there is none."""
    with _searching:
        stain = _stain_map(picture, MAP_SIDE)
        near, nearer, nearest = _priors(*stain.shape)
        search = _Search.begun(stain, _otsu(stain.ravel(), near), RADII)
        if search is None:
            return None
        found = search.settled(nearer[search.stained], PRIOR_WIDTH)
        # No disc is stained more densely than wholly.
        if found is not None and found.density * DENSER < 1:
            other = search.settled(nearest[search.stained], NARROW_PRIOR)
            if other is not None and other.density > DENSER * found.density:
                found = other
        return None if found is None else found.nucleus(max(picture.size) / max(stain.shape))


def find_nuclei(picture: Image.Image) -> list[Nucleus]:
    """All that is stained as nuclei are in an RGB picture of a field, from the top to the bottom.

    Platelets are among it, and dirt: which it is, the network says.
    """
    short = min(picture.size)
    aspect = min(max(picture.size) / short, LONGEST)
    for side in FIELD_SIDES:
        stain = _stain_map(picture, round(side * aspect))
        discs = _discs(stain)
        # Of many nuclei some are merged where they are small: those are no measure.
        if discs and np.quantile([disc.radius for disc in discs], 0.9) >= SMALL:
            break
        if short < 2 * side or 4 * stain.size > MOST_PLACES or not stain.any():
            break
    zoom = max(picture.size) / max(stain.shape)
    return [disc.nucleus(zoom) for disc in sorted(discs, key=lambda disc: (disc.y, disc.x))]


def _discs(stain: NDArray[np.float32]) -> list[_Disc]:
    """The nuclei on a field's map."""
    least, most = FIELD_RADII
    with _searching:
        radii = (least / min(stain.shape), most)
        search = _Search.begun(stain, _field_threshold(stain.ravel()), radii)
        return [] if search is None else search.everywhere()


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

    def nucleus(self, zoom: float) -> Nucleus:
        """The same in the picture, of which a place of the map is `zoom` pixels."""
        return Nucleus((self.x + 0.5) * zoom, (self.y + 0.5) * zoom, self.radius * zoom)

    def is_near(self, other: _Disc) -> bool:
        """Whether it is a part of the same nucleus."""
        apart = APART * max(self.radius, other.radius)
        return math.hypot(self.x - other.x, self.y - other.y) < apart


@dataclass(frozen=True, eq=False)
class _Search:
    """The stained places of a map, laid flat.

    Sums over a window are one product, and distances another: numpy lets go of the interpreter for
    each call on a long array, and threads that prepare side by side hinder one another there.

    Attributes:
        shape: of the map.
        stained: (N,) which of its places.
        mask: (N,) how wholly each is stained, from 0 to 1.
        places: (4, N) 1, x, y and x^2 + y^2 of each.
        radii: least and greatest radius, in short sides of the map.
    """

    shape: tuple[int, int]
    stained: NDArray[np.intp]
    mask: NDArray[np.float64]
    places: NDArray[np.float64]
    radii: tuple[float, float]

    @classmethod
    def begun(
        cls, stain: NDArray[np.float32], threshold: float, radii: tuple[float, float]
    ) -> _Search | None:
        """The places beyond a threshold; None where they are too pale to be nuclei."""
        flat = stain.ravel()
        stained = np.flatnonzero(flat > threshold)
        if not len(stained):
            return None
        density = flat[stained].astype(np.float64)
        contrast = float(density.mean())
        if contrast < MINIMUM_STAIN:
            return None
        height, width = stain.shape
        return cls(
            shape=(height, width),
            stained=stained,
            mask=np.minimum((density - threshold) / max(contrast - threshold, 1e-3), 1),
            places=_places(height, width)[:, stained],
            radii=radii,
        )

    def settled(
        self, prior: NDArray[np.float64], start: float, window: float = WINDOW
    ) -> _Disc | None:
        """Where a window that begins with a prior comes to rest; None where is too little stain.

        Args:
            prior: (N,) what each place counts for at first.
            start: radius at first, in short sides.
            window: radius of the window in nuclear radii.
        """
        short = min(self.shape)
        least, most = (share * short for share in self.radii)
        radius = start * short
        weighed = self.mask * self.places
        total, at_x, at_y, squared = (weighed @ prior).tolist()
        found = (0.0, 0.0, 0.0)
        for _ in range(ROUNDS):
            if total < 1:
                return None
            x, y = at_x / total, at_y / total
            distance = self._distances(x, y)
            total, at_x, at_y, squared = (weighed @ (distance < (window * radius) ** 2)).tolist()
            # A uniform disc of radius R has a mean squared distance from its centre of R^2 / 2.
            moment = squared - 2 * (x * at_x + y * at_y) + (x * x + y * y) * total
            spread = max(2 * moment / max(total, 1e-6), 0) ** 0.5
            radius = min(max(spread, least), most)
            if found == (found := (x, y, radius)):
                break
            total, at_x, at_y, squared = (weighed @ (distance < (window * radius) ** 2)).tolist()
        return _Disc(x, y, radius, total)

    def everywhere(self) -> list[_Disc]:
        """Every disc, the fullest first."""
        short = min(self.shape)
        half = FIELD_START
        left = replace(self, mask=self.mask.copy())
        grid = np.zeros(self.shape)
        grid.flat[self.stained] = self.mask
        sums = _window_sums(grid, half)
        found: list[_Disc] = []
        for _ in range(MOST):
            fullest = int(sums.argmax())
            if sums.flat[fullest] < FILLED * (2 * half + 1) ** 2:
                break
            y, x = divmod(fullest, self.shape[1])
            distance = self._distances(x, y)
            prior = np.exp(-distance / (2 * half**2))
            disc = left.settled(prior, half / short)
            if disc is not None and disc.density * DENSER < 1 and not self.holds(disc):
                # A cell within, and another that the edge cuts: the first would be lost with it.
                other = left.settled(prior, half / short, TIGHT)
                if other is not None and other.density > TIGHTER * disc.density:
                    disc = other
            # Where the search has led away, what it began with is done all the same.
            gone = distance <= half**2
            if disc is not None:
                gone |= self._distances(disc.x, disc.y) < (TAKEN * disc.radius) ** 2
                whole = disc.radius < self.radii[1] * short
                if whole and not any(disc.is_near(other) for other in found):
                    found.append(disc)
            left.mask[gone] = 0
            grid.flat[self.stained[gone]] = 0
            _renew(sums, grid, self.stained[gone], half)
        return found

    def holds(self, disc: _Disc) -> bool:
        """Whether no edge of the map cuts the disc."""
        height, width = self.shape
        across, down = min(disc.x, width - 1 - disc.x), min(disc.y, height - 1 - disc.y)
        return min(across, down) >= WHOLE * disc.radius

    def _distances(self, x: float, y: float) -> NDArray[np.float64]:
        """(N,) squares of the distances from a place of the map."""
        to_squares = np.array((x * x + y * y, -2.0 * x, -2.0 * y, 1.0))
        squares: NDArray[np.float64] = to_squares @ self.places
        return squares


def _window_sums(grid: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    """The sum of a map in the square window about each of its places."""
    padded = np.pad(grid, ((half + 1, half), (half + 1, half)))
    sums = padded.cumsum(0).cumsum(1)
    side = 2 * half + 1
    windows: NDArray[np.float64] = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side]
    windows += sums[:-side, :-side]
    return windows


def _renew(
    sums: NDArray[np.float64],
    grid: NDArray[np.float64],
    changed: NDArray[np.intp],
    half: int,
) -> None:
    """Brings the sums about places of the map, counted row by row, to what the map is now."""
    rows, columns = np.divmod(changed, grid.shape[1])
    upper, lower = max(0, rows.min() - half), rows.max() + half + 1
    left, right = max(0, columns.min() - half), columns.max() + half + 1
    # With what the windows at its border reach of the places around.
    above, before = min(half, upper), min(half, left)
    block = _window_sums(grid[upper - above : lower + half, left - before : right + half], half)
    part = sums[upper:lower, left:right]
    part[:] = block[above : above + part.shape[0], before : before + part.shape[1]]


def _stain_map(picture: Image.Image, side: int) -> NDArray[np.float32]:
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
    inside = np.minimum(((values - low) / width).astype(np.intp), bins - 1)
    counts = np.bincount(inside, weights, bins)
    middles = low + width * (np.arange(bins) + 0.5)
    below, moment = np.cumsum(counts)[:-1], np.cumsum(counts * middles)[:-1]
    total, total_moment = counts.sum(), (counts * middles).sum()
    variance = (total_moment * below - moment * total) ** 2
    return float(middles[int(np.argmax(variance / np.maximum(below * (total - below), 1e-12)))])


def _field_threshold(values: NDArray[np.float32]) -> float:
    """Otsu's threshold, and again of what lies beyond it while that is too much of a field."""
    beyond = values
    while True:
        threshold = _otsu(beyond, np.ones(len(beyond)))
        beyond = beyond[beyond > threshold]
        if len(beyond) <= FIELD_STAINED * len(values):
            return threshold
