"""What logits say: probabilities, and how much the network knows of what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


SLACK = 0.05
"""How far quantised probabilities may lie below 0 or above 1, and their sum from 1."""


def are_probabilities(output: NDArray[Any]) -> bool:
    """Whether (N, classes) answers are probabilities, which softmax logits hardly ever are.

    Of a single class each is one by itself, as a sigmoid gives it.
    """
    inside = (output >= -SLACK).all() and (output <= 1 + SLACK).all()
    sums = output.sum(axis=1) if output.shape[1] > 1 else np.ones(len(output))
    return bool(inside and (np.abs(sums - 1) <= SLACK).all())


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """(N, classes) logits -> float64 probabilities; the temperature divides the logits first."""
    scaled = np.divide(logits, temperature, dtype=np.float64)
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def energy(logits: NDArray[Any]) -> NDArray[np.float64]:
    """(N, classes) logits -> (N,) log-sum-exp: how much the network knows of what it sees.

    The negative of the energy of Liu et al., "Energy-based out-of-distribution detection", NeurIPS
    2020, at temperature 1; higher for what is like the cells of the training.
    """
    total: NDArray[np.float64] = np.logaddexp.reduce(logits.astype(np.float64), axis=1)
    return total
