"""The marked cells of drawn fields in crops, asked of the shipped model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.train import command
from train.sources import Source
from train.sources.fields import check
from train.study.crops.perform import SIDES, around, perform
from train.study.crops.table import markdown
from wbc_edge.errors import UsageError


@pytest.mark.parametrize(
    ("side", "square"),
    [(1, (40, 30, 80, 70)), (2, (20, 10, 100, 90)), (2.5, (10, 0, 110, 100)), (2.6, None)],
)
def test_a_crop_lies_about_its_cell_and_within_the_field(
    side: float, square: tuple[int, ...] | None
) -> None:
    assert around((40, 35, 80, 65), side, (200, 100)) == square


def test_a_crop_of_a_cell_at_the_edge_is_moved_into_the_field() -> None:
    assert around((180, 80, 200, 100), 3, (200, 100)) == (140, 40, 200, 100)
    assert around((0, 0, 20, 10), 2, (200, 100)) == (0, 0, 40, 40)


def test_a_cell_is_named_alike_however_wide_its_crop(slides: Path) -> None:
    rows = perform("edge", Source(reader="chula", path=slides))
    assert tuple(row.side for row in rows) == SIDES
    assert {row.cells for row in rows} == {20}
    first, *wider = rows
    assert first.change is None
    assert first.top1.value == first.found.value == 1
    for row in wider:
        # Wider crops show the field's other cell, too, and that may be nearer to the middle.
        assert row.side > 2 or row.found.value == row.top1.value == 1
        assert row.change is not None
        assert row.change.value == pytest.approx(row.top1.value - 1)
    assert "| edge | chula | 1.1 | 20 | 100.00 %" in markdown(rows, "crops.jpg", "made by")


def test_a_side_at_which_no_crop_fits_has_no_row(slides: Path) -> None:
    rows = perform("nano", Source(reader="chula", path=slides), sides=(2.0, 7.0))
    assert [row.side for row in rows] == [2.0]


def test_what_has_no_marked_cells_is_refused(slides: Path) -> None:
    with pytest.raises(UsageError, match="folder has no fields; bccd, chula have"):
        check([Source(reader="chula", path=slides), Source(reader="folder", path=slides)])


def test_the_page_has_its_figures_and_a_sheet_beside_it(
    slides: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "crops.md"
    arguments = ["study", "crops", "nano", "--data", f"chula:{slides}", "--out", str(out)]
    assert command.run(monkeypatch, *arguments) == 0
    assert "![A drawn cell in crops of these sides](crops.jpg)" in out.read_text()
    rows = json.loads(out.with_suffix(".json").read_text())["rows"]
    assert [row["side"] for row in rows] == list(SIDES)
    with Image.open(out.with_suffix(".jpg")) as picture:
        assert picture.width == 160 * len(SIDES)
