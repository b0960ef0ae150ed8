from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from wbc_edge import drawings
from wbc_edge.errors import UsageError
from wbc_edge.inputs import HEAT_MAP
from wbc_edge.measure import dataset

LABELS = ("monocyte", "basophil", "platelet")


def place(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_files_are_listed_class_by_class_in_natural_order(tmp_path: Path) -> None:
    place(tmp_path, "basophil/c10.png", "basophil/c2.png", "monocyte/deep/a.jpg", "monocyte/b.GIF")
    found = dataset.read(tmp_path, LABELS)
    assert [(item.label, item.path.name) for item in found.items] == [
        ("monocyte", "b.GIF"),
        ("monocyte", "a.jpg"),
        ("basophil", "c2.png"),
        ("basophil", "c10.png"),
    ]


def test_a_class_within_another_is_not_taken_for_the_outer_one(tmp_path: Path) -> None:
    place(tmp_path, "basophil/basophil/a.png", "basophil/slide 3/b.png")
    assert len(dataset.read(tmp_path, LABELS).items) == 2
    place(tmp_path, "basophil/slide 3/monocyte/c.png")
    with pytest.raises(UsageError, match="named as the class monocyte and lies in the folder of"):
        dataset.read(tmp_path, LABELS)


def test_hidden_files_and_files_beside_the_classes_are_not_part_of_the_set(tmp_path: Path) -> None:
    place(tmp_path, "basophil/.DS_Store", "basophil/.cache/a.png", "basophil/a.png", "manifest.csv")
    place(tmp_path, ".git/config", "basophil/Thumbs.db", "basophil/desktop.ini")
    assert [item.path.name for item in dataset.read(tmp_path, LABELS).items] == ["a.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_class_on_a_drive_that_is_not_there_is_missed(tmp_path: Path) -> None:
    place(tmp_path, "basophil/a.png")
    (tmp_path / "monocyte").symlink_to("/no/such/drive")
    with pytest.raises(UsageError, match="monocyte is not a folder"):
        dataset.read(tmp_path, LABELS)


def test_folders_that_are_no_class_are_all_named(tmp_path: Path) -> None:
    place(tmp_path, "Basophil/a.png", "PMN/a.png", "monocyte/a.png")
    with pytest.raises(UsageError, match=r"no class of the model: Basophil, PMN;.*monocyte, baso"):
        dataset.read(tmp_path, LABELS)


def test_a_set_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "basophil").mkdir()
    with pytest.raises(UsageError, match="no image in any class folder"):
        dataset.read(tmp_path, LABELS)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        dataset.read(tmp_path / "nowhere", LABELS)


def test_a_spread_reaches_every_class() -> None:
    items = [
        dataset.Item(path=Path(f"{label}{number}"), label=label)
        for label in LABELS
        for number in range(50)
    ]
    assert {item.label for item in dataset.spread(items, 3)} == set(LABELS)
    assert dataset.spread(items[:2], 8) == items[:2]


@pytest.mark.parametrize("locked", ["basophil", "monocyte/deep"])
def test_a_folder_that_cannot_be_listed_is_named_and_not_left_out(
    locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path, "basophil/a.png", "monocyte/b.png", "monocyte/deep/c.png")
    real = os.scandir

    def scandir(path: Any) -> Any:  # root, who runs tests in containers, may list anything
        if Path(path) == tmp_path / locked:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UsageError, match=f"{locked} cannot be listed: Permission denied"):
        dataset.read(tmp_path, LABELS)


def test_a_name_that_no_system_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x cannot be listed: .*too long"):
        dataset.read(tmp_path / ("x" * 300), LABELS)


def test_links_count_and_one_that_leads_nowhere_is_told_when_it_is_read(tmp_path: Path) -> None:
    place(tmp_path, "elsewhere/a.png")
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "basophil").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "b.png").symlink_to(tmp_path / "gone.png")
    place(tmp_path, "slides/c.png")
    (tmp_path / "elsewhere" / "linked").symlink_to(tmp_path / "slides")
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "elsewhere")
    found = dataset.read(tmp_path / "cells", LABELS)
    assert [item.path.name for item in found.items] == ["a.png", "b.png", "c.png"]


def test_pictures_are_told_by_their_names_where_any_is(tmp_path: Path) -> None:
    place(tmp_path, "monocyte/a", "basophil/a")
    drawings.save(PIL.Image.new("RGB", (8, 8)), "a.png", tmp_path / "basophil", HEAT_MAP)
    assert [item.path.name for item in dataset.read(tmp_path, LABELS).items] == ["a", "a"]
    place(tmp_path, "monocyte/a.PNG", "monocyte/a.json")
    assert [item.path.name for item in dataset.read(tmp_path, LABELS).items] == ["a.PNG"]
