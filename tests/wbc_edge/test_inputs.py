# Paths are compared as the strings that users gave.
# ruff: noqa: PTH118

from __future__ import annotations

import io
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest

from wbc_edge import drawings, image, inputs
from wbc_edge.errors import InputError, UsageError


def draw(path: str, folder: Path, suffix: str) -> None:
    drawings.save(PIL.Image.new("RGB", (8, 8)), path, folder, suffix)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of empty files; it is the working directory."""
    for name in (
        "cell2.png",
        "cell10.PNG",
        "cell1.jpg",
        "notes.txt",
        ".hidden.png",
        "b/x.tif",
        "b/a/y.webp",
        "b10/z.bmp",
        "b9/z.jpeg",
        ".git/thumb.png",
        "empty/readme.md",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(*arguments: str) -> list[str]:
    return [str(source) for source in inputs.expand(arguments)]


@pytest.mark.usefixtures("folder")
def test_a_folder_gives_its_pictures_to_its_depth_in_natural_order() -> None:
    assert given(".") == [
        f".{os.sep}{name.replace('/', os.sep)}"
        for name in (
            "b/a/y.webp",
            "b/x.tif",
            "b9/z.jpeg",
            "b10/z.bmp",
            "cell1.jpg",
            "cell2.png",
            "cell10.PNG",
        )
    ]


@pytest.mark.usefixtures("folder")
def test_files_are_given_as_named_whatever_they_are_called() -> None:
    assert given("notes.txt", "cell2.png", "gone.png") == ["notes.txt", "cell2.png", "gone.png"]


@pytest.mark.usefixtures("folder")
def test_arguments_keep_their_order() -> None:
    assert given("cell2.png", "b9", "cell1.jpg") == [
        "cell2.png",
        os.path.join("b9", "z.jpeg"),
        "cell1.jpg",
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("cell*", ["cell1.jpg", "cell2.png", "cell10.PNG"]),
        ("cell?.*", ["cell1.jpg", "cell2.png"]),
        ("cell[12].*", ["cell1.jpg", "cell2.png"]),
        ("b?", ["b9/z.jpeg"]),
        ("**/z.*", ["b9/z.jpeg", "b10/z.bmp"]),
        ("b/**", ["b/a/y.webp", "b/x.tif"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_pattern_that_the_shell_left_alone_is_expanded(pattern: str, found: list[str]) -> None:
    assert given(pattern) == [name.replace("/", os.sep) for name in found]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(folder: Path) -> None:
    (folder / "cell[1].png").touch()
    assert given("cell[1].png") == ["cell[1].png"]


@pytest.mark.usefixtures("folder")
def test_no_picture_is_a_usage_error_before_anything_is_given() -> None:
    with pytest.raises(UsageError, match="empty: there are no images in this folder"):
        inputs.expand(["empty"])
    with pytest.raises(UsageError, match=r"\*\.gif: no image matches"):
        inputs.expand(["*.gif"])


def test_a_folder_of_drawings_alone_says_so(tmp_path: Path) -> None:
    draw("a.png", tmp_path, inputs.MARKED)
    with pytest.raises(UsageError, match="no images in this folder but those that --draw or"):
        inputs.expand([str(tmp_path)])


@pytest.mark.parametrize("arguments", [[""], ["cell1.png", ""]])
def test_an_empty_name_is_not_this_folder(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="an empty name"):
        inputs.expand(arguments)


def test_standard_input_is_given_once() -> None:
    with pytest.raises(UsageError, match="standard input holds one picture"):
        inputs.expand(["-", "cell1.png", "-"])


@pytest.mark.usefixtures("folder")
def test_beside_other_inputs_it_is_an_input_whose_row_says_so() -> None:
    empty, cell, pattern = inputs.expand(["empty", "cell1.jpg", "*.gif"])
    assert cell == "cell1.jpg"
    for source, told in ((empty, "empty: there are no images"), (pattern, r"\*\.gif: no image")):
        with pytest.raises(InputError, match=told):
            image.load(source)


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"picture")))
    (source,) = inputs.expand(["-"])
    assert source.name == "-"  # type: ignore[union-attr]
    assert source.read(3) == b"pic"  # type: ignore[union-attr]
    assert source.read() == b"ture"  # type: ignore[union-attr]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_are_followed_but_not_in_circles(folder: Path) -> None:
    (folder / "b9" / "up").symlink_to(folder)
    (folder / "b9" / "other").symlink_to(folder / "b10")
    assert given("b9") == ["b9/other/z.bmp", "b9/up/b/a/y.webp", "b9/up/b/x.tif",
                           "b9/up/b10/z.bmp", "b9/up/cell1.jpg", "b9/up/cell2.png",
                           "b9/up/cell10.PNG", "b9/z.jpeg"]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_nor_does_a_pattern_follow_them_in_circles(folder: Path) -> None:
    for name in ("up", "again"):
        (folder / "b9" / name).symlink_to(folder / "b9")
    assert given("b9/**/*.jpeg") == ["b9/z.jpeg"]
    assert given("b?/**/z.*") == ["b9/z.jpeg"]
    assert given("b/**/a/*") == ["b/a/y.webp"]
    assert given(f"{folder}/b10/**") == [f"{folder}/b10/z.bmp"]


@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_listed_is_given_for_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scandir = os.scandir

    def guarded(path: str) -> object:
        if os.fspath(path).endswith("a"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert given("b") == [os.path.join("b", "a"), os.path.join("b", "x.tif")]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("pattern", ["b*/*.*", "b*/**/*.*", "b9/*.jpeg"])
def test_nor_does_a_pattern_pass_over_one(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def guarded(listing: Callable[[str], object]) -> Callable[[str], object]:
        def guard(path: str) -> object:
            if os.path.normpath(path).endswith("b9"):
                raise PermissionError(13, "Permission denied")
            return listing(path)

        return guard

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, guarded(getattr(os, name)))
    found = given(pattern)
    assert "b9" in map(os.path.normpath, found)
    assert ("b10/z.bmp" in found) == pattern.startswith("b*")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_a_folder_that_is_not_there_is_given_for_its_row(folder: Path) -> None:
    for name in ("slides", "old.txt"):
        (folder / "b10" / name).symlink_to("/no/such/drive")
    assert given("b10") == [os.path.join("b10", name) for name in ("slides", "z.bmp")]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text there")
def test_names_that_are_no_utf8_survive(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/zelle-\xe9.png"
    Path(os.fsdecode(name)).touch()
    assert [os.fsencode(path) for path in given(str(tmp_path))] == [name]


def test_natural_order_is_the_same_from_any_start() -> None:
    names = ["a1", "a01", "a2", "A10", "a10b", "b", "1", "02", "10", "\u0665"]
    expected = sorted(names, key=inputs.natural)
    assert expected[:7] == ["1", "02", "10", "a01", "a1", "a2", "A10"]
    random.Random(0).shuffle(names)
    assert sorted(names, key=inputs.natural) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_itself_hides_no_other_picture(tmp_path: Path) -> None:
    (tmp_path / "cell.png").touch()
    for name in ("loop", "loop.png"):
        (tmp_path / name).symlink_to(name)
    found = [str(tmp_path / name) for name in ("cell.png", "loop", "loop.png")]
    assert given(str(tmp_path)) == found


def test_heat_maps_are_no_cells_unless_named(tmp_path: Path) -> None:
    (tmp_path / "cell.png").touch()
    draw("cell.png", tmp_path, inputs.HEAT_MAP)
    assert given(str(tmp_path)) == [str(tmp_path / "cell.png")]
    assert given(str(tmp_path / "cell.heat.png")) == [str(tmp_path / "cell.heat.png")]


def test_somebody_elses_picture_of_such_a_name_is_a_cell(tmp_path: Path) -> None:
    names = ["patient7.cells.png", "patient7.heat.png"]
    for name in names:
        PIL.Image.new("RGB", (8, 8)).save(tmp_path / name)
    assert [Path(path).name for path in given(str(tmp_path))] == names
    assert given(str(tmp_path / "*.cells.png")) == [str(tmp_path / names[0])]


def test_a_folder_named_like_a_pattern_is_meant_before_what_the_pattern_matches(
    tmp_path: Path,
) -> None:
    for name in ("run[1]", "run1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").touch()
    assert given(str(tmp_path / "run[1]" / "*.png")) == [str(tmp_path / "run[1]" / "a.png")]
    (tmp_path / "run[1]" / "a.png").unlink()
    (tmp_path / "run[1]").rmdir()
    assert given(str(tmp_path / "run[1]" / "*.png")) == [str(tmp_path / "run1" / "a.png")]


def test_pictures_of_a_kind_that_is_not_read_are_given_too(tmp_path: Path) -> None:
    names = ["a.png", "b.HEIC", "c.gif", "d.CR3", "e.orf", "f.mpo"]
    for name in (*names, "g.csv"):
        (tmp_path / name).write_bytes(b"")
    assert [Path(path).name for path in given(str(tmp_path))] == names
    # What is trained on or measured with is read, or named otherwise.
    assert [path.name for path in inputs.files(tmp_path)] == ["a.png", "f.mpo"]
