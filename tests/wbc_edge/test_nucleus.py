from __future__ import annotations

import math

import pytest
from PIL import Image, ImageDraw

from tests.wbc_edge.discs import beside, disc
from wbc_edge.nucleus import find_nucleus, is_one_of_several


@pytest.mark.parametrize(("x", "y", "radius"), [(100, 75, 20), (80, 60, 35), (125, 90, 12)])
def test_a_disc_is_found_where_it_is_and_as_large_as_it_is(
    x: float, y: float, radius: float
) -> None:
    nucleus = find_nucleus(disc(x, y, radius))
    assert nucleus is not None
    assert nucleus == pytest.approx((x, y, radius), abs=2.5)


@pytest.mark.parametrize("size", [(360, 363), (363, 360), (640, 480), (500, 300), (1000, 620)])
def test_a_disc_is_found_where_it_is_in_pictures_of_any_sides(size: tuple[int, int]) -> None:
    """Also where the sides of its map, which are whole, are not in their proportion."""
    for x, y in ((0.5, 0.5), (0.62, 0.4)):
        there = x * size[0], y * size[1], 0.18 * min(size)
        nucleus = find_nucleus(disc(*there, size))
        assert nucleus is not None
        assert nucleus[:2] == pytest.approx(there[:2], abs=0.6)


@pytest.mark.parametrize(
    ("cell", "neighbours"),
    [
        ((100, 75, 12), [(62, 75, 16), (138, 90, 16)]),
        ((100, 75, 12), [(65, 60, 14), (135, 60, 14), (100, 115, 14)]),
        ((90, 70, 16), [(45, 80, 18), (135, 60, 18)]),
    ],
)
def test_neighbours_do_not_widen_the_square(
    cell: tuple[float, float, float], neighbours: list[tuple[float, float, float]]
) -> None:
    crowded = beside(disc(*cell), *(disc(*other) for other in neighbours))
    assert find_nucleus(crowded) == pytest.approx(cell, abs=2)


def among(cell: tuple[float, float, float], reach: int, step: int, **drawn: object) -> Image.Image:
    """A small cell among many round ones that reach so far, one each step, drawn by Pillow so."""
    size = 400
    picture = disc(*cell, size=(size, size))
    pen = ImageDraw.Draw(picture)
    for x in range(reach, size, step):
        for y in range(reach, size, step):
            if math.hypot(x - cell[0], y - cell[1]) > cell[2] + reach:
                pen.ellipse((x - reach, y - reach, x + reach, y + reach), **drawn)
    return picture


CELLS = [(200, 200, 22), (200, 200, 32), (150, 240, 26), (290, 130, 26)]


@pytest.mark.parametrize("cell", CELLS)
def test_rims_of_red_cells_do_not_widen_the_square(cell: tuple[float, float, float]) -> None:
    # Dark by refraction.
    rims = among(cell, 20, 44, outline=(90, 40, 140), width=6)
    assert find_nucleus(rims) == pytest.approx(cell, abs=3)


@pytest.mark.parametrize("cell", CELLS)
def test_faintly_stained_cells_do_not_widen_the_square(cell: tuple[float, float, float]) -> None:
    faint = among(cell, 14, 50, fill=(170, 130, 190))
    assert find_nucleus(faint) == pytest.approx(cell, abs=3)


def test_a_platelet_is_not_left_for_a_cell_at_the_side() -> None:
    size = (200, 200)
    grains = [disc(x, y, 4, size) for x, y in ((100, 91), (91, 105), (109, 105))]
    found = find_nucleus(beside(*grains, disc(172, 30, 10, size)))
    assert found == pytest.approx((100, 100, 15), abs=2)


def test_two_lobes_of_one_nucleus_are_found_together() -> None:
    lobes = beside(disc(84, 75, 14), disc(116, 75, 14))
    found = find_nucleus(lobes)
    assert found is not None
    x, y, radius = found
    assert (x, y) == pytest.approx((100, 75), abs=2)
    assert radius > 24


def test_a_cell_among_others_in_a_wide_picture_is_one_of_several() -> None:
    size = (500, 400)
    alone, small = disc(250, 200, 25, size), disc(90, 80, 12, size)
    for picture, several in (
        (alone, False),
        (beside(alone, small), False),  # a platelet, say
        (beside(alone, disc(90, 90, 25, size), disc(420, 330, 25, size)), True),
        (beside(disc(250, 200, 90, size), disc(480, 200, 120, size)), False),  # what a crop cuts
        # As high as one cell, and as long as three.
        (beside(*(disc(x, 60, 28, (360, 120)) for x in (60, 180, 300))), True),
        (disc(180, 60, 28, (360, 120)), False),
    ):
        nucleus = find_nucleus(picture)
        assert nucleus is not None
        assert is_one_of_several(picture, nucleus) == several


def test_what_gets_no_light_is_no_stain() -> None:
    cell = disc(100, 75, 20)
    turned = cell.copy()
    dark = Image.new("RGB", (60, 150))
    turned.paste(dark, (0, 0))
    turned.paste(dark, (160, 0))
    assert find_nucleus(turned) == pytest.approx(find_nucleus(cell), abs=2)
