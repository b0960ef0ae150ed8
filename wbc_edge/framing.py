"""Where in the picture the cell is: the square that the network gets to see.

Microscopes and cameras differ in magnification: one laboratory's crop is all cell, another's shows
the cell as a quarter of the frame. The "cell" method finds the stained nucleus by its colour and
cuts a square around it, in proportion to its size, so that the network sees cells of one scale
wherever they come from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from wbc_edge.light import bright
from wbc_edge.nucleus import MAP_SIDE, find_nucleus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import Framing
    from wbc_edge.nucleus import Nucleus

Box = tuple[float, float, float, float]
"""(left, upper, right, lower) in pixels; fractions allowed; a box may reach beyond the picture."""

SMALLEST_SIDE = 0.35
"""Least side of the square in short sides: a platelet is not blown up to a leukocyte's size."""

LARGEST_SIDE = 1.5
"""Greatest side of the square in long sides: beyond it there is more padding than picture."""

LONGEST = 4
"""Long sides count as at most so many short ones there, else a strip is padded to a huge square."""


def frame(picture: Image.Image, framing: Framing, nucleus: Nucleus | None) -> Box:
    """The square of an RGB picture that a network with this framing looks at.

    "centre": the centred square with a side of `framing.scale` short sides. "cell": the square
    around the nucleus (`nucleus_of`) with a side of `framing.scale` nuclear diameters; where there
    is none, the centred square of one short side.
    """
    width, height = picture.size
    if framing.method == "centre":
        return _square(width / 2, height / 2, framing.scale * min(height, width))
    if nucleus is None:
        return _square(width / 2, height / 2, min(height, width))
    side = framing.scale * 2 * nucleus.radius
    short, long = min(height, width), max(height, width)
    smallest, largest = SMALLEST_SIDE * short, LARGEST_SIDE * min(long, LONGEST * short)
    return _square(nucleus.x, nucleus.y, min(max(side, smallest), largest))


def nucleus_of(picture: Image.Image, framing: Framing) -> Nucleus | None:
    """The nucleus that this framing looks for; None for "centre", and where there is none."""
    return find_nucleus(picture) if framing.method == "cell" else None


def widened(box: Box, factor: float) -> Box:
    """The box, larger by a factor about its centre."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_width, half_height = factor * (box[2] - box[0]) / 2, factor * (box[3] - box[1]) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height


def pad(picture: Image.Image, box: Box) -> tuple[Image.Image, Box]:
    """The picture, continued in its background's colour as far as the box reaches, and the box.

    Where the box lies inside, the picture itself is returned, uncopied.
    """
    width, height = picture.size
    left, upper = max(0, math.ceil(-box[0])), max(0, math.ceil(-box[1]))
    right, lower = max(0, math.ceil(box[2] - width)), max(0, math.ceil(box[3] - height))
    if not (left or upper or right or lower):
        return picture, box
    step = max(1, max(width, height) // MAP_SIDE)
    # Every so many pixels, as `background` takes them, without a copy of the whole as an array.
    sparse = picture.transform(
        (-(-width // step), -(-height // step)),
        Image.Transform.AFFINE,
        (step, 0, (1 - step) / 2, 0, step, (1 - step) / 2),
    )
    colour = tuple(bright(sparse).astype(np.uint8).tolist())
    padded = Image.new("RGB", (left + width + right, upper + height + lower), colour)
    padded.paste(picture, (left, upper))
    return padded, (box[0] + left, box[1] + upper, box[2] + left, box[3] + upper)


def background(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour, shape (3,), of an (H, W, 3) picture where no cell lies: its bright end."""
    step = max(1, max(rgb.shape[:2]) // MAP_SIDE)
    return bright(Image.fromarray(rgb[::step, ::step])).astype(np.uint8)


def _square(x: float, y: float, side: float) -> Box:
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2
