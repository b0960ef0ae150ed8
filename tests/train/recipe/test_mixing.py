from __future__ import annotations

import numpy as np

from train.config import Mixing
from train.recipe.mixing import cutmix, mix, mixup

RNG = np.random.default_rng(0)
VIEWS = RNG.integers(0, 256, (8, 16, 16, 3), np.uint8)
TARGETS = np.eye(4, dtype=np.float32)[np.arange(8) % 4]


def test_nothing_is_drawn_where_nothing_is_mixed() -> None:
    rng, twin = np.random.default_rng(1), np.random.default_rng(1)
    views, targets = mix(VIEWS, TARGETS, Mixing(), rng)
    assert views is VIEWS
    assert targets is TARGETS
    assert rng.random() == twin.random()


def test_mixup_blends_views_and_targets_alike() -> None:
    partners = np.roll(np.arange(8), 1)
    views, targets = mixup(VIEWS, TARGETS, 0.75, partners, RNG)
    blend = 0.75 * VIEWS.astype(float) + 0.25 * VIEWS[partners]
    np.testing.assert_allclose(views, blend, atol=0.5001)
    np.testing.assert_allclose(targets, 0.75 * TARGETS + 0.25 * TARGETS[partners])
    assert (views.dtype, targets.dtype) == (np.uint8, np.float32)


def test_cutmix_shares_targets_by_the_area_that_was_put_in() -> None:
    own, other = np.zeros((1, 16, 16, 3), np.uint8), np.full((1, 16, 16, 3), 255, np.uint8)
    both = np.concatenate([own, other])
    for seed in range(20):
        rng = np.random.default_rng(seed)
        views, targets = cutmix(both, np.eye(2, dtype=np.float32), 0.6, np.array([1, 0]), rng)
        np.testing.assert_allclose(targets[0, 1], (views[0] == 255).mean(), atol=1e-6)
        assert targets[0, 1] <= 0.45


def test_batches_are_mixed_as_often_as_asked() -> None:
    rng = np.random.default_rng(0)
    how = Mixing(mixup=0.4, cutmix=1.0, probability=0.5)
    mixed = sum(mix(VIEWS, TARGETS, how, rng)[0] is not VIEWS for _ in range(200))
    assert 70 <= mixed <= 130
