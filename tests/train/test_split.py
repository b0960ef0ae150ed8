from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from train.sources import folder
from train.sources.sample import Sample
from train.split import PARTS, Split, save, split


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    for label, count in (("monocyte", 50), ("basophil", 20)):
        for number in range(count):
            path = tmp_path / "cells" / label / f"{number:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{label} {number}".encode())
    return tmp_path / "cells"


def _keys(result: Split) -> dict[str, list[str]]:
    return {part: [s.key for s in result.parts[part]] for part in PARTS}


def test_every_class_is_spread_by_the_fractions(cells: Path) -> None:
    assert split(folder.read(cells)).counts() == {
        "train": {"basophil": 16, "monocyte": 40},
        "val": {"basophil": 2, "monocyte": 5},
        "test": {"basophil": 2, "monocyte": 5},
    }


def test_no_cell_is_lost_or_stands_twice(cells: Path) -> None:
    keys = [key for part in _keys(split(folder.read(cells))).values() for key in part]
    assert sorted(keys) == sorted(s.key for s in folder.read(cells))


def test_the_seed_decides_and_neither_place_nor_order_does(cells: Path, tmp_path: Path) -> None:
    samples = folder.read(cells)
    first = split(samples, seed=3)
    moved = shutil.copytree(cells, tmp_path / "elsewhere" / "moved")
    assert _keys(split(folder.read(Path(moved)), seed=3)) == _keys(first)
    assert _keys(split(reversed(samples), seed=3)) == _keys(first)
    assert split(samples, seed=3).sha256 == first.sha256
    assert split(samples, seed=4).sha256 != first.sha256


def test_exact_duplicates_stay_together(cells: Path) -> None:
    for number in range(12):
        shutil.copy(cells / "monocyte" / "007.png", cells / "monocyte" / f"copy {number}.png")
    result = split(folder.read(cells))
    twins = {"monocyte/007.png", *(f"monocyte/copy {n}.png" for n in range(12))}
    homes = [part for part in PARTS if twins & set(_keys(result)[part])]
    assert len(homes) == 1
    assert result.duplicates == 12


def test_the_same_bytes_under_two_labels_are_left_out(cells: Path) -> None:
    shutil.copy(cells / "monocyte" / "007.png", cells / "basophil" / "twin.png")
    result = split(folder.read(cells))
    assert [s.key for s in result.conflicts] == ["basophil/twin.png", "monocyte/007.png"]
    assert sum(len(result.parts[part]) for part in PARTS) == 69


def test_a_group_is_never_torn(cells: Path) -> None:
    samples = [
        Sample(key=s.key, path=s.path, label=s.label, group=f"slide {i % 9}")
        for i, s in enumerate(folder.read(cells))
    ]
    result = split(samples)
    homes: dict[str, set[str]] = {}
    for part in PARTS:
        for sample in result.parts[part]:
            homes.setdefault(sample.group, set()).add(part)
    assert len(homes) == 9
    assert all(len(parts) == 1 for parts in homes.values())


def test_the_split_is_written_with_its_hash(cells: Path, tmp_path: Path) -> None:
    result = split(folder.read(cells))
    save({"cells": result}, tmp_path / "split.json")
    document = json.loads((tmp_path / "split.json").read_text())
    assert document["cells"]["sha256"] == result.sha256
    assert document["cells"]["parts"]["val"] == [[s.key, s.label] for s in result.parts["val"]]
