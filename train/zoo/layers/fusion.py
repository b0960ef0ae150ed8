"""Feature maps of several scales on one grid, each told of all others (DM-FNet)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


def to_grid(x: Any, grid: tuple[int, int], *, name: str) -> Any:
    """Feature maps (N, h, w, C) on another grid: (N, *grid, C).

    A finer map is max-pooled, a coarser one repeated; a row or column too many is cut off.

    Args:
        x: feature maps, by about a whole factor finer or coarser than the grid.
        grid: (height, width) to reach.
        name: prefix of the layers' names.
    """
    height, width = x.shape[1:3]
    if height > grid[0]:
        factor = (-(-height // grid[0]), -(-width // grid[1]))
        x = keras.layers.MaxPooling2D(factor, padding="same", name=f"{name}_pooled")(x)
    elif height < grid[0]:
        factor = (-(-grid[0] // height), -(-grid[1] // width))
        x = keras.layers.UpSampling2D(factor, name=f"{name}_repeated")(x)
    surplus = (x.shape[1] - grid[0], x.shape[2] - grid[1])
    if any(surplus):
        cut = ((0, surplus[0]), (0, surplus[1]))
        x = keras.layers.Cropping2D(cut, name=f"{name}_cut")(x)
    return x


def multi_scale_fusion(maps: Sequence[Any], channels: int, *, name: str) -> list[Any]:
    """Each map joined with a summary of all: (N, h, w, C_i) to (N, h, w, channels), one per map.

    All maps are concatenated and reduced by a 1x1 convolution; that summary is concatenated with
    each map again and reduced once more.

    Args:
        maps: feature maps on one grid.
        channels: of the summary and of every result.
        name: prefix of the layers' names.
    """
    together = keras.layers.Concatenate(name=f"{name}_all")(list(maps))
    summary = keras.layers.Conv2D(channels, 1, name=f"{name}_summary")(together)
    return [
        keras.layers.Conv2D(channels, 1, name=f"{name}_{number}")(
            keras.layers.Concatenate(name=f"{name}_{number}_joined")([summary, one])
        )
        for number, one in enumerate(maps, 1)
    ]
