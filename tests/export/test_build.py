from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from export import build
from export.cli import main
from export.formats import FORMATS
from train.fit import predict
from train.run import Run
from wbc_edge import Classifier, card
from wbc_edge.errors import GateFailed, UsageError
from wbc_edge.runtimes import open_session

ANYTHING = {"max_drop": 100, "min_agreement": 0, "report": lambda _: None}


@pytest.fixture(scope="module")
def files(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("out")
    # A network of thirty steps sits on every fence; only the mechanism is under test here.
    exported = build.export(run, out, name="tiny", **ANYTHING)
    return {item.format: item.path for item in exported}


def test_every_format_is_written_under_its_name(files: dict[str, Path]) -> None:
    assert {name: path.name for name, path in files.items()} == {
        "tflite-float32": "tiny-float32.tflite",
        "tflite-float16": "tiny-float16.tflite",
        "tflite-int8": "tiny-int8.tflite",
        "onnx-float32": "tiny-float32.onnx",
        "onnx-int8": "tiny-int8.onnx",
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_agrees_with_its_keras_parent(name: str, files: dict[str, Path], run: Run) -> None:
    views, _ = run.part("drawn", "test")
    expected = predict(run.best(), views)
    session = open_session(files[name])
    actual = np.concatenate([session.run(view[None]) for view in views])
    spread = expected.max() - expected.min()
    tolerance = {"float32": 1e-4, "float16": 5e-3, "int8": 0.15}[name.split("-")[1]]
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


def test_int8_takes_and_gives_integers_and_has_no_float_operator(files: dict[str, Path]) -> None:
    session = open_session(files["tflite-int8"])
    assert (session.input.dtype, session.output.dtype) == ("uint8", "int8")
    interpreter = Interpreter(str(files["tflite-int8"]))
    kinds = {detail["dtype"] for detail in interpreter.get_tensor_details()}
    assert np.float32 not in kinds


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
    summary = json.loads((folder / "tiny.json").read_text())
    assert {entry["format"] for entry in summary["files"]} == set(FORMATS)
    assert all(
        entry["bytes"] == (folder / entry["file"]).stat().st_size for entry in summary["files"]
    )
    assert summary["failures"] == []
    assert not list(folder.glob("*partial*"))


def test_files_are_not_replaced_in_silence(files: dict[str, Path], run: Run) -> None:
    path = files["tflite-float32"]
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        build.export(run, path.parent, name="tiny", formats=["tflite-float32"])
    assert path.read_bytes() == before


def test_a_file_that_fails_its_check_is_not_written(run: Run, tmp_path: Path) -> None:
    with pytest.raises(GateFailed, match="tflite-float32: loses"):
        build.export(
            run,
            tmp_path,
            name="tiny",
            formats=["tflite-float32"],
            **ANYTHING | {"max_drop": -1000},
        )
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.json"]
    assert "loses" in json.loads((tmp_path / "tiny.json").read_text())["failures"][0]


def test_the_same_run_gives_the_same_bytes(
    files: dict[str, Path], run: Run, tmp_path: Path
) -> None:
    # Not so for ONNX: tf2onnx numbers the nodes that it adds by process.
    formats = ["tflite-float16", "tflite-int8"]
    again = build.export(run, tmp_path, name="tiny", formats=formats, **ANYTHING)
    for item in again:
        assert item.path.read_bytes() == files[item.format].read_bytes(), item.format


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere", "--out", "out"], "no training run here"),
        ([".", "--out", "out", "--to", "coreml"], "no format 'coreml'"),
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
