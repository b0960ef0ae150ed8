from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import pytest

from train import augment
from train.augment import Augmentation, view
from wbc_edge import synthetic

CONTEXT = synthetic.draw("neutrophil", seed=5, size=96)
OFF = dict.fromkeys(("crop", "colour", "haze", "blur", "codec", "noise"), 0.0)
NOTHING = Augmentation(**OFF)


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


KINDS = (*OFF, "hed", "reinhard", "tint", "hue", "fade", "filter", "expose", "sharpen")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_the_picture(kind: str) -> None:
    how = Augmentation(**OFF | {kind: 1.0})
    context = np.ascontiguousarray(CONTEXT)
    plain = view(context, (64, 64), NOTHING, np.random.default_rng(3))
    assert (view(context, (64, 64), how, np.random.default_rng(3)) != plain).any()
    np.testing.assert_array_equal(context, CONTEXT)


def test_another_stain_shifts_colours_but_leaves_the_order_of_dark_and_bright() -> None:
    how = Augmentation(crop=0, colour=1, haze=0, blur=0, codec=0, noise=0, scale=1, shift=0)
    for picture in _views(how):
        assert picture[24:40, 24:40].mean() < picture[:6].mean()


def test_kinds_that_are_off_leave_the_others_as_they_were() -> None:
    np.testing.assert_array_equal(_views(Augmentation(dyes=0.3)), _views(Augmentation()))


def test_a_plain_view_keeps_its_colours_and_its_sharpness() -> None:
    strong = {"crop": 0.0, "colour": 1.0, "blur": 1.0, "noise": 1.0, "tint": 1.0}
    plain = _views(Augmentation(**strong, plain=1.0))
    np.testing.assert_array_equal(plain[0], _views(NOTHING)[0])
    some = _views(Augmentation(**strong, plain=0.5), count=40)
    sharp = [np.abs(np.diff(picture.astype(int), axis=0)).mean() for picture in some]
    assert max(sharp) > 1.5 * min(sharp)


def test_a_greater_defocus_leaves_less_to_see_and_none_leaves_all() -> None:
    def edges(defocus: float) -> float:
        views = _views(Augmentation(**OFF | {"blur": 1.0}, defocus=defocus, scale=1, shift=0), 40)
        return float(np.abs(np.diff(views.astype(int), axis=1)).mean())

    assert edges(6.0) < 0.9 * edges(2.2) < edges(0.0)


def test_changed_dyes_leave_white_white_and_the_order_of_dark_and_bright() -> None:
    how = Augmentation(**OFF | {"hed": 1.0, "dyes": 0.3, "scale": 1, "shift": 0})
    for picture in _views(how):
        assert picture[24:40, 24:40].mean() < picture[:6].mean()
    white = np.full((32, 32, 3), 255, np.uint8)
    # Half as much of the first dye, twice as much of the third, and nothing added.
    drawn = iter([np.array([-0.5, 0, 1]), np.zeros(3)])
    chance = cast(np.random.Generator, SimpleNamespace(uniform=lambda *_: next(drawn)))
    assert augment.LOOKS["hed"](white, how, chance).min() >= 254


def test_another_slide_gives_its_mean_and_spread_of_colour() -> None:
    rng = np.random.default_rng(4)
    matched = [augment.LOOKS["reinhard"](CONTEXT, NOTHING, rng) for _ in range(40)]
    lab = [cv2.cvtColor(m.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for m in matched]
    lightness = np.array([picture[..., 0].mean() for picture in lab])
    assert abs(lightness.mean() - augment.SLIDE_MEAN[0, 0]) < 10
    assert 5 < lightness.std() < 20
