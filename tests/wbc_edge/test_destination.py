from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import TextIO

import pytest

from tests.paths import INT8
from wbc_edge import files
from wbc_edge.destination import opened
from wbc_edge.errors import UsageError


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old")
    with opened(str(path)) as stream:
        stream.write("new")
        stream.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    with pytest.raises(KeyboardInterrupt), opened(str(path)) as stream:
        raise KeyboardInterrupt
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_rows_of_a_command_that_was_stopped_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = tmp_path / "rows.csv", tmp_path / "rows.csv.partial"
    path.write_text("old")

    def stopped() -> None:
        with opened(str(path)) as stream:
            stream.write("a row\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert (path.read_text(), kept.read_text()) == ("old", "a row\n")
    assert capsys.readouterr().err == f"wbc-edge: the rows so far are in {kept}\n"
    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert kept.read_text() == (tmp_path / "rows.csv-2.partial").read_text() == "a row\n"


def test_a_file_that_cannot_be_replaced_is_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old, and longer")

    def busy(*_: Path) -> Path:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    with opened(str(path)) as stream:
        stream.write("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_two_at_once_write_apart(tmp_path: Path) -> None:
    with opened(str(tmp_path / "a")) as one, opened(str(tmp_path / "b")) as other:
        one.write("one")
        other.write("other")
    assert [(tmp_path / name).read_text() for name in "ab"] == ["one", "other"]
    # As any file that is made here.
    (tmp_path / "c").touch()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "c").stat().st_mode


def test_bytes_of_names_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with opened(str(path)) as stream:
        stream.write(os.fsdecode(b"zelle-\xe9.png"))
    assert path.read_bytes() == b"zelle-\xe9.png"


def test_a_device_is_written_to_not_replaced() -> None:
    if not Path("/dev/null").is_char_device():
        pytest.skip("no /dev/null here")
    with opened("/dev/null") as stream:
        stream.write("x")
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no such devices")  # noqa: PTH110
def test_what_a_shell_has_opened_is_written_at_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    with log.open("a") as file, opened(f"/dev/fd/{file.fileno()}") as stream:
        stream.write("rows\n")
    assert log.read_text() == "before\nrows\n"


def test_a_picture_is_not_replaced_by_rows(tmp_path: Path) -> None:
    picture = tmp_path / "cell.jpg"
    picture.write_bytes(b"a picture")
    with pytest.raises(UsageError, match="is a picture"), opened(str(picture)):
        pass
    assert picture.read_bytes() == b"a picture"


def test_nor_do_rows_take_the_name_of_a_picture(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is the name of a picture"), opened(f"{tmp_path}/a.png"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["GIF89a", "model"])
def test_nor_is_one_that_is_not_called_so_nor_a_model(tmp_path: Path, content: str) -> None:
    target = tmp_path / "rows.csv"
    if content == "model":
        shutil.copy(INT8, target)
    else:
        target.write_text(content)
    before = target.read_bytes()
    with pytest.raises(UsageError, match="which rows would replace"), opened(str(target)):
        pass
    assert target.read_bytes() == before


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no such folder")  # noqa: PTH112
def test_a_file_below_dev_is_a_file() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for text in ("old", "new"):
            with opened(f"{folder}/rows") as stream:
                stream.write(text)
        assert Path(folder, "rows").read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="rights differ on Windows")
def test_the_rights_of_a_replaced_file_and_any_name_are_kept(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)
    path.touch(mode=0o600)
    with opened(str(path)) as stream:
        stream.write("rows")
    assert path.read_text() == "rows"
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_standard_output_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(UsageError, match="standard output is closed"), opened(None):
        pass


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with opened(str(tmp_path / "link")) as stream:
        stream.write("x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "x"


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone" / "rows.csv", tmp_path / ("x" * 300)):
        with pytest.raises(UsageError, match="cannot write"), opened(str(path)):
            pass
    with pytest.raises(UsageError, match="the name of a folder"), opened(f"{tmp_path}/new/"):
        pass


def test_a_dash_is_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened("-") as stream:
        stream.write("rows")
    assert capsys.readouterr().out == "rows"
    assert not list(tmp_path.iterdir())


def test_a_protected_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("dear")
    # An administrator may write to what is protected as well.
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == file and mode == os.W_OK))
    with pytest.raises(UsageError, match="Permission denied"), opened(str(file)):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    assert file.read_text() == "dear"


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_file_beside_which_none_may_be_put_is_written_itself(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(target: Path) -> TextIO:
        if target.parent == tmp_path:
            raise OSError(code, os.strerror(code))
        return files.begun(target)

    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    file = tmp_path / "rows.csv"
    file.write_text("those of yesterday")
    monkeypatch.setattr("wbc_edge.destination.begun", refused)
    with pytest.raises(ZeroDivisionError), opened(str(file)) as stream:
        print(stream.write("rows") / 0)
    assert file.read_text() == "those of yesterday"
    assert (elsewhere / "rows.csv.partial").read_text() == "rows"
    (elsewhere / "rows.csv.partial").unlink()
    with opened(str(file)) as stream:
        stream.write("rows")
    assert file.read_text() == "rows"
    assert not list(elsewhere.iterdir())
    elsewhere.rmdir()
    with pytest.raises(UsageError, match=r"cannot write .*new\.csv"), opened(f"{tmp_path}/new.csv"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
