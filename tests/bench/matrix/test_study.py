from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.matrix import report as matrix
from bench.matrix import study
from bench.matrix.conditions import NotMade, conditions
from bench.matrix.report import Matrix
from bench.matrix.rows import rows
from wbc_edge.errors import UsageError
from wbc_edge.measure import groups


def test_a_network_is_measured_beside_its_float_file_and_told(
    exported: Path, drawn_cells: Path, tmp_path: Path
) -> None:
    report = study.one_network(exported, drawn_cells, runtimes=("litert",), rounds=1, cold=0)
    files = {path.name: 2 for path in exported.iterdir()}
    found = list(rows("tiny", report.to_dict(), files))
    assert [(row.format, row.runtime) for row in found] == [
        ("float32.tflite", "litert"),
        ("int8.tflite", "litert"),
    ]
    assert found[0].difference is None
    assert found[1].ratio is not None
    assert found[1].verdict in ("kept", "undecided", "lost")
    assert (found[1].float_operators, found[1].peak) == (2, None)
    told = report.to_dict()
    told["before"]["load"] = 2.0 * told["device"]["cores"]
    measured = (conditions("tiny", told, "bench it"),)
    missing = (NotMade(network="tiny", format="int8.onnx", why="it lost 3 points"),)
    whole = Matrix(rows=tuple(found), measured=measured, not_made=missing)
    matrix.write(whole, tmp_path, command="bench it")
    assert matrix.read(tmp_path / "matrix.json") == whole
    stored = json.loads((tmp_path / "matrix.json").read_text())
    assert (stored["schema"], stored["command"]) == ("wbc-edge-matrix/1", "bench it")
    text = (tmp_path / "matrix.md").read_text()
    assert "Written by `bench it`." in text
    assert f"- tiny: measured on {measured[0].machine}, load " in text
    assert "- tiny: caution: other work was running (load " in text
    assert "\n| tiny | int8.onnx | not made | - |" in text
    assert "- tiny, int8.onnx: not made: it lost 3 points." in text
    assert text.count("\n| tiny |") == 3
    assert stored["measured"][0]["load"] == told["before"]["load"]
    assert stored["not_made"] == [
        {"network": "tiny", "format": "int8.onnx", "why": "it lost 3 points"}
    ]
    for name in ("matrix-formats.png", "matrix-accuracy.png"):
        assert f"({name})" in text
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "d", "--run", "r"], "either those of --data or those of --run"),
        (["--data", "d", "--cells", "8"], "--cells counts the cells of a --run"),
    ],
)
def test_images_of_two_sources_are_refused(
    exported: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    out = tmp_path / "out"
    shown = CliRunner().invoke(app, ["matrix", str(exported), "--out", str(out), *arguments])
    assert isinstance(shown.exception, UsageError)
    assert message in str(shown.exception)
    assert not out.exists()


def test_two_networks_of_one_name_are_refused(exported: Path, tmp_path: Path) -> None:
    other = shutil.copytree(exported, tmp_path / "again" / exported.name)
    out = tmp_path / "out"
    shown = CliRunner().invoke(app, ["matrix", str(exported), str(other), "--out", str(out)])
    assert isinstance(shown.exception, UsageError)
    assert "two folders are called 'tiny'" in str(shown.exception)
    assert not out.exists()


def test_cells_of_one_name_in_several_folders_are_all_linked(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("keras", reason="the training extra is not installed")
    from tests.train import tiny
    from train.fit import begin

    cells = tmp_path / "cells"
    for number, label in itertools.product(range(24), ("basophil", "monocyte")):
        path = cells / label / f"slide {number}" / "cell.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(f"{label} {number}".encode())
    shutil.copytree(cells / "monocyte" / "slide 0", cells / "monocyte" / "slide 0 again")
    run = begin(tiny.config(cells), tmp_path / "run")
    tested = run.splits["cells"].parts["test"]
    assert len({cell.label for cell in tested}) < len(tested)

    def look(_: Path, folder: Path, table: Path, **__: object) -> None:
        told = groups.read(table)
        assert set(told) == {link.relative_to(folder).as_posix() for link in folder.rglob("*.png")}
        assert len(set(told.values())) == len({cell.path.read_bytes() for cell in tested})
        linked = {link.resolve() for link in folder.rglob("*.png")}
        assert {link.parent.name for link in folder.rglob("*.png")} == {"basophil", "monocyte"}
        assert linked == {cell.path.resolve() for cell in tested}
        raise UsageError("seen enough")

    monkeypatch.setattr(study, "one_network", look)
    with pytest.raises(UsageError, match="seen enough"):
        study.command([exported], run=run.folder, out=tmp_path / "out", reports=tmp_path / "out")


def test_the_command_leaves_a_page_and_keeps_what_it_measured(
    exported: Path, drawn_cells: Path, tmp_path: Path
) -> None:
    pytest.importorskip("export.check")
    page, kept = tmp_path / "page", tmp_path / "kept"
    asked = ["matrix", str(exported), "--data", str(drawn_cells), "--rounds", "1", "--cold", "0"]
    asked += ["--runtime", "litert", "--out", str(page), "--reports", str(kept)]
    shown = CliRunner().invoke(app, asked)
    assert (shown.exit_code, shown.exception) == (0, None)
    assert sorted(path.name for path in kept.iterdir()) == [
        "bench-tiny.about.json",
        "bench-tiny.json",
    ]
    first = (page / "matrix.md").read_text()
    assert f"bench matrix {exported} --data {drawn_cells} --runtime litert --rounds 1" in first
    measured = (kept / "bench-tiny.json").stat().st_mtime_ns
    assert CliRunner().invoke(app, [*asked, "--resume"]).exit_code == 0
    assert (kept / "bench-tiny.json").stat().st_mtime_ns == measured
    assert (page / "matrix.md").read_text() == first
    # Asked for otherwise, it is measured again.
    other = ["2" if text == "1" else text for text in asked]
    assert CliRunner().invoke(app, [*other, "--resume"]).exit_code == 0
    assert (kept / "bench-tiny.json").stat().st_mtime_ns != measured


def test_a_folder_without_a_float_file_is_refused(exported: Path) -> None:
    (exported / "tiny-float32.tflite").unlink()
    with pytest.raises(UsageError, match=r"holds no file \*-float32\.tflite"):
        study.one_network(exported, None, runtimes=("litert",), rounds=1, cold=0)


def test_float_operators_are_counted_in_every_file(exported: Path) -> None:
    pytest.importorskip("export.check")
    counted = study.float_operators(exported)
    assert counted["tiny-int8.tflite"] == 0
    assert counted["tiny-float32.tflite"] > 0
