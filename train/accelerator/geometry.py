"""Where the camera stood: crops, turns and sizes of a batch of pictures (N, 3, H, W)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from train.accelerator.filters import background, beside, bright
from train.augment import ASTRAY, COARSE, STRETCH, TIGHT

if TYPE_CHECKING:
    from numpy.random import Generator
    from torch import Tensor

    from train.augment import Augmentation

GRID = 48
"""Places along each side of a crop whose levels stand for all of it."""

CAMERAS = 6
"""How many coarser cameras the pictures of a batch share."""


def tightly_cropped(contexts: Tensor, size: tuple[int, int], rng: Generator) -> Tensor:
    """As `train.augment` crops: a smaller frame around the cell, padded in its background."""
    count, _, height, width = contexts.shape
    half = rng.uniform(*TIGHT, count) * min(size) / 2
    x = width / 2 + rng.uniform(-ASTRAY, ASTRAY, count) * size[1]
    y = height / 2 + rng.uniform(-ASTRAY, ASTRAY, count) * size[0]
    left, right = (_inside(x + side * half, width, contexts) for side in (-1, 1))
    upper, lower = (_inside(y + side * half, height, contexts) for side in (-1, 1))
    across = torch.arange(width, device=contexts.device)
    down = torch.arange(height, device=contexts.device)
    kept_across = (across >= left[:, None]) & (across < right[:, None])
    kept_down = (down >= upper[:, None]) & (down < lower[:, None])
    kept = (kept_down[:, :, None] & kept_across[:, None, :]).unsqueeze(1)
    share = (torch.arange(GRID, device=contexts.device) + 0.5) / GRID
    columns = (left[:, None] + share * (right - left)[:, None]).long()
    rows = (upper[:, None] + share * (lower - upper)[:, None]).long()
    number = torch.arange(count, device=contexts.device)[:, None, None]
    sampled = contexts.permute(0, 2, 3, 1)[number, rows[:, :, None], columns[:, None, :]]
    around = bright(sampled.flatten(1, 2).transpose(1, 2)).floor()
    return torch.where(kept, contexts, around[:, :, None, None])


def _inside(edge: np.ndarray, size: int, like: Tensor) -> Tensor:
    return beside(np.clip(np.rint(edge), 0, size).astype(np.int64), like)


def turned(contexts: Tensor, size: tuple[int, int], how: Augmentation, rng: Generator) -> Tensor:
    """As `train.augment` turns: rotation, mirror image, zoom, stretch and shift in one resampling.

    Returns:
        Pictures of shape (N, 3, *size).
    """
    count = len(contexts)
    height, width = size
    angle = rng.uniform(0, 2 * np.pi, count)
    zoom = np.exp(rng.uniform(-1, 1, count) * np.log(how.scale))
    stretch = np.exp(rng.normal(0, STRETCH, (count, 2)))
    mirror = rng.choice([-1.0, 1.0], count)
    # Maps view coordinates to context coordinates, both from their centres: rotation after mirror
    # image after stretch.
    scale = stretch / zoom[:, None] * np.stack([mirror, np.ones(count)], 1)
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)
    matrix = rotation * scale[:, None, :]
    shift = rng.uniform(-how.shift, how.shift, (count, 2)) * (width, height)
    # To the units of `grid_sample`, in which a picture reaches from -1 to 1.
    sides = np.array([contexts.shape[3], contexts.shape[2]])
    matrix = matrix * (width, height) / sides[:, None]
    affine = np.concatenate([matrix, (2 * shift / sides)[:, :, None]], 2)
    grid = functional.affine_grid(
        beside(affine, contexts), [count, 3, height, width], align_corners=False
    )
    around = background(contexts).floor()[:, :, None, None]
    # Zeros beyond the border stand for the background, from which the levels are counted.
    return functional.grid_sample(contexts - around, grid, align_corners=False) + around


def coarse(pictures: Tensor, rng: Generator) -> Tensor:
    """Seen by a coarser camera and enlarged; pictures share a few cameras."""
    size = pictures.shape[2:]
    seen = []
    for part in pictures.tensor_split(min(CAMERAS, len(pictures))):
        factor = rng.uniform(*COARSE)
        small = [round(side * factor) for side in size]
        taken = functional.interpolate(part, small, mode="area")
        seen.append(functional.interpolate(taken, size, mode="bilinear", align_corners=False))
    return torch.cat(seen)
