"""Confidence that means what it says: the temperature, and where to abstain.

An answer is withheld where its confidence is below one threshold, or where the energy of the logits
is below another, since the picture then shows nothing like a cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from wbc_edge.card import MOST_TURNS, SecondLook
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.logits import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

COST = 0.4
"""Default runs of the network that second looks may cost on the average validation cell."""

TURNS = MOST_TURNS
"""Default ways to lay the view of a doubtful cell: all that there are."""

SCALES = (1.0, 0.8, 1.0, 1.35)
"""Default scales of these looks, one after the other: as it is, nearer, as it is, from farther.
Chosen by validation cells, and by cells of sources that networks were trained without."""

RISK = 0.003
"""Default greatest share of wrong answers among those given, on validation cells."""

COLDEST, HOTTEST = 0.05, 20.0
"""Between which the temperature is sought."""

MARGIN = 0.99
"""Of a confidence that has to be answered, whatever another device's rounding makes of it."""

REFUSED = 0.02
"""Greatest share of any source's validation cells that may be taken for no cell; one always may."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """What an answer is withheld for, and what is done before it is: how a file is to be set.

    Attributes:
        risk: greatest share of errors among the answered validation cells.
        turns: looks at a cell whose confidence is low; 1 is never again.
        scales: sides of their views, one after the other, the first 1.
        cost: runs of the network that they may cost on the average validation cell.
    """

    risk: float = RISK
    turns: int = TURNS
    scales: tuple[float, ...] = SCALES
    cost: float = COST

    def __post_init__(self) -> None:
        """Raises UsageError for a risk that is no share, a cost that is no number, wrong scales."""
        if not 0 <= self.risk < 1:
            raise UsageError(f"--risk is a share of errors, from 0 to below 1, not {self.risk}")
        if not math.isfinite(self.cost):
            raise UsageError(f"--look-cost has to be a number, not {self.cost}")
        try:
            SecondLook(turns=MOST_TURNS, below=1.0, scales=self.scales)
        except ModelError as error:
            raise UsageError(f"--look-scale: {error}") from None


def temperature(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """The divisor of the logits that makes validation cells most likely.

    Guo et al., "On calibration of modern neural networks", ICML 2017. The likelihood has one
    maximum in the logarithm of the temperature.

    Cells that are all named rightly would be most likely with no doubt at all. How ever few they
    are, the answers doubt on average as much as Laplace's rule of succession does: by 1 / (N + 2).

    Args:
        logits: shape (N, classes).
        targets: class indices, shape (N,).
    """

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(chosen[np.arange(len(targets)), targets], 1e-12)).mean())

    def doubt(log_temperature: float) -> float:
        return float(1 - softmax(logits, float(np.exp(log_temperature))).max(1).mean())

    coldest, hottest = np.log(COLDEST), np.log(HOTTEST)
    exactness = {"xatol": 1e-4}
    found = minimize_scalar(loss, bounds=(coldest, hottest), method="bounded", options=exactness).x
    least = 1 / (len(targets) + 2)
    if doubt(found) < least:  # it grows with the temperature
        enough = doubt(hottest) > least
        found = brentq(lambda t: doubt(t) - least, found, hottest) if enough else hottest
    return float(np.exp(found))


def threshold(
    scores: NDArray[np.float64], targets: NDArray[np.int64], *, risk: float = RISK
) -> float:
    """The least confidence to answer at, so that at most `risk` of the answers given are wrong.

    El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 11
    (2010).

    Args:
        scores: calibrated probabilities, shape (N, classes).
        targets: class indices, shape (N,).
        risk: greatest share of errors among the answered cells.

    Returns:
        0 where answering everything is good enough. Where the cells are too few for one error to
        show, a little below the least confidence among them: of less, nothing is known.
    """
    confidence = scores.max(1)
    wrong = scores.argmax(1) != targets
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    good = np.cumsum(wrong[order]) <= risk * answered
    # No threshold parts cells of one confidence, and 8-bit logits make many alike.
    ordered = confidence[order]
    good &= np.append(ordered[1:] < ordered[:-1], True)
    if not good.any():
        return 1.0
    last = int(np.flatnonzero(good)[-1])
    if last == len(order) - 1:
        return 0.0 if enough(len(order), risk) else float(MARGIN * ordered[last])
    # Halfway to the first cell left unanswered, so that rounding on another device cannot flip it.
    return float((ordered[last] + ordered[last + 1]) / 2)


def enough(count: int, risk: float) -> bool:
    """Whether one error among so many cells is within the risk: with fewer, none can be shown."""
    return count * risk >= 1


def second_look(
    scores: NDArray[np.float64],
    *,
    turns: int = TURNS,
    scales: Sequence[float] = SCALES,
    cost: float = COST,
) -> SecondLook | None:
    """Which cells to look at again, so that a device pays no more than `cost` for it.

    Args:
        scores: calibrated probabilities at the first look, shape (N, classes), of cells that are
            not taken for no cell: the others are not looked at again.
        turns: looks at a doubtful cell, the first included; 1 is never again.
        scales: sides of their views, see `wbc_edge.card.SecondLook`.
        cost: runs of the network beyond the first, on the average of these cells.

    Returns:
        None where the cost allows no cell a second look; never all cells.
    """
    if turns < 2 or not len(scores):
        return None
    confidence = np.sort(scores.max(1))
    # Rounded, for 0.29 times 100 is a little less than 29.
    affordable = int(round(cost * len(confidence) / (turns - 1), 6))
    affordable = min(affordable, len(confidence) - 1)
    # No limit parts cells of one confidence: down to where there is a step.
    affordable = int(np.searchsorted(confidence, confidence[affordable]))
    if affordable < 1:
        return None
    below = (confidence[affordable - 1] + confidence[affordable]) / 2
    return SecondLook(turns=turns, below=float(below), scales=tuple(scales[:turns]))


def outlier(
    cells: Sequence[NDArray[np.float64]],
    negatives: NDArray[np.float64],
) -> float:
    """The energy below which a picture is taken for no cell.

    The threshold at which the share of negatives below it exceeds the share of cells below it by
    most (Youden, Cancer 3 (1950) 32-35), the latter taken where it is greatest among the sources,
    and no more than REFUSED in any; where several are as good, the middle of the widest gap.

    Args:
        cells: energies (N,) of each source's validation cells.
        negatives: energies (M,) of validation pictures without a cell.
    """
    energies = np.unique(np.concatenate([*cells, negatives]))
    # Below all, and between each and the next: nothing else parts them otherwise.
    places = np.concatenate([[energies[0] - 1], (energies[:-1] + energies[1:]) / 2])
    gaps = np.concatenate([[2.0], np.diff(energies)])
    shares = [_share_below(places, source) for source in cells]
    lost = np.max(shares, axis=0)
    # One cell always may: a source of forty would else let its strangest one decide for all.
    limits = [max(REFUSED, 1 / len(source)) for source in cells]
    allowed = np.all([s <= limit for s, limit in zip(shares, limits, strict=True)], axis=0)
    won = np.where(allowed, _share_below(places, negatives) - lost, -np.inf)
    best = np.flatnonzero(won >= won.max() - 1e-9)
    return float(places[best[int(gaps[best].argmax())]])


def _share_below(places: NDArray[np.float64], energies: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the energies that lies below each of the places."""
    return np.searchsorted(np.sort(energies), places) / len(energies)
