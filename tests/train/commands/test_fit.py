from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.train import command, tiny
from train.commands.settings import configured
from train.config import Config
from train.fit import begin


@pytest.fixture
def begun(drawn_cells: Path, tmp_path: Path) -> Path:
    """The folder of a run that has begun."""
    return begin(tiny.config(drawn_cells), tmp_path / "run").folder


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """What is resumed, in place of training."""
    found: list[Config] = []

    def fit(config: Config, _: Path, *, resume: bool, report: object) -> None:  # noqa: ARG001
        assert resume
        found.append(config)

    monkeypatch.setattr("train.fit.fit", fit)
    return found


def _fit(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    return command.run(monkeypatch, "fit", *arguments)


def _recipe(begun: Path, **changes: Any) -> str:
    file = begun.parent / "recipe.json"
    file.write_text(json.dumps(json.loads((begun / "config.json").read_text()) | changes))
    return str(file)


def test_what_is_said_beside_resume_may_be_what_is_stored(
    begun: Path,
    drawn_cells: Path,
    resumed: list[Config],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for said in (
        [],
        ["--config", _recipe(begun)],
        ["--data", f"folder:{drawn_cells}", "--epochs", "2", "--option", "alpha=0.25"],
    ):
        assert _fit(["--out", str(begun), "--resume", *said], monkeypatch) == 0
    assert resumed == [tiny.config(drawn_cells)] * 3


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (["--epochs", "3"], "epochs"),
        (["--set", "optimizer.average=0.9", "--seed", "4"], "optimizer.average, seed"),
        (["--config", "RECIPE"], "augmentation.haze, patience"),
        (["--config", "RECIPE", "--patience", "8"], "augmentation.haze"),
    ],
)
def test_what_contradicts_the_stored_settings_is_refused_by_name(
    said: list[str],
    named: str,
    begun: Path,
    resumed: list[Config],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recipe = _recipe(begun, augmentation={"haze": 0.5}, patience=3)
    said = [recipe if text == "RECIPE" else text for text in said]
    assert _fit(["--out", str(begun), "--resume", *said], monkeypatch) == 2
    assert f"{begun}: holds a run of other settings ({named});" in capsys.readouterr().err
    assert not resumed


def test_a_start_gives_the_view_that_is_not_said_otherwise(
    drawn_cells: Path, tmp_path: Path
) -> None:
    elder = begin(tiny.config(drawn_cells), tmp_path / "elder")
    said = {
        "sources": [f"folder:{drawn_cells}"],
        "labels": list(elder.config.labels),
        "network": elder.config.network,
        "start": str(elder.folder),
        "input": {"framing": {"scale": 1.7}},
    }
    found = configured(None, [], said).input
    assert (found.height, found.width) == (elder.config.input.height, elder.config.input.width)
    assert found.framing == replace(elder.config.input.framing, scale=1.7)


def test_two_beginnings_are_refused(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["--data", str(drawn_cells), "--out", str(tmp_path / "run"), "--start", "nano-float16"]
    assert _fit([*asked, "--weights", "imagenet"], monkeypatch) == 2
    assert not (tmp_path / "run").exists()


def test_cells_of_one_class_alone_leave_nothing_to_learn(
    drawn_cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--data", f"folder:{drawn_cells},classes=monocyte", "--out", str(tmp_path / "run")]
    assert _fit(arguments, monkeypatch) == 2
    assert "all cells are of the class 'monocyte': nothing is to be" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
