from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from train.zoo import NETWORKS

PARAMETERS = {"mobilenet": 1_839_128}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_pixels_and_gives_logits(name: str) -> None:
    model = NETWORKS[name](input_size=(64, 64), classes=8, weights=None)
    assert model.input_shape == (None, 64, 64, 3)
    assert keras.backend.standardize_dtype(model.inputs[0].dtype) == "uint8"
    assert model.output_shape == (None, 8)
    assert model.count_params() == PARAMETERS[name]
    logits = model.predict_on_batch(np.zeros((2, 64, 64, 3), np.uint8))
    np.testing.assert_allclose(logits[0], logits[1])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_step_lowers_the_loss_and_saving_keeps_the_network(
    name: str, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    model = NETWORKS[name](input_size=(32, 32), classes=4, weights=None, alpha=0.25, dropout=0)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    views = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)
    targets = np.arange(16) % 4
    losses = [float(model.train_on_batch(views, targets)) for _ in range(6)]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "net.keras")
    twin = keras.saving.load_model(tmp_path / "net.keras")
    np.testing.assert_array_equal(twin.predict_on_batch(views), model.predict_on_batch(views))


def test_weights_of_a_backbone_are_loaded_from_a_file(tmp_path: Path) -> None:
    first = NETWORKS["mobilenet"](input_size=(32, 32), classes=3, weights=None, alpha=0.25)
    (backbone,) = [layer for layer in first.layers if isinstance(layer, keras.Model)]
    backbone.save_weights(tmp_path / "backbone.weights.h5")
    second = NETWORKS["mobilenet"](
        input_size=(64, 64), classes=5, weights=str(tmp_path / "backbone.weights.h5"), alpha=0.25
    )
    (other,) = [layer for layer in second.layers if isinstance(layer, keras.Model)]
    for mine, theirs in zip(other.get_weights(), backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_given_imagenet_weights_fit(shared_data: Path) -> None:
    file = shared_data.parent / "weights" / "mobilenet_0.75_notop.weights.h5"
    model = NETWORKS["mobilenet"](input_size=(64, 64), classes=8, weights=str(file))
    assert model.count_params() == PARAMETERS["mobilenet"]
