"""A network whose plain int8 collapses by construction, and what the ladder makes of it."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from export import build
from export.gate import Limits
from export.options import Options
from export.quantise import flatbuffer
from export.quantise.tflite import TFLiteQuantiser
from tests.export.conftest import silent
from train.run import Run
from train.training import predict
from wbc_edge import card
from wbc_edge.errors import GateFailed

CLOSE = Limits(max_drop=100, max_recall_drop=100, min_agreement=70)


class Planted(Run):
    """The cells of a run, and a network with one channel a thousand times as large as the others.

    What reads that channel has zero weights, so in float it does nothing; in 8 bits it takes all
    levels of the activation for itself.
    """

    @cached_property
    def network(self) -> keras.Model:
        keras.utils.set_random_seed(0)
        size = (self.config.input.height, self.config.input.width, 3)
        pixels = keras.Input(size, dtype="uint8", name="pixels")
        x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
        x = keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="stretched")(x)
        x = keras.layers.Conv2D(16, 3, strides=2, activation="relu", name="reader")(x)
        x = keras.layers.Conv2D(16, 3, strides=2, activation="relu", name="last")(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        logits = keras.layers.Dense(len(self.config.labels), name="logits")(x)
        model = keras.Model(pixels, logits)
        kernel, bias = model.get_layer("stretched").get_weights()
        bias[0] = 2000.0
        model.get_layer("stretched").set_weights([kernel, bias])
        kernel, bias = model.get_layer("reader").get_weights()
        kernel[:, :, 0] = 0
        model.get_layer("reader").set_weights([kernel, bias])
        # Logits apart from one another, so that cells differ in what they are called.
        views, _ = self.part("drawn", "val")
        kernel, _ = model.get_layer("logits").get_weights()
        model.get_layer("logits").set_weights([kernel, -predict(model, views).mean(0)])
        return model

    def best(self) -> keras.Model:
        return self.network


@pytest.fixture(scope="module")
def planted(run: Run) -> Planted:
    return Planted(run.folder)


@pytest.fixture(scope="module")
def recovered(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("recovered")
    build.export(
        planted,
        out,
        Options(name="planted", limits=CLOSE, calibration_size=24),
        to=["tflite-int8"],
        report=silent,
    )
    return out


def _attempts(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "export.json").read_text())["formats"][0]["attempts"]


def test_plain_int8_falls_and_a_later_rung_recovers(recovered: Path) -> None:
    attempts = _attempts(recovered)
    assert [a["rung"] for a in attempts][:4] == ["plain", "calibrator", "bias correction", "mixed"]
    assert [a["passed"] for a in attempts] == [*[False] * (len(attempts) - 1), True]
    first, last = attempts[0], attempts[-1]
    assert first["validation"]["agreement"]["value"] < 0.7
    assert last["test"]["agreement"]["value"] >= 0.7
    assert last["logit_error"] < 0.2 * first["logit_error"]


def test_only_the_attempt_that_passed_was_shown_the_test_cells(recovered: Path) -> None:
    assert [a["test"] is not None for a in _attempts(recovered)].count(True) == 1


def test_what_stays_in_float_is_the_stretched_layer_and_is_listed(recovered: Path) -> None:
    last = _attempts(recovered)[-1]
    assert "stretched" in last["note"]
    found = card.read(recovered / "planted-int8.tflite").created_with
    assert found["quantisation"].startswith("mixed: ")
    assert "CONV_2D" in found["operators left in float"]


def test_the_page_shows_the_way(recovered: Path) -> None:
    page = (recovered / "export.html").read_text()
    assert "tflite-int8, rung by rung" in page
    assert "bias correction" in page


def test_without_climbing_nothing_is_written(planted: Planted, tmp_path: Path) -> None:
    with pytest.raises(GateFailed, match="tflite-int8: min-agreement 70"):
        build.export(
            planted,
            tmp_path,
            Options(name="planted", limits=CLOSE, calibration_size=24, climb=False),
            to=["tflite-int8"],
            report=silent,
        )
    assert not list(tmp_path.glob("*.tflite"))
    assert [a["rung"] for a in _attempts(tmp_path)] == ["plain"]


def test_a_layer_kept_in_float_is_the_only_one(planted: Planted) -> None:
    views, _ = planted.part("drawn", "val")
    quantiser = TFLiteQuantiser(planted.best(), np.asarray(views))
    layer = next(layer for layer in quantiser.layers if layer.name.startswith("reader"))
    content = quantiser.quantise({}, keep=layer.operators)
    assert len(flatbuffer.float_operators(content)) == 1
    assert flatbuffer.float_operators(quantiser.quantise({})) == ()
