"""`wbc-edge bench`, from its arguments to its exit code."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import paths
from wbc_edge.cli import app

INT8, FLOAT = str(paths.INT8), str(paths.FLOAT)
QUICK = ["--rounds", "1", "--warmup", "0", "--cold", "0"]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["bench", *arguments, *QUICK])
    return result.exit_code, result.stdout, result.stderr


def test_a_model_alone_needs_no_other_option() -> None:
    code, output, errors = run("--model", INT8)
    assert code == 0
    assert re.match(r"[\d.]+ ms from file to answer\n", output)
    assert "tiny-int8 litert x1: " in output
    assert "images a second from a folder" in output
    assert errors == ""


def test_a_gate_that_fails_ends_with_3_after_the_report(drawn_cells: Path, tmp_path: Path) -> None:
    report = tmp_path / "bench.md"
    code, output, errors = run(
        *("--model", INT8, "--reference", FLOAT, "--data", str(drawn_cells)),
        *("--max-drop", "0.5", "--format", "json", "--report", str(report)),
    )
    assert code == 3
    assert errors.startswith("wbc-edge: --max-drop 0.5: tiny-int8 litert x1: ")
    content = json.loads(output)
    assert content["schema"] == "wbc-edge-bench/1"
    assert [gate["passed"] for gate in content["gates"]] == [False]
    assert report.read_text(encoding="utf-8").startswith("# wbc-edge")


def test_images_that_cannot_be_read_end_with_1_after_every_report(
    drawn_cells: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cells"
    shutil.copytree(drawn_cells, folder)
    (folder / "platelet" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    reports = [tmp_path / "r.html", tmp_path / "r.json", tmp_path / "r.md"]
    code, output, errors = run(
        *("--model", INT8, "--data", str(folder), "--folder", "0"),
        *(word for report in reports for word in ("--report", str(report))),
    )
    assert code == 1
    count = len(list(folder.glob("*/*.png")))
    assert f"1 of {count} images could not be read" in errors
    assert f"Caution: 1 of {count} images could not be read" in output
    assert "from a folder" not in output
    assert json.loads(reports[1].read_text(encoding="utf-8"))["entries"][0]["folder"] is None
    assert all("torn.png" in report.read_text(encoding="utf-8") for report in reports)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--model", "gone.tflite"], 4, "no model file gone.tflite"),
        (["--model", INT8, "--report", "r.pdf"], 2, "not .pdf"),
        (["--model", INT8, "--max-drop", "1"], 2, "needs --data and --reference"),
        (["--model", INT8, "--data", "nowhere"], 2, "nowhere is not a folder"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    arguments: list[str], code: int, sentence: str
) -> None:
    result = run(*arguments)
    assert result[0] == code
    assert sentence in result[2]
    assert result[1] == ""


def test_a_report_replaces_nothing_that_is_read(drawn_cells: Path, tmp_path: Path) -> None:
    table, picture = tmp_path / "groups.txt", tmp_path / "cell.md"
    table.write_text("file,group\nelsewhere/a.png,slide\n")
    shutil.copyfile(next(drawn_cells.glob("*/*.png")), picture)
    for target, what in ((table, "is read"), (picture, "is a picture")):
        before = target.read_bytes()
        code, _, errors = run(
            *("--model", INT8, "--data", str(drawn_cells), "--groups", str(table)),
            *("--report", str(target)),
        )
        assert (code, target.read_bytes()) == (2, before)
        assert what in errors


def test_files_of_a_table_of_groups_that_are_none_of_the_images_are_told_of(
    drawn_cells: Path, tmp_path: Path
) -> None:
    table = tmp_path / "groups.csv"
    cell = next(drawn_cells.glob("*/*.png")).relative_to(drawn_cells).as_posix()
    table.write_text(f"file,group\n{cell},slide\nmisspelt/a.png,slide\n")
    code, output, _ = run(
        *("--model", INT8, "--data", str(drawn_cells), "--groups", str(table), "--folder", "0"),
    )
    assert code == 0
    assert "stand under two classes" not in output
    assert "Caution: 1 of the files that --groups tells of are none of these images" in output


def test_an_empty_name_is_no_folder_of_images() -> None:
    code, _, errors = run("--model", INT8, "--data", "")
    assert code == 2
    assert "--data is an empty name" in errors
