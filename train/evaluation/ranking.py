"""Figures of order: receiver operating curves, and what abstaining on the least sure buys."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbc_edge.measure.intervals import LEVEL, Estimate, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_POINTS = 400
"""Points that a stored curve has at most; more would not be seen."""

_NEXT = 1e-9
"""A step beside an area: at the area itself, where it is 0 or 1, there is no spread to go by."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A receiver operating curve, from (0, 0) to (1, 1), and the area under it."""

    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]
    auc: float


@dataclass(frozen=True, kw_only=True)
class Selective:
    """Risk over coverage, by descending confidence.

    El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 11
    (2010). `risk[i]` is the share of wrong answers when only the cells with at least the confidence
    `threshold[i]`, a share of `coverage[i]` of all cells, are answered; `area` is the mean risk
    over the coverages that are reached, None where no cell is answered at any.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    threshold: tuple[float, ...]
    area: float | None


def roc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Curve | None:
    """The curve of (cells,) scores of one class; None without cells on either side."""
    from sklearn.metrics import auc as area
    from sklearn.metrics import roc_curve

    if positive.all() or not positive.any():
        return None
    false, true, _ = roc_curve(positive, scores)
    shown = _thinned(len(false))
    return Curve(
        false_positive_rate=tuple(false[shown].tolist()),
        true_positive_rate=tuple(true[shown].tolist()),
        auc=float(area(false, true)),
    )


def auc(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(B,) areas under the curve for (B, cells) weights; NaN without weight on either side.

    The share of pairs that are in order, ties by half (Mann and Whitney, Annals of Mathematical
    Statistics 18 (1947) 50-60), which scikit-learn would have to be asked for once per resample.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    sorted_weights = weights[:, order]
    on = np.add.reduceat(sorted_weights * positive[order], starts, axis=1)
    off = np.add.reduceat(sorted_weights * ~positive[order], starts, axis=1)
    below = np.cumsum(off, axis=1) - off / 2
    with np.errstate(invalid="ignore"):
        return (on * below).sum(axis=1) / (on.sum(axis=1) * off.sum(axis=1))


def area_interval(value: float, positives: int, negatives: int) -> Estimate:
    """An area under the curve with the interval of Newcombe's method 5.

    Newcombe, Statistics in Medicine 25 (2006) 559-573: a score interval, that of the areas from
    which the one that was measured is no further off than chance has it. It stays honest where a
    class has few cells or all pairs are in order, where a bootstrap's is far too narrow.

    Args:
        value: the area, 0 to 1.
        positives, negatives: independent cells of the class, and of the others; above 0.
    """
    from scipy.optimize import brentq

    mean = (positives + negatives) / 2 - 1
    z = quantile(LEVEL)

    def reach(area: float) -> float:
        # Hanley and McNeil, Radiology 143 (1982) 29-36, with both sizes as their mean.
        pairs = 1 + mean * ((1 - area) / (2 - area) + area / (1 + area))
        return z * math.sqrt(max(0.0, area * (1 - area) * pairs / (positives * negatives)))

    low = brentq(lambda area: value - area - reach(area), 0, value - _NEXT) if value else 0.0
    high = brentq(lambda area: area - value - reach(area), value + _NEXT, 1) if value < 1 else 1.0
    return Estimate(value=value, low=low, high=high)


def selective(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], refused: NDArray[np.bool_]
) -> Selective:
    """Risk over coverage for (cells,) confidences and whether each answer is right.

    A cell that was `refused`, taken for none, is answered at no threshold of confidence.
    """
    order = np.argsort(-confidence, kind="stable")
    order = order[~refused[order]]
    if not len(order):
        return Selective(coverage=(), risk=(), threshold=(), area=None)
    sure = confidence[order]
    answered = np.arange(1, len(sure) + 1)
    risk = np.cumsum(~right[order]) / answered
    # Cells of one confidence are answered together or not at all.
    ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], True))
    steps = np.diff(answered[ends], prepend=0)
    shown = ends[_thinned(len(ends))]
    return Selective(
        coverage=tuple((answered[shown] / len(confidence)).tolist()),
        risk=tuple(risk[shown].tolist()),
        threshold=tuple(sure[shown].tolist()),
        area=float((risk[ends] * steps).sum() / len(sure)),
    )


def _thinned(count: int) -> NDArray[np.int64]:
    """Places of at most `MOST_POINTS` points of a curve, both ends among them."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64))
