from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wbc_edge import inspection
from wbc_edge.cli import app
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import first_usable, trial

SCALE = struct.pack("<f", 1 / 255)


@pytest.fixture
def foreign(tiny_int8: Path) -> Path:
    """The tiny int8 TFLite model, without its card."""
    content = tiny_int8.read_bytes()
    tiny_int8.write_bytes(content[: content.rindex(b"PK\x03\x04")])
    return tiny_int8


@pytest.fixture
def deadly(foreign: Path) -> Path:
    """The same with a scale of -8e31, by which runtimes do not survive to compute."""
    content = foreign.read_bytes()
    assert content.count(SCALE) == 1
    foreign.write_bytes(content.replace(SCALE, SCALE[:3] + b"\xf4"))
    if first_usable(foreign) == "openvino":
        pytest.skip("openvino does not follow it")
    return foreign


def test_a_model_that_runs_passes(foreign: Path, tiny: Path) -> None:
    trial.check(foreign)
    trial.check(tiny)


def test_errors_are_left_to_who_opens_the_model(tmp_path: Path) -> None:
    trial.check(tmp_path / "nothing.tflite")


def test_a_model_that_ends_its_process_is_an_error_in_this_one(deadly: Path) -> None:
    with pytest.raises(ModelError, match=r"it ends the process that runs it \(\w+\)") as caught:
        trial.check(deadly)
    assert str(deadly) in str(caught.value)
    found = inspection.inspect(deadly)
    assert not found.sound
    assert any("ends the process" in problem for problem in found.problems)


def test_a_child_that_does_not_come_to_the_model_blames_nobody(
    deadly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_TRIAL", "import no_such_module")
    trial.check(deadly)
    monkeypatch.setattr(sys, "executable", str(deadly.with_name("no-python")))
    trial.check(deadly)


def test_a_benchmark_names_it_and_lives(deadly: Path) -> None:
    labels = ",".join("abcdefgh")
    answer = CliRunner().invoke(
        app, ["bench", "-m", str(deadly), "--labels", labels, "--input", "32x32"]
    )
    assert answer.exit_code == 4
    assert "tiny-int8.tflite is damaged" in answer.stderr


def test_one_that_never_answers_is_given_up(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "TIMEOUT_S", 0.01)
    with pytest.raises(ModelError, match="did not answer within"):
        trial.check(foreign)
