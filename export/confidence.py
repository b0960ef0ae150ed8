"""Confidence that means what it says: the temperature, and the threshold under which to abstain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbc_edge.classifier import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

RISK = 0.005
"""Default greatest share of wrong answers among those given, on validation cells."""


def temperature(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """The divisor of the logits that makes validation cells most likely.

    Guo et al., "On calibration of modern neural networks", ICML 2017. The likelihood has one
    maximum in the logarithm of the temperature, found by golden-section search.

    Args:
        logits: shape (N, classes).
        targets: class indices, shape (N,).
    """

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(chosen[np.arange(len(targets)), targets], 1e-12)).mean())

    golden = (np.sqrt(5) - 1) / 2
    low, high = np.log(0.05), np.log(20)
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


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
        0 where answering everything is good enough.
    """
    confidence = scores.max(1)
    wrong = scores.argmax(1) != targets
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    good = np.cumsum(wrong[order]) <= risk * answered
    if not good.any():
        return 1.0
    last = int(np.flatnonzero(good)[-1])
    if last == len(order) - 1:
        return 0.0
    # Halfway to the first cell left unanswered, so that rounding on another device cannot flip it.
    return float((confidence[order[last]] + confidence[order[last + 1]]) / 2)
