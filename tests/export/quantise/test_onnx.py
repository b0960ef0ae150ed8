"""The ranges that the ONNX quantiser reads."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tf2onnx", reason="the export extra is not installed")

import keras
import onnx

from export.quantise.onnx import OnnxQuantiser
from train.zoo import NETWORKS


@pytest.mark.parametrize("calibrator", ["min-max", "mse"])
def test_pixels_beyond_those_of_the_calibration_are_not_cut_off(calibrator: str) -> None:
    keras.utils.set_random_seed(0)
    model = NETWORKS["tiny_resnet"](input_size=(32, 32), classes=3, weights=None)
    grey = np.random.default_rng(0).integers(60, 200, (8, 32, 32, 3), np.uint8)
    quantiser = OnnxQuantiser(model, grey)
    graph = onnx.load_from_string(quantiser.quantise(quantiser.ranges(calibrator))).graph
    values = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    ranges = []
    for node in graph.node:
        if node.op_type == "QuantizeLinear":
            scale, zero = (float(values[name]) for name in node.input[1:3])
            ranges.append((-scale * zero, scale * (255 - zero)))
    pixels, scaled, shifted = ranges[:3]
    assert pixels == (0, 255)
    assert scaled == pytest.approx((0, 2), abs=1e-4)
    assert shifted == pytest.approx((-1, 1), abs=0.01)
