"""What logits say: probabilities, and how much the network knows of what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
