"""Shapes of a cell, drawn analytically: a depth in micrometres for every pixel of a patch.

A depth is a signed distance, positive inside. Depths combine by `np.maximum` (union) and
`np.minimum` (intersection), and `Patch.cover` turns one into an anti-aliased coverage in 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]
"""One value per pixel of a patch, shape (h, w)."""
Point = tuple[float, float]

BICUBIC_SPREAD = 0.72
"""Standard deviation of white noise after a bicubic enlargement."""


class Patch:
    """A square window of a frame with coordinates in micrometres around a centre.

    `resolution` is in px per micrometre. The window is cut at the frame's border; a patch that lies
    wholly outside has no pixels (`empty`). Textures have a generator of their own, so that the
    forms drawn from `rng` are the same at every resolution.
    """

    def __init__(
        self, size: int, centre: Point, reach: float, resolution: float, rng: np.random.Generator
    ) -> None:
        self.resolution = resolution
        self.rng = rng
        self.texture_rng = rng.spawn(1)[0]
        self.reach = reach
        columns, rows = (
            np.arange(
                max(0, int((at - reach) * resolution)),
                min(size, int((at + reach) * resolution) + 1),
                dtype=np.float32,
            )
            for at in centre
        )
        self.empty = not (columns.size and rows.size)
        if not self.empty:
            self.window = (
                slice(int(rows[0]), int(rows[-1]) + 1),
                slice(int(columns[0]), int(columns[-1]) + 1),
            )
            self.x: Plane = ((columns + 0.5) / resolution - np.float32(centre[0]))[None, :]
            self.y: Plane = ((rows + 0.5) / resolution - np.float32(centre[1]))[:, None]

    @property
    def shape(self) -> tuple[int, int]:
        return self.y.shape[0], self.x.shape[1]

    @cached_property
    def polar(self) -> tuple[Plane, NDArray[np.complex64]]:
        """Distance from the centre and the unit direction as a complex number."""
        position = (self.x + 1j * self.y).astype(np.complex64)
        distance: Plane = np.abs(position)
        direction = position / np.maximum(distance, np.float32(1e-6))
        return distance, direction.astype(np.complex64, copy=False)

    def cover(self, depth: Plane, softness: float = 0.0) -> Plane:
        """Coverage in 0 to 1, with an edge one pixel (or `softness` micrometres) wide."""
        slope = np.float32(1 / max(softness, 1 / self.resolution))
        covered: Plane = np.clip(depth * slope + np.float32(0.5), 0, 1)
        return covered

    def noise(self, grain: float) -> Plane:
        """Band-limited noise of unit spread whose features are about `grain` micrometres wide."""
        height, width = self.shape
        step = max(grain * self.resolution, 1.0)
        grid = (max(3, round(height / step)), max(3, round(width / step)))
        coarse = self.texture_rng.standard_normal(grid, dtype=np.float32)
        fine = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(fine, dtype=np.float32) * np.float32(1 / BICUBIC_SPREAD)

    def outline(self, radius: float, *, wobble: float = 0.03, orders: int = 5) -> Plane:
        """Depth of a round body whose radius is perturbed by a low-order Fourier series.

        `wobble` is the relative amplitude of the second order (elongation); higher ones fall off.
        """
        distance, direction = self.polar
        edge = np.full(self.shape, radius, dtype=np.float32)
        power = direction
        for order in range(2, orders + 1):
            power = power * direction
            amplitude = radius * wobble * (2 / order) * self.rng.uniform(0.4, 1.3)
            phase = np.complex64(amplitude * np.exp(1j * self.rng.uniform(0, 2 * np.pi)))
            edge += (power * phase).real
        return edge - distance

    def strand(self, spine: Sequence[Point], radii: Sequence[float], warp: float = 0.25) -> Plane:
        """Depth of a body of varying radius along a spine: the nuclei, from oval to segmented.

        `warp` bends the outline by noise of that amplitude in micrometres.
        """
        x = self.x + np.float32(warp) * self.noise(2.2)
        y = self.y + np.float32(warp) * self.noise(2.2)
        depth = np.full(self.shape, -np.inf, dtype=np.float32)
        for (cx, cy), radius in zip(spine, radii, strict=True):
            dx, dy = x - np.float32(cx), y - np.float32(cy)
            np.maximum(depth, np.float32(radius) - np.sqrt(dx * dx + dy * dy), out=depth)
        return depth

    def granules(self, inside: Plane, count: int, radius: tuple[float, float]) -> Plane:
        """Coverage by `count` round granules whose centres lie where the depth `inside` > 0."""
        height, width = self.shape
        rows, columns = np.nonzero(inside > 0)
        covered = np.zeros((height, width), dtype=np.float32)
        if not rows.size:
            return covered
        chosen = self.texture_rng.integers(rows.size, size=count)
        jitter = self.texture_rng.uniform(-0.5, 0.5, (2, count))
        sizes = self.texture_rng.uniform(*radius, count) * self.resolution
        span = np.arange(-int(sizes.max() + 1), int(sizes.max() + 1) + 1)
        y = rows[chosen][:, None, None] + span[:, None]
        x = columns[chosen][:, None, None] + span
        distance = np.hypot(
            span[:, None] - jitter[0][:, None, None], span - jitter[1][:, None, None]
        )
        spots = np.clip(sizes[:, None, None] + 0.5 - distance, 0, 1).astype(np.float32)
        seen = (spots > 0) & (y >= 0) & (y < height) & (x >= 0) & (x < width)
        np.maximum.at(covered.reshape(-1), (y * width + x)[seen], spots[seen])
        return covered
