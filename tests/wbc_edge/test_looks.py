from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge.looks import again, turned


def _corner(views: NDArray[np.uint8]) -> NDArray[np.float64]:
    """A network that goes by the upper left pixel: (N, h, h, 3) -> (N, 3) probabilities."""
    seen = views[:, 0, 0].astype(float) + 1
    return seen / seen.sum(axis=1, keepdims=True)


@pytest.fixture
def views() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (70, 6, 6, 3), dtype=np.uint8)


def test_eight_turns_are_all_there_are(views: NDArray[np.uint8]) -> None:
    laid = turned(views, 8)
    np.testing.assert_array_equal(laid[0], views)
    np.testing.assert_array_equal(laid[1], views[:, :, ::-1])
    assert len({each.tobytes() for each in laid}) == 8
    assert len({each.tobytes() for one in laid for each in turned(one, 8)}) == 8
    assert [len(turned(views, number)) for number in (1, 2, 4)] == [1, 2, 4]


def test_only_the_doubtful_are_looked_at_again(views: NDArray[np.uint8]) -> None:
    first = _corner(views)
    doubtful = np.arange(len(views)) % 2 == 0
    asked: list[int] = []

    def ask(laid: NDArray[np.uint8]) -> NDArray[np.float64]:
        asked.append(len(laid))
        return _corner(laid)

    found = again(views, first, doubtful, 8, ask)
    np.testing.assert_array_equal(found[~doubtful], first[~doubtful])
    assert sum(asked) == 7 * doubtful.sum()
    # Each corner comes to lie in the upper left twice, once mirrored.
    corners = [views[:, y, x].astype(float) + 1 for y in (0, -1) for x in (0, -1)]
    mean = np.mean([each / each.sum(axis=1, keepdims=True) for each in corners], axis=0)
    np.testing.assert_allclose(found[doubtful], mean[doubtful])


def test_where_nothing_is_doubtful_nothing_is_asked(views: NDArray[np.uint8]) -> None:
    def ask(laid: NDArray[np.uint8]) -> NDArray[np.float64]:
        raise AssertionError(len(laid))

    first = _corner(views)
    np.testing.assert_array_equal(again(views, first, np.zeros(70, bool), 8, ask), first)
