from __future__ import annotations

import numpy as np
import pytest

from train.augment import Augmentation, view
from wbc_edge import synthetic

CONTEXT = synthetic.draw("neutrophil", seed=5, size=96)
NOTHING = Augmentation(crop=0, colour=0, haze=0, blur=0, codec=0, noise=0)


def _views(how: Augmentation, count: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([view(CONTEXT, (64, 64), how, rng) for _ in range(count)])


def test_views_are_pictures_of_the_asked_size_and_all_differ() -> None:
    views = _views(Augmentation())
    assert views.shape == (8, 64, 64, 3)
    assert views.dtype == np.uint8
    assert len({v.tobytes() for v in views}) == 8


def test_the_same_chance_gives_the_same_views() -> None:
    np.testing.assert_array_equal(_views(Augmentation()), _views(Augmentation()))
    assert (_views(Augmentation()) != _views(Augmentation(), seed=1)).any()


def test_turning_alone_keeps_the_cell_in_the_middle_and_its_colours() -> None:
    for picture in _views(NOTHING):
        centre, rim = picture[24:40, 24:40].mean(), picture[:8].mean()
        assert centre < rim - 20, "the dark nucleus belongs in the middle"
        assert abs(picture.mean() - CONTEXT[16:80, 16:80].mean()) < 25


@pytest.mark.parametrize("kind", ["crop", "colour", "haze", "blur", "codec", "noise"])
def test_every_kind_changes_the_picture(kind: str) -> None:
    how = Augmentation(
        **{k: float(k == kind) for k in ("crop", "colour", "haze", "blur", "codec", "noise")}
    )
    context = np.ascontiguousarray(CONTEXT)
    plain = view(context, (64, 64), NOTHING, np.random.default_rng(3))
    assert (view(context, (64, 64), how, np.random.default_rng(3)) != plain).any()
    np.testing.assert_array_equal(context, CONTEXT)


def test_another_stain_shifts_colours_but_leaves_the_order_of_dark_and_bright() -> None:
    how = Augmentation(crop=0, colour=1, haze=0, blur=0, codec=0, noise=0, scale=1, shift=0)
    for picture in _views(how):
        assert picture[24:40, 24:40].mean() < picture[:6].mean()
