from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from train.augment import Augmentation
from train.config import Mixing
from train.feed import Feed, Pictures
from wbc_edge.light import WHITE


def _cells(targets: list[int], weight: float, shade: int) -> Pictures:
    contexts = np.full((len(targets), 24, 24, 3), shade, np.uint8)
    return Pictures(contexts=contexts, targets=np.array(targets), weight=weight)


def _feed(sources: list[Pictures], **changes: Any) -> Feed:
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
    contexts = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3), np.uint8)
    cells = Pictures(contexts=contexts, targets=np.array([0, 1, 2]), weight=1)

    def feed(**changes: Any) -> Feed:
        return _feed([cells], augmentation=Augmentation(), **changes)

    here, there = feed(), feed()
    batches = {index: here[index] for index in (7, 8)}
    for index in (8, 7):  # in whatever order they are asked for
        for made, again in zip(batches[index], there[index], strict=True):
            np.testing.assert_array_equal(made, again)
    for other in (batches[8], feed(epoch=1)[7], feed(seed=2)[7]):
        for made, different in zip(batches[7], other, strict=True):
            assert (made != different).any()


def test_balance_zero_draws_rare_classes_as_often() -> None:
    sources = [_cells([0] * 90 + [1] * 9 + [2], 1, 100)]
    even = np.bincount(_targets(_feed(sources)), minlength=3) / 1000
    np.testing.assert_allclose(even, 1 / 3, atol=0.06)
    natural = np.bincount(_targets(_feed(sources, balance=1.0)), minlength=3) / 1000
    np.testing.assert_allclose(natural, [0.9, 0.09, 0.01], atol=0.03)


def test_sources_are_drawn_by_their_weight() -> None:
    feed = _feed([_cells([0] * 500, 0.25, 10), _cells([1], 0.75, 200)])
    np.testing.assert_allclose(np.bincount(_targets(feed)) / 1000, [0.25, 0.75], atol=0.05)


def test_views_of_a_seed_are_those_of_the_shipped_networks() -> None:
    contexts = np.random.default_rng(0).integers(0, 256, (4, 24, 24, 3), np.uint8)
    cells = Pictures(contexts=contexts, targets=np.array([0, 1, 2, 2]), weight=1)
    # Without what depends on the release of OpenCV: drawn for, as in the recipes, and never drawn.
    how = Augmentation(codec=1e-9, blur=1e-9)
    views, targets = _feed([cells], augmentation=how, batch_size=8)[3]
    assert targets.argmax(1).tolist() == [0, 2, 0, 1, 2, 1, 2, 0]
    assert [int(view.sum()) for view in views] == [
        131589,
        137762,
        110803,
        126519,
        114183,
        103734,
        83088,
        99245,
    ]


def test_the_shares_of_the_classes_are_those_that_are_drawn() -> None:
    feed = _feed([_cells([0] * 90 + [1] * 9 + [2], 1, 100)], balance=0.5)
    drawn = np.bincount(_targets(feed), minlength=3) / 1000
    np.testing.assert_allclose(feed.shares, drawn, atol=0.05)
    assert feed.shares.sum() == pytest.approx(1)


def test_attributes_follow_the_classes_and_come_before_the_answers_of_teachers() -> None:
    cells = replace(
        _cells([0, 1, 2], 1, 100), attributes=np.array([[1, 0], [0, 1], [0, 0]], np.uint8)
    )
    feed = _feed([cells], teachers=_Twofold(), negatives=cells.contexts, share=0.1)
    _, targets = feed[2]
    assert targets.shape == (50, 3 + 2 + 3)
    for row in targets[:45]:
        assert row[3:5].tolist() == cells.attributes[row[:3].argmax()].tolist()
        assert (row[5:] > 0).all()
    assert (targets[45:] == 0).all()


class _Twofold:
    """Teachers that answer with the mean of each view."""

    def answer(self, views: np.ndarray) -> np.ndarray:
        return np.repeat(views.mean((1, 2, 3))[:, None], 3, axis=1).astype(np.float32)


def test_teachers_answer_on_the_views_that_are_learnt_from() -> None:
    sources = [_cells([0, 1, 2], 1, 100)]
    mixing = Mixing(mixup=0.4)
    views, targets = _feed(sources, mixing=mixing, teachers=_Twofold())[2]
    alone = _feed(sources, mixing=mixing)[2]
    np.testing.assert_array_equal(views, alone[0])
    np.testing.assert_array_equal(targets[:, :3], alone[1])
    np.testing.assert_allclose(targets[:, 3], views.mean((1, 2, 3)), rtol=1e-5)


def test_negatives_end_every_batch_unmixed_and_without_a_class() -> None:
    cells = [_cells([0, 1, 2], 1, 100)]
    strange = np.full((5, 24, 24, 3), 200, np.uint8)
    feed = _feed(cells, negatives=strange, share=0.21, mixing=Mixing(mixup=1.0))
    assert feed.share == 0.2  # ten of fifty
    views, targets = feed[3]
    assert (views.shape, targets.shape) == ((50, 16, 16, 3), (50, 3))
    assert (views[:40] == 100).all()
    assert (views[40:] == 200).all()
    np.testing.assert_allclose(targets[:40].sum(1), 1, rtol=1e-6)
    assert (targets[40:] == 0).all()
    again = _feed(cells, negatives=strange, share=0.21, mixing=Mixing(mixup=1.0))[3]
    np.testing.assert_array_equal(views, again[0])
    np.testing.assert_array_equal(targets, again[1])
    assert _feed(cells, negatives=strange, share=0.001).share == 1 / 50


def test_teachers_are_not_asked_about_negatives() -> None:
    class Teachers:
        def answer(self, views: np.ndarray) -> np.ndarray:
            assert len(views) == 40
            return np.full((len(views), 3), 1 / 3, np.float32)

    strange = np.full((5, 24, 24, 3), 200, np.uint8)
    feed = _feed([_cells([0], 1, 100)], negatives=strange, share=0.2, teachers=Teachers())
    targets = feed[0][1]
    assert targets.shape == (50, 6)
    np.testing.assert_allclose(targets[:40, 3:], 1 / 3)
    assert (targets[40:] == 0).all()


def test_views_are_whitened_after_all_other_changes() -> None:
    cells = [_cells([0, 1, 2], 1, 200)]
    lamps = Augmentation(crop=0, colour=0, haze=0, blur=0, codec=0, noise=0, tint=1)
    assert _feed(cells, augmentation=lamps)[0][0].max() <= 200
    seen = _feed(cells, augmentation=lamps, light="white")[0][0]
    np.testing.assert_allclose(seen, WHITE, atol=1)
