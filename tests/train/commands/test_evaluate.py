from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import paths
from tests.train import command

INT8, ONNX = str(paths.INT8), str(paths.ONNX)


def _evaluate(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    return command.run(monkeypatch, "evaluate", *arguments)


def test_a_model_is_evaluated_on_given_cells(
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    asked = ("--data", drawn_cells, "--part", "all", "--classes", "lymphocyte,monocyte")
    assert _evaluate(monkeypatch, INT8, *asked, "--out", out) == 0
    answer = capsys.readouterr()
    assert answer.out.strip() == str(out / "evaluation.html")
    assert "tiny-int8.tflite, drawn, all: accuracy" in answer.err
    found = json.loads((out / "evaluation.json").read_text())
    (part,) = found["parts"]
    assert (part["data"]["cells"], part["data"]["other"]) == (24, 72)
    assert part["figures"]["labels"] == found["classes"] == ["lymphocyte", "monocyte"]


def test_several_models_get_a_folder_each(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _evaluate(monkeypatch, INT8, ONNX, "--data", drawn_cells, "--out", tmp_path) == 0
    names = sorted(path.parent.name for path in tmp_path.glob("*/evaluation.html"))
    assert names == ["tiny-float32.onnx", "tiny-int8.tflite"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([INT8], 2, "by: give --data PATH"),
        ([INT8, "--data", "nowhere"], 2, "nowhere: no such folder of cells"),
        (
            [INT8, "--data", "CELLS", "--part", "exam"],
            2,
            "'exam' is not one of 'train',",
        ),
        ([INT8, "--data", "CELLS", "--classes", "blast,ig"], 2, "the model has no class 'blast'"),
        ([INT8, "--data", "CELLS", "--classes", "ig"], 2, "one class alone"),
        ([INT8, "--data", "CELLS", "--classes", ""], 2, "an argument is empty"),
        ([INT8, "--data", "STRANGE", "--part", "all"], 2, "holds the class 'blast'"),
        (["nothing.tflite", "--data", "CELLS"], 4, "there is no model file nothing.tflite"),
        ([".", "--data", "CELLS"], 2, "no training run here"),
        ([INT8, "--data", "DAMAGED", "--part", "all"], 1, "cell.png"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str],
    code: int,
    sentence: str,
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for folder, label in (("STRANGE", "blast"), ("DAMAGED", "ig")):
        path = tmp_path / folder / label / "cell.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    arguments = [str(drawn_cells) if text == "CELLS" else text for text in arguments]
    assert _evaluate(monkeypatch, *arguments, "--out", "out") == code
    errors = capsys.readouterr().err
    assert sentence in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()
