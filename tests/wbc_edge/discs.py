"""Discs in the colours of stained nuclei: where each is and how large is known."""

from __future__ import annotations

import numpy as np
from PIL import Image


def disc(
    x: float, y: float, radius: float, size: tuple[int, int] = (200, 150), field: int = 235
) -> Image.Image:
    """A purple disc, as a stained nucleus, on a light field of (width, height) `size`."""
    across, down = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    rgb = np.full((size[1], size[0], 3), field, np.uint8)
    rgb[(across - x) ** 2 + (down - y) ** 2 < radius**2] = (90, 40, 140)
    return Image.fromarray(rgb)


def beside(first: Image.Image, *others: Image.Image) -> Image.Image:
    """The darker of all at each place: their cells in one field."""
    return Image.fromarray(np.minimum.reduce([np.asarray(picture) for picture in (first, *others)]))
