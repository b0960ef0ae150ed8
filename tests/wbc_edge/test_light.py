"""The lamp is taken out of a view, and nothing else."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest

from wbc_edge import synthetic
from wbc_edge.light import DARKEST, WHITE, whitened


def _cell() -> np.ndarray:
    return synthetic.draw("monocyte", seed=3, size=96)


def _under(pixels: np.ndarray, lamp: tuple[float, ...]) -> PIL.Image.Image:
    return PIL.Image.fromarray(np.round(pixels * lamp).astype(np.uint8))


@pytest.mark.parametrize("lamp", [(1.0, 0.85, 0.5), (0.5, 0.5, 0.6), (0.4, 0.3, 0.35)])
def test_a_cell_looks_the_same_under_any_lamp(lamp: tuple[float, ...]) -> None:
    plain = np.asarray(whitened(PIL.Image.fromarray(_cell())), np.int16)
    other = np.asarray(whitened(_under(_cell(), lamp)), np.int16)
    assert np.abs(plain - other).max() <= 6


def test_the_background_comes_to_white() -> None:
    seen = np.asarray(whitened(_under(_cell(), (0.7, 0.6, 0.3))))
    np.testing.assert_allclose(np.percentile(seen, 90, axis=(0, 1)), WHITE, atol=3)


@pytest.mark.parametrize("level", range(DARKEST, 256, 5))
def test_an_even_background_comes_to_white_itself(level: int) -> None:
    field = PIL.Image.new("RGB", (8, 8), (level, level, level))
    assert whitened(field).getpixel((0, 0)) == (WHITE,) * 3


def test_darkness_is_not_blown_up_to_light() -> None:
    night = np.full((8, 8, 3), 3, np.uint8)
    seen = np.asarray(whitened(PIL.Image.fromarray(night)))
    assert seen.max() <= 3 * WHITE / DARKEST
