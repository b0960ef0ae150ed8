"""The bootstrap over independent cells, for any figure that can be had from weighted cells.

`wbc_edge.measure` redraws tables of counts. The area under a curve and calibration need the cells
themselves, and a difference of two subjects needs the same resamples for both: here a resample is a
weight for each cell, the same for all figures and subjects of one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from wbc_edge.measure.intervals import (
    RESAMPLES,
    Estimate,
    around,
    group_index,
    paired_score,
    percentile_limits,
    wider,
    wilson,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = NDArray[np.float64]
    Statistic = Callable[[Weights], NDArray[np.float64]]

CHUNK = 100
"""Resamples at a time: memory stays flat with any number of cells."""


class Bootstrap:
    """Resamples of a set of cells.

    Args:
        groups: what each cell was made from; whole groups are drawn.
        rounds: number of resamples.
        seed: the same seed gives the same resamples.
    """

    def __init__(self, groups: Sequence[str], *, rounds: int = RESAMPLES, seed: int = 0) -> None:
        self.index = group_index(len(groups), list(groups))
        self.independent = int(self.index.max()) + 1
        self._rounds = rounds
        self._seed = seed

    def samples(self, statistic: Statistic) -> NDArray[np.float64]:
        """(rounds, ...) values of a statistic of (B, cells) weights -> (B, ...)."""
        return np.concatenate([statistic(weights) for weights in self._weights()])

    def estimate(
        self, value: float | None, samples: NDArray[np.float64], count: float
    ) -> Estimate | None:
        """A figure with the percentile interval of its (rounds,) resampled values.

        Resamples in which the figure is not defined are left out. Where no resample moves it
        (nothing is wrong, or nothing right) Wilson's interval stands in: what was not seen is not
        impossible.

        Args:
            value: the figure itself, a share; None where it is not defined.
            samples: its resampled values.
            count: how many independent cells it rests on.
        """
        limits = _limits(samples)
        if value is None or limits is None:
            return None
        low, high = limits
        if low == high:
            collapsed = wilson(value * count, count)
            low, high = collapsed.low, collapsed.high
        return Estimate(value=value, low=min(low, value), high=max(high, value))

    def share(
        self, value: float | None, samples: NDArray[np.float64], count: float
    ) -> Estimate | None:
        """As `estimate`, of a share of cells: never narrower than Wilson's interval.

        Resamples of a few groups, or of cells without an error, say too much.
        """
        found = self.estimate(value, samples, count)
        return None if found is None else wider(found, around(found.value, count))

    def difference(
        self, value: float | None, samples: NDArray[np.float64], count: float
    ) -> Estimate | None:
        """A paired difference of two subjects; the arguments are those of `estimate`.

        It is never narrower than Tango's interval of no discordant pair: one that is seen, and
        with it resamples that move, does not make the figure surer.
        """
        limits = _limits(samples)
        if value is None or limits is None:
            return None
        least = paired_score(0, 0, count)
        return Estimate(
            value=value,
            low=min(limits[0], value + least.low),
            high=max(limits[1], value + least.high),
        )

    def _weights(self) -> Iterator[Weights]:
        generator = np.random.default_rng(self._seed)
        for first in range(0, self._rounds, CHUNK):
            size = min(CHUNK, self._rounds - first)
            drawn = generator.integers(self.independent, size=(size, self.independent))
            # One histogram for all rows: each row counts into a stretch of its own.
            shifted = drawn + self.independent * np.arange(size)[:, None]
            counts = np.bincount(shifted.ravel(), minlength=size * self.independent)
            yield counts.reshape(size, -1)[:, self.index].astype(np.float64)


def _limits(samples: NDArray[np.float64]) -> tuple[float, float] | None:
    defined = samples[np.isfinite(samples)]
    return percentile_limits(defined) if len(defined) else None
