"""One labelled cell, as every reader yields it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wbc_edge import image
from wbc_edge.errors import InputError

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
            key itself where nothing is known. It has a meaning within its source only.
        region: (left, upper, right, lower) in whole pixels to cut from the file, or None for all of
            it.
        part: `train`, `val` or `test` where the source itself says so, as a published test set
            does; None where the split may decide.
        original: name of the picture that the cell was taken from, the same in every source that
            holds a copy of it (`bccd/BloodImage_00139`), so that copies are known across sources;
            None where nothing is known.
        scene: what it shows of the same as cells of other groups: one smear, fields that overlap.
            Parts are dealt by group, and test cells of a scene that is trained on are then left
            out. None where nothing is known.
        sub_type: a finer class than `label` where the source names one, such as `band`.
    """

    key: str
    path: Path
    label: str
    group: str
    region: tuple[int, int, int, int] | None = None
    part: str | None = None
    original: str | None = None
    scene: str | None = None
    sub_type: str | None = None

    def pixels(self) -> NDArray[np.uint8]:
        """The cell's picture, shape (H, W, 3).

        Raises:
            InputError: the file cannot be read, or is smaller than the field that the region is of.
        """
        rgb = image.load(self.path).rgb
        if self.region is None:
            return rgb
        left, upper, right, lower = self.region
        height, width = rgb.shape[:2]
        if right > width or lower > height:
            raise InputError(
                f"is {width} x {height} pixels; its cell is said to lie at "
                f"{left}, {upper} to {right}, {lower}",
                code="damaged",
                source=str(self.path),
            )
        return rgb[upper:lower, left:right]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A picture that a reader yields no cell for, and why."""

    key: str
    path: Path
    reason: str
