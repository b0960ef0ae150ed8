"""From gradients to steps: the optimisers, and what does not decay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from train.config import Optimizer
from train.recipe.registry import find
from train.recipe.schedules import Course


def optimizer(how: Optimizer, rate: Course, *, weight_decay: float) -> keras.optimizers.Optimizer:
    """A Keras optimiser; kernels alone decay.

    Raises:
        UsageError: no optimiser of that name.
    """
    made = find(OPTIMIZERS, how.name, "optimizer.name")(
        how,
        learning_rate=rate,
        weight_decay=weight_decay,
        global_clipnorm=how.clip,
        gradient_accumulation_steps=how.accumulate if how.accumulate > 1 else None,
        use_ema=how.average > 0,
        # Keras averages after every batch, also where it only gathers for a step.
        ema_momentum=how.average ** (1 / how.accumulate) if how.average else 0.99,
    )
    # A decay of the scale and offset of batch norms, or of biases, only weakens the network.
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def penalise(model: keras.Model, l2: float) -> None:
    """Adds `l2` times the sum of squares of every kernel that has no penalty yet to the loss.

    A network's own, such as that of resnet50's head, stay what they are.
    """
    if l2:
        for variable in model.trainable_variables:
            if "kernel" in variable.name and variable.regularizer is None:
                variable.regularizer = keras.regularizers.L2(l2)


def _adam(how: Optimizer, **settings: Any) -> keras.optimizers.Optimizer:
    """Kingma and Ba, arXiv:1412.6980: with `l2`, if any; decoupled, its decay would be AdamW's."""
    return keras.optimizers.Adam(beta_1=how.momentum, **settings | {"weight_decay": None})


def _adamw(how: Optimizer, **settings: Any) -> keras.optimizers.Optimizer:
    """Loshchilov and Hutter, arXiv:1711.05101."""
    return keras.optimizers.AdamW(beta_1=how.momentum, **settings)


def _sgd(how: Optimizer, **settings: Any) -> keras.optimizers.Optimizer:
    return keras.optimizers.SGD(momentum=how.momentum, nesterov=True, **settings)


def _lion(how: Optimizer, **settings: Any) -> keras.optimizers.Optimizer:
    """Chen et al., arXiv:2302.06675."""
    return keras.optimizers.Lion(beta_1=how.momentum, **settings)


OPTIMIZERS: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
    "adamw": _adamw,
    "adam": _adam,
    "sgd": _sgd,
    "lion": _lion,
}
