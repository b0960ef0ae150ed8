from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wbc_edge import Classifier, Limits, synthetic
from wbc_edge.errors import UsageError
from wbc_edge.fields import MORE, Field, examine, find_cells, recorded
from wbc_edge.nuclei import find_nuclei

from .conftest import SMEARED


def test_the_cells_of_a_field_get_the_names_they_have_one_by_one(
    edge: Classifier, smear: tuple[Image.Image, list[tuple[float, float]]]
) -> None:
    picture, places = smear
    cells, cut, _ = find_cells(edge, picture)
    assert cut == ()
    assert [cell.number for cell in cells] == list(range(1, len(SMEARED) + 1))
    for kind, (x, y) in zip(SMEARED, places, strict=True):
        (cell,) = (c for c in cells if abs(c.nucleus.x - x) + abs(c.nucleus.y - y) < 60)
        assert cell.prediction.label == kind


def test_a_nucleus_that_the_edge_cuts_is_left_out(
    edge: Classifier, smear: tuple[Image.Image, list[tuple[float, float]]]
) -> None:
    picture, places = smear
    x, y = places[0]
    halved = picture.crop((round(x), 0, picture.width, picture.height))
    cells, cut, _ = find_cells(edge, halved)
    assert not any(abs(c.nucleus.y - y) < 30 and c.nucleus.x < 60 for c in cells)
    assert any(abs(nucleus.y - y) < 30 and nucleus.x < 60 for nucleus in cut)


