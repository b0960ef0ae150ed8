from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import pytest

from train.zoo import NETWORKS
from train.zoo.inherit import inherit
from train.zoo.refit import refit
from wbc_edge import synthetic

SIDE = 48


@pytest.fixture(scope="module")
def views() -> np.ndarray:
    labels = sorted(synthetic.LABELS)
    return np.stack([synthetic.draw(labels[i % 8], seed=i, size=SIDE) for i in range(40)])


def _norms(model: keras.Model) -> Iterator[keras.layers.BatchNormalization]:
    for backbone in (layer for layer in model.layers if isinstance(layer, keras.Model)):
        yield from (x for x in backbone.layers if isinstance(x, keras.layers.BatchNormalization))


def _network(alpha: float) -> keras.Model:
    keras.utils.set_random_seed(0)
    return NETWORKS["mobilenet_v2"](
        input_size=(SIDE, SIDE), classes=4, weights=None, alpha=alpha, dropout=0.0
    )


def _folded() -> keras.Model:
    """A network as it comes from an inference file: shifts in place, statistics gone."""
    model = _network(alpha=0.35)
    rng = np.random.default_rng(0)
    for norm in _norms(model):
        size = norm.get_weights()[0].size
        norm.set_weights(
            [
                np.ones(size),
                rng.normal(0, 0.3, size),
                np.zeros(size),
                np.full(size, 1 - norm.epsilon),
            ]
        )
    return model


def test_a_refitted_network_is_the_same_function_and_stays_it_in_training_mode(
    views: np.ndarray,
) -> None:
    model = _folded()
    before = np.asarray(model(views, training=False))
    spread = np.ptp(before)
    weights = model.get_weights()
    ruined = np.abs(np.asarray(model(views, training=True)) - before).max()
    model.set_weights(weights)
    assert refit(model, views) == len(list(_norms(model))) == 52
    after = np.asarray(model(views, training=False))
    np.testing.assert_allclose(after, before, atol=1e-3 * spread)
    trained = np.abs(np.asarray(model(views, training=True)) - before).max()
    assert trained < 0.02 * spread
    assert ruined > 10 * trained


def test_norms_with_statistics_or_fresh_ones_are_left_alone(views: np.ndarray) -> None:
    model = NETWORKS["mobilenet"](input_size=(SIDE, SIDE), classes=4, weights=None, alpha=0.25)
    before = model.get_weights()
    assert refit(model, views) == 0
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_channels_given_to_a_folded_network_stay_fresh_beside_refitted_ones(
    views: np.ndarray,
) -> None:
    """A start from a narrower network whose norms a converter had folded away."""
    elder, model = _folded(), _network(alpha=0.5)
    inherit(model, elder)
    before = np.asarray(model(views, training=False))
    assert refit(model, views) == 52
    pairs = zip(_norms(model), _norms(elder), strict=True)
    new = np.concatenate([mine.moving_variance[his.gamma.shape[0] :] for mine, his in pairs])
    assert new.size > 0
    assert (new == 1).all()
    spread = np.ptp(before)
    after = np.asarray(model(views, training=False))
    np.testing.assert_allclose(after, before, atol=1e-3 * spread)
    trained = np.asarray(model(views, training=True))
    assert np.abs(trained - before).max() < 0.02 * spread
