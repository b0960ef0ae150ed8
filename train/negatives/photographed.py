"""Pictures without a recognisable white cell, cut from real photographs.

Every function yields (name, group, picture) in a fixed order for a fixed seed: the name of the
photograph, what it shares with others (`train.sources.sample.Sample.group`), and RGB (H, W, 3)
uint8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image as PillowImage

from train.sources.fields import Field
from train.sources.sample import Sample
from wbc_edge import image
from wbc_edge.nucleus import find_nucleus

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Cut = tuple[str, str, NDArray[np.uint8]]

TRIES = 12
"""Places looked at in one field before it is given up as full of white cells."""

CORNER = 0.3
"""Side of a corner in sides of a single-cell picture, whose cell fills the middle."""


def between_cells(fields: Iterable[Field], rng: Generator) -> Iterator[Cut]:
    """A square of each field that touches no white cell, where it has room for one."""
    for field in fields:
        rgb = image.load(field.path).rgb
        height, width = rgb.shape[:2]
        for _ in range(TRIES):
            side = int(rng.uniform(0.16, 0.45) * height)
            if not 0 < side < width:  # a field too low, or too narrow, for a square of this size
                continue
            left, upper = int(rng.integers(width - side)), int(rng.integers(height - side))
            square = (left, upper, left + side, upper + side)
            if not any(_touch(square, box) for box in field.boxes):
                yield field.path.stem, field.group, rgb[upper : upper + side, left : left + side]
                break


def corners(samples: Iterable[Sample], rng: Generator) -> Iterator[Cut]:
    """A corner of each single-cell picture, unless the cell or another nucleus reaches into it."""
    for sample in samples:
        rgb = sample.pixels()
        whole = find_nucleus(PillowImage.fromarray(rgb))
        if whole is None:
            continue
        height, width = rgb.shape[:2]
        side = int(rng.uniform(0.7, 1) * CORNER * min(height, width))
        if side == 0:  # a picture of four pixels or so
            continue
        left, upper = int(rng.integers(2)) * (width - side), int(rng.integers(2)) * (height - side)
        x, y, radius = whole
        reach = 2.2 * radius
        square = (left, upper, left + side, upper + side)
        cut = rgb[upper : upper + side, left : left + side]
        if not _touch(square, (x - reach, y - reach, x + reach, y + reach)) and not _dark(cut, rgb):
            yield sample.path.stem, sample.group, cut


def defocused(samples: Iterable[Sample], rng: Generator) -> Iterator[Cut]:
    """Each cell so far out of focus that only a smear is left."""
    for sample in samples:
        rgb = sample.pixels()
        sigma = rng.uniform(0.09, 0.2) * min(rgb.shape[:2])
        yield sample.path.stem, sample.group, cv2.GaussianBlur(rgb, (0, 0), sigma)


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _dark(cut: NDArray[np.uint8], rgb: NDArray[np.uint8]) -> bool:
    """Whether something as dark as the picture's nucleus is in the cut."""
    green, whole = cut[..., 1], rgb[..., 1]
    nucleus, field = np.quantile(whole, 0.03), np.quantile(whole, 0.9)
    return bool((green < nucleus + 0.35 * (field - nucleus)).mean() > 0.02)
