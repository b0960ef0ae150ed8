from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.wbc_edge.discs import disc
from wbc_edge import synthetic
from wbc_edge.card import Framing
from wbc_edge.framing import Box, background, frame, nucleus_of, pad, widened

CELL = Framing(method="cell", scale=2.2)
LEUKOCYTES = ("basophil", "eosinophil", "ig", "lymphocyte", "monocyte", "neutrophil")


def square(picture: Image.Image, framing: Framing) -> Box:
    return frame(picture, framing, nucleus_of(picture, framing))


def test_the_square_has_the_asked_number_of_nuclear_diameters() -> None:
    left, upper, right, lower = square(disc(100, 75, 20), CELL)
    assert right - left == pytest.approx(lower - upper)
    assert right - left == pytest.approx(2.2 * 40, rel=0.08)
    assert ((left + right) / 2, (upper + lower) / 2) == pytest.approx((100, 75), abs=2)


@pytest.mark.parametrize("label", LEUKOCYTES)
def test_a_cell_looks_the_same_size_whatever_the_magnification(label: str) -> None:
    shares = []
    for scale in (0.7, 1.0, 1.5):
        cell = synthetic.draw(label, seed=3, style=synthetic.Style(scale=scale))
        left, _, right, _ = square(Image.fromarray(cell), CELL)
        shares.append((right - left) / scale)
    assert max(shares) / min(shares) < 1.25


@pytest.mark.parametrize("label", LEUKOCYTES)
def test_the_lamp_does_not_move_the_square(label: str) -> None:
    cell = synthetic.draw(label, seed=4).astype(float)
    plain = square(Image.fromarray(cell.astype(np.uint8)), CELL)
    for lamp in ((0.8, 0.95, 1.0), (1.0, 0.8, 0.7)):
        tinted = Image.fromarray((cell * lamp).astype(np.uint8))
        assert square(tinted, CELL) == pytest.approx(plain, abs=0.04 * cell.shape[0])


def test_red_cells_and_empty_fields_fall_back_to_the_centre() -> None:
    whole = (0.0, 0.0, 120.0, 120.0)
    blank = Image.new("RGB", (120, 120), (240, 230, 220))
    assert square(blank, CELL) == whole
    assert square(Image.new("RGB", (120, 120)), CELL) == whole


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (7, 3), (4000, 20)])
def test_odd_sizes_still_give_a_square(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    left, upper, right, lower = square(Image.fromarray(noise), CELL)
    assert right > left
    assert right - left == pytest.approx(lower - upper)


def test_a_platelet_is_not_blown_up_to_a_leukocyte() -> None:
    left, _, right, _ = square(disc(100, 75, 4), CELL)
    assert right - left == pytest.approx(0.35 * 150)


def test_centre_is_a_share_of_the_shorter_side() -> None:
    picture = Image.new("RGB", (200, 100))
    assert square(picture, Framing(method="centre", scale=0.5)) == (75, 25, 125, 75)


def test_widening_keeps_the_centre() -> None:
    assert widened((10, 20, 30, 60), 1.5) == (5, 10, 35, 70)
    assert widened((10, 20, 30, 60), 1) == (10, 20, 30, 60)


def test_a_box_inside_needs_no_padding() -> None:
    picture = disc(100, 75, 20)
    same, box = pad(picture, (0, 0, 200, 150))
    assert same is picture
    assert box == (0, 0, 200, 150)


def test_padding_continues_the_field_and_moves_the_box() -> None:
    picture = disc(100, 75, 20)
    padded, box = pad(picture, (-10.5, 5, 189.5, 205))
    assert padded.size == (211, 205)
    assert box == (0.5, 5, 200.5, 205)
    pixels = np.asarray(padded)
    np.testing.assert_array_equal(pixels[:150, 11:], np.asarray(picture))
    assert (pixels[:, :11] == 235).all()
    assert (pixels[150:] == 235).all()


def test_the_background_is_the_bright_end_of_the_picture() -> None:
    rgb = synthetic.draw("neutrophil", seed=1)
    expected = np.percentile(rgb.reshape(-1, 3), 90, axis=0)
    np.testing.assert_allclose(background(rgb), expected, atol=4)


@pytest.mark.parametrize("size", [(200_000, 1), (1, 200_000), (3, 5000)])
def test_a_strip_is_not_padded_to_a_square_of_its_length(size: tuple[int, int]) -> None:
    strip = Image.new("RGB", size, (240, 235, 240))
    middle = size[0] // 2, size[1] // 2
    strip.paste((90, 50, 150), (*middle, middle[0] + max(1, size[0] // 9), middle[1] + 400))
    box = square(strip, Framing(method="cell", scale=2.2))
    padded, _ = pad(strip, box)
    assert padded.width * padded.height < 100 * strip.width * strip.height
    assert padded.width * padded.height < 5_000_000
