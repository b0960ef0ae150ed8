"""All stained nuclei of a field.

The search begins where there is most stain, again and again, and what has been found is taken out
of the map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbc_edge.camshift import Disc, Search, searching
from wbc_edge.nucleus import SPARSE, Nucleus
from wbc_edge.stain import otsu, stain_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

SIDES = (144, 288, 576, 1152, 2304)
"""Shorter sides of the map: the next one where nuclei are small on the last, or where much is
stained there that is no nucleus: small ones that are merged, or lost."""

SMALL = 3.5
"""Places of the map under which the radius of a nucleus is small."""

LEFT = 0.2
"""Share of the stain that may lie outside of the nuclei that were found and be as dense as
theirs (`DENSE`): more is nuclei that are too small for the map, merged or lost."""

DENSE = 0.7
"""From what share of the median stain of nuclei a place is as dense. Dirt and red cells are paler;
of nuclei as pale as `PALE` that tells nothing."""

MOST_PLACES = 8_000_000
"""Of the map: it becomes no finer beyond, as that of a long strip would."""

MOST_STAINED = 300_000
"""Places of the map that are stained: finer maps of more are no field's."""

MOST_WORK = 50_000_000
"""Of a finer map: its stained places times the nuclei, each of which is looked for among them all.
A smear that is strewn with specks would take minutes."""

LONGEST = 40
"""Times that a field may be as long as it is wide before its map grows no further."""

START = 3
"""Radius of the first window, in places of the map."""

STAINED = 0.1
"""Share of a field beyond which what is stained may be red cells or a veil, and not nuclei."""

PALE = 0.3
"""Mean stain under which it is taken for them, and the threshold goes up: that of nuclei is 0.5 and
more, unless they are pale themselves, and then few fields are so full of them."""

RADII = (1.44, 0.3)
"""Radii of nuclei: the least in places of the map, the greatest in short sides. What is
smaller is dirt, what is larger a smear."""

FILLED = 0.25
"""Least share of the first window that is stained where a search begins."""

MOST = 2000
"""Searches in a field: beyond, it is a picture of something else."""

TAKEN = 1.6
"""Radius that is taken out of the map around a found nucleus, in radii of it."""

APART = 2.0
"""Least distance of two nuclei, in radii of the larger: nearer, they are lobes of one."""

WHOLE = 0.9
"""Least distance of a nucleus from the edge of the picture, in radii of it: what is nearer lacks
more than a fiftieth of a disc."""

TIGHT = 1.2
"""Radius of the window of a second search, where the edge cuts what the first has found
and that is half empty: too narrow to grow over a cell that touches."""

TIGHTER = 1.5
"""How many times as densely stained it has to be there."""


def find_nuclei(picture: Image.Image) -> tuple[list[Nucleus], bool]:
    """What is stained as nuclei are in an RGB picture of a field, and whether that is all there is.

    From the top to the bottom. Platelets are among it, and dirt: which it is, the network says. It
    is not all where a finer map, or more searches, would find others and take too long.
    """
    short = min(picture.size)
    aspect = min(max(picture.size) / short, LONGEST)
    first: _Shown | None = None
    is_cut_short = False
    for side in SIDES:
        stain = stain_map(picture, round(side * aspect))
        shown = _shown(stain)
        if shown.are_large:
            first = first or shown
        if first is not None and (shown.is_all or first.left is None):
            break
        stained = 4 * shown.stained
        if short < 2 * side or not stain.any():
            break
        if (
            4 * stain.size > MOST_PLACES
            or stained > MOST_STAINED
            or stained * len(shown.discs) > MOST_WORK
        ):
            is_cut_short = not shown.is_all
            break
    # On a dirty smear no map shows all, and the finer ones take dirt for nuclei.
    chosen = shown if first is None or shown.is_all else first
    discs = sorted(chosen.discs, key=lambda disc: (disc.y, disc.x))
    nuclei = [Nucleus.of(disc, picture, chosen.shape) for disc in discs]
    return nuclei, not is_cut_short and not chosen.is_exhausted


def is_whole(one: Disc | Nucleus, right: float, lower: float) -> bool:
    """Whether no edge cuts it, where the first lie at 0 and the others at `right` and `lower`."""
    least = WHOLE * one.radius
    return least <= one.x <= right - least and least <= one.y <= lower - least


