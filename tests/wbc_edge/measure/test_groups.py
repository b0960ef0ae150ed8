"""Which images are evidence of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from wbc_edge.errors import UsageError
from wbc_edge.measure import groups
from wbc_edge.measure.report import Data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in (("a", b"one"), ("b", b"two"), ("c", b"one"), ("d", b"longer")):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def _gather(
    folder: Path, paths: Sequence[str], told: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    return groups.gather(folder, paths, groups.digests(folder, paths), told)


def test_copies_of_a_file_belong_together(folder: Path) -> None:
    a, b, c, d = _gather(folder, "abcd")
    assert a == c
    assert len({a, b, d}) == 3


def test_a_told_group_holds_the_copies_of_its_files_too(folder: Path) -> None:
    a, b, c, d = _gather(folder, "abcd", {"c": "slide 1", "d": "slide 1"})
    assert a == c == d
    assert b != a


def test_groups_that_hold_copies_of_a_file_are_one(folder: Path) -> None:
    told = {"a": "slide 1", "b": "slide 1", "c": "slide 2", "d": "slide 2"}
    assert len(set(_gather(folder, "abcd", told))) == 1
    del told["b"]
    a, b, c, d = _gather(folder, "abcd", told)
    assert a == c == d != b


def test_a_group_is_not_taken_for_a_file_of_its_name(folder: Path) -> None:
    _, b, _, d = _gather(folder, "abcd", {"d": "file b"})
    assert b != d


def test_an_image_that_has_gone_since_is_one_of_its_own(folder: Path) -> None:
    found = _gather(folder, ["a", "gone", "gone too"])
    assert len(set(found)) == 3


def test_a_table_names_files_and_groups(folder: Path) -> None:
    table = folder / "t.csv"
    table.write_text("﻿file,stain,group\nneutrophil/1.png,x,s1\n", encoding="utf-8")
    assert groups.read(table) == {"neutrophil/1.png": "s1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"file,slide\na,b\n", "column 'group' is missing"),
        (b"file,group\na\n", "line 2 ends before the column"),
        (b"file,group\na,\n", "line 2: names no file, or no group"),
        (b"file,group\na,x\nb,x\na,x\na,y\n", "a has two groups, 'x' and 'y'"),
        (b"\xff\xfe", "is no table"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_such_table_is_refused(
    folder: Path, content: bytes | None, message: str
) -> None:
    table = folder / "t.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        groups.read(table)


def test_groups_of_other_images_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="none of the images"):
        _gather(folder, "abcd", {"elsewhere/a": "x"})


def test_one_picture_under_two_classes_is_told_and_a_slide_with_two_is_none() -> None:
    told = Data(
        folder="cells",
        images=4,
        answered=4,
        failures=(),
        paths=("a", "b", "c", "d"),
        truth=("ig", "monocyte", "ig", "monocyte"),
        groups=("file a", "file a", "group slide", "group slide"),
        digests=("1", "1", "2", "3"),
    )
    assert told.contradicted() == "1 picture stands under two classes, one of which must be wrong"
    assert replace(told, truth=("ig",) * 4).contradicted() == ""
