"""Which square of a picture the network looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wbc_edge.card import Framing

Box = tuple[float, float, float, float]
"""(left, upper, right, lower) in pixels; fractions allowed."""


def frame(rgb: NDArray[np.uint8], framing: Framing) -> Box:
    """The box of an (H, W, 3) picture that the framing asks for: a centred square."""
    height, width = rgb.shape[:2]
    side = framing.scale * min(height, width)
    left, upper = (width - side) / 2, (height - side) / 2
    return left, upper, left + side, upper + side
