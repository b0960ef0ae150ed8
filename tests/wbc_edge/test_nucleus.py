from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from wbc_edge import nucleus, synthetic
from wbc_edge.nucleus import find_nuclei, find_nucleus


def disc(
    x: float, y: float, radius: float, size: tuple[int, int] = (200, 150), field: int = 235
) -> Image.Image:
    """A purple disc, as a stained nucleus, on a light field of (width, height) `size`."""
    across, down = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    rgb = np.full((size[1], size[0], 3), field, np.uint8)
    rgb[(across - x) ** 2 + (down - y) ** 2 < radius**2] = (90, 40, 140)
    return Image.fromarray(rgb)


@pytest.mark.parametrize(("x", "y", "radius"), [(100, 75, 20), (80, 60, 35), (125, 90, 12)])
def test_a_disc_is_found_where_it_is_and_as_large_as_it_is(
    x: float, y: float, radius: float
) -> None:
    nucleus = find_nucleus(disc(x, y, radius))
    assert nucleus is not None
    assert nucleus == pytest.approx((x, y, radius), abs=2.5)


def _beside(first: Image.Image, *others: Image.Image) -> Image.Image:
    """The darker of all at each place: their cells in one field."""
    return Image.fromarray(np.minimum.reduce([np.asarray(picture) for picture in (first, *others)]))


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
    crowded = _beside(disc(*cell), *(disc(*other) for other in neighbours))
    assert find_nucleus(crowded) == pytest.approx(cell, abs=2)


def test_two_lobes_of_one_nucleus_are_found_together() -> None:
    lobes = _beside(disc(84, 75, 14), disc(116, 75, 14))
    found = find_nucleus(lobes)
    assert found is not None
    x, y, radius = found
    assert (x, y) == pytest.approx((100, 75), abs=2)
    assert radius > 24


def test_what_gets_no_light_is_no_stain() -> None:
    cell = disc(100, 75, 20)
    turned = cell.copy()
    dark = Image.new("RGB", (60, 150))
    turned.paste(dark, (0, 0))
    turned.paste(dark, (160, 0))
    assert find_nucleus(turned) == pytest.approx(find_nucleus(cell), abs=2)


def test_sums_that_are_renewed_are_those_of_the_map_as_it_is() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        grid = rng.random((rng.integers(5, 30), rng.integers(5, 30)))
        half = int(rng.integers(1, 4))
        sums = nucleus._window_sums(grid, half)
        y, x = rng.integers(0, grid.shape)
        around = grid[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1]
        assert sums[y, x] == pytest.approx(around.sum())
        changed = rng.choice(grid.size, rng.integers(1, 6), replace=False)
        grid.flat[changed] = 0
        nucleus._renew(sums, grid, changed, half)
        np.testing.assert_allclose(sums, nucleus._window_sums(grid, half), atol=1e-12)


def _matched(
    found: list[tuple[float, float, float]], places: list[tuple[float, float]], reach: float
) -> list[int]:
    """How many of what was found lies within reach of each place."""
    return [sum(math.dist((x, y), place) < reach for x, y, _ in found) for place in places]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [540, 1080, 2000])
def test_every_white_cell_of_a_drawn_field_is_found_once(seed: int, size: int) -> None:
    kinds = ["basophil", "eosinophil", "ig", "lymphocyte", "monocyte", "neutrophil"]
    pixels, places = synthetic.draw_smear(kinds, seed=seed, size=size)
    found = find_nuclei(Image.fromarray(pixels))
    # A cell is a twelfth of such a field.
    assert _matched(found, places, size / 20) == [1] * len(kinds)
    assert len(found) == len(kinds)


def test_discs_are_found_where_they_are_from_the_top_to_the_bottom() -> None:
    discs = [(60, 40, 9), (230, 50, 12), (150, 150, 10), (40, 210, 14), (300, 200, 8)]
    crowded = _beside(*(disc(*one, size=(340, 260)) for one in discs))
    found = find_nuclei(crowded)
    assert len(found) == len(discs)
    for nucleus, expected in zip(found, sorted(discs, key=lambda one: one[1]), strict=True):
        assert nucleus == pytest.approx(expected, abs=2.5)


def test_lobes_are_one_nucleus_and_neighbours_two_in_a_field_as_well() -> None:
    def side_by_side(distance: float) -> int:
        pair = (disc(170 + sign * distance / 2, 130, 10, (340, 260)) for sign in (-1, 1))
        return len(find_nuclei(_beside(*pair)))

    assert [side_by_side(distance) for distance in (18, 22, 50, 90)] == [1, 1, 2, 2]


def test_a_field_without_stain_has_no_nuclei() -> None:
    assert find_nuclei(Image.new("RGB", (400, 300), (240, 230, 220))) == []
    assert find_nuclei(Image.new("RGB", (400, 300))) == []
    assert find_nuclei(Image.new("RGB", (1, 1), (90, 40, 140))) == []


def test_noise_is_searched_in_no_more_than_a_moment() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    assert len(find_nuclei(Image.fromarray(noise))) < 500
