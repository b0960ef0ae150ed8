"""Looks beyond any one laboratory's, so that a network learns shapes before colours.

Each function takes and returns one picture, uint8 RGB. Mild forms of them occur (a yellow lamp, a
camera with odd colours); strong ones do not, and serve to keep a network from leaning on what only
its own training laboratory shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

# What is drawn of every look: ends of uniform distributions, or standard deviations of normal ones.
# `train.accelerator` draws the same.
GREEN, BLUE, DIMMED = (0.85, 1), (0.5, 1), (0.8, 1)
"""Light that a warm lamp leaves: of green, of blue, and of all."""
HUE = 8
"""In the 180 steps that OpenCV has for a turn."""
SATURATION, GAMMA = 0.35, 0.2
"""Of their logarithms."""
FADED = (0.3, 1)
"""Share of grey."""
OVER, CONTRAST = (1, 1.6), (-0.4, 0.75)
"""Gain of an over-exposure, and the logarithm of a contrast."""
EDGES, AMOUNT = (0.5, 3), (0.3, 2)
"""Width of the edges drawn over, a standard deviation in pixels, and by how much."""
KERNELS = (1, 3, 5)
"""Sides of random kernels in pixels."""
BLEND = (0, 0.7)
"""Share of the random convolution."""


def levels(values: NDArray[np.floating]) -> Picture:
    """Grey levels as a camera gives them: whole, from 0 to 255.

    Cut down rather than rounded, half a level darker on average: the shipped networks learnt from
    views made so, and their recipes are to make the same again.
    """
    return np.clip(values, 0, 255).astype(np.uint8)


def tinted(picture: Picture, rng: Generator) -> Picture:
    """Seen by a warm lamp: less green and much less blue."""
    gains = np.array([1, rng.uniform(*GREEN), rng.uniform(*BLUE)]) * rng.uniform(*DIMMED)
    return levels(picture * gains)


def shifted(picture: Picture, rng: Generator) -> Picture:
    """Other hues and saturation, as cameras render them, and another tone curve."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hue = (np.arange(180) + rng.normal(0, HUE)) % 180
    saturation = np.clip(np.arange(256) * np.exp(rng.normal(0, SATURATION)), 0, 255)
    hsv[..., 0] = hue.astype(np.uint8)[hsv[..., 0]]
    hsv[..., 1] = saturation.astype(np.uint8)[hsv[..., 1]]
    gamma = np.exp(rng.normal(0, GAMMA))
    curve = levels(255 * (np.arange(256) / 255) ** gamma)
    return curve[cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)]


def faded(picture: Picture, rng: Generator) -> Picture:
    """Partly or wholly without colour."""
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = rng.uniform(*FADED)
    return cv2.addWeighted(grey, share, picture, 1 - share, 0)


def exposed(picture: Picture, rng: Generator) -> Picture:
    """Over-exposed, or with a camera's own contrast: bright and dark ends may be cut off."""
    known = np.arange(256, dtype=np.float32)
    if rng.random() < 0.5:
        curve = known * rng.uniform(*OVER)
    else:
        middle = picture.mean()
        curve = middle + (known - middle) * np.exp(rng.uniform(*CONTRAST))
    return levels(curve)[picture]


def sharpened(picture: Picture, rng: Generator) -> Picture:
    """With the edges drawn over, as many cameras and scanners do: an unsharp mask."""
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(*EDGES))
    amount = rng.uniform(*AMOUNT)
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)


def filtered(picture: Picture, rng: Generator) -> Picture:
    """Blended with a random convolution of itself, which keeps shapes and changes textures.

    After Xu et al., "Robust and generalizable visual representation learning via random
    convolutions", ICLR 2021; the filter here is a spatial kernel of 1, 3 or 5 pixels followed by a
    mixing of the channels.
    """
    size = int(rng.choice(KERNELS))
    kernel = rng.normal(0, 1 / size, (size, size)).astype(np.float32)
    mixing = rng.normal(0, 1 / np.sqrt(3), (3, 3)).astype(np.float32)
    values = picture.astype(np.float32) / 127.5 - 1
    changed = cv2.transform(cv2.filter2D(values, -1, kernel), mixing)
    share = rng.uniform(*BLEND)
    blend = cv2.addWeighted(changed, share, values, 1 - share, 1)
    return levels(127.5 * blend)
