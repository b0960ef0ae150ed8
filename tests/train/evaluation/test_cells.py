from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.train.alone import split
from train.evaluation.cells import check_labels, choice, take, take_recorded
from train.run import Run
from train.sources import Source
from train.sources.sample import Sample
from train.split import PARTS, parted
from wbc_edge.errors import UsageError


def _source(path: Path) -> Source:
    return Source(reader="folder", path=path)


def test_parts_are_those_of_the_split_and_make_up_the_whole(drawn_cells: Path) -> None:
    source = _source(drawn_cells)
    (whole,) = take([source], part="all")
    assert len(whole.samples) == 96
    divided = split(source.read())
    for part in PARTS:
        (cells,) = take([source], part=part)
        assert cells.samples == divided.parts[part]
        assert (cells.split_sha256, cells.other) == (divided.sha256, 0)


def test_cells_of_other_classes_are_left_out_and_counted(drawn_cells: Path) -> None:
    (cells,) = take([_source(drawn_cells)], classes=("monocyte", "basophil"))
    assert cells.truth == ["basophil", "monocyte"]
    assert cells.other == 6


def test_copies_of_one_cell_are_one_independent_cell(drawn_cells: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cells" / "monocyte"
    folder.mkdir(parents=True)
    pictures = sorted((drawn_cells / "monocyte").iterdir())[:3]
    for picture in (*pictures, pictures[0]):
        shutil.copy(picture, folder / f"{len(list(folder.iterdir()))}.png")
    (cells,) = take([_source(tmp_path / "cells")], part="all")
    assert len(cells.samples) == 4
    assert len(set(cells.groups)) == 3
    assert cells.groups[0] == cells.groups[3]
    assert not cells.grouped


def test_sources_are_parted_from_one_another_as_a_run_parts_them(
    drawn_cells: Path, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    for picture in sorted(drawn_cells.glob("*/*"))[::2]:
        (copies / picture.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, copies / picture.parent.name)
    given = [_source(drawn_cells), _source(copies)]
    splits = parted({source.name: source.read() for source in given})
    assert any(here.leaks for here in splits.values())
    for cells in take(given, part="train"):
        assert cells.samples == splits[cells.source].parts["train"]
        assert cells.split_sha256 == splits[cells.source].sha256


def test_a_run_is_judged_by_the_split_that_it_wrote_down(run: Run, tmp_path: Path) -> None:
    (cells,) = take_recorded(run)
    assert [s.key for s in cells.samples] == [s.key for s in run.splits["drawn"].parts["test"]]
    moved = Run(Path(shutil.copytree(run.folder, tmp_path / "moved")))
    stored = json.loads(moved.split_file.read_text())
    parts = stored["drawn"]["parts"]
    parts["test"], parts["val"] = parts["val"], parts["test"]
    moved.split_file.write_text(json.dumps(stored))
    (swapped,) = take_recorded(moved)
    assert {s.key for s in swapped.samples} == {row[0] for row in parts["test"]}


def test_a_run_of_an_earlier_release_is_not_judged_by_scenes_that_it_knows(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = run.splits["drawn"].parts
    scenes = {parts["test"][0].key: "a", parts["val"][0].key: "a", parts["test"][1].key: "b"}
    read = Source.read

    def told(source: Source) -> list[Sample]:
        return [replace(s, scene=scenes.get(s.key)) for s in read(source)]

    monkeypatch.setattr(Source, "read", told)
    (cells,) = take_recorded(run)
    assert [s.key for s in cells.samples] == [s.key for s in parts["test"][1:]]
    (everything,) = take_recorded(run, part="all")
    assert parts["test"][0].key in {s.key for s in everything.samples}


def test_a_part_whose_cells_have_gone_is_not_judged_by_the_others(run: Run, tmp_path: Path) -> None:
    moved = Run(Path(shutil.copytree(run.folder, tmp_path / "moved")))
    stored = json.loads(moved.split_file.read_text())
    stored["drawn"]["parts"]["test"].append(["monocyte/gone.png", "monocyte"])
    moved.split_file.write_text(json.dumps(stored))
    with pytest.raises(UsageError, match=r"1 of the \d+ cells .* monocyte/gone\.png first"):
        take_recorded(moved)


def test_nor_are_cells_that_are_others_under_the_same_names(run: Run, tmp_path: Path) -> None:
    moved = Run(Path(shutil.copytree(run.folder, tmp_path / "moved")))
    stored = json.loads(moved.split_file.read_text())
    row = stored["drawn"]["parts"]["test"][2]
    row[2] = "another"
    moved.split_file.write_text(json.dumps(stored))
    with pytest.raises(UsageError, match=rf"1 of the cells .* are others now, {row[0]} first"):
        take_recorded(moved)
    # An earlier release wrote down no bytes.
    del row[2]
    moved.split_file.write_text(json.dumps(stored))
    assert take_recorded(moved)


def test_a_damaged_record_is_named(run: Run, tmp_path: Path) -> None:
    moved = Run(Path(shutil.copytree(run.folder, tmp_path / "moved")))
    for text in ("{", '{"drawn": {"parts": 3}}', "[]"):
        moved.split_file.write_text(text)
        with pytest.raises(UsageError, match=r"split\.json: no readable record"):
            take_recorded(moved)
    moved.split_file.write_text("{}")
    with pytest.raises(UsageError, match=r"split\.json: does not tell the parts of drawn"):
        take_recorded(moved)


def test_what_cannot_be_taken_is_refused(drawn_cells: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="found no labelled cell"):
        take([_source(tmp_path / "empty")])
    with pytest.raises(UsageError, match="no part 'exam'"):
        take([_source(drawn_cells)], part="exam")
    with pytest.raises(UsageError, match="no cell of blast in its part 'test'"):
        take([_source(drawn_cells)], classes=("blast",))
    with pytest.raises(UsageError, match="two sources are called 'drawn'"):
        take([_source(drawn_cells), _source(drawn_cells)])


def test_a_choice_names_classes_or_presets() -> None:
    presets = {"mononuclear": ("lymphocyte", "monocyte")}
    assert choice("monocyte, basophil,mononuclear", presets) == [
        "monocyte",
        "basophil",
        "lymphocyte",
    ]
    assert choice(None, presets) == []


@pytest.mark.parametrize(
    ("labels", "classes", "sentence"),
    [
        (("basophil", "monocyte"), ("blast", "monocyte"), "no class 'blast'"),
        (("basophil", "monocyte"), ("monocyte",), "one class alone"),
        (("basophil", "monocyte"), (), "holds the class 'eosinophil', which the model"),
    ],
)
def test_classes_that_do_not_fit_are_named(
    labels: tuple[str, ...], classes: tuple[str, ...], sentence: str, drawn_cells: Path
) -> None:
    cells = take([_source(drawn_cells)])
    with pytest.raises(UsageError, match=sentence):
        check_labels(cells, labels, classes)