def are_near(one: Disc | Nucleus, other: Disc | Nucleus, radii: float) -> bool:
    """Whether they lie nearer to each other than so many radii of the larger."""
    return math.hypot(one.x - other.x, one.y - other.y) < radii * max(one.radius, other.radius)


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What a field's map shows.

    Attributes:
        discs: the nuclei.
        left: share of what is stained that lies outside of them and is as dense; None where they
            are too pale to tell.
        stained: places that are stained.
        is_exhausted: whether there may be more, for which there were searches enough already.
        shape: of the map.
    """

    discs: list[Disc]
    left: float | None
    stained: int
    is_exhausted: bool
    shape: tuple[int, ...]

    @property
    def is_all(self) -> bool:
        """Whether no more nuclei are to be expected of a finer map."""
        return self.left is not None and self.left < LEFT

    @property
    def are_large(self) -> bool:
        """Whether the nuclei are as large as they need be to be told from one another.

        Of many some are merged where they are small: the largest are no measure.
        """
        radii = sorted(disc.radius for disc in self.discs)
        return bool(radii) and radii[9 * len(radii) // 10] >= SMALL


def _shown(stain: NDArray[np.float32]) -> _Shown:
    least, most = RADII
    with searching.held():
        radii = (least / min(stain.shape), most)
        search = Search.begun(stain, _threshold(stain.ravel()), radii)
        if search is None:
            return _Shown(discs=[], left=None, stained=0, is_exhausted=False, shape=stain.shape)
        discs, is_exhausted = _everywhere(search)
        return _Shown(
            discs=discs,
            left=_left(stain, search, discs),
            stained=len(search.stained),
            is_exhausted=is_exhausted,
            shape=stain.shape,
        )


def _everywhere(search: Search) -> tuple[list[Disc], bool]:
    """Every disc, the fullest first, and whether `MOST` has ended the search."""
    short, half = min(search.shape), START
    lower, right = (length - 1 for length in search.shape)
    left = replace(search, mask=search.mask.copy())
    grid = np.zeros(search.shape)
    grid.flat[search.stained] = search.mask
    sums = _window_sums(grid, half)
    found: list[Disc] = []
    for _ in range(MOST):
        fullest = int(sums.argmax())
        if sums.flat[fullest] < FILLED * (2 * half + 1) ** 2:
            return found, False
        y, x = divmod(fullest, search.shape[1])
        distance = search.distances(x, y)
        prior = np.exp(-distance / (2 * half**2))
        disc = left.settled(prior, half / short)
        if disc is not None and disc.density < SPARSE and not is_whole(disc, right, lower):
            # A cell within, and another that the edge cuts: the first would be lost with it.
            disc = disc.or_denser(left.settled(prior, half / short, TIGHT), TIGHTER)
        # Where the search has led away, what it began with is done all the same.
        gone = distance <= half**2
        if disc is not None:
            gone |= search.distances(disc.x, disc.y) < (TAKEN * disc.radius) ** 2
            whole = disc.radius < search.radii[1] * short
            if whole and not any(are_near(disc, other, APART) for other in found):
                found.append(disc)
        left.mask[gone] = 0
        grid.flat[search.stained[gone]] = 0
        _renew(sums, grid, search.stained[gone], half)
    return found, True


def _left(stain: NDArray[np.float32], search: Search, found: Sequence[Disc]) -> float | None:
    """See `_Shown.left`."""
    values = stain.ravel()[search.stained]
    within = np.zeros(len(values), bool)
    about = within.copy()
    for disc in found:
        distances = search.distances(disc.x, disc.y)
        within |= distances < disc.radius**2
        about |= distances < (TAKEN * disc.radius) ** 2
    usual = float(np.median(values[within])) if within.any() else 0.0
    if usual < PALE:
        return None
    others = values[~about]
    return float(others[others > DENSE * usual].sum() / values.sum())


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


def _threshold(values: NDArray[np.float32]) -> float:
    """Otsu's threshold, and again of what lies beyond it while that is too much and too pale."""
    beyond = values
    while True:
        threshold = otsu(beyond, np.ones(len(beyond)))
        beyond = beyond[beyond > threshold]
        if len(beyond) <= STAINED * len(values) or beyond.mean() > PALE:
            return threshold
