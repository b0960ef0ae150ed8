"""How the range of an activation is chosen from what calibration cells did to it.

256 levels have to cover it: a wide range represents all values coarsely, a narrow one most of them
finely and cuts the rest. A new calibrator is one function, one line in `CALIBRATORS`, and its name
in `Name`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from export.quantise.statistics import Histogram

LEVELS = 256
PERCENTILE = 99.99
"""Share of the values that "percentile" keeps, in per cent; the rest is cut on both sides."""

KEPT = np.geomspace(1.0, 0.08, 36)
"""Shares of the whole range that a search tries."""

Name = Literal["min-max", "percentile", "mse", "entropy"]
Range = tuple[float, float]
Calibrator = Callable[["Histogram"], Range]


def minmax(histogram: Histogram) -> Range:
    """All that was seen."""
    return histogram.low, histogram.high


def percentile(histogram: Histogram) -> Range:
    """The middle `PERCENTILE` per cent of the values; a side that ends at zero stays there."""
    if not histogram.counts.any():
        return histogram.low, histogram.high
    share = histogram.counts.cumsum() / histogram.counts.sum()
    tail = (100 - PERCENTILE) / 200
    centres = histogram.centres
    low = histogram.low if histogram.low >= 0 else centres[np.searchsorted(share, tail)]
    high = histogram.high if histogram.high <= 0 else centres[np.searchsorted(share, 1 - tail)]
    return float(low), float(high)


def mean_squared_error(histogram: Histogram) -> Range:
    """The range whose rounding and cutting together have the least mean squared error.

    As in Nagel et al., "A white paper on neural network quantization", arXiv:2106.08295, 3.1.
    """

    def loss(low: float, high: float) -> float:
        error = histogram.centres - _quantised(histogram.centres, low, high)
        return float((histogram.counts * error**2).sum())

    return _search(histogram, loss)


def entropy(histogram: Histogram) -> Range:
    """The range whose quantised values have the distribution closest to that of the real ones.

    Kullback-Leibler divergence; Migacz, "8-bit inference with TensorRT", GTC 2017. What is cut
    falls on the outermost levels of the real distribution, and on nothing in the quantised one.
    Zero and the two ends, where rectified activations pile up, are levels of their own and lose
    nothing; they are left out.
    """
    counts = histogram.counts.astype(np.float64)
    zero = int(np.searchsorted(np.linspace(histogram.low, histogram.high, len(counts) + 1), 0.0))
    counts[[0, max(0, min(zero, len(counts)) - 1), -1]] = 0.0

    def loss(low: float, high: float) -> float:
        centres = histogram.centres
        inside = (centres >= low) & (centres <= high)
        real = np.where(inside, counts, 0.0)
        kept = np.flatnonzero(inside)
        if not len(kept):
            return np.inf
        real[kept[0]] += counts[: kept[0]].sum()
        real[kept[-1]] += counts[kept[-1] + 1 :].sum()
        level = np.rint((centres[kept] - low) / ((high - low) / (LEVELS - 1))).astype(np.int64)
        filled = counts[kept] > 0
        mass = np.bincount(level, weights=counts[kept], minlength=LEVELS)
        spread = np.bincount(level, weights=filled, minlength=LEVELS)
        quantised = np.zeros_like(real)
        quantised[kept] = np.where(filled, mass[level] / np.maximum(spread[level], 1), 0.0)
        p, q = real / max(real.sum(), 1e-12), quantised / max(quantised.sum(), 1e-12)
        # Where the outermost level took cut values but holds none itself, the divergence is large.
        used = p > 0
        return float((p[used] * np.log(p[used] / np.maximum(q[used], 1e-9))).sum())

    return _search(histogram, loss)


CALIBRATORS: dict[str, Calibrator] = {
    "min-max": minmax,
    "percentile": percentile,
    "mse": mean_squared_error,
    "entropy": entropy,
}


def named(name: str) -> Calibrator:
    """The calibrator of that name. Raises UsageError."""
    if name not in CALIBRATORS:
        raise UsageError(f"no calibrator '{name}'; there are {', '.join(CALIBRATORS)}")
    return CALIBRATORS[name]


def _search(histogram: Histogram, loss: Callable[[float, float], float]) -> Range:
    """The best of many ranges: first both sides drawn in alike, then each by itself.

    A side that does not reach beyond zero stays where it is: zero is a level in any case.
    """
    low, high = histogram.low, histogram.high
    if not histogram.counts.any() or low >= high:
        return low, high
    lows = KEPT * low if low < 0 else np.full(len(KEPT), low)
    highs = KEPT * high if high > 0 else np.full(len(KEPT), high)
    both = [loss(*ends) for ends in zip(lows, highs, strict=True)]
    left = right = int(np.argmin(both))
    if low < 0 < high:
        left = int(np.argmin([loss(end, highs[right]) for end in lows]))
        right = int(np.argmin([loss(lows[left], end) for end in highs]))
    return float(lows[left]), float(highs[right])


def _quantised(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Values rounded to the levels between the ends, zero being one of them."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = (high - low) / (LEVELS - 1) or 1.0
    zero = np.rint(-low / step)
    return (np.clip(np.rint(values / step) + zero, 0, LEVELS - 1) - zero) * step
