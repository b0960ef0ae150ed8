from __future__ import annotations

from collections import Counter

import keras
import numpy as np
import pytest

from train.zoo import NETWORKS
from train.zoo.width import channels, scalable
from wbc_edge.errors import UsageError

NARROWED = {
    "xception_mha": 71,
    "resnet24": 64,
    "resnet50": 32,
    "efficientnet_b0": 64,
    "inception_v3": 75,
}
"""Networks that Keras gives no width, and the least side that they take."""


@pytest.mark.parametrize("name", NARROWED)
def test_half_the_width_has_the_layers_of_the_whole_and_a_quarter_of_its_weights(name: str) -> None:
    size = (NARROWED[name], NARROWED[name])
    whole, half = (
        NETWORKS[name](input_size=size, classes=4, weights=None, alpha=alpha) for alpha in (1, 0.5)
    )
    wide, narrow = (
        next(layer for layer in model.layers if isinstance(layer, keras.Model))
        for model in (whole, half)
    )
    assert Counter(map(type, narrow.layers)) == Counter(map(type, wide.layers))
    assert 0.2 < narrow.count_params() / wide.count_params() < 0.35
    assert narrow.output.shape[:3] == wide.output.shape[:3]
    assert narrow.output.shape[3] == wide.output.shape[3] // 2
    pixels = np.random.default_rng(0).integers(0, 256, (2, *size, 3), np.uint8)
    assert np.asarray(half(pixels)).shape == (2, 4)


def test_channels_come_in_multiples_of_eight() -> None:
    assert [channels(count, 0.5) for count in (4, 16, 40, 1280)] == [8, 8, 24, 640]
    assert [channels(40, 0.25), channels(24, 0.75)] == [16, 24]


def test_only_the_whole_width_has_imagenet_weights() -> None:
    build = scalable(keras.applications.ResNet50)
    assert build.__name__ == "ResNet50"
    settings = {"input_shape": (32, 32, 3), "include_top": False}
    with pytest.raises(UsageError, match=r"no imagenet weights of ResNet50 at alpha 0\.5"):
        build(**settings, weights="imagenet", alpha=0.5)
    with pytest.raises(UsageError, match="'alpha' has to be above 0"):
        build(**settings, weights=None, alpha=-1.0)
