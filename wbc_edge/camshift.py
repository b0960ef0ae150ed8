"""CAMShift on a stain map: a mean shift whose window adapts to the size of what it finds.

Bradski, "Computer vision face tracking for use in a perceptual user interface", Intel Technology
Journal Q2 1998. It needs no connected components, and on the map of a cell less than a
millisecond.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wbc_edge.shared import ProcessLock

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 1.5
"""Radius of the search window in nuclear radii: wide enough to grow, too narrow for a neighbour."""

ROUNDS = 10
"""Mean-shift steps; the window grows at most 1.5-fold a step and settles within six."""

MINIMUM_STAIN = 0.04
"""Mean stain (difference of optical densities) under which there is no nucleus to be found."""

# The search is dozens of steps of microseconds, and numpy lets go of the interpreter in most. Two
# threads in it at once wake one another at each; one at a time, the others decode and infer.
searching = ProcessLock()


class Disc(NamedTuple):
    """A disc on the map, and the stain in its window, in places that are wholly stained.

    The radius is that of the uniform disc with the second moment of the stain, so that the lobes of
    a segmented nucleus count by how far they spread and not by their area.
    """

    x: float
    y: float
    radius: float
    stain: float

    @property
    def density(self) -> float:
        """The stain as a share of the disc's area."""
        return self.stain / (math.pi * self.radius**2)

    def or_denser(self, other: Disc | None, times: float) -> Disc:
        """This one, or the other where that is more than so many times as densely stained."""
        return self if other is None or other.density <= times * self.density else other


@dataclass(frozen=True, eq=False)
class Search:
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
    ) -> Search | None:
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
            places=_places(stained, width),
            radii=radii,
        )

    def settled(
        self, prior: NDArray[np.float64], start: float, window: float = WINDOW
    ) -> Disc | None:
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
            distance = self.distances(x, y)
            total, at_x, at_y, squared = (weighed @ (distance < (window * radius) ** 2)).tolist()
            # A uniform disc of radius R has a mean squared distance from its centre of R^2 / 2.
            moment = squared - 2 * (x * at_x + y * at_y) + (x * x + y * y) * total
            spread = max(2 * moment / max(total, 1e-6), 0) ** 0.5
            radius = min(max(spread, least), most)
            if found == (found := (x, y, radius)):
                break
            total, at_x, at_y, squared = (weighed @ (distance < (window * radius) ** 2)).tolist()
        return Disc(x, y, radius, total)

    def distances(self, x: float, y: float) -> NDArray[np.float64]:
        """(N,) squares of the distances from a place of the map."""
        to_squares = np.array((x * x + y * y, -2.0 * x, -2.0 * y, 1.0))
        squares: NDArray[np.float64] = to_squares @ self.places
        return squares


def _places(numbers: NDArray[np.intp], width: int) -> NDArray[np.float64]:
    """(4, N): 1, x, y and x^2 + y^2 of places of a map that are counted row by row."""
    y, x = np.divmod(numbers.astype(np.float64), width)
    return np.stack((np.ones_like(x), x, y, x * x + y * y))
