"""New views of a batch of cells: what `train.augment.view` does to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from train.accelerator import looks
from train.accelerator.filters import beside, bright, levels
from train.accelerator.geometry import tightly_cropped, turned
from train.augment import LOOKS
from wbc_edge.light import DARKEST, WHITE

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray
    from torch import Tensor

    from train.augment import Augmentation


def views(contexts: Tensor, size: tuple[int, int], how: Augmentation, rng: Generator) -> Tensor:
    """A new view of every cell.

    Args:
        contexts: cells with their surroundings, uint8 RGB of shape (N, 3, H, W), larger than views.
        size: (height, width) of the views.
        how: strengths.
        rng: source of chance; the same state gives the same views on the same device.

    Returns:
        Whole grey levels as float32, shape (N, 3, *size).
    """
    pictures = contexts.float()
    count = len(pictures)
    pictures = _some(rng.random(count) < how.crop, pictures, tightly_cropped, size, rng)
    pictures = levels(turned(pictures, size, how, rng))
    varied = rng.random(count) >= how.plain
    return _some(varied, pictures, _looked, how, rng)


def _looked(pictures: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """Another focus, stain, lamp and camera, in the order of `train.augment`."""
    for kind in LOOKS:
        if chance := getattr(how, kind):
            pictures = _some(rng.random(len(pictures)) < chance, pictures, _CHANGES[kind], how, rng)
    return pictures


_CHANGES: dict[str, Callable[[Tensor, Augmentation, Generator], Tensor]] = {
    "blur": looks.softened,
    "colour": looks.restained,
    "hed": looks.dyed,
    "reinhard": lambda part, _, rng: looks.matched(part, rng),
    "tint": lambda part, _, rng: looks.tinted(part, rng),
    "hue": lambda part, _, rng: looks.shifted(part, rng),
    "fade": lambda part, _, rng: looks.faded(part, rng),
    "filter": lambda part, _, rng: looks.filtered(part, rng),
    "expose": lambda part, _, rng: looks.exposed(part, rng),
    "sharpen": lambda part, _, rng: looks.sharpened(part, rng),
    "haze": lambda part, _, rng: looks.veiled(part, rng),
    "noise": lambda part, _, rng: looks.noisy(part, rng),
    "codec": lambda part, _, rng: looks.coded(part, rng),
}


def _some(
    chosen: NDArray[np.bool_], pictures: Tensor, change: Callable[..., Tensor], *how: object
) -> Tensor:
    """The pictures, those that are chosen changed, as is told, and cut to grey levels."""
    places = np.flatnonzero(chosen)
    if not len(places):
        return pictures
    index = beside(places, pictures)
    return pictures.index_copy(0, index, levels(change(pictures[index], *how)))


def whitened(pictures: Tensor) -> Tensor:
    """Each picture with its background made white, as `wbc_edge.light.whitened` does."""
    gains = WHITE / bright(pictures.flatten(2)).clamp_min(DARKEST)
    return (pictures * gains[:, :, None, None]).clamp_max(255).round()
