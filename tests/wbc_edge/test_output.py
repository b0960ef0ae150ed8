from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace

import pytest

from wbc_edge import output
from wbc_edge.classifier import Prediction, Row
from wbc_edge.errors import InputError
from wbc_edge.output import CSV, FORMATS, JSONLines, Table

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


class Terminal(io.StringIO):
    """A stream as wide as the system says that the terminal is."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


def written(
    form: str, *rows: Row, top_k: int | None = None, to: type[io.StringIO] = io.StringIO
) -> str:
    stream = to(newline="")
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
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((60, 24)))
    row = Row(path="folder/" * 20 + "cell.png", prediction=SURE)
    lines = written("table", row, to=Terminal).splitlines()
    assert len(lines[1]) == 60
    assert lines[1].endswith("folder/cell.png")
    assert "\N{HORIZONTAL ELLIPSIS}" in lines[1]


def test_a_path_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in written("table", Row(path="\x1b[2Jcell\n.png", prediction=SURE))


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


def test_a_class_with_a_long_name_leaves_room_for_remarks() -> None:
    stream = io.StringIO()
    label = "x" * 90
    answer = Prediction(label=label, confidence=0.5, probabilities={label: 0.5}, reason="doubtful")
    Table(stream, (label,), None).write(Row(path="a.png", prediction=answer))
    assert "below the threshold" in stream.getvalue()


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


def test_no_class_is_the_nearest_where_all_are_alike() -> None:
    alike = Prediction(
        label="a", confidence=0.5, probabilities={"a": 0.5, "b": 0.5}, reason="not_a_cell"
    )
    lines = written("table", Row(path="blank.png", prediction=alike)).splitlines()
    assert "like no known cell" in lines[-1]
    assert "nearest" not in "".join(lines)


def test_a_column_of_a_class_is_never_taken_for_another() -> None:
    stream = io.StringIO()
    FORMATS["csv"](stream, ("path", "notes", "monocyte"), None)
    names = stream.getvalue().strip().split(",")
    assert len(set(names)) == len(names)
    assert names[-3:] == ["probability of path", "probability of notes", "monocyte"]
