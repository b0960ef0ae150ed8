from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from train.augment import Augmentation
from train.config import Mixing
from train.feed import Feed, Pictures
from wbc_edge import synthetic

torch = pytest.importorskip("torch", reason="`make test-backends` installs it")

from train.accelerator.feed import AcceleratorFeed  # noqa: E402

CELLS = np.stack([synthetic.draw("lymphocyte", seed=seed, size=48) for seed in range(9)])
SETTINGS: dict[str, Any] = {
    "classes": 3,
    "size": (32, 32),
    "batch_size": 40,
    "steps": 5,
    "augmentation": Augmentation(),
    "balance": 0.5,
    "seed": 1,
    "epoch": 0,
    "light": "white",
}


def _feed(kind: type[Feed], **changes: Any) -> Feed:
    sources = [
        Pictures(contexts=kind.held(cells), targets=np.arange(len(cells)) % 3, weight=weight)
        for cells, weight in ((CELLS[:6], 0.8), (CELLS[6:], 0.2))
    ]
    if "negatives" in changes:
        changes["negatives"] = kind.held(changes["negatives"])
    return kind(sources, **SETTINGS | changes)


def test_batches_have_the_shapes_of_the_network_and_the_draws_of_the_other_feed() -> None:
    feed = _feed(AcceleratorFeed)
    views, targets = feed[2]
    assert (tuple(views.shape), views.dtype) == ((40, 32, 32, 3), torch.uint8)
    np.testing.assert_array_equal(targets, _feed(Feed)[2][1])
    np.testing.assert_array_equal(feed.shares, _feed(Feed).shares)


def test_a_batch_depends_on_seed_epoch_and_index_alone() -> None:
    once, again = (_feed(AcceleratorFeed)[3][0] for _ in range(2))
    assert torch.equal(once, again)
    assert not torch.equal(once, _feed(AcceleratorFeed, epoch=1)[3][0])


def test_each_view_is_of_the_cell_that_its_target_names() -> None:
    shades = np.array([30, 120, 210] * 3, np.uint8)
    flat = np.broadcast_to(shades[:, None, None, None], (9, 48, 48, 3)).copy()
    off = dict.fromkeys(("crop", "colour", "haze", "blur", "codec", "noise"), 0.0)
    kind = AcceleratorFeed
    sources = [
        Pictures(contexts=kind.held(cells), targets=np.arange(len(cells)) % 3, weight=1.0)
        for cells in (flat[:6], flat[6:])
    ]
    changes = {"augmentation": Augmentation(**off), "light": "as_is"}
    views, targets = kind(sources, **SETTINGS | changes)[0]
    np.testing.assert_array_equal(views[:, 16, 16, 0].numpy(), shades[targets.argmax(1)])


def test_negatives_come_last_without_a_target() -> None:
    feed = _feed(AcceleratorFeed, negatives=np.zeros((4, 48, 48, 3), np.uint8), share=0.25)
    views, targets = feed[0]
    assert len(views) == len(targets) == 40
    assert not targets[30:].any()
    assert targets[:30].any(1).all()
    assert feed.share == 0.25


def test_mixed_views_have_targets_of_both() -> None:
    views, targets = _feed(AcceleratorFeed, mixing=Mixing(mixup=1.0))[0]
    assert views.dtype == torch.uint8
    assert ((targets > 0).sum(1) > 1).any()
    np.testing.assert_allclose(targets.sum(1), 1, rtol=1e-6)
