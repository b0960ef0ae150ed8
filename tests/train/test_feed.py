from __future__ import annotations

from typing import Any

import numpy as np

from train.augment import Augmentation
from train.feed import Cells, Feed


def _cells(targets: list[int], weight: float, shade: int) -> Cells:
    contexts = np.full((len(targets), 24, 24, 3), shade, np.uint8)
    return Cells(contexts=contexts, targets=np.array(targets), weight=weight)


def _feed(sources: list[Cells], **changes: Any) -> Feed:
    settings: dict[str, Any] = {
        "classes": 3,
        "size": (16, 16),
        "batch_size": 50,
        "steps": 20,
        "augmentation": Augmentation(crop=0, colour=0, haze=0, blur=0, codec=0, noise=0),
        "balance": 0.0,
        "seed": 1,
        "epoch": 0,
    }
    return Feed(sources, **settings | changes)


def _targets(feed: Feed) -> np.ndarray:
    return np.concatenate([feed[i][1].argmax(1) for i in range(len(feed))])


def test_batches_have_the_shapes_of_the_network() -> None:
    feed = _feed([_cells([0, 1, 2], 1, 100)])
    views, targets = feed[0]
    assert len(feed) == 20
    assert (views.shape, views.dtype) == ((50, 16, 16, 3), np.uint8)
    assert (targets.shape, targets.dtype) == ((50, 3), np.float32)
    np.testing.assert_array_equal(targets.sum(1), 1)


def test_a_batch_depends_on_seed_epoch_and_index_alone() -> None:
    sources = [_cells([0, 1, 2], 1, 100)]
    again = _feed(sources)
    np.testing.assert_array_equal(_feed(sources)[7][1], again[7][1])
    assert (again[7][1] != again[8][1]).any()
    assert (again[7][1] != _feed(sources, epoch=1)[7][1]).any()
    assert (again[7][1] != _feed(sources, seed=2)[7][1]).any()


def test_balance_zero_draws_rare_classes_as_often() -> None:
    sources = [_cells([0] * 90 + [1] * 9 + [2], 1, 100)]
    even = np.bincount(_targets(_feed(sources)), minlength=3) / 1000
    np.testing.assert_allclose(even, 1 / 3, atol=0.06)
    natural = np.bincount(_targets(_feed(sources, balance=1.0)), minlength=3) / 1000
    np.testing.assert_allclose(natural, [0.9, 0.09, 0.01], atol=0.03)


def test_sources_are_drawn_by_their_weight() -> None:
    feed = _feed([_cells([0] * 500, 0.25, 10), _cells([1], 0.75, 200)])
    np.testing.assert_allclose(np.bincount(_targets(feed)) / 1000, [0.25, 0.75], atol=0.05)
