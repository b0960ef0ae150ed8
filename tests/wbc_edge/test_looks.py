from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge.card import SecondLook
from wbc_edge.looks import look_again, mean, turned


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
    below = float(np.median(first.max(axis=1)))
    refused = np.arange(len(views)) % 7 == 0
    asked: list[int] = []

    def ask(laid: NDArray[np.uint8]) -> NDArray[np.float64]:
        asked.append(len(laid))
        return _corner(laid)

    found, again = look_again(views, first, refused, SecondLook(turns=8, below=below), ask)
    np.testing.assert_array_equal(again, (first.max(axis=1) < below) & ~refused)
    assert 0 < again.sum() < len(views)
    np.testing.assert_array_equal(found[~again], first[~again])
    assert sum(asked) == 7 * again.sum()
    # Each corner comes to lie in the upper left twice, once mirrored.
    corners = [_corner(views[:, y:, x:]) for y in (0, -1) for x in (0, -1)]
    logarithms = np.mean(np.log(corners), axis=0)
    powers = np.exp(logarithms) / np.exp(logarithms).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found[again], powers[again])


def test_what_one_look_rules_out_is_no_reason_to_fail() -> None:
    found = mean([np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])])
    np.testing.assert_allclose(found, [[0.5, 0.5, 0.0]], atol=1e-100)


def test_without_a_second_look_nothing_is_asked(views: NDArray[np.uint8]) -> None:
    def ask(laid: NDArray[np.uint8]) -> NDArray[np.float64]:
        raise AssertionError(len(laid))

    first, nothing = _corner(views), np.zeros(len(views), bool)
    for second in (None, SecondLook(turns=8, below=0)):
        found, again = look_again(views, first, nothing, second, ask)
        np.testing.assert_array_equal(found, first)
        assert not again.any()
