"""Every network of the registry: built, trained a little, stored, converted and run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.train.zoo.cases import CASES, LABELS
from train.zoo import NETWORKS
from wbc_edge import synthetic
from wbc_edge.runtimes import open_session


def test_every_network_of_the_registry_has_a_case() -> None:
    assert list(CASES) == list(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_pixels_and_gives_logits(name: str) -> None:
    case = CASES[name]
    size = (case.side, case.side)
    model = NETWORKS[name](input_size=size, classes=case.classes, weights=None)
    assert model.input_shape == (None, *size, 3)
    assert keras.backend.standardize_dtype(model.inputs[0].dtype) == "uint8"
    assert model.output_shape == (None, case.classes)
    assert model.count_params() == case.parameters


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_are_of_full_precision_where_the_layers_before_are_not(name: str) -> None:
    case = CASES[name]
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = NETWORKS[name](
            input_size=(case.side, case.side), classes=4, weights=None, **case.small
        )
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.output.dtype == "float32"
    assert model.layers[-2].compute_dtype == "bfloat16"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_is_stored_and_runs_where_it_is_exported_to(
    name: str, tmp_path: Path
) -> None:
    pytest.importorskip("tf2onnx", reason="the export extra is not installed")
    from export import check, formats

    side = CASES[name].side
    views = np.stack([synthetic.draw(LABELS[i % 4], seed=i, size=side) for i in range(8)])
    model = _trained(name, views, np.arange(8) % 4)

    # Stored as a run stores its best network.
    stored = keras.Model(model.inputs, model.outputs, name=name)
    stored.save(tmp_path / "net.keras")
    twin = keras.saving.load_model(tmp_path / "net.keras")
    logits = _logits(twin, views)
    np.testing.assert_array_equal(logits, _logits(stored, views))

    for entry, least in (("onnx-float32", 0.999999), ("tflite-int8", 0.8)):
        path = tmp_path / formats.FORMATS[entry].file_name(name)
        path.write_bytes(_converted(formats.FORMATS[entry], twin, views))
        session = open_session(path)
        answers = np.concatenate([session.run(views[i : i + 1]) for i in range(len(views))])
        correlation = np.corrcoef(answers.ravel(), logits.ravel())[0, 1]
        assert correlation > least, entry
    assert check.float_operators(path) == ()


def _converted(entry: Any, model: keras.Model, views: np.ndarray) -> bytes:
    if entry.quantiser is None:
        return entry.converted(model, views)
    from export.quantise import Io

    return entry.quantiser(model, views, Io()).quantise({})


def _trained(name: str, views: np.ndarray, targets: np.ndarray) -> keras.Model:
    """A small variant after its steps; its batch norms hold the statistics of the last one."""
    keras.utils.set_random_seed(0)
    options = CASES[name].small | {"dropout": 0.0}
    model = NETWORKS[name](
        input_size=views.shape[1:3], classes=len(LABELS), weights=None, **options
    )
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            # In an untrained network some channels hardly vary; normalised to the full, they would
            # make rounding to int8 as large as the signal, which in trained ones it is not.
            layer.momentum, layer.epsilon = 0.0, 0.1
    model.compile(
        keras.optimizers.Adam(3e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        # Tracing takes longer than the few steps do.
        run_eagerly=True,
    )
    losses = [float(model.train_on_batch(views, targets)) for _ in range(CASES[name].steps)]
    assert losses[-1] < losses[0]
    return model


def _logits(model: keras.Model, views: np.ndarray) -> np.ndarray:
    return np.asarray(keras.tree.flatten(model([views], training=False))[0])
