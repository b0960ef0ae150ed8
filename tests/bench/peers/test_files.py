"""int8 files by other makers: the peers that ours are held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_quantizer", reason="the bench extra is not installed")

import keras

from bench.peers import files
from export.check import float_operators
from export.convert.onnx import graph, serialise
from train.recipe.averaging import fit_norms
from train.zoo import NETWORKS
from wbc_edge.runtimes import open_session

RELATED = 0.4
"""Correlation of 192 logits: far beyond chance; nothing has made this network bear rounding."""


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 32, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def network(pixels: np.ndarray) -> keras.Model:
    """A network that has learnt nothing, but whose logits differ from picture to picture."""
    keras.utils.set_random_seed(3)
    model = NETWORKS["mobilenet"](input_size=(32, 32), classes=8, weights=None, alpha=0.25)
    fit_norms(model, [pixels])
    return model


def _alike(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])


@pytest.mark.filterwarnings("ignore:.*preserve_all_tensors:UserWarning")
def test_ai_edge_quantizer_makes_a_file_that_runs(
    network: keras.Model, pixels: np.ndarray, tmp_path: Path
) -> None:
    network.save(tmp_path / "network.keras")
    made = files.by_ai_edge_quantizer(tmp_path / "network.keras", pixels, tmp_path / "other.tflite")
    logits = open_session(made).run(pixels)
    assert _alike(logits, network.predict(pixels, verbose=0)) > RELATED


def test_onnxruntime_makes_a_file_that_runs(
    network: keras.Model, pixels: np.ndarray, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.onnx"
    plain.write_bytes(serialise(graph(network)))
    made = files.by_onnxruntime(plain, pixels, tmp_path / "other.onnx")
    # Its batch norms stay in float, as many operators as fused convolutions were.
    assert any("Conv" in operator for operator in float_operators(plain))
    assert not any("Conv" in operator for operator in float_operators(made))
    logits = open_session(made).run(pixels)
    assert _alike(logits, network.predict(pixels, verbose=0)) > RELATED
