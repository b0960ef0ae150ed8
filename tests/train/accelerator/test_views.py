from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from train import augment
from train.augment import Augmentation
from wbc_edge import light, synthetic

torch = pytest.importorskip("torch", reason="`make test-backends` installs it")

from train.accelerator.views import views, whitened  # noqa: E402

CELLS = np.stack([synthetic.draw("neutrophil", seed=seed, size=96) for seed in range(60)])
BATCH = torch.as_tensor(CELLS).permute(0, 3, 1, 2)
OFF = dict.fromkeys(("crop", "colour", "haze", "blur", "codec", "noise"), 0.0)
KINDS = (*OFF, "hed", "reinhard", "tint", "hue", "fade", "filter", "expose", "sharpen")


def _views(how: Augmentation, seed: int = 0) -> np.ndarray:
    made = views(BATCH, (64, 64), how, np.random.default_rng(seed))
    return made.permute(0, 2, 3, 1).numpy()


def test_views_are_whole_grey_levels_and_all_differ() -> None:
    made = _views(Augmentation(**dict.fromkeys(KINDS, 0.5)))
    assert made.shape == (60, 64, 64, 3)
    assert made.min() >= 0
    assert made.max() <= 255
    np.testing.assert_array_equal(made, made.round())
    assert len({view.tobytes() for view in made}) == 60


def test_the_same_chance_gives_the_same_views() -> None:
    np.testing.assert_array_equal(_views(Augmentation()), _views(Augmentation()))
    assert (_views(Augmentation()) != _views(Augmentation(), seed=1)).any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_changes_views_as_often_as_it_is_asked_to(kind: str) -> None:
    # Of the same chance: where half of the pictures change, the others are as they were.
    base = {**OFF, "scale": 1, "shift": 0}
    plain, some = (_views(Augmentation(**base | {kind: share})) for share in (0.0, 0.5))
    if kind == "crop":  # what is drawn for it comes before the turns
        assert (plain != some).any()
        return
    changed = (plain != some).any((1, 2, 3)).mean()
    assert 0.25 < changed < 0.75


def test_a_plain_view_keeps_its_colours() -> None:
    strong = {**OFF, "colour": 1.0, "blur": 1.0, "noise": 1.0}
    np.testing.assert_array_equal(
        _views(Augmentation(**strong, plain=1.0)), _views(Augmentation(**OFF, plain=1.0))
    )


def test_the_views_of_all_kinds_are_spread_as_those_of_single_pictures() -> None:
    how = Augmentation(**dict.fromkeys(KINDS, 0.3), scale=1.3)
    rng = np.random.default_rng(0)
    expected = np.stack(
        [augment.view(cell, (64, 64), how, rng) for cell in np.tile(CELLS, (4, 1, 1, 1))]
    )
    made = np.concatenate([_views(how, seed) for seed in range(4)])

    def figures(some: np.ndarray) -> Any:
        some = some.astype(float)
        return [some.mean(), some.mean((1, 2, 3)).std(), some.std((1, 2, 3)).mean()]

    np.testing.assert_allclose(figures(made), figures(expected), rtol=0.15)


def test_the_lamp_is_taken_out_as_on_the_device() -> None:
    yellow = (CELLS[:5] * np.array([1, 0.9, 0.6])).astype(np.uint8)
    made = whitened(torch.as_tensor(yellow).permute(0, 3, 1, 2).float()).permute(0, 2, 3, 1).numpy()
    expected = np.stack([np.asarray(light.whitened(Image.fromarray(cell))) for cell in yellow])
    # The last bit of a product decides where a level lies between two.
    assert np.abs(made - expected).max() <= 1
    assert (made != expected).mean() < 0.01