def test_a_crowded_field_and_a_strip_lose_no_cells(edge: Classifier) -> None:
    singles = [
        Image.fromarray(synthetic.draw(kind, seed=seed)) for kind in SMEARED for seed in range(6)
    ]
    for across in (6, len(singles)):
        field = Image.new("RGB", (360 * across, 360 * (len(singles) // across)))
        places = [(360 * (n % across), 360 * (n // across)) for n in range(len(singles))]
        for single, place in zip(singles, places, strict=True):
            field.paste(single, place)
        cells, *_ = find_cells(edge, field)
        tiles = [(cell.nucleus.x // 360, cell.nucleus.y // 360) for cell in cells]
        assert len({(x // 360, y // 360) for x, y in places} - set(tiles)) <= 1


@pytest.mark.parametrize("kind", ["lymphocyte", "ig", "monocyte"])
def test_a_field_full_of_white_cells_loses_none(kind: str, edge: Classifier) -> None:
    # As in leukaemia: nuclei cover a fifth of it and more.
    field = Image.new("RGB", (7 * 190, 6 * 190))
    for number in range(42):
        single = Image.fromarray(synthetic.draw(kind, seed=number))
        place = 190 * (number % 7), 190 * (number // 7)
        field.paste(single.crop((85, 85, 275, 275)), place)
    cells, cut, _ = find_cells(edge, field)
    assert len(cells) + len(cut) >= 40


def test_lobes_that_lie_apart_are_one_cell(edge: Classifier) -> None:
    # A neutrophil as large as it gets: its lobes are found one by one on a field's map.
    for seed in range(8):
        single = Image.fromarray(synthetic.draw("neutrophil", seed=seed))
        field = Image.fromarray(synthetic.draw_field(seed=seed, size=900))
        field.paste(single.resize((540, 540)), (180, 180))
        cells, *_ = find_cells(edge, field)
        inside = [c for c in cells if abs(c.nucleus.x - 450) < 180 and abs(c.nucleus.y - 450) < 180]
        named = [cell.prediction.label for cell in inside if not cell.prediction.abstained]
        assert named.count("neutrophil") == 1


def _bilobed() -> NDArray[np.uint8]:
    """An eosinophil with granules where its lobes were joined: the network knows each by itself."""
    pixels = synthetic.draw("eosinophil", seed=0, size=360)
    y, x = np.ogrid[:360, :360]
    between = (abs(0.955 * (x - 183) - 0.296 * (y - 180)) < 14) & (abs(y - 185) < 26)
    pixels[between] = np.roll(pixels, 47, axis=0)[between]
    return pixels


def test_lobes_that_are_each_found_are_one_cell(edge: Classifier) -> None:
    picture = Image.fromarray(_bilobed())
    lobes, _ = find_nuclei(picture)
    assert len(lobes) == 2
    (cell,), cut, _ = find_cells(edge, picture)
    assert (cell.prediction.label, cell.prediction.reason, cut) == ("eosinophil", None, ())
    for lobe in lobes:
        reach = math.hypot(lobe.x - cell.nucleus.x, lobe.y - cell.nucleus.y)
        assert reach + lobe.radius < 1.2 * cell.nucleus.radius


def test_a_lobe_beside_one_that_the_edge_cuts_is_left_out_with_it(edge: Classifier) -> None:
    cells, cut, _ = find_cells(edge, Image.fromarray(_bilobed()[:, :222]))
    assert (cells, len(cut)) == ((), 2)


@pytest.mark.parametrize("seed", range(3))
def test_red_cells_alone_are_no_cells(seed: int, edge: Classifier) -> None:
    field = Image.fromarray(synthetic.draw_field(seed=seed, size=720))
    assert {cell.prediction.reason for cell in find_cells(edge, field)[0]} <= {"not_a_cell"}


def test_a_field_without_a_cell_has_a_row_that_says_so(edge: Classifier) -> None:
    cells, *_ = find_cells(edge, Image.new("RGB", (300, 200), "white"))
    empty = Field(path="empty.png", cells=cells)
    (row,) = empty.rows()
    told = row.to_dict()
    assert told["path"] == "empty.png"
    assert told["cell"] is None
    assert told["label"] is None
    assert told["error"] is None


def test_fields_come_in_order_and_an_unreadable_one_with_its_error(
    edge: Classifier, smear: tuple[Image.Image, list[tuple[float, float]]], tmp_path: Path
) -> None:
    smear[0].save(tmp_path / "b.png")
    (tmp_path / "a.png").write_bytes(b"nothing")
    first, second, third = examine(edge, [tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c"])
    assert first.error is not None
    assert first.error.code == "not_an_image"
    assert len(second.cells) == len(SMEARED)
    assert third.error is not None
    assert third.error.code == "not_found"
    assert second.notes == ()
    small = Classifier(edge.bundle, limits=Limits(max_pixels=1000))
    (large,) = examine(small, [tmp_path / "b.png"])
    assert large.error is not None
    assert large.error.code == "too_many_pixels"


def test_a_field_of_more_cells_than_are_looked_for_is_noted(
    edge: Classifier,
    smear: tuple[Image.Image, list[tuple[float, float]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wbc_edge.nuclei.MOST", len(SMEARED) - 2)
    (found,) = examine(edge, [smear[0]])
    assert found.notes == (MORE,)
    assert 0 < len(found.cells) < len(SMEARED)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_rows_tell_where_each_cell_lies(
    suffix: str,
    edge: Classifier,
    smear: tuple[Image.Image, list[tuple[float, float]]],
    tmp_path: Path,
) -> None:
    found = Field(path="smear.png", cells=find_cells(edge, smear[0])[0], picture=smear[0])
    target = tmp_path / f"cells{suffix}"
    with recorded(str(target), edge.labels) as record:
        record(found)
        record(Field(path="empty.png"))
    text = target.read_text(encoding="utf-8")
    if suffix == ".csv":
        rows = list(csv.DictReader(text.splitlines()))
        places = [(row["cell"], row["x"], row["radius"]) for row in rows]
        expected = [
            (str(c.number), str(round(c.nucleus.x, 1)), str(round(c.nucleus.radius, 1)))
            for c in found.cells
        ]
        assert places == [*expected, ("", "", "")]
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        assert [row["cell"] and row["cell"]["number"] for row in rows] == [1, 2, 3, 4, 5, 6, None]
        assert list(rows[0])[:3] == ["path", "cell", "label"]
        assert set(rows[0]) == set(rows[-1])
    assert [row["label"] or "" for row in rows] == [*(c.prediction.label for c in found.cells), ""]


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match=r"name it .csv or .jsonl"), recorded("cells.txt", ("a",)):
        pass
