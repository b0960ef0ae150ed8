"""The lamp taken out of a view: its background made white, channel by channel.

One microscope's background is white, another's yellow, grey or blue, by lamp, filter and camera.
Light that passes through a stain is a share of what the lamp gives (Beer-Lambert), so dividing by
the background leaves what the stain did; it is the flat-field correction of microscopy with the
field's own bright end as its reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

BACKGROUND = 90
"""Percentile of each channel that is taken for the empty background's brightness."""

WHITE = 245
"""Grey level that the background comes to: a little below the end, where cameras put it."""

DARKEST = 30
"""Least background that is divided by: beneath it there is noise, and no lamp."""


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


def whitened(picture: Image.Image) -> Image.Image:
    """An RGB picture with its background at `WHITE` in each channel; what is brighter is cut off.

    The background is the picture's bright end: see `bright`.
    """
    gains = WHITE / np.maximum(bright(picture), DARKEST)
    table = np.rint(np.minimum(np.arange(256) * gains[:, np.newaxis], 255)).astype(np.uint8)
    return picture.point(table.ravel().tolist())
