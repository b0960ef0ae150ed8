"""A second look at a doubtful cell: its view turned and mirrored, answered by the mean of all.

On a slide no side is up, so that each of the eight ways to lay a square view shows the same cell,
and a network that is in doubt errs differently on each. The mean over them is more often right
("test-time augmentation", as in Krizhevsky et al., "ImageNet classification with deep
convolutional neural networks", NIPS 2012, section 4.1) and costs as many runs of the network; a
cell that is plain at the first look costs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_AT_ONCE = 32
"""Views that are turned at a time, so that memory stays flat however many there are."""


def turned(views: NDArray[np.uint8], turns: int) -> list[NDArray[np.uint8]]:
    """The first `turns` of the eight ways to lay square views (N, h, h, 3), mirror images next."""
    laid = (np.rot90(views, quarter, axes=(1, 2)) for quarter in range(4))
    both = [each for one in laid for each in (one, one[:, :, ::-1])]
    return [np.ascontiguousarray(each) for each in both[:turns]]


def again(
    views: NDArray[np.uint8],
    first: NDArray[np.float64],
    doubtful: NDArray[np.bool_],
    turns: int,
    ask: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """The probabilities after a second look at the doubtful ones.

    Args:
        views: prepared square pixels, shape (N, h, h, 3).
        first: their probabilities at the first look, shape (N, classes).
        doubtful: which are looked at again, shape (N,).
        turns: ways to lay a view, the first look's included.
        ask: views -> their probabilities.

    Returns:
        Shape (N, classes); as they were where nothing was doubtful.
    """
    answers = first.copy()
    numbers = np.flatnonzero(doubtful)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        looks = [first[some], *(ask(laid) for laid in turned(views[some], turns)[1:])]
        answers[some] = np.mean(looks, axis=0)
    return answers
