"""The lamp taken out of a view: its background made white, channel by channel.

One microscope's background is white, another's yellow, grey or blue, by lamp, filter and camera.
Light that passes through a stain is a share of what the lamp gives (Beer-Lambert), so dividing by
the background leaves what the stain did; it is the flat-field correction of microscopy with the
field's own bright end as its reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbc_edge.framing import bright

if TYPE_CHECKING:
    from PIL import Image

WHITE = 245
"""Grey level that the background comes to: a little below the end, where cameras put it."""

DARKEST = 30
"""Least background that is divided by: beneath it there is noise, and no lamp."""


def whitened(picture: Image.Image) -> Image.Image:
    """An RGB picture with its background at `WHITE` in each channel; what is brighter is cut off.

    The background is the picture's bright end, as `wbc_edge.framing` takes it.
    """
    gains = WHITE / np.maximum(bright(picture), DARKEST)
    table = np.minimum(np.arange(256) * gains[:, np.newaxis], 255).astype(np.uint8)
    return picture.point(table.ravel().tolist())
