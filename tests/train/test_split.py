from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.train.alone import folds, split
from train import sources
from train.sources import folder
from train.sources.sample import Sample
from train.split import PARTS, Split, digest, independent, parted, parted_in_folds, save
from wbc_edge.errors import InputError, UsageError


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


def test_a_scene_that_is_trained_on_is_not_tested_with(cells: Path) -> None:
    samples = folder.read(cells)
    plain = split(samples)
    tested, other = plain.parts["test"][:2]
    taught, chosen = plain.parts["train"][0], plain.parts["val"][0]
    scenes = {tested.key: "a", taught.key: "a", other.key: "b", chosen.key: "c"}
    result = split([replace(s, scene=scenes.get(s.key)) for s in samples])
    assert [s.key for s in result.akin] == [tested.key]
    assert result.counts()["train"] == plain.counts()["train"]
    assert tested.key not in _keys(result)["test"]
    assert other.key in _keys(result)["test"]
    # The assignment is the same: what has learnt by it still knows the same cells.
    assert result.sha256 == plain.sha256
    assert result.to_document()["akin"] == [tested.key]


def test_folds_test_every_cell_whatever_scenes_there_are(cells: Path) -> None:
    samples = [replace(s, scene=f"smear {i % 7}") for i, s in enumerate(folder.read(cells))]
    turns = folds(samples, 5)
    assert sum(len(turn.parts["test"]) for turn in turns) == len(samples)
    assert not any(turn.akin for turn in turns)


def test_what_shows_one_scene_is_not_independent(cells: Path) -> None:
    one, other, third = folder.read(cells)[:3]
    names = independent([replace(one, scene="a"), replace(other, scene="a"), third])
    assert names == [one.key, one.key, third.key]


def test_the_split_is_written_with_its_hash(cells: Path, tmp_path: Path) -> None:
    result = split(folder.read(cells))
    save({"cells": result}, tmp_path / "split.json")
    document = json.loads((tmp_path / "split.json").read_text())
    assert document["cells"]["sha256"] == result.sha256
    assert document["cells"]["parts"]["val"] == [
        [s.key, s.label, digest(s)] for s in result.parts["val"]
    ]


