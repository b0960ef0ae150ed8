from __future__ import annotations

import csv
import errno
import io
import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import pytest

from wbc_edge import output
from wbc_edge.classifier import Prediction, Row
from wbc_edge.errors import InputError, UsageError
from wbc_edge.output import CSV, FORMATS, JSONLines, Table, columns, opened, printable

from .conftest import TINY

LABELS = ("basophil", "neutrophil", "platelet")
SURE = Prediction(
    label="neutrophil",
    confidence=0.9996,
    probabilities={"basophil": 0.0001, "neutrophil": 0.9996, "platelet": 0.0003},
)
UNSURE = Prediction(
    label="platelet",
    confidence=0.5,
    probabilities={"basophil": 0.3, "neutrophil": 0.2, "platelet": 0.5},
    reason="doubtful",
)
ROWS = (
    Row(path="a.png", prediction=SURE),
    Row(path='b, "c".png', prediction=UNSURE, notes=("first of 3 frames",)),
    Row(path="d.png", error=InputError("the JPEG ends too early", code="truncated")),
)


def written(form: str, *rows: Row, top_k: int | None = None) -> str:
    stream = io.StringIO(newline="")
    writer = FORMATS[form](stream, LABELS, top_k)
    for row in rows:
        writer.write(row)
    return stream.getvalue()


def test_the_table_is_aligned_and_says_what_there_is_to_say() -> None:
    assert written("table", *ROWS) == (
        "class        confidence  image\n"
        "neutrophil       99.9 %  a.png\n"
        'unclassified     50.0 %  b, "c".png\n'
        "                         below the threshold; the nearest class is platelet\n"
        "                         first of 3 frames\n"
        "error                    d.png\n"
        "                         the JPEG ends too early\n"
    )


def test_the_table_says_where_there_is_no_cell() -> None:
    strange = replace(SURE, reason="not_a_cell")
    assert written("table", Row(path="cat.png", prediction=strange)).splitlines()[1:] == [
        "no cell          99.9 %  cat.png",
        "                         like no known cell; the nearest class is neutrophil",
    ]


def test_the_table_gives_the_next_classes_on_lines_of_their_own() -> None:
    assert written("table", ROWS[0], top_k=2) == (
        "class        confidence  image\nneutrophil       99.9 %  a.png\n  platelet        0.0 %\n"
    )


def test_the_table_fits_80_columns_but_for_whole_paths() -> None:
    error = InputError("word " * 60, code="damaged")
    for line in written("table", Row(path="x", error=error)).splitlines():
        assert len(line) <= 80
    assert "p" * 300 in written("table", Row(path="p" * 300, prediction=SURE))


def test_a_path_is_shortened_from_its_left_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wbc_edge.output._terminal_width", lambda _: 60)
    lines = written("table", Row(path="folder/" * 20 + "cell.png", prediction=SURE)).splitlines()
    assert len(lines[1]) == 60
    assert lines[1].endswith("folder/cell.png")
    assert "\N{HORIZONTAL ELLIPSIS}" in lines[1]


def test_a_path_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in written("table", Row(path="\x1b[2Jcell\n.png", prediction=SURE))
    assert printable("\x1b[2J a\n\udce9é") == "\\x1b[2J a\\n\\udce9é"


def test_json_lines_have_the_keys_in_order_and_nothing_else() -> None:
    lines = [json.loads(line) for line in written("jsonl", *ROWS).splitlines()]
    assert [list(line) for line in lines] == [
        [
            "path",
            "label",
            "confidence",
            "probabilities",
            "abstained",
            "reason",
            "looks",
            "error",
            "notes",
        ]
    ] * 3
    assert lines[0]["probabilities"] == SURE.probabilities
    assert [line["abstained"] for line in lines] == [False, True, None]
    assert [line["reason"] for line in lines] == [None, "doubtful", None]
    assert lines[2]["error"] == {"code": "truncated", "message": "the JPEG ends too early"}
    assert lines[2]["label"] is None


