"""The ranges that the TFLite quantiser reads."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the export extra is not installed")

import keras

from export.quantise.calibrators import CALIBRATORS
from export.quantise.tflite import TFLiteQuantiser
from train.flatbuffer import kind, parse

GREY = np.random.default_rng(0).integers(60, 200, (8, 16, 16, 3), np.uint8)
"""Cells without a black or a white pixel, such as calibration may be given."""


def _scaled(layer: keras.layers.Layer) -> keras.Model:
    keras.utils.set_random_seed(0)
    pixels = keras.Input((16, 16, 3), dtype="uint8")
    # Without a padding, which is 0 on the scale, the converter folds the scaling into the filters.
    features = keras.layers.Conv2D(4, 3, padding="same")(layer(pixels))
    return keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(features))


@pytest.mark.parametrize("calibrator", CALIBRATORS)
@pytest.mark.parametrize(
    ("layer", "scaled", "shifted"),
    [
        (keras.layers.Rescaling(1 / 127.5, offset=-1), (0, 2), (-1, 1)),
        (
            keras.layers.Rescaling([1 / 255, 1 / 51, -1 / 255], offset=[-1, 0, 2]),
            (-1, 5),
            (-1, 5),
        ),
    ],
    ids=["for all channels", "by channel"],
)
def test_scaled_pixels_have_the_range_that_follows_from_a_pixels(
    layer: keras.layers.Layer,
    scaled: tuple[float, float],
    shifted: tuple[float, float],
    calibrator: str,
) -> None:
    quantiser = TFLiteQuantiser(_scaled(layer), GREY)
    model = parse(quantiser.quantise(quantiser.ranges(calibrator)))
    tensors = model.subgraphs[0].tensors
    kinds = {kind(model, operator): operator for operator in model.subgraphs[0].operators}
    for name, (low, high) in (("MUL", scaled), ("ADD", shifted)):
        found = tensors[kinds[name].outputs[0]].quantization
        assert found.scale[0] == pytest.approx((high - low) / 255, rel=1e-4)
        assert found.zeroPoint[0] == pytest.approx(-128 - low / found.scale[0], abs=0.51)
