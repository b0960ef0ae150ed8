from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from ai_edge_litert.interpreter import Interpreter

from export import build, check
from export.cli import main
from export.formats import FORMATS, chosen
from export.gate import Limits
from export.ladder import RUNGS
from export.ladder.recipe import Recipe
from tests.export.conftest import options, silent
from train.run import Run
from train.training import predict
from wbc_edge import Classifier, card
from wbc_edge.errors import GateFailed, ModelError, UsageError
from wbc_edge.runtimes import open_session

TOLERANCE = {
    "float32": 1e-4,
    "float16": 5e-3,
    "dynamic": 0.15,
    "int8": 0.15,
    "mixed": 0.15,
    "int16x8": 0.15,
}


def _test_negatives(run: Run) -> list[Path]:
    assert run.config.negatives.path is not None
    return list((Path(run.config.negatives.path) / "test").iterdir())


def test_every_format_is_written_under_its_name(files: dict[str, Path]) -> None:
    assert {name: path.name for name, path in files.items()} == {
        "tflite-float32": "tiny-float32.tflite",
        "tflite-float16": "tiny-float16.tflite",
        "tflite-dynamic": "tiny-dynamic.tflite",
        "tflite-int8": "tiny-int8.tflite",
        "tflite-int16x8": "tiny-int16x8.tflite",
        "tflite-mixed": "tiny-mixed.tflite",
        "onnx-float32": "tiny-float32.onnx",
        "onnx-float16": "tiny-float16.onnx",
        "onnx-int8": "tiny-int8.onnx",
    }


