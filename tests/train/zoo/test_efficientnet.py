from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.train import tiny
from train.run import Run
from train.training import _bare
from train.zoo import NETWORKS
from train.zoo.efficientnet import DEVIATION
from train.zoo.inherit import inherit

SIZE = (32, 32)
PIXELS = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3), np.uint8)
STATISTICS = [
    np.array([0.485, 0.456, 0.406], np.float32),
    # As in Keras's file, which calls deviations a variance.
    DEVIATION,
]


KERAS = keras.src.applications.efficientnet


@pytest.fixture(autouse=True)
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """An EfficientNet of its first block alone is built in no time."""
    monkeypatch.setattr(KERAS, "DEFAULT_BLOCKS_ARGS", KERAS.DEFAULT_BLOCKS_ARGS[:1])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Random weights with the statistics of ImageNet, laid out as Keras's own file."""
    keras.utils.set_random_seed(0)
    given = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(*SIZE, 3)
    )
    given.set_weights([*STATISTICS, *given.get_weights()[2:]])
    path = tmp_path / "imagenet.weights.h5"
    given.save_weights(path)
    return path


@pytest.fixture
def downloaded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Keras would download."""
    monkeypatch.setattr(KERAS.file_utils, "get_file", lambda *_, **__: str(file))


def _built(weights: str | None) -> keras.Model:
    return NETWORKS["efficientnet_b0"](input_size=SIZE, classes=3, weights=weights)


def _features(model: keras.Model) -> keras.Model:
    (found,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return found


def _layers(model: keras.Model) -> list[tuple[str, Any]]:
    """Kinds and settings, without the numbers that Keras gives to names."""
    return [
        (type(layer).__name__, {k: v for k, v in layer.get_config().items() if k != "name"})
        for layer in _features(model).layers
    ]


@pytest.mark.usefixtures("downloaded")
def test_the_layers_are_the_same_whatever_the_weights(file: Path) -> None:
    plain = _layers(_built(None))
    assert _layers(_built("imagenet")) == plain
    assert _layers(_built(str(file))) == plain


@pytest.mark.usefixtures("downloaded")
def test_imagenet_weights_compute_what_they_do_in_keras() -> None:
    theirs = keras.applications.EfficientNetB0(
        include_top=False, weights="imagenet", input_shape=(*SIZE, 3)
    )
    assert sum(isinstance(layer, keras.layers.Rescaling) for layer in theirs.layers) == 2
    floats = PIXELS.astype(np.float32)
    np.testing.assert_allclose(
        _features(_built("imagenet"))(floats), theirs(floats), rtol=1e-3, atol=1e-5
    )


@pytest.mark.usefixtures("downloaded")
def test_a_network_built_anew_computes_what_the_one_does_whose_weights_it_gets(
    drawn_cells: Path, tmp_path: Path
) -> None:
    model = _built("imagenet")
    config = tiny.config(
        drawn_cells,
        network="efficientnet_b0",
        labels=("basophil", "monocyte", "platelet"),
        options={},
        precision="mixed_bfloat16",
    )
    config.save(tmp_path / "config.json")
    heir = _built(None)
    inherit(heir, model)
    for twin in (_bare(Run(tmp_path), model), heir):
        np.testing.assert_array_equal(twin(PIXELS), model(PIXELS))