def test_json_lines_of_the_best_classes_hold_those_best_first() -> None:
    (line,) = written("jsonl", ROWS[1], top_k=2).splitlines()
    assert list(json.loads(line)["probabilities"].items()) == [("platelet", 0.5), ("basophil", 0.3)]


def test_json_escapes_only_what_is_no_utf8() -> None:
    name = os.fsdecode(b"zelle-\xe9.png")
    line = written("jsonl", Row(path=name, prediction=SURE))
    line.encode()
    assert json.loads(line)["path"] == name
    assert "Färbung" in written("jsonl", Row(path="Färbung.png", prediction=SURE))


def test_csv_is_rfc_4180_with_a_column_for_each_class() -> None:
    text = written("csv", *ROWS)
    assert text.count("\r\n") == 4
    assert '"b, ""c"".png"' in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["label"] for row in rows] == ["neutrophil", "platelet", ""]
    assert [row["abstained"] for row in rows] == ["false", "true", ""]
    assert [row["reason"] for row in rows] == ["", "doubtful", ""]
    assert float(rows[0]["neutrophil"]) == 0.9996
    assert (rows[2]["error_code"], rows[2]["basophil"]) == ("truncated", "")
    assert rows[1]["notes"] == "first of 3 frames"


def test_csv_of_the_best_classes_leaves_the_others_empty() -> None:
    (row,) = csv.DictReader(io.StringIO(written("csv", ROWS[1], top_k=1)))
    assert [row[label] for label in LABELS] == ["", "", "0.5"]


def test_each_format_is_registered() -> None:
    assert {"table": Table, "jsonl": JSONLines, "csv": CSV} == FORMATS


# ---- files -----------------------------------------------------------------------------------


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
        shutil.copy(TINY / "tiny-int8.tflite", target)
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


def test_a_class_with_a_long_name_leaves_room_for_remarks() -> None:
    stream = io.StringIO()
    label = "x" * 90
    answer = Prediction(label=label, confidence=0.5, probabilities={label: 0.5}, reason="doubtful")
    Table(stream, (label,), None).write(Row(path="a.png", prediction=answer))
    assert "below the threshold" in stream.getvalue()


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


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns([("a", "bb"), ("ccc", "d")]) == "a    bb\nccc  d"
    assert columns([("a", "bb"), ("ccc", "d")], right=(1,)) == "a    bb\nccc   d"


def test_a_dash_is_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened("-") as stream:
        stream.write("rows")
    assert capsys.readouterr().out == "rows"
    assert not list(tmp_path.iterdir())


def test_a_file_is_given_new_content_or_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    output.replace(path, "first")
    path.chmod(0o640)
    output.replace(path, "second")
    assert path.read_text() == "second"
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640
    begin = output._partial

    def full(target: Path) -> TextIO:
        stream = begin(target)
        monkeypatch.setattr(stream, "write", _fail)
        return stream

    monkeypatch.setattr(output, "_partial", full)
    with pytest.raises(OSError, match="No space left"):
        output.replace(path, "third")
    assert path.read_text() == "second"
    assert list(tmp_path.iterdir()) == [path]


def _fail(_: str) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_beside_which_none_may_be_put_is_written_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> TextIO:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(output, "_partial", refused)
    with pytest.raises(PermissionError):
        output.replace(tmp_path / "new.html", "text")
    (tmp_path / "old.html").write_text("a longer text")
    output.replace(tmp_path / "old.html", "text")
    assert (tmp_path / "old.html").read_text() == "text"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "csv"),
        ("a.JSONL", "jsonl"),
        ("a.txt", "table"),
        ("a", "table"),
        (None, "table"),
        ("a.json", None),
    ],
)
def test_the_form_of_rows_is_that_of_the_name(name: str | None, form: str | None) -> None:
    assert output.form_of(name) == form
