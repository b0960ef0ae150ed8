"""One labelled cell, as every reader yields it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wbc_edge import image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A labelled cell: a whole picture, or a region of a field.

    Attributes:
        key: name of the cell within its source, independent of where the source lies.
        path: the file.
        label: class name.
        group: what must not be parted between training and test (a slide, an original picture); the
            key itself where nothing is known.
        region: (left, upper, right, lower) in whole pixels to cut from the file, or None for all of
            it.
    """

    key: str
    path: Path
    label: str
    group: str
    region: tuple[int, int, int, int] | None = None

    def pixels(self) -> NDArray[np.uint8]:
        """The cell's picture, shape (H, W, 3).

        Raises:
            InputError: the file cannot be read.
        """
        rgb = image.load(self.path).rgb
        if self.region is None:
            return rgb
        left, upper, right, lower = self.region
        return rgb[upper:lower, left:right]