def test_a_split_is_whole_or_not_replaced(
    cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(path: Path, text: str, **_: object) -> None:
        path.write_bytes(text[: len(text) // 2].encode())
        raise KeyboardInterrupt

    file = tmp_path / "split.json"
    file.write_bytes(b"{}\n")
    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(KeyboardInterrupt):
        save({"cells": split(folder.read(cells))}, file)
    assert file.read_bytes() == b"{}\n"


def test_one_original_is_never_torn(cells: Path) -> None:
    samples = [
        replace(s, original=f"field {i % 5}") if i % 2 else s
        for i, s in enumerate(folder.read(cells))
    ]
    result = split(samples)
    homes = {(s.original, part) for part in PARTS for s in result.parts[part] if s.original}
    assert len(homes) == 5


def test_a_given_test_part_stays_whole_and_what_belongs_to_it_is_left_out(cells: Path) -> None:
    samples = [
        replace(s, part="test" if i % 7 == 0 else None, group=f"scene {i // 2}")
        for i, s in enumerate(folder.read(cells))
    ]
    result = split(samples)
    given = {s.key for s in samples if s.part == "test"}
    assert {s.key for s in result.parts["test"]} == given
    tested = {s.group for s in result.parts["test"]}
    assert not tested & {s.group for part in ("train", "val") for s in result.parts[part]}
    assert {s.key for s in result.leaks} == {
        s.key for s in samples if s.group in tested and s.part is None
    }
    # What is left shares the other two parts in their proportion, class by class.
    counts = result.counts()
    assert counts["val"]["monocyte"] == pytest.approx(counts["train"]["monocyte"] / 8, abs=2)


def test_a_cell_without_a_part_in_a_source_that_gives_them_all_is_named(cells: Path) -> None:
    samples = [replace(s, part=PARTS[i % 3]) for i, s in enumerate(folder.read(cells))]
    assert {part: len(split(samples).parts[part]) for part in PARTS} == {
        "train": 24,
        "val": 23,
        "test": 23,
    }
    with pytest.raises(UsageError, match="has no part"):
        split([*samples[:-1], replace(samples[-1], part=None)])


def test_every_cell_is_tested_on_once_in_the_folds_and_no_group_is_torn(cells: Path) -> None:
    samples = [replace(s, group=f"slide {i // 3}") for i, s in enumerate(folder.read(cells))]
    turns = folds(samples, 5, seed=2)
    tested = [s.key for turn in turns for s in turn.parts["test"]]
    assert sorted(tested) == sorted(s.key for s in samples)
    for turn in turns:
        homes = {(s.group, part) for part in PARTS for s in turn.parts[part]}
        assert len(homes) == len({group for group, _ in homes})
        assert sum(len(turn.parts[part]) for part in PARTS) == 70
        assert len(turn.parts["val"]) == pytest.approx(14, abs=4)
    assert len({turn.sha256 for turn in turns}) == 5
    assert [t.sha256 for t in folds(samples, 5, seed=2)] == [t.sha256 for t in turns]


def test_folds_of_a_given_test_part_turn_the_validation(cells: Path) -> None:
    samples = [replace(s, part="test" if i % 2 else None) for i, s in enumerate(folder.read(cells))]
    turns = folds(samples, 2)
    assert {s.key for s in turns[0].parts["val"]} == {s.key for s in turns[1].parts["train"]}
    assert {len(turn.parts["test"]) for turn in turns} == {35}
    with pytest.raises(UsageError, match="too few"):
        folds(folder.read(cells), 2)
    with pytest.raises(UsageError, match="leaves open"):
        folds([replace(s, part="train") for s in samples], 5)


def test_leaving_classes_out_does_not_move_the_others(cells: Path) -> None:
    whole = split(sources.parse(str(cells)).read())
    some = split(sources.parse(f"{cells},classes=monocyte").read())
    for part in PARTS:
        assert [s.key for s in some.parts[part]] == [
            s.key for s in whole.parts[part] if s.label == "monocyte"
        ]


def test_the_shipped_models_splits_are_still_the_same(shared_data: Path) -> None:
    hashes = {
        "folder:pbc": "e169454fe18158ce512ba5688100ce842e5a3cec875bf141eaee07ed311a3b35",
        "pbc:pbc": "e169454fe18158ce512ba5688100ce842e5a3cec875bf141eaee07ed311a3b35",
        "chula:chula": "719d792e8de9a6bb231ab3af167c5654df84a908da56d9904cb24b82726b74cc",
        "bccd:bccd": "b5809c4351591458868047e20ba5aae1df779e90346103a72d5db863a1468cfe",
    }
    for name, expected in hashes.items():
        reader, _, folder_name = name.partition(":")
        source = sources.parse(f"{reader}:{shared_data / folder_name}")
        assert split(source.read()).sha256 == expected, name


def test_copies_and_originals_make_one_independent_cell_named_as_its_group(cells: Path) -> None:
    shutil.copy(cells / "monocyte" / "000.png", cells / "monocyte" / "twin.png")
    samples = folder.read(cells)
    for number in (3, 4):
        samples[number] = replace(samples[number], original="somebody/1")
    samples[6] = replace(samples[6], group="slide 1")
    names = independent(samples)
    assert names[3] == names[4] == samples[3].group
    assert names[6] == "slide 1"
    copies = [
        n for n, s in enumerate(samples) if s.key in ("monocyte/000.png", "monocyte/twin.png")
    ]
    assert len({names[number] for number in copies}) == 1
    changed = {4, *copies}
    alone = [n for n in range(len(samples)) if n not in changed]
    assert [names[n] for n in alone] == [samples[n].group for n in alone]


def test_copies_in_two_sources_are_in_no_later_part_of_the_other(tmp_path: Path) -> None:
    def cells(source: str, **named: str) -> Iterator[Sample]:
        for part in PARTS:
            for name in named.get(part, ""):
                path = tmp_path / source / f"{name}.png"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(f"{source} {name}".encode())
                known = None if name.isupper() else f"set/{name}"
                yield Sample(
                    key=f"{part} {name}",
                    path=path,
                    label="monocyte",
                    group=name,
                    original=known,
                    part=part,
                )

    found = parted(
        {
            "a": cells("a", train="abcX", val="d", test="e"),
            "b": cells("b", train="aeX", val="b", test="cd"),
        }
    )
    assert _keys(found["a"]) == {"train": ["train X", "train a"], "val": [], "test": ["test e"]}
    assert _keys(found["b"]) == {
        "train": ["train X", "train a"],
        "val": ["val b"],
        "test": ["test c", "test d"],
    }
    assert [sample.key for sample in found["a"].leaks] == ["train b", "train c", "val d"]
    assert [sample.key for sample in found["b"].leaks] == ["train e"]
    # A slide that holds such a cell goes with it.
    slide = [replace(s, group="slide") for s in cells("a", train="abX")]
    found = parted({"a": slide, "b": cells("b", test="b")})
    assert (_keys(found["a"])["train"], len(found["a"].leaks)) == ([], 3)
    # A file under two labels is in neither.
    torn = [replace(s, label="ig") for s in cells("a", train="aX")]
    for sample in torn:
        sample.path.write_bytes(sample.key.encode())
    same = [replace(s, label="monocyte") for s in torn[:1]]
    found = parted({"a": torn, "b": same})
    assert [len(here.conflicts) for here in found.values()] == [1, 1]
    assert _keys(found["a"])["train"] == ["train X"]
    # One that a source itself has under two labels is in no part of another, either.
    twice = [*torn, replace(torn[0], key="again", label="monocyte")]
    found = parted({"a": twice, "b": [replace(s, label="ig") for s in same]})
    assert [len(here.conflicts) for here in found.values()] == [2, 1]
    assert _keys(found["b"])["train"] == []
    # Alone, a source keeps what it has.
    alone = parted({"a": cells("a", train="abcX", val="d", test="e")})["a"]
    assert (len(alone.parts["train"]), alone.leaks) == (4, ())


def test_folds_of_two_sources_are_apart_too(tmp_path: Path) -> None:
    def cells(source: str, count: int) -> list[Sample]:
        paths = [tmp_path / source / f"{number}.png" for number in range(count)]
        paths[0].parent.mkdir()
        for path in paths:
            path.write_bytes(path.name.encode())  # the second source holds copies of the first
        return [Sample(key=p.name, path=p, label="monocyte", group=p.name) for p in paths]

    turns = parted_in_folds({"a": cells("a", 30), "b": cells("b", 12)}, 4, seed=3)
    for turn in turns:
        tested = {key for here in turn.values() for key in _keys(here)["test"]}
        assert not tested & {key for here in turn.values() for key in _keys(here)["train"]}
    assert sorted(key for turn in turns for key in _keys(turn["a"])["test"]) == sorted(
        f"{number}.png" for number in range(30)
    )


@pytest.mark.parametrize("groups", range(3, 9))
def test_a_handful_of_slides_fills_every_part(cells: Path, groups: int) -> None:
    samples = [
        replace(sample, group=f"slide {number % groups}")
        for number, sample in enumerate(folder.read(cells))
    ]
    result = split(samples)
    assert all(result.parts[part] for part in PARTS)
    assert not list(result.missing())
    slides = [{sample.group for sample in result.parts[part]} for part in PARTS]
    assert sum(map(len, slides)) == groups


def test_a_part_that_is_owed_a_slide_takes_no_class_from_training(cells: Path) -> None:
    samples = [
        replace(sample, group=f"{sample.label} {number % 2}")
        for number, sample in enumerate(folder.read(cells))
    ]
    parts = split(samples).parts
    assert all(parts[part] for part in PARTS)
    assert {sample.label for sample in parts["train"]} == {sample.label for sample in samples}


def test_parts_and_classes_without_a_cell_are_told(cells: Path) -> None:
    samples = [replace(sample, group="one slide") for sample in folder.read(cells)]
    assert list(split(samples).missing()) == [
        "no cell in the part 'val'",
        "no cell in the part 'test'",
    ]
    few = [s for s in folder.read(cells) if s.label == "monocyte" or s.key < "basophil/001"]
    assert list(split(few).missing()) == [
        "no cell of basophil in the part 'val'",
        "no cell of basophil in the part 'test'",
    ]
    with pytest.raises(UsageError, match=r"80 folds are too many: the cells, .* fill 70"):
        folds(folder.read(cells), 80)


@pytest.mark.skipif(sys.platform == "win32", reason="makes a pipe")
def test_what_is_no_file_is_refused_and_not_waited_for(cells: Path) -> None:
    (cells / "monocyte" / "gone.png").symlink_to(cells / "nowhere.png")
    with pytest.raises(InputError, match=r"gone\.png: it is not there"):
        split(folder.read(cells))
    (cells / "monocyte" / "gone.png").unlink()
    os.mkfifo(cells / "monocyte" / "pipe.png")
    with pytest.raises(InputError, match=r"pipe\.png: it is no file"):
        split(folder.read(cells))
