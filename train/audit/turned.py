"""Pictures that show one scene turned, mirrored, shifted or scaled: augmented copies, overlaps.

Candidates are the nearest neighbours by colour signature, which no such change alters much; each is
confirmed by ORB key points (Rublee et al., ICCV 2011) that one affine map carries onto the other
picture's. On the Kaggle blood-cells set, whose originals are known, copies of one original share at
least 70 such points of 300, different scenes at most 10; of PBC's cells two small ones before an
even smear may share 50.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from sklearn.neighbors import NearestNeighbors

from train.audit.alike import Pair
from train.audit.cell import Cell
from train.progress import on_all_cores

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 4
LEAST_COLOUR = 0.995
"""Least similarity of the colour signatures (cosine) for a pair to be looked at."""

LEAST_POINTS = 60
SIDE = 256
POINTS = 300
_MOST_BITS = 60
_REACH = 3.0
_SCALES = (0.4, 2.5)


@dataclass(frozen=True, kw_only=True)
class _Points:
    places: NDArray[np.float32]
    descriptions: NDArray[np.uint8]


def pairs(cells: Sequence[Cell], *, least_colour: float = LEAST_COLOUR) -> list[Pair]:
    """The confirmed pairs among each picture's nearest neighbours."""
    candidates = _candidates(cells, least_colour)
    involved = sorted({index for pair in candidates for index in pair})
    described = on_all_cores(lambda index: _both(cells[index]), involved, doing="key points")
    points = dict(zip(involved, described, strict=True))
    shared = on_all_cores(
        lambda pair: _shared(points[pair[0]], points[pair[1]]),
        candidates,
        doing="comparing",
        unit="pair",
    )
    return [
        Pair(a=cells[i], b=cells[j], reason=f"{count} of {POINTS} key points in common")
        for (i, j), count in zip(candidates, shared, strict=True)
        if count >= LEAST_POINTS
    ]


def _candidates(cells: Sequence[Cell], least_colour: float) -> list[tuple[int, int]]:
    if len(cells) < 2:
        return []
    signatures = np.stack([cell.signature for cell in cells])
    search = NearestNeighbors(n_neighbors=min(NEIGHBOURS + 1, len(cells)), algorithm="brute")
    distances, indices = search.fit(signatures).kneighbors(signatures)
    # Signatures have length 1, so that the cosine is 1 - d²/2.
    near = distances**2 <= 2 * (1 - least_colour)
    return sorted(
        {
            (min(i, j), max(i, j))
            for i, (row, keep) in enumerate(zip(indices.tolist(), near, strict=True))
            for j, kept in zip(row, keep, strict=True)
            if kept and i != j
        }
    )


def _both(cell: Cell) -> tuple[_Points, _Points]:
    """Key points of the picture and of its mirror image: their descriptions survive a turn only."""
    pixels = cell.sample.pixels()
    scale = SIDE / max(pixels.shape[:2])
    height, width = (max(1, round(scale * side)) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return _points(grey), _points(np.ascontiguousarray(grey[:, ::-1]))


def _points(grey: NDArray[np.uint8]) -> _Points:
    found, descriptions = cv2.ORB_create(
        nfeatures=POINTS, nlevels=4, edgeThreshold=16, fastThreshold=7
    ).detectAndCompute(grey, None)
    return _Points(
        places=np.array([point.pt for point in found], np.float32).reshape(-1, 2),
        descriptions=np.zeros((0, 32), np.uint8) if descriptions is None else descriptions,
    )


def _shared(a: tuple[_Points, _Points], b: tuple[_Points, _Points]) -> int:
    return max(_carried(a[0], b[0]), _carried(a[1], b[0]))


def _carried(a: _Points, b: _Points) -> int:
    """How many matched points one affine map carries from one picture to the other."""
    matches = [
        match
        for match in cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(
            a.descriptions, b.descriptions
        )
        if match.distance < _MOST_BITS
    ]
    if len(matches) < LEAST_POINTS:
        return 0
    here = a.places[[match.queryIdx for match in matches]]
    there = b.places[[match.trainIdx for match in matches]]
    affine, inliers = cv2.estimateAffine2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_REACH
    )
    if affine is None or not _SCALES[0] < abs(np.linalg.det(affine[:, :2])) < _SCALES[1]:
        return 0
    return int(inliers.sum())
