"""Colours of a view brought to those of pictures that a network knows, before it sees the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

from train.augment import match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pictures = NDArray[np.uint8]
    Change = Callable[[Pictures], Pictures]

AS_IS = "as_is"


def reinhard(known: Pictures) -> Change:
    """Gives every picture the mean and spread of L*a*b* that the known ones have on average.

    Reinhard et al., "Color transfer between images", IEEE CG&A 21 (2001) 34.

    Args:
        known: shape (N, h, w, 3), as the pictures.
    """
    labs = [cv2.cvtColor(one.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for one in known]
    mean, spread = np.mean([cv2.meanStdDev(lab) for lab in labs], axis=0)[..., 0]
    return lambda pictures: np.stack([match(one, mean, spread) for one in pictures])


def density(known: Pictures) -> Change:
    """As `reinhard`, of the optical density in red, green and blue: what a stain adds up in."""
    dense = _density(known)
    mean, spread = dense.mean(axis=(0, 1, 2)), dense.std(axis=(1, 2)).mean(axis=0)

    def change(pictures: Pictures) -> Pictures:
        found = _density(pictures)
        own = found.mean(axis=(1, 2), keepdims=True), found.std(axis=(1, 2), keepdims=True)
        brought = (found - own[0]) / np.maximum(own[1], 1e-3) * spread + mean
        return np.rint(np.clip(256 * np.exp(-brought) - 1, 0, 255)).astype(np.uint8)

    return change


def _density(pictures: Pictures) -> NDArray[np.float32]:
    return -np.log((pictures.astype(np.float32) + 1) / 256)


CHANGES: dict[str, Callable[[Pictures], Change] | None] = {
    AS_IS: None,
    "reinhard": reinhard,
    "density": density,
}
