from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TextIO

import pytest

from wbc_edge import files


def test_a_file_is_given_new_content_or_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    files.replace(path, "first")
    path.chmod(0o640)
    files.replace(path, "second")
    assert path.read_text() == "second"
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640
    begin = files.begun

    def full(target: Path) -> TextIO:
        stream = begin(target)
        monkeypatch.setattr(stream, "write", _fail)
        return stream

    monkeypatch.setattr(files, "begun", full)
    with pytest.raises(OSError, match="No space left"):
        files.replace(path, "third")
    assert path.read_text() == "second"
    assert list(tmp_path.iterdir()) == [path]


def _fail(_: str) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_beside_which_none_may_be_put_is_written_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, temporary = tmp_path / "folder", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    begin, put = files.begun, Path.replace

    def refused(target: Path) -> TextIO:
        if target.parent == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return begin(target)

    def across(path: Path, target: Path) -> Path:
        if path.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return put(path, target)

    monkeypatch.setattr(files, "begun", refused)
    monkeypatch.setattr(Path, "replace", across)
    with pytest.raises(PermissionError):
        files.replace(folder / "new.html", "text")
    (folder / "old.html").write_text("a longer text")
    files.replace(folder / "old.html", "text")
    assert (folder / "old.html").read_text() == "text"
    assert not [*temporary.iterdir()]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_text_comes_as_it_is_but_for_a_mark(mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(mark + "größe\r\n1".encode())
    assert files.read(path) == "größe\r\n1"


def test_what_is_too_large_or_no_text_is_a_value_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ValueError, match="utf-8"):
        files.read(path)
    monkeypatch.setattr(files, "MOST", 2)
    with pytest.raises(ValueError, match="larger than"):
        files.read(path)


def test_a_file_is_made_beside_and_put_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 246 + ".keras")
    path.write_text("old")
    with files.whole(path) as partial:
        assert partial.suffix == ".keras"
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    with pytest.raises(OSError, match="No space left"), files.whole(path) as partial:
        _fail(str(partial.write_text("half")))
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="links and rights differ on Windows")
def test_what_is_made_takes_the_place_of_what_a_link_leads_to(tmp_path: Path) -> None:
    path, link = tmp_path / "model.tflite", tmp_path / "link.tflite"
    path.write_text("old")
    path.chmod(0o604)
    link.symlink_to(path.name)
    with files.whole(link) as partial:
        partial.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o604


def test_what_a_kill_has_torn_is_told_from_rows_that_are_kept(tmp_path: Path) -> None:
    (tmp_path / "rows.csv.partial").touch()
    with files.whole(tmp_path / "best.keras") as partial:
        partial.touch()
        assert list(files.torn(tmp_path)) == [partial]
