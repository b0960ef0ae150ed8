from __future__ import annotations

import numpy as np
import pytest

from export.quantise import statistics
from export.quantise.calibrators import CALIBRATORS, entropy, mean_squared_error, minmax, percentile
from export.quantise.statistics import Histogram


def _histogram(values: np.ndarray) -> Histogram:
    limits = {"x": (float(values.min()), float(values.max()))}
    cells = np.zeros((1, 1, 1, 3), np.uint8)
    return statistics.histograms(lambda _: [("x", values)], cells, limits)["x"]


@pytest.fixture
def outlier() -> Histogram:
    """A rectified activation of which one value in twenty thousand is ten times the others."""
    values = np.abs(np.random.default_rng(0).normal(0, 1, 20_000))
    values[0] = 40.0
    return _histogram(values)


def test_extremes_keep_an_outlier(outlier: Histogram) -> None:
    assert minmax(outlier)[1] == 40


@pytest.mark.parametrize("calibrator", [percentile, entropy])
def test_others_cut_it_and_keep_the_rest(calibrator: object, outlier: Histogram) -> None:
    low, high = calibrator(outlier)  # type: ignore[operator]
    assert low == outlier.low
    assert 2.5 < high < 12


@pytest.mark.parametrize("name", CALIBRATORS)
def test_an_even_distribution_is_kept_whole(name: str) -> None:
    low, high = CALIBRATORS[name](_histogram(np.linspace(-1, 1, 50_000)))
    assert low == pytest.approx(-1, abs=0.08)
    assert high == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("name", CALIBRATORS)
def test_an_activation_that_never_moves_has_a_range(name: str) -> None:
    assert CALIBRATORS[name](_histogram(np.zeros(100))) == (0, 0)


def test_the_range_with_the_least_error_has_the_least_error(outlier: Histogram) -> None:
    # As many cells as it takes for the rounding of the many to outweigh the cutting of the one.
    counts = outlier.counts * np.where(outlier.centres < 20, 10_000, 1)
    outlier = Histogram(low=outlier.low, high=outlier.high, counts=counts)

    def error(high: float) -> float:
        step = high / 255
        rounded = np.clip(np.rint(outlier.centres / step), 0, 255) * step
        return float((outlier.counts * (outlier.centres - rounded) ** 2).sum())

    _, best = mean_squared_error(outlier)
    assert best < 12
    assert error(best) <= min(error(high) for high in (40, 20, 10, 5, 3.5))


def test_extremes_are_taken_over_all_cells() -> None:
    cells = np.array([3, 200, 50], np.uint8).reshape(3, 1, 1, 1)
    assert statistics.extremes(lambda cell: [("x", cell.astype(float))], cells) == {"x": (3, 200)}
