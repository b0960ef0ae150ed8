"""What answers are worth, and what they have changed by from those to the same cells as they were.

For studies that show the same cells in several ways, of which one is the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wbc_edge.measure.compare import paired_difference
from wbc_edge.measure.intervals import Estimate, proportion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Paired(NamedTuple):
    """Figures of N answers.

    Attributes:
        top1: share that is right, answered or not.
        change: of `top1` from the first way, in pairs; None for that itself.
        answered: share that the model did not abstain from.
        wrong: share of errors among these; None where none was answered.
    """

    top1: Estimate
    change: Estimate | None
    answered: float
    wrong: float | None


def paired(
    right: NDArray[np.bool_],
    told: NDArray[np.bool_],
    first: NDArray[np.bool_] | None,
    index: NDArray[np.int64],
) -> Paired:
    """The figures of answers to N cells.

    Args:
        right: (N,) whether the most probable class is the true one.
        told: (N,) whether the model did not abstain.
        first: (N,) `right` of the first way; None for that itself.
        index: (N,) what each cell was made from (`wbc_edge.measure.intervals.group_index`).
    """
    return Paired(
        top1=proportion(right, index),
        change=None if first is None else paired_difference(right & ~first, first & ~right, index),
        answered=float(told.mean()),
        wrong=float((told & ~right).sum() / told.sum()) if told.any() else None,
    )
