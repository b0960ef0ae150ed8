"""A network takes over what matters of a wider one, and the whole of a narrower one."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from train.zoo import NETWORKS
from train.zoo.inherit import inherit
from wbc_edge.errors import UsageError

SIZE = (32, 32)


def _network(name: str = "mobilenet", alpha: float = 0.25, classes: int = 3) -> keras.Model:
    return NETWORKS[name](input_size=SIZE, classes=classes, weights=None, alpha=alpha)


def _views() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, *SIZE, 3), dtype=np.uint8)


def _silence(wide: keras.Model, narrow: keras.Model) -> None:
    """Leaves only as many channels of every convolution as the narrow network has, at random."""
    rng = np.random.default_rng(1)
    (backbone,) = [layer for layer in wide.layers if isinstance(layer, keras.Model)]
    (target,) = [layer for layer in narrow.layers if isinstance(layer, keras.Model)]
    for layer, mine in zip(backbone.layers, target.layers, strict=True):
        if isinstance(layer, keras.layers.BatchNormalization) and "_dw" not in layer.name:
            gamma, beta, mean, variance = layer.get_weights()
            left = rng.permutation(len(gamma))[: len(mine.get_weights()[0])]
            gamma[np.setdiff1d(np.arange(len(gamma)), left)] = 0
            beta[left] = rng.normal(size=len(left))
            layer.set_weights([gamma, beta, mean, variance])


def test_channels_that_say_something_are_kept() -> None:
    narrow, wide = _network(alpha=0.25), _network(alpha=0.5)
    _silence(wide, narrow)
    before = narrow.predict(_views(), verbose=0)
    inherit(narrow, wide)
    after = narrow.predict(_views(), verbose=0)
    np.testing.assert_allclose(after, wide.predict(_views(), verbose=0), atol=1e-4)
    assert np.abs(after - before).max() > 0.01


def test_a_network_as_wide_takes_everything_over() -> None:
    for name in ("mobilenet", "mobilenet_v2"):
        mine, theirs = _network(name, 0.35), _network(name, 0.35)
        inherit(mine, theirs)
        for one, other in zip(mine.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "narrow", "wide"),
    [
        ("mobilenet", {"alpha": 0.25}, {"alpha": 0.5}),
        ("mobilenet_v2", {"alpha": 0.35}, {"alpha": 0.5}),  # with shortcuts
        ("tiny_resnet", {"widths": (8, 16, 24)}, {"widths": (8, 24, 40)}),
    ],
)
def test_a_wider_network_answers_as_the_narrow_one_and_learns_with_new_channels(
    name: str, narrow: dict[str, Any], wide: dict[str, Any]
) -> None:
    elder = NETWORKS[name](input_size=SIZE, classes=3, weights=None, **narrow)
    # Normalisations that do something, as of a trained network.
    elder.set_weights([part + 0.03 for part in elder.get_weights()])
    model = NETWORKS[name](input_size=SIZE, classes=3, weights=None, **wide)
    inherit(model, elder)
    expected = elder.predict(_views(), verbose=0)
    np.testing.assert_allclose(model.predict(_views(), verbose=0), expected, rtol=1e-4, atol=1e-4)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.train_on_batch(_views(), np.array([0, 1, 2, 0]))
    new = model.layers[-1].get_weights()[0][elder.layers[-1].get_weights()[0].shape[0] :]
    # (MobileNetV2 ends in as many channels, however wide it is.)
    assert new.any(axis=1).sum() >= len(new) / 2


@pytest.mark.parametrize(
    ("narrow", "wide", "reason"),
    [
        (("mobilenet", 0.25), ("mobilenet_v2", 0.35), "layers differ"),
        (("mobilenet_v2", 0.35), ("mobilenet_v2", 0.5), "cannot be made narrower"),
    ],
)
def test_what_does_not_fit_is_refused(
    narrow: tuple[str, float], wide: tuple[str, float], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        inherit(_network(*narrow), _network(*wide))
