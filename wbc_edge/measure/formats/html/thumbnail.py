"""A picture inside a page, which needs nothing beside it then."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

QUALITY = 85


def uri(picture: Image.Image, side: int) -> str:
    """The picture, its longer side reduced to so many pixels, as a JPEG data URI."""
    small = picture.copy()
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
