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
from train.fit import predict
from train.run import Run


@pytest.fixture(scope="module")
def job(run: Run) -> Job:
    pixels = calibration(run, size=16).pixels
    return Job(run, run.best(), pixels, lambda model: TFLiteQuantiser(model, pixels))


@pytest.fixture(scope="module")
def start(job: Job) -> Recipe:
    return Recipe(quantiser=job.make(job.model), calibrator="min-max")


def test_folding_keeps_the_function_and_leaves_no_batch_norm(job: Job) -> None:
    flat = folded(job.model)
    kinds = {type(layer) for layer in flat.layers}
    assert not kinds & {keras.layers.BatchNormalization, keras.layers.Dropout, keras.Model}
    np.testing.assert_allclose(predict(flat, job.pixels), predict(job.model, job.pixels), atol=1e-4)


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
    monkeypatch.setattr(quantisation_aware, "STEPS", 4)
    monkeypatch.setattr(quantisation_aware, "CELLS", 16)
    flat = folded(job.model)
    student = quantisation_aware.simulated(flat, job.pixels)
    assert not np.array_equal(predict(student, job.pixels), predict(flat, job.pixels))
    recipe = next(quantisation_aware.recipes(start, job))
    assert recipe.quantiser is not start.quantiser
    assert job.of(recipe) < 3 * job.of(start) + 0.05


def test_both_families_quantise_alike(job: Job, start: Recipe) -> None:
    onnx = Recipe(quantiser=OnnxQuantiser(job.model, job.pixels), calibrator="mse")
    assert len(onnx.quantiser.layers) == len(start.quantiser.layers)
    assert job.of(onnx) < 2 * job.of(start) + 0.05
