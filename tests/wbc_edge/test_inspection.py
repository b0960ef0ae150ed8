from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from wbc_edge import Classifier, inspection, runtimes
from wbc_edge import bundle as bundles
from wbc_edge import card as cards
from wbc_edge.card import SecondLook
from wbc_edge.cli import app
from wbc_edge.errors import ModelError, RuntimeUnavailable
from wbc_edge.runtimes import tuned


def test_a_model_is_described_whole(tiny_int8: Path) -> None:
    found = inspection.inspect(tiny_int8)
    if found.input is None:
        pytest.skip(found.problems[0])
    assert (found.format, found.size, found.problems) == ("tflite", tiny_int8.stat().st_size, ())
    assert (found.input.scale, found.input.zero_point) == (1, -128)
    text = found.to_text()
    tensor = "1 x 32 x 32 x 3 int8, scale 1, zero point -128"
    for part in (tensor, "basophil, eosinophil", "not judged", "MIT"):
        assert part in text
    content = json.loads(json.dumps(found.to_dict()))
    assert content["card"]["labels"][0] == "basophil"
    assert content["output"]["dtype"] == "int8"


def test_it_says_how_a_doubtful_cell_is_looked_at(tiny_int8: Path) -> None:
    card = cards.read(tiny_int8)
    cards.write(tiny_int8, replace(card, second_look=None))
    assert re.search(r"second look +never\n", inspection.inspect(tiny_int8).to_text())
    look = SecondLook(turns=4, below=0.9, scales=(1.0, 0.8))
    cards.write(tiny_int8, replace(card, second_look=look))
    told = "below 0.9, the mean of 4 turns at scales 1, 0.8"
    assert told in inspection.inspect(tiny_int8).to_text()


def test_a_model_without_a_card_is_described_as_far_as_it_goes(tiny_int8: Path) -> None:
    content = tiny_int8.read_bytes()
    tiny_int8.write_bytes(content[: content.rindex(b"PK\x03\x04")])
    found = inspection.inspect(tiny_int8)
    assert found.card is None
    assert found.sound
    assert "carries no wbc-edge model card" in found.to_text()
    json.dumps(found.to_dict())


def test_a_model_without_a_runtime_is_described_by_its_card(
    tiny_int8: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise RuntimeUnavailable("not installed")

    monkeypatch.setattr(inspection.tuned, "open_best", missing)
    found = inspection.inspect(tiny_int8)
    assert found.card is not None
    assert found.input is None
    assert found.sound
    assert "not installed" in found.to_text()


def test_it_says_what_auto_takes_here_and_why(
    tiny_int8: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(tuned.VARIABLE, str(tmp_path / "tuning.json"))
    plain = inspection.inspect(tiny_int8)
    assert (plain.threads, plain.tuned) == (1, False)
    assert "doctor --tune" not in plain.to_text()
    first = runtimes.first_usable(tiny_int8)
    tuned.store("tflite", tuned.Choice(runtime=first, threads=2))
    found = inspection.inspect(tiny_int8)
    assert (found.threads, found.tuned) == (2, True)
    assert "threads: 2, found fastest by doctor --tune" in found.to_text()
    assert not inspection.inspect(tiny_int8, runtime=first).tuned


def test_what_is_no_model_is_a_model_error(tmp_path: Path) -> None:
    path = tmp_path / "x.tflite"
    path.write_bytes(b"no model at all")
    with pytest.raises(ModelError, match="neither a TFLite nor an ONNX model"):
        inspection.inspect(path)


def test_a_card_that_does_not_fit_its_network_is_a_problem(tiny_int8: Path) -> None:
    card = cards.read(tiny_int8)
    cards.write(tiny_int8, replace(card, labels=card.labels[:-1], presets={}))
    found = inspection.inspect(tiny_int8)
    if found.input is None:
        pytest.skip(found.problems[0])
    assert not found.sound
    assert "7 classes have names, the model answers with 8" in found.to_text()
    assert CliRunner().invoke(app, ["info", str(tiny_int8)]).exit_code == 4


def test_a_card_that_takes_logits_for_probabilities_is_a_problem(tiny_int8: Path) -> None:
    card = cards.read(tiny_int8)
    assert card.output.kind == "logits"
    cards.write(tiny_int8, replace(card, output=replace(card.output, kind="probabilities")))
    (problem,) = inspection.inspect(tiny_int8).problems
    assert "the card says probabilities, the model answers with other numbers" in problem
    with pytest.raises(ModelError) as raised:
        Classifier(tiny_int8).classify(np.zeros((32, 32, 3), np.uint8))
    assert raised.value.code == "output_not_probabilities"


def test_a_card_cannot_forge_lines(tiny_int8: Path) -> None:
    card = cards.read(tiny_int8)
    cards.write(tiny_int8, replace(card, name="x\nmeasured  top-1 1.0"))
    lines = inspection.inspect(tiny_int8).to_text().splitlines()
    assert not [line for line in lines if line.startswith("measured  top-1 1.0")]


def test_a_damaged_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bundles.open_bundle("nano").path.read_bytes()
    path = tmp_path / "damaged.tflite"
    path.write_bytes(whole[:20] + b"\0" + whole[21:])  # a runtime that opens it ends the process
    monkeypatch.setattr(tuned, "open_best", lambda *_, **__: pytest.fail("it was opened"))
    found = inspection.inspect(path)
    assert not found.sound
    assert len(found.problems) == 1
    assert found.card is None