def test_by_default_a_device_gets_what_it_wants() -> None:
    assert [entry.name for entry in chosen([])] == ["tflite-float16", "tflite-int8", "onnx-int8"]
    assert [entry.name for entry in chosen(["all"])] == list(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_agrees_with_its_keras_parent(name: str, files: dict[str, Path], run: Run) -> None:
    views, _ = run.part("drawn", "test")
    expected = predict(run.best(), views)
    session = open_session(files[name])
    actual = np.concatenate([session.run(view[None]) for view in views])
    spread = expected.max() - expected.min()
    tolerance = TOLERANCE[name.split("-")[1]]
    np.testing.assert_allclose(actual, expected, atol=tolerance * max(1.0, spread))


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_describes_itself(name: str, files: dict[str, Path], run: Run) -> None:
    found = card.read(files[name])
    assert found.format == name
    assert found.labels == run.config.labels
    assert found.input == run.config.input
    assert found.parameters == run.best().count_params()
    assert found.training.split_sha256 == run.split_sha256
    assert found.training.counts == {"train": 80, "val": 8, "test": 8}
    assert found.temperature > 0
    top1 = next(m for m in found.metrics if m.name == "top-1")
    assert (top1.dataset, top1.count) == ("drawn test split", 8)
    assert top1.low is not None
    assert top1.low <= top1.value
    recalls = [m for m in found.metrics if m.name.startswith("recall of ")]
    assert len(recalls) == len(found.labels)
    assert found.presets == {
        "five-part": ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
    }
    assert found.outlier is not None
    doubt = next(m for m in found.metrics if m.name == "pictures without a cell that get no answer")
    assert doubt.count == sum(len(list(p.iterdir())) for p in _test_negatives(run))
    refused = next(m for m in found.metrics if m.name == "cells taken for no cell")
    assert refused.dataset == "drawn test split"
    assert found.created_with["temperature"] == (
        "with it the labels of the validation cells of drawn are most likely"
    )
    assert found.created_with["threshold"] == (
        "for at most 0.3 % errors among the answered validation cells of drawn"
    )
    assert found.created_with["numpy"] == np.__version__
    calibrated = FORMATS[name].calibrated
    assert ("calibration cells, SHA-256" in found.created_with) == calibrated
    if calibrated:
        assert found.created_with["calibration"] == "40 cells of the training split, seed 0"


def test_int8_takes_and_gives_integers_and_has_no_float_operator(files: dict[str, Path]) -> None:
    session = open_session(files["tflite-int8"])
    assert (session.input.dtype, session.output.dtype) == ("uint8", "int8")
    # The stored integer is the pixel, so that nothing is computed on the way in.
    assert (session.input.scale, session.input.zero_point) == (1.0, 0)
    interpreter = Interpreter(str(files["tflite-int8"]))
    kinds = {detail["dtype"] for detail in interpreter.get_tensor_details()}
    assert np.float32 not in kinds
    assert card.read(files["tflite-int8"]).created_with["operators left in float"] == "none"


def test_float16_onnx_holds_half_the_weights_and_takes_pixels(files: dict[str, Path]) -> None:
    half, whole = (onnx.load(files[f"onnx-{kind}"]) for kind in ("float16", "float32"))
    assert half.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert half.ByteSize() < 0.62 * whole.ByteSize()


def test_the_device_classifies_with_an_exported_file(
    files: dict[str, Path], drawn_cells: Path
) -> None:
    picture = drawn_cells / "platelet" / "platelet_00000.png"
    for path in files.values():
        answer = Classifier(path).classify(picture)
        assert sum(answer.probabilities.values()) == pytest.approx(1)
        assert list(answer.probabilities) == sorted(answer.probabilities)


def test_the_summary_holds_the_figures(files: dict[str, Path]) -> None:
    folder = next(iter(files.values())).parent
    summary = json.loads((folder / "export.json").read_text())
    assert [entry["format"] for entry in summary["formats"]] == list(FORMATS)
    for entry in summary["formats"]:
        assert entry["bytes"] == (folder / entry["file"]).stat().st_size
        assert entry["milliseconds"] > 0
        assert entry["runtimes"][0]["difference"] == 0
    assert summary["failures"] == []
    assert not list(folder.glob("*partial*"))
    page = (folder / "export.html").read_text()
    assert "9 of 9 formats written" in page
    assert "<svg" in page
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(link.startswith(("data:", "#")) for link in links)


def test_files_are_not_replaced_in_silence(files: dict[str, Path], run: Run) -> None:
    path = files["tflite-float32"]
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        build.export(run, path.parent, options(), to=["tflite-float32"])
    assert path.read_bytes() == before


def test_a_file_that_fails_its_check_is_not_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tiny-float32.tflite").write_bytes(b"of an earlier run")
    with pytest.raises(GateFailed, match="tflite-float32: max-drop -50: lost"):
        build.export(
            run,
            tmp_path,
            options(limits=Limits(max_drop=-50, min_agreement=0)),
            to=["tflite-float32"],
            overwrite=True,
            report=silent,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.html", "export.json"]
    summary = json.loads((tmp_path / "export.json").read_text())
    assert "lost" in summary["failures"][0]
    assert summary["formats"][0]["file"] is None
    assert "not written" in (tmp_path / "export.html").read_text()


def _ends_with(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    """Makes whatever converts to a format raise an exception."""

    def stop(*_: object) -> bytes:
        raise error

    changes = {key: stop for key in ("convert", "quantiser") if getattr(FORMATS[name], key)}
    monkeypatch.setitem(FORMATS, name, replace(FORMATS[name], **changes))


@pytest.mark.parametrize("broken", ["tflite-float32", "tflite-int8"])
def test_an_exception_ends_one_format_and_the_others_are_written(
    broken: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ends_with(monkeypatch, broken, onnx.checker.ValidationError("No Op\nregistered"))
    (tmp_path / FORMATS[broken].file_name("tiny")).write_bytes(b"of an earlier run")
    lines: list[str] = []
    sentence = f"{broken}: onnx.onnx_cpp2py_export.checker.ValidationError: No Op registered"
    with pytest.raises(GateFailed) as failed:
        build.export(
            run,
            tmp_path,
            options(),
            to=[broken, "onnx-float32"],
            overwrite=True,
            timed=False,
            report=lines.append,
        )
    assert str(failed.value) == sentence
    assert sentence in lines
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["export.html", "export.json", "tiny-float32.onnx"]
    summary = json.loads((tmp_path / "export.json").read_text())
    assert summary["failures"] == [sentence]
    first, second = summary["formats"]
    assert (first["file"], second["file"]) == (None, "tiny-float32.onnx")
    (attempt,) = first["attempts"]
    assert (attempt["rung"], attempt["bytes"], attempt["passed"]) == ("error", None, False)
    assert attempt["note"].startswith("raised at test_build.py:")
    assert "No Op registered" in (tmp_path / "export.html").read_text()


def test_an_exception_on_a_later_rung_leaves_the_earlier_attempts_in_the_report(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> Iterator[Recipe]:
        raise RuntimeError("the quantiser gave up")

    monkeypatch.setitem(RUNGS, "calibrator", stop)
    with pytest.raises(GateFailed, match="tflite-int8: RuntimeError: the quantiser gave up"):
        build.export(
            run,
            tmp_path,
            options(limits=Limits(max_drop=-50), calibration_size=24),
            to=["tflite-int8"],
            report=silent,
        )
    (entry,) = json.loads((tmp_path / "export.json").read_text())["formats"]
    assert [attempt["rung"] for attempt in entry["attempts"]] == ["plain", "error"]
    assert "tflite-int8, rung by rung" not in (tmp_path / "export.html").read_text()


def test_a_file_that_cannot_be_opened_is_not_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise ModelError("the interpreter refuses it")

    monkeypatch.setattr(check, "runtimes", stop)
    with pytest.raises(GateFailed, match="the interpreter refuses it"):
        build.export(run, tmp_path, options(), to=["tflite-float32"], report=silent)
    (entry,) = json.loads((tmp_path / "export.json").read_text())["formats"]
    assert [attempt["rung"] for attempt in entry["attempts"]] == ["conversion", "error"]
    assert entry["file"] is None


def test_who_interrupts_an_export_ends_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ends_with(monkeypatch, "tflite-float32", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        build.export(run, tmp_path, options(), to=["tflite-float32"], report=silent)
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_gives_the_same_bytes(
    files: dict[str, Path], run: Run, tmp_path: Path
) -> None:
    formats = ["tflite-float16", "tflite-int8", "onnx-float16", "onnx-int8"]
    again = build.export(
        run, tmp_path, options(calibration_size=40), to=formats, timed=False, report=silent
    )
    assert [item.format for item in again] == formats
    for item in again:
        assert item.path.read_bytes() == files[item.format].read_bytes(), item.format


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere", "--out", "out"], "no training run here"),
        ([".", "--out", "out", "--to", "coreml"], "no format 'coreml'"),
        ([".", "--out", "out", "--name", "../x"], "--name ../x: a name for files in out"),
        ([".", "--out", "out", "--risk", "nan"], "--risk is a share of errors"),
        ([".", "--out", "out", "--risk", "1"], "--risk is a share of errors"),
        ([".", "--out", "out", "--look-cost", "inf"], "--look-cost has to be a number"),
        ([".", "--out", "out", "--look-scale", "0.8"], "second_look.scales must begin with 1"),
        (
            [".", "--out", "out", "--look-scale", "1", "--look-scale", "9"],
            "must be between 0.5 and 2",
        ),
        ([".", "--out", "out", "--calibration-seed", "-1"], "--calibration-seed"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["export", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err
