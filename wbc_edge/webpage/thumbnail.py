"""A picture inside a page, which needs nothing beside it then."""

from __future__ import annotations

import base64
import io

import PIL.Image
from numpy import ndarray

QUALITY = 85


def uri(picture: PIL.Image.Image | ndarray, side: int) -> str:
    """The picture, its longer side reduced to so many pixels, as a JPEG data URI."""
    small = PIL.Image.fromarray(picture) if isinstance(picture, ndarray) else picture.copy()
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
