"""The stained nucleus of the cell that a picture is of.

The search begins at the centre of the picture. Where its window has grown over a neighbouring cell
as well, it is mostly empty; a second search, from a small window, then finds the one nucleus. In a
wide view it may have grown over the rims of red cells, which are dark by refraction; the search
goes on without lines as thin as they are, and, where it has found most of the picture, without what
is faint.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from wbc_edge.camshift import WINDOW, Disc, Search, searching
from wbc_edge.stain import otsu, stain_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAP_SIDE = 64
"""Longer side of a cell's stain map in pixels: a nucleus of a tenth of it still covers six."""

RADII = (0.04, 0.6)
"""Radii of the nucleus in a picture of one cell, in short sides."""

PRIOR_WIDTH = 0.22
"""Standard deviation, in short sides, of the prior that the cell lies near the centre."""

NARROW_PRIOR = 0.1
"""The same for the second search: too narrow to reach a neighbour, wide enough for a cell that is
not quite in the centre."""

SPARSE = 0.5
"""Share of a disc that is stained under which another search follows."""

DENSER = 2.0
"""How many times as densely stained what the second search finds has to be, to be taken instead:
lobes of one nucleus leave less room between them than two cells do."""

THIN = 3
"""Places of the map that a line is thinner than, and a nucleus is not."""

CLEARER = 1.3
"""How many times as densely stained what is found without lines has to be, to be taken instead."""

VAST, EMPTY = 0.4, 0.3
"""Radius in short sides, and share that is stained, of a disc that is no nucleus but most of the
picture, if it is larger and emptier: faint places are left out next, and fainter ones."""

CLEARINGS = 3
"""Searches without lines, at most."""

WIDE = 0.1
"""Radius of a nucleus, in long sides, below which there is room for other cells."""


class Nucleus(NamedTuple):
    """A nucleus in pixels of its picture; its radius is a `Disc`'s."""

    x: float
    y: float
    radius: float

    @classmethod
    def of(cls, disc: Disc, picture: Image.Image, shape: tuple[int, ...]) -> Nucleus:
        """What a disc is in the picture, of a map of this shape."""
        across, down = _zoom(picture, shape)
        radius = disc.radius * math.sqrt(across * down)
        return cls((disc.x + 0.5) * across, (disc.y + 0.5) * down, radius)


def find_nucleus(picture: Image.Image) -> Nucleus | None:
    """The nucleus of the cell that an RGB picture is of, or None where there is none."""
    with searching.held():
        stain, threshold = _thresholded(picture)
        _, nearer, nearest = _priors(*stain.shape)
        search = Search.begun(stain, threshold, RADII)
        if search is None:
            return None
        found = search.settled(nearer[search.stained], PRIOR_WIDTH)
        if found is not None and found.density < SPARSE:
            other = search.settled(nearest[search.stained], NARROW_PRIOR)
            found = found.or_denser(other, DENSER)
        if found is not None and found.density < SPARSE:
            found = _without_lines(stain, threshold, found)
        return None if found is None else Nucleus.of(found, picture, stain.shape)


def is_one_of_several(picture: Image.Image, nucleus: Nucleus) -> bool:
    """Whether more of a wide picture is stained beside a nucleus's cell than in it: a whole field.

    It is stained as the search sees it, the rims of dark red cells included.
    """
    if nucleus.radius > WIDE * max(picture.size):
        return False
    with searching.held():
        stain, threshold = _thresholded(picture)
        stained = stain > threshold
    across, down = _zoom(picture, stain.shape)
    y, x = np.ogrid[: stain.shape[0], : stain.shape[1]]
    away = np.hypot((x + 0.5) * across - nucleus.x, (y + 0.5) * down - nucleus.y)
    inside = away <= WINDOW * nucleus.radius
    return bool(stained[~inside].sum() > stained[inside].sum())


def _zoom(picture: Image.Image, shape: tuple[int, ...]) -> tuple[float, float]:
    """Pixels to a place of a map, across and down: a map's sides are whole, each by itself."""
    return picture.width / shape[1], picture.height / shape[0]


def _thresholded(picture: Image.Image) -> tuple[NDArray[np.float32], float]:
    """The stain map of a picture, and the stain beyond which a place of it is stained."""
    stain = stain_map(picture, MAP_SIDE)
    near, _, _ = _priors(*stain.shape)
    return stain, otsu(stain.ravel(), near)


def _without_lines(stain: NDArray[np.float32], threshold: float, found: Disc) -> Disc:
    """What is found on a map where lines have gone, and then what is faint, if that is denser."""
    _, prior, _ = _priors(*stain.shape)
    cleared = Image.fromarray(stain)
    for opening in (ImageFilter.MinFilter(THIN), ImageFilter.MaxFilter(THIN)):
        cleared = cleared.filter(opening)
    bare = np.asarray(cleared)
    search = None
    for _ in range(CLEARINGS):
        if search is not None:
            threshold = otsu(bare.flat[search.stained], np.ones(len(search.stained)))
        search = Search.begun(bare, threshold, RADII)
        if search is None:
            break
        other = search.settled(prior[search.stained], PRIOR_WIDTH)
        # Of a platelet nothing may be left, and what is found then is another cell.
        if other is not None and math.hypot(other.x - found.x, other.y - found.y) < found.radius:
            found = found.or_denser(other, CLEARER)
        if found.density >= EMPTY or found.radius < VAST * min(stain.shape):
            break
    return found


@lru_cache(maxsize=4)
def _priors(height: int, width: int) -> list[NDArray[np.float64]]:
    """Gaussians about the centre of a map, laid flat: a wide one, PRIOR_WIDTH's, NARROW_PRIOR's."""
    short = min(height, width)
    y, x = np.ogrid[:height, :width]
    squared = ((y - (height - 1) / 2) ** 2 + (x - (width - 1) / 2) ** 2).ravel() / short**2
    return [np.exp(-squared / (2 * spread**2)) for spread in (0.35, PRIOR_WIDTH, NARROW_PRIOR)]
