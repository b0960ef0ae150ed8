from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from wbc_edge import Classifier, synthetic
from wbc_edge.fields import Field, find_cells
from wbc_edge.marking import _common, marked
from wbc_edge.nucleus import Nucleus


def test_the_drawing_marks_the_cells_and_leaves_the_field_as_it_is(
    edge: Classifier, smear: tuple[Image.Image, list[tuple[float, float]]]
) -> None:
    picture, _ = smear
    before = np.asarray(picture).copy()
    found = Field(path="smear.png", cells=find_cells(edge, picture)[0], picture=picture)
    drawn = np.asarray(marked(found))
    np.testing.assert_array_equal(np.asarray(picture), before)
    assert drawn.shape == before.shape
    changed = (drawn != before).any(axis=2)
    for cell in found.cells:
        x, y, radius = cell.nucleus
        ring = slice(max(0, round(y - 2 * radius)), round(y + 2 * radius))
        across = slice(max(0, round(x - 2 * radius)), round(x + 2 * radius))
        assert changed[ring, across].any()
        # The nucleus itself stays to be seen.
        assert not changed[round(y), round(x)]
    assert changed.mean() < 0.1


def test_a_large_field_is_drawn_smaller(edge: Classifier) -> None:
    pixels, _ = synthetic.draw_smear(["neutrophil"], seed=0, size=2000)
    picture = Image.fromarray(pixels)
    found = Field(path="large.png", cells=find_cells(edge, picture)[0], picture=picture)
    assert marked(found).size == (1600, 1600)


def test_what_the_edge_cuts_is_marked_too() -> None:
    picture = Image.new("RGB", (200, 100), "white")
    cut = Nucleus(5.0, 50.0, 10.0)
    drawn = np.asarray(marked(Field(path="a.png", cut=(cut,), picture=picture)))
    assert (drawn != 255).any()
    assert (drawn[:, 60:] == 255).all()


def test_areas_have_in_common_what_lies_in_both() -> None:
    assert _common((0, 0, 4, 4), (2, 3, 9, 9)) == 2
    assert _common((0, 0, 4, 4), (4, 0, 9, 9)) == 0


def test_a_field_without_a_picture_cannot_be_marked() -> None:
    with pytest.raises(ValueError, match="has no picture"):
        marked(Field(path="a.png"))
