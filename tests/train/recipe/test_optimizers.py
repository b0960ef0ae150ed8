from __future__ import annotations

import keras
import numpy as np
import pytest

from train.config import Optimizer, Schedule
from train.recipe.optimizers import OPTIMIZERS, optimizer, penalise
from train.recipe.schedules import schedule

X = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
Y = X @ np.arange(8, dtype=np.float32).reshape(4, 2)


def _model(how: Optimizer, *, rate: float = 0.1, weight_decay: float = 0.0) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    penalise(model, how.l2)
    course = schedule(Schedule(name="constant"), peak=rate, steps=9, warm_up=0, per_epoch=9)
    model.compile(optimizer(how, course, weight_decay=weight_decay), "mse")
    return model


def _weights(model: keras.Model) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss(name: str) -> None:
    model = _model(Optimizer(name=name, clip=5.0), rate=0.05)
    losses = [float(model.train_on_batch(X, Y)) for _ in range(10)]
    assert losses[-1] < losses[0]


def test_kernels_decay_and_biases_do_not() -> None:
    model = _model(Optimizer(name="sgd"), weight_decay=0.5)
    model.layers[0].bias.assign([3.0, 3.0])
    kernel, bias = _weights(model)
    zero = np.zeros_like(X)
    model.train_on_batch(zero, np.full((8, 2), 3.0, np.float32))
    np.testing.assert_allclose(_weights(model)[0], kernel * (1 - 0.1 * 0.5), rtol=1e-5)
    np.testing.assert_allclose(_weights(model)[1], bias, rtol=1e-5)


def test_l2_is_part_of_the_loss_and_of_the_kernels_alone() -> None:
    model = _model(Optimizer(l2=0.5))
    kernel, _ = _weights(model)
    assert float(model.losses[0]) == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-5)
    assert len(model.losses) == 1


def test_the_penalty_of_a_layer_itself_stays() -> None:
    own = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L2(2.0))
    model = keras.Sequential([keras.Input((4,)), own, keras.layers.Dense(2)])
    for _ in range(2):  # as in every stage
        penalise(model, 0.5)
    first, second = (float((layer.kernel.numpy() ** 2).sum()) for layer in model.layers)
    assert [float(loss) for loss in model.losses] == pytest.approx([2 * first, 0.5 * second])


def test_batches_that_are_gathered_make_the_step_of_one_large_batch() -> None:
    gathered, large = _model(Optimizer(name="sgd", accumulate=2)), _model(Optimizer(name="sgd"))
    before = _weights(gathered)
    gathered.train_on_batch(X[:4], Y[:4])
    np.testing.assert_array_equal(_weights(gathered)[0], before[0])
    gathered.train_on_batch(X[4:], Y[4:])
    large.train_on_batch(X, Y)
    np.testing.assert_allclose(_weights(gathered)[0], _weights(large)[0], rtol=1e-4)
