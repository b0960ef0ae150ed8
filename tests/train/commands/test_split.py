from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.train import command
from tests.train.alone import split
from train import sources


def _split(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    return command.run(monkeypatch, "split", *arguments)


def test_counts_and_hash_are_printed_and_every_cell_is_written(
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "new" / "split.json"
    assert _split(monkeypatch, drawn_cells, "--seed", 3, "--out", out) == 0
    expected = split(sources.parse(str(drawn_cells)).read(), seed=3)
    document = json.loads(out.read_text())["drawn"]
    assert document["sha256"] == expected.sha256
    assert {part: len(rows) for part, rows in document["parts"].items()} == {
        "train": 80,
        "val": 8,
        "test": 8,
    }
    printed = capsys.readouterr().out
    assert expected.sha256 in printed
    assert "  neutrophil        10       1       1" in printed


def test_folds_are_written_one_after_the_other(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _split(monkeypatch, drawn_cells, "--folds", 4, "--out", tmp_path / "f.json") == 0
    turns = json.loads((tmp_path / "f.json").read_text())["drawn"]
    tested = [key for turn in turns for key, *_ in turn["parts"]["test"]]
    assert (len(turns), len(tested), len(set(tested))) == (4, 96, 96)
    assert _split(monkeypatch, drawn_cells, "--folds", 2, "--out", tmp_path / "g.json") == 2


@pytest.mark.parametrize("how", [(), ("--folds", 4)])
def test_a_split_is_replaced_as_a_whole_and_when_told_to_alone(
    how: tuple[object, ...],
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "split.json"
    out.write_text("{}")
    assert _split(monkeypatch, drawn_cells, *how, "--out", out) == 2
    assert f"{out}: is there already; --overwrite replaces it" in capsys.readouterr().err
    assert out.read_text() == "{}"
    assert _split(monkeypatch, drawn_cells, *how, "--out", out, "--overwrite") == 0
    assert "drawn" in json.loads(out.read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["split.json"]
    assert _split(monkeypatch, drawn_cells, *how, "--out", tmp_path) == 2
    assert f"{tmp_path}: is a folder; --out names a file" in capsys.readouterr().err


def test_near_duplicates_are_kept_together_and_their_groups_written(
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from PIL import Image

    cells = tmp_path / "cells"
    shutil.copytree(drawn_cells / "monocyte", cells / "monocyte")
    with Image.open(cells / "monocyte" / "monocyte_00003.png") as picture:
        for number in range(5):
            picture.save(cells / "monocyte" / f"again {number}.jpg", quality=95 - number)
    out, table = tmp_path / "split.json", tmp_path / "split.cells.groups.csv"
    table.write_text("corrected by hand")
    assert _split(monkeypatch, cells, "--near-duplicates", "--out", out) == 2
    assert f"{table}: is there already; --overwrite replaces it" in capsys.readouterr().err
    assert _split(monkeypatch, cells, "--near-duplicates", "--overwrite", "--out", out) == 0
    parts = json.loads(out.read_text())["cells"]["parts"]
    homes = {
        part for part, rows in parts.items() for key, *_ in rows if "again" in key or "00003" in key
    }
    assert len(homes) == 1
    source = sources.parse(f"{cells},groups={table}")
    assert split(source.read()).to_document()["parts"] == parts
