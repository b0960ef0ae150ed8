"""What calibration cells do to the activations of a network: extremes, and distributions.

A network is observed one cell at a time; only a fixed number of counts per tensor is kept, so that
memory does not grow with the number of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 2048

Extremes = dict[str, tuple[float, float]]
Observe = Callable[["NDArray[np.uint8]"], Iterable[tuple[str, "NDArray[Any]"]]]
"""Pixels (1, h, w, 3) -> the name and the values of every activation."""


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How often an activation lies where: `counts` of `BINS` equal bins from `low` to `high`."""

    low: float
    high: float
    counts: NDArray[np.int64]

    @property
    def centres(self) -> NDArray[np.float64]:
        """The middle of each bin."""
        edges = np.linspace(self.low, self.high, len(self.counts) + 1)
        return (edges[1:] + edges[:-1]) / 2


def extremes(observe: Observe, pixels: NDArray[np.uint8]) -> Extremes:
    """The least and the greatest value of every activation over the cells (N, h, w, 3)."""
    found: Extremes = {}
    for cell in pixels:
        for name, values in observe(cell[None]):
            low, high = found.get(name, (np.inf, -np.inf))
            found[name] = (min(low, float(values.min())), max(high, float(values.max())))
    return found


def histograms(
    observe: Observe, pixels: NDArray[np.uint8], limits: Mapping[str, tuple[float, float]]
) -> dict[str, Histogram]:
    """The distribution of every activation between its limits; others have no histogram."""
    counts = {name: np.zeros(BINS, np.int64) for name in limits}
    for cell in pixels:
        for name, values in observe(cell[None]):
            if name not in limits:
                continue
            low, high = limits[name]
            step = (high - low) / BINS or 1.0
            bins = ((values.reshape(-1) - low) * (1 / step)).astype(np.int32)
            counts[name] += np.bincount(np.clip(bins, 0, BINS - 1), minlength=BINS)
    return {
        name: Histogram(low=low, high=high, counts=counts[name])
        for name, (low, high) in limits.items()
    }


def means(
    observe: Observe, pixels: NDArray[np.uint8], *, channels: int
) -> dict[str, NDArray[np.float64]]:
    """The mean of every activation over cells and positions, for each channel.

    Args:
        observe: gives the activations.
        pixels: cells (N, h, w, 3).
        channels: the dimension that holds the channels.
    """
    totals: dict[str, NDArray[np.float64]] = {}
    for cell in pixels:
        for name, values in observe(cell[None]):
            others = tuple(set(range(values.ndim)) - {channels % values.ndim})
            mean = values.mean(others, dtype=np.float64)
            totals[name] = totals.get(name, 0.0) + mean / len(pixels)
    return totals
