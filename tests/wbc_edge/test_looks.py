from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge.card import SecondLook
from wbc_edge.looks import look_again, mean, scaled, turned, views_of


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


def test_nearer_a_view_shows_its_middle_and_from_farther_continues_its_edge() -> None:
    views = np.full((2, 40, 40, 3), 200, dtype=np.uint8)
    views[:, 10:30, 10:30] = (30, 60, 90)
    views[1, :, :10] = 120
    near, far = scaled(views, 0.5), scaled(views, 2.0)
    assert near.shape == far.shape == views.shape
    assert (near.dtype, far.dtype) == (np.uint8, np.uint8)
    assert (near[:, 2:-2, 2:-2] == (30, 60, 90)).all()
    np.testing.assert_array_equal(far[:, 20, 20], [(30, 60, 90)] * 2)
    np.testing.assert_array_equal(far[0, :14], 200)
    np.testing.assert_array_equal(far[1, :, :9], 120)
    # The middle stays the middle, at any scale.
    for scale in (0.82, 1.35):
        changed = scaled(views[:1], scale)
        for mirrored in (changed[:, ::-1], changed[:, :, ::-1]):
            np.testing.assert_allclose(mirrored.astype(int), changed, atol=1)
        dark = (changed[0, 20, :, 0] < 115).sum()
        assert dark == pytest.approx(20 / scale, abs=1)


def test_as_it_is_nothing_is_resampled(views: NDArray[np.uint8]) -> None:
    assert scaled(views, 1.0) is views
    assert scaled(views[:0], 0.8).shape == (0, 6, 6, 3)


def test_looks_take_their_scales_one_after_the_other(views: NDArray[np.uint8]) -> None:
    second = SecondLook(turns=8, below=1.0, scales=(1.0, 0.8, 1.3))
    seen = views_of(views[:4], second)
    assert len(seen) == 8
    for number, look in enumerate(seen):
        size = scaled(views[:4], second.scales[number % 3])
        np.testing.assert_array_equal(look, turned(size, 8)[number])
    np.testing.assert_array_equal(seen[0], views[:4])
    found, _ = look_again(views[:4], _corner(views[:4]), np.zeros(4, bool), second, _corner)
    np.testing.assert_allclose(found, mean([_corner(look) for look in seen]))


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
