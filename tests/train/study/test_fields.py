"""Drawn fields with marks, as the Chula set has them, asked of the shipped model."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from PIL import Image

from tests.train import command
from tests.train.study.conftest import KINDS
from train.sources import Source, groups
from train.sources.fields import Field, chula
from train.split import parted
from train.study.fields.perform import dealt, perform
from train.study.fields.table import markdown
from wbc_edge.errors import UsageError
from wbc_edge.fields import FieldCell
from wbc_edge.measure.intervals import group_index, proportion, wilson


def test_marks_have_the_names_of_their_numbers(slides: Path) -> None:
    fields = list(chula(slides))
    assert len(fields) == 10
    assert {field.names for field in fields} == {KINDS}
    assert {field.group for field in fields} == {f"S-{number}" for number in range(10)}


def test_marked_cells_are_found_and_the_unmarked_one_is_told_apart(slides: Path) -> None:
    seen = perform("edge", Source(reader="chula", path=slides))
    assert (seen.fields, seen.marked + seen.cut) == (10, 20)
    assert seen.found.value == 1
    assert seen.answered == 1
    assert seen.dismissed == 0
    # One slide of ten is the test part, with a cell of each kind.
    assert seen.named == 2
    assert seen.right.value == 1
    # A drawn monocyte, of which not every network is sure.
    assert seen.others in ({"monocyte": 1}, {"unclassified": 1})
    assert "| edge | chula, 10 |" in markdown([seen], "fields.jpg", "made by")


def test_a_table_that_parts_slides_hides_no_test_field(slides: Path, tmp_path: Path) -> None:
    table = tmp_path / "groups.csv"
    groups.write({f"{kind}/S-{n}.png": f"{n // 2}" for kind in KINDS for n in range(10)}, table)
    source = Source(reader="chula", path=slides, groups=table)
    split = parted({source.name: source.read()})[source.name]
    seen = perform("edge", source)
    assert 0 < seen.named <= len(split.parts["test"])  # the edges of fields cut some


def test_a_source_without_fields_is_refused(slides: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder has no fields; bccd, chula have"):
        perform("edge", Source(reader="folder", path=slides / "crops"))
    with pytest.raises(UsageError, match="no field with a marked cell"):
        perform("edge", Source(reader="chula", path=tmp_path))


def test_cells_in_marks_that_overlap_are_each_found_and_slides_count_as_one(
    slides: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cell(x: float) -> FieldCell:
        said = SimpleNamespace(reason=None, label="neutrophil")
        return cast(FieldCell, SimpleNamespace(prediction=said, nucleus=(x, 50.0, 9.0)))

    picture = tmp_path / "field.png"
    Image.new("RGB", (100, 100)).save(picture)
    boxes = ((20.0, 20.0, 60.0, 80.0), (40.0, 20.0, 90.0, 80.0))
    names = ("neutrophil", "monocyte")
    made_from = ["one slide", "one slide", "another"]
    fields = [Field(path=picture, group=one, boxes=boxes, names=names) for one in made_from]
    study = "train.study.fields.perform"
    monkeypatch.setattr(f"{study}.fields_of", lambda _: fields)
    monkeypatch.setattr(f"{study}.parts_of", lambda *_: {one: {"test"} for one in made_from})
    monkeypatch.setattr(f"{study}.find_cells", lambda *_: ([cell(50), cell(55), cell(50)], []))
    seen = perform("edge", Source(reader="chula", path=slides))
    assert (seen.marked, seen.answered, seen.named, seen.twice) == (6, 1, 6, 3)
    together = group_index(6, ["one slide"] * 4 + ["another"] * 2)
    assert seen.found == proportion(np.ones(6, bool), together)
    assert seen.right == proportion(np.array([True, False] * 3), together)
    alone = wilson(3, 6)
    assert seen.right.value == 0.5
    assert seen.right.high - seen.right.low >= alone.high - alone.low


def test_no_nucleus_keeps_another_from_its_mark() -> None:
    both, first_alone = [True, True], [True, False]
    whole = np.array([True, True])
    assert dealt(np.array([both, first_alone]), whole) == {0: 1, 1: 0}
    assert dealt(np.array([first_alone, first_alone]), whole) in ({0: 0}, {1: 0})
    # Of a whole mark and one that an edge cuts, the nucleus within both is the whole one's.
    assert dealt(np.array([both]), np.array([False, True])) == {0: 1}
    assert dealt(np.zeros((0, 2), bool), whole) == {}


def test_the_command_writes_page_figures_and_picture(
    slides: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "docs" / "fields.md"
    arguments = ["study", "fields", "nano", "--data", f"chula:{slides}", "--out", str(out)]
    assert command.run(monkeypatch, *arguments) == 0
    assert "![A drawn field, its cells marked](fields.jpg)" in out.read_text()
    assert json.loads(out.with_suffix(".json").read_text())["rows"][0]["found"]["value"] == 1
    with Image.open(out.with_suffix(".jpg")) as picture:
        assert picture.size == (1080, 1080)
