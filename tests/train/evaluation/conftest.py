"""An untrained run with all its files, and drawn cells: nothing here has to be good."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest

from tests.paths import INT8, ONNX
from tests.train import tiny
from train.run import Run
from train.split import save


@pytest.fixture(scope="session")
def run(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of two epochs as its files have it; its network is a mean colour and a layer."""
    run = Run(tmp_path_factory.mktemp("runs") / "first")
    run.folder.mkdir()
    tiny.config(drawn_cells).save(run.config_file)
    save(run.splits, run.split_file)
    run.write_history(
        [
            {"epoch": 1, "loss": 2.0, "accuracy": 0.2, "val_loss": 1.9, "val_accuracy": 0.3},
            {"epoch": 2, "loss": 1.5, "accuracy": 0.4, "val_loss": 1.6, "val_accuracy": 0.4},
        ]
    )
    keras.utils.set_random_seed(3)
    pixels = keras.Input((32, 32, 3))
    scaled = keras.layers.Rescaling(1 / 16)(pixels)
    logits = keras.layers.Dense(8)(keras.layers.GlobalAveragePooling2D()(scaled))
    keras.Model(pixels, logits).save(run.best_file)
    return run


@pytest.fixture
def tflite() -> str:
    """A tiny int8 model of the eight classes."""
    return str(INT8)


@pytest.fixture
def onnx() -> str:
    """The same network as ONNX in float."""
    return str(ONNX)
