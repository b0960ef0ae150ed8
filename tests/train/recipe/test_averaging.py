from __future__ import annotations

import keras
import numpy as np

from train.config import Optimizer, Schedule
from train.recipe.averaging import Raw, fit_norms, lagging
from train.recipe.optimizers import optimizer
from train.recipe.schedules import schedule

X = np.random.default_rng(0).normal(2, 3, size=(64, 4)).astype(np.float32)
Y = X @ np.arange(8, dtype=np.float32).reshape(4, 2)


def _model(average: float) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    course = schedule(Schedule(name="constant"), peak=0.01, steps=9, warm_up=0, per_epoch=9)
    how = Optimizer(name="sgd", average=average)
    model.compile(optimizer(how, course, weight_decay=0.0), "mse")
    return model


def _weights(model: keras.Model) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in model.weights]


def test_fit_ends_with_the_average_and_the_raw_weights_come_back() -> None:
    plain, averaged = _model(0.0), _model(0.9)
    plain.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    raw = Raw()
    averaged.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[raw])
    fit_norms(averaged, [X])
    assert np.abs(_weights(averaged)[0] - _weights(plain)[0]).max() > 1e-3
    raw.put_back()
    for back, never_away in zip(_weights(averaged), _weights(plain), strict=True):
        np.testing.assert_allclose(back, never_away, rtol=1e-5, atol=1e-6)


def test_norms_get_the_mean_statistics_of_the_batches() -> None:
    model = _model(0.0)
    dense, norm, _ = model.layers
    fit_norms(model, [X[:32], X[32:]])
    inputs = keras.ops.convert_to_numpy(dense(X)).reshape(2, 32, 3)
    mean, variance = (keras.ops.convert_to_numpy(v) for v in norm.non_trainable_variables)
    np.testing.assert_allclose(mean, inputs.mean(1).mean(0), rtol=1e-4)
    np.testing.assert_allclose(variance, inputs.var(1).mean(0), rtol=1e-4)
    assert norm.momentum == 0.99


def test_frozen_norms_stay_as_they_are() -> None:
    model = _model(0.0)
    model.layers[1].trainable = False
    before = _weights(model)
    fit_norms(model, [X])
    for kept, value in zip(_weights(model), before, strict=True):
        np.testing.assert_array_equal(kept, value)


def test_norms_lag_behind_until_the_training_is_long_enough() -> None:
    model = _model(0.0)
    assert lagging(model, 458)
    assert not lagging(model, 459)  # 0.99 ** 459 < 0.01
    model.layers[1].trainable = False
    assert not lagging(model, 1)
