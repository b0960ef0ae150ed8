from __future__ import annotations

import keras
import numpy as np
import pytest

from export.calibration import calibration
from export.ladder import bias_correction, quantisation_aware
from export.ladder.folding import folded
from export.ladder.recipe import Job, Recipe
from export.quantise.onnx import OnnxQuantiser
from export.quantise.tflite import TFLiteQuantiser
from train.run import Run
from train.training import predict


@pytest.fixture(scope="module")
def job(run: Run) -> Job:
    """A network of a few layers, with batch norms that have statistics, on drawn cells."""
    pixels = calibration(run, size=16).pixels
    return Job(run, _network(run), pixels, lambda model: TFLiteQuantiser(model, pixels))


def _network(run: Run) -> keras.Model:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    size = (run.config.input.height, run.config.input.width, 3)
    pixels = keras.Input(size, dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    inner = keras.Input((*size[:2], 3))
    y = keras.layers.Conv2D(8, 3, strides=2, use_bias=False, name="first")(inner)
    y = keras.layers.ReLU(6.0)(keras.layers.BatchNormalization()(y))
    y = keras.layers.DepthwiseConv2D(3, name="depthwise")(y)
    y = keras.layers.BatchNormalization(scale=False)(y)
    y = keras.layers.Activation("hard_silu")(y)
    y = keras.layers.add([y, keras.layers.Conv2D(8, 1, name="branch")(y)])
    x = keras.Model(inner, y, name="backbone")(x)
    x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(pixels, keras.layers.Dense(len(run.config.labels), name="logits")(x))
    for layer in model.get_layer("backbone").layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            weights = layer.get_weights()
            layer.set_weights([w + rng.uniform(0.0, 0.5, w.shape) for w in weights])
    return model


@pytest.fixture(scope="module")
def start(job: Job) -> Recipe:
    return Recipe(quantiser=job.make(job.model), calibrator="min-max")


def test_folding_keeps_the_function_and_leaves_no_batch_norm(job: Job) -> None:
    flat = folded(job.model)
    kinds = {type(layer) for layer in flat.layers}
    assert not kinds & {keras.layers.BatchNormalization, keras.layers.Dropout, keras.Model}
    np.testing.assert_allclose(predict(flat, job.pixels), predict(job.model, job.pixels), atol=1e-4)


@pytest.mark.parametrize("quantiser", [TFLiteQuantiser, OnnxQuantiser])
def test_every_layer_has_a_correction_of_its_own(
    job: Job, quantiser: type[TFLiteQuantiser | OnnxQuantiser]
) -> None:
    """Also where converters let layers share a bias of zeros, or cut the output by a rectifier."""
    found = quantiser(_separable(job.pixels), job.pixels)
    names = [layer.bias for layer in found.layers if layer.bias is not None]
    assert len(names) >= 3
    wanted = found.means(names, job.pixels)

    def error(content: bytes) -> np.ndarray:
        means = found.means(names, job.pixels, content)
        return np.array([np.abs(means[name] - wanted[name]).mean() for name in names])

    plain = Recipe(quantiser=found, calibrator="min-max")
    (corrected,) = bias_correction.recipes(plain, job)
    assert (error(corrected.content) < error(plain.content) / 4).all()


def _separable(pixels: np.ndarray) -> keras.Model:
    """Depthwise layers without a bias, and rectifiers that cut a good part of their input."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    source = keras.Input(pixels.shape[1:], dtype="uint8")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(source)
    for kind in (keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.SeparableConv2D):
        x = kind(8, 3, padding="same", use_bias=False)(x)
        seen = keras.Model(source, x).predict(pixels, verbose=0)
        norm = keras.layers.BatchNormalization()
        x = keras.layers.ReLU(6.0)(norm(x))
        gamma, beta = rng.normal(1.5, 0.3, 8), rng.normal(-0.7, 0.5, 8)
        norm.set_weights([gamma, beta, seen.mean((0, 1, 2)), seen.var((0, 1, 2))])
    return keras.Model(source, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x)))


def test_corrected_biases_bring_the_means_back(job: Job, start: Recipe) -> None:
    (recipe,) = bias_correction.recipes(start, job)
    quantiser = start.quantiser
    last = [layer.bias for layer in quantiser.layers if layer.bias is not None][-1]
    wanted = quantiser.means([last], job.pixels)[last]
    before, after = (
        np.abs(quantiser.means([last], job.pixels, found.content)[last] - wanted).mean()
        for found in (start, recipe)
    )
    assert after < before


def test_simulated_quantisation_rounds_and_learns(
    job: Job, start: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantisation_aware, "STEPS", 20)
    monkeypatch.setattr(quantisation_aware, "CELLS", 64)
    # The first of the rates drives the network out of all it knows, and is passed over.
    monkeypatch.setattr(quantisation_aware, "RATES", (1e3, *quantisation_aware.RATES))
    flat = folded(job.model)
    student = quantisation_aware.simulated(flat, job.pixels)
    assert not np.array_equal(predict(student, job.pixels), predict(flat, job.pixels))
    recipe = next(quantisation_aware.recipes(start, job))
    assert recipe.quantiser is not start.quantiser
    assert "steps at a rate of 0.0002" in recipe.note
    assert job.logit_error(recipe) < 2 * job.logit_error(start)


def test_where_no_training_helps_there_is_no_such_file(
    job: Job, start: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantisation_aware, "STEPS", 2)
    monkeypatch.setattr(quantisation_aware, "CELLS", 16)
    monkeypatch.setattr(quantisation_aware, "RATES", (1e3,))
    assert not list(quantisation_aware.recipes(start, job))


def test_both_families_quantise_alike(job: Job, start: Recipe) -> None:
    onnx = Recipe(quantiser=OnnxQuantiser(job.model, job.pixels), calibrator="mse")
    assert len(onnx.quantiser.layers) == len(start.quantiser.layers)
    assert job.logit_error(onnx) < 2 * job.logit_error(start) + 0.05


@pytest.mark.parametrize(("width", "ways"), [(6, 8), (5, 4)])
def test_a_batch_is_laid_in_every_way_that_keeps_its_form(width: int, ways: int) -> None:
    rng = np.random.default_rng(0)
    views = rng.integers(0, 256, (3, 6, width, 3), np.uint8)
    laid = [quantisation_aware._turned(views, rng) for _ in range(100)]
    assert {one.shape for one in laid} == {views.shape}
    assert len({one.tobytes() for one in laid}) == ways
