"""A second look at a doubtful cell: its view turned, mirrored, nearer and farther.

On a slide no side is up, so that each of the eight ways to lay a square view shows the same cell,
and how large a cell is shown hangs on how its nucleus was found. A network in doubt errs
differently on each: their mean errs less ("test-time augmentation", as in Krizhevsky et al.,
"ImageNet classification with deep convolutional neural networks", NIPS 2012, section 4.1; with
scales, Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
recognition", ICLR 2015, section 4.2; `docs/studies/scales.md` has what it is worth to networks of
a short training). It costs as many runs of the network, and their views; a cell that is plain at
the first look costs one.
"""

from __future__ import annotations

import math
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from wbc_edge.logits import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from wbc_edge.card import SecondLook

_LEAST = np.finfo(np.float64).tiny
"""In place of a probability that was rounded to nothing."""

AT_ONCE = 32
"""Views that are answered at a time, so that memory stays flat however many there are."""


def turned(views: NDArray[np.uint8], turns: int) -> list[NDArray[np.uint8]]:
    """The first `turns` of the eight ways to lay square views (N, h, h, 3), mirror images next."""
    return [laid(views, number) for number in range(turns)]


def laid(views: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """Views (N, h, w, 3) laid in one of the eight ways, 0 as they are.

    Each quarter turn is followed by its mirror image. Where they are not square, whole and half
    turns alone keep their form: 0, 1, 4 and 5.
    """
    quarter, mirrored = divmod(number, 2)
    one = np.rot90(views, quarter, axes=(1, 2))
    return np.ascontiguousarray(one[:, :, ::-1] if mirrored else one)


def scaled(views: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Square views (N, h, h, 3) of `scale` times the side: below 1 nearer, above 1 from farther.

    What lies beyond a view's edge is not known: its outermost pixels are continued.
    """
    if scale == 1 or len(views) == 0:
        return views
    side = views.shape[1]
    more = side * (scale - 1) / 2
    added = max(0, math.ceil(more))
    box = (added - more, added - more, added + side + more, added + side + more)
    if added:
        places = np.arange(-added, side + added).clip(0, side - 1)
        views = views[:, places[:, np.newaxis], places]
    size = (side, side)
    seen = (Image.fromarray(one).resize(size, Image.Resampling.BILINEAR, box=box) for one in views)
    return np.stack([np.asarray(one) for one in seen])


def views_of(views: NDArray[np.uint8], second: SecondLook) -> list[NDArray[np.uint8]]:
    """What is looked at of square views (N, h, h, 3), themselves first.

    Turns and mirror images, one after the other at the scales in their order: with two of them, or
    four of which every other is 1, it is the mirror images that are scaled.
    """
    sizes = {scale: scaled(views, scale) for scale in dict.fromkeys(second.scales)}
    scales = islice(cycle(second.scales), second.turns)
    return [laid(sizes[scale], number) for number, scale in enumerate(scales)]


def look_again(
    views: NDArray[np.uint8],
    first: NDArray[np.float64],
    refused: NDArray[np.bool_],
    second: SecondLook | None,
    ask: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The answers to views, after a second look at those that were doubtful at the first.

    What was taken for no cell gets none: it shows no cell from any side.

    Args:
        views: prepared square pixels, shape (N, h, h, 3).
        first: their probabilities at the first look, shape (N, classes).
        refused: which of them were taken for no cell, shape (N,).
        second: which are doubtful, and how those are looked at; None is never again.
        ask: views -> their probabilities.

    Returns:
        Probabilities, shape (N, classes), and which views were looked at again, shape (N,).
    """
    if second is None:
        return first, np.zeros(len(first), dtype=bool)
    again = (first.max(axis=1) < second.below) & ~refused
    answers = first.copy()
    numbers = np.flatnonzero(again)
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        seen = [first[some], *(ask(other) for other in views_of(views[some], second)[1:])]
        answers[some] = mean(seen)
    return answers, again


def mean(looks: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The geometric mean of several (N, classes) probabilities, each row made to sum to 1 again.

    It is the softmax of the mean of their logits, and on validation cells better calibrated than
    the arithmetic mean, which doubts too much.
    """
    return softmax(np.mean([np.log(np.maximum(look, _LEAST)) for look in looks], axis=0))
