from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.wbc_edge.discs import beside, disc
from wbc_edge import nuclei, synthetic
from wbc_edge.camshift import Search
from wbc_edge.nuclei import find_nuclei


def test_sums_that_are_renewed_are_those_of_the_map_as_it_is() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        grid = rng.random((rng.integers(5, 30), rng.integers(5, 30)))
        half = int(rng.integers(1, 4))
        sums = nuclei._window_sums(grid, half)
        y, x = rng.integers(0, grid.shape)
        around = grid[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1]
        assert sums[y, x] == pytest.approx(around.sum())
        changed = rng.choice(grid.size, rng.integers(1, 6), replace=False)
        grid.flat[changed] = 0
        nuclei._renew(sums, grid, changed, half)
        np.testing.assert_allclose(sums, nuclei._window_sums(grid, half), atol=1e-12)


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
    found, are_all = find_nuclei(Image.fromarray(pixels))
    assert are_all
    # A cell is a twelfth of such a field.
    assert _matched(found, places, size / 20) == [1] * len(kinds)
    assert len(found) == len(kinds)


@pytest.mark.parametrize("seed", range(3))
def test_small_cells_of_a_full_field_are_not_lost_where_some_of_them_merge(seed: int) -> None:
    kinds = ["neutrophil", "lymphocyte", "monocyte", "eosinophil", "neutrophil", "neutrophil"] * 12
    style = replace(synthetic.PBC, scale=synthetic.PBC.scale / 3)
    pixels, places = synthetic.draw_smear(kinds, seed=30 + seed, size=1620, style=style)
    found, are_all = find_nuclei(Image.fromarray(pixels))
    assert are_all
    assert _matched(found, places, 1620 / 60).count(1) >= 71
    assert len(found) <= 73


def test_cells_far_smaller_than_the_field_are_found_beside_two_that_touch() -> None:
    lonely = [(200 * column, 200 * row, 11) for column in range(1, 11) for row in range(1, 8)]
    pair = [(1300, 1500, 11), (1325, 1510, 11)]
    discs = (disc(*one, size=(2200, 1650)) for one in (*lonely, *pair))
    assert len(find_nuclei(beside(*discs))[0]) == len(lonely) + len(pair)


def test_discs_are_found_where_they_are_from_the_top_to_the_bottom() -> None:
    discs = [(60, 40, 9), (230, 50, 12), (150, 150, 10), (40, 210, 14), (300, 200, 8)]
    crowded = beside(*(disc(*one, size=(340, 260)) for one in discs))
    found, _ = find_nuclei(crowded)
    assert len(found) == len(discs)
    for one, expected in zip(found, sorted(discs, key=lambda disc: disc[1]), strict=True):
        assert one == pytest.approx(expected, abs=2.5)


def test_lobes_are_one_nucleus_and_neighbours_two_in_a_field_as_well() -> None:
    def side_by_side(distance: float) -> int:
        pair = (disc(170 + sign * distance / 2, 130, 10, (340, 260)) for sign in (-1, 1))
        return len(find_nuclei(beside(*pair))[0])

    assert [side_by_side(distance) for distance in (18, 22, 50, 90)] == [1, 1, 2, 2]


def test_a_field_without_stain_has_no_nuclei() -> None:
    assert find_nuclei(Image.new("RGB", (400, 300), (240, 230, 220))) == ([], True)
    assert find_nuclei(Image.new("RGB", (400, 300))) == ([], True)
    assert find_nuclei(Image.new("RGB", (1, 1), (90, 40, 140))) == ([], True)


def test_specks_all_over_a_field_are_not_looked_for_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = np.random.default_rng(0).integers(10, (3990, 2990), (4000, 2))
    field = Image.new("RGB", (4000, 3000), (240, 230, 220))
    draw = ImageDraw.Draw(field)
    for x, y in places.tolist():
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=(90, 40, 140))
    settled, calls = Search.settled, []
    monkeypatch.setattr(
        Search, "settled", lambda *given: calls.append(len(given[0].stained)) or settled(*given)
    )
    _, are_all = find_nuclei(field)
    assert not are_all
    assert sum(calls) < 4 * nuclei.MOST_WORK


def test_noise_holds_no_crowd_of_nuclei() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    assert len(find_nuclei(Image.fromarray(noise))[0]) < 500
